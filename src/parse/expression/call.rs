//! Names, and calls with their clauses (manual: 4.2.6 to 4.2.8, 4.3).

use super::infix::binding;
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
        match cursor.parens() {
            Some(definition) => height = height.max(window(definition, &mut arguments, level + 1)),
            None => {
                cursor.ident();
            }
        }
    }
    let call = FunctionCall { name, arguments };
    (Expr { span: cursor.span_since(start), kind: ExprKind::Call(Box::new(call)) }, height + 1)
}

fn call_arguments(mut inside: Cursor<'_>, name: &ObjectName, arguments: &mut Vec<Expr>, level: u32) -> u32 {
    let bare = name.schema.is_none();
    if bare && name.name.name.starts_with("json_") {
        return json_elements(inside, arguments, level);
    }
    if is_query(&inside) {
        // f((SELECT ...)) has two pairs; one pair is ARRAY- or EXISTS-like, which are no calls.
        arguments.push(Expr { span: inside.rest_span(), kind: ExprKind::Subquery(Box::new(query(inside))) });
        return 1;
    }
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
    match name.name.name.as_str() {
        "xmlparse" | "xmlserialize" if bare => {
            inside.eat_any(&["DOCUMENT", "CONTENT"]);
            const TAILS: [&[&str]; 4] =
                [&["NO", "INDENT"], &["INDENT"], &["PRESERVE", "WHITESPACE"], &["STRIP", "WHITESPACE"]];
            let (count, start) = (inside.tokens().len(), inside.position());
            let behind = |tail: &&&[&str]| {
                let before = count.checked_sub(tail.len()).filter(|&before| before > 0);
                before.is_some_and(|before| tail.iter().enumerate().all(|(n, word)| inside.is_nth(before + n, word)))
            };
            let tail = TAILS.iter().find(behind).map_or(0, |tail| tail.len());
            elements(inside.between(start, start + count - tail), arguments, level)
        }
        "xmlroot" if bare => xml_root(&inside, arguments, level),
        // `normalize(x, NFC)`: the form is no column.
        "normalize" if bare => {
            let mut parts = inside.split_commas();
            let mut height = parts.next().map_or(0, |text| elements(text, arguments, level));
            for part in parts.filter(|part| !part.is_any(&["NFC", "NFD", "NFKC", "NFKD"])) {
                height = height.max(elements(part, arguments, level));
            }
            height
        }
        // `substring(x SIMILAR y ESCAPE z)`
        "substring" if bare => {
            let mut height = elements(inside.until(|c| c.is("SIMILAR") && !c.is_nth(1, "TO")), arguments, level);
            if inside.eat("SIMILAR") {
                height = height.max(elements(inside.until(|c| c.is("ESCAPE")), arguments, level));
                inside.eat("ESCAPE");
                height = height.max(elements(inside, arguments, level));
            }
            height
        }
        _ => elements(inside, arguments, level),
    }
}

/// `xmlroot(x, VERSION '1.0' | VERSION NO VALUE, STANDALONE YES | NO | NO VALUE)` (manual: 9.15.1.7).
fn xml_root(inside: &Cursor<'_>, arguments: &mut Vec<Expr>, level: u32) -> u32 {
    let mut height = 0;
    for (at, mut part) in inside.split_commas().enumerate() {
        if at > 0 && ((part.eat("VERSION") && part.eat_seq(&["NO", "VALUE"])) || part.eat("STANDALONE")) {
            continue;
        }
        height = height.max(elements(part.rest(), arguments, level));
    }
    height
}

/// The arguments of an SQL/JSON function (manual: 9.16.1): `key : value FORMAT JSON`, `key VALUE value`, `ABSENT ON NULL`,
/// `WITH UNIQUE KEYS`, `RETURNING type FORMAT JSON`. What follows an operand and belongs to no expression is a keyword of theirs.
fn json_elements(mut inside: Cursor<'_>, arguments: &mut Vec<Expr>, level: u32) -> u32 {
    let is_word = |c: &Cursor<'_>| {
        let behind_operand =
            c.previous().is_some_and(|token| !matches!(token.kind, TokenKind::Comma | TokenKind::Colon));
        (behind_operand && c.is_any(&["FORMAT", "VALUE", "ABSENT", "WITH", "WITHOUT"]) && !c.follows("VALUE"))
            || (behind_operand && c.is_any(&["KEEP", "OMIT"]) && c.is_nth(1, "QUOTES"))
            || (behind_operand && is_behaviour(c))
            || c.is_seq(&["NULL", "ON", "NULL"])
            || c.is_any(&["RETURNING", "DEFAULT"])
    };
    let mut height = 0;
    if is_query(&inside) {
        let part = inside.until(|c| {
            c.is("RETURNING")
                || c.is_seq(&["FORMAT", "JSON"])
                || c.is_seq(&["ABSENT", "ON", "NULL"])
                || c.is_seq(&["NULL", "ON", "NULL"])
        });
        height = 1;
        arguments.push(Expr { span: part.rest_span(), kind: ExprKind::Subquery(Box::new(query(part))) });
    }
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
        } else if inside.eat("DEFAULT") {
            let value = inside.until(|c| c.is_seq(&["ON", "EMPTY"]) || c.is_seq(&["ON", "ERROR"]));
            height = height.max(elements(value, arguments, level));
            inside.next();
            inside.next();
        } else if is_behaviour(&inside) {
            inside.until(|c| c.is("ON"));
            inside.next();
            inside.next();
        } else if inside.eat("ABSENT") || inside.eat("NULL") {
            inside.eat_seq(&["ON", "NULL"]);
        } else if inside.eat_any(&["KEEP", "OMIT"]).is_some() {
            inside.eat("QUOTES");
            inside.eat_seq(&["ON", "SCALAR", "STRING"]);
        } else if inside.eat_any(&["WITH", "WITHOUT"]).is_some() {
            inside.eat_any(&["CONDITIONAL", "UNCONDITIONAL"]);
            inside.eat("ARRAY");
            let _ = inside.eat("WRAPPER") || (inside.eat("UNIQUE") && inside.eat("KEYS"));
        } else if inside.next().is_none() {
            return height;
        }
    }
}

/// `NULL ON EMPTY`, `EMPTY ARRAY ON ERROR` (manual: 9.16.3 SQL/JSON Query Functions).
fn is_behaviour(c: &Cursor<'_>) -> bool {
    let words = match c.is("EMPTY") && (c.is_nth(1, "ARRAY") || c.is_nth(1, "OBJECT")) {
        true => 2,
        false => usize::from(c.is_any(&["ERROR", "NULL", "TRUE", "FALSE", "UNKNOWN", "EMPTY"])),
    };
    words > 0 && c.is_nth(words, "ON") && (c.is_nth(words + 1, "EMPTY") || c.is_nth(words + 1, "ERROR"))
}

/// `FILTER (WHERE ...)`, `WITHIN GROUP (ORDER BY ...)`.
fn clause_arguments(cursor: &mut Cursor<'_>, arguments: &mut Vec<Expr>, level: u32) -> u32 {
    let Some(inside) = cursor.parens() else { return 0 };
    if level + 1 > MAX_DEPTH {
        return 0;
    }
    elements(inside, arguments, level + 1)
}

/// The expressions of a window's definition.
pub(crate) fn expressions_of_window(definition: Cursor<'_>) -> Vec<Expr> {
    let mut exprs = Vec::new();
    let level = definition.depth();
    window(definition, &mut exprs, level);
    exprs
}

/// `[other] [PARTITION BY list] [ORDER BY list] [frame]` (manual: 4.2.8 Window Function Calls). All its keywords but `ORDER` are names as
/// well: where they stand tells which.
fn window(mut definition: Cursor<'_>, arguments: &mut Vec<Expr>, level: u32) -> u32 {
    if level > MAX_DEPTH {
        arguments.push(Expr { span: definition.rest_span(), kind: ExprKind::Unknown });
        return 1;
    }
    let begins_frame = |c: &Cursor<'_>| {
        let behind_operand = c.previous().is_none_or(|token| {
            !matches!(token.kind, TokenKind::Comma | TokenKind::Operator | TokenKind::Dot) && !token.keyword.is("BY")
        });
        c.is_any(&["ROWS", "RANGE", "GROUPS"]) && behind_operand
    };
    if definition.is_ident() && !definition.is_any(&["PARTITION", "ORDER", "ROWS", "RANGE", "GROUPS"]) {
        definition.ident();
    }
    let mut height = 0;
    if definition.eat_seq(&["PARTITION", "BY"]) {
        let keys = definition.until(|c| c.is_seq(&["ORDER", "BY"]) || begins_frame(c));
        height = height.max(elements(keys, arguments, level));
    }
    if definition.eat_seq(&["ORDER", "BY"]) {
        let keys = definition.until(begins_frame);
        height = height.max(elements(keys, arguments, level));
    }
    if definition.eat_any(&["ROWS", "RANGE", "GROUPS"]).is_some() {
        let several = definition.eat("BETWEEN");
        height = height.max(frame_bound(&mut definition, arguments, level));
        if several && definition.eat("AND") {
            height = height.max(frame_bound(&mut definition, arguments, level));
        }
        if definition.eat("EXCLUDE") {
            let _ = definition.eat_seq(&["CURRENT", "ROW"])
                || definition.eat_seq(&["NO", "OTHERS"])
                || definition.eat_any(&["GROUP", "TIES"]).is_some();
        }
    }
    while definition.eat_kind(TokenKind::Placeholder).is_some() {}
    if !definition.at_end() {
        arguments.push(Expr { span: definition.rest_span(), kind: ExprKind::Unknown });
    }
    height
}

/// `UNBOUNDED PRECEDING`, `CURRENT ROW`, `expr FOLLOWING`.
fn frame_bound(frame: &mut Cursor<'_>, arguments: &mut Vec<Expr>, level: u32) -> u32 {
    const ENDS: [&str; 2] = ["PRECEDING", "FOLLOWING"];
    if frame.eat_seq(&["CURRENT", "ROW"]) {
        return 0;
    }
    let mut height = 0;
    if !(frame.is("UNBOUNDED") && ENDS.iter().any(|end| frame.is_nth(1, end))) {
        let (expr, expr_height) = parse(frame, binding::OTHER, level);
        height = expr_height;
        arguments.push(expr);
    } else {
        frame.next();
    }
    frame.eat_any(&ENDS);
    height
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
        "ASC",
        "DESC",
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
            || inside.eat_seq(&["ORDER", "BY"])
            || inside.eat_seq(&["BY", "REF"])
            || inside.eat_seq(&["BY", "VALUE"])
        {
            continue;
        }
        // `ORDER BY a USING >`
        if inside.is("USING") && inside.is_kind_nth(1, TokenKind::Operator) {
            inside.next();
            inside.next();
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
