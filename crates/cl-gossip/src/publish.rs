//! What goes out: typed messages, how long one may wait for a peer, in which order many go out. No I/O, no clock.

mod order;
mod outbox;
mod typed;

use bytes::Bytes;
use cl_types::{ForkName, ForkSchedule, PresetId, Slot, TopicKind};

use crate::error::PublishError;
use crate::message_id::MessageId;
use crate::topic::Topic;

pub(crate) use self::order::rarest_first;
pub(crate) use self::outbox::{Kept, Outbox};
pub use self::typed::OnSubnet;

/// A container that travels on gossip. It knows its topic and the slot whose era it belongs to, so that the wall clock has
/// no say in where it is published.
pub trait Publishable {
    /// Its topic in a fork.
    fn topic_kind(&self, fork: ForkName) -> TopicKind;

    /// The slot whose era's digest its topic has: that of its block or vote, the attested one of a light client update, the
    /// proposal's of preferences. `None` for what belongs to no slot (exits, slashings, credential changes): the present.
    fn topic_slot(&self) -> Option<Slot>;

    /// The fork of its layout, where the type tells. It must be that of the slot.
    fn layout(&self) -> Option<ForkName> {
        None
    }

    /// Its SSZ.
    fn to_ssz(&self) -> Vec<u8>;
}

/// A message to be published, as bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// Its topic.
    pub kind: TopicKind,
    /// The slot whose era's digest the topic has, see [`Publishable::topic_slot`].
    pub slot: Option<Slot>,
    /// Uncompressed SSZ.
    pub ssz: Bytes,
}

impl Outgoing {
    /// A message as bytes, for the topic of its own slot, or of `now` if it has none. The layout of another fork than the one
    /// of that slot is refused.
    pub fn new<M: Publishable>(message: &M, schedule: &ForkSchedule, now: Slot) -> Result<Self, PublishError> {
        let slot = message.topic_slot();
        let fork = schedule.at_slot(slot.unwrap_or(now)).fork;
        if let Some(layout) = message.layout()
            && layout != fork
        {
            return Err(PublishError::WrongFork { layout, fork });
        }
        Ok(Self { kind: message.topic_kind(fork), slot, ssz: message.to_ssz().into() })
    }
}

/// A message that was published, or waits for a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Published {
    /// Its id.
    pub id: MessageId,
    /// Where.
    pub topic: Topic,
    /// For how many peers the message was queued: with flood publishing all that are on the topic and not below the
    /// publishing threshold of scores, else those of them in the mesh, filled up to eight. The router does not tell
    /// if the queues of *some* were full, or if messages wait there for too long: that comes as
    /// [`Event::SlowPeer`](crate::Event::SlowPeer). 0 if there is no such peer and the message waits for one.
    pub peers: usize,
}

/// The last slot in which a message is worth sending. `slot` is its own, `now` the present one.
///
/// | messages | last slot |
/// | --- | --- |
/// | blocks, payloads, blobs, columns | the one after their own: the next proposer builds on them |
/// | votes, aggregates | one epoch after their own: the range in which every fork still forwards them |
/// | sync committee, payload votes, bids, inclusion lists | their own: nobody forwards them later |
/// | proposer preferences | their proposal's |
/// | light client updates | the one after the present: newer ones replace them |
/// | exits, slashings, credential changes | two epochs from now: then they may be published again anyhow |
#[must_use]
pub fn last_slot(kind: TopicKind, slot: Option<Slot>, now: Slot, preset: PresetId) -> Slot {
    let own = slot.unwrap_or(now);
    let epoch = preset.slots_per_epoch();
    match kind {
        TopicKind::BeaconBlock
        | TopicKind::ExecutionPayload
        | TopicKind::BlobSidecar(_)
        | TopicKind::DataColumnSidecar(_) => own.saturating_add(1),
        TopicKind::BeaconAttestation(_) | TopicKind::BeaconAggregateAndProof => own.saturating_add(epoch),
        TopicKind::LightClientFinalityUpdate | TopicKind::LightClientOptimisticUpdate => now.saturating_add(1),
        TopicKind::VoluntaryExit
        | TopicKind::ProposerSlashing
        | TopicKind::AttesterSlashing
        | TopicKind::BlsToExecutionChange => now.saturating_add(2 * epoch),
        _ => own,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_message_waits_as_long_as_it_is_worth_something() {
        let last = |kind, slot: Option<u64>| last_slot(kind, slot.map(Slot), Slot(100), PresetId::Mainnet).0;
        for (kind, slot, expected) in [
            (TopicKind::BeaconBlock, Some(100), 101),
            (TopicKind::BeaconBlock, Some(98), 99),
            (TopicKind::DataColumnSidecar(3), Some(100), 101),
            (TopicKind::ExecutionPayload, Some(100), 101),
            (TopicKind::BeaconAttestation(3), Some(99), 131),
            (TopicKind::BeaconAggregateAndProof, Some(100), 132),
            (TopicKind::SyncCommittee(1), Some(100), 100),
            (TopicKind::SyncCommitteeContributionAndProof, Some(100), 100),
            (TopicKind::PayloadAttestationMessage, Some(100), 100),
            (TopicKind::ProposerPreferences, Some(150), 150),
            (TopicKind::LightClientFinalityUpdate, Some(60), 101),
            (TopicKind::VoluntaryExit, None, 164),
            (TopicKind::BeaconBlock, Some(u64::MAX), u64::MAX),
        ] {
            assert_eq!(last(kind, slot), expected, "{kind}");
        }
    }
}
