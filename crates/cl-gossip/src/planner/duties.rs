//! What validators ask of the planner: which subnets, from which slot to which.

use std::collections::{BTreeMap, BTreeSet};

use cl_types::subnets::{ATTESTATION_SUBNET_COUNT, SYNC_COMMITTEE_SUBNET_COUNT};
use cl_types::{Epoch, PresetId, Slot};
use sha2::{Digest, Sha256};

/// Aggregators join their subnet this many slots ahead. The slowest of what must be over by then is finding peers: a query
/// of discovery, a dial and a handshake take some ten seconds, and grafting a few heartbeats of 0.7 s. It also outlasts the
/// 10 s in which a subnet that was just left must not be grafted again. Four slots are 48 s of mainnet, 24 s of the minimal
/// preset, 20 s of Gnosis; each costs an aggregator one more slot of its subnet's traffic.
pub const AGGREGATOR_AHEAD_SLOTS: u64 = 4;
/// Aggregators stay for this many slots after their own. The aggregate is due before the slot ends; what late voters and
/// fast clocks send then comes within the slot after it.
pub const AGGREGATOR_AFTER_SLOTS: u64 = 1;
/// Duties are taken until the end of this many epochs after the present one. The specification knows committees one epoch
/// ahead.
pub const DUTY_AHEAD_EPOCHS: u64 = 2;
/// Most sync committee duties at once: each subnet, for many more periods than are known ahead.
pub const MAX_SYNC_DUTIES: usize = 64;

/// A committee of a validator, for one slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttestationDuty {
    /// The slot of the vote.
    pub slot: Slot,
    /// The subnet of its committee, see [`cl_types::subnets::attestation_subnet`].
    pub subnet: u64,
    /// Aggregators must hear the others. Who only votes publishes, for which peers are enough: it joins nothing.
    pub is_aggregator: bool,
}

/// A subcommittee of a validator, for one period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SyncDuty {
    /// The subnet, see [`cl_types::subnets::sync_subnets`].
    pub subnet: u64,
    /// First epoch of the period. The subnet is joined and advertised one to four epochs before, as the specification says.
    pub from: Epoch,
    /// First epoch after the period.
    pub until: Epoch,
}

/// Why a duty is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DutyError {
    /// The planner has seen no slot yet, so it cannot tell what is past.
    #[error("the planner has seen no slot yet")]
    NoSlot,
    /// There is no such subnet.
    #[error("subnet {subnet}: there are {count}")]
    NoSuchSubnet {
        /// What was asked for.
        subnet: u64,
        /// How many there are.
        count: u64,
    },
    /// Nothing is left to do for it.
    #[error("the duty ended before slot {now}")]
    Past {
        /// The present slot.
        now: Slot,
    },
    /// No committee is known that far ahead.
    #[error("slot {slot} is too far ahead: duties are taken until slot {last}")]
    TooFar {
        /// What was asked for.
        slot: Slot,
        /// The last slot for which duties are taken.
        last: Slot,
    },
    /// A period that ends before it begins.
    #[error("epochs {from} to {until} are no period")]
    NoPeriod {
        /// Its first epoch.
        from: Epoch,
        /// The first after it.
        until: Epoch,
    },
    /// [`MAX_SYNC_DUTIES`] are there already.
    #[error("there are {MAX_SYNC_DUTIES} sync committee duties already")]
    Full,
}

/// Subnets of a slot, one bit for each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Votes {
    aggregated: u64,
    published: u64,
}

/// All duties that are not over. At most [`DUTY_AHEAD_EPOCHS`] and a few slots of attestation duties, 24 bytes a slot,
/// however many validators there are, and [`MAX_SYNC_DUTIES`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Duties {
    votes: BTreeMap<Slot, Votes>,
    sync: BTreeSet<SyncDuty>,
}

impl Duties {
    pub(super) const fn new() -> Self {
        Self { votes: BTreeMap::new(), sync: BTreeSet::new() }
    }

    /// Takes a duty; again is no harm. True if that changes what is wanted at `now`.
    pub(super) fn attest(&mut self, duty: AttestationDuty, now: Slot, preset: PresetId) -> Result<bool, DutyError> {
        if duty.subnet >= ATTESTATION_SUBNET_COUNT {
            return Err(DutyError::NoSuchSubnet { subnet: duty.subnet, count: ATTESTATION_SUBNET_COUNT });
        }
        if duty.slot.saturating_add(AGGREGATOR_AFTER_SLOTS) < now {
            return Err(DutyError::Past { now });
        }
        let per_epoch = preset.slots_per_epoch();
        let end = now.epoch(per_epoch).saturating_add(DUTY_AHEAD_EPOCHS + 1).start_slot(per_epoch);
        if duty.slot >= end {
            return Err(DutyError::TooFar { slot: duty.slot, last: end.saturating_sub(1) });
        }
        let votes = self.votes.entry(duty.slot).or_default();
        let before = *votes;
        let bit = 1 << duty.subnet;
        votes.published |= bit;
        if duty.is_aggregator {
            votes.aggregated |= bit;
        }
        Ok(*votes != before && is_at_hand(duty.slot, now))
    }

    /// Takes a duty; again is no harm.
    pub(super) fn sync(&mut self, duty: SyncDuty, now: Slot, preset: PresetId) -> Result<(), DutyError> {
        if duty.subnet >= SYNC_COMMITTEE_SUBNET_COUNT {
            return Err(DutyError::NoSuchSubnet { subnet: duty.subnet, count: SYNC_COMMITTEE_SUBNET_COUNT });
        }
        if duty.until <= duty.from {
            return Err(DutyError::NoPeriod { from: duty.from, until: duty.until });
        }
        if duty.until <= now.epoch(preset.slots_per_epoch()) {
            return Err(DutyError::Past { now });
        }
        if self.sync.len() >= MAX_SYNC_DUTIES && !self.sync.contains(&duty) {
            return Err(DutyError::Full);
        }
        self.sync.insert(duty);
        Ok(())
    }

    /// Takes a duty back.
    pub(super) fn end_sync(&mut self, duty: &SyncDuty) -> bool {
        self.sync.remove(duty)
    }

    /// Forgets what is over at `now`.
    pub(super) fn forget_past(&mut self, now: Slot, preset: PresetId) {
        self.votes = self.votes.split_off(&now.saturating_sub(AGGREGATOR_AFTER_SLOTS));
        let epoch = now.epoch(preset.slots_per_epoch());
        self.sync.retain(|duty| epoch < duty.until);
    }

    /// Bits of the attestation subnets to be on at `now`, for duties whose slot `is_of_era`.
    pub(super) fn aggregated(&self, now: Slot, is_of_era: impl Fn(Slot) -> bool) -> u64 {
        self.at_hand(now).filter(|(slot, _)| is_of_era(*slot)).fold(0, |bits, (_, votes)| bits | votes.aggregated)
    }

    /// Bits of the attestation subnets on which peers are needed at `now`.
    pub(super) fn published(&self, now: Slot) -> u64 {
        self.at_hand(now).fold(0, |bits, (_, votes)| bits | votes.published)
    }

    /// The subnets of votes in the slots after `now` up to `until`, with the last slot of each.
    pub(super) fn ahead(&self, now: Slot, until: Slot) -> BTreeMap<u64, Slot> {
        let votes = self.votes.range(now..=until.max(now));
        votes.flat_map(|(slot, votes)| super::subnets(votes.published).map(|subnet| (subnet, *slot))).collect()
    }

    fn at_hand(&self, now: Slot) -> impl Iterator<Item = (Slot, Votes)> {
        let range = now.saturating_sub(AGGREGATOR_AFTER_SLOTS)..=now.saturating_add(AGGREGATOR_AHEAD_SLOTS);
        self.votes.range(range).map(|(slot, votes)| (*slot, *votes))
    }

    /// The sync committee subnets to be on in an epoch.
    pub(super) fn sync_subnets(&self, node_id: &[u8; 32], epoch: Epoch) -> BTreeSet<u64> {
        let is_on = |duty: &&SyncDuty| duty.join(node_id) <= epoch && epoch < duty.until;
        self.sync.iter().filter(is_on).map(|duty| duty.subnet).collect()
    }

    /// The slots at which something that duties ask for begins or ends.
    pub(super) fn turns(&self, node_id: &[u8; 32], preset: PresetId) -> impl Iterator<Item = Slot> {
        let of_votes = |slot: &Slot| {
            [slot.saturating_sub(AGGREGATOR_AHEAD_SLOTS), slot.saturating_add(AGGREGATOR_AFTER_SLOTS + 1)]
        };
        let start = move |epoch: Epoch| epoch.start_slot(preset.slots_per_epoch());
        let of_sync = move |duty: &SyncDuty| [start(duty.join(node_id)), start(duty.until)];
        self.votes.keys().flat_map(of_votes).chain(self.sync.iter().flat_map(of_sync))
    }
}

fn is_at_hand(slot: Slot, now: Slot) -> bool {
    slot.saturating_sub(AGGREGATOR_AHEAD_SLOTS) <= now && now <= slot.saturating_add(AGGREGATOR_AFTER_SLOTS)
}

impl SyncDuty {
    /// The epoch at whose start this node joins: one to `SYNC_COMMITTEE_SUBNET_COUNT` before the period, at random, so that
    /// not all members come at once. The node's id decides, so that a restarted node chooses the same.
    #[must_use]
    pub fn join(&self, node_id: &[u8; 32]) -> Epoch {
        let mut hasher = Sha256::new();
        hasher.update(node_id);
        hasher.update(self.subnet.to_le_bytes());
        hasher.update(self.from.0.to_le_bytes());
        let [first, ..]: [u8; 32] = hasher.finalize().into();
        self.from.saturating_sub(1 + u64::from(first) % SYNC_COMMITTEE_SUBNET_COUNT)
    }
}
