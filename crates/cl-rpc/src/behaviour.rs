//! The libp2p behaviour: carries messages between the bookkeeping and the connections, and keeps the one timer.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use cl_types::{ForkSchedule, Protocol};
use futures::FutureExt;
use futures_timer::Delay;
use libp2p_core::transport::PortUse;
use libp2p_core::{Endpoint, Multiaddr};
use libp2p_identity::PeerId;
use libp2p_swarm::behaviour::{ConnectionClosed, ConnectionEstablished};
use libp2p_swarm::{ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, NotifyHandler, ToSwarm};

use crate::config::Config;
use crate::error::RespondError;
use crate::event::{Event, InboundId, Response};
use crate::handler::{Command, Handler, Shared, ToBehaviour};
use crate::inbound::Inbound;
use crate::outbound::{Action, Outbound};
use crate::protocol::Protocols;
use crate::request::{Request, RequestId};

/// Request/response with all connected peers, as client and as server.
pub struct Behaviour {
    shared: Arc<Shared>,
    served: Protocols,
    connections: BTreeMap<ConnectionId, PeerId>,
    /// Connections that have yet to be told what is served now.
    outdated: BTreeMap<ConnectionId, PeerId>,
    outbound: Outbound,
    inbound: Inbound,
    /// Runs until the limiter lets the next chunk go, or a pace the next request.
    timer: Option<(Instant, Delay)>,
}

impl Behaviour {
    /// A behaviour that knows the digests of `schedule`.
    #[must_use]
    pub fn new(config: Config, schedule: Arc<ForkSchedule>) -> Self {
        Self {
            served: config.serve.iter().copied().collect(),
            connections: BTreeMap::new(),
            outdated: BTreeMap::new(),
            outbound: Outbound::new(config.limits.queued_requests, config.pacing.clone()),
            inbound: Inbound::new(Arc::clone(&schedule), &config.limits),
            shared: Arc::new(Shared { config, schedule }),
            timer: None,
        }
    }

    /// Asks a connected peer. Never dials: without a connection the request fails at once.
    ///
    /// At most two requests of a method run at a peer, and no more than [`Pacing`](crate::Pacing) allows; further ones
    /// wait their turn. A request for more than the peer allows at once is sent in parts, one after the other, until
    /// one of them is answered in part: then the answer is a short one, and the rest is not asked for. The end is told
    /// by exactly one [`Event::Done`] or [`Event::Failed`].
    pub fn send_request(&mut self, peer: PeerId, request: Request) -> RequestId {
        self.outbound.send(peer, request, Instant::now())
    }

    /// Gives a request up: its stream is reset, and it fails with
    /// [`RequestError::Cancelled`](crate::RequestError::Cancelled). False if it has ended already.
    pub fn cancel(&mut self, id: RequestId) -> bool {
        self.outbound.cancel(id, Instant::now())
    }

    /// True if [`Self::respond`] would take another chunk now. Otherwise [`Event::Drained`] says when to ask again, so that
    /// nothing has to be fetched before it can be handed over. True as well where nothing is owed any more: `respond`
    /// says why.
    pub fn has_room(&mut self, id: InboundId) -> bool {
        self.inbound.has_room(id)
    }

    /// Queues a chunk or an error for a peer that has asked. It is sent whole, as soon as the peer's quota allows. An error
    /// is taken however much waits.
    ///
    /// An error ends the response, and so does the last chunk that the protocol allows (the first, where there is only
    /// one); otherwise call [`Self::finish`].
    pub fn respond(&mut self, id: InboundId, response: Response) -> Result<(), RespondError> {
        self.inbound.respond(id, response)
    }

    /// Ends a response. Without any chunk before it says "nothing found", where the answer is a list.
    pub fn finish(&mut self, id: InboundId) -> Result<(), RespondError> {
        self.inbound.finish(id)
    }

    /// Changes what peers may ask for, on open connections as well: new streams negotiate from the new set, requests that
    /// have begun are answered to the end. libp2p's identify tells the peers. Follow the forks with
    /// [`ForkSchedule::offered`].
    pub fn serve(&mut self, protocols: impl IntoIterator<Item = Protocol>) {
        let served: Protocols = protocols.into_iter().collect();
        if served != self.served {
            self.served = served;
            self.outdated.clone_from(&self.connections);
        }
    }

    /// What peers may ask for now.
    pub fn served(&self) -> impl Iterator<Item = Protocol> {
        self.served.iter()
    }

    /// Frees a peer from its [`Quotas`](crate::Quotas) and from the [budget](crate::Limits::budget), or binds it again; for
    /// peers that are trusted. It goes before all others, waits for its own reading alone, and takes nothing of what
    /// the budget gives the others. Forgotten only by another call.
    pub fn exempt(&mut self, peer: PeerId, exempt: bool) {
        self.inbound.exempt(peer, exempt);
    }

    fn handler(&self) -> Handler {
        Handler::new(Arc::clone(&self.shared), self.served.clone())
    }

    /// Ready when it is time for something that had to wait; otherwise registered for that.
    fn poll_timer(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(due) = self.inbound.next_release().into_iter().chain(self.outbound.next_due()).min() else {
            self.timer = None;
            return Poll::Pending;
        };
        let fresh = || (due, Delay::new(due.saturating_duration_since(Instant::now())));
        let timer = match &mut self.timer {
            Some(timer) if timer.0 == due => timer,
            stale => stale.insert(fresh()),
        };
        ready!(timer.1.poll_unpin(cx));
        // Should the timer be early, it starts anew.
        self.timer = None;
        Poll::Ready(())
    }
}

impl NetworkBehaviour for Behaviour {
    type ConnectionHandler = Handler;
    type ToSwarm = Event;

    fn handle_established_inbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<Handler, ConnectionDenied> {
        Ok(self.handler())
    }

    fn handle_established_outbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<Handler, ConnectionDenied> {
        Ok(self.handler())
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        match event {
            FromSwarm::ConnectionEstablished(ConnectionEstablished { peer_id, connection_id, .. }) => {
                self.connections.insert(connection_id, peer_id);
                // Its handler may be older than the last change.
                self.outdated.insert(connection_id, peer_id);
                self.outbound.connected(peer_id, connection_id);
            }
            FromSwarm::ConnectionClosed(ConnectionClosed { peer_id, connection_id, .. }) => {
                self.connections.remove(&connection_id);
                self.outdated.remove(&connection_id);
                self.outbound.disconnected(peer_id, connection_id, Instant::now());
                self.inbound.disconnected(connection_id);
            }
            _ => {}
        }
    }

    fn on_connection_handler_event(&mut self, peer: PeerId, connection: ConnectionId, event: ToBehaviour) {
        let name = |stream| InboundId { connection, stream };
        match event {
            ToBehaviour::Chunk { id, chunk } => self.outbound.chunk(id, chunk),
            ToBehaviour::RequestEnded { id, result } => self.outbound.ended(id, result, Instant::now()),
            ToBehaviour::Request { number, request } => self.inbound.opened(peer, name(number), request),
            ToBehaviour::Written { number, chunks } => self.inbound.written(name(number), chunks),
            ToBehaviour::Silent { number } => self.inbound.silent(name(number)),
            ToBehaviour::InboundEnded { number, result } => self.inbound.closed(peer, number.map(name), result),
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<ToSwarm<Event, Command>> {
        let notify = |peer_id, connection, event| {
            Poll::Ready(ToSwarm::NotifyHandler { peer_id, handler: NotifyHandler::One(connection), event })
        };
        if let Some((connection, peer)) = self.outdated.pop_first() {
            return notify(peer, connection, Command::Serve(self.served.clone()));
        }
        loop {
            let now = Instant::now();
            self.outbound.wake(now);
            match self.outbound.next_action() {
                Some(Action::Start { peer, connection, id, request }) => {
                    return notify(peer, connection, Command::Request(id, request));
                }
                Some(Action::Abort { peer, connection, id }) => return notify(peer, connection, Command::Abort(id)),
                Some(Action::Tell(event)) => return Poll::Ready(ToSwarm::GenerateEvent(event)),
                None => {}
            }
            if let Some(event) = self.inbound.next_event() {
                return Poll::Ready(ToSwarm::GenerateEvent(event));
            }
            if let Some((peer, id)) = self.inbound.next_unanswered() {
                return notify(peer, id.connection, Command::GiveUp(id.stream));
            }
            if let Some((peer, id, outgoing)) = self.inbound.release(now) {
                return notify(peer, id.connection, Command::Respond(id.stream, outgoing));
            }
            ready!(self.poll_timer(cx));
        }
    }
}

impl fmt::Debug for Behaviour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Behaviour").field("config", &self.shared.config).finish_non_exhaustive()
    }
}
