//! Whether an index can be built by itself before the transaction that asks for it, and what its columns are called there.

use crate::analyze::postgres::alter_table::SoFar;
use crate::analyze::postgres::analysis::Analysis;
use crate::catalog::{Origin, Relation};
use smol_str::{SmolStr, ToSmolStr, format_smolstr};

/// So many columns are named.
const NAMED: usize = 3;

/// What the open transaction, or the statement itself (`so_far`), has to do before an index over (or with a predicate over) `columns` can
/// be built; empty where nothing keeps it from being built before. A column has to be there; what was alike in the rows has to be
/// mended before they can be unique.
pub(in crate::analyze::postgres) fn awaits<'n>(
    analysis: &Analysis<'_>,
    relation: &Relation,
    columns: impl Iterator<Item = &'n str>,
    unique: bool,
    so_far: Option<&SoFar>,
) -> SmolStr {
    let session = analysis.context.session;
    let now = |transaction: u32| session.transaction.is_some() && transaction == session.transaction_serial;
    let table = relation.as_table().filter(|_| analysis.existed(relation));
    let (mut added, mut written) = (Vec::new(), None);
    for name in columns {
        let known = table.and_then(|table| table.column(name));
        let new = so_far.is_some_and(|so_far| so_far.added_column(name).is_some());
        // A constraint's index is built in front of the file: without a transaction, too. A runner that nobody knows may open one.
        let in_file = |origin: Origin| origin.at.source == analysis.context.source_id;
        let here = |origin: Origin| now(origin.transaction) || in_file(origin);
        if new || known.and_then(|known| known.origin).is_some_and(here) {
            if !added.contains(&name) {
                added.push(name);
            }
        } else if known.and_then(|known| known.updated).is_some_and(now) {
            written.get_or_insert(name);
        }
    }
    match written {
        _ if !added.is_empty() => {
            let columns = if added.len() == 1 { "column" } else { "columns" };
            let more = if added.len() > NAMED { " and others" } else { "" };
            format_smolstr!(
                "add the {columns} {}{more}",
                added.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ")
            )
        }
        _ if unique && table.and_then(|table| table.thinned).is_some_and(now) => "delete rows".to_smolstr(),
        Some(name) if unique => format_smolstr!("update the column {name}"),
        _ => SmolStr::default(),
    }
}

/// The names that columns had when the open transaction began, separated by `, `.
pub(in crate::analyze::postgres) fn names(
    analysis: &Analysis<'_>,
    relation: &Relation,
    columns: &mut dyn Iterator<Item = &str>,
) -> String {
    let session = analysis.context.session;
    let now = |transaction: u32| session.transaction.is_some() && transaction == session.transaction_serial;
    let before = columns.map(|name| {
        let known = relation.as_table().and_then(|table| table.column(name));
        let renamed = known.and_then(|known| known.renamed_from.as_ref()).filter(|(_, when)| now(*when));
        renamed.map_or(name, |(before, _)| before.as_str())
    });
    before.collect::<Vec<_>>().join(", ")
}
