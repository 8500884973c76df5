//! The values of string constants and quoted names.

use super::Cursor;
use crate::parse::lex::{Token, TokenKind};
use crate::source::Span;
use crate::statement::Name;

impl<'a> Cursor<'a> {
    /// Whether the next token is a string constant.
    pub(crate) fn is_string(&self) -> bool {
        matches!(self.kind(), Some(TokenKind::String | TokenKind::DollarString))
    }

    /// Takes a string constant in any spelling, also one that goes on after a line break, and gives its value.
    pub(crate) fn string(&mut self) -> Option<Name> {
        let token = self.peek().filter(|token| matches!(token.kind, TokenKind::String | TokenKind::DollarString))?;
        self.at += 1;
        let (prefix, inside) = literal_parts(self.text, token);
        let plain = |inside: Span| -> Name {
            let text = self.text(inside);
            if text.contains("''") { Name::from(undouble(text, token.quote)) } else { Name::new(text) }
        };
        let mut value = match prefix {
            Prefix::Escape => Name::from(decode_escapes(self.text(inside), token.quote)),
            Prefix::Unicode => {
                let raw = plain(inside);
                let mut span = token.span;
                let escape = self.uescape(&mut span);
                decode_unicode(&raw, escape)
            }
            Prefix::Plain => plain(inside),
            Prefix::Dollar => return Some(Name::new(self.text(inside))),
        };
        // Constants on consecutive lines are one (manual: 4.1.2.1 String Constants).
        let mut last = token;
        let mut joined: Option<String> = None;
        while let Some(next) = self.peek() {
            let gap = Span { start: last.span.end, end: next.span.start.max(last.span.end) };
            if next.kind != TokenKind::String
                || !self.text(next.span).starts_with('\'')
                || !self.text(gap).contains('\n')
            {
                break;
            }
            self.at += 1;
            let (_, inside) = literal_parts(self.text, next);
            let joined = joined.get_or_insert_with(|| value.to_string());
            match prefix {
                Prefix::Escape => joined.push_str(&decode_escapes(self.text(inside), next.quote)),
                _ => joined.push_str(&undouble(self.text(inside), next.quote)),
            }
            last = next;
        }
        if let Some(joined) = joined {
            value = Name::from(joined);
        }
        Some(value)
    }

    /// Takes `UESCAPE 'c'` and gives the escape character, a backslash by default.
    pub(super) fn uescape(&mut self, span: &mut Span) -> char {
        if self.is("UESCAPE") && self.peek_nth(1).is_some_and(|token| token.kind == TokenKind::String) {
            self.at += 1;
            if let Some(token) = self.next() {
                *span = span.to(token.span);
                let (_, inside) = literal_parts(self.text, token);
                return self.text(inside).chars().next().unwrap_or('\\');
            }
        }
        '\\'
    }
}

/// How a string constant is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Prefix {
    /// `'...'`, `N'...'`, and the bits of `B'...'` and `X'...'`.
    Plain,
    /// `E'...'`
    Escape,
    /// `U&'...'`
    Unicode,
    /// `$tag$...$tag$`
    Dollar,
}

/// The spelling of a string constant and what lies between its quotes.
pub(crate) fn literal_parts(text: &str, token: Token) -> (Prefix, Span) {
    let span = token.span;
    let raw = text.get(span.range()).unwrap_or_default();
    let bytes = raw.as_bytes();
    if token.kind == TokenKind::DollarString {
        let tag = 1 + bytes.iter().skip(1).position(|&byte| byte == b'$').map_or(0, |at| at + 1);
        let close = if bytes.len() >= 2 * tag && bytes.ends_with(&bytes[..tag]) { tag } else { 0 };
        let start = span.start + (tag as u32).min(span.len());
        return (Prefix::Dollar, Span { start, end: (span.end - close as u32).max(start) });
    }
    let (prefix, skip) = match bytes.first() {
        Some(b'e' | b'E') => (Prefix::Escape, 1),
        Some(b'u' | b'U') => (Prefix::Unicode, 2),
        Some(b'\'') | None => (Prefix::Plain, 0),
        Some(_) => (Prefix::Plain, 1),
    };
    let width = token.quote as usize;
    let open = (skip + width).min(bytes.len());
    let body = &bytes[open..];
    let quote = body.len().checked_sub(width).filter(|&at| body[at..].iter().all(|&byte| byte == b'\''));
    let close = if quote.is_some() { width } else { 0 };
    let start = span.start + open as u32;
    (prefix, Span { start, end: (span.end - close as u32).max(start) })
}

/// Reads doubled quotes as one; a quote is `quote` apostrophes wide.
pub(crate) fn undouble(text: &str, quote: u8) -> String {
    text.replace(&"'".repeat(2 * quote as usize), "'")
}

/// The value of what stands in `E'...'` (manual: 4.1.2.2 String Constants with C-Style Escapes).
fn decode_escapes(text: &str, quote: u8) -> String {
    decode_backslashes(&undouble(text, quote), Backslash::String)
}

/// Whose backslash sequences they are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Backslash {
    /// Of `E'...'`, which has `\u` and `\U`.
    String,
    /// Of the text format of `COPY` (manual: COPY, File Formats), which has `\v`.
    Copy,
}

/// The value of a text with backslash sequences.
pub(crate) fn decode_backslashes(text: &str, of: Backslash) -> String {
    let mut value = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        value.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let (char, length) = backslash_sequence(rest, of);
        value.extend(char);
        rest = &rest[length..];
    }
    value.push_str(rest);
    value
}

/// What a sequence stands for whose backslash lies before `rest`, if anything, and how many bytes of `rest` it has.
pub(crate) fn backslash_sequence(rest: &str, of: Backslash) -> (Option<char>, usize) {
    let Some(char) = rest.chars().next() else { return (None, 0) };
    let (skip, most, radix) = match char {
        'x' => (1, 2, 16),
        'u' if of == Backslash::String => (1, 4, 16),
        'U' if of == Backslash::String => (1, 8, 16),
        '0'..='7' => (0, 3, 8),
        _ => (0, 0, 2),
    };
    let digits = rest.bytes().skip(skip).take(most).take_while(|&byte| char::from(byte).is_digit(radix)).count();
    if digits > 0 {
        let code = u32::from_str_radix(&rest[skip..skip + digits], radix).ok();
        return (code.and_then(char::from_u32), skip + digits);
    }
    let meant = match char {
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' if of == Backslash::Copy => '\u{b}',
        other => other,
    };
    (Some(meant), char.len_utf8())
}

/// The value of what stands in `U&'...'` or `U&"..."` (manual: 4.1.2.3).
pub(super) fn decode_unicode(text: &str, escape: char) -> Name {
    if !text.contains(escape) {
        return Name::new(text);
    }
    let mut value = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(escape) {
        value.push_str(&rest[..at]);
        rest = &rest[at + escape.len_utf8()..];
        if let Some(after) = rest.strip_prefix(escape) {
            value.push(escape);
            rest = after;
            continue;
        }
        let (skip, digits) = if rest.starts_with('+') { (1, 6) } else { (0, 4) };
        let code =
            rest.get(skip..skip + digits).and_then(|hex| u32::from_str_radix(hex, 16).ok()).and_then(char::from_u32);
        match code {
            Some(char) => {
                value.push(char);
                rest = &rest[skip + digits..];
            }
            None => value.push(escape),
        }
    }
    value.push_str(rest);
    Name::from(value)
}
