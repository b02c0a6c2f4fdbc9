//! The structural check: what a message says of itself.

use std::collections::{HashSet, VecDeque};

use cl_gossip::Message;
use cl_types::containers::{self, FirstSeen, NotStructured};
use cl_types::{ForkEntry, PresetId, Slot, SlotClock, TopicKind};
use cl_validation::{Ignore, Reject};

use super::{Held, Verdict};

/// The structural check: no chain, no signatures. Holds at most [`SEEN_CAPACITY`] keys, some 64 bytes each.
///
/// Without signatures a made-up message can take the place of the real one under its first-seen key. That is why named
/// public networks are not relayed at this level.
#[derive(Debug)]
pub(crate) struct StructuralCheck {
    preset: PresetId,
    clock: SlotClock,
    seen: HashSet<FirstSeen>,
    order: VecDeque<FirstSeen>,
}

/// How many accepted messages are remembered for the first-seen rule.
pub(crate) const SEEN_CAPACITY: usize = 1 << 17;

/// Blocks and columns older than this many slots are not forwarded.
const BLOCK_WINDOW_SLOTS: u64 = 32;

impl StructuralCheck {
    pub(crate) fn new(preset: PresetId, clock: SlotClock) -> Self {
        Self { preset, clock, seen: HashSet::new(), order: VecDeque::new() }
    }

    /// Judges a message at `now_ms`. `era` is the one that its slot belongs to, looked up by `era_of`.
    pub(crate) fn judge<'a>(
        &mut self,
        message: &Message,
        now_ms: u64,
        era_of: impl Fn(cl_types::Slot) -> &'a ForkEntry,
    ) -> Verdict {
        let kind = message.topic.kind;
        let facts = match containers::decodes(kind, message.fork, self.preset, &message.ssz) {
            Ok(facts) => facts,
            Err(NotStructured::Unsupported { .. }) => return Verdict::Ignore(Ignore::Unsupported),
            Err(_) => return Verdict::Reject(Reject::Malformed),
        };
        if let (Some(topic), Some(message)) = (kind.subnet(), facts.subnet)
            && topic != message
        {
            return Verdict::Reject(Reject::WrongSubnet);
        }
        if let Some(slot) = facts.slot {
            if self.clock.is_future(slot, now_ms) {
                return Verdict::Ignore(Ignore::FutureSlot);
            }
            if !is_in_window(kind, slot, self.preset, &self.clock, now_ms) {
                return Verdict::Held(Held::Past);
            }
            if era_of(slot).digest != message.topic.digest {
                return Verdict::Held(Held::WrongFork);
            }
        }
        self.first_seen(facts.dedup)
    }

    fn first_seen(&mut self, key: Option<FirstSeen>) -> Verdict {
        let Some(key) = key else { return Verdict::Accept };
        if !self.seen.insert(key) {
            return Verdict::Ignore(Ignore::Seen);
        }
        self.order.push_back(key);
        if self.order.len() > SEEN_CAPACITY
            && let Some(oldest) = self.order.pop_front()
        {
            self.seen.remove(&oldest);
        }
        Verdict::Accept
    }
}

/// True if a message of this slot, which has begun, may still be forwarded.
pub(crate) fn is_in_window(kind: TopicKind, slot: Slot, preset: PresetId, clock: &SlotClock, now_ms: u64) -> bool {
    window(kind, slot, preset).is_none_or(|slots| clock.is_in_range(slot, slots, now_ms))
}

/// How many slots after its own a message may still be forwarded; `None` where its slot says nothing about its age.
fn window(kind: TopicKind, slot: Slot, preset: PresetId) -> Option<u64> {
    let per_epoch = preset.slots_per_epoch();
    match kind {
        TopicKind::SyncCommittee(_) | TopicKind::SyncCommitteeContributionAndProof => Some(0),
        // To the end of the next epoch.
        TopicKind::BeaconAttestation(_) | TopicKind::BeaconAggregateAndProof => {
            Some((2 * per_epoch).saturating_sub(slot.0 % per_epoch).saturating_sub(1))
        }
        // Named by the attested slot, which may lie far back.
        TopicKind::LightClientFinalityUpdate | TopicKind::LightClientOptimisticUpdate => None,
        _ => Some(BLOCK_WINDOW_SLOTS),
    }
}
