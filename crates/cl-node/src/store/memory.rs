//! A store in memory: the newest of what was offered.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use cl_types::protocol::MAX_REQUEST_BLOCKS_DENEB;
use cl_types::{Root, Slot};
use ssz_types::BitVector;
use typenum::U16;

use super::{
    BlockPosition, ChainStore, ColumnSet, Extent, Offered, Sidecars, Stored, StoredBlock, StoredInclusionList,
};

/// Most blocks that [`MemoryStore`] keeps, those included of which it has only sidecars.
pub const MEMORY_STORE_BLOCKS: usize = 4096;
/// Most bytes of blocks, sidecars, envelopes and bootstraps that [`MemoryStore`] keeps unless told otherwise.
pub const MEMORY_STORE_BYTES: usize = 128 * 1024 * 1024;
/// Most light client updates, at most 30 KiB each.
const MAX_UPDATES: usize = 256;
/// Most inclusion lists, at most 41 KiB each. A slot has 16.
const MAX_LISTS: usize = 64;

/// Keeps the newest of what was offered, block by block with all that belongs to it: up to [`MEMORY_STORE_BLOCKS`], and so
/// many bytes. The oldest go first, whole.
///
/// Its chain is the one that ends in the newest block.
#[derive(Debug)]
pub struct MemoryStore {
    max_bytes: usize,
    inner: Mutex<Inner>,
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::with_capacity(MEMORY_STORE_BYTES)
    }
}

#[derive(Debug, Default)]
struct Inner {
    entries: HashMap<Root, Entry>,
    /// All entries.
    by_slot: BTreeSet<(Slot, Root)>,
    /// The entries that hold their block.
    blocks: BTreeSet<(Slot, Root)>,
    bytes: usize,
    updates: BTreeMap<u64, Stored>,
    finality_update: Option<Stored>,
    optimistic_update: Option<Stored>,
    lists: VecDeque<StoredInclusionList>,
    /// The chain that ends in the newest block, oldest first, as far as parents are held; until a block comes or goes.
    chain: Option<Vec<BlockPosition>>,
    /// The last answer to a question for the extent; until anything comes or goes.
    extent: Option<(Option<Root>, ColumnSet, Option<Extent>)>,
}

/// A block, or what there is of it.
#[derive(Debug)]
struct Entry {
    slot: Slot,
    bytes: usize,
    block: Option<StoredBlock>,
    blobs: Shelf,
    columns: Shelf,
    /// With the hash of its payload.
    envelope: Option<(Root, Stored)>,
    bootstrap: Option<Stored>,
}

/// Sidecars by index.
#[derive(Debug, Default)]
struct Shelf {
    held: ColumnSet,
    sidecars: BTreeMap<u64, Stored>,
}

impl Shelf {
    fn put(&mut self, index: u64, sidecar: Stored) -> bool {
        let is_new = !self.held.contains(index) && self.held.insert(index);
        if is_new {
            self.sidecars.insert(index, sidecar);
        }
        is_new
    }
}

impl Entry {
    const fn at(slot: Slot) -> Self {
        Self {
            slot,
            bytes: 0,
            block: None,
            blobs: Shelf { held: ColumnSet::EMPTY, sidecars: BTreeMap::new() },
            columns: Shelf { held: ColumnSet::EMPTY, sidecars: BTreeMap::new() },
            envelope: None,
            bootstrap: None,
        }
    }

    fn has_sidecars(&self, custody: ColumnSet) -> bool {
        match self.block.as_ref().map(|block| block.sidecars) {
            None => false,
            Some(Sidecars::None) => true,
            Some(Sidecars::Blobs(count)) => self.blobs.held.covers(ColumnSet::first(count)),
            Some(Sidecars::Columns) => self.columns.held.covers(custody),
        }
    }
}

impl MemoryStore {
    /// An empty store of the usual size.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty store for so many bytes.
    #[must_use]
    pub fn with_capacity(max_bytes: usize) -> Self {
        Self { max_bytes, inner: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn chain(&mut self) -> &[BlockPosition] {
        if self.chain.is_none() {
            let block_of = |root: &Root| self.entries.get(root).and_then(|entry| entry.block.as_ref());
            let newest = self.blocks.last().and_then(|(_, root)| block_of(root));
            // A parent must be older than its child: a made-up cycle ends here.
            let chain = std::iter::successors(newest, |child| {
                block_of(&child.parent_root).filter(|parent| parent.slot < child.slot)
            });
            let mut chain: Vec<_> = chain.map(|block| BlockPosition { slot: block.slot, root: block.root }).collect();
            chain.reverse();
            self.chain = Some(chain);
        }
        self.chain.as_deref().unwrap_or_default()
    }

    fn block(&self, root: &Root) -> Option<&StoredBlock> {
        self.entries.get(root)?.block.as_ref()
    }

    fn extent(&mut self, genesis: Option<Root>, custody: ColumnSet) -> Option<Extent> {
        if let Some((of_genesis, of_custody, extent)) = self.extent
            && (of_genesis, of_custody) == (genesis, custody)
        {
            return extent;
        }
        let chain = std::mem::take(&mut self.chain().to_vec());
        let extent = chain.first().zip(chain.last()).map(|(first, head)| {
            let parent = self.block(&first.root).map(|block| block.parent_root);
            let is_linked = genesis.is_some() && parent == genesis;
            let blocks_from = if is_linked { Slot(0) } else { first.slot };
            let lacks = |position: &&BlockPosition| {
                !self.entries.get(&position.root).is_some_and(|entry| entry.has_sidecars(custody))
            };
            let lacking = chain.iter().rev().skip(1).find(lacks);
            let sidecars_from = lacking.map_or(blocks_from, |position| position.slot.saturating_add(1));
            Extent { head: *head, blocks_from, sidecars_from, is_linked }
        });
        self.extent = Some((genesis, custody, extent));
        extent
    }

    /// The entry of a block. `None` if what is known of the block contradicts the slot.
    fn entry(&mut self, root: Root, slot: Slot) -> Option<&mut Entry> {
        let entry = self.entries.entry(root).or_insert_with(|| Entry::at(slot));
        if entry.slot != slot {
            return None;
        }
        self.by_slot.insert((slot, root));
        Some(entry)
    }

    fn insert_block(&mut self, block: StoredBlock) {
        let (root, slot) = (block.root, block.slot);
        if self.entries.get(&root).is_some_and(|entry| entry.slot != slot) {
            // The root covers the slot: what came before was made up.
            self.remove(slot, root);
        }
        let Some(entry) = self.entry(root, slot).filter(|entry| entry.block.is_none()) else { return };
        let bytes = block.ssz.len();
        entry.block = Some(block);
        self.blocks.insert((slot, root));
        self.chain = None;
        self.added(root, bytes);
    }

    /// Puts something beside a block; `put` says whether it was new.
    fn insert(&mut self, root: Root, stored: Stored, put: impl FnOnce(&mut Entry, Stored) -> bool) {
        let bytes = stored.ssz.len();
        if let Some(entry) = self.entry(root, stored.slot)
            && put(entry, stored)
        {
            self.added(root, bytes);
        }
    }

    fn added(&mut self, root: Root, bytes: usize) {
        if let Some(entry) = self.entries.get_mut(&root) {
            entry.bytes += bytes;
            self.bytes += bytes;
        }
        self.extent = None;
    }

    fn remove(&mut self, slot: Slot, root: Root) {
        let Some(entry) = self.entries.remove(&root) else { return };
        self.bytes -= entry.bytes;
        // The slot of the entry, not the one that is asked for: they may differ.
        self.by_slot.remove(&(entry.slot, root));
        self.by_slot.remove(&(slot, root));
        if self.blocks.remove(&(entry.slot, root)) {
            self.chain = None;
        }
        self.extent = None;
    }

    fn shrink(&mut self, max_bytes: usize) {
        while self.entries.len() > MEMORY_STORE_BLOCKS || self.bytes > max_bytes {
            let Some((slot, root)) = self.by_slot.first().copied() else { break };
            self.remove(slot, root);
        }
    }

    fn insert_list(&mut self, list: StoredInclusionList) {
        let same = |held: &StoredInclusionList| {
            (held.slot, held.dependent_root, held.validator_index)
                == (list.slot, list.dependent_root, list.validator_index)
        };
        match self.lists.iter_mut().find(|held| same(held)) {
            Some(held) if held.ssz == list.ssz => held.member = list.member.or(held.member),
            // Two different ones: neither is served any more.
            Some(held) => held.ssz.clear(),
            None => self.lists.push_back(list),
        }
        if self.lists.len() > MAX_LISTS {
            self.lists.pop_front();
        }
    }
}

/// Keeps the newer of two, by the slot of the attested header.
fn keep_newest(held: &mut Option<Stored>, offered: Stored) {
    if held.as_ref().is_none_or(|held| held.slot < offered.slot) {
        *held = Some(offered);
    }
}

impl ChainStore for MemoryStore {
    fn chain(&self, slots: Range<Slot>) -> Vec<BlockPosition> {
        let mut inner = self.lock();
        let chain = inner.chain();
        let start = chain.partition_point(|position| position.slot < slots.start);
        let most = usize::try_from(MAX_REQUEST_BLOCKS_DENEB).unwrap_or(usize::MAX);
        chain.iter().skip(start).take_while(|position| position.slot < slots.end).take(most).copied().collect()
    }

    fn block(&self, root: Root) -> Option<StoredBlock> {
        self.lock().block(&root).cloned()
    }

    fn extent(&self, genesis_block_root: Option<Root>, custody: ColumnSet) -> Option<Extent> {
        self.lock().extent(genesis_block_root, custody)
    }

    fn offer(&self, object: Offered) {
        let mut inner = self.lock();
        match object {
            Offered::Block(block) => inner.insert_block(block),
            Offered::Blob { block, index, sidecar } => {
                inner.insert(block, sidecar, |entry, sidecar| entry.blobs.put(index, sidecar));
            }
            Offered::Column { block, index, sidecar } => {
                inner.insert(block, sidecar, |entry, sidecar| entry.columns.put(index, sidecar));
            }
            Offered::Envelope { block, block_hash, envelope } => inner.insert(block, envelope, |entry, envelope| {
                entry.envelope.is_none() && entry.envelope.replace((block_hash, envelope)).is_none()
            }),
            Offered::LightClientBootstrap { block, bootstrap } => inner.insert(block, bootstrap, |entry, bootstrap| {
                entry.bootstrap.is_none() && entry.bootstrap.replace(bootstrap).is_none()
            }),
            Offered::LightClientUpdate { period, update } => {
                inner.updates.insert(period, update);
                if inner.updates.len() > MAX_UPDATES {
                    inner.updates.pop_first();
                }
            }
            Offered::LightClientFinalityUpdate(update) => keep_newest(&mut inner.finality_update, update),
            Offered::LightClientOptimisticUpdate(update) => keep_newest(&mut inner.optimistic_update, update),
            Offered::InclusionList(list) => inner.insert_list(list),
        }
        inner.shrink(self.max_bytes);
    }

    fn blobs(&self, block: Root) -> ColumnSet {
        self.lock().entries.get(&block).map_or(ColumnSet::EMPTY, |entry| entry.blobs.held)
    }

    fn columns(&self, block: Root) -> ColumnSet {
        self.lock().entries.get(&block).map_or(ColumnSet::EMPTY, |entry| entry.columns.held)
    }

    fn blob(&self, block: Root, index: u64) -> Option<Stored> {
        self.lock().entries.get(&block)?.blobs.sidecars.get(&index).cloned()
    }

    fn column(&self, block: Root, index: u64) -> Option<Stored> {
        self.lock().entries.get(&block)?.columns.sidecars.get(&index).cloned()
    }

    fn envelope(&self, block: Root) -> Option<Stored> {
        self.lock().entries.get(&block)?.envelope.as_ref().map(|(_, envelope)| envelope.clone())
    }

    fn has_payload(&self, block: Root) -> bool {
        let mut inner = self.lock();
        let Some(slot) = inner.block(&block).map(|block| block.slot) else { return false };
        let chain = inner.chain();
        let place = chain.partition_point(|position| position.slot < slot);
        let on_chain = chain.get(place).is_some_and(|position| position.root == block);
        let Some(child) = chain.get(place.saturating_add(1)).map(|child| child.root).filter(|_| on_chain) else {
            return false;
        };
        let built_on = inner.block(&child).and_then(|child| child.bid).map(|bid| bid.parent_block_hash);
        let held = inner.entries.get(&block).and_then(|entry| entry.envelope.as_ref()).map(|(hash, _)| *hash);
        built_on.is_some() && built_on == held
    }

    fn light_client_bootstrap(&self, block: Root) -> Option<Stored> {
        self.lock().entries.get(&block)?.bootstrap.clone()
    }

    fn light_client_update(&self, period: u64) -> Option<Stored> {
        self.lock().updates.get(&period).cloned()
    }

    fn light_client_finality_update(&self) -> Option<Stored> {
        self.lock().finality_update.clone()
    }

    fn light_client_optimistic_update(&self) -> Option<Stored> {
        self.lock().optimistic_update.clone()
    }

    fn inclusion_lists(&self, slot: Slot, dependent_root: Root, members: &BitVector<U16>) -> Vec<Stored> {
        let inner = self.lock();
        // Who asks for all members need not tell them apart.
        let all = members.num_set_bits() == members.len();
        let asked = |list: &&StoredInclusionList| {
            (list.slot, list.dependent_root) == (slot, dependent_root)
                && !list.ssz.is_empty()
                && (all || list.member.is_some_and(|member| members.get(member.into()).unwrap_or(false)))
        };
        let lists = inner.lists.iter().filter(asked).take(members.len());
        lists.map(|list| Stored { slot, ssz: list.ssz.clone() }).collect()
    }
}
