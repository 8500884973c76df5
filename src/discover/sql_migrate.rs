//! sql-migrate: every .sql file; those with a number in front by that, then the others by name.

use super::view::View;
use super::{Entry, Home, Proof, names};
use crate::migration::Role;
use crate::tool::Tool;
use std::path::Path;

/// By `-- +migrate Up`.
pub(super) fn by_marker(view: &View, folder: &Path, from: Proof) -> Option<Home> {
    Some(home(view, folder, from))
}

/// The project of a folder that sql-migrate runs.
pub(super) fn home(_: &View, folder: &Path, from: Proof) -> Home {
    Home::new(Tool::SQL_MIGRATE, folder, from, files)
}

fn files(view: &View, root: &Path) -> Vec<Entry> {
    let mut entries = super::in_number_order(view, root, names::split_number);
    let listing = view.list(root);
    let unnumbered = listing.sql().filter(|name| names::split_number(name).is_none());
    entries.extend(unnumbered.map(|name| Entry::new(root.join(name), Role::Migration)));
    // Both directions stand in the file itself.
    entries.iter_mut().for_each(|entry| entry.role = Role::Migration);
    entries
}
