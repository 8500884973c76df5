//! `check --output-format gitlab`: the report of GitLab's Code Quality, a part of Code Climate's format.
//!
//! What GitLab reads of it is in its source (`code_climate.rb`, `codequality_reports.rb`, `codequality_degradation_entity.rb`): the first line,
//! the path, the severity, and a fingerprint that no other entry has. It shows no name of a rule, so the description begins with it.

use super::position::{Count, Positions};
use super::text::one_line;
use crate::base::Base;
use crate::check::Outcome;
use crate::diagnostic::{Diagnostic, Severity};
use crate::source::LineColumn;
use serde::Serialize;
use std::io::{self, Write};

#[derive(Serialize)]
struct Degradation<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    engine_name: &'static str,
    check_name: &'a str,
    description: String,
    severity: &'static str,
    fingerprint: &'a str,
    location: Place,
}

/// GitLab takes either; other readers know one of the two.
#[derive(Serialize)]
struct Place {
    /// From the repository's root.
    path: String,
    lines: Lines,
    positions: Points,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
    end: u32,
}

#[derive(Serialize)]
struct Points {
    begin: Point,
    end: Point,
}

#[derive(Serialize)]
struct Point {
    line: u32,
    column: u32,
}

impl From<LineColumn> for Point {
    fn from(LineColumn { line, column }: LineColumn) -> Self {
        Self { line, column }
    }
}

/// Writes the report: an array, empty where nothing was found. Paths count from the repository's root.
///
/// # Errors
/// Those of the sink.
pub fn write(out: &mut dyn Write, outcome: &Outcome, base: &Base) -> io::Result<()> {
    let positions = Positions::new(&outcome.sources, Count::Characters);
    let degradation = |found| degradation(found, outcome, base, &positions);
    let degradations: Vec<Degradation<'_>> = outcome.diagnostics.iter().map(degradation).collect();
    serde_json::to_writer_pretty(&mut *out, &degradations)?;
    writeln!(out)
}

fn degradation<'a>(
    found: &'a Diagnostic,
    outcome: &Outcome,
    base: &Base,
    positions: &Positions<'_>,
) -> Degradation<'a> {
    let (begin, end) = positions.range(found.at);
    Degradation {
        kind: "issue",
        engine_name: "shipworthy",
        check_name: &found.rule,
        description: format!("{}: {}", found.rule, one_line(&found.message)),
        severity: match found.severity {
            Severity::Error => "major",
            Severity::Warning => "minor",
            Severity::Note => "info",
        },
        fingerprint: &found.fingerprint,
        location: Place {
            path: base.from_root(outcome.sources.get(found.at.source).path()),
            lines: Lines { begin: begin.line, end: end.line },
            positions: Points { begin: begin.into(), end: end.into() },
        },
    }
}
