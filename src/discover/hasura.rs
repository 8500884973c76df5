//! Hasura: `migrations/<source>/<digits>_<name>/up.sql` and `down.sql`, by number.

use super::view::View;
use super::{Entry, Home, Proof, names};
use crate::dialect::Dialect;
use crate::migration::Role;
use crate::tool::Tool;
use std::path::Path;

/// By Hasura's `config.yaml` above `migrations/`.
pub(super) fn by_config(view: &View, folder: &Path) -> Option<Home> {
    is_migration(view, folder).then_some(())?;
    let config = view.nearest(folder, "config.yaml")?;
    let text = view.manifest(&config);
    let is_hasura = text.lines().any(|line| line.starts_with("metadata_directory:") || line.starts_with("endpoint:"));
    is_hasura.then(|| home(view, folder, Proof::Path(config)))
}

/// By `up.sql` in a folder that begins with the milliseconds of its making.
pub(super) fn by_names(view: &View, folder: &Path) -> Option<Home> {
    let name = folder.file_name()?.to_str()?;
    (is_migration(view, folder) && names::digits(name) == 13).then(|| home(view, folder, Proof::Names))
}

fn is_migration(view: &View, folder: &Path) -> bool {
    let name = folder.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| names::numbered(name).is_some()) && view.list(folder).has("up.sql")
}

/// The project to which a folder with an `up.sql` belongs.
pub(super) fn home(view: &View, folder: &Path, from: Proof) -> Home {
    let root = if is_migration(view, folder) { folder.parent().unwrap_or(folder) } else { folder };
    Home::new(Tool::HASURA, root, from, files).on(Dialect::Postgres)
}

fn files(view: &View, root: &Path) -> Vec<Entry> {
    let listing = view.list(root);
    let mut folders: Vec<_> =
        listing.folders.iter().filter_map(|name| Some((names::numbered(name)?.0, name))).collect();
    folders.sort();
    let mut entries = Vec::new();
    for (_, name) in folders {
        let folder = root.join(name);
        for (file, role) in [("up.sql", Role::Migration), ("down.sql", Role::Down)] {
            if view.list(&folder).has(file) {
                entries.push(Entry::new(folder.join(file), role));
            }
        }
    }
    entries
}
