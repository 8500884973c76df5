//! Conditions that compare with NULL: the outcome is unknown, never true (manual, "Comparison Functions and Operators").

use super::analysis::Analysis;
use crate::effect::EffectKind;
use crate::source::Span;
use crate::statement::{AlterActionKind, Command, Constraint, ConstraintKind, Expr, ExprKind, InsertSource, Statement};

/// Tells of comparisons with NULL in the conditions of a statement.
pub(super) fn compared(analysis: &mut Analysis<'_>, statement: &Statement) {
    let cause = analysis.cause;
    let mut conditions: Vec<(Span, &Expr)> = Vec::new();
    let check = |constraint| match constraint {
        &Constraint { kind: ConstraintKind::Check(ref expr), .. } => Some(expr),
        _ => None,
    };
    match &statement.command {
        Command::Update(update) => conditions.extend(update.filter.as_deref().map(|filter| (cause, filter))),
        Command::Delete(delete) => conditions.extend(delete.filter.as_deref().map(|filter| (cause, filter))),
        Command::CreateView(create) => conditions.extend(create.query.filter.as_deref().map(|filter| (cause, filter))),
        Command::Insert(insert) => {
            if let Some(InsertSource::Query(query)) = &insert.source {
                conditions.extend(query.filter.as_deref().map(|filter| (cause, filter)));
            }
        }
        Command::CreateIndex(create) => conditions.extend(create.predicate.iter().map(|filter| (cause, filter))),
        Command::Policy(policy) => {
            conditions.extend(policy.using.iter().chain(&policy.with_check).map(|filter| (cause, filter)));
        }
        Command::CreateTable(create) => {
            let columns = create.columns.iter().flat_map(|column| &column.constraints);
            conditions.extend(columns.chain(&create.constraints).filter_map(check).map(|filter| (cause, filter)));
        }
        Command::AlterRelation(alter) => {
            let several = alter.actions.len() > 1;
            for action in &alter.actions {
                let at = if several { action.span } else { cause };
                match &action.kind {
                    AlterActionKind::AddConstraint(constraint) => {
                        conditions.extend(check(constraint).map(|filter| (at, filter)));
                    }
                    AlterActionKind::AddColumn { column, .. } => {
                        conditions.extend(column.constraints.iter().filter_map(check).map(|filter| (at, filter)));
                    }
                    _ => {}
                }
            }
        }
        _ => {}
    }
    for (at, condition) in conditions {
        let mut found = Vec::new();
        condition.walk(&mut |part| {
            if is_unknown(part) {
                found.push(part.span);
            }
        });
        analysis.cause = at;
        for span in found {
            let comparison = analysis.text(span).split_whitespace().collect::<Vec<_>>().join(" ").into();
            analysis.add(span, EffectKind::ComparesWithNull { comparison });
        }
        analysis.cause = cause;
    }
}

/// `x = NULL`, `x NOT IN (1, NULL)`.
fn is_unknown(expr: &Expr) -> bool {
    let is_null = |expr: &Expr| match &expr.kind {
        ExprKind::Null => true,
        ExprKind::Cast(inner, _) => matches!(inner.kind, ExprKind::Null),
        _ => false,
    };
    match &expr.kind {
        ExprKind::Binary(left, operator, right) => {
            matches!(operator.as_str(), "=" | "<>" | "<" | ">" | "<=" | ">=") && (is_null(left) || is_null(right))
        }
        ExprKind::InList { list, negated, .. } => {
            if *negated {
                list.iter().any(is_null)
            } else {
                list.iter().all(is_null)
            }
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::analyze::postgres::testing::effects;

    #[test]
    fn comparisons_with_null() {
        let told = |filter: &str| {
            let sql = format!("UPDATE t SET a = 1 WHERE {filter}");
            effects(15, "CREATE TABLE t (id int PRIMARY KEY, a int);", &sql, "compares-with-null").len()
        };
        assert_eq!(["a = NULL", "a <> NULL AND id > 1", "a NOT IN (1, NULL)", "a = NULL::int"].map(told), [1, 1, 1, 1]);
        assert_eq!(["a IS NULL", "a IS DISTINCT FROM NULL", "a IN (1, NULL)", "a = 1"].map(told), [0, 0, 0, 0]);
    }
}
