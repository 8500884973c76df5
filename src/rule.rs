//! Rules: opinions about effects. A rule is a Markdown document; see `rules/README.md`.
//!
//! [`document`] reads documents, [`judge()`] compares their conditions with what a replay yields. The program's own rules are
//! data in the binary ([`RuleSet::builtin`] reads nothing); users' rules go through the same reader when a run begins.

mod builtin;
pub mod condition;
pub mod definition;
pub mod document;
pub mod fingerprint;
mod identifier;
pub mod judge;
pub mod message;
pub mod problem;
mod suggest;

pub use definition::{About, Category, Once, Rule, When};
pub use judge::{History, Judgement, Noticed, Silencer, judge, notice};
pub use message::Message;
pub(crate) use suggest::nearest;

use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::effect::{Effect, EffectKind, Size};
use crate::source::{Location, SourceId, Sources};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The rules of a run.
#[derive(Clone, Debug, Default)]
pub struct RuleSet {
    /// By name, ascending.
    rules: Vec<Entry>,
    /// Which are about which kind of effect.
    by_effect: ByKind,
    /// Which are about which kind of problem.
    by_problem: ByKind,
    /// Where a file has severities of its own, by its path; all rules have the same places in these.
    in_files: BTreeMap<String, Arc<RuleSet>>,
}

type ByKind = BTreeMap<Cow<'static, str>, Vec<usize>>;

/// A rule and what the run makes of it.
#[derive(Clone, Debug)]
pub struct Entry {
    rule: Cow<'static, Rule>,
    severity: Severity,
    /// The configuration says how bad it is, for relations of every size.
    settled: bool,
    enabled: bool,
    /// The place of its kind among the kinds.
    kind: usize,
}

impl Entry {
    fn new(rule: Cow<'static, Rule>) -> Self {
        let kind = EffectKind::SPECS.iter().position(|spec| spec.name == rule.when.kind).unwrap_or(0);
        Self { severity: rule.severity, settled: false, enabled: rule.on, kind, rule }
    }

    /// The rule.
    pub fn rule(&self) -> &Rule {
        &self.rule
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.rule.name
    }

    /// How bad its findings are in this run.
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// Whether it speaks in this run.
    pub fn enabled(&self) -> bool {
        self.enabled
    }

    /// How bad a finding about an effect is. How long others wait depends on how many rows there are; the configuration has the last word.
    fn severity_for(&self, effect: &Effect) -> Severity {
        let size = effect.subject.as_ref().map_or(Size::Unknown, |subject| subject.size);
        // Mostly a relation that this deployment makes unless it exists is new.
        let asks_new = || self.rule.when.tests.iter().any(|test| test.field == "new");
        if !self.settled && effect.subject.as_ref().is_some_and(|subject| subject.perhaps_new) && asks_new() {
            return self.severity.min(Severity::Note);
        }
        if self.settled || self.rule.category != Category::Locking || !effect.kind.grows_with_rows() {
            return self.severity;
        }
        match (size, self.severity) {
            (Size::Small, _) => Severity::Note,
            (Size::Large, Severity::Note) => Severity::Warning,
            (Size::Large, _) => Severity::Error,
            (Size::Unknown, severity) => severity,
        }
    }
}

impl RuleSet {
    /// The rules that come with the program.
    pub fn builtin() -> Self {
        Self::default().with(builtin::RULES.iter().map(Cow::Borrowed))
    }

    /// These rules; one of a name that is there already takes its place.
    fn with(mut self, rules: impl IntoIterator<Item = Cow<'static, Rule>>) -> Self {
        let mut by_name: BTreeMap<_, _> =
            self.rules.drain(..).map(|entry| (Cow::clone(&entry.rule.name), entry)).collect();
        by_name.extend(rules.into_iter().map(|rule| (Cow::clone(&rule.name), Entry::new(rule))));
        self.rules = by_name.into_values().collect();
        (self.by_effect, self.by_problem) = Default::default();
        for (at, entry) in self.rules.iter().enumerate() {
            let by_kind = match entry.rule.when.about {
                About::Effect => &mut self.by_effect,
                About::Problem => &mut self.by_problem,
            };
            by_kind.entry(Cow::clone(&entry.rule.when.kind)).or_default().push(at);
        }
        self
    }

    /// Adds users' rules. A rule of a built-in rule's name takes its place. A document with mistakes adds nothing but its
    /// diagnostics; the others are added all the same.
    pub fn with_documents(self, documents: &[SourceId], sources: &Sources) -> (Self, Vec<Diagnostic>) {
        let mut diagnostics = Vec::new();
        let mut read: Vec<(SourceId, document::Document)> = Vec::new();
        for &id in documents {
            let source = sources.get(id);
            match document::read(source.path(), source.text()) {
                Ok(document) => match read.iter().find(|(_, other)| other.rule.name == document.rule.name) {
                    Some((first, other)) => {
                        let at = Location { source: *first, span: other.title };
                        let mut diagnostic =
                            mistake(id, document.title, format!("a second rule `{}`", document.rule.name), None);
                        diagnostic.labels.push(Label { message: "the first is here".into(), at });
                        diagnostics.push(diagnostic);
                    }
                    None => read.push((id, document)),
                },
                Err(mistakes) => diagnostics
                    .extend(mistakes.into_iter().map(|found| mistake(id, found.at, found.message, found.help))),
            }
        }
        let set = self.with(read.iter().map(|(_, document)| Cow::Owned(document.rule.clone())));
        for (id, document) in &read {
            for (name, span) in document.rule.folds.iter().zip(&document.folds) {
                if set.get(name).is_none() {
                    let help = set.nearest(name).map(|meant| format!("did you mean `{meant}`?"));
                    diagnostics.push(mistake(*id, *span, format!("there is no rule `{name}`"), help));
                }
            }
        }
        diagnostics.sort_by_key(|diagnostic| diagnostic.at);
        (set, diagnostics)
    }

    /// All rules by name, also those that are off.
    pub fn entries(&self) -> &[Entry] {
        &self.rules
    }

    /// A rule by its name, or by one that it had before.
    pub fn get(&self, name: &str) -> Option<&Entry> {
        self.place(name).map(|at| &self.rules[at])
    }

    /// The name of a rule that was probably meant.
    pub fn nearest(&self, name: &str) -> Option<&str> {
        nearest(name, self.rules.iter().map(Entry::name))
    }

    /// Gives a rule another severity and switches it on, or with `None` off. `false` where there is no such rule.
    pub fn set(&mut self, name: &str, severity: Option<Severity>) -> bool {
        let Some(at) = self.place(name) else {
            return false;
        };
        self.rules[at].enabled = severity.is_some();
        self.rules[at].settled = severity.is_some();
        self.rules[at].severity = severity.unwrap_or(self.rules[at].severity);
        true
    }

    /// Switches a rule on with the severity that its document gives it. `false` where there is no such rule.
    pub fn switch_on(&mut self, name: &str) -> bool {
        let Some(at) = self.place(name) else {
            return false;
        };
        let entry = &mut self.rules[at];
        (entry.enabled, entry.settled, entry.severity) = (true, false, entry.rule.severity);
        true
    }

    /// Switches a whole category on or off; with a severity, each of its rules has that.
    pub fn set_category(&mut self, category: Category, severity: Option<Severity>, enabled: bool) {
        for entry in self.rules.iter_mut().filter(|entry| entry.rule.category == category) {
            entry.enabled = enabled;
            entry.settled = severity.is_some();
            entry.severity = severity.unwrap_or(entry.severity);
        }
    }

    /// Other severities for one file, by its path as diagnostics print it.
    pub fn set_for_file(&mut self, path: &str, rules: RuleSet) {
        self.in_files.insert(path.to_owned(), Arc::new(rules));
    }

    /// The rules as they are for a file.
    pub fn for_file(&self, path: &str) -> &Self {
        self.in_files.get(path).map_or(self, |rules| rules)
    }

    /// Switches off every rule but this one, which is on whatever its category.
    pub fn only(mut self, name: &str) -> Self {
        self.rules.iter_mut().for_each(|entry| entry.enabled = entry.rule.name == name);
        self
    }

    fn place(&self, name: &str) -> Option<usize> {
        let aliased = || self.rules.iter().position(|entry| entry.rule.aliases.iter().any(|alias| alias == name));
        self.rules.binary_search_by(|entry| entry.name().cmp(name)).ok().or_else(aliased)
    }

    /// The enabled rules about a kind, with their places.
    fn about<'a>(&'a self, about: About, kind: &str) -> impl Iterator<Item = (usize, &'a Entry)> {
        let by_kind = match about {
            About::Effect => &self.by_effect,
            About::Problem => &self.by_problem,
        };
        let places = by_kind.get(kind).map_or(&[][..], Vec::as_slice);
        places.iter().map(|&at| (at, &self.rules[at])).filter(|(_, entry)| entry.enabled)
    }
}

/// A mistake in a document, as every other finding is told.
fn mistake(source: SourceId, span: crate::source::Span, message: String, help: Option<String>) -> Diagnostic {
    let at = Location { source, span };
    Diagnostic {
        rule: "broken-rule".into(),
        category: "rules".into(),
        severity: Severity::Error,
        message,
        at,
        statement: None,
        labels: vec![Label { message: "here".into(), at }],
        help: help.into_iter().collect(),
        notes: Vec::new(),
        fix: None,
        also: Vec::new(),
        allow: None,
        fingerprint: String::new(),
    }
}
