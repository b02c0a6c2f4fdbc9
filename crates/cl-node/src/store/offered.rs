//! What a store is offered, and how it is read from a gossip message.

use bytes::Bytes;
use cl_types::containers::{any, deneb, gloas, heze};
use cl_types::{DecodeShared, ForkName, Preset, PresetId, Root, Slot, TopicKind, with_preset};
use tree_hash::TreeHash;

use super::{Bid, Sidecars, Stored, StoredBlock};

/// An object for a [`ChainStore`](super::ChainStore). It is decoded, and no more: whether it is true is for the store to know.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Offered {
    /// A block.
    Block(StoredBlock),
    /// A `BlobSidecar`.
    Blob {
        /// Root of its block.
        block: Root,
        /// Which of the block's blobs.
        index: u64,
        /// The sidecar, with the slot of its block.
        sidecar: Stored,
    },
    /// A `DataColumnSidecar`.
    Column {
        /// Root of its block.
        block: Root,
        /// Which column.
        index: u64,
        /// The sidecar, with the slot of its block.
        sidecar: Stored,
    },
    /// A `SignedExecutionPayloadEnvelope`.
    Envelope {
        /// Root of its block.
        block: Root,
        /// Hash of its payload.
        block_hash: Root,
        /// The envelope, with the slot of its block.
        envelope: Stored,
    },
    /// A `LightClientBootstrap`. Not on gossip: whoever has states makes it.
    LightClientBootstrap {
        /// Root of its block.
        block: Root,
        /// The bootstrap, with the slot of its header.
        bootstrap: Stored,
    },
    /// A `LightClientUpdate`. Not on gossip.
    LightClientUpdate {
        /// The sync committee period of its attested header.
        period: u64,
        /// The update, with the slot of that header.
        update: Stored,
    },
    /// A `LightClientFinalityUpdate`, with the slot of its attested header.
    LightClientFinalityUpdate(Stored),
    /// A `LightClientOptimisticUpdate`, with the slot of its attested header.
    LightClientOptimisticUpdate(Stored),
    /// A `SignedInclusionList`.
    InclusionList(StoredInclusionList),
}

/// A `SignedInclusionList` as it travels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredInclusionList {
    /// Its slot.
    pub slot: Slot,
    /// The block that decides who is in the committee.
    pub dependent_root: Root,
    /// Who made it.
    pub validator_index: u64,
    /// Their place in the committee, below 16, where it is known: only a chain knows it.
    pub member: Option<u8>,
    /// The list as SSZ.
    pub ssz: Bytes,
}

impl Offered {
    /// Reads what a gossip message holds. `None` if it is nothing to serve, or does not decode. Hashes a block completely,
    /// of a sidecar only the header.
    #[must_use]
    pub fn read(kind: TopicKind, fork: ForkName, preset: PresetId, ssz: &Bytes) -> Option<Self> {
        with_preset!(preset, P => read::<P>(kind, fork, ssz))
    }
}

fn read<P: Preset>(kind: TopicKind, fork: ForkName, ssz: &Bytes) -> Option<Offered> {
    let stored = |slot| Stored { slot, ssz: ssz.clone() };
    Some(match kind {
        TopicKind::BeaconBlock => Offered::Block(block::<P>(fork, ssz)?),
        TopicKind::BlobSidecar(_) => {
            let sidecar = deneb::BlobSidecar::from_ssz(ssz).ok()?;
            let header = &sidecar.signed_block_header.message;
            Offered::Blob { block: header.tree_hash_root(), index: sidecar.index, sidecar: stored(header.slot) }
        }
        TopicKind::DataColumnSidecar(_) => {
            let sidecar = any::DataColumnSidecar::from_ssz_shared(fork, ssz).ok()?;
            Offered::Column { block: sidecar.block_root(), index: sidecar.index(), sidecar: stored(sidecar.slot()) }
        }
        TopicKind::ExecutionPayload => {
            let envelope = gloas::SignedExecutionPayloadEnvelope::from_ssz(ssz).ok()?.message;
            Offered::Envelope {
                block: envelope.beacon_block_root,
                block_hash: envelope.payload.block_hash,
                envelope: stored(Slot(envelope.payload.slot_number)),
            }
        }
        TopicKind::LightClientFinalityUpdate => {
            let update = any::LightClientFinalityUpdate::<P>::from_ssz_shared(fork, ssz).ok()?;
            Offered::LightClientFinalityUpdate(stored(update.attested_header().slot))
        }
        TopicKind::LightClientOptimisticUpdate => {
            let update = any::LightClientOptimisticUpdate::<P>::from_ssz_shared(fork, ssz).ok()?;
            Offered::LightClientOptimisticUpdate(stored(update.attested_header().slot))
        }
        TopicKind::InclusionList => {
            let list = heze::SignedInclusionList::from_ssz(ssz).ok()?.message;
            Offered::InclusionList(StoredInclusionList {
                slot: list.slot,
                dependent_root: list.dependent_root,
                validator_index: list.validator_index,
                member: None,
                ssz: ssz.clone(),
            })
        }
        _ => return None,
    })
}

fn block<P: Preset>(fork: ForkName, ssz: &Bytes) -> Option<StoredBlock> {
    let block = any::SignedBeaconBlock::<P>::from_ssz_shared(fork, ssz).ok()?;
    let blobs = u32::try_from(block.blob_kzg_commitments().len()).unwrap_or(u32::MAX);
    let sidecars = match blobs {
        0 => Sidecars::None,
        // A chain with column sidecars has no blob sidecars any more.
        _ if TopicKind::DataColumnSidecar(0).is_live_in(fork) => Sidecars::Columns,
        _ => Sidecars::Blobs(blobs),
    };
    let bid = match &block {
        any::SignedBeaconBlock::Gloas(block) => {
            let bid = &block.message.body.signed_execution_payload_bid.message;
            Some(Bid { block_hash: bid.block_hash, parent_block_hash: bid.parent_block_hash })
        }
        any::SignedBeaconBlock::Heze(block) => {
            let bid = &block.message.body.signed_execution_payload_bid.message;
            Some(Bid { block_hash: bid.block_hash, parent_block_hash: bid.parent_block_hash })
        }
        _ => None,
    };
    Some(StoredBlock {
        slot: block.slot(),
        root: block.block_root(),
        parent_root: block.parent_root(),
        ssz: ssz.clone(),
        sidecars,
        bid,
    })
}
