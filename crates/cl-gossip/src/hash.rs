//! How ids find their place in tables.

use std::hash::{BuildHasher, Hasher};

/// A keyed hash of one number: `(a x + b) >> 64` over 128 bits, which is strongly universal. Ids are uniform already, but a
/// peer can search for messages whose ids meet in a table that anybody can compute.
#[derive(Clone, Copy)]
pub(crate) struct IdHash {
    a: u128,
    b: u128,
}

impl IdHash {
    pub(crate) const fn new(a: [u8; 16], b: [u8; 16]) -> Self {
        Self { a: u128::from_le_bytes(a), b: u128::from_le_bytes(b) }
    }

    /// From the operating system's randomness.
    pub(crate) fn random() -> Result<Self, getrandom::Error> {
        let (mut a, mut b) = ([0; 16], [0; 16]);
        getrandom::fill(&mut a)?;
        getrandom::fill(&mut b)?;
        Ok(Self::new(a, b))
    }
}

impl BuildHasher for IdHash {
    type Hasher = IdHasher;

    fn build_hasher(&self) -> IdHasher {
        IdHasher { keys: *self, hash: 0 }
    }
}

impl std::fmt::Debug for IdHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IdHash").finish_non_exhaustive()
    }
}

/// See [`IdHash`].
pub(crate) struct IdHasher {
    keys: IdHash,
    hash: u64,
}

impl Hasher for IdHasher {
    fn finish(&self) -> u64 {
        self.hash
    }

    /// Not used by numbers; still keyed.
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, number: u64) {
        let IdHash { a, b } = self.keys;
        let sum = a.wrapping_mul(u128::from(number ^ self.hash)).wrapping_add(b);
        let [.., i, j, k, l, m, n, o, p] = sum.to_le_bytes();
        self.hash = u64::from_le_bytes([i, j, k, l, m, n, o, p]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_spread_over_both_ends_of_the_hash_and_the_secret_matters() {
        let hash = IdHash::new([0x9d; 16], [0x37; 16]);
        let other = IdHash::random().unwrap();
        let (mut low, mut high) = (std::collections::HashSet::new(), std::collections::HashSet::new());
        for n in 0..1000_u64 {
            // They differ in the middle bits alone.
            let found = hash.hash_one(n << 24);
            low.insert(found & 0xff);
            high.insert(found >> 57);
            assert_ne!(found, other.hash_one(n << 24));
        }
        assert!(low.len() > 200 && high.len() > 100, "{} {}", low.len(), high.len());
    }
}
