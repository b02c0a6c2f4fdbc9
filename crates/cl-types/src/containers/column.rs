//! Data columns (Fulu, EIP-7594).

use ssz_types::VariableList;
use typenum::U128;

use crate::container::container;
use crate::primitives::Root;

/// `DataColumnsByRootIdentifier`, 36 to 1060 bytes: which columns of a block are asked for.
///
/// See `fulu/p2p-interface.md`, "DataColumnsByRootIdentifier".
#[derive(Clone, Default, PartialEq, Eq)]
pub struct DataColumnsByRootIdentifier {
    /// The block.
    pub block_root: Root,
    /// The columns.
    pub columns: VariableList<u64, U128>,
}

container!(DataColumnsByRootIdentifier { block_root, columns });

/// New or changed in Fulu.
pub(crate) mod fulu {
    use ssz_types::FixedVector;
    use typenum::U4;

    use crate::container::container;
    use crate::containers::basic::{BlobKZGCommitments, Bytes32, DataColumn, KZGProofs};
    use crate::containers::block::SignedBeaconBlockHeader;

    /// `DataColumnSidecar`, 356 bytes and 2144 for each blob: one cell of every blob of a block, with all that is
    /// needed to check it alone.
    ///
    /// See `fulu/das-core.md`, "DataColumnSidecar".
    #[derive(Clone, Default, PartialEq, Eq)]
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

    container!(DataColumnSidecar {
        index,
        column,
        kzg_commitments,
        kzg_proofs,
        signed_block_header,
        kzg_commitments_inclusion_proof
    });
}

/// New or changed in Gloas.
pub(crate) mod gloas {

    use crate::bytes::ProgressiveByteVectors;
    use crate::container::container;
    use crate::primitives::{Root, Slot};

    /// `DataColumnSidecar`, 56 bytes and 2096 for each blob: one cell of every blob of a block. The commitments are in
    /// the block's bid.
    ///
    /// See `gloas/p2p-interface.md`, "DataColumnSidecar".
    #[derive(Clone, Default, PartialEq, Eq)]
    pub struct DataColumnSidecar {
        /// The column, 0 to 127.
        pub index: u64,
        /// One cell for each blob.
        pub column: ProgressiveByteVectors<2048>,
        /// One proof for each cell.
        pub kzg_proofs: ProgressiveByteVectors<48>,
        /// Slot of the block.
        pub slot: Slot,
        /// The block.
        pub beacon_block_root: Root,
    }

    container!(DataColumnSidecar { index, column, kzg_proofs, slot, beacon_block_root });
}
