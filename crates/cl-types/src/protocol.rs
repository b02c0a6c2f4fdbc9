//! What travels on request/response: protocol ids, the forks they live in, the size of what they carry.

use std::fmt;
use std::ops::RangeInclusive;

use crate::fork::ForkName;
use crate::limits::MAX_PAYLOAD_SIZE;
use crate::preset::PresetId;

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
    /// `metadata/2`
    MetaDataV2,
    /// `metadata/3`
    MetaDataV3,
    /// `beacon_blocks_by_range/2`
    BlocksByRangeV2,
    /// `beacon_blocks_by_root/2`
    BlocksByRootV2,
}

/// One row of the protocol table.
struct Row {
    protocol: Protocol,
    method: Method,
    id: &'static str,
    /// Bytes of the request's SSZ, both ends included. Zero means that nothing is written at all.
    request: (usize, usize),
    /// True if success chunks carry four context bytes.
    context: bool,
    /// Most chunks of any response.
    chunks: u64,
}

/// `MAX_REQUEST_BLOCKS_DENEB`: most blocks in one response from Deneb on, whatever range was asked for.
pub const MAX_REQUEST_BLOCKS_DENEB: u64 = 128;
/// Bytes of as many roots.
const ROOTS_BYTES: usize = 32 * 128;
/// `MAX_CONCURRENT_REQUESTS`: most streams open at a time per protocol id and peer.
pub const MAX_CONCURRENT_REQUESTS: usize = 2;

const fn row(
    protocol: Protocol,
    method: Method,
    id: &'static str,
    request: (usize, usize),
    context: bool,
    chunks: u64,
) -> Row {
    Row {
        protocol,
        method,
        id,
        request,
        context,
        chunks,
    }
}

/// Every protocol. Versions of a method stand together, newest first: the order in which they are offered.
const TABLE: [Row; 8] = [
    row(
        Protocol::StatusV2,
        Method::Status,
        "/eth2/beacon_chain/req/status/2/ssz_snappy",
        (92, 92),
        false,
        1,
    ),
    row(
        Protocol::StatusV1,
        Method::Status,
        "/eth2/beacon_chain/req/status/1/ssz_snappy",
        (84, 84),
        false,
        1,
    ),
    row(
        Protocol::GoodbyeV1,
        Method::Goodbye,
        "/eth2/beacon_chain/req/goodbye/1/ssz_snappy",
        (8, 8),
        false,
        1,
    ),
    row(
        Protocol::PingV1,
        Method::Ping,
        "/eth2/beacon_chain/req/ping/1/ssz_snappy",
        (8, 8),
        false,
        1,
    ),
    row(
        Protocol::MetaDataV3,
        Method::MetaData,
        "/eth2/beacon_chain/req/metadata/3/ssz_snappy",
        (0, 0),
        false,
        1,
    ),
    row(
        Protocol::MetaDataV2,
        Method::MetaData,
        "/eth2/beacon_chain/req/metadata/2/ssz_snappy",
        (0, 0),
        false,
        1,
    ),
    row(
        Protocol::BlocksByRangeV2,
        Method::BlocksByRange,
        "/eth2/beacon_chain/req/beacon_blocks_by_range/2/ssz_snappy",
        (24, 24),
        true,
        MAX_REQUEST_BLOCKS_DENEB,
    ),
    row(
        Protocol::BlocksByRootV2,
        Method::BlocksByRoot,
        "/eth2/beacon_chain/req/beacon_blocks_by_root/2/ssz_snappy",
        (0, ROOTS_BYTES),
        true,
        MAX_REQUEST_BLOCKS_DENEB,
    ),
];

impl Protocol {
    /// Every protocol, methods together, newest version first.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|row| row.protocol)
    }

    /// The protocols of a method, newest version first: the order in which a requester offers them.
    pub fn of(method: Method) -> impl Iterator<Item = Self> {
        TABLE
            .iter()
            .filter(move |row| row.method == method)
            .map(|row| row.protocol)
    }

    /// The protocol with this id.
    #[must_use]
    pub fn by_id(id: &str) -> Option<Self> {
        TABLE.iter().find(|row| row.id == id).map(|row| row.protocol)
    }

    /// The full protocol id, as negotiated.
    #[must_use]
    pub fn id(self) -> &'static str {
        self.find(|row| row.id).unwrap_or_default()
    }

    /// The method it belongs to.
    #[must_use]
    pub fn method(self) -> Method {
        self.find(|row| row.method).unwrap_or(Method::Status)
    }

    /// Bytes of the request's SSZ, both ends included. `0..=0`: the request is empty and has no length prefix either.
    #[must_use]
    pub fn request_bounds(self) -> RangeInclusive<usize> {
        let (min, max) = self.find(|row| row.request).unwrap_or_default();
        min..=max
    }

    /// True if success chunks carry the fork digest of their object.
    #[must_use]
    pub fn has_context(self) -> bool {
        self.find(|row| row.context).unwrap_or_default()
    }

    /// Most chunks that any response of this protocol may have.
    #[must_use]
    pub fn max_chunks(self) -> u64 {
        self.find(|row| row.chunks).unwrap_or_default()
    }

    /// Bytes of a success chunk's SSZ, both ends included. `fork` is the one of the context bytes, where there are any.
    #[must_use]
    pub fn response_bounds(self, fork: ForkName, preset: PresetId) -> RangeInclusive<usize> {
        match self {
            Self::StatusV1 => 84..=84,
            Self::StatusV2 => 92..=92,
            Self::GoodbyeV1 | Self::PingV1 => 8..=8,
            Self::MetaDataV2 => 17..=17,
            Self::MetaDataV3 => 25..=25,
            Self::BlocksByRangeV2 | Self::BlocksByRootV2 => crate::containers::block_bounds(fork, preset),
        }
    }

    /// True if `ResourceUnavailable` is a legal answer.
    #[must_use]
    pub const fn may_be_unavailable(self) -> bool {
        matches!(self, Self::BlocksByRangeV2 | Self::BlocksByRootV2)
    }

    fn find<T>(self, get: impl FnOnce(&'static Row) -> T) -> Option<T> {
        TABLE.iter().find(|row| row.protocol == self).map(get)
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
        assert_eq!(
            Protocol::of(Method::Status).collect::<Vec<_>>(),
            [Protocol::StatusV2, Protocol::StatusV1]
        );
    }
}
