//! When to look for nodes. No I/O and no clock: time comes in as an argument.

use std::time::{Duration, Instant};

/// How often to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueryConfig {
    /// Pause between lookups while peers are wanted and lookups find new nodes.
    pub busy: Duration,
    /// The longest pause while peers are wanted: each lookup without a new node doubles the pause up to this.
    pub busy_max: Duration,
    /// Pause while no peers are wanted: keeps the routing table and the records fresh.
    pub idle: Duration,
    /// Most lookups at a time while peers are wanted; otherwise one. At least 1.
    pub parallel: usize,
}

impl QueryConfig {
    /// For public networks: each second and up to 8 s while peers are wanted, otherwise each minute.
    #[must_use]
    pub const fn public() -> Self {
        Self {
            busy: Duration::from_secs(1),
            busy_max: Duration::from_secs(8),
            idle: Duration::from_secs(60),
            parallel: 2,
        }
    }

    /// For devnets on one machine: each half second and up to 2 s while peers are wanted, otherwise each 10 s.
    #[must_use]
    pub const fn local() -> Self {
        Self {
            busy: Duration::from_millis(500),
            busy_max: Duration::from_secs(2),
            idle: Duration::from_secs(10),
            parallel: 1,
        }
    }
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Start a lookup now; it counts as running until [`QueryManager::finished`].
    Start,
    /// Ask again at this time, or after something changed.
    Wait(Instant),
    /// Ask again after a lookup finished.
    Busy,
}

/// Decides when lookups start.
#[derive(Clone, Debug)]
pub struct QueryManager {
    config: QueryConfig,
    wanted: usize,
    running: usize,
    /// Pause after the next lookup while peers are wanted.
    pause: Duration,
    /// No lookup starts before.
    next_at: Instant,
    /// When the last lookup started.
    last_start: Option<Instant>,
}

impl QueryManager {
    /// Looks for the first time at once.
    #[must_use]
    pub const fn new(config: QueryConfig, now: Instant) -> Self {
        Self { config, wanted: 0, running: 0, pause: config.busy, next_at: now, last_start: None }
    }

    /// How many peers are missing. The first ones missed end an idle pause, though not sooner than `busy` after the
    /// last lookup.
    pub fn set_wanted(&mut self, wanted: usize, now: Instant) {
        if self.wanted == 0 && wanted > 0 {
            self.pause = self.config.busy;
            self.next_at = self.earliest(now);
        }
        self.wanted = wanted;
    }

    /// How many peers are missing.
    #[must_use]
    pub const fn wanted(&self) -> usize {
        self.wanted
    }

    /// How many lookups run.
    #[must_use]
    pub const fn running(&self) -> usize {
        self.running
    }

    /// What to do now.
    pub fn next(&mut self, now: Instant) -> Step {
        let parallel = if self.wanted > 0 { self.config.parallel.max(1) } else { 1 };
        if self.running >= parallel {
            return Step::Busy;
        }
        if now < self.next_at {
            return Step::Wait(self.next_at);
        }
        self.running += 1;
        self.last_start = Some(now);
        self.next_at = now + self.interval();
        Step::Start
    }

    /// A lookup ended; `new` compatible nodes were heard of for the first time in it.
    pub fn finished(&mut self, new: usize, now: Instant) {
        self.running = self.running.saturating_sub(1);
        self.pause = if new > 0 { self.config.busy } else { self.pause.saturating_mul(2).min(self.config.busy_max) };
        // The pause counts from the end of a lookup, so a slow network is not asked without rest.
        self.next_at = now + self.interval();
    }

    /// There was nobody to ask: the lookup did not take place.
    pub fn nobody(&mut self, now: Instant) {
        self.running = self.running.saturating_sub(1);
        self.next_at = now + if self.wanted > 0 { self.config.busy } else { self.config.idle };
    }

    /// The first node that can be asked turned up: look as soon as `busy` allows.
    pub fn somebody(&mut self, now: Instant) {
        self.pause = self.config.busy;
        self.next_at = self.earliest(now);
    }

    fn earliest(&self, now: Instant) -> Instant {
        self.last_start.map_or(now, |last| last + self.config.busy).max(now).min(self.next_at.max(now))
    }

    const fn interval(&self) -> Duration {
        if self.wanted > 0 { self.pause } else { self.config.idle }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: QueryConfig = QueryConfig {
        busy: Duration::from_secs(1),
        busy_max: Duration::from_secs(8),
        idle: Duration::from_secs(60),
        parallel: 2,
    };

    struct Clock(Instant);

    impl Clock {
        fn at(&self, seconds: u64) -> Instant {
            self.0 + Duration::from_secs(seconds)
        }
    }

    fn manager(wanted: usize) -> (QueryManager, Clock) {
        let clock = Clock(Instant::now());
        let mut manager = QueryManager::new(CONFIG, clock.at(0));
        manager.set_wanted(wanted, clock.at(0));
        (manager, clock)
    }

    #[test]
    fn it_looks_at_once_and_then_rests() {
        let (mut manager, clock) = manager(0);
        assert_eq!(manager.next(clock.at(0)), Step::Start);
        assert_eq!(manager.next(clock.at(0)), Step::Busy);
        manager.finished(3, clock.at(2));
        assert_eq!(manager.next(clock.at(2)), Step::Wait(clock.at(62)));
        assert_eq!(manager.next(clock.at(62)), Step::Start);
    }

    #[test]
    fn while_peers_are_missing_it_looks_often() {
        let (mut manager, clock) = manager(5);
        for second in 0..10 {
            assert_eq!(manager.next(clock.at(second)), Step::Start);
            manager.finished(1, clock.at(second));
            assert_eq!(manager.next(clock.at(second)), Step::Wait(clock.at(second + 1)));
        }
    }

    #[test]
    fn without_news_it_slows_down_and_news_make_it_quick_again() {
        let (mut manager, clock) = manager(5);
        let mut now = 0;
        for pause in [2, 4, 8, 8] {
            assert_eq!(manager.next(clock.at(now)), Step::Start);
            manager.finished(0, clock.at(now));
            now += pause;
            assert_eq!(manager.next(clock.at(now - 1)), Step::Wait(clock.at(now)));
        }
        assert_eq!(manager.next(clock.at(now)), Step::Start);
        manager.finished(1, clock.at(now));
        assert_eq!(manager.next(clock.at(now)), Step::Wait(clock.at(now + 1)));
    }

    #[test]
    fn lookups_at_a_time_are_bounded() {
        let (mut manager, clock) = manager(5);
        assert_eq!(manager.next(clock.at(0)), Step::Start);
        assert_eq!(manager.next(clock.at(0)), Step::Wait(clock.at(1)));
        assert_eq!(manager.next(clock.at(1)), Step::Start);
        assert_eq!(manager.next(clock.at(9)), Step::Busy);
        assert_eq!(manager.running(), 2);
        manager.finished(1, clock.at(9));
        assert_eq!(manager.next(clock.at(10)), Step::Start);
    }

    #[test]
    fn losing_peers_ends_the_rest() {
        let (mut manager, clock) = manager(0);
        assert_eq!(manager.next(clock.at(0)), Step::Start);
        manager.finished(0, clock.at(0));
        manager.set_wanted(1, clock.at(20));
        assert_eq!(manager.next(clock.at(20)), Step::Start);
        manager.finished(1, clock.at(20));

        // Wanting on and off does not make it look more often than `busy`.
        manager.set_wanted(0, clock.at(20));
        manager.set_wanted(1, clock.at(20));
        assert_eq!(manager.next(clock.at(20)), Step::Wait(clock.at(21)));
    }

    #[test]
    fn with_nobody_to_ask_it_tries_again_and_starts_when_somebody_turns_up() {
        let (mut manager, clock) = manager(0);
        assert_eq!(manager.next(clock.at(0)), Step::Start);
        manager.nobody(clock.at(0));
        assert_eq!(manager.next(clock.at(0)), Step::Wait(clock.at(60)));
        manager.somebody(clock.at(10));
        assert_eq!(manager.next(clock.at(10)), Step::Start);
        assert_eq!(manager.running(), 1);
    }
}
