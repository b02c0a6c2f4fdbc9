//! What a node does about forks at one slot: the plan, and what goes with it by era.

use std::ops::RangeInclusive;

use super::{ForkEntry, ForkSchedule};
use crate::limits::min_epochs_for_sidecars_requests;
use crate::primitives::{Epoch, FAR_FUTURE_EPOCH, ForkDigest, Slot};
use crate::protocol::{self, Protocol, Row};
use crate::topic::TopicKind;

/// Topics of the next entry are joined this many epochs ahead.
pub const JOIN_AHEAD_EPOCHS: u64 = 2;
/// Topics of the previous entry are left this many epochs after it ended ("two epochs after the fork").
pub const LEAVE_AFTER_EPOCHS: u64 = 2;
/// A neighbouring digest is tolerated within this many slots of the boundary: clocks differ.
pub const TOLERATED_SLOTS: u64 = 1;

/// What a node does about forks at one slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForkPlan {
    /// The slot it holds for.
    pub slot: Slot,
    /// The era of that slot.
    pub active: ForkEntry,
    /// The era that follows, if one is scheduled.
    pub next: Option<ForkEntry>,
    /// The eras whose topics are joined now, oldest first. Always holds `active`.
    pub joined: Vec<ForkEntry>,
    /// A neighbour of `active` whose digest is neither refused nor blamed now, because the boundary is near.
    pub tolerated: Option<ForkDigest>,
}

impl ForkPlan {
    /// True if a peer may name this digest now: the active one, or a neighbour close to the boundary.
    #[must_use]
    pub fn accepts(&self, digest: ForkDigest) -> bool {
        digest == self.active.digest || self.tolerated == Some(digest)
    }
}

/// From when to when a node deals with an era. Each ends before its second epoch; [`FAR_FUTURE_EPOCH`] is never.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Its topics are joined from the start of this epoch.
    pub join: Epoch,
    /// It is active from the start of this epoch.
    pub start: Epoch,
    /// The next era is active from the start of this epoch.
    pub end: Epoch,
    /// Its topics are left at the start of this epoch.
    pub leave: Epoch,
}

impl Window {
    /// True if the era's topics are joined in this epoch.
    #[must_use]
    pub fn is_joined(&self, epoch: Epoch) -> bool {
        self.join <= epoch && (epoch < self.leave || self.leave == FAR_FUTURE_EPOCH)
    }
}

/// What is published on a family of topics in one era.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicRule {
    /// The topic, with subnet 0 where there are subnets.
    pub kind: TopicKind,
    /// How many subnets there are; `None` for a topic without.
    pub subnets: Option<u64>,
    /// Name of the SSZ type, which is the era's form of it.
    pub ssz: &'static str,
    /// Bytes of uncompressed SSZ, both ends included.
    pub bytes: RangeInclusive<usize>,
}

impl ForkSchedule {
    /// What a node does about forks at a slot. A pure function: a fresh start and a long run agree.
    #[must_use]
    pub fn plan(&self, slot: Slot) -> ForkPlan {
        let epoch = self.epoch_of(slot);
        let active = *self.at(epoch);
        let next = self.after(epoch).copied();
        let previous = self.before(epoch).copied();
        let joined = self.entries().filter(|entry| self.window(entry).is_joined(epoch)).copied().collect();
        let just_after = self.epoch_of(slot.saturating_sub(TOLERATED_SLOTS)) < active.epoch;
        let just_before = next.filter(|next| self.epoch_of(slot.saturating_add(TOLERATED_SLOTS)) >= next.epoch);
        let tolerated = just_before.or_else(|| previous.filter(|_| just_after)).map(|entry| entry.digest);
        ForkPlan { slot, active, next, joined, tolerated }
    }

    /// From when to when a node deals with an era of this schedule.
    #[must_use]
    pub fn window(&self, entry: &ForkEntry) -> Window {
        let end = self.after(entry.epoch).map_or(FAR_FUTURE_EPOCH, |after| after.epoch);
        Window {
            join: entry.epoch.saturating_sub(JOIN_AHEAD_EPOCHS),
            start: entry.epoch,
            end,
            leave: end.saturating_add(LEAVE_AFTER_EPOCHS),
        }
    }

    /// The topics of an era, subnets together, in table order.
    pub fn topics(&self, entry: &ForkEntry) -> impl Iterator<Item = TopicRule> {
        let (entry, preset, max_blobs) = (*entry, self.preset(), self.max_blobs_anywhere());
        TopicKind::families_of(entry.fork).map(move |kind| TopicRule {
            kind,
            subnets: kind.subnet_count(entry.fork),
            ssz: kind.ssz_type(entry.fork),
            bytes: kind.ssz_bounds(&entry, preset, max_blobs),
        })
    }

    /// The context bytes of a chunk whose object selects this slot, see [`protocol::Context`].
    #[must_use]
    pub fn context(&self, slot: Slot) -> ForkDigest {
        self.at_slot(slot).digest
    }

    /// Bytes of a success chunk's SSZ, both ends included; `era` is that of its context bytes, where there are any.
    #[must_use]
    pub fn chunk_bounds(&self, protocol: Protocol, era: Option<&ForkEntry>) -> RangeInclusive<usize> {
        let era = era.unwrap_or_else(|| self.rest.last().unwrap_or(&self.first));
        protocol.response_bounds(era.fork, self.preset(), self.max_blobs(era))
    }

    /// Before which epoch a protocol of an era may be asked for.
    #[must_use]
    pub const fn end_of_service(&self, row: &Row, era: &Window) -> Epoch {
        let lingers = if row.lingers { min_epochs_for_sidecars_requests(self.preset()) } else { 0 };
        era.end.saturating_add(lingers)
    }

    /// The protocols that the specification has a node answer at a slot: those of every joined era, so that new ones are
    /// there before the fork, and old ones as long as they linger.
    pub fn offered(&self, slot: Slot) -> impl Iterator<Item = &'static Row> {
        let epoch = self.epoch_of(slot);
        self.live(move |row, window| {
            let leave = if row.lingers { self.end_of_service(row, window) } else { window.leave };
            Window { leave, ..*window }.is_joined(epoch)
        })
    }

    /// The protocols by which a node may ask at a slot, newest version of a method first.
    pub fn asked(&self, slot: Slot) -> impl Iterator<Item = &'static Row> {
        let epoch = self.epoch_of(slot);
        self.live(move |row, window| {
            let leave = self.end_of_service(row, window);
            Window { join: window.start, leave, ..*window }.is_joined(epoch)
        })
    }

    fn live(&self, is_live: impl Fn(&Row, &Window) -> bool) -> impl Iterator<Item = &'static Row> {
        let eras: Vec<_> = self.entries().map(|entry| (entry.fork, self.window(entry))).collect();
        protocol::catalogue().filter(move |row| {
            eras.iter().any(|(fork, window)| row.since <= *fork && *fork <= row.until && is_live(row, window))
        })
    }
}
