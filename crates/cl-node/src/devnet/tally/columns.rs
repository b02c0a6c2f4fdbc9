//! Which columns reached which node. A node is owed those of its custody; whatever else it listens to is a gift.

use std::collections::BTreeMap;

use cl_types::Slot;

/// Missed columns that are remembered of a node.
const MOST_MISSED: usize = 32;

/// A set of columns: bit `n` is column `n`, of which there are 128.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ColumnSet(u128);

impl ColumnSet {
    /// Adds a column. One that does not exist is left out.
    pub(crate) fn insert(&mut self, column: u64) {
        self.0 |= u32::try_from(column).ok().and_then(|column| 1_u128.checked_shl(column)).unwrap_or_default();
    }

    const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    const fn both(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    fn iter(self) -> impl Iterator<Item = u64> {
        (0..128_u64).filter(move |column| self.0 >> column & 1 == 1)
    }
}

impl FromIterator<u64> for ColumnSet {
    fn from_iter<I: IntoIterator<Item = u64>>(columns: I) -> Self {
        let mut set = Self::default();
        columns.into_iter().for_each(|column| set.insert(column));
        set
    }
}

/// A column of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Missed {
    pub(crate) slot: Slot,
    pub(crate) column: u64,
}

#[derive(Clone, Debug, Default)]
struct Keeper {
    custody: ColumnSet,
    had: BTreeMap<Slot, ColumnSet>,
    missed: Vec<Missed>,
}

/// The columns of recent blocks, and who has them.
#[derive(Clone, Debug)]
pub(crate) struct Columns {
    /// Who published them, and which.
    due: BTreeMap<Slot, (usize, ColumnSet)>,
    keepers: Vec<Keeper>,
}

impl Columns {
    /// For nodes with these custodies.
    pub(crate) fn new(custodies: impl IntoIterator<Item = ColumnSet>) -> Self {
        let keepers = custodies.into_iter().map(|custody| Keeper { custody, ..Keeper::default() }).collect();
        Self { due: BTreeMap::new(), keepers }
    }

    /// These columns are out: everybody but their publisher is owed them.
    pub(crate) fn published(&mut self, slot: Slot, node: usize, columns: ColumnSet) {
        self.due.insert(slot, (node, columns));
    }

    /// A node received a column.
    pub(crate) fn received(&mut self, node: usize, slot: Slot, column: u64) {
        if let Some(keeper) = self.keepers.get_mut(node) {
            keeper.had.entry(slot).or_default().insert(column);
        }
    }

    /// What has not come before `oldest` is missed for good.
    pub(crate) fn settle(&mut self, oldest: Slot) {
        while let Some((slot, (publisher, columns))) = self.due.first_key_value().map(|(slot, due)| (*slot, *due))
            && slot < oldest
        {
            self.due.pop_first();
            for (_, keeper) in self.keepers.iter_mut().enumerate().filter(|(node, _)| *node != publisher) {
                let room = MOST_MISSED.saturating_sub(keeper.missed.len());
                let missed: Vec<Missed> = keeper.lacks(slot, columns).take(room).collect();
                keeper.missed.extend(missed);
            }
        }
        for keeper in &mut self.keepers {
            keeper.had.retain(|slot, _| *slot >= oldest);
        }
    }

    /// What a node has missed up to `last`, oldest first; a few dozen at most.
    pub(crate) fn missed(&self, node: usize, last: Slot) -> Vec<Missed> {
        let Some(keeper) = self.keepers.get(node) else { return Vec::new() };
        let due = self.due.range(..=last).filter(|(_, (publisher, _))| *publisher != node);
        let open = due.flat_map(|(slot, (_, columns))| keeper.lacks(*slot, *columns));
        keeper.missed.iter().copied().chain(open).take(MOST_MISSED).collect()
    }

    /// How many columns of its custody a node was owed up to `last`.
    pub(crate) fn owed(&self, node: usize, last: Slot) -> u32 {
        let custody = self.keepers.get(node).map(|keeper| keeper.custody).unwrap_or_default();
        let due = self.due.range(..=last).filter(|(_, (publisher, _))| *publisher != node);
        due.map(|(_, (_, columns))| custody.both(*columns).0.count_ones()).sum()
    }
}

impl Keeper {
    fn lacks(&self, slot: Slot, published: ColumnSet) -> impl Iterator<Item = Missed> {
        let had = self.had.get(&slot).copied().unwrap_or_default();
        self.custody.both(published).without(had).iter().map(move |column| Missed { slot, column })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(columns: &[u64]) -> ColumnSet {
        columns.iter().copied().collect()
    }

    #[test]
    fn a_node_is_owed_the_columns_of_its_custody_and_no_others() {
        let mut columns = Columns::new([set(&[1, 127]), set(&[2]), set(&[3])]);
        columns.published(Slot(4), 2, (0..128).collect());
        assert_eq!(columns.missed(2, Slot(9)), [], "who publishes them has them");
        columns.received(0, Slot(4), 1);
        columns.received(0, Slot(4), 50);
        columns.received(1, Slot(3), 2);
        assert_eq!(columns.missed(0, Slot(4)), [Missed { slot: Slot(4), column: 127 }]);
        assert_eq!(columns.missed(1, Slot(4)), [Missed { slot: Slot(4), column: 2 }]);
        assert_eq!(columns.missed(1, Slot(3)), [], "not yet due");
        assert_eq!((columns.owed(0, Slot(4)), columns.owed(2, Slot(4))), (2, 0));
        columns.received(0, Slot(4), 127);
        assert_eq!(columns.missed(0, Slot(4)), []);
    }

    #[test]
    fn what_is_missed_for_good_is_not_forgotten_and_memory_stays_bounded() {
        let mut columns = Columns::new([set(&[]), (0..128).collect()]);
        for slot in 0..1000 {
            columns.published(Slot(slot), 0, (0..128).collect());
            if slot != 7 {
                (0..128).for_each(|column| columns.received(1, Slot(slot), column));
            }
            columns.settle(Slot(slot.saturating_sub(64)));
        }
        let missed = columns.missed(1, Slot(2000));
        assert_eq!((missed.len(), missed[0]), (MOST_MISSED, Missed { slot: Slot(7), column: 0 }));
        assert!(columns.due.len() <= 65 && columns.keepers[1].had.len() <= 65);
    }

    #[test]
    fn a_column_that_does_not_exist_is_nobodys() {
        assert_eq!(set(&[128, 1 << 40]), ColumnSet::default());
    }
}
