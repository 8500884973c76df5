//! `check --statistics`: how often each rule spoke, by category, and how long the stages of the run took.

use super::summary::duration;
use super::text::{counted, one_line};
use crate::check::{Outcome, Stage};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

/// The findings that are reported, by category and rule, the most frequent first; then the stages.
pub fn statistics(outcome: &Outcome, times: &[(Stage, Duration)]) -> String {
    let mut categories: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
    for found in &outcome.diagnostics {
        *categories.entry(&found.category).or_default().entry(&found.rule).or_default() += 1;
    }
    let total = |rules: &BTreeMap<&str, usize>| rules.values().sum::<usize>();
    let mut rows: Vec<_> = categories.iter().collect();
    rows.sort_by_key(|(name, rules)| (Reverse(total(rules)), **name));
    let digits = outcome.diagnostics.len().to_string().len();
    let mut text = String::new();
    let mut line = |count: usize, indent: &str, name: &str| {
        let _ = writeln!(text, "{count:>digits$}  {indent}{}", one_line(name));
    };
    for (category, rules) in rows {
        line(total(rules), "", category);
        let mut rules: Vec<_> = rules.iter().collect();
        rules.sort_by_key(|(name, count)| (Reverse(**count), **name));
        rules.iter().for_each(|(rule, count)| line(**count, "  ", rule));
    }
    let counts = &outcome.counts;
    let _ = writeln!(
        text,
        "{} in {}, {}; {} allowed by comments, {} accepted by the baseline",
        counted(outcome.diagnostics.len(), "finding"),
        counted(counts.files, "file"),
        counted(counts.statements, "statement"),
        counts.suppressed,
        counts.accepted,
    );
    let stages: Vec<_> = times.iter().map(|(stage, took)| format!("{} {}", stage.display(), duration(*took))).collect();
    let _ = writeln!(text, "{}", stages.join(", "));
    text
}
