//! Penalties: what a fault costs, how it fades, and why a peer stands where it stands.
//!
//! A score starts at 0 and only falls. It halves its distance to 0 every [`Config::half_life`]. Two numbers matter: at
//! [`Config::disconnect_at`] we part, at [`Config::ban_at`] we refuse the peer for [`Config::ban`].

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use cl_types::{Severity, Source};

/// Penalties remembered per peer for [`Score::entries`].
pub const MAX_ENTRIES: usize = 8;
/// No score falls lower, so that a single ban is always enough for it to recover.
pub const FLOOR: f64 = -100.0;

/// Thresholds and decay.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Config {
    /// Time in which a score halves. Default 10 min.
    pub half_life: Duration,
    /// At or below this we part. Default -20.
    pub disconnect_at: f64,
    /// At or below this we ban. Default -50.
    pub ban_at: f64,
    /// How long a ban lasts. Default 30 min.
    pub ban: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            half_life: Duration::from_secs(600),
            disconnect_at: -20.0,
            ban_at: -50.0,
            ban: Duration::from_secs(1800),
        }
    }
}

/// What a fault of this severity costs. Twenty low ones, a handful of mid ones, two or three high ones or a single fatal one
/// are enough to part; half of the distance is forgiven every half-life.
#[must_use]
pub const fn points(severity: Severity) -> f64 {
    match severity {
        Severity::Low => -1.0,
        Severity::Mid => -5.0,
        Severity::High => -10.0,
        Severity::Fatal => -100.0,
    }
}

/// One remembered penalty.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Entry {
    /// When it was given.
    pub at: Instant,
    /// Who saw the fault.
    pub source: Source,
    /// How bad it was.
    pub severity: Severity,
    /// What it cost then.
    pub points: f64,
}

/// What a score asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing.
    Fine,
    /// To part.
    Disconnect,
    /// To part and to refuse the peer for a while.
    Ban,
}

/// The score of one peer.
#[derive(Clone, Debug, Default)]
pub struct Score {
    value: f64,
    updated: Option<Instant>,
    entries: VecDeque<Entry>,
}

impl Score {
    /// The score now: 0 or below.
    #[must_use]
    pub fn value(&self, config: &Config, now: Instant) -> f64 {
        let Some(updated) = self.updated else { return 0.0 };
        let half_life = config.half_life.as_secs_f64();
        let age = now.saturating_duration_since(updated).as_secs_f64();
        if half_life <= 0.0 {
            // No memory at all: a penalty counts at its own instant only.
            return if age > 0.0 { 0.0 } else { self.value };
        }
        let value = self.value * (-age / half_life).exp2();
        if value > -0.01 { 0.0 } else { value }
    }

    /// Adds a penalty and says what follows.
    pub fn penalize(&mut self, config: &Config, source: Source, severity: Severity, now: Instant) -> Verdict {
        let points = points(severity);
        self.value = (self.value(config, now) + points).max(FLOOR);
        self.updated = Some(now);
        if self.entries.len() >= MAX_ENTRIES {
            self.entries.pop_front();
        }
        self.entries.push_back(Entry { at: now, source, severity, points });
        self.verdict(config, now)
    }

    /// What the score asks for now.
    #[must_use]
    pub fn verdict(&self, config: &Config, now: Instant) -> Verdict {
        let value = self.value(config, now);
        if value <= config.ban_at {
            Verdict::Ban
        } else if value <= config.disconnect_at {
            Verdict::Disconnect
        } else {
            Verdict::Fine
        }
    }

    /// The last penalties, oldest first, at most [`MAX_ENTRIES`].
    pub fn entries(&self) -> impl ExactSizeIterator<Item = &Entry> {
        self.entries.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn severities_add_up_to_the_verdicts_they_promise() {
        let (config, now) = (Config::default(), Instant::now());
        for (severity, times) in [(Severity::Low, 20), (Severity::Mid, 4), (Severity::High, 2)] {
            let mut score = Score::default();
            let verdicts: Vec<_> = (0..times).map(|_| score.penalize(&config, Source::Rpc, severity, now)).collect();
            let (last, before) = verdicts.split_last().unwrap();
            assert_eq!(*last, Verdict::Disconnect, "{severity:?}");
            assert!(before.iter().all(|verdict| *verdict == Verdict::Fine), "{severity:?}");
        }
        assert_eq!(Score::default().penalize(&config, Source::Rpc, Severity::Fatal, now), Verdict::Ban);
    }

    #[test]
    fn half_is_forgiven_each_half_life_and_all_in_the_end() {
        let (config, now) = (Config::default(), Instant::now());
        let mut score = Score::default();
        score.penalize(&config, Source::Gossip, Severity::Fatal, now);
        let at = |minutes: u64| score.value(&config, now + Duration::from_secs(60 * minutes));
        assert!((at(10) + 50.0).abs() < 1e-9);
        assert!((at(30) + 12.5).abs() < 1e-9);
        assert_eq!(at(600), 0.0);
        assert_eq!(score.value(&Config { half_life: Duration::ZERO, ..config }, now), -100.0);
    }

    #[test]
    fn the_memory_and_the_fall_are_bounded() {
        let (config, now) = (Config::default(), Instant::now());
        let mut score = Score::default();
        for _ in 0..50 {
            score.penalize(&config, Source::Gossip, Severity::Fatal, now);
        }
        assert_eq!(score.entries().len(), MAX_ENTRIES);
        assert_eq!(score.value(&config, now), FLOOR);
    }
}
