//! Sequences (`DefineSequence`, `AlterSequence`; manual, "ALTER SEQUENCE"; truth: alter_sequence_*).

use super::analysis::Analysis;
use super::missing;
use crate::catalog::{Catalog, Relation, RelationBody, Sequence};
use crate::dialect::Version;
use crate::effect::{EffectKind, FailReason, LockMode, NothingReason};
use crate::source::Span;
use crate::statement::{AlterAction, AlterActionKind as Kind, CreateSequence, Ident, ObjectName};
use smol_str::{SmolStr, format_smolstr};

/// `CREATE SEQUENCE`.
pub(super) fn create_sequence(analysis: &mut Analysis<'_>, create: &CreateSequence) {
    let focus = create.name.span();
    let path = analysis.context.session.search_path();
    let catalog = analysis.catalog();
    let schema = if create.temporary { "pg_temp" } else { catalog.creation_schema(&create.name, &path) };
    if let Some(existing) = catalog.find(schema, &create.name.name.name) {
        let object = existing.display_name();
        let label = analysis.created_here(existing);
        if create.if_not_exists {
            let kind = EffectKind::DoesNothing { reason: NothingReason::Exists, object };
            analysis.on(existing, focus, kind).because.extend(label);
        } else {
            analysis.fail(focus, FailReason::Duplicate, "42P07", object).because.extend(label);
        }
        return;
    }
    if missing::refuse_schema(analysis, &create.name) {
        return;
    }
    let kind = EffectKind::CreatesObject {
        object: SmolStr::new_static("sequence"),
        name: format_smolstr!("{}", create.name),
        or_replace: false,
    };
    analysis.add(focus, kind);
    if let Some((table, column)) = &create.owned_by {
        own(analysis, table, column);
    }
}

/// That a sequence begins anew, with the column whose numbers it gives.
fn restarts(catalog: &Catalog, relation: &Relation, sequence: &Sequence) -> EffectKind {
    let mut drawing = catalog.columns_drawing_from(relation.id).map(|(table, column)| (table, &column.name));
    let only = drawing.next().filter(|_| drawing.next().is_none());
    let owner = || sequence.owned_by.as_ref().and_then(|(table, column)| Some((catalog.relation(*table)?, column)));
    let (table, column) = only.or_else(owner).map(|(table, column)| (table.display_name(), column.clone())).unzip();
    let behind = if column.is_none() { "the highest value that it gave to any row" } else { "" };
    EffectKind::RestartsSequence {
        column: column.unwrap_or_default(),
        table: table.unwrap_or_default(),
        behind: SmolStr::new_static(behind),
    }
}

/// `ALTER SEQUENCE`, and what ALTER TABLE can do to a sequence.
pub(super) fn alter_sequence<'a>(
    analysis: &mut Analysis<'a>,
    relation: &'a Relation,
    action: &AlterAction,
    focus: Span,
) {
    let RelationBody::Sequence(sequence) = &relation.body else {
        return;
    };
    match &action.kind {
        Kind::SequenceOptions { owned_by, restart, .. } => {
            analysis.lock(relation, LockMode::ShareRowExclusive, focus);
            let identity = analysis.catalog().columns_drawing_from(relation.id).any(|(_, column)| column.identity);
            if owned_by.is_some() && identity {
                analysis.fail(action.span, FailReason::Depended, "0A000", relation.display_name());
                return;
            }
            if let Some(Some((table, column))) = owned_by {
                own(analysis, table, column);
            }
            if *restart {
                let kind = restarts(analysis.catalog(), relation, sequence);
                analysis.on(relation, focus, kind);
            }
        }
        Kind::OwnerTo(owner) => {
            analysis.lock(relation, LockMode::AccessExclusive, focus);
            if sequence.owned_by.is_some() {
                analysis.fail(owner.span, FailReason::Depended, "0A000", relation.display_name());
            }
        }
        Kind::SetPersistence(_) => {
            if analysis.version() < Version(15) {
                analysis.fail(focus, FailReason::Kind, "42809", relation.display_name());
                return;
            }
            analysis.lock(relation, LockMode::AccessExclusive, focus);
        }
        _ => {
            analysis.fail(action.span, FailReason::Kind, "42809", relation.display_name());
        }
    }
}

/// `OWNED BY table.column`.
fn own(analysis: &mut Analysis<'_>, table: &ObjectName, column: &Ident) {
    let Some(owner) = analysis.named(table) else {
        return;
    };
    analysis.lock(owner, LockMode::AccessShare, table.span());
    if owner.as_table().is_some_and(|table| table.complete && table.column(&column.name).is_none()) {
        analysis.fail(column.span, FailReason::Missing, "42703", column.name.clone());
    }
}
