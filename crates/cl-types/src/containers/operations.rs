//! What a block carries out besides votes: slashings, deposits, exits, credential changes.
//!
//! Defined by `beacon-chain.md` of phase0 and Capella; never changed since.

use ssz_types::FixedVector;
use typenum::U33;

use crate::container::container;
use crate::containers::basic::{BLSPubkey, BLSSignature, Bytes32, ExecutionAddress, Gwei, Hash32, ValidatorIndex};
use crate::containers::block::SignedBeaconBlockHeader;
use crate::containers::signed::Signed;
use crate::primitives::{Epoch, Root};

/// `Eth1Data`: 72 bytes.
///
/// See `phase0/beacon-chain.md`, "Eth1Data".
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Eth1Data {
    /// Root of the deposit tree.
    pub deposit_root: Root,
    /// Deposits in it.
    pub deposit_count: u64,
    /// The execution block.
    pub block_hash: Hash32,
}

container!(Eth1Data { deposit_root, deposit_count, block_hash });

/// `ProposerSlashing`: 416 bytes. Two headers of one proposer for one slot.
///
/// See `phase0/beacon-chain.md`, "ProposerSlashing".
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ProposerSlashing {
    /// One.
    pub signed_header_1: SignedBeaconBlockHeader,
    /// The other.
    pub signed_header_2: SignedBeaconBlockHeader,
}

container!(ProposerSlashing { signed_header_1, signed_header_2 });

/// `DepositData`: 184 bytes.
///
/// See `phase0/beacon-chain.md`, "DepositData".
#[derive(Clone, Default, PartialEq, Eq)]
pub struct DepositData {
    /// The validator's key.
    pub pubkey: BLSPubkey,
    /// Who may withdraw.
    pub withdrawal_credentials: Bytes32,
    /// How much, in Gwei.
    pub amount: Gwei,
    /// The depositor's signature.
    pub signature: BLSSignature,
}

container!(DepositData { pubkey, withdrawal_credentials, amount, signature });

/// `Deposit`: 1240 bytes.
///
/// See `phase0/beacon-chain.md`, "Deposit".
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Deposit {
    /// Branch to the root of the deposit tree.
    pub proof: FixedVector<Bytes32, U33>,
    /// The deposit.
    pub data: DepositData,
}

container!(Deposit { proof, data });

/// `VoluntaryExit`: 16 bytes.
///
/// See `phase0/beacon-chain.md`, "VoluntaryExit".
#[derive(Clone, Default, PartialEq, Eq)]
pub struct VoluntaryExit {
    /// First epoch in which it may be carried out.
    pub epoch: Epoch,
    /// Who leaves.
    pub validator_index: ValidatorIndex,
}

container!(VoluntaryExit { epoch, validator_index });

/// `SignedVoluntaryExit`: 112 bytes.
///
/// See `phase0/beacon-chain.md`, "SignedVoluntaryExit".
pub type SignedVoluntaryExit = Signed<VoluntaryExit>;

/// `BLSToExecutionChange`: 76 bytes.
///
/// See `capella/beacon-chain.md`, "BLSToExecutionChange".
#[derive(Clone, Default, PartialEq, Eq)]
pub struct BLSToExecutionChange {
    /// Whose credentials change.
    pub validator_index: ValidatorIndex,
    /// The key that they name so far.
    pub from_bls_pubkey: BLSPubkey,
    /// The address that they name from now on.
    pub to_execution_address: ExecutionAddress,
}

container!(BLSToExecutionChange { validator_index, from_bls_pubkey, to_execution_address });

/// `SignedBLSToExecutionChange`: 172 bytes.
///
/// See `capella/beacon-chain.md`, "SignedBLSToExecutionChange".
pub type SignedBLSToExecutionChange = Signed<BLSToExecutionChange>;
