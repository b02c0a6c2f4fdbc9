//! When each fork is active, and what it is called on the network.
//!
//! [`ForkSchedule`] is the only place that does fork arithmetic. Regular forks and blob-parameter forks are entries of
//! one list; where both start in one epoch they are one entry.

mod plan;

pub use plan::{ForkPlan, JOIN_AHEAD_EPOCHS, LEAVE_AFTER_EPOCHS, TOLERATED_SLOTS, TopicRule, Window};

use sha2::{Digest, Sha256};
use ssz::Encode;

use crate::container::container;
use crate::fork::ForkName;
use crate::network::ChainConfig;
use crate::preset::PresetId;
use crate::primitives::{Epoch, FAR_FUTURE_EPOCH, ForkDigest, ForkVersion, Root, Slot};

/// `MAX_BLOBS_PER_BLOCK`: Deneb's.
const MAX_BLOBS_PER_BLOCK: u64 = 6;

/// An entry of `BLOB_SCHEDULE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobParameters {
    /// From which epoch it holds.
    pub epoch: Epoch,
    /// Most blobs in a block.
    pub max_blobs_per_block: u64,
}

/// One era of the chain: from `epoch` to the next entry's epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ForkEntry {
    /// First epoch of the era.
    pub epoch: Epoch,
    /// Its name on the network.
    pub digest: ForkDigest,
    /// The rules and containers in force.
    pub fork: ForkName,
    /// The version in force.
    pub version: ForkVersion,
    /// Blob parameters in force; `None` before Fulu.
    pub blobs: Option<BlobParameters>,
}

/// `ENRForkID`, 16 bytes: the value of the record's `eth2` key.
///
/// See `phase0/p2p-interface.md`, "eth2 field".
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct EnrForkId {
    /// Digest at the wall-clock epoch.
    pub fork_digest: ForkDigest,
    /// Version in force at `next_fork_epoch`; the current one if nothing is scheduled.
    pub next_fork_version: ForkVersion,
    /// Epoch of the next entry, 2^64 - 1 if there is none.
    pub next_fork_epoch: Epoch,
}

container!(EnrForkId { fork_digest, next_fork_version, next_fork_epoch });

/// Why no schedule can be made of a configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScheduleError {
    /// A later fork starts before an earlier one.
    #[error("{later} is scheduled for epoch {later_epoch}, before {earlier} at epoch {earlier_epoch}")]
    OutOfOrder {
        /// The fork that should come first.
        earlier: ForkName,
        /// Its epoch.
        earlier_epoch: Epoch,
        /// The fork that should come after it.
        later: ForkName,
        /// Its epoch.
        later_epoch: Epoch,
    },
    /// Two entries of the blob schedule name one epoch.
    #[error("BLOB_SCHEDULE has two entries for epoch {0}")]
    DuplicateBlobEpoch(Epoch),
}

/// The eras of a chain, oldest first. Never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForkSchedule {
    first: ForkEntry,
    rest: Vec<ForkEntry>,
    preset: PresetId,
    max_blobs_electra: u64,
    max_blobs_anywhere: u64,
}

impl ForkSchedule {
    /// Computes the eras and their digests.
    pub fn new(config: &ChainConfig, genesis_validators_root: Root) -> Result<Self, ScheduleError> {
        check_order(config)?;
        let mut epochs: Vec<Epoch> =
            config.forks.iter().map(|fork| fork.epoch).filter(|e| *e != FAR_FUTURE_EPOCH).collect();
        let fulu = config.fork(ForkName::Fulu).epoch;
        if fulu != FAR_FUTURE_EPOCH {
            // Entries before Fulu count from Fulu on.
            epochs.extend(
                config.blob_schedule.iter().map(|entry| entry.epoch).filter(|e| *e > fulu && *e != FAR_FUTURE_EPOCH),
            );
        }
        epochs.sort_unstable();
        epochs.dedup();
        let entry = |epoch| entry_at(config, genesis_validators_root, epoch);
        let max_blobs_anywhere = config
            .blob_schedule
            .iter()
            .map(|entry| entry.max_blobs_per_block)
            .fold(config.max_blobs_per_block_electra, u64::max);
        Ok(Self {
            first: entry(Epoch(0)),
            rest: epochs.into_iter().filter(|e| e.0 > 0).map(entry).collect(),
            preset: config.preset,
            max_blobs_electra: config.max_blobs_per_block_electra,
            max_blobs_anywhere,
        })
    }

    /// All eras, oldest first.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = &ForkEntry> + Clone {
        std::iter::once(&self.first).chain(&self.rest)
    }

    /// The era of an epoch.
    #[must_use]
    pub fn at(&self, epoch: Epoch) -> &ForkEntry {
        self.rest.iter().rev().find(|entry| entry.epoch <= epoch).unwrap_or(&self.first)
    }

    /// The era of a slot.
    #[must_use]
    pub fn at_slot(&self, slot: Slot) -> &ForkEntry {
        self.at(self.epoch_of(slot))
    }

    /// The era after the one of `epoch`.
    #[must_use]
    pub fn after(&self, epoch: Epoch) -> Option<&ForkEntry> {
        self.rest.iter().find(|entry| entry.epoch > epoch)
    }

    /// The era before the one of `epoch`.
    #[must_use]
    pub fn before(&self, epoch: Epoch) -> Option<&ForkEntry> {
        let current = self.at(epoch).epoch;
        self.entries().rev().find(|entry| entry.epoch < current)
    }

    /// The era that a digest names, or `None` if it is none of this chain's.
    #[must_use]
    pub fn by_digest(&self, digest: ForkDigest) -> Option<&ForkEntry> {
        self.entries().find(|entry| entry.digest == digest)
    }

    /// The epoch that holds a slot.
    #[must_use]
    pub const fn epoch_of(&self, slot: Slot) -> Epoch {
        slot.epoch(self.preset.slots_per_epoch())
    }

    /// The first slot of an epoch.
    #[must_use]
    pub const fn start_slot(&self, epoch: Epoch) -> Slot {
        epoch.start_slot(self.preset.slots_per_epoch())
    }

    /// The preset of the chain.
    #[must_use]
    pub const fn preset(&self) -> PresetId {
        self.preset
    }

    /// Most blobs that a block of an era may have, none before Deneb. For Deneb it is that of mainnet: no public network
    /// had a higher one.
    #[must_use]
    pub fn max_blobs(&self, era: &ForkEntry) -> u64 {
        match (era.blobs, era.fork) {
            (Some(blobs), _) => blobs.max_blobs_per_block,
            (None, ForkName::Deneb) => MAX_BLOBS_PER_BLOCK,
            (None, fork) if fork > ForkName::Deneb => self.max_blobs_electra,
            (None, _) => 0,
        }
    }

    /// The largest blob limit of the whole schedule, whether or not already in force.
    #[must_use]
    pub const fn max_blobs_anywhere(&self) -> u64 {
        self.max_blobs_anywhere
    }

    /// The record's `eth2` value at an epoch.
    #[must_use]
    pub fn enr_fork_id(&self, epoch: Epoch) -> EnrForkId {
        let active = self.at(epoch);
        let next = self.after(epoch);
        EnrForkId {
            fork_digest: active.digest,
            next_fork_version: next.map_or(active.version, |entry| entry.version),
            next_fork_epoch: next.map_or(FAR_FUTURE_EPOCH, |entry| entry.epoch),
        }
    }

    /// The record's `nfd` value at an epoch: the digest of the next era, zero if there is none.
    #[must_use]
    pub fn next_fork_digest(&self, epoch: Epoch) -> ForkDigest {
        self.after(epoch).map_or_else(ForkDigest::default, |entry| entry.digest)
    }

    /// True if Fulu is scheduled: then records must carry `cgc` and `nfd`.
    #[must_use]
    pub fn has_fulu(&self) -> bool {
        self.entries().any(|entry| entry.fork >= ForkName::Fulu)
    }
}

fn check_order(config: &ChainConfig) -> Result<(), ScheduleError> {
    let mut earlier = (ForkName::Phase0, config.fork(ForkName::Phase0).epoch);
    for (name, fork) in ForkName::ALL.into_iter().zip(&config.forks) {
        if fork.epoch < earlier.1 {
            let (earlier, earlier_epoch) = earlier;
            return Err(ScheduleError::OutOfOrder { earlier, earlier_epoch, later: name, later_epoch: fork.epoch });
        }
        earlier = (name, fork.epoch);
    }
    let mut epochs: Vec<Epoch> = config.blob_schedule.iter().map(|entry| entry.epoch).collect();
    epochs.sort_unstable();
    for pair in epochs.windows(2) {
        if let [a, b] = pair
            && a == b
        {
            return Err(ScheduleError::DuplicateBlobEpoch(*a));
        }
    }
    Ok(())
}

fn entry_at(config: &ChainConfig, genesis_validators_root: Root, epoch: Epoch) -> ForkEntry {
    let (fork, version) =
        ForkName::ALL.into_iter().zip(&config.forks).rev().find(|(_, fork)| fork.epoch <= epoch).map_or_else(
            || (ForkName::Phase0, config.fork(ForkName::Phase0).version),
            |(name, fork)| (name, fork.version),
        );
    let blobs = (fork >= ForkName::Fulu).then(|| blob_parameters(config, epoch));
    let mut root = fork_data_root(version, genesis_validators_root);
    if let Some(blobs) = blobs {
        let mask: [u8; 32] = Sha256::digest((blobs.epoch.0, blobs.max_blobs_per_block).as_ssz_bytes()).into();
        for (byte, mask) in root.iter_mut().zip(mask) {
            *byte ^= mask;
        }
    }
    let [a, b, c, d, ..] = root;
    ForkEntry { epoch, digest: ForkDigest([a, b, c, d]), fork, version, blobs }
}

fn blob_parameters(config: &ChainConfig, epoch: Epoch) -> BlobParameters {
    let electra = BlobParameters {
        epoch: config.fork(ForkName::Electra).epoch,
        max_blobs_per_block: config.max_blobs_per_block_electra,
    };
    config.blob_schedule.iter().filter(|entry| entry.epoch <= epoch).max().copied().unwrap_or(electra)
}

/// `compute_fork_data_root`: also the second half of every signature domain.
#[must_use]
pub fn fork_data_root(version: ForkVersion, genesis_validators_root: Root) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(version.0);
    hasher.update([0; 28]);
    hasher.update(genesis_validators_root);
    hasher.finalize().into()
}
