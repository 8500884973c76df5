//! Files that are no migrations but have a say in what becomes of them: scripts and workflows that deploy them, a schema file that is
//! pushed past them.
//!
//! [`Neighbour`] is such a file before it is read, [`Surrounding`] what was read in it. From there on it goes the way of a migration:
//! [`mod@crate::rule`] judges its effects, [`crate::suppress`] reads its comments, fingerprints, baselines and reports treat it as any
//! file. [`mod@crate::deploy`] says how a kind of file is added.

use crate::effect::Effect;
use crate::source::{SourceId, Span};

/// A file that is no migration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Neighbour {
    /// Its text.
    pub source: SourceId,
    /// Its findings are asked for; else it is context.
    pub judged: bool,
}

/// A file that is no migration, read.
#[derive(Clone, Debug, PartialEq)]
pub struct Surrounding {
    /// Its text.
    pub source: SourceId,
    /// Its findings are asked for; else it is context.
    pub judged: bool,
    /// Its comments with their delimiters, in order.
    pub comments: Vec<Span>,
    /// What a comment can belong to and a finding is shown in, as a statement is in a migration: a command, a model of a schema. In order;
    /// none overlaps another.
    pub passages: Vec<Span>,
    /// What it does; the cause of each lies in a passage or, where it is about the whole file, in none.
    pub effects: Vec<Effect>,
}

impl Surrounding {
    /// A file in which nothing was read yet.
    pub fn of(neighbour: Neighbour) -> Self {
        let Neighbour { source, judged } = neighbour;
        Self { source, judged, comments: Vec::new(), passages: Vec::new(), effects: Vec::new() }
    }

    /// Index of the passage in which a place lies.
    pub fn passage_at(&self, place: Span) -> Option<usize> {
        let at = self.passages.partition_point(|passage| passage.start <= place.start).checked_sub(1)?;
        self.passages[at].contains(place).then_some(at)
    }
}
