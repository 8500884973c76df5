//! How many rows a condition lets through, as far as its text tells.

use crate::analyze::postgres::analysis::Analysis;
use crate::catalog::{Catalog, Column, Relation, Table, constant_value};
use crate::effect::Bounded;
use crate::statement::{
    Delete, Expr, ExprKind, GuardKind, Literal, Name, PartitionBoundKind, Query, Statement, Update,
};
use std::cmp::Ordering;
use std::collections::BTreeSet;

/// What bounds the rows that a statement writes.
#[derive(Clone, Copy)]
pub(super) struct Bound {
    pub(super) bounded: Bounded,
    /// In batches.
    pub(super) batched: bool,
    /// The query that picks the rows of a batch has an ORDER BY.
    pub(super) ordered: bool,
    /// It locks them and passes over those that are locked.
    pub(super) skip_locked: bool,
    /// Its LIMIT; 0 where it is not known.
    pub(super) size: usize,
}

impl Bound {
    /// All at once.
    pub(super) fn at_once(bounded: Bounded) -> Self {
        Self { bounded, batched: false, ordered: false, skip_locked: false, size: 0 }
    }
}

/// The bound of an UPDATE; `None` where it writes no row, for certain.
pub(super) fn of_update(
    analysis: &Analysis<'_>,
    statement: &Statement,
    update: &Update,
    relation: &Relation,
) -> Option<Bound> {
    of(analysis, statement, update.filter.as_deref(), update.current_of, &update.with, relation)
}

/// The bound of a DELETE; `None` where it writes no row, for certain.
pub(super) fn of_delete(
    analysis: &Analysis<'_>,
    statement: &Statement,
    delete: &Delete,
    relation: &Relation,
) -> Option<Bound> {
    of(analysis, statement, delete.filter.as_deref(), delete.current_of, &delete.with, relation)
}

fn of(
    analysis: &Analysis<'_>,
    statement: &Statement,
    filter: Option<&Expr>,
    current_of: bool,
    with: &Query,
    relation: &Relation,
) -> Option<Bound> {
    if current_of {
        return Some(Bound::at_once(Bounded::Key));
    }
    let Some(filter) = filter else {
        // A view may have a condition of its own.
        let narrowed = relation.as_view().is_some_and(|view| view.narrowed || !view.complete);
        let bounded = if narrowed { Bounded::Range } else { Bounded::WholeTable };
        return Some(Bound::at_once(bounded));
    };
    let bounded = of_filter(analysis, filter, Some(relation))?;
    let in_loop = matches!(statement.guard.as_ref().map(|guard| &guard.kind), Some(GuardKind::Loop { .. }));
    // A query with LIMIT names the rows, or the loop goes on from where it was.
    let picking = with.limits.iter().find(|limit| limit.reads);
    let many = matches!(bounded, Bounded::Value | Bounded::Range);
    let by_hand = is_key_range(analysis.catalog(), filter, relation);
    Some(Bound {
        bounded,
        batched: many && (in_loop || picking.is_some() || by_hand),
        ordered: picking.is_some_and(|limit| limit.ordered),
        skip_locked: picking.is_some_and(|limit| limit.skip_locked),
        size: picking.and_then(|limit| limit.count).map_or(0, |count| usize::try_from(count).unwrap_or(usize::MAX)),
    })
}

/// What a condition bounds; `None` where it is never true.
pub(super) fn of_filter(analysis: &Analysis<'_>, filter: &Expr, relation: Option<&Relation>) -> Option<Bounded> {
    // No row that is older than the column has a value in it.
    let session = analysis.context.session;
    let is_here = |column: &Column| {
        let added = column.origin.filter(|origin| Some(*origin) != relation.and_then(|relation| relation.origin));
        added.is_some_and(|origin| {
            origin.transaction == session.transaction_serial || origin.deployment == session.deployment
        })
    };
    let is_fresh = |column: &Column| is_here(column) && !column.fills_itself() && !column.written;
    let is_filled = |column: &Column| is_here(column) && column.born_filled;
    let table = relation.and_then(Relation::as_table);
    let known = Known { relation, table, is_fresh: &is_fresh, is_filled: &is_filled };
    match truth(filter, &known) {
        Truth::True => return Some(Bounded::WholeTable),
        Truth::False | Truth::Null => return None,
        Truth::Depends => {}
    }
    let by_key = relation.is_some_and(|relation| is_key(analysis.catalog(), filter, relation));
    Some(match by_key {
        true => Bounded::Key,
        false if is_by_value(filter) => Bounded::Value,
        false => Bounded::Range,
    })
}

/// Whether a condition holds for every row, as far as its text tells.
pub(super) fn is_always(analysis: &Analysis<'_>, condition: Option<&Expr>, relation: &Relation) -> bool {
    condition.is_some_and(|condition| of_filter(analysis, condition, Some(relation)) == Some(Bounded::WholeTable))
}

/// Whether a condition names a range of the key with both its ends: one batch, written by hand.
fn is_key_range(catalog: &Catalog, filter: &Expr, relation: &Relation) -> bool {
    let complete = relation.as_table().is_some_and(|table| table.complete);
    let is_key = |expr: &Expr| {
        column_of(expr).is_some_and(|name| {
            let mut indexes = catalog.indexes_of(relation.id);
            (!complete && name == "id")
                || indexes.any(|(_, index)| index.unique_columns().is_some_and(|columns| columns.first() == Some(name)))
        })
    };
    let (mut low, mut high) = (false, false);
    for conjunct in filter.conjuncts() {
        match &conjunct.kind {
            ExprKind::Between { operands, negated: false } if is_key(&operands[0]) => (low, high) = (true, true),
            ExprKind::Binary(left, operator, right) if is_key(left) && right.columns().is_empty() => {
                low |= operator.starts_with('>');
                high |= operator.starts_with('<') && operator != "<>";
            }
            _ => {}
        }
    }
    low && high
}

/// Whether a condition demands that columns equal constants, beside whatever else it demands.
fn is_by_value(filter: &Expr) -> bool {
    let fixed = |value: &Expr| {
        let mut queries = false;
        value.walk(&mut |part| queries |= matches!(part.kind, ExprKind::Subquery(_) | ExprKind::Unknown));
        !queries && value.columns().is_empty() && !is_truth_value(value)
    };
    filter.conjuncts().iter().any(|conjunct| match &conjunct.kind {
        ExprKind::Binary(left, operator, right) if operator == "=" => {
            (column_of(left).is_some() && fixed(right)) || (column_of(right).is_some() && fixed(left))
        }
        ExprKind::InList { operand, list, negated: false } => column_of(operand).is_some() && list.iter().all(fixed),
        _ => false,
    })
}

fn is_truth_value(value: &Expr) -> bool {
    matches!(value.kind, ExprKind::Literal(Literal::Boolean(_)))
}

/// Whether a condition fixes all columns of a unique key.
fn is_key(catalog: &Catalog, filter: &Expr, relation: &Relation) -> bool {
    if let ExprKind::Or(branches) = &filter.kind {
        return branches.iter().all(|branch| {
            // One level is enough: nobody writes deeper alternatives of keys.
            !matches!(branch.kind, ExprKind::Or(_)) && is_key(catalog, branch, relation)
        });
    }
    let mut fixed: Vec<&Name> = Vec::new();
    for conjunct in filter.conjuncts() {
        match &conjunct.kind {
            ExprKind::Binary(left, operator, right) if operator == "=" => {
                for (column, value) in [(left, right), (right, left)] {
                    if let Some(name) = column_of(column)
                        && value.columns().is_empty()
                    {
                        fixed.push(name);
                    }
                }
            }
            ExprKind::InList { operand, list, negated: false } => {
                if let Some(name) = column_of(operand)
                    && list.iter().all(|value| value.columns().is_empty())
                {
                    fixed.push(name);
                }
            }
            _ => {}
        }
    }
    if fixed.iter().any(|name| *name == "ctid") {
        return true;
    }
    let complete = relation.as_table().is_some_and(|table| table.complete);
    // Of a table that was never seen created the keys are not known: `id` is taken for one.
    if !complete && fixed.iter().any(|name| *name == "id") {
        return true;
    }
    catalog.indexes_of(relation.id).any(|(_, index)| {
        let columns = index.unique_columns().unwrap_or_default();
        !columns.is_empty() && columns.iter().all(|column| fixed.contains(&column))
    })
}

/// A column with what qualifies it.
pub(super) fn qualified_column(expr: &Expr) -> Option<(&Name, &Name)> {
    match &expr.kind {
        ExprKind::Column(path) => match path.as_slice() {
            [.., qualifier, column] => Some((&qualifier.name, &column.name)),
            _ => None,
        },
        _ => None,
    }
}

pub(super) fn column_of(expr: &Expr) -> Option<&Name> {
    match &expr.kind {
        ExprKind::Column(path) => path.last().map(|column| &column.name),
        _ => None,
    }
}

/// What is known of a condition without looking at rows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Truth {
    True,
    False,
    Null,
    Depends,
}

impl Truth {
    fn of(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }
}

/// What is known of the table that a condition is about.
struct Known<'k> {
    relation: Option<&'k Relation>,
    table: Option<&'k Table>,
    /// The column holds NULL in every row that others wrote.
    is_fresh: &'k dyn Fn(&Column) -> bool,
    /// The column holds a value in every row, as far as this deployment is concerned.
    is_filled: &'k dyn Fn(&Column) -> bool,
}

/// `id = id` counts as true, although it leaves out NULLs: whoever writes it wants every row. Depth is the parser's bound.
fn truth(expr: &Expr, known: &Known<'_>) -> Truth {
    let column = |expr: &Expr| column_of(expr).and_then(|name| known.table?.column(name));
    let not_null = |expr: &Expr| column(expr).is_some_and(|column| column.not_null || (known.is_filled)(column));
    let fresh = |expr: &Expr| column(expr).is_some_and(known.is_fresh);
    match &expr.kind {
        ExprKind::Literal(Literal::Boolean(value)) => Truth::of(*value),
        ExprKind::Literal(Literal::String(text)) => match text.to_ascii_lowercase().as_str() {
            "t" | "true" | "yes" | "on" | "1" => Truth::True,
            "f" | "false" | "no" | "off" | "0" => Truth::False,
            _ => Truth::Depends,
        },
        ExprKind::Null => Truth::Null,
        ExprKind::Cast(inner, _) => truth(inner, known),
        ExprKind::Not(inner) => match truth(inner, known) {
            Truth::True => Truth::False,
            Truth::False => Truth::True,
            other => other,
        },
        ExprKind::And(parts) => {
            let parts = || parts.iter().map(|part| truth(part, known));
            if parts().any(|part| part == Truth::False) {
                Truth::False
            } else if parts().any(|part| part == Truth::Null) {
                // NULL AND x is NULL or false: no row in either case.
                Truth::Null
            } else if parts().all(|part| part == Truth::True) {
                Truth::True
            } else {
                Truth::Depends
            }
        }
        ExprKind::Or(parts) => {
            let present: BTreeSet<&Name> = parts.iter().filter_map(|part| is_column_with(part, true)).collect();
            let either = parts.iter().filter_map(|part| is_column_with(part, false)).any(|it| present.contains(it));
            let parts = || parts.iter().map(|part| truth(part, known));
            // `a IS NULL OR a IS NOT NULL`
            if either || parts().any(|part| part == Truth::True) {
                Truth::True
            } else if parts().any(|part| part == Truth::Depends) {
                Truth::Depends
            } else if parts().any(|part| part == Truth::Null) {
                Truth::Null
            } else {
                Truth::False
            }
        }
        ExprKind::IsNull { operand, negated } => {
            if is_null(operand) {
                Truth::of(!*negated)
            } else if fresh(operand) && !negated {
                Truth::True
            } else if constant_value(operand).is_some() || not_null(operand) {
                Truth::of(*negated)
            } else {
                Truth::Depends
            }
        }
        ExprKind::Binary(left, operator, right) => {
            if operator == "=" && column_of(left).is_some() && same_column(left, right) {
                return Truth::True;
            }
            let compares = matches!(operator.as_str(), "=" | "<>" | "<" | ">" | "<=" | ">=");
            if compares && (is_null(left) || is_null(right)) {
                return Truth::Null;
            }
            if operator == "in" && is_all_of_it(left, right, known) {
                return Truth::True;
            }
            let (Some(left), Some(right)) = (constant_value(left), constant_value(right)) else {
                return if is_counted_up(left, operator, right, known) { Truth::True } else { Truth::Depends };
            };
            let ordering = match compare(&left, &right) {
                Some(ordering) => ordering,
                None if left == right => Ordering::Equal,
                // Strings: different texts may still be equal as another type, and the collation orders them.
                None => return Truth::Depends,
            };
            match operator.as_str() {
                "=" => Truth::of(ordering.is_eq()),
                "<>" => Truth::of(ordering.is_ne()),
                "<" => Truth::of(ordering.is_lt()),
                ">" => Truth::of(ordering.is_gt()),
                "<=" => Truth::of(ordering.is_le()),
                ">=" => Truth::of(ordering.is_ge()),
                _ => Truth::Depends,
            }
        }
        _ => Truth::Depends,
    }
}

/// `id > 0`, `id >= 1`, where a sequence makes the ids: it begins with 1. Whoever writes it wants every row.
fn is_counted_up(left: &Expr, operator: &str, right: &Expr, known: &Known<'_>) -> bool {
    let (column, operator, bound) = match (column_of(left), column_of(right)) {
        (Some(column), None) => (column, operator, right),
        (None, Some(column)) => match operator {
            "<" => (column, ">", left),
            "<=" => (column, ">=", left),
            _ => return false,
        },
        _ => return false,
    };
    let bound = constant_value(bound).and_then(|bound| bound.parse::<i64>().ok());
    let below = bound.is_some_and(|bound| (operator == ">" && bound <= 0) || (operator == ">=" && bound <= 1));
    let Some(table) = known.table.filter(|_| below) else {
        return false;
    };
    let column = table.column(column);
    let whole =
        column.is_some_and(|it| matches!(it.ty.as_ref().map(|ty| ty.name.as_str()), Some("int2" | "int4" | "int8")));
    let counted = column.is_some_and(|it| it.sequence.is_some() || it.identity);
    let key = || {
        let key = table.primary_key().map(|key| key.kind.columns());
        column.zip(key).is_some_and(|(column, key)| matches!(key, [only] if *only == column.name))
    };
    counted || (whole && key())
}

/// `id IN (SELECT id FROM t)` of the same table: every row that has an id.
fn is_all_of_it(left: &Expr, right: &Expr, known: &Known<'_>) -> bool {
    let ExprKind::Subquery(query) = &right.kind else {
        return false;
    };
    let own = known.relation.is_some_and(|relation| match query.reads.as_slice() {
        [read] => {
            read.name.name.name == relation.name
                && read.name.schema.as_ref().is_none_or(|schema| schema.name == relation.schema)
        }
        _ => false,
    });
    let same = match query.select_list.as_slice() {
        [item] => column_of(left).is_some() && column_of(left) == column_of(item),
        _ => false,
    };
    own && same && query.understood && !query.narrowed && query.limits.is_empty() && query.terms.is_empty()
}

/// The column of `column IS [NOT] NULL`.
fn is_column_with(expr: &Expr, not: bool) -> Option<&Name> {
    match &expr.kind {
        ExprKind::IsNull { operand, negated } if *negated == not => column_of(operand),
        _ => None,
    }
}

pub(super) fn is_null(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Null => true,
        ExprKind::Cast(inner, _) => is_null(inner),
        _ => false,
    }
}

fn same_column(left: &Expr, right: &Expr) -> bool {
    match (&left.kind, &right.kind) {
        (ExprKind::Column(left), ExprKind::Column(right)) => {
            left.iter().map(|ident| &ident.name).eq(right.iter().map(|ident| &ident.name))
        }
        _ => false,
    }
}

/// The order of two constants, where their texts tell: numbers, and ISO dates or times of one length.
pub(super) fn compare(left: &str, right: &str) -> Option<Ordering> {
    if let (Ok(left), Ok(right)) = (left.parse::<i128>(), right.parse::<i128>()) {
        return Some(left.cmp(&right));
    }
    let is_time = |text: &str| {
        text.len() >= 10
            && text.bytes().enumerate().all(|(at, byte)| match at {
                4 | 7 => byte == b'-',
                0..=9 => byte.is_ascii_digit(),
                _ => byte.is_ascii_digit() || matches!(byte, b' ' | b'T' | b':' | b'.'),
            })
    };
    (left.len() == right.len() && is_time(left) && is_time(right)).then(|| left.cmp(right))
}

/// Whether a bound holds a value, where that can be told.
pub(super) fn holds(bound: &PartitionBoundKind, value: &str) -> Option<bool> {
    match bound {
        PartitionBoundKind::Range { from, to } => {
            let end = |exprs: &[Expr], open: &str| match exprs.first() {
                Some(expr) if column_of(expr).is_some_and(|name| name == open) => Some(None),
                Some(expr) => constant_value(expr).map(Some),
                None => None,
            };
            let low = match end(from, "minvalue")? {
                None => true,
                Some(from) => compare(value, &from)?.is_ge(),
            };
            let high = match end(to, "maxvalue")? {
                None => true,
                Some(to) => compare(value, &to)?.is_lt(),
            };
            Some(low && high)
        }
        PartitionBoundKind::List(values) => {
            let values: Option<Vec<Name>> = values
                .iter()
                .map(|expr| if is_null(expr) { Some(Name::default()) } else { constant_value(expr) })
                .collect();
            let values = values?;
            if values.iter().any(|it| it == value) {
                return Some(true);
            }
            // Texts that differ may be the same number.
            let told = value.parse::<i128>().is_ok() || value.bytes().all(|byte| byte.is_ascii_alphabetic());
            told.then_some(false)
        }
        PartitionBoundKind::Default | PartitionBoundKind::Hash { .. } => None,
    }
}
