//! Topics that the plan has left and the router has not.
//!
//! Leaving a topic costs the router a message to each peer, and a peer's whole score to be reckoned twice for each that is
//! pruned. A node on all subnets leaves some four hundred topics at the start of a slot, one epoch after a fork: in one go,
//! that slot's block would wait behind all of it, at this node and at everybody whom it tells.

use std::collections::VecDeque;

use cl_gossip::{Change, Topic};

/// Most topics that are left at a time: with four times a second, twelve seconds for four hundred.
const AT_ONCE: usize = 8;

/// The topics still to be left, oldest first. Holds none that is joined by plan, and none twice.
#[derive(Debug, Default)]
pub(crate) struct Departures(VecDeque<Topic>);

impl Departures {
    /// Takes what the plan asks for; returns the topics to join. One that was not left yet is not among them.
    pub(super) fn plan<'a>(&mut self, changes: &'a [Change]) -> impl Iterator<Item = Topic> + use<'a> {
        let mut joins = Vec::new();
        for change in changes {
            match change {
                Change::Join(topic) => match self.0.iter().position(|waiting| waiting == topic) {
                    Some(index) => drop(self.0.remove(index)),
                    None => joins.push(*topic),
                },
                Change::Leave(topic) => self.0.push_back(*topic),
            }
        }
        joins.into_iter()
    }

    /// The next ones to leave.
    pub(super) fn next(&mut self) -> impl Iterator<Item = Topic> + use<'_> {
        self.0.drain(..self.0.len().min(AT_ONCE))
    }
}

#[cfg(test)]
mod tests {
    use cl_types::{ForkDigest, TopicKind};

    use super::*;

    fn topic(subnet: u64) -> Topic {
        Topic { digest: ForkDigest([1; 4]), kind: TopicKind::BeaconAttestation(subnet) }
    }

    fn leave(subnets: impl IntoIterator<Item = u64>) -> Vec<Change> {
        subnets.into_iter().map(|subnet| Change::Leave(topic(subnet))).collect()
    }

    #[test]
    fn a_fork_is_left_a_few_topics_at_a_time_in_order() {
        let mut departures = Departures::default();
        assert_eq!(departures.plan(&leave(0..20)).count(), 0);
        assert!(departures.next().eq((0..8).map(topic)));
        assert!(departures.next().eq((8..16).map(topic)));
        assert!(departures.next().eq((16..20).map(topic)));
        assert_eq!(departures.next().count(), 0);
    }

    #[test]
    fn a_topic_wanted_again_is_neither_left_nor_joined_anew() {
        let mut departures = Departures::default();
        assert_eq!(departures.plan(&leave(0..10)).count(), 0);
        assert_eq!(departures.next().count(), 8);
        let again = [Change::Join(topic(3)), Change::Join(topic(9))];
        assert!(departures.plan(&again).eq([topic(3)]), "3 was left, 9 was not");
        assert!(departures.next().eq([topic(8)]));
    }
}
