//! `shipworthy check`: the findings.

use super::config::{self, Wish};
use super::select::Selection;
use super::{CheckArguments, CheckFormat, DOCUMENTS, FailOn, Failure, HOME, Verdict, place, print, read, remark};
use crate::check;
use crate::report::text::Look;
use crate::report::{concise, full, grouped, json, sarif, summary};
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
    let took = Some(began.elapsed());
    match arguments.output_format {
        CheckFormat::Full => print(|out| full::write(out, &outcome, &settings, look, took))?,
        CheckFormat::Concise => {
            print(|out| concise::write(out, &outcome))?;
            // Standard error may be a terminal, a pipe or a file, whatever standard output is: no colours, no guess at its width.
            let look = Look { width: usize::MAX, ..Look::PLAIN };
            remark(summary::summary(&outcome, &settings, look, took).trim_end());
        }
        CheckFormat::Grouped => print(|out| {
            grouped::write(out, &outcome, look)?;
            out.write_all(summary::summary(&outcome, &settings, look, took).as_bytes())
        })?,
        CheckFormat::Json => print(|out| json::write(out, &outcome, &settings))?,
        CheckFormat::Sarif => {
            let base = place::base()?;
            let context = sarif::Context { rules: &rules, base: &base, home: HOME, documents: DOCUMENTS };
            print(|out| sarif::write(out, &outcome, &context))?;
        }
    }
    let fails = outcome.diagnostics.iter().any(|found| fail_on.fails(found.severity));
    Ok(if fails { Verdict::Unworthy } else { Verdict::Worthy })
}
