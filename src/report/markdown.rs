//! `check --output-format markdown`: who is locked out and what was found, for a job's summary or a comment on a pull request.
//!
//! GitHub's dialect of Markdown. Its first line is a comment that nobody sees, by which a script finds what it wrote before.

mod text;

use super::effects_table::{Row, strongest, work};
use super::summary;
use super::text::{Look, counted, shortened};
use super::uri::encoded;
use crate::base::Base;
use crate::check::Outcome;
use crate::diagnostic::{Diagnostic, Severity};
use crate::settings::Settings;
use crate::source::{ColumnUnit, Location};
use smol_str::SmolStr;
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::io::{self, Write};
use text::{code, in_cell, prose};

/// GitHub drops a step's summary that is longer than 1 MiB; a little is left for what others write beside it.
pub const SUMMARY: usize = 1024 * 1024 - 16 * 1024;
/// GitHub refuses a comment of more than 65,536 characters; a little is left for what a script adds.
pub const COMMENT: usize = 65_000;
/// A longer table is folded.
const FOLDED: usize = 15;
/// So many columns of a statement are shown in the table.
const STATEMENT: usize = 60;
/// So many relations are named.
const NAMES: usize = 5;

/// What the report has to know beside the findings.
#[derive(Clone, Debug)]
pub struct Context<'a> {
    /// What paths are relative to.
    pub base: &'a Base,
    /// What was known of the server and the tools.
    pub settings: &'a Settings,
    /// The most bytes of the report: [`SUMMARY`] or [`COMMENT`].
    pub most: usize,
    /// What tells the reports of one commit apart.
    pub category: Option<&'a str>,
    /// Where files of the commit are read, as a URL that ends with `/`; places are links where it is known.
    pub files: Option<&'a str>,
}

/// Writes the report.
///
/// # Errors
/// Those of the sink.
pub fn write(out: &mut dyn Write, outcome: &Outcome, context: &Context<'_>) -> io::Result<()> {
    let writer = Writer { outcome, context };
    let mut report = marker(context.category);
    report.push_str(&writer.heading());
    let assumed = writer.assumed();
    // The findings say the most; the table takes what they leave, and no less than two fifths.
    let room = context.most.saturating_sub(report.len() + assumed.len() + 2 * CUT);
    let findings: usize = outcome.diagnostics.iter().map(|found| writer.finding(found).len()).sum();
    let table = writer.table(room.saturating_sub(findings).max(room * 2 / 5));
    let findings = writer.findings(room.saturating_sub(table.len()));
    for part in [&report, &table, &findings, &assumed] {
        out.write_all(part.as_bytes())?;
    }
    Ok(())
}

/// The bytes of headings, and of a sentence that tells what was left out.
const CUT: usize = 400;

/// The line by which a script finds an earlier report of the same category.
fn marker(category: Option<&str>) -> String {
    let Some(category) = category else { return "<!-- shipworthy -->\n".to_owned() };
    let harmless = |letter: char| if letter.is_alphanumeric() || "./_:@+".contains(letter) { letter } else { '-' };
    let category: String = category.chars().map(harmless).collect();
    format!("<!-- shipworthy: {category} -->\n")
}

struct Writer<'a> {
    outcome: &'a Outcome,
    context: &'a Context<'a>,
}

impl Writer<'_> {
    fn heading(&self) -> String {
        let category = self.context.category.map_or_else(String::new, |category| format!(" ({})", prose(category)));
        let look = Look { width: usize::MAX, ..Look::PLAIN };
        let told = summary::findings(self.outcome, look, None);
        let (found, scope) = told.split_once(" in ").unwrap_or((&told, ""));
        format!("## shipworthy{category}: {}\n\nIn {}.\n", prose(found), prose(scope))
    }

    /// What each statement that somebody waits for locks, in the order in which they run. `room` is in bytes.
    fn table(&self, room: usize) -> String {
        let steps = self.outcome.projects.iter().flat_map(|project| &project.replay.steps).filter(|step| step.judged);
        let rows = steps.map(|step| Row::new(step, &self.outcome.sources));
        let rows: Vec<_> =
            rows.filter(|row| !row.columns.blocks_reads.is_empty() || !row.columns.blocks_writes.is_empty()).collect();
        if rows.is_empty() {
            return "\n### Who is locked out\n\nNobody has to wait for a table.\n".to_owned();
        }
        let mut lines = String::new();
        let mut left_out = rows.len();
        for row in &rows {
            let line = self.row(row);
            if lines.len() + line.len() > room {
                break;
            }
            lines.push_str(&line);
            left_out -= 1;
        }
        let mut table =
            "| Place | Statement | Lock | Who waits | How long |\n| --- | --- | --- | --- | --- |\n".to_owned();
        table.push_str(&lines);
        if left_out > 0 {
            let (more, verb) = (counted(left_out, "more statement"), if left_out == 1 { "locks" } else { "lock" });
            table.push_str(&format!("\n**+{more}** {verb} somebody out: there is no room for them here.\n"));
        }
        let table = match rows.len() {
            ..=FOLDED => table,
            many => format!("<details>\n<summary>{many} statements</summary>\n\n{table}\n</details>\n"),
        };
        format!("\n### Who is locked out\n\n{table}")
    }

    fn row(&self, row: &Row<'_>) -> String {
        let columns = &row.columns;
        let reads = &columns.blocks_reads;
        let writes: BTreeSet<SmolStr> = columns.blocks_writes.difference(reads).cloned().collect();
        let both: BTreeSet<SmolStr> = reads.intersection(&columns.blocks_writes).cloned().collect();
        let only: BTreeSet<SmolStr> = reads.difference(&columns.blocks_writes).cloned().collect();
        let waits: Vec<_> = [("reads and writes of", both), ("reads of", only), ("writes to", writes)]
            .into_iter()
            .filter(|(_, relations)| !relations.is_empty())
            .map(|(what, relations)| format!("{what} {}", names(relations.iter())))
            .collect();
        let until = match (row.step.undone, row.step.in_transaction) {
            (true, _) => "from this statement to the rollback",
            (false, true) => "from this statement to the commit",
            (false, false) => "for this statement",
        };
        let meanwhile = match work(row) {
            "rewrite" => " (rewrites a table)",
            "build" => " (builds an index)",
            "scan" => " (reads a table in full)",
            "writes rows" => " (writes many rows)",
            "refused" => " (the server refuses it)",
            "unknown" => " (it was not understood)",
            _ => "",
        };
        let how_long = format!("{until}{meanwhile}");
        let lock = match strongest(columns) {
            Some((mode, relations)) => format!("{} on {}", mode.display(), names(relations.iter().copied())),
            None => "none".to_owned(),
        };
        let place = Location { source: row.step.source, span: row.step.at.span };
        let cells = [self.place(place), code(&shortened(row.sql, STATEMENT)), lock, waits.join("; "), how_long];
        format!("| {} |\n", cells.map(|cell| in_cell(&cell)).join(" | "))
    }

    /// The findings, worst first. `room` is in bytes.
    fn findings(&self, room: usize) -> String {
        let mut found: Vec<&Diagnostic> = self.outcome.diagnostics.iter().collect();
        if found.is_empty() {
            return String::new();
        }
        found.sort_by_key(|found| Reverse(found.severity));
        let mut text = "\n### Findings\n\n".to_owned();
        let mut left_out = found.as_slice();
        let mut used = 0;
        while let [first, rest @ ..] = left_out {
            let item = self.finding(first);
            used += item.len();
            if used > room {
                break;
            }
            text.push_str(&item);
            left_out = rest;
        }
        if !left_out.is_empty() {
            let of = |severity| left_out.iter().filter(|found| found.severity == severity).count();
            let counts = Severity::ALL.into_iter().rev().map(|severity| (of(severity), severity.name()));
            let counts: Vec<_> =
                counts.filter(|(count, _)| *count > 0).map(|(count, name)| counted(count, name)).collect();
            text.push_str(&format!(
                "\n**+{} more** ({}): there is no room for them here; other formats have them all.\n",
                left_out.len(),
                counts.join(", ")
            ));
        }
        text
    }

    /// An item of the list.
    fn finding(&self, found: &Diagnostic) -> String {
        let mut item = format!(
            "- **{}** {} {}: {}\n",
            found.severity.name(),
            self.place(found.at),
            code(&found.rule),
            prose(&found.message)
        );
        let own = found.labels.first().filter(|label| label.at.source == found.at.source && !label.message.is_empty());
        let label = own.map(|label| prose(&label.message));
        let help = found.help.iter().map(|line| format!("*help:* {}", prose(line)));
        let notes = found.notes.iter().map(|line| format!("*note:* {}", prose(line)));
        for line in label.into_iter().chain(help).chain(notes) {
            item.push_str(&format!("  - {line}\n"));
        }
        item
    }

    /// A place as a path and a line, as a link where files of the commit can be read.
    fn place(&self, at: Location) -> String {
        let source = self.outcome.sources.get(at.source);
        let line = source.line_column(at.span.start, ColumnUnit::Char).line;
        let shown = code(&format!("{}:{line}", source.path()));
        let (below, is_inside) = self.context.base.below_root(source.path());
        match self.context.files.filter(|_| is_inside) {
            Some(files) => format!("[{shown}](<{files}{}#L{line}>)", encoded(&below)),
            None => shown,
        }
    }

    fn assumed(&self) -> String {
        let mut remarks = summary::remarks(self.outcome);
        remarks.extend(summary::assumptions(&self.outcome.projects, self.context.settings));
        let remarks: Vec<_> = remarks.iter().take(2 * NAMES).map(|remark| format!("- {}\n", prose(remark))).collect();
        if remarks.is_empty() { String::new() } else { format!("\n### Assumed and left out\n\n{}", remarks.concat()) }
    }
}

/// A few names, and how many more.
fn names<'a>(relations: impl ExactSizeIterator<Item = &'a SmolStr>) -> String {
    let more = relations.len().saturating_sub(NAMES);
    let shown: Vec<_> = relations.take(NAMES).map(|name| code(name)).collect();
    match more {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_is_one_comment_whatever_the_category() {
        assert_eq!(marker(None), "<!-- shipworthy -->\n");
        assert_eq!(marker(Some("apps/api")), "<!-- shipworthy: apps/api -->\n");
        assert_eq!(marker(Some("a --> <b>\n")), "<!-- shipworthy: a------b-- -->\n");
    }
}
