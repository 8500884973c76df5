//! The rule documents that come with the program, and the reference in `rules/README.md`. `UPDATE=1` writes both anew.

use shipworthy::effect::{COMMON_FIELDS, EffectKind, FieldSpec, FieldType, KindSpec};
use shipworthy::rule::document::{self, Document};
use shipworthy::rule::{About, Category, RuleSet, problem};
use shipworthy::source::{ColumnUnit, Source};
use shipworthy::verify::verify;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

fn update() -> bool {
    std::env::var_os("UPDATE").is_some_and(|value| value == "1")
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All documents: where they are, and what they hold.
fn documents() -> Vec<(PathBuf, Source, Document)> {
    let mut documents = Vec::new();
    for category in Category::ALL {
        let folder = root().join("rules").join(category.name());
        let Ok(files) = fs::read_dir(folder) else { continue };
        let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
        files.sort();
        for file in files {
            let path = file.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/");
            let source = Source::new(path, fs::read_to_string(&file).unwrap());
            let document = document::read(source.path(), source.text()).unwrap();
            documents.push((file, source, document));
        }
    }
    documents
}

#[test]
fn every_example_shows_what_its_document_says() {
    let only = std::env::var("RULE").ok();
    let rules = RuleSet::builtin();
    let (mut examples, mut report) = (0, String::new());
    for (file, source, document) in documents() {
        if only.as_ref().is_some_and(|only| *only != document.rule.name) {
            continue;
        }
        let verdict = verify(source.text(), &document, &rules);
        examples += verdict.examples;
        if update() && verdict.updated != source.text() {
            fs::write(&file, &verdict.updated).unwrap();
        }
        for failure in verdict.failures.iter().filter(|failure| !(update() && failure.rendering)) {
            let place = source.line_column(failure.at.start, ColumnUnit::Char);
            writeln!(report, "{}:{}:{}: {}", source.path(), place.line, place.column, failure.message).unwrap();
            failure.found.lines().for_each(|line| writeln!(report, "    {line}").unwrap());
        }
    }
    assert!(report.is_empty(), "{report}");
    assert!(examples > 0, "no example was run");
}

/// One cause, one finding: what a rule shows as bad is no error in the eyes of another, nor is the same statement or action told twice.
#[test]
fn a_bad_example_has_one_finding_for_its_cause_and_is_an_error_to_no_other_rule() {
    let rules = RuleSet::builtin();
    let mut report = String::new();
    // Where the subject is an allow that does not count, the finding that it was written for is there, too.
    for (_, source, document) in documents().into_iter().filter(|(_, _, it)| it.rule.when.about == About::Effect) {
        for (at, other) in verify(source.text(), &document, &rules).also {
            let place = source.line_column(at.start, ColumnUnit::Char);
            writeln!(report, "{}:{}: `{other}` speaks as well", source.path(), place.line).unwrap();
        }
    }
    assert!(report.is_empty(), "{report}");
}

#[test]
fn the_binary_has_every_document() {
    let rules = RuleSet::builtin();
    let documents = documents();
    assert_eq!(rules.entries().len(), documents.len());
    for (_, _, document) in documents {
        assert_eq!(rules.get(&document.rule.name).map(|entry| entry.rule()), Some(&document.rule));
    }
}

#[test]
fn the_probes_know_every_rule() {
    let map = fs::read_to_string(root().join("tests/probes/map.json")).unwrap();
    let map: std::collections::BTreeMap<String, Vec<String>> = serde_json::from_str(&map).unwrap();
    let rules = RuleSet::builtin();
    let names: Vec<_> = rules.entries().iter().map(|entry| entry.name().to_owned()).collect();
    assert_eq!(map.into_keys().collect::<Vec<_>>(), names);
}

#[test]
fn the_reference_lists_every_effect_and_word() {
    let path = root().join("rules/README.md");
    let readme = fs::read_to_string(&path).unwrap();
    let (begin, end) = ("<!-- reference: written by tests/rules.rs -->\n", "<!-- end of the reference -->\n");
    let from = readme.find(begin).expect("README.md has no place for the reference") + begin.len();
    let to = from + readme[from..].find(end).expect("README.md's reference has no end");
    let expected = reference();
    if update() {
        fs::write(path, format!("{}{expected}{}", &readme[..from], &readme[to..])).unwrap();
    } else {
        assert!(readme[from..to] == expected, "rules/README.md is out of date: run UPDATE=1 cargo test --test rules");
    }
}

fn reference() -> String {
    let mut text = String::from("\n### Fields of every effect\n\n");
    fields(&mut text, COMMON_FIELDS);
    for (title, specs) in [("Effects", EffectKind::SPECS), ("Problems", problem::SPECS)] {
        writeln!(text, "## {title}\n").unwrap();
        for KindSpec { name, doc, fields: own } in specs {
            writeln!(text, "### `{name}`\n\n{}\n", doc.trim()).unwrap();
            fields(&mut text, own);
        }
    }
    text
}

fn fields(text: &mut String, fields: &[FieldSpec]) {
    if fields.is_empty() {
        return;
    }
    text.push_str("| field | values | meaning |\n| --- | --- | --- |\n");
    for FieldSpec { name, ty, doc } in fields {
        let list =
            |words: &[&str], between| words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(between);
        let values = match ty {
            FieldType::Word(words) => list(words, ", "),
            FieldType::Ordered(words) => list(words, " < "),
            FieldType::Text => "text".to_owned(),
            FieldType::Boolean => "`true`, `false`".to_owned(),
            FieldType::Count => "number".to_owned(),
        };
        writeln!(text, "| `{name}` | {values} | {} |", doc.trim().replace('|', "\\|")).unwrap();
    }
    text.push('\n');
}
