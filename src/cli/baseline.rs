//! The baseline as a file, and `shipworthy baseline`.

use super::config::{self, Wish};
use super::select::Selection;
use super::{BaselineArguments, Failure, Verdict, When, check, place, print, read, remark};
use crate::baseline::Baseline;
use crate::check::Outcome;
use crate::config::{Config, shown};
use crate::report::text::counted;
use crate::settings::Settings;
use std::collections::BTreeSet;
use std::io;
use std::path::Path;

/// Takes away the findings that the baseline accepts, and tells which of its lines are of no use any more.
pub(super) fn apply(config: &Config, settings: &Settings, outcome: &mut Outcome) -> Result<(), Failure> {
    let path = config.baseline();
    let Some(baseline) = load(&path)? else {
        if config.document.baseline.is_some() {
            return Err(Failure(format!(
                "{}: there is no such baseline; `shipworthy baseline` writes it",
                shown(&path)
            )));
        }
        return Ok(());
    };
    let judged = judged(outcome, settings);
    let accepted = baseline.apply(&mut outcome.diagnostics, &judged);
    outcome.counts.accepted = accepted.count;
    if let [first, rest @ ..] = accepted.gone.as_slice() {
        let more = if rest.is_empty() { String::new() } else { format!(" and {}", counted(rest.len(), "other")) };
        remark(format_args!(
            "{}: no longer found: {} in {}{more}; `shipworthy baseline` takes that out",
            shown(&path),
            first.rule,
            first.path
        ));
    }
    Ok(())
}

/// Runs the subcommand.
pub(super) fn run(arguments: &BaselineArguments, wish: &Wish) -> Result<Verdict, Failure> {
    let config = config::of(wish, &arguments.input, None)?;
    let mut settings = arguments.input.settings(&config, false);
    settings.allows.today = check::today();
    settings.base = place::base()?;
    let when = arguments.surroundings.unwrap_or_else(|| When::configured(&config));
    let work = read::work(&arguments.input, &config, &Selection::default(), None, when)?;
    let rules = config::rules(&config, &work)?;
    let outcome = crate::check::check_around(work.projects, work.around, &settings, &rules);
    let path = config.baseline();
    let mut baseline = Baseline::of(&outcome.diagnostics, &outcome.sources, &settings.base);
    if let Some(before) = load(&path)? {
        // What was not looked at now is accepted as it was.
        let judged = judged(&outcome, &settings);
        let root = Path::new(&settings.base.root);
        baseline.keep(&before, |file| !judged.contains(file) && root.join(file).exists());
    }
    std::fs::write(&path, baseline.to_string())
        .map_err(|error| Failure(format!("{}: it cannot be written: {error}", shown(&path))))?;
    print(|out| writeln!(out, "{}: {} accepted", shown(&path), counted(baseline.len(), "finding")))?;
    Ok(Verdict::Worthy)
}

/// The baseline in a file, where there is one.
fn load(path: &Path) -> Result<Option<Baseline>, Failure> {
    let told = |why: &dyn std::fmt::Display| Failure(format!("{}: {why}", shown(path)));
    match std::fs::read_to_string(path) {
        Ok(text) => Baseline::read(&text).map(Some).map_err(|malformed| told(&malformed)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(told(&error)),
    }
}

/// The files that were judged, from the repository's root.
fn judged(outcome: &Outcome, settings: &Settings) -> BTreeSet<String> {
    let migrations = outcome.projects.iter().flat_map(|project| &project.migrations);
    let judged = migrations.filter(|migration| migration.judged);
    let around = outcome.surroundings.iter().filter(|it| it.judged).map(|it| it.source);
    let sources = judged.map(|migration| migration.source).chain(around);
    sources.map(|source| settings.base.from_root(outcome.sources.get(source).path())).collect()
}
