//! A set of indices below 128.

/// Which columns (or blobs) of a block: indices below 128.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ColumnSet(u128);

impl ColumnSet {
    /// None of them.
    pub const EMPTY: Self = Self(0);
    /// All 128.
    pub const ALL: Self = Self(u128::MAX);

    /// The indices below `count`.
    #[must_use]
    pub fn first(count: u32) -> Self {
        (0..u64::from(count)).collect()
    }

    /// Adds an index. False if it is 128 or more, which no set holds.
    pub fn insert(&mut self, index: u64) -> bool {
        match bit(index) {
            Some(bit) => {
                self.0 |= bit;
                true
            }
            None => false,
        }
    }

    /// True if the index is in it.
    #[must_use]
    pub fn contains(self, index: u64) -> bool {
        bit(index).is_some_and(|bit| self.0 & bit != 0)
    }

    /// True if all of `other` is in it.
    #[must_use]
    pub const fn covers(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// What is in both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// How many there are.
    #[must_use]
    pub const fn len(self) -> u32 {
        self.0.count_ones()
    }

    /// True if there are none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Takes the lowest index out.
    pub fn pop_first(&mut self) -> Option<u64> {
        let index = u64::from(self.0.trailing_zeros());
        self.0 &= !bit(index)?;
        Some(index)
    }
}

fn bit(index: u64) -> Option<u128> {
    u32::try_from(index).ok().and_then(|index| 1_u128.checked_shl(index))
}

impl FromIterator<u64> for ColumnSet {
    /// Indices of 128 and more are left out.
    fn from_iter<I: IntoIterator<Item = u64>>(indices: I) -> Self {
        let mut set = Self::EMPTY;
        for index in indices {
            set.insert(index);
        }
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indices_come_out_in_order_and_none_beyond_127() {
        let mut set: ColumnSet = [127, 3, 3, 128, u64::MAX, 0].into_iter().collect();
        assert_eq!((set.len(), set.contains(3), set.contains(128)), (3, true, false));
        assert!(set.covers(ColumnSet::first(1)) && !set.covers(ColumnSet::first(2)));
        assert_eq!(std::iter::from_fn(|| set.pop_first()).collect::<Vec<_>>(), [0, 3, 127]);
        assert!(set.is_empty() && ColumnSet::ALL.covers(ColumnSet::first(500)));
    }
}
