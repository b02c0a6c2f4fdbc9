//! The rules, one file for each topic. A comment before each check says what must hold and the verdict where it does not.
//!
//! Rules that look at the message, the clock, earlier messages and proofs come first; those that ask the chain come after
//! [`Context::chain`](crate::rules::Context::chain); signatures and KZG proofs are only collected, and checked last. The
//! specification mixes them: where two rules are broken at once, the verdict may be the other rule's. Among the rules that
//! ask the chain, the order is that of the specification, signatures and proofs apart.

mod aggregate;
mod attestation;
mod attester_slashing;
mod blob_sidecar;
mod block;
mod bls_to_execution_change;
mod column;
mod contribution;
mod envelope;
mod inclusion_list;
mod light_client;
pub(crate) mod partial_column;
mod payload_attestation;
mod payload_bid;
mod preferences;
mod proposer_slashing;
mod sync_message;
mod voluntary_exit;
mod votes;

use bytes::Bytes;
use cl_types::containers::any;
use cl_types::{DecodeShared, Preset, TopicKind};

use crate::judge::decoded;
use crate::reason::Ignore;
use crate::rules::{Context, Draft, Rule};

/// Decodes a message and applies the rules of its topic.
pub(crate) fn rules<P: Preset>(cx: &Context<'_>, kind: TopicKind, ssz: &Bytes, draft: &mut Draft) -> Rule {
    /// Decodes a container that has the same layout in every fork.
    fn read<T: DecodeShared>(ssz: &Bytes) -> Rule<T> {
        decoded(T::from_ssz(ssz))
    }

    let fork = cx.fork;
    match kind {
        TopicKind::BeaconBlock => {
            block::rules::<P>(cx, &decoded(any::SignedBeaconBlock::from_ssz_shared(fork, ssz))?, draft)
        }
        TopicKind::BeaconAggregateAndProof => {
            aggregate::rules::<P>(cx, &decoded(any::SignedAggregateAndProof::from_ssz_shared(fork, ssz))?, draft)
        }
        TopicKind::BeaconAttestation(subnet) => attestation::rules(cx, subnet, ssz, draft),
        TopicKind::VoluntaryExit => voluntary_exit::rules(cx, &read(ssz)?, draft),
        TopicKind::ProposerSlashing => proposer_slashing::rules(cx, &read(ssz)?, draft),
        TopicKind::AttesterSlashing => {
            attester_slashing::rules::<P>(cx, &decoded(any::AttesterSlashing::from_ssz_shared(fork, ssz))?, draft)
        }
        TopicKind::SyncCommittee(subnet) => sync_message::rules(cx, subnet, &read(ssz)?, draft),
        TopicKind::SyncCommitteeContributionAndProof => contribution::rules::<P>(cx, &read(ssz)?, draft),
        TopicKind::LightClientFinalityUpdate => {
            let update = decoded(any::LightClientFinalityUpdate::<P>::from_ssz_shared(fork, ssz))?;
            light_client::finality(cx, &update, ssz, draft)
        }
        TopicKind::LightClientOptimisticUpdate => {
            let update = decoded(any::LightClientOptimisticUpdate::<P>::from_ssz_shared(fork, ssz))?;
            light_client::optimistic(cx, &update, ssz, draft)
        }
        TopicKind::BlsToExecutionChange => bls_to_execution_change::rules(cx, &read(ssz)?, draft),
        TopicKind::BlobSidecar(subnet) => blob_sidecar::rules(cx, subnet, &read(ssz)?, draft),
        TopicKind::DataColumnSidecar(subnet) => {
            column::rules(cx, subnet, &decoded(any::DataColumnSidecar::from_ssz_shared(fork, ssz))?, draft)
        }
        TopicKind::ExecutionPayloadBid => {
            payload_bid::rules(cx, &decoded(any::SignedExecutionPayloadBid::from_ssz_shared(fork, ssz))?, draft)
        }
        TopicKind::ExecutionPayload => envelope::rules::<P>(cx, &read(ssz)?, draft),
        TopicKind::PayloadAttestationMessage => payload_attestation::rules(cx, &read(ssz)?, draft),
        TopicKind::ProposerPreferences => preferences::rules(cx, &read(ssz)?, draft),
        TopicKind::InclusionList => inclusion_list::rules(cx, &read(ssz)?, draft),
        _ => Err(Ignore::Unsupported.into()),
    }
}
