//! `ALTER`: which kind, and the kinds of which only a name, a schema or a few words matter.

use super::alter_relation::alter_relation;
use super::alter_type::{alter_domain, alter_type};
use super::create_object::{database_options, operator_items, role_options, wrapper_functions};
use super::demand::Read;
use super::function::{FunctionOptions, function_option};
use super::grant::alter_default_privileges;
use super::object::{object, object_kind, role};
use super::option::{foreign_options, options_in_parens, with_options};
use super::publication::alter_publication;
use super::setting::{alter_system, assignment, setting_name};
use super::trigger::policy;
use crate::migration::Problem;
use crate::parse::cursor::Cursor;
use crate::parse::lex::TokenKind;
use crate::statement::{AlterObject, Command, ObjectKind};

/// `ALTER`, behind it.
pub(super) fn alter(c: &mut Cursor<'_>, problems: &mut Vec<Problem>) -> Read<Command> {
    if c.eat_seq(&["DEFAULT", "PRIVILEGES"]) {
        return alter_default_privileges(c);
    }
    if c.eat("SYSTEM") {
        return alter_system(c);
    }
    let Some(kind) = object_kind(c) else { return c.stuck() };
    match kind {
        ObjectKind::Table
        | ObjectKind::ForeignTable
        | ObjectKind::Index
        | ObjectKind::View
        | ObjectKind::MaterializedView
        | ObjectKind::Sequence => alter_relation(c, kind, problems),
        ObjectKind::Type => alter_type(c),
        ObjectKind::Domain => alter_domain(c),
        ObjectKind::Policy => policy(c, true),
        ObjectKind::Publication => alter_publication(c),
        ObjectKind::Column
        | ObjectKind::Constraint
        | ObjectKind::Cast
        | ObjectKind::Transform
        | ObjectKind::AccessMethod
        | ObjectKind::Parameter
        | ObjectKind::Owned => c.stuck(),
        _ => alter_object(c, kind),
    }
}

fn alter_object(c: &mut Cursor<'_>, kind: ObjectKind) -> Read<Command> {
    if kind == ObjectKind::Statistics {
        c.eat_if_exists();
    }
    let object = object(c, kind)?;
    let on_table = matches!(kind, ObjectKind::Trigger | ObjectKind::Rule);
    let arguments = object.arguments;
    let (name, table) = if on_table {
        (object.part.map(|name| crate::statement::ObjectName { schema: None, name }), object.name)
    } else {
        (object.name, None)
    };
    let mut altered = AlterObject {
        kind,
        name,
        arguments,
        table,
        rename_to: None,
        set_schema: None,
        volatility: None,
        depends_on_extension: false,
        rest: c.words(),
    };
    if c.at_end() && !matches!(kind, ObjectKind::Role | ObjectKind::Database | ObjectKind::UserMapping) {
        return c.stuck();
    }
    if c.eat_seq(&["RENAME", "TO"]) {
        altered.rename_to = Some(c.need_ident()?);
        altered.rest = Default::default();
    } else if c.eat_seq(&["SET", "SCHEMA"]) {
        altered.set_schema = Some(c.need_ident()?);
        altered.rest = Default::default();
    } else if c.eat_seq(&["OWNER", "TO"]) {
        role(c)?;
    } else if c.eat_seq(&["DEPENDS", "ON", "EXTENSION"]) || c.eat_seq(&["NO", "DEPENDS", "ON", "EXTENSION"]) {
        c.need_ident()?;
        altered.depends_on_extension = true;
    } else {
        action(c, kind, &mut altered)?;
    }
    c.need_end()?;
    Ok(Command::AlterObject(Box::new(altered)))
}

/// What only this kind of object can be asked for.
fn action(c: &mut Cursor<'_>, kind: ObjectKind, altered: &mut AlterObject) -> Read<()> {
    match kind {
        ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Routine => {
            let mut options = FunctionOptions::default();
            while function_option(c, &mut options)? {}
            c.eat("RESTRICT");
            altered.volatility = options.volatility;
        }
        ObjectKind::Role => {
            if c.eat_seq(&["IN", "DATABASE"]) {
                c.need_ident()?;
                return configuration(c);
            }
            if c.is_any(&["SET", "RESET"]) {
                return configuration(c);
            }
            if c.eat_any(&["ADD", "DROP"]).is_some() {
                c.need("USER")?;
                c.need_list(role)?;
                return Ok(());
            }
            c.eat("WITH");
            role_options(c)?;
        }
        ObjectKind::Database => {
            if c.eat_seq(&["SET", "TABLESPACE"]) {
                c.need_ident()?;
            } else if c.is_any(&["SET", "RESET"]) {
                return configuration(c);
            } else if !c.eat_seq(&["REFRESH", "COLLATION", "VERSION"]) {
                c.eat("WITH");
                database_options(c)?;
            }
        }
        ObjectKind::EventTrigger => {
            if c.need_any(&["ENABLE", "DISABLE"])? == 0 {
                c.eat_any(&["REPLICA", "ALWAYS"]);
            }
        }
        ObjectKind::Extension => extension(c)?,
        ObjectKind::Subscription => subscription(c)?,
        ObjectKind::Statistics => {
            c.need_seq(&["SET", "STATISTICS"])?;
            if !c.eat("DEFAULT") {
                c.need_number()?;
            }
        }
        ObjectKind::Server => {
            if c.eat("VERSION") && !c.eat("NULL") {
                c.need_string()?;
            }
            foreign_options(c)?;
        }
        ObjectKind::UserMapping => {
            foreign_options(c)?;
        }
        ObjectKind::ForeignDataWrapper => {
            wrapper_functions(c)?;
            foreign_options(c)?;
        }
        ObjectKind::Operator => {
            c.need("SET")?;
            options_in_parens(c)?;
        }
        ObjectKind::OperatorFamily => {
            if c.need_any(&["ADD", "DROP"])? == 0 {
                return operator_items(c);
            }
            c.need_list(|c| {
                c.need_any(&["OPERATOR", "FUNCTION"])?;
                c.need_number()?;
                c.need_parens()
            })?;
        }
        ObjectKind::Collation => c.need_seq(&["REFRESH", "VERSION"])?,
        ObjectKind::Tablespace => {
            c.need_any(&["SET", "RESET"])?;
            options_in_parens(c)?;
        }
        ObjectKind::TextSearchDictionary => {
            options_in_parens(c)?;
        }
        ObjectKind::TextSearchConfiguration => text_search_mapping(c)?,
        _ => return c.stuck(),
    }
    Ok(())
}

/// `SET name = value`, `RESET name`, `RESET ALL`.
fn configuration(c: &mut Cursor<'_>) -> Read<()> {
    if c.need_any(&["SET", "RESET"])? == 1 {
        setting_name(c)?;
    } else {
        assignment(c)?;
    }
    Ok(())
}

fn extension(c: &mut Cursor<'_>) -> Read<()> {
    if c.need_any(&["UPDATE", "ADD", "DROP"])? == 0 {
        if c.eat("TO") && c.string().is_none() {
            c.need_ident()?;
        }
        return Ok(());
    }
    let Some(kind) = object_kind(c) else { return c.stuck() };
    object(c, kind)?;
    Ok(())
}

fn subscription(c: &mut Cursor<'_>) -> Read<()> {
    match c.need_any(&["CONNECTION", "SET", "ADD", "DROP", "REFRESH", "ENABLE", "DISABLE", "SKIP"])? {
        0 => {
            c.need_string()?;
        }
        1 if c.is_kind(TokenKind::LParen) => {
            options_in_parens(c)?;
        }
        1..=3 => {
            c.need("PUBLICATION")?;
            c.need_idents()?;
            with_options(c)?;
        }
        4 => {
            c.need("PUBLICATION")?;
            with_options(c)?;
        }
        7 => {
            options_in_parens(c)?;
        }
        _ => {}
    }
    Ok(())
}

/// `ADD | ALTER | DROP MAPPING [IF EXISTS] [FOR tokens] [REPLACE a] [WITH dictionaries]`.
fn text_search_mapping(c: &mut Cursor<'_>) -> Read<()> {
    c.need_any(&["ADD", "ALTER", "DROP"])?;
    c.need("MAPPING")?;
    c.eat_if_exists();
    if c.eat("FOR") {
        c.need_idents()?;
    }
    if c.eat("REPLACE") {
        c.need_name()?;
    }
    if c.eat("WITH") {
        c.need_names()?;
    }
    Ok(())
}
