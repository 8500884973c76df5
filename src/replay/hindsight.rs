//! What the end of a file tells of an effect before it, which its statement alone did not.

use super::present::{lacks_one, relation};
use crate::catalog::{Catalog, Relation, RelationId};
use crate::effect::{Effect, EffectKind, LostObject, WriteVerb};
use crate::statement::Expr;
use smol_str::SmolStr;

/// Completes an effect of a file, at whose end the catalog is.
pub(super) fn complete(catalog: &Catalog, in_transaction: bool, effect: &mut Effect) {
    if is_made_with_its_table(catalog, effect)
        && let Some(subject) = &mut effect.subject
    {
        subject.new = true;
    }
    let table = effect.subject.as_ref().and_then(|subject| subject.id);
    match &mut effect.kind {
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
