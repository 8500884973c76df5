//! tern: `<digits>_<name>.sql` by number, from 1 without gaps.

use super::view::View;
use super::{Entry, Home, Kind, Proof, names};
use crate::tool::Tool;
use std::path::Path;

/// By `tern.conf` in the folder or above.
pub(super) fn by_config(view: &View, folder: &Path) -> Option<Home> {
    view.list(folder).sql().any(|name| names::numbered(name).is_some()).then_some(())?;
    Some(home(folder, Proof::Path(view.nearest(folder, "tern.conf")?)))
}

/// By tern's own lines.
pub(super) fn by_marker(_: &View, folder: &Path, from: Proof) -> Option<Home> {
    Some(home(folder, from))
}

fn home(folder: &Path, from: Proof) -> Home {
    Home { tool: Tool::TERN, root: folder.to_owned(), from, kind: Kind::Runs(files) }
}

fn files(view: &View, root: &Path) -> Vec<Entry> {
    super::in_number_order(view, root, names::numbered)
}
