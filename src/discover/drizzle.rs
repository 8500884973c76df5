//! Drizzle Kit: `drizzle/0001_name.sql` in the order of `meta/_journal.json`; from version 1 on `drizzle/<14 digits>_<name>/migration.sql`.

use super::view::View;
use super::{Entry, Home, Proof, Server, names};
use crate::dialect::Dialect;
use crate::migration::Role;
use crate::source::Span;
use crate::tool::{Remark, RemarkKind, Tool};
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// By `meta/_journal.json`, which alone says which files there are, in which order, and for which server.
pub(super) fn by_journal(view: &View, folder: &Path) -> Option<Home> {
    let journal = journal_of(folder);
    // Drizzle Kit with `prefix: "supabase"` only writes the files; the Supabase CLI runs them.
    let for_supabase =
        folder.ends_with("supabase/migrations") && view.list(folder).sql().all(|name| names::digits(name) == 14);
    (view.has(&journal) && !for_supabase && !is_left_behind(view, folder, &journal)).then(|| {
        let dialect = journal_dialect(view, &journal);
        of(folder, Proof::Path(journal), dialect.as_deref(), files_of_journal)
    })
}

/// Whether the journal names few of the files that lie there: somebody writes them by hand, and runs them by other means.
fn is_left_behind(view: &View, folder: &Path, journal: &Path) -> bool {
    let journal = read_json(view, journal);
    let listed: HashSet<&str> =
        tags(&journal).filter_map(|listed| listed.get("tag").and_then(|tag| tag.as_str())).collect();
    let (mut known, mut files) = (0, 0);
    for name in view.list(folder).sql() {
        files += 1;
        known += usize::from(listed.contains(name.trim_end_matches(".sql")));
    }
    files > 2 * (known + 1)
}

fn tags(journal: &serde_json::Value) -> impl Iterator<Item = &serde_json::Value> {
    journal.get("entries").and_then(|entries| entries.as_array()).into_iter().flatten()
}

/// By a `snapshot.json` beside a `migration.sql`.
pub(super) fn by_snapshot(view: &View, folder: &Path) -> Option<Home> {
    let listing = view.list(folder);
    (listing.has("migration.sql") && listing.has("snapshot.json")).then(|| {
        let snapshot = folder.join("snapshot.json");
        // The dialect stands at the front; the snapshot itself may be large.
        let head = view.head(&snapshot);
        let dialect = head.split_once("\"dialect\"").and_then(|(_, rest)| rest.split('"').nth(1)).map(str::to_owned);
        of(folder.parent().unwrap_or(folder), Proof::Path(snapshot), dialect.as_deref(), files_of_folders)
    })
}

/// By `--> statement-breakpoint`, where the journal is not at hand.
pub(super) fn by_marker(_: &View, folder: &Path, from: Proof) -> Option<Home> {
    // In a folder of version 1 the project is the folder above.
    if folder.file_name().and_then(|name| name.to_str()).is_some_and(|name| names::digits(name) == 14) {
        return Some(of(folder.parent()?, from, None, files_of_folders));
    }
    Some(of(folder, from, None, files_by_number))
}

/// The project of a folder that Drizzle runs, of either layout.
pub(super) fn home(view: &View, folder: &Path, from: Proof) -> Home {
    if view.has(&journal_of(folder)) {
        let dialect = journal_dialect(view, &journal_of(folder));
        return of(folder, from, dialect.as_deref(), files_of_journal);
    }
    match view.list(folder).has("migration.sql") {
        true => of(folder.parent().unwrap_or(folder), from, None, files_of_folders),
        false => of(folder, from, None, files_by_number),
    }
}

fn of(root: &Path, from: Proof, dialect: Option<&str>, files: fn(&View, &Path) -> Vec<Entry>) -> Home {
    let home = Home::new(Tool::DRIZZLE, root, from.clone(), files);
    let server = match dialect {
        Some("mysql") => Server::Dialect(Dialect::MySql),
        Some("sqlite" | "turso") => Server::Dialect(Dialect::Sqlite),
        Some("singlestore") => Server::Other("SingleStore"),
        Some("mssql") => Server::Other("SQL Server"),
        Some("cockroach" | "cockroachdb") => Server::Other("CockroachDB"),
        Some("gel") => Server::Other("Gel"),
        Some(_) => Server::Dialect(Dialect::Postgres),
        None => return home,
    };
    home.for_server(server, from)
}

fn journal_dialect(view: &View, journal: &Path) -> Option<String> {
    let journal = read_json(view, journal);
    // The oldest journals call PostgreSQL `pg`.
    journal.get("dialect").and_then(|dialect| dialect.as_str()).map(str::to_owned)
}

fn journal_of(folder: &Path) -> PathBuf {
    folder.join("meta").join("_journal.json")
}

fn read_json(view: &View, path: &Path) -> serde_json::Value {
    serde_json::from_str(&view.manifest(path)).unwrap_or_default()
}

fn files_of_journal(view: &View, root: &Path) -> Vec<Entry> {
    let journal = read_json(view, &journal_of(root));
    let listing = view.list(root);
    let mut entries: Vec<Entry> = Vec::new();
    // The newest time up to here, and whose it is.
    let mut newest: Option<(f64, &str)> = None;
    let mut gone = None;
    for listed in tags(&journal) {
        let Some(tag) = listed.get("tag").and_then(|tag| tag.as_str()) else { continue };
        let name = format!("{tag}.sql");
        if !listing.has(&name) {
            gone = Some(name);
            continue;
        }
        let mut entry = Entry::new(root.join(&name), Role::Migration);
        if let Some(gone) = gone.take() {
            entry.remark(without_file(&gone, "before"), [journal_of(root), root.join(&gone)]);
        }
        if let Some(when) = listed.get("when").and_then(|when| when.as_f64()) {
            match newest {
                Some((before, other)) if when < before => entry.remark(passed_over(other), [journal_of(root)]),
                _ => newest = Some((when, tag)),
            }
        }
        entries.push(entry);
    }
    if let (Some(gone), Some(last)) = (gone, entries.last_mut()) {
        last.remark(without_file(&gone, "behind"), [journal_of(root), root.join(&gone)]);
    }
    entries
}

/// Drizzle reads every file of the journal before it runs one (`readMigrationFiles`).
fn without_file(gone: &str, place: &str) -> Remark {
    Remark::refused(
        Span::empty(0),
        format!("_journal.json lists `{gone}` {place} this file, and it is not there"),
        "bring the file back, or take its entry out of the journal: Drizzle runs nothing until then",
    )
}

/// Drizzle runs what has a later `when` than the last that it ran (`folderMillis` in the drivers' `migrate`).
fn passed_over(other: &str) -> Remark {
    Remark {
        span: Span::empty(0),
        kind: RemarkKind::NotRun,
        problem: format!(
            "where `{other}` has run, Drizzle passes over this file: its `when` in _journal.json is earlier"
        ),
        advice: "give its entry a later `when` than those before it, or generate it again".to_owned(),
    }
}

fn files_by_number(view: &View, root: &Path) -> Vec<Entry> {
    super::in_number_order(view, root, names::numbered)
}

fn files_of_folders(view: &View, root: &Path) -> Vec<Entry> {
    let folders = &view.list(root).folders;
    let migrations = folders.iter().filter(|name| names::numbered(name).is_some());
    migrations
        .map(|name| root.join(name).join("migration.sql"))
        .filter(|path| view.has(path))
        .map(|path| Entry::new(path, Role::Migration))
        .collect()
}
