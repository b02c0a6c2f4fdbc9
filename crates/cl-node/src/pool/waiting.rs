//! What cannot be judged before something else has come.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Instant;

use cl_validation::Missing;

/// Undecided things, each with what it waits for and until when. Bounded by number and bytes; when full, the oldest go.
#[derive(Debug)]
pub(crate) struct Waiting<T> {
    /// By the order in which they came.
    things: BTreeMap<u64, Entry<T>>,
    by_missing: HashMap<Missing, Vec<u64>>,
    by_time: BTreeSet<(Instant, u64)>,
    next: u64,
    most: usize,
    most_bytes: usize,
    bytes: usize,
}

#[derive(Debug)]
struct Entry<T> {
    missing: Missing,
    until: Instant,
    bytes: usize,
    thing: T,
}

impl<T> Waiting<T> {
    /// Holds `most` things and `most_bytes` bytes.
    pub(crate) fn new(most: usize, most_bytes: usize) -> Self {
        Self {
            things: BTreeMap::new(),
            by_missing: HashMap::new(),
            by_time: BTreeSet::new(),
            next: 0,
            most,
            most_bytes,
            bytes: 0,
        }
    }

    /// Keeps a thing until something comes, or its time is up. Gives back what has to go for it.
    pub(crate) fn keep(&mut self, missing: Missing, until: Instant, bytes: usize, thing: T) -> Vec<(Missing, T)> {
        self.things.insert(self.next, Entry { missing, until, bytes, thing });
        self.by_missing.entry(missing).or_default().push(self.next);
        self.by_time.insert((until, self.next));
        self.bytes = self.bytes.saturating_add(bytes);
        self.next += 1;
        let mut gone = Vec::new();
        while self.things.len() > self.most || self.bytes > self.most_bytes {
            let Some((oldest, _)) = self.things.first_key_value() else { break };
            gone.extend(self.remove(*oldest));
        }
        gone
    }

    /// What waits for this, in the order in which it came.
    pub(crate) fn came(&mut self, missing: Missing) -> Vec<T> {
        let numbers = self.by_missing.remove(&missing).unwrap_or_default();
        numbers.into_iter().filter_map(|number| self.remove(number)).map(|(_, thing)| thing).collect()
    }

    /// What is waited for, in no order.
    pub(crate) fn missing(&self) -> Vec<Missing> {
        self.by_missing.keys().copied().collect()
    }

    /// Whose time is up.
    pub(crate) fn expired(&mut self, now: Instant) -> Vec<(Missing, T)> {
        let late: Vec<u64> = self.by_time.range(..=(now, u64::MAX)).map(|(_, number)| *number).collect();
        late.into_iter().filter_map(|number| self.remove(number)).collect()
    }

    /// When the next one's time is up.
    pub(crate) fn wake(&self) -> Option<Instant> {
        self.by_time.first().map(|(until, _)| *until)
    }

    pub(crate) fn len(&self) -> usize {
        self.things.len()
    }

    fn remove(&mut self, number: u64) -> Option<(Missing, T)> {
        let entry = self.things.remove(&number)?;
        self.bytes = self.bytes.saturating_sub(entry.bytes);
        self.by_time.remove(&(entry.until, number));
        if let Some(numbers) = self.by_missing.get_mut(&entry.missing) {
            numbers.retain(|other| *other != number);
            if numbers.is_empty() {
                self.by_missing.remove(&entry.missing);
            }
        }
        Some((entry.missing, entry.thing))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use cl_types::Root;

    use super::*;

    const fn block(number: u8) -> Missing {
        Missing::Block(Root::repeat_byte(number))
    }

    #[test]
    fn what_comes_frees_those_who_waited_for_it() {
        let now = Instant::now();
        let mut waiting = Waiting::new(10, 1000);
        for (missing, name) in [(block(1), "a"), (block(2), "b"), (block(1), "c")] {
            assert!(waiting.keep(missing, now, 1, name).is_empty());
        }
        assert!(waiting.came(Missing::Payload(Root::repeat_byte(1))).is_empty());
        assert_eq!(waiting.came(block(1)), ["a", "c"]);
        assert!(waiting.came(block(1)).is_empty());
        assert_eq!(waiting.missing(), [block(2)]);
        assert_eq!(waiting.came(block(2)), ["b"]);
        assert_eq!((waiting.len(), waiting.by_missing.len(), waiting.by_time.len(), waiting.bytes), (0, 0, 0, 0));
    }

    #[test]
    fn patience_and_room_have_an_end() {
        let now = Instant::now();
        let later = |ms| now + Duration::from_millis(ms);
        let mut waiting = Waiting::new(2, 100);
        waiting.keep(block(1), later(30), 10, "a");
        waiting.keep(block(1), later(10), 10, "b");
        assert_eq!(waiting.wake(), Some(later(10)));
        assert!(waiting.expired(later(9)).is_empty());
        assert_eq!(waiting.expired(later(10)), [(block(1), "b")]);
        assert_eq!(waiting.came(block(1)), ["a"]);
        waiting.keep(block(1), later(30), 10, "c");
        waiting.keep(block(2), later(30), 10, "d");
        assert_eq!(waiting.keep(block(3), later(30), 10, "e"), [(block(1), "c")]);
        assert_eq!(waiting.keep(block(3), later(30), 95, "f"), [(block(2), "d"), (block(3), "e")]);
        assert_eq!((waiting.len(), waiting.by_missing.len(), waiting.by_time.len(), waiting.bytes), (1, 1, 1, 95));
    }
}
