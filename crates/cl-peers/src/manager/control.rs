//! What the operator may say at any time: add, remove, trust, ban, disconnect.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use cl_enr::Record;
use cl_types::GoodbyeReason;
use libp2p_identity::PeerId;
use multiaddr::Multiaddr;

use super::Manager;
use crate::action::GoneReason;
use crate::bans::RangeBan;
use crate::lifecycle::{BanWhy, Cause};
use crate::peer::{Ban, Told};
use crate::ranges::Range;
use crate::time::later;

impl Manager {
    /// A peer of the operator's: dialled again whenever it is lost, even when there are peers enough, and never sent away for lack
    /// of room. It can be banned. Their number is the operator's to bound. It is static after a restart as well, if the table is
    /// saved and loaded, until [`Self::remove_static`] or [`Self::remove`].
    pub fn add_static(&mut self, peer: PeerId, addresses: Vec<Multiaddr>, now: Instant) {
        self.configured.statics.remove(&peer);
        self.make_static(peer, addresses, now);
    }

    /// The same by the configuration, which says it again at the next start or not: that a peer is static by it is not saved.
    pub fn configure_static(&mut self, peer: PeerId, addresses: Vec<Multiaddr>, now: Instant) {
        self.make_static(peer, addresses, now);
        self.configured.statics.insert(peer);
    }

    fn make_static(&mut self, peer: PeerId, addresses: Vec<Multiaddr>, now: Instant) {
        if peer == self.config.local {
            return;
        }
        let entry = self.table.insert(peer, Cause::Operator, now);
        entry.learn(addresses, Told::Operator, &self.config);
        entry.is_static = true;
        entry.is_doomed = false;
        self.table.settle(&peer, Cause::Operator, now);
        self.dial(Some(&peer), now);
    }

    /// No longer redialled for its own sake. It stays connected, and known.
    pub fn remove_static(&mut self, peer: &PeerId, now: Instant) {
        if let Some(entry) = self.table.get_mut(peer) {
            entry.is_static = false;
            self.table.settle(peer, Cause::Operator, now);
        }
    }

    /// A peer that the operator suggests: known from now on, dialled when there is room, without the wait that it may have been
    /// in. What is said here is not replaced by what discovery says.
    pub fn add(&mut self, peer: PeerId, addresses: Vec<Multiaddr>, now: Instant) {
        self.heard_of(peer, addresses, Told::Operator, now);
        self.retry_now(&peer, now);
    }

    /// The same by record; `None` if it has no peer id.
    pub fn add_record(&mut self, record: &Record, now: Instant) -> Option<PeerId> {
        let peer = self.discovered_record(record, now)?;
        self.retry_now(&peer, now);
        Some(peer)
    }

    fn retry_now(&mut self, peer: &PeerId, now: Instant) {
        if let Some(entry) = self.table.get_mut(peer) {
            entry.is_doomed = false;
            entry.retry.hurry();
            self.table.settle(peer, Cause::Operator, now);
            self.dial(Some(peer), now);
        }
    }

    /// Forgets a peer, whatever it was: says goodbye first if it is connected. A ban goes with it.
    pub fn remove(&mut self, peer: &PeerId, now: Instant) {
        let Some(entry) = self.table.get_mut(peer) else { return };
        entry.is_static = false;
        entry.is_trusted = false;
        entry.is_doomed = true;
        self.table.settle(peer, Cause::Operator, now);
        self.leave(peer, GoneReason::Requested(GoodbyeReason::TOO_MANY_PEERS), now);
        self.forget_doomed(peer);
    }

    pub(super) fn forget_doomed(&mut self, peer: &PeerId) {
        let is_over = |entry: &crate::peer::Peer| entry.is_doomed && entry.session.is_none() && entry.dialing.is_none();
        if self.table.get(peer).is_some_and(is_over) {
            self.table.remove(peer);
        }
    }

    /// Exempts a peer, known or not, from scores, from bans of its range and from limits: it never leaves for any of them. It is
    /// trusted after a restart as well, if the table is saved and loaded, until [`Self::untrust`] or [`Self::remove`].
    pub fn trust(&mut self, peer: PeerId, now: Instant) {
        self.configured.trusted.remove(&peer);
        self.make_trusted(peer, now);
    }

    /// The same by the configuration, which says it again at the next start or not: that a peer is trusted by it is not saved.
    pub fn configure_trusted(&mut self, peer: PeerId, now: Instant) {
        self.make_trusted(peer, now);
        self.configured.trusted.insert(peer);
    }

    fn make_trusted(&mut self, peer: PeerId, now: Instant) {
        if peer != self.config.local {
            self.table.insert(peer, Cause::Operator, now).is_trusted = true;
            self.table.settle(&peer, Cause::Operator, now);
        }
    }

    /// A peer like others again. What it did meanwhile counts from its next fault on.
    pub fn untrust(&mut self, peer: &PeerId) {
        if let Some(entry) = self.table.get_mut(peer) {
            entry.is_trusted = false;
            self.table.refresh(peer);
        }
    }

    /// Refuses a peer, known or not, for so long (a year at most; `None`: a year), and leaves it.
    pub fn ban(&mut self, peer: PeerId, wait: Option<Duration>, now: Instant) {
        if peer == self.config.local {
            return;
        }
        self.table.insert(peer, Cause::Operator, now);
        let until = later(now, wait.unwrap_or(Duration::MAX));
        self.ban_peer(&peer, Ban { until, why: BanWhy::Operator }, now);
    }

    /// Lifts the ban of a peer, whoever gave it. Its score and its waits stay.
    pub fn unban(&mut self, peer: &PeerId, now: Instant) {
        if let Some(entry) = self.table.get_mut(peer) {
            entry.ban = None;
            self.table.settle(peer, Cause::Operator, now);
        }
    }

    /// Refuses a range of addresses for so long (a year at most; `None`: a year), and leaves everyone there, static and trusted
    /// peers excepted. False if [`crate::bans::MAX_RANGES`] are banned.
    pub fn ban_range(&mut self, range: Range, wait: Option<Duration>, now: Instant) -> bool {
        let until = later(now, wait.unwrap_or(Duration::MAX));
        let banned = self.bans.ban(RangeBan { range, until, why: BanWhy::Operator }, now);
        self.leave_banned_ranges(now);
        banned
    }

    /// Lifts the ban of exactly this range. False if there is none.
    pub fn unban_range(&mut self, range: Range) -> bool {
        self.bans.unban(range)
    }

    /// The ban that an address falls under.
    #[must_use]
    pub fn range_ban(&self, ip: IpAddr, now: Instant) -> Option<RangeBan> {
        self.bans.of(ip, now)
    }

    /// The ranges that are banned.
    pub fn range_bans(&self) -> impl Iterator<Item = RangeBan> {
        self.bans.iter()
    }

    /// The application wants the peer gone, with this reason. It may come back: see [`crate::Config::full_wait`] and its kin.
    pub fn disconnect(&mut self, peer: &PeerId, reason: GoodbyeReason, now: Instant) {
        self.leave(peer, GoneReason::Requested(reason), now);
    }

    /// The same for everyone in a range.
    pub fn disconnect_range(&mut self, range: Range, reason: GoodbyeReason, now: Instant) {
        let there = self.table.sessions().filter(|(_, peer)| peer.ip.is_some_and(|ip| range.contains(ip)));
        let there: Vec<PeerId> = there.map(|(id, _)| *id).collect();
        for peer in there {
            self.disconnect(&peer, reason, now);
        }
    }
}
