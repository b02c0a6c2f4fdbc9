//! What comes: messages from the router to the application, verdicts back, and how much of everything.

use libp2p_gossipsub::MessageAcceptance;

use super::*;
use crate::counters::{Counters, Traffic};
use crate::error::ReportError;
use crate::event::{Copies, Message, Unwanted, Verdict};
use crate::mark::{self, Came};
use crate::routes::Route;
use crate::snappy::DecompressError;
use crate::verdicts::Place;

/// Most events that wait for a poll.
const MAX_UNWANTED: usize = 256;

impl Behaviour {
    /// Gives the verdict on a message that `source` sent: once, in any order, within 4.2 s of the message.
    pub fn report(&mut self, id: &MessageId, source: &PeerId, verdict: Verdict) -> Result<(), ReportError> {
        let result = self.judge(id, source, verdict);
        let counters = &mut self.intake.state().counters;
        let count = match (result, verdict) {
            (Ok(()), Verdict::Accept) => &mut counters.accepted,
            (Ok(()), Verdict::Ignore) => &mut counters.ignored,
            (Ok(()), Verdict::Reject) => &mut counters.rejected,
            (Err(ReportError::Late), _) => &mut counters.late,
            (Err(ReportError::Repeated), _) => &mut counters.repeated,
            (Err(ReportError::Unknown), _) => &mut counters.unknown,
        };
        *count += 1;
        result
    }

    fn judge(&mut self, id: &MessageId, source: &PeerId, verdict: Verdict) -> Result<(), ReportError> {
        let place = self.verdicts.get_mut(id);
        // The router would forward a message once for each time that it is accepted.
        if matches!(place, Some(Place::Given)) {
            return Err(ReportError::Repeated);
        }
        let acceptance = match verdict {
            Verdict::Accept => MessageAcceptance::Accept,
            Verdict::Ignore => MessageAcceptance::Ignore,
            Verdict::Reject => MessageAcceptance::Reject,
        };
        if !self.router.report_message_validation_result(&id.to_router(), source, acceptance) {
            return Err(if self.seen.contains(id) { ReportError::Late } else { ReportError::Unknown });
        }
        match place {
            Some(place) => {
                if let Place::Waits(key) = std::mem::replace(place, Place::Given)
                    && verdict != Verdict::Reject
                {
                    self.intake.gate().known().memo.close(&key);
                }
            }
            None => self.verdicts.insert(id, Place::Given, Instant::now()),
        }
        Ok(())
    }

    /// Gives a verdict of our own, on a message that has just come: if the router has lost it meanwhile, there is nothing
    /// left to be done.
    fn dismiss(&mut self, id: &MessageId, source: &PeerId, verdict: Verdict) {
        let _ = self.report(id, source, verdict);
    }

    /// What went through since the beginning, as of now: about 2 KB, copied.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.intake.counters()
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
        let Some(came) = mark::take(message.data) else {
            // The memo's times rule this out. If it happened, the application has had the message.
            self.intake.state().counters.stray += 1;
            self.dismiss(&id, &source, Verdict::Ignore);
            return None;
        };
        let stamp = came.stamp();
        let Route { topic, fork, family, bounds, .. } = self.intake.remember(stamp, id, received_at)?;
        self.verdicts.insert(&id, Place::Waits(stamp.key), received_at);
        if !self.seen.insert(&id, received_at) {
            // Older than the router's memory, but within two epochs: nobody is to blame for it.
            self.count(family, |traffic| traffic.old += 1);
            self.dismiss(&id, &source, Verdict::Ignore);
            return None;
        }
        match came {
            Came::Valid(ssz, _) => {
                let mut state = self.intake.state();
                state.counters.count(family, |traffic| traffic.first += 1);
                if ssz.len() >= self.copies_threshold {
                    state.count_copies(stamp, topic, id, received_at);
                }
                drop(state);
                Some(Event::Message(Message { topic, fork, ssz, id, source, received_at }))
            }
            Came::Invalid(raw, _) => {
                self.dismiss(&id, &source, Verdict::Reject);
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

    /// A peer's frame has gone through the router: what the transform refused meanwhile was this peer's.
    pub(super) fn blame_for_refused(&mut self, source: PeerId, (topics, keys): (u64, u64)) {
        let (unknown_topic, not_anonymous) = self.intake.state().end_frame();
        let unwanted = Unwanted {
            source,
            unknown_topic: unknown_topic.saturating_sub(topics),
            not_anonymous: not_anonymous.saturating_sub(keys),
        };
        // They are handed out before the next frame is looked at.
        if unwanted.unknown_topic + unwanted.not_anonymous > 0 && self.unwanted.len() < MAX_UNWANTED {
            self.unwanted.push_back(unwanted);
        }
    }

    /// The router has nothing to hand out now. Says what is to be said of copies.
    pub(super) fn settle(&self) -> Option<Copies> {
        self.intake.state().settle();
        self.intake.final_copies()
    }

    /// A message of our own is on its way: nobody else has a say in it.
    pub(super) fn count_published(&mut self, topic: Topic, id: &MessageId, len: usize) {
        self.verdicts.insert(id, Place::Given, Instant::now());
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

    /// A behaviour that has joined a topic of blocks.
    fn joined() -> (Behaviour, Topic) {
        let schedule = testing::every_fork();
        let mut gossip = Behaviour::new(Config::default(), Arc::clone(&schedule)).unwrap();
        let topic = Topic::new(schedule.entries().next().unwrap().digest, TopicKind::BeaconBlock);
        gossip.join(topic).unwrap();
        (gossip, topic)
    }

    /// What the router makes of a raw message.
    fn arrive(gossip: &Behaviour, topic: Topic, data: &[u8]) -> (gossipsub::MessageId, gossipsub::Message) {
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
        (transform::message_id(&gossip.schedule, &message).to_router(), message)
    }

    #[test]
    fn what_the_router_has_forgotten_is_still_known_behind_it() {
        let (mut gossip, topic) = joined();
        let ssz = [1; 1000];
        let raw = snappy::compress(&ssz).unwrap();
        let peer = PeerId::random();
        // The memo knows nothing of either, as if a minute had passed between them.
        let ((id, first), (_, second)) = (arrive(&gossip, topic, &raw), arrive(&gossip, topic, &raw));
        let event = gossip.receive(peer, &id, first);
        assert!(matches!(event, Some(Event::Message(Message { id: found, .. })) if found.to_router() == id));
        assert!(gossip.receive(peer, &id, second).is_none());
        assert_eq!(gossip.publish(topic, &ssz), Err(PublishError::Duplicate));
        let traffic = gossip.counters().family(topic.kind);
        assert_eq!((traffic.copies, traffic.first, traffic.old, traffic.memo_duplicates), (2, 1, 1, 0));
    }

    #[test]
    fn a_stand_in_that_the_router_takes_for_new_is_ignored_and_counted() {
        let (mut gossip, topic) = joined();
        let raw = snappy::compress(&[1; 1000]).unwrap();
        let peer = PeerId::random();
        let (id, first) = arrive(&gossip, topic, &raw);
        assert!(gossip.receive(peer, &id, first).is_some());
        let (same, copy) = arrive(&gossip, topic, &raw);
        assert_eq!((&same, copy.data.len()), (&id, 21));
        assert!(gossip.receive(peer, &id, copy).is_none());
        let counters = gossip.counters();
        assert_eq!((counters.stray, counters.family(topic.kind).memo_duplicates), (1, 1));
    }

    #[test]
    fn a_message_that_came_before_its_topic_was_joined_is_not_a_duplicate_after() {
        let (mut gossip, topic) = joined();
        gossip.leave(topic);
        let raw = snappy::compress(&[1; 1000]).unwrap();
        let (nobody, dropped) = arrive(&gossip, topic, &raw);
        let (same, _) = arrive(&gossip, topic, &snappy::compress(&[2; 1000]).unwrap());
        assert_eq!((&nobody, dropped.data.len()), (&same, 21));
        gossip.join(topic).unwrap();
        let (id, message) = arrive(&gossip, topic, &raw);
        assert_ne!(id, nobody);
        assert!(gossip.receive(PeerId::random(), &id, message).is_some());
    }

    #[test]
    fn a_verdict_on_what_never_was_is_told_apart_from_one_that_comes_too_late() {
        let (mut gossip, topic) = joined();
        let (id, message) = arrive(&gossip, topic, &snappy::compress(&[1; 1000]).unwrap());
        let peer = PeerId::random();
        let Some(Event::Message(message)) = gossip.receive(peer, &id, message) else { panic!() };
        // This router never had it, as one that has forgotten it.
        assert_eq!(gossip.report(&message.id, &peer, Verdict::Accept), Err(ReportError::Late));
        assert_eq!(gossip.report(&MessageId([1; 20]), &peer, Verdict::Accept), Err(ReportError::Unknown));
        let counters = gossip.counters();
        assert_eq!((counters.late, counters.unknown, counters.accepted), (1, 1, 0));
    }

    #[test]
    fn each_copy_is_counted_once() {
        let (mut gossip, topic) = joined();
        let raw = snappy::compress(&[1; 1000]).unwrap();
        let peer = PeerId::random();
        // Three in one frame, of which the router hands out one; then two more; one that is no message.
        let (id, first) = arrive(&gossip, topic, &raw);
        arrive(&gossip, topic, &raw);
        arrive(&gossip, topic, &raw);
        gossip.receive(peer, &id, first);
        gossip.intake.state().settle();
        arrive(&gossip, topic, &raw);
        arrive(&gossip, topic, &raw);
        let (id, wrong) = arrive(&gossip, topic, &[0xff; 6]);
        assert!(matches!(gossip.receive(peer, &id, wrong), Some(Event::Invalid { .. })));
        gossip.intake.state().settle();
        gossip.leave(topic);
        arrive(&gossip, topic, &snappy::compress(&[2; 1000]).unwrap());
        gossip.intake.state().settle();
        let traffic = gossip.counters().family(topic.kind);
        assert_eq!((traffic.copies, traffic.first, traffic.no_length, traffic.not_joined), (7, 1, 1, 1));
        assert_eq!((traffic.memo_duplicates, traffic.router_duplicates), (2, 2));
        assert_eq!(traffic.bytes, 6 * raw.len() as u64 + 6);
    }
}
