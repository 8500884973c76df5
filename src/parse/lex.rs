//! Tokens with byte offsets, as PostgreSQL's scanner and psql see them (manual: 4.1 Lexical Structure; the reference page of psql).
//!
//! One pass over the bytes, without an allocation per token. A token that is never closed ends where its author most likely meant
//! it to end; it is kept in [`Lexer::unclosed`].

use crate::source::{Span, UNDECODABLE};

/// One token. Its offsets are the source's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    /// What it is.
    pub(crate) kind: TokenKind,
    /// How many apostrophes stand for one here: within `'...'` every quote is doubled, within that doubled again.
    pub(crate) quote: u8,
    /// Where it is.
    pub(crate) span: Span,
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// A keyword or an unquoted identifier.
    Word,
    /// `"..."`, `U&"..."`.
    QuotedIdent,
    /// The text of a literal that is an identifier as it stands: an argument of `format('%I')`.
    VerbatimIdent,
    /// `'...'`, `E'...'`, `N'...'`, `U&'...'`.
    String,
    /// `$tag$...$tag$`.
    DollarString,
    /// `B'...'`, `X'...'`.
    BitString,
    /// `42`, `1.5e3`, `0x1F`, `1_000`.
    Number,
    /// `$1`.
    Parameter,
    /// A variable of psql or of a template: `:x`, `:'x'`, `${x}`, `{{ x }}`, `@x@`, `%(x)s`, `__X__`; with the word it is part of.
    Placeholder,
    /// A control line of a template: `{{ if ... }}`, `{% ... %}`. It is left out of statements.
    Directive,
    /// An operator of any length, also `*`, `=>`, `:=` and `..`.
    Operator,
    /// `,`
    Comma,
    /// `(`
    LParen,
    /// `)`
    RParen,
    /// `[`
    LBracket,
    /// `]`
    RBracket,
    /// `.`
    Dot,
    /// `:` of an array slice.
    Colon,
    /// `::`
    Cast,
    /// `;`, and psql's `\;`.
    Semicolon,
    /// A psql meta-command with its arguments.
    Meta,
    /// The lines after `COPY ... FROM stdin;`, without the `\.`; the last token of its statement.
    CopyData,
    /// A comment with its delimiters. It is left out of statements.
    Comment,
    /// A character that can begin no token.
    Stray,
}

/// What is never closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unclosed {
    /// `'`
    String,
    /// `"`
    Identifier,
    /// `$tag$`
    DollarString,
    /// `/*`
    Comment,
}

/// What the text is part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    /// A script, as psql reads it: meta-commands, variables, COPY data.
    Script,
    /// The inside of a literal, which psql leaves alone.
    Body,
}

/// Cuts tokens.
#[derive(Debug)]
pub(crate) struct Lexer<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    level: Level,
    quote: u8,
    brackets: u32,
    /// The token before this one, comments aside.
    last: Option<(TokenKind, Span)>,
    /// No `}}` (and no `}`) begins between here and the last scan's start: keeps failing scans linear.
    no_double_brace: usize,
    no_brace: usize,
    /// No `\\.` line follows.
    no_copy_end: bool,
    /// What is never closed, at its opening token.
    pub(crate) unclosed: Vec<(Span, Unclosed)>,
}

/// Classes of bytes.
const SPACE: u8 = 1;
const IDENT_START: u8 = 2;
const IDENT: u8 = 4;
const OPERATOR: u8 = 8;
const DIGIT: u8 = 16;

const CLASS: [u8; 256] = {
    let mut class = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        class[byte] = match byte as u8 {
            b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c | 0 => SPACE,
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | 0x80..=0xff => IDENT_START | IDENT,
            b'0'..=b'9' => IDENT | DIGIT,
            b'$' => IDENT,
            b'+' | b'-' | b'*' | b'/' | b'<' | b'>' | b'=' | b'~' | b'!' | b'@' | b'#' | b'%' | b'^' | b'&' | b'|'
            | b'`' | b'?' => OPERATOR,
            _ => 0,
        };
        byte += 1;
    }
    // Undecodable bytes were part of a word in the file's own encoding.
    class[UNDECODABLE as usize] = IDENT_START | IDENT;
    class
};

/// Whether a byte may continue an identifier.
pub(crate) fn is_ident_byte(byte: u8) -> bool {
    CLASS[byte as usize] & IDENT != 0
}

fn is(byte: Option<u8>, class: u8) -> bool {
    byte.is_some_and(|byte| CLASS[byte as usize] & class != 0)
}

impl<'a> Lexer<'a> {
    /// Reads the part `span` of a text. `quote` is how many apostrophes stand for one in it; 1 at the top.
    pub(crate) fn new(text: &'a str, span: Span, level: Level, quote: u8) -> Self {
        let range = span.range();
        let end = range.end.min(text.len());
        let mut at = range.start.min(end);
        if at == 0 && text.starts_with('\u{feff}') {
            at = 3.min(end);
        }
        let text = text.get(..end).unwrap_or(text);
        Self {
            text,
            bytes: text.as_bytes(),
            at,
            level,
            quote: quote.max(1),
            brackets: 0,
            last: None,
            no_double_brace: 0,
            no_brace: 0,
            no_copy_end: false,
            unclosed: Vec::new(),
        }
    }

    /// Begins a new statement: brackets left open before it are forgotten.
    pub(crate) fn begin_statement(&mut self) {
        self.brackets = 0;
        self.last = None;
    }

    /// Goes on at `offset`, behind a token.
    pub(crate) fn go_to(&mut self, offset: u32) {
        self.at = (offset as usize).min(self.bytes.len());
        self.begin_statement();
    }

    /// The next token, comments included.
    #[inline]
    pub(crate) fn token(&mut self) -> Option<Token> {
        let mut at = self.at;
        while at < self.bytes.len() && CLASS[self.bytes[at] as usize] & SPACE != 0 {
            at += 1;
        }
        self.at = at;
        let first = *self.bytes.get(at)?;
        let kind = self.cut(first);
        debug_assert!(self.at > at, "a token has at least one byte");
        let span = Span { start: at as u32, end: self.at as u32 };
        if !matches!(kind, TokenKind::Comment | TokenKind::Directive) {
            self.last = Some((kind, span));
        }
        Some(Token { kind, quote: self.quote, span })
    }

    /// Whether the token before this one ends an operand: then `:`, `?` and `%` begin none.
    fn behind_operand(&self) -> bool {
        match self.last {
            Some((TokenKind::Word, span)) => !begins_operand(&self.text[span.range()]),
            Some((kind, _)) => matches!(
                kind,
                TokenKind::QuotedIdent
                    | TokenKind::String
                    | TokenKind::DollarString
                    | TokenKind::BitString
                    | TokenKind::Number
                    | TokenKind::Parameter
                    | TokenKind::Placeholder
                    | TokenKind::RParen
                    | TokenKind::RBracket
            ),
            None => false,
        }
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    fn one(&mut self, kind: TokenKind) -> TokenKind {
        self.at += 1;
        kind
    }

    /// Moves behind the token that begins with `first` at `self.at`.
    #[inline]
    fn cut(&mut self, first: u8) -> TokenKind {
        match first {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | 0x80..=0xff => self.word(first),
            b'0'..=b'9' => self.number(),
            b',' => self.one(TokenKind::Comma),
            b'(' => self.one(TokenKind::LParen),
            b')' => self.one(TokenKind::RParen),
            b'\'' => self.string(0, false),
            b'"' => self.quoted_ident(0),
            b';' => self.one(TokenKind::Semicolon),
            b'[' => {
                self.brackets += 1;
                self.one(TokenKind::LBracket)
            }
            b']' => {
                self.brackets = self.brackets.saturating_sub(1);
                self.one(TokenKind::RBracket)
            }
            b'.' => {
                if self.peek(1) == Some(b'.') {
                    self.at += 2;
                    TokenKind::Operator
                } else if is(self.peek(1), DIGIT) && !self.behind_operand() {
                    self.number()
                } else {
                    self.one(TokenKind::Dot)
                }
            }
            b'-' if self.peek(1) == Some(b'-') => {
                let rest = &self.bytes[self.at..];
                // A line ends at either byte; the two are one end, but the comment is the same.
                let length = rest.iter().position(|&byte| byte == b'\n' || byte == b'\r').unwrap_or(rest.len());
                self.at += length;
                TokenKind::Comment
            }
            b'/' if self.peek(1) == Some(b'*') => self.block_comment(),
            b'$' => self.dollar(),
            b':' => self.colon(),
            b'{' => self.brace(0),
            b'\\' if self.level == Level::Script => self.meta(),
            _ if CLASS[first as usize] & OPERATOR != 0 => self.operator(first),
            _ if CLASS[first as usize] & IDENT_START != 0 => self.word(first),
            _ => {
                // Only ASCII gets here: every byte from 0x80 on begins a word.
                self.one(TokenKind::Stray)
            }
        }
    }

    fn word(&mut self, first: u8) -> TokenKind {
        match (first | 0x20, self.peek(1)) {
            (b'e', Some(b'\'')) => return self.string(1, true),
            (b'n', Some(b'\'')) => return self.string(1, false),
            (b'b' | b'x', Some(b'\'')) => {
                self.string(1, false);
                return TokenKind::BitString;
            }
            (b'u', Some(b'&')) if self.peek(2) == Some(b'\'') => return self.string(2, false),
            (b'u', Some(b'&')) if self.peek(2) == Some(b'"') => return self.quoted_ident(2),
            _ => {}
        }
        let start = self.at;
        let mut at = start + 1;
        while at < self.bytes.len() && CLASS[self.bytes[at] as usize] & IDENT != 0 {
            if self.bytes[at] == b'$' && self.bytes.get(at + 1) == Some(&b'{') {
                break;
            }
            at += 1;
        }
        self.at = at;
        if matches!(self.peek(0), Some(b'{')) || (self.peek(0) == Some(b'$') && self.peek(1) == Some(b'{')) {
            let before = self.at;
            if self.glued() {
                return TokenKind::Placeholder;
            }
            self.at = before;
        }
        let word = &self.bytes[start..self.at];
        if first == b'_' && is_dunder(word) { TokenKind::Placeholder } else { TokenKind::Word }
    }

    /// Placeholders and words that follow without a space: `t_${x}_y`. True where there was a placeholder.
    fn glued(&mut self) -> bool {
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

    fn number(&mut self) -> TokenKind {
        let digits = |lexer: &mut Self| {
            while is(lexer.peek(0), DIGIT) || (lexer.peek(0) == Some(b'_') && is(lexer.peek(1), DIGIT)) {
                lexer.at += 1;
            }
        };
        if self.peek(0) == Some(b'0') && matches!(self.peek(1), Some(b'x' | b'X' | b'o' | b'O' | b'b' | b'B')) {
            let digit = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_hexdigit());
            if digit(self.peek(2)) || (self.peek(2) == Some(b'_') && digit(self.peek(3))) {
                self.at += 2;
                while digit(self.peek(0)) || (self.peek(0) == Some(b'_') && digit(self.peek(1))) {
                    self.at += 1;
                }
                return TokenKind::Number;
            }
        }
        digits(self);
        // `1..10` is a range of a PL/pgSQL loop.
        if self.peek(0) == Some(b'.') && self.peek(1) != Some(b'.') {
            self.at += 1;
            digits(self);
        }
        if matches!(self.peek(0), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(self.peek(1), Some(b'+' | b'-')));
            if is(self.peek(1 + sign), DIGIT) {
                self.at += 1 + sign;
                digits(self);
            }
        }
        TokenKind::Number
    }

    /// Whether a quote stands here; a quote is `self.quote` apostrophes.
    fn quote_at(&self, at: usize) -> bool {
        let width = self.quote as usize;
        self.bytes.get(at..at + width).is_some_and(|bytes| bytes.iter().all(|&byte| byte == b'\''))
    }

    /// A string whose quote stands `prefix` bytes on.
    fn string(&mut self, prefix: usize, escapes: bool) -> TokenKind {
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
            let next = if escapes {
                rest.iter().position(|&byte| byte == b'\'' || byte == b'\\')
            } else {
                self.text.get(at..).and_then(|rest| rest.find('\''))
            };
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
                return TokenKind::String;
            }
        }
        self.unclosed.push((Span::new(start as u32, (start + prefix + width) as u32), Unclosed::String));
        self.at = start + prefix + width;
        self.at += self.line_length();
        TokenKind::String
    }

    fn quoted_ident(&mut self, prefix: usize) -> TokenKind {
        let start = self.at;
        let mut at = start + prefix + 1;
        while let Some(next) = self.text.get(at..).and_then(|rest| rest.find('"')) {
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
        let line = rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len());
        let line = rest[..line].trim_ascii_end();
        line.strip_suffix(b";").unwrap_or(line).len()
    }

    fn block_comment(&mut self) -> TokenKind {
        let start = self.at;
        let mut depth = 1;
        let mut first_end = None;
        let mut at = start + 2;
        while let Some(next) = self.bytes[at..].iter().position(|&byte| byte == b'*' || byte == b'/') {
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

    fn dollar(&mut self) -> TokenKind {
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
            let tag = &self.text[start..=at];
            match self.text[at + 1..].find(tag) {
                Some(next) => self.at = at + 1 + next + tag.len(),
                None => {
                    self.unclosed.push((Span::new(start as u32, at as u32 + 1), Unclosed::DollarString));
                    self.at = self.bytes.len();
                }
            }
            return TokenKind::DollarString;
        }
        self.at = at;
        if at > start + 1 { TokenKind::Placeholder } else { TokenKind::Stray }
    }

    fn colon(&mut self) -> TokenKind {
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

    /// `{{ x }}`, `{% x %}`, `{x}`, the brace standing `prefix` bytes on.
    fn brace(&mut self, prefix: usize) -> TokenKind {
        let open = self.at + prefix;
        let (width, closing) = match self.bytes.get(open + 1) {
            Some(b'{') => (2, "}}"),
            Some(b'%') => (2, "%}"),
            Some(b'#') => (2, "#}"),
            _ => (1, "}"),
        };
        let inside = open + width;
        // Templates are short; a brace that is none must not cost a walk through the file.
        let limit = if width == 2 { 4096 } else { 256 };
        let known = if width == 2 { self.no_double_brace } else { self.no_brace };
        let stop = (inside + limit).min(self.bytes.len());
        let window = self.bytes.get(inside.max(known).min(stop)..stop).unwrap_or_default();
        let skipped = inside.max(known).min(stop) - inside.min(stop);
        let needle = closing.as_bytes();
        let found = window.windows(needle.len()).position(|bytes| bytes == needle).map(|at| at + skipped);
        let Some(length) = found else {
            if closing == "}}" {
                self.no_double_brace = stop.saturating_sub(1);
            } else if width == 1 {
                self.no_brace = stop;
            }
            self.at += prefix + 1;
            return TokenKind::Stray;
        };
        let text = &self.bytes[inside..inside + length];
        if width == 1 && (length == 0 || text.contains(&b'\n')) {
            self.at += prefix + 1;
            return TokenKind::Stray;
        }
        self.at = inside + length + closing.len();
        if closing == "}}" {
            // `{{{ x }}}` of Handlebars.
            if self.bytes.get(inside) == Some(&b'{') && self.peek(0) == Some(b'}') {
                self.at += 1;
            }
        }
        if prefix == 0 && (closing == "%}" || closing == "#}" || (width == 2 && is_control(text))) {
            return TokenKind::Directive;
        }
        if prefix == 0 {
            self.glued();
        }
        TokenKind::Placeholder
    }

    /// A meta-command reaches to the end of its line, or to `\\`.
    fn meta(&mut self) -> TokenKind {
        let start = self.at;
        if self.peek(1) == Some(b';') {
            self.at += 2;
            return TokenKind::Semicolon;
        }
        let rest = &self.bytes[start..];
        let line = rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len());
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

    fn operator(&mut self, first: u8) -> TokenKind {
        let start = self.at;
        match first {
            b'@' => {
                // `@extschema@` of extension scripts.
                let rest = &self.bytes[start + 1..];
                let name = rest.iter().take(64).position(|&byte| !is_ident_byte(byte) || byte == b'$').unwrap_or(0);
                let after = rest.get(name + 1).copied();
                if name > 0 && rest[name] == b'@' && !is(after, OPERATOR) && !rest[0].is_ascii_digit() {
                    self.at = start + 1 + name + 1;
                    self.glued();
                    return TokenKind::Placeholder;
                }
            }
            b'%' => {
                if self.peek(1) == Some(b'(') {
                    let rest = &self.bytes[start + 2..];
                    let name = rest.iter().take(64).position(|&byte| !is_ident_byte(byte)).unwrap_or(0);
                    if name > 0
                        && rest[name] == b')'
                        && matches!(rest.get(name + 1), Some(b's' | b'd'))
                        && !rest.get(name + 2).is_some_and(|&byte| is_ident_byte(byte))
                    {
                        self.at = start + 2 + name + 2;
                        return TokenKind::Placeholder;
                    }
                }
                if !self.behind_operand() && self.peek(1) == Some(b's') && !self.peek(2).is_some_and(is_ident_byte) {
                    self.at += 2;
                    return TokenKind::Placeholder;
                }
                if self.peek(1) == Some(b'{') {
                    let kind = self.brace(1);
                    if kind == TokenKind::Placeholder {
                        return kind;
                    }
                    self.at = start;
                }
            }
            b'#' if self.peek(1) == Some(b'{') => {
                let kind = self.brace(1);
                if kind == TokenKind::Placeholder {
                    self.glued();
                    return kind;
                }
                self.at = start;
            }
            b'?' if !self.behind_operand() && !is(self.peek(1), OPERATOR) => return self.one(TokenKind::Placeholder),
            _ => {}
        }
        let mut end = start;
        let mut special = false;
        while let Some(&byte) = self.bytes.get(end) {
            if CLASS[byte as usize] & OPERATOR == 0 {
                break;
            }
            let next = self.bytes.get(end + 1);
            if end > start && ((byte == b'-' && next == Some(&b'-')) || (byte == b'/' && next == Some(&b'*'))) {
                break;
            }
            special |= matches!(byte, b'~' | b'!' | b'@' | b'#' | b'%' | b'^' | b'&' | b'|' | b'`' | b'?');
            end += 1;
        }
        // An operator of several characters ends in + or - only where it has one of the special ones (manual: 4.1.3 Operators).
        if !special {
            while end > start + 1 && matches!(self.bytes[end - 1], b'+' | b'-') {
                end -= 1;
            }
        }
        self.at = end;
        TokenKind::Operator
    }

    /// The lines of data after `COPY ... FROM stdin;`, when the semicolon was just read. They begin on the next line and end before
    /// `\.`. Without a `\.` psql takes everything; a file that was not written for psql may go on with statements instead, so then
    /// lines count as data only where they look like it.
    pub(crate) fn copy_data(&mut self) -> Option<Token> {
        let rest = &self.bytes[self.at..];
        let newline = rest.iter().position(|&byte| byte == b'\n')?;
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
            let next = self.text.get(at..).and_then(|rest| rest.find('\n')).unwrap_or(rest.len());
            if rest[..next].strip_suffix(b"\r").unwrap_or(&rest[..next]) == b"\\." {
                self.at = at + next;
                break;
            }
            at = (at + next + 1).min(self.bytes.len());
        }
        Some(Token { kind: TokenKind::CopyData, quote: self.quote, span: Span::new(start as u32, at as u32) })
    }
}

/// Words after which an operand begins, so that `:x` or `?` behind them is one.
fn begins_operand(word: &str) -> bool {
    const WORDS: [&str; 31] = [
        "AND",
        "AS",
        "BETWEEN",
        "BY",
        "CASE",
        "DEFAULT",
        "DISTINCT",
        "ELSE",
        "FROM",
        "HAVING",
        "ILIKE",
        "IN",
        "INTO",
        "IS",
        "JOIN",
        "LIKE",
        "LIMIT",
        "NOT",
        "OFFSET",
        "ON",
        "OR",
        "RETURNING",
        "SELECT",
        "SET",
        "TABLE",
        "THEN",
        "TO",
        "UPDATE",
        "USING",
        "VALUES",
        "WHEN",
    ];
    word.len() < 10
        && (WORDS.iter().any(|known| known.eq_ignore_ascii_case(word)) || word.eq_ignore_ascii_case("WHERE"))
}

/// `__X__` in capitals.
fn is_dunder(word: &[u8]) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;
    use TokenKind::*;

    fn cut(text: &str, level: Level, quote: u8) -> Vec<(TokenKind, std::string::String)> {
        let mut lexer = Lexer::new(text, Span::new(0, text.len() as u32), level, quote);
        std::iter::from_fn(|| lexer.token()).map(|token| (token.kind, text[token.span.range()].to_owned())).collect()
    }

    /// The tokens of a script.
    fn tokens(text: &str) -> Vec<(TokenKind, std::string::String)> {
        cut(text, Level::Script, 1)
    }

    fn kinds(text: &str) -> Vec<TokenKind> {
        tokens(text).into_iter().map(|(kind, _)| kind).collect()
    }

    fn slices(text: &str) -> Vec<std::string::String> {
        tokens(text).into_iter().map(|(_, slice)| slice).collect()
    }

    #[test]
    fn strings_end_where_the_server_ends_them() {
        for text in [
            "'it''s'",
            r"'c:\'",
            r"E'it\'s'",
            r"e'\\'",
            "N'x'",
            r"U&'\0041'",
            "$$ ' $x$ ; $$",
            "$tag$ $$ $tag$",
            "$é$x$é$",
        ] {
            let found = tokens(&format!("{text} x"));
            assert_eq!(found.len(), 2, "{text}: {found:?}");
            assert_eq!(found[0].1, text);
            assert!(matches!(found[0].0, String | DollarString), "{text}");
        }
        assert_eq!(kinds("B'01' x'Ff' b 'x'"), [BitString, BitString, Word, String]);
    }

    #[test]
    fn quoted_names_may_hold_quotes() {
        assert_eq!(slices(r#""a""b"."c" U&"d!0061""#), [r#""a""b""#, ".", r#""c""#, r#"U&"d!0061""#]);
    }

    #[test]
    fn comments_nest_and_end_operators() {
        assert_eq!(slices("a/* /* ; */ ' */b--x\nc"), ["a", "/* /* ; */ ' */", "b", "--x", "c"]);
        assert_eq!(slices("1+--x"), ["1", "+", "--x"]);
        assert_eq!(slices("1*/* y */2"), ["1", "*", "/* y */", "2"]);
        assert_eq!(slices("-- a\r\nb -- c\rd"), ["-- a", "b", "-- c", "d"]);
    }

    #[test]
    fn operators_are_cut_as_the_manual_says() {
        assert_eq!(slices("a<-1"), ["a", "<", "-", "1"]);
        assert_eq!(slices("a@-1"), ["a", "@-", "1"]);
        assert_eq!(slices("a->>'b'"), ["a", "->>", "'b'"]);
        assert_eq!(slices("a!=b <> c =-1"), ["a", "!=", "b", "<>", "c", "=", "-", "1"]);
        assert_eq!(
            slices("a::int f(x=>1, y:=2)"),
            ["a", "::", "int", "f", "(", "x", "=>", "1", ",", "y", ":=", "2", ")"]
        );
    }

    #[test]
    fn numbers() {
        for text in ["0", "42", "1.5", ".5", "1.", "1e10", "1.5E-3", "0x1F", "0b01", "0o17", "1_000"] {
            assert_eq!(tokens(text), [(Number, text.to_owned())], "{text}");
        }
        assert_eq!(slices("1..10"), ["1", "..", "10"]);
        assert_eq!(slices("a.5"), ["a", ".", "5"]);
        assert_eq!(slices("1e x"), ["1", "e", "x"]);
    }

    #[test]
    fn words_hold_unicode_dollars_and_undecodable_bytes() {
        assert_eq!(
            tokens("été$1 _x9 日本\u{1a}x"),
            [(Word, "été$1".to_owned()), (Word, "_x9".to_owned()), (Word, "日本\u{1a}x".to_owned())]
        );
        assert_eq!(kinds("a\0b"), [Word, Word]);
    }

    #[test]
    fn placeholders_of_every_kind() {
        for text in [
            ":x",
            ":'x'",
            ":\"x\"",
            ":{?x}",
            "${x}",
            "${flyway:user}_t",
            "{{ x }}",
            "{{x}}_y",
            "t_{{ .Name }}_y",
            "t_${x}",
            "{x}",
            "{{{ x }}}",
            "@extschema@",
            "%(name)s",
            "%s",
            "%{x}",
            "#{x}",
            "?",
            "$name",
            "__SCHEMA__",
        ] {
            assert_eq!(tokens(text), [(Placeholder, text.to_owned())], "{text}");
        }
        assert_eq!(kinds("SELECT $1, $2"), [Word, Parameter, Comma, Parameter]);
        assert_eq!(
            kinds("a = :b AND c = ? AND d = ${e}.f"),
            [
                Word,
                Operator,
                Placeholder,
                Word,
                Word,
                Operator,
                Placeholder,
                Word,
                Word,
                Operator,
                Placeholder,
                Dot,
                Word
            ]
        );
    }

    #[test]
    fn what_only_looks_like_a_placeholder() {
        assert_eq!(kinds("a[1:2]"), [Word, LBracket, Number, Colon, Number, RBracket]);
        assert_eq!(kinds("a[i:j]"), [Word, LBracket, Word, Colon, Word, RBracket]);
        assert_eq!(kinds("a[b[1]:c]"), [Word, LBracket, Word, LBracket, Number, RBracket, Colon, Word, RBracket]);
        assert_eq!(kinds("ARRAY[:a, :b]"), [Word, LBracket, Placeholder, Comma, Placeholder, RBracket]);
        assert_eq!(kinds("a ? 'b'"), [Word, Operator, String]);
        assert_eq!(kinds("a ?| b"), [Word, Operator, Word]);
        assert_eq!(kinds("a @> b"), [Word, Operator, Word]);
        assert_eq!(kinds("@ a @ b"), [Operator, Word, Operator, Word]);
        assert_eq!(kinds("a %s"), [Word, Operator, Word]);
        assert_eq!(kinds("a %(b)"), [Word, Operator, LParen, Word, RParen]);
        assert_eq!(kinds("'{}' '{1,2}' '${x}' ':y'"), [String, String, String, String]);
        assert_eq!(kinds("__init"), [Word]);
        assert_eq!(cut("a :b", Level::Body, 1).len(), 3, "psql leaves literals alone");
    }

    #[test]
    fn control_lines_of_templates_are_told_apart() {
        assert_eq!(kinds("{{ if .pg }} a {{- else -}} b {{end}}"), [Directive, Word, Directive, Word, Directive]);
        assert_eq!(kinds("{% if x %} a {% endif %} {# c #}"), [Directive, Word, Directive, Directive]);
        assert_eq!(kinds("{{#each x}} {{ a }} {{/each}}"), [Directive, Placeholder, Directive]);
    }

    #[test]
    fn meta_commands_end_with_their_line() {
        assert_eq!(slices("\\set x 'a;b' \nSELECT"), ["\\set x 'a;b'", "SELECT"]);
        assert_eq!(slices("\\d x \\\\ SELECT 1"), ["\\d x \\\\", "SELECT", "1"]);
        assert_eq!(slices("\\! echo \\\\ x\r\ny"), ["\\! echo \\\\ x", "y"]);
        assert_eq!(kinds("a\\;b"), [Word, Semicolon, Word]);
        assert_eq!(kinds("\\"), [Meta]);
    }

    #[test]
    fn quotes_within_quotes_are_doubled() {
        let text = "''it''''s'' , E''\\'''' x";
        assert_eq!(
            cut(text, Level::Body, 2),
            [
                (String, "''it''''s''".to_owned()),
                (Comma, ",".to_owned()),
                (String, "E''\\''''".to_owned()),
                (Word, "x".to_owned())
            ]
        );
    }

    #[test]
    fn what_is_never_closed_is_kept() {
        let unclosed = |text: &str| {
            let mut lexer = Lexer::new(text, Span::new(0, text.len() as u32), Level::Script, 1);
            while lexer.token().is_some() {}
            lexer.unclosed.iter().map(|(span, what)| (text[span.range()].to_owned(), *what)).collect::<Vec<_>>()
        };
        assert_eq!(unclosed("a 'b"), [("'".to_owned(), Unclosed::String)]);
        assert_eq!(unclosed("a E'b\\'"), [("E'".to_owned(), Unclosed::String)]);
        assert_eq!(unclosed("\"b"), [("\"".to_owned(), Unclosed::Identifier)]);
        assert_eq!(unclosed("$a$ $b$"), [("$a$".to_owned(), Unclosed::DollarString)]);
        assert_eq!(unclosed("/* /* */"), [("/*".to_owned(), Unclosed::Comment)]);
        assert_eq!(unclosed("'a' \"b\" $$c$$ /* d */"), []);
        // Eight are enough: then the rest is the comment, and reading stays linear.
        assert!(unclosed(&"/* /* */ ".repeat(1000)).len() <= 8);
    }

    #[test]
    fn a_byte_order_mark_is_no_token() {
        assert_eq!(slices("\u{feff}a"), ["a"]);
    }
}
