//! Whom to ask for which distances.
//!
//! A node knows its neighbourhood best. Asked for distances up to 250 it answers with nodes of its own six bits; asked for 251
//! with those of the neighbouring six bits, for 252 with those of the next two prefixes, and so on up to 256, the other
//! half of all ids. So each pair of a node and one of these seven zones is worth what is missing in the zone, shared out
//! over its prefixes, and less the more often a prefix was asked for without news. The best pair is asked next, over
//! packets: a node that answered before has a session, which saves the four packets of a handshake and of the ping after it.
//! Who did not answer in earlier rounds comes later in the next.

use std::collections::HashMap;

use super::need::Need;
use crate::cache::Cache;
use crate::rotation::PREFIXES;

/// Zones around a node.
const ZONES: usize = 7;
/// The lowest distance that is asked for: in a network of 2^16 nodes nobody is nearer.
const NEAREST: u64 = 241;
/// Packets of a question to a node without a session: question, challenge, handshake, answer, ping and pong.
const COST_NEW: f32 = 6.0;
/// Packets of a question in a session.
const COST_SESSION: f32 = 2.0;
/// More packets of an answer of 16 records; one of them is read.
const COST_FULL: f32 = 2.0;

/// What was asked of a node.
#[derive(Clone, Copy, Debug, Default)]
struct Asked {
    /// Zones asked for in this round.
    zones: u8,
    /// A question is on its way.
    is_busy: bool,
    /// It answered before.
    has_session: bool,
    /// It did not answer in this round.
    failed: bool,
    /// Questions in a row that it did not answer.
    failures: u8,
}

/// A question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Question {
    pub(super) node: [u8; 32],
    prefix: usize,
    zone: usize,
}

impl Question {
    /// The distances to ask for, nearest first: of an answer in several packets discv5 passes on the first.
    pub(super) fn distances(&self) -> Vec<u64> {
        // A zone is below 7.
        let zone = u64::try_from(self.zone).unwrap_or_default();
        if self.zone == ZONES - 1 { (NEAREST..=256 - zone).collect() } else { vec![256 - zone] }
    }

    /// The prefixes that answers have.
    pub(super) fn prefixes(&self) -> impl Iterator<Item = usize> + use<> {
        zone_of(self.prefix, self.zone)
    }
}

/// The prefixes in a zone around another one: those that share exactly `zone` high bits with it.
fn zone_of(prefix: usize, zone: usize) -> impl Iterator<Item = usize> {
    let bits = PREFIXES.trailing_zeros() as usize;
    let low = bits.saturating_sub(zone + 1);
    let (first, count) = if zone >= bits { (prefix, 1) } else { (((prefix >> low) ^ 1) << low, 1 << low) };
    first..first + count
}

/// What was asked in this round, and what came of it.
#[derive(Debug)]
pub(super) struct Sweep {
    asked: HashMap<[u8; 32], Asked>,
    /// By prefix: questions without news, shared out over their zones.
    fruitless: [f32; PREFIXES],
    /// By prefix: questions on their way.
    in_flight: [f32; PREFIXES],
    max_asked: usize,
    seed: u64,
}

impl Sweep {
    pub(super) fn new(max_asked: usize, seed: u64) -> Self {
        Self { asked: HashMap::new(), fruitless: [0.0; PREFIXES], in_flight: [0.0; PREFIXES], max_asked, seed }
    }

    /// Everybody may be asked everything again. Sessions are remembered.
    pub(super) fn restart(&mut self) {
        self.fruitless = [0.0; PREFIXES];
        // Another order: where not everybody can be remembered, others get their turn.
        self.seed = super::scramble(self.seed.wrapping_add(1));
        self.asked.retain(|_, asked| asked.is_busy || asked.has_session || asked.failures > 0);
        if self.asked.len() >= self.max_asked {
            self.asked.retain(|_, asked| asked.is_busy);
        }
        for asked in self.asked.values_mut() {
            (asked.zones, asked.failed) = (0, false);
        }
    }

    /// How many nodes are remembered.
    pub(super) fn len(&self) -> usize {
        self.asked.len()
    }

    /// The best question; it counts as on its way. `None`: everybody was asked everything.
    pub(super) fn next(&mut self, need: &Need, cache: &Cache) -> Option<Question> {
        let question = self.best(need, cache, true).or_else(|| self.best(need, cache, false))?;
        let asked = self.asked.entry(question.node).or_default();
        asked.is_busy = true;
        asked.zones |= 1 << question.zone;
        self.add(&question, 1.0);
        Some(question)
    }

    /// An answer came. `gained` are the nodes that nobody mentioned before.
    pub(super) fn answered(&mut self, question: &Question, gained: &[[u8; 32]]) {
        self.add(question, -1.0);
        if let Some(asked) = self.asked.get_mut(&question.node) {
            (asked.is_busy, asked.has_session, asked.failed, asked.failures) = (false, true, false, 0);
        }
        let share = 1.0 / share_of(question.zone);
        for prefix in question.prefixes() {
            let Some(fruitless) = self.fruitless.get_mut(prefix) else { continue };
            if gained.iter().any(|id| crate::rotation::prefix(id) == prefix) {
                *fruitless = 0.0;
            } else {
                *fruitless += share;
            }
        }
    }

    /// No answer came.
    pub(super) fn failed(&mut self, question: &Question) {
        self.add(question, -1.0);
        if let Some(asked) = self.asked.get_mut(&question.node) {
            (asked.is_busy, asked.has_session, asked.failed) = (false, false, true);
            asked.failures = asked.failures.saturating_add(1);
        }
    }

    fn add(&mut self, question: &Question, sign: f32) {
        let share = sign / share_of(question.zone);
        for prefix in question.prefixes() {
            if let Some(count) = self.in_flight.get_mut(prefix) {
                *count = (*count + share).max(0.0);
            }
        }
    }

    /// Among nodes of our chain, or among the others.
    fn best(&self, need: &Need, cache: &Cache, among_good: bool) -> Option<Question> {
        let mut worth = [0.0_f32; PREFIXES];
        for (prefix, worth) in worth.iter_mut().enumerate() {
            let tries = self.fruitless.get(prefix).unwrap_or(&0.0) + self.in_flight.get(prefix).unwrap_or(&0.0);
            *worth = need.weight.get(prefix).unwrap_or(&0.0) / (1.0 + tries);
        }
        let mut best: Option<(f32, Question)> = None;
        for prefix in 0..PREFIXES {
            let nodes = self.nodes(cache, prefix, among_good);
            if nodes.fresh.is_none() && nodes.in_session.iter().all(Option::is_none) {
                continue;
            }
            for zone in 0..ZONES {
                let sum: f32 = zone_of(prefix, zone).filter_map(|prefix| worth.get(prefix)).sum();
                let gain = sum / share_of(zone);
                let full = if zone < 4 { COST_FULL } else { 0.0 };
                let in_session = nodes.in_session.get(zone).copied().flatten();
                // Who was silent before is likely to be so again.
                let (fresh, failures) = nodes.fresh.map_or((None, 0), |(node, failures)| (Some(node), failures));
                let cost_new = COST_NEW * (1.0 + f32::from(failures));
                for (node, cost) in [(in_session, COST_SESSION), (fresh, cost_new)] {
                    let value = gain / (cost + full);
                    if let Some(node) = node
                        && value > 0.0
                        && best.as_ref().is_none_or(|(most, _)| value > *most)
                    {
                        best = Some((value, Question { node, prefix, zone }));
                    }
                }
            }
        }
        best.map(|(_, question)| question)
    }

    fn nodes(&self, cache: &Cache, prefix: usize, among_good: bool) -> Nodes {
        let mut nodes = Nodes::default();
        let mut fresh_rank = (u8::MAX, u64::MAX);
        for (id, is_good) in cache.with_prefix(prefix) {
            if is_good != among_good {
                continue;
            }
            let asked = self.asked.get(&id).copied().unwrap_or_default();
            if asked.is_busy || asked.failed {
                continue;
            }
            if asked.has_session {
                for (zone, slot) in nodes.in_session.iter_mut().enumerate() {
                    if slot.is_none() && asked.zones & (1 << zone) == 0 {
                        *slot = Some(id);
                    }
                }
            } else {
                // Not the lowest id: else all nodes of the network would ask the same ones.
                let rank = (asked.failures, self.rank(&id));
                let has_room = asked.failures > 0 || self.asked.len() < self.max_asked;
                if rank < fresh_rank && has_room {
                    fresh_rank = rank;
                    nodes.fresh = Some((id, asked.failures));
                }
            }
        }
        nodes
    }

    fn rank(&self, id: &[u8; 32]) -> u64 {
        let [.., a, b, c, d, e, f, g, h] = *id;
        super::scramble(u64::from_le_bytes([a, b, c, d, e, f, g, h]) ^ self.seed)
    }
}

/// Whom to ask among the nodes with one prefix.
#[derive(Default)]
struct Nodes {
    /// Not asked in this round, and without a session; and how often it was silent before.
    fresh: Option<([u8; 32], u8)>,
    /// With a session, by zone.
    in_session: [Option<[u8; 32]>; ZONES],
}

/// How many prefixes a zone has.
fn share_of(zone: usize) -> f32 {
    let bits = PREFIXES.trailing_zeros() as usize;
    // At most 32.
    if zone >= bits { 1.0 } else { f32::from(1_u8 << (bits - 1 - zone)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_of_a_prefix_are_all_prefixes_once() {
        for prefix in [0, 5, 63] {
            let mut all: Vec<usize> = (0..ZONES).flat_map(|zone| zone_of(prefix, zone)).collect();
            all.sort_unstable();
            assert_eq!(all, (0..PREFIXES).collect::<Vec<_>>());
            assert_eq!(zone_of(prefix, 0).count(), 32);
            assert_eq!(zone_of(prefix, 5).collect::<Vec<_>>(), [prefix ^ 1]);
        }
    }

    #[test]
    fn distances_are_those_of_the_zone() {
        let distances = |zone| Question { node: [0; 32], prefix: 0, zone }.distances();
        assert_eq!(distances(0), [256]);
        assert_eq!(distances(5), [251]);
        assert_eq!(distances(6), (241..=250).collect::<Vec<_>>());
    }
}
