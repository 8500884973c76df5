//! tern: `<digits>_<name>.sql` by number, from 1 without gaps.

use super::view::View;
use super::{Entry, Home, Proof, names};
use crate::dialect::Dialect;
use crate::migration::Role;
use crate::tool::Tool;
use std::path::Path;

/// By `tern.conf` in the folder or above.
pub(super) fn by_config(view: &View, folder: &Path) -> Option<Home> {
    view.list(folder).sql().any(|name| names::numbered(name).is_some()).then_some(())?;
    Some(home(view, folder, Proof::Path(view.nearest(folder, "tern.conf")?)))
}

/// By tern's own lines.
pub(super) fn by_marker(view: &View, folder: &Path, from: Proof) -> Option<Home> {
    Some(home(view, folder, from))
}

/// The project of a folder that tern runs.
pub(super) fn home(_: &View, folder: &Path, from: Proof) -> Home {
    Home::new(Tool::TERN, folder, from, files).on(Dialect::Postgres)
}

fn files(view: &View, root: &Path) -> Vec<Entry> {
    let mut entries = super::in_number_order(view, root, names::numbered);
    entries.iter_mut().for_each(|entry| entry.role = Role::Migration);
    names::refuse_duplicates(&mut entries, &Tool::TERN);
    names::refuse_gaps(&mut entries, &Tool::TERN);
    entries
}
