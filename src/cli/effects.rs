//! `shipworthy effects`: what every statement would do to a live server.

use super::config::{self, Wish};
use super::select::Selection;
use super::{EffectsArguments, EffectsFormat, Failure, Verdict, print, read, remark};
use crate::check;
use crate::migration::ProblemKind;
use crate::report::text::Look;
use crate::report::{effects_json, effects_table, effects_words};
use std::time::Instant;

/// Runs the subcommand.
pub(super) fn run(arguments: EffectsArguments, wish: &Wish, look: Look, began: Instant) -> Result<Verdict, Failure> {
    let config = config::of(wish, &arguments.input, None)?;
    let settings = arguments.input.settings(&config, arguments.from_empty);
    let projects = read::projects(&arguments.input, &config, &Selection::default(), None)?;
    let (sources, projects) = check::read(projects, &settings);
    let mut verdict = Verdict::Worthy;
    for migration in projects.iter().flat_map(|project| &project.migrations).filter(|migration| migration.judged) {
        for problem in &migration.problems {
            if let ProblemKind::Unreadable { reason } = &problem.kind {
                remark(format_args!("{} cannot be read: {reason}", sources.get(migration.source).path()));
                verdict = Verdict::Unworthy;
            }
        }
    }
    match arguments.output_format {
        EffectsFormat::Json => print(|out| effects_json::write(out, &projects, &sources, &settings))?,
        EffectsFormat::Words => print(|out| effects_words::write(out, &projects, &sources, look))?,
        EffectsFormat::Table => {
            let took = Some(began.elapsed());
            print(|out| effects_table::write(out, &projects, &sources, &settings, look, took))?;
        }
    }
    Ok(verdict)
}
