//! `check --output-format sarif`: SARIF 2.1.0, for code scanning services and editors.
//!
//! The format is an OASIS standard; what GitHub's code scanning makes of it is in its documentation ("SARIF support for code scanning").
//! Columns are UTF-16 code units: the only unit that every reader takes for granted. A result's region is the first line of the finding's place, because
//! GitHub shows an alert in a pull request only where all of its lines were changed; labels are related locations, to which the message has links. What a
//! comment allows or the baseline accepts is left out: GitHub would open an alert for it.

mod object;

use super::page;
use super::position::{Count, Positions, first_line};
use super::text::{counted, document_url, visible};
use super::uri::Base;
use crate::base::Revision;
use crate::check::Outcome;
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::rule::{Entry, RuleSet};
use crate::source::{Location, Source, Sources, Span};
use flate2::Compression;
use flate2::write::GzEncoder;
use object::{
    Artifact, ArtifactChange, ArtifactContent, ArtifactLocation, Automation, Configuration, Driver, Fingerprints, Fix,
    Invocation, Log, Message, Notification, PhysicalLocation, Place, Provenance, Region, Replacement, Reporting,
    ReportingProperties, ResultObject, ResultProperties, Root, Run, SourceRoot, SourceRoots, Tool,
};
use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// The longest short and full description that GitHub takes, in characters.
const DESCRIPTION: usize = 1024;
/// The most results that GitHub takes; it keeps the 5,000 most severe.
const RESULTS: usize = 25_000;
/// The most bytes that it takes, packed by gzip. A little is left for another packer.
const PACKED: u64 = 9_500_000;
/// The most places of one result that GitHub keeps.
const PLACES: usize = 100;
/// A snippet has at most so many bytes.
const SNIPPET: usize = 400;

/// What the report has to know beside the findings.
#[derive(Clone, Debug)]
pub struct Context<'a> {
    /// The rules of the run.
    pub rules: &'a RuleSet,
    /// What paths are relative to.
    pub base: &'a Base,
    /// The program's repository, as a URL.
    pub home: Option<&'a str>,
    /// What was looked at, where it lies in a repository.
    pub revision: Option<&'a Revision>,
    /// What tells the reports of one commit apart: services replace a report by the next of its category.
    pub category: Option<&'a str>,
}

/// Writes the report. How many findings services would refuse, and it leaves out.
///
/// # Errors
/// Those of the sink.
pub fn write(out: &mut dyn Write, outcome: &Outcome, context: &Context<'_>) -> io::Result<usize> {
    let mut worst: Vec<(usize, &Diagnostic)> = outcome.diagnostics.iter().enumerate().collect();
    worst.sort_by_key(|(_, found)| Reverse(found.severity));
    worst.truncate(RESULTS);
    loop {
        let left_out = outcome.diagnostics.len() - worst.len();
        // In the order of the run, whatever is left out.
        let mut kept = worst.clone();
        kept.sort_by_key(|(at, _)| *at);
        let kept: Vec<&Diagnostic> = kept.into_iter().map(|(_, found)| found).collect();
        let report = report(&kept, left_out, outcome, context)?;
        let size = packed(&report)?;
        if size <= PACKED || worst.is_empty() {
            out.write_all(&report)?;
            return Ok(left_out);
        }
        // Findings pack alike, but for the rules, which are there in any case.
        worst.truncate((worst.len() as u64 * PACKED / size * 9 / 10) as usize);
    }
}

/// How large GitHub's uploader makes it. What is no larger unpacked is not packed to know.
fn packed(report: &[u8]) -> io::Result<u64> {
    if report.len() as u64 <= PACKED {
        return Ok(report.len() as u64);
    }
    let mut encoder = GzEncoder::new(Counter(0), Compression::default());
    encoder.write_all(report)?;
    Ok(encoder.finish()?.0)
}

/// Counts the bytes that are written.
struct Counter(u64);

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn report(kept: &[&Diagnostic], left_out: usize, outcome: &Outcome, context: &Context<'_>) -> io::Result<Vec<u8>> {
    let entries = context.rules.entries();
    let numbers: BTreeMap<&str, usize> = entries.iter().enumerate().map(|(at, entry)| (entry.name(), at)).collect();
    let positions = Positions::new(&outcome.sources, Count::Utf16);
    let writer = Writer { sources: &outcome.sources, positions, base: context.base, numbers };
    let (findings, verb) = (counted(left_out, "finding"), if left_out == 1 { "was" } else { "were" });
    let notifications = (left_out > 0).then(|| Notification {
        level: "warning",
        message: Message::text(format!(
            "{findings} {verb} left out, because code scanning services take no more than {RESULTS} results and 10 MB. The most severe are here."
        )),
    });
    let artifacts = writer.artifacts(kept);
    // What lies outside the repository is no part of its revision.
    let inside = artifacts.iter().all(|artifact| artifact.location.uri_base_id.is_some());
    let log = Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    name: "shipworthy",
                    full_name: concat!("shipworthy ", env!("CARGO_PKG_VERSION")),
                    version: env!("CARGO_PKG_VERSION"),
                    semantic_version: env!("CARGO_PKG_VERSION"),
                    information_uri: context.home,
                    short_description: Message::text(concat!(env!("CARGO_PKG_DESCRIPTION"), ".")),
                    rules: entries.iter().map(|entry| rule(entry, context.home)).collect(),
                },
            },
            automation_details: context.category.map(|category| Automation { id: format!("{category}/") }),
            invocations: [Invocation {
                execution_successful: true,
                tool_execution_notifications: notifications.into_iter().collect(),
            }],
            version_control_provenance: context
                .revision
                .filter(|_| inside)
                .map(|revision| provenance(revision, context))
                .into_iter()
                .collect(),
            original_uri_base_ids: SourceRoots {
                root: SourceRoot {
                    uri: context.base.root_uri(),
                    description: Message::text("The root of the repository."),
                },
            },
            column_kind: "utf16CodeUnits",
            newline_sequences: ["\r\n", "\n", "\r"],
            artifacts,
            results: kept.iter().map(|found| writer.result(found)).collect(),
        }],
    };
    let mut report = serde_json::to_vec_pretty(&log)?;
    report.push(b'\n');
    Ok(report)
}

/// The repository; the standard asks for an address, which is the folder where no other machine knows one.
fn provenance<'a>(revision: &'a Revision, context: &Context<'_>) -> Provenance<'a> {
    Provenance {
        repository_uri: match &revision.repository {
            Some(repository) => Cow::Borrowed(repository),
            None => Cow::Owned(context.base.root_uri()),
        },
        revision_id: revision.commit.as_deref(),
        branch: revision.branch.as_deref(),
        mapped_to: Root { uri_base_id: "%SRCROOT%" },
    }
}

/// A rule with its page. All are listed, also those without a finding: services show what was looked for.
fn rule<'a>(entry: &'a Entry, home: Option<&str>) -> Reporting<'a> {
    let rule = entry.rule();
    let (category, severity) = (rule.category.name(), entry.severity());
    Reporting {
        id: entry.name(),
        name: pascal_case(entry.name()),
        short_description: Message::text(clipped(&sentence(first_sentence(&rule.summary)))),
        full_description: Message::text(clipped(&sentence(&rule.summary))),
        help: Message { text: page::plain(rule).into(), markdown: Some(help_in_markdown(page::body(rule))) },
        help_uri: home.map(|home| document_url(home, category, entry.name())),
        default_configuration: Configuration { level: severity.name(), enabled: entry.enabled() },
        properties: ReportingProperties {
            tags: ["sql", "migration", category],
            precision: "high",
            problem_severity: match severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Note => "recommendation",
            },
        },
    }
}

/// `BlockingIndexBuild`
fn pascal_case(name: &str) -> String {
    let mut pascal = String::with_capacity(name.len());
    for word in name.split('-') {
        let mut letters = word.chars();
        pascal.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        pascal.push_str(letters.as_str());
    }
    pascal
}

fn first_sentence(text: &str) -> &str {
    text.find(". ").map_or(text, |end| &text[..end])
}

/// With a capital letter and a full stop. A name in backticks stays as it is.
fn sentence(text: &str) -> String {
    let mut sentence = String::with_capacity(text.len() + 1);
    let mut letters = text.trim().chars();
    sentence.extend(letters.next().map(|first| first.to_ascii_uppercase()));
    sentence.push_str(letters.as_str());
    if !sentence.ends_with(['.', '!', '?', ':']) {
        sentence.push('.');
    }
    sentence
}

fn clipped(text: &str) -> String {
    match text.char_indices().nth(DESCRIPTION - 1) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A document without its definition, which is for the program, and with captions where the program's own words stand in the fences.
fn help_in_markdown(body: &str) -> String {
    let mut help = String::with_capacity(body.len());
    let mut lines = body.lines();
    while let Some(line) = lines.next() {
        if line.starts_with("```toml") {
            lines.by_ref().find(|line| line.starts_with("```"));
            continue;
        }
        match line.strip_prefix("```sql ") {
            Some(_) => help.push_str("```sql"),
            None => help.push_str(line),
        }
        help.push('\n');
    }
    help.trim().to_owned()
}

struct Writer<'a> {
    sources: &'a Sources,
    positions: Positions<'a>,
    base: &'a Base,
    /// The places of the rules in the list.
    numbers: BTreeMap<&'a str, usize>,
}

impl<'a> Writer<'a> {
    /// The files that have findings.
    fn artifacts(&self, kept: &[&Diagnostic]) -> Vec<Artifact> {
        let mut sources: Vec<_> = kept.iter().map(|found| found.at.source).collect();
        sources.sort_unstable();
        sources.dedup();
        let artifact = |id| {
            let source = self.sources.get(id);
            let length = source.why_unreadable().is_none().then(|| source.text().len());
            // Not every file is a migration, and a language is named where the name of the file tells it.
            let sql = source.path().to_ascii_lowercase().ends_with(".sql");
            Artifact { location: self.artifact(source), length, source_language: sql.then_some("sql") }
        };
        sources.into_iter().map(artifact).collect()
    }

    fn artifact(&self, source: &Source) -> ArtifactLocation {
        let (uri, relative) = self.base.uri(source.path());
        ArtifactLocation { uri, uri_base_id: relative.then_some("%SRCROOT%") }
    }

    fn result(&self, found: &'a Diagnostic) -> ResultObject<'a> {
        // What is to be seen at the very place is a part of the message; what is elsewhere is linked from it.
        let here = first_line(self.sources, found.at);
        let is_here = |label: &&Label| first_line(self.sources, label.at) == here;
        let own: Vec<&Label> = found.labels.iter().filter(is_here).collect();
        let others: Vec<&Label> = found.labels.iter().filter(|label| !is_here(label)).take(PLACES).collect();
        let others = others.as_slice();
        ResultObject {
            rule_id: &found.rule,
            rule_index: self.numbers.get(&*found.rule).copied(),
            level: found.severity.name(),
            message: Message::text(message(found, &own, others)),
            locations: [self.place(here, None, None)],
            related_locations: others
                .iter()
                .enumerate()
                .map(|(at, label)| {
                    let message = Some(Message::text(escaped(&sentence(&label.message))));
                    self.place(first_line(self.sources, label.at), Some(at + 1), message)
                })
                .collect(),
            partial_fingerprints: Fingerprints { finding: &found.fingerprint },
            fixes: found.fix.iter().map(|fix| self.fix(found, fix)).collect(),
            properties: ResultProperties { category: &found.category, help: &found.help, notes: &found.notes },
        }
    }

    fn place(&self, at: Location, id: Option<usize>, message: Option<Message<'a>>) -> Place<'a> {
        let source = self.sources.get(at.source);
        Place {
            id,
            physical_location: PhysicalLocation {
                artifact_location: self.artifact(source),
                region: self.region(at, true),
                context_region: context(source, at.span),
            },
            message,
        }
    }

    fn region(&self, at: Location, with_snippet: bool) -> Region {
        let (start, end) = self.positions.range(at);
        let text = self.sources.get(at.source).text().get(at.span.range());
        let text = text.filter(|text| with_snippet && !text.is_empty() && text.len() <= SNIPPET);
        Region {
            start_line: start.line,
            start_column: Some(start.column),
            end_line: end.line,
            end_column: Some(end.column),
            snippet: text.map(|text| ArtifactContent { text: text.to_owned().into() }),
        }
    }

    fn fix(&self, found: &'a Diagnostic, fix: &'a crate::fix::Fix) -> Fix<'a> {
        let replacements = fix.edits.iter().map(|edit| Replacement {
            deleted_region: self.region(Location { span: edit.span, ..found.at }, false),
            inserted_content: ArtifactContent { text: Cow::Borrowed(&edit.insert) },
        });
        let description = found.help.first().map_or("change the statement", String::as_str);
        Fix {
            description: Message::text(sentence(description)),
            artifact_changes: [ArtifactChange {
                artifact_location: self.artifact(self.sources.get(found.at.source)),
                replacements: replacements.collect(),
            }],
        }
    }
}

/// The whole of a finding in sentences: services show nothing else beside the line. Other places are links to the related locations.
fn message(found: &Diagnostic, own: &[&Label], others: &[&Label]) -> String {
    let mut text = escaped(&sentence(&found.message));
    let mut add = |more: &str| {
        text.push(' ');
        text.push_str(more);
    };
    own.iter().filter(|label| !label.message.is_empty()).for_each(|label| add(&escaped(&sentence(&label.message))));
    found.help.iter().for_each(|line| add(&escaped(&sentence(line))));
    found.notes.iter().for_each(|line| add(&escaped(&sentence(line))));
    for (at, label) in others.iter().enumerate() {
        add(&format!("[{}]({}).", escaped(sentence(&label.message).trim_end_matches('.')), at + 1));
    }
    if let more @ 1.. = found.labels.len() - own.len() - others.len() {
        add(&format!("And {}.", counted(more, "more place")));
    }
    text
}

/// A text in which nothing is taken for a link (SARIF 3.11.6), and no control character is left.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '[' | ']' | '\\') {
            escaped.push('\\');
        }
        escaped.push(visible(character));
    }
    escaped
}

/// The line of a span, and those above and below it, as far as they are short. `None` where its own line is long.
fn context(source: &Source, span: Span) -> Option<Region> {
    let starts = source.line_starts();
    let own = starts.partition_point(|&start| start <= span.start).checked_sub(1)?;
    let line = |at: usize| {
        let start = *starts.get(at)?;
        let end = starts.get(at + 1).map_or(source.text().len() as u32, |&end| end);
        Some((start, end)).filter(|(start, end)| end - start <= SNIPPET as u32)
    };
    line(own)?;
    let first = own.checked_sub(1).filter(|&at| line(at).is_some()).unwrap_or(own);
    let blank = |(start, end): (u32, u32)| {
        source.text().get(start as usize..end as usize).is_none_or(|text| text.trim().is_empty())
    };
    let last = line(own + 1).filter(|&line| !blank(line)).map_or(own, |_| own + 1);
    let (start, end) = (line(first)?.0, line(last)?.1);
    let text = source.text().get(start as usize..end as usize)?.trim_end_matches(['\r', '\n']);
    // A region ends where its text does, and a byte order mark is no part of it.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    Some(Region {
        start_line: first as u32 + 1,
        start_column: None,
        end_line: last as u32 + 1,
        end_column: None,
        snippet: Some(ArtifactContent { text: text.to_owned().into() }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_sentences() {
        assert_eq!(pascal_case("blocking-index-build"), "BlockingIndexBuild");
        assert_eq!(sentence("use it"), "Use it.");
        assert_eq!(sentence("`a` is gone."), "`a` is gone.");
        assert_eq!(first_sentence("One. Two. "), "One");
        assert_eq!(clipped(&"é".repeat(2000)).chars().count(), DESCRIPTION);
    }

    #[test]
    fn brackets_are_no_links() {
        assert_eq!(escaped(r"a [b](1) \"), r"a \[b\](1) \\");
    }

    #[test]
    fn the_context_is_the_lines_around() {
        let text = "\u{feff}-- 🙂\r\nDROP TABLE \"e\u{301}🙂\";\r\n";
        let start = text.find('"').unwrap() as u32;
        let context = context(&Source::new("a.sql", text), Span::new(start, text.len() as u32)).unwrap();
        assert_eq!((context.start_line, context.end_line), (1, 2));
        assert_eq!(context.snippet.unwrap().text, "-- 🙂\r\nDROP TABLE \"e\u{301}🙂\";");
    }

    #[test]
    fn the_definition_is_not_help() {
        let body = "\nWhat.\n\n```toml\na = 1\n```\n\n## Bad\n\n```sql bad wrapped\nA;\n```\n";
        assert_eq!(help_in_markdown(body), "What.\n\n\n## Bad\n\n```sql\nA;\n```");
    }
}
