//! dbmate: `<digits>*.sql` by number.

use super::view::View;
use super::{Entry, Home, Kind, Proof, names};
use crate::tool::Tool;
use std::path::Path;

/// By `-- migrate:up`.
pub(super) fn by_marker(_: &View, folder: &Path, from: Proof) -> Option<Home> {
    Some(Home { tool: Tool::DBMATE, root: folder.to_owned(), from, kind: Kind::Runs(files) })
}

fn files(view: &View, root: &Path) -> Vec<Entry> {
    super::in_number_order(view, root, names::split_number)
}
