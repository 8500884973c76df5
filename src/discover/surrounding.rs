//! Which files around the migrations are looked at, and where.

use super::place;
use crate::deploy;
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
    deploy::is_known(&place::slashed(path))
}
