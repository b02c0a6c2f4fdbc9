//! What the router is told. Many of its defaults are wrong for the consensus layer, some silently so: every value that
//! matters is set here, with its reason.

use std::sync::Arc;
use std::time::Duration;

use cl_types::limits::max_message_size;
use cl_types::schedule::JOIN_AHEAD_EPOCHS;
use cl_types::{ForkSchedule, TopicKind};
use libp2p_gossipsub as gossipsub;

use crate::transform;

/// `D`: peers in the mesh of a topic.
pub const MESH_SIZE: usize = 8;
/// `D_low`: with fewer, peers are grafted.
pub const MESH_LOW: usize = 6;
/// `D_high`: with more, peers are pruned.
pub const MESH_HIGH: usize = 12;
/// `D_lazy`: peers outside of the mesh that are told what there is.
pub const GOSSIP_LAZY: usize = 6;
/// `heartbeat_interval`.
pub const HEARTBEAT: Duration = Duration::from_millis(700);
/// `mcache_len`, in heartbeats: a verdict must come within `HISTORY_LENGTH * HEARTBEAT` = 4.2 s.
pub const HISTORY_LENGTH: usize = 6;
/// `mcache_gossip`, in heartbeats.
pub const HISTORY_GOSSIP: usize = 3;
/// How long the copies of a message are counted before [`Event::Copies`](crate::Event::Copies).
pub const COPIES_AFTER: Duration = Duration::from_secs(10);
/// `fanout_ttl`.
pub const FANOUT_TTL: Duration = Duration::from_secs(60);

/// What a node may choose. Everything that the specification fixes is a constant of this module.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Config {
    /// `SLOT_DURATION_MS` of the chain. Default: 12 s. Seen-times and score decay are counted in slots and epochs.
    pub slot: Duration,
    /// Most message ids remembered for two epochs. Default: 4,194,304, which costs at most 80 MB; all subnets of mainnet
    /// need about 2.8 million. Beyond it the oldest ids are forgotten early.
    pub seen_capacity: usize,
    /// Most messages waiting for one peer. Default: 5000, about two seconds of all subnets of mainnet. Each waiting
    /// message is a copy: a peer that reads nothing costs at most this many messages for [`Config::forward_timeout`].
    pub queue_len: usize,
    /// How long a forwarded message may wait for a slow peer. Default: 1 s.
    pub forward_timeout: Duration,
    /// How long a message of our own may wait for a slow peer. Default: 5 s.
    pub publish_timeout: Duration,
    /// Sends messages of our own to all peers of the topic, not just to the mesh. Default: true. Costs bandwidth, and
    /// keeps a single bad mesh from silencing us.
    pub flood_publish: bool,
    /// Scores peers by what they deliver. Default: true. The router keeps a record of each message and of who sent it
    /// for two minutes: about 100 MB on all subnets of mainnet. Without scores anybody may stay in a mesh.
    pub scoring: bool,
    /// Copies are counted, message by message, of messages with at least so many bytes of SSZ. Default: 1000, so of blocks,
    /// columns and the like, a few hundred a slot. 0 is for studies: one event more for each message.
    pub copies_threshold: usize,
    /// Active validators of the chain, from which the expected number of messages follows; `None` takes a million, about
    /// mainnet's. Default: `None`. Where fewer are, too much is expected and peers earn less; nobody is punished for it.
    pub validators: Option<u64>,
    /// Most messages of our own that wait for a peer on their topic. Default: 1024.
    pub outbox_len: usize,
    /// Most bytes of SSZ that wait for a peer on their topic. Default: 32 MiB, two blocks of 128 columns with 21 blobs and
    /// more. A full outbox drops what would end first.
    pub outbox_bytes: usize,
    /// With more peers than this on one address, each of them loses score; `None` turns it off. Default: 10. Loopback
    /// addresses are exempt.
    pub ip_colocation_threshold: Option<u32>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            slot: Duration::from_secs(12),
            seen_capacity: 1 << 22,
            queue_len: 5000,
            forward_timeout: Duration::from_secs(1),
            publish_timeout: Duration::from_secs(5),
            flood_publish: true,
            scoring: true,
            copies_threshold: 1000,
            validators: None,
            outbox_len: 1024,
            outbox_bytes: 32 << 20,
            ip_colocation_threshold: Some(10),
        }
    }
}

/// The router refused the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A slot takes no time.
    #[error("a slot takes no time")]
    NoSlot,
    /// The operating system gives no random bytes.
    #[error("the operating system gives no random bytes")]
    NoRandomness,
    /// The router's own rules do not allow these parameters.
    #[error("the router does not allow these parameters")]
    Router,
    /// The router's own rules do not allow these score parameters.
    #[error("the router does not allow these score parameters")]
    Scores,
}

impl Config {
    /// The default configuration for a chain whose slots take this long.
    #[must_use]
    pub fn for_slot(slot: Duration) -> Self {
        Self { slot, ..Self::default() }
    }

    /// `seen_ttl`: two epochs.
    #[must_use]
    pub fn seen_ttl(&self, schedule: &ForkSchedule) -> Duration {
        let slots = u32::try_from(schedule.preset().slots_per_epoch()).unwrap_or(u32::MAX).saturating_mul(2);
        self.slot.saturating_mul(slots)
    }

    /// How long the router itself remembers ids. It must outlast the message cache (4.2 s) by far, or a message comes back
    /// while its verdict is still open. The whole `seen_ttl` is what [`crate::Behaviour`] keeps behind it, except where
    /// that is so short that the router may do it all (the minimal preset: 96 s).
    pub(crate) fn router_seen_ttl(&self, schedule: &ForkSchedule) -> Duration {
        const MIN: Duration = Duration::from_secs(60);
        const MAX: Duration = Duration::from_secs(96);
        let ttl = self.seen_ttl(schedule);
        if ttl <= MAX { ttl.max(MIN) } else { MIN }
    }

    /// The router's configuration. The numbers in the comments are the defaults that would have hurt.
    pub(crate) fn router(&self, schedule: &Arc<ForkSchedule>) -> Result<gossipsub::Config, ConfigError> {
        if self.slot.is_zero() {
            return Err(ConfigError::NoSlot);
        }
        let ids = Arc::clone(schedule);
        gossipsub::ConfigBuilder::default()
            // The mesh and its rhythm: the specification's numbers (defaults 6/5/12, 1 s, 5 windows).
            .mesh_n(MESH_SIZE)
            .mesh_n_low(MESH_LOW)
            .mesh_n_high(MESH_HIGH)
            // `D_out` is not the specification's; libp2p wants it below `D_low` and at most `D / 2`.
            .mesh_outbound_min(2)
            .gossip_lazy(GOSSIP_LAZY)
            .heartbeat_interval(HEARTBEAT)
            // Default 5 s: the first mesh would wait that long.
            .heartbeat_initial_delay(Duration::ZERO)
            .fanout_ttl(FANOUT_TTL)
            .history_length(HISTORY_LENGTH)
            .history_gossip(HISTORY_GOSSIP)
            // StrictNoSign (default: strict signing). The transform refuses the one field that this mode forgets.
            .validation_mode(gossipsub::ValidationMode::Anonymous)
            // Default: forward at once, unchecked. Ours waits for a verdict.
            .validate_messages()
            // Default: author and number, which all anonymous messages share, so that only the first would ever arrive.
            .message_id_fn(move |message| transform::message_id(&ids, message).to_router())
            // Default 60 s; `seen_ttl` is two epochs, see `seen.rs` for why the router does not hold all of it.
            .duplicate_cache_time(self.router_seen_ttl(schedule))
            // Default 64 KiB. The router compares the limit with its whole read buffer, that is one frame and up to 8 KiB
            // of the next, so without slack a largest legal frame would close the stream.
            .max_transmit_size(max_message_size() + 16 * 1024)
            // Default 16 KiB for subscriptions and control messages of one frame together. A hello of two digests on all
            // subnets takes 23 KiB, an IHAVE 22 bytes an id, of which other routers send up to 5000. Over the limit the
            // stream is closed, silently.
            .max_control_message_size(1024 * 1024)
            // Messages of one frame: the documented default is 5000, the effective one 500. The frame is bounded anyway.
            .max_publish_messages(5000)
            // Ids in an IHAVE, and ids that we ask one peer for in a heartbeat.
            .max_control_messages_sent(5000)
            // Default 10 IHAVE frames a peer and heartbeat; this very router sends one for each topic.
            .max_ihave_messages_heartbeat(most_topics(schedule).max(10))
            // Tells peers not to send us what we are just publishing to them (default: only what we receive).
            .idontwant_on_publish(true)
            .idontwant_message_size_threshold(1000)
            .flood_publish(self.flood_publish)
            .connection_handler_queue_len(self.queue_len)
            .forward_queue_duration(self.forward_timeout)
            .publish_queue_duration(self.publish_timeout)
            // Not set: `max_transmit_size_for_topic` (a map cloned into every connection and stream; the transform bounds
            // by topic) and peer exchange (off; peers come from discovery).
            .build()
            .map_err(|_| ConfigError::Router)
    }
}

/// Topics of the era that has most.
fn most_topics(schedule: &ForkSchedule) -> usize {
    schedule.entries().map(|entry| TopicKind::all_of(entry.fork).count()).max().unwrap_or(0)
}

/// How many subscriptions a peer may have and how many it may send at once: (in all, in one frame).
///
/// The router's default is 100 for both, and what is over it costs a peer its *whole* hello. A peer on all subnets has two
/// digests around a fork, and more where forks follow each other by less than the window in which both are joined.
pub(crate) fn subscription_limits(schedule: &ForkSchedule) -> (usize, usize) {
    let at_once = |epoch: cl_types::Epoch| -> usize {
        let plan = schedule.plan(schedule.start_slot(epoch.saturating_sub(JOIN_AHEAD_EPOCHS)));
        plan.joined.iter().map(|entry| TopicKind::all_of(entry.fork).count()).sum()
    };
    let most_at_once = schedule.entries().map(|entry| at_once(entry.epoch)).max().unwrap_or(0);
    let per_frame = most_at_once.max(most_topics(schedule).saturating_mul(2));
    (per_frame.saturating_mul(2), per_frame)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn the_router_gets_the_specification_s_values() {
        let schedule = testing::every_fork();
        let config = Config::default().router(&schedule).unwrap();
        assert_eq!((config.mesh_n(), config.mesh_n_low(), config.mesh_n_high()), (8, 6, 12));
        assert_eq!((config.gossip_lazy(), config.history_length(), config.history_gossip()), (6, 6, 3));
        assert_eq!(config.heartbeat_interval(), Duration::from_millis(700));
        assert_eq!(config.fanout_ttl(), Duration::from_secs(60));
        assert!(config.max_transmit_size() >= 12_234_442 + 8192);
        assert!(config.max_control_message_size() >= 256 * 1024);
        assert!(config.validate_messages());
        assert!(config.idontwant_on_publish());
        assert!(matches!(config.validation_mode(), gossipsub::ValidationMode::Anonymous));
        assert_eq!(config.max_ihave_messages_heartbeat(), 210);
    }

    #[test]
    fn seen_times_are_two_epochs_behind_the_router_or_in_it() {
        let minimal = testing::every_fork();
        let config = Config::for_slot(Duration::from_secs(6));
        assert_eq!(config.seen_ttl(&minimal), Duration::from_secs(96));
        assert_eq!(config.router_seen_ttl(&minimal), Duration::from_secs(96));
        let slow = Config::default();
        assert_eq!(slow.seen_ttl(&minimal), Duration::from_secs(192));
        assert_eq!(slow.router_seen_ttl(&minimal), Duration::from_secs(60));
        let fast = Config::for_slot(Duration::from_millis(500));
        assert_eq!(fast.router_seen_ttl(&minimal), Duration::from_secs(60));
        assert_eq!(Config::for_slot(Duration::ZERO).router(&minimal).unwrap_err(), ConfigError::NoSlot);
    }

    #[test]
    fn limits_follow_the_busiest_moment_of_the_schedule() {
        assert_eq!(subscription_limits(&testing::every_fork()), (3 * 2 * 205 + 210 - 210, 3 * 205));
        let calm = testing::schedule(&[0, 0, 0, 0, 0, 0, 0], &[]);
        assert_eq!(subscription_limits(&calm), (4 * 205, 2 * 205));
        let hasty = testing::schedule(&[0, 0, 0, 0, 0, 0, 0, 5], &[(1, 10), (2, 11), (3, 12), (4, 13)]);
        let (in_all, in_one) = subscription_limits(&hasty);
        assert!(in_one >= 4 * 205, "{in_one}");
        assert_eq!(in_all, 2 * in_one);
    }
}
