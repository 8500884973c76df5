//! Files without a transaction that cannot be run again after they failed halfway.

use super::Replayer;
use crate::diagnostic::Label;
use crate::effect::{Effect, EffectKind, MayFailReason};
use crate::migration::{Direction, Migration};
use crate::statement::{AlterActionKind, Command, Name, ObjectKind, ObjectName, Statement};
use crate::tool::TransactionMode;
use smol_str::SmolStr;
use std::collections::BTreeSet;

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
        if !steps.iter().any(|step| !step.in_transaction) {
            return;
        }
        let excused = excused(&migration.statements);
        let stays = |index: usize| {
            let statement = migration.statements.get(index).zip(excused.get(index));
            statement.is_some_and(|(it, excused)| alone(it) && !is_repeatable(it) && !excused)
        };
        let Some(half) = steps.iter().position(|step| !step.in_transaction && !step.undone && stays(step.statement))
        else {
            return;
        };
        let risk = steps[half + 1..].iter().find_map(|step| Some((step.at, step.effects.iter().find_map(risk_of)?)));
        let Some((later, risk)) = risk else {
            return;
        };
        let because = vec![Label { message: format!("may fail: {risk}"), at: later }];
        let kind = EffectKind::LeavesHalf { risk: SmolStr::new_static(risk) };
        let effect = Effect { because, ..Effect::new(kind, None, steps[half].at) };
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

/// A name as it is written: its schema, where it has one, and itself.
type Written<'a> = (Option<&'a Name>, &'a Name);

fn written(name: &ObjectName) -> Written<'_> {
    (name.schema.as_ref().map(|schema| &schema.name), &name.name.name)
}

/// What the statements of a file have done so far that spares later ones an obstacle when the file is run again.
#[derive(Default)]
struct Cleared<'a> {
    /// Made by statements that can be repeated.
    made: BTreeSet<(ObjectKind, Written<'a>)>,
    /// Dropped if it was there.
    dropped: BTreeSet<(ObjectKind, Written<'a>)>,
    /// Triggers, policies and rules that were dropped from a table if they were there.
    detached: BTreeSet<(Written<'a>, &'a Name)>,
    /// Constraints that were dropped from a table if they were there.
    released: BTreeSet<(Written<'a>, &'a Name)>,
}

/// Which statements of a file, by their index, are in nobody's way when it is run again, because of what stands before them: they drop what
/// is made anew, or make what is dropped if it is there.
fn excused(statements: &[Statement]) -> Vec<bool> {
    let mut cleared = Cleared::default();
    let excuse = |statement| {
        let excused = cleared.excuses(statement);
        cleared.note(statement);
        excused
    };
    statements.iter().map(excuse).collect()
}

impl<'a> Cleared<'a> {
    fn excuses(&self, statement: &Statement) -> bool {
        let is_dropped = |kind, name| self.dropped.contains(&(kind, written(name)));
        match &statement.command {
            Command::Drop(drop) => {
                drop.names.iter().all(|name| self.made.contains(&(family(drop.kind), written(name))))
            }
            Command::CreateTable(create) => is_dropped(ObjectKind::Table, &create.name),
            Command::CreateIndex(create) => {
                create.name.as_ref().is_some_and(|name| is_dropped(ObjectKind::Index, name))
            }
            Command::CreateSequence(create) => is_dropped(ObjectKind::Sequence, &create.name),
            Command::CreateType(create) => is_dropped(ObjectKind::Type, &create.name),
            Command::CreateDomain(create) => is_dropped(ObjectKind::Domain, &create.name),
            Command::CreateTrigger(create) => self.detached.contains(&(written(&create.table), &create.name.name)),
            Command::Policy(policy) => self.detached.contains(&(written(&policy.table), &policy.name.name)),
            Command::AlterRelation(alter) => alter.actions.iter().all(|action| match &action.kind {
                AlterActionKind::AddConstraint(added) => {
                    let name = added.name.as_ref();
                    name.is_some_and(|name| self.released.contains(&(written(&alter.name), &name.name)))
                }
                _ => false,
            }),
            _ => false,
        }
    }

    fn note(&mut self, statement: &'a Statement) {
        let made = match &statement.command {
            Command::CreateFunction(create) => Some((ObjectKind::Function, &create.name)),
            Command::CreateTable(create) => Some((ObjectKind::Table, &create.name)),
            Command::CreateView(create) => Some((ObjectKind::View, &create.name)),
            Command::CreateSequence(create) => Some((ObjectKind::Sequence, &create.name)),
            Command::CreateIndex(create) => create.name.as_ref().map(|name| (ObjectKind::Index, name)),
            _ => None,
        };
        if let Some((kind, name)) = made.filter(|_| is_repeatable(statement)) {
            self.made.insert((kind, written(name)));
        }
        match &statement.command {
            Command::Drop(drop) if drop.if_exists => {
                self.dropped.extend(drop.names.iter().map(|name| (drop.kind, written(name))));
            }
            Command::DropOnTable(drop) if drop.if_exists => {
                self.detached.insert((written(&drop.table), &drop.name.name));
            }
            Command::AlterRelation(alter) => {
                let table = written(&alter.name);
                self.released.extend(alter.actions.iter().filter_map(|action| match &action.kind {
                    AlterActionKind::DropConstraint { name, if_exists: true, .. } => Some((table, &name.name)),
                    _ => None,
                }));
            }
            _ => {}
        }
    }
}

/// The kind as which an object is looked for that CREATE makes under one of several words.
fn family(kind: ObjectKind) -> ObjectKind {
    match kind {
        ObjectKind::Procedure | ObjectKind::Routine => ObjectKind::Function,
        ObjectKind::MaterializedView => ObjectKind::View,
        kind => kind,
    }
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
