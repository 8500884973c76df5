//! `WITH` clauses.

use super::from::{column_names, constant_rows};
use super::scope::Cte;
use super::{Scope, absorb};
use crate::parse::cursor::{Cursor, MAX_DEPTH};
use crate::parse::dml::dml;
use crate::parse::expression::expression;
use crate::parse::lex::TokenKind;
use crate::statement::{Command, Name, Query, Statement};
use std::rc::Rc;

/// Reads a `WITH` clause if one stands here; gives its CTEs.
pub(crate) fn with_clause(cursor: &mut Cursor<'_>, query: &mut Query) -> Option<Vec<Cte>> {
    if !cursor.eat("WITH") {
        return None;
    }
    let recursive = cursor.eat("RECURSIVE");
    let mut names = Vec::new();
    if recursive {
        // All of them see each other.
        let mut ahead = cursor.clone();
        while let Some((name, _, _)) = common_table_expression(&mut ahead) {
            names.push(Cte { name, rows: None });
            if ahead.eat_kind(TokenKind::Comma).is_none() {
                break;
            }
        }
    }
    loop {
        let Some((name, columns, inside)) = common_table_expression(cursor) else {
            query.understood = false;
            break;
        };
        let scope = Scope { parent: cursor.scope(), ctes: names.clone(), sources: Vec::new() };
        let inside = inside.with_scope(&scope);
        let span = inside.rest_span();
        let mut rows = None;
        match if inside.depth() > MAX_DEPTH { None } else { dml(inside) } {
            Some(Command::Query(inner)) => {
                rows = constant_rows(&inner, None, columns).map(Rc::new);
                absorb(query, *inner);
            }
            Some(command) => query.writes.push(Statement { span, command, guard: None }),
            None => query.understood = false,
        }
        if !recursive {
            names.push(Cte { name, rows });
        }
        if cursor.eat_kind(TokenKind::Comma).is_none() {
            break;
        }
    }
    Some(names)
}

/// Whether the statement behind a `WITH` clause writes rows.
pub(crate) fn writes_behind_with(mut cursor: Cursor<'_>) -> bool {
    cursor.eat("WITH");
    cursor.eat("RECURSIVE");
    while common_table_expression(&mut cursor).is_some() && cursor.eat_kind(TokenKind::Comma).is_some() {}
    cursor.is_any(&["INSERT", "UPDATE", "DELETE", "MERGE"])
}

/// `name [(columns)] AS [[NOT] MATERIALIZED] (statement) [SEARCH ...] [CYCLE ...]`.
fn common_table_expression<'a>(cursor: &mut Cursor<'a>) -> Option<(Name, Vec<Name>, Cursor<'a>)> {
    let name = cursor.ident()?;
    let columns = column_names(cursor);
    if !cursor.eat("AS") {
        return None;
    }
    cursor.eat("NOT");
    cursor.eat("MATERIALIZED");
    let inside = cursor.parens()?;
    let idents =
        |cursor: &mut Cursor<'a>| while cursor.ident().is_some() && cursor.eat_kind(TokenKind::Comma).is_some() {};
    if cursor.eat("SEARCH") {
        let _ = cursor.eat("BREADTH") || cursor.eat("DEPTH");
        cursor.eat_seq(&["FIRST", "BY"]);
        idents(cursor);
        cursor.eat("SET");
        cursor.ident();
    }
    if cursor.eat("CYCLE") {
        idents(cursor);
        cursor.eat("SET");
        cursor.ident();
        if cursor.eat("TO") {
            expression(cursor);
            cursor.eat("DEFAULT");
            expression(cursor);
        }
        cursor.eat("USING");
        cursor.ident();
    }
    Some((name.name, columns, inside))
}
