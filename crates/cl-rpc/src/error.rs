//! How requests end badly, and who is to blame.

use std::fmt;
use std::io;

use cl_types::{Fault, ForkDigest, Protocol, Severity};

use crate::codec::{DecodeError, ErrorCode, ErrorMessage};

/// Why one of our requests failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// There is no connection to the peer. Requests never dial.
    #[error("not connected")]
    NotConnected,
    /// Too many requests to this peer wait already.
    #[error("too many requests wait for this peer")]
    QueueFull,
    /// [`Behaviour::cancel`](crate::Behaviour::cancel) was called.
    #[error("cancelled")]
    Cancelled,
    /// The peer speaks no version of the method.
    #[error("the peer does not speak this protocol")]
    Unsupported,
    /// A phase took too long.
    #[error("timed out while {0}")]
    Timeout(Phase),
    /// The connection went away.
    #[error("connection closed")]
    ConnectionClosed,
    /// The stream broke.
    #[error("stream failed")]
    Io(#[source] io::Error),
    /// The stream ended without the one chunk that this protocol answers with. Some muxers show a reset like this.
    #[error("no answer")]
    NoAnswer,
    /// The answer breaks the encoding rules.
    #[error("invalid response")]
    InvalidResponse(#[source] DecodeError),
    /// The peer answered with an error chunk.
    #[error("refused: {code}: {message}")]
    Refused {
        /// The protocol in which it answered.
        protocol: Protocol,
        /// The result byte.
        code: ErrorCode,
        /// What the peer says about it.
        message: ErrorMessage,
    },
    /// The peer sent more chunks than were asked for.
    #[error("more than {0} chunks")]
    TooManyChunks(u64),
}

impl RequestError {
    /// Who is to blame.
    #[must_use]
    pub fn fault(&self) -> Fault {
        match self {
            Self::NotConnected | Self::QueueFull | Self::Cancelled => Fault::Local,
            Self::Unsupported | Self::Timeout(_) | Self::ConnectionClosed | Self::Io(_) => Fault::Network,
            Self::NoAnswer => Fault::Peer(Severity::Low),
            Self::InvalidResponse(error) => error.fault(),
            Self::Refused { protocol, code, .. } => refusal(*protocol, *code),
            Self::TooManyChunks(_) => Fault::Peer(Severity::High),
        }
    }
}

fn refusal(protocol: Protocol, code: ErrorCode) -> Fault {
    match code {
        // We check requests before we send them, so a refusal should not happen; but views differ at fork boundaries.
        ErrorCode::INVALID_REQUEST => Fault::Peer(Severity::Mid),
        // We asked too fast: slowing down is on us.
        ErrorCode::RATE_LIMITED => Fault::Local,
        // A legal answer, such as of a peer that has just begun to sync: somebody else may have it.
        ErrorCode::RESOURCE_UNAVAILABLE if protocol.may_be_unavailable() => Fault::Network,
        ErrorCode::RESOURCE_UNAVAILABLE => Fault::Peer(Severity::Mid),
        _ => Fault::Peer(Severity::Low),
    }
}

/// A phase of one of our requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// Opening a stream and agreeing on a protocol.
    Negotiation,
    /// Writing the request.
    Write,
    /// Waiting for the first chunk.
    FirstChunk,
    /// Waiting for a later chunk, or for the end.
    NextChunk,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Negotiation => "negotiating",
            Self::Write => "writing the request",
            Self::FirstChunk => "waiting for the first chunk",
            Self::NextChunk => "waiting for the next chunk",
        })
    }
}

/// Why a peer's request was not answered to the end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InboundError {
    /// The request breaks the encoding rules. The peer was told so with code 1.
    #[error("invalid request")]
    InvalidRequest(#[source] DecodeError),
    /// The request did not arrive in time.
    #[error("timed out while reading the request")]
    ReadTimeout,
    /// The peer reads our answer too slowly.
    #[error("timed out while writing a chunk")]
    WriteTimeout,
    /// The application did not answer in time.
    #[error("not answered in time")]
    NotAnswered,
    /// The stream broke, perhaps because the peer lost interest.
    #[error("stream failed")]
    Io(#[source] io::Error),
    /// The connection went away.
    #[error("connection closed")]
    ConnectionClosed,
    /// The peer has too many streams open; the newest was reset.
    #[error("too many streams")]
    TooManyStreams,
}

impl InboundError {
    /// Who is to blame.
    #[must_use]
    pub const fn fault(&self) -> Fault {
        match self {
            Self::InvalidRequest(error) => error.fault(),
            Self::ReadTimeout | Self::WriteTimeout | Self::Io(_) | Self::ConnectionClosed => Fault::Network,
            Self::NotAnswered => Fault::Local,
            Self::TooManyStreams => Fault::Peer(Severity::Mid),
        }
    }
}

/// Why a response was not accepted for sending. All of these are mistakes of the caller or bad luck in timing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RespondError {
    /// The stream is no more: answered to the end, failed, or its connection closed.
    #[error("the request is gone")]
    Gone,
    /// The response has already been ended.
    #[error("the response has ended")]
    Ended,
    /// As much as [`Limits::queued_bytes`](crate::Limits::queued_bytes) allows waits already. Try again after
    /// [`Event::Drained`](crate::Event::Drained).
    #[error("a chunk waits already")]
    Full,
    /// The object's size is impossible for its type.
    #[error("{size} bytes, but {protocol} answers with {min} to {max}")]
    Size {
        /// The protocol of the request.
        protocol: Protocol,
        /// The size of the object.
        size: usize,
        /// Fewest bytes of the type.
        min: usize,
        /// Most bytes of the type.
        max: usize,
    },
    /// Context bytes are given where the protocol has none, or missing where it has them.
    #[error("wrong presence of context bytes for {0}")]
    Context(Protocol),
    /// The digest names no fork of this chain.
    #[error("unknown fork digest {0}")]
    UnknownDigest(ForkDigest),
    /// `ResourceUnavailable` is not a legal answer in this protocol.
    #[error("{0} must not be answered with \"resource unavailable\"")]
    Unavailable(Protocol),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_legal_to_refuse_is_no_fault_of_the_peer() {
        let fault = |protocol, code| {
            let message = ErrorMessage::default();
            RequestError::Refused { protocol, code, message }.fault()
        };
        for protocol in Protocol::all() {
            let legal = protocol.may_be_unavailable();
            let expected = if legal { Fault::Network } else { Fault::Peer(Severity::Mid) };
            assert_eq!(fault(protocol, ErrorCode::RESOURCE_UNAVAILABLE), expected, "{protocol}");
            assert_eq!(fault(protocol, ErrorCode::RATE_LIMITED), Fault::Local);
            assert_eq!(fault(protocol, ErrorCode::SERVER_ERROR), Fault::Peer(Severity::Low));
        }
        assert!(Protocol::BlocksByRangeV2.may_be_unavailable() && !Protocol::PingV1.may_be_unavailable());
    }
}
