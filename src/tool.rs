//! What each migration tool does with a file: data only. Recognising a tool is [`crate::discover`]'s business.
//!
//! Source of the facts: the tools' own code and documentation.

use crate::source::{Source, Span};

/// How a tool hands a file to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TransactionMode {
    /// The tool opens a transaction around the file (or its section).
    File,
    /// The tool opens one transaction around all pending files.
    All,
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
}

/// A migration tool.
#[derive(Clone, Copy, Debug)]
pub struct Tool {
    /// As configuration and machine output write it: `golang-migrate`.
    pub name: &'static str,
    /// As sentences write it.
    pub display: &'static str,
    /// How it hands a file over, where nothing in or beside the file says otherwise.
    pub transaction: TransactionMode,
    /// How a file leaves the transaction, as a sentence that names the tool's own line; `None`: it cannot.
    pub opt_out: Option<&'static str>,
}

impl Tool {
    /// Plain files, handed over one statement at a time.
    pub const NONE: Self =
        Self { name: "none", display: "no migration tool", transaction: TransactionMode::Statement, opt_out: None };

    /// The tool that configuration and machine output call so.
    pub fn named(name: &str) -> Option<Self> {
        [Self::NONE].into_iter().find(|tool| tool.name == name)
    }

    /// The sections of a file. `transaction` is what a file beside it says (`V2__x.sql.conf`, `metadata.toml`), if anything.
    pub fn sections(&self, source: &Source, comments: &[Span], transaction: Option<TransactionMode>) -> Vec<Section> {
        let _ = comments;
        let whole = Span::new(0, source.text().len() as u32);
        vec![Section { span: whole, direction: Direction::Up, transaction: transaction.unwrap_or(self.transaction) }]
    }
}
