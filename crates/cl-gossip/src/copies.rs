//! Whose copies are counted: messages wait here until those of the memo are final.

use std::collections::VecDeque;
use std::time::Instant;

use crate::config::COPIES_AFTER;
use crate::event::Copies;
use crate::memo::{Key, Memo};
use crate::message_id::MessageId;
use crate::topic::Topic;

/// Most messages that wait: ten seconds of everything on all subnets of mainnet, at most 8 MB.
const CAPACITY: usize = 1 << 16;

/// A first copy.
#[derive(Debug)]
struct First {
    key: Key,
    topic: Topic,
    id: MessageId,
    at: Instant,
}

/// Oldest first.
#[derive(Debug, Default)]
pub(crate) struct Waiting(VecDeque<First>);

impl Waiting {
    /// Adds the first copy of a message. False if there are too many.
    pub(crate) fn push(&mut self, key: Key, topic: Topic, id: MessageId, at: Instant) -> bool {
        let has_room = self.0.len() < CAPACITY;
        if has_room {
            self.0.push_back(First { key, topic, id, at });
        }
        has_room
    }

    /// Nothing waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The next message whose copies are final. In a flood the memo may have forgotten it, and the copies with it.
    pub(crate) fn pop(&mut self, memo: &Memo, now: Instant) -> Option<Copies> {
        while self.0.front().is_some_and(|first| now.saturating_duration_since(first.at) >= COPIES_AFTER) {
            let First { key, topic, id, at: first } = self.0.pop_front()?;
            if let Some(known) = memo.get(&key) {
                // The memo counts from before the router saw the first copy.
                let last = known.last.max(first);
                return Some(Copies { topic, id, first, duplicates: known.duplicates, last });
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use cl_types::{ForkDigest, TopicKind};

    use super::*;

    #[test]
    fn copies_are_told_when_they_are_final() {
        let start = Instant::now();
        let mut memo = Memo::new(Duration::from_secs(30), 100);
        let mut waiting = Waiting::default();
        let topic = Topic::new(ForkDigest([0; 4]), TopicKind::BeaconBlock);
        let (a, b, unknown) = (Key([1; 16]), Key([2; 16]), Key([3; 16]));
        let (id_a, id_b) = (MessageId([1; 20]), MessageId([2; 20]));
        let second = start + Duration::from_secs(1);
        memo.insert(a, id_a, 0, start, start);
        memo.insert(b, id_b, 0, second.checked_sub(Duration::from_millis(1)).unwrap(), second);
        assert!(waiting.push(a, topic, id_a, start));
        assert!(waiting.push(unknown, topic, id_a, start));
        assert!(waiting.push(b, topic, id_b, second));
        memo.recall(&a, start + Duration::from_secs(2));
        memo.recall(&a, start + Duration::from_secs(3));
        assert_eq!(waiting.pop(&memo, start + Duration::from_millis(9_999)), None);
        let last = start + Duration::from_secs(3);
        let expected = Copies { topic, id: id_a, first: start, duplicates: 2, last };
        assert_eq!(waiting.pop(&memo, start + COPIES_AFTER), Some(expected));
        assert_eq!(waiting.pop(&memo, start + COPIES_AFTER), None);
        let expected = Copies { topic, id: id_b, first: second, duplicates: 0, last: second };
        assert_eq!(waiting.pop(&memo, second + COPIES_AFTER), Some(expected));
        assert!(waiting.is_empty());
    }

    #[test]
    fn a_flood_is_not_kept() {
        let mut waiting = Waiting::default();
        let topic = Topic::new(ForkDigest([0; 4]), TopicKind::BeaconBlock);
        let now = Instant::now();
        let taken = (0..CAPACITY + 10).filter(|_| waiting.push(Key([1; 16]), topic, MessageId([1; 20]), now)).count();
        assert_eq!(taken, CAPACITY);
    }
}
