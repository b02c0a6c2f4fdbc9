//! The topics that messages came on, looked up by name: parsing a name for each message would cost more than finding it.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::ops::RangeInclusive;

use cl_types::{ForkName, ForkSchedule};
use libp2p_gossipsub::TopicHash;

use crate::message_id::Form;
use crate::topic::Topic;

/// What a message on a topic is measured by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Route {
    /// One for each topic name, and never another's.
    pub(crate) number: u32,
    pub(crate) topic: Topic,
    /// The fork that the topic's digest names.
    pub(crate) fork: ForkName,
    pub(crate) form: Form,
    /// Bytes of SSZ.
    pub(crate) bounds: RangeInclusive<usize>,
    /// The position of its family in the table.
    pub(crate) family: usize,
    pub(crate) is_joined: bool,
}

/// Reads a name eight bytes at a time. Only names of this chain's topics are kept, so nobody can choose names that collide.
#[derive(Default)]
struct NameHasher(u64);

impl NameHasher {
    fn mix(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(29) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

impl Hasher for NameHasher {
    fn finish(&self) -> u64 {
        // A product's upper half depends on all of its factors, the lower one does not.
        self.0 ^ (self.0 >> 32)
    }

    fn write(&mut self, mut bytes: &[u8]) {
        while let Some((word, rest)) = bytes.split_first_chunk() {
            self.mix(u64::from_le_bytes(*word));
            bytes = rest;
        }
        self.mix(bytes.iter().fold(0, |word, byte| (word << 8) | u64::from(*byte)));
    }
}

/// Routes by topic name. At most as many as the schedule has topics: other names are not remembered.
#[derive(Debug, Default)]
pub(crate) struct Routes {
    numbers: HashMap<TopicHash, u32, BuildHasherDefault<NameHasher>>,
    routes: Vec<Route>,
}

impl Routes {
    /// The route of a topic, or `None` if it is none of this chain's.
    pub(crate) fn get(&mut self, name: &TopicHash, schedule: &ForkSchedule) -> Option<&mut Route> {
        let number = match self.numbers.get(name) {
            Some(number) => *number,
            None => self.add(name, schedule)?,
        };
        self.routes.get_mut(usize::try_from(number).ok()?)
    }

    /// The route of this number.
    pub(crate) fn numbered(&self, number: u32) -> Option<&Route> {
        self.routes.get(usize::try_from(number).ok()?)
    }

    /// Lets a name through that is no topic.
    #[cfg(test)]
    pub(crate) fn admit(&mut self, name: &str, form: Form, bounds: RangeInclusive<usize>) {
        let number = u32::try_from(self.routes.len()).unwrap();
        let topic = Topic::new(cl_types::ForkDigest([0; 4]), cl_types::TopicKind::BeaconBlock);
        let family = topic.kind.family_index();
        self.routes.push(Route { number, topic, fork: ForkName::NEWEST, form, bounds, family, is_joined: true });
        self.numbers.insert(TopicHash::from_raw(name), number);
    }

    #[cold]
    fn add(&mut self, name: &TopicHash, schedule: &ForkSchedule) -> Option<u32> {
        let topic: Topic = name.as_str().parse().ok()?;
        let era = topic.era(schedule)?;
        let number = u32::try_from(self.routes.len()).ok()?;
        self.routes.push(Route {
            number,
            topic,
            fork: era.fork,
            form: Form::of(era.fork),
            bounds: topic.kind.ssz_bounds(era, schedule.preset(), schedule.max_blobs_anywhere()),
            family: topic.kind.family_index(),
            is_joined: false,
        });
        self.numbers.insert(name.clone(), number);
        Some(number)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use cl_types::TopicKind;

    use super::*;
    use crate::testing;

    #[test]
    fn every_topic_has_a_route_of_its_own_and_strangers_have_none() {
        let schedule = testing::every_fork();
        let mut routes = Routes::default();
        let mut numbers = HashSet::new();
        for entry in schedule.entries() {
            for kind in TopicKind::all_of(entry.fork) {
                let topic = Topic::new(entry.digest, kind);
                let first = routes.get(&topic.hash(), &schedule).unwrap().clone();
                assert_eq!((first.topic, first.fork, first.form), (topic, entry.fork, Form::of(entry.fork)));
                assert!(numbers.insert(first.number));
                assert_eq!(routes.get(&topic.hash(), &schedule), Some(&mut first.clone()));
            }
        }
        for name in ["", "/eth2/01020304/beacon_block/ssz_snappy", "beacon_block", "\u{fffd}"] {
            assert_eq!(routes.get(&TopicHash::from_raw(name), &schedule), None);
        }
        assert_eq!(routes.routes.len(), numbers.len());
        assert_eq!(routes.numbers.len(), numbers.len());
    }
}
