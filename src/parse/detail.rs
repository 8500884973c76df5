//! sqlparser's reading of a query that our tokens do not understand in full. It is named nowhere else in the crate.
//!
//! It never refuses anything: what it cannot parse stays as the tokens had it. Its tree is dropped at once, and only short slices
//! are handed to it: its trees are as deep as the longest chain of operators, and dropping them recurses.

use super::cursor::{Cursor, fold};
use super::lex::TokenKind;
use crate::source::Span;
use crate::statement::{ColumnUse, Expr, ExprKind, FunctionCall, Ident, Name, ObjectName, Query, RelationUse};
use sqlparser::ast;
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::Location;
use std::ops::ControlFlow;

/// The most tokens that a slice may have.
const MAX_TOKENS: usize = 2_000;
/// The most bytes that a slice may have.
const MAX_BYTES: u32 = 64 * 1024;
/// How deep sqlparser may nest.
const MAX_NESTING: usize = 100;

/// Fills in what a query reads, mentions and calls, where sqlparser understands all of it.
pub(super) fn complete(cursor: &Cursor<'_>, query: &mut Query) {
    let span = cursor.rest_span();
    let foreign = |kind| {
        matches!(kind, TokenKind::Placeholder | TokenKind::VerbatimIdent | TokenKind::Stray | TokenKind::CopyData)
    };
    let tokens = cursor.tokens();
    if tokens.len() > MAX_TOKENS
        || span.len() > MAX_BYTES
        || !query.writes.is_empty()
        || tokens.iter().any(|token| foreign(token.kind) || token.quote != 1 || !span.contains(token.span))
        || (0..tokens.len()).any(|n| ["INSERT", "DELETE", "MERGE"].iter().any(|verb| cursor.is_nth(n, verb)))
    {
        return;
    }
    let text = cursor.text(span);
    let parser = Parser::new(&PostgreSqlDialect {}).with_recursion_limit(MAX_NESTING);
    let Ok(mut parser) = parser.try_with_sql(text) else { return };
    let Ok(statements) = parser.parse_statements() else { return };
    let [statement @ ast::Statement::Query(_)] = statements.as_slice() else { return };
    let mut reading = Reading { places: Places::new(text, span.start), ..Reading::default() };
    let _: ControlFlow<()> = ast::Visit::visit(statement, &mut reading);
    let sources = reading.sources;
    let resolve = |qualifier: &Name| {
        let mut known = sources.iter().filter(|(alias, _)| alias == qualifier);
        // The same alias may mean two relations in two subqueries.
        known.next().filter(|_| known.next().is_none()).map(|(_, relation)| relation.clone())
    };
    query.columns = reading
        .columns
        .into_iter()
        .filter_map(|mut path| {
            let column = path.pop()?;
            let relation = match path.len() {
                0 => None,
                1 => resolve(&path[0].name),
                _ => path.pop().map(|name| ObjectName { schema: path.pop().map(Box::new), name }),
            };
            Some(ColumnUse { relation: relation.map(Box::new), around: None, column })
        })
        .collect();
    query.reads = reading.reads.into();
    query.calls = reading.calls.into();
    query.understood = true;
}

/// What the visitor found.
#[derive(Default)]
struct Reading<'a> {
    places: Places<'a>,
    ctes: Vec<Vec<Name>>,
    reads: Vec<RelationUse>,
    sources: Vec<(Name, ObjectName)>,
    columns: Vec<Vec<Ident>>,
    calls: Vec<FunctionCall>,
}

impl Reading<'_> {
    fn ident(&self, ident: &ast::Ident) -> Ident {
        let name = if ident.quote_style.is_some() { Name::new(&ident.value) } else { fold(&ident.value) };
        Ident { name, span: self.places.span(ident.span) }
    }

    fn object_name(&self, name: &ast::ObjectName) -> Option<ObjectName> {
        let mut parts: Vec<Ident> =
            name.0.iter().filter_map(|part| part.as_ident()).map(|part| self.ident(part)).collect();
        let name = parts.pop()?;
        Some(ObjectName { schema: parts.pop().map(Box::new), name })
    }
}

impl ast::Visitor for Reading<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &ast::Query) -> ControlFlow<()> {
        let with = query.with.iter().flat_map(|with| &with.cte_tables);
        let names = with.map(|cte| self.ident(&cte.alias.name).name).collect();
        self.ctes.push(names);
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &ast::Query) -> ControlFlow<()> {
        self.ctes.pop();
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &ast::TableFactor) -> ControlFlow<()> {
        if let ast::TableFactor::Table { name, args: Some(_), .. } | ast::TableFactor::Function { name, .. } = factor
            && let Some(name) = self.object_name(name)
        {
            self.calls.push(FunctionCall { name, arguments: Vec::new() });
        }
        if let ast::TableFactor::Table { name, alias, args: None, .. } = factor
            && let Some(name) = self.object_name(name)
        {
            let cte = name.schema.is_none() && self.ctes.iter().flatten().any(|cte| *cte == name.name.name);
            let alias = alias.as_ref().map(|alias| self.ident(&alias.name));
            if !cte {
                let called = alias.as_ref().unwrap_or(&name.name).name.clone();
                self.sources.push((called, name.clone()));
                self.reads.push(RelationUse { name, alias, only: false });
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &ast::Expr) -> ControlFlow<()> {
        match expr {
            ast::Expr::Identifier(ident) => self.columns.push(vec![self.ident(ident)]),
            ast::Expr::CompoundIdentifier(path) => {
                let path = path.iter().map(|part| self.ident(part)).collect();
                self.columns.push(path);
            }
            ast::Expr::Function(function) => {
                if let Some(name) = self.object_name(&function.name) {
                    let count = match &function.args {
                        ast::FunctionArguments::List(list) => list.args.len(),
                        ast::FunctionArguments::Subquery(_) => 1,
                        ast::FunctionArguments::None => 0,
                    };
                    let span = name.span();
                    // Which arguments they are does not matter to whoever asks for calls of a whole query.
                    let arguments = vec![Expr { span, kind: ExprKind::Unknown }; count];
                    self.calls.push(FunctionCall { name, arguments });
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

/// Byte offsets for sqlparser's lines and columns, which count characters.
#[derive(Default)]
struct Places<'a> {
    text: &'a str,
    base: u32,
    lines: Vec<usize>,
}

impl<'a> Places<'a> {
    fn new(text: &'a str, base: u32) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Self { text, base, lines: std::iter::once(0).chain(ends).collect() }
    }

    fn offset(&self, location: Location) -> u32 {
        let line = (location.line as usize).saturating_sub(1);
        let start = self.lines.get(line).copied().unwrap_or(self.text.len());
        let rest = &self.text[start..];
        let column = (location.column as usize).saturating_sub(1);
        let at = rest.char_indices().nth(column).map_or(rest.len(), |(at, _)| at);
        self.base + (start + at) as u32
    }

    fn span(&self, span: sqlparser::tokenizer::Span) -> Span {
        let start = self.offset(span.start);
        Span::new(start, self.offset(span.end).max(start))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::cursor::tests::tokens;
    use crate::parse::query;

    /// What a query reads, mentions and calls, in an order of its own; `*` is left out, which sqlparser does not call a column.
    fn lists(query: &Query) -> [Vec<String>; 3] {
        let sorted = |mut list: Vec<String>| {
            list.sort();
            list
        };
        let columns = query.columns.iter().filter(|column| column.column.name != "*");
        [
            sorted(query.reads.iter().map(|read| format!("{}@{:?}", read.name, read.name.span())).collect()),
            sorted(
                columns
                    .map(|column| {
                        let relation = column.relation.as_deref().map(ObjectName::to_string).unwrap_or_default();
                        format!("{relation}.{}@{:?}", column.column.name, column.column.span)
                    })
                    .collect(),
            ),
            sorted(query.calls.iter().map(|call| format!("{}@{:?}", call.name, call.name.span())).collect()),
        ]
    }

    #[test]
    fn both_readings_agree() {
        for text in [
            "SELECT 1",
            "SELECT a, b.c AS d FROM s.b, LATERAL (SELECT e FROM f WHERE f.g = b.h) x WHERE \"Ä\" = 'é' AND b.i IN (1, 2)",
            // What a CTE gives is a column to sqlparser's reading alone.
            "WITH x AS (SELECT a FROM t), y AS (SELECT * FROM x) SELECT count(*) FROM y JOIN u ON u.id = u.b GROUP BY 1",
            "SELECT max(a + 1) FILTER (WHERE b) OVER (PARTITION BY c ORDER BY d DESC) FROM t LEFT JOIN v USING (id) ORDER BY e LIMIT 1",
            "SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.x = t.x) UNION ALL SELECT b FROM w WHERE c BETWEEN d AND e",
            "SELECT CASE WHEN a IS NULL THEN b ELSE c::numeric(10, 2) END, x::int, d[1], e->>'f', g AT TIME ZONE 'UTC' FROM\n t",
            "SELECT * FROM generate_series(1, 10) AS g(i), pg_catalog.pg_class c WHERE c.oid = i AND NOT (h LIKE 'x%' OR j ~ k)",
            "SELECT (SELECT max(q) FROM r), coalesce(a, b), lower(s.c) FROM s WHERE s.t IS DISTINCT FROM s.u FOR UPDATE",
            "VALUES (1, lower('A')), (2, (SELECT a FROM b))",
        ] {
            let tokens = tokens(text);
            let cursor = Cursor::new(text, &tokens);
            let ours = query::query(cursor.clone());
            assert!(ours.understood, "{text}");
            let mut theirs = Query::default();
            complete(&cursor, &mut theirs);
            assert!(theirs.understood, "{text}");
            assert_eq!(lists(&ours), lists(&theirs), "{text}");
        }
    }

    #[test]
    fn what_sqlparser_must_not_see_stays_unknown() {
        let long = format!("SELECT {}", "a AND ".repeat(2_000) + "b");
        for text in ["SELECT ${x}", "SELECT 1 2 3", "WITH a AS (DELETE FROM b RETURNING c) SELECT * FROM a", &long] {
            let tokens = tokens(text);
            let mut query = Query::default();
            complete(&Cursor::new(text, &tokens), &mut query);
            assert_eq!(query, Query::default(), "{}", &text[..12]);
        }
    }
}
