//! How fast answers go out.
//!
//! The specification forbids to answer a fast requester with an error or to close its stream: whole chunks wait until
//! there is capacity. This is the clock of that waiting: token buckets of chunks and bytes for each peer and method,
//! and one of bytes for all peers together.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use cl_types::Method;
use libp2p_identity::PeerId;

use crate::bucket::{Bucket, Rate};
use crate::config::Quotas;

/// Most peers and methods remembered. 96 bytes each.
const MAX_ENTRIES: usize = 8192;
/// What the budget allows at once, in time.
const BUDGET_BURST: Duration = Duration::from_secs(1);

/// Why a chunk must wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wait {
    /// The peer has had its share of the method; until then.
    Quota(Instant),
    /// All peers together have had all there is; until then.
    Budget(Instant),
}

pub(crate) struct Limiter {
    quotas: Quotas,
    spent: HashMap<(PeerId, Method), Spent>,
    budget: Option<Rate>,
    spent_by_all: Bucket,
    /// Peers without any limit. What they get is not counted.
    exempt: HashSet<PeerId>,
}

#[derive(Clone, Copy, Default)]
struct Spent {
    chunks: Bucket,
    bytes: Bucket,
}

impl Spent {
    fn missing(self, now: Instant) -> Duration {
        self.chunks.missing(now).max(self.bytes.missing(now))
    }
}

impl Limiter {
    /// `budget` is in bytes per second.
    pub(crate) fn new(quotas: Quotas, budget: Option<u64>) -> Self {
        Self {
            quotas,
            spent: HashMap::new(),
            budget: budget.map(|amount| Rate { amount, per: BUDGET_BURST }),
            spent_by_all: Bucket::default(),
            exempt: HashSet::new(),
        }
    }

    /// False if nothing changes.
    pub(crate) fn exempt(&mut self, peer: PeerId, exempt: bool) -> bool {
        if exempt {
            self.spent.retain(|(p, _), _| *p != peer);
            self.exempt.insert(peer)
        } else {
            self.exempt.remove(&peer)
        }
    }

    pub(crate) fn is_exempt(&self, peer: &PeerId) -> bool {
        self.exempt.contains(peer)
    }

    /// Takes what one chunk of this many bytes costs, or says when to ask again. Then nothing has been taken.
    pub(crate) fn take(&mut self, peer: PeerId, method: Method, bytes: u64, now: Instant) -> Result<(), Wait> {
        if self.is_exempt(&peer) {
            return Ok(());
        }
        let quota = self.quotas.of(method);
        let quota = (!quota.is_unlimited()).then_some(quota);
        let mut spent = self.spent.get(&(peer, method)).copied().unwrap_or_default();
        if let Some(quota) = quota {
            let wait =
                spent.chunks.wait(quota.chunk_rate(), 1, now).max(spent.bytes.wait(quota.byte_rate(), bytes, now));
            if !wait.is_zero() {
                return Err(Wait::Quota(now + wait));
            }
        }
        if let Some(budget) = self.budget {
            let wait = self.spent_by_all.wait(budget, bytes, now);
            if !wait.is_zero() {
                return Err(Wait::Budget(now + wait));
            }
            self.spent_by_all.take(budget, bytes, now);
        }
        if let Some(quota) = quota {
            spent.chunks.take(quota.chunk_rate(), 1, now);
            spent.bytes.take(quota.byte_rate(), bytes, now);
            if self.spent.len() >= MAX_ENTRIES {
                self.make_room(now);
            }
            self.spent.insert((peer, method), spent);
        }
        Ok(())
    }

    fn make_room(&mut self, now: Instant) {
        self.spent.retain(|_, spent| !spent.missing(now).is_zero());
        if self.spent.len() >= MAX_ENTRIES {
            // More busy peers than anyone has: forget the one with the least debt.
            if let Some(least) = self.spent.iter().min_by_key(|(_, spent)| spent.missing(now)).map(|(key, _)| *key) {
                self.spent.remove(&least);
            }
        }
    }
}

#[cfg(test)]
mod tests;
