//! Which messages were seen, for as long as the specification asks: `seen_ttl`, two epochs.
//!
//! The router has a set of its own, but that is bounded by time only and spends some 200 bytes on an id: two epochs of
//! mainnet on all subnets are about 2.1 million ids, 400 MB, and a flood has no end. So the router's set is short and
//! this one stands behind it: 8 bytes of each id in four generations, the oldest of which is dropped when the newest is
//! old or full. At the default capacity that is at most 80 MB, and 25 to 40 MB on all subnets of mainnet.

use std::collections::{HashSet, VecDeque};
use std::time::{Duration, Instant};

use crate::message_id::MessageId;

const GENERATIONS: u32 = 4;

/// A set of message ids that forgets: an id is held for at least the time to live, unless the capacity runs out.
#[derive(Debug)]
pub(crate) struct Seen {
    /// Newest first.
    generations: VecDeque<HashSet<u64>>,
    newest_since: Option<Instant>,
    generation_time: Duration,
    generation_capacity: usize,
}

impl Seen {
    /// A set for `ttl` and at most `capacity` ids; with more, the oldest are forgotten early.
    pub(crate) fn new(ttl: Duration, capacity: usize) -> Self {
        Self {
            generations: VecDeque::from([HashSet::new()]),
            newest_since: None,
            // All but the newest generation are whole, so together they must span the time to live.
            generation_time: ttl / (GENERATIONS - 1),
            generation_capacity: (capacity / GENERATIONS as usize).max(1),
        }
    }

    /// Adds an id. False if it was there already.
    pub(crate) fn insert(&mut self, id: &MessageId, now: Instant) -> bool {
        self.forget(now);
        if self.contains(id) {
            return false;
        }
        if self.generations.front().is_none_or(|newest| newest.len() >= self.generation_capacity) {
            self.rotate(now);
        }
        // A prefix is enough: nobody can aim at the 64 bits of a message that does not exist yet.
        self.generations.front_mut().is_some_and(|newest| newest.insert(id.prefix()))
    }

    /// True if the id was added and not forgotten since.
    pub(crate) fn contains(&self, id: &MessageId) -> bool {
        self.generations.iter().any(|generation| generation.contains(&id.prefix()))
    }

    fn forget(&mut self, now: Instant) {
        let since = *self.newest_since.get_or_insert(now);
        let mut age = now.saturating_duration_since(since);
        // After a long silence every generation is too old; more rotations than generations change nothing.
        for _ in 0..GENERATIONS {
            if age < self.generation_time || self.generation_time.is_zero() {
                break;
            }
            age = age.saturating_sub(self.generation_time);
            self.rotate(now.checked_sub(age).unwrap_or(now));
        }
    }

    fn rotate(&mut self, since: Instant) {
        self.newest_since = Some(since);
        self.generations.truncate(GENERATIONS as usize - 1);
        self.generations.push_front(HashSet::new());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u64) -> MessageId {
        let mut id = [0; 20];
        id[..8].copy_from_slice(&n.to_le_bytes());
        MessageId(id)
    }

    #[test]
    fn an_id_is_held_for_its_time_and_not_much_longer() {
        let start = Instant::now();
        let ttl = Duration::from_secs(90);
        for offset in [0, 10, 29, 30, 45] {
            let mut seen = Seen::new(ttl, 1000);
            assert!(seen.insert(&id(0), start));
            let added = start + Duration::from_secs(offset);
            assert!(seen.insert(&id(1), added));
            assert!(!seen.insert(&id(1), added + ttl - Duration::from_millis(1)), "added at {offset}");
            assert!(seen.insert(&id(1), added + Duration::from_secs(120)), "added at {offset}");
        }
    }

    #[test]
    fn a_flood_pushes_out_the_oldest_and_stays_within_the_capacity() {
        let now = Instant::now();
        let mut seen = Seen::new(Duration::from_secs(768), 100);
        for n in 0..10_000 {
            assert!(seen.insert(&id(n), now));
        }
        let held: usize = seen.generations.iter().map(HashSet::len).sum();
        assert!((75..=100).contains(&held), "{held}");
        assert!(seen.contains(&id(9_999)));
        assert!(!seen.contains(&id(0)));
    }
}
