//! Places as the machine contract writes them.

use crate::source::{ColumnUnit, Source, Span};
use serde::Serialize;

/// A point in a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Position {
    /// 1-based.
    line: u32,
    /// 1-based, in Unicode scalar values.
    column: u32,
    /// From the file's start, in bytes.
    offset: u32,
}

/// A half-open range in a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Range {
    start: Position,
    end: Position,
}

impl Position {
    fn new(source: &Source, offset: u32) -> Self {
        let at = source.line_column(offset, ColumnUnit::Char);
        Self { line: at.line, column: at.column, offset }
    }
}

impl Range {
    /// The range of a span.
    pub(super) fn new(source: &Source, span: Span) -> Self {
        Self { start: Position::new(source, span.start), end: Position::new(source, span.end) }
    }
}
