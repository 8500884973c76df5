//! `check --output-format json-lines`: the findings of the machine contract, each an object in a line of its own. Nothing found is nothing.

use super::json::Finding;
use crate::check::Outcome;
use std::io::{self, Write};

/// Writes a line for each finding.
///
/// # Errors
/// Those of the sink.
pub fn write(out: &mut dyn Write, outcome: &Outcome) -> io::Result<()> {
    for found in &outcome.diagnostics {
        serde_json::to_writer(&mut *out, &Finding::new(found, &outcome.sources))?;
        writeln!(out)?;
    }
    Ok(())
}
