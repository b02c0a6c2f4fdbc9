//! A peer without manners: hands out raw streams, to read and write whatever a test likes.

use std::collections::VecDeque;
use std::task::{Context, Poll};

use futures::{AsyncReadExt, AsyncWriteExt};
use libp2p_core::transport::PortUse;
use libp2p_core::upgrade::ReadyUpgrade;
use libp2p_core::{Endpoint, Multiaddr};
use libp2p_identity::PeerId;
use libp2p_swarm::handler::{ConnectionEvent, FullyNegotiatedInbound, FullyNegotiatedOutbound};
use libp2p_swarm::{ConnectionDenied, ConnectionHandler, ConnectionHandlerEvent, ConnectionId, FromSwarm};
use libp2p_swarm::{NetworkBehaviour, NotifyHandler, Stream, StreamProtocol, SubstreamProtocol, Swarm, ToSwarm};
use libp2p_swarm_test::SwarmExt;

use crate::node::{Node, deadline};

/// Speaks one protocol, as bytes.
pub(crate) struct Raw {
    protocol: StreamProtocol,
    out: VecDeque<ToSwarm<Stream, ()>>,
}

pub(crate) fn swarm(protocol: cl_types::Protocol) -> Swarm<Raw> {
    Swarm::new_ephemeral_tokio(|_| Raw::new(protocol))
}

pub(crate) fn over_mplex(protocol: cl_types::Protocol) -> Swarm<Raw> {
    crate::mplex::with(Raw::new(protocol))
}

impl Raw {
    fn new(protocol: cl_types::Protocol) -> Self {
        Self { protocol: StreamProtocol::new(protocol.id()), out: VecDeque::new() }
    }
}

impl Node<Raw> {
    /// Opens a stream.
    pub(crate) async fn open(&mut self, peer_id: PeerId) -> Stream {
        let ask = ToSwarm::NotifyHandler { peer_id, handler: NotifyHandler::Any, event: () };
        self.call(|swarm| swarm.behaviour_mut().out.push_back(ask)).await;
        self.next().await
    }
}

/// Reads to the end of the stream.
pub(crate) async fn read_all(stream: &mut Stream) -> Vec<u8> {
    let mut bytes = Vec::new();
    deadline(stream.read_to_end(&mut bytes)).await.unwrap();
    bytes
}

/// Writes, without closing.
pub(crate) async fn write(stream: &mut Stream, bytes: &[u8]) {
    deadline(stream.write_all(bytes)).await.unwrap();
    deadline(stream.flush()).await.unwrap();
}

impl NetworkBehaviour for Raw {
    type ConnectionHandler = RawHandler;
    type ToSwarm = Stream;

    fn handle_established_inbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<RawHandler, ConnectionDenied> {
        Ok(RawHandler { protocol: self.protocol.clone(), wanted: 0, streams: VecDeque::new() })
    }

    fn handle_established_outbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<RawHandler, ConnectionDenied> {
        Ok(RawHandler { protocol: self.protocol.clone(), wanted: 0, streams: VecDeque::new() })
    }

    fn on_swarm_event(&mut self, _: FromSwarm<'_>) {}

    fn on_connection_handler_event(&mut self, _: PeerId, _: ConnectionId, stream: Stream) {
        self.out.push_back(ToSwarm::GenerateEvent(stream));
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<ToSwarm<Stream, ()>> {
        self.out.pop_front().map_or(Poll::Pending, Poll::Ready)
    }
}

pub(crate) struct RawHandler {
    protocol: StreamProtocol,
    wanted: usize,
    streams: VecDeque<Stream>,
}

impl ConnectionHandler for RawHandler {
    type FromBehaviour = ();
    type ToBehaviour = Stream;
    type InboundProtocol = ReadyUpgrade<StreamProtocol>;
    type OutboundProtocol = ReadyUpgrade<StreamProtocol>;
    type InboundOpenInfo = ();
    type OutboundOpenInfo = ();

    fn listen_protocol(&self) -> SubstreamProtocol<Self::InboundProtocol> {
        SubstreamProtocol::new(ReadyUpgrade::new(self.protocol.clone()), ())
    }

    fn connection_keep_alive(&self) -> bool {
        true
    }

    fn on_behaviour_event(&mut self, (): ()) {
        self.wanted += 1;
    }

    fn on_connection_event(&mut self, event: ConnectionEvent<'_, Self::InboundProtocol, Self::OutboundProtocol>) {
        match event {
            ConnectionEvent::FullyNegotiatedInbound(FullyNegotiatedInbound { protocol: stream, .. })
            | ConnectionEvent::FullyNegotiatedOutbound(FullyNegotiatedOutbound { protocol: stream, .. }) => {
                self.streams.push_back(stream);
            }
            _ => {}
        }
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<ConnectionHandlerEvent<ReadyUpgrade<StreamProtocol>, (), Stream>> {
        if let Some(stream) = self.streams.pop_front() {
            return Poll::Ready(ConnectionHandlerEvent::NotifyBehaviour(stream));
        }
        if self.wanted > 0 {
            self.wanted -= 1;
            return Poll::Ready(ConnectionHandlerEvent::OutboundSubstreamRequest { protocol: self.listen_protocol() });
        }
        Poll::Pending
    }
}
