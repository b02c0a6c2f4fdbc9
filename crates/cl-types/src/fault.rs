//! The words of blame.
//!
//! Wire crates say who caused an error and how bad it is; only the peer manager turns that into numbers.

/// How badly a peer misbehaved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Happens between honest peers now and then; only a habit counts.
    Low,
    /// Should not happen; a handful is enough to part.
    Mid,
    /// Wrong by any reading of the specification; two or three times is enough.
    High,
    /// Nothing good can come from this peer: part at once.
    Fatal,
}

/// Who is at fault for an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// The remote peer broke a rule.
    Peer(Severity),
    /// We did something wrong or ran out of something.
    Local,
    /// Nobody: a time-out, a dropped connection, a protocol that the peer need not speak.
    Network,
}

/// Which part of the stack observed the fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Source {
    /// Request/response.
    Rpc,
    /// The gossip wire layer.
    Gossip,
    /// The content of gossip messages.
    Validation,
    /// Node records and look-ups.
    Discovery,
    /// Status, MetaData and Ping.
    Handshake,
}
