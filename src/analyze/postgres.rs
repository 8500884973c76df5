//! PostgreSQL 11 to 18: what each statement locks, rewrites, scans, builds, loses, and when the server refuses it.
//!
//! Each file is one family of statements; the facts' sources are the manual's section named there, or a case of `fixtures/truth`.

mod analysis;

use super::Context;
use crate::catalog::Catalog;
use crate::effect::Effect;
use crate::settings::Settings;
use crate::statement::Statement;
use analysis::Analysis;

/// See [`super::statement`].
pub(super) fn statement(context: Context<'_>, statement: &Statement) -> Vec<Effect> {
    let analysis = Analysis::new(context, statement);
    analysis.effects
}

/// See [`super::end_of_migration`].
pub(super) fn end_of_migration(context: Context<'_>) -> Vec<Effect> {
    let _ = context;
    Vec::new()
}

/// See [`super::end_of_history`].
pub(super) fn end_of_history(catalog: &Catalog, settings: &Settings) -> Vec<Effect> {
    let _ = (catalog, settings);
    Vec::new()
}
