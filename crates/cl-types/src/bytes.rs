//! Byte arrays and byte lists that stay bytes.
//!
//! The general SSZ collections encode and hash element by element. What is only bytes (keys, signatures, cells,
//! transactions) is copied and hashed in one piece instead.

use std::fmt;

use bytes::Bytes;
use ssz::{Decode, DecodeError, Encode};
use tree_hash::{BYTES_PER_CHUNK, Hash256, PackedEncoding, TreeHash, TreeHashType};

use crate::decode::{Error, Field, Part};
use crate::encode::fill;
use crate::hashing;
use crate::size::Size;

mod lists;
mod shared;

pub use lists::{ByteLists, ProgressiveByteLists};
pub use shared::{BigByteVector, ByteVectors, ProgressiveByteList, ProgressiveByteVectors};

/// Bytes of the wrong number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{len} bytes where {expected} belong")]
pub struct WrongLength {
    /// How many there are.
    pub len: usize,
    /// How many there must be; for a list, at most.
    pub expected: usize,
}

/// `ByteVector[N]`: exactly `N` bytes, held in place.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ByteVector<const N: usize>([u8; N]);

impl<const N: usize> ByteVector<N> {
    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; N] {
        &self.0
    }
}

impl<const N: usize> Default for ByteVector<N> {
    fn default() -> Self {
        Self([0; N])
    }
}

impl<const N: usize> From<[u8; N]> for ByteVector<N> {
    fn from(bytes: [u8; N]) -> Self {
        Self(bytes)
    }
}

impl<const N: usize> TryFrom<&[u8]> for ByteVector<N> {
    type Error = WrongLength;

    fn try_from(bytes: &[u8]) -> Result<Self, WrongLength> {
        bytes.try_into().map(Self).map_err(|_| WrongLength { len: bytes.len(), expected: N })
    }
}

impl<const N: usize> AsRef<[u8]> for ByteVector<N> {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl<const N: usize> fmt::Debug for ByteVector<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        short_hex(&self.0, f)
    }
}

impl<const N: usize> Encode for ByteVector<N> {
    #[inline]
    fn is_ssz_fixed_len() -> bool {
        true
    }

    #[inline]
    fn ssz_fixed_len() -> usize {
        N
    }

    fn ssz_bytes_len(&self) -> usize {
        N
    }

    fn ssz_append(&self, buf: &mut Vec<u8>) {
        buf.extend_from_slice(&self.0);
    }
}

impl<const N: usize> Decode for ByteVector<N> {
    #[inline]
    fn is_ssz_fixed_len() -> bool {
        true
    }

    #[inline]
    fn ssz_fixed_len() -> usize {
        N
    }

    #[inline]
    fn from_ssz_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let wrong = |error: WrongLength| DecodeError::InvalidByteLength { len: error.len, expected: error.expected };
        bytes.try_into().map_err(wrong)
    }
}

impl<const N: usize> TreeHash for ByteVector<N> {
    fn tree_hash_type() -> TreeHashType {
        TreeHashType::Vector
    }

    fn tree_hash_packed_encoding(&self) -> PackedEncoding {
        PackedEncoding::from_slice(self.tree_hash_root().as_slice())
    }

    fn tree_hash_packing_factor() -> usize {
        1
    }

    fn tree_hash_root(&self) -> Hash256 {
        Hash256::from(vector_root(&self.0))
    }
}

impl<const N: usize> Field for ByteVector<N> {
    #[inline]
    fn decode_exact(part: Part<'_>) -> Option<Self> {
        part.bytes().try_into().ok().map(Self)
    }

    #[inline]
    fn encode_exact(&self, out: &mut [u8]) {
        fill(out, &self.0);
    }
}

/// `ByteList[MAX]`: up to `MAX` bytes in a shared buffer. A clone shares it; `MAX` costs nothing.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ByteList<const MAX: usize>(Bytes);

impl<const MAX: usize> ByteList<MAX> {
    /// A list of these bytes, without a copy.
    pub fn new(bytes: Bytes) -> Result<Self, WrongLength> {
        if bytes.len() > MAX {
            return Err(WrongLength { len: bytes.len(), expected: MAX });
        }
        Ok(Self(bytes))
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &Bytes {
        &self.0
    }
}

impl<const MAX: usize> From<ByteList<MAX>> for Bytes {
    fn from(list: ByteList<MAX>) -> Self {
        list.0
    }
}

impl<const MAX: usize> AsRef<[u8]> for ByteList<MAX> {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl<const MAX: usize> fmt::Debug for ByteList<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        short_hex(&self.0, f)
    }
}

impl<const MAX: usize> Encode for ByteList<MAX> {
    #[inline]
    fn is_ssz_fixed_len() -> bool {
        false
    }

    fn ssz_bytes_len(&self) -> usize {
        self.0.len()
    }

    fn ssz_append(&self, buf: &mut Vec<u8>) {
        buf.extend_from_slice(&self.0);
    }
}

impl<const MAX: usize> Decode for ByteList<MAX> {
    #[inline]
    fn is_ssz_fixed_len() -> bool {
        false
    }

    #[inline]
    fn from_ssz_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        Self::decode_part(Part::copied(bytes)).map_err(Error::into_cause)
    }
}

impl<const MAX: usize> TreeHash for ByteList<MAX> {
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
        list_root(&self.0, MAX)
    }
}

impl<const MAX: usize> Field for ByteList<MAX> {
    fn ssz_size() -> Size {
        Size::new(0, MAX)
    }

    fn decode_part(part: Part<'_>) -> Result<Self, Error> {
        let (len, expected) = (part.bytes().len(), MAX);
        if len > expected {
            return Err(DecodeError::InvalidByteLength { len, expected }.into());
        }
        Ok(Self(part.keep()))
    }
}

/// The root of a vector of bytes.
fn vector_root(bytes: &[u8]) -> hashing::Node {
    hashing::root_of(bytes, hashing::depth_of(bytes.len().div_ceil(BYTES_PER_CHUNK)))
}

/// The root of a list of up to `max` bytes. Empty halves of the tree come from a table: the limit costs its logarithm.
fn list_root(bytes: &[u8], max: usize) -> Hash256 {
    let depth = hashing::depth_of(max.div_ceil(BYTES_PER_CHUNK));
    hashing::with_length(&hashing::root_of(bytes, depth), bytes.len())
}

/// The first bytes in hex, and how many there are in all.
fn short_hex(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    const SHOWN: usize = 8;
    f.write_str("0x")?;
    for byte in bytes.iter().take(SHOWN) {
        write!(f, "{byte:02x}")?;
    }
    if bytes.len() > SHOWN {
        write!(f, "…({} bytes)", bytes.len())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use ssz_types::{FixedVector, VariableList};
    use typenum::{U48, U100, U1073741824};

    use super::*;

    /// Bytes that are not all alike.
    fn sample(len: usize) -> Vec<u8> {
        (0..len).map(|i| u8::try_from(i * 7 % 251).unwrap()).collect()
    }

    #[test]
    fn hashed_like_vectors_and_lists_of_bytes() {
        let bytes = sample(48);
        let own = ByteVector::<48>::try_from(bytes.as_slice()).unwrap();
        assert_eq!(own.tree_hash_root(), FixedVector::<u8, U48>::new(bytes).unwrap().tree_hash_root());
        for len in [0, 1, 31, 32, 33, 64, 65, 99, 100] {
            let own = ByteList::<100>::new(sample(len).into()).unwrap();
            let general = VariableList::<u8, U100>::new(sample(len)).unwrap();
            assert_eq!(own.tree_hash_root(), general.tree_hash_root(), "{len}");
            let own = ByteList::<{ 1 << 30 }>::new(sample(len).into()).unwrap();
            let general = VariableList::<u8, U1073741824>::new(sample(len)).unwrap();
            assert_eq!(own.tree_hash_root(), general.tree_hash_root(), "{len}");
        }
    }

    #[test]
    fn lengths_are_strict() {
        for len in [0, 3, 5] {
            let wrong = ByteVector::<4>::from_ssz_bytes(&sample(len));
            assert_eq!(wrong, Err(DecodeError::InvalidByteLength { len, expected: 4 }));
        }
        assert_eq!(ByteVector::<4>::from_ssz_bytes(&[1, 2, 3, 4]).unwrap().as_ssz_bytes(), [1, 2, 3, 4]);

        assert!(ByteList::<4>::from_ssz_bytes(&[]).unwrap().as_bytes().is_empty());
        assert_eq!(ByteList::<4>::from_ssz_bytes(&sample(4)).unwrap().as_ssz_bytes(), sample(4));
        assert!(ByteList::<4>::from_ssz_bytes(&sample(5)).is_err());
        assert_eq!(ByteList::<4>::new(sample(5).into()), Err(WrongLength { len: 5, expected: 4 }));
    }

    #[test]
    fn shown_in_short() {
        assert_eq!(format!("{:?}", ByteVector::from([1, 2, 255])), "0x0102ff");
        assert_eq!(format!("{:?}", ByteVector::from([7; 96])), "0x0707070707070707…(96 bytes)");
        assert_eq!(format!("{:?}", ByteList::<9>::default()), "0x");
    }
}
