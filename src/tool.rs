//! What each migration tool does with a file: data only. Recognising a tool is [`crate::discover`]'s business.
//!
//! Source of the facts: the tools' own code and documentation. Where versions of a tool differ and nothing says which one is
//! in use, the newest known is assumed, as it is for the server: a refusal that the tool no longer runs into is not reported.
//! [`Tool::PRISMA_BEFORE_7_4`] and [`Tool::SUPABASE_BEFORE_2_109`] are chosen where the project pins an older one.

mod directive;
mod history;
mod outside;
mod refusal;
mod sections;

use crate::source::{Source, Span};
pub use history::{History, Identity, Upset};
pub use sections::{end_delimiter, ends_statement};

/// How a tool hands a file to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TransactionMode {
    /// The tool opens a transaction around the file (or its section).
    File,
    /// The tool opens one transaction around all pending files.
    All,
    /// The statements and the tool's own record of the file travel as one pipeline: an implicit transaction even around a single
    /// statement. A `BEGIN` in the file takes it over, without a warning from the server.
    Pipeline,
    /// The whole file is sent as one message: several statements are one implicit transaction, a single one is not.
    OneMessage,
    /// Statement by statement, each in its own transaction.
    Statement,
}

/// The way a section goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Direction {
    /// On deploy.
    Up,
    /// On rollback; expected to destroy.
    Down,
}

/// A part of a file that the tool runs by itself: goose's `-- +goose Up`, dbmate's `-- migrate:up`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Section {
    /// Its text. The sections of a file are ascending and do not overlap; what lies outside all of them is not run.
    pub span: Span,
    /// Up or down.
    pub direction: Direction,
    /// How it is handed to the server.
    pub transaction: TransactionMode,
    /// The line by which it leaves the tool's transaction.
    pub opted_out: Option<Span>,
}

/// What a tool makes of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// The parts that it runs, each by itself.
    pub sections: Vec<Section>,
    /// What is wrong with the tool's own lines, or with the file in the tool's eyes; by place.
    pub remarks: Vec<Remark>,
}

/// Something that is wrong with a file in a tool's eyes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// The line, or the beginning of the file.
    pub span: Span,
    /// What kind of thing.
    pub kind: RemarkKind,
    /// What is wrong; a clause.
    pub problem: String,
    /// What to do; a clause, or empty.
    pub advice: String,
}

impl Remark {
    /// The tool, or the server behind it, refuses the file.
    pub(crate) fn refused(span: Span, problem: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { span, kind: RemarkKind::Refused, problem: problem.into(), advice: advice.into() }
    }
}

/// See [`Remark`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemarkKind {
    /// The line is nearly one of the tool's.
    Misspelt,
    /// The line is the tool's, but does not count where it stands.
    Misplaced,
    /// The line is another tool's.
    OtherTool,
    /// The tool passes over these statements without a word.
    NotRun,
    /// The file leaves the tool's transaction, and nothing in it needs that.
    Needless,
    /// The tool refuses the file.
    Refused,
    /// An older version of the tool would have the server refuse a statement, and which version runs is not known.
    NeedsVersion,
}

/// How a tool's files are divided into sections, and where they say how to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Marking {
    /// Not at all.
    Whole,
    /// `-- +goose Up`, `-- +goose Down`, `-- +goose NO TRANSACTION`.
    Goose,
    /// `-- migrate:up transaction:false`, `-- migrate:down`; pairs may repeat.
    Dbmate,
    /// `-- +migrate Up notransaction`, `-- +migrate Down`.
    SqlMigrate,
    /// `---- create above / drop below ----`, `---- tern: disable-tx ----`.
    Tern,
    /// `-- Up Migration`, `-- Down Migration`.
    NodePgMigrate,
    /// `--changeset author:id runInTransaction:false`, each a section.
    Liquibase,
    /// The file's first bytes are `-- no-transaction`.
    Sqlx,
    /// The first line is `-- hasura:no-transaction`.
    Hasura,
    /// `-- atlas:txmode none` in the comments at the top, which a blank line parts from the rest.
    Atlas,
    /// `--! no-transaction` before the first statement.
    Graphile,
    /// A file of nothing but statements that refuse a transaction runs without one.
    Flyway,
    /// A file with one statement that refuses a transaction runs without one.
    FlywayMixed,
    /// Statements that refuse a transaction run between the pipelines.
    Supabase,
    /// All of them but `DROP INDEX CONCURRENTLY`.
    SupabaseBefore2_116,
    /// One that refuses a transaction runs where it begins the pipeline.
    Pipeline,
    /// `-- transactional: false` in the comments above the first statement.
    Yoyo,
    /// `evolve-tx-off` anywhere in the first line.
    Evolve,
    /// `transaction:no` anywhere in the first line.
    Geni,
    /// `--bun:split` parts messages.
    Bun,
}

/// A migration tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tool {
    /// As configuration and machine output write it: `golang-migrate`.
    pub name: &'static str,
    /// As sentences write it.
    pub display: &'static str,
    /// How it hands a file over, where nothing in or beside the file says otherwise.
    pub transaction: TransactionMode,
    /// What to do about a statement that refuses a transaction, as a sentence that names the tool's own line, without a full stop;
    /// `None`: nothing, because the tool opens none.
    pub opt_out: Option<&'static str>,
    /// The tool's own line that counts only at the very top of a file: no comment may be put above it.
    pub first_line: Option<&'static str>,
    /// The tool refuses a file that was edited after it ran, even where only a comment was added.
    pub checksums: bool,
    marking: Marking,
}

impl Tool {
    /// How a file leaves the tool's transaction where no statement in it refuses one, as [`Tool::opt_out`]: a DO block that commits,
    /// a file with a BEGIN of its own.
    pub fn opt_out_of_any(&self) -> Option<&'static str> {
        match self.marking {
            Marking::Flyway | Marking::FlywayMixed => Some(
                "write `executeInTransaction=false` into a `.conf` file of the same name beside it, as in `V2__x.sql.conf`",
            ),
            Marking::Supabase | Marking::SupabaseBefore2_116 => None,
            _ => self.opt_out,
        }
    }

    /// Plain files, handed over one statement at a time.
    pub const NONE: Self = Self {
        name: "none",
        display: "no migration tool",
        transaction: TransactionMode::Statement,
        opt_out: None,
        first_line: None,
        checksums: false,
        marking: Marking::Whole,
    };

    /// Supabase CLI, 2.116 or later.
    pub const SUPABASE: Self = Self {
        name: "supabase",
        display: "the Supabase CLI",
        transaction: TransactionMode::Pipeline,
        opt_out: Some("since version 2.109 the Supabase CLI takes such a statement out of its transaction by itself"),
        marking: Marking::Supabase,
        ..Self::NONE
    };

    /// Supabase CLI from 2.109 to 2.115: `DROP INDEX CONCURRENTLY` is not among the statements that leave the pipeline.
    pub const SUPABASE_BEFORE_2_116: Self = Self {
        opt_out: Some(
            "update the Supabase CLI: since version 2.116 it runs DROP INDEX CONCURRENTLY outside its transaction",
        ),
        marking: Marking::SupabaseBefore2_116,
        ..Self::SUPABASE
    };

    /// Supabase CLI before 2.109: no statement leaves the pipeline.
    pub const SUPABASE_BEFORE_2_109: Self = Self {
        opt_out: Some(
            "make it the first statement of a file of its own: before version 2.109, the Supabase CLI's transaction begins behind it",
        ),
        marking: Marking::Pipeline,
        ..Self::SUPABASE
    };

    /// Prisma Migrate, 7.4 or later: it sends the statements one by one.
    pub const PRISMA: Self = Self { name: "prisma", display: "Prisma Migrate", checksums: true, ..Self::NONE };

    /// Prisma Migrate before 7.4: it sends the file as one message.
    pub const PRISMA_BEFORE_7_4: Self = Self {
        transaction: TransactionMode::OneMessage,
        opt_out: Some(
            "put the statement alone into a migration of its own: Prisma before 7.4 sends each file as one message",
        ),
        ..Self::PRISMA
    };

    /// Flyway.
    pub const FLYWAY: Self = Self {
        name: "flyway",
        display: "Flyway",
        transaction: TransactionMode::File,
        opt_out: Some(
            "put the statement into a migration of its own: Flyway opens no transaction for a file in which every statement refuses one \
             (or write `executeInTransaction=false` into a `.conf` file of the same name beside it); with \
             `flyway.postgresql.transactional.lock=false`, as CONCURRENTLY waits for the transaction that else holds Flyway's own lock",
        ),
        checksums: true,
        marking: Marking::Flyway,
        ..Self::NONE
    };

    /// Flyway with `mixed = true`: one statement that refuses a transaction takes its whole file out of it.
    pub const FLYWAY_MIXED: Self = Self { marking: Marking::FlywayMixed, ..Self::FLYWAY };

    /// golang-migrate.
    pub const GOLANG_MIGRATE: Self = Self {
        name: "golang-migrate",
        display: "golang-migrate",
        transaction: TransactionMode::OneMessage,
        opt_out: Some(
            "put the statement alone into a migration of its own: golang-migrate sends each file as one message",
        ),
        ..Self::NONE
    };

    /// goose.
    pub const GOOSE: Self = Self {
        name: "goose",
        display: "goose",
        transaction: TransactionMode::File,
        opt_out: Some("put `-- +goose NO TRANSACTION` at the top of the file and keep the statement alone in it"),
        marking: Marking::Goose,
        ..Self::NONE
    };

    /// dbmate.
    pub const DBMATE: Self = Self {
        name: "dbmate",
        display: "dbmate",
        transaction: TransactionMode::File,
        opt_out: Some("write `-- migrate:up transaction:false` and keep the statement alone in that section"),
        marking: Marking::Dbmate,
        ..Self::NONE
    };

    /// sqlx.
    pub const SQLX: Self = Self {
        name: "sqlx",
        display: "sqlx",
        transaction: TransactionMode::File,
        opt_out: Some("make `-- no-transaction` the first bytes of the file and keep the statement alone in it"),
        first_line: Some("-- no-transaction"),
        checksums: true,
        marking: Marking::Sqlx,
    };

    /// Diesel.
    pub const DIESEL: Self = Self {
        name: "diesel",
        display: "Diesel",
        transaction: TransactionMode::File,
        opt_out: Some(
            "put the statement alone into a migration with `run_in_transaction = false` in the `metadata.toml` beside it",
        ),
        ..Self::NONE
    };

    /// Drizzle Kit.
    pub const DRIZZLE: Self = Self {
        name: "drizzle",
        display: "Drizzle",
        transaction: TransactionMode::All,
        opt_out: Some(
            "Drizzle has no setting that takes a file out of its transaction: run the statement by hand before the deploy, and let the migration find the \
             work done (IF NOT EXISTS, IF EXISTS)",
        ),
        ..Self::NONE
    };

    /// node-pg-migrate.
    pub const NODE_PG_MIGRATE: Self = Self {
        name: "node-pg-migrate",
        display: "node-pg-migrate",
        transaction: TransactionMode::All,
        opt_out: Some(
            "write this migration in JavaScript or TypeScript and call `pgm.noTransaction()`: a .sql file cannot",
        ),
        marking: Marking::NodePgMigrate,
        ..Self::NONE
    };

    /// Atlas.
    pub const ATLAS: Self = Self {
        name: "atlas",
        display: "Atlas",
        transaction: TransactionMode::File,
        opt_out: Some("put `-- atlas:txmode none` and an empty line at the very top of the file"),
        first_line: Some("-- atlas:"),
        checksums: true,
        marking: Marking::Atlas,
    };

    /// sql-migrate.
    pub const SQL_MIGRATE: Self = Self {
        name: "sql-migrate",
        display: "sql-migrate",
        transaction: TransactionMode::File,
        opt_out: Some("write `-- +migrate Up notransaction`"),
        marking: Marking::SqlMigrate,
        ..Self::NONE
    };

    /// tern.
    pub const TERN: Self = Self {
        name: "tern",
        display: "tern",
        transaction: TransactionMode::File,
        opt_out: Some("put the line `---- tern: disable-tx ----` at the top of the file"),
        marking: Marking::Tern,
        ..Self::NONE
    };

    /// refinery.
    pub const REFINERY: Self = Self {
        name: "refinery",
        display: "refinery",
        transaction: TransactionMode::File,
        opt_out: Some(
            "refinery has no setting that takes a file out of its transaction: run the statement by hand before the deploy, and let the migration find the \
             work done (IF NOT EXISTS, IF EXISTS)",
        ),
        checksums: true,
        ..Self::NONE
    };

    /// Hasura.
    pub const HASURA: Self = Self {
        name: "hasura",
        display: "Hasura",
        transaction: TransactionMode::File,
        opt_out: Some("make `-- hasura:no-transaction` the first line of the file and keep the statement alone in it"),
        first_line: Some("-- hasura:no-transaction"),
        marking: Marking::Hasura,
        ..Self::NONE
    };

    /// graphile-migrate.
    pub const GRAPHILE_MIGRATE: Self = Self {
        name: "graphile-migrate",
        display: "graphile-migrate",
        transaction: TransactionMode::File,
        opt_out: Some("make `--! no-transaction` the first line of the migration and keep the statement alone in it"),
        first_line: Some("--! "),
        checksums: true,
        marking: Marking::Graphile,
    };

    /// Liquibase, formatted SQL.
    pub const LIQUIBASE: Self = Self {
        name: "liquibase",
        display: "Liquibase",
        transaction: TransactionMode::File,
        opt_out: Some("put the statement into a changeset of its own with `runInTransaction:false`"),
        first_line: Some("--liquibase formatted sql"),
        checksums: true,
        marking: Marking::Liquibase,
    };

    /// Sqitch: psql runs the script as it is written.
    pub const SQITCH: Self = Self {
        name: "sqitch",
        display: "Sqitch",
        opt_out: Some("leave BEGIN and COMMIT out of the script: Sqitch adds none"),
        ..Self::NONE
    };

    /// yoyo.
    pub const YOYO: Self = Self {
        name: "yoyo",
        display: "yoyo",
        transaction: TransactionMode::File,
        opt_out: Some("put `-- transactional: false` above the first statement of the file"),
        marking: Marking::Yoyo,
        ..Self::NONE
    };

    /// Evolve.
    pub const EVOLVE: Self = Self {
        name: "evolve",
        display: "Evolve",
        transaction: TransactionMode::File,
        opt_out: Some("make `-- evolve-tx-off` the first line of the file and keep the statement alone in it"),
        first_line: Some("-- evolve-tx-off"),
        checksums: true,
        marking: Marking::Evolve,
    };

    /// bun (uptrace): only `.tx.up.sql` gets a transaction; what stands between two `--bun:split` is one message.
    pub const BUN: Self = Self {
        name: "bun",
        display: "bun",
        transaction: TransactionMode::OneMessage,
        opt_out: Some(
            "name the file `.up.sql`, without `.tx`, and part the statement from the others with a line `--bun:split`",
        ),
        marking: Marking::Bun,
        ..Self::NONE
    };

    /// geni.
    pub const GENI: Self = Self {
        name: "geni",
        display: "geni",
        transaction: TransactionMode::File,
        opt_out: Some("make `-- transaction:no` the first line of the file and keep the statement alone in it"),
        first_line: Some("-- transaction:no"),
        marking: Marking::Geni,
        ..Self::NONE
    };

    /// maragudk/migrate, a Go library.
    pub const MARAGUDK: Self = Self {
        name: "maragudk-migrate",
        display: "maragudk/migrate",
        transaction: TransactionMode::File,
        opt_out: Some(
            "maragudk/migrate has no setting that takes a file out of its transaction: run the statement by hand before the deploy, and let \
             the migration find the work done (IF NOT EXISTS, IF EXISTS)",
        ),
        ..Self::NONE
    };

    /// What `alembic upgrade --sql` prints: it holds its own BEGIN and COMMIT.
    pub const ALEMBIC: Self = Self {
        name: "alembic",
        display: "Alembic",
        opt_out: Some("run the operation within `op.get_context().autocommit_block()`"),
        ..Self::NONE
    };

    /// What Django's `sqlmigrate` prints: it holds its own BEGIN and COMMIT.
    pub const DJANGO: Self = Self {
        name: "django",
        display: "Django",
        opt_out: Some("write `atomic = False` into the migration's class"),
        ..Self::NONE
    };

    /// Rails, whose migrations are Ruby: what is SQL of it is the dump of its schema.
    pub const RAILS: Self = Self {
        name: "rails",
        display: "Rails",
        opt_out: Some("write `disable_ddl_transaction!` into the migration's class"),
        ..Self::NONE
    };

    /// Every tool, [`Tool::NONE`] first. A name that stands twice is an older version's, behind the newest.
    pub const ALL: [Self; 31] = [
        Self::NONE,
        Self::SUPABASE,
        Self::SUPABASE_BEFORE_2_116,
        Self::SUPABASE_BEFORE_2_109,
        Self::PRISMA,
        Self::PRISMA_BEFORE_7_4,
        Self::FLYWAY,
        Self::FLYWAY_MIXED,
        Self::GOLANG_MIGRATE,
        Self::GOOSE,
        Self::DBMATE,
        Self::SQLX,
        Self::DIESEL,
        Self::DRIZZLE,
        Self::NODE_PG_MIGRATE,
        Self::ATLAS,
        Self::SQL_MIGRATE,
        Self::TERN,
        Self::REFINERY,
        Self::HASURA,
        Self::GRAPHILE_MIGRATE,
        Self::LIQUIBASE,
        Self::SQITCH,
        Self::YOYO,
        Self::EVOLVE,
        Self::BUN,
        Self::GENI,
        Self::MARAGUDK,
        Self::ALEMBIC,
        Self::DJANGO,
        Self::RAILS,
    ];

    /// The tool of a name; its newest version.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tool| tool.name == name)
    }

    /// The tool of a name and, where two versions of it differ, of a version: `prisma`, `prisma@7.3`, `supabase@2.98`.
    pub fn of_version(text: &str) -> Option<Self> {
        let (name, version) = text.split_once('@').map_or((text, None), |(name, version)| (name, Some(version)));
        let newest = Self::named(name)?;
        let Some(version) = version else {
            return Some(newest);
        };
        let mut parts = version.split('.').map(str::parse::<u32>);
        let major = parts.next()?.ok()?;
        let minor = parts.next().map_or(Some(0), Result::ok)?;
        Some(match name {
            "prisma" if (major, minor) < (7, 4) => Self::PRISMA_BEFORE_7_4,
            "supabase" if (major, minor) < (2, 109) => Self::SUPABASE_BEFORE_2_109,
            "supabase" if (major, minor) < (2, 116) => Self::SUPABASE_BEFORE_2_116,
            _ => newest,
        })
    }

    /// What the file's name or another file may say, but does not: which version it is, where versions of the tool differ. A clause.
    pub fn version_matters(&self) -> Option<&'static str> {
        match self.name {
            "prisma" => Some("Prisma 7.4 or later is assumed, which sends the statements one by one"),
            "supabase" => {
                Some("Supabase CLI 2.116 or later is assumed, which takes some statements out of its transaction")
            }
            _ => None,
        }
    }

    /// Older versions of the tool that run fewer statements outside a transaction, the newest first, each with the version that ended
    /// it: `Prisma 7.4`.
    pub fn older(&self) -> &'static [(Self, &'static str)] {
        match *self {
            Self::PRISMA => &[(Self::PRISMA_BEFORE_7_4, "Prisma 7.4")],
            Self::SUPABASE => &[
                (Self::SUPABASE_BEFORE_2_116, "Supabase CLI 2.116"),
                (Self::SUPABASE_BEFORE_2_109, "Supabase CLI 2.109"),
            ],
            _ => &[],
        }
    }

    /// What the tool makes of a file: its sections, and what is wrong with it.
    ///
    /// `comments` and `statements` are the file's, as the parser found them, ascending. `transaction` is what a file beside it says
    /// (`V2__x.sql.conf`, `metadata.toml`), if anything. A file without any of the tool's section markers is one section: the tool
    /// may refuse it, but its statements are looked at all the same.
    pub fn read(
        &self,
        source: &Source,
        comments: &[Span],
        statements: &[Span],
        transaction: Option<TransactionMode>,
    ) -> Reading {
        let sections = sections::sections(self, source, comments, statements, transaction);
        let mut remarks = directive::remarks(self, source, comments, statements, &sections);
        remarks.extend(refusal::remarks(self, source, comments, statements, &sections));
        remarks.sort_by_key(|remark| remark.span);
        remarks.dedup_by_key(|remark| remark.span);
        Reading { sections, remarks }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_finds_the_newest_version() {
        assert_eq!(Tool::named("prisma"), Some(Tool::PRISMA));
        assert_eq!(Tool::named("supabase"), Some(Tool::SUPABASE));
        assert_eq!(Tool::named("none"), Some(Tool::NONE));
        assert_eq!(Tool::named("flyaway"), None);
        assert_eq!(Tool::of_version("prisma@7.3.1"), Some(Tool::PRISMA_BEFORE_7_4));
        assert_eq!(Tool::of_version("prisma@8"), Some(Tool::PRISMA));
        assert_eq!(Tool::of_version("supabase@2.98"), Some(Tool::SUPABASE_BEFORE_2_109));
        assert_eq!(Tool::of_version("supabase@2.109.1"), Some(Tool::SUPABASE_BEFORE_2_116));
        assert_eq!(Tool::of_version("supabase@3"), Some(Tool::SUPABASE));
        assert_eq!(Tool::of_version("goose@3.2"), Some(Tool::GOOSE));
        assert_eq!(Tool::of_version("prisma@new"), None);
    }

    #[test]
    fn a_tool_that_opens_a_transaction_says_how_to_leave_it() {
        for tool in Tool::ALL {
            if tool.transaction != TransactionMode::Statement {
                let sentence = tool.opt_out.unwrap_or_else(|| panic!("{} has no opt-out", tool.name));
                assert!(!sentence.ends_with('.') && !sentence.contains("  "), "{sentence}");
            }
        }
    }
}
