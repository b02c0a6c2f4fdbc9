//! Which tasks are run together, and when.

use std::collections::VecDeque;

use cl_validation::batch::{Batch, Batcher, Windows};
use cl_validation::{Class, Task};

/// Tasks on their way to the workers. Holds no clock: times are milliseconds of the caller's.
///
/// While all workers are busy nobody asks for batches, so that they grow until they are full.
#[derive(Debug)]
pub(crate) struct Schedule<T> {
    batcher: Batcher<T>,
    /// Full batches, by class.
    ready: [VecDeque<Batch<T>>; Class::ALL.len()],
    most: usize,
    len: usize,
}

impl<T> Schedule<T> {
    /// Holds `most` tasks, besides those that are being run.
    pub(crate) fn new(windows: Windows, most: usize) -> Self {
        Self { batcher: Batcher::new(windows), ready: Class::ALL.map(|_| VecDeque::new()), most, len: 0 }
    }

    /// Adds a task. Gives back the tags of tasks that have to go for it: the oldest batches of the least urgent class, none
    /// that is more urgent; in the end the task itself.
    pub(crate) fn push(&mut self, tag: T, task: Task, now_ms: u64) -> Vec<(Class, T)> {
        let (class, mut shed) = (task.class(), Vec::new());
        while self.len >= self.most {
            let least = Class::ALL.into_iter().rev().find(|class| !self.lane(*class).is_empty());
            let Some(batch) = least.filter(|least| *least >= class).and_then(|least| self.lane(least).pop_front())
            else {
                shed.push((class, tag));
                return shed;
            };
            self.len = self.len.saturating_sub(batch.len());
            let class = batch.class();
            shed.extend(batch.into_tags().map(|tag| (class, tag)));
        }
        self.len += 1;
        if let Some(batch) = self.batcher.push(tag, task, now_ms) {
            self.lane(class).push_back(batch);
        }
        shed
    }

    /// The most urgent batch that is due, for a worker that is free.
    pub(crate) fn next(&mut self, now_ms: u64) -> Option<Batch<T>> {
        while let Some(batch) = self.batcher.due(now_ms) {
            self.lane(batch.class()).push_back(batch);
        }
        let batch = Class::ALL.into_iter().find_map(|class| self.lane(class).pop_front())?;
        self.len = self.len.saturating_sub(batch.len());
        Some(batch)
    }

    /// When to ask for a batch again, if there was none.
    pub(crate) fn wake_ms(&self) -> Option<u64> {
        self.batcher.next_due()
    }

    /// How many tasks wait.
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    fn lane(&mut self, class: Class) -> &mut VecDeque<Batch<T>> {
        let [block, column, aggregate, vote] = &mut self.ready;
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
    use cl_validation::batch::Window;

    use super::*;
    use crate::pool::testing::tasks;

    fn windows() -> Windows {
        Windows {
            columns: Window { tasks: 4, wait_ms: 5 },
            votes: Window { tasks: 3, wait_ms: 50 },
            ..Windows::default()
        }
    }

    fn tags(batch: Option<Batch<&'static str>>) -> Vec<&'static str> {
        batch.into_iter().flat_map(Batch::into_tags).collect()
    }

    #[test]
    fn columns_of_a_block_are_run_together_a_moment_later_and_blocks_at_once() {
        let (block, column, vote) = tasks();
        let mut schedule = Schedule::new(windows(), 100);
        assert!(schedule.push("v1", vote, 1000).is_empty());
        for tag in ["c1", "c2"] {
            assert!(schedule.push(tag, column.clone(), 1001).is_empty());
        }
        assert_eq!((schedule.next(1002).map(|batch| batch.len()), schedule.wake_ms()), (None, Some(1006)));
        assert!(schedule.push("b1", block, 1003).is_empty());
        assert_eq!(tags(schedule.next(1003)), ["b1"]);
        assert!(schedule.next(1005).is_none());
        assert_eq!(tags(schedule.next(1006)), ["c1", "c2"]);
        assert_eq!((tags(schedule.next(1049)).len(), schedule.wake_ms()), (0, Some(1050)));
        assert_eq!(tags(schedule.next(1050)), ["v1"]);
        assert_eq!((schedule.len(), schedule.wake_ms()), (0, None));
    }

    #[test]
    fn what_is_due_leaves_by_urgency() {
        let (block, column, vote) = tasks();
        let mut schedule = Schedule::new(windows(), 100);
        for tag in ["v1", "v2", "v3"] {
            schedule.push(tag, vote.clone(), 0);
        }
        schedule.push("c1", column, 10);
        schedule.push("b1", block, 11);
        let order: Vec<_> = std::iter::from_fn(|| schedule.next(100)).map(|batch| batch.class()).collect();
        assert_eq!(order, [Class::Block, Class::Column, Class::Vote]);
    }

    #[test]
    fn votes_are_shed_before_columns_and_columns_before_blocks() {
        let (block, column, vote) = tasks();
        let mut schedule = Schedule::new(windows(), 10);
        // Two full batches of votes, one of columns.
        for tag in ["v1", "v2", "v3", "v4", "v5", "v6"] {
            assert!(schedule.push(tag, vote.clone(), 0).is_empty());
        }
        for tag in ["c1", "c2", "c3", "c4"] {
            assert!(schedule.push(tag, column.clone(), 0).is_empty());
        }
        let shed = |shed: Vec<(Class, &'static str)>| shed.into_iter().map(|(_, tag)| tag).collect::<Vec<_>>();
        assert_eq!(shed(schedule.push("b1", block.clone(), 1)), ["v1", "v2", "v3"]);
        assert_eq!(schedule.len(), 8);
        assert!(shed(schedule.push("b2", block.clone(), 1)).is_empty());
        assert!(shed(schedule.push("b3", block.clone(), 1)).is_empty());
        assert_eq!(shed(schedule.push("c5", column.clone(), 1)), ["v4", "v5", "v6"]);
        for tag in ["b4", "b5"] {
            assert!(shed(schedule.push(tag, block.clone(), 1)).is_empty());
        }
        assert_eq!(shed(schedule.push("v7", vote.clone(), 1)), ["v7"], "all else is more urgent");
        assert_eq!(shed(schedule.push("b6", block.clone(), 1)), ["c1", "c2", "c3", "c4"]);
        assert!(schedule.len() <= 10);
        assert_eq!(tags(schedule.next(1)), ["b1"]);
    }
}
