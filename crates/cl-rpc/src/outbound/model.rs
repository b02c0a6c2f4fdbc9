//! What holds whatever peers do: many requests to peers of several tempers at random, in virtual time.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use bytes::Bytes;
use cl_types::{Protocol, Root, Slot};

use super::*;
use crate::bucket::{Bucket, Rate};
use crate::codec::ErrorMessage;
use crate::config::{Quota, Quotas};

const SECOND: Duration = Duration::from_secs(1);
const LATENCY: Duration = Duration::from_millis(50);
const MAX_QUEUED: usize = 16;

struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16) % n
    }

    fn pick(&mut self, n: usize) -> usize {
        usize::try_from(self.below(n as u64)).unwrap()
    }
}

/// What a peer does with a request that comes earlier than it likes.
#[derive(Clone, Copy, PartialEq)]
enum Temper {
    /// Refuses it.
    Strict,
    /// Holds its chunks back.
    Patient,
    /// Never answers.
    Deaf,
}

struct Remote {
    id: PeerId,
    temper: Temper,
    rate: Rate,
    buckets: HashMap<Method, Bucket>,
    /// None while it is not connected.
    connection: Option<ConnectionId>,
}

/// A request on the wire.
struct Flight {
    peer: usize,
    connection: ConnectionId,
    id: RequestId,
    method: Method,
    cost: u64,
}

/// A part that was handed to a connection.
struct Sent {
    at: Duration,
    peer: usize,
    method: Method,
    cost: u64,
}

struct Model {
    outbound: Outbound,
    grants: Quotas,
    start: Instant,
    now: Instant,
    remotes: Vec<Remote>,
    /// What is under way, by when it ends.
    flights: BTreeMap<(Instant, u64), Flight>,
    next: u64,
    sent: Vec<Sent>,
    /// Whose requests of which method began, in this order.
    begun: HashMap<(usize, Method), Vec<RequestId>>,
    open: HashSet<RequestId>,
    ended: HashMap<RequestId, bool>,
    asked: HashMap<RequestId, u64>,
    received: HashMap<RequestId, u64>,
    random: Random,
}

fn grants() -> Quotas {
    let of = |chunks, per| Quota { chunks, bytes: u64::MAX, per };
    Quotas { by_method: vec![(Method::Ping, of(2, 10 * SECOND))], other: of(32, 8 * SECOND) }
}

impl Model {
    fn new(tempers: &[(Temper, Rate)], seed: u64) -> Self {
        let pacing = Pacing { grants: grants(), retries: 3 };
        let now = Instant::now();
        let remotes = tempers.iter().map(|(temper, rate)| Remote {
            id: PeerId::random(),
            temper: *temper,
            rate: *rate,
            buckets: HashMap::new(),
            connection: None,
        });
        let mut model = Self {
            outbound: Outbound::new(MAX_QUEUED, pacing),
            grants: grants(),
            start: now,
            now,
            remotes: remotes.collect(),
            flights: BTreeMap::new(),
            next: 0,
            sent: Vec::new(),
            begun: HashMap::new(),
            open: HashSet::new(),
            ended: HashMap::new(),
            asked: HashMap::new(),
            received: HashMap::new(),
            random: Random(seed | 1),
        };
        (0..model.remotes.len()).for_each(|peer| model.connect(peer));
        model
    }

    fn connect(&mut self, peer: usize) {
        self.next += 1;
        let connection = ConnectionId::new_unchecked(usize::try_from(self.next).unwrap());
        self.remotes[peer].connection = Some(connection);
        self.outbound.connected(self.remotes[peer].id, connection);
    }

    fn disconnect(&mut self, peer: usize) {
        let Some(connection) = self.remotes[peer].connection.take() else { return };
        self.flights.retain(|_, flight| flight.connection != connection);
        self.outbound.disconnected(self.remotes[peer].id, connection, self.now);
        self.act();
    }

    fn ask(&mut self, peer: usize, request: Request) -> RequestId {
        let (id, cost) = (self.remotes[peer].id, request.max_chunks());
        let id = self.outbound.send(id, request, self.now);
        assert!(self.open.insert(id), "an id is used once");
        self.asked.insert(id, cost);
        self.act();
        id
    }

    fn ask_anything(&mut self) -> RequestId {
        let peer = self.random.pick(self.remotes.len());
        let request = match self.random.below(4) {
            0 => Request::ping(1),
            1 => Request::blocks_by_root(&vec![Root::ZERO; 1 + self.random.pick(60)]).unwrap(),
            _ => Request::blocks_by_range(Slot(1), 1 + self.random.below(100)).unwrap(),
        };
        self.ask(peer, request)
    }

    /// Does what is to be done.
    fn act(&mut self) {
        while let Some(action) = self.outbound.next_action() {
            match action {
                Action::Start { peer, connection, id, request } => self.on_start(peer, connection, id, &request),
                Action::Abort { id, .. } => {
                    let before = self.flights.len();
                    self.flights.retain(|_, flight| flight.id != id);
                    assert_eq!(self.flights.len() + 1, before, "only what runs is aborted");
                }
                Action::Tell(Event::Chunk { id, .. }) => {
                    assert!(self.open.contains(&id), "a chunk of a request that has ended");
                    *self.received.entry(id).or_default() += 1;
                }
                Action::Tell(Event::Done { id, .. }) => self.on_end(id, true),
                Action::Tell(Event::Failed { id, .. }) => self.on_end(id, false),
                Action::Tell(other) => panic!("{other:?}"),
            }
        }
    }

    fn on_end(&mut self, id: RequestId, well: bool) {
        assert!(self.open.remove(&id), "{id} ended twice, or was never asked");
        self.ended.insert(id, well);
        assert!(self.flights.values().all(|flight| flight.id != id), "{id} ended while a part of it runs");
    }

    fn on_start(&mut self, id_of_peer: PeerId, connection: ConnectionId, id: RequestId, request: &Request) {
        let peer = self.remotes.iter().position(|remote| remote.id == id_of_peer).unwrap();
        assert!(self.open.contains(&id), "{id} starts after its end");
        assert_eq!(self.remotes[peer].connection, Some(connection));
        let (method, cost) = (request.method(), request.max_chunks());
        let running = self.flights.values().filter(|flight| flight.peer == peer && flight.method == method).count();
        assert!(running < MAX_CONCURRENT_REQUESTS, "a third {method:?} at a time");
        let grant = u64::from(self.grants.of(method).chunks);
        assert!(cost <= grant, "{cost} at once, {grant} are granted");
        self.sent.push(Sent { at: self.now - self.start, peer, method, cost });
        let begun = self.begun.entry((peer, method)).or_default();
        if begun.iter().all(|other| *other != id) {
            begun.push(id);
        }
        let remote = &mut self.remotes[peer];
        let took = match remote.temper {
            Temper::Deaf => 10 * SECOND,
            Temper::Strict => LATENCY,
            Temper::Patient => {
                let bucket = remote.buckets.entry(method).or_default();
                let mut at = self.now + LATENCY;
                for _ in 0..cost {
                    at += bucket.wait(remote.rate, 1, at);
                    bucket.take(remote.rate, 1, at);
                }
                at - self.now
            }
        };
        self.next += 1;
        let flight = Flight { peer, connection, id, method, cost };
        self.flights.insert((self.now + took, self.next), flight);
    }

    /// Goes on to what happens next; false if nothing will.
    fn advance(&mut self, until: Instant) -> bool {
        let landing = self.flights.first_key_value().map(|((at, _), _)| *at);
        let due = self.outbound.next_due();
        if let Some(due) = due {
            assert!(due > self.now, "it says to come back at once, and has nothing then");
            let most = 70 * SECOND;
            assert!(due <= self.now + most, "nothing waits longer than that: {:?}", due - self.now);
        }
        let Some(next) = landing.into_iter().chain(due).min().filter(|next| *next <= until) else {
            self.now = self.now.max(until);
            return false;
        };
        self.now = next;
        while let Some(entry) = self.flights.first_entry().filter(|entry| entry.key().0 <= next) {
            let flight = entry.remove();
            self.land(&flight);
        }
        self.outbound.wake(self.now);
        self.act();
        true
    }

    fn land(&mut self, flight: &Flight) {
        let protocol = Protocol::of(flight.method).next().unwrap();
        let remote = &mut self.remotes[flight.peer];
        let result = match remote.temper {
            Temper::Deaf => Err(RequestError::Timeout(Phase::FirstChunk)),
            Temper::Strict => {
                let bucket = remote.buckets.entry(flight.method).or_default();
                if flight.cost > remote.rate.amount || !bucket.wait(remote.rate, flight.cost, self.now).is_zero() {
                    let message = ErrorMessage::new("later");
                    Err(RequestError::Refused { protocol, code: ErrorCode::RATE_LIMITED, message })
                } else {
                    bucket.take(remote.rate, flight.cost, self.now);
                    Ok(())
                }
            }
            Temper::Patient => Ok(()),
        };
        if result.is_ok() {
            for _ in 0..flight.cost {
                self.outbound.chunk(flight.id, Chunk { protocol, fork: None, ssz: Bytes::new() });
            }
        }
        self.act();
        self.outbound.ended(flight.id, result, self.now);
        self.act();
    }

    /// Runs until everything has ended.
    fn drain(&mut self, at_most: Duration) {
        let end = self.now + at_most;
        while !self.open.is_empty() {
            let goes_on = self.advance(end);
            assert!(goes_on, "after {:?} {} requests wait, and nothing is due", self.now - self.start, self.open.len());
        }
        assert!(self.outbound.owners.is_empty() && self.flights.is_empty());
    }

    /// No more was asked for in any stretch of time than is granted, and first come was first served.
    fn check(&self) {
        for peer in 0..self.remotes.len() {
            for method in [Method::Ping, Method::BlocksByRange, Method::BlocksByRoot] {
                let quota = self.grants.of(method);
                let of: Vec<_> = self.sent.iter().filter(|s| s.peer == peer && s.method == method).collect();
                for (i, first) in of.iter().enumerate() {
                    let mut sum = 0;
                    for last in &of[i..] {
                        sum += last.cost;
                        let window = last.at - first.at;
                        let earned = u128::from(quota.chunks) * window.as_nanos() / quota.per.as_nanos();
                        let most = u128::from(quota.chunks) + earned;
                        assert!(u128::from(sum) <= most, "{method:?}: {sum} chunks in {window:?}, {most} are granted");
                    }
                }
                let begun = self.begun.get(&(peer, method)).cloned().unwrap_or_default();
                assert!(begun.is_sorted(), "{method:?}: {begun:?}");
            }
        }
    }
}

fn rate(amount: u64, seconds: u64) -> Rate {
    Rate { amount, per: Duration::from_secs(seconds) }
}

#[test]
fn whatever_happens_each_request_ends_once_and_nothing_exceeds_the_grant() {
    let tempers = [
        (Temper::Patient, rate(1000, 1)),
        (Temper::Patient, rate(3, 10)),
        (Temper::Strict, rate(32, 8)),
        (Temper::Strict, rate(5, 10)),
        (Temper::Deaf, rate(1, 1)),
    ];
    for seed in 1..=25 {
        let mut model = Model::new(&tempers, seed);
        let mut asked = Vec::new();
        for _ in 0..400 {
            match model.random.below(20) {
                0 => {
                    let peer = model.random.pick(tempers.len());
                    model.disconnect(peer);
                }
                1 => {
                    let peer = model.random.pick(tempers.len());
                    if model.remotes[peer].connection.is_none() {
                        model.connect(peer);
                    }
                }
                2 if !asked.is_empty() => {
                    let id = asked[model.random.pick(asked.len())];
                    assert_eq!(model.outbound.cancel(id, model.now), model.open.contains(&id));
                    model.act();
                }
                3..8 => asked.push(model.ask_anything()),
                _ => {
                    let until = model.now + Duration::from_millis(model.random.below(3000));
                    while model.advance(until) {}
                }
            }
        }
        model.drain(3600 * SECOND);
        model.check();
        assert_eq!(model.ended.len(), asked.len(), "seed {seed}");
        for (id, received) in &model.received {
            assert!(received <= &model.asked[id], "{id}: more than was asked for");
        }
    }
}

#[test]
fn what_an_honest_peer_allows_comes_through_and_no_method_waits_for_another() {
    for (temper, rate) in [
        (Temper::Patient, rate(1000, 1)),
        (Temper::Patient, rate(2, 5)),
        (Temper::Strict, rate(32, 8)),
        (Temper::Strict, rate(40, 10)),
    ] {
        let mut model = Model::new(&[(temper, rate)], 7);
        let ids: Vec<_> = (0..6).map(|n| model.ask(0, Request::blocks_by_range(Slot(n * 100), 100).unwrap())).collect();
        let root = model.ask(0, Request::blocks_by_root(&[Root::ZERO; 4]).unwrap());
        assert_eq!(model.begun[&(0, Method::BlocksByRoot)], [root], "it starts while the others wait");
        let optimum = rate.time(604).max(self::rate(32, 8).time(604));
        model.drain(2 * optimum + 120 * SECOND);
        model.check();
        for id in ids {
            assert_eq!((model.ended[&id], model.received[&id]), (true, 100), "{rate:?}");
        }
        assert!(model.ended[&root]);
    }
}
