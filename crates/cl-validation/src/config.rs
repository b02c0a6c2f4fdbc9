//! What a judge must know beforehand.

use std::sync::Arc;

use cl_types::network::ChainConfig;
use cl_types::{Epoch, ForkName, ForkVersion, Genesis, Network, Root, SlotClock};

use crate::crypto::{CKzg, Kzg};

/// `MAX_BLOBS_PER_BLOCK`: Deneb's.
const MAX_BLOBS_PER_BLOCK: u64 = 6;

/// How much is checked before a message is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// What a message says of itself: its encoding, its counts, its subnet where it names it, its slot against the clock,
    /// and whether it is the first of its kind. No signature, no proof. For devnets.
    Structure,
    /// The same, and inclusion proofs, KZG proofs and limits of blobs. Only what these prove is accepted: blob sidecars and
    /// the columns of Fulu. All else is ignored, for nothing shows who made it.
    Stateless,
    /// Every rule. What the chain cannot answer stays undecided.
    Full,
}

/// What a judge must know beforehand.
#[derive(Clone, Debug)]
pub struct Config {
    /// The chain's configuration.
    pub chain: ChainConfig,
    /// The chain's beginning.
    pub genesis: Genesis,
    /// How much is checked.
    pub level: Level,
    /// Who checks KZG proofs. Default: [`CKzg`].
    pub kzg: Arc<dyn Kzg>,
}

impl Config {
    /// Of a network.
    #[must_use]
    pub fn new(network: &Network, level: Level) -> Self {
        Self { chain: network.config.clone(), genesis: network.genesis, level, kzg: Arc::new(CKzg) }
    }

    pub(crate) const fn clock(&self) -> SlotClock {
        SlotClock::new(self.genesis.time, self.chain.slot_duration_ms)
    }

    /// `compute_fork_version`.
    pub(crate) fn version_at(&self, epoch: Epoch) -> ForkVersion {
        let active = ForkName::ALL.into_iter().rev().map(|fork| self.chain.fork(fork)).find(|fork| fork.epoch <= epoch);
        active.unwrap_or_else(|| self.chain.fork(ForkName::Phase0)).version
    }

    /// Most blobs of a block of a fork at an epoch.
    pub(crate) fn max_blobs(&self, fork: ForkName, epoch: Epoch) -> u64 {
        if fork < ForkName::Deneb {
            return 0;
        }
        if fork == ForkName::Deneb {
            return MAX_BLOBS_PER_BLOCK;
        }
        let scheduled = self.chain.blob_schedule.iter().filter(|entry| entry.epoch <= epoch).max_by_key(|e| e.epoch);
        match scheduled {
            Some(entry) if fork >= ForkName::Fulu => entry.max_blobs_per_block,
            _ => self.chain.max_blobs_per_block_electra,
        }
    }

    pub(crate) const fn validators_root(&self) -> Root {
        self.genesis.validators_root
    }
}
