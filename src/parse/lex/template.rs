//! What other programs replace before the server sees it: variables of psql, placeholders and control lines of templates.

use super::{Level, Lexer, TokenKind, is_ident_byte};

impl Lexer<'_> {
    /// Placeholders and words that follow without a space: `t_${x}_y`. True where there was a placeholder.
    pub(super) fn glued(&mut self) -> bool {
        let mut found = false;
        loop {
            match (self.peek(0), self.peek(1)) {
                (Some(b'{'), _) => {
                    let before = self.at;
                    if self.brace(0) != TokenKind::Placeholder {
                        self.at = before;
                        return found;
                    }
                    found = true;
                }
                (Some(b'$'), Some(b'{')) => {
                    let before = self.at;
                    if self.brace(1) != TokenKind::Placeholder {
                        self.at = before;
                        return found;
                    }
                    found = true;
                }
                (Some(byte), _) if is_ident_byte(byte) => self.at += 1,
                _ => return found,
            }
        }
    }

    pub(super) fn colon(&mut self) -> TokenKind {
        match self.peek(1) {
            Some(b':') => {
                self.at += 2;
                return TokenKind::Cast;
            }
            Some(b'=') => {
                self.at += 2;
                return TokenKind::Operator;
            }
            _ => {}
        }
        if self.level == Level::Body || (self.brackets > 0 && self.behind_operand()) {
            return self.one(TokenKind::Colon);
        }
        match self.peek(1) {
            // A quoted variable lies on one line; else this is a slice's colon before a constant.
            Some(quote @ (b'\'' | b'"')) => {
                let rest = &self.bytes[self.at + 2..];
                let name = rest.iter().position(|&byte| !is_ident_byte(byte)).unwrap_or(rest.len());
                if name > 0 && rest.get(name) == Some(&quote) {
                    self.at += 2 + name + 1;
                    return TokenKind::Placeholder;
                }
            }
            Some(b'{') => {
                let kind = self.brace(1);
                if kind == TokenKind::Placeholder {
                    return kind;
                }
            }
            Some(byte) if is_ident_byte(byte) => {
                self.at += 1;
                while self.peek(0).is_some_and(is_ident_byte) {
                    self.at += 1;
                }
                return TokenKind::Placeholder;
            }
            _ => {}
        }
        self.one(TokenKind::Colon)
    }

    /// What begins with a brace, and words that follow it without a space.
    pub(super) fn template(&mut self) -> TokenKind {
        let kind = self.brace(0);
        if kind == TokenKind::Placeholder {
            self.glued();
        }
        kind
    }

    /// `{{ x }}`, `{% x %}`, `{x}`, the brace standing `prefix` bytes on.
    pub(super) fn brace(&mut self, prefix: usize) -> TokenKind {
        let open = self.at + prefix;
        let (which, closing) = match self.bytes.get(open + 1) {
            Some(b'{') => (1, &b"}}"[..]),
            Some(b'%') => (2, &b"%}"[..]),
            Some(b'#') => (3, &b"#}"[..]),
            _ => (0, &b"}"[..]),
        };
        let width = closing.len();
        let inside = (open + width).min(self.bytes.len());
        // Templates are short; a brace that is none must not cost a walk through the file.
        let limit = if width == 2 { 4096 } else { 256 };
        let stop = (inside + limit).min(self.bytes.len());
        let from = self.unclosed_before[which].clamp(inside, stop);
        let Some(found) = self.bytes[from..stop].windows(width).position(|bytes| bytes == closing) else {
            self.unclosed_before[which] = (stop + 1).saturating_sub(width);
            self.at += prefix + 1;
            return TokenKind::Stray;
        };
        let length = from + found - inside;
        let text = &self.bytes[inside..inside + length];
        if width == 1 && (length == 0 || text.contains(&b'\n')) {
            self.at += prefix + 1;
            return TokenKind::Stray;
        }
        self.at = inside + length + width;
        if which == 1 {
            // `{{{ x }}}` of Handlebars.
            if self.bytes.get(inside) == Some(&b'{') && self.peek(0) == Some(b'}') {
                self.at += 1;
            }
        }
        if prefix == 0 && (which > 1 || (which == 1 && is_control(text))) {
            return TokenKind::Directive;
        }
        TokenKind::Placeholder
    }
}

/// `__X__` in capitals.
pub(super) fn is_dunder(word: &[u8]) -> bool {
    word.len() > 4
        && word.starts_with(b"__")
        && word.ends_with(b"__")
        && word[2..word.len() - 2]
            .iter()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_')
}

/// Whether the inside of `{{ ... }}` steers the template instead of writing text: Go, Jinja, Handlebars.
fn is_control(inside: &[u8]) -> bool {
    let inside = inside.trim_ascii_start();
    let inside = inside.strip_prefix(b"-").or_else(|| inside.strip_prefix(b"~")).unwrap_or(inside).trim_ascii_start();
    if matches!(inside.first(), Some(b'#' | b'/' | b'!' | b'^' | b'>')) {
        return true;
    }
    let word = inside.iter().position(|&byte| !is_ident_byte(byte)).unwrap_or(inside.len());
    matches!(
        &inside[..word],
        b"if" | b"else" | b"end" | b"range" | b"with" | b"define" | b"block" | b"break" | b"continue"
    )
}
