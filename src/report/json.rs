//! `check --output-format json`: findings in the machine contract's words.

use super::place::Range;
use crate::check::Outcome;
use crate::diagnostic::{Diagnostic, Severity};
use crate::fix::Applicability;
use crate::settings::Settings;
use crate::source::{Sources, Span};
use serde::Serialize;
use std::collections::BTreeSet;
use std::io::{self, Write};

/// Counts incompatible changes of the format; adding a field is none.
const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
struct Report<'a> {
    schema_version: u32,
    summary: Summary<'a>,
    diagnostics: Vec<Finding<'a>>,
}

#[derive(Serialize)]
struct Summary<'a> {
    files: usize,
    /// Files around the migrations.
    surroundings: usize,
    statements: usize,
    not_understood: usize,
    errors: usize,
    warnings: usize,
    notes: usize,
    suppressed: usize,
    accepted: usize,
    dialect: &'a str,
    server_version: String,
    server_version_from: &'a str,
    /// Of several projects with different tools, all names with commas between them.
    tool: String,
    projects: Vec<Project<'a>>,
}

#[derive(Serialize)]
struct Project<'a> {
    root: &'a str,
    tool: &'a str,
    tool_from: &'a str,
    dialect: &'a str,
    /// Empty where nothing told it.
    dialect_from: &'a str,
    /// What was assumed of the tool; null where nothing was.
    assumption: Option<&'a str>,
    files: usize,
}

/// A finding.
#[derive(Serialize)]
pub(super) struct Finding<'a> {
    rule: &'a str,
    category: &'a str,
    severity: &'a str,
    message: &'a str,
    /// Lines; null where there is nothing to advise.
    help: Option<String>,
    notes: &'a [String],
    path: &'a str,
    range: Range,
    statement: Option<usize>,
    labels: Vec<Label<'a>>,
    fix: Option<Fix<'a>>,
    /// The comment that would allow it; null where none can.
    allow: Option<Allow<'a>>,
    fingerprint: &'a str,
}

#[derive(Serialize)]
struct Label<'a> {
    message: &'a str,
    path: &'a str,
    range: Range,
}

#[derive(Serialize)]
struct Fix<'a> {
    applicability: &'static str,
    edits: Vec<Edit<'a>>,
}

#[derive(Serialize)]
struct Allow<'a> {
    insert: &'a str,
    /// Where: an empty range.
    range: Range,
    /// Where the file has run already, the migration tool would refuse it with the comment in it.
    changes_checksum: bool,
}

#[derive(Serialize)]
struct Edit<'a> {
    range: Range,
    insert: &'a str,
}

/// Writes the report.
///
/// # Errors
/// Those of the sink.
pub fn write(out: &mut dyn Write, outcome: &Outcome, settings: &Settings) -> io::Result<()> {
    let tools: BTreeSet<_> = outcome.projects.iter().map(|project| project.tool.name).collect();
    let report = Report {
        schema_version: SCHEMA_VERSION,
        summary: Summary {
            files: outcome.counts.files,
            surroundings: outcome.counts.surroundings,
            statements: outcome.counts.statements,
            not_understood: outcome.counts.not_understood,
            errors: outcome.count(Severity::Error),
            warnings: outcome.count(Severity::Warning),
            notes: outcome.count(Severity::Note),
            suppressed: outcome.counts.suppressed,
            accepted: outcome.counts.accepted,
            dialect: settings.dialect.name(),
            server_version: settings.version.to_string(),
            server_version_from: settings.version_from.name(),
            tool: if tools.is_empty() { "none".to_owned() } else { Vec::from_iter(tools).join(",") },
            projects: outcome.projects.iter().map(Project::new).collect(),
        },
        diagnostics: outcome.diagnostics.iter().map(|found| Finding::new(found, &outcome.sources)).collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &report)?;
    writeln!(out)
}

impl<'a> Project<'a> {
    fn new(project: &'a crate::check::Replayed) -> Self {
        Self {
            root: &project.root,
            tool: project.tool.name,
            tool_from: &project.tool_from,
            dialect: project.dialect.name(),
            dialect_from: &project.dialect_from,
            assumption: project.assumption.as_deref(),
            files: project.migrations.len(),
        }
    }
}

impl<'a> Finding<'a> {
    /// A finding in the contract's words.
    pub(super) fn new(found: &'a Diagnostic, sources: &'a Sources) -> Self {
        let source = sources.get(found.at.source);
        let labels = found.labels.iter().map(|label| {
            let source = sources.get(label.at.source);
            Label { message: &label.message, path: source.path(), range: Range::new(source, label.at.span) }
        });
        let fix = found.fix.as_ref().map(|fix| Fix {
            applicability: match fix.applicability {
                Applicability::Safe => "safe",
                Applicability::Unsafe => "unsafe",
            },
            edits: fix
                .edits
                .iter()
                .map(|edit| Edit { range: Range::new(source, edit.span), insert: &edit.insert })
                .collect(),
        });
        Self {
            rule: &found.rule,
            category: &found.category,
            severity: found.severity.name(),
            message: &found.message,
            help: (!found.help.is_empty()).then(|| found.help.join("\n")),
            notes: &found.notes,
            path: source.path(),
            range: Range::new(source, found.at.span),
            statement: found.statement,
            labels: labels.collect(),
            fix,
            allow: found.allow.as_ref().map(|allow| Allow {
                insert: &allow.insert,
                range: Range::new(source, Span::empty(allow.at)),
                changes_checksum: allow.changes_checksum,
            }),
            fingerprint: &found.fingerprint,
        }
    }
}
