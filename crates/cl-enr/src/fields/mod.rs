//! The entries of a record that consensus nodes use, one file each (`phase0/p2p-interface.md`, "ENR structure").
//!
//! Each getter says `Ok(None)` for an absent entry and [`FieldError`] for one that is there but malformed. Each
//! `add_…` puts the entry into a record being built.

mod attnets;
mod cgc;
mod eth2;
mod nfd;
mod quic;
mod syncnets;

use bytes::Bytes;

use crate::Record;

pub use attnets::{add_attnets, attnets};
pub use cgc::{add_custody_group_count, custody_group_count};
pub use eth2::{add_eth2, eth2};
pub use nfd::{add_next_fork_digest, next_fork_digest};
pub use quic::{add_quic4, add_quic6, quic4, quic6};
pub use syncnets::{add_syncnets, syncnets};

/// An entry that is there but is not what its key promises. The peer that signed the record is to blame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum FieldError {
    /// A list where a byte string belongs.
    #[error("`{key}` is not a byte string")]
    NotBytes {
        /// The key of the entry.
        key: &'static str,
    },
    /// A byte string of the wrong size.
    #[error("`{key}` has {actual} bytes instead of {expected}")]
    Length {
        /// The key of the entry.
        key: &'static str,
        /// Bytes it must have.
        expected: usize,
        /// Bytes it has.
        actual: usize,
    },
    /// Not a big-endian integer without leading zeros, or too large for its kind.
    #[error("`{key}` is no integer of its kind")]
    NotInteger {
        /// The key of the entry.
        key: &'static str,
    },
}

impl FieldError {
    /// The key of the malformed entry.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        match self {
            Self::NotBytes { key } | Self::Length { key, .. } | Self::NotInteger { key } => key,
        }
    }
}

/// The bytes of an entry.
fn bytes(record: &Record, key: &'static str) -> Result<Option<Bytes>, FieldError> {
    record.get_decodable::<Bytes>(key).transpose().map_err(|_| FieldError::NotBytes { key })
}

/// The bytes of an entry of fixed size.
fn fixed<const N: usize>(record: &Record, key: &'static str) -> Result<Option<[u8; N]>, FieldError> {
    let Some(bytes) = bytes(record, key)? else {
        return Ok(None);
    };
    <[u8; N]>::try_from(bytes.as_ref()).map(Some).map_err(|_| FieldError::Length {
        key,
        expected: N,
        actual: bytes.len(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Builder, Key};

    /// A record with one raw entry: RLP as given.
    pub(super) fn record_with(key: &str, rlp: &[u8]) -> Record {
        built(|builder| {
            builder.add_value_rlp(key, Bytes::copy_from_slice(rlp));
        })
    }

    /// A record built by a closure.
    pub(super) fn built(fill: impl FnOnce(&mut Builder)) -> Record {
        let mut builder = Record::builder();
        fill(&mut builder);
        builder.build(&Key::generate().to_combined()).unwrap()
    }

    #[test]
    fn absent_wrong_kind_and_wrong_size_are_told_apart() {
        assert_eq!(eth2(&built(|_| ())), Ok(None));
        let list = record_with("eth2", &[0xc0]);
        assert_eq!(eth2(&list), Err(FieldError::NotBytes { key: "eth2" }));
        let short = record_with("eth2", &[0x83, 1, 2, 3]);
        assert_eq!(eth2(&short), Err(FieldError::Length { key: "eth2", expected: 16, actual: 3 }));
        assert_eq!(eth2(&short).unwrap_err().to_string(), "`eth2` has 3 bytes instead of 16");
    }
}
