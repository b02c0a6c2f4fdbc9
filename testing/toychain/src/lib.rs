//! A chain of a few validators whose keys everybody knows: a view for a judge, and messages that the judge accepts.
//!
//! [`Chain`] stands at one slot of one fork; [`Chain::view`] answers what rules ask, in closed form: committees are
//! stretches of the list of validators, and the proposer of a slot is its number modulo theirs. [`Chain::message`] makes a
//! message for any topic, really signed and with real KZG proofs; the parts it is made of are there for those who
//! need many. Deterministic: two chains with the same [`Size`] are the same. [`JUDGE_TARGETS`] are for fuzzing: a judge of this
//! chain under any bytes, topic by topic.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::missing_panics_doc,
    reason = "made for tests: what cannot be made is a mistake here"
)]

mod blobs;
mod judging;
mod keys;
mod messages;
mod view;

use std::sync::Arc;

use bytes::Bytes;
use cl_types::network::{ChainConfig, ConfiguredFork};
use cl_types::primitives::FAR_FUTURE_EPOCH;
use cl_types::schedule::BlobParameters;
use cl_types::{Epoch, ForkName, ForkVersion, Genesis, Preset, Root, Slot};
use cl_validation::chain::SyncCommittee;
use cl_validation::crypto::CKzg;
use cl_validation::{Config, Level};
use typenum::Unsigned;

pub use blobs::Blobs;
pub use judging::{JUDGE_TARGETS, JudgeTarget, Misjudged};
pub use keys::{Key, Keys};
pub use view::View;

/// The epoch that the chain is in: late enough for anybody to leave.
pub const EPOCH: Epoch = Epoch(300);
/// How far into its epoch the chain is, in slots.
const SLOTS_INTO_EPOCH: u64 = 3;

/// Blocks of the chain, oldest first: the finalized one, the one that decides the shuffling, the target of votes, the
/// head, and one of the current slot that everybody knows but nobody builds on.
pub const FINALIZED: Root = Root::repeat_byte(0xf1);
/// See [`FINALIZED`].
pub const DEPENDENT: Root = Root::repeat_byte(0xde);
/// See [`FINALIZED`].
pub const TARGET: Root = Root::repeat_byte(0x7a);
/// See [`FINALIZED`].
pub const HEAD: Root = Root::repeat_byte(0x4e);
/// See [`FINALIZED`].
pub const NEWEST: Root = Root::repeat_byte(0x2e);

/// Payloads: the one before the head's, the head's, and that of the newest block.
pub(crate) const PAYLOAD_BEFORE: Root = Root::repeat_byte(0xb0);
pub(crate) const PAYLOAD_OF_HEAD: Root = Root::repeat_byte(0xb1);
pub(crate) const PAYLOAD_OF_NEWEST: Root = Root::repeat_byte(0xb2);
/// Randomness after the head.
pub(crate) const MIX: Root = Root::repeat_byte(0x77);
pub(crate) const GAS_LIMIT: u64 = 30_000_000;
/// Builders there are.
pub(crate) const BUILDERS: u64 = 2;

/// How large a chain is.
#[derive(Clone, Debug)]
pub struct Size {
    /// Validators, at least one for each committee of an epoch.
    pub validators: u64,
    /// Committees in a slot.
    pub committees: u64,
    /// The keys that validators share: validator `n` has key `n` modulo their number.
    pub keys: Arc<Keys>,
    /// Blobs of a block.
    pub blobs: Arc<Blobs>,
}

/// A chain at one slot of one fork. See the [crate].
#[derive(Debug)]
pub struct Chain<P: Preset> {
    pub(crate) config: ChainConfig,
    pub(crate) fork: ForkName,
    pub(crate) size: Size,
    pub(crate) sync: Arc<SyncCommittee>,
    /// Our own updates: finality and optimistic.
    pub(crate) light_client: [Bytes; 2],
    preset: std::marker::PhantomData<P>,
}

impl<P: Preset> Chain<P> {
    /// A chain in a fork; later forks are not scheduled, earlier ones are long past.
    #[must_use]
    pub fn new(fork: ForkName, size: Size) -> Self {
        let forks = ForkName::ALL.map(|name| ConfiguredFork {
            version: ForkVersion([name.index() as u8, 0, 0, 1]),
            epoch: if name <= fork { Epoch(0) } else { FAR_FUTURE_EPOCH },
        });
        let config = ChainConfig {
            name: "toy".to_owned(),
            preset: P::ID,
            forks,
            blob_schedule: vec![BlobParameters { epoch: Epoch(0), max_blobs_per_block: 21 }],
            max_blobs_per_block_electra: 9,
            slot_duration_ms: P::ID.default_slot_duration_ms(),
        };
        let members: Vec<&Key> = (0..P::SyncCommitteeSize::U64).map(|n| size.keys.of(n % size.validators)).collect();
        let sync = Arc::new(SyncCommittee {
            pubkeys: members.iter().map(|key| key.pubkey.clone()).collect(),
            keys: members.iter().map(|key| key.public).collect(),
        });
        let preset = std::marker::PhantomData;
        let mut chain = Self { config, fork, size, sync, light_client: Default::default(), preset };
        chain.light_client = messages::light_client_updates(&chain);
        chain
    }

    /// What a judge of this chain is made with.
    #[must_use]
    pub fn config(&self, level: Level) -> Config {
        Config { chain: self.config.clone(), genesis: self.genesis(), level, kzg: Arc::new(CKzg) }
    }

    /// The chain's beginning.
    #[must_use]
    pub const fn genesis(&self) -> Genesis {
        Genesis { time: 0, validators_root: Root::repeat_byte(0x9e) }
    }

    /// What rules ask.
    #[must_use]
    pub const fn view(&self) -> View<'_, P> {
        View::new(self, 0)
    }

    /// A view that has no answer to some questions; which ones, `gaps` decides. 0 answers everything.
    #[must_use]
    pub const fn view_with_gaps(&self, gaps: u8) -> View<'_, P> {
        View::new(self, gaps)
    }

    /// The fork.
    #[must_use]
    pub const fn fork(&self) -> ForkName {
        self.fork
    }

    /// The current slot: that of all messages.
    #[must_use]
    pub fn slot(&self) -> Slot {
        self.start_of(EPOCH).saturating_add(SLOTS_INTO_EPOCH)
    }

    /// A moment after the current slot has begun, in milliseconds.
    #[must_use]
    pub fn now_ms(&self) -> u64 {
        self.slot().0 * self.config.slot_duration_ms + 300
    }

    pub(crate) fn start_of(&self, epoch: Epoch) -> Slot {
        epoch.start_slot(P::ID.slots_per_epoch())
    }

    /// The blocks with their slots, oldest first.
    pub(crate) fn blocks(&self) -> [(Root, Slot); 5] {
        [
            (FINALIZED, self.start_of(Epoch(EPOCH.0 - 2))),
            (DEPENDENT, Slot(self.start_of(Epoch(EPOCH.0 - 1)).0 - 1)),
            (TARGET, self.start_of(EPOCH)),
            (HEAD, Slot(self.slot().0 - 1)),
            (NEWEST, self.slot()),
        ]
    }

    /// `get_beacon_committee`: a stretch of the list of validators.
    #[must_use]
    pub fn committee(&self, slot: Slot, index: u64) -> Vec<u64> {
        let number = (slot.0 % P::ID.slots_per_epoch()) * self.size.committees + index;
        let count = self.size.committees * P::ID.slots_per_epoch();
        let at = |number: u64| self.size.validators * number / count;
        (at(number)..at(number + 1)).collect()
    }

    /// Who proposes in a slot.
    #[must_use]
    pub const fn proposer(&self, slot: Slot) -> u64 {
        slot.0 % self.size.validators
    }

    /// The first 16 members of the slot's committees, over and over.
    pub(crate) fn inclusion_list_committee(&self, slot: Slot) -> Vec<u64> {
        let members: Vec<u64> = (0..self.size.committees).flat_map(|index| self.committee(slot, index)).collect();
        members.into_iter().cycle().take(16).collect()
    }
}
