//! Blocks and their headers.
//!
//! Defined by `beacon-chain.md` of each fork. Every block has the same frame around a body of its fork.

use tree_hash::TreeHash;

use crate::container::container;
use crate::containers::basic::ValidatorIndex;
use crate::containers::signed::Signed;
use crate::decode::Field;
use crate::primitives::{Root, Slot};

/// `BeaconBlockHeader`: 112 bytes. Has the same root as its block.
///
/// See `phase0/beacon-chain.md`, "BeaconBlockHeader".
#[derive(Clone, Default, PartialEq, Eq)]
pub struct BeaconBlockHeader {
    /// The slot.
    pub slot: Slot,
    /// Who proposes.
    pub proposer_index: ValidatorIndex,
    /// Root of the block before it.
    pub parent_root: Root,
    /// Root of the state after it.
    pub state_root: Root,
    /// Root of its body.
    pub body_root: Root,
}

container!(BeaconBlockHeader { slot, proposer_index, parent_root, state_root, body_root });

/// `SignedBeaconBlockHeader`: 208 bytes.
///
/// See `phase0/beacon-chain.md`, "SignedBeaconBlockHeader".
pub type SignedBeaconBlockHeader = Signed<BeaconBlockHeader>;

/// `BeaconBlock` around a body of any fork: 84 bytes and the body.
///
/// See `phase0/beacon-chain.md`, "BeaconBlock".
#[derive(Clone, Default, PartialEq, Eq)]
pub struct BeaconBlock<B> {
    /// The slot.
    pub slot: Slot,
    /// Who proposes.
    pub proposer_index: ValidatorIndex,
    /// Root of the block before it.
    pub parent_root: Root,
    /// Root of the state after it.
    pub state_root: Root,
    /// The content.
    pub body: B,
}

container!([B: Field + 'static] BeaconBlock<B> { slot, proposer_index, parent_root, state_root, body });

impl<B: TreeHash> BeaconBlock<B> {
    /// The block's header, which has the same root. Hashes the body.
    #[must_use]
    pub fn header(&self) -> BeaconBlockHeader {
        BeaconBlockHeader {
            slot: self.slot,
            proposer_index: self.proposer_index,
            parent_root: self.parent_root,
            state_root: self.state_root,
            body_root: self.body.tree_hash_root(),
        }
    }
}

/// New or changed in Phase0.
pub(crate) mod phase0 {
    use ssz_types::VariableList;
    use typenum::{U2, U16, U128};

    use crate::container::container;
    use crate::containers::basic::{BLSSignature, Bytes32};
    use crate::containers::operations::{Deposit, Eth1Data, ProposerSlashing, SignedVoluntaryExit};
    use crate::containers::phase0::{Attestation, AttesterSlashing};
    use crate::containers::signed::Signed;

    /// `BeaconBlockBody`, 220 to 157,572 bytes.
    ///
    /// See `phase0/beacon-chain.md`, "BeaconBlockBody".
    #[derive(Clone, Default, PartialEq, Eq)]
    pub struct BeaconBlockBody {
        /// The proposer's contribution to randomness.
        pub randao_reveal: BLSSignature,
        /// Vote on the deposit contract.
        pub eth1_data: Eth1Data,
        /// Free bytes of the proposer.
        pub graffiti: Bytes32,
        /// Proposers caught.
        pub proposer_slashings: VariableList<ProposerSlashing, U16>,
        /// Attesters caught.
        pub attester_slashings: VariableList<AttesterSlashing, U2>,
        /// Votes.
        pub attestations: VariableList<Attestation, U128>,
        /// Deposits.
        pub deposits: VariableList<Deposit, U16>,
        /// Exits.
        pub voluntary_exits: VariableList<SignedVoluntaryExit, U16>,
    }

    container!(BeaconBlockBody {
        randao_reveal,
        eth1_data,
        graffiti,
        proposer_slashings,
        attester_slashings,
        attestations,
        deposits,
        voluntary_exits
    });

    /// `BeaconBlock`, 304 to 157,656 bytes.
    ///
    /// See `phase0/beacon-chain.md`, "BeaconBlock".
    pub type BeaconBlock = super::BeaconBlock<BeaconBlockBody>;
    /// `SignedBeaconBlock`, 404 to 157,756 bytes. The root of its message is the block root.
    ///
    /// See `phase0/beacon-chain.md`, "SignedBeaconBlock".
    pub type SignedBeaconBlock = Signed<BeaconBlock>;
}

/// New or changed in Altair.
pub(crate) mod altair {
    use ssz_types::VariableList;
    use typenum::{U2, U16, U128};

    use crate::container::container;
    use crate::containers::altair::{Attestation, AttesterSlashing};
    use crate::containers::basic::{BLSSignature, Bytes32};
    use crate::containers::operations::{Deposit, Eth1Data, ProposerSlashing, SignedVoluntaryExit};
    use crate::containers::signed::Signed;
    use crate::containers::sync::SyncAggregate;
    use crate::preset::Preset;

    /// `BeaconBlockBody`, 380 to 157,732 bytes (minimal preset 60 less).
    ///
    /// See `altair/beacon-chain.md`, "BeaconBlockBody".
    #[derive(Clone, Default, PartialEq, Eq)]
    pub struct BeaconBlockBody<P: Preset> {
        /// The proposer's contribution to randomness.
        pub randao_reveal: BLSSignature,
        /// Vote on the deposit contract.
        pub eth1_data: Eth1Data,
        /// Free bytes of the proposer.
        pub graffiti: Bytes32,
        /// Proposers caught.
        pub proposer_slashings: VariableList<ProposerSlashing, U16>,
        /// Attesters caught.
        pub attester_slashings: VariableList<AttesterSlashing, U2>,
        /// Votes.
        pub attestations: VariableList<Attestation, U128>,
        /// Deposits.
        pub deposits: VariableList<Deposit, U16>,
        /// Exits.
        pub voluntary_exits: VariableList<SignedVoluntaryExit, U16>,
        /// The sync committee's signature over the parent.
        pub sync_aggregate: SyncAggregate<P>,
    }

    container!([P: Preset] BeaconBlockBody<P> { randao_reveal, eth1_data, graffiti, proposer_slashings, attester_slashings, attestations, deposits, voluntary_exits, sync_aggregate });

    /// `BeaconBlock`, 464 to 157,816 bytes (minimal preset 60 less).
    ///
    /// See `phase0/beacon-chain.md`, "BeaconBlock".
    pub type BeaconBlock<P> = super::BeaconBlock<BeaconBlockBody<P>>;
    /// `SignedBeaconBlock`, 564 to 157,916 bytes (minimal preset 60 less). The root of its message is the block root.
    ///
    /// See `phase0/beacon-chain.md`, "SignedBeaconBlock".
    pub type SignedBeaconBlock<P> = Signed<BeaconBlock<P>>;
}

/// New or changed in Bellatrix.
pub(crate) mod bellatrix {
    use ssz_types::VariableList;
    use typenum::{U2, U16, U128};

    use crate::container::container;
    use crate::containers::basic::{BLSSignature, Bytes32};
    use crate::containers::bellatrix::{Attestation, AttesterSlashing, ExecutionPayload};
    use crate::containers::operations::{Deposit, Eth1Data, ProposerSlashing, SignedVoluntaryExit};
    use crate::containers::signed::Signed;
    use crate::containers::sync::SyncAggregate;
    use crate::preset::Preset;

    /// `BeaconBlockBody`, at least 892 bytes (minimal preset 832).
    ///
    /// See `bellatrix/beacon-chain.md`, "BeaconBlockBody".
    #[derive(Clone, Default, PartialEq, Eq)]
    pub struct BeaconBlockBody<P: Preset> {
        /// The proposer's contribution to randomness.
        pub randao_reveal: BLSSignature,
        /// Vote on the deposit contract.
        pub eth1_data: Eth1Data,
        /// Free bytes of the proposer.
        pub graffiti: Bytes32,
        /// Proposers caught.
        pub proposer_slashings: VariableList<ProposerSlashing, U16>,
        /// Attesters caught.
        pub attester_slashings: VariableList<AttesterSlashing, U2>,
        /// Votes.
        pub attestations: VariableList<Attestation, U128>,
        /// Deposits.
        pub deposits: VariableList<Deposit, U16>,
        /// Exits.
        pub voluntary_exits: VariableList<SignedVoluntaryExit, U16>,
        /// The sync committee's signature over the parent.
        pub sync_aggregate: SyncAggregate<P>,
        /// The execution block.
        pub execution_payload: ExecutionPayload,
    }

    container!([P: Preset] BeaconBlockBody<P> { randao_reveal, eth1_data, graffiti, proposer_slashings, attester_slashings, attestations, deposits, voluntary_exits, sync_aggregate, execution_payload });

    /// `BeaconBlock`, at least 976 bytes (minimal preset 916).
    ///
    /// See `phase0/beacon-chain.md`, "BeaconBlock".
    pub type BeaconBlock<P> = super::BeaconBlock<BeaconBlockBody<P>>;
    /// `SignedBeaconBlock`, at least 1076 bytes (minimal preset 1016). The root of its message is the block root.
    ///
    /// See `phase0/beacon-chain.md`, "SignedBeaconBlock".
    pub type SignedBeaconBlock<P> = Signed<BeaconBlock<P>>;
}

/// New or changed in Capella.
pub(crate) mod capella {
    use ssz_types::VariableList;
    use typenum::{U2, U16, U128};

    use crate::container::container;
    use crate::containers::basic::{BLSSignature, Bytes32};
    use crate::containers::capella::{Attestation, AttesterSlashing, ExecutionPayload};
    use crate::containers::operations::{
        Deposit, Eth1Data, ProposerSlashing, SignedBLSToExecutionChange, SignedVoluntaryExit,
    };
    use crate::containers::signed::Signed;
    use crate::containers::sync::SyncAggregate;
    use crate::preset::Preset;

    /// `BeaconBlockBody`, at least 900 bytes (minimal preset 840).
    ///
    /// See `capella/beacon-chain.md`, "BeaconBlockBody".
    #[derive(Clone, Default, PartialEq, Eq)]
    pub struct BeaconBlockBody<P: Preset> {
        /// The proposer's contribution to randomness.
        pub randao_reveal: BLSSignature,
        /// Vote on the deposit contract.
        pub eth1_data: Eth1Data,
        /// Free bytes of the proposer.
        pub graffiti: Bytes32,
        /// Proposers caught.
        pub proposer_slashings: VariableList<ProposerSlashing, U16>,
        /// Attesters caught.
        pub attester_slashings: VariableList<AttesterSlashing, U2>,
        /// Votes.
        pub attestations: VariableList<Attestation, U128>,
        /// Deposits.
        pub deposits: VariableList<Deposit, U16>,
        /// Exits.
        pub voluntary_exits: VariableList<SignedVoluntaryExit, U16>,
        /// The sync committee's signature over the parent.
        pub sync_aggregate: SyncAggregate<P>,
        /// The execution block.
        pub execution_payload: ExecutionPayload<P>,
        /// Credential changes.
        pub bls_to_execution_changes: VariableList<SignedBLSToExecutionChange, U16>,
    }

    container!([P: Preset] BeaconBlockBody<P> { randao_reveal, eth1_data, graffiti, proposer_slashings, attester_slashings, attestations, deposits, voluntary_exits, sync_aggregate, execution_payload, bls_to_execution_changes });

    /// `BeaconBlock`, at least 984 bytes (minimal preset 924).
    ///
    /// See `phase0/beacon-chain.md`, "BeaconBlock".
    pub type BeaconBlock<P> = super::BeaconBlock<BeaconBlockBody<P>>;
    /// `SignedBeaconBlock`, at least 1084 bytes (minimal preset 1024). The root of its message is the block root.
    ///
    /// See `phase0/beacon-chain.md`, "SignedBeaconBlock".
    pub type SignedBeaconBlock<P> = Signed<BeaconBlock<P>>;
}

/// New or changed in Deneb.
pub(crate) mod deneb {
    use ssz_types::VariableList;
    use typenum::{U2, U16, U128};

    use crate::container::container;
    use crate::containers::basic::{BLSSignature, BlobKZGCommitments, Bytes32};
    use crate::containers::deneb::{Attestation, AttesterSlashing, ExecutionPayload};
    use crate::containers::operations::{
        Deposit, Eth1Data, ProposerSlashing, SignedBLSToExecutionChange, SignedVoluntaryExit,
    };
    use crate::containers::signed::Signed;
    use crate::containers::sync::SyncAggregate;
    use crate::preset::Preset;

    /// `BeaconBlockBody`, at least 920 bytes (minimal preset 860).
    ///
    /// See `deneb/beacon-chain.md`, "BeaconBlockBody".
    #[derive(Clone, Default, PartialEq, Eq)]
    pub struct BeaconBlockBody<P: Preset> {
        /// The proposer's contribution to randomness.
        pub randao_reveal: BLSSignature,
        /// Vote on the deposit contract.
        pub eth1_data: Eth1Data,
        /// Free bytes of the proposer.
        pub graffiti: Bytes32,
        /// Proposers caught.
        pub proposer_slashings: VariableList<ProposerSlashing, U16>,
        /// Attesters caught.
        pub attester_slashings: VariableList<AttesterSlashing, U2>,
        /// Votes.
        pub attestations: VariableList<Attestation, U128>,
        /// Deposits.
        pub deposits: VariableList<Deposit, U16>,
        /// Exits.
        pub voluntary_exits: VariableList<SignedVoluntaryExit, U16>,
        /// The sync committee's signature over the parent.
        pub sync_aggregate: SyncAggregate<P>,
        /// The execution block.
        pub execution_payload: ExecutionPayload<P>,
        /// Credential changes.
        pub bls_to_execution_changes: VariableList<SignedBLSToExecutionChange, U16>,
        /// One commitment for each blob.
        pub blob_kzg_commitments: BlobKZGCommitments,
    }

    container!([P: Preset] BeaconBlockBody<P> { randao_reveal, eth1_data, graffiti, proposer_slashings, attester_slashings, attestations, deposits, voluntary_exits, sync_aggregate, execution_payload, bls_to_execution_changes, blob_kzg_commitments });

    /// `BeaconBlock`, at least 1004 bytes (minimal preset 944).
    ///
    /// See `phase0/beacon-chain.md`, "BeaconBlock".
    pub type BeaconBlock<P> = super::BeaconBlock<BeaconBlockBody<P>>;
    /// `SignedBeaconBlock`, at least 1104 bytes (minimal preset 1044). The root of its message is the block root.
    ///
    /// See `phase0/beacon-chain.md`, "SignedBeaconBlock".
    pub type SignedBeaconBlock<P> = Signed<BeaconBlock<P>>;
}

/// New or changed in Electra.
pub(crate) mod electra {
    use ssz_types::VariableList;
    use typenum::{U1, U8, U16};

    use crate::container::container;
    use crate::containers::basic::{BLSSignature, BlobKZGCommitments, Bytes32};
    use crate::containers::electra::{Attestation, AttesterSlashing, ExecutionPayload, ExecutionRequests};
    use crate::containers::operations::{
        Deposit, Eth1Data, ProposerSlashing, SignedBLSToExecutionChange, SignedVoluntaryExit,
    };
    use crate::containers::signed::Signed;
    use crate::containers::sync::SyncAggregate;
    use crate::preset::Preset;

    /// `BeaconBlockBody`, at least 936 bytes (minimal preset 876).
    ///
    /// See `electra/beacon-chain.md`, "BeaconBlockBody".
    #[derive(Clone, Default, PartialEq, Eq)]
    pub struct BeaconBlockBody<P: Preset> {
        /// The proposer's contribution to randomness.
        pub randao_reveal: BLSSignature,
        /// Vote on the deposit contract.
        pub eth1_data: Eth1Data,
        /// Free bytes of the proposer.
        pub graffiti: Bytes32,
        /// Proposers caught.
        pub proposer_slashings: VariableList<ProposerSlashing, U16>,
        /// Attesters caught.
        pub attester_slashings: VariableList<AttesterSlashing<P>, U1>,
        /// Votes.
        pub attestations: VariableList<Attestation<P>, U8>,
        /// Deposits.
        pub deposits: VariableList<Deposit, U16>,
        /// Exits.
        pub voluntary_exits: VariableList<SignedVoluntaryExit, U16>,
        /// The sync committee's signature over the parent.
        pub sync_aggregate: SyncAggregate<P>,
        /// The execution block.
        pub execution_payload: ExecutionPayload<P>,
        /// Credential changes.
        pub bls_to_execution_changes: VariableList<SignedBLSToExecutionChange, U16>,
        /// One commitment for each blob.
        pub blob_kzg_commitments: BlobKZGCommitments,
        /// What the execution layer asks for.
        pub execution_requests: ExecutionRequests,
    }

    container!([P: Preset] BeaconBlockBody<P> { randao_reveal, eth1_data, graffiti, proposer_slashings, attester_slashings, attestations, deposits, voluntary_exits, sync_aggregate, execution_payload, bls_to_execution_changes, blob_kzg_commitments, execution_requests });

    /// `BeaconBlock`, at least 1020 bytes (minimal preset 960).
    ///
    /// See `phase0/beacon-chain.md`, "BeaconBlock".
    pub type BeaconBlock<P> = super::BeaconBlock<BeaconBlockBody<P>>;
    /// `SignedBeaconBlock`, at least 1120 bytes (minimal preset 1060). The root of its message is the block root.
    ///
    /// See `phase0/beacon-chain.md`, "SignedBeaconBlock".
    pub type SignedBeaconBlock<P> = Signed<BeaconBlock<P>>;
}

/// New or changed in Gloas.
pub(crate) mod gloas {

    use crate::container::progressive_container;
    use crate::containers::basic::{BLSSignature, Bytes32};
    use crate::containers::gloas::{Attestation, AttesterSlashing, ExecutionRequests, SignedExecutionPayloadBid};
    use crate::containers::operations::{
        Deposit, Eth1Data, ProposerSlashing, SignedBLSToExecutionChange, SignedVoluntaryExit,
    };
    use crate::containers::payload_attestation::PayloadAttestation;
    use crate::containers::signed::Signed;
    use crate::containers::sync::SyncAggregate;
    use crate::preset::Preset;
    use crate::progressive::ProgressiveList;

    /// `BeaconBlockBody`, at least 740 bytes (minimal preset 680).
    ///
    /// Its lists have no limit in the type; count rules are 16 proposer slashings, 1 attester slashing, 8 attestations,
    /// no deposit, 16 exits, 16 credential changes and 4 payload attestations.
    ///
    /// See `gloas/beacon-chain.md`, "BeaconBlockBody".
    #[derive(Clone, Default, PartialEq, Eq)]
    pub struct BeaconBlockBody<P: Preset> {
        /// The proposer's contribution to randomness.
        pub randao_reveal: BLSSignature,
        /// Vote on the deposit contract.
        pub eth1_data: Eth1Data,
        /// Free bytes of the proposer.
        pub graffiti: Bytes32,
        /// Proposers caught.
        pub proposer_slashings: ProgressiveList<ProposerSlashing>,
        /// Attesters caught.
        pub attester_slashings: ProgressiveList<AttesterSlashing>,
        /// Votes.
        pub attestations: ProgressiveList<Attestation<P>>,
        /// Deposits.
        pub deposits: ProgressiveList<Deposit>,
        /// Exits.
        pub voluntary_exits: ProgressiveList<SignedVoluntaryExit>,
        /// The sync committee's signature over the parent.
        pub sync_aggregate: SyncAggregate<P>,
        /// Credential changes.
        pub bls_to_execution_changes: ProgressiveList<SignedBLSToExecutionChange>,
        /// The bid that the proposer accepts.
        pub signed_execution_payload_bid: SignedExecutionPayloadBid,
        /// Votes on the parent's payload.
        pub payload_attestations: ProgressiveList<PayloadAttestation<P>>,
        /// What the payload of the parent block asked for.
        pub parent_execution_requests: ExecutionRequests,
    }

    progressive_container!([P: Preset] BeaconBlockBody<P> { randao_reveal, eth1_data, graffiti, proposer_slashings, attester_slashings, attestations, deposits, voluntary_exits, sync_aggregate, bls_to_execution_changes, signed_execution_payload_bid, payload_attestations, parent_execution_requests });

    /// `BeaconBlock`, at least 824 bytes (minimal preset 764).
    ///
    /// See `phase0/beacon-chain.md`, "BeaconBlock".
    pub type BeaconBlock<P> = super::BeaconBlock<BeaconBlockBody<P>>;
    /// `SignedBeaconBlock`, at least 924 bytes (minimal preset 864). The root of its message is the block root.
    ///
    /// See `phase0/beacon-chain.md`, "SignedBeaconBlock".
    pub type SignedBeaconBlock<P> = Signed<BeaconBlock<P>>;
}

/// New or changed in Heze.
pub(crate) mod heze {

    use crate::container::progressive_container;
    use crate::containers::basic::{BLSSignature, Bytes32};
    use crate::containers::heze::{Attestation, AttesterSlashing, ExecutionRequests, SignedExecutionPayloadBid};
    use crate::containers::operations::{ProposerSlashing, SignedBLSToExecutionChange, SignedVoluntaryExit};
    use crate::containers::payload_attestation::PayloadAttestation;
    use crate::containers::signed::Signed;
    use crate::containers::sync::SyncAggregate;
    use crate::preset::Preset;
    use crate::progressive::ProgressiveList;

    /// `BeaconBlockBody`, at least 666 bytes (minimal preset 606).
    ///
    /// The count rules are those of Gloas. Fields 1 and 6 are gaps: `eth1_data` and `deposits` are no more (EIP-8015).
    ///
    /// See `heze/beacon-chain.md`, "BeaconBlockBody".
    #[derive(Clone, Default, PartialEq, Eq)]
    pub struct BeaconBlockBody<P: Preset> {
        /// The proposer's contribution to randomness.
        pub randao_reveal: BLSSignature,
        /// Free bytes of the proposer.
        pub graffiti: Bytes32,
        /// Proposers caught.
        pub proposer_slashings: ProgressiveList<ProposerSlashing>,
        /// Attesters caught.
        pub attester_slashings: ProgressiveList<AttesterSlashing>,
        /// Votes.
        pub attestations: ProgressiveList<Attestation<P>>,
        /// Exits.
        pub voluntary_exits: ProgressiveList<SignedVoluntaryExit>,
        /// The sync committee's signature over the parent.
        pub sync_aggregate: SyncAggregate<P>,
        /// Credential changes.
        pub bls_to_execution_changes: ProgressiveList<SignedBLSToExecutionChange>,
        /// The bid that the proposer accepts.
        pub signed_execution_payload_bid: SignedExecutionPayloadBid,
        /// Votes on the parent's payload.
        pub payload_attestations: ProgressiveList<PayloadAttestation<P>>,
        /// What the payload of the parent block asked for.
        pub parent_execution_requests: ExecutionRequests,
    }

    progressive_container!([P: Preset] BeaconBlockBody<P> gaps = [1, 6]; { randao_reveal, graffiti, proposer_slashings, attester_slashings, attestations, voluntary_exits, sync_aggregate, bls_to_execution_changes, signed_execution_payload_bid, payload_attestations, parent_execution_requests });

    /// `BeaconBlock`, at least 750 bytes (minimal preset 690).
    ///
    /// See `phase0/beacon-chain.md`, "BeaconBlock".
    pub type BeaconBlock<P> = super::BeaconBlock<BeaconBlockBody<P>>;
    /// `SignedBeaconBlock`, at least 850 bytes (minimal preset 790). The root of its message is the block root.
    ///
    /// See `phase0/beacon-chain.md`, "SignedBeaconBlock".
    pub type SignedBeaconBlock<P> = Signed<BeaconBlock<P>>;
}
