//! Which partitions inserted rows go to (`ExecFindPartition`).

use super::bounds::{column_of, holds};
use crate::catalog::{Catalog, Relation, RelationId, Table, constant_value};
use crate::dialect::Version;
use crate::statement::{Expr, Insert, InsertSource, Name, PartitionBoundKind, Values};
use std::collections::BTreeSet;

/// The rows that a statement inserts, by the columns that it names; of a table without those, in order.
pub(super) struct Inserted<'i> {
    /// The columns.
    pub(super) columns: Vec<&'i Name>,
    /// Their values.
    pub(super) rows: Rows<'i>,
}

/// See [`Inserted`].
pub(super) enum Rows<'i> {
    /// Of an `INSERT`.
    Insert(&'i Insert),
    /// Of a `COPY`.
    Copied(&'i Values),
}

/// One row: the value at a position, where it is an expression that is known.
type Row<'r, 'i> = dyn Fn(usize) -> Option<&'i Expr> + 'r;

impl<'i> Inserted<'i> {
    /// The rows of an INSERT into a table.
    pub(super) fn of(insert: &'i Insert, table: &'i Table) -> Self {
        let columns = if insert.columns.is_empty() {
            table.columns.iter().map(|column| &column.name).collect()
        } else {
            insert.columns.iter().map(|column| &column.name).collect()
        };
        Self { columns, rows: Rows::Insert(insert) }
    }

    fn for_each(&self, visit: &mut dyn FnMut(&Row<'_, 'i>)) {
        match &self.rows {
            Rows::Insert(insert) => match &insert.source {
                Some(InsertSource::Values(values)) => {
                    for row in values.rows() {
                        visit(&|column| row.get(column));
                    }
                }
                Some(InsertSource::Query(query)) => query.for_each_row(visit),
                None => visit(&|_| None),
            },
            Rows::Copied(values) => {
                for row in values.rows() {
                    visit(&|column| row.get(column));
                }
            }
        }
    }

    /// The partitions that the rows reach, those on the way among them. All where one row's way cannot be told; before 12 the server
    /// locked all of them anyway.
    pub(super) fn reached<'c>(&self, catalog: &'c Catalog, relation: &Relation, version: Version) -> Vec<&'c Relation> {
        if !relation.as_table().is_some_and(Table::is_partitioned) {
            return Vec::new();
        }
        let mut reached: BTreeSet<RelationId> = BTreeSet::new();
        let mut lost = version < Version(12);
        self.for_each(&mut |cell| {
            // One lost row is enough.
            if lost {
                return;
            }
            let value = |column: &str| {
                let position = self.columns.iter().position(|name| *name == column)?;
                constant_value(cell(position)?)
            };
            lost = !route(catalog, relation.id, &value, &mut reached);
        });
        let mut partitions = catalog.all_partitions(relation.id);
        if !lost {
            partitions.retain(|partition| reached.contains(&partition.id));
        }
        partitions
    }
}

/// The leaves that rows may move to whose key gets new values: of every row the same where they are constants.
pub(super) fn moved_to<'c>(
    catalog: &'c Catalog,
    relation: &Relation,
    assigned: &dyn Fn(&str) -> Option<Name>,
    version: Version,
) -> Vec<&'c Relation> {
    let mut reached = BTreeSet::new();
    let mut leaves = catalog.leaf_partitions(relation.id);
    if version >= Version(12) && route(catalog, relation.id, assigned, &mut reached) {
        leaves.retain(|leaf| reached.contains(&leaf.id));
    }
    leaves
}

/// Follows one row to its leaf. False where the way cannot be told.
fn route(
    catalog: &Catalog,
    root: RelationId,
    value: &dyn Fn(&str) -> Option<Name>,
    reached: &mut BTreeSet<RelationId>,
) -> bool {
    let mut at = root;
    // A partition tree is no cycle, and as deep as it was made.
    while let Some(by) = catalog.table(at).and_then(|(_, table)| table.partition_by.as_ref()) {
        let [key] = by.key.as_slice() else {
            return false;
        };
        let Some(value) = column_of(key).and_then(|column| value(column)) else {
            return false;
        };
        let mut default = None;
        let mut found = None;
        for partition in catalog.partitions_of(at) {
            let bound = partition.as_table().and_then(|table| table.partition.as_ref()).map(|it| &it.bound.kind);
            match bound {
                Some(PartitionBoundKind::Default) => default = Some(partition.id),
                Some(bound) => match holds(bound, &value) {
                    Some(true) => found = Some(partition.id),
                    Some(false) => {}
                    None => return false,
                },
                None => return false,
            }
        }
        let Some(next) = found.or(default) else {
            return false;
        };
        reached.insert(next);
        at = next;
    }
    true
}
