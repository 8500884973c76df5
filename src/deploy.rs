//! The commands around the migrations: which of them push, reset or otherwise touch a database past its migrations.
//!
//! # How a file that is no migration is judged
//!
//! 1. [`mod@crate::discover`] meets it on its one walk and asks [`is_known`] by its name; `cli` reads it (with `--since` it is judged if the
//!    branch touched it, and context otherwise).
//! 2. [`crate::check::check_around`] enters its text into the sources as a [`Neighbour`] and hands all neighbours to [`read()`] together,
//!    after the projects were replayed: a file may follow another, and may look at what the migrations made.
//! 3. The answer is a [`Surrounding`] for each file: comments, passages, effects. Rules, comments that silence them, the baseline and the
//!    reports need nothing else. An effect's `cause` says in which file it stands; its passage is found by place. A comment belongs to the
//!    passage below it, around it, or before it on its line, as to a statement; `#`, `//`, `--`, `/* */` and `<!-- -->` are understood
//!    (`suppress::words`). Where a format has no comments, `[[override]]` in `shipworthy.toml` says what is off for its path.
//!
//! Another kind of file (a schema that is pushed) has a module of its own beside this one, with the same two functions, which `check`,
//! `discover` and `verify` call behind these. In a rule document a block of another language than SQL is such a file:
//! ```` ```json bad name=package.json ````; SQL `given` before it has been replayed.

use crate::source::Sources;
use crate::surrounding::{Neighbour, Surrounding};

/// Whether commands are looked for in a file, going by its path: with `/` between its parts.
pub fn is_known(path: &str) -> bool {
    let _ = path;
    false
}

/// Reads the neighbours that are known, all together.
pub fn read(neighbours: &[Neighbour], sources: &Sources) -> Vec<Surrounding> {
    let known = |it: &&Neighbour| is_known(sources.get(it.source).path());
    neighbours.iter().filter(known).copied().map(Surrounding::of).collect()
}
