//! The wall clock: the only place of the node that reads it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cl_types::{Slot, SlotClock};

/// Milliseconds since the Unix epoch; 0 on a machine whose clock stands before it.
pub(crate) fn unix_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// Longest sleep before the clock is read again, so that a corrected system clock is noticed.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// Wakes at the start of every slot.
#[derive(Debug)]
pub(crate) struct SlotTimer {
    clock: SlotClock,
    last: Option<Slot>,
}

impl SlotTimer {
    pub(crate) const fn new(clock: SlotClock) -> Self {
        Self { clock, last: None }
    }

    /// The slot of the clock now, slot 0 before genesis.
    pub(crate) fn slot(&self) -> Slot {
        self.clock.slot_or_genesis(unix_ms())
    }

    /// Waits for a slot that was not returned before. Slots that passed while nobody waited are skipped. Cancel-safe.
    pub(crate) async fn next(&mut self) -> Slot {
        loop {
            let now = unix_ms();
            if let Some(slot) = self.clock.slot_at(now)
                && self.last.is_none_or(|last| last < slot)
            {
                self.last = Some(slot);
                return slot;
            }
            let wait = Duration::from_millis(self.clock.until_next_slot_ms(now)).min(LONGEST_SLEEP);
            tokio::time::sleep(wait.max(Duration::from_millis(1))).await;
        }
    }
}
