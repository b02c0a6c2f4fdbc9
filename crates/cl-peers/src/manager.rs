//! The manager: state, clock and table. The inputs are in the sub-modules, by kind.

mod blame;
mod connections;
mod handshake;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::time::Instant;

use cl_types::containers::StatusV2;
use cl_types::{ForkPlan, Method};
use libp2p_identity::PeerId;
use multiaddr::Multiaddr;

use crate::action::{Action, GoneReason};
use crate::config::Config;
use crate::dialer::{self, Pace};
use crate::info::{Counts, PeerInfo};
use crate::peerdb::Table;
use crate::time::later;

/// A Status is refreshed this many slots after a fork: then no clock can be on the other side of the boundary.
const REFRESH_AFTER_SLOTS: u64 = 2;
/// Longest agent name that is remembered, in characters.
const MAX_AGENT: usize = 128;

/// The peer manager.
///
/// Drain [`Self::poll_action`] after every input: an input queues a bounded number of actions for the peer it is about, a
/// tick or a shutdown a bounded number for each connected peer.
#[derive(Debug)]
pub struct Manager {
    config: Config,
    table: Table,
    pace: Pace,
    actions: VecDeque<Action>,
    view: Option<View>,
    wanted: Option<usize>,
    is_shutting_down: bool,
}

/// Our side of the handshake.
#[derive(Debug)]
struct View {
    plan: ForkPlan,
    status: StatusV2,
}

impl Manager {
    /// A manager that knows nobody. It dials nobody and judges no Status before the first [`Self::tick`].
    #[must_use]
    pub fn new(config: Config) -> Self {
        let table = Table::new(config.max_known);
        Self {
            config,
            table,
            pace: Pace::default(),
            actions: VecDeque::new(),
            view: None,
            wanted: None,
            is_shutting_down: false,
        }
    }

    /// The next thing to do.
    pub fn poll_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// What it was made with.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// A peer of our network was found. Its addresses replace those known, in the order in which to try them. Peers that we
    /// have no room for are forgotten again, those never connected first.
    pub fn discovered(&mut self, peer: PeerId, addresses: Vec<Multiaddr>, now: Instant) {
        if peer == self.config.local {
            return;
        }
        let max = self.config.max_addresses;
        if let Some(entry) = self.table.offer(peer, now) {
            entry.learn(addresses, max);
            self.dial(now);
        }
    }

    /// A peer of the operator's: dialled again whenever it is lost, even when there are peers enough, and never sent away for lack
    /// of room. It can be banned. Their number is the operator's to bound.
    pub fn add_static(&mut self, peer: PeerId, addresses: Vec<Multiaddr>, now: Instant) {
        if peer == self.config.local {
            return;
        }
        let max = self.config.max_addresses;
        let entry = self.table.insert(peer, now);
        entry.learn(addresses, max);
        entry.is_static = true;
        self.dial(now);
    }

    /// What a peer calls its software; cut to 128 characters, control characters removed. Unknown peers are ignored.
    pub fn identified(&mut self, peer: &PeerId, agent: &str) {
        if let Some(entry) = self.table.get_mut(peer) {
            entry.agent = Some(agent.chars().filter(|c| !c.is_control()).take(MAX_AGENT).collect());
        }
    }

    /// Time passed: about once a second, and soon after `plan` or `ours` changed. Everything that waits for time happens here.
    pub fn tick(&mut self, now: Instant, plan: &ForkPlan, ours: &StatusV2) {
        self.view = Some(View { plan: plan.clone(), status: *ours });
        let timeout = self.config.dial_timeout;
        let mut connected = Vec::new();
        for (id, peer) in self.table.iter_mut() {
            if peer.dialing.is_some_and(|since| now.saturating_duration_since(since) >= timeout) {
                peer.dialing = None;
                if peer.session.is_none() {
                    peer.totals.failed_dials += 1;
                    peer.retry.failed(&self.config, id, now);
                }
            }
            if peer.session.is_some() {
                connected.push(*id);
            }
        }
        for peer in connected {
            self.tick_session(peer, now);
        }
        self.dial(now);
        self.announce_wanted();
    }

    /// Says goodbye to everyone, dials nobody any more, accepts nobody any more.
    pub fn shutdown(&mut self, now: Instant) {
        self.is_shutting_down = true;
        let connected: Vec<PeerId> =
            self.table.iter().filter(|(_, p)| p.session.is_some()).map(|(id, _)| *id).collect();
        for peer in connected {
            self.leave(&peer, GoneReason::Shutdown, now);
        }
        self.announce_wanted();
    }

    /// Everything about one peer.
    #[must_use]
    pub fn peer(&self, peer: &PeerId, now: Instant) -> Option<PeerInfo> {
        self.table.get(peer).map(|entry| PeerInfo::new(&self.config, *peer, entry, now))
    }

    /// Everything about everyone, ordered by peer id.
    #[must_use]
    pub fn snapshot(&self, now: Instant) -> Vec<PeerInfo> {
        self.table.iter().map(|(id, peer)| PeerInfo::new(&self.config, *id, peer, now)).collect()
    }

    /// How many peers stand where.
    #[must_use]
    pub fn counts(&self, now: Instant) -> Counts {
        self.table.counts(now)
    }

    fn tick_session(&mut self, peer: PeerId, now: Instant) {
        self.cut_overdue(&peer, now);
        self.judge(&peer, now);
        let (Some(view), Some(entry)) = (&self.view, self.table.get_mut(&peer)) else {
            return;
        };
        let Some(session) = entry.active() else { return };
        if let Some(reason) = session.expired(&self.config, now) {
            self.leave(&peer, reason, now);
            return;
        }
        let fork = view.plan.active;
        let settled = fork.epoch.start_slot(self.config.preset.slots_per_epoch()).saturating_add(REFRESH_AFTER_SLOTS);
        if view.plan.slot >= settled {
            session.refresh_for(fork.digest, now);
        }
        self.ask(peer, now);
    }

    /// Sends what is due to one peer.
    fn ask(&mut self, peer: PeerId, now: Instant) {
        let Some(session) = self.table.get_mut(&peer).and_then(|entry| entry.active()) else {
            return;
        };
        let actions = session.asks(&self.config, now).map(|method| match method {
            Method::Status => Action::SendStatus(peer),
            Method::MetaData => Action::SendMetaData(peer),
            _ => Action::SendPing(peer),
        });
        self.actions.extend(actions);
    }

    /// Ends a session, once: with a goodbye where one is due.
    fn leave(&mut self, peer: &PeerId, reason: GoneReason, now: Instant) {
        let cut_at = later(now, self.config.goodbye_grace);
        let Some(session) = self.table.get_mut(peer).and_then(|entry| entry.active()) else {
            return;
        };
        session.leaving = Some(crate::session::Leaving { reason, cut_at });
        self.actions.push_back(match reason.goodbye() {
            Some(reason) => Action::Goodbye { peer: *peer, reason },
            None => Action::Disconnect(*peer),
        });
    }

    fn dial(&mut self, now: Instant) {
        if self.is_shutting_down || self.view.is_none() {
            return;
        }
        for peer in dialer::choose(&self.config, &self.table, &mut self.pace, now) {
            let Some(entry) = self.table.get_mut(&peer) else {
                continue;
            };
            entry.dialing = Some(now);
            entry.totals.dials += 1;
            self.pace.note(now);
            self.actions.push_back(Action::Dial { peer, addresses: entry.addresses.clone() });
        }
    }

    fn announce_wanted(&mut self) {
        let missing = self.config.target_peers.saturating_sub(self.table.active());
        let wanted = if self.is_shutting_down { 0 } else { missing };
        if self.wanted != Some(wanted) {
            self.wanted = Some(wanted);
            self.actions.push_back(Action::Wanted(wanted));
        }
    }
}
