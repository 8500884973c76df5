//! Source text, byte ranges in it, and the three ways to count columns.
//!
//! Every position in the crate is a byte offset. Lines and columns are worked out only where a report needs them,
//! because each format counts differently (characters, UTF-16 units, bytes).

use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// A half-open range of bytes in one source.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Span {
    /// Offset of the first byte.
    pub start: u32,
    /// Offset behind the last byte.
    pub end: u32,
}

impl Span {
    /// The range `start..end`.
    pub fn new(start: u32, end: u32) -> Self {
        debug_assert!(start <= end, "a span ends before it starts: {start}..{end}");
        Self { start, end }
    }

    /// The empty range at `offset`.
    pub fn empty(offset: u32) -> Self {
        Self { start: offset, end: offset }
    }

    /// The smallest range that holds both.
    pub fn to(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// Length in bytes.
    pub fn len(self) -> u32 {
        self.end - self.start
    }

    /// Whether it holds no byte.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// Whether `other` lies within this range.
    pub fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// The same range as indices.
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// The same range, `by` bytes further on: from a slice's offsets to its source's.
    pub fn shifted(self, by: u32) -> Self {
        Self { start: self.start + by, end: self.end + by }
    }
}

impl std::fmt::Debug for Span {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}..{}", self.start, self.end)
    }
}

/// Which source of a run; an index into its [`Sources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceId(pub u32);

/// A place in one of the run's sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Location {
    /// The source.
    pub source: SourceId,
    /// Where in it.
    pub span: Span,
}

/// A 1-based line with its column, counted in one unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineColumn {
    /// 1-based.
    pub line: u32,
    /// 1-based, in the unit that was asked for.
    pub column: u32,
}

/// What a column counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnUnit {
    /// Bytes of UTF-8.
    Byte,
    /// Unicode scalar values; the contract's unit.
    Char,
    /// UTF-16 code units: SARIF by default, LSP.
    Utf16,
}

/// Stands for one undecodable byte in [`Source::text`], so that every offset stays the file's own.
pub const UNDECODABLE: char = '\u{1a}';

/// One file's text.
///
/// The text has the same length as the file: a byte that is not UTF-8 is replaced by [`UNDECODABLE`], which is one byte
/// as well, and its place is kept in [`Source::undecodable`].
#[derive(Debug)]
pub struct Source {
    path: String,
    text: String,
    undecodable: Vec<u32>,
    unreadable: Option<Undecodable>,
    line_starts: OnceLock<Vec<u32>>,
    /// Characters and UTF-16 units before every [`MARK`]th byte; see [`Source::count`].
    marks: OnceLock<Vec<(u32, u32)>>,
}

/// How many bytes lie between two marks.
const MARK: usize = 1024;

/// A file that is not text that could be read at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undecodable {
    /// It begins with a UTF-16 or UTF-32 byte order mark.
    Utf16,
    /// It has 4 GiB or more.
    TooLarge,
    /// It could not be read; why, as the end of a sentence.
    NotRead(String),
}

impl std::fmt::Display for Undecodable {
    /// As the end of a sentence.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Utf16 => f.write_str("it is UTF-16 or UTF-32, not UTF-8"),
            Self::TooLarge => f.write_str("it has 4 GiB or more"),
            Self::NotRead(why) => f.write_str(why),
        }
    }
}

impl Source {
    /// A source from text. `path` is what diagnostics print: with `/`, relative where the user gave it so.
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            text: text.into(),
            undecodable: Vec::new(),
            unreadable: None,
            line_starts: OnceLock::new(),
            marks: OnceLock::new(),
        }
    }

    /// Stands for a file that [`Source::decode`] refused: it has no text, and [`crate::check`] reports it.
    pub fn unreadable(path: impl Into<String>, why: Undecodable) -> Self {
        Self { unreadable: Some(why), ..Self::new(path, "") }
    }

    /// Why the file could not be read, where it could not.
    pub fn why_unreadable(&self) -> Option<&Undecodable> {
        self.unreadable.as_ref()
    }

    /// A source from a file's bytes.
    ///
    /// # Errors
    /// [`Undecodable`] where the bytes are no 8-bit text, or too many.
    pub fn decode(path: impl Into<String>, bytes: Vec<u8>) -> Result<Self, Undecodable> {
        if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
            return Err(Undecodable::Utf16);
        }
        if bytes.len() >= u32::MAX as usize {
            return Err(Undecodable::TooLarge);
        }
        let mut undecodable = Vec::new();
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let bytes = error.into_bytes();
                let mut text = String::with_capacity(bytes.len());
                for chunk in bytes.utf8_chunks() {
                    text.push_str(chunk.valid());
                    for _ in chunk.invalid() {
                        undecodable.push(text.len() as u32);
                        text.push(UNDECODABLE);
                    }
                }
                text
            }
        };
        Ok(Self { undecodable, ..Self::new(path, text) })
    }

    /// The path as diagnostics print it.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Offsets of the bytes that are not UTF-8, ascending.
    pub fn undecodable(&self) -> &[u32] {
        &self.undecodable
    }

    /// The text of a span.
    ///
    /// # Panics
    /// Where the span is not of this source.
    pub fn slice(&self, span: Span) -> &str {
        &self.text[span.range()]
    }

    /// Line and column of an offset; an offset within a character counts as that character's start.
    pub fn line_column(&self, offset: u32, unit: ColumnUnit) -> LineColumn {
        let starts = self.line_starts();
        let line = starts.partition_point(|&start| start <= offset) - 1;
        let mut offset = (offset as usize).min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let mut start = starts[line] as usize;
        // A byte order mark is not a column of the first line.
        if line == 0 && self.text.starts_with('\u{feff}') && offset >= 3 {
            start = 3;
        }
        let column = self.count(start.min(offset), offset, unit);
        LineColumn { line: line as u32 + 1, column: column as u32 + 1 }
    }

    /// How many units lie between two character boundaries. A long line is not counted anew for every place in it.
    fn count(&self, start: usize, end: usize, unit: ColumnUnit) -> usize {
        let short = |start: usize, end: usize| units(&self.text.as_bytes()[start..end], unit);
        match unit {
            ColumnUnit::Byte => end - start,
            _ if end - start < 2 * MARK => short(start, end),
            ColumnUnit::Char | ColumnUnit::Utf16 => {
                let (first, last) = (start.div_ceil(MARK), end / MARK);
                let marks = self.marks();
                let marked = |(chars, utf16): (u32, u32)| if unit == ColumnUnit::Char { chars } else { utf16 };
                let between = marked(marks[last]) - marked(marks[first]);
                short(start, first * MARK) + between as usize + short(last * MARK, end)
            }
        }
    }

    fn marks(&self) -> &[(u32, u32)] {
        self.marks.get_or_init(|| {
            let mut sum = (0, 0);
            let mut marks = vec![sum];
            for chunk in self.text.as_bytes().chunks_exact(MARK) {
                sum.0 += units(chunk, ColumnUnit::Char) as u32;
                sum.1 += units(chunk, ColumnUnit::Utf16) as u32;
                marks.push(sum);
            }
            marks
        })
    }

    /// Offsets at which the lines start; the first is 0. Lines end with `\n`, `\r\n` or a lone `\r`.
    pub fn line_starts(&self) -> &[u32] {
        self.line_starts.get_or_init(|| {
            let bytes = self.text.as_bytes();
            let mut starts = vec![0];
            for (at, &byte) in bytes.iter().enumerate() {
                if byte == b'\n' || (byte == b'\r' && bytes.get(at + 1) != Some(&b'\n')) {
                    starts.push(at as u32 + 1);
                }
            }
            starts
        })
    }
}

/// The units that begin in these bytes of UTF-8; a character that a cut divides counts where its first byte is.
fn units(bytes: &[u8], unit: ColumnUnit) -> usize {
    let of = |byte: u8| match (unit, byte) {
        (ColumnUnit::Byte, _) => 1,
        (_, 0x80..0xc0) => 0,
        (ColumnUnit::Utf16, 0xf0..) => 2,
        _ => 1,
    };
    bytes.iter().map(|&byte| of(byte)).sum()
}

/// The sources of a run, by [`SourceId`].
#[derive(Clone, Debug, Default)]
pub struct Sources(Vec<Arc<Source>>);

impl Sources {
    /// Adds a source.
    pub fn add(&mut self, source: Arc<Source>) -> SourceId {
        self.0.push(source);
        SourceId(self.0.len() as u32 - 1)
    }

    /// The source of an id that [`Sources::add`] gave.
    pub fn get(&self, id: SourceId) -> &Arc<Source> {
        &self.0[id.0 as usize]
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_in_their_own_unit() {
        let source = Source::new("a.sql", "x\ré😀y\r\nz");
        let at = source.text().find('y').unwrap() as u32;
        let column = |unit| source.line_column(at, unit);
        assert_eq!(column(ColumnUnit::Byte), LineColumn { line: 2, column: 7 });
        assert_eq!(column(ColumnUnit::Char), LineColumn { line: 2, column: 3 });
        assert_eq!(column(ColumnUnit::Utf16), LineColumn { line: 2, column: 4 });
        assert_eq!(source.line_column(at + 3, ColumnUnit::Char), LineColumn { line: 3, column: 1 });
    }

    #[test]
    fn a_long_line_counts_as_a_short_one_does() {
        let text = format!("-- x\n{}", "é😀a\u{301}".repeat(2000));
        let source = Source::new("a.sql", text.as_str());
        for (offset, _) in text.char_indices().filter(|(offset, _)| *offset >= 5) {
            let before = &text[5..offset];
            let column = |unit| source.line_column(offset as u32, unit).column as usize;
            assert_eq!(column(ColumnUnit::Char), before.chars().count() + 1, "{offset}");
            assert_eq!(column(ColumnUnit::Utf16), before.encode_utf16().count() + 1, "{offset}");
            assert_eq!(column(ColumnUnit::Byte), before.len() + 1, "{offset}");
        }
    }

    #[test]
    fn bytes_that_are_not_utf8_keep_every_offset() {
        let source = Source::decode("a.sql", b"-- caf\xe9\nSELECT 1;\xff".to_vec()).unwrap();
        assert_eq!(source.undecodable(), [6, 17]);
        assert_eq!(source.slice(Span::new(8, 16)), "SELECT 1");
        assert_eq!(source.line_column(8, ColumnUnit::Char), LineColumn { line: 2, column: 1 });
    }

    #[test]
    fn a_byte_order_mark_is_no_column() {
        let source = Source::new("a.sql", "\u{feff}SELECT");
        assert_eq!(source.line_column(3, ColumnUnit::Char), LineColumn { line: 1, column: 1 });
    }

    #[test]
    fn utf16_is_refused() {
        assert_eq!(Source::decode("a.sql", vec![0xff, 0xfe, b'S', 0]).unwrap_err(), Undecodable::Utf16);
    }
}
