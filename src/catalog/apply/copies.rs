//! Where values go: rows and columns that a statement copies into other tables and columns.

use super::Change;
use super::dml::is_aggregate;
use crate::catalog::{Copied, Origin, RelationBody, RelationId};
use crate::statement::{Expr, ExprKind, Ident, Literal, Name, Query, RelationUse, Update};
use std::collections::BTreeSet;

/// How many places are kept into which the values of a table or column went.
const TARGETS: usize = 32;

/// A value's way: from a column of a table into a column.
struct Way {
    from: (RelationId, Name),
    to: Name,
    plain: bool,
    finds: bool,
}

impl Change<'_> {
    /// What an `INSERT ... SELECT` puts into another table: all rows of one, or values of those that it joins.
    pub(super) fn copy_rows(&mut self, to: RelationId, columns: &[Ident], query: &Query) {
        let Some(target) = self.catalog.relation(to).map(|to| to.display_name()) else {
            return;
        };
        let aggregates = query.calls.iter().any(|call| is_aggregate(&call.name));
        if let [read] = query.reads.as_slice() {
            let plain = !query.narrowed && query.limits.is_empty() && !aggregates && query.understood;
            let takes_columns =
                query.columns.iter().any(|used| used.column.name != "*") || !query.select_list.is_empty();
            if let Some(from) = self.find(&read.name).filter(|from| *from != to && plain && takes_columns) {
                self.remember_rows(from, &target, true);
            }
        }
        if !aggregates {
            let values: Vec<&Expr> =
                query.select_list.iter().chain(query.terms.iter().flat_map(|term| term.iter())).collect();
            let mut sources: Vec<RelationId> =
                values.iter().flat_map(|value| self.tables_behind(value, &query.reads)).collect();
            if values.iter().any(|value| value.kind == ExprKind::Wildcard) {
                sources.extend(self.tables_taken_whole(query));
            }
            self.remember_parts(to, &target, sources);
        }
        self.copy_selected(to, columns, query);
    }

    /// Values of tables go into another one.
    fn remember_parts(&mut self, to: RelationId, target: &Name, mut sources: Vec<RelationId>) {
        sources.sort_unstable();
        sources.dedup();
        for from in sources.into_iter().filter(|from| *from != to) {
            let known = self.catalog.rows_copied_to(from);
            let now = self.origin().deployment;
            if !known.iter().any(|copied| copied.to == *target && copied.origin.deployment == now && copied.plain) {
                self.remember_rows(from, target, false);
            }
        }
    }

    /// The tables whose columns, other than keys, an expression uses; through views as well. Subqueries are left out.
    fn tables_behind(&self, value: &Expr, reads: &[RelationUse]) -> Vec<RelationId> {
        let mut found = Vec::new();
        value.walk(&mut |part| {
            if let ExprKind::Column(path) = &part.kind
                && let Some((id, column)) = self.read(path, reads)
            {
                let mut pending = vec![id];
                let mut seen = BTreeSet::new();
                while let Some(id) = pending.pop().filter(|id| seen.insert(*id)) {
                    match self.catalog.relation(id).map(|relation| &relation.body) {
                        // By the name alone: which column of its query a column of a view is, is not kept.
                        Some(RelationBody::View(view)) => {
                            let same = view.columns.iter().filter(|(_, name)| name == column);
                            pending.extend(same.map(|(table, _)| *table));
                        }
                        Some(RelationBody::Table(_)) if !self.is_key(id, column) => found.push(id),
                        _ => {}
                    }
                }
            }
        });
        found
    }

    /// The tables of whose rows a query selects all columns by `*`.
    fn tables_taken_whole(&self, query: &Query) -> Vec<RelationId> {
        let stars: Vec<_> =
            query.columns.iter().filter(|used| used.column.name == "*" && used.around.is_none()).collect();
        let is_taken = |read: &&RelationUse| {
            stars.iter().any(|star| star.relation.as_deref().is_none_or(|of| of.name.name == read.name.name.name))
        };
        let taken = query.reads.iter().filter(is_taken).filter_map(|read| self.find(&read.name));
        taken.filter(|id| self.catalog.table(*id).is_some()).collect()
    }

    /// Columns whose values an `INSERT ... SELECT` puts into another table, as they are or converted.
    fn copy_selected(&mut self, to: RelationId, columns: &[Ident], query: &Query) {
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
                ways.push(Way { from, to: into.clone(), plain: is_plain(value), finds: false });
            }
            ways.extend(self.flag_of(value, query).map(|from| Way { from, to: into, plain: false, finds: false }));
        }
        self.remember_copies(ways);
    }

    /// The boolean column of a table, where a query selects the key of all the rows in which it is true: which rows these are is kept.
    fn flag_of(&self, value: &Expr, query: &Query) -> Option<(RelationId, Name)> {
        let ([read], true, true) = (query.reads.as_slice(), query.understood, query.limits.is_empty()) else {
            return None;
        };
        let ExprKind::Column(key) = &value.kind else {
            return None;
        };
        let flag = match &query.filter.as_deref()?.kind {
            ExprKind::Column(path) => path,
            ExprKind::Binary(left, operator, right) if matches!(operator.as_str(), "=" | "is") => {
                match (&left.kind, &right.kind) {
                    (ExprKind::Column(path), ExprKind::Literal(Literal::Boolean(true))) => path,
                    _ => return None,
                }
            }
            _ => return None,
        };
        let (from, key) = self.source(key, std::slice::from_ref(read))?;
        let (of, flag) = self.source(flag, std::slice::from_ref(read))?;
        let grouped = query.calls.iter().any(|call| is_aggregate(&call.name));
        let boolean = self
            .catalog
            .table(of)?
            .1
            .column(&flag)?
            .ty
            .as_ref()
            .is_some_and(|ty| ty.name == "bool" && ty.dimensions == 0);
        (from == of && boolean && !grouped && self.is_key(from, &key)).then_some((of, flag))
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
        let mut parts = Vec::new();
        for assignment in &update.assignments {
            let (column, value) = (&assignment.column.name, &assignment.value);
            parts.extend(self.tables_behind(value, &update.from));
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
                        ways.extend(mine.map(|from| Way { from, to: column.clone(), plain: false, finds: true }));
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
                    parts.extend(self.tables_behind(selected, &query.reads));
                    let from = self.sources(selected, &query.reads).into_iter().filter(|(from, _)| *from != id);
                    ways.extend(from.map(|from| Way {
                        from,
                        to: elsewhere.clone(),
                        plain: is_plain(selected),
                        finds: false,
                    }));
                }
            }
            if value.columns().is_empty() && self.is_new_column(id, column) {
                let decides = update.filter.iter().flat_map(|filter| deciding(filter));
                let decides = decides.flat_map(|column| self.sources(column, own));
                ways.extend(decides.map(|from| Way { from, to: column.clone(), plain: false, finds: false }));
            }
            for from in self.sources(value, &around).into_iter().filter(|(_, from)| !is_null(update, from)) {
                let to = if from.0 == id { column } else { &elsewhere };
                if from.0 != id || from.1 != *column {
                    ways.push(Way { from, to: to.clone(), plain, finds: false });
                }
            }
        }
        let name = target.display_name();
        self.remember_copies(ways);
        self.remember_parts(id, &name, parts);
    }

    /// Whether a column is one that this deployment adds to an older table.
    fn is_new_column(&self, id: RelationId, column: &Name) -> bool {
        let now = |origin: Option<Origin>| origin.is_some_and(|origin| origin.deployment == self.moment.deployment);
        let Some((relation, table)) = self.catalog.table(id) else {
            return false;
        };
        !now(relation.origin) && table.column(column).is_some_and(|column| now(column.origin))
    }

    fn remember_copies(&mut self, ways: Vec<Way>) {
        for Way { from: (table, column), to, plain, finds } in ways {
            let origin = self.origin();
            self.remember_copy((table, Some(column)), Copied { to, origin, plain, finds });
        }
    }

    fn remember_rows(&mut self, from: RelationId, to: &Name, plain: bool) {
        let origin = self.origin();
        self.remember_copy((from, None), Copied { to: to.clone(), origin, plain, finds: false });
    }

    fn remember_copy(&mut self, from: (RelationId, Option<Name>), copy: Copied) {
        match self.catalog.copied.get(&from) {
            None => self.catalog.copied.insert(from, vec![copy]),
            Some(known) if known.len() < TARGETS || known.iter().any(|known| known.to == copy.to) => {
                self.catalog.copied.update(&from, |known| match known.iter_mut().find(|known| known.to == copy.to) {
                    Some(known) => *known = copy,
                    None => known.push(copy),
                });
            }
            Some(_) => {}
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
        let (id, column) = self.read(path, reads)?;
        let (_, table) = self.catalog.table(id)?;
        let known = table.column(column).is_some() || !table.complete;
        known.then(|| (id, column.clone()))
    }

    /// The relation of a column and its name, where it is known which.
    fn read<'p>(&self, path: &'p [Ident], reads: &[RelationUse]) -> Option<(RelationId, &'p Name)> {
        let (column, qualifier) = path.split_last()?;
        let has_it = |read: &&RelationUse| match qualifier.last() {
            Some(qualifier) => read.alias.as_ref().unwrap_or(&read.name.name).name == qualifier.name,
            None if reads.len() == 1 => true,
            None => {
                let relation = self.find(&read.name).and_then(|id| self.catalog.relation(id));
                relation.is_some_and(|relation| match &relation.body {
                    RelationBody::Table(table) => table.column(&column.name).is_some(),
                    RelationBody::View(view) => view.outputs.contains(&column.name),
                    _ => false,
                })
            }
        };
        let mut found = reads.iter().filter(has_it);
        let read = found.next().filter(|_| found.next().is_none())?;
        Some((self.find(&read.name)?, &column.name))
    }

    /// Whether a column tells the rows of its table apart.
    fn is_key(&self, table: RelationId, column: &Name) -> bool {
        let alone = |columns: Vec<Name>| columns.len() == 1 && columns.first() == Some(column);
        self.catalog.indexes_of(table).any(|(_, index)| index.unique_columns().is_some_and(alone))
    }
}

/// The two sides of each equality that a condition demands.
fn equalities(filter: &Expr) -> impl Iterator<Item = (&Expr, &Expr)> {
    filter.conjuncts().iter().filter_map(|part| match &part.kind {
        ExprKind::Binary(left, operator, right) if operator == "=" => Some((left.as_ref(), right.as_ref())),
        _ => None,
    })
}

/// The columns by whose values a condition tells rows apart: compared with constants, or truth values themselves.
fn deciding(filter: &Expr) -> Vec<&Expr> {
    match &filter.kind {
        ExprKind::And(parts) | ExprKind::Or(parts) => parts.iter().filter_map(deciding_part).collect(),
        _ => deciding_part(filter).into_iter().collect(),
    }
}

fn deciding_part(part: &Expr) -> Option<&Expr> {
    let constant = |value: &Expr| value.columns().is_empty() && value.is_understood();
    let compared = match &part.kind {
        ExprKind::Column(_) => Some(part),
        ExprKind::Not(inner) => Some(inner.as_ref()),
        ExprKind::InList { operand, list, .. } => Some(operand.as_ref()).filter(|_| list.iter().all(constant)),
        ExprKind::Binary(left, operator, right) if operator == "=" => [(left, right), (right, left)]
            .into_iter()
            .find(|(_, value)| constant(value))
            .map(|(column, _)| column.as_ref()),
        _ => None,
    };
    compared.filter(|column| is_plain(column))
}

/// Whether an UPDATE is only of rows in which a column is NULL.
fn is_null(update: &Update, column: &Name) -> bool {
    let parts = update.filter.iter().flat_map(|filter| filter.conjuncts());
    parts.into_iter().any(|part| match &part.kind {
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
        let copied = session.catalog.copied_to(table, "a").iter();
        copied.map(|it| format!("{}{}", it.to, if it.plain { "" } else { " converted" })).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn values_are_followed_into_other_columns_and_tables() {
        for (statement, to) in [
            ("UPDATE t SET b = a", "b"),
            ("UPDATE t SET b = lower(a)", "b converted"),
            ("UPDATE t SET b = a; UPDATE o SET x = lower(t.a) FROM t", "b, o.x converted"),
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

    #[test]
    fn the_keys_of_the_rows_with_a_flag_are_a_copy_of_it() {
        let copied = |statement: &str| {
            let given = "CREATE TABLE t (id int PRIMARY KEY, a boolean NOT NULL, b int); CREATE TABLE o (id int PRIMARY KEY, x int);";
            let mut session = Session::new(15, false);
            session.run(&format!("{given} {statement}"));
            let table = session.catalog.find("public", "t").map(|table| table.id).unwrap();
            session.catalog.copied_to(table, "a").iter().map(|it| it.to.to_string()).collect::<Vec<_>>()
        };
        for filter in ["a", "t.a", "a = true", "a IS TRUE"] {
            assert_eq!(copied(&format!("INSERT INTO o (id) SELECT id FROM t WHERE {filter}")), ["o.id"], "{filter}");
        }
        for statement in [
            "INSERT INTO o (id) SELECT id FROM t WHERE a AND b > 1",
            "INSERT INTO o (id) SELECT id FROM t WHERE a IS NOT NULL",
            "INSERT INTO o (id) SELECT id FROM t",
            "INSERT INTO o (id) SELECT id FROM t WHERE a LIMIT 5",
            "INSERT INTO o (id, x) SELECT 1, b FROM t WHERE a",
            "INSERT INTO o (id) SELECT max(id) FROM t WHERE a",
            "INSERT INTO o (id) SELECT t.id FROM t JOIN o AS p ON p.x = t.b WHERE a",
        ] {
            assert!(copied(statement).is_empty(), "{statement}");
        }
    }

    #[test]
    fn a_value_decides_which_constant_a_new_column_gets() {
        let decides = |update: &str| {
            let mut session = Session::new(15, false);
            session.run(&format!("ALTER TABLE old ADD COLUMN c int; {update}"));
            let table = session.catalog.find("public", "old").map(|table| table.id).unwrap();
            session.catalog.copied_to(table, "a").iter().map(|it| it.to.to_string()).collect::<Vec<_>>()
        };
        for filter in ["a = 'x'", "'x'::kind = a", "a IN ('x', 'y') AND id < 9", "a", "NOT a"] {
            assert_eq!(decides(&format!("UPDATE old SET c = 1 WHERE {filter}")), ["c"], "{filter}");
        }
        assert_eq!(decides("UPDATE old SET c = CASE a WHEN 'x' THEN 1 ELSE 2 END"), ["c"]);
        for filter in ["a IS NOT NULL", "a <> 'x'", "a = b", "lower(a) = 'x'", "b = 'x'"] {
            assert!(decides(&format!("UPDATE old SET c = 1 WHERE {filter}")).is_empty(), "{filter}");
        }
        assert!(decides("UPDATE old SET older = 1 WHERE a = 'x'").is_empty());
    }

    #[test]
    fn tables_are_followed_into_others() {
        let copied = |statement: &str| {
            let given = "CREATE TABLE t (id int PRIMARY KEY, a text); CREATE TABLE u (id int PRIMARY KEY, t_id int, b text);
                CREATE TABLE o (id int PRIMARY KEY, x text, y text); CREATE VIEW v AS SELECT t.id, t.a, u.b FROM t JOIN u ON u.t_id = t.id;";
            let mut session = Session::new(15, false);
            session.run(&format!("{given} {statement}"));
            let table = session.catalog.find("public", "t").map(|table| table.id).unwrap();
            let copied = session.catalog.rows_copied_to(table).iter();
            copied
                .map(|it| format!("{}{}", it.to, if it.plain { "" } else { " in part" }))
                .collect::<Vec<_>>()
                .join(", ")
        };
        for (statement, to) in [
            ("INSERT INTO o (id, x) SELECT id, a FROM t", "o"),
            ("INSERT INTO o (id, x) SELECT id, a FROM t; INSERT INTO u (t_id) SELECT id FROM t", "o, u"),
            ("INSERT INTO o (id, x) SELECT t.id, t.a FROM t JOIN u ON u.t_id = t.id", "o in part"),
            ("INSERT INTO o SELECT t.* FROM t JOIN u ON u.t_id = t.id", "o in part"),
            ("INSERT INTO o SELECT u.* FROM t JOIN u ON u.t_id = t.id", ""),
            ("INSERT INTO o (id, x) SELECT id, upper(a) FROM v", "o in part"),
            ("INSERT INTO o (id, x) SELECT id, b FROM v", ""),
            ("UPDATE u SET b = a FROM t WHERE u.t_id = t.id", "u in part"),
            ("UPDATE u SET b = (SELECT a FROM t WHERE t.id = u.t_id)", "u in part"),
            // What only finds rows of others is no copy.
            ("UPDATE u SET b = 'x' FROM t WHERE u.t_id = t.id", ""),
            ("UPDATE u SET t_id = t.id FROM t WHERE u.b = t.a", ""),
            ("INSERT INTO o (id, x) SELECT u.id, u.b FROM t JOIN u ON u.t_id = t.id", ""),
            ("INSERT INTO o (id, y) SELECT u.id, max(t.a) FROM t JOIN u ON u.t_id = t.id GROUP BY 1", ""),
        ] {
            assert_eq!(copied(statement), to, "{statement}");
        }
    }
}
