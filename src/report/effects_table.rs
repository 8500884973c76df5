//! `effects --output-format table`: what every statement does, for people: a table for each file.

mod total;

use super::columns::Columns;
use super::summary::{assumptions, duration, listed};
use super::text::{DIM, Look, STRONG, counted, one_line, shortened, wrapped};
use crate::check::Replayed;
use crate::effect::{Bounded, Effect, EffectKind, LockMode, Rows, Subject};
use crate::replay::Step;
use crate::settings::Settings;
use crate::source::{ColumnUnit, Sources};
use owo_colors::Style;
use smol_str::SmolStr;
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::time::Duration;
use textwrap::core::display_width;

/// The widest lock column.
const LOCK: usize = 36;
/// Left of the statement: the line number and two spaces.
const LINE: usize = 7;
/// `reads+writes`, and two spaces.
const WAITS: usize = 14;
/// `writes rows`.
const WORK: usize = 11;
/// Narrower tables have no columns: what a statement does stands below it.
const NARROW: usize = 90;

/// A step as the table shows it.
pub(super) struct Row<'a> {
    pub(super) step: &'a Step,
    pub(super) line: u32,
    pub(super) sql: &'a str,
    pub(super) columns: Columns,
    /// The strongest lock and on what: of several relations, first one on which somebody waits.
    pub(super) lock: Option<String>,
}

impl<'a> Row<'a> {
    pub(super) fn new(step: &'a Step, sources: &'a Sources) -> Self {
        let (source, columns) = (sources.get(step.source), Columns::of(&step.effects));
        Self {
            step,
            line: source.line_column(step.at.span.start, ColumnUnit::Char).line,
            sql: source.slice(step.at.span),
            lock: lock(&columns),
            columns,
        }
    }
}

/// Writes the tables of all steps that are asked for, and what was assumed.
///
/// # Errors
/// Those of the sink.
pub fn write(
    out: &mut dyn Write,
    projects: &[Replayed],
    sources: &Sources,
    settings: &Settings,
    look: Look,
    took: Option<Duration>,
) -> io::Result<()> {
    let steps: Vec<_> = projects.iter().flat_map(|project| &project.replay.steps).filter(|step| step.judged).collect();
    let files = steps.chunk_by(|one, next| one.source == next.source);
    let mut count = 0;
    for steps in files {
        count += 1;
        table(out, steps, sources, look)?;
        writeln!(out)?;
    }
    let took = took.map_or_else(String::new, |took| format!(" ({})", duration(took)));
    writeln!(out, "{} in {}{took}", counted(steps.len(), "statement"), counted(count, "file"))?;
    out.write_all(listed(&assumptions(projects, settings), look).as_bytes())
}

/// The table of one file's steps.
fn table(out: &mut dyn Write, steps: &[&Step], sources: &Sources, look: Look) -> io::Result<()> {
    let Some(first) = steps.first() else { return Ok(()) };
    let source = sources.get(first.source);
    let rows: Vec<_> = steps.iter().map(|step| Row::new(step, sources)).collect();
    let widest = rows.iter().filter_map(|row| row.lock.as_deref()).map(display_width).max().unwrap_or(0);
    let lock_width = widest.clamp("lock".len(), LOCK);
    writeln!(out, "{}", look.paint(STRONG, one_line(source.path())))?;
    let statement_width = look.width.saturating_sub(LINE + 2 + lock_width + 2 + WAITS + WORK);
    if look.width >= NARROW {
        let head = format!(
            "{:>5}  {:statement_width$}  {:lock_width$}  {:WAITS$}{}",
            "line", "statement", "lock", "who waits", "work"
        );
        writeln!(out, "{}", look.paint(DIM, head))?;
    }
    for transaction in rows.chunk_by(|one, next| same_transaction(one.step, next.step)) {
        for row in transaction {
            match look.width >= NARROW {
                true => write_row(out, row, statement_width, lock_width, look)?,
                false => write_narrow_row(out, row, look)?,
            }
            write_remarks(out, row, look)?;
        }
        if transaction.iter().any(|row| row.step.in_transaction) {
            total::write(out, transaction, look)?;
        }
    }
    Ok(())
}

/// Whether one transaction goes on from a step to the next.
fn same_transaction(one: &Step, next: &Step) -> bool {
    let ends =
        |step: &Step| step.effects.iter().any(|effect| matches!(effect.kind, EffectKind::EndsTransaction { .. }));
    let begins =
        |step: &Step| step.effects.iter().any(|effect| matches!(effect.kind, EffectKind::OpensTransaction { .. }));
    next.in_transaction && !ends(one) && (one.in_transaction || begins(one))
}

fn write_row(out: &mut dyn Write, row: &Row<'_>, statement: usize, lock: usize, look: Look) -> io::Result<()> {
    let style = urgency(&row.columns);
    let work = work(row);
    let cell = |text: &str, width: usize| {
        let text = shortened(text, width);
        let space = width.saturating_sub(display_width(&text));
        format!("{text}{}", " ".repeat(space))
    };
    let line = format!(
        "{:>5}  {}  {}  {}{}",
        row.line,
        cell(row.sql, statement),
        look.paint(style, cell(row.lock.as_deref().unwrap_or("-"), lock)),
        look.paint(style, format_args!("{:WAITS$}", waits(&row.columns))),
        if matches!(work, "rewrite" | "build" | "scan") { look.paint(style, work) } else { work.to_owned() },
    );
    let line = line.trim_end();
    if is_quiet(row) { writeln!(out, "{}", look.paint(DIM, line)) } else { writeln!(out, "{line}") }
}

/// Whether it does nothing to anybody, and takes no time.
fn is_quiet(row: &Row<'_>) -> bool {
    row.lock.is_none() && work(row) == "instant"
}

/// The statement, and below it what it does.
fn write_narrow_row(out: &mut dyn Write, row: &Row<'_>, look: Look) -> io::Result<()> {
    writeln!(out, "{:>5}  {}", row.line, shortened(row.sql, look.width.saturating_sub(LINE).max(20)))?;
    if is_quiet(row) {
        return Ok(());
    }
    let mut clauses = vec![work(row).to_owned()];
    clauses.splice(0..0, (waits(&row.columns) != "-").then(|| format!("{} wait", waits(&row.columns))));
    clauses.splice(0..0, row.lock.clone());
    let line = wrapped(&one_line(&clauses.join("; ")), look.width, "         ", "           ");
    write!(out, "{}", look.paint(urgency(&row.columns), line))
}

/// What does not fit into a column.
fn write_remarks(out: &mut dyn Write, row: &Row<'_>, look: Look) -> io::Result<()> {
    let remark = |text: String| wrapped(&one_line(&text), look.width, "         ", "           ");
    if let Some(failure) = &row.columns.fails {
        let state = if failure.sqlstate.is_empty() { String::new() } else { format!(" ({})", failure.sqlstate) };
        write!(out, "{}", look.paint(Style::new().red(), remark(format!("fails: {}{state}", failure.display))))?;
    }
    if !row.columns.loses.is_empty() {
        write!(out, "{}", look.paint(Style::new().red(), remark(format!("loses {}", list(&row.columns.loses)))))?;
    }
    if row.step.undone {
        write!(out, "{}", look.paint(DIM, remark("rolled back later".to_owned())))?;
    }
    Ok(())
}

fn lock(columns: &Columns) -> Option<String> {
    let (strongest, names) = strongest(columns)?;
    let more = match names.len() - 1 {
        0 => String::new(),
        more => format!(" +{more}"),
    };
    Some(format!("{} {}{more}", LockMode::display(strongest), names.first()?))
}

/// The strongest lock and the relations that are locked so, first those on which somebody waits.
pub(super) fn strongest(columns: &Columns) -> Option<(LockMode, Vec<&SmolStr>)> {
    let strongest = columns.locks.values().copied().max()?;
    let mut names: Vec<_> =
        columns.locks.iter().filter(|(_, mode)| **mode == strongest).map(|(relation, _)| relation).collect();
    names.sort_by_key(|name| !(columns.blocks_reads.contains(*name) || columns.blocks_writes.contains(*name)));
    Some((strongest, names))
}

/// Who waits, in a word.
fn waits(columns: &Columns) -> &'static str {
    match (columns.blocks_reads.is_empty(), columns.blocks_writes.is_empty()) {
        (false, _) => "reads+writes",
        (true, false) => "writes",
        (true, true) => "-",
    }
}

/// The slowest thing that a step does. What is built or checked over a new table without rows takes no time.
pub(super) fn work(row: &Row<'_>) -> &'static str {
    let any = |test: fn(&EffectKind) -> bool| {
        let empty = |subject: &Subject| subject.new && subject.rows == Rows::None;
        let with_rows = |effect: &&Effect| !effect.subject.as_ref().is_some_and(empty);
        row.step.effects.iter().filter(with_rows).any(|effect| test(&effect.kind))
    };
    if row.columns.fails.is_some() {
        "refused"
    } else if any(|kind| matches!(kind, EffectKind::RewritesTable { .. })) {
        "rewrite"
    } else if any(|kind| matches!(kind, EffectKind::BuildsIndex { .. } | EffectKind::RebuildsIndex { .. })) {
        "build"
    } else if any(|kind| matches!(kind, EffectKind::ScansTable { .. })) {
        "scan"
    } else if any(|kind| matches!(kind, EffectKind::WritesRows { bounded, .. } if *bounded > Bounded::Key)) {
        "writes rows"
    } else if any(|kind| matches!(kind, EffectKind::CannotBeAnalysed { .. })) {
        "unknown"
    } else {
        "instant"
    }
}

/// The colour of who waits.
fn urgency(columns: &Columns) -> Style {
    match (columns.blocks_reads.is_empty(), columns.blocks_writes.is_empty()) {
        (false, _) => Style::new().red(),
        (true, false) => Style::new().yellow(),
        (true, true) => Style::new(),
    }
}

/// A few names, and how many more.
fn list<T: AsRef<str>>(names: &BTreeSet<T>) -> String {
    const MOST: usize = 5;
    let shown: Vec<_> = names.iter().take(MOST).map(AsRef::as_ref).collect();
    match names.len().saturating_sub(MOST) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
