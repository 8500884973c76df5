//! A source's tokens -> one statement's tokens after another.
//!
//! A semicolon ends a statement, except within parentheses (`CREATE RULE ... DO (a; b)`) and within `BEGIN ATOMIC ... END`. A psql
//! meta-command is a statement of its own; one that stands within a statement is left out of it, and those that send what was typed
//! so far (`\g`, `\gexec` ...) end it as a semicolon would.

use super::lex::{Level, Lexer, Token, TokenKind, Unclosed};
use crate::source::Span;

/// Cuts statements.
#[derive(Debug)]
pub(crate) struct Splitter<'a> {
    text: &'a str,
    lexer: Lexer<'a>,
    /// The tokens of the statement at hand.
    tokens: Vec<Token>,
    /// Comments so far.
    pub(crate) comments: Vec<Span>,
    /// A token that was read too far: it begins the next statement.
    ahead: Option<Token>,
}

impl<'a> Splitter<'a> {
    /// Cuts the part `span` of a text.
    pub(crate) fn new(text: &'a str, span: Span, level: Level, quote: u8) -> Self {
        let lexer = Lexer::new(text, span, level, quote);
        Self { text, lexer, tokens: Vec::new(), comments: Vec::new(), ahead: None }
    }

    /// What was never closed so far.
    pub(crate) fn unclosed(&self) -> &[(Span, Unclosed)] {
        &self.lexer.unclosed
    }

    fn word(&self, token: Token) -> &'a str {
        if token.kind == TokenKind::Word { &self.text[token.span.range()] } else { "" }
    }

    /// The tokens of the next statement; empty statements are passed over.
    pub(crate) fn statement(&mut self) -> Option<&[Token]> {
        self.tokens.clear();
        self.lexer.begin_statement();
        let mut parens = 0usize;
        let mut atomic = 0usize;
        while let Some(token) = self.ahead.take().or_else(|| self.lexer.token()) {
            match token.kind {
                TokenKind::Comment => {
                    self.comments.push(token.span);
                    continue;
                }
                TokenKind::Directive => continue,
                TokenKind::Meta if self.tokens.is_empty() => {
                    self.tokens.push(token);
                    break;
                }
                TokenKind::Meta => {
                    let sends = self.text[token.span.range()].starts_with("\\g");
                    if sends && parens == 0 && atomic == 0 {
                        break;
                    }
                    continue;
                }
                TokenKind::Semicolon if parens == 0 && atomic == 0 => {
                    if self.tokens.is_empty() {
                        continue;
                    }
                    if copies_from_stdin(self.text, &self.tokens) {
                        let data = self.lexer.copy_data();
                        self.tokens.extend(data);
                    }
                    break;
                }
                TokenKind::LParen => parens += 1,
                TokenKind::RParen => parens = parens.saturating_sub(1),
                TokenKind::Word => {
                    let word = self.word(token);
                    if atomic > 0 {
                        if word.eq_ignore_ascii_case("case") {
                            atomic += 1;
                        } else if word.eq_ignore_ascii_case("end") {
                            atomic -= 1;
                        }
                    } else if word.eq_ignore_ascii_case("atomic")
                        && self.tokens.last().is_some_and(|last| self.word(*last).eq_ignore_ascii_case("begin"))
                    {
                        atomic = 1;
                    }
                }
                _ => {}
            }
            self.tokens.push(token);
        }
        (!self.tokens.is_empty()).then_some(self.tokens.as_slice())
    }
}

/// `COPY ... FROM STDIN ...`.
fn copies_from_stdin(text: &str, tokens: &[Token]) -> bool {
    let is = |token: &Token, keyword: &str| {
        token.kind == TokenKind::Word && text[token.span.range()].eq_ignore_ascii_case(keyword)
    };
    tokens.first().is_some_and(|first| is(first, "copy"))
        && tokens.windows(2).any(|pair| is(&pair[0], "from") && is(&pair[1], "stdin"))
}
