//! Which columns a query means: an unqualified name belongs to the innermost subquery whose relations have it.

use super::Change;
use crate::catalog::{Catalog, Relation, RelationBody, RelationId, SearchPath};
use crate::source::Span;
use crate::statement::{ColumnUse, Expr, ExprKind, Name, Query};
use std::collections::BTreeMap;

/// A query's subqueries, as far as they stand in expressions, with the relations that each reads by itself.
pub(super) struct Scopes<'c> {
    catalog: &'c Catalog,
    path: &'c SearchPath,
    /// By start, outer before inner.
    scopes: Vec<Scope>,
    /// By scope; `None` is the query itself.
    reads: BTreeMap<Option<usize>, Vec<&'c Relation>>,
}

struct Scope {
    span: Span,
    parent: Option<usize>,
}

impl Change<'_> {
    pub(super) fn scopes(&self, query: &Query) -> Scopes<'_> {
        let mut spans = Vec::new();
        subqueries(query, &mut spans);
        spans.sort_unstable_by_key(|span| (span.start, std::cmp::Reverse(span.end)));
        spans.dedup();
        let mut scopes: Vec<Scope> = Vec::with_capacity(spans.len());
        for span in spans {
            let mut parent = scopes.len().checked_sub(1);
            while let Some(scope) = parent.and_then(|at| scopes.get(at)).filter(|scope| !scope.span.contains(span)) {
                parent = scope.parent;
            }
            scopes.push(Scope { span, parent });
        }
        let (catalog, path) = (&*self.catalog, self.moment.search_path);
        let mut found = Scopes { catalog, path, scopes, reads: BTreeMap::new() };
        for read in &query.reads {
            let relation = catalog.resolve(&read.name, path).and_then(|id| catalog.relation(id));
            if let Some(relation) = relation {
                let reads = found.reads.entry(found.innermost(read.name.span())).or_default();
                if !reads.iter().any(|other| other.id == relation.id) {
                    reads.push(relation);
                }
            }
        }
        found
    }
}

impl<'c> Scopes<'c> {
    /// The innermost subquery around a place.
    fn innermost(&self, place: Span) -> Option<usize> {
        let mut at = self.scopes.partition_point(|scope| scope.span.start <= place.start).checked_sub(1);
        while let Some(scope) = at.and_then(|at| self.scopes.get(at)).filter(|scope| !scope.span.contains(place)) {
            at = scope.parent;
        }
        at
    }

    /// The relations that the query reads itself, not in a subquery.
    pub(super) fn outer(&self) -> &[&'c Relation] {
        self.reads.get(&None).map(Vec::as_slice).unwrap_or_default()
    }

    /// The columns that a use means: one, or all for `*`. Empty where it cannot be told.
    pub(super) fn resolve(&self, used: &ColumnUse) -> Vec<(RelationId, Name)> {
        let name = &used.column.name;
        if let Some(relation) = &used.relation {
            let relation = self.catalog.resolve(relation, self.path).and_then(|id| self.catalog.relation(id));
            return match relation {
                Some(relation) if name == "*" => all_columns(relation),
                Some(relation) if has_column(relation, name) != Some(false) => vec![(relation.id, name.clone())],
                _ => Vec::new(),
            };
        }
        let mut scope = self.innermost(used.column.span);
        let mut possible: Vec<&Relation> = Vec::new();
        loop {
            let reads = self.reads.get(&scope).map(Vec::as_slice).unwrap_or_default();
            if name == "*" {
                return reads.iter().flat_map(|relation| all_columns(relation)).collect();
            }
            let certain = reads.iter().filter(|relation| has_column(relation, name) == Some(true));
            let certain: Vec<_> = certain.map(|relation| (relation.id, name.clone())).collect();
            if !certain.is_empty() {
                // Several have it where they are joined by it, or stand in the subqueries of FROM.
                return certain;
            }
            possible.extend(reads.iter().filter(|relation| has_column(relation, name).is_none()));
            let Some(at) = scope else {
                break;
            };
            scope = self.scopes.get(at).and_then(|scope| scope.parent);
        }
        match possible.as_slice() {
            [one] => vec![(one.id, name.clone())],
            _ => Vec::new(),
        }
    }
}

/// The subqueries in a query's expressions, at any depth.
fn subqueries(query: &Query, spans: &mut Vec<Span>) {
    let mut pending = vec![query];
    while let Some(query) = pending.pop() {
        for inner in query.select_list.iter().chain(query.filter.as_deref()).flat_map(inner_queries) {
            spans.push(inner.span);
            pending.push(inner);
        }
    }
}

fn inner_queries(expr: &Expr) -> Vec<&Query> {
    let mut queries = Vec::new();
    expr.walk(&mut |part| {
        if let ExprKind::Subquery(query) = &part.kind {
            queries.push(query.as_ref());
        }
    });
    queries
}

/// Whether a relation has a column; `None` where not all its columns are known.
pub(super) fn has_column(relation: &Relation, name: &str) -> Option<bool> {
    let (found, complete) = match &relation.body {
        RelationBody::Table(table) => (table.column(name).is_some(), table.complete),
        RelationBody::View(view) => (view.outputs.iter().any(|output| output == name), !view.outputs.is_empty()),
        RelationBody::Composite(_) | RelationBody::Sequence(_) | RelationBody::Index(_) => (false, true),
        RelationBody::Unknown => (false, false),
    };
    if found || complete { Some(found) } else { None }
}

/// All columns of a relation; `*` stands for those that are not known.
fn all_columns(relation: &Relation) -> Vec<(RelationId, Name)> {
    let names: Vec<Name> = match &relation.body {
        RelationBody::Table(table) if table.complete => table.columns.iter().map(|it| it.name.clone()).collect(),
        RelationBody::View(view) if !view.outputs.is_empty() => view.outputs.clone(),
        _ => vec![Name::new_static("*")],
    };
    names.into_iter().map(|name| (relation.id, name)).collect()
}
