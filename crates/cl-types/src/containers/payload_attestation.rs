//! Votes of the payload timeliness committee (Gloas, EIP-7732).

use ssz_types::BitVector;

use crate::container::{container, progressive_container};
use crate::containers::basic::{BLSSignature, ValidatorIndex};
use crate::preset::Preset;
use crate::primitives::{Root, Slot};

/// `PayloadAttestationData`: 42 bytes. What is voted for.
///
/// See `gloas/beacon-chain.md`, "PayloadAttestationData".
#[derive(Clone, Default, PartialEq, Eq)]
pub struct PayloadAttestationData {
    /// The block.
    pub beacon_block_root: Root,
    /// Its slot.
    pub slot: Slot,
    /// Whether the payload came in time.
    pub payload_present: bool,
    /// Whether its blobs are available.
    pub blob_data_available: bool,
}

container!(PayloadAttestationData { beacon_block_root, slot, payload_present, blob_data_available });

/// `PayloadAttestation`: 202 bytes (minimal preset 140). Votes with the same content.
///
/// See `gloas/beacon-chain.md`, "PayloadAttestation".
#[derive(Clone, Default, PartialEq, Eq)]
pub struct PayloadAttestation<P: Preset> {
    /// Who votes: one bit for each member of the committee.
    pub aggregation_bits: BitVector<P::PtcSize>,
    /// The vote.
    pub data: PayloadAttestationData,
    /// Aggregate of their signatures.
    pub signature: BLSSignature,
}

progressive_container!([P: Preset] PayloadAttestation<P> { aggregation_bits, data, signature });

/// `PayloadAttestationMessage`: 146 bytes. One member's vote.
///
/// See `gloas/beacon-chain.md`, "PayloadAttestationMessage".
#[derive(Clone, Default, PartialEq, Eq)]
pub struct PayloadAttestationMessage {
    /// The member.
    pub validator_index: ValidatorIndex,
    /// The vote.
    pub data: PayloadAttestationData,
    /// The member's signature.
    pub signature: BLSSignature,
}

container!(PayloadAttestationMessage { validator_index, data, signature });
