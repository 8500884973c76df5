//! Is this migration worthy to ship? A static SQL linter and migration safety checker.
//!
//! # One idea
//!
//! A statement has *effects*: it builds an index, with this lock, which blocks those sessions, on a table that is or is not in use.
//! A rule is an *opinion* about one effect. What servers do is known in one place per server and yields [`effect::Effect`]s; it knows no
//! rule. Rules read effects; they see neither SQL nor a parser. `shipworthy effects` prints the words that rules use.
//!
//! # The way of a file
//!
//! | stage | module | from | to |
//! | --- | --- | --- | --- |
//! | find | [`mod@discover`] | paths | projects: files in the order in which their migration tool runs them |
//! | read | [`mod@parse`] | [`source::Source`] | [`statement::Statement`]s, comments, and what was not understood |
//! | cut | [`tool`] | comments, statements | [`tool::Section`]s, each with its way to the server |
//! | replay | [`mod@replay`] | a project's [`migration::Migration`]s | [`replay::Step`]s: analyse, then apply, one statement after the other |
//! | look around | [`mod@deploy`] | files that are no migrations | [`surrounding::Surrounding`]s: effects as well |
//! | analyse | [`analyze`] | [`catalog::Catalog`], [`session::Session`], a statement | [`effect::Effect`]s |
//! | apply | [`catalog`] | a statement | the next catalog |
//! | hold against | [`mod@drift`] | schemas that applications declare ([`declared`]), what the migrations make | [`surrounding::Surrounding`]s: effects as well |
//! | judge | [`rule`] | effects, rule documents | [`diagnostic::Diagnostic`]s |
//! | silence | [`suppress`] | comments | fewer of them, and those comments that silence nothing |
//! | print | [`report`] | [`check::Outcome`] | one module per format |
//!
//! [`check::check()`] is the whole of it but for finding and printing; [`cli`] puts the two ends on. Files are read side by side; the
//! replay is one fold over one catalog, which is never cloned: [`catalog::CatalogMark`] takes it back where a transaction is rolled back.
//!
//! # What holds
//!
//! - A rule never sees SQL. If a rule cannot be said as a flat condition on one effect, the vocabulary lacks a word.
//! - What is known about a server names no rule.
//! - The core does no I/O and cannot fail: it takes any bytes, in time and memory linear in them, and its stack is bounded. Files are touched
//!   in [`mod@discover`] and [`cli`], and `cli` alone prints.
//! - Reading gives a value *and* what it did not understand. What is not understood is said once; it silences no finding elsewhere in the file.
//! - The same input gives the same bytes, whatever the number of threads.
//! - A table that was never seen to be made counts as live and large. What is assumed is said to be: [`effect::Confidence`].
//! - Tokens decide what a statement is; sqlparser, which no module but [`mod@parse`] names, adds detail and is never asked whether SQL is valid.
//! - The core's types are not serializable. Formats are, each with its own structs.
//!
//! # Who may use whom
//!
//! A module uses only what stands to its left; `tests/architecture.rs` reads the source and fails on an edge the other way.
//!
//! [`source`] → [`diagnostic`], [`fix`] → [`dialect`], [`tool`] → [`settings`] → [`statement`], [`migration`] → [`mod@parse`] → [`catalog`],
//! [`session`], [`effect`], [`surrounding`] → [`mod@deploy`], [`analyze`] → [`mod@replay`] → [`mod@drift`] → [`rule`] → [`suppress`] → [`mod@check`] → [`verify`] → [`report`] →
//! [`mod@discover`], [`cli`].
//!
//! # Where to add what
//!
//! - A rule: one document below `rules/`, see `rules/README.md`. [`verify`] runs its examples.
//! - A migration tool: its data in [`tool`], how to find it in a file of `src/discover/`, a test beside each.
//! - A file around the migrations: its reader in `src/deploy/`, its name in [`deploy::is_known`].
//! - A kind of declared schema: its reader in `src/declared/`, its name in [`drift::is_known`].
//! - A report format: one file in `src/report/`, one variant in [`cli`].
//! - A word of the vocabulary: one entry in [`effect`], its analysis, a recording or a test of what the server does.
//! - A server version: thresholds in [`analyze`], with the recording that shows them.

pub mod analyze;
pub mod base;
pub mod baseline;
pub mod catalog;
pub mod check;
pub mod cli;
pub mod config;
pub mod declared;
pub mod deploy;
pub mod diagnostic;
pub mod dialect;
pub mod discover;
pub mod drift;
pub mod effect;
pub mod fix;
pub mod git;
pub mod history;
pub mod migration;
pub mod parse;
pub mod pattern;
pub mod replay;
pub mod report;
pub mod rule;
pub mod session;
pub mod settings;
pub mod source;
pub mod statement;
pub mod suppress;
pub mod surrounding;
pub mod tool;
pub mod verify;
