//! Expressions, by operator precedence over tokens (manual: 4.1.6 Operator Precedence, 4.2 Value Expressions).

use super::cursor::{Cursor, MAX_DEPTH};
use super::lex::TokenKind;
use super::query::{is_query, query};
use super::type_name::type_name;
use crate::source::Span;
use crate::statement::{CompoundKind, Expr, ExprKind, FunctionCall, Ident, Literal, Name, ObjectName};

/// How strongly operators bind, weakest first.
mod binding {
    pub(super) const OR: u8 = 1;
    pub(super) const AND: u8 = 2;
    pub(super) const NOT: u8 = 3;
    pub(super) const IS: u8 = 4;
    pub(super) const COMPARISON: u8 = 5;
    pub(super) const MATCH: u8 = 6;
    pub(super) const OTHER: u8 = 7;
    pub(super) const SUM: u8 = 8;
    pub(super) const PRODUCT: u8 = 9;
    pub(super) const POWER: u8 = 10;
    pub(super) const AT: u8 = 11;
    pub(super) const COLLATE: u8 = 12;
    pub(super) const SIGN: u8 = 13;
    pub(super) const SUBSCRIPT: u8 = 14;
    pub(super) const CAST: u8 = 15;
}

/// How high a tree may grow by a chain of operators at one level of nesting. A longer chain becomes flat, so that dropping the tree
/// costs no more stack than its nesting does.
fn max_height(level: u32) -> u32 {
    if level < 4 { 100 } else { 12 }
}

/// Reads an expression. It never fails: where none stands it gives [`ExprKind::Unknown`] and takes nothing. It stops at a comma, a
/// closing parenthesis, or a keyword that cannot continue it.
pub(crate) fn expression(cursor: &mut Cursor<'_>) -> Expr {
    parse(cursor, 0, cursor.depth()).0
}

/// Reads the rest of a cursor as one expression; what is left over makes it [`ExprKind::Unknown`].
pub(crate) fn whole_expression(mut cursor: Cursor<'_>) -> Expr {
    let span = cursor.rest_span();
    let expr = expression(&mut cursor);
    if cursor.at_end() { expr } else { Expr { span, kind: ExprKind::Unknown } }
}

/// An expression and the height of its tree.
type Grown = (Expr, u32);

fn parse(cursor: &mut Cursor<'_>, least: u8, level: u32) -> Grown {
    let start = cursor.offset();
    if level > MAX_DEPTH {
        let from = cursor.position();
        while !ends_expression(cursor) && cursor.skip_one() {}
        if cursor.position() == from && !cursor.is_kind(TokenKind::Comma) {
            cursor.skip_one();
        }
        return (Expr { span: cursor.span_since(start), kind: ExprKind::Unknown }, 1);
    }
    let (mut left, mut height) = operand(cursor, level);
    let limit = max_height(level);
    while let Some(next) = infix(cursor) {
        if next.binding() < least {
            break;
        }
        let before = cursor.position();
        let (kind, grown) = match next {
            Infix::Logic(and) => {
                let word = if and { "AND" } else { "OR" };
                let stronger = next.binding() + 1;
                let mut parts = vec![left];
                while cursor.eat(word) {
                    let (part, part_height) = parse(cursor, stronger, level + 1);
                    height = height.max(part_height);
                    parts.push(part);
                }
                (if and { ExprKind::And(parts) } else { ExprKind::Or(parts) }, height + 1)
            }
            Infix::Binary(binding, operator) => {
                take_operator(cursor);
                let (right, right_height) = right_side(cursor, binding + 1, level + 1);
                let right_height = right_height.max(height);
                match left.kind {
                    // The chain is long already: it goes on flat.
                    ExprKind::Compound(CompoundKind::Other, mut parts) if height >= limit => {
                        parts.push(right);
                        (ExprKind::Compound(CompoundKind::Other, parts), right_height)
                    }
                    _ if height >= limit => {
                        (ExprKind::Compound(CompoundKind::Other, vec![left, right]), right_height + 1)
                    }
                    _ => (ExprKind::Binary(Box::new(left), operator, Box::new(right)), right_height + 1),
                }
            }
            postfix => {
                let (kind, grown) = take_postfix(cursor, postfix, left, level);
                (kind, grown.max(height) + 1)
            }
        };
        debug_assert!(cursor.position() > before, "an operator has a token");
        let span = cursor.span_since(start);
        let too_high =
            grown > limit + 1 && !matches!(kind, ExprKind::And(_) | ExprKind::Or(_) | ExprKind::Compound(..));
        if too_high || grown > 4 * limit {
            (left, height) = (Expr { span, kind: ExprKind::Unknown }, 1);
        } else {
            (left, height) = (Expr { span, kind }, grown);
        }
    }
    (left, height)
}

/// What may stand behind an operand.
#[derive(Clone)]
enum Infix {
    /// `AND` (true), `OR`.
    Logic(bool),
    /// An operator with a right side.
    Binary(u8, Name),
    /// `x [NOT] BETWEEN`
    Between(bool),
    /// `x [NOT] IN (`
    In(bool),
    /// `x [NOT] LIKE`, `ILIKE`, `SIMILAR TO`
    Like(Name, usize),
    /// `IS`, `ISNULL`, `NOTNULL`
    Is,
    /// `::`
    Cast,
    /// `[`
    Subscript,
    /// `.field` of something that is no name
    Field,
    /// `COLLATE`
    Collate,
    /// `AT TIME ZONE`, `AT LOCAL`
    AtTimeZone,
}

impl Infix {
    fn binding(&self) -> u8 {
        match self {
            Self::Logic(true) => binding::AND,
            Self::Logic(false) => binding::OR,
            Self::Binary(binding, _) => *binding,
            Self::Between(_) | Self::In(_) | Self::Like(..) => binding::MATCH,
            Self::Is => binding::IS,
            Self::Cast | Self::Field => binding::CAST,
            Self::Subscript => binding::SUBSCRIPT,
            Self::Collate => binding::COLLATE,
            Self::AtTimeZone => binding::AT,
        }
    }
}

/// Takes an operator, also `OPERATOR(schema.+)`.
fn take_operator(cursor: &mut Cursor<'_>) {
    if cursor.eat("OPERATOR") {
        cursor.skip_parens();
    } else {
        cursor.next();
    }
}

fn infix(cursor: &Cursor<'_>) -> Option<Infix> {
    let token = cursor.peek()?;
    match token.kind {
        TokenKind::Operator => {
            let operator = cursor.text(token.span);
            let binding = match operator {
                "=>" | ":=" | ".." => return None,
                "=" | "<" | ">" | "<=" | ">=" | "<>" | "!=" => binding::COMPARISON,
                "+" | "-" => binding::SUM,
                "*" | "/" | "%" => binding::PRODUCT,
                "^" => binding::POWER,
                _ => binding::OTHER,
            };
            Some(Infix::Binary(binding, Name::new(if operator == "!=" { "<>" } else { operator })))
        }
        TokenKind::Cast => Some(Infix::Cast),
        TokenKind::LBracket => Some(Infix::Subscript),
        TokenKind::Dot => Some(Infix::Field),
        TokenKind::Word => infix_word(cursor),
        _ => None,
    }
}

fn infix_word(cursor: &Cursor<'_>) -> Option<Infix> {
    let word = cursor.word()?;
    // Most words behind an operand are aliases and clauses.
    let found = match word.as_bytes().first()? | 0x20 {
        b'a' if cursor.is("AND") => Infix::Logic(true),
        b'a' if cursor.is_seq(&["AT", "TIME", "ZONE"]) || cursor.is_seq(&["AT", "LOCAL"]) => Infix::AtTimeZone,
        b'o' if cursor.is("OR") => Infix::Logic(false),
        b'o' if cursor.is("OVERLAPS") => Infix::Binary(binding::OTHER, Name::new_static("overlaps")),
        b'o' if cursor.is("OPERATOR") && cursor.peek_nth(1).is_some_and(|token| token.kind == TokenKind::LParen) => {
            let mut after = cursor.clone();
            after.next();
            let inside = after.parens()?;
            let operator = inside.tokens().last().map_or("", |token| inside.text(token.span));
            Infix::Binary(binding::OTHER, Name::new(operator))
        }
        b'i' if cursor.is("IS") || cursor.is("ISNULL") => Infix::Is,
        b'i' if cursor.is("IN") && in_list(cursor, 1) => Infix::In(false),
        b'i' if cursor.is("ILIKE") => Infix::Like(Name::new_static("ilike"), 1),
        b'l' if cursor.is("LIKE") => Infix::Like(Name::new_static("like"), 1),
        b's' if cursor.is_seq(&["SIMILAR", "TO"]) => Infix::Like(Name::new_static("similar to"), 2),
        b'b' if cursor.is("BETWEEN") => Infix::Between(false),
        b'c' if cursor.is("COLLATE") => Infix::Collate,
        b'n' if cursor.is("NOTNULL") => Infix::Is,
        b'n' if cursor.is("NOT") => {
            if cursor.is_nth(1, "BETWEEN") {
                Infix::Between(true)
            } else if cursor.is_nth(1, "IN") && in_list(cursor, 2) {
                Infix::In(true)
            } else if cursor.is_nth(1, "LIKE") {
                Infix::Like(Name::new_static("not like"), 2)
            } else if cursor.is_nth(1, "ILIKE") {
                Infix::Like(Name::new_static("not ilike"), 2)
            } else if cursor.is_nth(1, "SIMILAR") {
                Infix::Like(Name::new_static("not similar to"), 3)
            } else {
                return None;
            }
        }
        _ => return None,
    };
    Some(found)
}

/// `IN` without a list is a keyword of `POSITION(a IN b)` and of loops; a placeholder may stand for the list.
fn in_list(cursor: &Cursor<'_>, n: usize) -> bool {
    cursor.peek_nth(n).is_some_and(|token| matches!(token.kind, TokenKind::LParen | TokenKind::Placeholder))
}

/// The right side of an operator, also `ANY (...)`.
fn right_side(cursor: &mut Cursor<'_>, least: u8, level: u32) -> Grown {
    if cursor.is_any(&["ANY", "ALL", "SOME"]) && cursor.peek_nth(1).is_some_and(|token| token.kind == TokenKind::LParen)
    {
        let start = cursor.offset();
        cursor.next();
        let (inner, height) = parenthesised(cursor, level);
        return (
            Expr { span: cursor.span_since(start), kind: ExprKind::Compound(CompoundKind::Other, vec![inner]) },
            height + 1,
        );
    }
    parse(cursor, least, level)
}

fn take_postfix(cursor: &mut Cursor<'_>, postfix: Infix, left: Expr, level: u32) -> (ExprKind, u32) {
    match postfix {
        Infix::Between(negated) => {
            if negated {
                cursor.next();
            }
            cursor.next();
            let _ = cursor.eat("SYMMETRIC") || cursor.eat("ASYMMETRIC");
            let (low, low_height) = parse(cursor, binding::OTHER, level + 1);
            let (high, high_height) =
                if cursor.eat("AND") { parse(cursor, binding::OTHER, level + 1) } else { (unknown(cursor), 1) };
            (ExprKind::Between { operands: Box::new([left, low, high]), negated }, low_height.max(high_height))
        }
        Infix::In(negated) => {
            if negated {
                cursor.next();
            }
            cursor.next();
            let operator = if negated { "not in" } else { "in" };
            let start = cursor.offset();
            if !cursor.is_kind(TokenKind::LParen) {
                let (right, height) = operand(cursor, level + 1);
                return (ExprKind::Binary(Box::new(left), Name::new_static(operator), Box::new(right)), height);
            }
            let Some(inside) = cursor.parens() else { return (ExprKind::Unknown, 1) };
            if level + 1 > MAX_DEPTH {
                return (ExprKind::InList { operand: Box::new(left), list: vec![unknown(cursor)], negated }, 1);
            }
            if is_query(&inside) {
                let span = cursor.span_since(start);
                let right = Expr { span, kind: ExprKind::Subquery(Box::new(query(inside))) };
                return (ExprKind::Binary(Box::new(left), Name::new_static(operator), Box::new(right)), 1);
            }
            let (list, height) = list(inside, level + 1);
            (ExprKind::InList { operand: Box::new(left), list, negated }, height)
        }
        Infix::Like(operator, words) => {
            for _ in 0..words {
                cursor.next();
            }
            let (mut right, mut height) = right_side(cursor, binding::OTHER, level + 1);
            if cursor.eat("ESCAPE") {
                let start = right.span.start;
                let (escape, escape_height) = parse(cursor, binding::OTHER, level + 1);
                height = height.max(escape_height) + 1;
                let parts = vec![right, escape];
                right = Expr { span: cursor.span_since(start), kind: ExprKind::Compound(CompoundKind::Other, parts) };
            }
            (ExprKind::Binary(Box::new(left), operator, Box::new(right)), height)
        }
        Infix::Is => is(cursor, left, level),
        Infix::Cast => {
            cursor.next();
            match type_name(cursor) {
                Some(ty) => (ExprKind::Cast(Box::new(left), Box::new(ty)), 0),
                None => (ExprKind::Unknown, 0),
            }
        }
        Infix::Subscript => {
            let mut parts = vec![left];
            let mut height = 0;
            if let Some(mut inside) = cursor.brackets() {
                while !inside.at_end() {
                    if inside.eat_kind(TokenKind::Colon).is_some() {
                        continue;
                    }
                    let before = inside.position();
                    let (index, index_height) = parse(&mut inside, 0, level + 1);
                    height = height.max(index_height);
                    parts.push(index);
                    if inside.position() == before {
                        inside.skip_one();
                    }
                }
            }
            (ExprKind::Compound(CompoundKind::Access, parts), height)
        }
        Infix::Field => {
            cursor.next();
            if !cursor.eat_op("*") {
                cursor.ident();
            }
            (ExprKind::Compound(CompoundKind::Access, vec![left]), 0)
        }
        Infix::Collate => {
            cursor.next();
            cursor.object_name();
            (ExprKind::Compound(CompoundKind::Collate, vec![left]), 0)
        }
        Infix::AtTimeZone => {
            if cursor.eat_seq(&["AT", "LOCAL"]) {
                return (ExprKind::Compound(CompoundKind::AtTimeZone, vec![left]), 0);
            }
            cursor.eat_seq(&["AT", "TIME", "ZONE"]);
            let (zone, height) = parse(cursor, binding::AT + 1, level + 1);
            (ExprKind::Compound(CompoundKind::AtTimeZone, vec![left, zone]), height)
        }
        Infix::Logic(_) | Infix::Binary(..) => (ExprKind::Unknown, 0),
    }
}

/// `x IS ...`, `x ISNULL`, `x NOTNULL`.
fn is(cursor: &mut Cursor<'_>, left: Expr, level: u32) -> (ExprKind, u32) {
    if cursor.eat("ISNULL") {
        return (ExprKind::IsNull { operand: Box::new(left), negated: false }, 0);
    }
    if cursor.eat("NOTNULL") {
        return (ExprKind::IsNull { operand: Box::new(left), negated: true }, 0);
    }
    cursor.next();
    let negated = cursor.eat("NOT");
    if cursor.eat("NULL") || cursor.eat("UNKNOWN") {
        return (ExprKind::IsNull { operand: Box::new(left), negated }, 0);
    }
    if cursor.eat_seq(&["DISTINCT", "FROM"]) {
        let operator = if negated { "is not distinct from" } else { "is distinct from" };
        let (right, height) = parse(cursor, binding::IS + 1, level + 1);
        return (ExprKind::Binary(Box::new(left), Name::new_static(operator), Box::new(right)), height);
    }
    let start = cursor.offset();
    if let Some(which) = cursor.eat_any(&["TRUE", "FALSE"]) {
        let operator = if negated { "is not" } else { "is" };
        let value = Expr { span: cursor.span_since(start), kind: ExprKind::Literal(Literal::Boolean(which == 0)) };
        return (ExprKind::Binary(Box::new(left), Name::new_static(operator), Box::new(value)), 1);
    }
    // IS DOCUMENT, IS NFC NORMALIZED, IS JSON OBJECT WITH UNIQUE KEYS
    const WORDS: [&str; 15] = [
        "DOCUMENT",
        "NFC",
        "NFD",
        "NFKC",
        "NFKD",
        "NORMALIZED",
        "JSON",
        "VALUE",
        "ARRAY",
        "OBJECT",
        "SCALAR",
        "WITH",
        "WITHOUT",
        "UNIQUE",
        "KEYS",
    ];
    while cursor.eat_any(&WORDS).is_some() {}
    (ExprKind::Compound(CompoundKind::Other, vec![left]), 0)
}

fn unknown(cursor: &Cursor<'_>) -> Expr {
    Expr { span: Span::empty(cursor.offset()), kind: ExprKind::Unknown }
}

/// Expressions separated by commas. What cannot be read of one makes that one unknown.
fn list(inside: Cursor<'_>, level: u32) -> (Vec<Expr>, u32) {
    let mut inside = inside;
    let mut exprs = Vec::new();
    let mut height = 0;
    while !inside.at_end() {
        let start = inside.offset();
        let (mut expr, expr_height) = parse(&mut inside, 0, level);
        height = height.max(expr_height);
        if !inside.at_end() && !inside.is_kind(TokenKind::Comma) {
            inside.until(|cursor| cursor.is_kind(TokenKind::Comma));
            expr = Expr { span: inside.span_since(start), kind: ExprKind::Unknown };
        }
        exprs.push(expr);
        if inside.eat_kind(TokenKind::Comma).is_none() && !inside.at_end() {
            break;
        }
    }
    (exprs, height)
}

/// `( ... )` behind a keyword: a subquery or one expression.
fn parenthesised(cursor: &mut Cursor<'_>, level: u32) -> Grown {
    let start = cursor.offset();
    let Some(mut inside) = cursor.parens() else { return (unknown(cursor), 1) };
    let span = cursor.span_since(start);
    if level > MAX_DEPTH {
        return (Expr { span, kind: ExprKind::Unknown }, 1);
    }
    if is_query(&inside) {
        return (Expr { span, kind: ExprKind::Subquery(Box::new(query(inside))) }, 1);
    }
    let (expr, height) = parse(&mut inside, 0, level + 1);
    if inside.at_end() { (expr, height) } else { (Expr { span, kind: ExprKind::Unknown }, 1) }
}

/// What stands between operators.
fn operand(cursor: &mut Cursor<'_>, level: u32) -> Grown {
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

/// Functions that are called without parentheses (manual: 9.9.5, 9.27).
const BARE_FUNCTIONS: [&str; 12] = [
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
];

/// Words that begin no operand (manual: appendix C, the reserved key words).
const RESERVED: [&str; 55] = [
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
];

/// Whether a word is reserved, so that it is neither a name nor an alias without `AS`.
pub(crate) fn is_reserved(word: &str) -> bool {
    const MORE: [&str; 9] = ["ARRAY", "CASE", "CAST", "DEFAULT", "NOT", "NULL", "VARIADIC", "WINDOW", "WITH"];
    word.len() < 12 && RESERVED.iter().chain(&MORE).any(|reserved| reserved.eq_ignore_ascii_case(word))
}

fn ends_expression(cursor: &Cursor<'_>) -> bool {
    match cursor.kind() {
        None | Some(TokenKind::Comma | TokenKind::RParen | TokenKind::RBracket) => true,
        Some(TokenKind::Word) => {
            cursor.is_any(&RESERVED)
                && !cursor.is_any(&["AND", "OR", "COLLATE", "IN", "DISTINCT", "FROM", "ANY", "ALL"])
        }
        _ => false,
    }
}

fn word(cursor: &mut Cursor<'_>, level: u32) -> Grown {
    let start = cursor.offset();
    let Some(text) = cursor.word() else { return (unknown(cursor), 1) };
    let next = cursor.peek_nth(1).map(|token| token.kind);
    let simple = |cursor: &mut Cursor<'_>, kind: ExprKind| {
        cursor.next();
        (Expr { span: cursor.span_since(start), kind }, 1)
    };
    let first = text.as_bytes().first().copied().unwrap_or_default() | 0x20;
    match first {
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
        b'c' | b'l' | b's' | b'u'
            if !matches!(next, Some(TokenKind::Dot))
                && BARE_FUNCTIONS.iter().any(|name| name.eq_ignore_ascii_case(text)) =>
        {
            let Some(name) = cursor.ident() else { return (unknown(cursor), 1) };
            let (arguments, height) = cursor.parens().map_or((Vec::new(), 0), |inside| list(inside, level + 1));
            let call = FunctionCall { name: ObjectName { schema: None, name }, arguments };
            return (Expr { span: cursor.span_since(start), kind: ExprKind::Call(Box::new(call)) }, height + 1);
        }
        _ => {}
    }
    if next != Some(TokenKind::Dot) && cursor.is_any(&RESERVED) {
        return (unknown(cursor), 1);
    }
    name_or_call(cursor, level)
}

/// `type 'literal'`, the type being read.
fn typed_literal(cursor: &mut Cursor<'_>, ty: crate::statement::TypeName, start: u32) -> Grown {
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
            ty.fields = Some(Name::from(cursor.text(cursor.span_since(fields)).to_ascii_lowercase()));
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

/// A column, `t.*`, a call, or `type 'literal'`.
fn name_or_call(cursor: &mut Cursor<'_>, level: u32) -> Grown {
    let start = cursor.offset();
    let position = cursor.position();
    let mut path: Vec<Ident> = Vec::with_capacity(1);
    while let Some(part) = cursor.ident() {
        path.push(part);
        if !cursor.is_kind(TokenKind::Dot) {
            break;
        }
        if cursor.peek_nth(1).is_some_and(|token| token.kind == TokenKind::Operator && cursor.text(token.span) == "*") {
            cursor.next();
            cursor.next();
            return (Expr { span: cursor.span_since(start), kind: ExprKind::Wildcard }, 1);
        }
        cursor.next();
    }
    if path.is_empty() {
        return (unknown(cursor), 1);
    }
    if cursor.is_kind(TokenKind::LParen) {
        return call(cursor, path, start, level);
    }
    if cursor.is_string() {
        cursor.reset(position);
        if let Some(ty) = type_name(cursor)
            && cursor.is_string()
        {
            return typed_literal(cursor, ty, start);
        }
    }
    (Expr { span: cursor.span_since(start), kind: ExprKind::Column(path) }, 1)
}

fn call(cursor: &mut Cursor<'_>, mut path: Vec<Ident>, start: u32, level: u32) -> Grown {
    let Some(name) = path.pop() else { return (unknown(cursor), 1) };
    let name = ObjectName { schema: path.pop(), name };
    let Some(inside) = cursor.parens() else { return (unknown(cursor), 1) };
    let mut arguments = Vec::new();
    let mut height = 0;
    if level + 1 > MAX_DEPTH {
        arguments.push(Expr { span: inside.rest_span(), kind: ExprKind::Unknown });
    } else {
        height = call_arguments(inside, &name, &mut arguments, level + 1);
    }
    // Aggregates and window functions (manual: 4.2.7, 4.2.8).
    if cursor.is_seq(&["WITHIN", "GROUP"]) && cursor.peek_nth(2).is_some_and(|token| token.kind == TokenKind::LParen) {
        cursor.next();
        cursor.next();
        height = height.max(clause_arguments(cursor, &mut arguments, level));
    }
    if cursor.is("FILTER") && cursor.peek_nth(1).is_some_and(|token| token.kind == TokenKind::LParen) {
        cursor.next();
        height = height.max(clause_arguments(cursor, &mut arguments, level));
    }
    let _ = cursor.eat_seq(&["IGNORE", "NULLS"]) || cursor.eat_seq(&["RESPECT", "NULLS"]);
    if cursor.is("OVER")
        && cursor
            .peek_nth(1)
            .is_some_and(|token| matches!(token.kind, TokenKind::LParen | TokenKind::Word | TokenKind::QuotedIdent))
    {
        cursor.next();
        if cursor.is_kind(TokenKind::LParen) {
            height = height.max(clause_arguments(cursor, &mut arguments, level));
        } else {
            cursor.ident();
        }
    }
    let call = FunctionCall { name, arguments };
    (Expr { span: cursor.span_since(start), kind: ExprKind::Call(Box::new(call)) }, height + 1)
}

fn call_arguments(mut inside: Cursor<'_>, name: &ObjectName, arguments: &mut Vec<Expr>, level: u32) -> u32 {
    if is_query(&inside) {
        // f((SELECT ...)) has two pairs; one pair is ARRAY- or EXISTS-like, which are no calls.
        arguments.push(Expr { span: inside.rest_span(), kind: ExprKind::Subquery(Box::new(query(inside))) });
        return 1;
    }
    let bare = name.schema.is_none();
    if bare && matches!(name.name.name.as_str(), "extract") && inside.is_nth(1, "FROM") {
        // The field is a word of its own, not a column.
        let start = inside.offset();
        if let Some(field) = inside.ident() {
            let kind = ExprKind::Literal(Literal::String(field.name));
            arguments.push(Expr { span: inside.span_since(start), kind });
        }
        inside.next();
    }
    elements(inside, arguments, level)
}

/// `FILTER (WHERE ...)`, `OVER (PARTITION BY ... ORDER BY ...)`.
fn clause_arguments(cursor: &mut Cursor<'_>, arguments: &mut Vec<Expr>, level: u32) -> u32 {
    let Some(inside) = cursor.parens() else { return 0 };
    if level + 1 > MAX_DEPTH {
        return 0;
    }
    elements(inside, arguments, level + 1)
}

/// The expressions of a clause whose keywords do not matter: `ORDER BY a DESC NULLS LAST, f(b)`.
pub(crate) fn expressions_of_clause(inside: Cursor<'_>) -> Vec<Expr> {
    let mut exprs = Vec::new();
    let level = inside.depth();
    elements(inside, &mut exprs, level);
    exprs
}

/// Expressions between the keywords of a call or clause.
fn elements(mut inside: Cursor<'_>, arguments: &mut Vec<Expr>, level: u32) -> u32 {
    const NOISE: [&str; 34] = [
        "DISTINCT",
        "ALL",
        "VARIADIC",
        "ORDER",
        "BY",
        "PARTITION",
        "ASC",
        "DESC",
        "NULLS",
        "USING",
        "FROM",
        "FOR",
        "PLACING",
        "IN",
        "BOTH",
        "LEADING",
        "TRAILING",
        "WHERE",
        "AS",
        "ROWS",
        "RANGE",
        "GROUPS",
        "UNBOUNDED",
        "PRECEDING",
        "FOLLOWING",
        "EXCLUDE",
        "TIES",
        "AND",
        "BETWEEN",
        "RETURNING",
        "PASSING",
        "ON",
        "WITH",
        "WITHOUT",
    ];
    let mut height = 0;
    while !inside.at_end() {
        if inside.eat_kind(TokenKind::Comma).is_some() || inside.eat_kind(TokenKind::Colon).is_some() {
            continue;
        }
        if inside.eat_seq(&["NULLS", "FIRST"])
            || inside.eat_seq(&["NULLS", "LAST"])
            || inside.eat_seq(&["CURRENT", "ROW"])
        {
            continue;
        }
        if inside.eat("AS") || inside.eat("RETURNING") {
            // A definition of columns, or a type.
            if inside.skip_parens() {
                continue;
            }
            type_name(&mut inside);
            continue;
        }
        // A keyword where an operand would be: no column is called so without quotes, or it is followed by what a column never is.
        if inside.is_any(&NOISE) && !matches!(inside.peek_nth(1).map(|token| token.kind), Some(TokenKind::Dot)) {
            inside.next();
            continue;
        }
        // name => value, name := value
        if inside
            .peek_nth(1)
            .is_some_and(|token| token.kind == TokenKind::Operator && matches!(inside.text(token.span), "=>" | ":="))
        {
            inside.next();
            inside.next();
            continue;
        }
        let before = inside.position();
        let (expr, expr_height) = parse(&mut inside, 0, level);
        if inside.position() == before {
            let start = inside.offset();
            inside.skip_one();
            arguments.push(Expr { span: inside.span_since(start), kind: ExprKind::Unknown });
        } else {
            height = height.max(expr_height);
            arguments.push(expr);
        }
    }
    height
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::cursor::tests::tokens;

    /// An expression with every part in brackets, and what is left behind it.
    fn read(text: &str) -> (String, String) {
        let tokens = tokens(text);
        let mut cursor = Cursor::new(text, &tokens);
        let expr = expression(&mut cursor);
        let rest = cursor.text(cursor.rest_span()).to_owned();
        (show(&expr), rest)
    }

    fn shown(text: &str) -> String {
        let (shown, rest) = read(text);
        assert_eq!(rest, "", "{text}");
        shown
    }

    fn list(exprs: &[Expr]) -> String {
        exprs.iter().map(show).collect::<Vec<_>>().join(" ")
    }

    fn show(expr: &Expr) -> String {
        match &expr.kind {
            ExprKind::Null => "null".into(),
            ExprKind::Default => "default".into(),
            ExprKind::Literal(Literal::Number(number)) => number.to_string(),
            ExprKind::Literal(Literal::String(value)) => format!("'{value}'"),
            ExprKind::Literal(Literal::Boolean(value)) => value.to_string(),
            ExprKind::Literal(Literal::Bits(value)) => value.to_string(),
            ExprKind::Column(path) => path.iter().map(|part| part.name.as_str()).collect::<Vec<_>>().join("."),
            ExprKind::Wildcard => "*".into(),
            ExprKind::Call(call) => format!("{}({})", call.name, list(&call.arguments)),
            ExprKind::Cast(inner, ty) => {
                format!("[{}::{}{}]", show(inner), ty.name, "[]".repeat(ty.dimensions as usize))
            }
            ExprKind::Not(inner) => format!("[not {}]", show(inner)),
            ExprKind::Unary(operator, inner) => format!("[{operator} {}]", show(inner)),
            ExprKind::And(parts) => format!("[and {}]", list(parts)),
            ExprKind::Or(parts) => format!("[or {}]", list(parts)),
            ExprKind::Binary(left, operator, right) => format!("[{} {operator} {}]", show(left), show(right)),
            ExprKind::IsNull { operand, negated } => {
                format!("[{} {}]", show(operand), if *negated { "notnull" } else { "isnull" })
            }
            ExprKind::Between { operands, negated } => {
                format!("[{}between {}]", if *negated { "not " } else { "" }, list(operands.as_slice()))
            }
            ExprKind::InList { operand, list: items, negated } => {
                format!("[{} {}in ({})]", show(operand), if *negated { "not " } else { "" }, list(items))
            }
            ExprKind::Subquery(query) => {
                format!("query({})", query.reads.iter().map(|read| read.name.to_string()).collect::<String>())
            }
            ExprKind::Compound(kind, parts) => format!("{kind:?}({})", list(parts)),
            ExprKind::Placeholder => "?".into(),
            ExprKind::Unknown => "unknown".into(),
        }
    }

    #[test]
    fn operators_bind_as_in_the_manual() {
        for (text, expected) in [
            ("a + b * c", "[a + [b * c]]"),
            ("a - b - c", "[[a - b] - c]"),
            ("-a ^ 2", "[[- a] ^ 2]"),
            ("-1", "-1"),
            ("a || b = c", "[[a || b] = c]"),
            ("a = b AND c OR d AND NOT e = f", "[or [and [a = b] c] [and d [not [e = f]]]]"),
            ("a AND b AND c AND d", "[and a b c d]"),
            ("a != b", "[a <> b]"),
            ("a < b IS TRUE", "[[a < b] is true]"),
            ("NOT a IS NULL", "[not [a isnull]]"),
            ("a IS NOT NULL AND b NOTNULL", "[and [a notnull] [b notnull]]"),
            ("a IS NOT DISTINCT FROM b + 1", "[a is not distinct from [b + 1]]"),
            ("a BETWEEN 1 AND 2 AND b", "[and [between a 1 2] b]"),
            ("a NOT BETWEEN SYMMETRIC b - 1 AND c", "[not between a [b - 1] c]"),
            ("a IN (1, 'x') OR b NOT IN (c)", "[or [a in (1 'x')] [b not in (c)]]"),
            ("a LIKE 'x%' ESCAPE '!' AND b NOT ILIKE c", "[and [a like Other('x%' '!')] [b not ilike c]]"),
            ("a SIMILAR TO 'b'", "[a similar to 'b']"),
            ("a::int + 1", "[[a::int4] + 1]"),
            ("-a::int", "[- [a::int4]]"),
            ("a->'b'->>'c' = 'd'", "[[[a -> 'b'] ->> 'c'] = 'd']"),
            ("a @> '{1}' AND b ? 'c'", "[and [a @> '{1}'] [b ? 'c']]"),
            ("a = ANY (ARRAY[1, 2])", "[a = Other(Array(1 2))]"),
            ("a = ANY (SELECT b FROM c)", "[a = Other(query(c))]"),
            ("a AT TIME ZONE 'UTC' > b", "[AtTimeZone(a 'UTC') > b]"),
            ("a COLLATE \"C\" < b", "[Collate(a) < b]"),
            ("a OPERATOR(pg_catalog.=) b", "[a = b]"),
            ("(a + b) * c", "[[a + b] * c]"),
            ("(a, b) = (1, 2)", "[Row(a b) = Row(1 2)]"),
            ("(a, b) OVERLAPS (c, d)", "[Row(a b) overlaps Row(c d)]"),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn operands_of_every_kind() {
        for (text, expected) in [
            ("NULL", "null"),
            ("DEFAULT", "default"),
            ("TRUE", "true"),
            ("E'a\\nb'", "'a\nb'"),
            ("B'01'", "B'01'"),
            ("$1", "?"),
            (":x", "?"),
            ("${x} + 1", "[? + 1]"),
            ("s.t.c", "s.t.c"),
            ("t.*", "*"),
            ("\"Or\".\"Der\"", "Or.Der"),
            ("now()", "now()"),
            ("pg_catalog.now()", "pg_catalog.now()"),
            ("CURRENT_TIMESTAMP", "current_timestamp()"),
            ("current_timestamp(3)", "current_timestamp(3)"),
            ("current_user = 'x'", "[current_user() = 'x']"),
            ("count(*)", "count(*)"),
            ("count(DISTINCT a)", "count(a)"),
            ("f(x => 1, y := b)", "f(1 b)"),
            ("array_agg(a ORDER BY b DESC NULLS LAST)", "array_agg(a b)"),
            ("sum(a) FILTER (WHERE b > 0) OVER (PARTITION BY c ORDER BY d)", "sum(a [b > 0] c d)"),
            ("rank() OVER w", "rank()"),
            ("percentile_cont(0.5) WITHIN GROUP (ORDER BY a)", "percentile_cont(0.5 a)"),
            ("COALESCE(a, 1)", "coalesce(a 1)"),
            ("EXTRACT(epoch FROM a)", "extract('epoch' a)"),
            ("substring(a FROM 1 FOR 2)", "substring(a 1 2)"),
            ("position('x' IN a)", "position('x' a)"),
            ("trim(BOTH 'x' FROM a)", "trim('x' a)"),
            ("overlay(a PLACING 'x' FROM 1)", "overlay(a 'x' 1)"),
            ("CAST(a AS varchar(10))", "[a::varchar]"),
            ("date '2024-01-01'", "['2024-01-01'::date]"),
            ("timestamp with time zone '2024-01-01'", "['2024-01-01'::timestamptz]"),
            ("interval '1' day", "['1'::interval]"),
            ("double precision '1'", "['1'::float8]"),
            ("'{}'::text[]", "['{}'::text[]]"),
            ("ARRAY[[1, 2], [3, 4]]", "Array(Array(1 2) Array(3 4))"),
            ("ARRAY(SELECT a FROM b)", "query(b)"),
            ("a[1:2]", "Access(a 1 2)"),
            ("(r).f", "Access(r)"),
            ("(f(x)).*", "Access(f(x))"),
            ("CASE a WHEN 1 THEN b ELSE c END", "Case(a 1 b c)"),
            ("CASE WHEN a IS DISTINCT FROM b THEN 1 END + 1", "[Case([a is distinct from b] 1) + 1]"),
            ("EXISTS (SELECT 1 FROM a)", "query(a)"),
            ("(SELECT max(a) FROM b)", "query(b)"),
            ("((SELECT 1 FROM a) UNION (SELECT 2 FROM b))", "query(ab)"),
            ("a IN (SELECT b FROM c)", "[a in query(c)]"),
            ("ROW(1, a)", "Row(1 a)"),
            ("user", "user()"),
            ("type", "type"),
            ("date", "date"),
            ("left(a, 1)", "left(a 1)"),
            ("nextval('s'::regclass)", "nextval(['s'::regclass])"),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn it_stops_where_something_else_begins() {
        for (text, expected, rest) in [
            ("now() NOT NULL", "now()", "NOT NULL"),
            ("1 CHECK (a)", "1", "CHECK (a)"),
            ("a, b", "a", ", b"),
            ("a FROM b", "a", "FROM b"),
            ("a AS b", "a", "AS b"),
            ("a b", "a", "b"),
            ("'x' PRIMARY KEY", "'x'", "PRIMARY KEY"),
            ("FROM a", "unknown", "FROM a"),
            ("a IN", "a", "IN"),
            ("", "unknown", ""),
        ] {
            assert_eq!(read(text), (expected.to_owned(), rest.to_owned()), "{text}");
        }
    }

    #[test]
    fn spans_leave_outer_parentheses_out() {
        let spans = |text: &str| {
            let tokens = tokens(text);
            let expr = expression(&mut Cursor::new(text, &tokens));
            let mut spans = Vec::new();
            expr.walk(&mut |part| spans.push(text[part.span.range()].to_owned()));
            spans
        };
        assert_eq!(spans("((a + b)) * f( 'x' )"), ["((a + b)) * f( 'x' )", "a + b", "a", "b", "f( 'x' )", "'x'"]);
        assert_eq!(spans("( ( a ) )"), ["a"]);
        assert_eq!(spans("NOT (a) AND b IS NULL"), ["NOT (a) AND b IS NULL", "NOT (a)", "a", "b IS NULL", "b"]);
        assert_eq!(spans("x::int"), ["x::int", "x"]);
    }

    #[test]
    fn long_chains_are_flat() {
        let text = "a || ".repeat(5_000) + "b";
        let tokens = tokens(&text);
        let expr = expression(&mut Cursor::new(&text, &tokens));
        let mut columns = 0;
        expr.walk(&mut |part| columns += usize::from(matches!(part.kind, ExprKind::Column(_))));
        assert_eq!(columns, 5_001, "no operand is lost");
        assert!(matches!(&expr.kind, ExprKind::Compound(CompoundKind::Other, parts) if parts.len() > 4_000));
        let text = "a = 1 AND ".repeat(5_000) + "b";
        let tokens = crate::parse::cursor::tests::tokens(&text);
        let expr = expression(&mut Cursor::new(&text, &tokens));
        assert!(matches!(&expr.kind, ExprKind::And(parts) if parts.len() == 5_001));
    }
}
