//! The made-up chain of a devnet.

use std::sync::Arc;

use cl_types::containers::{BeaconBlockBody, BeaconBlockHeader};
use cl_types::network::ConfiguredFork;
use cl_types::primitives::FAR_FUTURE_EPOCH;
use cl_types::{
    ChainConfig, ForkName, ForkSchedule, ForkVersion, Genesis, Network, Root, ScheduleError, Slot, SlotClock,
    with_preset,
};
use tree_hash::TreeHash;

use super::noise::Noise;
use super::options::{MAX_BLOBS, Options};

/// A chain, and what follows from it.
#[derive(Clone, Debug)]
pub(crate) struct Chain {
    pub(crate) network: Network,
    pub(crate) schedule: Arc<ForkSchedule>,
    pub(crate) clock: SlotClock,
    pub(crate) genesis_block_root: Root,
}

impl Chain {
    /// The chain of these options that begins at `genesis_time`, in seconds since the Unix epoch.
    pub(crate) fn new(options: &Options, genesis_time: u64) -> Result<Self, ScheduleError> {
        // Another chain for each process and each second: two devnets on one machine never mingle.
        let mut noise = Noise::new(u64::from(std::process::id()), genesis_time);
        let network = Network {
            config: ChainConfig {
                name: "devnet".into(),
                preset: options.preset,
                forks: ForkName::ALL.map(|fork| ConfiguredFork {
                    version: version(fork),
                    epoch: options.forks.epoch(fork).unwrap_or(FAR_FUTURE_EPOCH),
                }),
                blob_schedule: options.blob_schedule.to_vec(),
                max_blobs_per_block_electra: MAX_BLOBS as u64,
                slot_duration_ms: options.slot_ms,
            },
            genesis: Genesis { time: genesis_time, validators_root: noise.root() },
            boot_nodes: Vec::new(),
        };
        let body_root = with_preset!(options.preset, P => BeaconBlockBody::<P>::default().tree_hash_root());
        let genesis = BeaconBlockHeader { state_root: noise.root(), body_root, ..BeaconBlockHeader::default() };
        Ok(Self {
            schedule: Arc::new(network.schedule()?),
            clock: network.clock(),
            genesis_block_root: genesis.tree_hash_root(),
            network,
        })
    }

    /// When a slot begins, in milliseconds since the Unix epoch.
    pub(crate) const fn start_ms(&self, slot: Slot) -> u64 {
        self.clock.start_ms(slot)
    }
}

/// `0x?0000de7`: no public network's.
fn version(fork: ForkName) -> ForkVersion {
    ForkVersion([u8::try_from(fork.index()).unwrap_or_default() << 4, 0, 0x0d, 0xe7])
}
