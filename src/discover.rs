//! Paths -> projects: which files belong together, which tool runs them, in what order.
//!
//! The order of proof: a marker file beside or above (`migration_lock.toml`, `atlas.sum` ...), a marker in the files (`-- +goose Up`),
//! the files' names, where they are shared by several tools together with the manifest of the surrounding package (`Cargo.toml`, `go.mod`,
//! `package.json`). Nearer beats farther. What no tool claims is plain: a folder is a project in the natural order of its names, files that
//! were given by name are one project in the order given.
//!
//! A dump of the schema (`structure.sql`, what `pg_dump` writes) is no migration: found in a folder it is left out and said to be, because its
//! objects are those that the migrations made. Given by name it is checked like any other file.
//!
//! Nothing fails as a whole: a folder that cannot be read, or vanishes meanwhile, is a value in [`Discovered::failures`].

mod atlas;
mod content;
mod dbmate;
mod diesel;
mod drizzle;
mod flyway;
mod golang_migrate;
mod goose;
mod graphile_migrate;
mod hasura;
mod liquibase;
mod manifest;
mod names;
mod node_pg_migrate;
mod place;
mod plain;
mod prisma;
mod refinery;
mod sqitch;
mod sql_migrate;
mod sqlx;
mod supabase;
mod tern;
mod view;

use crate::migration::Role;
use crate::tool::{Tool, TransactionMode};
use place::Places;
use std::collections::btree_map::Entry as Slot;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use view::View;

/// What to look for.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    /// The other files of a recognised project are added as context.
    pub siblings: bool,
    /// Whether the findings of a file are not asked for. A migration is context all the same; another file is not looked at.
    pub excludes: &'a dyn Fn(&Path) -> bool,
    /// That counts for files that are given by name, too.
    pub force_exclude: bool,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Self { siblings: true, excludes: &|_| false, force_exclude: false }
    }
}

/// What was found.
#[derive(Debug, Default)]
pub struct Discovered {
    /// In the order in which their first files were given or found.
    pub projects: Vec<Project>,
    /// Files and folders that were left out, and why.
    pub skipped: Vec<Skipped>,
    /// What could not be read.
    pub failures: Vec<Failure>,
}

/// The migrations of one database, run by one tool.
#[derive(Debug, PartialEq, Eq)]
pub struct Project {
    /// Its folder, as diagnostics print it.
    pub root: String,
    /// The tool that runs it.
    pub tool: Tool,
    /// How that was recognised, as the end of a sentence: `by supabase/config.toml`.
    pub tool_from: String,
    /// In the order in which the tool runs them; seeds last, a down file behind its migration.
    pub files: Vec<ProjectFile>,
}

/// A file of a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectFile {
    /// Where to read it.
    pub path: PathBuf,
    /// As diagnostics print it: with `/`, beginning as the user gave it.
    pub display: String,
    /// What it is to the project.
    pub role: Role,
    /// It was asked for; else it is context.
    pub judged: bool,
    /// What a file beside it says about the transaction.
    pub transaction: Option<TransactionMode>,
}

/// Something that was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Where it is.
    pub path: PathBuf,
    /// As diagnostics print it.
    pub display: String,
    /// Why, as a clause: `Flyway does not run it`.
    pub reason: String,
}

/// Something that could not be read.
#[derive(Debug)]
pub struct Failure {
    /// As diagnostics print it.
    pub display: String,
    /// What the system said.
    pub error: io::Error,
    /// The user named it; else it was met on the way.
    pub given: bool,
}

/// A version, as it stands in files' names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(Vec<names::Number>);

impl Version {
    /// The version of a migration, by its path; `None` where its name has none.
    pub fn of(path: &Path) -> Option<Self> {
        names::version(path).map(Self)
    }

    /// A version as a person writes it: `20260101`, `1.2`, a file's name.
    pub fn read(text: &str) -> Option<Self> {
        names::version_in(text).map(Self)
    }
}

/// A way to recognise a folder's project.
type Way = fn(&View, &Path) -> Option<Home>;

/// A folder's project.
#[derive(Clone, Debug)]
struct Home {
    tool: Tool,
    /// The folder that stands for the project.
    root: PathBuf,
    from: Proof,
    kind: Kind,
}

/// What a project's tool does, or why it is none of ours.
#[derive(Clone, Copy, Debug)]
enum Kind {
    /// Lists the files that the tool runs, in its order.
    Runs(fn(&View, &Path) -> Vec<Entry>),
    /// Another server's, by its name.
    OtherServer(&'static str),
    /// Plain files; those that are asked for are the project.
    Plain,
}

/// How a tool was recognised.
#[derive(Clone, Debug)]
enum Proof {
    /// A file or folder beside or above.
    Path(PathBuf),
    /// A marker in this file.
    Marker(&'static str, PathBuf),
    /// The files' names.
    Names,
    /// The files' names and the package's manifest.
    Manifest(PathBuf),
    /// The files' names, which others use as well.
    Assumed(&'static str),
}

/// A file that a tool runs.
#[derive(Clone, Debug)]
struct Entry {
    path: PathBuf,
    role: Role,
    transaction: Option<TransactionMode>,
}

impl Entry {
    fn new(path: PathBuf, role: Role) -> Self {
        Self { path, role, transaction: None }
    }
}

/// A file that was given by name, or found in a folder that was.
#[derive(Clone, Debug)]
struct Selected {
    path: PathBuf,
    by_name: bool,
}

/// Finds the projects under `paths`; without any, under the current folder.
pub fn discover(paths: &[PathBuf], options: &Options<'_>) -> Discovered {
    let mut finder = Finder::new();
    if paths.is_empty() {
        finder.add(Path::new("."), options);
    }
    for path in paths {
        finder.add(path, options);
    }
    finder.finish(options)
}

struct Finder {
    view: View,
    places: Places,
    selected: Vec<Selected>,
    /// Where in `selected` a path stands.
    known: BTreeMap<PathBuf, usize>,
    found: Discovered,
}

impl Finder {
    fn new() -> Self {
        Self {
            view: View::default(),
            places: Places::new(),
            selected: Vec::new(),
            known: BTreeMap::new(),
            found: Discovered::default(),
        }
    }

    /// Adds a path that the user gave.
    fn add(&mut self, given: &Path, options: &Options<'_>) {
        match self.places.add(given) {
            Ok((path, true)) => self.walk(&path, options),
            Ok((path, false)) if options.force_exclude && (options.excludes)(&path) => {}
            Ok((path, false)) => self.select(path, true),
            Err(error) => {
                self.found.failures.push(Failure { display: place::slashed(given), error, given: true });
            }
        }
    }

    fn select(&mut self, path: PathBuf, by_name: bool) {
        match self.known.entry(path) {
            Slot::Occupied(slot) => {
                if let Some(earlier) = self.selected.get_mut(*slot.get()) {
                    earlier.by_name |= by_name;
                }
            }
            Slot::Vacant(slot) => {
                let path = slot.key().clone();
                slot.insert(self.selected.len());
                self.selected.push(Selected { path, by_name });
            }
        }
    }

    /// Selects the .sql files under a folder.
    fn walk(&mut self, root: &Path, options: &Options<'_>) {
        let walk = walkdir::WalkDir::new(root).sort_by(|a, b| names::natural(a.file_name(), b.file_name()));
        let mut entries = walk.into_iter();
        while let Some(entry) = entries.next() {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    let path = error.path().unwrap_or(root).to_owned();
                    let error = error.into_io_error().unwrap_or_else(|| io::Error::other("it cannot be read"));
                    self.failure(&path, error);
                    continue;
                }
            };
            let path = entry.path();
            let kind = entry.file_type();
            if (kind.is_dir() || names::is_sql(path)) && entry.depth() > 0 && (options.excludes)(path) {
                if kind.is_dir() {
                    entries.skip_current_dir();
                }
            } else if kind.is_dir() && entry.depth() > 0 && is_foreign_folder(entry.file_name().to_str()) {
                entries.skip_current_dir();
            } else if kind.is_dir()
                && entry.depth() > 0
                && let Some(server) = entry.file_name().to_str().and_then(other_server)
            {
                if self.holds_sql(path) {
                    self.skip(path, format!("its name says that it is for {server}; only PostgreSQL is understood"));
                }
                entries.skip_current_dir();
            } else if kind.is_symlink() && path.is_dir() {
                self.skip(
                    path,
                    "it is a symbolic link to a folder, which is followed only where it is given".to_owned(),
                );
            } else if !kind.is_dir() && names::is_sql(path) {
                if path.file_name().and_then(|name| name.to_str()).is_none() {
                    self.failure(path, io::Error::new(io::ErrorKind::InvalidData, "its name is not UTF-8"));
                } else if kind.is_file() || path.is_file() {
                    self.select(path.to_owned(), false);
                }
            }
        }
    }

    fn holds_sql(&self, folder: &Path) -> bool {
        walkdir::WalkDir::new(folder)
            .into_iter()
            .flatten()
            .any(|entry| entry.file_type().is_file() && names::is_sql(entry.path()))
    }

    fn skip(&mut self, path: &Path, reason: String) {
        let display = self.places.display(path);
        self.found.skipped.push(Skipped { path: path.to_owned(), display, reason });
    }

    fn failure(&mut self, path: &Path, error: io::Error) {
        let display = self.places.display(path);
        self.found.failures.push(Failure { display, error, given: false });
    }

    fn finish(mut self, options: &Options<'_>) -> Discovered {
        let selected = std::mem::take(&mut self.selected);
        let mut homes: BTreeMap<PathBuf, Home> = BTreeMap::new();
        // Projects in the order of their first file, each with what was asked for of it.
        let mut projects: Vec<(Home, Vec<Selected>)> = Vec::new();
        let mut places: BTreeMap<(PathBuf, &str), usize> = BTreeMap::new();
        for selected in selected {
            let folder = selected.path.parent().unwrap_or(Path::new("/")).to_owned();
            let home = homes.entry(folder).or_insert_with_key(|folder| recognise(&self.view, folder)).clone();
            let at = *places.entry((home.root.clone(), home.tool.name)).or_insert_with(|| {
                projects.push((home, Vec::new()));
                projects.len() - 1
            });
            if let Some((_, files)) = projects.get_mut(at) {
                files.push(selected);
            }
        }
        // Files that were given by name and that no tool runs are one project, where the first of them stands.
        let mut plain_at = None;
        let mut plain_files = Vec::new();
        for (home, files) in projects {
            let before = self.found.projects.len();
            let left = self.project(home, files, options);
            if !left.is_empty() {
                plain_at.get_or_insert(before);
                plain_files.extend(left);
            }
        }
        if let Some(at) = plain_at {
            let files =
                plain_files.into_iter().map(|path| self.file(Entry::new(path, Role::Migration), true)).collect();
            let project =
                Project { root: ".".to_owned(), tool: Tool::NONE, tool_from: "by the order given".to_owned(), files };
            self.found.projects.insert(at, project);
        }
        for (path, error) in self.view.failures() {
            self.failure(&path, error);
        }
        self.found
    }

    /// Adds a project. Returns the files that were given by name but that the tool does not run.
    fn project(&mut self, home: Home, asked: Vec<Selected>, options: &Options<'_>) -> Vec<PathBuf> {
        let entries = match home.kind {
            Kind::Runs(list) => list(&self.view, &home.root),
            Kind::OtherServer(server) => {
                let from = self.from(&home.from);
                self.skip(&home.root, format!("it is for {server} ({from}); only PostgreSQL is understood"));
                return Vec::new();
            }
            Kind::Plain => {
                let (named, found): (Vec<_>, Vec<_>) = asked.into_iter().partition(|selected| selected.by_name);
                let found: Vec<_> = found.into_iter().map(|selected| selected.path).collect();
                let (entries, dumps) = plain::files(&self.view, &found);
                for dump in dumps {
                    self.skip(&dump, plain::DUMP.to_owned());
                }
                let files: Vec<_> = entries.into_iter().map(|entry| self.file(entry, true)).collect();
                if !files.is_empty() {
                    let root = self.places.display(&home.root);
                    self.found.projects.push(Project {
                        root,
                        tool: home.tool,
                        tool_from: self.from(&home.from),
                        files,
                    });
                }
                return named.into_iter().map(|selected| selected.path).collect();
            }
        };
        let run: BTreeSet<_> = entries.iter().map(|entry| entry.path.clone()).collect();
        let wanted: BTreeSet<_> = asked.iter().map(|selected| selected.path.clone()).collect();
        let mut left = Vec::new();
        for selected in asked.into_iter().filter(|selected| !run.contains(&selected.path)) {
            if selected.by_name {
                left.push(selected.path);
            } else if plain::is_dump(&self.view, &selected.path) {
                self.skip(&selected.path, plain::DUMP.to_owned());
            } else {
                self.skip(&selected.path, format!("{} does not run it as a migration", home.tool.display));
            }
        }
        let files: Vec<_> = entries
            .into_iter()
            // A down file is replayed nowhere, so it is no context.
            .filter(|entry| wanted.contains(&entry.path) || (options.siblings && entry.role != Role::Down))
            .map(|entry| {
                let judged = wanted.contains(&entry.path);
                self.file(entry, judged)
            })
            .collect();
        if files.iter().any(|file| file.judged) {
            let root = self.places.display(&home.root);
            self.found.projects.push(Project { root, tool: home.tool, tool_from: self.from(&home.from), files });
        }
        left
    }

    fn file(&self, entry: Entry, judged: bool) -> ProjectFile {
        let display = self.places.display(&entry.path);
        ProjectFile { path: entry.path, display, role: entry.role, judged, transaction: entry.transaction }
    }

    fn from(&self, from: &Proof) -> String {
        match from {
            Proof::Path(path) => format!("by {}", self.places.display(path)),
            Proof::Marker(marker, path) => format!("by `{marker}` in {}", self.places.display(path)),
            Proof::Names => "by the file names".to_owned(),
            Proof::Manifest(path) => format!("by the file names and {}", self.places.display(path)),
            Proof::Assumed(others) => format!("by the file names, which {others} uses as well"),
        }
    }
}

/// Folders in which nobody keeps migrations of their own.
fn is_foreign_folder(name: Option<&str>) -> bool {
    name.is_some_and(|name| name.starts_with('.') || matches!(name, "node_modules" | "target" | "vendor"))
}

/// The server that a folder's name names, where it is not PostgreSQL.
fn other_server(name: &str) -> Option<&'static str> {
    Some(match name.to_ascii_lowercase().as_str() {
        "mysql" => "MySQL",
        "mariadb" => "MariaDB",
        "sqlite" | "sqlite3" => "SQLite",
        "mssql" | "sqlserver" => "SQL Server",
        "oracle" => "Oracle",
        "clickhouse" => "ClickHouse",
        "h2" => "H2",
        "hsqldb" => "HSQLDB",
        "db2" => "Db2",
        "spanner" => "Spanner",
        "cassandra" => "Cassandra",
        _ => return None,
    })
}

/// The files of a folder that have a number, by that and then by name; the one that undoes behind the one that it undoes.
fn in_number_order(
    view: &View,
    folder: &Path,
    read: for<'a> fn(&'a str) -> Option<(names::Number, &'a str)>,
) -> Vec<Entry> {
    let listing = view.list(folder);
    let role = |name: &str| if name.ends_with(".down.sql") { Role::Down } else { Role::Migration };
    let mut files: Vec<_> =
        listing.sql().filter_map(|name| Some((read(name)?.0, role(name) == Role::Down, name))).collect();
    files.sort();
    files.into_iter().map(|(.., name)| Entry::new(folder.join(name), role(name))).collect()
}

/// The project of a folder that holds .sql files.
fn recognise(view: &View, folder: &Path) -> Home {
    let by_marker_file: [Way; 8] = [
        prisma::by_lock_file,
        drizzle::by_journal,
        supabase::by_config,
        sqitch::by_plan,
        graphile_migrate::by_settings,
        diesel::by_config,
        hasura::by_config,
        tern::by_config,
    ];
    let by_names: [Way; 9] = [
        drizzle::by_snapshot,
        prisma::by_names,
        diesel::by_names,
        hasura::by_names,
        refinery::by_names,
        flyway::by_names,
        sqlx::by_names,
        golang_migrate::by_names,
        node_pg_migrate::by_names,
    ];
    let first = |ways: &[Way]| ways.iter().find_map(|way| way(view, folder));
    first(&by_marker_file)
        .or_else(|| content::recognise(view, folder))
        // Atlas reads other tools' folders, whose markers it then follows.
        .or_else(|| atlas::by_sum(view, folder))
        .or_else(|| first(&by_names))
        .unwrap_or_else(|| plain::home(folder))
}

#[cfg(test)]
mod tests;
