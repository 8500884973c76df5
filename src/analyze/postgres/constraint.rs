//! Constraints of tables: adding, validating, changing and dropping them
//! (`ATExecAddConstraint`, `ATExecValidateConstraint`, `ATExecAlterConstraint`, `ATExecDropConstraint`; truth: the group `constraints`).

mod foreign_key;
mod holds;
mod index;
mod told;

pub(super) use foreign_key::{lock_reference, own_key, referenced_table, types_fit};
pub(super) use told::{added, label_of};

use super::alter_table::{AddedConstraint, Alteration, Place, Scan, backfilled};
use super::analysis::Analysis;
use super::drop::{lock_dropped, refuse, tell_cascade};
use crate::catalog::{Droppable, Relation, RelationBody, Table, TableConstraint, TableConstraintKind};
use crate::dialect::Version;
use crate::effect::{
    ConstraintWord, EffectKind, FailReason, LockMode, MayFailReason, NothingReason, Proof, ScanReason, Work,
};
use crate::source::Span;
use crate::statement::{Constraint, ConstraintKind, Ident, Name};
use told::{checked_object, may_fail, tell_added, tell_dropped, tell_required};

/// The definition of a new column that a constraint is part of.
#[derive(Clone, Copy)]
pub(super) struct Inline {
    /// A foreign key need not be checked: every new column is NULL in all rows.
    pub(super) skip_keys: bool,
}

/// `ADD CONSTRAINT`, or a constraint of a new column.
pub(super) fn add<'a>(
    alteration: &mut Alteration<'a, '_>,
    analysis: &mut Analysis<'a>,
    constraint: &Constraint,
    inline: Option<Inline>,
) {
    let focus = constraint.name.as_ref().map_or(constraint.span, |name| name.span);
    if let Some(name) = &constraint.name
        && let Some(known) = standing(alteration, &name.name)
        && alteration.relation.as_table().is_some_and(|table| !table.altered_unseen)
    {
        let mergeable = known.inherited && matches!(constraint.kind, ConstraintKind::Check(_));
        if !mergeable {
            let label = label_of(known);
            let failure = analysis.fail(name.span, FailReason::Duplicate, "42710", name.name.clone());
            failure.because.extend(label);
            return;
        }
    }
    match &constraint.kind {
        ConstraintKind::Null(_) => {}
        ConstraintKind::NotNull(column) => not_null(alteration, analysis, constraint, column, inline),
        ConstraintKind::Check(expr) => {
            if let Some(missing) = missing_column(alteration, expr.columns()) {
                analysis.fail(missing.span, FailReason::Missing, "42703", missing.name.clone());
                return;
            }
            if analysis.uses_new_value(expr, alteration.relation) {
                return;
            }
            check(alteration, analysis, constraint, focus);
        }
        ConstraintKind::Unique(definition)
        | ConstraintKind::PrimaryKey(definition)
        | ConstraintKind::Exclude(definition) => {
            index::add_index_constraint(alteration, analysis, constraint, definition, focus);
        }
        ConstraintKind::ForeignKey(key) => {
            foreign_key::add_foreign_key(alteration, analysis, constraint, key, inline, focus)
        }
    }
}

/// A column constraint `NOT NULL`, and from 18 on a table constraint.
fn not_null<'a>(
    alteration: &mut Alteration<'a, '_>,
    analysis: &mut Analysis<'a>,
    constraint: &Constraint,
    column: &Ident,
    inline: Option<Inline>,
) {
    // A new column's is part of the column: `Alteration::add_column`.
    if inline.is_some() || alteration.existing_column(analysis, column).is_none() {
        return;
    }
    let focus = constraint.name.as_ref().map_or(column.span, |name| name.span);
    if constraint.no_inherit && alteration.is_partitioned() {
        analysis.fail(focus, FailReason::Partitioned, "0A000", alteration.relation.display_name());
        return;
    }
    if !constraint.no_inherit && alteration.leaves_children_out(analysis) {
        analysis.fail(focus, FailReason::Invalid, "42P16", alteration.relation.display_name());
        return;
    }
    remember(alteration, constraint, None);
    alteration.refuse_null(analysis, &Ident { name: column.name.clone(), span: focus }, !constraint.not_valid);
    tell_required(alteration, analysis, constraint, focus);
    if constraint.not_valid {
        return;
    }
    let place = alteration.place(analysis, focus);
    let family = if constraint.no_inherit { vec![alteration.relation] } else { alteration.family(analysis) };
    for relation in family {
        alteration.require_not_null(analysis, relation, &column.name, place, None);
    }
}

fn check<'a>(alteration: &mut Alteration<'a, '_>, analysis: &mut Analysis<'a>, constraint: &Constraint, focus: Span) {
    let root = alteration.relation;
    if constraint.no_inherit && alteration.is_partitioned() {
        analysis.fail(focus, FailReason::Partitioned, "42P16", root.display_name());
        return;
    }
    if !constraint.no_inherit && alteration.leaves_children_out(analysis) {
        analysis.fail(focus, FailReason::Invalid, "42P16", root.display_name());
        return;
    }
    let checked = !constraint.not_valid && !constraint.not_enforced;
    if let Some(name) = &constraint.name
        && checked
        && !constraint.no_inherit
    {
        // What is valid in the parent cannot be merged with what may not be in a child (`MergeWithExistingConstraint`).
        let unproven = alteration.family(analysis).into_iter().find(|relation| {
            let own = relation.as_table().and_then(|table| table.constraint(&name.name));
            relation.id != root.id && own.is_some_and(|own| !own.valid)
        });
        if let Some(child) = unproven {
            analysis.fail(name.span, FailReason::Invalid, "42P17", child.display_name());
            return;
        }
    }
    remember(alteration, constraint, None);
    tell_added(alteration, analysis, constraint, ConstraintWord::Check, checked, focus);
    if !constraint.not_enforced {
        tell_required(alteration, analysis, constraint, focus);
    }
    if !checked {
        return;
    }
    let object = checked_object(analysis, constraint);
    let named = match (&constraint.name, &constraint.kind) {
        (Some(name), _) => name.name.clone(),
        (None, ConstraintKind::Check(expr)) => {
            let others = alteration.queue.table(root).added_checks();
            analysis.catalog().name_for_check(root, expr, &others)
        }
        _ => Name::default(),
    };
    let condition = match &constraint.kind {
        ConstraintKind::Check(expr) => Some(expr),
        _ => None,
    };
    may_fail(alteration, analysis, MayFailReason::CheckViolation, object.clone(), condition, focus);
    let place = alteration.place(analysis, focus);
    let family = if constraint.no_inherit { vec![root] } else { alteration.family(analysis) };
    for relation in family {
        // A table that has the constraint already, of its own or from a parent, merges it.
        let dropped = |name: &Name| {
            let so_far = alteration.queue.so_far(relation.id);
            so_far.is_some_and(|so_far| so_far.dropped_constraints.contains(name))
        };
        let merged = constraint.name.as_ref().filter(|name| !dropped(&name.name)).is_some_and(|name| {
            let known = relation.as_table().and_then(|table| table.constraint(&name.name));
            known.is_some_and(|known| known.valid)
        });
        if !merged {
            alteration.queue.table(relation).scan(Scan {
                reason: ScanReason::Check,
                object: object.clone(),
                proof: Proof::None,
                place,
                because: Vec::new(),
                constraint: named.clone(),
            });
        }
    }
}

/// Whether a column is computed on reading.
fn is_virtual(alteration: &Alteration<'_, '_>, name: &Name) -> bool {
    let root = alteration.relation;
    if let Some(added) = alteration.queue.so_far(root.id).and_then(|so_far| so_far.added_column(name)) {
        return added.is_virtual;
    }
    let known = root.as_table().and_then(|table| table.column(name));
    known.and_then(|column| column.generated.as_ref()).is_some_and(|generated| !generated.stored)
}

/// `ALTER CONSTRAINT`: foreign keys only, and from 18 what they inherit of NOT NULL.
pub(super) fn alter<'a>(
    alteration: &mut Alteration<'a, '_>,
    analysis: &mut Analysis<'a>,
    name: &Ident,
    enforced: Option<bool>,
    deferrability: bool,
) {
    if analysis.version() >= Version(18) && alteration.is_partitioned() && alteration.leaves_children_out(analysis) {
        analysis.fail(name.span, FailReason::Invalid, "42P16", name.name.clone());
        return;
    }
    let Some(known) = named_constraint(alteration, analysis, name) else {
        return;
    };
    let Some(constraint) = known else {
        return;
    };
    let TableConstraintKind::ForeignKey { references, .. } = &constraint.kind else {
        if enforced.is_some() || deferrability {
            let label = label_of(constraint);
            analysis.fail(name.span, FailReason::Kind, "42809", name.name.clone()).because.extend(label);
        }
        return;
    };
    for partition in analysis.catalog().all_partitions(alteration.relation.id) {
        analysis.lock(partition, alteration.lock, name.span);
    }
    let Some(enforced) = enforced.filter(|enforced| *enforced != constraint.enforced) else {
        return;
    };
    let Some(referenced) = analysis.catalog().relation(*references) else {
        return;
    };
    if enforced {
        // Its triggers are made, and every row is checked.
        lock_reference(analysis, referenced, name.span);
        let place = alteration.place(analysis, name.span);
        let root = alteration.relation;
        may_fail(alteration, analysis, MayFailReason::MissingReference, name.name.clone(), None, name.span);
        alteration.queue.check_key(analysis, root, referenced, name.name.clone(), ScanReason::ForeignKey, place);
    } else {
        // Its triggers are dropped.
        analysis.lock(referenced, LockMode::AccessExclusive, name.span);
        for partition in analysis.catalog().all_partitions(referenced.id) {
            analysis.lock(partition, LockMode::AccessExclusive, name.span);
        }
    }
}

/// `VALIDATE CONSTRAINT`.
pub(super) fn validate<'a>(alteration: &mut Alteration<'a, '_>, analysis: &mut Analysis<'a>, name: &Ident) {
    let root = alteration.relation;
    let so_far = alteration.queue.so_far(root.id);
    let added = so_far.and_then(|so_far| so_far.added_constraints.iter().find(|added| added.name == name.name));
    let place = alteration.place(analysis, name.span);
    if let Some(added) = added {
        if !added.not_valid {
            return;
        }
        match added.references.and_then(|id| analysis.catalog().relation(id)) {
            Some(referenced) => {
                let object = name.name.clone();
                alteration.queue.check_key(analysis, root, referenced, object, ScanReason::ForeignKey, place);
            }
            None => scan_for(alteration, analysis, ScanReason::Check, name, place),
        }
        return;
    }
    let Some(known) = named_constraint(alteration, analysis, name) else {
        return;
    };
    let Some(constraint) = known else {
        // Of a table that was not seen created: what it checks is not known.
        scan_for(alteration, analysis, ScanReason::Other, name, place);
        return;
    };
    let not_null = matches!(constraint.kind, TableConstraintKind::NotNull { .. }) && analysis.version() >= Version(18);
    let can_be = not_null
        || matches!(constraint.kind, TableConstraintKind::Check { .. } | TableConstraintKind::ForeignKey { .. });
    if !constraint.enforced || !can_be {
        let label = label_of(constraint);
        analysis.fail(name.span, FailReason::Kind, "42809", name.name.clone()).because.extend(label);
        return;
    }
    if constraint.valid {
        let kind = EffectKind::DoesNothing { reason: NothingReason::AlreadySo, object: name.name.clone() };
        let label = label_of(constraint);
        analysis.on(root, name.span, kind).because.extend(label);
        return;
    }
    analysis.run_under_timeout(root, name.span, Work::Scan);
    match &constraint.kind {
        TableConstraintKind::ForeignKey { references, .. } => {
            let Some(referenced) = analysis.catalog().relation(*references) else {
                return;
            };
            analysis.lock(referenced, LockMode::RowShare, name.span);
            for partition in analysis.catalog().all_partitions(root.id) {
                analysis.lock(partition, alteration.lock, name.span);
            }
            if referenced.as_table().is_some_and(Table::is_partitioned) {
                // The query reads its partitions.
                for partition in analysis.catalog().all_partitions(referenced.id) {
                    analysis.lock(partition, LockMode::AccessShare, name.span);
                }
            }
            may_fail(alteration, analysis, MayFailReason::MissingReference, name.name.clone(), None, name.span);
            alteration.queue.check_key(analysis, root, referenced, name.name.clone(), ScanReason::ForeignKey, place);
        }
        TableConstraintKind::Check { .. } => scan_for(alteration, analysis, ScanReason::Check, name, place),
        TableConstraintKind::NotNull { column } => {
            for relation in alteration.family(analysis) {
                analysis.lock(relation, alteration.lock, name.span);
            }
            if !analysis.subject_is_empty(root) {
                let backfilled = backfilled(root, column);
                let kind = EffectKind::may_fail(MayFailReason::NullValues, column.clone(), backfilled);
                analysis.on(root, name.span, kind);
            }
            for relation in alteration.family(analysis) {
                alteration.require_not_null(analysis, relation, column, place, None);
            }
        }
        _ => {}
    }
}

/// Every table of the family is read, those aside where the constraint is valid already.
fn scan_for<'a>(
    alteration: &mut Alteration<'a, '_>,
    analysis: &mut Analysis<'a>,
    reason: ScanReason,
    name: &Ident,
    place: Place,
) {
    let known = alteration.relation.as_table().and_then(|table| table.constraint(&name.name));
    let condition = known.and_then(|known| match &known.kind {
        TableConstraintKind::Check { expr, .. } => Some(expr),
        _ => None,
    });
    may_fail(alteration, analysis, MayFailReason::CheckViolation, name.name.clone(), condition, name.span);
    let alone = known.is_some_and(|known| known.no_inherit);
    let family = if alone { vec![alteration.relation] } else { alteration.family(analysis) };
    for relation in family {
        analysis.lock(relation, alteration.lock, name.span);
        let own = relation.as_table().and_then(|table| table.constraint(&name.name));
        if own.is_none_or(|own| !own.valid) {
            let because = own.and_then(label_of).into_iter().collect();
            let scan = Scan {
                reason,
                object: name.name.clone(),
                proof: Proof::None,
                constraint: name.name.clone(),
                place,
                because,
            };
            alteration.queue.table(relation).scan(scan);
        }
    }
}

/// `DROP CONSTRAINT`.
pub(super) fn drop<'a>(
    alteration: &mut Alteration<'a, '_>,
    analysis: &mut Analysis<'a>,
    name: &Ident,
    if_exists: bool,
    cascade: bool,
) {
    let root = alteration.relation;
    // Partitions are locked before anybody looks for the constraint (`ATCheckPartitionsNotInUse`).
    if alteration.is_partitioned() {
        for partition in analysis.catalog().descendants(root.id) {
            analysis.lock(partition, alteration.lock, name.span);
        }
    }
    let standing = standing(alteration, &name.name);
    let Some(constraint) = standing else {
        if root.as_table().is_none_or(|table| !table.complete) {
            // It may well exist.
            alteration.queue.table(root).so_far.dropped_constraints.push(name.name.clone());
        } else if if_exists {
            let kind = EffectKind::DoesNothing { reason: NothingReason::Missing, object: name.name.clone() };
            analysis.on(root, name.span, kind);
        } else {
            analysis.fail(name.span, FailReason::Missing, "42704", name.name.clone());
        }
        return;
    };
    let object = Droppable::Constraint(root.id, name.name.clone());
    let mut dropped = analysis.catalog().dropped_with(&[object], cascade, analysis.version());
    let by_rows = matches!(constraint.kind, TableConstraintKind::Check { .. } | TableConstraintKind::NotNull { .. });
    if alteration.statement.only && (by_rows || !alteration.is_partitioned()) {
        // The children keep the constraint as their own.
        let children = analysis.catalog().descendants(root.id);
        let kept =
            |it: &Droppable| matches!(it, Droppable::Constraint(id, _) if children.iter().any(|it| it.id == *id));
        dropped.objects.retain(|it| !kept(&it.object));
    }
    if !dropped.owners.is_empty() {
        let label = label_of(constraint);
        analysis.fail(name.span, FailReason::Depended, "42P16", name.name.clone()).because.extend(label);
        return;
    }
    // From 18 the partitions keep it as their own (release notes of 18).
    if matches!(constraint.kind, TableConstraintKind::Check { .. })
        && analysis.version() < Version(18)
        && alteration.is_partitioned()
        && alteration.leaves_children_out(analysis)
    {
        analysis.fail(name.span, FailReason::Invalid, "42P16", name.name.clone());
        return;
    }
    // What the same statement drops before it is not in the way any more.
    dropped.blockers.retain(|blocker| !alteration.has_dropped(blocker));
    if refuse(analysis, name.span, &dropped) {
        return;
    }
    lock_dropped(analysis, &dropped, name.span, false);
    tell_dropped(analysis, root, constraint, name.span, cascade, if_exists);
    // Other constraints of inheritance parents have nothing to do with their children's.
    if by_rows && !constraint.no_inherit {
        let children =
            if alteration.statement.only { alteration.first_generation(analysis) } else { alteration.family(analysis) };
        for child in children {
            analysis.lock(child, alteration.lock, name.span);
        }
    }
    tell_cascade(analysis, name.span, &dropped);
    for (id, _) in dropped.relations() {
        if let Some(relation) = analysis.catalog().relation(id)
            && let RelationBody::Index(index) = &relation.body
            && let Some(owner) = analysis.catalog().relation(index.table)
        {
            alteration.queue.table(owner).drop_index(id);
        }
    }
    for relation in alteration.family(analysis) {
        let own = relation.as_table().and_then(|table| table.constraint(&name.name));
        if relation.id == root.id || own.is_some_and(|own| own.inherited) {
            alteration.queue.table(relation).so_far.dropped_constraints.push(name.name.clone());
        }
    }
    for (id, constraint, _) in dropped.constraints() {
        if let Some(owner) = analysis.catalog().relation(id) {
            alteration.queue.table(owner).so_far.dropped_constraints.push(constraint.clone());
        }
    }
}

/// A constraint of the named table that exists and has not been dropped by this statement.
fn standing<'a>(alteration: &Alteration<'a, '_>, name: &Name) -> Option<&'a TableConstraint> {
    let root = alteration.relation;
    let so_far = alteration.queue.so_far(root.id);
    if so_far.is_some_and(|so_far| so_far.dropped_constraints.contains(name)) {
        return None;
    }
    root.as_table()?.constraint(name)
}

/// A constraint by name; nothing where the statement fails for its lack, `Some(None)` where it is not known.
fn named_constraint<'a>(
    alteration: &Alteration<'a, '_>,
    analysis: &mut Analysis<'a>,
    name: &Ident,
) -> Option<Option<&'a TableConstraint>> {
    if let Some(constraint) = standing(alteration, &name.name) {
        return Some(Some(constraint));
    }
    if alteration.relation.as_table().is_some_and(|table| table.complete) {
        analysis.fail(name.span, FailReason::Missing, "42704", name.name.clone());
        return None;
    }
    Some(None)
}

/// The first of the columns that the table certainly has not.
pub(super) fn missing_column<'i>(alteration: &Alteration<'_, '_>, columns: Vec<&'i Ident>) -> Option<&'i Ident> {
    let root = alteration.relation;
    let table = root.as_table().filter(|table| table.complete)?;
    let so_far = alteration.queue.so_far(root.id);
    columns.into_iter().find(|column| {
        let added = so_far.is_some_and(|so_far| so_far.added_column(&column.name).is_some());
        let dropped = so_far.is_some_and(|so_far| so_far.dropped_columns.contains(&column.name));
        let system = matches!(column.name.as_str(), "tableoid" | "ctid" | "xmin" | "xmax" | "cmin" | "cmax");
        // A whole row is written like a column of the table's name.
        let whole_row = column.name == root.name;
        !added && !system && !whole_row && (dropped || table.column(&column.name).is_none())
    })
}

fn remember(alteration: &mut Alteration<'_, '_>, constraint: &Constraint, references: Option<&Relation>) {
    if let Some(name) = &constraint.name {
        let added = AddedConstraint {
            name: name.name.clone(),
            not_valid: constraint.not_valid,
            references: references.map(|referenced| referenced.id),
        };
        alteration.remember_constraint(added);
    }
}
