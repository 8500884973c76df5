//! Diesel: `migrations/<version>_<name>/up.sql` and `down.sql`, in the order of the versions without their dashes.

use super::view::View;
use super::{Entry, Home, Proof, Server, manifest};
use crate::dialect::Dialect;
use crate::migration::Role;
use crate::source::Span;
use crate::tool::{Remark, RemarkKind, Tool, TransactionMode};
use std::path::Path;

/// By `diesel.toml` above, or `metadata.toml` beside.
pub(super) fn by_config(view: &View, folder: &Path) -> Option<Home> {
    is_migration(view, folder).then_some(())?;
    let metadata = view.has(&folder.join("metadata.toml")).then(|| folder.join("metadata.toml"));
    Some(home(view, folder, Proof::Path(view.nearest(folder, "diesel.toml").or(metadata)?)))
}

/// By `up.sql` in a folder whose name begins as Diesel's do, or in a package that depends on Diesel.
pub(super) fn by_names(view: &View, folder: &Path) -> Option<Home> {
    is_migration(view, folder).then_some(())?;
    if let Some(manifest) = manifest::cargo(view, folder, "diesel") {
        return Some(home(view, folder, Proof::Manifest(manifest)));
    }
    // 2024-03-01-120000_name
    let name = folder.file_name()?.to_str()?;
    let shape: String = name.chars().take(17).map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    // `diesel setup` writes the first one, whose name is the same everywhere.
    let first = name == "00000000000000_diesel_initial_setup";
    (first || shape == "0000-00-00-000000").then(|| home(view, folder, Proof::Names))
}

fn is_migration(view: &View, folder: &Path) -> bool {
    view.list(folder).has("up.sql") && version(folder).is_some()
}

fn version(folder: &Path) -> Option<String> {
    // `version_from_string`: all of a name that has no underscore.
    let name = folder.file_name()?.to_str()?;
    Some(name.split('_').next()?.replace('-', ""))
}

/// The project to which a folder with an `up.sql` belongs.
pub(super) fn home(view: &View, folder: &Path, from: Proof) -> Home {
    let root = if is_migration(view, folder) { folder.parent().unwrap_or(folder) } else { folder };
    let home = Home::new(Tool::DIESEL, root, from, files);
    let Some(manifest) = manifest::cargo(view, root, "diesel") else {
        return home;
    };
    let servers = manifest::features(&view.manifest(&manifest), "diesel", &["postgres", "mysql", "sqlite"]);
    let dialect = match servers[..] {
        ["postgres"] => Dialect::Postgres,
        ["mysql"] => Dialect::MySql,
        ["sqlite"] => Dialect::Sqlite,
        _ => return home,
    };
    home.for_server(Server::Dialect(dialect), Proof::Path(manifest))
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
        let (transaction, remarks) = metadata(view, &folder);
        for (name, role) in [("up.sql", Role::Migration), ("down.sql", Role::Down)] {
            if view.list(&folder).has(name) {
                let remarks = if role == Role::Down { Vec::new() } else { remarks.clone() };
                entries.push(Entry { transaction, remarks, ..Entry::new(folder.join(name), role) });
            }
        }
    }
    entries
}

/// A `metadata.toml` without the key takes the file out of the transaction as well: the key's default is false.
fn metadata(view: &View, folder: &Path) -> (Option<TransactionMode>, Vec<Remark>) {
    let path = folder.join("metadata.toml");
    if !view.has(&path) {
        return (None, Vec::new());
    }
    let text = view.manifest(&path);
    match manifest::value(&text, "run_in_transaction") {
        Some("true") => (Some(TransactionMode::File), Vec::new()),
        Some("false") => (Some(TransactionMode::OneMessage), Vec::new()),
        _ => {
            let problem = "`metadata.toml` beside it has no `run_in_transaction`, which counts as false";
            let remark = Remark {
                span: Span::empty(0),
                kind: RemarkKind::Misspelt,
                problem: problem.to_owned(),
                advice: "write `run_in_transaction = true` or `= false` into it".to_owned(),
            };
            (Some(TransactionMode::OneMessage), vec![remark])
        }
    }
}
