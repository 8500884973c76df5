//! Bodies: of `DO` blocks, functions and procedures. Every place in them is a place of the source.

mod absence;
mod constant;
mod dynamic;
mod escaped;
mod plpgsql;
#[cfg(test)]
mod tests;

use super::cursor::{Cursor, MAX_DEPTH, Prefix, literal_parts};
use super::lex::{Level, Lexer, Token, TokenKind};
use super::query::performed;
use super::recognise::recognise;
use crate::source::Span;
use crate::statement::{Body, Command, Name, Query, Statement};
use escaped::Escaped;
use std::collections::BTreeSet;

/// Reads the body that a string constant holds, in a language (folded). `None` for a language other than SQL and PL/pgSQL.
pub(crate) fn body(cursor: &Cursor<'_>, literal: Token, language: &str) -> Option<Body> {
    if !matches!(language, "sql" | "plpgsql") {
        return None;
    }
    if !cursor.is_detailed() {
        return Some(Body { span: literal.span, ..Body::default() });
    }
    let text = cursor.source();
    let depth = cursor.depth() + 1;
    // What cannot be read at its place in the source, or is nested too deep.
    let opaque = || {
        let words = words(text, &[Token { kind: TokenKind::String, ..literal }]);
        Body { span: literal.span, opaque: vec![literal.span], words, ..Body::default() }
    };
    if depth > MAX_DEPTH {
        return Some(opaque());
    }
    let Some((span, quote)) = inside(text, literal) else {
        let Some(escaped) = Escaped::read(text, literal).filter(|_| literal.span.end <= escaped::MAX_OFFSET) else {
            return Some(opaque());
        };
        let value = escaped.text();
        let inside = Cursor::new(&value, &escaped.tokens).at_depth(depth);
        let body = if language == "sql" { sql(inside) } else { plpgsql::read(inside) };
        let words = if body.opaque.is_empty() { Vec::new() } else { words(&value, &escaped.tokens) };
        return Some(Body { span: escaped.span, comments: escaped.comments, words, ..body });
    };
    let mut tokens = Vec::with_capacity(span.len() as usize / 8);
    let mut comments = Vec::new();
    lex(text, span, quote, &mut tokens, &mut comments);
    let inside = Cursor::new(text, &tokens).at_depth(depth);
    let body = if language == "sql" { sql(inside) } else { plpgsql::read(inside) };
    let words = if body.opaque.is_empty() { Vec::new() } else { words(text, &tokens) };
    Some(Body { span, comments, words, ..body })
}

/// The words of string constants, sorted.
fn words(text: &str, tokens: &[Token]) -> Vec<Name> {
    let literals = tokens.iter().filter(|token| matches!(token.kind, TokenKind::String | TokenKind::DollarString));
    let letter = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '$');
    let words =
        literals.flat_map(|literal| text.get(literal.span.range()).unwrap_or_default().split(move |it| !letter(it)));
    let words: BTreeSet<&str> = words.filter(|word| !word.is_empty()).collect();
    words.into_iter().map(Name::from).collect()
}

/// Reads the body of an SQL function that is no string: `RETURN expr` or `BEGIN ATOMIC ... END`.
pub(crate) fn sql_body(cursor: Cursor<'_>) -> Body {
    let span = cursor.rest_span();
    let mut inside = cursor;
    if inside.eat_seq(&["BEGIN", "ATOMIC"]) {
        let last = inside.position() + inside.tokens().len().saturating_sub(1);
        inside = inside.between(inside.position(), last);
    }
    Body { span, inline: true, ..sql(inside) }
}

/// What lies between the quotes of a string constant, and how many apostrophes stand for one there. `None` where the text differs from
/// the value in more than that.
fn inside(text: &str, literal: Token) -> Option<(Span, u8)> {
    let (prefix, span) = literal_parts(text, literal);
    match prefix {
        Prefix::Dollar => Some((span, literal.quote)),
        Prefix::Plain => Some((span, literal.quote.checked_mul(2)?)),
        Prefix::Escape | Prefix::Unicode => {
            if text.get(span.range())?.contains('\\') {
                return None;
            }
            Some((span, literal.quote.checked_mul(2)?))
        }
    }
}

/// Cuts a part of a text; true where nothing in it is left open.
fn lex(text: &str, span: Span, quote: u8, tokens: &mut Vec<Token>, comments: &mut Vec<Span>) -> bool {
    let mut lexer = Lexer::new(text, span, Level::Body, quote);
    while let Some(token) = lexer.token() {
        match token.kind {
            TokenKind::Comment => comments.push(token.span),
            TokenKind::Directive => {}
            _ => tokens.push(token),
        }
    }
    lexer.unclosed.is_empty()
}

/// The statements of an SQL function.
fn sql(mut cursor: Cursor<'_>) -> Body {
    let mut body = Body::default();
    while !cursor.at_end() {
        let mut part = cursor.until(|cursor| cursor.is_kind(TokenKind::Semicolon));
        cursor.next();
        if part.at_end() {
            continue;
        }
        if part.eat("RETURN") {
            let span = part.rest_span();
            let command = Command::Query(Box::new(performed(part)));
            body.statements.push(Statement { span, command, guard: None });
        } else {
            add(&mut body, part);
        }
    }
    if let [Statement { command: Command::Query(query), .. }] = body.statements.as_slice() {
        body.returns = single_expression(query).cloned();
    }
    body
}

/// The expression of `SELECT expr`.
fn single_expression(query: &Query) -> Option<&crate::statement::Expr> {
    match query.select_list.as_slice() {
        [expr] if query.reads.is_empty() && query.filter.is_none() && !query.limited && query.understood => Some(expr),
        _ => None,
    }
}

/// Adds a statement to a body.
fn add(body: &mut Body, part: Cursor<'_>) {
    let span = part.rest_span();
    match recognise(part).command {
        Command::Unknown(_) => body.opaque.push(span),
        command => body.statements.push(Statement { span, command, guard: None }),
    }
}
