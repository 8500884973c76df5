//! Statements that read and write rows, and those that hold one of them.

mod copy;
mod write;

use super::cursor::{Cursor, MAX_DEPTH};
use super::expression::expression;
use super::lex::TokenKind;
use super::query::{Scope, query, with_clause, writes_behind_with};
use super::recognise::recognise;
use crate::statement::{Call, Command, Explain, Ident, Prepare, Query, Statement};

/// Reads a statement that begins with `SELECT`, `WITH`, `VALUES`, `TABLE`, a parenthesis, `INSERT`, `UPDATE`, `DELETE`, `MERGE`,
/// `COPY`, `EXPLAIN`, `PREPARE`, `EXECUTE` or `CALL`; `None` where it begins otherwise, or where its structure is not understood.
/// A query is always given, if need be as not understood.
pub(crate) fn dml(cursor: Cursor<'_>) -> Option<Command> {
    if cursor.depth() > MAX_DEPTH {
        return None;
    }
    match cursor.keyword().as_str() {
        "WITH" => with(cursor),
        "INSERT" | "UPDATE" | "DELETE" | "MERGE" => write::write(cursor, Query::default(), &Scope::default()),
        "COPY" => copy::copy(cursor),
        "EXPLAIN" => explain(cursor),
        "PREPARE" => prepare(cursor),
        "EXECUTE" => execute(cursor),
        "CALL" => call(cursor),
        "SELECT" | "VALUES" | "TABLE" => Some(Command::Query(Box::new(query(cursor)))),
        _ if cursor.is_kind(TokenKind::LParen) => Some(Command::Query(Box::new(query(cursor)))),
        _ => None,
    }
}

/// `WITH ... INSERT` and the like, and queries with a `WITH`.
fn with(cursor: Cursor<'_>) -> Option<Command> {
    // Which it is is known only behind the clause; that must not be read twice, or nested ones would be read 2^n times.
    if !writes_behind_with(cursor.clone()) {
        return Some(Command::Query(Box::new(query(cursor))));
    }
    let mut ahead = cursor.clone();
    let mut with = Query { span: cursor.rest_span(), understood: true, ..Query::default() };
    let ctes = with_clause(&mut ahead, &mut with)?;
    let scope = Scope { parent: cursor.scope(), ctes, sources: Vec::new() };
    write::write(ahead, with, &scope)
}

/// A statement within another one.
fn nested(cursor: &Cursor<'_>) -> Option<Box<Statement>> {
    let inside = cursor.rest().deeper()?;
    let span = inside.rest_span();
    match recognise(inside).command {
        Command::Unknown(_) => None,
        command => Some(Box::new(Statement { span, command, guard: None })),
    }
}

/// `EXPLAIN [ANALYZE] [VERBOSE] statement`, `EXPLAIN (options) statement`.
fn explain(mut cursor: Cursor<'_>) -> Option<Command> {
    cursor.next();
    let mut analyze = false;
    if cursor.is_kind(TokenKind::LParen) && !super::query::is_query(&cursor) {
        for mut option in cursor.parens()?.split_commas() {
            if option.eat("ANALYZE") || option.eat("ANALYSE") {
                let off = option.is_any(&["FALSE", "OFF"])
                    || option.tokens().first().is_some_and(|token| option.text(token.span) == "0");
                analyze = !off;
            }
        }
    } else {
        analyze = cursor.eat("ANALYZE") || cursor.eat("ANALYSE");
        cursor.eat("VERBOSE");
    }
    Some(Command::Explain(Explain { analyze, statement: nested(&cursor)? }))
}

/// `PREPARE name [(types)] AS statement`.
fn prepare(mut cursor: Cursor<'_>) -> Option<Command> {
    cursor.next();
    let name = cursor.ident()?;
    cursor.skip_parens();
    if !cursor.eat("AS") {
        return None;
    }
    Some(Command::Prepare(Prepare { name, statement: nested(&cursor)? }))
}

/// `EXECUTE name [(arguments)]`.
fn execute(mut cursor: Cursor<'_>) -> Option<Command> {
    cursor.next();
    let name: Ident = cursor.ident()?;
    cursor.skip_parens();
    cursor.at_end().then_some(Command::Execute(name))
}

/// `CALL procedure(arguments)`.
fn call(mut cursor: Cursor<'_>) -> Option<Command> {
    cursor.next();
    let procedure = cursor.object_name()?;
    let inside = cursor.parens()?;
    let mut arguments = Vec::new();
    for mut argument in inside.split_commas() {
        argument.eat("VARIADIC");
        if argument
            .peek_nth(1)
            .is_some_and(|token| token.kind == TokenKind::Operator && matches!(argument.text(token.span), "=>" | ":="))
        {
            argument.next();
            argument.next();
        }
        arguments.push(expression(&mut argument));
    }
    cursor.at_end().then_some(Command::Call(Box::new(Call { procedure, arguments })))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::cursor::tests::tokens;

    fn read(text: &str) -> Option<Command> {
        let tokens = tokens(text);
        dml(Cursor::new(text, &tokens))
    }

    #[test]
    fn explain_runs_its_statement_only_with_analyze() {
        for (text, expected) in [
            ("EXPLAIN DELETE FROM t", false),
            ("EXPLAIN ANALYZE VERBOSE DELETE FROM t", true),
            ("EXPLAIN (ANALYZE, BUFFERS) DELETE FROM t", true),
            ("EXPLAIN (ANALYZE off) DELETE FROM t", false),
            ("EXPLAIN (COSTS 0, analyse true) DELETE FROM t", true),
        ] {
            let Some(Command::Explain(explain)) = read(text) else { panic!("{text}") };
            assert_eq!(explain.analyze, expected, "{text}");
            assert!(matches!(explain.statement.command, Command::Delete(_)), "{text}");
            assert_eq!(&text[explain.statement.span.range()], "DELETE FROM t");
        }
        assert!(matches!(read("EXPLAIN (SELECT 1) UNION (SELECT 2)"), Some(Command::Explain(_))));
        assert!(read("EXPLAIN nonsense").is_none());
    }

    #[test]
    fn explains_of_explains_end_somewhere() {
        assert!(read(&("EXPLAIN ".repeat(50_000) + "SELECT 1")).is_none());
    }

    #[test]
    fn prepared_statements_and_calls() {
        let Some(Command::Prepare(prepare)) = read("PREPARE p (int) AS UPDATE t SET a = $1") else { panic!() };
        assert_eq!(prepare.name.name, "p");
        assert!(matches!(prepare.statement.command, Command::Update(_)));
        assert!(matches!(read("EXECUTE p(1, 2)"), Some(Command::Execute(name)) if name.name == "p"));
        let Some(Command::Call(call)) = read("CALL app.fill('x', depth => 2)") else { panic!() };
        assert_eq!(call.procedure.to_string(), "app.fill");
        assert_eq!(call.arguments.len(), 2);
        assert!(read("CALL fill").is_none());
    }
}
