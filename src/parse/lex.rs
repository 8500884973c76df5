//! Tokens with byte offsets, as PostgreSQL's scanner and psql see them (manual: 4.1 Lexical Structure; the reference page of psql).
//!
//! One pass over the bytes, without an allocation per token. A token that is never closed ends where its author most likely meant
//! it to end; it is kept in [`Lexer::unclosed`].

mod branch;
mod keyword;
mod psql;
mod quoted;
mod template;
#[cfg(test)]
mod tests;

use crate::source::{Span, UNDECODABLE};
pub(crate) use keyword::{Keyword, KeywordSet};
use template::is_dunder;

/// One token. Its offsets are the source's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    /// What it is.
    pub(crate) kind: TokenKind,
    /// How many apostrophes stand for one here: within `'...'` every quote is doubled, within that doubled again.
    pub(crate) quote: u8,
    /// Of a word: which of those that the readers ask for.
    pub(crate) keyword: Keyword,
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
    last: Option<(TokenKind, Keyword)>,
    /// Of the word that was just cut.
    keyword: Keyword,
    /// Before these places no `}`, `}}`, `%}`, `#}` is left: keeps scans that fail linear.
    unclosed_before: [usize; 4],
    /// The end of the `E''` string that was read last: a string on a later line goes on with it.
    escaped_to: usize,
    /// No `\\.` line follows.
    no_copy_end: bool,
    /// A backslash escapes in plain strings, too: `standard_conforming_strings` is off.
    pub(crate) escapes: bool,
    /// What is never closed, at its opening token.
    pub(crate) unclosed: Vec<(Span, Unclosed)>,
    /// Byte order marks that stand before a token and not at the beginning of the script.
    pub(crate) marks: Vec<u32>,
    /// Branches of a template that are for other servers, in order.
    passed: Vec<Span>,
    /// `$NAME$` that stands for a value: what other programs replace, though it looks like a dollar quote.
    pub(crate) variables: Vec<&'a str>,
}

/// Between two files that were put together.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Classes of bytes.
const SPACE: u8 = 1;
const IDENT_START: u8 = 2;
const IDENT: u8 = 4;
const OPERATOR: u8 = 8;
const DIGIT: u8 = 16;
/// [`IDENT`] without `$`.
const WORD: u8 = 32;

const CLASS: [u8; 256] = {
    let mut class = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        class[byte] = match byte as u8 {
            b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c | 0 => SPACE,
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | 0x80..=0xff => IDENT_START | IDENT | WORD,
            b'0'..=b'9' => IDENT | DIGIT | WORD,
            b'$' => IDENT,
            b'+' | b'-' | b'*' | b'/' | b'<' | b'>' | b'=' | b'~' | b'!' | b'@' | b'#' | b'%' | b'^' | b'&' | b'|'
            | b'`' | b'?' => OPERATOR,
            _ => 0,
        };
        byte += 1;
    }
    // Undecodable bytes were part of a word in the file's own encoding.
    class[UNDECODABLE as usize] = IDENT_START | IDENT | WORD;
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
            keyword: Keyword::NONE,
            unclosed_before: [0; 4],
            escaped_to: usize::MAX,
            no_copy_end: false,
            escapes: false,
            unclosed: Vec::new(),
            marks: Vec::new(),
            passed: if level == Level::Script { branch::of_other_servers(text) } else { Vec::new() },
            variables: Vec::new(),
        }
    }

    /// The end of the branch for another server in which a place lies.
    fn passed_at(&self, at: usize) -> Option<usize> {
        let behind = self.passed.partition_point(|span| span.start as usize <= at);
        let span = self.passed.get(behind.checked_sub(1)?)?;
        Some(span.end as usize).filter(|end| at < *end)
    }

    /// Begins a new statement: brackets left open before it are forgotten.
    pub(crate) fn begin_statement(&mut self) {
        self.brackets = 0;
        self.last = None;
    }

    /// Goes on at `offset`, behind a token; what was read beyond it is forgotten.
    pub(crate) fn go_to(&mut self, offset: u32) {
        self.at = (offset as usize).min(self.bytes.len());
        while self.unclosed.pop_if(|(span, _)| span.start >= offset).is_some() {}
        while self.marks.pop_if(|mark| *mark >= offset).is_some() {}
        self.begin_statement();
    }

    /// The next token, comments included.
    #[inline]
    pub(crate) fn token(&mut self) -> Option<Token> {
        let mut at = self.at;
        let first = loop {
            while at < self.bytes.len() && CLASS[self.bytes[at] as usize] & SPACE != 0 {
                at += 1;
            }
            let first = *self.bytes.get(at)?;
            if first != BYTE_ORDER_MARK[0] || !self.bytes[at..].starts_with(BYTE_ORDER_MARK) {
                break first;
            }
            if self.level == Level::Script {
                self.marks.push(at as u32);
            }
            at += BYTE_ORDER_MARK.len();
        };
        self.at = at;
        self.keyword = Keyword::NONE;
        if !self.passed.is_empty()
            && let Some(end) = self.passed_at(at)
        {
            self.at = end;
            let span = Span { start: at as u32, end: end as u32 };
            return Some(Token { kind: TokenKind::Directive, quote: self.quote, keyword: Keyword::NONE, span });
        }
        let kind = self.cut(first);
        debug_assert!(self.at > at, "a token has at least one byte");
        let span = Span { start: at as u32, end: self.at as u32 };
        let keyword = self.keyword;
        if !matches!(kind, TokenKind::Comment | TokenKind::Directive) {
            self.last = Some((kind, keyword));
        }
        Some(Token { kind, quote: self.quote, keyword, span })
    }

    /// Whether the token before this one ends an operand: then `:`, `?` and `%` begin none.
    fn behind_operand(&self) -> bool {
        match self.last {
            Some((TokenKind::Word, keyword)) => !BEFORE_OPERANDS.has(keyword),
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

    /// Whether a value may stand here, as it may behind an operator, and a body of a function may not.
    fn begins_value(&self) -> bool {
        match self.last {
            Some((TokenKind::Word, keyword)) => BEFORE_OPERANDS.has(keyword) && !keyword.is("AS"),
            Some((kind, _)) => matches!(kind, TokenKind::Operator | TokenKind::Comma | TokenKind::LParen),
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
            b'\'' => {
                let escapes = self.escapes || self.continues_escaped();
                self.string(0, escapes)
            }
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
                self.at += memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
                TokenKind::Comment
            }
            b'/' if self.peek(1) == Some(b'*') => self.block_comment(),
            b'$' => self.dollar(),
            b':' => self.colon(),
            b'{' => self.template(),
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
        let start = self.at;
        let mut at = start + 1;
        while at < self.bytes.len() && CLASS[self.bytes[at] as usize] & WORD != 0 {
            at += 1;
        }
        match self.bytes.get(at) {
            Some(b'\'' | b'"' | b'&') if at <= start + 2 => {
                if let Some(kind) = self.prefixed(first) {
                    return kind;
                }
            }
            Some(b'$') => at = self.dollars_of_word(at),
            _ => {}
        }
        self.at = at;
        if matches!(self.bytes.get(at), Some(b'{' | b'$')) && self.glued() {
            return TokenKind::Placeholder;
        }
        self.at = at;
        let word = &self.bytes[start..at];
        if first == b'_' && is_dunder(word) {
            return TokenKind::Placeholder;
        }
        self.keyword = Keyword::of(word);
        TokenKind::Word
    }

    /// A string or quoted name whose prefix begins with `first`.
    #[cold]
    fn prefixed(&mut self, first: u8) -> Option<TokenKind> {
        match (first | 0x20, self.peek(1)?) {
            (b'e', b'\'') => Some(self.string(1, true)),
            (b'n', b'\'') => Some(self.string(1, false)),
            (b'b' | b'x', b'\'') => {
                self.string(1, false);
                Some(TokenKind::BitString)
            }
            (b'u', b'&') if self.peek(2) == Some(b'\'') => Some(self.string(2, false)),
            (b'u', b'&') if self.peek(2) == Some(b'"') => Some(self.quoted_ident(2)),
            _ => None,
        }
    }

    /// The end of a word that goes on with a `$` at `at`; `${` begins a placeholder.
    #[cold]
    fn dollars_of_word(&self, mut at: usize) -> usize {
        while let Some(&byte) = self.bytes.get(at)
            && is_ident_byte(byte)
            && !(byte == b'$' && self.bytes.get(at + 1) == Some(&b'{'))
        {
            at += 1;
        }
        at
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
}

/// Words after which an operand begins, so that `:x` or `?` behind them is one.
const BEFORE_OPERANDS: KeywordSet = KeywordSet::of(&[
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
    "WHERE",
]);
