//! Folders that are versions, each with the scripts of one release: `3.9/0001_x.sql`, `58/02_y.sql`. A program of the team's own runs them,
//! one folder after the other: no tool that goes by files named so reads more than one folder.

use super::view::View;
use super::{Entry, Home, Proof, names, plain};
use crate::tool::Tool;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// What a folder above is called.
const HOMES: [&str; 7] = ["migration", "migrations", "migrate", "delta", "deltas", "upgrade", "upgrades"];

/// How far above the versions that is looked for.
const LEVELS: usize = 4;

/// The history to which a folder belongs, in place of what it looks like by itself.
pub(super) fn history(view: &View, folder: &Path, home: &Home) -> Option<Home> {
    // A tool that leaves a mark in the files or beside them reads them as it does.
    let by_names = matches!(home.from, Proof::Names | Proof::Manifest(_) | Proof::Assumed(_));
    let single = ["none", "golang-migrate", "sqlx", "bun", "geni", "node-pg-migrate"].contains(&home.tool.name);
    if !by_names || !single || home.root != folder {
        return None;
    }
    let above = folder.parent().filter(|_| !view.is_top(folder))?;
    let called = |above: &Path| above.file_name().and_then(OsStr::to_str).is_some_and(|name| HOMES.contains(&name));
    let versions = folders(view, above);
    let fits = versions.len() > 1
        && versions.iter().any(|version| version == folder)
        && view.upward(above).take(LEVELS).any(called);
    fits.then(|| Home {
        versions: true,
        ..Home::new(Tool::NONE, above, Proof::Said("by the names of the folders".to_owned()), files)
    })
}

fn files(view: &View, root: &Path) -> Vec<Entry> {
    let found = folders(view, root).into_iter().flat_map(|folder| {
        let listing = view.list(&folder);
        listing.sql().map(|name| folder.join(name)).collect::<Vec<_>>()
    });
    plain::files(view, &found.filter(|path| !plain::is_queries(view, path)).collect::<Vec<_>>())
}

/// The folders of a folder that are versions and hold scripts.
fn folders(view: &View, above: &Path) -> Vec<PathBuf> {
    let holds = |name: &&String| {
        let listing = view.list(&above.join(name.as_str()));
        let step = listing.has("up.sql") && names::digits(name) > 0;
        (is_version(name) || step) && listing.sql().next().is_some()
    };
    view.list(above).folders.iter().filter(holds).map(|name| above.join(name)).collect()
}

/// Whether a name is a number, or several with dots between them, behind a `v` or not.
fn is_version(name: &str) -> bool {
    let numbers = name.strip_prefix(['v', 'V']).unwrap_or(name);
    numbers.split(['.', '_']).all(|part| names::Number::new(part).is_some())
}

#[cfg(test)]
mod tests {
    use super::is_version;

    #[test]
    fn a_version_is_made_of_numbers() {
        for name in ["0", "58", "3.14", "v1.2.0", "V2_1"] {
            assert!(is_version(name), "{name}");
        }
        for name in ["", "v", "a1", "1.x", "3..1", "2-users"] {
            assert!(!is_version(name), "{name}");
        }
    }
}
