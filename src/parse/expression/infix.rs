//! What stands between and behind operands: operators, `IS`, `IN`, casts, subscripts.

use super::{Grown, list, operand::operand, parenthesised, parse, unknown};
use crate::parse::cursor::{Cursor, MAX_DEPTH};
use crate::parse::lex::TokenKind;
use crate::parse::query::{is_query, query};
use crate::parse::type_name::type_name;
use crate::statement::{CompoundKind, Expr, ExprKind, Literal, Name};

/// How strongly operators bind, weakest first.
pub(super) mod binding {
    pub(in crate::parse::expression) const OR: u8 = 1;
    pub(in crate::parse::expression) const AND: u8 = 2;
    pub(in crate::parse::expression) const NOT: u8 = 3;
    pub(in crate::parse::expression) const IS: u8 = 4;
    pub(in crate::parse::expression) const COMPARISON: u8 = 5;
    pub(in crate::parse::expression) const MATCH: u8 = 6;
    pub(in crate::parse::expression) const OTHER: u8 = 7;
    pub(in crate::parse::expression) const SUM: u8 = 8;
    pub(in crate::parse::expression) const PRODUCT: u8 = 9;
    pub(in crate::parse::expression) const POWER: u8 = 10;
    pub(in crate::parse::expression) const AT: u8 = 11;
    pub(in crate::parse::expression) const COLLATE: u8 = 12;
    pub(in crate::parse::expression) const SIGN: u8 = 13;
    pub(in crate::parse::expression) const SUBSCRIPT: u8 = 14;
    pub(in crate::parse::expression) const CAST: u8 = 15;
}

/// What may stand behind an operand.
#[derive(Clone)]
pub(super) enum Infix {
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
    pub(super) fn binding(&self) -> u8 {
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
pub(super) fn take_operator(cursor: &mut Cursor<'_>) {
    if cursor.eat("OPERATOR") {
        cursor.skip_parens();
    } else {
        cursor.next();
    }
}

pub(super) fn infix(cursor: &Cursor<'_>) -> Option<Infix> {
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
    // Most words behind an operand are aliases and clauses.
    let found = match cursor.keyword().as_str().bytes().next()? | 0x20 {
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
pub(super) fn right_side(cursor: &mut Cursor<'_>, least: u8, level: u32) -> Grown {
    if cursor.is_any(&["ANY", "ALL", "SOME"]) && cursor.peek_nth(1).is_some_and(|token| token.kind == TokenKind::LParen)
    {
        let start = cursor.offset();
        let kind = if cursor.is("ALL") { CompoundKind::Other } else { CompoundKind::Any };
        cursor.next();
        let (inner, height) = parenthesised(cursor, level);
        return (Expr { span: cursor.span_since(start), kind: ExprKind::Compound(kind, vec![inner]) }, height + 1);
    }
    parse(cursor, least, level)
}

pub(super) fn take_postfix(cursor: &mut Cursor<'_>, postfix: Infix, left: Expr, level: u32) -> (ExprKind, u32) {
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
        // The server makes a test for NULL of it (transformAExprDistinct).
        let kind = match (&left.kind, &right.kind) {
            (_, ExprKind::Null) => ExprKind::IsNull { operand: Box::new(left), negated: !negated },
            (ExprKind::Null, _) => ExprKind::IsNull { operand: Box::new(right), negated: !negated },
            _ => ExprKind::Binary(Box::new(left), Name::new_static(operator), Box::new(right)),
        };
        return (kind, height);
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
