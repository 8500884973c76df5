//! Plain .sql files, which no tool claims.

use super::view::View;
use super::{Entry, Home, Proof, names};
use crate::migration::Role;
use crate::tool::Tool;
use std::path::{Path, PathBuf};

/// A folder of such files.
pub(super) fn home(folder: &Path) -> Home {
    Home::plain(Tool::NONE, folder, Proof::Names)
}

/// A folder with a `structure.sql` in a Rails application: its migrations are Ruby.
pub(super) fn rails(view: &View, folder: &Path) -> Option<Home> {
    let listing = view.list(folder);
    let dump = listing.sql().find(|name| is_structure(name)).map(|name| folder.join(name))?;
    let is_rails = |above: &Path| {
        view.list(above).has("Gemfile")
            || view.list(above).has("Rakefile")
            || view.has(&above.join("config/database.yml"))
    };
    view.upward(folder).any(is_rails).then(|| Home::plain(Tool::RAILS, folder, Proof::Path(dump)))
}

/// The files of a folder in natural order, dumps first, seeds last.
pub(super) fn files(view: &View, found: &[PathBuf]) -> Vec<Entry> {
    let mut files = found.to_vec();
    files.sort_by(|a, b| names::natural_path(a, b));
    let mut entries: Vec<_> = files
        .into_iter()
        .map(|path| {
            let role = if is_dump(view, &path) { Role::Schema } else { role(view, &path) };
            Entry::new(path, role)
        })
        .collect();
    entries.sort_by_key(|entry| match entry.role {
        Role::Schema => 0,
        Role::Seed => 2,
        _ => 1,
    });
    entries
}

/// Dumps of the schema that a tool's migrations lead to: `structure.sql` or `schema.sql` in the project's folder or the one above.
pub(super) fn dumps_near(view: &View, home: &Home) -> Vec<PathBuf> {
    // Where nothing but dumps is, they stand for themselves.
    if home.tool == Tool::RAILS
        || (home.files.is_none() && view.list(&home.root).sql().all(|name| is_dump(view, &home.root.join(name))))
    {
        return Vec::new();
    }
    let above = home.root.parent().filter(|_| !view.is_top(&home.root));
    let folders = [Some(home.root.as_path()), above];
    let near =
        folders.into_iter().flatten().flat_map(|folder| ["schema.sql", "structure.sql"].map(|name| folder.join(name)));
    near.filter(|path| {
        view.has(path) && (is_dump(view, path) || (home.files.is_some() && path.ends_with("db/schema.sql")))
    })
    .collect()
}

fn role(view: &View, path: &Path) -> Role {
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_ascii_lowercase();
    let folder = path.parent().and_then(Path::file_name).and_then(|name| name.to_str()).unwrap_or_default();
    let undoes = [".down", "_down", ".undo", ".rollback", "_rollback"].iter().any(|end| stem.ends_with(end));
    if undoes || matches!(folder, "down" | "revert" | "rollback" | "rollbacks" | "undo") {
        Role::Down
    } else if matches!(stem.as_str(), "seed" | "seeds") || is_among_seeds(view, path) {
        Role::Seed
    } else {
        Role::Migration
    }
}

/// Whether a file lies in a folder of seeds, or below one. Migrations in a folder of their own below it are none, and a checkout may be
/// called as it likes.
fn is_among_seeds(view: &View, path: &Path) -> bool {
    let Some(folder) = path.parent() else {
        return false;
    };
    let above: Vec<&Path> = view.upward(folder).collect();
    // Outside of a checkout nothing is known of the folders above.
    let inside = match above.split_last() {
        Some((top, inside)) if view.is_top(top) => inside,
        _ => above.get(..1).unwrap_or_default(),
    };
    let names = inside.iter().filter_map(|folder| folder.file_name()?.to_str());
    let until =
        names.map(str::to_ascii_lowercase).take_while(|name| !matches!(name.as_str(), "migration" | "migrations"));
    until.into_iter().any(|name| is_seeds(&name))
}

/// Whether a folder's name says that it holds seeds: `seeds`, `seed-database`, `dev_seeds`.
fn is_seeds(name: &str) -> bool {
    let words: Vec<_> = name.split(['-', '_', '.']).collect();
    let about = |word: &&str| {
        matches!(
            *word,
            "seed"
                | "seeds"
                | "seeder"
                | "seeders"
                | "seeding"
                | "db"
                | "database"
                | "data"
                | "sql"
                | "scripts"
                | "dev"
                | "demo"
                | "local"
                | "postgres"
        )
    };
    words.iter().any(|word| word.starts_with("seed")) && words.iter().all(about)
}

/// Whether a file is what `pg_dump` writes, or Rails's and Ecto's `structure.sql`. A number in the name makes it a step of a history,
/// whoever wrote it.
pub(super) fn is_dump(view: &View, path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let numbered = name.bytes().any(|byte| byte.is_ascii_digit());
    is_structure(name) || (!numbered && has_dump_head(&view.head(path)))
}

/// Whether a file holds the queries of a program, from which sqlc makes code: `-- name: GetAuthor :one`.
pub(super) fn is_queries(view: &View, path: &Path) -> bool {
    view.head(path).lines().filter_map(|line| line.strip_prefix("--")?.trim_start().strip_prefix("name:")).any(|name| {
        let words: Vec<_> = name.split_whitespace().collect();
        matches!(
            words[..],
            [
                _,
                ":one"
                    | ":many"
                    | ":exec"
                    | ":execrows"
                    | ":execresult"
                    | ":execlastid"
                    | ":copyfrom"
                    | ":batchone"
                    | ":batchmany"
                    | ":batchexec"
            ]
        )
    })
}

fn is_structure(name: &str) -> bool {
    name == "structure.sql" || name.ends_with("_structure.sql")
}

/// Whether a text begins as `pg_dump` writes: with its title or, where a tool cut that off, with its settings.
fn has_dump_head(head: &str) -> bool {
    let mut lines = head.lines().take(60);
    lines.any(|line| {
        line.starts_with("-- PostgreSQL database dump")
            || line.starts_with("SELECT pg_catalog.set_config('search_path', ''")
            || line.starts_with("-- MySQL dump")
            || line.starts_with("-- MariaDB dump")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_lie_in_a_folder_of_that_name_below_the_checkout() {
        let top = tempfile::TempDir::new().unwrap();
        let root = top.path().join("seeds");
        std::fs::create_dir_all(root.join(".git")).unwrap();
        let role = |path: &str| role(&View::default(), &root.join(path));
        for seed in ["db/seeds/1.sql", "db/seed.sql", "scripts/seed-database/write/users.sql", "dev_seeds/a/b.sql"] {
            assert_eq!(role(seed), Role::Seed, "{seed}");
        }
        // A checkout, or a service, may be called as it likes.
        for other in ["db/1.sql", "1.sql", "seed-service/db/1.sql", "seeds/migrations/1.sql", "database/1.sql"] {
            assert_eq!(role(other), Role::Migration, "{other}");
        }
    }

    #[test]
    fn outside_of_a_checkout_the_folder_itself_counts() {
        let role = |path: &str| role(&View::default(), Path::new(path));
        assert_eq!(role("/nowhere/seeds/1.sql"), Role::Seed);
        assert_eq!(role("/nowhere/seeds/db/1.sql"), Role::Migration);
    }
}
