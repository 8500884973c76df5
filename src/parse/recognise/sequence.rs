//! `CREATE SEQUENCE` and the options that sequences and identity columns share.

use super::demand::Read;
use crate::parse::cursor::Cursor;
use crate::parse::lex::TokenKind;
use crate::statement::{Command, CreateSequence, Ident, Name, ObjectName, StorageOption, TypeName};

/// The options of a sequence.
#[derive(Debug, Default)]
pub(super) struct SequenceOptions {
    pub(super) ty: Option<TypeName>,
    pub(super) owned_by: Option<Option<(ObjectName, Ident)>>,
    pub(super) restart: bool,
    /// Those that are numbers and switches, see [`CreateSequence::options`].
    pub(super) values: Vec<StorageOption>,
}

/// `SEQUENCE`, behind it.
pub(super) fn create_sequence(c: &mut Cursor<'_>, temporary: bool, unlogged: bool) -> Read<Command> {
    let if_not_exists = c.eat_if_not_exists();
    let name = c.need_name()?;
    let mut options = SequenceOptions::default();
    while sequence_option(c, &mut options)? {}
    c.need_end()?;
    let owned_by = options.owned_by.flatten();
    let (ty, options) = (options.ty, options.values);
    Ok(Command::CreateSequence(Box::new(CreateSequence {
        name,
        if_not_exists,
        temporary,
        unlogged,
        ty,
        owned_by,
        options,
    })))
}

/// One option; false where none comes.
pub(super) fn sequence_option(c: &mut Cursor<'_>, options: &mut SequenceOptions) -> Read<bool> {
    const SWITCHES: [(&[&str], &str); 6] = [
        (&["NO", "MINVALUE"], "no minvalue"),
        (&["NO", "MAXVALUE"], "no maxvalue"),
        (&["NO", "CYCLE"], "no cycle"),
        (&["CYCLE"], "cycle"),
        (&["LOGGED"], "logged"),
        (&["UNLOGGED"], "unlogged"),
    ];
    const NUMBERS: [(&str, &str); 5] = [
        ("INCREMENT", "increment"),
        ("MINVALUE", "minvalue"),
        ("MAXVALUE", "maxvalue"),
        ("CACHE", "cache"),
        ("START", "start"),
    ];
    let start = c.offset();
    let (name, value) = if c.eat("AS") {
        options.ty = Some(c.need_type()?);
        return Ok(true);
    } else if let Some((_, name)) = SWITCHES.iter().find(|(words, _)| c.eat_seq(words)) {
        (*name, None)
    } else if let Some((_, name)) = NUMBERS.iter().find(|(word, _)| c.eat(word)) {
        match *name {
            "increment" => c.eat("BY"),
            "start" => c.eat("WITH"),
            _ => false,
        };
        (*name, Some(c.need_number()?))
    } else if c.eat("RESTART") {
        options.restart = true;
        let number = c.eat("WITH") || !(c.at_end() || c.word().is_some());
        ("restart", if number { Some(c.need_number()?) } else { None })
    } else if c.eat_seq(&["OWNED", "BY"]) {
        let none = c.is("NONE") && !c.is_nth_kind(1, TokenKind::Dot);
        options.owned_by = Some(if none {
            c.next();
            None
        } else {
            Some(c.need_column_path()?)
        });
        return Ok(true);
    } else if c.eat_seq(&["SEQUENCE", "NAME"]) {
        ("sequence name", Some(Name::from(c.need_name()?.to_string())))
    } else {
        return Ok(false);
    };
    options.values.push(StorageOption { name: Name::new_static(name), value, span: c.span_since(start) });
    Ok(true)
}

/// The parenthesised options of an identity column, where they stand.
pub(super) fn identity_options(c: &mut Cursor<'_>) -> Read<Vec<StorageOption>> {
    let mut options = SequenceOptions::default();
    if c.is_kind(TokenKind::LParen) {
        let mut inside = c.need_parens()?;
        while sequence_option(&mut inside, &mut options)? {}
        inside.need_end()?;
    }
    Ok(options.values)
}
