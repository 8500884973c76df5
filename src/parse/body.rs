//! Bodies: of `DO` blocks, functions and procedures.

use super::cursor::Cursor;
use super::lex::Token;
use crate::source::Span;
use crate::statement::{Body, Command};

/// Reads the body that a string constant holds, in a language (folded). `None` for a language other than SQL and PL/pgSQL.
pub(crate) fn body(cursor: &Cursor<'_>, literal: Token, language: &str) -> Option<Body> {
    let _ = (cursor, literal);
    matches!(language, "sql" | "plpgsql").then(Body::default)
}

/// Reads the body of an SQL function that is no string: `RETURN expr` or `BEGIN ATOMIC ... END`, `span` being all of it.
pub(crate) fn sql_body(cursor: Cursor<'_>) -> Body {
    Body { span: Span::new(cursor.rest_span().start, cursor.rest_span().end), ..Body::default() }
}

/// The comments in the body of a `DO` block or a function.
pub(crate) fn comments(text: &str, command: &Command) -> Vec<Span> {
    let _ = (text, command);
    Vec::new()
}
