//! Basic values: slots, epochs, roots, fork digests and versions.

use std::fmt;
use std::str::FromStr;

use ssz::{Decode, DecodeError, Encode};
use tree_hash::{Hash256, PackedEncoding, TreeHash, TreeHashType};

/// A 32-byte hash tree root. Displayed and parsed as `0x` and 64 hex digits.
pub type Root = alloy_primitives::B256;

/// Marks an unscheduled fork and an absent validator epoch: 2^64 - 1.
pub const FAR_FUTURE_EPOCH: Epoch = Epoch(u64::MAX);

macro_rules! uint_newtype {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u64);

        impl $name {
            /// The number itself.
            #[must_use]
            pub const fn as_u64(self) -> u64 {
                self.0
            }

            /// `self + n`, stopping at 2^64 - 1.
            #[must_use]
            pub const fn saturating_add(self, n: u64) -> Self {
                Self(self.0.saturating_add(n))
            }

            /// `self - n`, stopping at 0.
            #[must_use]
            pub const fn saturating_sub(self, n: u64) -> Self {
                Self(self.0.saturating_sub(n))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl From<u64> for $name {
            fn from(n: u64) -> Self {
                Self(n)
            }
        }

        impl Encode for $name {
            #[inline]
            fn is_ssz_fixed_len() -> bool {
                true
            }

            #[inline]
            fn ssz_fixed_len() -> usize {
                8
            }

            #[inline]
            fn ssz_bytes_len(&self) -> usize {
                8
            }

            #[inline]
            fn ssz_append(&self, buf: &mut Vec<u8>) {
                self.0.ssz_append(buf);
            }
        }

        impl Decode for $name {
            #[inline]
            fn is_ssz_fixed_len() -> bool {
                true
            }

            #[inline]
            fn ssz_fixed_len() -> usize {
                8
            }

            #[inline]
            fn from_ssz_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
                u64::from_ssz_bytes(bytes).map(Self)
            }
        }

        impl TreeHash for $name {
            fn tree_hash_type() -> TreeHashType {
                TreeHashType::Basic
            }

            fn tree_hash_packed_encoding(&self) -> PackedEncoding {
                self.0.tree_hash_packed_encoding()
            }

            fn tree_hash_packing_factor() -> usize {
                u64::tree_hash_packing_factor()
            }

            fn tree_hash_root(&self) -> Hash256 {
                self.0.tree_hash_root()
            }
        }
    };
}

uint_newtype! {
    /// A slot number, counted from genesis.
    Slot
}
uint_newtype! {
    /// An epoch number, counted from genesis.
    Epoch
}

impl Slot {
    /// The epoch that holds this slot. `slots_per_epoch` is never zero: presets guarantee it.
    #[must_use]
    pub const fn epoch(self, slots_per_epoch: u64) -> Epoch {
        Epoch(match self.0.checked_div(slots_per_epoch) {
            Some(epoch) => epoch,
            None => 0,
        })
    }
}

impl Epoch {
    /// The first slot of this epoch, stopping at 2^64 - 1.
    #[must_use]
    pub const fn start_slot(self, slots_per_epoch: u64) -> Slot {
        Slot(self.0.saturating_mul(slots_per_epoch))
    }
}

/// Four bytes in the wrong form: not `0x` (optional) and eight hex digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected 4 bytes as 8 hex digits, like 0x06000000")]
pub struct FourBytesError;

macro_rules! four_bytes {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; 4]);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let [a, b, c, d] = self.0;
                write!(f, concat!($prefix, "{:02x}{:02x}{:02x}{:02x}"), a, b, c, d)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = FourBytesError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let mut bytes = [0; 4];
                let digits = text.strip_prefix("0x").unwrap_or(text);
                hex::decode_to_slice(digits, &mut bytes).map_err(|_| FourBytesError)?;
                Ok(Self(bytes))
            }
        }

        impl Encode for $name {
            #[inline]
            fn is_ssz_fixed_len() -> bool {
                true
            }

            #[inline]
            fn ssz_fixed_len() -> usize {
                4
            }

            #[inline]
            fn ssz_bytes_len(&self) -> usize {
                4
            }

            #[inline]
            fn ssz_append(&self, buf: &mut Vec<u8>) {
                buf.extend_from_slice(&self.0);
            }
        }

        impl Decode for $name {
            #[inline]
            fn is_ssz_fixed_len() -> bool {
                true
            }

            #[inline]
            fn ssz_fixed_len() -> usize {
                4
            }

            #[inline]
            fn from_ssz_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
                <[u8; 4]>::from_ssz_bytes(bytes).map(Self)
            }
        }

        impl TreeHash for $name {
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
                Hash256::right_padding_from(&self.0)
            }
        }
    };
}

four_bytes! {
    /// The four bytes that name a fork of a chain on the network. Displayed as in topics: 8 hex digits, no `0x`.
    ForkDigest, ""
}
four_bytes! {
    /// A fork's version as configured. Displayed with `0x`.
    ForkVersion, "0x"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_and_epochs_convert() {
        assert_eq!(Slot(65).epoch(32), Epoch(2));
        assert_eq!(Epoch(2).start_slot(32), Slot(64));
        assert_eq!(FAR_FUTURE_EPOCH.start_slot(32), Slot(u64::MAX));
    }

    #[test]
    fn digests_are_plain_hex_and_versions_have_a_prefix() {
        let digest: ForkDigest = "0x8c9f62fe".parse().unwrap();
        assert_eq!(digest.to_string(), "8c9f62fe");
        assert_eq!(ForkVersion([6, 0, 0, 0]).to_string(), "0x06000000");
        assert_eq!("8c9f62".parse::<ForkDigest>(), Err(FourBytesError));
    }
}
