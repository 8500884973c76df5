//! The pipeline in one function: sources in, diagnostics out. It touches no file and cannot fail.

mod watch;

pub use watch::{Stage, Watch};

use crate::catalog::Completeness;
use crate::deploy;
use crate::diagnostic::{Diagnostic, Severity};
use crate::dialect::Dialect;
use crate::drift::{self, Migrated};
use crate::effect::{Effect, EffectKind};
use crate::history::{Change, Listed, Theirs, Wrong, misplaced};
use crate::migration::{
    Migration, Problem, ProblemKind, Role, Turn, arrange, begin_on_sqlite, hold_to_their_own, needless_opt_outs,
    refused_by_older,
};
use crate::parse::parse;
use crate::replay::{Replay, clashes, replay};
use crate::rule::{History, RuleSet, fingerprint, judge, notice};
use crate::settings::Settings;
use crate::source::{Source, SourceId, Sources, Span};
use crate::statement::{Command, Statement};
use crate::suppress::{Allows, allowance};
use crate::surrounding::{Neighbour, Surrounding};
use crate::tool::{Direction, Remark, Tool, TransactionMode};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A project: the migrations of one database, run by one tool.
#[derive(Debug)]
pub struct Project {
    /// Its folder, as diagnostics print it.
    pub root: String,
    /// The tool that runs it.
    pub tool: Tool,
    /// How the tool was recognised, as the end of a sentence: `by supabase/config.toml`.
    pub tool_from: String,
    /// Its files are the tool's whole history: what they have not named yet does not exist, so that `CREATE TABLE IF NOT EXISTS`
    /// creates. What they name without having created it exists all the same.
    pub whole: bool,
    /// No tool is known, but its files are all of a folder, and all of them are numbered.
    pub series: bool,
    /// A tool, or whoever named them, has told the order of the files; else they were found lying in a folder.
    pub ordered: bool,
    /// The server that its files are for.
    pub dialect: Dialect,
    /// How that was recognised, as the end of a sentence; may be empty.
    pub dialect_from: String,
    /// What was assumed of the tool, as a clause: its version, or that it is this tool and not another with the same names.
    pub assumption: Option<String>,
    /// Older versions of the tool that may run the files too, as [`Tool::older`] lists them.
    pub older: &'static [(Tool, &'static str)],
    /// The schemas that the tool's own configuration gives to clients over an API; `None`: it says nothing of that.
    pub served: Option<Vec<String>>,
    /// Other migrations of the project are programs, whose changes no file shows.
    pub coded: bool,
    /// Its files in the order in which they run.
    pub files: Vec<File>,
    /// Migrations that the branch to which this one goes has got since the two parted, in the order in which they run. They are not judged
    /// but held against what this branch does.
    pub theirs: Vec<(File, Theirs)>,
}

impl Project {
    /// Files that a tool runs on PostgreSQL, in order; nothing else is known of them.
    pub fn of(tool: Tool, files: Vec<File>) -> Self {
        Self {
            root: ".".to_owned(),
            tool,
            tool_from: String::new(),
            whole: false,
            series: false,
            ordered: true,
            dialect: Dialect::Postgres,
            dialect_from: String::new(),
            assumption: None,
            older: &[],
            served: None,
            coded: false,
            files,
            theirs: Vec::new(),
        }
    }

    fn completeness(&self) -> Completeness {
        match (self.whole, self.series) {
            (true, _) => Completeness::Whole,
            (false, true) => Completeness::Series,
            (false, false) => Completeness::Part,
        }
    }
}

/// A file of a project.
#[derive(Debug)]
pub struct File {
    /// Its text.
    pub source: Source,
    /// What it is to the project.
    pub role: Role,
    /// Its findings are asked for; else it is context.
    pub judged: bool,
    /// It has not been deployed yet. All such files of a project are one deployment: what one makes is new to the others.
    pub pending: bool,
    /// What its name or a file beside it says about the transaction.
    pub transaction: Option<TransactionMode>,
    /// What is wrong with its name, its place or the files beside it in the tool's eyes.
    pub remarks: Vec<Remark>,
    /// These are told although the file is not judged: a change to another one brings them about.
    pub brought_about: bool,
    /// What a branch did to it.
    pub change: Change,
    /// The files that the tool puts into it, by their paths, and before which byte.
    pub includes: Vec<(u32, String)>,
}

impl File {
    fn listed(&self) -> Listed<'_> {
        Listed { path: self.source.path(), role: self.role, change: &self.change }
    }
}

/// A migration that is judged, and of which nothing but its text is known.
impl From<Source> for File {
    fn from(source: Source) -> Self {
        Self {
            source,
            role: Role::Migration,
            judged: true,
            pending: false,
            transaction: None,
            remarks: Vec::new(),
            brought_about: false,
            change: Change::None,
            includes: Vec::new(),
        }
    }
}

/// A project, read and replayed.
#[derive(Debug)]
pub struct Replayed {
    /// Its folder.
    pub root: String,
    /// The tool.
    pub tool: Tool,
    /// How that was recognised.
    pub tool_from: String,
    /// The server that its files are for.
    pub dialect: Dialect,
    /// How that was recognised; may be empty.
    pub dialect_from: String,
    /// What was assumed of the tool.
    pub assumption: Option<String>,
    /// What an API gives to clients, as the tool is configured.
    pub served: Option<Vec<String>>,
    /// Its migrations in order.
    pub migrations: Vec<Migration>,
    /// What they do.
    pub replay: Replay,
}

impl Replayed {
    /// What a declared schema is held against.
    fn migrated(&self) -> Migrated<'_> {
        let Self { root, tool, dialect, replay, .. } = self;
        Migrated { root, tool: tool.name, dialect: *dialect, catalog: &replay.catalog, steps: &replay.steps }
    }
}

/// What a run counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Migrations that were judged.
    pub files: usize,
    /// Files around them that were judged.
    pub surroundings: usize,
    /// Their statements.
    pub statements: usize,
    /// Those that were not understood.
    pub not_understood: usize,
    /// Findings that a comment silenced.
    pub suppressed: usize,
    /// Findings that the baseline accepts.
    pub accepted: usize,
}

/// What a run found.
#[derive(Debug)]
pub struct Outcome {
    /// All sources, for labels.
    pub sources: Sources,
    /// The projects.
    pub projects: Vec<Replayed>,
    /// What stands around them, in the order given.
    pub surroundings: Vec<Surrounding>,
    /// The findings, by file as given, then by place.
    pub diagnostics: Vec<Diagnostic>,
    /// What was counted.
    pub counts: Counts,
}

impl Outcome {
    /// How many findings have a severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count()
    }

    /// Where the statements and passages of all files stand.
    pub fn places(&self) -> Places {
        Places::of(&self.projects, &self.surroundings)
    }
}

/// Where the statements of migrations and the passages of what stands around them are.
#[derive(Clone, Debug, Default)]
pub struct Places(BTreeMap<SourceId, Vec<Span>>);

impl Places {
    fn of(projects: &[Replayed], surroundings: &[Surrounding]) -> Self {
        let statements = |migration: &Migration| migration.statements.iter().map(|statement| statement.span).collect();
        let migrations = projects.iter().flat_map(|project| &project.migrations);
        let migrations = migrations.map(|migration| (migration.source, statements(migration)));
        Self(migrations.chain(surroundings.iter().map(|it| (it.source, it.passages.clone()))).collect())
    }

    /// The statement or passage that a finding is about, where it is about one.
    pub fn statement(&self, diagnostic: &Diagnostic) -> Option<Span> {
        self.0.get(&diagnostic.at.source)?.get(diagnostic.statement?).copied()
    }
}

/// A file that is no migration, before it is read.
#[derive(Debug)]
pub struct Around {
    /// Its text.
    pub source: Source,
    /// Its findings are asked for; else it is context.
    pub judged: bool,
}

/// Reads and replays projects.
pub fn read(projects: Vec<Project>, settings: &Settings) -> (Sources, Vec<Replayed>) {
    read_watched(projects, settings, &())
}

/// Reads and replays projects while somebody waits.
pub fn read_watched(projects: Vec<Project>, settings: &Settings, watch: &dyn Watch) -> (Sources, Vec<Replayed>) {
    watch.begin(Stage::Parse);
    let mut sources = Sources::default();
    let mut plans = Vec::new();
    for mut project in projects {
        let listed: Vec<_> = project.files.iter().map(|file| file.listed()).collect();
        let misplaced = misplaced(&project.tool, &listed);
        let files: Vec<_> = std::mem::take(&mut project.files)
            .into_iter()
            .zip(misplaced)
            .map(|(mut file, mut misplaced)| {
                // A new name is told, whatever becomes of the statements below it.
                misplaced.retain(|it| file.judged || it.wrong == Wrong::Renamed);
                let text = std::mem::replace(&mut file.source, Source::new("", ""));
                (sources.add(Arc::new(text)), file, misplaced)
            })
            .collect();
        plans.push((project, files));
    }
    let replayed = plans
        .into_iter()
        .map(|(mut project, files)| {
            watch.begin(Stage::Parse);
            let parts = files.iter().filter(|(_, file, _)| file.role == Role::Included);
            let parts: BTreeMap<_, _> = parts.map(|(id, ..)| (sources.get(*id).path(), *id)).collect();
            let mut migrations: Vec<_> = files
                .into_par_iter()
                .map(|(id, mut file, misplaced)| {
                    let includes = std::mem::take(&mut file.includes).into_iter();
                    let includes: Vec<_> =
                        includes.filter_map(|(at, path)| Some((at, *parts.get(path.as_str())?))).collect();
                    let mut migration = migration(id, sources.get(id), file, &project);
                    migration.includes = includes;
                    watch.parsed();
                    let problem =
                        |it| Problem { span: Span::empty(0), statement: None, kind: ProblemKind::Misplaced(it) };
                    migration.problems.extend(misplaced.into_iter().map(problem));
                    migration
                })
                .collect();
            hold_to_their_own(&project.tool, &mut migrations, &sources);
            watch.begin(Stage::Replay);
            if !project.ordered {
                arrange(&mut migrations, &sources);
            }
            let mut replay = match project.dialect {
                Dialect::Postgres => {
                    let all: Vec<_> = migrations.iter().collect();
                    replay(&all, &sources, settings, project.completeness())
                }
                // What these servers do is not known yet: no word is better than another server's.
                Dialect::MySql | Dialect::Sqlite => Replay::default(),
            };
            if !project.ordered && !project.series {
                leave_sessions_of_queries(&migrations, &mut replay);
            }
            if !replay.deeds.is_empty() && !project.theirs.is_empty() {
                hold_against_theirs(&mut project, &mut migrations, &replay, &mut sources, settings);
            }
            let Project { root, tool, tool_from, dialect, dialect_from, assumption, served, .. } = project;
            Replayed { root, tool, tool_from, dialect, dialect_from, assumption, served, migrations, replay }
        })
        .collect();
    (sources, replayed)
}

/// A file of nothing but queries and settings, which was found in a folder of no tool, is a query that somebody asks, and no migration: how
/// it is sent, and whether as one message, is not known.
fn leave_sessions_of_queries(migrations: &[Migration], replay: &mut Replay) {
    let reads = |statement: &Statement| match &statement.command {
        Command::Query(query) => query.writes.is_empty(),
        Command::Set(_) => true,
        _ => false,
    };
    let asks = |migration: &&Migration| migration.problems.is_empty() && migration.statements.iter().all(reads);
    let queries: BTreeSet<SourceId> = migrations.iter().filter(asks).map(|migration| migration.source).collect();
    let of_session = |effect: &Effect| {
        matches!(effect.kind, EffectKind::ChangesSetting { server_wide: false, .. } | EffectKind::LeavesSetting { .. })
    };
    for step in replay.steps.iter_mut().filter(|step| queries.contains(&step.source)) {
        step.effects.retain(|effect| !of_session(effect));
    }
    replay.at_end.retain(|effect| !of_session(effect) || !queries.contains(&effect.cause.source));
}

/// Says where this branch changes what the other one has changed meanwhile: what the other one did is replayed over what both had.
fn hold_against_theirs(
    project: &mut Project,
    migrations: &mut [Migration],
    mine: &Replay,
    sources: &mut Sources,
    settings: &Settings,
) {
    let mut whence = BTreeMap::new();
    let mut added = Vec::new();
    for (mut file, theirs) in std::mem::take(&mut project.theirs) {
        let id = sources.add(Arc::new(std::mem::replace(&mut file.source, Source::new("", ""))));
        whence.insert(id, theirs);
        let file = File { judged: false, pending: true, ..file };
        added.push(migration(id, sources.get(id), file, project));
    }
    let paths: BTreeSet<&str> = whence.keys().map(|id| sources.get(*id).path()).collect();
    let is_of_both = |migration: &&Migration| {
        !migration.pending && migration.role != Role::Seed && !paths.contains(sources.get(migration.source).path())
    };
    let history: Vec<_> = migrations.iter().filter(is_of_both).chain(&added).collect();
    let theirs = replay(&history, sources, settings, project.completeness());
    let found = clashes(&mine.deeds, &theirs.deeds, sources, &whence);
    for migration in migrations.iter_mut().filter(|migration| migration.judged) {
        for (_, clash) in found.iter().filter(|(source, _)| *source == migration.source) {
            let (span, statement) = (clash.span, migration.statement_at(clash.span));
            migration.problems.push(Problem { span, statement, kind: ProblemKind::Clash(clash.clone()) });
        }
    }
}

fn migration(id: SourceId, source: &Source, file: File, project: &Project) -> Migration {
    let (tool, dialect) = (&project.tool, project.dialect);
    let parsed = parse(source, dialect);
    let statements: Vec<_> = parsed.statements.iter().map(|statement| statement.span).collect();
    let mut reading = tool.read(source, &parsed.comments, &statements, file.transaction);
    let mut brought_about = Vec::new();
    // A dump is nothing that the tool runs.
    if file.role == Role::Schema {
        reading.remarks.clear();
    } else {
        match file.brought_about && !file.judged {
            true => brought_about = file.remarks,
            false => reading.remarks.extend(file.remarks),
        }
        if dialect == Dialect::Sqlite {
            reading.remarks.extend(begin_on_sqlite(tool, &reading.sections, &parsed.statements));
        }
        if dialect == Dialect::Postgres {
            reading.remarks.extend(needless_opt_outs(tool, &reading.sections, &parsed.statements));
            for (older, version) in project.older.iter().filter(|_| file.role != Role::Down) {
                let sections = || older.read(source, &parsed.comments, &statements, file.transaction).sections;
                for remark in refused_by_older(version, sections, &parsed.statements) {
                    if reading.remarks.iter().all(|said| said.span != remark.span) {
                        reading.remarks.push(remark);
                    }
                }
            }
        }
    }
    if file.role == Role::Down {
        reading.sections.iter_mut().for_each(|section| section.direction = Direction::Down);
    }
    let mut migration = Migration {
        source: id,
        role: file.role,
        sections: reading.sections,
        statements: parsed.statements,
        comments: parsed.comments,
        problems: parsed.problems,
        judged: file.judged,
        pending: file.pending,
        turn: Turn { coded: project.coded, ..Turn::default() },
        includes: Vec::new(),
    };
    for remark in reading.remarks {
        let span = remark.span;
        // A tool's line belongs to what stands below it, so that a comment there may silence what is said of it.
        let statement = migration.statement_at(span);
        migration.problems.push(Problem { span, statement, kind: ProblemKind::Tool(remark) });
    }
    migration.problems.extend(brought_about.into_iter().map(|remark| Problem {
        span: remark.span,
        statement: None,
        kind: ProblemKind::BroughtAbout(remark),
    }));
    if let Some(why) = source.why_unreadable() {
        let kind = ProblemKind::Unreadable { reason: why.to_string() };
        migration.problems.push(Problem { span: Span::empty(0), statement: None, kind });
    }
    if let [first, ..] = source.undecodable() {
        let span = Span::new(*first, first + 1);
        let kind = ProblemKind::NotUtf8 { count: source.undecodable().len() };
        migration.problems.push(Problem { span, statement: migration.statement_at(span), kind });
    }
    migration
}

/// Reads, replays and judges projects.
pub fn check(projects: Vec<Project>, settings: &Settings, rules: &RuleSet) -> Outcome {
    check_around(projects, Vec::new(), settings, rules)
}

/// Reads, replays and judges projects, and what stands around them.
pub fn check_around(projects: Vec<Project>, around: Vec<Around>, settings: &Settings, rules: &RuleSet) -> Outcome {
    check_watched(projects, around, settings, rules, &())
}

/// Reads, replays and judges projects and what stands around them, while somebody waits.
pub fn check_watched(
    projects: Vec<Project>,
    around: Vec<Around>,
    settings: &Settings,
    rules: &RuleSet,
    watch: &dyn Watch,
) -> Outcome {
    let (mut sources, projects) = read_watched(projects, settings, watch);
    watch.begin(Stage::Judge);
    let around =
        around.into_iter().map(|file| Neighbour { source: sources.add(Arc::new(file.source)), judged: file.judged });
    let neighbours: Vec<_> = around.collect();
    let mut surroundings = deploy::read(&neighbours, &sources);
    let migrated: Vec<_> = projects.iter().map(Replayed::migrated).collect();
    surroundings.extend(drift::read(&neighbours, &sources, &migrated));
    deploy::name_losses(&mut surroundings, &sources);
    let mut counts = Counts::default();
    let mut diagnostics = Vec::new();
    for project in &projects {
        for migration in project.migrations.iter().filter(|migration| migration.judged) {
            counts.files += 1;
            counts.statements += migration.statements.len();
            counts.not_understood += migration.not_understood().count();
        }
        let history = History {
            migrations: &project.migrations,
            surroundings: &[],
            replay: &project.replay,
            tool: &project.tool,
            assumption: project.assumption.as_deref(),
            served: project.served.as_deref(),
            known: &settings.known,
            sources: &sources,
        };
        counts.suppressed += found(history, settings, rules, &mut diagnostics);
    }
    counts.surroundings = surroundings.iter().filter(|surrounding| surrounding.judged).count();
    let history = History {
        migrations: &[],
        surroundings: &surroundings,
        replay: &Replay::default(),
        tool: &Tool::NONE,
        assumption: None,
        served: None,
        known: &settings.known,
        sources: &sources,
    };
    counts.suppressed += found(history, settings, rules, &mut diagnostics);
    let places = Places::of(&projects, &surroundings);
    fingerprint::assign(&mut diagnostics, &sources, &settings.base, |diagnostic| places.statement(diagnostic));
    Outcome { sources, projects, surroundings, diagnostics, counts }
}

/// Adds what the rules say of a history. How many findings its comments silence.
fn found(history: History<'_>, settings: &Settings, rules: &RuleSet, diagnostics: &mut Vec<Diagnostic>) -> usize {
    let History { migrations, surroundings, sources, .. } = history;
    let mut allows = Allows::read(migrations, surroundings, sources, rules, &settings.allows);
    let silencer = &mut |rule: &str, source, statement| allows.silences(rule, source, statement);
    let judgement = judge(rules, history, silencer);
    let mut found = judgement.diagnostics;
    let by_source: BTreeMap<_, _> = migrations.iter().map(|migration| (migration.source, migration)).collect();
    for found in &mut found {
        if let Some(migration) = by_source.get(&found.at.source) {
            found.allow = allowance(found, migration, sources.get(migration.source), history.tool);
        }
    }
    found.extend(allows.unused(rules).iter().filter_map(|noticed| notice(rules, history, noticed)));
    found.sort_by_key(|diagnostic| diagnostic.at);
    diagnostics.extend(found);
    judgement.suppressed
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Effects on settings of files that lie in a folder of no tool.
    fn settings_told(ordered: bool, text: &str) -> usize {
        let file = File::from(Source::new("lint.sql", text));
        let project = Project { ordered, ..Project::of(Tool::NONE, vec![file]) };
        let (_, projects) = read(vec![project], &Settings::default());
        let replay = &projects[0].replay;
        let effects = replay.steps.iter().flat_map(|step| &step.effects).chain(&replay.at_end);
        effects.filter(|effect| matches!(effect.kind.name(), "changes-setting" | "leaves-setting")).count()
    }

    #[test]
    fn of_a_query_that_lies_about_nobody_knows_how_it_is_sent() {
        let query = "SET LOCAL search_path = ''; SELECT 1 FROM t;";
        assert_eq!(settings_told(false, query), 0);
        assert!(settings_told(true, query) > 0);
        assert!(settings_told(false, &format!("{query} DELETE FROM t;")) > 0);
        assert!(
            settings_told(false, "SET LOCAL search_path = ''; WITH d AS (DELETE FROM t RETURNING id) SELECT * FROM d;")
                > 0
        );
    }
}
