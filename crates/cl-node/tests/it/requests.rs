//! Blocks asked for by range and by root between two nodes of ours.

use std::sync::Arc;

use bytes::Bytes;
use cl_node::store::MemoryStore;
use cl_node::{ChainStore, Lie, Node, NodeHandle, RequestError, StoredBlock};
use cl_types::containers::{SignedBeaconBlock, StatusV2};
use cl_types::{Epoch, Minimal, Root, Slot};
use ssz::Encode;
use tree_hash::TreeHash;

use crate::support::{alone, introduce, quiet_chain, ready, start};

/// A chain of blocks at these slots.
fn blocks(slots: impl IntoIterator<Item = u64>) -> Vec<StoredBlock> {
    let mut parent_root = Root::repeat_byte(3);
    slots
        .into_iter()
        .map(|slot| {
            let mut block = SignedBeaconBlock::<Minimal>::default();
            block.message.slot = Slot(slot);
            block.message.parent_root = parent_root;
            let root = block.message.tree_hash_root();
            let stored = StoredBlock { slot: Slot(slot), root, parent_root, ssz: Bytes::from(block.as_ssz_bytes()) };
            parent_root = root;
            stored
        })
        .collect()
}

async fn pair(store: Arc<dyn ChainStore>) -> (NodeHandle, NodeHandle) {
    let (asking, mut events) = start(alone(quiet_chain())).await;
    let (serving, _) = Node::builder(alone(quiet_chain())).chain_store(store).spawn().await.unwrap();
    introduce(&asking, &serving).await;
    ready(&mut events).await;
    (asking, serving)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_range_and_roots_are_answered_across_a_fork() {
    // Fulu starts at slot 8.
    let chain = blocks([5, 6, 7, 8, 10, 11]);
    let store = Arc::new(MemoryStore::new());
    chain.iter().for_each(|block| store.offer(block.clone()));
    let (asking, serving) = pair(store).await;
    let peer = serving.info().await.unwrap().peer;

    let range = asking.blocks_by_range(peer, Slot(6), 5).await.unwrap().collect().await.unwrap();
    let got: Vec<_> = range.iter().map(|block| (block.slot.0, block.fork.as_str())).collect();
    assert_eq!(got, [(6, "electra"), (7, "electra"), (8, "fulu"), (10, "fulu")]);
    assert_eq!(range[0].ssz, chain[1].ssz);

    let roots = [chain[5].root, Root::repeat_byte(0xee), chain[0].root];
    let by_root = asking.blocks_by_root(peer, &roots).await.unwrap().collect().await.unwrap();
    assert_eq!(by_root.iter().map(|block| block.slot.0).collect::<Vec<_>>(), [11, 5]);

    let nothing = asking.blocks_by_range(peer, Slot(50), 5).await.unwrap().collect().await.unwrap();
    assert!(nothing.is_empty());
    assert!(matches!(asking.blocks_by_range(peer, Slot(1), 0).await, Err(RequestError::Invalid(_))));
    asking.shutdown().await;
    serving.shutdown().await;
}

/// A store that answers every range with the same blocks.
struct Liar(Vec<StoredBlock>);

impl ChainStore for Liar {
    fn blocks_by_range(&self, _: Slot, _: u64) -> Vec<StoredBlock> {
        self.0.clone()
    }

    fn block_by_root(&self, _: Root) -> Option<StoredBlock> {
        None
    }

    fn head_linked_to(&self, _: Root) -> Option<cl_node::store::BlockPosition> {
        None
    }

    fn complete_from(&self) -> Option<Slot> {
        None
    }

    fn offer(&self, _: StoredBlock) {}
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lie_is_an_error_that_blames_the_peer() {
    let (asking, serving) = pair(Arc::new(Liar(blocks([6, 20])))).await;
    let peer = serving.info().await.unwrap().peer;
    let error = asking.blocks_by_range(peer, Slot(5), 3).await.unwrap().collect().await.unwrap_err();
    assert!(matches!(error, RequestError::Lie { why: Lie::OutOfRange, .. }), "{error:?}");
    let blamed = asking.peers().await.unwrap();
    assert!(blamed.iter().any(|info| info.peer == peer && info.score < 0.0), "{blamed:?}");
    asking.shutdown().await;
    serving.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chainless_status_is_truthful() {
    let store = Arc::new(MemoryStore::new());
    let (node, _events) = Node::builder(alone(quiet_chain())).chain_store(store.clone()).spawn().await.unwrap();
    let empty: StatusV2 = node.info().await.unwrap().status;
    assert_eq!((empty.finalized_epoch, empty.finalized_root), (Epoch(0), Root::ZERO));
    assert_eq!(empty.head_slot, Slot(0));
    assert_eq!(empty.earliest_available_slot, Slot(101), "complete from the next slot on");
    blocks([90, 91]).into_iter().for_each(|block| store.offer(block));
    let some = node.info().await.unwrap().status;
    assert_eq!(some.earliest_available_slot, Slot(90));
    assert_eq!(some.head_slot, Slot(0), "not linked to genesis");
    node.shutdown().await;
}
