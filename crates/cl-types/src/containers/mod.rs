//! SSZ containers of every fork.
//!
//! A container has the name of the specification; the module says the fork: [`electra::Attestation`] and
//! [`gloas::Attestation`] are two types, [`fulu::Attestation`] is the former under another name. The names directly in
//! this module are those of Fulu, and the handshake and the requests, which belong to no fork. [`any`] has an enum over
//! all forks for what travels in several layouts; [`generic`] the frames that forks fill with their own parts.
//!
//! | family | file |
//! | --- | --- |
//! | votes | `attestation`, `payload_attestation`, `sync` |
//! | blocks | `block`, `operations`, `execution`, `execution_requests`, `builder`, `inclusion_list` |
//! | blobs | `blob`, `column`, `partial_column` |
//! | light clients | `light_client` |
//! | states | `state`, `signing` |
//! | peers | `handshake`, `requests` |
//!
//! Containers are generic over [`Preset`](crate::Preset) only where a size differs between presets. Decoding is strict:
//! wrong offsets, trailing bytes, lists over their limit and stray bits are errors.
//!
//! The documentation of a container says how many bytes its SSZ has, in the mainnet preset if nothing else is said, and
//! names the section of the specification that defines it: "See `phase0/beacon-chain.md`" is the file of that name in
//! the consensus specifications, version 1.7.0-beta.4. Amounts are in Gwei (10^-9 ether), times in slots, epochs or
//! seconds since the Unix epoch, as the fields' types and texts say. A list with a limit has it in its type;
//! where the limit is left to rules outside of the type, the text says the rules.

pub mod any;
mod attestation;
mod basic;
mod blob;
mod block;
mod block_facts;
mod builder;
mod column;
mod execution;
mod execution_requests;
mod forks;
mod handshake;
mod inclusion_list;
mod light_client;
mod operations;
mod partial_column;
mod payload_attestation;
mod requests;
mod sidecar_proofs;
mod signed;
mod signing;
mod state;
mod structure;
mod sync;

pub use basic::{
    BLSPubkey, BLSSignature, Blob, BlobKZGCommitments, BuilderIndex, Bytes32, Cell, DataColumn, ExecutionAddress,
    ExtraData, Gwei, Hash32, KZGCommitment, KZGProof, KZGProofs, LogsBloom, Transaction, Transactions, ValidatorIndex,
};
pub use block_facts::{BlockFacts, block_slot_and_parent, signed_block_root};
pub use forks::{altair, bellatrix, capella, deneb, electra, fulu, gloas, heze, phase0};
pub use fulu::*;
pub use handshake::{Attnets, MetaData, MetaDataV1, MetaDataV2, MetaDataV3, Status, StatusV1, StatusV2, Syncnets};
pub use requests::{
    BlobsByRangeRequest, BlobsByRootRequest, BlocksByHeadRequest, BlocksByRangeRequest, BlocksByRootRequest,
    ColumnsByRangeRequest, ColumnsByRootRequest, EnvelopesByRangeRequest, EnvelopesByRootRequest,
    InclusionListsByIndicesRequest, LightClientUpdatesByRangeRequest,
};
pub use structure::{FirstSeen, GossipFacts, NotStructured, decodes};

/// Frames around what changes with the fork.
pub mod generic {
    pub use super::attestation::{AggregateAndProof, AttesterSlashing};
    pub use super::block::BeaconBlock;
    pub use super::light_client::{
        LightClientBootstrap, LightClientFinalityUpdate, LightClientOptimisticUpdate, LightClientUpdate,
    };
    pub use super::signed::Signed;
}

use std::ops::RangeInclusive;

use crate::fork::ForkName;
use crate::preset::PresetId;
use crate::topic::{TopicKind, bounds};

/// Bytes of a `SignedBeaconBlock` of a fork, both ends included.
#[must_use]
pub fn block_bounds(fork: ForkName, preset: PresetId) -> RangeInclusive<usize> {
    bounds::of(TopicKind::BeaconBlock, fork, preset, 0)
}
