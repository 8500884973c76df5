//! sql-migrate: every .sql file; those with a number in front by that, then the others by name.

use super::view::View;
use super::{Entry, Home, Kind, Proof, names};
use crate::migration::Role;
use crate::tool::Tool;
use std::path::Path;

/// By `-- +migrate Up`.
pub(super) fn by_marker(_: &View, folder: &Path, from: Proof) -> Option<Home> {
    Some(Home { tool: Tool::SQL_MIGRATE, root: folder.to_owned(), from, kind: Kind::Runs(files) })
}

fn files(view: &View, root: &Path) -> Vec<Entry> {
    let mut entries = super::in_number_order(view, root, names::split_number);
    let listing = view.list(root);
    let unnumbered = listing.sql().filter(|name| names::split_number(name).is_none());
    entries.extend(unnumbered.map(|name| Entry::new(root.join(name), Role::Migration)));
    entries
}
