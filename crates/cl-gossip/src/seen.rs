//! Which messages were seen, for as long as the specification asks: `seen_ttl`, two epochs.
//!
//! The router has a set of its own, but that is bounded by time only and spends some 200 bytes on an id: two epochs of
//! mainnet on all subnets are about 2.1 million ids, 400 MB, and a flood has no end. So the router's set is short and
//! this one stands behind it: 8 bytes of each id in four generations, the oldest of which is dropped when the newest is
//! old or full. A table takes 9 bytes a place and is at least 7/16 full: 10 to 21 bytes an id, 31 while a table grows. At
//! the default capacity that is at most 76 MB (85 while a table grows), and 25 to 40 MB on all subnets of mainnet.
//!
//! The router's own set takes of each id 41 bytes in a table that is 7/16 to 7/8 full, 40 in a queue that is half full at
//! worst, and 32 on the heap for each of its two copies: 151 to 238 bytes. Held for 60 s it passes 64 MB at 4500 to 7000
//! new messages a second; all subnets of mainnet are about 2900. What limits a flood is who sends it: only messages on
//! joined topics get that far (`intake.rs`), and what is invalid, in its encoding or by a verdict, costs its sender score until
//! the router does not read it any more. What the application *ignores* is limited by bandwidth alone: that is the
//! application's to notice.

use std::collections::{HashSet, VecDeque};
use std::time::{Duration, Instant};

use crate::hash::IdHash;
use crate::message_id::MessageId;

const GENERATIONS: u32 = 4;

/// A set of message ids that forgets: an id is held for at least the time to live, unless the capacity runs out.
#[derive(Debug)]
pub(crate) struct Seen {
    /// Newest first.
    generations: VecDeque<HashSet<u64, IdHash>>,
    hash: IdHash,
    newest_since: Option<Instant>,
    generation_time: Duration,
    generation_capacity: usize,
}

impl Seen {
    /// A set for `ttl` and at most `capacity` ids; with more, the oldest are forgotten early.
    pub(crate) fn new(ttl: Duration, capacity: usize, hash: IdHash) -> Self {
        Self {
            generations: VecDeque::from([HashSet::with_hasher(hash)]),
            hash,
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
        self.generations.push_front(HashSet::with_hasher(self.hash));
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

    fn seen(ttl: Duration, capacity: usize) -> Seen {
        Seen::new(ttl, capacity, IdHash::new([0x9d; 16], [0x37; 16]))
    }

    #[test]
    fn an_id_is_held_for_its_time_and_not_much_longer() {
        let start = Instant::now();
        let ttl = Duration::from_secs(90);
        for offset in [0, 10, 29, 30, 45] {
            let mut seen = seen(ttl, 1000);
            assert!(seen.insert(&id(0), start));
            let added = start + Duration::from_secs(offset);
            assert!(seen.insert(&id(1), added));
            assert!(!seen.insert(&id(1), added + ttl - Duration::from_millis(1)), "added at {offset}");
            assert!(seen.insert(&id(1), added + Duration::from_secs(120)), "added at {offset}");
        }
    }

    /// Bytes of a hash table that has room for so many numbers: places for 8/7 of them, a power of two, 9 bytes each.
    fn bytes(capacity: usize) -> usize {
        (capacity * 8).div_ceil(7).next_power_of_two() * 9 + 16
    }

    #[test]
    fn an_id_costs_less_than_forty_bytes_even_while_a_table_grows() {
        let now = Instant::now();
        let mut seen = seen(Duration::from_secs(768), 1 << 19);
        let mut at_most = 0;
        for n in 0..600_000_u64 {
            let before = seen.generations[0].capacity();
            seen.insert(&id(n.wrapping_mul(0x9e37_79b9_7f4a_7c15)), now);
            let held: usize = seen.generations.iter().map(HashSet::len).sum();
            let mut total: usize = seen.generations.iter().map(|generation| bytes(generation.capacity())).sum();
            if seen.generations[0].capacity() > before {
                // Both the old and the new table exist for a moment.
                total += bytes(before);
            }
            if held >= 1000 {
                at_most = at_most.max(total / held);
            }
        }
        assert!((20..=40).contains(&at_most), "{at_most}");
        let capacity = crate::Config::default().seen_capacity;
        assert!(4 * bytes(capacity / 4) < 76_000_000);
        assert!(4 * bytes(capacity / 4) + bytes(capacity / 8) < 85_000_000);
    }

    #[test]
    fn a_flood_pushes_out_the_oldest_and_stays_within_the_capacity() {
        let now = Instant::now();
        let mut seen = seen(Duration::from_secs(768), 100);
        for n in 0..10_000 {
            assert!(seen.insert(&id(n), now));
        }
        let held: usize = seen.generations.iter().map(HashSet::len).sum();
        assert!((75..=100).contains(&held), "{held}");
        assert!(seen.contains(&id(9_999)));
        assert!(!seen.contains(&id(0)));
    }
}
