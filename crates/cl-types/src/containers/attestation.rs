//! Votes: attestations, alone and aggregated, and pairs that contradict each other.
//!
//! Defined by `beacon-chain.md` and `validator.md` of phase0, changed by EIP-7549 (Electra) and EIP-7688 (Gloas).

use crate::container::container;
use crate::containers::basic::{BLSSignature, ValidatorIndex};
use crate::decode::Field;
use crate::primitives::{Epoch, Root, Slot};

/// `Checkpoint`: 40 bytes.
///
/// See `phase0/beacon-chain.md`, "Checkpoint".
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Checkpoint {
    /// The epoch.
    pub epoch: Epoch,
    /// Root of the newest block at the epoch's first slot.
    pub root: Root,
}

container!(Checkpoint { epoch, root });

/// `AttestationData`: 128 bytes. What is voted for.
///
/// See `phase0/beacon-chain.md`, "AttestationData".
#[derive(Clone, Default, PartialEq, Eq)]
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

container!(AttestationData { slot, index, beacon_block_root, source, target });

/// `SingleAttestation`: 240 bytes. One validator's vote, as it travels on attestation subnets since Electra.
///
/// See `electra/beacon-chain.md`, "SingleAttestation".
#[derive(Clone, Default, PartialEq, Eq)]
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

container!(SingleAttestation { committee_index, attester_index, data, signature });

/// `AggregateAndProof` over an attestation of any fork: 108 bytes and the attestation.
///
/// See `phase0/validator.md`, "AggregateAndProof".
#[derive(Clone, Default, PartialEq, Eq)]
pub struct AggregateAndProof<A> {
    /// The aggregator.
    pub aggregator_index: ValidatorIndex,
    /// What it aggregated.
    pub aggregate: A,
    /// Why it may aggregate.
    pub selection_proof: BLSSignature,
}

container!([A: Field + 'static] AggregateAndProof<A> { aggregator_index, aggregate, selection_proof });

/// `AttesterSlashing` over indexed attestations of any fork, 8 bytes and both: two votes that contradict each other.
///
/// See `phase0/beacon-chain.md`, "AttesterSlashing".
#[derive(Clone, Default, PartialEq, Eq)]
pub struct AttesterSlashing<I> {
    /// One.
    pub attestation_1: I,
    /// The other.
    pub attestation_2: I,
}

container!([I: Field + 'static] AttesterSlashing<I> { attestation_1, attestation_2 });

/// New or changed in Phase0.
pub(crate) mod phase0 {
    use ssz_types::{BitList, VariableList};
    use typenum::U2048;

    use crate::container::container;
    use crate::containers::attestation::AttestationData;
    use crate::containers::basic::{BLSSignature, ValidatorIndex, no_bits};
    use crate::containers::signed::Signed;

    /// `Attestation`, 229 to 485 bytes: votes of one committee.
    ///
    /// See `phase0/beacon-chain.md`, "Attestation".
    #[derive(Clone, PartialEq, Eq)]
    pub struct Attestation {
        /// Who votes: one bit for each member of the chosen committees, one committee after the other.
        pub aggregation_bits: BitList<U2048>,
        /// The vote.
        pub data: AttestationData,
        /// Aggregate of their signatures.
        pub signature: BLSSignature,
    }

    container!(Attestation { aggregation_bits, data, signature });

    impl Default for Attestation {
        fn default() -> Self {
            Self { aggregation_bits: no_bits(), data: Default::default(), signature: Default::default() }
        }
    }

    /// `IndexedAttestation`, 228 to 16,612 bytes: votes with their voters by number.
    ///
    /// See `phase0/beacon-chain.md`, "IndexedAttestation".
    #[derive(Clone, Default, PartialEq, Eq)]
    pub struct IndexedAttestation {
        /// The voters, ascending.
        pub attesting_indices: VariableList<ValidatorIndex, U2048>,
        /// The vote.
        pub data: AttestationData,
        /// Aggregate of their signatures.
        pub signature: BLSSignature,
    }

    container!(IndexedAttestation { attesting_indices, data, signature });

    /// `AggregateAndProof`, 337 to 593 bytes: an aggregate and the proof that its sender may aggregate.
    ///
    /// See `phase0/validator.md`, "AggregateAndProof".
    pub type AggregateAndProof = super::AggregateAndProof<Attestation>;
    /// `SignedAggregateAndProof`, 437 to 693 bytes.
    ///
    /// See `phase0/validator.md`, "SignedAggregateAndProof".
    pub type SignedAggregateAndProof = Signed<AggregateAndProof>;
    /// `AttesterSlashing`, 464 to 33,232 bytes: two votes that contradict each other.
    ///
    /// See `phase0/beacon-chain.md`, "AttesterSlashing".
    pub type AttesterSlashing = super::AttesterSlashing<IndexedAttestation>;
}

/// New or changed in Electra.
pub(crate) mod electra {
    use ssz_types::{BitList, BitVector, VariableList};

    use crate::container::container;
    use crate::containers::attestation::AttestationData;
    use crate::containers::basic::{BLSSignature, ValidatorIndex, no_bits};
    use crate::containers::signed::Signed;
    use crate::preset::Preset;

    /// `Attestation`, 237 to 16,621 bytes (minimal preset 230 to 1254): votes of several committees of one slot.
    ///
    /// See `electra/beacon-chain.md`, "Attestation".
    #[derive(Clone, PartialEq, Eq)]
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

    container!([P: Preset] Attestation<P> { aggregation_bits, data, signature, committee_bits });

    impl<P: Preset> Default for Attestation<P> {
        fn default() -> Self {
            Self {
                aggregation_bits: no_bits(),
                data: Default::default(),
                signature: Default::default(),
                committee_bits: Default::default(),
            }
        }
    }

    /// `IndexedAttestation`, 228 to 1,048,804 bytes (minimal preset 65,764): votes with their voters by number.
    ///
    /// See `electra/beacon-chain.md`, "IndexedAttestation".
    #[derive(Clone, Default, PartialEq, Eq)]
    pub struct IndexedAttestation<P: Preset> {
        /// The voters, ascending.
        pub attesting_indices: VariableList<ValidatorIndex, P::MaxValidatorsPerSlot>,
        /// The vote.
        pub data: AttestationData,
        /// Aggregate of their signatures.
        pub signature: BLSSignature,
    }

    container!([P: Preset] IndexedAttestation<P> { attesting_indices, data, signature });

    /// `AggregateAndProof`, 345 to 16,729 bytes (minimal preset 338 to 1362): an aggregate and the proof that
    /// its sender may aggregate.
    ///
    /// See `electra/validator.md`, "AggregateAndProof".
    pub type AggregateAndProof<P> = super::AggregateAndProof<Attestation<P>>;
    /// `SignedAggregateAndProof`, 445 to 16,829 bytes (minimal preset 438 to 1462).
    ///
    /// See `electra/validator.md`, "SignedAggregateAndProof".
    pub type SignedAggregateAndProof<P> = Signed<AggregateAndProof<P>>;
    /// `AttesterSlashing`, 464 to 2,097,616 bytes (minimal preset 131,536): two votes that contradict each other.
    ///
    /// See `electra/beacon-chain.md`, "AttesterSlashing".
    pub type AttesterSlashing<P> = super::AttesterSlashing<IndexedAttestation<P>>;
}

/// New or changed in Gloas.
pub(crate) mod gloas {
    use ssz_types::BitVector;

    use crate::container::progressive_container;
    use crate::containers::attestation::AttestationData;
    use crate::containers::basic::{BLSSignature, ValidatorIndex};
    use crate::containers::signed::Signed;
    use crate::preset::Preset;
    use crate::progressive::{ProgressiveBitList, ProgressiveList};

    /// `Attestation`, at least 237 bytes (minimal preset 230): votes of several committees of one
    /// slot. The type has no limit.
    ///
    /// See `gloas/beacon-chain.md`, "Attestation".
    #[derive(Clone, Default, PartialEq, Eq)]
    pub struct Attestation<P: Preset> {
        /// Who votes: one bit for each member of the chosen committees, one committee after the other.
        pub aggregation_bits: ProgressiveBitList,
        /// The vote.
        pub data: AttestationData,
        /// Aggregate of their signatures.
        pub signature: BLSSignature,
        /// The chosen committees.
        pub committee_bits: BitVector<P::MaxCommitteesPerSlot>,
    }

    progressive_container!([P: Preset] Attestation<P> { aggregation_bits, data, signature, committee_bits });

    /// `IndexedAttestation`, at least 228 bytes: votes with their voters by number. The type has no limit.
    ///
    /// See `gloas/beacon-chain.md`, "IndexedAttestation".
    #[derive(Clone, Default, PartialEq, Eq)]
    pub struct IndexedAttestation {
        /// The voters, ascending.
        pub attesting_indices: ProgressiveList<ValidatorIndex>,
        /// The vote.
        pub data: AttestationData,
        /// Aggregate of their signatures.
        pub signature: BLSSignature,
    }

    progressive_container!(IndexedAttestation { attesting_indices, data, signature });

    /// `AggregateAndProof`, at least 345 bytes (minimal preset 338): an aggregate and the proof that its
    /// sender may aggregate.
    ///
    /// See `electra/validator.md`, "AggregateAndProof".
    pub type AggregateAndProof<P> = super::AggregateAndProof<Attestation<P>>;
    /// `SignedAggregateAndProof`, at least 445 bytes (minimal preset 438).
    ///
    /// See `electra/validator.md`, "SignedAggregateAndProof".
    pub type SignedAggregateAndProof<P> = Signed<AggregateAndProof<P>>;
    /// `AttesterSlashing`, at least 464 bytes: two votes that contradict each other.
    ///
    /// See `electra/beacon-chain.md`, "AttesterSlashing".
    pub type AttesterSlashing = super::AttesterSlashing<IndexedAttestation>;
}
