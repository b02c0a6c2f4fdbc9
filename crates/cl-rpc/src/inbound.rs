//! Peers' requests: what has been answered, what waits for capacity.
//!
//! Plain bookkeeping without I/O. Chunks of a response queue here until it is their turn and the limiter lets them go.
//! What the application has handed over and the connection does not write yet is bounded, here and there together, so
//! that a peer that does not read costs one large chunk, or a few small ones, besides the one that is being written.

mod turns;

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use cl_types::{ForkDigest, ForkSchedule, Protocol};
use libp2p_identity::PeerId;
use libp2p_swarm::ConnectionId;

use crate::codec::{ErrorCode, ErrorMessage};
use crate::config::Limits;
use crate::error::{InboundError, RespondError};
use crate::event::{Event, InboundId, InboundRequest, Response};
use crate::limiter::{Limiter, Wait};

use self::turns::Turns;

/// The connection gets no more of a response while so many bytes wait there behind the chunk that is being written.
const AT_CONNECTION: usize = 32 * 1024;
/// What a chunk counts at least, for what it costs besides its bytes.
const LEAST_WEIGHT: usize = 512;

/// What a stream is told to write.
#[derive(Debug)]
pub enum Outgoing {
    /// A success chunk: context and SSZ. More may follow.
    Chunk(Option<ForkDigest>, Bytes),
    /// An error chunk, then the end.
    Error(ErrorCode, ErrorMessage),
    /// The end.
    End,
}

impl Outgoing {
    /// What it counts while it waits, in bytes. Errors and ends are the last of a response and count nothing.
    pub(crate) fn weight(&self) -> usize {
        match self {
            Self::Chunk(_, ssz) => ssz.len().max(LEAST_WEIGHT),
            Self::Error(..) | Self::End => 0,
        }
    }
}

pub(crate) struct Inbound {
    schedule: Arc<ForkSchedule>,
    max_waiting: usize,
    limiter: Limiter,
    streams: HashMap<InboundId, Serving>,
    /// Streams that have something to release.
    turns: Turns,
    /// The same of peers that no limit binds.
    free: Turns,
    /// When the budget of all peers allows the chunk whose turn it is.
    budget_due: Option<Instant>,
    events: VecDeque<Event>,
    /// Streams whose application has been silent for too long.
    unanswered: VecDeque<(PeerId, InboundId)>,
}

/// A request that is being answered.
struct Serving {
    peer: PeerId,
    protocol: Protocol,
    queue: VecDeque<Outgoing>,
    /// What is in the queue, in bytes.
    queued: usize,
    /// Success chunks accepted so far.
    accepted: u64,
    /// Nothing more is accepted.
    ended: bool,
    /// The size of each chunk that the connection holds. It writes the first one.
    in_flight: VecDeque<usize>,
    /// It waits for its turn.
    scheduled: bool,
    /// The application was told to wait.
    was_full: bool,
}

impl Serving {
    /// Bytes at the connection behind the chunk that is being written.
    fn behind(&self) -> usize {
        self.in_flight.iter().skip(1).fold(0, |sum, size| sum.saturating_add(*size))
    }

    /// True if so many bytes wait here and at the connection.
    fn is_full(&self, most: usize) -> bool {
        let waiting = self.queued.saturating_add(self.behind());
        waiting > 0 && waiting >= most
    }

    fn push(&mut self, outgoing: Outgoing) {
        self.queued = self.queued.saturating_add(outgoing.weight());
        self.queue.push_back(outgoing);
    }
}

impl Inbound {
    pub(crate) fn new(schedule: Arc<ForkSchedule>, limits: &Limits) -> Self {
        Self {
            schedule,
            max_waiting: limits.queued_bytes,
            limiter: Limiter::new(limits.quotas.clone(), limits.budget),
            streams: HashMap::new(),
            turns: Turns::default(),
            free: Turns::default(),
            budget_due: None,
            events: VecDeque::new(),
            unanswered: VecDeque::new(),
        }
    }

    pub(crate) fn next_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// A peer's request has arrived.
    pub(crate) fn opened(&mut self, peer: PeerId, id: InboundId, request: InboundRequest) {
        let serving = Serving {
            peer,
            protocol: request.protocol,
            queue: VecDeque::new(),
            queued: 0,
            accepted: 0,
            ended: false,
            in_flight: VecDeque::new(),
            scheduled: false,
            was_full: false,
        };
        self.streams.insert(id, serving);
        self.events.push_back(Event::Request { peer, connection: id.connection, id, request });
    }

    /// True if a chunk of the response would not be [`Full`](RespondError::Full). If not, [`Event::Drained`] comes.
    pub(crate) fn has_room(&mut self, id: InboundId) -> bool {
        let Some(serving) = self.streams.get_mut(&id).filter(|serving| !serving.ended) else {
            return true;
        };
        serving.was_full |= serving.is_full(self.max_waiting);
        !serving.was_full
    }

    /// Queues a part of a response.
    pub(crate) fn respond(&mut self, id: InboundId, response: Response) -> Result<(), RespondError> {
        let serving = self.streams.get_mut(&id).ok_or(RespondError::Gone)?;
        if serving.ended {
            return Err(RespondError::Ended);
        }
        check(&self.schedule, serving.protocol, &response)?;
        match response {
            Response::Chunk { .. } if serving.is_full(self.max_waiting) => {
                serving.was_full = true;
                return Err(RespondError::Full);
            }
            Response::Chunk { context, ssz } => {
                serving.accepted += 1;
                serving.push(Outgoing::Chunk(context, ssz));
                if serving.accepted >= serving.protocol.max_chunks() {
                    serving.ended = true;
                    serving.push(Outgoing::End);
                }
            }
            Response::Error { code, message } => {
                serving.ended = true;
                serving.push(Outgoing::Error(code, message));
            }
        }
        self.schedule_stream(id);
        Ok(())
    }

    /// Queues the end of a response.
    pub(crate) fn finish(&mut self, id: InboundId) -> Result<(), RespondError> {
        let serving = self.streams.get_mut(&id).ok_or(RespondError::Gone)?;
        if serving.ended {
            return Err(RespondError::Ended);
        }
        serving.ended = true;
        serving.push(Outgoing::End);
        self.schedule_stream(id);
        Ok(())
    }

    /// The connection has written so many chunks.
    pub(crate) fn written(&mut self, id: InboundId, chunks: usize) {
        let Some(serving) = self.streams.get_mut(&id) else {
            return;
        };
        serving.in_flight.drain(..chunks.min(serving.in_flight.len()));
        self.tell_room(id);
        self.schedule_stream(id);
    }

    /// The connection has had nothing to write for so long that somebody must be blamed: the application, unless the next
    /// chunk is here and waits for its turn.
    pub(crate) fn silent(&mut self, id: InboundId) {
        if let Some(serving) = self.streams.get(&id)
            && serving.queue.is_empty()
            && serving.in_flight.is_empty()
        {
            self.unanswered.push_back((serving.peer, id));
        }
    }

    /// The next stream to give up.
    pub(crate) fn next_unanswered(&mut self) -> Option<(PeerId, InboundId)> {
        self.unanswered.pop_front()
    }

    /// The stream has ended. Without an id nothing was known of it yet.
    pub(crate) fn closed(&mut self, peer: PeerId, id: Option<InboundId>, result: Result<(), InboundError>) {
        if let Some(id) = id
            && self.streams.remove(&id).is_none()
        {
            return;
        }
        self.events.push_back(match (result, id) {
            (Ok(()), Some(id)) => Event::Responded { peer, id },
            (Ok(()), None) => return,
            (Err(error), id) => Event::InboundFailed { peer, id, error },
        });
    }

    pub(crate) fn disconnected(&mut self, connection: ConnectionId) {
        let gone = self.streams.extract_if(|id, _| id.connection == connection).map(|(id, serving)| (id, serving.peer));
        let error = || InboundError::ConnectionClosed;
        self.events.extend(gone.map(|(id, peer)| Event::InboundFailed { peer, id: Some(id), error: error() }));
    }

    /// The next thing to hand to a connection, if capacity allows any.
    pub(crate) fn release(&mut self, now: Instant) -> Option<(PeerId, InboundId, Outgoing)> {
        self.budget_due = None;
        self.release_of(true, now).or_else(|| self.release_of(false, now))
    }

    /// The next thing of the peers that are exempt from all limits, or of the others.
    fn release_of(&mut self, exempt: bool, now: Instant) -> Option<(PeerId, InboundId, Outgoing)> {
        loop {
            let turns = if exempt { &mut self.free } else { &mut self.turns };
            let (peer, method, id) = turns.next(now)?;
            // It may have ended while it waited for its turn.
            let Some(serving) = self.streams.get_mut(&id) else {
                turns.skip();
                continue;
            };
            let cost = match serving.queue.front() {
                Some(Outgoing::Chunk(_, ssz)) => Some(ssz.len()),
                Some(Outgoing::Error(_, message)) => Some(message.as_str().len()),
                // An answer without chunks is not free.
                Some(Outgoing::End) => (serving.accepted == 0).then_some(0),
                None => None,
            };
            let bytes = u64::try_from(cost.unwrap_or_default()).unwrap_or(u64::MAX);
            if cost.is_some() {
                match self.limiter.take(peer, method, bytes, now) {
                    Ok(()) => {}
                    Err(Wait::Quota(due)) => {
                        turns.hold(due);
                        continue;
                    }
                    Err(Wait::Budget(due)) => {
                        self.budget_due = Some(due);
                        return None;
                    }
                }
            }
            turns.sent(bytes);
            serving.scheduled = false;
            let Some(outgoing) = serving.queue.pop_front() else {
                continue;
            };
            serving.queued = serving.queued.saturating_sub(outgoing.weight());
            if matches!(outgoing, Outgoing::Chunk(..)) {
                serving.in_flight.push_back(outgoing.weight());
            }
            self.tell_room(id);
            self.schedule_stream(id);
            return Some((peer, id, outgoing));
        }
    }

    /// When to call [`Self::release`] again if nothing else happens.
    pub(crate) fn next_release(&self) -> Option<Instant> {
        self.budget_due.into_iter().chain(self.turns.next_due()).min()
    }

    /// Frees a peer from its quotas and from the budget, or binds it again. What waits goes on by the new rules.
    pub(crate) fn exempt(&mut self, peer: PeerId, exempt: bool) {
        if self.limiter.exempt(peer, exempt) {
            let (from, to) = if exempt { (&mut self.turns, &mut self.free) } else { (&mut self.free, &mut self.turns) };
            for (method, id) in from.remove(&peer) {
                to.push(peer, method, id);
            }
        }
    }

    /// Tells an application that was refused a chunk when there is room again.
    fn tell_room(&mut self, id: InboundId) {
        if let Some(serving) = self.streams.get_mut(&id)
            && serving.was_full
            && !serving.is_full(self.max_waiting)
        {
            serving.was_full = false;
            if !serving.ended {
                self.events.push_back(Event::Drained { peer: serving.peer, id });
            }
        }
    }

    /// Gives a stream a turn if it has something to release and room for it.
    fn schedule_stream(&mut self, id: InboundId) {
        if let Some(serving) = self.streams.get_mut(&id)
            && !serving.scheduled
            && !serving.queue.is_empty()
            && serving.behind() < AT_CONNECTION
        {
            serving.scheduled = true;
            let turns = if self.limiter.is_exempt(&serving.peer) { &mut self.free } else { &mut self.turns };
            turns.push(serving.peer, serving.protocol.method(), id);
        }
    }
}

/// Refuses what a peer would have to call an invalid response.
fn check(schedule: &ForkSchedule, protocol: Protocol, response: &Response) -> Result<(), RespondError> {
    let (context, ssz) = match response {
        Response::Error { code, .. } => {
            let legal = *code != ErrorCode::RESOURCE_UNAVAILABLE || protocol.may_be_unavailable();
            return if legal { Ok(()) } else { Err(RespondError::Unavailable(protocol)) };
        }
        Response::Chunk { context, ssz } => (*context, ssz),
    };
    if context.is_some() != protocol.has_context() {
        return Err(RespondError::Context(protocol));
    }
    let era = match context {
        Some(digest) => Some(schedule.by_digest(digest).ok_or(RespondError::UnknownDigest(digest))?),
        None => None,
    };
    let bounds = schedule.chunk_bounds(protocol, era);
    let (size, min, max) = (ssz.len(), *bounds.start(), *bounds.end());
    if bounds.contains(&size) { Ok(()) } else { Err(RespondError::Size { protocol, size, min, max }) }
}

#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;
