//! Catalog x Statement -> next Catalog.
//!
//! What the server's own catalog would hold after each statement. A statement that the server would refuse, as far as the schema tells,
//! changes nothing.

mod absence;
mod alter_table;
mod columns;
mod constraints;
mod copies;
mod create_table;
mod distinct;
mod dml;
mod drop;
mod index;
mod objects;
mod partition;
mod rename;
mod routine;
mod scope;
mod types;
mod unseen;
mod view;

pub use absence::Absences;
pub use distinct::generates_keys;
pub(super) use index::plain_column;
pub use index::same_expr;
pub use routine::argument_name;

use super::{Catalog, Contents, Index, Origin, Relation, RelationBody, RelationId, SearchPath, Table, View};
use crate::source::{Location, SourceId, Span};
use crate::statement::{Body, Command, Guard, GuardKind, Name, ObjectName, Statement};

/// When and where a statement is applied.
#[derive(Clone, Copy, Debug)]
pub struct Moment<'a> {
    /// The file.
    pub source: SourceId,
    /// See [`super::Origin::deployment`].
    pub deployment: u32,
    /// See [`super::Origin::transaction`].
    pub transaction: u32,
    /// Where unqualified names are looked for.
    pub search_path: &'a SearchPath,
    /// The files are the whole schema: what they did not create does not exist, and is not entered.
    pub from_empty: bool,
    /// The files are the tool's whole history: what no statement has named so far does not exist.
    pub whole: bool,
    /// What the files tell of all that there is.
    pub coverage: &'a super::Coverage,
    /// `check_function_bodies` is on: what the body of a function in SQL names has to be there.
    pub bodies_checked: bool,
    /// The file fills tables for development and tests only.
    pub seed: bool,
    /// The server's major version.
    pub version: crate::dialect::Version,
}

impl Catalog {
    /// What the commands of a `DO` block that its text does not show may have done to the schema.
    pub fn run_unseen(&mut self, body: &Body, moment: Moment<'_>) {
        Change { catalog: self, moment, at: body.span, guard: None, unsure: false }.ran_unseen(&body.words);
    }

    /// What a statement makes of the schema. A statement that the server would refuse changes nothing.
    pub fn apply(&mut self, statement: &Statement, moment: Moment<'_>) {
        let mark = self.mark();
        let mut change =
            Change { catalog: self, moment, at: statement.span, guard: statement.guard.as_deref(), unsure: false };
        if change.command(&statement.command).is_err() {
            self.roll_back(mark);
        } else {
            change.altered_anywhere(&statement.command);
            self.note_access(statement, moment);
        }
    }
}

/// The server refuses the statement; whatever it did so far is undone.
#[derive(Debug)]
struct Refused;

type Applied<T = ()> = Result<T, Refused>;

/// One statement being applied.
struct Change<'a> {
    catalog: &'a mut Catalog,
    moment: Moment<'a>,
    /// The statement, or its action.
    at: Span,
    guard: Option<&'a Guard>,
    /// What it creates may have been there before.
    unsure: bool,
}

/// Whether a `CREATE` makes something.
enum Creation {
    /// It was there already, and stays as it is.
    Exists,
    /// It was not there, for certain. An id: it was thought to exist, though never seen created, and keeps its identity.
    Made(Option<RelationId>),
    /// It may have been there, perhaps differently.
    Unsure,
}

impl Change<'_> {
    fn command(&mut self, command: &Command) -> Applied {
        match command {
            Command::CreateTable(create) => self.create_table(create),
            Command::CreateIndex(create) => self.create_index(create),
            Command::CreateView(create) => self.create_view(create),
            Command::CreateSequence(create) => self.create_sequence(create),
            Command::CreateType(create) => self.create_type(create),
            Command::CreateDomain(create) => self.create_domain(create),
            Command::CreateSchema(create) => {
                self.create_schema(create)?;
                self.schema_elements(create)
            }
            Command::CreateFunction(create) => self.create_function(create),
            Command::CreateTrigger(create) => self.create_trigger(create),
            Command::Policy(policy) => self.policy(policy),
            Command::CreateRule(create) => self.create_rule(create),
            Command::CreateExtension(create) => self.create_extension(create),
            Command::CreateStatistics(create) => self.create_statistics(create),
            Command::Publication(publication) => self.publication(publication),
            Command::CreateObject(create) => self.create_object(create),
            Command::AlterRelation(alter) => self.alter_relation(alter),
            Command::AlterType(alter) => self.alter_type(alter),
            Command::AlterDomain(alter) => self.alter_domain(alter),
            Command::AlterObject(alter) => self.alter_object(alter),
            Command::Drop(drop) => self.drop(drop),
            Command::DropOnTable(drop) => self.drop_on_table(drop),
            Command::Truncate(truncate) => self.truncate(truncate),
            Command::Insert(insert) => self.insert(insert),
            Command::Update(update) => self.update(update),
            Command::Delete(delete) => self.delete(delete),
            Command::Merge(merge) => self.merge(merge),
            Command::Copy(copy) => self.copy(copy),
            Command::Query(query) => self.query(query),
            Command::Explain(explain) if explain.analyze => self.explained(&explain.statement.command),
            Command::Call(call) => {
                self.call(&call.procedure, &call.arguments);
                Ok(())
            }
            Command::RefreshMaterializedView(refresh) => self.refresh(refresh),
            Command::Cluster(cluster) => match (&cluster.table, &cluster.index) {
                (Some(table), Some(index)) => {
                    let id = self.relation(table)?.id;
                    self.cluster_on(id, Some(&index.name))
                }
                _ => Ok(()),
            },
            Command::Set(set) => {
                self.discard(set);
                Ok(())
            }
            Command::Unknown(unknown) => {
                unknown.relations.iter().for_each(|name| self.taint(name));
                Ok(())
            }
            // The statements of a DO block are applied one by one by the replay.
            Command::Do(block) => {
                if let Some(body) = block.body.as_ref().filter(|body| !body.opaque.is_empty()) {
                    self.ran_unseen(&body.words);
                }
                Ok(())
            }
            // These change no schema and no rows.
            Command::Explain(_)
            | Command::Prepare(_)
            | Command::Execute(_)
            | Command::Reindex(_)
            | Command::Vacuum(_)
            | Command::Analyze(_)
            | Command::Lock(_)
            | Command::Comment(_)
            | Command::Grant(_)
            | Command::Transaction(_)
            | Command::Nothing(_)
            | Command::AlterSystem(_)
            | Command::Meta(_) => Ok(()),
        }
    }

    /// `EXPLAIN ANALYZE` runs its statement; those that can be explained are these.
    fn explained(&mut self, command: &Command) -> Applied {
        match command {
            Command::Insert(_)
            | Command::Update(_)
            | Command::Delete(_)
            | Command::Merge(_)
            | Command::Query(_)
            | Command::CreateTable(_)
            | Command::CreateView(_) => self.command(command),
            _ => Ok(()),
        }
    }

    /// Something was done to it that was not understood: nothing is certain of it any more.
    fn taint(&mut self, name: &ObjectName) {
        if let Some(id) = self.find(name) {
            self.change_table(id, |table| {
                table.complete = false;
                table.gone_columns.clear();
                table.asked_for = None;
                table.contents = Contents::Unknown;
            });
            self.catalog.inserted.untold(id);
        }
    }

    /// Of what the present statement makes.
    fn origin(&self) -> Origin {
        self.origin_at(self.at)
    }

    /// Of a part of the present statement.
    fn origin_at(&self, span: Span) -> Origin {
        Origin {
            at: Location { source: self.moment.source, span },
            deployment: self.moment.deployment,
            transaction: self.moment.transaction,
        }
    }

    /// The statement may not run, or its failure is caught.
    fn is_guarded(&self) -> bool {
        self.guard.is_some_and(|guard| !matches!(guard.kind, GuardKind::Loop { .. }))
    }

    fn new_id(&mut self) -> RelationId {
        // Ids are never given out again, not even after a rollback: effects and locks may still hold them.
        self.catalog.next_id += 1;
        RelationId(self.catalog.next_id)
    }

    fn find(&self, name: &ObjectName) -> Option<RelationId> {
        self.catalog.resolve(name, self.moment.search_path)
    }

    /// The relation of a name, which must exist.
    fn relation(&self, name: &ObjectName) -> Applied<&Relation> {
        self.find(name).and_then(|id| self.catalog.relation(id)).ok_or(Refused)
    }

    /// The table of a name, which must exist and be one.
    fn table(&self, name: &ObjectName) -> Applied<(RelationId, &Table)> {
        let relation = self.relation(name)?;
        Ok((relation.id, relation.as_table().ok_or(Refused)?))
    }

    /// A table that is known to exist.
    fn table_at(&self, id: RelationId) -> Applied<(&Relation, &Table)> {
        self.catalog.table(id).ok_or(Refused)
    }

    fn change_table(&mut self, id: RelationId, change: impl FnOnce(&mut Table)) {
        self.catalog.change(id, |relation| {
            if let RelationBody::Table(table) = &mut relation.body {
                change(table);
            }
        });
    }

    fn change_index(&mut self, id: RelationId, change: impl FnOnce(&mut Index)) {
        self.catalog.change(id, |relation| {
            if let RelationBody::Index(index) = &mut relation.body {
                change(index);
            }
        });
    }

    fn change_view(&mut self, id: RelationId, change: impl FnOnce(&mut View)) {
        self.catalog.change(id, |relation| {
            if let RelationBody::View(view) = &mut relation.body {
                change(view);
            }
        });
    }

    /// Where a new relation of that name goes, as schema and name.
    fn place(&self, name: &ObjectName, temporary: bool) -> (Name, Name) {
        let schema = match temporary {
            true => Name::new_static("pg_temp"),
            false => self.catalog.creation_schema(name, self.moment.search_path).into(),
        };
        (schema, super::names::stored(&name.name.name))
    }

    /// What comes of creating a relation of that name.
    fn creation(&self, place: &(Name, Name), if_not_exists: bool) -> Applied<Creation> {
        if let Some(existing) = self.catalog.find(&place.0, &place.1) {
            return match existing.origin {
                _ if if_not_exists => Ok(Creation::Exists),
                Some(_) => Err(Refused),
                // It was a guess that it existed. The statement would fail if it did, and then nothing after it matters.
                None => Ok(Creation::Made(Some(existing.id))),
            };
        }
        if self.catalog.types.contains(place) {
            return Err(Refused);
        }
        let unsure = (if_not_exists || self.is_guarded()) && !self.is_absent(place);
        Ok(if unsure { Creation::Unsure } else { Creation::Made(None) })
    }

    /// Whether a relation of that name cannot exist, because the files made everything there, or took it away.
    fn is_absent(&self, place: &(Name, Name)) -> bool {
        let made_here = self.catalog.schema(&place.0).is_some_and(|schema| schema.origin.is_some());
        self.moment.from_empty
            || self.moment.whole
            || place.0 == "pg_temp"
            || made_here
            || self.catalog.absent.contains(place)
    }

    /// Whether some other kind of object may have been there before a `CREATE ... IF NOT EXISTS`.
    fn is_unsure(&self, if_not_exists: bool) -> bool {
        (if_not_exists || self.is_guarded()) && !self.moment.from_empty && !self.moment.whole
    }

    /// Enters a new relation.
    fn enter(&mut self, id: RelationId, place: (Name, Name), origin: Option<Origin>, body: RelationBody) -> RelationId {
        let (schema, name) = place;
        let perhaps = self.unsure.then(|| self.origin());
        let named = perhaps.filter(|_| origin.is_none()).map(|perhaps| perhaps.at);
        let relation =
            Relation { id, schema, name, origin, named, perhaps, owner: None, made_as: None, renamed_from: None, body };
        if self.catalog.relation(id).is_some() {
            self.catalog.change(id, |existing| *existing = relation);
            id
        } else {
            self.catalog.enter(relation)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::testing::Session;
    use crate::statement::{Ident, Unknown};

    #[test]
    fn not_null_is_a_constraint_from_18() {
        let sql = "CREATE TABLE t (id int PRIMARY KEY, a int NOT NULL, b int CONSTRAINT bb NOT NULL, c int);
            ALTER TABLE t ALTER a DROP NOT NULL; ALTER TABLE t ADD CONSTRAINT cc NOT NULL c NOT VALID;";
        assert_eq!(
            Session::schema(18, true, sql),
            "table public.t\n  column id: int4 not null\n  column a: int4\n  column b: int4 not null\n  column c: int4\n\
             \x20 constraint bb: not null (b)\n  constraint cc: not null (c) not valid\n\
             \x20 constraint t_id_not_null: not null (id)\n  constraint t_pkey: primary key (id)\n\
             index public.t_pkey on public.t (id) unique keeps t_pkey\n"
        );
        let valid = Session::schema(18, true, &format!("{sql} ALTER TABLE t VALIDATE CONSTRAINT cc"));
        assert!(valid.contains("column c: int4 not null") && valid.contains("cc: not null (c)\n"), "{valid}");
        assert!(!Session::schema(17, true, "CREATE TABLE t (a int NOT NULL)").contains("constraint"));
    }

    #[test]
    fn versions_differ() {
        let key = "CREATE TABLE r (a int, b int, UNIQUE (a, b));
            CREATE TABLE t (a int, b int, FOREIGN KEY (a, b) REFERENCES r (a, b));";
        assert!(Session::schema(11, true, key).contains("t_a_fkey:"));
        assert!(Session::schema(12, true, key).contains("t_a_b_fkey:"));
        let stored = "CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a) STORED); ALTER TABLE t DROP COLUMN a;";
        assert_eq!(Session::schema(14, true, stored), "table public.t\n");
        assert!(Session::schema(15, true, stored).contains("column a"));
    }

    #[test]
    fn an_exclusion_is_named_by_all_its_elements() {
        let sql = "CREATE TABLE t (a int, f date, g date, EXCLUDE USING gist (a WITH =, daterange(f, g) WITH &&));
            ALTER TABLE t ADD EXCLUDE USING gist ((a + 1) WITH =);";
        let schema = Session::schema(18, true, sql);
        // As 13 and 18 call them.
        assert!(schema.contains("constraint t_a_daterange_excl:"), "{schema}");
        assert!(schema.contains("constraint t_expr_excl:"), "{schema}");
    }

    #[test]
    fn a_guarded_creation_may_have_been_there() {
        let block = "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_class WHERE relname = 't') THEN CREATE TABLE t (a int); END IF; END $$";
        assert_eq!(Session::schema(15, false, block), "table public.t unseen\n  column a: int4\n");
        assert_eq!(Session::schema(15, true, block), "table public.t\n  column a: int4\n");
    }

    #[test]
    fn what_was_not_understood_leaves_nothing_certain() {
        let mut session = Session::new(15, true);
        session.run("CREATE TABLE t (a int); ALTER TABLE t ADD COLUMN b int");
        let complete = |session: &Session| {
            session
                .catalog
                .find("public", "t")
                .and_then(|relation| relation.as_table())
                .is_some_and(|table| table.complete)
        };
        assert!(complete(&session));
        let span = Span::empty(0);
        let name = ObjectName { schema: None, name: Ident { name: "t".into(), span } };
        let unknown = Unknown { verb: "FROB".into(), at: span, relations: vec![name] };
        session.statement(&Statement { span, command: Command::Unknown(Box::new(unknown)), guard: None }, 1);
        assert!(!complete(&session));
    }
}
