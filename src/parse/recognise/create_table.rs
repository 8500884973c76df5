//! `CREATE TABLE`, `CREATE TABLE AS`, `CREATE FOREIGN TABLE`.

use super::create_index::index_key;
use super::demand::Read;
use super::option::foreign_options;
use super::table_element::{
    column_definition, column_of_known_type, empty_column, is_table_constraint, table_constraint, table_options,
};
use crate::parse::cursor::Cursor;
use crate::parse::lex::TokenKind;
use crate::parse::query::{add, query};
use crate::statement::{
    Command, CreateTable, Expr, Like, List, Name, PartitionBound, PartitionBoundKind, PartitionBy, Persistence, Query,
};

/// `TABLE`, behind it.
pub(super) fn create_table(c: &mut Cursor<'_>, persistence: Persistence, foreign: bool) -> Read<Command> {
    let if_not_exists = c.eat_if_not_exists();
    let name = c.need_name()?;
    let mut table = CreateTable {
        name,
        persistence,
        if_not_exists,
        foreign,
        server: None,
        columns: List::new(),
        constraints: List::new(),
        likes: List::new(),
        inherits: List::new(),
        partition_of: None,
        partition_by: None,
        of_type: None,
        access_method: None,
        options: List::new(),
        tablespace: None,
        on_commit_drop: false,
        on_commit_delete_rows: false,
        foreign_options: List::new(),
        query: None,
        with_no_data: false,
    };
    if c.eat("OF") {
        table.of_type = Some(Box::new(c.need_name()?));
        if c.is_kind(TokenKind::LParen) {
            let inside = c.need_parens()?;
            typed_elements(&inside, &mut table)?;
        }
        clauses(c, &mut table)?;
    } else if c.eat_seq(&["PARTITION", "OF"]) {
        let parent = c.need_name()?;
        if c.is_kind(TokenKind::LParen) {
            let inside = c.need_parens()?;
            typed_elements(&inside, &mut table)?;
        }
        table.partition_of = Some((parent, partition_bound(c)?));
        clauses(c, &mut table)?;
    } else {
        let elements = if c.is_kind(TokenKind::LParen) { Some(c.need_parens()?) } else { None };
        if elements.is_some() && c.eat("INHERITS") {
            let mut inside = c.need_parens()?;
            table.inherits = inside.need_names()?.into();
            inside.need_end()?;
        }
        clauses(c, &mut table)?;
        if c.eat("AS") {
            if let Some(mut inside) = elements {
                let columns = inside.need_idents()?;
                inside.need_end()?;
                table.columns = columns.into_iter().map(|column| empty_column(column.span, column)).collect();
            }
            let (query, with_no_data) = query_with_data(c)?;
            (table.query, table.with_no_data) = (query.map(Box::new), with_no_data);
        } else if let Some(inside) = elements {
            table_elements(&inside, &mut table)?;
        } else {
            return c.stuck();
        }
    }
    if foreign {
        c.need("SERVER")?;
        table.server = Some(Box::new(c.need_ident()?));
        table.foreign_options = foreign_options(c)?.into();
    }
    c.need_end()?;
    Ok(Command::CreateTable(Box::new(table)))
}

/// The query behind `AS` with its `WITH [NO] DATA`, up to the end.
pub(super) fn query_with_data(c: &mut Cursor<'_>) -> Read<(Option<Query>, bool)> {
    if c.at_end() {
        return c.stuck();
    }
    // A CTE may be called `data`: only at the very end does it say whether rows are wanted.
    let ends = |c: &Cursor<'_>| {
        (c.is_seq(&["WITH", "DATA"]) && c.peek_nth(2).is_none())
            || (c.is_seq(&["WITH", "NO", "DATA"]) && c.peek_nth(3).is_none())
    };
    let part = c.until(ends);
    if part.at_end() {
        return c.stuck();
    }
    let with_no_data = c.eat_seq(&["WITH", "NO", "DATA"]);
    c.eat_seq(&["WITH", "DATA"]);
    if part.is("EXECUTE") {
        // What a prepared statement reads is not known here.
        return Ok((Some(Query { span: part.rest_span(), understood: true, ..Query::default() }), with_no_data));
    }
    Ok((Some(query(part)), with_no_data))
}

/// The clauses behind the elements. The server wants them in this order; a wrong order is left over.
fn clauses(c: &mut Cursor<'_>, table: &mut CreateTable) -> Read<()> {
    if c.eat_seq(&["PARTITION", "BY"]) {
        let strategy = c.need_ident()?.name;
        let inside = c.need_parens()?;
        let key = inside.split_commas().map(|mut key| Ok(index_key(&mut key)?.expr)).collect::<Read<_>>()?;
        table.partition_by = Some(Box::new(PartitionBy { strategy, key }));
    }
    if c.eat("USING") {
        table.access_method = Some(Box::new(c.need_ident()?));
    }
    table.options = table_options(c)?.into();
    if c.eat_seq(&["ON", "COMMIT"]) {
        if c.eat("DROP") {
            table.on_commit_drop = true;
        } else if c.eat_seq(&["DELETE", "ROWS"]) {
            table.on_commit_delete_rows = true;
        } else {
            c.need_seq(&["PRESERVE", "ROWS"])?;
        }
    }
    if c.eat("TABLESPACE") {
        table.tablespace = Some(Box::new(c.need_ident()?));
    }
    Ok(())
}

fn table_elements(inside: &Cursor<'_>, table: &mut CreateTable) -> Read<()> {
    for mut element in inside.split_commas() {
        let element = &mut element;
        if is_table_constraint(element) {
            add(&mut table.constraints, table_constraint(element)?);
        } else if element.eat("LIKE") {
            table.likes.push(like(element)?);
        } else if element.is_kind(TokenKind::Placeholder) && element.tokens().len() == 1 {
            continue;
        } else {
            add(&mut table.columns, column_definition(element)?);
        }
        element.need_end()?;
    }
    Ok(())
}

fn typed_elements(inside: &Cursor<'_>, table: &mut CreateTable) -> Read<()> {
    for mut element in inside.split_commas() {
        let element = &mut element;
        if is_table_constraint(element) {
            add(&mut table.constraints, table_constraint(element)?);
        } else {
            add(&mut table.columns, column_of_known_type(element)?);
        }
        element.need_end()?;
    }
    Ok(())
}

fn like(c: &mut Cursor<'_>) -> Read<Like> {
    let mut like = Like { source: c.need_name()?, including: Vec::new(), excluding: Vec::new() };
    while let Some(which) = c.eat_any(&["INCLUDING", "EXCLUDING"]) {
        let option = c.need_ident()?.name;
        if which == 0 { &mut like.including } else { &mut like.excluding }.push(option);
    }
    Ok(like)
}

/// `FOR VALUES ...`, `DEFAULT`.
pub(super) fn partition_bound(c: &mut Cursor<'_>) -> Read<PartitionBound> {
    let start = c.offset();
    let kind = if c.eat("DEFAULT") {
        PartitionBoundKind::Default
    } else {
        c.need_seq(&["FOR", "VALUES"])?;
        if c.eat("IN") {
            PartitionBoundKind::List(expressions(c)?)
        } else if c.eat("WITH") {
            let inside = c.need_parens()?;
            let (mut modulus, mut remainder) = (None, None);
            for mut part in inside.split_commas() {
                let word = part.need_any(&["MODULUS", "REMAINDER"])?;
                *(if word == 0 { &mut modulus } else { &mut remainder }) = part.need_number()?.parse().ok();
                part.need_end()?;
            }
            PartitionBoundKind::Hash { modulus, remainder }
        } else {
            c.need("FROM")?;
            let from = expressions(c)?;
            c.need("TO")?;
            PartitionBoundKind::Range { from, to: expressions(c)? }
        }
    };
    Ok(PartitionBound { span: c.span_since(start), kind })
}

/// `(expr, expr)`.
pub(super) fn expressions(c: &mut Cursor<'_>) -> Read<Vec<Expr>> {
    let inside = c.need_parens()?;
    inside.split_commas().map(|mut part| part.need_whole_expression()).collect()
}

/// `TEMPORARY`, `TEMP`, `UNLOGGED`, with the meaningless `LOCAL` or `GLOBAL` before.
pub(super) fn persistence(c: &mut Cursor<'_>) -> Option<Persistence> {
    for words in [&["LOCAL", "TEMP"], &["LOCAL", "TEMPORARY"], &["GLOBAL", "TEMP"], &["GLOBAL", "TEMPORARY"]] {
        if c.eat_seq(words) {
            return Some(Persistence::Temporary);
        }
    }
    match c.eat_any(&["TEMP", "TEMPORARY", "UNLOGGED"]) {
        Some(2) => Some(Persistence::Unlogged),
        Some(_) => Some(Persistence::Temporary),
        None => None,
    }
}

/// The method's name in a `USING method`; `btree` where none stands.
pub(super) fn access_method(c: &mut Cursor<'_>) -> Read<Name> {
    if c.eat("USING") { Ok(c.need_ident()?.name) } else { Ok(Name::new_static("btree")) }
}
