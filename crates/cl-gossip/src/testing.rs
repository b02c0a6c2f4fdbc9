//! Chains for unit tests.

use std::sync::Arc;

use cl_types::network::ConfiguredFork;
use cl_types::primitives::FAR_FUTURE_EPOCH;
use cl_types::schedule::BlobParameters;
use cl_types::{ChainConfig, Epoch, ForkName, ForkSchedule, ForkVersion, PresetId, Root};

/// A chain on the minimal preset: forks at the given epochs in the order of `ForkName::ALL`, the rest unscheduled.
pub(crate) fn schedule(epochs: &[u64], blobs: &[(u64, u64)]) -> Arc<ForkSchedule> {
    let fork = |index: usize| ConfiguredFork {
        version: ForkVersion([u8::try_from(index).unwrap(), 0, 0, 1]),
        epoch: epochs.get(index).map_or(FAR_FUTURE_EPOCH, |epoch| Epoch(*epoch)),
    };
    let blob = |&(epoch, max_blobs_per_block)| BlobParameters { epoch: Epoch(epoch), max_blobs_per_block };
    let config = ChainConfig {
        name: "test".to_owned(),
        preset: PresetId::Minimal,
        forks: std::array::from_fn::<_, { ForkName::ALL.len() }, _>(fork),
        blob_schedule: blobs.iter().map(blob).collect(),
        max_blobs_per_block_electra: 9,
        slot_duration_ms: 6000,
    };
    Arc::new(ForkSchedule::new(&config, Root::repeat_byte(7)).unwrap())
}

/// Every fork ten epochs after the one before, and two blob-parameter forks after Fulu (epoch 60).
pub(crate) fn every_fork() -> Arc<ForkSchedule> {
    schedule(&[0, 10, 20, 30, 40, 50, 60, 70, 80], &[(63, 15), (65, 21)])
}
