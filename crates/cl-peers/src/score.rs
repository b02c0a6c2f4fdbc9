//! Penalties: what a fault costs, how it fades, and why a peer stands where it stands.
//!
//! A score starts at 0 and only falls. It is the sum of a part for each [`Source`] of faults and one for the router's own
//! score. Each halves its distance to 0 every [`Config::half_life`]. Two numbers matter: at [`Config::disconnect_at`] we part, at
//! [`Config::ban_at`] we refuse the peer for [`Config::ban`].
//!
//! The router's part never goes below [`Config::router_floor`], which is above `ban_at`: alone it cannot ban.

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
    /// The router's score at which its part reaches `router_floor`: gossipsub's graylist threshold. Default -16000.
    pub router_worst: f64,
    /// The lowest that the router's part gets. Default -20. Kept above `ban_at` whatever is set.
    pub router_floor: f64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            half_life: Duration::from_secs(600),
            disconnect_at: -20.0,
            ban_at: -50.0,
            ban: Duration::from_secs(1800),
            router_worst: -16_000.0,
            router_floor: -20.0,
        }
    }
}

impl Config {
    /// What a score of the router counts here.
    fn router_points(&self, score: f64) -> f64 {
        let floor = self.router_floor.max(self.ban_at * 0.99).min(0.0);
        if score.is_nan() || score >= 0.0 || self.router_worst >= 0.0 {
            return 0.0;
        }
        (floor * (score / self.router_worst)).clamp(floor, 0.0)
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
    /// What it was, in a few words; empty if nobody said.
    pub what: &'static str,
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

/// A part of a score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Part {
    /// Faults that this source reported.
    Faults(Source),
    /// The gossip router's own score of the peer.
    Router,
}

impl Part {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Faults(Source::Rpc),
        Self::Faults(Source::Gossip),
        Self::Faults(Source::Validation),
        Self::Faults(Source::Discovery),
        Self::Faults(Source::Handshake),
        Self::Router,
    ];

    /// One word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Faults(Source::Rpc) => "rpc",
            Self::Faults(Source::Gossip) => "gossip",
            Self::Faults(Source::Validation) => "validation",
            Self::Faults(Source::Discovery) => "discovery",
            Self::Faults(Source::Handshake) => "handshake",
            Self::Faults(_) => "other",
            Self::Router => "router",
        }
    }
}

/// A number that fades.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Fading {
    value: f64,
    updated: Option<Instant>,
}

impl Fading {
    fn at(&self, half_life: Duration, now: Instant) -> f64 {
        let Some(updated) = self.updated else { return 0.0 };
        let half_life = half_life.as_secs_f64();
        let age = now.saturating_duration_since(updated).as_secs_f64();
        if half_life <= 0.0 {
            // No memory at all: a penalty counts at its own instant only.
            return if age > 0.0 { 0.0 } else { self.value };
        }
        let value = if age > 0.0 { self.value * (-age / half_life).exp2() } else { self.value };
        if value > -0.01 { 0.0 } else { value }
    }

    fn set(&mut self, value: f64, now: Instant) {
        *self = Self { value, updated: Some(now) };
    }
}

/// The score of one peer.
#[derive(Clone, Debug, Default)]
pub struct Score {
    parts: [Fading; Part::ALL.len()],
    entries: VecDeque<Entry>,
}

impl Score {
    /// The score now: 0 or below.
    #[must_use]
    pub fn value(&self, config: &Config, now: Instant) -> f64 {
        // Most peers have no penalty at all.
        let parts = self.parts.iter().filter(|part| part.updated.is_some());
        parts.map(|part| part.at(config.half_life, now)).sum::<f64>().max(FLOOR)
    }

    /// True if anything ever counted against it, however long ago.
    pub(crate) fn has_any(&self) -> bool {
        self.parts.iter().any(|part| part.updated.is_some())
    }

    /// What each part counts now.
    pub fn parts(&self, config: &Config, now: Instant) -> impl Iterator<Item = (Part, f64)> {
        let half_life = config.half_life;
        Part::ALL.into_iter().zip(&self.parts).map(move |(part, fading)| (part, fading.at(half_life, now)))
    }

    fn part_mut(&mut self, part: Part) -> Option<&mut Fading> {
        let known = Part::ALL.iter().position(|other| *other == part);
        // A source that is new counts with those of the wire.
        self.parts.get_mut(known.unwrap_or_default())
    }

    /// Adds a penalty and says what follows.
    pub fn penalize(
        &mut self,
        config: &Config,
        source: Source,
        severity: Severity,
        what: &'static str,
        now: Instant,
    ) -> Verdict {
        let points = points(severity);
        // What the floor swallows is not remembered either.
        let room = (FLOOR - self.value(config, now)).min(0.0);
        let half_life = config.half_life;
        if let Some(part) = self.part_mut(Part::Faults(source)) {
            part.set(part.at(half_life, now) + points.max(room), now);
        }
        if self.entries.len() >= MAX_ENTRIES {
            self.entries.pop_front();
        }
        self.entries.push_back(Entry { at: now, source, severity, what, points });
        self.verdict(config, now)
    }

    /// Takes over what the gossip router thinks of the peer, in its own scale; positive scores count 0.
    pub fn set_router(&mut self, config: &Config, score: f64, now: Instant) -> Verdict {
        let points = config.router_points(score);
        if let Some(part) = self.part_mut(Part::Router) {
            part.set(points, now);
        }
        self.verdict(config, now)
    }

    /// Sets a part as it was saved.
    pub(crate) fn restore(&mut self, part: Part, value: f64, at: Instant) {
        if let Some(part) = self.part_mut(part).filter(|_| value.is_finite() && value < 0.0) {
            part.set(value.max(FLOOR), at);
        }
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

    fn penalize(score: &mut Score, severity: Severity, now: Instant) -> Verdict {
        score.penalize(&Config::default(), Source::Rpc, severity, "", now)
    }

    #[test]
    fn severities_add_up_to_the_verdicts_they_promise() {
        let now = Instant::now();
        for (severity, times) in [(Severity::Low, 20), (Severity::Mid, 4), (Severity::High, 2)] {
            let mut score = Score::default();
            let verdicts: Vec<_> = (0..times).map(|_| penalize(&mut score, severity, now)).collect();
            let (last, before) = verdicts.split_last().unwrap();
            assert_eq!(*last, Verdict::Disconnect, "{severity:?}");
            assert!(before.iter().all(|verdict| *verdict == Verdict::Fine), "{severity:?}");
        }
        assert_eq!(penalize(&mut Score::default(), Severity::Fatal, now), Verdict::Ban);
    }

    #[test]
    fn half_is_forgiven_each_half_life_and_all_in_the_end() {
        let (config, now) = (Config::default(), Instant::now());
        let mut score = Score::default();
        score.penalize(&config, Source::Gossip, Severity::Fatal, "", now);
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
        for source in [Source::Gossip, Source::Rpc, Source::Validation].into_iter().cycle().take(50) {
            score.penalize(&config, source, Severity::Fatal, "", now);
        }
        assert_eq!(score.entries().len(), MAX_ENTRIES);
        assert_eq!(score.value(&config, now), FLOOR);
        let parts: f64 = score.parts(&config, now).map(|(_, points)| points).sum();
        assert_eq!(parts, FLOOR, "nothing is hidden below the floor");
    }

    #[test]
    fn parts_are_told_apart_and_add_up() {
        let (config, now) = (Config::default(), Instant::now());
        let mut score = Score::default();
        score.penalize(&config, Source::Rpc, Severity::Mid, "", now);
        score.penalize(&config, Source::Validation, Severity::High, "", now);
        score.set_router(&config, -4000.0, now);
        let parts: Vec<_> = score.parts(&config, now).filter(|(_, points)| *points < 0.0).collect();
        let faults = Part::Faults;
        assert_eq!(parts, [(faults(Source::Rpc), -5.0), (faults(Source::Validation), -10.0), (Part::Router, -5.0)]);
        assert_eq!(score.value(&config, now), -20.0);
    }

    #[test]
    fn the_router_alone_never_bans() {
        let (mut config, now) = (Config::default(), Instant::now());
        for floor in [-20.0, -49.0, -1000.0] {
            config.router_floor = floor;
            for points in [-1.0, -16_000.0, -1e30, f64::NEG_INFINITY, f64::NAN] {
                let mut score = Score::default();
                assert_ne!(score.set_router(&config, points, now), Verdict::Ban, "{floor} {points}");
            }
        }
        let mut score = Score::default();
        assert_eq!(score.set_router(&Config::default(), -16_000.0, now), Verdict::Disconnect);
        assert_eq!(score.set_router(&Config::default(), 50.0, now), Verdict::Fine, "it is no memory");
    }
}
