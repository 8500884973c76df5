//! What depends on an object, and what goes with it when it is dropped.
//!
//! Applying a statement and analysing it ask the same questions here, so that they agree.

mod dropped;

pub use dropped::{Droppable, Dropped, DroppedObject};

use super::links::{Node, Use};
use super::{Catalog, Column, Index, Relation, RelationBody, RelationId, Table, TableConstraint, TableConstraintKind};
use super::{TypeKind, View};
use crate::statement::{Name, ObjectName, PartitionBoundKind};
use std::collections::BTreeSet;

impl Catalog {
    /// The indexes of a table or materialized view, in the order of their creation.
    pub fn indexes_of(&self, table: RelationId) -> impl Iterator<Item = (&Relation, &Index)> {
        self.users(Node::Relation(table), Use::Index).filter_map(|relation| Some((relation, relation.as_index()?)))
    }

    /// The indexes of partitions that belong to a partitioned table's index.
    pub fn partition_indexes_of(&self, index: RelationId) -> impl Iterator<Item = (&Relation, &Index)> {
        let users = self.users(Node::Relation(index), Use::PartitionIndex);
        users.filter_map(|relation| Some((relation, relation.as_index()?)))
    }

    /// An index by name; also what is not known to be another kind of relation.
    pub fn index_named(&self, name: &ObjectName, path: &super::SearchPath) -> Option<&Relation> {
        let relation = self.relation(self.resolve(name, path)?)?;
        matches!(relation.body, RelationBody::Index(_) | RelationBody::Unknown).then_some(relation)
    }

    /// The foreign keys that reference a table, each with the table that has it; its own among them.
    pub fn foreign_keys_to(&self, table: RelationId) -> impl Iterator<Item = (&Relation, &TableConstraint)> {
        self.users(Node::Relation(table), Use::ForeignKey).flat_map(move |relation| {
            let constraints = relation.as_table().into_iter().flat_map(Table::foreign_keys);
            constraints.filter(move |constraint| references(constraint) == Some(table)).map(move |it| (relation, it))
        })
    }

    /// The partitions of a partitioned table, without theirs.
    pub fn partitions_of(&self, table: RelationId) -> impl Iterator<Item = &Relation> {
        self.users(Node::Relation(table), Use::Partition)
    }

    /// The partitions of a partitioned table, and theirs.
    pub fn all_partitions(&self, table: RelationId) -> Vec<&Relation> {
        self.closure(table, &[Use::Partition])
    }

    /// The partitions of a partitioned table, at any depth, that hold rows themselves.
    pub fn leaf_partitions(&self, table: RelationId) -> Vec<&Relation> {
        let mut partitions = self.all_partitions(table);
        partitions.retain(|relation| relation.as_table().is_some_and(|table| !table.is_partitioned()));
        partitions
    }

    /// The DEFAULT partition of a partitioned table.
    pub fn default_partition(&self, table: RelationId) -> Option<&Relation> {
        self.partitions_of(table).find(|relation| {
            let partition = relation.as_table().and_then(|table| table.partition.as_ref());
            partition.is_some_and(|partition| partition.bound.kind == PartitionBoundKind::Default)
        })
    }

    /// The partitioned tables that a partition belongs to: its parent first, the root last.
    pub fn partition_ancestors(&self, table: RelationId) -> Vec<&Relation> {
        let mut ancestors: Vec<&Relation> = Vec::new();
        let parent = |id| self.table(id)?.1.partition.as_ref().map(|partition| partition.parent);
        let mut next = parent(table);
        while let Some(relation) = next.and_then(|id| self.relation(id)) {
            ancestors.push(relation);
            next = parent(relation.id);
        }
        ancestors
    }

    /// The tables that inherit from a table by `INHERITS`, without those that inherit from them.
    pub fn children_of(&self, table: RelationId) -> impl Iterator<Item = &Relation> {
        self.users(Node::Relation(table), Use::Inherits)
    }

    /// Partitions and inheritance children at any depth, each once: what a statement on a table without `ONLY` reaches.
    pub fn descendants(&self, table: RelationId) -> Vec<&Relation> {
        self.closure(table, &[Use::Partition, Use::Inherits])
    }

    /// The views, plain and materialized, whose queries read a relation.
    pub fn views_over(&self, relation: RelationId) -> impl Iterator<Item = (&Relation, &View)> {
        self.users(Node::Relation(relation), Use::View).filter_map(|relation| Some((relation, relation.as_view()?)))
    }

    /// The views that read a relation, and the views over these, at any depth.
    pub fn all_views_over(&self, relation: RelationId) -> Vec<&Relation> {
        self.closure(relation, &[Use::View])
    }

    /// The views whose queries mention a column, or all columns of a relation whose columns are not all known.
    pub fn views_over_column<'a>(
        &'a self,
        relation: RelationId,
        column: &'a str,
    ) -> impl Iterator<Item = (&'a Relation, &'a View)> {
        self.views_over(relation).filter(move |(_, view)| {
            view.columns.iter().any(|(id, name)| *id == relation && (name == column || name == "*"))
        })
    }

    /// The typed tables of a composite type.
    pub fn tables_of_type(&self, composite: RelationId) -> impl Iterator<Item = &Relation> {
        self.users(Node::Relation(composite), Use::OfType)
    }

    /// The columns of a user-defined type, also of arrays of it, of domains over it, and of composite types and tables' row types that
    /// hold it, at any depth. Attributes of composite types are among them.
    pub fn columns_using_type(&self, schema: &str, name: &str) -> Vec<(&Relation, &Column)> {
        let mut found = Vec::new();
        let mut seen = BTreeSet::from([(Name::from(schema), Name::from(name))]);
        let mut pending: Vec<_> = seen.iter().cloned().collect();
        while let Some((schema, name)) = pending.pop() {
            for (relation, column) in self.columns_of_type(&schema, &name) {
                found.push((relation, column));
                let row_type = (relation.schema.clone(), relation.name.clone());
                if seen.insert(row_type.clone()) {
                    pending.push(row_type);
                }
            }
            for domain in self.domains_over(&schema, &name) {
                let domain = (domain.schema.clone(), domain.name.clone());
                if seen.insert(domain.clone()) {
                    pending.push(domain);
                }
            }
        }
        let mut places = BTreeSet::new();
        found.retain(|(relation, column)| places.insert((relation.id, column.name.clone())));
        found
    }

    /// A column of a table that holds values of a relation's row type, which cannot change its stored form then. An attribute of a composite
    /// type that no table uses is in nobody's way (`find_composite_type_dependencies`).
    pub fn row_type_user(&self, relation: &Relation) -> Option<(&Relation, &Column)> {
        let users = self.columns_using_type(&relation.schema, &relation.name);
        users.into_iter().find(|(user, _)| user.as_table().is_some())
    }

    /// The tables and materialized views that hold values of a user-defined type, a domain for example; see [`Self::columns_using_type`].
    pub fn tables_using_type(&self, schema: &str, name: &str) -> Vec<&Relation> {
        let columns = self.columns_using_type(schema, name).into_iter().map(|(relation, _)| relation);
        let mut tables: Vec<_> = columns.filter(|relation| relation.as_table().is_some()).collect();
        tables.sort_by_key(|relation| relation.id);
        tables.dedup_by_key(|relation| relation.id);
        tables
    }

    /// The columns declared with a type, or with an array of it.
    pub(super) fn columns_of_type(&self, schema: &str, name: &str) -> Vec<(&Relation, &Column)> {
        let mut found = Vec::new();
        // The schema is empty where the name could not be resolved when the column was made.
        for stored in [schema, ""] {
            for relation in self.users(Node::Type(stored.into(), name.into()), Use::ColumnType) {
                let columns = match &relation.body {
                    RelationBody::Table(table) => &table.columns,
                    RelationBody::Composite(columns) => columns,
                    _ => continue,
                };
                found.extend(columns.iter().filter_map(|column| {
                    let ty = column.ty.as_ref()?;
                    let in_schema = ty.schema.as_ref().map_or("", |schema| schema.name.as_str()) == stored;
                    (in_schema && ty.name == name).then_some((relation, column))
                }));
            }
        }
        found
    }

    /// The domains declared over a type, or over an array of it.
    pub(super) fn domains_over(&self, schema: &str, name: &str) -> impl Iterator<Item = &super::Type> {
        self.types.values().filter(move |ty| match &ty.kind {
            TypeKind::Domain(domain) => {
                domain.base.name == name && domain.base.schema.as_ref().is_none_or(|base| base.name == schema)
            }
            _ => false,
        })
    }

    /// The sequences that go with a table, or with one of its columns.
    pub fn sequences_owned_by<'a>(
        &'a self,
        table: RelationId,
        column: Option<&'a str>,
    ) -> impl Iterator<Item = &'a Relation> {
        self.users(Node::Relation(table), Use::Owned).filter(move |relation| match &relation.body {
            RelationBody::Sequence(sequence) => sequence
                .owned_by
                .as_ref()
                .is_some_and(|(id, owner)| *id == table && column.is_none_or(|column| owner == column)),
            _ => false,
        })
    }

    /// The columns whose default or identity draws from a sequence.
    pub fn columns_drawing_from(&self, sequence: RelationId) -> impl Iterator<Item = (&Relation, &Column)> {
        self.users(Node::Relation(sequence), Use::Draws).flat_map(move |relation| {
            let columns = relation.as_table().into_iter().flat_map(|table| &table.columns);
            columns.filter(move |column| column.sequence == Some(sequence)).map(move |column| (relation, column))
        })
    }

    /// What can be reached over links of these kinds, without the start, each once; a parent stands before its children.
    fn closure(&self, start: RelationId, uses: &[Use]) -> Vec<&Relation> {
        let mut seen = BTreeSet::from([start]);
        let mut found: Vec<&Relation> = Vec::new();
        let mut next = start;
        let mut done = 0;
        loop {
            for how in uses {
                let users = self.users(Node::Relation(next), *how);
                found.extend(users.filter(|relation| seen.insert(relation.id)));
            }
            let Some(relation) = found.get(done) else {
                return found;
            };
            next = relation.id;
            done += 1;
        }
    }
}

/// The table that a foreign key references.
pub(super) fn references(constraint: &TableConstraint) -> Option<RelationId> {
    match constraint.kind {
        TableConstraintKind::ForeignKey { references, .. } => Some(references),
        _ => None,
    }
}
