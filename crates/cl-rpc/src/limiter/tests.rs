//! The promises of the limiter, in virtual time.

use super::*;
use crate::config::Quota;

const SECOND: Duration = Duration::from_secs(1);

fn limiter() -> Limiter {
    let ping = Quota { chunks: 2, bytes: u64::MAX, per: 10 * SECOND };
    let other = Quota { chunks: 100, bytes: 1000, per: 10 * SECOND };
    Limiter::new(Quotas { by_method: vec![(Method::Ping, ping)], other }, None)
}

#[test]
fn a_quiet_peer_gets_its_burst_and_then_the_steady_rate() {
    let (mut limiter, peer, start) = (limiter(), PeerId::random(), Instant::now());
    let mut take = |now| limiter.take(peer, Method::Ping, 8, now);
    assert_eq!(take(start), Ok(()));
    assert_eq!(take(start), Ok(()));
    assert_eq!(take(start), Err(Wait::Quota(start + 5 * SECOND)));
    // Asking in vain costs nothing, and the promise is kept.
    assert_eq!(take(start + 4 * SECOND), Err(Wait::Quota(start + 5 * SECOND)));
    assert_eq!(take(start + 5 * SECOND), Ok(()));
    assert_eq!(take(start + 5 * SECOND), Err(Wait::Quota(start + 10 * SECOND)));
    let later = start + 100 * SECOND;
    assert_eq!(take(later), Ok(()));
    assert_eq!(take(later), Ok(()));
    assert!(take(later).is_err());
}

#[test]
fn bytes_count_as_well_as_chunks() {
    let (mut limiter, peer, start) = (limiter(), PeerId::random(), Instant::now());
    let mut take = |bytes, now| limiter.take(peer, Method::BlocksByRange, bytes, now);
    assert_eq!(take(900, start), Ok(()));
    assert_eq!(take(200, start), Err(Wait::Quota(start + SECOND)));
    assert_eq!(take(100, start), Ok(()));
    // One that is larger than the quota passes when nothing else did for long enough, and is paid off.
    assert_eq!(take(5000, start), Err(Wait::Quota(start + 10 * SECOND)));
    assert_eq!(take(5000, start + 10 * SECOND), Ok(()));
    assert_eq!(take(1, start + 10 * SECOND), Err(Wait::Quota(start + 50 * SECOND + SECOND / 100)));
}

#[test]
fn peers_and_methods_do_not_share() {
    let (mut limiter, peer, now) = (limiter(), PeerId::random(), Instant::now());
    while limiter.take(peer, Method::Ping, 8, now).is_ok() {}
    assert_eq!(limiter.take(PeerId::random(), Method::Ping, 8, now), Ok(()));
    assert_eq!(limiter.take(peer, Method::Status, 84, now), Ok(()));
}

#[test]
fn all_peers_share_the_budget() {
    let mut limiter = Limiter::new(Quotas::unlimited(), Some(1000));
    let (now, mut take) = (Instant::now(), |now| limiter.take(PeerId::random(), Method::BlocksByRange, 600, now));
    assert_eq!(take(now), Ok(()));
    assert_eq!(take(now), Err(Wait::Budget(now + SECOND / 5)));
    assert_eq!(take(now + SECOND / 5), Ok(()));
}

#[test]
fn exempt_peers_have_no_quota_and_leave_the_budget_to_the_others() {
    let (mut limiter, peer, now) = (limiter(), PeerId::random(), Instant::now());
    while limiter.take(peer, Method::Ping, 8, now).is_ok() {}
    limiter.budget = Some(Rate { amount: 8000, per: SECOND });
    assert!(limiter.exempt(peer, true) && !limiter.exempt(peer, true));
    for _ in 0..1001 {
        assert_eq!(limiter.take(peer, Method::Ping, 8, now), Ok(()));
    }
    assert_eq!(limiter.take(PeerId::random(), Method::BlocksByRange, 900, now), Ok(()));
    assert!(limiter.exempt(peer, false) && !limiter.exempt(peer, false));
    let later = now + 60 * SECOND;
    assert_eq!(limiter.take(peer, Method::Ping, 8, later), Ok(()));
    assert_eq!(limiter.take(peer, Method::Ping, 8, later), Ok(()));
    assert!(limiter.take(peer, Method::Ping, 8, later).is_err());
}

#[test]
fn memory_is_bounded() {
    let (mut limiter, now) = (limiter(), Instant::now());
    for _ in 0..MAX_ENTRIES + 100 {
        limiter.take(PeerId::random(), Method::Ping, 8, now).unwrap();
    }
    assert!(limiter.spent.len() <= MAX_ENTRIES);
    limiter.take(PeerId::random(), Method::Ping, 8, now + 60 * SECOND).unwrap();
    assert_eq!(limiter.spent.len(), 1);
}
