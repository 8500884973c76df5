//! Atlas: the .sql files beside `atlas.sum`, in the order of their names byte by byte.

use super::view::View;
use super::{Entry, Home, Kind, Proof};
use crate::migration::Role;
use crate::tool::Tool;
use std::path::Path;

/// By `atlas.sum`.
pub(super) fn by_sum(view: &View, folder: &Path) -> Option<Home> {
    let sum = folder.join("atlas.sum");
    view.has(&sum).then(|| Home {
        tool: Tool::ATLAS,
        root: folder.to_owned(),
        from: Proof::Path(sum),
        kind: Kind::Runs(files),
    })
}

fn files(view: &View, root: &Path) -> Vec<Entry> {
    let entry = |name: &str| {
        let role = if name.ends_with(".down.sql") { Role::Down } else { Role::Migration };
        Entry::new(root.join(name), role)
    };
    let entries = view.list(root).sql().map(entry).collect::<Vec<_>>();
    // A checkpoint holds the whole schema for databases that start empty; those that exist never run it.
    entries.into_iter().filter(|entry| !view.head(&entry.path).starts_with("-- atlas:checkpoint")).collect()
}
