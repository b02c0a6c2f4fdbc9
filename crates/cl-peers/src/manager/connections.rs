//! Inputs about connections: they come, they fail, they close, they end with a goodbye.

use std::time::Instant;

use cl_types::{Fault, GoodbyeReason, Severity, Source};
use libp2p_identity::PeerId;
use multiaddr::Multiaddr;

use super::Manager;
use crate::action::{Action, ConnectionKey, Direction, GoneReason};
use crate::lifecycle::Cause;
use crate::peer::Peer;
use crate::ranges::ip_of;
use crate::retry::Ended;
use crate::score::Verdict;
use crate::session::{Closed, Leaving, Session};
use crate::time::later;

impl Manager {
    /// A dial failed, or the swarm refused to try.
    pub fn dial_failed(&mut self, peer: &PeerId, now: Instant) {
        self.end_dial(peer, Cause::DialFailed, now);
    }

    pub(super) fn end_dial(&mut self, peer: &PeerId, why: Cause, now: Instant) {
        let Some(entry) = self.table.get_mut(peer) else { return };
        if entry.dialing.take().is_some() && entry.session.is_none() {
            entry.is_anchor = false;
            entry.totals.failed_dials += 1;
            entry.retry.failed(&self.config, peer, now);
        }
        self.table.settle(peer, why, now);
        self.forget_doomed(peer);
    }

    /// A connection is open. Every one that is reported here must be reported to [`Self::connection_closed`] later, once.
    pub fn connected(&mut self, peer: PeerId, connection: ConnectionKey, direction: Direction, now: Instant) {
        self.connected_at(peer, connection, direction, None, now);
    }

    /// The same, when the address of the other end is known: bans of ranges and limits per network need it.
    pub fn connected_at(
        &mut self,
        peer: PeerId,
        connection: ConnectionKey,
        direction: Direction,
        remote: Option<&Multiaddr>,
        now: Instant,
    ) {
        let close = Action::CloseConnection { peer, connection };
        if peer == self.config.local {
            self.actions.push_back(close);
            return;
        }
        let peers = self.table.active();
        let we_are_smaller = self.config.local < peer;
        let how = match direction {
            Direction::Dialer => Cause::WeConnected,
            Direction::Listener => Cause::TheyConnected { peers },
        };
        let entry = self.table.insert(peer, how, now);
        if direction == Direction::Dialer {
            entry.dialing = None;
        }
        if let Some(session) = &mut entry.session {
            if let Some(connection) = session.add(connection, direction, we_are_smaller, now) {
                self.actions.push_back(Action::CloseConnection { peer, connection });
            }
            self.table.settle(&peer, how, now);
            self.ask(peer, now);
            return;
        }
        let mut session = Box::new(Session::new(&self.config, connection, direction, now));
        session.remote = remote.cloned();
        entry.session = Some(session);
        entry.totals.sessions += 1;
        if let Some(ip) = remote.and_then(ip_of) {
            entry.set_ip(Some(ip), &self.config);
        }
        entry.promise(&peer);
        self.table.settle(&peer, how, now);
        match self.refusal(&peer, direction, peers, now) {
            Some(reason) => self.leave(&peer, reason, now),
            None => self.ask(peer, now),
        }
    }

    /// Why a peer that just connected cannot stay, when so many others are connected.
    fn refusal(&self, id: &PeerId, direction: Direction, peers: usize, now: Instant) -> Option<GoneReason> {
        let peer = self.table.get(id)?;
        let is_exempt = peer.is_static || peer.is_trusted;
        let is_crowded = || self.neighbours(id, peer) >= self.config.max_per_network;
        if self.is_shutting_down {
            Some(GoneReason::Shutdown)
        } else if peer.is_banned(now) {
            Some(GoneReason::Banned)
        } else if !is_exempt && peer.ip.is_some_and(|ip| self.bans.of(ip, now).is_some()) {
            Some(GoneReason::BannedAddress)
        } else if peer.verdict(&self.config, now) != Verdict::Fine {
            Some(GoneReason::BadScore)
        } else if !is_exempt && peers >= self.config.room() {
            Some(GoneReason::TooManyPeers)
        } else if !is_exempt && direction == Direction::Listener && is_crowded() {
            Some(GoneReason::CrowdedNetwork)
        } else {
            None
        }
    }

    /// Connected peers of the same network.
    fn neighbours(&self, id: &PeerId, peer: &Peer) -> usize {
        let Some(network) = peer.network else { return 0 };
        let there = |other: &Peer| other.is_active() && other.network == Some(network);
        self.table.sessions().filter(|(other, peer)| *other != id && there(peer)).count()
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
                self.table.settle(peer, Cause::Parting(GoneReason::Lost), now);
            }
            Closed::Last => {
                let reason = session.leaving.map_or(GoneReason::Lost, |leaving| leaving.reason);
                let ready_for = session.ready_since.map(|since| now.saturating_duration_since(since));
                let stable = ready_for.is_some_and(|time| time >= self.config.stable_after);
                let how = Ended { reason, is_static: entry.is_static, stable, near_fork: session.near_fork };
                entry.session = None;
                entry.last_seen = now;
                entry.retry.ended(&self.config, peer, how, now);
                self.table.settle(peer, Cause::Gone(reason), now);
                self.actions.push_back(Action::Gone { peer: *peer, reason });
                self.forget_doomed(peer);
            }
        }
    }

    /// The peer said goodbye. It is expected to close the connection; after [`crate::Config::goodbye_grace`] we do. One goodbye
    /// is enough: more of them on one connection are a small fault each.
    pub fn goodbye_received(&mut self, peer: &PeerId, reason: GoodbyeReason, now: Instant) {
        let cut_at = later(now, self.config.goodbye_grace);
        let Some(entry) = self.table.get_mut(peer) else { return };
        let Some(session) = entry.session.as_deref_mut() else { return };
        session.goodbyes = session.goodbyes.saturating_add(1);
        let again = session.goodbyes > 1;
        if session.is_active() {
            session.leaving = Some(Leaving { reason: GoneReason::Goodbye(reason), cut_at });
        }
        entry.note_goodbye(false, reason, now);
        self.table.settle(peer, Cause::Parting(GoneReason::Goodbye(reason)), now);
        if again {
            self.fault_because(peer, Source::Handshake, Fault::Peer(Severity::Low), "said goodbye again", now);
        }
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
