//! The addresses and ports in a record.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::{Builder, Record, fields};

/// Ports of one address family. `None` leaves the entry out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Ports {
    /// discv5.
    pub udp: Option<u16>,
    /// libp2p over TCP.
    pub tcp: Option<u16>,
    /// libp2p over QUIC; another UDP port than `udp`.
    pub quic: Option<u16>,
}

/// Where we can be reached, for the record. A port may stand without an address: discovery learns the address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Addresses {
    /// The IPv4 address.
    pub ip4: Option<Ipv4Addr>,
    /// Ports for IPv4.
    pub ports4: Ports,
    /// The IPv6 address.
    pub ip6: Option<Ipv6Addr>,
    /// Ports for IPv6.
    pub ports6: Ports,
}

impl Addresses {
    /// One address with its ports.
    #[must_use]
    pub fn new(ip: IpAddr, ports: Ports) -> Self {
        match ip {
            IpAddr::V4(ip) => Self { ip4: Some(ip), ports4: ports, ..Self::default() },
            IpAddr::V6(ip) => Self { ip6: Some(ip), ports6: ports, ..Self::default() },
        }
    }

    /// The addresses in a record. Malformed entries count as absent.
    #[must_use]
    pub fn of(record: &Record) -> Self {
        Self {
            ip4: record.ip4(),
            ports4: Ports { udp: record.udp4(), tcp: record.tcp4(), quic: fields::quic4(record).ok().flatten() },
            ip6: record.ip6(),
            ports6: Ports { udp: record.udp6(), tcp: record.tcp6(), quic: fields::quic6(record).ok().flatten() },
        }
    }

    /// Adds all of them to a record.
    pub fn add_to(&self, builder: &mut Builder) {
        if let Some(ip) = self.ip4 {
            builder.ip4(ip);
        }
        if let Some(port) = self.ports4.udp {
            builder.udp4(port);
        }
        if let Some(port) = self.ports4.tcp {
            builder.tcp4(port);
        }
        if let Some(port) = self.ports4.quic {
            fields::add_quic4(builder, port);
        }
        if let Some(ip) = self.ip6 {
            builder.ip6(ip);
        }
        if let Some(port) = self.ports6.udp {
            builder.udp6(port);
        }
        if let Some(port) = self.ports6.tcp {
            builder.tcp6(port);
        }
        if let Some(port) = self.ports6.quic {
            fields::add_quic6(builder, port);
        }
    }
}
