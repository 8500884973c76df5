//! `SET`, `RESET`, `SHOW`, `DISCARD`, `ALTER SYSTEM`, `SELECT set_config(...)`.

use super::demand::Read;
use super::nothing;
use super::transaction::modes;
use crate::parse::cursor::Cursor;
use crate::parse::lex::TokenKind;
use crate::source::Span;
use crate::statement::{Command, ExprKind, Ident, Literal, Name, Set, SetScope, SetValue, Transaction};

/// `SET`, from the verb.
pub(super) fn set(c: &mut Cursor<'_>) -> Read<Command> {
    c.need("SET")?;
    if c.is("CONSTRAINTS") && !follows_name(c) {
        c.next();
        if !c.eat("ALL") {
            c.need_names()?;
        }
        c.need_any(&["DEFERRED", "IMMEDIATE"])?;
        c.need_end()?;
        return Ok(Command::Transaction(Transaction::Characteristics));
    }
    let scope = scope(c);
    if c.is("TRANSACTION") && !follows_name(c) {
        c.next();
        if c.eat("SNAPSHOT") {
            c.need_string()?;
        } else {
            modes(c)?;
        }
        c.need_end()?;
        return Ok(Command::Transaction(Transaction::Characteristics));
    }
    if c.eat_seq(&["CHARACTERISTICS", "AS", "TRANSACTION"]) {
        modes(c)?;
        c.need_end()?;
        return Ok(Command::Transaction(Transaction::Characteristics));
    }
    let (name, value) = assignment(c)?;
    c.need_end()?;
    Ok(Command::Set(Box::new(Set { name, value, scope })))
}

/// `SESSION`, `LOCAL` or nothing. A custom setting may begin with `session.`, and `SESSION AUTHORIZATION` is a setting.
fn scope(c: &mut Cursor<'_>) -> SetScope {
    if follows_name(c) || c.is_seq(&["SESSION", "AUTHORIZATION"]) {
        return SetScope::Session;
    }
    if c.eat_any(&["SESSION", "LOCAL"]) == Some(1) { SetScope::Local } else { SetScope::Session }
}

/// Whether the next word is a setting's name because of what follows it.
fn follows_name(c: &Cursor<'_>) -> bool {
    c.is_nth(1, "TO")
        || c.is_nth_kind(1, TokenKind::Dot)
        || c.peek_nth(1).is_some_and(|token| token.kind == TokenKind::Operator && c.text(token.span) == "=")
}

/// `name {TO | =} value`, and the settings with a grammar of their own.
pub(super) fn assignment(c: &mut Cursor<'_>) -> Read<(Ident, SetValue)> {
    let start = c.offset();
    let special = if follows_name(c) { None } else { special(c) };
    if let Some(name) = special {
        let name = Ident { name: Name::new_static(name), span: c.span_since(start) };
        let value = if name.name == "timezone" { time_zone(c)? } else { values(c)? };
        return Ok((name, value));
    }
    let name = setting_name(c)?;
    if c.eat_seq(&["FROM", "CURRENT"]) {
        return Ok((name, SetValue::Unknown));
    }
    if !c.eat("TO") {
        c.need_op("=")?;
    }
    Ok((name, values(c)?))
}

/// The settings that stand without `=` (manual: SET). `SET SCHEMA 'x'` is `search_path`, `SET NAMES` is `client_encoding`.
fn special(c: &mut Cursor<'_>) -> Option<&'static str> {
    const SPECIAL: [(&[&str], &str); 7] = [
        (&["TIME", "ZONE"], "timezone"),
        (&["SESSION", "AUTHORIZATION"], "session authorization"),
        (&["XML", "OPTION"], "xmloption"),
        (&["ROLE"], "role"),
        (&["SCHEMA"], "search_path"),
        (&["NAMES"], "client_encoding"),
        (&["SEED"], "seed"),
    ];
    SPECIAL.iter().find(|(words, _)| c.eat_seq(words)).map(|(_, name)| *name)
}

fn time_zone(c: &mut Cursor<'_>) -> Read<SetValue> {
    if c.eat("LOCAL") {
        return Ok(SetValue::Default);
    }
    if c.eat("INTERVAL") {
        if c.is_kind(TokenKind::LParen) {
            c.need_parens()?;
        }
        c.need_string()?;
        while c.eat_any(&["HOUR", "TO", "MINUTE"]).is_some() {}
        return Ok(SetValue::Unknown);
    }
    values(c)
}

/// The folded name of a setting, with its prefix.
pub(super) fn setting_name(c: &mut Cursor<'_>) -> Read<Ident> {
    let mut ident = c.need_ident()?;
    while c.eat_kind(TokenKind::Dot).is_some() {
        let part = c.need_ident()?;
        ident = Ident { name: Name::from(format!("{}.{}", ident.name, part.name)), span: ident.span.to(part.span) };
    }
    // Unlike other names, those of settings are folded even in quotes.
    ident.name = Name::from(ident.name.to_ascii_lowercase());
    Ok(ident)
}

fn values(c: &mut Cursor<'_>) -> Read<SetValue> {
    if c.eat("DEFAULT") {
        return Ok(SetValue::Default);
    }
    let mut known = true;
    let values = c.need_list(|c| {
        let Some(token) = c.peek() else { return c.stuck() };
        match token.kind {
            TokenKind::String | TokenKind::DollarString => c.need_string(),
            TokenKind::Word => {
                c.next();
                // As an identifier: `SET search_path TO App` looks into `app`.
                Ok(Name::from(c.text(token.span).to_ascii_lowercase()))
            }
            TokenKind::QuotedIdent => Ok(c.need_ident()?.name),
            TokenKind::Placeholder | TokenKind::Parameter => {
                known = false;
                c.next();
                Ok(Name::default())
            }
            _ => c.need_number(),
        }
    })?;
    Ok(if known { SetValue::To(values) } else { SetValue::Unknown })
}

/// `RESET`, from the verb.
pub(super) fn reset(c: &mut Cursor<'_>) -> Read<Command> {
    c.need("RESET")?;
    let start = c.offset();
    if c.eat_seq(&["TRANSACTION", "ISOLATION", "LEVEL"]) {
        c.need_end()?;
        return Ok(Command::Transaction(Transaction::Characteristics));
    }
    let name = match if c.eat_seq(&["TIME", "ZONE"]) {
        Some("timezone")
    } else if c.eat_seq(&["SESSION", "AUTHORIZATION"]) {
        Some("session authorization")
    } else {
        None
    } {
        Some(name) => Ident { name: Name::new_static(name), span: c.span_since(start) },
        None => setting_name(c)?,
    };
    c.need_end()?;
    Ok(Command::Set(Box::new(Set { name, value: SetValue::Default, scope: SetScope::Session })))
}

/// `DISCARD`, from the verb.
pub(super) fn discard(c: &mut Cursor<'_>) -> Read<Command> {
    c.need("DISCARD")?;
    let name = c.need_ident()?;
    c.need_end()?;
    match name.name.as_str() {
        "all" => Ok(Command::Set(Box::new(Set { name, value: SetValue::Default, scope: SetScope::Discard }))),
        "plans" | "sequences" | "temp" | "temporary" => Ok(nothing("DISCARD")),
        _ => Err(super::Stuck { at: name.span }),
    }
}

/// `SHOW`, from the verb.
pub(super) fn show(c: &mut Cursor<'_>) -> Read<Command> {
    c.need("SHOW")?;
    let multi = [&["TIME", "ZONE"][..], &["SESSION", "AUTHORIZATION"], &["TRANSACTION", "ISOLATION", "LEVEL"]];
    if !multi.iter().any(|words| c.eat_seq(words)) {
        setting_name(c)?;
    }
    c.need_end()?;
    Ok(nothing("SHOW"))
}

/// `ALTER SYSTEM`, behind it.
pub(super) fn alter_system(c: &mut Cursor<'_>) -> Read<Command> {
    let (name, value) =
        if c.need_any(&["SET", "RESET"])? == 1 { (setting_name(c)?, SetValue::Default) } else { assignment(c)? };
    c.need_end()?;
    Ok(Command::AlterSystem(Box::new(Set { name, value, scope: SetScope::Session })))
}

/// `SELECT set_config('name', value, is_local)` and nothing else, or PL/pgSQL's `PERFORM` of it.
pub(in crate::parse) fn set_config(mut c: Cursor<'_>) -> Option<Set> {
    c.eat_any(&["SELECT", "PERFORM"])?;
    let function = c.object_name()?;
    let builtin =
        function.schema.is_none_or(|schema| schema.name == "pg_catalog") && function.name.name == "set_config";
    if !builtin || !c.is_kind(TokenKind::LParen) {
        return None;
    }
    let arguments = super::create_table::expressions(&mut c).ok()?;
    // An alias may follow.
    if !c.at_end() {
        c.eat("AS");
        c.ident()?;
    }
    if !c.at_end() {
        return None;
    }
    let [name, value, local] = arguments.as_slice() else { return None };
    let ExprKind::Literal(Literal::String(setting)) = &name.kind else { return None };
    let setting = setting.to_ascii_lowercase();
    let value = match &value.kind {
        ExprKind::Literal(Literal::String(text)) => SetValue::To(vec![text.clone()]),
        ExprKind::Null => SetValue::Default,
        _ => SetValue::Unknown,
    };
    let scope = match &local.kind {
        ExprKind::Literal(Literal::Boolean(true)) => SetScope::Local,
        ExprKind::Literal(Literal::Boolean(false)) => SetScope::Session,
        ExprKind::Literal(Literal::String(word)) => {
            if ["t", "true", "on", "yes", "y", "1"].contains(&word.to_ascii_lowercase().as_str()) {
                SetScope::Local
            } else {
                SetScope::Session
            }
        }
        _ => return None,
    };
    // Its place without the quotes, as for a name.
    let span = Span::new(name.span.start, name.span.end);
    Some(Set { name: Ident { name: Name::from(setting), span }, value, scope })
}
