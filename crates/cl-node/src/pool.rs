//! Judging messages away from the network: a thread that owns the rules and the chain, and workers that check signatures
//! and proofs.
//!
//! ```text
//! node task ── submit ──▶ Queue ──▶ judge thread: Court ── tasks ──▶ Schedule ──▶ workers: batches
//!     ▲                                  ▲   │                                        │
//!     └────────────── judged ────────────│───┘                                        │
//!                                        └───────────────── outcomes ─────────────────┘
//! ```
//!
//! | file | holds |
//! | --- | --- |
//! | `queue` | messages that wait to be begun: blocks before columns before aggregates before votes |
//! | `court` | from a message to its verdict: the rules, the chain, what waits for a block |
//! | `waiting` | what cannot be judged before something else has come |
//! | `schedule` | tasks that wait for a worker, in batches |
//! | `threads` | the two loops |
//!
//! All of it but `threads` and this file is plain state. Every queue is bounded; what does not fit is shed, the least urgent
//! first, and counted.

mod case;
mod court;
mod queue;
mod schedule;
#[cfg(test)]
mod testing;
mod threads;
mod waiting;

use std::sync::Arc;
use std::thread::JoinHandle;

use cl_types::Slot;
pub(crate) use cl_validation::Class;
use cl_validation::batch::Windows;
use tokio::sync::mpsc;

pub(crate) use self::case::{Case, Judged, Origin};
use self::court::Court;
use self::threads::Shared;
use crate::chain::Chain;
use crate::relay::Held;

/// Most messages that wait to be begun.
const MAX_CASES: usize = 16_384;
/// Most bytes of them.
const MAX_CASE_BYTES: usize = 64 << 20;
/// Most tasks that wait for a worker: of single votes, what one core checks in about two seconds.
const MAX_TASKS: usize = 8192;
/// Most verdicts that wait for the node's task. When it does not keep up, the judge waits, and messages are shed.
const MAX_JUDGED: usize = 1024;
/// Most workers by default.
const MAX_WORKERS: usize = 4;

/// How much may wait, and who works.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) cases: usize,
    pub(crate) case_bytes: usize,
    pub(crate) tasks: usize,
    pub(crate) workers: usize,
    pub(crate) windows: Windows,
}

impl Default for Limits {
    /// A worker for each core but one, which the network has.
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            cases: MAX_CASES,
            case_bytes: MAX_CASE_BYTES,
            tasks: MAX_TASKS,
            workers: cores.saturating_sub(1).clamp(1, MAX_WORKERS),
            windows: Windows::default(),
        }
    }
}

/// What the pool has counted, and what waits in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Numbers {
    /// Messages that wait to be begun, and tasks that wait for a worker.
    pub(crate) cases: usize,
    pub(crate) tasks: usize,
    /// Messages that wait for a block.
    pub(crate) undecided: usize,
    /// Messages that were shed since the start, by class.
    pub(crate) shed: [u64; Class::ALL.len()],
    /// Panics that were caught.
    pub(crate) panics: u64,
    /// Newest block of a chain that is followed here.
    pub(crate) head: Option<Slot>,
}

/// The threads that judge, as the node's task sees them.
#[derive(Debug)]
pub(crate) struct Pool {
    shared: Arc<Shared>,
    judged: mpsc::Receiver<Judged>,
    threads: Vec<JoinHandle<()>>,
}

impl Pool {
    /// Starts the threads.
    pub(crate) fn start(config: cl_validation::Config, chain: Chain, limits: Limits) -> std::io::Result<Self> {
        let court = Court::new(config, chain);
        let shared = Arc::new(Shared::new(&limits, court.head()));
        let (sender, judged) = mpsc::channel(MAX_JUDGED);
        let mut pool = Self { shared: Arc::clone(&shared), judged, threads: Vec::new() };
        // Where one of them cannot be started, dropping the pool ends the others.
        for number in 0..limits.workers.max(1) {
            let shared = Arc::clone(&shared);
            pool.spawn(format!("cl-verify-{number}"), move || threads::work(&shared, number == 0))?;
        }
        pool.spawn("cl-judge".to_owned(), move || threads::judge(&shared, court, &sender))?;
        Ok(pool)
    }

    fn spawn(&mut self, name: String, run: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
        self.threads.push(std::thread::Builder::new().name(name).spawn(run)?);
        Ok(())
    }

    /// Hands in a message; its verdict comes from [`Self::judged`]. Gives back what was shed for it. Never waits.
    pub(crate) fn submit(&self, case: Case) -> Vec<Judged> {
        self.shared.submit(case).into_iter().map(|case| Judged::held(case, Held::Busy)).collect()
    }

    /// The next verdict. Cancel-safe. `None` only if the judge has ended.
    pub(crate) async fn judged(&mut self) -> Option<Judged> {
        self.judged.recv().await
    }

    /// What it has counted.
    pub(crate) fn numbers(&self) -> Numbers {
        self.shared.numbers()
    }

    /// Ends the threads: what is under way is dropped, and a batch that runs is waited for.
    pub(crate) async fn shutdown(mut self) {
        self.close();
        let threads = std::mem::take(&mut self.threads);
        let join = move || threads.into_iter().for_each(|thread| drop(thread.join()));
        // Fails only where the runtime ends: then nobody waits for the threads, which end all the same.
        let _ = tokio::task::spawn_blocking(join).await;
    }

    /// Ends the threads as soon as each has done what it is about; does not wait for them.
    pub(crate) fn close(&mut self) {
        // The judge may wait for room there.
        self.judged.close();
        self.shared.close();
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.close();
    }
}

#[cfg(test)]
mod tests;
