//! `VACUUM`, `ANALYZE`, `CLUSTER`, `LOCK` and `TRUNCATE`.
//!
//! `vacuum`, `analyze_rel`, `cluster`, `cluster_rel`, `LockTableCommand`, `ExecuteTruncate`; manual, the page of each command.

use super::analysis::Analysis;
use super::transaction::{prevent_in_block, require_block};
use super::within;
use crate::catalog::{Catalog, Relation, RelationBody, RelationId, Table};
use crate::dialect::Version;
use crate::effect::{EffectKind, FailReason, LockMode, LostObject, Proof, RebuildReason, RewriteReason, ScanReason};
use crate::source::Span;
use crate::statement::{Analyze, Cluster, Ident, Lock, RelationUse, Statement, StorageOption, Truncate, Vacuum};
use smol_str::SmolStr;
use std::collections::BTreeSet;

/// `VACUUM`.
pub(super) fn vacuum(analysis: &mut Analysis<'_>, statement: &Statement, vacuum: &Vacuum) {
    prevent_in_block(analysis, statement.span, "VACUUM");
    // Manual of each version, "VACUUM".
    const SINCE: [(&str, u16); 10] = [
        ("skip_locked", 12),
        ("index_cleanup", 12),
        ("truncate", 12),
        ("parallel", 13),
        ("process_toast", 14),
        ("process_main", 16),
        ("skip_database_stats", 16),
        ("only_database_stats", 16),
        ("buffer_usage_limit", 16),
        ("disable_page_skipping", 11),
    ];
    if refuse_options(analysis, &vacuum.options, &SINCE) || refuse_columns(analysis, &vacuum.tables, &vacuum.columns) {
        return;
    }
    let Some(tables) = targets(analysis, statement, &vacuum.tables) else {
        return;
    };
    let span = statement.span;
    for (relation, focus) in tables {
        // A partitioned table has no rows itself.
        if relation.as_table().is_some_and(Table::is_partitioned) {
            if vacuum.full {
                analysis.lock(relation, LockMode::AccessExclusive, focus);
            }
            continue;
        }
        if vacuum.full {
            // While it waits for the table it has locked nothing else.
            analysis.lock(relation, LockMode::AccessExclusive, focus);
            rewrite(analysis, relation, span, RewriteReason::VacuumFull, false);
            continue;
        }
        analysis.lock(relation, LockMode::ShareUpdateExclusive, focus);
        for (index, _) in analysis.catalog().indexes_of(relation.id) {
            analysis.lock(index, LockMode::RowExclusive, focus);
        }
        let blocks = analysis.blocked(relation.id);
        let kind = EffectKind::ScansTable {
            reason: ScanReason::Other,
            object: SmolStr::default(),
            blocks,
            proof: Proof::None,
            constraint: SmolStr::default(),
            dropped_again: SmolStr::default(),
        };
        analysis.on(relation, span, kind);
    }
}

/// `ANALYZE`: a sample of the rows, so no scan in full.
pub(super) fn analyze(analysis: &mut Analysis<'_>, statement: &Statement, analyze: &Analyze) {
    if refuse_options(analysis, &analyze.options, &[("skip_locked", 12), ("buffer_usage_limit", 16)]) {
        return;
    }
    if let Some(only) = analyze.tables.iter().find(|table| table.only && analysis.version() < Version(18)) {
        analysis.fail(only.name.span(), FailReason::Version, "42601", "ONLY");
        return;
    }
    let Some(tables) = targets(analysis, statement, &analyze.tables) else {
        return;
    };
    if refuse_columns(analysis, &analyze.tables, &analyze.columns) {
        return;
    }
    for (relation, focus) in tables {
        analysis.lock(relation, LockMode::ShareUpdateExclusive, focus);
        let catalog = analysis.catalog();
        if !relation.as_table().is_some_and(Table::is_partitioned) {
            for (index, _) in catalog.indexes_of(relation.id) {
                analysis.lock(index, LockMode::AccessShare, focus);
            }
        }
        // The statistics of a tree are made from samples of all its tables.
        for child in catalog.descendants(relation.id) {
            analysis.lock(child, LockMode::AccessShare, focus);
        }
    }
}

/// Fails the statement for a column that its table is certain not to have.
fn refuse_columns(analysis: &mut Analysis<'_>, tables: &[RelationUse], columns: &[(usize, Ident)]) -> bool {
    for (at, column) in columns {
        let relation = tables.get(*at).and_then(|table| analysis.resolve(&table.name));
        let table = relation.and_then(Relation::as_table).filter(|table| table.complete);
        if table.is_some_and(|table| table.column(&column.name).is_none()) {
            analysis.fail(column.span, FailReason::Missing, "42703", column.name.clone());
            return true;
        }
    }
    false
}

/// Fails the statement for the first option that is newer than the server.
fn refuse_options(analysis: &mut Analysis<'_>, options: &[StorageOption], since: &[(&str, u16)]) -> bool {
    let version = analysis.version();
    let newer = options
        .iter()
        .find(|option| since.iter().any(|(name, since)| *name == option.name && version < Version(*since)));
    if let Some(option) = newer {
        analysis.fail(option.span, FailReason::Version, "42601", option.name.clone());
    }
    newer.is_some()
}

/// The tables that `VACUUM` or `ANALYZE` goes over, with the partitions that it expands to; all of the database where none is named.
fn targets<'a>(
    analysis: &mut Analysis<'a>,
    statement: &Statement,
    named: &[RelationUse],
) -> Option<Vec<(&'a Relation, Span)>> {
    let catalog = analysis.catalog();
    let mut seen = BTreeSet::new();
    let mut targets = Vec::new();
    if named.is_empty() {
        let relations = catalog.relations().filter(|relation| holds_rows(relation));
        return Some(relations.map(|relation| (relation, statement.span)).collect());
    }
    let newer = analysis.version() >= Version(18);
    for table in named {
        let focus = table.name.span();
        let relation = analysis.named(&table.name)?;
        if seen.insert(relation.id) {
            targets.push((relation, focus));
        }
        if table.only {
            continue;
        }
        let partitioned = relation.as_table().is_some_and(Table::is_partitioned);
        // Inheritance children are expanded from 18 on.
        let children = if newer {
            catalog.descendants(relation.id)
        } else if partitioned {
            catalog.all_partitions(relation.id)
        } else {
            Vec::new()
        };
        targets.extend(children.into_iter().filter(|child| seen.insert(child.id)).map(|child| (child, focus)));
    }
    // Of anything else there is a warning.
    targets.retain(|(relation, _)| holds_rows(relation));
    Some(targets)
}

fn holds_rows(relation: &Relation) -> bool {
    match &relation.body {
        RelationBody::Table(_) | RelationBody::Unknown => true,
        RelationBody::View(view) => view.materialized,
        _ => false,
    }
}

/// A table is copied under ACCESS EXCLUSIVE, and its indexes are built anew.
pub(super) fn rewrite(
    analysis: &mut Analysis<'_>,
    relation: &Relation,
    focus: Span,
    reason: RewriteReason,
    lock_indexes: bool,
) {
    let catalog = analysis.catalog();
    let blocks = analysis.blocked(relation.id);
    let [column, change, instead, added_as, kept_by] = <[SmolStr; 5]>::default();
    let kind = EffectKind::RewritesTable { reason, column, change, instead, added_as, kept_by, blocks };
    analysis.on(relation, focus, kind);
    for (index, _) in catalog.indexes_of(relation.id) {
        if lock_indexes {
            analysis.lock(index, LockMode::AccessExclusive, focus);
        }
        let kind = EffectKind::RebuildsIndex {
            index: index.display_name(),
            concurrently: false,
            reason: RebuildReason::Rewrite,
            blocks,
        };
        analysis.on(relation, focus, kind);
    }
}

/// `CLUSTER`.
pub(super) fn cluster(analysis: &mut Analysis<'_>, statement: &Statement, cluster: &Cluster) {
    if let Some(option) = cluster.options.first().filter(|_| analysis.version() < Version(14)) {
        analysis.fail(option.span, FailReason::Version, "42601", "options of CLUSTER");
        return;
    }
    let catalog = analysis.catalog();
    let Some(name) = &cluster.table else {
        prevent_in_block(analysis, statement.span, "CLUSTER");
        for relation in catalog.relations().filter(|relation| clustered_on(catalog, relation).is_some()) {
            analysis.lock(relation, LockMode::AccessExclusive, statement.span);
            rewrite(analysis, relation, statement.span, RewriteReason::Cluster, false);
        }
        return;
    };
    let focus = name.span();
    let Some(relation) = analysis.named(name) else {
        return;
    };
    if !analysis.require_kind(relation, focus, holds_rows(relation)) {
        return;
    }
    let table = relation.as_table();
    if table.is_some_and(Table::is_partitioned) {
        if analysis.version() < Version(15) {
            analysis.fail(focus, FailReason::Kind, "0A000", relation.display_name());
            return;
        }
        prevent_in_block(analysis, statement.span, "CLUSTER");
        analysis.lock(relation, LockMode::AccessExclusive, focus);
        for leaf in catalog.leaf_partitions(relation.id) {
            analysis.lock(leaf, LockMode::AccessExclusive, focus);
            rewrite(analysis, leaf, statement.span, RewriteReason::Cluster, false);
        }
        return;
    }
    let complete = table.is_some_and(|table| table.complete);
    match &cluster.index {
        Some(index) => {
            let known = catalog.indexes_of(relation.id).any(|(known, _)| known.name == index.name);
            if complete && !known {
                analysis.fail(index.span, FailReason::Missing, "42704", index.name.clone());
                return;
            }
        }
        None if complete && clustered_on(catalog, relation).is_none() => {
            analysis.fail(statement.span, FailReason::Missing, "42704", "a previously clustered index");
            return;
        }
        None => {}
    }
    analysis.lock(relation, LockMode::AccessExclusive, focus);
    rewrite(analysis, relation, statement.span, RewriteReason::Cluster, true);
}

/// The index on which a table was clustered before.
fn clustered_on<'a>(catalog: &'a Catalog, relation: &Relation) -> Option<&'a Relation> {
    catalog.indexes_of(relation.id).find(|(_, index)| index.clustered).map(|(relation, _)| relation)
}

/// `LOCK TABLE`.
pub(super) fn lock(analysis: &mut Analysis<'_>, statement: &Statement, lock: &Lock) {
    if require_block(analysis, statement.span, "LOCK TABLE") {
        return;
    }
    let mode = mode_named(lock.mode.as_deref());
    for table in &lock.tables {
        let focus = table.name.span();
        let Some(relation) = analysis.named(&table.name) else {
            return;
        };
        let fits = match &relation.body {
            RelationBody::Table(table) => !table.foreign,
            RelationBody::View(view) => !view.materialized,
            RelationBody::Unknown => true,
            _ => false,
        };
        if !analysis.require_kind(relation, focus, fits) {
            return;
        }
        lock_tree(analysis, relation, mode, table.only, focus);
    }
    for effect in &mut analysis.effects {
        if let EffectKind::TakesLock { explicit, .. } = &mut effect.kind {
            *explicit = true;
        }
    }
}

/// Locks a table with everything below it, or a view with everything that it reads (`LockTableRecurse`, `LockViewRecurse`).
fn lock_tree(analysis: &mut Analysis<'_>, relation: &Relation, mode: LockMode, only: bool, focus: Span) {
    let catalog = analysis.catalog();
    let mut seen = BTreeSet::from([relation.id]);
    let mut pending: Vec<RelationId> = vec![relation.id];
    while let Some(relation) = pending.pop().and_then(|id| catalog.relation(id)) {
        analysis.lock(relation, mode, focus);
        match &relation.body {
            RelationBody::View(view) if !view.materialized => {
                pending.extend(view.reads.iter().copied().filter(|read| {
                    let lockable = catalog.relation(*read).is_some_and(|read| match &read.body {
                        RelationBody::Table(table) => !table.foreign,
                        RelationBody::View(view) => !view.materialized,
                        _ => false,
                    });
                    lockable && seen.insert(*read)
                }));
            }
            RelationBody::Table(_) if !only => {
                let below = catalog.descendants(relation.id).into_iter().map(|child| child.id);
                pending.extend(below.filter(|child| seen.insert(*child)));
            }
            _ => {}
        }
    }
}

/// The mode of a `LOCK` statement.
fn mode_named(name: Option<&str>) -> LockMode {
    match name {
        Some("access share") => LockMode::AccessShare,
        Some("row share") => LockMode::RowShare,
        Some("row exclusive") => LockMode::RowExclusive,
        Some("share update exclusive") => LockMode::ShareUpdateExclusive,
        Some("share") => LockMode::Share,
        Some("share row exclusive") => LockMode::ShareRowExclusive,
        Some("exclusive") => LockMode::Exclusive,
        _ => LockMode::AccessExclusive,
    }
}

/// `TRUNCATE`.
pub(super) fn truncate(analysis: &mut Analysis<'_>, truncate: &Truncate) {
    let catalog = analysis.catalog();
    let mut emptied: Vec<Emptied<'_>> = Vec::new();
    let mut seen = BTreeSet::new();
    for table in &truncate.tables {
        let focus = table.name.span();
        let Some(relation) = analysis.named(&table.name) else {
            return;
        };
        let fits = match &relation.body {
            RelationBody::Table(table) => !table.foreign || analysis.version() >= Version(14),
            RelationBody::Unknown => true,
            _ => false,
        };
        if !analysis.require_kind(relation, focus, fits) {
            return;
        }
        let partitioned = relation.as_table().is_some_and(Table::is_partitioned);
        if table.only && partitioned {
            analysis.fail(focus, FailReason::Kind, "42809", relation.display_name());
            return;
        }
        let below = if table.only { Vec::new() } else { catalog.descendants(relation.id) };
        for relation in std::iter::once(relation).chain(below) {
            if seen.insert(relation.id) {
                emptied.push(Emptied { relation, focus, cascade: false });
            }
        }
    }
    // `heap_truncate_find_FKs`: the tables that reference these have to be emptied with them, rows or no rows.
    let mut done = 0;
    while let Some(next) = emptied.get(done) {
        let (relation, focus) = (next.relation, next.focus);
        done += 1;
        // A key that references a partitioned table references its partitions.
        let above = catalog.partition_ancestors(relation.id).into_iter().map(|relation| relation.id);
        let targets: Vec<RelationId> = std::iter::once(relation.id).chain(above).collect();
        for (referencing, constraint) in targets.iter().flat_map(|id| catalog.foreign_keys_to(*id)) {
            if seen.contains(&referencing.id) {
                continue;
            }
            if !truncate.cascade {
                let at = constraint.origin.map(|origin| crate::diagnostic::Label {
                    message: format!("`{}` references it", referencing.display_name()),
                    at: origin.at,
                });
                let object = referencing.display_name();
                analysis.fail(focus, FailReason::Referenced, "0A000", object).because.extend(at);
                return;
            }
            for referencing in std::iter::once(referencing).chain(catalog.descendants(referencing.id)) {
                if seen.insert(referencing.id) {
                    emptied.push(Emptied { relation: referencing, focus, cascade: true });
                }
            }
        }
    }
    let dependents = emptied.iter().filter(|emptied| emptied.cascade).count();
    for one in &emptied {
        empty(analysis, one, truncate, dependents);
    }
    for one in &emptied {
        within::triggers(analysis, one.relation, "truncate", None, false, one.focus);
    }
}

/// A table that TRUNCATE empties.
struct Emptied<'a> {
    relation: &'a Relation,
    focus: Span,
    cascade: bool,
}

fn empty(analysis: &mut Analysis<'_>, emptied: &Emptied<'_>, truncate: &Truncate, dependents: usize) {
    let Emptied { relation, focus, cascade } = *emptied;
    let catalog = analysis.catalog();
    analysis.lock(relation, LockMode::AccessExclusive, focus);
    // To 13 the executor looks at a partition's bound, and so at its parents (truth: truncate_partition).
    if analysis.version() < Version(14) {
        for parent in catalog.partition_ancestors(relation.id) {
            analysis.lock(parent, LockMode::AccessShare, focus);
        }
    }
    if truncate.restart_identity {
        for sequence in catalog.sequences_owned_by(relation.id, None) {
            analysis.lock(sequence, LockMode::AccessExclusive, focus);
        }
    }
    if relation.as_table().is_some_and(Table::is_partitioned) {
        return;
    }
    for (index, _) in catalog.indexes_of(relation.id) {
        analysis.lock(index, LockMode::AccessExclusive, focus);
    }
    if analysis.subject_is_empty(relation) {
        return;
    }
    let kind = EffectKind::LosesData {
        object: LostObject::Rows,
        name: relation.display_name(),
        cascade,
        generated: false,
        dependents: if cascade { 0 } else { dependents },
        copied_to: SmolStr::default(),
        guarded: false,
    };
    let created = analysis.created_here(relation).filter(|_| cascade);
    analysis.on(relation, focus, kind).because.extend(created);
}

#[cfg(test)]
mod tests {
    use crate::analyze::postgres::testing::effects;

    const TABLES: &str = "CREATE TABLE users (id int PRIMARY KEY);
        CREATE TABLE orders (id serial PRIMARY KEY, user_id int REFERENCES users (id));
        INSERT INTO users SELECT 1 FROM pg_class; INSERT INTO orders SELECT 1, 1 FROM pg_class;
        CREATE TABLE p (id int, day date) PARTITION BY RANGE (day);
        CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
        INSERT INTO p SELECT 1, '2024-01-01' FROM pg_class;";

    #[test]
    fn truncate_cascades_or_is_refused() {
        assert_eq!(
            effects(15, TABLES, "TRUNCATE users", ""),
            ["fails reason=referenced sqlstate=0A000 object=orders owner=file"]
        );
        assert_eq!(
            effects(15, TABLES, "TRUNCATE users CASCADE", "loses-data"),
            [
                "loses-data users object=rows name=users dependents=1",
                "loses-data orders object=rows name=orders cascade",
            ]
        );
        assert_eq!(effects(15, TABLES, "TRUNCATE users, orders", "fails"), [""; 0]);
    }

    #[test]
    fn a_partition_is_emptied_under_a_look_at_its_parent_to_13() {
        let parents = |version| effects(version, TABLES, "TRUNCATE p1", "takes-lock").len();
        assert_eq!((parents(13), parents(14)), (2, 1));
        assert_eq!(
            effects(15, TABLES, "TRUNCATE ONLY p", "fails"),
            ["fails reason=kind sqlstate=42809 object=p owner=file"]
        );
    }

    #[test]
    fn work_on_a_table_that_the_transaction_has_truncated_takes_no_time_and_cannot_fail() {
        use crate::check::{File, Project, read};
        let news = |sql: &str| {
            let files = [TABLES, sql].into_iter().enumerate();
            let files =
                files.map(|(at, text)| File::from(crate::source::Source::new(format!("{at}.sql"), text))).collect();
            let (_, projects) =
                read(vec![Project::of(crate::tool::Tool::NONE, files)], &crate::settings::Settings::default());
            let effects = projects.iter().flat_map(|project| &project.replay.steps).flat_map(|step| &step.effects);
            let work = effects.filter(|it| matches!(it.kind.name(), "may-fail" | "builds-index"));
            work.filter_map(|it| it.subject.as_ref())
                .filter(|it| it.relation == "orders")
                .map(|it| it.new)
                .collect::<Vec<_>>()
        };
        let work = "ALTER TABLE orders ADD COLUMN n int NOT NULL; CREATE INDEX ON orders (n);";
        assert_eq!(news(&format!("BEGIN; TRUNCATE orders; {work} COMMIT;")), [true, true]);
        assert_eq!(news(&format!("TRUNCATE orders; {work}")), [false, false]);
        let filled = "INSERT INTO orders SELECT 1, 1 FROM users;";
        assert_eq!(news(&format!("BEGIN; TRUNCATE orders; {filled} {work} COMMIT;")), [false, false]);
    }

    #[test]
    fn a_new_table_that_was_never_filled_loses_nothing() {
        assert_eq!(effects(15, "", "CREATE TABLE t (id int); TRUNCATE t", "loses-data"), [""; 0]);
        // Since an earlier deployment others may have filled it.
        assert_eq!(
            effects(15, "CREATE TABLE t (id int);", "TRUNCATE t", "loses-data"),
            ["loses-data t object=rows name=t"]
        );
    }

    #[test]
    fn restarting_identities_locks_sequences() {
        let locks = effects(15, TABLES, "TRUNCATE orders RESTART IDENTITY", "takes-lock");
        assert!(
            locks.iter().any(|line| line.starts_with("takes-lock orders_id_seq lock=access-exclusive")),
            "{locks:?}"
        );
    }

    #[test]
    fn vacuum_full_copies() {
        assert_eq!(
            effects(15, TABLES, "VACUUM FULL users", "takes-lock rewrites-table rebuilds-index"),
            [
                "takes-lock users lock=access-exclusive blocks=reads timeout=unset",
                "rewrites-table users reason=vacuum-full blocks=reads",
                "rebuilds-index users index=users_pkey reason=rewrite blocks=reads",
            ]
        );
        assert_eq!(effects(15, TABLES, "VACUUM (FULL false) users", "rewrites-table"), [""; 0]);
    }

    #[test]
    fn analyze_only_is_of_18() {
        assert_eq!(effects(17, TABLES, "ANALYZE ONLY p", "fails").len(), 1);
        assert_eq!(
            effects(18, TABLES, "ANALYZE ONLY p", ""),
            [
                "takes-lock p lock=share-update-exclusive blocks=schema-changes timeout=unset",
                "takes-lock p1 lock=access-share blocks=nothing timeout=unset",
            ]
        );
    }

    #[test]
    fn lock_needs_a_block_and_reaches_what_views_read() {
        assert_eq!(
            effects(15, TABLES, "LOCK TABLE users", ""),
            ["fails reason=outside-transaction sqlstate=25P01 object=LOCK TABLE owner=file"]
        );
        let file = "BEGIN; CREATE VIEW v AS SELECT 1 FROM users; LOCK TABLE v IN SHARE MODE; COMMIT;";
        assert_eq!(
            effects(15, TABLES, file, "takes-lock"),
            [
                "takes-lock users lock=access-share blocks=nothing timeout=unset",
                "takes-lock v lock=share blocks=writes timeout=unset explicit",
                "takes-lock users lock=share blocks=writes timeout=unset explicit",
            ]
        );
    }

    #[test]
    fn cluster_knows_its_index() {
        assert_eq!(
            effects(15, TABLES, "CLUSTER users", "fails"),
            ["fails reason=missing sqlstate=42704 object=a previously clustered index owner=file"]
        );
        assert_eq!(
            effects(15, TABLES, "CLUSTER users USING users_pkey; CLUSTER users", "rewrites-table fails"),
            ["rewrites-table users reason=cluster blocks=reads", "rewrites-table users reason=cluster blocks=reads"]
        );
    }
}
