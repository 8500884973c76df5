//! `FROM`: relations, joins, subqueries and functions (manual: 7.2.1 The FROM Clause).

use super::scope::constant_cte;
use super::{Scope, Source, absorb, add, clause_begins, gather, is_cte, query, whole};
use crate::parse::cursor::{Cursor, MAX_DEPTH};
use crate::parse::expression::{BARE_FUNCTIONS, expressions_of_clause, is_reserved};
use crate::parse::lex::{KeywordSet, TokenKind};
use crate::statement::{Ident, List, ListedValues, Name, Query, RelationUse, Values};

/// What a `FROM` holds.
#[derive(Debug)]
pub(crate) struct From<'a> {
    /// Its elements, for the names of columns.
    pub(crate) sources: Vec<Source>,
    /// The relations among them that are no CTEs.
    pub(crate) reads: List<RelationUse>,
    /// Its expressions and subqueries: they can refer to elements that follow later in the text.
    pub(crate) deferred: Vec<Deferred<'a>>,
    /// Whether all of it was understood.
    pub(crate) understood: bool,
}

impl Default for From<'_> {
    fn default() -> Self {
        Self { sources: Vec::new(), reads: List::new(), deferred: Vec::new(), understood: true }
    }
}

/// A part of `FROM` that is read when all its elements are known.
#[derive(Debug)]
pub(crate) enum Deferred<'a> {
    /// A subquery, with its alias and the names of its columns.
    Query(Cursor<'a>, Option<Name>, Vec<Name>),
    /// `(VALUES ...)`, with its alias and the names of its columns.
    Values(Cursor<'a>, Option<Name>, Vec<Name>),
    /// A CTE that gives constant rows.
    Listed(ListedValues),
    /// A condition of a join, a function call.
    Expr(Cursor<'a>),
    /// Arguments among keywords.
    Clause(Cursor<'a>),
}

impl Deferred<'_> {
    /// Reads it, the scope being that of the query.
    pub(crate) fn read(self, into: &mut Query, scope: &Scope<'_>) {
        match self {
            Self::Query(cursor, alias, columns) => {
                let inner = query(cursor.with_scope(scope));
                into.lists.extend(constant_rows(&inner, alias, columns));
                absorb(into, inner);
            }
            Self::Listed(list) => into.lists.push(list),
            Self::Values(cursor, alias, columns) => {
                let mut inner = query(cursor.with_scope(scope));
                if let Some(values) = inner.values.take() {
                    let columns = if columns.is_empty() {
                        inner.outputs.drain(..).map(Option::unwrap_or_default).collect()
                    } else {
                        columns
                    };
                    into.lists.push(ListedValues { alias, columns, values });
                }
                absorb(into, inner);
            }
            Self::Expr(cursor) => {
                let cursor = cursor.with_scope(scope);
                gather(into, &whole(cursor.clone()), &cursor);
            }
            Self::Clause(cursor) => {
                let cursor = cursor.with_scope(scope);
                for expr in expressions_of_clause(cursor.clone()) {
                    gather(into, &expr, &cursor);
                }
            }
        }
    }
}

/// How many constants of a subquery or CTE are kept, beside the text that has them: a CTE may be used many times.
const CONSTANTS: usize = 4_096;

/// The rows that a query gives which reads nothing: `VALUES (1), (2)`, `SELECT 1 AS a UNION ALL SELECT 2`.
pub(super) fn constant_rows(query: &Query, alias: Option<Name>, columns: Vec<Name>) -> Option<ListedValues> {
    let reads = !query.reads.is_empty() || !query.lists.is_empty() || !query.writes.is_empty();
    if reads || query.narrowed || query.limited || !query.understood {
        return None;
    }
    let columns = if columns.is_empty() {
        query.outputs.iter().map(|name| name.clone().unwrap_or_default()).collect()
    } else {
        columns
    };
    let mut values = Values::default();
    query.for_each_row(&mut |row| {
        values.cells.extend((0..columns.len()).map_while(row).cloned());
        values.row_ends.push(u32::try_from(values.cells.len()).unwrap_or(u32::MAX));
    });
    // Rows of different lengths are none to the server.
    let whole = values.rows().all(|row| row.len() == columns.len());
    (whole && !columns.is_empty() && values.cells.len() <= CONSTANTS).then_some(ListedValues { alias, columns, values })
}

/// Reads the elements behind `FROM`, or behind `USING` of a `DELETE`.
pub(crate) fn from_list<'a>(cursor: &mut Cursor<'a>, from: &mut From<'a>) {
    loop {
        joined(cursor, from);
        if cursor.eat_kind(TokenKind::Comma).is_none() {
            break;
        }
    }
}

/// One element with everything that is joined to it.
fn joined<'a>(cursor: &mut Cursor<'a>, from: &mut From<'a>) {
    element(cursor, from);
    loop {
        if eat_join(cursor) {
            element(cursor, from);
        } else if cursor.eat("ON") {
            let condition = cursor.until(ends_condition);
            from.deferred.push(Deferred::Expr(condition));
        } else if cursor.is("USING") && cursor.is_kind_nth(1, TokenKind::LParen) {
            cursor.next();
            cursor.skip_parens();
            if cursor.eat("AS") {
                cursor.ident();
            }
        } else {
            break;
        }
    }
}

fn is_join(cursor: &Cursor<'_>) -> bool {
    let outer = |n: usize| cursor.is_nth(n, "JOIN") || (cursor.is_nth(n, "OUTER") && cursor.is_nth(n + 1, "JOIN"));
    match cursor.word() {
        None => false,
        Some(_) => {
            cursor.is("JOIN")
                || (cursor.is_any(&["INNER", "CROSS"]) && cursor.is_nth(1, "JOIN"))
                || (cursor.is_any(&["LEFT", "RIGHT", "FULL"]) && outer(1))
                || (cursor.is("NATURAL")
                    && (cursor.is_nth(1, "JOIN")
                        || (["INNER", "LEFT", "RIGHT", "FULL"].iter().any(|word| cursor.is_nth(1, word)) && outer(2))))
        }
    }
}

fn eat_join(cursor: &mut Cursor<'_>) -> bool {
    if !is_join(cursor) {
        return false;
    }
    while !cursor.eat("JOIN") {
        cursor.next();
    }
    true
}

fn ends_condition(cursor: &Cursor<'_>) -> bool {
    cursor.is_kind(TokenKind::Comma) || cursor.is("ON") || is_join(cursor) || clause_begins(cursor)
}

fn element<'a>(cursor: &mut Cursor<'a>, from: &mut From<'a>) {
    let lateral = cursor.eat("LATERAL");
    if cursor.is_kind(TokenKind::LParen) {
        let Some(mut inside) = cursor.parens() else { return };
        if inside.depth() > MAX_DEPTH {
            from.understood = false;
        } else if inside.is("VALUES") {
            let (alias, columns) = subquery_alias(cursor, from);
            from.deferred.push(Deferred::Values(inside, alias, columns));
            return;
        } else if super::is_query(&inside) || is_wrapped_query(&inside) {
            let (alias, columns) = subquery_alias(cursor, from);
            from.deferred.push(Deferred::Query(inside, alias, columns));
            return;
        } else {
            joined(&mut inside, from);
            from.understood &= inside.at_end();
        }
        named(cursor, from);
    } else if cursor.is_seq(&["ROWS", "FROM"]) && cursor.is_kind_nth(2, TokenKind::LParen) {
        cursor.next();
        cursor.next();
        if let Some(inside) = cursor.parens() {
            from.deferred.push(Deferred::Clause(inside));
        }
        function_alias(cursor, from);
    } else if is_call(cursor) {
        let start = cursor.position();
        let table = cursor.is("JSON_TABLE") || cursor.is("XMLTABLE");
        cursor.object_name();
        if table {
            // The rest defines columns.
            if let Some(mut inside) = cursor.parens() {
                let arguments = inside.until(|cursor| cursor.is("COLUMNS"));
                from.deferred.push(Deferred::Clause(arguments));
                column_expressions(inside, from);
            }
        } else {
            cursor.skip_parens();
            from.deferred.push(Deferred::Expr(cursor.between(start, cursor.position())));
        }
        function_alias(cursor, from);
    } else if cursor.is_seq(&["COLLATION", "FOR"]) && cursor.is_kind_nth(2, TokenKind::LParen) {
        let start = cursor.position();
        cursor.next();
        cursor.next();
        cursor.skip_parens();
        from.deferred.push(Deferred::Expr(cursor.between(start, cursor.position())));
        function_alias(cursor, from);
    } else if BARE_FUNCTIONS.has(cursor.keyword()) && !cursor.is_kind_nth(1, TokenKind::Dot) {
        cursor.next();
        function_alias(cursor, from);
    } else {
        if lateral {
            from.understood = false;
        }
        // Nothing stands where a table has to.
        from.understood &= !clause_begins(cursor);
        relation(cursor, from);
    }
}

/// `COLUMNS name type PATH x DEFAULT y` of an `XMLTABLE`: its paths and defaults are expressions.
fn column_expressions<'a>(mut columns: Cursor<'a>, from: &mut From<'a>) {
    columns.eat("COLUMNS");
    for mut column in columns.split_commas() {
        while !column.at_end() {
            column.until(|cursor| cursor.is("PATH") || cursor.is("DEFAULT"));
            if column.eat_any(&["PATH", "DEFAULT"]).is_some() {
                let expr = column.until(|cursor| cursor.is_any(&["PATH", "DEFAULT", "NOT", "NULL"]));
                from.deferred.push(Deferred::Clause(expr));
            }
        }
    }
}

/// `((SELECT ...))` as an element.
fn is_wrapped_query(cursor: &Cursor<'_>) -> bool {
    if !cursor.is_kind(TokenKind::LParen) {
        return false;
    }
    let first = cursor.tokens().iter().position(|token| token.kind != TokenKind::LParen).unwrap_or_default();
    let mut after = cursor.clone();
    after.skip_parens();
    after.at_end() && ["SELECT", "WITH", "VALUES"].iter().any(|word| cursor.is_nth(first, word))
}

fn is_call(cursor: &Cursor<'_>) -> bool {
    if cursor.is("ONLY") {
        return false;
    }
    let mut ahead = cursor.clone();
    ahead.object_name().is_some() && ahead.is_kind(TokenKind::LParen)
}

/// `[ONLY] name [*] [[AS] alias [(columns)]] [TABLESAMPLE ...]`.
pub(super) fn relation<'a>(cursor: &mut Cursor<'a>, from: &mut From<'a>) {
    let Some(mut used) = target(cursor) else {
        from.understood = false;
        return;
    };
    used.alias = alias(cursor);
    if used.alias.is_some() {
        cursor.skip_parens();
    }
    if let Some(list) = constant_cte(cursor, &used.name) {
        let alias = Some(used.alias.as_ref().unwrap_or(&used.name.name).name.clone());
        from.deferred.push(Deferred::Listed(ListedValues { alias, ..list }));
    }
    if cursor.eat("TABLESAMPLE") {
        cursor.object_name();
        from.deferred.extend(cursor.parens().map(Deferred::Clause));
        if cursor.eat("REPEATABLE") {
            from.deferred.extend(cursor.parens().map(Deferred::Clause));
        }
    }
    let mut source = Source::of(&used);
    if is_cte(cursor, &used.name) {
        source.relation = None;
    } else {
        add(&mut from.reads, used);
    }
    from.sources.push(source);
}

/// `[ONLY] name [*]`, `ONLY (name)`.
pub(crate) fn target(cursor: &mut Cursor<'_>) -> Option<RelationUse> {
    let only = cursor.eat("ONLY");
    if cursor.word().is_some_and(is_reserved) && !cursor.is_kind_nth(1, TokenKind::Dot) {
        return None;
    }
    let name = if only && cursor.is_kind(TokenKind::LParen) {
        let mut inside = cursor.parens()?;
        inside.object_name()?
    } else {
        cursor.object_name()?
    };
    cursor.eat_op("*");
    Some(RelationUse { name, alias: None, only })
}

/// `[AS] alias`, where a word that begins the next clause is none.
pub(crate) fn alias(cursor: &mut Cursor<'_>) -> Option<Ident> {
    const CLAUSES: KeywordSet = KeywordSet::of(&[
        "CROSS",
        "FULL",
        "INNER",
        "JOIN",
        "LEFT",
        "NATURAL",
        "OUTER",
        "RIGHT",
        "SET",
        "TABLESAMPLE",
        "VALUES",
        "OVERRIDING",
        "DO",
        "USING",
        "ON",
        "WHERE",
        "RETURNING",
        "LOOP",
    ]);
    if cursor.eat("AS") {
        return cursor.ident();
    }
    let usable = match cursor.kind()? {
        TokenKind::Word => cursor.word().is_some_and(|word| !is_reserved(word)) && !cursor.is_in(&CLAUSES),
        TokenKind::QuotedIdent => true,
        // A placeholder behind a relation stands for a clause more often than for an alias; it changes nothing either way.
        _ => false,
    };
    if usable { cursor.ident() } else { None }
}

/// `(a, b)`, if it stands here.
pub(super) fn column_names(cursor: &mut Cursor<'_>) -> Vec<Name> {
    let mut columns = Vec::new();
    if cursor.is_kind(TokenKind::LParen)
        && let Some(mut inside) = cursor.parens()
    {
        while let Some(column) = inside.ident() {
            columns.push(column.name);
            if inside.eat_kind(TokenKind::Comma).is_none() {
                break;
            }
        }
    }
    columns
}

/// The alias of a subquery or a join, with names of columns.
fn named(cursor: &mut Cursor<'_>, from: &mut From<'_>) -> (Option<Name>, Vec<Name>) {
    let Some(alias) = alias(cursor) else {
        return (None, Vec::new());
    };
    let columns = column_names(cursor);
    from.sources.push(Source { name: alias.name.clone(), relation: None });
    (Some(alias.name), columns)
}

/// The alias of a subquery, which it may go without from 16 on.
fn subquery_alias(cursor: &mut Cursor<'_>, from: &mut From<'_>) -> (Option<Name>, Vec<Name>) {
    let (alias, columns) = named(cursor, from);
    if alias.is_none() {
        from.sources.push(Source::nameless());
    }
    (alias, columns)
}

/// `[WITH ORDINALITY] [[AS] alias [(columns)]]`, `AS (definitions)`.
fn function_alias(cursor: &mut Cursor<'_>, from: &mut From<'_>) {
    cursor.eat_seq(&["WITH", "ORDINALITY"]);
    if cursor.is("AS") && cursor.is_kind_nth(1, TokenKind::LParen) {
        cursor.next();
        cursor.skip_parens();
        from.sources.push(Source::nameless());
    } else if named(cursor, from).0.is_none() {
        from.sources.push(Source::nameless());
    }
}
