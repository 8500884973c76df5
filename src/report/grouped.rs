//! `check --output-format grouped`: a line for each finding, below the name of its file.

use super::text::{DIM, Look, STRONG, one_line, severity_style, wrapped};
use crate::check::Outcome;
use crate::diagnostic::Diagnostic;
use crate::source::{ColumnUnit, LineColumn};
use std::io::{self, Write};
use textwrap::core::display_width;

/// Writes the findings, file by file.
///
/// # Errors
/// Those of the sink.
pub fn write(out: &mut dyn Write, outcome: &Outcome, look: Look) -> io::Result<()> {
    for findings in outcome.diagnostics.chunk_by(|one, next| one.at.source == next.at.source) {
        let Some(first) = findings.first() else { continue };
        let source = outcome.sources.get(first.at.source);
        let rows: Vec<(String, &Diagnostic)> = findings
            .iter()
            .map(|found| {
                let LineColumn { line, column } = source.line_column(found.at.span.start, ColumnUnit::Char);
                (format!("{line}:{column}"), found)
            })
            .collect();
        let places = rows.iter().map(|(place, _)| place.len()).max().unwrap_or(0);
        let severities = findings.iter().map(|found| found.severity.name().len()).max().unwrap_or(0);
        writeln!(out, "{}", look.paint(STRONG, one_line(source.path())))?;
        for (place, found) in rows {
            let severity = format!("{:severities$}", found.severity.name());
            let rule = look.link_to_rule(&found.category, &one_line(&found.rule));
            let first = format!("  {place:>places$}  {}  ", look.paint(severity_style(found.severity), severity));
            let rest = " ".repeat(places + severities + 6);
            // The rule's name stands behind the sentence, where it does not push it aside.
            let tail = format!("[{rule}]");
            let mut lines = wrapped(&one_line(&found.message), look.width, &first, &rest);
            let last = display_width(lines.trim_end().lines().next_back().unwrap_or_default());
            let fits = last + 1 + found.rule.len() + 2 <= look.width;
            lines.truncate(lines.trim_end().len());
            let between = if fits { " ".to_owned() } else { format!("\n{rest}") };
            writeln!(out, "{lines}{between}{}", look.paint(DIM, tail))?;
        }
        writeln!(out)?;
    }
    Ok(())
}
