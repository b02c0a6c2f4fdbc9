//! Which subscriptions of peers are listened to.

use std::sync::Arc;

use cl_types::ForkSchedule;
use libp2p_gossipsub::{MaxCountSubscriptionFilter, TopicHash, TopicSubscriptionFilter};

use crate::config::subscription_limits;
use crate::intake::Intake;

/// Lets through the topics of this chain: any digest of the schedule, with the topics that its era has. Everything else
/// is ignored, at no cost for the peer's other subscriptions; it would only fill tables.
#[derive(Clone, Debug)]
pub(crate) struct ThisChain {
    schedule: Arc<ForkSchedule>,
    intake: Arc<Intake>,
}

impl TopicSubscriptionFilter for ThisChain {
    fn can_subscribe(&mut self, topic: &TopicHash) -> bool {
        let mut state = self.intake.state();
        let is_ours = state.route(topic, &self.schedule).is_some();
        state.counters.foreign_subscriptions += u64::from(!is_ours);
        is_ours
    }
}

/// [`ThisChain`] with limits on the number, since a schedule has thousands of topics. What exceeds a limit is ignored by the
/// frame; the router says so in its log alone.
pub(crate) type Filter = MaxCountSubscriptionFilter<ThisChain>;

pub(crate) fn filter(schedule: Arc<ForkSchedule>, intake: Arc<Intake>) -> Filter {
    let (max_subscribed_topics, max_subscriptions_per_request) = subscription_limits(&schedule);
    let filter = ThisChain { schedule, intake };
    MaxCountSubscriptionFilter { filter, max_subscribed_topics, max_subscriptions_per_request }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use cl_types::TopicKind;

    use super::*;
    use crate::memo::Secret;
    use crate::testing;
    use crate::topic::Topic;

    #[test]
    fn topics_of_this_chain_and_of_no_other() {
        let schedule = testing::every_fork();
        let ttl = Duration::from_secs(60);
        let intake = Arc::new(Intake::new(schedule.clone(), Secret::new([1; 16]), ttl, Instant::now()));
        let mut filter = filter(schedule.clone(), intake.clone());
        for entry in schedule.entries() {
            for kind in TopicKind::all_of(entry.fork) {
                assert!(filter.can_subscribe(&Topic::new(entry.digest, kind).hash()));
            }
        }
        let phase0 = schedule.entries().next().unwrap().digest;
        for name in [
            "beacon_block".to_owned(),
            "/eth2/01020304/beacon_block/ssz_snappy".to_owned(),
            format!("/eth2/{phase0}/sync_committee_0/ssz_snappy"),
            format!("/eth2/{phase0}/beacon_attestation_64/ssz_snappy"),
        ] {
            assert!(!filter.can_subscribe(&TopicHash::from_raw(name)));
        }
        assert_eq!(intake.state().counters.foreign_subscriptions, 4);
    }
}
