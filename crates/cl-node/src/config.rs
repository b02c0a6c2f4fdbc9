//! What a node is told before it starts.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use crate::peer_ref::{PeerRef, PeerRefError};
use crate::relay::RelayLevel;
use crate::rpc_options::{self, RpcOptionsError};
use cl_enr::Record;
use cl_types::Network;

/// Default TCP port, and default UDP port of discv5.
pub const DEFAULT_PORT: u16 = 9000;
/// Default UDP port of QUIC. Not discv5's: the two cannot share a socket.
pub const DEFAULT_QUIC_PORT: u16 = 9001;

/// A node's configuration. Make one with [`Config::new`] and change the fields that matter.
#[derive(Clone, Debug)]
pub struct Config {
    /// The chain to join.
    pub network: Network,
    /// Address to listen on, for all transports and discv5. Default `0.0.0.0`.
    pub listen_address: IpAddr,
    /// A second address to listen on, with the same ports: IPv6 beside an IPv4 `listen_address`. Default `None`.
    pub listen_address6: Option<Ipv6Addr>,
    /// TCP port, 0 for any free one, `None` for no TCP listener. Default 9000.
    pub tcp_port: Option<u16>,
    /// UDP port of QUIC, 0 for any free one, `None` for no QUIC listener. Default 9001.
    pub quic_port: Option<u16>,
    /// UDP port of discv5, 0 for any free one, `None` for no discovery at all. Default 9000.
    pub discovery_port: Option<u16>,
    /// The address that others reach us at. With it the record is fixed; without it the listen address is advertised if
    /// it is a specific one, else discv5 learns ours from the votes of peers.
    pub external_address: Option<IpAddr>,
    /// The same for IPv6, beside an IPv4 `external_address`.
    pub external_address6: Option<Ipv6Addr>,
    /// Ask the gateway of the local network to lead others to our IPv4 ports (UPnP), and take its address into the record. Peers'
    /// votes later win over it. Needs discovery, an IPv4 listen address that is no loopback one, no IPv4 `external_address`,
    /// and the cargo feature `upnp`. Default false: it changes the settings of a machine that is not ours.
    pub upnp: bool,
    /// Records to start discovery from, besides those of the network.
    pub boot_nodes: Vec<Record>,
    /// Peers to stay connected to, whatever discovery says. Named by record or address.
    pub static_peers: Vec<PeerRef>,
    /// Peers that no score, limit or banned range parts us from. They are dialled like others, unless they are static too.
    pub trusted_peers: Vec<PeerRef>,
    /// Where key, record and counters live. `None`: a fresh identity at each start, nothing is written.
    pub data_dir: Option<PathBuf>,
    /// The key to use when there is no data directory. `None`: a random one.
    pub key: Option<cl_enr::Key>,
    /// Listen to all attestation and sync committee subnets. The record still names only the node's own. Default false.
    pub all_subnets: bool,
    /// Listen to all data columns. The record still names only the configured custody. Default false.
    pub all_columns: bool,
    /// Custody groups to keep and advertise, 4 to 128. Default 4.
    pub custody_group_count: u64,
    /// What is checked before a message is forwarded.
    pub relay: RelayLevel,
    /// A file with the SSZ of a trusted `BeaconState` of the network, genesis or later, that messages are judged from at
    /// [`RelayLevel::Full`]; the blocks that follow it come from peers. Not read at other levels, nor where a
    /// [`ChainView`](crate::Builder::chain_view) is given. Default `None`.
    pub chain_state: Option<PathBuf>,
    /// Where metrics are served for Prometheus; `None` for nowhere, port 0 for any free one. Who can connect there can read
    /// them. Default `None`.
    pub metrics: Option<SocketAddr>,
    /// Active validators of the chain, from which gossip derives what it expects of peers. Default `None`: a million.
    pub validators: Option<u64>,
    /// How many peers to look for. Default 50.
    pub target_peers: usize,
    /// How many peers to accept. Default 60.
    pub max_peers: usize,
    /// How much of req/resp is done at a time: quotas of peers, the budget of all, what waits. Default: [`cl_rpc::Limits`].
    pub rpc_limits: cl_rpc::Limits,
    /// How fast peers are asked. Default: [`cl_rpc::Pacing`].
    pub rpc_pacing: cl_rpc::Pacing,
    /// Offer mplex besides yamux over TCP. Lodestar speaks nothing else there. Default true.
    pub mplex: bool,
    /// What identify says of us.
    pub agent: String,
    /// How many events a subscriber may lag behind before it loses some. Costs one event each. Default 8192.
    pub event_capacity: usize,
    /// How long goodbyes may take at the end. Default 2 s.
    pub shutdown_grace: Duration,
}

impl Config {
    /// The defaults for a network.
    #[must_use]
    pub fn new(network: Network) -> Self {
        Self {
            network,
            listen_address: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            listen_address6: None,
            tcp_port: Some(DEFAULT_PORT),
            quic_port: Some(DEFAULT_QUIC_PORT),
            discovery_port: Some(DEFAULT_PORT),
            external_address: None,
            external_address6: None,
            upnp: false,
            boot_nodes: Vec::new(),
            static_peers: Vec::new(),
            trusted_peers: Vec::new(),
            data_dir: None,
            key: None,
            all_subnets: false,
            all_columns: false,
            custody_group_count: cl_types::custody::CUSTODY_REQUIREMENT,
            relay: RelayLevel::Structure,
            chain_state: None,
            metrics: None,
            validators: None,
            target_peers: 50,
            max_peers: 60,
            rpc_limits: cl_rpc::Limits::default(),
            rpc_pacing: cl_rpc::Pacing::default(),
            mplex: true,
            agent: concat!("cl-p2p/v", env!("CARGO_PKG_VERSION")).to_owned(),
            event_capacity: 8192,
            shutdown_grace: Duration::from_secs(2),
        }
    }

    /// A node that stays on this machine: loopback address, any free ports. For tests and devnets.
    #[must_use]
    pub fn loopback(network: Network) -> Self {
        Self {
            listen_address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            tcp_port: Some(0),
            quic_port: Some(0),
            discovery_port: Some(0),
            external_address: Some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            ..Self::new(network)
        }
    }

    /// Keeps key, record and counters in this directory.
    #[must_use]
    pub fn data_dir(mut self, path: impl Into<PathBuf>) -> Self {
        self.data_dir = Some(path.into());
        self
    }

    /// Checks what types cannot say.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let groups = self.custody_group_count;
        if !(cl_types::custody::CUSTODY_REQUIREMENT..=cl_types::custody::NUMBER_OF_CUSTODY_GROUPS).contains(&groups) {
            return Err(ConfigError::CustodyGroupCount(groups));
        }
        if self.tcp_port.is_none() && self.quic_port.is_none() {
            return Err(ConfigError::NoTransport);
        }
        if self.listen_address6.is_some() && self.listen_address.is_ipv6() {
            return Err(ConfigError::TwoOfOneFamily("--listen-address"));
        }
        if self.external_address6.is_some() && self.external_address.is_some_and(|ip| ip.is_ipv6()) {
            return Err(ConfigError::TwoOfOneFamily("--external-address"));
        }
        if self.target_peers > self.max_peers {
            return Err(ConfigError::TargetAboveMax { target: self.target_peers, max: self.max_peers });
        }
        if let (Some(quic), Some(discovery)) = (self.quic_port, self.discovery_port)
            && quic == discovery
            && quic != 0
        {
            return Err(ConfigError::SharedUdpPort(quic));
        }
        self.check_upnp()?;
        rpc_options::check(&self.rpc_limits, &self.rpc_pacing)?;
        if let Some(peer) = self.static_peers.iter().find(|peer| peer.addresses().is_empty()) {
            return Err(ConfigError::StaticPeerWithoutAddress(peer.to_string()));
        }
        for peer in self.static_peers.iter().chain(&self.trusted_peers) {
            peer.peer().map_err(|source| ConfigError::Peer { peer: peer.to_string(), source })?;
        }
        Ok(())
    }

    /// The address that a gateway would lead to; `None` if we do not listen there.
    pub(crate) const fn listen_address4(&self) -> Option<Ipv4Addr> {
        match self.listen_address {
            IpAddr::V4(ip) => Some(ip),
            IpAddr::V6(_) => None,
        }
    }

    fn check_upnp(&self) -> Result<(), ConfigError> {
        if !self.upnp {
            return Ok(());
        }
        if cfg!(not(feature = "upnp")) {
            return Err(ConfigError::UpnpNotBuilt);
        }
        if let Some(IpAddr::V4(ip)) = self.external_address {
            return Err(ConfigError::UpnpBesideAddress(ip));
        }
        if self.listen_address4().is_none_or(|ip| ip.is_loopback()) {
            return Err(ConfigError::UpnpWithoutListener(self.listen_address));
        }
        if self.discovery_port.is_none() {
            return Err(ConfigError::UpnpWithoutDiscovery);
        }
        Ok(())
    }
}

/// A configuration that cannot work. Each message names the flag and the cure.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// Custody outside of its range.
    #[error("--custody-group-count {0} is out of range: give 4 to 128")]
    CustodyGroupCount(u64),
    /// Nothing to listen on.
    #[error("TCP and QUIC are both off: leave out --disable-tcp or --disable-quic")]
    NoTransport,
    /// Two IPv6 addresses where one of each family belongs.
    #[error("{0}6 goes with an IPv4 address in {0}: give one of each family, or only {0}")]
    TwoOfOneFamily(&'static str),
    /// A target that can never be reached.
    #[error("--target-peers {target} is above --max-peers {max}: raise the one or lower the other")]
    TargetAboveMax {
        /// `target_peers`.
        target: usize,
        /// `max_peers`.
        max: usize,
    },
    /// QUIC and discv5 both want one UDP port.
    #[error("--quic-port and --discovery-port are both {0}: QUIC and discv5 need UDP ports of their own")]
    SharedUdpPort(u16),
    /// A static peer that cannot be dialled.
    #[error("--static-peers {0}: nothing says where it is; give a record with an address, or an address")]
    StaticPeerWithoutAddress(String),
    /// An address from a gateway beside one from the operator.
    #[error("--upnp asks the gateway for our IPv4 address, and --external-address {0} names it: leave out one of them")]
    UpnpBesideAddress(Ipv4Addr),
    /// No port that a gateway could lead to.
    #[error(
        "--upnp opens ports of IPv4 at the gateway, and --listen-address {0} is out of its reach: give 0.0.0.0 or an IPv4 \
         address of the local network, or leave out --upnp"
    )]
    UpnpWithoutListener(IpAddr),
    /// Nobody tells others what the gateway says.
    #[error("--upnp needs discovery, which tells others our address: leave out --disable-discovery or --upnp")]
    UpnpWithoutDiscovery,
    /// The cargo feature is off.
    #[error("--upnp is not part of this build: build cl-node with its default features, or name --external-address")]
    UpnpNotBuilt,
    /// Limits or pacing of req/resp that cannot work.
    #[error(transparent)]
    Rpc(#[from] RpcOptionsError),
    /// A peer that cannot be recognised.
    #[error("--static-peers or --trusted-peers {peer}: {source}")]
    Peer {
        /// What was given.
        peer: String,
        /// What is missing.
        source: PeerRefError,
    },
}
