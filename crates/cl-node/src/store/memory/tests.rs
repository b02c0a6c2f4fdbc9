use bytes::Bytes;

use super::*;
use crate::store::Bid;

const GENESIS: Root = Root::ZERO;

fn block(slot: u64, root: u8, parent: u8) -> StoredBlock {
    StoredBlock::new(Slot(slot), Root::repeat_byte(root), Root::repeat_byte(parent), vec![root; 10].into())
}

fn store(blocks: impl IntoIterator<Item = StoredBlock>) -> MemoryStore {
    let store = MemoryStore::new();
    blocks.into_iter().for_each(|block| store.offer(Offered::Block(block)));
    store
}

fn at(slot: u64) -> Stored {
    Stored { slot: Slot(slot), ssz: Bytes::from(vec![1; 100]) }
}

fn column(slot: u64, block: u8, index: u64) -> Offered {
    Offered::Column { block: Root::repeat_byte(block), index, sidecar: at(slot) }
}

fn extent(store: &MemoryStore, custody: ColumnSet) -> Extent {
    store.extent(Some(GENESIS), custody).unwrap()
}

#[test]
fn a_range_holds_one_chain_only() {
    let store = store([block(1, 1, 0), block(2, 2, 1), block(2, 9, 1), block(4, 4, 2)]);
    let roots = |start, end| {
        let chain = store.chain(Slot(start)..Slot(end));
        chain.iter().map(|position| position.root[0]).collect::<Vec<_>>()
    };
    assert_eq!(roots(0, 10), [1, 2, 4]);
    assert_eq!(roots(2, 4), [2]);
    assert_eq!(roots(5, 10), [0; 0]);
    assert_eq!(roots(u64::MAX, u64::MAX), [0; 0]);
    store.offer(Offered::Block(block(5, 5, 9)));
    assert_eq!(roots(0, 10), [1, 9, 5], "the newest block decides");
}

#[test]
fn the_head_counts_only_when_linked_to_genesis() {
    let linked = extent(&store([block(1, 1, 0), block(3, 3, 1)]), ColumnSet::ALL);
    assert_eq!((linked.is_linked, linked.head.slot, linked.blocks_from), (true, Slot(3), Slot(0)));
    let gap = extent(&store([block(1, 1, 0), block(3, 3, 2), block(4, 4, 3)]), ColumnSet::ALL);
    assert_eq!((gap.is_linked, gap.head.slot, gap.blocks_from), (false, Slot(4), Slot(3)));
    assert_eq!(store([]).extent(Some(GENESIS), ColumnSet::ALL), None);
    assert!(!store([block(1, 1, 0)]).extent(None, ColumnSet::ALL).unwrap().is_linked, "genesis is not known");
}

#[test]
fn a_cycle_of_parents_ends() {
    assert_eq!(store([block(1, 1, 2), block(2, 2, 1)]).chain(Slot(0)..Slot(100)).len(), 2);
}

#[test]
fn sidecars_count_for_how_far_the_store_reaches_but_not_those_of_the_head() {
    let with_blobs = |slot, root, parent| StoredBlock { sidecars: Sidecars::Columns, ..block(slot, root, parent) };
    let store = store([block(1, 1, 0), with_blobs(2, 2, 1), block(3, 3, 2), with_blobs(4, 4, 3)]);
    let custody: ColumnSet = [5, 77].into_iter().collect();
    let from = |custody| (extent(&store, custody).blocks_from, extent(&store, custody).sidecars_from);
    assert_eq!(from(custody), (Slot(0), Slot(3)));
    store.offer(column(2, 2, 5));
    assert_eq!(from(custody), (Slot(0), Slot(3)), "one of two");
    store.offer(column(2, 2, 77));
    assert_eq!(from(custody), (Slot(0), Slot(0)));
    assert_eq!(from(ColumnSet::ALL), (Slot(0), Slot(3)));
    store.offer(Offered::Block(block(5, 5, 4)));
    assert_eq!(from(custody), (Slot(0), Slot(5)), "the head of before is a block like the others now");
    assert_eq!(store.column(Root::repeat_byte(2), 77), Some(at(2)));
    assert_eq!(store.column(Root::repeat_byte(2), 78), None);
}

#[test]
fn the_oldest_blocks_give_way_with_all_that_belongs_to_them() {
    let store = MemoryStore::with_capacity(500);
    for slot in 1..=4 {
        let n = u8::try_from(slot).unwrap();
        store.offer(Offered::Block(block(slot, n, n - 1)));
        store.offer(column(slot, n, 1));
        store.offer(column(slot, n, 1));
    }
    assert_eq!(store.lock().bytes, 440);
    store.offer(column(4, 4, 2));
    assert_eq!(store.lock().bytes, 430, "that of slot 1 is gone, its column too");
    assert_eq!((store.block(Root::repeat_byte(1)), store.column(Root::repeat_byte(1), 1)), (None, None));
    assert_eq!(extent(&store, ColumnSet::first(2)).blocks_from, Slot(2));
}

#[test]
fn the_number_of_blocks_is_bounded() {
    let store = MemoryStore::new();
    for slot in 0..5000_u64 {
        let mut root = [0; 32];
        root[..8].copy_from_slice(&slot.to_be_bytes());
        store.offer(Offered::Block(StoredBlock::new(Slot(slot), root.into(), Root::ZERO, Bytes::new())));
    }
    let inner = store.lock();
    assert_eq!((inner.entries.len(), inner.by_slot.len()), (MEMORY_STORE_BLOCKS, MEMORY_STORE_BLOCKS));
    assert_eq!(inner.blocks.len(), MEMORY_STORE_BLOCKS);
}

#[test]
fn a_block_corrects_a_made_up_slot() {
    let store = MemoryStore::new();
    store.offer(column(9, 1, 3));
    store.offer(column(8, 1, 4));
    assert_eq!(store.column(Root::repeat_byte(1), 4), None, "contradicts the first");
    store.offer(Offered::Block(block(1, 1, 0)));
    assert_eq!(store.column(Root::repeat_byte(1), 3), None);
    assert_eq!(store.lock().by_slot.len(), 1);
    assert_eq!(store.lock().bytes, 10);
}

#[test]
fn a_payload_is_on_the_chain_once_the_next_block_builds_on_it() {
    let with_bid = |slot, n: u8, promised: u8, on: u8| StoredBlock {
        bid: Some(Bid { block_hash: Root::repeat_byte(promised), parent_block_hash: Root::repeat_byte(on) }),
        ..block(slot, n, n - 1)
    };
    let store = store([with_bid(1, 1, 0xa1, 0xa0), with_bid(2, 2, 0xa2, 0xa1), with_bid(3, 3, 0xa3, 0xa1)]);
    for (slot, n, hash) in [(1, 1, 0xa1), (2, 2, 0xa2), (3, 3, 0xa3)] {
        let envelope =
            Offered::Envelope { block: Root::repeat_byte(n), block_hash: Root::repeat_byte(hash), envelope: at(slot) };
        store.offer(envelope);
    }
    let on_chain: Vec<_> = (1..=3).map(|n| store.has_payload(Root::repeat_byte(n))).collect();
    assert_eq!(on_chain, [true, false, false], "slot 3 builds on slot 1's; of the head nothing is known");
    assert_eq!(store.envelope(Root::repeat_byte(2)), Some(at(2)), "by root it is there");
}

#[test]
fn the_newest_light_client_updates_stay() {
    let store = MemoryStore::new();
    for slot in [5, 9, 7] {
        store.offer(Offered::LightClientFinalityUpdate(at(slot)));
        store.offer(Offered::LightClientOptimisticUpdate(at(slot)));
    }
    assert_eq!(store.light_client_finality_update(), Some(at(9)));
    assert_eq!(store.light_client_optimistic_update(), Some(at(9)));
    for period in 0..1000 {
        store.offer(Offered::LightClientUpdate { period, update: at(period) });
    }
    assert_eq!(store.light_client_update(999), Some(at(999)));
    assert_eq!(store.lock().updates.len(), MAX_UPDATES);
}

#[test]
fn inclusion_lists_are_found_by_member_and_equivocators_are_left_out() {
    let store = MemoryStore::new();
    let list = |validator_index, member, text: &'static str| {
        Offered::InclusionList(StoredInclusionList {
            slot: Slot(3),
            dependent_root: Root::ZERO,
            validator_index,
            member,
            ssz: Bytes::from(text),
        })
    };
    let found = |members: &[usize]| {
        let mut bits = BitVector::new();
        members.iter().for_each(|member| bits.set(*member, true).unwrap());
        store.inclusion_lists(Slot(3), Root::ZERO, &bits).len()
    };
    let all: Vec<usize> = (0..16).collect();
    store.offer(list(100, Some(2), "a"));
    store.offer(list(101, None, "b"));
    assert_eq!((found(&[2]), found(&[3]), found(&all)), (1, 0, 2));
    store.offer(list(100, Some(2), "a"));
    store.offer(list(101, None, "another"));
    assert_eq!((found(&[2]), found(&all)), (1, 1), "101 contradicts itself");
}
