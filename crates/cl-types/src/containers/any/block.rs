//! Blocks and payloads.

use bytes::Bytes;
use ssz::{DecodeError, Encode};
use tree_hash::TreeHash;

use super::by_fork;
use crate::containers::{
    BLSSignature, BeaconBlockHeader, ValidatorIndex, altair, bellatrix, capella, deneb, electra, fulu, gloas, heze,
    phase0,
};
use crate::decode::{Error, Field, Part};
use crate::fork::ForkName;
use crate::on_fork;
use crate::preset::Preset;
use crate::primitives::{Root, Slot};

/// `SignedBeaconBlock` of any fork.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignedBeaconBlock<P: Preset> {
    /// Of Phase0.
    Phase0(phase0::SignedBeaconBlock),
    /// Of Altair.
    Altair(altair::SignedBeaconBlock<P>),
    /// Of Bellatrix.
    Bellatrix(bellatrix::SignedBeaconBlock<P>),
    /// Of Capella.
    Capella(capella::SignedBeaconBlock<P>),
    /// Of Deneb.
    Deneb(deneb::SignedBeaconBlock<P>),
    /// Of Electra.
    Electra(electra::SignedBeaconBlock<P>),
    /// Of Fulu.
    Fulu(fulu::SignedBeaconBlock<P>),
    /// Of Gloas.
    Gloas(gloas::SignedBeaconBlock<P>),
    /// Of Heze.
    Heze(heze::SignedBeaconBlock<P>),
}

by_fork!(SignedBeaconBlock<P> since Phase0 [Phase0 Altair Bellatrix Capella Deneb Electra Fulu Gloas Heze]);

impl<P: Preset> SignedBeaconBlock<P> {
    /// The slot.
    #[must_use]
    pub const fn slot(&self) -> Slot {
        on_fork!(SignedBeaconBlock since Phase0, self, block => block.message.slot)
    }

    /// Who proposes.
    #[must_use]
    pub const fn proposer_index(&self) -> ValidatorIndex {
        on_fork!(SignedBeaconBlock since Phase0, self, block => block.message.proposer_index)
    }

    /// Root of the block before it.
    #[must_use]
    pub const fn parent_root(&self) -> Root {
        on_fork!(SignedBeaconBlock since Phase0, self, block => block.message.parent_root)
    }

    /// Root of the state after it.
    #[must_use]
    pub const fn state_root(&self) -> Root {
        on_fork!(SignedBeaconBlock since Phase0, self, block => block.message.state_root)
    }

    /// The proposer's signature.
    #[must_use]
    pub const fn signature(&self) -> &BLSSignature {
        on_fork!(SignedBeaconBlock since Phase0, self, block => &block.signature)
    }

    /// The proposer's contribution to randomness.
    #[must_use]
    pub const fn randao_reveal(&self) -> &BLSSignature {
        on_fork!(SignedBeaconBlock since Phase0, self, block => &block.message.body.randao_reveal)
    }

    /// Free bytes of the proposer.
    #[must_use]
    pub const fn graffiti(&self) -> Root {
        on_fork!(SignedBeaconBlock since Phase0, self, block => block.message.body.graffiti)
    }

    /// The block's header, which has the same root. Hashes the body.
    #[must_use]
    pub fn header(&self) -> BeaconBlockHeader {
        on_fork!(SignedBeaconBlock since Phase0, self, block => block.message.header())
    }

    /// The block root: `hash_tree_root` of the block without its signature. Hashes the body.
    #[must_use]
    pub fn block_root(&self) -> Root {
        on_fork!(SignedBeaconBlock since Phase0, self, block => block.message.tree_hash_root())
    }

    /// One commitment of 48 bytes for each blob: those of the body, or since Gloas those of its bid. None before Deneb.
    #[must_use]
    pub fn blob_kzg_commitments(&self) -> &[[u8; 48]] {
        match self {
            Self::Phase0(_) | Self::Altair(_) | Self::Bellatrix(_) | Self::Capella(_) => &[],
            Self::Deneb(block) => block.message.body.blob_kzg_commitments.as_arrays(),
            Self::Electra(block) | Self::Fulu(block) => block.message.body.blob_kzg_commitments.as_arrays(),
            Self::Gloas(block) => {
                let bid = &block.message.body.signed_execution_payload_bid.message;
                bid.blob_kzg_commitments.as_arrays()
            }
            Self::Heze(block) => {
                let bid = &block.message.body.signed_execution_payload_bid.message;
                bid.blob_kzg_commitments.as_arrays()
            }
        }
    }
}

/// `ExecutionPayload` of any fork since Bellatrix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExecutionPayload<P: Preset> {
    /// Of Bellatrix.
    Bellatrix(bellatrix::ExecutionPayload),
    /// Of Capella.
    Capella(capella::ExecutionPayload<P>),
    /// Of Deneb.
    Deneb(deneb::ExecutionPayload<P>),
    /// Of Electra.
    Electra(electra::ExecutionPayload<P>),
    /// Of Fulu.
    Fulu(fulu::ExecutionPayload<P>),
    /// Of Gloas.
    Gloas(gloas::ExecutionPayload),
    /// Of Heze.
    Heze(heze::ExecutionPayload),
}

by_fork!(ExecutionPayload<P> since Bellatrix [Bellatrix Capella Deneb Electra Fulu Gloas Heze]);

impl<P: Preset> ExecutionPayload<P> {
    /// Its own hash.
    #[must_use]
    pub const fn block_hash(&self) -> Root {
        on_fork!(ExecutionPayload since Bellatrix, self, payload => payload.block_hash)
    }

    /// Hash of the payload before it.
    #[must_use]
    pub const fn parent_hash(&self) -> Root {
        on_fork!(ExecutionPayload since Bellatrix, self, payload => payload.parent_hash)
    }

    /// Number of the execution block.
    #[must_use]
    pub const fn block_number(&self) -> u64 {
        on_fork!(ExecutionPayload since Bellatrix, self, payload => payload.block_number)
    }
}
