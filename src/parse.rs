//! Source -> statements. Never fails: it gives a value *and* what it did not understand.
//!
//! Tokens decide, sqlparser enriches: [`lex`] cuts tokens, [`split`] cuts statements, [`recognise`] tells what each asks for by its
//! tokens alone, [`query`] and [`dml`] what it reads and writes; [`detail`] asks sqlparser about queries that our tokens do not
//! understand. sqlparser is named nowhere else in the crate.
//!
//! Time and memory are linear in the text, and the stack that a source can use is bounded by [`cursor::MAX_DEPTH`].

pub(crate) mod body;
pub(crate) mod cursor;
mod detail;
pub(crate) mod dml;
pub(crate) mod expression;
pub(crate) mod lex;
pub(crate) mod query;
pub(crate) mod recognise;
mod split;
mod syntax;
pub(crate) mod type_name;

use crate::dialect::Dialect;
use crate::migration::{Problem, ProblemKind};
use crate::source::{Source, Span};
use crate::statement::{Command, Meta, Name, Statement};
use cursor::Cursor;
use lex::{Token, TokenKind};
use split::Splitter;

/// What a source holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parsed {
    /// Its statements in order.
    pub statements: Vec<Statement>,
    /// Its comments with their delimiters, in order; also those within bodies of `DO` blocks and functions.
    pub comments: Vec<Span>,
    /// What could not be read, in order.
    pub problems: Vec<Problem>,
}

/// Reads a source.
pub fn parse(source: &Source, dialect: Dialect) -> Parsed {
    match dialect {
        Dialect::Postgres => read(source),
    }
}

fn read(source: &Source) -> Parsed {
    let text = source.text();
    let mut parsed = Parsed::default();
    let mut splitter = Splitter::new(text);
    while splitter.advance() {
        read_statement(text, &splitter.tokens, &mut parsed);
    }
    let problems = &mut parsed.problems;
    problems.extend(splitter.unclosed_tokens().iter().map(|&(span, what)| syntax::unclosed_token(span, what)));
    problems.extend(splitter.unclosed.iter().map(|&(span, what)| syntax::unclosed(span, what)));
    if let Some(&first) = source.undecodable().first() {
        let kind = ProblemKind::NotUtf8 { count: source.undecodable().len() };
        problems.push(Problem { span: Span::new(first, first + 1), statement: None, kind });
    }
    problems.extend(text.as_bytes().iter().position(|&byte| byte == 0).map(|at| syntax::nul(at as u32)));
    settle_problems(&mut parsed);
    parsed.comments.append(&mut splitter.comments);
    parsed.comments.sort_unstable();
    parsed
}

/// Reads one statement; where semicolons are missing, those that it really is.
fn read_statement(text: &str, tokens: &[Token], parsed: &mut Parsed) {
    let mut tokens = tokens;
    let mut several = false;
    while let Some(&first) = tokens.first() {
        if first.kind == TokenKind::Meta {
            let command = Command::Meta(meta(text, first));
            parsed.statements.push(Statement { span: first.span, command, guard: None });
            return;
        }
        let mut second = if several { syntax::second_statement(text, tokens) } else { None };
        let mut whole = None;
        if second.is_none() {
            let recognised = recognise::recognise(Cursor::new(text, tokens));
            if !several && !syntax::is_understood(&recognised) {
                second = syntax::second_statement(text, tokens);
            }
            whole = Some(recognised);
        }
        let (end, recognised) = match (second, whole) {
            (Some((at, before)), _) => (at, before),
            (None, Some(recognised)) => (tokens.len(), recognised),
            (None, None) => return,
        };
        let (before, behind) = tokens.split_at(end);
        let span = first.span.to(last_token(before).map_or(first.span, |last| last.span));
        parsed.comments.extend(body::comments(text, &recognised.command));
        // A placeholder may stand for what would explain the rest.
        let whole = before.iter().all(|token| token.kind != TokenKind::Placeholder);
        if whole && recognised.problems.is_empty() && !syntax::queries_are_understood(&recognised.command) {
            let verb = text.get(first.span.range()).unwrap_or_default().to_ascii_uppercase();
            let kind = ProblemKind::NotUnderstood { verb };
            parsed.problems.push(Problem { span: first.span, statement: None, kind });
        }
        parsed.problems.extend(recognised.problems);
        parsed.problems.extend(behind.first().map(|token| syntax::missing_semicolon(token.span)));
        parsed.statements.push(Statement { span, command: recognised.command, guard: None });
        tokens = behind;
        several = true;
    }
}

/// The statement's last token; the data of a `COPY` lies behind its end.
fn last_token(tokens: &[Token]) -> Option<&Token> {
    tokens.iter().rev().find(|token| token.kind != TokenKind::CopyData)
}

fn meta(text: &str, token: Token) -> Meta {
    let command = text.get(token.span.range()).unwrap_or_default();
    let name = split::meta_name(command);
    let arguments = &command[(1 + name.len()).min(command.len())..];
    let blank = arguments.len() - arguments.trim_start().len();
    let start = token.span.end - (arguments.len() - blank) as u32;
    Meta { name: Name::new(name), arguments: Span::new(start, token.span.end) }
}

/// Puts the problems in order, each with the statement that it lies in. A statement with a certain error is not "not understood" as
/// well: one problem has one message.
fn settle_problems(parsed: &mut Parsed) {
    parsed.problems.sort_by_key(|problem| problem.span);
    let statements = &parsed.statements;
    for problem in &mut parsed.problems {
        let at = statements.partition_point(|statement| statement.span.end < problem.span.start);
        let within = statements.get(at).is_some_and(|statement| statement.span.start <= problem.span.start);
        problem.statement = within.then_some(at);
    }
    let broken: Vec<usize> = parsed
        .problems
        .iter()
        .filter(|problem| matches!(problem.kind, ProblemKind::Syntax { .. }))
        .filter_map(|problem| problem.statement)
        .collect();
    parsed.problems.retain(|problem| {
        let doubt = matches!(problem.kind, ProblemKind::NotUnderstood { .. });
        !(doubt && problem.statement.is_some_and(|statement| broken.binary_search(&statement).is_ok()))
    });
}

#[cfg(test)]
mod tests {
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
            ProblemKind::NotUnderstood { verb } => format!("not understood: {verb}"),
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
    fn what_is_not_understood_of_a_query_is_said() {
        assert_eq!(
            problems("SELECT a FROM t nonsense b"),
            [("SELECT".to_owned(), "not understood: SELECT".to_owned())]
        );
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
}
