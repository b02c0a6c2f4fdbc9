//! Many tasks at once.

use std::collections::HashMap;

use cl_types::Root;

use crate::crypto::{Cells, Seed, SignatureSet};
use crate::reason::Reject;
use crate::task::{Class, Job, Outcome, Task};

/// When a batch of a class is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// With so many tasks. At least one.
    pub tasks: usize,
    /// Or when its first task has waited for so long, in milliseconds.
    pub wait_ms: u64,
}

/// When the batches of each class are due. What waits is bound by `tasks` of each class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Windows {
    /// Of blocks: at once.
    pub blocks: Window,
    /// Of columns: 5 ms, 128 columns.
    pub columns: Window,
    /// Of aggregates: 20 ms, 64 aggregates.
    pub aggregates: Window,
    /// Of votes: 50 ms, 256 votes.
    pub votes: Window,
}

impl Default for Windows {
    fn default() -> Self {
        Self {
            blocks: Window { tasks: 1, wait_ms: 0 },
            columns: Window { tasks: 128, wait_ms: 5 },
            aggregates: Window { tasks: 64, wait_ms: 20 },
            votes: Window { tasks: 256, wait_ms: 50 },
        }
    }
}

impl Windows {
    const fn of(&self, class: Class) -> Window {
        match class {
            Class::Block => self.blocks,
            Class::Column => self.columns,
            Class::Aggregate => self.aggregates,
            Class::Vote => self.votes,
        }
    }
}

/// Gathers tasks into batches of one class. Holds no clock: whoever drives it looks at [`next_due`](Self::next_due).
/// `T` is what the caller wants back with each outcome, such as the ticket and the message's id.
#[derive(Debug)]
pub struct Batcher<T> {
    windows: Windows,
    waiting: [Waiting<T>; Class::ALL.len()],
}

#[derive(Debug)]
struct Waiting<T> {
    class: Class,
    tasks: Vec<(T, Task)>,
    since_ms: u64,
}

impl<T> Batcher<T> {
    /// A batcher without tasks.
    #[must_use]
    pub fn new(windows: Windows) -> Self {
        Self { windows, waiting: Class::ALL.map(|class| Waiting { class, tasks: Vec::new(), since_ms: 0 }) }
    }

    /// Adds a task. Gives the batch of its class if that is full now.
    pub fn push(&mut self, tag: T, task: Task, now_ms: u64) -> Option<Batch<T>> {
        let window = self.windows.of(task.class);
        let waiting = self.waiting.iter_mut().find(|waiting| waiting.class == task.class)?;
        if waiting.tasks.is_empty() {
            waiting.since_ms = now_ms;
        }
        waiting.tasks.push((tag, task));
        (waiting.tasks.len() >= window.tasks || window.wait_ms == 0).then(|| waiting.take())
    }

    /// The most urgent batch that has waited long enough. Ask until there is none.
    pub fn due(&mut self, now_ms: u64) -> Option<Batch<T>> {
        let windows = self.windows;
        let is_due = |waiting: &&mut Waiting<T>| waiting.due_ms(&windows).is_some_and(|due| due <= now_ms);
        self.waiting.iter_mut().find(is_due).map(Waiting::take)
    }

    /// When the next batch is due, in milliseconds of the caller's clock.
    #[must_use]
    pub fn next_due(&self) -> Option<u64> {
        self.waiting.iter().filter_map(|waiting| waiting.due_ms(&self.windows)).min()
    }

    /// How many tasks wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.waiting.iter().map(|waiting| waiting.tasks.len()).sum()
    }

    /// True if no task waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<T> Waiting<T> {
    fn due_ms(&self, windows: &Windows) -> Option<u64> {
        let due = self.since_ms.saturating_add(windows.of(self.class).wait_ms);
        (!self.tasks.is_empty()).then_some(due)
    }

    fn take(&mut self) -> Batch<T> {
        Batch { class: self.class, tasks: std::mem::take(&mut self.tasks) }
    }
}

/// Tasks that are run together. `Send` if the tags are.
#[derive(Debug)]
pub struct Batch<T> {
    class: Class,
    tasks: Vec<(T, Task)>,
}

impl<T> Batch<T> {
    /// How urgent it is.
    #[must_use]
    pub const fn class(&self) -> Class {
        self.class
    }

    /// How many tasks are in it.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.tasks.len()
    }

    /// True if there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }

    /// The tags, in the order in which the tasks came.
    pub fn tags(&self) -> impl Iterator<Item = &T> {
        self.tasks.iter().map(|(tag, _)| tag)
    }

    /// The tags, where the batch is dropped rather than run.
    pub fn into_tags(self) -> impl Iterator<Item = T> {
        self.tasks.into_iter().map(|(tag, _)| tag)
    }

    /// Runs all tasks on this thread; gives the outcome of each, in the order in which they came.
    ///
    /// Signatures are checked all at once, cells all at once for each block. Where that fails, halves are tried until the
    /// culprit is alone: a single wrong signature costs about as much again as the batch. The outcomes are
    /// those of [`Task::run`], but with a chance of 2^-64. `seed`: fresh random bytes.
    #[must_use]
    pub fn run(self, seed: &Seed) -> Vec<(T, Outcome)> {
        let (tags, tasks): (Vec<T>, Vec<Task>) = self.tasks.into_iter().unzip();
        let mut outcomes = vec![Outcome::Valid; tasks.len()];
        let signatures = |range: &[usize]| {
            let jobs = range.iter().filter_map(|task| tasks.get(*task)).flat_map(|task| &task.jobs);
            let sets = jobs.filter_map(|job| if let Job::Signature(set, _) = job { Some(set) } else { None });
            SignatureSet::verify_all(&sets.collect::<Vec<_>>(), seed)
        };
        let all: Vec<usize> = (0..tasks.len()).collect();
        let mut culprits = Vec::new();
        search(&all, &signatures, &mut culprits);
        for culprit in culprits {
            blame(&tasks, culprit, &mut outcomes);
        }
        // What already fell to its signatures costs no proofs.
        let mut by_block: HashMap<Option<Root>, Vec<usize>> = HashMap::new();
        for (index, task) in tasks.iter().enumerate() {
            if outcomes.get(index) == Some(&Outcome::Valid) && task.jobs.iter().any(Job::is_kzg) {
                by_block.entry(task.block_root).or_default().push(index);
            }
        }
        let proofs = |range: &[usize]| {
            let Some(kzg) = range.first().and_then(|task| tasks.get(*task)).map(|task| &task.kzg) else {
                return true;
            };
            let jobs: Vec<&Job> =
                range.iter().filter_map(|task| tasks.get(*task)).flat_map(|task| &task.jobs).collect();
            let cells: Vec<&Cells> =
                jobs.iter().filter_map(|job| if let Job::Cells(cells) = job { Some(cells) } else { None }).collect();
            let mut blobs = jobs.iter().filter_map(|job| if let Job::Blob(blob) = job { Some(blob) } else { None });
            (cells.is_empty() || kzg.verify_cells(&cells)) && blobs.all(|blob| kzg.verify_blob(blob))
        };
        for group in by_block.values() {
            let mut culprits = Vec::new();
            search(group, &proofs, &mut culprits);
            for culprit in culprits {
                if let Some(outcome) = outcomes.get_mut(culprit) {
                    *outcome = Outcome::Invalid(Reject::KzgProof);
                }
            }
        }
        tags.into_iter().zip(outcomes).collect()
    }
}

/// Finds the tasks that make a check fail.
fn search(tasks: &[usize], check: &impl Fn(&[usize]) -> bool, culprits: &mut Vec<usize>) {
    if !tasks.is_empty() && !check(tasks) {
        search_failed(tasks, check, culprits);
    }
}

/// The same of tasks that are known to fail together.
fn search_failed(tasks: &[usize], check: &impl Fn(&[usize]) -> bool, culprits: &mut Vec<usize>) {
    if let [only] = tasks {
        culprits.push(*only);
        return;
    }
    let (one, other) = tasks.split_at(tasks.len() / 2);
    if one.is_empty() || check(one) {
        // Then it must be the other half.
        search_failed(other, check, culprits);
    } else {
        search_failed(one, check, culprits);
        search(other, check, culprits);
    }
}

/// Says which signature of a task is wrong.
fn blame(tasks: &[Task], index: usize, outcomes: &mut [Outcome]) {
    let (Some(task), Some(outcome)) = (tasks.get(index), outcomes.get_mut(index)) else {
        return;
    };
    let wrong = task.jobs.iter().find_map(|job| match job {
        Job::Signature(set, reject) if !set.verify() => Some(*reject),
        _ => None,
    });
    if let Some(reject) = wrong {
        *outcome = Outcome::Invalid(reject);
    }
}
