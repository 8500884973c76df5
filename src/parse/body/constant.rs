//! Variables of PL/pgSQL that have one value throughout (manual: 41.3 Declarations): what they stand for in the rows that are written.

use crate::parse::cursor::Cursor;
use crate::parse::query::whole;
use crate::statement::{
    Assignment, Body, Command, Expr, ExprKind, InsertSource, Literal, MergeActionKind, Name, Query, Values,
};
use std::collections::{BTreeMap, BTreeSet};

/// What a body declares, and what it assigns to.
#[derive(Debug, Default)]
pub(super) struct Constants {
    /// `None`: not a constant, or declared more than once.
    declared: BTreeMap<Name, Option<Expr>>,
    assigned: BTreeSet<Name>,
}

impl Constants {
    /// Those that a body gives a value other than by `:=`: `INTO`, `FOR ... IN`, `GET DIAGNOSTICS`, arguments of `CALL`.
    pub(super) fn of(body: &Cursor<'_>) -> Self {
        let mut constants = Self::default();
        let mut ahead = body.clone();
        while !ahead.at_end() {
            match ahead.eat_any(&["INTO", "FOR", "FOREACH", "DIAGNOSTICS", "CALL"]) {
                Some(4) => {
                    ahead.object_name();
                    let arguments = ahead.clone().parens();
                    for argument in arguments.iter().flat_map(|arguments| arguments.split_commas()) {
                        let mut argument = argument;
                        constants.assigned.extend(argument.ident().map(|ident| ident.name));
                    }
                }
                Some(_) => {
                    ahead.eat("STRICT");
                    while let Some(target) = ahead.ident() {
                        constants.assigned.insert(target.name);
                        ahead.until(|cursor| {
                            cursor.is_kind(super::TokenKind::Comma)
                                || cursor.is_kind(super::TokenKind::Semicolon)
                                || cursor.is_any(&["IN", "FROM", "USING"])
                        });
                        if ahead.eat_kind(super::TokenKind::Comma).is_none() {
                            break;
                        }
                    }
                }
                None => {
                    ahead.next();
                }
            }
        }
        constants
    }

    /// `name [CONSTANT] type [NOT NULL] [DEFAULT | := | =] value`.
    pub(super) fn declare(&mut self, mut declaration: Cursor<'_>) {
        let Some(name) = declaration.ident() else { return };
        declaration.until(|cursor| cursor.is("DEFAULT") || cursor.is_op(":=") || cursor.is_op("="));
        declaration.next();
        let value = (!declaration.at_end()).then(|| whole(declaration)).filter(is_constant);
        let again = self.declared.contains_key(&name.name);
        self.declared.insert(name.name, value.filter(|_| !again));
    }

    /// `name := ...`.
    pub(super) fn assign(&mut self, name: Name) {
        self.assigned.insert(name);
    }

    /// Puts the values in the place of the variables, where a statement writes them into rows.
    pub(super) fn put_into(mut self, body: &mut Body) {
        let assigned = &self.assigned;
        self.declared.retain(|name, value| value.is_some() && !assigned.contains(name));
        if self.declared.is_empty() {
            return;
        }
        for statement in &mut body.statements {
            match &mut statement.command {
                Command::Insert(insert) => {
                    match &mut insert.source {
                        Some(InsertSource::Values(values)) => self.put_into_values(values),
                        Some(InsertSource::Query(query)) => self.put_into_query(query),
                        None => {}
                    }
                    self.put_into_assignments(&mut insert.on_conflict_set);
                }
                Command::Update(update) => self.put_into_assignments(&mut update.assignments),
                Command::Merge(merge) => {
                    for action in &mut merge.actions {
                        match &mut action.kind {
                            MergeActionKind::Insert { values: Some(values), .. } => self.put_into_values(values),
                            MergeActionKind::Update(assignments) => self.put_into_assignments(assignments),
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
    }

    fn put_into_query(&self, query: &mut Query) {
        let terms = query.terms.iter_mut().flatten();
        query.select_list.iter_mut().chain(terms).for_each(|expr| self.put(expr));
        query.lists.iter_mut().for_each(|list| self.put_into_values(&mut list.values));
    }

    fn put_into_values(&self, values: &mut Values) {
        values.cells.iter_mut().for_each(|cell| self.put(cell));
    }

    fn put_into_assignments(&self, assignments: &mut [Assignment]) {
        assignments.iter_mut().for_each(|assignment| self.put(&mut assignment.value));
    }

    fn put(&self, expr: &mut Expr) {
        if let ExprKind::Column(path) = &expr.kind
            && let [only] = path.as_slice()
            && let Some(Some(value)) = self.declared.get(&only.name)
        {
            expr.kind = value.kind.clone();
        }
    }
}

fn is_constant(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Literal(literal) => !matches!(literal, Literal::Boolean(_)),
        ExprKind::Cast(inner, _) | ExprKind::Unary(_, inner) => is_constant(inner),
        _ => false,
    }
}
