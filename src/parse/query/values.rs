//! `VALUES`: the rows of a list, which may be most of a dump.

use super::{add, gather};
use crate::parse::cursor::Cursor;
use crate::parse::expression::expression;
use crate::parse::lex::TokenKind;
use crate::statement::{Expr, ExprKind, Literal, Name, Query, Values};

/// Reads `VALUES (...), (...)`; what its cells mention is added to `query`.
pub(crate) fn values(cursor: &mut Cursor<'_>, query: &mut Query) -> Values {
    let mut values = Values::default();
    cursor.eat("VALUES");
    loop {
        // One placeholder may stand for a row.
        if cursor.eat_kind(TokenKind::Placeholder).is_none() {
            if cursor.eat_kind(TokenKind::LParen).is_none() {
                query.understood = false;
                break;
            }
            if !row(cursor, &mut values, query) {
                query.understood = false;
                break;
            }
            let end = values.cells.len() as u32;
            add(&mut values.row_ends, end);
        }
        if cursor.eat_kind(TokenKind::Comma).is_none() {
            break;
        }
    }
    values
}

/// The cells up to the closing parenthesis, which is taken. False where it is missing.
fn row(cursor: &mut Cursor<'_>, values: &mut Values, query: &mut Query) -> bool {
    if cursor.eat_kind(TokenKind::RParen).is_some() {
        return true;
    }
    loop {
        let cell = cell(cursor, query);
        add(&mut values.cells, cell);
        match cursor.next().map(|token| token.kind) {
            Some(TokenKind::Comma) => {}
            Some(TokenKind::RParen) => return true,
            _ => return false,
        }
    }
}

fn cell(cursor: &mut Cursor<'_>, query: &mut Query) -> Expr {
    if let Some(token) = cursor.peek()
        && cursor.peek_nth(1).is_some_and(|next| matches!(next.kind, TokenKind::Comma | TokenKind::RParen))
    {
        let span = token.span;
        match token.kind {
            TokenKind::Number => {
                cursor.next();
                return Expr { span, kind: ExprKind::Literal(Literal::Number(Name::new(cursor.text(span)))) };
            }
            TokenKind::String => {
                let value = cursor.string().unwrap_or_default();
                return Expr { span, kind: ExprKind::Literal(Literal::String(value)) };
            }
            TokenKind::Word if cursor.is("NULL") => {
                cursor.next();
                return Expr { span, kind: ExprKind::Null };
            }
            _ => {}
        }
    }
    let start = cursor.offset();
    let mut expr = expression(cursor);
    if !matches!(cursor.kind(), Some(TokenKind::Comma | TokenKind::RParen)) {
        while !matches!(cursor.kind(), None | Some(TokenKind::Comma | TokenKind::RParen)) {
            cursor.skip_one();
        }
        expr = Expr { span: cursor.span_since(start), kind: ExprKind::Unknown };
    }
    if !matches!(expr.kind, ExprKind::Literal(_) | ExprKind::Null | ExprKind::Default | ExprKind::Placeholder) {
        gather(query, &expr, cursor);
    }
    expr
}
