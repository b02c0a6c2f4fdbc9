//! Lists of byte lists, such as the transactions of a payload: kept as their SSZ, offsets and all, in a shared buffer.
//!
//! Strict SSZ has one form for each value. So the bytes of a message can stay as they are: decoding checks the offsets
//! once, encoding copies, and an element is a slice. Nothing is allocated or counted for each element.

use std::fmt;

use bytes::Bytes;
use ssz::{BYTES_PER_LENGTH_OFFSET, Decode, DecodeError, Encode};
use tree_hash::{Hash256, PackedEncoding, TreeHash, TreeHashType};

use super::shared::{Short, shared_bytes};
use super::{ByteList, ProgressiveByteList, list_root};
use crate::decode::{Error, Field, Offset, Part, Spans, Step, to_len};
use crate::hashing::{self, Node};
use crate::size::Size;

/// `List[ByteList[EACH], MAX]` in one shared buffer.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct ByteLists<const EACH: usize, const MAX: usize>(Bytes);

/// `ProgressiveList[ProgressiveList[Byte]]` in one shared buffer: byte lists without a limit.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct ProgressiveByteLists(Bytes);

impl<const EACH: usize, const MAX: usize> ByteLists<EACH, MAX> {
    /// A list of these lists, copied into one buffer.
    ///
    /// Fails if there are more than `MAX`, if one is longer than `EACH`, or if they are more bytes than SSZ has offsets
    /// for (2^32).
    pub fn from_lists(lists: &[impl AsRef<[u8]>]) -> Result<Self, Error> {
        let ssz = joined(lists)?;
        check(&ssz, EACH, MAX)?;
        Ok(Self(ssz))
    }

    /// An element. It shares the buffer.
    #[must_use]
    pub fn get(&self, i: usize) -> Option<ByteList<EACH>> {
        // No element is longer than it may be: it was checked.
        ByteList::new(self.0.slice_ref(element(&self.0, i)?)).ok()
    }
}

impl ProgressiveByteLists {
    /// A list of these lists, copied into one buffer.
    ///
    /// Fails if they are more bytes than SSZ has offsets for (2^32).
    pub fn from_lists(lists: &[impl AsRef<[u8]>]) -> Result<Self, Error> {
        joined(lists).map(Self)
    }

    /// An element. It shares the buffer.
    #[must_use]
    pub fn get(&self, i: usize) -> Option<ProgressiveByteList> {
        Some(self.0.slice_ref(element(&self.0, i)?).into())
    }
}

/// What both have.
macro_rules! list_of_lists {
    ([$($generics:tt)*] $type:ty) => {
        impl<$($generics)*> $type {
            /// How many elements there are.
            #[must_use]
            pub fn len(&self) -> usize {
                offsets(&self.0).len()
            }

            /// True if there are none.
            #[must_use]
            pub const fn is_empty(&self) -> bool {
                self.0.is_empty()
            }

            /// The bytes of each element.
            pub fn iter(&self) -> impl ExactSizeIterator<Item = &[u8]> {
                (0..self.len()).map(|i| element(&self.0, i).unwrap_or_default())
            }

            /// The SSZ of the list: an offset of four bytes for each element, then the elements.
            #[must_use]
            pub const fn as_ssz(&self) -> &Bytes {
                &self.0
            }
        }

        impl<$($generics)*> fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_list().entries(self.iter().map(Short)).finish()
            }
        }
    };
}

list_of_lists!([const EACH: usize, const MAX: usize] ByteLists<EACH, MAX>);
list_of_lists!([] ProgressiveByteLists);

shared_bytes!(
    [const EACH: usize, const MAX: usize] ByteLists<EACH, MAX>,
    fixed: None::<usize>,
    Size::new(0, MAX.saturating_mul(EACH.saturating_add(BYTES_PER_LENGTH_OFFSET))),
    List,
    |bytes| check(bytes, EACH, MAX),
    |list| {
        let roots: Vec<Node> = list.iter().map(|item| list_root(item, EACH).0).collect();
        hashing::with_length(&hashing::root_of(roots.as_flattened(), hashing::depth_of(MAX)), roots.len())
    }
);
shared_bytes!(
    [] ProgressiveByteLists,
    fixed: None::<usize>,
    Size::new(0, Size::UNLIMITED),
    List,
    |bytes| check(bytes, usize::MAX, usize::MAX),
    |list| {
        let root = |item| hashing::with_length(&hashing::progressive_root_of(item), item.len()).0;
        let roots: Vec<Node> = list.iter().map(root).collect();
        hashing::with_length(&hashing::progressive_root_of(roots.as_flattened()), roots.len())
    }
);

/// Checks that these are the SSZ of up to `max` lists of up to `each` bytes. Says how many.
fn check(bytes: &[u8], each: usize, max: usize) -> Result<usize, Error> {
    let mut count = 0;
    for span in Spans::new(bytes, max)? {
        let len = span?.len();
        if len > each {
            return Err(Error::from(DecodeError::InvalidByteLength { len, expected: each }).within(Step::Item(count)));
        }
        count += 1;
    }
    Ok(count)
}

/// The offset of each element, of bytes that passed [`check`].
fn offsets(bytes: &[u8]) -> &[Offset] {
    let all = bytes.as_chunks().0;
    let count = all.first().map_or(0, |first| to_len(*first) / BYTES_PER_LENGTH_OFFSET);
    all.get(..count).unwrap_or_default()
}

/// An element, of bytes that passed [`check`].
fn element(bytes: &[u8], i: usize) -> Option<&[u8]> {
    let offsets = offsets(bytes);
    let start = to_len(*offsets.get(i)?);
    let end = offsets.get(i + 1).map_or(bytes.len(), |next| to_len(*next));
    bytes.get(start..end)
}

/// The SSZ of a list of these.
fn joined(lists: &[impl AsRef<[u8]>]) -> Result<Bytes, Error> {
    let total = lists.iter().map(|list| list.as_ref().len() + BYTES_PER_LENGTH_OFFSET).sum();
    let mut ssz = Vec::with_capacity(total);
    let mut at = lists.len() * BYTES_PER_LENGTH_OFFSET;
    for list in lists {
        let offset = u32::try_from(at).map_err(|_| DecodeError::OffsetOutOfBounds(at))?;
        ssz.extend_from_slice(&offset.to_le_bytes());
        at += list.as_ref().len();
    }
    for list in lists {
        ssz.extend_from_slice(list.as_ref());
    }
    Ok(ssz.into())
}
