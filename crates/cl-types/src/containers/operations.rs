//! What a block carries out besides votes: slashings, deposits, exits, credential changes.

use ssz_types::FixedVector;
use typenum::U33;

use super::attestation::IndexedAttestation;
use super::basic::{BLSPubkey, BLSSignature, Bytes32, ExecutionAddress, Gwei, Hash32, ValidatorIndex};
use super::block::SignedBeaconBlockHeader;
use crate::preset::Preset;
use crate::primitives::{Epoch, Root};

/// `Eth1Data`: 72 bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, ssz_derive::Encode, ssz_derive::Decode, tree_hash_derive::TreeHash)]
pub struct Eth1Data {
    /// Root of the deposit tree.
    pub deposit_root: Root,
    /// Deposits in it.
    pub deposit_count: u64,
    /// The execution block.
    pub block_hash: Hash32,
}

/// `ProposerSlashing`: 416 bytes. Two headers of one proposer for one slot.
#[derive(Clone, Debug, Default, PartialEq, Eq, ssz_derive::Encode, ssz_derive::Decode, tree_hash_derive::TreeHash)]
pub struct ProposerSlashing {
    /// One.
    pub signed_header_1: SignedBeaconBlockHeader,
    /// The other.
    pub signed_header_2: SignedBeaconBlockHeader,
}

/// `AttesterSlashing` since Electra. Two votes that contradict each other.
#[derive(Clone, Debug, Default, PartialEq, Eq, ssz_derive::Encode, ssz_derive::Decode, tree_hash_derive::TreeHash)]
pub struct AttesterSlashing<P: Preset> {
    /// One.
    pub attestation_1: IndexedAttestation<P>,
    /// The other.
    pub attestation_2: IndexedAttestation<P>,
}

/// `DepositData`: 184 bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, ssz_derive::Encode, ssz_derive::Decode, tree_hash_derive::TreeHash)]
pub struct DepositData {
    /// The validator's key.
    pub pubkey: BLSPubkey,
    /// Who may withdraw.
    pub withdrawal_credentials: Bytes32,
    /// How much.
    pub amount: Gwei,
    /// The depositor's signature.
    pub signature: BLSSignature,
}

/// `Deposit`: 1240 bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, ssz_derive::Encode, ssz_derive::Decode, tree_hash_derive::TreeHash)]
pub struct Deposit {
    /// Branch to the root of the deposit tree.
    pub proof: FixedVector<Bytes32, U33>,
    /// The deposit.
    pub data: DepositData,
}

/// `VoluntaryExit`: 16 bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, ssz_derive::Encode, ssz_derive::Decode, tree_hash_derive::TreeHash)]
pub struct VoluntaryExit {
    /// First epoch in which it may be carried out.
    pub epoch: Epoch,
    /// Who leaves.
    pub validator_index: ValidatorIndex,
}

/// `SignedVoluntaryExit`: 112 bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, ssz_derive::Encode, ssz_derive::Decode, tree_hash_derive::TreeHash)]
pub struct SignedVoluntaryExit {
    /// What is signed.
    pub message: VoluntaryExit,
    /// The validator's signature.
    pub signature: BLSSignature,
}

/// `BLSToExecutionChange`: 76 bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, ssz_derive::Encode, ssz_derive::Decode, tree_hash_derive::TreeHash)]
pub struct BLSToExecutionChange {
    /// Whose credentials change.
    pub validator_index: ValidatorIndex,
    /// The key that they name so far.
    pub from_bls_pubkey: BLSPubkey,
    /// The address that they name from now on.
    pub to_execution_address: ExecutionAddress,
}

/// `SignedBLSToExecutionChange`: 172 bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, ssz_derive::Encode, ssz_derive::Decode, tree_hash_derive::TreeHash)]
pub struct SignedBLSToExecutionChange {
    /// What is signed.
    pub message: BLSToExecutionChange,
    /// Signature of the withdrawal key.
    pub signature: BLSSignature,
}
