//! What holds whatever peers do: many peers, streams and sizes at random, in virtual time.

use std::collections::HashMap;
use std::time::Duration;

use bytes::Bytes;
use cl_types::Method;

use super::*;
use crate::config::{Quota, Quotas};
use crate::test_chain;

const SECOND: Duration = Duration::from_secs(1);
/// The largest chunk of the model.
const LARGEST: u64 = 60_000;

struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16) % n
    }
}

/// A chunk that left.
#[derive(Clone, Copy)]
struct Sent {
    at: Duration,
    peer: usize,
    protocol: Protocol,
    bytes: u64,
}

/// Peers that always have something to ask for, in front of the bookkeeping.
struct Model {
    inbound: Inbound,
    start: Instant,
    now: Instant,
    peers: Vec<PeerId>,
    /// Streams by id: whose, and how many chunks are still to come.
    open: HashMap<InboundId, (usize, Protocol, u64)>,
    next: u64,
    sent: Vec<Sent>,
    random: Random,
}

impl Model {
    fn new(quotas: Quotas, budget: Option<u64>, peers: usize, seed: u64) -> Self {
        let limits = Limits { quotas, budget, queued_bytes: usize::MAX, ..Limits::default() };
        let now = Instant::now();
        Self {
            inbound: Inbound::new(test_chain(), &limits),
            start: now,
            now,
            peers: (0..peers).map(|_| PeerId::random()).collect(),
            open: HashMap::new(),
            next: 0,
            sent: Vec::new(),
            random: Random(seed | 1),
        }
    }

    /// A peer asks for so many chunks of a size; all are queued at once.
    fn ask(&mut self, peer: usize, protocol: Protocol, chunks: u64, mut size: impl FnMut(&mut Random) -> u64) {
        let id = InboundId { connection: ConnectionId::new_unchecked(peer), stream: self.next };
        self.next += 1;
        self.inbound.opened(self.peers[peer], id, InboundRequest { protocol, body: Bytes::new() });
        let digest = test_chain().entries().next().unwrap().digest;
        for _ in 0..chunks {
            let ssz = Bytes::from(vec![0; usize::try_from(size(&mut self.random)).unwrap()]);
            self.inbound.respond(id, Response::Chunk { context: Some(digest), ssz }).unwrap();
        }
        if chunks < protocol.max_chunks() {
            self.inbound.finish(id).unwrap();
        }
        self.open.insert(id, (peer, protocol, chunks));
        while self.inbound.next_event().is_some() {}
    }

    /// Lets everything go that may go now. Connections write at once.
    fn release(&mut self) {
        while let Some((peer, id, outgoing)) = self.inbound.release(self.now) {
            let (number, protocol, left) = self.open.get_mut(&id).unwrap();
            assert_eq!(self.peers[*number], peer);
            match outgoing {
                Outgoing::Chunk(_, ssz) => {
                    *left -= 1;
                    let at = self.now - self.start;
                    self.sent.push(Sent { at, peer: *number, protocol: *protocol, bytes: ssz.len() as u64 });
                    self.inbound.written(id, 1);
                }
                Outgoing::End => {
                    assert_eq!(*left, 0);
                    self.open.remove(&id);
                    self.inbound.closed(peer, Some(id), Ok(()));
                }
                Outgoing::Error(..) => panic!("the limiter never answers with an error"),
            }
            while self.inbound.next_event().is_some() {}
        }
    }

    /// Goes on to when something is due; false if nothing is.
    fn advance(&mut self) -> bool {
        let due = self.inbound.next_release();
        if let Some(due) = due {
            assert!(due > self.now, "it says to come back at once, and has nothing then");
            self.now = due;
        }
        due.is_some()
    }
}

/// In no stretch of time does more leave than was promised. `cost` picks what counts.
fn check_windows(sent: &[Sent], what: &str, amount: u64, per: Duration, cost: impl Fn(&Sent) -> u64) {
    let dearest = sent.iter().map(&cost).max().unwrap_or_default().max(amount);
    for (i, first) in sent.iter().enumerate() {
        let mut sum = 0;
        for last in &sent[i..] {
            sum += cost(last);
            let window = last.at - first.at;
            let earned = u128::from(amount) * window.as_nanos() / per.as_nanos();
            assert!(u128::from(sum) <= u128::from(dearest) + earned + 1, "{what}: {sum} in {window:?}");
        }
    }
}

#[test]
fn nothing_exceeds_its_quota_or_the_budget_and_everything_arrives() {
    let quotas = Quotas {
        by_method: vec![(Method::BlocksByRoot, Quota { chunks: 10, bytes: 200_000, per: 4 * SECOND })],
        other: Quota { chunks: 30, bytes: 400_000, per: 10 * SECOND },
    };
    for seed in 1..=30 {
        let budget = [None, Some(100_000), Some(30_000)][usize::try_from(seed).unwrap() % 3];
        let mut model = Model::new(quotas.clone(), budget, 5, seed);
        let mut asked = 0;
        for _ in 0..400 {
            if model.open.len() < 20 && asked < 600 {
                let peer = usize::try_from(model.random.below(5)).unwrap();
                let protocol = [Protocol::BlocksByRangeV2, Protocol::BlocksByRootV2]
                    [usize::try_from(model.random.below(2)).unwrap()];
                let chunks = 1 + model.random.below(20);
                asked += chunks;
                model.ask(peer, protocol, chunks, |random| 500 + random.below(LARGEST - 500));
            }
            model.release();
            model.now += Duration::from_millis(model.random.below(400));
        }
        let mut turns = 0;
        while !model.open.is_empty() {
            model.release();
            assert!(model.open.is_empty() || model.advance(), "seed {seed}: nothing is due, and something waits");
            turns += 1;
            assert!(turns < 100_000);
        }
        assert_eq!(model.sent.len() as u64, asked);
        for peer in 0..5 {
            for protocol in [Protocol::BlocksByRangeV2, Protocol::BlocksByRootV2] {
                let of: Vec<_> =
                    model.sent.iter().filter(|s| s.peer == peer && s.protocol == protocol).copied().collect();
                let quota = quotas.of(protocol.method());
                check_windows(&of, "chunks", quota.chunks.into(), quota.per, |_| 1);
                check_windows(&of, "bytes", quota.bytes, quota.per, |s| s.bytes);
            }
        }
        if let Some(budget) = budget {
            check_windows(&model.sent, "budget", budget, SECOND, |s| s.bytes);
        }
        // The end comes when it must: nothing waits without a reason.
        let last = model.sent.last().unwrap().at;
        let all: u64 = model.sent.iter().map(|s| s.bytes).sum();
        let slowest = all as f64 / budget.unwrap_or(40_000).min(40_000) as f64;
        assert!(last.as_secs_f64() < 160.0 + slowest, "seed {seed}: {last:?}");
    }
}

#[test]
fn one_greedy_peer_does_not_starve_the_others() {
    let mut model = Model::new(Quotas::unlimited(), Some(200_000), 4, 7);
    // Forty streams of large chunks, against one stream each; the last one asks for small things.
    for _ in 0..40 {
        model.ask(0, Protocol::BlocksByRangeV2, 100, |_| LARGEST);
    }
    model.ask(1, Protocol::BlocksByRangeV2, 100, |_| LARGEST);
    model.ask(2, Protocol::BlocksByRootV2, 120, |_| LARGEST / 2);
    model.ask(3, Protocol::BlocksByRootV2, 120, |_| LARGEST / 20);
    while model.open.values().filter(|(peer, ..)| *peer != 0).count() > 1 {
        model.release();
        assert!(model.advance());
    }
    // As long as two want more, neither gets ahead by more than what a turn may be worth.
    let mut sums = [0u64; 4];
    for sent in &model.sent {
        sums[sent.peer] += sent.bytes;
        let (most, least) = (sums[0].max(sums[1]), sums[0].min(sums[1]));
        assert!(sums[1] >= 100 * LARGEST || most - least <= 2 * LARGEST, "{sums:?}");
        assert!(sums[2] >= 60 * LARGEST || sums[0] <= sums[2] + 3 * LARGEST, "{sums:?}");
    }
    // Small things do not queue behind large ones: a third of the share was never needed.
    let small = model.sent.iter().filter(|s| s.peer == 3).map(|s| s.at).max().unwrap();
    let fair = Duration::from_secs_f64(4.5 * 120.0 * (LARGEST / 20) as f64 / 200_000.0);
    assert!(small < fair + 3 * SECOND, "{small:?} {fair:?}");
}

#[test]
fn streams_of_a_method_take_turns_at_a_quota() {
    let quotas = Quotas::all(Quota { chunks: 2, bytes: u64::MAX, per: 2 * SECOND });
    let mut model = Model::new(quotas, None, 1, 3);
    model.ask(0, Protocol::BlocksByRangeV2, 50, |_| 1000);
    model.ask(0, Protocol::BlocksByRangeV2, 50, |_| 3000);
    for _ in 0..40 {
        model.release();
        model.advance();
    }
    let small = model.sent.iter().filter(|s| s.bytes == 1000).count();
    assert!(model.sent.len().abs_diff(2 * small) <= 1, "{small} of {}", model.sent.len());
}

#[test]
fn silence_earns_nothing_and_greed_is_not_forgotten() {
    let mut model = Model::new(Quotas::unlimited(), Some(LARGEST), 2, 3);
    model.ask(0, Protocol::BlocksByRangeV2, 100, |_| LARGEST);
    for _ in 0..50 {
        model.release();
        model.advance();
    }
    // A newcomer does not get what it has not asked for in the past.
    model.ask(1, Protocol::BlocksByRangeV2, 100, |_| LARGEST);
    model.sent.clear();
    for _ in 0..20 {
        model.release();
        model.advance();
    }
    let new = model.sent.iter().filter(|s| s.peer == 1).count();
    assert!((9..=11).contains(&new), "{new} of {}", model.sent.len());
}
