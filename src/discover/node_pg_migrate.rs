//! node-pg-migrate: `<digits>_<name>.sql` by number; `.up.sql` and `.down.sql` where they are kept apart.

use super::view::View;
use super::{Entry, Home, Kind, Proof, manifest, names};
use crate::tool::Tool;
use std::path::Path;

/// By `-- Up Migration`.
pub(super) fn by_marker(_: &View, folder: &Path, from: Proof) -> Option<Home> {
    Some(home(folder, from))
}

/// By numbered files in a folder `migrations` of a package that depends on it.
pub(super) fn by_names(view: &View, folder: &Path) -> Option<Home> {
    view.list(folder).sql().any(|name| names::numbered(name).is_some()).then_some(())?;
    folder.file_name().filter(|name| *name == "migrations")?;
    let (manifest, _) = manifest::npm(view, folder, "node-pg-migrate")?;
    Some(home(folder, Proof::Manifest(manifest)))
}

fn home(folder: &Path, from: Proof) -> Home {
    Home { tool: Tool::NODE_PG_MIGRATE, root: folder.to_owned(), from, kind: Kind::Runs(files) }
}

fn files(view: &View, root: &Path) -> Vec<Entry> {
    super::in_number_order(view, root, names::numbered)
}
