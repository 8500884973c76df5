//! The locks that a transaction holds.

use crate::catalog::RelationId;
use crate::effect::{Blocks, LockMode, RelationKind};
use crate::source::Location;
use crate::statement::Name;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// A lock that the open transaction holds.
#[derive(Clone, Debug, PartialEq)]
pub struct HeldLock {
    /// The relation.
    pub relation: RelationId,
    /// Its name when it was locked.
    pub name: Name,
    /// What it is. Who waits for an index waits for its table.
    pub kind: RelationKind,
    /// The mode.
    pub mode: LockMode,
    /// The relation was there before the transaction and is not new: somebody may wait.
    pub live: bool,
    /// The statement.
    pub at: Location,
}

impl HeldLock {
    /// Whether writers or readers of a relation that others use wait for it. Nobody writes to a materialized view but REFRESH.
    fn is_strong(&self) -> bool {
        let least = if self.kind == RelationKind::MaterializedView { Blocks::Reads } else { Blocks::Writes };
        self.live && self.mode.blocks() >= least
    }

    /// What is told first. People know tables rather than the views of them, and both rather than indexes.
    fn rank(&self) -> impl Ord + use<> {
        let known = match self.kind {
            RelationKind::Index => 0,
            RelationKind::View => 1,
            _ => 2,
        };
        (self.mode, known, Reverse(self.at.span.start))
    }
}

/// The locks that a transaction holds: for each relation the strongest, with the statement that took it.
#[derive(Clone, Debug, Default)]
pub struct HeldLocks {
    /// In the order in which the relations were locked.
    all: Vec<HeldLock>,
    places: BTreeMap<RelationId, usize>,
    /// Places of the strong ones, ascending.
    strong: Vec<usize>,
    strongest: Option<usize>,
}

impl HeldLocks {
    /// A lock on a relation is granted.
    pub fn hold(&mut self, lock: HeldLock) {
        let place = match self.places.get(&lock.relation) {
            Some(&place) => place,
            None => {
                self.places.insert(lock.relation, self.all.len());
                self.all.push(lock.clone());
                self.all.len() - 1
            }
        };
        let Some(held) = self.all.get_mut(place) else { return };
        if lock.mode > held.mode {
            (held.mode, held.at) = (lock.mode, lock.at);
        }
        if held.is_strong() {
            let rank = held.rank();
            if let Err(at) = self.strong.binary_search(&place) {
                self.strong.insert(at, place);
            }
            if self.strongest().is_none_or(|strongest| rank > strongest.rank()) {
                self.strongest = Some(place);
            }
        }
    }

    /// That on a relation.
    pub fn of(&self, relation: RelationId) -> Option<&HeldLock> {
        self.all.get(*self.places.get(&relation)?)
    }

    /// Those that writers or readers wait for, on relations that others use.
    pub fn strong(&self) -> impl Iterator<Item = &HeldLock> {
        self.strong.iter().filter_map(|&place| self.all.get(place))
    }

    /// The strongest of these, a table's before a view's and an index's, the earliest.
    pub fn strongest(&self) -> Option<&HeldLock> {
        self.all.get(self.strongest?)
    }

    /// The transaction is over.
    pub fn release(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{SourceId, Span};

    fn lock(id: u32, kind: RelationKind, mode: LockMode, start: u32) -> HeldLock {
        let at = Location { source: SourceId(0), span: Span::empty(start) };
        HeldLock { relation: RelationId(id), name: "x".into(), kind, mode, live: true, at }
    }

    #[test]
    fn the_strongest_is_kept_for_each_relation_and_of_all() {
        let mut locks = HeldLocks::default();
        locks.hold(lock(1, RelationKind::Table, LockMode::AccessShare, 1));
        assert!(locks.strongest().is_none());
        locks.hold(lock(2, RelationKind::Table, LockMode::Share, 2));
        locks.hold(lock(3, RelationKind::Index, LockMode::AccessExclusive, 3));
        locks.hold(lock(4, RelationKind::View, LockMode::AccessExclusive, 3));
        assert_eq!(locks.strongest().map(|lock| lock.relation.0), Some(4));
        locks.hold(lock(1, RelationKind::Table, LockMode::AccessExclusive, 4));
        locks.hold(lock(1, RelationKind::Table, LockMode::Share, 5));
        let id = |lock: &HeldLock| lock.relation.0;
        assert_eq!(locks.strong().map(id).collect::<Vec<_>>(), [1, 2, 3, 4]);
        assert_eq!(locks.strongest().map(|lock| (id(lock), lock.at.span.start)), Some((1, 4)));
        assert_eq!(locks.of(RelationId(1)).map(|lock| lock.mode), Some(LockMode::AccessExclusive));
        locks.release();
        assert!(locks.of(RelationId(1)).is_none() && locks.strongest().is_none());
    }

    #[test]
    fn nobody_waits_to_write_to_a_materialized_view() {
        let mut locks = HeldLocks::default();
        locks.hold(lock(1, RelationKind::MaterializedView, LockMode::Share, 1));
        assert_eq!(locks.strong().count(), 0);
        locks.hold(lock(1, RelationKind::MaterializedView, LockMode::AccessExclusive, 2));
        assert_eq!(locks.strong().count(), 1);
    }
}
