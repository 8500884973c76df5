//! `check --output-format gcc`: a line for each finding as GCC writes it, for editors and everything else that reads a compiler's messages.
//!
//! Columns are those of the screen, with a tab stop at every eighth: GCC's default.

use super::position::{Count, Positions};
use super::text::one_line;
use crate::check::Outcome;
use std::io::{self, Write};

/// Writes `path:line:column: severity: message [rule]` for each finding.
///
/// # Errors
/// Those of the sink.
pub fn write(out: &mut dyn Write, outcome: &Outcome) -> io::Result<()> {
    let positions = Positions::new(&outcome.sources, Count::Screen);
    for found in &outcome.diagnostics {
        let start = positions.point(found.at.source, found.at.span.start);
        writeln!(
            out,
            "{}:{}:{}: {}: {} [{}]",
            one_line(outcome.sources.get(found.at.source).path()),
            start.line,
            start.column,
            found.severity.name(),
            one_line(&found.message),
            one_line(&found.rule)
        )?;
    }
    Ok(())
}
