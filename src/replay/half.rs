//! Files without a transaction that cannot be run again after they failed halfway.

use super::Replayer;
use crate::diagnostic::Label;
use crate::effect::{Confidence, Effect, EffectKind, MayFailReason};
use crate::migration::{Direction, Migration};
use crate::statement::{AlterActionKind, Command, ObjectKind, ObjectName, Statement};
use crate::tool::TransactionMode;
use smol_str::SmolStr;

impl Replayer<'_> {
    /// Tells of the first statement that stays done, and cannot be repeated, when a later one of the file fails.
    pub(super) fn left_half(&mut self, migration: &Migration, first_step: usize) {
        let alone = |statement: &Statement| {
            let mut sections = migration.sections.iter().filter(|section| section.direction == Direction::Up);
            sections.any(|section| {
                section.transaction == TransactionMode::Statement && section.span.contains(statement.span)
            })
        };
        let steps = &self.steps[first_step..];
        let stays = |index: usize| {
            let (before, from) = migration.statements.split_at_checked(index).unwrap_or_default();
            from.first().is_some_and(|it| {
                alone(it) && !is_repeatable(it) && !is_made_anew(it, before) && !is_dropped_before(it, before)
            })
        };
        let Some(half) = steps.iter().position(|step| !step.in_transaction && !step.undone && stays(step.statement))
        else {
            return;
        };
        let risk = steps[half + 1..].iter().find_map(|step| Some((step.at, step.effects.iter().find_map(risk_of)?)));
        let Some((later, risk)) = risk else {
            return;
        };
        let at = steps[half].at;
        let effect = Effect {
            kind: EffectKind::LeavesHalf { risk: SmolStr::new_static(risk) },
            subject: None,
            cause: at,
            focus: at.span,
            confidence: Confidence::Certain,
            because: vec![Label { message: format!("may fail: {risk}"), at: later }],
            assumptions: Vec::new(),
            fix: None,
            mended: false,
        };
        self.steps[first_step + half].effects.push(effect);
    }
}

/// Why a statement may fail on one server and not on another.
fn risk_of(effect: &Effect) -> Option<&'static str> {
    match &effect.kind {
        // References of columns that were just added, or that another foreign key has kept so far, are whole.
        EffectKind::MayFail { reason: MayFailReason::MissingReference, .. } => None,
        // The NULLs were filled.
        EffectKind::MayFail { backfilled: true, .. } => None,
        EffectKind::MayFail { reason, .. } => Some(reason.display()),
        EffectKind::BuildsIndex { concurrently: true, unique: true, .. } => Some("duplicates"),
        EffectKind::BuildsIndex { concurrently: true, .. } => Some("a concurrent build that is cancelled or deadlocks"),
        _ => None,
    }
}

/// Whether a statement drops what the statements before it make again when the file is run again.
fn is_made_anew(statement: &Statement, before: &[Statement]) -> bool {
    let Command::Drop(drop) = &statement.command else {
        return false;
    };
    drop.names.iter().all(|name| {
        before.iter().rev().filter(|made| is_repeatable(made)).any(|made| match (&made.command, drop.kind) {
            (Command::CreateFunction(create), ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Routine) => {
                is_same(&create.name, name)
            }
            (Command::CreateTable(create), ObjectKind::Table) => is_same(&create.name, name),
            (Command::CreateView(create), ObjectKind::View | ObjectKind::MaterializedView) => {
                is_same(&create.name, name)
            }
            (Command::CreateSequence(create), ObjectKind::Sequence) => is_same(&create.name, name),
            (Command::CreateIndex(create), ObjectKind::Index) => {
                create.name.as_ref().is_some_and(|it| is_same(it, name))
            }
            _ => false,
        })
    })
}

/// Whether a statement makes what one before it drops if it is there, so that it is in nobody's way the second time.
fn is_dropped_before(statement: &Statement, before: &[Statement]) -> bool {
    let made = match &statement.command {
        Command::CreateTable(create) => Some((ObjectKind::Table, &create.name)),
        Command::CreateIndex(create) => create.name.as_ref().map(|name| (ObjectKind::Index, name)),
        Command::CreateSequence(create) => Some((ObjectKind::Sequence, &create.name)),
        Command::CreateType(create) => Some((ObjectKind::Type, &create.name)),
        Command::CreateDomain(create) => Some((ObjectKind::Domain, &create.name)),
        _ => None,
    };
    // Most often it is the one right before.
    before.iter().rev().any(|earlier| match (&earlier.command, &statement.command) {
        (Command::Drop(drop), _) => {
            drop.if_exists
                && made.is_some_and(|(kind, name)| drop.kind == kind && drop.names.iter().any(|it| is_same(it, name)))
        }
        (Command::DropOnTable(drop), Command::CreateTrigger(create)) => {
            drop.if_exists && drop.name.name == create.name.name && is_same(&drop.table, &create.table)
        }
        (Command::DropOnTable(drop), Command::Policy(policy)) => {
            drop.if_exists && drop.name.name == policy.name.name && is_same(&drop.table, &policy.table)
        }
        (Command::AlterRelation(earlier), Command::AlterRelation(alter)) => {
            is_same(&earlier.name, &alter.name)
                && alter.actions.iter().all(|action| match &action.kind {
                    AlterActionKind::AddConstraint(added) => earlier.actions.iter().any(|action| {
                        matches!(&action.kind, AlterActionKind::DropConstraint { name, if_exists: true, .. }
                            if added.name.as_ref().is_some_and(|it| it.name == name.name))
                    }),
                    _ => false,
                })
        }
        _ => false,
    })
}

/// Whether two names are written alike, wherever they stand.
fn is_same(left: &ObjectName, right: &ObjectName) -> bool {
    let schema = |name: &ObjectName| name.schema.as_ref().map(|schema| schema.name.clone());
    left.name.name == right.name.name && schema(left) == schema(right)
}

/// Whether a statement can run a second time: it has changed nothing that is in its own way.
fn is_repeatable(statement: &Statement) -> bool {
    match &statement.command {
        Command::CreateTable(create) => create.if_not_exists,
        Command::CreateIndex(create) => create.if_not_exists,
        Command::CreateView(create) => create.or_replace || create.if_not_exists,
        Command::CreateSequence(create) => create.if_not_exists,
        Command::CreateSchema(create) => create.if_not_exists,
        Command::CreateExtension(create) => create.if_not_exists,
        Command::CreateFunction(create) => create.or_replace,
        Command::CreateTrigger(create) => create.or_replace,
        Command::CreateType(_) | Command::CreateDomain(_) => false,
        Command::Policy(policy) => policy.alter && policy.rename_to.is_none(),
        Command::Drop(drop) => drop.if_exists,
        Command::DropOnTable(drop) => drop.if_exists,
        Command::AlterRelation(alter) => alter.actions.iter().all(|action| match &action.kind {
            AlterActionKind::AddColumn { if_not_exists, .. } => *if_not_exists,
            AlterActionKind::DropColumn { if_exists, .. } | AlterActionKind::DropConstraint { if_exists, .. } => {
                *if_exists
            }
            AlterActionKind::AddConstraint(_)
            | AlterActionKind::RenameTo(_)
            | AlterActionKind::RenameColumn { .. }
            | AlterActionKind::RenameConstraint { .. }
            | AlterActionKind::SetSchema(_)
            | AlterActionKind::AttachPartition { .. }
            | AlterActionKind::DetachPartition { .. } => false,
            _ => true,
        }),
        Command::Insert(insert) => insert.on_conflict_nothing.is_some(),
        _ => true,
    }
}
