//! Blob sidecars (Deneb and Electra).

use ssz_types::FixedVector;
use typenum::U17;

use crate::container::container;
use crate::containers::basic::{Blob, Bytes32, KZGCommitment, KZGProof};
use crate::containers::block::SignedBeaconBlockHeader;
use crate::primitives::Root;

/// `BlobSidecar`: 131,928 bytes. A blob of a block, with all that is needed to check it alone.
///
/// See `deneb/p2p-interface.md`, "BlobSidecar".
#[derive(Clone, Default, PartialEq, Eq)]
pub struct BlobSidecar {
    /// Its place among the blobs of the block.
    pub index: u64,
    /// The blob.
    pub blob: Blob,
    /// The commitment to it.
    pub kzg_commitment: KZGCommitment,
    /// The proof for it.
    pub kzg_proof: KZGProof,
    /// The block's header.
    pub signed_block_header: SignedBeaconBlockHeader,
    /// Branch from the commitment to the body root.
    pub kzg_commitment_inclusion_proof: FixedVector<Bytes32, U17>,
}

container!(BlobSidecar { index, blob, kzg_commitment, kzg_proof, signed_block_header, kzg_commitment_inclusion_proof });

/// `BlobIdentifier`: 40 bytes. Which blob is asked for.
///
/// See `deneb/p2p-interface.md`, "BlobIdentifier".
#[derive(Clone, Default, PartialEq, Eq)]
pub struct BlobIdentifier {
    /// The block.
    pub block_root: Root,
    /// Its place among the blobs of the block.
    pub index: u64,
}

container!(BlobIdentifier { block_root, index });
