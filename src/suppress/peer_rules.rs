//! What other linters call the things that our rules speak of: the one table from their names to ours.
//!
//! A row names those of our rules that speak of the act of which the other rule speaks. What the other tool cannot know (a function that
//! still names a dropped column, a lock that is held meanwhile) is not in its row: whoever wrote the comment has not looked at that.
//! Names that are not here silence nothing.

use super::peers::Peer::{self, Atlas, Eugene, LanguageServer, Sqlfluff, Squawk};

/// Another linter's name for something, with other names for the same, and our rules for it; none where we have no such opinion.
pub(super) type Row = (Peer, &'static [&'static str], &'static [&'static str]);

const INDEX: &[&str] = &["blocking-index-build", "blocking-index-build-on-partitioned-table"];
const FOREIGN_KEY: &[&str] = &["blocking-foreign-key", "blocking-foreign-key-on-partitions"];
const UNIQUE: &[&str] = &["blocking-unique-constraint", "blocking-unique-constraint-on-partitions"];
const NOT_VALID: &[&str] = &["blocking-check", "blocking-foreign-key", "blocking-foreign-key-on-partitions"];
const TYPE: &[&str] = &["rewriting-type-change", "changed-type", "narrowed-type", "rebuilt-index", "blocking-recheck"];
const NOT_NULL: &[&str] = &["unproven-not-null", "nulls-refused", "stricter-table"];
const REQUIRED: &[&str] = &["no-value-for-existing-rows", "required-column"];
const TRANSACTION: &[&str] = &["nested-begin", "begin-in-tool-transaction", "ended-tool-transaction", "stray-commit"];
const TRUNCATE: &[&str] = &["truncated-table", "cascading-truncate"];
const COLUMN: &[&str] = &["dropped-column", "guard-dropped-with-column"];
const TABLE: &[&str] = &["dropped-table", "dropped-partition"];

/// The table, by linter.
pub(super) const ROWS: &[Row] = &[
    // squawk 2.63, its names in `Rule`.
    (Squawk, &["require-concurrent-index-creation"], INDEX),
    (Squawk, &["require-concurrent-index-deletion"], &["blocking-index-drop"]),
    (Squawk, &["constraint-missing-not-valid"], NOT_VALID),
    (Squawk, &["adding-field-with-default"], &["rewriting-column"]),
    (Squawk, &["adding-foreign-key-constraint"], FOREIGN_KEY),
    (Squawk, &["changing-column-type"], TYPE),
    (Squawk, &["adding-not-nullable-field"], NOT_NULL),
    (Squawk, &["adding-serial-primary-key-field"], &["blocking-unique-constraint", "rewriting-column"]),
    (Squawk, &["renaming-column"], &["renamed-column"]),
    (Squawk, &["renaming-table"], &["renamed-table"]),
    (Squawk, &["disallowed-unique-constraint"], UNIQUE),
    (Squawk, &["ban-drop-database"], &["dropped-database"]),
    (Squawk, &["prefer-bigint-over-int", "prefer-bigint-over-smallint"], &["short-key"]),
    (Squawk, &["prefer-identity"], &["serial-column"]),
    (Squawk, &["prefer-repack"], &["table-copy"]),
    (Squawk, &["prefer-robust-stmts"], &["half-applied"]),
    (Squawk, &["prefer-text-field"], &["limited-text"]),
    (Squawk, &["prefer-timestamptz", "prefer-timestamp-tz"], &["local-timestamp"]),
    (Squawk, &["ban-char-field"], &["padded-text"]),
    (Squawk, &["ban-drop-column"], COLUMN),
    (Squawk, &["ban-drop-table"], TABLE),
    (Squawk, &["ban-drop-not-null"], &["dropped-not-null"]),
    (Squawk, &["transaction-nesting"], TRANSACTION),
    (Squawk, &["adding-required-field"], REQUIRED),
    (Squawk, &["ban-concurrent-index-creation-in-transaction"], &["refused-in-transaction"]),
    (Squawk, &["ban-create-domain-with-constraint"], &["constrained-domain"]),
    (Squawk, &["ban-alter-domain-with-add-constraint"], &["blocking-domain-constraint"]),
    (Squawk, &["ban-truncate-cascade"], TRUNCATE),
    (Squawk, &["require-lock-timeout", "require-timeout-settings"], &["missing-lock-timeout"]),
    (Squawk, &["require-statement-timeout", "require-timeout-settings"], &["missing-statement-timeout"]),
    (Squawk, &["ban-uncommitted-transaction"], &["left-open"]),
    (Squawk, &["identifier-too-long"], &["truncated-name", "colliding-name"]),
    (Squawk, &["require-concurrent-partition-detach"], &["blocking-partition-detach"]),
    (Squawk, &["require-concurrent-reindex"], &["blocking-reindex"]),
    (Squawk, &["require-enum-value-ordering", "require-table-schema", "ban-duplicate-column-assignments"], &[]),
    // eugene 0.8, its hints.
    (Eugene, &["E1"], NOT_VALID),
    (Eugene, &["E2"], NOT_NULL),
    (Eugene, &["E3"], &["json-column", "plain-json-column"]),
    (Eugene, &["E4"], &["work-under-lock", "several-locks"]),
    (Eugene, &["E5"], TYPE),
    (Eugene, &["E6"], INDEX),
    (Eugene, &["E7"], UNIQUE),
    (Eugene, &["E8"], &["blocking-exclusion-constraint"]),
    (Eugene, &["E9"], &["missing-lock-timeout"]),
    (Eugene, &["E10"], &["rewriting-type-change", "rewriting-column", "rewriting-expression", "table-copy"]),
    (Eugene, &["E11"], &["rewriting-column"]),
    (Eugene, &["W12"], &[]),
    (Eugene, &["W13"], &["enum-type"]),
    (Eugene, &["W14"], &["unproven-not-null"]),
    (Eugene, &["E15"], &["unindexed-foreign-key", "unindexed-foreign-key-of-partitioned-table"]),
    // Atlas, its analyzers and their codes.
    (Atlas, &["destructive", "DS101"], &["dropped-schema"]),
    (Atlas, &["destructive", "DS102"], TABLE),
    (Atlas, &["destructive", "DS103"], COLUMN),
    (Atlas, &["data_depend", "MF101", "MF102"], &["refused-duplicates", "blocking-unique-constraint"]),
    (Atlas, &["data_depend", "MF103"], REQUIRED),
    (Atlas, &["data_depend", "MF104"], NOT_NULL),
    (Atlas, &["incompatible", "BC101"], &["renamed-table"]),
    (Atlas, &["incompatible", "BC102"], &["renamed-column"]),
    (Atlas, &["condrop", "CD101"], &["dropped-constraint"]),
    (Atlas, &["concurrent_index", "PG101"], INDEX),
    (Atlas, &["concurrent_index", "PG102"], &["blocking-index-drop"]),
    (Atlas, &["concurrent_index", "PG103"], &["refused-in-transaction"]),
    (Atlas, &["concurrent_index", "PG104", "PG105"], UNIQUE),
    (Atlas, &["PG301"], TYPE),
    (Atlas, &["PG302"], &["rewriting-column"]),
    (Atlas, &["PG303", "PG304"], NOT_NULL),
    (Atlas, &["PG305"], &["blocking-check"]),
    (Atlas, &["PG306"], FOREIGN_KEY),
    // The Postgres Language Server, its lint rules.
    (LanguageServer, &["addSerialColumn", "addingFieldWithDefault"], &["rewriting-column"]),
    (LanguageServer, &["addingForeignKeyConstraint"], FOREIGN_KEY),
    (LanguageServer, &["addingNotNullField"], NOT_NULL),
    (LanguageServer, &["addingPrimaryKeyConstraint", "disallowUniqueConstraint"], UNIQUE),
    (LanguageServer, &["addingRequiredField"], REQUIRED),
    (
        LanguageServer,
        &["avoidAddingExclusionConstraint", "banAddExclusionConstraint"],
        &["blocking-exclusion-constraint"],
    ),
    (
        LanguageServer,
        &["avoidAlterEnumAddValue", "banAlterEnumAddValue"],
        &["new-enum-value", "refused-in-transaction"],
    ),
    (
        LanguageServer,
        &["avoidAttachingPartition", "banAttachPartition"],
        &["blocking-partition-check", "blocking-default-partition-check"],
    ),
    (LanguageServer, &["avoidEnableDisableTrigger", "banEnableDisableTrigger"], &["disabled-triggers"]),
    (LanguageServer, &["banDropTrigger"], &["dropped-trigger"]),
    (LanguageServer, &["avoidWideLockWindow", "warnWideLockWindow"], &["several-locks"]),
    (LanguageServer, &["runningStatementWhileHoldingAccessExclusive"], &["work-under-lock", "several-locks"]),
    (LanguageServer, &["banCharField"], &["padded-text"]),
    (LanguageServer, &["banConcurrentIndexCreationInTransaction"], &["refused-in-transaction"]),
    (LanguageServer, &["banDeleteWithoutWhere"], &["whole-table-delete"]),
    (LanguageServer, &["banUpdateWithoutWhere"], &["whole-table-update", "unbatched-backfill"]),
    (LanguageServer, &["banDropColumn"], COLUMN),
    (LanguageServer, &["banDropDatabase"], &["dropped-database"]),
    (LanguageServer, &["banDropNotNull"], &["dropped-not-null"]),
    (LanguageServer, &["banDropSchema"], &["dropped-schema"]),
    (LanguageServer, &["banDropTable"], TABLE),
    (LanguageServer, &["banTruncate", "banTruncateCascade"], TRUNCATE),
    (LanguageServer, &["banVacuumFull"], &["table-copy"]),
    (
        LanguageServer,
        &["banNotValidValidateSameTransaction", "requireSeparateConstraintValidation"],
        &["work-under-lock"],
    ),
    (LanguageServer, &["changingColumnType"], TYPE),
    (
        LanguageServer,
        &["banBlockingRefreshMatview", "requireConcurrentRefreshMatview", "concurrentRefreshMatviewLock"],
        &["blocking-refresh"],
    ),
    (LanguageServer, &["constraintMissingNotValid"], NOT_VALID),
    (LanguageServer, &["creatingEnum"], &["enum-type"]),
    (LanguageServer, &["lockTimeoutWarning"], &["missing-lock-timeout"]),
    (LanguageServer, &["requireStatementTimeout"], &["missing-statement-timeout"]),
    (LanguageServer, &["preferBigInt", "preferBigintOverInt", "preferBigintOverSmallint"], &["short-key"]),
    (LanguageServer, &["preferIdentity"], &["serial-column"]),
    (LanguageServer, &["preferJsonb"], &["json-column", "plain-json-column"]),
    (LanguageServer, &["preferRobustStmts"], &["half-applied"]),
    (LanguageServer, &["preferTextField"], &["limited-text"]),
    (LanguageServer, &["preferTimestamptz"], &["local-timestamp"]),
    (LanguageServer, &["renamingColumn"], &["renamed-column"]),
    (LanguageServer, &["renamingTable"], &["renamed-table"]),
    (LanguageServer, &["requireConcurrentDetachPartition"], &["blocking-partition-detach"]),
    (LanguageServer, &["requireConcurrentIndexCreation"], INDEX),
    (LanguageServer, &["requireConcurrentIndexDeletion"], &["blocking-index-drop"]),
    (LanguageServer, &["requireConcurrentReindex"], &["blocking-reindex"]),
    (LanguageServer, &["transactionNesting"], TRANSACTION),
    (
        LanguageServer,
        &["multipleAlterTable", "avoidCreateTrigger", "banCreateTrigger", "requireIdleInTransactionTimeout"],
        &[],
    ),
    (LanguageServer, &["syntax"], &["syntax-error", "not-understood"]),
    // sqlfluff: nearly all is layout, of which we have no opinion. Codes, then the names and codes of before.
    (Sqlfluff, &["PRS"], &["syntax-error", "not-understood"]),
    (Sqlfluff, &["AM04", "L044", "ambiguous.column_count"], &["star-view"]),
    (Sqlfluff, &["CV05", "L049", "convention.is_null"], &["comparison-with-null"]),
    (Sqlfluff, &["RF04", "L029", "references.keywords"], &["reserved-name"]),
    (Sqlfluff, &["RF05", "L057", "references.special_chars"], &["quoted-name"]),
    (Sqlfluff, &["RF06", "L059", "references.quoting"], &["quoted-name"]),
];
