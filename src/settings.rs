//! What a run was asked to assume. Resolved: whether it came from a flag, a file or a default no longer matters, but for the
//! version, whose origin the summary tells.

mod known;

pub use known::{Extent, Known, TableSize};

use crate::base::Base;
use crate::dialect::{Dialect, Version};

/// Where the server's version comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VersionFrom {
    /// Assumed: the newest known.
    Default,
    /// `--postgres`.
    Flag,
    /// `postgres` in the configuration.
    Configuration,
}

impl VersionFrom {
    /// Its name in machine output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Flag => "flag",
            Self::Configuration => "configuration",
        }
    }
}

/// The assumptions of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The server's family.
    pub dialect: Dialect,
    /// Its major version.
    pub version: Version,
    /// Where that comes from.
    pub version_from: VersionFrom,
    /// The files are the whole schema: what they did not create does not exist.
    pub from_empty: bool,
    /// What a session of the migration tool begins with.
    pub timeouts: Timeouts,
    /// What comments that silence rules have to say.
    pub allows: AllowPolicy,
    /// What the team knows of its database.
    pub known: Known,
    /// Where the run began.
    pub base: Base,
}

/// What comments that silence rules have to say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowPolicy {
    /// Each gives a reason.
    pub require_reasons: bool,
    /// The day of the run as ISO 8601 writes it, to which `until` is compared; `None`: nothing expires.
    pub today: Option<String>,
}

/// Settings that a connection, role or database gives every session, as PostgreSQL writes them: `2s`. `RESET` goes back to them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timeouts {
    /// `lock_timeout`.
    pub lock: Option<String>,
    /// `statement_timeout`.
    pub statement: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            dialect: Dialect::Postgres,
            version: Version::NEWEST_POSTGRES,
            version_from: VersionFrom::Default,
            from_empty: false,
            timeouts: Timeouts::default(),
            allows: AllowPolicy::default(),
            known: Known::default(),
            base: Base::default(),
        }
    }
}
