//! `shipworthy check`: the findings.

use super::{CheckArguments, CheckFormat, Failure, Verdict, print, read, remark};
use crate::check;
use crate::report::text::Look;
use crate::report::{concise, full, json, summary};
use crate::rule::RuleSet;
use std::time::Instant;

/// Runs the subcommand.
pub(super) fn run(arguments: CheckArguments, look: Look, began: Instant) -> Result<Verdict, Failure> {
    let settings = arguments.input.settings(false);
    let projects = read::projects(&arguments.input, arguments.stdin_filename.as_deref())?;
    let outcome = check::check(projects, &settings, &RuleSet::builtin());
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
    let fails = outcome.diagnostics.iter().any(|found| arguments.fail_on.fails(found.severity));
    Ok(if fails { Verdict::Unworthy } else { Verdict::Worthy })
}
