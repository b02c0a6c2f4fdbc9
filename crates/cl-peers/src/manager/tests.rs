//! Conversations in virtual time.

mod blame;
mod company;
mod control;
mod conversation;
mod dialling;
mod explained;
mod forks;
mod hostile;
mod pair;
mod partings;
mod restart;
mod storm;

use std::time::{Duration, Instant};

use cl_types::containers::{MetaData, Status, StatusV2};
use cl_types::{ForkPlan, PresetId};
use libp2p_identity::PeerId;
use multiaddr::Multiaddr;

use super::*;
use crate::action::{ConnectionKey, Direction};
use crate::testing::{metadata, plan, someone, status};

const KEY: ConnectionKey = ConnectionKey(1);

/// A manager, its clock and its view of the chain.
struct Node {
    manager: Manager,
    now: Instant,
    plan: ForkPlan,
    ours: StatusV2,
}

impl Node {
    fn new() -> Self {
        Self::with(|_| {})
    }

    fn with(change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::new(someone(), PresetId::Mainnet);
        change(&mut config);
        let mut node =
            Self { manager: Manager::new(config), now: Instant::now(), plan: plan(325, None), ours: status() };
        node.tick();
        node
    }

    /// What is to be done now, but for the number of peers wanted.
    fn actions(&mut self) -> Vec<Action> {
        let all = std::iter::from_fn(|| self.manager.poll_action());
        all.filter(|action| !matches!(action, Action::Wanted(_))).collect()
    }

    fn tick(&mut self) -> Vec<Action> {
        self.manager.tick(self.now, &self.plan, &self.ours);
        self.actions()
    }

    /// Seconds pass, with a tick each; all that is to be done meanwhile.
    fn wait(&mut self, seconds: u64) -> Vec<Action> {
        let mut actions = Vec::new();
        for _ in 0..seconds {
            self.now += Duration::from_secs(1);
            actions.extend(self.tick());
        }
        actions
    }

    /// Seconds pass in which the peer answers each Ping.
    fn wait_answering(&mut self, peer: PeerId, seconds: u64) -> Vec<Action> {
        let mut actions = Vec::new();
        for _ in 0..seconds {
            for action in self.wait(1) {
                if action == Action::SendPing(peer) {
                    self.manager.pong(&peer, 0, self.now);
                }
                actions.push(action);
            }
        }
        actions
    }

    /// Seconds pass in which every peer answers each Ping and each Status.
    fn wait_answering_all(&mut self, seconds: u64) -> Vec<Action> {
        let mut actions = Vec::new();
        for _ in 0..seconds {
            for action in self.wait(1) {
                match action {
                    Action::SendPing(peer) => self.manager.pong(&peer, 0, self.now),
                    Action::SendStatus(peer) => self.manager.status(&peer, Status::V2(self.ours), false, self.now),
                    _ => {}
                }
                actions.push(action);
            }
        }
        actions
    }

    fn connect(&mut self, peer: PeerId, direction: Direction) -> Vec<Action> {
        self.manager.connected(peer, KEY, direction, self.now);
        self.actions()
    }

    fn close(&mut self, peer: PeerId) -> Vec<Action> {
        self.manager.connection_closed(&peer, KEY, self.now);
        self.actions()
    }

    fn answer_status(&mut self, peer: PeerId, status: StatusV2) -> Vec<Action> {
        self.manager.status(&peer, Status::V2(status), false, self.now);
        self.actions()
    }

    fn ask_status(&mut self, peer: PeerId, status: StatusV2) -> Vec<Action> {
        self.manager.status(&peer, Status::V2(status), true, self.now);
        self.actions()
    }

    fn answer_metadata(&mut self, peer: PeerId, metadata: MetaData) -> Vec<Action> {
        self.manager.metadata(&peer, metadata, self.now);
        self.actions()
    }

    /// A peer that we dialled and that is ready.
    fn ready(&mut self, direction: Direction) -> PeerId {
        let peer = someone();
        self.make_ready(peer, direction);
        peer
    }

    fn make_ready(&mut self, peer: PeerId, direction: Direction) {
        self.connect(peer, direction);
        self.greet(peer, direction == Direction::Listener);
    }

    /// The handshake of a peer that is connected and asks for our Status or answers ours.
    fn greet(&mut self, peer: PeerId, it_asks: bool) {
        self.manager.status(&peer, Status::V2(self.ours), it_asks, self.now);
        let actions = self.answer_metadata(peer, metadata(0));
        assert!(actions.contains(&Action::Ready(peer)), "{actions:?}");
    }
}

fn address(port: u16) -> Multiaddr {
    format!("/ip4/127.0.0.1/tcp/{port}").parse().unwrap()
}

fn count(actions: &[Action], action: &Action) -> usize {
    actions.iter().filter(|other| *other == action).count()
}

fn dials(actions: &[Action]) -> Vec<PeerId> {
    let dialled = |action: &Action| match action {
        Action::Dial { peer, .. } => Some(*peer),
        _ => None,
    };
    actions.iter().filter_map(dialled).collect()
}
