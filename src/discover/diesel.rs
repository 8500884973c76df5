//! Diesel: `migrations/<version>_<name>/up.sql` and `down.sql`, in the order of the versions without their dashes.

use super::view::View;
use super::{Entry, Home, Kind, Proof, manifest};
use crate::migration::Role;
use crate::tool::{Tool, TransactionMode};
use std::path::Path;

/// By `diesel.toml` above, or `metadata.toml` beside.
pub(super) fn by_config(view: &View, folder: &Path) -> Option<Home> {
    is_migration(view, folder).then_some(())?;
    let metadata = view.has(&folder.join("metadata.toml")).then(|| folder.join("metadata.toml"));
    Some(home(folder, Proof::Path(view.nearest(folder, "diesel.toml").or(metadata)?)))
}

/// By `up.sql` in a folder whose name begins as Diesel's do, or in a package that depends on Diesel.
pub(super) fn by_names(view: &View, folder: &Path) -> Option<Home> {
    is_migration(view, folder).then_some(())?;
    if let Some(manifest) = manifest::cargo(view, folder, "diesel") {
        return Some(home(folder, Proof::Manifest(manifest)));
    }
    // 2024-03-01-120000_name
    let name = folder.file_name()?.to_str()?;
    let shape: String = name.chars().take(17).map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    (shape == "0000-00-00-000000").then(|| home(folder, Proof::Names))
}

fn is_migration(view: &View, folder: &Path) -> bool {
    view.list(folder).has("up.sql") && version(folder).is_some()
}

fn version(folder: &Path) -> Option<String> {
    Some(folder.file_name()?.to_str()?.split_once('_')?.0.replace('-', ""))
}

fn home(folder: &Path, from: Proof) -> Home {
    let root = folder.parent().unwrap_or(folder).to_owned();
    Home { tool: Tool::DIESEL, root, from, kind: Kind::Runs(files) }
}

fn files(view: &View, root: &Path) -> Vec<Entry> {
    let mut folders: Vec<_> = view
        .list(root)
        .folders
        .iter()
        .map(|name| root.join(name))
        .filter(|folder| is_migration(view, folder))
        .map(|folder| (version(&folder), folder))
        .collect();
    folders.sort();
    let mut entries = Vec::new();
    for (_, folder) in folders {
        let transaction = metadata(view, &folder);
        for (name, role) in [("up.sql", Role::Migration), ("down.sql", Role::Down)] {
            if view.list(&folder).has(name) {
                entries.push(Entry { path: folder.join(name), role, transaction });
            }
        }
    }
    entries
}

/// A `metadata.toml` without the key takes the file out of the transaction as well: the key's default is false.
fn metadata(view: &View, folder: &Path) -> Option<TransactionMode> {
    let path = folder.join("metadata.toml");
    let wrapped =
        view.has(&path).then(|| manifest::value(&view.manifest(&path), "run_in_transaction") == Some("true"))?;
    Some(if wrapped { TransactionMode::File } else { TransactionMode::OneMessage })
}
