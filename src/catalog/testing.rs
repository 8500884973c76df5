//! For tests: a session that applies statements, and the schema a line each. And the test of tests: our catalog against a server's.

use super::{
    Catalog, CatalogMark, Moment, Relation, RelationBody, RelationId, Table, TableConstraint, TableConstraintKind,
    TypeKind,
};
use crate::dialect::{Dialect, Version};
use crate::parse::parse;
use crate::source::{Source, SourceId};
use crate::statement::{Command, ExprKind, IndexKey, Name, ObjectKind, SetValue, Statement, Transaction};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// A session that applies statements as the replay does, without analysis.
pub(super) struct Session {
    pub(super) catalog: Catalog,
    path: Vec<Name>,
    transaction: Option<(CatalogMark, Vec<(Name, CatalogMark)>)>,
    from_empty: bool,
    version: Version,
}

impl Session {
    /// Of the files that are the whole schema, or are not.
    pub(super) fn new(version: u16, from_empty: bool) -> Self {
        let path = vec![Name::from("$user"), Name::from("public")];
        Self { catalog: Catalog::default(), path, transaction: None, from_empty, version: Version(version) }
    }

    /// The schema after these statements, a line each.
    pub(super) fn schema(version: u16, from_empty: bool, sql: &str) -> String {
        let mut session = Self::new(version, from_empty);
        session.run(sql);
        dump(&session.catalog)
    }

    pub(super) fn run(&mut self, sql: &str) {
        let parsed = parse(&Source::new("history.sql", sql), Dialect::Postgres);
        assert_eq!(parsed.problems, [], "in {sql}");
        for (number, statement) in parsed.statements.iter().enumerate() {
            self.statement(statement, number as u32);
        }
    }

    pub(super) fn statement(&mut self, statement: &Statement, number: u32) {
        let moment = Moment {
            seed: false,
            source: SourceId(0),
            deployment: 0,
            transaction: number,
            search_path: &self.path,
            from_empty: self.from_empty,
            whole: false,
            coverage: &crate::catalog::UNKNOWN_COVERAGE,
            bodies_checked: true,
            version: self.version,
        };
        self.catalog.touch(statement, moment);
        if let Command::Do(block) = &statement.command {
            for inner in block.body.iter().flat_map(|body| &body.statements) {
                self.catalog.touch(inner, moment);
                self.catalog.apply(inner, moment);
            }
        }
        self.catalog.apply(statement, moment);
        match &statement.command {
            Command::Transaction(control) => self.control(control),
            Command::Set(set) if set.name.name == "search_path" => {
                if let SetValue::To(path) = &set.value {
                    self.path = path.iter().filter(|schema| !schema.is_empty()).cloned().collect();
                }
            }
            _ => {}
        }
        if self.transaction.is_none() {
            self.catalog.commit();
        }
    }

    fn control(&mut self, control: &Transaction) {
        match control {
            Transaction::Begin => self.transaction = Some((self.catalog.mark(), Vec::new())),
            Transaction::Commit { .. } => self.transaction = None,
            Transaction::Rollback { .. } => {
                if let Some((mark, _)) = self.transaction.take() {
                    self.catalog.roll_back(mark);
                }
            }
            Transaction::Savepoint(name) => {
                let mark = self.catalog.mark();
                self.transaction.iter_mut().for_each(|(_, savepoints)| savepoints.push((name.name.clone(), mark)));
            }
            Transaction::RollbackTo(name) => {
                let savepoints = self.transaction.iter().flat_map(|(_, savepoints)| savepoints);
                let mark = savepoints.rev().find(|(other, _)| *other == name.name).map(|(_, mark)| *mark);
                self.catalog.roll_back(mark.expect("a history names its savepoints"));
            }
            _ => {}
        }
    }
}

/// The schema in the form of fixtures/catalog/dump.sql.
fn dump(catalog: &Catalog) -> String {
    let mut out = String::new();
    let mut relations: Vec<&Relation> = catalog.relations().collect();
    let mut schemas: Vec<&Name> = relations.iter().map(|relation| &relation.schema).collect();
    schemas.sort_unstable();
    schemas.dedup();
    // Only schemas with something in them can be told from those that were never created.
    for schema in schemas.into_iter().filter(|schema| *schema != "public" && *schema != "pg_temp") {
        writeln!(out, "schema {schema}").unwrap();
    }
    relations.sort_by_key(|relation| full_name(relation));
    for relation in relations {
        dump_relation(&mut out, catalog, relation);
    }
    let mut types: Vec<_> = catalog.types().collect();
    types.sort_by_key(|ty| (ty.schema.clone(), ty.name.clone()));
    for ty in types {
        let name = format!("{}.{}", ty.schema, ty.name);
        match &ty.kind {
            TypeKind::Enum(values) => {
                let labels: Vec<&str> = values.iter().map(|value| value.label.as_str()).collect();
                writeln!(out, "enum {name} ({})", labels.join(", ")).unwrap();
            }
            TypeKind::Domain(domain) => {
                write!(out, "domain {name} over {}", domain.base.name).unwrap();
                flag(&mut out, domain.not_null, " not null");
                let mut checks: Vec<String> = domain
                    .checks
                    .iter()
                    .map(|check| format!("{}{}", check.name, if check.valid { "" } else { " not valid" }))
                    .collect();
                checks.sort_unstable();
                if !checks.is_empty() {
                    write!(out, " checks ({})", checks.join(", ")).unwrap();
                }
                out.push('\n');
            }
            TypeKind::Other => writeln!(out, "type {name}").unwrap(),
        }
    }
    for ((schema, name), function) in catalog.functions() {
        for overload in &function.overloads {
            let arguments: Vec<&str> = overload.arguments.iter().map(Name::as_str).collect();
            writeln!(out, "function {schema}.{name}({})", arguments.join(", ")).unwrap();
        }
    }
    out
}

fn flag(out: &mut String, is_set: bool, text: &str) {
    if is_set {
        out.push_str(text);
    }
}

fn full_name(relation: &Relation) -> String {
    format!("{}.{}", relation.schema, relation.name)
}

fn name_of(catalog: &Catalog, id: RelationId) -> String {
    catalog.relation(id).map_or_else(|| format!("DANGLING {id:?}"), full_name)
}

fn list(names: &[Name]) -> String {
    names.iter().map(Name::as_str).collect::<Vec<_>>().join(", ")
}

fn dump_relation(out: &mut String, catalog: &Catalog, relation: &Relation) {
    let name = full_name(relation);
    match &relation.body {
        RelationBody::Table(table) => dump_table(out, catalog, &name, relation, table),
        RelationBody::Index(index) => {
            let key = |key: &IndexKey| match &key.expr.kind {
                ExprKind::Column(path) => path.last().unwrap().name.clone(),
                _ => Name::from("expr"),
            };
            let keys: Vec<Name> = index.keys.iter().map(key).collect();
            write!(out, "index {name} on {} ({})", name_of(catalog, index.table), list(&keys)).unwrap();
            if !index.include.is_empty() {
                write!(out, " include ({})", list(&index.include)).unwrap();
            }
            flag(out, index.unique, " unique");
            flag(out, index.predicate.is_some(), " partial");
            if let Some(constraint) = &index.constraint {
                write!(out, " keeps {constraint}").unwrap();
            }
            if let Some(parent) = index.parent {
                write!(out, " part of {}", name_of(catalog, parent)).unwrap();
            }
            flag(out, !index.valid, " invalid");
            flag(out, index.clustered, " clustered");
            out.push('\n');
        }
        RelationBody::View(view) => {
            flag(out, view.materialized, "materialized ");
            write!(out, "view {name} ({})", list(&view.outputs)).unwrap();
            let mut used: BTreeMap<String, Vec<&str>> =
                view.reads.iter().map(|read| (name_of(catalog, *read), Vec::new())).collect();
            for (id, column) in &view.columns {
                used.entry(name_of(catalog, *id)).or_default().push(column);
            }
            for columns in used.values_mut() {
                columns.sort_unstable();
                columns.dedup();
            }
            let mut used: Vec<String> =
                used.into_iter().map(|(name, columns)| format!("{name}({})", columns.join(", "))).collect();
            used.sort_unstable();
            if !used.is_empty() {
                write!(out, ": {}", used.join(", ")).unwrap();
            }
            flag(out, view.empty, " empty");
            out.push('\n');
        }
        RelationBody::Sequence(sequence) => {
            write!(out, "sequence {name}").unwrap();
            if let Some((table, column)) = &sequence.owned_by {
                write!(out, " owned by {}.{column}", name_of(catalog, *table)).unwrap();
            }
            out.push('\n');
        }
        RelationBody::Composite(columns) => {
            let columns: Vec<Name> = columns
                .iter()
                .map(|column| format!("{} {}", column.name, column.ty.as_ref().unwrap().name).into())
                .collect();
            writeln!(out, "composite {name} ({})", list(&columns)).unwrap();
        }
        RelationBody::Unknown => writeln!(out, "unknown {name}").unwrap(),
    }
}

fn dump_table(out: &mut String, catalog: &Catalog, name: &str, relation: &Relation, table: &Table) {
    flag(out, table.foreign, "foreign ");
    write!(out, "table {name}").unwrap();
    flag(out, relation.origin.is_none(), " unseen");
    flag(out, table.partition_by.is_some(), " partitioned");
    if let Some(partition) = &table.partition {
        write!(out, " partition of {}", name_of(catalog, partition.parent)).unwrap();
    }
    if !table.inherits.is_empty() {
        let parents: Vec<String> = table.inherits.iter().map(|parent| name_of(catalog, *parent)).collect();
        write!(out, " inherits {}", parents.join(", ")).unwrap();
    }
    if let Some(ty) = table.of_type {
        write!(out, " of {}", catalog.relation(ty).unwrap().name).unwrap();
    }
    flag(out, table.row_security, " row security");
    out.push('\n');
    for column in &table.columns {
        write!(out, "  column {}: ", column.name).unwrap();
        match &column.ty {
            Some(ty) => write!(out, "{}{}", ty.name, if ty.dimensions > 0 { "[]" } else { "" }).unwrap(),
            None => out.push('?'),
        }
        flag(out, column.not_null, " not null");
        let kind = match column {
            _ if column.identity => " identity",
            _ if column.generated.is_some() => " generated",
            _ if column.default.is_some() => " default",
            _ => "",
        };
        out.push_str(kind);
        flag(out, column.inherited, if column.local { " merged" } else { " inherited" });
        if let Some(sequence) = column.sequence {
            write!(out, " draws {}", name_of(catalog, sequence)).unwrap();
        }
        out.push('\n');
    }
    let mut lines: Vec<String> = table.constraints.iter().map(|it| constraint_line(catalog, it)).collect();
    lines.sort_unstable();
    for line in lines {
        writeln!(out, "  constraint {line}").unwrap();
    }
    let attachments = |kind: ObjectKind| {
        let of_kind = table.attachments.iter().filter(move |attachment| attachment.kind == kind);
        let mut lines: Vec<String> = of_kind
            .map(|it| format!("  {} {}{}\n", kind.name(), it.name, if it.inherited { " inherited" } else { "" }))
            .collect();
        lines.sort_unstable();
        lines.concat()
    };
    out.push_str(&attachments(ObjectKind::Policy));
    out.push_str(&attachments(ObjectKind::Rule));
    for statistics in &table.statistics {
        let mut columns = statistics.columns.clone();
        columns.sort_unstable();
        writeln!(out, "  statistics {}.{} ({})", statistics.schema, statistics.name, list(&columns)).unwrap();
    }
    out.push_str(&attachments(ObjectKind::Trigger));
}

fn constraint_line(catalog: &Catalog, constraint: &TableConstraint) -> String {
    use TableConstraintKind as Kind;
    let kind = match &constraint.kind {
        Kind::NotNull { .. } => "not null",
        Kind::Check { .. } => "check",
        Kind::Unique { .. } => "unique",
        Kind::PrimaryKey { .. } => "primary key",
        Kind::Exclude { .. } => "exclude",
        Kind::ForeignKey { .. } => "foreign key",
    };
    let mut line = format!("{}: {kind} ({})", constraint.name, list(constraint.kind.columns()));
    if let Kind::ForeignKey { references, referenced_columns, .. } = &constraint.kind {
        write!(line, " references {} ({})", name_of(catalog, *references), list(referenced_columns)).unwrap();
    }
    flag(&mut line, constraint.inherited, " inherited");
    flag(&mut line, !constraint.valid, " not valid");
    flag(&mut line, constraint.no_inherit, " no inherit");
    line
}

/// The histories of a file, by name.
fn histories(text: &'static str) -> BTreeMap<&'static str, &'static str> {
    let mut histories = BTreeMap::new();
    for history in text.split("-- history: ").skip(1) {
        let (name, body) = history.split_once('\n').unwrap();
        assert!(histories.insert(name, body).is_none(), "two histories are called {name}");
    }
    histories
}

/// postgres-15.txt is what a PostgreSQL 15 server holds after each history (record.sh beside it).
#[test]
fn the_catalog_is_what_a_server_holds() {
    let recorded = histories(include_str!("../../fixtures/catalog/postgres-15.txt"));
    let histories = histories(include_str!("../../fixtures/catalog/histories.sql"));
    assert!(histories.len() > 30, "only {} histories were read", histories.len());
    assert_eq!(histories.keys().collect::<Vec<_>>(), recorded.keys().collect::<Vec<_>>());
    let mut differing = String::new();
    for (name, sql) in &histories {
        let ours = Session::schema(15, true, sql);
        let server = recorded[name];
        if ours != server {
            writeln!(differing, "== {name}").unwrap();
            let (ours, server): (Vec<&str>, Vec<&str>) = (ours.lines().collect(), server.lines().collect());
            for line in server.iter().filter(|line| !ours.contains(line)) {
                writeln!(differing, "server     {line}").unwrap();
            }
            for line in ours.iter().filter(|line| !server.contains(line)) {
                writeln!(differing, "shipworthy {line}").unwrap();
            }
        }
    }
    assert!(differing.is_empty(), "\n{differing}");
}
