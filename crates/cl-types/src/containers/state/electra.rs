//! The state of Electra.

use ssz_types::{BitVector, FixedVector, VariableList};
use typenum::{U4, U16777216, U134217728, U1099511627776};

use crate::container::container;
use crate::containers::attestation::Checkpoint;
use crate::containers::basic::{Bytes32, Gwei, ValidatorIndex};
use crate::containers::block::BeaconBlockHeader;
use crate::containers::electra::ExecutionPayloadHeader;
use crate::containers::operations::Eth1Data;
use crate::containers::signing::Fork;
use crate::containers::state::{
    HistoricalSummary, PendingConsolidation, PendingDeposit, PendingPartialWithdrawal, Validator,
};
use crate::containers::sync::SyncCommittee;
use crate::preset::Preset;
use crate::primitives::{Epoch, Root, Slot};

/// `BeaconState` of Electra, at least 2,737,297 bytes (minimal preset 10,897).
///
/// See `electra/beacon-chain.md`, "BeaconState".
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
    /// The last vote that won.
    pub eth1_data: Eth1Data,
    /// Votes of the current voting period.
    pub eth1_data_votes: VariableList<Eth1Data, P::SlotsPerEth1VotingPeriod>,
    /// Deposits taken in so far.
    pub eth1_deposit_index: u64,
    /// All validators, by index.
    pub validators: VariableList<Validator, U1099511627776>,
    /// Their balances, by index.
    pub balances: VariableList<Gwei, U1099511627776>,
    /// Randomness of past epochs.
    pub randao_mixes: FixedVector<Bytes32, P::EpochsPerHistoricalVector>,
    /// Sum of slashed balances, by epoch.
    pub slashings: FixedVector<Gwei, P::EpochsPerSlashingsVector>,
    /// Flags of each validator for the last epoch.
    pub previous_epoch_participation: VariableList<u8, U1099511627776>,
    /// Flags of each validator for this epoch.
    pub current_epoch_participation: VariableList<u8, U1099511627776>,
    /// Which of the last four epochs are justified.
    pub justification_bits: BitVector<U4>,
    /// Justified checkpoint as of the last epoch.
    pub previous_justified_checkpoint: Checkpoint,
    /// Justified checkpoint.
    pub current_justified_checkpoint: Checkpoint,
    /// Finalized checkpoint.
    pub finalized_checkpoint: Checkpoint,
    /// Inactivity score of each validator.
    pub inactivity_scores: VariableList<u64, U1099511627776>,
    /// Sync committee of this period.
    pub current_sync_committee: SyncCommittee<P>,
    /// Sync committee of the next period.
    pub next_sync_committee: SyncCommittee<P>,
    /// Header of the last payload.
    pub latest_execution_payload_header: ExecutionPayloadHeader,
    /// Number of the next withdrawal.
    pub next_withdrawal_index: u64,
    /// Where the next withdrawal sweep starts.
    pub next_withdrawal_validator_index: ValidatorIndex,
    /// Roots of batches of roots, since Capella.
    pub historical_summaries: VariableList<HistoricalSummary, U16777216>,
    /// First deposit that comes as a request.
    pub deposit_requests_start_index: u64,
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
    pub pending_deposits: VariableList<PendingDeposit, U134217728>,
    /// Partial withdrawals not yet paid.
    pub pending_partial_withdrawals: VariableList<PendingPartialWithdrawal, P::PendingPartialWithdrawalsLimit>,
    /// Consolidations not yet done.
    pub pending_consolidations: VariableList<PendingConsolidation, P::PendingConsolidationsLimit>,
}

container!([P: Preset] BeaconState<P> { genesis_time, genesis_validators_root, slot, fork, latest_block_header, block_roots, state_roots, historical_roots, eth1_data, eth1_data_votes, eth1_deposit_index, validators, balances, randao_mixes, slashings, previous_epoch_participation, current_epoch_participation, justification_bits, previous_justified_checkpoint, current_justified_checkpoint, finalized_checkpoint, inactivity_scores, current_sync_committee, next_sync_committee, latest_execution_payload_header, next_withdrawal_index, next_withdrawal_validator_index, historical_summaries, deposit_requests_start_index, deposit_balance_to_consume, exit_balance_to_consume, earliest_exit_epoch, consolidation_balance_to_consume, earliest_consolidation_epoch, pending_deposits, pending_partial_withdrawals, pending_consolidations });
