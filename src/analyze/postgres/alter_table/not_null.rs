//! `SET NOT NULL` and `DROP NOT NULL`, and what proves that a column holds no NULL
//! (`NotNullImpliedByRelConstraints`; truth: set_not_null_*, add_primary_key_*).

use super::work::Scan;
use super::{Alteration, Place};
use crate::analyze::postgres::analysis::Analysis;
use crate::analyze::postgres::proof::Condition;
use crate::catalog::{Relation, Table, TableConstraint, TableConstraintKind, constant_value};
use crate::diagnostic::Label;
use crate::dialect::Version;
use crate::effect::{
    ClientChange, ColumnChange, ConstraintWord, DependsOn, EffectKind, FailReason, MayFailReason, NothingReason, Proof,
    ScanReason,
};
use crate::statement::{AlterActionKind, Expr, ExprKind, Ident, Name};
use smol_str::SmolStr;

/// Whether something shows that a column holds no NULL.
enum Shown<'a> {
    /// The column refuses NULL already.
    Already,
    /// A valid CHECK says so.
    By,
    /// Nothing does; what comes closest, and why it does not count.
    Not(Proof, Option<&'a TableConstraint>),
}

impl<'a> Alteration<'a, '_> {
    pub(super) fn set_not_null(&mut self, analysis: &mut Analysis<'a>, column: &Ident) {
        let Some(known) = self.existing_column(analysis, column) else {
            return;
        };
        let root = self.relation;
        let table = root.as_table();
        // From 12 to 17 the column is looked for before a new one is there (`ATPrepSetNotNull`; truth: set_not_null_of_new_column).
        let early = (Version(12)..Version(18)).contains(&analysis.version()) && self.is_partitioned();
        if early && known.is_none() && table.is_some_and(|table| table.complete) {
            analysis.fail(column.span, FailReason::Missing, "42703", column.name.clone());
            return;
        }
        let already = known.is_some_and(|column| column.not_null);
        // 11 asked nobody (truth: only_set_not_null).
        let fine = analysis.version() >= Version(12) && (already || !self.a_child_lets_null_in(analysis, &column.name));
        if self.leaves_children_out(analysis) && self.is_partitioned() && !fine {
            analysis.fail(column.span, FailReason::Invalid, "42P16", column.name.clone());
            return;
        }
        if self.statement.only && self.is_partitioned() && !already && analysis.version() < Version(18) {
            // The partitions are asked whether they refuse NULL.
            for partition in analysis.catalog().descendants(root.id) {
                analysis.lock(partition, self.lock, column.span);
            }
        }
        if known.is_some_and(|column| column.not_null) && not_valid_not_null(table, &column.name).is_none() {
            let kind = EffectKind::DoesNothing { reason: NothingReason::AlreadySo, object: column.name.clone() };
            analysis.on(root, column.span, kind);
        } else {
            self.refuse_null(analysis, column, true);
        }
        for relation in self.family(analysis) {
            let place = self.place(analysis, column.span);
            self.require_not_null(analysis, relation, &column.name, place, None);
        }
    }

    /// Whether a child of the named table lets NULL into a column.
    pub(in crate::analyze::postgres) fn a_child_lets_null_in(&self, analysis: &Analysis<'a>, column: &Name) -> bool {
        analysis
            .catalog()
            .descendants(self.relation.id)
            .into_iter()
            .any(|child| child.as_table().and_then(|table| table.column(column)).is_some_and(|column| !column.not_null))
    }

    /// Whether the statement itself gives a column a value in every row: `TYPE text USING coalesce(c, '')`.
    fn converts_null(&self, column: &Name) -> bool {
        let never_null = |using: &Expr| match &using.kind {
            ExprKind::Call(call) if call.name.name.name == "coalesce" => {
                call.arguments.iter().any(|argument| constant_value(argument).is_some())
            }
            _ => constant_value(using).is_some(),
        };
        self.statement.actions.iter().any(|action| match &action.kind {
            AlterActionKind::SetType { column: of, using: Some(using), .. } => of.name == *column && never_null(using),
            _ => false,
        })
    }

    /// Old rows may hold NULL, and old clients may write it.
    pub(in crate::analyze::postgres) fn refuse_null(
        &mut self,
        analysis: &mut Analysis<'a>,
        column: &Ident,
        checks: bool,
    ) {
        let root = self.relation;
        let shown = self.shown(analysis, root, &column.name);
        if checks && !matches!(shown, Shown::Already | Shown::By) && !analysis.subject_is_empty(root) {
            let backfilled = backfilled(root, &column.name) || self.converts_null(&column.name);
            let kind = EffectKind::may_fail(MayFailReason::NullValues, column.name.clone(), backfilled);
            let label = analysis.created_here(root);
            analysis.on(root, column.span, kind).because.extend(label);
        }
        let kind = EffectKind::breaks_clients(ClientChange::NotNull, column.name.clone());
        analysis.on(root, column.span, kind);
        let kind = EffectKind::AddsConstraint {
            name: SmolStr::default(),
            constraint: ConstraintWord::NotNull,
            validated: checks,
            columns: 1,
            deferrable: false,
            on_delete: SmolStr::default(),
            references: SmolStr::default(),
            enforced: true,
            depends_on: DependsOn::Row,
        };
        analysis.on(root, column.span, kind);
    }

    /// A table of the family has to show that a column holds no NULL, and is read where it cannot.
    pub(in crate::analyze::postgres) fn require_not_null(
        &mut self,
        analysis: &mut Analysis<'a>,
        relation: &'a Relation,
        column: &Name,
        place: Place,
        reason: Option<ScanReason>,
    ) {
        if let Shown::Not(proof, constraint) = self.shown(analysis, relation, column) {
            let because = constraint.and_then(|constraint| {
                let at = constraint.origin?.at;
                let message = match proof {
                    Proof::NotValid => format!("`{}` would prove it, but is NOT VALID", constraint.name),
                    Proof::DroppedFirst => format!("`{}` would prove it, but is dropped first", constraint.name),
                    Proof::Version => format!("`{}` proves it from PostgreSQL 12 on", constraint.name),
                    Proof::None => return None,
                };
                Some(Label { message, at })
            });
            self.queue.table(relation).scan(Scan {
                reason: reason.unwrap_or(ScanReason::NotNull),
                object: column.clone(),
                proof,
                place,
                because: because.into_iter().collect(),
                constraint: SmolStr::default(),
            });
        }
        self.queue.table(relation).so_far.not_null.push(column.clone());
    }

    fn shown(&self, analysis: &Analysis<'a>, relation: &'a Relation, column: &Name) -> Shown<'a> {
        let so_far = self.queue.so_far(relation.id);
        if so_far.is_some_and(|so_far| so_far.not_null.contains(column)) {
            return Shown::Already;
        }
        let Some(table) = relation.as_table() else {
            return Shown::Not(Proof::None, None);
        };
        let not_valid = not_valid_not_null(Some(table), column);
        if table.column(column).is_some_and(|column| column.not_null) && not_valid.is_none() {
            return Shown::Already;
        }
        let wanted = Condition::NotNull(column.clone());
        let proves = |constraint: &&TableConstraint| match &constraint.kind {
            TableConstraintKind::Check { expr, .. } => Condition::of(expr).implies(&wanted),
            _ => false,
        };
        let dropped = |constraint: &TableConstraint| {
            so_far.is_some_and(|so_far| so_far.dropped_constraints.contains(&constraint.name))
        };
        let mut nearest = not_valid.map(|constraint| (Proof::NotValid, constraint));
        for constraint in table.constraints.iter().filter(proves) {
            let proof = if dropped(constraint) {
                Proof::DroppedFirst
            } else if !constraint.valid || !constraint.enforced {
                Proof::NotValid
            } else if analysis.version() < Version(12) {
                Proof::Version
            } else {
                return Shown::By;
            };
            nearest.get_or_insert((proof, constraint));
        }
        match nearest {
            Some((proof, constraint)) => Shown::Not(proof, Some(constraint)),
            None => Shown::Not(Proof::None, None),
        }
    }

    pub(super) fn drop_not_null(&mut self, analysis: &mut Analysis<'a>, column: &Ident) {
        let Some(known) = self.existing_column(analysis, column) else {
            return;
        };
        let root = self.relation;
        let Some(table) = root.as_table() else {
            return;
        };
        let in_primary_key =
            table.primary_key().is_some_and(|key| key.kind.columns().contains(&column.name) && !self.is_dropped(key));
        let so_far = self.queue.so_far(root.id);
        let no_more = so_far.is_some_and(|so_far| so_far.dropped_identities.contains(&column.name));
        let identity = known.is_some_and(|known| known.identity) && !no_more;
        if self.leaves_children_out(analysis) {
            if self.is_partitioned() && analysis.version() < Version(18) {
                analysis.fail(column.span, FailReason::Invalid, "42P16", column.name.clone());
                return;
            }
            // The children keep it as their own (truth: only_drop_not_null).
            if analysis.version() >= Version(18) && known.is_some_and(|known| known.not_null) {
                for child in self.first_generation(analysis) {
                    analysis.lock(child, self.lock, column.span);
                }
            }
        }
        // A partition has to refuse what its parent refuses; an inheritance child from 18 on, where NOT NULL is a constraint.
        let parents = table.partition.iter().map(|partition| partition.parent);
        let inherits = table.inherits.iter().copied().filter(|_| analysis.version() >= Version(18));
        let in_parent = parents.chain(inherits).any(|parent| {
            let parent = analysis.catalog().table(parent);
            parent.is_some_and(|(_, parent)| parent.column(&column.name).is_some_and(|column| column.not_null))
        });
        if in_primary_key || in_parent || identity {
            let sqlstate = if identity { "42601" } else { "42P16" };
            analysis.fail(column.span, FailReason::Depended, sqlstate, column.name.clone());
            return;
        }
        if known.is_some_and(|known| !known.not_null) && table.complete {
            let kind = EffectKind::DoesNothing { reason: NothingReason::AlreadySo, object: column.name.clone() };
            analysis.on(root, column.span, kind);
            return;
        }
        self.tell_changed(analysis, known, column, ColumnChange::DropNotNull);
    }

    fn is_dropped(&self, constraint: &TableConstraint) -> bool {
        let so_far = self.queue.so_far(self.relation.id);
        so_far.is_some_and(|so_far| so_far.dropped_constraints.contains(&constraint.name))
    }
}

/// The NOT VALID NOT NULL of a column, from 18.
pub(super) fn not_valid_not_null<'a>(table: Option<&'a Table>, column: &Name) -> Option<&'a TableConstraint> {
    table?.constraints.iter().find(|constraint| match &constraint.kind {
        TableConstraintKind::NotNull { column: of } => of == column && !constraint.valid,
        _ => false,
    })
}

/// Whether earlier statements filled a column's NULLs.
pub(in crate::analyze::postgres) fn backfilled(relation: &Relation, column: &Name) -> bool {
    relation.as_table().and_then(|table| table.column(column)).is_some_and(|column| column.backfilled)
}
