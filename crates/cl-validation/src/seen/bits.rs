//! Sets of validators, one bit each.

use cl_types::containers::ValidatorIndex;

/// Validators beyond this number are not remembered; all of them count as seen. Mainnet has a tenth of it.
const MAX_VALIDATORS: u64 = 1 << 24;
const BITS: u64 = u64::BITS as u64;

/// A set of validators. Grows to the highest that was inserted, 2 MiB at most.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Members(Vec<u64>);

impl Members {
    /// True for an index that no set remembers.
    pub(crate) const fn is_too_large(index: ValidatorIndex) -> bool {
        index >= MAX_VALIDATORS
    }

    pub(crate) fn contains(&self, index: ValidatorIndex) -> bool {
        let Some((word, bit)) = place(index) else {
            return true;
        };
        self.0.get(word).is_some_and(|word| word & bit != 0)
    }

    pub(crate) fn insert(&mut self, index: ValidatorIndex) {
        let Some((word, bit)) = place(index) else {
            return;
        };
        if word >= self.0.len() {
            self.0.resize(word.saturating_add(1), 0);
        }
        if let Some(word) = self.0.get_mut(word) {
            *word |= bit;
        }
    }
}

/// The word of an index, and its bit there.
fn place(index: ValidatorIndex) -> Option<(usize, u64)> {
    if Members::is_too_large(index) {
        return None;
    }
    Some((usize::try_from(index / BITS).ok()?, 1 << (index % BITS)))
}

/// True if every bit of `bits` is in `of` as well.
pub(crate) fn is_superset(of: &[u8], bits: &[u8]) -> bool {
    of.len() == bits.len() && of.iter().zip(bits).all(|(of, bits)| of & bits == *bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_remembers_what_it_can() {
        let mut members = Members::default();
        for index in [0, 63, 64, 1_000_000, MAX_VALIDATORS - 1] {
            assert!(!members.contains(index));
            members.insert(index);
            assert!(members.contains(index));
        }
        assert!(!members.contains(62));
        members.insert(u64::MAX);
        assert!(members.contains(u64::MAX));
        assert_eq!(members.0.len() * 8, 2 << 20);
    }

    #[test]
    fn supersets_have_equal_length() {
        assert!(is_superset(&[0b11, 1], &[0b01, 1]));
        assert!(!is_superset(&[0b01, 1], &[0b11, 1]));
        assert!(!is_superset(&[0b11, 1], &[0b01]));
    }
}
