//! A pace against peers whose quota it does not know, in virtual time.

use super::*;

const SECOND: Duration = Duration::from_secs(1);
const BLOCKS: Quota = Quota { chunks: 128, bytes: u64::MAX, per: Duration::from_secs(10) };

#[test]
fn what_is_granted_may_be_asked_at_once_and_then_a_little_slower() {
    let (mut pace, now) = (Pace::new(BLOCKS), Instant::now());
    assert_eq!(pace.largest(), 128);
    assert_eq!(pace.may_start(128, now), Ok(()));
    pace.started(128, now);
    assert_eq!(pace.may_start(128, now), Err(now + 11 * SECOND));
    assert_eq!(pace.may_start(64, now), Err(now + 11 * SECOND / 2));
    assert_eq!(pace.may_start(128, now + 11 * SECOND), Ok(()));
}

#[test]
fn without_limit_nothing_waits() {
    let (mut pace, now) = (Pace::new(Quota::UNLIMITED), Instant::now());
    for _ in 0..10 {
        pace.started(u64::MAX, now);
        pace.refused(now, now);
        assert_eq!(pace.may_start(u64::MAX, now), Ok(()));
    }
    assert_eq!(pace.largest(), u64::MAX);
}

#[test]
fn a_refusal_halves_and_pauses_and_good_answers_give_back() {
    let (mut pace, now) = (Pace::new(BLOCKS), Instant::now());
    pace.started(128, now);
    pace.refused(now, now);
    assert_eq!(pace.largest(), 64);
    assert_eq!(pace.may_start(1, now), Err(now + 11 * SECOND));
    // The second of two that were on their way says nothing new.
    pace.refused(now, now + SECOND);
    assert_eq!(pace.largest(), 64);
    let mut now = now + 60 * SECOND;
    for _ in 0..100 {
        pace.started(64, now);
        pace.answered(64, now, now + SECOND);
        now += 20 * SECOND;
    }
    // What was refused is not tried again, until that is long ago.
    assert_eq!(pace.largest(), 96);
    pace.answered(64, now, now);
    for _ in 0..6 {
        now += MEMORY;
        pace.answered(64, now, now);
    }
    assert_eq!(pace.largest(), 128);
    assert!(pace.is_fresh(now + 60 * SECOND));
}

#[test]
fn it_never_sinks_below_one_a_minute() {
    for (chunks, seconds) in [(1, 10), (2, 10), (5, 15), (128, 10), (16_384, 10)] {
        let quota = Quota { chunks, bytes: u64::MAX, per: Duration::from_secs(seconds) };
        let (mut pace, mut now) = (Pace::new(quota), Instant::now());
        for _ in 0..100 {
            assert!(pace.largest() >= 1);
            let due = pace.may_start(1, now).map_or_else(|due| due, |()| now);
            assert!(due <= now + 67 * SECOND, "{quota:?}: {:?}", due - now);
            now = due;
            pace.started(1, now);
            pace.refused(now, now);
            pace.unanswered();
        }
    }
}

/// A peer with a token bucket of its own.
struct Peer {
    rate: Rate,
    bucket: Bucket,
    /// Answers late instead of refusing.
    patient: bool,
}

/// What came of asking for so many chunks, one request after the other.
struct Outcome {
    took: Duration,
    refusals: Vec<Duration>,
}

fn fetch(granted: Quota, peer: &mut Peer, mut chunks: u64) -> Outcome {
    let start = Instant::now();
    let (mut pace, mut now) = (Pace::new(granted), start);
    let mut refusals = Vec::new();
    for _ in 0..1_000_000 {
        if chunks == 0 {
            return Outcome { took: now - start, refusals };
        }
        let cost = pace.largest().min(chunks);
        if let Err(due) = pace.may_start(cost, now) {
            assert!(due > now && due <= now + 70 * SECOND, "{:?}", due - now);
            now = due;
            continue;
        }
        pace.started(cost, now);
        let since = now;
        now += Duration::from_millis(50);
        let wait = peer.bucket.wait(peer.rate, cost, now);
        if !peer.patient && (!wait.is_zero() || cost > peer.rate.amount) {
            pace.refused(since, now);
            refusals.push(now - start);
            continue;
        }
        // A patient peer sends each chunk as soon as it may.
        for _ in 0..cost {
            now += peer.bucket.wait(peer.rate, 1, now);
            peer.bucket.take(peer.rate, 1, now);
        }
        pace.answered(cost, since, now);
        chunks -= cost;
    }
    panic!("it never ends: {} refusals, {chunks} left", refusals.len());
}

/// The quotas that peers may have: any number of chunks in some seconds.
fn quotas() -> impl Iterator<Item = Rate> {
    [1, 2, 3, 5, 10, 31, 64, 100, 128, 1000].into_iter().flat_map(|amount| {
        [1, 5, 10, 20, 60].into_iter().map(move |seconds| Rate { amount, per: Duration::from_secs(seconds) })
    })
}

#[test]
fn strict_peers_are_learnt_and_then_never_exceeded() {
    for rate in quotas() {
        let mut peer = Peer { rate, bucket: Bucket::default(), patient: false };
        let chunks = 60 * rate.amount.min(128);
        let Outcome { took, refusals } = fetch(BLOCKS, &mut peer, chunks);
        let optimum = rate.time(chunks).max(Rate { amount: 128, per: 11 * SECOND }.time(chunks));
        assert!(took <= 4 * optimum + 900 * SECOND, "{rate:?}: {took:?}, at best {optimum:?}");
        // Each halves what may be asked for; there is little that can be halved.
        assert!(refusals.len() <= 16, "{rate:?}: {refusals:?}");
        // What grants as much as we take it to grant never has to refuse.
        if rate.amount >= 128 && rate.time(128) <= 10 * SECOND {
            assert!(refusals.is_empty(), "{rate:?}: {refusals:?}");
        }
        // All is learnt in the beginning. What is forgotten after an hour is learnt again, from where we are.
        let between = |from: u64, to: u64| refusals.iter().filter(|when| (from..to).contains(&when.as_secs())).count();
        assert_eq!(between(1800, 3600), 0, "{rate:?}: {refusals:?}");
        for hour in 1..=took.as_secs() / 3600 {
            assert!(between(hour * 3600, hour * 3600 + 3600) <= 4, "{rate:?}: {refusals:?}");
        }
    }
}

#[test]
fn patient_peers_are_not_slowed_down_by_us() {
    for rate in quotas() {
        let mut peer = Peer { rate, bucket: Bucket::default(), patient: true };
        let chunks = 20 * rate.amount.min(128);
        let Outcome { took, refusals } = fetch(BLOCKS, &mut peer, chunks);
        let optimum = rate.time(chunks).max(Rate { amount: 128, per: 11 * SECOND }.time(chunks));
        assert!(took <= 3 * optimum + 30 * SECOND, "{rate:?}: {took:?}, at best {optimum:?}");
        assert!(refusals.is_empty());
    }
}

#[test]
fn who_becomes_generous_again_is_asked_more_again() {
    let slow = Rate { amount: 8, per: 10 * SECOND };
    let mut peer = Peer { rate: slow, bucket: Bucket::default(), patient: true };
    let start = Instant::now();
    let (mut pace, mut now) = (Pace::new(BLOCKS), start);
    let mut ask = |peer: &mut Peer, pace: &mut Pace, chunks: u64| {
        let begin = now;
        let mut left = chunks;
        while left > 0 {
            let cost = pace.largest().min(left);
            now = pace.may_start(cost, now).map_or_else(|due| due, |()| now);
            pace.started(cost, now);
            let since = now;
            for _ in 0..cost {
                now += peer.bucket.wait(peer.rate, 1, now);
                peer.bucket.take(peer.rate, 1, now);
            }
            pace.answered(cost, since, now);
            left -= cost;
        }
        now - begin
    };
    ask(&mut peer, &mut pace, 200);
    assert!(pace.largest() < 64);
    peer.rate = Rate { amount: 10_000, per: SECOND };
    ask(&mut peer, &mut pace, 2000);
    assert_eq!(pace.largest(), 128);
    assert!(ask(&mut peer, &mut pace, 1280) < 125 * SECOND);
}
