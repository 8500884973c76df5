//! The last lines of a report for people: what was found, and what was assumed.

use super::text::{DIM, Look, STRONG, counted, one_line, severity_style, wrapped};
use crate::check::{Outcome, Replayed};
use crate::diagnostic::{Diagnostic, Severity};
use crate::dialect::Dialect;
use crate::settings::{Settings, VersionFrom};
use crate::source::{ColumnUnit, Sources};
use crate::tool::TransactionMode;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// More findings than this are counted rule by rule.
const MANY: usize = 20;
/// So many rules are told by name.
const RULES: usize = 15;
/// So many places that were not understood are named.
const PLACES: usize = 3;

/// What was found, then a line for each thing that was assumed or left out. `took` is how long the run was.
pub fn summary(outcome: &Outcome, settings: &Settings, look: Look, took: Option<Duration>) -> String {
    let mut text = String::new();
    if outcome.diagnostics.len() > MANY {
        text.push_str(&by_rule(&outcome.diagnostics, look));
    }
    text.push_str(&wrapped(&findings(outcome, look, took), look.width, "", "  "));
    let mut remarks = remarks(outcome);
    remarks.extend(assumptions(&outcome.projects, settings));
    text.push_str(&listed(&remarks, look));
    text
}

/// What was not checked, and what is not told.
pub(super) fn remarks(outcome: &Outcome) -> Vec<String> {
    let mut remarks = Vec::new();
    remarks.extend(not_understood(outcome));
    match outcome.counts.suppressed {
        0 => {}
        1 => remarks.push("1 finding is allowed by a comment".to_owned()),
        some => remarks.push(format!("{some} findings are allowed by comments")),
    }
    match outcome.counts.accepted {
        0 => {}
        1 => remarks.push("1 finding is accepted by the baseline".to_owned()),
        some => remarks.push(format!("{some} findings are accepted by the baseline")),
    }
    remarks
}

/// Remarks below the first line, each on its own.
pub(super) fn listed(remarks: &[String], look: Look) -> String {
    remarks.iter().map(|remark| wrapped(&one_line(remark), look.width, "  ", "    ")).collect()
}

/// What a run took for granted: the server's version where nobody said it, the migration tools that it recognised, and how those hand
/// statements to the server.
pub(super) fn assumptions(projects: &[Replayed], settings: &Settings) -> Vec<String> {
    let mut remarks = Vec::new();
    let for_postgres = |project: &Replayed| project.dialect == Dialect::Postgres;
    if settings.version_from == VersionFrom::Default && (projects.is_empty() || projects.iter().any(for_postgres)) {
        remarks.push(format!("assumed PostgreSQL {}, the newest known; --postgres N says otherwise", settings.version));
    }
    let mut tools: BTreeMap<(&str, &str), Vec<&Replayed>> = BTreeMap::new();
    for project in projects {
        let key = (project.tool.display, transactions(project.tool.transaction));
        tools.entry(key).or_default().push(project);
    }
    remarks.extend(tools.into_iter().map(|((tool, transactions), projects)| match projects.as_slice() {
        [project] if project.tool.name == "none" => format!("{tool} recognised: {transactions}"),
        [project] if project.tool_from.starts_with("as ") => {
            format!("{tool} runs the files, {}: {transactions}", project.tool_from)
        }
        [project] => format!("{tool} recognised {}: {transactions}", project.tool_from),
        several => format!("{} with {tool}: {transactions}", counted(several.len(), "project")),
    }));
    remarks.extend(unjudged(projects));
    remarks
}

/// What was not judged, because the rules for its server do not exist yet.
fn unjudged(projects: &[Replayed]) -> Vec<String> {
    let of = |dialect: Dialect| {
        let mine: Vec<_> = projects.iter().filter(|project| project.dialect == dialect).collect();
        let files = mine.iter().flat_map(|project| &project.migrations).filter(|migration| migration.judged).count();
        let origins: BTreeSet<_> = mine.iter().map(|project| project.dialect_from.as_str()).collect();
        let from = match origins.len() {
            1 => origins.first().map(|from| format!(" ({from})")).unwrap_or_default(),
            _ => String::new(),
        };
        (files > 0).then(|| {
            format!(
                "{} for {}{from}: only quotes, comments and the migration tool's own lines were checked; \
                 there are no rules for it yet",
                counted(files, "file"),
                dialect.display()
            )
        })
    };
    [Dialect::MySql, Dialect::Sqlite].into_iter().filter_map(of).collect()
}

/// How a tool's statements reach the server, where a file does not say otherwise.
fn transactions(mode: TransactionMode) -> &'static str {
    match mode {
        TransactionMode::File | TransactionMode::Pipeline => "a transaction around each file",
        TransactionMode::All => "one transaction around all files",
        TransactionMode::OneMessage => {
            "each file is one message, which is one transaction if it has several statements"
        }
        TransactionMode::Statement => "each statement by itself, outside a transaction",
    }
}

/// `1 statement was not understood, nor checked: db/0001_init.sql:3`
fn not_understood(outcome: &Outcome) -> Option<String> {
    let count = outcome.counts.not_understood;
    let verb = match count {
        0 => return None,
        1 => "was",
        _ => "were",
    };
    let places: Vec<_> = places(outcome).take(PLACES + 1).collect();
    let more = if places.len() > PLACES { ", ..." } else { "" };
    let places: Vec<_> = places.into_iter().take(PLACES).collect();
    let colon = if places.is_empty() { "" } else { ": " };
    Some(format!(
        "{} {verb} not understood, and not checked{colon}{}{more}",
        counted(count, "statement"),
        places.join(", ")
    ))
}

fn places(outcome: &Outcome) -> impl Iterator<Item = String> {
    let sources: &Sources = &outcome.sources;
    let migrations =
        outcome.projects.iter().flat_map(|project| &project.migrations).filter(|migration| migration.judged);
    migrations.flat_map(move |migration| {
        let source = sources.get(migration.source);
        migration.not_understood().map(move |problem| {
            format!("{}:{}", source.path(), source.line_column(problem.span.start, ColumnUnit::Char).line)
        })
    })
}

/// `3 errors, 1 warning in 2 of 14 files, 61 statements, 12 ms`.
pub(super) fn findings(outcome: &Outcome, look: Look, took: Option<Duration>) -> String {
    let files = outcome.counts.files + outcome.counts.surroundings;
    let took = took.map_or_else(String::new, |took| format!(", {}", duration(took)));
    let around = match outcome.counts.surroundings {
        0 => String::new(),
        some => {
            format!(" in {}", counted(outcome.counts.files, "migration"))
                + &format!(", {} around them", counted(some, "file"))
        }
    };
    let scope = format!("({}{around}{took})", counted(outcome.counts.statements, "statement"));
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

/// How often each rule spoke, the most severe first.
fn by_rule(diagnostics: &[Diagnostic], look: Look) -> String {
    let mut counts: BTreeMap<(Reverse<Severity>, &str), usize> = BTreeMap::new();
    for found in diagnostics {
        *counts.entry((Reverse(found.severity), &found.rule)).or_default() += 1;
    }
    let mut rows: Vec<_> = counts.into_iter().collect();
    // One rule's count is that of all.
    if rows.len() < 2 {
        return String::new();
    }
    rows.sort_by_key(|((severity, rule), count)| (*severity, Reverse(*count), *rule));
    let digits = rows.iter().map(|(_, count)| count.to_string().len()).max().unwrap_or(0);
    let mut text = String::new();
    for ((Reverse(severity), rule), count) in rows.iter().take(RULES) {
        let severity = look.paint(severity_style(*severity), format_args!("{:7}", severity.name()));
        text.push_str(&format!("  {count:>digits$}  {severity}  {}\n", one_line(rule)));
    }
    if let more @ 1.. = rows.len().saturating_sub(RULES) {
        let rest: usize = rows.iter().skip(RULES).map(|(_, count)| count).sum();
        text.push_str(&look.paint(DIM, format_args!("  {rest:>digits$}  of {}\n", counted(more, "other rule"))));
    }
    text.push('\n');
    text
}

/// In the unit that people would use.
pub(super) fn duration(took: Duration) -> String {
    match took.as_millis() {
        ms @ 0..1000 => format!("{ms} ms"),
        _ => format!("{:.1} s", took.as_secs_f64()),
    }
}
