//! What travels on request/response: protocol ids, the forks they live in, the size of what they carry.
//!
//! [`catalogue`] has every protocol of the specification; [`Protocol`] names those that this workspace speaks.

mod table;

use std::fmt;
use std::ops::RangeInclusive;

use crate::fork::ForkName;
use crate::limits::MAX_PAYLOAD_SIZE;
use crate::preset::PresetId;

pub use table::{Context, Row, catalogue};

/// A request/response method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Method {
    /// What a peer says of its chain.
    Status,
    /// Why a peer leaves.
    Goodbye,
    /// A sign of life that carries the metadata counter.
    Ping,
    /// Subnets and custody of a peer.
    MetaData,
    /// Blocks of consecutive slots.
    BlocksByRange,
    /// Blocks by their roots.
    BlocksByRoot,
}

impl Method {
    /// The name as it stands in protocol ids.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Goodbye => "goodbye",
            Self::Ping => "ping",
            Self::MetaData => "metadata",
            Self::BlocksByRange => "beacon_blocks_by_range",
            Self::BlocksByRoot => "beacon_blocks_by_root",
        }
    }
}

/// A method with its version: one protocol id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Protocol {
    /// `status/1`
    StatusV1,
    /// `status/2`
    StatusV2,
    /// `goodbye/1`
    GoodbyeV1,
    /// `ping/1`
    PingV1,
    /// `metadata/1`
    MetaDataV1,
    /// `metadata/2`
    MetaDataV2,
    /// `metadata/3`
    MetaDataV3,
    /// `beacon_blocks_by_range/1`: blocks of phase0 alone, without context bytes
    BlocksByRangeV1,
    /// `beacon_blocks_by_range/2`
    BlocksByRangeV2,
    /// `beacon_blocks_by_root/1`: blocks of phase0 alone, without context bytes
    BlocksByRootV1,
    /// `beacon_blocks_by_root/2`
    BlocksByRootV2,
}

/// `MAX_REQUEST_BLOCKS_DENEB`: most blocks in one response from Deneb on, whatever range was asked for.
pub const MAX_REQUEST_BLOCKS_DENEB: u64 = 128;
/// `MAX_CONCURRENT_REQUESTS`: most streams open at a time per protocol id and peer.
pub const MAX_CONCURRENT_REQUESTS: usize = 2;

impl Protocol {
    /// Every protocol that is spoken here, methods together, newest version first.
    pub fn all() -> impl Iterator<Item = Self> {
        catalogue().filter_map(|row| row.protocol)
    }

    /// The protocols of a method, newest version first: the order in which a requester offers them.
    pub fn of(method: Method) -> impl Iterator<Item = Self> {
        Self::all().filter(move |protocol| protocol.method() == method)
    }

    /// The protocol with this id.
    #[must_use]
    pub fn by_id(id: &str) -> Option<Self> {
        catalogue().find(|row| row.id == id).and_then(|row| row.protocol)
    }

    /// The full protocol id, as negotiated.
    #[must_use]
    pub fn id(self) -> &'static str {
        self.find(|row| row.id).unwrap_or_default()
    }

    /// The method it belongs to.
    #[must_use]
    pub const fn method(self) -> Method {
        match self {
            Self::StatusV1 | Self::StatusV2 => Method::Status,
            Self::GoodbyeV1 => Method::Goodbye,
            Self::PingV1 => Method::Ping,
            Self::MetaDataV1 | Self::MetaDataV2 | Self::MetaDataV3 => Method::MetaData,
            Self::BlocksByRangeV1 | Self::BlocksByRangeV2 => Method::BlocksByRange,
            Self::BlocksByRootV1 | Self::BlocksByRootV2 => Method::BlocksByRoot,
        }
    }

    /// The first fork that has it. Nothing forbids to offer it before.
    #[must_use]
    pub fn since(self) -> ForkName {
        self.find(|row| row.since).unwrap_or(ForkName::Phase0)
    }

    /// Bytes of the request's SSZ, both ends included. `0..=0`: the request is empty and has no length prefix either.
    #[must_use]
    pub fn request_bounds(self) -> RangeInclusive<usize> {
        let (min, max) = self.find(|row| row.request_bytes).unwrap_or_default();
        min..=max
    }

    /// True if success chunks carry the fork digest of their object.
    #[must_use]
    pub fn has_context(self) -> bool {
        self.find(|row| row.context.is_some()).unwrap_or_default()
    }

    /// Most chunks that any response of this protocol may have.
    #[must_use]
    pub fn max_chunks(self) -> u64 {
        self.find(|row| row.max_chunks).unwrap_or_default()
    }

    /// Bytes of a success chunk's SSZ, both ends included. `fork` is the one of the context bytes, where there are any.
    #[must_use]
    pub fn response_bounds(self, fork: ForkName, preset: PresetId) -> RangeInclusive<usize> {
        match self {
            Self::StatusV1 => 84..=84,
            Self::StatusV2 => 92..=92,
            Self::GoodbyeV1 | Self::PingV1 => 8..=8,
            Self::MetaDataV1 => 16..=16,
            Self::MetaDataV2 => 17..=17,
            Self::MetaDataV3 => 25..=25,
            Self::BlocksByRangeV1 | Self::BlocksByRootV1 => crate::containers::block_bounds(ForkName::Phase0, preset),
            Self::BlocksByRangeV2 | Self::BlocksByRootV2 => crate::containers::block_bounds(fork, preset),
        }
    }

    /// True if `ResourceUnavailable` is a legal answer.
    #[must_use]
    pub const fn may_be_unavailable(self) -> bool {
        matches!(self.method(), Method::BlocksByRange | Method::BlocksByRoot)
    }

    fn find<T>(self, get: impl FnOnce(&'static Row) -> T) -> Option<T> {
        catalogue().find(|row| row.protocol == Some(self)).map(get)
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// The largest SSZ that any chunk may announce.
pub const MAX_CHUNK_SIZE: usize = MAX_PAYLOAD_SIZE;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_protocol_is_found_by_its_id_and_method() {
        for protocol in Protocol::all() {
            assert_eq!(Protocol::by_id(protocol.id()), Some(protocol));
            assert!(Protocol::of(protocol.method()).any(|p| p == protocol));
        }
        assert_eq!(Protocol::of(Method::Status).collect::<Vec<_>>(), [Protocol::StatusV2, Protocol::StatusV1]);
    }
}
