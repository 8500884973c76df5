//! Rows: what a table holds, and which keys were inserted.

use super::{Applied, Change, Refused};
use crate::catalog::{Column, Contents, RelationBody, RelationId, Table, constant_value};
use crate::statement::{
    Assignment, Command, Copy, Delete, Expr, ExprKind, Ident, Insert, InsertSource, List, Merge, Name, ObjectKind,
    ObjectName, Query, Statement, Truncate, Update, Values,
};
use std::collections::BTreeSet;

impl Change<'_> {
    pub(super) fn insert(&mut self, insert: &Insert) -> Applied {
        self.within(&insert.with)?;
        let Some(id) = self.find(&insert.table.name) else {
            return Ok(());
        };
        match &insert.source {
            None => self.insert_rows(id, &insert.columns, std::iter::once(&[][..])),
            Some(InsertSource::Values(values)) => self.insert_rows(id, &insert.columns, values.rows()),
            Some(InsertSource::Query(query)) => {
                self.within(query)?;
                self.copy_rows(id, &insert.columns, query);
                match &query.values {
                    Some(values) => self.insert_rows(id, &insert.columns, values.rows()),
                    // INSERT ... SELECT 1, 'a' WHERE NOT EXISTS (...): a row with that key is there afterwards.
                    None if is_told(query, id, self) => {
                        let others = query.reads.iter().any(|read| self.find(&read.name) != Some(id));
                        if others {
                            let contents = self.contents_of_query(query);
                            self.fill(id, contents);
                        }
                        let rows = rows_of(query);
                        self.insert_rows(id, &insert.columns, rows.iter().map(Vec::as_slice));
                    }
                    None => {
                        let contents = self.contents_of_query(query);
                        self.fill(id, contents);
                        self.untold(id);
                    }
                }
            }
        }
        if insert.on_conflict_nothing == Some(false) {
            self.keys_assigned(id, &insert.on_conflict_set);
        }
        self.fire_triggers(id);
        Ok(())
    }

    fn insert_rows<'r>(&mut self, id: RelationId, columns: &[Ident], rows: impl Iterator<Item = &'r [Expr]>) {
        self.fill(id, Contents::Known);
        let Some((_, table)) = self.catalog.table(id) else {
            return;
        };
        if columns.is_empty() && !table.complete {
            return self.untold(id);
        }
        let written: Vec<Name> = match columns {
            [] => table.columns.iter().map(|column| column.name.clone()).collect(),
            columns => columns.iter().map(|column| column.name.clone()).collect(),
        };
        let keys = self.keys_of(id, table, &written);
        let places: Vec<(Vec<&Name>, Vec<Option<usize>>)> = keys
            .iter()
            .map(|key| (key.iter().collect(), key.iter().map(|it| written.iter().position(|to| to == it)).collect()))
            .collect();
        // A row of a partition is one of its parents, too.
        let ancestors = self.catalog.partition_ancestors(id);
        let tables: Vec<RelationId> = std::iter::once(id).chain(ancestors.iter().map(|it| it.id)).collect();
        let mut values = Vec::new();
        let mut constant = 0;
        let mut left_out = vec![0; places.len()];
        let mut written_rows = 0;
        for row in rows {
            written_rows += 1;
            // A row without a constant is a row of the moment: generated, or taken from elsewhere.
            constant += u32::from(!self.moment.seed && row.iter().any(|cell| constant_value(cell).is_some()));
            for ((columns, places), left_out) in places.iter().zip(&mut left_out) {
                let default = |place: &Option<usize>| {
                    place.is_none_or(|at| row.get(at).is_none_or(|it| it.kind == ExprKind::Default))
                };
                *left_out += u32::from(places.iter().all(default));
                values.clear();
                let cell = |place: &Option<usize>| row.get((*place)?).and_then(constant_value);
                values.extend(places.iter().map(cell));
                for table in &tables {
                    self.catalog.inserted.add(*table, columns, &values);
                }
            }
        }
        let unsure = self.is_guarded();
        for ((columns, _), left_out) in places.iter().zip(left_out) {
            if let [column] = columns.as_slice() {
                self.catalog.inserted.count_left_out(id, column, left_out, unsure || left_out < written_rows);
            }
        }
        if constant > 0 {
            self.catalog.inserted.count(id, constant);
        }
    }

    /// The sets of columns by which rows are told apart: primary key and unique constraints and indexes. Where none is known, each
    /// written column alone: a dump adds its keys after the rows.
    fn keys_of(&self, id: RelationId, table: &Table, written: &[Name]) -> Vec<Vec<Name>> {
        let mut keys: Vec<Vec<Name>> =
            self.catalog.indexes_of(id).filter_map(|(_, index)| index.unique_columns()).collect();
        for ancestor in self.catalog.partition_ancestors(id) {
            keys.extend(self.catalog.indexes_of(ancestor.id).filter_map(|(_, index)| index.unique_columns()));
        }
        keys.sort_unstable();
        keys.dedup();
        if keys.is_empty() || !table.complete {
            keys.extend(written.iter().map(|column| vec![column.clone()]));
            keys.sort_unstable();
            keys.dedup();
        }
        keys
    }

    /// Rows come to a table: what is known of it afterwards.
    fn fill(&mut self, id: RelationId, with: Contents) {
        if with != Contents::Empty {
            self.rows_come(id);
        }
        let Some((_, table)) = self.catalog.table(id) else {
            return;
        };
        let after = match (table.contents, with) {
            (before, Contents::Empty) => before,
            (Contents::Empty | Contents::Known, Contents::Known) => Contents::Known,
            _ => Contents::Unknown,
        };
        // Unchanged most of the time, and a change costs a copy of the table.
        let shown = table.shown_empty.is_some() || !table.shown_null.is_empty();
        if table.contents != after || table.emptied.or(table.cleared).is_some() || shown {
            self.change_table(id, |table| {
                table.contents = after;
                (table.emptied, table.cleared, table.shown_empty) = (None, None, None);
                table.shown_null.clear();
            });
        }
        // The rows of a partition are the parent's, those of the parent in one of its partitions.
        let relatives: Vec<RelationId> = self
            .catalog
            .partition_ancestors(id)
            .into_iter()
            .chain(self.catalog.all_partitions(id))
            .filter(|relative| match relative.as_table().map(|table| table.contents) {
                Some(Contents::Empty) => true,
                Some(Contents::Known) => after == Contents::Unknown,
                _ => false,
            })
            .map(|relative| relative.id)
            .collect();
        for relative in relatives {
            self.change_table(relative, |table| table.contents = after);
        }
    }

    fn untold(&mut self, id: RelationId) {
        self.catalog.inserted.untold(id);
        let ancestors: Vec<RelationId> = self.catalog.partition_ancestors(id).iter().map(|it| it.id).collect();
        ancestors.into_iter().for_each(|ancestor| self.catalog.inserted.untold(ancestor));
    }

    /// What rows a query can give: those of these migrations alone, where all that it reads is filled by them alone.
    pub(super) fn contents_of_query(&self, query: &Query) -> Contents {
        let ours = |name: &ObjectName| {
            let relation = self.find(name).and_then(|id| self.catalog.relation(id));
            match relation.map(|relation| &relation.body) {
                Some(RelationBody::Table(table)) => table.contents != Contents::Unknown,
                _ => false,
            }
        };
        let known = query.understood && query.writes.is_empty() && query.reads.iter().all(|read| ours(&read.name));
        if known { Contents::Known } else { Contents::Unknown }
    }

    pub(super) fn update(&mut self, update: &Update) -> Applied {
        self.within(&update.with)?;
        if let Some(id) = self.find(&update.table.name) {
            self.keys_assigned(id, &update.assignments);
            self.values_assigned(id, update);
            self.backfill(id, update);
            self.copy_columns(id, update);
            self.fire_triggers(id);
        }
        Ok(())
    }

    /// Columns that an UPDATE fills, in every row or where they are NULL; perhaps batch by batch.
    fn backfill(&mut self, id: RelationId, update: &Update) {
        let filled = |assignment: &&Assignment| {
            let column = &assignment.column.name;
            let asks_for_null = update.filter.as_ref().is_none_or(|filter| {
                // A batch is often chosen by a subquery that says IS NULL.
                filter.conjuncts().iter().any(|part| match &part.kind {
                    ExprKind::IsNull { operand, negated: false } => {
                        operand.columns().iter().any(|it| it.name == *column)
                    }
                    ExprKind::Subquery(query) => {
                        query.filter.as_ref().is_some_and(|filter| filter.columns().iter().any(|it| it.name == *column))
                    }
                    _ => false,
                })
            });
            asks_for_null && !matches!(assignment.value.kind, ExprKind::Null | ExprKind::Default)
        };
        let names: Vec<_> = update.assignments.iter().filter(filled).map(|it| it.column.name.clone()).collect();
        for name in names {
            self.change_column(id, &name, |column| column.backfilled = true);
        }
        let table = self.catalog.table(id).map(|(_, table)| table);
        let untouched = |name: &Name| table.and_then(|it| it.column(name)).is_some_and(|column| !column.written);
        let valued =
            update.assignments.iter().filter(|it| !matches!(it.value.kind, ExprKind::Null | ExprKind::Default));
        let names: Vec<_> = valued.map(|it| it.column.name.clone()).filter(untouched).collect();
        for name in names {
            self.change_column(id, &name, |column| column.written = true);
        }
        let transaction = self.moment.transaction;
        let table = self.catalog.table(id).map(|(_, table)| table);
        let unmarked =
            |name: &Name| table.and_then(|it| it.column(name)).is_some_and(|it| it.updated != Some(transaction));
        let names: Vec<_> = update.assignments.iter().map(|it| it.column.name.clone()).filter(unmarked).collect();
        for name in names {
            self.change_column(id, &name, |column| column.updated = Some(transaction));
        }
    }

    /// Values are assigned to columns: where these may be of a key, the inserted keys are not what is there any more.
    fn keys_assigned(&mut self, id: RelationId, assignments: &[Assignment]) {
        let Some((_, table)) = self.catalog.table(id) else {
            return;
        };
        let keys = self.keys_of(id, table, &[]);
        let assigned = |key: &Vec<Name>| assignments.iter().any(|it| key.contains(&it.column.name));
        if keys.is_empty() || keys.iter().any(assigned) {
            self.untold(id);
        }
    }

    pub(super) fn delete(&mut self, delete: &Delete) -> Applied {
        self.within(&delete.with)?;
        let Some(id) = self.find(&delete.table.name) else {
            return Ok(());
        };
        if delete.filter.is_none() && !delete.current_of && delete.using.is_empty() {
            self.empty(id, delete.table.only);
            let transaction = self.moment.transaction;
            self.change_table(id, |table| table.cleared = Some(transaction));
        }
        self.rows_deleted(id, delete);
        let transaction = self.moment.transaction;
        if self.catalog.table(id).is_some_and(|(_, table)| table.thinned != Some(transaction)) {
            self.change_table(id, |table| table.thinned = Some(transaction));
        }
        self.fire_triggers(id);
        Ok(())
    }

    /// A table has no rows any more.
    fn empty(&mut self, id: RelationId, only: bool) {
        let mut tables = vec![id];
        if !only {
            tables.extend(self.catalog.descendants(id).iter().map(|relation| relation.id));
        }
        for table in tables {
            self.catalog.inserted.empty(table);
            // A table that others fill has rows again at once.
            if self.catalog.table(table).is_some_and(|(_, table)| table.contents == Contents::Known) {
                self.change_table(table, |table| table.contents = Contents::Empty);
            }
        }
    }

    pub(super) fn truncate(&mut self, truncate: &Truncate) -> Applied {
        let mut named = BTreeSet::new();
        for table in &truncate.tables {
            let (id, _) = self.table(&table.name)?;
            named.insert(id);
            if !table.only {
                named.extend(self.catalog.descendants(id).iter().map(|relation| relation.id));
            }
        }
        let mut pending: Vec<RelationId> = named.iter().copied().collect();
        while let Some(id) = pending.pop() {
            for (referencing, _) in self.catalog.foreign_keys_to(id) {
                if named.contains(&referencing.id) {
                    continue;
                }
                if !truncate.cascade {
                    return Err(Refused);
                }
                let partitions = self.catalog.descendants(referencing.id).into_iter().map(|it| it.id);
                let reached: Vec<RelationId> = std::iter::once(referencing.id).chain(partitions).collect();
                pending.extend(reached.into_iter().filter(|id| named.insert(*id)));
            }
        }
        for id in named {
            self.empty(id, true);
            let transaction = self.moment.transaction;
            self.change_table(id, |table| table.emptied = Some(transaction));
        }
        Ok(())
    }

    pub(super) fn merge(&mut self, merge: &Merge) -> Applied {
        self.within(&merge.with)?;
        if let Some(id) = self.find(&merge.table.name) {
            self.fill(id, Contents::Unknown);
            self.untold(id);
            self.fire_triggers(id);
        }
        Ok(())
    }

    pub(super) fn copy(&mut self, copy: &Copy) -> Applied {
        let Some(id) = copy.table.as_ref().filter(|_| copy.from).and_then(|name| self.find(name)) else {
            return Ok(());
        };
        match &copy.data {
            Some(data) if !data.values.row_ends.is_empty() => self.insert_data(id, &copy.columns, &data.values),
            Some(data) if data.span.is_empty() => {}
            _ => {
                self.fill(id, Contents::Unknown);
                self.untold(id);
            }
        }
        self.fire_triggers(id);
        Ok(())
    }

    fn insert_data(&mut self, id: RelationId, columns: &[Ident], values: &Values) {
        let stored: Vec<Ident> = match self.catalog.table(id) {
            // Generated columns are not copied.
            Some((_, table)) if columns.is_empty() && table.complete => {
                let written = |column: &&Column| column.generated.is_none();
                let ident = |column: &Column| Ident { name: column.name.clone(), span: self.at };
                table.columns.iter().filter(written).map(ident).collect()
            }
            _ => columns.to_vec(),
        };
        self.insert_rows(id, &stored, values.rows());
    }

    /// A query at the top level: the rows that it writes, the functions that it calls, the table that it makes.
    pub(super) fn query(&mut self, query: &Query) -> Applied {
        self.within(query)?;
        match &query.into {
            Some(into) => self.select_into(into, query),
            None => Ok(()),
        }
    }

    fn select_into(&mut self, into: &ObjectName, query: &Query) -> Applied {
        let place = self.place(into, false);
        let super::Creation::Made(existing) = self.creation(&place, false)? else {
            return Ok(());
        };
        let id = existing.unwrap_or_else(|| self.new_id());
        let origin = Some(self.origin());
        let columns = self.outputs_of(query);
        let table = Table {
            complete: columns.is_some(),
            columns: columns.unwrap_or_default().into_iter().map(|column| Column { origin, ..column }).collect(),
            contents: self.contents_of_query(query),
            from_query: true,
            ..Table::default()
        };
        self.enter(id, place, origin, RelationBody::Table(Box::new(table)));
        self.catalog.inserted.untold(id);
        Ok(())
    }

    /// What runs within a statement: data-modifying CTEs, and functions.
    fn within(&mut self, query: &Query) -> Applied {
        for write in &query.writes {
            let command = &write.command;
            if matches!(command, Command::Insert(_) | Command::Update(_) | Command::Delete(_) | Command::Merge(_)) {
                self.command(command)?;
            }
        }
        for call in &query.calls {
            self.call(&call.name, &call.arguments);
        }
        for selected in &query.select_list {
            if let ExprKind::Call(call) = &selected.kind {
                self.call_unseen(&call.name, &call.arguments);
            }
        }
        Ok(())
    }

    fn fire_triggers(&mut self, id: RelationId) {
        let Some(relation) = self.catalog.relation(id) else {
            return;
        };
        let functions = relation.attachments().iter().filter_map(|attachment| attachment.function.clone());
        let functions: BTreeSet<Name> = functions.collect();
        if functions.is_empty() {
            return;
        }
        let places = self.catalog.functions.iter().filter(|((_, name), _)| functions.contains(name));
        let places = places.map(|(place, _)| place.clone()).collect();
        self.write_by_bodies(places);
    }

    /// The functions that run, those that they call among them.
    pub(super) fn write_by_bodies(&mut self, mut pending: Vec<(Name, Name)>) -> BTreeSet<(Name, Name)> {
        let mut seen: BTreeSet<(Name, Name)> = pending.iter().cloned().collect();
        let mut written = BTreeSet::new();
        let mut altered = BTreeSet::new();
        while let Some(place) = pending.pop() {
            let Some(function) = self.catalog.functions.get(&place) else {
                continue;
            };
            let bodies = function.overloads.iter().filter_map(|overload| overload.body.as_ref());
            for statement in bodies.flat_map(|body| &body.statements) {
                altered.extend(altered_by(statement).into_iter().filter_map(|name| self.find(name)));
                let (target, calls) = written_by(statement);
                written.extend(target.and_then(|target| self.find(target)));
                for call in calls {
                    pending.extend(self.function_place(call).filter(|place| seen.insert(place.clone())));
                }
            }
        }
        for id in written {
            self.fill(id, Contents::Unknown);
            self.untold(id);
        }
        self.altered_within(&altered);
        seen
    }
}

/// Whether a function makes one row of many.
pub(super) fn is_aggregate(name: &ObjectName) -> bool {
    let names = ["count", "sum", "avg", "min", "max", "bool_and", "bool_or", "every"];
    let name = name.name.name.as_str();
    names.contains(&name) || name.ends_with("_agg") || name.contains("_agg_")
}

/// The tables that a statement of a body changes or drops. Which of its branches run, and how often, is not known.
fn altered_by(statement: &Statement) -> Vec<&ObjectName> {
    match &statement.command {
        Command::AlterRelation(alter) => vec![&alter.name],
        Command::Drop(drop) if drop.kind == ObjectKind::Table => drop.names.iter().collect(),
        Command::DropOnTable(drop) => vec![&drop.table],
        _ => Vec::new(),
    }
}

/// The table that a statement of a body writes, and the functions that it calls.
fn written_by(statement: &Statement) -> (Option<&ObjectName>, Vec<&ObjectName>) {
    let (target, query) = match &statement.command {
        Command::Insert(insert) => (Some(&insert.table.name), Some(&insert.with)),
        Command::Update(update) => (None, Some(&update.with)),
        Command::Delete(delete) => (None, Some(&delete.with)),
        Command::Merge(merge) => (Some(&merge.table.name), Some(&merge.with)),
        Command::Copy(copy) if copy.from => (copy.table.as_ref(), None),
        Command::Query(query) => (None, Some(query.as_ref())),
        Command::Call(call) => return (None, vec![&call.procedure]),
        _ => (None, None),
    };
    (target, query.map(|query| query.calls.iter().map(|call| &call.name).collect()).unwrap_or_default())
}

/// A SELECT of constants that reads nothing but, to see whether the row is there, the table itself; a UNION of such; or the rows of one
/// VALUES list, whatever is joined to them.
fn is_told(query: &Query, into: RelationId, change: &Change<'_>) -> bool {
    let own = || query.reads.iter().all(|read| change.find(&read.name) == Some(into));
    let constant = |list: &List<Expr>| {
        !list.is_empty() && list.iter().all(|expr| constant_value(expr).is_some() || is_plain_value(expr))
    };
    let listed = query.lists.len() == 1;
    let selected =
        own() && if query.terms.is_empty() { constant(&query.select_list) } else { query.terms.iter().all(constant) };
    query.understood && query.writes.is_empty() && (listed || selected)
}

/// The rows that such a query gives; what is not told of them is unknown.
fn rows_of(query: &Query) -> Vec<Vec<Expr>> {
    let widths = query.terms.iter().map(|term| term.len()).chain(query.lists.iter().map(|list| list.columns.len()));
    let width = widths.chain([query.select_list.len()]).max().unwrap_or_default();
    let mut rows = Vec::new();
    query.for_each_row(&mut |cell| {
        let unknown = || Expr { span: query.span, kind: ExprKind::Unknown };
        rows.push((0..width).map(|column| cell(column).cloned().unwrap_or_else(unknown)).collect());
    });
    rows
}

/// A value that is the same for a row whatever is read: NULL, a function of nothing.
fn is_plain_value(expr: &Expr) -> bool {
    expr.is_understood() && expr.columns().is_empty()
}

#[cfg(test)]
mod tests {
    use crate::catalog::testing::Session;
    use crate::catalog::{Contents, Insertion};

    fn after(sql: &str) -> Session {
        let mut session = Session::new(15, false);
        session.run(sql);
        session
    }

    fn contents(sql: &str) -> Contents {
        after(sql).catalog.find("public", "t").and_then(|relation| relation.as_table()).unwrap().contents
    }

    fn inserted(session: &Session, columns: &[&str], values: &[&str]) -> Insertion {
        let names = |names: &[&str]| names.iter().map(|name| (*name).into()).collect::<Vec<_>>();
        let id = session.catalog.find("public", "t").unwrap().id;
        session.catalog.inserted(id, &names(columns), &names(values))
    }

    #[test]
    fn a_column_is_unwritten_until_something_gives_it_a_value() {
        let unwritten = |then: &str| {
            let text = format!("CREATE TABLE t (id int PRIMARY KEY); ALTER TABLE t ADD COLUMN c int; {then}");
            let session = after(&text);
            let table = session.catalog.find("public", "t").and_then(|relation| relation.as_table()).unwrap();
            table.column("c").unwrap().unwritten
        };
        assert!(unwritten("") && unwritten("UPDATE t SET id = 1") && unwritten("DELETE FROM t"));
        assert!(!unwritten("UPDATE t SET c = 1 WHERE id = 1") && !unwritten("INSERT INTO t VALUES (1, 2)"));
        assert!(
            !unwritten("INSERT INTO t SELECT 1")
                && !unwritten("ALTER TABLE t DROP COLUMN c, ADD COLUMN c int DEFAULT 1")
        );
    }

    #[test]
    fn constant_rows_keep_a_new_table_known() {
        let create = "CREATE TABLE t (id int PRIMARY KEY, a text);";
        assert_eq!(contents(create), Contents::Empty);
        assert_eq!(contents(&format!("{create} INSERT INTO t VALUES (1, 'x'), (2, now())")), Contents::Known);
        assert_eq!(contents(&format!("{create} INSERT INTO t DEFAULT VALUES; DELETE FROM t;")), Contents::Empty);
        assert_eq!(
            contents(&format!("{create} INSERT INTO t VALUES (1); DELETE FROM t WHERE id = 1")),
            Contents::Known
        );
        assert_eq!(contents(&format!("{create} COPY t FROM stdin;\n1\tx\n\\.\n")), Contents::Known);
        assert_eq!(contents(&format!("{create} COPY t FROM stdin;\n\\.\n")), Contents::Empty);
        assert_eq!(contents(&format!("{create} BEGIN; INSERT INTO t VALUES (1); ROLLBACK;")), Contents::Empty);
    }

    #[test]
    fn what_comes_from_elsewhere_is_unknown() {
        let create = "CREATE TABLE t (id int PRIMARY KEY, a text);";
        assert_eq!(contents(&format!("{create} INSERT INTO t SELECT id, a FROM old")), Contents::Unknown);
        assert_eq!(contents(&format!("{create} COPY t FROM '/tmp/rows'")), Contents::Unknown);
        assert_eq!(contents(&format!("{create} INSERT INTO t SELECT * FROM old; TRUNCATE t")), Contents::Unknown);
        assert_eq!(contents("TRUNCATE t"), Contents::Unknown);
        assert_eq!(contents("CREATE TABLE IF NOT EXISTS t (a int)"), Contents::Unknown);
        assert_eq!(contents("CREATE TABLE t AS SELECT * FROM old"), Contents::Unknown);
        assert_eq!(
            contents("CREATE TABLE s (a int); INSERT INTO s VALUES (1); CREATE TABLE t AS SELECT a FROM s"),
            Contents::Known
        );
    }

    #[test]
    fn functions_and_triggers_write_too() {
        let create = "CREATE TABLE t (id int); CREATE TABLE s (id int);
            CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO t VALUES (1); RETURN NEW; END $$;
            CREATE FUNCTION call_it() RETURNS void LANGUAGE sql AS 'SELECT fill()';";
        assert_eq!(contents(create), Contents::Empty);
        assert_eq!(contents(&format!("{create} SELECT call_it()")), Contents::Unknown);
        let trigger = "CREATE TRIGGER fill AFTER INSERT ON s FOR EACH ROW EXECUTE FUNCTION fill();";
        assert_eq!(contents(&format!("{create} {trigger}")), Contents::Empty);
        assert_eq!(contents(&format!("{create} {trigger} INSERT INTO s VALUES (1)")), Contents::Unknown);
    }

    #[test]
    fn partitions_share_their_rows_with_their_parent() {
        let create = "CREATE TABLE t (id int) PARTITION BY LIST (id);
            CREATE TABLE p PARTITION OF t FOR VALUES IN (1); INSERT INTO p VALUES (1);";
        assert_eq!(contents(create), Contents::Known);
        assert_eq!(inserted(&after(create), &["id"], &["1"]), Insertion::Seen);
    }

    #[test]
    fn inserted_keys_are_found() {
        let session = after(
            "CREATE TABLE t (id int PRIMARY KEY, code text, part int, UNIQUE (code, part));
             INSERT INTO t (id, code, part) VALUES (1, 'a', 2), ('2', 'b', -3);
             INSERT INTO t (id) SELECT 7 WHERE NOT EXISTS (SELECT FROM t WHERE id = 7)",
        );
        for id in ["1", "2", "7"] {
            assert_eq!(inserted(&session, &["id"], &[id]), Insertion::Seen);
        }
        assert_eq!(inserted(&session, &["id"], &["3"]), Insertion::Unseen);
        assert_eq!(inserted(&session, &["part", "code"], &["-3", "b"]), Insertion::Seen);
        // The last row has no code.
        assert_eq!(inserted(&session, &["code", "part"], &["b", "2"]), Insertion::Untold);
        assert_eq!(inserted(&session, &[], &[]), Insertion::Untold);
    }

    #[test]
    fn keys_that_a_dump_declares_later_are_found() {
        let session = after(
            "CREATE TABLE t (id int, name text);\nCOPY t (id, name) FROM stdin;\n1\tone\n2\t\\N\n\\.\n
             ALTER TABLE t ADD PRIMARY KEY (id); ALTER TABLE t RENAME COLUMN id TO key",
        );
        assert_eq!(inserted(&session, &["key"], &["2"]), Insertion::Seen);
        assert_eq!(inserted(&session, &["key"], &["3"]), Insertion::Unseen);
    }

    #[test]
    fn rows_of_a_table_that_was_there_before_are_found() {
        let session = after("INSERT INTO t (id, name) VALUES (1, 'admin')");
        assert_eq!(inserted(&session, &["id"], &["1"]), Insertion::Seen);
        assert_eq!(inserted(&session, &["id"], &["2"]), Insertion::Unseen);
        assert_eq!(inserted(&after("INSERT INTO t VALUES (1)"), &["id"], &["1"]), Insertion::Untold);
        assert_eq!(inserted(&after("TRUNCATE t"), &["id"], &["1"]), Insertion::Unseen);
    }

    #[test]
    fn keys_that_change_or_are_made_up_are_not_told() {
        let create = "CREATE TABLE t (id serial PRIMARY KEY, name text UNIQUE); INSERT INTO t (name) VALUES ('a');";
        let session = after(create);
        assert_eq!(inserted(&session, &["id"], &["1"]), Insertion::Untold);
        assert_eq!(inserted(&session, &["name"], &["b"]), Insertion::Unseen);
        let changed = after(&format!("{create} UPDATE t SET name = 'b'"));
        assert_eq!(inserted(&changed, &["name"], &["b"]), Insertion::Untold);
        let gone = after(&format!("{create} DELETE FROM t"));
        assert_eq!(inserted(&gone, &["name"], &["a"]), Insertion::Unseen);
    }
}
