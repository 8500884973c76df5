//! What a statement names before it runs.
//!
//! A history rarely begins with an empty database. What a statement names and the files did not make is entered as something that was
//! there before: live, large, and known only as far as the statement tells.

use super::{Catalog, Column, Moment, Relation, RelationBody, RelationId, Schema, Sequence, Table, View};
use crate::source::Location;
use crate::statement::{
    AlterActionKind, AlterRelation, Command, ConstraintKind, CreateTable, Drop, Name, ObjectKind, ObjectName,
    PartitionBoundKind, PartitionBy, Persistence, Query, Statement,
};

/// What a statement says that a relation is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Said {
    Table,
    View,
    MaterializedView,
    Sequence,
    /// An index, or what a query may read: a table as well as a view.
    Something,
}

impl Catalog {
    /// Enters the relations that a statement names and that were never seen, as live, large and incomplete ones, so that analysis
    /// finds them. Not for `from_empty`, and not for a name that a `CREATE` is about to make.
    pub fn touch(&mut self, statement: &Statement, moment: Moment<'_>) {
        if !moment.from_empty {
            Touch { catalog: self, moment }.command(&statement.command);
        }
    }
}

struct Touch<'a> {
    catalog: &'a mut Catalog,
    moment: Moment<'a>,
}

impl Touch<'_> {
    fn command(&mut self, command: &Command) {
        match command {
            Command::CreateTable(create) => self.create_table(create),
            Command::CreateIndex(create) => self.name(&create.table, Said::Table),
            Command::CreateView(create) => self.query(&create.query),
            Command::CreateSequence(create) => {
                if let Some((table, _)) = &create.owned_by {
                    self.name(table, Said::Table);
                }
            }
            // The server looks for what a body in SQL names at once.
            Command::CreateFunction(create) if create.language.as_deref().is_none_or(|language| language == "sql") => {
                // In `BEGIN ATOMIC` always, in a string where bodies are checked.
                let checked = self.moment.bodies_checked;
                let parsed = create.body.iter().filter(|body| body.inline || checked);
                let statements = parsed.flat_map(|body| &body.statements);
                statements.for_each(|statement| self.command(&statement.command));
            }
            Command::CreateTrigger(create) => {
                let said = if create.timing == "instead of" { Said::View } else { Said::Table };
                self.name(&create.table, said);
                create.from.iter().for_each(|from| self.name(from, Said::Table));
            }
            Command::Policy(policy) => self.name(&policy.table, Said::Table),
            Command::CreateRule(create) => self.name(&create.table, Said::Something),
            Command::CreateStatistics(create) => self.name(&create.table, Said::Table),
            Command::Publication(publication) => {
                publication.tables.iter().for_each(|table| self.name(&table.name, Said::Table));
            }
            Command::AlterRelation(alter) => self.alter(alter),
            Command::AlterObject(alter) => {
                alter.table.iter().for_each(|table| self.name(table, Said::Something));
            }
            Command::Drop(drop) => self.drop(drop),
            Command::DropOnTable(drop) => self.unless_absent(&drop.table, Said::Something, drop.if_exists),
            Command::Truncate(truncate) => truncate.tables.iter().for_each(|it| self.name(&it.name, Said::Table)),
            Command::Insert(insert) => {
                self.query(&insert.with);
                if let Some(crate::statement::InsertSource::Query(query)) = &insert.source {
                    self.query(query);
                }
                self.name(&insert.table.name, Said::Table);
            }
            Command::Update(update) => {
                self.query(&update.with);
                update.from.iter().for_each(|from| self.name(&from.name, Said::Something));
                self.name(&update.table.name, Said::Table);
            }
            Command::Delete(delete) => {
                self.query(&delete.with);
                delete.using.iter().for_each(|using| self.name(&using.name, Said::Something));
                self.name(&delete.table.name, Said::Table);
            }
            Command::Merge(merge) => {
                self.query(&merge.with);
                merge.source.iter().for_each(|source| self.name(&source.name, Said::Something));
                self.name(&merge.table.name, Said::Table);
            }
            Command::Copy(copy) => {
                copy.query.iter().for_each(|query| self.query(query));
                copy.table.iter().for_each(|table| self.name(table, Said::Table));
            }
            Command::Query(query) => self.query(query),
            Command::Explain(explain) => self.command(&explain.statement.command),
            Command::Reindex(reindex) => match reindex.kind {
                ObjectKind::Table => reindex.name.iter().for_each(|name| self.name(name, Said::Table)),
                ObjectKind::Index => reindex.name.iter().for_each(|name| self.name(name, Said::Something)),
                _ => {}
            },
            Command::Cluster(cluster) => cluster.table.iter().for_each(|table| self.name(table, Said::Table)),
            Command::Vacuum(vacuum) => vacuum.tables.iter().for_each(|table| self.name(&table.name, Said::Table)),
            Command::Analyze(analyze) => analyze.tables.iter().for_each(|table| self.name(&table.name, Said::Table)),
            Command::RefreshMaterializedView(refresh) => self.name(&refresh.name, Said::MaterializedView),
            Command::Lock(lock) => lock.tables.iter().for_each(|table| self.name(&table.name, Said::Table)),
            Command::Comment(comment) => {
                if let (Some(name), Some(said)) = (&comment.name, said_by(comment.kind)) {
                    self.name(name, said);
                }
            }
            Command::Grant(grant) => {
                // GRANT ... ON TABLE takes views, too.
                if let Some(ObjectKind::Table | ObjectKind::Sequence) = grant.kind {
                    grant.names.iter().for_each(|name| self.name(name, Said::Something));
                }
            }
            Command::Unknown(unknown) => {
                unknown.relations.iter().for_each(|name| self.name(name, Said::Something));
            }
            Command::CreateType(_)
            | Command::CreateDomain(_)
            | Command::CreateSchema(_)
            | Command::CreateFunction(_)
            | Command::CreateExtension(_)
            | Command::CreateObject(_)
            | Command::AlterType(_)
            | Command::AlterDomain(_)
            | Command::Prepare(_)
            | Command::Execute(_)
            | Command::Call(_)
            | Command::Do(_)
            | Command::Set(_)
            | Command::Transaction(_)
            | Command::Nothing(_)
            | Command::AlterSystem(_)
            | Command::Meta(_) => {}
        }
    }

    fn create_table(&mut self, create: &CreateTable) {
        let of_columns = create.columns.iter().flat_map(|column| &column.constraints);
        for constraint in of_columns.chain(&create.constraints) {
            if let ConstraintKind::ForeignKey(key) = &constraint.kind
                && !self.is_same(&key.references, create)
            {
                self.name(&key.references, Said::Table);
            }
        }
        create.likes.iter().for_each(|like| self.name(&like.source, Said::Something));
        create.inherits.iter().for_each(|parent| self.name(parent, Said::Table));
        if let Some((parent, bound)) = &create.partition_of {
            self.name(parent, Said::Table);
            self.partitioned(parent, &bound.kind);
        }
        create.query.iter().for_each(|query| self.query(query));
    }

    /// A table that references itself.
    fn is_same(&self, references: &ObjectName, create: &CreateTable) -> bool {
        let path = self.moment.search_path;
        let temporary = create.persistence == Persistence::Temporary;
        references.name.name == create.name.name.name
            && (temporary
                || self.catalog.creation_schema(references, path) == self.catalog.creation_schema(&create.name, path))
    }

    fn alter(&mut self, alter: &AlterRelation) {
        self.unless_absent(&alter.name, said_by(alter.kind).unwrap_or(Said::Something), alter.if_exists);
        for action in &alter.actions {
            match &action.kind {
                AlterActionKind::AddConstraint(constraint) => self.constraint(&constraint.kind),
                AlterActionKind::AddColumn { column, .. } => {
                    column.constraints.iter().for_each(|constraint| self.constraint(&constraint.kind));
                }
                AlterActionKind::AttachPartition { partition, bound: Some(bound) } => {
                    self.name(partition, Said::Table);
                    self.partitioned(&alter.name, &bound.kind);
                }
                AlterActionKind::AttachPartition { partition, bound: None } => self.name(partition, Said::Something),
                AlterActionKind::DetachPartition { partition, .. } => self.name(partition, Said::Table),
                AlterActionKind::Inherit(parent) | AlterActionKind::NoInherit(parent) => {
                    self.name(parent, Said::Table);
                }
                AlterActionKind::SetNotNull(column) | AlterActionKind::SetType { column, .. } => {
                    self.column(&alter.name, &column.name);
                }
                AlterActionKind::SequenceOptions { owned_by: Some(Some((table, _))), .. } => {
                    self.name(table, Said::Table);
                }
                _ => {}
            }
        }
    }

    fn constraint(&mut self, kind: &ConstraintKind) {
        if let ConstraintKind::ForeignKey(key) = kind {
            self.name(&key.references, Said::Table);
        }
    }

    fn drop(&mut self, drop: &Drop) {
        let Some(said) = said_by(drop.kind) else {
            return;
        };
        for name in &drop.names {
            let known = self.catalog.resolve(name, self.moment.search_path).is_some();
            let (schema, plain) = self.place(name);
            if known || !drop.if_exists || !self.moment.coverage.lacks(drop.kind, &schema, &plain) {
                self.unless_absent(name, said, drop.if_exists);
            }
        }
    }

    fn query(&mut self, query: &Query) {
        query.reads.iter().for_each(|read| self.name(&read.name, Said::Something));
        query.writes.iter().for_each(|write| self.command(&write.command));
    }

    /// `IF EXISTS` of what is known not to be there names nothing.
    fn unless_absent(&mut self, name: &ObjectName, said: Said, if_exists: bool) {
        let place = self.place(name);
        if !(if_exists && self.catalog.absent.contains(&place)) {
            self.name(name, said);
        }
    }

    fn place(&self, name: &ObjectName) -> (Name, Name) {
        let schema = self.catalog.creation_schema(name, self.moment.search_path);
        (schema.into(), super::names::stored(&name.name.name))
    }

    /// Enters a relation, or learns what it is.
    fn name(&mut self, name: &ObjectName, said: Said) {
        if is_of_system(name) {
            return;
        }
        if let Some(id) = self.catalog.resolve(name, self.moment.search_path) {
            let unknown = |relation: &Relation| matches!(relation.body, RelationBody::Unknown);
            if said != Said::Something && self.catalog.relation(id).is_some_and(unknown) {
                self.catalog.change(id, |relation| relation.body = body_of(said));
            }
            return;
        }
        let at = Location { source: self.moment.source, span: name.span() };
        let (schema, name) = self.place(name);
        if schema != "public" && schema != "pg_temp" && !self.catalog.schemas.contains(&schema) {
            self.catalog.schemas.insert(schema.clone(), Schema { origin: None });
        }
        self.catalog.next_id += 1;
        let id = RelationId(self.catalog.next_id);
        self.catalog.enter(Relation {
            id,
            schema,
            name,
            origin: None,
            named: Some(at),
            perhaps: None,
            owner: None,
            made_as: None,
            renamed_from: None,
            body: body_of(said),
        });
    }

    /// A table that has or gets partitions is partitioned.
    fn partitioned(&mut self, name: &ObjectName, bound: &PartitionBoundKind) {
        let strategy = match bound {
            PartitionBoundKind::Range { .. } => "range",
            PartitionBoundKind::List(_) => "list",
            PartitionBoundKind::Hash { .. } => "hash",
            PartitionBoundKind::Default => "",
        };
        self.unseen_table(name, |table| {
            let by = PartitionBy { strategy: Name::new_static(strategy), key: Vec::new() };
            match &mut table.partition_by {
                // A DEFAULT partition did not tell.
                Some(known) if known.strategy.is_empty() => *known = by,
                known => drop(known.get_or_insert(by)),
            }
        });
    }

    /// A column of a table of which not all columns are known.
    fn column(&mut self, table: &ObjectName, column: &Name) {
        self.unseen_table(table, |table| {
            if table.column(column).is_none() {
                table.columns.push(Column::unseen(column.clone()));
            }
        });
    }

    fn unseen_table(&mut self, name: &ObjectName, change: impl FnOnce(&mut Table)) {
        let id = self.catalog.resolve(name, self.moment.search_path);
        let Some((relation, table)) = id.and_then(|id| self.catalog.table(id)) else {
            return;
        };
        if !table.complete {
            self.catalog.change(relation.id, |relation| {
                if let RelationBody::Table(table) = &mut relation.body {
                    change(table);
                }
            });
        }
    }
}

/// What a statement about a kind of object says of its relation; `None` where it is about no relation.
fn said_by(kind: ObjectKind) -> Option<Said> {
    match kind {
        ObjectKind::Table | ObjectKind::ForeignTable => Some(Said::Table),
        ObjectKind::View => Some(Said::View),
        ObjectKind::MaterializedView => Some(Said::MaterializedView),
        ObjectKind::Sequence => Some(Said::Sequence),
        ObjectKind::Index
        | ObjectKind::Column
        | ObjectKind::Constraint
        | ObjectKind::Trigger
        | ObjectKind::Policy
        | ObjectKind::Rule => Some(Said::Something),
        _ => None,
    }
}

fn body_of(said: Said) -> RelationBody {
    let view = |materialized| RelationBody::View(Box::new(View::unseen(materialized)));
    match said {
        Said::Table => RelationBody::Table(Box::default()),
        Said::View => view(false),
        Said::MaterializedView => view(true),
        Said::Sequence => RelationBody::Sequence(Sequence::default()),
        Said::Something => RelationBody::Unknown,
    }
}

/// Whether a name is one of the server's own: these are never entered.
pub fn is_of_system(name: &ObjectName) -> bool {
    match &name.schema {
        Some(schema) => matches!(schema.name.as_str(), "pg_catalog" | "information_schema" | "pg_toast"),
        None => name.name.name.starts_with("pg_"),
    }
}

#[cfg(test)]
mod tests {
    use crate::catalog::testing::Session;

    fn schema(sql: &str) -> String {
        Session::schema(15, false, sql)
    }

    #[test]
    fn what_is_named_was_there_before() {
        assert_eq!(
            schema("ALTER TABLE users ADD COLUMN x int, ALTER COLUMN y SET NOT NULL"),
            "table public.users unseen\n  column y: ? not null\n  column x: int4\n"
        );
        assert_eq!(
            schema("CREATE VIEW v AS SELECT a FROM app.base"),
            "schema app\nunknown app.base\nview public.v (a): app.base(a)\n"
        );
        assert_eq!(schema("ALTER SEQUENCE s RESTART; DROP VIEW IF EXISTS v"), "sequence public.s\n");
    }

    #[test]
    fn what_is_created_is_not_named() {
        assert_eq!(
            schema("CREATE TABLE t (id int PRIMARY KEY, parent int REFERENCES t)"),
            Session::schema(15, true, "CREATE TABLE t (id int PRIMARY KEY, parent int REFERENCES t)")
        );
        assert_eq!(schema("CREATE TEMP TABLE t (a int)"), "table pg_temp.t\n  column a: int4\n");
    }

    #[test]
    fn a_later_statement_tells_what_a_query_left_open() {
        let read = "SELECT * FROM t;";
        assert_eq!(schema(read), "unknown public.t\n");
        assert_eq!(schema(&format!("{read} TRUNCATE t")), "table public.t unseen\n");
        assert_eq!(schema(&format!("{read} REFRESH MATERIALIZED VIEW t")), "materialized view public.t ()\n");
    }

    #[test]
    fn the_servers_own_relations_are_not_entered() {
        assert_eq!(schema("SELECT * FROM pg_class, information_schema.tables, pg_catalog.pg_index"), "");
    }

    #[test]
    fn if_not_exists_creates_for_certain_only_what_is_known_to_be_absent() {
        let create = "CREATE TABLE IF NOT EXISTS t (a int);";
        assert_eq!(schema(create), "table public.t unseen\n  column a: int4\n");
        let certain = "table public.t\n  column a: int4\n";
        assert_eq!(Session::schema(15, true, create), certain);
        assert_eq!(schema(&format!("DROP TABLE IF EXISTS t; {create}")), certain);
        assert_eq!(schema(&format!("ALTER TABLE t RENAME TO u; DROP TABLE u; {create}")), certain);
        assert_eq!(
            schema("CREATE SCHEMA app; CREATE TABLE IF NOT EXISTS app.t (a int)"),
            "schema app\ntable app.t\n  column a: int4\n"
        );
        // An index cannot be older than its table.
        assert_eq!(
            schema("CREATE TABLE t (a int); CREATE INDEX IF NOT EXISTS i ON t (a)"),
            "index public.i on public.t (a)\ntable public.t\n  column a: int4\n"
        );
    }

    #[test]
    fn what_was_dropped_and_is_named_again_is_unknown_again() {
        assert_eq!(
            schema("CREATE TABLE t (a int); DROP TABLE t; ALTER TABLE t ADD COLUMN b int"),
            "table public.t unseen\n  column b: int4\n"
        );
        assert_eq!(schema("CREATE TABLE t (a int); DROP TABLE t; DROP TABLE IF EXISTS t"), "");
    }

    #[test]
    fn a_creation_without_if_not_exists_proves_that_it_was_not_there() {
        assert_eq!(
            schema("CREATE TABLE u (t_id int REFERENCES t); CREATE TABLE t (id int PRIMARY KEY); DROP TABLE u"),
            "table public.t\n  column id: int4 not null\n  constraint t_pkey: primary key (id)\n\
             index public.t_pkey on public.t (id) unique keeps t_pkey\n"
        );
    }

    #[test]
    fn a_rollback_forgets_what_was_named() {
        assert_eq!(schema("BEGIN; ALTER TABLE t ADD COLUMN a int; ROLLBACK;"), "");
    }

    #[test]
    fn a_parent_of_partitions_is_partitioned() {
        assert_eq!(
            schema("CREATE TABLE p PARTITION OF pt FOR VALUES IN (1); ALTER TABLE pt ADD COLUMN b int"),
            "table public.p partition of public.pt\n  column b: int4 inherited\n\
             table public.pt unseen partitioned\n  column b: int4\n"
        );
    }
}
