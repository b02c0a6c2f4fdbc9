//! Partial columns: some cells of a column, and who has which (Fulu; without a header since Gloas).

/// New or changed in Fulu.
pub(crate) mod fulu {
    use ssz_types::{BitList, FixedVector, VariableList};
    use typenum::{U1, U4, U4096};

    use crate::container::container;
    use crate::containers::basic::{BlobKZGCommitments, Bytes32, DataColumn, KZGProofs, no_bits};
    use crate::containers::block::SignedBeaconBlockHeader;
    use crate::primitives::Root;

    /// `PartialDataColumnGroupID`: 32 bytes. Which block the cells are of.
    ///
    /// See `fulu/partial-columns/p2p-interface.md`, "PartialDataColumnGroupID".
    #[derive(Clone, Default, PartialEq, Eq)]
    pub struct PartialDataColumnGroupID {
        /// The block.
        pub beacon_block_root: Root,
    }

    container!(PartialDataColumnGroupID { beacon_block_root });

    /// `PartialDataColumnHeader`, 340 to 196,948 bytes: what is needed to check cells.
    ///
    /// See `fulu/partial-columns/p2p-interface.md`, "PartialDataColumnHeader".
    #[derive(Clone, Default, PartialEq, Eq)]
    pub struct PartialDataColumnHeader {
        /// The commitments of the block.
        pub kzg_commitments: BlobKZGCommitments,
        /// The block's header.
        pub signed_block_header: SignedBeaconBlockHeader,
        /// Branch from the commitments to the body root.
        pub kzg_commitments_inclusion_proof: FixedVector<Bytes32, U4>,
    }

    container!(PartialDataColumnHeader { kzg_commitments, signed_block_header, kzg_commitments_inclusion_proof });

    /// `PartialDataColumnPartsMetadata`, 10 to 1034 bytes: cells that are there and cells that are wanted.
    ///
    /// See `fulu/partial-columns/p2p-interface.md`, "PartialDataColumnPartsMetadata".
    #[derive(Clone, PartialEq, Eq)]
    pub struct PartialDataColumnPartsMetadata {
        /// Cells that are there, one bit for each blob.
        pub available: BitList<U4096>,
        /// Cells that are wanted, one bit for each blob.
        pub requests: BitList<U4096>,
    }

    container!(PartialDataColumnPartsMetadata { available, requests });

    impl Default for PartialDataColumnPartsMetadata {
        fn default() -> Self {
            Self { available: no_bits(), requests: no_bits() }
        }
    }

    /// `PartialDataColumnSidecar`, 17 to 8,782,697 bytes: some cells of a column.
    ///
    /// See `fulu/partial-columns/p2p-interface.md`, "PartialDataColumnSidecar".
    #[derive(Clone, PartialEq, Eq)]
    pub struct PartialDataColumnSidecar {
        /// Which cells are in it: one bit for each blob.
        pub cells_present_bitmap: BitList<U4096>,
        /// The cells that are in it, by row.
        pub partial_column: DataColumn,
        /// One proof for each cell.
        pub kzg_proofs: KZGProofs,
        /// The header: none or one.
        pub header: VariableList<PartialDataColumnHeader, U1>,
    }

    container!(PartialDataColumnSidecar { cells_present_bitmap, partial_column, kzg_proofs, header });

    impl Default for PartialDataColumnSidecar {
        fn default() -> Self {
            Self {
                cells_present_bitmap: no_bits(),
                partial_column: Default::default(),
                kzg_proofs: Default::default(),
                header: Default::default(),
            }
        }
    }
}

/// New or changed in Gloas.
pub(crate) mod gloas {

    use crate::bytes::ProgressiveByteVectors;
    use crate::container::container;
    use crate::primitives::{Root, Slot};
    use crate::progressive::ProgressiveBitList;

    /// `PartialDataColumnGroupID`: 40 bytes. Which block the cells are of.
    ///
    /// See `gloas/partial-columns/p2p-interface.md`, "PartialDataColumnGroupID".
    #[derive(Clone, Default, PartialEq, Eq)]
    pub struct PartialDataColumnGroupID {
        /// The block.
        pub beacon_block_root: Root,
        /// Its slot.
        pub slot: Slot,
    }

    container!(PartialDataColumnGroupID { beacon_block_root, slot });

    /// `PartialDataColumnPartsMetadata`, at least 10 bytes: cells that are there and cells that are wanted.
    ///
    /// See `gloas/partial-columns/p2p-interface.md`, "PartialDataColumnPartsMetadata".
    #[derive(Clone, Default, PartialEq, Eq)]
    pub struct PartialDataColumnPartsMetadata {
        /// Cells that are there, one bit for each blob.
        pub available: ProgressiveBitList,
        /// Cells that are wanted, one bit for each blob.
        pub requests: ProgressiveBitList,
    }

    container!(PartialDataColumnPartsMetadata { available, requests });

    /// `PartialDataColumnSidecar`, at least 13 bytes: some cells of a column.
    ///
    /// See `gloas/partial-columns/p2p-interface.md`, "PartialDataColumnSidecar".
    #[derive(Clone, Default, PartialEq, Eq)]
    pub struct PartialDataColumnSidecar {
        /// Which cells are in it: one bit for each blob.
        pub cells_present_bitmap: ProgressiveBitList,
        /// The cells that are in it, by row.
        pub partial_column: ProgressiveByteVectors<2048>,
        /// One proof for each cell.
        pub kzg_proofs: ProgressiveByteVectors<48>,
    }

    container!(PartialDataColumnSidecar { cells_present_bitmap, partial_column, kzg_proofs });
}
