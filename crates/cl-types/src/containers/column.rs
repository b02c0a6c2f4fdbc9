//! Data columns of Fulu.

use ssz_types::{FixedVector, VariableList};
use tree_hash::TreeHash;
use typenum::{U4, U128};

use super::basic::{BlobKZGCommitments, Bytes32, DataColumn, KZGProofs};
use super::block::SignedBeaconBlockHeader;
use super::merkle::is_valid_branch;
use crate::primitives::Root;

/// Position of `blob_kzg_commitments` among the fields of a block body.
const COMMITMENTS_FIELD: usize = 11;

/// `DataColumnSidecar` of Fulu: one cell of every blob of a block, with all that is needed to check it alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, ssz_derive::Encode, ssz_derive::Decode, tree_hash_derive::TreeHash)]
pub struct DataColumnSidecar {
    /// The column, 0 to 127.
    pub index: u64,
    /// One cell for each blob.
    pub column: DataColumn,
    /// The commitments of the block.
    pub kzg_commitments: BlobKZGCommitments,
    /// One proof for each cell.
    pub kzg_proofs: KZGProofs,
    /// The block's header.
    pub signed_block_header: SignedBeaconBlockHeader,
    /// Branch from the commitments to the body root.
    pub kzg_commitments_inclusion_proof: FixedVector<Bytes32, U4>,
}

impl DataColumnSidecar {
    /// `verify_data_column_sidecar_inclusion_proof`: true if the commitments are those of the header's block.
    /// Costs one hash tree root of the commitments and four hashes.
    #[must_use]
    pub fn verify_inclusion_proof(&self) -> bool {
        let leaf = self.kzg_commitments.tree_hash_root();
        let body_root = self.signed_block_header.message.body_root;
        is_valid_branch(
            leaf,
            &self.kzg_commitments_inclusion_proof,
            COMMITMENTS_FIELD,
            body_root,
        )
    }
}

/// `DataColumnsByRootIdentifier`: which columns of a block are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, ssz_derive::Encode, ssz_derive::Decode, tree_hash_derive::TreeHash)]
pub struct DataColumnsByRootIdentifier {
    /// The block.
    pub block_root: Root,
    /// The columns.
    pub columns: VariableList<u64, U128>,
}
