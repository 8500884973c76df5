//! A finding: what a person reads, independent of how it is printed.

use crate::fix::Fix;
use crate::source::Location;
use smol_str::SmolStr;

/// How bad a finding is, least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; never fails a run by default.
    Note,
    /// Should be looked at before it ships.
    Warning,
    /// Would hurt people on a live server.
    Error,
}

impl Severity {
    /// All, least first.
    pub const ALL: [Self; 3] = [Self::Note, Self::Warning, Self::Error];

    /// Its name in configuration and machine output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    /// The severity of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|severity| severity.name() == name)
    }
}

/// A sentence at a place that explains a finding; the place may be in another file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// A short sentence without a full stop.
    pub message: String,
    /// The exact tokens.
    pub at: Location,
}

/// A comment that allows a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// What to insert: a line, or a comment and a space where something else stands on that line. `<why>` is for the reason.
    pub insert: String,
    /// Where, in bytes.
    pub at: u32,
    /// The migration tool compares checksums: where the file has run, it would refuse the file with the comment in it.
    pub changes_checksum: bool,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The rule's name, for example `blocking-index-build`.
    pub rule: SmolStr,
    /// The rule's category, for example `locking`.
    pub category: SmolStr,
    /// How bad.
    pub severity: Severity,
    /// One sentence without a full stop.
    pub message: String,
    /// The statement, or its one action that is meant.
    pub at: Location,
    /// Index of the statement in its file, counted from 0; `None` for a finding about the file.
    pub statement: Option<usize>,
    /// What is to be seen where. The first is about [`Diagnostic::at`].
    pub labels: Vec<Label>,
    /// What to do instead, a line each.
    pub help: Vec<String>,
    /// What was assumed, a line each.
    pub notes: Vec<String>,
    /// A change that would mend it.
    pub fix: Option<Fix>,
    /// Other rules, warnings and errors, that are heard in the labels and would speak were this one silent.
    pub also: Vec<SmolStr>,
    /// A comment that would allow it where it stands; `None` where none can.
    pub allow: Option<Allowance>,
    /// Stays the same when lines are added elsewhere; 16 hexadecimal digits. Two findings of one run never share it.
    pub fingerprint: String,
}
