//! From effects to findings: one per cause.

use super::message::{BARE, SQL, sql_hole};
use super::{About, Entry, Once, RuleSet, identifier};
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::effect::{
    BuildReason, Confidence, DirectionWord, Effect, EffectKind, FailReason, FieldValue, LockMode, Value,
};
use crate::history::{self, Clash, Misplaced};
use crate::migration::{Migration, Problem, ProblemKind, Role};
use crate::replay::{Replay, Step};
use crate::settings::Known;
use crate::source::{Location, SourceId, Sources, Span};
use crate::surrounding::Surrounding;
use crate::tool::{Direction, RemarkKind, Tool};
use smol_str::SmolStr;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, btree_map};

/// What is judged: a project that was replayed, or what stands around all of them.
#[derive(Clone, Copy, Debug)]
pub struct History<'a> {
    /// Its files in order.
    pub migrations: &'a [Migration],
    /// Files that are no migrations.
    pub surroundings: &'a [Surrounding],
    /// What they do.
    pub replay: &'a Replay,
    /// The tool that runs them.
    pub tool: &'a Tool,
    /// What was assumed of the tool, as a clause.
    pub assumption: Option<&'a str>,
    /// The schemas that the tool's configuration gives to clients over an API; `None`: it says nothing of that.
    pub served: Option<&'a [String]>,
    /// What the team knows of its database.
    pub known: &'a Known,
    /// Their texts.
    pub sources: &'a Sources,
}

/// What the rules say.
#[derive(Clone, Debug, Default)]
pub struct Judgement {
    /// In the order of files and places; without fingerprints.
    pub diagnostics: Vec<Diagnostic>,
    /// How many findings were silenced.
    pub suppressed: usize,
}

/// Silences a rule for a statement of a file (by its index), or for what is about no statement.
pub type Silencer<'a> = dyn FnMut(&str, SourceId, Option<usize>) -> bool + 'a;

/// Something that a rule about a problem may speak of.
#[derive(Clone, Debug)]
pub struct Noticed {
    /// The kind, one of [`super::problem::SPECS`].
    pub kind: &'static str,
    /// Its fields.
    pub fields: Vec<(&'static str, Value)>,
    /// The exact tokens.
    pub at: Location,
    /// Index of the statement that it is about, if any.
    pub statement: Option<usize>,
}

/// Judges a project. A rule that `silenced` silences for a statement does not speak, and nothing it would have outranked is lost.
pub fn judge(rules: &RuleSet, history: History<'_>, silenced: &mut Silencer<'_>) -> Judgement {
    let migrations = history.migrations.iter().map(|migration| (migration.source, migration)).collect();
    let surroundings = history.surroundings.iter().map(|surrounding| (surrounding.source, surrounding)).collect();
    let mut court =
        Court { rules, history, migrations, surroundings, silenced, groups: BTreeMap::new(), dropped: BTreeSet::new() };
    let judged: BTreeSet<SourceId> =
        history.migrations.iter().filter(|migration| migration.judged).map(|migration| migration.source).collect();
    for step in history.replay.steps.iter().filter(|step| step.judged) {
        // A statement may show what was wrong with one of an earlier file.
        // A seed fills a table: all that is asked of it is whether its constants are right elsewhere.
        let asked =
            |effect: &&Effect| step.role != Role::Seed || matches!(effect.kind, EffectKind::ReferencesByLiteral { .. });
        for effect in step.effects.iter().filter(asked).filter(|effect| judged.contains(&effect.cause.source)) {
            if !step.undone || survives_rollback(&effect.kind) {
                court.effect(effect, Some(step), false);
            }
        }
    }
    let seeds: BTreeSet<SourceId> =
        history.migrations.iter().filter(|it| it.role == Role::Seed).map(|seed| seed.source).collect();
    let at_end = history.replay.at_end.iter().filter(|effect| !seeds.contains(&effect.cause.source));
    for effect in at_end.filter(|effect| judged.contains(&effect.cause.source)) {
        court.effect(effect, None, true);
    }
    for surrounding in history.surroundings.iter().filter(|surrounding| surrounding.judged) {
        surrounding.effects.iter().for_each(|effect| court.effect(effect, None, false));
    }
    court.problems();
    court.verdict()
}

/// A rollback takes back what a statement did, but not that it was refused, nor where transactions begin and end.
fn survives_rollback(kind: &EffectKind) -> bool {
    use EffectKind::{EndsTransaction, Fails, LeavesOpen, OpensTransaction};
    matches!(kind, Fails { .. } | OpensTransaction { .. } | EndsTransaction { .. } | LeavesOpen {})
}

/// What the rules say of one problem.
pub fn notice(rules: &RuleSet, history: History<'_>, noticed: &Noticed) -> Option<Diagnostic> {
    let rules = rules.for_file(history.sources.get(noticed.at.source).path());
    let entry =
        rules.about(About::Problem, noticed.kind).find(|(_, entry)| accepts_problem(entry, history.tool, noticed))?.1;
    Some(about_problem(entry, history, noticed))
}

struct Court<'a, 's> {
    rules: &'a RuleSet,
    history: History<'a>,
    migrations: BTreeMap<SourceId, &'a Migration>,
    surroundings: BTreeMap<SourceId, &'a Surrounding>,
    silenced: &'s mut Silencer<'s>,
    /// By cause. What is missing at the end was caused by several omissions, not by one act: there each rule has its own.
    groups: BTreeMap<(Location, Option<usize>), Vec<Match<'a>>>,
    /// What was silenced: (rule, cause).
    dropped: BTreeSet<(usize, Location)>,
}

/// A rule that matches.
#[derive(Clone)]
struct Match<'a> {
    rule: usize,
    entry: &'a Entry,
    severity: Severity,
    about: Subject<'a>,
    statement: Option<usize>,
}

impl Match<'_> {
    /// Who speaks first: the most severe, then by kind of effect, then by name.
    fn rank(&self) -> (Reverse<Severity>, usize, &str) {
        (Reverse(self.severity), self.entry.kind, self.entry.name())
    }
}

#[derive(Clone)]
enum Subject<'a> {
    Effect(&'a Effect, Option<&'a Step>),
    Problem(Noticed),
}

impl<'a> Court<'a, '_> {
    fn effect(&mut self, effect: &'a Effect, step: Option<&'a Step>, end: bool) {
        let scene = Scene { effect, step, history: self.history };
        let rules = self.rules_for(effect.cause.source);
        for (rule, entry) in rules.about(About::Effect, effect.kind.name()) {
            let accepted = entry.rule().when.tests.iter().all(|test| test.passes(scene.field(&test.field).as_ref()));
            if !accepted {
                continue;
            }
            let statement = match step {
                Some(step) if step.at.span.contains(effect.cause.span) => Some(step.statement),
                _ => self.statement_at(effect.cause),
            };
            self.add(
                effect.cause,
                end.then_some(rule),
                Match {
                    rule,
                    entry,
                    severity: entry.severity_for(effect),
                    about: Subject::Effect(effect, step),
                    statement,
                },
            );
        }
    }

    fn problems(&mut self) {
        for migration in self.history.migrations {
            let always = |kind: &ProblemKind| matches!(kind, ProblemKind::Misplaced(_) | ProblemKind::BroughtAbout(_));
            let speaks = |problem: &&Problem| migration.judged || always(&problem.kind);
            for problem in migration.problems.iter().filter(speaks) {
                let noticed = noticed(migration, problem);
                let mut rules = self.rules_for(migration.source).about(About::Problem, noticed.kind);
                if let Some((rule, entry)) =
                    rules.find(|(_, entry)| accepts_problem(entry, self.history.tool, &noticed))
                {
                    let (at, statement) = (noticed.at, noticed.statement);
                    let about = Subject::Problem(noticed);
                    let severity = entry.severity();
                    self.add(at, Some(rule), Match { rule, entry, severity, about, statement });
                }
            }
        }
    }

    fn rules_for(&self, source: SourceId) -> &'a RuleSet {
        self.rules.for_file(self.history.sources.get(source).path())
    }

    fn add(&mut self, cause: Location, own: Option<usize>, found: Match<'a>) {
        if (self.silenced)(found.entry.name(), cause.source, found.statement) {
            self.dropped.insert((found.rule, cause));
        } else {
            self.groups.entry((cause, own)).or_default().push(found);
        }
    }

    fn statement_at(&self, at: Location) -> Option<usize> {
        match self.migrations.get(&at.source) {
            Some(migration) => migration.statement_at(at.span),
            None => self.surroundings.get(&at.source)?.passage_at(at.span),
        }
    }

    fn verdict(self) -> Judgement {
        let mut spoken = BTreeSet::new();
        let mut gathered = BTreeMap::new();
        let mut diagnostics: Vec<Diagnostic> = Vec::new();
        for ((cause, _), mut matches) in self.groups {
            matches.retain(|found| match found.entry.rule().once {
                None | Some(Once::Gathered) => true,
                Some(Once::File) => !spoken.contains(&(found.rule, Some(cause.source))),
                Some(Once::History) => !spoken.contains(&(found.rule, None)),
            });
            fold(&mut matches);
            for found in &matches {
                match found.entry.rule().once {
                    None | Some(Once::Gathered) => {}
                    Some(Once::File) => drop(spoken.insert((found.rule, Some(cause.source)))),
                    Some(Once::History) => drop(spoken.insert((found.rule, None))),
                }
            }
            let (design, deployment): (Vec<_>, Vec<_>) =
                matches.into_iter().partition(|found| found.entry.rule().category.is_about_design());
            let of_design = design.chunk_by(|left, right| left.rule == right.rule);
            for matches in std::iter::once(deployment.as_slice()).chain(of_design) {
                let Some(found) = finding(self.history, cause, matches) else { continue };
                let once = matches.first().filter(|first| {
                    first.entry.rule().once == Some(Once::Gathered) && has_nothing_to_add(first, matches)
                });
                match once.map(|first| gathered.entry((first.rule, cause.source))) {
                    Some(btree_map::Entry::Occupied(place)) => {
                        if let Some(first) = diagnostics.get_mut(*place.get()) {
                            gather(first, found);
                        }
                    }
                    Some(btree_map::Entry::Vacant(place)) => {
                        place.insert(diagnostics.len());
                        diagnostics.push(found);
                    }
                    None => diagnostics.push(found),
                }
            }
        }
        diagnostics.sort_by(|left, right| {
            let key = |diagnostic: &Diagnostic| (diagnostic.at, Reverse(diagnostic.severity));
            key(left).cmp(&key(right)).then_with(|| left.rule.cmp(&right.rule))
        });
        Judgement { diagnostics, suppressed: self.dropped.len() }
    }
}

/// Whether what the other rules say of this cause may be left out where the finding is one of many places of another.
fn has_nothing_to_add(first: &Match<'_>, matches: &[Match<'_>]) -> bool {
    matches.iter().all(|other| other.rule == first.rule || other.severity == Severity::Note)
}

/// How many places one finding points at, beside its own and what explains it.
const PLACES: usize = 12;

/// A finding points at the place of another one of its rule.
fn gather(first: &mut Diagnostic, other: Diagnostic) {
    let focus = other.labels.first().map_or(other.at, |label| label.at);
    let label = Label { message: other.message, at: focus };
    if first.labels.len() < PLACES && !first.labels.contains(&label) {
        first.labels.push(label);
    }
    // A silent cut would look like the whole.
    else if !first.labels.contains(&label) && !first.notes.iter().any(|note| note == MORE_PLACES) {
        first.notes.push(MORE_PLACES.to_owned());
    }
    first.severity = first.severity.max(other.severity);
}

const MORE_PLACES: &str = "there are more such places in this file";

/// Puts the rule that speaks first and drops what others fold.
fn fold(matches: &mut Vec<Match<'_>>) {
    // Stable: the effects of one rule stay in their order.
    matches.sort_by(|left, right| left.rank().cmp(&right.rank()));
    let folds = |by: &Match<'_>, other: &Match<'_>| by.entry.rule().folds.iter().any(|name| name == other.entry.name());
    let folded: Vec<bool> = (0..matches.len())
        .map(|at| {
            let other = &matches[at];
            // Of two rules that fold each other, the one that comes first stays.
            matches.iter().enumerate().any(|(by, folder)| {
                folder.rule != other.rule && folds(folder, other) && (by < at || !folds(other, folder))
            })
        })
        .collect();
    let mut folded = folded.into_iter();
    matches.retain(|_| !folded.next().unwrap_or(false));
}

/// One finding of what matches one cause.
fn finding(history: History<'_>, cause: Location, matches: &[Match<'_>]) -> Option<Diagnostic> {
    let first = matches.first()?;
    let (effect, step) = match &first.about {
        Subject::Effect(effect, step) => (*effect, *step),
        Subject::Problem(noticed) => return Some(about_problem(first.entry, history, noticed)),
    };
    let (rule, scene) = (first.entry.rule(), Scene { effect, step, history });
    let mut labels: Vec<Label> = Vec::new();
    let mut notes: Vec<String> = Vec::new();
    let mut heard = BTreeSet::new();
    for found in matches {
        let Subject::Effect(effect, step) = found.about else { continue };
        // All effects of the rule that speaks are pointed at, but of another rule one is enough.
        if !heard.insert(found.rule) && found.rule != first.rule {
            continue;
        }
        let message = Scene { effect, step, history }.fill(&found.entry.rule().label).text;
        let own = Label { message, at: Location { source: effect.cause.source, span: effect.focus } };
        // Who reads that the statement holds a lock need not read that the transaction holds it.
        let known = |kind: &EffectKind| matches!(kind, EffectKind::RunsUnderLock { held, same_relation: true, .. } if scene.taken() >= Some(*held));
        let own = (found.rule == first.rule || !known(&effect.kind)).then_some(&own);
        for label in own.into_iter().chain(&effect.because) {
            if !labels.contains(label) {
                labels.push(label.clone());
            }
        }
        if effect.confidence == Confidence::Assumed {
            for assumption in &effect.assumptions {
                if !notes.contains(assumption) {
                    notes.push(assumption.clone());
                }
            }
        }
    }
    let by_mode = |found: &Match<'_>| match &found.about {
        Subject::Effect(effect, _) => depends_on_tool(effect),
        Subject::Problem(_) => false,
    };
    if let Some(assumption) = history.assumption
        && matches.iter().any(by_mode)
    {
        notes.push(assumption.to_owned());
    }
    let mut also: Vec<SmolStr> = Vec::new();
    for other in matches.iter().filter(|other| other.rule != first.rule && other.severity >= Severity::Warning) {
        if !also.iter().any(|name| name == other.entry.name()) {
            also.push(other.entry.name().into());
        }
    }
    let help = rule.help.iter().map(|line| scene.fill(line)).filter(|line| !line.empty);
    Some(Diagnostic {
        rule: first.entry.name().into(),
        category: rule.category.name().into(),
        severity: first.severity,
        message: scene.sized(scene.fill(&rule.message).text),
        at: cause,
        statement: first.statement,
        labels,
        help: help.map(|line| line.text).collect(),
        notes,
        fix: effect.fix.clone(),
        also,
        allow: None,
        fingerprint: String::new(),
    })
}

/// Whether an effect hangs on how the tool hands the file over.
fn depends_on_tool(effect: &Effect) -> bool {
    match &effect.kind {
        EffectKind::Fails { reason, .. } => {
            matches!(reason, FailReason::InTransaction | FailReason::OutsideTransaction | FailReason::NewEnumValue)
        }
        EffectKind::ChangesSetting { local, .. } => *local,
        EffectKind::RunsUnderLock { .. }
        | EffectKind::HoldsSeveral { .. }
        | EffectKind::OpensTransaction { .. }
        | EffectKind::EndsTransaction { .. }
        | EffectKind::LeavesOpen {} => true,
        _ => false,
    }
}

/// An effect and what its conditions and holes may ask.
#[derive(Clone, Copy)]
struct Scene<'a> {
    effect: &'a Effect,
    step: Option<&'a Step>,
    history: History<'a>,
}

impl Scene<'_> {
    /// A field of the kind, or a common one.
    fn field(&self, name: &str) -> Option<Value> {
        if let Some(value) = self.effect.field(name) {
            return Some(value);
        }
        match name {
            "in_transaction" => Some(Value::Boolean(self.step?.in_transaction)),
            "direction" => Some(match self.step.map_or(Direction::Up, |step| step.direction) {
                Direction::Up => DirectionWord::Up.value(),
                Direction::Down => DirectionWord::Down.value(),
            }),
            "tool" => Some(Value::Text(self.history.tool.name.into())),
            "exposed" => {
                let relation = &self.effect.subject.as_ref()?.relation;
                let served = self.history.known.exposes(relation, self.history.tool.name, self.history.served);
                Some(Value::Boolean(served && !self.is_out_of_reach()))
            }
            _ => None,
        }
    }

    /// Whether Supabase's API serves the schema, but none of its roles has a privilege on the relation.
    fn is_out_of_reach(&self) -> bool {
        self.history.tool.name == "supabase" && self.effect.kind.field("ungranted") == Some(Value::Boolean(true))
    }

    /// A message with the relation's size behind its name, where that is known.
    fn sized(&self, message: String) -> String {
        let size = || {
            let subject = self.effect.subject.as_ref()?;
            let told =
                [&subject.relation, &subject.known_as].into_iter().find(|name| message.contains(&format!("`{name}`")));
            let size_of = |name| self.history.known.size_of(name);
            let size = size_of(&subject.relation).or_else(|| size_of(&subject.known_as))?;
            Some((format!("`{}`", told?), size))
        };
        match size() {
            Some((name, size)) => message.replacen(&name, &format!("{name} ({})", size.told), 1),
            None => message,
        }
    }

    /// The strongest lock on the effect's relation while the statement runs: its own, or one of an earlier statement of the transaction.
    fn lock(&self) -> Option<LockMode> {
        self.taken().max(self.effect.subject.as_ref()?.held)
    }

    /// The strongest lock that the statement takes on the effect's relation.
    fn taken(&self) -> Option<LockMode> {
        let relation = &self.effect.subject.as_ref()?.relation;
        let taken = self.step?.effects.iter().filter_map(|effect| match (&effect.kind, &effect.subject) {
            (EffectKind::TakesLock { lock, .. }, Some(subject)) if subject.relation == *relation => Some(*lock),
            _ => None,
        });
        taken.max()
    }

    /// Whether what is made beside the effect's relation is for all roles of the API: in `public` of a Supabase project.
    fn is_granted_by_tool(&self) -> bool {
        let public = |subject: &crate::effect::Subject| !subject.before.contains('.');
        self.history.tool.name == Tool::SUPABASE.name && self.effect.subject.as_ref().is_some_and(public)
    }

    /// Whether an index is built by a statement of its own, in a file of which the tool opens no transaction.
    fn builds_in_turn(&self) -> bool {
        let own = matches!(self.effect.kind, EffectKind::BuildsIndex { reason: BuildReason::Statement, .. });
        own && self.history.tool.name != Tool::NONE.name && self.step.is_some_and(|step| !step.in_transaction)
    }

    fn fill(&self, message: &super::Message) -> super::message::Filled {
        message.fill(|hole| match hole {
            // A command has a tool of its own.
            "tool" if self.effect.kind.field("tool").is_none() => self.history.tool.display.into(),
            "opt_out" => self.history.tool.opt_out.unwrap_or_default().into(),
            "opt_out_of_any" => self.history.tool.opt_out_of_any().unwrap_or_default().into(),
            "ungranted" if self.is_granted_by_tool() => String::new(),
            // Where it is known that there is no transaction, the index can be built behind what it waits for, in the same file.
            "awaits" if self.builds_in_turn() => String::new(),
            "file" => printable(self.history.sources.get(self.effect.cause.source).path()),
            // Outside a transaction, locks go with their statement. A runner that nobody knows may have opened one.
            "until" if self.step.is_some_and(|step| !step.in_transaction) => match self.history.tool.name {
                name if name == Tool::NONE.name => "its transaction ends".into(),
                _ => "the statement ends".into(),
            },
            "until" => "COMMIT".into(),
            _ if hole.starts_with(SQL) => {
                let (field, suffix) = sql_hole(hole);
                let value = self.field(field).map(|value| value.to_string());
                let written = value.and_then(|value| match suffix {
                    Some(suffix) => identifier::with_suffix(&value, suffix),
                    None => identifier::written(field, &value),
                });
                written.unwrap_or_default()
            }
            _ if hole.starts_with(BARE) => {
                let value =
                    self.field(hole.trim_start_matches(BARE)).map(|value| value.to_string()).unwrap_or_default();
                let name = value.split_once('.').map_or(value.as_str(), |(_, name)| name);
                identifier::quoted(name).unwrap_or_default()
            }
            _ => match (self.field(hole), hole) {
                (Some(value), _) => printable(&value.to_string()),
                (None, "lock") => self.lock().map_or_else(String::new, |lock| lock.display().into()),
                (None, _) => String::new(),
            },
        })
    }
}

/// The longest sentence of our own that is not cut, in characters; it may hold a file's name.
const SENTENCE: usize = 300;

/// What files call their objects may be anything; a sentence stays one line of bearable length.
fn printable(text: &str) -> String {
    printable_to(text, 100)
}

fn printable_to(text: &str, longest: usize) -> String {
    let letter = |letter: char| if letter.is_control() { '\u{fffd}' } else { letter };
    let mut printable: String = text.chars().take(longest).map(letter).collect();
    if text.chars().nth(longest).is_some() {
        printable.push('…');
    }
    printable
}

fn noticed(migration: &Migration, problem: &Problem) -> Noticed {
    let text = |text: &str| Value::Text(text.into());
    let (kind, fields) = match &problem.kind {
        ProblemKind::NotUtf8 { count } => ("not-utf8", vec![("count", Value::Count(*count as u64))]),
        ProblemKind::Syntax { message, help } => {
            ("syntax", vec![("problem", text(message)), ("advice", text(help.as_deref().unwrap_or_default()))])
        }
        ProblemKind::NotUnderstood { verb, certain } => {
            (if *certain { "no-such-form" } else { "not-understood" }, vec![("verb", text(verb))])
        }
        ProblemKind::Misplaced(Misplaced { wrong, other, upset }) => {
            let word = |word, display| Value::Word { word, display, rank: 0 };
            let naming = if other.is_empty() { "a name that the tool runs" } else { "" };
            let fields = vec![
                ("wrong", word(wrong.name(), wrong.name())),
                ("other", text(other)),
                ("naming", text(naming)),
                ("upset", word(upset.name(), upset.display())),
            ];
            ("misplaced", fields)
        }
        ProblemKind::Clash(Clash { act, others_act, end, object, name, other, theirs, .. }) => {
            let word = |word, display| Value::Word { word, display, rank: 0 };
            let fields = vec![
                ("act", word(act.name(), act.name())),
                ("others_act", word(others_act.name(), others_act.name())),
                ("end", word(end.name(), end.display())),
                ("object", text(object)),
                ("name", text(name)),
                ("other", text(history::name(other))),
                ("path", text(other)),
                ("branch", text(&theirs.branch)),
                ("commit", text(&theirs.commit)),
            ];
            ("clash", fields)
        }
        ProblemKind::Unreadable { reason } => ("unreadable", vec![("reason", text(reason))]),
        ProblemKind::Tool(remark) | ProblemKind::BroughtAbout(remark) => (
            match remark.kind {
                RemarkKind::Refused => "refused-by-tool",
                RemarkKind::NotRun => "not-run",
                RemarkKind::Misspelt | RemarkKind::Misplaced | RemarkKind::OtherTool => "ignored-line",
                RemarkKind::Needless => "needless-opt-out",
                RemarkKind::NeedsVersion => "needs-version",
            },
            vec![("problem", text(&remark.problem)), ("advice", text(&remark.advice))],
        ),
    };
    let at = Location { source: migration.source, span: problem.span };
    Noticed { kind, fields, at, statement: problem.statement }
}

fn accepts_problem(entry: &Entry, tool: &Tool, noticed: &Noticed) -> bool {
    let tool = Value::Text(tool.name.into());
    let field = |name: &str| match name {
        "tool" => Some(&tool),
        _ => noticed.fields.iter().find(|(field, _)| *field == name).map(|(_, value)| value),
    };
    entry.rule().when.tests.iter().all(|test| test.passes(field(&test.field)))
}

fn about_problem(entry: &Entry, history: History<'_>, noticed: &Noticed) -> Diagnostic {
    let rule = entry.rule();
    let fill = |message: &super::Message| {
        message.fill(|hole| match hole {
            "tool" => history.tool.display.into(),
            "opt_out" => history.tool.opt_out.unwrap_or_default().into(),
            "opt_out_of_any" => history.tool.opt_out_of_any().unwrap_or_default().into(),
            "file" => printable(history.sources.get(noticed.at.source).path()),
            _ => noticed
                .fields
                .iter()
                .find(|(name, _)| *name == hole)
                .map_or_else(String::new, |(_, value)| printable_to(&value.to_string(), SENTENCE)),
        })
    };
    let source = history.sources.get(noticed.at.source);
    let end = source.text().len() as u32;
    let span = Span::new(noticed.at.span.start.min(end), noticed.at.span.end.min(end));
    Diagnostic {
        rule: entry.name().into(),
        category: rule.category.name().into(),
        severity: entry.severity(),
        message: fill(&rule.message).text,
        at: Location { span, ..noticed.at },
        statement: noticed.statement,
        labels: vec![Label { message: fill(&rule.label).text, at: Location { span, ..noticed.at } }],
        help: rule.help.iter().map(fill).filter(|line| !line.empty).map(|line| line.text).collect(),
        notes: Vec::new(),
        fix: None,
        also: Vec::new(),
        allow: None,
        fingerprint: String::new(),
    }
}

#[cfg(test)]
mod tests;
