//! Votes: attestations since Electra, alone and aggregated.

use ssz_types::{BitList, BitVector, VariableList};

use super::basic::{BLSSignature, ValidatorIndex};
use crate::preset::Preset;
use crate::primitives::{Epoch, Root, Slot};

/// `Checkpoint`: 40 bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, ssz_derive::Encode, ssz_derive::Decode, tree_hash_derive::TreeHash)]
pub struct Checkpoint {
    /// The epoch.
    pub epoch: Epoch,
    /// Root of the newest block at the epoch's first slot.
    pub root: Root,
}

/// `AttestationData`: 128 bytes. What is voted for.
#[derive(Clone, Debug, Default, PartialEq, Eq, ssz_derive::Encode, ssz_derive::Decode, tree_hash_derive::TreeHash)]
pub struct AttestationData {
    /// The slot.
    pub slot: Slot,
    /// The committee before Electra, 0 since.
    pub index: u64,
    /// The head.
    pub beacon_block_root: Root,
    /// Justified checkpoint.
    pub source: Checkpoint,
    /// Checkpoint to be justified.
    pub target: Checkpoint,
}

/// `Attestation` since Electra: the votes of several validators of one slot.
#[derive(Clone, Debug, PartialEq, Eq, ssz_derive::Encode, ssz_derive::Decode, tree_hash_derive::TreeHash)]
pub struct Attestation<P: Preset> {
    /// Who votes: one bit for each member of the chosen committees, one committee after the other.
    pub aggregation_bits: BitList<P::MaxValidatorsPerSlot>,
    /// The vote.
    pub data: AttestationData,
    /// Aggregate of their signatures.
    pub signature: BLSSignature,
    /// The chosen committees.
    pub committee_bits: BitVector<P::MaxCommitteesPerSlot>,
}

impl<P: Preset> Default for Attestation<P> {
    fn default() -> Self {
        #[expect(clippy::expect_used, reason = "no bits are within any limit")]
        let aggregation_bits = BitList::with_capacity(0).expect("no bits are within any limit");
        Self {
            aggregation_bits,
            data: AttestationData::default(),
            signature: BLSSignature::default(),
            committee_bits: BitVector::default(),
        }
    }
}

/// `SingleAttestation`: 240 bytes. One validator's vote, as it travels on attestation subnets since Electra.
#[derive(Clone, Debug, Default, PartialEq, Eq, ssz_derive::Encode, ssz_derive::Decode, tree_hash_derive::TreeHash)]
pub struct SingleAttestation {
    /// The validator's committee.
    pub committee_index: u64,
    /// The validator.
    pub attester_index: ValidatorIndex,
    /// The vote.
    pub data: AttestationData,
    /// The validator's signature.
    pub signature: BLSSignature,
}

/// `IndexedAttestation` since Electra: votes with their voters by number.
#[derive(Clone, Debug, Default, PartialEq, Eq, ssz_derive::Encode, ssz_derive::Decode, tree_hash_derive::TreeHash)]
pub struct IndexedAttestation<P: Preset> {
    /// The voters, ascending.
    pub attesting_indices: VariableList<ValidatorIndex, P::MaxValidatorsPerSlot>,
    /// The vote.
    pub data: AttestationData,
    /// Aggregate of their signatures.
    pub signature: BLSSignature,
}

/// `AggregateAndProof` since Electra.
#[derive(Clone, Debug, Default, PartialEq, Eq, ssz_derive::Encode, ssz_derive::Decode, tree_hash_derive::TreeHash)]
pub struct AggregateAndProof<P: Preset> {
    /// The aggregator.
    pub aggregator_index: ValidatorIndex,
    /// What it aggregated.
    pub aggregate: Attestation<P>,
    /// Why it may aggregate.
    pub selection_proof: BLSSignature,
}

/// `SignedAggregateAndProof` since Electra.
#[derive(Clone, Debug, Default, PartialEq, Eq, ssz_derive::Encode, ssz_derive::Decode, tree_hash_derive::TreeHash)]
pub struct SignedAggregateAndProof<P: Preset> {
    /// What is signed.
    pub message: AggregateAndProof<P>,
    /// The aggregator's signature.
    pub signature: BLSSignature,
}
