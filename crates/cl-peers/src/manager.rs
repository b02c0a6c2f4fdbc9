//! The manager: state, clock and table. The inputs are in the sub-modules, by kind.

mod blame;
mod connections;
mod control;
mod explain;
mod facts;
mod handshake;
mod heartbeat;
mod saved;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, VecDeque};
use std::time::Instant;

use cl_types::containers::StatusV2;
use cl_types::{ForkPlan, Method};
use libp2p_identity::PeerId;

use crate::action::{Action, GoneReason};
use crate::bans::Bans;
use crate::config::Config;
use crate::coverage::{Coverage, Gap};
use crate::dialer::{self, Pace, Scene};
use crate::info::{Counts, PeerInfo};
use crate::lifecycle::Cause;
use crate::peerdb::Table;
use crate::time::later;

/// The peer manager.
///
/// Drain [`Self::poll_action`] after every input: an input queues a bounded number of actions for the peer it is about, a
/// tick, a shutdown or a ban of a range a bounded number for each connected peer.
#[derive(Debug)]
pub struct Manager {
    config: Config,
    table: Table,
    bans: Bans,
    coverage: Coverage,
    pace: Pace,
    actions: VecDeque<Action>,
    view: Option<View>,
    wanted: Option<usize>,
    gaps: Vec<Gap>,
    is_shutting_down: bool,
    /// Whom the configuration makes static or trusted, and will again at the next start.
    configured: Configured,
}

#[derive(Debug, Default)]
struct Configured {
    statics: BTreeSet<PeerId>,
    trusted: BTreeSet<PeerId>,
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
            bans: Bans::default(),
            coverage: Coverage::default(),
            pace: Pace::default(),
            actions: VecDeque::new(),
            view: None,
            wanted: None,
            gaps: Vec::new(),
            is_shutting_down: false,
            configured: Configured::default(),
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

    /// Says goodbye to everyone, dials nobody any more, accepts nobody any more.
    pub fn shutdown(&mut self, now: Instant) {
        self.is_shutting_down = true;
        let connected: Vec<PeerId> = self.table.sessions().map(|(id, _)| *id).collect();
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

    /// The same of those that have a connection.
    #[must_use]
    pub fn connected_peers(&self, now: Instant) -> Vec<PeerInfo> {
        self.table.sessions().map(|(id, peer)| PeerInfo::new(&self.config, *id, peer, now)).collect()
    }

    /// How many peers stand where.
    #[must_use]
    pub fn counts(&self, now: Instant) -> Counts {
        self.table.counts(now)
    }

    /// Who is trusted.
    pub fn trusted(&self) -> impl Iterator<Item = PeerId> {
        self.table.iter().filter(|(_, peer)| peer.is_trusted).map(|(id, _)| *id)
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
        self.table.settle(&peer, Cause::Greeting, now);
    }

    /// Ends a session, once: with a goodbye where one is due.
    fn leave(&mut self, peer: &PeerId, reason: GoneReason, now: Instant) {
        let cut_at = later(now, self.config.goodbye_grace);
        let Some(entry) = self.table.get_mut(peer) else { return };
        let Some(session) = entry.active() else { return };
        session.leaving = Some(crate::session::Leaving { reason, cut_at });
        self.actions.push_back(match reason.goodbye() {
            Some(reason) => {
                entry.note_goodbye(true, reason, now);
                Action::Goodbye { peer: *peer, reason }
            }
            None => Action::Disconnect(*peer),
        });
        self.table.settle(peer, Cause::Parting(reason), now);
    }

    fn scene(&self, now: Instant) -> Scene<'_> {
        Scene { config: &self.config, table: &self.table, coverage: &self.coverage, bans: &self.bans, now }
    }

    /// Dials whom it is time to dial; only this one, if one is given.
    fn dial(&mut self, only: Option<&PeerId>, now: Instant) {
        if self.is_shutting_down || self.view.is_none() {
            return;
        }
        let mut pace = std::mem::take(&mut self.pace);
        let chosen = dialer::choose(&self.scene(now), &mut pace, only);
        for (peer, why) in chosen {
            self.table.wake_one(&peer, now);
            let Some(entry) = self.table.get_mut(&peer) else {
                continue;
            };
            entry.dialing = Some(now);
            entry.dial_why = Some(why);
            entry.totals.dials += 1;
            pace.note(now);
            let addresses = entry.addresses.iter().map(|(address, _)| address.clone()).collect();
            self.actions.push_back(Action::Dial { peer, addresses });
            self.table.settle(&peer, Cause::Chosen(why), now);
        }
        self.pace = pace;
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
