//! Whom to dial, and how fast.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use libp2p_identity::PeerId;

use crate::config::Config;
use crate::peerdb::Table;

/// The rate limit is per this window: never more dials in any stretch of this length.
const WINDOW: Duration = Duration::from_secs(1);

/// The dials of the last second.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    recent: VecDeque<Instant>,
}

impl Pace {
    fn room(&mut self, limit: usize, now: Instant) -> usize {
        while self.recent.front().is_some_and(|at| now.saturating_duration_since(*at) > WINDOW) {
            self.recent.pop_front();
        }
        limit.saturating_sub(self.recent.len())
    }

    pub(crate) fn note(&mut self, now: Instant) {
        self.recent.push_back(now);
    }
}

/// The peers to dial now. Static ones come first and do not ask for room among the peers; then who waited longest.
pub(crate) fn choose(config: &Config, table: &Table, pace: &mut Pace, now: Instant) -> Vec<PeerId> {
    let under_way = table.iter().filter(|(_, peer)| peer.dialing.is_some()).count();
    let slots = pace.room(config.dials_per_second, now).min(config.max_dialing.saturating_sub(under_way));
    if slots == 0 {
        return Vec::new();
    }
    let promised = table.iter().filter(|(_, peer)| peer.dialing.is_some() && peer.session.is_none()).count();
    let wanted = config.target_peers.saturating_sub(table.active()).saturating_sub(promised);
    let mut candidates: Vec<_> = table
        .iter()
        .filter(|(_, peer)| (peer.is_static || wanted > 0) && peer.is_dialable(config, now))
        .map(|(id, peer)| (!peer.is_static, peer.retry.not_before().unwrap_or(peer.last_seen), *id))
        .collect();
    candidates.sort_unstable();
    let statics = candidates.iter().take_while(|(stranger, ..)| !stranger).count().min(slots);
    let strangers = wanted.saturating_sub(statics);
    candidates.into_iter().map(|(.., id)| id).take(slots.min(statics.saturating_add(strangers))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_second_holds_more_than_the_limit() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut pace = Pace::default();
        for ms in [0, 0, 300, 900] {
            assert!(pace.room(4, at(ms)) > 0);
            pace.note(at(ms));
        }
        assert_eq!(pace.room(4, at(1000)), 0);
        assert_eq!(pace.room(4, at(1001)), 2);
        assert_eq!(pace.room(4, at(5000)), 4);
    }
}
