//! Metrics for Prometheus: numbers by topic family, never by peer.

mod copies;
mod server;
mod verdicts;

use std::net::SocketAddr;
use std::sync::Arc;

use cl_types::TopicKind;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use self::copies::Copies;
use self::verdicts::Verdicts;
use crate::error::StartError;
use crate::pool::Numbers;
use crate::relay::Verdict;

/// A topic's name without digest and subnet: there are as many as the specification has topics.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Topic {
    topic: &'static str,
}

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Judged {
    topic: &'static str,
    verdict: &'static str,
}

/// The node's own numbers. A clone counts on with them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Metrics {
    messages: Family<Judged, Counter>,
    bytes: Family<Topic, Counter>,
    undecodable: Family<Topic, Counter>,
    sent: Family<Topic, Counter>,
    unsent: Family<Topic, Counter>,
    waiting: Gauge,
    topics: Gauge,
    peers: Gauge,
    copies: Copies,
    verdicts: Verdicts,
}

impl Metrics {
    /// The numbers of a node, registered.
    pub(crate) fn new(registry: &mut Registry) -> Self {
        let node = registry.sub_registry_with_prefix("cl_node");
        let metrics = Self { copies: Copies::new(node), verdicts: Verdicts::new(node), ..Self::default() };
        let Self { messages, bytes, undecodable, sent, unsent, waiting, topics, peers, .. } = metrics.clone();
        node.register("gossip_messages", "Messages that came for the first time, by what became of them", messages);
        node.register("gossip_bytes", "Uncompressed bytes of messages that came for the first time", bytes);
        node.register("gossip_invalid", "Messages that do not decompress, or not within their bounds", undecodable);
        node.register("gossip_published", "Messages of our own that went out", sent);
        node.register("gossip_unsent", "Messages of our own that found no peer in time", unsent);
        node.register("gossip_waiting", "Messages of our own that wait for a peer", waiting);
        node.register("gossip_topics", "Joined topics", topics);
        node.register("peers", "Connected peers", peers);
        metrics
    }

    pub(crate) fn message(&self, kind: TopicKind, verdict: Verdict, bytes: usize, delay_ms: u64) {
        self.verdicts.count(kind.family(), verdict, delay_ms);
        let (verdict, _) = verdict.labels();
        self.messages.get_or_create(&Judged { topic: kind.family(), verdict }).inc();
        self.bytes.get_or_create(&topic(kind)).inc_by(bytes as u64);
    }

    pub(crate) fn undecodable(&self, kind: TopicKind) {
        self.undecodable.get_or_create(&topic(kind)).inc();
    }

    pub(crate) fn published(&self, kind: TopicKind) {
        self.sent.get_or_create(&topic(kind)).inc();
    }

    pub(crate) fn unsent(&self, kind: TopicKind) {
        self.unsent.get_or_create(&topic(kind)).inc();
    }

    /// What is as it is now, and what gossip has counted.
    pub(crate) fn now(
        &mut self,
        peers: usize,
        topics: usize,
        waiting: usize,
        counters: cl_gossip::Counters,
        pool: Numbers,
    ) {
        self.copies.take(counters);
        self.verdicts.take(pool);
        for (gauge, value) in [(&self.peers, peers), (&self.topics, topics), (&self.waiting, waiting)] {
            gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        }
    }
}

fn topic(kind: TopicKind) -> Topic {
    Topic { topic: kind.family() }
}

/// Serves what is registered. Dropping it ends it soon.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    tasks: JoinSet<()>,
}

impl Server {
    /// Listens at an address; port 0 takes a free one.
    pub(crate) async fn start(address: SocketAddr, registry: Registry) -> Result<Self, StartError> {
        let failed = |source| StartError::Metrics { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let mut tasks = JoinSet::new();
        tasks.spawn(server::run(listener, Arc::new(registry)));
        Ok(Self { address, tasks })
    }

    /// Ends it. When this returns, its port is free.
    pub(crate) async fn stop(mut self) {
        self.tasks.shutdown().await;
    }
}
