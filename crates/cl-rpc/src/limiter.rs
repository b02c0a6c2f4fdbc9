//! How fast answers go out.
//!
//! The specification forbids to answer a fast requester with an error or to close its stream: whole chunks wait until
//! there is capacity. This is the clock of that waiting: a generic cell rate algorithm, one instant per peer and method.

use std::collections::HashMap;
use std::time::Instant;

use cl_types::Method;
use libp2p_identity::PeerId;

use crate::config::Quotas;

/// Most peers and methods remembered. 64 bytes each.
const MAX_ENTRIES: usize = 8192;

pub(crate) struct Limiter {
    quotas: Quotas,
    /// When the bucket will be full again ("theoretical arrival time"). An instant in the past means the same as none.
    full_at: HashMap<(PeerId, Method), Instant>,
}

impl Limiter {
    pub(crate) fn new(quotas: Quotas) -> Self {
        Self { quotas, full_at: HashMap::new() }
    }

    /// Takes one chunk's worth of capacity, or says when there will be some.
    pub(crate) fn take(&mut self, peer: PeerId, method: Method, now: Instant) -> Result<(), Instant> {
        let quota = self.quotas.of(method);
        let interval = quota.per / quota.chunks.max(1);
        let full_at = self.full_at.get(&(peer, method)).copied().unwrap_or(now).max(now) + interval;
        if let Some(over) = (full_at - now).checked_sub(quota.per).filter(|over| !over.is_zero()) {
            return Err(now + over);
        }
        if self.full_at.len() >= MAX_ENTRIES {
            self.make_room(now);
        }
        self.full_at.insert((peer, method), full_at);
        Ok(())
    }

    fn make_room(&mut self, now: Instant) {
        self.full_at.retain(|_, full_at| *full_at > now);
        if self.full_at.len() >= MAX_ENTRIES {
            // More busy peers than anyone has: forget the one with the least debt.
            if let Some(least) = self.full_at.iter().min_by_key(|(_, full_at)| **full_at).map(|(key, _)| *key) {
                self.full_at.remove(&least);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::config::Quota;

    const SECOND: Duration = Duration::from_secs(1);

    fn limiter() -> Limiter {
        Limiter::new(Quotas {
            by_method: vec![(Method::Ping, Quota { chunks: 2, per: 10 * SECOND })],
            ..Quotas::default()
        })
    }

    #[test]
    fn a_quiet_peer_gets_its_burst_and_then_the_steady_rate() {
        let (mut limiter, peer, start) = (limiter(), PeerId::random(), Instant::now());
        assert_eq!(limiter.take(peer, Method::Ping, start), Ok(()));
        assert_eq!(limiter.take(peer, Method::Ping, start), Ok(()));
        assert_eq!(limiter.take(peer, Method::Ping, start), Err(start + 5 * SECOND));
        // Asking in vain costs nothing, and the promise is kept.
        assert_eq!(limiter.take(peer, Method::Ping, start + 4 * SECOND), Err(start + 5 * SECOND));
        assert_eq!(limiter.take(peer, Method::Ping, start + 5 * SECOND), Ok(()));
        assert_eq!(limiter.take(peer, Method::Ping, start + 5 * SECOND), Err(start + 10 * SECOND));
        let later = start + 100 * SECOND;
        assert_eq!(limiter.take(peer, Method::Ping, later), Ok(()));
        assert_eq!(limiter.take(peer, Method::Ping, later), Ok(()));
        assert!(limiter.take(peer, Method::Ping, later).is_err());
    }

    #[test]
    fn peers_and_methods_do_not_share() {
        let (mut limiter, peer, now) = (limiter(), PeerId::random(), Instant::now());
        while limiter.take(peer, Method::Ping, now).is_ok() {}
        assert_eq!(limiter.take(PeerId::random(), Method::Ping, now), Ok(()));
        assert_eq!(limiter.take(peer, Method::Status, now), Ok(()));
    }

    #[test]
    fn over_a_long_time_the_quota_holds() {
        let (mut limiter, peer, start) = (limiter(), PeerId::random(), Instant::now());
        let passed = (0..10_000)
            .map(|tick| start + tick * Duration::from_millis(10))
            .filter(|now| limiter.take(peer, Method::Ping, *now).is_ok())
            .count();
        // 100 s: the burst of 2 and one each 5 s.
        assert_eq!(passed, 2 + 19);
    }

    #[test]
    fn memory_is_bounded() {
        let (mut limiter, now) = (limiter(), Instant::now());
        for _ in 0..MAX_ENTRIES + 100 {
            limiter.take(PeerId::random(), Method::Ping, now).unwrap();
        }
        assert!(limiter.full_at.len() <= MAX_ENTRIES);
        limiter.take(PeerId::random(), Method::Ping, now + 60 * SECOND).unwrap();
        assert_eq!(limiter.full_at.len(), 1);
    }
}
