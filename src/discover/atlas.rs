//! Atlas: the .sql files beside `atlas.sum`, in the order of their names byte by byte.

use super::view::View;
use super::{Entry, Home, Proof, manifest};
use crate::migration::Role;
use crate::tool::Tool;
use std::path::Path;

/// By `atlas.sum`.
pub(super) fn by_sum(view: &View, folder: &Path) -> Option<Home> {
    let sum = folder.join("atlas.sum");
    // Some let Atlas write what golang-migrate runs.
    let pairs = view.list(folder).sql().any(|name| name.ends_with(".up.sql"));
    let for_another = pairs && manifest::go(view, folder, "github.com/golang-migrate/migrate").is_some();
    (view.has(&sum) && !for_another).then(|| home(view, folder, Proof::Path(sum)))
}

/// The project of a folder that Atlas runs.
pub(super) fn home(_: &View, folder: &Path, from: Proof) -> Home {
    Home::new(Tool::ATLAS, folder, from, files)
}

fn files(view: &View, root: &Path) -> Vec<Entry> {
    let entry = |name: &str| {
        let role = if name.ends_with(".down.sql") { Role::Down } else { Role::Migration };
        Entry::new(root.join(name), role)
    };
    let entries = view.list(root).sql().map(entry).collect::<Vec<_>>();
    // A checkpoint holds the whole schema for databases that start empty; those that exist never run it. It is where the history
    // begins if what it stands for is gone.
    let is_checkpoint = |entry: &Entry| view.head(&entry.path).starts_with("-- atlas:checkpoint");
    let first_is = entries.first().is_some_and(is_checkpoint);
    let mut kept: Vec<_> = entries.iter().filter(|entry| !is_checkpoint(entry)).cloned().collect();
    if first_is && let Some(first) = entries.into_iter().next() {
        kept.insert(0, Entry { role: Role::Schema, ..first });
    }
    kept
}
