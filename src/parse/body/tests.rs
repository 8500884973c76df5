//! Bodies, with every place compared with the text that stands there.

use crate::dialect::Dialect;
use crate::migration::Problem;
use crate::parse::parse;
use crate::source::Source;
use crate::statement::{Body, Command, Expr, ExprKind, GuardKind, InsertSource};

fn read(text: &str) -> (Body, Vec<Problem>) {
    let parsed = parse(&Source::new("a.sql", text), Dialect::Postgres);
    let command = parsed.statements.into_iter().next().map(|statement| statement.command);
    let body = match command {
        Some(Command::Do(block)) => block.body,
        Some(Command::CreateFunction(function)) => function.body,
        other => panic!("{other:?}"),
    };
    (body.expect("a body"), parsed.problems)
}

/// The statements of a `DO` block, each with its guard; then what is opaque.
fn block(text: &str) -> (Vec<String>, Vec<String>) {
    let text = format!("DO $$ {text} $$;");
    let (body, problems) = read(&text);
    assert_eq!(problems, [], "{text}");
    let shown = body.statements.iter().map(|statement| {
        let guard = match statement.guard.as_ref().map(|guard| &guard.kind) {
            None => "",
            Some(GuardKind::Condition) => "if: ",
            Some(GuardKind::WhereMissing) => "missing: ",
            Some(GuardKind::WherePresent) => "present: ",
            Some(GuardKind::FailureCaught { .. }) => "caught: ",
            Some(GuardKind::Loop { commits: false, sleeps: false }) => "loop: ",
            Some(GuardKind::Loop { commits: true, sleeps: false }) => "loop commits: ",
            Some(GuardKind::Loop { commits: false, sleeps: true }) => "loop sleeps: ",
            Some(GuardKind::Loop { commits: true, sleeps: true }) => "loop commits sleeps: ",
        };
        format!("{guard}{}", &text[statement.span.range()])
    });
    let shown = shown.collect();
    (shown, body.opaque.iter().map(|span| text[span.range()].to_owned()).collect())
}

fn statements(text: &str) -> Vec<String> {
    let (statements, opaque) = block(text);
    assert_eq!(opaque, Vec::<String>::new(), "{text}");
    statements
}

#[test]
fn statements_are_told_from_control() {
    assert_eq!(
        statements(
            "<<outer>> DECLARE a int := (SELECT 1); c CURSOR FOR SELECT 1; r t%ROWTYPE; BEGIN \
             a := 1; r.b = 2; r.c[1] := 3; NULL; RAISE NOTICE 'DROP TABLE x; %', a; ASSERT a > 0, 'y'; \
             GET DIAGNOSTICS a = ROW_COUNT; EXIT outer WHEN a = 1; \
             ALTER TABLE t ADD b int; PERFORM f(1) FROM u WHERE v; CALL p(); COMMIT; \
             OPEN c; FETCH c INTO a; CLOSE c; RETURN; END"
        ),
        ["ALTER TABLE t ADD b int", "PERFORM f(1) FROM u WHERE v", "CALL p()", "COMMIT"]
    );
}

#[test]
fn into_names_variables() {
    for (text, expected) in [
        ("SELECT a, b INTO STRICT x, y.z FROM t WHERE c", "t"),
        ("SELECT INTO x a FROM t", "t"),
        ("SELECT a FROM t INTO x", "t"),
        ("WITH w AS (SELECT 1) SELECT * INTO x FROM w, t", "t"),
    ] {
        let script = format!("DO $$ BEGIN {text}; END $$");
        let (body, _) = read(&script);
        let [statement] = body.statements.as_slice() else { panic!("{text}") };
        let Command::Query(query) = &statement.command else { panic!("{text}") };
        assert_eq!(query.reads.iter().map(|read| read.name.to_string()).collect::<Vec<_>>(), [expected], "{text}");
        assert!(query.into.is_none() && query.understood, "{text}");
        assert_eq!(&script[statement.span.range()], text);
    }
    assert_eq!(
        statements(
            "BEGIN INSERT INTO t SELECT 1; DELETE FROM t RETURNING a INTO x; UPDATE t SET a = 1 RETURNING b, c INTO d, e.f; END"
        ),
        ["INSERT INTO t SELECT 1", "DELETE FROM t RETURNING a INTO x", "UPDATE t SET a = 1 RETURNING b, c INTO d, e.f"]
    );
}

#[test]
fn guards_come_from_the_construct_around() {
    assert_eq!(
        statements(
            "BEGIN \
             IF NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = 'x') THEN ALTER TABLE a ADD b int; ELSE DROP TABLE a; END IF; \
             IF EXISTS (SELECT FROM information_schema.columns) THEN DROP TABLE b; ELSIF c THEN DROP TABLE c; ELSE DROP TABLE d; END IF; \
             IF to_regclass('e') IS NULL THEN CREATE TABLE e (); END IF; \
             IF (to_regclass('e') IS NOT NULL) THEN DROP TABLE e; END IF; \
             IF NOT EXISTS (SELECT 1 FROM pg_class) AND NOT EXISTS (SELECT 1 FROM pg_type) THEN DROP TABLE f; END IF; \
             IF NOT EXISTS (SELECT 1 FROM orders) THEN DROP TABLE g; END IF; \
             IF EXISTS (SELECT 1 FROM pg_class) OR h THEN DROP TABLE h; END IF; \
             CASE WHEN i THEN DROP TABLE i; ELSE DROP TABLE j; END CASE; \
             DROP TABLE k; END"
        ),
        [
            "missing: ALTER TABLE a ADD b int",
            "present: DROP TABLE a",
            "present: DROP TABLE b",
            "if: DROP TABLE c",
            "if: DROP TABLE d",
            "missing: CREATE TABLE e ()",
            "present: DROP TABLE e",
            "missing: DROP TABLE f",
            "if: DROP TABLE g",
            "if: DROP TABLE h",
            "if: DROP TABLE i",
            "if: DROP TABLE j",
            "DROP TABLE k",
        ]
    );
}

#[test]
fn guards_of_loops_say_what_happens_between_the_rounds() {
    assert_eq!(
        statements(
            "BEGIN \
             LOOP UPDATE a SET b = 1; EXIT WHEN NOT FOUND; COMMIT; END LOOP; \
             WHILE CASE WHEN x THEN true END LOOP DELETE FROM c; PERFORM pg_sleep(1); END LOOP; \
             FOR r IN SELECT d FROM e LOOP IF f THEN DELETE FROM g; END IF; END LOOP; \
             FOR i IN REVERSE 10..1 BY 2 LOOP DELETE FROM h; END LOOP; \
             FOREACH x IN ARRAY y LOOP DELETE FROM j; END LOOP; \
             FOR r IN (SELECT k FROM l) LOOP NULL; END LOOP; END"
        ),
        [
            "loop commits: UPDATE a SET b = 1",
            "loop commits: COMMIT",
            "loop sleeps: DELETE FROM c",
            "loop sleeps: PERFORM pg_sleep(1)",
            "SELECT d FROM e",
            "loop: DELETE FROM g",
            "loop: DELETE FROM h",
            "loop: DELETE FROM j",
            "(SELECT k FROM l)",
        ]
    );
}

#[test]
fn caught_failures_name_their_conditions() {
    let text = "DO $$ BEGIN BEGIN CREATE TYPE a AS ENUM ('b'); \
                EXCEPTION WHEN duplicate_object OR SQLSTATE '42P07' THEN DROP TABLE c; WHEN others THEN NULL; END; DROP TABLE d; END $$";
    let (body, _) = read(text);
    let guards: Vec<_> =
        body.statements.iter().map(|statement| statement.guard.as_ref().map(|guard| guard.kind.clone())).collect();
    let conditions = ["duplicate_object", "duplicate_table", "others"].map(Into::into).to_vec();
    assert_eq!(guards, [Some(GuardKind::FailureCaught { conditions }), Some(GuardKind::Condition), None]);
    let guard = body.statements[0].guard.as_ref().expect("a guard");
    assert!(
        text[guard.span.range()].starts_with("EXCEPTION WHEN")
            && text[guard.span.range()].ends_with("WHEN others THEN")
    );
    // Failure caught weighs more than the condition around and within.
    assert_eq!(
        statements(
            "BEGIN IF a THEN BEGIN IF b THEN DROP TABLE c; END IF; EXCEPTION WHEN others THEN NULL; END; END IF; END"
        ),
        ["caught: DROP TABLE c"]
    );
}

#[test]
fn constant_commands_are_read_in_their_place() {
    assert_eq!(
        statements(
            "BEGIN EXECUTE 'DROP TABLE a; DROP TABLE b'; EXECUTE $q$DROP TABLE c$q$ INTO x; \
             EXECUTE 'ALTER TABLE d ADD e text DEFAULT ''f'''; EXECUTE 'DROP TABLE ' || 'g'; EXECUTE ('DROP TABLE h'); \
             FOR r IN EXECUTE 'SELECT 1 FROM i' LOOP NULL; END LOOP; RETURN QUERY EXECUTE 'SELECT 2'; \
             EXECUTE format('DROP TABLE j'); EXECUTE format('SELECT 5 %% 2'); END"
        ),
        [
            "DROP TABLE a",
            "DROP TABLE b",
            "DROP TABLE c",
            "ALTER TABLE d ADD e text DEFAULT ''f''",
            "DROP TABLE ' || 'g",
            "DROP TABLE h",
            "SELECT 1 FROM i",
            "SELECT 2",
            "DROP TABLE j",
            "SELECT 5 %% 2",
        ]
    );
}

#[test]
fn arguments_of_format_are_part_of_the_command() {
    let text = "DO $$ BEGIN EXECUTE format('ALTER TABLE %I.%2$I ADD %s DEFAULT %L', 'Sch', 'T', 'c text', 'd'); END $$";
    let (body, _) = read(text);
    assert_eq!(body.opaque, []);
    let [statement] = body.statements.as_slice() else { panic!("{body:?}") };
    assert!(text[statement.span.range()].starts_with("EXECUTE format("));
    let Command::AlterRelation(alter) = &statement.command else { panic!("{statement:?}") };
    assert_eq!(alter.name.to_string(), "Sch.T");
    assert_eq!(&text[alter.name.name.span.range()], "T");
}

#[test]
fn other_commands_are_opaque() {
    let (statements, opaque) = block(
        "BEGIN EXECUTE 'DROP TABLE ' || a; EXECUTE b; EXECUTE format('DROP TABLE %I', c); EXECUTE format('DROP TABLE t_%s', 'd'); \
         EXECUTE 'DROP TABLE t_' || 'e'; EXECUTE E'DROP \\x41BLE f'; EXECUTE 'frobnicate g'; frobnicate h; END",
    );
    assert_eq!(statements, Vec::<String>::new());
    assert_eq!(
        opaque,
        [
            "EXECUTE 'DROP TABLE ' || a",
            "EXECUTE b",
            "EXECUTE format('DROP TABLE %I', c)",
            "EXECUTE format('DROP TABLE t_%s', 'd')",
            "EXECUTE 'DROP TABLE t_' || 'e'",
            "EXECUTE E'DROP \\x41BLE f'",
            "frobnicate g",
            "frobnicate h",
        ]
    );
}

#[test]
fn bodies_in_plain_quotes_have_doubled_quotes() {
    let text = "DO 'BEGIN INSERT INTO t VALUES (''it''''s''); EXECUTE ''DROP TABLE \"x\"; INSERT INTO u VALUES (''''y'''')''; END'";
    let (body, problems) = read(text);
    assert_eq!(problems, []);
    let shown: Vec<&str> = body.statements.iter().map(|statement| &text[statement.span.range()]).collect();
    assert_eq!(shown, ["INSERT INTO t VALUES (''it''''s'')", "DROP TABLE \"x\"", "INSERT INTO u VALUES (''''y'''')"]);
    let values = body.statements.iter().filter_map(|statement| match &statement.command {
        Command::Insert(insert) => match &insert.source {
            Some(InsertSource::Values(values)) => values.cells.first().cloned(),
            _ => None,
        },
        _ => None,
    });
    let literal = |cell: Expr| match cell.kind {
        ExprKind::Literal(crate::statement::Literal::String(value)) => value.to_string(),
        other => format!("{other:?}"),
    };
    assert_eq!(values.map(literal).collect::<Vec<_>>(), ["it's", "y"]);
}

#[test]
fn sql_functions() {
    let text = "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ DELETE FROM a; -- x\nSELECT b FROM c $$";
    let (body, _) = read(text);
    let shown: Vec<&str> = body.statements.iter().map(|statement| &text[statement.span.range()]).collect();
    assert_eq!(shown, ["DELETE FROM a", "SELECT b FROM c"]);
    assert!(body.returns.is_none());

    for (text, expected) in [
        ("CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT a + 1;'", Some("a + 1")),
        ("CREATE FUNCTION f(a int) RETURNS int RETURN a + 1", Some("a + 1")),
        ("CREATE FUNCTION f(a int) RETURNS int BEGIN ATOMIC SELECT a + 1; END", Some("a + 1")),
        ("CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT a FROM t'", None),
        ("CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT 1; SELECT 2'", None),
    ] {
        let (body, problems) = read(text);
        assert_eq!(problems, [], "{text}");
        assert_eq!(body.returns.map(|expr| &text[expr.span.range()]), expected, "{text}");
    }
    let (body, _) =
        read("CREATE FUNCTION f() RETURNS void BEGIN ATOMIC DELETE FROM a; SELECT CASE WHEN b THEN 1 END FROM c; END");
    assert_eq!(body.statements.len(), 2);
}

#[test]
fn comments_of_bodies_are_comments_but_not_those_of_strings() {
    let text = "-- a\nDO $$ BEGIN -- b\n RAISE NOTICE '-- c'; EXECUTE '-- d\n DROP TABLE e'; /* f */ END $$; SELECT '-- g'; -- h";
    let parsed = parse(&Source::new("a.sql", text), Dialect::Postgres);
    let comments: Vec<&str> = parsed.comments.iter().map(|span| &text[span.range()]).collect();
    assert_eq!(comments, ["-- a", "-- b", "/* f */", "-- h"]);
}

#[test]
fn deep_and_broken_bodies_end_somewhere() {
    for body in [
        "BEGIN ".repeat(20_000),
        "IF a THEN ".repeat(20_000),
        "LOOP ".repeat(20_000) + "DROP TABLE a;",
        "IF ".to_owned() + &"(".repeat(20_000) + "a" + &")".repeat(20_000) + " THEN DROP TABLE b; END IF;",
        "CASE ".repeat(20_000),
        "END; ".repeat(20_000),
        "EXCEPTION WHEN a THEN ".repeat(20_000),
        "EXECUTE $a$DO $b$BEGIN END$b$$a$;".repeat(5_000),
        "<< << >> := ; = ; x := ; FOR ; WHILE ; IN LOOP".to_owned(),
    ] {
        let text = format!("DO $body$ {body} $body$");
        let (read, _) = read(&text);
        assert!(read.statements.iter().all(|statement| read.span.contains(statement.span)));
    }
}

#[test]
fn bodies_with_backslashes_are_read_at_their_places() {
    let text = "DO E'BEGIN\\n  IF a THEN DROP TABLE t; END IF;\\n  -- it\\'s\\n  UPDATE u SET b = \\'it\\\\\\'\\'s\\';\\n EXECUTE \\'DROP TABLE \\\"v\\\"\\';\\nEND' LANGUAGE plpgsql;";
    let (body, problems) = read(text);
    assert_eq!(problems, []);
    assert_eq!(body.opaque, []);
    assert_eq!(&text[body.span.range()], &text[5..text.rfind('\'').unwrap()]);
    assert_eq!(body.comments.len(), 1);
    assert!(text[body.comments[0].range()].starts_with("-- it"));
    let [drop, update, execute] = body.statements.as_slice() else { panic!("{:?}", body.statements) };
    assert_eq!(&text[drop.span.range()], "DROP TABLE t");
    assert!(drop.guard.is_some());
    let Command::Update(update) = &update.command else { panic!("{update:?}") };
    assert_eq!(update.table.name.to_string(), "u");
    let Command::Drop(drop) = &execute.command else { panic!("{execute:?}") };
    assert_eq!(drop.names[0].to_string(), "v");
}

#[test]
fn functions_with_backslashes_are_read() {
    let (body, problems) = read("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS E'SELECT 1;\\n\\tSELECT a FROM t;'");
    assert_eq!(problems, []);
    assert_eq!((body.statements.len(), body.opaque.len()), (2, 0));
    // Each such body is given a text of its own, so far into a file only.
    let far = format!("/* {} */ DO E'BEGIN\\n END'", "x".repeat(300_000));
    let (body, _) = read(&far);
    assert_eq!(body.opaque.len(), 1);
}

#[test]
fn values_that_are_no_constants_leave_a_command_readable() {
    let (statements, opaque) = block(
        "BEGIN EXECUTE format('UPDATE a SET b = %L WHERE c = %L', d, e || f); EXECUTE 'DELETE FROM g WHERE h = ' || quote_literal(i); \
         EXECUTE 'INSERT INTO j VALUES (' || quote_nullable(k) || ')'; EXECUTE format('ALTER TABLE %I.l ADD m int', n); \
         EXECUTE E'ALTER TABLE o\\n\\tADD p int'; EXECUTE format('%s', q); EXECUTE format(r, 's'); END",
    );
    assert_eq!(
        statements,
        [
            "UPDATE a SET b = %L WHERE c = %L",
            "DELETE FROM g WHERE h = ' || quote_literal(i)",
            "INSERT INTO j VALUES (' || quote_nullable(k) || ')",
            "ALTER TABLE %I.l ADD m int",
            "ALTER TABLE o\\n\\tADD p int",
        ]
    );
    assert_eq!(opaque, ["EXECUTE format('%s', q)", "EXECUTE format(r, 's')"]);
}

/// What a `DO` block makes sure of: the rows, and the statements for which they are not there.
fn absences(text: &str) -> Vec<String> {
    let text = format!("DO $$ {text} $$;");
    let (body, _) = read(&text);
    let shown = body.absences.iter().filter(|absence| absence.to != Some(absence.from)).map(|absence| {
        let statements = body.statements.iter().take(absence.to.unwrap_or(usize::MAX)).skip(absence.from);
        let statements: Vec<&str> = statements.map(|statement| &text[statement.span.range()]).collect();
        let columns = absence.columns.join(", ");
        let further = if absence.to.is_none() { " and further" } else { "" };
        format!("{}({columns}): {}{further}", absence.table, statements.join("; "))
    });
    shown.collect()
}

#[test]
fn a_branch_that_is_reached_without_rows() {
    for condition in [
        "NOT EXISTS (SELECT 1 FROM t)",
        "NOT (EXISTS (SELECT * FROM t LIMIT 1)) AND a",
        "(SELECT count(*) FROM t) = 0",
        "(0 = (SELECT count(1) FROM t))",
        "(SELECT count(*) FROM t) < 1",
        "NOT ((SELECT count(*) FROM t) > 0 OR b)",
        "(SELECT NOT EXISTS (SELECT FROM t))",
    ] {
        let found = absences(&format!(
            "BEGIN X; IF {condition} THEN DROP TABLE t; ELSE COMMENT ON TABLE t IS 'a'; END IF; LOCK t; END"
        ));
        assert_eq!(found, ["t(): DROP TABLE t"], "{condition}");
        let found =
            absences(&format!("BEGIN IF NOT ({condition}) THEN LOCK t; ELSE DROP TABLE t; END IF; LOCK t; END"));
        assert_eq!(found, ["t(): DROP TABLE t"], "{condition}");
    }
    for condition in [
        "EXISTS (SELECT 1 FROM t)",
        "NOT EXISTS (SELECT 1 FROM t) OR a",
        "NOT EXISTS (SELECT 1 FROM t WHERE a = 1)",
        "NOT EXISTS (SELECT 1 FROM t WHERE c IS NOT NULL AND a = 1)",
        "NOT EXISTS (SELECT 1 FROM t, u)",
        "NOT EXISTS (SELECT 1 FROM ONLY t)",
        "NOT EXISTS (SELECT 1 FROM t OFFSET 5)",
        "NOT EXISTS (SELECT unnest(c) FROM t)",
        "NOT EXISTS (SELECT 1 FROM t HAVING count(*) > 5)",
        "NOT EXISTS (SELECT 1 FROM t FOR UPDATE SKIP LOCKED)",
        "(SELECT count(*) FROM t) = 1",
        "(SELECT count(*) FROM t) >= 0",
        "(SELECT count(*) FROM t WHERE a) = 0",
        "(SELECT max(id) FROM t) = 0",
        "CASE WHEN a THEN NOT EXISTS (SELECT 1 FROM t) AND true ELSE true END",
    ] {
        assert_eq!(absences(&format!("BEGIN IF {condition} THEN DROP TABLE t; END IF; END")), [""; 0], "{condition}");
    }
    let columns = "NOT EXISTS (SELECT 1 FROM t AS x WHERE x.c IS NOT NULL OR d IS NOT NULL OR e > 1)";
    assert_eq!(absences(&format!("BEGIN IF {columns} THEN LOCK t; END IF; END")), ["t(c, d): LOCK t"]);
    assert_eq!(absences("BEGIN IF (SELECT count(c) FROM t) = 0 THEN LOCK t; END IF; END"), ["t(c): LOCK t"]);
    assert_eq!(
        absences(
            "BEGIN IF a THEN LOCK a; ELSIF EXISTS (SELECT FROM t) THEN LOCK b; ELSIF d THEN LOCK d; ELSE LOCK e; END IF; END"
        ),
        ["t(): LOCK d", "t(): LOCK e"]
    );
}

#[test]
fn a_guard_that_stops() {
    let exists = "EXISTS (SELECT 1 FROM t WHERE c IS NOT NULL)";
    let behind = |guard: &str| absences(&format!("BEGIN LOCK a; {guard} LOCK b; END"));
    for raise in ["RAISE EXCEPTION 'no'", "RAISE 'no'", "RAISE unique_violation", "LOCK x; RAISE SQLSTATE '22012'"] {
        assert_eq!(behind(&format!("IF {exists} THEN {raise}; END IF;")), ["t(c): LOCK b and further"], "{raise}");
    }
    assert_eq!(behind(&format!("IF {exists} THEN RETURN; END IF;")), ["t(c): LOCK b"]);
    for guard in [
        format!("IF {exists} THEN RAISE NOTICE 'no'; END IF;"),
        format!("IF {exists} AND a THEN RAISE EXCEPTION 'no'; END IF;"),
        format!("IF {exists} THEN IF a THEN RAISE EXCEPTION 'no'; END IF; END IF;"),
        format!("IF a THEN NULL; ELSIF {exists} THEN RAISE EXCEPTION 'no'; END IF;"),
        format!("IF a THEN IF {exists} THEN RAISE EXCEPTION 'no'; END IF; END IF;"),
        format!("BEGIN IF {exists} THEN RAISE EXCEPTION 'no'; END IF; EXCEPTION WHEN OTHERS THEN NULL; END;"),
        format!("LOOP IF {exists} THEN EXIT; RAISE EXCEPTION 'no'; END IF; END LOOP;"),
        format!("IF {exists} THEN RAISE EXCEPTION 'no'; END IF; COMMIT;"),
        format!("IF {exists} THEN RAISE EXCEPTION 'no'; END IF; EXECUTE f();"),
    ] {
        let held = behind(&guard).into_iter().filter(|it| it.contains("LOCK b")).count();
        assert_eq!(held, 0, "{guard}");
    }
    assert_eq!(behind(&format!("IF {exists} OR a THEN RAISE EXCEPTION 'no'; END IF;")).len(), 1);
    assert_eq!(
        behind(&format!("IF a THEN RAISE EXCEPTION 'a'; ELSIF {exists} THEN RAISE EXCEPTION 'no'; END IF;")).len(),
        1
    );
    let early = format!("IF a THEN RETURN; END IF; IF {exists} THEN RAISE EXCEPTION 'no'; END IF;");
    assert_eq!(behind(&early), ["t(c): LOCK b"]);
    let inner = format!("BEGIN IF {exists} THEN RAISE EXCEPTION 'no'; END IF; END;");
    assert_eq!(behind(&inner), ["t(c): LOCK b and further"]);
}

#[test]
fn a_variable_holds_the_answer() {
    let with = |ask: &str, condition: &str| {
        absences(&format!("DECLARE n int; b bool; BEGIN {ask} IF {condition} THEN RAISE 'no'; END IF; LOCK t; END"))
    };
    for (ask, condition) in [
        ("SELECT count(*) INTO n FROM t;", "n > 0"),
        ("SELECT count(*) FROM t INTO STRICT n;", "0 <> n"),
        ("n := (SELECT count(*) FROM t);", "n >= 1"),
        ("SELECT EXISTS (SELECT 1 FROM t) INTO b;", "b"),
        ("b := EXISTS (SELECT 1 FROM t);", "b"),
        ("b := NOT EXISTS (SELECT 1 FROM t);", "NOT b"),
        ("PERFORM 1 FROM t;", "FOUND"),
        ("PERFORM id FROM t LIMIT 1;", "found"),
        ("SELECT id INTO n FROM t LIMIT 1;", "FOUND"),
    ] {
        assert_eq!(with(ask, condition), ["t(): LOCK t and further"], "{ask} {condition}");
    }
    for (ask, condition) in [
        ("SELECT count(*) INTO n FROM t; n := 0;", "n > 0"),
        ("SELECT count(*) INTO n FROM t; SELECT 1 INTO n;", "n > 0"),
        ("SELECT count(*), 1 INTO n, n FROM t;", "n > 0"),
        ("IF b THEN SELECT count(*) INTO n FROM t; END IF;", "n > 0"),
        ("SELECT count(*) INTO n FROM t; INSERT INTO t VALUES (1);", "n > 0"),
        ("SELECT count(*) INTO n FROM t;", "n > 1"),
        ("SELECT max(id) INTO n FROM t;", "n > 0"),
        ("SELECT id INTO n FROM t;", "n > 0"),
        ("PERFORM 1 FROM t; PERFORM 1 FROM u WHERE a;", "FOUND"),
        ("PERFORM count(*) FROM t;", "FOUND"),
        ("PERFORM 1 FROM t; GET DIAGNOSTICS n = ROW_COUNT;", "FOUND"),
    ] {
        assert_eq!(with(ask, condition), [""; 0], "{ask} {condition}");
    }
}
