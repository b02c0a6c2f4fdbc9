//! Connections and the peer manager.

use std::collections::HashMap;
use std::num::NonZeroU8;
use std::time::{Duration, Instant};

use cl_peers::{Action, ConnectionKey, Direction};
use cl_types::{Fault, GoodbyeReason, Method, Source};
use libp2p::core::ConnectedPoint;
use libp2p::swarm::dial_opts::{DialOpts, PeerCondition};
use libp2p::swarm::{ConnectionId, SwarmEvent};
use libp2p::{Multiaddr, PeerId, identify};

use super::Service;
use super::rpc::Pending;
use crate::behaviour::BehaviourEvent;
use crate::event::{Event, goodbye_words};

/// One address after the other, in the order of the record: parallel dials would race QUIC against TCP.
const ONE_AT_A_TIME: NonZeroU8 = NonZeroU8::MIN;
/// How long a second connection to a peer is kept before it is closed. gossipsub announces its topics once for each peer, on
/// whichever connection is served first: one that is cut at once takes the announcement with it, and the peer never hears
/// of our topics.
const DUPLICATE_GRACE: Duration = Duration::from_secs(3);
/// Longest agent string that is passed on.
const MAX_AGENT_LEN: usize = 256;

/// Gives each connection of the swarm the key by which the peer manager knows it.
#[derive(Debug, Default)]
pub(crate) struct Connections {
    keys: HashMap<ConnectionId, ConnectionKey>,
    next: u64,
    /// Second connections that are to be closed, and when. No more than there are connections.
    closing: Vec<(Instant, ConnectionKey)>,
}

impl Connections {
    fn open(&mut self, connection: ConnectionId) -> ConnectionKey {
        let key = ConnectionKey(self.next);
        self.next += 1;
        self.keys.insert(connection, key);
        key
    }

    fn close(&mut self, connection: ConnectionId) -> Option<ConnectionKey> {
        let key = self.keys.remove(&connection)?;
        self.closing.retain(|(_, closing)| *closing != key);
        Some(key)
    }

    /// Second connections whose time is up at `now`.
    fn due(&self, now: Instant) -> Vec<ConnectionId> {
        let due = self.closing.iter().filter(|(at, _)| *at <= now);
        due.filter_map(|(_, key)| self.find(*key)).collect()
    }

    fn find(&self, key: ConnectionKey) -> Option<ConnectionId> {
        self.keys.iter().find(|(_, k)| **k == key).map(|(connection, _)| *connection)
    }
}

impl Service {
    pub(super) fn on_swarm_event(&mut self, event: SwarmEvent<BehaviourEvent>) {
        let now = Instant::now();
        match event {
            SwarmEvent::Behaviour(BehaviourEvent::Gossip(event)) => self.on_gossip(event),
            SwarmEvent::Behaviour(BehaviourEvent::Rpc(event)) => self.on_rpc(event),
            SwarmEvent::Behaviour(BehaviourEvent::Discovery(event)) => self.on_discovery(event, now),
            SwarmEvent::Behaviour(BehaviourEvent::Identify(identify::Event::Received { peer_id, info, .. })) => {
                let agent: String =
                    info.agent_version.chars().filter(|c| !c.is_control()).take(MAX_AGENT_LEN).collect();
                self.manager.identified(&peer_id, &agent);
                self.manager.listens_at(&peer_id, info.listen_addrs);
                self.emit(Event::PeerIdentified { peer: peer_id, agent });
            }
            SwarmEvent::ConnectionEstablished { peer_id, connection_id, endpoint, .. } => {
                let key = self.connections.open(connection_id);
                let (direction, address) = match &endpoint {
                    ConnectedPoint::Dialer { address, .. } => (Direction::Dialer, address),
                    ConnectedPoint::Listener { send_back_addr, .. } => (Direction::Listener, send_back_addr),
                };
                let outbound = direction == Direction::Dialer;
                self.emit(Event::PeerConnected { peer: peer_id, outbound, address: address.clone() });
                self.manager.connected_at(peer_id, key, direction, Some(address), now);
            }
            SwarmEvent::ConnectionClosed { peer_id, connection_id, cause, .. } => {
                tracing::debug!(peer = %peer_id, cause = ?cause.map(|cause| cause.to_string()), "connection closed");
                if let Some(key) = self.connections.close(connection_id) {
                    self.manager.connection_closed(&peer_id, key, now);
                }
            }
            SwarmEvent::OutgoingConnectionError { peer_id, error, .. } => {
                if let Some(peer) = peer_id {
                    self.manager.dial_failed(&peer, now);
                }
                self.emit(Event::DialFailed { peer: peer_id, reason: one_line(&error) });
            }
            SwarmEvent::NewListenAddr { address, .. } => self.listen.push(address),
            SwarmEvent::ExpiredListenAddr { address, .. } => self.listen.retain(|known| *known != address),
            SwarmEvent::ListenerClosed { addresses, reason, .. } => {
                tracing::warn!(?addresses, ?reason, "no longer listening");
            }
            _ => {}
        }
    }

    /// Does what the peer manager wants done.
    pub(super) fn act(&mut self) {
        while let Some(action) = self.manager.poll_action() {
            match action {
                Action::Dial { peer, addresses } => self.dial(peer, addresses),
                Action::SendStatus(peer) => {
                    let request = cl_rpc::Request::status(&self.our_status());
                    self.send(peer, request, Pending::Manager(Method::Status));
                }
                Action::SendMetaData(peer) => {
                    self.send(peer, cl_rpc::Request::metadata(), Pending::Manager(Method::MetaData));
                }
                Action::SendPing(peer) => {
                    let request = cl_rpc::Request::ping(self.identity.metadata().seq_number);
                    self.send(peer, request, Pending::Manager(Method::Ping));
                }
                Action::Goodbye { peer, reason } => self.goodbye(peer, reason),
                Action::CloseConnection { connection, .. } => {
                    self.connections.closing.push((Instant::now() + DUPLICATE_GRACE, connection));
                }
                Action::Disconnect(peer) => self.part(peer),
                Action::Ready(peer) => {
                    let status = self.manager.peer(&peer, Instant::now()).and_then(|info| info.status);
                    let (head_slot, finalized_epoch) =
                        status.map(|s| s.common()).map(|s| (s.head_slot, s.finalized_epoch)).unwrap_or_default();
                    self.emit(Event::PeerReady { peer, head_slot, finalized_epoch });
                }
                Action::Gone { peer, reason } => {
                    self.do_not_search(&peer, reason);
                    self.emit(Event::PeerGone { peer, reason: reason.to_string() });
                }
                Action::Wanted(missing) => self.search_peers(missing),
                Action::Gaps(gaps) => self.search_gaps(gaps),
                _ => {}
            }
        }
    }

    /// Closes second connections whose grace is over.
    pub(super) fn close_duplicates(&mut self, now: Instant) {
        for connection in self.connections.due(now) {
            self.swarm.close_connection(connection);
        }
    }

    fn dial(&mut self, peer: PeerId, addresses: Vec<Multiaddr>) {
        self.emit(Event::Dialling { peer, addresses: addresses.clone() });
        let options = DialOpts::peer_id(peer)
            .condition(PeerCondition::DisconnectedAndNotDialing)
            .addresses(addresses)
            .override_dial_concurrency_factor(ONE_AT_A_TIME)
            .build();
        if let Err(error) = self.swarm.dial(options) {
            self.manager.dial_failed(&peer, Instant::now());
            self.emit(Event::DialFailed { peer: Some(peer), reason: one_line(&error) });
        }
    }

    fn goodbye(&mut self, peer: PeerId, reason: GoodbyeReason) {
        let (code, words) = goodbye_words(reason);
        self.emit(Event::GoodbyeSent { peer, code, reason: words });
        self.send(peer, cl_rpc::Request::goodbye(reason), Pending::Goodbye);
    }

    /// Closes every connection to a peer.
    pub(super) fn part(&mut self, peer: PeerId) {
        // An error says that there is no connection, which is what we want.
        let _ = self.swarm.disconnect_peer_id(peer);
    }

    /// Passes a fault on to the peer manager, with a few words for its memory, and says so where it is the peer's.
    pub(super) fn blame(&mut self, peer: PeerId, source: Source, fault: Fault, what: &'static str, reason: &str) {
        if matches!(fault, Fault::Peer(_)) {
            self.emit(Event::PeerFault { peer, reason: reason.to_owned() });
        }
        self.manager.fault_because(&peer, source, fault, what, Instant::now());
    }
}

fn one_line(error: &dyn std::error::Error) -> String {
    error.to_string().split_whitespace().collect::<Vec<_>>().join(" ")
}
