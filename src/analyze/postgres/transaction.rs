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
        Transaction::Commit { .. } | Transaction::Prepare => {
            let stray = open.is_none() || implicit;
            analysis.add(focus, EffectKind::EndsTransaction { rollback: false, stray, owner });
        }
        Transaction::Rollback { .. } => {
            let stray = open.is_none() || implicit;
            analysis.add(focus, EffectKind::EndsTransaction { rollback: true, stray, owner });
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
    let value = match &set.value {
        SetValue::To(values) => SmolStr::from(values.join(", ")),
        SetValue::Default => SmolStr::new_static("default"),
        SetValue::Unknown => SmolStr::default(),
    };
    let local = set.scope == SetScope::Local;
    let ineffective = local && analysis.context.session.transaction.is_none() && !analysis.context.session.in_body;
    let setting = set.name.name.clone();
    analysis.add(statement.span, EffectKind::ChangesSetting { setting, value, local, ineffective });
}
