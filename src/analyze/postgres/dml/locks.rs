//! What parsing and planning a statement lock.
//!
//! The parser locks what a statement names. Planning expands views, opens the partitions and inheritance children that a condition does
//! not rule out, and every index with the mode of its table; before 12, with ACCESS SHARE where the table is not written.

use super::pruning::{Condition, partitions_left};
use super::routing::moved_to;
use crate::analyze::postgres::analysis::Analysis;
use crate::analyze::postgres::within;
use crate::catalog::{Relation, RelationBody, Table, View, constant_value};
use crate::dialect::Version;
use crate::effect::{FailReason, LockMode};
use crate::source::Span;
use crate::statement::{
    Command, ConflictTarget, Delete, Expr, ExprKind, FunctionCall, Ident, Insert, InsertSource, Literal, Merge, Name,
    ObjectName, Query, RelationUse, Update,
};
use std::collections::{BTreeSet, VecDeque};

/// How far the server goes with a statement.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// It is parsed: what it names is locked.
    Parsed,
    /// It is planned as well: views are expanded, children and indexes opened.
    Planned,
}

/// What parsing a statement locks: for `PREPARE`, rules, and functions in SQL.
pub(in crate::analyze::postgres) fn lock_parsed(analysis: &mut Analysis<'_>, command: &Command) {
    lock_command(analysis, command, Stage::Parsed);
}

/// What a query locks; `planned`: it runs, or is about to.
pub(in crate::analyze::postgres) fn lock_query(analysis: &mut Analysis<'_>, query: &Query, planned: bool) {
    lock_reads(analysis, query, if planned { Stage::Planned } else { Stage::Parsed });
}

/// What running the query of a materialized view locks.
pub(in crate::analyze::postgres) fn lock_view_bases(analysis: &mut Analysis<'_>, view: &View, focus: Span) {
    let access = Access { lock: LockMode::AccessShare, result: false, only: false, stage: Stage::Planned };
    for read in &view.reads {
        if let Some(relation) = analysis.catalog().relation(*read) {
            access.lock(analysis, relation, focus);
        }
    }
}

pub(super) fn lock_command(analysis: &mut Analysis<'_>, command: &Command, stage: Stage) {
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
        Command::CreateTable(create) => {
            if let Some(query) = &create.query {
                lock_reads(analysis, query, stage);
            }
        }
        Command::CreateView(create) => lock_reads(analysis, &create.query, stage),
        _ => {}
    }
}

pub(super) fn target<'a>(analysis: &mut Analysis<'a>, table: &RelationUse) -> Option<&'a Relation> {
    let relation = analysis.named(&table.name)?;
    let fits = match &relation.body {
        RelationBody::Table(_) | RelationBody::Unknown => true,
        RelationBody::View(view) => !view.materialized,
        _ => false,
    };
    analysis.require_kind(relation, table.name.span(), fits).then_some(relation)
}

pub(super) fn lock_insert(analysis: &mut Analysis<'_>, insert: &Insert, relation: &Relation, stage: Stage) {
    let focus = insert.table.name.span();
    // Planning does not open the indexes of what is only inserted into, but for `infer_arbiter_indexes`.
    let access = Access { lock: LockMode::RowExclusive, result: true, only: true, stage: Stage::Parsed };
    access.lock(analysis, relation, focus);
    if stage == Stage::Planned {
        let mut seen = BTreeSet::from([relation.id]);
        let mut pending = vec![relation.id];
        while let Some(base) = pending.pop().and_then(|id| analysis.catalog().relation(id)) {
            access.lock(analysis, base, focus);
            let replaced = within::is_replaced(analysis, base, "insert");
            if let Some(view) = base.as_view().filter(|view| !view.materialized && !replaced) {
                pending.extend(view.reads.iter().copied().filter(|read| seen.insert(*read)));
            }
        }
    }
    if let Some(target) = insert.conflict_target.as_ref().filter(|_| stage == Stage::Planned) {
        for (index, body) in analysis.catalog().indexes_of(relation.id) {
            let meant = match target.as_ref() {
                ConflictTarget::Columns => true,
                ConflictTarget::Constraint(name) => body.constraint.as_ref() == Some(&name.name),
            };
            if meant {
                analysis.lock(index, LockMode::RowExclusive, focus);
            }
        }
    }
    lock_source(analysis, insert, stage);
}

/// What the rows of an INSERT are made from.
pub(super) fn lock_source(analysis: &mut Analysis<'_>, insert: &Insert, stage: Stage) {
    lock_reads(analysis, &insert.with, stage);
    match &insert.source {
        Some(InsertSource::Query(query)) => lock_reads(analysis, query, stage),
        Some(InsertSource::Values(values)) => lock_in_exprs(analysis, &values.cells, stage),
        None => {}
    }
}

/// An UPDATE or DELETE in whose place rules or triggers do something: a view's query still finds the rows.
pub(super) fn lock_replaced(analysis: &mut Analysis<'_>, relation: &Relation, with: &Query, focus: Span) {
    let access = Access { lock: LockMode::RowExclusive, result: true, only: true, stage: Stage::Parsed };
    access.lock(analysis, relation, focus);
    if let Some(view) = relation.as_view() {
        lock_view_bases(analysis, view, focus);
    }
    lock_reads(analysis, with, Stage::Planned);
}

pub(super) fn lock_update(analysis: &mut Analysis<'_>, update: &Update, relation: &Relation, stage: Stage) {
    let access = Access { lock: LockMode::RowExclusive, result: true, only: update.table.only, stage };
    let alone = update.from.is_empty() && update.with.reads.is_empty();
    let filter = update.filter.as_ref().map(|filter| written_condition(&update.table, alone, filter));
    access.lock_filtered(analysis, relation, update.table.name.span(), filter);
    // A row whose partition key changes goes to another partition.
    if stage == Stage::Planned && moves_rows(relation, update) {
        let assigned = |column: &str| {
            let assignment = update.assignments.iter().find(|it| it.column.name == *column)?;
            constant_value(&assignment.value)
        };
        for leaf in moved_to(analysis.catalog(), relation, &assigned, analysis.version()) {
            analysis.lock(leaf, LockMode::RowExclusive, update.table.name.span());
        }
    }
    lock_uses(analysis, &update.from, stage);
    lock_reads(analysis, &update.with, stage);
    lock_in_exprs(
        analysis,
        update.filter.as_deref().into_iter().chain(update.assignments.iter().map(|it| &it.value)),
        stage,
    );
}

/// What an UPDATE's or DELETE's condition says of the table that it writes.
fn written_condition<'e>(table: &'e RelationUse, alone: bool, filter: &'e Expr) -> Condition<'e> {
    Condition { filter, known_as: (!alone).then(|| called(table)) }
}

fn moves_rows(relation: &Relation, update: &Update) -> bool {
    let key = relation.as_table().and_then(|table| table.partition_by.as_ref());
    let mut columns = key.into_iter().flat_map(|by| &by.key).flat_map(Expr::columns);
    columns.any(|column| update.assignments.iter().any(|it| it.column.name == column.name))
}

pub(super) fn lock_delete(analysis: &mut Analysis<'_>, delete: &Delete, relation: &Relation, stage: Stage) {
    let access = Access { lock: LockMode::RowExclusive, result: true, only: delete.table.only, stage };
    let alone = delete.using.is_empty() && delete.with.reads.is_empty();
    let filter = delete.filter.as_ref().map(|filter| written_condition(&delete.table, alone, filter));
    access.lock_filtered(analysis, relation, delete.table.name.span(), filter);
    lock_uses(analysis, &delete.using, stage);
    lock_reads(analysis, &delete.with, stage);
    lock_in_exprs(analysis, delete.filter.as_deref(), stage);
}

pub(super) fn lock_merge(analysis: &mut Analysis<'_>, merge: &Merge, relation: &Relation, stage: Stage) {
    let access = Access { lock: LockMode::RowExclusive, result: true, only: merge.table.only, stage };
    access.lock(analysis, relation, merge.table.name.span());
    lock_uses(analysis, merge.source.as_slice(), stage);
    lock_reads(analysis, &merge.with, stage);
}

fn lock_uses(analysis: &mut Analysis<'_>, uses: &[RelationUse], stage: Stage) {
    for relation in uses {
        read(analysis, relation, LockMode::AccessShare, stage, None);
    }
}

/// What a query's condition says of one of the relations that it reads.
fn condition_on<'e>(query: &'e Query, relation: &'e RelationUse, filter: &'e Expr) -> Option<Condition<'e>> {
    if query.reads.len() == 1 {
        return Some(Condition { filter, known_as: None });
    }
    let known_as = called(relation);
    // The same name elsewhere, as within a subquery, leaves it open which one a column is of.
    let only = query.reads.iter().filter(|other| called(other) == known_as).count() == 1;
    only.then_some(Condition { filter, known_as: Some(known_as) })
}

fn called(relation: &RelationUse) -> &Name {
    &relation.alias.as_ref().unwrap_or(&relation.name.name).name
}

fn lock_reads(analysis: &mut Analysis<'_>, query: &Query, stage: Stage) {
    for relation in &query.reads {
        let filter = query.filter.as_ref().filter(|_| query.terms.is_empty());
        let filter = filter.and_then(|filter| condition_on(query, relation, filter));
        let lock = if locks_rows(query, relation) { LockMode::RowShare } else { LockMode::AccessShare };
        read(analysis, relation, lock, stage, filter);
    }
    if stage == Stage::Planned {
        lock_called_sequences(analysis, &query.calls);
        if within::may_have_rows(analysis, query) {
            within::calls(analysis, &query.calls);
        }
    }
    // Data-modifying CTEs are told by `nested_writes`; what they lock when nothing runs is told here.
    if stage == Stage::Parsed {
        for write in &query.writes {
            lock_command(analysis, &write.command, stage);
        }
    }
}

/// Whether `FOR UPDATE` and its like lock rows of a relation that a query reads: those of its FROM, also within subqueries there, but not
/// of subqueries within expressions.
pub(super) fn locks_rows(query: &Query, relation: &RelationUse) -> bool {
    if query.row_lock.is_none() {
        return false;
    }
    if !query.row_lock_of.is_empty() {
        return query.row_lock_of.contains(called(relation));
    }
    let mut within = false;
    for expr in query.select_list.iter().chain(query.filter.as_deref()) {
        expr.walk(&mut |part| {
            if let ExprKind::Subquery(inner) = &part.kind {
                within |= inner.span.contains(relation.name.span());
            }
        });
    }
    !within
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
            lock_called_sequences(analysis, calls.iter().copied());
            within::calls(analysis, calls);
        }
    }
}

/// `nextval`, `setval` and `currval` take ROW EXCLUSIVE on the sequence (`init_sequence`).
fn lock_called_sequences<'c>(analysis: &mut Analysis<'_>, calls: impl IntoIterator<Item = &'c FunctionCall>) {
    if !analysis.executes {
        return;
    }
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
            Some((schema, name)) => ObjectName { schema: Some(Box::new(ident(schema))), name: ident(name) },
            None => ObjectName { schema: None, name: ident(text) },
        };
        if let Some(sequence) = analysis.resolve(&name) {
            analysis.lock(sequence, LockMode::RowExclusive, *span);
        }
    }
}

/// A relation that a query reads.
fn read(
    analysis: &mut Analysis<'_>,
    relation: &RelationUse,
    lock: LockMode,
    stage: Stage,
    filter: Option<Condition<'_>>,
) {
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
    access.lock_filtered(analysis, found, focus, filter);
}

/// One way to use a relation.
#[derive(Clone, Copy)]
pub(super) struct Access {
    pub(super) lock: LockMode,
    /// Its rows are written.
    pub(super) result: bool,
    pub(super) only: bool,
    pub(super) stage: Stage,
}

impl Access {
    pub(super) fn lock(self, analysis: &mut Analysis<'_>, relation: &Relation, focus: Span) {
        self.lock_filtered(analysis, relation, focus, None);
    }

    /// Locks a relation and, where the statement is planned, what planning opens.
    fn lock_filtered(
        self,
        analysis: &mut Analysis<'_>,
        relation: &Relation,
        focus: Span,
        filter: Option<Condition<'_>>,
    ) {
        let catalog = analysis.catalog();
        let mut seen = BTreeSet::from([relation.id]);
        let mut pending = VecDeque::from([relation.id]);
        while let Some(relation) = pending.pop_front().and_then(|id| catalog.relation(id)) {
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
                            Some(condition) if table.is_partitioned() => {
                                partitions_left(catalog, relation, table, condition, analysis.version())
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
        if relation.as_table().is_some_and(Table::is_partitioned) && version < Version(16) && !self.only {
            return;
        }
        let lock = if version >= Version(12) || self.result { self.lock } else { LockMode::AccessShare };
        for (index, _) in analysis.catalog().indexes_of(relation.id) {
            analysis.lock(index, lock, focus);
        }
    }
}
