//! Whether an UPDATE fills a column in all rows that are there.

use super::bounds;
use crate::statement::{Expr, ExprKind, Name, Update};

/// Whether an UPDATE writes a column in those rows that have none.
pub(super) fn fills_gaps(update: &Update) -> bool {
    let parts = match update.filter.as_deref() {
        Some(Expr { kind: ExprKind::And(parts), .. }) => parts.as_slice(),
        Some(filter) => std::slice::from_ref(filter),
        None => &[],
    };
    let assigned = |name: &Name| update.assignments.iter().any(|it| it.column.name == *name);
    parts.iter().any(|part| match &part.kind {
        ExprKind::IsNull { operand, negated: false } => match &operand.kind {
            ExprKind::Column(path) => path.last().is_some_and(|column| assigned(&column.name)),
            _ => false,
        },
        _ => false,
    })
}

/// Whether an UPDATE takes values from another table for every row that has a partner there: `FROM s WHERE s.id = t.s_id`.
pub(super) fn copies_across(update: &Update) -> bool {
    let parts = match update.filter.as_deref() {
        Some(Expr { kind: ExprKind::And(parts), .. }) => parts.as_slice(),
        Some(filter) => std::slice::from_ref(filter),
        None => return false,
    };
    let [from] = update.from.as_slice() else {
        return false;
    };
    let own = update.table.alias.as_ref().map_or(&update.table.name.name.name, |alias| &alias.name);
    let other = from.alias.as_ref().map_or(&from.name.name.name, |alias| &alias.name);
    let qualifier = |expr: &Expr| match &expr.kind {
        ExprKind::Column(path) => path.iter().rev().nth(1).map(|qualifier| qualifier.name.clone()),
        _ => None,
    };
    // Nothing but the join: any other condition may leave few rows.
    own != other
        && matches!(update.with.reads.as_slice(), [read] if read.name == from.name)
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
