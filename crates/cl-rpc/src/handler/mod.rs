//! One connection: its streams and their turns.

mod inbound;
mod outbound;
mod timer;
mod writer;

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};

use cl_types::protocol::MAX_CONCURRENT_REQUESTS;
use cl_types::{ForkSchedule, Protocol};
use libp2p_swarm::handler::{ConnectionEvent, DialUpgradeError, FullyNegotiatedInbound, FullyNegotiatedOutbound};
use libp2p_swarm::{ConnectionHandler, ConnectionHandlerEvent, Stream, StreamUpgradeError, SubstreamProtocol};

use self::inbound::InboundStream;
use self::outbound::OutboundStream;
use crate::codec::{Chunk, Compressor};
use crate::config::Config;
use crate::error::{InboundError, Phase, RequestError};
use crate::event::InboundRequest;
use crate::inbound::Outgoing;
use crate::protocol::Protocols;
use crate::request::{Request, RequestId};

/// Bytes read at a time.
const READ_BUFFER: usize = 64 * 1024;
/// Reads from one stream before the others get their turn.
const READS_PER_POLL: usize = 16;

/// What all handlers share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) schedule: Arc<ForkSchedule>,
}

/// What the behaviour wants.
#[derive(Debug)]
pub enum Command {
    /// Ask the peer.
    Request(RequestId, Request),
    /// Forget a request.
    Abort(RequestId),
    /// Offer these protocols to new inbound streams.
    Serve(Protocols),
    /// Continue a response.
    Respond(u64, Outgoing),
    /// Drop a stream that is not answered.
    GiveUp(u64),
}

type Events = VecDeque<ToBehaviour>;

/// What all streams of a connection work in, one after the other. Takes memory only while there are any.
#[derive(Default)]
struct Room {
    buffer: Vec<u8>,
    compressor: Compressor,
}

/// What happened on the connection. `number` names an inbound stream.
#[derive(Debug)]
pub enum ToBehaviour {
    /// A chunk of an answer to us.
    Chunk { id: RequestId, chunk: Chunk },
    /// One of our requests is over.
    RequestEnded { id: RequestId, result: Result<(), RequestError> },
    /// A peer asks.
    Request { number: u64, request: InboundRequest },
    /// Chunks for a peer were written.
    Written { number: u64, chunks: usize },
    /// A stream has had nothing to write for [`Timeouts::answer`](crate::Timeouts::answer).
    Silent { number: u64 },
    /// An inbound stream is over; without a number if it never came to a request.
    InboundEnded { number: Option<u64>, result: Result<(), InboundError> },
}

/// Runs the streams of one connection.
///
/// Streams keep the connection alive only while they are open. What arrives is told before more is read, so a slow
/// application slows its peers down instead of filling memory.
pub struct Handler {
    shared: Arc<Shared>,
    served: Protocols,
    events: Events,
    requested: VecDeque<(RequestId, Request)>,
    negotiating: HashMap<RequestId, Request>,
    outbound: Vec<OutboundStream>,
    inbound: Vec<InboundStream>,
    /// Inbound streams that wait, unread, for one of their protocol to end.
    waiting: VecDeque<(Stream, Protocol)>,
    next_number: u64,
    room: Room,
}

impl Handler {
    pub(crate) fn new(shared: Arc<Shared>, served: Protocols) -> Self {
        Self {
            shared,
            served,
            events: VecDeque::new(),
            requested: VecDeque::new(),
            negotiating: HashMap::new(),
            outbound: Vec::new(),
            inbound: Vec::new(),
            waiting: VecDeque::new(),
            next_number: 0,
            room: Room::default(),
        }
    }

    fn accept(&mut self, (stream, protocol): (Stream, Protocol)) {
        if self.inbound.len() + self.waiting.len() >= self.shared.config.limits.inbound_streams {
            // Dropping the stream resets it. One report tells of all that are dropped before it is read.
            let told = |event: &ToBehaviour| {
                matches!(event, ToBehaviour::InboundEnded { result: Err(InboundError::TooManyStreams), .. })
            };
            if !self.events.iter().any(told) {
                let result = Err(InboundError::TooManyStreams);
                self.events.push_back(ToBehaviour::InboundEnded { number: None, result });
            }
            return;
        }
        self.waiting.push_back((stream, protocol));
        self.serve_waiting();
    }

    /// Starts to serve what waits, as far as two streams of each protocol allow.
    fn serve_waiting(&mut self) {
        for (stream, protocol) in std::mem::take(&mut self.waiting) {
            let busy = self.inbound.iter().filter(|stream| stream.protocol == protocol).count();
            if busy < MAX_CONCURRENT_REQUESTS {
                let number = self.next_number;
                self.next_number += 1;
                self.inbound.push(InboundStream::new(number, (stream, protocol), &self.shared.config.timeouts));
            } else {
                self.waiting.push_back((stream, protocol));
            }
        }
    }

    fn negotiated(&mut self, id: RequestId, (stream, protocol): (Stream, Protocol)) {
        // Absent if it was aborted meanwhile: dropping the stream resets it.
        let Some(request) = self.negotiating.remove(&id) else {
            return;
        };
        let Some(body) = request.body(protocol).cloned() else {
            // Only what was offered can be agreed on.
            self.events.push_back(ToBehaviour::RequestEnded { id, result: Err(RequestError::Unsupported) });
            return;
        };
        let schedule = Arc::clone(&self.shared.schedule);
        let wish = (body, request.max_chunks());
        self.outbound.push(OutboundStream::new(id, (stream, protocol), wish, schedule, &self.shared.config.timeouts));
    }

    fn not_negotiated(&mut self, id: RequestId, error: StreamUpgradeError<std::convert::Infallible>) {
        if self.negotiating.remove(&id).is_none() {
            return;
        }
        let error = match error {
            StreamUpgradeError::Timeout => RequestError::Timeout(Phase::Negotiation),
            StreamUpgradeError::NegotiationFailed => RequestError::Unsupported,
            StreamUpgradeError::Io(error) => RequestError::Io(error),
            StreamUpgradeError::Apply(never) => match never {},
        };
        self.events.push_back(ToBehaviour::RequestEnded { id, result: Err(error) });
    }
}

impl ConnectionHandler for Handler {
    type FromBehaviour = Command;
    type ToBehaviour = ToBehaviour;
    type InboundProtocol = Protocols;
    type OutboundProtocol = Protocols;
    type InboundOpenInfo = ();
    type OutboundOpenInfo = RequestId;

    fn listen_protocol(&self) -> SubstreamProtocol<Protocols> {
        SubstreamProtocol::new(self.served.clone(), ()).with_timeout(self.shared.config.timeouts.read_request)
    }

    fn on_behaviour_event(&mut self, command: Command) {
        match command {
            Command::Request(id, request) => self.requested.push_back((id, request)),
            Command::Abort(id) => {
                self.requested.retain(|(requested, _)| *requested != id);
                self.negotiating.remove(&id);
                self.outbound.retain(|stream| stream.id != id);
            }
            Command::Serve(protocols) => self.served = protocols,
            Command::Respond(number, outgoing) => {
                // Absent if it has failed meanwhile: the report is on its way.
                if let Some(stream) = self.inbound.iter_mut().find(|stream| stream.number == number) {
                    stream.push(outgoing);
                }
            }
            Command::GiveUp(number) => {
                if let Some(stream) = self.inbound.iter_mut().find(|stream| stream.number == number) {
                    stream.give_up();
                }
            }
        }
    }

    fn on_connection_event(&mut self, event: ConnectionEvent<'_, Protocols, Protocols, (), RequestId>) {
        match event {
            ConnectionEvent::FullyNegotiatedInbound(FullyNegotiatedInbound { protocol, .. }) => self.accept(protocol),
            ConnectionEvent::FullyNegotiatedOutbound(FullyNegotiatedOutbound { protocol, info }) => {
                self.negotiated(info, protocol);
            }
            ConnectionEvent::DialUpgradeError(DialUpgradeError { info, error }) => self.not_negotiated(info, error),
            _ => {}
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<ConnectionHandlerEvent<Protocols, RequestId, ToBehaviour>> {
        loop {
            if let Some(event) = self.events.pop_front() {
                return Poll::Ready(ConnectionHandlerEvent::NotifyBehaviour(event));
            }
            if let Some((id, request)) = self.requested.pop_front() {
                let offer: Protocols = request.protocols().collect();
                self.negotiating.insert(id, request);
                let timeout = self.shared.config.timeouts.negotiation;
                let protocol = SubstreamProtocol::new(offer, id).with_timeout(timeout);
                return Poll::Ready(ConnectionHandlerEvent::OutboundSubstreamRequest { protocol });
            }
            if self.outbound.is_empty() && self.inbound.is_empty() {
                self.room = Room::default();
                return Poll::Pending;
            }
            let Self { shared, events, room, .. } = self;
            room.buffer.resize(READ_BUFFER, 0);
            let timeouts = &shared.config.timeouts;
            self.outbound.retain_mut(|stream| stream.poll(cx, room, timeouts, events).is_pending());
            let before = self.inbound.len();
            self.inbound.retain_mut(|stream| stream.poll(cx, room, timeouts, events).is_pending());
            if self.inbound.len() < before {
                self.serve_waiting();
            }
            if self.events.is_empty() {
                return Poll::Pending;
            }
        }
    }
}

impl fmt::Debug for Handler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handler")
            .field("negotiating", &self.negotiating.len())
            .field("outbound", &self.outbound.len())
            .field("inbound", &self.inbound.len())
            .field("waiting", &self.waiting.len())
            .finish_non_exhaustive()
    }
}
