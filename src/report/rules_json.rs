//! `rules list --output-format json`: all that a page about each rule needs.

use crate::rule::document::{self, Example};
use crate::rule::{Category, Entry, Once, RuleSet};
use crate::source::Span;
use serde::Serialize;
use std::io::{self, Write};

#[derive(Serialize)]
struct Report<'a> {
    schema_version: u32,
    categories: Vec<CategoryJson>,
    rules: Vec<RuleJson<'a>>,
}

#[derive(Serialize)]
struct CategoryJson {
    name: &'static str,
    about: &'static str,
    default: &'static str,
}

#[derive(Serialize)]
struct RuleJson<'a> {
    name: &'a str,
    category: &'static str,
    severity: &'static str,
    /// Whether it speaks where nothing is configured: `on` or `off`.
    default: &'static str,
    aliases: Vec<&'a str>,
    summary: &'a str,
    message: String,
    label: String,
    help: Vec<String>,
    once: Option<&'static str>,
    folds: Vec<&'a str>,
    about: &'static str,
    kind: &'a str,
    examples: Vec<ExampleJson<'a>>,
    /// The whole page, as Markdown.
    document: &'a str,
}

#[derive(Serialize)]
struct ExampleJson<'a> {
    bad: bool,
    given: Vec<&'a str>,
    sql: &'a str,
    postgres: Option<u16>,
    tool: Option<String>,
    wrapped: bool,
    /// The finding as a terminal shows it.
    rendered: Option<&'a str>,
    fixed: Option<&'a str>,
}

/// Writes the rules.
///
/// # Errors
/// Those of the sink.
pub fn write(out: &mut dyn Write, rules: &RuleSet) -> io::Result<()> {
    let categories = Category::ALL.iter().map(|category| CategoryJson {
        name: category.name(),
        about: category.doc().trim(),
        default: switch(category.on_by_default()),
    });
    let rules = rules.entries().iter().map(rule).collect();
    let report = Report { schema_version: 1, categories: categories.collect(), rules };
    serde_json::to_writer_pretty(&mut *out, &report)?;
    writeln!(out)
}

fn switch(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}

fn rule(entry: &Entry) -> RuleJson<'_> {
    let rule = entry.rule();
    let text = rule.document.as_ref();
    let path = format!("rules/{}/{}.md", rule.category.name(), rule.name);
    // What is in the set was read before: it has no mistakes.
    let examples = document::read(&path, text).map(|document| document.examples).unwrap_or_default();
    RuleJson {
        name: entry.name(),
        category: rule.category.name(),
        severity: rule.severity.name(),
        default: switch(rule.on),
        aliases: rule.aliases.iter().map(AsRef::as_ref).collect(),
        summary: &rule.summary,
        message: rule.message.to_string(),
        label: rule.label.to_string(),
        help: rule.help.iter().map(ToString::to_string).collect(),
        once: rule.once.map(Once::name),
        folds: rule.folds.iter().map(AsRef::as_ref).collect(),
        about: rule.when.about.key(),
        kind: &rule.when.kind,
        examples: examples.iter().map(|it| example(text, it)).collect(),
        document: text,
    }
}

fn example<'a>(document: &'a str, example: &Example) -> ExampleJson<'a> {
    let text = |span: Span| document.get(span.range()).unwrap_or_default();
    let options = &example.judged.options;
    ExampleJson {
        bad: example.bad,
        given: example.given.iter().map(|given| text(given.content)).collect(),
        sql: text(example.judged.content),
        postgres: options.postgres,
        tool: options.tool.clone(),
        wrapped: options.wrapped,
        rendered: example.rendered.map(text),
        fixed: example.fixed.map(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_its_page_and_examples() {
        let mut out = Vec::new();
        write(&mut out, &RuleSet::builtin()).unwrap();
        let report: serde_json::Value = serde_json::from_slice(&out).unwrap();
        let rules = report["rules"].as_array().unwrap();
        assert_eq!(rules.len(), RuleSet::builtin().entries().len());
        for rule in rules {
            let examples = rule["examples"].as_array().unwrap();
            let has = |bad: bool| examples.iter().any(|example| example["bad"] == bad);
            assert!(has(true) && has(false), "{}", rule["name"]);
            assert!(rule["document"].as_str().unwrap().starts_with(&format!("# {}", rule["name"].as_str().unwrap())));
            assert!(["on", "off"].contains(&rule["default"].as_str().unwrap()));
        }
    }
}
