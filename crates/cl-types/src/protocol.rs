//! What travels on request/response: protocol ids, the forks they live in, the size of what they carry.
//!
//! [`catalogue`] has every protocol of the specification, all that is known of one in its row; [`Protocol`] names them.

mod object;
mod table;

use std::fmt;
use std::ops::RangeInclusive;

use crate::fork::ForkName;
use crate::limits::MAX_PAYLOAD_SIZE;
use crate::preset::PresetId;

pub use object::Object;
pub use table::{Context, Row, catalogue};

/// A request/response method. Its versions are [`Protocol`]s.
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
    /// A block and those before it, newest first.
    BlocksByHead,
    /// Blob sidecars of consecutive slots.
    BlobsByRange,
    /// Blob sidecars by block root and index.
    BlobsByRoot,
    /// Column sidecars of consecutive slots.
    ColumnsByRange,
    /// Column sidecars by block root and index.
    ColumnsByRoot,
    /// Where a light client starts: the sync committee of a block.
    LightClientBootstrap,
    /// The best update of consecutive sync committee periods.
    LightClientUpdatesByRange,
    /// The newest finalized header with its signatures.
    LightClientFinalityUpdate,
    /// The newest signed header.
    LightClientOptimisticUpdate,
    /// Execution payload envelopes of consecutive slots.
    EnvelopesByRange,
    /// Execution payload envelopes by the roots of their blocks.
    EnvelopesByRoot,
    /// Inclusion lists of a slot by committee position.
    InclusionListsByIndices,
}

impl Method {
    /// The name as it stands in protocol ids.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        catalogue().find(|row| row.method == self).map_or("", |row| row.name)
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
    /// `beacon_blocks_by_head/1`
    BlocksByHeadV1,
    /// `blob_sidecars_by_range/1`
    BlobsByRangeV1,
    /// `blob_sidecars_by_root/1`
    BlobsByRootV1,
    /// `data_column_sidecars_by_range/1`
    ColumnsByRangeV1,
    /// `data_column_sidecars_by_root/1`
    ColumnsByRootV1,
    /// `light_client_bootstrap/1`
    LightClientBootstrapV1,
    /// `light_client_updates_by_range/1`
    LightClientUpdatesByRangeV1,
    /// `light_client_finality_update/1`
    LightClientFinalityUpdateV1,
    /// `light_client_optimistic_update/1`
    LightClientOptimisticUpdateV1,
    /// `execution_payload_envelopes_by_range/1`
    EnvelopesByRangeV1,
    /// `execution_payload_envelopes_by_root/1`
    EnvelopesByRootV1,
    /// `inclusion_lists_by_indices/1`
    InclusionListsByIndicesV1,
}

/// `MAX_REQUEST_BLOCKS_DENEB`: most blocks in one response from Deneb on, whatever range was asked for.
pub const MAX_REQUEST_BLOCKS_DENEB: u64 = 128;
/// `MAX_CONCURRENT_REQUESTS`: most streams open at a time per protocol id and peer.
pub const MAX_CONCURRENT_REQUESTS: usize = 2;

impl Protocol {
    /// Every protocol, methods together, newest version first.
    pub fn all() -> impl Iterator<Item = Self> {
        catalogue().map(|row| row.protocol)
    }

    /// The protocols of a method, newest version first: the order in which a requester offers them.
    pub fn of(method: Method) -> impl Iterator<Item = Self> {
        catalogue().filter(move |row| row.method == method).map(|row| row.protocol)
    }

    /// The protocol with this id.
    #[must_use]
    pub fn by_id(id: &str) -> Option<Self> {
        catalogue().find(|row| row.id == id).map(|row| row.protocol)
    }

    /// Its row in the table.
    #[must_use]
    pub fn row(self) -> &'static Row {
        table::row_of(self)
    }

    /// The full protocol id, as negotiated.
    #[must_use]
    pub fn id(self) -> &'static str {
        self.row().id
    }

    /// The method it belongs to.
    #[must_use]
    pub fn method(self) -> Method {
        self.row().method
    }

    /// The first fork that has it. Nothing forbids to offer it before.
    #[must_use]
    pub fn since(self) -> ForkName {
        self.row().since
    }

    /// The last fork that has it.
    #[must_use]
    pub fn until(self) -> ForkName {
        self.row().until
    }

    /// Bytes of the request's SSZ, both ends included. `0..=0`: the request is empty and has no length prefix either.
    #[must_use]
    pub fn request_bounds(self) -> RangeInclusive<usize> {
        let (min, max) = self.row().request_bytes;
        min..=max
    }

    /// True if success chunks carry the fork digest of their object.
    #[must_use]
    pub fn has_context(self) -> bool {
        self.row().context.is_some()
    }

    /// Most chunks that any response of this protocol may have.
    #[must_use]
    pub fn max_chunks(self) -> u64 {
        self.row().max_chunks
    }

    /// Bytes of a success chunk's SSZ, both ends included. `fork` is the one of the context bytes; without them it does
    /// not matter. `max_blobs` is the most blobs that a block of the era may have.
    #[must_use]
    pub fn response_bounds(self, fork: ForkName, preset: PresetId, max_blobs: u64) -> RangeInclusive<usize> {
        let row = self.row();
        // Objects without context can only be of the forks that the protocol has.
        let fork = if row.context.is_some() { fork } else { fork.min(row.until) };
        row.response.bounds(fork, preset, max_blobs)
    }

    /// True if `ResourceUnavailable` is a legal answer: wherever something is asked for that a peer may not have.
    #[must_use]
    pub fn may_be_unavailable(self) -> bool {
        !matches!(self.method(), Method::Status | Method::Goodbye | Method::Ping | Method::MetaData)
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
