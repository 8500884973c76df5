//! `rules list`: the rules of a run by category.

use super::text::{DIM, Look, STRONG, severity_style, wrapped};
use crate::diagnostic::Severity;
use crate::rule::{Category, Entry, RuleSet};
use std::io::{self, Write};

/// Writes the rules.
///
/// # Errors
/// Those of the sink.
pub fn write(out: &mut dyn Write, rules: &RuleSet, look: Look) -> io::Result<()> {
    let names = rules.entries().iter().map(|entry| entry.name().len()).max().unwrap_or(0);
    let severities = Severity::ALL.map(|severity| severity.name().len()).into_iter().max().unwrap_or(0);
    for &category in Category::ALL {
        let entries: Vec<&Entry> = rules.entries().iter().filter(|entry| entry.rule().category == category).collect();
        if entries.is_empty() {
            continue;
        }
        let off = if category.on_by_default() { "" } else { " Off by default." };
        writeln!(
            out,
            "{}  {}",
            look.paint(STRONG, category.name()),
            look.paint(DIM, format_args!("{}{off}", category.doc().trim()))
        )?;
        for entry in entries {
            let severity = entry.severity();
            let word = look.paint(severity_style(severity), format_args!("{:severities$}", severity.name()));
            let first = format!("  {:names$}  {word}  ", entry.name());
            let rest = " ".repeat(names + severities + 6);
            // Beside the name where there is room, else below it.
            let beside = look.width >= rest.len() + 30;
            let summary = entry.rule().summary.as_ref();
            let off = category.on_by_default() && !entry.enabled();
            let summary = &if off { format!("{summary} (Off by default.)") } else { summary.to_owned() };
            let row = if beside {
                wrapped(summary, look.width, &first, &rest)
            } else {
                format!("{}\n{}", first.trim_end(), wrapped(summary, look.width, "    ", "    "))
            };
            out.write_all(row.as_bytes())?;
        }
        writeln!(out)?;
    }
    writeln!(out, "{} rules; `shipworthy explain RULE` tells more of one", rules.entries().len())
}
