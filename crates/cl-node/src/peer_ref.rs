//! Naming a peer: by record, by address, or by its id alone.

use std::fmt;
use std::str::FromStr;

use cl_enr::Record;
use libp2p::multiaddr::Protocol;
use libp2p::{Multiaddr, PeerId};

/// A peer, by whatever names it.
#[derive(Clone, Debug, PartialEq)]
pub enum PeerRef {
    /// By its record.
    Record(Box<Record>),
    /// By an address that ends in `/p2p/PEER-ID`.
    Address(Multiaddr),
    /// By its id. Nothing is said of where it is.
    Id(PeerId),
}

/// Why something names no peer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PeerRefError {
    /// A text that begins like a record and is none.
    #[error(transparent)]
    Record(#[from] cl_enr::ParseError),
    /// A record without a usable key.
    #[error("the record names no peer: {0}")]
    Key(#[from] cl_enr::addr::NotSecp256k1),
    /// A text that begins like an address and is none.
    #[error(transparent)]
    Address(#[from] libp2p::multiaddr::Error),
    /// An address without a peer id.
    #[error("the address does not end in /p2p/PEER-ID")]
    NoPeerId,
    /// Neither of the three.
    #[error("expected a record (enr:…), an address (/ip4/…/p2p/PEER-ID) or a peer id")]
    Unknown,
}

impl PeerRef {
    /// Who it is.
    pub fn peer(&self) -> Result<PeerId, PeerRefError> {
        match self {
            Self::Record(record) => Ok(cl_enr::peer_id(record)?),
            Self::Address(address) => peer_of(address).ok_or(PeerRefError::NoPeerId),
            Self::Id(peer) => Ok(*peer),
        }
    }

    /// Where it is, as far as is said: QUIC before TCP.
    #[must_use]
    pub fn addresses(&self) -> Vec<Multiaddr> {
        match self {
            Self::Record(record) => cl_enr::multiaddrs(record),
            Self::Address(address) => vec![address.clone()],
            Self::Id(_) => Vec::new(),
        }
    }
}

impl FromStr for PeerRef {
    type Err = PeerRefError;

    fn from_str(text: &str) -> Result<Self, PeerRefError> {
        let text = text.trim();
        if text.starts_with("enr:") {
            let record = Self::Record(Box::new(cl_enr::parse(text)?));
            return record.peer().map(|_| record);
        }
        if text.starts_with('/') {
            let address = Self::Address(text.parse()?);
            return address.peer().map(|_| address);
        }
        text.parse().map(Self::Id).map_err(|_| PeerRefError::Unknown)
    }
}

impl fmt::Display for PeerRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Record(record) => f.write_str(&record.to_base64()),
            Self::Address(address) => address.fmt(f),
            Self::Id(peer) => peer.fmt(f),
        }
    }
}

impl From<PeerId> for PeerRef {
    fn from(peer: PeerId) -> Self {
        Self::Id(peer)
    }
}

impl From<Record> for PeerRef {
    fn from(record: Record) -> Self {
        Self::Record(Box::new(record))
    }
}

/// The peer id at the end of an address.
#[must_use]
pub fn peer_of(address: &Multiaddr) -> Option<PeerId> {
    match address.iter().last() {
        Some(Protocol::P2p(peer)) => Some(peer),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_addresses_and_ids_name_peers() {
        let key = cl_enr::Key::generate();
        let peer = key.to_libp2p().public().to_peer_id();
        let address = format!("/ip4/127.0.0.1/tcp/9000/p2p/{peer}");
        for text in [address.clone(), peer.to_string(), format!(" {address}\n")] {
            let named: PeerRef = text.parse().unwrap();
            assert_eq!((named.peer().unwrap(), named.to_string()), (peer, text.trim().to_owned()));
        }
        assert_eq!(address.parse::<PeerRef>().unwrap().addresses().len(), 1);
        assert_eq!(PeerRef::from(peer).addresses(), [] as [Multiaddr; 0]);
    }

    #[test]
    fn what_names_nobody_says_why() {
        let why = |text: &str| text.parse::<PeerRef>().unwrap_err().to_string();
        assert_eq!(why("/ip4/127.0.0.1/tcp/9000"), "the address does not end in /p2p/PEER-ID");
        assert!(why("/ip4/300.0.0.1").contains("invalid"), "{}", why("/ip4/300.0.0.1"));
        assert!(why("nobody").contains("peer id"));
        assert!(!why("enr:-x").is_empty());
    }
}
