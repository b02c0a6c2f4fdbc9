//! What was accepted before, so that the first of its kind can be told from the rest.
//!
//! | cache | bound | memory when full |
//! | --- | --- | --- |
//! | votes and aggregators by validator | 4 epochs, 2^24 validators | 2 MiB an epoch and kind; 128 KiB with a million validators |
//! | exits, slashings, credential changes | 2^24 validators | 2 MiB each; 128 KiB with a million validators |
//! | bits of aggregates and contributions | [`MAX_SLOTS`] slots, [`MAX_VOTES`] votes, 64 sets each | 64 sets of up to 256 bytes for each vote |
//! | headers of partial columns | [`MAX_SLOTS`] slots, [`MAX_HEADERS`] headers | 340 bytes to 197 kB each |
//! | all others | [`MAX_SLOTS`] slots, [`MAX_ENTRIES`] entries | 2^16 entries of 50 to 250 bytes each |
//!
//! What does not fit pushes out the oldest slot. A message whose mark was pushed out may be forwarded twice; nothing else
//! goes wrong.

mod bits;
mod mark;
mod slots;

pub(crate) use bits::{Members, is_superset};
pub(crate) use mark::Mark;
pub(crate) use slots::BySlot;

use std::sync::Arc;

use cl_types::containers::{BLSSignature, FirstSeen, Hash32, ValidatorIndex, fulu};
use cl_types::{Epoch, Root, Slot};

use crate::chain::LightClientKind;

/// Most slots that a cache remembers.
pub const MAX_SLOTS: usize = 512;
/// Most entries of a cache.
pub const MAX_ENTRIES: usize = 1 << 16;
/// Most votes whose aggregates are remembered.
pub const MAX_VOTES: usize = 1 << 13;
/// Most headers of partial columns.
pub const MAX_HEADERS: usize = 1 << 8;
/// Most epochs of votes.
pub const MAX_EPOCHS: usize = 4;

/// Preferences of a proposer that bids are held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) fee_recipient: cl_types::containers::ExecutionAddress,
    pub(crate) target_gas_limit: u64,
}

/// What is known of the inclusion lists of one validator for one slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    /// Valid messages so far.
    count: u8,
    /// Root of the first.
    first: Root,
    /// Whether the first came in time.
    timely: bool,
    /// Whether a different one came.
    equivocated: bool,
}

/// The newest light client update of a kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Newest {
    pub(crate) slot: Slot,
    pub(crate) supermajority: bool,
}

/// All caches.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// One for each shelf of first-seen keys, so that one kind does not push out another.
    first: [BySlot<FirstSeen, ()>; SHELVES],
    votes: Epochs,
    aggregators: Epochs,
    exits: Members,
    credential_changes: Members,
    proposers_slashed: Members,
    attesters_slashed: Members,
    aggregates: BySlot<(Root, u64), Vec<Vec<u8>>, MAX_VOTES>,
    contributions: BySlot<(Root, u64), Vec<Vec<u8>>, MAX_VOTES>,
    headers: BySlot<Root, Arc<fulu::PartialDataColumnHeader>, MAX_HEADERS>,
    signatures: BySlot<Root, BLSSignature>,
    payloads: BySlot<Hash32, u64>,
    best_bids: BySlot<(Hash32, Root), u64>,
    preferences: BySlot<Root, Wanted>,
    inclusion_lists: BySlot<(Root, ValidatorIndex), Listed>,
    finality_updates: Option<Newest>,
    optimistic_updates: Option<Newest>,
}

/// Bits by epoch.
type Epochs = std::collections::BTreeMap<Epoch, Members>;

const SHELVES: usize = 7;

/// On which shelf a key lies, and `None` if it has a place of its own.
const fn shelf(key: &FirstSeen) -> Option<usize> {
    Some(match key {
        FirstSeen::Block { .. } => 0,
        FirstSeen::Blob { .. } | FirstSeen::Column { .. } | FirstSeen::ColumnOf { .. } => 1,
        FirstSeen::Contribution { .. } => 2,
        FirstSeen::SyncMessage { .. } => 3,
        FirstSeen::PayloadVote { .. } => 4,
        FirstSeen::Envelope { .. } | FirstSeen::Bid { .. } | FirstSeen::Preferences { .. } => 5,
        FirstSeen::Member { .. } => 6,
        _ => return None,
    })
}

impl Seen {
    /// Whether a key was seen.
    fn has(&self, slot: Slot, key: &FirstSeen) -> bool {
        match key {
            FirstSeen::Attester { target, attester } => has_in(&self.votes, *target, *attester),
            FirstSeen::Aggregator { target, aggregator } => has_in(&self.aggregators, *target, *aggregator),
            FirstSeen::Exit(index) => self.exits.contains(*index),
            FirstSeen::CredentialChange(index) => self.credential_changes.contains(*index),
            FirstSeen::ProposerSlashing(index) => self.proposers_slashed.contains(*index),
            key => shelf(key).and_then(|i| self.first.get(i)).is_some_and(|shelf| shelf.get(slot, key).is_some()),
        }
    }

    fn insert(&mut self, slot: Slot, key: FirstSeen) {
        match key {
            FirstSeen::Attester { target, attester } => insert_in(&mut self.votes, target, attester),
            FirstSeen::Aggregator { target, aggregator } => insert_in(&mut self.aggregators, target, aggregator),
            FirstSeen::Exit(index) => self.exits.insert(index),
            FirstSeen::CredentialChange(index) => self.credential_changes.insert(index),
            FirstSeen::ProposerSlashing(index) => self.proposers_slashed.insert(index),
            key => {
                if let Some(shelf) = shelf(&key).and_then(|i| self.first.get_mut(i)) {
                    shelf.insert(slot, key, ());
                }
            }
        }
    }

    pub(crate) fn header(&self, root: Root) -> Option<&Arc<fulu::PartialDataColumnHeader>> {
        self.headers.find(&root)
    }

    /// True if this very signature over this block was right before.
    pub(crate) fn is_signed(&self, slot: Slot, root: Root, signature: &BLSSignature) -> bool {
        self.signatures.get(slot, &root) == Some(signature)
    }

    pub(crate) fn gas_limit(&self, block_hash: Hash32) -> Option<u64> {
        self.payloads.find(&block_hash).copied()
    }

    pub(crate) fn wanted(&self, slot: Slot, dependent_root: Root) -> Option<Wanted> {
        self.preferences.get(slot, &dependent_root).copied()
    }

    /// True if a bid must obey the list of this validator: it came in time, and no other was seen.
    pub(crate) fn binds(&self, slot: Slot, dependent_root: Root, validator: ValidatorIndex) -> bool {
        let listed = self.inclusion_lists.get(slot, &(dependent_root, validator));
        listed.is_some_and(|listed| listed.timely && !listed.equivocated)
    }

    const fn newest(&mut self, kind: LightClientKind) -> &mut Option<Newest> {
        match kind {
            LightClientKind::Finality => &mut self.finality_updates,
            LightClientKind::Optimistic => &mut self.optimistic_updates,
        }
    }

    /// The light client update of this kind that was forwarded last.
    pub(crate) const fn forwarded(&self, kind: LightClientKind) -> Option<Newest> {
        match kind {
            LightClientKind::Finality => self.finality_updates,
            LightClientKind::Optimistic => self.optimistic_updates,
        }
    }

    /// Entries in the largest cache that is bound by slots.
    pub(crate) fn largest(&self) -> usize {
        let first = self.first.iter().map(BySlot::len).max().unwrap_or_default();
        [
            first,
            self.aggregates.len(),
            self.contributions.len(),
            self.headers.len(),
            self.signatures.len(),
            self.payloads.len(),
            self.best_bids.len(),
            self.preferences.len(),
            self.inclusion_lists.len(),
        ]
        .into_iter()
        .max()
        .unwrap_or_default()
    }

    /// Epochs of votes in memory.
    pub(crate) fn epochs(&self) -> usize {
        self.votes.len().max(self.aggregators.len())
    }
}

fn has_in(epochs: &Epochs, epoch: Epoch, index: ValidatorIndex) -> bool {
    match epochs.get(&epoch) {
        Some(members) => members.contains(index),
        None => Members::is_too_large(index),
    }
}

fn insert_in(epochs: &mut Epochs, epoch: Epoch, index: ValidatorIndex) {
    epochs.entry(epoch).or_default().insert(index);
    while epochs.len() > MAX_EPOCHS {
        epochs.pop_first();
    }
}
