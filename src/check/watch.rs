//! How far a run is, for those who wait for it.

/// A part of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Files are looked for and loaded. Before [`super::check()`].
    Find,
    /// Texts become statements.
    Parse,
    /// Statements are analysed and applied, one after the other.
    Replay,
    /// Rules speak.
    Judge,
    /// The report is written. After [`super::check()`].
    Report,
}

impl Stage {
    /// What happens, as the beginning of a line.
    pub fn display(self) -> &'static str {
        match self {
            Self::Find => "finding files",
            Self::Parse => "parsing",
            Self::Replay => "replaying",
            Self::Judge => "judging",
            Self::Report => "reporting",
        }
    }
}

/// Wants to know how far a run is. It is told from several threads.
pub trait Watch: Sync {
    /// A stage begins, and the one before it is over. A project is replayed before the next is parsed, so that stages come again.
    fn begin(&self, stage: Stage);
    /// A file has been parsed.
    fn parsed(&self);
}

/// Nobody waits.
impl Watch for () {
    fn begin(&self, _: Stage) {}
    fn parsed(&self) {}
}
