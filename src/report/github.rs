//! `check --output-format github`: workflow commands, which GitHub Actions turns into annotations.
//!
//! What the runner makes of a command is in its source (`ActionCommand.cs`, `ActionCommandManager.cs`, `ExecutionContext.cs`): of each kind
//! it keeps the first ten of a step, it cuts long messages, and where a place has several lines it drops the columns.

use super::position::{Count, Positions, first_line};
use super::text::{counted, one_line};
use crate::base::Base;
use crate::check::Outcome;
use crate::diagnostic::{Diagnostic, Severity};
use std::borrow::Cow;
use std::io::{self, Write};

/// So many annotations of each kind does GitHub keep of a step.
const MOST: usize = 10;
/// The longest message that the runner keeps, in UTF-16 code units.
const MESSAGE: usize = 4096;

/// Writes the most severe findings as annotations, and all others as lines of the log. Paths count from the repository's root.
///
/// # Errors
/// Those of the sink.
pub fn write(out: &mut dyn Write, outcome: &Outcome, base: &Base) -> io::Result<()> {
    let of = |severity| outcome.diagnostics.iter().filter(move |found| found.severity == severity);
    let (errors, warnings, notes) = (of(Severity::Error), of(Severity::Warning), of(Severity::Note));
    let fits = Severity::ALL.into_iter().all(|severity| outcome.count(severity) <= MOST);
    let left: Vec<&Diagnostic> = if fits {
        Vec::new()
    } else {
        // What is left out is said by a notice of its own.
        errors.clone().skip(MOST).chain(warnings.clone().skip(MOST)).chain(notes.clone().skip(MOST - 1)).collect()
    };
    let positions = Positions::new(&outcome.sources, Count::Characters);
    let mut annotate = |found: &Diagnostic| {
        let at = first_line(&outcome.sources, found.at);
        let (start, end) = positions.range(at);
        let path = base.from_root(outcome.sources.get(at.source).path());
        writeln!(
            out,
            "::{} title={},file={},line={},endLine={},col={},endColumn={}::{}",
            command(found.severity),
            property(&found.rule),
            property(&path),
            start.line,
            end.line,
            start.column,
            end.column,
            data(&cut(message(found)))
        )
    };
    errors.take(MOST).chain(warnings.take(MOST)).try_for_each(&mut annotate)?;
    notes.take(if fits { MOST } else { MOST - 1 }).try_for_each(&mut annotate)?;
    if left.is_empty() {
        return Ok(());
    }
    let counts: Vec<_> = Severity::ALL
        .into_iter()
        .rev()
        .map(|severity| (left.iter().filter(|found| found.severity == severity).count(), severity))
        .filter(|(count, _)| *count > 0)
        .map(|(count, severity)| counted(count, severity.name()))
        .collect();
    let more = format!("+{} more: {}", left.len(), counts.join(", "));
    writeln!(
        out,
        "::notice title=shipworthy::{}. GitHub shows {MOST} annotations of each kind; the log of this step has them all.",
        data(&more)
    )?;
    writeln!(out, "::group::{}", data(&more))?;
    for found in left {
        let start = positions.point(found.at.source, found.at.span.start);
        let path = base.from_root(outcome.sources.get(found.at.source).path());
        let (severity, rule) = (found.severity.name(), &found.rule);
        writeln!(
            out,
            "{}",
            inert(&format!("{path}:{}:{}: {severity}[{rule}] {}", start.line, start.column, found.message))
        )?;
    }
    writeln!(out, "::endgroup::")
}

fn command(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    }
}

/// The finding, what is to be seen at its place, and what to do.
fn message(found: &Diagnostic) -> String {
    let own = found.labels.first().filter(|label| label.at.source == found.at.source && !label.message.is_empty());
    let help = found.help.iter().map(|line| format!("help: {line}"));
    let notes = found.notes.iter().map(|line| format!("note: {line}"));
    let lines =
        [found.message.clone()].into_iter().chain(own.map(|label| label.message.clone())).chain(help).chain(notes);
    lines.map(|line| one_line(&line).into_owned()).collect::<Vec<_>>().join("\n")
}

/// No more of a message than the runner keeps.
fn cut(mut message: String) -> String {
    let mut units = 0;
    let over = message.char_indices().find(|(_, character)| {
        units += character.len_utf16();
        units > MESSAGE
    });
    if over.is_some() {
        // An ellipsis takes the place of the last character, of two units at most.
        let mut units = 0;
        let end = message.char_indices().find(|(_, character)| {
            units += character.len_utf16();
            units > MESSAGE - 1
        });
        message.truncate(end.map_or(0, |(at, _)| at));
        message.push('…');
    }
    message
}

/// The text of a command (`ActionCommand.UnescapeData`).
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property (`ActionCommand.UnescapeProperty`).
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// A line in which the runner sees no command: `::name::` at its start, or `##[name]` anywhere.
fn inert(line: &str) -> Cow<'_, str> {
    let line = one_line(line);
    let line = if line.contains("##[") { Cow::Owned(line.replace("##[", "## [")) } else { line };
    if line.trim_start().starts_with("::") { Cow::Owned(format!("./{}", line.trim_start())) } else { line }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_command_consists_of_is_escaped() {
        assert_eq!(data("50%\r\na:b,c"), "50%25%0D%0Aa:b,c");
        assert_eq!(property("a:b,c%\n"), "a%3Ab%2Cc%25%0A");
    }

    #[test]
    fn other_lines_are_no_commands() {
        assert_eq!(inert("  ::error::x"), "./::error::x");
        assert_eq!(inert("a ##[add-mask]b\n::error::c"), "a ## [add-mask]b␊::error::c");
        assert_eq!(inert("db/1.sql:1:1: error[a] b"), "db/1.sql:1:1: error[a] b");
    }

    #[test]
    fn a_message_is_no_longer_than_the_runner_keeps() {
        let units = |text: &str| text.encode_utf16().count();
        assert_eq!(cut("é".repeat(4096)), "é".repeat(4096));
        assert_eq!(units(&cut("é".repeat(4097))), 4096);
        assert!(units(&cut("🙂".repeat(4097))) <= 4096 && cut("🙂".repeat(4097)).ends_with("🙂…"));
    }
}
