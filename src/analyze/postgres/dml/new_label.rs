//! Labels that the open transaction has added to an enum: nothing may use them before it commits (manual, "ALTER TYPE").

use crate::analyze::postgres::analysis::Analysis;
use crate::catalog::Relation;
use crate::statement::{Expr, ExprKind, Insert, InsertSource, Name, Query, TypeName};

/// The type of a column of an enum to which the open transaction has added a label.
pub(super) fn enum_column<'a>(analysis: &Analysis<'_>, relation: &'a Relation, column: &str) -> Option<&'a TypeName> {
    let ty = relation.as_table()?.column(column)?.ty.as_ref()?;
    analysis.has_new_value(ty).then_some(ty)
}

/// Fails an INSERT of a label that the open transaction has added to an enum. Returns whether it does.
pub(super) fn refuse_new_values(analysis: &mut Analysis<'_>, relation: &Relation, insert: &Insert) -> bool {
    let cast = match &insert.source {
        Some(InsertSource::Values(values)) => {
            let casts = values.rows().flatten().filter(|cell| matches!(cell.kind, ExprKind::Cast(..)));
            casts.into_iter().any(|cell| analysis.casts_new_value(cell))
        }
        Some(InsertSource::Query(query)) => casts_in_query(analysis, query),
        None => false,
    };
    if cast {
        return true;
    }
    let Some(table) = relation.as_table() else {
        return false;
    };
    let named: Vec<&Name> = if insert.columns.is_empty() {
        table.columns.iter().map(|column| &column.name).collect()
    } else {
        insert.columns.iter().map(|column| &column.name).collect()
    };
    for (position, name) in named.into_iter().enumerate() {
        let Some(ty) = enum_column(analysis, relation, name) else {
            continue;
        };
        let mut values: Vec<&Expr> = Vec::new();
        match &insert.source {
            Some(InsertSource::Values(rows)) => values.extend(rows.rows().filter_map(|row| row.get(position))),
            Some(InsertSource::Query(query)) => values.extend(query.select_list.get(position)),
            None => {}
        }
        if values.into_iter().any(|value| analysis.use_of_new_value(ty, value)) {
            return true;
        }
    }
    false
}

/// The same among the casts of a query's select list and condition.
fn casts_in_query(analysis: &mut Analysis<'_>, query: &Query) -> bool {
    query.select_list.iter().chain(query.filter.as_deref()).any(|expr| analysis.casts_new_value(expr))
}

/// The same for all that a query compares the columns of the one table with that it reads.
pub(in crate::analyze::postgres) fn refuse_new_values_in_query(analysis: &mut Analysis<'_>, query: &Query) -> bool {
    if casts_in_query(analysis, query) {
        return true;
    }
    let table = match query.reads.as_slice() {
        [read] => analysis.resolve(&read.name),
        _ => None,
    };
    match (table, &query.filter) {
        (Some(table), Some(filter)) => analysis.uses_new_value(filter, table),
        _ => false,
    }
}

/// The same among the constants that a condition compares columns with.
pub(super) fn refuse_new_values_compared(analysis: &mut Analysis<'_>, relation: &Relation, filter: &Expr) {
    if analysis.casts_new_value(filter) {
        return;
    }
    let mut compared = Vec::new();
    filter.walk(&mut |part| match &part.kind {
        ExprKind::Binary(left, _, right) => compared.extend([(left.as_ref(), right.as_ref()), (right, left)]),
        ExprKind::InList { operand, list, .. } => compared.extend(list.iter().map(|value| (operand.as_ref(), value))),
        _ => {}
    });
    for (column, value) in compared {
        if let ExprKind::Column(path) = &column.kind
            && let Some(ty) = path.last().and_then(|column| enum_column(analysis, relation, &column.name))
            && analysis.use_of_new_value(ty, value)
        {
            return;
        }
    }
}
