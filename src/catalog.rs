//! The schema in memory: what the statements so far have made of it.
//!
//! It knows names, columns, constraints, indexes, dependencies and where each was created; it knows no lock and no effect.
//! A relation that was never seen created is still entered when a statement touches it, with [`Table::complete`]` = false`:
//! unknown is never the same as absent.
//!
//! Changes go through [`Store`], which keeps a journal while a transaction is open, so that ROLLBACK and ROLLBACK TO undo
//! them without a copy of the catalog.

mod access;
mod apply;
mod coverage;
mod dependents;
mod inserted;
mod links;
mod names;
mod relation;
mod store;
#[cfg(test)]
mod testing;
mod touch;
mod types;

pub use access::{Definer, Given, PolicyFact, Signature, ViewFact};
pub use apply::{Absences, Moment, argument_name, generates_keys, same_expr};
pub use coverage::{Completeness, Coverage, UNKNOWN_COVERAGE};
pub use dependents::*;
pub use inserted::{Insertion, constant_value};
pub use relation::*;
pub use store::{Mark, Store};
pub use touch::is_of_system;
pub use types::*;

use crate::source::Location;
use crate::statement::{Name, ObjectName, Volatility};

/// The schema in memory.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    /// All relations ever made that still exist: tables, indexes, views, sequences, composite types.
    relations: Store<RelationId, Relation>,
    /// (schema, name) of relations. Temporary relations are in the schema `pg_temp`.
    relation_names: Store<(Name, Name), RelationId>,
    /// Enums, domains, ranges and base types by (schema, name).
    types: Store<(Name, Name), Type>,
    /// Functions and procedures by (schema, name); one entry holds all overloads.
    functions: Store<(Name, Name), Function>,
    /// Schemas that were created, or used.
    schemas: Store<Name, Schema>,
    /// Publications, extensions, roles and whatever else has only a kind and a name.
    objects: Store<(crate::statement::ObjectKind, Name), Object>,
    /// Who depends on whom; see [`links`].
    links: Store<links::Link, ()>,
    /// Names of relations that are known to be free, because what bore them was dropped or renamed.
    absent: Store<(Name, Name), ()>,
    /// Keys that the migrations inserted; see [`inserted`].
    inserted: inserted::Inserted,
    /// Who may do what; see [`access`].
    access: access::Access,
    /// Columns that these migrations copied into others, and without a column the tables whose rows or values went into others.
    copied: Store<(RelationId, Option<Name>), Vec<Copied>>,
    next_id: u32,
}

/// Identifies a relation over renames.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RelationId(pub u32);

/// When something was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The statement, or the column or constraint in it.
    pub at: Location,
    /// The deployment, counted by the replay; see [`crate::session::Session::deployment`].
    pub deployment: u32,
    /// The transaction, counted by the replay: unique over the whole run.
    pub transaction: u32,
}

/// Where values went.
#[derive(Clone, Debug, PartialEq)]
pub struct Copied {
    /// The table; of a column of the same table the column, of another `table.column`.
    pub to: Name,
    /// When.
    pub origin: Origin,
    /// Of a column: as they are, not converted, and not merely used to find others. Of a table: all of its rows, by a query of nothing
    /// else.
    pub plain: bool,
    /// Of a column: by its value another row was found, whose key is there now instead.
    pub finds: bool,
}

/// A schema.
#[derive(Clone, Debug, PartialEq)]
pub struct Schema {
    /// `None`: used, but never seen created.
    pub origin: Option<Origin>,
}

/// A function or procedure, with all its overloads.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    /// Its overloads.
    pub overloads: Vec<Overload>,
}

/// One overload.
#[derive(Clone, Debug, PartialEq)]
pub struct Overload {
    /// Names of the argument types.
    pub arguments: Vec<Name>,
    /// Names of the arguments, where they have any.
    pub argument_names: Vec<Option<Name>>,
    /// What it returns, where it was declared: the type's name.
    pub returns: Option<Name>,
    /// As declared; `None`: not declared, which is volatile.
    pub volatility: Option<Volatility>,
    /// Folded.
    pub language: Option<Name>,
    /// Its body, where it is SQL or PL/pgSQL.
    pub body: Option<crate::statement::Body>,
    /// `PROCEDURE`.
    pub procedure: bool,
    /// `RETURNS trigger`: nobody but a trigger calls it.
    pub of_trigger: bool,
    /// Where it was made.
    pub origin: Origin,
    /// The statement that gave it its body: the last CREATE OR REPLACE.
    pub defined: Location,
}

/// Anything else that has a kind and a name.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// Where it was made.
    pub origin: Origin,
    /// Of a publication: its tables.
    pub relations: Vec<RelationId>,
}

/// Where unqualified names are looked for, in order. Starts as `["$user", "public"]`; `pg_temp` comes first without being named.
pub type SearchPath = [Name];

impl Catalog {
    /// The relation of a name, if it is known to exist.
    pub fn resolve(&self, name: &ObjectName, path: &SearchPath) -> Option<RelationId> {
        let lookup = |schema: &str| self.relation_names.get(&(schema.into(), name.name.name.clone())).copied();
        match &name.schema {
            Some(schema) => lookup(&schema.name),
            None => std::iter::once("pg_temp").chain(path.iter().map(Name::as_str)).find_map(lookup),
        }
    }

    /// A relation by the name that effects tell, [`Relation::display_name`].
    pub fn find_displayed(&self, name: &str) -> Option<&Relation> {
        let (schema, name) = displayed(name);
        self.find(schema, name)
    }

    /// The relation of a name as its parts, if it is known to exist.
    pub fn find(&self, schema: &str, name: &str) -> Option<&Relation> {
        self.relation_names.get(&(schema.into(), name.into())).and_then(|id| self.relations.get(id))
    }

    /// Whether these files dropped the relation of that name, or gave it another.
    pub fn is_dropped(&self, schema: &Name, name: &Name) -> bool {
        self.absent.contains(&(schema.clone(), name.clone()))
    }

    /// Where a new object of that name goes: the schema written, or the first of the path that is no `"$user"`.
    pub fn creation_schema<'a>(&self, name: &'a ObjectName, path: &'a SearchPath) -> &'a str {
        match &name.schema {
            Some(schema) => &schema.name,
            None => path.iter().map(Name::as_str).find(|schema| *schema != "$user").unwrap_or("public"),
        }
    }

    /// A relation. Ids stay valid as long as the relation exists.
    pub fn relation(&self, id: RelationId) -> Option<&Relation> {
        self.relations.get(&id)
    }

    /// All relations, in the order of their creation.
    pub fn relations(&self) -> impl Iterator<Item = &Relation> {
        self.relations.values()
    }

    /// A table, with its relation.
    pub fn table(&self, id: RelationId) -> Option<(&Relation, &Table)> {
        let relation = self.relation(id)?;
        Some((relation, relation.as_table()?))
    }

    /// A type by name; built-in types are not in the catalog.
    pub fn type_named(&self, schema: Option<&str>, name: &str, path: &SearchPath) -> Option<&Type> {
        let lookup = |schema: &str| self.types.get(&(schema.into(), name.into()));
        schema.map_or_else(|| path.iter().find_map(|schema| lookup(schema)), lookup)
    }

    /// All user-defined types.
    pub fn types(&self) -> impl Iterator<Item = &Type> {
        self.types.values()
    }

    /// A function by name.
    pub fn function(&self, name: &ObjectName, path: &SearchPath) -> Option<&Function> {
        let lookup = |schema: &str| self.functions.get(&(schema.into(), name.name.name.clone()));
        match &name.schema {
            Some(schema) => lookup(&schema.name),
            None => path.iter().find_map(|schema| lookup(schema)),
        }
    }

    /// The functions of a name, in any schema that is known.
    pub fn functions_named(&self, name: &str) -> impl Iterator<Item = &Function> {
        self.functions_by_schema(name).map(|(_, function)| function)
    }

    /// The same, each with its schema.
    pub fn functions_by_schema(&self, name: &str) -> impl Iterator<Item = (Name, &Function)> {
        let public = Name::new_static("public");
        let schemas = self.schemas.iter().map(|(schema, _)| schema.clone()).filter(|schema| schema != "public");
        std::iter::once(public).chain(schemas).filter_map(move |schema| {
            let key = (schema, Name::from(name));
            let function = self.functions.get(&key)?;
            Some((key.0, function))
        })
    }

    /// Whether a trigger that runs for each new row assigns one of its columns.
    pub fn assigns_new(&self, relation: &Relation, column: &str) -> bool {
        relation.attachments().iter().any(|attachment| {
            let runs = attachment.kind == crate::statement::ObjectKind::Trigger
                && attachment.for_each_row
                && !attachment.runs.disabled
                && attachment.runs.events.iter().any(|event| event == "insert");
            runs && attachment.function.as_ref().is_some_and(|function| {
                let mut overloads = self.functions_named(function).flat_map(|function| &function.overloads);
                overloads.any(|overload| {
                    overload.body.as_ref().is_some_and(|body| body.assigned.iter().any(|assigned| assigned == column))
                })
            })
        })
    }

    /// The function or procedure of a name in a schema.
    pub fn function_at(&self, schema: &Name, name: &Name) -> Option<&Function> {
        self.functions.get(&(schema.clone(), name.clone()))
    }

    /// All functions and procedures, each under its schema and name.
    pub fn functions(&self) -> impl Iterator<Item = (&(Name, Name), &Function)> {
        self.functions.iter()
    }

    /// A schema.
    pub fn schema(&self, name: &str) -> Option<&Schema> {
        self.schemas.get(&name.into())
    }

    /// An extension, publication, role ...
    pub fn object(&self, kind: crate::statement::ObjectKind, name: &str) -> Option<&Object> {
        self.objects.get(&(kind, name.into()))
    }

    /// Whether there is any extension, publication, role ...
    pub fn has_objects(&self, kind: crate::statement::ObjectKind) -> bool {
        self.objects.iter().any(|((of, _), _)| *of == kind)
    }

    /// The tables into which INSERT or UPDATE put rows or values of this one, in that order.
    pub fn rows_copied_to(&self, table: RelationId) -> &[Copied] {
        self.copied.get(&(table, None)).map_or(&[], Vec::as_slice)
    }

    /// The columns into which an UPDATE or INSERT copied this one, in that order.
    pub fn copied_to(&self, table: RelationId, column: &str) -> &[Copied] {
        self.copied.get(&(table, Some(column.into()))).map_or(&[], Vec::as_slice)
    }

    /// Marks a place in the journal: a transaction or savepoint begins.
    pub fn mark(&self) -> CatalogMark {
        CatalogMark {
            relations: self.relations.mark(),
            relation_names: self.relation_names.mark(),
            types: self.types.mark(),
            functions: self.functions.mark(),
            schemas: self.schemas.mark(),
            objects: self.objects.mark(),
            links: self.links.mark(),
            absent: self.absent.mark(),
            inserted: self.inserted.mark(),
            access: self.access.mark(),
            copied: self.copied.mark(),
        }
    }

    /// Undoes everything since `mark`.
    pub fn roll_back(&mut self, mark: CatalogMark) {
        self.relations.roll_back(mark.relations);
        self.relation_names.roll_back(mark.relation_names);
        self.types.roll_back(mark.types);
        self.functions.roll_back(mark.functions);
        self.schemas.roll_back(mark.schemas);
        self.objects.roll_back(mark.objects);
        self.links.roll_back(mark.links);
        self.absent.roll_back(mark.absent);
        self.inserted.roll_back(mark.inserted);
        self.access.roll_back(mark.access);
        self.copied.roll_back(mark.copied);
    }

    /// From now on every table may hold anything: what was entered so far was read from a dump without rows.
    pub fn forget_contents(&mut self) {
        let tables: Vec<_> =
            self.relations().filter(|relation| relation.as_table().is_some()).map(|it| it.id).collect();
        for id in tables {
            self.relations.update(&id, |relation| {
                if let RelationBody::Table(table) = &mut relation.body {
                    table.contents = Contents::Unknown;
                }
            });
        }
        self.relations.commit();
    }

    /// Forgets the journal: the outermost transaction has committed. Temporary tables that are dropped then are gone.
    pub fn commit(&mut self) {
        self.drop_temporary(|relation| relation.as_table().is_some_and(|table| table.on_commit_drop));
        self.relations.commit();
        self.relation_names.commit();
        self.types.commit();
        self.functions.commit();
        self.schemas.commit();
        self.objects.commit();
        self.links.commit();
        self.absent.commit();
        self.inserted.commit();
        self.access.commit();
        self.copied.commit();
    }
}

/// A place in the catalog's journal.
#[derive(Clone, Copy, Debug)]
pub struct CatalogMark {
    relations: Mark,
    relation_names: Mark,
    types: Mark,
    functions: Mark,
    schemas: Mark,
    objects: Mark,
    links: Mark,
    absent: Mark,
    inserted: inserted::InsertedMark,
    access: access::AccessMark,
    copied: Mark,
}
