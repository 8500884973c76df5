//! What goes with a dropped object: the locks that its end takes, and what is lost.

use crate::analyze::postgres::analysis::Analysis;
use crate::catalog::{
    Catalog, Column, Copied, Droppable, Dropped, Origin, Relation, RelationBody, RelationId, Table, TableConstraint,
    TableConstraintKind, made_otherwise,
};
use crate::diagnostic::Label;
use crate::dialect::Version;
use crate::effect::{Blocks, ClientChange, EffectKind, FailReason, LockMode, LostObject};
use crate::source::Span;
use crate::statement::{Command, Name, Persistence};
use smol_str::SmolStr;

/// How many dependents are pointed at, one label each.
pub(super) const LABELS: usize = 8;

/// Fails the statement where the server would for what depends on the objects. Returns whether it does.
pub(in crate::analyze::postgres) fn refuse(analysis: &mut Analysis<'_>, focus: Span, dropped: &Dropped) -> bool {
    if !dropped.is_refused() {
        return false;
    }
    let catalog = analysis.catalog();
    let in_the_way = || dropped.owners.iter().chain(&dropped.blockers);
    let first = in_the_way().next().map(|object| catalog.describe(object)).unwrap_or_default();
    let labels: Vec<_> = in_the_way().filter_map(|object| made_here(catalog, object)).take(LABELS).collect();
    // A column of the partition key cannot be dropped at all; see `ATExecDropColumn`.
    analysis.fail(focus, FailReason::Depended, "2BP01", first).because.extend(labels);
    true
}

/// A label where an object was made.
pub(super) fn made_here(catalog: &Catalog, object: &Droppable) -> Option<Label> {
    let at = origin_of(catalog, object)?.at;
    let otherwise = otherwise_of(catalog, object).unwrap_or_default();
    Some(Label { message: format!("{} is made here{otherwise}", catalog.describe(object)), at })
}

fn otherwise_of(catalog: &Catalog, object: &Droppable) -> Option<String> {
    Some(match object {
        Droppable::Relation(id) => {
            let relation = catalog.relation(*id)?;
            made_otherwise(relation.made_as.as_ref(), &relation.display_name())
        }
        Droppable::Column(id, name) => made_otherwise(catalog.table(*id)?.1.column(name)?.made_as.as_ref(), name),
        Droppable::Constraint(id, name) => {
            made_otherwise(catalog.table(*id)?.1.constraint(name)?.made_as.as_ref(), name)
        }
        Droppable::Type(schema, name) => {
            made_otherwise(catalog.type_named(Some(schema), name, &[])?.made_as.as_ref(), name)
        }
        _ => return None,
    })
}

fn origin_of(catalog: &Catalog, object: &Droppable) -> Option<Origin> {
    match object {
        Droppable::Relation(id) => catalog.relation(*id)?.origin,
        Droppable::Column(id, name) | Droppable::Default(id, name) => catalog.table(*id)?.1.column(name)?.origin,
        Droppable::Constraint(id, name) => catalog.table(*id)?.1.constraint(name)?.origin,
        Droppable::Attachment(id, kind, name) => {
            let mut attachments = catalog.relation(*id)?.attachments().iter();
            attachments.find(|it| it.kind == *kind && it.name == *name).map(|it| it.origin)
        }
        Droppable::Statistics(id, schema, name) => {
            let mut statistics = catalog.table(*id)?.1.statistics.iter();
            statistics.find(|it| it.schema == *schema && it.name == *name).map(|it| it.origin)
        }
        Droppable::Type(schema, name) => catalog.type_named(Some(schema), name, &[])?.origin,
        Droppable::Function(..) => None,
        Droppable::Schema(name) => catalog.schema(name)?.origin,
    }
}

/// The locks that removing objects takes.
pub(in crate::analyze::postgres) fn lock_dropped(
    analysis: &mut Analysis<'_>,
    dropped: &Dropped,
    focus: Span,
    concurrently: bool,
) {
    for object in &dropped.objects {
        lock_object(analysis, &object.object, focus, concurrently);
    }
}

fn lock_object(analysis: &mut Analysis<'_>, object: &Droppable, focus: Span, concurrently: bool) {
    use LockMode::{AccessExclusive, ShareUpdateExclusive};
    let catalog = analysis.catalog();
    match object {
        Droppable::Relation(id) => {
            let Some(relation) = catalog.relation(*id) else {
                return;
            };
            let lock = if concurrently { ShareUpdateExclusive } else { AccessExclusive };
            analysis.lock(relation, lock, focus);
            match &relation.body {
                // `index_drop` needs the table, too.
                RelationBody::Index(index) => lock_id(analysis, index.table, lock, focus),
                RelationBody::Table(table) => lock_around_table(analysis, table, focus),
                _ => {}
            }
        }
        Droppable::Column(id, _) | Droppable::Default(id, _) | Droppable::Attachment(id, ..) => {
            lock_id(analysis, *id, AccessExclusive, focus);
        }
        Droppable::Constraint(id, name) => {
            lock_id(analysis, *id, AccessExclusive, focus);
            let constraint = catalog
                .table(*id)
                .and_then(|(_, table)| table.constraint(name).filter(|constraint| has_own_triggers(table, constraint)));
            if let Some(TableConstraintKind::ForeignKey { references, .. }) = constraint.map(|it| &it.kind) {
                lock_referenced(analysis, *references, focus);
            }
        }
        // `RemoveStatisticsById` locks the table from 12 on (truth: drop_statistics).
        Droppable::Statistics(id, ..) if analysis.version() >= Version(12) => {
            lock_id(analysis, *id, ShareUpdateExclusive, focus);
        }
        Droppable::Statistics(..) | Droppable::Type(..) | Droppable::Function(..) | Droppable::Schema(_) => {}
    }
}

/// What dropping a table locks besides it.
fn lock_around_table(analysis: &mut Analysis<'_>, table: &Table, focus: Span) {
    // The triggers of a foreign key are on the referenced table as well (`RemoveTriggerById`).
    for constraint in table.foreign_keys().filter(|constraint| has_own_triggers(table, constraint)) {
        if let TableConstraintKind::ForeignKey { references, .. } = constraint.kind {
            lock_referenced(analysis, references, focus);
        }
    }
    // `heap_drop_with_catalog`: the parent's partitions change, and with them the default partition's bound.
    if let Some(partition) = &table.partition {
        lock_id(analysis, partition.parent, LockMode::AccessExclusive, focus);
        if let Some(default) = analysis.catalog().default_partition(partition.parent) {
            analysis.lock(default, LockMode::AccessExclusive, focus);
        }
    }
}

/// Of the foreign keys that partitions inherit only that of the partitioned table has triggers on the referenced table.
fn has_own_triggers(table: &Table, constraint: &TableConstraint) -> bool {
    !(constraint.inherited && table.partition.is_some())
}

/// The referenced table of a foreign key that goes; from 12 on its partitions have triggers, too.
fn lock_referenced(analysis: &mut Analysis<'_>, referenced: RelationId, focus: Span) {
    lock_id(analysis, referenced, LockMode::AccessExclusive, focus);
    for partition in analysis.catalog().all_partitions(referenced) {
        // Before 15 only those that keep rows (truth: drop_foreign_key_to_partitions).
        if analysis.version() >= Version(15) || !partition.as_table().is_some_and(Table::is_partitioned) {
            analysis.lock(partition, LockMode::AccessExclusive, focus);
        }
    }
}

fn lock_id(analysis: &mut Analysis<'_>, id: RelationId, lock: LockMode, focus: Span) {
    if let Some(relation) = analysis.catalog().relation(id) {
        analysis.lock(relation, lock, focus);
    }
}

/// What goes without being named: partitions, and what CASCADE takes.
pub(in crate::analyze::postgres) fn tell_cascade(analysis: &mut Analysis<'_>, focus: Span, dropped: &Dropped) {
    let catalog = analysis.catalog();
    for object in dropped.objects.iter().filter(|object| !object.named) {
        let cascade = object.cascade;
        match &object.object {
            Droppable::Relation(id) => {
                let Some(relation) = catalog.relation(*id) else {
                    continue;
                };
                match &relation.body {
                    RelationBody::Table(_) => {
                        let end = if cascade { End::Cascade } else { End::Named };
                        tell_table(analysis, relation, focus, end, 0, Vec::new());
                    }
                    RelationBody::View(_) if cascade => {
                        tell_gone(analysis, relation, focus, relation.kind_name(), relation.display_name());
                        let kind = EffectKind::breaks_clients(ClientChange::DropView, relation.display_name());
                        analysis.on(relation, focus, kind);
                    }
                    _ => {}
                }
            }
            Droppable::Column(id, name) => {
                let Some(relation) = catalog.relation(*id) else {
                    continue;
                };
                if let RelationBody::Composite(_) = relation.body {
                    continue;
                }
                tell_column(analysis, relation, name, focus, cascade);
            }
            Droppable::Constraint(id, name) if cascade => {
                if let Some(relation) = catalog.relation(*id) {
                    tell_gone(analysis, relation, focus, "constraint", name.clone());
                }
            }
            Droppable::Attachment(id, kind, name) if cascade => {
                if let Some(relation) = catalog.relation(*id) {
                    tell_gone(analysis, relation, focus, kind.name(), name.clone());
                }
            }
            Droppable::Default(id, name) if cascade => {
                if let Some(relation) = catalog.relation(*id) {
                    let kind = EffectKind::breaks_clients(ClientChange::DropDefault, name.clone());
                    analysis.on(relation, focus, kind);
                }
            }
            _ => {}
        }
    }
}

fn tell_gone(analysis: &mut Analysis<'_>, relation: &Relation, focus: Span, object: &str, name: SmolStr) {
    let kind = EffectKind::DropsObject {
        object: object.into(),
        name,
        cascade: true,
        if_exists: false,
        concurrently: false,
        named: false,
        unique: false,
        columns: SmolStr::default(),
        locked: false,
        idle: false,
        goes_anyway: false,
        references: SmolStr::default(),
    };
    let created = analysis.created_here(relation);
    analysis.on(relation, focus, kind).because.extend(created);
}

/// A column that goes with something else.
fn tell_column(analysis: &mut Analysis<'_>, relation: &Relation, name: &Name, focus: Span, cascade: bool) {
    let column = relation.as_table().and_then(|table| table.column(name));
    let generated = column.is_some_and(|column| column.generated.is_some());
    let label = column.and_then(column_label);
    let kind = EffectKind::LosesData {
        object: LostObject::Column,
        name: name.clone(),
        cascade,
        generated,
        dependents: 0,
        copied_to: SmolStr::default(),
        guarded: false,
    };
    analysis.on(relation, focus, kind).because.extend(label);
    let kind = EffectKind::breaks_clients(ClientChange::DropColumn, name.clone());
    analysis.on(relation, focus, kind);
}

fn column_label(column: &Column) -> Option<Label> {
    let otherwise = made_otherwise(column.made_as.as_ref(), &column.name);
    Some(Label { message: format!("column `{}` is made here{otherwise}", column.name), at: column.origin?.at })
}

/// Whether a function of these files makes a temporary table of that name: what was never seen created is that one.
fn is_made_temporary(catalog: &Catalog, name: &Name) -> bool {
    let overloads = catalog.functions().flat_map(|(_, function)| &function.overloads);
    let mut statements = overloads.filter_map(|it| it.body.as_ref()).flat_map(|body| &body.statements);
    statements.any(|statement| match &statement.command {
        Command::CreateTable(create) => create.persistence == Persistence::Temporary && create.name.name.name == *name,
        _ => false,
    })
}

/// How a table goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// By its name.
    Named,
    /// By its name, `IF EXISTS`, where no migration makes one of that name.
    Unseen,
    /// With what it depends on.
    Cascade,
}

/// A table goes, with its rows.
pub(super) fn tell_table(
    analysis: &mut Analysis<'_>,
    relation: &Relation,
    focus: Span,
    end: End,
    dependents: usize,
    labels: Vec<Label>,
) {
    if relation.origin.is_none() && is_made_temporary(analysis.catalog(), &relation.name) {
        return;
    }
    let name = relation.display_name();
    let created = analysis.created_here(relation);
    let copies = Copies::of(analysis, analysis.catalog().rows_copied_to(relation.id), |to| {
        analysis.catalog().find_displayed(to).is_some()
    });
    let all = copies.now && copies.plain;
    let guarded = all
        && copies.from.iter().all(|copied| {
            let copied_at = copied.origin.at;
            analysis.context.session.locks().of(relation.id).is_some_and(|held| {
                held.mode.blocks() >= Blocks::Writes
                    && held.at.source == copied_at.source
                    && held.at.span.start < copied_at.span.start
            })
        });
    // Of a partition the lock on its partitioned table is told along with the loss.
    let partition = relation.as_table().is_some_and(|table| table.partition.is_some());
    let shown = analysis.shown_empty(relation).filter(|_| end != End::Cascade && copies.from.is_empty() && !partition);
    let kind = EffectKind::LosesData {
        object: match end {
            _ if shown.is_some() => LostObject::EmptyTable,
            End::Unseen => LostObject::UnseenTable,
            _ if all || copies.from.is_empty() => LostObject::Table,
            _ => LostObject::CopiedTable,
        },
        name: name.clone(),
        cascade: end == End::Cascade,
        generated: false,
        dependents,
        copied_to: copies.names(),
        guarded,
    };
    let copied_at = copies.labels().filter(|_| !all);
    let shown =
        shown.map(|shown| Label { message: format!("with a row in `{name}`, it is not reached"), at: shown.at });
    let because = created.into_iter().chain(copied_at).chain(shown).chain(labels);
    analysis.on(relation, focus, kind).because.extend(because);
    let kind = EffectKind::breaks_clients(ClientChange::DropTable, name);
    analysis.on(relation, focus, kind);
}

/// How many places are named into which what is dropped was copied.
const NAMED: usize = 3;

/// The places into which what is dropped was copied, as far as they matter.
pub(in crate::analyze::postgres) struct Copies<'a> {
    /// They, in order.
    pub(in crate::analyze::postgres) from: Vec<&'a Copied>,
    /// This deployment copied it; else an earlier one did.
    pub(in crate::analyze::postgres) now: bool,
    /// They have all of it, as it is.
    pub(in crate::analyze::postgres) plain: bool,
    /// Of a column: its table, where some of them are columns of others and some of this one.
    among: Option<SmolStr>,
}

impl<'a> Copies<'a> {
    /// Of all copies those that this deployment makes; without any, the earlier ones that have all of it, and are there still: what an
    /// earlier deployment took or converted may not be told from the result any more. Copies of all come before those of parts.
    pub(in crate::analyze::postgres) fn of(
        analysis: &Analysis<'_>,
        all: &'a [Copied],
        is_there: impl Fn(&str) -> bool,
    ) -> Self {
        let is_now = |copied: &&Copied| analysis.made_now(Some(copied.origin));
        let mut from: Vec<_> = all.iter().filter(is_now).collect();
        let now = !from.is_empty();
        if !now {
            from = all.iter().filter(|copied| copied.plain && is_there(&copied.to)).collect();
        }
        let plain = from.iter().any(|copied| copied.plain);
        from.sort_by_key(|copied| !copied.plain);
        Self { from, now, plain, among: None }
    }

    /// Of a column of a table: with that in front of the columns of the same table, where there are others.
    pub(in crate::analyze::postgres) fn among(mut self, table: &Relation) -> Self {
        let elsewhere = self.from.iter().any(|copied| copied.to.contains('.'));
        self.among = elsewhere.then(|| table.display_name());
        self
    }

    fn name(&self, copied: &Copied) -> SmolStr {
        match &self.among {
            Some(table) if !copied.to.contains('.') => smol_str::format_smolstr!("{table}.{}", copied.to),
            _ => copied.to.clone(),
        }
    }

    /// Without what was only converted, where there is what was not.
    pub(in crate::analyze::postgres) fn unconverted(mut self) -> Self {
        let plain = self.plain;
        self.from.retain(|copied| copied.plain == plain);
        self
    }

    /// The first of them, as a message has them.
    pub(in crate::analyze::postgres) fn names(&self) -> SmolStr {
        let named: Vec<SmolStr> = self.from.iter().take(NAMED).map(|copied| self.name(copied)).collect();
        let more = if self.from.len() > NAMED { " and others" } else { "" };
        smol_str::format_smolstr!("{}{more}", named.join(", "))
    }

    /// Where those that a message names were made.
    pub(in crate::analyze::postgres) fn labels(&self) -> impl Iterator<Item = Label> {
        let named = self.from.iter().take(NAMED);
        named.map(|copied| Label { message: format!("copied to `{}` here", self.name(copied)), at: copied.origin.at })
    }
}
