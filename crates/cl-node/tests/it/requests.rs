//! Everything that can be asked for, between two nodes of ours.

use std::sync::Arc;

use bytes::Bytes;
use cl_node::ask::{
    BlobsByRange, BlobsByRoot, BlocksByHead, BlocksByRange, BlocksByRoot, ColumnsByRange, ColumnsByRoot,
    EnvelopesByRange, EnvelopesByRoot, InclusionListsByIndices, LightClientBootstrap, LightClientFinalityUpdate,
    LightClientOptimisticUpdate, LightClientUpdatesByRange,
};
use cl_node::status::Chainless;
use cl_node::{ChainStore, MemoryStore, Node, NodeHandle, Offered, RequestError};
use cl_rpc::ErrorCode;
use cl_types::containers::StatusV2;
use cl_types::{Epoch, ForkName, Network, Protocol, Root, Slot};
use libp2p::PeerId;
use ssz::Encode;

use crate::objects::{COLUMNS, DEPENDENT, GENESIS, bootstrap_root, columns_store, full_store, plain_chain};
use crate::support::{all_forks, alone, chain, introduce, quiet_chain, ready, start};

/// A node that asks, one that serves this, and its id.
async fn pair(network: Network, store: MemoryStore) -> (NodeHandle, NodeHandle, PeerId) {
    let (asking, mut events) = start(alone(network.clone())).await;
    let status = Chainless { genesis_block_root: Some(GENESIS) };
    let serving = Node::builder(alone(network)).chain_store(Arc::new(store)).status_source(Arc::new(status));
    let (serving, _) = serving.spawn().await.unwrap();
    introduce(&asking, &serving).await;
    ready(&mut events).await;
    let peer = serving.info().await.unwrap().peer;
    (asking, serving, peer)
}

fn store(blocks: impl IntoIterator<Item = cl_node::StoredBlock>) -> MemoryStore {
    let store = MemoryStore::new();
    blocks.into_iter().for_each(|block| store.offer(Offered::Block(block)));
    store
}

fn code(error: &RequestError) -> Option<ErrorCode> {
    match error {
        RequestError::Rpc(cl_rpc::RequestError::Refused { code, .. }) => Some(*code),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_method_is_answered_in_every_fork_and_the_answer_is_true() {
    let (store, roots) = full_store();
    let (node, serving, peer) = pair(all_forks(), store).await;
    let root = |slot: u64| roots.iter().find(|(at, _)| *at == slot).unwrap().1;
    let all: Vec<u64> = roots.iter().map(|(slot, _)| *slot).collect();

    let blocks = node.request(peer, BlocksByRange::new(Slot(0), 31)).await.unwrap().collect().await.unwrap();
    assert_eq!(blocks.iter().map(|block| block.slot.0).collect::<Vec<_>>(), all);
    let forks = [ForkName::Electra, ForkName::Fulu, ForkName::Gloas, ForkName::Heze];
    assert!(forks.iter().all(|fork| blocks.iter().any(|block| block.fork == *fork)));
    let asked = [root(29), Root::repeat_byte(0xee), root(4)];
    let blocks = node.request(peer, BlocksByRoot::new(asked)).await.unwrap().collect().await.unwrap();
    assert_eq!(blocks.iter().map(|block| block.slot.0).collect::<Vec<_>>(), [29, 4]);
    let blocks = node.request(peer, BlocksByHead::new(root(24), 3)).await.unwrap().collect().await.unwrap();
    assert_eq!(blocks.iter().map(|block| block.slot.0).collect::<Vec<_>>(), [24, 18, 17]);

    let blobs = node.request(peer, BlobsByRange::new(Slot(0), 31)).await.unwrap().collect().await.unwrap();
    assert_eq!(blobs.iter().map(|blob| (blob.slot.0, blob.index)).collect::<Vec<_>>(), [(4, 0), (4, 1)]);
    let asked = [(root(4), 1), (root(5), 0)];
    let blobs = node.request(peer, BlobsByRoot::new(asked)).await.unwrap().collect().await.unwrap();
    assert_eq!(blobs.iter().map(|blob| (blob.block_root, blob.index)).collect::<Vec<_>>(), [(root(4), 1)]);

    let ask = ColumnsByRange::new(Slot(8), 23, [127, 6, 0]);
    let columns = node.request(peer, ask).await.unwrap().collect().await.unwrap();
    let places: Vec<_> = columns.iter().map(|column| (column.slot.0, column.index)).collect();
    assert_eq!(places, [(9, 0), (9, 127), (17, 0), (17, 127)]);
    let ask = ColumnsByRoot::new([(root(17), COLUMNS.to_vec()), (root(9), vec![5, 6])]);
    let columns = node.request(peer, ask).await.unwrap().collect().await.unwrap();
    let places: Vec<_> = columns.iter().map(|column| (column.block_root, column.index)).collect();
    assert_eq!(places, [(root(17), 0), (root(17), 5), (root(17), 127), (root(9), 5)]);

    let envelopes = node.request(peer, EnvelopesByRange::new(Slot(0), 31)).await.unwrap().collect().await.unwrap();
    let slots: Vec<_> = envelopes.iter().map(|envelope| envelope.slot.0).collect();
    assert_eq!(slots, [17, 18], "that of 24 was left out of the chain, of 29 nobody knows yet");
    let ask = EnvelopesByRoot::new([root(24), root(4)]);
    let envelopes = node.request(peer, ask).await.unwrap().collect().await.unwrap();
    assert_eq!(envelopes.iter().map(|envelope| envelope.slot.0).collect::<Vec<_>>(), [24]);

    let ask = LightClientBootstrap::new(bootstrap_root());
    let bootstrap = node.request(peer, ask).await.unwrap().collect().await.unwrap();
    assert_eq!(bootstrap.iter().map(|bootstrap| bootstrap.slot.0).collect::<Vec<_>>(), [5]);
    let updates = node.request(peer, LightClientUpdatesByRange::new(0, 128)).await.unwrap().collect().await.unwrap();
    assert_eq!(updates.iter().map(|update| update.slot.0).collect::<Vec<_>>(), [6]);
    let finality = node.request(peer, LightClientFinalityUpdate).await.unwrap().collect().await.unwrap();
    assert_eq!(finality.iter().map(|update| update.finalized_slot.0).collect::<Vec<_>>(), [2]);
    let optimistic = node.request(peer, LightClientOptimisticUpdate).await.unwrap().collect().await.unwrap();
    assert_eq!(optimistic.iter().map(|update| update.signature_slot.0).collect::<Vec<_>>(), [7]);

    let ask = InclusionListsByIndices::new(Slot(30), DEPENDENT, [3, 4, 9]);
    let lists = node.request(peer, ask).await.unwrap().collect().await.unwrap();
    assert_eq!(lists.len(), 2);

    let scores: Vec<_> = node.peers().await.unwrap().iter().map(|info| info.score).collect();
    assert_eq!(scores, [0.0], "nothing was a lie");
    node.shutdown().await;
    serving.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_said_by_code_3_or_by_an_empty_answer() {
    let fork_of = |slot| if slot < 8 { ForkName::Electra } else { ForkName::Fulu };
    let late = store(plain_chain([5, 6, 9, 12], fork_of).split_off(2));
    let (node, serving, peer) = pair(quiet_chain(), late).await;
    let before = node.request(peer, BlocksByRange::new(Slot(2), 5)).await.unwrap().collect().await.unwrap_err();
    assert_eq!(code(&before), Some(ErrorCode::RESOURCE_UNAVAILABLE), "slots 2 to 6 are not known to be empty");
    let since = node.request(peer, BlocksByRange::new(Slot(9), 9)).await.unwrap().collect().await.unwrap();
    assert_eq!(since.iter().map(|block| block.slot.0).collect::<Vec<_>>(), [9, 12]);
    let after = node.request(peer, BlocksByRange::new(Slot(50), 5)).await.unwrap().collect().await.unwrap();
    assert!(after.is_empty());
    let unknown = node.request(peer, BlocksByRoot::new([Root::repeat_byte(0xee)])).await.unwrap();
    assert!(unknown.collect().await.unwrap().is_empty());
    for error in [
        node.request(peer, BlocksByHead::new(GENESIS, 1)).await.unwrap().collect().await.map(drop),
        node.request(peer, LightClientBootstrap::new(GENESIS)).await.unwrap().collect().await.map(drop),
        node.request(peer, LightClientFinalityUpdate).await.unwrap().collect().await.map(drop),
        node.request(peer, LightClientOptimisticUpdate).await.unwrap().collect().await.map(drop),
    ] {
        assert_eq!(code(&error.unwrap_err()), Some(ErrorCode::RESOURCE_UNAVAILABLE));
    }
    let nothing = node.request(peer, BlocksByRange::new(Slot(1), 0)).await.unwrap_err();
    assert!(matches!(nothing, RequestError::Invalid(_)), "such a request is not even made");
    node.shutdown().await;
    serving.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_arguments_are_told_so_with_code_1_and_cost_nothing() {
    let (node, serving, peer) = pair(all_forks(), full_store().0).await;
    let range = |count: u64, step: u64| (Slot(4), count, step).as_ssz_bytes();
    for (protocol, body) in [
        (Protocol::BlocksByRangeV2, range(0, 1)),
        (Protocol::BlocksByRangeV2, range(1, 0)),
        (Protocol::BlocksByHeadV1, (GENESIS, 0_u64).as_ssz_bytes()),
        (Protocol::BlobsByRangeV1, (4_u64, 0_u64).as_ssz_bytes()),
        (Protocol::EnvelopesByRangeV1, (4_u64, 0_u64).as_ssz_bytes()),
        (Protocol::LightClientUpdatesByRangeV1, (0_u64, 0_u64).as_ssz_bytes()),
        // An offset into nowhere.
        (Protocol::ColumnsByRangeV1, [&[0; 16][..], &[99, 0, 0, 0]].concat()),
    ] {
        let request = cl_rpc::Request::new(vec![(protocol, Bytes::from(body))], 1).unwrap();
        let mut chunks = node.request_unchecked(peer, request).await.unwrap();
        let error = chunks.next().await.unwrap().unwrap_err();
        assert_eq!(code(&error), Some(ErrorCode::INVALID_REQUEST), "{protocol}");
        assert!(chunks.next().await.is_none(), "one end");
    }
    let known = serving.peers().await.unwrap();
    assert!(known.iter().all(|info| info.score == 0.0), "{known:?}");
    node.shutdown().await;
    serving.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_longer_than_any_queue_arrives_whole_and_in_order() {
    let (node, serving, peer) = pair(chain(60_000, 100, 0), columns_store([3, 4, 6])).await;
    let ask = ColumnsByRange::new(Slot(0), 128, 0..128);
    let columns = node.request(peer, ask).await.unwrap().collect().await.unwrap();
    let places: Vec<_> = columns.iter().map(|column| (column.slot.0, column.index)).collect();
    let all: Vec<_> = [3, 4, 6].into_iter().flat_map(|slot| (0..128).map(move |index| (slot, index))).collect();
    assert_eq!(places, all);
    node.shutdown().await;
    serving.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_answer_is_given_up_and_a_stopped_node_is_not_its_end() {
    let (node, serving, peer) = pair(quiet_chain(), MemoryStore::new()).await;
    let mut events = node.events().unwrap();
    drop(node.request(peer, BlocksByRange::new(Slot(500), 1)).await.unwrap());
    crate::support::await_event(&mut events, "end of the request", |event| {
        matches!(event, cl_node::Event::Request { .. }).then_some(())
    })
    .await;
    let mut answers = node.request(peer, BlocksByRange::new(Slot(500), 1)).await.unwrap();
    node.shutdown().await;
    // Whichever came first: the empty answer, or the end of the node.
    let end = answers.next().await;
    assert!(matches!(end, None | Some(Err(_))), "{end:?}");
    assert!(answers.next().await.is_none());
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
    plain_chain([90, 91], |_| ForkName::Fulu).into_iter().for_each(|block| store.offer(Offered::Block(block)));
    let some = node.info().await.unwrap().status;
    assert_eq!(some.earliest_available_slot, Slot(90));
    assert_eq!(some.head_slot, Slot(0), "not linked to genesis");
    node.shutdown().await;
}
