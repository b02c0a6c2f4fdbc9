//! What the gossip crate counts, as Prometheus wants it.

use cl_gossip::{Counters, Traffic};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

use super::Topic;

/// What a copy of a message turned out to be.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Copy {
    topic: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

/// Every copy that came, and every verdict that was given.
#[derive(Clone, Debug, Default)]
pub(crate) struct Copies {
    copies: Family<Copy, Counter>,
    bytes: Family<Topic, Counter>,
    unwanted: Family<Outcome, Counter>,
    verdicts: Family<Outcome, Counter>,
    last: Counters,
}

impl Copies {
    pub(crate) fn new(registry: &mut Registry) -> Self {
        let new = Self::default();
        let Self { copies, bytes, unwanted, verdicts, .. } = new.clone();
        registry.register("gossip_copies", "Copies of messages that came, by what they turned out to be", copies);
        registry.register("gossip_wire_bytes", "Compressed bytes of these copies", bytes);
        registry.register("gossip_unwanted", "What came and is none of this chain's, or not anonymous", unwanted);
        registry.register("gossip_verdicts", "Verdicts by what became of them", verdicts);
        new
    }

    /// Adds what was counted since the last time.
    pub(crate) fn take(&mut self, now: Counters) {
        let last = std::mem::replace(&mut self.last, now);
        let now = &self.last;
        for ((topic, before), (_, after)) in last.families().zip(now.families()) {
            for ((outcome, before), (_, after)) in outcomes(before).into_iter().zip(outcomes(after)) {
                if after > before {
                    self.copies.get_or_create(&Copy { topic, outcome }).inc_by(after - before);
                }
            }
            if after.bytes > before.bytes {
                self.bytes.get_or_create(&Topic { topic }).inc_by(after.bytes - before.bytes);
            }
        }
        for ((outcome, before), (_, after)) in unwanted(&last).into_iter().zip(unwanted(now)) {
            self.unwanted.get_or_create(&Outcome { outcome }).inc_by(after.saturating_sub(before));
        }
        for ((outcome, before), (_, after)) in verdicts(&last).into_iter().zip(verdicts(now)) {
            self.verdicts.get_or_create(&Outcome { outcome }).inc_by(after.saturating_sub(before));
        }
    }
}

const fn outcomes(traffic: &Traffic) -> [(&'static str, u64); 9] {
    [
        ("first", traffic.first),
        ("memo_duplicate", traffic.memo_duplicates),
        ("router_duplicate", traffic.router_duplicates),
        ("not_joined", traffic.not_joined),
        ("old", traffic.old),
        ("too_long", traffic.too_long),
        ("no_length", traffic.no_length),
        ("out_of_bounds", traffic.out_of_bounds),
        ("corrupt", traffic.corrupt),
    ]
}

const fn unwanted(counters: &Counters) -> [(&'static str, u64); 3] {
    [
        ("unknown_topic", counters.unknown_topic),
        ("not_anonymous", counters.not_anonymous),
        ("foreign_subscription", counters.foreign_subscriptions),
    ]
}

const fn verdicts(counters: &Counters) -> [(&'static str, u64); 6] {
    [
        ("accepted", counters.accepted),
        ("ignored", counters.ignored),
        ("rejected", counters.rejected),
        ("late", counters.late),
        ("repeated", counters.repeated),
        ("unknown", counters.unknown),
    ]
}
