//! `shipworthy rules`: the list of rules, and the tests in their documents.

use super::config::{self, Wish};
use super::{Failure, Verdict, print};
use crate::config::documents_in;
use crate::diagnostic::{Diagnostic, Severity};
use crate::report::text::{Look, counted};
use crate::report::{full, rules_json, rules_list};
use crate::rule::{RuleSet, document};
use crate::source::{Location, Source, SourceId, Sources};
use crate::verify::{self, verify};
use std::path::Path;
use std::sync::Arc;

/// Lists the rules, for people or for programs.
pub(super) fn list(json: bool, wish: &Wish, look: Look) -> Result<Verdict, Failure> {
    let rules = config::told(config::here(wish)?.rules())?;
    print(|out| if json { rules_json::write(out, &rules) } else { rules_list::write(out, &rules, look) })?;
    Ok(Verdict::Worthy)
}

/// Runs the examples of the documents in a folder, or of those that come with the program.
///
/// With `update` it first writes behind each bad example how its finding reads.
pub(super) fn test(folder: Option<&Path>, update: bool, look: Look) -> Result<Verdict, Failure> {
    if let Some(folder) = folder.filter(|_| update) {
        write_findings(folder)?;
    }
    let builtin = RuleSet::builtin();
    let documents = match folder {
        Some(folder) => config::told(documents_in(folder))?,
        None => {
            let path =
                |entry: &crate::rule::Entry| format!("rules/{}/{}.md", entry.rule().category.name(), entry.name());
            builtin.entries().iter().map(|entry| Source::new(path(entry), entry.rule().document.as_ref())).collect()
        }
    };
    let mut sources = Sources::default();
    let ids: Vec<SourceId> = documents.into_iter().map(|document| sources.add(Arc::new(document))).collect();
    let (rules, mut findings) = builtin.with_documents(&ids, &sources);
    let mut examples = 0;
    for &id in &ids {
        let source = sources.get(id);
        // A document with mistakes is among the findings already.
        let Ok(document) = document::read(source.path(), source.text()) else { continue };
        let verdict = verify(source.text(), &document, &rules);
        examples += verdict.examples;
        findings.extend(verdict.failures.iter().map(|failure| finding(id, failure)));
    }
    findings.sort_by_key(|finding| finding.at);
    print(|out| {
        for found in &findings {
            writeln!(out, "{}", full::finding(found, found.at.span, &sources, look))?;
        }
        writeln!(
            out,
            "{}, {}, {}",
            counted(ids.len(), "document"),
            counted(examples, "example"),
            counted(findings.len(), "failure")
        )
    })?;
    Ok(if findings.is_empty() { Verdict::Worthy } else { Verdict::Unworthy })
}

/// Writes the documents of a folder with the findings as they read now; one with mistakes stays as it is.
fn write_findings(folder: &Path) -> Result<(), Failure> {
    let mut sources = Sources::default();
    let documents = config::told(documents_in(folder))?;
    let ids: Vec<SourceId> = documents.into_iter().map(|document| sources.add(Arc::new(document))).collect();
    let (rules, _) = RuleSet::builtin().with_documents(&ids, &sources);
    for id in ids {
        let source = sources.get(id);
        let Ok(document) = document::read(source.path(), source.text()) else { continue };
        let updated = verify(source.text(), &document, &rules).updated;
        if updated != source.text() {
            let told = |error: std::io::Error| Failure(format!("{}: it cannot be written: {error}", source.path()));
            std::fs::write(source.path(), updated).map_err(told)?;
        }
    }
    Ok(())
}

/// An example that does not show what it should, as every other finding is told.
fn finding(source: SourceId, failure: &verify::Failure) -> Diagnostic {
    let mut notes = Vec::new();
    if !failure.found.is_empty() {
        notes.push("what was found instead:".to_owned());
        notes.extend(failure.found.lines().map(str::to_owned));
    }
    Diagnostic {
        rule: "failing-example".into(),
        category: "rules".into(),
        severity: Severity::Error,
        message: failure.message.clone(),
        at: Location { source, span: failure.at },
        statement: None,
        labels: Vec::new(),
        help: Vec::new(),
        notes,
        fix: None,
        also: Vec::new(),
        allow: None,
        fingerprint: String::new(),
    }
}
