//! `ALTER TABLE`, and `ALTER` of other relations.
//!
//! As the server's `tablecmds.c` goes about it: one lock for the statement, the strongest that an action asks for
//! (`AlterTableGetLockLevel`); the same lock on every table that the actions reach (`ATPrepCmd`); the actions in passes, drops before
//! the rest (`ATRewriteCatalogs`); then the long work, table by table (`ATRewriteTables`).

mod add_column;
mod drop_column;
mod lock_level;
mod not_null;
mod properties;
mod rename;
mod set_type;
mod work;

pub(super) use add_column::{domain_default_applies, is_system_column};
pub(super) use not_null::backfilled;
pub(super) use properties::missing_in_child;
pub(super) use work::{
    AddedConstraint, AddedKey, Build, Place, Queue, Rewrite, Scan, SoFar, has_storage, with_storage,
};

use super::analysis::Analysis;
use super::{constraint, partition, sequence};
use crate::catalog::{Column, Droppable, Relation, RelationBody, Table, made_otherwise};
use crate::diagnostic::Label;
use crate::dialect::Version;
use crate::effect::{EffectKind, FailReason, LockMode, NothingReason};
use crate::source::Span;
use crate::statement::{
    AlterAction, AlterActionKind, AlterRelation, ColumnDef, Constraint, ConstraintKind, Name, ObjectKind,
};
use smol_str::format_smolstr;

/// An `ALTER` under way.
pub(super) struct Alteration<'a, 's> {
    /// The relation that the statement names.
    pub(super) relation: &'a Relation,
    /// The statement.
    pub(super) statement: &'s AlterRelation,
    /// The lock that it takes on the relation, and on whatever else its actions reach.
    pub(super) lock: LockMode,
    /// The long work.
    pub(super) queue: Queue<'a>,
    /// The action that is analysed, with the cause and focus of its effects.
    pub(super) action: Span,
}

/// A label where a column was made.
fn added_here(column: &Column) -> Option<Label> {
    let otherwise = made_otherwise(column.made_as.as_ref(), &column.name);
    Some(Label { message: format!("`{}` is added here{otherwise}", column.name), at: column.origin?.at })
}

/// `ALTER TABLE`, `ALTER INDEX`, `ALTER VIEW`, `ALTER SEQUENCE` ...
pub(super) fn alter_relation(analysis: &mut Analysis<'_>, statement: &AlterRelation) {
    for action in &statement.actions {
        if let AlterActionKind::AddColumn { column, .. } = &action.kind
            && let Some(constraint) = unchecked(column)
        {
            analysis.fail(constraint.span, FailReason::Syntax, "42601", UNCHECKED);
            return;
        }
        if let Some(what) = not_in_version(statement, &action.kind, analysis.version()) {
            analysis.fail(action.span, FailReason::Version, "42601", what);
            return;
        }
    }
    let focus = statement.name.span();
    let Some(relation) = analysis.resolve(&statement.name) else {
        let object = format_smolstr!("{}", statement.name);
        if statement.if_exists {
            analysis.add(focus, EffectKind::DoesNothing { reason: NothingReason::Missing, object });
        } else {
            analysis.fail(focus, FailReason::Missing, "42P01", object);
        }
        return;
    };
    let renames = matches!(statement.actions.as_slice(), [action] if rename::is_rename(&action.kind));
    if !analysis.require_kind(relation, focus, fits(statement.kind, relation, renames)) {
        return;
    }
    if let [action] = statement.actions.as_slice() {
        match &action.kind {
            kind if renames => return rename::rename(analysis, statement, relation, action.span, kind),
            AlterActionKind::AttachPartition { partition, bound: None } => {
                return partition::attach_index(analysis, relation, partition, focus);
            }
            AlterActionKind::AttachPartition { partition, bound: Some(bound) } => {
                return partition::attach(analysis, relation, partition, bound, focus);
            }
            AlterActionKind::DetachPartition { partition, concurrently, finalize } => {
                return partition::detach(analysis, relation, partition, *concurrently, *finalize, focus);
            }
            _ if matches!(relation.body, RelationBody::Sequence(_)) => {
                return sequence::alter_sequence(analysis, relation, action, focus);
            }
            _ => {}
        }
    }
    let mut alteration = Alteration {
        relation,
        statement,
        lock: LockMode::AccessShare,
        queue: Queue::default(),
        action: analysis.cause,
    };
    alteration.run(analysis);
}

impl<'a> Alteration<'a, '_> {
    fn run(&mut self, analysis: &mut Analysis<'a>) {
        let whole = analysis.cause;
        let several = self.statement.actions.len() > 1;
        let cause = |action: &AlterAction| if several { action.span } else { whole };
        let focus = self.statement.name.span();
        for action in &self.statement.actions {
            analysis.cause = cause(action);
            let level = lock_level::of(&action.kind);
            if level > self.lock {
                self.lock = level;
            }
            analysis.lock(self.relation, level, focus);
        }
        for action in &self.statement.actions {
            if !lock_level::allows(&action.kind, self.relation, analysis.version()) {
                analysis.cause = cause(action);
                let sqlstate = lock_level::refusal(&action.kind, self.relation, analysis.version());
                analysis.fail(action.span, FailReason::Kind, sqlstate, self.relation.display_name());
                analysis.cause = whole;
                return;
            }
        }
        for action in &self.statement.actions {
            analysis.cause = cause(action);
            if lock_level::reaches_children(&action.kind, self.relation, analysis.version()) && !self.statement.only {
                for child in self.reached(analysis, &action.kind) {
                    analysis.lock(child, self.lock, focus);
                }
            }
        }
        let mut actions: Vec<_> = self.statement.actions.iter().collect();
        actions.sort_by_key(|action| lock_level::pass(&action.kind));
        let failures = failures(analysis);
        for action in actions {
            analysis.cause = cause(action);
            self.action = action.span;
            self.act(analysis, action);
            if failures != self::failures(analysis) {
                analysis.cause = whole;
                return;
            }
        }
        analysis.cause = whole;
        std::mem::take(&mut self.queue).finish(analysis);
    }

    fn act(&mut self, analysis: &mut Analysis<'a>, action: &AlterAction) {
        use AlterActionKind as Kind;
        match &action.kind {
            Kind::AddColumn { if_not_exists, column } => self.add_column(analysis, column, *if_not_exists),
            Kind::DropColumn { if_exists, column, cascade } => {
                self.drop_column(analysis, column, *if_exists, *cascade);
            }
            Kind::SetType { column, ty, collation, using } => {
                self.set_type(analysis, column, ty, collation.as_deref(), using.as_deref());
            }
            Kind::SetNotNull(column) => self.set_not_null(analysis, column),
            Kind::DropNotNull(column) => self.drop_not_null(analysis, column),
            Kind::AddConstraint(constraint) => constraint::add(self, analysis, constraint, None),
            Kind::AlterConstraint { name, enforced, deferrability, .. } => {
                constraint::alter(self, analysis, name, *enforced, *deferrability);
            }
            Kind::ValidateConstraint(name) => constraint::validate(self, analysis, name),
            Kind::DropConstraint { if_exists, name, cascade } => {
                constraint::drop(self, analysis, name, *if_exists, *cascade);
            }
            kind => self.set_property(analysis, kind),
        }
    }

    /// Whether an earlier action has dropped a column or constraint.
    pub(super) fn has_dropped(&self, object: &Droppable) -> bool {
        let so_far = |id| self.queue.so_far(id);
        match object {
            Droppable::Column(id, column) => so_far(*id).is_some_and(|it| it.dropped_columns.contains(column)),
            Droppable::Constraint(id, name) => so_far(*id).is_some_and(|it| it.dropped_constraints.contains(name)),
            _ => false,
        }
    }

    /// Where the effects of the present action belong, pointing at `focus`.
    pub(super) fn place(&self, analysis: &Analysis<'_>, focus: Span) -> Place {
        Place { cause: analysis.cause, focus }
    }

    /// The named relation and, without `ONLY`, its partitions and inheritance children.
    pub(super) fn family(&self, analysis: &Analysis<'a>) -> Vec<&'a Relation> {
        let mut family = vec![self.relation];
        if !self.statement.only {
            family.extend(analysis.catalog().descendants(self.relation.id));
        }
        family
    }

    /// The descendants that an action takes along. Adding and dropping columns goes from parent to child, and no further than to a child
    /// that has the column from elsewhere as well (`ATExecAddColumn`, `ATExecDropColumn`; truth: add_column_that_a_child_has).
    fn reached(&self, analysis: &Analysis<'a>, kind: &AlterActionKind) -> Vec<&'a Relation> {
        match kind {
            AlterActionKind::AddColumn { column, .. } => self.reached_by(analysis, &column.name.name, true),
            AlterActionKind::DropColumn { column, .. } => self.reached_by(analysis, &column.name, false),
            _ => analysis.catalog().descendants(self.relation.id),
        }
    }

    /// See [`Self::reached`]. `adds`: the column is added, else dropped.
    fn reached_by(&self, analysis: &Analysis<'a>, column: &Name, adds: bool) -> Vec<&'a Relation> {
        let catalog = analysis.catalog();
        let stays = |child: &Relation| {
            let Some(table) = child.as_table() else {
                return false;
            };
            let known = table.column(column);
            if adds {
                return known.is_some();
            }
            let others = table.inherits.iter().filter_map(|id| catalog.table(*id));
            let from = others.filter(|(_, parent)| parent.column(column).is_some()).count();
            known.is_some_and(|known| known.local) || from > 1
        };
        let mut reached: Vec<&Relation> = Vec::new();
        let mut pending = self.first_generation(analysis);
        while let Some(child) = pending.pop() {
            if reached.iter().any(|other| other.id == child.id) {
                continue;
            }
            reached.push(child);
            if !stays(child) {
                pending.extend(catalog.partitions_of(child.id).chain(catalog.children_of(child.id)));
            }
        }
        reached
    }

    /// The partitions or inheritance children of the named relation, without theirs.
    pub(super) fn first_generation(&self, analysis: &Analysis<'a>) -> Vec<&'a Relation> {
        let catalog = analysis.catalog();
        catalog.partitions_of(self.relation.id).chain(catalog.children_of(self.relation.id)).collect()
    }

    /// A column of the named relation as it stands, or nothing where the statement fails for its lack.
    /// `Some(None)`: it may exist, but nothing is known of it.
    pub(super) fn existing_column(
        &self,
        analysis: &mut Analysis<'a>,
        column: &crate::statement::Ident,
    ) -> Option<Option<&'a Column>> {
        let Some(table) = self.relation.as_table() else {
            return Some(None);
        };
        let so_far = self.queue.so_far(self.relation.id);
        let dropped = so_far.is_some_and(|so_far| so_far.dropped_columns.contains(&column.name));
        let added = so_far.is_some_and(|so_far| so_far.added_column(&column.name).is_some());
        match table.column(&column.name) {
            Some(found) if !dropped => Some(Some(found)),
            _ if added => Some(None),
            _ if table.complete || dropped => {
                analysis.fail(column.span, FailReason::Missing, "42703", column.name.clone());
                None
            }
            _ => Some(None),
        }
    }

    /// Whether the statement says ONLY although the relation has children, and the server insists on them.
    pub(super) fn leaves_children_out(&self, analysis: &Analysis<'a>) -> bool {
        self.statement.only && !analysis.catalog().descendants(self.relation.id).is_empty()
    }

    /// Whether the relation is a partitioned table.
    pub(super) fn is_partitioned(&self) -> bool {
        self.relation.as_table().is_some_and(Table::is_partitioned)
    }
}

fn failures(analysis: &Analysis<'_>) -> usize {
    analysis.effects.iter().filter(|effect| matches!(effect.kind, EffectKind::Fails { .. })).count()
}

/// What of an action the server's grammar does not have in this version.
fn not_in_version(statement: &AlterRelation, kind: &AlterActionKind, version: Version) -> Option<&'static str> {
    use AlterActionKind as Kind;
    let (since, what) = match kind {
        Kind::AddColumn { column, .. } => return column_not_in_version(column, version),
        Kind::AddConstraint(constraint) => return constraint_not_in_version(constraint, true, version),
        Kind::DropExpression(_) => (13, "DROP EXPRESSION"),
        Kind::SetExpression { .. } => (17, "SET EXPRESSION"),
        Kind::SetCompression(_) => (14, "SET COMPRESSION"),
        Kind::SetAccessMethod(_) => (15, "SET ACCESS METHOD"),
        Kind::DetachPartition { concurrently: Some(_), .. } => (14, "DETACH PARTITION CONCURRENTLY"),
        Kind::DetachPartition { finalize: true, .. } => (14, "DETACH PARTITION FINALIZE"),
        Kind::AlterConstraint { enforced: Some(_), .. } => (18, "ENFORCED"),
        Kind::AlterConstraint { inherit: Some(_), .. } => (18, "INHERIT"),
        // ALTER VIEW v RENAME COLUMN; without the word VIEW it is ALTER TABLE's (truth: rename_view_column).
        Kind::RenameColumn { .. } if statement.kind == ObjectKind::View => (13, "RENAME COLUMN"),
        _ => return None,
    };
    (version < Version(since)).then_some(what)
}

/// What [`unchecked`] finds, as a message names it.
pub(super) const UNCHECKED: &str = "NOT VALID in the definition of a column";

/// The constraint of a column's definition that is to be `NOT VALID`, which only constraints of tables can be (`ColConstraint` in gram.y;
/// truth: column_not_valid).
pub(super) fn unchecked(column: &ColumnDef) -> Option<&Constraint> {
    column.constraints.iter().find(|constraint| constraint.not_valid)
}

/// What of a column's definition the server's grammar does not have in this version.
pub(super) fn column_not_in_version(column: &ColumnDef, version: Version) -> Option<&'static str> {
    if let Some(generated) = &column.generated {
        let (since, what) = match generated.stored {
            Some(true) => (12, "GENERATED ALWAYS AS (...) STORED"),
            Some(false) => (18, "GENERATED ALWAYS AS (...) VIRTUAL"),
            None => (18, "GENERATED ALWAYS AS (...)"),
        };
        if version < Version(since) {
            return Some(what);
        }
    }
    if column.compression.is_some() && version < Version(14) {
        return Some("COMPRESSION");
    }
    if column.storage.is_some() && version < Version(16) {
        return Some("STORAGE in the definition of a column");
    }
    column.constraints.iter().find_map(|constraint| constraint_not_in_version(constraint, false, version))
}

/// What of a constraint the server's grammar does not have in this version.
pub(super) fn constraint_not_in_version(
    constraint: &Constraint,
    of_table: bool,
    version: Version,
) -> Option<&'static str> {
    if constraint.not_enforced && version < Version(18) {
        return Some("NOT ENFORCED");
    }
    match &constraint.kind {
        ConstraintKind::NotNull(_) if of_table && version < Version(18) => Some("NOT NULL as a table constraint"),
        ConstraintKind::NotNull(_) if constraint.no_inherit && version < Version(18) => Some("NOT NULL NO INHERIT"),
        ConstraintKind::Unique(index) | ConstraintKind::PrimaryKey(index) => {
            if index.nulls_not_distinct && version < Version(15) {
                return Some("NULLS NOT DISTINCT");
            }
            (index.without_overlaps && version < Version(18)).then_some("WITHOUT OVERLAPS")
        }
        _ => None,
    }
}

/// Whether a statement that names one kind of relation takes another; ALTER TABLE takes almost all.
fn fits(kind: ObjectKind, relation: &Relation, renames: bool) -> bool {
    match (kind, &relation.body) {
        (_, RelationBody::Unknown) => true,
        // Before 15 also a table, which is no use to anybody.
        (ObjectKind::Index, RelationBody::Index(_)) => true,
        (ObjectKind::Index, _) => renames,
        (ObjectKind::View, RelationBody::View(view)) => !view.materialized,
        (ObjectKind::MaterializedView, RelationBody::View(view)) => view.materialized,
        (ObjectKind::Sequence, RelationBody::Sequence(_)) => true,
        (ObjectKind::ForeignTable, RelationBody::Table(table)) => table.foreign || !table.complete,
        (ObjectKind::View | ObjectKind::MaterializedView | ObjectKind::Sequence | ObjectKind::ForeignTable, _) => false,
        (_, RelationBody::Composite(_)) => false,
        _ => true,
    }
}
