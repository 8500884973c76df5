//! `shipworthy check`: the findings.

use super::baseline;
use super::config::{self, Wish};
use super::output::Run;
use super::progress::Progress;
use super::select::Selection;
use super::{CheckArguments, FailOn, Failure, Verdict, When, complain, place, read};
use crate::check;
use crate::report::statistics;
use crate::report::text::Look;
use std::time::{Instant, SystemTime};

/// Runs the subcommand.
pub(super) fn run(arguments: CheckArguments, wish: &Wish, look: Look, began: Instant) -> Result<Verdict, Failure> {
    let config = config::of(wish, &arguments.input, arguments.stdin_filename.as_deref())?;
    let mut settings = arguments.input.settings(&config, false);
    settings.allows.require_reasons |= arguments.require_reasons;
    settings.allows.today = today();
    settings.base = place::base()?;
    let selection = Selection::new(&arguments.selecting, &arguments.input, &config)?;
    let when = arguments.surroundings.unwrap_or_else(|| When::configured(&config));
    let progress = Progress::new(began);
    let work = read::work(&arguments.input, &config, &selection, arguments.stdin_filename.as_deref(), when)?;
    let rules = config::rules(&config, &work)?;
    let fail_on = arguments.fail_on.unwrap_or_else(|| FailOn::configured(&config));
    progress.expect(work.projects.iter().map(|project| project.files.len()).sum());
    let mut outcome = check::check_watched(work.projects, work.around, &settings, &rules, &progress);
    progress.report();
    if !arguments.no_baseline {
        baseline::apply(&config, &settings, &mut outcome)?;
    }
    let run = Run {
        outcome: &outcome,
        settings: &settings,
        rules: &rules,
        category: arguments.category.as_deref().filter(|category| !category.is_empty()),
        took: Some(began.elapsed()),
    };
    arguments.outputs.write(&run, look)?;
    if arguments.statistics {
        complain(statistics::statistics(&outcome, &progress.times()).trim_end());
    }
    let fails = outcome.diagnostics.iter().any(|found| fail_on.fails(found.severity));
    Ok(if fails { Verdict::Unworthy } else { Verdict::Worthy })
}

/// The day, in UTC, as ISO 8601 writes it; `None` where the clock stands before 1970.
pub(super) fn today() -> Option<String> {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).ok()?;
    Some(day(since.as_secs() / 86_400))
}

/// The day so many days after 1970-01-01 (Gregorian, by whole cycles of 400 years from 0000-03-01).
fn day(since: u64) -> String {
    let days = since + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    format!("{:04}-{month:02}-{day:02}", era * 400 + year + u64::from(month <= 2))
}

#[cfg(test)]
mod tests {
    use super::day;

    #[test]
    fn days_are_those_of_the_calendar() {
        assert_eq!(day(0), "1970-01-01");
        assert_eq!(day(59), "1970-03-01");
        assert_eq!(day(11_016), "2000-02-29");
        assert_eq!(day(20_778), "2026-11-21");
        assert_eq!(day(47_541), "2100-03-01");
    }
}
