//! `check --output-format junit`: a report of tests, for CI servers that show nothing else. A file is a suite, a finding a test that fails.
//!
//! The format is that of Jenkins' schema (`junit-10.xsd`), which has no place for a line: the failure's text has it.

use super::position::{Count, Positions};
use super::text::one_line;
use super::xml;
use crate::check::Outcome;
use crate::diagnostic::Diagnostic;
use crate::source::{Source, SourceId};
use serde::Serialize;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Write};

#[derive(Serialize)]
struct Report<'a> {
    #[serde(rename = "@name")]
    name: &'static str,
    #[serde(rename = "@tests")]
    tests: usize,
    #[serde(rename = "@failures")]
    failures: usize,
    #[serde(rename = "@errors")]
    errors: usize,
    testsuite: Vec<Suite<'a>>,
}

#[derive(Serialize)]
struct Suite<'a> {
    #[serde(rename = "@name")]
    name: Cow<'a, str>,
    #[serde(rename = "@tests")]
    tests: usize,
    #[serde(rename = "@failures")]
    failures: usize,
    #[serde(rename = "@errors")]
    errors: usize,
    testcase: Vec<Case<'a>>,
}

#[derive(Serialize)]
struct Case<'a> {
    #[serde(rename = "@name")]
    name: String,
    #[serde(rename = "@classname")]
    classname: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<Failure<'a>>,
}

#[derive(Serialize)]
struct Failure<'a> {
    #[serde(rename = "@type")]
    kind: &'static str,
    #[serde(rename = "@message")]
    message: Cow<'a, str>,
    #[serde(rename = "$text")]
    text: String,
}

/// Writes the report: all files that were judged, in their order. Paths are as they were given.
///
/// # Errors
/// Those of the sink.
pub fn write(out: &mut dyn Write, outcome: &Outcome) -> io::Result<()> {
    let positions = Positions::new(&outcome.sources, Count::Characters);
    let migrations = outcome.projects.iter().flat_map(|project| &project.migrations);
    let migrations = migrations.filter(|migration| migration.judged).map(|migration| migration.source);
    let around = outcome.surroundings.iter().filter(|around| around.judged).map(|around| around.source);
    let mut files: BTreeMap<SourceId, Vec<&Diagnostic>> =
        migrations.chain(around).map(|source| (source, Vec::new())).collect();
    for found in &outcome.diagnostics {
        files.entry(found.at.source).or_default().push(found);
    }
    let suite =
        |(&id, findings): (&SourceId, &Vec<&'_ Diagnostic>)| suite(outcome.sources.get(id), findings, &positions);
    let suites: Vec<Suite<'_>> = files.iter().map(suite).collect();
    let report = Report {
        name: "shipworthy",
        tests: suites.iter().map(|suite| suite.tests).sum(),
        failures: outcome.diagnostics.len(),
        errors: 0,
        testsuite: suites,
    };
    xml::write(out, "testsuites", &report)
}

fn suite<'a>(source: &'a Source, findings: &[&Diagnostic], positions: &Positions<'_>) -> Suite<'a> {
    // Readers know a test by its name, also that of an earlier run: it has no line, and none has it twice.
    let mut names = BTreeMap::new();
    let mut cases: Vec<Case<'a>> = findings.iter().map(|found| case(source, found, positions, &mut names)).collect();
    if cases.is_empty() {
        let classname = xml::text(source.path());
        cases.push(Case { name: "no findings".to_owned(), classname, failure: None });
    }
    Suite { name: xml::text(source.path()), tests: cases.len(), failures: findings.len(), errors: 0, testcase: cases }
}

fn case<'a>(
    source: &'a Source,
    found: &Diagnostic,
    positions: &Positions<'_>,
    names: &mut BTreeMap<String, usize>,
) -> Case<'a> {
    let start = positions.point(found.at.source, found.at.span.start);
    let message = one_line(&found.message).into_owned();
    let plain = xml::text(&format!("{}: {message}", found.rule)).into_owned();
    let mut nth = names.get(&plain).copied().unwrap_or(1);
    let name = loop {
        let name = if nth == 1 { plain.clone() } else { format!("{plain} ({nth})") };
        nth += 1;
        if !names.contains_key(&name) {
            break name;
        }
    };
    names.insert(name.clone(), 2);
    names.insert(plain, nth);
    let mut text = format!(
        "{}:{}:{}: {}[{}] {message}\n",
        one_line(source.path()),
        start.line,
        start.column,
        found.severity.name(),
        found.rule
    );
    for (word, lines) in [("help", &found.help), ("note", &found.notes)] {
        lines.iter().for_each(|line| text.push_str(&format!("{word}: {}\n", one_line(line))));
    }
    let failure = Failure {
        kind: found.severity.name(),
        message: xml::text(&message).into_owned().into(),
        text: xml::text(&text).into_owned(),
    };
    Case { name, classname: xml::text(source.path()), failure: Some(failure) }
}
