//! Blocks of Electra and Fulu, and block headers of any fork.

use ssz_types::VariableList;
use typenum::{U1, U8, U16};

use super::attestation::Attestation;
use super::basic::{BLSSignature, BlobKZGCommitments, Bytes32, ValidatorIndex};
use super::execution::{ExecutionPayload, ExecutionRequests};
use super::operations::{
    AttesterSlashing, Deposit, Eth1Data, ProposerSlashing, SignedBLSToExecutionChange, SignedVoluntaryExit,
};
use super::sync::SyncAggregate;
use crate::preset::Preset;
use crate::primitives::{Root, Slot};

/// `BeaconBlockHeader`: 112 bytes. Has the same root as its block.
#[derive(Clone, Debug, Default, PartialEq, Eq, ssz_derive::Encode, ssz_derive::Decode, tree_hash_derive::TreeHash)]
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

/// `SignedBeaconBlockHeader`: 208 bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, ssz_derive::Encode, ssz_derive::Decode, tree_hash_derive::TreeHash)]
pub struct SignedBeaconBlockHeader {
    /// What is signed.
    pub message: BeaconBlockHeader,
    /// The proposer's signature.
    pub signature: BLSSignature,
}

/// `BeaconBlockBody` of Electra and Fulu.
#[derive(Clone, Debug, Default, PartialEq, Eq, ssz_derive::Encode, ssz_derive::Decode, tree_hash_derive::TreeHash)]
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

/// `BeaconBlock` of Electra and Fulu.
#[derive(Clone, Debug, Default, PartialEq, Eq, ssz_derive::Encode, ssz_derive::Decode, tree_hash_derive::TreeHash)]
pub struct BeaconBlock<P: Preset> {
    /// The slot.
    pub slot: Slot,
    /// Who proposes.
    pub proposer_index: ValidatorIndex,
    /// Root of the block before it.
    pub parent_root: Root,
    /// Root of the state after it.
    pub state_root: Root,
    /// The content.
    pub body: BeaconBlockBody<P>,
}

/// `SignedBeaconBlock` of Electra and Fulu.
#[derive(Clone, Debug, Default, PartialEq, Eq, ssz_derive::Encode, ssz_derive::Decode, tree_hash_derive::TreeHash)]
pub struct SignedBeaconBlock<P: Preset> {
    /// What is signed. Its root is the block root.
    pub message: BeaconBlock<P>,
    /// The proposer's signature.
    pub signature: BLSSignature,
}
