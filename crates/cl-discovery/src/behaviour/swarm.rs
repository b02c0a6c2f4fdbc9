//! What the swarm asks of a behaviour, and what it tells: who is connected and who could not be dialled.

use std::convert::Infallible;
use std::task::{Context, Poll};
use std::time::Instant;

use libp2p_identity::PeerId;
use libp2p_swarm::behaviour::{ConnectionClosed, ConnectionEstablished, DialFailure};
use libp2p_swarm::derive_prelude::{ConnectionId, Endpoint, FromSwarm, PortUse};
use libp2p_swarm::{
    ConnectionDenied, DialError, NetworkBehaviour, THandler, THandlerInEvent, THandlerOutEvent, ToSwarm, dummy,
};
use multiaddr::Multiaddr;

use super::{Behaviour, node_of};
use crate::directory::Directory;
use crate::event::Event;

impl<D: Directory> NetworkBehaviour for Behaviour<D> {
    type ConnectionHandler = dummy::ConnectionHandler;
    type ToSwarm = Event;

    fn handle_established_inbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        Ok(dummy::ConnectionHandler)
    }

    fn handle_pending_outbound_connection(
        &mut self,
        _: ConnectionId,
        peer: Option<PeerId>,
        _: &[Multiaddr],
        _: Endpoint,
    ) -> Result<Vec<Multiaddr>, ConnectionDenied> {
        Ok(peer.map(|peer| self.addresses_of(&peer)).unwrap_or_default())
    }

    fn handle_established_outbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        Ok(dummy::ConnectionHandler)
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        match event {
            FromSwarm::ConnectionEstablished(ConnectionEstablished { peer_id, other_established: 0, .. }) => {
                if let Some(id) = node_of(&peer_id) {
                    self.cache.connected(&id, Instant::now());
                }
            }
            FromSwarm::ConnectionClosed(ConnectionClosed { peer_id, remaining_established: 0, .. }) => {
                if let Some(id) = node_of(&peer_id) {
                    self.cache.disconnected(&id);
                }
            }
            // Other errors say nothing about the peer.
            FromSwarm::DialFailure(DialFailure {
                peer_id: Some(peer),
                error: DialError::Transport(_) | DialError::WrongPeerId { .. } | DialError::NoAddresses,
                ..
            }) => {
                if let Some(id) = node_of(&peer) {
                    self.cache.dial_failed(&id, Instant::now());
                }
            }
            _ => return,
        }
        // Fewer records count than before, or more.
        self.wake();
    }

    fn on_connection_handler_event(&mut self, _: PeerId, _: ConnectionId, event: THandlerOutEvent<Self>) {
        match event {}
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<ToSwarm<Event, THandlerInEvent<Self>>> {
        self.poll_event(cx).map(ToSwarm::GenerateEvent)
    }
}

// The swarm never sends anything to this behaviour's handlers.
const _: fn(THandlerInEvent<Behaviour>) -> Infallible = |event| event;
