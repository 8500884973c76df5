//! `CREATE SEQUENCE` and the options that sequences and identity columns share.

use super::demand::Read;
use crate::parse::cursor::Cursor;
use crate::statement::{Command, CreateSequence, Ident, ObjectName, TypeName};

/// The options that matter.
#[derive(Debug, Default)]
pub(super) struct SequenceOptions {
    pub(super) ty: Option<TypeName>,
    pub(super) owned_by: Option<Option<(ObjectName, Ident)>>,
    pub(super) restart: bool,
}

/// `SEQUENCE`, behind it.
pub(super) fn create_sequence(c: &mut Cursor<'_>, temporary: bool) -> Read<Command> {
    let if_not_exists = c.eat_if_not_exists();
    let name = c.need_name()?;
    let mut options = SequenceOptions::default();
    while sequence_option(c, &mut options)? {}
    c.need_end()?;
    let owned_by = options.owned_by.flatten();
    Ok(Command::CreateSequence(Box::new(CreateSequence { name, if_not_exists, temporary, ty: options.ty, owned_by })))
}

/// One option; false where none comes.
pub(super) fn sequence_option(c: &mut Cursor<'_>, options: &mut SequenceOptions) -> Read<bool> {
    if c.eat("AS") {
        options.ty = Some(c.need_type()?);
    } else if c.eat("INCREMENT") {
        c.eat("BY");
        c.need_number()?;
    } else if c.eat_seq(&["NO", "MINVALUE"])
        || c.eat_seq(&["NO", "MAXVALUE"])
        || c.eat_seq(&["NO", "CYCLE"])
        || c.eat_any(&["CYCLE", "LOGGED", "UNLOGGED"]).is_some()
    {
    } else if c.eat_any(&["MINVALUE", "MAXVALUE", "CACHE"]).is_some() {
        c.need_number()?;
    } else if c.eat("START") {
        c.eat("WITH");
        c.need_number()?;
    } else if c.eat("RESTART") {
        options.restart = true;
        if c.eat("WITH") || !(c.at_end() || c.word().is_some()) {
            c.need_number()?;
        }
    } else if c.eat_seq(&["OWNED", "BY"]) {
        let none = c.is("NONE") && !c.is_nth_kind(1, crate::parse::lex::TokenKind::Dot);
        options.owned_by = Some(if none {
            c.next();
            None
        } else {
            Some(c.need_column_path()?)
        });
    } else if c.eat_seq(&["SEQUENCE", "NAME"]) {
        c.need_name()?;
    } else {
        return Ok(false);
    }
    Ok(true)
}

/// The parenthesised options of an identity column, where they stand.
pub(super) fn identity_options(c: &mut Cursor<'_>) -> Read<()> {
    if c.is_kind(crate::parse::lex::TokenKind::LParen) {
        let mut inside = c.need_parens()?;
        while sequence_option(&mut inside, &mut SequenceOptions::default())? {}
        inside.need_end()?;
    }
    Ok(())
}
