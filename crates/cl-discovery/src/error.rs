//! What can fail.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

/// Why discovery does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// Neither an IPv4 nor an IPv6 address to listen on.
    #[error("discovery has no address to listen on: name one, or turn discovery off")]
    NoAddress,
    /// A UDP port cannot be bound.
    #[error("cannot listen for discovery on UDP {address}: {source}; choose another port or end what uses it")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// Called outside a tokio runtime.
    #[error("discovery needs a tokio runtime")]
    NoRuntime,
    /// The record is not signed with the key.
    #[error("the record given to discovery is not of the key given to it")]
    NotOurs,
    /// discv5 itself refused.
    #[error("discv5 does not start: {0:?}")]
    Service(discv5::Error),
}

/// Why a new record of ours is not served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UpdateError {
    /// Signed with another key.
    #[error("a record of another node was given as ours")]
    NotOurs,
    /// discv5 changed its record in the meantime: a [`RecordChanged`](crate::Event::RecordChanged) is on its way.
    /// Adopt that one, then update again.
    #[error("discovery changed our record by itself, to sequence number {seq}")]
    Changed {
        /// The counter of the record that is served.
        seq: u64,
    },
    /// The counter is not above that of the record that is served, so peers would not take it.
    #[error("our record's sequence number {seq} is not above {served}, which is served")]
    NotNewer {
        /// The counter of the new record.
        seq: u64,
        /// The counter of the record that is served.
        served: u64,
    },
}

/// Why a port is not mapped. Nothing else is the worse for it: discovery goes on, and votes may tell our address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum MapError {
    /// Nobody answered the search.
    #[error("no gateway answers; turn on UPnP there, or name the external address")]
    NoGateway,
    /// An answer did not come in time.
    #[error("the gateway does not answer in time")]
    Silent,
    /// There is no way to it.
    #[error("the gateway cannot be reached: {0}")]
    Unreachable(io::ErrorKind),
    /// Its answer is longer than any that makes sense.
    #[error("the gateway's answer is too long")]
    TooLong,
    /// Its answer is not what it should be.
    #[error("the gateway's answer cannot be read")]
    Garbled,
    /// It answers, and says that it maps no ports.
    #[error("the gateway offers no mapping of ports")]
    NotOffered,
    /// Its own address outside is not public: there is another NAT in front of it, which it knows nothing of.
    #[error("the gateway's own address {0} is not public: it is behind another NAT, where a mapping leads nowhere")]
    NotPublic(Ipv4Addr),
    /// It refused, with an error of UPnP.
    #[error("the gateway refuses (UPnP error {0})")]
    Refused(u16),
    /// The external port is another host's. Of several that were tried, all.
    #[error("external ports tried: {tried}; all belong to others")]
    PortTaken {
        /// How many.
        tried: u8,
    },
    /// It takes no lease that ends (UPnP error 725). Asked again without an end.
    #[error("the gateway takes only mappings without an end")]
    OnlyPermanent,
    /// The task that asks has ended. A bug, or the runtime is going down.
    #[error("the mapping of ports has ended")]
    Stopped,
}
