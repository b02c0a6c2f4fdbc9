//! The containers that travel on gossip.

use cl_types::containers::{any, deneb, electra, gloas, heze, phase0};
use cl_types::subnets::{blob_subnet, column_subnet};
use cl_types::{ForkName, Preset, Slot, TopicKind};
use ssz::Encode;

use super::Publishable;

/// A message of which only the author knows the subnet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnSubnet<M> {
    /// The subnet.
    pub subnet: u64,
    /// The message.
    pub message: M,
}

/// Implements for a container: its topic, its slot, and whether it carries its fork.
macro_rules! publishable {
    ($type:ty $(, $p:ident)?; $kind:expr; |$it:ident| $slot:expr $(; $layout:ident)?) => {
        impl $(<$p: Preset>)? Publishable for $type {
            fn topic_kind(&self, fork: ForkName) -> TopicKind {
                #[allow(clippy::redundant_closure_call, reason = "some look at themselves")]
                $kind(self, fork)
            }

            fn topic_slot(&self) -> Option<Slot> {
                let $it = self;
                $slot
            }

            $(fn $layout(&self) -> Option<ForkName> {
                Some(self.fork())
            })?

            fn to_ssz(&self) -> Vec<u8> {
                self.as_ssz_bytes()
            }
        }
    };
}

/// Implements for a message with a subnet: its topic, its slot.
macro_rules! on_subnet {
    ($type:ty; $kind:ident; |$it:ident| $slot:expr) => {
        impl Publishable for OnSubnet<$type> {
            fn topic_kind(&self, _: ForkName) -> TopicKind {
                TopicKind::$kind(self.subnet)
            }

            fn topic_slot(&self) -> Option<Slot> {
                let $it = &self.message;
                Some($slot)
            }

            fn to_ssz(&self) -> Vec<u8> {
                self.message.as_ssz_bytes()
            }
        }
    };
}

publishable!(any::SignedBeaconBlock<P>, P; |_: &Self, _| TopicKind::BeaconBlock; |block| Some(block.slot()); layout);
publishable!(
    any::SignedAggregateAndProof<P>, P;
    |_: &Self, _| TopicKind::BeaconAggregateAndProof;
    |signed| Some(signed.data().slot);
    layout
);
publishable!(
    any::DataColumnSidecar;
    |it: &Self, _| TopicKind::DataColumnSidecar(column_subnet(it.index()));
    |sidecar| Some(sidecar.slot());
    layout
);
publishable!(
    deneb::BlobSidecar;
    // Without blob subnets the topic does not exist, which whoever publishes finds out.
    |it: &Self, fork| TopicKind::BlobSidecar(blob_subnet(it.index, fork).unwrap_or(it.index));
    |sidecar| Some(sidecar.signed_block_header.message.slot)
);
publishable!(phase0::SignedVoluntaryExit; |_: &Self, _| TopicKind::VoluntaryExit; |_exit| None);
publishable!(phase0::ProposerSlashing; |_: &Self, _| TopicKind::ProposerSlashing; |_slashing| None);
publishable!(any::AttesterSlashing<P>, P; |_: &Self, _| TopicKind::AttesterSlashing; |_slashing| None);
publishable!(
    electra::SignedBLSToExecutionChange;
    |_: &Self, _| TopicKind::BlsToExecutionChange;
    |_change| None
);
publishable!(
    electra::SignedContributionAndProof<P>, P;
    |_: &Self, _| TopicKind::SyncCommitteeContributionAndProof;
    |signed| Some(signed.message.contribution.slot)
);
publishable!(
    any::LightClientFinalityUpdate<P>, P;
    |_: &Self, _| TopicKind::LightClientFinalityUpdate;
    |update| Some(update.attested_header().slot);
    layout
);
publishable!(
    any::LightClientOptimisticUpdate<P>, P;
    |_: &Self, _| TopicKind::LightClientOptimisticUpdate;
    |update| Some(update.attested_header().slot);
    layout
);
publishable!(
    any::SignedExecutionPayloadBid;
    |_: &Self, _| TopicKind::ExecutionPayloadBid;
    |bid| Some(bid.slot());
    layout
);
publishable!(
    gloas::SignedExecutionPayloadEnvelope;
    |_: &Self, _| TopicKind::ExecutionPayload;
    |signed| Some(Slot(signed.message.payload.slot_number))
);
publishable!(
    gloas::PayloadAttestationMessage;
    |_: &Self, _| TopicKind::PayloadAttestationMessage;
    |vote| Some(vote.data.slot)
);
publishable!(
    gloas::SignedProposerPreferences;
    |_: &Self, _| TopicKind::ProposerPreferences;
    |signed| Some(signed.message.proposal_slot)
);
publishable!(heze::SignedInclusionList; |_: &Self, _| TopicKind::InclusionList; |list| Some(list.message.slot));

on_subnet!(phase0::Attestation; BeaconAttestation; |vote| vote.data.slot);
on_subnet!(electra::SingleAttestation; BeaconAttestation; |vote| vote.data.slot);
on_subnet!(electra::SyncCommitteeMessage; SyncCommittee; |message| message.slot);

#[cfg(test)]
mod tests {
    use cl_types::Minimal;
    use cl_types::containers::{SingleAttestation, fulu};

    use super::*;

    #[test]
    fn a_message_names_its_own_topic_slot_and_fork() {
        let mut block = fulu::SignedBeaconBlock::<Minimal>::default();
        block.message.slot = Slot(9);
        let block = any::SignedBeaconBlock::Fulu(block);
        assert_eq!(block.topic_kind(ForkName::Fulu), TopicKind::BeaconBlock);
        assert_eq!((block.topic_slot(), block.layout()), (Some(Slot(9)), Some(ForkName::Fulu)));
        assert_eq!(block.to_ssz(), block.as_ssz_bytes());

        let mut column = fulu::DataColumnSidecar { index: 130, ..fulu::DataColumnSidecar::default() };
        column.signed_block_header.message.slot = Slot(10);
        let column = any::DataColumnSidecar::Fulu(column);
        assert_eq!(column.topic_kind(ForkName::Fulu), TopicKind::DataColumnSidecar(2));
        assert_eq!(column.topic_slot(), Some(Slot(10)));

        let mut message = SingleAttestation::default();
        message.data.slot = Slot(11);
        let vote = OnSubnet { subnet: 7, message };
        assert_eq!(vote.topic_kind(ForkName::Fulu), TopicKind::BeaconAttestation(7));
        assert_eq!((vote.topic_slot(), vote.layout(), vote.to_ssz().len()), (Some(Slot(11)), None, 240));

        let blob = deneb::BlobSidecar { index: 8, ..deneb::BlobSidecar::default() };
        assert_eq!(blob.topic_kind(ForkName::Deneb), TopicKind::BlobSidecar(2));
        assert_eq!(blob.topic_kind(ForkName::Electra), TopicKind::BlobSidecar(8));
        assert_eq!(phase0::SignedVoluntaryExit::default().topic_slot(), None);
    }
}
