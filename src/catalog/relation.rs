//! Relations: tables, indexes, views, sequences, composite types.

use super::{Origin, RelationId};
use crate::source::{Location, SourceId};
use crate::statement::{
    ColumnUse, Constraint, Expr, ForeignKey, IndexKey, Name, PartitionBound, PartitionBy, Persistence, RowSecurity,
    Statement, StorageOption, TypeName,
};
use std::collections::BTreeSet;

/// A relation.
#[derive(Clone, Debug, PartialEq)]
pub struct Relation {
    /// Stays over renames.
    pub id: RelationId,
    /// Its schema; `pg_temp` for temporary ones.
    pub schema: Name,
    /// Its name.
    pub name: Name,
    /// Where it was made; `None`: never seen created, hence live and large.
    pub origin: Option<Origin>,
    /// Of what was never seen created: the first statement that named it.
    pub named: Option<Location>,
    /// Of what was never seen created: the statement that would have made it if it did not exist.
    pub perhaps: Option<Origin>,
    /// Whom it was given to by `OWNER TO`; `None`: whoever made it.
    pub owner: Option<Name>,
    /// What it was called when it was made, as [`Self::display_name`] tells it, where it has been renamed or moved since.
    pub made_as: Option<Name>,
    /// What it was called, as [`Self::display_name`] tells it, when the file began that last gave it another name; and where it did so.
    pub renamed_from: Option<(Name, Location)>,
    /// What it is.
    pub body: RelationBody,
}

/// How a sentence ends that says of something called `now` where it was made, if it had another name then: `` , as `old` ``.
pub fn made_otherwise(made_as: Option<&Name>, now: &str) -> String {
    made_as.filter(|made_as| *made_as != now).map(|made_as| format!(", as `{made_as}`")).unwrap_or_default()
}

/// What a relation is.
#[derive(Clone, Debug, PartialEq)]
pub enum RelationBody {
    /// A table of any kind.
    Table(Box<Table>),
    /// An index.
    Index(Box<Index>),
    /// A view or a materialized view.
    View(Box<View>),
    /// A sequence.
    Sequence(Sequence),
    /// A composite type of its own.
    Composite(Vec<Column>),
    /// Named, but nothing tells what it is.
    Unknown,
}

/// The schema and the name in what [`Relation::display_name`] gives, and effects tell of functions and types likewise.
pub fn displayed(name: &str) -> (&str, &str) {
    name.split_once('.').unwrap_or(("public", name))
}

impl Relation {
    /// `name`, or `schema.name` outside `public`; temporary ones without a schema.
    pub fn display_name(&self) -> Name {
        match self.schema.as_str() {
            "public" | "pg_temp" => self.name.clone(),
            schema => smol_str::format_smolstr!("{schema}.{}", self.name),
        }
    }

    /// The table that it is.
    pub fn as_table(&self) -> Option<&Table> {
        match &self.body {
            RelationBody::Table(table) => Some(table),
            _ => None,
        }
    }

    /// The index that it is.
    pub fn as_index(&self) -> Option<&Index> {
        match &self.body {
            RelationBody::Index(index) => Some(index),
            _ => None,
        }
    }

    /// The view that it is.
    pub fn as_view(&self) -> Option<&View> {
        match &self.body {
            RelationBody::View(view) => Some(view),
            _ => None,
        }
    }

    /// Its triggers, policies and rules.
    pub fn attachments(&self) -> &[Attachment] {
        match &self.body {
            RelationBody::Table(table) => &table.attachments,
            RelationBody::View(view) => &view.attachments,
            _ => &[],
        }
    }

    /// What kind of relation, as a sentence would call it: `materialized view`.
    pub fn kind_name(&self) -> &'static str {
        match &self.body {
            RelationBody::Table(table) if table.foreign => "foreign table",
            RelationBody::Table(_) => "table",
            RelationBody::Index(_) => "index",
            RelationBody::View(view) if view.materialized => "materialized view",
            RelationBody::View(_) => "view",
            RelationBody::Sequence(_) => "sequence",
            RelationBody::Composite(_) => "type",
            RelationBody::Unknown => "relation",
        }
    }

    /// Whether it is of this session only.
    pub fn is_temporary(&self) -> bool {
        self.schema == "pg_temp"
    }
}

/// A table.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Table {
    /// Every column is known: it was seen created. Else there may be more columns, constraints and indexes than these.
    pub complete: bool,
    /// The `CREATE TABLE IF NOT EXISTS` that made it, unless it was there before; it names all columns and constraints itself.
    pub asked_for: Option<Origin>,
    /// It had a primary key once, which was dropped.
    pub key_dropped: bool,
    /// A command whose text is not known may have altered it: what it has may be gone, too, or be called otherwise.
    pub altered_unseen: bool,
    /// A command whose text is not known may have made or dropped triggers, policies or rules of it.
    pub attached_unseen: bool,
    /// The transaction in which TRUNCATE took every row away; nobody else writes one before it ends.
    pub emptied: Option<u32>,
    /// The transaction in which DELETE took every row away. Others may write some meanwhile, but these are few.
    pub cleared: Option<u32>,
    /// The transaction in which DELETE last took rows away.
    pub thinned: Option<u32>,
    /// What shows that it is empty while the transaction lasts: a column was added which every row has to have, and for which those before
    /// would have no value, so that nothing of the transaction holds otherwise; or a body asked, and goes on only then.
    pub shown_empty: Option<Origin>,
    /// Columns of which a body has asked for a value, and goes on only if there is none, while the transaction lasts.
    pub shown_null: Vec<(Name, Origin)>,
    /// Columns that were dropped without which no row could be inserted: their names, and the file.
    pub demanded: Vec<(Name, SourceId)>,
    /// Indexes that were dropped, and the statements that did it, in that order.
    pub dropped_indexes: Vec<(Index, Location)>,
    /// Columns in which no two rows are alike, although no index says so.
    pub distinct: Vec<Distinct>,
    /// Unique indexes over expressions, or of some rows only, that were dropped, and the statements that did it: as long as nothing that
    /// they use was written since.
    pub unkept: Vec<(Index, Origin)>,
    /// `CREATE FOREIGN TABLE`.
    pub foreign: bool,
    /// Logged, unlogged, temporary.
    pub persistence: Persistence,
    /// `ON COMMIT DROP`.
    pub on_commit_drop: bool,
    /// `CREATE TABLE AS`: it began as the result of a query.
    pub from_query: bool,
    /// In order; dropped ones are gone.
    pub columns: Vec<Column>,
    /// Of a table that was never seen created: names of columns that these files dropped, and have not made since.
    pub gone_columns: BTreeSet<Name>,
    /// Of a table that was never seen created: names of constraints that these files dropped without having seen them.
    pub gone_constraints: BTreeSet<Name>,
    /// Table and column constraints alike; NOT NULL is on the column, and here too where it has a name of its own or is not valid.
    pub constraints: Vec<TableConstraint>,
    /// Tables that it inherits from; of a partition its parent is in `partition` alone.
    pub inherits: Vec<RelationId>,
    /// What it is a partition of.
    pub partition: Option<Partition>,
    /// Present: it is a partitioned table.
    pub partition_by: Option<PartitionBy>,
    /// The composite type of a typed table.
    pub of_type: Option<RelationId>,
    /// Triggers, policies and rules.
    pub attachments: Vec<Attachment>,
    /// `DISABLE TRIGGER ALL`: the triggers that keep foreign keys are off as well.
    pub key_triggers_disabled: bool,
    /// Extended statistics.
    pub statistics: Vec<ExtendedStatistics>,
    /// Row level security is enabled.
    pub row_security: bool,
    /// The file that switched it off where it was on.
    pub row_security_off: Option<SourceId>,
    /// It holds for the owner, too.
    pub force_row_security: bool,
    /// `WITH (...)`.
    pub options: Vec<StorageOption>,
    /// `None`: the default.
    pub tablespace: Option<Name>,
    /// `None`: `heap`.
    pub access_method: Option<Name>,
    /// `default`, `full`, `nothing`, `index`; `None` is default.
    pub replica_identity: Option<Name>,
    /// What its rows are known to be.
    pub contents: Contents,
}

/// What the replay knows of a table's rows. A live server may have more: this is what the migrations put there. Which keys they
/// inserted is asked of [`super::Catalog::inserted`], whatever this says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Contents {
    /// Created by these migrations and never filled since.
    Empty,
    /// Filled by these migrations only: by constant rows, or from tables of which the same is known.
    Known,
    /// Anything.
    #[default]
    Unknown,
}

/// A column.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Its name.
    pub name: Name,
    /// `None`: not known. Of a user-defined type that was found, the schema is filled in.
    pub ty: Option<TypeName>,
    /// Its collation, where it is not the type's.
    pub collation: Option<Name>,
    /// It refuses NULL, and that was proved for all rows.
    pub not_null: bool,
    /// Its default.
    pub default: Option<Expr>,
    /// `GENERATED ALWAYS AS`: stored or virtual.
    pub generated: Option<GeneratedColumn>,
    /// The sequence that its values come from: of `GENERATED ... AS IDENTITY`, of `serial`, or of a default `nextval('name')`.
    pub sequence: Option<RelationId>,
    /// It is an identity column.
    pub identity: bool,
    /// Where it was made; `None`: never seen created.
    pub origin: Option<Origin>,
    /// It comes from a parent.
    pub inherited: bool,
    /// The table defines it by itself, also: it stays when no parent has it any more.
    pub local: bool,
    /// The file that took its NOT NULL away, as long as nothing that these migrations say has written to it: it has a value in every row.
    pub released: Option<SourceId>,
    /// An UPDATE of these migrations gave it a value in every row, or in every row that had none.
    pub backfilled: bool,
    /// An UPDATE of these migrations gave it a value in some rows at least.
    pub written: bool,
    /// The transaction in which an UPDATE last wrote to it.
    pub updated: Option<u32>,
    /// It was made with a default: rows that were there before have a value, too.
    pub born_filled: bool,
    /// It was made without a default, and nothing that these migrations say has written a value into it: it is NULL in every row that
    /// was there before it.
    pub unwritten: bool,
    /// The constant that it was made with as its default, as long as nothing that these migrations say has written another value into
    /// it: the value of every row that was there before it.
    pub constant: Option<Expr>,
    /// Each row that was there before it got a value of its own: a number of a sequence, a generated UUID. Nothing that these migrations
    /// say has written another one.
    pub own_values: bool,
    /// Of what may have been there before: the `ADD COLUMN IF NOT EXISTS` that would have made it.
    pub perhaps: Option<Origin>,
    /// Its name before the transaction that gave it another, and that transaction.
    pub renamed_from: Option<(Name, u32)>,
    /// What it was called when it was made, where it has been renamed since.
    pub made_as: Option<Name>,
}

/// A generated column.
#[derive(Clone, Debug, PartialEq)]
pub struct GeneratedColumn {
    /// Its expression.
    pub expr: Expr,
    /// Stored, not virtual.
    pub stored: bool,
}

/// Columns in which the rows of a table differ, as a unique index would have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Distinct {
    /// The columns. Rows with a NULL among them may be alike.
    pub columns: Vec<Name>,
    /// The statement that shows it.
    pub since: Origin,
    /// How it shows it.
    pub told: Told,
}

/// What shows that rows differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// An index kept it so that is gone: once the transaction is over, others may write duplicates.
    Unkept,
    /// An UPDATE has given every row a value of its own.
    Written,
    /// A DELETE has taken rows away that were alike in some of these columns; in which is not known.
    Cleaned,
}

/// A constraint of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct TableConstraint {
    /// Written, or made up as the server does.
    pub name: Name,
    /// What it demands.
    pub kind: TableConstraintKind,
    /// All rows were checked.
    pub valid: bool,
    /// New rows are checked.
    pub enforced: bool,
    /// It comes from a parent.
    pub inherited: bool,
    /// `NO INHERIT`.
    pub no_inherit: bool,
    /// Where it was made.
    pub origin: Option<Origin>,
    /// What it was called when it was made, where it has been renamed since.
    pub made_as: Option<Name>,
}

impl TableConstraint {
    /// Gives it another name.
    pub fn rename(&mut self, to: &Name) {
        let before = std::mem::replace(&mut self.name, to.clone());
        self.made_as.get_or_insert(before);
    }
}

/// What a constraint demands. Columns are names; renames rewrite them.
#[derive(Clone, Debug, PartialEq)]
pub enum TableConstraintKind {
    /// `NOT NULL`.
    NotNull {
        /// The column.
        column: Name,
    },
    /// `CHECK`.
    Check {
        /// The expression.
        expr: Expr,
        /// The columns that it uses.
        columns: Vec<Name>,
    },
    /// `UNIQUE`.
    Unique {
        /// Its columns.
        columns: Vec<Name>,
        /// Its index.
        index: RelationId,
    },
    /// `PRIMARY KEY`.
    PrimaryKey {
        /// Its columns.
        columns: Vec<Name>,
        /// Its index.
        index: RelationId,
    },
    /// `EXCLUDE`.
    Exclude {
        /// Its plain columns.
        columns: Vec<Name>,
        /// Its index.
        index: RelationId,
    },
    /// `FOREIGN KEY`.
    ForeignKey {
        /// The referencing columns.
        columns: Vec<Name>,
        /// The referenced table.
        references: RelationId,
        /// The referenced columns; empty where they are not known.
        referenced_columns: Vec<Name>,
        /// Folded.
        on_delete: Option<Name>,
        /// Likewise.
        on_update: Option<Name>,
        /// What else it says.
        options: ForeignKeyOptions,
    },
}

/// What a foreign key says beside its columns and actions: two keys that differ here are not the same.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ForeignKeyOptions {
    /// `MATCH FULL`.
    pub match_full: bool,
    /// `DEFERRABLE`.
    pub deferrable: bool,
    /// `INITIALLY DEFERRED`.
    pub initially_deferred: bool,
}

impl ForeignKeyOptions {
    /// Those of a REFERENCES clause.
    pub fn of(constraint: &Constraint, key: &ForeignKey) -> Self {
        Self {
            match_full: key.match_full,
            deferrable: constraint.deferrable,
            initially_deferred: constraint.initially_deferred,
        }
    }
}

/// A referential action; left out it is `NO ACTION`.
fn action(action: Option<&Name>) -> &str {
    action.map_or("no action", Name::as_str)
}

impl TableConstraintKind {
    /// The columns that it is about.
    pub fn columns(&self) -> &[Name] {
        match self {
            Self::NotNull { column } => std::slice::from_ref(column),
            Self::Check { columns, .. }
            | Self::Unique { columns, .. }
            | Self::PrimaryKey { columns, .. }
            | Self::Exclude { columns, .. }
            | Self::ForeignKey { columns, .. } => columns,
        }
    }

    /// What a sentence calls it.
    pub fn noun(&self) -> &'static str {
        match self {
            Self::NotNull { .. } => "NOT NULL constraint",
            Self::Check { .. } => "CHECK constraint",
            Self::Unique { .. } => "UNIQUE constraint",
            Self::PrimaryKey { .. } => "primary key",
            Self::Exclude { .. } => "EXCLUDE constraint",
            Self::ForeignKey { .. } => "foreign key",
        }
    }

    /// Whether the two are the same foreign key, so that a partition's can stand for its parent's (`tryAttachPartitionForeignKey`).
    pub fn is_same_key(&self, other: &Self) -> bool {
        let (
            Self::ForeignKey { columns, references, referenced_columns, on_delete, on_update, options },
            Self::ForeignKey {
                columns: other_columns,
                references: other_table,
                referenced_columns: other_referenced,
                on_delete: other_delete,
                on_update: other_update,
                options: others,
            },
        ) = (self, other)
        else {
            return false;
        };
        columns == other_columns
            && references == other_table
            && referenced_columns == other_referenced
            && action(on_delete.as_ref()) == action(other_delete.as_ref())
            && action(on_update.as_ref()) == action(other_update.as_ref())
            && options == others
    }

    /// The index that keeps it.
    pub fn index(&self) -> Option<RelationId> {
        match self {
            Self::Unique { index, .. } | Self::PrimaryKey { index, .. } | Self::Exclude { index, .. } => Some(*index),
            _ => None,
        }
    }
}

/// What a table is a partition of.
#[derive(Clone, Debug, PartialEq)]
pub struct Partition {
    /// The partitioned table.
    pub parent: RelationId,
    /// Its share.
    pub bound: PartitionBound,
}

/// A trigger, policy or rule of a table or view.
#[derive(Clone, Debug, PartialEq)]
pub struct Attachment {
    /// Trigger, policy or rule.
    pub kind: crate::statement::ObjectKind,
    /// Its name.
    pub name: Name,
    /// Columns of the table that it depends on: `UPDATE OF`, `WHEN`, `USING`.
    pub columns: Vec<Name>,
    /// The trigger's function.
    pub function: Option<Name>,
    /// Functions that it calls, without their schemas; the trigger's among them.
    pub functions: Vec<Name>,
    /// Other relations that its expressions or actions read.
    pub reads: Vec<RelationId>,
    /// Of a policy: columns of these.
    pub foreign_columns: Vec<(RelationId, Name)>,
    /// A trigger `FOR EACH ROW`: partitions get it, too.
    pub for_each_row: bool,
    /// It comes from the partitioned table.
    pub inherited: bool,
    /// Of a trigger or rule: when it runs.
    pub runs: Runs,
    /// Where it was made.
    pub origin: Origin,
}

impl Column {
    /// Whether it gets a value where none is given.
    pub fn fills_itself(&self) -> bool {
        self.default.is_some() || self.generated.is_some() || self.sequence.is_some()
    }
}

impl Attachment {
    /// Whether it mentions a column of another relation.
    pub(super) fn uses_foreign(&self, relation: RelationId, column: &Name) -> bool {
        self.foreign_columns.iter().any(|(id, name)| *id == relation && name == column)
    }
}

/// When a trigger or rule runs, and what.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Runs {
    /// `insert`, `update`, `delete`, `truncate`, and of rules `select`.
    pub events: Vec<Name>,
    /// `UPDATE OF`: only where one of the attachment's columns is assigned.
    pub update_of: bool,
    /// In the place of what the statement asks for: a trigger `INSTEAD OF`, a rule `DO INSTEAD` without a condition.
    pub instead: bool,
    /// At the end of the transaction.
    pub deferred: bool,
    /// `ALTER TABLE ... DISABLE`.
    pub disabled: bool,
    /// What a rule does.
    pub actions: std::sync::Arc<[Statement]>,
}

/// Extended statistics of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct ExtendedStatistics {
    /// Their schema.
    pub schema: Name,
    /// Their name.
    pub name: Name,
    /// The columns that they are about, also within expressions.
    pub columns: Vec<Name>,
    /// Where they were made.
    pub origin: Origin,
}

/// An index.
#[derive(Clone, Debug, PartialEq)]
pub struct Index {
    /// The table or materialized view.
    pub table: RelationId,
    /// Its keys; column names in them are rewritten by renames.
    pub keys: Vec<IndexKey>,
    /// `INCLUDE (...)`.
    pub include: Vec<Name>,
    /// `WHERE`.
    pub predicate: Option<Expr>,
    /// Folded.
    pub method: Name,
    /// `UNIQUE`.
    pub unique: bool,
    /// The constraint that it keeps.
    pub constraint: Option<Name>,
    /// The index of the partitioned table that it belongs to.
    pub parent: Option<RelationId>,
    /// `NULLS NOT DISTINCT`: NULL is equal to NULL.
    pub nulls_not_distinct: bool,
    /// The constraint that it keeps may be checked as late as at COMMIT: no foreign key can reference it.
    pub deferrable: bool,
    /// False after `ON ONLY` on a partitioned table, until every partition is attached.
    pub valid: bool,
    /// The table was clustered on it last: `CLUSTER t USING i`, `ALTER TABLE t CLUSTER ON i`.
    pub clustered: bool,
}

/// A view or a materialized view.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    /// `MATERIALIZED`.
    pub materialized: bool,
    /// Relations that its query reads.
    pub reads: Vec<RelationId>,
    /// Columns that its query mentions, by relation; `*` was expanded where the relation's columns were
    /// known, and stays `*` where not.
    pub columns: Vec<(RelationId, Name)>,
    /// Functions that its query calls, without their schemas.
    pub functions: Vec<Name>,
    /// What could not be resolved to a relation.
    pub unresolved: Vec<ColumnUse>,
    /// Names of its own columns, where they are known.
    pub outputs: Vec<Name>,
    /// Their types, in the same order; `None`: not known.
    pub output_types: Vec<Option<TypeName>>,
    /// The query was understood, and all it reads is known.
    pub complete: bool,
    /// Its query leaves out rows of what it reads, as far as its text tells.
    pub narrowed: bool,
    /// Rules, triggers.
    pub attachments: Vec<Attachment>,
    /// A materialized view that was created or refreshed WITH NO DATA.
    pub empty: bool,
}

/// A sequence.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Sequence {
    /// The column that it belongs to, and goes with.
    pub owned_by: Option<(RelationId, Name)>,
    /// Neither its definition nor a later statement says where it starts or by how much it goes on: it gives out 1, 2, 3.
    pub from_one: bool,
}

impl View {
    /// A view whose query is not known.
    pub(super) fn unseen(materialized: bool) -> Self {
        Self {
            materialized,
            reads: Vec::new(),
            columns: Vec::new(),
            functions: Vec::new(),
            unresolved: Vec::new(),
            outputs: Vec::new(),
            output_types: Vec::new(),
            narrowed: true,
            complete: false,
            attachments: Vec::new(),
            empty: false,
        }
    }
}

impl Table {
    /// Whether the triggers, policies and rules that are known are there for certain.
    pub fn keeps_attachments(&self) -> bool {
        !self.altered_unseen && !self.attached_unseen
    }

    /// Whether all of its triggers, policies and rules are known.
    pub fn knows_attachments(&self) -> bool {
        self.complete && !self.attached_unseen
    }

    /// A column by name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// A constraint by name.
    pub fn constraint(&self, name: &str) -> Option<&TableConstraint> {
        self.constraints.iter().find(|constraint| constraint.name == name)
    }

    /// The constraint that it inherits from a parent's, where it does: of foreign keys and NOT NULL by what they demand, of others by
    /// name.
    pub fn inherited_from(&self, parents: &TableConstraint) -> Option<&TableConstraint> {
        self.constraints.iter().filter(|constraint| constraint.inherited).find(|constraint| {
            use TableConstraintKind::{ForeignKey, NotNull};
            match (&constraint.kind, &parents.kind) {
                (NotNull { column }, NotNull { column: parents }) => column == parents,
                (ForeignKey { .. }, ForeignKey { .. }) => constraint.kind.is_same_key(&parents.kind),
                _ => constraint.name == parents.name,
            }
        })
    }

    /// The primary key.
    pub fn primary_key(&self) -> Option<&TableConstraint> {
        self.constraints.iter().find(|constraint| matches!(constraint.kind, TableConstraintKind::PrimaryKey { .. }))
    }

    /// Its foreign keys.
    pub fn foreign_keys(&self) -> impl Iterator<Item = &TableConstraint> {
        self.constraints.iter().filter(|constraint| matches!(constraint.kind, TableConstraintKind::ForeignKey { .. }))
    }

    /// Whether it is a partitioned table.
    pub fn is_partitioned(&self) -> bool {
        self.partition_by.is_some()
    }

    /// Whether its partition key uses a column.
    pub fn in_partition_key(&self, column: &str) -> bool {
        let key = self.partition_by.iter().flat_map(|by| &by.key);
        key.flat_map(Expr::columns).any(|used| used.name == column)
    }

    /// Switches row level security in a file.
    pub fn set_row_security(&mut self, switch: RowSecurity, file: SourceId) {
        match switch {
            RowSecurity::Enable => (self.row_security, self.row_security_off) = (true, None),
            RowSecurity::Disable => {
                self.row_security_off = if self.row_security { Some(file) } else { self.row_security_off };
                self.row_security = false;
            }
            RowSecurity::Force => self.force_row_security = true,
            RowSecurity::NoForce => self.force_row_security = false,
        }
    }
}
