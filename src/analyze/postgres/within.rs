//! What runs within a statement: the bodies of functions and procedures that it calls, its triggers, the actions of its rules.
//!
//! Manual, chapters 38 (Triggers) and 39 (The Rule System), and "Function Volatility Categories". Which locks they take is as certain as
//! that they run; whether they fail is theirs to handle, so nothing is said of it.

use super::analysis::Analysis;
use crate::catalog::{Attachment, Overload, Relation};
use crate::diagnostic::Label;
use crate::effect::{Bounded, Confidence, EffectKind, WriteVerb};
use crate::source::Span;
use crate::statement::{
    Command, Expr, ExprKind, FunctionCall, GuardKind, Name, ObjectKind, ObjectName, Query, Statement, Transaction,
};
use smol_str::{SmolStr, format_smolstr};

/// How deep one body runs within another before the rest is left out.
const MAX_DEPTH: u8 = 8;

/// Who runs a body.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Runner {
    /// The migration calls it: what it writes is what the migration writes.
    Call,
    /// A trigger or a rule, as for any other writer.
    Event,
}

/// Runs a body's statements where `focus` stands; each body once for a statement.
fn run(analysis: &mut Analysis<'_>, runner: Runner, key: SmolStr, statements: &[Statement], focus: Span) {
    if analysis.depth >= MAX_DEPTH || !analysis.ran.insert(key) {
        return;
    }
    for statement in statements {
        let mut inner = Analysis::new(analysis.context, statement);
        inner.depth = analysis.depth + 1;
        inner.ran = std::mem::take(&mut analysis.ran);
        super::dispatch(&mut inner, statement);
        analysis.ran = std::mem::take(&mut inner.ran);
        let sure = statement.guard.as_ref().is_none_or(|guard| matches!(guard.kind, GuardKind::Loop { .. }));
        let cause = analysis.at(analysis.cause);
        for mut effect in inner.effects {
            match effect.kind {
                EffectKind::TakesLock { lock, .. } => {
                    let relation = effect.subject.as_ref().and_then(|subject| subject.id);
                    if let Some(relation) = relation.and_then(|id| analysis.catalog().relation(id)) {
                        analysis.lock(relation, lock, focus);
                    }
                }
                EffectKind::ScansTable { .. }
                | EffectKind::RewritesTable { .. }
                | EffectKind::RebuildsIndex { .. }
                | EffectKind::BuildsIndex { .. }
                | EffectKind::LosesData { .. }
                | EffectKind::MakesWait { .. } => {
                    (effect.cause, effect.focus) = (cause, focus);
                    if !sure {
                        effect.confidence = Confidence::Assumed;
                    }
                    analysis.effects.push(effect);
                }
                EffectKind::WritesRows { .. } | EffectKind::ReferencesByLiteral { .. }
                    if runner == Runner::Call && is_telling(&effect.kind) =>
                {
                    (effect.cause, effect.focus) = (cause, focus);
                    if !sure {
                        effect.confidence = Confidence::Assumed;
                    }
                    analysis.effects.push(effect);
                }
                _ => {}
            }
        }
    }
}

/// Whether what a body writes is worth telling where it is called: a row here and there is what functions are for.
fn is_telling(kind: &EffectKind) -> bool {
    match kind {
        EffectKind::WritesRows { verb, bounded, backfill, .. } => {
            !matches!(verb, WriteVerb::Insert | WriteVerb::Copy) && (*backfill || *bounded == Bounded::WholeTable)
        }
        _ => true,
    }
}

/// The overload that a call means, where only one takes so many arguments.
fn overload<'a>(analysis: &Analysis<'a>, name: &ObjectName, arguments: usize) -> Option<&'a Overload> {
    let path = analysis.context.session.search_path();
    let function = analysis.catalog().function(name, &path)?;
    let mut exact = function.overloads.iter().filter(|overload| overload.arguments.len() == arguments);
    match (exact.next(), exact.next()) {
        (Some(only), None) => Some(only),
        (Some(_), Some(_)) => None,
        // Defaults, or VARIADIC.
        (None, _) => match function.overloads.as_slice() {
            [only] => Some(only),
            _ => None,
        },
    }
}

/// The procedure that a `CALL` means.
pub(super) fn procedure<'a>(analysis: &Analysis<'a>, name: &ObjectName, arguments: usize) -> Option<&'a Overload> {
    overload(analysis, name, arguments).filter(|overload| overload.procedure)
}

/// Runs the body of a procedure that a `CALL` means.
pub(super) fn run_procedure(analysis: &mut Analysis<'_>, name: &ObjectName, overload: &Overload) {
    run_body(analysis, Runner::Call, &name.name.name, overload, name.span());
}

/// Whether a body ends the transaction for certain: with `COMMIT` or `ROLLBACK` outside any condition.
pub(super) fn ends_transaction(statements: &[Statement]) -> bool {
    statements.iter().any(|statement| {
        let ends = matches!(
            statement.command,
            Command::Transaction(Transaction::Commit { .. } | Transaction::Rollback { .. })
        );
        ends && statement.guard.is_none()
    })
}

fn run_body(analysis: &mut Analysis<'_>, runner: Runner, name: &Name, overload: &Overload, focus: Span) {
    if let Some(body) = &overload.body {
        let key = format_smolstr!("f {name} {}", overload.arguments.join(","));
        let before = analysis.effects.len();
        run(analysis, runner, key, &body.statements, focus);
        if runner == Runner::Event {
            for effect in
                analysis.effects.iter_mut().skip(before).filter(|it| !matches!(it.kind, EffectKind::TakesLock { .. }))
            {
                let label = Label {
                    message: format!("the trigger function `{name}`, which does it, is made here"),
                    at: overload.defined,
                };
                effect.because.insert(0, label);
            }
        }
    }
}

/// Runs the functions that a statement calls.
pub(super) fn calls<'c>(analysis: &mut Analysis<'_>, calls: impl IntoIterator<Item = &'c FunctionCall>) {
    if !analysis.executes {
        return;
    }
    for call in calls {
        let overload = overload(analysis, &call.name, call.arguments.len());
        if let Some(overload) = overload.filter(|overload| !overload.procedure) {
            run_body(analysis, Runner::Call, &call.name.name.name, overload, call.name.span());
        }
    }
}

/// Runs the functions that an expression calls, as a column's default does.
pub(super) fn calls_in(analysis: &mut Analysis<'_>, expr: &Expr) {
    let mut found = Vec::new();
    expr.walk(&mut |part| {
        if let ExprKind::Call(call) = &part.kind {
            found.push(call.as_ref());
        }
    });
    calls(analysis, found);
}

/// Whether a query has rows for its functions to be called with, as far as is known.
pub(super) fn may_have_rows(analysis: &Analysis<'_>, query: &Query) -> bool {
    query.reads.iter().all(|read| {
        let relation = analysis.resolve(&read.name);
        relation.is_none_or(|relation| super::analysis::rows_of(relation) != crate::effect::Rows::None)
    })
}

/// Whether triggers and rules are off: `session_replication_role = replica`.
pub(super) fn is_replica(analysis: &Analysis<'_>) -> bool {
    let role = analysis.context.session.setting("session_replication_role");
    role.is_some_and(|role| role.eq_ignore_ascii_case("replica"))
}

fn attached<'a>(
    analysis: &Analysis<'a>,
    relation: &'a Relation,
    kind: ObjectKind,
    event: &str,
) -> impl Iterator<Item = &'a Attachment> + use<'a> {
    let event = SmolStr::new(event);
    let off = is_replica(analysis);
    let attachments = relation.attachments().iter();
    attachments.filter(move |it| it.kind == kind && !off && !it.runs.disabled && it.runs.events.contains(&event))
}

/// Runs the triggers of an event on a table or view. `assigned`: the columns of an UPDATE. `rows`: those for each row as well.
pub(super) fn triggers(
    analysis: &mut Analysis<'_>,
    relation: &Relation,
    event: &str,
    assigned: Option<&[&Name]>,
    rows: bool,
    focus: Span,
) {
    if !analysis.executes {
        return;
    }
    let Some(relation) = analysis.catalog().relation(relation.id) else {
        return;
    };
    let triggers: Vec<&Attachment> = attached(analysis, relation, ObjectKind::Trigger, event).collect();
    for trigger in triggers {
        let unassigned = trigger.runs.update_of
            && assigned.is_some_and(|assigned| !trigger.columns.iter().any(|column| assigned.contains(&column)));
        if unassigned || trigger.runs.deferred || (trigger.for_each_row && !rows) {
            continue;
        }
        if let Some((name, overload)) = trigger.function.as_ref().and_then(|name| trigger_function(analysis, name)) {
            run_body(analysis, Runner::Event, name, overload, focus);
        }
    }
}

/// A trigger's function, in whatever schema it is.
fn trigger_function<'a>(analysis: &Analysis<'a>, name: &'a Name) -> Option<(&'a Name, &'a Overload)> {
    let overloads = analysis.catalog().functions_named(name).flat_map(|function| &function.overloads);
    overloads.into_iter().find(|overload| overload.arguments.is_empty()).map(|overload| (name, overload))
}

/// Whether a trigger or an unconditional rule takes the place of what is asked of a table or view.
pub(super) fn is_replaced(analysis: &Analysis<'_>, relation: &Relation, event: &str) -> bool {
    let Some(relation) = analysis.catalog().relation(relation.id) else {
        return false;
    };
    [ObjectKind::Trigger, ObjectKind::Rule]
        .into_iter()
        .any(|kind| attached(analysis, relation, kind, event).any(|it| it.runs.instead))
}

/// Does what the rules of a table or view do for an event. The rewriter expands them even where nothing runs.
pub(super) fn rules(analysis: &mut Analysis<'_>, relation: &Relation, event: &str, focus: Span) {
    let Some(relation) = analysis.catalog().relation(relation.id) else {
        return;
    };
    let rules: Vec<&Attachment> = attached(analysis, relation, ObjectKind::Rule, event).collect();
    for rule in rules {
        run(analysis, Runner::Event, format_smolstr!("r {} {}", relation.id.0, rule.name), &rule.runs.actions, focus);
    }
}

#[cfg(test)]
mod tests {
    use crate::analyze::postgres::testing::effects;

    const TABLES: &str = "CREATE TABLE log (id int, what text); CREATE TABLE t (id int PRIMARY KEY, v int);
        INSERT INTO log SELECT 1 FROM pg_class; INSERT INTO t SELECT 1 FROM pg_class;
        CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN INSERT INTO log VALUES (NEW.id, 'x'); RETURN NEW; END $$;
        CREATE TRIGGER noted AFTER INSERT OR UPDATE OF v ON t FOR EACH ROW EXECUTE FUNCTION note();
        CREATE FUNCTION clear() RETURNS void LANGUAGE sql AS 'DELETE FROM log';
        CREATE PROCEDURE clean() LANGUAGE plpgsql AS 'BEGIN DELETE FROM log; COMMIT; END';
        CREATE TABLE r (id int);
        CREATE RULE moved AS ON INSERT TO r DO INSTEAD INSERT INTO log VALUES (NEW.id, 'r');
        CREATE RULE copied AS ON DELETE TO r DO ALSO DELETE FROM log;
        CREATE VIEW w AS SELECT id FROM t;
        CREATE FUNCTION into_log() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN INSERT INTO log VALUES (NEW.id, 'w'); RETURN NEW; END $$;
        CREATE TRIGGER instead INSTEAD OF INSERT ON w FOR EACH ROW EXECUTE FUNCTION into_log();";

    fn locked(sql: &str) -> Vec<String> {
        let lines = effects(15, TABLES, sql, "takes-lock");
        lines.iter().map(|line| line.split(' ').skip(1).take(2).collect::<Vec<_>>().join(" ")).collect()
    }

    const LOG: &str = "log lock=row-exclusive";

    #[test]
    fn triggers_run_for_their_events() {
        assert!(locked("INSERT INTO t VALUES (1, 1)").contains(&LOG.to_owned()));
        assert!(locked("UPDATE t SET v = 1").contains(&LOG.to_owned()));
        // `UPDATE OF v` is for another column.
        assert!(!locked("UPDATE t SET id = 1").contains(&LOG.to_owned()));
        assert!(!locked("DELETE FROM t").contains(&LOG.to_owned()));
        assert!(!locked("ALTER TABLE t DISABLE TRIGGER noted; INSERT INTO t VALUES (1, 1)").contains(&LOG.to_owned()));
        assert!(
            !locked("SET session_replication_role = replica; INSERT INTO t VALUES (1, 1)").contains(&LOG.to_owned())
        );
    }

    #[test]
    fn rules_and_instead_triggers_take_the_place_of_the_statement() {
        assert_eq!(locked("INSERT INTO r VALUES (1)"), [LOG, "r lock=row-exclusive"]);
        assert_eq!(effects(15, TABLES, "INSERT INTO r VALUES (1)", "writes-rows"), [""; 0]);
        assert_eq!(effects(15, TABLES, "DELETE FROM r", "writes-rows").len(), 1, "DO ALSO");
        assert_eq!(locked("INSERT INTO w VALUES (1)"), [LOG, "w lock=row-exclusive"]);
    }

    #[test]
    fn functions_and_procedures_run_where_they_are_called() {
        assert_eq!(locked("SELECT clear()"), [LOG]);
        assert_eq!(locked("CALL clean()"), [LOG]);
        assert_eq!(locked("EXPLAIN SELECT clear()"), [""; 0]);
        assert_eq!(
            effects(15, TABLES, "BEGIN; CALL clean(); COMMIT", "fails"),
            ["fails reason=in-transaction sqlstate=2D000 object=clean owner=file"]
        );
    }

    #[test]
    fn bodies_that_run_each_other_end() {
        let tables = "CREATE TABLE a (id int); CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS
                'BEGIN INSERT INTO a VALUES (1); RETURN NEW; END';
            CREATE TRIGGER again AFTER INSERT ON a FOR EACH ROW EXECUTE FUNCTION f();";
        assert_eq!(effects(15, tables, "INSERT INTO a VALUES (1)", "takes-lock").len(), 1);
    }
}
