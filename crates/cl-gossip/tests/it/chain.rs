//! Chains for the tests.

use std::sync::Arc;

use cl_types::network::ConfiguredFork;
use cl_types::primitives::FAR_FUTURE_EPOCH;
use cl_types::{ChainConfig, Epoch, ForkName, ForkSchedule, ForkVersion, PresetId, Root};

/// A chain on the minimal preset that begins in Electra; Fulu follows at epoch 10.
pub(crate) fn electra_then_fulu() -> Arc<ForkSchedule> {
    schedule(&[0, 0, 0, 0, 0, 0, 10])
}

/// Forks at the given epochs in the order of `ForkName::ALL`, the rest unscheduled.
pub(crate) fn schedule(epochs: &[u64]) -> Arc<ForkSchedule> {
    let fork = |index: usize| ConfiguredFork {
        version: ForkVersion([u8::try_from(index).unwrap(), 0, 0, 1]),
        epoch: epochs.get(index).map_or(FAR_FUTURE_EPOCH, |epoch| Epoch(*epoch)),
    };
    let config = ChainConfig {
        name: "test".to_owned(),
        preset: PresetId::Minimal,
        forks: std::array::from_fn::<_, { ForkName::ALL.len() }, _>(fork),
        blob_schedule: Vec::new(),
        max_blobs_per_block_electra: 9,
        slot_duration_ms: 6000,
    };
    Arc::new(ForkSchedule::new(&config, Root::repeat_byte(7)).unwrap())
}
