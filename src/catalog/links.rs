//! Who depends on whom: the reverse of what relations say about others.
//!
//! A table says which tables its foreign keys reference; a drop or a lock asks the other way round. Every change of a relation goes
//! through [`Catalog::enter`], [`Catalog::change`] or [`Catalog::forget`], which keep the links in step.

use super::{Catalog, Column, Relation, RelationBody, RelationId, TableConstraintKind};
use crate::statement::{Expr, ExprKind, Name, TypeName};

/// What is depended on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Node {
    /// A relation.
    Relation(RelationId),
    /// A type by schema and name; the schema is empty where the name could not be resolved, and for built-in types.
    Type(Name, Name),
    /// A function by its name without the schema.
    Function(Name),
    /// A constraint's name in a schema: the dependent is the table that has it.
    Constraint(Name, Name),
    /// Extended statistics by schema and name: the dependent is their table.
    Statistics(Name, Name),
}

/// How the dependent uses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Use {
    /// An index of a table.
    Index,
    /// An index of a partition, of the partitioned table's index.
    PartitionIndex,
    /// A foreign key references a table.
    ForeignKey,
    /// A partition of a table.
    Partition,
    /// A table that inherits.
    Inherits,
    /// A view reads a relation.
    View,
    /// A trigger, policy or rule reads another relation.
    Attachment,
    /// A typed table.
    OfType,
    /// A column is of a type.
    ColumnType,
    /// A sequence belongs to a table.
    Owned,
    /// A column draws from a sequence.
    Draws,
    /// An expression or a trigger calls a function.
    Calls,
    /// The dependent holds the name.
    Holds,
}

/// An edge, in the order in which it is looked for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Link {
    on: Node,
    how: Use,
    dependent: RelationId,
}

impl Catalog {
    /// The relations that use `on` so, in the order of their creation.
    pub(super) fn users(&self, on: Node, how: Use) -> impl Iterator<Item = &Relation> {
        let first = Link { on: on.clone(), how, dependent: RelationId(0) };
        let last = Link { on, how, dependent: RelationId(u32::MAX) };
        self.links.range(first..=last).filter_map(|(link, ())| self.relation(link.dependent))
    }

    /// The relations of which an expression, a trigger, a policy or, of a view, the query calls a function of that name.
    pub fn callers(&self, function: &Name) -> impl Iterator<Item = &Relation> {
        self.users(Node::Function(function.clone()), Use::Calls)
    }

    /// Enters a relation under its id and name.
    pub(super) fn enter(&mut self, relation: Relation) -> RelationId {
        let id = relation.id;
        for link in links_of(&relation) {
            self.links.insert(link, ());
        }
        let name = (relation.schema.clone(), relation.name.clone());
        self.absent.remove(&name);
        self.relation_names.insert(name, id);
        self.relations.insert(id, relation);
        id
    }

    /// Changes a relation, also its name; nothing happens where there is none.
    pub(super) fn change(&mut self, id: RelationId, change: impl FnOnce(&mut Relation)) {
        let Some(relation) = self.relations.get(&id) else {
            return;
        };
        let before = links_of(relation);
        let name_before = (relation.schema.clone(), relation.name.clone());
        self.relations.update(&id, change);
        let Some(relation) = self.relations.get(&id) else {
            return;
        };
        let after = links_of(relation);
        let name = (relation.schema.clone(), relation.name.clone());
        if before != after {
            for link in before.iter().filter(|link| after.binary_search(link).is_err()) {
                self.links.remove(link);
            }
            for link in after.into_iter().filter(|link| before.binary_search(link).is_err()) {
                self.links.insert(link, ());
            }
        }
        if name != name_before {
            // Of a swap of two names, the other relation may have taken this one already.
            if self.relation_names.get(&name_before) == Some(&id) {
                self.relation_names.remove(&name_before);
                self.absent.insert(name_before, ());
            }
            self.absent.remove(&name);
            self.relation_names.insert(name, id);
        }
    }

    /// Removes a relation and nothing else; its name is known to be free from now on.
    pub(super) fn forget(&mut self, id: RelationId) {
        let Some(relation) = self.relations.get(&id) else {
            return;
        };
        let links = links_of(relation);
        let name = (relation.schema.clone(), relation.name.clone());
        for link in &links {
            self.links.remove(link);
        }
        self.relation_names.remove(&name);
        self.absent.insert(name, ());
        self.relations.remove(&id);
    }
}

/// What a relation depends on: sorted, each once.
fn links_of(relation: &Relation) -> Vec<Link> {
    let mut links = Vec::new();
    let mut add = |on, how| links.push(Link { on, how, dependent: relation.id });
    match &relation.body {
        RelationBody::Table(table) => {
            columns(&table.columns, &mut add);
            for constraint in &table.constraints {
                add(Node::Constraint(relation.schema.clone(), constraint.name.clone()), Use::Holds);
                match &constraint.kind {
                    TableConstraintKind::ForeignKey { references, .. } => {
                        add(Node::Relation(*references), Use::ForeignKey);
                    }
                    TableConstraintKind::Check { expr, .. } => calls(expr, &mut add),
                    _ => {}
                }
            }
            for parent in &table.inherits {
                add(Node::Relation(*parent), Use::Inherits);
            }
            if let Some(partition) = &table.partition {
                add(Node::Relation(partition.parent), Use::Partition);
            }
            if let Some(ty) = table.of_type {
                add(Node::Relation(ty), Use::OfType);
            }
            for key in table.partition_by.iter().flat_map(|by| &by.key) {
                calls(key, &mut add);
            }
            for statistics in &table.statistics {
                add(Node::Statistics(statistics.schema.clone(), statistics.name.clone()), Use::Holds);
            }
            attachments(&table.attachments, &mut add);
        }
        RelationBody::Index(index) => {
            add(Node::Relation(index.table), Use::Index);
            if let Some(parent) = index.parent {
                add(Node::Relation(parent), Use::PartitionIndex);
            }
            for expr in index.keys.iter().map(|key| &key.expr).chain(&index.predicate) {
                calls(expr, &mut add);
            }
        }
        RelationBody::View(view) => {
            for read in &view.reads {
                add(Node::Relation(*read), Use::View);
            }
            for function in &view.functions {
                add(Node::Function(function.clone()), Use::Calls);
            }
            attachments(&view.attachments, &mut add);
        }
        RelationBody::Sequence(sequence) => {
            if let Some((table, _)) = &sequence.owned_by {
                add(Node::Relation(*table), Use::Owned);
            }
        }
        RelationBody::Composite(attributes) => columns(attributes, &mut add),
        RelationBody::Unknown => {}
    }
    links.sort_unstable();
    links.dedup();
    links
}

fn columns(columns: &[Column], add: &mut impl FnMut(Node, Use)) {
    for column in columns {
        if let Some(ty) = &column.ty {
            add(type_node(ty), Use::ColumnType);
        }
        if let Some(sequence) = column.sequence {
            add(Node::Relation(sequence), Use::Draws);
        }
        for expr in column.default.iter().chain(column.generated.as_ref().map(|generated| &generated.expr)) {
            calls(expr, add);
        }
    }
}

fn attachments(attachments: &[super::Attachment], add: &mut impl FnMut(Node, Use)) {
    for attachment in attachments {
        for read in &attachment.reads {
            add(Node::Relation(*read), Use::Attachment);
        }
        for function in &attachment.functions {
            add(Node::Function(function.clone()), Use::Calls);
        }
    }
}

/// The type that a name means.
fn type_node(ty: &TypeName) -> Node {
    Node::Type(ty.schema.as_ref().map(|schema| schema.name.clone()).unwrap_or_default(), ty.name.clone())
}

fn calls(expr: &Expr, add: &mut impl FnMut(Node, Use)) {
    for function in called(expr) {
        add(Node::Function(function.clone()), Use::Calls);
    }
}

/// The functions that an expression calls, without their schemas.
pub(super) fn called(expr: &Expr) -> Vec<&Name> {
    let mut functions = Vec::new();
    expr.walk(&mut |part| match &part.kind {
        ExprKind::Call(call) => functions.push(&call.name.name.name),
        ExprKind::Subquery(query) => functions.extend(query.calls.iter().map(|call| &call.name.name.name)),
        _ => {}
    });
    functions
}
