//! `INSERT`: which columns get a value, where the rows go, what their defaults run.

use super::foreign_keys::{Rows as Touched, check_referenced, check_references};
use super::locks::{Stage, lock_insert, lock_source, target};
use super::new_label::refuse_new_values;
use super::routing::Inserted;
use super::rows::wait_for_referenced;
use super::{
    Bound, Writing, base_of, bounds, fire, first_repeated, lock_bound_of_partition, nested_writes, replaced, write,
};
use crate::analyze::postgres::analysis::Analysis;
use crate::analyze::postgres::{literal_key, within};
use crate::catalog::{Relation, RelationBody, RelationId, Table};
use crate::effect::{Bounded, EffectKind, FailReason, LockMode, WriteVerb};
use crate::source::Span;
use crate::statement::{Expr, ExprKind, Insert, InsertSource, Literal, Name, Statement};

/// `INSERT`.
pub(in crate::analyze::postgres) fn insert(analysis: &mut Analysis<'_>, statement: &Statement, insert: &Insert) {
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
    if let Some(column) = first_repeated(insert.columns.iter()) {
        analysis.fail(column.span, FailReason::Invalid, "42701", column.name.clone());
        return;
    }
    if insert.columns.is_empty() && insert.source.is_some() {
        analysis.on(relation, focus, EffectKind::InsertsByPosition {});
    }
    if refuse_new_values(analysis, relation, insert) {
        return;
    }
    if replaced(analysis, relation, "insert", focus) {
        lock_insert(analysis, insert, relation, Stage::Parsed);
        lock_source(analysis, insert, Stage::Planned);
        return;
    }
    lock_insert(analysis, insert, relation, Stage::Planned);
    let writes = writes_of_insert(analysis, insert);
    let view = relation;
    let relation = base_of(analysis, relation, "insert");
    if let Some(table) = relation.as_table() {
        for partition in Inserted::of(insert, table).reached(analysis.catalog(), relation, analysis.version()) {
            analysis.lock(partition, LockMode::RowExclusive, focus);
        }
    }
    lock_bound_of_partition(analysis, relation, focus);
    if let Some(table) = relation.as_table() {
        let filled = filled_columns(table, view, insert);
        run_defaults(analysis, table, insert, focus);
        let referenced = check_references(analysis, relation, &filled, focus);
        if writes == Some(Bounded::WholeTable) {
            wait_for_referenced(analysis, &referenced, focus);
        }
        let assigned: Vec<&Name> = insert.on_conflict_set.iter().map(|it| &it.column.name).collect();
        if !assigned.is_empty() {
            check_references(analysis, relation, &assigned, focus);
            check_referenced(analysis, relation, Touched::Updated(&assigned), focus);
        }
    }
    fire(analysis, relation, "insert", None, writes.is_some(), focus);
    if !insert.on_conflict_set.is_empty() {
        let assigned: Vec<&Name> = insert.on_conflict_set.iter().map(|it| &it.column.name).collect();
        fire(analysis, relation, "update", Some(&assigned), writes.is_some(), focus);
    }
    literal_key::insert(analysis, insert, relation);
    bypassed_sequences(analysis, insert, relation);
    if let Some(bounded) = writes {
        let writing = Writing { verb: WriteVerb::Insert, ..inserting(analysis, insert, relation) };
        write(analysis, statement, relation, focus, Bound::at_once(bounded), writing);
    }
    nested_writes(analysis, statement, &insert.with);
    if let Some(InsertSource::Query(query)) = &insert.source {
        nested_writes(analysis, statement, query);
    }
}

/// What an INSERT tells of the rows that it writes, besides how many they are.
fn inserting(analysis: &Analysis<'_>, insert: &Insert, relation: &Relation) -> Writing {
    let mut writing = Writing::of(WriteVerb::Insert);
    let named: Vec<&Name> = insert.columns.iter().map(|column| &column.name).collect();
    let all: Vec<&Name> = relation.as_table().iter().flat_map(|table| &table.columns).map(|it| &it.name).collect();
    let columns = if named.is_empty() { &all } else { &named };
    if let Some(source) = &insert.source {
        writing.remarkable.look_at_source(columns, source);
        match source {
            InsertSource::Values(values) => writing.row_count = values.row_ends.len(),
            InsertSource::Query(query) => {
                // What these migrations have just made takes no time to copy.
                let mut read = query.reads.iter().filter_map(|read| analysis.resolve(&read.name));
                let live = read.find(|read| !analysis.is_new(read));
                writing.source = live.map(Relation::display_name).unwrap_or_default();
            }
        }
    }
    writing
}

/// Constants in columns whose values a sequence makes: it will make the same ones.
fn bypassed_sequences(analysis: &mut Analysis<'_>, insert: &Insert, relation: &Relation) {
    let (Some(table), Some(InsertSource::Values(values))) = (relation.as_table(), &insert.source) else {
        return;
    };
    for (place, column) in insert.columns.iter().enumerate() {
        let numbered = table.column(&column.name).is_some_and(|column| column.sequence.is_some() || column.identity);
        if !numbered {
            continue;
        }
        let number = values.rows().filter_map(|row| row.get(place)).find_map(|value| match &value.kind {
            ExprKind::Literal(Literal::Number(number)) => Some((value.span, number)),
            _ => None,
        });
        // A number below those that sequences give out by default never meets one.
        if let Some((span, number)) = number.filter(|(_, number)| number.parse::<i64>().is_ok_and(|number| number > 0))
        {
            let kind = EffectKind::BypassesSequence { column: column.name.clone(), value: number.clone() };
            analysis.on(relation, span, kind);
        }
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

/// The columns of a table that an INSERT gives a value that may not be NULL, through a view that the server sees through.
fn filled_columns<'t>(table: &'t Table, named: &'t Relation, insert: &'t Insert) -> Vec<&'t Name> {
    let columns_of = |relation: &'t Relation| match &relation.body {
        // Of a view's columns only those are told by their names that are called as in the table.
        RelationBody::View(view) if view.complete => view.outputs.iter().collect(),
        _ => table.columns.iter().map(|column| &column.name).collect::<Vec<&Name>>(),
    };

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
            columns_of(named)
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

/// What the defaults of columns that get no value run; `nextval` takes ROW EXCLUSIVE on the sequence.
fn run_defaults(analysis: &mut Analysis<'_>, table: &Table, insert: &Insert, focus: Span) {
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
    let (mut sequences, mut defaults): (Vec<RelationId>, Vec<&Expr>) = (Vec::new(), Vec::new());
    for (_, column) in drawn {
        sequences.extend(column.sequence);
        defaults.extend(&column.default);
    }
    for default in defaults {
        within::calls_in(analysis, default);
    }
    for sequence in sequences {
        if let Some(sequence) = analysis.catalog().relation(sequence) {
            analysis.lock(sequence, LockMode::RowExclusive, focus);
        }
    }
}
