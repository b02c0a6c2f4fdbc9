//! Ranges of IP addresses: whose neighbours somebody is.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use multiaddr::{Multiaddr, Protocol};

/// All addresses that begin with the same bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Range {
    base: IpAddr,
    prefix: u8,
}

/// Why a text is no range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an IP address, or one with a prefix length as in 192.0.2.0/24")]
pub struct NotARange;

impl Range {
    /// The range of `ip` with so many leading bits, at most 32 or 128. IPv4 addresses written as IPv6 count as IPv4.
    #[must_use]
    pub fn new(ip: IpAddr, prefix: u8) -> Self {
        match ip.to_canonical() {
            IpAddr::V4(ip) => {
                let prefix = prefix.min(32);
                let mask = u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0);
                Self { base: Ipv4Addr::from_bits(ip.to_bits() & mask).into(), prefix }
            }
            IpAddr::V6(ip) => {
                let prefix = prefix.min(128);
                let mask = u128::MAX.checked_shl(128 - u32::from(prefix)).unwrap_or(0);
                Self { base: Ipv6Addr::from_bits(ip.to_bits() & mask).into(), prefix }
            }
        }
    }

    /// What one customer has: an IPv4 address, or /64 of IPv6.
    #[must_use]
    pub fn host(ip: IpAddr) -> Self {
        Self::new(ip, if ip.to_canonical().is_ipv4() { 32 } else { 64 })
    }

    /// What one network has: /24 of IPv4, or /48 of IPv6.
    #[must_use]
    pub fn network(ip: IpAddr) -> Self {
        Self::new(ip, if ip.to_canonical().is_ipv4() { 24 } else { 48 })
    }

    /// How many leading bits its addresses share.
    #[must_use]
    pub const fn prefix(&self) -> u8 {
        self.prefix
    }

    /// Whether an address is in it.
    #[must_use]
    pub fn contains(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        ip.is_ipv4() == self.base.is_ipv4() && Self::new(ip, self.prefix) == *self
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.base, self.prefix)
    }
}

impl FromStr for Range {
    type Err = NotARange;

    fn from_str(text: &str) -> Result<Self, NotARange> {
        let (ip, prefix) = match text.split_once('/') {
            Some((ip, prefix)) => (ip, Some(prefix)),
            None => (text, None),
        };
        let ip: IpAddr = ip.parse().map_err(|_| NotARange)?;
        let most = if ip.to_canonical().is_ipv4() { 32 } else { 128 };
        let prefix = prefix.map_or(Ok(most), |prefix| prefix.parse().map_err(|_| NotARange))?;
        if prefix > most { Err(NotARange) } else { Ok(Self::new(ip, prefix)) }
    }
}

impl serde::Serialize for Range {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The IP address at the beginning of a multiaddr.
#[must_use]
pub fn ip_of(address: &Multiaddr) -> Option<IpAddr> {
    match address.iter().next()? {
        Protocol::Ip4(ip) => Some(ip.into()),
        Protocol::Ip6(ip) => Some(IpAddr::V6(ip).to_canonical()),
        _ => None,
    }
}

/// Loopback, private and link-local addresses: everybody there may be one operator's.
#[must_use]
pub fn is_private(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_private() || ip.is_link_local() || ip.is_unspecified(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local() || ip.is_unspecified(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn neighbours_share_a_range() {
        let network = Range::network(ip("203.0.113.7"));
        assert_eq!(network.to_string(), "203.0.113.0/24");
        assert!(network.contains(ip("203.0.113.255")) && !network.contains(ip("203.0.114.0")));
        assert!(network.contains(ip("::ffff:203.0.113.1")), "IPv4 in disguise");
        assert!(!network.contains(ip("2001:db8::1")));
        assert_eq!(Range::host(ip("203.0.113.7")).to_string(), "203.0.113.7/32");
        assert_eq!(Range::host(ip("2001:db8:1:2:3::9")).to_string(), "2001:db8:1:2::/64");
        assert_eq!(Range::network(ip("2001:db8:1:2:3::9")).to_string(), "2001:db8:1::/48");
        assert!(Range::new(ip("1.2.3.4"), 0).contains(ip("200.0.0.1")));
    }

    #[test]
    fn ranges_are_read_as_they_are_written() {
        for text in ["192.0.2.0/24", "192.0.2.1/32", "2001:db8::/48", "0.0.0.0/0", "::/0"] {
            assert_eq!(text.parse::<Range>().unwrap().to_string(), text);
        }
        assert_eq!("192.0.2.9".parse::<Range>(), Ok(Range::host(ip("192.0.2.9"))));
        for text in ["", "x", "1.2.3.4/33", "1.2.3.4/-1", "::/129", "1.2.3.4/"] {
            assert_eq!(text.parse::<Range>(), Err(NotARange), "{text}");
        }
    }

    #[test]
    fn addresses_of_ones_own_are_told_apart() {
        for private in ["127.0.0.1", "10.1.2.3", "192.168.1.1", "::1", "fd00::1", "fe80::1", "::ffff:127.0.0.1"] {
            assert!(is_private(ip(private)), "{private}");
        }
        assert!(!is_private(ip("203.0.113.7")) && !is_private(ip("2001:db8::1")));
        let address: Multiaddr = "/ip6/::ffff:10.0.0.1/tcp/9000".parse().unwrap();
        assert_eq!(ip_of(&address), Some(ip("10.0.0.1")));
        assert_eq!(ip_of(&"/dns4/localhost/tcp/1".parse().unwrap()), None);
    }
}
