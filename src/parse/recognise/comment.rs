//! `COMMENT ON`, `SECURITY LABEL ON`.

use super::demand::Read;
use super::object::{object, object_kind};
use crate::parse::cursor::Cursor;
use crate::statement::{Command, Comment};

/// `COMMENT ON kind object IS 'text' | NULL`.
pub(super) fn comment(c: &mut Cursor<'_>) -> Read<Command> {
    c.need("COMMENT")?;
    on_object(c, false)
}

/// `SECURITY LABEL [FOR provider] ON kind object IS 'label' | NULL`.
pub(super) fn security_label(c: &mut Cursor<'_>) -> Read<Command> {
    c.need_seq(&["SECURITY", "LABEL"])?;
    if c.eat("FOR") && c.string().is_none() {
        c.need_ident()?;
    }
    on_object(c, true)
}

fn on_object(c: &mut Cursor<'_>, label: bool) -> Read<Command> {
    c.need("ON")?;
    let Some(kind) = object_kind(c) else { return c.stuck() };
    let object = object(c, kind)?;
    c.need("IS")?;
    let text = if c.eat("NULL") { None } else { Some(c.need_string()?) };
    c.need_end()?;
    let (name, part, arguments) = (object.name, object.part, object.arguments);
    Ok(Command::Comment(Box::new(Comment { kind, name, part, arguments, text, label })))
}
