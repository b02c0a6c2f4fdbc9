//! Why a node does not start, and why a command fails.

use cl_types::Fault;
use libp2p::{Multiaddr, PeerId};

use crate::peer_ref::PeerRefError;

/// Why a node does not start. Each message is one line that names the cause and the cure.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The configuration cannot work.
    #[error(transparent)]
    Config(#[from] crate::config::ConfigError),
    /// The network's forks make no schedule.
    #[error("fork schedule: {0}; correct the epochs in config.yaml")]
    Schedule(#[from] cl_types::ScheduleError),
    /// Key, record or counters cannot be read or written.
    #[error(transparent)]
    Store(#[from] cl_enr::store::StoreError),
    /// Our own record cannot be made.
    #[error(transparent)]
    Record(#[from] cl_enr::local::LocalError),
    /// A port is taken, or the address is not ours.
    #[error("cannot listen on {address} ({flag}): {source}; choose another port or stop what uses it")]
    Listen {
        /// What we tried to listen on.
        address: Multiaddr,
        /// The flag that sets it.
        flag: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// A transport does not listen within its time.
    #[error("{0} did not start to listen within 5 s; check --listen-address")]
    ListenTimeout(Multiaddr),
    /// The metrics cannot be served.
    #[error("cannot serve metrics on {address} (--metrics): {source}; choose another port or stop what uses it")]
    Metrics {
        /// What we tried to listen on.
        address: std::net::SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// discv5 does not start.
    #[error("--discovery-port: {0}")]
    Discovery(#[from] cl_discovery::StartError),
    /// Every rule is to be checked, and there is no chain to check them against.
    #[error(
        "--relay full needs a chain to judge by: give --chain-state FILE (the SSZ of a BeaconState that you trust), or a \
         --testnet-dir with genesis.ssz; --relay stateless needs none"
    )]
    NoChain,
    /// The state to judge from is not usable.
    #[error(transparent)]
    ChainState(#[from] crate::chain::ChainStateError),
    /// The threads that judge do not start.
    #[error("cannot start the threads that judge messages: {0}; allow more threads, or use --relay structure")]
    Threads(#[source] std::io::Error),
    /// Noise could not be set up from the key.
    #[error("cannot set up encryption: {0}")]
    Noise(#[from] libp2p::noise::Error),
    /// The gossip configuration is refused.
    #[error("cannot set up gossip: {0}")]
    Gossip(#[from] cl_gossip::ConfigError),
    /// A configured peer that cannot be recognised.
    #[error("--static-peers or --trusted-peers: {0}")]
    Peer(#[from] PeerRefError),
}

/// The node has ended; nothing more will be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the node has stopped")]
pub struct Stopped;

/// Why a request to a peer fails.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// The node has ended.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// The request itself is wrong.
    #[error(transparent)]
    Invalid(#[from] cl_rpc::BuildError),
    /// The request failed on the way or at the peer.
    #[error(transparent)]
    Rpc(#[from] cl_rpc::RequestError),
    /// The answer was read so slowly that too much of it waited.
    #[error("the answer is read too slowly")]
    TooSlow,
    /// The answer is not true to the request.
    #[error("{peer} does not answer truthfully: {why}")]
    Lie {
        /// Who.
        peer: PeerId,
        /// What does not fit.
        why: Box<cl_rpc::Lie>,
    },
}

impl RequestError {
    /// Who is at fault.
    #[must_use]
    pub fn fault(&self) -> Fault {
        match self {
            Self::Stopped(_) | Self::Invalid(_) | Self::TooSlow => Fault::Local,
            Self::Rpc(error) => error.fault(),
            Self::Lie { why, .. } => why.fault(),
        }
    }
}

/// Why the operator's word about a peer has no effect.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ControlError {
    /// The node has ended.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// It is not said which peer is meant.
    #[error(transparent)]
    Peer(#[from] PeerRefError),
}

/// Why a message is not published.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// The node has ended.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// The gossip layer refused it.
    #[error(transparent)]
    Gossip(#[from] cl_gossip::PublishError),
}

/// Why a duty is not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DutyError {
    /// The node has ended.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// It is none, or not now.
    #[error(transparent)]
    Refused(#[from] cl_gossip::DutyError),
}
