use super::*;

fn parsed(text: &str) -> Parsed {
    parse(&Source::new("a.sql", text), Dialect::Postgres)
}

/// The statements as written.
fn cut(text: &str) -> Vec<String> {
    parsed(text).statements.iter().map(|statement| text[statement.span.range()].to_owned()).collect()
}

/// The places and words of the problems.
fn problems(text: &str) -> Vec<(String, String)> {
    let message = |kind: &ProblemKind| match kind {
        ProblemKind::Syntax { message, .. } => message.clone(),
        ProblemKind::NotUnderstood { verb, .. } => format!("not understood: {verb}"),
        other => format!("{other:?}"),
    };
    parsed(text)
        .problems
        .iter()
        .map(|problem| (text[problem.span.range()].to_owned(), message(&problem.kind)))
        .collect()
}

#[test]
fn statements_end_before_their_semicolon() {
    assert_eq!(cut("\u{feff}SELECT 1 ;; -- x\n\nSELECT 2;/* y; */ SELECT 3"), ["SELECT 1", "SELECT 2", "SELECT 3"]);
    assert_eq!(cut(" \n;; -- nothing\n"), Vec::<String>::new());
}

#[test]
fn a_missing_semicolon_is_said_once_and_both_statements_are_read() {
    let text = "ALTER TABLE a ADD b int\nALTER TABLE c ADD d int\n\nCREATE TABLE e (f int);\nDROP TABLE g;";
    assert_eq!(
        cut(text),
        ["ALTER TABLE a ADD b int", "ALTER TABLE c ADD d int", "CREATE TABLE e (f int)", "DROP TABLE g"]
    );
    let found = problems(text);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found.iter().all(|(_, message)| message.contains("without a semicolon")), "{found:?}");
    assert_eq!(found[0].0, "ALTER");
}

#[test]
fn a_statement_hides_in_no_other() {
    for text in [
        "UPDATE t SET a = 1\nALTER TABLE b ADD c int",
        "DELETE FROM t WHERE a\nDROP INDEX b",
        "SELECT a FROM t ORDER BY b\nDROP TABLE c",
        "SELECT a FROM t GROUP BY b\nDROP TABLE c",
        "INSERT INTO t SELECT a FROM b\nDROP TABLE c",
        "INSERT INTO t VALUES (1)\nINSERT INTO t VALUES (2)",
        "CREATE VIEW v AS SELECT a FROM b WHERE c\nDROP TABLE d",
        "CREATE TABLE a (b int)\nCREATE INDEX ON a (b)",
        "DROP TABLE a\nDROP TABLE b",
        "COMMENT ON TABLE a IS 'b'\nDROP TABLE b",
        "SET lock_timeout = '1s'\nALTER TABLE b ADD c int",
        "BEGIN\nALTER TABLE b ADD c int",
    ] {
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(cut(text), lines, "{text}");
        assert_eq!(problems(text).len(), 1, "{text}");
    }
}

#[test]
fn of_a_template_what_postgresql_gets_is_read() {
    let text = "CREATE TABLE {{.prefix}}t (a {{if .postgres}}jsonb{{else}}longtext{{end}});
        {{if .mysql}}ALTER TABLE t MODIFY COLUMN a json;{{end}}
        {{if .postgres}}DROP TABLE u;{{end}}";
    let parsed = parse(&Source::new("x.sql", text), Dialect::Postgres);
    assert_eq!(parsed.problems, []);
    let [create, drop] = &parsed.statements[..] else { panic!("{:?}", parsed.statements) };
    let Command::CreateTable(create) = &create.command else { panic!("{create:?}") };
    let type_name = create.columns.iter().next().and_then(|column| column.ty.as_ref());
    assert_eq!(type_name.map(|it| it.name.as_str()), Some("jsonb"));
    assert!(matches!(drop.command, Command::Drop(_)), "{drop:?}");
}

#[test]
fn what_is_not_understood_of_a_query_is_said() {
    assert_eq!(problems("SELECT a FROM t nonsense b"), [("SELECT".to_owned(), "not understood: SELECT".to_owned())]);
    assert_eq!(problems("SELECT a FROM t WHERE {{ x }} y"), []);
}

#[test]
fn clauses_at_the_start_of_a_line_are_no_statements() {
    for text in [
        "INSERT INTO a\nSELECT 1",
        "CREATE VIEW v AS\nSELECT 1\nUNION\nSELECT 2",
        "WITH a AS (SELECT 1)\nINSERT INTO b\nSELECT * FROM a",
        "EXPLAIN ANALYZE\nSELECT 1",
        "GRANT SELECT,\nUPDATE ON t TO u",
        "SELECT 1 FROM t FOR\nUPDATE",
        "CREATE RULE r AS ON INSERT TO t DO INSTEAD\nINSERT INTO u VALUES (1)",
        "ALTER TABLE t\nALTER type TYPE text,\nALTER index SET NOT NULL",
        "CREATE SCHEMA s\nCREATE TABLE t (a int)",
        "COPY t\nTO STDOUT",
    ] {
        assert_eq!(cut(text), [text], "{text}");
        assert_eq!(problems(text), [], "{text}");
    }
}

#[test]
fn a_changeset_may_have_a_delimiter_of_its_own() {
    let text = "--liquibase formatted sql\n--changeset a:1 endDelimiter:@@\nSELECT 1@@\nCREATE FUNCTION f() RETURNS int \
                LANGUAGE sql AS $$ SELECT 4 / 2 $$\n@@\n--changeset a:2 splitStatements:true endDelimiter:\\n/\n\
                SELECT 6 / 3\n/\nSELECT 2 FROM t\n/\n--changeset a:3\nSELECT 3; SELECT 4\n/ 2;";
    let source = Source::new("a.sql", text);
    let parsed = parse(&source, Dialect::Postgres);
    assert!(parsed.problems.is_empty(), "{:?}", parsed.problems);
    let texts: Vec<_> = parsed.statements.iter().map(|statement| source.slice(statement.span)).collect();
    assert_eq!(texts.len(), 6, "{texts:?}");
    assert_eq!([texts[0], texts[3], texts[5]], ["SELECT 1", "SELECT 2 FROM t", "SELECT 4\n/ 2"]);
}

#[test]
fn a_backslash_escapes_where_strings_do_not_conform() {
    let count = |text: &str| parse(&Source::new("a.sql", text), Dialect::Postgres).statements.len();
    let insert = r"INSERT INTO t VALUES ('it\'s; DROP TABLE t; ');";
    assert_eq!(count(&format!("SET standard_conforming_strings = off;\n{insert}")), 2);
    assert_eq!(count(&format!("set local Standard_Conforming_Strings to 'off'; {insert} SELECT 1;")), 3);
    let on = r"SET standard_conforming_strings = on; SELECT 'c:\'; SELECT 1;";
    assert_eq!(count(&format!("SET standard_conforming_strings = off;\n{insert} {on}")), 5);
    assert_eq!(
        count(r"SET standard_conforming_strings = off; RESET standard_conforming_strings; SELECT 'c:\'; SELECT 1;"),
        4
    );
}

#[test]
fn an_unclosed_quote_is_one_problem_and_the_file_goes_on() {
    let text = "SELECT 'abc;\nDROP TABLE t;";
    assert_eq!(cut(text), ["SELECT 'abc", "DROP TABLE t"]);
    assert_eq!(problems(text), [("'".to_owned(), "this quote is never closed".to_owned())]);
    let text = "DO $x$ BEGIN END; SELECT 1;";
    assert_eq!(problems(text)[0], ("$x$".to_owned(), "this dollar quote is never closed".to_owned()));
    let text = "/* a /* b */\nDROP TABLE t;";
    assert_eq!(cut(text), ["DROP TABLE t"]);
    assert_eq!(problems(text), [("/*".to_owned(), "this comment is never closed".to_owned())]);
}

#[test]
fn an_unclosed_parenthesis_ends_where_the_next_statement_begins() {
    let text = "CREATE TABLE t (a int, b text;\nDROP TABLE u;\nSELECT 1;";
    assert_eq!(cut(text), ["CREATE TABLE t (a int, b text", "DROP TABLE u", "SELECT 1"]);
    assert_eq!(problems(text), [("(".to_owned(), "this parenthesis is never closed".to_owned())]);
    let text = "SELECT (1; SELECT (2; SELECT 3";
    assert_eq!(cut(text), ["SELECT (1", "SELECT (2", "SELECT 3"]);
    assert_eq!(problems(text).len(), 2);
}

#[test]
fn semicolons_within_parentheses_and_atomic_bodies_end_nothing() {
    for text in [
        "CREATE RULE r AS ON INSERT TO t DO (\nINSERT INTO u VALUES (1);\nDELETE FROM w;\n)",
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC\nSELECT CASE WHEN a THEN 1 END;\nSELECT 2;\nEND",
    ] {
        assert_eq!(cut(&format!("{text}; SELECT 1")), [text, "SELECT 1"], "{text}");
    }
}

#[test]
fn psql_reads_its_own_lines() {
    let text = "\\set x 1\n\\i other.sql ; \nSELECT 1 \\gexec\nSELECT :x, :'x', a[1:2], b::text FROM :\"t\" \\\\ \nWHERE a = 1; \\echo 'it''s'\n\\restrict abc\nSELECT 2\\;SELECT 3;";
    assert_eq!(
        cut(text),
        [
            "\\set x 1",
            "\\i other.sql ;",
            "SELECT 1",
            "\\gexec",
            "SELECT :x, :'x', a[1:2], b::text FROM :\"t\" \\\\ \nWHERE a = 1",
            "\\echo 'it''s'",
            "\\restrict abc",
            "SELECT 2",
            "SELECT 3",
        ]
    );
    let Command::Meta(meta) = &parsed(text).statements[1].command else { panic!() };
    assert_eq!((meta.name.as_str(), &text[meta.arguments.range()]), ("i", "other.sql ;"));
}

#[test]
fn copied_rows_belong_to_their_statement() {
    let text = "COPY t (a, b) FROM stdin;\n1\tit's; \\N\n2\t\\N\n\\.\n\nDROP TABLE t;";
    assert_eq!(cut(text), ["COPY t (a, b) FROM stdin", "DROP TABLE t"]);
    let Command::Copy(copy) = &parsed(text).statements[0].command else { panic!() };
    let data = copy.data.as_ref().expect("rows");
    assert_eq!(&text[data.span.range()], "1\tit's; \\N\n2\t\\N\n");
    let rows: Vec<usize> = data.values.rows().map(<[_]>::len).collect();
    assert_eq!(rows, [2, 2]);
    assert_eq!(&text[data.values.cells[3].span.range()], "\\N");
    assert_eq!(data.values.cells[3].kind, crate::statement::ExprKind::Null);
    // Not written for psql: statements follow.
    assert_eq!(cut("COPY t FROM stdin;\nSELECT 1;"), ["COPY t FROM stdin", "SELECT 1"]);
}

#[test]
fn bytes_that_are_no_text_are_said_once() {
    let source = Source::decode("a.sql", b"SELECT 'caf\xe9', caf\xe9 FROM t; SELECT 1;".to_vec()).unwrap();
    let parsed = parse(&source, Dialect::Postgres);
    assert_eq!(parsed.statements.len(), 2);
    assert_eq!(parsed.problems.len(), 1);
    assert_eq!(parsed.problems[0].kind, ProblemKind::NotUtf8 { count: 2 });
}

#[test]
fn marks_of_tools_end_a_statement() {
    assert_eq!(
        cut("SELECT 1\n--> statement-breakpoint\nSELECT 2\n-- +goose Down\nSELECT 3"),
        ["SELECT 1", "SELECT 2", "SELECT 3"]
    );
}

/// Statements of every kind of token, to be broken.
const SAMPLES: [&str; 12] = [
    "CREATE TABLE s.\"T\" (id bigint PRIMARY KEY, a numeric(10, 2) DEFAULT 1.5e3 CHECK (a > 0), b text[] NOT NULL);\n",
    "ALTER TABLE a ADD COLUMN b int, DROP CONSTRAINT c, ALTER d TYPE varchar(10) USING d::text;\n-- note\nDROP INDEX CONCURRENTLY i;\n",
    "INSERT INTO t (a, b) VALUES (1, 'it''s'), (E'\\'x', U&'d\\0061'), ($1, :x) ON CONFLICT (a) DO UPDATE SET b = excluded.b RETURNING *;\n",
    "WITH x AS (DELETE FROM a USING b WHERE a.c = b.c RETURNING a.*) SELECT * FROM x JOIN y ON x.z = y.z ORDER BY 1 LIMIT 2 FOR UPDATE;\n",
    "DO $body$ DECLARE r record; BEGIN FOR r IN SELECT 1 LOOP EXECUTE format('DROP TABLE %I', 'x'); COMMIT; END LOOP; EXCEPTION WHEN others THEN NULL; END $body$;\n",
    "CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT ''x'' || a'; CREATE FUNCTION g() RETURNS int BEGIN ATOMIC SELECT CASE WHEN a THEN 1 END; END;\n",
    "COPY t (a, b) FROM stdin;\n1\tx\\ty\n\\N\té\n\\.\nSELECT 1;\n",
    "\\set x 1\nSELECT :'x' \\gexec\n/* a /* b */ */ {{ if .x }} SELECT {{ .y }}_z, ${a} {{ end }};\n",
    "UPDATE t AS x SET (a, b[1]) = (1, DEFAULT), c = CASE WHEN d BETWEEN 1 AND 2 THEN e END FROM u WHERE x.f IN (SELECT g FROM h);\n",
    "MERGE INTO t USING u ON t.a = u.a WHEN MATCHED AND b THEN DELETE WHEN NOT MATCHED THEN INSERT VALUES (1);\nGRANT SELECT ON t TO \"été\";\n",
    "SELECT count(*) FILTER (WHERE a) OVER (PARTITION BY b), ARRAY[1, 2][1:2], a->>'b' @> '{}', interval '1' day, x AT TIME ZONE 'UTC' FROM t;\n",
    "CREATE RULE r AS ON INSERT TO t DO INSTEAD (INSERT INTO u VALUES (1); DELETE FROM v);\nBEGIN; SET LOCAL lock_timeout = '1s'; COMMIT;\n",
];

/// A small generator, the same everywhere (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound.max(1) as u64) as usize
    }
}

fn assert_ordered(source: &Source, parsed: &Parsed) {
    let text = source.text();
    let fits = |span: Span| text.get(span.range()).is_some();
    let mut end = 0;
    for statement in &parsed.statements {
        assert!(statement.span.start >= end && !statement.span.is_empty() && fits(statement.span), "{text}");
        end = statement.span.end;
        let body = match &statement.command {
            Command::Do(block) => block.body.as_ref(),
            Command::CreateFunction(function) => function.body.as_ref(),
            _ => None,
        };
        for inner in body.iter().flat_map(|body| &body.statements) {
            assert!(statement.span.contains(inner.span) && fits(inner.span), "{text}");
        }
    }
    assert!(parsed.comments.is_sorted() && parsed.comments.iter().all(|&comment| fits(comment)), "{text}");
    assert!(parsed.problems.iter().all(|problem| fits(problem.span)), "{text}");
    assert!(parsed.problems.is_sorted_by_key(|problem| problem.span), "{text}");
}

#[test]
fn broken_text_gives_ordered_places_and_no_panic() {
    const PIECES: [&str; 24] = [
        "'", "\"", "$$", "$body$", "(", ")", "[", "]", ";", "--", "/*", "*/", "\\", "{{", "}}", ":", "::", "é", "\n",
        "\u{1a}", "E'", "U&\"", "%", " ",
    ];
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for round in 0..1_500 {
        let mut bytes = SAMPLES[round % SAMPLES.len()].as_bytes().to_vec();
        bytes.extend_from_slice(SAMPLES[random.below(SAMPLES.len())].as_bytes());
        for _ in 0..=random.below(6) {
            let at = random.below(bytes.len());
            match random.below(4) {
                0 => {
                    let end = (at + 1 + random.below(12)).min(bytes.len());
                    bytes.drain(at..end);
                }
                1 => bytes[at] = random.below(256) as u8,
                2 => {
                    let piece = PIECES[random.below(PIECES.len())];
                    bytes.splice(at..at, piece.bytes());
                }
                _ => bytes.truncate(at.max(8)),
            }
        }
        let Ok(source) = Source::decode("a.sql", bytes) else { continue };
        let parsed = parse(&source, Dialect::Postgres);
        assert_ordered(&source, &parsed);
    }
}

#[test]
fn samples_are_understood() {
    for text in SAMPLES {
        assert_eq!(problems(text), [], "{text}");
        assert_ordered(&Source::new("a.sql", text), &parsed(text));
    }
}

#[test]
fn depth_and_length_cost_no_stack() {
    let deep = |open: &str, close: &str| format!("SELECT {}1{}", open.repeat(20_000), close.repeat(20_000));
    for text in [
        deep("(", ")"),
        deep("(", ""),
        deep("f(", ")"),
        deep("NOT ", ""),
        deep("- ", ""),
        deep("CASE WHEN ", " THEN 1 END"),
        deep("(SELECT ", ")"),
        deep("ARRAY[", "]"),
        deep("a IN (", ")"),
        format!("SELECT 1 FROM {}a{}", "(".repeat(20_000), ")".repeat(20_000)),
        format!("SELECT 1 FROM {}", "(SELECT 1 FROM ".repeat(20_000)),
        format!("SELECT 1 WHERE {}", "a = 1 AND ".repeat(50_000) + "b"),
        format!("SELECT 1 WHERE {}", "a = 1 OR b AND ".repeat(50_000) + "b"),
        format!("SELECT {}", "a || ".repeat(50_000) + "b"),
        format!("SELECT {}", "a + b * c - ".repeat(50_000) + "b"),
        format!("SELECT a{}", "::int".repeat(50_000)),
        format!("SELECT a{}", " IS NULL".repeat(50_000)),
        format!("SELECT a{}", "[1]".repeat(50_000)),
        format!("SELECT {}1", "(1+".repeat(20_000)),
        format!("SELECT 1{}", " UNION ALL SELECT 1".repeat(20_000)),
        format!("{}SELECT 1{}", "WITH a AS (".repeat(20_000), ") SELECT 1".repeat(20_000)),
        "(".repeat(20_000) + "SELECT 1" + &")".repeat(20_000),
        "CREATE TABLE t (a int DEFAULT ".to_owned() + &"(".repeat(20_000),
        "PREPARE a AS ".repeat(20_000),
    ] {
        let parsed = parsed(&text);
        assert!(parsed.statements.len() == 1, "{}", &text[..60]);
    }
}

/// Every token but semicolons, comments and control lines of templates lies in a statement.
fn assert_tiled(text: &str) {
    let statements = parsed(text).statements;
    let mut lexer = lex::Lexer::new(text, Span::new(0, text.len() as u32), lex::Level::Script, 1);
    while let Some(token) = lexer.token() {
        if matches!(token.kind, TokenKind::Comment | TokenKind::Directive | TokenKind::Semicolon) {
            continue;
        }
        let at = statements.partition_point(|statement| statement.span.end < token.span.end);
        let within = statements.get(at).is_some_and(|statement| statement.span.contains(token.span));
        assert!(within, "{:?} of {text}", &text[token.span.range()]);
    }
}

#[test]
fn statements_tile_the_script() {
    for text in SAMPLES.iter().filter(|text| !text.starts_with("COPY")) {
        assert_tiled(text);
    }
    for text in [
        "SELECT (1; foo (2; bar;\nDROP TABLE t; SELECT 3",
        "SELECT (1; a; b; (c; d",
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; x; y;\nCREATE TABLE t (a int); SELECT 2;",
        "CREATE TABLE t (a int DEFAULT 'x;\nSELECT 1;\nSELECT 2;",
    ] {
        assert_tiled(text);
    }
}

#[test]
fn placeholders_stand_for_any_name_or_value() {
    const PLACEHOLDERS: [&str; 8] = ["${x}", "{{ x }}", "{{x}}_y", "@x@", "__X__", "%(x)s", "$1", "#{x}"];
    for text in SAMPLES {
        let before = parsed(text);
        let mut lexer = lex::Lexer::new(text, Span::new(0, text.len() as u32), lex::Level::Script, 1);
        let tokens: Vec<_> = std::iter::from_fn(|| lexer.token()).collect();
        for (at, token) in tokens.iter().enumerate() {
            let name = token.kind == TokenKind::Word && token.keyword == lex::Keyword::NONE;
            let value = matches!(token.kind, TokenKind::Number | TokenKind::String);
            // The data of a COPY is no token to this lexer.
            let data = text.find("stdin;").is_some_and(|stdin| token.span.start as usize > stdin);
            if !(name || value) || data || at == 0 {
                continue;
            }
            let placeholder = PLACEHOLDERS[at % if name { 6 } else { 8 }];
            let range = token.span.range();
            let changed = format!("{}{placeholder}{}", &text[..range.start], &text[range.end..]);
            let after = parsed(&changed);
            assert_eq!(after.statements.len(), before.statements.len(), "{changed}");
            let wrong = after.problems.iter().find(|problem| matches!(problem.kind, ProblemKind::Syntax { .. }));
            assert_eq!(wrong, None, "{changed}");
        }
    }
}

#[test]
fn placeholders_side_by_side_cost_no_stack() {
    for text in ["{a}", "{{a}}", "${a}", "x{a}", "{% a %}", "{%", "{{", "{#", "{"] {
        assert!(parsed(&text.repeat(50_000)).statements.len() <= 1, "{text}");
    }
}

#[test]
fn every_statement_has_its_own_syntax_error() {
    let text = "ALTER TABLE a ADD COLUMN x int NOT NUL;\nSELECT 1;\nALTER TABLE b MODIFY c int, MODIFY d int;\nCRAETE TABLE e (f int);\nDROP TABEL g;\nSELECT 'h";
    let places: Vec<String> = problems(text).into_iter().map(|(place, _)| place).collect();
    assert_eq!(places, ["NUL", "MODIFY", "CRAETE", "TABEL", "'"]);
    let statements: Vec<_> = parsed(text).problems.iter().map(|problem| problem.statement).collect();
    assert_eq!(statements, [Some(0), Some(2), Some(3), Some(4), Some(5)]);
}

#[test]
fn lines_may_end_with_a_carriage_return_alone() {
    let text = "-- a\rALTER TABLE a ADD b int\rDROP TABLE c;\r\\set x 1\rSELECT 'd;\rDROP TABLE e;\r";
    assert_eq!(cut(text), ["ALTER TABLE a ADD b int", "DROP TABLE c", "\\set x 1", "SELECT 'd", "DROP TABLE e"]);
    let found = problems(text);
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!((found[0].0.as_str(), found[1].0.as_str()), ("DROP", "'"));
}

#[test]
fn a_byte_order_mark_within_a_file_is_said_and_hides_nothing() {
    let text = "\u{feff}SELECT 1;\n\u{feff}DROP TABLE a;\nSELECT '\u{feff}', b\u{feff}c -- \u{feff}\n;";
    assert_eq!(cut(text), ["SELECT 1", "DROP TABLE a", "SELECT '\u{feff}', b\u{feff}c"]);
    let found = problems(text);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].0, "\u{feff}");
    assert!(found[0].1.contains("byte order mark"), "{found:?}");
}

#[test]
fn nul_bytes_are_said_once_and_separate_words() {
    let text = "ALTER\0TABLE a\0ADD b int;\0\0DROP TABLE c";
    assert_eq!(cut(text), ["ALTER\0TABLE a\0ADD b int", "DROP TABLE c"]);
    assert_eq!(problems(text), [("\0".to_owned(), "the server takes no NUL byte".to_owned())]);
}

#[test]
fn a_variable_between_dollars_is_no_quote_where_a_quote_would_never_end() {
    let text = "UPDATE t SET a = 1 WHERE b = $E2E_EMAIL$;\nDELETE FROM t WHERE b IN ($E2E_EMAIL$, $X_Y$);\nSELECT $E2E_EMAIL$;\nDROP TABLE u;";
    assert_eq!(
        cut(text),
        [
            "UPDATE t SET a = 1 WHERE b = $E2E_EMAIL$",
            "DELETE FROM t WHERE b IN ($E2E_EMAIL$, $X_Y$)",
            "SELECT $E2E_EMAIL$",
            "DROP TABLE u"
        ]
    );
    assert_eq!(problems(text), []);
    // What the server would read stays what it reads.
    assert_eq!(cut("SELECT $A_B$; $A_B$;"), ["SELECT $A_B$; $A_B$"]);
    // A body is no value.
    for text in ["DO $BODY$ BEGIN END;", "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $BODY$ SELECT 1;"] {
        assert!(problems(text)[0].1.contains("never closed"), "{text}");
    }
    assert!(problems("SELECT $a$ b;")[0].1.contains("never closed"));
}

/// Pieces of scripts, whole and broken.
const PIECES: [&str; 64] = [
    "SELECT", "FROM", "t", "a", "1", ",", "(", ")", ";", "\n", " ", "'", "''", "\"", "$$", "$a$", "--", "/*", "*/",
    "\\", "E'", "U&'", "\\'", "[", "]", "::", ":", ":x", "${", "}", "{{", "}}", "CREATE", "TABLE", "ALTER", "ADD",
    "COLUMN", "int", "DROP", "INSERT", "INTO", "VALUES", "BEGIN", "ATOMIC", "END", "CASE", "WHEN", "DO", "LANGUAGE",
    "plpgsql", "AS", "FUNCTION", "=", "AND", "IF", "LOOP", "EXECUTE", "\r\n", "ä", "\u{feff}", "`", "#", "TRIGGER",
    "@",
];

/// A number that follows from the one before it.
fn next_number(state: &mut u64) -> usize {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 33) as usize
}

/// Whatever a script holds: its statements and comments lie in order within the text, and nothing but blanks and semicolons between them.
#[test]
fn statements_and_comments_tile_every_script() {
    let mut state = 4;
    for round in 0..2_000 {
        let length = 1 + next_number(&mut state) % 24;
        let mut text = String::new();
        for _ in 0..length {
            text.push_str(PIECES[next_number(&mut state) % PIECES.len()]);
            if next_number(&mut state).is_multiple_of(2) {
                text.push(' ');
            }
        }
        for dialect in [Dialect::Postgres, Dialect::MySql, Dialect::Sqlite] {
            let parsed = parse(&Source::new("a.sql", text.clone()), dialect);
            let at =
                |span: Span| text.get(span.range()).unwrap_or_else(|| panic!("round {round}: {span:?} of {text:?}"));
            let mut covered = vec![false; text.len()];
            let mut end = 0;
            for statement in &parsed.statements {
                assert!(!at(statement.span).is_empty() && statement.span.start >= end, "round {round}: {text:?}");
                end = statement.span.end;
                covered[statement.span.range()].fill(true);
            }
            assert!(parsed.comments.is_sorted(), "round {round}: {text:?}");
            for comment in &parsed.comments {
                assert!(!at(*comment).is_empty(), "round {round}: {text:?}");
                covered[comment.range()].fill(true);
            }
            for problem in &parsed.problems {
                at(problem.span);
                assert!(
                    problem.statement.is_none_or(|index| index < parsed.statements.len()),
                    "round {round}: {text:?}"
                );
            }
            let left: String = text.char_indices().filter(|(at, _)| !covered[*at]).map(|(_, char)| char).collect();
            let left = left.replace("\\;", ";");
            let blank = left.chars().all(|char| char.is_whitespace() || matches!(char, ';' | '\u{feff}'));
            // A control line of a template is no statement; nor is a command that psql finds within one.
            assert!(
                blank || text.contains("{{") || text.contains('\\'),
                "round {round}, {dialect:?}: {left:?} of {text:?}"
            );
        }
    }
}
