//! Whether an UPDATE fills a column in all rows that are there.

use super::bounds;
use crate::analyze::postgres::analysis::Analysis;
use crate::catalog::{Relation, constant_value};
use crate::statement::{Expr, ExprKind, Merge, MergeAction, MergeActionKind, Name, Query, Update};
use smol_str::SmolStr;

/// Whether an UPDATE writes a column in those rows that have none.
pub(super) fn fills_gaps(update: &Update) -> bool {
    let parts = update.filter.as_ref().map(|filter| filter.conjuncts()).unwrap_or_default();
    let assigned = |name: &Name| update.assignments.iter().any(|it| it.column.name == *name);
    // `SET a = 1 WHERE a IS DISTINCT FROM 1`: all that do not have the value yet.
    let differs = |column: &Expr, value: &Expr| {
        let (column, value) = (bounds::column_of(column), constant_value(value));
        value.is_some()
            && update.assignments.iter().any(|it| Some(&it.column.name) == column && constant_value(&it.value) == value)
    };
    let differing = |part: &&Expr| match &part.kind {
        ExprKind::Binary(left, operator, right) if matches!(operator.as_str(), "<>" | "is distinct from") => {
            differs(left, right) || differs(right, left)
        }
        _ => false,
    };
    let lacking = |part: &&Expr| match &part.kind {
        ExprKind::IsNull { operand, negated: false } => bounds::column_of(operand).is_some_and(assigned),
        _ => false,
    };
    // Beside other conditions on values it only spares a second run: these choose the rows.
    let chooses = |part: &&Expr| match &part.kind {
        ExprKind::IsNull { .. } => false,
        ExprKind::Binary(left, operator, right) if operator == "=" => {
            bounds::column_of(left).is_none() || bounds::column_of(right).is_none()
        }
        _ => !differing(part),
    };
    parts.iter().any(|part| lacking(&part))
        || (parts.iter().any(|part| differing(&part)) && !parts.iter().any(|part| chooses(&part)))
}

/// The column that an UPDATE gives one constant wherever it is NULL, and does nothing else, where the same file has added it: made with
/// that default it would need no UPDATE. Else empty.
pub(super) fn defaulted(analysis: &Analysis<'_>, update: &Update, relation: &Relation) -> SmolStr {
    let ([assignment], Some(ExprKind::IsNull { operand, negated: false })) =
        (update.assignments.as_slice(), update.filter.as_deref().map(|filter| &filter.kind))
    else {
        return SmolStr::default();
    };
    let name = &assignment.column.name;
    let column = relation.as_table().and_then(|table| table.column(name));
    let origin = column.and_then(|column| column.origin.or(column.perhaps));
    let here = origin.is_some_and(|origin| origin.at.source == analysis.context.source_id);
    let constant = constant_value(&assignment.value).is_some();
    if here && constant && bounds::column_of(operand) == Some(name) { name.clone() } else { SmolStr::default() }
}

/// Whether an UPDATE takes values from another table for every row that has a partner there: `FROM s WHERE s.id = t.s_id`.
pub(super) fn copies_across(update: &Update) -> bool {
    let Some(parts) = update.filter.as_ref().map(|filter| filter.conjuncts()) else {
        return false;
    };
    let own = update.table.alias.as_ref().map_or(&update.table.name.name.name, |alias| &alias.name);
    let (other, alone) = match (update.from.as_slice(), &update.from_derived) {
        ([from], _) => {
            let alone = matches!(update.with.reads.as_slice(), [read] if read.name == from.name);
            (from.alias.as_ref().map_or(&from.name.name.name, |alias| &alias.name), alone)
        }
        // All that a subquery reads.
        ([], Some(derived)) => (derived, is_unbounded(&update.with)),
        _ => return false,
    };
    let qualifier = |expr: &Expr| match &expr.kind {
        ExprKind::Column(path) => path.iter().rev().nth(1).map(|qualifier| qualifier.name.clone()),
        _ => None,
    };
    // Nothing but the join: any other condition may leave few rows.
    own != other
        && alone
        && update.with.limits.is_empty()
        && parts.iter().all(|part| match &part.kind {
            ExprKind::Binary(left, operator, right) if operator == "=" => {
                let sides = [qualifier(left), qualifier(right)];
                let is = |side: &Option<Name>, name: &Name| side.as_ref() == Some(name);
                let unqualified =
                    |expr: &Expr, side: &Option<Name>| side.is_none() && bounds::column_of(expr).is_some();
                (is(&sides[0], own) && is(&sides[1], other))
                    || (is(&sides[0], other) && is(&sides[1], own))
                    || (is(&sides[0], other) && unqualified(right, &sides[1]))
                    || (is(&sides[1], other) && unqualified(left, &sides[0]))
            }
            _ => false,
        })
}

/// Whether a MERGE fills columns of every row that has a partner in what it reads.
pub(super) fn merges_across(merge: &Merge) -> bool {
    let writes = |action: &MergeAction| !action.narrowed && matches!(action.kind, MergeActionKind::Update(_));
    merge.actions.iter().any(writes) && (merge.source.is_some() || is_unbounded(&merge.with))
}

/// Whether queries read tables, and leave out nothing of them.
fn is_unbounded(query: &Query) -> bool {
    !query.reads.is_empty() && !query.narrowed && query.limits.is_empty() && query.lists.is_empty() && query.understood
}
