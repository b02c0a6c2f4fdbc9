//! Requests for blocks.

use ssz_types::VariableList;
use typenum::U128;

use crate::primitives::{Root, Slot};

/// `BeaconBlocksByRange` request: 24 bytes. The slots from `start_slot` on, `count` of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ssz_derive::Encode, ssz_derive::Decode)]
pub struct BlocksByRangeRequest {
    /// The first slot.
    pub start_slot: Slot,
    /// How many slots.
    pub count: u64,
    /// Deprecated: must be 1. A responder may treat other values as 1.
    pub step: u64,
}

impl BlocksByRangeRequest {
    /// A request for these slots.
    #[must_use]
    pub const fn new(start_slot: Slot, count: u64) -> Self {
        Self { start_slot, count, step: 1 }
    }
}

/// `BeaconBlocksByRoot` request since Deneb: at most 128 roots, 32 bytes each, with nothing around them.
pub type BlocksByRootRequest = VariableList<Root, U128>;
