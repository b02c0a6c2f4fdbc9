//! What a state is made of.

use ssz_types::BitList;
use typenum::U2048;

use crate::container::container;
use crate::containers::attestation::AttestationData;
use crate::containers::basic::{
    BLSPubkey, BLSSignature, BuilderIndex, Bytes32, ExecutionAddress, Gwei, ValidatorIndex, no_bits,
};
use crate::primitives::{Epoch, Root, Slot};

/// `Validator`: 121 bytes.
///
/// See `phase0/beacon-chain.md`, "Validator".
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Validator {
    /// Its key.
    pub pubkey: BLSPubkey,
    /// Who may withdraw.
    pub withdrawal_credentials: Bytes32,
    /// Balance that counts.
    pub effective_balance: Gwei,
    /// Whether it was slashed.
    pub slashed: bool,
    /// Since when it may be activated.
    pub activation_eligibility_epoch: Epoch,
    /// Since when it is active.
    pub activation_epoch: Epoch,
    /// Since when it is no more.
    pub exit_epoch: Epoch,
    /// Since when its balance can be withdrawn.
    pub withdrawable_epoch: Epoch,
}

container!(Validator {
    pubkey,
    withdrawal_credentials,
    effective_balance,
    slashed,
    activation_eligibility_epoch,
    activation_epoch,
    exit_epoch,
    withdrawable_epoch
});

/// `PendingAttestation`, 149 to 405 bytes: a vote in a state of phase0.
///
/// See `phase0/beacon-chain.md`, "PendingAttestation".
#[derive(Clone, PartialEq, Eq)]
pub struct PendingAttestation {
    /// Who votes: one bit for each member of the chosen committees, one committee after the other.
    pub aggregation_bits: BitList<U2048>,
    /// The vote.
    pub data: AttestationData,
    /// Slots until it was included.
    pub inclusion_delay: Slot,
    /// Who included it.
    pub proposer_index: ValidatorIndex,
}

container!(PendingAttestation { aggregation_bits, data, inclusion_delay, proposer_index });

impl Default for PendingAttestation {
    fn default() -> Self {
        Self {
            aggregation_bits: no_bits(),
            data: Default::default(),
            inclusion_delay: Default::default(),
            proposer_index: Default::default(),
        }
    }
}

/// `HistoricalSummary`: 64 bytes. Stands for the roots of 8192 slots (minimal preset 64).
///
/// See `capella/beacon-chain.md`, "HistoricalSummary".
#[derive(Clone, Default, PartialEq, Eq)]
pub struct HistoricalSummary {
    /// Root of the block roots.
    pub block_summary_root: Root,
    /// Root of the state roots.
    pub state_summary_root: Root,
}

container!(HistoricalSummary { block_summary_root, state_summary_root });

/// `PendingDeposit`: 192 bytes.
///
/// See `electra/beacon-chain.md`, "PendingDeposit".
#[derive(Clone, Default, PartialEq, Eq)]
pub struct PendingDeposit {
    /// The validator's key.
    pub pubkey: BLSPubkey,
    /// Who may withdraw.
    pub withdrawal_credentials: Bytes32,
    /// How much, in Gwei.
    pub amount: Gwei,
    /// The depositor's signature.
    pub signature: BLSSignature,
    /// Slot of its block; 0 if it did not come as a request.
    pub slot: Slot,
}

container!(PendingDeposit { pubkey, withdrawal_credentials, amount, signature, slot });

/// `PendingPartialWithdrawal`: 24 bytes.
///
/// See `electra/beacon-chain.md`, "PendingPartialWithdrawal".
#[derive(Clone, Default, PartialEq, Eq)]
pub struct PendingPartialWithdrawal {
    /// From whom.
    pub validator_index: ValidatorIndex,
    /// How much, in Gwei.
    pub amount: Gwei,
    /// Since when its balance can be withdrawn.
    pub withdrawable_epoch: Epoch,
}

container!(PendingPartialWithdrawal { validator_index, amount, withdrawable_epoch });

/// `PendingConsolidation`: 16 bytes.
///
/// See `electra/beacon-chain.md`, "PendingConsolidation".
#[derive(Clone, Default, PartialEq, Eq)]
pub struct PendingConsolidation {
    /// The validator that is merged.
    pub source_index: ValidatorIndex,
    /// The validator that remains.
    pub target_index: ValidatorIndex,
}

container!(PendingConsolidation { source_index, target_index });

/// `Builder`: 93 bytes.
///
/// See `gloas/beacon-chain.md`, "Builder".
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Builder {
    /// Its key.
    pub pubkey: BLSPubkey,
    /// Version of its credentials.
    pub version: u8,
    /// Its address.
    pub execution_address: ExecutionAddress,
    /// Its balance.
    pub balance: Gwei,
    /// Since when it is registered.
    pub deposit_epoch: Epoch,
    /// Since when its balance can be withdrawn.
    pub withdrawable_epoch: Epoch,
}

container!(Builder { pubkey, version, execution_address, balance, deposit_epoch, withdrawable_epoch });

/// `BuilderPendingWithdrawal`: 36 bytes.
///
/// See `gloas/beacon-chain.md`, "BuilderPendingWithdrawal".
#[derive(Clone, Default, PartialEq, Eq)]
pub struct BuilderPendingWithdrawal {
    /// To whom.
    pub fee_recipient: ExecutionAddress,
    /// How much, in Gwei.
    pub amount: Gwei,
    /// The builder; 2^64 - 1 for the proposer itself.
    pub builder_index: BuilderIndex,
}

container!(BuilderPendingWithdrawal { fee_recipient, amount, builder_index });

/// `BuilderPendingPayment`: 52 bytes.
///
/// See `gloas/beacon-chain.md`, "BuilderPendingPayment".
#[derive(Clone, Default, PartialEq, Eq)]
pub struct BuilderPendingPayment {
    /// Votes for the payment so far.
    pub weight: Gwei,
    /// What is paid, to whom.
    pub withdrawal: BuilderPendingWithdrawal,
    /// The proposer who accepted the bid.
    pub proposer_index: ValidatorIndex,
}

container!(BuilderPendingPayment { weight, withdrawal, proposer_index });
