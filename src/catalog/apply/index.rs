//! Indexes: CREATE INDEX, those of constraints, and those that partitions get.

use super::constraints::{Kept, kept_by};
use super::{Applied, Change, Creation, Refused};
use crate::catalog::names::{index_columns, joined, stored};
use crate::catalog::{Catalog, Index, Origin, Relation, RelationBody, RelationId};
use crate::dialect::Version;
use crate::source::Span;
use crate::statement::{CompoundKind, CreateIndex, Expr, ExprKind, IndexKey, Name};

/// An index to be made.
pub(super) struct IndexSpec {
    pub(super) table: RelationId,
    /// `None`: the server makes it up.
    pub(super) name: Option<Name>,
    pub(super) keys: Vec<IndexKey>,
    pub(super) include: Vec<Name>,
    pub(super) predicate: Option<Expr>,
    pub(super) method: Name,
    pub(super) unique: bool,
    pub(super) nulls_not_distinct: bool,
    pub(super) deferrable: bool,
    pub(super) kept: Option<Kept>,
    /// The partitioned index that it belongs to.
    pub(super) parent: Option<RelationId>,
    /// Not on the partitions.
    pub(super) only: bool,
    pub(super) origin: Option<Origin>,
}

impl Change<'_> {
    pub(super) fn create_index(&mut self, create: &CreateIndex) -> Applied {
        let relation = self.relation(&create.table)?;
        let table = relation.id;
        let schema = relation.schema.clone();
        if !matches!(relation.body, RelationBody::Table(_) | RelationBody::View(_)) {
            return Err(Refused);
        }
        if relation.as_table().is_some() {
            for expr in create.keys.iter().map(|key| &key.expr).chain(&create.predicate) {
                self.columns_used(table, expr)?;
            }
            for column in &create.include {
                self.column_at(table, &column.name)?;
            }
        }
        let mut origin = Some(self.origin());
        let mut name = None;
        let mut replaced = None;
        if let Some(written) = &create.name {
            let place = (schema, stored(&written.name.name));
            match self.creation(&place, create.if_not_exists)? {
                Creation::Exists => return Ok(()),
                Creation::Made(existing) => replaced = existing,
                // The index cannot be older than its table.
                Creation::Unsure if self.table_at(table).is_ok_and(|(_, known)| known.complete) => {}
                Creation::Unsure => origin = None,
            }
            name = Some(place.1);
        }
        if let Some(replaced) = replaced {
            self.catalog.forget(replaced);
        }
        self.build_index(IndexSpec {
            table,
            name,
            keys: create.keys.iter().map(normalised).collect(),
            include: create.include.iter().map(|column| column.name.clone()).collect(),
            predicate: create.predicate.clone(),
            method: create.method.clone(),
            unique: create.unique,
            nulls_not_distinct: create.nulls_not_distinct,
            deferrable: false,
            kept: None,
            parent: None,
            only: create.only,
            origin,
        })?;
        Ok(())
    }

    /// Makes an index, its constraint, and the indexes of the table's partitions.
    pub(super) fn build_index(&mut self, spec: IndexSpec) -> Applied<RelationId> {
        let mut pending = vec![spec];
        let mut first = None;
        while let Some(spec) = pending.pop() {
            let table = spec.table;
            let only = spec.only;
            let id = self.build_one_index(&spec)?;
            first.get_or_insert(id);
            let partitions: Vec<RelationId> = self.catalog.partitions_of(table).map(|partition| partition.id).collect();
            if only {
                if !partitions.is_empty() {
                    self.change_index(id, |index| index.valid = false);
                }
                continue;
            }
            for partition in partitions {
                if !self.adopt_index(id, partition)? && !self.is_foreign(partition) {
                    pending.push(self.index_like(id, partition)?);
                }
            }
        }
        first.ok_or(Refused)
    }

    fn is_foreign(&self, table: RelationId) -> bool {
        self.catalog.table(table).is_some_and(|(_, table)| table.foreign)
    }

    fn build_one_index(&mut self, spec: &IndexSpec) -> Applied<RelationId> {
        if spec.unique {
            self.check_partition_key(spec)?;
        }
        let relation = self.catalog.relation(spec.table).ok_or(Refused)?;
        let schema = relation.schema.clone();
        let version = self.moment.version;
        let name = spec.name.clone().unwrap_or_else(|| {
            let columns = joined(&index_columns(&spec.keys, &spec.include, version));
            let (columns, label) = match spec.kept {
                Some(Kept::PrimaryKey) => (None, "pkey"),
                Some(Kept::Unique) => (Some(columns.as_str()), "key"),
                Some(Kept::Exclude) => (Some(columns.as_str()), "excl"),
                None => (Some(columns.as_str()), "idx"),
            };
            self.catalog.free_relation_name(&schema, &relation.name, columns, label, spec.kept.is_some())
        });
        if self.catalog.find(&schema, &name).is_some() {
            return Err(Refused);
        }
        let id = self.new_id();
        let index = Index {
            table: spec.table,
            keys: spec.keys.clone(),
            include: spec.include.clone(),
            predicate: spec.predicate.clone(),
            method: spec.method.clone(),
            unique: spec.unique,
            constraint: spec.kept.map(|_| name.clone()),
            nulls_not_distinct: spec.nulls_not_distinct,
            deferrable: spec.deferrable,
            parent: spec.parent,
            valid: true,
            clustered: false,
        };
        self.enter(id, (schema, name.clone()), spec.origin, RelationBody::Index(Box::new(index)));
        if let Some(kept) = spec.kept {
            let columns = spec.keys.iter().filter_map(plain_column).cloned().collect();
            self.push_kept(spec.table, id, kept, name, columns, spec.origin, spec.parent.is_some());
        }
        Ok(id)
    }

    /// What a partitioned table keeps unique must hold its partition key, which must be of columns (manual, "Partitioning Limitations").
    fn check_partition_key(&self, spec: &IndexSpec) -> Applied {
        let key = self.catalog.table(spec.table).and_then(|(_, table)| table.partition_by.as_ref());
        for part in key.iter().flat_map(|by| &by.key) {
            let kept = match &part.kind {
                ExprKind::Column(path) => path
                    .last()
                    .is_some_and(|column| spec.keys.iter().filter_map(plain_column).any(|name| *name == column.name)),
                _ => false,
            };
            if !kept {
                return Err(Refused);
            }
        }
        Ok(())
    }

    /// The index that a partition gets for one of its parent's.
    pub(super) fn index_like(&self, parent: RelationId, partition: RelationId) -> Applied<IndexSpec> {
        let (relation, index) = self.index_at(parent)?;
        Ok(IndexSpec {
            table: partition,
            name: None,
            kept: self.kept_of(index),
            keys: index.keys.clone(),
            include: index.include.clone(),
            predicate: index.predicate.clone(),
            method: index.method.clone(),
            unique: index.unique,
            nulls_not_distinct: index.nulls_not_distinct,
            deferrable: index.deferrable,
            parent: Some(parent),
            only: false,
            origin: relation.origin.map(|_| self.origin()),
        })
    }

    pub(super) fn index_at(&self, id: RelationId) -> Applied<(&Relation, &Index)> {
        self.catalog.relation(id).and_then(|relation| Some((relation, relation.as_index()?))).ok_or(Refused)
    }

    fn kept_of(&self, index: &Index) -> Option<Kept> {
        self.catalog.kept_of(index)
    }

    /// Attaches a partition's own index that fits to the partitioned one; whether there was one.
    pub(super) fn adopt_index(&mut self, parent: RelationId, partition: RelationId) -> Applied<bool> {
        let own = self.catalog.index_for_partition(parent, partition, self.moment.version).map(|relation| relation.id);
        if let Some(own) = own {
            self.attach_index(parent, own)?;
        }
        Ok(own.is_some())
    }

    /// A table is clustered on an index from now on, or on none.
    pub(super) fn cluster_on(&mut self, table: RelationId, name: Option<&Name>) -> Applied {
        let indexes: Vec<(RelationId, bool)> =
            self.catalog.indexes_of(table).map(|(relation, _)| (relation.id, Some(&relation.name) == name)).collect();
        let complete = self.catalog.table(table).is_some_and(|(_, table)| table.complete);
        if name.is_some() && complete && !indexes.iter().any(|(_, meant)| *meant) {
            return Err(Refused);
        }
        for (index, meant) in indexes {
            self.change_index(index, |index| index.clustered = meant);
        }
        Ok(())
    }

    /// ALTER INDEX ... ATTACH PARTITION: of an index of a partition of its table, which must fit.
    pub(super) fn attach_partition_index(&mut self, parent: RelationId, child: RelationId) -> Applied {
        let (_, index) = self.index_at(parent)?;
        let (_, part) = self.index_at(child)?;
        if part.parent == Some(parent) {
            return Ok(());
        }
        let of_partition = self.catalog.partitions_of(index.table).any(|partition| partition.id == part.table);
        let has_one = self.catalog.partition_indexes_of(parent).any(|(_, other)| other.table == part.table);
        if !of_partition || has_one || !self.catalog.fits_partitioned(index, part, self.moment.version) {
            return Err(Refused);
        }
        self.attach_index(parent, child)
    }

    /// Makes an index a part of a partitioned one.
    pub(super) fn attach_index(&mut self, parent: RelationId, child: RelationId) -> Applied {
        let (_, index) = self.index_at(child)?;
        let table = index.table;
        let constraint = index.constraint.clone();
        self.change_index(child, |index| index.parent = Some(parent));
        if let Some(name) = constraint {
            self.change_table(table, |table| {
                for constraint in table.constraints.iter_mut().filter(|constraint| constraint.name == name) {
                    constraint.inherited = true;
                }
            });
        }
        self.validate_index(parent)
    }

    /// A partitioned index is valid once every partition has its part.
    pub(super) fn validate_index(&mut self, id: RelationId) -> Applied {
        let mut next = Some(id);
        while let Some(id) = next {
            let (_, index) = self.index_at(id)?;
            let (table, parent) = (index.table, index.parent);
            if index.valid {
                break;
            }
            let valid: Vec<RelationId> = self
                .catalog
                .partition_indexes_of(id)
                .filter(|(_, index)| index.valid)
                .map(|(_, index)| index.table)
                .collect();
            if !self.catalog.partitions_of(table).all(|partition| valid.contains(&partition.id)) {
                break;
            }
            self.change_index(id, |index| index.valid = true);
            next = parent;
        }
        Ok(())
    }
}

impl Catalog {
    /// What kind of constraint an index keeps.
    fn kept_of(&self, index: &Index) -> Option<Kept> {
        let (_, table) = self.table(index.table)?;
        kept_by(&table.constraint(index.constraint.as_ref()?)?.kind)
    }

    /// An index that a partition has already and that can serve as its part of a partitioned index.
    pub fn index_for_partition(
        &self,
        parent: RelationId,
        partition: RelationId,
        version: Version,
    ) -> Option<&Relation> {
        let wanted = self.relation(parent)?.as_index()?;
        let mut indexes = self.indexes_of(partition);
        indexes
            .find(|(_, index)| index.valid && self.fits_partitioned(wanted, index, version))
            .map(|(relation, _)| relation)
    }

    /// Whether a partition's index can serve as its part of a partitioned index.
    fn fits_partitioned(&self, wanted: &Index, index: &Index, version: Version) -> bool {
        let kept = self.kept_of(wanted);
        index.parent.is_none()
            && index.unique == wanted.unique
            && index.method == wanted.method
            && index.include == wanted.include
            // Before 17 a unique constraint could serve as a primary key's part (truth: attach_unique_for_primary_key).
            && (kept.is_none()
                || self.kept_of(index) == kept
                || (version < Version(17) && self.kept_of(index).is_some()))
            && same_keys(&index.keys, &wanted.keys)
            && same_predicate(index.predicate.as_ref(), wanted.predicate.as_ref())
    }
}

/// A key whose expression is only a column with a collation is that column's.
fn normalised(key: &IndexKey) -> IndexKey {
    match &key.expr.kind {
        ExprKind::Compound(CompoundKind::Collate, parts) => match parts.first() {
            Some(inner) => IndexKey { expr: inner.clone(), ..key.clone() },
            None => key.clone(),
        },
        _ => key.clone(),
    }
}

/// The column of a key that is one.
pub(in crate::catalog) fn plain_column(key: &IndexKey) -> Option<&Name> {
    match &key.expr.kind {
        ExprKind::Column(path) => path.last().map(|column| &column.name),
        _ => None,
    }
}

fn same_keys(left: &[IndexKey], right: &[IndexKey]) -> bool {
    let name = |name: &Option<crate::statement::ObjectName>| name.as_ref().map(|name| name.name.name.clone());
    left.len() == right.len()
        && left.iter().zip(right).all(|(left, right)| {
            same_expr(&left.expr, &right.expr)
                && name(&left.collation) == name(&right.collation)
                && name(&left.opclass) == name(&right.opclass)
        })
}

fn same_predicate(left: Option<&Expr>, right: Option<&Expr>) -> bool {
    match (left, right) {
        (None, None) => true,
        (Some(left), Some(right)) => same_expr(left, right),
        _ => false,
    }
}

/// Whether two expressions are the same, wherever they stand.
pub fn same_expr(left: &Expr, right: &Expr) -> bool {
    without_places(left) == without_places(right)
}

fn without_places(expr: &Expr) -> Expr {
    let nowhere = Span::empty(0);
    let mut expr = expr.clone();
    expr.walk_mut(&mut |part| {
        part.span = nowhere;
        match &mut part.kind {
            ExprKind::Column(path) => {
                // The table's name before a column makes no difference.
                path.drain(..path.len().saturating_sub(1));
                path.iter_mut().for_each(|ident| ident.span = nowhere);
            }
            ExprKind::Call(call) => {
                call.name.name.span = nowhere;
                call.name.schema.iter_mut().for_each(|ident| ident.span = nowhere);
            }
            ExprKind::Cast(_, ty) => {
                ty.span = nowhere;
                ty.schema.iter_mut().for_each(|ident| ident.span = nowhere);
            }
            _ => {}
        }
    });
    expr
}
