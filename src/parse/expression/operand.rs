//! What stands between operators: constants, names, `CASE`, rows, subqueries.

use super::call::name_or_call;
use super::infix::binding;
use super::{Grown, list, parenthesised, parse, unknown};
use crate::parse::cursor::{Cursor, MAX_DEPTH};
use crate::parse::lex::{Keyword, KeywordSet, TokenKind};
use crate::parse::query::{is_query, query};
use crate::parse::type_name::type_name;
use crate::statement::{CompoundKind, Expr, ExprKind, FunctionCall, Literal, Name, ObjectName, TypeName};

/// What stands between operators.
pub(super) fn operand(cursor: &mut Cursor<'_>, level: u32) -> Grown {
    let start = cursor.offset();
    let Some(token) = cursor.peek() else { return (unknown(cursor), 1) };
    let literal = |cursor: &Cursor<'_>, literal: Literal| {
        (Expr { span: cursor.span_since(start), kind: ExprKind::Literal(literal) }, 1)
    };
    match token.kind {
        TokenKind::Number => {
            cursor.next();
            literal(cursor, Literal::Number(Name::new(cursor.text(token.span))))
        }
        TokenKind::String | TokenKind::DollarString => {
            let value = cursor.string().unwrap_or_default();
            literal(cursor, Literal::String(value))
        }
        TokenKind::BitString => {
            cursor.next();
            literal(cursor, Literal::Bits(Name::new(cursor.text(token.span))))
        }
        TokenKind::Parameter => {
            cursor.next();
            (Expr { span: token.span, kind: ExprKind::Placeholder }, 1)
        }
        TokenKind::Placeholder => {
            if cursor.peek_nth(1).is_some_and(|next| matches!(next.kind, TokenKind::Dot | TokenKind::LParen)) {
                return name_or_call(cursor, level);
            }
            cursor.next();
            (Expr { span: token.span, kind: ExprKind::Placeholder }, 1)
        }
        TokenKind::LParen => row_or_parenthesised(cursor, level),
        TokenKind::LBracket => {
            let inside = cursor.brackets();
            let (parts, height) = inside.map_or((Vec::new(), 0), |inside| list(inside, level + 1));
            let kind = ExprKind::Compound(CompoundKind::Array, parts);
            (Expr { span: cursor.span_since(start), kind }, height + 1)
        }
        TokenKind::Operator => {
            let operator = cursor.text(token.span);
            match operator {
                "*" => {
                    cursor.next();
                    (Expr { span: token.span, kind: ExprKind::Wildcard }, 1)
                }
                "=>" | ":=" | ".." => (unknown(cursor), 1),
                _ => {
                    cursor.next();
                    let binding = if matches!(operator, "-" | "+") { binding::SIGN } else { binding::OTHER };
                    let (inner, height) = parse(cursor, binding, level + 1);
                    let span = cursor.span_since(start);
                    let kind = match inner.kind {
                        // -1 is one constant for whoever compares numbers.
                        ExprKind::Literal(Literal::Number(digits)) if operator == "-" && !digits.starts_with('-') => {
                            ExprKind::Literal(Literal::Number(Name::from(format!("-{digits}"))))
                        }
                        _ => ExprKind::Unary(Name::new(operator), Box::new(inner)),
                    };
                    (Expr { span, kind }, height + 1)
                }
            }
        }
        TokenKind::Word => word(cursor, level),
        TokenKind::QuotedIdent | TokenKind::VerbatimIdent => name_or_call(cursor, level),
        _ => (unknown(cursor), 1),
    }
}

/// `(a)`, `(a, b)`, `(SELECT ...)`.
fn row_or_parenthesised(cursor: &mut Cursor<'_>, level: u32) -> Grown {
    let start = cursor.offset();
    let Some(inside) = cursor.parens() else { return (unknown(cursor), 1) };
    let span = cursor.span_since(start);
    if level + 1 > MAX_DEPTH {
        return (Expr { span, kind: ExprKind::Unknown }, 1);
    }
    if is_query(&inside) {
        return (Expr { span: inside.rest_span(), kind: ExprKind::Subquery(Box::new(query(inside))) }, 1);
    }
    let rest = inside.rest_span();
    let (mut parts, height) = list(inside, level + 1);
    match parts.len() {
        1 => match parts.pop() {
            Some(expr) => (expr, height),
            None => (Expr { span: rest, kind: ExprKind::Unknown }, 1),
        },
        _ => (Expr { span, kind: ExprKind::Compound(CompoundKind::Row, parts) }, height + 1),
    }
}

/// Functions that are called without parentheses (manual: 9.9.5, 9.27; gram.y: func_expr_common_subexpr).
pub(in crate::parse) const BARE_FUNCTIONS: KeywordSet = KeywordSet::of(&[
    "CURRENT_DATE",
    "CURRENT_TIME",
    "CURRENT_TIMESTAMP",
    "LOCALTIME",
    "LOCALTIMESTAMP",
    "CURRENT_ROLE",
    "CURRENT_USER",
    "SESSION_USER",
    "SYSTEM_USER",
    "USER",
    "CURRENT_CATALOG",
    "CURRENT_SCHEMA",
]);

/// Words that begin no operand (manual: appendix C, the reserved key words).
const RESERVED: KeywordSet = KeywordSet::of(&[
    "ALL",
    "ANALYSE",
    "ANALYZE",
    "AND",
    "ANY",
    "AS",
    "ASC",
    "ASYMMETRIC",
    "BOTH",
    "CHECK",
    "COLLATE",
    "COLUMN",
    "CONSTRAINT",
    "CREATE",
    "DESC",
    "DISTINCT",
    "DO",
    "ELSE",
    "END",
    "EXCEPT",
    "FETCH",
    "FOR",
    "FOREIGN",
    "FROM",
    "GRANT",
    "GROUP",
    "HAVING",
    "IN",
    "INITIALLY",
    "INTERSECT",
    "INTO",
    "LATERAL",
    "LEADING",
    "LIMIT",
    "OFFSET",
    "ON",
    "ONLY",
    "OR",
    "ORDER",
    "PLACING",
    "PRIMARY",
    "REFERENCES",
    "RETURNING",
    "SELECT",
    "SOME",
    "SYMMETRIC",
    "TABLE",
    "THEN",
    "TO",
    "TRAILING",
    "UNION",
    "UNIQUE",
    "USING",
    "WHEN",
    "WHERE",
]);

/// Words that are neither a name nor an alias without `AS`.
const NO_NAMES: KeywordSet =
    RESERVED.and(&["ARRAY", "CASE", "CAST", "DEFAULT", "NOT", "NULL", "VARIADIC", "WINDOW", "WITH"]);

/// Whether a word is reserved, so that it is neither a name nor an alias without `AS`.
pub(crate) fn is_reserved(word: &str) -> bool {
    NO_NAMES.has(Keyword::of(word.as_bytes()))
}

/// Words that begin no operand, without those that may stand between the parts of an expression.
const ENDS: KeywordSet = RESERVED.without(&["AND", "OR", "COLLATE", "IN", "DISTINCT", "FROM", "ANY", "ALL"]);

pub(super) fn ends_expression(cursor: &Cursor<'_>) -> bool {
    match cursor.kind() {
        None | Some(TokenKind::Comma | TokenKind::RParen | TokenKind::RBracket) => true,
        Some(TokenKind::Word) => cursor.is_in(&ENDS),
        _ => false,
    }
}

fn word(cursor: &mut Cursor<'_>, level: u32) -> Grown {
    let start = cursor.offset();
    let keyword = cursor.keyword();
    let next = cursor.peek_nth(1).map(|token| token.kind);
    let simple = |cursor: &mut Cursor<'_>, kind: ExprKind| {
        cursor.next();
        (Expr { span: cursor.span_since(start), kind }, 1)
    };
    // Most words are names.
    let Some(first) = keyword.as_str().bytes().next() else { return name_or_call(cursor, level) };
    match first | 0x20 {
        b'n' if cursor.is("NULL") => return simple(cursor, ExprKind::Null),
        b't' if cursor.is("TRUE") => return simple(cursor, ExprKind::Literal(Literal::Boolean(true))),
        b'f' if cursor.is("FALSE") => return simple(cursor, ExprKind::Literal(Literal::Boolean(false))),
        b'd' if cursor.is("DEFAULT") => return simple(cursor, ExprKind::Default),
        b'n' if cursor.is("NOT") => {
            cursor.next();
            let (inner, height) = parse(cursor, binding::NOT, level + 1);
            let span = cursor.span_since(start);
            return (Expr { span, kind: ExprKind::Not(Box::new(inner)) }, height + 1);
        }
        b'c' if cursor.is("CASE") => return case(cursor, level),
        b'c' if cursor.is("CAST") && next == Some(TokenKind::LParen) => return cast(cursor, level),
        b't' if cursor.is("TREAT") && next == Some(TokenKind::LParen) => return cast(cursor, level),
        b'e' if cursor.is("EXISTS") && next == Some(TokenKind::LParen) => {
            cursor.next();
            let (inner, height) = parenthesised(cursor, level + 1);
            return (Expr { span: cursor.span_since(start), kind: inner.kind }, height);
        }
        b'a' if cursor.is("ARRAY") => {
            cursor.next();
            if cursor.is_kind(TokenKind::LParen) {
                let (inner, height) = parenthesised(cursor, level + 1);
                return (Expr { span: cursor.span_since(start), kind: inner.kind }, height);
            }
            let (parts, height) = cursor.brackets().map_or((Vec::new(), 0), |inside| list(inside, level + 1));
            let kind = ExprKind::Compound(CompoundKind::Array, parts);
            return (Expr { span: cursor.span_since(start), kind }, height + 1);
        }
        b'r' if cursor.is("ROW") && next == Some(TokenKind::LParen) => {
            cursor.next();
            let (parts, height) = cursor.parens().map_or((Vec::new(), 0), |inside| list(inside, level + 1));
            let kind = ExprKind::Compound(CompoundKind::Row, parts);
            return (Expr { span: cursor.span_since(start), kind }, height + 1);
        }
        b't' | b'i' | b'd' | b'c' | b'n' | b'b'
            if cursor.is_any(&[
                "TIMESTAMP",
                "TIME",
                "INTERVAL",
                "DOUBLE",
                "CHARACTER",
                "CHAR",
                "NATIONAL",
                "NCHAR",
                "BIT",
            ]) =>
        {
            let position = cursor.position();
            if let Some(ty) = type_name(cursor)
                && cursor.is_string()
            {
                return typed_literal(cursor, ty, start);
            }
            cursor.reset(position);
        }
        b'c' | b'l' | b's' | b'u' if !matches!(next, Some(TokenKind::Dot)) && BARE_FUNCTIONS.has(keyword) => {
            let Some(name) = cursor.ident() else { return (unknown(cursor), 1) };
            let (arguments, height) = cursor.parens().map_or((Vec::new(), 0), |inside| list(inside, level + 1));
            let call = FunctionCall { name: ObjectName { schema: None, name }, arguments };
            return (Expr { span: cursor.span_since(start), kind: ExprKind::Call(Box::new(call)) }, height + 1);
        }
        _ => {}
    }
    if next != Some(TokenKind::Dot) && RESERVED.has(keyword) {
        return (unknown(cursor), 1);
    }
    name_or_call(cursor, level)
}

/// `type 'literal'`, the type being read.
pub(super) fn typed_literal(cursor: &mut Cursor<'_>, ty: TypeName, start: u32) -> Grown {
    let literal = cursor.offset();
    let value = cursor.string().unwrap_or_default();
    let inner = Expr { span: cursor.span_since(literal), kind: ExprKind::Literal(Literal::String(value)) };
    let mut ty = ty;
    if ty.name == "interval" {
        const FIELDS: [&str; 6] = ["YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"];
        let fields = cursor.offset();
        if cursor.eat_any(&FIELDS).is_some() {
            if cursor.is("TO") && FIELDS.iter().any(|field| cursor.is_nth(1, field)) {
                cursor.next();
                cursor.next();
            }
            cursor.skip_parens();
            ty.fields = Some(Box::new(Name::from(cursor.text(cursor.span_since(fields)).to_ascii_lowercase())));
        }
    }
    (Expr { span: cursor.span_since(start), kind: ExprKind::Cast(Box::new(inner), Box::new(ty)) }, 2)
}

/// `CASE ... END`: its operands, conditions and results in order.
fn case(cursor: &mut Cursor<'_>, level: u32) -> Grown {
    let start = cursor.offset();
    cursor.next();
    let mut parts = Vec::new();
    let mut height = 0;
    if !cursor.is("WHEN") {
        let (expr, expr_height) = parse(cursor, 0, level + 1);
        height = expr_height;
        parts.push(expr);
    }
    while !cursor.at_end() && !cursor.eat("END") {
        if cursor.eat_any(&["WHEN", "THEN", "ELSE"]).is_none() {
            // Something that was not understood; the CASE goes on at its next keyword.
            let from = cursor.offset();
            let before = cursor.position();
            while !cursor.at_end() && !cursor.is_any(&["WHEN", "THEN", "ELSE", "END"]) {
                cursor.skip_one();
            }
            if cursor.position() > before {
                parts.push(Expr { span: cursor.span_since(from), kind: ExprKind::Unknown });
            }
            continue;
        }
        let (expr, expr_height) = parse(cursor, 0, level + 1);
        height = height.max(expr_height);
        parts.push(expr);
    }
    (Expr { span: cursor.span_since(start), kind: ExprKind::Compound(CompoundKind::Case, parts) }, height + 1)
}

/// `CAST(x AS type)`.
fn cast(cursor: &mut Cursor<'_>, level: u32) -> Grown {
    let start = cursor.offset();
    cursor.next();
    let Some(mut inside) = cursor.parens() else { return (unknown(cursor), 1) };
    let span = cursor.span_since(start);
    let (inner, height) = parse(&mut inside, 0, level + 1);
    if inside.eat("AS")
        && let Some(ty) = type_name(&mut inside)
        && inside.at_end()
    {
        return (Expr { span, kind: ExprKind::Cast(Box::new(inner), Box::new(ty)) }, height + 1);
    }
    (Expr { span, kind: ExprKind::Unknown }, 1)
}
