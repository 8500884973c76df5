//! Atlas: the .sql files beside `atlas.sum`, in the order of their names byte by byte.

mod sum;

use super::view::View;
use super::{Entry, Home, Proof, manifest};
use crate::migration::Role;
use crate::source::Span;
use crate::tool::{Remark, Tool};
use std::path::Path;
use sum::Mismatch;

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

/// Says of the first file where the folder and `atlas.sum` part ways what happened there, as Atlas does.
fn compare_with_sum(view: &View, root: &Path, entries: &mut [Entry]) {
    let sum = view.manifest(&root.join("atlas.sum"));
    // What cannot be read is told when it is to be judged.
    let content = |name: &str| std::fs::read(root.join(name)).unwrap_or_default();
    let listing = view.list(root);
    let Some(mismatch) = sum::compare(&sum, listing.sql().map(|name| (name, content(name)))) else { return };
    let mut because_of = vec![root.join("atlas.sum")];
    if let Mismatch::Removed(gone, _) = &mismatch {
        because_of.push(root.join(gone));
    }
    let (name, problem) = match mismatch {
        Mismatch::Edited(name) => (Some(name), "atlas.sum has another checksum for this file".to_owned()),
        Mismatch::Added(name) => (Some(name), "atlas.sum does not list this file in its place".to_owned()),
        Mismatch::Removed(gone, next) => {
            (next, format!("atlas.sum lists `{gone}` before this file, which is not there"))
        }
    };
    let named = |entry: &&mut Entry| name.as_ref().is_none_or(|name| entry.path.ends_with(name));
    if let Some(entry) = entries.iter_mut().rfind(named) {
        let problem = match name {
            Some(_) => problem,
            None => problem.replace("before this file", "behind this file"),
        };
        let advice = "`atlas migrate hash` writes atlas.sum anew; Atlas runs nothing until the two agree";
        entry.remark(Remark::refused(Span::empty(0), problem, advice), because_of);
    }
}

fn files(view: &View, root: &Path) -> Vec<Entry> {
    let entry = |name: &str| {
        let role = if name.ends_with(".down.sql") { Role::Down } else { Role::Migration };
        Entry::new(root.join(name), role)
    };
    let mut entries = view.list(root).sql().map(entry).collect::<Vec<_>>();
    compare_with_sum(view, root, &mut entries);
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
