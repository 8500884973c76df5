//! `REINDEX`.
//!
//! `ReindexIndex`, `ReindexTable`, `ReindexMultipleTables`; manual, "REINDEX".

use super::analysis::Analysis;
use super::index::has_storage;
use super::transaction::prevent_in_block;
use crate::catalog::{Relation, RelationBody, Table};
use crate::dialect::Version;
use crate::effect::{Confidence, EffectKind, FailReason, LockMode, NothingReason, RebuildReason};
use crate::source::Span;
use crate::statement::{ObjectKind, ObjectName, Reindex, Statement};

/// `REINDEX`.
pub(super) fn reindex(analysis: &mut Analysis<'_>, statement: &Statement, reindex: &Reindex) {
    let version = analysis.version();
    let focus = reindex.name.as_ref().map_or(statement.span, ObjectName::span);
    // CONCURRENTLY is of version 12, every parenthesised option but VERBOSE of 14.
    let newer_option = reindex.options.iter().find(|option| option.name != "verbose");
    if let Some(option) = newer_option.filter(|_| version < Version(14)) {
        analysis.fail(option.span, FailReason::Version, "42601", "");
        return;
    }
    if reindex.name.is_none() && version < Version(16) {
        analysis.fail(statement.span, FailReason::Version, "42601", "REINDEX of a database without its name");
        return;
    }
    if let Some(keyword) = reindex.concurrently.filter(|_| version < Version(12)) {
        analysis.fail(keyword, FailReason::Version, "42601", "REINDEX CONCURRENTLY");
        return;
    }
    let whole = match reindex.kind {
        ObjectKind::Schema => Some("REINDEX SCHEMA"),
        ObjectKind::Database if reindex.system => Some("REINDEX SYSTEM"),
        ObjectKind::Database => Some("REINDEX DATABASE"),
        _ => None,
    };
    if let Some(what) = whole {
        prevent_in_block(analysis, statement.span, what);
    } else if let Some(keyword) = reindex.concurrently {
        prevent_in_block(analysis, keyword, "REINDEX CONCURRENTLY");
    }
    let work = Work { concurrently: reindex.concurrently.is_some(), focus };
    let catalog = analysis.catalog();
    match reindex.kind {
        ObjectKind::Index => {
            let Some(relation) = reindex.name.as_ref().and_then(|name| analysis.named(name)) else {
                return;
            };
            if !analysis.require_kind(
                relation,
                focus,
                matches!(relation.body, RelationBody::Index(_) | RelationBody::Unknown),
            ) {
                return;
            }
            let Some(index) = relation.as_index() else {
                work.lock_index(analysis, relation);
                work.unseen(analysis, relation);
                return;
            };
            let Some(table) = catalog.relation(index.table) else {
                return;
            };
            if table.as_table().is_some_and(Table::is_partitioned) {
                if version < Version(14) {
                    analysis.fail(focus, FailReason::Kind, "0A000", relation.display_name());
                    return;
                }
                if reindex.concurrently.is_none() {
                    prevent_in_block(analysis, statement.span, "REINDEX INDEX");
                }
                work.partition_indexes(analysis, relation);
                return;
            }
            work.index(analysis, table, relation);
            analysis.scan_for_build(table, focus);
        }
        ObjectKind::Table => {
            let Some(relation) = reindex.name.as_ref().and_then(|name| analysis.named(name)) else {
                return;
            };
            if !analysis.require_kind(relation, focus, has_storage(relation)) {
                return;
            }
            if relation.as_table().is_some_and(Table::is_partitioned) {
                if version < Version(14) {
                    // A warning, and nothing else: "not yet implemented, skipping".
                    analysis.lock(relation, work.table_lock(), focus);
                    let kind =
                        EffectKind::DoesNothing { reason: NothingReason::Ignored, object: relation.display_name() };
                    analysis.on(relation, focus, kind);
                    return;
                }
                if reindex.concurrently.is_none() {
                    prevent_in_block(analysis, statement.span, "REINDEX TABLE");
                }
                // Held until the first partition's own transaction begins.
                analysis.lock(relation, work.table_lock(), focus);
                for leaf in catalog.leaf_partitions(relation.id) {
                    work.table(analysis, leaf);
                }
                return;
            }
            work.table(analysis, relation);
        }
        ObjectKind::Schema => {
            let Some(name) = &reindex.name else {
                return;
            };
            let schema = &name.name.name;
            for relation in catalog.relations().filter(|relation| relation.schema == *schema) {
                work.table(analysis, relation);
            }
        }
        ObjectKind::Database if !reindex.system => {
            for relation in catalog.relations() {
                work.table(analysis, relation);
            }
        }
        _ => {}
    }
}

/// One `REINDEX`.
struct Work {
    concurrently: bool,
    focus: Span,
}

impl Work {
    fn table_lock(&self) -> LockMode {
        if self.concurrently { LockMode::ShareUpdateExclusive } else { LockMode::Share }
    }

    fn lock_index(&self, analysis: &mut Analysis<'_>, index: &Relation) {
        let lock = if self.concurrently { LockMode::ShareUpdateExclusive } else { LockMode::AccessExclusive };
        analysis.lock(index, lock, self.focus);
    }

    /// Rebuilds all indexes of an ordinary table or materialized view; nothing for other relations.
    fn table(&self, analysis: &mut Analysis<'_>, relation: &Relation) {
        let ordinary = match &relation.body {
            RelationBody::Table(table) => !table.is_partitioned() && !table.foreign,
            RelationBody::View(view) => view.materialized,
            RelationBody::Unknown => true,
            _ => false,
        };
        if !ordinary {
            return;
        }
        analysis.lock(relation, self.table_lock(), self.focus);
        let catalog = analysis.catalog();
        let mut any = false;
        for (index, _) in catalog.indexes_of(relation.id) {
            self.index(analysis, relation, index);
            any = true;
        }
        if any {
            analysis.scan_for_build(relation, self.focus);
        } else if relation.as_table().is_none_or(|table| !table.complete) && relation.as_view().is_none() {
            self.unseen(analysis, relation);
        }
    }

    /// An index that was made elsewhere, or those of a table that was.
    fn unseen(&self, analysis: &mut Analysis<'_>, relation: &Relation) {
        let kind = EffectKind::RebuildsIndex {
            index: relation.display_name(),
            concurrently: self.concurrently,
            reason: RebuildReason::Reindex,
            blocks: analysis.blocked(relation.id),
        };
        let effect = analysis.on(relation, self.focus, kind);
        effect.confidence = Confidence::Assumed;
        effect.assumptions.push("the table has indexes".to_owned());
    }

    fn index(&self, analysis: &mut Analysis<'_>, table: &Relation, index: &Relation) {
        analysis.lock(table, self.table_lock(), self.focus);
        self.lock_index(analysis, index);
        let blocks = analysis.blocked(table.id).max(analysis.blocked(index.id));
        let kind = EffectKind::RebuildsIndex {
            index: index.display_name(),
            concurrently: self.concurrently,
            reason: RebuildReason::Reindex,
            blocks,
        };
        analysis.on(table, self.focus, kind);
    }

    fn partition_indexes(&self, analysis: &mut Analysis<'_>, index: &Relation) {
        let catalog = analysis.catalog();
        // Index trees are as deep as the partitions; every index has one parent.
        let mut pending = vec![index];
        while let Some(index) = pending.pop() {
            for (part, body) in catalog.partition_indexes_of(index.id) {
                let Some(table) = catalog.relation(body.table) else {
                    continue;
                };
                if table.as_table().is_some_and(Table::is_partitioned) {
                    pending.push(part);
                } else {
                    self.index(analysis, table, part);
                    analysis.scan_for_build(table, self.focus);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::analyze::postgres::testing::effects;

    const TABLES: &str = "CREATE TABLE t (id int, note text); INSERT INTO t VALUES (1, 'a');
        CREATE INDEX t_note ON t (note); CREATE TABLE p (id int) PARTITION BY RANGE (id);";

    #[test]
    fn reindex_locks_the_index_against_reads() {
        assert_eq!(
            effects(15, TABLES, "REINDEX INDEX t_note", "takes-lock rebuilds-index makes-wait"),
            [
                "takes-lock t lock=share blocks=writes timeout=unset",
                "takes-lock t_note lock=access-exclusive blocks=reads timeout=unset",
                "rebuilds-index t index=t_note reason=reindex blocks=reads",
                "makes-wait t blocks=reads through=index",
            ]
        );
    }

    #[test]
    fn reindex_by_version() {
        let fails = |version, sql: &str| effects(version, TABLES, sql, "fails").len();
        let concurrently = "REINDEX TABLE CONCURRENTLY t";
        assert_eq!((fails(11, concurrently), fails(12, concurrently)), (1, 0));
        let option = "REINDEX (CONCURRENTLY) TABLE t";
        assert_eq!((fails(13, option), fails(14, option)), (1, 0));
        let partitioned = "BEGIN; REINDEX TABLE p; COMMIT;";
        assert_eq!((fails(13, partitioned), fails(14, partitioned)), (0, 1));
        assert_eq!(fails(15, "BEGIN; REINDEX TABLE t; COMMIT;"), 0);
        assert_eq!(fails(15, "BEGIN; REINDEX (CONCURRENTLY false) TABLE t; COMMIT;"), 0);
        assert_eq!(fails(15, "BEGIN; REINDEX SCHEMA public; COMMIT;"), 1);
    }
}
