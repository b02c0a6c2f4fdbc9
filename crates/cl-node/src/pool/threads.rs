//! The loops of the judge and of the workers, and what they share.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use cl_types::Slot;
use cl_validation::crypto::{CKzg, Seed};
use cl_validation::{Batch, Class, Outcome};
use tokio::sync::mpsc;

use super::case::{Case, Judged};
use super::court::{Court, Now, Out};
use super::queue::Queue;
use super::schedule::Schedule;
use super::{Limits, Numbers};
use crate::clock::unix_ms;
use crate::relay::Held;

/// What the threads and the node's task share. Locked for moments only: nothing is computed under the lock.
#[derive(Debug)]
pub(super) struct Shared {
    state: Mutex<State>,
    /// There is something to judge.
    to_judge: Condvar,
    /// There is something to check.
    to_check: Condvar,
    started: Instant,
}

#[derive(Debug)]
struct State {
    cases: Queue<Case>,
    /// Of tasks that were run. No more than there were tasks.
    outcomes: Vec<(u64, Option<Outcome>)>,
    schedule: Schedule<u64>,
    numbers: Numbers,
    is_closing: bool,
}

/// What the judge does next.
enum Work {
    Case(Case),
    Outcomes(Vec<(u64, Option<Outcome>)>),
    Tick,
    End,
}

impl Shared {
    pub(super) fn new(limits: &Limits, head: Option<Slot>) -> Self {
        let state = State {
            cases: Queue::new(limits.cases, limits.case_bytes),
            outcomes: Vec::new(),
            schedule: Schedule::new(limits.windows, limits.tasks),
            numbers: Numbers { head, ..Numbers::default() },
            is_closing: false,
        };
        Self { state: Mutex::new(state), to_judge: Condvar::new(), to_check: Condvar::new(), started: Instant::now() }
    }

    pub(super) fn submit(&self, case: Case) -> Vec<Case> {
        let mut state = self.lock();
        let (class, bytes) = (case.class(), case.ssz.len());
        let shed = state.cases.push(class, bytes, case);
        for (class, _) in &shed {
            state.numbers.count_shed(*class);
        }
        drop(state);
        self.to_judge.notify_one();
        shed.into_iter().map(|(_, case)| case).collect()
    }

    pub(super) fn numbers(&self) -> Numbers {
        let state = self.lock();
        let cases = Class::ALL.into_iter().map(|class| state.cases.len_of(class)).sum();
        Numbers { cases, tasks: state.schedule.len(), ..state.numbers }
    }

    pub(super) fn close(&self) {
        self.lock().is_closing = true;
        self.to_judge.notify_all();
        self.to_check.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Milliseconds since the start.
    fn ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Waits for something to judge, until `wake`.
    fn next_work(&self, wake: Option<Instant>) -> Work {
        let mut state = self.lock();
        loop {
            if state.is_closing {
                return Work::End;
            }
            let now = Instant::now();
            if wake.is_some_and(|wake| wake <= now) {
                return Work::Tick;
            }
            // What was begun is finished first.
            if !state.outcomes.is_empty() {
                return Work::Outcomes(std::mem::take(&mut state.outcomes));
            }
            if let Some(case) = state.cases.pop() {
                return Work::Case(case);
            }
            state = wait(&self.to_judge, state, wake.map(|wake| wake.saturating_duration_since(now)));
        }
    }

    /// Waits for a batch that is due. `None` at the end.
    fn next_batch(&self) -> Option<Batch<u64>> {
        let mut state = self.lock();
        loop {
            if state.is_closing {
                return None;
            }
            let now = self.ms();
            if let Some(batch) = state.schedule.next(now) {
                return Some(batch);
            }
            let patience = state.schedule.wake_ms().map(|wake| Duration::from_millis(wake.saturating_sub(now).max(1)));
            state = wait(&self.to_check, state, patience);
        }
    }
}

impl Numbers {
    fn count_shed(&mut self, class: Class) {
        if let Some(shed) = self.shed.get_mut(class as usize) {
            *shed += 1;
        }
    }
}

fn wait<'a>(condition: &Condvar, state: MutexGuard<'a, State>, patience: Option<Duration>) -> MutexGuard<'a, State> {
    match patience {
        Some(patience) => condition.wait_timeout(state, patience).unwrap_or_else(PoisonError::into_inner).0,
        None => condition.wait(state).unwrap_or_else(PoisonError::into_inner),
    }
}

/// Judges until the end. Owns the court: nobody else touches the rules' memory or the chain.
pub(super) fn judge(shared: &Shared, mut court: Court, judged: &mpsc::Sender<Judged>) {
    loop {
        let work = shared.next_work(court.wake());
        let now = Now { ms: unix_ms(), at: Instant::now() };
        let mut out = Vec::new();
        let begun = if let Work::Case(case) = &work { Some(case.clone()) } else { None };
        // A panic is a defect of ours. It costs the verdicts of this moment, not those to come.
        let result = catch_unwind(AssertUnwindSafe(|| match work {
            Work::Case(case) => court.begin(case, now, &mut out),
            Work::Outcomes(outcomes) => {
                for (number, outcome) in outcomes {
                    court.finish(number, outcome, now, &mut out);
                }
            }
            Work::Tick => court.tick(now, &mut out),
            Work::End => {}
        }));
        if let (Err(_), Some(case)) = (&result, begun) {
            out.push(Out::Judged(Box::new(Judged::held(case, Held::Failed))));
        }
        let verdicts = hand_out(shared, &mut court, out, result.is_err(), now);
        for verdict in verdicts {
            // Fails where nobody waits for verdicts any more.
            if judged.blocking_send(verdict).is_err() {
                return;
            }
        }
        if shared.lock().is_closing {
            return;
        }
    }
}

/// Gives tasks to the workers; what is left are verdicts.
fn hand_out(shared: &Shared, court: &mut Court, out: Vec<Out>, panicked: bool, now: Now) -> Vec<Judged> {
    let (mut verdicts, mut shed, mut tasks) = (Vec::new(), Vec::new(), 0_usize);
    let ms = shared.ms();
    let mut state = shared.lock();
    for out in out {
        match out {
            Out::Judged(judged) => verdicts.push(*judged),
            Out::Verify(number, task) => {
                tasks += 1;
                shed.extend(state.schedule.push(number, task, ms));
            }
        }
    }
    for (class, _) in &shed {
        state.numbers.count_shed(*class);
    }
    state.numbers.panics += u64::from(panicked);
    state.numbers.undecided = court.undecided();
    state.numbers.head = court.head();
    drop(state);
    if tasks > 0 {
        // Each looks when it is due.
        shared.to_check.notify_all();
    }
    let mut dropped = Vec::new();
    for (_, number) in shed {
        court.shed(number, now, &mut dropped);
    }
    verdicts.extend(dropped.into_iter().filter_map(|out| match out {
        Out::Judged(judged) => Some(*judged),
        Out::Verify(..) => None,
    }));
    verdicts
}

/// Checks batches until the end. One of the workers reads the KZG setup first, which takes part of a second.
pub(super) fn work(shared: &Shared, loads_setup: bool) {
    if loads_setup {
        let _ = CKzg::load();
    }
    while let Some(batch) = shared.next_batch() {
        let numbers: Vec<u64> = batch.tags().copied().collect();
        // A panic is a defect of ours. It costs the verdicts of this batch, not the worker.
        let outcomes = catch_unwind(AssertUnwindSafe(|| run(batch)));
        let mut state = shared.lock();
        match outcomes {
            Ok(Some(outcomes)) => {
                state.outcomes.extend(outcomes.into_iter().map(|(number, outcome)| (number, Some(outcome))));
            }
            failed => {
                state.numbers.panics += u64::from(failed.is_err());
                state.outcomes.extend(numbers.into_iter().map(|number| (number, None)));
            }
        }
        drop(state);
        shared.to_judge.notify_one();
    }
}

/// `None` without randomness.
fn run(batch: Batch<u64>) -> Option<Vec<(u64, Outcome)>> {
    let mut seed = Seed::default();
    getrandom::fill(&mut seed).ok()?;
    Some(batch.run(&seed))
}
