//! graphile-migrate: `migrations/committed/<number>-<name>.sql`, then `migrations/current.sql` or `migrations/current/*.sql`.

use super::view::View;
use super::{Entry, Home, Proof, names};
use crate::dialect::Dialect;
use crate::migration::Role;
use crate::tool::Tool;
use std::path::Path;

/// By `.gmrc` above.
pub(super) fn by_settings(view: &View, folder: &Path) -> Option<Home> {
    let settings =
        [".gmrc", ".gmrc.js", ".gmrc.cjs", ".gmrc.json"].iter().find_map(|name| view.nearest(folder, name))?;
    let root = root(folder)?;
    root.starts_with(settings.parent()?).then(|| home(view, folder, Proof::Path(settings)))
}

/// The project to which `migrations/committed` belongs.
pub(super) fn home(_: &View, folder: &Path, from: Proof) -> Home {
    Home::new(Tool::GRAPHILE_MIGRATE, root(folder).unwrap_or(folder), from, files).on(Dialect::Postgres)
}

/// By the header of a committed file.
pub(super) fn by_marker(view: &View, folder: &Path, from: Proof) -> Option<Home> {
    root(folder)?;
    Some(home(view, folder, from))
}

/// The folder that holds `committed/`.
fn root(folder: &Path) -> Option<&Path> {
    let name = folder.file_name()?;
    if name == "committed" || name == "current" { folder.parent() } else { (name == "migrations").then_some(folder) }
}

fn files(view: &View, root: &Path) -> Vec<Entry> {
    let committed = root.join("committed");
    let listing = view.list(&committed);
    let mut numbered: Vec<_> = listing.sql().filter_map(|name| Some((names::split_number(name)?.0, name))).collect();
    numbered.sort();
    let mut entries: Vec<_> =
        numbered.into_iter().map(|(_, name)| Entry::new(committed.join(name), Role::Migration)).collect();
    // It is run again whenever it is saved, and so is written to be.
    if view.list(root).has("current.sql") {
        entries.push(Entry::new(root.join("current.sql"), Role::Repeatable));
    }
    let current = root.join("current");
    entries.extend(view.list(&current).sql().map(|name| Entry::new(current.join(name), Role::Repeatable)));
    entries
}
