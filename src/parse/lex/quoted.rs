//! Strings, quoted names, dollar quotes and comments.

use super::{DIGIT, Lexer, TokenKind, Unclosed, is, is_ident_byte};
use crate::source::Span;
use memchr::{memchr, memchr2};

/// Whether a dollar quote's tag is spelt as people spell variables: `$DB_PASSWORD$`.
fn is_variable(tag: &[u8]) -> bool {
    tag.len() > 3
        && tag[1..tag.len() - 1].iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_')
}

impl<'a> Lexer<'a> {
    /// Whether a quote stands here; a quote is `self.quote` apostrophes.
    fn quote_at(&self, at: usize) -> bool {
        let width = self.quote as usize;
        self.bytes.get(at..at + width).is_some_and(|bytes| bytes.iter().all(|&byte| byte == b'\''))
    }

    /// Whether the quote here goes on with an `E''` string: between the two is a line's end, and nothing but space and line comments
    /// (manual: 4.1.2.1 String Constants).
    pub(super) fn continues_escaped(&self) -> bool {
        let Some(between) = self.text.get(self.escaped_to..self.at) else { return false };
        let mut lines = between.split(['\n', '\r']);
        // A comment behind the first part ends the string: the server wants the line's end first.
        lines.next().is_some_and(|first| first.trim_ascii().is_empty())
            && between.contains(['\n', '\r'])
            && lines.all(|line| line.trim_ascii().is_empty() || line.trim_ascii_start().starts_with("--"))
    }

    /// A string whose quote stands `prefix` bytes on.
    pub(super) fn string(&mut self, prefix: usize, escapes: bool) -> TokenKind {
        let start = self.at;
        let width = self.quote as usize;
        if !self.quote_at(start + prefix) {
            // A lone apostrophe where quotes are doubled.
            self.at += prefix.max(1);
            return if prefix > 0 { TokenKind::Word } else { TokenKind::Stray };
        }
        let mut at = start + prefix + width;
        loop {
            let rest = self.bytes.get(at..).unwrap_or_default();
            let next = if escapes { memchr2(b'\'', b'\\', rest) } else { memchr(b'\'', rest) };
            let Some(next) = next else { break };
            at += next;
            if self.bytes[at] == b'\\' {
                // Whatever follows stands for itself; a quote is as wide as everywhere here.
                at += 1;
                at += if self.quote_at(at) { width } else { usize::from(at < self.bytes.len()) };
                while at < self.bytes.len() && !self.text.is_char_boundary(at) {
                    at += 1;
                }
            } else if !self.quote_at(at) {
                at += 1;
            } else if self.quote_at(at + width) {
                at += 2 * width;
            } else {
                self.at = at + width;
                if escapes {
                    self.escaped_to = self.at;
                }
                return TokenKind::String;
            }
        }
        self.unclosed.push((Span::new(start as u32, (start + prefix + width) as u32), Unclosed::String));
        self.at = start + prefix + width;
        self.at += self.line_length();
        TokenKind::String
    }

    pub(super) fn quoted_ident(&mut self, prefix: usize) -> TokenKind {
        let start = self.at;
        let mut at = start + prefix + 1;
        while let Some(next) = memchr(b'"', self.bytes.get(at..).unwrap_or_default()) {
            at += next + 1;
            if self.bytes.get(at) == Some(&b'"') {
                at += 1;
            } else {
                self.at = at;
                return TokenKind::QuotedIdent;
            }
        }
        self.unclosed.push((Span::new(start as u32, (start + prefix + 1) as u32), Unclosed::Identifier));
        self.at = start + prefix + 1;
        self.at += self.line_length();
        TokenKind::QuotedIdent
    }

    /// Bytes to the end of the line, without the semicolon that ends it.
    fn line_length(&self) -> usize {
        let rest = &self.bytes[self.at..];
        let line = memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        let line = rest[..line].trim_ascii_end();
        line.strip_suffix(b";").unwrap_or(line).len()
    }

    pub(super) fn block_comment(&mut self) -> TokenKind {
        let start = self.at;
        let mut depth = 1;
        let mut first_end = None;
        let mut at = start + 2;
        while let Some(next) = memchr2(b'*', b'/', &self.bytes[at..]) {
            at += next;
            match (self.bytes[at], self.bytes.get(at + 1)) {
                (b'*', Some(b'/')) => {
                    at += 2;
                    first_end.get_or_insert(at);
                    depth -= 1;
                    if depth == 0 {
                        self.at = at;
                        return TokenKind::Comment;
                    }
                }
                (b'/', Some(b'*')) => {
                    at += 2;
                    depth += 1;
                }
                _ => at += 1,
            }
        }
        self.unclosed.push((Span::new(start as u32, start as u32 + 2), Unclosed::Comment));
        // `/* a /* b */`: the author did not know that comments nest. Later ones may be likewise, so this is done a few times only.
        self.at = first_end.filter(|_| self.unclosed.len() < 8).unwrap_or(self.bytes.len());
        TokenKind::Comment
    }

    pub(super) fn dollar(&mut self) -> TokenKind {
        let start = self.at;
        match self.peek(1) {
            Some(b'0'..=b'9') => {
                self.at += 1;
                while is(self.peek(0), DIGIT) {
                    self.at += 1;
                }
                return TokenKind::Parameter;
            }
            Some(b'{') => {
                let kind = self.brace(1);
                if kind == TokenKind::Placeholder {
                    self.glued();
                }
                return kind;
            }
            _ => {}
        }
        let mut at = start + 1;
        while at < self.bytes.len() && self.bytes[at] != b'$' && is_ident_byte(self.bytes[at]) {
            at += 1;
        }
        if self.bytes.get(at) == Some(&b'$') {
            let text: &'a str = self.text;
            let name = text.get(start..=at).unwrap_or_default();
            let value = self.begins_value();
            if value && self.variables.contains(&name) {
                self.at = at + 1;
                return TokenKind::Placeholder;
            }
            let tag = &self.bytes[start..=at];
            let mut end = at + 1;
            // A tag holds no other `$`, so this looks at no byte of the text more than twice.
            while let Some(next) = memchr(b'$', &self.bytes[end..]) {
                end += next;
                if self.bytes[end..].starts_with(tag) {
                    self.at = end + tag.len();
                    return TokenKind::DollarString;
                }
                end += 1;
            }
            if value && is_variable(tag) {
                self.variables.push(name);
                self.at = at + 1;
                return TokenKind::Placeholder;
            }
            self.unclosed.push((Span::new(start as u32, at as u32 + 1), Unclosed::DollarString));
            self.at = self.bytes.len();
            return TokenKind::DollarString;
        }
        self.at = at;
        if at > start + 1 { TokenKind::Placeholder } else { TokenKind::Stray }
    }
}
