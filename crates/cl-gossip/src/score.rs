//! Score parameters: modest, and safe on a quiet chain.
//!
//! The specification prescribes none; these follow what deployed clients share. Silence is never punished: P3 and P3b,
//! which count missing deliveries, are off, since on a devnet or for an empty subnet nothing is delivered by anybody.
//! What costs score is invalid messages (P4), broken promises (P7), too many peers on one address (P6), and whatever the
//! application says (P5). Who is slow is reported as an event and costs nothing here.

use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use cl_types::{ForkSchedule, TopicKind};
use libp2p_gossipsub::{
    PeerScoreParams, PeerScoreThresholds, TopicScoreParams, score_parameter_decay_with_base as decay_with_base,
};

use crate::config::{Config, MESH_SIZE};

/// P1 of a topic at most, before its weight.
const MAX_TIME_IN_MESH: f64 = 10.0;
/// P2 of a topic at most, before its weight.
const MAX_FIRST_DELIVERIES: f64 = 40.0;
/// About what a peer can have that is the first with everything on every topic. One invalid message costs as much.
const MAX_POSITIVE: f64 = 100.0;
/// Counters below this are zero.
const DECAY_TO_ZERO: f64 = 0.01;
/// Epochs after which an invalid message is forgotten.
const INVALID_DECAY_EPOCHS: u32 = 50;
/// Epochs after which a broken promise is forgotten.
const BEHAVIOUR_DECAY_EPOCHS: u32 = 10;
/// Epochs for which the score of a peer that left is kept.
const RETAIN_EPOCHS: u32 = 100;

/// Times of a chain as far as scores need them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scores {
    slot: Duration,
    epoch: Duration,
    ip_colocation_threshold: Option<u32>,
}

impl Scores {
    pub(crate) fn new(config: &Config, schedule: &ForkSchedule) -> Self {
        let epoch = config.seen_ttl(schedule) / 2;
        Self { slot: config.slot, epoch, ip_colocation_threshold: config.ip_colocation_threshold }
    }

    /// One slot; the router allows nothing below a second.
    fn decay_interval(&self) -> Duration {
        self.slot.max(Duration::from_secs(1))
    }

    fn decay_over_epochs(&self, epochs: u32) -> f64 {
        let time = self.epoch.saturating_mul(epochs).max(self.decay_interval());
        decay_with_base(time, self.decay_interval(), DECAY_TO_ZERO)
    }

    pub(crate) const fn thresholds() -> PeerScoreThresholds {
        PeerScoreThresholds {
            gossip_threshold: -4000.0,
            publish_threshold: -8000.0,
            graylist_threshold: -16_000.0,
            accept_px_threshold: 100.0,
            opportunistic_graft_threshold: 5.0,
        }
    }

    /// Parameters that hold for all topics. Those of a topic are added when it is joined.
    pub(crate) fn params(&self) -> PeerScoreParams {
        PeerScoreParams {
            topic_score_cap: MAX_POSITIVE / 2.0,
            // P5 in units of the score itself.
            app_specific_weight: 1.0,
            ip_colocation_factor_weight: if self.ip_colocation_threshold.is_some() { -35.0 } else { 0.0 },
            ip_colocation_factor_threshold: self.ip_colocation_threshold.map_or(1.0, |n| f64::from(n.max(1))),
            // Devnets and tests have all their nodes here.
            ip_colocation_factor_whitelist: HashSet::from([
                IpAddr::V4(Ipv4Addr::LOCALHOST),
                IpAddr::V6(Ipv6Addr::LOCALHOST),
            ]),
            behaviour_penalty_weight: -16.0,
            behaviour_penalty_threshold: 6.0,
            behaviour_penalty_decay: self.decay_over_epochs(BEHAVIOUR_DECAY_EPOCHS),
            decay_interval: self.decay_interval(),
            decay_to_zero: DECAY_TO_ZERO,
            retain_score: self.epoch.saturating_mul(RETAIN_EPOCHS),
            // A full queue is our network's weakness as often as the peer's; `Event::SlowPeer` leaves it to the application.
            slow_peer_weight: 0.0,
            ..PeerScoreParams::default()
        }
    }

    /// Parameters of a topic.
    pub(crate) fn topic(&self, kind: TopicKind) -> TopicScoreParams {
        let Traffic { weight, per_slot, decay_epochs } = traffic(kind);
        let hour_in_slots = 3600.0 / self.slot.as_secs_f64().max(0.001);
        let decay = self.decay_over_epochs(decay_epochs);
        let expected_first =
            per_slot * self.decay_interval().as_secs_f64() / self.slot.as_secs_f64().max(0.001) / MESH_SIZE as f64;
        // Where the counter settles at twice the expected rate.
        let first_cap = (2.0 * expected_first / (1.0 - decay)).max(1.0);
        TopicScoreParams {
            topic_weight: weight,
            time_in_mesh_weight: MAX_TIME_IN_MESH / hour_in_slots,
            time_in_mesh_quantum: self.slot,
            time_in_mesh_cap: hour_in_slots,
            first_message_deliveries_weight: MAX_FIRST_DELIVERIES / first_cap,
            first_message_deliveries_decay: decay,
            first_message_deliveries_cap: first_cap,
            // P3 and P3b off. The threshold is zero as well, because the router adds up deficits against it even so.
            mesh_message_deliveries_weight: 0.0,
            mesh_message_deliveries_threshold: 0.0,
            mesh_failure_penalty_weight: 0.0,
            // P4: one invalid message outweighs all that is good about a peer.
            invalid_message_deliveries_weight: -MAX_POSITIVE / weight,
            invalid_message_deliveries_decay: self.decay_over_epochs(INVALID_DECAY_EPOCHS),
            ..TopicScoreParams::default()
        }
    }
}

/// How much a topic counts and how busy it is.
struct Traffic {
    /// `topic_weight`, above zero.
    weight: f64,
    /// Messages in a slot of mainnet, about. A quieter chain only earns its peers less.
    per_slot: f64,
    /// Epochs after which a first delivery is forgotten.
    decay_epochs: u32,
}

fn traffic(kind: TopicKind) -> Traffic {
    let (weight, per_slot, decay_epochs) = match kind {
        TopicKind::BeaconBlock => (0.5, 1.0, 20),
        TopicKind::BeaconAggregateAndProof => (0.5, 1024.0, 1),
        TopicKind::BeaconAttestation(_) => (1.0 / 64.0, 490.0, 4),
        TopicKind::SyncCommitteeContributionAndProof => (0.2, 64.0, 1),
        TopicKind::SyncCommittee(_) => (0.4 / 4.0, 128.0, 1),
        TopicKind::DataColumnSidecar(_) => (0.5 / 128.0, 1.0, 20),
        TopicKind::BlobSidecar(_) => (0.5 / 9.0, 1.0, 20),
        TopicKind::ExecutionPayload => (0.5, 1.0, 20),
        // Rare, or not of importance to the chain.
        _ => (0.05, 0.1, 100),
    };
    Traffic { weight, per_slot, decay_epochs }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use cl_types::ForkName;

    use super::*;
    use crate::testing;

    fn all_kinds() -> impl Iterator<Item = TopicKind> {
        ForkName::ALL.into_iter().flat_map(TopicKind::all_of)
    }

    #[test]
    fn the_router_accepts_them_for_any_slot_time() {
        let schedule = testing::every_fork();
        for slot_ms in [1, 500, 1000, 3000, 6000, 12_000, 60_000] {
            let scores = Scores::new(&Config::for_slot(Duration::from_millis(slot_ms)), &schedule);
            Scores::thresholds().validate().unwrap();
            scores.params().validate().unwrap();
            for kind in all_kinds() {
                scores.topic(kind).validate().unwrap_or_else(|error| panic!("{kind} at {slot_ms} ms: {error}"));
            }
        }
    }

    #[test]
    fn nothing_that_silence_brings_about_has_a_weight_below_zero() {
        let scores = Scores::new(&Config::default(), &testing::every_fork());
        for kind in all_kinds() {
            let topic = scores.topic(kind);
            assert_eq!(topic.mesh_message_deliveries_weight, 0.0);
            assert_eq!(topic.mesh_message_deliveries_threshold, 0.0);
            assert_eq!(topic.mesh_failure_penalty_weight, 0.0);
            assert!(topic.time_in_mesh_weight > 0.0);
        }
        assert_eq!(scores.params().slow_peer_weight, 0.0);
    }

    #[test]
    fn one_invalid_message_costs_as_much_on_any_topic_as_all_good_is_worth() {
        let scores = Scores::new(&Config::default(), &testing::every_fork());
        for kind in all_kinds() {
            let topic = scores.topic(kind);
            let cost = topic.invalid_message_deliveries_weight * topic.topic_weight;
            assert!((cost + MAX_POSITIVE).abs() < 1e-9, "{kind}");
            let best = topic.time_in_mesh_weight * topic.time_in_mesh_cap
                + topic.first_message_deliveries_weight * topic.first_message_deliveries_cap;
            assert!((best - 50.0).abs() < 1e-6, "{kind}: {best}");
        }
    }

    #[test]
    fn colocation_can_be_turned_off_and_never_counts_on_loopback() {
        let schedule = testing::every_fork();
        let on = Scores::new(&Config::default(), &schedule).params();
        assert!(on.ip_colocation_factor_weight < 0.0);
        assert!(on.ip_colocation_factor_whitelist.contains(&IpAddr::V4(Ipv4Addr::LOCALHOST)));
        let config = Config { ip_colocation_threshold: None, ..Config::default() };
        assert_eq!(Scores::new(&config, &schedule).params().ip_colocation_factor_weight, 0.0);
    }
}
