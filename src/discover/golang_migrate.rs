//! golang-migrate: `<digits>_<name>.up.sql` and `.down.sql`, by number. bun, geni and others name their files so too.

use super::view::{Listing, View};
use super::{Entry, Home, Proof, manifest, names};
use crate::tool::Tool;
use std::path::{Path, PathBuf};

/// By `.up.sql`.
pub(super) fn by_names(view: &View, folder: &Path) -> Option<Home> {
    view.list(folder).sql().any(|name| names::numbered(name).is_some() && name.ends_with(".up.sql")).then_some(())?;
    let from = match required(view, folder) {
        Some(manifest) => Proof::Manifest(manifest),
        None if leaves_out_many(&view.list(folder)) => return None,
        None => Proof::Assumed("sqlx, bun and geni use"),
    };
    Some(home(view, folder, from))
}

/// The module that requires golang-migrate.
pub(super) fn required(view: &View, folder: &Path) -> Option<PathBuf> {
    manifest::go(view, folder, "github.com/golang-migrate/migrate")
}

/// Whether golang-migrate would run less than nine of ten files that have a direction: whoever runs them takes names that it does not.
/// Of fewer, or of a single pair, each has a slip in its name.
pub(super) fn leaves_out_many(listing: &Listing) -> bool {
    let ends = [".up.sql", ".down.sql", "_up.sql", "_down.sql", "-up.sql", "-down.sql"];
    let directed: Vec<_> = listing.sql().filter(|name| ends.iter().any(|end| name.ends_with(end))).collect();
    let run = directed.iter().filter(|name| names::numbered(name).is_some() && is_step(name)).count();
    directed.len() - run > 2 && run * 10 < directed.len() * 9
}

/// Whatever stands between the direction and the ending.
fn is_step(name: &str) -> bool {
    name.contains(".up.") || name.contains(".down.")
}

/// The project of a folder that golang-migrate runs.
pub(super) fn home(_: &View, folder: &Path, from: Proof) -> Home {
    Home::new(Tool::GOLANG_MIGRATE, folder, from, files)
}

fn files(view: &View, root: &Path) -> Vec<Entry> {
    let mut entries = super::in_number_order(view, root, names::numbered);
    entries.retain(|entry| entry.path.file_name().and_then(|name| name.to_str()).is_some_and(is_step));
    names::refuse_duplicates(&mut entries, &Tool::GOLANG_MIGRATE);
    entries
}
