//! `shipworthy check`: the findings.

use super::config::{self, Wish};
use super::select::Selection;
use super::{CheckArguments, CheckFormat, FailOn, Failure, Verdict, print, read, remark};
use crate::check;
use crate::report::text::Look;
use crate::report::{concise, full, json, summary};
use std::time::Instant;

/// Runs the subcommand.
pub(super) fn run(arguments: CheckArguments, wish: &Wish, look: Look, began: Instant) -> Result<Verdict, Failure> {
    let config = config::of(wish, &arguments.input, arguments.stdin_filename.as_deref())?;
    let settings = arguments.input.settings(&config, false);
    let selection = Selection::new(&arguments.selecting, &arguments.input, &config)?;
    let projects = read::projects(&arguments.input, &config, &selection, arguments.stdin_filename.as_deref())?;
    let rules = config::rules(&config, &projects)?;
    let fail_on = arguments.fail_on.unwrap_or_else(|| FailOn::configured(&config));
    let outcome = check::check(projects, &settings, &rules);
    let took = began.elapsed();
    match arguments.output_format {
        CheckFormat::Full => print(|out| full::write(out, &outcome, &settings, look, Some(took)))?,
        CheckFormat::Concise => {
            print(|out| concise::write(out, &outcome))?;
            // Standard error may be a terminal, a pipe or a file, whatever standard output is: no colours, no guess at its width.
            remark(
                summary::summary(&outcome, &settings, Look { width: usize::MAX, ..Look::PLAIN }, Some(took)).trim_end(),
            );
        }
        CheckFormat::Json => print(|out| json::write(out, &outcome, &settings))?,
    }
    let fails = outcome.diagnostics.iter().any(|found| fail_on.fails(found.severity));
    Ok(if fails { Verdict::Unworthy } else { Verdict::Worthy })
}
