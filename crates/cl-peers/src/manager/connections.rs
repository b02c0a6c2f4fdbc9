//! Inputs about connections: they come, they fail, they close, they end with a goodbye.

use std::time::Instant;

use cl_types::GoodbyeReason;
use libp2p_identity::PeerId;

use super::Manager;
use crate::action::{Action, ConnectionKey, Direction, GoneReason};
use crate::retry::Ended;
use crate::score::Verdict;
use crate::session::{Closed, Leaving, Session};
use crate::time::later;

impl Manager {
    /// A dial failed, or the swarm refused to try.
    pub fn dial_failed(&mut self, peer: &PeerId, now: Instant) {
        let Some(entry) = self.table.get_mut(peer) else { return };
        if entry.dialing.take().is_some() && entry.session.is_none() {
            entry.totals.failed_dials += 1;
            entry.retry.failed(&self.config, peer, now);
        }
    }

    /// A connection is open. Every one that is reported here must be reported to [`Self::connection_closed`] later, once.
    pub fn connected(&mut self, peer: PeerId, connection: ConnectionKey, direction: Direction, now: Instant) {
        let close = Action::CloseConnection { peer, connection };
        if peer == self.config.local {
            self.actions.push_back(close);
            return;
        }
        let is_full = self.table.active() >= self.config.room();
        let we_are_smaller = self.config.local < peer;
        let entry = self.table.insert(peer, now);
        if direction == Direction::Dialer {
            entry.dialing = None;
        }
        if let Some(session) = &mut entry.session {
            if let Some(connection) = session.add(connection, direction, we_are_smaller, now) {
                self.actions.push_back(Action::CloseConnection { peer, connection });
            }
            self.ask(peer, now);
            return;
        }
        entry.session = Some(Box::new(Session::new(&self.config, connection, direction, now)));
        entry.totals.sessions += 1;
        let refusal = if self.is_shutting_down {
            Some(GoneReason::Shutdown)
        } else if entry.is_banned(now) {
            Some(GoneReason::Banned)
        } else if entry.score.verdict(&self.config.score, now) != Verdict::Fine {
            Some(GoneReason::BadScore)
        } else if is_full && !entry.is_static {
            Some(GoneReason::TooManyPeers)
        } else {
            None
        };
        match refusal {
            Some(reason) => self.leave(&peer, reason, now),
            None => self.ask(peer, now),
        }
    }

    /// A connection is closed, by whomever. Unknown ones are ignored.
    pub fn connection_closed(&mut self, peer: &PeerId, connection: ConnectionKey, now: Instant) {
        let Some(entry) = self.table.get_mut(peer) else { return };
        let Some(session) = &mut entry.session else { return };
        match session.remove(connection) {
            Closed::Other => {}
            Closed::Kept => {
                // What is left is a connection that we already asked to close.
                let cut_at = later(now, self.config.goodbye_grace);
                session.leaving.get_or_insert(Leaving { reason: GoneReason::Lost, cut_at });
            }
            Closed::Last => {
                let reason = session.leaving.map_or(GoneReason::Lost, |leaving| leaving.reason);
                let ready_for = session.ready_since.map(|since| now.saturating_duration_since(since));
                let stable = ready_for.is_some_and(|time| time >= self.config.stable_after);
                let how = Ended { reason, is_static: entry.is_static, stable };
                entry.session = None;
                entry.last_seen = now;
                entry.retry.ended(&self.config, peer, how, now);
                self.actions.push_back(Action::Gone { peer: *peer, reason });
            }
        }
    }

    /// The peer said goodbye. It is expected to close the connection; after [`crate::Config::goodbye_grace`] we do.
    pub fn goodbye_received(&mut self, peer: &PeerId, reason: GoodbyeReason, now: Instant) {
        let cut_at = later(now, self.config.goodbye_grace);
        if let Some(session) = self.table.get_mut(peer).and_then(|entry| entry.active()) {
            session.leaving = Some(Leaving { reason: GoneReason::Goodbye(reason), cut_at });
        }
    }

    /// The application wants the peer gone, with this reason. It may come back: see [`crate::Config::full_wait`] and its kin.
    pub fn disconnect(&mut self, peer: &PeerId, reason: GoodbyeReason, now: Instant) {
        self.leave(peer, GoneReason::Requested(reason), now);
    }

    /// A goodbye that did not end the connection is followed by a cut, again and again until it is closed.
    pub(super) fn cut_overdue(&mut self, peer: &PeerId, now: Instant) {
        let next = later(now, self.config.goodbye_grace.max(MIN_CUT_INTERVAL));
        let Some(session) = self.table.get_mut(peer).and_then(|entry| entry.session.as_mut()) else {
            return;
        };
        if let Some(leaving) = session.leaving.as_mut().filter(|leaving| leaving.cut_at <= now) {
            leaving.cut_at = next;
            self.actions.push_back(Action::Disconnect(*peer));
        }
    }
}

/// A driver that is slow to close is not flooded.
const MIN_CUT_INTERVAL: std::time::Duration = std::time::Duration::from_secs(1);
