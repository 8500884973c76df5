//! Whether the rows of a table are known to differ in what an index is to keep unique.

use super::column_of;
use crate::analyze::postgres::analysis::Analysis;
use crate::analyze::postgres::proof::Condition;
use crate::catalog::{Distinct, Index, Relation, Told, is_built_in, same_expr};
use crate::statement::{CompoundKind, Expr, ExprKind, IndexKey, Name};

/// Functions of the server that are NULL where an argument is, in whatever overload (`pg_proc.proisstrict`).
const STRICT: [&str; 32] = [
    "abs",
    "ascii",
    "bit_length",
    "btrim",
    "ceil",
    "char_length",
    "date",
    "date_part",
    "date_trunc",
    "extract",
    "floor",
    "initcap",
    "left",
    "length",
    "lower",
    "lpad",
    "ltrim",
    "md5",
    "octet_length",
    "regexp_replace",
    "replace",
    "reverse",
    "right",
    "round",
    "rpad",
    "rtrim",
    "split_part",
    "substr",
    "substring",
    "translate",
    "trim",
    "upper",
];

/// Operators of the server that are NULL where an operand is. `||` is not among them: an array takes NULL for nothing.
const STRICT_OPERATORS: [&str; 13] = ["+", "-", "*", "/", "%", "->", "->>", "=", "<>", "<", ">", "<=", ">="];

/// Deeper expressions are taken to have a value.
const DEEPEST: usize = 64;

/// Whether no two rows can be alike in these keys: an index keeps some of them unique, or did until this transaction dropped it; one is of a
/// column that has just been added, and is NULL still or has values of its own; or an UPDATE has just given it such. `predicate`: of the
/// rows for which it is true.
pub(in crate::analyze::postgres) fn is_unique_already(
    analysis: &Analysis<'_>,
    relation: &Relation,
    keys: &[IndexKey],
    predicate: Option<&Expr>,
) -> bool {
    let table = relation.as_table();
    let column = |name: &Name| table.and_then(|table| table.column(name));
    let now = |name: &Name| column(name).filter(|column| analysis.made_now(column.origin));
    // NULL is a duplicate of nothing.
    let unwritten = |name: &Name| now(name).is_some_and(|column| column.unwritten);
    if keys.iter().any(|key| is_null(&key.expr, &unwritten, 0)) {
        return true;
    }
    let plain: Vec<&Name> = keys.iter().filter_map(column_of).collect();
    // A generated column that is a copy of another is as unique as that one.
    let generated = plain.iter().filter_map(|name| column(name)?.generated.as_ref());
    let copied = generated.filter_map(|generated| match &generated.expr.kind {
        ExprKind::Column(path) => path.last().map(|column| &column.name),
        _ => None,
    });
    let columns: Vec<&Name> = plain.iter().copied().chain(copied).collect();
    let serial = analysis.context.session.transaction_serial;
    let differ = |distinct: &Distinct| {
        let since = distinct.since;
        match distinct.told {
            Told::Cleaned => {
                analysis.made_now(Some(since))
                    && plain.len() == keys.len()
                    && plain.iter().all(|column| distinct.columns.contains(column))
            }
            told => {
                let holds =
                    if told == Told::Unkept { since.transaction == serial } else { analysis.made_now(Some(since)) };
                holds && distinct.columns.iter().all(|column| columns.contains(&column))
            }
        }
    };
    let keeps = |index: &Index| index.unique && covers(index, keys, predicate);
    // Nor is a number a duplicate that a sequence has just given.
    columns.iter().any(|name| now(name).is_some_and(|column| column.own_values))
        || table.is_some_and(|table| {
            table.distinct.iter().any(differ)
                || table.unkept.iter().any(|(index, since)| since.transaction == serial && keeps(index))
        })
        || analysis.catalog().indexes_of(relation.id).any(|(_, index)| {
            let plain = index.unique_columns();
            index.valid
                && (plain.is_some_and(|unique| unique.iter().all(|column| columns.contains(&column))) || keeps(index))
        })
}

/// Whether an index has all of its keys among these, and all the rows for which the predicate is true.
fn covers(index: &Index, keys: &[IndexKey], predicate: Option<&Expr>) -> bool {
    let collation = |key: &IndexKey| key.collation.as_ref().map(|name| name.name.name.clone());
    let same_key = |old: &IndexKey| {
        let same = |new: &IndexKey| same_expr(&new.expr, &old.expr) && collation(new) == collation(old);
        keys.iter().any(same)
    };
    let demands = index.predicate.as_ref().map_or(&[][..], Expr::conjuncts);
    let given = predicate.map_or(&[][..], Expr::conjuncts);
    let met = |demand: &Expr| {
        let wanted = Condition::of(demand);
        given.iter().any(|part| same_expr(part, demand) || Condition::of(part).implies(&wanted))
    };
    index.keys.iter().all(same_key) && demands.iter().all(met)
}

/// Whether an expression is NULL as these columns are.
fn is_null(expr: &Expr, column: &dyn Fn(&Name) -> bool, depth: usize) -> bool {
    let part = |part: &Expr| depth < DEEPEST && is_null(part, column, depth + 1);
    match &expr.kind {
        ExprKind::Null => true,
        ExprKind::Column(path) => path.last().is_some_and(|name| column(&name.name)),
        ExprKind::Cast(inner, ty) => ty.schema.is_none() && is_built_in(&ty.name) && part(inner),
        ExprKind::Compound(CompoundKind::Collate, parts) => parts.first().is_some_and(part),
        ExprKind::Compound(CompoundKind::AtTimeZone, parts) => parts.iter().any(part),
        ExprKind::Call(call) => {
            let schema = call.name.schema.as_ref().map(|schema| schema.name.as_str());
            let known = STRICT.contains(&call.name.name.name.as_str());
            matches!(schema, None | Some("pg_catalog")) && known && call.arguments.iter().any(part)
        }
        ExprKind::Binary(left, operator, right) => {
            STRICT_OPERATORS.contains(&operator.as_str()) && (part(left) || part(right))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::analyze::postgres::testing::effects;

    const TABLE: &str = "CREATE TABLE t (id int PRIMARY KEY, a text, b int);
        CREATE UNIQUE INDEX t_a ON t (b, lower(a)); CREATE UNIQUE INDEX t_b ON t (b) WHERE a IS NULL AND b > 5;
        INSERT INTO t SELECT 1, 'a', 2 FROM pg_class;";

    fn is_unique(before: &str, keys: &str) -> bool {
        let file = format!("BEGIN; {before}; CREATE UNIQUE INDEX i ON t {keys}; COMMIT;");
        let built = effects(15, TABLE, &file, "builds-index fails");
        assert!(matches!(built.as_slice(), [line] if line.starts_with("builds-index")), "{file}: {built:?}");
        effects(15, TABLE, &file, "may-fail").is_empty()
    }

    #[test]
    fn what_is_computed_from_null_is_null() {
        let unique = |keys: &str| is_unique("ALTER TABLE t ADD c text, ADD d timestamptz", keys);
        for keys in [
            "(lower(c))",
            "(b, trim(upper(c)))",
            "((c::int))",
            "((d AT TIME ZONE 'UTC'))",
            "(b, (c::jsonb ->> 'x'))",
            "(lower(c) COLLATE \"C\")",
        ] {
            assert!(unique(keys), "{keys}");
        }
        for keys in ["(coalesce(c, a))", "(lower(a))", "((c IS NULL))", "((a || lower(c)))", "(greatest(c, a))"] {
            assert!(!unique(keys), "{keys}");
        }
        assert!(!is_unique("ALTER TABLE t ADD c text; UPDATE t SET c = a", "(lower(c))"));
        assert!(!is_unique("ALTER TABLE t ADD c text DEFAULT 'x'", "(lower(c))"));
        assert!(!is_unique("ALTER TABLE t ADD c text; INSERT INTO t SELECT id + 9, a, b, a FROM t", "(lower(c))"));
    }

    #[test]
    fn an_index_over_expressions_has_kept_them_apart() {
        let unique = |keys: &str| is_unique("DROP INDEX t_a", keys);
        assert!(unique("(b, lower(a)) WHERE id > 1"));
        assert!(unique("(lower(a), (id + 1), b)"));
        assert!(!unique("(lower(a))"));
        assert!(!unique("(b, upper(a))"));
        assert!(!unique("(b, a)"));
        assert!(is_unique("SELECT 1", "(b, lower(a))"), "it still stands");
        for written in [
            "UPDATE t SET a = 'x'",
            "INSERT INTO t SELECT id + 9, a, b FROM t",
            "COMMIT; BEGIN",
            "ALTER TABLE t ALTER a TYPE varchar(9)",
        ] {
            assert!(!is_unique(&format!("DROP INDEX t_a; {written}"), "(b, lower(a))"), "{written}");
        }
        assert!(is_unique("DROP INDEX t_a; ALTER TABLE t RENAME a TO z; UPDATE t SET id = id + 1", "(b, lower(z))"));
    }

    #[test]
    fn an_index_of_some_rows_has_kept_these_apart() {
        let unique = |keys: &str| is_unique("DROP INDEX t_b", keys);
        assert!(unique("(b) WHERE b > 5 AND a IS NULL"));
        assert!(unique("(b, id) WHERE a IS NULL AND b > 7 AND id = 1") && unique("(b) WHERE a IS NULL AND b = 6"));
        for keys in ["(b)", "(b) WHERE a IS NULL", "(b) WHERE a IS NULL AND b > 4", "(b) WHERE a IS NULL OR b > 5"] {
            assert!(!unique(keys), "{keys}");
        }
        assert!(!is_unique("DROP INDEX t_b; UPDATE t SET a = NULL", "(b) WHERE b > 5 AND a IS NULL"));
    }

    #[test]
    fn a_generated_copy_is_as_unique_as_what_it_copies() {
        assert!(is_unique("ALTER TABLE t ADD g int GENERATED ALWAYS AS (id) STORED", "(g)"));
        assert!(!is_unique("ALTER TABLE t ADD g int GENERATED ALWAYS AS (b) STORED", "(g)"));
        assert!(!is_unique("ALTER TABLE t ADD g int GENERATED ALWAYS AS (id / 2) STORED", "(g)"));
    }
}
