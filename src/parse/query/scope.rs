//! The names that a query may refer to, and what its expressions refer to by them.

use super::{absorb_within, add};
use crate::parse::cursor::Cursor;
use crate::parse::lex::{Level, Lexer, TokenKind};
use crate::source::Span;
use crate::statement::{ColumnUse, Expr, ExprKind, Ident, ListedValues, Name, ObjectName, Query, RelationUse};
use std::rc::Rc;

/// The names that a query may refer to: its own, then those of the queries around it.
#[derive(Debug, Default)]
pub(crate) struct Scope<'a> {
    /// The query around.
    pub(crate) parent: Option<&'a Scope<'a>>,
    /// CTEs.
    pub(crate) ctes: Vec<Cte>,
    /// What stands in `FROM`.
    pub(crate) sources: Vec<Source>,
}

/// A common table expression.
#[derive(Clone, Debug)]
pub(crate) struct Cte {
    pub(crate) name: Name,
    /// Its rows, where they are constant.
    pub(crate) rows: Option<Rc<ListedValues>>,
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
    /// A function or a subquery without an alias: nothing can be qualified by it, but `*` is of it, too.
    pub(super) fn nameless() -> Self {
        Self { name: Name::default(), relation: None }
    }

    /// The source that a relation is.
    pub(crate) fn of(relation: &RelationUse) -> Self {
        let name = relation.alias.as_ref().unwrap_or(&relation.name.name).name.clone();
        Self { name, relation: Some(relation.name.clone()) }
    }
}

/// Whether an unqualified name is a CTE's here.
pub(crate) fn is_cte(cursor: &Cursor<'_>, name: &ObjectName) -> bool {
    cte(cursor, name).is_some()
}

/// The rows of the CTE that a name means here, where they are constant.
pub(super) fn constant_cte(cursor: &Cursor<'_>, name: &ObjectName) -> Option<ListedValues> {
    cte(cursor, name)?.rows.as_deref().cloned()
}

fn cte<'a>(cursor: &Cursor<'a>, name: &ObjectName) -> Option<&'a Cte> {
    if name.schema.is_some() {
        return None;
    }
    let mut scope = cursor.scope();
    while let Some(here) = scope {
        // Of two that are called alike, which the server refuses, either will do.
        if let Some(cte) = here.ctes.iter().find(|cte| cte.name == name.name.name) {
            return Some(cte);
        }
        scope = here.parent;
    }
    None
}

/// What stands behind a qualifier.
enum Qualified {
    Relation(ObjectName),
    /// A CTE, a subquery or a function of `FROM`: what it reads is listed where it stands.
    Derived,
    /// Nothing in the query: a variable, or a table of the statement around.
    Unknown,
}

fn resolve(cursor: &Cursor<'_>, qualifier: &Name) -> Qualified {
    let mut scope = cursor.scope();
    while let Some(here) = scope {
        if let Some(source) = here.sources.iter().find(|source| source.name == *qualifier) {
            return source.relation.clone().map_or(Qualified::Derived, Qualified::Relation);
        }
        scope = here.parent;
    }
    Qualified::Unknown
}

/// Adds what an expression mentions.
pub(crate) fn gather(query: &mut Query, expr: &Expr, cursor: &Cursor<'_>) {
    expr.walk(&mut |expr| match &expr.kind {
        ExprKind::Column(path) => {
            if let Some(used) = column_use(cursor, path) {
                add(&mut query.columns, used);
            }
        }
        ExprKind::Wildcard if expr.span.len() > 1 => query.columns.extend(wildcard(cursor, expr.span)),
        ExprKind::Call(call) => add(&mut query.calls, (**call).clone()),
        ExprKind::Subquery(inner) => absorb_within(query, inner),
        ExprKind::Unknown => query.understood = false,
        _ => {}
    });
}

fn column_use(cursor: &Cursor<'_>, path: &[Ident]) -> Option<ColumnUse> {
    let (column, qualifiers) = path.split_last()?;
    let mut around = None;
    let relation = match qualifiers {
        [] => None,
        [table] => match resolve(cursor, &table.name) {
            Qualified::Relation(relation) => Some(relation),
            Qualified::Derived => return None,
            Qualified::Unknown => {
                around = Some(Box::new(table.name.clone()));
                None
            }
        },
        [.., schema, table] => Some(ObjectName { schema: Some(Box::new(schema.clone())), name: table.clone() }),
    };
    Some(ColumnUse { relation: relation.map(Box::new), around, column: column.clone() })
}

/// `t.*`.
fn wildcard(cursor: &Cursor<'_>, span: Span) -> Option<ColumnUse> {
    let mut lexer = Lexer::new(cursor.source(), span, Level::Body, 1);
    let tokens: Vec<_> =
        std::iter::from_fn(|| lexer.token()).filter(|token| token.kind != TokenKind::Comment).collect();
    let name = Cursor::new(cursor.source(), &tokens).object_name();
    let relation = match name {
        Some(name) if name.schema.is_none() => match resolve(cursor, &name.name.name) {
            Qualified::Relation(relation) => Some(relation),
            Qualified::Derived => return None,
            Qualified::Unknown => None,
        },
        name => name,
    };
    Some(ColumnUse { relation: relation.map(Box::new), around: None, column: all(span) })
}

/// `*`: all columns of what stands in `FROM`, but for those that a subquery there gives out.
pub(super) fn wildcards(cursor: &Cursor<'_>, span: Span) -> Vec<ColumnUse> {
    let sources = cursor.scope().map(|scope| scope.sources.as_slice()).unwrap_or_default();
    if sources.is_empty() {
        return vec![ColumnUse { relation: None, around: None, column: all(span) }];
    }
    let relations = sources.iter().filter_map(|source| source.relation.clone());
    relations
        .map(|relation| ColumnUse { relation: Some(Box::new(relation)), around: None, column: all(span) })
        .collect()
}

fn all(span: Span) -> Ident {
    Ident { name: Name::new_static("*"), span }
}
