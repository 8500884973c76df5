//! Queries: what they read, mention, call and give out (manual: "SELECT").
//!
//! Tokens say it. Where they do not understand all of a query, sqlparser is asked (see [`super::detail`]); where it does not either,
//! the query says so: [`Query::understood`].

mod from;
pub(crate) mod values;

use super::cursor::{Cursor, MAX_DEPTH};
use super::detail;
use super::dml::dml;
use super::expression::{expression, expressions_of_clause, is_reserved};
use super::lex::{Level, Lexer, TokenKind};
use crate::source::Span;
use crate::statement::{
    ColumnUse, Command, CompoundKind, Expr, ExprKind, Ident, Name, ObjectName, Query, RelationUse, Statement,
};
pub(crate) use from::{From, alias, from_list, target};

/// The names that a query may refer to: its own, then those of the queries around it.
#[derive(Debug, Default)]
pub(crate) struct Scope<'a> {
    /// The query around.
    pub(crate) parent: Option<&'a Scope<'a>>,
    /// Names of CTEs.
    pub(crate) ctes: Vec<Name>,
    /// What stands in `FROM`.
    pub(crate) sources: Vec<Source>,
}

/// An element of `FROM`.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// Its alias, or the relation's own name.
    pub(crate) name: Name,
    /// The relation; `None` for a CTE, a subquery, a function.
    pub(crate) relation: Option<ObjectName>,
}

impl Source {
    /// The source that a relation is.
    pub(crate) fn of(relation: &RelationUse) -> Self {
        let name = relation.alias.as_ref().unwrap_or(&relation.name.name).name.clone();
        Self { name, relation: Some(relation.name.clone()) }
    }
}

/// Whether an unqualified name is a CTE's here.
pub(crate) fn is_cte(cursor: &Cursor<'_>, name: &ObjectName) -> bool {
    if name.schema.is_some() {
        return false;
    }
    let mut scope = cursor.scope();
    while let Some(here) = scope {
        if here.ctes.contains(&name.name.name) {
            return true;
        }
        scope = here.parent;
    }
    false
}

/// The relation behind a qualifier.
fn resolve(cursor: &Cursor<'_>, qualifier: &Name) -> Option<ObjectName> {
    let mut scope = cursor.scope();
    while let Some(here) = scope {
        if let Some(source) = here.sources.iter().find(|source| source.name == *qualifier) {
            return source.relation.clone();
        }
        scope = here.parent;
    }
    None
}

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
    clauses_behind(&mut cursor, &mut query);
    query.understood &= cursor.at_end();
    query
}

/// Reads a `WITH` clause if one stands here; gives the names of its CTEs.
pub(crate) fn with_clause(cursor: &mut Cursor<'_>, query: &mut Query) -> Option<Vec<Name>> {
    if !cursor.eat("WITH") {
        return None;
    }
    let recursive = cursor.eat("RECURSIVE");
    let mut names = Vec::new();
    if recursive {
        // All of them see each other.
        let mut ahead = cursor.clone();
        while let Some((name, _)) = common_table_expression(&mut ahead) {
            names.push(name);
            if ahead.eat_kind(TokenKind::Comma).is_none() {
                break;
            }
        }
    }
    loop {
        let Some((name, inside)) = common_table_expression(cursor) else {
            query.understood = false;
            break;
        };
        let scope = Scope { parent: cursor.scope(), ctes: names.clone(), sources: Vec::new() };
        let inside = inside.with_scope(&scope);
        let span = inside.rest_span();
        match if inside.depth() > MAX_DEPTH { None } else { dml(inside) } {
            Some(Command::Query(inner)) => absorb(query, *inner),
            Some(command) => query.writes.push(Statement { span, command, guard: None }),
            None => query.understood = false,
        }
        if !recursive {
            names.push(name);
        }
        if cursor.eat_kind(TokenKind::Comma).is_none() {
            break;
        }
    }
    Some(names)
}

/// Whether the statement behind a `WITH` clause writes rows.
pub(crate) fn writes_behind_with(mut cursor: Cursor<'_>) -> bool {
    cursor.eat("WITH");
    cursor.eat("RECURSIVE");
    while common_table_expression(&mut cursor).is_some() && cursor.eat_kind(TokenKind::Comma).is_some() {}
    cursor.is_any(&["INSERT", "UPDATE", "DELETE", "MERGE"])
}

/// `name [(columns)] AS [[NOT] MATERIALIZED] (statement) [SEARCH ...] [CYCLE ...]`.
fn common_table_expression<'a>(cursor: &mut Cursor<'a>) -> Option<(Name, Cursor<'a>)> {
    let name = cursor.ident()?;
    cursor.skip_parens();
    if !cursor.eat("AS") {
        return None;
    }
    cursor.eat("NOT");
    cursor.eat("MATERIALIZED");
    let inside = cursor.parens()?;
    let idents =
        |cursor: &mut Cursor<'a>| while cursor.ident().is_some() && cursor.eat_kind(TokenKind::Comma).is_some() {};
    if cursor.eat("SEARCH") {
        let _ = cursor.eat("BREADTH") || cursor.eat("DEPTH");
        cursor.eat_seq(&["FIRST", "BY"]);
        idents(cursor);
        cursor.eat("SET");
        cursor.ident();
    }
    if cursor.eat("CYCLE") {
        idents(cursor);
        cursor.eat("SET");
        cursor.ident();
        if cursor.eat("TO") {
            expression(cursor);
            cursor.eat("DEFAULT");
            expression(cursor);
        }
        cursor.eat("USING");
        cursor.ident();
    }
    Some((name.name, inside))
}

/// Everything of one query belongs to another as well.
pub(crate) fn absorb(into: &mut Query, inner: Query) {
    into.reads.extend(inner.reads);
    into.columns.extend(inner.columns);
    into.calls.extend(inner.calls);
    into.writes.extend(inner.writes);
    into.understood &= inner.understood;
}

/// Adds what an expression mentions.
pub(crate) fn gather(query: &mut Query, expr: &Expr, cursor: &Cursor<'_>) {
    expr.walk(&mut |expr| match &expr.kind {
        ExprKind::Column(path) => query.columns.extend(column_use(cursor, path)),
        ExprKind::Wildcard if expr.span.len() > 1 => query.columns.push(wildcard(cursor, expr.span)),
        ExprKind::Call(call) => query.calls.push((**call).clone()),
        ExprKind::Subquery(inner) => absorb(query, (**inner).clone()),
        ExprKind::Unknown => query.understood = false,
        _ => {}
    });
}

fn column_use(cursor: &Cursor<'_>, path: &[Ident]) -> Option<ColumnUse> {
    let (column, qualifiers) = path.split_last()?;
    let relation = match qualifiers {
        [] => None,
        [table] => resolve(cursor, &table.name),
        [.., schema, table] => Some(ObjectName { schema: Some(schema.clone()), name: table.clone() }),
    };
    Some(ColumnUse { relation, column: column.clone() })
}

/// `*` or `t.*`.
fn wildcard(cursor: &Cursor<'_>, span: Span) -> ColumnUse {
    let column = Ident { name: Name::new_static("*"), span };
    let mut lexer = Lexer::new(cursor.source(), span, Level::Body, 1);
    let tokens: Vec<_> =
        std::iter::from_fn(|| lexer.token()).filter(|token| token.kind != TokenKind::Comment).collect();
    let name = Cursor::new(cursor.source(), &tokens).object_name();
    let relation = name.and_then(|name| match name.schema {
        Some(_) => Some(name),
        None => resolve(cursor, &name.name.name),
    });
    ColumnUse { relation, column }
}

/// Whether a clause of a query begins here, behind a select list, `FROM`, or another clause.
fn clause_begins(cursor: &Cursor<'_>) -> bool {
    let Some(word) = cursor.word() else { return false };
    let begins = match word.as_bytes().first().copied().unwrap_or_default() | 0x20 {
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
    let mut lists: Vec<Vec<Expr>> = Vec::new();
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
        while cursor.eat_any(&["TEMPORARY", "TEMP", "UNLOGGED", "LOCAL", "GLOBAL", "TABLE"]).is_some() {}
        query.into = cursor.object_name();
        query.understood &= query.into.is_some();
    }
    let mut from = From::default();
    if cursor.eat("FROM") {
        from_list(cursor, &mut from);
    }
    query.reads.append(&mut from.reads);
    query.understood &= from.understood;
    let filter = cursor.eat("WHERE").then(|| cursor.until(clause_begins));
    let mut loose = Vec::new();
    let mut groups = None;
    if cursor.eat_seq(&["GROUP", "BY"]) {
        let _ = cursor.eat("ALL") || cursor.eat("DISTINCT");
        groups = Some(cursor.until(clause_begins));
    }
    let having = cursor.eat("HAVING").then(|| cursor.until(clause_begins));
    if cursor.eat("WINDOW") {
        for window in cursor.until(clause_begins).split_commas() {
            let mut window = window;
            window.ident();
            window.eat("AS");
            loose.extend(window.parens());
        }
    }

    let scope = Scope { parent: cursor.scope(), ctes: Vec::new(), sources: from.sources };
    for deferred in from.deferred {
        deferred.read(query, &scope);
    }
    select_list(&list.with_scope(&scope), query);
    if let Some(on) = distinct_on {
        loose.insert(0, on);
    }
    if let Some(filter) = filter {
        let filter = filter.with_scope(&scope);
        let expr = whole(filter.clone());
        gather(query, &expr, &filter);
        query.filter = Some(expr);
    }
    if let Some(groups) = groups {
        gather_groups(query, &groups.with_scope(&scope));
    }
    if let Some(having) = having {
        let having = having.with_scope(&scope);
        gather(query, &whole(having.clone()), &having);
    }
    for part in loose {
        gather_clause(query, part.with_scope(&scope));
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
fn gather_clause(query: &mut Query, cursor: Cursor<'_>) {
    for expr in expressions_of_clause(cursor.clone()) {
        gather(query, &expr, &cursor);
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
            query.columns.push(wildcard(list, expr.span));
        }
        gather(query, &expr, list);
        query.outputs.push(label.or_else(|| output_name(&expr)));
        query.select_list.push(expr);
    }
}

/// The name that an output column gets without `AS` (manual: 7.3.2 Column Labels), where that is known.
fn output_name(expr: &Expr) -> Option<Name> {
    match &expr.kind {
        ExprKind::Column(path) => path.last().map(|column| column.name.clone()),
        ExprKind::Call(call) => Some(call.name.name.name.clone()),
        ExprKind::Cast(inner, ty) => output_name(inner).or_else(|| Some(ty.name.clone())),
        ExprKind::Compound(CompoundKind::Collate, parts) => output_name(parts.first()?),
        ExprKind::Compound(CompoundKind::Case, _) => Some(Name::new_static("case")),
        ExprKind::Compound(CompoundKind::Array, _) => Some(Name::new_static("array")),
        ExprKind::Compound(CompoundKind::Row, _) => Some(Name::new_static("row")),
        _ => None,
    }
}

/// `ORDER BY`, `LIMIT`, `OFFSET`, `FETCH` and `FOR`, in any order.
fn clauses_behind(cursor: &mut Cursor<'_>, query: &mut Query) {
    loop {
        if cursor.eat_seq(&["ORDER", "BY"]) {
            query.ordered = true;
            let part = cursor.until(clause_begins);
            gather_order(query, &part);
        } else if cursor.eat("LIMIT") {
            let part = cursor.until(clause_begins);
            if !part.is_seq(&["ALL"]) {
                query.limited |= !part.is("NULL");
                gather(query, &whole(part.clone()), &part);
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
                gather(query, &count, cursor);
            }
            let _ = cursor.eat("ROWS") || cursor.eat("ROW");
            query.understood &= cursor.eat("ONLY") || cursor.eat_seq(&["WITH", "TIES"]);
        } else if cursor.is("FOR") {
            row_lock(cursor, query);
        } else {
            while cursor.eat_kind(TokenKind::Placeholder).is_some() {}
            break;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::cursor::tests::tokens;

    fn read(text: &str) -> Query {
        let tokens = tokens(text);
        query(Cursor::new(text, &tokens))
    }

    fn reads(text: &str) -> Vec<String> {
        let query = read(text);
        assert!(query.understood, "{text}");
        query.reads.iter().map(|read| read.name.to_string()).collect()
    }

    fn columns(text: &str) -> Vec<String> {
        let show = |column: &ColumnUse| match &column.relation {
            Some(relation) => format!("{relation}.{}", column.column.name),
            None => column.column.name.to_string(),
        };
        read(text).columns.iter().map(show).collect()
    }

    #[test]
    fn relations_are_read_wherever_they_stand() {
        for (text, expected) in [
            ("SELECT 1", vec![]),
            ("SELECT * FROM ONLY a, s.b AS x, c y (d, e)", vec!["a", "s.b", "c"]),
            (
                "SELECT * FROM a LEFT OUTER JOIN b ON a.x = b.x JOIN c USING (y) NATURAL JOIN d CROSS JOIN e",
                vec!["a", "b", "c", "d", "e"],
            ),
            ("SELECT * FROM (a JOIN b ON true) JOIN c ON left(a.d, 1) = c.e", vec!["a", "b", "c"]),
            ("SELECT * FROM a JOIN (SELECT * FROM b) x ON EXISTS (SELECT FROM c)", vec!["a", "b", "c"]),
            ("SELECT * FROM ((SELECT 1 FROM a)) x", vec!["a"]),
            ("SELECT (SELECT 1 FROM a) FROM b WHERE c IN (SELECT d FROM e)", vec!["b", "a", "e"]),
            ("SELECT 1 FROM a UNION ALL (SELECT 2 FROM b ORDER BY 1) EXCEPT TABLE c", vec!["a", "b", "c"]),
            ("SELECT * FROM a TABLESAMPLE system (1) REPEATABLE (2), f(1) WITH ORDINALITY AS g (h, i)", vec!["a"]),
            ("SELECT * FROM ROWS FROM (f(1) AS (a int), g(2)) x, json_to_recordset('[]') AS y (a int, b text)", vec![]),
            ("SELECT * FROM json_table('{}', '$' COLUMNS (a int PATH '$.a' DEFAULT 1 ON EMPTY)) j", vec![]),
            ("SELECT extract(year FROM a), substring(b FROM 1 FOR 2), c IS DISTINCT FROM d FROM e", vec!["e"]),
            ("SELECT a AS from, b.group FROM b", vec!["b"]),
            (
                "SELECT a FROM b GROUP BY GROUPING SETS ((a), ()), ROLLUP (c) HAVING (SELECT true FROM d)",
                vec!["b", "d"],
            ),
            ("SELECT 1 FROM ${schema}.a, {{ b }} c", vec!["${schema}.a", "{{ b }}"]),
            ("TABLE s.a", vec!["s.a"]),
            ("VALUES (1, (SELECT 1 FROM a))", vec!["a"]),
        ] {
            assert_eq!(reads(text), expected, "{text}");
        }
    }

    #[test]
    fn ctes_hide_relations_only_where_they_are_known() {
        for (text, expected) in [
            ("WITH a AS (SELECT 1 FROM b) SELECT * FROM a, s.a", vec!["b", "s.a"]),
            ("WITH a AS (SELECT * FROM a) SELECT * FROM a", vec!["a"]),
            ("WITH RECURSIVE a AS (SELECT 1 FROM c UNION SELECT * FROM a) SELECT * FROM a", vec!["c"]),
            ("WITH a AS (SELECT * FROM b), b AS (SELECT * FROM a) SELECT * FROM b", vec!["b"]),
            ("WITH RECURSIVE a AS (SELECT * FROM b), b AS (SELECT 1 FROM c) SELECT * FROM a", vec!["c"]),
            ("SELECT * FROM (WITH a AS (SELECT 1) SELECT * FROM a) x, a", vec!["a"]),
            ("WITH a AS MATERIALIZED (SELECT 1) SELECT * FROM b WHERE c IN (SELECT d FROM a)", vec!["b"]),
            (
                "WITH RECURSIVE t (n) AS (SELECT n FROM u) SEARCH DEPTH FIRST BY n, m SET o CYCLE n SET p TO true DEFAULT false USING q, v AS (SELECT 1) SELECT * FROM t, v",
                vec!["u"],
            ),
        ] {
            assert_eq!(reads(text), expected, "{text}");
        }
    }

    #[test]
    fn columns_are_resolved_by_alias() {
        assert_eq!(
            columns("SELECT x.b, c, s.a.d, x.* FROM s.a AS x WHERE x.e = 1"),
            ["s.a.b", "c", "s.a.d", "s.a.*", "s.a.e"]
        );
        // An alias hides the relation's own name.
        assert_eq!(columns("SELECT a.b FROM a x"), ["b"]);
        assert_eq!(
            columns("SELECT (SELECT o.id FROM p WHERE p.x = o.y) FROM orders o"),
            ["orders.id", "p.x", "orders.y"]
        );
        assert_eq!(columns("SELECT l.a FROM t, LATERAL (SELECT t.b AS a) l"), ["t.b", "a"]);
        assert_eq!(columns("WITH c AS (SELECT 1 AS a) SELECT c.a FROM c"), ["a"]);
        assert_eq!(columns("SELECT count(*) FROM t ORDER BY t.z"), ["t.z"]);
    }

    #[test]
    fn outputs_are_named_as_the_server_names_them() {
        let outputs = |text: &str| {
            read(text).outputs.iter().map(|name| name.as_deref().unwrap_or("?").to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(
            outputs("SELECT a, b.c, d AS e, f g, count(*), h::int, 1::text, CASE WHEN i THEN 1 END, 1 + 1, * FROM t"),
            ["a", "c", "e", "g", "count", "h", "text", "case", "?", "?"]
        );
        assert_eq!(outputs("SELECT a FROM t UNION SELECT b FROM u"), ["a"]);
        assert_eq!(outputs("VALUES (1, 2), (3, 4)"), ["column1", "column2"]);
    }

    #[test]
    fn a_single_select_has_its_parts() {
        let text = "SELECT a, f(b) FROM t WHERE c > 1 ORDER BY d LIMIT 10 FOR NO KEY UPDATE OF t SKIP LOCKED";
        let query = read(text);
        assert_eq!(query.select_list.len(), 2);
        assert_eq!(query.filter.as_ref().map(|filter| &text[filter.span.range()]), Some("c > 1"));
        assert!(query.ordered && query.limited && query.skip_locked && query.understood);
        assert_eq!(query.row_lock.as_deref(), Some("NO KEY UPDATE"));
        assert_eq!(query.calls.len(), 1);
        assert_eq!(&text[query.span.range()], text);

        let union = read("SELECT a FROM t WHERE b UNION SELECT c FROM u");
        assert!(union.filter.is_none() && union.select_list.is_empty());
        assert!(!read("SELECT a FROM t LIMIT ALL").limited);
        assert!(read("SELECT a FROM t OFFSET 1 ROWS FETCH FIRST 2 ROWS WITH TIES").limited);
        let into = read("SELECT a INTO TEMP TABLE s.x FROM t");
        assert_eq!(into.into.map(|name| name.to_string()).as_deref(), Some("s.x"));
    }

    #[test]
    fn data_modifying_ctes_are_statements() {
        let text = "WITH d AS (DELETE FROM a WHERE b RETURNING c), u AS (UPDATE e SET f = 1) SELECT * FROM d";
        let query = read(text);
        let writes: Vec<&str> = query.writes.iter().map(|statement| &text[statement.span.range()]).collect();
        assert_eq!(writes, ["DELETE FROM a WHERE b RETURNING c", "UPDATE e SET f = 1"]);
        assert!(matches!(query.writes[0].command, Command::Delete(_)));
        assert_eq!(query.reads, []);
    }

    #[test]
    fn cells_have_their_places() {
        let text = "VALUES (1, 'a', NULL), (-2, E'b', now()), (:x, DEFAULT, '1'::int)";
        let query = read(text);
        let values = query.values.expect("rows");
        assert_eq!(values.row_ends, [3, 6, 9]);
        let cells: Vec<&str> = values.cells.iter().map(|cell| &text[cell.span.range()]).collect();
        assert_eq!(cells, ["1", "'a'", "NULL", "-2", "E'b'", "now()", ":x", "DEFAULT", "'1'::int"]);
        assert_eq!(query.calls.len(), 1);
    }

    #[test]
    fn what_is_left_over_is_said() {
        for text in [
            "SELECT 1 2",
            "SELECT FROM",
            "SELECT a FROM b WHERE",
            "SELECT a FROM b c d",
            "SELECT 1 FROM t LIMIT 1 nonsense",
        ] {
            assert!(!read(text).understood, "{text}");
        }
        let placeholder = read("SELECT a FROM b WHERE c = 1 {{ more }}");
        assert_eq!(placeholder.reads.len(), 1);
    }
}
