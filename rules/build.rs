//! Reads the rule documents with the program's own reader and writes them down as constants, so that the program parses no
//! Markdown when it starts. A document with a mistake fails the build, with its place.

// The reader and the words that it checks against, as the crate has them. Only what these need of the crate is here.
#[path = "../src"]
#[allow(dead_code, missing_docs, unreachable_pub, unused_imports, clippy::all)]
mod shared {
    pub mod diagnostic;
    pub mod effect;
    pub mod fix;
    pub mod pattern;
    pub mod source;
    #[path = "rule"]
    pub mod rule {
        pub mod condition;
        pub mod definition;
        pub mod document;
        pub mod message;
        pub mod problem;
        mod suggest;
    }
    // Effects know their relation by the catalog's id; the words do not need the catalog.
    pub mod catalog {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct RelationId(pub u32);
    }
}

use shared::rule::condition::{Matcher, Test};
use shared::rule::definition::{Rule, Text};
use shared::rule::document;
use shared::rule::message::{Message, Piece};
use shared::{catalog, diagnostic, effect, fix, pattern, rule, source};
use source::{ColumnUnit, Source, Span};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    for path in [
        "rules",
        "src/source.rs",
        "src/diagnostic.rs",
        "src/fix.rs",
        "src/effect.rs",
        "src/effect",
        "src/pattern.rs",
        "src/rule",
    ] {
        println!("cargo::rerun-if-changed={path}");
    }
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or(io::ErrorKind::NotFound)?);
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?).join("builtin_rules.rs");
    let mut read = Vec::new();
    let mut broken = false;
    let mut say = |source: &Source, at: Span, message: &str, help: Option<&str>| {
        broken = true;
        let place = source.line_column(at.start, ColumnUnit::Char);
        let help = help.map(|help| format!(" ({help})")).unwrap_or_default();
        println!("cargo::error={}:{}:{}: {message}{help}", source.path(), place.line, place.column);
    };
    for path in documents(&root)? {
        let text = fs::read_to_string(root.join(&path))?;
        let source = Source::new(path, text);
        match document::read(source.path(), source.text()) {
            Ok(document) => read.push((source, document)),
            Err(mistakes) => {
                for mistake in mistakes {
                    say(&source, mistake.at, &mistake.message, mistake.help.as_deref());
                }
            }
        }
    }
    read.sort_by(|(_, left), (_, right)| left.rule.name.cmp(&right.rule.name));
    for pair in read.windows(2) {
        let [(first, left), (second, right)] = pair else { continue };
        if left.rule.name == right.rule.name {
            say(second, right.title, &format!("a second rule of that name; the first is {}", first.path()), None);
        }
    }
    for (source, document) in &read {
        for (name, at) in document.rule.folds.iter().zip(&document.folds) {
            if !read.iter().any(|(_, other)| other.rule.name == *name) {
                say(source, *at, &format!("there is no rule `{name}`"), None);
            }
        }
    }
    for (source, document) in &read {
        for (name, at) in document.rule.aliases.iter().zip(&document.aliases) {
            let taken = |other: &Rule| other.name == *name;
            let twice = |other: &Rule| other.name != document.rule.name && other.aliases.contains(name);
            if read.iter().any(|(_, other)| taken(&other.rule) || twice(&other.rule)) {
                say(source, *at, &format!("another rule has the name `{name}`"), None);
            }
        }
    }
    if broken {
        // Cargo shows the errors and stops.
        return Ok(());
    }
    let mut code = String::from("/// By name, ascending.\npub(super) static RULES: &[Rule] = &[\n");
    for (source, document) in &read {
        let path = root.join(source.path());
        write_rule(&mut code, &document.rule, &path).map_err(io::Error::other)?;
    }
    code.push_str("];\n");
    fs::write(out, code)
}

/// The documents, relative to the package, in a fixed order.
fn documents(root: &Path) -> io::Result<Vec<String>> {
    let mut documents = Vec::new();
    for folder in fs::read_dir(root.join("rules"))? {
        let folder = folder?;
        if !folder.file_type()?.is_dir() {
            continue;
        }
        for file in fs::read_dir(folder.path())? {
            let (folder, file) = (folder.file_name(), file?.file_name());
            if let (Some(folder), Some(file)) = (folder.to_str(), file.to_str())
                && file.ends_with(".md")
            {
                documents.push(format!("rules/{folder}/{file}"));
            }
        }
    }
    documents.sort();
    Ok(documents)
}

fn write_rule(code: &mut String, rule: &Rule, path: &Path) -> std::fmt::Result {
    let When { about, kind, tests } = When::of(rule);
    writeln!(code, "Rule {{ name: {}, category: Category::{:?},", text(&rule.name), rule.category)?;
    writeln!(code, "severity: Severity::{:?}, summary: {},", rule.severity, text(&rule.summary))?;
    writeln!(code, "on: {}, aliases: {},", rule.on, list(rule.aliases.iter().map(text)))?;
    writeln!(code, "message: {}, label: {},", message(&rule.message), message(&rule.label))?;
    writeln!(code, "help: {},", list(rule.help.iter().map(message)))?;
    let once = rule.once.map_or("None".into(), |once| format!("Some(super::definition::Once::{once:?})"));
    writeln!(code, "once: {once}, folds: {},", list(rule.folds.iter().map(text)))?;
    writeln!(code, "when: When {{ about: About::{about}, kind: {kind}, tests: {tests} }},")?;
    writeln!(code, "document: Borrowed(include_str!({:?})) }},", path.display().to_string())
}

/// The condition as code.
struct When {
    about: String,
    kind: String,
    tests: String,
}

impl When {
    fn of(rule: &Rule) -> Self {
        let tests = list(rule.when.tests.iter().map(test));
        Self { about: format!("{:?}", rule.when.about), kind: text(&rule.when.kind), tests }
    }
}

fn test(test: &Test) -> String {
    let any = list(test.any.iter().map(matcher));
    format!("Test {{ field: {}, negated: {}, any: {any} }}", text(&test.field), test.negated)
}

fn matcher(matcher: &Matcher) -> String {
    match matcher {
        Matcher::Word(word) => format!("Matcher::Word({})", text(word)),
        Matcher::Pattern(pattern) => format!("Matcher::Pattern({})", text(pattern)),
        // Debug writes numbers and truth values as Rust does.
        plain => format!("Matcher::{plain:?}"),
    }
}

fn message(message: &Message) -> String {
    let pieces = message.0.iter().map(|piece| match piece {
        Piece::Text(it) => format!("Piece::Text({})", text(it)),
        Piece::Hole(it) => format!("Piece::Hole({})", text(it)),
    });
    format!("Message({})", list(pieces))
}

fn text(text: &Text) -> String {
    format!("Borrowed({:?})", &**text)
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("Borrowed(&[{}])", items.collect::<Vec<_>>().join(", "))
}
