//! Which files around the migrations are looked at, and where.

use super::view::View;
use super::{names, place};
use crate::{deploy, drift};
use std::ffi::OsStr;
use std::path::Path;

/// Files with which a project begins.
const ROOTS: [&str; 16] = [
    ".git",
    "shipworthy.toml",
    ".shipworthy.toml",
    "package.json",
    "Cargo.toml",
    "go.mod",
    "pyproject.toml",
    "requirements.txt",
    "manage.py",
    "Gemfile",
    "composer.json",
    "mix.exs",
    "pom.xml",
    "build.gradle",
    "build.gradle.kts",
    "Procfile",
];

/// Folders beginning with a dot that hold workflows and deployment files.
const HIDDEN: [&str; 7] =
    [".github", ".gitlab", ".circleci", ".buildkite", ".woodpecker", ".platform", ".ebextensions"];

/// Whether a project begins in a folder.
pub(super) fn begins_in(folder: &Path) -> bool {
    ROOTS.iter().any(|name| folder.join(name).exists())
}

/// Whether a folder that is else passed over is entered for them.
pub(super) fn is_hidden_home(name: &OsStr) -> bool {
    name.to_str().is_some_and(|name| HIDDEN.contains(&name))
}

/// Whether a file is read, going by its name and its folder's.
pub(super) fn is_known(path: &Path) -> bool {
    let path = place::slashed(path);
    deploy::is_known(&path) || drift::is_known(&path)
}

/// Whether a file is behind one beside it that takes its place: of the snapshots that Drizzle Kit keeps, one for each migration and each as
/// large as the schema, only the newest says how the schema is today.
pub(super) fn is_superseded(view: &View, path: &Path) -> bool {
    const SNAPSHOT: &str = "_snapshot.json";
    let (Some(folder), Some(name)) = (path.parent(), path.file_name().and_then(OsStr::to_str)) else {
        return false;
    };
    if name == "snapshot.json" {
        let (Some(above), Some(own)) = (folder.parent(), folder.file_name().and_then(OsStr::to_str)) else {
            return false;
        };
        return view.list(above).folders.iter().any(|other| names::digits(other) == 14 && other.as_str() > own);
    }
    name.ends_with(SNAPSHOT)
        && view.list(folder).files.iter().any(|other| other.ends_with(SNAPSHOT) && other.as_str() > name)
}
