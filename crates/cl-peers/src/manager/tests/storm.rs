//! Random inputs: no panic, no storm of actions, no broken promise.

use std::collections::{BTreeMap, BTreeSet};

use cl_types::{Fault, GoodbyeReason, Method, Severity, Source};
use proptest::prelude::*;

use super::*;
use crate::coverage::{Targets, Wanted};
use crate::lifecycle::{MAX_STEPS, State};
use crate::peer::{MAX_GOODBYES, Peer};
use crate::prospects::Prospect;
use crate::ranges::Range;
use crate::subnets::Subnets;
use crate::testing::{OURS, STRANGE};

const PEERS: usize = 12;
const TARGET: usize = 4;
const MAX: usize = 6;
const DIALING: usize = 3;
const PER_SECOND: usize = 2;

#[derive(Clone, Copy, Debug)]
enum Input {
    Discovered(usize),
    DialFailed(usize),
    Connected(usize, bool),
    Closed(usize),
    Status(usize, bool, bool),
    MetaData(usize, u64),
    Pinged(usize, u64),
    Pong(usize, u64),
    Goodbye(usize, u64),
    Failed(usize, u8, bool),
    Fault(usize, u8),
    Disconnect(usize),
    Control(usize, u8),
    Router(usize, i32),
    Want(u64),
    Tick(u64),
}

fn input() -> impl Strategy<Value = Input> {
    let peer = 0..PEERS;
    prop_oneof![
        1 => peer.clone().prop_map(Input::Discovered),
        1 => peer.clone().prop_map(Input::DialFailed),
        4 => (peer.clone(), any::<bool>()).prop_map(|(peer, dialer)| Input::Connected(peer, dialer)),
        2 => peer.clone().prop_map(Input::Closed),
        3 => (peer.clone(), any::<bool>(), prop::bool::weighted(0.9)).prop_map(|(p, ask, ok)| Input::Status(p, ask, ok)),
        3 => (peer.clone(), 0..5_u64).prop_map(|(peer, seq)| Input::MetaData(peer, seq)),
        1 => (peer.clone(), 0..5_u64).prop_map(|(peer, seq)| Input::Pinged(peer, seq)),
        1 => (peer.clone(), 0..5_u64).prop_map(|(peer, seq)| Input::Pong(peer, seq)),
        1 => (peer.clone(), any::<u64>()).prop_map(|(peer, reason)| Input::Goodbye(peer, reason)),
        1 => (peer.clone(), 0..5_u8, any::<bool>()).prop_map(|(peer, what, unknown)| Input::Failed(peer, what, unknown)),
        1 => (peer.clone(), 0..6_u8).prop_map(|(peer, fault)| Input::Fault(peer, fault)),
        1 => peer.clone().prop_map(Input::Disconnect),
        1 => (peer.clone(), 0..9_u8).prop_map(|(peer, what)| Input::Control(peer, what)),
        1 => (peer, -20_000..1000_i32).prop_map(|(peer, score)| Input::Router(peer, score)),
        1 => any::<u64>().prop_map(Input::Want),
        6 => (0..20_000_u64).prop_map(Input::Tick),
    ]
}

fn fault(number: u8) -> Fault {
    let severities = [Severity::Low, Severity::Mid, Severity::High, Severity::Fatal];
    severities.get(usize::from(number)).map_or(Fault::Network, |severity| Fault::Peer(*severity))
}

fn control(manager: &mut Manager, peer: PeerId, what: u8, now: Instant) {
    let range = Range::host([127, 0, 0, 1].into());
    match what {
        0 => manager.add(peer, vec![address(2)], now),
        1 => manager.remove(&peer, now),
        2 => manager.ban(peer, Some(Duration::from_secs(60)), now),
        3 => manager.unban(&peer, now),
        4 => manager.untrust(&peer),
        5 => manager.remove_static(&peer, now),
        6 => _ = manager.lacks_columns(&peer, (0..128).map(|column| (column, cl_types::Slot(0))), now),
        7 => _ = manager.ban_range(range, Some(Duration::from_secs(5)), now),
        _ => _ = manager.unban_range(range),
    }
}

/// What the promises are checked against.
struct Model {
    node: Node,
    peers: Vec<PeerId>,
    open: BTreeMap<PeerId, BTreeSet<ConnectionKey>>,
    dial_times: Vec<Instant>,
    ready: BTreeSet<PeerId>,
    last_sent: BTreeMap<(PeerId, u8), Instant>,
    next_key: u64,
}

impl Model {
    fn new() -> Self {
        let node = Node::with(|config| {
            config.target_peers = TARGET;
            config.max_peers = MAX;
            config.max_dialing = DIALING;
            config.dials_per_second = PER_SECOND;
            config.max_known = PEERS - 2;
        });
        let peers = (0..PEERS).map(|_| someone()).collect();
        Self {
            node,
            peers,
            open: BTreeMap::new(),
            dial_times: Vec::new(),
            ready: BTreeSet::new(),
            last_sent: BTreeMap::new(),
            next_key: 0,
        }
    }

    fn apply(&mut self, input: Input) {
        let now = self.node.now;
        let peers = self.peers.clone();
        let manager = &mut self.node.manager;
        let mut closed = None;
        match input {
            Input::Discovered(peer) => manager.discovered(peers[peer], vec![address(1)], now),
            Input::DialFailed(peer) => manager.dial_failed(&peers[peer], now),
            Input::Connected(peer, dialer) => {
                let key = ConnectionKey(self.next_key);
                self.next_key += 1;
                self.open.entry(peers[peer]).or_default().insert(key);
                let direction = if dialer { Direction::Dialer } else { Direction::Listener };
                manager.connected(peers[peer], key, direction, now);
            }
            Input::Closed(peer) => {
                let first = self.open.get_mut(&peers[peer]).and_then(BTreeSet::pop_first);
                if let Some(key) = first {
                    manager.connection_closed(&peers[peer], key, now);
                    closed = Some(peers[peer]);
                }
            }
            Input::Status(peer, asks, ok) => {
                let fork_digest = if ok { OURS } else { STRANGE };
                let theirs = StatusV2 { fork_digest, ..status() };
                manager.status(&peers[peer], Status::V2(theirs), asks, now);
            }
            Input::MetaData(peer, seq) => manager.metadata(&peers[peer], metadata(seq), now),
            Input::Pinged(peer, seq) => manager.pinged(&peers[peer], seq, now),
            Input::Pong(peer, seq) => manager.pong(&peers[peer], seq, now),
            Input::Goodbye(peer, reason) => manager.goodbye_received(&peers[peer], GoodbyeReason(reason % 260), now),
            Input::Failed(peer, method, unsupported) => {
                let methods = [Method::Status, Method::MetaData, Method::Ping, Method::BlocksByRange];
                let method = methods[usize::from(method) % methods.len()];
                manager.request_failed(&peers[peer], method, Fault::Network, unsupported, now);
            }
            Input::Fault(peer, number) => manager.fault(&peers[peer], Source::Gossip, fault(number), now),
            Input::Disconnect(peer) => manager.disconnect(&peers[peer], GoodbyeReason::FAULT, now),
            Input::Control(peer, what) => control(manager, peers[peer], what, now),
            Input::Router(peer, score) => manager.router_score(&peers[peer], score.into(), now),
            Input::Want(attestation) => {
                let subnets = Subnets { attestation, sync: 15, columns: 0 };
                manager.want(&Wanted::new(Targets::default()).with(&subnets));
            }
            Input::Tick(ms) => {
                self.node.now += Duration::from_millis(ms);
                manager.tick(self.node.now, &self.node.plan, &self.node.ours);
            }
        }
        let gone = self.check();
        let last = closed.filter(|peer| self.open.get(peer).is_some_and(BTreeSet::is_empty));
        assert_eq!(gone, last.into_iter().collect::<Vec<_>>(), "exactly the peer whose last connection closed");
        self.open.retain(|_, connections| !connections.is_empty());
    }

    /// Looks at every action; returns who is gone.
    fn check(&mut self) -> Vec<PeerId> {
        let now = self.node.now;
        let actions = self.node.actions();
        assert!(actions.len() <= 4 * PEERS, "{} actions", actions.len());
        let mut gone = Vec::new();
        for action in actions {
            match action {
                Action::Dial { peer, addresses } => {
                    assert!(!addresses.is_empty() && !self.open.contains_key(&peer));
                    self.dial_times.push(now);
                }
                Action::SendStatus(peer) => self.sent(peer, 0),
                Action::SendMetaData(peer) => self.sent(peer, 1),
                Action::SendPing(peer) => {
                    assert!(self.ready.contains(&peer));
                    self.sent(peer, 2);
                }
                Action::Goodbye { peer, .. } | Action::Disconnect(peer) => assert!(self.open.contains_key(&peer)),
                Action::CloseConnection { peer, connection } => {
                    let open = &self.open[&peer];
                    assert!(open.len() >= 2 && open.contains(&connection));
                }
                Action::Ready(peer) => assert!(self.open.contains_key(&peer) && self.ready.insert(peer)),
                Action::Gone { peer, .. } => {
                    self.ready.remove(&peer);
                    self.last_sent.retain(|(other, _), _| *other != peer);
                    gone.push(peer);
                }
                _ => {}
            }
        }
        assert_eq!(self.node.manager.illegal_steps(), 0);
        self.check_prospects();
        let counts = self.node.manager.counts(now);
        for (id, peer) in self.node.manager.table.iter() {
            assert!(peer.life.steps().len() <= MAX_STEPS && peer.goodbyes.len() <= MAX_GOODBYES);
            let told = peer.life.state();
            // Waits end by themselves; the next tick takes the step.
            let is_late = matches!(told, State::Cooling | State::Banned);
            assert!(told == peer.state(now) || is_late, "{id}: {told} {}", peer.state(now));
        }
        assert!(counts.dialing <= DIALING.min(TARGET), "{counts:?}");
        assert!(counts.connected() <= MAX, "{counts:?}");
        self.dial_times.retain(|at| now.duration_since(*at) <= Duration::from_secs(1));
        assert!(self.dial_times.len() <= PER_SECOND);
        let sessions = self.node.manager.snapshot(now).iter().filter(|info| info.connected_since.is_some()).count();
        assert_eq!((counts.connected() + counts.leaving, sessions), (self.open.len() - gone.len(), sessions));
        gone
    }

    /// What the choice of whom to dial looks at is what the peers are.
    fn check_prospects(&self) {
        let table = &self.node.manager.table;
        let may_be_dialled =
            |peer: &Peer| peer.life.state() == State::Known && !peer.is_static && !peer.addresses.is_empty();
        let mut expected: Vec<_> =
            table.iter().filter(|(_, peer)| may_be_dialled(peer)).map(|(id, peer)| Prospect::of(id, peer)).collect();
        let mut found: Vec<_> = table.prospects().copied().collect();
        expected.sort_by_key(|prospect| prospect.peer);
        found.sort_by_key(|prospect| prospect.peer);
        assert_eq!(found, expected);
    }

    fn sent(&mut self, peer: PeerId, kind: u8) {
        assert!(self.open.contains_key(&peer));
        let now = self.node.now;
        if let Some(before) = self.last_sent.insert((peer, kind), now) {
            assert!(now.duration_since(before) >= Duration::from_secs(6), "two of a kind too close");
        }
    }
}

proptest! {
    #[test]
    fn promises_hold_whatever_comes(inputs in prop::collection::vec(input(), 0..400)) {
        let mut model = Model::new();
        for input in inputs {
            model.apply(input);
        }
        for peer in 0..PEERS {
            while model.open.contains_key(&model.peers[peer]) {
                model.apply(Input::Closed(peer));
            }
        }
        let counts = model.node.manager.counts(model.node.now);
        prop_assert_eq!(counts.connected() + counts.leaving, 0);
    }
}
