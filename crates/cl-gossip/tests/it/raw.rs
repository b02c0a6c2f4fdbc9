//! A peer without manners: writes whatever bytes a test likes on streams of gossip, and keeps what it is told.

use std::collections::VecDeque;
use std::future::Future;
use std::io;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use cl_gossip::{Event, Message, Topic};
use futures::channel::mpsc;
use futures::{AsyncReadExt, AsyncWriteExt, FutureExt, StreamExt, select};
use libp2p_core::transport::PortUse;
use libp2p_core::upgrade::ReadyUpgrade;
use libp2p_core::{Endpoint, Multiaddr};
use libp2p_identity::PeerId;
use libp2p_swarm::handler::{ConnectionEvent, FullyNegotiatedInbound, FullyNegotiatedOutbound};
use libp2p_swarm::{ConnectionDenied, ConnectionHandler, ConnectionHandlerEvent, ConnectionId, FromSwarm};
use libp2p_swarm::{NetworkBehaviour, Stream, StreamProtocol, SubstreamProtocol, Swarm, SwarmEvent, ToSwarm};
use libp2p_swarm_test::SwarmExt;

use crate::net::{DEADLINE, Node};
use crate::wire::{self, Said};

const PROTOCOL: StreamProtocol = StreamProtocol::new("/meshsub/1.2.0");

/// A node of ours and what it reported.
pub(crate) struct Us {
    pub(crate) node: Node,
    pub(crate) events: VecDeque<Event>,
}

impl Us {
    pub(crate) fn new(node: Node) -> Self {
        Self { node, events: VecDeque::new() }
    }

    /// Lets the node run until the future is done.
    pub(crate) async fn during<T>(&mut self, future: impl Future<Output = T>) -> T {
        let mut future = std::pin::pin!(tokio::time::timeout(DEADLINE, future).fuse());
        loop {
            select! {
                done = future => return done.expect("waited in vain"),
                event = self.node.select_next_some().fuse() => if let SwarmEvent::Behaviour(event) = event {
                    self.events.push_back(event);
                },
            }
        }
    }

    /// Lets the node run until an event is what is looked for; drops those before it.
    pub(crate) async fn until<T>(&mut self, mut found: impl FnMut(Event) -> Option<T>) -> T {
        let run = async {
            loop {
                let event = match self.events.pop_front() {
                    Some(event) => event,
                    None => match self.node.select_next_some().await {
                        SwarmEvent::Behaviour(event) => event,
                        _ => continue,
                    },
                };
                if let Some(result) = found(event) {
                    return result;
                }
            }
        };
        tokio::time::timeout(DEADLINE, run).await.expect("waited in vain for an event")
    }

    /// Lets the node run until this is true.
    pub(crate) async fn wait(&mut self, what: &str, done: impl Fn(&mut Self) -> bool) {
        let run = async {
            while !done(self) {
                self.during(tokio::time::sleep(std::time::Duration::from_millis(20))).await;
            }
        };
        tokio::time::timeout(DEADLINE, run).await.unwrap_or_else(|_| panic!("waited in vain for {what}"));
    }
}

/// A raw peer that is connected.
pub(crate) struct Raw {
    pub(crate) id: PeerId,
    open: mpsc::Sender<()>,
    streams: mpsc::Receiver<Stream>,
    heard: Arc<Mutex<Vec<u8>>>,
}

impl Raw {
    /// Connects to our node.
    pub(crate) async fn connect(us: &mut Us) -> Self {
        let (open, asked) = mpsc::channel(8);
        let (opened, streams) = mpsc::channel(8);
        let heard = Arc::new(Mutex::new(Vec::new()));
        let handler = RawHandler { asked, wanted: 0, opened, heard: heard.clone() };
        let mut swarm = Swarm::new_ephemeral_tokio(|_| RawBehaviour(Some(handler)));
        swarm.connect(&mut us.node).await;
        let id = *swarm.local_peer_id();
        tokio::spawn(swarm.loop_on_next());
        Self { id, open, streams, heard }
    }

    /// Opens a stream.
    pub(crate) async fn open(&mut self, us: &mut Us) -> Stream {
        self.open.try_send(()).unwrap();
        us.during(self.streams.next()).await.unwrap()
    }

    /// What our node said to it.
    pub(crate) fn heard(&self) -> Said {
        Said::read(&self.heard.lock().unwrap())
    }
}

/// Writes as far as our node reads.
pub(crate) async fn write(us: &mut Us, stream: &mut Stream, bytes: &[u8]) -> io::Result<()> {
    us.during(async {
        stream.write_all(bytes).await?;
        stream.flush().await
    })
    .await
}

/// Sends a good message, and waits for it: what was written before has been dealt with.
pub(crate) async fn good_message(us: &mut Us, stream: &mut Stream, topic: Topic, fill: u8) -> Message {
    let data = cl_gossip::snappy::compress(&[fill; 5000]).unwrap();
    write(us, stream, &wire::frame(&[wire::message(topic.to_string(), &data)])).await.unwrap();
    us.until(|event| match event {
        Event::Message(message) if message.ssz[0] == fill => Some(message),
        _ => None,
    })
    .await
}

struct RawBehaviour(Option<RawHandler>);

impl NetworkBehaviour for RawBehaviour {
    type ConnectionHandler = RawHandler;
    type ToSwarm = ();

    fn handle_established_inbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<RawHandler, ConnectionDenied> {
        self.0.take().ok_or_else(|| ConnectionDenied::new("one connection"))
    }

    fn handle_established_outbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<RawHandler, ConnectionDenied> {
        self.0.take().ok_or_else(|| ConnectionDenied::new("one connection"))
    }

    fn on_swarm_event(&mut self, _: FromSwarm<'_>) {}

    fn on_connection_handler_event(&mut self, _: PeerId, _: ConnectionId, event: std::convert::Infallible) {
        match event {}
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<ToSwarm<(), std::convert::Infallible>> {
        Poll::Pending
    }
}

struct RawHandler {
    asked: mpsc::Receiver<()>,
    wanted: usize,
    opened: mpsc::Sender<Stream>,
    heard: Arc<Mutex<Vec<u8>>>,
}

impl ConnectionHandler for RawHandler {
    type FromBehaviour = std::convert::Infallible;
    type ToBehaviour = std::convert::Infallible;
    type InboundProtocol = ReadyUpgrade<StreamProtocol>;
    type OutboundProtocol = ReadyUpgrade<StreamProtocol>;
    type InboundOpenInfo = ();
    type OutboundOpenInfo = ();

    fn listen_protocol(&self) -> SubstreamProtocol<Self::InboundProtocol> {
        SubstreamProtocol::new(ReadyUpgrade::new(PROTOCOL), ())
    }

    fn connection_keep_alive(&self) -> bool {
        true
    }

    fn on_behaviour_event(&mut self, event: std::convert::Infallible) {
        match event {}
    }

    fn on_connection_event(&mut self, event: ConnectionEvent<'_, Self::InboundProtocol, Self::OutboundProtocol>) {
        match event {
            ConnectionEvent::FullyNegotiatedInbound(FullyNegotiatedInbound { protocol: mut stream, .. }) => {
                let heard = self.heard.clone();
                tokio::spawn(async move {
                    let mut buffer = vec![0; 1 << 16];
                    while let Ok(len @ 1..) = stream.read(&mut buffer).await {
                        heard.lock().unwrap().extend_from_slice(&buffer[..len]);
                    }
                });
            }
            ConnectionEvent::FullyNegotiatedOutbound(FullyNegotiatedOutbound { protocol: stream, .. }) => {
                self.opened.try_send(stream).unwrap();
            }
            _ => {}
        }
    }

    fn poll(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<ConnectionHandlerEvent<ReadyUpgrade<StreamProtocol>, (), std::convert::Infallible>> {
        while let Poll::Ready(Some(())) = self.asked.poll_next_unpin(cx) {
            self.wanted += 1;
        }
        if self.wanted > 0 {
            self.wanted -= 1;
            return Poll::Ready(ConnectionHandlerEvent::OutboundSubstreamRequest { protocol: self.listen_protocol() });
        }
        Poll::Pending
    }
}
