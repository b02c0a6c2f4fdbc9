//! SSZ containers.
//!
//! Blocks, votes and columns are those of Electra and Fulu, which have the same layouts; the handshake is the same in
//! all forks. Containers are generic over [`Preset`](crate::Preset) only where a size differs between presets. Decoding
//! is strict: wrong offsets, trailing bytes, lists over their limit and stray bits are errors.

mod attestation;
mod basic;
mod block;
mod block_facts;
mod column;
mod execution;
mod handshake;
mod light_client;
mod merkle;
mod operations;
mod requests;
mod structure;
mod sync;

pub use attestation::{
    AggregateAndProof, Attestation, AttestationData, Checkpoint, IndexedAttestation, SignedAggregateAndProof,
    SingleAttestation,
};
pub use basic::{
    BLSPubkey, BLSSignature, BlobKZGCommitments, Bytes32, Cell, DataColumn, ExecutionAddress, Gwei, Hash32,
    KZGCommitment, KZGProof, KZGProofs, ValidatorIndex,
};
pub use block::{BeaconBlock, BeaconBlockBody, BeaconBlockHeader, SignedBeaconBlock, SignedBeaconBlockHeader};
pub use block_facts::{BlockFacts, block_slot_and_parent, signed_block_root};
pub use column::{DataColumnSidecar, DataColumnsByRootIdentifier};
pub use execution::{
    ConsolidationRequest, DepositRequest, ExecutionPayload, ExecutionPayloadHeader, ExecutionRequests, ExtraData,
    LogsBloom, Transaction, Transactions, Withdrawal, WithdrawalRequest,
};
pub use handshake::{Attnets, MetaData, MetaDataV1, MetaDataV2, MetaDataV3, Status, StatusV1, StatusV2, Syncnets};
pub use light_client::{LightClientFinalityUpdate, LightClientHeader, LightClientOptimisticUpdate};
pub use operations::{
    AttesterSlashing, BLSToExecutionChange, Deposit, DepositData, Eth1Data, ProposerSlashing,
    SignedBLSToExecutionChange, SignedVoluntaryExit, VoluntaryExit,
};
pub use requests::{BlocksByRangeRequest, BlocksByRootRequest};
pub use structure::{FirstSeen, GossipFacts, NotStructured, decodes};
pub use sync::{
    ContributionAndProof, SignedContributionAndProof, SyncAggregate, SyncCommitteeContribution, SyncCommitteeMessage,
};

use std::ops::RangeInclusive;

use crate::fork::ForkName;
use crate::preset::PresetId;
use crate::topic::{TopicKind, bounds};

/// Bytes of a `SignedBeaconBlock` of a fork, both ends included.
#[must_use]
pub fn block_bounds(fork: ForkName, preset: PresetId) -> RangeInclusive<usize> {
    bounds::of(TopicKind::BeaconBlock, fork, preset, 0)
}
