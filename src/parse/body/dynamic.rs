//! `EXECUTE` of PL/pgSQL: a command that is a constant is read like any other (manual: 41.5.4 Executing Dynamic Commands).

use super::escaped::Escaped;
use super::{inside, lex};
use crate::parse::cursor::Cursor;
use crate::parse::lex::{Keyword, Token, TokenKind, is_ident_byte};
use crate::source::Span;
use crate::statement::Ident;

/// The tokens of a command that is computed from constants alone: `'...'`, `'...' || '...'`, `format('...', '...')`; a value that is no
/// constant is a placeholder: `quote_literal(x)`, `%L`.
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
        if let Some(span) = quoted_value(&mut cursor) {
            // Whatever it is, it becomes one constant.
            let ends = |before: Span| text.as_bytes().get(before.end as usize - 1).is_some_and(|byte| *byte == b'=');
            if before.is_some_and(|before| !may_meet(text, before, span) && !ends(before)) {
                return None;
            }
            tokens.push(Token { kind: TokenKind::Placeholder, quote: 1, keyword: Keyword::NONE, span });
            before = Some(span);
        } else {
            let literal = cursor.next().filter(|token| is_literal(*token))?;
            let span = match inside(text, literal) {
                Some((span, quote)) => {
                    if !lex(text, span, quote, &mut tokens, &mut Vec::new()) {
                        return None;
                    }
                    span
                }
                None => {
                    // Where backslashes stand between tokens only, the tokens are those of the text.
                    let escaped = Escaped::read(text, literal).filter(|escaped| escaped.is_verbatim(text))?;
                    tokens.extend(escaped.tokens);
                    escaped.span
                }
            };
            if before.is_some_and(|before| !may_meet(text, before, span)) {
                return None;
            }
            before = Some(span);
        }
        if cursor.at_end() {
            return Some(tokens);
        }
        // Constants on consecutive lines are one without an operator.
        if !cursor.eat_op("||") && !cursor.is_kind(TokenKind::String) {
            return None;
        }
    }
}

/// Takes `quote_literal(x)`, `quote_nullable(x)` (manual: 9.4).
fn quoted_value(cursor: &mut Cursor<'_>) -> Option<Span> {
    let word = cursor.word()?;
    let quotes = word.eq_ignore_ascii_case("quote_literal") || word.eq_ignore_ascii_case("quote_nullable");
    if !quotes || !cursor.is_kind_nth(1, TokenKind::LParen) {
        return None;
    }
    let start = cursor.offset();
    cursor.next();
    cursor.skip_parens();
    Some(cursor.span_since(start))
}

/// The variables that become a part of a command as they are: between `||`, and for a `%s` of `format`.
pub(super) fn unquoted(mut cursor: Cursor<'_>) -> Vec<Ident> {
    while cursor.is_kind(TokenKind::LParen) {
        match cursor.clone().parens() {
            Some(inside) if inside.tokens().len() + 2 == cursor.tokens().len() => cursor = inside,
            _ => break,
        }
    }
    let mut found = Vec::new();
    while !cursor.at_end() {
        let mut operand = cursor.until(|cursor| cursor.is_op("||"));
        cursor.next();
        if operand.is("FORMAT") && operand.is_kind_nth(1, TokenKind::LParen) {
            operand.next();
            found.extend(operand.parens().map(|arguments| as_they_are(&arguments)).unwrap_or_default());
        } else {
            found.extend(variable(operand));
        }
    }
    found
}

/// The arguments of `format` for a `%s`, where they are variables.
fn as_they_are(arguments: &Cursor<'_>) -> Vec<Ident> {
    let mut arguments = arguments.split_commas();
    let Some(mut template) = arguments.next() else { return Vec::new() };
    let literal = template.next().filter(|token| is_literal(*token) && template.at_end());
    let Some((span, _)) = literal.and_then(|literal| inside(template.source(), literal)) else { return Vec::new() };
    let text = template.source().get(span.range()).unwrap_or_default();
    let values: Vec<Option<Ident>> = arguments.map(variable).collect();
    let (mut found, mut next) = (Vec::new(), 0_usize);
    let mut rest = text;
    while let Some((_, behind)) = rest.split_once('%') {
        let digits = behind.len() - behind.trim_start_matches(|letter: char| letter.is_ascii_digit()).len();
        let positional = digits > 0 && behind[digits..].starts_with('$');
        let place = if positional { behind[..digits].parse::<usize>().ok() } else { None };
        let place = place.map_or(next, |place| place.saturating_sub(1));
        let kind = if positional { &behind[digits + 1..] } else { behind.trim_start_matches(['-', '0']) };
        let kind = kind.trim_start_matches(|letter: char| !positional && letter.is_ascii_digit());
        rest = kind.get(1..).unwrap_or_default();
        match kind.as_bytes().first() {
            Some(b'%') => continue,
            Some(b's') => found.extend(values.get(place).cloned().flatten()),
            _ => {}
        }
        next = place + 1;
    }
    found
}

/// A variable and nothing else; `a.b` is a field of a row, `a::text` the same text.
fn variable(mut operand: Cursor<'_>) -> Option<Ident> {
    let name = operand.ident()?;
    if operand.is_op("::") {
        operand.next();
        operand.next();
    }
    operand.at_end().then_some(name)
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
    // `None`: no constant.
    let mut literals = Vec::new();
    for mut argument in arguments.split_commas() {
        let literal = argument.next().filter(|token| is_literal(*token));
        literals.push(literal.filter(|_| argument.at_end()));
    }
    let (template, values) = literals.split_first()?;
    let (span, quote) = inside(text, (*template)?)?;
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
        let Some(literal) = *values.get(value)? else {
            // A value of any kind changes little; a name that is not known but for its schema still names something.
            let stands_for_one = kind == b'L' || (kind == b'I' && inner(end + 1) == Some(&b'.'));
            if !stands_for_one {
                return None;
            }
            let span = Span::new(at, end as u32 + 1);
            tokens.push(Token { kind: TokenKind::Placeholder, quote: 1, keyword: Keyword::NONE, span });
            next_value = value + 1;
            at = end as u32 + 1;
            continue;
        };
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
