//! Rules: opinions about effects. A rule is a Markdown document; see `rules/README.md`.

pub mod condition;
pub mod definition;
pub mod document;
pub mod message;
pub mod problem;
mod suggest;

use crate::diagnostic::Diagnostic;
use crate::replay::Replay;
use crate::source::Sources;
use crate::tool::Tool;

/// The rules of a run.
#[derive(Clone, Debug, Default)]
pub struct RuleSet {}

impl RuleSet {
    /// The rules that come with the program.
    pub fn builtin() -> Self {
        Self {}
    }
}

/// What the rules say of a replay, in the order of files and places.
pub fn judge(rules: &RuleSet, replay: &Replay, tool: &Tool, sources: &Sources) -> Vec<Diagnostic> {
    let _ = (rules, replay, tool, sources);
    Vec::new()
}
