//! What comes: messages from the router to the application, verdicts back, and how much of everything.

use libp2p_gossipsub::MessageAcceptance;

use super::*;
use crate::counters::{Counters, Traffic};
use crate::event::{Message, Verdict};
use crate::mark::{self, Came};
use crate::routes::Route;
use crate::snappy::DecompressError;

impl Behaviour {
    /// Gives the verdict on a message that `source` sent. False if it came too late: the message is forgotten after 4.2 s
    /// and will not be forwarded.
    pub fn report(&mut self, id: &MessageId, source: &PeerId, verdict: Verdict) -> bool {
        let acceptance = match verdict {
            Verdict::Accept => MessageAcceptance::Accept,
            Verdict::Ignore => MessageAcceptance::Ignore,
            Verdict::Reject => MessageAcceptance::Reject,
        };
        self.router.report_message_validation_result(&id.to_router(), source, acceptance)
    }

    /// What went through since the beginning, as of now: about 2 KB, copied.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.intake.state().counters.clone()
    }

    /// Our event for one of the router's, or `None` if nobody needs to know.
    pub(super) fn translate(&mut self, event: gossipsub::Event) -> Option<Event> {
        match event {
            gossipsub::Event::Message { propagation_source, message_id, message } => {
                self.receive(propagation_source, &message_id, message)
            }
            gossipsub::Event::Subscribed { peer_id: peer, topic } => {
                Some(Event::PeerSubscribed { peer, topic: topic.as_str().parse().ok()? })
            }
            gossipsub::Event::Unsubscribed { peer_id: peer, topic } => {
                Some(Event::PeerUnsubscribed { peer, topic: topic.as_str().parse().ok()? })
            }
            gossipsub::Event::GossipsubNotSupported { peer_id: peer } => Some(Event::NotSupported { peer }),
            gossipsub::Event::SlowPeer { peer_id: peer, failed_messages } => Some(Event::SlowPeer {
                peer,
                control: failed_messages.priority,
                messages: failed_messages.non_priority,
            }),
        }
    }

    fn receive(&mut self, source: PeerId, id: &gossipsub::MessageId, message: gossipsub::Message) -> Option<Event> {
        // The transform and the id function let nothing else through.
        let id = MessageId::from_router(id)?;
        let received_at = Instant::now();
        let came = mark::take(message.data);
        let Route { topic, fork, family, bounds, .. } =
            self.intake.remember(&message.topic, id, came.as_ref(), received_at)?;
        let Some(came) = came else {
            // The memo's times rule this out. If it happened, the application has had the message.
            self.report(&id, &source, Verdict::Ignore);
            return None;
        };
        if !self.seen.insert(&id, received_at) {
            // Older than the router's memory, but within two epochs: nobody is to blame for it.
            self.count(family, |traffic| traffic.old += 1);
            self.report(&id, &source, Verdict::Ignore);
            return None;
        }
        match came {
            Came::Valid(ssz, _) => {
                self.count(family, |traffic| traffic.first += 1);
                Some(Event::Message(Message { topic, fork, ssz, id, source, received_at }))
            }
            Came::Invalid(raw, _) => {
                self.report(&id, &source, Verdict::Reject);
                // What passes this was refused by the decompression itself.
                let error = snappy::check(&raw, &bounds).err().unwrap_or(DecompressError::Corrupt);
                self.count(family, |traffic| match error {
                    DecompressError::TooLong { .. } => traffic.too_long += 1,
                    DecompressError::Header => traffic.no_length += 1,
                    DecompressError::OutOfBounds { .. } => traffic.out_of_bounds += 1,
                    DecompressError::Corrupt => traffic.corrupt += 1,
                });
                Some(Event::Invalid { source, id, topic, error })
            }
        }
    }

    pub(super) fn set_joined(&self, topic: Topic, is_joined: bool) {
        if let Some(route) = self.intake.state().route(&topic.hash(), &self.schedule) {
            route.is_joined = is_joined;
        }
    }

    pub(super) fn count_published(&self, topic: Topic, len: usize) {
        self.count(topic.kind.family_index(), |traffic| {
            traffic.published += 1;
            traffic.published_bytes += len as u64;
        });
    }

    fn count(&self, family: usize, count: impl FnOnce(&mut Traffic)) {
        self.intake.state().counters.count(family, count);
    }
}

#[cfg(test)]
mod tests {
    use cl_types::TopicKind;
    use libp2p_gossipsub::{DataTransform, RawMessage};

    use super::*;
    use crate::testing;

    /// A behaviour that has joined a topic of blocks, and what its router makes of a raw message on it.
    fn joined() -> (Behaviour, Topic, impl Fn(&Behaviour, &[u8]) -> (gossipsub::MessageId, gossipsub::Message)) {
        let schedule = testing::every_fork();
        let mut gossip = Behaviour::new(Config::default(), Arc::clone(&schedule)).unwrap();
        let topic = Topic::new(schedule.entries().next().unwrap().digest, TopicKind::BeaconBlock);
        gossip.join(topic).unwrap();
        let arrive = move |gossip: &Behaviour, data: &[u8]| {
            let raw = RawMessage {
                source: None,
                data: data.to_vec(),
                sequence_number: None,
                topic: topic.hash(),
                signature: None,
                key: None,
                validated: false,
            };
            let message = Transform::new(Arc::clone(&gossip.intake)).inbound_transform(raw).unwrap();
            (transform::message_id(&schedule, &message).to_router(), message)
        };
        (gossip, topic, arrive)
    }

    #[test]
    fn what_the_router_has_forgotten_is_still_known_behind_it() {
        let (mut gossip, topic, arrive) = joined();
        let ssz = [1; 1000];
        let raw = snappy::compress(&ssz).unwrap();
        let peer = PeerId::random();
        // The memo knows nothing of either, as if a minute had passed between them.
        let ((id, first), (_, second)) = (arrive(&gossip, &raw), arrive(&gossip, &raw));
        let event = gossip.receive(peer, &id, first);
        assert!(matches!(event, Some(Event::Message(Message { id: found, .. })) if found.to_router() == id));
        assert!(gossip.receive(peer, &id, second).is_none());
        assert_eq!(gossip.publish(topic, &ssz), Err(PublishError::Duplicate));
        let traffic = gossip.counters().family(topic.kind);
        assert_eq!((traffic.copies, traffic.first, traffic.old, traffic.memo_duplicates), (2, 1, 1, 0));
    }

    #[test]
    fn a_stand_in_that_the_router_takes_for_new_is_ignored_and_counted() {
        let (mut gossip, topic, arrive) = joined();
        let raw = snappy::compress(&[1; 1000]).unwrap();
        let peer = PeerId::random();
        let (id, first) = arrive(&gossip, &raw);
        assert!(gossip.receive(peer, &id, first).is_some());
        let (same, copy) = arrive(&gossip, &raw);
        assert_eq!((&same, copy.data.len()), (&id, 21));
        assert!(gossip.receive(peer, &id, copy).is_none());
        let counters = gossip.counters();
        assert_eq!((counters.stray, counters.family(topic.kind).memo_duplicates), (1, 1));
    }

    #[test]
    fn each_copy_is_counted_once() {
        let (mut gossip, topic, arrive) = joined();
        let raw = snappy::compress(&[1; 1000]).unwrap();
        let peer = PeerId::random();
        // Three in one frame, of which the router hands out one; then two more; one that is no message.
        let (id, first) = arrive(&gossip, &raw);
        arrive(&gossip, &raw);
        arrive(&gossip, &raw);
        gossip.receive(peer, &id, first);
        gossip.intake.state().settle();
        arrive(&gossip, &raw);
        arrive(&gossip, &raw);
        let (id, wrong) = arrive(&gossip, &[0xff; 6]);
        assert!(matches!(gossip.receive(peer, &id, wrong), Some(Event::Invalid { .. })));
        gossip.intake.state().settle();
        gossip.leave(topic);
        arrive(&gossip, &snappy::compress(&[2; 1000]).unwrap());
        gossip.intake.state().settle();
        let traffic = gossip.counters().family(topic.kind);
        assert_eq!((traffic.copies, traffic.first, traffic.no_length, traffic.not_joined), (7, 1, 1, 1));
        assert_eq!((traffic.memo_duplicates, traffic.router_duplicates), (2, 2));
        assert_eq!(traffic.bytes, 6 * raw.len() as u64 + 6);
    }
}
