//! The state of Bellatrix.

use ssz_types::{BitVector, FixedVector, VariableList};
use typenum::{U4, U16777216, U1099511627776};

use crate::container::container;
use crate::containers::attestation::Checkpoint;
use crate::containers::basic::{Bytes32, Gwei};
use crate::containers::bellatrix::ExecutionPayloadHeader;
use crate::containers::block::BeaconBlockHeader;
use crate::containers::operations::Eth1Data;
use crate::containers::signing::Fork;
use crate::containers::state::Validator;
use crate::containers::sync::SyncCommittee;
use crate::preset::Preset;
use crate::primitives::{Root, Slot};

/// `BeaconState` of Bellatrix, at least 2,737,169 bytes (minimal preset 10,769).
///
/// See `bellatrix/beacon-chain.md`, "BeaconState".
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
}

container!([P: Preset] BeaconState<P> { genesis_time, genesis_validators_root, slot, fork, latest_block_header, block_roots, state_roots, historical_roots, eth1_data, eth1_data_votes, eth1_deposit_index, validators, balances, randao_mixes, slashings, previous_epoch_participation, current_epoch_participation, justification_bits, previous_justified_checkpoint, current_justified_checkpoint, finalized_checkpoint, inactivity_scores, current_sync_committee, next_sync_committee, latest_execution_payload_header });
