//! What goes out by itself: messages of their own epoch, kept while nobody is there, in batches.

use std::collections::{HashMap, VecDeque};

use cl_types::{ForkEntry, Slot};

use super::{Behaviour, Event};
use crate::error::PublishError;
use crate::message_id::{Body, MessageId};
use crate::publish::{Kept, Outbox, Outgoing, Publishable, Published, last_slot, rarest_first};
use crate::score::Scores;
use crate::topic::Topic;

/// What waits to be sent, and what there is to tell about it.
#[derive(Debug)]
pub(super) struct Publishing {
    outbox: Outbox,
    now: Slot,
    events: VecDeque<Event>,
}

impl Publishing {
    pub(super) const fn new(max_len: usize, max_bytes: usize) -> Self {
        Self { outbox: Outbox::new(max_len, max_bytes), now: Slot(0), events: VecDeque::new() }
    }

    /// The next thing to tell. There are no more than messages that waited.
    pub(super) fn poll(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    fn unsent(&mut self, dropped: Vec<(Topic, MessageId)>) {
        self.events.extend(dropped.into_iter().map(|(topic, id)| Event::Unsent { id, topic }));
    }
}

impl Behaviour {
    /// Tells which slot it is, at its start: what waits too long is dropped, and messages without a slot belong to it.
    /// Never told, it stays slot 0, and only the bounds of [`Config`](crate::Config) limit what waits.
    pub fn on_slot(&mut self, slot: Slot) {
        self.publishing.now = slot;
        let dropped = self.publishing.outbox.expire(slot);
        self.publishing.unsent(dropped);
    }

    /// Publishes a message on the topic of its own slot's era. If no peer is on the topic, it is kept until one is, for as
    /// long as [`last_slot`] says, and [`Event::Published`] or [`Event::Unsent`] tells what became of it.
    pub fn send<M: Publishable>(&mut self, message: &M) -> Result<Published, PublishError> {
        self.send_bytes(&Outgoing::new(message, &self.schedule, self.publishing.now)?)
    }

    /// The same for bytes.
    pub fn send_bytes(&mut self, message: &Outgoing) -> Result<Published, PublishError> {
        let era = self.era(message.slot);
        let topic = Topic::new(era.digest, message.kind);
        match self.publish(topic, &message.ssz) {
            Ok(id) => Ok(Published { id, topic, peers: self.recipients(topic) }),
            Err(PublishError::NoPeers) => self.keep(&era, topic, message),
            Err(error) => Err(error),
        }
    }

    /// Publishes many messages together, such as the columns of a block, in an order in which a first copy of each leaves
    /// early: those that only busy peers get come first. The results are in the order of the messages.
    ///
    /// The router has a queue for each peer and fills all queues in one order. Peers with the same subscriptions therefore
    /// get the messages in the same order: where every peer is on all columns, the last column leaves when all others
    /// have gone to somebody, whatever the order.
    pub fn send_batch(&mut self, messages: &[Outgoing]) -> Vec<Result<Published, PublishError>> {
        let mut numbers = HashMap::new();
        let mut holders_of: HashMap<Topic, Vec<usize>> = HashMap::new();
        for message in messages {
            holders_of.insert(Topic::new(self.era(message.slot).digest, message.kind), Vec::new());
        }
        for (peer, topics) in self.router.all_peers() {
            let next = numbers.len();
            let number = *numbers.entry(*peer).or_insert(next);
            for topic in topics.into_iter().filter_map(|topic| topic.as_str().parse().ok()) {
                if let Some(holders) = holders_of.get_mut(&topic) {
                    holders.push(number);
                }
            }
        }
        let topic_of = |message: &Outgoing| Topic::new(self.era(message.slot).digest, message.kind);
        let holders: Vec<Vec<usize>> =
            messages.iter().map(|message| holders_of.get(&topic_of(message)).cloned().unwrap_or_default()).collect();
        let order = rarest_first(&holders, numbers.len());
        let mut results: Vec<_> = messages.iter().map(|_| Err(PublishError::NoPeers)).collect();
        for index in order {
            if let (Some(message), Some(result)) = (messages.get(index), results.get_mut(index)) {
                *result = self.send_bytes(message);
            }
        }
        results
    }

    /// How many messages wait for a peer, and how many bytes of SSZ they have.
    #[must_use]
    pub const fn waiting(&self) -> (usize, usize) {
        self.publishing.outbox.size()
    }

    fn era(&self, slot: Option<Slot>) -> ForkEntry {
        *self.schedule.at_slot(slot.unwrap_or(self.publishing.now))
    }

    fn keep(&mut self, era: &ForkEntry, topic: Topic, message: &Outgoing) -> Result<Published, PublishError> {
        let now = self.publishing.now;
        let last = last_slot(message.kind, message.slot, now, self.schedule.preset());
        if last < now {
            return Err(PublishError::NoPeers);
        }
        let id = MessageId::new(era.fork, &topic.to_string(), Body::Valid(&message.ssz));
        if self.publishing.outbox.contains(&topic, &id) {
            return Err(PublishError::Duplicate);
        }
        let kept = Kept { id, ssz: message.ssz.clone(), last };
        let dropped = self.publishing.outbox.keep(topic, kept);
        self.publishing.unsent(dropped);
        Ok(Published { id, topic, peers: 0 })
    }

    /// Sends what waited on a topic, now that a peer is there.
    pub(super) fn retry(&mut self, topic: Topic) {
        for kept in self.publishing.outbox.take(&topic) {
            let event = match self.publish(topic, &kept.ssz) {
                Ok(id) => Event::Published { id, topic, peers: self.recipients(topic) },
                Err(PublishError::NoPeers) => {
                    // The peer is there, but its score is too low. It waits on, in the room that it had.
                    let _ = self.publishing.outbox.keep(topic, kept);
                    continue;
                }
                // Received from somebody else meanwhile: it is out.
                Err(PublishError::Duplicate) => Event::Published { id: kept.id, topic, peers: 0 },
                Err(_) => Event::Unsent { id: kept.id, topic },
            };
            self.publishing.events.push_back(event);
        }
    }

    /// Sends what waits wherever there is a peer by now: one may have been there all along, with a score that was too low.
    pub(super) fn retry_all(&mut self) {
        let ready: Vec<Topic> = self.publishing.outbox.topics().filter(|topic| self.recipients(*topic) > 0).collect();
        for topic in ready {
            self.retry(topic);
        }
    }

    /// For how many peers the router queues a message of ours on a topic, by its own rule; see [`Published::peers`].
    fn recipients(&self, topic: Topic) -> usize {
        let hash = topic.hash();
        let threshold = Scores::thresholds().publish_threshold;
        let is_good = |score: Option<f64>| score.is_none_or(|score| score >= threshold);
        let candidates = self.router.all_peers().filter(|(_, topics)| topics.contains(&&hash));
        let candidates: Vec<_> =
            candidates.map(|(peer, _)| *peer).filter(|peer| is_good(self.router.peer_score(peer))).collect();
        if self.flood_publish {
            return candidates.len();
        }
        let in_mesh = self.router.mesh_peers(&hash).filter(|peer| candidates.contains(peer)).count();
        in_mesh.max(crate::config::MESH_SIZE.min(candidates.len()))
    }
}
