//! Messages that wait for a peer on their topic.

use std::collections::BTreeMap;

use bytes::Bytes;
use cl_types::Slot;

use crate::message_id::MessageId;
use crate::topic::Topic;

/// A message that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) id: MessageId,
    pub(crate) ssz: Bytes,
    /// The last slot in which it is worth sending.
    pub(crate) last: Slot,
}

/// Messages in the order in which they came, bounded in number and bytes.
#[derive(Debug)]
pub(crate) struct Outbox {
    kept: BTreeMap<Topic, Vec<Kept>>,
    len: usize,
    bytes: usize,
    max_len: usize,
    max_bytes: usize,
}

impl Outbox {
    pub(crate) const fn new(max_len: usize, max_bytes: usize) -> Self {
        Self { kept: BTreeMap::new(), len: 0, bytes: 0, max_len, max_bytes }
    }

    /// How many messages wait, and the bytes of their SSZ.
    pub(crate) const fn size(&self) -> (usize, usize) {
        (self.len, self.bytes)
    }

    pub(crate) fn contains(&self, topic: &Topic, id: &MessageId) -> bool {
        self.kept.get(topic).is_some_and(|kept| kept.iter().any(|kept| kept.id == *id))
    }

    /// The topics on which something waits.
    pub(crate) fn topics(&self) -> impl Iterator<Item = Topic> {
        self.kept.keys().copied()
    }

    /// Keeps a message. What comes back had to make room for it: those that end first, which may be the new one.
    pub(crate) fn keep(&mut self, topic: Topic, message: Kept) -> Vec<(Topic, MessageId)> {
        self.len += 1;
        self.bytes = self.bytes.saturating_add(message.ssz.len());
        self.kept.entry(topic).or_default().push(message);
        let mut dropped = Vec::new();
        while self.len > self.max_len || self.bytes > self.max_bytes {
            let all = self.kept.iter().flat_map(|(topic, kept)| kept.iter().map(|kept| (kept.last, *topic, kept.id)));
            let Some((_, topic, id)) = all.min_by_key(|(last, _, _)| *last) else { break };
            self.drop_where(topic, |kept| kept.id == id);
            dropped.push((topic, id));
        }
        dropped
    }

    /// Takes out what waits on a topic.
    pub(crate) fn take(&mut self, topic: &Topic) -> Vec<Kept> {
        let taken = self.kept.remove(topic).unwrap_or_default();
        self.forget(&taken);
        taken
    }

    /// Drops what is of no use in this slot any more.
    pub(crate) fn expire(&mut self, now: Slot) -> Vec<(Topic, MessageId)> {
        let mut dropped = Vec::new();
        for topic in self.topics().collect::<Vec<_>>() {
            let gone = self.drop_where(topic, |kept| kept.last < now);
            dropped.extend(gone.into_iter().map(|kept| (topic, kept.id)));
        }
        dropped
    }

    fn drop_where(&mut self, topic: Topic, is_gone: impl Fn(&Kept) -> bool) -> Vec<Kept> {
        let all = self.kept.remove(&topic).unwrap_or_default();
        let (gone, rest): (Vec<_>, Vec<_>) = all.into_iter().partition(is_gone);
        if !rest.is_empty() {
            self.kept.insert(topic, rest);
        }
        self.forget(&gone);
        gone
    }

    fn forget(&mut self, gone: &[Kept]) {
        self.len = self.len.saturating_sub(gone.len());
        self.bytes = gone.iter().fold(self.bytes, |bytes, kept| bytes.saturating_sub(kept.ssz.len()));
    }
}

#[cfg(test)]
mod tests {
    use cl_types::{ForkDigest, ForkName, TopicKind};

    use super::*;
    use crate::message_id::Body;

    fn topic(subnet: u64) -> Topic {
        Topic::new(ForkDigest([1; 4]), TopicKind::BeaconAttestation(subnet))
    }

    fn kept(n: u8, last: u64, bytes: usize) -> Kept {
        let ssz = vec![n; bytes];
        let id = MessageId::new(ForkName::Electra, "", Body::Valid(&ssz));
        Kept { id, ssz: ssz.into(), last: Slot(last) }
    }

    #[test]
    fn what_waits_comes_out_in_order_and_once() {
        let mut outbox = Outbox::new(10, 1000);
        assert_eq!(outbox.keep(topic(1), kept(1, 5, 10)), []);
        assert_eq!(outbox.keep(topic(2), kept(2, 5, 10)), []);
        assert_eq!(outbox.keep(topic(1), kept(3, 5, 10)), []);
        assert!(outbox.contains(&topic(1), &kept(3, 0, 10).id));
        assert!(!outbox.contains(&topic(2), &kept(3, 0, 10).id));
        assert_eq!(outbox.size(), (3, 30));
        assert_eq!(outbox.take(&topic(1)), [kept(1, 5, 10), kept(3, 5, 10)]);
        assert_eq!(outbox.take(&topic(1)), []);
        assert_eq!(outbox.topics().collect::<Vec<_>>(), [topic(2)]);
        assert_eq!(outbox.size(), (1, 10));
    }

    #[test]
    fn a_message_ends_with_its_last_slot() {
        let mut outbox = Outbox::new(10, 1000);
        let _ = outbox.keep(topic(1), kept(1, 5, 10));
        let _ = outbox.keep(topic(1), kept(2, 6, 10));
        assert_eq!(outbox.expire(Slot(5)), []);
        assert_eq!(outbox.expire(Slot(6)), [(topic(1), kept(1, 5, 10).id)]);
        assert_eq!(outbox.take(&topic(1)), [kept(2, 6, 10)]);
        assert_eq!(outbox.size(), (0, 0));
    }

    #[test]
    fn too_many_or_too_much_drop_what_ends_first() {
        let mut outbox = Outbox::new(2, 100);
        let _ = outbox.keep(topic(1), kept(1, 9, 10));
        let _ = outbox.keep(topic(2), kept(2, 5, 10));
        assert_eq!(outbox.keep(topic(3), kept(3, 7, 10)), [(topic(2), kept(2, 5, 10).id)]);
        // The new one itself has the shortest life.
        assert_eq!(outbox.keep(topic(3), kept(4, 1, 10)), [(topic(3), kept(4, 1, 10).id)]);
        let dropped = outbox.keep(topic(4), kept(5, 9, 95));
        assert_eq!(dropped, [(topic(3), kept(3, 7, 10).id), (topic(1), kept(1, 9, 10).id)]);
        assert_eq!(outbox.size(), (1, 95));
        assert_eq!(outbox.keep(topic(4), kept(6, 9, 101)).len(), 2);
        assert_eq!(outbox.size(), (0, 0));
    }
}
