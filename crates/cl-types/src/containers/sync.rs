//! Sync committees and their messages (Altair).

use ssz_types::{BitVector, FixedVector};

use crate::container::container;
use crate::containers::basic::{BLSPubkey, BLSSignature, ValidatorIndex};
use crate::containers::signed::Signed;
use crate::preset::Preset;
use crate::primitives::{Root, Slot};

/// `SyncCommittee`: 24,624 bytes (minimal preset 1584).
///
/// See `altair/beacon-chain.md`, "SyncCommittee".
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SyncCommittee<P: Preset> {
    /// Keys of the members.
    pub pubkeys: FixedVector<BLSPubkey, P::SyncCommitteeSize>,
    /// Sum of the keys.
    pub aggregate_pubkey: BLSPubkey,
}

container!([P: Preset] SyncCommittee<P> { pubkeys, aggregate_pubkey });

/// `SyncAggregate`: 160 bytes (minimal preset 100).
///
/// See `altair/beacon-chain.md`, "SyncAggregate".
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SyncAggregate<P: Preset> {
    /// Who signed.
    pub sync_committee_bits: BitVector<P::SyncCommitteeSize>,
    /// Aggregate of their signatures.
    pub sync_committee_signature: BLSSignature,
}

container!([P: Preset] SyncAggregate<P> { sync_committee_bits, sync_committee_signature });

/// `SyncCommitteeMessage`: 144 bytes. One member's signature over a head.
///
/// See `altair/validator.md`, "SyncCommitteeMessage".
#[derive(Clone, Default, PartialEq, Eq)]
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

container!(SyncCommitteeMessage { slot, beacon_block_root, validator_index, signature });

/// `SyncCommitteeContribution`: 160 bytes (minimal preset 145). Signatures of one subcommittee.
///
/// See `altair/validator.md`, "SyncCommitteeContribution".
#[derive(Clone, Default, PartialEq, Eq)]
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

container!([P: Preset] SyncCommitteeContribution<P> { slot, beacon_block_root, subcommittee_index, aggregation_bits, signature });

/// `ContributionAndProof`: 264 bytes (minimal preset 249).
///
/// See `altair/validator.md`, "ContributionAndProof".
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ContributionAndProof<P: Preset> {
    /// The aggregator.
    pub aggregator_index: ValidatorIndex,
    /// What it aggregated.
    pub contribution: SyncCommitteeContribution<P>,
    /// Why it may aggregate.
    pub selection_proof: BLSSignature,
}

container!([P: Preset] ContributionAndProof<P> { aggregator_index, contribution, selection_proof });

/// `SignedContributionAndProof`: 360 bytes (minimal preset 345).
///
/// See `altair/validator.md`, "SignedContributionAndProof".
pub type SignedContributionAndProof<P> = Signed<ContributionAndProof<P>>;
