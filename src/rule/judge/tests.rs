//! Effects made by hand, rules written here.

use super::*;
use crate::effect::{Blocks, BuildReason, FailReason, Owner, RelationKind, Subject as Relation, Timeout};
use crate::migration::{Role, Turn};
use crate::source::Source;
use crate::statement::{Command, Statement, Verb};
use std::sync::Arc;

/// One file with statements at every five bytes, and rules.
struct Trial {
    rules: RuleSet,
    sources: Sources,
    migration: Migration,
    replay: Replay,
}

fn document(name: &str, severity: &str, keys: &str, when: &str) -> (String, String) {
    let text = format!(
        "# {name}\n\nA summary.\n\n```toml\nseverity = \"{severity}\"\nmessage = \"{name} on `{{relation}}` takes {{lock}}\"\n\
         label = \"{name} here\"\nhelp = [\"do this\", \"{{opt_out}}\"]\n{keys}\n[when]\n{when}\n```\n\n## Why\n\nx\n\n\
         ## Bad\n\n```sql bad\nx\n```\n\n## Good\n\n```sql good\nx\n```\n\n## When to allow it\n\nx\n"
    );
    (format!("locking/{name}.md"), text)
}

impl Trial {
    fn new(documents: &[(String, String)]) -> Self {
        let mut sources = Sources::default();
        let source = sources.add(Arc::new(Source::new("a.sql", "aaaa bbbb cccc dddd ")));
        let ids: Vec<_> = documents
            .iter()
            .map(|(path, text)| sources.add(Arc::new(Source::new(path.clone(), text.clone()))))
            .collect();
        let (rules, mistakes) = RuleSet::default().with_documents(&ids, &sources);
        assert_eq!(mistakes, []);
        let statement = |at: u32| Statement {
            span: Span::new(at, at + 4),
            command: Command::Nothing(Verb { name: "SHOW".into() }),
            guard: None,
        };
        let migration = Migration {
            source,
            role: Role::Migration,
            sections: Vec::new(),
            statements: vec![statement(0), statement(5), statement(10), statement(15)],
            comments: Vec::new(),
            problems: Vec::new(),
            judged: true,
            pending: false,
            turn: Turn::default(),
            includes: Vec::new(),
        };
        Self { rules, sources, migration, replay: Replay::default() }
    }

    fn step(mut self, statement: usize, effects: Vec<Effect>) -> Self {
        self.replay.steps.push(Step {
            source: SourceId(0),
            statement,
            at: cause(statement),
            in_transaction: true,
            direction: Direction::Up,
            role: Role::Migration,
            undone: false,
            judged: true,
            effects,
        });
        self
    }

    fn judge_with(&self, silenced: &mut Silencer<'_>) -> Judgement {
        let history = History {
            surroundings: &[],
            migrations: std::slice::from_ref(&self.migration),
            replay: &self.replay,
            tool: &Tool::NONE,
            assumption: None,
            served: None,
            known: &Known::default(),
            sources: &self.sources,
        };
        judge(&self.rules, history, silenced)
    }

    fn judge(&self) -> Vec<Diagnostic> {
        self.judge_with(&mut |_, _, _| false).diagnostics
    }
}

fn cause(statement: usize) -> Location {
    let start = statement as u32 * 5;
    Location { source: SourceId(0), span: Span::new(start, start + 4) }
}

fn effect(statement: usize, relation: &str, kind: EffectKind) -> Effect {
    let cause = cause(statement);
    let subject = Relation::named(relation, RelationKind::Table);
    let focus = Span::new(cause.span.start, cause.span.start + 1);
    Effect { focus, ..Effect::new(kind, Some(subject), cause) }
}

fn lock(statement: usize, relation: &str, lock: LockMode) -> Effect {
    let kind = EffectKind::TakesLock {
        lock,
        blocks: lock.blocks(),
        timeout: Timeout::Unset,
        limited: false,
        explicit: false,
        held: false,
    };
    effect(statement, relation, kind)
}

fn build(statement: usize, index: &str) -> Effect {
    let kind = EffectKind::BuildsIndex {
        index: index.into(),
        unique: false,
        concurrently: false,
        columns: "a".into(),
        keys: 1,
        computed: false,
        reason: BuildReason::Statement,
        awaits: "".into(),
        built_on: "".into(),
        built_over: "".into(),
        nullable: "".into(),
        beforehand: "".into(),
        clause: "".into(),
        unnamed: false,
        replaces: false,
        others: 0,
        blocks: Blocks::Writes,
    };
    let mut effect = effect(statement, "t", kind);
    effect.focus = Span::new(effect.cause.span.start, effect.cause.span.start + index.len() as u32);
    effect
}

fn fails(statement: usize) -> Effect {
    let kind = EffectKind::Fails {
        reason: FailReason::Missing,
        sqlstate: "42P01".into(),
        object: "t".into(),
        owner: Owner::File,
    };
    effect(statement, "t", kind)
}

fn names(diagnostics: &[Diagnostic]) -> Vec<(&str, usize)> {
    diagnostics.iter().map(|it| (it.rule.as_str(), it.statement.unwrap())).collect()
}

const BUILDS: &str = "effect = \"builds-index\"\nconcurrently = false\nblocks = \">= writes\"\nnew = false";
const LOCKS: &str = "effect = \"takes-lock\"\nblocks = \">= writes\"";

#[test]
fn one_cause_is_one_finding_and_the_most_severe_rule_speaks() {
    let trial = Trial::new(&[document("a-lock", "warning", "", LOCKS), document("b-build", "error", "", BUILDS)])
        .step(0, vec![lock(0, "t", LockMode::Share), build(0, "i")]);
    let [finding] = &trial.judge()[..] else { panic!() };
    assert_eq!(finding.message, "b-build on `t` takes SHARE");
    assert_eq!(finding.help, ["do this"], "no tool, so the line of the opt-out is dropped");
    let labels: Vec<_> = finding.labels.iter().map(|label| label.message.as_str()).collect();
    assert_eq!(labels, ["b-build here", "a-lock here"]);
}

#[test]
fn the_lock_of_a_finding_is_the_strongest_that_is_held_by_then() {
    let build_rule = [document("b-build", "error", "", "effect = \"builds-index\"")];
    let message = |held| {
        let mut build = build(0, "i");
        build.subject = build.subject.map(|subject| Relation { held, ..subject });
        let trial = Trial::new(&build_rule).step(0, vec![lock(0, "t", LockMode::Share), build]);
        trial.judge().into_iter().map(|finding| finding.message).collect::<String>()
    };
    assert_eq!(message(None), "b-build on `t` takes SHARE");
    assert_eq!(message(Some(LockMode::RowExclusive)), "b-build on `t` takes SHARE");
    assert_eq!(message(Some(LockMode::AccessExclusive)), "b-build on `t` takes ACCESS EXCLUSIVE");
}

#[test]
fn of_equal_severity_the_kind_of_effect_decides_then_the_name() {
    let trial = Trial::new(&[
        document("a-lock", "error", "", LOCKS),
        document("c-build", "error", "", BUILDS),
        document("b-build", "error", "", BUILDS),
    ])
    .step(0, vec![lock(0, "t", LockMode::Share), build(0, "i"), build(0, "ii")]);
    let [finding] = &trial.judge()[..] else { panic!() };
    assert_eq!(finding.rule, "b-build");
    let labels: Vec<_> = finding.labels.iter().map(|label| label.message.as_str()).collect();
    assert_eq!(labels, ["b-build here", "b-build here", "c-build here", "a-lock here"]);
}

#[test]
fn a_folded_rule_is_not_even_a_label() {
    let folding = document("b-build", "note", "folds = [\"a-lock\"]", BUILDS);
    let trial = Trial::new(&[document("a-lock", "error", "", LOCKS), folding])
        .step(0, vec![lock(0, "t", LockMode::Share), build(0, "i")])
        .step(1, vec![lock(1, "t", LockMode::Share)]);
    let findings = trial.judge();
    assert_eq!(names(&findings), [("b-build", 0), ("a-lock", 1)]);
    assert_eq!(findings[0].labels.len(), 1);
}

#[test]
fn two_rules_that_fold_each_other_leave_one() {
    let trial = Trial::new(&[
        document("a-lock", "error", "folds = [\"b-build\"]", LOCKS),
        document("b-build", "note", "folds = [\"a-lock\"]", BUILDS),
    ])
    .step(0, vec![lock(0, "t", LockMode::Share), build(0, "i")]);
    assert_eq!(names(&trial.judge()), [("a-lock", 0)]);
}

#[test]
fn effects_of_one_rule_with_one_cause_are_one_finding() {
    let trial = Trial::new(&[document("b-build", "error", "", BUILDS)])
        .step(0, vec![build(0, "i"), build(0, "ii"), build(0, "i")]);
    let [finding] = &trial.judge()[..] else { panic!() };
    assert_eq!(finding.labels.len(), 2, "one for each place");
}

#[test]
fn once_is_the_first_of_the_file() {
    let trial = Trial::new(&[document("a-lock", "error", "once = \"file\"", LOCKS)])
        .step(1, vec![lock(1, "t", LockMode::Share), lock(1, "u", LockMode::Share)])
        .step(2, vec![lock(2, "t", LockMode::Share)]);
    assert_eq!(names(&trial.judge()), [("a-lock", 1)]);
}

#[test]
fn gathered_findings_are_one_but_for_those_that_have_more_to_say() {
    let builds = document("b-build", "warning", "once = \"gathered\"", BUILDS);
    let mut trial = Trial::new(&[document("a-lock", "note", "", LOCKS), builds.clone()]);
    trial = trial.step(0, vec![build(0, "i")]).step(1, vec![lock(1, "t", LockMode::Share), build(1, "j")]);
    let [finding] = &trial.judge()[..] else { panic!() };
    assert_eq!(finding.labels.last().map(|label| label.at.span.start), Some(5));
    let trial = Trial::new(&[document("a-lock", "warning", "", LOCKS), builds])
        .step(0, vec![build(0, "i")])
        .step(1, vec![lock(1, "t", LockMode::Share), build(1, "j")]);
    let findings = trial.judge();
    let mut spoken = names(&findings).into_iter().map(|(_, statement)| statement).collect::<Vec<_>>();
    spoken.sort_unstable();
    assert_eq!(spoken, [0, 1]);
}

#[test]
fn what_was_folded_has_not_spoken() {
    let folding = document("b-build", "note", "folds = [\"a-lock\"]", BUILDS);
    let trial = Trial::new(&[document("a-lock", "error", "once = \"file\"", LOCKS), folding])
        .step(0, vec![lock(0, "t", LockMode::Share), build(0, "i")])
        .step(1, vec![lock(1, "t", LockMode::Share)])
        .step(2, vec![lock(2, "t", LockMode::Share)]);
    assert_eq!(names(&trial.judge()), [("b-build", 0), ("a-lock", 1)]);
}

#[test]
fn what_is_silenced_gives_way_to_the_next() {
    let trial = Trial::new(&[
        document("a-lock", "warning", "once = \"file\"", LOCKS),
        document("b-build", "error", "", BUILDS),
    ])
    .step(0, vec![lock(0, "t", LockMode::Share), build(0, "i")])
    .step(1, vec![lock(1, "t", LockMode::Share)]);
    let judgement = trial.judge_with(&mut |rule, _, statement| rule == "b-build" && statement == Some(0));
    assert_eq!((names(&judgement.diagnostics), judgement.suppressed), (vec![("a-lock", 0)], 1));
    let judgement = trial.judge_with(&mut |_, _, statement| statement == Some(0));
    assert_eq!((names(&judgement.diagnostics), judgement.suppressed), (vec![("a-lock", 1)], 2));
}

#[test]
fn a_rollback_takes_back_everything_but_the_refusal() {
    let failing = document("c-fails", "error", "", "effect = \"fails\"");
    let mut trial = Trial::new(&[document("a-lock", "error", "", LOCKS), failing])
        .step(0, vec![lock(0, "t", LockMode::Share)])
        .step(1, vec![fails(1), lock(1, "t", LockMode::Share)]);
    assert_eq!(names(&trial.judge()), [("a-lock", 0), ("c-fails", 1)]);
    trial.replay.steps.iter_mut().for_each(|step| step.undone = true);
    let findings = trial.judge();
    assert_eq!(names(&findings), [("c-fails", 1)]);
    assert_eq!(findings[0].labels.len(), 1);
}

#[test]
fn context_is_not_judged() {
    let mut trial = Trial::new(&[document("a-lock", "error", "", LOCKS)]).step(0, vec![lock(0, "t", LockMode::Share)]);
    trial.replay.at_end.push(lock(1, "t", LockMode::Share));
    assert_eq!(names(&trial.judge()), [("a-lock", 0), ("a-lock", 1)]);
    trial.replay.steps[0].judged = false;
    trial.migration.judged = false;
    assert_eq!(trial.judge(), []);
}

#[test]
fn what_is_missing_at_the_end_has_a_finding_for_each_rule() {
    let mut trial = Trial::new(&[document("a-lock", "error", "", LOCKS), document("b-build", "note", "", BUILDS)]);
    trial.replay.at_end = vec![lock(1, "t", LockMode::Share), build(1, "i")];
    assert_eq!(names(&trial.judge()), [("a-lock", 1), ("b-build", 1)]);
}

#[test]
fn an_effect_on_no_relation_meets_no_test_on_relations() {
    let mut trial = Trial::new(&[document("b-build", "error", "", BUILDS)]).step(0, vec![build(0, "i")]);
    assert_eq!(trial.judge().len(), 1);
    trial.replay.steps[0].effects[0].subject = None;
    assert_eq!(trial.judge(), []);
}

#[test]
fn assumptions_become_notes_and_hostile_names_stay_on_one_line() {
    let mut trial = Trial::new(&[document("b-build", "error", "", BUILDS)]).step(0, vec![build(0, "i")]);
    let effect = &mut trial.replay.steps[0].effects[0];
    effect.confidence = Confidence::Assumed;
    effect.assumptions.push("the size is not known".into());
    effect.subject.as_mut().unwrap().relation = format!("a\n\x1b[31m{}", "x".repeat(500)).into();
    let [finding] = &trial.judge()[..] else { panic!() };
    assert_eq!(finding.notes, ["the size is not known"]);
    assert!(!finding.message.contains(char::is_control) && finding.message.chars().count() < 150);
}

#[test]
fn a_problem_speaks_through_its_document() {
    let (path, text) = document("syntax-error", "error", "", "problem = \"syntax\"");
    let text = text
        .replace("syntax-error on `{relation}` takes {lock}", "{problem}")
        .replace("[\"do this\", \"{opt_out}\"]", "[\"{advice}\"]");
    let mut trial = Trial::new(&[(path, text)]);
    let problem = |help: Option<&str>| Problem {
        span: Span::new(5, 9),
        statement: Some(1),
        kind: ProblemKind::Syntax { message: "`bbbb` begins no statement".into(), help: help.map(str::to_owned) },
    };
    trial.migration.problems = vec![problem(None), problem(Some("leave it out"))];
    let findings = trial.judge();
    assert_eq!(findings.len(), 1, "one place, one finding");
    assert_eq!((&*findings[0].message, findings[0].help.len()), ("`bbbb` begins no statement", 0));
    trial.migration.problems.remove(0);
    assert_eq!(trial.judge()[0].help, ["leave it out"]);
}

#[test]
fn a_rule_about_design_has_a_finding_of_its_own() {
    let (path, text) = document("b-design", "warning", "", BUILDS);
    let design = (path.replace("locking", "schema"), text);
    let trial = Trial::new(&[document("a-lock", "error", "", LOCKS), design.clone()])
        .step(0, vec![lock(0, "t", LockMode::Share), build(0, "i"), build(0, "ii")]);
    let findings = trial.judge();
    assert_eq!(names(&findings), [("a-lock", 0), ("b-design", 0)]);
    assert_eq!((findings[0].labels.len(), findings[1].labels.len()), (1, 2));
    let folding = document("a-lock", "error", "folds = [\"b-design\"]", LOCKS);
    let trial = Trial::new(&[folding, design]).step(0, vec![lock(0, "t", LockMode::Share), build(0, "i")]);
    assert_eq!(names(&trial.judge()), [("a-lock", 0)]);
}

#[test]
fn an_old_name_of_a_rule_is_still_known() {
    let trial = Trial::new(&[document("b-build", "error", "aliases = [\"older\"]", BUILDS)]);
    assert_eq!(trial.rules.get("older").map(|entry| entry.name()), Some("b-build"));
}
