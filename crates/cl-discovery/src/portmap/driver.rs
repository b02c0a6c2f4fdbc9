//! The task that asks a gateway what the state machine wants to know.

use std::fmt;
use std::task::{Context, Poll};
use std::time::Instant;

use futures::future::BoxFuture;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::machine::{Action, Answer, PortMapper, Step};
use super::{Found, MAX_PORTS, Notice, Settings, Wanted};
use crate::error::MapError;

/// Notices that wait to be read: all of a round. While none fits, nothing is asked.
const CAPACITY: usize = 2 * MAX_PORTS + 1;

/// A gateway, or the way to find one. Futures that it returns are dropped when their time is over.
pub trait Gateway: Send + 'static {
    /// Looks for a gateway and asks its external address.
    fn search(&mut self) -> BoxFuture<'_, Result<Found, MapError>>;

    /// Asks the gateway last found for one thing: [`Action::Map`] or [`Action::Unmap`].
    fn ask(&mut self, action: Action) -> BoxFuture<'_, Result<(), MapError>>;
}

/// A task that keeps ports mapped. Dropping it ends the task at once, and mappings stay until their leases end;
/// [`Self::close`] takes them back first.
pub struct Mapper {
    /// Bounded by [`CAPACITY`].
    notices: mpsc::Receiver<Notice>,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
    has_ended: bool,
}

impl Mapper {
    /// Starts the task. Must be called inside a tokio runtime with time.
    #[must_use]
    pub fn start(gateway: impl Gateway, settings: Settings, wanted: impl IntoIterator<Item = Wanted>) -> Self {
        let machine = PortMapper::new(settings, wanted, Instant::now());
        let (sender, notices) = mpsc::channel(CAPACITY);
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(run(gateway, machine, sender, stopped));
        Self { notices, stop: Some(stop), task, has_ended: false }
    }

    /// The next notice. A task that has ended is told once, as [`MapError::Stopped`].
    pub fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Notice> {
        if self.has_ended {
            return Poll::Pending;
        }
        self.notices.poll_recv(cx).map(|notice| {
            notice.unwrap_or_else(|| {
                self.has_ended = true;
                Notice::Failed { service: None, reason: MapError::Stopped }
            })
        })
    }

    /// Takes all mappings back. Each takes the deadline of the settings at most; whoever drops this earlier leaves the
    /// rest to their leases.
    pub async fn close(mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        // An error says that the task panicked: then there is nothing to wait for.
        let _ = (&mut self.task).await;
    }
}

impl Drop for Mapper {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl fmt::Debug for Mapper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mapper").field("has_ended", &self.has_ended).finish_non_exhaustive()
    }
}

async fn run(
    mut gateway: impl Gateway,
    mut machine: PortMapper,
    notices: mpsc::Sender<Notice>,
    stopped: oneshot::Receiver<()>,
) {
    tokio::select! {
        biased;
        // An error says that the handle was dropped: then the task is ended from outside.
        Ok(()) = stopped => {}
        () = keep(&mut gateway, &mut machine, &notices) => return,
    }
    machine.stop();
    while let Step::Do(action) = machine.next(Instant::now()) {
        let answer = perform(&mut gateway, &machine, action).await;
        machine.answered(answer, Instant::now());
    }
}

/// Keeps ports mapped for as long as somebody reads what it tells.
async fn keep(gateway: &mut impl Gateway, machine: &mut PortMapper, notices: &mpsc::Sender<Notice>) {
    loop {
        let step = machine.next(Instant::now());
        while let Some(notice) = machine.next_notice() {
            if notices.send(notice).await.is_err() {
                return;
            }
        }
        match step {
            Step::Do(action) => {
                let answer = perform(gateway, machine, action).await;
                machine.answered(answer, Instant::now());
            }
            Step::Wait(until) => tokio::time::sleep_until(until.into()).await,
            // Every action was answered above, so it is never busy.
            Step::Busy | Step::Done => return,
        }
    }
}

async fn perform(gateway: &mut impl Gateway, machine: &PortMapper, action: Action) -> Answer {
    let deadline = machine.settings().deadline;
    match action {
        Action::Search => {
            let found = timeout(deadline, gateway.search()).await;
            Answer::Searched(found.unwrap_or(Err(MapError::Silent)))
        }
        Action::Map { .. } => {
            let mapped = timeout(deadline, gateway.ask(action)).await;
            Answer::Mapped(mapped.unwrap_or(Err(MapError::Silent)))
        }
        Action::Unmap { .. } => {
            // What is not taken back ends with its lease.
            let _ = timeout(deadline, gateway.ask(action)).await;
            Answer::Unmapped
        }
    }
}
