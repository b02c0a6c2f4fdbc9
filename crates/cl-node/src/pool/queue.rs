//! What waits, by class: the most urgent goes out first, the least urgent is shed first.

use std::collections::VecDeque;

use cl_validation::Class;

/// Waiting things, bounded by number and bytes.
#[derive(Debug)]
pub(crate) struct Queue<T> {
    lanes: [VecDeque<(usize, T)>; Class::ALL.len()],
    most: usize,
    most_bytes: usize,
    len: usize,
    bytes: usize,
}

impl<T> Queue<T> {
    /// Holds `most` things and `most_bytes` bytes.
    pub(crate) fn new(most: usize, most_bytes: usize) -> Self {
        Self { lanes: Class::ALL.map(|_| VecDeque::new()), most, most_bytes, len: 0, bytes: 0 }
    }

    /// Adds a thing and gives back what has to go for it: the oldest of the least urgent class first, nothing that is more
    /// urgent than it; in the end the thing itself.
    pub(crate) fn push(&mut self, class: Class, bytes: usize, thing: T) -> Vec<(Class, T)> {
        let mut shed = Vec::new();
        self.lane(class).push_back((bytes, thing));
        self.len += 1;
        self.bytes = self.bytes.saturating_add(bytes);
        while self.len > self.most || self.bytes > self.most_bytes {
            let least = Class::ALL.into_iter().rev().find(|class| !self.lane(*class).is_empty());
            let Some(least) = least.filter(|least| *least >= class) else { break };
            shed.extend(self.take_from(least).map(|thing| (least, thing)));
        }
        if self.len > self.most || self.bytes > self.most_bytes {
            // All that waits is more urgent.
            if let Some((bytes, thing)) = self.lane(class).pop_back() {
                self.left(bytes);
                shed.push((class, thing));
            }
        }
        shed
    }

    /// The oldest thing of the most urgent class.
    pub(crate) fn pop(&mut self) -> Option<T> {
        Class::ALL.into_iter().find_map(|class| self.take_from(class))
    }

    /// How many things of a class wait.
    pub(crate) fn len_of(&self, class: Class) -> usize {
        self.lanes.get(class as usize).map_or(0, VecDeque::len)
    }

    fn take_from(&mut self, class: Class) -> Option<T> {
        let (bytes, thing) = self.lane(class).pop_front()?;
        self.left(bytes);
        Some(thing)
    }

    const fn left(&mut self, bytes: usize) {
        self.len = self.len.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(bytes);
    }

    fn lane(&mut self, class: Class) -> &mut VecDeque<(usize, T)> {
        let [block, column, aggregate, vote] = &mut self.lanes;
        match class {
            Class::Block => block,
            Class::Column => column,
            Class::Aggregate => aggregate,
            Class::Vote => vote,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Class::{Aggregate, Block, Column, Vote};

    #[test]
    fn the_most_urgent_goes_first_and_in_order_within_its_class() {
        let mut queue = Queue::new(10, 1000);
        for (class, name) in [(Vote, "v1"), (Column, "c1"), (Vote, "v2"), (Block, "b1"), (Aggregate, "a1")] {
            assert!(queue.push(class, 1, name).is_empty());
        }
        assert_eq!((queue.len_of(Vote), queue.len_of(Block)), (2, 1));
        let out: Vec<_> = std::iter::from_fn(|| queue.pop()).collect();
        assert_eq!(out, ["b1", "c1", "a1", "v1", "v2"]);
        assert_eq!(queue.len, 0);
    }

    #[test]
    fn the_oldest_of_the_least_urgent_is_shed_first() {
        let mut queue = Queue::new(3, 1000);
        for (class, name) in [(Vote, "v1"), (Aggregate, "a1"), (Vote, "v2")] {
            assert!(queue.push(class, 1, name).is_empty());
        }
        assert_eq!(queue.push(Vote, 1, "v3"), [(Vote, "v1")]);
        assert_eq!(queue.push(Block, 1, "b1"), [(Vote, "v2")]);
        assert_eq!(queue.push(Block, 1, "b2"), [(Vote, "v3")]);
        assert_eq!(queue.push(Block, 1, "b3"), [(Aggregate, "a1")]);
        // What comes is itself the least urgent.
        assert_eq!(queue.push(Vote, 1, "v4"), [(Vote, "v4")]);
        assert_eq!(queue.push(Block, 1, "b4"), [(Block, "b1")]);
    }

    #[test]
    fn bytes_are_bound_as_well() {
        let mut queue = Queue::new(10, 100);
        assert!(queue.push(Column, 60, "c1").is_empty());
        assert!(queue.push(Vote, 30, "v1").is_empty());
        assert_eq!(queue.push(Column, 60, "c2"), [(Vote, "v1"), (Column, "c1")]);
        assert_eq!(queue.push(Block, 200, "too large"), [(Column, "c2"), (Block, "too large")]);
        assert_eq!(queue.len, 0);
        assert!(queue.push(Vote, 100, "v2").is_empty());
        assert_eq!(queue.pop(), Some("v2"));
    }
}
