//! Which objects a statement changes, by their names in the catalog, and how: what two branches did is compared by it.

use crate::catalog::{Catalog, SearchPath, argument_name};
use crate::source::{Location, SourceId, Span};
use crate::statement::{
    AlterAction, AlterActionKind, AlterDomainAction, AlterObject, AlterRelation, AlterTypeAction, Command,
    ConstraintKind, Drop, GuardKind, Ident, Name, ObjectKind, ObjectName, Statement, TypeName,
};

/// An object, by what tells it from all others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Object {
    /// Of kinds that share their names the first: all relations are [`ObjectKind::Table`], all routines [`ObjectKind::Function`].
    pub(super) space: ObjectKind,
    /// Empty where objects of the kind are in no schema.
    pub(super) schema: Name,
    /// Its name, or that of the relation or type that it is a part of.
    pub(super) name: Name,
    /// A column, constraint, trigger, policy, rule; of a type a value or attribute.
    pub(super) part: Option<(ObjectKind, Name)>,
    /// A routine's argument types.
    pub(super) arguments: Vec<Name>,
}

impl Object {
    /// What it is a part of.
    pub(super) fn whole(&self) -> Self {
        Self { part: None, ..self.clone() }
    }

    /// Whether it is a part of another.
    pub(super) fn is_part_of(&self, whole: &Self) -> bool {
        self.part.is_some() && whole.part.is_none() && self.is_in_same(whole)
    }

    fn is_in_same(&self, other: &Self) -> bool {
        (self.space, &self.schema, &self.name) == (other.space, &other.schema, &other.name)
    }

    /// As a sentence calls it: `orders.note`.
    pub(super) fn display(&self) -> String {
        let schema = match self.schema.as_str() {
            "" | "public" => String::new(),
            schema => format!("{schema}."),
        };
        let part = self.part.as_ref().map(|(_, part)| format!(".{part}")).unwrap_or_default();
        format!("{schema}{}{part}", self.name)
    }
}

/// What a statement does to an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Doing {
    /// Makes it.
    Create {
        /// `OR REPLACE`, or it was dropped before.
        replaces: bool,
        /// `IF NOT EXISTS`, or a condition.
        guarded: bool,
    },
    /// Changes this about it.
    Alter(Aspect),
    /// Takes it away.
    Drop {
        /// `IF EXISTS`, or a condition.
        guarded: bool,
    },
    /// Gives it another name or schema.
    Rename,
    /// Needs it.
    Use,
}

/// What of an object is changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Aspect {
    /// Two of one name: the last one counts.
    pub(super) name: Name,
    /// It decides with others of its object which rows are taken: a column's type, default, nullability.
    pub(super) defines: bool,
}

/// What a statement does to an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deed {
    pub(super) object: Object,
    /// As sentences call such an object.
    pub(super) kind: &'static str,
    pub(super) doing: Doing,
    /// The statement, or the action or name in it.
    pub(super) at: Location,
}

/// What a statement does to which objects, given the catalog before it.
pub(super) fn deeds(catalog: &Catalog, path: &SearchPath, source: SourceId, statement: &Statement) -> Vec<Deed> {
    let guarded = statement.guard.as_ref().is_some_and(|guard| !matches!(guard.kind, GuardKind::Loop { .. }));
    let mut scribe = Scribe { catalog, path, source, guarded, at: statement.span, deeds: Vec::new() };
    scribe.command(&statement.command);
    scribe.deeds
}

struct Scribe<'a> {
    catalog: &'a Catalog,
    path: &'a SearchPath,
    source: SourceId,
    guarded: bool,
    /// What is looked at.
    at: Span,
    deeds: Vec<Deed>,
}

impl Scribe<'_> {
    fn add(&mut self, object: Object, kind: &'static str, doing: Doing) {
        self.deeds.push(Deed { object, kind, doing, at: Location { source: self.source, span: self.at } });
    }

    fn create(&self, replaces: bool, if_not_exists: bool) -> Doing {
        Doing::Create { replaces, guarded: if_not_exists || self.guarded }
    }

    fn dropped(&self, if_exists: bool) -> Doing {
        Doing::Drop { guarded: if_exists || self.guarded }
    }

    /// A relation that is there, or would be.
    fn relation(&self, name: &ObjectName) -> Object {
        let known = self.catalog.resolve(name, self.path).and_then(|id| self.catalog.relation(id));
        let schema = known.map_or_else(|| self.catalog.creation_schema(name, self.path).into(), |it| it.schema.clone());
        whole(ObjectKind::Table, schema, name.name.name.clone())
    }

    /// A relation that is about to be made.
    fn new_relation(&self, name: &ObjectName, temporary: bool) -> Object {
        let schema = if temporary { "pg_temp" } else { self.catalog.creation_schema(name, self.path) };
        whole(ObjectKind::Table, schema.into(), name.name.name.clone())
    }

    fn part(&self, table: &ObjectName, kind: ObjectKind, name: &Ident) -> Object {
        Object { part: Some((kind, name.name.clone())), ..self.relation(table) }
    }

    fn type_of(&self, name: &ObjectName, made: bool) -> Object {
        let schema = name.schema.as_ref().map(|schema| schema.name.as_str());
        let known = self.catalog.type_named(schema, &name.name.name, self.path).filter(|_| !made);
        let schema = known.map_or_else(|| self.catalog.creation_schema(name, self.path).into(), |it| it.schema.clone());
        whole(ObjectKind::Type, schema, name.name.name.clone())
    }

    /// A routine; without arguments the one that there is of the name. `None`: which one is meant is not known.
    fn routine(&self, name: &ObjectName, arguments: Option<&[TypeName]>) -> Option<Object> {
        let known =
            |schema: &Name| self.catalog.functions().find(|(key, _)| key.0 == *schema && key.1 == name.name.name);
        let found = match &name.schema {
            Some(schema) => known(&schema.name),
            None => self.path.iter().find_map(known),
        };
        let schema: Name = match found {
            Some((key, _)) => key.0.clone(),
            None => self.catalog.creation_schema(name, self.path).into(),
        };
        let arguments = match (arguments, found) {
            (Some(arguments), _) => arguments.iter().map(argument_name).collect(),
            (None, Some((_, function))) => match &function.overloads[..] {
                [only] => only.arguments.clone(),
                _ => return None,
            },
            (None, None) => return None,
        };
        Some(Object { arguments, ..whole(ObjectKind::Function, schema, name.name.name.clone()) })
    }

    fn uses(&mut self, table: &ObjectName) {
        let object = self.relation(table);
        self.add(object, "table", Doing::Use);
    }

    fn command(&mut self, command: &Command) {
        match command {
            Command::CreateTable(it) => {
                let temporary = it.persistence == crate::statement::Persistence::Temporary;
                let doing = self.create(false, it.if_not_exists);
                self.add(self.new_relation(&it.name, temporary), "table", doing);
                let of_columns = it.columns.iter().flat_map(|column| &column.constraints);
                for constraint in of_columns.chain(&it.constraints) {
                    self.references(&constraint.kind);
                }
            }
            Command::CreateIndex(it) => {
                self.uses(&it.table);
                if let Some(name) = &it.name {
                    let schema = self.relation(&it.table).schema;
                    let doing = self.create(false, it.if_not_exists);
                    self.add(whole(ObjectKind::Table, schema, name.name.name.clone()), "index", doing);
                }
            }
            Command::CreateView(it) => {
                let kind = if it.materialized { "materialized view" } else { "view" };
                let doing = self.create(it.or_replace, it.if_not_exists);
                self.add(self.new_relation(&it.name, it.temporary), kind, doing);
            }
            Command::CreateSequence(it) => {
                let doing = self.create(false, it.if_not_exists);
                self.add(self.new_relation(&it.name, it.temporary), "sequence", doing);
            }
            Command::CreateType(it) => self.add(self.type_of(&it.name, true), "type", self.create(false, false)),
            Command::CreateDomain(it) => self.add(self.type_of(&it.name, true), "domain", self.create(false, false)),
            Command::CreateSchema(it) => {
                if let Some(name) = &it.name {
                    let doing = self.create(false, it.if_not_exists);
                    self.add(whole(ObjectKind::Schema, Name::default(), name.name.clone()), "schema", doing);
                }
            }
            Command::CreateFunction(it) => {
                let kind = if it.procedure { "procedure" } else { "function" };
                let schema = self.catalog.creation_schema(&it.name, self.path).into();
                let arguments = it.arguments.iter().map(argument_name).collect();
                let object = Object { arguments, ..whole(ObjectKind::Function, schema, it.name.name.name.clone()) };
                self.add(object, kind, self.create(it.or_replace, false));
            }
            Command::CreateTrigger(it) => {
                let object = self.part(&it.table, ObjectKind::Trigger, &it.name);
                self.add(object, "trigger", self.create(it.or_replace, false));
            }
            Command::CreateRule(it) => {
                let object = self.part(&it.table, ObjectKind::Rule, &it.name);
                self.add(object, "rule", self.create(it.or_replace, false));
            }
            Command::Policy(it) => {
                let object = self.part(&it.table, ObjectKind::Policy, &it.name);
                let doing = match &it.rename_to {
                    Some(_) => Doing::Rename,
                    None if it.alter => alters("conditions", true),
                    None => self.create(false, false),
                };
                self.add(object, "policy", doing);
            }
            Command::CreateExtension(it) => {
                let doing = self.create(false, it.if_not_exists);
                self.add(whole(ObjectKind::Extension, Name::default(), it.name.name.clone()), "extension", doing);
            }
            Command::CreateObject(it) => {
                if let Some(name) = &it.name {
                    let schema = name.schema.as_ref().map_or_else(Name::default, |schema| schema.name.clone());
                    let doing = self.create(it.or_replace, it.if_not_exists);
                    self.add(whole(it.kind, schema, name.name.name.clone()), it.kind.name(), doing);
                }
            }
            Command::AlterRelation(it) => self.alter_relation(it),
            Command::AlterType(it) => {
                let object = self.type_of(&it.name, false);
                it.actions.iter().for_each(|action| self.alter_type(&object, action));
            }
            Command::AlterDomain(it) => {
                let object = self.type_of(&it.name, false);
                let doing = match &it.action {
                    AlterDomainAction::SetDefault(_) | AlterDomainAction::DropDefault => alters("default", true),
                    AlterDomainAction::SetNotNull | AlterDomainAction::DropNotNull => alters("nullability", true),
                    AlterDomainAction::RenameTo(_) | AlterDomainAction::SetSchema(_) => Doing::Rename,
                    _ => return,
                };
                self.add(object, "domain", doing);
            }
            Command::AlterObject(it) => self.alter_object(it),
            Command::Drop(it) => it.names.iter().for_each(|name| self.drop_one(it, name)),
            Command::DropOnTable(it) => {
                let object = self.part(&it.table, it.kind, &it.name);
                self.add(object, it.kind.name(), self.dropped(it.if_exists));
            }
            Command::Insert(it) => self.uses(&it.table.name),
            Command::Update(it) => self.uses(&it.table.name),
            Command::Delete(it) => self.uses(&it.table.name),
            Command::Copy(it) => it.table.iter().for_each(|table| self.uses(table)),
            _ => {}
        }
    }

    /// A foreign key needs its table.
    fn references(&mut self, constraint: &ConstraintKind) {
        if let ConstraintKind::ForeignKey(key) = constraint {
            self.uses(&key.references);
        }
    }

    fn alter_relation(&mut self, alter: &AlterRelation) {
        let statement = self.at;
        for action in &alter.actions {
            self.at = if action.span.is_empty() { statement } else { action.span };
            self.alter_action(alter, action);
        }
        self.at = statement;
    }

    fn alter_action(&mut self, alter: &AlterRelation, action: &AlterAction) {
        use AlterActionKind as Action;
        let table = &alter.name;
        let column = |name: &Ident| self.part(table, ObjectKind::Column, name);
        let constraint = |name: &Ident| self.part(table, ObjectKind::Constraint, name);
        let (object, kind, doing) = match &action.kind {
            Action::AddColumn { if_not_exists, column: added } => {
                let object = column(&added.name);
                for constraint in &added.constraints {
                    self.references(&constraint.kind);
                }
                (object, "column", self.create(false, *if_not_exists))
            }
            Action::DropColumn { if_exists, column: gone, .. } => (column(gone), "column", self.dropped(*if_exists)),
            Action::SetType { column: it, .. } => (column(it), "column", alters("type", true)),
            Action::SetDefault { column: it, .. } | Action::DropDefault(it) => {
                (column(it), "column", alters("default", true))
            }
            Action::SetNotNull(it) | Action::DropNotNull(it) => (column(it), "column", alters("nullability", true)),
            Action::SetExpression { column: it, .. } | Action::DropExpression(it) => {
                (column(it), "column", alters("expression", true))
            }
            Action::AddIdentity(it) | Action::SetIdentity(it) | Action::DropIdentity(it) => {
                (column(it), "column", alters("identity", true))
            }
            Action::SetStatistics(it) => (column(it), "column", alters("statistics", false)),
            Action::SetStorage(it) => (column(it), "column", alters("storage", false)),
            Action::SetCompression(it) => (column(it), "column", alters("compression", false)),
            Action::RenameColumn { from, to } => {
                let made = column(to);
                self.add(column(from), "column", Doing::Rename);
                (made, "column", self.create(false, false))
            }
            Action::AddConstraint(added) => {
                let object = added.name.as_ref().map(constraint);
                self.references(&added.kind);
                match object {
                    Some(object) => (object, "constraint", self.create(false, false)),
                    None => (self.relation(table), "table", Doing::Use),
                }
            }
            Action::DropConstraint { if_exists, name, .. } => {
                (constraint(name), "constraint", self.dropped(*if_exists))
            }
            Action::AlterConstraint { name, .. } => (constraint(name), "constraint", alters("enforcement", true)),
            Action::ValidateConstraint(name) => (constraint(name), "constraint", Doing::Use),
            Action::RenameConstraint { from, .. } => (constraint(from), "constraint", Doing::Rename),
            Action::RenameTo(to) => {
                let object = self.relation(table);
                let made = Object { name: to.name.clone(), ..object.clone() };
                self.add(object, alter.kind.name(), Doing::Rename);
                (made, alter.kind.name(), self.create(false, false))
            }
            Action::SetSchema(to) => {
                let object = self.relation(table);
                let made = Object { schema: to.name.clone(), ..object.clone() };
                self.add(object, alter.kind.name(), Doing::Rename);
                (made, alter.kind.name(), self.create(false, false))
            }
            Action::RowSecurity(_) => (self.relation(table), "table", alters("row security", false)),
            Action::ReplicaIdentity { .. } => (self.relation(table), "table", alters("replica identity", false)),
            Action::SetTablespace(_) => (self.relation(table), alter.kind.name(), alters("tablespace", false)),
            Action::SetPersistence(_) => (self.relation(table), "table", alters("persistence", false)),
            Action::SetAccessMethod(_) => (self.relation(table), "table", alters("access method", false)),
            Action::SequenceOptions { .. } if alter.kind == ObjectKind::Sequence => {
                (self.relation(table), "sequence", alters("options", true))
            }
            Action::SetOptions(options) | Action::ResetOptions(options) => {
                for option in options {
                    self.add(self.relation(table), alter.kind.name(), alters(&option.name, false));
                }
                return;
            }
            // What else there is, two branches may do to one table without getting in each other's way.
            _ => (self.relation(table), alter.kind.name(), Doing::Use),
        };
        self.add(object, kind, doing);
    }

    fn alter_type(&mut self, object: &Object, action: &AlterTypeAction) {
        let part = |kind: ObjectKind, name: &Name| Object { part: Some((kind, name.clone())), ..object.clone() };
        let (object, kind, doing) = match action {
            AlterTypeAction::AddValue { value, if_not_exists, .. } => {
                (part(ObjectKind::Type, value), "enum value", self.create(false, *if_not_exists))
            }
            AlterTypeAction::RenameValue { from, .. } => (part(ObjectKind::Type, from), "enum value", Doing::Rename),
            AlterTypeAction::AddAttribute { column, .. } => {
                (part(ObjectKind::Column, &column.name.name), "attribute", self.create(false, false))
            }
            AlterTypeAction::DropAttribute { name, if_exists, .. } => {
                (part(ObjectKind::Column, &name.name), "attribute", self.dropped(*if_exists))
            }
            AlterTypeAction::AlterAttribute { name, .. } => {
                (part(ObjectKind::Column, &name.name), "attribute", alters("type", true))
            }
            AlterTypeAction::RenameAttribute { from, .. } => {
                (part(ObjectKind::Column, &from.name), "attribute", Doing::Rename)
            }
            AlterTypeAction::RenameTo(to) => {
                let made = Object { name: to.name.clone(), ..object.clone() };
                self.add(object.clone(), "type", Doing::Rename);
                (made, "type", self.create(false, false))
            }
            AlterTypeAction::SetSchema(_) => (object.clone(), "type", Doing::Rename),
            AlterTypeAction::DropValue { .. } | AlterTypeAction::Other => return,
        };
        self.add(object, kind, doing);
    }

    fn alter_object(&mut self, alter: &AlterObject) {
        let Some(name) = &alter.name else { return };
        let object = match (alter.kind, &alter.table) {
            (kind @ (ObjectKind::Trigger | ObjectKind::Rule | ObjectKind::Policy), Some(table)) => {
                self.part(table, kind, &name.name)
            }
            (kind, _) if kind.is_routine() => match self.routine(name, alter.arguments.as_deref()) {
                Some(object) => object,
                None => return,
            },
            // Roles, publications, extensions ...: two branches seldom mean the same thing of one.
            _ => return,
        };
        let doing = match alter.rename_to.is_some() || alter.set_schema.is_some() {
            true => Doing::Rename,
            // Replacing a routine keeps its owner and nothing else.
            false if alter.rest.starts_with("owner") || alter.depends_on_extension => Doing::Use,
            false => alters(&alter.rest, false),
        };
        self.add(object, alter.kind.name(), doing);
    }

    fn drop_one(&mut self, drop: &Drop, name: &ObjectName) {
        let object = match drop.kind {
            ObjectKind::Table
            | ObjectKind::ForeignTable
            | ObjectKind::View
            | ObjectKind::MaterializedView
            | ObjectKind::Index
            | ObjectKind::Sequence => self.relation(name),
            ObjectKind::Type | ObjectKind::Domain => self.type_of(name, false),
            kind if kind.is_routine() => match self.routine(name, drop.arguments_of(name)) {
                Some(object) => object,
                None => return,
            },
            kind => {
                let schema = name.schema.as_ref().map_or_else(Name::default, |schema| schema.name.clone());
                whole(kind, schema, name.name.name.clone())
            }
        };
        let statement = self.at;
        if drop.names.len() > 1 {
            self.at = name.span();
        }
        self.add(object, drop.kind.name(), self.dropped(drop.if_exists));
        self.at = statement;
    }
}

fn whole(space: ObjectKind, schema: Name, name: Name) -> Object {
    Object { space, schema, name, part: None, arguments: Vec::new() }
}

fn alters(aspect: &str, defines: bool) -> Doing {
    Doing::Alter(Aspect { name: aspect.into(), defines })
}
