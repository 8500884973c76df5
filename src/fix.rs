//! Changes to a source that mend a finding.

use crate::source::Span;

/// May a change be made without a person looking at it?
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Applicability {
    /// The meaning stays, only the hazard goes.
    Safe,
    /// A person has to look.
    Unsafe,
}

/// Replaces the bytes of `span` by `insert`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced; empty for an insertion.
    pub span: Span,
    /// What stands there afterwards.
    pub insert: String,
}

/// Edits of one source that belong together; they do not overlap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// May it be applied unseen?
    pub applicability: Applicability,
    /// In ascending order.
    pub edits: Vec<Edit>,
}
