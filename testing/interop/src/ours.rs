//! A node of ours in a scenario, with everything it tells.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use cl_node::status::Chainless;
use cl_node::{Config, Event, Events, MemoryStore, Node, NodeHandle, RelayLevel, Verdict};
use cl_types::{Epoch, ForkDigest, ForkName, Network, Root};
use cl_validation::{Ignore, Reject};
use libp2p::PeerId;

use crate::error::ScenarioError;
use crate::scenario::mutations::Sample;
use crate::scenario::validation::samples_of;

/// A block that came by gossip.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub(crate) digest: ForkDigest,
    pub(crate) ssz: Bytes,
}

/// What a node told so far.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Connections, handshakes, goodbyes and losses in order: who, and the name of the event.
    pub(crate) life: Vec<(PeerId, &'static str)>,
    /// Peers that discovery found.
    pub(crate) found: Vec<PeerId>,
    /// Gossip messages by family.
    pub(crate) counts: BTreeMap<&'static str, u64>,
    /// The id of the last message of each topic, by the topic's whole name.
    pub(crate) last: BTreeMap<String, String>,
    /// The ids of all of them, without `0x`.
    pub(crate) ids: HashSet<String>,
    /// Blocks that came by gossip.
    pub(crate) blocks: BTreeMap<Root, Block>,
    /// How often which verdict, by family.
    pub(crate) verdicts: HashMap<(&'static str, Verdict), u64>,
    /// Milliseconds from each message to its verdict.
    pub(crate) delays: Vec<u64>,
    /// The first messages of each family and fork that were accepted.
    pub(crate) samples: BTreeMap<(&'static str, ForkName), Vec<Sample>>,
    /// What must not happen at all.
    pub(crate) bad: Vec<String>,
    /// Requests to us by protocol id.
    pub(crate) asked: BTreeMap<&'static str, u64>,
    /// Eras that began.
    pub(crate) forks: Vec<(Epoch, ForkDigest)>,
}

impl Seen {
    fn note(&mut self, event: Event) {
        match event {
            Event::PeerFound { peer, .. } => self.found.push(peer),
            Event::PeerConnected { peer, .. } => self.life.push((peer, "connected")),
            Event::PeerReady { peer, .. } => self.life.push((peer, "ready")),
            Event::GoodbyeSent { peer, .. } => self.life.push((peer, "goodbye sent")),
            Event::GoodbyeReceived { peer, .. } => self.life.push((peer, "goodbye received")),
            Event::PeerGone { peer, .. } => self.life.push((peer, "gone")),
            Event::ForkActive { epoch, digest, .. } => self.forks.push((epoch, digest)),
            Event::Asked { protocol, .. } => *self.asked.entry(protocol).or_default() += 1,
            Event::GossipInvalid { topic, reason, .. } => self.bad.push(format!("invalid on {topic}: {reason}")),
            Event::PeerFault { peer, reason } => self.bad.push(format!("{peer} at fault: {reason}")),
            Event::Lagged { missed } => self.bad.push(format!("{missed} events lost")),
            Event::Gossip(message) => {
                let family = message.topic.kind.family();
                *self.counts.entry(family).or_default() += 1;
                let id = message.id.to_string();
                self.ids.insert(id.trim_start_matches("0x").to_owned());
                self.last.insert(message.topic.to_string(), id);
                let (kind, fork, verdict) = (message.topic.kind, message.fork, message.verdict);
                if matches!(verdict, Verdict::Reject(Reject::Malformed) | Verdict::Ignore(Ignore::Unsupported)) {
                    self.bad.push(format!("{family}: {verdict}"));
                }
                *self.verdicts.entry((family, verdict)).or_default() += 1;
                self.delays.push(message.judged_after_ms);
                let samples = self.samples.entry((family, fork)).or_default();
                if verdict.is_accept() && samples.len() < samples_of(kind) {
                    let (ssz, received_ms) = (message.ssz.clone(), message.received_ms);
                    samples.push(Sample { kind, fork, ssz, received_ms });
                }
                if let Some(root) = message.block_root {
                    self.blocks.insert(root, Block { digest: message.topic.digest, ssz: message.ssz });
                }
            }
            _ => {}
        }
    }

    /// The events of one peer's life, in order.
    pub(crate) fn life_of(&self, peer: PeerId) -> Vec<&'static str> {
        self.life.iter().filter(|(who, _)| *who == peer).map(|(_, what)| *what).collect()
    }

    /// Whether a peer's handshake was ever complete.
    pub(crate) fn is_ready(&self, peer: PeerId) -> bool {
        self.life_of(peer).contains(&"ready")
    }
}

/// A running node of ours.
#[derive(Debug)]
pub(crate) struct Ours {
    pub(crate) node: NodeHandle,
    pub(crate) peer: PeerId,
    /// What it serves.
    pub(crate) store: Arc<MemoryStore>,
    seen: Arc<Mutex<Seen>>,
}

impl Ours {
    /// Starts a node that listens to everything and relays what has the right structure. It knows of others what
    /// `network` says, nothing else, and not how the chain began.
    pub(crate) async fn start(network: Network, data_dir: &Path) -> Result<Self, ScenarioError> {
        Self::start_on(network, data_dir, None).await
    }

    /// The same, knowing the genesis block: once it holds the whole chain, its Status says so.
    pub(crate) async fn start_on(
        network: Network,
        data_dir: &Path,
        genesis_block_root: Option<Root>,
    ) -> Result<Self, ScenarioError> {
        Self::start_with(network, data_dir, genesis_block_root, |_| ()).await
    }

    /// The same, with a configuration of its own.
    pub(crate) async fn start_with(
        network: Network,
        data_dir: &Path,
        genesis_block_root: Option<Root>,
        configure: impl FnOnce(&mut Config),
    ) -> Result<Self, ScenarioError> {
        let mut config = Config::loopback(network).data_dir(data_dir);
        config.all_subnets = true;
        config.all_columns = true;
        config.relay = RelayLevel::Structure;
        configure(&mut config);
        let store = Arc::new(MemoryStore::new());
        let builder = Node::builder(config).status_source(Arc::new(Chainless { genesis_block_root }));
        let (node, events) = builder.chain_store(Arc::clone(&store) as _).spawn().await?;
        let peer = node.info().await?.peer;
        let seen = Arc::default();
        tokio::spawn(listen(events, Arc::clone(&seen)));
        Ok(Self { node, peer, store, seen })
    }

    /// What it told so far. Not to be held over an await.
    pub(crate) fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends with the node.
async fn listen(mut events: Events, seen: Arc<Mutex<Seen>>) {
    while let Some(event) = events.next().await {
        seen.lock().unwrap_or_else(PoisonError::into_inner).note(event);
    }
}
