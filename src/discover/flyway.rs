//! Flyway: `V<version>__<name>.sql` by version, then `R__<name>.sql` by name; `U<version>__` undoes. Evolve names its files so too.

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
    pub(super) fn read(file: &str) -> Option<Self> {
        let (version, _) = file.split_once("__")?;
        let prefix = version.chars().next().filter(|prefix| matches!(prefix, 'V' | 'U' | 'R' | 'B'))?;
        let version = &version[1..];
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
    view.list(folder).sql().any(|name| Name::read(name).is_some()).then_some(())?;
    let settings = ["flyway.toml", "flyway.conf"].iter().find_map(|name| view.nearest(folder, name));
    let from = settings.map_or(Proof::Names, Proof::Path);
    Some(home(view, folder, from))
}

/// The location to which a folder belongs.
pub(super) fn home(view: &View, folder: &Path, from: Proof) -> Home {
    let settings = ["flyway.toml", "flyway.conf"].iter().find_map(|name| view.nearest(folder, name));
    let text = settings.map(|path| view.manifest(&path)).unwrap_or_default();
    let mixed = ["mixed", "flyway.mixed"].iter().any(|key| manifest::value(&text, key) == Some("true"));
    let tool = if mixed { Tool::FLYWAY_MIXED } else { Tool::FLYWAY };
    Home::new(tool, &location(view, folder), from, files)
}

/// Flyway reads a location with all folders below it: the highest folder above that is called `migration`, as Flyway's own default
/// is, or that holds such files itself.
pub(super) fn location(view: &View, folder: &Path) -> PathBuf {
    let is_one = |above: &&Path| {
        let called_so = above.file_name().is_some_and(|name| name == "migration" || name == "migrations");
        called_so || view.list(above).sql().any(|name| Name::read(name).is_some())
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
    let mut found = Vec::new();
    collect(view, root, 0, &mut found);
    let of = |wanted: char| found.iter().filter(move |(name, _)| name.prefix == wanted);
    let entry = |path: &PathBuf, role| Entry { transaction: beside(view, path), ..Entry::new(path.clone(), role) };
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
    let callback = |order: &[&str]| {
        let listing = view.list(root);
        let names: Vec<_> = listing.sql().filter(|name| is_callback(name, order)).map(|name| root.join(name)).collect();
        names.into_iter().map(|path| entry(&path, Role::Repeatable)).collect::<Vec<_>>()
    };
    entries.splice(0..0, callback(BEFORE));
    entries.extend(callback(AFTER));
    entries
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

/// The files of a location and the folders below, to a depth that no project has.
pub(super) fn collect(view: &View, folder: &Path, depth: usize, found: &mut Vec<(Name, PathBuf)>) {
    let listing = view.list(folder);
    found.extend(listing.sql().filter_map(|file| Some((Name::read(file)?, folder.join(file)))));
    if depth < 8 {
        for name in listing.folders.iter().filter(|name| !name.starts_with('.') && super::server::named(name).is_none())
        {
            collect(view, &folder.join(name), depth + 1, found);
        }
    }
}

/// What `V2__x.sql.conf` says.
fn beside(view: &View, path: &Path) -> Option<TransactionMode> {
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
    let settings = ["flyway.toml", "flyway.conf"].iter().find_map(|name| view.nearest(path.parent()?, name))?;
    let text = view.manifest(&settings);
    let all = said(&text).or_else(|| {
        let value = manifest::value(&text, "flyway.executeInTransaction")?;
        value.eq_ignore_ascii_case("false").then_some(TransactionMode::Statement)
    });
    all.filter(|mode| *mode == TransactionMode::Statement)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_holds_a_version() {
        let version = |file: &str| Name::read(file).map(|name| name.version);
        assert_eq!(version("V1.0__x.sql"), version("V1__y.sql"));
        assert!(version("V1_9__x.sql") < version("V1.10__x.sql"));
        assert!(version("V2__x.sql") < version("V2.0.1__x.sql"));
        assert_eq!(Name::read("R__views.sql").map(|name| name.prefix), Some('R'));
        for not in ["R1__x.sql", "V__x.sql", "V1_x.sql", "Va__x.sql", "version__x.sql", "__x.sql"] {
            assert_eq!(Name::read(not), None, "{not}");
        }
    }
}
