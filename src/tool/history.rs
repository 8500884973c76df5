//! What each tool makes of migrations whose order is not what it was. Source: the tools' own code and documentation.

use super::Tool;

/// What a tool does about a migration that is out of place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Upset {
    /// It is content.
    Nothing,
    /// It refuses to run anything.
    Refused,
    /// It never runs the migration.
    Skipped,
    /// It runs the migration behind others that it was written to run before.
    Late,
    /// It runs the migration once more where it has run under its old name.
    Again,
    /// It does not notice: databases on which the migration has run differ from others.
    Unseen,
}

impl Upset {
    /// All.
    pub const ALL: [Self; 6] = [Self::Nothing, Self::Refused, Self::Skipped, Self::Late, Self::Again, Self::Unseen];

    /// As rule documents write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Refused => "refused",
            Self::Skipped => "skipped",
            Self::Late => "late",
            Self::Again => "again",
            Self::Unseen => "unseen",
        }
    }

    /// As sentences write it, behind the tool's name.
    pub fn display(self) -> &'static str {
        match self {
            Self::Nothing => "is content",
            Self::Refused => "refuses to run",
            Self::Skipped => "never runs it",
            Self::Late => "runs it all the same",
            Self::Again => "runs it again",
            Self::Unseen => "does not notice",
        }
    }
}

/// By what a tool knows that a migration has run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity {
    /// By its version.
    Version,
    /// By its whole name.
    Name,
}

/// What a tool makes of its history.
#[derive(Clone, Copy, Debug)]
pub struct History {
    /// A migration comes with a version that another one has already.
    pub duplicate: Upset,
    /// A migration comes when one with a higher version has run.
    pub late: Upset,
    /// A migration that has run is there no more.
    pub deleted: Upset,
    /// By what it knows a migration.
    pub identity: Identity,
    /// A migration's name is part of its checksum, or compared like it.
    pub name_in_checksum: bool,
    /// Names alone make the order; no plan or journal does.
    pub sorts_names: bool,
    /// The file that lists what runs, beside the migrations; `None` where what is named so runs.
    pub list: Option<&'static str>,
}

impl Tool {
    /// What the tool makes of its history; `None` where there is no tool, or its plan alone counts.
    pub fn history(&self) -> Option<History> {
        // Most know a migration by its version, and run what has not run yet in the order of versions.
        let usual = History {
            duplicate: Upset::Refused,
            late: Upset::Late,
            deleted: Upset::Unseen,
            identity: Identity::Version,
            name_in_checksum: false,
            sorts_names: true,
            list: None,
        };
        let by_name = History { duplicate: Upset::Nothing, identity: Identity::Name, ..usual };
        let strict = History { late: Upset::Refused, deleted: Upset::Refused, ..usual };
        Some(match self.name {
            // `flyway validate`, which `migrate` begins with: a migration behind the newest is "not applied", names are compared.
            "flyway" | "refinery" => History { name_in_checksum: true, ..strict },
            // `db push` asks for --include-all, and for a repair where a version is missing.
            "supabase" => strict,
            // The version is a place in the order: what lies below the current one is behind it.
            "maragudk-migrate" => History { duplicate: Upset::Nothing, late: Upset::Skipped, ..by_name },
            "golang-migrate" => History { late: Upset::Skipped, deleted: Upset::Refused, ..usual },
            // Unless -allow-missing is given.
            "goose" => History { late: Upset::Refused, ..usual },
            // exec-order is linear by default.
            "atlas" => History { late: Upset::Refused, deleted: Upset::Refused, ..usual },
            // Each version is checked against those that have run (`VersionMissing`).
            "sqlx" => History { deleted: Upset::Refused, ..usual },
            "tern" => History { late: Upset::Nothing, deleted: Upset::Refused, ..usual },
            // check-order is on by default.
            "node-pg-migrate" => History { late: Upset::Refused, deleted: Upset::Refused, ..by_name },
            "prisma" | "sql-migrate" => by_name,
            // A journal tells the order; a migration is chosen by the journal's time alone.
            "drizzle" => {
                History { late: Upset::Skipped, sorts_names: false, list: Some("meta/_journal.json"), ..by_name }
            }
            "dbmate" | "diesel" | "hasura" | "bun" | "geni" => usual,
            // Plans, changelogs, hash chains and dependencies order the others, or nothing does.
            _ => return None,
        })
    }
}
