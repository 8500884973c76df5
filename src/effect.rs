//! Effects: what a statement does to a live server, in the words that rules may use.
//!
//! This is the narrow waist: analysis ([`crate::analyze`]) makes effects and knows no rule, rules read them and never see SQL.
//! A kind is a third-person verb whose subject is the statement or the migration. To add one, add an entry to `effects!` below, its
//! analysis, and a fixture; the table in `rules/README.md` is compared with this file by a test.

mod words;

pub use words::*;

use crate::catalog::RelationId;
use crate::diagnostic::Label;
use crate::fix::Fix;
use crate::source::{Location, Span};
use smol_str::SmolStr;

/// A relation that an effect is about, as it stood when the statement began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Which one; `None` where it could not be entered in the catalog.
    pub id: Option<RelationId>,
    /// Without its schema where that is `public`, else `schema.name`.
    pub relation: SmolStr,
    /// Its name when the open transaction began: the one that others know until it is committed. Where a column was copied to a table that has
    /// that name by now, the present one.
    pub before: SmolStr,
    /// What programs call it: the same or, outside of a transaction, its name when the file began. The field `before` of rules.
    pub known_as: SmolStr,
    /// What kind of relation.
    pub relation_kind: RelationKind,
    /// The strongest lock on it that the open transaction holds already.
    pub held: Option<LockMode>,
    /// Nobody else uses it yet: created earlier in the same deployment. Where a column goes or changes its name, the column.
    pub new: bool,
    /// This deployment makes it unless it exists, and whether it does is not known.
    pub perhaps_new: bool,
    /// It existed before the open transaction began (outside one: before the statement).
    pub existed: bool,
    /// What a scan or a backfill would meet.
    pub rows: Rows,
    /// Its size, from the configuration.
    pub size: Size,
}

impl Subject {
    /// One of which no more is known than its name and kind: others use it.
    pub fn named(name: impl Into<SmolStr>, relation_kind: RelationKind) -> Self {
        let relation = name.into();
        Self {
            id: None,
            before: relation.clone(),
            known_as: relation.clone(),
            relation,
            relation_kind,
            held: None,
            new: false,
            perhaps_new: false,
            existed: true,
            rows: Rows::Unknown,
            size: Size::Unknown,
        }
    }
}

/// One effect.
#[derive(Clone, Debug, PartialEq)]
pub struct Effect {
    /// What happens, with the kind's own fields.
    pub kind: EffectKind,
    /// The relation it happens to; `None` where it is about none.
    pub subject: Option<Subject>,
    /// The statement that causes it or, of an ALTER with several actions, the action; inside a `DO` block, the statement there.
    /// Effects with one cause become one finding.
    pub cause: Location,
    /// The exact tokens to point at, within the cause.
    pub focus: Span,
    /// How sure it is.
    pub confidence: Confidence,
    /// What explains it: "created here", dependents one by one. Never "holds the lock": a rule's label says that.
    pub because: Vec<Label>,
    /// What was assumed, a line each: "the column's old type is not known".
    pub assumptions: Vec<String>,
    /// The same file puts it right: what was dropped or renamed is there again when it ends.
    pub mended: bool,
    /// A change that would take the effect away.
    pub fix: Option<Fix>,
}

impl Effect {
    /// One that is certain, of a whole statement.
    pub fn new(kind: EffectKind, subject: Option<Subject>, cause: Location) -> Self {
        Self {
            kind,
            subject,
            cause,
            focus: cause.span,
            confidence: Confidence::Certain,
            because: Vec::new(),
            assumptions: Vec::new(),
            mended: false,
            fix: None,
        }
    }
}

/// The value of a field, as a condition or a hole sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// One of a closed list of words; see [`FieldType::Word`].
    Word {
        /// The word as conditions write it.
        word: &'static str,
        /// As sentences write it.
        display: &'static str,
        /// Its place in the list.
        rank: usize,
    },
    /// Any text.
    Text(SmolStr),
    /// A truth value.
    Boolean(bool),
    /// A number.
    Count(u64),
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Word { display, .. } => f.write_str(display),
            Self::Text(text) => f.write_str(text),
            Self::Boolean(value) => write!(f, "{value}"),
            Self::Count(count) => write!(f, "{count}"),
        }
    }
}

/// What values a field can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldType {
    /// One of these.
    Word(&'static [&'static str]),
    /// One of these, in ascending order.
    Ordered(&'static [&'static str]),
    /// Any text.
    Text,
    /// `true` or `false`.
    Boolean,
    /// A number from 0.
    Count,
}

/// A field of an effect, for loading rules and for documentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldSpec {
    /// Its name.
    pub name: &'static str,
    /// Its values.
    pub ty: FieldType,
    /// What it means.
    pub doc: &'static str,
}

/// A kind of effect, for loading rules and for documentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KindSpec {
    /// Its name, a third-person verb.
    pub name: &'static str,
    /// What it means.
    pub doc: &'static str,
    /// Its own fields; the common ones are [`COMMON_FIELDS`].
    pub fields: &'static [FieldSpec],
}

/// A type that a field may have.
pub trait FieldValue {
    /// Its values.
    const TYPE: FieldType;
    /// This value.
    fn value(&self) -> Value;
}

impl FieldValue for bool {
    const TYPE: FieldType = FieldType::Boolean;
    fn value(&self) -> Value {
        Value::Boolean(*self)
    }
}

impl FieldValue for SmolStr {
    const TYPE: FieldType = FieldType::Text;
    fn value(&self) -> Value {
        Value::Text(self.clone())
    }
}

impl FieldValue for usize {
    const TYPE: FieldType = FieldType::Count;
    fn value(&self) -> Value {
        Value::Count(*self as u64)
    }
}

macro_rules! effects {
    ($( $(#[doc = $doc:literal])+ $variant:ident = $name:literal { $( $(#[doc = $field_doc:literal])+ $field:ident: $ty:ty, )* } )+) => {
        /// What happens. The order is the rank among findings of one cause and severity: the first speaks.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum EffectKind {
            $( $(#[doc = $doc])+ $variant { $( $(#[doc = $field_doc])+ $field: $ty, )* }, )+
        }

        impl EffectKind {
    /// [`Self::BreaksClients`] where nothing takes the object's place.
    pub fn breaks_clients(change: ClientChange, object: SmolStr) -> Self {
        Self::renames_for_clients(change, object, SmolStr::default())
    }

    /// [`Self::BreaksClients`] where the object has a new name, and no view can stand for it under the old one.
    pub fn renames_for_clients(change: ClientChange, object: SmolStr, to: SmolStr) -> Self {
        let (old_columns, as_caller, ungranted) = Default::default();
        Self::BreaksClients { change, object, to, old_columns, as_caller, ungranted }
    }

    /// [`Self::MayFail`] but for a new column's missing value.
    pub fn may_fail(reason: MayFailReason, object: SmolStr, backfilled: bool) -> Self {
        Self::MayFail { reason, object, backfilled, filler: SmolStr::default() }
    }

            /// All kinds with their fields, in rank order.
            pub const SPECS: &[KindSpec] = &[
                $( KindSpec {
                    name: $name,
                    doc: concat!($($doc),+),
                    fields: &[ $( FieldSpec { name: stringify!($field), ty: <$ty as FieldValue>::TYPE, doc: concat!($($field_doc),+) }, )* ],
                }, )+
            ];

            /// Its name.
            pub fn name(&self) -> &'static str {
                match self { $( Self::$variant { .. } => $name, )+ }
            }

            /// One of its own fields.
            pub fn field(&self, name: &str) -> Option<Value> {
                match self {
                    $( Self::$variant { $( $field, )* } => {
                        $( if name == stringify!($field) { return Some(FieldValue::value($field)); } )*
                        let _ = name;
                        None
                    } )+
                }
            }
        }
    };
}

effects! {
    /// The server refuses the statement, for certain.
    Fails = "fails" {
        /// Why.
        reason: FailReason,
        /// The SQLSTATE that the server answers with.
        sqlstate: SmolStr,
        /// The object that is missing, there already, or of the wrong kind.
        object: SmolStr,
        /// Who made the transaction or the order that is in the way.
        owner: Owner,
    }
    /// The server refuses the statement if a row is not as it demands.
    MayFail = "may-fail" {
        /// What rows may violate.
        reason: MayFailReason,
        /// The column or constraint; of references to an empty table, that table.
        object: SmolStr,
        /// These migrations filled or checked the rows before.
        backfilled: bool,
        /// Of rows without a value for a new column: what may give them one; empty where each needs its own.
        filler: SmolStr,
    }
    /// A function names in its body what goes or changes its name; it fails when it is called next.
    BreaksFunction = "breaks-function" {
        /// The function.
        function: SmolStr,
        /// What it names: a relation, or a column with its table.
        object: SmolStr,
        /// A trigger of the table calls it: whoever writes the table fails.
        trigger: bool,
    }
    /// A table, a column or rows are gone for good.
    LosesData = "loses-data" {
        /// What is lost.
        object: LostObject,
        /// Its name; of a column without the table.
        name: SmolStr,
        /// It goes because of CASCADE, not by name.
        cascade: bool,
        /// It can be made again: a generated column, an index, a materialized view; rows of constants that the same transaction inserts anew.
        generated: bool,
        /// How many other objects go with it.
        dependents: usize,
        /// Of a column: the one into which an UPDATE or INSERT of the same deployment (of a copied column: an earlier one) copied it, with
        /// its table where that is another. Of a table: the one into which an INSERT copied all of its rows (of a copied table: or
        /// INSERT or UPDATE a part of its values). Of several the first three. Else empty.
        copied_to: SmolStr,
        /// The transaction keeps writers out of the table since before its rows were copied.
        guarded: bool,
    }
    /// Every row is written to a new file; the table is locked meanwhile.
    RewritesTable = "rewrites-table" {
        /// Why.
        reason: RewriteReason,
        /// The column that causes it; empty where none does.
        column: SmolStr,
        /// The column's type before and after, where the change of type is the reason: `integer -> bigint`.
        change: SmolStr,
        /// `VIRTUAL` where a column that is computed on reading could stand for the stored one (18); else empty.
        instead: SmolStr,
        /// Of a change of type: the type to add the column with in the first place, where the same transaction or deployment adds it. Else
        /// empty.
        added_as: SmolStr,
        /// Of a change of type otherwise: `a trigger`, which keeps a new column in step with this one. Else empty.
        kept_by: SmolStr,
        /// What the lock held meanwhile blocks.
        blocks: Blocks,
    }
    /// The whole table is read, to check or build something, and not as a part of a rewrite.
    ScansTable = "scans-table" {
        /// What for.
        reason: ScanReason,
        /// The column or constraint that is checked; empty where none is.
        object: SmolStr,
        /// What the lock held meanwhile blocks.
        blocks: Blocks,
        /// Why nothing proves that the scan is needless.
        proof: Proof,
        /// What an ALTER TABLE adds, if it is still there when the file ends: the name of the CHECK or foreign key, as written or as the
        /// server makes it up, or the column that refuses NULL from then on. Else empty.
        constraint: SmolStr,
        /// The same, if the file drops it again; else empty.
        dropped_again: SmolStr,
    }
    /// An index is built.
    BuildsIndex = "builds-index" {
        /// The index.
        index: SmolStr,
        /// It is unique.
        unique: bool,
        /// Without blocking writes.
        concurrently: bool,
        /// Its key columns and expressions, separated by `, `.
        columns: SmolStr,
        /// How many these are.
        keys: usize,
        /// There is an expression among them.
        computed: bool,
        /// What asks for it.
        reason: BuildReason,
        /// What takes it over once it is built: `UNIQUE`, `PRIMARY KEY`; empty where nothing does.
        clause: SmolStr,
        /// What the open transaction, or the statement itself, has to do before an index of that kind can be built, as in `add the column login`; empty
        /// where it can be built before the transaction.
        awaits: SmolStr,
        /// The key columns of a PRIMARY KEY that nothing keeps from holding NULL, separated by `, `; by the names of `built_over`.
        nullable: SmolStr,
        /// Where a constraint asks for it: the name that its table has when the index can be built by itself, which is before the open
        /// transaction or, where that has to do something first, after the file. Else empty.
        built_on: SmolStr,
        /// Where a constraint asks for it: the names that its key columns have then. Else empty.
        built_over: SmolStr,
        /// A name under which it can be built before. Where a constraint asks for it: its own, unless that is in use until the files drop
        /// another. Where a statement asks for it: empty, unless the file drops another of its name.
        beforehand: SmolStr,
        /// The statement gives it no name.
        unnamed: bool,
        /// The same statement drops an index of that name, and this one takes its place.
        replaces: bool,
        /// How many indexes the table has already.
        others: usize,
        /// What the lock held meanwhile blocks.
        blocks: Blocks,
    }
    /// An existing index is built anew.
    RebuildsIndex = "rebuilds-index" {
        /// The index.
        index: SmolStr,
        /// Without blocking writes.
        concurrently: bool,
        /// Why.
        reason: RebuildReason,
        /// What the lock held meanwhile blocks.
        blocks: Blocks,
    }
    /// A foreign key column is filled with a constant.
    ReferencesByLiteral = "references-by-literal" {
        /// The foreign key's column or columns, separated by `, `.
        column: SmolStr,
        /// The referenced table.
        references: SmolStr,
        /// The constant, as written.
        value: SmolStr,
        /// Whether these migrations make the referenced row.
        referenced_row: ReferencedRow,
        /// What kind of file does it.
        role: FileRole,
    }
    /// Rows are written or removed.
    WritesRows = "writes-rows" {
        /// How.
        verb: WriteVerb,
        /// What bounds the rows.
        bounded: Bounded,
        /// In a loop of batches, or a part of it that a LIMIT bounds.
        batched: bool,
        /// Each batch is committed.
        commits_each: bool,
        /// In a loop.
        looped: bool,
        /// It fills a column in the rows that have none, `SET c = ... WHERE c IS NULL`, or in all that another table has a value for.
        backfill: bool,
        /// The column that an UPDATE gives one constant wherever it has no value, where the same file has added it; else empty.
        defaulted: SmolStr,
        /// Between the batches the loop sleeps.
        throttled: bool,
        /// The query that picks a batch has an ORDER BY.
        ordered: bool,
        /// It locks the rows, and passes over those that somebody else has locked.
        skip_locked: bool,
        /// Its LIMIT; 0 where none is known.
        batch_size: usize,
        /// How many rows a VALUES list or inline data has; 0 where that is not known.
        row_count: usize,
        /// For INSERT: the table whose rows are copied; else empty.
        source: SmolStr,
        /// A column of the primary key is assigned.
        assigns_key: bool,
        /// The migration tool's own record of what has run.
        bookkeeping: bool,
        /// The table holds kinds, tiers or states: the migrations fill it with constants under words.
        lookup: bool,
        /// A value that looks like an example, such as `jane@example.com`; else empty.
        sample: SmolStr,
        /// The column that is given a secret in plain text; else empty.
        secret: SmolStr,
        /// The file is seed data, no migration.
        seed: bool,
        /// Of a DELETE of every row: the migrations had inserted constants, and the same transaction inserts constants in their place.
        refilled: bool,
    }
    /// Clients that know the old schema fail.
    BreaksClients = "breaks-clients" {
        /// What changes.
        change: ClientChange,
        /// The object's old name; of a column without the table.
        object: SmolStr,
        /// Its new name, where it has one.
        to: SmolStr,
        /// Of a table that is renamed: what a view under the old name selects so that programs find every column by its old name: `*`, or
        /// the columns, `new AS old` where the same file renames them. Empty where these are not known, and of all else.
        old_columns: SmolStr,
        /// What makes such a view read as its caller, where the table has row level security (15): `security_invoker = true`; else empty.
        as_caller: SmolStr,
        /// Who has no privileges on such a view: `the programs`; empty where default privileges give them to all who have some on the table.
        ungranted: SmolStr,
    }
    /// Long work runs while a strong lock from an earlier statement is held.
    RunsUnderLock = "runs-under-lock" {
        /// The work.
        work: Work,
        /// The lock held.
        held: LockMode,
        /// What that lock blocks.
        blocks: Blocks,
        /// The relation that is locked.
        held_relation: SmolStr,
        /// What it is called by now: the same transaction may have renamed it.
        held_as: SmolStr,
        /// The work is on the same relation.
        same_relation: bool,
        /// A transaction of its own in which the work can be done; empty where it cannot.
        apart: SmolStr,
        /// Of an UPDATE that computes a column from itself, which the same transaction gave another name: the column. Whoever reads one
        /// without the other reads values that mean something else.
        recast: SmolStr,
    }
    /// A DO block opens a subtransaction in every round of a loop: a block with EXCEPTION is one.
    OpensSubtransactions = "opens-subtransactions" {}
    /// Long work that blocks nobody runs against a limit that cancels it.
    RunsUnderTimeout = "runs-under-timeout" {
        /// The work.
        work: Work,
        /// The setting.
        setting: SmolStr,
        /// Its value.
        value: SmolStr,
    }
    /// One transaction holds strong locks on several live relations.
    HoldsSeveral = "holds-several" {
        /// How many.
        count: usize,
        /// At least two of them are locked like this, or more strongly.
        lock: LockMode,
        /// What that blocks.
        blocks: Blocks,
    }
    /// A column is added.
    AddsColumn = "adds-column" {
        /// The column.
        column: SmolStr,
        /// Its type, as the server calls it.
        data_type: SmolStr,
        /// It refuses NULL.
        not_null: bool,
        /// It has a default, an identity or a generation expression.
        filled: bool,
        /// `IF NOT EXISTS`.
        if_not_exists: bool,
        /// An older column of the table has that type.
        repeated: bool,
    }
    /// A column's type changes.
    ChangesType = "changes-type" {
        /// The column.
        column: SmolStr,
        /// The old type; empty where it is not known.
        from: SmolStr,
        /// The new type.
        to: SmolStr,
        /// The rows stay only because the session's TimeZone is taken to be UTC: nothing says so.
        by_time_zone: bool,
    }
    /// A constraint is added.
    AddsConstraint = "adds-constraint" {
        /// The constraint's name; empty where the server makes one up.
        name: SmolStr,
        /// What kind.
        constraint: ConstraintWord,
        /// Existing rows are checked at once.
        validated: bool,
        /// How many columns it is over.
        columns: usize,
        /// `DEFERRABLE`.
        deferrable: bool,
        /// Of a foreign key: `no action`, `restrict`, `cascade`, `set null`, `set default`; else, and where it is not written, empty.
        on_delete: SmolStr,
        /// Of a foreign key: the referenced table.
        references: SmolStr,
        /// New rows are checked: not `NOT ENFORCED`.
        enforced: bool,
        /// Of a CHECK: what the outcome for one row depends on.
        depends_on: DependsOn,
    }
    /// The columns of a foreign key have another type than those that they reference.
    MismatchesKey = "mismatches-key" {
        /// The foreign key's column.
        column: SmolStr,
        /// Its type.
        data_type: SmolStr,
        /// The referenced table.
        references: SmolStr,
        /// The referenced column's type.
        referenced_type: SmolStr,
        /// The column cannot hold every value that the referenced one can.
        narrower: bool,
    }
    /// A column changes in a way that neither reads nor writes rows.
    ChangesColumn = "changes-column" {
        /// The column.
        column: SmolStr,
        /// How.
        change: ColumnChange,
    }
    /// A table tells its subscribers otherwise which row was changed.
    ChangesReplicaIdentity = "changes-replica-identity" {
        /// By what.
        identity: ReplicaIdentity,
    }
    /// A sequence begins anew.
    RestartsSequence = "restarts-sequence" {
        /// The column that draws from it, where one alone is known; else empty.
        column: SmolStr,
        /// That column's table; else empty.
        table: SmolStr,
        /// Where no such column is known: which value it has to be behind.
        behind: SmolStr,
    }
    /// A row gets a constant where its values come from a sequence, which does not learn of it.
    BypassesSequence = "bypasses-sequence" {
        /// The column.
        column: SmolStr,
        /// The first constant, as written.
        value: SmolStr,
    }
    /// A function gets one more overload, where OR REPLACE may have meant to replace one.
    Overloads = "overloads" {
        /// The function.
        name: SmolStr,
        /// How many overloads there were.
        count: usize,
    }
    /// A name is longer than the server's longest, and is cut off.
    TruncatesName = "truncates-name" {
        /// What is left of it.
        name: SmolStr,
        /// Something else of the same kind has that name already.
        collides: bool,
    }
    /// A query over tables that hold rows already runs within the migration, to fill a new relation.
    RunsQuery = "runs-query" {
        /// What it fills: `table`, `materialized view`.
        object: SmolStr,
        /// Its name.
        name: SmolStr,
    }
    /// An INSERT names no columns: it counts on their order.
    InsertsByPosition = "inserts-by-position" {
    }
    /// A view is made of `*`, which stands for the columns of that moment for ever.
    FreezesColumns = "freezes-columns" {
        /// The view.
        view: SmolStr,
    }
    /// Another statement does the same with a weaker lock.
    LocksNeedlessly = "locks-needlessly" {
        /// How that statement begins.
        instead: SmolStr,
    }
    /// A condition compares something with NULL by an operator: the outcome is never true.
    ComparesWithNull = "compares-with-null" {
        /// The comparison, as written.
        comparison: SmolStr,
    }
    /// A table is created.
    CreatesTable = "creates-table" {
        /// `IF NOT EXISTS`.
        if_not_exists: bool,
        /// `TEMPORARY`.
        temporary: bool,
        /// `UNLOGGED`.
        unlogged: bool,
        /// How many columns it is written with.
        columns: usize,
        /// Its name is written with a schema.
        qualified: bool,
        /// How many bytes of every row another order of its columns of fixed length would save.
        padding: usize,
        /// `PARTITION OF ... DEFAULT`.
        default_partition: bool,
    }
    /// Any other object is created.
    CreatesObject = "creates-object" {
        /// What kind, as in `materialized view`.
        object: SmolStr,
        /// Its name.
        name: SmolStr,
        /// `OR REPLACE`.
        or_replace: bool,
    }
    /// Any object that holds no rows is dropped.
    DropsObject = "drops-object" {
        /// What kind, as in `materialized view`.
        object: SmolStr,
        /// Its name.
        name: SmolStr,
        /// `CASCADE`.
        cascade: bool,
        /// `IF EXISTS`.
        if_exists: bool,
        /// Without blocking reads.
        concurrently: bool,
        /// The statement names it; else it goes with what the statement names.
        named: bool,
        /// A unique index or constraint, or a primary key.
        unique: bool,
        /// The key columns of an index, the columns of a constraint, separated by `, `. Of a trigger whose function does nothing else: the
        /// columns that it writes, each behind its table.
        columns: SmolStr,
        /// An index: another statement of the transaction locks its table as strongly, for something else.
        locked: bool,
        /// A sequence that belongs to a column, but from which no column draws any more.
        idle: bool,
        /// An index: the same file drops a column of it, or its table, with which it would go in any case.
        goes_anyway: bool,
        /// A foreign key: the table that it references.
        references: SmolStr,
    }
    /// A table becomes a partition of the relation, or is created as one.
    AttachesPartition = "attaches-partition" {
        /// The partition.
        partition: SmolStr,
        /// By CREATE TABLE ... PARTITION OF.
        created: bool,
    }
    /// A partition is taken out of its table; its rows stay in it.
    DetachesPartition = "detaches-partition" {
        /// The partition.
        partition: SmolStr,
        /// Without blocking reads and writes of the table.
        concurrently: bool,
        /// The partition, where this server has a way to detach it concurrently; empty before 14, and where there is a DEFAULT partition.
        online: SmolStr,
        /// The DEFAULT partition of the table; empty where none is known.
        beside: SmolStr,
    }
    /// Triggers of a table no longer fire, those of its foreign keys among them where all are meant.
    DisablesTriggers = "disables-triggers" {
        /// The trigger; empty for all of them.
        trigger: SmolStr,
        /// Those of foreign keys are among them: what is written meanwhile is not checked, then or later.
        foreign_keys: bool,
    }
    /// Privileges are granted or taken.
    Grants = "grants" {
        /// Which, separated by `, `; of `GRANT role TO role` the roles.
        privileges: SmolStr,
        /// To whom, separated by `, `.
        grantees: SmolStr,
        /// `REVOKE`.
        revoke: bool,
        /// On what kind of object, as in `materialized view`; `role` where a role is granted.
        object: SmolStr,
        /// The objects' names, separated by `, `; with `ALL ... IN SCHEMA` the schemas.
        name: SmolStr,
        /// `ALL ... IN SCHEMA`: what is there today, and nothing that comes later.
        all_in_schema: bool,
        /// One of the grantees is PUBLIC: every role, also those of tomorrow.
        to_public: bool,
        /// Among the privileges is `CREATE`, or `ALL`, which includes it.
        creates: bool,
        /// Among the privileges is one that changes rows or the table: anything but `SELECT`, `REFERENCES`, `USAGE`, `EXECUTE`, `CONNECT`.
        changes: bool,
        /// `WITH GRANT OPTION`, `WITH ADMIN OPTION`.
        grant_option: bool,
        /// `ALTER DEFAULT PRIVILEGES`.
        default_privileges: bool,
    }
    /// A policy lets somebody at rows, as it stands when all migrations have run.
    AllowsRows = "allows-rows" {
        /// The policy.
        policy: SmolStr,
        /// `all`, `select`, `insert`, `update` or `delete`.
        command: SmolStr,
        /// `AS RESTRICTIVE`: it only ever takes away.
        restrictive: bool,
        /// Its roles, separated by `, `; `public` where `TO` is missing.
        roles: SmolStr,
        /// It holds for PUBLIC: `TO` is missing, or names it.
        to_public: bool,
        /// What it demands.
        condition: PolicyCondition,
        /// It calls a function of the session, such as `auth.uid()`, for each row anew.
        per_row_call: bool,
        /// Its conditions use a column of the table.
        uses_row: bool,
        /// How many other permissive policies hold for the same command and role.
        beside: usize,
    }
    /// Row level security gets weaker.
    WeakensRowSecurity = "weakens-row-security" {
        /// How.
        change: Weakening,
        /// The policy that goes; empty where all of them lose their force.
        policy: SmolStr,
    }
    /// A function puts an argument into a command as it is, and executes that: whoever calls it writes the command.
    ExecutesArgument = "executes-argument" {
        /// The function.
        function: SmolStr,
        /// The argument.
        argument: SmolStr,
        /// The function runs with its owner's rights (`SECURITY DEFINER`).
        definer: bool,
    }
    /// A function runs with its owner's rights (`SECURITY DEFINER`), as it stands when all migrations have run.
    RunsAsOwner = "runs-as-owner" {
        /// Function or procedure.
        object: SmolStr,
        /// Its name.
        name: SmolStr,
        /// It has its own `search_path`, or its names were looked up when it was made.
        fixed_path: bool,
        /// Every role may call it.
        public: bool,
        /// It is a trigger's function: nobody calls it by itself.
        trigger: bool,
        /// Others than its owner can make it run, and its body has names without a schema.
        hijackable: bool,
        /// It is in `public`, and for a role of the API nothing was said of EXECUTE by name: Supabase's default privileges give it.
        default_grant: bool,
    }
    /// A view or foreign table gives its rows without the row level security of whoever asks, as it stands when all migrations have run.
    ReadsAsOwner = "reads-as-owner" {
        /// It reads a table that has row level security, or may have, and does not itself leave out rows by who asks.
        guarded: bool,
        /// It reads `auth.users`.
        users: bool,
        /// Everything on it was taken from the roles of the API.
        revoked: bool,
        /// It is outside `public`, for which alone Supabase has default privileges, and these migrations give those roles nothing on it.
        ungranted: bool,
    }
    /// A role is made or changed.
    ChangesRole = "changes-role" {
        /// The role.
        name: SmolStr,
        /// `CREATE`, else `ALTER`.
        create: bool,
        /// It gets an attribute that passes by privileges: `SUPERUSER`, `BYPASSRLS`, `REPLICATION`, `CREATEROLE`; else empty.
        attribute: SmolStr,
        /// Its password.
        password: PasswordWord,
    }
    /// A statement reaches out of the database, into the server's machine.
    ReachesOut = "reaches-out" {
        /// How.
        how: Reach,
        /// The language, library or file.
        name: SmolStr,
    }
    /// An extension is installed.
    InstallsExtension = "installs-extension" {
        /// The extension.
        name: SmolStr,
        /// The schema that is named for its objects; empty: the first of the search path.
        schema: SmolStr,
        /// Whoever may create objects in the database may install it; others need a superuser.
        trusted: bool,
    }
    /// An object gets a name that needs care: one that is not plain.
    NamesObject = "names-object" {
        /// What kind, as in `materialized view`.
        object: SmolStr,
        /// The name, as the server keeps it.
        name: SmolStr,
        /// How it is spelt.
        spelling: Spelling,
    }
    /// A storage parameter of a table or index is set.
    SetsOption = "sets-option" {
        /// The parameter.
        option: SmolStr,
        /// Its value, lower case.
        value: SmolStr,
    }
    /// A statement asks for something that is so already, or that is ignored.
    DoesNothing = "does-nothing" {
        /// Why.
        reason: NothingReason,
        /// The object.
        object: SmolStr,
    }
    /// `IF NOT EXISTS` skips the build of an index where a concurrent build that failed has left an invalid one.
    TrustsInvalidIndex = "trusts-invalid-index" {
        /// The index.
        index: SmolStr,
    }
    /// An index is built in place of one that the file dropped before: meanwhile there is none.
    LeavesIndexGap = "leaves-index-gap" {
        /// The new index.
        index: SmolStr,
        /// The old one.
        dropped: SmolStr,
    }
    /// A lock is taken on a relation, until the transaction ends.
    TakesLock = "takes-lock" {
        /// The mode.
        lock: LockMode,
        /// What it blocks.
        blocks: Blocks,
        /// Is waiting for it bounded?
        timeout: Timeout,
        /// The whole statement is bounded, by `statement_timeout` or `transaction_timeout`.
        limited: bool,
        /// `LOCK` asks for it; else the statement needs it for its work.
        explicit: bool,
        /// The transaction has one at least as strong already: nothing is waited for.
        held: bool,
    }
    /// Other sessions wait on a relation that is not locked itself, or wait for more than its lock says.
    MakesWait = "makes-wait" {
        /// What waits.
        blocks: Blocks,
        /// By which way.
        through: Through,
    }
    /// When all migrations have run, a foreign key has no index on its columns.
    LacksIndex = "lacks-index" {
        /// The foreign key's columns, separated by `, `.
        columns: SmolStr,
        /// The referenced table.
        references: SmolStr,
        /// The table, where the same deployment made it, and neither it nor the columns have been renamed since; else empty.
        made_with: SmolStr,
        /// What there is none of: `index`, or `index of all rows` where indexes of some rows begin with the columns.
        lacking: SmolStr,
        /// An index begins with one of several columns: that narrows the search.
        partly: bool,
        /// Migrations fill the referenced table with constant rows: kinds, states, roles. One row is enough where its key is a word and
        /// the foreign key keeps it from being deleted.
        lookup: bool,
    }
    /// When all migrations have run, everything that an index is good for another is good for as well.
    DuplicatesIndex = "duplicates-index" {
        /// The index.
        index: SmolStr,
        /// The other.
        other: SmolStr,
        /// Both have the same keys; else the other has more.
        same: bool,
        /// The index, where it is what the statement makes; empty where the other was made after it.
        made: SmolStr,
        /// What that means for what the statement makes: the end of a sentence about the one or the other.
        meaning: SmolStr,
    }
    /// When all migrations have run, a table has no primary key.
    LacksKey = "lacks-key" {
        /// A unique index over NOT NULL columns stands in for it.
        unique: bool,
        /// The table is the result of a query: CREATE TABLE AS.
        from_query: bool,
        /// The column `id`, where there is one; else empty.
        candidate: SmolStr,
        /// `id`, where a column can be added under that name; else empty.
        addable: SmolStr,
    }
    /// When all migrations have run, a primary key that is counted up has 32 bits or fewer.
    RunsOut = "runs-out" {
        /// The column.
        column: SmolStr,
        /// Its type.
        data_type: SmolStr,
    }
    /// When all migrations have run, a unique key has columns that refuse NULL and columns that do not: rows with NULL are never equal.
    LetsDuplicatesIn = "lets-duplicates-in" {
        /// The index.
        index: SmolStr,
        /// The columns that may be NULL, separated by `, `.
        columns: SmolStr,
    }
    /// When all migrations have run, a foreign key over several columns of which more than one may be NULL is not `MATCH FULL`.
    SkipsCheck = "skips-check" {
        /// Its columns, separated by `, `.
        columns: SmolStr,
        /// The referenced table.
        references: SmolStr,
    }
    /// When all migrations have run, a table has no row level security.
    LacksPolicy = "lacks-policy" {
        /// Row level security is enabled, but no policy lets anybody in.
        enabled: bool,
        /// There are policies, which do nothing.
        policies: bool,
        /// Everything on the table was taken from the roles of the API.
        revoked: bool,
        /// Whom that lets in among the roles of the API: `everybody`, or `whoever has signed in`.
        open_to: SmolStr,
        /// It is outside `public`, for which alone Supabase has default privileges, and these migrations give those roles nothing on it.
        ungranted: bool,
    }
    /// When all migrations have run, the policies of a table do not hold for its owner: `FORCE ROW LEVEL SECURITY` is missing.
    ExemptsOwner = "exempts-owner" {}
    /// When all migrations have run, a role that was given all tables of a schema has nothing on one that was made later.
    LacksGrant = "lacks-grant" {
        /// The role, or several separated by `, `.
        roles: SmolStr,
        /// The schema.
        schema: SmolStr,
    }
    /// When all migrations have run, a table belongs to whoever ran the migration, where those beside it were given to a role.
    LacksOwner = "lacks-owner" {
        /// The owner of the others.
        owner: SmolStr,
    }
    /// When the file ends, what the planner is to know of an expression or of columns together has not been gathered.
    LacksStatistics = "lacks-statistics" {
        /// What needs them: `index`, `statistics object`.
        object: SmolStr,
        /// Its name.
        name: SmolStr,
    }
    /// When all migrations have run, a constraint is still NOT VALID.
    LeavesUnvalidated = "leaves-unvalidated" {
        /// The constraint.
        name: SmolStr,
        /// What kind.
        constraint: ConstraintWord,
    }
    /// The file ends inside a transaction that it opened.
    LeavesOpen = "leaves-open" {
    }
    /// A transaction begins.
    OpensTransaction = "opens-transaction" {
        /// One is open already.
        nested: bool,
        /// Who opened that.
        owner: Owner,
    }
    /// A transaction ends.
    EndsTransaction = "ends-transaction" {
        /// Its work is undone.
        rollback: bool,
        /// None was open.
        stray: bool,
        /// Who opened it.
        owner: Owner,
        /// The file had written `BEGIN` inside the transaction that was open already.
        after_begin: bool,
    }
    /// A setting changes.
    ChangesSetting = "changes-setting" {
        /// Which.
        setting: SmolStr,
        /// Its new value.
        value: SmolStr,
        /// `LOCAL`.
        local: bool,
        /// `LOCAL` outside a transaction: without effect.
        ineffective: bool,
        /// `ALTER SYSTEM`: for the whole server.
        server_wide: bool,
    }
    /// When the file ends, a setting of the session is not what it was: what runs next in the session inherits it.
    LeavesSetting = "leaves-setting" {
        /// Which.
        setting: SmolStr,
        /// Its value.
        value: SmolStr,
    }
    /// When a later statement of the file fails, this one stays done, and the next try fails on it.
    LeavesHalf = "leaves-half" {
        /// Why a later statement may fail.
        risk: SmolStr,
    }
    /// The migrations make something that a declared schema does not know: whoever pushes that schema drops it.
    SchemaLacks = "schema-lacks" {
        /// What kind.
        object: SchemaObject,
        /// Its name, or the names, separated by `, `; the first three of many. Of what belongs to a table without that.
        name: SmolStr,
        /// How many.
        count: usize,
        /// Who pushes the schema: `Prisma`, `Drizzle Kit`.
        reader: SmolStr,
        /// How that schema says that it is there: `@@index([...])`; empty of what takes more than a word.
        declaration: SmolStr,
    }
    /// A declared schema has something that no migration makes.
    MigrationsLack = "migrations-lack" {
        /// What kind.
        object: SchemaObject,
        /// Its name, or the names, separated by `, `; the first three of many. Of what belongs to a table without that.
        name: SmolStr,
        /// How many.
        count: usize,
        /// Who reads the schema: `Prisma`, `Drizzle Kit`.
        reader: SmolStr,
    }
    /// A column is not declared as the migrations make it.
    SchemaDiffers = "schema-differs" {
        /// In what.
        aspect: SchemaAspect,
        /// The column; of several, the first.
        column: SmolStr,
        /// What the schema says.
        declared: SmolStr,
        /// What the migrations say.
        made: SmolStr,
        /// Whoever pushes the schema drops the column and adds it anew, empty.
        recreated: bool,
        /// How many columns of the table differ in that.
        count: usize,
        /// Who reads the schema: `Prisma`, `Drizzle Kit`.
        reader: SmolStr,
    }
    /// A command around the migrations touches a database.
    RunsCommand = "runs-command" {
        /// The program: `prisma`.
        tool: SmolStr,
        /// What it is asked to do: `db push`.
        verb: SmolStr,
        /// The flag that makes it worse than it would be; may be empty.
        flag: SmolStr,
        /// What it does to the database.
        deed: CommandDeed,
        /// What it does about what would be lost.
        loss: LossWord,
        /// Where it runs.
        place: CommandPlace,
        /// What told that, as the end of a sentence: `when the container starts`.
        occasion: SmolStr,
        /// What to run in a deployment in its place; may be empty.
        instead: SmolStr,
        /// What a push would drop: "`items.embedding`", where the schema that it pushes is known to lack that; else in general.
        lost: SmolStr,
    }
    /// `psql` runs a file of statements.
    RunsPsql = "runs-psql" {
        /// It stops at the first error and says so: `ON_ERROR_STOP`.
        stops: bool,
        /// All of it is one transaction: `--single-transaction`.
        single: bool,
        /// A loop hands over one piece after the other, each to a session of its own.
        pieces: bool,
        /// Where it runs.
        place: CommandPlace,
        /// What told that, as the end of a sentence.
        occasion: SmolStr,
    }
    /// A command does not reach its program as it is written.
    SpoilsCommand = "spoils-command" {
        /// How.
        how: Spoiling,
        /// The program that it was meant for.
        tool: SmolStr,
        /// Where it runs.
        place: CommandPlace,
    }
    /// The program is deployed before its migrations run.
    DeploysFirst = "deploys-first" {
        /// The command that deploys it.
        deployer: SmolStr,
        /// The migration tool, behind it.
        tool: SmolStr,
        /// What that is asked to do.
        verb: SmolStr,
        /// Where it runs.
        place: CommandPlace,
    }
    /// Several containers that start at once run the same migrations.
    RacesItself = "races-itself" {
        /// The migration tool.
        tool: SmolStr,
        /// What it is asked to do.
        verb: SmolStr,
        /// How many containers.
        replicas: usize,
        /// The tool waits for the other.
        locks: bool,
    }
    /// A password stands in a command.
    ShowsSecret = "shows-secret" {
        /// Where in the command: `connection URL`, `PGPASSWORD`.
        secret: SmolStr,
        /// Where it runs.
        place: CommandPlace,
    }
    /// What the statement does cannot be told from its text.
    CannotBeAnalysed = "cannot-be-analysed" {
        /// Why.
        reason: OpaqueReason,
    }
}

/// The fields that every effect has, beside its kind's own.
pub const COMMON_FIELDS: &[FieldSpec] = &[
    FieldSpec { name: "relation", ty: FieldType::Text, doc: "The relation it happens to." },
    FieldSpec {
        name: "before",
        ty: FieldType::Text,
        doc: "The relation's name when the open transaction began, which others know.",
    },
    FieldSpec { name: "relation_kind", ty: RelationKind::TYPE, doc: "What kind of relation." },
    FieldSpec {
        name: "new",
        ty: FieldType::Boolean,
        doc: "Nobody else uses the relation (or the column that goes or changes its name) yet: created earlier in the same deployment.",
    },
    FieldSpec { name: "rows", ty: Rows::TYPE, doc: "What rows a scan or a backfill would meet." },
    FieldSpec { name: "size", ty: Size::TYPE, doc: "The relation's size, from the configuration." },
    FieldSpec {
        name: "exposed",
        ty: FieldType::Boolean,
        doc: "An API serves the relation's schema to clients: by the configuration, or else `public` of a Supabase project.",
    },
    FieldSpec { name: "in_transaction", ty: FieldType::Boolean, doc: "Inside a transaction with other statements." },
    FieldSpec { name: "direction", ty: DirectionWord::TYPE, doc: "On deploy or on rollback." },
    FieldSpec { name: "tool", ty: FieldType::Text, doc: "The migration tool's name; `none` for plain files." },
    FieldSpec { name: "confidence", ty: Confidence::TYPE, doc: "How sure it is." },
    FieldSpec {
        name: "mended",
        ty: FieldType::Boolean,
        doc: "The same file puts it right: what was dropped or renamed is there again when it ends.",
    },
];

impl EffectKind {
    /// Whether what happens takes the longer, the more rows the relation has.
    pub fn grows_with_rows(&self) -> bool {
        matches!(
            self,
            Self::RewritesTable { .. }
                | Self::ScansTable { .. }
                | Self::BuildsIndex { .. }
                | Self::RebuildsIndex { .. }
                | Self::WritesRows { .. }
                | Self::RunsQuery { .. }
        )
    }

    /// Its own fields, in the order in which they are declared.
    pub fn own_fields(&self) -> &'static [FieldSpec] {
        Self::SPECS.iter().find(|spec| spec.name == self.name()).map_or(&[], |spec| spec.fields)
    }
}

impl Effect {
    /// One of the kind's own fields, or a common one that the effect itself knows; `exposed`, `in_transaction`, `direction` and `tool` are the step's.
    pub fn field(&self, name: &str) -> Option<Value> {
        if let Some(value) = self.kind.field(name) {
            return Some(value);
        }
        if name == "confidence" {
            return Some(self.confidence.value());
        }
        if name == "mended" {
            return Some(self.mended.value());
        }
        let subject = self.subject.as_ref()?;
        match name {
            "relation" => Some(subject.relation.value()),
            "before" => Some(subject.known_as.value()),
            "relation_kind" => Some(subject.relation_kind.value()),
            "new" => Some(subject.new.value()),
            "rows" => Some(subject.rows.value()),
            "size" => Some(subject.size.value()),
            _ => None,
        }
    }
}
