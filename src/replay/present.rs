//! What is there at the end of a file, by the names that effects tell.

use crate::catalog::{Catalog, Column, Function, Index, Relation, Table, TableConstraintKind, TypeKind, displayed};
use crate::effect::{ClientChange, ColumnChange, Effect, EffectKind};
use crate::source::{Location, SourceId, Span};
use crate::statement::{ExprKind, Ident, IndexKey, Name, ObjectKind, ObjectName};

/// Whether what an effect took away is in the catalog.
pub(super) fn is_there(catalog: &Catalog, effect: &Effect) -> bool {
    match &effect.kind {
        // A foreign key goes with the table that it references, and that is another finding.
        EffectKind::DropsObject { references, .. }
            if !references.is_empty() && catalog.find_displayed(references).is_none() =>
        {
            true
        }
        EffectKind::DropsObject { object, name, unique, columns, .. } => {
            object_is_there(catalog, effect, object, name, *unique, columns)
        }
        EffectKind::BreaksClients { change, object, to, .. } => match change {
            ClientChange::DropTable | ClientChange::DropView | ClientChange::RenameTable | ClientChange::SetSchema => {
                catalog.find_displayed(object).is_some()
            }
            ClientChange::DropFunction => is_made_after(catalog, object, effect.cause),
            ClientChange::RenameSchema => catalog.schema(object).is_some(),
            ClientChange::ChangeTypeDefinition => match &effect.subject {
                None => type_is_there(catalog, object),
                Some(_) => false,
            },
            ClientChange::DropColumn => column(catalog, effect, object).is_some(),
            ClientChange::RenameColumn => {
                let gone = is_dropped_since(catalog, effect, object, to);
                gone || column(catalog, effect, object).is_some() || is_viewed(catalog, effect, object)
            }
            ClientChange::RequiredColumn if takes_over(catalog, effect, object) => true,
            ClientChange::DropDefault | ClientChange::RequiredColumn => {
                column(catalog, effect, object).is_some_and(|column| {
                    let filled = column.fills_itself();
                    match change {
                        ClientChange::RequiredColumn => {
                            !is_checked(catalog, effect, object) && (filled || !column.not_null)
                        }
                        _ => filled,
                    }
                })
            }
            _ => false,
        },
        EffectKind::ChangesColumn { column: name, change } => {
            column(catalog, effect, name).is_some_and(|column| match change {
                ColumnChange::DropNotNull => column.not_null,
                ColumnChange::DropIdentity => column.default.is_some() || column.sequence.is_some(),
                _ => false,
            })
        }
        EffectKind::WeakensRowSecurity { policy, .. } if !policy.is_empty() => {
            let table = effect.subject.as_ref().and_then(|subject| catalog.relation(subject.id?));
            table.is_some_and(|table| {
                table.attachments().iter().any(|it| it.kind == ObjectKind::Policy && it.name == *policy)
            })
        }
        EffectKind::Overloads { name, .. } => overloads(catalog, name) < 2,
        _ => false,
    }
}

fn object_is_there(catalog: &Catalog, effect: &Effect, object: &str, name: &str, unique: bool, columns: &str) -> bool {
    let owner = effect.subject.as_ref().and_then(|subject| catalog.relation(subject.id?));
    let file = effect.cause.source;
    match object {
        "view" | "materialized view" | "sequence" | "foreign table" => catalog.find_displayed(name).is_some(),
        "function" | "procedure" | "routine" | "aggregate" => is_made_after(catalog, name, effect.cause),
        "type" | "domain" => type_is_there(catalog, name),
        "schema" => catalog.schema(name).is_some(),
        "extension" => catalog.object(ObjectKind::Extension, name).is_some(),
        "trigger" | "policy" | "rule" => {
            // Of a table that made room for another: what that one has.
            let before = effect.subject.as_ref().filter(|it| it.before != it.relation);
            let in_place = before.and_then(|subject| catalog.find_displayed(&subject.before));
            owner.into_iter().chain(in_place).any(|owner| has_attachment(owner, object, name, file))
                || (object == "trigger" && writes_what_is_gone(catalog, columns))
        }
        // With a column its indexes go: that is another finding, and the greater one.
        "index" => owner.is_some_and(|owner| {
            let gone = |table: &Table| lacks_one(table, columns);
            let computed = owner.as_table().and_then(|table| computed_keys(table, effect.cause));
            let served = match computed.filter(|_| unique) {
                Some(index) => catalog.indexes_of(owner.id).any(|(_, other)| other.is_as_strict_as(index)),
                None => serves(catalog, owner, unique, columns),
            };
            served || owner.as_table().is_some_and(gone)
        }),
        _ => owner.is_some_and(|owner| constraint_is_there(catalog, owner, file, object, name, unique, columns)),
    }
}

/// Whether a table has a trigger, policy or rule that does what one of that name did.
fn has_attachment(owner: &Relation, object: &str, name: &str, file: SourceId) -> bool {
    owner.attachments().iter().any(|attachment| {
        // A trigger of the same file takes the place of the one that goes.
        let successor = object == "trigger" && attachment.origin.at.source == file;
        attachment.kind.name() == object && (attachment.name == name || successor)
    })
}

/// Whether all that a trigger wrote has gone as well: there is no work left for it.
fn writes_what_is_gone(catalog: &Catalog, columns: &str) -> bool {
    let gone = |column: &str| {
        column.rsplit_once('.').is_some_and(|(table, column)| match catalog.find_displayed(table) {
            Some(table) => table.as_table().is_some_and(|table| table.complete && table.column(column).is_none()),
            None => true,
        })
    };
    !columns.is_empty() && columns.split(", ").all(|written| written.split('|').any(gone))
}

/// The index of a table that a statement dropped, if one of its keys is computed and it is certain which it was.
fn computed_keys(table: &Table, cause: Location) -> Option<&Index> {
    let by_this =
        |at: &Location| at.source == cause.source && at.span.start <= cause.span.start && cause.span.end <= at.span.end;
    let mut dropped = table.dropped_indexes.iter().filter(|(_, at)| by_this(at)).map(|(index, _)| index);
    let index = dropped.next().filter(|_| dropped.next().is_none())?;
    index.keys.iter().any(|key| !matches!(key.expr.kind, ExprKind::Column(_))).then_some(index)
}

/// Whether a table has an index that does what one over these columns did.
fn serves(catalog: &Catalog, table: &Relation, unique: bool, columns: &str) -> bool {
    let wanted: Vec<&str> = columns.split(", ").collect();
    catalog.indexes_of(table.id).any(|(_, index)| {
        if unique {
            // As strict, or stricter: what is unique by a function of the columns is so by the columns.
            let within = |key: &IndexKey| {
                let columns = key.expr.columns();
                !columns.is_empty() && columns.iter().all(|column| wanted.contains(&column.name.as_str()))
            };
            return index.unique && index.keys.iter().all(within);
        }
        let keys: Vec<Option<&Name>> = index
            .keys
            .iter()
            .map(|key| match &key.expr.kind {
                ExprKind::Column(path) => path.last().map(|column| &column.name),
                _ => None,
            })
            .collect();
        wanted.len() <= keys.len() && wanted.iter().zip(&keys).all(|(wanted, key)| key.is_some_and(|key| key == wanted))
    })
}

fn constraint_is_there(
    catalog: &Catalog,
    table: &Relation,
    file: SourceId,
    object: &str,
    name: &str,
    unique: bool,
    columns: &str,
) -> bool {
    let Some(known) = table.as_table() else {
        return false;
    };
    let wanted: Vec<&str> = columns.split(", ").collect();
    let same = known.constraints.iter().any(|constraint| {
        let kind = constraint.kind.noun();
        let own = constraint.kind.columns();
        // A CHECK of the same file over one of the columns takes the place of the one that goes.
        let successor = object == "CHECK constraint"
            && constraint.origin.is_some_and(|origin| origin.at.source == file)
            && own.iter().any(|column| wanted.contains(&column.as_str()));
        // So does a foreign key of the same file over these columns and others, if those are never NULL: it is checked as often.
        let filled = |column: &Name| known.column(column).is_some_and(|column| column.not_null);
        let stricter = object == "foreign key"
            && !columns.is_empty()
            && constraint.origin.is_some_and(|origin| origin.at.source == file)
            && wanted.iter().all(|wanted| own.iter().any(|column| column == wanted))
            && own.iter().all(|column| wanted.contains(&column.as_str()) || filled(column));
        // A table has one primary key: any other takes its place.
        constraint.name == name
            || (kind == object
                && (object == "primary key"
                    || successor
                    || stricter
                    || own.iter().map(Name::as_str).eq(wanted.iter().copied())))
    });
    let columns_gone =
        !columns.is_empty() && wanted.iter().all(|wanted| known.complete && known.column(wanted).is_none());
    // A CHECK that went before NOT NULL proved the same.
    let refuses_null = object == "CHECK constraint"
        && matches!(wanted.as_slice(), [column] if known.column(column).is_some_and(|column| column.not_null));
    same || columns_gone || refuses_null || (unique && object != "primary key" && serves(catalog, table, true, columns))
}

fn column<'a>(catalog: &'a Catalog, effect: &Effect, name: &str) -> Option<&'a Column> {
    let table = effect.subject.as_ref().and_then(|subject| catalog.relation(subject.id?))?;
    table.as_table()?.column(name)
}

/// Whether a column that got a new name is there no more under this or another: that is another finding, and the greater one.
fn is_dropped_since(catalog: &Catalog, effect: &Effect, from: &str, to: &str) -> bool {
    let table = effect.subject.as_ref().and_then(|subject| catalog.relation(subject.id?)).and_then(Relation::as_table);
    table.is_some_and(|table| {
        let again = |column: &Column| column.renamed_from.as_ref().is_some_and(|(name, _)| name == from);
        table.complete && table.column(to).is_none() && !table.columns.iter().any(again)
    })
}

/// Whether a column to which the values of another were copied or converted has got that one's name.
pub(super) fn is_replaced(catalog: &Catalog, effect: &Effect, name: &str) -> bool {
    let table = effect.subject.as_ref().and_then(|subject| subject.id);
    let before = column(catalog, effect, name).and_then(|column| column.renamed_from.as_ref());
    table.zip(before).is_some_and(|(table, (before, _))| {
        catalog.copied_to(table, name).iter().any(|copied| copied.to == *before && !copied.finds)
    })
}

/// Whether a function of that name is made behind a place, in the same file. One that was beside it all the time does not take its place.
fn is_made_after(catalog: &Catalog, name: &str, at: Location) -> bool {
    let after = |made: Location| made.source == at.source && made.span.start > at.span.start;
    function(catalog, name).is_some_and(|function| function.overloads.iter().any(|it| after(it.defined)))
}

pub(super) fn overloads(catalog: &Catalog, name: &str) -> usize {
    function(catalog, name).map_or(0, |function| function.overloads.len())
}

fn function<'a>(catalog: &'a Catalog, name: &str) -> Option<&'a Function> {
    let ident = |name: &str| Ident { name: name.into(), span: Span::empty(0) };
    let (schema, name) = displayed(name);
    let name = ObjectName { schema: Some(Box::new(ident(schema))), name: ident(name) };
    catalog.function(&name, &[])
}

/// Whether clients that name a type find what they can compare with its columns. A domain over an enum is no such thing: the operators
/// of enums do not take it (`42883 operator does not exist`, observed on 14 and 18), as those of other types take a domain over them.
fn type_is_there(catalog: &Catalog, name: &str) -> bool {
    let (schema, plain) = displayed(name);
    let Some(found) = catalog.type_named(Some(schema), plain, &[]) else {
        return catalog.find_displayed(name).is_some();
    };
    let TypeKind::Domain(domain) = &found.kind else {
        return true;
    };
    let base = domain.base.schema.as_ref().map_or(schema, |schema| schema.name.as_str());
    let base = catalog.type_named(Some(base), &domain.base.name, &[]);
    !base.is_some_and(|base| matches!(base.kind, TypeKind::Enum(_)))
}

/// Whether a view has taken over the table's old name, and has a column of the old name.
fn is_viewed(catalog: &Catalog, effect: &Effect, old: &str) -> bool {
    let subject = effect.subject.as_ref().filter(|subject| subject.before != subject.relation);
    let view = subject.and_then(|subject| catalog.find_displayed(&subject.before)?.as_view());
    view.is_some_and(|view| view.outputs.iter().any(|output| output == old))
}

/// Whether a new column is called, by now, as one that the same file dropped, which every INSERT had to fill as well.
fn takes_over(catalog: &Catalog, effect: &Effect, new: &str) -> bool {
    let table = effect.subject.as_ref().and_then(|subject| catalog.relation(subject.id?)?.as_table());
    table.is_some_and(|table| {
        let is_it = |column: &&Column| {
            column.name == new || column.renamed_from.as_ref().is_some_and(|(before, _)| before == new)
        };
        table.columns.iter().filter(is_it).any(|column| {
            table.demanded.iter().any(|(name, file)| *name == column.name && *file == effect.cause.source)
        })
    })
}

/// Whether a CHECK that the effect comes from is still there.
fn is_checked(catalog: &Catalog, effect: &Effect, column: &str) -> bool {
    let at = effect.cause;
    let table = effect.subject.as_ref().and_then(|subject| subject.id).and_then(|id| catalog.relation(id)?.as_table());
    table.is_some_and(|table| {
        table.constraints.iter().any(|constraint| {
            matches!(constraint.kind, TableConstraintKind::Check { .. })
                && constraint
                    .origin
                    .is_some_and(|origin| origin.at.source == at.source && at.span.contains(origin.at.span))
                && constraint.kind.columns().iter().any(|name| name == column)
        })
    })
}

/// Whether a table is known not to have one of these columns.
pub(super) fn lacks_one(table: &Table, columns: &str) -> bool {
    table.complete && columns.split(", ").any(|column| is_name(column) && table.column(column).is_none())
}

/// Whether a column of an index is told by its name; an expression is not.
fn is_name(column: &str) -> bool {
    !column.is_empty() && column != "(expression)"
}
