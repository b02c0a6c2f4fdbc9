//! The state of Heze.

use ssz_types::{BitVector, FixedVector, VariableList};
use typenum::{U4, U16777216};

use crate::container::progressive_container;
use crate::containers::attestation::Checkpoint;
use crate::containers::basic::{BuilderIndex, Bytes32, Gwei, Hash32, ValidatorIndex};
use crate::containers::block::BeaconBlockHeader;
use crate::containers::execution::Withdrawal;
use crate::containers::heze::ExecutionPayloadBid;
use crate::containers::signing::Fork;
use crate::containers::state::{
    Builder, BuilderPendingPayment, BuilderPendingWithdrawal, HistoricalSummary, PendingConsolidation, PendingDeposit,
    PendingPartialWithdrawal, Validator,
};
use crate::containers::sync::SyncCommittee;
use crate::preset::Preset;
use crate::primitives::{Epoch, Root, Slot};
use crate::progressive::ProgressiveList;

/// `BeaconState` of Heze, at least 3,134,979 bytes (minimal preset 14,539).
///
/// See `heze/beacon-chain.md`, "BeaconState".
#[derive(Clone, Default, PartialEq, Eq)]
pub struct BeaconState<P: Preset> {
    /// Seconds since the Unix epoch at genesis.
    pub genesis_time: u64,
    /// Root of the validators at genesis.
    pub genesis_validators_root: Root,
    /// The slot.
    pub slot: Slot,
    /// Fork versions, for signatures.
    pub fork: Fork,
    /// Header of the last block, with a zero state root until the next slot.
    pub latest_block_header: BeaconBlockHeader,
    /// Roots of the last blocks, by slot.
    pub block_roots: FixedVector<Root, P::SlotsPerHistoricalRoot>,
    /// Roots of the last states, by slot.
    pub state_roots: FixedVector<Root, P::SlotsPerHistoricalRoot>,
    /// Roots of batches of roots, until Capella.
    pub historical_roots: VariableList<Root, U16777216>,
    /// All validators, by index.
    pub validators: ProgressiveList<Validator>,
    /// Their balances, by index.
    pub balances: ProgressiveList<Gwei>,
    /// Randomness of past epochs.
    pub randao_mixes: FixedVector<Bytes32, P::EpochsPerHistoricalVector>,
    /// Sum of slashed balances, by epoch.
    pub slashings: FixedVector<Gwei, P::EpochsPerSlashingsVector>,
    /// Flags of each validator for the last epoch.
    pub previous_epoch_participation: ProgressiveList<u8>,
    /// Flags of each validator for this epoch.
    pub current_epoch_participation: ProgressiveList<u8>,
    /// Which of the last four epochs are justified.
    pub justification_bits: BitVector<U4>,
    /// Justified checkpoint as of the last epoch.
    pub previous_justified_checkpoint: Checkpoint,
    /// Justified checkpoint.
    pub current_justified_checkpoint: Checkpoint,
    /// Finalized checkpoint.
    pub finalized_checkpoint: Checkpoint,
    /// Inactivity score of each validator.
    pub inactivity_scores: ProgressiveList<u64>,
    /// Sync committee of this period.
    pub current_sync_committee: SyncCommittee<P>,
    /// Sync committee of the next period.
    pub next_sync_committee: SyncCommittee<P>,
    /// Hash of the last payload.
    pub latest_block_hash: Hash32,
    /// Number of the next withdrawal.
    pub next_withdrawal_index: u64,
    /// Where the next withdrawal sweep starts.
    pub next_withdrawal_validator_index: ValidatorIndex,
    /// Roots of batches of roots, since Capella.
    pub historical_summaries: VariableList<HistoricalSummary, U16777216>,
    /// Unused churn for deposits.
    pub deposit_balance_to_consume: Gwei,
    /// Unused churn for exits.
    pub exit_balance_to_consume: Gwei,
    /// First epoch with room for an exit.
    pub earliest_exit_epoch: Epoch,
    /// Unused churn for consolidations.
    pub consolidation_balance_to_consume: Gwei,
    /// First epoch with room for a consolidation.
    pub earliest_consolidation_epoch: Epoch,
    /// Deposits not yet applied.
    pub pending_deposits: ProgressiveList<PendingDeposit>,
    /// Partial withdrawals not yet paid.
    pub pending_partial_withdrawals: ProgressiveList<PendingPartialWithdrawal>,
    /// Consolidations not yet done.
    pub pending_consolidations: ProgressiveList<PendingConsolidation>,
    /// Proposers of this epoch and the next, by slot.
    pub proposer_lookahead: FixedVector<ValidatorIndex, P::SlotsPerTwoEpochs>,
    /// All builders, by index.
    pub builders: ProgressiveList<Builder>,
    /// Where the next builder sweep starts.
    pub next_withdrawal_builder_index: BuilderIndex,
    /// For which of the last slots a payload came.
    pub execution_payload_availability: BitVector<P::SlotsPerHistoricalRoot>,
    /// Payments of builders that votes may still release, by slot of two epochs.
    pub builder_pending_payments: FixedVector<BuilderPendingPayment, P::SlotsPerTwoEpochs>,
    /// Payments of builders to be paid out.
    pub builder_pending_withdrawals: ProgressiveList<BuilderPendingWithdrawal>,
    /// The last accepted bid.
    pub latest_execution_payload_bid: ExecutionPayloadBid,
    /// Withdrawals that the next payload must carry.
    pub payload_expected_withdrawals: ProgressiveList<Withdrawal>,
    /// Payload timeliness committees of three epochs, by slot.
    pub ptc_window: FixedVector<FixedVector<ValidatorIndex, P::PtcSize>, P::SlotsPerThreeEpochs>,
}

progressive_container!([P: Preset] BeaconState<P> gaps = [8, 9, 10, 28]; { genesis_time, genesis_validators_root, slot, fork, latest_block_header, block_roots, state_roots, historical_roots, validators, balances, randao_mixes, slashings, previous_epoch_participation, current_epoch_participation, justification_bits, previous_justified_checkpoint, current_justified_checkpoint, finalized_checkpoint, inactivity_scores, current_sync_committee, next_sync_committee, latest_block_hash, next_withdrawal_index, next_withdrawal_validator_index, historical_summaries, deposit_balance_to_consume, exit_balance_to_consume, earliest_exit_epoch, consolidation_balance_to_consume, earliest_consolidation_epoch, pending_deposits, pending_partial_withdrawals, pending_consolidations, proposer_lookahead, builders, next_withdrawal_builder_index, execution_payload_availability, builder_pending_payments, builder_pending_withdrawals, latest_execution_payload_bid, payload_expected_withdrawals, ptc_window });
