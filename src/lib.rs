//! Is this migration worthy to ship? A static SQL linter and migration safety checker.

pub mod analyze;
pub mod catalog;
pub mod check;
pub mod cli;
pub mod diagnostic;
pub mod dialect;
pub mod discover;
pub mod effect;
pub mod fix;
pub mod migration;
pub mod parse;
pub mod replay;
pub mod report;
pub mod rule;
pub mod session;
pub mod settings;
pub mod source;
pub mod statement;
pub mod suppress;
pub mod tool;
pub mod verify;
