//! The table of peers: who is known, bounded, with all that is remembered about each.

use std::collections::BTreeMap;
use std::time::Instant;

use libp2p_identity::PeerId;
use multiaddr::Multiaddr;

use crate::config::Config;
use crate::info::{Counts, State, Totals};
use crate::retry::Retry;
use crate::score::{Score, Verdict};
use crate::session::Session;

/// One peer.
#[derive(Clone, Debug)]
pub(crate) struct Peer {
    pub(crate) addresses: Vec<Multiaddr>,
    pub(crate) is_static: bool,
    pub(crate) score: Score,
    pub(crate) banned_until: Option<Instant>,
    pub(crate) retry: Retry,
    /// Since when we are dialling it. It may connect from its side meanwhile.
    pub(crate) dialing: Option<Instant>,
    pub(crate) session: Option<Box<Session>>,
    pub(crate) agent: Option<String>,
    pub(crate) last_seen: Instant,
    pub(crate) totals: Totals,
}

impl Peer {
    fn new(now: Instant) -> Self {
        Self {
            addresses: Vec::new(),
            is_static: false,
            score: Score::default(),
            banned_until: None,
            retry: Retry::default(),
            dialing: None,
            session: None,
            agent: None,
            last_seen: now,
            totals: Totals::default(),
        }
    }

    pub(crate) fn is_banned(&self, now: Instant) -> bool {
        self.banned_until.is_some_and(|until| now < until)
    }

    pub(crate) fn state(&self, now: Instant) -> State {
        match &self.session {
            Some(session) if session.leaving.is_some() => State::Leaving,
            Some(session) if session.ready_since.is_some() => State::Ready,
            Some(_) => State::Handshaking,
            None if self.dialing.is_some() => State::Dialing,
            None if self.is_banned(now) => State::Banned,
            None => State::Known,
        }
    }

    /// The session, unless it is over.
    pub(crate) fn active(&mut self) -> Option<&mut Session> {
        self.session.as_deref_mut().filter(|session| session.is_active())
    }

    /// True if it may be dialled now.
    pub(crate) fn is_dialable(&self, config: &Config, now: Instant) -> bool {
        self.session.is_none()
            && self.dialing.is_none()
            && !self.addresses.is_empty()
            && self.retry.is_due(now)
            && !self.is_banned(now)
            && self.score.verdict(&config.score, now) == Verdict::Fine
    }

    /// Takes over addresses: a static peer keeps those it has and adds, any other replaces. An empty list changes nothing.
    pub(crate) fn learn(&mut self, addresses: Vec<Multiaddr>, max: usize) {
        if addresses.is_empty() {
            return;
        }
        if !self.is_static {
            self.addresses.clear();
        }
        for address in addresses {
            if self.addresses.len() >= max {
                break;
            }
            if !self.addresses.contains(&address) {
                self.addresses.push(address);
            }
        }
    }

    /// Which to forget first: smaller goes earlier, `None` stays.
    fn worth(&self, now: Instant) -> Option<Worth> {
        let busy = self.session.is_some() || self.dialing.is_some() || self.is_static;
        if busy {
            None
        } else if self.is_banned(now) {
            Some(Worth::Ban)
        } else if self.totals.sessions > 0 {
            Some(Worth::Acquaintance)
        } else {
            Some(Worth::Rumour)
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Worth {
    /// Never connected.
    Rumour,
    /// Connected once.
    Acquaintance,
    /// Forgetting it would lift the ban.
    Ban,
}

/// At most `max` peers, as long as so many are neither connected, dialled nor static.
#[derive(Debug)]
pub(crate) struct Table {
    peers: BTreeMap<PeerId, Peer>,
    max: usize,
}

impl Table {
    pub(crate) const fn new(max: usize) -> Self {
        Self { peers: BTreeMap::new(), max }
    }

    pub(crate) fn get(&self, peer: &PeerId) -> Option<&Peer> {
        self.peers.get(peer)
    }

    pub(crate) fn get_mut(&mut self, peer: &PeerId) -> Option<&mut Peer> {
        self.peers.get_mut(peer)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&PeerId, &Peer)> {
        self.peers.iter()
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (&PeerId, &mut Peer)> {
        self.peers.iter_mut()
    }

    /// The peer, which is here or must be: added even where nobody can be forgotten for it.
    pub(crate) fn insert(&mut self, peer: PeerId, now: Instant) -> &mut Peer {
        if !self.peers.contains_key(&peer) {
            self.make_room(Worth::Ban, now);
        }
        let entry = self.peers.entry(peer).or_insert_with(|| Peer::new(now));
        entry.last_seen = now;
        entry
    }

    /// The peer, added if there is room or somebody less worthy than a ban to forget.
    pub(crate) fn offer(&mut self, peer: PeerId, now: Instant) -> Option<&mut Peer> {
        let room = self.peers.contains_key(&peer) || self.make_room(Worth::Acquaintance, now);
        room.then(|| self.insert(peer, now))
    }

    fn make_room(&mut self, up_to: Worth, now: Instant) -> bool {
        if self.peers.len() < self.max {
            return true;
        }
        let candidates = self.peers.iter().filter_map(|(id, peer)| Some((peer.worth(now)?, peer.last_seen, *id)));
        let victim = candidates.min().filter(|(worth, ..)| *worth <= up_to);
        victim.is_some_and(|(.., id)| self.peers.remove(&id).is_some())
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
        let active = |peer: &&Peer| peer.session.as_ref().is_some_and(|session| session.is_active());
        self.peers.values().filter(active).count()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::testing::someone;

    #[test]
    fn rumours_go_first_then_old_acquaintances_and_bans_only_for_whom_is_here() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let [old, new, met, banned] = [(); 4].map(|()| someone());
        let mut table = Table::new(4);
        table.insert(met, at(0)).totals.sessions = 1;
        table.insert(banned, at(0)).banned_until = Some(at(1000));
        table.insert(old, at(1));
        table.insert(new, at(2));

        let offer = |table: &mut Table, seconds| {
            table.offer(someone(), at(seconds)).unwrap().is_static = true;
        };
        offer(&mut table, 3);
        assert!(table.get(&old).is_none() && table.get(&new).is_some());
        offer(&mut table, 4);
        assert!(table.get(&new).is_none() && table.get(&met).is_some());
        offer(&mut table, 5);
        assert!(table.get(&met).is_none() && table.get(&banned).is_some());
        assert!(table.offer(someone(), at(6)).is_none());
        table.insert(someone(), at(7));
        assert!(table.get(&banned).is_none());
        assert_eq!(table.counts(at(7)).known, 4);
    }

    #[test]
    fn addresses_are_few_and_those_of_a_static_peer_stay() {
        let address = |port: u16| -> Multiaddr { format!("/ip4/127.0.0.1/tcp/{port}").parse().unwrap() };
        let mut peer = Peer::new(Instant::now());
        peer.learn((1..20).map(address).collect(), 8);
        assert_eq!(peer.addresses.len(), 8);
        peer.learn(vec![address(30), address(30)], 8);
        assert_eq!(peer.addresses, [address(30)]);
        peer.learn(Vec::new(), 8);
        peer.is_static = true;
        peer.learn(vec![address(31)], 8);
        assert_eq!(peer.addresses, [address(30), address(31)]);
    }
}
