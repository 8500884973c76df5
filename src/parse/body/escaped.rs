//! What `E'...'` with backslashes holds: its tokens are those of the value, at the places where they are written.

use super::lex;
use crate::parse::cursor::{Backslash, Prefix, backslash_sequence, literal_parts};
use crate::parse::lex::Token;
use crate::source::Span;

/// The last place at which a body with backslashes is read. Each one is given a text of its own as long as what lies before it, and
/// that must stay small for a file full of them.
pub(super) const MAX_OFFSET: u32 = 256 * 1024;

/// The inside of a string constant with C-style escapes (manual: 4.1.2.2).
pub(super) struct Escaped {
    /// What lies between the quotes.
    pub(super) span: Span,
    /// The tokens of its value. Their places are within the source: each begins where its first character is written.
    pub(super) tokens: Vec<Token>,
    /// The comments in it, from their first character to their last.
    pub(super) comments: Vec<Span>,
    /// The tokens' own texts, one after another.
    texts: String,
}

impl Escaped {
    /// Reads it; `None` for a constant of another kind.
    pub(super) fn read(source: &str, literal: Token) -> Option<Self> {
        let (prefix, span) = literal_parts(source, literal);
        let raw = source.get(span.range()).filter(|_| prefix == Prefix::Escape)?;
        let (value, places) = value(raw, "'".repeat(2 * literal.quote as usize).as_str());
        let place = |at: u32| places.get(at as usize).map_or(span.end, |place| span.start + place);
        let (mut tokens, mut comments) = (Vec::new(), Vec::new());
        lex(&value, Span::new(0, value.len() as u32), 1, &mut tokens, &mut comments);
        let mut texts = String::with_capacity(value.len());
        for token in &mut tokens {
            let text = value.get(token.span.range())?;
            texts.push_str(text);
            let start = place(token.span.start);
            token.span = Span::new(start, start + text.len() as u32);
        }
        let comments = comments.iter().map(|comment| Span::new(place(comment.start), place(comment.end))).collect();
        Some(Self { span, tokens, comments, texts })
    }

    /// Whether every token is written as its value is.
    pub(super) fn is_verbatim(&self, source: &str) -> bool {
        let mut at = 0;
        self.tokens.iter().all(|token| {
            let text = self.texts.get(at..at + token.span.len() as usize);
            at += token.span.len() as usize;
            text.is_some() && text == source.get(token.span.range())
        })
    }

    /// A text in which every token stands at its place.
    pub(super) fn text(&self) -> String {
        let mut text = String::with_capacity(self.span.end as usize);
        let mut at = 0;
        for token in &self.tokens {
            text.extend(std::iter::repeat_n(' ', (token.span.start as usize).saturating_sub(text.len())));
            let end = at + token.span.len() as usize;
            text.push_str(self.texts.get(at..end).unwrap_or_default());
            at = end;
        }
        text
    }
}

/// The value of what stands between the quotes, and for each of its bytes where it is written.
fn value(raw: &str, doubled: &str) -> (String, Vec<u32>) {
    let mut value = String::with_capacity(raw.len());
    let mut places = Vec::with_capacity(raw.len());
    let mut at = 0;
    while let Some(rest) = raw.get(at..)
        && let Some(char) = rest.chars().next()
    {
        let (meant, length) = if char == '\\' {
            let (meant, length) = backslash_sequence(&rest[1..], Backslash::String);
            (meant, 1 + length)
        } else if rest.starts_with(doubled) {
            (Some('\''), doubled.len())
        } else {
            (Some(char), char.len_utf8())
        };
        // A value may be no longer than its spelling, or tokens would run into each other.
        if let Some(meant) = meant.filter(|meant| meant.len_utf8() <= length) {
            value.push(meant);
            places.resize(value.len(), at as u32);
        }
        at += length;
    }
    (value, places)
}
