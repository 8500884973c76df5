//! Where values go: rows and columns that a statement copies into other tables and columns.

use super::Change;
use super::dml::is_aggregate;
use crate::catalog::{Copied, RelationId};
use crate::statement::{Expr, ExprKind, Ident, Name, Query, RelationUse, Update};

/// A value's way: from a column of a table into a column.
struct Way {
    from: (RelationId, Name),
    to: Name,
    plain: bool,
}

impl Change<'_> {
    /// All rows of one table go into another, with what is taken of their columns.
    pub(super) fn copy_rows(&mut self, to: RelationId, query: &Query) {
        let [read] = query.reads.as_slice() else { return };
        let plain =
            !query.narrowed && query.limits.is_empty() && query.calls.iter().all(|call| !is_aggregate(&call.name));
        let takes_columns = query.columns.iter().any(|used| used.column.name != "*") || !query.select_list.is_empty();
        let from = self.find(&read.name).filter(|from| *from != to && plain && takes_columns && query.understood);
        if let (Some(from), Some(to)) = (from, self.catalog.relation(to).map(|to| to.display_name())) {
            let origin = self.origin();
            self.catalog.copied.insert((from, None), Copied { to, origin, plain: true });
        }
    }

    /// Columns whose values an `INSERT ... SELECT` puts into another table, as they are or converted.
    pub(super) fn copy_selected(&mut self, to: RelationId, columns: &[Ident], query: &Query) {
        let Some((target, table)) = self.catalog.table(to) else {
            return;
        };
        let mut ways = Vec::new();
        for (at, value) in query.select_list.iter().enumerate() {
            let into = match columns {
                [] if table.complete => table.columns.get(at).map(|column| &column.name),
                columns => columns.get(at).map(|column| &column.name),
            };
            let Some(into) = into else {
                break;
            };
            let into = smol_str::format_smolstr!("{}.{into}", target.display_name());
            for from in self.sources(value, &query.reads).into_iter().filter(|(from, _)| *from != to) {
                ways.push(Way { from, to: into.clone(), plain: is_plain(value) });
            }
        }
        self.remember_copies(ways);
    }

    /// Columns whose values an UPDATE puts into others, as they are or converted, and those by whose values it finds the row of another
    /// table to refer to.
    pub(super) fn copy_columns(&mut self, id: RelationId, update: &Update) {
        let Some(target) = self.catalog.relation(id) else {
            return;
        };
        let own = std::slice::from_ref(&update.table);
        let around: Vec<RelationUse> = own.iter().chain(update.from.iter()).cloned().collect();
        let mut ways = Vec::new();
        for assignment in &update.assignments {
            let (column, value) = (&assignment.column.name, &assignment.value);
            let elsewhere = smol_str::format_smolstr!("{}.{column}", target.display_name());
            let plain = is_plain(value);
            let mut found_by = |filter: &Expr, value: &Expr, within: &[RelationUse]| {
                let refers =
                    self.sources(value, within).iter().any(|(table, key)| *table != id && self.is_key(*table, key));
                let equal = equalities(filter).filter(|_| refers);
                for (left, right) in equal {
                    for (mine, other) in [(left, right), (right, left)] {
                        let of_other = self.sources(other, within).iter().any(|(table, _)| *table != id);
                        // What is not qualified is of the inner query, if it can be.
                        let inner = !self.sources(mine, within).iter().all(|(table, _)| *table == id);
                        let mine = self.sources(mine, own).into_iter().filter(|_| of_other && !inner);
                        ways.extend(mine.map(|from| Way { from, to: column.clone(), plain: false }));
                    }
                }
            };
            if let (Some(filter), false) = (&update.filter, update.from.is_empty()) {
                found_by(filter, value, &update.from);
            }
            let mut queries = Vec::new();
            value.walk(&mut |part| {
                if let ExprKind::Subquery(query) = &part.kind {
                    queries.push(query);
                }
            });
            for query in &queries {
                if let (Some(filter), [selected]) = (&query.filter, query.select_list.as_slice()) {
                    found_by(filter, selected, &query.reads);
                }
            }
            for query in queries {
                for selected in &query.select_list {
                    let from = self.sources(selected, &query.reads).into_iter().filter(|(from, _)| *from != id);
                    ways.extend(from.map(|from| Way { from, to: elsewhere.clone(), plain: is_plain(selected) }));
                }
            }
            for from in self.sources(value, &around).into_iter().filter(|(_, from)| !is_null(update, from)) {
                let to = if from.0 == id { column } else { &elsewhere };
                if from.0 != id || from.1 != *column {
                    ways.push(Way { from, to: to.clone(), plain });
                }
            }
        }
        self.remember_copies(ways);
    }

    fn remember_copies(&mut self, ways: Vec<Way>) {
        let origin = self.origin();
        for Way { from: (table, column), to, plain } in ways {
            self.catalog.copied.insert((table, Some(column)), Copied { to, origin, plain });
        }
    }

    /// The columns of tables that an expression uses, those of its subqueries left out.
    fn sources(&self, value: &Expr, reads: &[RelationUse]) -> Vec<(RelationId, Name)> {
        let mut sources = Vec::new();
        value.walk(&mut |part| {
            if let ExprKind::Column(path) = &part.kind {
                sources.extend(self.source(path, reads));
            }
        });
        sources
    }

    /// The table of a column and its name, where the table is known.
    fn source(&self, path: &[Ident], reads: &[RelationUse]) -> Option<(RelationId, Name)> {
        let (column, qualifier) = path.split_last()?;
        let has_it = |read: &&RelationUse| match qualifier.last() {
            Some(qualifier) => read.alias.as_ref().unwrap_or(&read.name.name).name == qualifier.name,
            None if reads.len() == 1 => true,
            None => {
                let table = self.find(&read.name).and_then(|id| self.catalog.table(id));
                table.is_some_and(|(_, table)| table.column(&column.name).is_some())
            }
        };
        let mut found = reads.iter().filter(has_it);
        let read = found.next().filter(|_| found.next().is_none())?;
        let id = self.find(&read.name)?;
        let (_, table) = self.catalog.table(id)?;
        let known = table.column(&column.name).is_some() || !table.complete;
        known.then(|| (id, column.name.clone()))
    }

    /// Whether a column tells the rows of its table apart.
    fn is_key(&self, table: RelationId, column: &Name) -> bool {
        let alone = |columns: Vec<Name>| columns.len() == 1 && columns.first() == Some(column);
        self.catalog.indexes_of(table).any(|(_, index)| index.unique_columns().is_some_and(alone))
    }
}

/// The two sides of each equality that a condition demands.
fn equalities(filter: &Expr) -> impl Iterator<Item = (&Expr, &Expr)> {
    let parts = match &filter.kind {
        ExprKind::And(parts) => parts.as_slice(),
        _ => std::slice::from_ref(filter),
    };
    parts.iter().filter_map(|part| match &part.kind {
        ExprKind::Binary(left, operator, right) if operator == "=" => Some((left.as_ref(), right.as_ref())),
        _ => None,
    })
}

/// Whether an UPDATE is only of rows in which a column is NULL.
fn is_null(update: &Update, column: &Name) -> bool {
    let parts = match update.filter.as_deref() {
        Some(Expr { kind: ExprKind::And(parts), .. }) => parts.as_slice(),
        Some(filter) => std::slice::from_ref(filter),
        None => &[],
    };
    parts.iter().any(|part| match &part.kind {
        ExprKind::IsNull { operand, negated: false } => {
            matches!(operand.columns().as_slice(), [it] if it.name == *column)
        }
        _ => false,
    })
}

/// A column as it is.
fn is_plain(value: &Expr) -> bool {
    match &value.kind {
        ExprKind::Column(_) => true,
        ExprKind::Cast(inner, _) => is_plain(inner),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::catalog::testing::Session;

    /// Where `a` of `t` went.
    fn copied(statement: &str) -> String {
        let given = "CREATE TABLE t (id int PRIMARY KEY, a text, b text, o_id int); CREATE TABLE o (id int PRIMARY KEY, name text, x text);";
        let mut session = Session::new(15, false);
        session.run(&format!("{given} {statement}"));
        let table = session.catalog.find("public", "t").map(|table| table.id).unwrap();
        let copied = session.catalog.copied_to(table, "a");
        copied.map(|it| format!("{}{}", it.to, if it.plain { "" } else { " converted" })).unwrap_or_default()
    }

    #[test]
    fn values_are_followed_into_other_columns_and_tables() {
        for (statement, to) in [
            ("UPDATE t SET b = a", "b"),
            ("UPDATE t SET b = lower(a)", "b converted"),
            ("UPDATE t SET b = t.a FROM o WHERE o.id = t.o_id", "b"),
            ("UPDATE o SET x = t.a FROM t WHERE t.o_id = o.id", "o.x"),
            ("UPDATE o SET x = (SELECT t.a FROM t WHERE t.o_id = o.id)", "o.x"),
            ("INSERT INTO o (id, x) SELECT id, a FROM t WHERE a IS NOT NULL", "o.x"),
            ("INSERT INTO o SELECT t.id, upper(t.a) FROM t JOIN o AS p ON p.id = t.o_id", "o.name converted"),
            // Its value finds the row that is referred to from now on.
            ("UPDATE t SET o_id = (SELECT o.id FROM o WHERE o.name = t.a AND o.x = 'y')", "o_id converted"),
            ("UPDATE t SET o_id = o.id FROM o WHERE o.name = t.a", "o_id converted"),
        ] {
            assert_eq!(copied(statement), to, "{statement}");
        }
    }

    #[test]
    fn what_only_decides_is_not_copied() {
        for statement in [
            "UPDATE t SET b = 'x' WHERE a = 'y'",
            "UPDATE t SET a = lower(a)",
            "UPDATE t SET b = a WHERE a IS NULL",
            "UPDATE t SET b = o.name FROM o WHERE o.x = t.a",
            "UPDATE t SET o_id = (SELECT o.id FROM o WHERE o.name > t.a)",
            "INSERT INTO o (id, x) SELECT id, b FROM t WHERE a IS NOT NULL",
            "INSERT INTO t (id, b) SELECT id + 1, a FROM t",
        ] {
            assert_eq!(copied(statement), "", "{statement}");
        }
    }
}
