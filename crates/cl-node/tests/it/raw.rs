//! A peer without manners: raw libp2p streams of every protocol, to read and write whatever a test likes. It shakes hands
//! politely, as far as a test does not say otherwise.

use std::collections::{HashMap, VecDeque};
use std::convert::Infallible;
use std::future::{Ready, ready};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use cl_node::{Event, Events, NodeHandle};
use cl_rpc::codec::Encoder;
use cl_types::containers::{MetaDataV3, StatusV2};
use cl_types::{Method, Protocol, Slot};
use futures::{AsyncReadExt, AsyncWriteExt, StreamExt};
use libp2p::core::transport::PortUse;
use libp2p::core::upgrade::{InboundUpgrade, OutboundUpgrade, UpgradeInfo};
use libp2p::core::{Endpoint, upgrade::Version};
use libp2p::identity::Keypair;
use libp2p::swarm::handler::{ConnectionEvent, DialUpgradeError, FullyNegotiatedInbound, FullyNegotiatedOutbound};
use libp2p::swarm::{ConnectionDenied, ConnectionHandler, ConnectionHandlerEvent, ConnectionId, FromSwarm};
use libp2p::swarm::{NetworkBehaviour, NotifyHandler, Stream, SubstreamProtocol, SwarmEvent, ToSwarm};
use libp2p::{Multiaddr, PeerId, Swarm, Transport, noise, tcp, yamux};
use ssz::Encode;
use tokio::sync::{mpsc, oneshot};

use crate::support::DEADLINE;

/// What the peer says of itself when it is asked.
#[derive(Clone)]
pub(crate) struct Manners {
    pub(crate) status: StatusV2,
    pub(crate) metadata: MetaDataV3,
}

/// The other end of everything that a test does.
pub(crate) struct Rude {
    pub(crate) peer: PeerId,
    pub(crate) manners: Arc<Mutex<Manners>>,
    node: PeerId,
    address: Multiaddr,
    calls: mpsc::Sender<Call>,
    asked: mpsc::Receiver<(Protocol, Stream)>,
    goodbyes: mpsc::Receiver<u64>,
    /// Connections that were closed.
    closed: Arc<AtomicUsize>,
}

type Call = Box<dyn FnOnce(&mut Swarm<Behaviour>) + Send>;

#[derive(NetworkBehaviour)]
#[behaviour(prelude = "libp2p::swarm::derive_prelude")]
pub(crate) struct Behaviour {
    raw: Raw,
    pub(crate) gossip: cl_gossip::Behaviour,
}

/// Which muxer to insist on.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Muxer {
    Yamux,
    Mplex,
}

impl Rude {
    /// A peer that has not dialled yet.
    pub(crate) async fn new(node: &NodeHandle, muxer: Muxer) -> Self {
        let info = node.info().await.unwrap();
        let address = cl_enr::multiaddrs(&info.record).into_iter().find(|a| a.to_string().contains("/tcp/")).unwrap();
        let key = Keypair::generate_secp256k1();
        let transport = tcp::tokio::Transport::new(tcp::Config::default().nodelay(true))
            .upgrade(Version::V1Lazy)
            .authenticate(noise::Config::new(&key).unwrap());
        let transport = match muxer {
            Muxer::Yamux => transport.multiplex(yamux::Config::default()).boxed(),
            Muxer::Mplex => transport.multiplex(libp2p_mplex::Config::new()).boxed(),
        };
        let schedule = Arc::new(node.schedule().clone());
        let gossip = cl_gossip::Config::for_slot(Duration::from_secs(60));
        let gossip = cl_gossip::Behaviour::new(gossip, Arc::clone(&schedule)).unwrap();
        let behaviour = Behaviour { raw: Raw::default(), gossip };
        let config =
            libp2p::swarm::Config::with_tokio_executor().with_idle_connection_timeout(Duration::from_secs(600));
        let mut swarm = Swarm::new(transport, behaviour, key.public().to_peer_id(), config);
        let peer = *swarm.local_peer_id();

        let status = StatusV2 { fork_digest: schedule.at_slot(Slot(100)).digest, head_slot: Slot(99), ..info.status };
        let status = StatusV2 { earliest_available_slot: Slot(0), ..status };
        let manners = Arc::new(Mutex::new(Manners { status, metadata: info.metadata }));
        let closed = Arc::new(AtomicUsize::new(0));
        let (calls, mut called) = mpsc::channel::<Call>(16);
        let (ask, asked) = mpsc::channel(64);
        let (bid, goodbyes) = mpsc::channel(64);
        let (said, count) = (Arc::clone(&manners), Arc::clone(&closed));
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    call = called.recv() => match call {
                        Some(call) => call(&mut swarm),
                        None => break,
                    },
                    event = swarm.select_next_some() => match event {
                        SwarmEvent::ConnectionClosed { .. } => _ = count.fetch_add(1, Ordering::SeqCst),
                        SwarmEvent::Behaviour(BehaviourEvent::Raw(Arrived(protocol, stream))) => {
                            let manners = said.lock().unwrap().clone();
                            match protocol.method() {
                                Method::Status | Method::MetaData | Method::Ping => {
                                    tokio::spawn(be_polite(protocol, stream, manners));
                                }
                                Method::Goodbye => _ = tokio::spawn(listen(stream, bid.clone())),
                                _ => _ = ask.try_send((protocol, stream)),
                            }
                        }
                        _ => {}
                    }
                }
            }
        });
        Self { peer, manners, node: info.peer, address, calls, asked, goodbyes, closed }
    }

    /// A peer that has dialled, shaken hands and is kept.
    pub(crate) async fn ready(node: &NodeHandle, events: &mut Events) -> Self {
        let rude = Self::new(node, Muxer::Yamux).await;
        rude.shake_hands(events).await;
        rude
    }

    pub(crate) async fn shake_hands(&self, events: &mut Events) {
        self.dial(events).await;
        self.say_status().await;
        let peer = self.peer;
        let is_ours = |event: &Event| matches!(event, Event::PeerReady { peer: ready, .. } if *ready == peer);
        crate::support::await_event(events, "ready rude peer", |event| is_ours(event).then_some(())).await;
    }

    pub(crate) async fn dial(&self, events: &mut Events) {
        let address = self.address.clone();
        self.call(move |swarm| swarm.dial(address).unwrap()).await;
        let peer = self.peer;
        let is_ours = |event: &Event| matches!(event, Event::PeerConnected { peer: new, .. } if *new == peer);
        crate::support::await_event(events, "connection", |event| is_ours(event).then_some(())).await;
    }

    /// Sends the Status that the manners have, as a request, and takes the answer.
    pub(crate) async fn say_status(&self) {
        let status = self.manners.lock().unwrap().status;
        self.ask(Protocol::StatusV2, &request(status.to_ssz(Protocol::StatusV2))).await;
    }

    /// Writes something on a stream of its own, closes it, and reads what comes back. Empty if the stream was reset.
    pub(crate) async fn ask(&self, protocol: Protocol, bytes: &[u8]) -> Vec<u8> {
        let Some(mut stream) = self.open(protocol).await else { return Vec::new() };
        let mut answer = Vec::new();
        let conversation = async {
            stream.write_all(bytes).await?;
            stream.close().await?;
            stream.read_to_end(&mut answer).await
        };
        let _ = tokio::time::timeout(DEADLINE, conversation).await.expect("an answer in time");
        answer
    }

    /// A stream of its own; `None` if there is no connection any more.
    pub(crate) async fn open(&self, protocol: Protocol) -> Option<Stream> {
        let (reply, stream) = oneshot::channel();
        let node = self.node;
        self.call(move |swarm| swarm.behaviour_mut().raw.open(node, protocol, reply)).await;
        tokio::time::timeout(DEADLINE, stream).await.expect("a stream in time").ok()
    }

    /// The next stream on which the node asks something, read to the end of the question.
    pub(crate) async fn asked(&mut self) -> (Protocol, Stream) {
        let (protocol, mut stream) =
            tokio::time::timeout(DEADLINE, self.asked.recv()).await.expect("a question in time").unwrap();
        let mut question = Vec::new();
        tokio::time::timeout(DEADLINE, stream.read_to_end(&mut question)).await.unwrap().unwrap();
        (protocol, stream)
    }

    /// The node says goodbye: with which code.
    pub(crate) async fn goodbye(&mut self) -> u64 {
        tokio::time::timeout(DEADLINE, self.goodbyes.recv()).await.expect("a goodbye in time").unwrap()
    }

    /// Waits until so many connections have been closed.
    pub(crate) async fn is_cut(&self, times: usize) {
        let wait = async {
            while self.closed.load(Ordering::SeqCst) < times {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(DEADLINE, wait).await.expect("an end of the connection in time");
    }

    /// The connection is as it was: no goodbye, and a ping is answered.
    pub(crate) async fn still_pings(&mut self) {
        let answer = self.ask(Protocol::PingV1, &request(1_u64.as_ssz_bytes())).await;
        assert_eq!(answer.first(), Some(&0), "{answer:?}");
        assert!(self.goodbyes.try_recv().is_err(), "it said goodbye");
    }

    /// Runs something in the swarm's task.
    pub(crate) async fn call<R: Send + 'static>(
        &self,
        f: impl FnOnce(&mut Swarm<Behaviour>) -> R + Send + 'static,
    ) -> R {
        let (reply, result) = oneshot::channel();
        let call: Call = Box::new(|swarm| reply.send(f(swarm)).unwrap_or_else(|_| panic!("caller is gone")));
        assert!(self.calls.send(call).await.is_ok());
        tokio::time::timeout(DEADLINE, result).await.unwrap().unwrap()
    }
}

/// A request as it stands on the wire.
pub(crate) fn request(ssz: Vec<u8>) -> Vec<u8> {
    Encoder::request(ssz.into()).to_vec()
}

async fn be_polite(protocol: Protocol, mut stream: Stream, manners: Manners) {
    let ssz = match protocol.method() {
        Method::Status => manners.status.to_ssz(protocol),
        Method::MetaData => manners.metadata.to_ssz(protocol),
        _ => manners.metadata.seq_number.as_ssz_bytes(),
    };
    let mut question = Vec::new();
    // Whoever asks may be gone.
    if stream.read_to_end(&mut question).await.is_ok() {
        let _ = stream.write_all(&Encoder::chunk(None, ssz.into()).to_vec()).await;
        let _ = stream.close().await;
    }
}

async fn listen(mut stream: Stream, goodbyes: mpsc::Sender<u64>) {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes).await;
    let mut decoder = cl_rpc::codec::RequestDecoder::new(Protocol::GoodbyeV1);
    if let Ok(Some(body)) = decoder.feed(&mut &bytes[..]) {
        let _ = goodbyes.try_send(u64::from_le_bytes(body[..].try_into().unwrap()));
    }
}

/// Opens streams, and hands out those that come.
#[derive(Default)]
pub(crate) struct Raw {
    out: VecDeque<ToSwarm<Arrived, Open>>,
    waiting: HashMap<u64, oneshot::Sender<Stream>>,
    next: u64,
}

/// A stream that the other side opened.
#[derive(Debug)]
pub(crate) struct Arrived(Protocol, Stream);

#[derive(Debug)]
pub(crate) struct Open(u64, Protocol);

/// A stream that came to be, or none.
#[derive(Debug)]
pub(crate) enum Opened {
    Theirs(Protocol, Stream),
    Ours(u64, Option<Stream>),
}

impl Raw {
    fn open(&mut self, peer_id: PeerId, protocol: Protocol, reply: oneshot::Sender<Stream>) {
        self.next += 1;
        self.waiting.insert(self.next, reply);
        let event = Open(self.next, protocol);
        self.out.push_back(ToSwarm::NotifyHandler { peer_id, handler: NotifyHandler::Any, event });
    }
}

impl NetworkBehaviour for Raw {
    type ConnectionHandler = RawHandler;
    type ToSwarm = Arrived;

    fn handle_established_inbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<RawHandler, ConnectionDenied> {
        Ok(RawHandler::default())
    }

    fn handle_established_outbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<RawHandler, ConnectionDenied> {
        Ok(RawHandler::default())
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        if let FromSwarm::ConnectionClosed(closed) = event
            && closed.remaining_established == 0
        {
            self.waiting.clear();
        }
    }

    fn on_connection_handler_event(&mut self, _: PeerId, _: ConnectionId, opened: Opened) {
        match opened {
            Opened::Theirs(protocol, stream) => {
                self.out.push_back(ToSwarm::GenerateEvent(Arrived(protocol, stream)));
            }
            Opened::Ours(id, stream) => {
                if let (Some(reply), Some(stream)) = (self.waiting.remove(&id), stream) {
                    let _ = reply.send(stream);
                }
            }
        }
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<ToSwarm<Arrived, Open>> {
        self.out.pop_front().map_or(Poll::Pending, Poll::Ready)
    }
}

/// The protocols of a stream.
#[derive(Clone, Debug)]
pub(crate) struct Ids(Vec<Protocol>);

impl UpgradeInfo for Ids {
    type Info = &'static str;
    type InfoIter = Vec<&'static str>;

    fn protocol_info(&self) -> Self::InfoIter {
        self.0.iter().map(|protocol| protocol.id()).collect()
    }
}

impl InboundUpgrade<Stream> for Ids {
    type Output = (Protocol, Stream);
    type Error = Infallible;
    type Future = Ready<Result<Self::Output, Infallible>>;

    fn upgrade_inbound(self, stream: Stream, id: &'static str) -> Self::Future {
        ready(Ok((Protocol::by_id(id).unwrap(), stream)))
    }
}

impl OutboundUpgrade<Stream> for Ids {
    type Output = (Protocol, Stream);
    type Error = Infallible;
    type Future = Ready<Result<Self::Output, Infallible>>;

    fn upgrade_outbound(self, stream: Stream, id: &'static str) -> Self::Future {
        ready(Ok((Protocol::by_id(id).unwrap(), stream)))
    }
}

#[derive(Default)]
pub(crate) struct RawHandler {
    wanted: VecDeque<Open>,
    opened: VecDeque<Opened>,
}

impl ConnectionHandler for RawHandler {
    type FromBehaviour = Open;
    type ToBehaviour = Opened;
    type InboundProtocol = Ids;
    type OutboundProtocol = Ids;
    type InboundOpenInfo = ();
    type OutboundOpenInfo = u64;

    fn listen_protocol(&self) -> SubstreamProtocol<Ids> {
        SubstreamProtocol::new(Ids(Protocol::all().collect()), ())
    }

    fn connection_keep_alive(&self) -> bool {
        true
    }

    fn on_behaviour_event(&mut self, open: Open) {
        self.wanted.push_back(open);
    }

    fn on_connection_event(&mut self, event: ConnectionEvent<'_, Ids, Ids, (), u64>) {
        match event {
            ConnectionEvent::FullyNegotiatedInbound(FullyNegotiatedInbound { protocol: (id, stream), .. }) => {
                self.opened.push_back(Opened::Theirs(id, stream));
            }
            ConnectionEvent::FullyNegotiatedOutbound(FullyNegotiatedOutbound { protocol: (_, stream), info }) => {
                self.opened.push_back(Opened::Ours(info, Some(stream)));
            }
            ConnectionEvent::DialUpgradeError(DialUpgradeError { info, .. }) => {
                self.opened.push_back(Opened::Ours(info, None));
            }
            _ => {}
        }
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<ConnectionHandlerEvent<Ids, u64, Opened>> {
        if let Some(opened) = self.opened.pop_front() {
            return Poll::Ready(ConnectionHandlerEvent::NotifyBehaviour(opened));
        }
        if let Some(Open(id, protocol)) = self.wanted.pop_front() {
            let protocol = SubstreamProtocol::new(Ids(vec![protocol]), id);
            return Poll::Ready(ConnectionHandlerEvent::OutboundSubstreamRequest { protocol });
        }
        Poll::Pending
    }
}
