//! golang-migrate: `<digits>_<name>.up.sql` and `.down.sql`, by number. bun, geni and others name their files so too.

use super::view::View;
use super::{Entry, Home, Kind, Proof, manifest, names};
use crate::tool::Tool;
use std::path::Path;

/// By `.up.sql`.
pub(super) fn by_names(view: &View, folder: &Path) -> Option<Home> {
    view.list(folder).sql().any(|name| names::numbered(name).is_some() && name.ends_with(".up.sql")).then_some(())?;
    let from = match manifest::go(view, folder, "github.com/golang-migrate/migrate") {
        Some(manifest) => Proof::Manifest(manifest),
        None => Proof::Assumed("bun"),
    };
    Some(Home { tool: Tool::GOLANG_MIGRATE, root: folder.to_owned(), from, kind: Kind::Runs(files) })
}

fn files(view: &View, root: &Path) -> Vec<Entry> {
    let mut entries = super::in_number_order(view, root, names::numbered);
    let is_step = |name: &str| name.ends_with(".up.sql") || name.ends_with(".down.sql");
    entries.retain(|entry| entry.path.file_name().and_then(|name| name.to_str()).is_some_and(is_step));
    entries
}
