//! What a step's effects amount to, column by column: the part of the machine contract that is the same for people.

use crate::effect::{
    Blocks, Confidence, Effect, EffectKind, LockMode, LostObject, RelationKind, Rows, Subject, Through,
};
use smol_str::{SmolStr, format_smolstr};
use std::collections::{BTreeMap, BTreeSet};

/// A step's effects, summed up by relation. Names are those of the moment, without the schema `public`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    /// The strongest lock on each relation that existed before the transaction.
    pub locks: BTreeMap<SmolStr, LockMode>,
    /// Tables whose rows are written anew.
    pub rewrites: BTreeSet<SmolStr>,
    /// Tables that are read in full, and not rewritten too.
    pub scans: BTreeSet<SmolStr>,
    /// Existing indexes that are built anew.
    pub rebuilds_indexes: BTreeSet<SmolStr>,
    /// New indexes on relations that existed before the transaction: `name on table`.
    pub builds_indexes: BTreeSet<SmolStr>,
    /// Relations whose readers wait.
    pub blocks_reads: BTreeSet<SmolStr>,
    /// Tables whose writers wait.
    pub blocks_writes: BTreeSet<SmolStr>,
    /// `table orders`, `column orders.note`, `rows of orders`.
    pub loses: BTreeSet<SmolStr>,
    /// Why the server is certain to refuse it.
    pub fails: Option<Failure>,
}

/// Why a statement is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The word of [`crate::effect::FailReason`].
    pub reason: &'static str,
    /// As sentences write it.
    pub display: &'static str,
    /// The SQLSTATE that the server answers with; empty where none is known.
    pub sqlstate: SmolStr,
}

impl Columns {
    /// Sums up effects.
    pub fn of(effects: &[Effect]) -> Self {
        let mut columns = Self::default();
        for effect in effects {
            columns.add(effect);
        }
        columns.scans.retain(|relation| !columns.rewrites.contains(relation));
        columns
    }

    /// Adds those of a later step of the same transaction; of two failures the first stays.
    pub fn extend(&mut self, later: Self) {
        for (relation, mode) in later.locks {
            let held = self.locks.entry(relation).or_insert(mode);
            *held = (*held).max(mode);
        }
        self.rewrites.extend(later.rewrites);
        self.scans.extend(later.scans);
        self.rebuilds_indexes.extend(later.rebuilds_indexes);
        self.builds_indexes.extend(later.builds_indexes);
        self.blocks_reads.extend(later.blocks_reads);
        self.blocks_writes.extend(later.blocks_writes);
        self.loses.extend(later.loses);
        self.fails = self.fails.take().or(later.fails);
    }

    fn add(&mut self, effect: &Effect) {
        let subject = effect.subject.as_ref();
        let relation = || subject.map(|subject| subject.before.clone());
        let live = subject.filter(|subject| subject.existed);
        match &effect.kind {
            EffectKind::TakesLock { lock, blocks, .. } => {
                if let Some(subject) = live {
                    let held = self.locks.entry(subject.before.clone()).or_insert(*lock);
                    *held = (*held).max(*lock);
                    self.block(subject, *blocks);
                }
            }
            // Who reads a composite type's rows waits for it; who writes the table does not look at its attributes.
            EffectKind::MakesWait { through: Through::Type, .. } => {
                self.blocks_reads.extend(live.map(|subject| subject.before.clone()));
            }
            EffectKind::MakesWait { blocks, .. } => {
                if let Some(subject) = live {
                    self.block(subject, *blocks);
                }
            }
            EffectKind::RewritesTable { .. } => self.rewrites.extend(relation()),
            EffectKind::ScansTable { .. } => self.scans.extend(relation()),
            EffectKind::RebuildsIndex { index, .. } => {
                self.rebuilds_indexes.insert(index.clone());
            }
            // Who looks before and after sees an index of that name with another file.
            EffectKind::BuildsIndex { index, replaces: true, .. } => {
                self.rebuilds_indexes.insert(index.clone());
            }
            EffectKind::BuildsIndex { index, .. } => {
                self.builds_indexes.extend(live.map(|subject| format_smolstr!("{index} on {}", subject.before)));
            }
            // An index of a partitioned table holds nothing itself, so nothing is built for it.
            EffectKind::CreatesObject { object, name, .. } if object == "index" => {
                self.builds_indexes.extend(live.map(|subject| format_smolstr!("{name} on {}", subject.before)));
            }
            EffectKind::LosesData { object, name, .. } => self.loses.extend(loss(*object, name, subject)),
            EffectKind::Fails { reason, sqlstate, .. } if effect.confidence == Confidence::Certain => {
                self.fails.get_or_insert_with(|| Failure {
                    reason: reason.word(),
                    display: reason.display(),
                    sqlstate: sqlstate.clone(),
                });
            }
            _ => {}
        }
    }

    /// Nobody reads an index or a sequence by name on purpose; who needs one waits for its table, and `makes-wait` says so.
    fn block(&mut self, subject: &Subject, blocks: Blocks) {
        use RelationKind as Kind;
        let (read, written) = match subject.relation_kind {
            Kind::Unknown
            | Kind::Table
            | Kind::PartitionedTable
            | Kind::Partition
            | Kind::TemporaryTable
            | Kind::ForeignTable => (true, true),
            Kind::View | Kind::MaterializedView => (true, false),
            Kind::Index | Kind::Sequence | Kind::Composite => (false, false),
        };
        if read && blocks >= Blocks::Reads {
            self.blocks_reads.insert(subject.before.clone());
        }
        if written && blocks >= Blocks::Writes {
            self.blocks_writes.insert(subject.before.clone());
        }
    }
}

/// How a loss is written; `None` where there was nothing to lose.
fn loss(object: LostObject, name: &SmolStr, subject: Option<&Subject>) -> Option<SmolStr> {
    let owner = subject.map_or(name, |subject| &subject.before);
    match object {
        LostObject::EmptyTable | LostObject::EmptyColumn => None,
        LostObject::Table | LostObject::UnseenTable | LostObject::CopiedTable => Some(format_smolstr!("table {owner}")),
        LostObject::Rows if subject.is_some_and(|subject| subject.rows == Rows::None) => None,
        LostObject::Rows => Some(format_smolstr!("rows of {owner}")),
        LostObject::Column | LostObject::CopiedColumn if subject.is_some() => {
            Some(format_smolstr!("column {owner}.{name}"))
        }
        LostObject::Attribute if subject.is_some() => Some(format_smolstr!("{} {owner}.{name}", object.word())),
        LostObject::CopiedColumn => Some(format_smolstr!("column {name}")),
        LostObject::Column | LostObject::Attribute | LostObject::Schema | LostObject::Database => {
            Some(format_smolstr!("{} {name}", object.word()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::effect::{BuildReason, FailReason, Owner, Proof, RewriteReason, ScanReason, Through, Timeout};
    use crate::source::{Location, SourceId, Span};

    fn subject(relation: &str, relation_kind: RelationKind) -> Subject {
        Subject::named(relation, relation_kind)
    }

    fn effect(subject: Option<Subject>, kind: EffectKind) -> Effect {
        Effect::new(kind, subject, Location { source: SourceId(0), span: Span::default() })
    }

    fn lock(lock: LockMode) -> EffectKind {
        EffectKind::TakesLock {
            lock,
            blocks: lock.blocks(),
            timeout: Timeout::Unset,
            limited: false,
            explicit: false,
            held: false,
        }
    }

    fn names(set: &BTreeSet<SmolStr>) -> Vec<&str> {
        set.iter().map(SmolStr::as_str).collect()
    }

    #[test]
    fn the_strongest_lock_counts_and_only_tables_are_waited_for() {
        let table = subject("t", RelationKind::Table);
        let columns = Columns::of(&[
            effect(Some(table.clone()), lock(LockMode::AccessExclusive)),
            effect(Some(table.clone()), lock(LockMode::RowExclusive)),
            effect(Some(subject("t_pkey", RelationKind::Index)), lock(LockMode::AccessExclusive)),
            effect(Some(subject("v", RelationKind::View)), lock(LockMode::AccessExclusive)),
            effect(Some(Subject { existed: false, ..subject("young", RelationKind::Table) }), lock(LockMode::Share)),
            effect(
                Some(subject("child", RelationKind::Table)),
                EffectKind::MakesWait { blocks: Blocks::Writes, through: Through::ForeignKey },
            ),
        ]);
        let locks: Vec<_> = columns.locks.iter().map(|(name, mode)| (name.as_str(), *mode)).collect();
        let exclusive = LockMode::AccessExclusive;
        assert_eq!(locks, [("t", exclusive), ("t_pkey", exclusive), ("v", exclusive)]);
        assert_eq!(names(&columns.blocks_reads), ["t", "v"]);
        assert_eq!(names(&columns.blocks_writes), ["child", "t"]);
    }

    #[test]
    fn a_scan_that_is_part_of_a_rewrite_is_not_told() {
        let scan = EffectKind::ScansTable {
            reason: ScanReason::NotNull,
            object: "c".into(),
            blocks: Blocks::Reads,
            proof: Proof::None,
            constraint: SmolStr::default(),
            dropped_again: SmolStr::default(),
        };
        let rewrite = EffectKind::RewritesTable {
            reason: RewriteReason::TypeChange,
            column: "c".into(),
            change: "".into(),
            instead: "".into(),
            added_as: "".into(),
            kept_by: "".into(),
            blocks: Blocks::Reads,
        };
        let columns = Columns::of(&[
            effect(Some(subject("t", RelationKind::Table)), scan.clone()),
            effect(Some(subject("t", RelationKind::Table)), rewrite),
            effect(Some(subject("u", RelationKind::Table)), scan),
        ]);
        assert_eq!((names(&columns.rewrites), names(&columns.scans)), (vec!["t"], vec!["u"]));
    }

    #[test]
    fn indexes_on_tables_of_the_same_transaction_are_not_told() {
        let build = |index: &str| EffectKind::BuildsIndex {
            index: index.into(),
            unique: false,
            concurrently: false,
            columns: "a".into(),
            keys: 1,
            computed: false,
            reason: BuildReason::Statement,
            awaits: "".into(),
            built_on: "".into(),
            built_over: "".into(),
            nullable: "".into(),
            beforehand: "".into(),
            clause: "".into(),
            unnamed: false,
            replaces: false,
            others: 0,
            blocks: Blocks::Writes,
        };
        let columns = Columns::of(&[
            effect(Some(subject("s.t", RelationKind::Table)), build("i")),
            effect(Some(Subject { existed: false, ..subject("u", RelationKind::Table) }), build("j")),
        ]);
        assert_eq!(names(&columns.builds_indexes), ["i on s.t"]);
    }

    #[test]
    fn losses_are_named_by_what_is_lost() {
        let lost = |subject: Subject, object, name: &str| {
            let name = name.into();
            effect(
                Some(subject),
                EffectKind::LosesData {
                    object,
                    name,
                    cascade: false,
                    generated: false,
                    dependents: 0,
                    copied_to: SmolStr::default(),
                    guarded: false,
                },
            )
        };
        let table = || subject("s.t", RelationKind::Table);
        let columns = Columns::of(&[
            lost(table(), LostObject::Table, "t"),
            lost(table(), LostObject::Column, "note"),
            lost(table(), LostObject::Rows, "t"),
            lost(Subject { rows: Rows::None, ..subject("empty", RelationKind::Table) }, LostObject::Rows, "empty"),
        ]);
        assert_eq!(names(&columns.loses), ["column s.t.note", "rows of s.t", "table s.t"]);
    }

    #[test]
    fn only_a_certain_failure_is_one() {
        let fails = |sqlstate: &str| {
            let (reason, owner) = (FailReason::InTransaction, Owner::File);
            effect(None, EffectKind::Fails { reason, sqlstate: sqlstate.into(), object: "".into(), owner })
        };
        let assumed = Effect { confidence: Confidence::Assumed, ..fails("42P01") };
        assert_eq!(Columns::of(std::slice::from_ref(&assumed)).fails, None);
        let failure = Columns::of(&[assumed, fails("25001"), fails("42P07")]).fails.unwrap();
        assert_eq!((failure.reason, failure.sqlstate.as_str()), ("in-transaction", "25001"));
    }
}
