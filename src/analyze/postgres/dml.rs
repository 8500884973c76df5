//! Queries and statements that write rows: what they lock, and how many rows they write.
//!
//! The parser locks what a statement names, planning adds every index with the mode of its table (before 12, ACCESS SHARE where the
//! table is not written), the executor the partitions that rows go to, and the triggers of foreign keys the other table. `pg_locks`
//! shows all of it until the transaction ends; the indexes that INSERT writes are let go (`ExecCloseIndices`).

mod bounds;
mod foreign_keys;

use super::analysis::Analysis;
use super::literal_key;
use crate::catalog::{Relation, RelationBody, RelationId, Table, View};
use crate::dialect::Version;
use crate::effect::{Blocks, Bounded, EffectKind, FailReason, LockMode, Rows, Through, WriteVerb};
use crate::source::Span;
use crate::statement::{
    Command, Copy, Delete, Explain, Expr, ExprKind, FunctionCall, GuardKind, Ident, Insert, InsertSource, Literal,
    Merge, Name, ObjectName, Query, RelationUse, Statement, Update,
};
use bounds::Bound;
use foreign_keys::{Rows as Touched, check_referenced, check_references};
use std::collections::BTreeSet;

/// How far the server goes with a statement.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// It is parsed: what it names is locked.
    Parsed,
    /// It is planned as well: views are expanded, children and indexes opened.
    Planned,
}

/// `INSERT`.
pub(super) fn insert(analysis: &mut Analysis<'_>, statement: &Statement, insert: &Insert) {
    let Some(relation) = target(analysis, &insert.table) else {
        return;
    };
    if let Some(table) = relation.as_table().filter(|table| table.complete)
        && let Some(column) = insert.columns.iter().find(|column| table.column(&column.name).is_none())
    {
        analysis.fail(column.span, FailReason::Missing, "42703", column.name.clone());
        return;
    }
    let focus = insert.table.name.span();
    lock_insert(analysis, insert, relation, Stage::Planned);
    let writes = writes_of_insert(analysis, insert);
    for leaf in written_leaves(analysis, relation) {
        analysis.lock(leaf, LockMode::RowExclusive, focus);
    }
    lock_bound_of_partition(analysis, relation, focus);
    if let Some(table) = relation.as_table() {
        let filled = filled_columns(table, insert);
        lock_sequences(analysis, table, insert, focus);
        check_references(analysis, relation, &filled, focus);
        let assigned: Vec<&Name> = insert.on_conflict_set.iter().map(|it| &it.column.name).collect();
        if !assigned.is_empty() {
            check_references(analysis, relation, &assigned, focus);
            check_referenced(analysis, relation, Touched::Updated(&assigned), focus);
        }
    }
    literal_key::insert(analysis, insert, relation);
    if let Some(bounded) = writes {
        write(analysis, statement, relation, focus, WriteVerb::Insert, Bound { bounded, batched: false });
    }
    nested_writes(analysis, statement, &insert.with);
    if let Some(InsertSource::Query(query)) = &insert.source {
        nested_writes(analysis, statement, query);
    }
}

/// What bounds the rows of an INSERT; `None` for none at all.
fn writes_of_insert(analysis: &Analysis<'_>, insert: &Insert) -> Option<Bounded> {
    match &insert.source {
        None | Some(InsertSource::Values(_)) => Some(Bounded::Key),
        Some(InsertSource::Query(query)) => {
            let from_tables = !query.reads.is_empty();
            match &query.filter {
                Some(filter) => bounds::of_filter(analysis, filter, None),
                None if query.limited || !from_tables => Some(Bounded::Range),
                None => Some(Bounded::WholeTable),
            }
        }
    }
}

/// The columns that an INSERT gives a value that may not be NULL.
fn filled_columns<'t>(table: &'t Table, insert: &'t Insert) -> Vec<&'t Name> {
    let is_null = |position: usize| match &insert.source {
        None => false,
        Some(InsertSource::Values(values)) => {
            values.rows().all(|row| row.get(position).is_none_or(|cell| matches!(cell.kind, ExprKind::Null)))
        }
        Some(InsertSource::Query(query)) => {
            query.select_list.get(position).is_some_and(|item| matches!(item.kind, ExprKind::Null))
        }
    };
    let mut filled: Vec<&Name> = Vec::new();
    if insert.source.is_some() {
        let named: Vec<&Name> = if insert.columns.is_empty() {
            table.columns.iter().map(|column| &column.name).collect()
        } else {
            insert.columns.iter().map(|column| &column.name).collect()
        };
        filled.extend(named.iter().enumerate().filter(|(position, _)| !is_null(*position)).map(|(_, name)| *name));
        let rest = table.columns.iter().filter(|column| !named.contains(&&column.name));
        filled.extend(rest.filter(|column| column.default.is_some()).map(|column| &column.name));
    } else {
        let defaults = table.columns.iter().filter(|column| column.default.is_some());
        filled.extend(defaults.map(|column| &column.name));
    }
    filled
}

/// `nextval` in the defaults of columns that get none takes ROW EXCLUSIVE on their sequences.
fn lock_sequences(analysis: &mut Analysis<'_>, table: &Table, insert: &Insert, focus: Span) {
    let given = |position: usize, name: &Name| {
        let position = if insert.columns.is_empty() {
            Some(position)
        } else {
            insert.columns.iter().position(|column| column.name == *name)
        };
        let Some(position) = position else {
            return false;
        };
        match &insert.source {
            None => false,
            Some(InsertSource::Values(values)) => {
                values.rows().all(|row| row.get(position).is_some_and(|cell| !matches!(cell.kind, ExprKind::Default)))
            }
            Some(InsertSource::Query(query)) => {
                !insert.columns.is_empty() || query.outputs.is_empty() || position < query.outputs.len()
            }
        }
    };
    let drawn = table.columns.iter().enumerate().filter(|(position, column)| !given(*position, &column.name));
    let sequences: Vec<RelationId> = drawn.filter_map(|(_, column)| column.sequence).collect();
    for sequence in sequences {
        if let Some(sequence) = analysis.catalog().relation(sequence) {
            analysis.lock(sequence, LockMode::RowExclusive, focus);
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
    lock_update(analysis, update, relation, Stage::Planned);
    let bound = bounds::of_update(analysis, statement, update, relation);
    if let Some(bound) = bound {
        lock_bound_of_partition(analysis, relation, focus);
        let filled = update.assignments.iter().filter(|it| !matches!(it.value.kind, ExprKind::Null));
        let filled: Vec<&Name> = filled.map(|it| &it.column.name).collect();
        check_references(analysis, relation, &filled, focus);
        let assigned: Vec<&Name> = update.assignments.iter().map(|it| &it.column.name).collect();
        check_referenced(analysis, relation, Touched::Updated(&assigned), focus);
        literal_key::update(analysis, &update.assignments, relation);
        write(analysis, statement, relation, focus, WriteVerb::Update, bound);
        if bound.bounded == Bounded::WholeTable && !bound.batched {
            wait_for_rows(analysis, relation, update.table.only, focus, assigns_key(analysis, relation, &assigned));
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
    lock_delete(analysis, delete, relation, Stage::Planned);
    if let Some(bound) = bounds::of_delete(analysis, statement, delete, relation) {
        // From 14 on only the partitions that rows go to are looked at for their bounds.
        if analysis.version() < Version(14) {
            lock_bound_of_partition(analysis, relation, focus);
        }
        check_referenced(analysis, relation, Touched::Deleted, focus);
        write(analysis, statement, relation, focus, WriteVerb::Delete, bound);
        if bound.bounded == Bounded::WholeTable && !bound.batched {
            wait_for_rows(analysis, relation, delete.table.only, focus, true);
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
    let does = |action: &str| merge.actions.iter().any(|it| it == action);
    if let Some(table) = relation.as_table() {
        if does("insert") || does("update") {
            lock_bound_of_partition(analysis, relation, focus);
            let columns: Vec<&Name> = table.columns.iter().map(|column| &column.name).collect();
            check_references(analysis, relation, &columns, focus);
        }
        if does("delete") {
            check_referenced(analysis, relation, Touched::Deleted, focus);
        }
    }
    if does("insert") || does("update") || does("delete") {
        let bound = Bound { bounded: Bounded::Range, batched: false };
        write(analysis, statement, relation, focus, WriteVerb::Merge, bound);
    }
    nested_writes(analysis, statement, &merge.with);
}

/// `COPY`.
pub(super) fn copy(analysis: &mut Analysis<'_>, statement: &Statement, copy: &Copy) {
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
    // Of a file nobody knows whether it has rows.
    if rows.is_some()
        && let Some(table) = relation.as_table()
    {
        for leaf in written_leaves(analysis, relation) {
            analysis.lock(leaf, LockMode::RowExclusive, focus);
        }
        let columns: Vec<&Name> = if copy.columns.is_empty() {
            table.columns.iter().map(|column| &column.name).collect()
        } else {
            copy.columns.iter().map(|column| &column.name).collect()
        };
        check_references(analysis, relation, &columns, focus);
        literal_key::copy(analysis, copy, relation);
    }
    let bound = Bound { bounded: if rows.is_some() { Bounded::Key } else { Bounded::Range }, batched: false };
    write(analysis, statement, relation, focus, WriteVerb::Copy, bound);
}

/// `SELECT`, `VALUES`, `TABLE`.
pub(super) fn query(analysis: &mut Analysis<'_>, statement: &Statement, query: &Query) {
    lock_query(analysis, query, true);
    if query.row_lock.is_some() && query.filter.is_none() && !query.limited {
        for read in &query.reads {
            if let Some(relation) = analysis.resolve(&read.name) {
                let key = query.row_lock.as_deref().is_some_and(|strength| strength.contains("FOR UPDATE"));
                wait_for_rows(analysis, relation, read.only, read.name.span(), key);
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
        lock_command(analysis, &explain.statement.command, Stage::Planned);
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

/// What parsing a statement locks: for `PREPARE`, rules, and functions in SQL.
pub(super) fn lock_parsed(analysis: &mut Analysis<'_>, command: &Command) {
    lock_command(analysis, command, Stage::Parsed);
}

/// What a query locks; `planned`: it runs, or is about to.
pub(super) fn lock_query(analysis: &mut Analysis<'_>, query: &Query, planned: bool) {
    lock_reads(analysis, query, if planned { Stage::Planned } else { Stage::Parsed });
}

/// What running the query of a materialized view locks.
pub(super) fn lock_view_bases(analysis: &mut Analysis<'_>, view: &View, focus: Span) {
    let access = Access { lock: LockMode::AccessShare, result: false, only: false, stage: Stage::Planned };
    for read in &view.reads {
        if let Some(relation) = analysis.catalog().relation(*read) {
            access.lock(analysis, relation, focus);
        }
    }
}

fn lock_command(analysis: &mut Analysis<'_>, command: &Command, stage: Stage) {
    match command {
        Command::Insert(insert) => {
            if let Some(relation) = target(analysis, &insert.table) {
                lock_insert(analysis, insert, relation, stage);
            }
        }
        Command::Update(update) => {
            if let Some(relation) = target(analysis, &update.table) {
                lock_update(analysis, update, relation, stage);
            }
        }
        Command::Delete(delete) => {
            if let Some(relation) = target(analysis, &delete.table) {
                lock_delete(analysis, delete, relation, stage);
            }
        }
        Command::Merge(merge) => {
            if let Some(relation) = target(analysis, &merge.table) {
                lock_merge(analysis, merge, relation, stage);
            }
        }
        Command::Query(query) => lock_reads(analysis, query, stage),
        _ => {}
    }
}

fn target<'a>(analysis: &mut Analysis<'a>, table: &RelationUse) -> Option<&'a Relation> {
    let relation = analysis.named(&table.name)?;
    let fits = match &relation.body {
        RelationBody::Table(_) | RelationBody::Unknown => true,
        RelationBody::View(view) => !view.materialized,
        _ => false,
    };
    analysis.require_kind(relation, table.name.span(), fits).then_some(relation)
}

fn lock_insert(analysis: &mut Analysis<'_>, insert: &Insert, relation: &Relation, stage: Stage) {
    let focus = insert.table.name.span();
    // Planning does not open the indexes of what is only inserted into, but for `infer_arbiter_indexes`.
    let arbiter = insert.on_conflict_nothing == Some(false) && stage == Stage::Planned;
    let access = Access { lock: LockMode::RowExclusive, result: true, only: true, stage: Stage::Parsed };
    access.lock(analysis, relation, focus);
    if let Some(view) = relation.as_view().filter(|_| stage == Stage::Planned) {
        for read in &view.reads {
            if let Some(base) = analysis.catalog().relation(*read) {
                access.lock(analysis, base, focus);
            }
        }
    }
    if arbiter {
        for (index, _) in analysis.catalog().indexes_of(relation.id) {
            analysis.lock(index, LockMode::RowExclusive, focus);
        }
    }
    lock_reads(analysis, &insert.with, stage);
    match &insert.source {
        Some(InsertSource::Query(query)) => lock_reads(analysis, query, stage),
        Some(InsertSource::Values(values)) => lock_in_exprs(analysis, &values.cells, stage),
        None => {}
    }
}

fn lock_update(analysis: &mut Analysis<'_>, update: &Update, relation: &Relation, stage: Stage) {
    let access = Access { lock: LockMode::RowExclusive, result: true, only: update.table.only, stage };
    access.lock_filtered(analysis, relation, update.table.name.span(), update.filter.as_ref());
    // A row whose partition key changes goes to another partition.
    if stage == Stage::Planned && moves_rows(relation, update) {
        for leaf in analysis.catalog().leaf_partitions(relation.id) {
            analysis.lock(leaf, LockMode::RowExclusive, update.table.name.span());
        }
    }
    lock_uses(analysis, &update.from, stage);
    lock_reads(analysis, &update.with, stage);
    lock_in_exprs(analysis, update.filter.iter().chain(update.assignments.iter().map(|it| &it.value)), stage);
}

fn moves_rows(relation: &Relation, update: &Update) -> bool {
    let key = relation.as_table().and_then(|table| table.partition_by.as_ref());
    let mut columns = key.into_iter().flat_map(|by| &by.key).flat_map(Expr::columns);
    columns.any(|column| update.assignments.iter().any(|it| it.column.name == column.name))
}

fn lock_delete(analysis: &mut Analysis<'_>, delete: &Delete, relation: &Relation, stage: Stage) {
    let access = Access { lock: LockMode::RowExclusive, result: true, only: delete.table.only, stage };
    access.lock_filtered(analysis, relation, delete.table.name.span(), delete.filter.as_ref());
    lock_uses(analysis, &delete.using, stage);
    lock_reads(analysis, &delete.with, stage);
    lock_in_exprs(analysis, &delete.filter, stage);
}

fn lock_merge(analysis: &mut Analysis<'_>, merge: &Merge, relation: &Relation, stage: Stage) {
    let access = Access { lock: LockMode::RowExclusive, result: true, only: merge.table.only, stage };
    access.lock(analysis, relation, merge.table.name.span());
    lock_uses(analysis, merge.source.as_slice(), stage);
    lock_reads(analysis, &merge.with, stage);
}

fn lock_uses(analysis: &mut Analysis<'_>, uses: &[RelationUse], stage: Stage) {
    for relation in uses {
        read(analysis, relation, LockMode::AccessShare, stage);
    }
}

fn lock_reads(analysis: &mut Analysis<'_>, query: &Query, stage: Stage) {
    let lock = if query.row_lock.is_some() { LockMode::RowShare } else { LockMode::AccessShare };
    for relation in &query.reads {
        read(analysis, relation, lock, stage);
    }
    if stage == Stage::Planned {
        lock_called_sequences(analysis, &query.calls);
    }
    // Data-modifying CTEs are told by `nested_writes`; what they lock when nothing runs is told here.
    if stage == Stage::Parsed {
        for write in &query.writes {
            lock_command(analysis, &write.command, stage);
        }
    }
}

/// Subqueries within expressions.
fn lock_in_exprs<'e>(analysis: &mut Analysis<'_>, exprs: impl IntoIterator<Item = &'e Expr>, stage: Stage) {
    for expr in exprs {
        let mut queries = Vec::new();
        let mut calls = Vec::new();
        expr.walk(&mut |part| match &part.kind {
            ExprKind::Subquery(query) => queries.push(query),
            ExprKind::Call(call) => calls.push(call.as_ref()),
            _ => {}
        });
        for query in queries {
            lock_reads(analysis, query, stage);
        }
        if stage == Stage::Planned {
            lock_called_sequences(analysis, calls);
        }
    }
}

/// `nextval`, `setval` and `currval` take ROW EXCLUSIVE on the sequence (`init_sequence`).
fn lock_called_sequences<'c>(analysis: &mut Analysis<'_>, calls: impl IntoIterator<Item = &'c FunctionCall>) {
    for call in calls {
        if !matches!(call.name.name.name.as_str(), "nextval" | "setval" | "currval") {
            continue;
        }
        let mut argument = call.arguments.first();
        while let Some(Expr { kind: ExprKind::Cast(inner, _), .. }) = argument {
            argument = Some(inner);
        }
        let Some(Expr { kind: ExprKind::Literal(Literal::String(text)), span }) = argument else {
            continue;
        };
        let ident = |text: &str| {
            let folded = match text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
                Some(quoted) => Name::from(quoted.replace("\"\"", "\"")),
                None => Name::from(text.to_lowercase()),
            };
            Ident { name: folded, span: *span }
        };
        let name = match text.rsplit_once('.') {
            Some((schema, name)) => ObjectName { schema: Some(ident(schema)), name: ident(name) },
            None => ObjectName { schema: None, name: ident(text) },
        };
        if let Some(sequence) = analysis.resolve(&name) {
            analysis.lock(sequence, LockMode::RowExclusive, *span);
        }
    }
}

/// A relation that a query reads.
fn read(analysis: &mut Analysis<'_>, relation: &RelationUse, lock: LockMode, stage: Stage) {
    let focus = relation.name.span();
    let Some(found) = analysis.resolve(&relation.name) else {
        let schema = relation.name.schema.as_ref().map(|schema| schema.name.as_str());
        // The server's own catalogs are not in ours.
        let system = matches!(schema, Some("pg_catalog" | "information_schema" | "pg_toast"))
            || (schema.is_none() && relation.name.name.name.starts_with("pg_"));
        if !system && analysis.context.settings.from_empty {
            let object = smol_str::format_smolstr!("{}", relation.name);
            analysis.fail(focus, FailReason::Missing, "42P01", object);
        }
        return;
    };
    let access = Access { lock, result: false, only: relation.only, stage };
    access.lock(analysis, found, focus);
}

/// One way to use a relation.
#[derive(Clone, Copy)]
struct Access {
    lock: LockMode,
    /// Its rows are written.
    result: bool,
    only: bool,
    stage: Stage,
}

impl Access {
    fn lock(self, analysis: &mut Analysis<'_>, relation: &Relation, focus: Span) {
        self.lock_filtered(analysis, relation, focus, None);
    }

    /// Locks a relation and, where the statement is planned, what planning opens.
    fn lock_filtered(self, analysis: &mut Analysis<'_>, relation: &Relation, focus: Span, filter: Option<&Expr>) {
        let catalog = analysis.catalog();
        let mut seen = BTreeSet::from([relation.id]);
        let mut pending = vec![relation.id];
        while let Some(relation) = pending.pop().and_then(|id| catalog.relation(id)) {
            analysis.lock(relation, self.lock, focus);
            if self.stage == Stage::Parsed {
                continue;
            }
            match &relation.body {
                RelationBody::View(view) if !view.materialized => {
                    pending.extend(view.reads.iter().copied().filter(|read| seen.insert(*read)));
                }
                RelationBody::Table(table) => {
                    self.lock_indexes(analysis, relation, focus);
                    if !self.only {
                        // From 12 on partitions that the condition rules out are not even locked.
                        let children = match filter.filter(|_| analysis.version() >= Version(12)) {
                            Some(filter) if table.is_partitioned() => {
                                bounds::partitions_left(catalog, relation, table, filter)
                            }
                            _ => catalog.partitions_of(relation.id).collect(),
                        };
                        let children = children.into_iter().chain(catalog.children_of(relation.id));
                        pending.extend(children.map(|child| child.id).filter(|child| seen.insert(*child)));
                    }
                }
                RelationBody::View(_) => self.lock_indexes(analysis, relation, focus),
                _ => {}
            }
        }
    }

    fn lock_indexes(self, analysis: &mut Analysis<'_>, relation: &Relation, focus: Span) {
        let version = analysis.version();
        // The indexes of partitioned tables are of interest to planning from 16 on (`get_relation_info`).
        if relation.as_table().is_some_and(Table::is_partitioned) && version < Version(16) {
            return;
        }
        let lock = if version >= Version(12) || self.result { self.lock } else { LockMode::AccessShare };
        for (index, _) in analysis.catalog().indexes_of(relation.id) {
            analysis.lock(index, lock, focus);
        }
    }
}

/// The partitions that inserted rows may go to.
fn written_leaves<'a>(analysis: &Analysis<'a>, relation: &Relation) -> Vec<&'a Relation> {
    if relation.as_table().is_some_and(Table::is_partitioned) {
        analysis.catalog().leaf_partitions(relation.id)
    } else {
        Vec::new()
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

fn write(
    analysis: &mut Analysis<'_>,
    statement: &Statement,
    relation: &Relation,
    focus: Span,
    verb: WriteVerb,
    bound: Bound,
) {
    let commits_each = match statement.guard.as_ref().map(|guard| &guard.kind) {
        Some(GuardKind::Loop { commits, .. }) => *commits,
        _ => false,
    };
    let Bound { bounded, batched } = bound;
    analysis.on(relation, focus, EffectKind::WritesRows { verb, bounded, batched, commits_each });
}

/// Every row stays locked until the transaction ends. `key`: so strongly that foreign keys wait for them, too.
fn wait_for_rows(analysis: &mut Analysis<'_>, relation: &Relation, only: bool, focus: Span, key: bool) {
    let catalog = analysis.catalog();
    let mut tables: Vec<&Relation> = Vec::new();
    if let Some(found) = catalog.relation(relation.id) {
        tables.push(found);
        if !only {
            tables.extend(catalog.descendants(found.id));
        }
    }
    let waits = EffectKind::MakesWait { blocks: Blocks::Writes, through: Through::Rows };
    for table in tables {
        if analysis.subject(table).rows == Rows::None || !analysis.existed(table) {
            continue;
        }
        analysis.on(table, focus, waits.clone());
        if !key {
            continue;
        }
        // A row that goes, or whose key changes: those that reference it cannot be checked, nor can the end of what it references.
        let referencing = catalog.foreign_keys_to(table.id).map(|(referencing, _)| referencing);
        let referenced =
            table.as_table().into_iter().flat_map(Table::foreign_keys).filter_map(|constraint| match constraint.kind {
                crate::catalog::TableConstraintKind::ForeignKey { references, .. } => catalog.relation(references),
                _ => None,
            });
        let others: Vec<&Relation> = referencing.chain(referenced).filter(|other| other.id != table.id).collect();
        for other in others {
            if analysis.existed(other) {
                let through = Through::ForeignKey;
                analysis.on(other, focus, EffectKind::MakesWait { blocks: Blocks::Writes, through });
            }
        }
    }
}

/// Whether an UPDATE assigns a column that a foreign key could reference: one of a unique index over plain columns of all rows.
fn assigns_key(analysis: &Analysis<'_>, relation: &Relation, assigned: &[&Name]) -> bool {
    let mut indexes = analysis.catalog().indexes_of(relation.id);
    indexes.any(|(_, index)| {
        index.unique_columns().is_some_and(|columns| columns.iter().any(|column| assigned.contains(&column)))
    })
}
