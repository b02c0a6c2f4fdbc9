//! What the peer manager wants done, and the words it uses for it.

use std::fmt;

use cl_types::GoodbyeReason;
use libp2p_identity::PeerId;
use multiaddr::Multiaddr;

use crate::coverage::Gap;
use crate::prune::DropWhy;
use crate::relevance::Why;

/// Names one connection among all of this process. The driver chooses it and never uses one twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionKey(pub u64);

/// Our role in a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// We dialled: we speak first.
    Dialer,
    /// The peer dialled us.
    Listener,
}

/// Something for the driver to do. In the order in which they come.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action {
    /// Dial a peer. Answer with `connected` or `dial_failed`.
    Dial {
        /// Whom.
        peer: PeerId,
        /// Where, in the order in which they were given. Never empty.
        addresses: Vec<Multiaddr>,
    },
    /// Send our Status. Answer with `status` or `request_failed`.
    SendStatus(PeerId),
    /// Ask for MetaData. Answer with `metadata` or `request_failed`.
    SendMetaData(PeerId),
    /// Send a Ping. Answer with `pong` or `request_failed`.
    SendPing(PeerId),
    /// Say goodbye, then close every connection to the peer. Answer with `connection_closed`.
    Goodbye {
        /// To whom.
        peer: PeerId,
        /// Why.
        reason: GoodbyeReason,
    },
    /// Close one connection and keep the other. Answer with `connection_closed`.
    CloseConnection {
        /// Whose.
        peer: PeerId,
        /// Which.
        connection: ConnectionKey,
    },
    /// Close every connection to the peer at once. Answer with `connection_closed`.
    Disconnect(PeerId),
    /// The handshake is complete: the peer's chain is ours, and its MetaData is known unless it does not speak it. Once per session.
    Ready(PeerId),
    /// The last connection to the peer is closed. Once per session, also when it never became ready.
    Gone {
        /// Who.
        peer: PeerId,
        /// Why.
        reason: GoneReason,
    },
    /// So many more peers are wanted than are connected. Comes when the number changes, at a tick.
    Wanted(usize),
    /// Fewer ready peers than wanted have these subnets: somebody who has them should be looked for. Comes when it changes, at a
    /// tick; empty when all is well again.
    Gaps(Vec<Gap>),
}

/// Why a peer is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GoneReason {
    /// We left: the peer is on another chain.
    Irrelevant(Why),
    /// We left: no room.
    TooManyPeers,
    /// We left: there are more peers than wanted, and it was the one to go.
    Pruned(DropWhy),
    /// We left: too many peers of its network are connected.
    CrowdedNetwork,
    /// We left: its address is in a banned range.
    BannedAddress,
    /// We left: its score fell too low.
    BadScore,
    /// We left: it is banned.
    Banned,
    /// We left: we are shutting down.
    Shutdown,
    /// We left: no Status, or no MetaData, in time.
    HandshakeTimeout,
    /// We left: several Pings in a row had no answer.
    Unresponsive,
    /// We left because the application said so, with this reason.
    Requested(GoodbyeReason),
    /// The peer left and said why.
    Goodbye(GoodbyeReason),
    /// The connection broke, or the peer left without a word.
    Lost,
}

impl GoneReason {
    /// True if it was our decision.
    #[must_use]
    pub const fn is_ours(self) -> bool {
        !matches!(self, Self::Goodbye(_) | Self::Lost)
    }

    /// What we tell the peer, if it is worth a word. A time-out is nobody's crime, but `FAULT` ("fault or error") is the only
    /// code that fits; a peer that does not answer Pings would not hear us.
    pub(crate) const fn goodbye(self) -> Option<GoodbyeReason> {
        match self {
            Self::Irrelevant(_) => Some(GoodbyeReason::IRRELEVANT_NETWORK),
            Self::TooManyPeers | Self::Pruned(_) | Self::CrowdedNetwork => Some(GoodbyeReason::TOO_MANY_PEERS),
            Self::BannedAddress => Some(GoodbyeReason::BANNED_IP),
            Self::BadScore => Some(GoodbyeReason::BAD_SCORE),
            Self::Banned => Some(GoodbyeReason::BANNED),
            Self::Shutdown => Some(GoodbyeReason::SHUTDOWN),
            Self::HandshakeTimeout => Some(GoodbyeReason::FAULT),
            Self::Requested(reason) => Some(reason),
            Self::Unresponsive | Self::Goodbye(_) | Self::Lost => None,
        }
    }
}

impl fmt::Display for GoneReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Irrelevant(why) => write!(f, "irrelevant: {why}"),
            Self::TooManyPeers => f.write_str("we have too many peers"),
            Self::Pruned(why) => write!(f, "we have peers enough and {why}"),
            Self::CrowdedNetwork => f.write_str("we have too many peers of its network"),
            Self::BannedAddress => f.write_str("its address is banned"),
            Self::BadScore => f.write_str("its score fell too low"),
            Self::Banned => f.write_str("it is banned"),
            Self::Shutdown => f.write_str("we shut down"),
            Self::HandshakeTimeout => f.write_str("the handshake took too long"),
            Self::Unresponsive => f.write_str("it did not answer pings"),
            Self::Requested(reason) => write!(f, "on request: {reason}"),
            Self::Goodbye(reason) => write!(f, "it said goodbye: {reason}"),
            Self::Lost => f.write_str("the connection was lost"),
        }
    }
}
