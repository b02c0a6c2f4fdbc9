//! What the behaviour reports.

use std::time::Instant;

use bytes::Bytes;
use cl_types::{Fault, ForkName, Severity};
use libp2p_identity::PeerId;

use crate::message_id::MessageId;
use crate::snappy::DecompressError;
use crate::topic::Topic;

/// A message of a peer, decompressed and within the bounds of its topic. It waits for a verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Where it came.
    pub topic: Topic,
    /// The fork whose container it holds: the one that the topic's digest names.
    pub fork: ForkName,
    /// The SSZ bytes, not decoded.
    pub ssz: Bytes,
    /// Its id, to be named in [`Behaviour::report`](crate::Behaviour::report).
    pub id: MessageId,
    /// Who forwarded it. The author is unknown.
    pub source: PeerId,
    /// When it was taken from the router.
    pub received_at: Instant,
}

/// Messages of one frame that nobody could have asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unwanted {
    /// Who sent them.
    pub source: PeerId,
    /// Messages on topics that are none of this chain's, so that we never were on them.
    pub unknown_topic: u64,
    /// Messages with a key.
    pub not_anonymous: u64,
}

impl Unwanted {
    /// Who is to blame: the peer, which the router's scores do not see to on topics that we are not on.
    #[must_use]
    pub const fn fault(&self) -> Fault {
        Fault::Peer(Severity::Mid)
    }
}

/// When a message came, and how often again within [`COPIES_AFTER`]. For large messages only, see
/// [`Config::copies_threshold`](crate::Config::copies_threshold). Where in the slot that was, the caller's clock knows.
///
/// [`COPIES_AFTER`]: crate::config::COPIES_AFTER
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copies {
    /// Where it came.
    pub topic: Topic,
    /// Its id.
    pub id: MessageId,
    /// When the first copy came.
    pub first: Instant,
    /// Copies after the first, of the same bytes. Those in the same frame as the first are not counted.
    pub duplicates: u32,
    /// When the last copy came; the same as `first` if there was one only.
    pub last: Instant,
}

/// What is to become of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Forward it.
    Accept,
    /// Drop it; nobody is to blame.
    Ignore,
    /// Drop it, and hold it against everybody who sent it.
    Reject,
}

/// Something that happened on gossip.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event {
    /// A message came, and waits for [`Behaviour::report`](crate::Behaviour::report) for at most 4.2 s.
    Message(Message),
    /// What copies there were of a message some time ago.
    Copies(Copies),
    /// A message came that does not decompress, or not to a size that its topic allows. It is rejected already.
    Invalid {
        /// Who sent it.
        source: PeerId,
        /// Its id.
        id: MessageId,
        /// Where it came.
        topic: Topic,
        /// What is wrong; its `fault` says whose.
        error: DecompressError,
    },
    /// A peer sent a frame with messages that nobody could have asked for. They are dropped.
    Unwanted(Unwanted),
    /// A peer subscribed to a topic of this chain. After connecting there is one of these for each topic of its hello.
    PeerSubscribed {
        /// The peer.
        peer: PeerId,
        /// The topic.
        topic: Topic,
    },
    /// A peer left a topic. A peer that disconnects leaves all of them without a word.
    PeerUnsubscribed {
        /// The peer.
        peer: PeerId,
        /// The topic.
        topic: Topic,
    },
    /// A peer speaks no version of gossipsub.
    NotSupported {
        /// The peer.
        peer: PeerId,
    },
    /// A peer does not take what we send it: since the last of these events, so much was dropped.
    SlowPeer {
        /// The peer.
        peer: PeerId,
        /// Control messages dropped, because its queue was full.
        control: usize,
        /// Messages dropped, because its queue was full or they waited too long.
        messages: usize,
    },
    /// A peer came into the mesh of a topic that we are on. Who grafted whom, the router does not tell, and a peer that came
    /// and went within a heartbeat (0.7 s) is not told of at all.
    MeshJoined {
        /// The peer.
        peer: PeerId,
        /// The topic.
        topic: Topic,
    },
    /// A peer is no longer in the mesh of a topic: it was pruned, pruned us, left the topic or the network, or we left.
    MeshLeft {
        /// The peer.
        peer: PeerId,
        /// The topic.
        topic: Topic,
    },
    /// A message of ours that had waited for a peer went out.
    Published {
        /// Its id.
        id: MessageId,
        /// Where.
        topic: Topic,
        /// For how many peers it was queued, see [`Published::peers`](crate::Published::peers). 0 if it came from a peer
        /// meanwhile.
        peers: usize,
    },
    /// A message of ours that waited for a peer is dropped: its time is over, or others needed the room.
    Unsent {
        /// Its id.
        id: MessageId,
        /// Where.
        topic: Topic,
    },
}
