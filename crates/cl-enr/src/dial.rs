//! From a record to what libp2p needs to dial its node, and the reasons not to.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use libp2p_identity::PeerId;
use multiaddr::{Multiaddr, Protocol};

use crate::{Record, fields, peer_id};

/// From where an address can be reached. The wider one is greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// From nowhere: unspecified, multicast, broadcast and reserved addresses; link-local ones of IPv6, which need to
    /// know the link.
    Nowhere,
    /// From the same machine: loopback.
    Machine,
    /// From the same site: private, shared and link-local addresses, those of documentation and measurement.
    Site,
    /// From everywhere.
    Public,
}

impl Scope {
    /// The scope of an address (the registries of special-purpose addresses, RFC 6890).
    #[must_use]
    pub fn of(ip: IpAddr) -> Self {
        match ip {
            IpAddr::V4(ip) => Self::of4(ip),
            IpAddr::V6(ip) => Self::of6(ip),
        }
    }

    fn of4(ip: Ipv4Addr) -> Self {
        match ip.octets() {
            [127, ..] => Self::Machine,
            [0, ..] | [224..=255, ..] => Self::Nowhere,
            [10, ..]
            | [100, 64..=127, ..]
            | [169, 254, ..]
            | [172, 16..=31, ..]
            | [192, 0, 0 | 2, _]
            | [192, 168, ..]
            | [198, 18..=19, ..]
            | [198, 51, 100, _]
            | [203, 0, 113, _] => Self::Site,
            _ => Self::Public,
        }
    }

    fn of6(ip: Ipv6Addr) -> Self {
        match ip.segments() {
            [0, 0, 0, 0, 0, 0, 0, 1] => Self::Machine,
            // Unspecified, and IPv4 in the clothes of IPv6: it belongs into `ip`.
            [0, 0, 0, 0, 0, 0 | 0xffff, ..] => Self::Nowhere,
            [0xfe80..=0xfebf | 0xff00..=0xffff, ..] => Self::Nowhere,
            [0xfc00..=0xfdff | 0xfec0..=0xfeff, ..] | [0x100, 0, 0, 0, ..] | [0x2001, 0xdb8 | 2, ..] | [0x3fff, ..] => {
                Self::Site
            }
            _ => Self::Public,
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nowhere => "nowhere",
            Self::Machine => "the same machine",
            Self::Site => "the same site",
            Self::Public => "everywhere",
        })
    }
}

/// Whom to dial, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dial {
    /// The name that the node must prove to have.
    pub peer: PeerId,
    /// Best first, as [`multiaddrs`] orders them. Never empty.
    pub addresses: Vec<Multiaddr>,
}

/// Why a record's node cannot be dialled. Not a fault of its node: discv5 may still reach it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum NotDialable {
    /// It is our own.
    #[error("it is our own record")]
    Ourselves,
    /// Not signed with a secp256k1 key, so it has no peer id.
    #[error("it has no secp256k1 key")]
    NoPeerId,
    /// Neither `ip` nor `ip6`.
    #[error("it has no address")]
    NoAddress,
    /// No port of libp2p beside its addresses, or only zero and malformed ones.
    #[error("it has no port of libp2p")]
    NoPort,
    /// It has addresses, but none that can be reached from where we are.
    #[error("it can be reached from {best} at most")]
    OutOfReach {
        /// The widest scope that one of its addresses has.
        best: Scope,
    },
}

/// Whom to dial by a record, or why nobody.
///
/// `network` is how wide our network is: [`Scope::Public`] on the internet, where private and loopback addresses of
/// others lead to our own neighbours; [`Scope::Site`] in a private network; [`Scope::Machine`] if all of it is on this
/// machine.
pub fn dial(record: &Record, ourselves: &PeerId, network: Scope) -> Result<Dial, NotDialable> {
    let peer = peer_id(record).map_err(|_| NotDialable::NoPeerId)?;
    if peer == *ourselves {
        return Err(NotDialable::Ourselves);
    }
    let (ip4, ip6) = (fields::ip4(record).ok().flatten(), fields::ip6(record).ok().flatten());
    let best = ip4.map(Scope::of4).max(ip6.map(Scope::of6)).ok_or(NotDialable::NoAddress)?;
    let all: Vec<(Scope, Multiaddr)> = candidates(record).collect();
    let addresses: Vec<Multiaddr> =
        all.iter().filter(|(scope, _)| *scope >= network).map(|(_, address)| address.clone()).collect();
    if !addresses.is_empty() {
        return Ok(Dial { peer, addresses });
    }
    Err(match all.iter().map(|(scope, _)| *scope).max() {
        Some(best) => NotDialable::OutOfReach { best },
        None if best == Scope::Nowhere => NotDialable::OutOfReach { best },
        None => NotDialable::NoPort,
    })
}

/// Where the node can be dialled, best first: QUIC before TCP, IPv4 before IPv6. Without `/p2p`. At most four;
/// ports of zero, malformed entries and addresses that name no single host are left out.
#[must_use]
pub fn multiaddrs(record: &Record) -> Vec<Multiaddr> {
    candidates(record).map(|(_, address)| address).collect()
}

/// All that is an address of a host, with its scope.
fn candidates(record: &Record) -> impl Iterator<Item = (Scope, Multiaddr)> {
    let ip4 = fields::ip4(record).ok().flatten().map(IpAddr::V4);
    let ip6 = fields::ip6(record).ok().flatten().map(IpAddr::V6);
    let good = |port: Result<Option<u16>, _>| port.ok().flatten();
    // Generic rules of EIP-778: without `tcp6`, `tcp` holds for both. Nothing of the kind is said of `quic6`.
    let tcp4 = good(fields::tcp4(record));
    let tcp6 = good(fields::tcp6(record)).or(tcp4);
    let quic = [(ip4, good(fields::quic4(record))), (ip6, good(fields::quic6(record)))]
        .map(|(ip, port)| at(ip, port, |port| [Some(Protocol::Udp(port)), Some(Protocol::QuicV1)]));
    let tcp = [(ip4, tcp4), (ip6, tcp6)].map(|(ip, port)| at(ip, port, |port| [Some(Protocol::Tcp(port)), None]));
    quic.into_iter().chain(tcp).flatten()
}

fn at(
    ip: Option<IpAddr>,
    port: Option<u16>,
    rest: impl FnOnce(u16) -> [Option<Protocol<'static>>; 2],
) -> Option<(Scope, Multiaddr)> {
    let (ip, port) = (ip?, port.filter(|port| *port != 0)?);
    let scope = Scope::of(ip);
    let address = rest(port).into_iter().flatten().fold(Multiaddr::from(ip), Multiaddr::with);
    (scope != Scope::Nowhere).then_some((scope, address))
}

#[cfg(test)]
mod tests;
