//! Whose chunk goes next.
//!
//! Start-time fair queueing over peers: each peer has a mark, what it has been sent so far on a common scale, and the
//! lowest mark goes first. A peer that comes back starts at the present, so that silence earns nothing; one that has
//! taken much waits until the others have had as much. Within a peer methods take turns, and within a method streams.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::time::Instant;

use cl_types::Method;
use libp2p_identity::PeerId;

use crate::event::InboundId;

/// What a chunk counts beside its bytes: turns are not free.
const TURN: u64 = 512;
/// Peers with nothing to send that are remembered until their marks are past. 100 bytes each.
const MAX_REMEMBERED: usize = 1024;

#[derive(Default)]
pub(super) struct Turns {
    peers: HashMap<PeerId, Peer>,
    /// Peers with something that may go, by mark; of equal ones who came first.
    order: BTreeSet<(Place, PeerId)>,
    /// Methods that must wait, by until when.
    held: BTreeSet<(Instant, PeerId, Method)>,
    /// The mark of the peer that went last.
    present: u64,
    /// Counts arrivals in the order.
    arrivals: u64,
}

/// A mark, and a number that grows with each arrival.
type Place = (u64, u64);

#[derive(Default)]
struct Peer {
    mark: u64,
    /// Its place in the order, or its last one.
    place: Place,
    /// Streams with something to send. A method is here, and in `ready` or in `held`, while it has any.
    streams: HashMap<Method, VecDeque<InboundId>>,
    ready: VecDeque<Method>,
}

impl Turns {
    /// A stream has something to send. It must not be in here already.
    pub(super) fn push(&mut self, peer: PeerId, method: Method, id: InboundId) {
        let state = self.peers.entry(peer).or_default();
        let streams = state.streams.entry(method).or_default();
        streams.push_back(id);
        if streams.len() == 1 {
            self.make_ready(peer, method);
        }
    }

    /// The stream whose turn it is. It stays so until [`Self::hold`], [`Self::sent`] or [`Self::skip`].
    pub(super) fn next(&mut self, now: Instant) -> Option<(PeerId, Method, InboundId)> {
        while let Some((due, peer, method)) = self.held.first().copied().filter(|(due, ..)| *due <= now) {
            self.held.remove(&(due, peer, method));
            self.make_ready(peer, method);
        }
        let (_, peer) = *self.order.first()?;
        let state = self.peers.get(&peer)?;
        let method = *state.ready.front()?;
        Some((peer, method, *state.streams.get(&method)?.front()?))
    }

    /// The method of the stream whose turn it is must wait.
    pub(super) fn hold(&mut self, due: Instant) {
        if let Some((peer, method)) = self.take_method() {
            self.held.insert((due, peer, method));
        }
    }

    /// The stream whose turn it is has sent this much, or had nothing to send. It has to be pushed again.
    pub(super) fn sent(&mut self, bytes: u64) {
        self.leave(bytes.saturating_add(TURN));
    }

    /// The stream whose turn it is has nothing to send.
    pub(super) fn skip(&mut self) {
        self.leave(0);
    }

    /// Takes out all streams of a peer, in the order of each method.
    pub(super) fn remove(&mut self, peer: &PeerId) -> Vec<(Method, InboundId)> {
        let Some(state) = self.peers.remove(peer) else { return Vec::new() };
        self.order.remove(&(state.place, *peer));
        self.held.retain(|(_, held, _)| held != peer);
        state.streams.into_iter().flat_map(|(method, ids)| ids.into_iter().map(move |id| (method, id))).collect()
    }

    /// When there will be something that must wait until then.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.held.first().map(|(due, ..)| *due)
    }

    fn leave(&mut self, cost: u64) {
        let Some(((mark, _), peer)) = self.order.first().copied() else { return };
        self.present = self.present.max(mark);
        let Some((_, method)) = self.take_method() else { return };
        let Some(state) = self.peers.get_mut(&peer) else { return };
        self.order.remove(&(state.place, peer));
        state.mark = mark.saturating_add(cost);
        if !state.ready.is_empty() {
            state.place = (state.mark, self.arrivals);
            self.arrivals += 1;
            self.order.insert((state.place, peer));
        }
        let left = state.streams.get_mut(&method).is_some_and(|streams| {
            streams.pop_front();
            !streams.is_empty()
        });
        if left {
            self.make_ready(peer, method);
        } else {
            state.streams.remove(&method);
            self.forget_idle();
        }
    }

    /// Takes the method whose turn it is out of the order.
    fn take_method(&mut self) -> Option<(PeerId, Method)> {
        let (place, peer) = *self.order.first()?;
        let state = self.peers.get_mut(&peer)?;
        let method = state.ready.pop_front()?;
        if state.ready.is_empty() {
            self.order.remove(&(place, peer));
        }
        Some((peer, method))
    }

    fn make_ready(&mut self, peer: PeerId, method: Method) {
        let Some(state) = self.peers.get_mut(&peer) else { return };
        if state.ready.is_empty() {
            state.mark = state.mark.max(self.present);
            state.place = (state.mark, self.arrivals);
            self.arrivals += 1;
            self.order.insert((state.place, peer));
        }
        state.ready.push_back(method);
    }

    fn forget_idle(&mut self) {
        if self.peers.len() > MAX_REMEMBERED {
            let present = self.present;
            self.peers.retain(|_, state| !state.streams.is_empty() || state.mark > present);
        }
    }
}
