//! What the end of a file tells of an effect before it, which its statement alone did not.

use super::present::lacks_one;
use crate::catalog::{Catalog, Relation, RelationId};
use crate::diagnostic::Label;
use crate::effect::{ClientChange, Confidence, Effect, EffectKind, LostObject, MayFailReason, ScanReason, WriteVerb};
use crate::source::Location;
use crate::statement::Expr;
use smol_str::{SmolStr, format_smolstr};
use std::collections::BTreeMap;

/// A file at its end.
pub(super) struct Hindsight<'a> {
    catalog: &'a Catalog,
    renamed: RenamedColumns,
    dropped: Dropped,
    /// Where it ends with a single row in a table.
    ends: BTreeMap<RelationId, End>,
}

impl<'a> Hindsight<'a> {
    /// Of a file with these effects, at whose end the catalog is.
    pub(super) fn of<'e>(catalog: &'a Catalog, effects: impl Iterator<Item = &'e Effect> + Clone) -> Self {
        let (renamed, dropped) = (RenamedColumns::of(effects.clone()), Dropped::by(effects.clone()));
        Self { catalog, renamed, dropped, ends: ends_with_a_row(effects) }
    }

    /// Completes an effect of the file. What fails before `until` takes it back.
    pub(super) fn complete(&self, in_transaction: bool, until: u32, effect: &mut Effect) {
        let catalog = self.catalog;
        if is_made_with_its_table(catalog, effect)
            && let Some(subject) = &mut effect.subject
        {
            subject.new = true;
        }
        let table = effect.subject.as_ref().and_then(|subject| subject.id);
        match &mut effect.kind {
            EffectKind::BreaksClients { old_columns, as_caller, .. } if !old_columns.is_empty() => {
                if let Some(table) = table {
                    *old_columns = self.renamed.selected(catalog, table);
                    if catalog.table(table).is_some_and(|(_, table)| table.row_security) {
                        *as_caller = SmolStr::new_static("security_invoker = true");
                    }
                }
            }
            // A constant for all of them breaks the key that the column gets, unique or foreign.
            EffectKind::MayFail { reason: MayFailReason::NoValue, object, filler, .. }
                if table.is_some_and(|table| is_key(catalog, table, object) || refers(catalog, table, object)) =>
            {
                *filler = SmolStr::default();
            }
            // A column that is computed on reading takes no index.
            EffectKind::RewritesTable { column, instead, .. }
                if table.is_some_and(|table| is_indexed(catalog, table, column)) =>
            {
                *instead = SmolStr::default();
            }
            EffectKind::ScansTable { reason, constraint, dropped_again, .. }
                if table.is_some_and(|table| self.dropped.again(catalog, table, *reason, constraint, effect.cause)) =>
            {
                *dropped_again = std::mem::take(constraint);
            }
            EffectKind::BuildsIndex { awaits, built_on, built_over, .. }
                if !awaits.is_empty() && !built_on.is_empty() =>
            {
                if let Some((name, columns)) = table.and_then(|table| built_at(catalog, table, effect.cause)) {
                    (*built_on, *built_over) = (name, columns);
                }
            }
            EffectKind::DropsObject { object, columns, goes_anyway, .. } if object == "index" => {
                if let Some(table) = table {
                    *goes_anyway = match catalog.table(table) {
                        Some((_, table)) => lacks_one(table, columns),
                        // What was never seen is of a table that is not known.
                        None => !columns.is_empty(),
                    };
                }
            }
            EffectKind::WritesRows { verb: WriteVerb::Delete, refilled: again, .. }
            | EffectKind::LosesData { object: LostObject::Rows, generated: again, .. } => {
                *again = in_transaction && table.is_some_and(|table| catalog.is_refilled(table));
            }
            _ => {}
        }
        tell_where_it_ends(&self.ends, in_transaction, until, effect);
    }
}

/// Where a migration ends if a table has a row.
#[derive(Clone, Copy)]
struct End {
    at: Location,
    /// It does so for certain.
    certain: bool,
}

/// The columns that a file renames, and their names before it.
struct RenamedColumns(BTreeMap<RelationId, BTreeMap<SmolStr, SmolStr>>);

impl RenamedColumns {
    /// Those of a file's effects, in order.
    fn of<'e>(effects: impl Iterator<Item = &'e Effect>) -> Self {
        let mut tables: BTreeMap<RelationId, BTreeMap<SmolStr, SmolStr>> = BTreeMap::new();
        for effect in effects {
            let EffectKind::BreaksClients { change: ClientChange::RenameColumn, object, to, .. } = &effect.kind else {
                continue;
            };
            // What the file itself has added has no old name.
            let Some(id) = effect.subject.as_ref().filter(|subject| !subject.new).and_then(|subject| subject.id) else {
                continue;
            };
            let columns = tables.entry(id).or_default();
            let first = columns.remove(object).unwrap_or_else(|| object.clone());
            columns.insert(to.clone(), first);
        }
        Self(tables)
    }

    /// What a view under the table's old name selects so that every column has its old name there; empty where the columns are not known.
    fn selected(&self, catalog: &Catalog, table: RelationId) -> SmolStr {
        let Some(renamed) = self.0.get(&table) else {
            return SmolStr::new_static("*");
        };
        let Some((_, table)) = catalog.table(table).filter(|(_, table)| table.complete) else {
            return SmolStr::default();
        };
        let columns = table.columns.iter().map(|column| match renamed.get(&column.name) {
            Some(old) if *old != column.name => format_smolstr!("{} AS {old}", column.name),
            _ => column.name.clone(),
        });
        columns.collect::<Vec<_>>().join(", ").into()
    }
}

/// What a file drops of its tables, and where it does so last.
#[derive(Default)]
struct Dropped {
    constraints: BTreeMap<(RelationId, SmolStr), u32>,
    columns: BTreeMap<RelationId, BTreeMap<SmolStr, u32>>,
}

impl Dropped {
    fn by<'e>(effects: impl Iterator<Item = &'e Effect>) -> Self {
        let mut found = Self::default();
        for effect in effects {
            let Some(table) = effect.subject.as_ref().and_then(|subject| subject.id) else {
                continue;
            };
            let at = effect.cause.span.start;
            match &effect.kind {
                EffectKind::DropsObject { object, name, .. }
                    if matches!(object.as_str(), "CHECK constraint" | "foreign key") =>
                {
                    found.constraints.insert((table, name.clone()), at);
                }
                EffectKind::LosesData { object: LostObject::Column, name, .. } => {
                    found.columns.entry(table).or_default().insert(name.clone(), at);
                }
                _ => {}
            }
        }
        found
    }

    /// Whether the file drops, behind a place, what it has added there to a table: the table, a column, a constraint, or a constraint
    /// with a column of it.
    fn again(&self, catalog: &Catalog, table: RelationId, reason: ScanReason, added: &SmolStr, at: Location) -> bool {
        if added.is_empty() {
            return false;
        }
        let Some(known) = catalog.relation(table) else {
            return true;
        };
        let later = |dropped: &u32| *dropped > at.span.start;
        let Some(known) = known.as_table() else {
            return false;
        };
        let lost = self.columns.get(&table);
        if reason == ScanReason::NotNull {
            return known.column(added).is_none() && lost.and_then(|lost| lost.get(added)).is_some_and(later);
        }
        let made = |origin: Location| origin.source == at.source && at.span.contains(origin.span);
        let stands = known
            .constraints
            .iter()
            .any(|constraint| constraint.name == *added || constraint.origin.is_some_and(|origin| made(origin.at)));
        let by_name = self.constraints.get(&(table, added.clone())).is_some_and(later);
        !stands && (by_name || lost.is_some_and(|lost| lost.values().any(later)))
    }
}

/// The name of a table at the end of a file, and the key columns of the index that it made at a place.
fn built_at(catalog: &Catalog, table: RelationId, at: Location) -> Option<(SmolStr, SmolStr)> {
    let made = |origin: Location| origin.source == at.source && at.span.contains(origin.span);
    let own = |index: &Relation| index.origin.is_some_and(|origin| made(origin.at));
    let (_, index) = catalog.indexes_of(table).find(|(relation, _)| own(relation))?;
    let keys: Option<Vec<_>> =
        index.keys.iter().map(|key| key.expr.columns().first().map(|key| key.name.clone())).collect();
    Some((catalog.relation(table)?.display_name(), keys?.join(", ").into()))
}

/// The tables to which a file adds a column that has no value for the rows that exist, and where: with a single row, it ends there.
fn ends_with_a_row<'a>(effects: impl Iterator<Item = &'a Effect>) -> BTreeMap<RelationId, End> {
    let mut found = BTreeMap::new();
    // The column that is added last, if it may have been there before.
    let mut perhaps_there = None;
    for effect in effects {
        match &effect.kind {
            EffectKind::AddsColumn { column, if_not_exists, .. } => perhaps_there = if_not_exists.then_some(column),
            EffectKind::MayFail { reason: MayFailReason::NoValue, object, .. } => {
                if let Some(subject) = effect.subject.as_ref().filter(|subject| !subject.new)
                    && let Some(id) = subject.id
                {
                    let at = Location { source: effect.cause.source, span: effect.focus };
                    let certain = effect.confidence == Confidence::Certain && perhaps_there != Some(object);
                    found.entry(id).or_insert(End { at, certain });
                }
            }
            _ => {}
        }
    }
    found
}

/// Says of work on a table's rows, and of their loss, that the migration ends elsewhere if there are any. Where the loss is taken back
/// then, nothing is lost.
fn tell_where_it_ends(ends: &BTreeMap<RelationId, End>, in_transaction: bool, until: u32, effect: &mut Effect) {
    let meets_rows = match &effect.kind {
        EffectKind::MayFail { reason, .. } => *reason != MayFailReason::NoValue,
        EffectKind::ScansTable { reason, .. } => *reason != ScanReason::NoValue,
        EffectKind::RewritesTable { .. }
        | EffectKind::BuildsIndex { .. }
        | EffectKind::LosesData { .. }
        | EffectKind::RunsUnderLock { .. } => true,
        EffectKind::WritesRows { verb, .. } => *verb != WriteVerb::Insert,
        _ => false,
    };
    let Some(subject) = effect.subject.as_ref().filter(|subject| meets_rows && !subject.new) else {
        return;
    };
    let Some(End { at: end, certain }) = subject.id.and_then(|id| ends.get(&id)) else {
        return;
    };
    let taken_back = effect.cause.span.start < end.span.start && end.span.start < until;
    let mut then = "what is told comes true";
    if let EffectKind::LosesData { object: object @ LostObject::Column, copied_to, .. } = &mut effect.kind
        && taken_back
        && *certain
        && copied_to.is_empty()
    {
        *object = LostObject::EmptyColumn;
        then = "values are lost";
    }
    let told = effect.because.iter().any(|label| label.at.source == end.source && label.at.span.contains(end.span));
    if !told && (in_transaction || taken_back || effect.cause.span.start > end.span.start) {
        let message =
            format!("with a row in `{}`, the migration ends here; once that is mended, {then}", subject.relation);
        effect.because.push(Label { message, at: *end });
    }
}

/// `DROP INDEX IF EXISTS` of an index that was never seen, before the file makes the table that gets an index of that name: it is of no
/// other table, and on most servers of none.
fn is_made_with_its_table(catalog: &Catalog, effect: &Effect) -> bool {
    let EffectKind::DropsObject { object, name, if_exists: true, .. } = &effect.kind else {
        return false;
    };
    let unseen = effect.subject.as_ref().is_some_and(|subject| subject.relation == *name);
    let made = |relation: &Relation| relation.origin.is_some_and(|origin| origin.at.source == effect.cause.source);
    let index = catalog.find_displayed(name).filter(|index| object == "index" && unseen && made(index));
    index.and_then(Relation::as_index).and_then(|index| catalog.relation(index.table)).is_some_and(made)
}

/// Whether a unique index of a table needs a column to tell its rows apart: no other one is over a part of the rest of its key.
fn is_key(catalog: &Catalog, table: RelationId, column: &str) -> bool {
    let keys = || {
        let unique = catalog.indexes_of(table).filter(|(_, index)| index.unique);
        unique.map(|(_, index)| index.keys.iter().flat_map(|key| key.expr.columns()).map(|key| &key.name))
    };
    let mut with_it = keys().map(|key| key.collect::<Vec<_>>()).filter(|key| key.iter().any(|name| *name == column));
    with_it.any(|key| !keys().any(|mut other| other.all(|name| name != column && key.contains(&name))))
}

/// Whether a column alone refers to another table.
fn refers(catalog: &Catalog, table: RelationId, column: &str) -> bool {
    let keys = catalog.table(table).into_iter().flat_map(|(_, table)| table.foreign_keys());
    keys.into_iter().any(|key| matches!(key.kind.columns(), [only] if only == column))
}

/// Whether a column is in an index of its table.
fn is_indexed(catalog: &Catalog, table: RelationId, column: &str) -> bool {
    let names = |expr: &Expr| expr.columns().iter().any(|name| name.name == column);
    catalog.indexes_of(table).any(|(_, index)| {
        index.keys.iter().any(|key| names(&key.expr))
            || index.include.iter().any(|name| name == column)
            || index.predicate.as_ref().is_some_and(names)
    })
}

#[cfg(test)]
mod tests {
    use crate::check::{File, Project, read};
    use crate::settings::Settings;
    use crate::source::Source;
    use crate::tool::{Tool, TransactionMode};

    /// Of each effect of the second file on programs: the column or table, its table before, and what a view would select.
    fn broken(before: &str, sql: &str) -> Vec<String> {
        let files = [Source::new("1.sql", before), Source::new("2.sql", sql)].map(File::from).into();
        let (_, projects) = read(vec![Project::of(Tool::NONE, files)], &Default::default());
        let steps = projects.iter().flat_map(|project| &project.replay.steps);
        let effects = steps.flat_map(|step| &step.effects).filter(|effect| effect.kind.name() == "breaks-clients");
        let fields = effects.map(|effect| {
            let field = |name| effect.field(name).map(|value| value.to_string()).unwrap_or_default();
            format!("{} of {}: {}", field("object"), field("before"), field("old_columns"))
        });
        fields.collect()
    }

    #[test]
    fn programs_know_tables_and_columns_by_their_old_names() {
        let table = "CREATE TABLE t (id int PRIMARY KEY, a int, b int);";
        let found = |sql: &str| broken(table, &format!("BEGIN; {sql} COMMIT;"));
        assert_eq!(found("ALTER TABLE t RENAME TO u;"), ["t of t: *"]);
        let first = "ALTER TABLE t RENAME a TO c; ALTER TABLE t RENAME TO u;";
        assert_eq!(found(first), ["a of t: ", "t of t: id, c AS a, b"]);
        let then = "ALTER TABLE t RENAME TO u; ALTER TABLE u RENAME a TO c; ALTER TABLE u RENAME c TO d;";
        assert_eq!(found(then), ["t of t: id, d AS a, b", "a of t: ", "c of t: "]);
        let unseen = broken("", "BEGIN; ALTER TABLE t RENAME a TO c; ALTER TABLE t RENAME TO u; COMMIT;");
        assert_eq!(unseen, ["a of t: ", "t of t: "]);
        // Outside of a transaction, too: the file is deployed as one.
        let moved =
            "CREATE SCHEMA s; ALTER TABLE t RENAME TO u; ALTER TABLE u SET SCHEMA s; ALTER TABLE s.u DROP COLUMN a;";
        assert_eq!(broken(table, moved), ["t of t: *", "u of t: *", "a of t: "]);
    }

    /// The kinds of effects that are said to be met by a migration that ends elsewhere.
    fn ending(transaction: TransactionMode, sql: &str) -> Vec<&'static str> {
        let given = "CREATE TABLE t (id int PRIMARY KEY, a int); CREATE TABLE u (id int PRIMARY KEY, a int);";
        let file = |(number, text): (usize, &&str)| File {
            judged: number == 1,
            transaction: Some(transaction),
            ..File::from(Source::new(format!("{number}.sql"), *text))
        };
        let project = Project::of(Tool::NONE, [given, sql].iter().enumerate().map(file).collect());
        let (_, projects) = read(vec![project], &Settings::default());
        let steps = projects.iter().flat_map(|project| &project.replay.steps).filter(|step| step.judged);
        let ends = |message: &str| message.starts_with("with a row in `t`, the migration ends here");
        let effects = steps.flat_map(|step| &step.effects);
        let told = effects.filter(|effect| effect.because.iter().any(|label| ends(&label.message)));
        told.map(|effect| effect.kind.name()).collect()
    }

    #[test]
    fn a_column_without_a_value_ends_the_migration_where_there_are_rows() {
        let (file, statement) = (TransactionMode::File, TransactionMode::Statement);
        let add = "ALTER TABLE t ADD COLUMN n int NOT NULL;";
        assert_eq!(ending(statement, &format!("{add} CREATE INDEX ON t (a);")), ["builds-index", "scans-table"]);
        assert_eq!(ending(statement, &format!("{add} CREATE INDEX ON u (a);")), [""; 0]);
        // What was done before stays done, but for a transaction.
        assert_eq!(ending(statement, &format!("CREATE INDEX ON t (a); {add}")), [""; 0]);
        assert_eq!(ending(file, &format!("ALTER TABLE t DROP COLUMN a; {add}")), ["loses-data"]);
        assert_eq!(ending(file, "ALTER TABLE t ADD COLUMN n int NOT NULL DEFAULT 1; CREATE INDEX ON t (a);"), [""; 0]);
    }

    #[test]
    fn what_is_taken_back_where_there_are_rows_is_not_lost() {
        let lost = |transaction: TransactionMode, sql: &str| {
            let file = |(number, text): (usize, &&str)| File {
                judged: number == 1,
                transaction: Some(transaction),
                ..File::from(Source::new(format!("{number}.sql"), *text))
            };
            let files = ["CREATE TABLE t (id int PRIMARY KEY, a int, b int);", sql];
            let project = Project::of(Tool::NONE, files.iter().enumerate().map(file).collect());
            let (_, projects) = read(vec![project], &Settings::default());
            let steps = projects.iter().flat_map(|project| &project.replay.steps).filter(|step| step.judged);
            let effects = steps.flat_map(|step| &step.effects).filter(|effect| effect.kind.name() == "loses-data");
            effects.filter_map(|effect| Some(effect.field("object")?.to_string())).collect::<Vec<_>>()
        };
        let (file, statement) = (TransactionMode::File, TransactionMode::Statement);
        let add = "ADD COLUMN n int NOT NULL";
        assert_eq!(lost(statement, &format!("ALTER TABLE t DROP COLUMN a, {add};")), ["empty-column"]);
        assert_eq!(lost(file, &format!("ALTER TABLE t DROP COLUMN a; ALTER TABLE t {add};")), ["empty-column"]);
        assert_eq!(lost(file, &format!("ALTER TABLE t {add}; ALTER TABLE t DROP COLUMN a;")), ["empty-column"]);
        for kept in [
            format!("ALTER TABLE t DROP COLUMN a; ALTER TABLE t {add};"),
            format!("BEGIN; ALTER TABLE t DROP COLUMN a; COMMIT; ALTER TABLE t {add};"),
            "ALTER TABLE t DROP COLUMN a, ADD COLUMN IF NOT EXISTS n int NOT NULL;".to_owned(),
            "ALTER TABLE t DROP COLUMN a, ADD COLUMN n int NOT NULL DEFAULT 0;".to_owned(),
            format!(
                "BEGIN; ALTER TABLE t DROP COLUMN a; DO $$ BEGIN IF f() THEN ALTER TABLE t {add}; END IF; END $$; COMMIT;"
            ),
        ] {
            assert_eq!(lost(statement, &kept), ["column"], "{kept}");
        }
        let guarded = |guard: &str, drop: &str| lost(statement, &format!("DO $$ BEGIN {guard} END $$; {drop}"));
        let raise = "IF EXISTS (SELECT 1 FROM t WHERE a IS NOT NULL) THEN RAISE EXCEPTION 'a'; END IF;";
        let drop = "ALTER TABLE t DROP COLUMN a;";
        assert_eq!(guarded(&format!("{raise} {drop}"), ""), ["empty-column"]);
        assert_eq!(
            guarded(&format!("{raise} ALTER TABLE t RENAME a TO c; ALTER TABLE t DROP c;"), ""),
            ["empty-column"]
        );
        assert_eq!(guarded(&format!("{raise} ALTER TABLE t DROP b; {drop}"), ""), ["column", "empty-column"]);
        for between in [
            "UPDATE t SET a = 1;",
            "INSERT INTO t VALUES (1);",
            "ALTER TABLE t RENAME a TO c; ALTER TABLE t RENAME b TO a;",
        ] {
            assert_eq!(guarded(&format!("{raise} {between} {drop}"), ""), ["column"], "{between}");
        }
        // Others may write as soon as the block's own transaction is over.
        assert_eq!(guarded(raise, drop), ["column"]);
        assert_eq!(lost(file, &format!("DO $$ BEGIN {raise} END $$; {drop}")), ["empty-column"]);
        let empty = "IF (SELECT count(*) FROM t) = 0 THEN EXECUTE 'DROP TABLE t'; END IF;";
        assert_eq!(guarded(empty, ""), ["empty-table"]);
        assert_eq!(guarded("IF (SELECT count(*) FROM t) = 0 THEN NULL; END IF; DROP TABLE t;", ""), ["table"]);
        assert_eq!(guarded("IF NOT EXISTS (SELECT FROM u) THEN DROP TABLE IF EXISTS u; END IF;", ""), ["empty-table"]);
    }
}
