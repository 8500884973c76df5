//! Option lists: `WITH (fillfactor = 70)`, `(VERBOSE, CONCURRENTLY false)`, `OPTIONS (ADD user 'x')`.

use super::demand::Read;
use crate::parse::cursor::Cursor;
use crate::parse::lex::TokenKind;
use crate::source::Span;
use crate::statement::{Name, StorageOption};

/// `( name [= value] [, ...] )`, also with the `=` left out, as utility commands write it.
pub(super) fn options_in_parens(c: &mut Cursor<'_>) -> Read<Vec<StorageOption>> {
    let inside = c.need_parens()?;
    inside.split_commas().map(option).collect()
}

/// `WITH ( ... )`, where it stands.
pub(super) fn with_options(c: &mut Cursor<'_>) -> Read<Vec<StorageOption>> {
    if c.is("WITH") && c.is_nth_kind(1, TokenKind::LParen) {
        c.next();
        return options_in_parens(c);
    }
    Ok(Vec::new())
}

/// `OPTIONS ( [ADD | SET | DROP] name ['value'] [, ...] )` of foreign objects, where it stands.
pub(super) fn foreign_options(c: &mut Cursor<'_>) -> Read<Vec<StorageOption>> {
    if !(c.is("OPTIONS") && c.is_nth_kind(1, TokenKind::LParen)) {
        return Ok(Vec::new());
    }
    c.next();
    let inside = c.need_parens()?;
    let read = |mut item: Cursor<'_>| {
        // An option may be called `set` itself.
        if item.is_any(&["ADD", "SET", "DROP"]) && item.tokens().len() > 1 && !item.is_nth_kind(1, TokenKind::String) {
            item.next();
        }
        option(item)
    };
    inside.split_commas().map(read).collect()
}

fn option(mut c: Cursor<'_>) -> Read<StorageOption> {
    let span = c.rest_span();
    let mut name = c.need_ident()?.name.to_string();
    while c.eat_kind(TokenKind::Dot).is_some() {
        name.push('.');
        name.push_str(&c.need_ident()?.name);
    }
    let equals = c.eat_op("=");
    if equals && c.at_end() {
        return c.stuck();
    }
    let value = if c.at_end() { None } else { Some(value(&mut c)?) };
    c.need_end()?;
    Ok(StorageOption { name: Name::from(name), value, span })
}

/// One value as written, without its quotes: a word, a string, a number, a type, an operator.
fn value(c: &mut Cursor<'_>) -> Read<Name> {
    if c.is_string() {
        return c.need_string();
    }
    if let Some(token) = c.peek() {
        if token.kind == TokenKind::QuotedIdent && c.tokens().len() == 1 {
            return c.need_ident().map(|ident| ident.name);
        }
        if matches!(token.kind, TokenKind::RParen | TokenKind::Comma | TokenKind::Semicolon) {
            return c.stuck();
        }
    }
    let span = c.take_rest().rest_span();
    Ok(Name::from(c.text(span)))
}

/// Whether a boolean option is on, and its place: `VERBOSE`, `VERBOSE true`, `VERBOSE 1`. The last mention decides.
pub(super) fn enabled(options: &[StorageOption], name: &str) -> Option<Span> {
    let option = options.iter().rfind(|option| option.name == name)?;
    let off = option
        .value
        .as_ref()
        .is_some_and(|value| ["false", "off", "no", "0", "f", "n"].iter().any(|word| value.eq_ignore_ascii_case(word)));
    (!off).then_some(Span::new(option.span.start, option.span.start + name.len() as u32))
}
