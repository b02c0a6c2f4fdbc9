//! What a node serves: the seam for whoever has a chain, and what goes through it.

mod columns;
mod memory;
mod offered;

use std::ops::Range;

use bytes::Bytes;
use cl_types::{Root, Slot};
use ssz_types::BitVector;
use typenum::U16;

pub use columns::ColumnSet;
pub use memory::{MEMORY_STORE_BLOCKS, MEMORY_STORE_BYTES, MemoryStore};
pub use offered::{Offered, StoredInclusionList};

/// An object as it travels, with the slot that selects its fork: the one of [`cl_types::protocol::Context`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// That slot.
    pub slot: Slot,
    /// The object of its fork as SSZ.
    pub ssz: Bytes,
}

/// A signed block as it travels, with what is needed to find it and what belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredBlock {
    /// Its slot.
    pub slot: Slot,
    /// Its root: that of the unsigned block.
    pub root: Root,
    /// Its parent's root.
    pub parent_root: Root,
    /// The `SignedBeaconBlock` of its fork as SSZ.
    pub ssz: Bytes,
    /// What travels beside it.
    pub sidecars: Sidecars,
    /// The bid that it accepts, since Gloas.
    pub bid: Option<Bid>,
}

impl StoredBlock {
    /// A block without sidecars and without a bid.
    #[must_use]
    pub const fn new(slot: Slot, root: Root, parent_root: Root, ssz: Bytes) -> Self {
        Self { slot, root, parent_root, ssz, sidecars: Sidecars::None, bid: None }
    }
}

/// What must be held beside a block before it can be called complete.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sidecars {
    /// Nothing: it has no blobs.
    #[default]
    None,
    /// So many blob sidecars, in Deneb and Electra.
    Blobs(u32),
    /// Column sidecars, since Fulu.
    Columns,
}

/// The two hashes of a bid (Gloas) that say which payload belongs to the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bid {
    /// Hash of the payload that is promised.
    pub block_hash: Root,
    /// Hash of the payload that it builds on.
    pub parent_block_hash: Root,
}

/// Where a block stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockPosition {
    /// Its slot.
    pub slot: Slot,
    /// Its root.
    pub root: Root,
}

/// How far a store reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// The newest block of the chain.
    pub head: BlockPosition,
    /// First slot from which every block up to the head is held: 0 if the first one builds on genesis.
    pub blocks_from: Slot,
    /// First slot from which the sidecars are held as well. Those of the head may still be on their way.
    pub sidecars_from: Slot,
    /// True if the chain builds on the genesis block without a gap.
    pub is_linked: bool,
}

/// What a node serves to its peers. Called on the node's task, object by object as the peer reads: it must answer from memory
/// or from a fast local store.
///
/// A store needs to know blocks; of everything else it may hold nothing, which is what the default methods say.
pub trait ChainStore: Send + Sync + 'static {
    /// The blocks of one chain, the one that the store takes to be canonical, in these slots: ascending, the first 128 at
    /// most.
    fn chain(&self, slots: Range<Slot>) -> Vec<BlockPosition>;

    /// One block of any chain.
    fn block(&self, root: Root) -> Option<StoredBlock>;

    /// How far the chain reaches, where `custody` says which columns a block with blobs needs; `None` without any block.
    fn extent(&self, genesis_block_root: Option<Root>, custody: ColumnSet) -> Option<Extent>;

    /// Offers what passed the node's relay level, or what the node itself published. A store that is filled elsewhere
    /// ignores it.
    fn offer(&self, object: Offered);

    /// Which `BlobSidecar`s of a block are held.
    fn blobs(&self, _block: Root) -> ColumnSet {
        ColumnSet::EMPTY
    }

    /// A `BlobSidecar` of a block.
    fn blob(&self, _block: Root, _index: u64) -> Option<Stored> {
        None
    }

    /// Which `DataColumnSidecar`s of a block are held.
    fn columns(&self, _block: Root) -> ColumnSet {
        ColumnSet::EMPTY
    }

    /// A `DataColumnSidecar` of a block.
    fn column(&self, _block: Root, _index: u64) -> Option<Stored> {
        None
    }

    /// The `SignedExecutionPayloadEnvelope` of a block.
    fn envelope(&self, _block: Root) -> Option<Stored> {
        None
    }

    /// True if the payload of a block is part of the canonical chain: the next block builds on it. False while that is not
    /// known.
    fn has_payload(&self, _block: Root) -> bool {
        false
    }

    /// The `LightClientBootstrap` of a block.
    fn light_client_bootstrap(&self, _block: Root) -> Option<Stored> {
        None
    }

    /// The best `LightClientUpdate` of a sync committee period.
    fn light_client_update(&self, _period: u64) -> Option<Stored> {
        None
    }

    /// The newest `LightClientFinalityUpdate`.
    fn light_client_finality_update(&self) -> Option<Stored> {
        None
    }

    /// The newest `LightClientOptimisticUpdate`.
    fn light_client_optimistic_update(&self) -> Option<Stored> {
        None
    }

    /// `SignedInclusionList`s of a slot by these members of the committee that `dependent_root` decides; at most 16.
    fn inclusion_lists(&self, _slot: Slot, _dependent_root: Root, _members: &BitVector<U16>) -> Vec<Stored> {
        Vec::new()
    }
}
