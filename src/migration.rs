//! A migration: one file's statements with what the migration tool makes of the file.

mod discipline;
mod needless;
mod scripts;

use crate::history::{Clash, Misplaced};
use crate::source::{SourceId, Span};
use crate::statement::Statement;
use crate::tool::Remark;

pub use crate::tool::{Direction, Section};
pub use discipline::hold_to_their_own;
pub use needless::{begin_on_sqlite, needless_opt_outs, refused_by_older};
pub use scripts::arrange;

/// What a file is to the project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Runs once, in order.
    Migration,
    /// Runs whenever it changes (Flyway's `R__`).
    Repeatable,
    /// Runs with every deployment (Flyway's callbacks).
    Callback,
    /// Undoes a migration: checked for syntax, replayed nowhere.
    Down,
    /// Fills tables; runs after the migrations, in every environment.
    Seed,
    /// A dump of the whole schema: knowledge, not a migration.
    Schema,
    /// A part that others include: it runs where they name it, and is judged as the file that it is.
    Included,
}

/// One file.
#[derive(Clone, Debug)]
pub struct Migration {
    /// Its text.
    pub source: SourceId,
    /// What it is to the project.
    pub role: Role,
    /// Its sections.
    pub sections: Vec<Section>,
    /// Its statements in order.
    pub statements: Vec<Statement>,
    /// Its comments with their delimiters, in order.
    pub comments: Vec<Span>,
    /// What could not be read.
    pub problems: Vec<Problem>,
    /// Whether its findings are asked for; else it is context.
    pub judged: bool,
    /// It has not been deployed yet: all such files of a project are one deployment.
    pub pending: bool,
    /// When it runs, where no tool says that.
    pub turn: Turn,
    /// What the tool puts into it, and before which byte: files whose role is [`Role::Included`].
    pub includes: Vec<(u32, SourceId)>,
}

/// What is known of when a file runs. By default a tool, or whoever named the files, has told their order, and each is a deployment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Turn {
    /// Its place among the files is a guess: what stands in others may come before or behind it.
    pub guessed: bool,
    /// Programs that no file shows may have run before it.
    pub coded: bool,
    /// Files with the same number are one deployment.
    pub release: Option<u32>,
}

impl Migration {
    /// The first problem of each statement that was not understood.
    pub fn not_understood(&self) -> impl Iterator<Item = &Problem> {
        let mut last = None;
        let problems = self.problems.iter().filter(|problem| matches!(problem.kind, ProblemKind::NotUnderstood { .. }));
        problems.filter(move |problem| {
            problem.statement.is_none() || last.replace(problem.statement) != Some(problem.statement)
        })
    }

    /// The section in which a statement stands.
    pub fn section_of(&self, statement: &Statement) -> Option<&Section> {
        self.sections
            .iter()
            .find(|section| section.span.start <= statement.span.start && statement.span.start < section.span.end)
    }

    /// Index of the statement in which a place lies.
    pub fn statement_at(&self, place: Span) -> Option<usize> {
        let at = self.statements.partition_point(|statement| statement.span.start <= place.start).checked_sub(1)?;
        self.statements[at].span.contains(place).then_some(at)
    }
}

/// Something in a file that could not be read, at its place. The rest of the file is read all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The exact tokens.
    pub span: Span,
    /// Index of the statement, where it is about one.
    pub statement: Option<usize>,
    /// What is wrong.
    pub kind: ProblemKind,
}

/// See [`Problem`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// Bytes that are not UTF-8; the first of them.
    NotUtf8 {
        /// How many.
        count: usize,
    },
    /// The server would refuse it, for certain.
    Syntax {
        /// One sentence without a full stop.
        message: String,
        /// What to write instead, where that is clear.
        help: Option<String>,
    },
    /// The statement was not understood; the server may well take it.
    NotUnderstood {
        /// Its verb, upper case; may be empty.
        verb: String,
        /// The grammar of this verb is read completely: no server from the oldest to the newest known takes the statement as it
        /// stands.
        certain: bool,
    },
    /// The migration tool refuses the file, passes over a part of it, or does not follow one of its lines.
    Tool(Remark),
    /// The same of a file that is not judged, where a change to a file beside it brings it about.
    BroughtAbout(Remark),
    /// The file is not where, or not what, it should be.
    Misplaced(Misplaced),
    /// A migration that another branch added meanwhile changes the same object.
    Clash(Clash),
    /// The file could not be read at all; there are no statements.
    Unreadable {
        /// Why, as the end of a sentence: `it is UTF-16`.
        reason: String,
    },
}
