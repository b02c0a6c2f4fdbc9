//! What containers are made of: numbers, roots, lists, vectors and bits.

use std::fmt;

use alloy_primitives::{Address, U256};
use ssz::Encode;
use ssz_types::{BitList, BitVector, FixedVector, VariableList};
use typenum::Unsigned;

use crate::decode::{Error, Field, Part, too_many};
use crate::encode::fill;
use crate::primitives::{Epoch, ForkDigest, ForkVersion, Root, Slot};
use crate::size::Size;

impl Field for bool {
    #[inline]
    fn encode_exact(&self, out: &mut [u8]) {
        fill(out, &[u8::from(*self)]);
    }
}

/// Values of fixed size that any bytes of their number are: made from those bytes, and turned into them.
macro_rules! plain {
    ($($type:ty: $from:expr, $into:expr;)+) => {
        $(
            impl Field for $type {
                #[inline]
                fn decode_exact(part: Part<'_>) -> Option<Self> {
                    part.bytes().try_into().ok().map($from)
                }

                #[inline]
                fn encode_exact(&self, out: &mut [u8]) {
                    let into: fn(Self) -> [u8; size_of::<Self>()] = $into;
                    fill(out, &into(*self));
                }
            }
        )+
    };
}

plain! {
    u8: u8::from_le_bytes, u8::to_le_bytes;
    u64: u64::from_le_bytes, u64::to_le_bytes;
    U256: U256::from_le_bytes::<32>, |number| number.to_le_bytes::<32>();
    Root: Root::new, |root| root.0;
    Address: |bytes: [u8; 20]| Address::from(bytes), |address| address.into_array();
    Slot: |bytes| Slot(u64::from_le_bytes(bytes)), |slot| slot.0.to_le_bytes();
    Epoch: |bytes| Epoch(u64::from_le_bytes(bytes)), |epoch| epoch.0.to_le_bytes();
    ForkVersion: ForkVersion, |version| version.0;
    ForkDigest: ForkDigest, |digest| digest.0;
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

    #[inline]
    fn encode_exact(&self, out: &mut [u8]) {
        for (item, place) in self.iter().zip(out.chunks_exact_mut(<T as Encode>::ssz_fixed_len())) {
            item.encode_exact(place);
        }
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
    #[inline]
    fn encode_exact(&self, out: &mut [u8]) {
        fill(out, self.as_slice());
    }

    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show_bits(self.as_slice(), self.num_set_bits(), self.len(), f)
    }
}

/// How many bits are set, and all of them in hex.
pub(crate) fn show_bits(bytes: &[u8], set: usize, len: usize, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "{set} of {len} bits: 0x{}", hex::encode(bytes))
}
