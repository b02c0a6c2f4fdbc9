//! Slot arithmetic on an injected time: milliseconds since the Unix epoch.

use crate::primitives::{Epoch, Slot};

/// Tolerance for other nodes' clocks in both directions (`MAXIMUM_GOSSIP_CLOCK_DISPARITY`), in milliseconds.
pub const MAXIMUM_GOSSIP_CLOCK_DISPARITY_MS: u64 = 500;

/// Converts wall-clock milliseconds to slots and back. Holds no time of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlotClock {
    genesis_ms: u64,
    slot_ms: u64,
}

impl SlotClock {
    /// A clock of a chain. A `slot_ms` of zero counts as one.
    #[must_use]
    pub const fn new(genesis_time_s: u64, slot_ms: u64) -> Self {
        let slot_ms = if slot_ms == 0 { 1 } else { slot_ms };
        Self { genesis_ms: genesis_time_s.saturating_mul(1000), slot_ms }
    }

    /// Length of a slot in milliseconds.
    #[must_use]
    pub const fn slot_ms(&self) -> u64 {
        self.slot_ms
    }

    /// The slot at `now_ms`, or `None` before genesis.
    #[must_use]
    pub const fn slot_at(&self, now_ms: u64) -> Option<Slot> {
        match now_ms.checked_sub(self.genesis_ms) {
            Some(since) => Some(Slot(since / self.slot_ms)),
            None => None,
        }
    }

    /// The slot at `now_ms`, slot 0 before genesis.
    #[must_use]
    pub const fn slot_or_genesis(&self, now_ms: u64) -> Slot {
        match self.slot_at(now_ms) {
            Some(slot) => slot,
            None => Slot(0),
        }
    }

    /// When `slot` starts, in milliseconds since the Unix epoch.
    #[must_use]
    pub const fn start_ms(&self, slot: Slot) -> u64 {
        self.genesis_ms.saturating_add(slot.0.saturating_mul(self.slot_ms))
    }

    /// Milliseconds from `now_ms` to the start of the next slot, or to genesis before it.
    #[must_use]
    pub const fn until_next_slot_ms(&self, now_ms: u64) -> u64 {
        match self.slot_at(now_ms) {
            Some(slot) => self.start_ms(Slot(slot.0.saturating_add(1))).saturating_sub(now_ms),
            None => self.genesis_ms.saturating_sub(now_ms),
        }
    }

    /// When a duty of `slot` is due, in milliseconds since the Unix epoch: `basis_points` (ten-thousandths of a slot) after
    /// its start.
    #[must_use]
    pub const fn due_ms(&self, slot: Slot, basis_points: u64) -> u64 {
        self.start_ms(slot).saturating_add(self.slot_ms.saturating_mul(basis_points) / 10_000)
    }

    /// True if `slot` is the current one for some clock within the disparity; near a boundary two slots are.
    #[must_use]
    pub const fn is_current(&self, slot: Slot, now_ms: u64) -> bool {
        self.is_in_range(slot, 0, now_ms)
    }

    /// True once `slot` has begun for every clock within the disparity.
    #[must_use]
    pub const fn is_past(&self, slot: Slot, now_ms: u64) -> bool {
        now_ms > self.start_ms(slot).saturating_add(MAXIMUM_GOSSIP_CLOCK_DISPARITY_MS)
    }

    /// True if `epoch` is the current one for some clock within the disparity.
    #[must_use]
    pub const fn is_in_epoch(&self, epoch: Epoch, slots_per_epoch: u64, now_ms: u64) -> bool {
        self.is_in_range(epoch.start_slot(slots_per_epoch), slots_per_epoch.saturating_sub(1), now_ms)
    }

    /// True if `epoch` is the current or the previous one for some clock within the disparity.
    #[must_use]
    pub const fn is_current_or_previous_epoch(&self, epoch: Epoch, slots_per_epoch: u64, now_ms: u64) -> bool {
        self.is_in_epoch(epoch, slots_per_epoch, now_ms)
            || self.is_in_epoch(epoch.saturating_add(1), slots_per_epoch, now_ms)
    }

    /// True while `epoch` has not begun for any clock within the disparity.
    #[must_use]
    pub const fn is_future_epoch(&self, epoch: Epoch, slots_per_epoch: u64, now_ms: u64) -> bool {
        self.is_future(epoch.start_slot(slots_per_epoch), now_ms)
    }

    /// True while `slot` has not begun for any clock within the disparity.
    #[must_use]
    pub const fn is_future(&self, slot: Slot, now_ms: u64) -> bool {
        now_ms.saturating_add(MAXIMUM_GOSSIP_CLOCK_DISPARITY_MS) < self.start_ms(slot)
    }

    /// True from the start of `slot` to the end of the `n`-th slot after it, for some clock within the disparity.
    #[must_use]
    pub const fn is_in_range(&self, slot: Slot, n: u64, now_ms: u64) -> bool {
        let end = self.start_ms(Slot(slot.0.saturating_add(n).saturating_add(1)));
        !self.is_future(slot, now_ms) && now_ms <= end.saturating_add(MAXIMUM_GOSSIP_CLOCK_DISPARITY_MS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_slots_are_current_near_a_boundary() {
        let clock = SlotClock::new(1000, 12_000);
        let boundary = clock.start_ms(Slot(5));
        assert_eq!(clock.slot_at(boundary - 1), Some(Slot(4)));
        assert_eq!(clock.slot_at(999_999), None);
        assert!(clock.is_in_range(Slot(5), 0, boundary - 500));
        assert!(!clock.is_in_range(Slot(5), 0, boundary - 501));
        assert!(clock.is_in_range(Slot(4), 0, boundary + 500));
        assert!(!clock.is_in_range(Slot(4), 0, boundary + 501));
        assert_eq!(clock.until_next_slot_ms(boundary - 7), 7);
        assert_eq!(clock.until_next_slot_ms(999_000), 1000);
    }

    #[test]
    fn epochs_overlap_by_the_disparity_too() {
        let clock = SlotClock::new(1000, 12_000);
        let boundary = clock.start_ms(Slot(64));
        for (now, first, second) in [
            (boundary - 501, true, false),
            (boundary - 500, true, true),
            (boundary + 500, true, true),
            (boundary + 501, false, true),
        ] {
            assert_eq!(clock.is_in_epoch(Epoch(1), 32, now), first, "{now}");
            assert_eq!(clock.is_in_epoch(Epoch(2), 32, now), second, "{now}");
            assert_eq!(clock.is_future_epoch(Epoch(2), 32, now), !second, "{now}");
            assert!(clock.is_current_or_previous_epoch(Epoch(1), 32, now));
        }
        assert!(!clock.is_past(Slot(64), boundary + 500));
        assert!(clock.is_past(Slot(64), boundary + 501));
        assert!(clock.is_current(Slot(63), boundary + 500) && clock.is_current(Slot(64), boundary - 500));
    }

    #[test]
    fn duties_are_due_at_the_specification_s_times() {
        let clock = SlotClock::new(0, 12_000);
        let due = [3333, 6667, 2500, 5000, 7500].map(|bps| clock.due_ms(Slot(1), bps) - 12_000);
        assert_eq!(due, [3999, 8000, 3000, 6000, 9000]);
    }
}
