//! Row locks that last: who waits for a statement that writes, or locks, every row of a table.

use crate::analyze::postgres::analysis::Analysis;
use crate::analyze::postgres::wait::above;
use crate::catalog::{Relation, RelationId, Table, TableConstraintKind};
use crate::effect::{Blocks, EffectKind, Rows, Through};
use crate::source::Span;
use std::collections::BTreeSet;

/// How strongly rows are locked (manual, "Row-Level Locks").
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum RowLock {
    /// `FOR UPDATE`: rows that go, or whose key changes. Even `FOR KEY SHARE` waits.
    Update,
    /// Any weaker: whoever deletes the rows, or writes them for a foreign key's action, waits.
    Weaker,
}

/// Every row of a table stays locked until the transaction ends.
pub(super) fn wait_for_rows(analysis: &mut Analysis<'_>, relation: &Relation, only: bool, focus: Span, lock: RowLock) {
    let catalog = analysis.catalog();
    let mut tables: Vec<&Relation> = above(catalog, relation);
    tables.extend(catalog.relation(relation.id));
    if !only {
        tables.extend(catalog.descendants(relation.id));
    }
    let mut waits = Waits::default();
    for table in tables {
        if analysis.subject(table).rows == Rows::None {
            continue;
        }
        waits.add(table, Through::Rows);
        if lock == RowLock::Update {
            // Rows that reference them cannot be checked.
            for (referencing, _) in catalog.foreign_keys_to(table.id).filter(|(_, constraint)| constraint.enforced) {
                waits.add(referencing, Through::ForeignKey);
            }
        }
        waits.referenced(analysis, table, lock);
    }
    waits.tell(analysis, focus);
}

/// Rows that are inserted by the thousand keep those that they reference from being deleted.
pub(super) fn wait_for_referenced(analysis: &mut Analysis<'_>, referenced: &[RelationId], focus: Span) {
    let catalog = analysis.catalog();
    let mut waits = Waits::default();
    for relation in referenced.iter().filter_map(|id| catalog.relation(*id)) {
        waits.add(relation, Through::ForeignKey);
        waits.referenced(analysis, relation, RowLock::Weaker);
    }
    waits.tell(analysis, focus);
}

#[derive(Default)]
struct Waits<'a> {
    found: Vec<(&'a Relation, Through)>,
    seen: BTreeSet<RelationId>,
}

impl<'a> Waits<'a> {
    fn add(&mut self, relation: &'a Relation, through: Through) {
        if self.seen.insert(relation.id) {
            self.found.push((relation, through));
        }
    }

    /// The end of a referenced row looks for the rows that reference it; with an action it writes them, and so on upwards.
    fn referenced(&mut self, analysis: &Analysis<'a>, relation: &Relation, lock: RowLock) {
        let catalog = analysis.catalog();
        let mut done = BTreeSet::from([relation.id]);
        let mut pending = vec![(relation.id, true)];
        while let Some((id, locked)) = pending.pop() {
            let foreign_keys = catalog.table(id).into_iter().flat_map(|(_, table)| Table::foreign_keys(table));
            for constraint in foreign_keys.filter(|constraint| constraint.enforced) {
                let TableConstraintKind::ForeignKey { references, on_delete, .. } = &constraint.kind else {
                    continue;
                };
                let waits = match on_delete.as_deref() {
                    Some("cascade") => true,
                    Some("set null" | "set default") => locked,
                    _ => locked && lock == RowLock::Update,
                };
                if waits
                    && done.insert(*references)
                    && let Some(referenced) = catalog.relation(*references)
                {
                    self.add(referenced, Through::ForeignKey);
                    pending.push((referenced.id, false));
                }
            }
        }
    }

    fn tell(self, analysis: &mut Analysis<'a>, focus: Span) {
        for (relation, through) in self.found {
            if analysis.existed(relation) {
                analysis.on(relation, focus, EffectKind::MakesWait { blocks: Blocks::Writes, through });
            }
        }
    }
}
