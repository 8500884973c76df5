//! goose: `<digits>_<name>.sql` by number.

use super::view::View;
use super::{Entry, Home, Proof, names};
use crate::migration::Role;
use crate::tool::Tool;
use std::path::Path;

/// By `-- +goose`.
pub(super) fn by_marker(view: &View, folder: &Path, from: Proof) -> Option<Home> {
    Some(home(view, folder, from))
}

/// The project of a folder that goose runs.
pub(super) fn home(_: &View, folder: &Path, from: Proof) -> Home {
    Home::new(Tool::GOOSE, folder, from, files)
}

fn files(view: &View, root: &Path) -> Vec<Entry> {
    // A down section stands in the file itself: whatever the name says, the file goes up.
    let mut entries = super::in_number_order(view, root, names::numbered);
    entries.iter_mut().for_each(|entry| entry.role = Role::Migration);
    names::refuse_duplicates(&mut entries, &Tool::GOOSE);
    entries
}
