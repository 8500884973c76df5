//! How far a run is: a bar on standard error where a person waits for longer than a moment, and the time that each stage took.

use super::{is_quiet, terminal};
use crate::check::{Stage, Watch};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

/// A run that is over sooner shows nothing.
const PATIENCE: Duration = Duration::from_millis(500);
/// How often the bar moves.
const TICK: Duration = Duration::from_millis(100);

/// Watches a run.
pub(super) struct Progress {
    /// `None` where nobody looks.
    bar: Option<Arc<Bar>>,
    clock: Mutex<Clock>,
}

struct Bar {
    bar: ProgressBar,
    /// The run is over: nothing is drawn any more.
    over: Mutex<bool>,
}

/// The bar of the run that goes on.
static SHOWN: Mutex<Weak<Bar>> = Mutex::new(Weak::new());

/// Writes to standard error beside the bar, which would share a line with it.
pub(super) fn aside(write: impl FnOnce()) {
    let shown = SHOWN.lock().unwrap_or_else(PoisonError::into_inner).upgrade();
    match shown {
        Some(shown) => shown.bar.suspend(write),
        None => write(),
    }
}

struct Clock {
    stage: Stage,
    since: Instant,
    took: BTreeMap<Stage, Duration>,
}

impl Progress {
    /// Begins with looking for files.
    pub(super) fn new(began: Instant) -> Self {
        let clock = Clock { stage: Stage::Find, since: began, took: BTreeMap::new() };
        let bar = (terminal() && !is_quiet()).then(Bar::later);
        if let Some(bar) = &bar {
            *SHOWN.lock().unwrap_or_else(PoisonError::into_inner) = Arc::downgrade(bar);
        }
        Self { bar, clock: Mutex::new(clock) }
    }

    /// How many files are to be parsed.
    pub(super) fn expect(&self, files: usize) {
        if let Some(bar) = &self.bar {
            bar.bar.set_style(style("shipworthy: {msg} [{bar:30}] {pos} of {len} files"));
            bar.bar.set_length(files as u64);
        }
    }

    /// Takes the bar away before something is printed.
    pub(super) fn report(&self) {
        self.begin(Stage::Report);
        self.clear();
    }

    fn clear(&self) {
        if let Some(bar) = &self.bar {
            *bar.over.lock().unwrap_or_else(PoisonError::into_inner) = true;
            bar.bar.finish_and_clear();
        }
    }

    /// How long each stage took up to now.
    pub(super) fn times(&self) -> Vec<(Stage, Duration)> {
        let clock = self.clock.lock().unwrap_or_else(PoisonError::into_inner);
        let mut took = clock.took.clone();
        *took.entry(clock.stage).or_default() += clock.since.elapsed();
        took.into_iter().collect()
    }
}

/// Also where a run ends early, nothing is left on the screen.
impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    let style = ProgressStyle::with_template(template);
    style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> ")
}

impl Bar {
    /// A bar that is drawn once the run has taken too long.
    fn later() -> Arc<Self> {
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::hidden());
        // How many files there are is not known yet.
        bar.set_style(style("shipworthy: {msg}"));
        bar.set_message(Stage::Find.display());
        let shared = Arc::new(Self { bar, over: Mutex::new(false) });
        let late = Arc::clone(&shared);
        thread::spawn(move || {
            thread::sleep(PATIENCE);
            let over = late.over.lock().unwrap_or_else(PoisonError::into_inner);
            if !*over {
                late.bar.set_draw_target(ProgressDrawTarget::stderr());
                late.bar.enable_steady_tick(TICK);
            }
        });
        shared
    }
}

impl Watch for Progress {
    fn begin(&self, stage: Stage) {
        let mut clock = self.clock.lock().unwrap_or_else(PoisonError::into_inner);
        let (before, took) = (clock.stage, clock.since.elapsed());
        *clock.took.entry(before).or_default() += took;
        (clock.stage, clock.since) = (stage, Instant::now());
        if let Some(bar) = &self.bar {
            bar.bar.set_message(stage.display());
        }
    }

    fn parsed(&self) {
        if let Some(bar) = &self.bar {
            bar.bar.inc(1);
        }
    }
}
