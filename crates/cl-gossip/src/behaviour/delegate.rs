//! Everything that the swarm asks goes to the router; only its events are ours.

use libp2p_swarm::derive_prelude::{Endpoint, Multiaddr, PortUse};
use libp2p_swarm::{
    ConnectionDenied, ConnectionId, FromSwarm, NotifyHandler, THandler, THandlerInEvent, THandlerOutEvent,
};

use super::handler::{FromRouter, Handler, Heard};
use super::*;

/// Has a connection of a peer polled. To the handler it says that the peer is in a mesh, which keeps the connection alive;
/// of how long connections live we take care elsewhere.
fn poke(peer_id: PeerId) -> ToSwarm<Event, THandlerInEvent<Behaviour>> {
    type Input = THandlerInEvent<Behaviour>;
    ToSwarm::NotifyHandler { peer_id, handler: NotifyHandler::Any, event: Input::JoinedMesh }
}

impl NetworkBehaviour for Behaviour {
    type ConnectionHandler = Handler;
    type ToSwarm = Event;

    fn handle_pending_inbound_connection(
        &mut self,
        connection: ConnectionId,
        local: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<(), ConnectionDenied> {
        self.router.handle_pending_inbound_connection(connection, local, remote)
    }

    fn handle_established_inbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        local: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        let router = self.router.handle_established_inbound_connection(connection, peer, local, remote)?;
        Ok(Handler::new(router, Arc::clone(self.intake.gate())))
    }

    fn handle_pending_outbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: Option<PeerId>,
        addresses: &[Multiaddr],
        role: Endpoint,
    ) -> Result<Vec<Multiaddr>, ConnectionDenied> {
        self.router.handle_pending_outbound_connection(connection, peer, addresses, role)
    }

    fn handle_established_outbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        address: &Multiaddr,
        role: Endpoint,
        port_use: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        let router = self.router.handle_established_outbound_connection(connection, peer, address, role, port_use)?;
        Ok(Handler::new(router, Arc::clone(self.intake.gate())))
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        self.wake.on_swarm_event(&event);
        self.known.on_swarm_event(&event);
        self.router.on_swarm_event(event);
    }

    fn on_connection_handler_event(&mut self, peer: PeerId, connection: ConnectionId, event: THandlerOutEvent<Self>) {
        let Heard { event, keys } = event;
        if !matches!(event, FromRouter::Message { .. }) {
            return self.router.on_connection_handler_event(peer, connection, event);
        }
        let before = self.intake.state().begin_frame(keys);
        self.router.on_connection_handler_event(peer, connection, event);
        self.blame_for_refused(peer, before);
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        if let Some(unwanted) = self.unwanted.pop_front() {
            return Poll::Ready(ToSwarm::GenerateEvent(Event::Unwanted(unwanted)));
        }
        loop {
            match self.router.poll(cx) {
                Poll::Pending => {
                    if let Some(copies) = self.settle() {
                        return Poll::Ready(ToSwarm::GenerateEvent(Event::Copies(copies)));
                    }
                    if let Poll::Ready(event) = self.poll_own(cx) {
                        return Poll::Ready(ToSwarm::GenerateEvent(event));
                    }
                    return self.wake.poll(cx).map(poke);
                }
                Poll::Ready(ToSwarm::GenerateEvent(event)) => {
                    if let Some(event) = self.translate(event) {
                        if let Event::PeerSubscribed { topic, .. } = &event {
                            self.retry(*topic);
                        }
                        return Poll::Ready(ToSwarm::GenerateEvent(event));
                    }
                }
                Poll::Ready(ToSwarm::NotifyHandler { peer_id, handler, event }) => {
                    return Poll::Ready(ToSwarm::NotifyHandler { peer_id, handler, event });
                }
                Poll::Ready(ToSwarm::Dial { opts }) => return Poll::Ready(ToSwarm::Dial { opts }),
                // This router asks for nothing else.
                Poll::Ready(other) => tracing::debug!(?other, "unknown wish of the router"),
            }
        }
    }
}
