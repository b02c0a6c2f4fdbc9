//! Large byte values in a shared buffer: decoded with a slice, cloned with a count, hashed where they lie.

use std::fmt;

use bytes::Bytes;
use ssz::{Decode, DecodeError, Encode};
use tree_hash::{Hash256, PackedEncoding, TreeHash, TreeHashType};

use super::{WrongLength, short_hex, vector_root};
use crate::decode::{Error, Field, Part, count_of};
use crate::hashing::{self, Node};
use crate::size::Size;

/// `ByteVector[N]` for a large `N`: exactly `N` bytes in a shared buffer. The default is `N` zeros.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct BigByteVector<const N: usize>(Bytes);

impl<const N: usize> BigByteVector<N> {
    /// A vector of these bytes, without a copy.
    pub fn new(bytes: Bytes) -> Result<Self, WrongLength> {
        let (len, expected) = (bytes.len(), N);
        if len == expected { Ok(Self(bytes)) } else { Err(WrongLength { len, expected }) }
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &Bytes {
        &self.0
    }
}

impl<const N: usize> Default for BigByteVector<N> {
    fn default() -> Self {
        Self(vec![0; N].into())
    }
}

impl<const N: usize> fmt::Debug for BigByteVector<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        short_hex(&self.0, f)
    }
}

/// `List[ByteVector[N], MAX]` in one shared buffer, such as the cells of a column.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct ByteVectors<const N: usize, const MAX: usize>(Bytes);

impl<const N: usize, const MAX: usize> ByteVectors<N, MAX> {
    /// A list of the vectors that stand one after the other in `bytes`, without a copy.
    pub fn new(bytes: Bytes) -> Result<Self, Error> {
        count_of(bytes.len(), N, MAX)?;
        Ok(Self(bytes))
    }

    /// The elements.
    #[must_use]
    pub fn as_arrays(&self) -> &[[u8; N]] {
        self.0.as_chunks().0
    }

    /// How many elements there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        count(self.0.len(), N)
    }

    /// True if there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// An element. It shares the buffer.
    #[must_use]
    pub fn get(&self, i: usize) -> Option<Bytes> {
        element(&self.0, N, i)
    }

    /// All elements, one after the other.
    #[must_use]
    pub const fn as_bytes(&self) -> &Bytes {
        &self.0
    }
}

impl<const N: usize, const MAX: usize> FromIterator<[u8; N]> for ByteVectors<N, MAX> {
    /// Takes the first `MAX` elements.
    fn from_iter<I: IntoIterator<Item = [u8; N]>>(items: I) -> Self {
        Self(items.into_iter().take(MAX).flatten().collect())
    }
}

impl<const N: usize, const MAX: usize> fmt::Debug for ByteVectors<N, MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show_elements::<N>(&self.0, f)
    }
}

/// `ProgressiveList[Byte]`: bytes without a limit, in a shared buffer.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct ProgressiveByteList(Bytes);

impl ProgressiveByteList {
    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &Bytes {
        &self.0
    }
}

impl From<Bytes> for ProgressiveByteList {
    fn from(bytes: Bytes) -> Self {
        Self(bytes)
    }
}

impl AsRef<[u8]> for ProgressiveByteList {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for ProgressiveByteList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        short_hex(&self.0, f)
    }
}

/// `ProgressiveList[ByteVector[N]]` in one shared buffer, without a limit.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct ProgressiveByteVectors<const N: usize>(Bytes);

impl<const N: usize> ProgressiveByteVectors<N> {
    /// A list of the vectors that stand one after the other in `bytes`, without a copy.
    pub fn new(bytes: Bytes) -> Result<Self, Error> {
        count_of(bytes.len(), N, usize::MAX)?;
        Ok(Self(bytes))
    }

    /// The elements.
    #[must_use]
    pub fn as_arrays(&self) -> &[[u8; N]] {
        self.0.as_chunks().0
    }

    /// How many elements there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        count(self.0.len(), N)
    }

    /// True if there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// An element. It shares the buffer.
    #[must_use]
    pub fn get(&self, i: usize) -> Option<Bytes> {
        element(&self.0, N, i)
    }

    /// All elements, one after the other.
    #[must_use]
    pub const fn as_bytes(&self) -> &Bytes {
        &self.0
    }
}

impl<const N: usize> FromIterator<[u8; N]> for ProgressiveByteVectors<N> {
    fn from_iter<I: IntoIterator<Item = [u8; N]>>(items: I) -> Self {
        Self(items.into_iter().flatten().collect())
    }
}

impl<const N: usize> fmt::Debug for ProgressiveByteVectors<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show_elements::<N>(&self.0, f)
    }
}

const fn count(len: usize, width: usize) -> usize {
    match len.checked_div(width) {
        Some(count) => count,
        None => 0,
    }
}

fn element(bytes: &Bytes, width: usize, i: usize) -> Option<Bytes> {
    let start = i.checked_mul(width)?;
    let end = start.checked_add(width)?;
    (end <= bytes.len()).then(|| bytes.slice(start..end))
}

fn show_elements<const N: usize>(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let shorts = bytes.as_chunks::<N>().0.iter().map(|item| Short(item));
    f.debug_list().entries(shorts).finish()
}

/// Bytes as far as [`short_hex`] shows them.
pub(super) struct Short<'a>(pub(super) &'a [u8]);

impl fmt::Debug for Short<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        short_hex(self.0, f)
    }
}

/// The roots of the elements.
fn element_roots<const N: usize>(bytes: &[u8]) -> Vec<Node> {
    bytes.as_chunks::<N>().0.iter().map(|item| vector_root(item)).collect()
}

/// Implements the SSZ traits for a type that is a tuple of [`Bytes`]: how long it is, how it is hashed, what fits.
/// The check sees all of the bytes.
macro_rules! shared_bytes {
    ([$($generics:tt)*] $type:ty, fixed: $fixed:expr, $size:expr, $kind:ident, $check:expr, $root:expr) => {
        impl<$($generics)*> Encode for $type {
            fn is_ssz_fixed_len() -> bool {
                $fixed.is_some()
            }

            fn ssz_fixed_len() -> usize {
                $fixed.unwrap_or(ssz::BYTES_PER_LENGTH_OFFSET)
            }

            fn ssz_bytes_len(&self) -> usize {
                self.0.len()
            }

            fn ssz_append(&self, buf: &mut Vec<u8>) {
                buf.extend_from_slice(&self.0);
            }
        }

        impl<$($generics)*> Decode for $type {
            fn is_ssz_fixed_len() -> bool {
                <Self as Encode>::is_ssz_fixed_len()
            }

            fn ssz_fixed_len() -> usize {
                <Self as Encode>::ssz_fixed_len()
            }

            fn from_ssz_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
                Self::decode_part(Part::copied(bytes)).map_err(Error::into_cause)
            }
        }

        impl<$($generics)*> Field for $type {
            fn decode_part(part: Part<'_>) -> Result<Self, Error> {
                let check: fn(&[u8]) -> Result<usize, Error> = $check;
                check(part.bytes())?;
                Ok(Self(part.keep()))
            }

            fn encode_exact(&self, out: &mut [u8]) {
                $crate::encode::fill(out, &self.0);
            }

            fn ssz_size() -> Size {
                $size
            }
        }

        impl<$($generics)*> TreeHash for $type {
            fn tree_hash_type() -> TreeHashType {
                TreeHashType::$kind
            }

            fn tree_hash_packed_encoding(&self) -> PackedEncoding {
                PackedEncoding::from_slice(self.tree_hash_root().as_slice())
            }

            fn tree_hash_packing_factor() -> usize {
                1
            }

            fn tree_hash_root(&self) -> Hash256 {
                let root: fn(&Self) -> Hash256 = $root;
                root(self)
            }
        }
    };
}

pub(super) use shared_bytes;

shared_bytes!(
    [const N: usize] BigByteVector<N>,
    fixed: Some(N),
    Size::fixed(N),
    Vector,
    |bytes| match bytes.len() {
        len if len == N => Ok(len),
        len => Err(DecodeError::InvalidByteLength { len, expected: N }.into()),
    },
    |vector| vector_root(&vector.0).into()
);
shared_bytes!(
    [const N: usize, const MAX: usize] ByteVectors<N, MAX>,
    fixed: None::<usize>,
    Size::new(0, N.saturating_mul(MAX)),
    List,
    |bytes| count_of(bytes.len(), N, MAX),
    |list| {
        let roots = element_roots::<N>(&list.0);
        hashing::with_length(&hashing::root_of(roots.as_flattened(), hashing::depth_of(MAX)), roots.len())
    }
);
shared_bytes!(
    [] ProgressiveByteList,
    fixed: None::<usize>,
    Size::new(0, Size::UNLIMITED),
    List,
    |bytes| Ok(bytes.len()),
    |list| hashing::with_length(&hashing::progressive_root_of(&list.0), list.0.len())
);
shared_bytes!(
    [const N: usize] ProgressiveByteVectors<N>,
    fixed: None::<usize>,
    Size::new(0, Size::UNLIMITED),
    List,
    |bytes| count_of(bytes.len(), N, usize::MAX),
    |list| {
        let roots = element_roots::<N>(&list.0);
        hashing::with_length(&hashing::progressive_root_of(roots.as_flattened()), roots.len())
    }
);
