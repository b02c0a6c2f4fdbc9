//! Why something could not be done.

use cl_types::{Fault, ForkName};

use crate::snappy::CompressError;

/// The chain knows no such digest, or its era no such topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the topic is none of this chain's")]
pub struct UnknownTopic;

/// Why a verdict changed nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// The message was handed out, but the router holds it for a verdict for 4.2 s only. It will not be forwarded.
    #[error("the router has forgotten the message")]
    Late,
    /// A verdict was given before, by the caller or by this crate, or the message is our own. The first verdict stands.
    #[error("the message has a verdict already")]
    Repeated,
    /// No such message was handed out within two epochs.
    #[error("there was no such message")]
    Unknown,
}

impl ReportError {
    /// Who is to blame. Never a peer.
    #[must_use]
    pub const fn fault(&self) -> Fault {
        Fault::Local
    }
}

/// Why a message was not published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// It was published or received within the last two epochs. Nothing needs to be done.
    #[error("the message is known already")]
    Duplicate,
    /// No connected peer is on the topic.
    #[error("no peer is on the topic")]
    NoPeers,
    /// The queues of all peers on the topic are full.
    #[error("the queues of all {peers} peers on the topic are full")]
    QueuesFull {
        /// Peers tried.
        peers: usize,
    },
    /// The topic cannot be published on.
    #[error(transparent)]
    UnknownTopic(#[from] UnknownTopic),
    /// The payload is not of a size that the topic carries.
    #[error("{len} bytes of payload, the topic carries {min} to {max}")]
    OutOfBounds {
        /// Bytes of the payload.
        len: usize,
        /// Fewest bytes.
        min: usize,
        /// Most bytes.
        max: usize,
    },
    /// The message has the layout of another fork than the one of its slot.
    #[error("the message has the layout of {layout}, but its slot is in {fork}")]
    WrongFork {
        /// Its layout.
        layout: ForkName,
        /// The fork of its slot.
        fork: ForkName,
    },
    /// The payload cannot be compressed.
    #[error(transparent)]
    Compress(#[from] CompressError),
    /// The router refused it for a reason that cannot occur with our configuration.
    #[error("the router refused the message")]
    Router,
}

impl PublishError {
    /// Who is to blame. Never a peer.
    #[must_use]
    pub const fn fault(&self) -> Fault {
        match self {
            Self::NoPeers | Self::QueuesFull { .. } => Fault::Network,
            _ => Fault::Local,
        }
    }
}
