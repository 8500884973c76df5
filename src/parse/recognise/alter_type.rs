//! `ALTER TYPE`, `ALTER DOMAIN`.

use super::create::attribute_definition;
use super::demand::Read;
use super::object::role;
use super::option::options_in_parens;
use super::table_element::{column_constraint_kind, finish_constraint};
use crate::parse::cursor::Cursor;
use crate::parse::lex::TokenKind;
use crate::source::Span;
use crate::statement::{AlterDomain, AlterDomainAction, AlterType, AlterTypeAction, Command, Ident, Name};

/// `TYPE`, behind it.
pub(super) fn alter_type(c: &mut Cursor<'_>) -> Read<Command> {
    let name = c.need_name()?;
    let actions = c.need_list(type_action)?;
    c.need_end()?;
    Ok(Command::AlterType(Box::new(AlterType { name, actions })))
}

fn type_action(c: &mut Cursor<'_>) -> Read<AlterTypeAction> {
    if c.eat_seq(&["ADD", "VALUE"]) {
        let if_not_exists = c.eat_if_not_exists();
        let span = c.here();
        let value = c.need_string()?;
        let position = match c.eat_any(&["BEFORE", "AFTER"]) {
            Some(which) => Some((which == 1, c.need_string()?)),
            None => None,
        };
        return Ok(AlterTypeAction::AddValue { value, span, if_not_exists, position });
    }
    if c.is_seq(&["DROP", "VALUE"]) && c.is_nth_kind(2, TokenKind::String) {
        c.eat_seq(&["DROP", "VALUE"]);
        let span = c.here();
        c.need_string()?;
        return Ok(AlterTypeAction::DropValue { span });
    }
    if c.eat_seq(&["RENAME", "VALUE"]) {
        let from = c.need_string()?;
        c.need("TO")?;
        return Ok(AlterTypeAction::RenameValue { from, to: c.need_string()? });
    }
    if c.eat_seq(&["ADD", "ATTRIBUTE"]) {
        let column = Box::new(attribute_definition(c)?);
        return Ok(AlterTypeAction::AddAttribute { column, cascade: c.eat_behavior() });
    }
    if c.eat_seq(&["DROP", "ATTRIBUTE"]) {
        let if_exists = c.eat_if_exists();
        let name = c.need_ident()?;
        return Ok(AlterTypeAction::DropAttribute { name, if_exists, cascade: c.eat_behavior() });
    }
    if c.eat_seq(&["ALTER", "ATTRIBUTE"]) {
        let name = c.need_ident()?;
        c.eat_seq(&["SET", "DATA"]);
        c.need("TYPE")?;
        let ty = c.need_type()?;
        if c.eat("COLLATE") {
            c.need_name()?;
        }
        return Ok(AlterTypeAction::AlterAttribute { name, ty, cascade: c.eat_behavior() });
    }
    if c.eat_seq(&["RENAME", "ATTRIBUTE"]) {
        let from = c.need_ident()?;
        c.need("TO")?;
        let to = c.need_ident()?;
        return Ok(AlterTypeAction::RenameAttribute { from, to, cascade: c.eat_behavior() });
    }
    if c.eat_seq(&["RENAME", "TO"]) {
        return Ok(AlterTypeAction::RenameTo(c.need_ident()?));
    }
    if c.eat_seq(&["SET", "SCHEMA"]) {
        return Ok(AlterTypeAction::SetSchema(c.need_ident()?));
    }
    if c.eat_seq(&["OWNER", "TO"]) {
        role(c)?;
        return Ok(AlterTypeAction::Other);
    }
    c.need("SET")?;
    options_in_parens(c)?;
    Ok(AlterTypeAction::Other)
}

/// `DOMAIN`, behind it.
pub(super) fn alter_domain(c: &mut Cursor<'_>) -> Read<Command> {
    let name = c.need_name()?;
    let start = c.offset();
    let action = domain_action(c)?;
    c.need_end()?;
    Ok(Command::AlterDomain(Box::new(AlterDomain { name, action, span: c.span_since(start) })))
}

fn domain_action(c: &mut Cursor<'_>) -> Read<AlterDomainAction> {
    Ok(match c.need_any(&["SET", "DROP", "ADD", "VALIDATE", "RENAME", "OWNER"])? {
        0 if c.eat("DEFAULT") => AlterDomainAction::SetDefault(c.need_whole_expression()?),
        0 if c.eat_seq(&["NOT", "NULL"]) => AlterDomainAction::SetNotNull,
        0 => {
            c.need("SCHEMA")?;
            AlterDomainAction::SetSchema(c.need_ident()?)
        }
        1 if c.eat("DEFAULT") => AlterDomainAction::DropDefault,
        1 if c.eat_seq(&["NOT", "NULL"]) => AlterDomainAction::DropNotNull,
        1 => {
            c.need("CONSTRAINT")?;
            let if_exists = c.eat_if_exists();
            let name = c.need_ident()?;
            c.eat_behavior();
            AlterDomainAction::DropConstraint { if_exists, name }
        }
        2 => {
            let start = c.offset();
            let name = if c.eat("CONSTRAINT") { Some(c.need_ident()?) } else { None };
            let value = Ident { name: Name::new_static("value"), span: Span::empty(c.offset()) };
            let Some(kind) = column_constraint_kind(c, &value)? else { return c.stuck() };
            AlterDomainAction::AddConstraint(Box::new(finish_constraint(c, start, name, kind, true)?))
        }
        3 => {
            c.need("CONSTRAINT")?;
            AlterDomainAction::ValidateConstraint(c.need_ident()?)
        }
        4 if c.eat("CONSTRAINT") => {
            let from = c.need_ident()?;
            c.need("TO")?;
            AlterDomainAction::RenameConstraint { from, to: c.need_ident()? }
        }
        4 => {
            c.need("TO")?;
            AlterDomainAction::RenameTo(c.need_ident()?)
        }
        _ => {
            c.need("TO")?;
            role(c)?;
            AlterDomainAction::Other
        }
    })
}
