//! Small objects that are true: linked, proven, of the right fork.

use cl_types::containers::any::SignedBeaconBlock;
use cl_types::containers::deneb::BlobSidecar;
use cl_types::containers::{BeaconBlockHeader, DataColumnSidecar, fulu, gloas, heze};
use cl_types::{ForkName, Minimal, Protocol, Root, Slot, on_fork};
use sha2::{Digest, Sha256};
use ssz::Encode;
use tree_hash::TreeHash;

use crate::codec::Chunk;
use crate::test_chain;

/// The first slot of a fork. Each but the last has eight.
pub(super) fn first_slot(fork: ForkName) -> Slot {
    let chain = test_chain();
    let era = chain.entries().find(|era| era.fork == fork).unwrap();
    chain.start_slot(era.epoch)
}

/// A slot some way into a fork.
pub(super) fn slot(fork: ForkName, n: u64) -> Slot {
    first_slot(fork).saturating_add(n)
}

/// An object as a chunk, with the context bytes of a slot.
pub(super) fn chunk(protocol: Protocol, slot: Slot, ssz: Vec<u8>) -> Chunk {
    Chunk { protocol, fork: Some(*test_chain().at_slot(slot)), ssz: ssz.into() }
}

/// The same with the context bytes of another fork.
pub(super) fn as_of(fork: ForkName, chunk: Chunk) -> Chunk {
    Chunk { fork: Some(*test_chain().at_slot(first_slot(fork))), ..chunk }
}

/// The root above a leaf, a branch and a position.
pub(super) fn root_above(leaf: Root, branch: &[Root], position: u64) -> Root {
    let fold = |(node, position): (Root, u64), sibling: &Root| {
        let (left, right) = if position & 1 == 1 { (*sibling, node) } else { (node, *sibling) };
        let hash: [u8; 32] = Sha256::new().chain_update(left).chain_update(right).finalize().into();
        (Root::from(hash), position >> 1)
    };
    branch.iter().fold((leaf, position), fold).0
}

/// A branch of nodes that differ.
pub(super) fn branch(depth: u8) -> Vec<Root> {
    (1..=depth).map(Root::repeat_byte).collect()
}

/// A block of the slot's fork: its root and its SSZ.
pub(super) fn block(slot: Slot, parent_root: Root) -> (Root, Vec<u8>) {
    type Block = SignedBeaconBlock<Minimal>;
    let mut block = match test_chain().at_slot(slot).fork {
        ForkName::Phase0 => Block::Phase0(Default::default()),
        ForkName::Altair => Block::Altair(Default::default()),
        ForkName::Bellatrix => Block::Bellatrix(Default::default()),
        ForkName::Capella => Block::Capella(Default::default()),
        ForkName::Deneb => Block::Deneb(Default::default()),
        ForkName::Electra => Block::Electra(Default::default()),
        ForkName::Fulu => Block::Fulu(Default::default()),
        ForkName::Gloas => Block::Gloas(Default::default()),
        ForkName::Heze => Block::Heze(Default::default()),
    };
    on_fork!(SignedBeaconBlock since Phase0, &mut block, block => {
        block.message.slot = slot;
        block.message.parent_root = parent_root;
    });
    (block.block_root(), block.as_ssz_bytes())
}

/// Blocks of these slots, each the parent of the next, as chunks.
pub(super) fn blocks(protocol: Protocol, slots: impl IntoIterator<Item = u64>) -> (Vec<Root>, Vec<Chunk>) {
    let mut parent = Root::repeat_byte(9);
    let link = |slot| {
        let (root, ssz) = block(Slot(slot), parent);
        parent = root;
        (root, chunk(protocol, Slot(slot), ssz))
    };
    slots.into_iter().map(link).unzip()
}

/// A blob sidecar with an inclusion proof, and the root of its block.
pub(super) fn blob(slot: Slot, index: u64) -> (Root, BlobSidecar) {
    let mut sidecar = BlobSidecar { index, ..BlobSidecar::default() };
    sidecar.kzg_commitment = [7; 48].into();
    // All blobs of a slot share the header, so they must share the body root: the same commitment stands everywhere, and
    // the siblings are chosen so that each place leads to the same root.
    let leaf = sidecar.kzg_commitment.tree_hash_root();
    let (mut branch, mut node) = (Vec::new(), leaf);
    for level in 0..17 {
        // Only the three lowest levels differ between indices below 8; there the sibling equals the node.
        let sibling = if level < 3 { node } else { Root::repeat_byte(level) };
        let position = ((11 << 13) | index) >> level;
        node = root_above(node, &[sibling], position & 1);
        branch.push(sibling);
    }
    sidecar.kzg_commitment_inclusion_proof = branch.try_into().unwrap();
    sidecar.signed_block_header.message = BeaconBlockHeader { slot, body_root: node, ..Default::default() };
    (sidecar.signed_block_header.message.tree_hash_root(), sidecar)
}

/// A Fulu column of a block with two blobs, with an inclusion proof, and the root of its block.
pub(super) fn column(slot: Slot, index: u64) -> (Root, DataColumnSidecar) {
    let mut sidecar = fulu::DataColumnSidecar { index, ..Default::default() };
    sidecar.column = [[3; 2048]; 2].into_iter().collect();
    sidecar.kzg_commitments = [[4; 48]; 2].into_iter().collect();
    sidecar.kzg_proofs = [[5; 48]; 2].into_iter().collect();
    let branch = branch(4);
    let body_root = root_above(sidecar.kzg_commitments.tree_hash_root(), &branch, 11);
    sidecar.kzg_commitments_inclusion_proof = branch.try_into().unwrap();
    sidecar.signed_block_header.message = BeaconBlockHeader { slot, body_root, ..Default::default() };
    (sidecar.signed_block_header.message.tree_hash_root(), sidecar)
}

/// A column since Gloas, of a block with two blobs.
pub(super) fn gloas_column(slot: Slot, beacon_block_root: Root, index: u64) -> gloas::DataColumnSidecar {
    gloas::DataColumnSidecar {
        index,
        column: [[3; 2048]; 2].into_iter().collect(),
        kzg_proofs: [[5; 48]; 2].into_iter().collect(),
        slot,
        beacon_block_root,
    }
}

/// The envelope of a block, as a chunk.
pub(super) fn envelope(protocol: Protocol, slot: Slot, block_root: Root) -> Chunk {
    let mut envelope = gloas::SignedExecutionPayloadEnvelope::default();
    envelope.message.beacon_block_root = block_root;
    envelope.message.payload.slot_number = slot.0;
    chunk(protocol, slot, envelope.as_ssz_bytes())
}

/// An inclusion list, as a chunk.
pub(super) fn inclusion_list(slot: Slot, dependent_root: Root, validator_index: u64) -> Chunk {
    let mut list = heze::SignedInclusionList::default();
    (list.message.slot, list.message.dependent_root) = (slot, dependent_root);
    list.message.validator_index = validator_index;
    chunk(Protocol::InclusionListsByIndicesV1, slot, list.as_ssz_bytes())
}
