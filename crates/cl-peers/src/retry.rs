//! When a peer may be dialled again.

use std::time::{Duration, Instant};

use cl_types::GoodbyeReason;
use libp2p_identity::PeerId;

use crate::action::GoneReason;
use crate::config::Config;
use crate::time::later;

/// Failures of a peer in a row, and the earliest moment of the next dial.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Retry {
    pub(crate) failures: u32,
    not_before: Option<Instant>,
}

impl Retry {
    pub(crate) fn is_due(&self, now: Instant) -> bool {
        self.not_before.is_none_or(|at| at <= now)
    }

    pub(crate) const fn not_before(&self) -> Option<Instant> {
        self.not_before
    }

    /// As it was saved.
    pub(crate) const fn restore(failures: u32, not_before: Option<Instant>) -> Self {
        Self { failures, not_before }
    }

    /// Forgets the wait, not the failures.
    pub(crate) fn hurry(&mut self) {
        self.not_before = None;
    }

    /// A dial failed.
    pub(crate) fn failed(&mut self, config: &Config, peer: &PeerId, now: Instant) {
        self.failures = self.failures.saturating_add(1);
        self.not_before = Some(later(now, backoff(config, peer, self.failures)));
    }

    /// A connection ended. `stable` clears what was counted before.
    pub(crate) fn ended(&mut self, config: &Config, peer: &PeerId, how: Ended, now: Instant) {
        self.failures = if how.stable { 1 } else { self.failures.saturating_add(1) };
        let wait = backoff(config, peer, self.failures).max(least_wait(config, how));
        self.not_before = Some(later(now, wait));
    }
}

/// How a connection ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ended {
    pub(crate) reason: GoneReason,
    pub(crate) is_static: bool,
    pub(crate) stable: bool,
    /// The peer named the digest of a neighbouring era: it will come along, or its clock is off.
    pub(crate) near_fork: bool,
}

/// The wait before the dial after `failures` failures: doubling, capped, and up to a quarter shorter depending on the peer and the
/// count, so that peers lost together do not come back together.
pub(crate) fn backoff(config: &Config, peer: &PeerId, failures: u32) -> Duration {
    let doublings = failures.saturating_sub(1).min(30);
    let wait = config.min_backoff.saturating_mul(1 << doublings).min(config.max_backoff);
    wait.saturating_sub((wait / 4).mul_f64(jitter(peer, failures)))
}

/// A number in 0..1 that is the same on every run.
fn jitter(peer: &PeerId, salt: u32) -> f64 {
    // FNV-1a: no secret depends on it.
    let step = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    let hash = peer.to_bytes().into_iter().chain(salt.to_le_bytes()).fold(0x811c_9dc5, step);
    f64::from(hash) / (f64::from(u32::MAX) + 1.0)
}

/// Static peers are wanted by the operator: only a ban keeps them away for longer than failures would.
fn least_wait(config: &Config, how: Ended) -> Duration {
    let wait = match how.reason {
        GoneReason::Irrelevant(_) if how.near_fork => config.full_wait,
        GoneReason::Irrelevant(_) | GoneReason::Goodbye(GoodbyeReason::IRRELEVANT_NETWORK) => config.irrelevant_wait,
        GoneReason::TooManyPeers
        | GoneReason::Pruned(_)
        | GoneReason::CrowdedNetwork
        | GoneReason::Goodbye(GoodbyeReason::TOO_MANY_PEERS | GoodbyeReason::UNABLE_TO_VERIFY_NETWORK) => {
            config.full_wait
        }
        GoneReason::Goodbye(GoodbyeReason::BAD_SCORE | GoodbyeReason::BANNED | GoodbyeReason::BANNED_IP) => {
            config.unwelcome_wait
        }
        GoneReason::BadScore => return config.bad_score_wait,
        GoneReason::Banned | GoneReason::BannedAddress => return config.score.ban,
        _ => Duration::ZERO,
    };
    if how.is_static { wait.min(config.max_backoff) } else { wait }
}

#[cfg(test)]
mod tests {
    use cl_types::PresetId;

    use super::*;
    use crate::testing::someone;

    #[test]
    fn waits_double_up_to_the_cap_with_a_steady_jitter() {
        let peer = someone();
        let config = Config::new(someone(), PresetId::Mainnet);
        for failures in 1..100 {
            let full = Duration::from_secs(1 << (failures - 1).min(20)).min(Duration::from_secs(300));
            let wait = backoff(&config, &peer, failures);
            assert!(wait <= full && wait >= full * 3 / 4, "{failures}: {wait:?}");
            assert_eq!(wait, backoff(&config, &peer, failures));
        }
        assert_ne!(backoff(&config, &peer, 9), backoff(&config, &someone(), 9));
    }

    #[test]
    fn a_reason_sets_the_least_wait() {
        let config = Config::new(someone(), PresetId::Mainnet);
        let wait = |reason, is_static| {
            least_wait(&config, Ended { reason, is_static, stable: false, near_fork: false }).as_secs()
        };
        let goodbye = GoneReason::Goodbye;
        assert_eq!(wait(goodbye(GoodbyeReason::SHUTDOWN), false), 0);
        assert_eq!(wait(goodbye(GoodbyeReason::TOO_MANY_PEERS), false), 600);
        assert_eq!(wait(goodbye(GoodbyeReason::IRRELEVANT_NETWORK), false), 4 * 3600);
        assert_eq!(wait(goodbye(GoodbyeReason::IRRELEVANT_NETWORK), true), 300);
        assert_eq!(wait(goodbye(GoodbyeReason::BANNED), false), 3600);
        assert_eq!(wait(GoneReason::Banned, true), 1800);
        assert_eq!(wait(GoneReason::Lost, false), 0);
    }
}
