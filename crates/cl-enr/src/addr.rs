//! From a record to what libp2p needs to dial it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use enr::{CombinedPublicKey, EnrPublicKey};
use libp2p_identity::{PeerId, PublicKey, secp256k1};
use multiaddr::{Multiaddr, Protocol};

use crate::{Record, fields};

/// Longest text of a record: `enr:` and 300 bytes in base64.
pub const MAX_TEXT_LEN: usize = 4 + 400;

/// Why a text is no record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseError {
    /// Does not begin with `enr:`.
    #[error("a record begins with `enr:`")]
    NoPrefix,
    /// Longer than a record can be.
    #[error("the text has {0} characters, a record at most {MAX_TEXT_LEN}")]
    TooLong(usize),
    /// What follows `enr:` is not unpadded URL-safe base64.
    #[error("after `enr:` comes something that is not base64; is the text complete?")]
    NotBase64,
    /// Base64 of something else, cut off, or with a signature that is not of its key.
    #[error("the record is cut off or its signature does not fit")]
    Invalid,
}

/// Reads the text form of a record and checks its signature. Blanks around it are ignored.
pub fn parse(text: &str) -> Result<Record, ParseError> {
    let text = text.trim();
    if text.len() > MAX_TEXT_LEN {
        return Err(ParseError::TooLong(text.len()));
    }
    let base64 = text.strip_prefix("enr:").ok_or(ParseError::NoPrefix)?;
    if !base64.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_') {
        return Err(ParseError::NotBase64);
    }
    // Its errors are texts; the checks above leave one kind.
    text.parse().map_err(|_| ParseError::Invalid)
}

/// Why a record has no peer id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the record is not signed with a secp256k1 key")]
pub struct NotSecp256k1;

/// The peer id of the node that signed the record.
pub fn peer_id(record: &Record) -> Result<PeerId, NotSecp256k1> {
    let CombinedPublicKey::Secp256k1(key) = record.public_key() else {
        return Err(NotSecp256k1);
    };
    let key = secp256k1::PublicKey::try_from_bytes(&key.encode()).map_err(|_| NotSecp256k1)?;
    Ok(PublicKey::from(key).to_peer_id())
}

/// Where the node can be dialled, best first: QUIC before TCP, IPv4 before IPv6. Without `/p2p`. At most four;
/// ports of zero, malformed ports and addresses that name no single host are left out.
#[must_use]
pub fn multiaddrs(record: &Record) -> Vec<Multiaddr> {
    let ip4 = record.ip4().filter(is_host4).map(IpAddr::V4);
    let ip6 = record.ip6().filter(is_host6).map(IpAddr::V6);
    // Generic rules of EIP-778: without `tcp6`, `tcp` holds for both. Nothing of the kind is said of `quic6`.
    let tcp6 = record.tcp6().or_else(|| record.tcp4());
    let quic = [(ip4, fields::quic4(record)), (ip6, fields::quic6(record))].map(|(ip, port)| {
        at(ip, port.ok().flatten()).map(|(addr, port)| addr.with(Protocol::Udp(port)).with(Protocol::QuicV1))
    });
    let tcp = [(ip4, record.tcp4()), (ip6, tcp6)]
        .map(|(ip, port)| at(ip, port).map(|(addr, port)| addr.with(Protocol::Tcp(port))));
    quic.into_iter().chain(tcp).flatten().collect()
}

fn at(ip: Option<IpAddr>, port: Option<u16>) -> Option<(Multiaddr, u16)> {
    let port = port.filter(|port| *port != 0)?;
    Some((Multiaddr::from(ip?), port))
}

fn is_host4(ip: &Ipv4Addr) -> bool {
    !ip.is_unspecified() && !ip.is_multicast() && !ip.is_broadcast()
}

fn is_host6(ip: &Ipv6Addr) -> bool {
    !ip.is_unspecified() && !ip.is_multicast()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Builder, Key};

    /// The sample record of `enr.md`.
    const SAMPLE: &str = "enr:-IS4QHCYrYZbAKWCBRlAy5zzaDZXJBGkcnh4MHcBFZntXNFrdvJjX04jRzjzCBOonrkTfj499SZuOh8R33Ls8RRcy5wBgmlkgnY0gmlwhH8AAAGJc2VjcDI1NmsxoQPKY0yuDUmstAHYpMa2_oxVtw0RW_QAdpzBQA8yWM0xOIN1ZHCCdl8";

    fn built(fill: impl FnOnce(&mut Builder)) -> Vec<String> {
        let mut builder = Record::builder();
        fill(&mut builder);
        let record = builder.build(&Key::generate().to_combined()).unwrap();
        multiaddrs(&record).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_sample_record_is_read() {
        let record = parse(&format!(" {SAMPLE}\n")).unwrap();
        let key = Key::from_hex("b71c71a67e1177ad4e901695e1b4b9ee17ae16c6668d313eac2f96dbcda3f291").unwrap();
        assert_eq!(record.node_id().raw(), key.node_id());
        assert_eq!(peer_id(&record), Ok(key.peer_id()));
        assert_eq!(record.udp4_socket().unwrap().to_string(), "127.0.0.1:30303");
        assert!(multiaddrs(&record).is_empty(), "discv5 alone cannot be dialled");
        assert_eq!(record.to_base64(), SAMPLE);
    }

    #[test]
    fn what_is_no_record_is_told_why() {
        assert_eq!(parse("enode://00").unwrap_err(), ParseError::NoPrefix);
        assert_eq!(parse("enr:-IS4QHCY rYZb").unwrap_err(), ParseError::NotBase64);
        assert_eq!(parse(&SAMPLE[..90]).unwrap_err(), ParseError::Invalid);
        assert_eq!(parse(&SAMPLE.replace("dl8", "dl9")).unwrap_err(), ParseError::Invalid);
        assert_eq!(parse(&"enr:".repeat(200)).unwrap_err(), ParseError::TooLong(800));
    }

    #[test]
    fn quic_comes_before_tcp_and_v4_before_v6() {
        let addresses = built(|builder| {
            builder.ip4([10, 0, 0, 1].into()).tcp4(9000).ip6("2001:db8::1".parse().unwrap()).tcp6(9090);
            fields::add_quic4(builder, 9001);
            fields::add_quic6(builder, 9091);
        });
        assert_eq!(
            addresses,
            [
                "/ip4/10.0.0.1/udp/9001/quic-v1",
                "/ip6/2001:db8::1/udp/9091/quic-v1",
                "/ip4/10.0.0.1/tcp/9000",
                "/ip6/2001:db8::1/tcp/9090",
            ]
        );
    }

    #[test]
    fn tcp_stands_in_for_tcp6_but_quic_not_for_quic6() {
        let addresses = built(|builder| {
            builder.ip6("2001:db8::1".parse().unwrap()).tcp4(9000);
            fields::add_quic4(builder, 9001);
        });
        assert_eq!(addresses, ["/ip6/2001:db8::1/tcp/9000"]);
    }

    #[test]
    fn what_cannot_be_dialled_is_left_out() {
        assert!(
            built(|builder| {
                builder.ip4([0, 0, 0, 0].into()).tcp4(9000);
            })
            .is_empty()
        );
        assert!(
            built(|builder| {
                builder.ip4([224, 0, 0, 1].into()).tcp4(9000);
            })
            .is_empty()
        );
        assert!(
            built(|builder| {
                builder.ip4([10, 0, 0, 1].into()).tcp4(0);
            })
            .is_empty()
        );
        assert!(
            built(|builder| {
                builder.tcp4(9000);
            })
            .is_empty()
        );
    }
}
