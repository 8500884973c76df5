//! Conditions that every row fulfils whose columns are known to hold a value, or NULL.

use crate::catalog::{Column, Table};
use crate::source::SourceId;
use crate::statement::{Expr, ExprKind, Literal};

/// What a condition, or a part of one, gives for every row that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Null,
    Boolean(bool),
    Number(i64),
    /// Some value, and not NULL.
    Value,
    Unknown,
}

/// Whether a CHECK that the file of `source` adds or validates cannot fail on a row that is there already: by which columns are NULL in all
/// of them, and which in none. (A CHECK accepts NULL as well as true.)
pub(super) fn holds(table: &Table, condition: &Expr, source: SourceId) -> bool {
    let column = |column: &Column| {
        let filled = column.not_null || column.backfilled || column.released == Some(source);
        // Rows that came behind it are the programs', unless they do not know it yet.
        let new = column.origin.is_some_and(|origin| origin.at.source == source);
        match (column.unwritten && new, filled) {
            (true, _) => Outcome::Null,
            (false, true) => Outcome::Value,
            (false, false) => Outcome::Unknown,
        }
    };
    let known = |name: &str| table.column(name).map_or(Outcome::Unknown, column);
    matches!(outcome(condition, &known, DEPTH), Outcome::Boolean(true) | Outcome::Null)
}

/// How deep conditions are looked into. Those that people write are less deep.
const DEPTH: u8 = 32;

fn outcome(expr: &Expr, column: &dyn Fn(&str) -> Outcome, depth: u8) -> Outcome {
    let Some(depth) = depth.checked_sub(1) else {
        return Outcome::Unknown;
    };
    let of = |expr: &Expr| outcome(expr, column, depth);
    match &expr.kind {
        ExprKind::Null => Outcome::Null,
        ExprKind::Literal(Literal::Boolean(value)) => Outcome::Boolean(*value),
        ExprKind::Literal(Literal::Number(text)) => text.parse().map_or(Outcome::Value, Outcome::Number),
        ExprKind::Literal(_) => Outcome::Value,
        ExprKind::Column(path) => path.last().map_or(Outcome::Unknown, |name| column(&name.name)),
        ExprKind::Cast(inner, ty) => match of(inner) {
            Outcome::Boolean(value) if ty.name == "int4" => Outcome::Number(value.into()),
            Outcome::Null => Outcome::Null,
            _ => Outcome::Unknown,
        },
        ExprKind::Not(inner) => match of(inner) {
            Outcome::Boolean(value) => Outcome::Boolean(!value),
            Outcome::Null => Outcome::Null,
            _ => Outcome::Unknown,
        },
        ExprKind::IsNull { operand, negated } => match of(operand) {
            Outcome::Unknown => Outcome::Unknown,
            found => Outcome::Boolean((found == Outcome::Null) != *negated),
        },
        ExprKind::And(parts) => joined(parts.iter().map(of), false),
        ExprKind::Or(parts) => joined(parts.iter().map(of), true),
        ExprKind::Binary(left, operator, right) => combined(of(left), operator, of(right)),
        ExprKind::Call(call) if matches!(call.name.name.name.as_str(), "num_nonnulls" | "num_nulls") => {
            let counted = |found: Outcome| match found {
                Outcome::Unknown => None,
                found => Some(i64::from((found == Outcome::Null) == (call.name.name.name == "num_nulls"))),
            };
            call.arguments
                .iter()
                .map(|it| counted(of(it)))
                .sum::<Option<i64>>()
                .map_or(Outcome::Unknown, Outcome::Number)
        }
        _ => Outcome::Unknown,
    }
}

/// AND, which one false decides, or OR, which one true decides.
fn joined(parts: impl Iterator<Item = Outcome>, decisive: bool) -> Outcome {
    let mut all = Outcome::Boolean(!decisive);
    for part in parts {
        all = match (all, part) {
            (_, Outcome::Boolean(value)) if value == decisive => return part,
            (_, Outcome::Boolean(_)) => all,
            (Outcome::Unknown, _) => Outcome::Unknown,
            (_, Outcome::Null) => Outcome::Null,
            _ => Outcome::Unknown,
        };
    }
    all
}

fn combined(left: Outcome, operator: &str, right: Outcome) -> Outcome {
    match (left, right) {
        (Outcome::Number(left), Outcome::Number(right)) => match operator {
            "+" => left.checked_add(right).map_or(Outcome::Unknown, Outcome::Number),
            "-" => left.checked_sub(right).map_or(Outcome::Unknown, Outcome::Number),
            "=" => Outcome::Boolean(left == right),
            "<>" => Outcome::Boolean(left != right),
            "<" => Outcome::Boolean(left < right),
            "<=" => Outcome::Boolean(left <= right),
            ">" => Outcome::Boolean(left > right),
            ">=" => Outcome::Boolean(left >= right),
            _ => Outcome::Unknown,
        },
        (Outcome::Boolean(left), Outcome::Boolean(right)) => match operator {
            "=" => Outcome::Boolean(left == right),
            "<>" => Outcome::Boolean(left != right),
            _ => Outcome::Unknown,
        },
        // The comparisons give NULL for NULL; of other operators nobody knows.
        (Outcome::Null, _) | (_, Outcome::Null) if ["=", "<>", "<", "<=", ">", ">="].contains(&operator) => {
            Outcome::Null
        }
        _ => Outcome::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use crate::analyze::postgres::testing::effects;

    /// Whether the CHECK can fail for all that is known.
    fn may_fail(before: &str, check: &str) -> bool {
        let given = "CREATE TABLE t (id int PRIMARY KEY, a text NOT NULL, b text);";
        let sql = format!("{before}; ALTER TABLE t ADD CONSTRAINT k CHECK ({check})");
        let found = effects(15, given, &sql, "may-fail");
        assert_eq!(found.len(), 1, "{found:?}");
        !found.iter().all(|line| line.contains("backfilled"))
    }

    #[test]
    fn columns_of_which_is_known_whether_they_are_null() {
        let new = "ALTER TABLE t ALTER a DROP NOT NULL; ALTER TABLE t ADD c text";
        for holds in [
            "(a IS NOT NULL)::int + (c IS NOT NULL)::int = 1",
            "num_nonnulls(a, c) = 1",
            "num_nulls(a, c) < 2",
            "(a IS NULL) <> (c IS NULL)",
            "c > 'x'",
            "NOT (c IS NOT NULL AND b IS NULL)",
            "b IS NULL OR c IS NULL",
        ] {
            assert!(!may_fail(new, holds), "{holds}");
        }
        for fails in ["a <> ''", "b IS NOT NULL", "num_nonnulls(a, b) = 1", "c IS NOT NULL", "num_nonnulls(a, c) = 2"] {
            assert!(may_fail(new, fails), "{fails}");
        }
    }

    #[test]
    fn what_is_written_meanwhile_counts() {
        let check = "(a IS NOT NULL)::int + (c IS NOT NULL)::int = 1";
        let new = "ALTER TABLE t ALTER a DROP NOT NULL; ALTER TABLE t ADD c text";
        assert!(may_fail(&format!("{new}; UPDATE t SET c = 'x' WHERE id = 1"), check));
        assert!(may_fail(&format!("{new}; UPDATE t SET a = NULL WHERE id = 1"), check));
        assert!(may_fail(&format!("{new}; INSERT INTO t (id) VALUES (1)"), check));
    }

    #[test]
    fn nulls_that_were_filled() {
        assert!(!may_fail("UPDATE t SET b = '' WHERE b IS NULL", "b IS NOT NULL"));
        assert!(may_fail("UPDATE t SET b = '' WHERE id = 1", "b IS NOT NULL"));
    }
}
