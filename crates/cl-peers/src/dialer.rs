//! Whom to dial, and how fast.

use std::cmp::Reverse;
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::time::{Duration, Instant};

use libp2p_identity::PeerId;

use crate::action::Direction;
use crate::bans::Bans;
use crate::client::Kind;
use crate::config::Config;
use crate::coverage::{Coverage, Tally};
use crate::diversity::Crowd;
use crate::peer::Peer;
use crate::peerdb::Table;
use crate::prospects::Prospect;
use crate::ranges::Range;
use crate::subnets::{Subnet, Subnets};

/// The rate limit is per this window: never more dials in any stretch of this length.
const WINDOW: Duration = Duration::from_secs(1);
/// Most wanted subnets that count for a candidate: records promise more than nodes keep.
const MAX_FILLS: u32 = 16;
/// Candidates per dial that are compared in detail.
const FINALISTS: usize = 4;

/// Why a peer was dialled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DialWhy {
    /// The operator wants it connected always.
    Static,
    /// It was a good peer before the restart.
    Anchor,
    /// Too few peers have this.
    Gap(Subnet),
    /// Too few of our peers were chosen by ourselves.
    Outbound,
    /// There is room.
    Room,
}

impl fmt::Display for DialWhy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Static => f.write_str("a static peer"),
            Self::Anchor => f.write_str("kept for long before the restart"),
            Self::Gap(subnet) => write!(f, "too few peers have {subnet}"),
            Self::Outbound => f.write_str("too few peers were dialled by us"),
            Self::Room => f.write_str("there is room"),
        }
    }
}

/// The dials of the last second.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    recent: VecDeque<Instant>,
}

impl Pace {
    fn room(&mut self, limit: usize, now: Instant) -> usize {
        while self.recent.front().is_some_and(|at| now.saturating_duration_since(*at) > WINDOW) {
            self.recent.pop_front();
        }
        limit.saturating_sub(self.recent.len())
    }

    pub(crate) fn note(&mut self, now: Instant) {
        self.recent.push_back(now);
    }
}

/// What the choice depends on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scene<'a> {
    pub(crate) config: &'a Config,
    pub(crate) table: &'a Table,
    pub(crate) coverage: &'a Coverage,
    pub(crate) bans: &'a Bans,
    pub(crate) now: Instant,
}

/// How many peers more are wanted, by kind of wish.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    /// For any reason.
    room: usize,
    /// Because too few are outbound.
    outbound: usize,
    /// Because they fill gaps.
    gaps: usize,
}

impl Budget {
    pub(crate) fn of(config: &Config, table: &Table) -> Self {
        let active = table.sessions().filter(|(_, peer)| peer.is_active());
        let is_outbound = |peer: &Peer| peer.session.as_ref().is_some_and(|s| s.direction == Direction::Dialer);
        let (all, outbound) =
            active.fold((0_usize, 0_usize), |(all, out), (_, peer)| (all + 1, out + usize::from(is_outbound(peer))));
        let promised = table.dialing().filter(|(_, peer)| peer.session.is_none()).count();
        let taken = all.saturating_add(promised);
        let outbound = config.min_outbound().saturating_sub(outbound).saturating_sub(promised);
        Self {
            room: config.target_peers.saturating_sub(taken),
            outbound: outbound.min(config.room().saturating_sub(taken)),
            gaps: config.ceiling().saturating_sub(taken),
        }
    }

    fn spend(&mut self) {
        self.room = self.room.saturating_sub(1);
        self.outbound = self.outbound.saturating_sub(1);
        self.gaps = self.gaps.saturating_sub(1);
    }

    /// Why somebody who fills these gaps would be dialled, if it would.
    pub(crate) fn why(&self, is_anchor: bool, fills: &Subnets) -> Option<DialWhy> {
        let gap = fills.iter().next().map(DialWhy::Gap);
        if self.room == 0 && self.outbound == 0 {
            return gap.filter(|_| self.gaps > 0);
        }
        if is_anchor {
            return Some(DialWhy::Anchor);
        }
        Some(gap.unwrap_or(if self.room > 0 { DialWhy::Room } else { DialWhy::Outbound }))
    }
}

/// Who comes first, smallest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    is_not_anchor: bool,
    fills: Reverse<u32>,
    neighbours: usize,
    dominates: bool,
    waiting_since: Instant,
    peer: PeerId,
}

/// Who is connected or about to be.
struct Company {
    crowd: Crowd,
    have: Tally,
}

impl Company {
    fn of(scene: &Scene<'_>) -> Self {
        let mut company = Self { crowd: Crowd::default(), have: scene.coverage.have.clone() };
        for (_, peer) in scene.table.sessions().filter(|(_, peer)| peer.is_active()) {
            company.crowd.add(peer.network, peer.client.kind);
            if !peer.is_ready() {
                company.have.add(&peer.has());
            }
        }
        let on_their_way = scene.table.dialing().filter(|(_, peer)| peer.session.is_none());
        on_their_way.for_each(|(_, peer)| company.expect(peer.network, peer.client.kind, &peer.offer));
        company
    }

    fn expect(&mut self, network: Option<Range>, client: Kind, offer: &Subnets) {
        self.crowd.add(network, client);
        self.have.add(offer);
    }

    fn rank(&self, prospect: &Prospect, missing: &Subnets) -> Rank {
        Rank {
            is_not_anchor: !prospect.is_anchor,
            fills: Reverse(prospect.offer.and(missing).len().min(MAX_FILLS)),
            neighbours: self.crowd.neighbours(prospect.network),
            dominates: self.crowd.dominates(prospect.client),
            waiting_since: prospect.waiting_since,
            peer: prospect.peer,
        }
    }
}

/// The peers to dial now. Static ones come first and do not ask for room among the peers; then anchors; then who fills most
/// gaps; then who is least like the peers that are here; then who waited longest. `only`: nobody else is considered.
pub(crate) fn choose(scene: &Scene<'_>, pace: &mut Pace, only: Option<&PeerId>) -> Vec<(PeerId, DialWhy)> {
    let Scene { config, table, coverage, now, .. } = *scene;
    let under_way = table.dialing().count();
    let slots = pace.room(config.dials_per_second, now).min(config.max_dialing.saturating_sub(under_way));
    if slots == 0 {
        return Vec::new();
    }
    let is_meant = |id: &PeerId| only.is_none_or(|only| only == id);
    let statics = table.statics().filter(|(id, peer)| is_meant(id) && peer.is_dialable(config, now));
    let mut statics: Vec<_> =
        statics.map(|(id, peer)| (peer.retry.not_before().unwrap_or(peer.last_seen), *id)).collect();
    statics.sort_unstable();
    let mut chosen: Vec<_> = statics.into_iter().take(slots).map(|(_, id)| (id, DialWhy::Static)).collect();
    let mut budget = Budget::of(config, table);
    chosen.iter().for_each(|_| budget.spend());

    let mut company = Company::of(scene);
    let mut missing = coverage.missing(&company.have);
    let more = slots.saturating_sub(chosen.len());
    if more == 0 || budget.why(false, &missing).is_none() {
        return chosen;
    }
    let mut finalists = finalists(scene, &company, &missing, &budget, more.saturating_mul(FINALISTS), only);
    while chosen.len() < slots {
        let best = finalists
            .iter()
            .filter(|prospect| fits(scene, &company, &missing, &budget, prospect))
            .min_by_key(|prospect| company.rank(prospect, &missing));
        let Some(best) = best.copied() else { break };
        let Some(why) = budget.why(best.is_anchor, &best.offer.and(&missing)) else { break };
        finalists.retain(|prospect| prospect.peer != best.peer);
        budget.spend();
        company.expect(best.network, best.client, &best.offer);
        missing = coverage.missing(&company.have);
        chosen.push((best.peer, why));
    }
    chosen
}

/// Whether a peer would be dialled, if nobody were before it.
fn fits(scene: &Scene<'_>, company: &Company, missing: &Subnets, budget: &Budget, prospect: &Prospect) -> bool {
    budget.why(prospect.is_anchor, &prospect.offer.and(missing)).is_some()
        && company.crowd.neighbours(prospect.network) < scene.config.max_per_network
}

/// The best candidates at this moment, at most so many, by one look at each prospect.
fn finalists(
    scene: &Scene<'_>,
    company: &Company,
    missing: &Subnets,
    budget: &Budget,
    at_most: usize,
    only: Option<&PeerId>,
) -> Vec<Prospect> {
    let is_dialable = |peer: &Peer| peer.is_dialable(scene.config, scene.now);
    let mut best: BTreeMap<Rank, Prospect> = BTreeMap::new();
    let mut consider = |prospect: &Prospect| {
        if !fits(scene, company, missing, budget, prospect) {
            return;
        }
        if !prospect.is_trusted && prospect.ip.is_some_and(|ip| scene.bans.of(ip, scene.now).is_some()) {
            return;
        }
        let rank = company.rank(prospect, missing);
        let is_among_the_best = best.len() < at_most || best.last_key_value().is_some_and(|(worst, _)| rank < *worst);
        // Whoever has a score is looked at as a whole, but only then.
        if is_among_the_best && (!prospect.is_scored || scene.table.get(&prospect.peer).is_some_and(is_dialable)) {
            best.insert(rank, *prospect);
        }
        if best.len() > at_most {
            best.pop_last();
        }
    };
    match only {
        // Its wait may have ended since the last tick, so that it is no prospect yet.
        Some(id) => {
            if let Some(peer) = scene.table.get(id).filter(|peer| !peer.is_static && is_dialable(peer)) {
                consider(&Prospect::of(id, peer));
            }
        }
        None => scene.table.prospects().for_each(consider),
    }
    best.into_values().collect()
}

/// Whether a peer that could be dialled is left out, and why.
pub(crate) fn objection(scene: &Scene<'_>, peer: &Peer) -> Option<Objection> {
    if peer.is_static {
        return None;
    }
    if !peer.is_trusted && peer.ip.is_some_and(|ip| scene.bans.of(ip, scene.now).is_some()) {
        return Some(Objection::RangeBanned);
    }
    let company = Company::of(scene);
    if company.crowd.neighbours(peer.network) >= scene.config.max_per_network {
        return Some(Objection::Crowded);
    }
    let missing = scene.coverage.missing(&company.have);
    let budget = Budget::of(scene.config, scene.table);
    budget.why(peer.is_anchor, &peer.offer.and(&missing)).is_none().then_some(Objection::EnoughPeers)
}

/// Why a peer that could be dialled is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Objection {
    RangeBanned,
    Crowded,
    EnoughPeers,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_second_holds_more_than_the_limit() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut pace = Pace::default();
        for ms in [0, 0, 300, 900] {
            assert!(pace.room(4, at(ms)) > 0);
            pace.note(at(ms));
        }
        assert_eq!(pace.room(4, at(1000)), 0);
        assert_eq!(pace.room(4, at(1001)), 2);
        assert_eq!(pace.room(4, at(5000)), 4);
    }
}
