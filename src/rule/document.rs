//! A rule document: Markdown that is the definition, the manual page and the tests of one rule. See `rules/README.md`.
//!
//! Reading is strict and every mistake has its exact place. The build script reads the program's own documents with this very
//! file, so that a broken one never gets into the binary.

mod definition_block;
mod layout;

use super::definition::{Category, Rule, Text};
use crate::source::Span;

/// A document that was read: the rule and its examples.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// The rule.
    pub rule: Rule,
    /// Where the title stands.
    pub title: Span,
    /// Where the rule's `folds` stand, in their order.
    pub folds: Vec<Span>,
    /// Where its `aliases` stand, in their order.
    pub aliases: Vec<Span>,
    /// Its examples in order.
    pub examples: Vec<Example>,
}

/// SQL that must, or must not, be found fault with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// The rule must speak.
    pub bad: bool,
    /// The files that ran before, in order.
    pub given: Vec<Snippet>,
    /// The file that is judged.
    pub judged: Snippet,
    /// The diagnostic as it must be rendered: the content of the ```` ```text ```` block behind it.
    pub rendered: Option<Span>,
    /// The judged file after the fix: the content of the ```` ```sql fixed ```` block behind it.
    pub fixed: Option<Span>,
}

/// One block of SQL in a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snippet {
    /// Its text, without the fences.
    pub content: Span,
    /// The block with its fences.
    pub block: Span,
    /// It is SQL; else a file around the migrations.
    pub sql: bool,
    /// What its info string says.
    pub options: Options,
}

/// The attributes behind ```` ```sql bad ````.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// `postgres=15`: the server's major version.
    pub postgres: Option<u16>,
    /// `tool=flyway`: the migration tool that runs it.
    pub tool: Option<String>,
    /// `wrapped`: the tool opens a transaction around each file.
    pub wrapped: bool,
    /// `file=seed`: it fills tables, and is no migration.
    pub seed: bool,
    /// `from-empty`: the files are the whole schema.
    pub from_empty: bool,
    /// `whole`: a tool runs the files, and they are all that it has run.
    pub whole: bool,
    /// `require-reasons`: a comment that allows something has to say why.
    pub require_reasons: bool,
    /// `name=0002_users.sql`: what the file is called.
    pub name: Option<String>,
    /// `change=edited`: what a branch did to the file.
    pub change: Option<Change>,
    /// `theirs`: the branch that this one goes to has got it meanwhile.
    pub theirs: bool,
    /// `alone`: the files given before do not belong to it.
    pub alone: bool,
    /// `latin1`, `utf16`: how its characters are stored.
    pub encoding: Encoding,
}

/// What a branch did to the file of an example; those that are given were there before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// `change=added`.
    Added,
    /// `change=edited`.
    Edited,
    /// `change=renamed-from:0001_users.sql`.
    Renamed(String),
    /// `change=deleted`.
    Deleted,
    /// `change=ignored`: it lies among the migrations, but the tool does not run it.
    Ignored,
}

/// How the characters of an example are stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// As it should be.
    #[default]
    Utf8,
    /// One byte each.
    Latin1,
    /// Two bytes each, behind a byte order mark.
    Utf16,
}

/// Something that is wrong with a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Where.
    pub at: Span,
    /// What; one sentence without a full stop.
    pub message: String,
    /// What would be right.
    pub help: Option<String>,
}

/// The sections that every document has, in this order.
pub const SECTIONS: [&str; 4] = ["Why", "Bad", "Good", "When to allow it"];

/// Reads a document. `path` tells the category (its folder) and the rule's name (the file's).
///
/// # Errors
/// All mistakes, in the order of their places; at least one.
pub fn read(path: &str, text: &str) -> Result<Document, Vec<Mistake>> {
    let mut mistakes = Vec::new();
    let document = layout::read(text, &mut mistakes).and_then(|layout| {
        let (category, name) = from_path(path, layout.title_text, layout.title, &mut mistakes)?;
        let definition = definition_block::read(text, layout.definition, &mut mistakes)?;
        let rule = Rule {
            name,
            category,
            severity: definition.severity,
            on: definition.on.unwrap_or(category.on_by_default()),
            aliases: definition.aliases.iter().map(|(name, _)| Text::from(name.clone())).collect(),
            summary: layout.summary.into(),
            message: definition.message,
            label: definition.label,
            help: definition.help.into(),
            once: definition.once,
            folds: definition.folds.iter().map(|(name, _)| Text::from(name.clone())).collect(),
            when: definition.when,
            document: text.to_owned().into(),
        };
        let folds = definition.folds.into_iter().map(|(_, span)| span).collect();
        let aliases = definition.aliases.into_iter().map(|(_, span)| span).collect();
        Some(Document { rule, title: layout.title, folds, aliases, examples: layout.examples })
    });
    match document {
        Some(document) if mistakes.is_empty() => Ok(document),
        _ => {
            mistakes.sort_by_key(|mistake| mistake.at);
            Err(mistakes)
        }
    }
}

/// Category and name, of which the title must tell the name once more.
fn from_path(path: &str, title: &str, at: Span, mistakes: &mut Vec<Mistake>) -> Option<(Category, Text)> {
    let mut parts = path.rsplit(['/', '\\']);
    let file = parts.next().unwrap_or_default();
    let name = file.strip_suffix(".md").unwrap_or(file);
    if title != name {
        mistakes.push(Mistake {
            at,
            message: format!("the title is `{title}`, but the file is `{file}`"),
            help: Some("the title is the file's name, which is the rule's name".into()),
        });
    }
    let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if name.is_empty() || !name.bytes().all(is_name) {
        mistakes.push(Mistake {
            at,
            message: format!("`{name}` is no name for a rule"),
            help: Some("name it after the hazard, in lower-case words joined by `-`".into()),
        });
    }
    let folder = parts.next().unwrap_or_default();
    let Some(category) = Category::from_name(folder) else {
        let known = Category::ALL.iter().map(|category| category.name()).collect::<Vec<_>>().join(", ");
        mistakes.push(Mistake {
            at,
            message: format!("the folder `{folder}` is no category"),
            help: Some(format!("a document stands in the folder of its category: {known}")),
        });
        return None;
    };
    Some((category, name.to_owned().into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::definition::{About, Once};

    const GOOD: &str = r#"# blocking-index-build

Building an index
blocks writes.

```toml
severity = "error"
message = "building `{index}` blocks writes to `{relation}`"
label = "holds {lock}"
help = ["one", "{opt_out}"]
once = "file"
folds = ["other"]
aliases = ["older-name"]

[when]
effect = "builds-index"
concurrently = false
blocks = ">= writes"
```

## Why

Because.

## Bad

```sql given
CREATE TABLE t (a int);
```

```sql bad postgres=15
CREATE INDEX i ON t (a);
```

```text
bad.sql:1:1: error
```

## Good

```sql good wrapped
SELECT 1;
```

```sql good alone
SELECT 2;
```

## When to allow it

Never.
"#;

    fn mistakes(text: &str) -> Vec<(String, String)> {
        let mistakes = read("rules/locking/blocking-index-build.md", text).unwrap_err();
        mistakes.into_iter().map(|mistake| (text[mistake.at.range()].to_owned(), mistake.message)).collect()
    }

    #[track_caller]
    fn mistake(from: &str, to: &str, at: &str, message: &str) {
        assert!(GOOD.contains(from), "{from}");
        let found = mistakes(&GOOD.replacen(from, to, 1));
        assert!(found.iter().any(|(place, text)| place == at && text.contains(message)), "{found:#?}");
    }

    #[test]
    fn a_document_is_read() {
        let document = read("rules/locking/blocking-index-build.md", GOOD).unwrap();
        let rule = &document.rule;
        assert_eq!((&*rule.name, rule.category), ("blocking-index-build", Category::Locking));
        assert_eq!(rule.summary, "Building an index blocks writes.");
        assert_eq!((rule.help.len(), rule.once), (2, Some(Once::File)));
        assert_eq!((rule.on, &*rule.aliases[0]), (true, "older-name"));
        let off = GOOD.replace("once =", "default = \"off\"\nonce =");
        assert!(!read("rules/locking/blocking-index-build.md", &off).unwrap().rule.on);
        assert!(!read("rules/style/blocking-index-build.md", GOOD).unwrap().rule.on);
        assert_eq!((rule.when.about, &*rule.when.kind, rule.when.tests.len()), (About::Effect, "builds-index", 2));
        let text = |span: Span| &GOOD[span.range()];
        assert_eq!(text(document.folds[0]), "\"other\"");
        let [bad, wrapped, alone] = &document.examples[..] else { panic!("{:?}", document.examples) };
        assert!(bad.bad && !wrapped.bad);
        assert_eq!(text(bad.judged.content), "CREATE INDEX i ON t (a);\n");
        assert_eq!(text(bad.rendered.unwrap()), "bad.sql:1:1: error\n");
        assert_eq!((bad.given.len(), bad.judged.options.postgres), (1, Some(15)));
        assert_eq!((wrapped.given.len(), wrapped.judged.options.wrapped), (1, true));
        assert_eq!((alone.given.len(), text(alone.judged.content)), (0, "SELECT 2;\n"));
    }

    #[test]
    fn a_problem_is_read() {
        let text = GOOD
            .replace("effect = \"builds-index\"", "problem = \"syntax\"")
            .replace("concurrently = false\nblocks = \">= writes\"\n", "")
            .replace("building `{index}` blocks writes to `{relation}`", "{problem}")
            .replace("holds {lock}", "here");
        let document = read("rules/locking/blocking-index-build.md", &text).unwrap();
        assert_eq!(document.rule.when.about, About::Problem);
    }

    #[test]
    fn every_mistake_has_its_exact_place() {
        mistake("# blocking-index-build", "# blocking", "blocking", "the title is");
        mistake("\"error\"", "\"fatal\"", "\"fatal\"", "severity");
        mistake("{index}", "{indx}", "{indx}", "no hole `indx`");
        mistake("label = \"holds {lock}\"\n", "", "", "`label` is missing");
        mistake("message =", "mesage =", "mesage", "unknown key");
        mistake("writes to `{relation}`\"", "writes.\"", "\"building `{index}` blocks writes.\"", "full stop");
        mistake("effect = \"builds-index\"", "effect = \"builds\"", "\"builds\"", "no effect");
        mistake("effect = \"builds-index\"\n", "", "[when]", "neither");
        mistake("concurrently = false", "concurently = false", "concurently", "no field");
        mistake("\">= writes\"", "\">= wrtes\"", "\">= wrtes\"", "never `wrtes`");
        mistake("once = \"file\"", "once = \"day\"", "\"day\"", "once");
        mistake("once = \"file\"", "default = \"no\"", "\"no\"", "default");
        mistake("## Why\n\nBecause.\n", "", "## Bad", "`Why` is missing");
        mistake("Because.\n", "", "## Why", "is empty");
        mistake("## When to allow it", "## When", "## When", "unknown section");
        mistake("```sql bad postgres=15", "```sql bad postgres=x", "postgres=x", "version");
        mistake("```sql bad postgres=15", "```sql", "```sql", "given, bad, good or fixed");
        mistake("sql good wrapped", "sql good wraped", "wraped", "unknown attribute");
        mistake("Because.", "```sql good\nSELECT 1;\n```", "```sql good\nSELECT 1;\n```", "outside");
        mistake("severity = \"error\"", "severity = ", "", "");
    }

    #[test]
    fn a_document_that_is_no_document_at_all_is_said_so() {
        assert_eq!(mistakes(""), [(String::new(), "the document is empty".to_owned())]);
        assert!(mistakes("hello")[0].1.contains("title"));
        assert!(read("rules/lock/blocking-index-build.md", GOOD).unwrap_err()[0].message.contains("no category"));
        assert!(read("locking/Ab.md", GOOD).unwrap_err().iter().any(|mistake| mistake.message.contains("no name")));
    }
}
