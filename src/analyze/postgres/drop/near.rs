//! What `DROP ... IF EXISTS` of a name that nothing has was probably meant for.

use crate::analyze::postgres::analysis::Analysis;
use crate::catalog::{Catalog, Relation, made_otherwise};
use crate::diagnostic::Label;
use crate::effect::NothingReason;
use crate::statement::{Drop, Name, ObjectKind, ObjectName};

/// What people, and the server itself, put behind the name of an index.
const ENDINGS: [&str; 4] = ["_idx", "_index", "_key", "_unique"];

/// An object of that name in another schema, or an index of nearly that name: it stays. `None` where there is none, or where these files
/// have dropped one of that name before.
pub(super) fn meant(analysis: &Analysis<'_>, drop: &Drop, name: &ObjectName) -> Option<(NothingReason, Label)> {
    let catalog = analysis.catalog();
    let path = analysis.context.session.search_path();
    let (schema, plain) = (catalog.creation_schema(name, &path), &name.name.name);
    if catalog.is_dropped(&schema.into(), plain) {
        return None;
    }
    match drop.kind {
        ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Routine => {
            let elsewhere = |place: &(Name, Name)| place.0 != schema && place.1 == *plain;
            let functions = catalog.functions().filter(|(place, _)| elsewhere(place));
            let mut overloads = functions
                .flat_map(|(place, function)| function.overloads.iter().map(move |overload| (place, overload)));
            let (place, overload) = overloads.find(|(_, it)| super::fits(it, drop.arguments_of(name)))?;
            let message = format!("`{}.{}` is made here", place.0, place.1);
            Some((NothingReason::OtherSchema, Label { message, at: overload.origin.at }))
        }
        ObjectKind::Index => {
            let mut indexes = catalog.relations().filter(|relation| relation.as_index().is_some());
            let found =
                indexes.find(|relation| relation.schema == schema && differ_by_ending(&relation.name, plain))?;
            Some((NothingReason::OtherName, made(found)?))
        }
        _ => None,
    }
}

/// Whether a sequence that was never seen is called like that of a `serial` column, `table_column_seq`, of a table that these files have
/// dropped: it went with the table (`ChooseRelationName`; manual, "Serial Types").
pub(super) fn went_with_its_table(catalog: &Catalog, sequence: &Relation) -> bool {
    let Some(stem) = sequence.name.strip_suffix("_seq").filter(|_| sequence.origin.is_none()) else {
        return false;
    };
    stem.match_indices('_').any(|(end, _)| catalog.is_dropped(&sequence.schema, &stem[..end].into()))
}

fn made(relation: &Relation) -> Option<Label> {
    let name = relation.display_name();
    let message = format!("`{name}` is made here{}", made_otherwise(relation.made_as.as_ref(), &name));
    Some(Label { message, at: relation.origin?.at })
}

fn differ_by_ending(one: &str, other: &str) -> bool {
    let longer = |long: &str, short: &str| long.strip_prefix(short).is_some_and(|end| ENDINGS.contains(&end));
    longer(one, other) || longer(other, one)
}
