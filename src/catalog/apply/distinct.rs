//! Columns in which rows differ, or are all alike, although no index or constraint says so.

use super::Change;
use crate::catalog::{Distinct, RelationId, Table, Told};
use crate::statement::{Delete, Expr, ExprKind, Name, ObjectName, Update};

impl Change<'_> {
    /// A unique index goes: until somebody writes to the table, its rows differ all the same.
    pub(super) fn remember_distinct(&mut self, index: RelationId) {
        let Some(index) = self.catalog.relation(index).and_then(|relation| relation.as_index()) else {
            return;
        };
        if index.unique && index.valid && index.unique_columns().is_none() {
            let (index, since) = (index.clone(), self.origin());
            let columns: Vec<Name> =
                index.keys.iter().flat_map(|key| key.expr.columns()).map(|it| it.name.clone()).collect();
            self.change_table(index.table, |table| {
                if columns.iter().all(|column| table.column(column).is_some()) {
                    table.unkept.push((index, since));
                }
            });
            return;
        }
        let (id, columns) = (index.table, index.unique_columns().filter(|_| index.valid));
        let table = self.catalog.table(id).map(|(_, table)| table);
        let stand = |columns: &Vec<Name>| {
            table.is_some_and(|table| columns.iter().all(|column| table.column(column).is_some()))
        };
        if let Some(columns) = columns.filter(stand) {
            let distinct = Distinct { columns, since: self.origin(), told: Told::Unkept };
            self.change_table(id, |table| table.distinct.push(distinct));
        }
    }

    /// Rows come to a table that is not empty, perhaps.
    pub(super) fn rows_come(&mut self, id: RelationId) {
        let told = |table: &Table| {
            !table.distinct.is_empty()
                || !table.unkept.is_empty()
                || table
                    .columns
                    .iter()
                    .any(|column| column.unwritten || column.constant.is_some() || column.released.is_some())
        };
        if self.catalog.table(id).is_some_and(|(_, table)| told(table)) {
            self.change_table(id, |table| {
                table.distinct.clear();
                table.unkept.clear();
                for column in &mut table.columns {
                    (column.unwritten, column.constant, column.released) = (false, None, None);
                }
            });
        }
    }

    /// An UPDATE writes to columns. Where it gives every row a value of its own, they differ.
    pub(super) fn values_assigned(&mut self, id: RelationId, update: &Update) {
        let Some((_, table)) = self.catalog.table(id) else {
            return;
        };
        let differ = |column: &Name, value: &Expr| {
            let known = table.column(column);
            let every_row = update.from.is_empty()
                && !update.current_of
                && update.filter.as_ref().is_none_or(|filter| match &filter.kind {
                    ExprKind::IsNull { operand, negated: false } => {
                        known.is_some_and(|known| known.unwritten) && name_of(operand) == Some(column)
                    }
                    _ => false,
                });
            let copied = || name_of(value).is_some_and(|from| from != column && self.is_distinct(id, table, from));
            every_row && (generates_keys(value) || copied())
        };
        let assigned: Vec<(&Name, bool)> =
            update.assignments.iter().map(|it| (&it.column.name, differ(&it.column.name, &it.value))).collect();
        let is_told = |name: &Name| {
            let told = table
                .column(name)
                .is_some_and(|it| it.unwritten || it.constant.is_some() || it.own_values || it.released.is_some());
            told || table.unkept.iter().any(|(index, _)| index.uses_column(name))
                || table.distinct.iter().any(|distinct| distinct.columns.contains(name))
                || table.shown_null.iter().any(|(shown, _)| shown == name)
        };
        if ranked_by(update).is_none() && !assigned.iter().any(|(name, differs)| *differs || is_told(name)) {
            return;
        }
        let since = self.origin();
        self.change_table(id, |table| {
            for (name, differs) in assigned {
                overwrite(table, name, false);
                // Numbered within each group: which of these columns make the groups, and which the order, is not known.
                if let Some(ranked_by) = ranked_by(update).filter(|_| !differs) {
                    let columns = ranked_by.chain([name]).cloned().collect();
                    table.distinct.push(Distinct { columns, since, told: Told::Cleaned });
                }
                if differs {
                    table.distinct.push(Distinct { columns: vec![name.clone()], since, told: Told::Written });
                }
            }
        });
    }

    /// A DELETE takes away rows of a kind: those with a NULL in a column, or those that are alike.
    pub(super) fn rows_deleted(&mut self, id: RelationId, delete: &Delete) {
        let again = |name: &ObjectName| self.find(name) == Some(id);
        let filter = delete.filter.as_deref();
        let by_rank = delete.with.calls.iter().any(|call| {
            matches!(call.name.name.name.as_str(), "row_number" | "rank" | "dense_rank" | "min" | "max" | "count")
        });
        let itself = delete.using.iter().any(|using| again(&using.name));
        let within = by_rank && delete.with.reads.iter().filter(|read| again(&read.name)).count() > 0;
        let mut columns: Vec<Name> = Vec::new();
        if itself {
            columns.extend(filter.iter().flat_map(|filter| filter.columns()).map(|column| column.name.clone()));
        } else if within {
            columns.extend(delete.with.columns.iter().map(|used| used.column.name.clone()));
        }
        if !columns.is_empty() {
            columns.sort_unstable();
            columns.dedup();
            let distinct = Distinct { columns, since: self.origin(), told: Told::Cleaned };
            self.change_table(id, |table| table.distinct.push(distinct));
        }
        let nulls = match filter {
            Some(Expr { kind: ExprKind::IsNull { operand, negated: false }, .. }) => name_of(operand),
            _ => None,
        };
        if let Some(column) = nulls.cloned() {
            self.change_column(id, &column, |column| column.backfilled = true);
        }
    }

    /// `ALTER COLUMN ... TYPE`: what was alike stays so, but for USING, and what differed may not any more.
    pub(super) fn values_converted(&mut self, id: RelationId, column: &Name, using: bool) {
        let keeps = !using && self.catalog.table(id).and_then(|(_, table)| table.column(column)).is_some();
        self.change_table(id, |table| overwrite(table, column, keeps));
    }

    fn is_distinct(&self, id: RelationId, table: &Table, column: &Name) -> bool {
        let alone = |columns: &[Name]| columns.len() == 1 && columns.first() == Some(column);
        let now = |known: &crate::catalog::Column| {
            known.own_values && known.origin.is_some_and(|origin| origin.deployment == self.moment.deployment)
        };
        self.catalog
            .indexes_of(id)
            .any(|(_, index)| index.valid && index.unique_columns().is_some_and(|columns| alone(&columns)))
            || table.distinct.iter().any(|it| it.told != Told::Cleaned && alone(&it.columns))
            || table.column(column).is_some_and(now)
    }
}

/// The columns by which `row_number()` numbers rows within an UPDATE, where it does.
fn ranked_by(update: &Update) -> Option<impl Iterator<Item = &Name>> {
    let ranks = update.with.calls.iter().find(|call| call.name.name.name == "row_number")?;
    Some(ranks.arguments.iter().flat_map(|argument| argument.columns()).map(|column| &column.name))
}

/// What was known of a column's values is known no more; `cast`: they were converted by a plain cast, which keeps NULL and numbers.
fn overwrite(table: &mut Table, name: &Name, cast: bool) {
    table.distinct.retain(|distinct| !distinct.columns.contains(name));
    table.unkept.retain(|(index, _)| !index.uses_column(name));
    if !cast {
        table.shown_null.retain(|(shown, _)| shown != name);
    }
    if let Some(column) = table.columns.iter_mut().find(|column| column.name == *name) {
        column.unwritten &= cast;
        column.own_values &= cast;
        (column.constant, column.released) = (None, None);
    }
}

/// The column that a value is, perhaps as text.
fn name_of(value: &Expr) -> Option<&Name> {
    match &value.kind {
        ExprKind::Column(path) => path.last().map(|column| &column.name),
        ExprKind::Cast(inner, ty) if ty.name == "text" => name_of(inner),
        _ => None,
    }
}

/// Whether an expression gives another value each time: a number of a sequence (but for `CYCLE`), a generated UUID (manual, "UUID Functions" and
/// the extension uuid-ossp).
pub fn generates_keys(value: &Expr) -> bool {
    match &value.kind {
        ExprKind::Call(call) => matches!(
            call.name.name.name.as_str(),
            "nextval"
                | "gen_random_uuid"
                | "uuidv4"
                | "uuidv7"
                | "uuid_generate_v1"
                | "uuid_generate_v1mc"
                | "uuid_generate_v4"
        ),
        ExprKind::Cast(inner, ty) => matches!(ty.name.as_str(), "uuid" | "text" | "int8") && generates_keys(inner),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::catalog::testing::Session;

    fn distinct(then: &str) -> Vec<String> {
        let sql = format!(
            "CREATE TABLE t (id int PRIMARY KEY, a int, b int, CONSTRAINT u UNIQUE (a, b)); ALTER TABLE t ADD COLUMN c text; {then}"
        );
        let mut session = Session::new(15, false);
        session.run(&sql);
        let table = session.catalog.find("public", "t").and_then(|relation| relation.as_table()).unwrap();
        table.distinct.iter().map(|distinct| distinct.columns.join(" ")).collect()
    }

    #[test]
    fn what_an_index_kept_apart_is_apart_until_it_is_written() {
        assert_eq!(distinct("ALTER TABLE t DROP CONSTRAINT u"), ["a b"]);
        assert_eq!(distinct("ALTER TABLE t DROP CONSTRAINT u; ALTER TABLE t RENAME a TO z"), ["z b"]);
        for written in [
            "UPDATE t SET a = 1",
            "INSERT INTO t VALUES (1)",
            "ALTER TABLE t DROP a",
            "ALTER TABLE t ALTER b TYPE text",
        ] {
            assert!(distinct(&format!("ALTER TABLE t DROP CONSTRAINT u; {written}")).is_empty(), "{written}");
        }
        assert!(distinct("ALTER TABLE t DROP COLUMN a").is_empty());
    }

    #[test]
    fn values_of_their_own_are_apart() {
        for update in ["c = id", "c = t.id::text", "c = gen_random_uuid()", "c = nextval('s')::text"] {
            assert_eq!(distinct(&format!("UPDATE t SET {update}")), ["c"], "{update}");
        }
        assert_eq!(distinct("UPDATE t SET c = uuidv7() WHERE c IS NULL"), ["c"]);
        let numbered = "WITH r AS (SELECT id, row_number() OVER (PARTITION BY a ORDER BY b) - 1 AS n FROM t)
            UPDATE t SET c = r.n FROM r WHERE r.id = t.id";
        assert_eq!(distinct(numbered), ["a b c"]);
        for update in
            ["c = a", "c = lower(id::text)", "c = id WHERE a > 1", "c = o.id FROM o", "c = id, a = 1 WHERE a IS NULL"]
        {
            assert!(distinct(&format!("UPDATE t SET {update}")).is_empty(), "{update}");
        }
        assert!(distinct("UPDATE t SET c = id; UPDATE t SET c = 'x' WHERE a = 1").is_empty());
    }

    #[test]
    fn what_is_deleted_twice_or_more_is_told() {
        for delete in [
            "DELETE FROM t USING t AS o WHERE o.a = t.a AND o.id > t.id",
            "DELETE FROM t WHERE id NOT IN (SELECT min(id) FROM t GROUP BY a)",
            "DELETE FROM t WHERE id IN (SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY a) AS n FROM t) AS r WHERE n > 1)",
        ] {
            let told = distinct(delete);
            assert!(told.iter().any(|columns| columns.split(' ').any(|it| it == "a")), "{delete}: {told:?}");
        }
        for delete in [
            "DELETE FROM t WHERE a = 1",
            "DELETE FROM t WHERE id IN (SELECT max(id) FROM o)",
            "DELETE FROM t USING o WHERE o.a = t.a",
        ] {
            assert!(distinct(delete).is_empty(), "{delete}");
        }
    }
}
