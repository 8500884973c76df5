//! node-pg-migrate: `<digits>_<name>.sql` by number; `.up.sql` and `.down.sql` where they are kept apart.

use super::view::View;
use super::{Entry, Home, Proof, manifest, names};
use crate::dialect::Dialect;
use crate::tool::Tool;
use std::path::Path;

/// By `-- Up Migration`.
pub(super) fn by_marker(view: &View, folder: &Path, from: Proof) -> Option<Home> {
    Some(home(view, folder, from))
}

/// By numbered files in a folder `migrations` of a package that depends on it.
pub(super) fn by_names(view: &View, folder: &Path) -> Option<Home> {
    view.list(folder).sql().any(|name| names::numbered(name).is_some()).then_some(())?;
    folder.file_name().filter(|name| *name == "migrations")?;
    let (manifest, _) = manifest::npm(view, folder, "node-pg-migrate")?;
    Some(home(view, folder, Proof::Manifest(manifest)))
}

/// The project of a folder that node-pg-migrate runs.
pub(super) fn home(_: &View, folder: &Path, from: Proof) -> Home {
    Home::new(Tool::NODE_PG_MIGRATE, folder, from, files).on(Dialect::Postgres)
}

fn files(view: &View, root: &Path) -> Vec<Entry> {
    super::in_number_order(view, root, names::numbered)
}
