//! What can be set.

use std::time::Duration;

use cl_types::PresetId;
use libp2p_identity::PeerId;

/// How the peer manager behaves. Start from [`Config::new`].
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Our own peer id: it decides which of two simultaneous connections stays.
    pub local: PeerId,
    /// Preset of the chain: slots per epoch.
    pub preset: PresetId,
    /// Dial while fewer peers than this are connected or being dialled. Default 70.
    pub target_peers: usize,
    /// Peers beyond this are told `TOO_MANY_PEERS`, static peers excepted. Values under `target_peers` count as it. Default 100.
    pub max_peers: usize,
    /// Most dials under way at a time. Default 16.
    pub max_dialing: usize,
    /// Most dials in any second. Some stacks cut the sixth connection a second from one address. Default 4.
    pub dials_per_second: usize,
    /// A dial of which nothing was heard for this long counts as failed. Default 30 s.
    pub dial_timeout: Duration,
    /// Share of `target_peers`, in percent, that is to be dialled by us: whoever wants to surround us cannot choose them.
    /// Default 30.
    pub outbound_percent: usize,
    /// Peers beyond `target_peers` that are dialled for and kept where a wanted subnet has too few, `max_peers` permitting.
    /// Default 5.
    pub gap_slots: usize,
    /// Most peers in one network (/24 of IPv4, /48 of IPv6), connected and being dialled. Default 10. Static and trusted
    /// peers are exempt.
    pub max_per_network: usize,
    /// Whether loopback and private networks count for `max_per_network`. Default no.
    pub limit_private: bool,
    /// A peer must have been ready for this long to be dropped because others are enough, so that newcomers push nobody out
    /// before it is known what they have. Default 30 s.
    pub prune_after: Duration,
    /// Most peers dropped at a tick because others are enough. Default 4.
    pub prunes_per_tick: usize,
    /// Outbound peers marked in the saved table to be dialled first after a restart. Default 4.
    pub anchors: usize,
    /// Peers remembered, the connected ones included; about 4 kB each with full lists. Default 2000.
    pub max_known: usize,
    /// Addresses remembered per peer. Default 8.
    pub max_addresses: usize,

    /// As listener, how long to wait for the peer's Status before we ask. Default 10 s.
    pub listener_patience: Duration,
    /// A connection that has not become ready by then is given up. Default 30 s.
    pub handshake_timeout: Duration,
    /// Between two Pings. Default 25 s. Some peers allow no more than 2 in 10 s.
    pub ping_interval: Duration,
    /// Between two Status requests on one connection. Default 5 min. Some peers allow no more than 5 in 15 s.
    pub status_interval: Duration,
    /// Before a failed Status, MetaData or Ping request is repeated, and the least time between two of a kind. Default 6 s.
    pub request_gap: Duration,
    /// A request of which nothing was heard for this long counts as failed. Default 60 s.
    pub request_timeout: Duration,
    /// After this many Pings in a row without a sign of life the peer is given up. Default 3.
    pub max_silent_pings: u32,
    /// How long a peer has to close the connection after a goodbye, either way, before we cut it. Default 5 s.
    pub goodbye_grace: Duration,

    /// First wait before a peer is dialled again; it doubles with each failure. Default 1 s.
    pub min_backoff: Duration,
    /// Longest wait after failures. Default 5 min.
    pub max_backoff: Duration,
    /// A connection that was ready for this long clears the count of failures. Default 60 s.
    pub stable_after: Duration,
    /// Wait after `TOO_MANY_PEERS` or `UNABLE_TO_VERIFY_NETWORK`. Default 10 min.
    pub full_wait: Duration,
    /// Wait after `IRRELEVANT_NETWORK`, said by either side. Default 4 h.
    pub irrelevant_wait: Duration,
    /// Wait after a peer told us that our score is bad or that we are banned. Default 1 h.
    pub unwelcome_wait: Duration,
    /// Wait after we parted from a peer because of its score. Default 10 min.
    pub bad_score_wait: Duration,

    /// How penalties work.
    pub score: crate::score::Config,
    /// When the ban of peers spreads to their neighbours.
    pub bans: crate::bans::Config,
}

impl Config {
    /// The defaults.
    #[must_use]
    pub fn new(local: PeerId, preset: PresetId) -> Self {
        Self {
            local,
            preset,
            target_peers: 70,
            max_peers: 100,
            outbound_percent: 30,
            gap_slots: 5,
            max_per_network: 10,
            limit_private: false,
            prune_after: Duration::from_secs(30),
            prunes_per_tick: 4,
            anchors: 4,
            max_dialing: 16,
            dials_per_second: 4,
            dial_timeout: Duration::from_secs(30),
            max_known: 2000,
            max_addresses: 8,
            listener_patience: Duration::from_secs(10),
            handshake_timeout: Duration::from_secs(30),
            ping_interval: Duration::from_secs(25),
            status_interval: Duration::from_secs(5 * 60),
            request_gap: Duration::from_secs(6),
            request_timeout: Duration::from_secs(60),
            max_silent_pings: 3,
            goodbye_grace: Duration::from_secs(5),
            min_backoff: Duration::from_secs(1),
            max_backoff: Duration::from_secs(5 * 60),
            stable_after: Duration::from_secs(60),
            full_wait: Duration::from_secs(10 * 60),
            irrelevant_wait: Duration::from_secs(4 * 3600),
            unwelcome_wait: Duration::from_secs(3600),
            bad_score_wait: Duration::from_secs(10 * 60),
            score: crate::score::Config::default(),
            bans: crate::bans::Config::default(),
        }
    }

    /// Most peers that are accepted: never under the number that we dial for.
    pub(crate) fn room(&self) -> usize {
        self.max_peers.max(self.target_peers)
    }

    /// Peers up to which those are kept that wanted subnets need.
    pub(crate) fn ceiling(&self) -> usize {
        self.target_peers.saturating_add(self.gap_slots).min(self.room())
    }

    /// Peers that are to be dialled by us.
    pub(crate) fn min_outbound(&self) -> usize {
        self.target_peers.saturating_mul(self.outbound_percent.min(100)) / 100
    }
}
