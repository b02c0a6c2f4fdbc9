//! Data columns.

use bytes::Bytes;
use ssz::{DecodeError, Encode};
use tree_hash::TreeHash;

use super::by_fork;
use crate::containers::{BlobKZGCommitments, fulu, gloas, heze};
use crate::decode::{Error, Field, Part};
use crate::fork::ForkName;
use crate::on_fork;
use crate::primitives::{Root, Slot};

/// `DataColumnSidecar` of any fork since Fulu.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "rarely moved, and a box would be one more allocation")]
pub enum DataColumnSidecar {
    /// Of Fulu.
    Fulu(fulu::DataColumnSidecar),
    /// Of Gloas.
    Gloas(gloas::DataColumnSidecar),
    /// Of Heze.
    Heze(heze::DataColumnSidecar),
}

by_fork!(DataColumnSidecar since Fulu [Fulu Gloas Heze]);

impl DataColumnSidecar {
    /// The column.
    #[must_use]
    pub const fn index(&self) -> u64 {
        on_fork!(DataColumnSidecar since Fulu, self, sidecar => sidecar.index)
    }

    /// Slot of its block.
    #[must_use]
    pub const fn slot(&self) -> Slot {
        match self {
            Self::Fulu(sidecar) => sidecar.signed_block_header.message.slot,
            Self::Gloas(sidecar) | Self::Heze(sidecar) => sidecar.slot,
        }
    }

    /// Root of its block. Costs a few hashes before Gloas.
    #[must_use]
    pub fn block_root(&self) -> Root {
        match self {
            Self::Fulu(sidecar) => sidecar.signed_block_header.message.tree_hash_root(),
            Self::Gloas(sidecar) | Self::Heze(sidecar) => sidecar.beacon_block_root,
        }
    }

    /// One cell for each blob.
    #[must_use]
    pub fn column(&self) -> &[[u8; 2048]] {
        on_fork!(DataColumnSidecar since Fulu, self, sidecar => sidecar.column.as_arrays())
    }

    /// One proof for each cell.
    #[must_use]
    pub fn kzg_proofs(&self) -> &[[u8; 48]] {
        on_fork!(DataColumnSidecar since Fulu, self, sidecar => sidecar.kzg_proofs.as_arrays())
    }

    /// The commitments of the block, which it does not carry since Gloas.
    #[must_use]
    pub const fn kzg_commitments(&self) -> Option<&BlobKZGCommitments> {
        match self {
            Self::Fulu(sidecar) => Some(&sidecar.kzg_commitments),
            Self::Gloas(_) | Self::Heze(_) => None,
        }
    }
}

/// `PartialDataColumnSidecar` of any fork since Fulu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartialDataColumnSidecar {
    /// Of Fulu.
    Fulu(fulu::PartialDataColumnSidecar),
    /// Of Gloas.
    Gloas(gloas::PartialDataColumnSidecar),
    /// Of Heze.
    Heze(heze::PartialDataColumnSidecar),
}

by_fork!(PartialDataColumnSidecar since Fulu [Fulu Gloas Heze]);

impl PartialDataColumnSidecar {
    /// The cells that are in it, by row.
    #[must_use]
    pub fn partial_column(&self) -> &[[u8; 2048]] {
        on_fork!(PartialDataColumnSidecar since Fulu, self, sidecar => sidecar.partial_column.as_arrays())
    }
}

/// `PartialDataColumnPartsMetadata` of any fork since Fulu.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "rarely moved, and a box would be one more allocation")]
pub enum PartialDataColumnPartsMetadata {
    /// Of Fulu.
    Fulu(fulu::PartialDataColumnPartsMetadata),
    /// Of Gloas.
    Gloas(gloas::PartialDataColumnPartsMetadata),
    /// Of Heze.
    Heze(heze::PartialDataColumnPartsMetadata),
}

by_fork!(PartialDataColumnPartsMetadata since Fulu [Fulu Gloas Heze]);

/// `PartialDataColumnGroupID` of any fork since Fulu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartialDataColumnGroupID {
    /// Of Fulu.
    Fulu(fulu::PartialDataColumnGroupID),
    /// Of Gloas.
    Gloas(gloas::PartialDataColumnGroupID),
    /// Of Heze.
    Heze(heze::PartialDataColumnGroupID),
}

by_fork!(PartialDataColumnGroupID since Fulu [Fulu Gloas Heze]);

impl PartialDataColumnGroupID {
    /// The block.
    #[must_use]
    pub const fn block_root(&self) -> Root {
        on_fork!(PartialDataColumnGroupID since Fulu, self, id => id.beacon_block_root)
    }
}
