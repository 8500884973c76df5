//! Names, and calls with their clauses (manual: 4.2.6 to 4.2.8, 4.3).

use super::operand::typed_literal;
use super::{Grown, parse, unknown};
use crate::parse::cursor::{Cursor, MAX_DEPTH};
use crate::parse::lex::{KeywordSet, TokenKind};
use crate::parse::query::{is_query, query};
use crate::parse::type_name::type_name;
use crate::statement::{Expr, ExprKind, FunctionCall, Ident, Literal, Name, ObjectName};

/// A column, `t.*`, a call, or `type 'literal'`.
pub(super) fn name_or_call(cursor: &mut Cursor<'_>, level: u32) -> Grown {
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
    if let [name] = path.as_mut_slice()
        && name.name == "collation"
        && cursor.is("FOR")
        && cursor.is_kind_nth(1, TokenKind::LParen)
    {
        // `COLLATION FOR (x)` (manual: 9.26.9).
        name.name = Name::new_static("pg_collation_for");
        cursor.next();
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
    let name = ObjectName { schema: path.pop().map(Box::new), name };
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
    if bare && matches!(name.name.name.as_str(), "xmlelement" | "xmlpi") && inside.eat("NAME") {
        inside.ident();
    }
    if bare && name.name.name.starts_with("json_") {
        return json_elements(inside, arguments, level);
    }
    if bare && matches!(name.name.name.as_str(), "xmlparse" | "xmlserialize") {
        inside.eat_any(&["DOCUMENT", "CONTENT"]);
    }
    elements(inside, arguments, level)
}

/// The arguments of an SQL/JSON function (manual: 9.16.1): `key : value FORMAT JSON`, `key VALUE value`, `ABSENT ON NULL`,
/// `WITH UNIQUE KEYS`, `RETURNING type FORMAT JSON`. What follows an operand and belongs to no expression is a keyword of theirs.
fn json_elements(mut inside: Cursor<'_>, arguments: &mut Vec<Expr>, level: u32) -> u32 {
    let is_word = |c: &Cursor<'_>| {
        let behind_operand =
            c.previous().is_some_and(|token| !matches!(token.kind, TokenKind::Comma | TokenKind::Colon));
        let returning = c.is("RETURNING");
        (behind_operand && c.is_any(&["FORMAT", "VALUE", "ABSENT", "WITH", "WITHOUT"]) && !c.follows("VALUE"))
            || c.is_seq(&["NULL", "ON", "NULL"])
            || returning
    };
    let mut height = 0;
    loop {
        let part = inside.until(is_word);
        if is_query(&part) {
            height = height.max(1);
            arguments.push(Expr { span: part.rest_span(), kind: ExprKind::Subquery(Box::new(query(part))) });
        } else {
            height = height.max(elements(part, arguments, level));
        }
        if inside.eat_seq(&["FORMAT", "JSON"]) {
            if inside.eat("ENCODING") {
                inside.ident();
            }
        } else if inside.eat("RETURNING") {
            type_name(&mut inside);
        } else if inside.eat("ABSENT") || inside.eat("NULL") {
            inside.eat_seq(&["ON", "NULL"]);
        } else if inside.eat_any(&["WITH", "WITHOUT"]).is_some() {
            inside.eat("UNIQUE");
            inside.eat("KEYS");
        } else if inside.next().is_none() {
            return height;
        }
    }
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
    const NOISE: KeywordSet = KeywordSet::of(&[
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
    ]);
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
        if inside.is_in(&NOISE) && !matches!(inside.peek_nth(1).map(|token| token.kind), Some(TokenKind::Dot)) {
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
