//! The fold over a project's migrations: analyse each statement, then apply it.
//!
//! It drives the session: transactions and savepoints, the locks that add up in them, settings. It yields [`Step`]s.

mod before;
mod broken;
mod clash;
mod deed;
mod dump;
mod half;
mod hindsight;
mod mended;
mod present;
mod record;
mod references;
mod remade;
mod statistics;
#[cfg(test)]
mod tests;
mod transaction;

use crate::analyze::{self, Context};
use crate::catalog::{Absences, Catalog, Completeness, Coverage, Moment};
use crate::effect::{Confidence, Effect, EffectKind, FailReason, Owner, Size};
use crate::migration::{Direction, Migration, Role, Section};
use crate::session::Session;
use crate::settings::{Extent, Settings};
use crate::source::{Location, SourceId, Sources};
use crate::statement::{Command, Drop, GuardKind, Statement, Transaction};
use crate::tool::TransactionMode;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub use clash::clashes;
pub use deed::Deed;

/// One statement at the top level of a file, and what it does.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The file.
    pub source: SourceId,
    /// Index of the statement in its file.
    pub statement: usize,
    /// Where it stands.
    pub at: Location,
    /// It runs inside a transaction with others.
    pub in_transaction: bool,
    /// On deploy or on rollback.
    pub direction: Direction,
    /// What the file is to the project.
    pub role: Role,
    /// Its work is rolled back later.
    pub undone: bool,
    /// Its findings are asked for; else it is context.
    pub judged: bool,
    /// What it does.
    pub effects: Vec<Effect>,
}

/// What a replay yields.
#[derive(Clone, Debug, Default)]
pub struct Replay {
    /// In the order in which the statements run. Statements of down sections are not among them.
    pub steps: Vec<Step>,
    /// What is missing when everything has run. The cause of each says which file it belongs to.
    pub at_end: Vec<Effect>,
    /// The schema when everything has run.
    pub catalog: Catalog,
    /// What the migrations that are not deployed yet do to which objects, in order.
    pub deeds: Vec<Deed>,
}

/// Replays a project's migrations in the given order.
pub fn replay(migrations: &[&Migration], sources: &Sources, settings: &Settings, completeness: Completeness) -> Replay {
    let (catalog, steps, deeds, calls) = Default::default();
    let coverage = Coverage::of(migrations, completeness);
    let whole = completeness == Completeness::Whole;
    let remade = remade::Remade::by(migrations);
    let parts = migrations.iter().filter(|migration| migration.role == Role::Included);
    let parts = parts.map(|part| (part.source, *part)).collect();
    let mut replayer = Replayer {
        catalog,
        sources,
        settings,
        whole,
        coverage: &coverage,
        parts,
        serial: 0,
        steps,
        deeds,
        remade,
        calls,
    };
    if migrations.iter().any(|migration| migration.role == Role::Schema) {
        let touched = dump::Touched::by(migrations, sources);
        let dumps = migrations.iter().filter(|migration| migration.role == Role::Schema);
        dumps.for_each(|dump| replayer.dump(dump, &touched));
    }
    let runs = |role: Role| !matches!(role, Role::Schema | Role::Included);
    for (order, migration) in migrations.iter().enumerate().filter(|(_, migration)| runs(migration.role)) {
        replayer.migration(migration, deployment(order, migration));
    }
    replayer.references_declared_later(migrations);
    let mut at_end = analyze::end_of_history(&replayer.catalog, settings);
    if completeness != Completeness::Part {
        replayer.tell_record(migrations);
    }
    if settings.known.sizes_are_known() {
        let effects = replayer.steps.iter_mut().flat_map(|step| &mut step.effects).chain(&mut at_end);
        for subject in effects.filter_map(|effect| effect.subject.as_mut()) {
            subject.size = match settings.known.size_of(&subject.relation).map(|size| size.extent) {
                Some(Extent::Small) => Size::Small,
                Some(Extent::Large) => Size::Large,
                Some(Extent::Medium) => Size::Unknown,
                None => subject.size,
            };
        }
    }
    Replay { steps: replayer.steps, at_end, catalog: replayer.catalog, deeds: replayer.deeds }
}

/// The deployment of a migration, given its place in the order. What is pending is deployed together.
fn deployment(order: usize, migration: &Migration) -> u32 {
    if migration.pending { u32::MAX } else { migration.turn.release.unwrap_or(order as u32) }
}

struct Replayer<'a> {
    catalog: Catalog,
    sources: &'a Sources,
    settings: &'a Settings,
    whole: bool,
    coverage: &'a Coverage,
    /// What migrations include.
    parts: BTreeMap<SourceId, &'a Migration>,
    /// Counts transactions.
    serial: u32,
    steps: Vec<Step>,
    /// See [`Replay::deeds`].
    deeds: Vec<Deed>,
    /// What every deployment makes anew at its end.
    remade: remade::Remade,
    /// Which functions call which.
    calls: before::Calls,
}

impl Replayer<'_> {
    fn migration(&mut self, migration: &Migration, deployment: u32) {
        let mut session = Session::new(deployment, self.next_serial());
        let first_step = self.steps.len();
        let before = before::Before::of(&self.catalog, &self.calls, migration);
        for section in migration.sections.iter().filter(|section| section.direction == Direction::Up) {
            self.section(migration, section, &mut session);
        }
        self.references_in_file(migration, first_step, &session);
        self.calls.learn(&self.catalog, self.sources, migration);
        self.mend(migration, first_step, &before);
        self.left_half(migration, first_step);
        self.ungathered_statistics(migration, first_step);
        self.broken_functions(migration, first_step);
        let effects = analyze::end_of_migration(self.context(migration, &session));
        // Each belongs to the last statement: that is where the file ends.
        if let Some(step) = self.steps.last_mut().filter(|step| step.source == migration.source) {
            step.effects.extend(effects);
        }
        // What a file leaves open is rolled back when its session ends, and temporary tables are gone.
        self.roll_back(&mut session);
        self.catalog.end_session();
    }

    fn section(&mut self, migration: &Migration, section: &Section, session: &mut Session) {
        let inside = |statement: &&Statement| section.span.contains(statement.span);
        let first = migration.statements.partition_point(|statement| statement.span.start < section.span.start);
        let statements = || migration.statements[first..].iter().take_while(inside);
        session.mode = section.transaction;
        let wrapped = match section.transaction {
            TransactionMode::File | TransactionMode::All | TransactionMode::Pipeline => true,
            // A message of several statements is one implicit transaction.
            TransactionMode::OneMessage => {
                statements().filter(|statement| !matches!(statement.command, Command::Meta(_))).nth(1).is_some()
            }
            TransactionMode::Statement => false,
        };
        if wrapped {
            self.begin_by_runner(session);
        }
        let mut included = BTreeSet::new();
        let mut next = section.span.start;
        for (offset, statement) in statements().enumerate() {
            self.include(migration, next..statement.span.start, session, &mut included);
            next = statement.span.start;
            self.step(migration, first + offset, statement, session);
        }
        self.include(migration, next..section.span.end, session, &mut included);
        // The end of a message ends no block that the file began in it.
        let of_file = session.transaction.as_ref().is_some_and(|transaction| transaction.owner == Owner::File);
        let implicit = matches!(section.transaction, TransactionMode::OneMessage | TransactionMode::Pipeline);
        if wrapped && !(implicit && of_file) {
            self.commit(session, false);
        }
    }

    /// Runs what a file includes between two places. What it does to the schema counts; it is judged where it stands by itself. A part
    /// that is included again would do the same.
    fn include(
        &mut self,
        migration: &Migration,
        between: std::ops::Range<u32>,
        session: &mut Session,
        done: &mut BTreeSet<SourceId>,
    ) {
        let within = migration.includes.iter().filter(|(at, _)| between.contains(at));
        for part in within.filter_map(|(_, part)| self.parts.get(part).copied()).collect::<Vec<_>>() {
            if !done.insert(part.source) {
                continue;
            }
            let mut next = 0;
            for statement in &part.statements {
                self.include(part, next..statement.span.start, session, done);
                next = statement.span.start;
                if session.transaction.is_none() {
                    session.transaction_serial = self.next_serial();
                }
                self.run(part, statement, session, &mut Vec::new());
                if session.transaction.is_none() {
                    self.catalog.commit();
                }
            }
            self.include(part, next..u32::MAX, session, done);
        }
    }

    fn step(&mut self, migration: &Migration, index: usize, statement: &Statement, session: &mut Session) {
        if session.transaction.is_none() {
            session.transaction_serial = self.next_serial();
        }
        let in_transaction = session.transaction.is_some();
        let mut effects = Vec::new();
        self.run(migration, statement, session, &mut effects);
        self.steps.push(Step {
            source: migration.source,
            statement: index,
            at: Location { source: migration.source, span: statement.span },
            in_transaction,
            direction: Direction::Up,
            role: migration.role,
            undone: false,
            judged: migration.judged,
            effects,
        });
        self.control(statement, migration.source, session);
        if session.transaction.is_none() {
            self.catalog.commit();
        }
    }

    /// Analyses and applies one statement, and those in its body.
    fn run(&mut self, migration: &Migration, statement: &Statement, session: &mut Session, effects: &mut Vec<Effect>) {
        let path = session.search_path();
        let moment = Moment {
            source: migration.source,
            deployment: session.deployment,
            transaction: session.transaction_serial,
            search_path: &path,
            from_empty: self.settings.from_empty,
            whole: self.whole,
            coverage: self.coverage,
            bodies_checked: session.checks_bodies(),
            seed: migration.role == Role::Seed,
            version: self.settings.version,
        };
        self.catalog.touch(statement, moment);
        let mut found = analyze::statement(self.context(migration, session), statement);
        soften(statement, &mut found);
        let in_the_way =
            |effect: &Effect| matches!(effect.kind, EffectKind::Fails { reason: FailReason::Depended, .. });
        // What follows is judged as if this were mended already: what is to go has gone, and what was in its way.
        let mended = match &statement.command {
            Command::Drop(drop) if found.iter().any(in_the_way) => {
                let drop = Drop { cascade: true, ..(**drop).clone() };
                Some(Statement { command: Command::Drop(Box::new(drop)), ..statement.clone() })
            }
            _ => None,
        };
        if migration.turn.guessed || migration.turn.coded {
            found.retain(|effect| !self.rests_on_order(effect, statement, moment));
        }
        if migration.pending {
            self.deeds.extend(deed::deeds(&self.catalog, &path, migration.source, statement));
        }
        mended::remember_dropped_indexes(self, migration, statement, session);
        session.hold_locks(&found);
        effects.append(&mut found);
        if let Command::Do(block) = &statement.command {
            let outer = std::mem::replace(&mut session.in_body, true);
            let mut unseen =
                block.body.as_ref().and_then(|body| Some((body, body.opaque.iter().map(|it| it.start).min()?)));
            let absences = block.body.as_ref().filter(|body| !body.absences.is_empty()).map(Absences::of);
            for (index, inner) in block.body.iter().flat_map(|body| &body.statements).enumerate() {
                if let Some(absences) = &absences {
                    absences.reach(index, &mut self.catalog, moment);
                }
                // What a command that no file shows has altered is unknown to the statements behind it.
                if let Some((body, _)) = unseen.take_if(|(_, start)| *start < inner.span.start) {
                    self.catalog.run_unseen(body, moment);
                }
                self.run(migration, inner, session, effects);
                // A DO block outside a transaction block may commit what it has done so far.
                if let Command::Transaction(Transaction::Commit { .. } | Transaction::Rollback { .. }) = inner.command {
                    session.body_locks.release();
                }
            }
            if let (Some(absences), Some(body)) = (&absences, &block.body) {
                absences.reach(body.statements.len(), &mut self.catalog, moment);
            }
            session.in_body = outer;
            if !outer {
                session.body_locks.release();
            }
        }
        // Also what the server would refuse: where the schema itself is the reason, the catalog changes nothing.
        self.catalog.apply(mended.as_ref().unwrap_or(statement), moment);
        self.set(statement, migration.source, session);
        if let Command::Prepare(prepare) = &statement.command {
            session.prepared.insert(prepare.name.name.clone(), Arc::new((*prepare.statement).clone()));
        }
    }

    /// Whether the server refuses a statement only if the files run in this order, and nothing beside them: because of what other files
    /// made, or did not make.
    fn rests_on_order(&self, effect: &Effect, statement: &Statement, moment: Moment<'_>) -> bool {
        let EffectKind::Fails { reason, .. } = &effect.kind else {
            return false;
        };
        let by_text = matches!(
            reason,
            FailReason::InTransaction
                | FailReason::OutsideTransaction
                | FailReason::Version
                | FailReason::NewEnumValue
                | FailReason::ConcurrentDrop
        );
        let name = match &statement.command {
            Command::AlterRelation(alter) => Some(&alter.name),
            Command::CreateIndex(index) => Some(&index.table),
            _ => None,
        };
        let relation = name.and_then(|name| self.catalog.resolve(name, moment.search_path));
        let origin = relation.and_then(|id| self.catalog.relation(id)?.origin);
        let here = |at: Location| at.source == moment.source;
        !by_text && !origin.is_some_and(|origin| here(origin.at)) && !effect.because.iter().any(|label| here(label.at))
    }

    fn context<'a>(&'a self, migration: &Migration, session: &'a Session) -> Context<'a> {
        Context {
            catalog: &self.catalog,
            session,
            settings: self.settings,
            source_id: migration.source,
            source: self.sources.get(migration.source),
            role: migration.role,
            coverage: self.coverage,
        }
    }

    fn next_serial(&mut self) -> u32 {
        self.serial += 1;
        self.serial
    }
}

/// A statement that may not run, or whose failure is caught, fails nothing for certain.
fn soften(statement: &Statement, effects: &mut Vec<Effect>) {
    let Some(guard) = &statement.guard else {
        return;
    };
    if matches!(guard.kind, GuardKind::Loop { .. }) {
        return;
    }
    effects.retain(|effect| !matches!(effect.kind, EffectKind::Fails { .. }));
    for effect in effects {
        effect.confidence = Confidence::Assumed;
    }
}
