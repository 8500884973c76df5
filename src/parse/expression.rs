//! Expressions, by operator precedence over tokens (manual: 4.1.6 Operator Precedence, 4.2 Value Expressions).

mod call;
mod infix;
mod operand;
#[cfg(test)]
mod tests;

use super::cursor::{Cursor, MAX_DEPTH};
use super::lex::TokenKind;
use super::query::{is_query, query};
use crate::source::Span;
use crate::statement::{CompoundKind, Expr, ExprKind};
pub(crate) use call::{expressions_of_clause, expressions_of_window};
use infix::{Infix, infix, right_side, take_operator, take_postfix};
pub(in crate::parse) use operand::BARE_FUNCTIONS;
pub(crate) use operand::is_reserved;
use operand::{ends_expression, operand};

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
