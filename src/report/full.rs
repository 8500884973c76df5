//! `check --output-format full`: findings for people, each with its statement and labels at the exact tokens.
//!
//! miette draws the heading and the excerpt. What stands below the excerpt (places in other files, notes, help) is written here.

use super::excerpt::{Excerpt, Frame, Mark};
use super::summary;
use super::text::{Look, one_line, severity_style, wrapped};
use crate::check::Outcome;
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::settings::Settings;
use crate::source::{ColumnUnit, Location, SourceId, Sources, Span};
use crate::statement::Statement;
use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, SourceCode};
use owo_colors::Style;
use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Write};
use std::time::Duration;

/// Labels drawn in an excerpt, and places named below it; the rest is counted. The machine formats have them all.
const MOST: usize = 10;

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
    let statements: BTreeMap<SourceId, &[Statement]> = outcome
        .projects
        .iter()
        .flat_map(|project| &project.migrations)
        .map(|migration| (migration.source, migration.statements.as_slice()))
        .collect();
    for diagnostic in &outcome.diagnostics {
        let statement = diagnostic.statement.and_then(|index| statements.get(&diagnostic.at.source)?.get(index));
        let statement = statement.map_or(diagnostic.at.span, |statement| statement.span);
        out.write_all(finding(diagnostic, statement, &outcome.sources, look).as_bytes())?;
        writeln!(out)?;
    }
    out.write_all(summary::summary(outcome, settings, look, took).as_bytes())
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

    let mut notes: Vec<String> = Vec::new();
    let places: Vec<_> = left_out.chain(elsewhere).collect();
    notes.extend(places.iter().take(MOST).map(|label| format!("{}: {}", place(label.at, sources), label.message)));
    let untold = here.len().saturating_sub(MOST) + places.len().saturating_sub(MOST);
    if untold > 0 {
        notes.push(format!("and {untold} more; --output-format json has them all"));
    }
    notes.extend(diagnostic.notes.iter().cloned());

    let mut drawn = String::new();
    let empty = excerpt.is_none();
    let view = View { diagnostic, excerpt };
    if handler(diagnostic, look).render_report(&mut drawn, &view).is_err() {
        // The excerpt could not be drawn; the finding is told all the same.
        drawn = format!("{}: {}\n", place(diagnostic.at, sources), view);
    }
    if empty {
        drawn.push_str(&format!("   ──[{}]\n", one_line(source.path())));
    }
    let style = Style::new().cyan();
    for (word, lines) in [("help", &diagnostic.help), ("note", &notes)] {
        let first = format!("  {}: ", look.paint(style, word));
        for line in lines {
            drawn.push_str(&wrapped(&one_line(line), look.width, &first, "        "));
        }
    }
    drawn
}

fn place(at: Location, sources: &Sources) -> String {
    let source = sources.get(at.source);
    let start = source.line_column(at.span.start, ColumnUnit::Char);
    format!("{}:{}:{}", source.path(), start.line, start.column)
}

/// miette, with the severity and the rule's name where it would draw an icon.
fn handler(diagnostic: &Diagnostic, look: Look) -> GraphicalReportHandler {
    let mut theme = if look.color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let heading = format!("{}[{}]:", diagnostic.severity.name(), diagnostic.rule);
    let (icon, style) = match diagnostic.severity {
        Severity::Error => (&mut theme.characters.error, &mut theme.styles.error),
        Severity::Warning => (&mut theme.characters.warning, &mut theme.styles.warning),
        Severity::Note => (&mut theme.characters.advice, &mut theme.styles.advice),
    };
    *icon = heading;
    if look.color {
        *style = severity_style(diagnostic.severity);
        // The first label has the colour of the finding's severity.
        theme.styles.highlights.insert(0, *style);
        theme.styles.link = Style::new().bold();
    }
    GraphicalReportHandler::new_themed(theme)
        .with_width(look.width.max(40))
        .with_urls(false)
        .without_syntax_highlighting()
        .with_break_words(false)
        .with_word_separator(textwrap::WordSeparator::AsciiSpace)
        .with_word_splitter(textwrap::WordSplitter::NoHyphenation)
}

/// A finding as miette asks for it.
#[derive(Debug)]
struct View<'a> {
    diagnostic: &'a Diagnostic,
    excerpt: Option<Excerpt>,
}

impl fmt::Display for View<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&one_line(&self.diagnostic.message))
    }
}

impl std::error::Error for View<'_> {}

impl miette::Diagnostic for View<'_> {
    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.diagnostic.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
            Severity::Note => miette::Severity::Advice,
        })
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.excerpt.as_ref().map(|excerpt| excerpt as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.excerpt.as_ref().map(|excerpt| Box::new(excerpt.labels()) as Box<dyn Iterator<Item = LabeledSpan>>)
    }
}
