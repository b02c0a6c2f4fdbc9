//! What a signed block says of itself: cheaply from its first bytes, or completely with its root.

use tree_hash::TreeHash;

use super::structure::NotStructured;
use super::{ValidatorIndex, any};
use crate::fork::ForkName;
use crate::preset::PresetId;
use crate::primitives::{Root, Slot};
use crate::topic::TopicKind;
use crate::with_preset;

/// The header fields of a block, and its root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockFacts {
    /// The slot.
    pub slot: Slot,
    /// Who proposes.
    pub proposer_index: ValidatorIndex,
    /// Root of the block before it.
    pub parent_root: Root,
    /// Root of the state after it.
    pub state_root: Root,
    /// `hash_tree_root` of the block without its signature.
    pub root: Root,
}

/// Decodes a `SignedBeaconBlock` of any fork and computes its root.
/// Costs one decoding and the hashing of the whole block.
pub fn signed_block_root(fork: ForkName, preset: PresetId, ssz: &[u8]) -> Result<BlockFacts, NotStructured> {
    let kind = TopicKind::BeaconBlock;
    let header =
        with_preset!(preset, P => any::SignedBeaconBlock::<P>::from_ssz(fork, ssz).map(|block| block.header()));
    let header = header.map_err(|error| NotStructured::new(kind, fork, error))?;
    Ok(BlockFacts {
        slot: header.slot,
        proposer_index: header.proposer_index,
        parent_root: header.parent_root,
        state_root: header.state_root,
        root: header.tree_hash_root(),
    })
}

/// Slot and parent root of a `SignedBeaconBlock` of any fork, read from their fixed places without decoding.
/// `None` if the bytes are too short or do not start like a signed block.
#[must_use]
pub fn block_slot_and_parent(ssz: &[u8]) -> Option<(Slot, Root)> {
    /// The offset of the message and the signature.
    const BEFORE_MESSAGE: usize = 4 + 96;
    let (offset, _) = ssz.split_first_chunk::<4>()?;
    if usize::try_from(u32::from_le_bytes(*offset)) != Ok(BEFORE_MESSAGE) {
        return None;
    }
    let (slot, rest) = ssz.get(BEFORE_MESSAGE..)?.split_first_chunk::<8>()?;
    let (_proposer, rest) = rest.split_first_chunk::<8>()?;
    let (parent, _) = rest.split_first_chunk::<32>()?;
    Some((Slot(u64::from_le_bytes(*slot)), Root::from(*parent)))
}
