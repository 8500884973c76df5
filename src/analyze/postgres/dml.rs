//! Queries and statements that write rows: what they lock, and how many rows they write.
//!
//! Beside what parsing and planning lock, the executor locks the partitions that rows go to, and the triggers of foreign keys the other
//! table. `pg_locks` shows all of it until the transaction ends; the indexes that INSERT writes are let go (`ExecCloseIndices`).

mod backfill;
mod bounds;
mod foreign_keys;
mod insert;
mod locks;
pub(super) mod new_label;
mod pruning;
mod routing;
mod rows;
mod values;

use super::access;
use super::analysis::Analysis;
use super::literal_key;
use super::within;
use crate::catalog::{Catalog, Relation, RelationBody, Table, TableConstraint};
use crate::dialect::Version;
use crate::effect::{Bounded, EffectKind, FailReason, LockMode, WriteVerb};
use crate::migration::Role;
use crate::source::Span;
use crate::statement::{
    Call, Command, Copy, Delete, Explain, ExprKind, GuardKind, Ident, Merge, Name, Query, Statement, Update,
};
use bounds::Bound;
use foreign_keys::{Rows as Touched, check_referenced, check_references};
pub(super) use insert::insert;
use locks::{Stage, lock_command, lock_delete, lock_merge, lock_replaced, lock_update, target};
pub(super) use locks::{lock_parsed, lock_query, lock_view_bases};
use new_label::{enum_column, refuse_new_values_compared};
use routing::{Inserted, Rows as RowsOf};
use rows::{RowLock, wait_for_rows};
use smol_str::SmolStr;

/// The first column that is named a second time.
fn first_repeated<'i>(columns: impl Iterator<Item = &'i Ident>) -> Option<&'i Ident> {
    let mut seen = std::collections::BTreeSet::new();
    columns.into_iter().find(|column| !seen.insert(&column.name))
}

fn lock_all_sequences(analysis: &mut Analysis<'_>, table: &Table, focus: Span) {
    for sequence in table.columns.iter().filter_map(|column| column.sequence) {
        if let Some(sequence) = analysis.catalog().relation(sequence) {
            analysis.lock(sequence, LockMode::RowExclusive, focus);
        }
    }
}

/// The table whose rows a statement writes: itself, or that below a view that the server sees through.
fn base_of<'a>(analysis: &Analysis<'a>, relation: &'a Relation, event: &str) -> &'a Relation {
    let mut base = relation;
    // Views over views end: none reads itself.
    while let Some(view) = base.as_view().filter(|view| !view.materialized)
        && !within::is_replaced(analysis, base, event)
        && let [read] = view.reads.as_slice()
        && let Some(next) = analysis.catalog().relation(*read)
    {
        base = next;
    }
    base
}

/// Does what rules and triggers do for an event on what a statement names. Returns whether that takes the place of the statement.
fn replaced(analysis: &mut Analysis<'_>, relation: &Relation, event: &str, focus: Span) -> bool {
    within::rules(analysis, relation, event, focus);
    let replaced = within::is_replaced(analysis, relation, event);
    if replaced {
        within::triggers(analysis, relation, event, None, true, focus);
    }
    replaced
}

/// Runs the triggers of an event on a table, and those for each row on the tables below it.
fn fire(
    analysis: &mut Analysis<'_>,
    relation: &Relation,
    event: &str,
    assigned: Option<&[&Name]>,
    rows: bool,
    focus: Span,
) {
    within::triggers(analysis, relation, event, assigned, rows, focus);
    // Partitions have the triggers of their parent; children by inheritance their own.
    if event != "insert" && rows {
        for child in analysis.catalog().children_of(relation.id).collect::<Vec<_>>() {
            within::triggers(analysis, child, event, assigned, true, focus);
        }
    }
}

/// `UPDATE`.
pub(super) fn update(analysis: &mut Analysis<'_>, statement: &Statement, update: &Update) {
    let Some(relation) = target(analysis, &update.table) else {
        return;
    };
    let focus = update.table.name.span();
    if let Some(table) = relation.as_table().filter(|table| table.complete)
        && let Some(assignment) = update.assignments.iter().find(|it| table.column(&it.column.name).is_none())
    {
        analysis.fail(assignment.column.span, FailReason::Missing, "42703", assignment.column.name.clone());
        return;
    }
    if replaced(analysis, relation, "update", focus) {
        lock_replaced(analysis, relation, &update.with, focus);
        return;
    }
    // Parts of a column, as in `SET a[1] = 1, a[2] = 2`, are different targets.
    let whole = update.assignments.iter().filter(|it| {
        analysis.text(it.column.span) == analysis.text(it.span).split('=').next().unwrap_or_default().trim()
    });
    if let Some(column) = first_repeated(whole.map(|it| &it.column)) {
        analysis.fail(column.span, FailReason::Invalid, "42601", column.name.clone());
        return;
    }
    lock_update(analysis, update, relation, Stage::Planned);
    for assignment in &update.assignments {
        if !analysis.casts_new_value(&assignment.value)
            && let Some(ty) = enum_column(analysis, relation, &assignment.column.name)
        {
            analysis.use_of_new_value(ty, &assignment.value);
        }
    }
    if let Some(filter) = &update.filter {
        refuse_new_values_compared(analysis, relation, filter);
    }
    let bound = bounds::of_update(analysis, statement, update, relation);
    let relation = base_of(analysis, relation, "update");
    let assigned: Vec<&Name> = update.assignments.iter().map(|it| &it.column.name).collect();
    fire(analysis, relation, "update", Some(&assigned), bound.is_some(), focus);
    if let Some(bound) = bound {
        lock_bound_of_partition(analysis, relation, focus);
        let filled = update.assignments.iter().filter(|it| !matches!(it.value.kind, ExprKind::Null));
        let filled: Vec<&Name> = filled.map(|it| &it.column.name).collect();
        check_references(analysis, relation, &filled, focus);
        check_referenced(analysis, relation, Touched::Updated(&assigned), focus);
        literal_key::update(analysis, &update.assignments, &update.with, relation);
        let mut remarkable = values::Remarkable::default();
        update.assignments.iter().for_each(|it| remarkable.look(Some(&it.column.name), &it.value));
        let own_key = relation.as_table().and_then(Table::primary_key).is_some_and(|key| {
            let same = |it: &crate::statement::Assignment| {
                matches!(&it.value.kind, ExprKind::Column(path) if path.last().is_some_and(|last| last.name == it.column.name))
            };
            let changed = update.assignments.iter().filter(|it| !same(it));
            changed.map(|it| &it.column.name).any(|name| names_rows(analysis.catalog(), relation, key, name))
        });
        let writing = Writing {
            remarkable,
            assigns_key: own_key,
            backfill: backfill::fills_gaps(update) || backfill::copies_across(update),
            defaulted: backfill::defaulted(analysis, update, relation),
            ..Writing::of(WriteVerb::Update)
        };
        write(analysis, statement, relation, focus, bound, writing);
        if bound.bounded == Bounded::WholeTable && !bound.batched {
            let key = assigns_key(analysis, relation, &assigned);
            let lock = if key { RowLock::Update } else { RowLock::Weaker };
            wait_for_rows(analysis, relation, update.table.only, focus, lock);
        }
    }
    nested_writes(analysis, statement, &update.with);
}

/// `DELETE`.
pub(super) fn delete(analysis: &mut Analysis<'_>, statement: &Statement, delete: &Delete) {
    let Some(relation) = target(analysis, &delete.table) else {
        return;
    };
    let focus = delete.table.name.span();
    if replaced(analysis, relation, "delete", focus) {
        lock_replaced(analysis, relation, &delete.with, focus);
        return;
    }
    lock_delete(analysis, delete, relation, Stage::Planned);
    if let Some(filter) = &delete.filter {
        refuse_new_values_compared(analysis, relation, filter);
    }
    let bound = bounds::of_delete(analysis, statement, delete, relation);
    let relation = base_of(analysis, relation, "delete");
    fire(analysis, relation, "delete", None, bound.is_some(), focus);
    if let Some(bound) = bound {
        // From 14 on only the partitions that rows go to are looked at for their bounds.
        if analysis.version() < Version(14) {
            lock_bound_of_partition(analysis, relation, focus);
        }
        check_referenced(analysis, relation, Touched::Deleted, focus);
        write(analysis, statement, relation, focus, bound, Writing::of(WriteVerb::Delete));
        if bound.bounded == Bounded::WholeTable && !bound.batched {
            wait_for_rows(analysis, relation, delete.table.only, focus, RowLock::Update);
        }
    }
    nested_writes(analysis, statement, &delete.with);
}

/// `MERGE`, from 15 on.
pub(super) fn merge(analysis: &mut Analysis<'_>, statement: &Statement, merge: &Merge) {
    if analysis.version() < Version(15) {
        analysis.fail(statement.span, FailReason::Version, "42601", "MERGE");
        return;
    }
    let Some(relation) = target(analysis, &merge.table) else {
        return;
    };
    let focus = merge.table.name.span();
    lock_merge(analysis, merge, relation, Stage::Planned);
    let does = |verb: &str| merge.actions.iter().any(|action| action.kind.verb() == verb);
    if let Some(table) = relation.as_table() {
        if does("insert") || does("update") {
            lock_bound_of_partition(analysis, relation, focus);
            let columns: Vec<&Name> = table.columns.iter().map(|column| &column.name).collect();
            check_references(analysis, relation, &columns, focus);
        }
        if does("insert") {
            // Which columns its INSERT leaves to their defaults is not told.
            lock_all_sequences(analysis, table, focus);
        }
        if does("delete") {
            check_referenced(analysis, relation, Touched::Deleted, focus);
        }
    }
    for event in ["insert", "update", "delete"] {
        if does(event) {
            fire(analysis, relation, event, None, true, focus);
        }
    }
    if does("insert") || does("update") || does("delete") {
        // A list of values, or a query of no table, has the rows that are written there.
        let listed =
            merge.source.is_none() && merge.with.reads.is_empty() && !merge.with.limits.iter().any(|it| it.reads);
        let every = bounds::is_always(analysis, merge.condition.as_deref(), relation);
        let wholly = |verb: &str| merge.actions.iter().any(|action| !action.narrowed && action.kind.verb() == verb);
        let bounded = match (listed, every && (wholly("update") || wholly("delete"))) {
            (true, false) => Bounded::Key,
            (false, false) => Bounded::Range,
            (_, true) => Bounded::WholeTable,
        };
        // One that does nothing but delete is a DELETE in other words; so is one that leaves no row behind.
        let deletes = if every { wholly("delete") } else { does("delete") && !does("insert") && !does("update") };
        let verb = if deletes { WriteVerb::Delete } else { WriteVerb::Merge };
        let writing = Writing { backfill: backfill::merges_across(merge), ..Writing::of(verb) };
        write(analysis, statement, relation, focus, Bound::at_once(bounded), writing);
        literal_key::merge(analysis, merge, relation);
    }
    nested_writes(analysis, statement, &merge.with);
}

/// `COPY`.
pub(super) fn copy(analysis: &mut Analysis<'_>, statement: &Statement, copy: &Copy) {
    access::copy(analysis, statement, copy);
    if let Some(query) = &copy.query {
        lock_query(analysis, query, true);
        nested_writes(analysis, statement, query);
    }
    let Some(name) = &copy.table else {
        return;
    };
    let focus = name.span();
    let Some(relation) = analysis.named(name) else {
        return;
    };
    if !copy.from {
        let fits = matches!(relation.body, RelationBody::Table(_) | RelationBody::Unknown | RelationBody::Sequence(_))
            && !relation.as_table().is_some_and(Table::is_partitioned);
        let materialized = relation.as_view().is_some_and(|view| view.materialized);
        // From 18 on materialized views can be copied, too.
        if !analysis.require_kind(relation, focus, fits || (materialized && analysis.version() >= Version(18))) {
            return;
        }
        // To 12 the lock is let go at once (truth: copy_to).
        if analysis.version() >= Version(13) {
            analysis.lock(relation, LockMode::AccessShare, focus);
        }
        return;
    }
    let fits = match &relation.body {
        RelationBody::Table(_) | RelationBody::Unknown => true,
        RelationBody::View(view) => {
            !view.materialized && view.attachments.iter().any(|it| it.kind == crate::statement::ObjectKind::Trigger)
        }
        _ => false,
    };
    if !analysis.require_kind(relation, focus, fits) {
        return;
    }
    analysis.lock(relation, LockMode::RowExclusive, focus);
    let rows = copy.data.as_ref().map(|data| data.values.row_ends.len());
    if rows == Some(0) {
        return;
    }
    lock_bound_of_partition(analysis, relation, focus);
    if analysis.version() < Version(12) {
        for partition in analysis.catalog().all_partitions(relation.id) {
            analysis.lock(partition, LockMode::RowExclusive, focus);
        }
    }
    fire(analysis, relation, "insert", None, rows.is_some(), focus);
    // Of a file nobody knows whether it has rows.
    if rows.is_some()
        && let Some(table) = relation.as_table()
    {
        let columns: Vec<&Name> = if copy.columns.is_empty() {
            table.columns.iter().map(|column| &column.name).collect()
        } else {
            copy.columns.iter().map(|column| &column.name).collect()
        };
        if let Some(data) = &copy.data {
            let rows = Inserted { columns: columns.clone(), rows: RowsOf::Copied(&data.values) };
            for partition in rows.reached(analysis.catalog(), relation, analysis.version()) {
                analysis.lock(partition, LockMode::RowExclusive, focus);
            }
        }
        check_references(analysis, relation, &columns, focus);
        literal_key::copy(analysis, copy, relation);
    }
    let bound = Bound::at_once(if rows.is_some() { Bounded::Key } else { Bounded::Range });
    let mut remarkable = values::Remarkable::default();
    if let Some(data) = &copy.data {
        let all: Vec<&Name> = relation.as_table().iter().flat_map(|table| &table.columns).map(|it| &it.name).collect();
        let named: Vec<&Name> = copy.columns.iter().map(|column| &column.name).collect();
        remarkable.look_at_rows(if named.is_empty() { &all } else { &named }, &data.values);
    }
    let writing = Writing { remarkable, row_count: rows.unwrap_or(0), ..Writing::of(WriteVerb::Copy) };
    write(analysis, statement, relation, focus, bound, writing);
}

/// `SELECT`, `VALUES`, `TABLE`.
pub(super) fn query(analysis: &mut Analysis<'_>, statement: &Statement, query: &Query) {
    lock_query(analysis, query, true);
    if new_label::refuse_new_values_in_query(analysis, query) {
        return;
    }
    if query.row_lock.is_some() && query.filter.is_none() && !query.limited {
        for read in query.reads.iter().filter(|read| locks::locks_rows(query, read)) {
            if let Some(relation) = analysis.resolve(&read.name) {
                let update = query.row_lock.as_deref() == Some("UPDATE");
                let lock = if update { RowLock::Update } else { RowLock::Weaker };
                wait_for_rows(analysis, relation, read.only, read.name.span(), lock);
            }
        }
    }
    nested_writes(analysis, statement, query);
}

/// `EXPLAIN`: it plans, and runs with ANALYZE only.
pub(super) fn explain(analysis: &mut Analysis<'_>, explain: &Explain) {
    if explain.analyze {
        super::dispatch(analysis, &explain.statement);
    } else {
        analysis.executes = false;
        lock_command(analysis, &explain.statement.command, Stage::Planned);
    }
}

/// `CALL`.
pub(super) fn call(analysis: &mut Analysis<'_>, call: &Call) {
    if let Some(procedure) = within::procedure(analysis, &call.procedure, call.arguments.len()) {
        let in_block = analysis.context.session.transaction.is_some() || analysis.context.session.in_body;
        let body = procedure.body.as_ref().map(|body| body.statements.as_slice()).unwrap_or_default();
        if in_block && analysis.depth == 0 && within::ends_transaction(body) {
            let object = smol_str::format_smolstr!("{}", call.procedure);
            analysis.fail(call.procedure.span(), FailReason::InTransaction, "2D000", object);
            return;
        }
        within::run_procedure(analysis, &call.procedure, procedure);
        return;
    }
    let path = analysis.context.session.search_path();
    let known = analysis.catalog().function(&call.procedure, &path).is_some();
    if !known && analysis.context.settings.from_empty && !analysis.has_extensions() {
        let object = smol_str::format_smolstr!("{}", call.procedure);
        analysis.fail(call.procedure.span(), FailReason::Missing, "42883", object);
    }
}

/// `EXECUTE`: the statement that was prepared under the name.
pub(super) fn execute(analysis: &mut Analysis<'_>, name: &Ident) {
    match analysis.context.session.prepared.get(&name.name) {
        // A prepared statement cannot itself execute another.
        Some(prepared) if !matches!(prepared.command, Command::Execute(_) | Command::Prepare(_)) => {
            super::dispatch(analysis, prepared);
        }
        Some(_) => {}
        None if analysis.context.settings.from_empty => {
            analysis.fail(name.span, FailReason::Missing, "26000", name.name.clone());
        }
        None => {}
    }
}

/// Who writes a partition by its own name looks at its parents for its bound (`RelationGetPartitionQual`).
fn lock_bound_of_partition(analysis: &mut Analysis<'_>, relation: &Relation, focus: Span) {
    for parent in analysis.catalog().partition_ancestors(relation.id) {
        analysis.lock(parent, LockMode::AccessShare, focus);
    }
}

/// Data-modifying CTEs are statements of their own.
fn nested_writes(analysis: &mut Analysis<'_>, statement: &Statement, query: &Query) {
    for write in &query.writes {
        match &write.command {
            Command::Insert(inner) => insert(analysis, statement, inner),
            Command::Update(inner) => update(analysis, statement, inner),
            Command::Delete(inner) => delete(analysis, statement, inner),
            Command::Merge(inner) => merge(analysis, statement, inner),
            _ => {}
        }
    }
}

/// What is written, beside how many rows of what.
struct Writing {
    verb: WriteVerb,
    backfill: bool,
    defaulted: SmolStr,
    row_count: usize,
    source: SmolStr,
    assigns_key: bool,
    remarkable: values::Remarkable,
}

impl Writing {
    fn of(verb: WriteVerb) -> Self {
        let remarkable = values::Remarkable::default();
        let (defaulted, source) = (SmolStr::default(), SmolStr::default());
        Self { verb, backfill: false, defaulted, row_count: 0, source, assigns_key: false, remarkable }
    }
}

fn write(
    analysis: &mut Analysis<'_>,
    statement: &Statement,
    relation: &Relation,
    focus: Span,
    bound: Bound,
    writing: Writing,
) {
    let (looped, commits_each, throttled) = match statement.guard.as_ref().map(|guard| &guard.kind) {
        Some(GuardKind::Loop { commits, sleeps }) => (true, *commits, *sleeps),
        _ => (false, false, false),
    };
    let kind = EffectKind::WritesRows {
        verb: writing.verb,
        bounded: bound.bounded,
        batched: bound.batched,
        commits_each,
        looped,
        backfill: writing.backfill,
        defaulted: writing.defaulted,
        throttled,
        ordered: bound.ordered,
        skip_locked: bound.skip_locked,
        batch_size: bound.size,
        row_count: writing.row_count,
        source: writing.source,
        assigns_key: writing.assigns_key,
        bookkeeping: super::bookkeeping::is_bookkeeping(&relation.name),
        lookup: analysis.catalog().is_lookup(relation.id),
        sample: writing.remarkable.sample,
        secret: writing.remarkable.secret,
        seed: analysis.context.role == Role::Seed,
        refilled: false,
    };
    analysis.on(relation, focus, kind);
}

/// Whether an UPDATE assigns a column that a foreign key could reference: one of a unique index over plain columns of all rows.
fn assigns_key(analysis: &Analysis<'_>, relation: &Relation, assigned: &[&Name]) -> bool {
    let mut indexes = analysis.catalog().indexes_of(relation.id);
    indexes.any(|(_, index)| {
        index.unique_columns().is_some_and(|columns| columns.iter().any(|column| assigned.contains(&column)))
    })
}

/// Whether a column is one by which others remember the rows of its table: the primary key, or a part of one that foreign keys refer to.
/// A part that itself refers to another table says what the row is about.
fn names_rows(catalog: &Catalog, relation: &Relation, key: &TableConstraint, column: &Name) -> bool {
    let columns = key.kind.columns();
    let refers = |it: &TableConstraint| it.kind.columns().contains(column);
    let foreign = relation.as_table().is_some_and(|table| table.foreign_keys().any(refers));
    columns.contains(column)
        && !foreign
        && (columns.len() == 1 || catalog.foreign_keys_to(relation.id).next().is_some())
}

#[cfg(test)]
mod tests {
    use crate::analyze::postgres::testing::effects;

    const TABLES: &str = "CREATE TABLE users (id int PRIMARY KEY, name text);
        CREATE TABLE orders (id serial PRIMARY KEY, user_id int REFERENCES users (id), qty int);
        INSERT INTO users SELECT 1, 'a' FROM pg_class; INSERT INTO orders SELECT 1, 1, 1 FROM pg_class;
        CREATE TABLE p (id int, day date) PARTITION BY RANGE (day);
        CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
        CREATE TABLE p2 PARTITION OF p FOR VALUES FROM ('2024-02-01') TO ('2024-03-01');";

    /// `relation mode` for each lock.
    fn locks(version: u16, sql: &str) -> Vec<String> {
        let lines = effects(version, TABLES, sql, "takes-lock");
        let short = |line: &String| {
            let words: Vec<&str> = line.split(' ').collect();
            let mode = words.get(2).and_then(|word| word.strip_prefix("lock="));
            format!("{} {}", words.get(1).unwrap_or(&"?"), mode.unwrap_or("?"))
        };
        lines.iter().map(short).collect()
    }

    fn writes(sql: &str) -> Vec<String> {
        effects(15, TABLES, sql, "writes-rows")
    }

    #[test]
    fn queries_lock_indexes_with_the_mode_of_the_table_from_12_on() {
        let sql = "SELECT * FROM users FOR UPDATE";
        assert_eq!(locks(11, sql), ["users row-share", "users_pkey access-share"]);
        assert_eq!(locks(12, sql), ["users row-share", "users_pkey row-share"]);
    }

    #[test]
    fn inserts_check_their_references() {
        let sql = "INSERT INTO orders (user_id) VALUES (1)";
        assert_eq!(
            locks(12, sql),
            ["orders row-exclusive", "orders_id_seq row-exclusive", "users row-share", "users_pkey row-share"]
        );
        assert_eq!(locks(12, "INSERT INTO orders (id, user_id) VALUES (1, NULL)"), ["orders row-exclusive"]);
    }

    #[test]
    fn deletes_look_for_references() {
        assert_eq!(
            locks(11, "DELETE FROM users WHERE id = 1"),
            ["users row-exclusive", "users_pkey row-exclusive", "orders row-share", "orders_pkey access-share"]
        );
        assert_eq!(
            locks(15, "UPDATE users SET name = 'b' WHERE id = 1"),
            ["users row-exclusive", "users_pkey row-exclusive"]
        );
    }

    #[test]
    fn conditions_rule_out_partitions_from_12_on() {
        let sql = "DELETE FROM p WHERE day < '2024-02-01'";
        assert_eq!(locks(11, sql), ["p row-exclusive", "p1 row-exclusive", "p2 row-exclusive"]);
        assert_eq!(locks(12, sql), ["p row-exclusive", "p1 row-exclusive"]);
    }

    #[test]
    fn explain_runs_nothing() {
        assert_eq!(locks(15, "EXPLAIN DELETE FROM users"), ["users row-exclusive", "users_pkey row-exclusive"]);
        assert_eq!(writes("EXPLAIN DELETE FROM users"), [""; 0]);
        assert_eq!(writes("EXPLAIN ANALYZE DELETE FROM users").len(), 1);
    }

    #[test]
    fn prepared_statements_run_when_they_are_executed() {
        assert_eq!(writes("PREPARE q AS DELETE FROM users"), [""; 0]);
        assert_eq!(
            writes("PREPARE q AS DELETE FROM users; EXECUTE q"),
            ["writes-rows users verb=delete bounded=whole-table"]
        );
    }

    #[test]
    fn bounds() {
        let bound = |condition: &str| {
            let lines = writes(&format!("UPDATE orders SET qty = 1 WHERE {condition}"));
            let words = lines.first().map(|line| line.trim_start_matches("writes-rows orders verb=update ").to_owned());
            words.unwrap_or_else(|| "none".to_owned())
        };
        for (condition, expected) in [
            ("true", "bounded=whole-table"),
            ("1 = 1", "bounded=whole-table"),
            ("NULL IS NULL", "bounded=whole-table"),
            ("id = id", "bounded=whole-table"),
            ("'a' = 'a' OR qty > 3", "bounded=whole-table"),
            ("id IS NOT NULL", "bounded=whole-table"),
            ("false", "none"),
            ("NULL", "none"),
            ("NULL IS NOT NULL", "none"),
            ("1 > 2 AND id = 1", "none"),
            ("id = 1", "bounded=key"),
            ("id IN (1, 2)", "bounded=key"),
            ("qty = 1", "bounded=value"),
            ("qty = 1 AND id > 3", "bounded=value"),
            ("id > 1", "bounded=range"),
            ("id IN (SELECT id FROM orders WHERE qty IS NULL LIMIT 100)", "bounded=range batched batch_size=100"),
        ] {
            assert_eq!(bound(condition), expected, "{condition}");
        }
    }

    #[test]
    fn a_column_that_was_just_added_is_null_in_every_row() {
        assert_eq!(
            writes("ALTER TABLE orders ADD COLUMN c int; UPDATE orders SET c = 1 WHERE c IS NULL"),
            ["writes-rows orders verb=update bounded=whole-table backfill defaulted=c"]
        );
        let filled =
            "ALTER TABLE orders ADD COLUMN c timestamptz DEFAULT now(); UPDATE orders SET c = now() WHERE c IS NULL";
        assert_eq!(writes(filled), [""; 0]);
        assert_eq!(writes(&filled.replace("now();", "NULL::timestamptz;")).len(), 1);
        assert_eq!(
            writes("ALTER TABLE orders ADD COLUMN c int; UPDATE orders SET qty = c WHERE c IS NOT NULL"),
            ["writes-rows orders verb=update bounded=range"]
        );
        // What was filled meanwhile is NULL only where nothing was found for it.
        assert_eq!(
            writes(
                "ALTER TABLE orders ADD COLUMN c int; UPDATE orders SET c = qty; DELETE FROM orders WHERE c IS NULL"
            )[1..],
            ["writes-rows orders verb=delete bounded=range"]
        );
        assert_eq!(
            writes("UPDATE orders SET qty = 1 WHERE qty IS NULL"),
            ["writes-rows orders verb=update bounded=range backfill"]
        );
    }

    #[test]
    fn a_join_that_leaves_out_nothing_is_a_backfill() {
        let backfill = |sql: &str| writes(sql).iter().any(|line| line.ends_with("bounded=range backfill"));
        for condition in ["users.id = orders.user_id", "user_id = users.id AND orders.id = users.id"] {
            assert!(backfill(&format!("UPDATE orders SET qty = users.id FROM users WHERE {condition}")), "{condition}");
        }
        assert!(backfill("UPDATE orders o SET qty = u.id FROM users u WHERE o.user_id = u.id"));
        for condition in ["users.id = orders.user_id AND users.name = 'x'", "orders.user_id > users.id", "users.id = 1"]
        {
            assert!(
                !backfill(&format!("UPDATE orders SET qty = users.id FROM users WHERE {condition}")),
                "{condition}"
            );
        }
        let listed = "UPDATE orders o SET qty = v.q FROM (VALUES (1, 2)) v (id, q) WHERE o.id = v.id";
        assert!(!backfill(listed));
        let picked =
            "WITH u AS (SELECT id FROM users LIMIT 9) UPDATE orders o SET qty = 1 FROM u WHERE o.user_id = u.id";
        assert!(!backfill(picked));
    }

    #[test]
    fn what_differs_from_its_value_is_filled_where_nothing_else_chooses() {
        let backfill = |condition: &str| {
            let sql = format!("UPDATE orders SET qty = 1 FROM users WHERE users.id = orders.user_id AND {condition}");
            writes(&sql).iter().any(|line| line.ends_with("backfill"))
        };
        assert!(backfill("qty IS DISTINCT FROM 1"));
        assert!(backfill("qty <> 1 AND users.name IS NOT NULL"));
        assert!(!backfill("qty IS DISTINCT FROM 1 AND users.name LIKE 'x%'"));
        assert!(!backfill("qty <> 1 AND (users.name > 'x' OR users.name IS NULL)"));
        // A gap is one whatever else is asked.
        assert!(backfill("qty IS NULL AND users.name LIKE 'x%'"));
    }

    #[test]
    fn a_merge_that_only_deletes_is_a_delete() {
        let setup = "CREATE TABLE t (id int PRIMARY KEY, a int); CREATE TABLE s (id int PRIMARY KEY);";
        let merge = |on: &str, when: &str| {
            let found = effects(15, setup, &format!("MERGE INTO t USING s ON {on} WHEN {when}"), "writes-rows");
            found.first().cloned().unwrap_or_default()
        };
        let join = merge("t.id = s.id", "MATCHED THEN DELETE");
        assert!(join.contains("verb=delete") && join.contains("bounded=range") && !join.contains("backfill"), "{join}");
        let all = merge("true", "MATCHED THEN DELETE");
        assert!(all.contains("verb=delete") && all.contains("bounded=whole-table"), "{all}");
        assert!(merge("true", "MATCHED AND s.id > 3 THEN DELETE").contains("bounded=range"));
        let both = merge("t.id = s.id", "MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT (id) VALUES (s.id)");
        assert!(both.contains("verb=merge"), "{both}");
    }

    #[test]
    fn a_merge_of_listed_rows_is_bounded_by_them() {
        let merge = |source: &str| {
            let sql =
                format!("MERGE INTO users u USING {source} ON u.id = s.id WHEN MATCHED THEN UPDATE SET name = 'x'");
            writes(&sql).first().is_some_and(|line| line.contains("bounded=key"))
        };
        assert!(merge("(VALUES (1)) s (id)") && merge("(SELECT 1 AS id) s"));
        assert!(!merge("orders s") && !merge("(SELECT id FROM orders) s"));
    }

    #[test]
    fn a_join_without_a_condition_writes_every_row() {
        assert_eq!(
            writes("UPDATE orders SET qty = 1 FROM users"),
            ["writes-rows orders verb=update bounded=whole-table"]
        );
    }

    #[test]
    fn data_modifying_ctes_are_statements_too() {
        assert_eq!(
            writes("WITH d AS (DELETE FROM orders RETURNING *) INSERT INTO users SELECT id, 'x' FROM d"),
            ["writes-rows users verb=insert bounded=range", "writes-rows orders verb=delete bounded=whole-table"]
        );
    }

    #[test]
    fn labels_that_the_transaction_added() {
        let tables = "CREATE TYPE mood AS ENUM ('ok'); CREATE TABLE t (id int, m mood);";
        let fails = |version, sql: &str| {
            let file = format!("BEGIN; ALTER TYPE mood ADD VALUE 'meh'; {sql}; COMMIT;");
            effects(version, tables, &file, "fails").iter().filter(|line| line.contains("55P04")).count()
        };
        for sql in ["INSERT INTO t VALUES (1, 'meh')", "UPDATE t SET m = 'meh'", "DELETE FROM t WHERE m = 'meh'"] {
            assert_eq!(fails(15, sql), 1, "{sql}");
        }
        assert_eq!(fails(15, "INSERT INTO t VALUES (1, 'ok')"), 0);
        for sql in [
            "SELECT 'meh'::mood",
            "CREATE VIEW v AS SELECT id FROM t WHERE m = 'meh'",
            "SELECT id FROM t WHERE m = 'meh'",
        ] {
            assert_eq!(fails(15, sql), 1, "{sql}");
        }
        let block = "DO $$ BEGIN ALTER TYPE mood ADD VALUE 'meh'; UPDATE t SET m = 'meh'; END $$;";
        assert_eq!(effects(15, tables, block, "fails").len(), 1);
        let apart = "ALTER TYPE mood ADD VALUE 'meh'; UPDATE t SET m = 'meh'; SELECT 'meh'::mood;";
        assert_eq!(effects(15, tables, apart, "fails"), [""; 0]);
    }

    #[test]
    fn row_locks_follow_the_actions_of_foreign_keys() {
        let tables = "CREATE TABLE a (id int PRIMARY KEY);
            CREATE TABLE b (id int PRIMARY KEY, a_id int REFERENCES a (id) ON DELETE CASCADE, x int);
            CREATE TABLE c (b_id int REFERENCES b (id));
            INSERT INTO b SELECT 1 FROM pg_class; INSERT INTO c SELECT 1 FROM pg_class;";
        let waits = |sql: &str| effects(15, tables, sql, "makes-wait");
        // Deleting an `a` deletes its `b`s, and so waits for any lock on them.
        assert_eq!(
            waits("UPDATE b SET x = 1"),
            ["makes-wait b blocks=writes through=rows", "makes-wait a blocks=writes through=foreign-key"]
        );
        assert_eq!(
            waits("SELECT * FROM b FOR UPDATE"),
            [
                "makes-wait b blocks=writes through=rows",
                "makes-wait c blocks=writes through=foreign-key",
                "makes-wait a blocks=writes through=foreign-key",
            ]
        );
        assert_eq!(waits("SELECT * FROM b JOIN a ON a.id = b.a_id FOR SHARE OF a"), [""; 0], "a is known to be empty");
    }

    #[test]
    fn every_row_stays_locked() {
        assert_eq!(
            effects(15, TABLES, "UPDATE orders SET qty = 1", "makes-wait"),
            ["makes-wait orders blocks=writes through=rows"]
        );
        assert_eq!(
            effects(15, TABLES, "DELETE FROM orders", "makes-wait"),
            ["makes-wait orders blocks=writes through=rows", "makes-wait users blocks=writes through=foreign-key"]
        );
    }
}
