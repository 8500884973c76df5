//! A place in the tokens of one statement, and what every recogniser asks of it.

mod literal;
#[cfg(test)]
pub(crate) mod tests;

use super::lex::{Keyword, KeywordSet, Token, TokenKind};
use super::query::Scope;
use crate::source::Span;
use crate::statement::{Ident, Name, ObjectName};
use literal::decode_unicode;
pub(crate) use literal::{Backslash, Prefix, backslash_sequence, decode_backslashes, literal_parts, undouble};

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
    /// Whether queries, DML, rows and bodies are read.
    detailed: bool,
}

impl<'a> Cursor<'a> {
    /// At the first of `tokens`, which are of `text`.
    pub(crate) fn new(text: &'a str, tokens: &'a [Token]) -> Self {
        Self {
            text,
            tokens,
            at: 0,
            end: tokens.last().map_or(0, |token| token.span.end),
            depth: 0,
            scope: None,
            detailed: true,
        }
    }

    /// The same place, `depth` levels deep already.
    pub(crate) fn at_depth(mut self, depth: u32) -> Self {
        self.depth = depth;
        self
    }

    /// The same place, from where queries, DML, rows and bodies are not read: for measurements.
    pub(crate) fn without_detail(mut self) -> Self {
        self.detailed = false;
        self
    }

    /// Whether queries, DML, rows and bodies are read.
    pub(crate) fn is_detailed(&self) -> bool {
        self.detailed
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
        self.previous().is_some_and(|token| token.keyword.is(keyword))
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

    /// The next token's keyword.
    #[inline]
    pub(crate) fn keyword(&self) -> Keyword {
        self.keyword_nth(0)
    }

    /// Likewise of the token `n` after the next.
    #[inline]
    pub(crate) fn keyword_nth(&self, n: usize) -> Keyword {
        self.tokens.get(self.at + n).map_or(Keyword::NONE, |token| token.keyword)
    }

    /// Whether the next token is a keyword of a set.
    #[inline]
    pub(crate) fn is_in(&self, words: &KeywordSet) -> bool {
        words.has(self.keyword())
    }

    /// Whether the next token is this keyword, which is spelt as in the lexer's list: in capitals. Likewise everywhere below.
    #[inline]
    pub(crate) fn is(&self, keyword: &str) -> bool {
        self.is_nth(0, keyword)
    }

    /// Whether the token `n` after the next is this keyword.
    #[inline]
    pub(crate) fn is_nth(&self, n: usize, keyword: &str) -> bool {
        self.keyword_nth(n).is(keyword)
    }

    /// Whether the next token is one of these keywords.
    pub(crate) fn is_any(&self, keywords: &[&str]) -> bool {
        let word = self.keyword();
        word.is_some() && keywords.iter().any(|keyword| word.is(keyword))
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
        let word = self.keyword();
        if !word.is_some() {
            return None;
        }
        let found = keywords.iter().position(|keyword| word.is(keyword))?;
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
            name = ObjectName { schema: Some(Box::new(name.name)), name: part };
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
            detailed: self.detailed,
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
        Cursor {
            text: self.text,
            tokens: &self.tokens[from..to],
            at: 0,
            end,
            depth: self.depth,
            scope: self.scope,
            detailed: self.detailed,
        }
    }

    /// The rest, split at the commas that are in no parentheses. Nothing is no part.
    pub(crate) fn split_commas(&self) -> Parts<'a> {
        Parts { left: (!self.at_end()).then(|| self.rest()) }
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
}

/// See [`Cursor::split_commas`].
#[derive(Clone, Debug)]
pub(crate) struct Parts<'a> {
    left: Option<Cursor<'a>>,
}

impl<'a> Iterator for Parts<'a> {
    type Item = Cursor<'a>;

    fn next(&mut self) -> Option<Cursor<'a>> {
        let left = self.left.take()?;
        let mut depth = 0_usize;
        for (at, token) in left.tokens.iter().enumerate() {
            match token.kind {
                TokenKind::LParen | TokenKind::LBracket => depth += 1,
                TokenKind::RParen | TokenKind::RBracket => depth = depth.saturating_sub(1),
                TokenKind::Comma if depth == 0 => {
                    self.left = Some(left.part(at + 1, left.tokens.len()));
                    return Some(left.part(0, at));
                }
                _ => {}
            }
        }
        Some(left)
    }
}

/// Whether a token may be an identifier.
fn is_ident(kind: TokenKind) -> bool {
    matches!(kind, TokenKind::Word | TokenKind::QuotedIdent | TokenKind::Placeholder | TokenKind::VerbatimIdent)
}

/// A folded word: the server lowers ASCII letters only in UTF-8 databases.
pub(crate) fn fold(word: &str) -> Name {
    if !word.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Name::new(word);
    }
    let mut buffer = [0; MAX_IDENT];
    if let Some(folded) = buffer.get_mut(..word.len()) {
        folded.copy_from_slice(word.as_bytes());
        folded.make_ascii_lowercase();
        if let Ok(folded) = std::str::from_utf8(folded) {
            return Name::new(folded);
        }
    }
    Name::from(word.to_ascii_lowercase())
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
