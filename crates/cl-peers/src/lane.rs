//! One kind of request to one peer: when it is due, whether one is under way.

use std::time::{Duration, Instant};

/// At most one request at a time, never two within the gap that is given.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Lane {
    due: Option<Instant>,
    sent: Option<Instant>,
    under_way: bool,
    /// The peer does not speak the protocol.
    pub(crate) unsupported: bool,
}

impl Lane {
    pub(crate) fn due_at(at: Instant) -> Self {
        Self { due: Some(at), ..Self::default() }
    }

    /// Due at this moment, whatever was planned.
    pub(crate) fn set(&mut self, at: Instant) {
        self.due = Some(at);
    }

    /// Due at this moment or earlier, if it was.
    pub(crate) fn hasten(&mut self, at: Instant) {
        self.due = Some(self.due.map_or(at, |due| due.min(at)));
    }

    /// Not due any more.
    pub(crate) fn cancel(&mut self) {
        self.due = None;
    }

    pub(crate) const fn is_idle(&self) -> bool {
        self.due.is_none() && !self.under_way
    }

    /// True if a request is to be sent now; then it counts as sent.
    pub(crate) fn start(&mut self, gap: Duration, now: Instant) -> bool {
        let due = self.due.is_some_and(|due| due <= now);
        let spaced = self.age(now).is_none_or(|age| age >= gap);
        let go = due && spaced && !self.under_way && !self.unsupported;
        if go {
            *self = Self { due: None, sent: Some(now), under_way: true, unsupported: false };
        }
        go
    }

    /// The request under way is over. False if there was none.
    pub(crate) fn finish(&mut self) -> bool {
        std::mem::take(&mut self.under_way)
    }

    pub(crate) fn is_overdue(&self, timeout: Duration, now: Instant) -> bool {
        self.under_way && self.age(now).is_some_and(|age| age >= timeout)
    }

    pub(crate) const fn was_sent(&self) -> bool {
        self.sent.is_some()
    }

    /// How long ago the last request was sent.
    pub(crate) fn age(&self, now: Instant) -> Option<Duration> {
        self.sent.map(|sent| now.saturating_duration_since(sent))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_and_never_within_the_gap() {
        let now = Instant::now();
        let (gap, at) = (Duration::from_secs(6), |s| now + Duration::from_secs(s));
        let mut lane = Lane::due_at(at(1));
        assert!(!lane.start(gap, now));
        assert!(lane.start(gap, at(1)));
        lane.set(at(2));
        assert!(!lane.start(gap, at(9)), "the first is still under way");
        assert!(lane.is_overdue(Duration::from_secs(8), at(9)));
        assert!(lane.finish() && !lane.finish());
        assert!(lane.start(gap, at(9)));
        lane.finish();
        lane.hasten(at(10));
        lane.hasten(at(12));
        assert!(!lane.start(gap, at(14)), "too soon");
        assert!(lane.start(gap, at(15)));
    }
}
