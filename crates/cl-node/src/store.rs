//! What a node serves.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use cl_types::{Root, Slot};

/// A signed block as it travels, with what is needed to find it.
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
}

/// Where a block stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockPosition {
    /// Its slot.
    pub slot: Slot,
    /// Its root.
    pub root: Root,
}

/// What a node serves to its peers. Called on the node's task: it must answer from memory or from a fast local store.
pub trait ChainStore: Send + Sync + 'static {
    /// The blocks of one chain with slots in `start .. start + count`, ascending, at most `count` and at most 128.
    fn blocks_by_range(&self, start: Slot, count: u64) -> Vec<StoredBlock>;

    /// One block.
    fn block_by_root(&self, root: Root) -> Option<StoredBlock>;

    /// The newest block, if it is linked to the genesis block with this root without a gap.
    fn head_linked_to(&self, genesis_block_root: Root) -> Option<BlockPosition>;

    /// First slot from which every block up to the newest is held; `None` if nothing is held.
    fn complete_from(&self) -> Option<Slot>;

    /// Offers a block that passed the node's relay level. A store that is filled elsewhere ignores it.
    fn offer(&self, block: StoredBlock);
}

/// Most blocks that [`MemoryStore`] keeps.
pub const MEMORY_STORE_BLOCKS: usize = 4096;
/// Most bytes of blocks that [`MemoryStore`] keeps.
pub const MEMORY_STORE_BYTES: usize = 128 * 1024 * 1024;

/// Keeps the newest blocks that were offered, up to [`MEMORY_STORE_BLOCKS`] and [`MEMORY_STORE_BYTES`].
#[derive(Debug, Default)]
pub struct MemoryStore {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    blocks: HashMap<Root, StoredBlock>,
    by_slot: BTreeMap<(Slot, Root), ()>,
    bytes: usize,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// The chain that ends in the newest block, newest first, as far as parents are held.
    fn chain(&self) -> impl Iterator<Item = &StoredBlock> {
        let newest = self.by_slot.keys().next_back().and_then(|(_, root)| self.blocks.get(root));
        // A parent must be older than its child: a made-up cycle ends here.
        std::iter::successors(newest, |child| {
            self.blocks.get(&child.parent_root).filter(|parent| parent.slot < child.slot)
        })
    }

    fn insert(&mut self, block: StoredBlock) {
        if self.blocks.contains_key(&block.root) {
            return;
        }
        self.bytes += block.ssz.len();
        self.by_slot.insert((block.slot, block.root), ());
        self.blocks.insert(block.root, block);
        while self.blocks.len() > MEMORY_STORE_BLOCKS || self.bytes > MEMORY_STORE_BYTES {
            let Some(((_, root), ())) = self.by_slot.pop_first() else { break };
            if let Some(old) = self.blocks.remove(&root) {
                self.bytes -= old.ssz.len();
            }
        }
    }
}

impl ChainStore for MemoryStore {
    fn blocks_by_range(&self, start: Slot, count: u64) -> Vec<StoredBlock> {
        let end = start.saturating_add(count);
        let inner = self.lock();
        let mut blocks: Vec<_> =
            inner.chain().skip_while(|b| b.slot >= end).take_while(|b| b.slot >= start).cloned().collect();
        blocks.reverse();
        blocks.truncate(usize::try_from(cl_types::protocol::MAX_REQUEST_BLOCKS_DENEB).unwrap_or(usize::MAX));
        blocks
    }

    fn block_by_root(&self, root: Root) -> Option<StoredBlock> {
        self.lock().blocks.get(&root).cloned()
    }

    fn head_linked_to(&self, genesis_block_root: Root) -> Option<BlockPosition> {
        let inner = self.lock();
        let oldest = inner.chain().last()?;
        let newest = inner.chain().next()?;
        (oldest.parent_root == genesis_block_root).then_some(BlockPosition { slot: newest.slot, root: newest.root })
    }

    fn complete_from(&self) -> Option<Slot> {
        self.lock().chain().last().map(|block| block.slot)
    }

    fn offer(&self, block: StoredBlock) {
        self.lock().insert(block);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(slot: u64, root: u8, parent: u8) -> StoredBlock {
        StoredBlock {
            slot: Slot(slot),
            root: Root::repeat_byte(root),
            parent_root: Root::repeat_byte(parent),
            ssz: Bytes::from(vec![root; 10]),
        }
    }

    fn store(blocks: impl IntoIterator<Item = StoredBlock>) -> MemoryStore {
        let store = MemoryStore::new();
        blocks.into_iter().for_each(|block| store.offer(block));
        store
    }

    #[test]
    fn a_range_holds_one_chain_only() {
        let store = store([block(1, 1, 0), block(2, 2, 1), block(2, 9, 1), block(4, 4, 2)]);
        let slots =
            |start, count| store.blocks_by_range(Slot(start), count).iter().map(|b| b.root[0]).collect::<Vec<_>>();
        assert_eq!(slots(0, 10), [1, 2, 4]);
        assert_eq!(slots(2, 2), [2]);
        assert_eq!(slots(5, 10), [0; 0]);
        assert_eq!(slots(u64::MAX, u64::MAX), [0; 0]);
    }

    #[test]
    fn the_head_counts_only_when_linked_to_genesis() {
        let linked = store([block(1, 1, 0), block(3, 3, 1)]);
        assert_eq!(linked.head_linked_to(Root::ZERO).map(|head| head.slot), Some(Slot(3)));
        let gap = store([block(1, 1, 0), block(3, 3, 2), block(4, 4, 3)]);
        assert_eq!(gap.head_linked_to(Root::ZERO), None);
        assert_eq!(gap.complete_from(), Some(Slot(3)));
        assert_eq!(store([]).complete_from(), None);
    }

    #[test]
    fn a_cycle_of_parents_ends() {
        let store = store([block(1, 1, 2), block(2, 2, 1)]);
        assert_eq!(store.blocks_by_range(Slot(0), 100).len(), 2);
    }

    #[test]
    fn the_oldest_blocks_give_way() {
        let store = MemoryStore::new();
        for slot in 0..5000_u64 {
            let mut root = [0; 32];
            root[..8].copy_from_slice(&slot.to_be_bytes());
            store.offer(StoredBlock {
                slot: Slot(slot),
                root: root.into(),
                parent_root: Root::ZERO,
                ssz: Bytes::new(),
            });
        }
        assert_eq!(store.lock().blocks.len(), MEMORY_STORE_BLOCKS);
        assert_eq!(store.lock().by_slot.len(), MEMORY_STORE_BLOCKS);
    }
}
