//! Who else waits: the relations that other sessions cannot use although they are not locked themselves.
//!
//! A statement of another session needs more than the relation it names: a query on a partitioned table locks the partitions, planning
//! opens every index, a foreign key's trigger reads the other table. `truth/facts.md`, surprises 7, 8, 9, 11 and 26.

use super::analysis::Analysis;
use crate::catalog::{Catalog, Relation, RelationBody, RelationId, Table, TableConstraintKind};
use crate::effect::{Blocks, EffectKind, LockMode, Through};
use crate::source::Span;
use std::collections::{BTreeMap, BTreeSet};

/// Adds `makes-wait` for what the statement's locks block elsewhere.
pub(super) fn spread(analysis: &mut Analysis<'_>) {
    let catalog = analysis.catalog();
    // Weaker locks let readers and writers pass.
    let strong: Vec<_> = analysis
        .locks()
        .filter(|(_, lock)| *lock >= LockMode::Share)
        .filter_map(|(id, lock)| Some((catalog.relation(id)?, lock.max(analysis.held(id).unwrap_or(lock)))))
        .filter(|(relation, _)| analysis.existed(relation) && !relation.is_temporary())
        .collect();
    if strong.is_empty() {
        return;
    }
    let mut waits = Waits::default();
    for (relation, lock) in strong {
        match &relation.body {
            RelationBody::Table(_) | RelationBody::Unknown => waits.table(catalog, relation, lock),
            RelationBody::View(_) if lock == LockMode::AccessExclusive => waits.views(catalog, relation),
            RelationBody::View(_) => {}
            RelationBody::Index(index) => {
                if let Some(table) = catalog.relation(index.table) {
                    waits.index(catalog, table, lock, analysis.version().0);
                }
            }
            // `nextval` takes ROW EXCLUSIVE on the sequence.
            RelationBody::Sequence(_) => {
                for (table, _) in catalog.columns_drawing_from(relation.id) {
                    waits.add(table, Blocks::Writes, Through::Sequence);
                }
            }
            RelationBody::Composite(_) if lock == LockMode::AccessExclusive => {
                for table in catalog.tables_using_type(&relation.schema, &relation.name) {
                    waits.add(table, Blocks::Reads, Through::Type);
                }
            }
            RelationBody::Composite(_) => {}
        }
    }
    let focus = analysis.cause;
    waits.tell(analysis, focus);
}

/// What was found so far: the most that waits on each relation, and by which way.
#[derive(Default)]
struct Waits {
    found: BTreeMap<RelationId, (Blocks, Through)>,
}

impl Waits {
    fn add(&mut self, relation: &Relation, blocks: Blocks, through: Through) {
        let found = self.found.entry(relation.id).or_insert((blocks, through));
        if found.0 < blocks {
            *found = (blocks, through);
        }
    }

    /// A table is locked.
    fn table(&mut self, catalog: &Catalog, relation: &Relation, lock: LockMode) {
        let exclusive = lock == LockMode::AccessExclusive;
        // To check a row against its bound, a writer of a partition looks at the parent (`RelationGetPartitionQual`).
        if exclusive {
            for partition in catalog.all_partitions(relation.id) {
                // To plan a query of a partition that has partitions itself takes its own bound, too.
                let partitioned = partition.as_table().is_some_and(Table::is_partitioned);
                let blocks = if partitioned { Blocks::Reads } else { Blocks::Writes };
                self.add(partition, blocks, Through::Partition);
            }
        }
        self.around(catalog, relation, lock, Through::Partition);
    }

    /// An index of a table is locked: planning opens it with the mode that the statement has on the table, and INSERT with ROW
    /// EXCLUSIVE.
    fn index(&mut self, catalog: &Catalog, table: &Relation, lock: LockMode, version: u16) {
        // Indexes of partitioned tables are opened by INSERT, and by planning from 16 on only.
        let partitioned = table.as_table().is_some_and(Table::is_partitioned);
        if lock == LockMode::AccessExclusive && (!partitioned || version >= 16) {
            self.add(table, Blocks::Reads, Through::Index);
            self.around(catalog, table, lock, Through::Index);
        } else {
            self.add(table, Blocks::Writes, Through::Index);
            if !partitioned {
                self.around(catalog, table, lock.min(LockMode::Share), Through::Index);
            }
        }
    }

    /// Everybody around a table that cannot be used: those above it, views over them, and both sides of their foreign keys.
    fn around(&mut self, catalog: &Catalog, relation: &Relation, lock: LockMode, way: Through) {
        let exclusive = lock == LockMode::AccessExclusive;
        let blocks = if exclusive { Blocks::Reads } else { Blocks::Writes };
        let above = above(catalog, relation);
        for parent in &above {
            self.add(parent, blocks, way);
        }
        for table in above.iter().copied().chain([relation]) {
            if exclusive {
                self.views(catalog, table);
            }
            self.foreign_keys(catalog, table, lock);
        }
    }

    fn views(&mut self, catalog: &Catalog, relation: &Relation) {
        // A materialized view does not read its tables when it is queried.
        let mut pending = vec![relation.id];
        while let Some(next) = pending.pop() {
            for (view, body) in catalog.views_over(next) {
                if !body.materialized && !self.found.contains_key(&view.id) {
                    self.add(view, Blocks::Reads, Through::View);
                    pending.push(view.id);
                }
            }
        }
    }

    /// The triggers of foreign keys: a row that references takes ROW SHARE on the referenced table; the end of a referenced one takes ROW
    /// SHARE on the referencing table, or ROW EXCLUSIVE where its rows go or change with it.
    fn foreign_keys(&mut self, catalog: &Catalog, relation: &Relation, lock: LockMode) {
        if lock >= LockMode::Exclusive {
            for (referencing, constraint) in catalog.foreign_keys_to(relation.id) {
                if constraint.enforced && referencing.id != relation.id {
                    self.add(referencing, Blocks::Writes, Through::ForeignKey);
                }
            }
        }
        if lock >= LockMode::Share {
            self.referenced_by(catalog, relation, lock);
        }
    }

    /// The tables whose rows cannot be deleted because of a lock on a table that references them.
    fn referenced_by(&mut self, catalog: &Catalog, relation: &Relation, lock: LockMode) {
        let mut pending = vec![(relation, lock)];
        let mut seen = BTreeSet::from([relation.id]);
        while let Some((relation, lock)) = pending.pop() {
            let Some(table) = relation.as_table() else {
                continue;
            };
            for constraint in table.foreign_keys().filter(|constraint| constraint.enforced) {
                let TableConstraintKind::ForeignKey { references, on_delete, .. } = &constraint.kind else {
                    continue;
                };
                let writes = matches!(on_delete.as_deref(), Some("cascade" | "set null" | "set default"));
                let waits = lock >= LockMode::Exclusive || writes;
                let Some(referenced) = catalog.relation(*references).filter(|_| waits) else {
                    continue;
                };
                if !seen.insert(referenced.id) {
                    continue;
                }
                self.add(referenced, Blocks::Writes, Through::ForeignKey);
                for partition in catalog.all_partitions(referenced.id) {
                    self.add(partition, Blocks::Writes, Through::ForeignKey);
                }
                // Whoever deletes by cascade waits with it.
                pending.push((referenced, LockMode::Share));
            }
        }
    }

    fn tell(self, analysis: &mut Analysis<'_>, focus: Span) {
        let catalog = analysis.catalog();
        for (id, (blocks, through)) in self.found {
            // Its own lock says as much.
            let Some(relation) = catalog.relation(id).filter(|_| analysis.blocked(id) < blocks) else {
                continue;
            };
            if analysis.existed(relation) {
                analysis.on(relation, focus, EffectKind::MakesWait { blocks, through });
            }
        }
    }
}

/// The tables whose statements reach a table: those that it is a partition of, or inherits from.
pub(super) fn above<'a>(catalog: &'a Catalog, relation: &Relation) -> Vec<&'a Relation> {
    let mut above: Vec<&Relation> = Vec::new();
    let mut pending = vec![relation.id];
    while let Some(id) = pending.pop() {
        let Some((_, table)) = catalog.table(id) else {
            continue;
        };
        let parents = table.inherits.iter().copied().chain(table.partition.as_ref().map(|partition| partition.parent));
        for parent in parents.filter_map(|parent| catalog.relation(parent)) {
            if above.iter().all(|known| known.id != parent.id) {
                above.push(parent);
                pending.push(parent.id);
            }
        }
    }
    above
}

#[cfg(test)]
mod tests {
    use crate::analyze::postgres::testing::effects;

    const TABLES: &str = "CREATE TABLE users (id int PRIMARY KEY);
        CREATE TABLE orders (id serial PRIMARY KEY, user_id int REFERENCES users (id));
        CREATE TABLE lines (order_id int REFERENCES orders (id) ON DELETE CASCADE);
        CREATE VIEW v AS SELECT id FROM orders; CREATE VIEW w AS SELECT id FROM v;
        CREATE TABLE p (id int, day date) PARTITION BY RANGE (day);
        CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
        CREATE TABLE p2 PARTITION OF p FOR VALUES FROM ('2024-02-01') TO ('2024-03-01');";

    fn waits(sql: &str) -> Vec<String> {
        effects(15, TABLES, &format!("BEGIN; {sql}; COMMIT;"), "makes-wait")
    }

    #[test]
    fn through_foreign_keys_from_both_sides() {
        assert_eq!(
            waits("LOCK TABLE users IN EXCLUSIVE MODE"),
            ["makes-wait orders blocks=writes through=foreign-key"]
        );
        // The end of a user looks for its orders; the end of an order deletes its lines.
        assert_eq!(
            waits("LOCK TABLE orders IN EXCLUSIVE MODE"),
            [
                "makes-wait users blocks=writes through=foreign-key",
                "makes-wait lines blocks=writes through=foreign-key"
            ]
        );
        assert_eq!(waits("LOCK TABLE lines IN SHARE MODE"), ["makes-wait orders blocks=writes through=foreign-key"]);
        assert_eq!(waits("LOCK TABLE orders IN SHARE MODE"), [""; 0]);
    }

    #[test]
    fn through_views_of_views() {
        let reads: Vec<_> = waits("LOCK TABLE orders").into_iter().filter(|line| line.contains("view")).collect();
        assert_eq!(reads, ["makes-wait v blocks=reads through=view", "makes-wait w blocks=reads through=view"]);
    }

    #[test]
    fn through_partitions_up_and_down() {
        assert_eq!(waits("LOCK TABLE p1 IN SHARE MODE"), ["makes-wait p blocks=writes through=partition"]);
        assert_eq!(waits("LOCK TABLE p1"), ["makes-wait p blocks=reads through=partition"]);
        assert_eq!(
            waits("LOCK TABLE ONLY p"),
            ["makes-wait p1 blocks=writes through=partition", "makes-wait p2 blocks=writes through=partition"]
        );
        assert_eq!(waits("LOCK TABLE ONLY p IN EXCLUSIVE MODE"), [""; 0]);
    }

    #[test]
    fn through_indexes_and_sequences() {
        assert_eq!(
            effects(15, TABLES, "REINDEX INDEX users_pkey", "makes-wait"),
            ["makes-wait users blocks=reads through=index", "makes-wait orders blocks=writes through=foreign-key"]
        );
        assert_eq!(waits("ALTER SEQUENCE orders_id_seq RESTART"), ["makes-wait orders blocks=writes through=sequence"]);
    }

    #[test]
    fn weak_locks_make_nobody_wait() {
        assert_eq!(waits("COMMENT ON TABLE orders IS 'x'"), [""; 0]);
    }
}
