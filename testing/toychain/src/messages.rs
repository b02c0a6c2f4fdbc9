//! Messages that a judge of the chain accepts.

mod blocks;
mod operations;
mod payloads;
mod sidecars;
mod sync;
mod votes;

use bytes::Bytes;
use cl_types::containers::any::PartialDataColumnGroupID as GroupId;
use cl_types::containers::{BLSSignature, fulu, gloas};
use cl_types::{ForkName, Preset, Root, TopicKind};
use cl_validation::crypto::{Domain, signing_root};
use ssz::Encode;

use crate::{Chain, NEWEST};

pub(crate) use sync::light_client_updates;

impl<P: Preset> Chain<P> {
    /// The SSZ of a message for a topic, or `None` if the fork has no such topic. Subnets of topics that have some must be
    /// [`Chain::subnet_of`] the topic.
    #[must_use]
    pub fn message(&self, kind: TopicKind) -> Option<Bytes> {
        if !kind.is_live_in(self.fork) {
            return None;
        }
        let ssz = match kind {
            TopicKind::BeaconBlock => self.block(0).as_ssz_bytes(),
            TopicKind::BeaconAggregateAndProof => self.aggregates(0, 1).pop()?,
            TopicKind::BeaconAttestation(_) => self.attestations(&self.vote(0), 0, 1).pop()?,
            TopicKind::VoluntaryExit => self.exit(),
            TopicKind::ProposerSlashing => self.proposer_slashing(),
            TopicKind::AttesterSlashing => self.attester_slashing(),
            TopicKind::SyncCommitteeContributionAndProof => self.contributions(0, 1).pop()?,
            TopicKind::SyncCommittee(_) => self.sync_messages(1).pop()?.1,
            TopicKind::LightClientFinalityUpdate => self.light_client[0].to_vec(),
            TopicKind::LightClientOptimisticUpdate => self.light_client[1].to_vec(),
            TopicKind::BlsToExecutionChange => self.credential_change(),
            TopicKind::BlobSidecar(_) => self.blob_sidecar(),
            TopicKind::DataColumnSidecar(_) => self.columns().next()?,
            TopicKind::ExecutionPayloadBid => self.bid(),
            TopicKind::ExecutionPayload => self.envelope(),
            TopicKind::PayloadAttestationMessage => self.payload_vote(),
            TopicKind::ProposerPreferences => self.preferences(),
            TopicKind::InclusionList => self.inclusion_list(),
            _ => return None,
        };
        Some(ssz.into())
    }

    /// The subnet of the message that [`Chain::message`] makes: this kind with that subnet.
    #[must_use]
    pub fn subnet_of(&self, kind: TopicKind) -> TopicKind {
        match kind {
            TopicKind::BeaconAttestation(_) => TopicKind::BeaconAttestation(self.attestation_subnet(self.slot(), 0)),
            TopicKind::SyncCommittee(_) => TopicKind::SyncCommittee(0),
            TopicKind::BlobSidecar(_) => TopicKind::BlobSidecar(0),
            TopicKind::DataColumnSidecar(_) => TopicKind::DataColumnSidecar(0),
            kind => kind,
        }
    }

    /// A partial column with its group, since Fulu: all cells of column 0, and before Gloas the header.
    #[must_use]
    pub fn partial_column(&self) -> Option<(Bytes, Bytes)> {
        match self.fork {
            fork if fork < ForkName::Fulu => None,
            ForkName::Fulu => {
                let (group, sidecar) = self.partial_with_header();
                Some((group.as_ssz_bytes().into(), sidecar.as_ssz_bytes().into()))
            }
            _ => {
                let group = gloas::PartialDataColumnGroupID { beacon_block_root: NEWEST, slot: self.slot() };
                Some((group.as_ssz_bytes().into(), self.partial_with_block().as_ssz_bytes().into()))
            }
        }
    }

    /// How long the group of a partial column is, in bytes.
    #[must_use]
    pub fn group_id_len(&self) -> usize {
        match GroupId::from_ssz(self.fork, &[0; 32]) {
            Ok(_) => 32,
            Err(_) => 40,
        }
    }

    /// The signing root of an object in the current epoch.
    pub(crate) fn root_of(&self, domain: Domain, object: Root) -> Root {
        signing_root(object, domain.compute(self.config.fork(self.fork).version, self.genesis().validators_root))
    }

    pub(crate) fn sign(&self, signer: u64, domain: Domain, object: Root) -> BLSSignature {
        self.size.keys.of(signer).sign(self.root_of(domain, object))
    }
}

/// The group of a partial column before Gloas.
pub(crate) const fn group_of(root: Root) -> fulu::PartialDataColumnGroupID {
    fulu::PartialDataColumnGroupID { beacon_block_root: root }
}
