//! (catalog before, session, statement) -> effects. It knows the servers, and no rule.

mod postgres;

use crate::catalog::{Catalog, Coverage, TableConstraint};
use crate::effect::Effect;
use crate::migration::Role;
use crate::session::Session;
use crate::settings::Settings;
use crate::source::{Source, SourceId};
use crate::statement::Statement;

/// What a statement meets.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The schema before the statement.
    pub catalog: &'a Catalog,
    /// The session that runs it.
    pub session: &'a Session,
    /// What the run assumes.
    pub settings: &'a Settings,
    /// The file.
    pub source_id: SourceId,
    /// Its text.
    pub source: &'a Source,
    /// What the file is to the project.
    pub role: Role,
    /// What the files tell of all that there is.
    pub coverage: &'a Coverage,
}

/// What a statement does. The relations that it names are in the catalog already; see [`Catalog::touch`].
pub fn statement(context: Context<'_>, statement: &Statement) -> Vec<Effect> {
    postgres::statement(context, statement)
}

/// Whether a table, by its name without a schema, is a migration tool's own record of what has run.
pub fn is_bookkeeping(table: &str) -> bool {
    postgres::is_bookkeeping(table)
}

/// What is missing or left over when a file has been run.
pub fn end_of_migration(context: Context<'_>) -> Vec<Effect> {
    postgres::end_of_migration(context)
}

/// What is missing when the whole history has been run; each effect's cause is the statement that made the object, in any file.
pub fn end_of_history(catalog: &Catalog, settings: &Settings) -> Vec<Effect> {
    let _ = settings;
    postgres::end_of_history(catalog)
}

/// The constants in foreign keys of a statement that has run, judged once more by what the catalog knows now: by those foreign keys that
/// `wanted` lets through. For keys that are declared later, and for rows that come later in the same file.
pub fn references_again(
    context: Context<'_>,
    statement: &Statement,
    wanted: &dyn Fn(&TableConstraint) -> bool,
) -> Vec<Effect> {
    postgres::references_again(context, statement, wanted)
}
