//! Commands to a running node.

use std::sync::Arc;

use cl_gossip::MessageId;
use cl_rpc::Chunk;
use cl_types::containers::{MetaDataV3, StatusV2};
use cl_types::{ForkSchedule, GoodbyeReason, Root, Slot, TopicKind};
use libp2p::{Multiaddr, PeerId};
use tokio::sync::{broadcast, mpsc, oneshot};

use crate::blocks::Blocks;
use crate::error::{PublishError, RequestError, Stopped};
use crate::event::{Event, Events};
use crate::traffic::{Meter, Traffic};

/// Most commands that wait for the node's task. A sender waits when it is full.
pub(crate) const COMMAND_CAPACITY: usize = 256;

/// A handle to a running node. Cheap to clone. When the last one is dropped, the node says goodbye to its peers and ends.
#[derive(Clone, Debug)]
pub struct NodeHandle {
    commands: mpsc::Sender<Command>,
    events: broadcast::WeakSender<Event>,
    schedule: Arc<ForkSchedule>,
    meter: Meter,
}

/// What a node knows of itself.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NodeInfo {
    /// Our peer id.
    pub peer: PeerId,
    /// Our record, as discv5 serves it.
    pub record: cl_enr::Record,
    /// Our metadata.
    pub metadata: MetaDataV3,
    /// Our Status at this moment.
    pub status: StatusV2,
    /// Where we listen.
    pub listen: Vec<Multiaddr>,
    /// The topics that are joined.
    pub topics: Vec<cl_gossip::Topic>,
}

pub(crate) type Reply<T> = oneshot::Sender<T>;
pub(crate) type ChunkSender = mpsc::Sender<Result<Chunk, cl_rpc::RequestError>>;

#[derive(Debug)]
pub(crate) enum Command {
    Info(Reply<NodeInfo>),
    Peers(Reply<Vec<cl_peers::PeerInfo>>),
    Meshes(Reply<Vec<(cl_gossip::Topic, usize)>>),
    Subscribe(TopicKind, Reply<()>),
    Unsubscribe(TopicKind, Reply<()>),
    Publish(TopicKind, Option<Slot>, Vec<u8>, Reply<Result<MessageId, cl_gossip::PublishError>>),
    Request(PeerId, cl_rpc::Request, ChunkSender),
    AddPeer(PeerId, Vec<Multiaddr>, Reply<()>),
    Disconnect(PeerId, GoodbyeReason, Reply<()>),
    ReportLie(PeerId),
    Shutdown(Reply<()>),
}

impl NodeHandle {
    pub(crate) const fn new(
        commands: mpsc::Sender<Command>,
        events: broadcast::WeakSender<Event>,
        schedule: Arc<ForkSchedule>,
        meter: Meter,
    ) -> Self {
        Self { commands, events, schedule, meter }
    }

    /// The fork schedule of the node's chain.
    #[must_use]
    pub fn schedule(&self) -> &ForkSchedule {
        &self.schedule
    }

    /// A new subscription, from now on. `None` once the node has ended.
    #[must_use]
    pub fn events(&self) -> Option<Events> {
        self.events.upgrade().map(|sender| Events::new(sender.subscribe()))
    }

    /// What the node knows of itself.
    pub async fn info(&self) -> Result<NodeInfo, Stopped> {
        self.ask(Command::Info).await
    }

    /// The peers it knows, connected ones first.
    pub async fn peers(&self) -> Result<Vec<cl_peers::PeerInfo>, Stopped> {
        self.ask(Command::Peers).await
    }

    /// The joined topics, each with the number of peers in its mesh.
    pub async fn meshes(&self) -> Result<Vec<(cl_gossip::Topic, usize)>, Stopped> {
        self.ask(Command::Meshes).await
    }

    /// What passed through the node's streams. Still answers when the node has ended.
    #[must_use]
    pub fn traffic(&self) -> Traffic {
        self.meter.read()
    }

    /// Joins a topic in every era that is joined now or later, besides what the configuration asks for.
    pub async fn subscribe(&self, kind: TopicKind) -> Result<(), Stopped> {
        self.ask(|reply| Command::Subscribe(kind, reply)).await
    }

    /// Takes [`Self::subscribe`] back. Topics that the configuration asks for stay joined.
    pub async fn unsubscribe(&self, kind: TopicKind) -> Result<(), Stopped> {
        self.ask(|reply| Command::Unsubscribe(kind, reply)).await
    }

    /// Publishes uncompressed SSZ on a topic. `slot` is the one of the message and chooses the era; without it the era
    /// of the clock is taken.
    pub async fn publish(&self, kind: TopicKind, slot: Option<Slot>, ssz: Vec<u8>) -> Result<MessageId, PublishError> {
        Ok(self.ask(|reply| Command::Publish(kind, slot, ssz, reply)).await??)
    }

    /// Asks a peer for the blocks of `count` slots from `start` on, at most 128. Blocks come as a stream and are checked
    /// to be in range and in order. Dropping the stream abandons the request.
    pub async fn blocks_by_range(&self, peer: PeerId, start: Slot, count: u64) -> Result<Blocks, RequestError> {
        let request = cl_rpc::Request::blocks_by_range(start, count)?;
        let chunks = self.request(peer, request).await?;
        Ok(Blocks::by_range(self.clone(), peer, chunks, start, count))
    }

    /// Asks a peer for blocks by their roots, at most 128. The answer may hold any of them, in any order; compare roots.
    pub async fn blocks_by_root(&self, peer: PeerId, roots: &[Root]) -> Result<Blocks, RequestError> {
        let request = cl_rpc::Request::blocks_by_root(roots)?;
        let chunks = self.request(peer, request).await?;
        Ok(Blocks::by_root(self.clone(), peer, chunks))
    }

    /// Stays connected to a peer at these addresses, redialling it when it is lost.
    pub async fn add_peer(&self, peer: PeerId, addresses: Vec<Multiaddr>) -> Result<(), Stopped> {
        self.ask(|reply| Command::AddPeer(peer, addresses, reply)).await
    }

    /// Says goodbye to a peer and parts.
    pub async fn disconnect(&self, peer: PeerId, reason: GoodbyeReason) -> Result<(), Stopped> {
        self.ask(|reply| Command::Disconnect(peer, reason, reply)).await
    }

    /// Says goodbye to all peers and ends the node. Returns when everything is closed and saved.
    pub async fn shutdown(&self) {
        // A node that is gone already has nothing left to do.
        let _ = self.ask(Command::Shutdown).await;
    }

    pub(crate) async fn report_lie(&self, peer: PeerId) {
        let _ = self.commands.send(Command::ReportLie(peer)).await;
    }

    /// Sends a request; its chunks arrive on the receiver, which holds the largest response that the protocol allows.
    async fn request(
        &self,
        peer: PeerId,
        request: cl_rpc::Request,
    ) -> Result<mpsc::Receiver<Result<Chunk, cl_rpc::RequestError>>, Stopped> {
        let chunks = usize::try_from(request.max_chunks()).unwrap_or(usize::MAX).clamp(1, 1024);
        let (sender, receiver) = mpsc::channel(chunks + 1);
        self.commands.send(Command::Request(peer, request, sender)).await.map_err(|_| Stopped)?;
        Ok(receiver)
    }

    async fn ask<T>(&self, command: impl FnOnce(Reply<T>) -> Command) -> Result<T, Stopped> {
        let (reply, answer) = oneshot::channel();
        self.commands.send(command(reply)).await.map_err(|_| Stopped)?;
        answer.await.map_err(|_| Stopped)
    }
}
