//! The peer id of a record, and records from addresses.

use enr::{CombinedPublicKey, EnrPublicKey};
use libp2p_identity::{PeerId, PublicKey, secp256k1};
use multiaddr::{Multiaddr, Protocol};

use crate::{Addresses, Key, Record};

/// Why a record has no peer id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the record is not signed with a secp256k1 key")]
pub struct NotSecp256k1;

/// The peer id of the node that signed the record. Its node id is `record.node_id()`; from a peer id to a node id there is
/// [`crate::node_id_of`]; from a node id to either there is no way but a record.
pub fn peer_id(record: &Record) -> Result<PeerId, NotSecp256k1> {
    let CombinedPublicKey::Secp256k1(key) = record.public_key() else {
        return Err(NotSecp256k1);
    };
    let key = secp256k1::PublicKey::try_from_bytes(&key.encode()).map_err(|_| NotSecp256k1)?;
    Ok(PublicKey::from(key).to_peer_id())
}

/// Why multiaddrs make no record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FromMultiaddrError {
    /// A record has no place for it: not `/ip4` or `/ip6`, then `/tcp/PORT`, `/udp/PORT/quic-v1` or `/udp/PORT`.
    #[error("a record has no place for {0}: it takes /ip4 or /ip6, then /tcp, /udp or /udp with /quic-v1")]
    Shape(Multiaddr),
    /// A record has one address and one port of each kind for each family; this is a second one.
    #[error("a record has one such address and port, {0} is another")]
    Second(Multiaddr),
    /// It ends in the peer id of another node.
    #[error("{0} is the address of another node")]
    OtherPeer(Multiaddr),
    /// The record cannot be signed.
    #[error("the record cannot be made")]
    Record(#[source] enr::Error),
}

/// A signed record of a node that is reached at these addresses and says no more of itself: `/udp/PORT` is discv5,
/// `/udp/PORT/quic-v1` and `/tcp/PORT` are libp2p. `/p2p/…` at their ends must name the node of `key`.
pub fn from_multiaddrs(addresses: &[Multiaddr], key: &Key, seq: u64) -> Result<Record, FromMultiaddrError> {
    let mut builder = Record::builder();
    collect(addresses, &key.peer_id())?.add_to(builder.seq(seq));
    builder.build(&key.to_combined()).map_err(FromMultiaddrError::Record)
}

fn collect(addresses: &[Multiaddr], peer: &PeerId) -> Result<Addresses, FromMultiaddrError> {
    let mut all = Addresses::default();
    for address in addresses {
        let mut parts = address.iter().peekable();
        let fits = match parts.next() {
            Some(Protocol::Ip4(ip)) => *all.ip4.get_or_insert(ip) == ip,
            Some(Protocol::Ip6(ip)) => *all.ip6.get_or_insert(ip) == ip,
            _ => return Err(FromMultiaddrError::Shape(address.clone())),
        };
        let is_v4 = matches!(address.iter().next(), Some(Protocol::Ip4(_)));
        let ports = if is_v4 { &mut all.ports4 } else { &mut all.ports6 };
        let (place, port) = match (parts.next(), parts.peek()) {
            (Some(Protocol::Tcp(port)), _) => (&mut ports.tcp, port),
            (Some(Protocol::Udp(port)), Some(Protocol::QuicV1)) => {
                parts.next();
                (&mut ports.quic, port)
            }
            (Some(Protocol::Udp(port)), _) => (&mut ports.udp, port),
            _ => return Err(FromMultiaddrError::Shape(address.clone())),
        };
        if !fits || *place.get_or_insert(port) != port {
            return Err(FromMultiaddrError::Second(address.clone()));
        }
        match (parts.next(), parts.next()) {
            (None, _) => {}
            (Some(Protocol::P2p(named)), None) if named == *peer => {}
            (Some(Protocol::P2p(_)), None) => return Err(FromMultiaddrError::OtherPeer(address.clone())),
            _ => return Err(FromMultiaddrError::Shape(address.clone())),
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CombinedKey, multiaddrs, parse};

    fn made(addresses: &[&str]) -> Result<Record, FromMultiaddrError> {
        let addresses: Vec<Multiaddr> = addresses.iter().map(|text| text.parse().unwrap()).collect();
        from_multiaddrs(&addresses, &Key::from_bytes([3; 32]).unwrap(), 7)
    }

    #[test]
    fn addresses_become_a_record_and_come_back() {
        let peer = Key::from_bytes([3; 32]).unwrap().peer_id();
        let tcp = format!("/ip4/10.0.0.1/tcp/9000/p2p/{peer}");
        let quic6 = format!("/ip6/2001:db8::1/udp/9091/quic-v1/p2p/{peer}");
        let record = made(&[&tcp, "/ip4/10.0.0.1/udp/9000", "/ip4/10.0.0.1/udp/9001/quic-v1", &quic6]).unwrap();
        assert_eq!(peer_id(&record), Ok(peer));
        assert_eq!(record.seq(), 7);
        assert_eq!(record.udp4_socket().unwrap().to_string(), "10.0.0.1:9000");
        let back: Vec<_> = multiaddrs(&record).iter().map(ToString::to_string).collect();
        let expected = [
            "/ip4/10.0.0.1/udp/9001/quic-v1",
            "/ip6/2001:db8::1/udp/9091/quic-v1",
            "/ip4/10.0.0.1/tcp/9000",
            // `tcp` stands in for `tcp6`.
            "/ip6/2001:db8::1/tcp/9000",
        ];
        assert_eq!(back, expected);
        assert_eq!(parse(&record.to_base64()), Ok(record));
    }

    #[test]
    fn what_has_no_place_is_named() {
        for text in ["/dns/example.org/tcp/9000", "/ip4/10.0.0.1", "/ip4/10.0.0.1/tcp/9000/ws", "/ip4/10.0.0.1/sctp/1"]
        {
            assert!(matches!(made(&[text]), Err(FromMultiaddrError::Shape(_))), "{text}");
        }
        let second = made(&["/ip4/10.0.0.1/tcp/9000", "/ip4/10.0.0.1/tcp/9001"]).unwrap_err();
        assert!(second.to_string().ends_with("/ip4/10.0.0.1/tcp/9001 is another"), "{second}");
        let second = made(&["/ip4/10.0.0.1/tcp/9000", "/ip4/10.0.0.2/udp/9000"]).unwrap_err();
        assert!(matches!(second, FromMultiaddrError::Second(_)));
        let other = format!("/ip4/10.0.0.1/tcp/9000/p2p/{}", Key::generate().peer_id());
        assert!(matches!(made(&[&other]), Err(FromMultiaddrError::OtherPeer(_))));
    }

    #[test]
    fn a_key_of_another_kind_has_no_peer_id() {
        let record = Record::empty(&CombinedKey::generate_ed25519()).unwrap();
        assert_eq!(peer_id(&record), Err(NotSecp256k1));
    }
}
