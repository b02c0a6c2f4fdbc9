//! A message on its way to a verdict.

use std::time::Instant;

use bytes::Bytes;
use cl_gossip::{MessageId, Topic};
use cl_types::ForkName;
use cl_validation::Class;
use libp2p::PeerId;

use crate::relay::{Held, Verdict};
use crate::store::Offered;

/// Where a message came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A peer, by gossip: the router waits for the verdict.
    Gossip { id: MessageId, peer: PeerId },
    /// A peer, in answer to a request of ours: to follow the chain.
    Answer { peer: PeerId },
    /// This node published it.
    Own,
}

/// A message that is to be judged.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) origin: Origin,
    pub(crate) topic: Topic,
    pub(crate) fork: ForkName,
    pub(crate) ssz: Bytes,
    /// Milliseconds since the Unix epoch.
    pub(crate) received_ms: u64,
    pub(crate) received_at: Instant,
}

impl Case {
    /// How urgent it is.
    pub(crate) const fn class(&self) -> Class {
        Class::of(self.topic.kind)
    }
}

/// A message that was judged.
#[derive(Clone, Debug)]
pub(crate) struct Judged {
    pub(crate) case: Case,
    pub(crate) verdict: Verdict,
    /// What it holds for whoever serves it; of what nothing speaks against, and of blocks that decode.
    pub(crate) object: Option<Offered>,
    /// Nothing speaks against it, however late the verdict is.
    pub(crate) is_sound: bool,
}

impl Judged {
    /// A message that this node does not look at.
    pub(crate) const fn held(case: Case, why: Held) -> Self {
        Self { case, verdict: Verdict::Held(why), object: None, is_sound: false }
    }
}
