//! A time-out that is moved far more often than it ends.

use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use futures::FutureExt;
use futures_timer::Delay;

/// Moving it later costs a look at the clock: the delay below stays as it is, and is set anew when it ends too early. To
/// set it each time would wake its thread for each chunk.
pub(super) struct Timer {
    due: Instant,
    /// When the delay ends.
    set_to: Instant,
    delay: Delay,
}

impl Timer {
    pub(super) fn new(after: Duration) -> Self {
        let due = Instant::now() + after;
        Self { due, set_to: due, delay: Delay::new(after) }
    }

    /// Starts anew.
    pub(super) fn reset(&mut self, after: Duration) {
        self.due = Instant::now() + after;
        if self.due < self.set_to {
            self.set(after);
        }
    }

    /// Ready when it has ended; otherwise registered for that.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            ready!(self.delay.poll_unpin(cx));
            let left = self.due.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Poll::Ready(());
            }
            self.set(left);
        }
    }

    fn set(&mut self, after: Duration) {
        self.set_to = self.due;
        self.delay.reset(after);
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    const SHORT: Duration = Duration::from_millis(20);
    const LONG: Duration = Duration::from_secs(3600);

    async fn end_of(timer: &mut Timer) -> Instant {
        let end = poll_fn(|cx| timer.poll(cx));
        tokio::time::timeout(Duration::from_secs(20), end).await.expect("deadline");
        Instant::now()
    }

    #[tokio::test]
    async fn it_ends_when_it_was_last_told_to() {
        let began = Instant::now();
        let mut timer = Timer::new(SHORT);
        timer.reset(5 * SHORT);
        let end = end_of(&mut timer).await;
        assert!(end - began >= 5 * SHORT);
        // Again, after it has ended.
        timer.reset(SHORT);
        assert!(end_of(&mut timer).await - end >= SHORT);
        // Earlier than it was set to.
        let mut timer = Timer::new(LONG);
        timer.reset(SHORT);
        end_of(&mut timer).await;
        timer.reset(LONG);
        timer.reset(SHORT);
        end_of(&mut timer).await;
    }
}
