//! The last lines of a report for people: what was found, and what was assumed.

use super::text::{Look, STRONG, counted, severity_style, wrapped};
use crate::check::{Outcome, Replayed};
use crate::diagnostic::Severity;
use crate::settings::{Settings, VersionFrom};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// A paragraph that ends with a line end. `took` is how long the run was.
pub fn summary(outcome: &Outcome, settings: &Settings, look: Look, took: Option<Duration>) -> String {
    let mut clauses = vec![findings(outcome, look)];
    let counts = &outcome.counts;
    match counts.not_understood {
        0 => {}
        1 => clauses.push("1 statement was not understood".to_owned()),
        many => clauses.push(format!("{many} statements were not understood")),
    }
    match counts.suppressed {
        0 => {}
        some => clauses.push(format!("{} allowed by comments", counted(some, "finding"))),
    }
    clauses.extend(assumptions(&outcome.projects, settings));
    clauses.extend(took.map(duration));
    wrapped(&clauses.join("; "), look.width, "", "  ")
}

/// What a run took for granted: the server's version where nobody said it, the migration tools that it recognised.
pub(super) fn assumptions(projects: &[Replayed], settings: &Settings) -> Vec<String> {
    let mut clauses = Vec::new();
    if settings.version_from == VersionFrom::Default {
        clauses.push(format!("assumed PostgreSQL {} (say --postgres N)", settings.version));
    }
    let mut tools: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for project in projects.iter().filter(|project| project.tool.name != "none") {
        tools.entry(project.tool.display).or_default().push(&project.tool_from);
    }
    clauses.extend(tools.into_iter().map(|(tool, origins)| match origins.as_slice() {
        [origin] => format!("{tool} recognised {origin}"),
        several => format!("{} recognised as {tool}", counted(several.len(), "project")),
    }));
    clauses
}

/// `3 errors, 1 warning in 2 of 14 files (61 statements)`.
fn findings(outcome: &Outcome, look: Look) -> String {
    let files = outcome.counts.files;
    let scope = format!("({})", counted(outcome.counts.statements, "statement"));
    let found: Vec<_> = Severity::ALL
        .into_iter()
        .rev()
        .map(|severity| (severity, outcome.count(severity)))
        .filter(|(_, count)| *count > 0)
        .map(|(severity, count)| look.paint(severity_style(severity), counted(count, severity.name())))
        .collect();
    if found.is_empty() {
        return format!("{} in {} {scope}", look.paint(STRONG, "No findings"), counted(files, "file"));
    }
    let hit = outcome.diagnostics.iter().map(|diagnostic| diagnostic.at.source).collect::<BTreeSet<_>>().len();
    let of = match files {
        1 => "1 file".to_owned(),
        _ => format!("{hit} of {files} files"),
    };
    format!("{} in {of} {scope}", found.join(", "))
}

/// In the unit that people would use.
pub(super) fn duration(took: Duration) -> String {
    match took.as_millis() {
        ms @ 0..1000 => format!("{ms} ms"),
        _ => format!("{:.1} s", took.as_secs_f64()),
    }
}
