//! A bounded map, forgotten slot by slot.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

use cl_types::Slot;

use super::{MAX_ENTRIES, MAX_SLOTS};

/// Up to `MAX` values by slot and key. When there are more, the oldest slot goes first.
#[derive(Clone, Debug)]
pub(crate) struct BySlot<K, V, const MAX: usize = MAX_ENTRIES> {
    slots: BTreeMap<Slot, HashMap<K, V>>,
    len: usize,
}

impl<K, V, const MAX: usize> Default for BySlot<K, V, MAX> {
    fn default() -> Self {
        Self { slots: BTreeMap::new(), len: 0 }
    }
}

impl<K: Eq + Hash, V, const MAX: usize> BySlot<K, V, MAX> {
    pub(crate) fn get(&self, slot: Slot, key: &K) -> Option<&V> {
        self.slots.get(&slot)?.get(key)
    }

    /// Looks into every slot.
    pub(crate) fn find(&self, key: &K) -> Option<&V> {
        self.slots.values().rev().find_map(|slot| slot.get(key))
    }

    pub(crate) fn insert(&mut self, slot: Slot, key: K, value: V) {
        if self.slots.entry(slot).or_default().insert(key, value).is_none() {
            self.len = self.len.saturating_add(1);
        }
        self.shrink();
    }

    /// Changes the value of a key, the default one if there is none.
    pub(crate) fn change(&mut self, slot: Slot, key: K, change: impl FnOnce(&mut V))
    where
        V: Default,
    {
        let entries = self.slots.entry(slot).or_default();
        let before = entries.len();
        change(entries.entry(key).or_default());
        self.len = self.len.saturating_add(entries.len().saturating_sub(before));
        self.shrink();
    }

    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    fn shrink(&mut self) {
        while self.slots.len() > MAX_SLOTS || self.len > MAX {
            let Some((_, oldest)) = self.slots.pop_first() else {
                return;
            };
            self.len = self.len.saturating_sub(oldest.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Whatever comes in which order: never more than the bound, the newest slots are kept, and the count is right.
        #[test]
        fn no_order_of_entries_breaks_the_bound(entries in proptest::collection::vec((0_u64..40, 0_u8..12), 0..300)) {
            let mut map = BySlot::<u8, u8, 16>::default();
            for (slot, key) in entries {
                if key % 2 == 0 {
                    map.insert(Slot(slot), key, 0);
                } else {
                    map.change(Slot(slot), key, |value| *value = value.wrapping_add(1));
                }
                prop_assert!(map.len() <= 16);
                prop_assert_eq!(map.len(), map.slots.values().map(HashMap::len).sum::<usize>());
                prop_assert!(map.slots.len() <= MAX_SLOTS);
            }
        }
    }

    #[test]
    fn the_oldest_slot_is_forgotten_first() {
        let mut map = BySlot::<_, _>::default();
        for slot in 0..=MAX_SLOTS as u64 {
            map.insert(Slot(slot), 'a', slot);
        }
        assert_eq!(map.len(), MAX_SLOTS);
        assert_eq!(map.get(Slot(0), &'a'), None);
        assert_eq!(map.get(Slot(1), &'a'), Some(&1));
        assert_eq!(map.find(&'a'), Some(&(MAX_SLOTS as u64)));
    }

    #[test]
    fn one_slot_alone_cannot_hold_more_than_fits() {
        let mut map = BySlot::<_, _>::default();
        for key in 0..=MAX_ENTRIES {
            map.insert(Slot(1), key, ());
            assert!(map.len() <= MAX_ENTRIES);
        }
        map.insert(Slot(1), 0, ());
        map.insert(Slot(1), 0, ());
        assert_eq!(map.len(), 1);
    }
}
