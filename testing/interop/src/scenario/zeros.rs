//! The smallest message of each topic: SSZ that every client must decode, without any meaning.

use cl_types::containers::{altair, capella, deneb, electra, fulu, gloas};
use cl_types::{ForkName, Minimal, TopicKind};
use ssz::Encode;

/// The default value of a topic's container in a fork from Electra to Gloas, on its own subnet. `None` for blocks, which
/// are judged in full, and for topics that no such fork has.
pub(crate) fn smallest(kind: TopicKind, fork: ForkName) -> Option<Vec<u8>> {
    use TopicKind as T;
    let gloas = fork >= ForkName::Gloas;
    Some(match kind {
        T::BeaconAggregateAndProof if gloas => zero::<gloas::SignedAggregateAndProof<Minimal>>(),
        T::BeaconAggregateAndProof => zero::<electra::SignedAggregateAndProof<Minimal>>(),
        T::BeaconAttestation(_) => zero::<electra::SingleAttestation>(),
        T::VoluntaryExit => zero::<electra::SignedVoluntaryExit>(),
        T::ProposerSlashing => zero::<electra::ProposerSlashing>(),
        T::AttesterSlashing if gloas => zero::<gloas::AttesterSlashing>(),
        T::AttesterSlashing => zero::<electra::AttesterSlashing<Minimal>>(),
        T::SyncCommitteeContributionAndProof => zero::<altair::SignedContributionAndProof<Minimal>>(),
        T::SyncCommittee(_) => zero::<altair::SyncCommitteeMessage>(),
        T::LightClientFinalityUpdate if gloas => zero::<gloas::LightClientFinalityUpdate<Minimal>>(),
        T::LightClientFinalityUpdate => zero::<electra::LightClientFinalityUpdate<Minimal>>(),
        T::LightClientOptimisticUpdate if gloas => zero::<gloas::LightClientOptimisticUpdate<Minimal>>(),
        T::LightClientOptimisticUpdate => zero::<deneb::LightClientOptimisticUpdate<Minimal>>(),
        T::BlsToExecutionChange => zero::<capella::SignedBLSToExecutionChange>(),
        T::BlobSidecar(index) => deneb::BlobSidecar { index, ..Default::default() }.as_ssz_bytes(),
        T::DataColumnSidecar(index) if gloas => gloas::DataColumnSidecar { index, ..Default::default() }.as_ssz_bytes(),
        T::DataColumnSidecar(index) => fulu::DataColumnSidecar { index, ..Default::default() }.as_ssz_bytes(),
        T::ExecutionPayloadBid => zero::<gloas::SignedExecutionPayloadBid>(),
        T::ExecutionPayload => zero::<gloas::SignedExecutionPayloadEnvelope>(),
        T::PayloadAttestationMessage => zero::<gloas::PayloadAttestationMessage>(),
        T::ProposerPreferences => zero::<gloas::SignedProposerPreferences>(),
        _ => return None,
    })
}

fn zero<T: Default + Encode>() -> Vec<u8> {
    T::default().as_ssz_bytes()
}
