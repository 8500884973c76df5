use super::*;
use crate::parse::cursor::tests::tokens;
use crate::statement::{ColumnUse, Command};

fn read(text: &str) -> Query {
    let tokens = tokens(text);
    query(Cursor::new(text, &tokens))
}

fn reads(text: &str) -> Vec<String> {
    let query = read(text);
    assert!(query.understood, "{text}");
    query.reads.iter().map(|read| read.name.to_string()).collect()
}

fn columns(text: &str) -> Vec<String> {
    let show = |column: &ColumnUse| match &column.relation {
        Some(relation) => format!("{relation}.{}", column.column.name),
        None => column.column.name.to_string(),
    };
    read(text).columns.iter().map(show).collect()
}

#[test]
fn relations_are_read_wherever_they_stand() {
    for (text, expected) in [
        ("SELECT 1", vec![]),
        ("SELECT * FROM ONLY a, s.b AS x, c y (d, e)", vec!["a", "s.b", "c"]),
        (
            "SELECT * FROM a LEFT OUTER JOIN b ON a.x = b.x JOIN c USING (y) NATURAL JOIN d CROSS JOIN e",
            vec!["a", "b", "c", "d", "e"],
        ),
        ("SELECT * FROM (a JOIN b ON true) JOIN c ON left(a.d, 1) = c.e", vec!["a", "b", "c"]),
        ("SELECT * FROM a JOIN (SELECT * FROM b) x ON EXISTS (SELECT FROM c)", vec!["a", "b", "c"]),
        ("SELECT * FROM ((SELECT 1 FROM a)) x", vec!["a"]),
        ("SELECT (SELECT 1 FROM a) FROM b WHERE c IN (SELECT d FROM e)", vec!["b", "a", "e"]),
        ("SELECT 1 FROM a UNION ALL (SELECT 2 FROM b ORDER BY 1) EXCEPT TABLE c", vec!["a", "b", "c"]),
        ("SELECT * FROM a TABLESAMPLE system (1) REPEATABLE (2), f(1) WITH ORDINALITY AS g (h, i)", vec!["a"]),
        ("SELECT * FROM ROWS FROM (f(1) AS (a int), g(2)) x, json_to_recordset('[]') AS y (a int, b text)", vec![]),
        ("SELECT * FROM json_table('{}', '$' COLUMNS (a int PATH '$.a' DEFAULT 1 ON EMPTY)) j", vec![]),
        ("SELECT extract(year FROM a), substring(b FROM 1 FOR 2), c IS DISTINCT FROM d FROM e", vec!["e"]),
        ("SELECT a AS from, b.group FROM b", vec!["b"]),
        ("SELECT a FROM b GROUP BY GROUPING SETS ((a), ()), ROLLUP (c) HAVING (SELECT true FROM d)", vec!["b", "d"]),
        ("SELECT 1 FROM ${schema}.a, {{ b }} c", vec!["${schema}.a", "{{ b }}"]),
        ("TABLE s.a", vec!["s.a"]),
        ("VALUES (1, (SELECT 1 FROM a))", vec!["a"]),
    ] {
        assert_eq!(reads(text), expected, "{text}");
    }
}

#[test]
fn ctes_hide_relations_only_where_they_are_known() {
    for (text, expected) in [
        ("WITH a AS (SELECT 1 FROM b) SELECT * FROM a, s.a", vec!["b", "s.a"]),
        ("WITH a AS (SELECT * FROM a) SELECT * FROM a", vec!["a"]),
        ("WITH RECURSIVE a AS (SELECT 1 FROM c UNION SELECT * FROM a) SELECT * FROM a", vec!["c"]),
        ("WITH a AS (SELECT * FROM b), b AS (SELECT * FROM a) SELECT * FROM b", vec!["b"]),
        ("WITH RECURSIVE a AS (SELECT * FROM b), b AS (SELECT 1 FROM c) SELECT * FROM a", vec!["c"]),
        ("SELECT * FROM (WITH a AS (SELECT 1) SELECT * FROM a) x, a", vec!["a"]),
        ("WITH a AS MATERIALIZED (SELECT 1) SELECT * FROM b WHERE c IN (SELECT d FROM a)", vec!["b"]),
        (
            "WITH RECURSIVE t (n) AS (SELECT n FROM u) SEARCH DEPTH FIRST BY n, m SET o CYCLE n SET p TO true DEFAULT false USING q, v AS (SELECT 1) SELECT * FROM t, v",
            vec!["u"],
        ),
    ] {
        assert_eq!(reads(text), expected, "{text}");
    }
}

#[test]
fn columns_are_resolved_by_alias() {
    assert_eq!(
        columns("SELECT x.b, c, s.a.d, x.* FROM s.a AS x WHERE x.e = 1"),
        ["s.a.b", "c", "s.a.d", "s.a.*", "s.a.e"]
    );
    // An alias hides the relation's own name.
    assert_eq!(columns("SELECT a.b FROM a x"), ["b"]);
    assert_eq!(columns("SELECT (SELECT o.id FROM p WHERE p.x = o.y) FROM orders o"), ["orders.id", "p.x", "orders.y"]);
    assert_eq!(columns("SELECT l.a FROM t, LATERAL (SELECT t.b AS a) l"), ["t.b"]);
    assert_eq!(columns("WITH c AS (SELECT 1 AS a) SELECT c.a FROM c"), [""; 0]);
    assert_eq!(columns("SELECT count(*) FROM t ORDER BY t.z"), ["t.z"]);
}

#[test]
fn outputs_are_named_as_the_server_names_them() {
    let outputs = |text: &str| {
        read(text).outputs.iter().map(|name| name.as_deref().unwrap_or("?").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(
        outputs("SELECT a, b.c, d AS e, f g, count(*), h::int, 1::text, CASE WHEN i THEN 1 END, 1 + 1, * FROM t"),
        ["a", "c", "e", "g", "count", "h", "text", "case", "?", "?"]
    );
    assert_eq!(outputs("SELECT a FROM t UNION SELECT b FROM u"), ["a"]);
    assert_eq!(outputs("VALUES (1, 2), (3, 4)"), ["column1", "column2"]);
}

#[test]
fn a_single_select_has_its_parts() {
    let text = "SELECT a, f(b) FROM t WHERE c > 1 ORDER BY d LIMIT 10 FOR NO KEY UPDATE OF t SKIP LOCKED";
    let query = read(text);
    assert_eq!(query.select_list.len(), 2);
    assert_eq!(query.filter.as_ref().map(|filter| &text[filter.span.range()]), Some("c > 1"));
    assert!(query.ordered && query.limited && query.skip_locked && query.understood);
    assert_eq!(query.row_lock.as_deref(), Some("NO KEY UPDATE"));
    assert_eq!(query.calls.len(), 1);
    assert_eq!(&text[query.span.range()], text);

    let union = read("SELECT a FROM t WHERE b UNION SELECT c FROM u");
    assert!(union.filter.is_none() && union.select_list.is_empty());
    assert!(!read("SELECT a FROM t LIMIT ALL").limited);
    assert!(read("SELECT a FROM t OFFSET 1 ROWS FETCH FIRST 2 ROWS WITH TIES").limited);
    let into = read("SELECT a INTO TEMP TABLE s.x FROM t");
    assert_eq!(into.into.map(|name| name.to_string()).as_deref(), Some("s.x"));
    let temporary = read("SELECT a INTO TEMP x FROM t");
    assert_eq!(temporary.into.map(|name| name.to_string()).as_deref(), Some("pg_temp.x"));
}

#[test]
fn data_modifying_ctes_are_statements() {
    let text = "WITH d AS (DELETE FROM a WHERE b RETURNING c), u AS (UPDATE e SET f = 1) SELECT * FROM d";
    let query = read(text);
    let writes: Vec<&str> = query.writes.iter().map(|statement| &text[statement.span.range()]).collect();
    assert_eq!(writes, ["DELETE FROM a WHERE b RETURNING c", "UPDATE e SET f = 1"]);
    assert!(matches!(query.writes[0].command, Command::Delete(_)));
    assert_eq!(query.reads, []);
}

#[test]
fn cells_have_their_places() {
    let text = "VALUES (1, 'a', NULL), (-2, E'b', now()), (:x, DEFAULT, '1'::int)";
    let query = read(text);
    let values = query.values.expect("rows");
    assert_eq!(values.row_ends, [3, 6, 9]);
    let cells: Vec<&str> = values.cells.iter().map(|cell| &text[cell.span.range()]).collect();
    assert_eq!(cells, ["1", "'a'", "NULL", "-2", "E'b'", "now()", ":x", "DEFAULT", "'1'::int"]);
    assert_eq!(query.calls.len(), 1);
}

#[test]
fn what_is_left_over_is_said() {
    for text in [
        "SELECT 1 2",
        "SELECT FROM",
        "SELECT a FROM b WHERE",
        "SELECT a FROM b c d",
        "SELECT 1 FROM t LIMIT 1 nonsense",
    ] {
        assert!(!read(text).understood, "{text}");
    }
    let placeholder = read("SELECT a FROM b WHERE c = 1 {{ more }}");
    assert_eq!(placeholder.reads.len(), 1);
}

#[test]
fn a_star_is_of_its_own_from_alone() {
    assert_eq!(columns("SELECT a.x FROM a UNION ALL SELECT * FROM f()"), ["a.x"]);
    assert_eq!(columns("SELECT a.x FROM a UNION ALL SELECT * FROM (SELECT 1)"), ["a.x"]);
    assert_eq!(columns("SELECT * FROM f(), b"), ["b.*"]);
}
