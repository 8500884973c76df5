//! `ADD COLUMN` (`ATExecAddColumn`; truth: the group `add_column`).

use super::work::{AddedColumn, AddedConstraint, Rewrite, Scan};
use super::{Alteration, added_here};
use crate::analyze::postgres::analysis::Analysis;
use crate::analyze::postgres::column_type::{display, serial_base};
use crate::analyze::postgres::constraint;
use crate::analyze::postgres::default::{Filling, display_type};
use crate::analyze::postgres::volatility::builtin;
use crate::catalog::{Column, Relation, Table, generates_keys, is_built_in};
use crate::dialect::Version;
use crate::effect::{ClientChange, EffectKind, FailReason, LockMode, MayFailReason, NothingReason, Proof, ScanReason};
use crate::statement::{AlterActionKind, ColumnDef, ConstraintKind, ExprKind, Ident, TypeName};
use smol_str::SmolStr;

impl<'a> Alteration<'a, '_> {
    pub(super) fn add_column(&mut self, analysis: &mut Analysis<'a>, column: &ColumnDef, if_not_exists: bool) {
        let name = &column.name;
        let root = self.relation;
        let table = root.as_table();
        if table.is_some_and(|table| table.partition.is_some()) {
            analysis.fail(name.span, FailReason::Kind, "42809", root.display_name());
            return;
        }
        if table.is_some_and(|table| table.of_type.is_some()) {
            analysis.fail(name.span, FailReason::Kind, "42809", root.display_name());
            return;
        }
        if self.has_column(root, column) {
            let label = table.and_then(|table| table.column(&name.name)).and_then(added_here);
            if if_not_exists {
                let known = table.and_then(|table| table.column(&name.name));
                let reason = if known.is_some_and(|known| is_different(analysis, known, column)) {
                    NothingReason::Different
                } else {
                    NothingReason::Exists
                };
                let kind = EffectKind::DoesNothing { reason, object: name.name.clone() };
                analysis.on(root, name.span, kind).because.extend(label);
            } else {
                analysis.fail(name.span, FailReason::Duplicate, "42701", name.name.clone()).because.extend(label);
            }
            return;
        }
        if is_system_column(&name.name) {
            analysis.fail(name.span, FailReason::Duplicate, "42701", name.name.clone());
            return;
        }
        if self.leaves_children_out(analysis) {
            analysis.fail(name.span, FailReason::Invalid, "42P16", name.name.clone());
            return;
        }
        if let Some(ty) = column.ty.as_ref().filter(|ty| !analysis.type_may_exist(ty)) {
            analysis.fail(ty.span, FailReason::Missing, "42704", display(ty));
            return;
        }
        let children = analysis.catalog().descendants(root.id);
        let identities_recurse = self.is_partitioned() && analysis.version() >= Version(17);
        if column.identity.is_some() && !children.is_empty() && !identities_recurse {
            analysis.fail(name.span, FailReason::Invalid, "42P16", name.name.clone());
            return;
        }
        let filling = analysis.filling(column);
        if let Some(function) = &filling.missing {
            analysis.fail(function.span(), FailReason::Missing, "42883", smol_str::format_smolstr!("{function}"));
            return;
        }
        if let Some((focus, sqlstate)) = filling.refused {
            analysis.fail(focus, FailReason::Invalid, sqlstate, name.name.clone());
            return;
        }
        let from = column.generated.iter().flat_map(|generated| generated.expr.columns()).collect();
        if let Some(missing) = constraint::missing_column(self, from) {
            // Its own value is no column yet.
            let sqlstate = if missing.name == name.name { "42P17" } else { "42703" };
            analysis.fail(missing.span, FailReason::Missing, sqlstate, missing.name.clone());
            return;
        }
        if let (Some(ty), Some(default)) = (&column.ty, &column.default)
            && analysis.use_of_new_value(ty, default)
        {
            return;
        }
        // A row type that columns elsewhere have cannot change its stored form (`find_composite_type_dependencies`).
        if (filling.rewrite.is_some() || filling.stored_value)
            && let Some((user, used)) = analysis.catalog().row_type_user(root)
        {
            let object = smol_str::format_smolstr!("{}.{}", user.display_name(), used.name);
            analysis.fail(name.span, FailReason::Depended, "0A000", object);
            return;
        }
        let not_null = column
            .constraints
            .iter()
            .any(|it| matches!(it.kind, ConstraintKind::NotNull(_) | ConstraintKind::PrimaryKey(_)))
            || filling.numbered;
        let data_type = display_type(column);
        let is_like = |it: &Column| {
            let types = it.ty.as_ref().zip(column.ty.as_ref());
            !analysis.made_now(it.origin)
                && types.is_some_and(|(ty, own)| ty.name == own.name && display(ty) == data_type)
        };
        let kind = EffectKind::AddsColumn {
            column: name.name.clone(),
            repeated: table.is_some_and(|table| table.columns.iter().any(is_like)),
            data_type,
            not_null,
            filled: filling.stored_value || filling.rewrite.is_some() || column.generated.is_some(),
            if_not_exists,
        };
        analysis.on(root, column.span, kind);
        self.require_value(analysis, column, &filling, not_null);
        self.fill(analysis, column, &filling);
        self.queue.table(root).so_far.added_columns.push(AddedColumn {
            name: name.name.clone(),
            ty: column.ty.clone(),
            is_null: !filling.stored_value && filling.rewrite.is_none() && !filling.is_virtual,
            own_values: filling.numbered || column.default.as_ref().is_some_and(generates_keys),
            is_virtual: filling.is_virtual,
        });
        for added in &column.constraints {
            let inline = constraint::Inline { skip_keys: self.skips_key_check(analysis.version(), column) };
            constraint::add(self, analysis, added, Some(inline));
        }
    }

    /// A new column that refuses NULL and has no value for the rows that exist, or for what old clients insert.
    fn require_value(&mut self, analysis: &mut Analysis<'a>, column: &ColumnDef, filling: &Filling, not_null: bool) {
        let name = &column.name.name;
        let refuses =
            not_null || column.ty.as_ref().is_some_and(|ty| analysis.domains(ty).iter().any(|it| it.not_null));
        if !refuses || filling.stored_value || filling.rewrite_fills() || column.generated.is_some() {
            return;
        }
        let focus = column.constraints.iter().find_map(|it| match it.kind {
            ConstraintKind::NotNull(_) | ConstraintKind::PrimaryKey(_) => Some(it.span),
            _ => None,
        });
        let focus = focus.unwrap_or(column.span);
        // The rows are looked at all the same: where there are any, it fails.
        if !filling.is_virtual && filling.rewrite.is_none() {
            let place = self.place(analysis, focus);
            let mut family = vec![self.relation];
            family.extend(self.reached_by(analysis, name, true));
            for relation in family {
                self.queue.table(relation).scan(Scan {
                    reason: ScanReason::NoValue,
                    object: name.clone(),
                    proof: Proof::None,
                    place,
                    because: Vec::new(),
                    constraint: SmolStr::default(),
                });
            }
        }
        let kind = EffectKind::MayFail {
            reason: MayFailReason::NoValue,
            object: name.clone(),
            backfilled: false,
            filler: SmolStr::new_static("DEFAULT"),
        };
        if !analysis.is_cleared(self.relation) {
            let label = analysis.created_here(self.relation);
            analysis.on(self.relation, focus, kind).because.extend(label);
        }
        let kind = EffectKind::breaks_clients(ClientChange::RequiredColumn, name.clone());
        analysis.on(self.relation, focus, kind);
    }

    /// Whether a stored column might be computed on reading as well: that knows the server's own functions and types only, those of the
    /// columns that it reads included (manual, "Generated Columns").
    fn can_be_virtual(&self, analysis: &Analysis<'a>, column: &ColumnDef) -> bool {
        let Some(generated) = &column.generated else {
            return false;
        };
        let own = |ty: &TypeName| {
            ty.schema.as_ref().is_none_or(|schema| schema.name == "pg_catalog") && is_built_in(&ty.name)
        };
        let known = |name: &Ident| {
            let table = self.relation.as_table();
            let ty = table.and_then(|table| table.column(&name.name)).and_then(|column| column.ty.as_ref());
            ty.is_some_and(own)
        };
        let mut built_in = column.ty.as_ref().is_some_and(own) && generated.expr.columns().into_iter().all(known);
        generated.expr.walk(&mut |part| match &part.kind {
            ExprKind::Call(call) => {
                let system = call.name.schema.as_ref().is_none_or(|schema| schema.name == "pg_catalog");
                built_in &= system && builtin(&call.name.name.name, analysis.version()).is_some();
            }
            ExprKind::Cast(_, ty) => built_in &= own(ty),
            ExprKind::Unknown => built_in = false,
            _ => {}
        });
        built_in
    }

    /// How existing rows get the column's value.
    fn fill(&mut self, analysis: &mut Analysis<'a>, column: &ColumnDef, filling: &Filling) {
        let name = &column.name.name;
        let focus = filling.focus.unwrap_or(column.span);
        let place = self.place(analysis, focus);
        let instead = SmolStr::new(if self.can_be_virtual(analysis, column) { "VIRTUAL" } else { "" });
        for relation in self.family(analysis) {
            // A child that has the column already only merges it.
            if relation.id != self.relation.id && relation.as_table().is_some_and(|table| table.column(name).is_some())
            {
                continue;
            }
            if let Some(reason) = filling.rewrite {
                self.queue.table(relation).rewrite(Rewrite {
                    reason,
                    column: name.clone(),
                    change: SmolStr::default(),
                    instead: instead.clone(),
                    added_as: SmolStr::default(),
                    place,
                    because: Vec::new(),
                    assumptions: filling.assumptions.clone(),
                });
            } else if filling.is_virtual
                && column.constraints.iter().any(|it| matches!(it.kind, ConstraintKind::NotNull(_)))
            {
                // Nothing is stored that could be known not to be NULL.
                self.queue.table(relation).scan(Scan {
                    reason: ScanReason::NotNull,
                    object: name.clone(),
                    proof: Proof::None,
                    place,
                    because: Vec::new(),
                    constraint: SmolStr::default(),
                });
            }
        }
        if filling.rewrite.is_some() {
            for sequence in &filling.sequences {
                if let Some(sequence) = analysis.resolve(sequence) {
                    analysis.lock(sequence, LockMode::RowExclusive, focus);
                }
            }
        }
    }

    fn has_column(&self, relation: &Relation, column: &ColumnDef) -> bool {
        let name = &column.name.name;
        let so_far = self.queue.so_far(relation.id);
        let dropped = so_far.is_some_and(|so_far| so_far.dropped_columns.contains(name));
        let added = so_far.is_some_and(|so_far| so_far.added_column(name).is_some());
        let known = relation.as_table().and_then(|table: &Table| table.column(name)).is_some();
        added || (known && !dropped)
    }

    /// A foreign key in a new column's definition needs no check where the column has no DEFAULT, not even NULL
    /// (`transformAlterTableStmt`). Before 13 one such column, or a foreign key of its own, made all of the statement be checked.
    fn skips_key_check(&self, version: Version, column: &ColumnDef) -> bool {
        let plain = |column: &ColumnDef| {
            let serial = column.ty.as_ref().is_some_and(|ty| serial_base(&ty.name).is_some());
            column.default.is_none() && column.generated.is_none() && !serial
        };
        // Each partition of 11 is checked whatever the definition says (observed).
        if self.is_partitioned() && version < Version(12) {
            return false;
        }
        if version >= Version(13) {
            return plain(column);
        }
        self.statement.actions.iter().all(|action| match &action.kind {
            AlterActionKind::AddColumn { column, .. } => plain(column),
            AlterActionKind::AddConstraint(constraint) => !matches!(constraint.kind, ConstraintKind::ForeignKey(_)),
            _ => true,
        })
    }

    /// Remembers a constraint that this statement adds.
    pub(in crate::analyze::postgres) fn remember_constraint(&mut self, added: AddedConstraint) {
        let relation = self.relation;
        self.queue.table(relation).so_far.added_constraints.push(added);
    }
}

/// Whether a column that exists is certainly not as a new one of its name is written: of another type, or open to NULL.
fn is_different(analysis: &Analysis<'_>, known: &Column, written: &ColumnDef) -> bool {
    let serial = |ty: &TypeName| serial_base(&ty.name).is_some();
    let types = known.ty.as_ref().zip(written.ty.as_ref());
    let other_type =
        types.is_some_and(|(known, ty)| !serial(known) && !serial(ty) && !analysis.holds_the_same(known, ty));
    let refuses_null = written.constraints.iter().any(|it| matches!(it.kind, ConstraintKind::NotNull(_)));
    other_type || (refuses_null && !known.not_null)
}

/// The columns that every table has.
pub(in crate::analyze::postgres) fn is_system_column(name: &str) -> bool {
    matches!(name, "tableoid" | "ctid" | "xmin" | "xmax" | "cmin" | "cmax")
}

/// A domain's own default reaches existing rows from 13 on (truth: add_column_domain_default_volatile, _const).
pub(in crate::analyze::postgres) fn domain_default_applies(version: Version) -> bool {
    version >= Version(13)
}
