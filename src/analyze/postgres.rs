//! PostgreSQL 11 to 18: what each statement locks, rewrites, scans, builds, loses, and when the server refuses it.
//!
//! Each file is one family of statements; the facts' sources are the manual's section named there, or a case of `fixtures/truth`.

mod alter_table;
mod analysis;
mod create_table;
mod drop;
mod index;
mod maintenance;
mod sequence;
mod transaction;
mod types;
mod wait;

use super::Context;
use crate::catalog::Catalog;
use crate::effect::Effect;
use crate::settings::Settings;
use crate::statement::{Command, Statement};
use analysis::Analysis;

/// See [`super::statement`].
pub(super) fn statement(context: Context<'_>, statement: &Statement) -> Vec<Effect> {
    let mut analysis = Analysis::new(context, statement);
    match &statement.command {
        Command::CreateTable(create) => create_table::create_table(&mut analysis, create),
        Command::AlterRelation(alter) => alter_table::alter_relation(&mut analysis, alter),
        Command::AlterType(alter) => types::alter_type(&mut analysis, alter),
        Command::AlterDomain(alter) => types::alter_domain(&mut analysis, alter),
        Command::CreateType(create) => types::create_type(&mut analysis, create),
        Command::CreateDomain(create) => types::create_domain(&mut analysis, create),
        Command::CreateSequence(create) => sequence::create_sequence(&mut analysis, create),
        Command::CreateIndex(create) => index::create_index(&mut analysis, statement, create),
        Command::Drop(drop) => drop::drop(&mut analysis, statement, drop),
        Command::Reindex(reindex) => index::reindex(&mut analysis, statement, reindex),
        Command::Vacuum(vacuum) => maintenance::vacuum(&mut analysis, statement, vacuum),
        Command::Analyze(analyze) => maintenance::analyze(&mut analysis, statement, analyze),
        Command::Cluster(cluster) => maintenance::cluster(&mut analysis, statement, cluster),
        Command::Lock(lock) => maintenance::lock(&mut analysis, statement, lock),
        Command::Truncate(truncate) => maintenance::truncate(&mut analysis, truncate),
        Command::Transaction(control) => transaction::control(&mut analysis, statement, control),
        Command::Set(set) => transaction::set(&mut analysis, statement, set),
        _ => {}
    }
    wait::spread(&mut analysis);
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
