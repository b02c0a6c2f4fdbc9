//! Sync committee messages.

use ssz_types::BitVector;

use super::basic::{BLSSignature, ValidatorIndex};
use crate::preset::Preset;
use crate::primitives::{Root, Slot};

/// `SyncAggregate`: 160 bytes (minimal preset 100).
#[derive(Clone, Debug, Default, PartialEq, Eq, ssz_derive::Encode, ssz_derive::Decode, tree_hash_derive::TreeHash)]
pub struct SyncAggregate<P: Preset> {
    /// Who signed.
    pub sync_committee_bits: BitVector<P::SyncCommitteeSize>,
    /// Aggregate of their signatures.
    pub sync_committee_signature: BLSSignature,
}

/// `SyncCommitteeMessage`: 144 bytes. One member's signature over a head.
#[derive(Clone, Debug, Default, PartialEq, Eq, ssz_derive::Encode, ssz_derive::Decode, tree_hash_derive::TreeHash)]
pub struct SyncCommitteeMessage {
    /// The slot.
    pub slot: Slot,
    /// The head.
    pub beacon_block_root: Root,
    /// The member.
    pub validator_index: ValidatorIndex,
    /// Its signature.
    pub signature: BLSSignature,
}

/// `SyncCommitteeContribution`: 160 bytes (minimal preset 145). Signatures of one subcommittee.
#[derive(Clone, Debug, Default, PartialEq, Eq, ssz_derive::Encode, ssz_derive::Decode, tree_hash_derive::TreeHash)]
pub struct SyncCommitteeContribution<P: Preset> {
    /// The slot.
    pub slot: Slot,
    /// The head.
    pub beacon_block_root: Root,
    /// The subcommittee, 0 to 3.
    pub subcommittee_index: u64,
    /// Who signed.
    pub aggregation_bits: BitVector<P::SyncSubcommitteeSize>,
    /// Aggregate of their signatures.
    pub signature: BLSSignature,
}

/// `ContributionAndProof`: 264 bytes (minimal preset 249).
#[derive(Clone, Debug, Default, PartialEq, Eq, ssz_derive::Encode, ssz_derive::Decode, tree_hash_derive::TreeHash)]
pub struct ContributionAndProof<P: Preset> {
    /// The aggregator.
    pub aggregator_index: ValidatorIndex,
    /// What it aggregated.
    pub contribution: SyncCommitteeContribution<P>,
    /// Why it may aggregate.
    pub selection_proof: BLSSignature,
}

/// `SignedContributionAndProof`: 360 bytes (minimal preset 345).
#[derive(Clone, Debug, Default, PartialEq, Eq, ssz_derive::Encode, ssz_derive::Decode, tree_hash_derive::TreeHash)]
pub struct SignedContributionAndProof<P: Preset> {
    /// What is signed.
    pub message: ContributionAndProof<P>,
    /// The aggregator's signature.
    pub signature: BLSSignature,
}
