//! Requests that have several fields, or are lists (`p2p-interface.md` of the forks, "Messages").
//!
//! Their content is as the peer says; what makes sense is for whoever answers.

use ssz::BitVector;
use ssz_types::VariableList;
use typenum::{Sum, U16, U128, U1024};

use super::deneb::BlobIdentifier;
use super::fulu::DataColumnsByRootIdentifier;
use crate::container::container;
use crate::primitives::{Root, Slot};

/// `BeaconBlocksByRange` request, 24 bytes: the slots from `start_slot` on, `count` of them.
///
/// See `phase0/p2p-interface.md`, "BeaconBlocksByRange v1".
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct BlocksByRangeRequest {
    /// The first slot.
    pub start_slot: Slot,
    /// How many slots.
    pub count: u64,
    /// Deprecated: must be 1. A responder may treat other values as 1.
    pub step: u64,
}

container!(BlocksByRangeRequest { start_slot, count, step });

impl BlocksByRangeRequest {
    /// A request for these slots.
    #[must_use]
    pub const fn new(start_slot: Slot, count: u64) -> Self {
        Self { start_slot, count, step: 1 }
    }
}

/// `BeaconBlocksByRoot` request since Deneb: at most 128 roots, 32 bytes each, with nothing around them.
///
/// See `phase0/p2p-interface.md`, "BeaconBlocksByRoot v1", and `deneb/p2p-interface.md`, "BeaconBlocksByRoot v2".
pub type BlocksByRootRequest = VariableList<Root, U128>;

/// `BeaconBlocksByHead` request, 40 bytes: a block and those before it, `count` in all.
///
/// See `fulu/p2p-interface.md`, "BeaconBlocksByHead v1".
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct BlocksByHeadRequest {
    /// The newest block.
    pub beacon_root: Root,
    /// How many blocks.
    pub count: u64,
}

container!(BlocksByHeadRequest { beacon_root, count });

/// `BlobSidecarsByRange` request, 16 bytes: the slots from `start_slot` on, `count` of them.
///
/// See `deneb/p2p-interface.md`, "BlobSidecarsByRange v1".
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct BlobsByRangeRequest {
    /// The first slot.
    pub start_slot: Slot,
    /// How many slots.
    pub count: u64,
}

container!(BlobsByRangeRequest { start_slot, count });

/// `BlobSidecarsByRoot` request since Electra: at most 1152 identifiers, 40 bytes each.
///
/// See `electra/p2p-interface.md`, "BlobSidecarsByRoot v1".
pub type BlobsByRootRequest = VariableList<BlobIdentifier, Sum<U1024, U128>>;

/// `DataColumnSidecarsByRange` request, 20 to 1044 bytes: columns of the slots from `start_slot` on, `count` of them.
///
/// See `fulu/p2p-interface.md`, "DataColumnSidecarsByRange v1".
#[derive(Clone, PartialEq, Eq)]
pub struct ColumnsByRangeRequest {
    /// The first slot.
    pub start_slot: Slot,
    /// How many slots.
    pub count: u64,
    /// The columns, at most 128.
    pub columns: VariableList<u64, U128>,
}

container!(ColumnsByRangeRequest { start_slot, count, columns });

/// `DataColumnSidecarsByRoot` request: at most 128 identifiers, each an offset of 4 bytes and 36 to 1060 bytes.
///
/// See `fulu/p2p-interface.md`, "DataColumnSidecarsByRoot v1".
pub type ColumnsByRootRequest = VariableList<DataColumnsByRootIdentifier, U128>;

/// `LightClientUpdatesByRange` request, 16 bytes: the sync committee periods from `start_period` on, `count` of them.
///
/// See `altair/light-client/p2p-interface.md`, "LightClientUpdatesByRange".
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct LightClientUpdatesByRangeRequest {
    /// The first period.
    pub start_period: u64,
    /// How many periods.
    pub count: u64,
}

container!(LightClientUpdatesByRangeRequest { start_period, count });

/// `ExecutionPayloadEnvelopesByRange` request, 16 bytes: the slots from `start_slot` on, `count` of them.
///
/// See `gloas/p2p-interface.md`, "ExecutionPayloadEnvelopesByRange v1".
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct EnvelopesByRangeRequest {
    /// The first slot.
    pub start_slot: Slot,
    /// How many slots.
    pub count: u64,
}

container!(EnvelopesByRangeRequest { start_slot, count });

/// `ExecutionPayloadEnvelopesByRoot` request: at most 128 roots of blocks, 32 bytes each.
///
/// See `gloas/p2p-interface.md`, "ExecutionPayloadEnvelopesByRoot v1".
pub type EnvelopesByRootRequest = VariableList<Root, U128>;

/// `InclusionListsByIndices` request, 42 bytes: lists of a slot by the places of their authors.
///
/// See `heze/p2p-interface.md`, "InclusionListsByIndices v1".
#[derive(Clone, PartialEq, Eq)]
pub struct InclusionListsByIndicesRequest {
    /// The slot.
    pub slot: Slot,
    /// The block that decides who is a member.
    pub dependent_root: Root,
    /// Places in the inclusion list committee.
    pub indices: BitVector<U16>,
}

container!(InclusionListsByIndicesRequest { slot, dependent_root, indices });
