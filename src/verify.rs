//! Runs the examples of a rule document.
//!
//! A bad example must be found fault with, by this rule and with all rules on, and the finding must read as the document says. A
//! good example must not be, with this rule alone, so that no other rule can hide it. Every example must be understood.

use crate::check::{Around, File, Outcome, Project, check_around};
use crate::diagnostic::{Diagnostic, Severity};
use crate::dialect::Version;
use crate::fix::Fix;
use crate::history::{self, Change, Theirs};
use crate::migration::{ProblemKind, Role};
use crate::rule::document::{self, Document, Encoding, Example, Options};
use crate::rule::{About, Category, RuleSet};
use crate::settings::{AllowPolicy, Settings, VersionFrom};
use crate::source::{ColumnUnit, Source, Sources, Span};
use crate::tool::{Tool, TransactionMode};
use std::fmt::Write as _;

/// Examples run on this day, so that they show the same on every other.
const TODAY: &str = "2026-11-21";

/// What the examples of a document showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// How many examples were run.
    pub examples: usize,
    /// What is not as the document says, in its order.
    pub failures: Vec<Failure>,
    /// The document with every diagnostic as it is now rendered.
    pub updated: String,
    /// Where a bad example is found fault with by another rule, of severity error or for the same cause, and which. Rules about what the
    /// schema becomes have findings of their own.
    pub also: Vec<(Span, String)>,
}

/// An example that does not show what it should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Where in the document.
    pub at: Span,
    /// What is wrong; one sentence without a full stop.
    pub message: String,
    /// What was found, in lines; may be empty.
    pub found: String,
    /// Writing [`Verdict::updated`] would mend it.
    pub rendering: bool,
}

/// Runs the examples of a document among the rules of a run, to which its own rule belongs.
pub fn verify(text: &str, document: &Document, rules: &RuleSet) -> Verdict {
    let name = &*document.rule.name;
    let mut with_all = rules.clone();
    if let Some(entry) = rules.get(name) {
        with_all.set(name, Some(entry.severity()));
    }
    let mut run = Run {
        text,
        document,
        with_all,
        alone: rules.clone().only(name),
        failures: Vec::new(),
        renderings: Vec::new(),
        also: Vec::new(),
    };
    for example in &document.examples {
        run.example(example);
    }
    let mut updated = text.to_owned();
    for (span, rendering) in run.renderings.iter().rev() {
        updated.replace_range(span.range(), rendering);
    }
    Verdict { examples: document.examples.len(), failures: run.failures, updated, also: run.also }
}

struct Run<'a> {
    text: &'a str,
    document: &'a Document,
    with_all: RuleSet,
    alone: RuleSet,
    failures: Vec<Failure>,
    /// What has to be written where.
    renderings: Vec<(Span, String)>,
    also: Vec<(Span, String)>,
}

impl Run<'_> {
    fn example(&mut self, example: &Example) {
        // A problem is never hidden by another rule, but which comments are of use depends on all.
        let all = example.bad || self.document.rule.when.about == About::Problem;
        let rules = if all { &self.with_all } else { &self.alone };
        let outcome = match self.run(example, example.judged.content, rules) {
            Ok(outcome) => outcome,
            Err(failure) => return self.failures.push(failure),
        };
        self.understood(example, &outcome);
        let (own, others): (Vec<_>, Vec<_>) =
            outcome.diagnostics.iter().partition(|found| found.rule == *self.document.rule.name);
        let at = first_line(self.text, example.judged.block);
        match (example.bad, own.is_empty()) {
            (true, true) => {
                let others: Vec<_> = others.into_iter().cloned().collect();
                let message = match others.first() {
                    None => "nothing is found fault with here".to_owned(),
                    Some(other) => format!("`{}` speaks here instead", other.rule),
                };
                self.fail(at, message, render(&others, &outcome.sources));
            }
            (true, false) => {
                let own: Vec<_> = own.into_iter().cloned().collect();
                let about_design =
                    |category: &str| Category::ALL.iter().any(|it| it.name() == category && it.is_about_design());
                let of_cause = |other: &Diagnostic| {
                    !about_design(&other.category)
                        && own.iter().any(|it| it.at == other.at && !about_design(&it.category))
                };
                let twice = others.iter().filter(|other| other.severity == Severity::Error || of_cause(other));
                self.also.extend(twice.map(|other| (at, other.rule.to_string())));
                self.rendered(example, &render(&own, &outcome.sources));
                self.fixed(example, &own);
            }
            (false, true) => {}
            (false, false) => {
                let own: Vec<_> = own.into_iter().cloned().collect();
                let found = render(&own, &outcome.sources);
                self.fail(at, "a good example is found fault with".to_owned(), found);
            }
        }
    }

    /// What is not understood proves nothing, unless that is the rule's subject.
    fn understood(&mut self, example: &Example, outcome: &Outcome) {
        if self.document.rule.when.about == About::Problem {
            return;
        }
        let passages = outcome.surroundings.iter().filter(|it| it.judged).map(|it| it.passages.len()).sum::<usize>();
        let (count, what) = match example.judged.sql {
            true => (outcome.counts.statements, "statement"),
            false => (passages, "passage that is understood"),
        };
        if count == 0 {
            let at = first_line(self.text, example.judged.block);
            self.fail(at, format!("there is no {what} in this example"), String::new());
        }
        for migration in outcome.projects.iter().flat_map(|project| &project.migrations) {
            let source = outcome.sources.get(migration.source);
            for problem in &migration.problems {
                let what = match &problem.kind {
                    ProblemKind::NotUnderstood { verb, .. } => format!("this is not understood: {verb}"),
                    ProblemKind::Syntax { message, .. } => format!("this is no SQL: {message}"),
                    ProblemKind::NotUtf8 { .. } | ProblemKind::Unreadable { .. } => "this cannot be read".to_owned(),
                    // What a tool thinks of the file says nothing about its statements.
                    ProblemKind::Tool(_)
                    | ProblemKind::BroughtAbout(_)
                    | ProblemKind::Misplaced(_)
                    | ProblemKind::Clash(_) => continue,
                };
                let found = source.slice(problem.span).to_owned();
                let at = first_line(self.text, example.judged.block);
                self.fail(at, format!("{}: {what}", source.path()), found);
            }
        }
    }

    fn rendered(&mut self, example: &Example, rendering: &str) {
        match example.rendered {
            Some(span) => {
                if self.text[span.range()].trim_end() != rendering.trim_end() {
                    self.renderings.push((span, rendering.to_owned()));
                    self.mismatch(span, "the diagnostic reads otherwise", rendering);
                }
            }
            None => {
                let end = example.judged.block.end;
                self.renderings.push((Span::empty(end), format!("\n\n```text\n{rendering}```")));
                let at = first_line(self.text, example.judged.block);
                self.mismatch(at, "the diagnostic is missing behind this example", rendering);
            }
        }
    }

    fn fixed(&mut self, example: &Example, own: &[Diagnostic]) {
        let Some(expected) = example.fixed else { return };
        let before = &self.text[example.judged.content.range()];
        let fixes: Vec<&Fix> = own.iter().filter_map(|found| found.fix.as_ref()).collect();
        let mut after = before.to_owned();
        for edit in fixes.iter().rev().flat_map(|fix| fix.edits.iter().rev()) {
            if after.get(edit.span.range()).is_some() {
                after.replace_range(edit.span.range(), &edit.insert);
            }
        }
        if fixes.is_empty() {
            self.fail(expected, "the finding has no fix".to_owned(), String::new());
        } else if after.trim() != self.text[expected.range()].trim() {
            self.fail(expected, "the fix writes something else".to_owned(), after);
        } else {
            match self.run(example, expected, &self.alone) {
                Ok(outcome) if outcome.diagnostics.is_empty() => {}
                Ok(outcome) => {
                    let found = render(&outcome.diagnostics, &outcome.sources);
                    self.fail(expected, "what the fix writes is found fault with".to_owned(), found);
                }
                Err(failure) => self.failures.push(failure),
            }
        }
    }

    fn fail(&mut self, at: Span, message: String, found: String) {
        self.failures.push(Failure { at, message, found, rendering: false });
    }

    fn mismatch(&mut self, at: Span, message: &str, found: &str) {
        self.failures.push(Failure { at, message: message.to_owned(), found: found.to_owned(), rendering: true });
    }

    /// Checks an example with `judged` as its last file.
    fn run(&self, example: &Example, judged: Span, rules: &RuleSet) -> Result<Outcome, Failure> {
        let options = &example.judged.options;
        let at = first_line(self.text, example.judged.block);
        let failure = |message: String| Failure { at, message, found: String::new(), rendering: false };
        let tool = match &options.tool {
            None => Tool::NONE,
            Some(name) => {
                Tool::of_version(name).ok_or_else(|| failure(format!("there is no migration tool `{name}`")))?
            }
        };
        let version = options.postgres.map_or(Version::NEWEST_POSTGRES, Version);
        if !(Version::OLDEST_POSTGRES..=Version::NEWEST_POSTGRES).contains(&version) {
            return Err(failure(format!("PostgreSQL {version} is not known")));
        }
        let settings = Settings {
            version,
            version_from: VersionFrom::Flag,
            from_empty: options.from_empty,
            allows: AllowPolicy { require_reasons: options.require_reasons, today: Some(TODAY.to_owned()) },
            ..Settings::default()
        };
        let (mut files, mut theirs, mut around) = (Vec::new(), Vec::new(), Vec::new());
        for (at, snippet) in example.given.iter().enumerate() {
            let name = snippet.options.name.clone().unwrap_or_else(|| format!("given-{}.sql", at + 1));
            if !snippet.sql {
                let source = Source::new(name, &self.text[snippet.content.range()]);
                around.push(Around { source, judged: false });
                continue;
            }
            let file = self.file(name, snippet.content, &snippet.options, options, false);
            match snippet.options.theirs {
                true => theirs.push((file, Theirs { branch: "main".to_owned(), commit: String::new() })),
                false => files.push(file),
            }
        }
        let name = options.name.as_deref().unwrap_or(if example.bad { "bad.sql" } else { "good.sql" });
        if example.judged.sql {
            let mut own = self.file(name.to_owned(), judged, options, options, true);
            own.change = change(options, &files);
            own.pending = matches!(own.change, Change::Added { .. });
            files.push(own);
        } else {
            around.push(Around { source: Source::new(name, &self.text[judged.range()]), judged: true });
        }
        // An example names no version: that nothing else does is what some rules are about.
        let older = if options.tool.as_deref() == Some(tool.name) { tool.older() } else { &[] };
        let project = Project { older, theirs, whole: options.whole, ..Project::of(tool, files) };
        let projects = if project.files.is_empty() { Vec::new() } else { vec![project] };
        Ok(check_around(projects, around, &settings, rules))
    }

    fn file(&self, name: String, content: Span, own: &Options, example: &Options, judged: bool) -> File {
        let role = match () {
            () if own.seed => Role::Seed,
            () if name.ends_with(".down.sql") => Role::Down,
            () => Role::Migration,
        };
        let text = &self.text[content.range()];
        let source = match own.encoding {
            Encoding::Utf8 => Source::new(name, text),
            Encoding::Latin1 => decode(name, text.chars().map(|letter| u8::try_from(letter).unwrap_or(b'?')).collect()),
            Encoding::Utf16 => {
                let units = std::iter::once(0xfeff).chain(text.encode_utf16());
                decode(name, units.flat_map(u16::to_le_bytes).collect())
            }
        };
        let transaction = (own.wrapped || example.wrapped).then_some(TransactionMode::File);
        File { role, judged, transaction, ..source.into() }
    }
}

/// What a branch did to the judged file; the others are where it goes to.
fn change(options: &Options, given: &[File]) -> Change {
    let newest = || given.iter().map(|file| file.source.path()).max_by_key(|path| history::Version::of(path));
    match &options.change {
        None => Change::None,
        Some(document::Change::Added) => Change::Added { behind: newest().map(str::to_owned) },
        Some(document::Change::Edited) => Change::Edited,
        Some(document::Change::Renamed(from)) => Change::Renamed { from: from.clone() },
        Some(document::Change::Deleted) => Change::Deleted,
        Some(document::Change::Ignored) => Change::Ignored,
    }
}

fn decode(name: String, bytes: Vec<u8>) -> Source {
    Source::decode(name.clone(), bytes).unwrap_or_else(|why| Source::unreadable(name, why))
}

/// The first line of a block, which is where an editor should put its mark.
fn first_line(text: &str, block: Span) -> Span {
    let line = text[block.range()].lines().next().map_or(0, str::len);
    Span::new(block.start, block.start + line as u32)
}

/// Findings as documents show them: the line of `check --output-format concise`, and the help indented below it.
pub fn render(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    let mut rendering = String::new();
    for found in diagnostics {
        let source = sources.get(found.at.source);
        let place = source.line_column(found.at.span.start, ColumnUnit::Char);
        let severity = found.severity.name();
        // Writing to a string cannot fail.
        let _ = writeln!(
            rendering,
            "{}:{}:{}: {severity}[{}] {}",
            source.path(),
            place.line,
            place.column,
            found.rule,
            found.message
        );
        for line in &found.help {
            let _ = writeln!(rendering, "  help: {line}");
        }
    }
    rendering
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::document;
    use std::sync::Arc;

    const DOCUMENT: &str = r#"# local-setting

SET LOCAL outside a transaction.

```toml
severity = "warning"
message = "{setting} does not change"
label = "here"

[when]
effect = "changes-setting"
ineffective = true
```

## Why

Because.

## Bad

```sql bad
SET LOCAL lock_timeout = '1s';
```

```text
bad.sql:1:1: warning[local-setting] lock_timeout does not change
```

## Good

```sql good wrapped
SET LOCAL lock_timeout = '1s';
```

## When to allow it

Never.
"#;

    fn verdict(text: &str) -> Verdict {
        let path = "correctness/local-setting.md";
        let mut sources = Sources::default();
        let id = sources.add(Arc::new(Source::new(path, text)));
        let (rules, mistakes) = RuleSet::default().with_documents(&[id], &sources);
        assert_eq!(mistakes, []);
        verify(text, &document::read(path, text).unwrap(), &rules)
    }

    #[track_caller]
    fn failure(from: &str, to: &str, message: &str) -> Failure {
        assert!(DOCUMENT.contains(from));
        let verdict = verdict(&DOCUMENT.replacen(from, to, 1));
        let [failure] = &verdict.failures[..] else { panic!("{:#?}", verdict.failures) };
        assert!(failure.message.contains(message), "{failure:#?}");
        failure.clone()
    }

    #[test]
    fn a_document_that_is_right_has_no_failures() {
        let verdict = verdict(DOCUMENT);
        assert_eq!((verdict.examples, verdict.failures), (2, vec![]));
        assert_eq!(verdict.updated, DOCUMENT);
    }

    #[test]
    fn each_way_to_be_wrong_is_told() {
        failure("```sql good wrapped", "```sql good", "found fault with");
        failure("```sql bad\n", "```sql bad wrapped\n", "nothing is found fault with");
        failure("SET LOCAL lock_timeout = '1s';\n```\n\n##", "-- nothing\n```\n\n##", "no statement");
        failure("SET LOCAL lock_timeout = '1s';\n```\n\n##", "FROBNICATE;\n```\n\n##", "not understood");
        failure("good wrapped", "good wrapped postgres=9", "is not known");
        failure("good wrapped", "good wrapped tool=x", "no migration tool");
        failure("\n## Good", "\n```sql fixed\nSET lock_timeout = '1s';\n```\n\n## Good", "has no fix");
    }

    #[test]
    fn a_rendering_that_is_missing_or_old_is_written() {
        let old = failure("does not change\n```", "changes\n```", "reads otherwise");
        assert!(old.rendering);
        let without =
            DOCUMENT.replace("\n```text\nbad.sql:1:1: warning[local-setting] lock_timeout does not change\n```\n", "");
        let verdict = verdict(&without);
        assert_eq!(verdict.updated, DOCUMENT);
        assert!(verdict.failures.iter().all(|failure| failure.rendering) && verdict.failures.len() == 1);
    }
}
