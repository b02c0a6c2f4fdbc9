//! Whom to drop when there are more peers than wanted.
//!
//! First who is not needed: everyone in whose absence each wanted subnet still has all the peers it should have, down to the
//! target. Only above the ceiling also others, one at a time: whoever is needed least, but never the last peer of a wanted
//! subnet. Between peers that are needed alike: the worse score, the more crowded network, the dominating client, the fewer wanted
//! subnets, the younger.

use std::cmp::Reverse;
use std::fmt;
use std::time::Instant;

use libp2p_identity::PeerId;

use crate::client::Kind;
use crate::coverage::{Coverage, Tally};
use crate::diversity::Crowd;
use crate::ranges::Range;
use crate::subnets::Subnets;

/// Scores within the same step are alike.
const SCORE_STEP: f64 = 5.0;

/// Why a peer was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DropWhy {
    /// Its score is worse than that of the others.
    Score,
    /// There are more peers in its network than in others.
    Crowded,
    /// More than half of the peers run its client.
    CommonClient,
    /// Others have what it has, and came before.
    Redundant,
    /// There are too many peers; it was the one that is missed least.
    LeastMissed,
}

impl fmt::Display for DropWhy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Score => "its score was worse",
            Self::Crowded => "its network was the most crowded",
            Self::CommonClient => "its client was the most common",
            Self::Redundant => "others have what it has",
            Self::LeastMissed => "it is missed least",
        })
    }
}

/// A ready peer.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub(crate) peer: PeerId,
    pub(crate) offer: Subnets,
    pub(crate) score: f64,
    pub(crate) outbound: bool,
    pub(crate) network: Option<Range>,
    pub(crate) client: Kind,
    pub(crate) since: Instant,
}

/// How many may go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    /// Peers above the target.
    pub(crate) above_target: usize,
    /// Peers above the ceiling, no more than those above the target.
    pub(crate) above_ceiling: usize,
    /// Outbound peers above their share.
    pub(crate) spare_outbound: usize,
    /// Most that go at once.
    pub(crate) at_once: usize,
}

/// How much a peer is missed, least first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Missed {
    short: u32,
    score: i64,
    neighbours: Reverse<usize>,
    dominates: Reverse<bool>,
    wanted: u32,
    since: Reverse<Instant>,
    peer: PeerId,
}

/// Whom to drop, and why. `coverage.have` counts all ready peers, those that are not up for choice included.
pub(crate) fn choose(
    mut candidates: Vec<Candidate>,
    coverage: &Coverage,
    mut crowd: Crowd,
    mut room: Room,
) -> Vec<(PeerId, DropWhy)> {
    let mut have = coverage.have.clone();
    let mut dropped = Vec::new();
    while dropped.len() < room.at_once && room.above_target > 0 {
        let best = candidates
            .iter()
            .enumerate()
            .filter(|(_, candidate)| room.spare_outbound > 0 || !candidate.outbound)
            .filter(|(_, candidate)| !is_last(candidate, coverage, &have))
            .map(|(at, candidate)| (missed(candidate, coverage, &have, &crowd), at))
            .min();
        let Some((missed, at)) = best else { break };
        // One peer that is needed goes at a time: the next choice waits for what follows from this one.
        if missed.short > 0 && (room.above_ceiling == 0 || !dropped.is_empty()) {
            break;
        }
        let gone = candidates.swap_remove(at);
        have.remove(&gone.offer.and(&coverage.wanted));
        crowd.remove(gone.network, gone.client);
        room.above_target -= 1;
        room.above_ceiling = room.above_ceiling.saturating_sub(1);
        room.spare_outbound -= usize::from(gone.outbound);
        dropped.push((gone.peer, why(&missed)));
    }
    dropped
}

fn is_last(candidate: &Candidate, coverage: &Coverage, have: &Tally) -> bool {
    candidate.offer.and(&coverage.wanted).iter().any(|subnet| have.get(subnet) <= 1)
}

fn missed(candidate: &Candidate, coverage: &Coverage, have: &Tally, crowd: &Crowd) -> Missed {
    let useful = candidate.offer.and(&coverage.wanted);
    let short = useful.iter().filter(|subnet| have.get(*subnet) <= coverage.want(*subnet)).count();
    #[allow(clippy::cast_possible_truncation, reason = "a score is between -100 and 0")]
    let score = (candidate.score / SCORE_STEP).ceil() as i64;
    Missed {
        short: u32::try_from(short).unwrap_or(u32::MAX),
        score,
        neighbours: Reverse(crowd.neighbours(candidate.network).saturating_sub(1)),
        dominates: Reverse(crowd.dominates(candidate.client)),
        wanted: useful.len(),
        since: Reverse(candidate.since),
        peer: candidate.peer,
    }
}

fn why(missed: &Missed) -> DropWhy {
    if missed.short > 0 {
        DropWhy::LeastMissed
    } else if missed.score < 0 {
        DropWhy::Score
    } else if missed.neighbours.0 > 0 {
        DropWhy::Crowded
    } else if missed.dominates.0 {
        DropWhy::CommonClient
    } else {
        DropWhy::Redundant
    }
}

#[cfg(test)]
mod tests;
