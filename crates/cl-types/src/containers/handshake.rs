//! What peers tell each other about themselves: Status and MetaData in all versions.

use ssz::{BitVector, Decode, DecodeError, Encode};
use typenum::{U4, U64};

use crate::container::container;
use crate::primitives::{Epoch, ForkDigest, Root, Slot};
use crate::protocol::Protocol;

/// Long-lived attestation subnets, one bit each.
///
/// See `phase0/p2p-interface.md`, "Attnets".
pub type Attnets = BitVector<U64>;
/// Sync committee subnets, one bit each.
///
/// See `altair/p2p-interface.md`, "Syncnets".
pub type Syncnets = BitVector<U4>;

/// `Status` version 1: 84 bytes.
///
/// See `phase0/p2p-interface.md`, "Status v1".
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct StatusV1 {
    /// Digest at the wall-clock epoch.
    pub fork_digest: ForkDigest,
    /// Root of the finalized checkpoint, zero for genesis.
    pub finalized_root: Root,
    /// Epoch of the finalized checkpoint.
    pub finalized_epoch: Epoch,
    /// Root of the head block.
    pub head_root: Root,
    /// Slot of the head block.
    pub head_slot: Slot,
}

container!(StatusV1 { fork_digest, finalized_root, finalized_epoch, head_root, head_slot });

/// `Status` version 2: 92 bytes, since Fulu.
///
/// See `fulu/p2p-interface.md`, "Status v2".
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct StatusV2 {
    /// Digest at the wall-clock epoch.
    pub fork_digest: ForkDigest,
    /// Root of the finalized checkpoint, zero for genesis.
    pub finalized_root: Root,
    /// Epoch of the finalized checkpoint.
    pub finalized_epoch: Epoch,
    /// Root of the head block.
    pub head_root: Root,
    /// Slot of the head block.
    pub head_slot: Slot,
    /// First slot from which everything that must be served is held.
    pub earliest_available_slot: Slot,
}

container!(StatusV2 { fork_digest, finalized_root, finalized_epoch, head_root, head_slot, earliest_available_slot });

/// A peer's Status in the version in which it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Version 1.
    V1(StatusV1),
    /// Version 2.
    V2(StatusV2),
}

impl Status {
    /// Decodes the body of a `status/1` or `status/2` message; any other protocol counts as version 2.
    pub fn from_ssz(protocol: Protocol, ssz: &[u8]) -> Result<Self, DecodeError> {
        match protocol {
            Protocol::StatusV1 => StatusV1::from_ssz_bytes(ssz).map(Self::V1),
            _ => StatusV2::from_ssz_bytes(ssz).map(Self::V2),
        }
    }

    /// The fields that both versions have.
    #[must_use]
    pub const fn common(&self) -> StatusV1 {
        match self {
            Self::V1(v1) => *v1,
            Self::V2(v2) => v2.to_v1(),
        }
    }

    /// First slot from which the peer serves everything; only version 2 says it.
    #[must_use]
    pub const fn earliest_available_slot(&self) -> Option<Slot> {
        match self {
            Self::V1(_) => None,
            Self::V2(v2) => Some(v2.earliest_available_slot),
        }
    }
}

impl StatusV2 {
    /// The same without the field that version 1 lacks.
    #[must_use]
    pub const fn to_v1(&self) -> StatusV1 {
        StatusV1 {
            fork_digest: self.fork_digest,
            finalized_root: self.finalized_root,
            finalized_epoch: self.finalized_epoch,
            head_root: self.head_root,
            head_slot: self.head_slot,
        }
    }

    /// The bytes of this Status for a `status/1` or `status/2` message; any other protocol counts as version 2.
    #[must_use]
    pub fn to_ssz(&self, protocol: Protocol) -> Vec<u8> {
        match protocol {
            Protocol::StatusV1 => self.to_v1().as_ssz_bytes(),
            _ => self.as_ssz_bytes(),
        }
    }
}

/// `MetaData` version 1: 16 bytes.
///
/// See `phase0/p2p-interface.md`, "MetaData".
#[derive(Clone, PartialEq, Eq)]
pub struct MetaDataV1 {
    /// Rises by one with each change.
    pub seq_number: u64,
    /// Long-lived attestation subnets.
    pub attnets: Attnets,
}

container!(MetaDataV1 { seq_number, attnets });

/// `MetaData` version 2: 17 bytes, since Altair.
///
/// See `altair/p2p-interface.md`, "MetaData".
#[derive(Clone, PartialEq, Eq)]
pub struct MetaDataV2 {
    /// Rises by one with each change.
    pub seq_number: u64,
    /// Long-lived attestation subnets.
    pub attnets: Attnets,
    /// Sync committee subnets.
    pub syncnets: Syncnets,
}

container!(MetaDataV2 { seq_number, attnets, syncnets });

/// `MetaData` version 3: 25 bytes, since Fulu.
///
/// See `fulu/p2p-interface.md`, "MetaData".
#[derive(Clone, PartialEq, Eq)]
pub struct MetaDataV3 {
    /// Rises by one with each change.
    pub seq_number: u64,
    /// Long-lived attestation subnets.
    pub attnets: Attnets,
    /// Sync committee subnets.
    pub syncnets: Syncnets,
    /// How many custody groups the peer keeps.
    pub custody_group_count: u64,
}

container!(MetaDataV3 { seq_number, attnets, syncnets, custody_group_count });

/// A peer's MetaData in the version in which it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MetaData {
    /// Version 1.
    V1(MetaDataV1),
    /// Version 2.
    V2(MetaDataV2),
    /// Version 3.
    V3(MetaDataV3),
}

impl MetaData {
    /// Decodes the body of a `metadata/1`, `/2` or `/3` chunk; any other protocol counts as version 3.
    pub fn from_ssz(protocol: Protocol, ssz: &[u8]) -> Result<Self, DecodeError> {
        match protocol {
            Protocol::MetaDataV1 => MetaDataV1::from_ssz_bytes(ssz).map(Self::V1),
            Protocol::MetaDataV2 => MetaDataV2::from_ssz_bytes(ssz).map(Self::V2),
            _ => MetaDataV3::from_ssz_bytes(ssz).map(Self::V3),
        }
    }

    /// The counter that Ping carries.
    #[must_use]
    pub const fn seq_number(&self) -> u64 {
        match self {
            Self::V1(v1) => v1.seq_number,
            Self::V2(v2) => v2.seq_number,
            Self::V3(v3) => v3.seq_number,
        }
    }

    /// Long-lived attestation subnets.
    #[must_use]
    pub const fn attnets(&self) -> &Attnets {
        match self {
            Self::V1(v1) => &v1.attnets,
            Self::V2(v2) => &v2.attnets,
            Self::V3(v3) => &v3.attnets,
        }
    }

    /// Sync committee subnets; version 1 does not say them.
    #[must_use]
    pub const fn syncnets(&self) -> Option<&Syncnets> {
        match self {
            Self::V1(_) => None,
            Self::V2(v2) => Some(&v2.syncnets),
            Self::V3(v3) => Some(&v3.syncnets),
        }
    }

    /// How many custody groups the peer keeps; only version 3 says it.
    #[must_use]
    pub const fn custody_group_count(&self) -> Option<u64> {
        match self {
            Self::V1(_) | Self::V2(_) => None,
            Self::V3(v3) => Some(v3.custody_group_count),
        }
    }
}

impl MetaDataV3 {
    /// The bytes of this MetaData for a `metadata/1`, `/2` or `/3` chunk; any other protocol counts as version 3.
    #[must_use]
    pub fn to_ssz(&self, protocol: Protocol) -> Vec<u8> {
        match protocol {
            Protocol::MetaDataV1 => {
                MetaDataV1 { seq_number: self.seq_number, attnets: self.attnets.clone() }.as_ssz_bytes()
            }
            Protocol::MetaDataV2 => MetaDataV2 {
                seq_number: self.seq_number,
                attnets: self.attnets.clone(),
                syncnets: self.syncnets.clone(),
            }
            .as_ssz_bytes(),
            _ => self.as_ssz_bytes(),
        }
    }
}
