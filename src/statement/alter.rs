//! `ALTER`, `DROP`, `TRUNCATE` and the maintenance commands.

use super::{
    ColumnDef, Constraint, Expr, Ident, List, Name, ObjectKind, ObjectName, PartitionBound, Persistence, RelationUse,
    StorageOption, TypeName,
};
use crate::source::Span;

/// `ALTER TABLE`, and `ALTER` of another kind of relation.
#[derive(Clone, Debug, PartialEq)]
pub struct AlterRelation {
    /// The kind that the statement names: table, foreign table, index, view, materialized view, sequence.
    /// The relation itself may be of another kind: `ALTER TABLE` also takes a view or an index.
    pub kind: ObjectKind,
    /// The relation.
    pub name: ObjectName,
    /// `IF EXISTS`.
    pub if_exists: bool,
    /// `ONLY`.
    pub only: bool,
    /// What is to be done, in the written order.
    pub actions: List<AlterAction>,
}

/// One action of an `ALTER`.
#[derive(Clone, Debug, PartialEq)]
pub struct AlterAction {
    /// From its first word to its last token.
    pub span: Span,
    /// What it does.
    pub kind: AlterActionKind,
    /// What it sets where no lock depends on it: `statistics`, `storage`, `compression`, options of a sequence or an identity (see
    /// [`super::CreateSequence::options`]), `extension`, `options` of foreign objects.
    pub values: List<StorageOption>,
}

/// What an action of an `ALTER` does.
#[derive(Clone, Debug, PartialEq)]
pub enum AlterActionKind {
    /// `ADD [COLUMN]`.
    AddColumn {
        /// `IF NOT EXISTS`.
        if_not_exists: bool,
        /// The column.
        column: Box<ColumnDef>,
    },
    /// `DROP [COLUMN]`.
    DropColumn {
        /// `IF EXISTS`.
        if_exists: bool,
        /// The column.
        column: Ident,
        /// `CASCADE`.
        cascade: bool,
    },
    /// `ALTER COLUMN c [SET DATA] TYPE`.
    SetType {
        /// The column.
        column: Ident,
        /// The new type.
        ty: Box<TypeName>,
        /// `COLLATE`.
        collation: Option<Box<ObjectName>>,
        /// `USING`.
        using: Option<Box<Expr>>,
    },
    /// `ALTER COLUMN c SET DEFAULT`.
    SetDefault {
        /// The column.
        column: Ident,
        /// The new default.
        default: Box<Expr>,
    },
    /// `ALTER COLUMN c DROP DEFAULT`.
    DropDefault(Ident),
    /// `ALTER COLUMN c SET NOT NULL`.
    SetNotNull(Ident),
    /// `ALTER COLUMN c DROP NOT NULL`.
    DropNotNull(Ident),
    /// `ALTER COLUMN c SET EXPRESSION AS (...)`, 17 and newer.
    SetExpression {
        /// The column.
        column: Ident,
        /// The new expression.
        expr: Box<Expr>,
    },
    /// `ALTER COLUMN c DROP EXPRESSION`.
    DropExpression(Ident),
    /// `ALTER COLUMN c ADD GENERATED ... AS IDENTITY`.
    AddIdentity(Ident),
    /// `ALTER COLUMN c SET GENERATED ...`, `RESTART`, and sequence options.
    SetIdentity(Ident),
    /// `ALTER COLUMN c DROP IDENTITY`.
    DropIdentity(Ident),
    /// `ALTER COLUMN c SET STATISTICS`. For an index the column may be a number.
    SetStatistics(Ident),
    /// `ALTER COLUMN c SET STORAGE`.
    SetStorage(Ident),
    /// `ALTER COLUMN c SET COMPRESSION`.
    SetCompression(Ident),
    /// `ALTER COLUMN c SET (...)`, `RESET (...)`; of foreign tables also `OPTIONS (...)`.
    SetColumnOptions {
        /// The column.
        column: Ident,
        /// The options.
        options: Vec<StorageOption>,
    },

    /// `ADD [CONSTRAINT name] ...`.
    AddConstraint(Box<Constraint>),
    /// `ALTER CONSTRAINT name ...`.
    AlterConstraint {
        /// The constraint.
        name: Ident,
        /// `[NOT] ENFORCED`, 18 and newer.
        enforced: Option<bool>,
        /// `[NOT] DEFERRABLE` or `INITIALLY ...` was written.
        deferrability: bool,
        /// `[NO] INHERIT`, 18 and newer.
        inherit: Option<bool>,
    },
    /// `VALIDATE CONSTRAINT`.
    ValidateConstraint(Ident),
    /// `DROP CONSTRAINT`.
    DropConstraint {
        /// `IF EXISTS`.
        if_exists: bool,
        /// The constraint.
        name: Ident,
        /// `CASCADE`.
        cascade: bool,
    },

    /// `RENAME TO`.
    RenameTo(Ident),
    /// `RENAME [COLUMN]`; also `RENAME ATTRIBUTE`.
    RenameColumn {
        /// Old name.
        from: Ident,
        /// New name.
        to: Ident,
    },
    /// `RENAME CONSTRAINT`.
    RenameConstraint {
        /// Old name.
        from: Ident,
        /// New name.
        to: Ident,
    },
    /// `SET SCHEMA`.
    SetSchema(Ident),

    /// `ATTACH PARTITION`; of an index without a bound.
    AttachPartition {
        /// The partition.
        partition: ObjectName,
        /// Its bound.
        bound: Option<Box<PartitionBound>>,
    },
    /// `DETACH PARTITION`.
    DetachPartition {
        /// The partition.
        partition: ObjectName,
        /// `CONCURRENTLY`, the keyword.
        concurrently: Option<Span>,
        /// `FINALIZE`.
        finalize: bool,
    },
    /// `INHERIT parent`.
    Inherit(ObjectName),
    /// `NO INHERIT parent`.
    NoInherit(ObjectName),
    /// `OF type`.
    OfType(ObjectName),
    /// `NOT OF`.
    NotOf,

    /// `ENABLE | DISABLE TRIGGER`.
    Trigger {
        /// Folded: `enable`, `disable`, `enable replica`, `enable always`.
        mode: Name,
        /// The trigger; `None` for `ALL` and `USER`.
        name: Option<Ident>,
        /// `ALL`: also the triggers that keep foreign keys.
        internal: bool,
    },
    /// `ENABLE | DISABLE RULE`.
    Rule {
        /// As for triggers.
        mode: Name,
        /// The rule.
        name: Ident,
    },
    /// `ENABLE | DISABLE | FORCE | NO FORCE ROW LEVEL SECURITY`.
    RowSecurity(RowSecurity),
    /// `REPLICA IDENTITY`.
    ReplicaIdentity {
        /// Folded: `default`, `full`, `nothing`, `index`.
        kind: Name,
        /// `USING INDEX name`.
        index: Option<Ident>,
    },
    /// `CLUSTER ON index`.
    ClusterOn(Ident),
    /// `SET WITHOUT CLUSTER`.
    SetWithoutCluster,
    /// `SET WITHOUT OIDS`.
    SetWithoutOids,
    /// `SET TABLESPACE`.
    SetTablespace(Ident),
    /// `SET ACCESS METHOD`.
    SetAccessMethod(Ident),
    /// `SET LOGGED`, `SET UNLOGGED`.
    SetPersistence(Persistence),
    /// `SET (...)`.
    SetOptions(Vec<StorageOption>),
    /// `RESET (...)`.
    ResetOptions(Vec<StorageOption>),
    /// `OWNER TO`.
    OwnerTo(Ident),
    /// `[NO] DEPENDS ON EXTENSION`.
    DependsOnExtension,
    /// Options of `ALTER SEQUENCE`: `RESTART`, `INCREMENT`, `AS`, `OWNED BY`.
    SequenceOptions {
        /// `AS type`.
        ty: Option<Box<TypeName>>,
        /// `OWNED BY table.column`; `Some(None)` is `OWNED BY NONE`.
        owned_by: Option<Option<(ObjectName, Ident)>>,
        /// `RESTART`.
        restart: bool,
    },
    /// `OPTIONS (...)` of a foreign table.
    ForeignOptions,
    /// Not understood, while the actions beside it are.
    Unknown,
}

/// A switch of row level security.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "as in the manual")]
pub enum RowSecurity {
    Enable,
    Disable,
    Force,
    NoForce,
}

/// `ALTER TYPE`.
#[derive(Clone, Debug, PartialEq)]
pub struct AlterType {
    /// The type.
    pub name: ObjectName,
    /// What is done.
    pub actions: Vec<AlterTypeAction>,
}

/// What `ALTER TYPE` does.
#[derive(Clone, Debug, PartialEq)]
pub enum AlterTypeAction {
    /// `ADD VALUE`.
    AddValue {
        /// The label.
        value: Name,
        /// Its place.
        span: Span,
        /// `IF NOT EXISTS`.
        if_not_exists: bool,
        /// `BEFORE` (false) or `AFTER` (true) another label.
        position: Option<(bool, Name)>,
    },
    /// `DROP VALUE`, which no server does: from 17 on it says so.
    DropValue {
        /// The label's place.
        span: Span,
    },
    /// `RENAME VALUE`.
    RenameValue {
        /// Old label.
        from: Name,
        /// New label.
        to: Name,
    },
    /// `ADD ATTRIBUTE`.
    AddAttribute {
        /// The attribute.
        column: Box<ColumnDef>,
        /// `CASCADE`.
        cascade: bool,
    },
    /// `DROP ATTRIBUTE`.
    DropAttribute {
        /// The attribute.
        name: Ident,
        /// `IF EXISTS`.
        if_exists: bool,
        /// `CASCADE`.
        cascade: bool,
    },
    /// `ALTER ATTRIBUTE ... TYPE`.
    AlterAttribute {
        /// The attribute.
        name: Ident,
        /// Its new type.
        ty: TypeName,
        /// `CASCADE`.
        cascade: bool,
    },
    /// `RENAME ATTRIBUTE`.
    RenameAttribute {
        /// Old name.
        from: Ident,
        /// New name.
        to: Ident,
        /// `CASCADE`.
        cascade: bool,
    },
    /// `RENAME TO`.
    RenameTo(Ident),
    /// `SET SCHEMA`.
    SetSchema(Ident),
    /// `OWNER TO`, `SET (...)`.
    Other,
}

/// `ALTER DOMAIN`.
#[derive(Clone, Debug, PartialEq)]
pub struct AlterDomain {
    /// The domain.
    pub name: ObjectName,
    /// What is done.
    pub action: AlterDomainAction,
    /// The action.
    pub span: Span,
}

/// What `ALTER DOMAIN` does.
#[derive(Clone, Debug, PartialEq)]
pub enum AlterDomainAction {
    /// `SET DEFAULT`.
    SetDefault(Expr),
    /// `DROP DEFAULT`.
    DropDefault,
    /// `SET NOT NULL`.
    SetNotNull,
    /// `DROP NOT NULL`.
    DropNotNull,
    /// `ADD constraint`.
    AddConstraint(Box<Constraint>),
    /// `DROP CONSTRAINT`.
    DropConstraint {
        /// `IF EXISTS`.
        if_exists: bool,
        /// The constraint.
        name: Ident,
    },
    /// `VALIDATE CONSTRAINT`.
    ValidateConstraint(Ident),
    /// `RENAME CONSTRAINT`.
    RenameConstraint {
        /// Old name.
        from: Ident,
        /// New name.
        to: Ident,
    },
    /// `RENAME TO`.
    RenameTo(Ident),
    /// `SET SCHEMA`.
    SetSchema(Ident),
    /// `OWNER TO`.
    Other,
}

/// An `ALTER` of which only the kind, the name and a rename matter.
#[derive(Clone, Debug, PartialEq)]
pub struct AlterObject {
    /// What is altered.
    pub kind: ObjectKind,
    /// The object, where it has a name.
    pub name: Option<ObjectName>,
    /// The types of a routine's input arguments, where they are written.
    pub arguments: Option<Vec<TypeName>>,
    /// The table of a trigger, rule or policy.
    pub table: Option<ObjectName>,
    /// `RENAME TO`.
    pub rename_to: Option<Ident>,
    /// `SET SCHEMA`.
    pub set_schema: Option<Ident>,
    /// Of a function: what it is declared as from now on.
    pub volatility: Option<super::Volatility>,
    /// `[NO] DEPENDS ON EXTENSION`.
    pub depends_on_extension: bool,
    /// Any other words, folded and joined by one space, without literals: for `ALTER SUBSCRIPTION ... REFRESH PUBLICATION`, `ALTER DATABASE ... SET TABLESPACE`.
    pub rest: Name,
}

/// `DROP`.
#[derive(Clone, Debug, PartialEq)]
pub struct Drop {
    /// What is dropped.
    pub kind: ObjectKind,
    /// The objects; of functions without their arguments.
    pub names: Vec<ObjectName>,
    /// For each name the types of a routine's input arguments, where they are written.
    pub arguments: Vec<Option<Vec<TypeName>>>,
    /// `IF EXISTS`.
    pub if_exists: bool,
    /// `CASCADE`.
    pub cascade: bool,
    /// `CONCURRENTLY`, the keyword.
    pub concurrently: Option<Span>,
}

impl Drop {
    /// The types of a routine's input arguments, where they are written.
    pub fn arguments_of(&self, name: &ObjectName) -> Option<&[TypeName]> {
        let at = self.names.iter().position(|other| other == name)?;
        self.arguments.get(at)?.as_deref()
    }
}

/// `DROP TRIGGER | POLICY | RULE name ON table`.
#[derive(Clone, Debug, PartialEq)]
pub struct DropOnTable {
    /// Trigger, policy or rule.
    pub kind: ObjectKind,
    /// The object.
    pub name: Ident,
    /// The table.
    pub table: ObjectName,
    /// `IF EXISTS`.
    pub if_exists: bool,
    /// `CASCADE`.
    pub cascade: bool,
}

/// `TRUNCATE`.
#[derive(Clone, Debug, PartialEq)]
pub struct Truncate {
    /// The tables.
    pub tables: Vec<RelationUse>,
    /// `CASCADE`.
    pub cascade: bool,
    /// `RESTART IDENTITY`.
    pub restart_identity: bool,
}

/// `REINDEX`.
#[derive(Clone, Debug, PartialEq)]
pub struct Reindex {
    /// What is rebuilt: index, table, schema, database, or `SYSTEM` (see `system`).
    pub kind: ObjectKind,
    /// `REINDEX SYSTEM`; `kind` is database then.
    pub system: bool,
    /// Its name; from 16 a database's may be left out.
    pub name: Option<ObjectName>,
    /// `CONCURRENTLY`, in either spelling, the keyword.
    pub concurrently: Option<Span>,
    /// The parenthesised options.
    pub options: Vec<StorageOption>,
}

/// `CLUSTER`.
#[derive(Clone, Debug, PartialEq)]
pub struct Cluster {
    /// `None`: every table clustered before.
    pub table: Option<ObjectName>,
    /// `USING index`.
    pub index: Option<Ident>,
    /// The parenthesised options.
    pub options: Vec<StorageOption>,
}

/// `VACUUM`.
#[derive(Clone, Debug, PartialEq)]
pub struct Vacuum {
    /// `FULL`.
    pub full: bool,
    /// `ANALYZE`.
    pub analyze: bool,
    /// The tables; empty for the whole database.
    pub tables: Vec<RelationUse>,
    /// Columns named, each with the position of its table.
    pub columns: Vec<(usize, Ident)>,
    /// The parenthesised options.
    pub options: Vec<StorageOption>,
}

/// `ANALYZE`.
#[derive(Clone, Debug, PartialEq)]
pub struct Analyze {
    /// The tables; empty for the whole database.
    pub tables: Vec<RelationUse>,
    /// Columns named, each with the position of its table.
    pub columns: Vec<(usize, Ident)>,
    /// The parenthesised options.
    pub options: Vec<StorageOption>,
}

/// `REFRESH MATERIALIZED VIEW`.
#[derive(Clone, Debug, PartialEq)]
pub struct RefreshMaterializedView {
    /// The view.
    pub name: ObjectName,
    /// `CONCURRENTLY`, the keyword.
    pub concurrently: Option<Span>,
    /// `WITH NO DATA`.
    pub with_no_data: bool,
}

/// `LOCK TABLE`.
#[derive(Clone, Debug, PartialEq)]
pub struct Lock {
    /// The tables or views.
    pub tables: Vec<RelationUse>,
    /// Folded, as in `share row exclusive`; `None` is ACCESS EXCLUSIVE.
    pub mode: Option<Name>,
    /// `NOWAIT`.
    pub nowait: bool,
}

/// `COMMENT ON`, `SECURITY LABEL`.
#[derive(Clone, Debug, PartialEq)]
pub struct Comment {
    /// What kind of object.
    pub kind: ObjectKind,
    /// The object; of a column, its table. `None` where there is no such name.
    pub name: Option<ObjectName>,
    /// The column, constraint, trigger, policy or rule.
    pub part: Option<Ident>,
    /// The input types of a function or aggregate, where they are written.
    pub arguments: Option<Vec<TypeName>>,
    /// The text; `None` for `NULL`, which removes it.
    pub text: Option<Name>,
    /// `SECURITY LABEL` instead of `COMMENT`.
    pub label: bool,
}

/// `GRANT`, `REVOKE`, `ALTER DEFAULT PRIVILEGES`.
#[derive(Clone, Debug, PartialEq)]
pub struct Grant {
    /// `REVOKE`.
    pub revoke: bool,
    /// `ALTER DEFAULT PRIVILEGES`.
    pub default_privileges: bool,
    /// Folded: `select`, `all` ...; of `GRANT role TO role` the roles.
    pub privileges: Vec<Name>,
    /// What is granted on; `None` for `GRANT role TO role`.
    pub kind: Option<ObjectKind>,
    /// The columns named with the privileges, in order.
    pub columns: Vec<Ident>,
    /// The objects; of functions without their arguments.
    pub names: Vec<ObjectName>,
    /// Of functions: the input types of each of `names`, where they are written.
    pub arguments: Vec<Option<Vec<TypeName>>>,
    /// `FOR ROLE` of default privileges.
    pub for_roles: Vec<Name>,
    /// `ALL ... IN SCHEMA`, and `IN SCHEMA` of default privileges.
    pub in_schemas: Vec<Ident>,
    /// Folded: role names, `public`, `current_user`.
    pub grantees: Vec<Name>,
    /// `WITH GRANT OPTION`, `WITH ADMIN OPTION`.
    pub grant_option: bool,
    /// `GRANTED BY`.
    pub granted_by: Option<Name>,
    /// `REVOKE ... CASCADE`.
    pub cascade: bool,
}
