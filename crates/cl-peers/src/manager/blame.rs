//! Inputs of blame.

use std::time::Instant;

use cl_types::{Fault, Severity, Slot, Source};
use libp2p_identity::PeerId;

use super::Manager;
use crate::action::GoneReason;
use crate::lifecycle::{BanWhy, Cause};
use crate::peer::Ban;
use crate::relevance;
use crate::score::{self, Part, Verdict};
use crate::subnets::{Subnet, Subnets};
use crate::time::later;

impl Manager {
    /// Something went wrong with a peer, connected or not. Only faults of the peer cost it anything; unknown peers are ignored.
    pub fn fault(&mut self, peer: &PeerId, source: Source, fault: Fault, now: Instant) {
        self.fault_because(peer, source, fault, "", now);
    }

    /// The same with a few words of what it was, for [`Self::explain`].
    pub fn fault_because(&mut self, peer: &PeerId, source: Source, fault: Fault, what: &'static str, now: Instant) {
        let Fault::Peer(severity) = fault else { return };
        let Some(entry) = self.table.get_mut(peer) else { return };
        entry.totals.faults += 1;
        let verdict = entry.score.penalize(&self.config.score, source, severity, what, now);
        self.table.refresh(peer);
        self.obey(peer, verdict, now);
    }

    /// What we hold against a peer beside what the gossip router does: 0 or below. For the router, so that it hears nothing of
    /// itself.
    #[must_use]
    pub fn score_without_router(&self, peer: &PeerId, now: Instant) -> f64 {
        let Some(entry) = self.table.get(peer) else { return 0.0 };
        let parts = entry.score.parts(&self.config.score, now);
        parts.filter(|(part, _)| *part != Part::Router).map(|(_, points)| points).sum()
    }

    /// The gossip router's own score of a peer, in its own scale. It counts as a part of ours that fades when nobody renews it.
    pub fn router_score(&mut self, peer: &PeerId, score: f64, now: Instant) {
        let Some(entry) = self.table.get_mut(peer) else { return };
        entry.router = Some(score).filter(|score| score.is_finite());
        let verdict = entry.score.set_router(&self.config.score, score, now);
        self.table.refresh(peer);
        self.obey(peer, verdict, now);
    }

    /// A connected peer left these columns of blocks of these slots out of an answer. What it has custody of and says to hold
    /// at the slot counts as not there until it connects anew; that is one fault, however many columns it is. False if it is
    /// none.
    pub fn lacks_columns(
        &mut self,
        peer: &PeerId,
        columns: impl IntoIterator<Item = (u8, Slot)>,
        now: Instant,
    ) -> bool {
        let Some(entry) = self.table.get_mut(peer) else { return false };
        let has = entry.has();
        let Some(session) = entry.active() else { return false };
        let Some(status) = session.status else { return false };
        let held = |slot: &Slot| relevance::serves(&status, *slot);
        let missed = columns.into_iter().filter(|(_, slot)| held(slot)).map(|(column, _)| Subnet::Column(column));
        let missed = missed.collect::<Subnets>().and(&has);
        if !missed.is_empty() {
            session.denied = session.denied.or(&missed);
            let fault = Fault::Peer(Severity::Mid);
            self.fault_because(peer, Source::Rpc, fault, "does not serve a column in its custody", now);
        }
        !missed.is_empty()
    }

    /// A trusted peer is kept whatever its score.
    fn obey(&mut self, peer: &PeerId, verdict: Verdict, now: Instant) {
        let is_trusted = self.table.get(peer).is_none_or(|entry| entry.is_trusted);
        match verdict {
            _ if is_trusted => {}
            Verdict::Fine => {}
            Verdict::Disconnect => self.leave(peer, GoneReason::BadScore, now),
            Verdict::Ban => {
                let wait = self.config.score.ban;
                self.ban_peer(peer, Ban { until: later(now, wait), why: BanWhy::Score }, now);
                let ip = self.table.get(peer).filter(|entry| entry.totals.sessions > 0).and_then(|entry| entry.ip);
                let ranges = ip.map(|ip| self.bans.offence(&self.config.bans, *peer, ip, wait, now));
                if ranges.is_some_and(|ranges| !ranges.is_empty()) {
                    self.leave_banned_ranges(now);
                }
            }
        }
    }

    /// A longer ban that is in force stays.
    pub(super) fn ban_peer(&mut self, peer: &PeerId, ban: Ban, now: Instant) {
        let Some(entry) = self.table.get_mut(peer) else { return };
        if entry.ban.is_none_or(|before| before.until < ban.until) {
            entry.ban = Some(ban);
        }
        self.leave(peer, GoneReason::Banned, now);
        self.table.settle(peer, Cause::Banned(ban.why), now);
    }

    /// Leaves everyone whose address is banned by now.
    pub(super) fn leave_banned_ranges(&mut self, now: Instant) {
        let is_banned = |ip| self.bans.of(ip, now).is_some();
        let exempt = |peer: &crate::peer::Peer| peer.is_static || peer.is_trusted;
        let banned = self.table.sessions().filter(|(_, peer)| !exempt(peer) && peer.ip.is_some_and(is_banned));
        let banned: Vec<PeerId> = banned.map(|(id, _)| *id).collect();
        for peer in banned {
            self.leave(&peer, GoneReason::BannedAddress, now);
        }
    }

    /// Why a peer has its score: its last penalties, oldest first, at most [`score::MAX_ENTRIES`]. Empty for unknown peers.
    #[must_use]
    pub fn penalties(&self, peer: &PeerId) -> Vec<score::Entry> {
        self.table.get(peer).map(|entry| entry.score.entries().copied().collect()).unwrap_or_default()
    }
}
