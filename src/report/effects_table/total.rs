//! What a transaction adds up to: locks stay to its end, so what runs after one was taken decides how long others wait.

use super::{Row, list, urgency, work};
use crate::effect::LockMode;
use crate::report::columns::Columns;
use crate::report::text::{Look, counted, one_line, wrapped};
use smol_str::SmolStr;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

/// So many locks are told one by one.
const MOST: usize = 4;

/// Relations that are locked alike: since the same row, in the same mode.
struct Held<'a> {
    mode: LockMode,
    /// Index of the row.
    since: usize,
    relations: BTreeSet<&'a SmolStr>,
}

/// Writes who waits for the transaction, from where, and across what work. Nothing where nobody waits, or where one statement is all of it.
pub(super) fn write(out: &mut dyn Write, rows: &[Row<'_>], look: Look) -> io::Result<()> {
    let mut total = Columns::default();
    for row in rows.iter().filter(|row| !row.step.undone) {
        total.extend(row.columns.clone());
    }
    let waiting: BTreeSet<&SmolStr> = total.blocks_reads.union(&total.blocks_writes).collect();
    if waiting.is_empty() || rows.len() < 2 {
        return Ok(());
    }
    let held = held(rows, &waiting);
    let mut lines: Vec<String> = held.iter().take(MOST).map(|held| told(held, rows, &total)).collect();
    if let more @ 1.. = held.iter().skip(MOST).map(|held| held.relations.len()).sum::<usize>() {
        lines.push(format!("and locks on {}", counted(more, "more relation")));
    }
    let locked = |relation: &SmolStr| held.iter().any(|held| held.relations.contains(relation));
    let others = |blocked: &BTreeSet<SmolStr>| -> BTreeSet<SmolStr> {
        blocked.iter().filter(|relation| !locked(relation)).cloned().collect()
    };
    let reads = others(&total.blocks_reads);
    let writes: BTreeSet<_> = others(&total.blocks_writes).difference(&reads).cloned().collect();
    if !reads.is_empty() {
        lines.push(format!("reads and writes of {} wait as well", quoted(reads.iter())));
    }
    if !writes.is_empty() {
        lines.push(format!("writes to {} wait as well", quoted(writes.iter())));
    }
    for (at, line) in lines.iter().enumerate() {
        let first = if at == 0 { "     = " } else { "       " };
        write!(out, "{}", look.paint(urgency(&total), wrapped(&one_line(line), look.width, first, "         ")))?;
    }
    Ok(())
}

/// The strongest lock on each relation that somebody waits for, from the first row that takes it; the strongest first.
fn held<'a>(rows: &'a [Row<'_>], waiting: &BTreeSet<&SmolStr>) -> Vec<Held<'a>> {
    let mut strongest: BTreeMap<&SmolStr, (LockMode, usize)> = BTreeMap::new();
    for (at, row) in rows.iter().enumerate().filter(|(_, row)| !row.step.undone) {
        for (relation, &mode) in row.columns.locks.iter().filter(|(relation, _)| waiting.contains(relation)) {
            let held = strongest.entry(relation).or_insert((mode, at));
            if mode > held.0 {
                *held = (mode, at);
            }
        }
    }
    let mut alike: BTreeMap<(Reverse<LockMode>, usize), BTreeSet<&SmolStr>> = BTreeMap::new();
    for (relation, (mode, since)) in strongest {
        alike.entry((Reverse(mode), since)).or_default().insert(relation);
    }
    alike.into_iter().map(|((Reverse(mode), since), relations)| Held { mode, since, relations }).collect()
}

/// `ACCESS EXCLUSIVE on orders from line 3 to COMMIT, across an index build; reads and writes wait`
fn told(held: &Held<'_>, rows: &[Row<'_>], total: &Columns) -> String {
    let mut works: BTreeMap<&str, usize> = BTreeMap::new();
    for row in rows.iter().skip(held.since).filter(|row| !row.step.undone) {
        *works.entry(work(row)).or_default() += 1;
    }
    let across: Vec<String> = [
        ("rewrite", "a rewrite", "rewrites"),
        ("build", "an index build", "index builds"),
        ("scan", "a scan", "scans"),
        ("writes rows", "a write of many rows", "writes of many rows"),
        ("unknown", "a statement that was not understood", "statements that were not understood"),
    ]
    .into_iter()
    .filter_map(|(work, one, several)| match works.get(work)? {
        1 => Some(one.to_owned()),
        count => Some(format!("{count} {several}")),
    })
    .collect();
    let across = match across.split_last() {
        None => String::new(),
        Some((only, [])) => format!(", across {only}"),
        Some((last, others)) => format!(", across {} and {last}", others.join(", ")),
    };
    let line = rows.get(held.since).map_or(0, |row| row.line);
    let wait = if held.relations.iter().any(|relation| total.blocks_reads.contains(*relation)) {
        "reads and writes wait"
    } else {
        "writes wait"
    };
    format!(
        "{} on {} from line {line} to COMMIT{across}; {wait}",
        held.mode.display(),
        quoted(held.relations.iter().copied())
    )
}

/// Names as sentences write them.
fn quoted<'a>(names: impl Iterator<Item = &'a SmolStr>) -> String {
    list(&names.map(|name| format!("`{name}`")).collect())
}
