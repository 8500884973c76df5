//! PostgreSQL 11 to 18: what each statement locks, rewrites, scans, builds, loses, and when the server refuses it.
//!
//! Each file is one family of statements; the facts' sources are the manual's section named there, or a case of `fixtures/truth`.

mod access;
mod alter_table;
mod analysis;
mod bookkeeping;
mod column_type;
mod constraint;
mod create_table;
mod default;
mod dml;
mod drop;
mod end;
mod held;
mod index;
mod literal_key;
mod maintenance;
mod missing;
mod naming;
mod null;
mod object;
mod opaque;
mod partition;
mod proof;
mod reindex;
mod sequence;
mod spelling;
#[cfg(test)]
mod testing;
mod transaction;
mod trigger;
mod types;
mod view;
mod volatility;
mod wait;
mod within;

use super::Context;
use crate::catalog::{Catalog, TableConstraint};
use crate::effect::Effect;
use crate::statement::{Command, Statement};
use analysis::Analysis;
pub(super) use bookkeeping::is_bookkeeping;

/// See [`super::statement`].
pub(super) fn statement(context: Context<'_>, statement: &Statement) -> Vec<Effect> {
    let mut analysis = Analysis::new(context, statement);
    dispatch(&mut analysis, statement);
    naming::truncated(&mut analysis, statement);
    null::compared(&mut analysis, statement);
    spelling::names(&mut analysis, statement);
    wait::spread(&mut analysis);
    held::under_lock(&mut analysis, statement);
    analysis.effects
}

/// A statement by its kind; also one within another, as of `EXPLAIN ANALYZE`.
fn dispatch(analysis: &mut Analysis<'_>, statement: &Statement) {
    match &statement.command {
        Command::CreateTable(create) => create_table::create_table(analysis, create),
        Command::CreateIndex(create) => index::create_index(analysis, statement, create),
        Command::CreateView(create) => view::create_view(analysis, create),
        Command::CreateSequence(create) => sequence::create_sequence(analysis, create),
        Command::CreateType(create) => types::create_type(analysis, create),
        Command::CreateDomain(create) => types::create_domain(analysis, create),
        Command::CreateSchema(create) => object::create_schema(analysis, statement, create),
        Command::CreateFunction(create) => object::create_function(analysis, create),
        Command::CreateTrigger(create) => trigger::create_trigger(analysis, statement, create),
        Command::Policy(policy) => trigger::policy(analysis, policy),
        Command::CreateRule(create) => trigger::create_rule(analysis, create),
        Command::CreateExtension(create) => object::create_extension(analysis, create),
        Command::CreateStatistics(create) => object::create_statistics(analysis, statement, create),
        Command::Publication(publication) => object::publication(analysis, publication),
        Command::CreateObject(create) => object::create(analysis, statement, create),
        Command::AlterRelation(alter) => alter_table::alter_relation(analysis, alter),
        Command::AlterType(alter) => types::alter_type(analysis, alter),
        Command::AlterDomain(alter) => types::alter_domain(analysis, alter),
        Command::AlterObject(alter) => object::alter(analysis, statement, alter),
        Command::Drop(drop) => drop::drop(analysis, statement, drop),
        Command::DropOnTable(drop) => trigger::drop(analysis, drop),
        Command::Truncate(truncate) => maintenance::truncate(analysis, truncate),
        Command::Insert(insert) => dml::insert(analysis, statement, insert),
        Command::Update(update) => dml::update(analysis, statement, update),
        Command::Delete(delete) => dml::delete(analysis, statement, delete),
        Command::Merge(merge) => dml::merge(analysis, statement, merge),
        Command::Copy(copy) => dml::copy(analysis, statement, copy),
        Command::Query(query) => dml::query(analysis, statement, query),
        Command::Explain(explain) => dml::explain(analysis, explain),
        Command::Prepare(prepare) => dml::lock_parsed(analysis, &prepare.statement.command),
        Command::Execute(name) => dml::execute(analysis, name),
        Command::Do(block) => opaque::do_block(analysis, statement, block),
        Command::Reindex(reindex) => reindex::reindex(analysis, statement, reindex),
        Command::Cluster(cluster) => maintenance::cluster(analysis, statement, cluster),
        Command::Vacuum(vacuum) => maintenance::vacuum(analysis, statement, vacuum),
        Command::Analyze(analyze) => maintenance::analyze(analysis, statement, analyze),
        Command::RefreshMaterializedView(refresh) => view::refresh(analysis, statement, refresh),
        Command::Lock(lock) => maintenance::lock(analysis, statement, lock),
        Command::Comment(comment) => object::comment(analysis, comment),
        Command::Grant(grant) => access::grant(analysis, statement, grant),
        Command::Set(set) => transaction::set(analysis, statement, set),
        Command::Transaction(control) => transaction::control(analysis, statement, control),
        Command::AlterSystem(set) => transaction::alter_system(analysis, statement, set),
        Command::Meta(meta) => opaque::meta(analysis, statement, meta),
        Command::Unknown(unknown) => opaque::unknown(analysis, unknown),
        Command::Call(call) => dml::call(analysis, call),
        Command::Nothing(verb) => access::session_command(analysis, statement, &verb.name),
    }
}

/// See [`super::references_again`].
pub(super) fn references_again(
    context: Context<'_>,
    statement: &Statement,
    wanted: &dyn Fn(&TableConstraint) -> bool,
) -> Vec<Effect> {
    literal_key::again(context, statement, wanted)
}

/// See [`super::end_of_migration`].
pub(super) fn end_of_migration(context: Context<'_>) -> Vec<Effect> {
    end::end_of_migration(context)
}

/// See [`super::end_of_history`].
pub(super) fn end_of_history(catalog: &Catalog) -> Vec<Effect> {
    end::end_of_history(catalog)
}
