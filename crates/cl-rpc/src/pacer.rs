//! How fast we ask one peer for one method.
//!
//! We begin with what clients are known to grant, and never ask for more. A refusal (code 139) halves the allowance and
//! pauses; so does an answer that is held back, without the pause. Each answer in good time gives a sixteenth back. What
//! was refused is not tried again for an hour: the allowance recovers to three quarters of it. So the number of refusals
//! is bounded by the logarithm of how wrong we were, and whatever the peer allows, from one chunk a minute on, comes
//! through: the allowance never sinks below that, and no pause is longer than a minute.

use std::time::{Duration, Instant};

use crate::bucket::{Bucket, Rate};
use crate::config::Quota;

/// The whole of what is granted, as a share.
const ALL: u64 = 1 << 24;
/// What an answer in good time gives back: this part of what is used, and of the whole.
const GROWTH: (u64, u64) = (16, 1024);
/// The longest pause, and the slowest rate: one chunk in this time.
const SLOWEST: Duration = Duration::from_secs(60);
/// How long a refusal is remembered.
const MEMORY: Duration = Duration::from_secs(60 * 60);
/// An answer that takes longer, and comes slower than we may ask, is being held back.
const PATIENCE: Duration = Duration::from_secs(2);

/// The pace of one method at one peer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    quota: Quota,
    /// How much of the quota we use, of [`ALL`].
    share: u64,
    bucket: Bucket,
    /// The share that was refused last, and when.
    refused: Option<(u64, Instant)>,
    /// Refusals since the last answer.
    in_a_row: u32,
    /// When the last pause ends. Answers to what was asked before it say nothing new.
    paused_until: Option<Instant>,
}

impl Pace {
    pub(crate) fn new(quota: Quota) -> Self {
        Self { quota, share: ALL, bucket: Bucket::default(), refused: None, in_a_row: 0, paused_until: None }
    }

    /// The most that one request should ask for.
    pub(crate) fn largest(&self) -> u64 {
        match self.quota.chunk_rate().amount {
            u64::MAX => u64::MAX,
            amount => (amount.saturating_mul(self.share) / ALL).max(1),
        }
    }

    /// When a request for so much may start.
    pub(crate) fn may_start(&self, cost: u64, now: Instant) -> Result<(), Instant> {
        let pause = self.paused_until.map_or(Duration::ZERO, |until| until.saturating_duration_since(now));
        let wait = self.bucket.wait(self.rate(), cost, now).max(pause);
        if wait.is_zero() { Ok(()) } else { Err(now + wait) }
    }

    /// A request for so much has started.
    pub(crate) fn started(&mut self, cost: u64, now: Instant) {
        self.bucket.take(self.rate(), cost, now);
    }

    /// So much was received for a request that started at `since`.
    pub(crate) fn answered(&mut self, received: u64, since: Instant, now: Instant) {
        self.in_a_row = 0;
        let took = now.saturating_duration_since(since);
        if took > PATIENCE && took > self.rate().time(received.max(1)) {
            // What came in that time is what the peer allows.
            let rate = self.rate().time(received.max(1)).as_millis();
            let seen = u128::from(self.share) * rate / took.as_millis().max(1);
            self.set(u64::try_from(seen).unwrap_or(ALL).max(self.share / 2));
        } else {
            let ceiling = match self.refused {
                Some((share, when)) if now.saturating_duration_since(when) < MEMORY => share * 3 / 4,
                _ => ALL,
            };
            self.set((self.share + self.share / GROWTH.0 + ALL / GROWTH.1).min(ceiling).max(self.share));
        }
    }

    /// A request that started at `since` was refused for being too early.
    pub(crate) fn refused(&mut self, since: Instant, now: Instant) {
        if self.quota.is_unlimited() {
            return;
        }
        // Of two requests that were on their way, the second refusal tells nothing new.
        if self.paused_until.is_none_or(|until| since >= until) {
            self.refused = Some((self.share, now));
            self.set(self.share / 2);
            self.in_a_row += 1;
        }
        let pause = self.quota.per.saturating_mul(1 << (self.in_a_row.clamp(1, 5) - 1));
        self.paused_until = now.checked_add((pause + pause / 10).min(SLOWEST));
    }

    /// A request was not answered in time.
    pub(crate) fn unanswered(&mut self) {
        self.set(self.share / 2);
    }

    /// True if it is as good as a new one.
    pub(crate) fn is_fresh(&self, now: Instant) -> bool {
        self.share == ALL
            && self.bucket.missing(now).is_zero()
            && self.refused.is_none_or(|(_, when)| now.saturating_duration_since(when) >= MEMORY)
    }

    /// Changes the share. A bucket that was half empty stays half empty.
    fn set(&mut self, share: u64) {
        self.share = share.clamp(self.least(), ALL);
    }

    fn least(&self) -> u64 {
        let amount = self.quota.chunk_rate().amount.max(1);
        let one_a_minute = u128::from(ALL) * self.quota.per.as_millis() / (SLOWEST.as_millis() * u128::from(amount));
        u64::try_from(one_a_minute).unwrap_or(ALL).clamp(1, ALL)
    }

    /// The share as a rate. A tenth slower than granted: requests that leave evenly do not arrive evenly.
    fn rate(&self) -> Rate {
        let Rate { amount, per } = self.quota.chunk_rate();
        if amount == u64::MAX {
            return Rate { amount, per };
        }
        let burst = self.largest();
        let nanos = (per + per / 10).as_nanos() * u128::from(burst) * u128::from(ALL)
            / (u128::from(amount.max(1)) * u128::from(self.share.max(1)));
        Rate { amount: burst, per: Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX)) }
    }
}

#[cfg(test)]
mod tests;
