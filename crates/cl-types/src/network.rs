//! A network: its configuration, its genesis, its boot records. Public ones are embedded ([`Network::named`]), others are
//! read from a testnet folder ([`Network::from_dir`]).

mod config_yaml;
mod embedded;
mod folder;
mod writer;
mod yaml;

pub use config_yaml::{ConfigError, Expected, MAX_BLOB_COMMITMENTS_PER_BLOCK, MAX_BLOB_SCHEDULE_LEN};
pub use embedded::UnknownNetwork;
pub use folder::NetworkError;
pub use writer::WriteError;
pub use yaml::{SyntaxError, YamlError};

use crate::clock::SlotClock;
use crate::fork::ForkName;
use crate::preset::PresetId;
use crate::primitives::{Epoch, ForkVersion, Root};
use crate::schedule::{BlobParameters, ForkSchedule, ScheduleError};

/// One row of the fork table in a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConfiguredFork {
    /// Its version.
    pub version: ForkVersion,
    /// Its first epoch, [`FAR_FUTURE_EPOCH`](crate::primitives::FAR_FUTURE_EPOCH) if unscheduled.
    pub epoch: Epoch,
}

/// The runtime configuration of a chain, as far as its network needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainConfig {
    /// `CONFIG_NAME`, for people.
    pub name: String,
    /// `PRESET_BASE`.
    pub preset: PresetId,
    /// Versions and epochs of all forks, in the order of [`ForkName::ALL`]. Phase0's epoch is 0.
    pub forks: [ConfiguredFork; ForkName::ALL.len()],
    /// `BLOB_SCHEDULE`, in any order.
    pub blob_schedule: Vec<BlobParameters>,
    /// `MAX_BLOBS_PER_BLOCK_ELECTRA`: the limit before the first entry of the blob schedule.
    pub max_blobs_per_block_electra: u64,
    /// `SLOT_DURATION_MS`.
    pub slot_duration_ms: u64,
}

impl ChainConfig {
    /// The row of one fork.
    #[must_use]
    pub fn fork(&self, name: ForkName) -> &ConfiguredFork {
        let [first, ..] = &self.forks;
        self.forks.get(name.index()).unwrap_or(first)
    }
}

/// What a node must know of a chain's beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Genesis {
    /// Seconds since the Unix epoch.
    pub time: u64,
    /// `genesis_validators_root`.
    pub validators_root: Root,
}

/// A network that a node can join.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    /// The chain's configuration.
    pub config: ChainConfig,
    /// The chain's beginning.
    pub genesis: Genesis,
    /// Boot records in text form (`enr:…`), not yet parsed.
    pub boot_nodes: Vec<String>,
}

impl Network {
    /// The fork schedule of this chain.
    pub fn schedule(&self) -> Result<ForkSchedule, ScheduleError> {
        ForkSchedule::new(&self.config, self.genesis.validators_root)
    }

    /// The slot clock of this chain.
    #[must_use]
    pub const fn clock(&self) -> SlotClock {
        SlotClock::new(self.genesis.time, self.config.slot_duration_ms)
    }
}
