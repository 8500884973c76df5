//! CREATE TABLE in all its forms.

use super::columns::Owner;
use super::{Applied, Change, Creation, Refused};
use crate::catalog::{
    Column, Contents, Relation, RelationBody, RelationId, Table, TableConstraint, TableConstraintKind,
};
use crate::statement::{
    ColumnDef, Constraint, ConstraintKind, CreateTable, ExprKind, Like, Name, ObjectName, Persistence, Query,
};

impl Change<'_> {
    pub(super) fn create_table(&mut self, create: &CreateTable) -> Applied {
        let temporary = create.persistence == Persistence::Temporary;
        let place = self.place(&create.name, temporary);
        let replaced = match self.creation(&place, create.if_not_exists)? {
            Creation::Exists => return Ok(()),
            Creation::Made(existing) => existing,
            Creation::Unsure => {
                self.unsure = true;
                None
            }
        };
        let origin = (!self.unsure).then(|| self.origin());
        let id = replaced.unwrap_or_else(|| self.new_id());
        let owner = Owner { id, schema: &place.0, name: &place.1, origin };
        let by_itself = create.likes.is_empty()
            && create.inherits.is_empty()
            && create.of_type.is_none()
            && create.partition_of.is_none();
        let mut table = Table {
            complete: !self.unsure,
            asked_for: (self.unsure && by_itself).then(|| self.origin()),
            foreign: create.foreign,
            persistence: create.persistence,
            on_commit_drop: create.on_commit_drop,
            partition_by: create.partition_by.as_deref().cloned(),
            options: create.options.to_vec(),
            tablespace: create.tablespace.as_ref().map(|name| name.name.clone()),
            access_method: create.access_method.as_ref().map(|name| name.name.clone()),
            from_query: create.query.is_some(),
            contents: match origin {
                Some(_) if !create.foreign => Contents::Empty,
                _ => Contents::Unknown,
            },
            ..Table::default()
        };
        let mut copied = Vec::new();
        if let Some((parent, _)) = &create.partition_of {
            self.columns_of_parent(parent, owner, &mut table)?;
        }
        for parent in &create.inherits {
            self.columns_of_parent(parent, owner, &mut table)?;
        }
        if let Some(ty) = &create.of_type {
            self.columns_of_type(ty, &mut table)?;
        }
        if let Some(query) = &create.query {
            self.check_reads(query)?;
            self.columns_of_query(query, &create.columns, owner, &mut table);
        } else {
            self.written_columns(create, owner, &mut table, &mut copied)?;
        }
        if let Some(query) = create.query.as_ref().filter(|_| !create.with_no_data) {
            table.contents = if origin.is_some() { self.contents_of_query(query) } else { Contents::Unknown };
        }
        let not_null: Vec<Name> =
            table.columns.iter().filter(|column| column.not_null).map(|column| column.name.clone()).collect();
        self.enter(id, place.clone(), origin, RelationBody::Table(Box::new(table)));
        for key in create.partition_by.iter().flat_map(|by| &by.key) {
            self.columns_used(id, key)?;
        }
        for constraint in copied {
            self.merge_constraint(id, &constraint)?;
        }
        self.written_constraints(id, create, &not_null)?;
        for like in &create.likes {
            self.indexes_of_like(id, like)?;
        }
        self.written_keys(id, create)?;
        if let Some((parent, bound)) = &create.partition_of {
            let (parent, _) = self.table(parent)?;
            self.become_partition(id, parent, bound.clone())?;
        }
        if create.query.is_some() && !create.with_no_data {
            self.catalog.inserted.untold(id);
        }
        Ok(())
    }

    /// The written columns, and those of LIKE clauses, each at its place.
    fn written_columns(
        &mut self,
        create: &CreateTable,
        owner: Owner<'_>,
        table: &mut Table,
        copied: &mut Vec<TableConstraint>,
    ) -> Applied {
        let mut likes = create.likes.iter().peekable();
        for def in &create.columns {
            while let Some(like) = likes.next_if(|like| like.source.span().start < def.span.start) {
                self.columns_of_like(like, owner, table, copied)?;
            }
            self.written_column(create, def, owner, table)?;
        }
        for like in likes {
            self.columns_of_like(like, owner, table, copied)?;
        }
        Ok(())
    }

    fn written_column(
        &mut self,
        create: &CreateTable,
        def: &ColumnDef,
        owner: Owner<'_>,
        table: &mut Table,
    ) -> Applied {
        let existing = table.columns.iter().position(|column| column.name == def.name.name);
        let Some(at) = existing else {
            if (create.partition_of.is_some() || create.of_type.is_some()) && table.complete {
                return Err(Refused);
            }
            let column = self.make_column(owner, def)?;
            table.columns.push(column);
            return Ok(());
        };
        if table.columns[at].local && create.of_type.is_none() {
            return Err(Refused);
        }
        // It comes from a parent or a type, and is written again for its options.
        let mut column = table.columns[at].clone();
        column.local = create.partition_of.is_none();
        if let Some(ty) = &def.ty {
            column.ty = Some(self.resolved_type(ty)?);
        }
        if def.generated.is_some() || def.default.is_some() {
            (column.default, column.generated, column.sequence) = (None, None, None);
        }
        self.options_of_column(owner, &mut column, def);
        table.columns[at] = column;
        Ok(())
    }

    /// The columns of a parent, of which it is a partition or from which it inherits.
    fn columns_of_parent(&mut self, parent: &ObjectName, owner: Owner<'_>, table: &mut Table) -> Applied {
        let (parent_id, parent) = self.table(parent)?;
        let is_partition = parent.is_partitioned();
        // From 17 a partition has its parent's identity (release notes).
        let identity = is_partition && self.moment.version.0 >= 17;
        let columns = parent.columns.clone();
        table.complete &= parent.complete;
        if !is_partition {
            table.inherits.push(parent_id);
        }
        for column in columns {
            if let Some(existing) = table.columns.iter_mut().find(|existing| existing.name == column.name) {
                existing.not_null |= column.not_null;
                existing.inherited = true;
                if existing.default.is_none() && existing.generated.is_none() {
                    (existing.default, existing.sequence) = (column.default, column.sequence);
                }
                continue;
            }
            table.columns.push(Column {
                inherited: true,
                local: false,
                identity: column.identity && identity,
                sequence: column.sequence.filter(|_| !column.identity || identity),
                origin: owner.origin,
                made_as: None,
                ..column
            });
        }
        Ok(())
    }

    fn columns_of_type(&mut self, ty: &ObjectName, table: &mut Table) -> Applied {
        let relation = self.relation(ty)?;
        match &relation.body {
            RelationBody::Composite(columns) => {
                table.columns = columns.clone();
            }
            RelationBody::Unknown => table.complete = false,
            _ => return Err(Refused),
        }
        table.of_type = Some(relation.id);
        Ok(())
    }

    fn columns_of_like(
        &mut self,
        like: &Like,
        owner: Owner<'_>,
        table: &mut Table,
        copied: &mut Vec<TableConstraint>,
    ) -> Applied {
        let source = self.relation(&like.source)?;
        let origin = owner.origin;
        let (columns, constraints) = match &source.body {
            RelationBody::Table(source) => {
                table.complete &= source.complete;
                (source.columns.clone(), source.constraints.clone())
            }
            RelationBody::View(view) => {
                table.complete &= view.complete && !view.outputs.is_empty();
                (view.outputs.iter().cloned().map(Column::unseen).collect(), Vec::new())
            }
            RelationBody::Composite(columns) => (columns.clone(), Vec::new()),
            RelationBody::Unknown => {
                table.complete = false;
                (Vec::new(), Vec::new())
            }
            RelationBody::Index(_) | RelationBody::Sequence(_) => return Err(Refused),
        };
        for mut column in columns {
            if let Some(known) = table.columns.iter_mut().find(|known| known.name == column.name) {
                // One that comes from a parent as well is merged.
                if known.local {
                    return Err(Refused);
                }
                known.local = true;
                known.not_null |= column.not_null;
                continue;
            }
            (column.inherited, column.local, column.origin, column.made_as) = (false, true, origin, None);
            if !like.includes("generated") {
                column.generated = None;
            }
            if column.identity {
                column.identity = like.includes("identity");
                column.sequence = column.identity.then(|| self.make_sequence(owner, &column.name, false));
            } else if !like.includes("defaults") {
                (column.default, column.sequence) = (None, None);
            }
            table.columns.push(column);
        }
        if like.includes("constraints") {
            let checks = constraints.into_iter().filter(|it| matches!(it.kind, TableConstraintKind::Check { .. }));
            copied.extend(checks.map(|check| TableConstraint { inherited: false, origin, made_as: None, ..check }));
        }
        Ok(())
    }

    fn indexes_of_like(&mut self, id: RelationId, like: &Like) -> Applied {
        let source = self.relation(&like.source)?.id;
        if like.includes("indexes") {
            let indexes: Vec<RelationId> = self.catalog.indexes_of(source).map(|(index, _)| index.id).collect();
            for index in indexes {
                let mut spec = self.index_like(index, id)?;
                spec.parent = None;
                spec.origin = self.origin_of_part(id, self.at)?;
                self.build_index(spec)?;
            }
        }
        if like.includes("statistics") {
            let statistics = self.catalog.table(source).map(|(_, table)| table.statistics.clone());
            for statistics in statistics.unwrap_or_default() {
                self.add_statistics(id, statistics.columns)?;
            }
        }
        Ok(())
    }

    /// The constraints that are written, in the order in which the server makes them: CHECK, NOT NULL, those with an index with the
    /// primary key first, foreign keys.
    fn written_constraints(&mut self, id: RelationId, create: &CreateTable, not_null: &[Name]) -> Applied {
        let all = || create.columns.iter().flat_map(|column| &column.constraints).chain(&create.constraints);
        if let Some((parent, _)) = &create.partition_of {
            self.checks_of_parents(id, self.table(parent)?.0)?;
        }
        for parent in &create.inherits {
            self.checks_of_parents(id, self.table(parent)?.0)?;
        }
        for check in all().filter(|constraint| matches!(constraint.kind, ConstraintKind::Check(_))) {
            self.add_constraint(id, check, true, true)?;
        }
        for constraint in all() {
            if let ConstraintKind::NotNull(column) = &constraint.kind {
                let name = constraint.name.as_ref().map(|name| &name.name);
                self.set_not_null(id, &column.name, name, true)?;
            }
        }
        for column in not_null {
            self.set_not_null(id, column, None, true)?;
        }
        let mut indexes: Vec<Constraint> = Vec::new();
        let is_primary = |constraint: &&Constraint| matches!(constraint.kind, ConstraintKind::PrimaryKey(_));
        let others = all().filter(|constraint| !is_primary(constraint));
        if all().filter(is_primary).nth(1).is_some() {
            return Err(Refused);
        }
        for constraint in all().filter(is_primary).chain(others) {
            use ConstraintKind::{Exclude, PrimaryKey, Unique};
            if !matches!(constraint.kind, PrimaryKey(_) | Unique(_) | Exclude(_)) {
                continue;
            }
            match indexes.iter_mut().find(|other| repeats(other, constraint)) {
                Some(other) => other.name = other.name.take().or_else(|| constraint.name.clone()),
                None => indexes.push(constraint.clone()),
            }
        }
        for index in &indexes {
            self.add_constraint(id, index, true, true)?;
        }
        Ok(())
    }

    /// The foreign keys that are written, which may reference the table's own keys.
    fn written_keys(&mut self, id: RelationId, create: &CreateTable) -> Applied {
        let all = create.columns.iter().flat_map(|column| &column.constraints).chain(&create.constraints);
        for key in all.filter(|constraint| matches!(constraint.kind, ConstraintKind::ForeignKey(_))) {
            self.add_constraint(id, key, true, true)?;
        }
        Ok(())
    }

    /// CHECK constraints that a table gets from a parent.
    pub(super) fn checks_of_parents(&mut self, id: RelationId, parent: RelationId) -> Applied {
        let (_, parent) = self.table_at(parent)?;
        let checks = parent.constraints.iter().filter(|constraint| {
            let goes_down =
                matches!(constraint.kind, TableConstraintKind::Check { .. } | TableConstraintKind::NotNull { .. });
            goes_down && !constraint.no_inherit
        });
        let origin = self.origin_of_part(id, self.at)?;
        let checks: Vec<TableConstraint> =
            checks.map(|check| TableConstraint { inherited: true, origin, made_as: None, ..check.clone() }).collect();
        for check in checks {
            self.merge_constraint(id, &check)?;
        }
        Ok(())
    }

    /// The columns of `CREATE TABLE ... AS`.
    fn columns_of_query(&mut self, query: &Query, names: &[ColumnDef], owner: Owner<'_>, table: &mut Table) {
        let outputs = self.outputs_of(query);
        table.complete &= outputs.is_some();
        let mut outputs = outputs.unwrap_or_default();
        for (at, name) in names.iter().enumerate() {
            match outputs.get_mut(at) {
                Some(output) => output.name = name.name.name.clone(),
                None => outputs.push(Column::unseen(name.name.name.clone())),
            }
        }
        for output in outputs {
            table.columns.push(Column { origin: owner.origin, ..output });
        }
    }

    /// The output columns of a query, with their types where these are plain; `None` where they are not known.
    pub(super) fn outputs_of(&self, query: &Query) -> Option<Vec<Column>> {
        let scopes = self.scopes(query);
        let known = query.reads.iter().all(|read| self.find(&read.name).is_some());
        let reads = scopes.outer();
        let listed = query.select_list.len() == query.outputs.len();
        let mut outputs = Vec::new();
        for (at, output) in query.outputs.iter().enumerate() {
            let expr = query.select_list.get(at).filter(|_| listed);
            match (output, expr.map(|expr| &expr.kind)) {
                (_, Some(ExprKind::Wildcard)) => {
                    // Of several relations, or with a table's name before it, the expansion is not told.
                    let [read] = reads else {
                        return None;
                    };
                    outputs.extend(columns_of(read).filter(|_| known)?);
                }
                (Some(name), kind) => {
                    let mut column = Column::unseen(name.clone());
                    column.ty = match kind {
                        Some(ExprKind::Cast(_, ty)) => self.resolved_type(ty).ok(),
                        Some(ExprKind::Column(path)) => {
                            let mut found =
                                reads.iter().filter_map(|read| read.as_table()?.column(&path.last()?.name)?.ty.clone());
                            found.next().filter(|_| found.next().is_none())
                        }
                        _ => None,
                    };
                    outputs.push(column);
                }
                (None, Some(_)) => outputs.push(Column::unseen(Name::new_static("?column?"))),
                (None, None) => return None,
            }
        }
        (query.understood && !outputs.is_empty()).then_some(outputs)
    }
}

/// The columns of a relation as a query gives them out; `None` where not all are known.
fn columns_of(relation: &Relation) -> Option<Vec<Column>> {
    match &relation.body {
        RelationBody::Table(table) if table.complete => {
            let plain = |column: &Column| Column {
                ty: column.ty.clone(),
                collation: column.collation.clone(),
                ..Column::unseen(column.name.clone())
            };
            Some(table.columns.iter().map(plain).collect())
        }
        RelationBody::View(view) if !view.outputs.is_empty() => {
            Some(view.outputs.iter().cloned().map(Column::unseen).collect())
        }
        _ => None,
    }
}

/// Whether a constraint's index would be the same as another's: the server makes one for both.
fn repeats(first: &Constraint, second: &Constraint) -> bool {
    use ConstraintKind::{PrimaryKey, Unique};
    let (PrimaryKey(left) | Unique(left), PrimaryKey(right) | Unique(right)) = (&first.kind, &second.kind) else {
        return false;
    };
    let same = |left: &[crate::statement::Ident], right: &[crate::statement::Ident]| {
        left.len() == right.len() && left.iter().zip(right).all(|(left, right)| left.name == right.name)
    };
    same(&left.columns, &right.columns)
        && same(&left.include, &right.include)
        && left.using_index.is_none()
        && right.using_index.is_none()
        && left.nulls_not_distinct == right.nulls_not_distinct
        && first.deferrable == second.deferrable
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excluding_takes_back_what_all_includes() {
        let span = crate::source::Span::empty(0);
        let name = crate::statement::Ident { name: "t".into(), span };
        let like = Like {
            source: ObjectName { schema: None, name },
            including: vec!["all".into()],
            excluding: vec!["indexes".into()],
        };
        assert!(like.includes("defaults"));
        assert!(!like.includes("indexes"));
    }
}
