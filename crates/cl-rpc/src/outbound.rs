//! Our requests: which peer, which connection, whose turn, and when.
//!
//! Plain bookkeeping without I/O. A request waits here until fewer than two of its method run at the peer and the pace
//! of the method allows it, is handed to a connection, wholly or in parts, and ends exactly once: what comes from a
//! connection about a request that has ended is dropped.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::time::Instant;

use cl_types::Method;
use cl_types::protocol::MAX_CONCURRENT_REQUESTS;
use libp2p_identity::PeerId;
use libp2p_swarm::ConnectionId;

use crate::codec::{Chunk, ErrorCode};
use crate::config::Pacing;
use crate::error::{Phase, RequestError};
use crate::event::Event;
use crate::pacer::Pace;
use crate::request::{Request, RequestId};
use crate::split::{Cut, Part};

/// Most peers and methods whose pace is remembered. 200 bytes each. More are only kept while they are connected.
const MAX_PACES: usize = 8192;

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
    pacing: Pacing,
    next_id: u64,
    peers: HashMap<PeerId, Peer>,
    /// Outlives connections: whoever comes back has not forgotten either.
    paces: HashMap<(PeerId, Method), Pace>,
    /// The peer of each request that has not ended.
    owners: HashMap<RequestId, PeerId>,
    /// When to look at a peer again. Each peer is here at most once.
    due: BTreeSet<(Instant, PeerId)>,
    actions: VecDeque<Action>,
}

/// A connected peer.
#[derive(Default)]
struct Peer {
    /// Never empty, oldest first.
    connections: Vec<ConnectionId>,
    running: Vec<Running>,
    /// By id: in the order in which they were made.
    waiting: VecDeque<Waiting>,
    /// Its place in `due`.
    due: Option<Instant>,
}

/// A request that waits, or what is left of it.
struct Waiting {
    id: RequestId,
    left: Part,
    /// How often it has been refused for being too early.
    refusals: u32,
}

/// A part that was handed to a connection.
struct Running {
    id: RequestId,
    connection: ConnectionId,
    /// What was left when it started.
    left: Part,
    part: Part,
    rest: Option<Part>,
    refusals: u32,
    since: Instant,
    received: u64,
}

impl Running {
    const fn method(&self) -> Method {
        self.part.request.method()
    }
}

impl Outbound {
    pub(crate) fn new(max_queued: usize, pacing: Pacing) -> Self {
        Self {
            max_queued,
            pacing,
            next_id: 0,
            peers: HashMap::new(),
            paces: HashMap::new(),
            owners: HashMap::new(),
            due: BTreeSet::new(),
            actions: VecDeque::new(),
        }
    }

    pub(crate) fn next_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// Starts what had to wait until now.
    pub(crate) fn wake(&mut self, now: Instant) {
        while let Some((_, peer)) = self.due.first().copied().filter(|(due, _)| *due <= now) {
            self.start_waiting(peer, now);
        }
    }

    /// When to call [`Self::wake`] if nothing else happens.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        self.due.first().map(|(due, _)| *due)
    }

    pub(crate) fn send(&mut self, peer: PeerId, request: Request, now: Instant) -> RequestId {
        let id = RequestId(self.next_id);
        self.next_id += 1;
        let Some(state) = self.peers.get_mut(&peer) else {
            self.fail(peer, id, RequestError::NotConnected);
            return id;
        };
        state.waiting.push_back(Waiting { id, left: request.into(), refusals: 0 });
        self.owners.insert(id, peer);
        self.start_waiting(peer, now);
        // The queue may be full of other methods: what starts at once does not need a place.
        let full = self.peers.get_mut(&peer).is_some_and(|state| {
            let full = state.waiting.len() > self.max_queued && state.waiting.back().is_some_and(|last| last.id == id);
            if full {
                state.waiting.pop_back();
            }
            full
        });
        if full {
            self.owners.remove(&id);
            self.fail(peer, id, RequestError::QueueFull);
        }
        id
    }

    /// Ends a request. False if it has ended already.
    pub(crate) fn cancel(&mut self, id: RequestId, now: Instant) -> bool {
        let Some(peer) = self.owners.remove(&id) else {
            return false;
        };
        if let Some(state) = self.peers.get_mut(&peer) {
            state.waiting.retain(|waiting| waiting.id != id);
            if let Some(running) = state.take(id) {
                self.actions.push_back(Action::Abort { peer, connection: running.connection, id });
            }
        }
        self.fail(peer, id, RequestError::Cancelled);
        self.start_waiting(peer, now);
        true
    }

    pub(crate) fn connected(&mut self, peer: PeerId, connection: ConnectionId) {
        self.peers.entry(peer).or_default().connections.push(connection);
    }

    pub(crate) fn disconnected(&mut self, peer: PeerId, connection: ConnectionId, now: Instant) {
        let Some(state) = self.peers.get_mut(&peer) else { return };
        state.connections.retain(|c| *c != connection);
        let mut ended: Vec<_> = state.running.extract_if(.., |r| r.connection == connection).map(|r| r.id).collect();
        if state.connections.is_empty() {
            ended.extend(state.waiting.drain(..).map(|waiting| waiting.id));
            if let Some(due) = state.due {
                self.due.remove(&(due, peer));
            }
            self.peers.remove(&peer);
        }
        for id in ended {
            self.owners.remove(&id);
            self.fail(peer, id, RequestError::ConnectionClosed);
        }
        self.start_waiting(peer, now);
    }

    /// A chunk has arrived.
    pub(crate) fn chunk(&mut self, id: RequestId, chunk: Chunk) {
        let Some(peer) = self.owners.get(&id).copied() else { return };
        let running = self.peers.get_mut(&peer).and_then(|state| state.running.iter_mut().find(|r| r.id == id));
        if let Some(running) = running {
            running.received += 1;
            self.actions.push_back(Action::Tell(Event::Chunk { peer, id, chunk }));
        }
    }

    /// A connection is finished with what it was given.
    pub(crate) fn ended(&mut self, id: RequestId, result: Result<(), RequestError>, now: Instant) {
        let Some(peer) = self.owners.get(&id).copied() else { return };
        let Some(running) = self.peers.get_mut(&peer).and_then(|state| state.take(id)) else { return };
        self.learn(peer, &running, &result, now);
        match self.go_on(running, result) {
            Next::Wait(waiting) => {
                if let Some(state) = self.peers.get_mut(&peer) {
                    let at = state.waiting.partition_point(|other| other.id < id);
                    state.waiting.insert(at, waiting);
                }
            }
            Next::End(result) => {
                self.owners.remove(&id);
                match result {
                    Ok(()) => self.actions.push_back(Action::Tell(Event::Done { peer, id })),
                    Err(error) => self.fail(peer, id, error),
                }
            }
        }
        self.start_waiting(peer, now);
    }

    /// What follows on the end of a part.
    fn go_on(&self, running: Running, result: Result<(), RequestError>) -> Next {
        let Running { id, left, part, rest, refusals, received, .. } = running;
        match (result, rest) {
            (Err(error), _) if is_early(&error) && received == 0 && refusals < self.pacing.retries => {
                Next::Wait(Waiting { id, left, refusals: refusals + 1 })
            }
            // A short answer says no more than what is in it: whoever asked goes on from there.
            (Ok(()), Some(rest)) if part.is_a_list() || received == 0 || received >= part.request.max_chunks() => {
                Next::Wait(Waiting { id, left: rest, refusals: 0 })
            }
            (result, _) => Next::End(result),
        }
    }

    fn learn(&mut self, peer: PeerId, running: &Running, result: &Result<(), RequestError>, now: Instant) {
        let Some(pace) = self.paces.get_mut(&(peer, running.method())) else { return };
        match result {
            Ok(()) => pace.answered(running.received, running.since, now),
            Err(error) if is_early(error) => pace.refused(running.since, now),
            Err(RequestError::Timeout(Phase::FirstChunk | Phase::NextChunk)) => pace.unanswered(),
            Err(_) => {}
        }
    }

    fn fail(&mut self, peer: PeerId, id: RequestId, error: RequestError) {
        self.actions.push_back(Action::Tell(Event::Failed { peer, id, error }));
    }

    /// Starts what may start, first come first served within a method, and notes when to look again.
    fn start_waiting(&mut self, peer: PeerId, now: Instant) {
        let Some(state) = self.peers.get_mut(&peer) else { return };
        let Some(connection) = state.connections.first().copied() else { return };
        if let Some(due) = state.due.take() {
            self.due.remove(&(due, peer));
        }
        let mut blocked = Vec::new();
        for waiting in std::mem::take(&mut state.waiting) {
            let method = waiting.left.request.method();
            let quota = self.pacing.grants.of(method);
            let pace = self.paces.entry((peer, method)).or_insert_with(|| Pace::new(quota));
            if blocked.contains(&method) || !state.has_slot(method) {
                state.waiting.push_back(waiting);
                continue;
            }
            let (part, rest) = match waiting.left.cut(pace.largest()) {
                Some(Cut { first, rest }) => (first, rest),
                None => (waiting.left.clone(), None),
            };
            if let Err(due) = pace.may_start(part.cost, now) {
                blocked.push(method);
                state.due = Some(state.due.map_or(due, |other| other.min(due)));
                state.waiting.push_back(waiting);
                continue;
            }
            pace.started(part.cost, now);
            let Waiting { id, left, refusals } = waiting;
            self.actions.push_back(Action::Start { peer, connection, id, request: part.request.clone() });
            state.running.push(Running { id, connection, left, part, rest, refusals, since: now, received: 0 });
        }
        if let Some(due) = state.due {
            self.due.insert((due, peer));
        }
        if self.paces.len() > MAX_PACES {
            let peers = &self.peers;
            self.paces.retain(|(peer, _), pace| peers.contains_key(peer) && !pace.is_fresh(now));
        }
    }
}

enum Next {
    Wait(Waiting),
    End(Result<(), RequestError>),
}

const fn is_early(error: &RequestError) -> bool {
    matches!(error, RequestError::Refused { code: ErrorCode::RATE_LIMITED, .. })
}

impl Peer {
    fn has_slot(&self, method: Method) -> bool {
        self.running.iter().filter(|running| running.method() == method).count() < MAX_CONCURRENT_REQUESTS
    }

    fn take(&mut self, id: RequestId) -> Option<Running> {
        let at = self.running.iter().position(|running| running.id == id)?;
        Some(self.running.swap_remove(at))
    }
}

#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;
