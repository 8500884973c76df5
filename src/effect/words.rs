//! The closed lists of words that effects are described with. An `ordered` list ascends, so that conditions may compare.

use super::{FieldType, FieldValue, Value};

macro_rules! words {
    ($( $(#[$meta:meta])* $type:ident $($ordered:ident)? { $( $(#[$variant_meta:meta])* $variant:ident = $word:literal $(as $display:literal)?, )+ } )+) => { $(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $type { $( $(#[$variant_meta])* $variant, )+ }

        impl $type {
            /// All, in order.
            pub const ALL: &[Self] = &[ $( Self::$variant, )+ ];

            /// As conditions and machine output write it.
            pub fn word(self) -> &'static str {
                match self { $( Self::$variant => $word, )+ }
            }

            /// As sentences write it.
            pub fn display(self) -> &'static str {
                match self { $( Self::$variant => words!(@display $word $($display)?), )+ }
            }
        }

        impl FieldValue for $type {
            const TYPE: FieldType = words!(@type [ $( $word, )+ ] $($ordered)?);
            fn value(&self) -> Value {
                Value::Word { word: self.word(), display: self.display(), rank: *self as usize }
            }
        }
    )+ };
    (@type [ $( $word:literal, )+ ] ordered) => { FieldType::Ordered(&[ $( $word, )+ ]) };
    (@type [ $( $word:literal, )+ ]) => { FieldType::Word(&[ $( $word, )+ ]) };
    (@display $word:literal $display:literal) => { $display };
    (@display $word:literal) => { $word };
}

words! {
    /// What a command around the migrations does to a database.
    CommandDeed {
        /// Runs the migrations.
        Migrates = "migrates" as "runs the migrations",
        /// Makes the schema what a file says, past the migrations.
        Pushes = "pushes" as "makes the schema what a file says",
        /// Empties or drops it.
        Resets = "resets" as "empties the database",
        /// Writes migration files.
        WritesMigrations = "writes-migrations" as "writes migrations",
        /// Changes the record of what has run, and nothing else.
        RewritesHistory = "rewrites-history" as "changes the record of what has run",
    }

    /// What a command does about what would be lost.
    LossWord ordered {
        /// It loses nothing.
        None = "none" as "loses nothing",
        /// It asks or refuses.
        Refused = "refused" as "refuses to lose data",
        /// It goes on without a word.
        Silent = "silent" as "loses data without asking",
        /// Everything goes.
        Everything = "everything" as "loses everything",
    }

    /// Where a command runs.
    CommandPlace {
        /// On the way to production, or there.
        Deploy = "deploy" as "a deployment",
        /// Against a database that is thrown away.
        Ci = "ci" as "tests",
        /// Where somebody develops.
        Dev = "dev" as "development",
        /// Nothing tells.
        Unknown = "unknown" as "somewhere",
    }

    /// How a shell or a container spoils a command.
    Spoiling {
        /// `$$` within double quotes or an open here-document is the shell's process id.
        ExpandedDollars = "expanded-dollars" as "the shell writes its process id for `$$`",
        /// `ssh host psql -c "a b"`: the shell on the other side splits it anew.
        SplitAgain = "split-again" as "the shell on the other side takes the quotes away and splits it again",
        /// `sh -c npm run x`: only the first word is run.
        FirstWordOnly = "first-word-only" as "`-c` takes one word, and the others become its arguments",
        /// `CMD ["a", "&&", "b"]`: no shell reads it.
        OperatorAsArgument = "operator-as-argument" as "no shell reads this: the operator is an argument",
        /// `CMD ["npm run x"]`: one name with blanks in it.
        OneWord = "one-word" as "no shell reads this: it is one name with blanks in it",
    }

    /// A table lock's mode, weakest first (manual, "Explicit Locking", table 13.2).
    LockMode ordered {
        /// Taken by SELECT.
        AccessShare = "access-share" as "ACCESS SHARE",
        /// Taken by SELECT FOR UPDATE.
        RowShare = "row-share" as "ROW SHARE",
        /// Taken by INSERT, UPDATE, DELETE.
        RowExclusive = "row-exclusive" as "ROW EXCLUSIVE",
        /// Taken by VACUUM, CREATE INDEX CONCURRENTLY, VALIDATE CONSTRAINT.
        ShareUpdateExclusive = "share-update-exclusive" as "SHARE UPDATE EXCLUSIVE",
        /// Taken by CREATE INDEX.
        Share = "share" as "SHARE",
        /// Taken by CREATE TRIGGER, ADD FOREIGN KEY.
        ShareRowExclusive = "share-row-exclusive" as "SHARE ROW EXCLUSIVE",
        /// Taken by REFRESH MATERIALIZED VIEW CONCURRENTLY.
        Exclusive = "exclusive" as "EXCLUSIVE",
        /// Taken by DROP TABLE and most forms of ALTER TABLE.
        AccessExclusive = "access-exclusive" as "ACCESS EXCLUSIVE",
    }

    /// What a lock keeps other sessions from; each includes those before it.
    Blocks ordered {
        /// Nobody that matters waits.
        Nothing = "nothing",
        /// DDL, VACUUM.
        SchemaChanges = "schema-changes" as "schema changes",
        /// INSERT, UPDATE, DELETE.
        Writes = "writes",
        /// SELECT as well.
        Reads = "reads" as "reads and writes",
    }

    /// What kind of relation.
    RelationKind {
        /// Not seen created.
        Unknown = "unknown" as "relation",
        /// An ordinary table.
        Table = "table",
        /// A partitioned table.
        PartitionedTable = "partitioned-table" as "partitioned table",
        /// A partition that is no partitioned table itself.
        Partition = "partition",
        /// A temporary table.
        TemporaryTable = "temporary-table" as "temporary table",
        /// A foreign table.
        ForeignTable = "foreign-table" as "foreign table",
        /// A view.
        View = "view",
        /// A materialized view.
        MaterializedView = "materialized-view" as "materialized view",
        /// An index.
        Index = "index",
        /// A sequence.
        Sequence = "sequence",
        /// A composite type.
        Composite = "composite" as "composite type",
    }

    /// What a scan or a backfill would meet.
    Rows ordered {
        /// The replay knows that there are none.
        None = "none" as "no rows",
        /// Only those that these migrations put there.
        TheseMigrations = "these-migrations" as "rows of these migrations",
        /// Nobody knows.
        Unknown = "unknown" as "an unknown number of rows",
    }

    /// A relation's size, from the configuration.
    Size ordered {
        /// Said to be small.
        Small = "small",
        /// Nothing said.
        Unknown = "unknown" as "unknown size",
        /// Said to be large.
        Large = "large",
    }

    /// On deploy or on rollback.
    DirectionWord {
        /// On deploy.
        Up = "up",
        /// On rollback.
        Down = "down",
    }

    /// How sure an effect is.
    Confidence ordered {
        /// Something was assumed; `assumptions` says what.
        Assumed = "assumed",
        /// It follows from the files.
        Certain = "certain",
    }

    /// Is waiting for a lock bounded?
    Timeout {
        /// No: it waits for ever, with everybody queued behind it.
        Unset = "unset",
        /// By `lock_timeout`, but by more than a minute.
        Long = "long",
        /// By `lock_timeout`, in the file.
        Set = "set",
        /// The tool or the role sets it.
        Runner = "runner",
    }

    /// Why the server refuses.
    FailReason {
        /// May not run in a transaction block.
        InTransaction = "in-transaction" as "it cannot run inside a transaction block",
        /// Must run in a transaction block.
        OutsideTransaction = "outside-transaction" as "it can only run inside a transaction block",
        /// The object does not exist.
        Missing = "missing" as "it does not exist",
        /// The object exists already.
        Duplicate = "duplicate" as "it exists already",
        /// Other objects depend on it.
        Depended = "depended" as "other objects depend on it",
        /// Not in this version.
        Version = "version" as "this server version does not have it",
        /// Not in any version.
        Syntax = "syntax" as "no version of PostgreSQL takes it",
        /// Not for this kind of object.
        Kind = "kind" as "it is not allowed for this kind of object",
        /// Not for partitioned tables.
        Partitioned = "partitioned" as "it is not supported on a partitioned table",
        /// An index of a partitioned table that is built or dropped CONCURRENTLY.
        PartitionedIndex = "partitioned-index" as "an index of a partitioned table is not built or dropped concurrently",
        /// A foreign key of a partitioned table with NOT VALID (before version 18) or ONLY.
        PartitionedKey = "partitioned-key" as "a foreign key of a partitioned table is not added so",
        /// An enum value that was added in the same transaction.
        NewEnumValue = "new-enum-value" as "a new enum value cannot be used in its own transaction",
        /// Types that do not fit.
        Type = "type" as "the types do not fit",
        /// A view, rule, policy, trigger or generated column uses the column whose type is to change.
        InUse = "in-use" as "something uses it",
        /// TRUNCATE without CASCADE of a table that others reference.
        Referenced = "referenced" as "another table references it",
        /// A unique index or key of a partitioned table that leaves out a column of the partition key.
        PartitionKey = "partition-key" as "a unique key of a partitioned table must include the partition key",
        /// A foreign key to columns that are not unique.
        NotUnique = "not-unique" as "the referenced columns are not unique",
        /// CREATE OR REPLACE VIEW that drops, renames or retypes a column.
        ViewColumns = "view-columns" as "a replaced view must keep its columns",
        /// DETACH PARTITION CONCURRENTLY beside a default partition.
        DefaultPartition = "default-partition" as "there is a default partition",
        /// DROP INDEX CONCURRENTLY of several indexes, or with CASCADE.
        ConcurrentDrop = "concurrent-drop" as "an index is dropped concurrently one at a time and without CASCADE",
        /// REFRESH MATERIALIZED VIEW CONCURRENTLY of a view without rows, or without a unique index.
        ConcurrentRefresh = "concurrent-refresh" as "it cannot be refreshed concurrently yet",
        /// Any other rule of the server.
        Invalid = "invalid" as "it is not valid",
    }

    /// What rows may violate.
    MayFailReason {
        /// NULLs in a column that becomes NOT NULL.
        NullValues = "null-values" as "NULL values",
        /// Rows exist, and the new column has no value for them.
        NoValue = "no-value" as "existing rows without a value",
        /// Duplicates.
        Duplicates = "duplicates",
        /// Rows that fail a CHECK.
        CheckViolation = "check-violation" as "rows that violate the check",
        /// References without a referenced row.
        MissingReference = "missing-reference" as "references to missing rows",
        /// References to a table that these migrations have just made, and left empty, from columns that refuse NULL.
        EmptyReference = "empty-reference" as "references to an empty table",
        /// Values that do not fit the new type.
        Conversion = "conversion" as "values that do not fit the new type",
        /// Rows outside the partition's bound.
        PartitionBound = "partition-bound" as "rows outside the partition bound",
    }

    /// What is lost.
    LostObject {
        /// A table with its rows.
        Table = "table",
        /// A table, if it is there: these migrations, which are all, never make one of that name.
        UnseenTable = "unseen-table",
        /// A table of which the same deployment copies a part into others, or an earlier one copied all.
        CopiedTable = "copied-table",
        /// A table that is dropped only if it has no rows, as the transaction shows.
        EmptyTable = "empty-table",
        /// A column with its values.
        Column = "column",
        /// A column that is dropped only if it has no value in any row, as the transaction shows.
        EmptyColumn = "empty-column",
        /// A column whose values an earlier migration put into another one, as they were.
        CopiedColumn = "copied-column",
        /// The rows, by TRUNCATE.
        Rows = "rows",
        /// A whole schema.
        Schema = "schema",
        /// A whole database.
        Database = "database",
        /// An attribute of a composite type.
        Attribute = "attribute",
    }

    /// Why a table is rewritten.
    RewriteReason {
        /// The new type is stored differently.
        TypeChange = "type-change" as "its type is stored differently",
        /// A default that differs from row to row.
        VolatileDefault = "volatile-default" as "its default is volatile",
        /// `serial`.
        Serial = "serial" as "a serial column is numbered row by row",
        /// An identity column.
        Identity = "identity" as "an identity column is numbered row by row",
        /// A stored generated column.
        StoredColumn = "stored-column" as "a stored column is computed row by row",
        /// A domain with constraints.
        Domain = "domain" as "its domain has constraints",
        /// `SET EXPRESSION` of a stored column.
        Expression = "expression" as "its expression changes",
        /// `VACUUM FULL`.
        VacuumFull = "vacuum-full" as "VACUUM FULL copies it",
        /// `CLUSTER`.
        Cluster = "cluster" as "CLUSTER copies it",
        /// `SET TABLESPACE`.
        Tablespace = "tablespace" as "it moves to another tablespace",
        /// `SET LOGGED`, `SET UNLOGGED`.
        Persistence = "persistence" as "its persistence changes",
        /// `SET ACCESS METHOD`.
        AccessMethod = "access-method" as "its access method changes",
        /// `REFRESH MATERIALIZED VIEW`.
        Refresh = "refresh" as "its query runs again",
        /// `REFRESH MATERIALIZED VIEW ... WITH NO DATA`.
        Unpopulated = "unpopulated" as "its rows are thrown away",
        /// Any other.
        Other = "other" as "the server copies it",
    }

    /// What a scan is for.
    ScanReason {
        /// `SET NOT NULL`, or a key over nullable columns.
        NotNull = "not-null" as "looking for NULLs",
        /// A new column that has no value: the first row makes the statement fail.
        NoValue = "no-value" as "looking for rows without a value",
        /// A `CHECK`.
        Check = "check" as "checking a CHECK constraint",
        /// A foreign key.
        ForeignKey = "foreign-key" as "checking a foreign key",
        /// An index build.
        IndexBuild = "index-build" as "building an index",
        /// A partition's bound.
        PartitionBound = "partition-bound" as "checking a partition bound",
        /// Whether the default partition holds rows that a new partition claims.
        DefaultPartition = "default-partition" as "looking for rows that belong to a new partition",
        /// A domain's constraint.
        Domain = "domain" as "checking a domain constraint",
        /// The same, of a domain that was made elsewhere: no table is named.
        UnseenDomain = "unseen-domain" as "checking a domain constraint",
        /// A change of type that keeps the rows but verifies a constraint.
        TypeChange = "type-change" as "verifying constraints after a change of type",
        /// Any other.
        Other = "other" as "reading every row",
    }

    /// Why nothing proves that a scan is needless.
    Proof {
        /// There is no constraint that could.
        None = "none",
        /// There is one, but it is NOT VALID.
        NotValid = "not-valid",
        /// There is one, but the same statement drops it before.
        DroppedFirst = "dropped-first",
        /// There is one, but this version does not use it.
        Version = "version",
    }

    /// What asks for an index.
    BuildReason {
        /// `CREATE INDEX`.
        Statement = "statement",
        /// `UNIQUE`.
        Unique = "unique" as "a UNIQUE constraint",
        /// `PRIMARY KEY`.
        PrimaryKey = "primary-key" as "a PRIMARY KEY",
        /// `EXCLUDE`.
        Exclude = "exclude" as "an EXCLUDE constraint",
        /// `CREATE INDEX` on a partitioned table builds one on each partition.
        Partition = "partition" as "an index of the partitioned table",
        /// `ATTACH PARTITION` gives the partition the indexes of its parent.
        Attach = "attach" as "the partitioned table's indexes",
    }

    /// Why an index is built anew.
    RebuildReason {
        /// `REINDEX`.
        Reindex = "reindex" as "REINDEX",
        /// Its table is rewritten.
        Rewrite = "rewrite" as "its table is rewritten",
        /// A column's type or collation changes.
        TypeChange = "type-change" as "a column's type changes",
        /// It moves to another tablespace.
        Tablespace = "tablespace" as "it moves to another tablespace",
        /// Its table is emptied.
        Truncate = "truncate" as "its table is emptied",
    }

    /// Whether these migrations make the referenced row.
    ReferencedRow {
        /// They do not: it exists in some environments only.
        Unseen = "unseen",
        /// They fill the table, under keys that their text does not tell; or they made neither the table nor up a number for the key.
        Untold = "untold",
        /// They do.
        TheseMigrations = "these-migrations",
    }

    /// What kind of file.
    FileRole {
        /// A migration.
        Migration = "migration",
        /// Seed data.
        Seed = "seed",
    }

    /// How rows are written.
    WriteVerb {
        /// `INSERT`.
        Insert = "insert" as "INSERT",
        /// `UPDATE`.
        Update = "update" as "UPDATE",
        /// `DELETE`.
        Delete = "delete" as "DELETE",
        /// `MERGE`.
        Merge = "merge" as "MERGE",
        /// `COPY FROM`.
        Copy = "copy" as "COPY",
    }

    /// What bounds the rows that a statement writes.
    Bounded ordered {
        /// A key: few rows.
        Key = "key",
        /// Constants that columns must equal: nobody knows how many rows have them.
        Value = "value",
        /// A condition.
        Range = "range",
        /// Nothing.
        WholeTable = "whole-table" as "the whole table",
    }

    /// What a policy's condition says of whom it lets in.
    PolicyCondition {
        /// There is none for this command: nobody is let in.
        Missing = "missing",
        /// It is always true.
        AlwaysTrue = "always-true" as "always true",
        /// It is true where nobody is logged in: `auth.uid() IS NULL OR ...`.
        NullLetsIn = "null-lets-in" as "true for those who are not logged in",
        /// It trusts what users may write about themselves: `user_metadata`.
        Forgeable = "forgeable",
        /// Anything else.
        Depends = "depends",
    }

    /// How row level security gets weaker.
    Weakening {
        /// `DISABLE ROW LEVEL SECURITY`.
        Disable = "disable" as "DISABLE ROW LEVEL SECURITY",
        /// `NO FORCE ROW LEVEL SECURITY`.
        NoForce = "no-force" as "NO FORCE ROW LEVEL SECURITY",
        /// `DROP POLICY` of a policy that is `AS RESTRICTIVE`.
        DropRestrictive = "drop-restrictive" as "DROP POLICY",
    }

    /// How a statement reaches out of the database, with the rights of the server's operating system user.
    Reach {
        /// `COPY ... PROGRAM`.
        Program = "program" as "a program on the server",
        /// `COPY ... 'file'`.
        ServerFile = "server-file" as "a file on the server",
        /// `LOAD`, a function in C.
        Library = "library" as "a shared library",
        /// An untrusted procedural language.
        UntrustedLanguage = "untrusted-language" as "an untrusted language",
    }

    /// A password in a statement.
    PasswordWord {
        /// None is set.
        None = "none",
        /// It stands there.
        Literal = "literal",
        /// A placeholder or a variable stands for it.
        Placeholder = "placeholder",
    }

    /// How a name is spelt.
    Spelling {
        /// Lower-case letters, digits and underscores.
        Plain = "plain",
        /// It needs its quotes: upper case, spaces, punctuation.
        Quoted = "quoted",
        /// It needs its quotes, because it is a reserved word.
        Reserved = "reserved" as "a reserved word",
        /// It has letters that are not ASCII.
        NotAscii = "not-ascii" as "not ASCII",
        /// It has characters that cannot be seen, or letters that look like ASCII ones.
        Misleading = "misleading",
    }

    /// What changes for clients.
    ClientChange {
        /// A table is gone.
        DropTable = "drop-table" as "dropped",
        /// A column is gone.
        DropColumn = "drop-column" as "dropped",
        /// A view is gone.
        DropView = "drop-view" as "dropped",
        /// A function is gone.
        DropFunction = "drop-function" as "dropped",
        /// A table or view has another name.
        RenameTable = "rename-table" as "renamed",
        /// A column has another name.
        RenameColumn = "rename-column" as "renamed",
        /// A relation is in another schema.
        SetSchema = "set-schema" as "moved to another schema",
        /// A schema has another name.
        RenameSchema = "rename-schema" as "renamed",
        /// A column has another type.
        ChangeType = "change-type" as "changed in type",
        /// A column refuses NULL now.
        NotNull = "not-null" as "made NOT NULL",
        /// A new column demands a value.
        RequiredColumn = "required-column" as "required",
        /// A default is gone.
        DropDefault = "drop-default" as "without its default",
        /// Rows are checked more strictly.
        NewConstraint = "new-constraint" as "constrained",
        /// An enum label has another name.
        RenameValue = "rename-value" as "renamed",
        /// An enum has one more label.
        NewValue = "new-value" as "added",
        /// A type or a type's attribute changes its name or goes.
        ChangeTypeDefinition = "change-type-definition" as "redefined",
        /// Privileges are taken.
        Revoke = "revoke" as "revoked",
    }

    /// How a column changes without a row being read.
    ColumnChange {
        /// Another default, which is the same for every row.
        Default = "default" as "another default",
        /// A default that is computed for each row.
        VolatileDefault = "volatile-default" as "a volatile default",
        /// `DROP NOT NULL`.
        DropNotNull = "drop-not-null" as "NULL allowed",
        /// `DROP EXPRESSION`.
        DropExpression = "drop-expression" as "no longer generated",
        /// `DROP IDENTITY`.
        DropIdentity = "drop-identity" as "no longer an identity",
    }

    /// What the outcome of an expression depends on.
    DependsOn ordered {
        /// Its operands only.
        Row = "row" as "the row",
        /// The time, the settings or other tables as well.
        Session = "session" as "the time, the session or other rows",
        /// It may differ at every call.
        Chance = "chance" as "chance or hidden state",
    }

    /// How subscribers learn which row was changed.
    ReplicaIdentity {
        /// By the primary key.
        Default = "default" as "DEFAULT",
        /// By the whole old row.
        Full = "full" as "FULL",
        /// Not at all.
        Nothing = "nothing" as "NOTHING",
        /// By an index.
        Index = "index" as "USING INDEX",
    }

    /// By which way a wait spreads.
    Through {
        /// A foreign key.
        ForeignKey = "foreign-key" as "a foreign key",
        /// A partitioned table or its partition.
        Partition = "partition",
        /// An index that planning opens.
        Index = "index" as "an index",
        /// A view.
        View = "view",
        /// A sequence that a default uses.
        Sequence = "sequence",
        /// A type.
        Type = "type",
        /// Row locks of a statement that writes every row.
        Rows = "rows" as "row locks",
    }

    /// Long work.
    Work {
        /// Reading a table.
        Scan = "scan" as "a scan",
        /// Building an index.
        Build = "build" as "an index build",
        /// Rewriting a table.
        Rewrite = "rewrite" as "a rewrite",
        /// Writing many rows.
        Dml = "dml" as "a data change",
        /// Waiting for another strong lock.
        Lock = "lock" as "another lock",
    }

    /// Who opened a transaction or wrote the statement that is in the way.
    Owner {
        /// The file itself.
        File = "file" as "this file",
        /// The migration tool.
        Runner = "runner" as "the migration tool",
    }

    /// What kind of constraint.
    ConstraintWord {
        /// `NOT NULL`.
        NotNull = "not-null" as "NOT NULL",
        /// `CHECK`.
        Check = "check" as "CHECK",
        /// `UNIQUE`.
        Unique = "unique" as "UNIQUE",
        /// `PRIMARY KEY`.
        PrimaryKey = "primary-key" as "PRIMARY KEY",
        /// `FOREIGN KEY`.
        ForeignKey = "foreign-key" as "FOREIGN KEY",
        /// `EXCLUDE`.
        Exclude = "exclude" as "EXCLUDE",
    }

    /// Why a statement does nothing.
    NothingReason {
        /// It is so already.
        AlreadySo = "already-so" as "it is so already",
        /// `IF EXISTS`, and it does not.
        Missing = "missing" as "it does not exist",
        /// `IF EXISTS` of a function that exists, but not with these arguments.
        OtherArguments = "other-arguments" as "it has other arguments",
        /// `IF EXISTS` of something that exists in another schema.
        OtherSchema = "other-schema" as "it is in another schema",
        /// `IF EXISTS` of an index, where one has nearly that name.
        OtherName = "other-name" as "another has nearly that name",
        /// `IF NOT EXISTS`, and it does.
        Exists = "exists" as "it exists already",
        /// `IF NOT EXISTS`, and something else of that name does.
        Different = "different" as "something else of that name exists already",
        /// Without effect at this place.
        Ignored = "ignored" as "it has no effect here",
    }

    /// What a declared schema or the migrations lack.
    SchemaObject {
        /// A table.
        Table = "table",
        /// A column.
        Column = "column",
        /// A value of an enum.
        EnumValue = "enum-value" as "enum value",
        /// An enum.
        Enum = "enum",
        /// An index that is not unique.
        Index = "index",
        /// A unique index or constraint.
        UniqueIndex = "unique-index" as "unique index",
        /// A foreign key.
        ForeignKey = "foreign-key" as "foreign key",
        /// A column's default.
        Default = "default" as "default of column",
    }

    /// In what a declared column differs from the one that the migrations make.
    SchemaAspect {
        /// Its type.
        Type = "type",
        /// Whether it refuses NULL.
        Nullability = "nullability",
        /// Its default.
        Default = "default",
    }

    /// Why a statement cannot be analysed.
    OpaqueReason {
        /// `EXECUTE` of a computed string.
        DynamicSql = "dynamic-sql" as "the SQL is put together at run time",
        /// Not understood.
        NotUnderstood = "not-understood" as "the statement was not understood",
        /// Another file is read.
        Include = "include" as "another file is included",
        /// A body in another language.
        Language = "language" as "the body is in another language",
    }
}

impl LockMode {
    /// As `pg_locks.mode` prints it.
    pub fn pg_name(self) -> &'static str {
        match self {
            Self::AccessShare => "AccessShareLock",
            Self::RowShare => "RowShareLock",
            Self::RowExclusive => "RowExclusiveLock",
            Self::ShareUpdateExclusive => "ShareUpdateExclusiveLock",
            Self::Share => "ShareLock",
            Self::ShareRowExclusive => "ShareRowExclusiveLock",
            Self::Exclusive => "ExclusiveLock",
            Self::AccessExclusive => "AccessExclusiveLock",
        }
    }

    /// What it keeps other sessions from (manual, table 13.2).
    pub fn blocks(self) -> Blocks {
        match self {
            Self::AccessShare | Self::RowShare => Blocks::Nothing,
            Self::RowExclusive | Self::ShareUpdateExclusive => Blocks::SchemaChanges,
            Self::Share | Self::ShareRowExclusive | Self::Exclusive => Blocks::Writes,
            Self::AccessExclusive => Blocks::Reads,
        }
    }
}
