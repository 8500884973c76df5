//! Partitions: what they get from their parent, and what they keep.

use super::{Applied, Change, Refused};
use crate::catalog::{Attachment, Column, Partition, RelationId, Table, TableConstraint, TableConstraintKind};
use crate::statement::{AlterActionKind, ObjectName, PartitionBound};

impl Change<'_> {
    /// Makes a table that has its parent's columns already a partition of it: with the parent's indexes, foreign keys and row triggers.
    pub(super) fn become_partition(&mut self, id: RelationId, parent: RelationId, bound: PartitionBound) -> Applied {
        let (_, parent_table) = self.table_at(parent)?;
        if !parent_table.is_partitioned() && parent_table.complete {
            return Err(Refused);
        }
        let keys: Vec<TableConstraint> = parent_table.foreign_keys().cloned().collect();
        let triggers: Vec<Attachment> =
            parent_table.attachments.iter().filter(|attachment| attachment.for_each_row).cloned().collect();
        self.change_table(id, |table| table.partition = Some(Partition { parent, bound }));
        let indexes: Vec<RelationId> = self.catalog.indexes_of(parent).map(|(index, _)| index.id).collect();
        for index in indexes {
            if !self.adopt_index(index, id)? {
                let mut spec = self.index_like(index, id)?;
                spec.origin = self.origin_of_part(id, self.at)?;
                self.build_index(spec)?;
            }
        }
        let origin = self.origin_of_part(id, self.at)?;
        for key in keys {
            let key = TableConstraint { inherited: true, origin, made_as: None, ..key };
            for table in self.with_partitions(id) {
                self.merge_constraint(table, &key)?;
            }
        }
        for trigger in triggers {
            for table in self.with_partitions(id) {
                let trigger = Attachment { inherited: true, origin: self.origin(), ..trigger.clone() };
                self.change_table(table, |table| {
                    if !table.attachments.iter().any(|other| other.kind == trigger.kind && other.name == trigger.name) {
                        table.attachments.push(trigger);
                    }
                });
            }
        }
        Ok(())
    }

    /// A table, its partitions and theirs.
    pub(super) fn with_partitions(&self, id: RelationId) -> Vec<RelationId> {
        let partitions = self.catalog.all_partitions(id).into_iter().map(|partition| partition.id);
        std::iter::once(id).chain(partitions).collect()
    }

    /// ATTACH and DETACH PARTITION of a table.
    pub(super) fn partition_action(&mut self, parent: RelationId, action: &AlterActionKind) -> Applied {
        match action {
            AlterActionKind::AttachPartition { partition, bound: Some(bound) } => {
                self.attach(parent, partition, (**bound).clone())
            }
            AlterActionKind::DetachPartition { partition, finalize, .. } => {
                let (child, table) = self.table(partition)?;
                match &table.partition {
                    Some(partition) if partition.parent == parent => self.detach(child),
                    // Of what was never seen attached, nothing is known to be taken away.
                    _ if *finalize || !table.complete => Ok(()),
                    _ => Err(Refused),
                }
            }
            _ => Ok(()),
        }
    }

    fn attach(&mut self, parent: RelationId, partition: &ObjectName, bound: PartitionBound) -> Applied {
        let (child, table) = self.table(partition)?;
        if table.partition.is_some()
            || !table.inherits.is_empty()
            || child == parent
            || self.catalog.descendants(child).iter().any(|relation| relation.id == parent)
        {
            return Err(Refused);
        }
        let (_, parent_table) = self.table_at(parent)?;
        let extra = |column: &Column| parent_table.column(&column.name).is_none();
        if parent_table.complete && table.columns.iter().any(extra) {
            return Err(Refused);
        }
        self.inherit_columns(child, parent)?;
        self.change_table(child, |table| {
            for column in table.columns.iter_mut().filter(|column| column.inherited) {
                column.local = false;
            }
        });
        self.become_partition(child, parent, bound)
    }

    /// What a table that exists already must have to get a parent: the parent's columns and CHECKs, which become inherited.
    pub(super) fn inherit_columns(&mut self, child: RelationId, parent: RelationId) -> Applied {
        let (_, parent_table) = self.table_at(parent)?;
        let (_, child_table) = self.table_at(child)?;
        for column in &parent_table.columns {
            match child_table.column(&column.name) {
                Some(own) if column.not_null && !own.not_null && child_table.complete => return Err(Refused),
                None if child_table.complete => return Err(Refused),
                _ => {}
            }
        }
        let is_check = |constraint: &&TableConstraint| {
            matches!(constraint.kind, TableConstraintKind::Check { .. }) && !constraint.no_inherit
        };
        for check in parent_table.constraints.iter().filter(is_check) {
            if child_table.constraint(&check.name).is_none() && child_table.complete {
                return Err(Refused);
            }
        }
        let (columns, constraints) = (parent_table.columns.clone(), parent_table.constraints.clone());
        self.change_table(child, |table| {
            for column in &columns {
                if let Some(own) = table.columns.iter_mut().find(|own| own.name == column.name) {
                    own.inherited = true;
                }
            }
            for constraint in constraints.iter().filter(|constraint| !constraint.no_inherit) {
                for own in &mut table.constraints {
                    let same = match (&own.kind, &constraint.kind) {
                        (TableConstraintKind::NotNull { column }, TableConstraintKind::NotNull { column: other }) => {
                            column == other
                        }
                        (TableConstraintKind::Check { .. }, TableConstraintKind::Check { .. }) => {
                            own.name == constraint.name
                        }
                        _ => false,
                    };
                    own.inherited |= same;
                }
            }
        });
        Ok(())
    }

    fn detach(&mut self, child: RelationId) -> Applied {
        let indexes: Vec<RelationId> = self
            .catalog
            .indexes_of(child)
            .filter(|(_, index)| index.parent.is_some())
            .map(|(relation, _)| relation.id)
            .collect();
        for index in indexes {
            self.change_index(index, |index| index.parent = None);
        }
        self.change_table(child, |table| {
            table.partition = None;
            table.make_own(|_| true);
            table.attachments.retain(|attachment| !attachment.inherited);
        });
        Ok(())
    }

    /// INHERIT and NO INHERIT.
    pub(super) fn inherit_action(&mut self, child: RelationId, action: &AlterActionKind) -> Applied {
        match action {
            AlterActionKind::Inherit(parent) => {
                let (parent, parent_table) = self.table(parent)?;
                let (_, child_table) = self.table_at(child)?;
                let partitioning = |table: &Table| table.is_partitioned() || table.partition.is_some();
                if child_table.inherits.contains(&parent)
                    || partitioning(child_table)
                    || partitioning(parent_table)
                    || child == parent
                    || self.catalog.descendants(child).iter().any(|relation| relation.id == parent)
                {
                    return Err(Refused);
                }
                self.inherit_columns(child, parent)?;
                self.change_table(child, |table| table.inherits.push(parent));
            }
            AlterActionKind::NoInherit(parent) => {
                let (parent, _) = self.table(parent)?;
                let (_, table) = self.table_at(child)?;
                if table.partition.is_some() || table.complete && !table.inherits.contains(&parent) {
                    return Err(Refused);
                }
                self.change_table(child, |table| table.inherits.retain(|id| *id != parent));
                let (_, table) = self.table_at(child)?;
                let others = table.inherits.iter().filter_map(|id| self.catalog.table(*id));
                let kept: Vec<_> =
                    others.flat_map(|(_, table)| table.columns.iter().map(|it| it.name.clone())).collect();
                self.change_table(child, |table| table.make_own(|column| !kept.contains(column)));
            }
            _ => {}
        }
        Ok(())
    }
}

impl Table {
    /// What was inherited is its own from now on, where the columns are no other parent's.
    fn make_own(&mut self, is_own: impl Fn(&crate::statement::Name) -> bool) {
        for column in self.columns.iter_mut().filter(|column| column.inherited && is_own(&column.name)) {
            (column.inherited, column.local) = (false, true);
        }
        for constraint in &mut self.constraints {
            if constraint.kind.columns().iter().all(&is_own) {
                constraint.inherited = false;
            }
        }
    }
}
