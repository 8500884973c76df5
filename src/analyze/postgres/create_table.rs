//! `CREATE TABLE` in all its forms (`DefineRelation`, `transformCreateStmt`, `ExecCreateTableAs`; truth: create_table_*).

mod definition;
mod padding;

use super::alter_table::{UNCHECKED, column_not_in_version, constraint_not_in_version, unchecked};
use super::analysis::Analysis;
use super::column_type::{display, serial_base};
use super::default::display_type;
use super::missing;
use super::{access, constraint, dml, partition};
use crate::catalog::{Relation, RelationBody, made_otherwise};
use crate::diagnostic::Label;
use crate::dialect::Version;
use crate::effect::{ConstraintWord, EffectKind, FailReason, LockMode, NothingReason, RelationKind, Rows, Subject};
use crate::source::{Location, Span};
use crate::statement::{
    ColumnDef, Constraint, ConstraintKind, CreateTable, ForeignKey, Ident, Name, Persistence, TypeName,
};
use smol_str::format_smolstr;

/// `CREATE TABLE`, also `AS`, `PARTITION OF`, and `CREATE FOREIGN TABLE`.
pub(super) fn create_table(analysis: &mut Analysis<'_>, create: &CreateTable) {
    let version = analysis.version();
    let focus = create.name.span();
    if let Some(constraint) = create.columns.iter().find_map(unchecked) {
        analysis.fail(constraint.span, FailReason::Syntax, "42601", UNCHECKED);
        return;
    }
    let column = create.columns.iter().find_map(|column| Some((column.span, column_not_in_version(column, version)?)));
    let table = create
        .constraints
        .iter()
        .find_map(|constraint| Some((constraint.span, constraint_not_in_version(constraint, true, version)?)));
    if let Some((span, what)) = column.or(table) {
        analysis.fail(span, FailReason::Version, "42601", what);
        return;
    }
    let path = analysis.context.session.search_path();
    let catalog = analysis.catalog();
    let temporary = create.persistence == Persistence::Temporary;
    let schema = if temporary { "pg_temp" } else { catalog.creation_schema(&create.name, &path) };
    if let Some(existing) = catalog.find(schema, &create.name.name.name) {
        let label = analysis.created_here(existing);
        let object = existing.display_name();
        if create.if_not_exists {
            // The query is parsed before the name is looked up.
            if let Some(query) = &create.query {
                dml::lock_query(analysis, query, false);
            }
            let differs = differing_column(analysis, existing, create);
            let reason = if differs.is_some() { NothingReason::Different } else { NothingReason::Exists };
            let kind = EffectKind::DoesNothing { reason, object };
            let effect = analysis.on(existing, focus, kind);
            effect.because.extend(label);
            if let Some(column) = differs {
                let at = Location { source: effect.cause.source, span: column };
                effect.because.push(Label { message: "not so in the table that exists".to_owned(), at });
            }
            // What a query names is locked before anybody looks whether the table exists.
            if let Some(query) = &create.query {
                dml::lock_query(analysis, query, false);
            }
        } else {
            analysis.fail_taken(focus, existing);
        }
        return;
    }
    // Every table has a row type of its name.
    if let Some(existing) = catalog.type_named(Some(schema), &create.name.name.name, &path) {
        let label = existing.origin.map(|origin| {
            let otherwise = made_otherwise(existing.made_as.as_ref(), &existing.name);
            Label { message: format!("the type `{}` is created here{otherwise}", existing.name), at: origin.at }
        });
        analysis.fail(focus, FailReason::Duplicate, "42710", existing.name.clone()).because.extend(label);
        return;
    }
    if missing::refuse_schema(analysis, &create.name) {
        return;
    }
    if let Some(written) = create.name.schema.as_ref().filter(|schema| temporary && schema.name != "pg_temp") {
        analysis.fail(written.span, FailReason::Invalid, "42P16", written.name.clone());
        return;
    }
    if let Some(server) = &create.server
        && missing::refuse_plain(analysis, crate::statement::ObjectKind::Server, server)
    {
        return;
    }
    let new = New { subject: subject_of(create, schema) };
    if !new.sources(analysis, create) {
        return;
    }
    if let Some((focus, reason, sqlstate, object)) = definition::refusal(analysis, create) {
        analysis.fail(focus, reason, sqlstate, object);
        return;
    }
    let kind = EffectKind::CreatesTable {
        if_not_exists: create.if_not_exists,
        temporary,
        unlogged: create.persistence == Persistence::Unlogged,
        columns: create.columns.len(),
        qualified: create.name.schema.is_some(),
        padding: padding::saved(&create.columns),
        default_partition: matches!(
            &create.partition_of,
            Some((_, bound)) if bound.kind == crate::statement::PartitionBoundKind::Default
        ),
    };
    analysis.on_new(new.subject.clone(), focus, kind);
    access::storage_options(analysis, new.subject.clone(), &create.options);
    new.columns(analysis, create);
    if let Some(query) = create.query.as_ref().filter(|_| !create.with_no_data && !temporary) {
        analysis.tell_query(query, focus, "table", new.subject.relation.clone());
    }
    if let Some(query) = &create.query {
        dml::lock_query(analysis, query, !create.with_no_data);
    }
}

/// The first column that a table of that name has not, or has with another type.
fn differing_column(analysis: &Analysis<'_>, existing: &Relation, create: &CreateTable) -> Option<Span> {
    let table = existing.as_table().filter(|table| table.complete)?;
    let differs = |column: &&ColumnDef| match table.column(&column.name.name) {
        None => true,
        Some(known) => known.ty.as_ref().zip(column.ty.as_ref()).is_some_and(|(known, written)| {
            let integer = |ty: &TypeName| serial_base(&ty.name).is_some();
            !integer(known) && !integer(written) && !analysis.holds_the_same(known, written)
        }),
    };
    create.columns.iter().find(differs).map(|column| column.span)
}

fn subject_of(create: &CreateTable, schema: &str) -> Subject {
    let name = &create.name.name.name;
    let relation_kind = match create {
        CreateTable { persistence: Persistence::Temporary, .. } => RelationKind::TemporaryTable,
        CreateTable { foreign: true, .. } => RelationKind::ForeignTable,
        CreateTable { partition_by: Some(_), .. } => RelationKind::PartitionedTable,
        CreateTable { partition_of: Some(_), .. } => RelationKind::Partition,
        _ => RelationKind::Table,
    };
    let relation =
        if matches!(schema, "public" | "pg_temp") { name.clone() } else { format_smolstr!("{schema}.{name}") };
    let rows = if create.query.is_some() { Rows::Unknown } else { Rows::None };
    Subject { new: true, existed: false, rows, ..Subject::named(relation, relation_kind) }
}

/// A table about to be made.
struct New {
    subject: Subject,
}

impl New {
    /// Locks and checks the relations that the new one is made from. Returns whether it can be made.
    fn sources<'a>(&self, analysis: &mut Analysis<'a>, create: &CreateTable) -> bool {
        if let Some((name, bound)) = &create.partition_of {
            let Some(parent) = analysis.named(name) else {
                return false;
            };
            let focus = name.span();
            analysis.lock(parent, LockMode::AccessExclusive, focus);
            let fits = match &parent.body {
                RelationBody::Table(table) => table.is_partitioned() || !table.complete,
                RelationBody::Unknown => true,
                _ => false,
            };
            if !analysis.require_kind(parent, focus, fits) {
                return false;
            }
            if !partition::bound_fits(analysis, parent, bound) {
                return false;
            }
            if let Some(other) = partition::overlapping(analysis, parent, bound) {
                let label = analysis.created_here(other);
                analysis.fail(bound.span, FailReason::Invalid, "42P17", other.display_name()).because.extend(label);
                return false;
            }
            partition::tell_attached(analysis, parent, self.subject.relation.clone(), true, focus);
            partition::check_default(analysis, parent, bound);
            partition::lock_parent_indexes(analysis, parent, focus);
            partition::lock_parent_keys(analysis, parent, focus);
            partition::lock_referencing(analysis, parent, focus);
        }
        for name in &create.inherits {
            let Some(parent) = analysis.named(name) else {
                return false;
            };
            let fits = match &parent.body {
                RelationBody::Table(table) => !table.is_partitioned() && table.partition.is_none(),
                RelationBody::Unknown => true,
                _ => false,
            };
            if !analysis.require_kind(parent, name.span(), fits) {
                return false;
            }
            analysis.lock(parent, LockMode::ShareUpdateExclusive, name.span());
        }
        for like in &create.likes {
            let Some(source) = analysis.named(&like.source) else {
                return false;
            };
            let fits = !matches!(source.body, RelationBody::Index(_) | RelationBody::Sequence(_));
            if !analysis.require_kind(source, like.source.span(), fits) {
                return false;
            }
            analysis.lock(source, LockMode::AccessShare, like.source.span());
        }
        if let Some(name) = &create.of_type {
            match analysis.resolve(name) {
                Some(ty) => {
                    let fits = matches!(ty.body, RelationBody::Composite(_) | RelationBody::Unknown);
                    if !analysis.require_kind(ty, name.span(), fits) {
                        return false;
                    }
                    analysis.lock(ty, LockMode::AccessShare, name.span());
                }
                None if analysis.context.settings.from_empty
                    && analysis
                        .catalog()
                        .type_named(
                            name.schema.as_ref().map(|schema| schema.name.as_str()),
                            &name.name.name,
                            &analysis.context.session.search_path(),
                        )
                        .is_some() =>
                {
                    analysis.fail(name.span(), FailReason::Kind, "42809", format_smolstr!("{name}"));
                    return false;
                }
                None if analysis.context.settings.from_empty => {
                    analysis.fail(name.span(), FailReason::Missing, "42704", format_smolstr!("{name}"));
                    return false;
                }
                None => {}
            }
        }
        true
    }

    /// The columns and constraints.
    fn columns(&self, analysis: &mut Analysis<'_>, create: &CreateTable) {
        for column in &create.columns {
            let name = &column.name;
            if let Some(ty) = column.ty.as_ref().filter(|ty| !analysis.type_may_exist(ty)) {
                analysis.fail(ty.span, FailReason::Missing, "42704", display(ty));
                return;
            }
            let filling = analysis.filling(column);
            if let Some(function) = &filling.missing {
                analysis.fail(function.span(), FailReason::Missing, "42883", format_smolstr!("{function}"));
                return;
            }
            if let Some((focus, sqlstate)) = filling.refused {
                analysis.fail(focus, FailReason::Invalid, sqlstate, name.name.clone());
                return;
            }
            if let (Some(ty), Some(default)) = (&column.ty, &column.default)
                && analysis.use_of_new_value(ty, default)
            {
                return;
            }
            // Names of columns of AS, and options of columns of a parent or type, add none.
            if column.ty.is_some() {
                let required = column.constraints.iter().any(|constraint| {
                    matches!(constraint.kind, ConstraintKind::NotNull(_) | ConstraintKind::PrimaryKey(_))
                });
                let in_key = create.constraints.iter().any(|constraint| match &constraint.kind {
                    ConstraintKind::PrimaryKey(key) => key.columns.iter().any(|key| key.name == name.name),
                    _ => false,
                });
                let kind = EffectKind::AddsColumn {
                    column: name.name.clone(),
                    data_type: display_type(column),
                    not_null: required || in_key || filling.numbered,
                    filled: filling.stored_value || filling.rewrite_fills() || column.generated.is_some(),
                    if_not_exists: false,
                    repeated: false,
                };
                analysis.on_new(self.subject.clone(), column.span, kind);
            }
        }
        let constraints = create.columns.iter().flat_map(|column| &column.constraints).chain(&create.constraints);
        let mut primary_keys = 0;
        for constraint in constraints {
            primary_keys += usize::from(matches!(constraint.kind, ConstraintKind::PrimaryKey(_)));
            if primary_keys > 1 {
                analysis.fail(constraint.span, FailReason::Duplicate, "42P16", self.subject.relation.clone());
                return;
            }
            if !self.constraint(analysis, create, constraint) {
                return;
            }
        }
    }

    /// Returns whether the table can still be made.
    fn constraint(&self, analysis: &mut Analysis<'_>, create: &CreateTable, constraint: &Constraint) -> bool {
        let word = match &constraint.kind {
            ConstraintKind::Null(_) => return true,
            ConstraintKind::NotNull(_) => ConstraintWord::NotNull,
            ConstraintKind::Check(_) => ConstraintWord::Check,
            ConstraintKind::Unique(_) => ConstraintWord::Unique,
            ConstraintKind::PrimaryKey(_) => ConstraintWord::PrimaryKey,
            ConstraintKind::Exclude(_) => ConstraintWord::Exclude,
            ConstraintKind::ForeignKey(_) => ConstraintWord::ForeignKey,
        };
        match &constraint.kind {
            ConstraintKind::ForeignKey(key) if !self.reference(analysis, create, key) => return false,
            ConstraintKind::Unique(index) | ConstraintKind::PrimaryKey(index)
                if index.columns.iter().any(|column| is_virtual(create, column)) =>
            {
                analysis.fail(constraint.span, FailReason::Kind, "0A000", self.subject.relation.clone());
                return false;
            }
            ConstraintKind::ForeignKey(key) if key.columns.iter().any(|column| is_virtual(create, column)) => {
                analysis.fail(constraint.span, FailReason::Kind, "0A000", self.subject.relation.clone());
                return false;
            }
            ConstraintKind::Unique(index) | ConstraintKind::PrimaryKey(index) => {
                let by = create.partition_by.iter().flat_map(|by| &by.key);
                let covered = by
                    .flat_map(|part| part.columns())
                    .all(|key| index.columns.iter().any(|column| column.name == key.name));
                if !covered {
                    let relation = self.subject.relation.clone();
                    analysis.fail(constraint.span, FailReason::PartitionKey, "0A000", relation);
                    return false;
                }
            }
            ConstraintKind::Exclude(_) if create.partition_by.is_some() && analysis.version() < Version(17) => {
                let relation = self.subject.relation.clone();
                analysis.fail(constraint.span, FailReason::Partitioned, "0A000", relation);
                return false;
            }
            ConstraintKind::Check(_) if constraint.no_inherit && create.partition_by.is_some() => {
                analysis.fail(constraint.span, FailReason::Partitioned, "42P16", self.subject.relation.clone());
                return false;
            }
            _ => {}
        }
        // There are no rows yet: NOT VALID is ignored.
        let kind = constraint::added(analysis, constraint, word, !constraint.not_enforced);
        analysis.on_new(self.subject.clone(), constraint.span, kind);
        true
    }

    /// A foreign key locks the table that it references against writes, although the new table is nobody's yet.
    fn reference(&self, analysis: &mut Analysis<'_>, create: &CreateTable, key: &ForeignKey) -> bool {
        let own = key.references.name.name == create.name.name.name
            && key.references.schema.as_ref().map(|schema| &schema.name)
                == create.name.schema.as_ref().map(|schema| &schema.name);
        // A key to the table itself locks nobody else's.
        if own {
            return match definition::own_reference(analysis, create, key) {
                Some((focus, reason, sqlstate, object)) => {
                    analysis.fail(focus, reason, sqlstate, object);
                    false
                }
                None => true,
            };
        }
        let Some(referenced) = constraint::referenced_table(analysis, key, create.persistence, None) else {
            return false;
        };
        let column_type = |name: &Name| -> Option<&TypeName> {
            let mut columns = create.columns.iter();
            columns.find(|column: &&ColumnDef| column.name.name == *name).and_then(|column| column.ty.as_ref())
        };
        if !constraint::types_fit(analysis, key, referenced, &column_type) {
            return false;
        }
        lock_reference(analysis, referenced, key);
        true
    }
}

/// Whether a column of the new table is computed on reading.
fn is_virtual(create: &CreateTable, column: &Ident) -> bool {
    let mut columns = create.columns.iter();
    let known = columns.find(|known| known.name.name == column.name);
    known.and_then(|known| known.generated.as_ref()).is_some_and(|generated| generated.stored != Some(true))
}

fn lock_reference<'a>(analysis: &mut Analysis<'a>, referenced: &'a Relation, key: &ForeignKey) {
    constraint::lock_reference(analysis, referenced, key.references.span());
}
