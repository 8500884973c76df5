//! ALTER TABLE, and ALTER of other relations.
//!
//! The server does not run the actions in the written order but in passes: drops first, then changes of type, then new columns,
//! then what refers to them (tablecmds.c, `AlterTablePass`).

use super::{Applied, Change, Refused};
use crate::catalog::{Column, Droppable, RelationBody, RelationId, TableConstraintKind};
use crate::statement::{
    AlterAction, AlterActionKind, AlterRelation, ColumnDef, Constraint, ConstraintKind, Expr, ExprKind, Ident, Name,
    ObjectKind, StorageOption, TypeName,
};

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Pass {
    Drop,
    AlterType,
    AddColumn,
    Attributes,
    AddIndex,
    AddOther,
    Misc,
}

/// What a pass runs: an action, or a constraint written with the new column of the action.
enum Work<'a> {
    Action(&'a AlterAction),
    ColumnConstraint(&'a AlterAction, &'a Constraint),
}

impl Change<'_> {
    pub(super) fn alter_relation(&mut self, alter: &AlterRelation) -> Applied {
        let Some(id) = self.find(&alter.name) else {
            return if alter.if_exists { Ok(()) } else { Err(Refused) };
        };
        let mut work: Vec<(Pass, Work<'_>)> = Vec::new();
        for action in &alter.actions {
            work.push((pass_of(&action.kind), Work::Action(action)));
            if let AlterActionKind::AddColumn { column, .. } = &action.kind {
                let constraints = column.constraints.iter();
                let constraints =
                    constraints.filter(|constraint| !matches!(constraint.kind, ConstraintKind::NotNull(_)));
                work.extend(constraints.map(|it| (pass_of_constraint(it), Work::ColumnConstraint(action, it))));
            }
        }
        work.sort_by_key(|(pass, _)| *pass);
        // Columns that are there already, and whose constraints are skipped with them.
        let mut skipped = Vec::new();
        for (_, work) in work {
            match work {
                Work::Action(action) => {
                    self.at = action.span;
                    if !self.alter_action(id, alter, &action.kind)? {
                        skipped.push(action.span);
                    }
                }
                Work::ColumnConstraint(action, constraint) if !skipped.contains(&action.span) => {
                    self.at = action.span;
                    self.add_constraint(id, constraint, alter.only, false)?;
                }
                Work::ColumnConstraint(..) => {}
            }
        }
        Ok(())
    }

    /// False: the column to be added was there already.
    fn alter_action(&mut self, id: RelationId, alter: &AlterRelation, action: &AlterActionKind) -> Applied<bool> {
        use AlterActionKind as Action;
        let only = alter.only;
        match action {
            Action::AddColumn { if_not_exists, column } => return self.add_column(id, column, *if_not_exists, only),
            Action::DropColumn { if_exists, column, cascade } => {
                self.drop_column(id, &column.name, *if_exists, *cascade, only)?;
            }
            Action::SetType { column, ty, collation, using } => {
                let collation = collation.as_ref().map(|name| name.name.name.clone());
                self.set_type(id, &column.name, ty, collation, only)?;
                self.values_converted(id, &column.name, using.is_some());
            }
            Action::SetDefault { column, default } => self.set_default(id, column, Some(default), only)?,
            Action::DropDefault(column) => self.set_default(id, column, None, only)?,
            Action::SetNotNull(column) => self.set_not_null(id, &column.name, None, only)?,
            Action::DropNotNull(column) => self.drop_not_null(id, &column.name, only)?,
            Action::SetExpression { column, expr } => {
                let expr = expr.as_ref().clone();
                self.for_each_column(id, &column.name, only, |column| {
                    if let Some(generated) = &mut column.generated {
                        generated.expr = expr.clone();
                    }
                })?;
            }
            Action::DropExpression(column) => {
                self.for_each_column(id, &column.name, only, |column| column.generated = None)?;
            }
            Action::AddIdentity(column) => self.add_identity(id, &column.name)?,
            Action::DropIdentity(column) => self.drop_identity(id, &column.name)?,
            Action::AddConstraint(constraint) => {
                if self.catalog.table(id).is_none() {
                    return Err(Refused);
                }
                self.add_constraint(id, constraint, only, false)?;
            }
            Action::AlterConstraint { name, enforced, inherit, .. } => {
                self.for_constraint(id, &name.name, |constraint| {
                    if let Some(enforced) = enforced {
                        constraint.enforced = *enforced;
                        constraint.valid = *enforced;
                    }
                    if let Some(inherit) = inherit {
                        constraint.no_inherit = !inherit;
                    }
                })?;
            }
            Action::ValidateConstraint(name) => self.validate_constraint(id, &name.name)?,
            Action::DropConstraint { if_exists, name, cascade } => {
                self.drop_constraint(id, &name.name, *if_exists, *cascade, only)?;
            }
            Action::RenameTo(to) => {
                // The new name is taken: what IF EXISTS asks for was not there, or the file would stop here.
                if alter.if_exists && self.is_unseen(id) && self.name_is_taken(id, None, Some(&to.name)) {
                    self.catalog.forget(id);
                } else {
                    self.rename_relation(id, &to.name)?;
                }
            }
            Action::RenameColumn { from, to } => self.rename_column(id, &from.name, &to.name, only)?,
            Action::RenameConstraint { from, to } => self.rename_constraint(id, &from.name, &to.name)?,
            Action::SetSchema(schema) => {
                if alter.if_exists && self.is_unseen(id) && self.name_is_taken(id, Some(&schema.name), None) {
                    self.catalog.forget(id);
                } else {
                    self.set_schema(id, &schema.name)?;
                }
            }
            Action::AttachPartition { partition, bound: None } => {
                // Of an index. One that is not known leaves the partitioned index as it is.
                let child = self.relation(partition)?.id;
                if self.index_at(child).is_ok() && self.index_at(id).is_ok() {
                    self.attach_partition_index(id, child)?;
                }
            }
            Action::AttachPartition { .. } | Action::DetachPartition { .. } => self.partition_action(id, action)?,
            Action::Inherit(_) | Action::NoInherit(_) => self.inherit_action(id, action)?,
            Action::OfType(ty) => {
                let ty = self.find(ty);
                self.change_table(id, |table| table.of_type = ty);
            }
            Action::NotOf => self.change_table(id, |table| table.of_type = None),
            Action::Trigger { mode, name, internal } => {
                let name = name.as_ref().map(|name| &name.name);
                self.switch_triggers(id, mode == "disable", name, *internal, only);
            }
            Action::Rule { mode, name } => {
                let disabled = mode == "disable";
                self.change_attachment(id, ObjectKind::Rule, &name.name, |rule| rule.runs.disabled = disabled)?;
            }
            Action::RowSecurity(switch) => {
                let file = self.moment.source;
                self.change_table(id, |table| table.set_row_security(*switch, file))
            }
            Action::ReplicaIdentity { kind, .. } => {
                self.change_table(id, |table| table.replica_identity = Some(kind.clone()));
            }
            Action::SetTablespace(name) => self.change_table(id, |table| table.tablespace = Some(name.name.clone())),
            Action::SetAccessMethod(name) => {
                self.change_table(id, |table| table.access_method = Some(name.name.clone()));
            }
            Action::SetPersistence(persistence) => self.change_table(id, |table| table.persistence = *persistence),
            Action::SetOptions(options) => self.change_table(id, |table| set_options(&mut table.options, options)),
            Action::ResetOptions(options) => self.change_table(id, |table| {
                table.options.retain(|set| !options.iter().any(|reset| reset.name == set.name));
            }),
            Action::SequenceOptions { owned_by: Some(owner), .. } => {
                let owned_by = match owner {
                    Some((table, column)) => Some((self.table(table)?.0, column.name.clone())),
                    None => None,
                };
                self.catalog.change(id, |relation| {
                    if let RelationBody::Sequence(sequence) = &mut relation.body {
                        sequence.owned_by = owned_by;
                    }
                });
            }
            Action::ClusterOn(index) => self.cluster_on(id, Some(&index.name))?,
            Action::SetWithoutCluster => self.cluster_on(id, None)?,
            Action::OwnerTo(owner) => self.catalog.change(id, |relation| relation.owner = Some(owner.name.clone())),
            Action::Unknown => {
                self.change_table(id, |table| table.complete = false);
                self.catalog.inserted.untold(id);
            }
            Action::SequenceOptions { .. } => self.leave_one(id),
            Action::SetIdentity(column) => {
                let sequence = self.column_at(id, &column.name)?.and_then(|column| column.sequence);
                sequence.into_iter().for_each(|sequence| self.leave_one(sequence));
            }
            Action::SetStatistics(_)
            | Action::SetStorage(_)
            | Action::SetCompression(_)
            | Action::SetColumnOptions { .. }
            | Action::SetWithoutOids
            | Action::DependsOnExtension
            | Action::ForeignOptions => {}
        }
        Ok(true)
    }

    fn add_column(&mut self, id: RelationId, def: &ColumnDef, if_not_exists: bool, only: bool) -> Applied<bool> {
        let (relation, table) = self.table_at(id)?;
        if table.partition.is_some() || table.of_type.is_some() {
            return Err(Refused);
        }
        if let Some(existing) = table.column(&def.name.name) {
            // One that was only named before is not certain to be there.
            if if_not_exists {
                if existing.origin.is_none() && !table.complete {
                    let (name, perhaps) = (existing.name.clone(), self.origin());
                    self.change_column(id, &name, |column| column.perhaps = Some(perhaps));
                }
                return Ok(false);
            }
            if existing.origin.is_some() || table.complete {
                return Err(Refused);
            }
            let name = existing.name.clone();
            self.change_table(id, |table| table.columns.retain(|column| column.name != name));
            return self.add_column(id, def, if_not_exists, only);
        }
        let unsure = !table.complete && (if_not_exists || self.is_guarded());
        let (schema, name) = (relation.schema.clone(), relation.name.clone());
        let descendants: Vec<RelationId> = self.catalog.descendants(id).iter().map(|relation| relation.id).collect();
        if only && !descendants.is_empty() {
            return Err(Refused);
        }
        let origin = (!unsure).then(|| self.origin());
        let owner = super::columns::Owner { id, schema: &schema, name: &name, origin };
        let mut column = self.make_column(owner, def)?;
        column.perhaps = (unsure && if_not_exists).then(|| self.origin());
        let not_null = column.not_null;
        let name = column.name.clone();
        self.change_table(id, |table| {
            table.gone_columns.remove(&name);
        });
        for child in descendants {
            let inherited = Column { inherited: true, local: false, ..column.clone() };
            self.change_table(child, |table| match table.columns.iter_mut().find(|own| own.name == inherited.name) {
                Some(own) => own.inherited = true,
                None => table.columns.push(inherited),
            });
        }
        // Without a value for the rows that are there, there are none, or the server refuses it.
        let demands = not_null && !if_not_exists && !column.fills_itself() && column.unwritten && !self.is_guarded();
        let shown = demands.then(|| self.origin());
        self.change_table(id, |table| {
            table.columns.push(column);
            table.shown_empty = shown.or(table.shown_empty);
        });
        if not_null {
            let named = def.constraints.iter().find(|it| matches!(it.kind, ConstraintKind::NotNull(_)));
            let named = named.and_then(|constraint| constraint.name.as_ref()).map(|name| &name.name);
            // Before 18 a child that has the column already stays as it is.
            let only = only || self.moment.version.0 < 18;
            self.set_not_null_in(id, &name, named, only);
        }
        Ok(true)
    }

    fn set_type(&mut self, id: RelationId, name: &Name, ty: &TypeName, collation: Option<Name>, only: bool) -> Applied {
        let ty = self.resolved_type(ty)?;
        let (relation, table) = self.table_at(id)?;
        let used = only && !self.catalog.descendants(id).is_empty()
            || self.catalog.views_over_column(id, name).next().is_some()
            || relation.attachments().iter().any(|attachment| attachment.columns.contains(name))
            || table.columns.iter().any(|other| {
                let from = other.generated.iter().flat_map(|generated| generated.expr.columns());
                from.into_iter().any(|from| from.name == *name)
            });
        if used || table.in_partition_key(name) || table.column(name).is_some_and(|column| column.inherited) {
            return Err(Refused);
        }
        // The default stays what it was, converted: `'a'::mood`, whatever the column is of by then.
        let before = table.column(name).and_then(|column| column.ty.clone());
        let before = before.filter(|before| before.schema.is_some() && before.name != ty.name);
        self.for_each_column(id, name, only, |column| {
            if let (Some(before), Some(default)) = (&before, &mut column.default)
                && matches!(default.kind, ExprKind::Literal(_))
            {
                let inner = Box::new(default.clone());
                default.kind = ExprKind::Cast(inner, Box::new(before.clone()));
            }
            column.ty = Some(ty.clone());
            column.collation.clone_from(&collation);
        })
    }

    fn set_default(&mut self, id: RelationId, column: &Ident, default: Option<&Expr>, only: bool) -> Applied {
        if matches!(self.catalog.relation(id).map(|it| &it.body), Some(RelationBody::View(_) | RelationBody::Unknown)) {
            return Ok(());
        }
        let default = default.filter(|default| default.kind != ExprKind::Null);
        let sequence = default.and_then(|default| self.drawn_sequence(default));
        if let Some(column) = self.column_at(id, &column.name)?
            && (column.identity || column.generated.is_some())
        {
            return Err(Refused);
        }
        self.for_each_column(id, &column.name, only, |column| {
            column.default = default.cloned();
            column.sequence = sequence;
        })
    }

    fn drop_not_null(&mut self, id: RelationId, name: &Name, only: bool) -> Applied {
        let (_, table) = self.table_at(id)?;
        let in_key = table.primary_key().is_some_and(|key| key.kind.columns().contains(name));
        let is_identity = table.column(name).is_some_and(|column| column.identity);
        let parent = table.partition.as_ref().and_then(|partition| self.catalog.table(partition.parent));
        let demanded = parent.and_then(|(_, table)| table.column(name)).is_some_and(|column| column.not_null);
        let from_partitions = only && self.catalog.partitions_of(id).next().is_some();
        if in_key || is_identity || demanded || from_partitions {
            return Err(Refused);
        }
        let source = self.moment.source;
        self.for_each_column(id, name, only, |column| {
            column.released = Some(source).filter(|_| column.not_null);
            column.not_null = false;
        })?;
        for table in self.with_descendants(id, only) {
            self.change_table(table, |table| {
                table.constraints.retain(
                    |constraint| !matches!(&constraint.kind, TableConstraintKind::NotNull { column } if column == name),
                );
            });
        }
        Ok(())
    }

    /// A sequence may give out other numbers than 1, 2, 3 from now on.
    fn leave_one(&mut self, sequence: RelationId) {
        self.catalog.change(sequence, |relation| {
            if let RelationBody::Sequence(sequence) = &mut relation.body {
                sequence.from_one = false;
            }
        });
    }

    fn add_identity(&mut self, id: RelationId, name: &Name) -> Applied {
        let Some(column) = self.column_at(id, name)? else {
            return Ok(());
        };
        if column.identity || column.default.is_some() || column.generated.is_some() {
            return Err(Refused);
        }
        let (relation, _) = self.table_at(id)?;
        let (schema, table) = (relation.schema.clone(), relation.name.clone());
        let owner = super::columns::Owner { id, schema: &schema, name: &table, origin: Some(self.origin()) };
        let sequence = self.make_sequence(owner, name, false);
        self.change_column(id, name, |column| {
            column.identity = true;
            column.sequence = Some(sequence);
        });
        Ok(())
    }

    fn drop_identity(&mut self, id: RelationId, name: &Name) -> Applied {
        let sequence = self.column_at(id, name)?.filter(|column| column.identity).and_then(|column| column.sequence);
        for table in self.with_partitions(id) {
            self.change_column(table, name, |column| {
                column.identity = false;
                column.sequence = None;
            });
        }
        if let Some(sequence) = sequence {
            self.catalog.forget(sequence);
        }
        Ok(())
    }

    fn validate_constraint(&mut self, id: RelationId, name: &Name) -> Applied {
        let (_, table) = self.table_at(id)?;
        let Some(constraint) = table.constraint(name).cloned() else {
            return if table.complete { Err(Refused) } else { Ok(()) };
        };
        for table in self.with_descendants(id, constraint.no_inherit) {
            self.change_table(table, |table| {
                for other in &mut table.constraints {
                    let same = other.name == constraint.name || other.inherited && other.kind == constraint.kind;
                    if same && (table.complete || other.enforced) {
                        other.valid = true;
                    }
                }
                if let TableConstraintKind::NotNull { column: name } = &constraint.kind
                    && let Some(column) = table.columns.iter_mut().find(|column| column.name == *name)
                {
                    column.not_null = true;
                }
            });
        }
        Ok(())
    }

    fn drop_column(&mut self, id: RelationId, name: &Name, if_exists: bool, cascade: bool, only: bool) -> Applied {
        let (_, table) = self.table_at(id)?;
        let incomplete = !table.complete;
        if table.column(name).is_none() && !incomplete {
            return if if_exists { Ok(()) } else { Err(Refused) };
        }
        if only {
            if self.catalog.partitions_of(id).next().is_some() {
                return Err(Refused);
            }
            let children: Vec<RelationId> = self.catalog.children_of(id).map(|child| child.id).collect();
            for child in children {
                self.change_column(child, name, |column| column.local = true);
            }
        }
        self.drop_all(&[Droppable::Column(id, name.clone())], cascade)?;
        if incomplete && !self.is_guarded() {
            self.change_table(id, |table| {
                table.gone_columns.insert(name.clone());
            });
        }
        Ok(())
    }

    fn drop_constraint(&mut self, id: RelationId, name: &Name, if_exists: bool, cascade: bool, only: bool) -> Applied {
        let (_, table) = self.table_at(id)?;
        let Some(constraint) = table.constraint(name) else {
            if table.complete {
                return if if_exists { Ok(()) } else { Err(Refused) };
            }
            self.change_table(id, |table| {
                table.gone_constraints.insert(name.clone());
            });
            return Ok(());
        };
        let not_null = match &constraint.kind {
            TableConstraintKind::NotNull { column } => Some(column.clone()),
            _ => None,
        };
        let key = matches!(constraint.kind, TableConstraintKind::PrimaryKey { .. });
        if only && self.catalog.partitions_of(id).next().is_some() {
            return Err(Refused);
        }
        if only {
            let constraint = constraint.clone();
            let children: Vec<RelationId> = self.catalog.descendants(id).iter().map(|child| child.id).collect();
            for child in children {
                self.change_table(child, |table| {
                    for other in table.constraints.iter_mut().filter(|other| other.name == constraint.name) {
                        other.inherited = false;
                    }
                });
            }
        }
        self.drop_all(&[Droppable::Constraint(id, name.clone())], cascade)?;
        if key {
            self.change_table(id, |table| table.key_dropped = true);
        }
        if let Some(column) = not_null {
            self.for_each_column(id, &column, only, |column| column.not_null = false)?;
        }
        Ok(())
    }

    /// A table, and its descendants unless `only` it is meant.
    fn with_descendants(&self, id: RelationId, only: bool) -> Vec<RelationId> {
        let mut tables = vec![id];
        if !only {
            tables.extend(self.catalog.descendants(id).iter().map(|relation| relation.id));
        }
        tables
    }

    /// Changes a column of a table and of its descendants.
    fn for_each_column(&mut self, id: RelationId, name: &Name, only: bool, change: impl Fn(&mut Column)) -> Applied {
        self.column_at(id, name)?;
        for table in self.with_descendants(id, only) {
            self.change_column(table, name, &change);
        }
        Ok(())
    }

    fn for_constraint(
        &mut self,
        id: RelationId,
        name: &Name,
        change: impl FnOnce(&mut crate::catalog::TableConstraint),
    ) -> Applied {
        let (_, table) = self.table_at(id)?;
        if table.constraint(name).is_none() && table.complete {
            return Err(Refused);
        }
        self.change_table(id, |table| {
            if let Some(constraint) = table.constraints.iter_mut().find(|constraint| constraint.name == *name) {
                change(constraint);
            }
        });
        Ok(())
    }
}

fn pass_of(action: &AlterActionKind) -> Pass {
    use AlterActionKind as Action;
    match action {
        Action::DropColumn { .. }
        | Action::DropConstraint { .. }
        | Action::DropDefault(_)
        | Action::DropNotNull(_)
        | Action::DropExpression(_)
        | Action::DropIdentity(_) => Pass::Drop,
        Action::SetType { .. } | Action::SetExpression { .. } => Pass::AlterType,
        Action::AddColumn { .. } => Pass::AddColumn,
        Action::SetNotNull(_) | Action::SetIdentity(_) => Pass::Attributes,
        Action::AddConstraint(constraint) => pass_of_constraint(constraint),
        Action::SetDefault { .. } | Action::AddIdentity(_) => Pass::AddOther,
        _ => Pass::Misc,
    }
}

fn pass_of_constraint(constraint: &Constraint) -> Pass {
    match constraint.kind {
        ConstraintKind::PrimaryKey(_) | ConstraintKind::Unique(_) | ConstraintKind::Exclude(_) => Pass::AddIndex,
        ConstraintKind::NotNull(_) | ConstraintKind::Null(_) => Pass::Attributes,
        ConstraintKind::Check(_) | ConstraintKind::ForeignKey(_) => Pass::AddOther,
    }
}

fn set_options(options: &mut Vec<StorageOption>, set: &[StorageOption]) {
    options.retain(|option| !set.iter().any(|new| new.name == option.name));
    options.extend(set.iter().cloned());
}
