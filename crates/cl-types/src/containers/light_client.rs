//! Light client updates of Electra and Fulu that travel on gossip.

use ssz_types::FixedVector;
use typenum::{U4, U7};

use super::basic::Bytes32;
use super::block::BeaconBlockHeader;
use super::execution::ExecutionPayloadHeader;
use super::sync::SyncAggregate;
use crate::preset::Preset;
use crate::primitives::Slot;

/// `LightClientHeader`, Deneb to Fulu.
#[derive(Clone, Debug, Default, PartialEq, Eq, ssz_derive::Encode, ssz_derive::Decode, tree_hash_derive::TreeHash)]
pub struct LightClientHeader {
    /// The block's header.
    pub beacon: BeaconBlockHeader,
    /// The header of its payload.
    pub execution: ExecutionPayloadHeader,
    /// Branch from the latter to the body root of the former.
    pub execution_branch: FixedVector<Bytes32, U4>,
}

/// `LightClientFinalityUpdate` of Electra and Fulu.
#[derive(Clone, Debug, Default, PartialEq, Eq, ssz_derive::Encode, ssz_derive::Decode, tree_hash_derive::TreeHash)]
pub struct LightClientFinalityUpdate<P: Preset> {
    /// The header that the sync committee signed.
    pub attested_header: LightClientHeader,
    /// The newest finalized header.
    pub finalized_header: LightClientHeader,
    /// Branch from the latter to the state root of the former.
    pub finality_branch: FixedVector<Bytes32, U7>,
    /// The signatures.
    pub sync_aggregate: SyncAggregate<P>,
    /// Slot of the signatures.
    pub signature_slot: Slot,
}

/// `LightClientOptimisticUpdate` of Electra and Fulu.
#[derive(Clone, Debug, Default, PartialEq, Eq, ssz_derive::Encode, ssz_derive::Decode, tree_hash_derive::TreeHash)]
pub struct LightClientOptimisticUpdate<P: Preset> {
    /// The header that the sync committee signed.
    pub attested_header: LightClientHeader,
    /// The signatures.
    pub sync_aggregate: SyncAggregate<P>,
    /// Slot of the signatures.
    pub signature_slot: Slot,
}
