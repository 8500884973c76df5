//! What is run as a whole: a script of a package, a target, a job, a container's command.

use super::run::Run;
use super::text::Text;
use super::tree::Node;
use crate::effect::{CommandDeed, CommandPlace, LossWord};
use crate::source::Span;

/// How others call a unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Name {
    /// A script in the package.json of its folder.
    Script(String),
    /// A target of the Makefile of its folder.
    Target(String),
    /// A file.
    File,
    /// Nobody calls it.
    Nobody,
}

/// What its own name and format say of where a unit runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Own {
    /// There, whatever calls it.
    Is(CommandPlace),
    /// Wherever it is called from, and else there.
    Else(CommandPlace),
}

/// What is run as a whole.
#[derive(Clone, Debug)]
pub(super) struct Unit {
    pub(super) name: Name,
    pub(super) own: Own,
    /// When, as the end of a sentence: `when the container starts`.
    pub(super) occasion: String,
    /// In their order.
    pub(super) runs: Vec<Run>,
    /// What is set for all of them.
    pub(super) env: Vec<(String, String)>,
    /// The folder that references count from, with `/` at its end; empty for the root.
    pub(super) folder: String,
    /// How many containers run it at once, where that is told.
    pub(super) replicas: Option<usize>,
}

impl Unit {
    pub(super) fn new(name: Name, own: Own, occasion: impl Into<String>, path: &str) -> Self {
        Self {
            name,
            own,
            occasion: occasion.into(),
            runs: Vec::new(),
            env: Vec::new(),
            folder: folder(path).to_owned(),
            replicas: None,
        }
    }
}

/// A path's folder with `/` at its end; empty for the root.
pub(super) fn folder(path: &str) -> &str {
    path.rfind('/').map_or("", |end| &path[..=end])
}

/// A setting that touches the database whenever the program starts.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Setting {
    pub(super) tool: &'static str,
    pub(super) verb: String,
    pub(super) deed: CommandDeed,
    pub(super) loss: LossWord,
    pub(super) place: CommandPlace,
    pub(super) instead: &'static str,
    pub(super) at: Span,
}

/// An argument that is spoilt before any program sees it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Spoilt {
    pub(super) how: crate::effect::Spoiling,
    pub(super) tool: String,
    pub(super) at: Span,
    pub(super) cause: Span,
    /// Index of its unit.
    pub(super) unit: usize,
}

/// What was read in a file.
#[derive(Clone, Debug, Default)]
pub(super) struct Page {
    pub(super) units: Vec<Unit>,
    pub(super) comments: Vec<Span>,
    pub(super) settings: Vec<Setting>,
    pub(super) spoilt: Vec<Spoilt>,
    /// Passages beside those of commands.
    pub(super) passages: Vec<Span>,
}

impl Page {
    /// Adds a unit of one script. Returns its index.
    pub(super) fn script(&mut self, mut unit: Unit, text: &Text) -> usize {
        let (runs, comments) = super::run::runs(text);
        unit.runs.extend(runs);
        self.comments.extend(comments);
        self.units.push(unit);
        self.units.len() - 1
    }

    /// Adds a command that is a list of words, which no shell reads; `whole` where no other program is given it.
    pub(super) fn words(&mut self, unit: usize, items: &[Node], passage: Span, whole: bool) {
        let words: Vec<_> = items.iter().filter_map(|item| Some((item.text()?.clone(), item.at))).collect();
        let runs = super::run::runs_of_words(&words, passage);
        super::spoil::unread_by_a_shell(&words, &runs, unit, whole, &mut self.spoilt);
        if let Some(unit) = self.units.get_mut(unit) {
            unit.runs.extend(runs);
        }
    }
}
