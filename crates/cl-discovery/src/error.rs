//! What can fail.

use std::io;
use std::net::SocketAddr;

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
