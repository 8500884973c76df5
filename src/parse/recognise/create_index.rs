//! `CREATE INDEX`.

use super::create_table::access_method;
use super::demand::Read;
use super::option::{options_in_parens, with_options};
use super::table_element::nulls_not_distinct;
use crate::parse::cursor::Cursor;
use crate::parse::lex::TokenKind;
use crate::statement::{Command, CreateIndex, Expr, ExprKind, IndexKey};

/// `INDEX`, behind it.
pub(super) fn create_index(c: &mut Cursor<'_>, unique: bool) -> Read<Command> {
    let concurrently = c.eat_span("CONCURRENTLY");
    let if_not_exists = c.eat_if_not_exists();
    // Only an index that is named can be found to exist.
    let name = if c.is("ON") && !if_not_exists { None } else { Some(c.need_name()?) };
    c.need("ON")?;
    let table = c.need_relation()?;
    let method = access_method(c)?;
    let inside = c.need_parens()?;
    let keys: Vec<IndexKey> = inside.split_commas().map(|mut key| index_key(&mut key)).collect::<Read<_>>()?;
    if keys.is_empty() {
        return inside.stuck();
    }
    let include = if c.eat("INCLUDE") { c.need_columns()? } else { Vec::new() };
    let nulls_not_distinct = nulls_not_distinct(c)?;
    let options = with_options(c)?;
    let tablespace = if c.eat("TABLESPACE") { Some(c.need_ident()?) } else { None };
    let predicate = if c.eat("WHERE") { Some(c.need_whole_expression()?) } else { None };
    c.need_end()?;
    Ok(Command::CreateIndex(Box::new(CreateIndex {
        unique,
        concurrently,
        if_not_exists,
        name,
        only: table.only,
        table: table.name,
        method,
        keys,
        include,
        nulls_not_distinct,
        options,
        tablespace,
        predicate,
    })))
}

/// One key of an index or a partition key: a column, a function call or a parenthesised expression, and what follows it.
pub(super) fn index_key(c: &mut Cursor<'_>) -> Read<IndexKey> {
    let span = c.rest_span();
    let expr = key_expression(c)?;
    let collation = if c.eat("COLLATE") { Some(c.need_name()?) } else { None };
    let ends =
        c.at_end() || c.is_any(&["ASC", "DESC"]) || c.is_seq(&["NULLS", "FIRST"]) || c.is_seq(&["NULLS", "LAST"]);
    let opclass = if ends { None } else { Some(c.need_name()?) };
    if opclass.is_some() && c.is_kind(TokenKind::LParen) {
        options_in_parens(c)?;
    }
    let descending = c.eat_any(&["ASC", "DESC"]) == Some(1);
    let nulls_first = if c.eat("NULLS") { Some(c.need_any(&["FIRST", "LAST"])? == 0) } else { None };
    c.need_end()?;
    Ok(IndexKey { span, expr, collation, opclass, descending, nulls_first })
}

fn key_expression(c: &mut Cursor<'_>) -> Read<Expr> {
    if c.is_kind(TokenKind::LParen) {
        return c.need_expression_in_parens();
    }
    let mut ahead = c.clone();
    let name = ahead.need_name()?;
    if ahead.skip_parens() {
        // A call ends at its parenthesis: what follows is no part of the expression.
        return c.take_to(ahead.position()).need_whole_expression();
    }
    *c = ahead;
    if name.schema.is_some() {
        return c.stuck();
    }
    Ok(Expr { span: name.name.span, kind: ExprKind::Column(vec![name.name]) })
}
