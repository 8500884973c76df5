//! `CREATE`.

use super::{Expr, Ident, List, Name, ObjectKind, ObjectName, Query, Statement, StorageOption, TypeName};
use crate::source::Span;

/// How long a relation lives, and whether it is logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Persistence {
    /// Ordinary.
    #[default]
    Permanent,
    /// `UNLOGGED`.
    Unlogged,
    /// `TEMPORARY`: of this session only.
    Temporary,
}

/// `CREATE TABLE`.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateTable {
    /// The table.
    pub name: ObjectName,
    /// `TEMPORARY`, `UNLOGGED`.
    pub persistence: Persistence,
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
    /// `CREATE FOREIGN TABLE`.
    pub foreign: bool,
    /// `SERVER` of a foreign table.
    pub server: Option<Box<Ident>>,
    /// Columns in order; with `OF type` or `PARTITION OF` only their options; with `AS` only their names.
    pub columns: List<ColumnDef>,
    /// Table constraints.
    pub constraints: List<Constraint>,
    /// `LIKE other INCLUDING ...`.
    pub likes: List<Like>,
    /// `INHERITS (...)`.
    pub inherits: List<ObjectName>,
    /// `PARTITION OF parent bound`.
    pub partition_of: Option<(ObjectName, PartitionBound)>,
    /// `PARTITION BY ...`.
    pub partition_by: Option<Box<PartitionBy>>,
    /// `OF type`.
    pub of_type: Option<Box<ObjectName>>,
    /// `USING method`.
    pub access_method: Option<Box<Ident>>,
    /// `WITH (...)`.
    pub options: List<StorageOption>,
    /// `TABLESPACE`.
    pub tablespace: Option<Box<Ident>>,
    /// `ON COMMIT DROP`.
    pub on_commit_drop: bool,
    /// `ON COMMIT DELETE ROWS`.
    pub on_commit_delete_rows: bool,
    /// `OPTIONS (...)` of a foreign table.
    pub foreign_options: List<StorageOption>,
    /// `AS query`.
    pub query: Option<Box<Query>>,
    /// `WITH NO DATA`.
    pub with_no_data: bool,
}

/// `LIKE source INCLUDING ...` of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Like {
    /// The table that is copied.
    pub source: ObjectName,
    /// What is included, folded: `all`, `defaults`, `constraints`, `indexes`, `identity`, `generated` ...
    pub including: Vec<Name>,
    /// What is excluded again.
    pub excluding: Vec<Name>,
}

impl Like {
    /// Whether the clause copies something beside names, types and NOT NULL.
    pub fn includes(&self, what: &str) -> bool {
        let named = |list: &[Name]| list.iter().any(|name| name == what || name == "all");
        named(&self.including) && !named(&self.excluding)
    }
}

/// `PARTITION BY strategy (key)`.
#[derive(Clone, Debug, PartialEq)]
pub struct PartitionBy {
    /// `range`, `list`, `hash`.
    pub strategy: Name,
    /// Columns or expressions.
    pub key: Vec<Expr>,
}

/// `FOR VALUES ...` or `DEFAULT`.
#[derive(Clone, Debug, PartialEq)]
pub struct PartitionBound {
    /// The clause.
    pub span: Span,
    /// What it says.
    pub kind: PartitionBoundKind,
}

/// See [`PartitionBound`]. `MINVALUE` and `MAXVALUE` are columns of that name.
#[derive(Clone, Debug, PartialEq)]
pub enum PartitionBoundKind {
    /// `DEFAULT`.
    Default,
    /// `FROM (...) TO (...)`.
    Range {
        /// Inclusive.
        from: Vec<Expr>,
        /// Exclusive.
        to: Vec<Expr>,
    },
    /// `IN (...)`.
    List(Vec<Expr>),
    /// `WITH (MODULUS m, REMAINDER r)`.
    Hash {
        /// `None`: no number that a server would take.
        modulus: Option<u32>,
        /// Likewise.
        remainder: Option<u32>,
    },
}

/// A column of `CREATE TABLE` or `ADD COLUMN`.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnDef {
    /// The whole definition.
    pub span: Span,
    /// The column.
    pub name: Ident,
    /// `None` with `OF type`, `PARTITION OF` and `AS`, or where it could not be read.
    pub ty: Option<TypeName>,
    /// `COLLATE`.
    pub collation: Option<Box<ObjectName>>,
    /// `OPTIONS (...)` of a foreign table's column.
    pub options: List<StorageOption>,
    /// `DEFAULT`.
    pub default: Option<Expr>,
    /// `GENERATED ALWAYS AS (expr)`.
    pub generated: Option<Box<Generated>>,
    /// `GENERATED ... AS IDENTITY`.
    pub identity: Option<Box<Identity>>,
    /// `COMPRESSION`, 14 and newer.
    pub compression: Option<Span>,
    /// `STORAGE`, 16 and newer.
    pub storage: Option<Span>,
    /// `NOT NULL`, `CHECK`, `UNIQUE`, `PRIMARY KEY`, `REFERENCES`, each as a constraint over this column.
    pub constraints: List<Constraint>,
}

/// `GENERATED ALWAYS AS (expr)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Generated {
    /// The clause.
    pub span: Span,
    /// The expression.
    pub expr: Expr,
    /// `Some(true)`: `STORED`. `Some(false)`: `VIRTUAL`. `None`: not written, which is VIRTUAL from 18 and an error before.
    pub stored: Option<bool>,
}

/// `GENERATED ... AS IDENTITY`.
#[derive(Clone, Debug, PartialEq)]
pub struct Identity {
    /// The clause.
    pub span: Span,
    /// `ALWAYS`, else `BY DEFAULT`.
    pub always: bool,
    /// Options of its sequence, see [`CreateSequence::options`].
    pub options: Vec<StorageOption>,
}

/// A table, column or domain constraint.
#[derive(Clone, Debug, PartialEq)]
pub struct Constraint {
    /// From `CONSTRAINT`, or its first keyword, to its end.
    pub span: Span,
    /// `CONSTRAINT name`.
    pub name: Option<Ident>,
    /// What it demands.
    pub kind: ConstraintKind,
    /// `NOT VALID`. `CREATE TABLE` ignores it: the constraint is valid there.
    pub not_valid: bool,
    /// `NOT ENFORCED`, 18 and newer.
    pub not_enforced: bool,
    /// `NO INHERIT`.
    pub no_inherit: bool,
    /// `DEFERRABLE`.
    pub deferrable: bool,
    /// `INITIALLY DEFERRED`.
    pub initially_deferred: bool,
}

/// What a constraint demands.
#[derive(Clone, Debug, PartialEq)]
pub enum ConstraintKind {
    /// `NOT NULL`; as a table constraint from 18.
    NotNull(Ident),
    /// `NULL`, which demands nothing.
    Null(Ident),
    /// `CHECK (expr)`.
    Check(Expr),
    /// `UNIQUE`.
    Unique(Box<IndexConstraint>),
    /// `PRIMARY KEY`.
    PrimaryKey(Box<IndexConstraint>),
    /// `EXCLUDE`.
    Exclude(Box<IndexConstraint>),
    /// `FOREIGN KEY ... REFERENCES ...`.
    ForeignKey(Box<ForeignKey>),
}

/// A constraint that an index keeps.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct IndexConstraint {
    /// Its columns; empty with `USING INDEX`. For `EXCLUDE` those elements that are plain columns.
    pub columns: Vec<Ident>,
    /// The elements of `EXCLUDE`, each with its operator.
    pub elements: Vec<(IndexKey, ObjectName)>,
    /// `WITH (...)`.
    pub options: Vec<StorageOption>,
    /// `USING INDEX TABLESPACE`.
    pub tablespace: Option<Ident>,
    /// `INCLUDE (...)`.
    pub include: Vec<Ident>,
    /// `USING INDEX name`.
    pub using_index: Option<Ident>,
    /// `NULLS NOT DISTINCT`.
    pub nulls_not_distinct: bool,
    /// `WITHOUT OVERLAPS`.
    pub without_overlaps: bool,
    /// `USING method` of `EXCLUDE`.
    pub method: Option<Name>,
    /// `WHERE (...)` of `EXCLUDE`.
    pub predicate: Option<Expr>,
}

impl IndexConstraint {
    /// What its index has as keys: the elements of `EXCLUDE`, else the columns.
    pub fn keys(&self) -> Vec<IndexKey> {
        match self.elements.is_empty() {
            true => self.columns.iter().map(IndexKey::of_column).collect(),
            false => self.elements.iter().map(|(key, _)| key.clone()).collect(),
        }
    }
}

/// `REFERENCES`.
#[derive(Clone, Debug, PartialEq)]
pub struct ForeignKey {
    /// The referencing columns.
    pub columns: Vec<Ident>,
    /// The referenced table.
    pub references: ObjectName,
    /// The referenced columns; empty for the primary key.
    pub referenced_columns: Vec<Ident>,
    /// Folded: `cascade`, `set null`, `restrict` ...
    pub on_delete: Option<Name>,
    /// Likewise.
    pub on_update: Option<Name>,
    /// `MATCH FULL`.
    pub match_full: bool,
    /// The columns of `ON DELETE SET NULL (...)` or `SET DEFAULT (...)`; empty: all.
    pub set_columns: Vec<Ident>,
    /// `PERIOD` before the last referencing column, 18 and newer.
    pub period: bool,
}

/// `CREATE INDEX`.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateIndex {
    /// `UNIQUE`.
    pub unique: bool,
    /// `CONCURRENTLY`, the keyword.
    pub concurrently: Option<Span>,
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
    /// `None`: the server makes up a name.
    pub name: Option<ObjectName>,
    /// `ONLY`.
    pub only: bool,
    /// The table or materialized view.
    pub table: ObjectName,
    /// Access method; `btree` by default.
    pub method: Name,
    /// Key columns and expressions.
    pub keys: Vec<IndexKey>,
    /// `INCLUDE (...)`.
    pub include: Vec<Ident>,
    /// `NULLS NOT DISTINCT`.
    pub nulls_not_distinct: bool,
    /// `WITH (...)`.
    pub options: Vec<StorageOption>,
    /// `TABLESPACE`.
    pub tablespace: Option<Ident>,
    /// `WHERE`.
    pub predicate: Option<Expr>,
}

/// One key of an index.
#[derive(Clone, Debug, PartialEq)]
pub struct IndexKey {
    /// The whole key with its options.
    pub span: Span,
    /// A plain column is [`super::ExprKind::Column`].
    pub expr: Expr,
    /// `COLLATE`.
    pub collation: Option<ObjectName>,
    /// The operator class.
    pub opclass: Option<ObjectName>,
    /// `DESC`.
    pub descending: bool,
    /// `NULLS FIRST` is `Some(true)`.
    pub nulls_first: Option<bool>,
}

impl IndexKey {
    /// A plain column.
    pub fn of_column(column: &Ident) -> Self {
        let expr = Expr { span: column.span, kind: super::ExprKind::Column(vec![column.clone()]) };
        Self { span: column.span, expr, collation: None, opclass: None, descending: false, nulls_first: None }
    }
}

/// `CREATE VIEW`, `CREATE MATERIALIZED VIEW`.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateView {
    /// The view.
    pub name: ObjectName,
    /// `MATERIALIZED`.
    pub materialized: bool,
    /// `OR REPLACE`.
    pub or_replace: bool,
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
    /// `TEMPORARY`.
    pub temporary: bool,
    /// Names of its columns, where written.
    pub columns: Vec<Ident>,
    /// `WITH (...)`: `security_invoker` ...
    pub options: Vec<StorageOption>,
    /// `RECURSIVE`.
    pub recursive: bool,
    /// `WITH CHECK OPTION`, folded: `local`, `cascaded`.
    pub check_option: Option<Name>,
    /// `USING method` of a materialized view.
    pub access_method: Option<Ident>,
    /// `TABLESPACE` of a materialized view.
    pub tablespace: Option<Ident>,
    /// The query.
    pub query: Query,
    /// `WITH NO DATA`.
    pub with_no_data: bool,
}

/// `CREATE SEQUENCE`.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateSequence {
    /// The sequence.
    pub name: ObjectName,
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
    /// `TEMPORARY`.
    pub temporary: bool,
    /// `UNLOGGED`.
    pub unlogged: bool,
    /// `AS type`.
    pub ty: Option<TypeName>,
    /// `OWNED BY table.column`; `OWNED BY NONE` is `None`.
    pub owned_by: Option<(ObjectName, Ident)>,
    /// The other options with their numbers: `increment`, `minvalue`, `maxvalue`, `start`, `restart`, `cache`, `cycle`, `no minvalue`,
    /// `no maxvalue`, `no cycle`.
    pub options: Vec<StorageOption>,
}

/// `CREATE TYPE`.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateType {
    /// The type.
    pub name: ObjectName,
    /// What it is.
    pub kind: CreateTypeKind,
    /// The parenthesised options of a range or base type.
    pub options: Vec<StorageOption>,
}

/// See [`CreateType`].
#[derive(Clone, Debug, PartialEq)]
pub enum CreateTypeKind {
    /// `AS ENUM (...)`: the labels.
    Enum(Vec<Name>),
    /// `AS (...)`: a composite type.
    Composite(Vec<ColumnDef>),
    /// `AS RANGE (...)`.
    Range,
    /// A base type, or a shell.
    Base,
}

/// `CREATE DOMAIN`.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateDomain {
    /// The domain.
    pub name: ObjectName,
    /// Its base type.
    pub ty: TypeName,
    /// `COLLATE`.
    pub collation: Option<ObjectName>,
    /// `DEFAULT`.
    pub default: Option<Expr>,
    /// `NOT NULL` (over a column named `value`), `CHECK`.
    pub constraints: Vec<Constraint>,
}

/// `CREATE SCHEMA`.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateSchema {
    /// The schema; `None` with `AUTHORIZATION` alone.
    pub name: Option<Ident>,
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
    /// `AUTHORIZATION`.
    pub owner: Option<Ident>,
    /// Its schema elements: `CREATE TABLE`, `VIEW`, `INDEX`, `SEQUENCE`, `TRIGGER`, `GRANT`. What they create without a schema is
    /// qualified with this one.
    pub elements: Vec<Statement>,
}

/// `CREATE FUNCTION`, `CREATE PROCEDURE`.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateFunction {
    /// The function.
    pub name: ObjectName,
    /// `PROCEDURE`.
    pub procedure: bool,
    /// `OR REPLACE`.
    pub or_replace: bool,
    /// The types of its input arguments.
    pub arguments: Vec<TypeName>,
    /// Their names, where they have any.
    pub argument_names: Vec<Option<Name>>,
    /// All its parameters; the columns of `RETURNS TABLE (...)` among them.
    pub parameters: Vec<Parameter>,
    /// `RETURNS`.
    pub returns: Option<TypeName>,
    /// Folded: `sql`, `plpgsql`, `c` ...
    pub language: Option<Name>,
    /// `IMMUTABLE`, `STABLE`, `VOLATILE`.
    pub volatility: Option<Volatility>,
    /// `SECURITY DEFINER`, the keyword's place.
    pub security_definer: Option<Span>,
    /// `SET name ...` clauses.
    pub settings: Vec<super::Set>,
    /// `STRICT`, `RETURNS NULL ON NULL INPUT`.
    pub strict: bool,
    /// The other options: `leakproof`, `window`, `parallel`, `cost`, `rows`, `support`.
    pub options: Vec<StorageOption>,
    /// The body, where it is SQL or PL/pgSQL.
    pub body: Option<Body>,
    /// Where a body that is no string begins: `RETURN ...`, `BEGIN ATOMIC`; 14 and newer.
    pub sql_body: Option<Span>,
}

/// One parameter of a function or procedure.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Its name, where it has one.
    pub name: Option<Ident>,
    /// What it is for.
    pub mode: ParameterMode,
    /// Its type.
    pub ty: TypeName,
    /// `DEFAULT`.
    pub default: Option<Expr>,
}

/// What a parameter is for (manual: CREATE FUNCTION, `argmode`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterMode {
    /// `IN`, or nothing.
    In,
    /// `OUT`.
    Out,
    /// `INOUT`.
    InOut,
    /// `VARIADIC`.
    Variadic,
    /// A column of `RETURNS TABLE`.
    Table,
}

/// How far a function's result depends on more than its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Volatility {
    /// On nothing else.
    Immutable,
    /// On the database's state; the same within one statement.
    Stable,
    /// May differ at every call.
    Volatile,
}

/// Statements in a body: of a function, a procedure, or a `DO` block.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Body {
    /// The text between the quotes.
    pub span: Span,
    /// The SQL statements in it, in order, with their guards.
    pub statements: Vec<Statement>,
    /// What it makes sure not to be there, in the order in which it asks.
    pub absences: Vec<Absence>,
    /// `EXECUTE` of something that is not constant, and what was not understood.
    pub opaque: Vec<Span>,
    /// `EXCEPTION` of blocks within a loop: each round is a subtransaction.
    pub subtransactions: Vec<Span>,
    /// Variables that `EXECUTE` takes into a command as they are, neither quoted nor by USING.
    pub unquoted: Vec<Ident>,
    /// Columns of the new row that a trigger's function assigns: `NEW.c := ...`.
    pub assigned: Vec<Name>,
    /// Where something is opaque: the words in its string constants, of which a command may be put together; sorted.
    pub words: Vec<Name>,
    /// The single expression of an SQL function that only `SELECT`s it.
    pub returns: Option<Expr>,
    /// `BEGIN ATOMIC`, `RETURN`: no string; names in it are looked up when the function is made.
    pub inline: bool,
    /// The comments in it, with their delimiters, where it is a string constant; else they are the script's.
    pub comments: Vec<Span>,
}

/// Rows of a table that a body makes sure not to be there: it asks for them, and goes on, or into a branch, only if there are none.
#[derive(Clone, Debug, PartialEq)]
pub struct Absence {
    /// The condition that asks, from `IF` to `THEN`.
    pub span: Span,
    /// The table.
    pub table: ObjectName,
    /// Columns that are NULL in every row; none: there are no rows at all.
    pub columns: Vec<Name>,
    /// The index of the first statement of the body for which it holds.
    pub from: usize,
    /// The index of the first one behind it for which it does not; `None`: it holds until the transaction ends.
    pub to: Option<usize>,
}

/// `CREATE TRIGGER`.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateTrigger {
    /// The trigger.
    pub name: Ident,
    /// `OR REPLACE`.
    pub or_replace: bool,
    /// `CONSTRAINT`.
    pub constraint: bool,
    /// Folded: `before`, `after`, `instead of`.
    pub timing: Name,
    /// Folded: `insert`, `update`, `delete`, `truncate`.
    pub events: Vec<Name>,
    /// `UPDATE OF` columns.
    pub columns: Vec<Ident>,
    /// The table.
    pub table: ObjectName,
    /// `FROM table` of a constraint trigger.
    pub from: Option<ObjectName>,
    /// `REFERENCING`: names of transition tables.
    pub transitions: bool,
    /// `INITIALLY DEFERRED`.
    pub initially_deferred: bool,
    /// `FOR EACH ROW`.
    pub for_each_row: bool,
    /// `WHEN (...)`.
    pub when: Option<Expr>,
    /// The function.
    pub function: Option<ObjectName>,
    /// Its arguments as the function gets them.
    pub arguments: Vec<Name>,
    /// `DEFERRABLE` of a constraint trigger.
    pub deferrable: bool,
    /// `REFERENCING OLD TABLE AS`.
    pub old_table: Option<Ident>,
    /// `REFERENCING NEW TABLE AS`.
    pub new_table: Option<Ident>,
}

/// `CREATE POLICY`, `ALTER POLICY`.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// `ALTER`.
    pub alter: bool,
    /// The policy.
    pub name: Ident,
    /// The table.
    pub table: ObjectName,
    /// `AS RESTRICTIVE`.
    pub restrictive: bool,
    /// Folded: `all`, `select`, `insert`, `update`, `delete`.
    pub command: Option<Name>,
    /// `TO` roles, folded; empty means `public`.
    pub roles: Vec<Name>,
    /// `USING (...)`.
    pub using: Option<Expr>,
    /// `WITH CHECK (...)`.
    pub with_check: Option<Expr>,
    /// `RENAME TO`.
    pub rename_to: Option<Ident>,
}

/// `CREATE RULE`.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateRule {
    /// The rule.
    pub name: Ident,
    /// `OR REPLACE`.
    pub or_replace: bool,
    /// Folded: `select`, `insert`, `update`, `delete`.
    pub event: Name,
    /// The table or view.
    pub table: ObjectName,
    /// `WHERE`.
    pub filter: Option<Expr>,
    /// `INSTEAD`.
    pub instead: bool,
    /// The actions; none for `NOTHING`.
    pub actions: Vec<Statement>,
}

/// `CREATE EXTENSION`.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateExtension {
    /// The extension.
    pub name: Ident,
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
    /// `SCHEMA`.
    pub schema: Option<Ident>,
    /// `VERSION`.
    pub version: Option<Name>,
    /// `CASCADE`.
    pub cascade: bool,
}

/// `CREATE STATISTICS`.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateStatistics {
    /// `None`: the server makes up a name.
    pub name: Option<ObjectName>,
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
    /// `(ndistinct, dependencies, mcv)`, where written.
    pub kinds: Vec<Ident>,
    /// Its columns and expressions.
    pub keys: Vec<Expr>,
    /// The table.
    pub table: ObjectName,
}

/// `CREATE PUBLICATION`, `ALTER PUBLICATION`.
#[derive(Clone, Debug, PartialEq)]
pub struct Publication {
    /// The publication.
    pub name: Ident,
    /// What is done.
    pub action: PublicationAction,
    /// The tables named.
    pub tables: Vec<RelationInPublication>,
    /// The schemas named by `TABLES IN SCHEMA`.
    pub schemas: Vec<Ident>,
    /// `FOR ALL TABLES`.
    pub all_tables: bool,
    /// The first list of columns or `WHERE` of a table, 15 and newer.
    pub filtered: Option<Span>,
    /// `WITH (...)`, `SET (...)`.
    pub options: Vec<StorageOption>,
    /// `RENAME TO`.
    pub rename_to: Option<Ident>,
}

/// A table of a publication.
#[derive(Clone, Debug, PartialEq)]
pub struct RelationInPublication {
    /// The table.
    pub name: ObjectName,
    /// `ONLY`.
    pub only: bool,
    /// The columns published; empty: all.
    pub columns: Vec<Ident>,
    /// `WHERE (...)`.
    pub filter: Option<Expr>,
}

/// What is done to a publication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PublicationAction {
    /// `CREATE`.
    Create,
    /// `ADD`.
    Add,
    /// `SET`, of its tables.
    Set,
    /// `DROP`, of some of its tables.
    Drop,
    /// Options, owner, name.
    Other,
}

/// What a `CREATE CAST` says.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateCast {
    /// From this type.
    pub from: TypeName,
    /// To this one.
    pub to: TypeName,
    /// `WITHOUT FUNCTION`: the bytes are the same.
    pub binary: bool,
}

/// A `CREATE` of which only the kind and the name matter.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateObject {
    /// What is made.
    pub kind: ObjectKind,
    /// `None` for a cast, a transform, a user mapping.
    pub name: Option<ObjectName>,
    /// `OR REPLACE`.
    pub or_replace: bool,
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
    /// The relation that it is about, where there is one.
    pub relation: Option<ObjectName>,
    /// What it is made over: a server's wrapper, the server of a user mapping or of `IMPORT FOREIGN SCHEMA`, an event trigger's function.
    pub needs: Vec<(ObjectKind, ObjectName)>,
    /// Of a cast: what it casts.
    pub cast: Option<Box<CreateCast>>,
    /// Its option list, where it has one: `LOGIN`, `PASSWORD 'x'` of a role, `WITH (...)` of a subscription.
    pub options: Vec<StorageOption>,
}
