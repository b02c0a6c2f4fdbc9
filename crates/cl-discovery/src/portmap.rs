//! Ports opened at a gateway (UPnP, an IGD in its words), so that a node behind NAT can be reached. IPv4 only.
//!
//! | part | does |
//! | --- | --- |
//! | [`PortMapper`] | decides what to ask of the gateway and when; without I/O, and told the time |
//! | [`Gateway`] | the seam to a gateway: `Upnp`, with the feature `upnp`, or one of a test |
//! | [`Mapper`] | the task that runs both; a [`Behaviour`](crate::Behaviour) takes it in with [`map_ports`](crate::Behaviour::map_ports) |
//!
//! # A round
//! ```text
//! Search ──▶ found, its external address ──▶ Map each port ──▶ rest for half a lease ──▶ the next round
//!    │                     │                    │  taken: another external port, MAX_TRIES at most
//!    │                     │                    │  only permanent leases: again with lease 0
//!    │                     └ not public: a second NAT. Nothing is mapped, nothing enters the record
//!    └ no gateway, no answer: again after a pause that doubles
//! ```
//! A round does everything anew, so it also finds another gateway, or another address after a redial.
//!
//! # Together with votes
//! What a gateway says is a proposal. It enters the record when it is new, as an address from votes does; what peers
//! agree on later takes its place, and a renewal does not bring it back. A gateway can be wrong about what others see; ten
//! peers hardly are.
//!
//! # Bounds
//! At most [`MAX_PORTS`] ports, one question to the gateway at a time, each with a deadline, and at most two notices for each
//! port and one for the gateway in a round.

mod driver;
mod machine;
#[cfg(feature = "upnp")]
mod upnp;

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::time::Duration;

pub use self::driver::{Gateway, Mapper};
pub use self::machine::{Action, Answer, PortMapper, Step};
#[cfg(feature = "upnp")]
pub use self::upnp::{MAX_ANSWER, Upnp};
pub use crate::error::MapError;

/// Most ports that are mapped. A node has three.
pub const MAX_PORTS: usize = 8;
/// Most external ports that are tried for one of ours in a round.
pub const MAX_TRIES: u8 = 8;

/// Who listens on a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Service {
    /// discv5, over UDP: `udp` in the record.
    Discovery,
    /// libp2p over TCP: `tcp` in the record.
    Tcp,
    /// libp2p over QUIC, thus UDP: `quic` in the record.
    Quic,
}

impl Service {
    /// What a gateway distinguishes.
    #[must_use]
    pub const fn transport(self) -> Transport {
        match self {
            Self::Discovery | Self::Quic => Transport::Udp,
            Self::Tcp => Transport::Tcp,
        }
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Discovery => "discovery",
            Self::Tcp => "TCP",
            Self::Quic => "QUIC",
        })
    }
}

/// The protocol of a mapped port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transport {
    /// UDP.
    Udp,
    /// TCP.
    Tcp,
}

/// A port that should be reachable from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Wanted {
    /// Who listens there.
    pub service: Service,
    /// Where. With the unspecified address, the one from which the gateway is reached is mapped.
    pub local: SocketAddrV4,
}

/// A port that is reachable from outside, as far as the gateway knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Mapping {
    /// Who listens there.
    pub service: Service,
    /// Where, on this machine.
    pub local: SocketAddrV4,
    /// Where others reach it. The port may be another one than ours.
    pub external: SocketAddrV4,
}

/// A gateway that answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Found {
    /// Its address outside, as it says.
    pub external: Ipv4Addr,
    /// Our address towards it.
    pub internal: Ipv4Addr,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Notice {
    /// A port is mapped, or mapped to another place than before. Not again when a lease is renewed.
    Mapped(Mapping),
    /// A port is not mapped, or none if no service is named. Tried again. Not again for the same reason.
    Failed {
        /// Which port; `None`: it concerns all.
        service: Option<Service>,
        /// Why.
        reason: MapError,
    },
    /// The lease of a mapping ran out, and the gateway did not renew it.
    Lost(Mapping),
}

/// How long and how often. Default: what gateways and their owners are used to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How long a mapping outlives a node that does not end it. Renewed at half of it. Default 1 h.
    pub lease: Duration,
    /// The first pause after a search in vain; it doubles with each. Default 30 s.
    pub retry_min: Duration,
    /// The longest pause. Default 30 min.
    pub retry_max: Duration,
    /// How long one question to the gateway may take, a search included. Default 10 s.
    pub deadline: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            lease: Duration::from_secs(60 * 60),
            retry_min: Duration::from_secs(30),
            retry_max: Duration::from_secs(30 * 60),
            deadline: Duration::from_secs(10),
        }
    }
}

/// Where gateways are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SearchFrom {
    /// Where the question goes. Default: SSDP's group `239.255.255.250:1900`, which routers do not pass on.
    pub to: SocketAddr,
    /// The address that it goes out from; port 0 for any. Default `0.0.0.0:0`.
    pub from: SocketAddr,
    /// How long to wait for a gateway that answers. Default 5 s: they may take three to answer.
    pub timeout: Duration,
}

impl Default for SearchFrom {
    fn default() -> Self {
        Self {
            to: SocketAddr::from(([239, 255, 255, 250], 1900)),
            from: SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
            timeout: Duration::from_secs(5),
        }
    }
}

#[cfg(test)]
mod tests;
