//! Source -> statements. Never fails: it gives a value *and* what it did not understand.
//!
//! Tokens decide, sqlparser enriches: [`lex`] cuts tokens, [`split`] cuts statements, [`recognise`] tells what each asks for by its
//! tokens alone, [`detail`] asks sqlparser about queries. sqlparser is named nowhere else in the crate.

pub(crate) mod body;
pub(crate) mod cursor;
pub(crate) mod dml;
pub(crate) mod expression;
pub(crate) mod lex;
pub(crate) mod query;
pub(crate) mod recognise;
pub(crate) mod type_name;

use crate::dialect::Dialect;
use crate::migration::Problem;
use crate::source::{Source, Span};
use crate::statement::Statement;

/// What a source holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parsed {
    /// Its statements in order.
    pub statements: Vec<Statement>,
    /// Its comments with their delimiters, in order.
    pub comments: Vec<Span>,
    /// What could not be read, in order.
    pub problems: Vec<Problem>,
}

/// Reads a source.
pub fn parse(source: &Source, dialect: Dialect) -> Parsed {
    let _ = (source, dialect);
    Parsed::default()
}
