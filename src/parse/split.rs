//! Tokens -> statements, as psql cuts them.

use super::lex::{Keyword, KeywordSet, Level, Lexer, Token, TokenKind, Unclosed};
use super::syntax::is_statement_verb;
use crate::source::Span;
use crate::tool::{end_delimiter, ends_statement};

/// Cuts a script into statements, one at a time. The tokens of the present one are in [`Splitter::tokens`].
pub(super) struct Splitter<'a> {
    text: &'a str,
    lexer: Lexer<'a>,
    /// The tokens of the statement, without its semicolon and without comments.
    pub(super) tokens: Vec<Token>,
    /// All comments so far.
    pub(super) comments: Vec<Span>,
    /// Parentheses, and `BEGIN ATOMIC`s, that are never closed.
    pub(super) unclosed: Vec<(Span, Open)>,
    /// The first token of the next statement, where it was read already.
    carried: Option<Token>,
    /// What is open, by its index in `tokens`.
    open: Vec<(Open, u32)>,
    /// Where a statement would end if an open parenthesis were forgotten: index of the semicolon, and the comments before it.
    recovery: Option<(usize, usize)>,
    /// A statement was given up: before this place a semicolon ends a statement whatever is open.
    flat_before: u32,
    /// What ends a statement beside a semicolon, at the end of a line: Liquibase's `endDelimiter`.
    delimiter: Option<&'a str>,
}

/// What keeps a semicolon from ending a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Open {
    /// `(`
    Parenthesis,
    /// `BEGIN ATOMIC` of an SQL function.
    Atomic,
    /// `CASE` within it.
    Case,
}

/// What [`Splitter::block_word`] looks at.
const BLOCK_WORDS: KeywordSet = KeywordSet::of(&["ATOMIC", "CASE", "END"]);

impl<'a> Splitter<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let span = Span::new(0, text.len() as u32);
        Self {
            text,
            lexer: Lexer::new(text, span, Level::Script, 1),
            tokens: Vec::new(),
            comments: Vec::new(),
            unclosed: Vec::new(),
            carried: None,
            open: Vec::new(),
            recovery: None,
            flat_before: 0,
            delimiter: None,
        }
    }

    /// Goes through a script in which these stand for values (see [`Lexer::variables`]).
    pub(super) fn with_variables(text: &'a str, variables: Vec<&'a str>) -> Self {
        let mut splitter = Self::new(text);
        splitter.lexer.variables = variables;
        splitter
    }

    /// What was found to stand for values, so far.
    pub(super) fn variables(&self) -> &[&'a str] {
        &self.lexer.variables
    }

    /// Byte order marks between tokens, so far.
    pub(super) fn marks(&self) -> &[u32] {
        &self.lexer.marks
    }

    /// Quotes and comments that are never closed, so far.
    pub(super) fn unclosed_tokens(&self) -> &[(Span, Unclosed)] {
        &self.lexer.unclosed
    }

    /// Goes to the next statement. False at the end of the script.
    pub(super) fn advance(&mut self) -> bool {
        self.tokens.clear();
        self.open.clear();
        self.recovery = None;
        self.lexer.begin_statement();
        loop {
            let Some(token) = self.carried.take().or_else(|| self.lexer.token()) else {
                if !self.recover_at_end() {
                    return !self.tokens.is_empty();
                }
                return true;
            };
            if self.ends_by_delimiter(token) {
                if self.tokens.is_empty() {
                    continue;
                }
                return true;
            }
            match token.kind {
                TokenKind::Comment => {
                    self.comments.push(token.span);
                    if let Some(delimiter) = end_delimiter(self.slice(token.span)) {
                        self.delimiter = delimiter;
                    }
                    if !self.tokens.is_empty() && self.open.is_empty() && ends_statement(self.slice(token.span)) {
                        return true;
                    }
                }
                TokenKind::Directive => {}
                TokenKind::Placeholder if self.tokens.is_empty() && self.stands_alone(token.span) => {
                    self.tokens.push(token);
                    return true;
                }
                TokenKind::Meta => {
                    if self.meta(token) {
                        return true;
                    }
                }
                TokenKind::Semicolon if self.open.is_empty() || token.span.start < self.flat_before => {
                    if self.tokens.is_empty() {
                        continue;
                    }
                    if !self.open.is_empty() {
                        let end = self.tokens.len();
                        self.give_up(end);
                    }
                    if let Some(conforming) = self.sets_conforming_strings() {
                        self.lexer.escapes = !conforming;
                    }
                    if self.reads_data() {
                        let data = self.lexer.copy_data();
                        self.tokens.extend(data);
                    }
                    return true;
                }
                TokenKind::Semicolon => {
                    self.recovery.get_or_insert((self.tokens.len(), self.comments.len()));
                    self.tokens.push(token);
                }
                TokenKind::LParen => {
                    self.open.push((Open::Parenthesis, self.tokens.len() as u32));
                    self.tokens.push(token);
                }
                TokenKind::RParen => {
                    if matches!(self.open.last(), Some((Open::Parenthesis, _))) {
                        self.open.pop();
                    }
                    if self.open.is_empty() {
                        self.recovery = None;
                    }
                    self.tokens.push(token);
                }
                TokenKind::Word => {
                    if self.word(token) {
                        return true;
                    }
                }
                _ => self.tokens.push(token),
            }
        }
    }

    /// Whether a token begins with the delimiter that stands at the end of a line; then it is passed.
    fn ends_by_delimiter(&mut self, token: Token) -> bool {
        let Some(delimiter) = self.delimiter.filter(|_| self.open.is_empty()) else {
            return false;
        };
        let rest = self.text.get(token.span.start as usize..).unwrap_or_default();
        let line = rest.split(['\n', '\r']).next().unwrap_or_default();
        let ends = line.trim_end().eq_ignore_ascii_case(delimiter);
        if ends {
            self.lexer.go_to(token.span.start + delimiter.len() as u32);
        }
        ends
    }

    /// What the statement sets `standard_conforming_strings` to, which tells how the strings behind it are read (manual, "String
    /// Constants with C-Style Escapes"). Dumps of old servers switch it off.
    fn sets_conforming_strings(&self) -> Option<bool> {
        const NAME: &str = "standard_conforming_strings";
        let is_name = |token: &&Token| self.slice(token.span).eq_ignore_ascii_case(NAME);
        if self.tokens.len() > 5 || !(self.is(0, "SET") || self.is(0, "RESET")) {
            return None;
        }
        self.tokens.iter().skip(1).take(2).find(is_name)?;
        let value = self.tokens.last().map(|token| self.slice(token.span).trim_matches('\'').to_ascii_lowercase())?;
        Some(!["off", "false", "no", "0"].contains(&value.as_str()))
    }

    fn slice(&self, span: Span) -> &'a str {
        self.text.get(span.range()).unwrap_or_default()
    }

    /// Whether a template's placeholder has a line of its own: it stands for statements, which need no semicolon behind it.
    fn stands_alone(&self, span: Span) -> bool {
        let behind = self.text.get(span.end as usize..).unwrap_or_default();
        self.slice(span).starts_with('{')
            && begins_line(self.text, span.start)
            && behind.split(['\n', '\r']).next().is_some_and(|line| line.trim().is_empty())
    }

    fn is(&self, at: usize, word: &str) -> bool {
        self.tokens.get(at).is_some_and(|token| token.keyword.is(word))
    }

    /// Takes a word; true where a statement ends before it.
    fn word(&mut self, token: Token) -> bool {
        if let Some((end, comments)) = self.recovery
            && is_statement_verb(token.keyword)
            && begins_line(self.text, token.span.start)
            && !self.may_continue(token.keyword)
        {
            self.read_again(end, comments, token.span.start);
            return true;
        }
        if BLOCK_WORDS.has(token.keyword) {
            self.block_word(token.keyword);
        }
        self.tokens.push(token);
        false
    }

    /// A word that may begin or end a body, before it is taken.
    fn block_word(&mut self, word: Keyword) {
        let next = self.tokens.len();
        match self.open.last() {
            None if word.is("ATOMIC") => {
                let last = next.wrapping_sub(1);
                if self.is(last, "BEGIN") && self.is(0, "CREATE") {
                    self.open.push((Open::Atomic, last as u32));
                }
            }
            Some((Open::Atomic | Open::Case, _)) if word.is("CASE") => self.open.push((Open::Case, next as u32)),
            Some((Open::Atomic | Open::Case, _)) if word.is("END") => {
                self.open.pop();
                if self.open.is_empty() {
                    self.recovery = None;
                }
            }
            _ => {}
        }
    }

    /// Whether a statement within parentheses or `BEGIN ATOMIC` may begin with this word: then it is no sign of a new one.
    fn may_continue(&self, word: Keyword) -> bool {
        const INNER: KeywordSet = KeywordSet::of(&[
            "SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "NOTIFY", "VALUES", "WITH", "TABLE", "RETURN",
        ]);
        let atomic = matches!(self.open.first(), Some((Open::Atomic, _)));
        let rule = self.is(0, "CREATE") && (self.is(1, "RULE") || self.is(3, "RULE"));
        (atomic || rule) && INNER.has(word)
    }

    /// Ends the statement at the semicolon with index `end`, though something is open.
    fn give_up(&mut self, end: usize) {
        let open = self.open.iter().rev().find(|(open, at)| *open != Open::Case && (*at as usize) < end);
        if let Some((open, at)) = open
            && let Some(token) = self.tokens.get(*at as usize)
        {
            self.unclosed.push((token.span, *open));
        }
        self.tokens.truncate(end);
    }

    /// Ends the statement at its first semicolon; what follows it, up to `until`, is read again, and once only: within it a semicolon
    /// ends a statement whatever is open, so that reading stays linear.
    fn read_again(&mut self, end: usize, comments: usize, until: u32) {
        let behind = self.tokens.get(end).map_or(until, |token| token.span.end);
        self.flat_before = until;
        self.comments.truncate(comments);
        self.lexer.go_to(behind);
        self.give_up(end);
    }

    /// At the end of the text with something open. False where nothing is.
    fn recover_at_end(&mut self) -> bool {
        if self.tokens.is_empty() || self.open.is_empty() {
            return false;
        }
        match self.recovery {
            Some((end, comments)) => self.read_again(end, comments, u32::MAX),
            None => self.give_up(self.tokens.len()),
        }
        true
    }

    /// Takes a meta-command; true where a statement ends, which may be the command itself.
    fn meta(&mut self, token: Token) -> bool {
        let name = meta_name(self.slice(token.span));
        if self.tokens.is_empty() {
            if name == "copy" && reads_stdin(self.slice(token.span)) {
                // Its data is of no table that we could name without the server.
                let _ = self.lexer.copy_data();
            }
            self.tokens.push(token);
            return true;
        }
        match name {
            // They send what was typed so far, as a semicolon does.
            "g" | "gx" | "gexec" | "gset" | "gdesc" | "crosstabview" | "crosstab" | "watch" | "bind" | "parse"
            | "bind_named" | "close_prepared" | "sendpipeline" => {
                self.carried = Some(token);
                true
            }
            "r" | "reset" => {
                self.tokens.clear();
                self.open.clear();
                self.recovery = None;
                false
            }
            // psql runs it at once; the statement around goes on.
            _ => false,
        }
    }

    /// Whether data lines follow the statement: `COPY ... FROM STDIN`.
    fn reads_data(&self) -> bool {
        if !self.is(0, "COPY") {
            return false;
        }
        // COPY (query) TO has no data; FROM STDIN stands at no depth.
        let mut depth = 0_usize;
        for (at, token) in self.tokens.iter().enumerate() {
            match token.kind {
                TokenKind::LParen => depth += 1,
                TokenKind::RParen => depth = depth.saturating_sub(1),
                TokenKind::Word if depth == 0 && self.is(at, "FROM") => return self.is(at + 1, "STDIN"),
                _ => {}
            }
        }
        false
    }
}

/// A meta-command's name, without the backslash.
pub(super) fn meta_name(command: &str) -> &str {
    let name = command.strip_prefix('\\').unwrap_or(command);
    if name.starts_with('!') {
        return "!";
    }
    let end = name.find(|char: char| !char.is_ascii_alphanumeric() && char != '_').unwrap_or(name.len());
    &name[..end]
}

/// Whether `\copy` takes its data from the lines that follow.
fn reads_stdin(command: &str) -> bool {
    let lower = command.to_ascii_lowercase();
    let mut words = lower.split_ascii_whitespace();
    words.any(|word| word == "from") && words.next().is_some_and(|word| word.trim_end_matches(';') == "stdin")
}

/// Whether only blanks stand before this place on its line.
pub(super) fn begins_line(text: &str, at: u32) -> bool {
    let before = text.as_bytes().get(..at as usize).unwrap_or_default();
    let blank = before.iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    match before.len().checked_sub(blank + 1) {
        Some(last) => matches!(before[last], b'\n' | b'\r'),
        None => true,
    }
}
