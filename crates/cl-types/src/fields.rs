//! What containers are made of: numbers, roots, lists, vectors and bits.

use std::fmt;

use alloy_primitives::{Address, U256};
use ssz_types::{BitList, BitVector, FixedVector, VariableList};
use typenum::Unsigned;

use crate::decode::{Error, Field, Part, too_many};
use crate::primitives::{Epoch, ForkDigest, ForkVersion, Root, Slot};
use crate::size::Size;

impl Field for bool {}

/// Values of fixed size that any bytes of their number are.
macro_rules! plain {
    ($($type:ty: $from:expr;)+) => {
        $(
            impl Field for $type {
                #[inline]
                fn decode_exact(part: Part<'_>) -> Option<Self> {
                    part.bytes().try_into().ok().map($from)
                }
            }
        )+
    };
}

plain! {
    u8: u8::from_le_bytes;
    u64: u64::from_le_bytes;
    U256: U256::from_le_bytes::<32>;
    Root: Root::new;
    Address: |bytes: [u8; 20]| Address::from(bytes);
    Slot: |bytes| Slot(u64::from_le_bytes(bytes));
    Epoch: |bytes| Epoch(u64::from_le_bytes(bytes));
    ForkVersion: ForkVersion;
    ForkDigest: ForkDigest;
}

impl<T: Field + 'static, N: Unsigned> Field for VariableList<T, N> {
    fn ssz_size() -> Size {
        Size::of_list::<T>(N::to_usize())
    }

    fn decode_part(part: Part<'_>) -> Result<Self, Error> {
        Self::new(part.list(N::to_usize())?).map_err(|_| too_many(usize::MAX, N::to_usize()))
    }
}

impl<T: Field + 'static, N: Unsigned> Field for FixedVector<T, N> {
    fn decode_part(part: Part<'_>) -> Result<Self, Error> {
        let items = part.list(N::to_usize())?;
        let len = items.len();
        let expected = N::to_usize();
        Self::new(items).map_err(|_| Error::new(ssz::DecodeError::InvalidByteLength { len, expected }))
    }
}

impl<N: Unsigned + Clone + fmt::Debug> Field for BitList<N> {
    fn ssz_size() -> Size {
        // The bit that marks the length comes on top.
        Size::new(1, N::to_usize() / 8 + 1)
    }

    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show_bits(self.as_slice(), self.num_set_bits(), self.len(), f)
    }
}

impl<N: Unsigned + Clone + fmt::Debug> Field for BitVector<N> {
    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show_bits(self.as_slice(), self.num_set_bits(), self.len(), f)
    }
}

/// How many bits are set, and all of them in hex.
pub(crate) fn show_bits(bytes: &[u8], set: usize, len: usize, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "{set} of {len} bits: 0x{}", hex::encode(bytes))
}
