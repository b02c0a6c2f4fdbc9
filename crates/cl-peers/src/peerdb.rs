//! The table of peers: who is known, bounded, with an index of those that need attention.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use libp2p_identity::PeerId;

use crate::info::Counts;
use crate::lifecycle::{Cause, State};
use crate::peer::{Peer, Worth};
use crate::prospects::{Prospect, Prospects};

/// At most `max` peers, as long as so many are neither connected, dialled, static nor trusted.
///
/// Whoever changes a peer calls [`Self::settle`] afterwards: it makes the step of the peer's life that follows and keeps the
/// indices; or [`Self::refresh`], where no step can follow. So a tick looks at who is connected, dialled or due, not at everybody.
#[derive(Debug)]
pub(crate) struct Table {
    peers: BTreeMap<PeerId, Peer>,
    max: usize,
    sessions: BTreeSet<PeerId>,
    dialing: BTreeSet<PeerId>,
    statics: BTreeSet<PeerId>,
    timers: BTreeSet<(Instant, PeerId)>,
    prospects: Prospects,
}

impl Table {
    pub(crate) fn new(max: usize) -> Self {
        Self {
            peers: BTreeMap::new(),
            max,
            sessions: BTreeSet::new(),
            dialing: BTreeSet::new(),
            statics: BTreeSet::new(),
            timers: BTreeSet::new(),
            prospects: Prospects::default(),
        }
    }

    pub(crate) fn get(&self, peer: &PeerId) -> Option<&Peer> {
        self.peers.get(peer)
    }

    pub(crate) fn get_mut(&mut self, peer: &PeerId) -> Option<&mut Peer> {
        self.peers.get_mut(peer)
    }

    pub(crate) fn len(&self) -> usize {
        self.peers.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&PeerId, &Peer)> {
        self.peers.iter()
    }

    /// Who has a connection.
    pub(crate) fn sessions(&self) -> impl Iterator<Item = (&PeerId, &Peer)> {
        self.sessions.iter().filter_map(|id| self.peers.get_key_value(id))
    }

    /// Who is being dialled, whether connected meanwhile or not.
    pub(crate) fn dialing(&self) -> impl Iterator<Item = (&PeerId, &Peer)> {
        self.dialing.iter().filter_map(|id| self.peers.get_key_value(id))
    }

    pub(crate) fn statics(&self) -> impl Iterator<Item = (&PeerId, &Peer)> {
        self.statics.iter().filter_map(|id| self.peers.get_key_value(id))
    }

    /// Who may be dialled as far as state, address and waits go: static peers are not among them.
    pub(crate) fn prospects(&self) -> impl ExactSizeIterator<Item = &Prospect> {
        self.prospects.iter()
    }

    /// The peer, which is here or must be: added even where nobody can be forgotten for it.
    pub(crate) fn insert(&mut self, peer: PeerId, origin: Cause, now: Instant) -> &mut Peer {
        if !self.peers.contains_key(&peer) {
            self.make_room(Worth::Ban, now);
        }
        let entry = self.peers.entry(peer).or_insert_with(|| Peer::new(origin, now));
        entry.last_seen = now;
        entry
    }

    /// The peer, added if there is room or somebody less worthy than a ban to forget.
    pub(crate) fn offer(&mut self, peer: PeerId, origin: Cause, now: Instant) -> Option<&mut Peer> {
        let room = self.peers.contains_key(&peer) || self.make_room(Worth::Acquaintance, now);
        room.then(|| self.insert(peer, origin, now))
    }

    fn make_room(&mut self, up_to: Worth, now: Instant) -> bool {
        if self.peers.len() < self.max {
            return true;
        }
        let candidates = self.peers.iter().filter_map(|(id, peer)| Some((peer.worth(now)?, peer.last_seen, *id)));
        let victim = candidates.min().filter(|(worth, ..)| *worth <= up_to);
        victim.is_some_and(|(.., id)| self.remove(&id))
    }

    pub(crate) fn remove(&mut self, peer: &PeerId) -> bool {
        self.sessions.remove(peer);
        self.dialing.remove(peer);
        self.statics.remove(peer);
        let removed = self.peers.remove(peer);
        if let Some(at) = removed.as_ref().and_then(|removed| removed.timer) {
            self.timers.remove(&(at, *peer));
        }
        let moved = removed.as_ref().and_then(|removed| removed.place).and_then(|place| self.prospects.remove(place));
        self.replace(moved);
        removed.is_some()
    }

    /// Makes the step that follows from what changed, for this reason.
    pub(crate) fn settle(&mut self, id: &PeerId, why: Cause, now: Instant) {
        let Some(peer) = self.peers.get_mut(id) else { return };
        peer.life.go(peer.state(now), why, now);
        mark(&mut self.sessions, id, peer.session.is_some());
        mark(&mut self.dialing, id, peer.dialing.is_some());
        mark(&mut self.statics, id, peer.is_static);
        let timer = peer.wakes(now);
        if timer != peer.timer {
            if let Some(at) = std::mem::replace(&mut peer.timer, timer) {
                self.timers.remove(&(at, *id));
            }
            if let Some(at) = timer {
                self.timers.insert((at, *id));
            }
        }
        self.refresh(id);
    }

    /// Takes over what the choice of whom to dial looks at.
    pub(crate) fn refresh(&mut self, id: &PeerId) {
        let Some(peer) = self.peers.get_mut(id) else { return };
        let moved = self.prospects.update(id, peer);
        self.replace(moved);
    }

    fn replace(&mut self, moved: Option<(PeerId, usize)>) {
        if let Some((id, place)) = moved
            && let Some(peer) = self.peers.get_mut(&id)
        {
            peer.place = Some(place);
        }
    }

    /// Wakes everyone whose wait or ban is over.
    pub(crate) fn wake(&mut self, now: Instant) {
        while let Some((_, id)) = self.timers.first().copied().filter(|(at, _)| *at <= now) {
            self.timers.pop_first();
            if let Some(peer) = self.peers.get_mut(&id) {
                peer.timer = None;
            }
            self.wake_one(&id, now);
        }
    }

    /// The same for one peer, if it has to be awake before the next tick.
    pub(crate) fn wake_one(&mut self, id: &PeerId, now: Instant) {
        let Some(peer) = self.peers.get(id) else { return };
        let why = if peer.life.state() == State::Banned { Cause::BanOver } else { Cause::WaitOver };
        self.settle(id, why, now);
    }

    pub(crate) fn counts(&self, now: Instant) -> Counts {
        let mut counts = Counts { known: self.peers.len(), ..Counts::default() };
        for peer in self.peers.values() {
            counts.add(peer.state(now), peer.session.as_ref().map(|session| session.direction));
        }
        counts
    }

    /// Peers that count as connected.
    pub(crate) fn active(&self) -> usize {
        self.sessions().filter(|(_, peer)| peer.is_active()).count()
    }
}

fn mark(set: &mut BTreeSet<PeerId>, id: &PeerId, is_in: bool) {
    if is_in {
        set.insert(*id);
    } else {
        set.remove(id);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::lifecycle::BanWhy;
    use crate::peer::Ban;
    use crate::testing::someone;

    #[test]
    fn rumours_go_first_then_old_acquaintances_and_bans_only_for_whom_is_here() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let [old, new, met, banned] = [(); 4].map(|()| someone());
        let mut table = Table::new(4);
        let insert = |table: &mut Table, peer, at| table.insert(peer, Cause::Discovered, at).totals.sessions = 0;
        table.insert(met, Cause::Discovered, at(0)).totals.sessions = 1;
        table.insert(banned, Cause::Discovered, at(0)).ban = Some(Ban { until: at(1000), why: BanWhy::Score });
        table.settle(&banned, Cause::Banned(BanWhy::Score), at(0));
        insert(&mut table, old, at(1));
        insert(&mut table, new, at(2));

        let offer = |table: &mut Table, seconds| {
            table.offer(someone(), Cause::Discovered, at(seconds)).unwrap().is_static = true;
        };
        offer(&mut table, 3);
        assert!(table.get(&old).is_none() && table.get(&new).is_some());
        offer(&mut table, 4);
        assert!(table.get(&new).is_none() && table.get(&met).is_some());
        offer(&mut table, 5);
        assert!(table.get(&met).is_none() && table.get(&banned).is_some());
        assert!(table.offer(someone(), Cause::Discovered, at(6)).is_none());
        insert(&mut table, someone(), at(7));
        assert!(table.get(&banned).is_none() && table.timers.is_empty());
        assert_eq!(table.counts(at(7)).known, 4);
    }

    #[test]
    fn who_waits_is_woken_when_its_time_has_come() {
        let start = Instant::now();
        let (peer, later) = (someone(), start + Duration::from_secs(10));
        let mut table = Table::new(4);
        table.insert(peer, Cause::Discovered, start).ban = Some(Ban { until: later, why: BanWhy::Operator });
        table.settle(&peer, Cause::Banned(BanWhy::Operator), start);
        table.wake(start);
        assert_eq!(table.get(&peer).unwrap().life.state(), State::Banned);
        table.wake(later);
        let life = &table.get(&peer).unwrap().life;
        assert_eq!((life.state(), life.steps().last().unwrap().why), (State::Known, Cause::BanOver));
        assert!(table.timers.is_empty());
    }
}
