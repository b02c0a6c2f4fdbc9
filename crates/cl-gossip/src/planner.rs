//! Which topics a node is on, across forks. No I/O, no clock: the plan of a slot comes in, changes come out.
//!
//! | reason | topics | from | until |
//! | --- | --- | --- | --- |
//! | everybody | those without subnets, blob subnets | two epochs before an era | two epochs after it |
//! | node id | two attestation subnets | 256 epochs before the next era | two epochs after it |
//! | custody | the sampled columns | two epochs before an era | two epochs after it |
//! | aggregator | the committee's subnet, in the era of its slot | four slots before | one slot after |
//! | sync committee | the subcommittee's subnet | one to four epochs before the period | its end |
//! | user | any | two epochs before an era | two epochs after it |

mod duties;
mod timeline;

use std::collections::{BTreeMap, BTreeSet};

use cl_types::containers::{Attnets, Syncnets};
use cl_types::custody::{self, TooManyGroups};
use cl_types::subnets::{ATTESTATION_SUBNET_COUNT, EPOCHS_PER_SUBNET_SUBSCRIPTION, subscribed_subnets};
use cl_types::{Epoch, ForkEntry, ForkName, ForkPlan, PresetId, Slot, TopicKind};

pub use self::duties::{
    AGGREGATOR_AFTER_SLOTS, AGGREGATOR_AHEAD_SLOTS, AttestationDuty, DUTY_AHEAD_EPOCHS, DutyError, MAX_SYNC_DUTIES,
    SyncDuty,
};
pub use self::timeline::Step;

use self::duties::Duties;
use crate::topic::Topic;

/// The node's own attestation subnets are joined under the digest of the next era this many epochs ahead
/// (`phase0/p2p-interface.md`: at least `EPOCHS_PER_SUBNET_SUBSCRIPTION`, so that they are long-lived there as well).
pub const SUBNETS_AHEAD_EPOCHS: u64 = EPOCHS_PER_SUBNET_SUBSCRIPTION;

/// What a node listens to beside what the user asks for, in every era that is joined.
///
/// Always: all topics without subnets, blob subnets, the two attestation subnets of the node id.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Interests {
    /// All attestation and sync committee subnets as well.
    pub all_subnets: bool,
    /// All data columns, not just the sampled ones.
    pub all_columns: bool,
    /// The columns that the node samples.
    pub sampled_columns: BTreeSet<u64>,
    /// `cgc`: the custody groups that the node advertises. Listening to more columns does not raise it, because what is
    /// advertised must also be kept and served.
    pub custody_group_count: u64,
}

impl Interests {
    /// The interests of a node that has custody of so many groups. `node_id` is the discv5 id, big-endian.
    pub fn of_node(node_id: [u8; 32], custody_group_count: u64) -> Result<Self, TooManyGroups> {
        let sampled_columns = custody::sampled_columns(node_id, custody_group_count)?.into_iter().collect();
        Ok(Self { all_subnets: false, all_columns: false, sampled_columns, custody_group_count })
    }
}

/// A topic to join or to leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// Subscribe to it.
    Join(Topic),
    /// Unsubscribe from it.
    Leave(Topic),
}

/// What the node's record and MetaData say: long-lived duties only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advertised {
    /// The attestation subnets of the node id.
    pub attnets: Attnets,
    /// Those of [`SyncDuty`]s, from the epoch in which they are joined.
    pub syncnets: Syncnets,
    /// Custody groups.
    pub cgc: u64,
}

/// Turns fork plans into subscriptions.
///
/// What it wants at a slot depends on nothing but the plan of that slot, the interests, the user's choices and the duties,
/// so a restarted node that is told the same duties is on the same topics as one that never stopped. Slots only grow: of
/// duties that are over, nothing is kept.
#[derive(Clone, Debug)]
pub struct Planner {
    node_id: [u8; 32],
    preset: PresetId,
    interests: Interests,
    chosen: BTreeSet<TopicKind>,
    duties: Duties,
    plan: Option<ForkPlan>,
    joined: BTreeSet<Topic>,
}

/// What is wanted in one era beside what everybody is on.
struct Wanted {
    attestation: BTreeSet<u64>,
    sync: BTreeSet<u64>,
}

impl Planner {
    /// A planner that is on no topic yet. `node_id` is the discv5 id, big-endian.
    #[must_use]
    pub const fn new(node_id: [u8; 32], preset: PresetId, interests: Interests) -> Self {
        Self {
            node_id,
            preset,
            interests,
            chosen: BTreeSet::new(),
            duties: Duties::new(),
            plan: None,
            joined: BTreeSet::new(),
        }
    }

    /// What to change for the plan of a new slot: joins first, era by era from the oldest, each in the order of the topic
    /// table; then leaves, sorted. Empty nearly always. Joins are urgent, leaves are not: where an epoch after a fork there are
    /// hundreds, it is kinder to all to leave them over some seconds.
    #[must_use = "the planner takes it that the changes are made"]
    pub fn update(&mut self, plan: &ForkPlan) -> Vec<Change> {
        self.duties.forget_past(plan.slot, self.preset);
        self.plan = Some(plan.clone());
        self.replan()
    }

    /// Takes a validator's duty of a slot: early, late (its slot may have begun), or once more. An aggregator's subnet is
    /// joined [`AGGREGATOR_AHEAD_SLOTS`] ahead, or at once.
    #[must_use = "the planner takes it that the changes are made"]
    pub fn attest(&mut self, duty: AttestationDuty) -> Result<Vec<Change>, DutyError> {
        let is_news = self.duties.attest(duty, self.slot()?, self.preset)?;
        Ok(if is_news { self.replan() } else { Vec::new() })
    }

    /// Takes a validator's seat in a sync committee. The subnet is joined and advertised from [`SyncDuty::join`] on, or at
    /// once.
    #[must_use = "the planner takes it that the changes are made"]
    pub fn serve_sync_committee(&mut self, duty: SyncDuty) -> Result<Vec<Change>, DutyError> {
        self.duties.sync(duty, self.slot()?, self.preset)?;
        Ok(self.replan())
    }

    /// Takes a seat back, when its last validator is gone.
    #[must_use = "the planner takes it that the changes are made"]
    pub fn leave_sync_committee(&mut self, duty: &SyncDuty) -> Vec<Change> {
        if self.duties.end_sync(duty) { self.replan() } else { Vec::new() }
    }

    /// The attestation subnets on which validators vote about now, aggregators or not: there must be peers on them, or
    /// votes go nowhere. Empty before the first plan.
    #[must_use]
    pub fn publishing(&self) -> BTreeSet<u64> {
        let bits = self.plan.as_ref().map_or(0, |plan| self.duties.published(plan.slot));
        subnets(bits).collect()
    }

    /// The attestation subnets on which validators vote in this slot and so many after it, with the last slot of each: peers
    /// for them can be looked for ahead of time. Empty before the first plan.
    #[must_use]
    pub fn voting_within(&self, slots: u64) -> BTreeMap<u64, Slot> {
        let Some(plan) = &self.plan else { return BTreeMap::new() };
        self.duties.ahead(plan.slot, plan.slot.saturating_add(slots))
    }

    fn slot(&self) -> Result<Slot, DutyError> {
        self.plan.as_ref().map(|plan| plan.slot).ok_or(DutyError::NoSlot)
    }

    /// Adds a topic of the user's choice to every joined era that has it. Before the first plan it changes nothing yet. A
    /// topic that no fork has is ignored.
    #[must_use = "the planner takes it that the changes are made"]
    pub fn subscribe(&mut self, kind: TopicKind) -> Vec<Change> {
        if ForkName::ALL.into_iter().any(|fork| kind.is_live_in(fork)) {
            self.chosen.insert(kind);
        }
        self.replan()
    }

    /// Takes the user's choice of a topic back. What the node listens to by its [`Interests`] stays.
    #[must_use = "the planner takes it that the changes are made"]
    pub fn unsubscribe(&mut self, kind: TopicKind) -> Vec<Change> {
        self.chosen.remove(&kind);
        self.replan()
    }

    /// Changes the interests.
    #[must_use = "the planner takes it that the changes are made"]
    pub fn set_interests(&mut self, interests: Interests) -> Vec<Change> {
        self.interests = interests;
        self.replan()
    }

    /// The interests in force.
    #[must_use]
    pub const fn interests(&self) -> &Interests {
        &self.interests
    }

    /// The topics joined now, sorted.
    pub fn topics(&self) -> impl Iterator<Item = Topic> {
        self.joined.iter().copied()
    }

    /// What the record and MetaData say at a slot. They change when the node id's subnets rotate, every 256 epochs, and
    /// when a sync committee subnet is joined or left.
    #[must_use]
    pub fn advertised(&self, slot: Slot) -> Advertised {
        // There are as many bits as subnets.
        let mut attnets = Attnets::new();
        for subnet in self.node_subnets(slot) {
            let _ = usize::try_from(subnet).is_ok_and(|subnet| attnets.set(subnet, true).is_ok());
        }
        let mut syncnets = Syncnets::new();
        for subnet in self.duties.sync_subnets(&self.node_id, slot.epoch(self.preset.slots_per_epoch())) {
            let _ = usize::try_from(subnet).is_ok_and(|subnet| syncnets.set(subnet, true).is_ok());
        }
        Advertised { attnets, syncnets, cgc: self.interests.custody_group_count }
    }

    fn node_subnets(&self, slot: Slot) -> impl Iterator<Item = u64> {
        let epoch: Epoch = slot.epoch(self.preset.slots_per_epoch());
        subscribed_subnets(self.node_id, epoch, self.preset).into_iter()
    }

    fn replan(&mut self) -> Vec<Change> {
        let Some(plan) = &self.plan else { return Vec::new() };
        let wanted = self.wanted(plan);
        let joins = wanted.iter().filter(|topic| !self.joined.contains(topic)).map(|topic| Change::Join(*topic));
        let next: BTreeSet<Topic> = wanted.iter().copied().collect();
        let leaves = self.joined.difference(&next).map(|topic| Change::Leave(*topic));
        let changes = joins.chain(leaves).collect();
        self.joined = next;
        changes
    }

    /// The topics of a slot, era by era. A function of the plan, the interests, the choices and the duties alone.
    fn wanted(&self, plan: &ForkPlan) -> Vec<Topic> {
        let per_epoch = self.preset.slots_per_epoch();
        let epoch = plan.slot.epoch(per_epoch);
        let sync = self.duties.sync_subnets(&self.node_id, epoch);
        // A vote travels under the digest of its own slot. The slots in question are so near that their era is joined.
        let is_of = |era: &ForkEntry, slot: Slot| {
            let of_slot = plan.joined.iter().rev().find(|era| era.epoch <= slot.epoch(per_epoch));
            of_slot.is_some_and(|of_slot| of_slot == era)
        };
        // The node's own subnets of an era that has ended are not replaced any more.
        let ends = plan.joined.iter().skip(1).map(|era| era.epoch.saturating_sub(1)).chain([epoch]);
        let of_era = |(era, end): (&ForkEntry, Epoch)| {
            let own = subscribed_subnets(self.node_id, epoch.min(end), self.preset);
            let aggregated = self.duties.aggregated(plan.slot, |slot| is_of(era, slot));
            let attestation = own.into_iter().chain(subnets(aggregated)).collect();
            let wanted = Wanted { attestation, sync: sync.clone() };
            let is_wanted = move |kind: &TopicKind| self.chosen.contains(kind) || self.is_duty(*kind, &wanted);
            let digest = era.digest;
            TopicKind::all_of(era.fork).filter(is_wanted).map(move |kind| Topic::new(digest, kind)).collect::<Vec<_>>()
        };
        let ahead = plan
            .next
            .filter(|next| epoch >= next.epoch.saturating_sub(SUBNETS_AHEAD_EPOCHS) && !plan.joined.contains(next));
        let of_next = ahead.iter().flat_map(|next| {
            self.node_subnets(plan.slot).map(|subnet| Topic::new(next.digest, TopicKind::BeaconAttestation(subnet)))
        });
        plan.joined.iter().zip(ends).flat_map(of_era).chain(of_next).collect()
    }

    fn is_duty(&self, kind: TopicKind, wanted: &Wanted) -> bool {
        match kind {
            TopicKind::BeaconAttestation(subnet) => self.interests.all_subnets || wanted.attestation.contains(&subnet),
            TopicKind::SyncCommittee(subnet) => self.interests.all_subnets || wanted.sync.contains(&subnet),
            TopicKind::DataColumnSidecar(column) => {
                self.interests.all_columns || self.interests.sampled_columns.contains(&column)
            }
            // Everybody is on the rest, blob subnets included.
            _ => true,
        }
    }
}

/// The subnets of a bit field.
fn subnets(bits: u64) -> impl Iterator<Item = u64> {
    (0..ATTESTATION_SUBNET_COUNT).filter(move |subnet| bits >> subnet & 1 == 1)
}

#[cfg(test)]
mod duty_tests;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
