//! What Flyway is told about its files: in its own `flyway.toml` and `flyway.conf`, or in the settings of the program that starts it.

use super::super::manifest;
use super::super::view::View;
use crate::deploy;
use std::path::{Path, PathBuf};

/// How Flyway's files begin and where the description does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Naming {
    /// Each prefix with the letter that stands for its kind by default: `V`, `U`, `R` and `B`. The longest first, as Flyway tries them.
    prefixes: Vec<(String, char)>,
    separator: String,
}

impl Default for Naming {
    fn default() -> Self {
        Self::new(|_| None)
    }
}

impl Naming {
    fn new(told: impl Fn(&str) -> Option<String>) -> Self {
        let prefix = |key: &str, usual: char| (told(key).unwrap_or_else(|| usual.to_string()), usual);
        let mut prefixes = vec![
            prefix("sqlmigrationprefix", 'V'),
            prefix("undosqlmigrationprefix", 'U'),
            prefix("repeatablesqlmigrationprefix", 'R'),
            prefix("baselinemigrationprefix", 'B'),
        ];
        prefixes.sort_by_key(|(prefix, _)| std::cmp::Reverse(prefix.len()));
        let separator = told("sqlmigrationseparator").filter(|separator| !separator.is_empty());
        Self { prefixes, separator: separator.unwrap_or_else(|| "__".to_owned()) }
    }

    /// The kind, the version and the description of `V1_2__add_users.sql`, by the letter that stands for the kind.
    pub(super) fn split<'a>(&self, file: &'a str) -> Option<(char, &'a str)> {
        let (front, _) = file.split_once(self.separator.as_str())?;
        self.prefixes.iter().find_map(|(prefix, kind)| Some((*kind, front.strip_prefix(prefix.as_str())?)))
    }
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub(super) struct Settings {
    /// The file that says it; `None` where none is there.
    pub(super) path: Option<PathBuf>,
    pub(super) naming: Naming,
    pub(super) mixed: bool,
    /// Whether each migration runs in a transaction of its own, where that is said for all.
    pub(super) in_transaction: Option<bool>,
    /// The folders of which it reads the migrations, where all that are told are there.
    locations: Vec<PathBuf>,
}

/// Settings of programs that start Flyway. Where Flyway's own file is, that counts: its command line reads no other.
const PROGRAMS: [&str; 4] =
    ["application.properties", "application.yml", "application.yaml", "config/application.properties"];

impl Settings {
    /// What holds for the migrations of a folder.
    pub(super) fn of(view: &View, folder: &Path) -> Self {
        if let Some(path) = own(view, folder) {
            let text = view.manifest(&path);
            let told = |key: &str| own_value(&text, key);
            return Self::new(told, Vec::new(), path);
        }
        let in_resources = view.upward(folder).flat_map(|above| PROGRAMS.map(|name| above.join(name)));
        let program = in_resources.filter(|path| view.has(path)).find_map(|path| {
            let text = view.manifest(&path);
            // Cheap, before it is read as a tree.
            text.to_ascii_lowercase().contains("flyway").then_some(())?;
            let told = deploy::settings(&path.to_string_lossy(), &text);
            let about = |(key, value): (String, String)| Some((of_flyway(&key)?.to_owned(), value));
            let told: Vec<_> = told.into_iter().filter_map(about).collect();
            (!told.is_empty()).then_some((path, told))
        });
        let Some((path, told)) = program else { return Self::default() };
        let first = |wanted: &str| told.iter().find(|(key, _)| key == wanted).map(|(_, value)| value.clone());
        let locations = locations(view, &path, &told);
        Self::new(first, locations, path)
    }

    fn new(told: impl Fn(&str) -> Option<String>, locations: Vec<PathBuf>, path: PathBuf) -> Self {
        let flag = |key: &str| match told(key)?.to_ascii_lowercase().as_str() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        };
        Self {
            mixed: flag("mixed") == Some(true),
            in_transaction: flag("executeintransaction"),
            naming: Naming::new(told),
            locations,
            path: Some(path),
        }
    }

    /// The folders below a folder, or that folder, that hold the migrations of one history, where the settings say so.
    pub(super) fn locations_below<'a>(&'a self, folder: &'a Path) -> impl Iterator<Item = &'a Path> {
        self.locations.iter().map(PathBuf::as_path).filter(move |location| location.starts_with(folder))
    }

    /// The folder that holds all locations, where one of them is the folder or holds it.
    pub(super) fn root_of(&self, folder: &Path) -> Option<PathBuf> {
        let mut locations = self.locations.iter();
        self.locations.iter().any(|location| folder.starts_with(location)).then_some(())?;
        let first = locations.next()?.clone();
        Some(locations.fold(first, |common, next| {
            common.ancestors().find(|above| next.starts_with(above)).unwrap_or(&common).to_owned()
        }))
    }
}

/// The value of `flyway.sqlMigrationPrefix=` or `sqlMigrationPrefix = ""`, by the key in small letters.
fn own_value(text: &str, key: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let (written, value) = line.split_once('=')?;
        let written = written.trim().to_ascii_lowercase();
        (written.strip_prefix("flyway.").unwrap_or(&written) == key).then_some(())?;
        Some(match value.trim() {
            "" => String::new(),
            _ => manifest::value(line, line.split_once('=')?.0.trim())?.to_owned(),
        })
    })
}

/// Flyway's own file.
fn own(view: &View, folder: &Path) -> Option<PathBuf> {
    ["flyway.toml", "flyway.conf"].iter().find_map(|name| view.nearest(folder, name))
}

/// The last part of a key that is about Flyway: of Spring's `spring.flyway.locations`, Quarkus's `quarkus.flyway.locations` and
/// Micronaut's `flyway.datasources.default.locations`.
fn of_flyway(key: &str) -> Option<&str> {
    let rest = ["spring.flyway.", "quarkus.flyway.", "flyway.datasources.default."]
        .iter()
        .find_map(|front| key.strip_prefix(front))?;
    (!rest.contains('.')).then_some(rest)
}

/// The folders that `locations` names, where each of them is there: `classpath:` begins beside the settings.
fn locations(view: &View, settings: &Path, told: &[(String, String)]) -> Vec<PathBuf> {
    let named = told.iter().filter(|(key, _)| key == "locations").flat_map(|(_, value)| value.split(','));
    let folder = settings.parent().unwrap_or(Path::new(""));
    let there = |place: &str| {
        let place = place.trim();
        let place = place.strip_prefix("classpath:").unwrap_or(place).trim_matches('/');
        let path = folder.join(place);
        let listing = view.list(&path);
        (!listing.files.is_empty() || !listing.folders.is_empty()).then_some(path)
    };
    named.map(there).collect::<Option<Vec<_>>>().unwrap_or_default()
}
