//! Our requests: which peer, which connection, whose turn.
//!
//! Plain bookkeeping without I/O. A request waits here until fewer than two of its method run at the peer, is handed
//! to a connection, and ends exactly once: what comes from a connection about a request that has ended is dropped.

use std::collections::{HashMap, VecDeque};

use cl_types::Method;
use cl_types::protocol::MAX_CONCURRENT_REQUESTS;
use libp2p_identity::PeerId;
use libp2p_swarm::ConnectionId;

use crate::codec::Chunk;
use crate::error::RequestError;
use crate::event::Event;
use crate::request::{Request, RequestId};

/// What is to be done.
#[derive(Debug)]
pub(crate) enum Action {
    /// Give the request to a connection.
    Start { peer: PeerId, connection: ConnectionId, id: RequestId, request: Request },
    /// Tell the connection to drop the request.
    Abort { peer: PeerId, connection: ConnectionId, id: RequestId },
    /// Tell the application.
    Tell(Event),
}

pub(crate) struct Outbound {
    max_queued: usize,
    next_id: u64,
    peers: HashMap<PeerId, Peer>,
    /// The peer of each request that has not ended.
    owners: HashMap<RequestId, PeerId>,
    actions: VecDeque<Action>,
}

/// A connected peer.
#[derive(Default)]
struct Peer {
    /// Never empty, oldest first.
    connections: Vec<ConnectionId>,
    running: Vec<Running>,
    waiting: VecDeque<(RequestId, Request)>,
}

struct Running {
    id: RequestId,
    method: Method,
    connection: ConnectionId,
}

impl Outbound {
    pub(crate) fn new(max_queued: usize) -> Self {
        Self { max_queued, next_id: 0, peers: HashMap::new(), owners: HashMap::new(), actions: VecDeque::new() }
    }

    pub(crate) fn next_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    pub(crate) fn send(&mut self, peer: PeerId, request: Request) -> RequestId {
        let id = RequestId(self.next_id);
        self.next_id += 1;
        let Some(state) = self.peers.get_mut(&peer) else {
            self.fail(peer, id, RequestError::NotConnected);
            return id;
        };
        // The queue may be full of other methods: what can start at once does not need a place.
        if state.waiting.len() >= self.max_queued && !state.has_slot(request.method()) {
            self.fail(peer, id, RequestError::QueueFull);
            return id;
        }
        state.waiting.push_back((id, request));
        self.owners.insert(id, peer);
        self.start_waiting(peer);
        id
    }

    /// Ends a request. False if it has ended already.
    pub(crate) fn cancel(&mut self, id: RequestId) -> bool {
        let Some(peer) = self.owners.get(&id).copied() else {
            return false;
        };
        if let Some(connection) = self.forget(peer, id) {
            self.actions.push_back(Action::Abort { peer, connection, id });
        }
        self.fail(peer, id, RequestError::Cancelled);
        self.start_waiting(peer);
        true
    }

    pub(crate) fn connected(&mut self, peer: PeerId, connection: ConnectionId) {
        self.peers.entry(peer).or_default().connections.push(connection);
    }

    pub(crate) fn disconnected(&mut self, peer: PeerId, connection: ConnectionId) {
        let Some(state) = self.peers.get_mut(&peer) else { return };
        state.connections.retain(|c| *c != connection);
        let mut ended: Vec<_> = state.running.extract_if(.., |r| r.connection == connection).map(|r| r.id).collect();
        if state.connections.is_empty() {
            ended.extend(state.waiting.drain(..).map(|(id, _)| id));
            self.peers.remove(&peer);
        }
        for id in ended {
            self.owners.remove(&id);
            self.fail(peer, id, RequestError::ConnectionClosed);
        }
        self.start_waiting(peer);
    }

    /// A chunk has arrived.
    pub(crate) fn chunk(&mut self, id: RequestId, chunk: Chunk) {
        if let Some(peer) = self.owners.get(&id).copied() {
            self.actions.push_back(Action::Tell(Event::Chunk { peer, id, chunk }));
        }
    }

    /// A connection is finished with a request.
    pub(crate) fn ended(&mut self, id: RequestId, result: Result<(), RequestError>) {
        let Some(peer) = self.owners.get(&id).copied() else {
            return;
        };
        self.forget(peer, id);
        match result {
            Ok(()) => self.actions.push_back(Action::Tell(Event::Done { peer, id })),
            Err(error) => self.fail(peer, id, error),
        }
        self.start_waiting(peer);
    }

    /// Removes a request and says which connection has it.
    fn forget(&mut self, peer: PeerId, id: RequestId) -> Option<ConnectionId> {
        self.owners.remove(&id);
        let state = self.peers.get_mut(&peer)?;
        state.waiting.retain(|(waiting, _)| *waiting != id);
        let at = state.running.iter().position(|running| running.id == id)?;
        Some(state.running.swap_remove(at).connection)
    }

    fn fail(&mut self, peer: PeerId, id: RequestId, error: RequestError) {
        self.actions.push_back(Action::Tell(Event::Failed { peer, id, error }));
    }

    /// Starts what may start, first come first served within a method.
    fn start_waiting(&mut self, peer: PeerId) {
        let Some(state) = self.peers.get_mut(&peer) else { return };
        let Some(connection) = state.connections.first().copied() else {
            return;
        };
        for (id, request) in std::mem::take(&mut state.waiting) {
            if state.has_slot(request.method()) {
                state.running.push(Running { id, method: request.method(), connection });
                self.actions.push_back(Action::Start { peer, connection, id, request });
            } else {
                state.waiting.push_back((id, request));
            }
        }
    }
}

impl Peer {
    fn has_slot(&self, method: Method) -> bool {
        self.running.iter().filter(|running| running.method == method).count() < MAX_CONCURRENT_REQUESTS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drain(outbound: &mut Outbound) -> Vec<String> {
        std::iter::from_fn(|| outbound.next_action())
            .map(|action| match action {
                Action::Start { id, .. } => format!("start {id}"),
                Action::Abort { id, .. } => format!("abort {id}"),
                Action::Tell(Event::Done { id, .. }) => format!("done {id}"),
                Action::Tell(Event::Failed { id, error, .. }) => format!("failed {id}: {error}"),
                other => format!("{other:?}"),
            })
            .collect()
    }

    fn connected() -> (Outbound, PeerId, ConnectionId) {
        let (mut outbound, peer, connection) = (Outbound::new(4), PeerId::random(), ConnectionId::new_unchecked(1));
        outbound.connected(peer, connection);
        (outbound, peer, connection)
    }

    #[test]
    fn two_of_a_method_run_and_the_third_waits_its_turn() {
        let (mut outbound, peer, _) = connected();
        let [a, b, c] = [(); 3].map(|()| outbound.send(peer, Request::ping(1)));
        let other = outbound.send(peer, Request::metadata());
        assert_eq!(drain(&mut outbound), ["start 0", "start 1", "start 3"]);
        outbound.ended(b, Ok(()));
        assert_eq!(drain(&mut outbound), ["done 1", "start 2"]);
        for id in [a, c, other] {
            outbound.ended(id, Ok(()));
            outbound.ended(id, Ok(()));
        }
        assert_eq!(drain(&mut outbound), ["done 0", "done 2", "done 3"]);
        assert!(outbound.owners.is_empty());
    }

    #[test]
    fn the_queue_is_bounded_but_does_not_block_other_methods() {
        let (mut outbound, peer, _) = connected();
        for _ in 0..7 {
            outbound.send(peer, Request::ping(1));
        }
        outbound.send(peer, Request::metadata());
        let full = "failed 6: too many requests wait for this peer";
        assert_eq!(drain(&mut outbound), ["start 0", "start 1", full, "start 7"]);
    }

    #[test]
    fn a_lost_connection_ends_its_requests_once_and_waiting_ones_move_on() {
        let (mut outbound, peer, first) = connected();
        let second = ConnectionId::new_unchecked(2);
        outbound.connected(peer, second);
        let [a, _, _] = [(); 3].map(|()| outbound.send(peer, Request::ping(1)));
        drain(&mut outbound);
        outbound.disconnected(peer, first);
        outbound.ended(a, Ok(()));
        assert_eq!(drain(&mut outbound), ["failed 0: connection closed", "failed 1: connection closed", "start 2"]);
        outbound.disconnected(peer, second);
        outbound.send(peer, Request::ping(1));
        assert_eq!(drain(&mut outbound), ["failed 2: connection closed", "failed 3: not connected"]);
        assert!(outbound.owners.is_empty() && outbound.peers.is_empty());
    }

    #[test]
    fn cancelling_frees_the_slot_and_silences_the_rest() {
        let (mut outbound, peer, _) = connected();
        let [a, _, c, _] = [(); 4].map(|()| outbound.send(peer, Request::ping(1)));
        drain(&mut outbound);
        assert!(outbound.cancel(c));
        assert!(outbound.cancel(a));
        assert!(!outbound.cancel(a));
        outbound.ended(a, Ok(()));
        assert_eq!(drain(&mut outbound), ["failed 2: cancelled", "abort 0", "failed 0: cancelled", "start 3"]);
    }
}
