//! What the behaviour tells the application, and what the application answers with.

use std::fmt;

use bytes::Bytes;
use cl_types::{ForkDigest, Protocol};
use libp2p_identity::PeerId;
use libp2p_swarm::ConnectionId;

use crate::codec::{Chunk, ErrorCode, ErrorMessage};
use crate::error::{InboundError, RequestError};
use crate::request::RequestId;

/// Names a request of a peer. Not reused within a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InboundId {
    pub(crate) connection: ConnectionId,
    pub(crate) stream: u64,
}

impl fmt::Display for InboundId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.connection, self.stream)
    }
}

/// A complete request of a peer. Its size lies within the bounds of the type; its content is not looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboundRequest {
    /// The negotiated protocol: says which type the bytes are, and which type the answer must be.
    pub protocol: Protocol,
    /// The request's SSZ.
    pub body: Bytes,
}

/// A part of an answer to a peer's request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Response {
    /// A success chunk.
    Chunk {
        /// The digest of the object's fork, exactly where the protocol has context bytes.
        context: Option<ForkDigest>,
        /// The object's SSZ.
        ssz: Bytes,
    },
    /// An error. Ends the response.
    Error {
        /// What kind of error.
        code: ErrorCode,
        /// A short text for people.
        message: ErrorMessage,
    },
}

/// What happened.
///
/// Each of our requests gives any number of `Chunk` and then exactly one `Done` or `Failed`. Each `Request` of a peer
/// is followed by exactly one `Responded` or `InboundFailed` with its id.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event {
    /// A peer asks. Answer with [`Behaviour::respond`](crate::Behaviour::respond) and
    /// [`Behaviour::finish`](crate::Behaviour::finish).
    Request {
        /// Who asks.
        peer: PeerId,
        /// On which connection.
        connection: ConnectionId,
        /// Name of the request.
        id: InboundId,
        /// What is asked.
        request: InboundRequest,
    },
    /// A chunk of the answer to one of our requests, as soon as it is complete.
    Chunk {
        /// Who answers.
        peer: PeerId,
        /// Which request.
        id: RequestId,
        /// The chunk.
        chunk: Chunk,
    },
    /// One of our requests was answered to the end.
    Done {
        /// Who answered.
        peer: PeerId,
        /// Which request.
        id: RequestId,
    },
    /// One of our requests failed, perhaps after some chunks.
    Failed {
        /// Who was asked.
        peer: PeerId,
        /// Which request.
        id: RequestId,
        /// Why.
        error: RequestError,
    },
    /// A response was written to the end.
    Responded {
        /// Who asked.
        peer: PeerId,
        /// Which request.
        id: InboundId,
    },
    /// A response for which there was no room may continue: one more chunk is taken.
    Drained {
        /// Who asked.
        peer: PeerId,
        /// Which request.
        id: InboundId,
    },
    /// A peer's request came to nothing.
    InboundFailed {
        /// Who asked.
        peer: PeerId,
        /// Which request; `None` if it failed before there was a `Request` event.
        id: Option<InboundId>,
        /// Why.
        error: InboundError,
    },
}
