//! Queries.

use super::cursor::Cursor;
use super::lex::TokenKind;
use crate::statement::Query;

/// Whether a query stands here: `SELECT`, `WITH`, `VALUES (`, `TABLE`, also within parentheses that more of a query follows.
pub(crate) fn is_query(cursor: &Cursor<'_>) -> bool {
    if cursor.is_kind(TokenKind::LParen) {
        let tokens = cursor.tokens();
        let Some(first) = tokens.iter().position(|token| token.kind != TokenKind::LParen) else { return false };
        if !["SELECT", "WITH", "VALUES"].iter().any(|word| cursor.is_nth(first, word)) {
            return false;
        }
        let mut after = cursor.clone();
        after.skip_parens();
        return after.is_any(&["UNION", "INTERSECT", "EXCEPT", "ORDER", "LIMIT", "OFFSET", "FETCH", "FOR"]);
    }
    cursor.is_any(&["SELECT", "WITH", "TABLE"])
        || (cursor.is("VALUES") && cursor.peek_nth(1).is_some_and(|token| token.kind == TokenKind::LParen))
}

/// Reads a whole `SELECT`, `VALUES`, `TABLE` or `WITH`.
pub(crate) fn query(cursor: Cursor<'_>) -> Query {
    Query { span: cursor.rest_span(), ..Query::default() }
}
