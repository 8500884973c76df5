//! What a migration can ask a server for, in our own words.
//!
//! This is the fence between reading SQL and knowing what it does: [`crate::parse`] makes these values, and nothing behind it
//! knows whether our tokens or sqlparser understood them. Names follow PostgreSQL's manual.
//!
//! Names are folded already (unquoted `Orders` is `orders`); spans keep what was written. What could not be understood is
//! [`ExprKind::Unknown`], [`Query::understood`]` = false` or [`Command::Unknown`]: unknown is never the same as absent.

mod alter;
mod create;
mod dml;
mod expression;

pub use alter::*;
pub use create::*;
pub use dml::*;
pub use expression::*;

use crate::source::Span;
use smol_str::SmolStr;

/// A name as the server stores it: folded, without quotes.
pub type Name = SmolStr;

/// A list that is mostly empty or short, one word wide: a file may have millions of statements.
pub type List<T> = thin_vec::ThinVec<T>;

/// A name at its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ident {
    /// Folded.
    pub name: Name,
    /// With its quotes.
    pub span: Span,
}

/// A possibly qualified name. A database before the schema is read and dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectName {
    /// The schema, where it was written.
    pub schema: Option<Box<Ident>>,
    /// The object itself.
    pub name: Ident,
}

impl ObjectName {
    /// From the first part to the last.
    pub fn span(&self) -> Span {
        self.schema.as_ref().map_or(self.name.span, |schema| schema.span.to(self.name.span))
    }
}

impl std::fmt::Display for ObjectName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.schema {
            Some(schema) => write!(f, "{}.{}", schema.name, self.name.name),
            None => write!(f, "{}", self.name.name),
        }
    }
}

/// One statement. At the top level of a file their spans are disjoint and ascending.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// From its first token to its last; without the semicolon.
    pub span: Span,
    /// What it asks for.
    pub command: Command,
    /// Inside a `DO` block: how surely it runs.
    pub guard: Option<Box<Guard>>,
}

/// How a statement inside a procedural body is reached.
#[derive(Clone, Debug, PartialEq)]
pub struct Guard {
    /// The construct that decides, from `IF` to `THEN` and the like.
    pub span: Span,
    /// What kind of construct.
    pub kind: GuardKind,
}

/// See [`Guard`].
#[derive(Clone, Debug, PartialEq)]
pub enum GuardKind {
    /// `IF`, `CASE`: it may run or not.
    Condition,
    /// `IF NOT EXISTS (SELECT ... FROM pg_constraint ...)` and the like: it runs where its object is missing.
    WhereMissing,
    /// `IF EXISTS (...)` on a system catalogue: it runs where its object is there.
    WherePresent,
    /// `EXCEPTION WHEN duplicate_object ...` follows: its failure is caught.
    FailureCaught {
        /// The conditions' names, folded: `duplicate_object`, `others` ...
        conditions: Vec<Name>,
    },
    /// `LOOP`, `WHILE`, `FOR`: it runs many times.
    Loop {
        /// A `COMMIT` inside the loop.
        commits: bool,
        /// `pg_sleep` inside the loop.
        sleeps: bool,
    },
}

/// What a statement asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// `CREATE TABLE`, also `AS` a query, and `CREATE FOREIGN TABLE`.
    CreateTable(Box<CreateTable>),
    /// `CREATE INDEX`.
    CreateIndex(Box<CreateIndex>),
    /// `CREATE [MATERIALIZED] VIEW`.
    CreateView(Box<CreateView>),
    /// `CREATE SEQUENCE`.
    CreateSequence(Box<CreateSequence>),
    /// `CREATE TYPE`.
    CreateType(Box<CreateType>),
    /// `CREATE DOMAIN`.
    CreateDomain(Box<CreateDomain>),
    /// `CREATE SCHEMA`.
    CreateSchema(Box<CreateSchema>),
    /// `CREATE FUNCTION`, `CREATE PROCEDURE`.
    CreateFunction(Box<CreateFunction>),
    /// `CREATE TRIGGER`.
    CreateTrigger(Box<CreateTrigger>),
    /// `CREATE POLICY` and `ALTER POLICY`.
    Policy(Box<Policy>),
    /// `CREATE RULE`.
    CreateRule(Box<CreateRule>),
    /// `CREATE EXTENSION`.
    CreateExtension(Box<CreateExtension>),
    /// `CREATE STATISTICS`.
    CreateStatistics(Box<CreateStatistics>),
    /// `CREATE PUBLICATION` and `ALTER PUBLICATION`.
    Publication(Box<Publication>),
    /// Any other `CREATE`: a role, a database, an operator ...
    CreateObject(Box<CreateObject>),

    /// `ALTER TABLE`, and `ALTER` of another relation: `INDEX`, `VIEW`, `MATERIALIZED VIEW`, `SEQUENCE`, `FOREIGN TABLE`.
    AlterRelation(Box<AlterRelation>),
    /// `ALTER TYPE`.
    AlterType(Box<AlterType>),
    /// `ALTER DOMAIN`.
    AlterDomain(Box<AlterDomain>),
    /// Any other `ALTER`.
    AlterObject(Box<AlterObject>),

    /// `DROP` of anything.
    Drop(Box<Drop>),
    /// `DROP TRIGGER`, `DROP POLICY`, `DROP RULE`: an object on a table.
    DropOnTable(Box<DropOnTable>),
    /// `TRUNCATE`.
    Truncate(Truncate),

    /// `INSERT`.
    Insert(Box<Insert>),
    /// `UPDATE`.
    Update(Box<Update>),
    /// `DELETE`.
    Delete(Box<Delete>),
    /// `MERGE`.
    Merge(Box<Merge>),
    /// `COPY`.
    Copy(Box<Copy>),
    /// `SELECT`, `VALUES`, `TABLE`, and a `WITH` whose main statement is one of them.
    Query(Box<Query>),
    /// `EXPLAIN` of a statement; it runs only with `ANALYZE`.
    Explain(Explain),
    /// `PREPARE name AS statement`.
    Prepare(Prepare),
    /// `EXECUTE name` outside PL/pgSQL.
    Execute(Ident),
    /// `CALL procedure(...)`.
    Call(Box<Call>),
    /// `DO $$ ... $$`.
    Do(Box<Do>),

    /// `REINDEX`.
    Reindex(Box<Reindex>),
    /// `CLUSTER`.
    Cluster(Box<Cluster>),
    /// `VACUUM`.
    Vacuum(Box<Vacuum>),
    /// `ANALYZE`.
    Analyze(Box<Analyze>),
    /// `REFRESH MATERIALIZED VIEW`.
    RefreshMaterializedView(Box<RefreshMaterializedView>),
    /// `LOCK TABLE`.
    Lock(Box<Lock>),
    /// `COMMENT ON`, `SECURITY LABEL ON`.
    Comment(Box<Comment>),
    /// `GRANT`, `REVOKE`, `ALTER DEFAULT PRIVILEGES`.
    Grant(Box<Grant>),

    /// `SET`, `RESET`, `SELECT set_config(...)` alone, `DISCARD`.
    Set(Box<Set>),
    /// `BEGIN`, `COMMIT`, `SAVEPOINT` ...
    Transaction(Transaction),
    /// Understood, and without a lock, data or schema that concerns anybody: `SHOW`, `LISTEN`, `CHECKPOINT` ...
    Nothing(Verb),
    /// `ALTER SYSTEM`.
    AlterSystem(Box<Set>),
    /// A psql meta-command line, for example `\i other.sql`.
    Meta(Meta),
    /// Not understood. It is reported once and taints what it names.
    Unknown(Box<Unknown>),
}

/// A statement known by its verb alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verb {
    /// Upper case, for example `LISTEN`.
    pub name: Name,
}

/// A statement that was not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// Its first word or words, upper case; empty where it does not begin with a word.
    pub verb: Name,
    /// The token at which understanding ended.
    pub at: Span,
    /// Relations that it seems to name.
    pub relations: Vec<ObjectName>,
}

/// A psql meta-command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meta {
    /// Without the backslash.
    pub name: Name,
    /// The rest of the line.
    pub arguments: Span,
}

/// What kind of object a `CREATE`, `ALTER`, `DROP`, `COMMENT` or `GRANT` is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names say it")]
pub enum ObjectKind {
    Table,
    ForeignTable,
    Index,
    View,
    MaterializedView,
    Sequence,
    Column,
    Constraint,
    Trigger,
    Policy,
    Rule,
    Type,
    Domain,
    Schema,
    Function,
    Procedure,
    Routine,
    Aggregate,
    Operator,
    OperatorClass,
    OperatorFamily,
    Cast,
    Collation,
    Conversion,
    Extension,
    Language,
    Statistics,
    TextSearchConfiguration,
    TextSearchDictionary,
    TextSearchParser,
    TextSearchTemplate,
    Transform,
    AccessMethod,
    EventTrigger,
    ForeignDataWrapper,
    Server,
    UserMapping,
    Publication,
    Subscription,
    Role,
    Database,
    Tablespace,
    LargeObject,
    Parameter,
    /// `DROP OWNED BY`, `REASSIGN OWNED BY`.
    Owned,
}

impl ObjectKind {
    /// Whether it is called with arguments, by whose types the server tells it from others of its name.
    pub fn is_routine(self) -> bool {
        matches!(self, Self::Function | Self::Procedure | Self::Routine | Self::Aggregate)
    }

    /// As a sentence would call it: `materialized view`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::ForeignTable => "foreign table",
            Self::Index => "index",
            Self::View => "view",
            Self::MaterializedView => "materialized view",
            Self::Sequence => "sequence",
            Self::Column => "column",
            Self::Constraint => "constraint",
            Self::Trigger => "trigger",
            Self::Policy => "policy",
            Self::Rule => "rule",
            Self::Type => "type",
            Self::Domain => "domain",
            Self::Schema => "schema",
            Self::Function => "function",
            Self::Procedure => "procedure",
            Self::Routine => "routine",
            Self::Aggregate => "aggregate",
            Self::Operator => "operator",
            Self::OperatorClass => "operator class",
            Self::OperatorFamily => "operator family",
            Self::Cast => "cast",
            Self::Collation => "collation",
            Self::Conversion => "conversion",
            Self::Extension => "extension",
            Self::Language => "language",
            Self::Statistics => "statistics object",
            Self::TextSearchConfiguration => "text search configuration",
            Self::TextSearchDictionary => "text search dictionary",
            Self::TextSearchParser => "text search parser",
            Self::TextSearchTemplate => "text search template",
            Self::Transform => "transform",
            Self::AccessMethod => "access method",
            Self::EventTrigger => "event trigger",
            Self::ForeignDataWrapper => "foreign-data wrapper",
            Self::Server => "server",
            Self::UserMapping => "user mapping",
            Self::Publication => "publication",
            Self::Subscription => "subscription",
            Self::Role => "role",
            Self::Database => "database",
            Self::Tablespace => "tablespace",
            Self::LargeObject => "large object",
            Self::Parameter => "parameter",
            Self::Owned => "owned objects",
        }
    }
}

/// A `name = value` of a `WITH (...)`, `SET (...)` or parenthesised option list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StorageOption {
    /// Folded; with its namespace, as in `toast.autovacuum_enabled`.
    pub name: Name,
    /// As written, without quotes; `None` where only the name stands.
    pub value: Option<Name>,
    /// The whole option.
    pub span: Span,
}

/// `BEGIN`, `COMMIT` and their family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transaction {
    /// `BEGIN`, `START TRANSACTION`.
    Begin,
    /// `COMMIT`, `END`.
    Commit {
        /// `AND CHAIN`: the next transaction begins at once.
        chain: bool,
    },
    /// `ROLLBACK`, `ABORT`.
    Rollback {
        /// `AND CHAIN`.
        chain: bool,
    },
    /// `SAVEPOINT name`.
    Savepoint(Ident),
    /// `RELEASE [SAVEPOINT] name`.
    Release(Ident),
    /// `ROLLBACK TO [SAVEPOINT] name`.
    RollbackTo(Ident),
    /// `PREPARE TRANSACTION`: the transaction leaves the session, its locks stay.
    Prepare,
    /// `COMMIT PREPARED`.
    CommitPrepared,
    /// `ROLLBACK PREPARED`.
    RollbackPrepared,
    /// `SET TRANSACTION`, `SET CONSTRAINTS`, `SET SESSION CHARACTERISTICS`: no lock, no schema.
    Characteristics,
}

/// `SET`, `RESET`, `DISCARD`, `set_config(...)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Set {
    /// Folded: `lock_timeout`, `search_path`, `timezone`, `role`, `session authorization`. For `RESET ALL` and `DISCARD ALL`: `all`.
    pub name: Ident,
    /// What it becomes.
    pub value: SetValue,
    /// How long it lasts.
    pub scope: SetScope,
}

/// The new value of a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SetValue {
    /// Values without quotes, and folded where they have none; several for a list such as `search_path`.
    To(Vec<Name>),
    /// `DEFAULT`, `RESET`.
    Default,
    /// `FROM CURRENT`, or computed.
    Unknown,
}

/// How long a setting lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetScope {
    /// To the end of the session.
    Session,
    /// `LOCAL`: to the end of the transaction.
    Local,
    /// `DISCARD ALL`, which also drops temporary tables and is refused in a transaction block.
    Discard,
}
