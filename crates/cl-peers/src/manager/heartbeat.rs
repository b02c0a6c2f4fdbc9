//! The tick: everything that waits for time, and the choice of whom to dial and whom to drop.

use std::time::Instant;

use cl_types::ForkPlan;
use cl_types::containers::StatusV2;
use libp2p_identity::PeerId;

use super::{Manager, View};
use crate::action::{Action, Direction, GoneReason};
use crate::coverage::{Gap, Wanted};
use crate::diversity::Crowd;
use crate::lifecycle::Cause;
use crate::prune::{self, Candidate, Room};

/// A Status is refreshed this many slots after a fork: then no clock can be on the other side of the boundary.
const REFRESH_AFTER_SLOTS: u64 = 2;

impl Manager {
    /// Time passed: about once a second, and soon after `plan` or `ours` changed. Everything that waits for time happens here.
    pub fn tick(&mut self, now: Instant, plan: &ForkPlan, ours: &StatusV2) {
        self.view = Some(View { plan: plan.clone(), status: *ours });
        self.table.wake(now);
        self.bans.expire(now);
        self.give_up_dials(now);
        let connected: Vec<PeerId> = self.table.sessions().map(|(id, _)| *id).collect();
        for peer in connected {
            self.tick_session(peer, now);
        }
        self.coverage.expire(plan.slot);
        self.recount();
        self.prune(now);
        self.dial(None, now);
        self.announce_wanted();
        self.announce_gaps();
    }

    /// Replaces what subnets and columns are wanted of our peers.
    pub fn want(&mut self, wanted: &Wanted) {
        self.coverage.set(wanted);
        self.recount();
    }

    /// The wanted subnets of which there are too few ready peers, as of the last tick.
    pub fn gaps(&self) -> impl Iterator<Item = Gap> {
        self.coverage.gaps()
    }

    fn recount(&mut self) {
        let ready = self.table.sessions().filter(|(_, peer)| peer.is_ready());
        self.coverage.recount(ready.map(|(_, peer)| peer.has()));
    }

    fn give_up_dials(&mut self, now: Instant) {
        let timeout = self.config.dial_timeout;
        let is_late = |since: Instant| now.saturating_duration_since(since) >= timeout;
        let dialing = self.table.dialing().filter(|(_, peer)| peer.dialing.is_some_and(is_late));
        let late: Vec<PeerId> = dialing.map(|(id, _)| *id).collect();
        for id in late {
            self.end_dial(&id, Cause::DialTimedOut, now);
        }
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

    /// Drops whom we can spare when there are more peers than wanted.
    fn prune(&mut self, now: Instant) {
        if self.table.active() <= self.config.target_peers {
            return;
        }
        let mut crowd = Crowd::default();
        let mut candidates = Vec::new();
        let (mut settled, mut outbound) = (0_usize, 0_usize);
        for (id, peer) in self.table.sessions().filter(|(_, peer)| peer.is_active()) {
            crowd.add(peer.network, peer.client.kind);
            let Some(session) = peer.session.as_deref() else { continue };
            let is_outbound = session.direction == Direction::Dialer;
            outbound += usize::from(is_outbound);
            let is_settled = session
                .ready_since
                .is_some_and(|since| now.saturating_duration_since(since) >= self.config.prune_after);
            settled += usize::from(is_settled);
            if !is_settled || peer.is_static || peer.is_trusted {
                continue;
            }
            candidates.push(Candidate {
                peer: *id,
                offer: peer.has(),
                score: peer.score.value(&self.config.score, now),
                outbound: is_outbound,
                network: peer.network,
                client: peer.client.kind,
                since: session.since,
            });
        }
        let room = Room {
            above_target: settled.saturating_sub(self.config.target_peers),
            above_ceiling: settled.saturating_sub(self.config.ceiling()),
            spare_outbound: outbound.saturating_sub(self.config.min_outbound()),
            at_once: self.config.prunes_per_tick,
        };
        for (peer, why) in prune::choose(candidates, &self.coverage, crowd, room) {
            self.leave(&peer, GoneReason::Pruned(why), now);
        }
        self.recount();
    }

    fn announce_gaps(&mut self) {
        let gaps: Vec<Gap> = if self.is_shutting_down { Vec::new() } else { self.coverage.gaps().collect() };
        if gaps != self.gaps {
            self.gaps.clone_from(&gaps);
            self.actions.push_back(Action::Gaps(gaps));
        }
    }
}
