//! Inputs of blame.

use std::time::Instant;

use cl_types::{Fault, Source};
use libp2p_identity::PeerId;

use super::Manager;
use crate::action::GoneReason;
use crate::score::{self, Verdict};
use crate::time::later;

impl Manager {
    /// Something went wrong with a peer, connected or not. Only faults of the peer cost it anything; unknown peers are ignored.
    pub fn fault(&mut self, peer: &PeerId, source: Source, fault: Fault, now: Instant) {
        let Fault::Peer(severity) = fault else { return };
        let config = self.config.score;
        let Some(entry) = self.table.get_mut(peer) else { return };
        entry.totals.faults += 1;
        match entry.score.penalize(&config, source, severity, now) {
            Verdict::Fine => {}
            Verdict::Disconnect => self.leave(peer, GoneReason::BadScore, now),
            Verdict::Ban => {
                entry.banned_until = Some(later(now, config.ban));
                self.leave(peer, GoneReason::Banned, now);
            }
        }
    }

    /// Why a peer has its score: its last penalties, oldest first, at most [`score::MAX_ENTRIES`]. Empty for unknown peers.
    #[must_use]
    pub fn explain(&self, peer: &PeerId) -> Vec<score::Entry> {
        self.table.get(peer).map(|entry| entry.score.entries().copied().collect()).unwrap_or_default()
    }
}
