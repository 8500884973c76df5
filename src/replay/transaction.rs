//! Transactions, savepoints and settings of the session under replay.

use super::Replayer;
use crate::catalog::RelationId;
use crate::effect::{ClientChange, Effect, EffectKind, LockMode, Owner};
use crate::session::{HeldLock, HeldLocks, OpenTransaction, Savepoint, Session, Setting};
use crate::source::{Location, SourceId};
use crate::statement::{Command, Set, SetScope, SetValue, Statement, Transaction};
use crate::tool::TransactionMode;
use std::collections::BTreeSet;

impl Replayer<'_> {
    pub(super) fn begin_by_runner(&mut self, session: &mut Session) {
        self.begin(session, Owner::Runner, None);
    }

    /// What follows in a message or a pipeline is one transaction again.
    fn begin_implicitly(&mut self, session: &mut Session) {
        let several = matches!(session.mode, TransactionMode::OneMessage | TransactionMode::Pipeline);
        if several && session.transaction.is_none() {
            self.begin_by_runner(session);
        }
    }

    fn begin(&mut self, session: &mut Session, owner: Owner, begun: Option<Location>) {
        session.transaction_serial = self.next_serial();
        session.transaction = Some(OpenTransaction {
            owner,
            begun,
            asked_again: None,
            locks: HeldLocks::default(),
            savepoints: Vec::new(),
            mark: self.catalog.mark(),
            settings_before: session.settings.clone(),
            first_step: self.steps.len(),
        });
    }

    pub(super) fn commit(&mut self, session: &mut Session, chain: bool) {
        // A statement that fails for certain is reported. What follows is judged as if it were mended already: the server would
        // roll everything back, and later files would seem to meet none of it.
        let Some(transaction) = session.transaction.take() else {
            return;
        };
        session.settings.retain(|_, setting| !setting.local);
        for (name, setting) in transaction.settings_before {
            session.settings.entry(name).or_insert(setting);
        }
        self.forget_bridged_renames(transaction.first_step);
        self.mark_indexes_of_locked_tables(transaction.first_step);
        self.catalog.commit();
        if chain {
            self.begin(session, Owner::File, None);
        }
    }

    /// A relation that was renamed or moved breaks nobody where another has its name when the transaction ends, be it a view or its
    /// successor: other sessions never see the gap. The successor was made for that, and nobody misses the name that it had.
    fn forget_bridged_renames(&mut self, first: usize) {
        let catalog = &self.catalog;
        let bridged = |effect: &Effect| match &effect.kind {
            EffectKind::BreaksClients {
                change: ClientChange::RenameTable | ClientChange::SetSchema, object, ..
            } => catalog.find_displayed(object).is_some(),
            _ => false,
        };
        let steps = self.steps[first..].iter().filter(|step| !step.undone);
        let vacated = super::mended::vacated(steps.flat_map(|step| &step.effects));
        for step in self.steps[first..].iter_mut().filter(|step| !step.undone) {
            step.effects.retain(|effect| !bridged(effect) && !super::mended::succeeds(effect, &vacated));
        }
    }

    /// An index that is dropped beside other changes of its table, or behind another index of it, locks out nobody whom they do not
    /// lock out.
    fn mark_indexes_of_locked_tables(&mut self, first: usize) {
        let steps = || self.steps[first..].iter().filter(|step| !step.undone);
        let effects = || steps().flat_map(|step| &step.effects);
        let is_drop =
            |effect: &&Effect| matches!(&effect.kind, EffectKind::DropsObject { object, .. } if object == "index");
        let drops: BTreeSet<Location> = effects().filter(is_drop).map(|effect| effect.cause).collect();
        if drops.is_empty() {
            return;
        }
        let is_exclusive =
            |effect: &&Effect| matches!(effect.kind, EffectKind::TakesLock { lock: LockMode::AccessExclusive, .. });
        let others = effects().filter(is_exclusive).filter(|effect| !drops.contains(&effect.cause));
        let mut tables: BTreeSet<RelationId> = others.filter_map(|effect| effect.subject.as_ref()?.id).collect();
        for effect in self.steps[first..].iter_mut().filter(|step| !step.undone).flat_map(|step| &mut step.effects) {
            if let EffectKind::DropsObject { object, locked, .. } = &mut effect.kind
                && object == "index"
                && let Some(table) = effect.subject.as_ref().and_then(|it| it.id)
            {
                *locked = !tables.insert(table);
            }
        }
    }

    /// Undoes the open transaction, if there is one.
    pub(super) fn roll_back(&mut self, session: &mut Session) {
        let Some(transaction) = session.transaction.take() else {
            return;
        };
        self.catalog.roll_back(transaction.mark);
        session.settings = transaction.settings_before;
        self.undo_steps(transaction.first_step);
    }

    fn undo_steps(&mut self, first: usize) {
        // What was refused did nothing that could be undone.
        let refused = |effect: &Effect| matches!(effect.kind, EffectKind::Fails { .. });
        for step in self.steps[first..].iter_mut().filter(|step| !step.effects.iter().any(refused)) {
            step.undone = true;
        }
    }

    /// Transaction control; it has been analysed already.
    pub(super) fn control(&mut self, statement: &Statement, source: SourceId, session: &mut Session) {
        let Command::Transaction(control) = &statement.command else {
            return;
        };
        match control {
            Transaction::Begin => {
                let at = Location { source, span: statement.span };
                let implicit = session.is_implicit();
                match &mut session.transaction {
                    // What ran before it in the message becomes a part of the block.
                    Some(transaction) if implicit => {
                        transaction.owner = Owner::File;
                        transaction.begun = Some(at);
                    }
                    Some(transaction) => {
                        transaction.asked_again.get_or_insert(at);
                    }
                    None => self.begin(session, Owner::File, Some(at)),
                }
            }
            Transaction::Commit { chain } => {
                self.commit(session, *chain);
                self.begin_implicitly(session);
            }
            Transaction::Rollback { chain } => {
                self.roll_back(session);
                if *chain {
                    self.begin(session, Owner::File, None);
                }
                self.begin_implicitly(session);
            }
            // The transaction leaves the session. Its outcome is another statement's; most likely it is committed.
            Transaction::Prepare => self.commit(session, false),
            Transaction::Savepoint(name) => {
                let (mark, first_step, settings) = (self.catalog.mark(), self.steps.len(), session.settings.clone());
                if let Some(transaction) = &mut session.transaction {
                    let locks = transaction.locks.clone();
                    transaction.savepoints.push(Savepoint {
                        name: name.name.clone(),
                        mark,
                        locks,
                        settings,
                        first_step,
                    });
                }
            }
            Transaction::Release(name) => {
                if let Some(transaction) = &mut session.transaction
                    && let Some(at) = transaction.savepoints.iter().rposition(|savepoint| savepoint.name == name.name)
                {
                    transaction.savepoints.truncate(at);
                }
            }
            Transaction::RollbackTo(name) => {
                if let Some(transaction) = &mut session.transaction
                    && let Some(at) = transaction.savepoints.iter().rposition(|savepoint| savepoint.name == name.name)
                {
                    // The savepoint itself stays.
                    transaction.savepoints.truncate(at + 1);
                    let savepoint = transaction.savepoints[at].clone();
                    transaction.locks = savepoint.locks;
                    session.settings = savepoint.settings;
                    self.catalog.roll_back(savepoint.mark);
                    self.undo_steps(savepoint.first_step);
                }
            }
            Transaction::CommitPrepared | Transaction::RollbackPrepared | Transaction::Characteristics => {}
        }
    }

    /// `SET` and its family.
    pub(super) fn set(&mut self, statement: &Statement, source: SourceId, session: &mut Session) {
        if let Command::Set(set) = &statement.command {
            session.set(set, Location { source, span: statement.span });
        }
    }
}

impl Session {
    /// A fresh session, outside a transaction.
    pub(super) fn new(deployment: u32, transaction_serial: u32) -> Self {
        Self {
            deployment,
            transaction_serial,
            transaction: None,
            in_body: false,
            body_locks: HeldLocks::default(),
            prepared: std::collections::BTreeMap::new(),
            mode: TransactionMode::Statement,
            settings: std::collections::BTreeMap::new(),
            dropped_indexes: Vec::new(),
        }
    }

    /// Adds the locks of a statement to those that the open transaction holds, or the `DO` block that is one.
    pub(super) fn hold_locks(&mut self, effects: &[Effect]) {
        let locks = match &mut self.transaction {
            Some(transaction) => &mut transaction.locks,
            None if self.in_body => &mut self.body_locks,
            None => return,
        };
        for effect in effects {
            let (EffectKind::TakesLock { lock, .. }, Some(subject)) = (&effect.kind, &effect.subject) else {
                continue;
            };
            let Some(id) = subject.id else { continue };
            locks.hold(HeldLock {
                relation: id,
                name: subject.relation.clone(),
                kind: subject.relation_kind,
                mode: *lock,
                live: subject.existed && !subject.new,
                at: effect.cause,
            });
        }
    }

    fn set(&mut self, set: &Set, at: Location) {
        let local = set.scope == SetScope::Local;
        // Outside a transaction SET LOCAL is a warning and nothing more.
        if local && self.transaction.is_none() {
            return;
        }
        if set.name.name == "all" {
            self.settings.clear();
            return;
        }
        let (values, unknown) = match &set.value {
            SetValue::To(values) => (values.clone(), false),
            SetValue::Default => (Vec::new(), false),
            SetValue::Unknown => (Vec::new(), true),
        };
        self.settings.insert(set.name.name.clone(), Setting { values, unknown, local, at });
    }
}
