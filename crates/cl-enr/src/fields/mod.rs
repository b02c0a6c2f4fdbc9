//! The entries of a record that consensus nodes use, one file each (`phase0/p2p-interface.md`, "ENR structure").
//!
//! | file | keys | value |
//! | --- | --- | --- |
//! | `eth2` | `eth2` | 16 bytes, the fork and the next one |
//! | `attnets` | `attnets` | 8 bytes, a bit for each attestation subnet |
//! | `syncnets` | `syncnets` | 1 byte, a bit for each sync committee subnet |
//! | `cgc` | `cgc` | integer of at most 8 bytes, the custody group count |
//! | `nfd` | `nfd` | 4 bytes, the digest of the next fork |
//! | `ip` | `ip`, `ip6` | 4 and 16 bytes |
//! | `udp`, `tcp`, `quic` | `udp`, `udp6`, `tcp`, `tcp6`, `quic`, `quic6` | integers of at most 2 bytes, ports |
//! | `client` | `client` | a list of two or three texts |
//!
//! Each getter says `Ok(None)` for an absent entry and [`FieldError`] for one that is there but malformed, too short or
//! too long. Each `add_…` puts the entry into a record being built. Whoever only wants what is good writes `.ok().flatten()`:
//! one bad entry spoils no other.
//!
//! A record from the wire with malformed `ip`, `udp` or `tcp` entries of either family never gets here: it is refused as
//! a whole when it is parsed.

mod attnets;
mod cgc;
mod client;
mod eth2;
mod ip;
mod nfd;
mod quic;
mod syncnets;
mod tcp;
mod udp;

use bytes::Bytes;

use crate::Record;

pub use attnets::{add_attnets, attnets};
pub use cgc::{add_custody_group_count, custody_group_count};
pub use client::{Client, add_client, client};
pub use eth2::{add_eth2, eth2};
pub use ip::{add_ip4, add_ip6, ip4, ip6};
pub use nfd::{add_next_fork_digest, next_fork_digest};
pub use quic::{add_quic4, add_quic6, quic4, quic6};
pub use syncnets::{add_syncnets, syncnets};
pub use tcp::{add_tcp4, add_tcp6, tcp4, tcp6};
pub use udp::{add_udp4, add_udp6, udp4, udp6};

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
    /// A byte string that ends too early.
    #[error("`{key}` has {actual} bytes instead of {expected}")]
    TooShort {
        /// The key of the entry.
        key: &'static str,
        /// Bytes it must have.
        expected: usize,
        /// Bytes it has.
        actual: usize,
    },
    /// A byte string or an integer with more bytes than there may be.
    #[error("`{key}` has {actual} bytes, more than {max}")]
    TooLong {
        /// The key of the entry.
        key: &'static str,
        /// Bytes it may have.
        max: usize,
        /// Bytes it has.
        actual: usize,
    },
    /// An integer with leading zeros.
    #[error("`{key}` is an integer with leading zeros")]
    LeadingZeros {
        /// The key of the entry.
        key: &'static str,
    },
    /// Not a list of so many texts, or one of them is not printable UTF-8.
    #[error("`{key}` is not a list of two or three printable texts")]
    NotTexts {
        /// The key of the entry.
        key: &'static str,
    },
}

impl FieldError {
    /// The key of the malformed entry.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        match self {
            Self::NotBytes { key }
            | Self::TooShort { key, .. }
            | Self::TooLong { key, .. }
            | Self::LeadingZeros { key }
            | Self::NotTexts { key } => key,
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
    let actual = bytes.len();
    <[u8; N]>::try_from(bytes.as_ref()).map(Some).map_err(|_| {
        if actual < N {
            FieldError::TooShort { key, expected: N, actual }
        } else {
            FieldError::TooLong { key, max: N, actual }
        }
    })
}

/// A big-endian integer without leading zeros, of at most `max` bytes; eight are the most this can read.
fn integer(record: &Record, key: &'static str, max: usize) -> Result<Option<u64>, FieldError> {
    let Some(bytes) = bytes(record, key)? else {
        return Ok(None);
    };
    if bytes.len() > max {
        return Err(FieldError::TooLong { key, max, actual: bytes.len() });
    }
    if bytes.first() == Some(&0) {
        return Err(FieldError::LeadingZeros { key });
    }
    Ok(Some(bytes.iter().fold(0, |value, byte| value << 8 | u64::from(*byte))))
}

/// A port. Zero is a port here; nobody can be reached there.
fn port(record: &Record, key: &'static str) -> Result<Option<u16>, FieldError> {
    // Two bytes always fit.
    Ok(integer(record, key, 2)?.and_then(|port| u16::try_from(port).ok()))
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
        assert_eq!(eth2(&short), Err(FieldError::TooShort { key: "eth2", expected: 16, actual: 3 }));
        let mut long = vec![0x91];
        long.extend([7; 17]);
        let long = record_with("eth2", &long);
        assert_eq!(eth2(&long), Err(FieldError::TooLong { key: "eth2", max: 16, actual: 17 }));
        assert_eq!(eth2(&long).unwrap_err().to_string(), "`eth2` has 17 bytes, more than 16");
        assert_eq!(eth2(&short).unwrap_err().to_string(), "`eth2` has 3 bytes instead of 16");
    }

    #[test]
    fn a_bad_entry_spoils_no_other() {
        let record = built(|builder| {
            builder.add_value_rlp("eth2", Bytes::from_static(&[0xc0]));
            builder.add_value_rlp("unheard-of", Bytes::from_static(&[0xc2, 1, 2]));
            add_custody_group_count(builder, 8);
        });
        assert!(eth2(&record).is_err());
        assert_eq!(custody_group_count(&record), Ok(Some(8)));
        // And the record as a whole is good, also from its text.
        assert_eq!(crate::parse(&record.to_base64()).unwrap(), record);
    }
}
