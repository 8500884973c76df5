//! Columns and constraints, as `CREATE TABLE`, `ALTER TABLE`, `CREATE DOMAIN` and `CREATE TYPE` write them.

use super::create_index::index_key;
use super::demand::Read;
use super::object::operator_name;
use super::option::{foreign_options, options_in_parens, with_options};
use super::sequence::identity_options;
use crate::parse::cursor::Cursor;
use crate::parse::lex::TokenKind;
use crate::parse::query::add;
use crate::source::Span;
use crate::statement::{
    ColumnDef, Constraint, ConstraintKind, Expr, ExprKind, ForeignKey, Generated, Ident, Identity, IndexConstraint,
    List, Name,
};
use std::cell::Cell;

/// A whole column definition: name, type, and what follows them in any order.
pub(super) fn column_definition(c: &mut Cursor<'_>) -> Read<ColumnDef> {
    let span = c.rest_span();
    let name = c.need_ident()?;
    let ty = c.need_type()?;
    let mut column = ColumnDef { ty: Some(ty), ..empty_column(span, name) };
    column_options(c, &mut column)?;
    Ok(column)
}

/// `name [WITH OPTIONS] ...`: a column whose type comes from elsewhere.
pub(super) fn column_of_known_type(c: &mut Cursor<'_>) -> Read<ColumnDef> {
    let span = c.rest_span();
    let name = c.need_ident()?;
    let mut column = empty_column(span, name);
    c.eat_seq(&["WITH", "OPTIONS"]);
    column_options(c, &mut column)?;
    Ok(column)
}

/// A column of which only the name is known.
pub(super) fn empty_column(span: Span, name: Ident) -> ColumnDef {
    ColumnDef {
        span,
        name,
        ty: None,
        collation: None,
        options: List::new(),
        default: None,
        generated: None,
        identity: None,
        compression: None,
        storage: None,
        constraints: List::new(),
    }
}

fn column_options(c: &mut Cursor<'_>, column: &mut ColumnDef) -> Read<()> {
    while !c.at_end() {
        let start = c.offset();
        if c.eat("COLLATE") {
            column.collation = Some(Box::new(c.need_name()?));
        } else if c.is_any(&["COMPRESSION", "STORAGE"]) {
            let storage = c.is("STORAGE");
            c.next();
            c.need_ident()?;
            *(if storage { &mut column.storage } else { &mut column.compression }) = Some(c.span_since(start));
        } else if c.is("OPTIONS") && c.is_nth_kind(1, TokenKind::LParen) {
            column.options = foreign_options(c)?.into();
        } else {
            let name = if c.eat("CONSTRAINT") { Some(c.need_ident()?) } else { None };
            if c.eat("DEFAULT") {
                column.default = Some(default_expression(c)?);
            } else if c.is("GENERATED") {
                generated(c, column)?;
            } else if let Some(kind) = column_constraint_kind(c, &column.name)? {
                add(&mut column.constraints, finish_constraint(c, start, name, kind, true)?);
            } else if c.peek().is_some_and(|token| token.kind == TokenKind::Placeholder) {
                c.finish();
            } else {
                return c.stuck();
            }
        }
    }
    Ok(())
}

fn generated(c: &mut Cursor<'_>, column: &mut ColumnDef) -> Read<()> {
    let start = c.offset();
    c.need("GENERATED")?;
    let always = if c.eat("ALWAYS") {
        true
    } else {
        c.need_seq(&["BY", "DEFAULT"])?;
        false
    };
    c.need("AS")?;
    if c.eat("IDENTITY") {
        let options = identity_options(c)?;
        column.identity = Some(Box::new(Identity { span: c.span_since(start), always, options }));
    } else {
        let expr = c.need_expression_in_parens()?;
        let stored = c.eat_any(&["VIRTUAL", "STORED"]).map(|which| which == 1);
        column.generated = Some(Box::new(Generated { span: c.span_since(start), expr, stored }));
    }
    Ok(())
}

/// The expression behind `DEFAULT`, which ends where the next column constraint begins. The server's grammar allows only `b_expr`
/// there, so that `NOT` and `NULL` outside parentheses and `CASE` begin a constraint.
pub(super) fn default_expression(c: &mut Cursor<'_>) -> Read<Expr> {
    const STOPS: [&str; 13] = [
        "CONSTRAINT",
        "NOT",
        "NULL",
        "CHECK",
        "DEFAULT",
        "GENERATED",
        "UNIQUE",
        "PRIMARY",
        "REFERENCES",
        "COLLATE",
        "COMPRESSION",
        "STORAGE",
        "OPTIONS",
    ];
    let first = c.position();
    let cases = Cell::new(0_u32);
    let after_is = Cell::new(false);
    let mut part = c.until(|c| {
        let was_is = after_is.replace(c.is("IS"));
        if c.is("CASE") {
            cases.set(cases.get() + 1);
        } else if c.is("END") {
            cases.set(cases.get().saturating_sub(1));
        }
        c.position() > first && cases.get() == 0 && !was_is && c.is_any(&STOPS)
    });
    part.need_whole_expression()
}

/// What a constraint of a column or a domain demands; `None` where no constraint comes.
pub(super) fn column_constraint_kind(c: &mut Cursor<'_>, column: &Ident) -> Read<Option<ConstraintKind>> {
    Ok(Some(if c.is_seq(&["NOT", "NULL"]) {
        c.eat_seq(&["NOT", "NULL"]);
        ConstraintKind::NotNull(column.clone())
    } else if c.eat("NULL") {
        ConstraintKind::Null(column.clone())
    } else if c.eat("CHECK") {
        ConstraintKind::Check(c.need_expression_in_parens()?)
    } else if c.eat("UNIQUE") {
        ConstraintKind::Unique(Box::new(column_index(c, column)?))
    } else if c.eat_seq(&["PRIMARY", "KEY"]) {
        ConstraintKind::PrimaryKey(Box::new(column_index(c, column)?))
    } else if c.is("REFERENCES") {
        ConstraintKind::ForeignKey(Box::new(references(c, vec![column.clone()])?))
    } else {
        return Ok(None);
    }))
}

fn column_index(c: &mut Cursor<'_>, column: &Ident) -> Read<IndexConstraint> {
    let mut index = IndexConstraint { columns: vec![column.clone()], ..IndexConstraint::default() };
    index.nulls_not_distinct = nulls_not_distinct(c)?;
    index_storage(c, &mut index)?;
    Ok(index)
}

/// A whole table constraint, with its name.
pub(super) fn table_constraint(c: &mut Cursor<'_>) -> Read<Constraint> {
    let start = c.offset();
    let name = if c.eat("CONSTRAINT") { Some(c.need_ident()?) } else { None };
    let kind = if c.eat("CHECK") {
        ConstraintKind::Check(c.need_expression_in_parens()?)
    } else if c.eat_seq(&["NOT", "NULL"]) {
        ConstraintKind::NotNull(c.need_ident()?)
    } else if c.eat("UNIQUE") {
        ConstraintKind::Unique(Box::new(table_index(c)?))
    } else if c.eat_seq(&["PRIMARY", "KEY"]) {
        ConstraintKind::PrimaryKey(Box::new(table_index(c)?))
    } else if c.eat("EXCLUDE") {
        ConstraintKind::Exclude(Box::new(exclusion(c)?))
    } else if c.eat_seq(&["FOREIGN", "KEY"]) {
        let (columns, period) = key_columns(c)?;
        ConstraintKind::ForeignKey(Box::new(ForeignKey { period, ..references(c, columns)? }))
    } else {
        return c.stuck();
    };
    finish_constraint(c, start, name, kind, true)
}

/// Whether a table constraint begins here, and not a column: `EXCLUDE` alone may be a column's name.
pub(super) fn is_table_constraint(c: &Cursor<'_>) -> bool {
    c.is_any(&["CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"])
        || c.is_seq(&["NOT", "NULL"])
        || (c.is("EXCLUDE") && (c.is_nth(1, "USING") || c.is_nth_kind(1, TokenKind::LParen)))
}

/// The attributes behind a constraint. `NOT VALID` is read with a column's as well, where the server refuses it, but not with those of
/// a new domain.
pub(super) fn finish_constraint(
    c: &mut Cursor<'_>,
    start: u32,
    name: Option<Ident>,
    kind: ConstraintKind,
    of_relation: bool,
) -> Read<Constraint> {
    let mut constraint = Constraint {
        span: Span::empty(start),
        name,
        kind,
        not_valid: false,
        not_enforced: false,
        no_inherit: false,
        deferrable: false,
        initially_deferred: false,
    };
    loop {
        if c.eat_seq(&["NOT", "DEFERRABLE"]) {
            constraint.deferrable = false;
        } else if c.eat("DEFERRABLE") {
            constraint.deferrable = true;
        } else if c.eat("INITIALLY") {
            constraint.initially_deferred = c.need_any(&["IMMEDIATE", "DEFERRED"])? == 1;
            // The server takes INITIALLY DEFERRED for DEFERRABLE as well.
            constraint.deferrable |= constraint.initially_deferred;
        } else if c.eat_seq(&["NOT", "ENFORCED"]) {
            constraint.not_enforced = true;
        } else if c.eat("ENFORCED") {
            constraint.not_enforced = false;
        } else if c.eat_seq(&["NO", "INHERIT"]) {
            constraint.no_inherit = true;
        } else if of_relation && c.eat_seq(&["NOT", "VALID"]) {
            constraint.not_valid = true;
        } else {
            break;
        }
    }
    constraint.span = c.span_since(start);
    Ok(constraint)
}

/// The attributes of a constraint trigger: whether it is deferrable, and initially deferred.
pub(super) fn constraint_attributes(c: &mut Cursor<'_>) -> Read<(bool, bool)> {
    let (mut deferrable, mut deferred) = (false, false);
    loop {
        if c.eat("DEFERRABLE") {
            deferrable = true;
        } else if c.eat("INITIALLY") {
            deferred = c.need_any(&["IMMEDIATE", "DEFERRED"])? == 1;
            deferrable |= deferred;
        } else if !c.eat_seq(&["NOT", "DEFERRABLE"]) {
            return Ok((deferrable, deferred));
        }
    }
}

/// `NULLS NOT DISTINCT`; `NULLS DISTINCT` is the default.
pub(super) fn nulls_not_distinct(c: &mut Cursor<'_>) -> Read<bool> {
    if !c.eat("NULLS") {
        return Ok(false);
    }
    let not = c.eat("NOT");
    c.need("DISTINCT")?;
    Ok(not)
}

/// `[WITH (...)] [USING INDEX TABLESPACE name]`.
fn index_storage(c: &mut Cursor<'_>, index: &mut IndexConstraint) -> Read<()> {
    index.options = with_options(c)?;
    if c.eat_seq(&["USING", "INDEX", "TABLESPACE"]) {
        index.tablespace = Some(c.need_ident()?);
    }
    Ok(())
}

fn table_index(c: &mut Cursor<'_>) -> Read<IndexConstraint> {
    let mut index = IndexConstraint::default();
    if c.eat_seq(&["USING", "INDEX"]) {
        index.using_index = Some(c.need_ident()?);
        return Ok(index);
    }
    index.nulls_not_distinct = nulls_not_distinct(c)?;
    (index.columns, index.without_overlaps) = key_columns(c)?;
    if c.eat("INCLUDE") {
        index.include = c.need_columns()?;
    }
    index_storage(c, &mut index)?;
    Ok(index)
}

/// `(a, b)`, `(a, b WITHOUT OVERLAPS)`, `(a, PERIOD b)`; whether one of the two stood there.
fn key_columns(c: &mut Cursor<'_>) -> Read<(Vec<Ident>, bool)> {
    let mut inside = c.need_parens()?;
    let mut temporal = false;
    let columns = inside.need_list(|c| {
        // A column may be called `period`.
        if c.is("PERIOD") && c.peek_nth(1).is_some_and(|token| token.kind != TokenKind::Comma) {
            c.next();
            temporal = true;
        }
        let column = c.need_ident()?;
        temporal |= c.eat_seq(&["WITHOUT", "OVERLAPS"]);
        Ok(column)
    })?;
    inside.need_end()?;
    Ok((columns, temporal))
}

fn exclusion(c: &mut Cursor<'_>) -> Read<IndexConstraint> {
    let mut index = IndexConstraint::default();
    if c.eat("USING") {
        index.method = Some(c.need_ident()?.name);
    }
    let inside = c.need_parens()?;
    for mut element in inside.split_commas() {
        let key = index_key(&mut element.until(|c| c.is("WITH")))?;
        if let ExprKind::Column(path) = &key.expr.kind {
            index.columns.extend(path.last().cloned());
        }
        element.need("WITH")?;
        let operator = if element.eat("OPERATOR") {
            operator_name(&mut element.need_parens()?)?
        } else {
            operator_name(&mut element)?
        };
        element.need_end()?;
        index.elements.push((key, operator));
    }
    if c.eat("INCLUDE") {
        index.include = c.need_columns()?;
    }
    index_storage(c, &mut index)?;
    if c.eat("WHERE") {
        index.predicate = Some(c.need_expression_in_parens()?);
    }
    Ok(index)
}

fn references(c: &mut Cursor<'_>, columns: Vec<Ident>) -> Read<ForeignKey> {
    c.need("REFERENCES")?;
    let references = c.need_name()?;
    let referenced_columns = if c.is_kind(TokenKind::LParen) { key_columns(c)?.0 } else { Vec::new() };
    let mut key = ForeignKey {
        columns,
        references,
        referenced_columns,
        on_delete: None,
        on_update: None,
        match_full: false,
        set_columns: Vec::new(),
        period: false,
    };
    if c.eat("MATCH") {
        key.match_full = c.need_any(&["FULL", "PARTIAL", "SIMPLE"])? == 0;
    }
    while c.eat("ON") {
        let update = c.need_any(&["DELETE", "UPDATE"])? == 1;
        let (action, columns) = referential_action(c)?;
        if !update {
            key.set_columns = columns;
        }
        *(if update { &mut key.on_update } else { &mut key.on_delete }) = Some(action);
    }
    Ok(key)
}

/// The action, and the columns that it sets.
fn referential_action(c: &mut Cursor<'_>) -> Read<(Name, Vec<Ident>)> {
    const ACTIONS: [(&[&str], &str); 5] = [
        (&["CASCADE"], "cascade"),
        (&["RESTRICT"], "restrict"),
        (&["NO", "ACTION"], "no action"),
        (&["SET", "NULL"], "set null"),
        (&["SET", "DEFAULT"], "set default"),
    ];
    let Some((_, name)) = ACTIONS.iter().find(|(words, _)| c.eat_seq(words)) else { return c.stuck() };
    let lists = name.starts_with("set") && c.is_kind(TokenKind::LParen);
    let columns = if lists { c.need_columns()? } else { Vec::new() };
    Ok((Name::new_static(name), columns))
}

/// `WITH (...)`, or the `WITH OIDS` and `WITHOUT OIDS` of PostgreSQL 11 and before.
pub(super) fn table_options(c: &mut Cursor<'_>) -> Read<Vec<crate::statement::StorageOption>> {
    let start = c.offset();
    if c.eat_seq(&["WITHOUT", "OIDS"]) {
        return Ok(Vec::new());
    }
    if c.eat_seq(&["WITH", "OIDS"]) {
        let name = Name::new_static("oids");
        return Ok(vec![crate::statement::StorageOption { name, value: None, span: c.span_since(start) }]);
    }
    if c.is("WITH") && c.is_nth_kind(1, TokenKind::LParen) {
        c.next();
        return options_in_parens(c);
    }
    Ok(Vec::new())
}
