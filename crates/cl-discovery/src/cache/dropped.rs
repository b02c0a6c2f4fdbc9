//! What is not worth remembering, and how often it came.

use std::net::IpAddr;

use cl_enr::{Record, Scope, fields};

/// Why a record was not taken into the cache. None of these reaches the dialler.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, thiserror::Error)]
#[non_exhaustive]
pub enum Dropped {
    /// Ours.
    #[error("our own record")]
    OwnId,
    /// Signed with a key of another kind: libp2p cannot name its node.
    #[error("not signed with a secp256k1 key")]
    KeyKind,
    /// Bytes that are no record: cut off, too long, or with a signature that does not fit.
    #[error("no record, or its signature does not fit")]
    Undecodable,
    /// A record of this node with a higher counter is known.
    #[error("older than the record that is known")]
    Older,
    /// `eth2` is there and has not 16 bytes.
    #[error("`eth2` is malformed")]
    Eth2,
    /// No address, so it can be neither asked nor dialled.
    #[error("no address")]
    NoAddress,
    /// An address that names no host: zero, broadcast, multicast.
    #[error("an address that names no host")]
    NoHost,
    /// A private address where ours is public.
    #[error("a private address")]
    Private,
    /// A port that is zero or malformed.
    #[error("a port that is zero or malformed")]
    Port,
    /// Too many records of its network are known.
    #[error("too many records of its network")]
    Crowded,
    /// Its node is banned.
    #[error("banned")]
    Banned,
    /// In an answer that did not ask for its distance.
    #[error("not what was asked for")]
    Unasked,
}

impl Dropped {
    /// All reasons.
    pub const ALL: [Self; 12] = [
        Self::OwnId,
        Self::KeyKind,
        Self::Undecodable,
        Self::Older,
        Self::Eth2,
        Self::NoAddress,
        Self::NoHost,
        Self::Private,
        Self::Port,
        Self::Crowded,
        Self::Banned,
        Self::Unasked,
    ];
}

/// How many records were dropped, by reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drops([u64; Dropped::ALL.len()]);

impl Drops {
    /// How many for one reason.
    #[must_use]
    pub fn get(&self, reason: Dropped) -> u64 {
        self.0.get(reason as usize).copied().unwrap_or_default()
    }

    /// Each reason that occurred.
    pub fn iter(&self) -> impl Iterator<Item = (Dropped, u64)> {
        Dropped::ALL.into_iter().zip(self.0).filter(|(_, count)| *count > 0)
    }

    pub(crate) fn count(&mut self, reason: Dropped) {
        if let Some(count) = self.0.get_mut(reason as usize) {
            *count = count.saturating_add(1);
        }
    }
}

/// Checks what can be seen in a record alone. `scope` is how wide our network is.
pub(super) fn check(record: &Record, scope: Scope) -> Result<(), Dropped> {
    if fields::eth2(record).is_err() {
        return Err(Dropped::Eth2);
    }
    let ip4 = fields::ip4(record).map_err(|_| Dropped::NoHost)?.map(IpAddr::V4);
    let ip6 = fields::ip6(record).map_err(|_| Dropped::NoHost)?.map(IpAddr::V6);
    if ip4.is_none() && ip6.is_none() {
        return Err(Dropped::NoAddress);
    }
    for ip in ip4.into_iter().chain(ip6) {
        match Scope::of(ip) {
            Scope::Nowhere => return Err(Dropped::NoHost),
            at if at < scope => return Err(Dropped::Private),
            _ => {}
        }
    }
    let ports = [
        fields::udp4(record),
        fields::udp6(record),
        fields::tcp4(record),
        fields::tcp6(record),
        fields::quic4(record),
        fields::quic6(record),
    ];
    if ports.iter().any(|port| matches!(port, Err(_) | Ok(Some(0)))) { Err(Dropped::Port) } else { Ok(()) }
}

/// The network of a public address: /24 or /48. `None` for others: on loopback and in one house everybody is in one.
pub(super) fn network(ip: IpAddr) -> Option<u64> {
    (Scope::of(ip) == Scope::Public).then(|| match ip {
        IpAddr::V4(ip) => u64::from(u32::from(ip) >> 8),
        IpAddr::V6(ip) => 1 << 63 | ip.segments().iter().take(3).fold(0, |bits, part| bits << 16 | u64::from(*part)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks() {
        let of = |ip: &str| network(ip.parse().unwrap());
        assert_eq!(of("8.8.8.8"), of("8.8.8.200"));
        assert_ne!(of("8.8.8.8"), of("8.8.9.8"));
        assert_eq!(of("2001:4860:1::1"), of("2001:4860:1:9::1"));
        assert_ne!(of("2001:4860:1::1"), of("2001:4860:2::1"));
        assert_eq!((of("127.0.0.1"), of("10.0.0.1")), (None, None));
    }
}
