//! Second looks at constants in foreign keys, when more is known than at the statement itself.

use super::{Replayer, Step};
use crate::analyze;
use crate::effect::{Effect, EffectKind, ReferencedRow};
use crate::migration::Migration;
use crate::session::Session;
use crate::source::{Location, SourceId};
use crate::statement::{Command, Statement};
use std::collections::BTreeMap;

impl Replayer<'_> {
    /// A file may insert the referenced row behind the row that references it, where its keys are checked late or not at all.
    pub(super) fn references_in_file(&mut self, migration: &Migration, first_step: usize, session: &Session) {
        let is_unseen = |effect: &Effect| {
            matches!(effect.kind, EffectKind::ReferencesByLiteral { referenced_row: ReferencedRow::Unseen, .. })
        };
        for at in first_step..self.steps.len() {
            if !self.steps.get(at).is_some_and(|step| step.effects.iter().any(is_unseen)) {
                continue;
            }
            let mut again = Vec::new();
            for statement in self.steps.get(at).into_iter().flat_map(|step| written(migration, step)) {
                let context = self.context(migration, session);
                again.extend(analyze::references_again(context, statement, &|_| true));
            }
            again.retain(|effect| !is_unseen(effect));
            if let Some(step) = self.steps.get_mut(at) {
                for effect in step.effects.iter_mut().filter(|effect| is_unseen(effect)) {
                    if let Some(seen) = again.iter().find(|seen| same_reference(seen, effect)) {
                        *effect = seen.clone();
                    }
                }
            }
        }
    }

    /// Foreign keys that were declared behind the statements that filled their columns, in the same file. What a later file declares is
    /// about the rows that are there then: other files may have changed the column, and its values, since.
    pub(super) fn references_declared_later(&mut self, migrations: &[&Migration]) {
        let order: BTreeMap<SourceId, usize> =
            migrations.iter().enumerate().map(|(order, migration)| (migration.source, order)).collect();
        for at in 0..self.steps.len() {
            let Some(step) = self.steps.get(at).filter(|step| !step.undone) else {
                continue;
            };
            let Some((&position, migration)) =
                order.get(&step.source).and_then(|position| Some((position, migrations.get(*position)?)))
            else {
                continue;
            };
            let place = |at: Location| (order.get(&at.source).copied(), at.span.start);
            let here = place(step.at);
            let mut found = Vec::new();
            for statement in written(migration, step) {
                let session = Session::new(super::deployment(position, migration), 0);
                let context = self.context(migration, &session);
                found.extend(analyze::references_again(context, statement, &|constraint| {
                    constraint.origin.is_some_and(|origin| origin.at.source == step.source && place(origin.at) > here)
                }));
            }
            if let Some(step) = self.steps.get_mut(at) {
                found.retain(|effect| !step.effects.iter().any(|known| same_reference(known, effect)));
                step.effects.extend(found);
            }
        }
    }
}

/// The statements of a step that write constants: itself, or those in its body.
fn written<'m>(migration: &'m Migration, step: &Step) -> Vec<&'m Statement> {
    let Some(statement) = migration.statements.get(step.statement) else {
        return Vec::new();
    };
    let writes = |statement: &&Statement| {
        matches!(statement.command, Command::Insert(_) | Command::Update(_) | Command::Copy(_))
    };
    match &statement.command {
        Command::Do(block) => block.body.iter().flat_map(|body| &body.statements).filter(writes).collect(),
        _ => Some(statement).filter(writes).into_iter().collect(),
    }
}

fn same_reference(left: &Effect, right: &Effect) -> bool {
    let key = |effect: &Effect| match &effect.kind {
        EffectKind::ReferencesByLiteral { column, references, .. } => Some((column.clone(), references.clone())),
        _ => None,
    };
    left.cause == right.cause && key(left).is_some() && key(left) == key(right)
}
