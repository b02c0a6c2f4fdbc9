//! Which messages wait for a verdict and which have one, for longer than the router waits for it (4.2 s).

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::hash::IdHash;
use crate::memo::Key;
use crate::message_id::MessageId;

/// Each entry is kept for at least so long, unless the capacity runs out, and seldom for more than twice as long.
const TTL: Duration = Duration::from_secs(10);
/// Most entries: three bursts of mainnet's attestations. At most 9 MB. Of what is forgotten early, a second verdict is taken
/// for the first.
const CAPACITY: usize = 1 << 17;

/// What became of a message that was handed out, or of one of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// No verdict yet. The key by which the memo knows it.
    Waits(Key),
    /// It has one.
    Given,
}

/// Two generations by the first eight bytes of the ids.
#[derive(Debug)]
pub(crate) struct Verdicts {
    newest: HashMap<u64, Place, IdHash>,
    older: HashMap<u64, Place, IdHash>,
    newest_since: Option<Instant>,
}

impl Verdicts {
    pub(crate) fn new(hash: IdHash) -> Self {
        Self { newest: HashMap::with_hasher(hash), older: HashMap::with_hasher(hash), newest_since: None }
    }

    /// Adds a message.
    pub(crate) fn insert(&mut self, id: &MessageId, place: Place, now: Instant) {
        let since = *self.newest_since.get_or_insert(now);
        if now.saturating_duration_since(since) >= TTL || self.newest.len() >= CAPACITY / 2 {
            std::mem::swap(&mut self.newest, &mut self.older);
            self.newest.clear();
            self.newest_since = Some(now);
        }
        self.newest.insert(id.prefix(), place);
    }

    pub(crate) fn get_mut(&mut self, id: &MessageId) -> Option<&mut Place> {
        self.newest.get_mut(&id.prefix()).or_else(|| self.older.get_mut(&id.prefix()))
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
    fn an_entry_stays_for_its_time_and_changes_where_it_is() {
        let start = Instant::now();
        let mut verdicts = Verdicts::new(IdHash::new([0x9d; 16], [0x37; 16]));
        let waits = Place::Waits(Key([1; 16]));
        verdicts.insert(&id(1), waits, start);
        verdicts.insert(&id(2), waits, start + Duration::from_secs(9));
        verdicts.insert(&id(3), waits, start + TTL);
        assert_eq!(verdicts.get_mut(&id(1)), Some(&mut Place::Waits(Key([1; 16]))));
        *verdicts.get_mut(&id(1)).unwrap() = Place::Given;
        assert_eq!(verdicts.get_mut(&id(1)), Some(&mut Place::Given));
        verdicts.insert(&id(4), waits, start + 2 * TTL);
        assert_eq!(verdicts.get_mut(&id(1)), None);
        assert!(verdicts.get_mut(&id(3)).is_some());
        assert_eq!(verdicts.get_mut(&id(5)), None);
    }

    #[test]
    fn a_flood_stays_within_the_capacity() {
        let now = Instant::now();
        let mut verdicts = Verdicts::new(IdHash::new([0x9d; 16], [0x37; 16]));
        for n in 0..200_000 {
            verdicts.insert(&id(n), Place::Given, now);
            assert!(verdicts.newest.len() + verdicts.older.len() <= CAPACITY);
        }
        // Places of entry and one byte, twice as many as entries.
        assert!(2 * CAPACITY * (size_of::<(u64, Place)>() + 1) < 9_000_000);
    }
}
