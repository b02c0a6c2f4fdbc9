//! A token bucket as one instant: when it will be full again.

use std::time::{Duration, Instant};

/// Nothing takes longer: keeps sums of instants in range.
const FOREVER: Duration = Duration::from_secs(24 * 60 * 60);

/// So much in so much time; at most so much at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rate {
    /// `u64::MAX` means without limit, 0 counts as 1.
    pub(crate) amount: u64,
    pub(crate) per: Duration,
}

impl Rate {
    /// How long it takes to earn a cost. Rounded up, so that no rounding gives anything away.
    pub(crate) fn time(self, cost: u64) -> Duration {
        if self.amount == u64::MAX {
            return Duration::ZERO;
        }
        let amount = u128::from(self.amount.max(1));
        let nanos = self.per.as_nanos().saturating_mul(u128::from(cost)).div_ceil(amount);
        u64::try_from(nanos).map_or(FOREVER, |nanos| Duration::from_nanos(nanos).min(FOREVER))
    }
}

/// A generic cell rate algorithm with debt: what is dearer than a full bucket passes when the bucket is full, and is
/// paid off afterwards.
///
/// What passes in any stretch of time `w` costs at most `amount * (1 + w / per)`; if single things are dearer than
/// `amount`, the dearest of them takes the place of the 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bucket {
    /// None, or an instant in the past, means full.
    full_at: Option<Instant>,
}

impl Bucket {
    /// How long until this cost may be taken.
    pub(crate) fn wait(self, rate: Rate, cost: u64, now: Instant) -> Duration {
        let missing = self.missing(now);
        let needed = rate.time(cost).min(rate.per);
        if needed.is_zero() { Duration::ZERO } else { (missing + needed).saturating_sub(rate.per) }
    }

    /// Takes a cost, whether or not it is there.
    pub(crate) fn take(&mut self, rate: Rate, cost: u64, now: Instant) {
        let missing = self.missing(now) + rate.time(cost);
        self.full_at = now.checked_add(missing.min(FOREVER));
    }

    /// How long until it is full.
    pub(crate) fn missing(self, now: Instant) -> Duration {
        self.full_at.map_or(Duration::ZERO, |full_at| full_at.saturating_duration_since(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const RATE: Rate = Rate { amount: 10, per: Duration::from_secs(5) };

    #[test]
    fn a_full_bucket_gives_all_at_once_and_then_as_it_fills() {
        let (mut bucket, now) = (Bucket::default(), Instant::now());
        assert_eq!(bucket.wait(RATE, 10, now), Duration::ZERO);
        bucket.take(RATE, 10, now);
        assert_eq!(bucket.wait(RATE, 1, now), SECOND / 2);
        assert_eq!(bucket.wait(RATE, 4, now), 2 * SECOND);
        assert_eq!(bucket.wait(RATE, 4, now + 2 * SECOND), Duration::ZERO);
        assert_eq!(bucket.missing(now + 5 * SECOND), Duration::ZERO);
    }

    #[test]
    fn what_is_dearer_than_the_bucket_passes_when_it_is_full_and_is_paid_off() {
        let (mut bucket, now) = (Bucket::default(), Instant::now());
        bucket.take(RATE, 1, now);
        assert_eq!(bucket.wait(RATE, 30, now), SECOND / 2);
        bucket.take(RATE, 30, now + SECOND);
        assert_eq!(bucket.wait(RATE, 1, now + SECOND), 10 * SECOND + SECOND / 2);
    }

    #[test]
    fn no_limit_and_no_amount() {
        let (mut bucket, now) = (Bucket::default(), Instant::now());
        let none = Rate { amount: u64::MAX, per: SECOND };
        bucket.take(none, u64::MAX, now);
        assert_eq!(bucket.wait(none, u64::MAX, now), Duration::ZERO);
        let least = Rate { amount: 0, per: SECOND };
        bucket.take(least, u64::MAX, now);
        assert_eq!(bucket.wait(least, 1, now), FOREVER);
    }
}
