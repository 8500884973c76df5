//! `check --output-format checkstyle`: the XML report of Checkstyle, which many CI servers and bots read.

use super::position::{Count, Positions};
use super::text::one_line;
use super::xml;
use crate::check::Outcome;
use crate::diagnostic::{Diagnostic, Severity};
use serde::Serialize;
use std::borrow::Cow;
use std::io::{self, Write};

#[derive(Serialize)]
struct Report<'a> {
    /// The version of Checkstyle whose format it is, as readers expect it.
    #[serde(rename = "@version")]
    version: &'static str,
    file: Vec<File<'a>>,
}

#[derive(Serialize)]
struct File<'a> {
    #[serde(rename = "@name")]
    name: Cow<'a, str>,
    error: Vec<Finding<'a>>,
}

#[derive(Serialize)]
struct Finding<'a> {
    #[serde(rename = "@line")]
    line: u32,
    #[serde(rename = "@column")]
    column: u32,
    #[serde(rename = "@severity")]
    severity: &'static str,
    #[serde(rename = "@message")]
    message: Cow<'a, str>,
    /// Readers take what stands before the last dot for a category.
    #[serde(rename = "@source")]
    source: String,
}

/// Writes the report. Paths are as they were given.
///
/// # Errors
/// Those of the sink.
pub fn write(out: &mut dyn Write, outcome: &Outcome) -> io::Result<()> {
    let positions = Positions::new(&outcome.sources, Count::Characters);
    let findings = outcome.diagnostics.chunk_by(|one, next| one.at.source == next.at.source);
    let file = findings.filter_map(|findings| file(findings, outcome, &positions)).collect();
    xml::write(out, "checkstyle", &Report { version: "4.3", file })
}

fn file<'a>(findings: &'a [Diagnostic], outcome: &'a Outcome, positions: &Positions<'_>) -> Option<File<'a>> {
    let source = outcome.sources.get(findings.first()?.at.source);
    let error = findings.iter().map(|found| finding(found, positions)).collect();
    Some(File { name: xml::text(source.path()), error })
}

fn finding<'a>(found: &'a Diagnostic, positions: &Positions<'_>) -> Finding<'a> {
    let start = positions.point(found.at.source, found.at.span.start);
    Finding {
        line: start.line,
        column: start.column,
        severity: match found.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "info",
        },
        message: one_line(&found.message),
        source: format!("shipworthy.{}.{}", found.category, found.rule),
    }
}
