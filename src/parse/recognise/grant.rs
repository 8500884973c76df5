//! `GRANT`, `REVOKE`, `ALTER DEFAULT PRIVILEGES`.

use super::demand::Read;
use super::object::{object, role};
use crate::parse::cursor::Cursor;
use crate::parse::lex::TokenKind;
use crate::statement::{Command, Grant, Name, ObjectKind};

/// The words that stand before the objects of a `GRANT ... ON`; a table needs none.
const KINDS: [(&[&str], ObjectKind); 15] = [
    (&["TABLE"], ObjectKind::Table),
    (&["SEQUENCE"], ObjectKind::Sequence),
    (&["FUNCTION"], ObjectKind::Function),
    (&["PROCEDURE"], ObjectKind::Procedure),
    (&["ROUTINE"], ObjectKind::Routine),
    (&["SCHEMA"], ObjectKind::Schema),
    (&["DATABASE"], ObjectKind::Database),
    (&["DOMAIN"], ObjectKind::Domain),
    (&["TYPE"], ObjectKind::Type),
    (&["LANGUAGE"], ObjectKind::Language),
    (&["LARGE", "OBJECT"], ObjectKind::LargeObject),
    (&["TABLESPACE"], ObjectKind::Tablespace),
    (&["FOREIGN", "DATA", "WRAPPER"], ObjectKind::ForeignDataWrapper),
    (&["FOREIGN", "SERVER"], ObjectKind::Server),
    (&["PARAMETER"], ObjectKind::Parameter),
];

/// Kinds in the plural: of `ALL ... IN SCHEMA` and of default privileges.
const PLURALS: [(&[&str], ObjectKind); 8] = [
    (&["TABLES"], ObjectKind::Table),
    (&["SEQUENCES"], ObjectKind::Sequence),
    (&["FUNCTIONS"], ObjectKind::Function),
    (&["PROCEDURES"], ObjectKind::Procedure),
    (&["ROUTINES"], ObjectKind::Routine),
    (&["TYPES"], ObjectKind::Type),
    (&["SCHEMAS"], ObjectKind::Schema),
    (&["LARGE", "OBJECTS"], ObjectKind::LargeObject),
];

/// `GRANT`, `REVOKE`, from the verb.
pub(super) fn grant(c: &mut Cursor<'_>) -> Read<Command> {
    let mut grant = empty();
    privileges(c, &mut grant)?;
    if c.eat("ON") {
        objects(c, &mut grant)?;
    }
    grantees(c, &mut grant)?;
    Ok(Command::Grant(Box::new(grant)))
}

/// `DEFAULT PRIVILEGES`, behind it.
pub(super) fn alter_default_privileges(c: &mut Cursor<'_>) -> Read<Command> {
    let mut grant = Grant { default_privileges: true, ..empty() };
    loop {
        if c.eat_seq(&["IN", "SCHEMA"]) {
            grant.in_schemas.extend(c.need_idents()?);
        } else if c.eat("FOR") {
            c.need_any(&["ROLE", "USER"])?;
            grant.for_roles.extend(c.need_list(role)?.into_iter().map(|role| role.name));
        } else {
            break;
        }
    }
    privileges(c, &mut grant)?;
    c.need("ON")?;
    let Some((_, kind)) = PLURALS.iter().find(|(words, _)| c.eat_seq(words)) else { return c.stuck() };
    grant.kind = Some(*kind);
    grantees(c, &mut grant)?;
    Ok(Command::Grant(Box::new(grant)))
}

fn empty() -> Grant {
    Grant {
        revoke: false,
        default_privileges: false,
        privileges: Vec::new(),
        columns: Vec::new(),
        kind: None,
        names: Vec::new(),
        arguments: Vec::new(),
        for_roles: Vec::new(),
        in_schemas: Vec::new(),
        grantees: Vec::new(),
        grant_option: false,
        granted_by: None,
        cascade: false,
    }
}

/// The verb, and what is granted up to `ON`, or up to the grantees where roles are granted.
fn privileges(c: &mut Cursor<'_>, grant: &mut Grant) -> Read<()> {
    grant.revoke = c.need_any(&["GRANT", "REVOKE"])? == 1;
    if grant.revoke && c.is_nth(1, "OPTION") && c.is_nth(2, "FOR") {
        c.need_any(&["GRANT", "ADMIN", "INHERIT", "SET"])?;
        c.need_seq(&["OPTION", "FOR"])?;
        grant.grant_option = true;
    }
    let columns = &mut grant.columns;
    grant.privileges = c.need_list(|c| {
        let mut name = c.need_ident()?.name.to_string();
        if name == "all" {
            c.eat("PRIVILEGES");
        }
        // `ALTER SYSTEM` is the one privilege of two words.
        if name == "alter" && c.eat("SYSTEM") {
            name.push_str(" system");
        }
        if c.is_kind(TokenKind::LParen) {
            columns.extend(c.need_columns()?);
        }
        Ok(Name::from(name))
    })?;
    Ok(())
}

fn objects(c: &mut Cursor<'_>, grant: &mut Grant) -> Read<()> {
    if c.eat("ALL") {
        let Some((_, kind)) = PLURALS[..5].iter().find(|(words, _)| c.eat_seq(words)) else { return c.stuck() };
        grant.kind = Some(*kind);
        c.need_seq(&["IN", "SCHEMA"])?;
        grant.in_schemas = c.need_idents()?;
        return Ok(());
    }
    // None of these words is reserved but TABLE: a table may be called `type`.
    let is_name = !c.is("TABLE")
        && (c.is_nth(1, "TO")
            || c.is_nth(1, "FROM")
            || c.is_nth_kind(1, TokenKind::Comma)
            || c.is_nth_kind(1, TokenKind::Dot));
    let named = if is_name { None } else { KINDS.iter().find(|(words, _)| c.eat_seq(words)) };
    let kind = named.map_or(ObjectKind::Table, |(_, kind)| *kind);
    grant.kind = Some(kind);
    match kind {
        ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Routine => {
            for object in c.need_list(|c| object(c, kind))? {
                grant.names.extend(object.name);
                grant.arguments.push(object.arguments);
            }
        }
        ObjectKind::LargeObject => {
            c.need_list(Cursor::need_number)?;
        }
        _ => grant.names = c.need_names()?,
    }
    Ok(())
}

fn grantees(c: &mut Cursor<'_>, grant: &mut Grant) -> Read<()> {
    c.need(if grant.revoke { "FROM" } else { "TO" })?;
    let roles = c.need_list(role)?;
    grant.grantees = roles.into_iter().map(|role| role.name).collect();
    if !grant.revoke && c.eat("WITH") {
        let options = c.need_list(|c| {
            let which = c.need_any(&["GRANT", "ADMIN", "INHERIT", "SET"])?;
            // From 16: `ADMIN TRUE`, `INHERIT FALSE`.
            let on = c.eat_any(&["OPTION", "TRUE", "FALSE"]);
            on.map_or_else(|| c.stuck(), |on| Ok(which < 2 && on != 2))
        })?;
        grant.grant_option = options.contains(&true);
    }
    if c.eat_seq(&["GRANTED", "BY"]) {
        grant.granted_by = Some(role(c)?.name);
    }
    grant.cascade = grant.revoke && c.eat_behavior();
    c.need_end()
}
