//! Containers of the vectors that never travel: what only states, functions and the engine API know.
//!
//! They use the derives of `ethereum_ssz` and `tree_hash`, over our types and `ssz_types` alike.

use alloy_primitives::{B256, U256};
use cl_types::containers::{
    BLSSignature, Bytes32, Cell, Hash32, KZGProof, ValidatorIndex, bellatrix, capella, deneb, electra, gloas,
};
use cl_types::progressive::container_root;
use cl_types::{Preset, Root};
use ssz_types::{FixedVector, VariableList};
use tree_hash::{PackedEncoding, TreeHash, TreeHashType};
use typenum::U4096;

/// Hashes of commitments.
pub type VersionedHashes = VariableList<Bytes32, U4096>;

/// `Eth1Block`.
#[derive(Clone, Debug, PartialEq, Eq, ssz_derive::Encode, ssz_derive::Decode, tree_hash_derive::TreeHash)]
#[expect(missing_docs, reason = "as in the specification")]
pub struct Eth1Block {
    pub timestamp: u64,
    pub deposit_root: Root,
    pub deposit_count: u64,
}

/// `PowBlock`.
#[derive(Clone, Debug, PartialEq, Eq, ssz_derive::Encode, ssz_derive::Decode, tree_hash_derive::TreeHash)]
#[expect(missing_docs, reason = "as in the specification")]
pub struct PowBlock {
    pub block_hash: Hash32,
    pub parent_hash: Hash32,
    pub total_difficulty: U256,
}

/// `HistoricalBatch`.
#[derive(Clone, Debug, PartialEq, Eq, ssz_derive::Encode, ssz_derive::Decode, tree_hash_derive::TreeHash)]
#[expect(missing_docs, reason = "as in the specification")]
pub struct HistoricalBatch<P: Preset> {
    pub block_roots: FixedVector<Root, P::SlotsPerHistoricalRoot>,
    pub state_roots: FixedVector<Root, P::SlotsPerHistoricalRoot>,
}

/// `MatrixEntry`.
#[derive(Clone, Debug, PartialEq, Eq, ssz_derive::Encode, ssz_derive::Decode, tree_hash_derive::TreeHash)]
#[expect(missing_docs, reason = "as in the specification")]
pub struct MatrixEntry {
    pub cell: Cell,
    pub kzg_proof: KZGProof,
    pub column_index: u64,
    pub row_index: u64,
}

/// `NewPayloadRequest` of Bellatrix.
#[derive(Clone, Debug, PartialEq, Eq, ssz_derive::Encode, ssz_derive::Decode, tree_hash_derive::TreeHash)]
#[expect(missing_docs, reason = "as in the specification")]
pub struct NewPayloadRequestBellatrix {
    pub execution_payload: bellatrix::ExecutionPayload,
}

/// `NewPayloadRequest` of Capella.
#[derive(Clone, Debug, PartialEq, Eq, ssz_derive::Encode, ssz_derive::Decode, tree_hash_derive::TreeHash)]
#[expect(missing_docs, reason = "as in the specification")]
pub struct NewPayloadRequestCapella<P: Preset> {
    pub execution_payload: capella::ExecutionPayload<P>,
}

/// `NewPayloadRequest` of Deneb.
#[derive(Clone, Debug, PartialEq, Eq, ssz_derive::Encode, ssz_derive::Decode, tree_hash_derive::TreeHash)]
#[expect(missing_docs, reason = "as in the specification")]
pub struct NewPayloadRequestDeneb<P: Preset> {
    pub execution_payload: deneb::ExecutionPayload<P>,
    pub versioned_hashes: VersionedHashes,
    pub parent_beacon_block_root: Root,
}

/// `NewPayloadRequest` of Electra and Fulu.
#[derive(Clone, Debug, PartialEq, Eq, ssz_derive::Encode, ssz_derive::Decode, tree_hash_derive::TreeHash)]
#[expect(missing_docs, reason = "as in the specification")]
pub struct NewPayloadRequestElectra<P: Preset> {
    pub execution_payload: electra::ExecutionPayload<P>,
    pub versioned_hashes: VersionedHashes,
    pub parent_beacon_block_root: Root,
    pub execution_requests: electra::ExecutionRequests,
}

/// `NewPayloadRequest` since Gloas, a progressive container.
#[derive(Clone, Debug, PartialEq, Eq, ssz_derive::Encode, ssz_derive::Decode)]
#[expect(missing_docs, reason = "as in the specification")]
pub struct NewPayloadRequestGloas {
    pub execution_payload: gloas::ExecutionPayload,
    pub versioned_hashes: VersionedHashes,
    pub parent_beacon_block_root: Root,
    pub execution_requests: gloas::ExecutionRequests,
}

/// `IndexedPayloadAttestation`, a progressive container.
#[derive(Clone, Debug, PartialEq, Eq, ssz_derive::Encode, ssz_derive::Decode)]
#[expect(missing_docs, reason = "as in the specification")]
pub struct IndexedPayloadAttestation<P: Preset> {
    pub attesting_indices: VariableList<ValidatorIndex, P::PtcSize>,
    pub data: gloas::PayloadAttestationData,
    pub signature: BLSSignature,
}

/// What the derive of `tree_hash` cannot do.
macro_rules! progressive {
    ([$($generics:tt)*] $type:ty { $($field:ident),+ }) => {
        impl<$($generics)*> TreeHash for $type {
            fn tree_hash_type() -> TreeHashType {
                TreeHashType::Container
            }

            fn tree_hash_packed_encoding(&self) -> PackedEncoding {
                PackedEncoding::from_slice(self.tree_hash_root().as_slice())
            }

            fn tree_hash_packing_factor() -> usize {
                1
            }

            fn tree_hash_root(&self) -> B256 {
                container_root([$(self.$field.tree_hash_root()),+], &[])
            }
        }
    };
}

progressive!([] NewPayloadRequestGloas {
    execution_payload,
    versioned_hashes,
    parent_beacon_block_root,
    execution_requests
});
progressive!([P: Preset] IndexedPayloadAttestation<P> { attesting_indices, data, signature });
