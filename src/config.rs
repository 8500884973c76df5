//! `shipworthy.toml`: what a team settles once, for everybody and for CI.
//!
//! The nearest file upwards counts, and it alone; there is no cascade. [`document`] reads one, with every mistake at its place; a flag of the
//! command line goes before it.

pub mod document;
pub mod schema;

use crate::diagnostic::{Diagnostic, Severity};
use crate::dialect::{Dialect, Version};
use crate::rule::{Category, RuleSet};
use crate::settings::{Settings, VersionFrom};
use crate::source::{Location, Source, SourceId, Sources, Span};
use crate::tool::Tool;
use document::{Document, Place, Written};
use globset::{Glob, GlobSet, GlobSetBuilder};
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// The names that are looked for in each folder, the first before the others.
pub const NAMES: [&str; 3] = ["shipworthy.toml", ".shipworthy.toml", "pyproject.toml"];

/// The baseline's name where the configuration gives none.
pub const BASELINE: &str = "shipworthy-baseline.txt";

/// A configuration, resolved.
#[derive(Debug, Default)]
pub struct Config {
    /// The file as diagnostics print it; `None`: there is none, and everything is as it is by default.
    pub file: Option<String>,
    /// The folder that its paths and patterns count from, without links.
    pub folder: PathBuf,
    /// What it says.
    pub document: Document,
    exclude: GlobSet,
    overrides: Vec<(GlobSet, usize)>,
}

/// Why there is no configuration.
#[derive(Debug)]
pub enum Broken {
    /// It could not be read: a sentence.
    Unread(String),
    /// It has mistakes: each is a finding in one of these sources.
    Mistakes(Vec<Diagnostic>, Sources),
}

impl Config {
    /// Looks for the configuration that is nearest to a folder: in it, and then upwards.
    ///
    /// # Errors
    /// Where one was found, but cannot be read or has mistakes.
    pub fn nearest(folder: &Path) -> Result<Self, Broken> {
        let start = std::fs::canonicalize(folder).map_err(|error| unread(folder, &error))?;
        for folder in start.ancestors() {
            for name in NAMES {
                let path = folder.join(name);
                match std::fs::read(&path) {
                    Ok(bytes) => {
                        if let Some(config) = Self::read(&path, bytes)? {
                            return Ok(config);
                        }
                    }
                    Err(error) if is_absent(&error) => {}
                    Err(error) => return Err(unread(&path, &error)),
                }
            }
        }
        Ok(Self::default())
    }

    /// Reads the configuration in a given file.
    ///
    /// # Errors
    /// Where it cannot be read, has mistakes, or is a `pyproject.toml` that says nothing about shipworthy.
    pub fn at(path: &Path) -> Result<Self, Broken> {
        let bytes = std::fs::read(path).map_err(|error| unread(path, &error))?;
        let whole = std::fs::canonicalize(path).map_err(|error| unread(path, &error))?;
        let nothing = || Broken::Unread(format!("{}: there is no `[tool.shipworthy]` in it", shown(path)));
        Self::read(&whole, bytes)?.ok_or_else(nothing)
    }

    fn read(path: &Path, bytes: Vec<u8>) -> Result<Option<Self>, Broken> {
        let display = shown(path);
        let source = Source::decode(display.as_str(), bytes)
            .map_err(|why| Broken::Unread(format!("{display}: it cannot be read: {why}")))?;
        let place = match path.file_name() {
            Some(name) if name == "pyproject.toml" => Place::PyProject,
            _ => Place::Own,
        };
        let (read, mistakes) = document::read(source.text(), place);
        let mut mistakes = mistakes;
        let Some(document) = read else {
            return if mistakes.is_empty() { Ok(None) } else { Err(broken(source, mistakes)) };
        };
        let mut overrides = Vec::new();
        let mut globs = |patterns: &[Written<String>]| match globs(patterns) {
            Ok(globs) => globs,
            Err(mistake) => {
                mistakes.push(mistake);
                GlobSet::empty()
            }
        };
        let exclude = globs(&document.exclude);
        for (at, entry) in document.overrides.iter().enumerate() {
            overrides.push((globs(&entry.paths), at));
        }
        if !mistakes.is_empty() {
            return Err(broken(source, mistakes));
        }
        let folder = path.parent().map(Path::to_owned).unwrap_or_default();
        Ok(Some(Self { file: Some(display), folder, document, exclude, overrides }))
    }

    /// The paths to look at where the command line names none.
    pub fn paths(&self) -> Vec<PathBuf> {
        self.document.paths.iter().map(|path| from_here(&self.folder.join(&path.value))).collect()
    }

    /// The folder that the configuration is for, as a path from the current one.
    pub fn home(&self) -> PathBuf {
        from_here(&self.folder)
    }

    /// The file with findings that are accepted as they are; beside the configuration, or else in the current folder.
    pub fn baseline(&self) -> PathBuf {
        let name = self.document.baseline.as_ref().map_or(BASELINE, |name| name.value.as_str());
        from_here(&self.folder.join(name))
    }

    /// Whether a file is left out.
    pub fn excludes(&self, path: &Path) -> bool {
        !self.exclude.is_empty() && self.exclude.is_match(self.below(path))
    }

    /// A path as the configuration's patterns see it: from the configuration's folder, where it lies below that.
    pub fn below(&self, path: &Path) -> PathBuf {
        let whole = std::path::absolute(path).map(|path| without_dots(&path)).unwrap_or_else(|_| path.to_owned());
        let resolved = whole.parent().and_then(|parent| std::fs::canonicalize(parent).ok());
        let whole = match (resolved, whole.file_name()) {
            (Some(parent), Some(name)) => parent.join(name),
            _ => whole,
        };
        whole.strip_prefix(&self.folder).map(Path::to_owned).unwrap_or(whole)
    }

    /// The migration tool and the server of the project to which a file belongs, as far as they are said here. A later `[[override]]` goes
    /// before an earlier, and each before what is said at the top.
    pub fn project_of(&self, path: &Path) -> (Option<Tool>, Option<Dialect>) {
        let value = |written: &Option<Written<Tool>>| written.as_ref().map(|written| written.value);
        let server = |written: &Option<Written<Dialect>>| written.as_ref().map(|written| written.value);
        let mut said = (value(&self.document.tool), server(&self.document.dialect));
        if self.overrides.is_empty() {
            return said;
        }
        let below = self.below(path);
        for (globs, at) in &self.overrides {
            if globs.is_match(&below)
                && let Some(entry) = self.document.overrides.get(*at)
            {
                said = (value(&entry.tool).or(said.0), server(&entry.dialect).or(said.1));
            }
        }
        said
    }

    /// The settings of a run, where no flag says otherwise.
    pub fn settings(&self) -> Settings {
        let mut settings = Settings::default();
        if let Some(postgres) = &self.document.postgres {
            settings.version = Version(postgres.value);
            settings.version_from = VersionFrom::Configuration;
        }
        let text = |written: &Option<Written<String>>| written.as_ref().map(|written| written.value.clone());
        settings.timeouts.lock = text(&self.document.lock_timeout);
        settings.timeouts.statement = text(&self.document.statement_timeout);
        for (name, size) in &self.document.tables {
            settings.known.add(&name.value, size.value.clone());
        }
        let exposed = self.document.exposed_schemas.as_ref();
        settings.known.exposed_schemas =
            exposed.map(|schemas| schemas.iter().map(|schema| schema.value.clone()).collect());
        settings.allows.require_reasons = self.document.require_reasons.as_ref().is_some_and(|flag| flag.value);
        settings
    }

    /// The rules of a run: the program's, the team's own, each as bad as the configuration says.
    ///
    /// # Errors
    /// Where a document of the team has mistakes, or the configuration names a rule that does not exist.
    pub fn rules(&self) -> Result<RuleSet, Broken> {
        let mut sources = Sources::default();
        let mut documents = Vec::new();
        for folder in &self.document.rules {
            for source in documents_in(&self.folder.join(&folder.value))? {
                documents.push(sources.add(Arc::new(source)));
            }
        }
        let (mut rules, diagnostics) = RuleSet::builtin().with_documents(&documents, &sources);
        if !diagnostics.is_empty() {
            return Err(Broken::Mistakes(diagnostics, sources));
        }
        let mistakes = self.apply(&self.document.severity, &mut rules);
        self.or_broken(mistakes)?;
        Ok(rules)
    }

    /// The rules for one file, where an `[[override]]` is about it.
    ///
    /// # Errors
    /// Where it names a rule that does not exist.
    pub fn rules_for(&self, path: &Path, rules: &RuleSet) -> Result<Option<RuleSet>, Broken> {
        if self.overrides.is_empty() {
            return Ok(None);
        }
        let below = self.below(path);
        let mut changed: Option<RuleSet> = None;
        for (globs, at) in &self.overrides {
            if globs.is_match(&below)
                && let Some(entry) = self.document.overrides.get(*at)
            {
                let rules = changed.get_or_insert_with(|| rules.clone());
                let mistakes = self.apply(&entry.severity, rules);
                self.or_broken(mistakes)?;
            }
        }
        Ok(changed)
    }

    /// Checks the names in all overrides, whether or not a file is there that they are about.
    ///
    /// # Errors
    /// Where one is of no rule and no category.
    pub fn check_overrides(&self, rules: &RuleSet) -> Result<(), Broken> {
        let mut scratch = rules.clone();
        let mistakes =
            self.document.overrides.iter().flat_map(|entry| self.apply(&entry.severity, &mut scratch)).collect();
        self.or_broken(mistakes)
    }

    /// Categories first, whatever their order in the file: a rule's own line is nearer to it.
    fn apply(&self, levels: &[(Written<String>, Written<Level>)], rules: &mut RuleSet) -> Vec<document::Mistake> {
        let mut mistakes = Vec::new();
        for (name, level) in levels {
            if let Some(category) = Category::from_name(&name.value) {
                rules.set_category(category, level.value.severity(), level.value != Level::Off);
            }
        }
        for (name, level) in levels.iter().filter(|(name, _)| Category::from_name(&name.value).is_none()) {
            let known = match level.value {
                Level::Off => rules.set(&name.value, None),
                Level::On => rules.switch_on(&name.value),
                Level::At(severity) => rules.set(&name.value, Some(severity)),
            };
            if !known {
                let names = || rules.entries().iter().map(|entry| entry.name());
                let all = names().chain(Category::ALL.iter().map(|category| category.name()));
                mistakes.push(document::Mistake {
                    at: name.at,
                    message: format!("there is no rule and no category `{}`", name.value),
                    help: Some(match crate::rule::nearest(&name.value, all) {
                        Some(meant) => format!("did you mean `{meant}`?"),
                        None => "`shipworthy rules list` lists them".to_owned(),
                    }),
                });
            }
        }
        mistakes
    }

    /// The mistakes as findings in the file.
    fn or_broken(&self, mistakes: Vec<document::Mistake>) -> Result<(), Broken> {
        if mistakes.is_empty() {
            return Ok(());
        }
        let display = self.file.clone().unwrap_or_default();
        Err(broken(Source::new(display, self.document.text.as_str()), mistakes))
    }
}

/// How bad a rule's findings are to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// It does not speak.
    Off,
    /// It speaks, as bad as its document says.
    On,
    /// It speaks, and is this bad.
    At(Severity),
}

impl Level {
    /// All words for it.
    pub const ALL: [Self; 5] =
        [Self::Off, Self::On, Self::At(Severity::Note), Self::At(Severity::Warning), Self::At(Severity::Error)];

    /// As the configuration writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::On => "on",
            Self::At(severity) => severity.name(),
        }
    }

    fn severity(self) -> Option<Severity> {
        match self {
            Self::At(severity) => Some(severity),
            Self::Off | Self::On => None,
        }
    }
}

/// The rule documents in a folder: `<category>/<name>.md`.
///
/// # Errors
/// Where the folder or a document cannot be read, or there is none.
pub fn documents_in(folder: &Path) -> Result<Vec<Source>, Broken> {
    let unreadable = |error: &dyn std::fmt::Display| Broken::Unread(format!("{}: {error}", shown(folder)));
    let mut documents = Vec::new();
    for entry in walkdir::WalkDir::new(folder).sort_by_file_name() {
        let entry = entry.map_err(|error| match error.io_error() {
            Some(cause) => unreadable(cause),
            None => unreadable(&error),
        })?;
        let path = entry.path();
        let is_document = path.extension().is_some_and(|extension| extension == "md");
        if entry.file_type().is_file() && is_document && entry.file_name() != "README.md" {
            let told = |why: &dyn std::fmt::Display| Broken::Unread(format!("{}: {why}", shown(path)));
            let bytes = std::fs::read(path).map_err(|error| told(&error))?;
            documents.push(Source::decode(shown(path), bytes).map_err(|why| told(&why))?);
        }
    }
    if documents.is_empty() {
        return Err(Broken::Unread(format!("{}: no rule document (<category>/<rule>.md) in it", shown(folder))));
    }
    Ok(documents)
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn unread(path: &Path, error: &io::Error) -> Broken {
    Broken::Unread(format!("{}: {error}", shown(path)))
}

fn broken(source: Source, mistakes: Vec<document::Mistake>) -> Broken {
    let mut sources = Sources::default();
    let id = sources.add(Arc::new(source));
    let mut diagnostics: Vec<_> = mistakes.into_iter().map(|mistake| finding(id, mistake)).collect();
    diagnostics.sort_by_key(|diagnostic| diagnostic.at);
    Broken::Mistakes(diagnostics, sources)
}

/// A mistake, told as every other finding.
fn finding(source: SourceId, mistake: document::Mistake) -> Diagnostic {
    Diagnostic {
        rule: "broken-configuration".into(),
        category: "configuration".into(),
        severity: Severity::Error,
        message: mistake.message,
        at: Location { source, span: mistake.at },
        statement: None,
        labels: Vec::new(),
        help: mistake.help.into_iter().collect(),
        notes: Vec::new(),
        fix: None,
        also: Vec::new(),
        allow: None,
        fingerprint: String::new(),
    }
}

fn globs(patterns: &[Written<String>]) -> Result<GlobSet, document::Mistake> {
    let mut builder = GlobSetBuilder::new();
    for pattern in patterns {
        let text = pattern.value.trim_end_matches('/');
        let glob = |text: &str| {
            Glob::new(text).map_err(|error| document::Mistake {
                at: pattern.at,
                message: format!("this is no pattern: {}", error.kind()),
                help: Some("as in `db/**/*.sql`; a folder stands for everything below it".to_owned()),
            })
        };
        builder.add(glob(text)?);
        // A folder is everything below it.
        builder.add(glob(&format!("{text}/**"))?);
    }
    let whole = patterns.iter().fold(Span::empty(0), |whole, pattern| whole.to(pattern.at));
    builder.build().map_err(|error| document::Mistake { at: whole, message: error.to_string(), help: None })
}

/// A path as messages write it: from the current folder where it lies below that, with `/`.
pub fn shown(path: &Path) -> String {
    from_here(path).to_string_lossy().replace('\\', "/")
}

fn from_here(path: &Path) -> PathBuf {
    let here = std::env::current_dir().and_then(std::fs::canonicalize);
    let Ok(here) = here else { return path.to_owned() };
    if let Ok(below) = path.strip_prefix(&here) {
        return if below.as_os_str().is_empty() { PathBuf::from(".") } else { below.to_owned() };
    }
    // Upwards, as a person would write it.
    let common = here.components().zip(path.components()).take_while(|(left, right)| left == right).count();
    let up = here.components().count() - common;
    if path.is_absolute() && common > 1 && up <= 3 {
        let down = path.components().skip(common);
        return std::iter::repeat_n(Component::ParentDir, up).chain(down).collect();
    }
    path.to_owned()
}

fn without_dots(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                clean.pop();
            }
            _ => clean.push(part),
        }
    }
    clean
}
