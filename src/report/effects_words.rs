//! `effects --output-format words`: every effect with all its fields, as the condition of a rule would write them.

use super::text::{DIM, Look, STRONG, one_line, shortened, wrapped};
use crate::check::Replayed;
use crate::effect::{COMMON_FIELDS, Effect, Value};
use crate::replay::Step;
use crate::source::{ColumnUnit, Sources};
use std::io::{self, Write};
use textwrap::core::display_width;

/// A space at which no line ends.
const KEPT: char = '\u{a0}';

/// Writes the effects of all steps that are asked for.
///
/// # Errors
/// Those of the sink.
pub fn write(out: &mut dyn Write, projects: &[Replayed], sources: &Sources, look: Look) -> io::Result<()> {
    for step in projects.iter().flat_map(|project| &project.replay.steps).filter(|step| step.judged) {
        let source = sources.get(step.source);
        let line = source.line_column(step.at.span.start, ColumnUnit::Char).line;
        let place = format!("{}:{line}: ", one_line(source.path()));
        let room = look.width.saturating_sub(display_width(&place)).max(20);
        writeln!(out, "{}{}", look.paint(DIM, &place), shortened(source.slice(step.at.span), room))?;
        for effect in &step.effects {
            writeln!(out, "  {}", look.paint(STRONG, effect.kind.name()))?;
            for fields in [own_fields(effect), common_fields(effect, step)] {
                if !fields.is_empty() {
                    let lines = wrapped(&one_line(&fields), look.width, "      ", "      ");
                    out.write_all(lines.replace(KEPT, " ").as_bytes())?;
                }
            }
            for assumed in &effect.assumptions {
                out.write_all(wrapped(&one_line(assumed), look.width, "      # ", "      # ").as_bytes())?;
            }
        }
        writeln!(out)?;
    }
    Ok(())
}

fn own_fields(effect: &Effect) -> String {
    let fields = effect.kind.own_fields();
    join(fields.iter().filter_map(|field| Some((field.name, effect.kind.field(field.name)?))))
}

fn common_fields(effect: &Effect, step: &Step) -> String {
    let value = |name| match name {
        "in_transaction" => Some(Value::Boolean(step.in_transaction)),
        _ => effect.field(name),
    };
    // A field of the kind's own hides the common one.
    let common = COMMON_FIELDS.iter().filter(|field| effect.kind.field(field.name).is_none());
    join(common.filter_map(|field| Some((field.name, value(field.name)?))))
}

/// `index = "total", unique = false`
fn join<'a>(fields: impl Iterator<Item = (&'a str, Value)>) -> String {
    let written = fields.map(|(name, value)| {
        let value = match value {
            Value::Word { word, .. } => format!("\"{word}\""),
            Value::Text(text) => format!("{text:?}"),
            Value::Boolean(value) => value.to_string(),
            Value::Count(count) => count.to_string(),
        };
        // Kept together when the line is wrapped.
        format!("{name}{KEPT}={KEPT}{value}")
    });
    written.collect::<Vec<_>>().join(", ")
}
