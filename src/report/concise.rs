//! `check --output-format concise`: a line for each finding, in the form that editors and `grep` know.

use super::text::one_line;
use crate::check::Outcome;
use crate::source::ColumnUnit;
use std::io::{self, Write};

/// Writes `path:line:column: severity[rule] message` for each finding.
///
/// # Errors
/// Those of the sink.
pub fn write(out: &mut dyn Write, outcome: &Outcome) -> io::Result<()> {
    for found in &outcome.diagnostics {
        let source = outcome.sources.get(found.at.source);
        let start = source.line_column(found.at.span.start, ColumnUnit::Char);
        writeln!(
            out,
            "{}:{}:{}: {}[{}] {}",
            one_line(source.path()),
            start.line,
            start.column,
            found.severity.name(),
            found.rule,
            one_line(&found.message)
        )?;
    }
    Ok(())
}
