//! Which topics a node is on, across forks. No I/O, no clock: the plan of a slot comes in, changes come out.

use std::collections::BTreeSet;

use cl_types::containers::{Attnets, Syncnets};
use cl_types::custody::{self, TooManyGroups};
use cl_types::subnets::subscribed_subnets;
use cl_types::{Epoch, ForkName, ForkPlan, PresetId, Slot, TopicKind};

use crate::topic::Topic;

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
    /// None: only nodes with validators in a sync committee set these.
    pub syncnets: Syncnets,
    /// Custody groups.
    pub cgc: u64,
}

/// Turns fork plans into subscriptions.
///
/// What it wants at a slot depends on nothing but the plan of that slot, the interests and the user's choices, so a
/// restarted node is on the same topics as one that never stopped.
#[derive(Clone, Debug)]
pub struct Planner {
    node_id: [u8; 32],
    preset: PresetId,
    interests: Interests,
    chosen: BTreeSet<TopicKind>,
    plan: Option<ForkPlan>,
    joined: BTreeSet<Topic>,
}

impl Planner {
    /// A planner that is on no topic yet. `node_id` is the discv5 id, big-endian.
    #[must_use]
    pub const fn new(node_id: [u8; 32], preset: PresetId, interests: Interests) -> Self {
        Self { node_id, preset, interests, chosen: BTreeSet::new(), plan: None, joined: BTreeSet::new() }
    }

    /// What to change for the plan of a new slot: joins first, era by era from the oldest, each in the order of the topic
    /// table; then leaves, sorted. Empty nearly always.
    #[must_use = "the planner takes it that the changes are made"]
    pub fn update(&mut self, plan: &ForkPlan) -> Vec<Change> {
        self.plan = Some(plan.clone());
        self.replan()
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

    /// What the record and MetaData say at a slot. They change when the node id's subnets rotate, every 256 epochs.
    #[must_use]
    pub fn advertised(&self, slot: Slot) -> Advertised {
        let mut attnets = Attnets::new();
        for subnet in self.node_subnets(slot) {
            // There are as many bits as subnets.
            let _ = usize::try_from(subnet).is_ok_and(|subnet| attnets.set(subnet, true).is_ok());
        }
        Advertised { attnets, syncnets: Syncnets::new(), cgc: self.interests.custody_group_count }
    }

    fn node_subnets(&self, slot: Slot) -> impl Iterator<Item = u64> {
        let epoch: Epoch = slot.epoch(self.preset.slots_per_epoch());
        subscribed_subnets(self.node_id, epoch, self.preset).into_iter()
    }

    fn replan(&mut self) -> Vec<Change> {
        let Some(plan) = &self.plan else { return Vec::new() };
        let node_subnets: BTreeSet<u64> = self.node_subnets(plan.slot).collect();
        let wanted: Vec<Topic> = plan
            .joined
            .iter()
            .flat_map(|era| TopicKind::all_of(era.fork).map(|kind| Topic::new(era.digest, kind)))
            .filter(|topic| self.chosen.contains(&topic.kind) || self.is_duty(topic.kind, &node_subnets))
            .collect();
        let joins = wanted.iter().filter(|topic| !self.joined.contains(topic)).map(|topic| Change::Join(*topic));
        let next: BTreeSet<Topic> = wanted.iter().copied().collect();
        let leaves = self.joined.difference(&next).map(|topic| Change::Leave(*topic));
        let changes = joins.chain(leaves).collect();
        self.joined = next;
        changes
    }

    fn is_duty(&self, kind: TopicKind, node_subnets: &BTreeSet<u64>) -> bool {
        match kind {
            TopicKind::BeaconAttestation(subnet) => self.interests.all_subnets || node_subnets.contains(&subnet),
            TopicKind::SyncCommittee(_) => self.interests.all_subnets,
            TopicKind::DataColumnSidecar(column) => {
                self.interests.all_columns || self.interests.sampled_columns.contains(&column)
            }
            // Everybody is on the rest, blob subnets included.
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests;
