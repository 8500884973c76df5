//! golang-migrate: `<digits>_<name>.up.sql` and `.down.sql`, by number. bun, geni and others name their files so too.

use super::view::View;
use super::{Entry, Home, Proof, manifest, names};
use crate::tool::Tool;
use std::path::Path;

/// By `.up.sql`.
pub(super) fn by_names(view: &View, folder: &Path) -> Option<Home> {
    view.list(folder).sql().any(|name| names::numbered(name).is_some() && name.ends_with(".up.sql")).then_some(())?;
    let from = match manifest::go(view, folder, "github.com/golang-migrate/migrate") {
        Some(manifest) => Proof::Manifest(manifest),
        None => Proof::Assumed("sqlx, bun and geni use"),
    };
    Some(home(view, folder, from))
}

/// The project of a folder that golang-migrate runs.
pub(super) fn home(_: &View, folder: &Path, from: Proof) -> Home {
    Home::new(Tool::GOLANG_MIGRATE, folder, from, files)
}

fn files(view: &View, root: &Path) -> Vec<Entry> {
    let mut entries = super::in_number_order(view, root, names::numbered);
    // Whatever stands between the direction and the ending.
    let is_step = |name: &str| name.contains(".up.") || name.contains(".down.");
    entries.retain(|entry| entry.path.file_name().and_then(|name| name.to_str()).is_some_and(is_step));
    names::refuse_duplicates(&mut entries, &Tool::GOLANG_MIGRATE);
    entries
}
