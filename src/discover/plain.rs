//! Plain .sql files, which no tool claims.

use super::view::View;
use super::{Entry, Home, Kind, Proof, names};
use crate::migration::Role;
use crate::tool::Tool;
use std::path::{Path, PathBuf};

/// Why a dump is left out.
pub(super) const DUMP: &str = "it is a dump of the schema, not a migration";

/// A folder of such files.
pub(super) fn home(folder: &Path) -> Home {
    Home { tool: Tool::NONE, root: folder.to_owned(), from: Proof::Names, kind: Kind::Plain }
}

/// The files of a folder in natural order, seeds last; and apart from them the dumps.
pub(super) fn files(view: &View, found: &[PathBuf]) -> (Vec<Entry>, Vec<PathBuf>) {
    let (dumps, mut files): (Vec<_>, Vec<_>) = found.iter().cloned().partition(|path| is_dump(view, path));
    files.sort_by(|a, b| names::natural_path(a, b));
    let mut entries: Vec<_> = files
        .into_iter()
        .map(|path| {
            let role = role(&path);
            Entry::new(path, role)
        })
        .collect();
    entries.sort_by_key(|entry| entry.role == Role::Seed);
    (entries, dumps)
}

fn role(path: &Path) -> Role {
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_ascii_lowercase();
    let in_seeds = path.parent().and_then(Path::file_name).is_some_and(|folder| folder == "seeds");
    if stem.ends_with(".down") {
        Role::Down
    } else if in_seeds || matches!(stem.as_str(), "seed" | "seeds") {
        Role::Seed
    } else {
        Role::Migration
    }
}

/// Whether a file is what `pg_dump` writes, or Rails's and Ecto's `structure.sql`. A number in the name makes it a step of a history,
/// whoever wrote it.
pub(super) fn is_dump(view: &View, path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let by_name = name == "structure.sql" || name.ends_with("_structure.sql");
    let numbered = name.bytes().any(|byte| byte.is_ascii_digit());
    by_name
        || (!numbered && view.head(path).lines().take(40).any(|line| line.starts_with("-- PostgreSQL database dump")))
}
