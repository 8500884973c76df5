//! `check --output-format rdjson` and `rdjsonl`: Reviewdog Diagnostic Format, as `reviewdog.proto` defines it.
//!
//! Columns are bytes of UTF-8. Paths are relative to the folder in which the program runs, where reviewdog looks for them.

use super::position::{Count, Positions};
use super::text::{document_url, one_line};
use crate::check::Outcome;
use crate::diagnostic::{Diagnostic, Severity};
use crate::fix::Fix;
use crate::rule::Category;
use crate::source::{LineColumn, Location, Source, Span};
use serde::Serialize;
use std::borrow::Cow;
use std::io::{self, Write};

/// `DiagnosticResult`.
#[derive(Serialize)]
struct Report<'a> {
    source: Program<'a>,
    diagnostics: Vec<Finding<'a>>,
}

/// `Source`.
#[derive(Serialize)]
struct Program<'a> {
    name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
}

/// `Diagnostic`.
#[derive(Serialize)]
struct Finding<'a> {
    message: String,
    location: Place<'a>,
    severity: &'static str,
    /// In a line by itself; the whole report says it once.
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<Program<'a>>,
    code: Code<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suggestions: Vec<Suggestion>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Related<'a>>,
}

#[derive(Serialize)]
struct Code<'a> {
    value: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

/// `Location`.
#[derive(Serialize)]
struct Place<'a> {
    path: &'a str,
    range: Range,
}

#[derive(Serialize)]
struct Range {
    start: Position,
    end: Position,
}

#[derive(Serialize)]
struct Position {
    line: u32,
    column: u32,
}

#[derive(Serialize)]
struct Suggestion {
    range: Range,
    text: String,
}

#[derive(Serialize)]
struct Related<'a> {
    message: Cow<'a, str>,
    location: Place<'a>,
}

/// Writes the report as one object. `home` is the program's repository.
///
/// # Errors
/// Those of the sink.
pub fn write(out: &mut dyn Write, outcome: &Outcome, home: Option<&str>) -> io::Result<()> {
    let writer = Writer::new(outcome, home);
    let diagnostics = outcome.diagnostics.iter().map(|found| writer.finding(found)).collect();
    serde_json::to_writer_pretty(&mut *out, &Report { source: writer.program(), diagnostics })?;
    writeln!(out)
}

/// Writes each finding as an object in a line. `home` is the program's repository.
///
/// # Errors
/// Those of the sink.
pub fn write_lines(out: &mut dyn Write, outcome: &Outcome, home: Option<&str>) -> io::Result<()> {
    let writer = Writer::new(outcome, home);
    for found in &outcome.diagnostics {
        let finding = Finding { source: Some(writer.program()), ..writer.finding(found) };
        serde_json::to_writer(&mut *out, &finding)?;
        writeln!(out)?;
    }
    Ok(())
}

struct Writer<'a> {
    outcome: &'a Outcome,
    home: Option<&'a str>,
    positions: Positions<'a>,
}

impl<'a> Writer<'a> {
    fn new(outcome: &'a Outcome, home: Option<&'a str>) -> Self {
        Self { outcome, home, positions: Positions::new(&outcome.sources, Count::Bytes) }
    }

    fn program(&self) -> Program<'a> {
        Program { name: "shipworthy", url: self.home }
    }

    fn finding(&self, found: &'a Diagnostic) -> Finding<'a> {
        // The document of a user's own rule is somewhere else.
        let home = self.home.filter(|_| Category::from_name(&found.category).is_some());
        let labels = found.labels.iter().filter(|label| label.at != found.at);
        Finding {
            message: message(found),
            location: self.place(found.at),
            severity: match found.severity {
                Severity::Error => "ERROR",
                Severity::Warning => "WARNING",
                Severity::Note => "INFO",
            },
            source: None,
            code: Code { value: &found.rule, url: home.map(|home| document_url(home, &found.category, &found.rule)) },
            suggestions: found.fix.iter().filter_map(|fix| self.suggestion(found, fix)).collect(),
            related_locations: labels
                .map(|label| Related { message: one_line(&label.message), location: self.place(label.at) })
                .collect(),
        }
    }

    fn place(&self, at: Location) -> Place<'a> {
        let (start, end) = self.positions.range(at);
        Place {
            path: self.outcome.sources.get(at.source).path(),
            range: Range { start: start.into(), end: end.into() },
        }
    }

    /// Several suggestions would be alternatives, so that all edits are one.
    fn suggestion(&self, found: &Diagnostic, fix: &Fix) -> Option<Suggestion> {
        let (span, text) = one_edit(fix, self.outcome.sources.get(found.at.source))?;
        let Place { range, .. } = self.place(Location { span, ..found.at });
        Some(Suggestion { range, text })
    }
}

impl From<LineColumn> for Position {
    fn from(LineColumn { line, column }: LineColumn) -> Self {
        Self { line, column }
    }
}

/// The finding and what to do. A comment on a pull request shows nothing else.
fn message(found: &Diagnostic) -> String {
    let help = found.help.iter().map(|line| format!("help: {line}"));
    let notes = found.notes.iter().map(|line| format!("note: {line}"));
    let lines = [found.message.clone()].into_iter().chain(help).chain(notes);
    lines.map(|line| one_line(&line).into_owned()).collect::<Vec<_>>().join("\n")
}

/// The edits of a fix and what stands between them, as one edit.
fn one_edit(fix: &Fix, source: &Source) -> Option<(Span, String)> {
    let (first, last) = (fix.edits.first()?, fix.edits.last()?);
    let mut text = String::new();
    let mut from = first.span.start;
    for edit in &fix.edits {
        text.push_str(source.text().get(from as usize..edit.span.start as usize)?);
        text.push_str(&edit.insert);
        from = edit.span.end;
    }
    // A byte that is not UTF-8 cannot be written again.
    let span = Span::new(first.span.start, last.span.end);
    let lost = source.undecodable().iter().any(|&at| span.start <= at && at < span.end);
    (!lost).then_some((span, text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fix::{Applicability, Edit};

    #[test]
    fn several_edits_are_one() {
        let edit = |start, end, insert: &str| Edit { span: Span::new(start, end), insert: insert.into() };
        let source = Source::new("a.sql", "DROP INDEX a, b;");
        let fix = |edits| Fix { applicability: Applicability::Safe, edits };
        let of = |edits| one_edit(&fix(edits), &source);
        assert_eq!(of(vec![edit(10, 10, " CONCURRENTLY")]), Some((Span::empty(10), " CONCURRENTLY".into())));
        let edits = vec![edit(5, 10, "TABLE"), edit(12, 15, "")];
        assert_eq!(of(edits), Some((Span::new(5, 15), "TABLE a".into())));
        assert_eq!(of(Vec::new()), None);
    }

    #[test]
    fn what_is_not_utf8_is_not_suggested() {
        let source = Source::decode("a.sql", b"a\xff b".to_vec()).unwrap();
        let edits = vec![
            Edit { span: Span::new(0, 1), insert: "c".into() },
            Edit { span: Span::new(3, 4), insert: "d".into() },
        ];
        assert_eq!(one_edit(&Fix { applicability: Applicability::Safe, edits }, &source), None);
    }
}
