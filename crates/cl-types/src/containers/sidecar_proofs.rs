//! Merkle proofs that sidecars carry.

use tree_hash::TreeHash;

use super::blob::BlobSidecar;
use super::column::fulu::DataColumnSidecar;
use super::partial_column::fulu::PartialDataColumnHeader;
use crate::merkle::is_valid_branch;

/// Position of `blob_kzg_commitments` among the fields of a block body.
const COMMITMENTS_FIELD: u64 = 11;
/// Levels from the commitments' root down to one of 4096 commitments, the length beside them included.
const COMMITMENT_DEPTH: u32 = 13;
/// `MAX_BLOB_COMMITMENTS_PER_BLOCK`.
const MAX_COMMITMENTS: u64 = 4096;

impl DataColumnSidecar {
    /// `verify_data_column_sidecar_inclusion_proof`: true if the commitments are those of the header's block.
    /// Costs one hash tree root of the commitments and four hashes.
    #[must_use]
    pub fn verify_inclusion_proof(&self) -> bool {
        let leaf = self.kzg_commitments.tree_hash_root();
        let body_root = self.signed_block_header.message.body_root;
        let branch = &self.kzg_commitments_inclusion_proof;
        is_valid_branch(leaf, branch, COMMITMENTS_FIELD, body_root)
    }
}

impl PartialDataColumnHeader {
    /// `verify_partial_data_column_header_inclusion_proof`: true if the commitments are those of the header's block.
    /// Costs one hash tree root of the commitments and four hashes.
    #[must_use]
    pub fn verify_inclusion_proof(&self) -> bool {
        let leaf = self.kzg_commitments.tree_hash_root();
        let body_root = self.signed_block_header.message.body_root;
        let branch = &self.kzg_commitments_inclusion_proof;
        is_valid_branch(leaf, branch, COMMITMENTS_FIELD, body_root)
    }
}

impl BlobSidecar {
    /// `verify_blob_sidecar_inclusion_proof`: true if the commitment is the one of this index of the header's block.
    /// Costs 18 hashes. False for an index beyond 4095.
    #[must_use]
    pub fn verify_inclusion_proof(&self) -> bool {
        let leaf = self.kzg_commitment.tree_hash_root();
        let body_root = self.signed_block_header.message.body_root;
        let position = (COMMITMENTS_FIELD << COMMITMENT_DEPTH) | self.index;
        self.index < MAX_COMMITMENTS && is_valid_branch(leaf, &self.kzg_commitment_inclusion_proof, position, body_root)
    }
}
