//! Tasks in batches have the outcomes that they have alone.

use cl_types::ForkName;
use cl_validation::batch::{Window, Windows};
use cl_validation::{Batcher, Judge, Outcome, Step, Task};

use crate::case;

/// The tasks of the first messages of all cases, whatever their verdict.
fn tasks(fork: ForkName) -> Option<Vec<Task>> {
    let mut tasks = Vec::new();
    for (_, case) in case::all_of(fork)? {
        let Some(sent) = case.messages.first() else { continue };
        let mut judge = Judge::new(case.judge.config().clone());
        if let Step::Verify(_, task) = judge.begin(&sent.message(), sent.now_ms, &case.view) {
            tasks.push(task);
        }
    }
    Some(tasks)
}

#[test]
fn a_batch_finds_the_same_culprits() {
    for fork in [ForkName::Altair, ForkName::Deneb, ForkName::Fulu, ForkName::Gloas] {
        let Some(tasks) = tasks(fork) else {
            return;
        };
        let alone: Vec<Outcome> = tasks.iter().map(Task::run).collect();
        let wrong = alone.iter().filter(|outcome| **outcome != Outcome::Valid).count();
        assert!(wrong >= 5 && alone.len() - wrong >= 10, "{fork}: {wrong} of {} are wrong", alone.len());
        let window = Window { tasks: 1000, wait_ms: 10 };
        let mut batcher = Batcher::new(Windows { blocks: window, columns: window, aggregates: window, votes: window });
        for (number, task) in tasks.into_iter().enumerate() {
            assert!(batcher.push(number, task, 100).is_none());
        }
        assert!(batcher.due(109).is_none());
        assert_eq!(batcher.next_due(), Some(110));
        let mut outcomes: Vec<(usize, Outcome)> = Vec::new();
        let mut last = None;
        while let Some(batch) = batcher.due(110) {
            // The most urgent first.
            assert!(last < Some(batch.class()));
            last = Some(batch.class());
            outcomes.extend(batch.run(&[3; 32]));
        }
        assert!(batcher.is_empty());
        outcomes.sort_by_key(|(number, _)| *number);
        assert_eq!(outcomes, alone.into_iter().enumerate().collect::<Vec<_>>(), "{fork}");
    }
}

#[test]
fn a_class_is_full_by_itself() {
    let Some(tasks) = tasks(ForkName::Fulu) else {
        return;
    };
    let window = Window { tasks: 2, wait_ms: 1000 };
    let mut batcher = Batcher::new(Windows { votes: window, ..Windows::default() });
    let votes: Vec<Task> = tasks.into_iter().filter(|task| task.class() == cl_validation::Class::Vote).collect();
    assert!(batcher.push('a', votes[0].clone(), 0).is_none());
    let batch = batcher.push('b', votes[1].clone(), 1).expect("two are a batch");
    assert_eq!(batch.into_tags().collect::<Vec<_>>(), ['a', 'b']);
    assert_eq!(batcher.next_due(), None);
}
