//! Swarms with the settings of a node.

use std::time::Duration;

use libp2p::swarm::NetworkBehaviour;
use libp2p::{Swarm, noise, tcp, yamux};

use super::Error;
use super::options::Transport;

/// Longer than any run.
const IDLE: Duration = Duration::from_secs(600);

impl Transport {
    pub(super) const fn listen(self) -> &'static str {
        match self {
            Self::Tcp => "/ip4/127.0.0.1/tcp/0",
            Self::Quic => "/ip4/127.0.0.1/udp/0/quic-v1",
        }
    }
}

/// A swarm whose connections are tasks of the runtime that is entered.
pub(super) fn swarm<B: NetworkBehaviour>(behaviour: B) -> Result<Swarm<B>, Error> {
    let swarm = libp2p::SwarmBuilder::with_new_identity()
        .with_tokio()
        .with_tcp(tcp::Config::default().nodelay(true), noise::Config::new, yamux::Config::default)?
        .with_quic()
        .with_behaviour(|_| behaviour);
    let swarm = match swarm {
        Ok(swarm) => swarm,
        Err(never) => match never {},
    };
    Ok(swarm.with_swarm_config(|config| config.with_idle_connection_timeout(IDLE)).build())
}
