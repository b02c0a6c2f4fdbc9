//! Arithmetic on instants that cannot overflow.

use std::time::{Duration, Instant};

/// Longer waits than this make no difference to a running node.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 3600);

/// `now + wait`, with absurd waits cut to a year.
pub(crate) fn later(now: Instant, wait: Duration) -> Instant {
    now.checked_add(wait.min(LONGEST)).unwrap_or(now)
}
