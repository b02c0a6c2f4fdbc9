//! Swarms on loopback.

use futures::StreamExt;
use libp2p::swarm::{NetworkBehaviour, SwarmEvent};
use libp2p::{Swarm, noise, tcp, yamux};

use super::Error;

/// How the two are connected.
#[derive(Clone, Copy, Debug)]
pub(super) enum Transport {
    Tcp,
    Quic,
}

impl Transport {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Tcp => "TCP, noise, yamux",
            Self::Quic => "QUIC",
        }
    }

    const fn listen(self) -> &'static str {
        match self {
            Self::Tcp => "/ip4/127.0.0.1/tcp/0",
            Self::Quic => "/ip4/127.0.0.1/udp/0/quic-v1",
        }
    }
}

fn swarm<B: NetworkBehaviour>(behaviour: B) -> Result<Swarm<B>, Error> {
    let swarm = libp2p::SwarmBuilder::with_new_identity()
        .with_tokio()
        .with_tcp(tcp::Config::default().nodelay(true), noise::Config::new, yamux::Config::default)?
        .with_quic()
        .with_behaviour(|_| behaviour);
    let swarm = match swarm {
        Ok(swarm) => swarm,
        Err(never) => match never {},
    };
    Ok(swarm
        .with_swarm_config(|config| config.with_idle_connection_timeout(std::time::Duration::from_secs(600)))
        .build())
}

/// Two connected swarms: who dials, and who listens.
pub(super) async fn pair<B: NetworkBehaviour>(a: B, b: B, transport: Transport) -> Result<(Swarm<B>, Swarm<B>), Error> {
    let (mut a, mut b) = (swarm(a)?, swarm(b)?);
    let listen = transport.listen().parse().map_err(|_| Error::Gone)?;
    b.listen_on(listen)?;
    let address = loop {
        if let SwarmEvent::NewListenAddr { address, .. } = b.select_next_some().await {
            break address;
        }
    };
    a.dial(address)?;
    let (mut dialled, mut accepted) = (false, false);
    while !(dialled && accepted) {
        tokio::select! {
            event = a.select_next_some() => dialled |= matches!(event, SwarmEvent::ConnectionEstablished { .. }),
            event = b.select_next_some() => accepted |= matches!(event, SwarmEvent::ConnectionEstablished { .. }),
        }
    }
    Ok((a, b))
}
