//! `DROP` of everything, `REASSIGN OWNED`, `TRUNCATE`.

use super::demand::Read;
use super::object::{object, object_kind, role};
use super::option::options_in_parens;
use crate::parse::cursor::Cursor;
use crate::parse::lex::TokenKind;
use crate::statement::{AlterObject, Command, Drop, DropOnTable, Name, ObjectKind, ObjectName, Truncate};

/// `DROP`, behind it.
pub(super) fn drop(c: &mut Cursor<'_>) -> Read<Command> {
    let Some(kind) = object_kind(c) else { return c.stuck() };
    match kind {
        ObjectKind::Trigger | ObjectKind::Policy | ObjectKind::Rule => return drop_on_table(c, kind),
        ObjectKind::Column | ObjectKind::Constraint | ObjectKind::LargeObject | ObjectKind::Parameter => {
            return c.stuck();
        }
        _ => {}
    }
    let mut drop =
        Drop { kind, names: Vec::new(), arguments: Vec::new(), if_exists: false, cascade: false, concurrently: None };
    if kind == ObjectKind::Owned {
        c.need("BY")?;
        let roles = c.need_list(role)?;
        drop.names = roles.into_iter().map(|name| ObjectName { schema: None, name }).collect();
    } else {
        if kind == ObjectKind::Index {
            drop.concurrently = c.eat_span("CONCURRENTLY");
        }
        drop.if_exists = c.eat_if_exists();
        for object in c.need_list(|c| object(c, kind))? {
            if let Some(name) = object.name {
                drop.names.push(name);
                drop.arguments.push(object.arguments);
            }
        }
    }
    if kind == ObjectKind::Database {
        if c.eat("WITH") || c.is_kind(TokenKind::LParen) {
            options_in_parens(c)?;
        }
    } else if !matches!(kind, ObjectKind::Role | ObjectKind::Tablespace | ObjectKind::UserMapping) {
        drop.cascade = c.eat_behavior();
    }
    c.need_end()?;
    Ok(Command::Drop(Box::new(drop)))
}

fn drop_on_table(c: &mut Cursor<'_>, kind: ObjectKind) -> Read<Command> {
    let if_exists = c.eat_if_exists();
    let name = c.need_ident()?;
    c.need("ON")?;
    let table = c.need_name()?;
    let cascade = c.eat_behavior();
    c.need_end()?;
    Ok(Command::DropOnTable(Box::new(DropOnTable { kind, name, table, if_exists, cascade })))
}

/// `REASSIGN OWNED BY roles TO role`.
pub(super) fn reassign(c: &mut Cursor<'_>) -> Read<Command> {
    let rest = c.words();
    c.need_seq(&["REASSIGN", "OWNED", "BY"])?;
    c.need_list(role)?;
    c.need("TO")?;
    role(c)?;
    c.need_end()?;
    let rest = Name::from(rest);
    Ok(Command::AlterObject(Box::new(AlterObject {
        kind: ObjectKind::Owned,
        name: None,
        arguments: None,
        table: None,
        rename_to: None,
        set_schema: None,
        volatility: None,
        depends_on_extension: false,
        rest,
    })))
}

/// `TRUNCATE`.
pub(super) fn truncate(c: &mut Cursor<'_>) -> Read<Command> {
    c.need("TRUNCATE")?;
    c.eat("TABLE");
    let tables = c.need_list(Cursor::need_relation)?;
    let restart_identity = c.eat_seq(&["RESTART", "IDENTITY"]);
    c.eat_seq(&["CONTINUE", "IDENTITY"]);
    let cascade = c.eat_behavior();
    c.need_end()?;
    Ok(Command::Truncate(Truncate { tables, cascade, restart_identity }))
}
