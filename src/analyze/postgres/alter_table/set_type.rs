//! `ALTER COLUMN ... TYPE` and `SET EXPRESSION` (`ATPrepAlterColumnType`, `ATExecAlterColumnType`, `ATPostAlterTypeCleanup`).
//!
//! Whatever depends on the column is dropped and made again: indexes, CHECKs and foreign keys. An index is kept as it is where nothing
//! about it changes; a CHECK is verified again; a foreign key is checked again where its equality changes.

use super::work::{Place, Rewrite, Scan};
use super::{Alteration, added_here};
use crate::analyze::postgres::analysis::Analysis;
use crate::analyze::postgres::column_type::{ConversionWork, display, serial_base};
use crate::catalog::{Column, Index, Relation, RelationId, Table, TableConstraint, TableConstraintKind};
use crate::diagnostic::Label;
use crate::dialect::Version;
use crate::effect::{
    ClientChange, Confidence, EffectKind, FailReason, LockMode, MayFailReason, Proof, RewriteReason, ScanReason,
};
use crate::source::Span;
use crate::statement::{
    AlterAction, AlterActionKind, Expr, ExprKind, Ident, IndexKey, Name, ObjectKind, ObjectName, TypeName,
};
use smol_str::{SmolStr, format_smolstr};

impl<'a> Alteration<'a, '_> {
    pub(super) fn set_type(
        &mut self,
        analysis: &mut Analysis<'a>,
        name: &Ident,
        to: &TypeName,
        collation: Option<&ObjectName>,
        using: Option<&Expr>,
    ) {
        let Some(known) = self.existing_column(analysis, name) else {
            return;
        };
        let root = self.relation;
        if self.type_is_fixed(analysis, name, known) {
            return;
        }
        if !analysis.type_may_exist(to) {
            analysis.fail(to.span, FailReason::Missing, "42704", display(to));
            return;
        }
        let unknown = Column::unseen(name.name.clone());
        let column = known.unwrap_or(&unknown);
        let mut conversion = analysis.conversion(column, to, using);
        if column.generated.as_ref().is_some_and(|generated| !generated.stored)
            && conversion.work == ConversionWork::Rewrite
        {
            // Nothing is stored that could have to be written anew.
            conversion.work = ConversionWork::Nothing;
            conversion.may_fail = false;
        }
        if let ConversionWork::Impossible(sqlstate) = conversion.work {
            analysis.fail(to.span, FailReason::Type, sqlstate, display(to));
            return;
        }
        if column.identity && !matches!(to.name.as_str(), "int2" | "int4" | "int8") && self.is_known_type(to) {
            analysis.fail(to.span, FailReason::Type, "22023", display(to));
            return;
        }
        if self.type_is_used(analysis, name) {
            return;
        }
        for relation in self.family(analysis) {
            for (index_relation, index) in analysis.catalog().indexes_of(relation.id) {
                let over = |key: &&IndexKey| matches!(&key.expr.kind, ExprKind::Column(path) if path.last().is_some_and(|it| it.name == name.name));
                let refused =
                    index.keys.iter().filter(over).find_map(|key| analysis.cannot_be_indexed(to, key, &index.method));
                if let Some(sqlstate) = refused.filter(|_| !self.is_gone(relation.id, index)) {
                    let label = analysis.created_here(index_relation);
                    let failure = analysis.fail(to.span, FailReason::Type, sqlstate, index_relation.display_name());
                    failure.because.extend(label);
                    return;
                }
            }
        }
        if self.key_becomes_incomparable(analysis, column, to) {
            analysis.fail(to.span, FailReason::Type, "42804", display(to));
            return;
        }
        // Defaults are dropped in the first pass, and set in a later one.
        let dropped = |action: &AlterAction| matches!(&action.kind, AlterActionKind::DropDefault(column) if column.name == name.name);
        if !self.statement.actions.iter().any(dropped)
            && known.is_some_and(|column| analysis.default_stays_behind(column, to))
        {
            analysis.fail(to.span, FailReason::Type, "42804", name.name.clone());
            return;
        }
        if conversion.work == ConversionWork::Rewrite
            && let Some((user, used)) = analysis.catalog().row_type_user(root)
        {
            let object = format_smolstr!("{}.{}", user.display_name(), used.name);
            analysis.fail(name.span, FailReason::InUse, "0A000", object);
            return;
        }
        let from = column.ty.as_ref();
        let label = added_here(column);
        let (old, new) = (from.map(display).unwrap_or_default(), display(to));
        let kind = EffectKind::ChangesType {
            column: name.name.clone(),
            from: old.clone().into(),
            to: new.clone().into(),
            by_time_zone: conversion.by_time_zone && conversion.work == ConversionWork::Nothing,
        };
        let effect = analysis.on(root, to.span, kind);
        effect.because.extend(label.clone());
        if !conversion.assumptions.is_empty() {
            effect.confidence = Confidence::Assumed;
            effect.assumptions.clone_from(&conversion.assumptions);
        }
        if from.is_none_or(|from| !analysis.same_type(from, to)) {
            let kind = EffectKind::renames_for_clients(ClientChange::ChangeType, name.name.clone(), new.clone().into());
            analysis.on(root, to.span, kind).because.extend(label.clone());
        }
        if !analysis.subject_is_empty(root) {
            let reason = match (conversion.may_fail, conversion.checks_domain) {
                (true, _) => Some(MayFailReason::Conversion),
                (false, true) => Some(MayFailReason::CheckViolation),
                (false, false) => None,
            };
            if let Some(reason) = reason {
                let kind = EffectKind::may_fail(reason, name.name.clone(), false);
                let effect = analysis.on(root, to.span, kind);
                effect.because.extend(label.clone());
            }
        }
        if let Some(sequence) = column.sequence.filter(|_| column.identity)
            && let Some(sequence) = analysis.catalog().relation(sequence)
        {
            analysis.lock(sequence, LockMode::ShareRowExclusive, name.span);
        }
        let place = self.place(analysis, to.span);
        let change = if old.is_empty() { format_smolstr!("to {new}") } else { format_smolstr!("{old} -> {new}") };
        let because: Vec<_> = label.into_iter().collect();
        let added_as = if analysis.made_now(column.origin) { new.clone().into() } else { SmolStr::default() };
        for relation in self.family(analysis) {
            let of_child = relation.as_table().and_then(|table| table.column(&name.name)).unwrap_or(column);
            if conversion.work == ConversionWork::Rewrite {
                self.queue.table(relation).rewrite(Rewrite {
                    reason: RewriteReason::TypeChange,
                    column: name.name.clone(),
                    change: change.clone(),
                    instead: SmolStr::default(),
                    added_as: added_as.clone(),
                    place,
                    because: because.clone(),
                    assumptions: conversion.assumptions.clone(),
                });
            }
            let new_collation = collation.map(|collation| collation.name.name.clone());
            let collates = of_child.collation.clone().filter(|old| old != "default") != new_collation.clone();
            let rewrites = conversion.work == ConversionWork::Rewrite;
            let altered = Altered { column: of_child, to: Some(to), collates, rewrites };
            self.remake_dependents(analysis, relation, &altered, place);
        }
    }

    pub(super) fn set_expression(&mut self, analysis: &mut Analysis<'a>, name: &Ident, expr: &Expr) {
        let Some(known) = self.existing_column(analysis, name) else {
            return;
        };
        let root = self.relation;
        let unknown = Column::unseen(name.name.clone());
        let column = known.unwrap_or(&unknown);
        let stored = column.generated.as_ref().is_none_or(|generated| generated.stored);
        if known.is_some_and(|known| known.generated.is_none()) {
            analysis.fail(name.span, FailReason::Kind, "55000", name.name.clone());
            return;
        }
        let checked = root.as_table().is_some_and(|table| {
            table.constraints.iter().any(|constraint| matches!(constraint.kind, TableConstraintKind::Check { .. }))
        });
        if !stored && checked {
            analysis.fail(name.span, FailReason::Kind, "0A000", name.name.clone());
            return;
        }
        if let Some(call) = analysis.mutable_call(expr) {
            analysis.fail(call, FailReason::Invalid, "42P17", name.name.clone());
            return;
        }
        let place = self.place(analysis, expr.span);
        for relation in self.family(analysis) {
            let of_child = relation.as_table().and_then(|table| table.column(&name.name)).unwrap_or(column);
            if stored {
                self.queue.table(relation).rewrite(Rewrite {
                    reason: RewriteReason::Expression,
                    column: name.name.clone(),
                    change: SmolStr::default(),
                    instead: SmolStr::default(),
                    added_as: SmolStr::default(),
                    place,
                    because: Vec::new(),
                    assumptions: Vec::new(),
                });
            } else if of_child.not_null {
                let scan = Scan {
                    reason: ScanReason::NotNull,
                    object: name.name.clone(),
                    proof: Proof::None,
                    place,
                    because: Vec::new(),
                    constraint: SmolStr::default(),
                };
                self.queue.table(relation).scan(scan);
            }
            let altered = Altered { column: of_child, to: None, collates: false, rewrites: stored };
            self.remake_dependents(analysis, relation, &altered, place);
        }
    }

    /// Fails the statement where the column's type cannot be changed at all. Returns whether it does.
    fn type_is_fixed(&self, analysis: &mut Analysis<'a>, name: &Ident, known: Option<&Column>) -> bool {
        let root = self.relation;
        let Some(table) = root.as_table() else {
            return false;
        };
        if table.of_type.is_some() {
            analysis.fail(name.span, FailReason::Kind, "42809", root.display_name());
            return true;
        }
        if known.is_some_and(|column| column.inherited) || self.leaves_children_out(analysis) {
            analysis.fail(name.span, FailReason::Invalid, "42P16", name.name.clone());
            return true;
        }
        let key = table.partition_by.iter().flat_map(|by| &by.key);
        if key.flat_map(Expr::columns).any(|column| column.name == name.name) {
            analysis.fail(name.span, FailReason::Depended, "42P16", name.name.clone());
            return true;
        }
        false
    }

    /// Fails the statement where views, triggers, policies or generated columns depend on the column's type. Returns whether they do.
    fn type_is_used(&self, analysis: &mut Analysis<'a>, name: &Ident) -> bool {
        let catalog = analysis.catalog();
        for relation in self.family(analysis) {
            if let Some((view, _)) = catalog.views_over_column(relation.id, &name.name).next() {
                let label = analysis.created_here(view);
                let object = view.display_name();
                analysis.fail(name.span, FailReason::InUse, "0A000", object).because.extend(label);
                return true;
            }
            let attachment = relation.attachments().iter().find(|attachment| attachment.columns.contains(&name.name));
            if let Some(attachment) = attachment {
                let message = format!("{} `{}` uses it", attachment.kind.name(), attachment.name);
                let label = Label { message, at: attachment.origin.at };
                debug_assert!(matches!(attachment.kind, ObjectKind::Trigger | ObjectKind::Policy | ObjectKind::Rule));
                let object = attachment.name.clone();
                analysis.fail(name.span, FailReason::InUse, "0A000", object).because.push(label);
                return true;
            }
            let generated = relation.as_table().and_then(|table| {
                table.columns.iter().find(|column| {
                    let from = column.generated.iter().flat_map(|generated| generated.expr.columns());
                    from.into_iter().any(|from| from.name == name.name)
                })
            });
            if let Some(generated) = generated {
                // 12 to 14 called it a syntax error (truth: type_column_used_by_generated).
                let sqlstate = if analysis.version() < Version(15) { "42601" } else { "0A000" };
                let object = generated.name.clone();
                analysis.fail(name.span, FailReason::InUse, sqlstate, object);
                return true;
            }
        }
        false
    }

    /// Whether a foreign key of the column, or to it, could not be made again with the new type.
    fn key_becomes_incomparable(&self, analysis: &Analysis<'a>, column: &Column, to: &TypeName) -> bool {
        let catalog = analysis.catalog();
        let root = self.relation;
        let type_of = |relation: RelationId, name: &Name| catalog.table(relation)?.1.column(name)?.ty.as_ref();
        let own = root.as_table().into_iter().flat_map(Table::foreign_keys).map(|constraint| (root, constraint));
        own.chain(catalog.foreign_keys_to(root.id)).any(|(user, constraint)| {
            let TableConstraintKind::ForeignKey { columns, references, referenced_columns, .. } = &constraint.kind
            else {
                return false;
            };
            let dropped =
                self.queue.so_far(user.id).is_some_and(|it| it.dropped_constraints.contains(&constraint.name));
            columns.iter().zip(referenced_columns).any(|(from, referenced)| {
                let referencing = user.id == root.id && *from == column.name;
                let meant = *references == root.id && *referenced == column.name;
                let left = if referencing { Some(to) } else { type_of(user.id, from) };
                let right = if meant { Some(to) } else { type_of(*references, referenced) };
                let pair = left.zip(right).filter(|_| (referencing || meant) && !dropped);
                pair.is_some_and(|(left, right)| analysis.comparable(left, right) == Some(false))
            })
        })
    }

    fn is_known_type(&self, ty: &TypeName) -> bool {
        serial_base(&ty.name).is_some() || crate::catalog::is_built_in(&ty.name)
    }

    /// Drops and makes again what depends on a column of one table.
    fn remake_dependents(
        &mut self,
        analysis: &mut Analysis<'a>,
        relation: &'a Relation,
        altered: &Altered<'_>,
        place: Place,
    ) {
        let catalog = analysis.catalog();
        let name = &altered.column.name;
        let indexes: Vec<_> = catalog.indexes_of(relation.id).filter(|(_, index)| index.uses_column(name)).collect();
        for (index_relation, index) in indexes {
            if self.is_gone(relation.id, index) {
                continue;
            }
            analysis.lock(index_relation, LockMode::AccessExclusive, place.focus);
            if !altered.keeps(analysis, index) {
                self.queue.table(relation).rebuild(index_relation, place);
            }
        }
        let Some(table) = relation.as_table() else {
            return;
        };
        for constraint in &table.constraints {
            let dropped =
                self.queue.so_far(relation.id).is_some_and(|it| it.dropped_constraints.contains(&constraint.name));
            if dropped || !constraint.kind.columns().contains(name) {
                continue;
            }
            match &constraint.kind {
                TableConstraintKind::Check { .. } if constraint.valid && constraint.enforced => {
                    let label = constraint.origin.map(|origin| Label {
                        message: format!("`{}` is verified again", constraint.name),
                        at: origin.at,
                    });
                    let scan = Scan {
                        reason: ScanReason::TypeChange,
                        object: constraint.name.clone(),
                        proof: Proof::None,
                        place,
                        because: label.into_iter().collect(),
                        constraint: SmolStr::default(),
                    };
                    self.queue.table(relation).scan(scan);
                }
                TableConstraintKind::ForeignKey { references, .. } => {
                    let Some(referenced) = catalog.relation(*references) else {
                        continue;
                    };
                    self.lock_referenced(analysis, referenced, place.focus);
                    let other = altered.other_side(constraint, referenced, true);
                    let again = constraint.valid && constraint.enforced && altered.compares_anew(analysis, other, true);
                    // A partition's copy of its parent's key is checked with the parent's.
                    if again && !constraint.inherited {
                        let object = constraint.name.clone();
                        self.queue.check_key(analysis, relation, referenced, object, ScanReason::TypeChange, place);
                    }
                }
                _ => {}
            }
        }
        let keys: Vec<_> = catalog.foreign_keys_to(relation.id).collect();
        for (user, constraint) in keys {
            let TableConstraintKind::ForeignKey { referenced_columns, .. } = &constraint.kind else {
                continue;
            };
            if !referenced_columns.contains(name) || user.id == relation.id {
                continue;
            }
            analysis.lock(user, LockMode::AccessExclusive, place.focus);
            for partition in catalog.all_partitions(user.id) {
                analysis.lock(partition, LockMode::AccessExclusive, place.focus);
            }
            let other = altered.other_side(constraint, user, false);
            let again = constraint.valid && constraint.enforced && altered.compares_anew(analysis, other, false);
            if again && !constraint.inherited {
                let object = constraint.name.clone();
                self.queue.check_key(analysis, user, relation, object, ScanReason::TypeChange, place);
            }
        }
    }

    /// The referenced table of a foreign key that is dropped and made again, with its partitions. Before 15 the partitioned table
    /// itself had no trigger to drop (observed).
    fn lock_referenced(&self, analysis: &mut Analysis<'a>, referenced: &'a Relation, focus: Span) {
        let partitioned = referenced.as_table().is_some_and(Table::is_partitioned);
        let lock = if partitioned && analysis.version() < Version(15) {
            LockMode::ShareRowExclusive
        } else {
            LockMode::AccessExclusive
        };
        analysis.lock(referenced, lock, focus);
        for partition in analysis.catalog().all_partitions(referenced.id) {
            let partitioned = partition.as_table().is_some_and(Table::is_partitioned);
            if !partitioned || analysis.version() >= Version(15) {
                analysis.lock(partition, LockMode::AccessExclusive, focus);
            }
        }
    }

    fn is_gone(&self, table: RelationId, index: &Index) -> bool {
        let so_far = self.queue.so_far(table);
        so_far.is_some_and(|so_far| {
            index.constraint.as_ref().is_some_and(|constraint| so_far.dropped_constraints.contains(constraint))
                || so_far.dropped_columns.iter().any(|column| index.uses_column(column))
        })
    }
}

/// A column that changes.
struct Altered<'c> {
    column: &'c Column,
    /// Its new type; `None` where only its expression changes.
    to: Option<&'c TypeName>,
    /// Its collation changes.
    collates: bool,
    /// Its table is rewritten for it.
    rewrites: bool,
}

impl Altered<'_> {
    /// Whether an index over the column can be kept as it is (`CheckIndexCompatible`).
    fn keeps(&self, analysis: &Analysis<'_>, index: &Index) -> bool {
        // The indexes of partitions come anew from the partitioned table's (truth: type_partitioned_varchar_widen).
        if index.predicate.is_some() || index.parent.is_some() || !index.valid {
            return false;
        }
        let name: &Name = &self.column.name;
        index.keys.iter().all(|key| {
            let ExprKind::Column(path) = &key.expr.kind else {
                return false;
            };
            if path.last().is_none_or(|column| column.name != *name) {
                return true;
            }
            let Some(to) = self.to else {
                return true;
            };
            let collates = self.collates && key.collation.is_none();
            !collates && analysis.keeps_operators(self.column.ty.as_ref(), to, &index.method, key.opclass.is_some())
        })
    }

    /// Whether the rows of a foreign key have to be looked up again: a key of a rewritten table, or one whose equality changes.
    fn compares_anew(&self, analysis: &Analysis<'_>, other: Option<&TypeName>, referencing: bool) -> bool {
        let changes = |to| !analysis.keeps_equality(self.column.ty.as_ref(), to, other, referencing);
        self.rewrites || self.to.is_some_and(changes)
    }

    /// The type of the column that the altered one is compared with in a foreign key. `relation`: the table on the other side.
    fn other_side<'t>(
        &self,
        constraint: &TableConstraint,
        relation: &'t Relation,
        referencing: bool,
    ) -> Option<&'t TypeName> {
        let TableConstraintKind::ForeignKey { columns, referenced_columns, .. } = &constraint.kind else {
            return None;
        };
        let (own, others) = if referencing { (columns, referenced_columns) } else { (referenced_columns, columns) };
        let at = own.iter().position(|column| *column == self.column.name)?;
        relation.as_table()?.column(others.get(at)?)?.ty.as_ref()
    }
}
