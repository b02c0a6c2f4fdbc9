//! Score parameters: derived from the network's size, modest, and safe on a quiet chain.
//!
//! The specification prescribes none; these follow what deployed clients share. Silence is never punished: P3 and P3b,
//! which count missing deliveries, are off. They would need to know for certain how much *must* come: on a devnet, for an
//! empty subnet or column, in an empty slot, nothing is delivered by anybody; and where much is delivered, a mesh peer that
//! is a little slower than the others falls behind through no fault of its own, the more so the better the others are.
//! Mesh peers that bring nothing lose their place by opportunistic grafting instead. What the size of the network decides is
//! how much a first delivery is worth (P2). What costs score is invalid messages (P4), broken promises (P7), too many peers on one address (P6), and whatever the
//! application says (P5). Who is slow is reported as an event and costs nothing here.

use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use cl_types::{ForkSchedule, TopicKind};
use libp2p_gossipsub::{
    PeerScoreParams, PeerScoreThresholds, TopicScoreParams, score_parameter_decay_with_base as decay_with_base,
};

use self::traffic::{DEFAULT_VALIDATORS, Size, Traffic};
use crate::config::{Config, MESH_SIZE};

mod traffic;

/// P1 of a topic at most, before its weight.
const MAX_TIME_IN_MESH: f64 = 10.0;
/// P2 of a topic at most, before its weight.
const MAX_FIRST_DELIVERIES: f64 = 40.0;
/// Counters below this are zero.
const DECAY_TO_ZERO: f64 = 0.01;
/// Epochs after which an invalid message is forgotten.
const INVALID_DECAY_EPOCHS: u32 = 50;
/// Epochs after which a broken promise is forgotten.
const BEHAVIOUR_DECAY_EPOCHS: u32 = 10;
/// Epochs for which the score of a peer that left is kept.
const RETAIN_EPOCHS: u32 = 100;

/// What scores need to know of a chain.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scores {
    slot: Duration,
    epoch: Duration,
    size: Size,
    /// What a peer can have that is the first with everything on every topic of the era that has most. One invalid message
    /// costs as much.
    max_positive: f64,
    ip_colocation_threshold: Option<u32>,
}

impl Scores {
    pub(crate) fn new(config: &Config, schedule: &ForkSchedule) -> Self {
        let epoch = config.seen_ttl(schedule) / 2;
        let size = Size { validators: config.validators.unwrap_or(DEFAULT_VALIDATORS), preset: schedule.preset() };
        let weights = |fork| TopicKind::all_of(fork).map(|kind| size.traffic(kind).weight).sum::<f64>();
        let most = schedule.entries().map(|era| weights(era.fork)).fold(0.0, f64::max);
        let max_positive = (MAX_TIME_IN_MESH + MAX_FIRST_DELIVERIES) * most;
        Self { slot: config.slot, epoch, size, max_positive, ip_colocation_threshold: config.ip_colocation_threshold }
    }

    /// Takes another size of the network. True if that changes the parameters of topics.
    pub(crate) fn set_validators(&mut self, active: u64) -> bool {
        let before = self.size;
        self.size.validators = active;
        before != self.size
    }

    pub(crate) const fn colocation_threshold(&self) -> Option<u32> {
        self.ip_colocation_threshold
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
            topic_score_cap: self.max_positive / 2.0,
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
        let Traffic { weight, per_slot, decay_epochs } = self.size.traffic(kind);
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
            invalid_message_deliveries_weight: -self.max_positive / weight,
            invalid_message_deliveries_decay: self.decay_over_epochs(INVALID_DECAY_EPOCHS),
            ..TopicScoreParams::default()
        }
    }
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
            let config = Config::for_slot(Duration::from_millis(slot_ms));
            for validators in [None, Some(0), Some(64), Some(u64::MAX)] {
                let scores = Scores::new(&Config { validators, ..config.clone() }, &schedule);
                for kind in all_kinds() {
                    scores.topic(kind).validate().unwrap_or_else(|error| panic!("{kind}, {validators:?}: {error}"));
                }
            }
            let scores = Scores::new(&config, &schedule);
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
            assert!((cost + scores.max_positive).abs() < 1e-9, "{kind}");
            let best = topic.time_in_mesh_weight * topic.time_in_mesh_cap
                + topic.first_message_deliveries_weight * topic.first_message_deliveries_cap;
            assert!((best - 50.0).abs() < 1e-6, "{kind}: {best}");
        }
    }

    #[test]
    fn the_topics_of_the_largest_era_make_up_the_best_score() {
        let schedule = testing::schedule(&[0, 0, 0, 0, 0, 0, 0], &[]);
        let scores = Scores::new(&Config::default(), &schedule);
        // Block, aggregates, attestations, sync messages and contributions, columns, six rare ones.
        let weights = 0.5 + 0.5 + 1.0 + 0.4 + 0.2 + 0.5 + 6.0 * 0.05;
        assert!((scores.max_positive - 50.0 * weights).abs() < 1e-9, "{}", scores.max_positive);
    }

    #[test]
    fn a_first_delivery_is_worth_more_where_there_is_less_to_deliver() {
        let schedule = testing::every_fork();
        let mut scores = Scores::new(&Config { validators: Some(1_000_000), ..Config::default() }, &schedule);
        let worth = |scores: &Scores, kind| scores.topic(kind).first_message_deliveries_weight;
        let (vote, block) = (TopicKind::BeaconAttestation(0), TopicKind::BeaconBlock);
        let (large_vote, large_block) = (worth(&scores, vote), worth(&scores, block));
        assert!(scores.set_validators(10_000));
        assert!(!scores.set_validators(10_000));
        assert!(worth(&scores, vote) > 10.0 * large_vote);
        assert!((worth(&scores, block) - large_block).abs() < 1e-9);
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
