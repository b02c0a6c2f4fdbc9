//! What is checked before a gossip message is forwarded.

use std::collections::{HashSet, VecDeque};
use std::fmt;
use std::str::FromStr;

use cl_gossip::{Message, Verdict};
use cl_types::containers::{self, FirstSeen, NotStructured};
use cl_types::{ForkEntry, PresetId, SlotClock, TopicKind};

/// How much a node checks before it forwards a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RelayLevel {
    /// Forwards nothing: every message is ignored after it was delivered to the subscriber.
    None,
    /// Decodes, has the right size, lies in its slot window and on its subnet, and is the first of its kind.
    Structure,
}

impl fmt::Display for RelayLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Structure => "structure",
        })
    }
}

/// A relay level that does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected none or structure")]
pub struct UnknownRelayLevel;

impl FromStr for RelayLevel {
    type Err = UnknownRelayLevel;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "none" => Ok(Self::None),
            "structure" => Ok(Self::Structure),
            _ => Err(UnknownRelayLevel),
        }
    }
}

/// Why a message was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Refusal {
    /// The relay level forwards nothing.
    #[error("this node forwards nothing")]
    RelayOff,
    /// Not the SSZ of its topic.
    #[error("it is not the SSZ of its topic")]
    Undecodable,
    /// This build has no container for the topic in that fork.
    #[error("this build cannot judge the topic")]
    Unsupported,
    /// Its slot has not begun.
    #[error("its slot has not begun")]
    Future,
    /// Its slot is over.
    #[error("its slot is over")]
    Past,
    /// Its digest is not the one of its slot.
    #[error("its slot belongs to another fork than its topic")]
    WrongFork,
    /// It names another subnet than its topic.
    #[error("it belongs on another subnet")]
    WrongSubnet,
    /// Another message of the same origin was accepted before.
    #[error("another one of its kind was accepted before")]
    AlreadySeen,
}

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
    ) -> (Verdict, Option<Refusal>) {
        let kind = message.topic.kind;
        let facts = match containers::decodes(kind, message.fork, self.preset, &message.ssz) {
            Ok(facts) => facts,
            Err(NotStructured::Unsupported { .. }) => return ignore(Refusal::Unsupported),
            Err(_) => return (Verdict::Reject, Some(Refusal::Undecodable)),
        };
        if let (Some(topic), Some(message)) = (kind.subnet(), facts.subnet)
            && topic != message
        {
            return (Verdict::Reject, Some(Refusal::WrongSubnet));
        }
        if let Some(slot) = facts.slot {
            if self.clock.is_future(slot, now_ms) {
                return ignore(Refusal::Future);
            }
            if let Some(slots) = self.window(kind, slot)
                && !self.clock.is_in_range(slot, slots, now_ms)
            {
                return ignore(Refusal::Past);
            }
            if era_of(slot).digest != message.topic.digest {
                return ignore(Refusal::WrongFork);
            }
        }
        self.first_seen(facts.dedup)
    }

    /// How many slots after its own a message may still be forwarded; `None` where its slot says nothing about its age.
    fn window(&self, kind: TopicKind, slot: cl_types::Slot) -> Option<u64> {
        let per_epoch = self.preset.slots_per_epoch();
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

    fn first_seen(&mut self, key: Option<FirstSeen>) -> (Verdict, Option<Refusal>) {
        let Some(key) = key else { return (Verdict::Accept, None) };
        if !self.seen.insert(key) {
            return ignore(Refusal::AlreadySeen);
        }
        self.order.push_back(key);
        if self.order.len() > SEEN_CAPACITY
            && let Some(oldest) = self.order.pop_front()
        {
            self.seen.remove(&oldest);
        }
        (Verdict::Accept, None)
    }
}

const fn ignore(why: Refusal) -> (Verdict, Option<Refusal>) {
    (Verdict::Ignore, Some(why))
}
