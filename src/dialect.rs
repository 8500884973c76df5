//! Which server is meant, and what its table locks block.

/// A family of servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Dialect {
    /// PostgreSQL.
    Postgres,
}

impl Dialect {
    /// Its name in configuration and machine output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
        }
    }
}

/// A server's major version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Version(pub u16);

impl Version {
    /// The oldest PostgreSQL whose behaviour was observed.
    pub const OLDEST_POSTGRES: Self = Self(11);
    /// The newest PostgreSQL whose behaviour was observed; assumed when none is configured.
    pub const NEWEST_POSTGRES: Self = Self(18);
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}
