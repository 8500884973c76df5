//! What the end of a file tells of an effect before it, which its statement alone did not.

use super::present::{lacks_one, relation};
use crate::catalog::{Catalog, Relation, RelationId};
use crate::effect::{ClientChange, Effect, EffectKind, LostObject, WriteVerb};
use crate::statement::Expr;
use smol_str::{SmolStr, format_smolstr};
use std::collections::BTreeMap;

/// Completes an effect of a file, at whose end the catalog is.
pub(super) fn complete(catalog: &Catalog, renamed: &RenamedColumns, in_transaction: bool, effect: &mut Effect) {
    if is_made_with_its_table(catalog, effect)
        && let Some(subject) = &mut effect.subject
    {
        subject.new = true;
    }
    let table = effect.subject.as_ref().and_then(|subject| subject.id);
    match &mut effect.kind {
        EffectKind::BreaksClients { old_columns, .. } if !old_columns.is_empty() => {
            if let Some(table) = table {
                *old_columns = renamed.selected(catalog, table);
            }
        }
        // A column that is computed on reading takes no index.
        EffectKind::RewritesTable { column, instead, .. }
            if table.is_some_and(|table| is_indexed(catalog, table, column)) =>
        {
            *instead = SmolStr::default();
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
}

/// The columns that a file renames, and their names before it.
pub(super) struct RenamedColumns(BTreeMap<RelationId, BTreeMap<SmolStr, SmolStr>>);

impl RenamedColumns {
    /// Those of a file's effects, in order.
    pub(super) fn of<'e>(effects: impl Iterator<Item = &'e Effect>) -> Self {
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

/// `DROP INDEX IF EXISTS` of an index that was never seen, before the file makes the table that gets an index of that name: it is of no
/// other table, and on most servers of none.
fn is_made_with_its_table(catalog: &Catalog, effect: &Effect) -> bool {
    let EffectKind::DropsObject { object, name, if_exists: true, .. } = &effect.kind else {
        return false;
    };
    let unseen = effect.subject.as_ref().is_some_and(|subject| subject.relation == *name);
    let made = |relation: &Relation| relation.origin.is_some_and(|origin| origin.at.source == effect.cause.source);
    let index = relation(catalog, name).filter(|index| object == "index" && unseen && made(index));
    index.and_then(Relation::as_index).and_then(|index| catalog.relation(index.table)).is_some_and(made)
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
    use crate::source::Source;

    /// Of each effect of the second file on programs: the column or table, its table before, and what a view would select.
    fn broken(before: &str, sql: &str) -> Vec<String> {
        let files = [Source::new("1.sql", before), Source::new("2.sql", sql)].map(File::from).into();
        let (_, projects) = read(vec![Project::of(crate::tool::Tool::NONE, files)], &Default::default());
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
    }
}
