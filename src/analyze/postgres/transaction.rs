//! Transaction control and settings, and what may not run inside a block or only there.
//!
//! The callers of `PreventInTransactionBlock` and `RequireTransactionBlock`; manual, the notes of each command.

use super::analysis::Analysis;
use crate::effect::{EffectKind, FailReason, Owner};
use crate::source::Span;
use crate::statement::{Set, SetScope, SetValue, Statement, Transaction};
use smol_str::SmolStr;

/// SQLSTATE of a statement that may not run in a transaction block.
const ACTIVE_SQL_TRANSACTION: &str = "25001";
/// SQLSTATE of a `COMMIT` in a `DO` block or procedure that was called inside a transaction block.
const INVALID_TRANSACTION_TERMINATION: &str = "2D000";
/// SQLSTATE of a statement that needs a transaction block.
const NO_ACTIVE_SQL_TRANSACTION: &str = "25P01";

/// Refuses a statement inside a transaction block, or inside a function or `DO` block. Returns whether it was refused.
pub(super) fn prevent_in_block(analysis: &mut Analysis<'_>, focus: Span, what: &str) -> bool {
    let session = analysis.context.session;
    let refused = session.transaction.is_some() || session.in_body;
    if refused {
        let begun = session.transaction.as_ref().and_then(|transaction| transaction.begun);
        let effect = analysis.fail(focus, FailReason::InTransaction, ACTIVE_SQL_TRANSACTION, what);
        effect.because.extend(
            begun.map(|at| crate::diagnostic::Label { message: "the transaction block begins here".to_owned(), at }),
        );
    }
    refused
}

/// Refuses a statement outside a transaction block. Returns whether it was refused.
pub(super) fn require_block(analysis: &mut Analysis<'_>, focus: Span, what: &str) -> bool {
    let session = analysis.context.session;
    let refused = session.transaction.is_none() && !session.in_body;
    if refused {
        analysis.fail(focus, FailReason::OutsideTransaction, NO_ACTIVE_SQL_TRANSACTION, what);
    }
    refused
}

/// `BEGIN`, `COMMIT` and their family.
pub(super) fn control(analysis: &mut Analysis<'_>, statement: &Statement, control: &Transaction) {
    let open = analysis.context.session.transaction.as_ref();
    let implicit = analysis.context.session.is_implicit();
    let owner = open.filter(|_| !implicit).map_or(Owner::File, |transaction| transaction.owner);
    let savepoint =
        |name: &str| open.is_some_and(|open| open.savepoints.iter().any(|savepoint| savepoint.name == name));
    let focus = statement.span;
    match control {
        Transaction::Begin => {
            let nested = open.is_some() && !implicit;
            let begun = open.and_then(|transaction| transaction.begun);
            let effect = analysis.add(focus, EffectKind::OpensTransaction { nested, owner });
            effect.because.extend(begun.map(|at| crate::diagnostic::Label {
                message: "the transaction that is open already begins here".to_owned(),
                at,
            }));
        }
        // Inside a DO block they end transactions of its own, or are refused.
        Transaction::Commit { .. } | Transaction::Rollback { .. } if analysis.context.session.in_body => {
            if let Some(open) = open {
                let begun = open.begun;
                let effect = analysis.fail(focus, FailReason::InTransaction, INVALID_TRANSACTION_TERMINATION, "COMMIT");
                effect.because.extend(begun.map(|at| crate::diagnostic::Label {
                    message: "the transaction block begins here".to_owned(),
                    at,
                }));
            }
        }
        Transaction::Commit { .. } | Transaction::Prepare | Transaction::Rollback { .. } => {
            let stray = open.is_none() || implicit;
            let after_begin = open.is_some_and(|open| open.asked_again.is_some());
            let rollback = matches!(control, Transaction::Rollback { .. });
            analysis.add(focus, EffectKind::EndsTransaction { rollback, stray, owner, after_begin });
        }
        Transaction::Savepoint(name) => {
            require_block(analysis, focus, &name.name);
        }
        Transaction::Release(name) | Transaction::RollbackTo(name) => {
            let known = savepoint(&name.name);
            if !require_block(analysis, focus, &name.name) && !known {
                analysis.fail(name.span, FailReason::Missing, "3B001", name.name.clone());
            }
        }
        Transaction::CommitPrepared => {
            prevent_in_block(analysis, focus, "COMMIT PREPARED");
        }
        Transaction::RollbackPrepared => {
            prevent_in_block(analysis, focus, "ROLLBACK PREPARED");
        }
        Transaction::Characteristics => {}
    }
}

/// `SET`, `RESET`, `DISCARD`.
pub(super) fn set(analysis: &mut Analysis<'_>, statement: &Statement, set: &Set) {
    if set.scope == SetScope::Discard && set.name.name == "all" {
        prevent_in_block(analysis, statement.span, "DISCARD ALL");
    }
    let value = value_of(set);
    let local = set.scope == SetScope::Local;
    let ineffective = local && analysis.context.session.transaction.is_none() && !analysis.context.session.in_body;
    let setting = set.name.name.clone();
    analysis.add(statement.span, EffectKind::ChangesSetting { setting, value, local, ineffective, server_wide: false });
}

/// `ALTER SYSTEM`.
pub(super) fn alter_system(analysis: &mut Analysis<'_>, statement: &Statement, set: &Set) {
    if prevent_in_block(analysis, statement.span, "ALTER SYSTEM") {
        return;
    }
    let (setting, value) = (set.name.name.clone(), value_of(set));
    let kind = EffectKind::ChangesSetting { setting, value, local: false, ineffective: false, server_wide: true };
    analysis.add(statement.span, kind);
}

fn value_of(set: &Set) -> SmolStr {
    match &set.value {
        SetValue::To(values) => SmolStr::from(values.join(", ")),
        SetValue::Default => SmolStr::new_static("default"),
        SetValue::Unknown => SmolStr::default(),
    }
}

#[cfg(test)]
mod tests {
    use crate::analyze::postgres::testing::effects;

    #[test]
    fn transactions_that_are_not_there() {
        let of = |sql: &str| effects(15, "", sql, "opens-transaction ends-transaction leaves-open fails");
        assert_eq!(of("COMMIT"), ["ends-transaction stray owner=file"]);
        assert_eq!(of("ROLLBACK"), ["ends-transaction rollback stray owner=file"]);
        assert_eq!(
            of("BEGIN; BEGIN; COMMIT;"),
            [
                "opens-transaction owner=file",
                "opens-transaction nested owner=file",
                "ends-transaction owner=file after_begin"
            ]
        );
        assert_eq!(of("BEGIN; SELECT 1"), ["opens-transaction owner=file", "leaves-open"]);
        assert_eq!(of("SAVEPOINT s"), ["fails reason=outside-transaction sqlstate=25P01 object=s owner=file"]);
    }

    #[test]
    fn only_outside_a_block() {
        let refused = |sql: &str| {
            let file = format!("BEGIN; {sql}; COMMIT;");
            let fails = effects(15, "CREATE TABLE t (id int);", &file, "fails");
            assert_eq!(effects(15, "CREATE TABLE t (id int);", sql, "fails"), [""; 0], "{sql}");
            fails.iter().any(|line| line.contains("sqlstate=25001"))
        };
        for sql in ["VACUUM t", "CLUSTER", "DISCARD ALL", "ALTER SYSTEM SET work_mem = '1MB'", "CREATE DATABASE d"] {
            assert!(refused(sql), "{sql}");
        }
        for sql in ["ANALYZE t", "TRUNCATE t", "REINDEX TABLE t", "DISCARD PLANS", "CHECKPOINT"] {
            assert!(!refused(sql), "{sql}");
        }
    }

    #[test]
    fn a_do_block_is_a_function() {
        let sql = "DO $$ BEGIN CREATE INDEX CONCURRENTLY i ON t (id); END $$";
        assert_eq!(
            effects(15, "CREATE TABLE t (id int);", sql, "fails"),
            ["fails reason=in-transaction sqlstate=25001 object=CREATE INDEX CONCURRENTLY owner=file"]
        );
    }

    #[test]
    fn set_local_needs_a_transaction() {
        assert_eq!(
            effects(15, "", "SET LOCAL lock_timeout = '5s'", ""),
            ["changes-setting setting=lock_timeout value=5s local ineffective"]
        );
        assert_eq!(
            effects(15, "", "BEGIN; SET LOCAL lock_timeout = '5s'; COMMIT", "changes-setting"),
            ["changes-setting setting=lock_timeout value=5s local"]
        );
    }
}
