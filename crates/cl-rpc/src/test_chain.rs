//! A small chain for tests, with an era of every fork. Shared with the integration tests.

use std::sync::{Arc, LazyLock};

use cl_types::network::ConfiguredFork;
use cl_types::schedule::BlobParameters;
use cl_types::{ChainConfig, Epoch, ForkName, ForkSchedule, ForkVersion, PresetId, Root};

/// One epoch for each fork, and a blob-parameter fork at the end.
pub(crate) fn test_chain() -> Arc<ForkSchedule> {
    static CHAIN: LazyLock<Arc<ForkSchedule>> = LazyLock::new(|| {
        let forks = ForkName::ALL.map(|name| {
            let index = u8::try_from(name.index()).unwrap();
            ConfiguredFork { version: ForkVersion([index, 0, 0, 1]), epoch: Epoch(index.into()) }
        });
        let config = ChainConfig {
            name: "test".to_owned(),
            preset: PresetId::Minimal,
            forks,
            blob_schedule: vec![BlobParameters { epoch: Epoch(20), max_blobs_per_block: 12 }],
            max_blobs_per_block_electra: 9,
            slot_duration_ms: 6000,
        };
        Arc::new(ForkSchedule::new(&config, Root::repeat_byte(7)).unwrap())
    });
    Arc::clone(&CHAIN)
}
