//! A bounded memory of what was looked up lately, so that repeats cost no query.
use std::collections::HashMap;
use std::hash::Hash;

/// Keeps at least the last `cap` keys used, at most twice as many: two generations, the older dropped when the
/// younger is full. Simpler than a linked list, and as good where a miss costs one query.
pub(super) struct Recent<K, V> {
    cap: usize,
    young: HashMap<K, V>,
    old: HashMap<K, V>,
}

impl<K: Eq + Hash + Clone, V: Clone> Recent<K, V> {
    pub(super) fn new(cap: usize) -> Self {
        Self { cap, young: HashMap::new(), old: HashMap::new() }
    }

    pub(super) fn get(&mut self, key: &K) -> Option<V> {
        if let Some(value) = self.young.get(key) {
            return Some(value.clone());
        }
        let value = self.old.remove(key)?;
        self.insert(key.clone(), value.clone());
        Some(value)
    }

    pub(super) fn insert(&mut self, key: K, value: V) {
        if self.young.len() >= self.cap {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, value);
    }

    pub(super) fn remove(&mut self, key: &K) {
        self.young.remove(key);
        self.old.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_used_lately_stays_and_the_rest_is_bounded() {
        const CAP: usize = 100;
        let mut recent = Recent::new(CAP);
        for i in 0..3 * CAP {
            recent.insert(i, i);
            assert_eq!(recent.get(&0), Some(0), "used all the time");
        }
        assert_eq!(recent.get(&1), None);
        assert!(recent.young.len() + recent.old.len() <= 2 * CAP);
    }
}
