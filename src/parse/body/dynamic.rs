//! `EXECUTE` of PL/pgSQL: a command that is a constant is read like any other (manual: 41.5.4 Executing Dynamic Commands).

use super::{inside, lex};
use crate::parse::cursor::Cursor;
use crate::parse::lex::{Keyword, Token, TokenKind, is_ident_byte};
use crate::source::Span;

/// The tokens of a command that is computed from constants alone: `'...'`, `'...' || '...'`, `format('...', '...')`.
pub(super) fn constant(mut cursor: Cursor<'_>) -> Option<Vec<Token>> {
    while cursor.is_kind(TokenKind::LParen) {
        let inside = cursor.parens()?;
        if !cursor.at_end() {
            return None;
        }
        cursor = inside;
    }
    if cursor.is("FORMAT") && cursor.is_kind_nth(1, TokenKind::LParen) {
        cursor.next();
        let arguments = cursor.parens()?;
        return if cursor.at_end() { format(&arguments) } else { None };
    }
    let text = cursor.source();
    let mut tokens = Vec::new();
    let mut before: Option<Span> = None;
    loop {
        let literal = cursor.next().filter(|token| is_literal(*token))?;
        let (span, quote) = inside(text, literal)?;
        if before.is_some_and(|before| !may_meet(text, before, span)) {
            return None;
        }
        if !lex(text, span, quote, &mut tokens, &mut Vec::new()) {
            return None;
        }
        before = Some(span);
        if cursor.at_end() {
            return Some(tokens);
        }
        // Constants on consecutive lines are one without an operator.
        if !cursor.eat_op("||") && !cursor.is_kind(TokenKind::String) {
            return None;
        }
    }
}

fn is_literal(token: Token) -> bool {
    matches!(token.kind, TokenKind::String | TokenKind::DollarString)
}

/// Whether two pieces of text can stand side by side without a token across the border.
fn may_meet(text: &str, before: Span, after: Span) -> bool {
    let slice = |span: Span| text.get(span.range()).unwrap_or_default().as_bytes();
    match (slice(before).last(), slice(after).first()) {
        (Some(&left), Some(&right)) => separates(left) || separates(right),
        _ => true,
    }
}

/// Whether no token goes on across this byte.
fn separates(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b'(' | b')' | b',' | b';')
}

/// `format(template, arguments)` (manual: 9.4.1 format).
fn format(arguments: &Cursor<'_>) -> Option<Vec<Token>> {
    let text = arguments.source();
    let mut literals = Vec::new();
    for mut argument in arguments.split_commas() {
        literals.push(argument.next().filter(|token| is_literal(*token))?);
        if !argument.at_end() {
            return None;
        }
    }
    let (template, values) = literals.split_first()?;
    let (span, quote) = inside(text, *template)?;
    let bytes = text.as_bytes();
    let mut tokens = Vec::new();
    let mut next_value = 0;
    let mut at = span.start;
    while at < span.end {
        let rest = bytes.get(at as usize..span.end as usize)?;
        let length = rest.iter().position(|&byte| byte == b'%').unwrap_or(rest.len()) as u32;
        if !lex(text, Span::new(at, at + length), quote, &mut tokens, &mut Vec::new()) {
            return None;
        }
        at += length;
        if at >= span.end {
            break;
        }
        let mut end = at as usize + 1;
        let digits = bytes.get(end..)?.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let mut value = next_value;
        if digits > 0 {
            if bytes.get(end + digits) != Some(&b'$') {
                return None;
            }
            value = text.get(end..end + digits)?.parse::<usize>().ok()?.checked_sub(1)?;
            end += digits + 1;
        }
        let kind = *bytes.get(end)?;
        if kind == b'%' {
            tokens.push(Token {
                kind: TokenKind::Operator,
                quote,
                keyword: Keyword::NONE,
                span: Span::new(end as u32, end as u32 + 1),
            });
            at = end as u32 + 1;
            continue;
        }
        // `t_%s` and `"%s"` make one token of two texts.
        let glued = |byte: Option<&u8>| byte.is_some_and(|&byte| is_ident_byte(byte) || matches!(byte, b'"' | b'\''));
        let inner = |at: usize| bytes.get(at).filter(|_| span.range().contains(&at));
        if (at as usize).checked_sub(1).is_some_and(|before| glued(inner(before))) || glued(inner(end + 1)) {
            return None;
        }
        let literal = *values.get(value)?;
        let (value_span, value_quote) = inside(text, literal)?;
        match kind {
            b'I' => tokens.push(Token {
                kind: TokenKind::VerbatimIdent,
                quote: literal.quote,
                keyword: Keyword::NONE,
                span: value_span,
            }),
            b'L' => tokens.push(literal),
            b's' => {
                if !lex(text, value_span, value_quote, &mut tokens, &mut Vec::new()) {
                    return None;
                }
            }
            _ => return None,
        }
        next_value = value + 1;
        at = end as u32 + 1;
    }
    Some(tokens)
}
