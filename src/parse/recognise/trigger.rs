//! What stands on a table and acts or filters: triggers, rules, policies; and event triggers.

use super::create_object::empty_object;
use super::demand::Read;
use super::nothing;
use super::object::role;
use super::table_element::constraint_attributes;
use crate::parse::cursor::Cursor;
use crate::parse::dml::dml;
use crate::parse::lex::TokenKind;
use crate::statement::{
    Command, CreateObject, CreateRule, CreateTrigger, Name, ObjectKind, ObjectName, Policy, Statement, StorageOption,
};

/// `TRIGGER`, behind it.
pub(super) fn create_trigger(c: &mut Cursor<'_>, or_replace: bool, constraint: bool) -> Read<Command> {
    let name = c.need_ident()?;
    let timing = match c.need_any(&["BEFORE", "AFTER", "INSTEAD"])? {
        0 => "before",
        1 => "after",
        _ => {
            c.need("OF")?;
            "instead of"
        }
    };
    let mut events = Vec::new();
    let mut columns = Vec::new();
    loop {
        const EVENTS: [&str; 4] = ["insert", "update", "delete", "truncate"];
        let event = EVENTS[c.need_any(&["INSERT", "UPDATE", "DELETE", "TRUNCATE"])?];
        events.push(Name::new_static(event));
        if event == "update" && c.eat("OF") {
            columns.extend(c.need_idents()?);
        }
        if !c.eat("OR") {
            break;
        }
    }
    c.need("ON")?;
    let table = c.need_name()?;
    let from = if c.eat("FROM") { Some(c.need_name()?) } else { None };
    let (deferrable, initially_deferred) = constraint_attributes(c)?;
    let (mut old_table, mut new_table) = (None, None);
    if c.eat("REFERENCING") {
        while let Some(which) = c.eat_any(&["NEW", "OLD"]) {
            c.need_any(&["TABLE", "ROW"])?;
            c.eat("AS");
            let name = c.need_ident()?;
            *(if which == 0 { &mut new_table } else { &mut old_table }) = Some(name);
        }
    }
    let mut for_each_row = false;
    if c.eat("FOR") {
        c.eat("EACH");
        for_each_row = c.need_any(&["ROW", "STATEMENT"])? == 0;
    }
    let when = if c.eat("WHEN") { Some(c.need_expression_in_parens()?) } else { None };
    let (function, arguments) = execute_function(c)?;
    c.need_end()?;
    Ok(Command::CreateTrigger(Box::new(CreateTrigger {
        name,
        or_replace,
        constraint,
        timing: Name::new_static(timing),
        events,
        columns,
        table,
        from,
        transitions: old_table.is_some() || new_table.is_some(),
        initially_deferred,
        for_each_row,
        when,
        function: Some(function),
        arguments,
        deferrable,
        old_table,
        new_table,
    })))
}

/// `EXECUTE FUNCTION name(arguments)`; the arguments are constants in any spelling.
fn execute_function(c: &mut Cursor<'_>) -> Read<(ObjectName, Vec<Name>)> {
    c.need("EXECUTE")?;
    c.need_any(&["FUNCTION", "PROCEDURE"])?;
    let function = c.need_name()?;
    let arguments = c.need_parens()?.split_commas().map(|mut argument| {
        let value = if argument.is_string() {
            argument.need_string()?
        } else if argument.is_ident() {
            argument.need_ident()?.name
        } else {
            argument.need_number()?
        };
        argument.need_end()?;
        Ok(value)
    });
    Ok((function, arguments.collect::<Read<_>>()?))
}

/// `EVENT TRIGGER`, behind it.
pub(super) fn create_event_trigger(c: &mut Cursor<'_>) -> Read<Command> {
    let name = c.need_ident()?;
    c.need("ON")?;
    let event = c.need_ident()?;
    if c.eat("WHEN") {
        loop {
            c.need_ident()?;
            c.need("IN")?;
            c.need_parens()?;
            if !c.eat("AND") {
                break;
            }
        }
    }
    let (function, _) = execute_function(c)?;
    c.need_end()?;
    let event = StorageOption { name: Name::new_static("event"), value: Some(event.name), span: event.span };
    Ok(Command::CreateObject(Box::new(CreateObject {
        name: Some(ObjectName { schema: None, name }),
        needs: vec![(ObjectKind::Function, function)],
        options: vec![event],
        ..empty_object(ObjectKind::EventTrigger)
    })))
}

/// `RULE`, behind it.
pub(super) fn create_rule(c: &mut Cursor<'_>, or_replace: bool) -> Read<Command> {
    const EVENTS: [&str; 4] = ["select", "insert", "update", "delete"];
    let name = c.need_ident()?;
    c.need_seq(&["AS", "ON"])?;
    let event = Name::new_static(EVENTS[c.need_any(&["SELECT", "INSERT", "UPDATE", "DELETE"])?]);
    c.need("TO")?;
    let table = c.need_name()?;
    let filter = if c.eat("WHERE") { Some(c.until(|c| c.is("DO")).need_whole_expression()?) } else { None };
    c.need("DO")?;
    let instead = c.eat_any(&["INSTEAD", "ALSO"]) == Some(0);
    let mut actions = Vec::new();
    if c.eat("NOTHING") {
        c.need_end()?;
    } else {
        let mut body = c.take_rest();
        let mut behind = body.clone();
        if body.is_kind(TokenKind::LParen) {
            let inside = behind.need_parens()?;
            // `(SELECT ...) UNION ...` is one query.
            if behind.at_end() {
                body = inside;
            }
        }
        while !body.at_end() {
            let part = body.until(|c| c.is_kind(TokenKind::Semicolon));
            if !part.at_end() {
                actions.push(rule_action(part)?);
            }
            body.eat_kind(TokenKind::Semicolon);
        }
        if actions.is_empty() {
            return c.stuck();
        }
    }
    Ok(Command::CreateRule(Box::new(CreateRule { name, or_replace, event, table, filter, instead, actions })))
}

fn rule_action(part: Cursor<'_>) -> Read<Statement> {
    let span = part.rest_span();
    let command = if part.is("NOTIFY") { Some(nothing("NOTIFY")) } else { dml(part.clone()) };
    let Some(command) = command else { return part.stuck() };
    Ok(Statement { span, command, guard: None })
}

/// `POLICY`, behind it, of `CREATE` and `ALTER`.
pub(super) fn policy(c: &mut Cursor<'_>, alter: bool) -> Read<Command> {
    const COMMANDS: [&str; 5] = ["all", "select", "insert", "update", "delete"];
    if alter {
        c.eat_if_exists();
    }
    let name = c.need_ident()?;
    c.need("ON")?;
    let table = c.need_name()?;
    let mut policy = Policy {
        alter,
        name,
        table,
        restrictive: false,
        command: None,
        roles: Vec::new(),
        using: None,
        with_check: None,
        rename_to: None,
    };
    if alter && c.eat_seq(&["RENAME", "TO"]) {
        policy.rename_to = Some(c.need_ident()?);
        c.need_end()?;
        return Ok(Command::Policy(Box::new(policy)));
    }
    if !alter && c.eat("AS") {
        policy.restrictive = c.need_any(&["PERMISSIVE", "RESTRICTIVE"])? == 1;
    }
    if !alter && c.eat("FOR") {
        policy.command =
            Some(Name::new_static(COMMANDS[c.need_any(&["ALL", "SELECT", "INSERT", "UPDATE", "DELETE"])?]));
    }
    if c.eat("TO") {
        policy.roles = c.need_list(role)?.into_iter().map(|role| role.name).collect();
    }
    if c.eat("USING") {
        policy.using = Some(c.need_expression_in_parens()?);
    }
    if c.eat_seq(&["WITH", "CHECK"]) {
        policy.with_check = Some(c.need_expression_in_parens()?);
    }
    c.need_end()?;
    Ok(Command::Policy(Box::new(policy)))
}
