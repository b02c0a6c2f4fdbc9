//! Votes.

use bytes::Bytes;
use ssz::{DecodeError, Encode};
use tree_hash::TreeHash;

use super::by_fork;
use crate::containers::{
    AttestationData, BLSSignature, ValidatorIndex, altair, bellatrix, capella, deneb, electra, fulu, gloas, heze,
    phase0,
};
use crate::decode::{Error, Field, Part};
use crate::fork::ForkName;
use crate::on_fork;
use crate::preset::Preset;
use crate::primitives::Root;

/// `Attestation` of any fork, as it stands in blocks and aggregates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attestation<P: Preset> {
    /// Of Phase0.
    Phase0(phase0::Attestation),
    /// Of Altair.
    Altair(altair::Attestation),
    /// Of Bellatrix.
    Bellatrix(bellatrix::Attestation),
    /// Of Capella.
    Capella(capella::Attestation),
    /// Of Deneb.
    Deneb(deneb::Attestation),
    /// Of Electra.
    Electra(electra::Attestation<P>),
    /// Of Fulu.
    Fulu(fulu::Attestation<P>),
    /// Of Gloas.
    Gloas(gloas::Attestation<P>),
    /// Of Heze.
    Heze(heze::Attestation<P>),
}

by_fork!(Attestation<P> since Phase0 [Phase0 Altair Bellatrix Capella Deneb Electra Fulu Gloas Heze]);

impl<P: Preset> Attestation<P> {
    /// The vote.
    #[must_use]
    pub const fn data(&self) -> &AttestationData {
        on_fork!(Attestation since Phase0, self, attestation => &attestation.data)
    }

    /// Aggregate of the signatures.
    #[must_use]
    pub const fn signature(&self) -> &BLSSignature {
        on_fork!(Attestation since Phase0, self, attestation => &attestation.signature)
    }
}

/// `SignedAggregateAndProof` of any fork.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignedAggregateAndProof<P: Preset> {
    /// Of Phase0.
    Phase0(phase0::SignedAggregateAndProof),
    /// Of Altair.
    Altair(altair::SignedAggregateAndProof),
    /// Of Bellatrix.
    Bellatrix(bellatrix::SignedAggregateAndProof),
    /// Of Capella.
    Capella(capella::SignedAggregateAndProof),
    /// Of Deneb.
    Deneb(deneb::SignedAggregateAndProof),
    /// Of Electra.
    Electra(electra::SignedAggregateAndProof<P>),
    /// Of Fulu.
    Fulu(fulu::SignedAggregateAndProof<P>),
    /// Of Gloas.
    Gloas(gloas::SignedAggregateAndProof<P>),
    /// Of Heze.
    Heze(heze::SignedAggregateAndProof<P>),
}

by_fork!(SignedAggregateAndProof<P> since Phase0 [Phase0 Altair Bellatrix Capella Deneb Electra Fulu Gloas Heze]);

impl<P: Preset> SignedAggregateAndProof<P> {
    /// The aggregator.
    #[must_use]
    pub const fn aggregator_index(&self) -> ValidatorIndex {
        on_fork!(SignedAggregateAndProof since Phase0, self, signed => signed.message.aggregator_index)
    }

    /// The vote.
    #[must_use]
    pub const fn data(&self) -> &AttestationData {
        on_fork!(SignedAggregateAndProof since Phase0, self, signed => &signed.message.aggregate.data)
    }
}

/// `AttesterSlashing` of any fork.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttesterSlashing<P: Preset> {
    /// Of Phase0.
    Phase0(phase0::AttesterSlashing),
    /// Of Altair.
    Altair(altair::AttesterSlashing),
    /// Of Bellatrix.
    Bellatrix(bellatrix::AttesterSlashing),
    /// Of Capella.
    Capella(capella::AttesterSlashing),
    /// Of Deneb.
    Deneb(deneb::AttesterSlashing),
    /// Of Electra.
    Electra(electra::AttesterSlashing<P>),
    /// Of Fulu.
    Fulu(fulu::AttesterSlashing<P>),
    /// Of Gloas.
    Gloas(gloas::AttesterSlashing),
    /// Of Heze.
    Heze(heze::AttesterSlashing),
}

by_fork!(AttesterSlashing<P> since Phase0 [Phase0 Altair Bellatrix Capella Deneb Electra Fulu Gloas Heze]);

impl<P: Preset> AttesterSlashing<P> {
    /// The voters of both votes. Nobody checked that they are sorted.
    #[must_use]
    pub fn attesting_indices(&self) -> (&[ValidatorIndex], &[ValidatorIndex]) {
        on_fork!(AttesterSlashing since Phase0, self, slashing => {
            (&slashing.attestation_1.attesting_indices, &slashing.attestation_2.attesting_indices)
        })
    }
}
