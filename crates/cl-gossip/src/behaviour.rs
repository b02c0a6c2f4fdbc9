//! The behaviour: ours outside, a gossipsub router inside. Which router that is, no other crate knows.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use cl_types::ForkSchedule;
use libp2p_gossipsub::{self as gossipsub, MaxCountSubscriptionFilter, MessageAcceptance, MessageAuthenticity};
use libp2p_identity::PeerId;
use libp2p_swarm::{NetworkBehaviour, ToSwarm};

use crate::config::{Config, ConfigError};
use crate::error::{PublishError, UnknownTopic};
use crate::event::{Event, Message, Verdict};
use crate::filter::{self, ThisChain};
use crate::message_id::{Body, MessageId};
use crate::planner::Change;
use crate::score::Scores;
use crate::seen::Seen;
use crate::snappy;
use crate::topic::Topic;
use crate::transform::{self, Transform};

mod delegate;
mod wake;

type Router = gossipsub::Behaviour<Transform, MaxCountSubscriptionFilter<ThisChain>>;

/// Gossip of one chain.
///
/// Messages come as [`Event::Message`] and are forwarded only after [`Behaviour::report`] accepted them.
///
/// # The hello
///
/// When a peer connects, the router tells it all our topics in *one* frame, and offers no way to do it otherwise: topics
/// joined later are told one frame each, but to every connected peer alike, so there is no subscribing in batches towards
/// a new peer. Teku drops a frame of more than 200 subscriptions as a whole and then takes us to be on no topic. A node
/// with its own subnets and samples has about 20 topics a digest and is not concerned; a node on all subnets or all
/// columns is, and around a fork (two digests) more so. Such a node is reached by Teku's messages only through others.
///
/// # What the router inside does not check
///
/// Ids in IHAVE, IWANT and IDONTWANT may have any length; the specification wants 20 bytes. An id of another length is
/// asked for in vain, which counts as a broken promise of the peer that announced it.
/// A message on a topic of this chain that is not joined is decompressed, remembered and dropped without an event.
/// Duplicates are decompressed and hashed before they are recognized.
pub struct Behaviour {
    router: Router,
    schedule: Arc<ForkSchedule>,
    scores: Option<Scores>,
    seen: Seen,
    wake: wake::Wake,
}

impl Behaviour {
    /// Gossip of the chain that has this schedule. It is on no topic yet.
    pub fn new(config: Config, schedule: Arc<ForkSchedule>) -> Result<Self, ConfigError> {
        let mut router = Router::new_with_subscription_filter_and_transform(
            MessageAuthenticity::Anonymous,
            config.router(&schedule)?,
            filter::filter(Arc::clone(&schedule)),
            Transform::new(Arc::clone(&schedule)),
        )
        .map_err(|_| ConfigError::Router)?;
        let scores = config.scoring.then(|| Scores::new(&config, &schedule));
        if let Some(scores) = &scores {
            router.with_peer_score(scores.params(), Scores::thresholds()).map_err(|_| ConfigError::Scores)?;
        }
        let seen = Seen::new(config.seen_ttl(&schedule), config.seen_capacity);
        Ok(Self { router, schedule, scores, seen, wake: wake::Wake::default() })
    }

    /// Joins a topic. False if it was joined already.
    pub fn join(&mut self, topic: Topic) -> Result<bool, UnknownTopic> {
        topic.era(&self.schedule).ok_or(UnknownTopic)?;
        if let Some(scores) = &self.scores {
            // Before the topic: joining grafts peers at once, and the router keeps no score of a topic without parameters.
            // Fails only without scores.
            let _ = self.router.set_topic_params(topic.ident(), scores.topic(topic.kind));
        }
        self.router.subscribe(&topic.ident()).map_err(|_| UnknownTopic)
    }

    /// Leaves a topic. False if it was not joined.
    pub fn leave(&mut self, topic: Topic) -> bool {
        self.router.unsubscribe(&topic.ident())
    }

    /// Makes the changes of a [`Planner`](crate::Planner), in order, all of them. An error means that the planner is of
    /// another chain.
    pub fn apply(&mut self, changes: impl IntoIterator<Item = Change>) -> Result<(), UnknownTopic> {
        let mut result = Ok(());
        for change in changes {
            match change {
                Change::Join(topic) => {
                    let joined = self.join(topic).map(drop);
                    result = result.and(joined);
                }
                Change::Leave(topic) => drop(self.leave(topic)),
            }
        }
        result
    }

    /// Publishes a payload. The topic need not be joined. A message that was seen within two epochs is not sent again.
    pub fn publish(&mut self, topic: Topic, ssz: &[u8]) -> Result<MessageId, PublishError> {
        let era = topic.era(&self.schedule).ok_or(UnknownTopic)?;
        let bounds = topic.kind.ssz_bounds(era, self.schedule.preset(), self.schedule.max_blobs_anywhere());
        if !bounds.contains(&ssz.len()) {
            return Err(PublishError::OutOfBounds { len: ssz.len(), min: *bounds.start(), max: *bounds.end() });
        }
        let id = MessageId::new(era.fork, &topic.to_string(), Body::Valid(ssz));
        if self.seen.contains(&id) {
            return Err(PublishError::Duplicate);
        }
        use gossipsub::PublishError as Refused;
        self.router.publish(topic.hash(), transform::marked(ssz)).map_err(|error| match error {
            Refused::Duplicate => PublishError::Duplicate,
            Refused::NoPeersSubscribedToTopic => PublishError::NoPeers,
            Refused::AllQueuesFull(peers) => PublishError::QueuesFull { peers },
            Refused::TransformFailed(_) => PublishError::Compress(snappy::CompressError { len: ssz.len() }),
            _ => PublishError::Router,
        })?;
        self.seen.insert(&id, Instant::now());
        Ok(id)
    }

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

    /// The peers in the mesh of a topic; none if it is not joined.
    pub fn mesh_peers(&self, topic: Topic) -> impl Iterator<Item = PeerId> {
        self.router.mesh_peers(&topic.hash()).copied().collect::<Vec<_>>().into_iter()
    }

    /// The topics joined now, in no order.
    pub fn topics(&self) -> impl Iterator<Item = Topic> {
        self.router.topics().filter_map(|topic| topic.as_str().parse().ok())
    }

    /// The topics that a connected peer is on, as far as they are this chain's. Sorted by name.
    #[must_use]
    pub fn topics_of(&self, peer: &PeerId) -> Vec<Topic> {
        let topics = self.router.all_peers().find(|(id, _)| *id == peer).map(|(_, topics)| topics);
        topics.into_iter().flatten().filter_map(|topic| topic.as_str().parse().ok()).collect()
    }

    /// The score of a peer; `None` without scoring. 0 for strangers, below 0 no mesh, below -4000 no gossip.
    #[must_use]
    pub fn score(&self, peer: &PeerId) -> Option<f64> {
        self.router.peer_score(peer)
    }

    /// Sets the application's share of a peer's score, in the same unit. False without scoring, or for a stranger.
    pub fn set_application_score(&mut self, peer: &PeerId, score: f64) -> bool {
        self.router.set_application_score(peer, score)
    }

    /// Our event for one of the router's, or `None` if nobody needs to know.
    fn translate(&mut self, event: gossipsub::Event) -> Option<Event> {
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
        let topic: Topic = message.topic.as_str().parse().ok()?;
        let era = *topic.era(&self.schedule)?;
        let received_at = Instant::now();
        if !self.seen.insert(&id, received_at) {
            // Older than the router's memory, but within two epochs: nobody is to blame for it.
            self.report(&id, &source, Verdict::Ignore);
            return None;
        }
        match transform::unmark(message.data) {
            Ok(ssz) => Some(Event::Message(Message { topic, fork: era.fork, ssz, id, source, received_at })),
            Err(raw) => {
                self.report(&id, &source, Verdict::Reject);
                let bounds = topic.kind.ssz_bounds(&era, self.schedule.preset(), self.schedule.max_blobs_anywhere());
                // What passes this was refused by the decompression itself.
                let error = snappy::check(&raw, &bounds).err().unwrap_or(snappy::DecompressError::Corrupt);
                Some(Event::Invalid { source, id, topic, error })
            }
        }
    }
}

impl fmt::Debug for Behaviour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Behaviour").field("topics", &self.router.topics().count()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use cl_types::TopicKind;

    use super::*;
    use crate::testing;

    #[test]
    fn what_the_router_has_forgotten_is_still_known_behind_it() {
        let schedule = testing::every_fork();
        let mut gossip = Behaviour::new(Config::default(), Arc::clone(&schedule)).unwrap();
        let phase0 = schedule.entries().next().unwrap();
        let topic = Topic::new(phase0.digest, TopicKind::BeaconBlock);
        let ssz = [1; 1000];
        let message = gossipsub::Message {
            source: None,
            data: transform::marked(&ssz),
            sequence_number: None,
            topic: topic.hash(),
        };
        let id = transform::message_id(&schedule, &message);
        let peer = PeerId::random();
        let first = gossip.receive(peer, &id.to_router(), message.clone());
        assert!(matches!(first, Some(Event::Message(Message { id: found, .. })) if found == id));
        assert!(gossip.receive(peer, &id.to_router(), message).is_none());
        assert_eq!(gossip.publish(topic, &ssz), Err(PublishError::Duplicate));
    }
}
