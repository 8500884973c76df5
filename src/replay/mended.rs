//! A second look at what a file took away: by its end the same may be there again.
//!
//! A view that is dropped and made anew, a constraint that is replaced, triggers that are switched off and on: an opinion about the
//! loss alone would be wrong. Data that is gone does not come back.

use super::Replayer;
use crate::catalog::{Catalog, Function, Relation, RelationId, Table, TableConstraintKind, TypeKind};
use crate::diagnostic::Label;
use crate::effect::{
    ClientChange, ColumnChange, Effect, EffectKind, FailReason, LostObject, NothingReason, Weakening, WriteVerb,
};
use crate::migration::Migration;
use crate::source::{Location, SourceId, Span};
use crate::statement::{
    AlterActionKind, Command, Expr, ExprKind, Ident, Literal, Name, ObjectKind, ObjectName, RowSecurity, Statement,
    Transaction,
};
use smol_str::SmolStr;
use std::cell::LazyCell;
use std::collections::BTreeSet;

/// The kinds of objects that are called.
const ROUTINES: [&str; 3] = ["function", "procedure", "routine"];

impl Replayer<'_> {
    /// Marks the effects of a file's steps that its end has made good.
    pub(super) fn mend(&mut self, migration: &Migration, first_step: usize) {
        // Few files need it, and large ones only once.
        let numbered_until = LazyCell::new(|| last_numbering(self.sources.get(migration.source).text()));
        let catalog = &self.catalog;
        // Names that types have got in this file: nobody knows them yet.
        let steps = self.steps.iter().skip(first_step).flat_map(|step| &step.effects);
        let renamed: BTreeSet<Name> = steps
            .filter_map(|effect| match &effect.kind {
                EffectKind::BreaksClients { change: ClientChange::ChangeTypeDefinition, to, .. } => Some(to.clone()),
                _ => None,
            })
            .filter(|to| !to.is_empty())
            .collect();
        let vacated = vacated(self.steps.iter().skip(first_step).flat_map(|step| &step.effects));
        // Functions that lose one overload at least.
        let steps = self.steps.iter().skip(first_step).flat_map(|step| &step.effects);
        let dropped: BTreeSet<SmolStr> = steps
            .filter_map(|effect| match &effect.kind {
                EffectKind::DropsObject { object, name, named: true, .. } if ROUTINES.contains(&object.as_str()) => {
                    Some(name.strip_prefix("public.").unwrap_or(name).into())
                }
                _ => None,
            })
            .collect();
        let mut refused = BTreeSet::new();
        for step in self.steps.iter_mut().skip(first_step).filter(|step| step.source == migration.source) {
            for effect in &mut step.effects {
                if is_made_with_its_table(catalog, migration.source, effect)
                    && let Some(subject) = &mut effect.subject
                {
                    subject.new = true;
                }
                if let EffectKind::RewritesTable { column, instead, .. } = &mut effect.kind
                    && let Some(table) = effect.subject.as_ref().and_then(|it| it.id)
                    && is_indexed(catalog, table, column)
                {
                    *instead = SmolStr::default();
                }
                if let Some(goes) = goes_anyway(catalog, effect)
                    && let EffectKind::DropsObject { goes_anyway, .. } = &mut effect.kind
                {
                    *goes_anyway = goes;
                }
                if let EffectKind::WritesRows { verb: WriteVerb::Delete, refilled: again, .. }
                | EffectKind::LosesData { object: LostObject::Rows, generated: again, .. } = &mut effect.kind
                    && let Some(table) = effect.subject.as_ref().and_then(|it| it.id)
                {
                    *again = step.in_transaction && catalog.is_refilled(table);
                }
                effect.mended = match &effect.kind {
                    _ if owner_is_gone(catalog, effect) || succeeds(effect, &vacated) || self.remade.holds(effect) => {
                        true
                    }
                    EffectKind::BreaksClients { change: ClientChange::ChangeTypeDefinition, object, .. }
                        if renamed.contains(object) =>
                    {
                        true
                    }
                    EffectKind::DisablesTriggers { .. } => {
                        let enables = |action: &AlterActionKind| matches!(action, AlterActionKind::Trigger { mode, .. } if mode.starts_with("enable"));
                        step.in_transaction && taken_back(migration, step.statement, effect, enables)
                    }
                    EffectKind::WeakensRowSecurity { change: Weakening::Disable, .. } => {
                        let enables =
                            |action: &AlterActionKind| *action == AlterActionKind::RowSecurity(RowSecurity::Enable);
                        step.in_transaction && taken_back(migration, step.statement, effect, enables)
                    }
                    EffectKind::WeakensRowSecurity { change: Weakening::NoForce, .. } => {
                        let forces =
                            |action: &AlterActionKind| *action == AlterActionKind::RowSecurity(RowSecurity::Force);
                        let table = effect.subject.as_ref().and_then(|it| catalog.relation(it.id?)?.as_table());
                        // Where it is off altogether, that is another finding, and the greater one.
                        table.is_some_and(|table| !table.row_security)
                            || (step.in_transaction && taken_back(migration, step.statement, effect, forces))
                    }
                    // Its rows are in another table, which has taken its place, and nobody wrote to it meanwhile.
                    EffectKind::LosesData { object: LostObject::Table, copied_to, guarded, .. }
                        if !copied_to.is_empty() =>
                    {
                        let moved_away = effect.subject.as_ref().is_some_and(|it| it.before != it.relation);
                        (*guarded || moved_away) && takes_place(catalog, effect)
                    }
                    // With the first use of the value the transaction is over: to part the files mends the others as well.
                    EffectKind::Fails { reason: FailReason::NewEnumValue, object, .. } => {
                        !refused.insert(object.clone())
                    }
                    // A list of what it may have been called with, one of which it was.
                    EffectKind::DoesNothing { reason: NothingReason::OtherArguments, object } => {
                        dropped.contains(object.strip_prefix("public.").unwrap_or(object))
                    }
                    // Dropped, to be made anew.
                    EffectKind::DoesNothing { reason: NothingReason::OtherSchema, object } => {
                        overloads(catalog, object) > 0
                    }
                    EffectKind::DoesNothing { reason: NothingReason::OtherName, object } => {
                        let kept = |label: &Label| is_index_made_at(catalog, label.at);
                        relation(catalog, object).is_some() || !effect.because.iter().any(kept)
                    }
                    EffectKind::BypassesSequence { .. } => step.at.span.end as usize <= *numbered_until,
                    _ => is_there(catalog, effect) || is_made_by_call(catalog, migration, step.statement, effect),
                };
            }
        }
    }
}

/// Whether a relation has the name that a dropped one had, or had before it was moved out of the way.
fn takes_place(catalog: &Catalog, effect: &Effect) -> bool {
    effect.subject.as_ref().is_some_and(|subject| {
        [&subject.relation, &subject.before].into_iter().any(|name| relation(catalog, name).is_some())
    })
}

/// The names that tables give up by being renamed.
pub(super) fn vacated<'a>(effects: impl Iterator<Item = &'a Effect>) -> BTreeSet<String> {
    let renamed = effects.filter_map(|effect| match &effect.kind {
        EffectKind::BreaksClients { change: ClientChange::RenameTable, object, .. } => Some(object.to_string()),
        _ => None,
    });
    renamed.collect()
}

/// Whether a table takes on a name that another has given up: it comes in that one's place, and was made for it.
pub(super) fn succeeds(effect: &Effect, vacated: &BTreeSet<String>) -> bool {
    let EffectKind::BreaksClients { change: ClientChange::RenameTable, object, to } = &effect.kind else {
        return false;
    };
    match object.rsplit_once('.') {
        Some((schema, _)) => vacated.contains(&format!("{schema}.{to}")),
        None => vacated.contains(to.as_str()),
    }
}

/// `DROP INDEX IF EXISTS` of an index that was never seen, before the file makes the table that gets an index of that name: it is of no
/// other table, and on most servers of none.
fn is_made_with_its_table(catalog: &Catalog, file: SourceId, effect: &Effect) -> bool {
    let EffectKind::DropsObject { object, name, if_exists: true, .. } = &effect.kind else {
        return false;
    };
    let unseen = effect.subject.as_ref().is_some_and(|subject| subject.relation == *name);
    let made = |relation: &Relation| relation.origin.is_some_and(|origin| origin.at.source == file);
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

/// Of an index that a statement drops: whether a column of it has gone as well by the end of the file, or its table.
fn goes_anyway(catalog: &Catalog, effect: &Effect) -> Option<bool> {
    let EffectKind::DropsObject { object, columns, .. } = &effect.kind else {
        return None;
    };
    let id = effect.subject.as_ref().filter(|_| object == "index")?.id?;
    Some(match catalog.table(id) {
        Some((_, table)) => lacks_one(table, columns),
        // What was never seen is of a table that is not known.
        None => !columns.is_empty(),
    })
}

/// Whether a table is known not to have one of these columns.
fn lacks_one(table: &Table, columns: &str) -> bool {
    table.complete && columns.split(", ").any(|column| is_name(column) && table.column(column).is_none())
}

/// Whether the index that was made at a place is still there.
fn is_index_made_at(catalog: &Catalog, at: Location) -> bool {
    let made = |relation: &Relation| relation.origin.is_some_and(|origin| origin.at == at);
    catalog.relations().any(|relation| relation.as_index().is_some() && made(relation))
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

/// Whether the table has gone as well, of which something was taken away: that is another finding, and the greater one.
fn owner_is_gone(catalog: &Catalog, effect: &Effect) -> bool {
    let part = match &effect.kind {
        EffectKind::DropsObject { object, .. } => {
            !matches!(object.as_str(), "view" | "materialized view" | "sequence" | "foreign table")
        }
        EffectKind::BreaksClients { change, .. } => matches!(
            change,
            ClientChange::Revoke
                | ClientChange::DropDefault
                | ClientChange::RequiredColumn
                | ClientChange::RenameColumn
                | ClientChange::NotNull
                | ClientChange::NewConstraint
        ),
        EffectKind::ChangesColumn { .. } | EffectKind::DisablesTriggers { .. } => true,
        EffectKind::WritesRows { verb: WriteVerb::Delete, .. } => true,
        _ => false,
    };
    part && effect.subject.as_ref().and_then(|subject| subject.id).is_some_and(|id| catalog.relation(id).is_none())
}

/// Remembers the indexes that a statement drops, as the catalog knows them before.
pub(super) fn remember_dropped_indexes(
    replayer: &Replayer<'_>,
    migration: &Migration,
    statement: &Statement,
    session: &mut crate::session::Session,
) {
    let Command::Drop(drop) = &statement.command else {
        return;
    };
    if drop.kind != ObjectKind::Index {
        return;
    }
    let path = session.search_path();
    for name in &drop.names {
        let found = replayer.catalog.resolve(name, &path).and_then(|id| replayer.catalog.relation(id));
        let index = found.and_then(Relation::as_index).filter(|index| index.predicate.is_none());
        let key = |key: &crate::statement::IndexKey| match &key.expr.kind {
            ExprKind::Column(path) => path.last().map(|column| column.name.clone()),
            _ => None,
        };
        session.dropped_indexes.push(crate::session::DroppedIndex {
            name: name.name.name.clone(),
            table: index.map(|index| index.table),
            columns: index.map(|index| index.keys.iter().map(key).collect()).unwrap_or_default(),
            at: Location { source: migration.source, span: statement.span },
        });
    }
}

/// Whether what an effect took away is in the catalog.
fn is_there(catalog: &Catalog, effect: &Effect) -> bool {
    match &effect.kind {
        // A foreign key goes with the table that it references, and that is another finding.
        EffectKind::DropsObject { references, .. }
            if !references.is_empty() && relation(catalog, references).is_none() =>
        {
            true
        }
        EffectKind::DropsObject { object, name, unique, columns, .. } => {
            object_is_there(catalog, effect, object, name, *unique, columns)
        }
        EffectKind::BreaksClients { change, object, .. } => match change {
            ClientChange::DropTable | ClientChange::DropView | ClientChange::RenameTable | ClientChange::SetSchema => {
                relation(catalog, object).is_some()
            }
            ClientChange::DropFunction => is_made_after(catalog, object, effect.cause),
            ClientChange::RenameSchema => catalog.schema(object).is_some(),
            ClientChange::ChangeTypeDefinition => match &effect.subject {
                None => type_is_there(catalog, object),
                Some(_) => false,
            },
            ClientChange::DropColumn => column(catalog, effect, object).is_some(),
            ClientChange::RenameColumn => {
                column(catalog, effect, object).is_some() || is_viewed(catalog, effect, object)
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
        "view" | "materialized view" | "sequence" | "foreign table" => relation(catalog, name).is_some(),
        "function" | "procedure" | "routine" | "aggregate" => is_made_after(catalog, name, effect.cause),
        "type" | "domain" => type_is_there(catalog, name),
        "schema" => catalog.schema(name).is_some(),
        "extension" => catalog.object(ObjectKind::Extension, name).is_some(),
        "trigger" | "policy" | "rule" => {
            // Of a table that made room for another: what that one has.
            let before = effect.subject.as_ref().filter(|it| it.before != it.relation);
            let in_place = before.and_then(|subject| relation(catalog, &subject.before));
            owner.into_iter().chain(in_place).any(|owner| has_attachment(owner, object, name, file))
                || (object == "trigger" && writes_what_is_gone(catalog, columns))
        }
        // With a column its indexes go: that is another finding, and the greater one.
        "index" => owner.is_some_and(|owner| {
            let gone = |table: &Table| lacks_one(table, columns);
            serves(catalog, owner, unique, columns) || owner.as_table().is_some_and(gone)
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
        column.rsplit_once('.').is_some_and(|(table, column)| match relation(catalog, table) {
            Some(table) => table.as_table().is_some_and(|table| table.complete && table.column(column).is_none()),
            None => true,
        })
    };
    !columns.is_empty() && columns.split(", ").all(|written| written.split('|').any(gone))
}

/// Whether a later statement of the file calls a function of these migrations that makes a trigger, or a trigger's function, by a command
/// that it puts together, and names the table in the call.
fn is_made_by_call(catalog: &Catalog, migration: &Migration, statement: usize, effect: &Effect) -> bool {
    let (word, meant) = match &effect.kind {
        EffectKind::DropsObject { object, .. } if object == "trigger" => {
            ("trigger", effect.subject.as_ref().map(|it| it.relation.as_str()).unwrap_or_default())
        }
        EffectKind::DropsObject { object, name, .. } if object == "function" => ("function", name.as_str()),
        EffectKind::BreaksClients { change: ClientChange::DropFunction, object, .. } => ("function", object.as_str()),
        _ => return false,
    };
    let meant = meant.rsplit('.').next().unwrap_or_default();
    // A function is called after the table that it was made for.
    let names = |argument: &Expr| {
        let mut named = false;
        argument.walk(&mut |part| {
            if let ExprKind::Literal(Literal::String(text)) = &part.kind {
                let table = text.rsplit('.').next().unwrap_or(text);
                let rest = meant.strip_prefix(table).filter(|_| !table.is_empty());
                named |= rest.is_some_and(|rest| rest.is_empty() || (word == "function" && rest.starts_with('_')));
            }
        });
        named
    };
    let makes = |name: &ObjectName| {
        let overloads = catalog.functions_named(&name.name.name).flat_map(|function| &function.overloads);
        overloads.filter_map(|overload| overload.body.as_ref()).any(|body| {
            let says = |word: &str| body.words.iter().any(|it| it.eq_ignore_ascii_case(word));
            !body.opaque.is_empty() && says("create") && says(word)
        })
    };
    let later = migration.statements.iter().skip(statement + 1);
    later.into_iter().any(|later| match &later.command {
        Command::Query(query) => query.calls.iter().any(|call| call.arguments.iter().any(names) && makes(&call.name)),
        Command::Call(call) => call.arguments.iter().any(names) && makes(&call.procedure),
        _ => false,
    })
}

/// Whether a column of an index is told by its name; an expression is not.
fn is_name(column: &str) -> bool {
    !column.is_empty() && column != "(expression)"
}

/// Whether a table has an index that does what one over these columns did.
fn serves(catalog: &Catalog, table: &Relation, unique: bool, columns: &str) -> bool {
    let wanted: Vec<&str> = columns.split(", ").collect();
    catalog.indexes_of(table.id).any(|(_, index)| {
        if unique {
            // As strict, or stricter: what is unique by a function of the columns is so by the columns.
            let within = |key: &crate::statement::IndexKey| {
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

/// A relation by the name that effects tell.
fn relation<'a>(catalog: &'a Catalog, name: &str) -> Option<&'a Relation> {
    let (schema, name) = name.split_once('.').unwrap_or(("public", name));
    catalog.find(schema, name)
}

fn column<'a>(catalog: &'a Catalog, effect: &Effect, name: &str) -> Option<&'a crate::catalog::Column> {
    let table = effect.subject.as_ref().and_then(|subject| catalog.relation(subject.id?))?;
    table.as_table()?.column(name)
}

/// Whether a function of that name is made behind a place, in the same file. One that was beside it all the time does not take its place.
fn is_made_after(catalog: &Catalog, name: &str, at: Location) -> bool {
    let after = |made: Location| made.source == at.source && made.span.start > at.span.start;
    function(catalog, name).is_some_and(|function| function.overloads.iter().any(|it| after(it.defined)))
}

fn overloads(catalog: &Catalog, name: &str) -> usize {
    function(catalog, name).map_or(0, |function| function.overloads.len())
}

fn function<'a>(catalog: &'a Catalog, name: &str) -> Option<&'a Function> {
    let ident = |name: &str| Ident { name: name.into(), span: Span::empty(0) };
    let (schema, name) = name.split_once('.').unwrap_or(("public", name));
    let name = ObjectName { schema: Some(Box::new(ident(schema))), name: ident(name) };
    catalog.function(&name, &[])
}

/// Whether clients that name a type find what they can compare with its columns. A domain over an enum is no such thing: the operators
/// of enums do not take it (`42883 operator does not exist`, observed on 14 and 18), as those of other types take a domain over them.
fn type_is_there(catalog: &Catalog, name: &str) -> bool {
    let (schema, plain) = name.split_once('.').unwrap_or(("public", name));
    let Some(found) = catalog.type_named(Some(schema), plain, &[]) else {
        return relation(catalog, name).is_some();
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
    let view = subject.and_then(|subject| relation(catalog, &subject.before)?.as_view());
    view.is_some_and(|view| view.outputs.iter().any(|output| output == old))
}

/// Whether a new column is called, by now, as one that the same file dropped, which every INSERT had to fill as well.
fn takes_over(catalog: &Catalog, effect: &Effect, new: &str) -> bool {
    let table = effect.subject.as_ref().and_then(|subject| catalog.relation(subject.id?)?.as_table());
    table.is_some_and(|table| {
        let is_it = |column: &&crate::catalog::Column| {
            column.name == new || column.renamed_from.as_ref().is_some_and(|(before, _)| before == new)
        };
        table.columns.iter().filter(is_it).any(|column| {
            table.demanded.iter().any(|(name, file)| *name == column.name && *file == effect.cause.source)
        })
    })
}

/// Whether a later statement of the same transaction does the opposite to the same table: the lock keeps others out until then.
fn taken_back(
    migration: &Migration,
    statement: usize,
    effect: &Effect,
    opposite: impl Fn(&AlterActionKind) -> bool,
) -> bool {
    let Some(subject) = &effect.subject else {
        return false;
    };
    let table = subject.relation.rsplit('.').next().unwrap_or_default();
    let ends = |later: &&Statement| {
        matches!(later.command, Command::Transaction(Transaction::Commit { .. } | Transaction::Rollback { .. }))
    };
    // Behind the statement itself, where it stands in a DO block, and in the blocks behind it.
    let start = effect.cause.span.start;
    let of_block = migration.statements.get(statement).map(within).unwrap_or_default();
    let beside = of_block.iter().filter(|inner| inner.span.start > start);
    let later = migration.statements.iter().skip(statement + 1);
    let later = beside.chain(later.flat_map(|later| std::iter::once(later).chain(within(later))));
    later.take_while(|later| !ends(later)).any(|later| match &later.command {
        Command::AlterRelation(alter) if alter.name.name.name == table => {
            alter.actions.iter().any(|action| opposite(&action.kind))
        }
        _ => false,
    })
}

/// The statements of a DO block.
fn within(statement: &Statement) -> &[Statement] {
    match &statement.command {
        Command::Do(block) => block.body.as_ref().map(|body| body.statements.as_slice()).unwrap_or_default(),
        _ => &[],
    }
}

/// Where a file sets sequences for the last time: which one is often computed.
fn last_numbering(text: &str) -> usize {
    let text = text.to_ascii_lowercase();
    ["setval", "restart"].iter().filter_map(|word| text.rfind(word)).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use crate::check::{File, Project, read};
    use crate::settings::Settings;
    use crate::source::Source;
    use crate::tool::{Tool, TransactionMode};

    fn mended(sql: &str, kind: &str) -> Vec<bool> {
        let given = "CREATE TABLE t (id int PRIMARY KEY, a int, n int NOT NULL, CONSTRAINT c CHECK (a > 0));
            CREATE VIEW v AS SELECT 1 AS x; CREATE INDEX i ON t (a);";
        let file = |(number, text): (usize, &&str)| File {
            judged: number == 1,
            transaction: Some(TransactionMode::Statement),
            ..File::from(Source::new(format!("{number}.sql"), *text))
        };
        let project = Project::of(Tool::NONE, [given, sql].iter().enumerate().map(file).collect());
        let (_, projects) = read(vec![project], &Settings::default());
        let steps = projects.iter().flat_map(|project| &project.replay.steps).filter(|step| step.judged);
        let effects = steps.flat_map(|step| &step.effects).filter(|effect| effect.kind.name() == kind);
        effects.map(|effect| effect.mended).collect()
    }

    #[test]
    fn what_a_called_function_makes_again_is_mended() {
        let watch = "CREATE FUNCTION watch(t text) RETURNS int LANGUAGE plpgsql AS $$ BEGIN
            EXECUTE format('CREATE OR REPLACE FUNCTION %I_fn() RETURNS trigger ...', t);
            EXECUTE format('CREATE TRIGGER %I_w AFTER INSERT ON %I EXECUTE FUNCTION %I_fn()', t, t, t); RETURN 1; END $$; SELECT watch('t');";
        let again = |call: &str| {
            mended(
                &format!("{watch} DROP TRIGGER IF EXISTS t_w ON t; DROP FUNCTION IF EXISTS t_fn(); {call}"),
                "drops-object",
            )
        };
        assert_eq!(again("SELECT 1 FROM watch('t')"), [true, true]);
        assert_eq!(again("SELECT 1 FROM watch('u')"), [false, false]);
        assert_eq!(again(""), [false, false]);
    }

    #[test]
    fn a_trigger_whose_work_is_gone() {
        let trigger = "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.a := 1; RETURN NEW; END $$;
            CREATE FUNCTION g() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE t SET a = 1 WHERE id = NEW.id; RETURN NEW; END $$;
            CREATE FUNCTION h() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.a := 1; PERFORM pg_notify('c', 'x'); RETURN NEW; END $$;
            CREATE FUNCTION i() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO t (id, a) VALUES (NEW.id, 1); RETURN NEW; END $$;
            CREATE TRIGGER w BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION";
        let dropped = |function: &str, then: &str| {
            mended(&format!("{trigger} {function}(); DROP TRIGGER w ON t; {then}"), "drops-object").into_iter().next()
        };
        let column = "ALTER TABLE t DROP CONSTRAINT c, DROP COLUMN a";
        assert_eq!(dropped("f", column), Some(true));
        assert_eq!(dropped("g", column), Some(true));
        // Kept, it would fail.
        assert_eq!(dropped("i", column), Some(true));
        assert_eq!(dropped("i", ""), Some(false));
        // It tells others, too.
        assert_eq!(dropped("h", column), Some(false));
        assert_eq!(dropped("f", ""), Some(false));
        // The table that comes in its place has a trigger of that name.
        let swapped = |then: &str| {
            let sql = format!(
                "BEGIN; {trigger} f(); COMMIT; BEGIN; ALTER TABLE t RENAME TO old; DROP TRIGGER w ON old; CREATE TABLE t (a int); {then} COMMIT"
            );
            mended(&sql, "drops-object")
        };
        assert_eq!(swapped("CREATE TRIGGER w BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();"), [true]);
        assert_eq!(swapped(""), [false]);
    }

    #[test]
    fn a_stricter_foreign_key_takes_the_place_of_one() {
        let keys = "CREATE TABLE r (id int PRIMARY KEY, o int NOT NULL, UNIQUE (o, id));
            CREATE TABLE s (r_id int CONSTRAINT k REFERENCES r (id), o int NOT NULL, p int);
            ALTER TABLE s DROP CONSTRAINT k, ADD CONSTRAINT l FOREIGN KEY";
        assert_eq!(mended(&format!("{keys} (o, r_id) REFERENCES r (o, id)"), "drops-object"), [true]);
        // It cannot outlive the table that it references.
        let alone = "CREATE TABLE r (id int PRIMARY KEY); CREATE TABLE s (r_id int CONSTRAINT k REFERENCES r); ALTER TABLE s DROP CONSTRAINT k;";
        assert_eq!(mended(&format!("{alone} DROP TABLE r"), "drops-object"), [true]);
        assert_eq!(mended(alone, "drops-object"), [false]);
        // Where `p` is NULL nothing is checked.
        assert_eq!(mended(&format!("{keys} (p, r_id) REFERENCES r (o, id)"), "drops-object"), [false]);
    }

    #[test]
    fn a_drop_that_misses() {
        let given = "CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
            CREATE INDEX t_id_idx ON t (id); CREATE SCHEMA other; CREATE FUNCTION other.g() RETURNS int LANGUAGE sql AS 'SELECT 1';";
        let missed = |sql: &str| mended(&format!("{given} {sql}"), "does-nothing");
        assert_eq!(missed("DROP FUNCTION IF EXISTS f(text)"), [false]);
        assert_eq!(missed("DROP FUNCTION IF EXISTS f(text); DROP FUNCTION IF EXISTS public.f(int)"), [true]);
        // A drop that misses leaves the function where it is.
        assert_eq!(missed("DROP FUNCTION IF EXISTS f(text); DROP FUNCTION IF EXISTS f(date)"), [false, false]);
        // A row type is called like its table, by the name that this has now.
        let renamed = "CREATE FUNCTION r(t) RETURNS int LANGUAGE sql AS 'SELECT 1'; ALTER TABLE t RENAME TO s;";
        assert_eq!(missed(&format!("{renamed} DROP FUNCTION IF EXISTS r(s)")), [false; 0]);
        assert_eq!(missed(&format!("{renamed} DROP FUNCTION IF EXISTS r(t)")), [false]);
        let lost = |sql: &str| mended(&format!("{given} {sql}"), "drops-object");
        let other = "CREATE FUNCTION f(text) RETURNS int LANGUAGE sql AS 'SELECT 1';";
        assert_eq!(lost(&format!("{other} DROP FUNCTION f(int)")), [false]);
        assert_eq!(lost(&format!("DROP FUNCTION f(int); {other}")), [true]);
        let two = "CREATE FUNCTION f(bigint) RETURNS int LANGUAGE sql AS 'SELECT 1';";
        assert_eq!(
            missed(&format!("{two} DROP FUNCTION IF EXISTS public.f(text); DROP FUNCTION IF EXISTS public.f(int)")),
            [true]
        );
    }

    #[test]
    fn what_is_made_again_is_mended() {
        assert_eq!(mended("DROP VIEW v; CREATE VIEW v AS SELECT 2 AS y", "drops-object"), [true]);
        assert_eq!(mended("DROP VIEW v; CREATE VIEW w AS SELECT 2 AS y", "drops-object"), [false]);
        let replaced = "ALTER TABLE t DROP CONSTRAINT c; ALTER TABLE t ADD CONSTRAINT d CHECK (a > 1);";
        assert_eq!(mended(replaced, "drops-object"), [true]);
        assert_eq!(mended("DROP INDEX i; CREATE INDEX j ON t (a, id)", "drops-object"), [true]);
        assert_eq!(mended("DROP INDEX i; CREATE INDEX j ON t (id, a)", "drops-object"), [false]);
        let switched = |between: &str| {
            let sql = format!(
                "BEGIN; ALTER TABLE t DISABLE TRIGGER ALL; {between}; ALTER TABLE t ENABLE TRIGGER ALL; COMMIT"
            );
            mended(&sql, "disables-triggers")
        };
        assert_eq!(switched("UPDATE t SET a = 1"), [true]);
        let block = "BEGIN; DO $$ BEGIN ALTER TABLE t DISABLE TRIGGER ALL; UPDATE t SET a = 1; ALTER TABLE t ENABLE TRIGGER ALL; END $$; COMMIT";
        assert_eq!(mended(block, "disables-triggers"), [true]);
        // Meanwhile others write without the triggers.
        assert_eq!(switched("COMMIT; BEGIN"), [false]);
        let open = |between: &str| {
            let sql = format!(
                "BEGIN; ALTER TABLE t DISABLE ROW LEVEL SECURITY; {between}; ALTER TABLE t ENABLE ROW LEVEL SECURITY; COMMIT"
            );
            mended(&format!("ALTER TABLE t ENABLE ROW LEVEL SECURITY; {sql}"), "weakens-row-security")
        };
        assert_eq!(open("UPDATE t SET a = 1"), [true]);
        assert_eq!(open("COMMIT; BEGIN"), [false]);
        assert_eq!(mended("ALTER TABLE t RENAME TO u; ALTER TABLE n RENAME TO t", "breaks-clients"), [true, true]);
        assert_eq!(mended("ALTER TABLE t RENAME TO u; ALTER TABLE n RENAME TO m", "breaks-clients"), [false, false]);
        let swap = "BEGIN; ALTER TABLE t RENAME TO u; ALTER TABLE n RENAME TO t; COMMIT";
        assert!(mended(swap, "breaks-clients").is_empty());
        assert_eq!(mended("ALTER TABLE t DISABLE TRIGGER ALL", "disables-triggers"), [false]);
    }

    #[test]
    fn what_programs_name_is_there_under_another_guise() {
        let changes = |sql: &str| mended(&format!("BEGIN; {sql}; COMMIT"), "breaks-clients");
        let renames = "ALTER TABLE t RENAME TO u; ALTER TABLE u RENAME COLUMN a TO b";
        assert_eq!(changes(renames), [false, false]);
        assert_eq!(changes(&format!("{renames}; CREATE VIEW t AS SELECT id, b AS a FROM u")), [true]);
        assert_eq!(changes(&format!("{renames}; CREATE VIEW t AS SELECT id, b FROM u")), [false]);
        let required = |column: &str| {
            let add = "ALTER TABLE t ADD COLUMN c int NOT NULL DEFAULT 1; ALTER TABLE t ALTER COLUMN c DROP DEFAULT";
            let take_over = format!("ALTER TABLE t DROP COLUMN {column}; ALTER TABLE t RENAME COLUMN c TO {column}");
            changes(&format!("{add}; {take_over}")).first().copied()
        };
        assert_eq!((required("n"), required("a")), (Some(true), Some(false)));
    }
}
