//! Constraints added to a table, by CREATE TABLE and ALTER TABLE alike.

use super::index::IndexSpec;
use super::{Applied, Change, Refused};
use crate::catalog::names::{joined, named_columns};
use crate::catalog::{ForeignKeyOptions, Origin, RelationId, Table, TableConstraint, TableConstraintKind};
use crate::source::Span;
use crate::statement::{Constraint, ConstraintKind, Expr, ExprKind, ForeignKey, Ident, IndexConstraint, Name};

/// Which constraint an index keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    PrimaryKey,
    Unique,
    Exclude,
}

impl Change<'_> {
    /// Adds a constraint. `creating`: the table is being created, where NOT VALID means nothing.
    pub(super) fn add_constraint(
        &mut self,
        table: RelationId,
        constraint: &Constraint,
        only: bool,
        creating: bool,
    ) -> Applied {
        let name = constraint.name.as_ref().map(|name| crate::catalog::names::stored(&name.name));
        let valid = !constraint.not_enforced && (creating || !constraint.not_valid);
        let new = |name: Name, kind| TableConstraint {
            name,
            kind,
            valid,
            enforced: !constraint.not_enforced,
            inherited: false,
            no_inherit: constraint.no_inherit,
            origin: None,
            made_as: None,
        };
        match &constraint.kind {
            ConstraintKind::Null(_) => Ok(()),
            ConstraintKind::NotNull(column) if valid => self.set_not_null(table, &column.name, name.as_ref(), only),
            ConstraintKind::NotNull(column) => {
                self.column_at(table, &column.name)?;
                let kind = TableConstraintKind::NotNull { column: column.name.clone() };
                let name = self.constraint_name(table, name, Some(&column.name), "not_null")?;
                self.put_constraint(table, new(name, kind), constraint.span, only)
            }
            ConstraintKind::Check(expr) => {
                let columns = self.columns_used(table, expr)?;
                let one = (columns.len() == 1).then(|| columns[0].clone());
                let kind = TableConstraintKind::Check { expr: expr.clone(), columns };
                let name = self.constraint_name(table, name, one.as_deref(), "check")?;
                self.put_constraint(table, new(name, kind), constraint.span, only)
            }
            ConstraintKind::ForeignKey(key) => {
                if only && !creating && self.table_at(table)?.1.is_partitioned() {
                    return Err(Refused);
                }
                let kind = self.foreign_key(table, constraint, key)?;
                let in_name = named_columns(self.moment.version);
                let columns = joined(key.columns.iter().take(in_name).map(|column| &column.name));
                let name = self.constraint_name(table, name, Some(&columns), "fkey")?;
                self.put_constraint(table, new(name, kind), constraint.span, only)
            }
            ConstraintKind::PrimaryKey(index) => {
                self.index_constraint(table, Kept::PrimaryKey, name, index, constraint, only)
            }
            ConstraintKind::Unique(index) => self.index_constraint(table, Kept::Unique, name, index, constraint, only),
            ConstraintKind::Exclude(index) => {
                self.index_constraint(table, Kept::Exclude, name, index, constraint, only)
            }
        }
    }

    /// The columns of a table that an expression uses, each once; refused where there is no such column.
    pub(super) fn columns_used(&self, table: RelationId, expr: &Expr) -> Applied<Vec<Name>> {
        let (relation, table) = self.table_at(table)?;
        let mut columns: Vec<Name> = Vec::new();
        let mut refused = false;
        expr.walk(&mut |part| {
            let ExprKind::Column(path) = &part.kind else {
                return;
            };
            let Some(column) = path.last() else {
                return;
            };
            if !table.complete || table.column(&column.name).is_some() {
                if !columns.contains(&column.name) {
                    columns.push(column.name.clone());
                }
            } else {
                // A longer path may be a field of a column.
                refused |= path.len() == 1 && !is_system_column(&column.name) && column.name != relation.name;
            }
        });
        if refused { Err(Refused) } else { Ok(columns) }
    }

    fn constraint_name(
        &self,
        table: RelationId,
        name: Option<Name>,
        column: Option<&str>,
        label: &str,
    ) -> Applied<Name> {
        let (relation, table) = self.table_at(table)?;
        match name {
            // One that comes from a parent and is written again is merged.
            Some(name) if table.constraint(&name).is_some_and(|constraint| !constraint.inherited) => Err(Refused),
            Some(name) => Ok(name),
            None => Ok(self.catalog.free_constraint_name(&relation.schema, &relation.name, column, label, &[])),
        }
    }

    /// What a REFERENCES clause demands.
    pub(super) fn foreign_key(
        &self,
        table: RelationId,
        constraint: &Constraint,
        key: &ForeignKey,
    ) -> Applied<TableConstraintKind> {
        for column in &key.columns {
            self.column_at(table, &column.name)?;
        }
        let relation = self.relation(&key.references)?;
        let references = relation.id;
        if let Some(referenced) = relation.as_table()
            && referenced.complete
        {
            self.check_referenced(references, referenced, key)?;
        }
        let referenced_columns = if key.referenced_columns.is_empty() {
            let primary_key = relation.as_table().and_then(Table::primary_key);
            primary_key.map(|key| key.kind.columns().to_vec()).unwrap_or_default()
        } else {
            key.referenced_columns.iter().map(|column| column.name.clone()).collect()
        };
        Ok(TableConstraintKind::ForeignKey {
            columns: key.columns.iter().map(|column| column.name.clone()).collect(),
            references,
            referenced_columns,
            on_delete: key.on_delete.clone(),
            on_update: key.on_update.clone(),
            options: ForeignKeyOptions::of(constraint, key),
        })
    }

    /// A foreign key references what a unique index keeps at once: the primary key where no columns are written (42830, 55000).
    fn check_referenced(&self, id: RelationId, table: &Table, key: &ForeignKey) -> Applied {
        let wanted: Vec<&Name> = match key.referenced_columns.as_slice() {
            [] => table.primary_key().ok_or(Refused)?.kind.columns().iter().collect(),
            columns => columns.iter().map(|column| &column.name).collect(),
        };
        let keeps =
            |columns: Vec<Name>| columns.len() == wanted.len() && wanted.iter().all(|column| columns.contains(column));
        let mut at_once = self.catalog.indexes_of(id).filter(|(_, index)| !index.deferrable);
        let kept = at_once.any(|(_, index)| index.unique_columns().is_some_and(keeps));
        if kept && wanted.len() == key.columns.len() { Ok(()) } else { Err(Refused) }
    }

    /// Adds a constraint that no index keeps, to a table and its descendants.
    fn put_constraint(
        &mut self,
        table: RelationId,
        mut constraint: TableConstraint,
        span: Span,
        only: bool,
    ) -> Applied {
        constraint.origin = self.origin_of_part(table, span)?;
        let mut pending = vec![(table, constraint)];
        while let Some((id, constraint)) = pending.pop() {
            let merged = self.merge_constraint(id, &constraint)?;
            if constraint.no_inherit {
                continue;
            }
            let is_key = matches!(constraint.kind, TableConstraintKind::ForeignKey { .. });
            let children = self.catalog.partitions_of(id).map(|child| child.id);
            let heirs = self.catalog.children_of(id).map(|child| child.id).filter(|_| !is_key);
            for child in children.chain(heirs) {
                if only {
                    return Err(Refused);
                }
                pending.push((child, TableConstraint { name: merged.clone(), inherited: true, ..constraint.clone() }));
            }
        }
        Ok(())
    }

    /// Adds a constraint to one table, or merges it with the one that the table has. Gives its name there.
    pub(super) fn merge_constraint(&mut self, id: RelationId, constraint: &TableConstraint) -> Applied<Name> {
        let (relation, table) = self.table_at(id)?;
        let same = table.constraints.iter().position(|other| match (&other.kind, &constraint.kind) {
            (TableConstraintKind::ForeignKey { .. }, TableConstraintKind::ForeignKey { .. }) => {
                constraint.inherited && !other.inherited && other.kind.is_same_key(&constraint.kind)
            }
            (TableConstraintKind::NotNull { column }, TableConstraintKind::NotNull { column: other }) => {
                column == other
            }
            (TableConstraintKind::Check { .. }, TableConstraintKind::Check { .. }) => {
                other.name == constraint.name && (constraint.inherited || other.inherited)
            }
            _ => false,
        });
        if let Some(at) = same {
            let name = table.constraints[at].name.clone();
            self.change_table(id, |table| {
                if let Some(other) = table.constraints.get_mut(at) {
                    other.inherited |= constraint.inherited;
                    other.valid |= constraint.valid;
                }
            });
            return Ok(name);
        }
        let mut constraint = constraint.clone();
        if table.constraint(&constraint.name).is_some() {
            let TableConstraintKind::ForeignKey { columns, .. } = &constraint.kind else {
                return Err(Refused);
            };
            let columns = joined(columns);
            constraint.name =
                self.catalog.free_constraint_name(&relation.schema, &relation.name, Some(&columns), "fkey", &[]);
        }
        let name = constraint.name.clone();
        self.change_table(id, |table| table.constraints.push(constraint));
        Ok(name)
    }

    fn index_constraint(
        &mut self,
        table: RelationId,
        kept: Kept,
        name: Option<Name>,
        constraint: &IndexConstraint,
        written: &Constraint,
        only: bool,
    ) -> Applied {
        let origin = self.origin_of_part(table, written.span)?;
        let (relation, known) = self.table_at(table)?;
        if kept == Kept::PrimaryKey && known.primary_key().is_some() {
            return Err(Refused);
        }
        let schema = relation.schema.clone();
        if let Some(index) = &constraint.using_index {
            return self.constraint_using_index(table, kept, name, index, written);
        }
        for column in constraint.columns.iter().chain(&constraint.include) {
            self.column_at(table, &column.name)?;
        }
        let keys = constraint.keys();
        if name.as_ref().is_some_and(|name| self.catalog.find(&schema, name).is_some()) {
            return Err(Refused);
        }
        if kept == Kept::PrimaryKey {
            for column in &constraint.columns {
                self.set_not_null(table, &column.name, None, only)?;
            }
        }
        let method = match kept {
            Kept::Exclude => constraint.method.clone(),
            Kept::Unique | Kept::PrimaryKey => constraint.without_overlaps.then(|| Name::new_static("gist")),
        };
        self.build_index(IndexSpec {
            table,
            name,
            keys,
            include: constraint.include.iter().map(|column| column.name.clone()).collect(),
            predicate: constraint.predicate.clone(),
            method: method.unwrap_or(Name::new_static("btree")),
            unique: kept != Kept::Exclude,
            nulls_not_distinct: constraint.nulls_not_distinct,
            deferrable: written.deferrable,
            kept: Some(kept),
            parent: None,
            only,
            origin,
        })?;
        Ok(())
    }

    fn constraint_using_index(
        &mut self,
        table: RelationId,
        kept: Kept,
        name: Option<Name>,
        index: &Ident,
        written: &Constraint,
    ) -> Applied {
        let origin = self.origin_of_part(table, written.span)?;
        let (relation, known) = self.table_at(table)?;
        let schema = relation.schema.clone();
        let found = self.catalog.find(&schema, &index.name);
        let Some(found) = found.and_then(|relation| Some((relation.id, relation.as_index()?))) else {
            // An index of a table of which not all is known: so are its columns.
            return if known.complete && self.moment.from_empty { Err(Refused) } else { Ok(()) };
        };
        let (id, index_body) = found;
        let columns = index_body.unique_columns();
        let (Some(columns), true, None) = (columns, index_body.table == table, &index_body.constraint) else {
            return Err(Refused);
        };
        let name = name.unwrap_or_else(|| index.name.clone());
        if name != index.name && self.catalog.find(&schema, &name).is_some() || known.constraint(&name).is_some() {
            return Err(Refused);
        }
        if kept == Kept::PrimaryKey {
            for column in &columns {
                self.set_not_null(table, column, None, false)?;
            }
        }
        self.catalog.change(id, |relation| relation.name = name.clone());
        self.change_index(id, |index| {
            index.constraint = Some(name.clone());
            index.deferrable = written.deferrable;
        });
        self.push_kept(table, id, kept, name, columns, origin, false);
        Ok(())
    }

    /// Enters the constraint that an index keeps.
    #[expect(clippy::too_many_arguments, reason = "the parts of one constraint")]
    pub(super) fn push_kept(
        &mut self,
        table: RelationId,
        index: RelationId,
        kept: Kept,
        name: Name,
        columns: Vec<Name>,
        origin: Option<Origin>,
        inherited: bool,
    ) {
        let kind = match kept {
            Kept::PrimaryKey => TableConstraintKind::PrimaryKey { columns, index },
            Kept::Unique => TableConstraintKind::Unique { columns, index },
            Kept::Exclude => TableConstraintKind::Exclude { columns, index },
        };
        let constraint = TableConstraint {
            name,
            kind,
            valid: true,
            enforced: true,
            inherited,
            no_inherit: false,
            origin,
            made_as: None,
        };
        self.change_table(table, |table| table.constraints.push(constraint));
    }

    /// Where a part of a table was made; `None` where it may have been there before.
    pub(super) fn origin_of_part(&self, table: RelationId, span: Span) -> Applied<Option<Origin>> {
        let seen = self.table_at(table)?.0.origin.is_some() || !self.is_guarded();
        Ok((seen && !self.unsure).then(|| self.origin_at(span)))
    }
}

/// Which constraint an index keeps, by what it demands.
pub(super) fn kept_by(kind: &TableConstraintKind) -> Option<Kept> {
    match kind {
        TableConstraintKind::PrimaryKey { .. } => Some(Kept::PrimaryKey),
        TableConstraintKind::Unique { .. } => Some(Kept::Unique),
        TableConstraintKind::Exclude { .. } => Some(Kept::Exclude),
        _ => None,
    }
}

/// Whether every table has the column without saying so (manual, "System Columns").
pub(super) fn is_system_column(name: &str) -> bool {
    matches!(name, "tableoid" | "ctid" | "xmin" | "xmax" | "cmin" | "cmax")
}
