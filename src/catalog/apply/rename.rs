//! New names and schemas, and the rewriting of old names wherever they are stored.

use super::{Applied, Change, Refused};
use crate::catalog::links::{Node, Use};
use crate::catalog::names::stored;
use crate::catalog::{
    Attachment, Column, Index, Overload, Relation, RelationBody, RelationId, TableConstraint, TableConstraintKind,
    TypeKind,
};
use crate::statement::{Expr, ExprKind, Ident, Name, TypeName};

impl Change<'_> {
    /// RENAME TO, of any relation. An index takes its constraint's name along.
    pub(super) fn rename_relation(&mut self, id: RelationId, to: &Name) -> Applied {
        let to = stored(to);
        let relation = self.catalog.relation(id).ok_or(Refused)?;
        let from = (relation.schema.clone(), relation.name.clone());
        if self.catalog.find(&from.0, &to).is_some() {
            return Err(Refused);
        }
        let constraint = relation.as_index().and_then(|index| Some((index.table, index.constraint.clone()?)));
        self.remember_name(id);
        self.catalog.change(id, |relation| relation.name = to.clone());
        if let Some((table, constraint)) = constraint {
            self.rename_kept(id, table, &constraint, &to);
        }
        let to = (from.0.clone(), to);
        self.rename_type_uses(&from, &to);
        Ok(())
    }

    /// A relation is about to get another name, or another schema.
    fn remember_name(&mut self, id: RelationId) {
        let at = self.origin().at;
        self.catalog.change(id, |relation| {
            let name = relation.display_name();
            relation.made_as.get_or_insert_with(|| name.clone());
            let in_this_file = relation.renamed_from.as_ref().is_some_and(|(_, before)| before.source == at.source);
            if !in_this_file {
                relation.renamed_from = Some((name, at));
            }
        });
    }

    /// Whether a relation was never seen created.
    pub(super) fn is_unseen(&self, id: RelationId) -> bool {
        self.catalog.relation(id).is_some_and(|relation| relation.origin.is_none())
    }

    /// Whether another relation has the schema and name that this one is to get.
    pub(super) fn name_is_taken(&self, id: RelationId, schema: Option<&Name>, name: Option<&Name>) -> bool {
        let Some(relation) = self.catalog.relation(id) else { return false };
        let name = name.map_or_else(|| relation.name.clone(), stored);
        self.catalog.find(schema.unwrap_or(&relation.schema), &name).is_some_and(|other| other.id != id)
    }

    fn rename_kept(&mut self, index: RelationId, table: RelationId, from: &Name, to: &Name) {
        self.change_index(index, |index| index.constraint = Some(to.clone()));
        self.change_table(table, |table| {
            for constraint in table.constraints.iter_mut().filter(|constraint| constraint.name == *from) {
                constraint.rename(to);
            }
        });
    }

    /// RENAME CONSTRAINT; also in the descendants that have it from this table.
    pub(super) fn rename_constraint(&mut self, id: RelationId, from: &Name, to: &Name) -> Applied {
        let to = stored(to);
        let (relation, table) = self.table_at(id)?;
        let Some(constraint) = table.constraint(from) else {
            return if table.complete { Err(Refused) } else { Ok(()) };
        };
        let goes_down =
            matches!(constraint.kind, TableConstraintKind::Check { .. } | TableConstraintKind::NotNull { .. });
        if goes_down && constraint.inherited || table.constraint(&to).is_some() {
            return Err(Refused);
        }
        if let Some(index) = constraint.kind.index() {
            if self.catalog.find(&relation.schema, &to).is_some() {
                return Err(Refused);
            }
            self.remember_name(index);
            self.catalog.change(index, |relation| relation.name = to.clone());
            self.rename_kept(index, id, from, &to);
            return Ok(());
        }
        let mut tables = vec![id];
        if goes_down {
            tables.extend(self.catalog.descendants(id).iter().map(|relation| relation.id));
        }
        for table in tables {
            let inherited = table != id;
            self.change_table(table, |table| {
                for constraint in &mut table.constraints {
                    if constraint.name == *from && constraint.inherited == inherited {
                        constraint.rename(&to);
                    }
                }
            });
        }
        Ok(())
    }

    /// RENAME COLUMN of a table, view or composite type; also in the descendants that have it from this table.
    pub(super) fn rename_column(&mut self, id: RelationId, from: &Name, to: &Name, only: bool) -> Applied {
        let to = stored(to);
        let relation = self.catalog.relation(id).ok_or(Refused)?;
        match &relation.body {
            RelationBody::Table(table) => {
                let column = table.column(from);
                let missing = column.is_none() && table.complete;
                if missing || column.is_some_and(|column| column.inherited) || table.column(&to).is_some() {
                    return Err(Refused);
                }
                let descendants = self.catalog.descendants(id);
                if only && !descendants.is_empty() {
                    return Err(Refused);
                }
                let has_it = |relation: &&&Relation| {
                    let table = relation.as_table();
                    table.and_then(|table| table.column(from)).is_some_and(|column| column.inherited)
                };
                let mut tables: Vec<RelationId> = descendants.iter().filter(has_it).map(|it| it.id).collect();
                tables.push(id);
                for table in tables.iter().filter_map(|id| self.catalog.table(*id)).map(|(_, table)| table) {
                    // A child that has it from another parent, too, would not know which name to take.
                    let keeps_it = |parent: &RelationId| {
                        let known = self.catalog.table(*parent).and_then(|(_, table)| table.column(from));
                        !tables.contains(parent) && known.is_some()
                    };
                    if table.column(&to).is_some() || table.inherits.iter().any(keeps_it) {
                        return Err(Refused);
                    }
                }
                for table in tables {
                    self.rename_column_here(table, from, &to);
                }
            }
            RelationBody::View(view) => {
                if view.outputs.contains(&to) {
                    return Err(Refused);
                }
                self.change_view(id, |view| rename_all(&mut view.outputs, from, &to));
                self.rename_in_views(id, from, &to);
                self.rename_in_indexes(id, from, &to);
            }
            RelationBody::Composite(columns) => {
                if columns.iter().any(|column| column.name == to) {
                    return Err(Refused);
                }
                self.catalog.change(id, |relation| {
                    if let RelationBody::Composite(columns) = &mut relation.body {
                        rename_columns(columns, from, &to);
                    }
                });
                let typed: Vec<RelationId> = self.catalog.tables_of_type(id).map(|table| table.id).collect();
                for table in typed {
                    self.rename_column_here(table, from, &to);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn rename_column_here(&mut self, id: RelationId, from: &Name, to: &Name) {
        let now = self.moment.transaction;
        self.change_table(id, |table| {
            for column in table.columns.iter_mut().filter(|column| column.name == *from) {
                if column.renamed_from.as_ref().is_none_or(|(_, transaction)| *transaction != now) {
                    column.renamed_from = Some((from.clone(), now));
                }
            }
            rename_columns(&mut table.columns, from, to);
            table.distinct.iter_mut().for_each(|distinct| rename_all(&mut distinct.columns, from, to));
            table.unkept.iter_mut().for_each(|(index, _)| rename_in_index(index, from, to));
            for (shown, _) in table.shown_null.iter_mut().filter(|(shown, _)| shown == from) {
                *shown = to.clone();
            }
            table.constraints.iter_mut().for_each(|constraint| rename_in_constraint(constraint, from, to));
            for column in &mut table.columns {
                if let Some(generated) = &mut column.generated {
                    rename_in_expr(&mut generated.expr, from, to);
                }
            }
            for key in table.partition_by.iter_mut().flat_map(|by| &mut by.key) {
                rename_in_expr(key, from, to);
            }
            table.attachments.iter_mut().for_each(|attachment| rename_all(&mut attachment.columns, from, to));
            table.statistics.iter_mut().for_each(|statistics| rename_all(&mut statistics.columns, from, to));
        });
        self.rename_in_indexes(id, from, to);
        self.rename_in_views(id, from, to);
        self.rename_in_policies(id, from, to);
        let referencing: Vec<RelationId> = self.catalog.foreign_keys_to(id).map(|(table, _)| table.id).collect();
        for table in referencing {
            self.change_table(table, |table| {
                for constraint in &mut table.constraints {
                    if let TableConstraintKind::ForeignKey { references, referenced_columns, .. } = &mut constraint.kind
                        && *references == id
                    {
                        rename_all(referenced_columns, from, to);
                    }
                }
            });
        }
        let owned: Vec<RelationId> = self.catalog.sequences_owned_by(id, Some(from)).map(|it| it.id).collect();
        for sequence in owned {
            self.catalog.change(sequence, |relation| {
                if let RelationBody::Sequence(sequence) = &mut relation.body {
                    sequence.owned_by = Some((id, to.clone()));
                }
            });
        }
        self.catalog.inserted.rename(id, from, to);
    }

    fn rename_in_indexes(&mut self, id: RelationId, from: &Name, to: &Name) {
        let using = self.catalog.indexes_of(id).filter(|(_, index)| index.uses_column(from));
        let using: Vec<RelationId> = using.map(|(relation, _)| relation.id).collect();
        for index in using {
            self.change_index(index, |index| rename_in_index(index, from, to));
        }
    }

    fn rename_in_views(&mut self, id: RelationId, from: &Name, to: &Name) {
        let views: Vec<RelationId> = self.catalog.views_over_column(id, from).map(|(view, _)| view.id).collect();
        for view in views {
            self.change_view(view, |view| {
                for (relation, column) in &mut view.columns {
                    if *relation == id && column == from {
                        *column = to.clone();
                    }
                }
            });
        }
    }

    /// In policies of other tables.
    fn rename_in_policies(&mut self, id: RelationId, from: &Name, to: &Name) {
        let users = self.catalog.users(Node::Relation(id), Use::Attachment);
        let users: Vec<RelationId> = users
            .filter(|user| user.attachments().iter().any(|attachment| attachment.uses_foreign(id, from)))
            .map(|user| user.id)
            .collect();
        for user in users {
            self.change_table(user, |table| {
                let columns = table.attachments.iter_mut().flat_map(|attachment| &mut attachment.foreign_columns);
                for (relation, column) in columns {
                    if *relation == id && column == from {
                        *column = to.clone();
                    }
                }
            });
        }
    }

    /// SET SCHEMA of a relation: its indexes and owned sequences go along.
    pub(super) fn set_schema(&mut self, id: RelationId, schema: &Name) -> Applied {
        let relation = self.catalog.relation(id).ok_or(Refused)?;
        let from = (relation.schema.clone(), relation.name.clone());
        let to = (schema.clone(), relation.name.clone());
        if from == to {
            return Ok(());
        }
        let indexes = self.catalog.indexes_of(id).map(|(index, _)| index.id);
        let sequences = self.catalog.sequences_owned_by(id, None).map(|sequence| sequence.id);
        let moved: Vec<RelationId> = std::iter::once(id).chain(indexes).chain(sequences).collect();
        let taken = |id: &RelationId| {
            let name = self.catalog.relation(*id).map(|relation| &relation.name);
            name.is_some_and(|name| self.catalog.find(schema, name).is_some())
        };
        if moved.iter().any(taken) {
            return Err(Refused);
        }
        for id in moved {
            self.remember_name(id);
            self.catalog.change(id, |relation| relation.schema = schema.clone());
        }
        self.rename_type_uses(&from, &to);
        Ok(())
    }

    /// A function has another name: what calls it says so.
    pub(super) fn rename_calls(&mut self, from: &Name, to: &Name) {
        let callers = self.catalog.users(Node::Function(from.clone()), Use::Calls);
        let callers: Vec<RelationId> = callers.map(|relation| relation.id).collect();
        for id in callers {
            self.catalog.change(id, |relation| rename_in_calls(&mut relation.body, from, to));
        }
    }

    /// The types of functions' arguments go by what the type is called now. Their schemas are not kept.
    fn rename_in_arguments(&mut self, from: &Name, to: &Name) {
        let (arrays, to_arrays) = (smol_str::format_smolstr!("{from}[]"), smol_str::format_smolstr!("{to}[]"));
        let is_meant = |name: &Name| name == from || *name == arrays;
        let takes = |overload: &Overload| overload.arguments.iter().any(is_meant);
        let functions = self.catalog.functions.iter().filter(|(_, function)| function.overloads.iter().any(takes));
        let places: Vec<_> = functions.map(|(place, _)| place.clone()).collect();
        for place in places {
            self.catalog.functions.update(&place, |function| {
                for overload in &mut function.overloads {
                    rename_all(&mut overload.arguments, from, to);
                    rename_all(&mut overload.arguments, &arrays, &to_arrays);
                }
            });
        }
    }

    /// A type, or a relation whose rows are one, has another name: columns and domains that use it say so.
    pub(super) fn rename_type_uses(&mut self, from: &(Name, Name), to: &(Name, Name)) {
        self.rename_in_arguments(&from.1, &to.1);
        let using = self.catalog.users(Node::Type(from.0.clone(), from.1.clone()), Use::ColumnType);
        let using: Vec<RelationId> = using.map(|relation| relation.id).collect();
        for id in using {
            self.catalog.change(id, |relation| {
                let columns = match &mut relation.body {
                    RelationBody::Table(table) => &mut table.columns,
                    RelationBody::Composite(columns) => columns,
                    _ => return,
                };
                columns.iter_mut().filter_map(|column| column.ty.as_mut()).for_each(|ty| rename_type(ty, from, to));
            });
        }
        let over = self.catalog.domains_over(&from.0, &from.1).map(|ty| (ty.schema.clone(), ty.name.clone()));
        let over: Vec<_> = over.collect();
        for domain in over {
            self.catalog.types.update(&domain, |ty| {
                if let TypeKind::Domain(domain) = &mut ty.kind {
                    rename_type(&mut domain.base, from, to);
                }
            });
        }
    }
}

fn rename_columns(columns: &mut [Column], from: &Name, to: &Name) {
    for column in columns.iter_mut().filter(|column| column.name == *from) {
        let before = std::mem::replace(&mut column.name, to.clone());
        column.made_as.get_or_insert(before);
    }
}

fn rename_all(names: &mut [Name], from: &Name, to: &Name) {
    for name in names.iter_mut().filter(|name| *name == from) {
        *name = to.clone();
    }
}

fn rename_in_constraint(constraint: &mut TableConstraint, from: &Name, to: &Name) {
    match &mut constraint.kind {
        TableConstraintKind::NotNull { column } => {
            if column == from {
                *column = to.clone();
            }
        }
        TableConstraintKind::Check { expr, columns } => {
            rename_in_expr(expr, from, to);
            rename_all(columns, from, to);
        }
        TableConstraintKind::Unique { columns, .. }
        | TableConstraintKind::PrimaryKey { columns, .. }
        | TableConstraintKind::Exclude { columns, .. }
        | TableConstraintKind::ForeignKey { columns, .. } => rename_all(columns, from, to),
    }
}

fn rename_in_index(index: &mut Index, from: &Name, to: &Name) {
    index.keys.iter_mut().for_each(|key| rename_in_expr(&mut key.expr, from, to));
    index.predicate.iter_mut().for_each(|predicate| rename_in_expr(predicate, from, to));
    rename_all(&mut index.include, from, to);
}

fn rename_in_expr(expr: &mut Expr, from: &Name, to: &Name) {
    expr.walk_mut(&mut |part| {
        if let ExprKind::Column(path) = &mut part.kind
            && let Some(column) = path.last_mut()
            && column.name == *from
        {
            column.name = to.clone();
        }
    });
}

fn rename_type(ty: &mut TypeName, from: &(Name, Name), to: &(Name, Name)) {
    let matches = ty.name == from.1 && ty.schema.as_ref().is_some_and(|schema| schema.name == from.0);
    if matches {
        ty.schema = Some(Box::new(Ident { name: to.0.clone(), span: ty.span }));
        ty.name = to.1.clone();
    }
}

fn rename_in_calls(body: &mut RelationBody, from: &Name, to: &Name) {
    let mut in_expr = |expr: &mut Expr| {
        expr.walk_mut(&mut |part| {
            if let ExprKind::Call(call) = &mut part.kind
                && call.name.name.name == *from
            {
                call.name.name.name = to.clone();
            }
        });
    };
    let in_attachment = |attachment: &mut Attachment| {
        rename_all(&mut attachment.functions, from, to);
        if attachment.function.as_ref() == Some(from) {
            attachment.function = Some(to.clone());
        }
    };
    match body {
        RelationBody::Table(table) => {
            for column in &mut table.columns {
                column.default.iter_mut().for_each(&mut in_expr);
                column.generated.iter_mut().for_each(|generated| in_expr(&mut generated.expr));
            }
            for constraint in &mut table.constraints {
                if let TableConstraintKind::Check { expr, .. } = &mut constraint.kind {
                    in_expr(expr);
                }
            }
            table.partition_by.iter_mut().flat_map(|by| &mut by.key).for_each(in_expr);
            table.attachments.iter_mut().for_each(in_attachment);
        }
        RelationBody::Index(index) => {
            index.keys.iter_mut().map(|key| &mut key.expr).chain(&mut index.predicate).for_each(in_expr);
        }
        RelationBody::View(view) => {
            rename_all(&mut view.functions, from, to);
            view.attachments.iter_mut().for_each(in_attachment);
        }
        RelationBody::Sequence(_) | RelationBody::Composite(_) | RelationBody::Unknown => {}
    }
}
