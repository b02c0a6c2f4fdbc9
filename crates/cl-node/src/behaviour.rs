//! The protocols of a node, side by side.

use libp2p::connection_limits::{self, ConnectionLimits};
use libp2p::identify;
use libp2p::identity::Keypair;
use libp2p::swarm::NetworkBehaviour;
use libp2p::swarm::behaviour::toggle::Toggle;

use crate::config::Config;

/// What identify announces as its protocol family. Every consensus client says the same.
const IDENTIFY_PROTOCOL: &str = "eth2/1.0.0";
/// Connections whose handshake is under way, in each direction. More are refused before they cost anything.
const MAX_PENDING: u32 = 64;
/// Two connections to one peer may exist for a moment: both sides may dial at once, and the peer manager closes one.
const MAX_PER_PEER: u32 = 2;
/// Connections above `max_peers`: room to tell an excess peer why it must go.
const SPARE_CONNECTIONS: u32 = 8;

// libp2p ping is left out on purpose: the specification's liveness check is the request/response Ping, and a peer
// without libp2p ping is no worse for it.
#[derive(NetworkBehaviour)]
pub(crate) struct Behaviour {
    pub(crate) limits: connection_limits::Behaviour,
    pub(crate) identify: identify::Behaviour,
    pub(crate) discovery: Toggle<cl_discovery::Behaviour>,
    pub(crate) gossip: cl_gossip::Behaviour,
    pub(crate) rpc: cl_rpc::Behaviour,
}

impl Behaviour {
    /// Everything but discovery, which needs to know the ports first.
    pub(crate) fn new(
        config: &Config,
        keypair: &Keypair,
        gossip: cl_gossip::Behaviour,
        rpc: cl_rpc::Behaviour,
    ) -> Self {
        let max = u32::try_from(config.max_peers).unwrap_or(u32::MAX).saturating_add(SPARE_CONNECTIONS);
        let limits = ConnectionLimits::default()
            .with_max_pending_incoming(Some(MAX_PENDING))
            .with_max_pending_outgoing(Some(MAX_PENDING))
            .with_max_established(Some(max))
            .with_max_established_per_peer(Some(MAX_PER_PEER));
        let identify = identify::Config::new(IDENTIFY_PROTOCOL.to_owned(), keypair.public())
            .with_agent_version(config.agent.clone())
            // Addresses come from records alone.
            .with_cache_size(0);
        Self {
            limits: connection_limits::Behaviour::new(limits),
            identify: identify::Behaviour::new(identify),
            discovery: Toggle::from(None),
            gossip,
            rpc,
        }
    }
}
