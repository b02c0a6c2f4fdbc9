//! Threads that run batches, the most urgent first.

use std::collections::VecDeque;
use std::sync::mpsc::SyncSender;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use cl_validation::{Batch, Class, Outcome};

/// Batches that wait for a thread.
#[derive(Debug)]
pub(super) struct Queue<T> {
    state: Mutex<State<T>>,
    ready: Condvar,
}

#[derive(Debug)]
struct State<T> {
    waiting: [VecDeque<Batch<T>>; Class::ALL.len()],
    closed: bool,
    /// Tasks in it, and the most there have been.
    tasks: usize,
    most: usize,
}

impl<T> Queue<T> {
    pub(super) fn new() -> Self {
        let waiting = Class::ALL.map(|_| VecDeque::new());
        Self { state: Mutex::new(State { waiting, closed: false, tasks: 0, most: 0 }), ready: Condvar::new() }
    }

    pub(super) fn push(&self, batch: Batch<T>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.tasks += batch.len();
        state.most = state.most.max(state.tasks);
        let class = batch.class();
        if let Some((waiting, _)) = state.waiting.iter_mut().zip(Class::ALL).find(|(_, of)| *of == class) {
            waiting.push_back(batch);
        }
        drop(state);
        self.ready.notify_one();
    }

    /// No more will come: threads end when it is empty.
    pub(super) fn close(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).closed = true;
        self.ready.notify_all();
    }

    /// The most tasks that have waited at once.
    pub(super) fn most(&self) -> usize {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).most
    }

    fn pop(&self) -> Option<Batch<T>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(batch) = state.waiting.iter_mut().find_map(VecDeque::pop_front) {
                state.tasks -= batch.len();
                return Some(batch);
            }
            if state.closed {
                return None;
            }
            state = self.ready.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Runs batches until there are no more. Returns for how long it did.
    pub(super) fn work(&self, outcomes: &SyncSender<Vec<(T, Outcome)>>) -> Duration {
        let mut busy = Duration::ZERO;
        while let Some(batch) = self.pop() {
            let began = Instant::now();
            let finished = batch.run(&[9; 32]);
            busy += began.elapsed();
            if outcomes.send(finished).is_err() {
                break;
            }
        }
        busy
    }
}
