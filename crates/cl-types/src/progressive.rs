//! Lists and bitlists without a limit, hashed progressively (EIP-7916). They are serialized like ordinary ones.
//!
//! Nothing in the type bounds their length: whoever takes them from the network checks the size of the message first.
//! Progressive lists of bytes are in [`bytes`](crate::bytes).

use std::fmt;
use std::ops::{Deref, DerefMut};

use ssz::{BYTES_PER_LENGTH_OFFSET, Decode, DecodeError, Encode};
use tree_hash::{Hash256, PackedEncoding, TreeHash, TreeHashType};

use crate::decode::{Error, Field, Part};
use crate::size::Size;
use crate::{encode, fields, hashing};

/// The root of a progressive container (EIP-7495) with these roots of fields, for containers that are defined elsewhere.
/// `gaps` are the positions, ascending, where no field is any more. Positions go up to 255.
#[must_use]
pub fn container_root<const N: usize>(fields: [Hash256; N], gaps: &[usize]) -> Hash256 {
    hashing::progressive_container_root(fields.map(|root| root.0), gaps)
}

/// `ProgressiveList[T]`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ProgressiveList<T>(Vec<T>);

impl<T> ProgressiveList<T> {
    /// Appends an element.
    pub fn push(&mut self, item: T) {
        self.0.push(item);
    }
}

impl<T> Default for ProgressiveList<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> From<Vec<T>> for ProgressiveList<T> {
    fn from(items: Vec<T>) -> Self {
        Self(items)
    }
}

impl<T> From<ProgressiveList<T>> for Vec<T> {
    fn from(list: ProgressiveList<T>) -> Self {
        list.0
    }
}

impl<T> FromIterator<T> for ProgressiveList<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self(items.into_iter().collect())
    }
}

impl<T> Deref for ProgressiveList<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T> DerefMut for ProgressiveList<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.0
    }
}

impl<'a, T> IntoIterator for &'a ProgressiveList<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<T: fmt::Debug> fmt::Debug for ProgressiveList<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<T: Encode> Encode for ProgressiveList<T> {
    fn is_ssz_fixed_len() -> bool {
        false
    }

    fn ssz_bytes_len(&self) -> usize {
        self.0.iter().map(encode::bytes_len).sum()
    }

    fn ssz_append(&self, buf: &mut Vec<u8>) {
        if T::is_ssz_fixed_len() {
            self.0.ssz_append(buf);
            return;
        }
        let start = buf.len();
        buf.resize(start + self.0.len() * BYTES_PER_LENGTH_OFFSET, 0);
        let mut at = start;
        for item in &self.0 {
            encode::tail(item, start, &mut at, buf);
        }
    }
}

impl<T: Field> Decode for ProgressiveList<T> {
    fn is_ssz_fixed_len() -> bool {
        false
    }

    fn from_ssz_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        Self::decode_part(Part::copied(bytes)).map_err(Error::into_cause)
    }
}

impl<T: Field> Field for ProgressiveList<T> {
    fn decode_part(part: Part<'_>) -> Result<Self, Error> {
        part.list(usize::MAX).map(Self)
    }
}

impl<T: TreeHash> TreeHash for ProgressiveList<T> {
    fn tree_hash_type() -> TreeHashType {
        TreeHashType::List
    }

    fn tree_hash_packed_encoding(&self) -> PackedEncoding {
        PackedEncoding::from_slice(self.tree_hash_root().as_slice())
    }

    fn tree_hash_packing_factor() -> usize {
        1
    }

    fn tree_hash_root(&self) -> Hash256 {
        let mut chunks = Vec::new();
        for item in &self.0 {
            match T::tree_hash_type() {
                TreeHashType::Basic => chunks.extend_from_slice(&item.tree_hash_packed_encoding()),
                _ => chunks.extend_from_slice(item.tree_hash_root().as_slice()),
            }
        }
        hashing::with_length(&hashing::progressive_root_of(&chunks), self.0.len())
    }
}

/// `ProgressiveBitList`.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct ProgressiveBitList {
    /// Eight bits a byte, lowest first; bits beyond `len` are zero.
    bytes: Vec<u8>,
    len: usize,
}

impl ProgressiveBitList {
    /// As many zero bits.
    #[must_use]
    pub fn zeros(len: usize) -> Self {
        Self { bytes: vec![0; len.div_ceil(8)], len }
    }

    /// How many bits there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// True if there are no bits.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// A bit, `None` beyond the end.
    #[must_use]
    pub fn get(&self, i: usize) -> Option<bool> {
        let byte = self.bytes.get(i / 8).filter(|_| i < self.len)?;
        Some(byte >> (i % 8) & 1 == 1)
    }

    /// Sets a bit; false if there is no such bit.
    pub fn set(&mut self, i: usize, bit: bool) -> bool {
        let Some(byte) = self.bytes.get_mut(i / 8).filter(|_| i < self.len) else {
            return false;
        };
        let mask = 1 << (i % 8);
        if bit {
            *byte |= mask;
        } else {
            *byte &= !mask;
        }
        true
    }

    /// All bits.
    pub fn iter(&self) -> impl Iterator<Item = bool> {
        let bits = self.bytes.iter().flat_map(|byte| (0..8).map(move |i| byte >> i & 1 == 1));
        bits.take(self.len)
    }

    /// How many bits are set.
    #[must_use]
    pub fn num_set_bits(&self) -> usize {
        self.iter().filter(|bit| *bit).count()
    }
}

impl FromIterator<bool> for ProgressiveBitList {
    fn from_iter<I: IntoIterator<Item = bool>>(bits: I) -> Self {
        let mut list = Self::default();
        for bit in bits {
            if list.len.is_multiple_of(8) {
                list.bytes.push(0);
            }
            list.len += 1;
            list.set(list.len - 1, bit);
        }
        list
    }
}

impl fmt::Debug for ProgressiveBitList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fields::show_bits(&self.bytes, self.num_set_bits(), self.len, f)
    }
}

impl Encode for ProgressiveBitList {
    fn is_ssz_fixed_len() -> bool {
        false
    }

    fn ssz_bytes_len(&self) -> usize {
        self.len / 8 + 1
    }

    fn ssz_append(&self, buf: &mut Vec<u8>) {
        // The bit after the last one marks the length.
        let marker = 1 << (self.len % 8);
        buf.extend_from_slice(&self.bytes);
        match buf.last_mut() {
            Some(last) if !self.len.is_multiple_of(8) => *last |= marker,
            _ => buf.push(marker),
        }
    }
}

impl Decode for ProgressiveBitList {
    fn is_ssz_fixed_len() -> bool {
        false
    }

    fn from_ssz_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let without_marker = |last: &u8| last.checked_ilog2().map(|bit| (last & !(1 << bit), bit));
        let Some((last, bit)) = bytes.last().and_then(without_marker) else {
            return Err(DecodeError::BytesInvalid("no bit marks the length of a bitlist".into()));
        };
        let mut bytes = bytes.to_vec();
        bytes.pop();
        let len = bytes.len() * 8 + usize::try_from(bit).unwrap_or_default();
        if bit > 0 {
            bytes.push(last);
        }
        Ok(Self { bytes, len })
    }
}

impl Field for ProgressiveBitList {
    fn ssz_size() -> Size {
        // The bit that marks the length.
        Size::new(1, Size::UNLIMITED)
    }
}

impl TreeHash for ProgressiveBitList {
    fn tree_hash_type() -> TreeHashType {
        TreeHashType::List
    }

    fn tree_hash_packed_encoding(&self) -> PackedEncoding {
        PackedEncoding::from_slice(self.tree_hash_root().as_slice())
    }

    fn tree_hash_packing_factor() -> usize {
        1
    }

    fn tree_hash_root(&self) -> Hash256 {
        hashing::with_length(&hashing::progressive_root_of(&self.bytes), self.len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root(value: &impl TreeHash) -> String {
        hex::encode(value.tree_hash_root())
    }

    #[test]
    fn lists_have_their_known_roots() {
        for (len, expected) in [
            (0, "f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b"),
            (1, "905efb51c2764c2c7a4efb0548e372569df06db82115c3b1896c186632f3fe5b"),
            (4, "95a2f252ed2659ccf75e8821f05757c4663fce68e89d0290abf5c33d772935ae"),
            (5, "29918e0447260511bc5be0f7dbb9817201e16e30c56af228b9cb931a16e8799d"),
            (21, "ed360c03ecbdfbb6f4b1cf5d9cbf6887038423e31121700797de968a9969aaed"),
        ] {
            let list: ProgressiveList<u64> = (1..=len).collect();
            assert_eq!(root(&list), expected, "{len}");
            assert_eq!(ProgressiveList::from_ssz_bytes(&list.as_ssz_bytes()), Ok(list));
        }
    }

    #[test]
    fn bitlists_have_their_known_roots() {
        for (len, expected) in [
            (0, "f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b"),
            (1, "905efb51c2764c2c7a4efb0548e372569df06db82115c3b1896c186632f3fe5b"),
            (8, "89b4e102035da473eaf22c286e07d433e11cbd721578e55111e6e3381e44a485"),
            (256, "b3327406854ffab96af59832dfa3f690f72c4f898e2ffd4ef3e90cc2fb876b43"),
            (257, "be707c375a49431fdb06c00f7a4dcc9200d5613ea02999dc5e081913171bb8d0"),
        ] {
            let bits: ProgressiveBitList = std::iter::repeat_n(true, len).collect();
            assert_eq!(root(&bits), expected, "{len}");
            let ssz = bits.as_ssz_bytes();
            assert_eq!(ssz.len(), bits.ssz_bytes_len());
            assert_eq!(ProgressiveBitList::from_ssz_bytes(&ssz), Ok(bits));
        }
    }

    #[test]
    fn bits_can_be_looked_at_and_changed() {
        let mut bits = ProgressiveBitList::zeros(10);
        assert!(bits.set(9, true) && bits.set(1, true) && !bits.set(10, true));
        assert_eq!((bits.get(9), bits.get(8), bits.get(10)), (Some(true), Some(false), None));
        assert_eq!((bits.num_set_bits(), bits.iter().filter(|bit| *bit).count()), (2, 2));
        assert_eq!(bits.as_ssz_bytes(), [0b10, 0b110]);
        assert_eq!(format!("{bits:?}"), "2 of 10 bits: 0x0202");
        assert!(bits.set(9, false));
        assert_eq!(bits.as_ssz_bytes(), [0b10, 0b100]);
        for unmarked in [&[][..], &[0], &[1, 0]] {
            assert!(ProgressiveBitList::from_ssz_bytes(unmarked).is_err());
        }
    }
}
