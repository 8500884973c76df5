//! Paths -> projects: which files belong together, which tool runs them, in what order.
//!
//! The order of proof: a marker file beside or above (`migration_lock.toml`, `atlas.sum` ...), a marker in the files (`-- +goose Up`),
//! the files' names, where they are shared by several tools together with the manifest of the surrounding package (`Cargo.toml`, `go.mod`,
//! `package.json`). Nearer beats farther. What no tool claims is plain: a folder is a project in the natural order of its names, files that
//! were given by name are one project in the order given.
//!
//! A dump of the schema (`structure.sql`, what `pg_dump` writes) is no migration but context: knowledge of what the files do not create.
//! Given by name it is checked like any other file.
//!
//! Nothing fails as a whole: a folder that cannot be read, or vanishes meanwhile, is a value in [`Discovered::failures`].

mod atlas;
mod bun;
mod coded;
mod content;
mod dbmate;
mod diesel;
mod drizzle;
mod evolve;
mod flyway;
mod geni;
mod golang_migrate;
mod goose;
mod graphile_migrate;
mod hasura;
mod home;
mod liquibase;
mod manifest;
mod maragudk;
mod names;
mod node_pg_migrate;
mod picture;
mod place;
mod plain;
mod printed;
mod prisma;
mod refinery;
mod server;
mod sqitch;
mod sql_migrate;
mod sqlx;
mod supabase;
mod surrounding;
mod tern;
mod test_files;
mod versions;
mod view;
mod yoyo;

use crate::dialect::Dialect;
use crate::migration::Role;
use crate::tool::{Remark, Tool, TransactionMode};
use home::{Entry, Home, Proof, assume, in_number_order, recognise};
use place::Places;
use server::Server;
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
    /// What is said of the project to which a file belongs, whatever the files look like.
    pub said: &'a dyn Fn(&Path) -> Said,
    /// A version of PostgreSQL was named: the SQL itself must say a good deal to be for another server.
    pub postgres: bool,
    /// Where the files around the migrations are looked for.
    pub surroundings: Surroundings<'a>,
}

/// Where the files around the migrations are looked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Surroundings<'a> {
    /// In the folders that were given, where a project begins in them: a checkout, a package, a configuration.
    Roots,
    /// In all folders that were given.
    Given,
    /// In this folder, which is looked at for nothing else.
    In(&'a Path),
    /// Nowhere.
    #[default]
    Nowhere,
}

/// What the command line or the configuration says of a project.
#[derive(Clone, Debug, Default)]
pub struct Said {
    /// The tool that runs it, and who says so, as a clause: `as --tool says`.
    pub tool: Option<(Tool, String)>,
    /// The server that it is for, likewise.
    pub dialect: Option<(Dialect, String)>,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Self {
            siblings: true,
            excludes: &|_| false,
            force_exclude: false,
            said: &|_| Said::default(),
            postgres: false,
            surroundings: Surroundings::Nowhere,
        }
    }
}

/// What was found.
#[derive(Debug, Default)]
pub struct Discovered {
    /// In the order in which their first files were given or found.
    pub projects: Vec<Project>,
    /// Files around the migrations, in the order in which they were found.
    pub surroundings: Vec<SurroundingFile>,
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
    /// The tool, or whoever named the files, tells their order; else it is that of their names.
    pub ordered: bool,
    /// The server that the files are for.
    pub dialect: Dialect,
    /// How that was recognised, likewise; empty where nothing told and PostgreSQL was assumed.
    pub dialect_from: String,
    /// What was assumed of the tool, as a clause: its version, or that it is this tool and not another with the same names.
    pub assumption: Option<String>,
    /// Older versions of the tool that may run the files too, as [`Tool::older`] lists them.
    pub older: &'static [(Tool, &'static str)],
    /// The schemas that the tool's own configuration gives to clients over an API; `None`: it says nothing of that.
    pub served: Option<Vec<String>>,
    /// Other migrations of the project are programs, whose changes no file shows.
    pub coded: bool,
    /// In the order in which the tool runs them; a dump of the schema first, seeds last, a down file behind its migration.
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
    /// What its name or a file beside it says about the transaction.
    pub transaction: Option<TransactionMode>,
    /// What is wrong with its name, its place or the files beside it in the tool's eyes.
    pub remarks: Vec<Remark>,
    /// Other files that bring that about, whether they are there or not: the list of the migrations, the one that is missing.
    pub remarked_for: Vec<PathBuf>,
    /// The files that the tool puts into it, as they are displayed, and before which byte.
    pub includes: Vec<(u32, String)>,
}

/// A file around the migrations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SurroundingFile {
    /// Where to read it.
    pub path: PathBuf,
    /// As diagnostics print it.
    pub display: String,
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
    /// The tool that runs the others does not run this one.
    pub by_tool: bool,
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

/// A file that was given by name, or found in a folder that was.
#[derive(Clone, Debug)]
struct Selected {
    path: PathBuf,
    by_name: bool,
    /// It lies among the tests of the folder that was given.
    test: bool,
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
    if let Surroundings::In(folder) = options.surroundings {
        finder.add_surroundings(folder, options);
    }
    finder.finish(options)
}

struct Finder {
    view: View,
    places: Places,
    /// The files around the migrations that were found.
    around: BTreeSet<PathBuf>,
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
            around: BTreeSet::new(),
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
            Ok((path, false)) => self.select(path, true, false),
            Err(error) => {
                self.found.failures.push(Failure { display: place::slashed(given), error, given: true });
            }
        }
    }

    fn select(&mut self, path: PathBuf, by_name: bool, test: bool) {
        match self.known.entry(path) {
            Slot::Occupied(slot) => {
                if let Some(earlier) = self.selected.get_mut(*slot.get()) {
                    earlier.by_name |= by_name;
                    earlier.test &= test;
                }
            }
            Slot::Vacant(slot) => {
                let path = slot.key().clone();
                slot.insert(self.selected.len());
                self.selected.push(Selected { path, by_name, test });
            }
        }
    }

    /// Selects the .sql files under a folder.
    fn walk(&mut self, root: &Path, options: &Options<'_>) {
        let walk = walkdir::WalkDir::new(root).sort_by(|a, b| names::natural(a.file_name(), b.file_name()));
        let mut entries = walk.into_iter();
        let around = match options.surroundings {
            Surroundings::Given => true,
            Surroundings::Roots => surrounding::begins_in(root),
            Surroundings::In(_) | Surroundings::Nowhere => false,
        };
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
                if around && surrounding::is_hidden_home(entry.file_name()) {
                    self.walk_around(path, options);
                }
                entries.skip_current_dir();
            } else if around && !kind.is_dir() && surrounding::is_known(path) {
                self.surround(path, options);
            } else if kind.is_dir()
                && entry.depth() > 0
                && let Some(Server::Other(server)) = entry.file_name().to_str().and_then(server::named)
            {
                if self.holds_sql(path) {
                    self.skip(path, format!("its name says that it is for {server}, {UNREAD}"));
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
                    self.select(path.to_owned(), false, test_files::is_test(&self.view, root, path));
                }
            }
        }
    }

    /// Adds a folder that is looked at for nothing but what stands around the migrations.
    fn add_surroundings(&mut self, given: &Path, options: &Options<'_>) {
        match self.places.add_unsaid(given) {
            Ok((path, true)) => self.walk_around(&path, options),
            Ok((_, false)) => {}
            Err(error) => {
                self.found.failures.push(Failure { display: place::slashed(given), error, given: true });
            }
        }
    }

    /// Finds what stands around the migrations under a folder. What cannot be looked at holds nothing: no migration is missed by that.
    fn walk_around(&mut self, root: &Path, options: &Options<'_>) {
        let walk = walkdir::WalkDir::new(root).sort_by(|a, b| names::natural(a.file_name(), b.file_name()));
        let mut entries = walk.into_iter();
        while let Some(entry) = entries.next() {
            let Ok(entry) = entry else { continue };
            if !entry.file_type().is_dir() {
                if surrounding::is_known(entry.path()) {
                    self.surround(entry.path(), options);
                }
            } else if entry.depth() > 0
                && ((is_foreign_folder(entry.file_name().to_str()) && !surrounding::is_hidden_home(entry.file_name()))
                    || (options.excludes)(entry.path()))
            {
                entries.skip_current_dir();
            }
        }
    }

    fn surround(&mut self, path: &Path, options: &Options<'_>) {
        let looked_at = !(options.excludes)(path) && path.is_file() && !surrounding::is_superseded(&self.view, path);
        if looked_at && self.around.insert(path.to_owned()) {
            let display = self.places.display(path);
            self.found.surroundings.push(SurroundingFile { path: path.to_owned(), display });
        }
    }

    fn holds_sql(&self, folder: &Path) -> bool {
        walkdir::WalkDir::new(folder)
            .into_iter()
            .flatten()
            .any(|entry| entry.file_type().is_file() && names::is_sql(entry.path()))
    }

    /// Leaves out a file that the tool which runs the others does not run.
    fn skip_not_run(&mut self, path: &Path, tool: &Tool) {
        let display = self.places.display(path);
        let reason = format!("{} does not run it as a migration", tool.display);
        self.found.skipped.push(Skipped { path: path.to_owned(), display, reason, by_tool: true });
    }

    fn skip(&mut self, path: &Path, reason: String) {
        let display = self.places.display(path);
        self.found.skipped.push(Skipped { path: path.to_owned(), display, reason, by_tool: false });
    }

    fn failure(&mut self, path: &Path, error: io::Error) {
        let display = self.places.display(path);
        self.found.failures.push(Failure { display, error, given: false });
    }

    fn finish(mut self, options: &Options<'_>) -> Discovered {
        let selected = self.without_tests();
        let mut homes: BTreeMap<PathBuf, Home> = BTreeMap::new();
        // Projects in the order of their first file, each with what was asked for of it.
        let mut projects: Vec<(Home, Vec<Selected>)> = Vec::new();
        let mut places: BTreeMap<(PathBuf, &str, bool), usize> = BTreeMap::new();
        for selected in selected {
            let folder = selected.path.parent().unwrap_or(Path::new("/")).to_owned();
            let home = match homes.entry(folder) {
                Slot::Occupied(slot) => slot.get().clone(),
                Slot::Vacant(slot) => {
                    let home = self.home(slot.key(), &(options.said)(&selected.path));
                    slot.insert(home).clone()
                }
            };
            let at = *places.entry((home.root.clone(), home.tool.name, home.versions)).or_insert_with(|| {
                projects.push((home, Vec::new()));
                projects.len() - 1
            });
            if let Some((_, files)) = projects.get_mut(at) {
                files.push(selected);
            }
        }
        let pictures = picture::find(&self.view, &projects);
        let shown: BTreeSet<&PathBuf> = pictures.iter().map(|(path, _)| path).collect();
        projects.iter_mut().for_each(|(_, files)| files.retain(|file| !shown.contains(&file.path)));
        for (path, reason) in &pictures {
            let reason = match reason {
                picture::Reason::Shows(root) => {
                    let root = self.places.display(root);
                    format!("it shows what the migrations in {root} make (name it to check it)")
                }
                picture::Reason::Sqlc => "nothing but sqlc reads it (name it to check it)".to_owned(),
            };
            self.skip(path, reason);
        }
        // A dump beside or above a tool's folder is that project's.
        let nearby: Vec<_> = projects.iter().map(|(home, _)| plain::dumps_near(&self.view, home)).collect();
        let taken: BTreeSet<_> = nearby.iter().flatten().cloned().collect();
        // Files that were given by name and that no tool runs are one project, where the first of them stands.
        let mut plain_at = None;
        let mut plain_files = Vec::new();
        for ((home, files), dumps) in projects.into_iter().zip(nearby) {
            let before = self.found.projects.len();
            let left = self.project(home, files, dumps, &taken, options);
            if !left.is_empty() {
                plain_at.get_or_insert(before);
                plain_files.extend(left);
            }
        }
        if let Some(at) = plain_at {
            let (dialect, dialect_from) =
                match server::guess(&self.view, Path::new("/"), &plain_files, options.postgres) {
                    Some((Server::Dialect(dialect), from)) => (dialect, self.from(&from)),
                    // What is asked for by name is read as far as it goes.
                    _ => (Dialect::Postgres, String::new()),
                };
            let said = plain_files.first().map(|path: &PathBuf| (options.said)(path)).unwrap_or_default();
            let (tool, tool_from) = said.tool.unwrap_or((Tool::NONE, "by the order given".to_owned()));
            let (dialect, dialect_from) = said.dialect.unwrap_or((dialect, dialect_from));
            let files =
                plain_files.into_iter().map(|path| self.file(Entry::new(path, Role::Migration), true)).collect();
            let root = ".".to_owned();
            let project = Project {
                root,
                tool,
                tool_from,
                ordered: true,
                dialect,
                dialect_from,
                assumption: None,
                older: &[],
                served: None,
                coded: false,
                files,
            };
            self.found.projects.insert(at, project);
        }
        for (path, error) in self.view.failures() {
            self.failure(&path, error);
        }
        self.found
    }

    /// What was selected, without the tests; where there is nothing else, they are what is asked for.
    fn without_tests(&mut self) -> Vec<Selected> {
        let mut selected = std::mem::take(&mut self.selected);
        if selected.iter().any(|it| !it.test) {
            for test in selected.extract_if(.., |it| it.test) {
                self.skip(&test.path, "tests are not deployed (name their folder to check them)".to_owned());
            }
        }
        selected
    }

    /// The project of a file's folder: as it is said to be, or as it looks.
    fn home(&self, folder: &Path, said: &Said) -> Home {
        let mut home = match &said.tool {
            Some((tool, from)) => assume(*tool, &self.view, folder, Proof::Said(from.clone())),
            None => {
                let home = recognise(&self.view, folder);
                versions::history(&self.view, folder, &home).unwrap_or(home)
            }
        };
        if let Some((dialect, from)) = &said.dialect {
            home.server = Some((Server::Dialect(*dialect), Some(Proof::Said(from.clone()))));
        }
        home
    }

    /// Adds a project. Returns the files that were given by name but that the tool does not run.
    fn project(
        &mut self,
        home: Home,
        asked: Vec<Selected>,
        dumps: Vec<PathBuf>,
        taken: &BTreeSet<PathBuf>,
        options: &Options<'_>,
    ) -> Vec<PathBuf> {
        let mut left = Vec::new();
        let mut entries: Vec<Entry> = Vec::new();
        let wanted: BTreeSet<_> = asked.iter().map(|selected| selected.path.clone()).collect();
        match home.files {
            Some(list) => {
                entries = list(&self.view, &home.root);
                if matches!(home.from, Proof::Assumed(_)) {
                    // Another tool may well take what this one refuses.
                    entries.iter_mut().for_each(|entry| entry.remarks.clear());
                }
                let run: BTreeSet<_> = entries.iter().map(|entry| entry.path.clone()).collect();
                entries.retain(|entry| wanted.contains(&entry.path) || (options.siblings && entry.role != Role::Down));
                let mut found: Vec<_> = Vec::new();
                for selected in asked.into_iter().filter(|selected| !run.contains(&selected.path)) {
                    if selected.by_name {
                        left.push(selected.path);
                    } else if plain::is_dump(&self.view, &selected.path) {
                        found.push(selected.path);
                    } else if !taken.contains(&selected.path) {
                        self.skip_not_run(&selected.path, &home.tool);
                    }
                }
                found.retain(|dump| !dumps.contains(dump) && !taken.contains(dump));
                let beside = dumps.into_iter().filter(|dump| options.siblings && !run.contains(dump));
                let schema = beside.chain(found);
                let schema: Vec<_> = schema.map(|dump| Entry::new(dump, Role::Schema)).collect();
                entries.splice(0..0, schema);
            }
            None => {
                let mut asked = asked;
                let is_queries = |it: &mut Selected| {
                    home.tool == Tool::NONE && !it.by_name && plain::is_queries(&self.view, &it.path)
                };
                let queries: Vec<_> = asked.extract_if(.., is_queries).collect();
                for query in queries {
                    self.skip(&query.path, "it holds queries of a program (name it to check it)".to_owned());
                }
                let (named, found): (Vec<_>, Vec<_>) = asked.into_iter().partition(|selected| selected.by_name);
                // A tool that was named runs the files that were.
                let (named, mut found): (Vec<_>, Vec<_>) = match home.tool.name {
                    "none" => (named, found),
                    _ => (Vec::new(), named.into_iter().chain(found).collect()),
                };
                // The dump of a Rails application is all that there is of it.
                found.retain(|selected| home.tool == Tool::RAILS || !taken.contains(&selected.path));
                let mut found: Vec<_> = found.into_iter().map(|selected| selected.path).collect();
                if !found.is_empty() && options.siblings {
                    found.extend(dumps);
                }
                entries.extend(plain::files(&self.view, &found));
                left.extend(named.into_iter().map(|selected| selected.path));
            }
        }
        // What is left when the dumps are put aside; with nothing but dumps the project is one all the same.
        let judged = |entry: &Entry| {
            wanted.contains(&entry.path) && !matches!(entry.role, Role::Schema | Role::Included) && !entry.base
        };
        let any = entries.iter().any(judged);
        let only_schema = !entries.is_empty() && entries.iter().all(|entry| entry.role == Role::Schema);
        let found = entries.iter().any(|entry| wanted.contains(&entry.path));
        if any || (only_schema && found) {
            self.add_projects(&home, entries, &wanted, options.postgres);
        }
        left
    }

    /// A project for each server that the files are for: usually one.
    fn add_projects(&mut self, home: &Home, entries: Vec<Entry>, wanted: &BTreeSet<PathBuf>, postgres: bool) {
        let paths: Vec<_> = entries.iter().map(|entry| entry.path.clone()).collect();
        let known = home.server.clone().or_else(|| {
            let (server, from) = server::guess(&self.view, &home.root, &paths, postgres)?;
            Some((server, Some(from)))
        });
        let of_file = |entry: &Entry| server::of_file(entry.path.file_name()?.to_str()?);
        let mut named: Vec<Server> = Vec::new();
        for server in entries.iter().filter_map(of_file) {
            if !named.contains(&server) {
                named.push(server);
            }
        }
        let groups: Vec<(Option<Server>, Vec<Entry>)> = if named.is_empty() {
            vec![(None, entries)]
        } else {
            // A file that names no server is for all, unless there is one of its version for that server (pop, bun).
            let version = |entry: &Entry| {
                let (number, _) = names::split_number(entry.path.file_name()?.to_str()?)?;
                Some((entry.path.parent()?.to_owned(), number, entry.role == Role::Down))
            };
            let group = |server: Server| {
                let own = entries.iter().filter(|entry| of_file(entry) == Some(server));
                let own: BTreeSet<_> = own.filter_map(version).collect();
                let general = |entry: &Entry| version(entry).is_none_or(|version| !own.contains(&version));
                let mine = |entry: &&Entry| of_file(entry).map_or_else(|| general(entry), |other| other == server);
                (Some(server), entries.iter().filter(mine).cloned().collect())
            };
            named.into_iter().map(group).collect()
        };
        for (server, entries) in groups {
            let (server, from) = match (server, &known) {
                (Some(server), _) => (server, "by the file names".to_owned()),
                (None, Some((server, from))) => {
                    (*server, from.as_ref().map(|from| self.from(from)).unwrap_or_default())
                }
                (None, None) => (Server::Dialect(Dialect::Postgres), String::new()),
            };
            let dialect = match server {
                Server::Dialect(dialect) => dialect,
                Server::Other(name) => {
                    let reason = format!("it is for {name} ({from}), {UNREAD}");
                    match home.files.is_some() && from != "by the file names" {
                        true => self.skip(&home.root, reason),
                        false => entries
                            .iter()
                            .filter(|entry| of_file(entry) == Some(server))
                            .for_each(|entry| self.skip(&entry.path, reason.clone())),
                    }
                    continue;
                }
            };
            let files: Vec<_> = entries
                .into_iter()
                .map(|entry| {
                    let judged = wanted.contains(&entry.path)
                        && !matches!(entry.role, Role::Schema | Role::Included)
                        && !entry.base;
                    self.file(entry, judged)
                })
                .collect();
            let coded = coded::beside(&self.view, &home.root);
            self.found.projects.push(Project {
                root: self.places.display(&home.root),
                tool: home.tool,
                tool_from: self.from(&home.from),
                ordered: home.tool != Tool::NONE || home.versions,
                dialect,
                dialect_from: from,
                assumption: home.assumption(),
                older: home.older,
                served: home.served.clone(),
                coded,
                files,
            });
        }
    }

    fn file(&self, entry: Entry, judged: bool) -> ProjectFile {
        let display = self.places.display(&entry.path);
        let includes = entry.includes.iter().map(|(at, path)| (*at, self.places.display(path))).collect();
        ProjectFile {
            includes,
            path: entry.path,
            display,
            role: entry.role,
            judged,
            transaction: entry.transaction,
            remarks: entry.remarks,
            remarked_for: entry.remarked_for,
        }
    }

    fn from(&self, from: &Proof) -> String {
        match from {
            Proof::Said(clause) => clause.clone(),
            Proof::Sql(path) => format!("by the SQL in {}", self.places.display(path)),
            Proof::Path(path) => format!("by {}", self.places.display(path)),
            Proof::Marker(marker, path) => format!("by `{marker}` in {}", self.places.display(path)),
            Proof::Names => "by the file names".to_owned(),
            Proof::Manifest(path) => format!("by the file names and {}", self.places.display(path)),
            Proof::Assumed(others) => format!("by the file names, which {others} as well"),
        }
    }
}

/// Folders in which nobody keeps migrations of their own.
fn is_foreign_folder(name: Option<&str>) -> bool {
    name.is_some_and(|name| name.starts_with('.') || matches!(name, "node_modules" | "target" | "vendor"))
}

/// Why files of a server that is not read are left out, behind its name.
const UNREAD: &str = "whose SQL is not understood";

#[cfg(test)]
mod tests;
