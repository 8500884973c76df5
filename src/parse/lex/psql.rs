//! What psql reads itself: meta-commands, and the data behind `COPY ... FROM stdin`.

use super::{Keyword, Lexer, Token, TokenKind};
use crate::source::Span;
use memchr::{memchr, memchr2};

impl Lexer<'_> {
    /// A meta-command reaches to the end of its line, or to `\\`.
    pub(super) fn meta(&mut self) -> TokenKind {
        let start = self.at;
        if self.peek(1) == Some(b';') {
            self.at += 2;
            return TokenKind::Semicolon;
        }
        let rest = &self.bytes[start..];
        let line = memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        let line = rest[..line].trim_ascii_end();
        let name = line[1..]
            .iter()
            .position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_')
            .map_or(line.len(), |at| at + 1);
        let mut end = line.len();
        // These take the rest of the line as it is.
        let whole = [&b"\\copy"[..], b"\\!", b"\\ef", b"\\ev", b"\\sf", b"\\sv", b"\\h", b"\\help"];
        if !whole.contains(&&line[..name]) && line.get(1) != Some(&b'!') {
            let mut quoted = false;
            let mut at = name;
            while at < line.len() {
                match line[at] {
                    b'\'' => quoted = !quoted,
                    b'\\' if !quoted && line.get(at + 1) == Some(&b'\\') => {
                        end = at + 2;
                        break;
                    }
                    _ => {}
                }
                at += 1;
            }
        }
        self.at = start + end.max(1);
        TokenKind::Meta
    }

    /// The lines of data after `COPY ... FROM stdin;`, when the semicolon was just read. They begin on the next line and end before
    /// `\.`. Without a `\.` psql takes everything; a file that was not written for psql may go on with statements instead, so then
    /// lines count as data only where they look like it.
    pub(in crate::parse) fn copy_data(&mut self) -> Option<Token> {
        let rest = &self.bytes[self.at..];
        let newline = memchr(b'\n', rest)?;
        let start = self.at + newline + 1;
        let mut at = if self.no_copy_end { self.bytes.len() } else { start };
        loop {
            let rest = &self.bytes[at..];
            if rest.is_empty() {
                self.no_copy_end = true;
                let first = self.bytes[start..].split(|&byte| byte == b'\n').next().unwrap_or_default();
                if !first.contains(&b'\t') {
                    return None;
                }
                self.at = at;
                break;
            }
            let next = memchr(b'\n', rest).unwrap_or(rest.len());
            if rest[..next].strip_suffix(b"\r").unwrap_or(&rest[..next]) == b"\\." {
                self.at = at + next;
                break;
            }
            at = (at + next + 1).min(self.bytes.len());
        }
        Some(Token {
            kind: TokenKind::CopyData,
            quote: self.quote,
            keyword: Keyword::NONE,
            span: Span::new(start as u32, at as u32),
        })
    }
}
