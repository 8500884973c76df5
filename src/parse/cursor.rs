//! A place in the tokens of one statement, and what every recogniser asks of it.

use super::lex::{Token, TokenKind};
use super::query::Scope;
use crate::source::Span;
use crate::statement::{Ident, Name, ObjectName};

/// How deep parentheses, subqueries and bodies may nest before what is within counts as not understood. It bounds the stack that
/// hostile input can use, also when the result is dropped.
pub(crate) const MAX_DEPTH: u32 = 100;

/// The longest identifier in bytes: `NAMEDATALEN` - 1; the server truncates longer ones (manual: 4.1.1 Identifiers and Key Words).
const MAX_IDENT: usize = 63;

/// A place in the tokens of one statement. Comments are not among them.
#[derive(Clone, Debug)]
pub(crate) struct Cursor<'a> {
    text: &'a str,
    tokens: &'a [Token],
    at: usize,
    /// Where the text of these tokens ends, for a cursor without any.
    end: u32,
    depth: u32,
    /// The names that a query may refer to here.
    scope: Option<&'a Scope<'a>>,
}

impl<'a> Cursor<'a> {
    /// At the first of `tokens`, which are of `text`.
    pub(crate) fn new(text: &'a str, tokens: &'a [Token]) -> Self {
        Self { text, tokens, at: 0, end: tokens.last().map_or(0, |token| token.span.end), depth: 0, scope: None }
    }

    /// The same place, `depth` levels deep already.
    pub(crate) fn at_depth(mut self, depth: u32) -> Self {
        self.depth = depth;
        self
    }

    /// How many levels of nesting surround it.
    pub(crate) fn depth(&self) -> u32 {
        self.depth
    }

    /// The same place one level deeper; `None` beyond [`MAX_DEPTH`].
    pub(crate) fn deeper(&self) -> Option<Self> {
        (self.depth < MAX_DEPTH).then(|| Self { depth: self.depth + 1, ..self.clone() })
    }

    /// The names that a query may refer to here.
    pub(crate) fn scope(&self) -> Option<&'a Scope<'a>> {
        self.scope
    }

    /// The same place, where a query may refer to the names of `scope`.
    pub(crate) fn with_scope<'s>(&self, scope: &'s Scope<'s>) -> Cursor<'s>
    where
        'a: 's,
    {
        Cursor { scope: Some(scope), ..self.clone() }
    }

    /// The source's text, of which every token is a part.
    pub(crate) fn source(&self) -> &'a str {
        self.text
    }

    /// What is left.
    pub(crate) fn tokens(&self) -> &'a [Token] {
        &self.tokens[self.at..]
    }

    /// The text of a span.
    pub(crate) fn text(&self, span: Span) -> &'a str {
        self.text.get(span.range()).unwrap_or_default()
    }

    /// The next token.
    #[inline]
    pub(crate) fn peek(&self) -> Option<Token> {
        self.tokens.get(self.at).copied()
    }

    /// The token `n` after the next.
    #[inline]
    pub(crate) fn peek_nth(&self, n: usize) -> Option<Token> {
        self.tokens.get(self.at + n).copied()
    }

    /// The token taken last.
    #[inline]
    pub(crate) fn previous(&self) -> Option<Token> {
        self.at.checked_sub(1).and_then(|at| self.tokens.get(at)).copied()
    }

    /// Whether the token taken last is this keyword.
    pub(crate) fn follows(&self, keyword: &str) -> bool {
        self.previous()
            .is_some_and(|token| token.kind == TokenKind::Word && self.text(token.span).eq_ignore_ascii_case(keyword))
    }

    /// Whether the token `n` after the next is of this kind.
    #[inline]
    pub(crate) fn is_kind_nth(&self, n: usize, kind: TokenKind) -> bool {
        self.peek_nth(n).is_some_and(|token| token.kind == kind)
    }

    /// The kind of the next token.
    #[inline]
    pub(crate) fn kind(&self) -> Option<TokenKind> {
        self.peek().map(|token| token.kind)
    }

    /// Takes the next token.
    #[inline]
    pub(crate) fn next(&mut self) -> Option<Token> {
        let token = self.peek()?;
        self.at += 1;
        Some(token)
    }

    /// Whether nothing is left.
    #[inline]
    pub(crate) fn at_end(&self) -> bool {
        self.at >= self.tokens.len()
    }

    /// For [`Cursor::reset`].
    #[inline]
    pub(crate) fn position(&self) -> usize {
        self.at
    }

    /// Goes to a place that [`Cursor::position`] gave.
    #[inline]
    pub(crate) fn reset(&mut self, position: usize) {
        self.at = position.min(self.tokens.len());
    }

    /// Goes behind the last token.
    pub(crate) fn finish(&mut self) {
        self.at = self.tokens.len();
    }

    /// Where the next token starts; at the end, where the text ends.
    pub(crate) fn offset(&self) -> u32 {
        self.peek().map_or(self.end, |token| token.span.start)
    }

    /// From `start` to the end of the token taken last; empty where none was taken since.
    pub(crate) fn span_since(&self, start: u32) -> Span {
        let end = self.at.checked_sub(1).and_then(|at| self.tokens.get(at)).map_or(start, |token| token.span.end);
        // Tokens of a constant `format()` are not in the text's order.
        Span::new(start, end.max(start))
    }

    /// From the next token to the last.
    pub(crate) fn rest_span(&self) -> Span {
        let start = self.offset();
        Span::new(start, self.tokens.last().map_or(start, |token| token.span.end.max(start)))
    }

    /// The next token's text, where it is a word.
    #[inline]
    pub(crate) fn word(&self) -> Option<&'a str> {
        self.word_nth(0)
    }

    /// Likewise of the token `n` after the next.
    #[inline]
    pub(crate) fn word_nth(&self, n: usize) -> Option<&'a str> {
        self.peek_nth(n).filter(|token| token.kind == TokenKind::Word).map(|token| self.text(token.span))
    }

    /// Whether the next token is this keyword.
    #[inline]
    pub(crate) fn is(&self, keyword: &str) -> bool {
        self.is_nth(0, keyword)
    }

    /// Whether the token `n` after the next is this keyword.
    #[inline]
    pub(crate) fn is_nth(&self, n: usize, keyword: &str) -> bool {
        self.peek_nth(n).is_some_and(|token| {
            token.kind == TokenKind::Word
                && token.span.len() as usize == keyword.len()
                && self.text(token.span).eq_ignore_ascii_case(keyword)
        })
    }

    /// Whether the next token is one of these keywords.
    pub(crate) fn is_any(&self, keywords: &[&str]) -> bool {
        self.word().is_some_and(|word| keywords.iter().any(|keyword| keyword.eq_ignore_ascii_case(word)))
    }

    /// Whether these keywords follow.
    pub(crate) fn is_seq(&self, keywords: &[&str]) -> bool {
        keywords.iter().enumerate().all(|(n, keyword)| self.is_nth(n, keyword))
    }

    /// Takes the next token if it is this keyword.
    #[inline]
    pub(crate) fn eat(&mut self, keyword: &str) -> bool {
        let found = self.is(keyword);
        self.at += usize::from(found);
        found
    }

    /// Takes these keywords if all follow.
    pub(crate) fn eat_seq(&mut self, keywords: &[&str]) -> bool {
        let found = self.is_seq(keywords);
        if found {
            self.at += keywords.len();
        }
        found
    }

    /// Takes the next token if it is one of these keywords; gives which.
    pub(crate) fn eat_any(&mut self, keywords: &[&str]) -> Option<usize> {
        let word = self.word()?;
        let found = keywords.iter().position(|keyword| keyword.eq_ignore_ascii_case(word))?;
        self.at += 1;
        Some(found)
    }

    /// Whether the next token is of this kind.
    #[inline]
    pub(crate) fn is_kind(&self, kind: TokenKind) -> bool {
        self.kind() == Some(kind)
    }

    /// Takes the next token if it is of this kind.
    #[inline]
    pub(crate) fn eat_kind(&mut self, kind: TokenKind) -> Option<Token> {
        let token = self.peek().filter(|token| token.kind == kind)?;
        self.at += 1;
        Some(token)
    }

    /// Whether the next token is this operator.
    #[inline]
    pub(crate) fn is_op(&self, operator: &str) -> bool {
        self.peek().is_some_and(|token| token.kind == TokenKind::Operator && self.text(token.span) == operator)
    }

    /// Takes the next token if it is this operator.
    #[inline]
    pub(crate) fn eat_op(&mut self, operator: &str) -> bool {
        let found = self.is_op(operator);
        self.at += usize::from(found);
        found
    }

    /// Whether the next token could be an identifier; keywords count.
    pub(crate) fn is_ident(&self) -> bool {
        self.kind().is_some_and(is_ident)
    }

    /// Takes an identifier: folded, or unquoted and unescaped, and truncated as the server does. Any word and a placeholder counts.
    pub(crate) fn ident(&mut self) -> Option<Ident> {
        let token = self.peek().filter(|token| is_ident(token.kind))?;
        self.at += 1;
        let text = self.text(token.span);
        let mut span = token.span;
        let name = match token.kind {
            TokenKind::QuotedIdent => {
                let unicode = matches!(text.as_bytes().first(), Some(b'u' | b'U'));
                let inner = text.get(if unicode { 3 } else { 1 }..).unwrap_or_default();
                let inner = inner.strip_suffix('"').unwrap_or(inner);
                let inner =
                    if inner.contains('"') { Name::from(inner.replace("\"\"", "\"")) } else { Name::new(inner) };
                if unicode {
                    let escape = self.uescape(&mut span);
                    decode_unicode(&inner, escape)
                } else {
                    inner
                }
            }
            TokenKind::VerbatimIdent => {
                if text.contains("''") {
                    Name::from(undouble(text, token.quote))
                } else {
                    Name::new(text)
                }
            }
            TokenKind::Placeholder => Name::new(text),
            _ => fold(text),
        };
        Some(Ident { name: truncate(name), span })
    }

    /// Takes a possibly qualified name; of `database.schema.name` the database is dropped.
    pub(crate) fn object_name(&mut self) -> Option<ObjectName> {
        let mut name = ObjectName { schema: None, name: self.ident()? };
        while self.is_kind(TokenKind::Dot) && self.peek_nth(1).is_some_and(|token| is_ident(token.kind)) {
            self.at += 1;
            let part = self.ident()?;
            name = ObjectName { schema: Some(name.name), name: part };
        }
        Some(name)
    }

    /// How many tokens a balanced `(...)` or `[...]` has that begins `n` after the next; `None` where it is never closed.
    fn balanced(&self, n: usize) -> Option<usize> {
        let mut depth = 0_usize;
        for (length, token) in self.tokens.get(self.at + n..)?.iter().enumerate() {
            match token.kind {
                TokenKind::LParen | TokenKind::LBracket => depth += 1,
                TokenKind::RParen | TokenKind::RBracket => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 {
                return Some(length + 1);
            }
        }
        None
    }

    /// Takes a balanced `(...)` and gives a cursor over its inside, one level deeper. One that is never closed reaches to the end.
    pub(crate) fn parens(&mut self) -> Option<Cursor<'a>> {
        self.enclosed(TokenKind::LParen)
    }

    /// Takes a balanced `[...]` likewise.
    pub(crate) fn brackets(&mut self) -> Option<Cursor<'a>> {
        self.enclosed(TokenKind::LBracket)
    }

    fn enclosed(&mut self, open: TokenKind) -> Option<Cursor<'a>> {
        if !self.is_kind(open) {
            return None;
        }
        let start = self.at + 1;
        let (stop, after) = match self.balanced(0) {
            Some(length) => (self.at + length - 1, self.at + length),
            None => (self.tokens.len(), self.tokens.len()),
        };
        self.at = after;
        let end = self.tokens.get(stop).map_or(self.end, |token| token.span.start);
        Some(Cursor {
            text: self.text,
            tokens: &self.tokens[start..stop.max(start)],
            at: 0,
            end,
            depth: self.depth + 1,
            scope: self.scope,
        })
    }

    /// Takes a balanced `(...)`.
    pub(crate) fn skip_parens(&mut self) -> bool {
        if !self.is_kind(TokenKind::LParen) {
            return false;
        }
        self.at += self.balanced(0).unwrap_or(self.tokens.len() - self.at);
        true
    }

    /// Takes one token, or a balanced `(...)` or `[...]` as a whole. False at the end.
    pub(crate) fn skip_one(&mut self) -> bool {
        match self.kind() {
            None => false,
            Some(TokenKind::LParen | TokenKind::LBracket) => {
                self.at += self.balanced(0).unwrap_or(self.tokens.len() - self.at);
                true
            }
            Some(_) => {
                self.at += 1;
                true
            }
        }
    }

    fn part(&self, from: usize, to: usize) -> Cursor<'a> {
        let end = self.tokens.get(to).map_or(self.end, |token| token.span.start);
        Cursor { text: self.text, tokens: &self.tokens[from..to], at: 0, end, depth: self.depth, scope: self.scope }
    }

    /// The rest, split at the commas that are in no parentheses. Nothing is no part.
    pub(crate) fn split_commas(&self) -> Vec<Cursor<'a>> {
        let mut parts = Vec::new();
        if self.at_end() {
            return parts;
        }
        let mut depth = 0_usize;
        let mut from = self.at;
        for at in self.at..self.tokens.len() {
            match self.tokens[at].kind {
                TokenKind::LParen | TokenKind::LBracket => depth += 1,
                TokenKind::RParen | TokenKind::RBracket => depth = depth.saturating_sub(1),
                TokenKind::Comma if depth == 0 => {
                    parts.push(self.part(from, at));
                    from = at + 1;
                }
                _ => {}
            }
        }
        parts.push(self.part(from, self.tokens.len()));
        parts
    }

    /// What is left, as a cursor of its own.
    pub(crate) fn rest(&self) -> Cursor<'a> {
        self.part(self.at.min(self.tokens.len()), self.tokens.len())
    }

    /// Takes everything up to where `stop` holds, or to the end. `stop` is asked at every token that is in no parentheses.
    pub(crate) fn until(&mut self, stop: impl Fn(&Cursor<'_>) -> bool) -> Cursor<'a> {
        let from = self.at;
        let mut depth = 0_usize;
        while let Some(token) = self.peek() {
            match token.kind {
                TokenKind::RParen | TokenKind::RBracket => depth = depth.saturating_sub(1),
                _ if depth == 0 && stop(self) => break,
                TokenKind::LParen | TokenKind::LBracket => depth += 1,
                _ => {}
            }
            self.at += 1;
        }
        self.part(from, self.at)
    }

    /// The tokens between two positions, as a cursor of its own.
    pub(crate) fn between(&self, from: usize, to: usize) -> Cursor<'a> {
        let to = to.min(self.tokens.len());
        self.part(from.min(to), to)
    }

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
    fn uescape(&mut self, span: &mut Span) -> char {
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

/// Whether a token may be an identifier.
fn is_ident(kind: TokenKind) -> bool {
    matches!(kind, TokenKind::Word | TokenKind::QuotedIdent | TokenKind::Placeholder | TokenKind::VerbatimIdent)
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

/// A folded word: the server lowers ASCII letters only in UTF-8 databases.
pub(crate) fn fold(word: &str) -> Name {
    if word.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Name::from(word.to_ascii_lowercase())
    } else {
        Name::new(word)
    }
}

fn truncate(name: Name) -> Name {
    if name.len() <= MAX_IDENT {
        return name;
    }
    let mut end = MAX_IDENT;
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    Name::new(&name[..end])
}

/// Reads doubled quotes as one; a quote is `quote` apostrophes wide.
pub(crate) fn undouble(text: &str, quote: u8) -> String {
    text.replace(&"'".repeat(2 * quote as usize), "'")
}

/// The value of what stands in `E'...'` (manual: 4.1.2.2 String Constants with C-Style Escapes).
fn decode_escapes(text: &str, quote: u8) -> String {
    let text = undouble(text, quote);
    let mut value = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find('\\') {
        value.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let Some(char) = rest.chars().next() else { break };
        let (skip, most, radix) = match char {
            'x' => (1, 2, 16),
            'u' => (1, 4, 16),
            'U' => (1, 8, 16),
            '0'..='7' => (0, 3, 8),
            _ => (0, 0, 2),
        };
        let digits = rest.bytes().skip(skip).take(most).take_while(|&byte| char::from(byte).is_digit(radix)).count();
        if digits > 0 {
            let code = u32::from_str_radix(&rest[skip..skip + digits], radix).ok();
            value.extend(code.and_then(char::from_u32));
            rest = &rest[skip + digits..];
            continue;
        }
        value.push(match char {
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            other => other,
        });
        rest = &rest[char.len_utf8()..];
    }
    value.push_str(rest);
    value
}

/// The value of what stands in `U&'...'` or `U&"..."` (manual: 4.1.2.3).
fn decode_unicode(text: &str, escape: char) -> Name {
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

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::parse::lex::{Level, Lexer};

    /// The tokens of a statement, without comments and semicolons.
    pub(crate) fn tokens(text: &str) -> Vec<Token> {
        let mut lexer = Lexer::new(text, Span::new(0, text.len() as u32), Level::Script, 1);
        let mut tokens = Vec::new();
        while let Some(token) = lexer.token() {
            if !matches!(token.kind, TokenKind::Comment | TokenKind::Directive | TokenKind::Semicolon) {
                tokens.push(token);
            }
        }
        tokens
    }

    fn string(text: &str) -> String {
        let tokens = tokens(text);
        let mut cursor = Cursor::new(text, &tokens);
        let value = cursor.string().expect("a string").to_string();
        assert!(cursor.at_end(), "{text}");
        value
    }

    fn ident(text: &str) -> String {
        let tokens = tokens(text);
        let mut cursor = Cursor::new(text, &tokens);
        let ident = cursor.ident().expect("an identifier");
        assert_eq!(ident.span, Span::new(0, text.len() as u32), "{text}");
        ident.name.to_string()
    }

    #[test]
    fn strings_have_the_value_that_the_server_reads() {
        assert_eq!(string("'it''s'"), "it's");
        assert_eq!(string(r"'c:\'"), r"c:\");
        assert_eq!(string(r"E'a\'b\\\n\x41\101\u00e9\q'"), "a'b\\\nAAéq");
        assert_eq!(string("N'x'"), "x");
        assert_eq!(string("$a$it's $$ '' $a$"), "it's $$ '' ");
        assert_eq!(string(r"U&'d\0061t\+000061\\'"), r"data\");
        assert_eq!(string("U&'d!0061' UESCAPE '!'"), "da");
        assert_eq!(string("'a'\n  'b''' -- c\n 'd'"), "ab'd");
    }

    #[test]
    fn strings_on_one_line_are_two() {
        let text = "'a' 'b'";
        let tokens = tokens(text);
        let mut cursor = Cursor::new(text, &tokens);
        assert_eq!(cursor.string().as_deref(), Some("a"));
        assert_eq!(cursor.string().as_deref(), Some("b"));
    }

    #[test]
    fn identifiers_are_folded_unquoted_and_truncated() {
        assert_eq!(ident("OrdErs"), "orders");
        assert_eq!(ident("ÉTÉ"), "ÉtÉ");
        assert_eq!(ident(r#""Or""d""#), r#"Or"d"#);
        assert_eq!(ident(r#"U&"d\0061t\0061""#), "data");
        assert_eq!(ident(r#""a.b""#), "a.b");
        assert_eq!(ident(&"x".repeat(70)), "x".repeat(63));
        assert_eq!(ident(&"é".repeat(40)), "é".repeat(31));
        assert_eq!(ident("${schema}_x"), "${schema}_x");
    }

    #[test]
    fn names_drop_the_database() {
        let text = r#"Db . s."T" x"#;
        let tokens = tokens(text);
        let mut cursor = Cursor::new(text, &tokens);
        let name = cursor.object_name().unwrap();
        assert_eq!(name.to_string(), "s.T");
        assert_eq!(cursor.text(name.span()), r#"s."T""#);
        assert_eq!(cursor.span_since(0), Span::new(0, 10));
        assert_eq!(cursor.offset(), 11);
    }

    #[test]
    fn commas_and_stops_count_only_outside_parentheses() {
        let text = "a (b, c), d[1, 2] WHERE x, (WHERE)";
        let tokens = tokens(text);
        let mut cursor = Cursor::new(text, &tokens);
        let before = cursor.until(|cursor| cursor.is("where"));
        let parts: Vec<_> = before.split_commas().iter().map(|part| part.text(part.rest_span())).collect();
        assert_eq!(parts, ["a (b, c)", "d[1, 2]"]);
        assert!(cursor.eat("WHERE"));
        assert_eq!(cursor.rest().split_commas().len(), 2);
    }

    #[test]
    fn parentheses_give_their_inside() {
        let text = "((a) b) c (";
        let tokens = tokens(text);
        let mut cursor = Cursor::new(text, &tokens);
        let inside = cursor.parens().unwrap();
        assert_eq!(inside.text(inside.rest_span()), "(a) b");
        assert_eq!(inside.depth(), 1);
        assert!(cursor.eat("c"));
        assert!(cursor.parens().unwrap().at_end(), "never closed");
        assert!(cursor.at_end());
        assert!(Cursor::new("()", &[]).parens().is_none());
    }
}
