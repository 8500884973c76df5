//! Queries: what they read, mention, call and give out (manual: "SELECT").
//!
//! Tokens say it. Where they do not understand all of a query, sqlparser is asked (see [`super::detail`]); where it does not either,
//! the query says so: [`Query::understood`].

mod from;
mod scope;
#[cfg(test)]
mod tests;
pub(crate) mod values;
mod with;

use super::cursor::{Cursor, MAX_DEPTH, fold};
use super::detail;
use super::expression::{expression, expressions_of_clause, expressions_of_window, is_reserved};
use super::lex::{KeywordSet, TokenKind};
use crate::source::Span;
use crate::statement::{ColumnUse, CompoundKind, Expr, ExprKind, Ident, Limit, List, Literal, Name, Query};
pub(crate) use from::{From, alias, from_list, target};
use scope::wildcards;
pub(crate) use scope::{Scope, Source, gather, is_cte};
pub(crate) use with::{with_clause, writes_behind_with};

/// Whether a query stands here: `SELECT`, `WITH`, `VALUES (`, `TABLE`, also within parentheses that more of a query follows.
pub(crate) fn is_query(cursor: &Cursor<'_>) -> bool {
    match cursor.kind() {
        Some(TokenKind::LParen) => {
            let tokens = cursor.tokens();
            let Some(first) = tokens.iter().position(|token| token.kind != TokenKind::LParen) else { return false };
            if !["SELECT", "WITH", "VALUES"].iter().any(|word| cursor.is_nth(first, word)) {
                return false;
            }
            let mut after = cursor.clone();
            after.skip_parens();
            after.is_any(&["UNION", "INTERSECT", "EXCEPT", "ORDER", "LIMIT", "OFFSET", "FETCH", "FOR"])
        }
        Some(TokenKind::Word) => {
            cursor.is("SELECT")
                || cursor.is("WITH")
                || cursor.is("TABLE")
                || (cursor.is("VALUES") && cursor.is_kind_nth(1, TokenKind::LParen))
        }
        _ => false,
    }
}

/// Reads a whole `SELECT`, `VALUES`, `TABLE` or `WITH`.
pub(crate) fn query(cursor: Cursor<'_>) -> Query {
    if !cursor.is_detailed() {
        return Query { span: cursor.rest_span(), ..Query::default() };
    }
    let outermost = cursor.scope().is_none();
    let mut query = read(cursor.clone(), false);
    if outermost && !query.understood {
        detail::complete(&cursor, &mut query);
    }
    query
}

/// Reads what follows `PERFORM` of PL/pgSQL, which is a query without its `SELECT`.
pub(crate) fn performed(cursor: Cursor<'_>) -> Query {
    read(cursor, true)
}

fn read(cursor: Cursor<'_>, performed: bool) -> Query {
    let mut query = Query { span: cursor.rest_span(), understood: true, ..Query::default() };
    if cursor.depth() > MAX_DEPTH {
        query.understood = false;
        return query;
    }
    let mut scope = Scope { parent: cursor.scope(), ..Scope::default() };
    let mut head = cursor;
    if let Some(ctes) = with_clause(&mut head, &mut query) {
        scope.ctes = ctes;
    }
    let mut cursor = head.with_scope(&scope);
    let sources = set_expression(&mut cursor, &mut query, performed);
    let tail = Scope { parent: Some(&scope), ctes: Vec::new(), sources };
    let mut cursor = cursor.with_scope(&tail);
    let reads = !query.reads.is_empty();
    if let Some(count) = clauses_behind(&mut cursor, &mut query) {
        query.limits.push(Limit {
            count,
            ordered: query.ordered,
            reads,
            locks: query.row_lock.is_some(),
            skip_locked: query.skip_locked,
        });
    }
    query.understood &= cursor.at_end();
    query
}

/// Adds to a list that mostly stays short: the first element costs no room for others.
pub(crate) fn add<T>(list: &mut List<T>, element: T) {
    if list.is_empty() {
        list.reserve_exact(1);
    }
    list.push(element);
}

/// Puts a list behind another.
fn join<T>(list: &mut List<T>, mut more: List<T>) {
    if list.is_empty() {
        *list = more;
    } else {
        list.append(&mut more);
    }
}

/// Everything of one query belongs to another as well.
pub(crate) fn absorb(into: &mut Query, inner: Query) {
    join(&mut into.reads, inner.reads);
    join(&mut into.columns, inner.columns);
    join(&mut into.calls, inner.calls);
    join(&mut into.writes, inner.writes);
    join(&mut into.limits, inner.limits);
    into.narrowed |= inner.narrowed;
    into.understood &= inner.understood;
}

/// Likewise of a query that stays within an expression; its select list and filter are not copied.
pub(crate) fn absorb_within(into: &mut Query, inner: &Query) {
    let Query { reads, columns, calls, writes, limits, narrowed, .. } = inner;
    into.narrowed |= narrowed;
    into.reads.extend_from_slice(reads);
    into.columns.extend_from_slice(columns);
    into.calls.extend_from_slice(calls);
    into.writes.extend_from_slice(writes);
    into.limits.extend_from_slice(limits);
    into.understood &= inner.understood;
}

/// Words that may begin a clause.
const CLAUSES: KeywordSet = KeywordSet::of(&[
    "FROM",
    "FOR",
    "FETCH",
    "INTO",
    "INTERSECT",
    "WHERE",
    "WINDOW",
    "GROUP",
    "HAVING",
    "UNION",
    "EXCEPT",
    "ORDER",
    "OFFSET",
    "LIMIT",
    "RETURNING",
]);

/// Whether a clause of a query begins here, behind a select list, `FROM`, or another clause.
fn clause_begins(cursor: &Cursor<'_>) -> bool {
    let word = cursor.keyword();
    if !CLAUSES.has(word) {
        return false;
    }
    let begins = match word.as_str().as_bytes().first().copied().unwrap_or_default() | 0x20 {
        b'f' => {
            (cursor.is("FROM") && !cursor.follows("DISTINCT"))
                || (cursor.is("FOR") && ["UPDATE", "NO", "SHARE", "KEY"].iter().any(|word| cursor.is_nth(1, word)))
                || (cursor.is("FETCH") && (cursor.is_nth(1, "FIRST") || cursor.is_nth(1, "NEXT")))
        }
        b'i' => cursor.is("INTO") || cursor.is("INTERSECT"),
        b'w' => cursor.is("WHERE") || (cursor.is("WINDOW") && cursor.is_nth(2, "AS")),
        b'g' => cursor.is_seq(&["GROUP", "BY"]),
        b'h' => cursor.is("HAVING"),
        b'u' => cursor.is("UNION"),
        b'e' => cursor.is("EXCEPT"),
        b'o' => cursor.is_seq(&["ORDER", "BY"]) || cursor.is("OFFSET"),
        b'l' => cursor.is("LIMIT"),
        b'r' => cursor.is("RETURNING"),
        _ => false,
    };
    // Any word may be a label behind AS, and a field behind a dot.
    begins && !cursor.follows("AS") && cursor.previous().is_none_or(|token| token.kind != TokenKind::Dot)
}

/// `SELECT ... UNION SELECT ...`; gives what a clause behind it may refer to.
fn set_expression(cursor: &mut Cursor<'_>, query: &mut Query, performed: bool) -> Vec<Source> {
    let mut sources = Vec::new();
    let mut terms = 0;
    let mut lists: List<List<Expr>> = List::new();
    let mut united = true;
    loop {
        terms += 1;
        if terms > 1 {
            lists.push(std::mem::take(&mut query.select_list));
        }
        if performed && terms == 1 {
            sources = select(cursor, query);
        } else if cursor.is_kind(TokenKind::LParen) {
            match cursor.parens() {
                Some(inside) => {
                    let mut inner = read(inside, false);
                    if terms == 1 {
                        query.outputs = std::mem::take(&mut inner.outputs);
                        query.select_list = std::mem::take(&mut inner.select_list);
                        query.filter = inner.filter.take();
                        query.terms = std::mem::take(&mut inner.terms);
                        query.lists = std::mem::take(&mut inner.lists);
                        query.values = inner.values.take();
                        query.limited |= inner.limited;
                        query.row_lock = inner.row_lock.take();
                        query.row_lock_of = std::mem::take(&mut inner.row_lock_of);
                        query.skip_locked |= inner.skip_locked;
                    }
                    absorb(query, inner);
                }
                None => query.understood = false,
            }
        } else if cursor.eat("SELECT") {
            let (outputs, into) = (std::mem::take(&mut query.outputs), query.into.take());
            sources = select(cursor, query);
            if terms > 1 {
                (query.outputs, query.into) = (outputs, into);
            }
        } else if cursor.is("VALUES") {
            let values = values::values(cursor, query);
            if terms == 1 {
                let width = values.row_ends.first().copied().unwrap_or_default();
                query.outputs = (1..=width).map(|n| Some(Name::from(format!("column{n}")))).collect();
                query.values = Some(values);
            }
        } else if cursor.eat("TABLE") {
            let mut from = From::default();
            from::relation(cursor, &mut from);
            // `TABLE t` is `SELECT * FROM t`.
            let span = cursor.previous().map_or(query.span, |token| token.span);
            let relation = from.reads.first().map(|used| Box::new(used.name.clone()));
            query.columns.push(ColumnUse {
                relation,
                around: None,
                column: Ident { name: Name::new_static("*"), span },
            });
            query.reads.append(&mut from.reads);
            query.understood &= from.understood;
            if terms == 1 {
                query.outputs.push(None);
            }
        } else {
            query.understood = false;
            break;
        }
        united &= !cursor.is_any(&["INTERSECT", "EXCEPT"]);
        if cursor.eat_any(&["UNION", "INTERSECT", "EXCEPT"]).is_none() {
            break;
        }
        let _ = cursor.eat("ALL") || cursor.eat("DISTINCT");
    }
    if terms > 1 {
        lists.push(std::mem::take(&mut query.select_list));
        if united {
            query.terms = lists;
        }
        query.lists.clear();
        query.filter = None;
        query.values = None;
        sources.clear();
    }
    sources
}

/// What follows `SELECT`, up to the clauses that a set operation may have as well.
fn select(cursor: &mut Cursor<'_>, query: &mut Query) -> Vec<Source> {
    let mut distinct_on = None;
    if cursor.eat("DISTINCT") {
        if cursor.eat("ON") {
            distinct_on = cursor.parens();
        }
    } else {
        cursor.eat("ALL");
    }
    let list = cursor.until(clause_begins);
    if cursor.eat("INTO") {
        let words = ["TEMPORARY", "TEMP", "UNLOGGED", "LOCAL", "GLOBAL", "TABLE"];
        let mut temporary = false;
        while let Some(word) = cursor.eat_any(&words) {
            temporary |= word < 2;
        }
        query.into = cursor.object_name().map(Box::new);
        if let Some(into) = query.into.as_mut().filter(|into| temporary && into.schema.is_none()) {
            into.schema = Some(Box::new(Ident { name: "pg_temp".into(), span: into.name.span }));
        }
        query.understood &= query.into.is_some();
    }
    let mut from = From::default();
    if cursor.eat("FROM") {
        from_list(cursor, &mut from);
    }
    join(&mut query.reads, from.reads);
    query.understood &= from.understood;
    let filter = cursor.eat("WHERE").then(|| cursor.until(clause_begins));
    let mut windows = Vec::new();
    let mut groups = None;
    if cursor.eat_seq(&["GROUP", "BY"]) {
        let _ = cursor.eat("ALL") || cursor.eat("DISTINCT");
        groups = Some(cursor.until(clause_begins));
    }
    let having = cursor.eat("HAVING").then(|| cursor.until(clause_begins));
    query.narrowed |= filter.is_some() || having.is_some() || from.sources.len() > 1;
    if cursor.eat("WINDOW") {
        for window in cursor.until(clause_begins).split_commas() {
            let mut window = window;
            window.ident();
            window.eat("AS");
            windows.extend(window.parens());
        }
    }

    let scope = Scope { parent: cursor.scope(), ctes: Vec::new(), sources: from.sources };
    for deferred in from.deferred {
        deferred.read(query, &scope);
    }
    select_list(&list.with_scope(&scope), query);
    if let Some(on) = distinct_on {
        gather_exprs(query, &on.with_scope(&scope), expressions_of_clause);
    }
    if let Some(filter) = filter {
        let filter = filter.with_scope(&scope);
        let expr = whole(filter.clone());
        gather(query, &expr, &filter);
        query.filter = Some(Box::new(expr));
    }
    if let Some(groups) = groups {
        gather_groups(query, &groups.with_scope(&scope));
    }
    if let Some(having) = having {
        let having = having.with_scope(&scope);
        gather(query, &whole(having.clone()), &having);
    }
    for window in windows {
        gather_exprs(query, &window.with_scope(&scope), expressions_of_window);
    }
    scope.sources
}

/// One expression; unknown where something is left over.
pub(crate) fn whole(mut cursor: Cursor<'_>) -> Expr {
    let span = cursor.rest_span();
    let expr = expression(&mut cursor);
    // A placeholder that stands for the rest of a condition: `WHERE a = 1 {{ more }}`.
    while cursor.eat_kind(TokenKind::Placeholder).is_some() {}
    if cursor.at_end() { expr } else { Expr { span, kind: ExprKind::Unknown } }
}

/// The expressions of a clause between its keywords.
fn gather_exprs(query: &mut Query, cursor: &Cursor<'_>, read: fn(Cursor<'_>) -> Vec<Expr>) {
    for expr in read(cursor.clone()) {
        gather(query, &expr, cursor);
    }
}

/// The elements of `GROUP BY`.
fn gather_groups(query: &mut Query, cursor: &Cursor<'_>) {
    for mut part in cursor.split_commas() {
        // `GROUPING SETS ((a), ())`, `ROLLUP (a)` and `CUBE (a)` are no calls.
        let several = part.eat_seq(&["GROUPING", "SETS"])
            || (part.is_kind_nth(1, TokenKind::LParen) && (part.eat("ROLLUP") || part.eat("CUBE")));
        if several {
            let Some(inside) = part.parens() else { continue };
            query.understood &= part.at_end() && inside.depth() <= MAX_DEPTH;
            if inside.depth() <= MAX_DEPTH {
                gather_groups(query, &inside);
            }
        } else {
            gather(query, &whole(part.clone()), &part);
        }
    }
}

/// The elements of `ORDER BY`.
fn gather_order(query: &mut Query, cursor: &Cursor<'_>) {
    for mut part in cursor.split_commas() {
        let expr = expression(&mut part);
        gather(query, &expr, cursor);
        if part.eat("USING") {
            part.next();
        } else {
            part.eat_any(&["ASC", "DESC"]);
        }
        if part.eat("NULLS") {
            part.eat_any(&["FIRST", "LAST"]);
        }
        while part.eat_kind(TokenKind::Placeholder).is_some() {}
        query.understood &= part.at_end();
    }
}

/// The expressions of a select list or of `RETURNING`, with the names that they give out.
pub(crate) fn select_list(list: &Cursor<'_>, query: &mut Query) {
    for mut item in list.split_commas() {
        let span = item.rest_span();
        let mut expr = expression(&mut item);
        let mut label = None;
        if item.eat("AS") {
            label = item.ident().map(|ident| ident.name);
        } else if item.is_ident() && item.word().is_none_or(|word| !is_reserved(word)) {
            label = item.ident().map(|ident| ident.name);
        }
        while item.eat_kind(TokenKind::Placeholder).is_some() {}
        if !item.at_end() {
            expr = Expr { span, kind: ExprKind::Unknown };
        }
        if matches!(expr.kind, ExprKind::Wildcard) && expr.span.len() == 1 {
            query.columns.extend(wildcards(list, expr.span));
        }
        gather(query, &expr, list);
        add(&mut query.outputs, label.or_else(|| output_name(&expr, list)));
        add(&mut query.select_list, expr);
    }
}

/// The name that an output column gets without `AS` (manual: 7.3.2 Column Labels; parse_target.c: FigureColname), where it gets one.
fn output_name(expr: &Expr, cursor: &Cursor<'_>) -> Option<Name> {
    figured_name(expr, cursor).map(|(name, _)| name)
}

/// Likewise, and whether the name stays where a cast or a `CASE` is around it.
fn figured_name(expr: &Expr, cursor: &Cursor<'_>) -> Option<(Name, bool)> {
    let strong = |name: &'static str| Some((Name::new_static(name), true));
    match &expr.kind {
        ExprKind::Column(path) => path.last().map(|column| (column.name.clone(), true)),
        ExprKind::Call(call) => Some((call.name.name.name.clone(), true)),
        ExprKind::Cast(inner, ty) => {
            figured_name(inner, cursor).filter(|(_, strong)| *strong).or_else(|| Some((ty.name.clone(), false)))
        }
        ExprKind::Compound(CompoundKind::Collate, parts) => figured_name(parts.first()?, cursor),
        ExprKind::Compound(CompoundKind::AtTimeZone, _) => strong("timezone"),
        ExprKind::Compound(CompoundKind::Access, parts) => match field(cursor.text(expr.span)) {
            Some(name) => Some((name, true)),
            None => figured_name(parts.first()?, cursor),
        },
        ExprKind::Compound(CompoundKind::Case, parts) => {
            let otherwise = match parts.as_slice() {
                [.., before, last] => {
                    let between = Span::new(before.span.end, last.span.start.max(before.span.end));
                    let word = cursor.text(between).trim_matches(|char: char| !char.is_ascii_alphabetic());
                    word.eq_ignore_ascii_case("else").then(|| figured_name(last, cursor)).flatten()
                }
                _ => None,
            };
            otherwise.filter(|(_, strong)| *strong).or_else(|| Some((Name::new_static("case"), false)))
        }
        ExprKind::Compound(CompoundKind::Array, _) => strong("array"),
        ExprKind::Compound(CompoundKind::Row, _) => strong("row"),
        ExprKind::Subquery(inner) => {
            let begins = |word: &str| {
                cursor.text(expr.span).get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word))
            };
            if begins("EXISTS") {
                strong("exists")
            } else if begins("ARRAY") {
                strong("array")
            } else {
                inner.outputs.first().cloned().flatten().map(|name| (name, true))
            }
        }
        _ => None,
    }
}

/// The field that `(r).field` and `a[1].field` end with.
fn field(text: &str) -> Option<Name> {
    let text = text.trim_end();
    let start = match text.strip_suffix('"') {
        Some(inner) => inner.rfind('"')?,
        None => text.rfind(|char: char| !(char.is_alphanumeric() || matches!(char, '_' | '$')))? + 1,
    };
    let name =
        text.get(start..).filter(|_| text.get(..start).is_some_and(|before| before.trim_end().ends_with('.')))?;
    Some(name.strip_prefix('"').and_then(|name| name.strip_suffix('"')).map_or_else(|| fold(name), Name::new))
}

/// `ORDER BY`, `LIMIT`, `OFFSET`, `FETCH` and `FOR`, in any order. Gives the number of rows, where one is written: `Some(None)` for a
/// computed one.
fn clauses_behind(cursor: &mut Cursor<'_>, query: &mut Query) -> Option<Option<u64>> {
    let constant = |expr: &Expr| match &expr.kind {
        ExprKind::Literal(Literal::Number(number)) => number.parse().ok(),
        _ => None,
    };
    let mut rows = None;
    loop {
        if cursor.eat_seq(&["ORDER", "BY"]) {
            query.ordered = true;
            let part = cursor.until(clause_begins);
            gather_order(query, &part);
        } else if cursor.eat("LIMIT") {
            let part = cursor.until(clause_begins);
            if !part.is_seq(&["ALL"]) {
                query.limited |= !part.is("NULL");
                let count = whole(part.clone());
                rows = query.limited.then(|| constant(&count));
                gather(query, &count, &part);
            }
        } else if cursor.eat("OFFSET") {
            let mut part = cursor.until(clause_begins);
            let offset = expression(&mut part);
            let _ = part.eat("ROWS") || part.eat("ROW");
            query.understood &= part.at_end();
            gather(query, &offset, cursor);
        } else if cursor.eat("FETCH") {
            let _ = cursor.eat("FIRST") || cursor.eat("NEXT");
            query.limited = true;
            if !cursor.is_any(&["ROW", "ROWS"]) {
                let count = expression(cursor);
                rows = Some(constant(&count));
                gather(query, &count, cursor);
            } else {
                rows = Some(Some(1));
            }
            let _ = cursor.eat("ROWS") || cursor.eat("ROW");
            query.understood &= cursor.eat("ONLY") || cursor.eat_seq(&["WITH", "TIES"]);
        } else if cursor.is("FOR") {
            row_lock(cursor, query);
        } else {
            while cursor.eat_kind(TokenKind::Placeholder).is_some() {}
            return rows;
        }
    }
}

/// `FOR UPDATE [OF t] [NOWAIT | SKIP LOCKED]`.
fn row_lock(cursor: &mut Cursor<'_>, query: &mut Query) {
    cursor.next();
    const STRENGTHS: [(&[&str], &str); 4] = [
        (&["UPDATE"], "UPDATE"),
        (&["NO", "KEY", "UPDATE"], "NO KEY UPDATE"),
        (&["SHARE"], "SHARE"),
        (&["KEY", "SHARE"], "KEY SHARE"),
    ];
    let Some((_, strength)) = STRENGTHS.iter().find(|(words, _)| cursor.eat_seq(words)) else {
        query.understood = false;
        cursor.finish();
        return;
    };
    query.row_lock.get_or_insert(Name::new_static(strength));
    if cursor.eat("OF") {
        while let Some(name) = cursor.object_name() {
            query.row_lock_of.push(name.name.name);
            if cursor.eat_kind(TokenKind::Comma).is_none() {
                break;
            }
        }
    }
    if cursor.eat_seq(&["SKIP", "LOCKED"]) {
        query.skip_locked = true;
    } else {
        cursor.eat("NOWAIT");
    }
}
