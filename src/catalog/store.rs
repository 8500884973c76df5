//! A map that can undo.

use std::collections::BTreeMap;
use std::ops::RangeBounds;
use std::sync::Arc;

/// A sorted map with a journal of what was there before each change.
#[derive(Clone, Debug)]
pub struct Store<K, V> {
    entries: BTreeMap<K, Arc<V>>,
    journal: Vec<(K, Option<Arc<V>>)>,
}

/// A place in a [`Store`]'s journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark(usize);

impl<K, V> Default for Store<K, V> {
    fn default() -> Self {
        Self { entries: BTreeMap::new(), journal: Vec::new() }
    }
}

impl<K: Ord + Clone, V: Clone> Store<K, V> {
    /// The value of a key.
    pub fn get(&self, key: &K) -> Option<&V> {
        self.entries.get(key).map(Arc::as_ref)
    }

    /// All values, by key.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.entries.values().map(Arc::as_ref)
    }

    /// All entries, by key.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.entries.iter().map(|(key, value)| (key, value.as_ref()))
    }

    /// The entries whose keys lie in a range, by key.
    pub fn range(&self, range: impl RangeBounds<K>) -> impl Iterator<Item = (&K, &V)> {
        self.entries.range(range).map(|(key, value)| (key, value.as_ref()))
    }

    /// Whether there is a value.
    pub fn contains(&self, key: &K) -> bool {
        self.entries.contains_key(key)
    }

    /// Sets a value.
    pub fn insert(&mut self, key: K, value: V) {
        let before = self.entries.insert(key.clone(), Arc::new(value));
        self.journal.push((key, before));
    }

    /// Removes a value.
    pub fn remove(&mut self, key: &K) {
        if let Some(before) = self.entries.remove(key) {
            self.journal.push((key.clone(), Some(before)));
        }
    }

    /// Changes a value in place; nothing happens where there is none.
    pub fn update(&mut self, key: &K, change: impl FnOnce(&mut V)) {
        if let Some(value) = self.entries.get_mut(key) {
            self.journal.push((key.clone(), Some(Arc::clone(value))));
            change(Arc::make_mut(value));
        }
    }

    /// The present place in the journal.
    pub fn mark(&self) -> Mark {
        Mark(self.journal.len())
    }

    /// Undoes every change since `mark`.
    pub fn roll_back(&mut self, mark: Mark) {
        while self.journal.len() > mark.0 {
            let Some((key, before)) = self.journal.pop() else {
                return;
            };
            match before {
                Some(value) => self.entries.insert(key, value),
                None => self.entries.remove(&key),
            };
        }
    }

    /// Forgets the journal.
    pub fn commit(&mut self) {
        self.journal.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rolls_back_to_the_innermost_mark_first() {
        let mut store = Store::<&str, i32>::default();
        store.insert("a", 1);
        let outer = store.mark();
        store.update(&"a", |value| *value = 2);
        store.insert("b", 3);
        let inner = store.mark();
        store.remove(&"a");
        store.insert("b", 4);
        store.roll_back(inner);
        assert_eq!(store.iter().collect::<Vec<_>>(), [(&"a", &2), (&"b", &3)]);
        store.roll_back(outer);
        assert_eq!(store.iter().collect::<Vec<_>>(), [(&"a", &1)]);
    }
}
