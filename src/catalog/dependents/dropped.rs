//! What goes when an object is dropped (manual, "Dependency Tracking").
//!
//! The server knows two strengths: an object that is a part of another, or belongs to it, goes with it without a word; one that merely
//! uses it is in the way, and goes with CASCADE only.

use super::references;
use crate::catalog::apply::{plain_column, same_expr};
use crate::catalog::links::{Node, Use, called};
use crate::catalog::{Catalog, Index, Relation, RelationBody, RelationId, Table, TableConstraint, TableConstraintKind};
use crate::dialect::Version;
use crate::statement::{Expr, ExprKind, Ident, IndexKey, Name, ObjectKind};
use std::collections::BTreeSet;

/// Something that can be dropped, or depends on what is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Droppable {
    /// A table, index, view, sequence or composite type.
    Relation(RelationId),
    /// A column of a table, or an attribute of a composite type.
    Column(RelationId, Name),
    /// A column's default.
    Default(RelationId, Name),
    /// A table's constraint.
    Constraint(RelationId, Name),
    /// A trigger, policy or rule of a table or view.
    Attachment(RelationId, ObjectKind, Name),
    /// Extended statistics of a table: schema and name.
    Statistics(RelationId, Name, Name),
    /// An enum, domain, range or base type: schema and name.
    Type(Name, Name),
    /// A function or procedure: schema and name.
    Function(Name, Name),
    /// A schema.
    Schema(Name),
}

/// What a DROP takes away.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dropped {
    /// Everything that goes, the named objects first. What is a part of a dropped table, such as its columns and its own constraints,
    /// is not listed beside it; its indexes, owned sequences and partitions are.
    pub objects: Vec<DroppedObject>,
    /// What uses them and would go with CASCADE: without it, the server refuses (2BP01).
    pub blockers: Vec<Droppable>,
    /// What a named object belongs to, so that it cannot be dropped by itself, with or without CASCADE: the constraint of an index, the
    /// partitioned index of a partition's, the parent's column of an inherited one, the identity column of a sequence, the table of a
    /// column that is in its partition key.
    pub owners: Vec<Droppable>,
}

/// An object that goes.
#[derive(Clone, Debug, PartialEq)]
pub struct DroppedObject {
    /// The object.
    pub object: Droppable,
    /// It goes because of CASCADE alone.
    pub cascade: bool,
    /// It was named.
    pub named: bool,
}

impl Dropped {
    /// The server refuses it.
    pub fn is_refused(&self) -> bool {
        !self.blockers.is_empty() || !self.owners.is_empty()
    }

    /// Whether an object goes by itself; see [`Self::objects`].
    pub fn takes(&self, object: &Droppable) -> bool {
        self.objects.iter().any(|dropped| dropped.object == *object)
    }

    /// The relations that go, and whether because of CASCADE alone.
    pub fn relations(&self) -> impl Iterator<Item = (RelationId, bool)> {
        self.objects.iter().filter_map(|dropped| match dropped.object {
            Droppable::Relation(id) => Some((id, dropped.cascade)),
            _ => None,
        })
    }

    /// The columns that go from relations that stay.
    pub fn columns(&self) -> impl Iterator<Item = (RelationId, &Name, bool)> {
        self.objects.iter().filter_map(|dropped| match &dropped.object {
            Droppable::Column(id, name) => Some((*id, name, dropped.cascade)),
            _ => None,
        })
    }

    /// The constraints that go from tables that stay.
    pub fn constraints(&self) -> impl Iterator<Item = (RelationId, &Name, bool)> {
        self.objects.iter().filter_map(|dropped| match &dropped.object {
            Droppable::Constraint(id, name) => Some((*id, name, dropped.cascade)),
            _ => None,
        })
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Strength {
    /// It goes with it.
    Part,
    /// It is in the way.
    User,
}

impl Catalog {
    /// What goes when these objects are dropped by one statement, and what is in the way. The schema knows of these files only: other
    /// dependents may exist of what is not [`Table::complete`].
    pub fn dropped_with(&self, named: &[Droppable], cascade: bool, version: Version) -> Dropped {
        let mut dropped = Dropped::default();
        let mut seen = BTreeSet::new();
        for object in named {
            if seen.insert(object.clone()) {
                dropped.objects.push(DroppedObject { object: object.clone(), cascade: false, named: true });
            }
        }
        for object in named {
            if let Droppable::Constraint(id, name) = object {
                for part in self.inherited_constraints(*id, name) {
                    if seen.insert(part.clone()) {
                        dropped.objects.push(DroppedObject { object: part, cascade: false, named: false });
                    }
                }
            }
        }
        let mut users = Vec::new();
        let mut done = 0;
        loop {
            while let Some(next) = dropped.objects.get(done) {
                let (object, by_cascade) = (next.object.clone(), next.cascade);
                done += 1;
                self.for_each_dependent(&object, version, &mut |dependent, strength| match strength {
                    Strength::Part => {
                        if seen.insert(dependent.clone()) {
                            let part = DroppedObject { object: dependent, cascade: by_cascade, named: false };
                            dropped.objects.push(part);
                        }
                    }
                    Strength::User => users.push(dependent),
                });
            }
            // All that goes by itself is known: whatever else uses it is in the way.
            for user in std::mem::take(&mut users) {
                if within(&user, &seen) {
                    continue;
                }
                if cascade {
                    seen.insert(user.clone());
                    dropped.objects.push(DroppedObject { object: user, cascade: true, named: false });
                } else if self.is_kept(&user) && !dropped.blockers.contains(&user) {
                    dropped.blockers.push(user);
                }
            }
            if done == dropped.objects.len() {
                break;
            }
        }
        dropped.objects.retain(|object| object.named || !within_larger(&object.object, &seen));
        // What a named object belongs to has to be named as well: that it would go with it is no help.
        let named_ones: BTreeSet<Droppable> = named.iter().cloned().collect();
        for object in named {
            dropped.owners.extend(self.owner_of(object).filter(|owner| !within(owner, &named_ones)));
        }
        dropped
    }

    /// Whether no command of unknown text may have dropped it.
    fn is_kept(&self, object: &Droppable) -> bool {
        let table = |id: &RelationId| self.table(*id).map(|(_, table)| table);
        match object {
            Droppable::Attachment(id, ..) => table(id).is_none_or(Table::keeps_attachments),
            Droppable::Relation(id) | Droppable::Column(id, _) | Droppable::Default(id, _) => {
                table(id).is_none_or(|table| !table.altered_unseen)
            }
            Droppable::Constraint(id, _) | Droppable::Statistics(id, ..) => {
                table(id).is_none_or(|table| !table.altered_unseen)
            }
            Droppable::Type(..) | Droppable::Function(..) | Droppable::Schema(_) => true,
        }
    }

    /// What a named object belongs to; see [`Dropped::owners`].
    fn owner_of(&self, object: &Droppable) -> Option<Droppable> {
        match object {
            Droppable::Relation(id) => match &self.relation(*id)?.body {
                RelationBody::Index(index) => match (index.parent, &index.constraint) {
                    (Some(parent), _) => Some(Droppable::Relation(parent)),
                    (None, Some(constraint)) => Some(Droppable::Constraint(index.table, constraint.clone())),
                    (None, None) => None,
                },
                RelationBody::Sequence(_) => {
                    let mut columns = self.columns_drawing_from(*id);
                    let (table, column) = columns.find(|(_, column)| column.identity)?;
                    Some(Droppable::Column(table.id, column.name.clone()))
                }
                _ => None,
            },
            Droppable::Column(id, name) => {
                let (_, table) = self.table(*id)?;
                let key = table.partition_by.iter().flat_map(|by| &by.key);
                if key.flat_map(Expr::columns).any(|column| column.name == *name) {
                    return Some(Droppable::Relation(*id));
                }
                let inherited = table.column(name).is_some_and(|column| column.inherited);
                let parent = parents(table)
                    .find(|parent| self.table(*parent).is_some_and(|(_, parent)| parent.column(name).is_some()));
                parent.filter(|_| inherited).map(|parent| Droppable::Column(parent, name.clone()))
            }
            Droppable::Constraint(id, name) => {
                let (_, table) = self.table(*id)?;
                let constraint = table.constraint(name).filter(|constraint| constraint.inherited)?;
                let parent = parents(table).find_map(|parent| {
                    let (relation, parent) = self.table(parent)?;
                    let same = |other: &&TableConstraint| other.name == constraint.name;
                    Some((relation.id, parent.constraints.iter().find(same)?))
                });
                match parent {
                    Some((parent, constraint)) => Some(Droppable::Constraint(parent, constraint.name.clone())),
                    None => parents(table).next().map(Droppable::Relation),
                }
            }
            _ => None,
        }
    }

    fn for_each_dependent(&self, object: &Droppable, version: Version, visit: &mut impl FnMut(Droppable, Strength)) {
        match object {
            Droppable::Relation(id) => {
                if let Some(relation) = self.relation(*id) {
                    self.dependents_of_relation(relation, visit);
                }
            }
            Droppable::Column(id, name) => {
                if let Some(relation) = self.relation(*id) {
                    self.dependents_of_column(relation, name, version, visit);
                }
            }
            Droppable::Constraint(id, name) => self.dependents_of_constraint(*id, name, visit),
            Droppable::Type(schema, name) => self.dependents_of_type(schema, name, visit),
            Droppable::Function(schema, name) => self.dependents_of_function(schema, name, visit),
            Droppable::Schema(schema) => {
                let first = (schema.clone(), Name::default());
                let relations =
                    self.relation_names.range(first.clone()..).take_while(|((in_schema, _), _)| in_schema == schema);
                relations.for_each(|(_, id)| visit(Droppable::Relation(*id), Strength::User));
                let types = self.types.range(first.clone()..).take_while(|((in_schema, _), _)| in_schema == schema);
                types.for_each(|((_, name), _)| visit(Droppable::Type(schema.clone(), name.clone()), Strength::User));
                let functions = self.functions.range(first..).take_while(|((in_schema, _), _)| in_schema == schema);
                functions.for_each(|((_, name), _)| {
                    visit(Droppable::Function(schema.clone(), name.clone()), Strength::User)
                });
            }
            Droppable::Default(..) | Droppable::Attachment(..) | Droppable::Statistics(..) => {}
        }
    }

    fn dependents_of_relation(&self, relation: &Relation, visit: &mut impl FnMut(Droppable, Strength)) {
        let id = relation.id;
        let node = || Node::Relation(id);
        for part in [Use::Index, Use::PartitionIndex, Use::Partition, Use::Owned] {
            self.users(node(), part).for_each(|part| visit(Droppable::Relation(part.id), Strength::Part));
        }
        if let RelationBody::Index(index) = &relation.body {
            if let Some(constraint) = &index.constraint {
                visit(Droppable::Constraint(index.table, constraint.clone()), Strength::Part);
            }
            for (table, constraint) in self.foreign_keys_by_index(relation, index) {
                visit(Droppable::Constraint(table.id, constraint.name.clone()), Strength::User);
            }
        }
        // A key that references a partitioned table references its partitions, too.
        let above = self.partition_ancestors(id).into_iter().map(|relation| relation.id);
        for (table, constraint) in std::iter::once(id).chain(above).flat_map(|id| self.foreign_keys_to(id)) {
            visit(Droppable::Constraint(table.id, constraint.name.clone()), Strength::User);
        }
        for user in [Use::View, Use::Inherits, Use::OfType] {
            self.users(node(), user).for_each(|user| visit(Droppable::Relation(user.id), Strength::User));
        }
        for user in self.users(node(), Use::Attachment) {
            for attachment in user.attachments().iter().filter(|attachment| attachment.reads.contains(&id)) {
                visit(Droppable::Attachment(user.id, attachment.kind, attachment.name.clone()), Strength::User);
            }
        }
        for (table, column) in self.columns_drawing_from(id) {
            visit(Droppable::Default(table.id, column.name.clone()), Strength::User);
        }
        if !matches!(relation.body, RelationBody::Index(_) | RelationBody::Sequence(_)) {
            self.dependents_of_type(&relation.schema, &relation.name, visit);
        }
    }

    fn dependents_of_column(
        &self,
        relation: &Relation,
        name: &Name,
        version: Version,
        visit: &mut impl FnMut(Droppable, Strength),
    ) {
        let id = relation.id;
        for (index_relation, index) in self.indexes_of(id).filter(|(_, index)| index.uses_column(name)) {
            visit(Droppable::Relation(index_relation.id), Strength::Part);
            if let Some(constraint) = &index.constraint {
                visit(Droppable::Constraint(id, constraint.clone()), Strength::Part);
            }
        }
        for sequence in self.sequences_owned_by(id, Some(name)) {
            visit(Droppable::Relation(sequence.id), Strength::Part);
        }
        if let Some(table) = relation.as_table() {
            for constraint in table.constraints.iter().filter(|constraint| constraint.kind.columns().contains(name)) {
                visit(Droppable::Constraint(id, constraint.name.clone()), Strength::Part);
            }
            for statistics in table.statistics.iter().filter(|statistics| statistics.columns.contains(name)) {
                let object = Droppable::Statistics(id, statistics.schema.clone(), statistics.name.clone());
                visit(object, Strength::Part);
            }
            // 12 to 14 dropped generated columns silently (truth/facts.md, 21).
            let strength = if version.0 < 15 { Strength::Part } else { Strength::User };
            for column in &table.columns {
                let from = column.generated.iter().flat_map(|generated| generated.expr.columns());
                if from.into_iter().any(|from| from.name == *name) {
                    visit(Droppable::Column(id, column.name.clone()), strength);
                }
            }
        }
        for attachment in relation.attachments().iter().filter(|attachment| attachment.columns.contains(name)) {
            visit(Droppable::Attachment(id, attachment.kind, attachment.name.clone()), Strength::User);
        }
        for user in self.users(Node::Relation(id), Use::Attachment) {
            for attachment in user.attachments().iter().filter(|attachment| attachment.uses_foreign(id, name)) {
                visit(Droppable::Attachment(user.id, attachment.kind, attachment.name.clone()), Strength::User);
            }
        }
        for (view, _) in self.views_over_column(id, name) {
            visit(Droppable::Relation(view.id), Strength::User);
        }
        for (table, constraint) in self.foreign_keys_to(id) {
            if let TableConstraintKind::ForeignKey { referenced_columns, .. } = &constraint.kind
                && referenced_columns.contains(name)
            {
                visit(Droppable::Constraint(table.id, constraint.name.clone()), Strength::User);
            }
        }
        for how in [Use::Partition, Use::Inherits, Use::OfType] {
            for child in self.users(Node::Relation(id), how) {
                let column = child.as_table().and_then(|table| table.column(name));
                if column.is_some() && (how == Use::OfType || !self.keeps_column(child.id, name, id)) {
                    visit(Droppable::Column(child.id, name.clone()), Strength::Part);
                }
            }
        }
    }

    /// Whether a column stays when a parent's is dropped: the table defines it by itself, or has it from another parent, too.
    fn keeps_column(&self, child: RelationId, name: &Name, dropped_from: RelationId) -> bool {
        let mut pending = vec![child];
        let mut seen = BTreeSet::new();
        while let Some(id) = pending.pop() {
            let Some((_, table)) = self.table(id).filter(|_| id != dropped_from && seen.insert(id)) else {
                continue;
            };
            match table.column(name) {
                Some(column) if column.local || !column.inherited => return true,
                Some(_) => pending.extend(parents(table)),
                None => {}
            }
        }
        false
    }

    fn dependents_of_constraint(&self, id: RelationId, name: &Name, visit: &mut impl FnMut(Droppable, Strength)) {
        let Some((constraint, _)) = self.table(id).and_then(|(_, table)| Some((table.constraint(name)?, table))) else {
            return;
        };
        if let Some(index) = constraint.kind.index() {
            visit(Droppable::Relation(index), Strength::Part);
        }
        if let TableConstraintKind::ForeignKey { .. } = constraint.kind {
            for partition in self.users(Node::Relation(id), Use::Partition) {
                let same = partition.as_table().and_then(|table| table.inherited_from(constraint));
                if let Some(same) = same {
                    visit(Droppable::Constraint(partition.id, same.name.clone()), Strength::Part);
                }
            }
        }
    }

    /// The constraints of descendants that DROP CONSTRAINT takes along. (Where a constraint goes with its column, those of descendants
    /// go with theirs, or stay: PostgreSQL 15, fixtures/catalog, `inherits`.)
    fn inherited_constraints(&self, id: RelationId, name: &Name) -> Vec<Droppable> {
        let mut found = Vec::new();
        let mut pending = vec![(id, name.clone())];
        while let Some((id, name)) = pending.pop() {
            let constraint = self.table(id).and_then(|(_, table)| table.constraint(&name));
            // Those that an index keeps go with their indexes.
            let Some(constraint) = constraint.filter(|it| !it.no_inherit && it.kind.index().is_none()) else {
                continue;
            };
            for how in [Use::Partition, Use::Inherits] {
                for child in self.users(Node::Relation(id), how) {
                    let same = child.as_table().and_then(|table| table.inherited_from(constraint));
                    if let Some(same) = same {
                        found.push(Droppable::Constraint(child.id, same.name.clone()));
                        pending.push((child.id, same.name.clone()));
                    }
                }
            }
        }
        found
    }

    fn dependents_of_type(&self, schema: &Name, name: &Name, visit: &mut impl FnMut(Droppable, Strength)) {
        for (relation, column) in self.columns_of_type(schema, name) {
            visit(Droppable::Column(relation.id, column.name.clone()), Strength::User);
        }
        for domain in self.domains_over(schema, name) {
            visit(Droppable::Type(domain.schema.clone(), domain.name.clone()), Strength::User);
        }
    }

    fn dependents_of_function(&self, schema: &Name, name: &Name, visit: &mut impl FnMut(Droppable, Strength)) {
        // Calls are kept without their schemas: with a namesake elsewhere, nothing is certain.
        if self.functions.iter().any(|((other, same), _)| same == name && other != schema) {
            return;
        }
        let calls = |expr: &Expr| called(expr).contains(&name);
        for user in self.users(Node::Function(name.clone()), Use::Calls) {
            for attachment in user.attachments().iter().filter(|attachment| attachment.functions.contains(name)) {
                visit(Droppable::Attachment(user.id, attachment.kind, attachment.name.clone()), Strength::User);
            }
            match &user.body {
                RelationBody::Table(table) => {
                    for constraint in &table.constraints {
                        if matches!(&constraint.kind, TableConstraintKind::Check { expr, .. } if calls(expr)) {
                            visit(Droppable::Constraint(user.id, constraint.name.clone()), Strength::User);
                        }
                    }
                    for column in &table.columns {
                        if column.default.as_ref().is_some_and(calls) {
                            visit(Droppable::Default(user.id, column.name.clone()), Strength::User);
                        }
                        if column.generated.as_ref().is_some_and(|generated| calls(&generated.expr)) {
                            visit(Droppable::Column(user.id, column.name.clone()), Strength::User);
                        }
                    }
                    if table.partition_by.iter().flat_map(|by| &by.key).any(calls) {
                        visit(Droppable::Relation(user.id), Strength::User);
                    }
                }
                RelationBody::View(view) if !view.functions.contains(name) => {}
                RelationBody::View(_) | RelationBody::Index(_) => {
                    visit(Droppable::Relation(user.id), Strength::User);
                }
                _ => {}
            }
        }
    }

    /// The foreign keys that rely on a unique index: the oldest that has exactly their referenced columns.
    fn foreign_keys_by_index(&self, relation: &Relation, index: &Index) -> Vec<(&Relation, &TableConstraint)> {
        let Some(columns) = index.unique_columns() else {
            return Vec::new();
        };
        let primary = self.table(index.table).and_then(|(_, table)| table.primary_key()?.kind.index());
        let oldest = |wanted: &[Name]| {
            let mut indexes = self.indexes_of(index.table);
            indexes.find(|(_, other)| other.unique_columns().is_some_and(|columns| same_set(&columns, wanted)))
        };
        let keys = self.foreign_keys_to(index.table).filter(|(_, constraint)| match &constraint.kind {
            TableConstraintKind::ForeignKey { referenced_columns, .. } if referenced_columns.is_empty() => {
                primary == Some(relation.id)
            }
            TableConstraintKind::ForeignKey { referenced_columns, .. } => {
                same_set(&columns, referenced_columns)
                    && oldest(referenced_columns).is_some_and(|(oldest, _)| oldest.id == relation.id)
            }
            _ => false,
        });
        keys.filter(|(_, constraint)| references(constraint) == Some(index.table)).collect()
    }

    /// An object as a sentence calls it: `constraint orders_user_id_fkey on table orders`.
    pub fn describe(&self, object: &Droppable) -> String {
        let relation = |id: &RelationId| match self.relation(*id) {
            Some(relation) => format!("{} {}", relation.kind_name(), relation.display_name()),
            None => "a relation that is gone".to_owned(),
        };
        let qualified = |schema: &Name, name: &Name| match schema.as_str() {
            "public" => name.to_string(),
            _ => format!("{schema}.{name}"),
        };
        match object {
            Droppable::Relation(id) => relation(id),
            Droppable::Column(id, name) => format!("column {name} of {}", relation(id)),
            Droppable::Default(id, name) => format!("default of column {name} of {}", relation(id)),
            Droppable::Constraint(id, name) => format!("constraint {name} on {}", relation(id)),
            Droppable::Attachment(id, kind, name) => format!("{} {name} on {}", kind.name(), relation(id)),
            Droppable::Statistics(id, schema, name) => {
                format!("statistics object {} on {}", qualified(schema, name), relation(id))
            }
            Droppable::Type(schema, name) => format!("type {}", qualified(schema, name)),
            Droppable::Function(schema, name) => format!("function {}", qualified(schema, name)),
            Droppable::Schema(name) => format!("schema {name}"),
        }
    }
}

/// Whether an object goes already: itself, or as a part of what goes.
fn within(object: &Droppable, seen: &BTreeSet<Droppable>) -> bool {
    seen.contains(object) || within_larger(object, seen)
}

fn within_larger(object: &Droppable, seen: &BTreeSet<Droppable>) -> bool {
    match object {
        Droppable::Default(id, column) => {
            seen.contains(&Droppable::Relation(*id)) || seen.contains(&Droppable::Column(*id, column.clone()))
        }
        Droppable::Column(id, _)
        | Droppable::Constraint(id, _)
        | Droppable::Attachment(id, ..)
        | Droppable::Statistics(id, ..) => seen.contains(&Droppable::Relation(*id)),
        Droppable::Relation(_) | Droppable::Type(..) | Droppable::Function(..) | Droppable::Schema(_) => false,
    }
}

/// The tables that a table's columns and constraints may come from.
fn parents(table: &Table) -> impl Iterator<Item = RelationId> {
    table.inherits.iter().copied().chain(table.partition.as_ref().map(|partition| partition.parent))
}

fn same_set(left: &[Name], right: &[Name]) -> bool {
    left.len() == right.len() && left.iter().all(|name| right.contains(name))
}

impl Index {
    /// Whether it mentions a column, in whatever place.
    pub fn uses_column(&self, name: &str) -> bool {
        let mut exprs = self.keys.iter().map(|key| &key.expr).chain(&self.predicate);
        self.include.iter().any(|include| include == name)
            || exprs.any(|expr| expr.columns().iter().any(|column| column.name == name))
    }

    /// The columns that it keeps unique, so that a foreign key can rely on them: none where it is partial or over expressions.
    pub fn unique_columns(&self) -> Option<Vec<Name>> {
        if !self.unique || self.predicate.is_some() {
            return None;
        }
        let columns = self.keys.iter().map(|key| match &key.expr.kind {
            ExprKind::Column(path) => path.last().map(|column| column.name.clone()),
            _ => None,
        });
        columns.collect()
    }

    /// Whether no two rows that this unique index lets in have the keys of another one in common: each key of this one is computed from
    /// columns that are keys of the other, or is one of its keys. (What is unique by a function of columns is so by the columns, but what
    /// is unique by its columns need not be so by a function of them. Conditions are not compared.)
    pub fn is_as_strict_as(&self, other: &Self) -> bool {
        let of_columns = |key: &IndexKey| {
            let columns = key.expr.columns();
            let plain = |column: &Ident| other.keys.iter().filter_map(plain_column).any(|it| *it == column.name);
            !columns.is_empty() && columns.into_iter().all(plain)
        };
        let own = |key: &IndexKey| other.keys.iter().any(|it| same_expr(&it.expr, &key.expr));
        self.unique && self.keys.iter().all(|key| of_columns(key) || own(key))
    }
}
