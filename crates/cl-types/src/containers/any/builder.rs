//! Bids.

use bytes::Bytes;
use ssz::{DecodeError, Encode};
use tree_hash::TreeHash;

use super::by_fork;
use crate::containers::{BuilderIndex, Gwei, Hash32, gloas, heze};
use crate::decode::{Error, Field, Part};
use crate::fork::ForkName;
use crate::on_fork;
use crate::primitives::{Root, Slot};

/// `SignedExecutionPayloadBid` of Gloas or Heze.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignedExecutionPayloadBid {
    /// Of Gloas.
    Gloas(gloas::SignedExecutionPayloadBid),
    /// Of Heze.
    Heze(heze::SignedExecutionPayloadBid),
}

by_fork!(SignedExecutionPayloadBid since Gloas [Gloas Heze]);

impl SignedExecutionPayloadBid {
    /// The slot.
    #[must_use]
    pub const fn slot(&self) -> Slot {
        on_fork!(SignedExecutionPayloadBid since Gloas, self, bid => bid.message.slot)
    }

    /// The builder.
    #[must_use]
    pub const fn builder_index(&self) -> BuilderIndex {
        on_fork!(SignedExecutionPayloadBid since Gloas, self, bid => bid.message.builder_index)
    }

    /// The payload and the beacon block that it builds on.
    #[must_use]
    pub const fn parent(&self) -> (Hash32, Root) {
        on_fork!(SignedExecutionPayloadBid since Gloas, self, bid => {
            (bid.message.parent_block_hash, bid.message.parent_block_root)
        })
    }

    /// What the proposer gets.
    #[must_use]
    pub const fn value(&self) -> Gwei {
        on_fork!(SignedExecutionPayloadBid since Gloas, self, bid => bid.message.value)
    }

    /// One commitment of 48 bytes for each blob.
    #[must_use]
    pub fn blob_kzg_commitments(&self) -> &[[u8; 48]] {
        on_fork!(SignedExecutionPayloadBid since Gloas, self, bid => bid.message.blob_kzg_commitments.as_arrays())
    }
}
