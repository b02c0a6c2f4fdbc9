//! A few nodes in one process.

use std::time::Duration;

use cl_discovery::{Behaviour, Chain, Config, Event, Sockets, Want};
use cl_enr::{Addresses, Advertised, Fork, Key, Local, Ports, Record};
use cl_types::containers::{Attnets, Syncnets};
use cl_types::primitives::FAR_FUTURE_EPOCH;
use cl_types::{EnrForkId, ForkDigest, ForkVersion};
use futures::StreamExt;
use futures::stream::select_all;
use libp2p_identity::PeerId;
use libp2p_swarm::{Swarm, SwarmEvent};
use libp2p_swarm_test::SwarmExt;

pub(crate) const HERE: ForkDigest = ForkDigest([1; 4]);
pub(crate) const OTHER: ForkDigest = ForkDigest([9; 4]);
const DEADLINE: Duration = Duration::from_secs(30);

pub(crate) struct Node {
    pub(crate) swarm: Swarm<Behaviour>,
    pub(crate) local: Local,
    pub(crate) peer: PeerId,
}

pub(crate) fn chain(digest: ForkDigest) -> Chain {
    let id = EnrForkId {
        fork_digest: digest,
        next_fork_version: ForkVersion([7, 0, 0, 0]),
        next_fork_epoch: FAR_FUTURE_EPOCH,
    };
    Chain {
        fork: Fork { id, next_digest: ForkDigest::default(), has_fulu: true, passed: cl_enr::Passed::default() },
        tolerated: None,
    }
}

impl Node {
    /// A node on a fork that knows some boot records.
    pub(crate) async fn start(digest: ForkDigest, boot_nodes: Vec<Record>) -> Self {
        let key = Key::generate();
        let sockets = Sockets::bind_one("127.0.0.1:0".parse().unwrap()).unwrap();
        let udp = sockets.ip4().unwrap();
        // Nobody listens there: libp2p is not part of this.
        let ports = Ports { udp: Some(udp.port()), tcp: Some(udp.port()), quic: Some(1) };
        let chain = chain(digest);
        let advertised = Advertised { attnets: Attnets::new(), syncnets: Syncnets::new(), custody_group_count: 4 };
        let local = Local::new(key.clone(), Addresses::new(udp.ip(), ports), chain.fork, advertised, None, 1).unwrap();
        Self::with(local, sockets, chain, boot_nodes).await
    }

    pub(crate) async fn with(local: Local, sockets: Sockets, chain: Chain, boot_nodes: Vec<Record>) -> Self {
        let config = Config::local(boot_nodes);
        let mut behaviour =
            Behaviour::start(config, sockets, local.key(), local.record().clone(), chain).await.unwrap();
        behaviour.declare(Want::Peers(8)).unwrap();
        let peer = local.key().peer_id();
        Self { swarm: Swarm::new_ephemeral_tokio(|_| behaviour), local, peer }
    }

    pub(crate) fn record(&self) -> Record {
        self.local.record().clone()
    }

    pub(crate) fn discovery(&mut self) -> &mut Behaviour {
        self.swarm.behaviour_mut()
    }
}

/// Runs all nodes until `done` says so of an event; the number is the node's place.
pub(crate) async fn run(nodes: &mut [Node], mut done: impl FnMut(usize, Event) -> bool) {
    let streams = nodes.iter_mut().enumerate().map(|(place, node)| (&mut node.swarm).map(move |event| (place, event)));
    let mut events = select_all(streams);
    let waiting = async {
        while let Some((place, event)) = events.next().await {
            if let SwarmEvent::Behaviour(event) = event
                && done(place, event)
            {
                return;
            }
        }
    };
    tokio::time::timeout(DEADLINE, waiting).await.unwrap_or_else(|_| panic!("not within {DEADLINE:?}"));
}
