use super::*;
use crate::parse::cursor::tests::tokens;
use crate::statement::Literal;

/// An expression with every part in brackets, and what is left behind it.
fn read(text: &str) -> (String, String) {
    let tokens = tokens(text);
    let mut cursor = Cursor::new(text, &tokens);
    let expr = expression(&mut cursor);
    let rest = cursor.text(cursor.rest_span()).to_owned();
    (show(&expr), rest)
}

fn shown(text: &str) -> String {
    let (shown, rest) = read(text);
    assert_eq!(rest, "", "{text}");
    shown
}

fn list(exprs: &[Expr]) -> String {
    exprs.iter().map(show).collect::<Vec<_>>().join(" ")
}

fn show(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Null => "null".into(),
        ExprKind::Default => "default".into(),
        ExprKind::Literal(Literal::Number(number)) => number.to_string(),
        ExprKind::Literal(Literal::String(value)) => format!("'{value}'"),
        ExprKind::Literal(Literal::Boolean(value)) => value.to_string(),
        ExprKind::Literal(Literal::Bits(value)) => value.to_string(),
        ExprKind::Column(path) => path.iter().map(|part| part.name.as_str()).collect::<Vec<_>>().join("."),
        ExprKind::Wildcard => "*".into(),
        ExprKind::Call(call) => format!("{}({})", call.name, list(&call.arguments)),
        ExprKind::Cast(inner, ty) => {
            format!("[{}::{}{}]", show(inner), ty.name, "[]".repeat(ty.dimensions as usize))
        }
        ExprKind::Not(inner) => format!("[not {}]", show(inner)),
        ExprKind::Unary(operator, inner) => format!("[{operator} {}]", show(inner)),
        ExprKind::And(parts) => format!("[and {}]", list(parts)),
        ExprKind::Or(parts) => format!("[or {}]", list(parts)),
        ExprKind::Binary(left, operator, right) => format!("[{} {operator} {}]", show(left), show(right)),
        ExprKind::IsNull { operand, negated } => {
            format!("[{} {}]", show(operand), if *negated { "notnull" } else { "isnull" })
        }
        ExprKind::Between { operands, negated } => {
            format!("[{}between {}]", if *negated { "not " } else { "" }, list(operands.as_slice()))
        }
        ExprKind::InList { operand, list: items, negated } => {
            format!("[{} {}in ({})]", show(operand), if *negated { "not " } else { "" }, list(items))
        }
        ExprKind::Subquery(query) => {
            format!("query({})", query.reads.iter().map(|read| read.name.to_string()).collect::<String>())
        }
        ExprKind::Compound(kind, parts) => format!("{kind:?}({})", list(parts)),
        ExprKind::Placeholder => "?".into(),
        ExprKind::Unknown => "unknown".into(),
    }
}

#[test]
fn operators_bind_as_in_the_manual() {
    for (text, expected) in [
        ("a + b * c", "[a + [b * c]]"),
        ("a - b - c", "[[a - b] - c]"),
        ("-a ^ 2", "[[- a] ^ 2]"),
        ("-1", "-1"),
        ("a || b = c", "[[a || b] = c]"),
        ("a = b AND c OR d AND NOT e = f", "[or [and [a = b] c] [and d [not [e = f]]]]"),
        ("a AND b AND c AND d", "[and a b c d]"),
        ("a != b", "[a <> b]"),
        ("a < b IS TRUE", "[[a < b] is true]"),
        ("NOT a IS NULL", "[not [a isnull]]"),
        ("a IS NOT NULL AND b NOTNULL", "[and [a notnull] [b notnull]]"),
        ("a IS DISTINCT FROM NULL", "[a notnull]"),
        ("NULL IS NOT DISTINCT FROM a", "[a isnull]"),
        ("a IS NOT DISTINCT FROM b + 1", "[a is not distinct from [b + 1]]"),
        ("a BETWEEN 1 AND 2 AND b", "[and [between a 1 2] b]"),
        ("a NOT BETWEEN SYMMETRIC b - 1 AND c", "[not between a [b - 1] c]"),
        ("a IN (1, 'x') OR b NOT IN (c)", "[or [a in (1 'x')] [b not in (c)]]"),
        ("a LIKE 'x%' ESCAPE '!' AND b NOT ILIKE c", "[and [a like Other('x%' '!')] [b not ilike c]]"),
        ("a SIMILAR TO 'b'", "[a similar to 'b']"),
        ("a::int + 1", "[[a::int4] + 1]"),
        ("-a::int", "[- [a::int4]]"),
        ("a->'b'->>'c' = 'd'", "[[[a -> 'b'] ->> 'c'] = 'd']"),
        ("a @> '{1}' AND b ? 'c'", "[and [a @> '{1}'] [b ? 'c']]"),
        ("a = ANY (ARRAY[1, 2])", "[a = Any(Array(1 2))]"),
        ("a = ANY (SELECT b FROM c)", "[a = Any(query(c))]"),
        ("a AT TIME ZONE 'UTC' > b", "[AtTimeZone(a 'UTC') > b]"),
        ("a COLLATE \"C\" < b", "[Collate(a) < b]"),
        ("a OPERATOR(pg_catalog.=) b", "[a = b]"),
        ("(a + b) * c", "[[a + b] * c]"),
        ("(a, b) = (1, 2)", "[Row(a b) = Row(1 2)]"),
        ("(a, b) OVERLAPS (c, d)", "[Row(a b) overlaps Row(c d)]"),
    ] {
        assert_eq!(shown(text), expected, "{text}");
    }
}

#[test]
fn operands_of_every_kind() {
    for (text, expected) in [
        ("NULL", "null"),
        ("DEFAULT", "default"),
        ("TRUE", "true"),
        ("E'a\\nb'", "'a\nb'"),
        ("B'01'", "B'01'"),
        ("$1", "?"),
        (":x", "?"),
        ("${x} + 1", "[? + 1]"),
        ("s.t.c", "s.t.c"),
        ("t.*", "*"),
        ("\"Or\".\"Der\"", "Or.Der"),
        ("now()", "now()"),
        ("pg_catalog.now()", "pg_catalog.now()"),
        ("CURRENT_TIMESTAMP", "current_timestamp()"),
        ("current_timestamp(3)", "current_timestamp(3)"),
        ("current_user = 'x'", "[current_user() = 'x']"),
        ("count(*)", "count(*)"),
        ("count(DISTINCT a)", "count(a)"),
        ("f(x => 1, y := b)", "f(1 b)"),
        ("array_agg(a ORDER BY b DESC NULLS LAST)", "array_agg(a b)"),
        ("sum(a) FILTER (WHERE b > 0) OVER (PARTITION BY c ORDER BY d)", "sum(a [b > 0] c d)"),
        ("rank() OVER w", "rank()"),
        ("percentile_cont(0.5) WITHIN GROUP (ORDER BY a)", "percentile_cont(0.5 a)"),
        ("COALESCE(a, 1)", "coalesce(a 1)"),
        ("EXTRACT(epoch FROM a)", "extract('epoch' a)"),
        ("substring(a FROM 1 FOR 2)", "substring(a 1 2)"),
        ("position('x' IN a)", "position('x' a)"),
        ("trim(BOTH 'x' FROM a)", "trim('x' a)"),
        ("overlay(a PLACING 'x' FROM 1)", "overlay(a 'x' 1)"),
        ("CAST(a AS varchar(10))", "[a::varchar]"),
        ("date '2024-01-01'", "['2024-01-01'::date]"),
        ("timestamp with time zone '2024-01-01'", "['2024-01-01'::timestamptz]"),
        ("interval '1' day", "['1'::interval]"),
        ("double precision '1'", "['1'::float8]"),
        ("'{}'::text[]", "['{}'::text[]]"),
        ("ARRAY[[1, 2], [3, 4]]", "Array(Array(1 2) Array(3 4))"),
        ("ARRAY(SELECT a FROM b)", "query(b)"),
        ("a[1:2]", "Access(a 1 2)"),
        ("(r).f", "Access(r)"),
        ("(f(x)).*", "Access(f(x))"),
        ("CASE a WHEN 1 THEN b ELSE c END", "Case(a 1 b c)"),
        ("CASE WHEN a IS DISTINCT FROM b THEN 1 END + 1", "[Case([a is distinct from b] 1) + 1]"),
        ("EXISTS (SELECT 1 FROM a)", "query(a)"),
        ("(SELECT max(a) FROM b)", "query(b)"),
        ("((SELECT 1 FROM a) UNION (SELECT 2 FROM b))", "query(ab)"),
        ("a IN (SELECT b FROM c)", "[a in query(c)]"),
        ("ROW(1, a)", "Row(1 a)"),
        ("user", "user()"),
        ("type", "type"),
        ("date", "date"),
        ("left(a, 1)", "left(a 1)"),
        ("nextval('s'::regclass)", "nextval(['s'::regclass])"),
    ] {
        assert_eq!(shown(text), expected, "{text}");
    }
}

#[test]
fn it_stops_where_something_else_begins() {
    for (text, expected, rest) in [
        ("now() NOT NULL", "now()", "NOT NULL"),
        ("1 CHECK (a)", "1", "CHECK (a)"),
        ("a, b", "a", ", b"),
        ("a FROM b", "a", "FROM b"),
        ("a AS b", "a", "AS b"),
        ("a b", "a", "b"),
        ("'x' PRIMARY KEY", "'x'", "PRIMARY KEY"),
        ("FROM a", "unknown", "FROM a"),
        ("a IN", "a", "IN"),
        ("", "unknown", ""),
    ] {
        assert_eq!(read(text), (expected.to_owned(), rest.to_owned()), "{text}");
    }
}

#[test]
fn spans_leave_outer_parentheses_out() {
    let spans = |text: &str| {
        let tokens = tokens(text);
        let expr = expression(&mut Cursor::new(text, &tokens));
        let mut spans = Vec::new();
        expr.walk(&mut |part| spans.push(text[part.span.range()].to_owned()));
        spans
    };
    assert_eq!(spans("((a + b)) * f( 'x' )"), ["((a + b)) * f( 'x' )", "a + b", "a", "b", "f( 'x' )", "'x'"]);
    assert_eq!(spans("( ( a ) )"), ["a"]);
    assert_eq!(spans("NOT (a) AND b IS NULL"), ["NOT (a) AND b IS NULL", "NOT (a)", "a", "b IS NULL", "b"]);
    assert_eq!(spans("x::int"), ["x::int", "x"]);
}

#[test]
fn long_chains_are_flat() {
    let text = "a || ".repeat(5_000) + "b";
    let tokens = tokens(&text);
    let expr = expression(&mut Cursor::new(&text, &tokens));
    let mut columns = 0;
    expr.walk(&mut |part| columns += usize::from(matches!(part.kind, ExprKind::Column(_))));
    assert_eq!(columns, 5_001, "no operand is lost");
    assert!(matches!(&expr.kind, ExprKind::Compound(CompoundKind::Other, parts) if parts.len() > 4_000));
    let text = "a = 1 AND ".repeat(5_000) + "b";
    let tokens = crate::parse::cursor::tests::tokens(&text);
    let expr = expression(&mut Cursor::new(&text, &tokens));
    assert!(matches!(&expr.kind, ExprKind::And(parts) if parts.len() == 5_001));
}
