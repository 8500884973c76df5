//! Flyway: `V<version>__<name>.sql` by version, then `R__<name>.sql` by name; `U<version>__` undoes. Evolve names its files so too.

mod settings;

pub(super) use settings::Naming;
use settings::Settings;

use super::names::Number;
use super::view::View;
use super::{Entry, Home, Proof, manifest, names};
use crate::migration::Role;
use crate::tool::{Tool, TransactionMode};
use std::path::{Path, PathBuf};

/// What a file's name says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name {
    /// `V`, `U`, `R` or `B`.
    pub(super) prefix: char,
    /// Its parts, without zeros at the end: 1.0 is 1. Empty for `R`.
    pub(super) version: Vec<Number>,
}

impl Name {
    /// Reads a name such as `V1_2__add_users.sql`.
    pub(super) fn read(file: &str, naming: &Naming) -> Option<Self> {
        let (prefix, version) = naming.split(file)?;
        if prefix == 'R' {
            return version.is_empty().then_some(Self { prefix, version: Vec::new() });
        }
        let mut parts = version.split(['.', '_']).map(Number::new).collect::<Option<Vec<_>>>()?;
        while parts.last() == Number::new("0").as_ref() {
            parts.pop();
        }
        Some(Self { prefix, version: parts })
    }
}

/// By the names, with `flyway.toml` or `flyway.conf` above as the better proof.
pub(super) fn by_names(view: &View, folder: &Path) -> Option<Home> {
    let settings = Settings::of(view, folder);
    let named = view.list(folder).sql().any(|name| Name::read(name, &settings.naming).is_some());
    (named || whose_companion(view, folder).is_some()).then_some(())?;
    let from = settings.path.map_or(Proof::Names, Proof::Path);
    Some(home(view, folder, from))
}

/// The location to which a folder belongs.
pub(super) fn home(view: &View, folder: &Path, from: Proof) -> Home {
    let settings = Settings::of(view, folder);
    let tool = if settings.mixed { Tool::FLYWAY_MIXED } else { Tool::FLYWAY };
    let told = settings.root_of(folder);
    let root = told.or_else(|| whose_companion(view, folder)).unwrap_or_else(|| location(view, folder));
    Home::new(tool, &root, from, files)
}

/// A folder that holds nothing but what every deployment runs anew, callbacks and repeatable migrations, is a part of the history that it
/// lies in, or of the one that lies beside it, where there is but one: that history's folder.
fn whose_companion(view: &View, folder: &Path) -> Option<PathBuf> {
    runs_anew(view, folder).then_some(())?;
    let around = location(view, folder);
    let mut found = Vec::new();
    if around != folder {
        collect(view, &around, 0, &mut found);
    }
    if found.iter().any(|(name, _)| name.prefix == 'V') {
        return Some(around);
    }
    let above = folder.parent().filter(|_| !view.is_top(folder))?;
    let mut beside = histories(view, above);
    let only = beside.next().filter(|_| beside.next().is_none())?;
    Some(location(view, &only)).filter(|root| *root == only)
}

/// The folders beside a history that are its locations, too.
fn companions(view: &View, root: &Path) -> Vec<PathBuf> {
    let Some(above) = root.parent().filter(|_| !view.is_top(root)) else {
        return Vec::new();
    };
    if histories(view, above).nth(1).is_some() {
        return Vec::new();
    }
    folders(view, above).filter(|folder| folder != root && runs_anew(view, folder)).collect()
}

/// The folders of a folder that hold versioned migrations.
fn histories<'a>(view: &'a View, above: &'a Path) -> impl Iterator<Item = PathBuf> + 'a {
    let naming = Settings::of(view, above).naming;
    let is_versioned = move |name: &str| Name::read(name, &naming).is_some_and(|name| name.prefix == 'V');
    folders(view, above).filter(move |folder| view.list(folder).sql().any(&is_versioned))
}

fn folders<'a>(view: &View, above: &'a Path) -> impl Iterator<Item = PathBuf> + 'a {
    let names = view.list(above).folders.clone();
    let fit = |name: &String| !super::is_foreign_folder(Some(name)) && super::server::named(name).is_none();
    names.into_iter().filter(fit).map(|name| above.join(name))
}

fn runs_anew(view: &View, folder: &Path) -> bool {
    let listing = view.list(folder);
    listing.sql().next().is_some_and(|_| {
        let naming = Settings::of(view, folder).naming;
        let is_repeatable = |name: &str| Name::read(name, &naming).is_some_and(|name| name.prefix == 'R');
        listing.sql().all(|name| is_callback(name, BEFORE) || is_callback(name, AFTER) || is_repeatable(name))
    })
}

/// Flyway reads a location with all folders below it: the highest folder above that is called `migration`, as Flyway's own default
/// is, or that holds such files itself.
pub(super) fn location(view: &View, folder: &Path) -> PathBuf {
    let naming = Settings::of(view, folder).naming;
    let is_one = |above: &&Path| {
        let called_so = above.file_name().is_some_and(|name| name == "migration" || name == "migrations");
        called_so || view.list(above).sql().any(|name| Name::read(name, &naming).is_some())
    };
    // Folders of different servers are locations of their own.
    let names_a_server = |folder: &Path| {
        let name = folder.file_name().and_then(|name| name.to_str()).map(str::to_ascii_lowercase).unwrap_or_default();
        super::server::named(&name).is_some()
    };
    if names_a_server(folder) {
        return folder.to_owned();
    }
    let highest = view.upward(folder).take(4).filter(is_one).last().unwrap_or(folder);
    // The same version in two folders: these are several locations below one folder.
    let mut found = Vec::new();
    collect(view, highest, 0, &mut found);
    let mut versions: Vec<_> = found
        .iter()
        .filter(|(name, _)| name.prefix == 'V')
        .map(|(name, path)| (&name.version, path.parent()))
        .collect();
    versions.sort();
    let twice = versions.windows(2).any(|pair| pair[0].0 == pair[1].0 && pair[0].1 != pair[1].1);
    if twice { folder } else { highest }.to_owned()
}

fn files(view: &View, root: &Path) -> Vec<Entry> {
    let settings = Settings::of(view, root);
    let mut locations: Vec<&Path> = settings.locations_below(root).collect();
    if locations.is_empty() {
        locations.push(root);
    }
    let mut found = Vec::new();
    locations.iter().for_each(|location| collect(view, location, 0, &mut found));
    let companions = companions(view, root);
    companions.iter().for_each(|folder| collect(view, folder, 0, &mut found));
    let of = |wanted: char| found.iter().filter(move |(name, _)| name.prefix == wanted);
    let entry =
        |path: &PathBuf, role| Entry { transaction: beside(view, path, &settings), ..Entry::new(path.clone(), role) };
    let mut steps: Vec<_> = of('V').map(|(name, path)| (&name.version, Role::Migration, path)).collect();
    steps.extend(of('U').map(|(name, path)| (&name.version, Role::Down, path)));
    // An undo file stands behind what it undoes.
    steps.sort_by_key(|(version, role, path)| (*version, *role == Role::Down, *path));
    let keys: Vec<_> = steps.iter().map(|(version, role, _)| (*version, *role == Role::Down)).collect();
    let mut entries: Vec<_> = steps.iter().map(|(_, role, path)| entry(path, *role)).collect();
    names::refuse_same(&mut entries, &keys, &Tool::FLYWAY);
    // A baseline (`B`) is for databases that start empty: those that exist never run it. It is where the history begins if what it
    // stands for is gone.
    let baseline = of('B').max_by_key(|(name, _)| &name.version);
    if let Some((name, path)) = baseline
        && of('V').all(|(later, _)| later.version > name.version)
    {
        entries.insert(0, entry(path, Role::Schema));
    }
    // Repeatable ones run last, by their description.
    let mut repeatable: Vec<_> = of('R').map(|(_, path)| path).collect();
    repeatable.sort_by_key(|path| path.file_name().map(ToOwned::to_owned));
    entries.extend(repeatable.into_iter().map(|path| entry(path, Role::Repeatable)));
    let mut scripts = Vec::new();
    for folder in locations.iter().copied().chain(companions.iter().map(PathBuf::as_path)) {
        walk(view, folder, 0, &mut |name, path| scripts.extend(event(name).map(|event| (event, path))));
    }
    // In the order of the events, then by name.
    scripts.sort_by(|(event, path), (other, other_path)| {
        event.cmp(other).then_with(|| path.file_name().cmp(&other_path.file_name())).then_with(|| path.cmp(other_path))
    });
    let callbacks = |before: bool| {
        let of = move |(event, _): &&(usize, PathBuf)| (*event < BEFORE.len()) == before;
        scripts.iter().filter(of).map(|(_, path)| entry(path, Role::Callback)).collect::<Vec<_>>()
    };
    entries.splice(0..0, callbacks(true));
    entries.extend(callbacks(false));
    entries
}

/// The place of a callback's event among all.
fn event(name: &str) -> Option<usize> {
    BEFORE.iter().chain(AFTER).position(|event| is_callback(name, &[event]))
}

/// Events of every deployment; their scripts run each time. Those of `clean`, `undo`, `validate`, `info` and `repair` are of none.
const BEFORE: &[&str] = &["beforeConnect", "afterConnect", "createSchema", "beforeMigrate", "beforeEachMigrate"];
const AFTER: &[&str] = &[
    "beforeEachMigrateStatement",
    "afterEachMigrateStatement",
    "afterEachMigrate",
    "beforeRepeatables",
    "afterVersioned",
    "afterMigrateApplied",
    "afterMigrate",
];

/// Whether a file is `<event>.sql` or `<event>__<name>.sql`.
fn is_callback(name: &str, events: &[&str]) -> bool {
    let stem = name.get(..name.len().saturating_sub(4)).unwrap_or_default();
    events.contains(&stem.split_once("__").map_or(stem, |(event, _)| event))
}

/// The files of a location and the folders below that have such names.
pub(super) fn collect(view: &View, folder: &Path, depth: usize, found: &mut Vec<(Name, PathBuf)>) {
    let naming = Settings::of(view, folder).naming;
    walk(view, folder, depth, &mut |name, path| found.extend(Name::read(name, &naming).map(|name| (name, path))));
}

/// The .sql files of a location and the folders below, to a depth that no project has.
fn walk(view: &View, folder: &Path, depth: usize, each: &mut dyn FnMut(&str, PathBuf)) {
    let listing = view.list(folder);
    listing.sql().for_each(|file| each(file, folder.join(file)));
    if depth < 8 {
        for name in listing.folders.iter().filter(|name| !name.starts_with('.') && super::server::named(name).is_none())
        {
            walk(view, &folder.join(name), depth + 1, each);
        }
    }
}

/// What `V2__x.sql.conf` says.
fn beside(view: &View, path: &Path, settings: &Settings) -> Option<TransactionMode> {
    let mut name = path.as_os_str().to_owned();
    name.push(".conf");
    let conf = PathBuf::from(name);
    let said = |text: &str| match manifest::value(text, "executeInTransaction")? {
        value if value.eq_ignore_ascii_case("false") => Some(TransactionMode::Statement),
        value if value.eq_ignore_ascii_case("true") => Some(TransactionMode::File),
        _ => None,
    };
    if view.has(&conf)
        && let Some(mode) = said(&view.manifest(&conf))
    {
        return Some(mode);
    }
    // What is set for all files counts where it takes them out; the default may still be overruled by what the file holds.
    (settings.in_transaction == Some(false)).then_some(TransactionMode::Statement)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_holds_a_version() {
        let read = |file: &str| Name::read(file, &Naming::default());
        let version = |file: &str| read(file).map(|name| name.version);
        assert_eq!(version("V1.0__x.sql"), version("V1__y.sql"));
        assert!(version("V1_9__x.sql") < version("V1.10__x.sql"));
        assert!(version("V2__x.sql") < version("V2.0.1__x.sql"));
        assert_eq!(read("R__views.sql").map(|name| name.prefix), Some('R'));
        for not in ["R1__x.sql", "V__x.sql", "V1_x.sql", "Va__x.sql", "version__x.sql", "__x.sql"] {
            assert_eq!(read(not), None, "{not}");
        }
    }
}
