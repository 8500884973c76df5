//! The few lines of a source around a finding's labels, fit to be drawn.
//!
//! miette draws what it is given: it would scan the whole source for every label, print a line of megabytes as it is, and send
//! control characters to the terminal. So it is given an [`Excerpt`] instead of the source. The excerpt finds its lines by the source's
//! line table, cuts long ones to a window around the labels, expands tabs, and knows the true line numbers. Its cost depends on the labels and on
//! the width, not on the source.

mod drawing;

use super::text::{at_spaces, one_line, visible};
use crate::source::{ColumnUnit, LineColumn, Source, Span};
use miette::{LabeledSpan, MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};
use std::ops::{Range, RangeInclusive};
use textwrap::core::display_width;

/// Tabs end at multiples of this.
const TAB: usize = 4;
/// Columns that a label's sentence gets at least, where it needs them: else the line is cut on the left, or the label is left out.
const SENTENCE: usize = 32;
/// Left of a label's sentence, from its underline's middle: `╰── `.
const HOOK: usize = 4;
/// An underline is not made shorter than this to give its sentence room.
const UNDERLINE: usize = 12;
/// Nor longer than this: its sentence hangs from its middle, and should stand near to where it begins.
const LONGEST: usize = 60;
/// The statement's first line is shown where it stands at most so many lines above a label.
const NEAR: usize = 3;

/// A label on a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark<'a> {
    /// Where; drawn on its first line only.
    pub(super) span: Span,
    /// What it says; may be empty.
    pub(super) message: &'a str,
}

/// What to draw.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    /// The statement; its first line is the context of labels inside it.
    pub(super) statement: Span,
    /// Where the finding is said to be.
    pub(super) at: Span,
    /// Columns for the excerpt.
    pub(super) width: usize,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Excerpt {
    name: String,
    text: String,
    segments: Vec<Segment>,
    labels: Vec<Placed>,
    /// The finding's own place.
    head: LineColumn,
    /// Indices of the marks that found no room on their line.
    pub(super) left_out: Vec<usize>,
}

/// Lines of the source that follow each other.
#[derive(Debug)]
struct Segment {
    /// In the excerpt's text, with the last line end.
    range: Range<usize>,
    /// Counted from 0, in the source.
    first_line: usize,
    lines: usize,
}

#[derive(Debug)]
struct Placed {
    range: Range<usize>,
    message: Option<String>,
    primary: bool,
}

/// A mark within one line.
struct Spot {
    index: usize,
    line: usize,
    range: Range<usize>,
    messages: String,
}

impl Excerpt {
    /// The lines around marks of a source; the first mark is the main one. There is at least one.
    pub(super) fn new(source: &Source, marks: &[Mark<'_>], frame: Frame) -> Self {
        let spots = spots(source, marks);
        let chosen = lines_to_show(source, &spots, frame);
        let last = chosen.last().map_or(1, |lines| lines.end() + 1);
        let limit = frame.width.saturating_sub(last.to_string().len() + 4).max(40);
        let mut excerpt = Self {
            name: one_line(source.path()).into_owned(),
            text: String::new(),
            segments: Vec::new(),
            labels: Vec::new(),
            head: source.line_column(frame.at.start, ColumnUnit::Char),
            left_out: Vec::new(),
        };
        for lines in chosen {
            let start = excerpt.text.len();
            for line in lines.clone() {
                let here: Vec<_> = spots.iter().filter(|spot| spot.line == line).collect();
                excerpt.line(source, line, &here, limit);
            }
            let range = start..excerpt.text.len();
            excerpt.segments.push(Segment { range, first_line: *lines.start(), lines: lines.count() });
        }
        excerpt
    }

    /// The labels for miette.
    pub(super) fn labels(&self) -> impl Iterator<Item = LabeledSpan> + '_ {
        self.labels.iter().map(|label| {
            let span = SourceSpan::from(label.range.clone());
            match label.primary {
                true => LabeledSpan::new_primary_with_span(label.message.clone(), span),
                false => LabeledSpan::new_with_span(label.message.clone(), span),
            }
        })
    }

    /// Adds one line with its labels.
    fn line(&mut self, source: &Source, line: usize, spots: &[&Spot], limit: usize) {
        let content = content(source, line);
        let text = source.text();
        let window = window(text, content.clone(), spots.iter().min_by_key(|spot| spot.index).copied(), limit);
        let base = self.text.len();
        if window.start > content.start {
            self.text.push('…');
        }
        let mut column = display_width(&self.text[base..]);
        let mut edges: Vec<(usize, usize)> = Vec::new();
        let slice = text.get(window.clone()).unwrap_or_default();
        for (offset, character) in slice.char_indices() {
            edges.push((window.start + offset, self.text.len()));
            if character == '\t' {
                let spaces = TAB - column % TAB;
                self.text.extend(std::iter::repeat_n(' ', spaces));
                column += spaces;
            } else {
                let character = visible(character);
                self.text.push(character);
                column += display_width(character.encode_utf8(&mut [0; 4]));
            }
        }
        edges.push((window.end, self.text.len()));
        // An offset of the source as one of the excerpt.
        let place = |offset: usize| {
            let next = edges.partition_point(|(from, _)| *from < offset);
            edges.get(next).map_or(self.text.len(), |(_, to)| *to)
        };
        for spot in spots {
            if spot.range.start < window.start || spot.range.start > window.end {
                self.left_out.push(spot.index);
                continue;
            }
            let range = place(spot.range.start)..place(spot.range.end);
            let before = display_width(self.text.get(base..range.start).unwrap_or_default());
            let marked = self.text.get(range.clone()).unwrap_or_default();
            // An underline that is long enough to push its sentence out of the line is drawn shorter.
            let room = limit.saturating_sub(before + HOOK + room_for(&spot.messages, limit));
            let columns = display_width(marked).min(UNDERLINE.max(2 * room)).min(LONGEST);
            let range = range.start..range.start + reach(marked, columns);
            let room = limit.saturating_sub(before + columns / 2 + HOOK);
            if spot.index != 0 && room < room_for(&spot.messages, limit) {
                self.left_out.push(spot.index);
                continue;
            }
            self.labels.push(Placed { message: sentence(&spot.messages, room), primary: spot.index == 0, range });
        }
        if window.end < content.end {
            self.text.push('…');
        }
        self.text.push('\n');
    }
}

/// A label's sentence, in several lines where it would not fit; `None` where there is none.
fn sentence(messages: &str, room: usize) -> Option<String> {
    if messages.is_empty() {
        return None;
    }
    let options = at_spaces(room);
    let lines: Vec<_> = messages.lines().flat_map(|line| textwrap::wrap(line, &options)).collect();
    Some(lines.join("\n"))
}

/// Columns without which a label's sentence would not be readable.
fn room_for(messages: &str, limit: usize) -> usize {
    let whole = messages.lines().map(display_width).max().unwrap_or(0);
    let word = messages.split_whitespace().map(display_width).max().unwrap_or(0);
    whole.min(SENTENCE).max(word.min(limit / 2))
}

/// The marks by place, each on its first line, none over another.
fn spots(source: &Source, marks: &[Mark<'_>]) -> Vec<Spot> {
    let mut spots: Vec<Spot> = Vec::new();
    let mut order: Vec<usize> = (0..marks.len()).collect();
    order.sort_by_key(|&index| (marks[index].span, index));
    for index in order {
        let Mark { span, message } = &marks[index];
        let range = span.range();
        let start = floor(source.text(), range.start);
        let line = source.line_starts().partition_point(|&first| first as usize <= start) - 1;
        let content = content(source, line);
        let start = start.clamp(content.start, content.end);
        let end = floor(source.text(), range.end.clamp(start, content.end));
        let shown = source.text().get(start..end).unwrap_or_default().trim_end().len();
        let range = start..start + shown;
        match spots.last_mut() {
            Some(before) if before.range.start == range.start && before.line == line => {
                // Of two that begin together, the shorter leaves more room; the main one is drawn as it is.
                before.range.end = match (before.index, index) {
                    (0, _) => before.range.end,
                    (_, 0) => range.end,
                    _ => before.range.end.min(range.end),
                };
                before.index = before.index.min(index);
                if before.messages != *message {
                    before.messages.push('\n');
                    before.messages.push_str(&one_line(message));
                }
                continue;
            }
            Some(before) if before.range.end > range.start => {
                let kept = source.text().get(before.range.start..range.start).unwrap_or_default().trim_end().len();
                before.range.end = before.range.start + kept;
            }
            _ => {}
        }
        spots.push(Spot { index, line, range, messages: one_line(message).into_owned() });
    }
    spots
}

/// The lines to draw, as ranges with a gap between them: those of the marks and, of marks inside the statement, its first.
fn lines_to_show(source: &Source, spots: &[Spot], frame: Frame) -> Vec<RangeInclusive<usize>> {
    let line_of = |offset: u32| source.line_starts().partition_point(|&first| first <= offset).saturating_sub(1);
    let statement = line_of(frame.statement.start);
    let mut chosen: Vec<RangeInclusive<usize>> = Vec::new();
    let mut choose = |lines: RangeInclusive<usize>| match chosen.last_mut() {
        // A single line between two is shown rather than cut out.
        Some(before) if *lines.start() <= before.end() + 2 => {
            *before = *before.start()..=*before.end().max(lines.end());
        }
        _ => chosen.push(lines),
    };
    for spot in spots {
        if !frame.statement.range().contains(&spot.range.start) || spot.line < statement {
            choose(spot.line..=spot.line);
        } else if spot.line - statement <= NEAR {
            choose(statement..=spot.line);
        } else {
            // The statement's first line says what the label's line is a part of.
            choose(statement..=statement);
            choose(spot.line..=spot.line);
        }
    }
    let blank = |line: usize| source.text().get(content(source, line)).is_none_or(|text| text.trim().is_empty());
    let marked = |line: usize| spots.iter().any(|spot| spot.line == line);
    for lines in &mut chosen {
        let (mut first, mut last) = (*lines.start(), *lines.end());
        while first < last && blank(first) && !marked(first) {
            first += 1;
        }
        while first < last && blank(last) && !marked(last) {
            last -= 1;
        }
        *lines = first..=last;
    }
    chosen
}

/// A line without its line end and without a byte order mark.
fn content(source: &Source, line: usize) -> Range<usize> {
    let starts = source.line_starts();
    let start = starts.get(line).map_or(source.text().len(), |&start| start as usize);
    let end = starts.get(line + 1).map_or(source.text().len(), |&start| start as usize);
    let text = source.text().get(start..end).unwrap_or_default();
    let mark = if line == 0 && text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let length = text.trim_end_matches(['\r', '\n']).len();
    start + mark..start + length.max(mark)
}

/// The part of a line that fits into `limit` columns: all of it, or the surroundings of the main mark.
fn window(text: &str, content: Range<usize>, main: Option<&Spot>, limit: usize) -> Range<usize> {
    let line = text.get(content.clone()).unwrap_or_default();
    let from_start = || match reach(line, limit) == line.len() {
        true => content.clone(),
        false => content.start..content.start + reach(line, limit - 1),
    };
    let Some(spot) = main else { return from_start() };
    let main = spot.range.start;
    let before = text.get(content.start..main).unwrap_or_default();
    let marked = text.get(spot.range.clone()).unwrap_or_default();
    let underline = display_width(marked.get(..reach(marked, UNDERLINE)).unwrap_or_default());
    let room = limit.saturating_sub(underline / 2 + HOOK + room_for(&spot.messages, limit));
    // The mark is near enough to the left for its sentence.
    if reach(before, room) == before.len() {
        return from_start();
    }
    let start = main - reach_back(before, (limit / 4).min(room));
    let rest = text.get(start..content.end).unwrap_or_default();
    let end = if reach(rest, limit - 1) == rest.len() { content.end } else { start + reach(rest, limit - 2) };
    start..end
}

/// How many bytes of a text fit into so many columns. Looks no further than that.
fn reach(text: &str, columns: usize) -> usize {
    let mut used = 0;
    let over = text.char_indices().find(|(_, character)| {
        used += columns_of(*character, used);
        used > columns
    });
    over.map_or(text.len(), |(offset, _)| offset)
}

/// The same, from the text's end backwards.
fn reach_back(text: &str, columns: usize) -> usize {
    let mut used = 0;
    let over = text.char_indices().rev().find(|(_, character)| {
        used += columns_of(*character, 0);
        used > columns
    });
    over.map_or(text.len(), |(offset, character)| text.len() - offset - character.len_utf8())
}

fn columns_of(character: char, column: usize) -> usize {
    if character == '\t' { TAB - column % TAB } else { display_width(visible(character).encode_utf8(&mut [0; 4])) }
}

/// The start of the character in which an offset lies.
fn floor(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        lines_before: usize,
        lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let wanted = span.offset()..span.offset() + span.len();
        let segment = self
            .segments
            .iter()
            .find(|segment| segment.range.start <= wanted.start && wanted.end <= segment.range.end)
            .ok_or(MietteError::OutOfBounds)?;
        // Without context it is asked for what to write above the box; with context, for what to draw.
        let (range, line, column, lines) = match lines_before + lines_after {
            0 => (wanted, self.head.line as usize - 1, self.head.column as usize - 1, 0),
            _ => (segment.range.clone(), segment.first_line, 0, segment.lines - 1),
        };
        let data = self.text.get(range.clone()).ok_or(MietteError::OutOfBounds)?;
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            data.as_bytes(),
            range.into(),
            line,
            column,
            lines,
        )))
    }
}
