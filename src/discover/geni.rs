//! geni: `<digits>_<name>.up.sql` and `.down.sql`, by number. golang-migrate and others name their files so, too.

use super::view::View;
use super::{Entry, Home, Proof, names};
use crate::tool::Tool;
use std::path::{Path, PathBuf};

/// By `.up.sql`, and geni's first line in one of them, or its variables or its image in the files that start it.
pub(super) fn by_names(view: &View, folder: &Path) -> Option<Home> {
    let listing = view.list(folder);
    let is_up = |name: &&str| names::numbered(name).is_some() && name.ends_with(".up.sql");
    listing.sql().find(is_up)?;
    if let Some(config) = config(view, folder) {
        return Some(home(view, folder, Proof::Manifest(config)));
    }
    let says_so = listing.sql().map(|name| folder.join(name)).find(|path| {
        let head = view.head(path);
        let first = head.lines().next().unwrap_or_default();
        first.starts_with("--") && (first.contains("transaction:no") || first.contains("transaction: no"))
    })?;
    Some(home(view, folder, Proof::Marker("transaction:no", says_so)))
}

fn config(view: &View, folder: &Path) -> Option<PathBuf> {
    view.upward(folder).find_map(|above| {
        let listing = view.list(above);
        let starts = |name: &&String| {
            name.starts_with(".env")
                || (name.contains("compose") && (name.ends_with(".yml") || name.ends_with(".yaml")))
        };
        let mut files = listing.files.iter().filter(starts).map(|name| above.join(name));
        files.find(|path| {
            let text = view.manifest(path);
            text.contains("DATABASE_MIGRATIONS_FOLDER") || text.contains("emilpriver/geni")
        })
    })
}

/// The project of a folder that geni runs.
pub(super) fn home(_: &View, folder: &Path, from: Proof) -> Home {
    Home::new(Tool::GENI, folder, from, files)
}

fn files(view: &View, root: &Path) -> Vec<Entry> {
    let mut entries = super::in_number_order(view, root, names::numbered);
    let is_step = |name: &str| name.ends_with(".up.sql") || name.ends_with(".down.sql");
    entries.retain(|entry| entry.path.file_name().and_then(|name| name.to_str()).is_some_and(is_step));
    entries
}
