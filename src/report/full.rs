//! `check --output-format full`: findings for people, each with its statement and labels at the exact tokens.
//!
//! miette draws the excerpt. What stands around it (the heading, what to do, places elsewhere) is written here.

use super::excerpt::{Excerpt, Frame, Mark};
use super::summary;
use super::text::{Look, STRONG, one_line, severity_style, wrapped};
use crate::check::Outcome;
use crate::diagnostic::{Diagnostic, Label};
use crate::settings::Settings;
use crate::source::{ColumnUnit, Location, Source, Sources, Span};
use owo_colors::Style;
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::time::Duration;

/// Labels drawn in an excerpt, and places named below it; the rest is counted. The machine formats have them all.
const MOST: usize = 10;
/// So many findings are drawn, by several threads, before they are written.
const BATCH: usize = 2048;
/// A statement is written again as it should be if it has no more lines and bytes than this.
const REWRITTEN: (usize, usize) = (12, 1000);

/// Writes the findings and the summary. `took` is how long the run was.
///
/// # Errors
/// Those of the sink.
pub fn write(
    out: &mut dyn Write,
    outcome: &Outcome,
    settings: &Settings,
    look: Look,
    took: Option<Duration>,
) -> io::Result<()> {
    findings(out, outcome, look)?;
    out.write_all(summary::summary(outcome, settings, look, took).as_bytes())
}

/// Writes the findings alone.
///
/// # Errors
/// Those of the sink.
pub fn findings(out: &mut dyn Write, outcome: &Outcome, look: Look) -> io::Result<()> {
    let places = outcome.places();
    let drawn = |(diagnostic, first): &(&Diagnostic, bool)| {
        let statement = places.statement(diagnostic).unwrap_or(diagnostic.at.span);
        let mut drawn = finding(diagnostic, statement, &outcome.sources, look);
        if *first {
            drawn.push_str(&allowance(diagnostic, &outcome.sources, look));
        }
        drawn
    };
    // How to allow a rule is said where it speaks first.
    let mut spoken = BTreeSet::new();
    let told: Vec<_> = outcome.diagnostics.iter().map(|found| (found, spoken.insert(&found.rule))).collect();
    for batch in told.chunks(BATCH) {
        let batch: Vec<String> = batch.par_iter().map(drawn).collect();
        for finding in batch {
            out.write_all(finding.as_bytes())?;
            writeln!(out)?;
        }
    }
    Ok(())
}

/// The comment that would allow a finding, ready to be pasted, and where it goes.
fn allowance(found: &Diagnostic, sources: &Sources, look: Look) -> String {
    let Some(allow) = &found.allow else { return String::new() };
    let source = sources.get(found.at.source);
    let line = source.line_column(allow.at, ColumnUnit::Char).line;
    let place = match allow.insert.ends_with('\n') {
        true => format!("above line {line}"),
        false => format!("before the statement in line {line}"),
    };
    let instead = match allow.changes_checksum {
        true => " (it changes the checksum: where the file has run, use `shipworthy baseline`)",
        false => "",
    };
    let mut drawn =
        below("help", Style::new().green().bold(), &format!("if it is right here, say why {place}{instead}:"), look);
    // Not wrapped: it is copied.
    drawn.push_str(&format!("        {}\n", allow.insert.trim()));
    drawn
}

/// One finding. `statement` is the whole statement that it is about.
pub fn finding(diagnostic: &Diagnostic, statement: Span, sources: &Sources, look: Look) -> String {
    let source = sources.get(diagnostic.at.source);
    let (here, elsewhere): (Vec<&Label>, Vec<&Label>) =
        diagnostic.labels.iter().partition(|label| label.at.source == diagnostic.at.source);
    let mut marks: Vec<_> =
        here.iter().take(MOST).map(|label| Mark { span: label.at.span, message: &label.message }).collect();
    if marks.is_empty() {
        marks.push(Mark { span: diagnostic.at.span, message: "" });
    }
    let frame = Frame { statement, at: diagnostic.at.span, width: look.source_width };
    let excerpt = (!source.text().is_empty()).then(|| Excerpt::new(source, &marks, frame));
    let left_out = excerpt.iter().flat_map(|excerpt| &excerpt.left_out).filter_map(|&index| here.get(index).copied());

    let places: Vec<_> = left_out.chain(elsewhere).collect();
    let mut notes: Vec<String> = places.iter().take(MOST).map(|label| told(label, diagnostic.at, sources)).collect();
    let untold = here.len().saturating_sub(MOST) + places.len().saturating_sub(MOST);
    if untold > 0 {
        notes.push(format!("and {untold} more; --output-format json has them all"));
    }
    notes.extend(diagnostic.notes.iter().cloned());

    let mut drawn = heading(diagnostic, look);
    let style = severity_style(diagnostic.severity);
    match excerpt.and_then(|excerpt| excerpt.drawn(style, look)) {
        Some(excerpt) => drawn.push_str(&excerpt),
        None => drawn.push_str(&format!("   ──[{}]\n", place(diagnostic.at, sources))),
    }
    for line in &diagnostic.help {
        drawn.push_str(&below("help", Style::new().green().bold(), line, look));
    }
    if let Some(rewritten) = rewritten(diagnostic, statement, source) {
        let word = look.paint(Style::new().green().bold(), "write");
        let mut lines = rewritten.lines();
        drawn.push_str(&format!(" {word}: {}\n", one_line(lines.next().unwrap_or_default())));
        lines.for_each(|line| drawn.push_str(&format!("        {}\n", one_line(line))));
    }
    for line in &notes {
        drawn.push_str(&below("note", Style::new().blue().bold(), line, look));
    }
    drawn
}

/// `error[rule]: message`.
fn heading(diagnostic: &Diagnostic, look: Look) -> String {
    let rule = look.link_to_rule(&diagnostic.category, &one_line(&diagnostic.rule));
    let severity = severity_style(diagnostic.severity);
    let first = format!(
        "{}{} ",
        look.paint(severity, format_args!("{}[{rule}]", diagnostic.severity.name())),
        look.paint(STRONG, ":")
    );
    // Painted line by line: a style that goes on over a line end would colour the margin of some terminals.
    let width = diagnostic.severity.name().len() + diagnostic.rule.len() + "[]: ".len();
    let lines = wrapped(&one_line(&diagnostic.message), look.width, &" ".repeat(width), "  ");
    let mut drawn = first;
    for (at, line) in lines.lines().enumerate() {
        match at {
            0 => drawn.push_str(&look.paint(STRONG, line.trim_start())),
            _ => drawn.push_str(&format!("  {}", look.paint(STRONG, line.trim_start()))),
        }
        drawn.push('\n');
    }
    drawn
}

/// A line below the excerpt.
fn below(word: &str, style: Style, text: &str, look: Look) -> String {
    let first = format!("  {}: ", look.paint(style, word));
    wrapped(&one_line(text), look.width, &first, "        ")
}

/// A label that points elsewhere, as a sentence: `here` becomes the place.
fn told(label: &Label, from: Location, sources: &Sources) -> String {
    let start = sources.get(label.at.source).line_column(label.at.span.start, ColumnUnit::Char);
    let place = match label.at.source == from.source {
        true => format!("line {}, column {}", start.line, start.column),
        false => place(label.at, sources),
    };
    match label.message.strip_suffix(" here") {
        Some(told) if told.ends_with(" since") => format!("{told} {place}"),
        Some(told) => format!("{told} in {place}"),
        None => format!("{} ({place})", label.message),
    }
}

/// The statement with the finding's change made, where there is one and the statement is short.
fn rewritten(diagnostic: &Diagnostic, statement: Span, source: &Source) -> Option<String> {
    let fix = diagnostic.fix.as_ref()?;
    let text = source.text().get(statement.range())?;
    if text.len() > REWRITTEN.1 || text.lines().count() > REWRITTEN.0 {
        return None;
    }
    let mut rewritten = String::new();
    let mut from = statement.start;
    for edit in &fix.edits {
        rewritten.push_str(source.text().get(Span { start: from, end: edit.span.start }.range())?);
        rewritten.push_str(&edit.insert);
        from = edit.span.end;
    }
    rewritten.push_str(source.text().get(Span { start: from, end: statement.end }.range())?);
    rewritten.push(';');
    Some(rewritten)
}

fn place(at: Location, sources: &Sources) -> String {
    let source = sources.get(at.source);
    let start = source.line_column(at.span.start, ColumnUnit::Char);
    format!("{}:{}:{}", one_line(source.path()), start.line, start.column)
}
