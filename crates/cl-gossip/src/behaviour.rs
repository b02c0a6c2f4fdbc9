//! The behaviour: ours outside, a gossipsub router inside. Which router that is, no other crate knows.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use cl_types::ForkSchedule;
use libp2p_gossipsub::{self as gossipsub, MessageAuthenticity};
use libp2p_identity::PeerId;
use libp2p_swarm::{NetworkBehaviour, ToSwarm};
use prometheus_client::registry::Registry;

use crate::config::{Config, ConfigError};
use crate::error::{PublishError, UnknownTopic};
use crate::event::{Event, Unwanted};
use crate::filter::{self, Filter};
use crate::hash::IdHash;
use crate::intake::Intake;
use crate::memo::Secret;
use crate::message_id::{Body, MessageId};
use crate::planner::Change;
use crate::score::Scores;
use crate::seen::Seen;
use crate::snappy;
use crate::topic::Topic;
use crate::transform::{self, Transform};
use crate::verdicts::Verdicts;

mod delegate;
mod explain;
mod handler;
mod mesh;
mod publishing;
mod receive;
mod wake;

type Router = gossipsub::Behaviour<Transform, Filter>;

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
/// A message on a topic of this chain that is not joined is dropped without an event, and not even decompressed.
///
/// # Duplicates
///
/// The router transforms and hashes each copy before it recognizes duplicates. A memo of what came in the last 15 to 30 s
/// recognizes the same bytes on the same topic before that (`memo.rs`); once the message was accepted or ignored, the connection
/// on which they come drops them, and the router never hears of them (`gate.rs`).
pub struct Behaviour {
    router: Router,
    schedule: Arc<ForkSchedule>,
    scores: Option<Scores>,
    seen: Seen,
    verdicts: Verdicts,
    unwanted: VecDeque<Unwanted>,
    copies_threshold: usize,
    intake: Arc<Intake>,
    wake: wake::Wake,
    publishing: publishing::Publishing,
    meshes: mesh::Meshes,
    known: explain::Known,
    flood_publish: bool,
}

impl Behaviour {
    /// Gossip of the chain that has this schedule. It is on no topic yet.
    pub fn new(config: Config, schedule: Arc<ForkSchedule>) -> Result<Self, ConfigError> {
        let secret = Secret::random().map_err(|_| ConfigError::NoRandomness)?;
        let router_ttl = config.router_seen_ttl(&schedule);
        let intake = Arc::new(Intake::new(Arc::clone(&schedule), secret, router_ttl, Instant::now()));
        let mut router = Router::new_with_subscription_filter_and_transform(
            MessageAuthenticity::Anonymous,
            config.router(&schedule)?,
            filter::filter(Arc::clone(&schedule), Arc::clone(&intake)),
            Transform::new(Arc::clone(&intake)),
        )
        .map_err(|_| ConfigError::Router)?;
        let scores = config.scoring.then(|| Scores::new(&config, &schedule));
        if let Some(scores) = &scores {
            router.with_peer_score(scores.params(), Scores::thresholds()).map_err(|_| ConfigError::Scores)?;
        }
        let hash = IdHash::random().map_err(|_| ConfigError::NoRandomness)?;
        let seen = Seen::new(config.seen_ttl(&schedule), config.seen_capacity, hash);
        let copies_threshold = config.copies_threshold;
        Ok(Self {
            router,
            schedule,
            scores,
            seen,
            verdicts: Verdicts::new(hash),
            unwanted: VecDeque::new(),
            copies_threshold,
            intake,
            wake: wake::Wake::default(),
            publishing: publishing::Publishing::new(config.outbox_len, config.outbox_bytes),
            meshes: mesh::Meshes::default(),
            known: explain::Known::default(),
            flood_publish: config.flood_publish,
        })
    }

    /// Registers the router's own metrics; call it before anything else. They are by topic, never by peer, and bounded: all
    /// topics of four digests and 50 that were never joined. With them each message costs some look-ups more. Duplicates that do
    /// not reach the router are not in them; [`Behaviour::counters`] has them all.
    #[must_use]
    pub fn with_metrics(mut self, registry: &mut Registry) -> Self {
        let mut config = gossipsub::MetricsConfig {
            max_topics: crate::config::subscription_limits(&self.schedule).0,
            ..gossipsub::MetricsConfig::default()
        };
        config.buckets_using_scoring_thresholds(&Scores::thresholds());
        self.router = self.router.with_metrics(registry, config);
        self
    }

    /// Joins a topic. False if it was joined already.
    pub fn join(&mut self, topic: Topic) -> Result<bool, UnknownTopic> {
        topic.era(&self.schedule).ok_or(UnknownTopic)?;
        if let Some(scores) = &self.scores {
            // Before the topic: joining grafts peers at once, and the router keeps no score of a topic without parameters.
            // Fails only without scores.
            let _ = self.router.set_topic_params(topic.ident(), scores.topic(topic.kind));
        }
        let is_new = self.router.subscribe(&topic.ident()).map_err(|_| UnknownTopic)?;
        self.set_joined(topic, true);
        Ok(is_new)
    }

    /// Leaves a topic. False if it was not joined.
    pub fn leave(&mut self, topic: Topic) -> bool {
        self.set_joined(topic, false);
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

    /// Publishes a payload on a topic at once, or not at all; [`Self::send`] finds the topic and waits for peers. The topic
    /// need not be joined. A message that was seen within two epochs is not sent again.
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
        self.count_published(topic, &id, ssz.len());
        Ok(id)
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

    /// Tells how many validators are active on the chain. What is expected of peers on joined topics follows it; a chain
    /// of another size than [`Config::validators`] is otherwise judged by the wrong rates. No effect without scoring.
    pub fn set_validators(&mut self, active: u64) {
        let Some(scores) = &mut self.scores else { return };
        if !scores.set_validators(active) {
            return;
        }
        for topic in self.router.topics().filter_map(|topic| topic.as_str().parse().ok()).collect::<Vec<Topic>>() {
            // Fails only without scores.
            let _ = self.router.set_topic_params(topic.ident(), scores.topic(topic.kind));
        }
    }

    /// Sets the application's share of a peer's score, in the same unit. False without scoring, or for a stranger.
    pub fn set_application_score(&mut self, peer: &PeerId, score: f64) -> bool {
        self.known.set_application(peer, score);
        self.router.set_application_score(peer, score)
    }
}

impl fmt::Debug for Behaviour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Behaviour").field("topics", &self.router.topics().count()).finish_non_exhaustive()
    }
}
