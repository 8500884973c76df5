//! dbmate: `<digits>*.sql` by name.

use super::view::View;
use super::{Entry, Home, Proof, names};
use crate::migration::Role;
use crate::tool::Tool;
use std::path::Path;

/// By `-- migrate:up`.
pub(super) fn by_marker(view: &View, folder: &Path, from: Proof) -> Option<Home> {
    Some(home(view, folder, from))
}

/// The project of a folder that dbmate runs.
pub(super) fn home(_: &View, folder: &Path, from: Proof) -> Home {
    Home::new(Tool::DBMATE, folder, from, files)
}

fn files(view: &View, root: &Path) -> Vec<Entry> {
    let listing = view.list(root);
    let numbered = listing.sql().filter(|name| names::split_number(name).is_some());
    numbered.map(|name| Entry::new(root.join(name), Role::Migration)).collect()
}
