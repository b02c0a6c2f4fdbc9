//! Verdicts by reason, and how long they took.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

use super::Topic;
use crate::pool::{Class, Numbers};
use crate::relay::Verdict;

/// Why a message was not forwarded: no more than there are rules.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Why {
    topic: &'static str,
    verdict: &'static str,
    reason: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfClass {
    class: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Stage {
    stage: &'static str,
}

type Delays = Family<Topic, Histogram, fn() -> Histogram>;

/// Verdicts by reason, and how long they took.
#[derive(Clone, Debug)]
pub(super) struct Verdicts {
    reasons: Family<Why, Counter>,
    delays: Delays,
    shed: Family<OfClass, Counter>,
    waiting: Family<Stage, Gauge>,
    panics: Counter,
    last: Numbers,
}

impl Default for Verdicts {
    fn default() -> Self {
        Self {
            reasons: Family::default(),
            delays: Family::new_with_constructor(delays),
            shed: Family::default(),
            waiting: Family::default(),
            panics: Counter::default(),
            last: Numbers::default(),
        }
    }
}

/// Seconds, from a millisecond to 8 s: the router remembers a message for 4.2 s.
fn delays() -> Histogram {
    Histogram::new(exponential_buckets(0.001, 2.0, 14))
}

impl Verdicts {
    pub(super) fn new(registry: &mut Registry) -> Self {
        let new = Self::default();
        let Self { reasons, delays, shed, waiting, panics, .. } = new.clone();
        registry.register("gossip_refused", "Messages that were not forwarded, by the rule", reasons);
        registry.register("gossip_verdict_delay_seconds", "From the arrival of a message to its verdict", delays);
        registry.register("pool_shed", "Messages that were not judged because too many waited", shed);
        registry.register("pool_waiting", "Messages that wait for their verdict, by what they wait for", waiting);
        registry.register("pool_panics", "Failures of the pool itself", panics);
        new
    }

    pub(super) fn count(&self, topic: &'static str, verdict: Verdict, delay_ms: u64) {
        let (word, reason) = verdict.labels();
        if !reason.is_empty() {
            self.reasons.get_or_create(&Why { topic, verdict: word, reason }).inc();
        }
        let seconds = std::time::Duration::from_millis(delay_ms).as_secs_f64();
        self.delays.get_or_create(&Topic { topic }).observe(seconds);
    }

    /// Adds what the pool has counted since the last time.
    pub(super) fn take(&mut self, now: Numbers) {
        let last = std::mem::replace(&mut self.last, now);
        for ((class, before), after) in Class::ALL.into_iter().zip(last.shed).zip(now.shed) {
            let class = match class {
                Class::Block => "block",
                Class::Column => "column",
                Class::Aggregate => "aggregate",
                Class::Vote => "vote",
            };
            self.shed.get_or_create(&OfClass { class }).inc_by(after.saturating_sub(before));
        }
        self.panics.inc_by(now.panics.saturating_sub(last.panics));
        for (stage, waiting) in [("rules", now.cases), ("worker", now.tasks), ("block", now.undecided)] {
            self.waiting.get_or_create(&Stage { stage }).set(i64::try_from(waiting).unwrap_or(i64::MAX));
        }
    }
}
