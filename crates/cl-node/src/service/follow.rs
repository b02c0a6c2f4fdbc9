//! Keeping a chain of ours near those of the others: the blocks that gossip did not bring.

use std::time::{Duration, Instant};

use cl_peers::State;
use cl_rpc::{Ask, Chunk, RequestId};
use cl_types::{Slot, TopicKind};
use libp2p::PeerId;

use super::Service;
use super::rpc::Pending;
use crate::ask::BlocksByRange;
use crate::clock::unix_ms;
use crate::pool::{Case, Origin};

/// Between the end of one request and the next. In it the blocks of the last answer are judged.
const PAUSE: Duration = Duration::from_secs(1);
/// Most blocks that are asked for at a time.
const MOST: u64 = 64;
/// How far back a request goes when nothing came up to now: perhaps our newest blocks are on a branch that was left.
const STEP_BACK: u64 = 32;

/// Where we stand with asking.
#[derive(Debug, Default)]
pub(crate) struct Follow {
    running: Option<RequestId>,
    /// When the last request ended.
    ended: Option<Instant>,
    asked: Option<Asked>,
    /// Whose turn it is.
    turn: usize,
}

/// The last request.
#[derive(Clone, Copy, Debug)]
struct Asked {
    /// Our newest block then.
    head: Slot,
    /// The slot after the last one that was asked for.
    end: Slot,
}

impl Follow {
    /// The first slot to ask for, and whether there is reason to wait before that for a slot.
    fn first(&self, head: Slot, current: Slot) -> (Slot, bool) {
        match self.asked.filter(|asked| asked.head == head) {
            // Empty slots: further on.
            Some(asked) if asked.end < current => (asked.end, false),
            Some(_) => (head.saturating_sub(STEP_BACK).max(Slot(1)), true),
            None => (head.saturating_add(1), false),
        }
    }
}

impl Service {
    /// Asks a peer for the blocks that are missing before the current slot, if there are any.
    pub(super) fn follow(&mut self, now: Instant) {
        let Some(head) = self.pool.as_ref().and_then(|pool| pool.numbers().head) else { return };
        if self.follow.running.is_some_and(|id| self.requests.contains_key(&id)) {
            return;
        }
        if self.follow.running.take().is_some() {
            self.follow.ended = Some(now);
        }
        let current = self.clock.slot_or_genesis(unix_ms());
        let (first, waits) = self.follow.first(head, current);
        let pause = if waits { PAUSE.max(Duration::from_millis(self.clock.slot_ms())) } else { PAUSE };
        let is_early = self.follow.ended.is_some_and(|ended| now.saturating_duration_since(ended) < pause);
        if is_early || head.saturating_add(1) >= current {
            return;
        }
        let mut ready = self.manager.connected_peers(now);
        ready.retain(|peer| peer.state == State::Ready);
        let turn = self.follow.turn.checked_rem(ready.len());
        let Some(peer) = turn.and_then(|turn| ready.get(turn)).map(|info| info.peer) else { return };
        // The current slot's block comes by gossip.
        let count = current.0.saturating_sub(first.0).min(MOST);
        let ask = BlocksByRange::new(first, count);
        let Ok(request) = ask.request(&self.schedule, current) else { return };
        self.follow.turn = self.follow.turn.wrapping_add(1);
        self.follow.asked = Some(Asked { head, end: first.saturating_add(count) });
        tracing::debug!(%peer, %first, count, "asked for blocks that are missing");
        self.follow.running = Some(self.send(peer, request, Pending::Follow));
    }

    /// Has a block judged that was asked for.
    pub(super) fn on_followed(&mut self, peer: PeerId, chunk: Chunk) {
        let Some(era) = chunk.fork else { return };
        let topic = cl_gossip::Topic { digest: era.digest, kind: TopicKind::BeaconBlock };
        let (received_ms, received_at) = (unix_ms(), Instant::now());
        let origin = Origin::Answer { peer };
        self.submit(Case { origin, topic, fork: era.fork, ssz: chunk.ssz, received_ms, received_at });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_goes_on_over_empty_slots_and_back_where_it_is_stuck() {
        let mut follow = Follow::default();
        assert_eq!(follow.first(Slot(0), Slot(200)), (Slot(1), false));
        follow.asked = Some(Asked { head: Slot(0), end: Slot(65) });
        assert_eq!(follow.first(Slot(0), Slot(200)), (Slot(65), false));
        // Something came.
        assert_eq!(follow.first(Slot(70), Slot(200)), (Slot(71), false));
        follow.asked = Some(Asked { head: Slot(198), end: Slot(200) });
        assert_eq!(follow.first(Slot(198), Slot(200)), (Slot(166), true));
    }
}
