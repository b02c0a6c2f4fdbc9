//! What went back and forth with a peer, in numbers, and how long it takes.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Counters of one direction of request/response.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Flow {
    /// Requests.
    pub requests: u64,
    /// Requests that ended in an error.
    pub failed: u64,
    /// Response chunks.
    pub chunks: u64,
    /// Bytes of the chunks, uncompressed.
    pub bytes: u64,
}

/// Counters of a peer since it became known, kept across restarts. All saturate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Traffic {
    /// What we asked and it answered.
    pub asked: Flow,
    /// What it asked and we answered.
    pub served: Flow,
    /// Gossip messages that it brought before anyone else.
    pub gossip_first: u64,
    /// Gossip messages that it brought too, late.
    pub gossip_duplicate: u64,
    /// Gossip messages of it that were refused.
    pub gossip_invalid: u64,
}

impl Flow {
    fn add(&mut self, more: &Self) {
        self.requests = self.requests.saturating_add(more.requests);
        self.failed = self.failed.saturating_add(more.failed);
        self.chunks = self.chunks.saturating_add(more.chunks);
        self.bytes = self.bytes.saturating_add(more.bytes);
    }
}

impl Traffic {
    /// Adds what happened since.
    pub fn add(&mut self, more: &Self) {
        self.asked.add(&more.asked);
        self.served.add(&more.served);
        self.gossip_first = self.gossip_first.saturating_add(more.gossip_first);
        self.gossip_duplicate = self.gossip_duplicate.saturating_add(more.gossip_duplicate);
        self.gossip_invalid = self.gossip_invalid.saturating_add(more.gossip_invalid);
    }
}

/// Round-trip times of Pings: the last one, the shortest, and an average in which each new one counts an eighth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rtt {
    /// The last one.
    pub last: Duration,
    /// The shortest.
    pub least: Duration,
    /// The average.
    pub average: Duration,
}

impl Rtt {
    pub(crate) fn after(before: Option<Self>, rtt: Duration) -> Self {
        before.map_or(Self { last: rtt, least: rtt, average: rtt }, |before| Self {
            last: rtt,
            least: before.least.min(rtt),
            average: before.average.saturating_mul(7).saturating_add(rtt) / 8,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_average_follows_slowly_and_the_least_stays() {
        let ms = Duration::from_millis;
        let rtt = [80, 160, 80].into_iter().fold(None, |before, rtt| Some(Rtt::after(before, ms(rtt)))).unwrap();
        assert_eq!((rtt.last, rtt.least), (ms(80), ms(80)));
        assert!(rtt.average > ms(88) && rtt.average < ms(90), "{rtt:?}");
    }

    #[test]
    fn counters_add_up_and_stop_at_the_end() {
        let mut all = Traffic::default();
        let more = Traffic { asked: Flow { bytes: u64::MAX - 1, ..Flow::default() }, gossip_first: 2, ..all };
        all.add(&more);
        all.add(&more);
        assert_eq!((all.asked.bytes, all.gossip_first), (u64::MAX, 4));
    }
}
