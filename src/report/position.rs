//! Places as the readers of each format count them: the one way from the crate's byte offsets to lines and columns.
//!
//! Lines and columns count from 1 and the end is exclusive in every format. Lines end with LF, CRLF or a lone CR, and nothing in a line is
//! skipped; what differs is what a column counts, and whether a byte order mark is one. A byte that is not UTF-8 is one of everything.

use crate::source::{ColumnUnit, LineColumn, Location, SourceId, Sources, Span};
use std::cell::Cell;
use textwrap::core::display_width;

/// What a column counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Count {
    /// Unicode scalar values, as the machine contract says; also where a format's readers show columns and do not use them.
    Characters,
    /// UTF-16 code units: SARIF with `columnKind` `utf16CodeUnits`, and editors.
    Utf16,
    /// Bytes of the line as it is in the file: reviewdog cuts the line of a diff at them, and a byte order mark is part of that.
    Bytes,
    /// Columns of a terminal, with a tab stop at every eighth: GCC's own default (`-fdiagnostics-column-unit=display`, `-ftabstop=8`), which
    /// is the GNU coding standards' rule for messages.
    Screen,
}

/// The columns between tab stops.
const TAB: u32 = 8;
/// The bytes of a byte order mark.
const MARK: u32 = 3;

/// Counts places in sources.
pub(super) struct Positions<'a> {
    sources: &'a Sources,
    count: Count,
    /// Where counting of screen columns stopped; a long line is not counted anew for each of its findings.
    last: Cell<Option<Stop>>,
}

/// A place on a screen.
#[derive(Clone, Copy)]
struct Stop {
    source: SourceId,
    line: u32,
    offset: u32,
    column: u32,
}

impl<'a> Positions<'a> {
    /// Counts in the sources of a run.
    pub(super) fn new(sources: &'a Sources, count: Count) -> Self {
        Self { sources, count, last: Cell::new(None) }
    }

    /// The line and column of an offset.
    pub(super) fn point(&self, source: SourceId, offset: u32) -> LineColumn {
        let text = self.sources.get(source);
        match self.count {
            Count::Characters => text.line_column(offset, ColumnUnit::Char),
            Count::Utf16 => text.line_column(offset, ColumnUnit::Utf16),
            Count::Bytes => {
                let LineColumn { line, column } = text.line_column(offset, ColumnUnit::Byte);
                let marked = line == 1 && offset >= MARK && text.text().starts_with('\u{feff}');
                LineColumn { line, column: column + if marked { MARK } else { 0 } }
            }
            Count::Screen => self.on_screen(source, offset),
        }
    }

    /// Where a place starts and where it ends.
    pub(super) fn range(&self, at: Location) -> (LineColumn, LineColumn) {
        (self.point(at.source, at.span.start), self.point(at.source, at.span.end))
    }

    fn on_screen(&self, id: SourceId, offset: u32) -> LineColumn {
        let source = self.sources.get(id);
        let LineColumn { line, column } = source.line_column(offset, ColumnUnit::Byte);
        let marked = line == 1 && offset >= MARK && source.text().starts_with('\u{feff}');
        let start = offset.min(source.text().len() as u32) - (column - 1);
        let start = Stop { source: id, line, offset: start, column: 1 };
        let begin = self.last.get().filter(|last| last.source == id && last.line == line && last.offset <= offset);
        let begin = begin.unwrap_or(start);
        debug_assert!(!marked || begin.offset >= MARK, "a byte order mark is no column");
        let mut column = begin.column;
        let between = source.text().get(begin.offset as usize..offset as usize).unwrap_or_default();
        for character in between.chars() {
            column = match character {
                '\t' => column + TAB - (column - 1) % TAB,
                crate::source::UNDECODABLE => column + 1,
                _ => column + display_width(character.encode_utf8(&mut [0; 4])) as u32,
            };
        }
        self.last.set(Some(Stop { source: id, line, offset, column }));
        LineColumn { line, column }
    }
}

/// The part of a place that lies on its first line, without space at its end; of a place without text, the character where it stands.
///
/// Services show a finding beside a change only where all of its lines were changed, and drop the columns of what has several lines.
pub(super) fn first_line(sources: &Sources, at: Location) -> Location {
    let (source, span) = (sources.get(at.source), at.span);
    let text = source.text().get(span.range()).unwrap_or_default();
    let line = text.split(['\r', '\n']).next().unwrap_or_default().trim_end();
    let length = if line.is_empty() {
        let rest = source.text().get(span.start as usize..).unwrap_or_default();
        rest.chars().next().filter(|next| !matches!(next, '\r' | '\n')).map_or(0, char::len_utf8)
    } else {
        line.len()
    };
    Location { span: Span::new(span.start, span.start + length as u32), ..at }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;
    use std::sync::Arc;

    const ALL: [Count; 4] = [Count::Characters, Count::Utf16, Count::Bytes, Count::Screen];

    /// The columns of the first `|` of a text, in the order of `ALL`, and its line.
    #[track_caller]
    fn expect(bytes: &[u8], line: u32, columns: [u32; 4]) {
        let mut sources = Sources::default();
        let source = sources.add(Arc::new(Source::decode("a.sql", bytes.to_vec()).unwrap()));
        let offset = sources.get(source).text().find('|').unwrap() as u32;
        let found = ALL.map(|count| Positions::new(&sources, count).point(source, offset));
        assert_eq!(found.map(|found| found.column), columns);
        assert!(found.iter().all(|found| found.line == line), "{found:?}");
    }

    #[test]
    fn each_unit_counts_in_its_own_way() {
        expect(b"ab|", 1, [3, 3, 3, 3]);
        expect("\r\né|".as_bytes(), 2, [2, 2, 3, 2]);
        expect("注🙂|".as_bytes(), 1, [3, 4, 8, 5]);
        // A combining accent stands above the letter before it.
        expect("e\u{301}|".as_bytes(), 1, [3, 3, 4, 2]);
        expect("\u{feff}x|".as_bytes(), 1, [2, 2, 5, 2]);
        expect("\u{feff}|".as_bytes(), 1, [1, 1, 4, 1]);
        expect("\u{feff}x\n|".as_bytes(), 2, [1, 1, 1, 1]);
        expect(b"\r\ra|", 3, [2, 2, 2, 2]);
        expect(b"a\xff\xfeb|", 1, [5, 5, 5, 5]);
    }

    #[test]
    fn a_tab_ends_at_the_next_stop() {
        expect(b"\t|", 1, [2, 2, 2, 9]);
        expect(b"1234567\t|", 1, [9, 9, 9, 9]);
        expect(b"12345678\t|", 1, [10, 10, 10, 17]);
        expect("注\t\t|".as_bytes(), 1, [4, 4, 6, 17]);
    }

    #[test]
    fn places_of_one_line_are_counted_on() {
        let mut sources = Sources::default();
        let text = "\t注\t|a\n\t|".repeat(40);
        let id = sources.add(Arc::new(Source::new("a.sql", text.as_str())));
        let together = Positions::new(&sources, Count::Screen);
        for (offset, _) in text.char_indices().chain(text.char_indices().rev()) {
            let alone = Positions::new(&sources, Count::Screen);
            assert_eq!(together.point(id, offset as u32), alone.point(id, offset as u32), "{offset}");
        }
    }

    #[test]
    fn a_place_without_text_is_the_character_where_it_stands() {
        let mut sources = Sources::default();
        let (a, b) = ("é\nx", "");
        let [a, b] = [a, b].map(|text| sources.add(Arc::new(Source::new("a.sql", text))));
        let of = |source, span| first_line(&sources, Location { source, span }).span;
        assert_eq!(of(a, Span::empty(0)), Span::new(0, 2));
        assert_eq!(of(a, Span::empty(2)), Span::empty(2));
        assert_eq!(of(a, Span::empty(4)), Span::empty(4));
        assert_eq!(of(b, Span::empty(0)), Span::empty(0));
        assert_eq!(of(a, Span::new(0, 4)), Span::new(0, 2));
    }
}
