//! Commands to a running node.

use std::sync::Arc;

use cl_gossip::MessageId;
use cl_rpc::Ask;
use cl_types::containers::{MetaDataV3, StatusV2};
use cl_types::{Fault, ForkSchedule, GoodbyeReason, Slot, SlotClock, TopicKind};
use libp2p::{Multiaddr, PeerId};
use tokio::sync::{broadcast, mpsc, oneshot};

use crate::answers::Answers;
use crate::chunks::{Chunks, Items};
use crate::clock::unix_ms;
use crate::control::Control;
use crate::duties::Refused;
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
    clock: SlotClock,
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
    /// Where metrics are served.
    pub metrics: Option<std::net::SocketAddr>,
}

pub(crate) type Reply<T> = oneshot::Sender<T>;

#[derive(Debug)]
pub(crate) enum Command {
    Info(Reply<NodeInfo>),
    Peers(Reply<Vec<cl_peers::PeerInfo>>),
    Meshes(Reply<Vec<(cl_gossip::Topic, usize)>>),
    Subscribe(TopicKind, Reply<()>),
    Unsubscribe(TopicKind, Reply<()>),
    Attest(Vec<cl_gossip::AttestationDuty>, Reply<Refused>),
    ServeSyncCommittee(cl_gossip::SyncDuty, Reply<Result<(), cl_gossip::DutyError>>),
    LeaveSyncCommittee(cl_gossip::SyncDuty, Reply<()>),
    Send(Vec<cl_gossip::Outgoing>, Reply<Vec<Result<cl_gossip::Published, cl_gossip::PublishError>>>),
    SetValidators(u64, Reply<()>),
    Standing(PeerId, Reply<cl_gossip::Standing>),
    Publish(TopicKind, Option<Slot>, Vec<u8>, Reply<Result<MessageId, cl_gossip::PublishError>>),
    /// The last says whether the request was made by us, so that the peer must be able to answer it.
    Request(PeerId, cl_rpc::Request, Items, bool),
    AddPeer(PeerId, Vec<Multiaddr>, Reply<()>),
    Control(Control, Reply<bool>),
    Explain(PeerId, Reply<Option<Box<cl_peers::Explanation>>>),
    Disconnect(PeerId, GoodbyeReason, Reply<()>),
    ReportLie(PeerId, Fault, String),
    LacksColumns(PeerId, Vec<(u64, Slot)>),
    Shutdown(Reply<()>),
}

impl NodeHandle {
    pub(crate) const fn new(
        commands: mpsc::Sender<Command>,
        events: broadcast::WeakSender<Event>,
        schedule: Arc<ForkSchedule>,
        clock: SlotClock,
        meter: Meter,
    ) -> Self {
        Self { commands, events, schedule, clock, meter }
    }

    /// The fork schedule of the node's chain.
    #[must_use]
    pub fn schedule(&self) -> &ForkSchedule {
        &self.schedule
    }

    pub(crate) const fn clock(&self) -> &SlotClock {
        &self.clock
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

    /// Publishes uncompressed SSZ on a topic, at once or not at all; [`Self::send`] waits for peers. `slot` is the one of the message and chooses the era; without it the era
    /// of the clock is taken.
    pub async fn publish(&self, kind: TopicKind, slot: Option<Slot>, ssz: Vec<u8>) -> Result<MessageId, PublishError> {
        Ok(self.ask(|reply| Command::Publish(kind, slot, ssz, reply)).await??)
    }

    /// Asks a peer, such as `node.request(peer, BlocksByRange::new(start, 32))`, in the protocol versions that are live now.
    /// The answer comes as a stream of items that are checked against the request; a lie is an error that blames the peer.
    /// An answer may be short or empty. The request is sent when this returns; dropping the stream abandons it.
    pub async fn request<A: Ask>(&self, peer: PeerId, ask: A) -> Result<Answers<A>, RequestError> {
        let now = self.clock.slot_or_genesis(unix_ms());
        let request = ask.request(&self.schedule, now)?;
        let chunks = self.send_request(peer, request, true).await?;
        Ok(Answers::new(self.clone(), chunks, ask.check(Arc::clone(&self.schedule))))
    }

    /// Sends a request as it is, whatever it asks for. The chunks have the size and the layout of their protocol; nothing
    /// else is checked, and a refusal is not held against the peer.
    pub async fn request_unchecked(&self, peer: PeerId, request: cl_rpc::Request) -> Result<Chunks, Stopped> {
        self.send_request(peer, request, false).await
    }

    async fn send_request(&self, peer: PeerId, request: cl_rpc::Request, is_checked: bool) -> Result<Chunks, Stopped> {
        let (items, chunks) = Chunks::new(peer, request.max_chunks());
        self.commands.send(Command::Request(peer, request, items, is_checked)).await.map_err(|_| Stopped)?;
        Ok(chunks)
    }

    /// Stays connected to a peer at these addresses, redialling it when it is lost.
    pub async fn add_peer(&self, peer: PeerId, addresses: Vec<Multiaddr>) -> Result<(), Stopped> {
        self.ask(|reply| Command::AddPeer(peer, addresses, reply)).await
    }

    /// Tells the peer manager that a peer left out columns of blocks that have them, each with the slot of its block. Those in
    /// the peer's custody count as missing as long as it is connected, and cost it trust, unless its Status says that it does not
    /// serve the slot. Answers to [`ColumnsByRange`](crate::ask::ColumnsByRange) report by themselves what they show; of requests by
    /// root only the caller knows whether there was something to send.
    pub async fn lacks_columns(&self, peer: PeerId, columns: Vec<(u64, Slot)>) -> Result<(), Stopped> {
        self.command(Command::LacksColumns(peer, columns)).await
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

    pub(crate) async fn report_lie(&self, peer: PeerId, fault: Fault, what: String) {
        // A node that has ended keeps no scores.
        let _ = self.commands.send(Command::ReportLie(peer, fault, what)).await;
    }

    pub(crate) async fn command(&self, command: Command) -> Result<(), Stopped> {
        self.commands.send(command).await.map_err(|_| Stopped)
    }

    pub(crate) async fn ask<T>(&self, command: impl FnOnce(Reply<T>) -> Command) -> Result<T, Stopped> {
        let (reply, answer) = oneshot::channel();
        self.commands.send(command(reply)).await.map_err(|_| Stopped)?;
        answer.await.map_err(|_| Stopped)
    }
}
