//! What the triggers of foreign keys lock when rows change (`ri_triggers.c`).

use super::locks::{Access, Stage};
use crate::analyze::postgres::analysis::Analysis;
use crate::analyze::postgres::within;
use crate::catalog::{Relation, RelationId, TableConstraintKind};
use crate::effect::LockMode;
use crate::source::Span;
use crate::statement::Name;
use std::collections::BTreeSet;

/// What happens to the rows of a table that others may reference.
#[derive(Clone, Copy)]
pub(super) enum Rows<'n> {
    /// They go.
    Deleted,
    /// These columns change.
    Updated(&'n [&'n Name]),
}

/// Rows get values in these columns: each foreign key over one of them looks for the referenced row, `FOR KEY SHARE`. Returns
/// the referenced tables.
pub(super) fn check_references(
    analysis: &mut Analysis<'_>,
    relation: &Relation,
    columns: &[&Name],
    focus: Span,
) -> Vec<RelationId> {
    let catalog = analysis.catalog();
    let Some(table) = relation.as_table().filter(|table| !table.key_triggers_disabled) else {
        return Vec::new();
    };
    if within::is_replica(analysis) {
        return Vec::new();
    }
    let mut referenced: Vec<RelationId> = Vec::new();
    for constraint in table.foreign_keys().filter(|constraint| constraint.enforced) {
        if let TableConstraintKind::ForeignKey { columns: own, references, .. } = &constraint.kind
            && own.iter().any(|column| columns.contains(&column))
        {
            referenced.push(*references);
        }
    }
    for relation in referenced.iter().filter_map(|id| catalog.relation(*id)) {
        let access = Access { lock: LockMode::RowShare, result: false, only: false, stage: Stage::Planned };
        access.lock(analysis, relation, focus);
    }
    referenced
}

/// Rows that may be referenced go or change: each foreign key that references them looks for its rows, or writes them.
pub(super) fn check_referenced(analysis: &mut Analysis<'_>, relation: &Relation, rows: Rows<'_>, focus: Span) {
    let catalog = analysis.catalog();
    if within::is_replica(analysis) || relation.as_table().is_some_and(|table| table.key_triggers_disabled) {
        return;
    }
    let mut seen = BTreeSet::from([relation.id]);
    let mut pending: Vec<(RelationId, Option<Vec<Name>>)> = vec![(
        relation.id,
        match rows {
            Rows::Deleted => None,
            Rows::Updated(columns) => Some(columns.iter().map(|column| (*column).clone()).collect()),
        },
    )];
    while let Some((id, updated)) = pending.pop() {
        let above = catalog.partition_ancestors(id).into_iter().map(|relation| relation.id);
        for target in std::iter::once(id).chain(above) {
            for (referencing, constraint) in catalog.foreign_keys_to(target) {
                let TableConstraintKind::ForeignKey { columns, referenced_columns, on_delete, on_update, .. } =
                    &constraint.kind
                else {
                    continue;
                };
                let touched = match &updated {
                    None => true,
                    Some(updated) => referenced_columns.iter().any(|column| updated.contains(column)),
                };
                if !touched || !constraint.enforced {
                    continue;
                }
                let action = if updated.is_none() { on_delete } else { on_update }.as_deref();
                let written = matches!(action, Some("cascade" | "set null" | "set default"));
                let lock = if written { LockMode::RowExclusive } else { LockMode::RowShare };
                let access = Access { lock, result: written, only: false, stage: Stage::Planned };
                access.lock(analysis, referencing, focus);
                if written && seen.insert(referencing.id) {
                    let deleted = updated.is_none() && action == Some("cascade");
                    let assigned: Vec<&Name> = columns.iter().collect();
                    let event = if deleted { "delete" } else { "update" };
                    within::triggers(analysis, referencing, event, (!deleted).then_some(&assigned), true, focus);
                    pending.push((referencing.id, (!deleted).then(|| columns.clone())));
                }
            }
        }
    }
}
