//! `check --output-format sarif`: SARIF 2.1.0, for code scanning services and editors.
//!
//! The format is an OASIS standard; what GitHub's code scanning makes of it is in its documentation ("SARIF support for code scanning").
//! Columns are UTF-16 code units: the only unit that every reader takes for granted. A result's region is one label on one line, because GitHub shows an
//! alert in a pull request only where all of its lines were changed. What a comment allows is left out: GitHub would open an alert for it.

mod object;

use super::page;
use super::text::document_url;
use super::uri::Base;
use crate::check::Outcome;
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::rule::{Entry, RuleSet};
use crate::source::{ColumnUnit, Location, Source, Sources, Span};
use object::{
    Artifact, ArtifactChange, ArtifactContent, ArtifactLocation, Configuration, Driver, Fingerprints, Fix, Invocation,
    Log, Message, Notification, PhysicalLocation, Place, Region, Replacement, Reporting, ReportingProperties,
    ResultObject, ResultProperties, Run, SourceRoot, SourceRoots, Tool,
};
use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// The longest short and full description that GitHub takes, in characters.
const DESCRIPTION: usize = 1024;
/// The most results that GitHub takes.
const RESULTS: usize = 25_000;
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
}

/// Writes the report.
///
/// # Errors
/// Those of the sink.
pub fn write(out: &mut dyn Write, outcome: &Outcome, context: &Context<'_>) -> io::Result<()> {
    let entries = context.rules.entries();
    let numbers: BTreeMap<&str, usize> = entries.iter().enumerate().map(|(at, entry)| (entry.name(), at)).collect();
    let kept = kept(&outcome.diagnostics);
    let writer = Writer { sources: &outcome.sources, base: context.base, numbers };
    let left_out = outcome.diagnostics.len() - kept.len();
    let notifications = (left_out > 0).then(|| Notification {
        level: "warning",
        message: Message::text(format!(
            "{left_out} findings were left out: code scanning services take {RESULTS}. The most severe are here."
        )),
    });
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
            invocations: [Invocation {
                execution_successful: true,
                tool_execution_notifications: notifications.into_iter().collect(),
            }],
            original_uri_base_ids: SourceRoots {
                root: SourceRoot {
                    uri: context.base.root_uri(),
                    description: Message::text("The root of the repository."),
                },
            },
            column_kind: "utf16CodeUnits",
            artifacts: writer.artifacts(&kept),
            results: kept.iter().map(|found| writer.result(found)).collect(),
        }],
    };
    serde_json::to_writer_pretty(&mut *out, &log)?;
    writeln!(out)
}

/// The findings that a service takes, in their order.
fn kept(diagnostics: &[Diagnostic]) -> Vec<&Diagnostic> {
    let mut kept: Vec<(usize, &Diagnostic)> = diagnostics.iter().enumerate().collect();
    if kept.len() > RESULTS {
        kept.sort_by_key(|(at, found)| (Reverse(found.severity), *at));
        kept.truncate(RESULTS);
        kept.sort_by_key(|(at, _)| *at);
    }
    kept.into_iter().map(|(_, found)| found).collect()
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
            Artifact { location: self.artifact(source), length, source_language: "sql" }
        };
        sources.into_iter().map(artifact).collect()
    }

    fn artifact(&self, source: &Source) -> ArtifactLocation {
        let (uri, relative) = self.base.uri(source.path());
        ArtifactLocation { uri, uri_base_id: relative.then_some("%SRCROOT%") }
    }

    fn result(&self, found: &'a Diagnostic) -> ResultObject<'a> {
        let source = self.sources.get(found.at.source);
        // The first label is about the finding's own place and says what is to be seen there.
        let own = found.labels.first().filter(|label| label.at.source == found.at.source);
        let at = own.map_or(found.at, |label| label.at);
        let others: Vec<&Label> = found.labels.iter().skip(usize::from(own.is_some())).take(PLACES).collect();
        ResultObject {
            rule_id: &found.rule,
            rule_index: self.numbers.get(&*found.rule).copied(),
            level: found.severity.name(),
            message: Message::text(message(found, own, &others)),
            locations: [self.place(at, None, None)],
            related_locations: others
                .iter()
                .enumerate()
                .map(|(at, label)| self.place(label.at, Some(at + 1), Some(Message::text(sentence(&label.message)))))
                .collect(),
            partial_fingerprints: Fingerprints { finding: &found.fingerprint },
            fixes: found.fix.iter().map(|fix| self.fix(found, fix, source)).collect(),
            properties: ResultProperties { category: &found.category, help: &found.help, notes: &found.notes },
        }
    }

    fn place(&self, at: Location, id: Option<usize>, message: Option<Message<'a>>) -> Place<'a> {
        let source = self.sources.get(at.source);
        let line = one_line(source, at.span);
        let (region, context_region) = (region(source, line, true), context(source, line));
        Place {
            id,
            physical_location: PhysicalLocation { artifact_location: self.artifact(source), region, context_region },
            message,
        }
    }

    fn fix(&self, found: &'a Diagnostic, fix: &'a crate::fix::Fix, source: &Source) -> Fix<'a> {
        let replacements = fix.edits.iter().map(|edit| Replacement {
            deleted_region: region(source, edit.span, false),
            inserted_content: ArtifactContent { text: Cow::Borrowed(&edit.insert) },
        });
        let description = found.help.first().map_or("change the statement", String::as_str);
        Fix {
            description: Message::text(sentence(description)),
            artifact_changes: [ArtifactChange {
                artifact_location: self.artifact(source),
                replacements: replacements.collect(),
            }],
        }
    }
}

/// The whole of a finding in sentences: services show nothing else beside the line. Other places are links to the related locations.
fn message(found: &Diagnostic, own: Option<&Label>, others: &[&Label]) -> String {
    let mut text = escaped(&sentence(&found.message));
    let mut add = |more: &str| {
        text.push(' ');
        text.push_str(more);
    };
    own.into_iter()
        .filter(|label| !label.message.is_empty())
        .for_each(|label| add(&escaped(&sentence(&label.message))));
    found.help.iter().for_each(|line| add(&escaped(&sentence(line))));
    found.notes.iter().for_each(|line| add(&escaped(&sentence(line))));
    for (at, label) in others.iter().enumerate() {
        add(&format!("[{}]({}).", escaped(sentence(&label.message).trim_end_matches('.')), at + 1));
    }
    text
}

/// A text in which nothing is taken for a link (SARIF 3.11.6).
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '[' | ']' | '\\') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

/// The part of a span that lies on its first line, without space at its end. A span of nothing is the character where it stands.
fn one_line(source: &Source, span: Span) -> Span {
    let text = source.text().get(span.range()).unwrap_or_default();
    let line = text.split(['\r', '\n']).next().unwrap_or_default().trim_end();
    if !line.is_empty() {
        return Span::new(span.start, span.start + line.len() as u32);
    }
    let rest = source.text().get(span.start as usize..).unwrap_or_default();
    let next = rest.chars().next().filter(|next| !matches!(next, '\r' | '\n'));
    Span::new(span.start, span.start + next.map_or(0, char::len_utf8) as u32)
}

fn region(source: &Source, span: Span, with_snippet: bool) -> Region {
    let start = source.line_column(span.start, ColumnUnit::Utf16);
    let end = source.line_column(span.end, ColumnUnit::Utf16);
    let text = source.text().get(span.range()).filter(|text| with_snippet && !text.is_empty() && text.len() <= SNIPPET);
    Region {
        start_line: start.line,
        start_column: Some(start.column),
        end_line: end.line,
        end_column: Some(end.column),
        snippet: text.map(|text| ArtifactContent { text: text.to_owned().into() }),
    }
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
    fn a_region_is_one_line_of_utf16() {
        let text = "\u{feff}-- 🙂\r\nDROP TABLE \"e\u{301}🙂\";\r\n";
        let source = Source::new("a.sql", text);
        let start = text.find('"').unwrap() as u32;
        let span = one_line(&source, Span::new(start, text.len() as u32));
        assert_eq!(source.slice(span), "\"e\u{301}🙂\";");
        let region = region(&source, span, true);
        assert_eq!((region.start_line, region.start_column, region.end_line), (2, Some(12), 2));
        assert_eq!(region.end_column, Some(12 + 7), "two quotes, e, accent, a pair, semicolon");
        let context = context(&source, span).unwrap();
        assert_eq!((context.start_line, context.end_line), (1, 2));
        assert_eq!(context.snippet.unwrap().text, "-- 🙂\r\nDROP TABLE \"e\u{301}🙂\";");
    }

    #[test]
    fn an_empty_span_is_the_character_where_it_stands() {
        let source = Source::new("a.sql", "é\nx");
        assert_eq!(one_line(&source, Span::empty(0)), Span::new(0, 2));
        assert_eq!(one_line(&source, Span::empty(2)), Span::empty(2));
        assert_eq!(one_line(&source, Span::empty(4)), Span::empty(4));
        assert_eq!(one_line(&Source::new("b.sql", ""), Span::empty(0)), Span::empty(0));
    }

    #[test]
    fn the_definition_is_not_help() {
        let body = "\nWhat.\n\n```toml\na = 1\n```\n\n## Bad\n\n```sql bad wrapped\nA;\n```\n";
        assert_eq!(help_in_markdown(body), "What.\n\n\n## Bad\n\n```sql\nA;\n```");
    }
}
