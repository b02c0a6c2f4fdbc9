//! Messages between two nodes, and what the structural check makes of them.

use std::sync::Arc;
use std::time::Duration;

use cl_node::store::MemoryStore;
use cl_node::{ChainStore, Event, Events, Held, Node, NodeHandle, PublishError, Verdict};
use cl_types::containers::{SignedBeaconBlock, SingleAttestation};
use cl_types::{Epoch, Minimal, Slot, TopicKind};
use cl_validation::{Ignore, Reject};
use ssz::Encode;
use tree_hash::TreeHash;

use crate::support::{DEADLINE, alone, await_event, introduce, quiet_chain, ready, start};

/// The slot at which [`quiet_chain`] stands.
const NOW: u64 = 100;

fn block(slot: u64, proposer: u64) -> SignedBeaconBlock<Minimal> {
    let mut block = SignedBeaconBlock::default();
    block.message.slot = Slot(slot);
    block.message.proposer_index = proposer;
    block
}

/// Two connected nodes; the second keeps what it hears in the store.
async fn pair(store: Arc<MemoryStore>) -> (NodeHandle, NodeHandle, Events) {
    let config = || cl_node::Config { all_subnets: true, ..alone(quiet_chain()) };
    let (speaker, mut speaker_events) = start(config()).await;
    let (listener, events) = Node::builder(config()).chain_store(store).spawn().await.unwrap();
    introduce(&speaker, &listener).await;
    ready(&mut speaker_events).await;
    (speaker, listener, events)
}

/// Publishes as soon as the peer's subscription has arrived.
async fn publish(node: &NodeHandle, kind: TopicKind, slot: u64, ssz: Vec<u8>) {
    let attempt = async {
        loop {
            match node.publish(kind, Some(Slot(slot)), ssz.clone()).await {
                Err(PublishError::Gossip(cl_gossip::PublishError::NoPeers)) => {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                result => return result.unwrap(),
            }
        }
    };
    tokio::time::timeout(DEADLINE, attempt).await.expect("the peer subscribes in time");
}

async fn heard(events: &mut Events) -> (TopicKind, Verdict) {
    await_event(events, "gossip", |event| match event {
        Event::Gossip(message) => Some((message.topic.kind, message.verdict)),
        _ => None,
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_is_heard_stored_and_served() {
    let store = Arc::new(MemoryStore::new());
    let (speaker, listener, mut events) = pair(Arc::clone(&store)).await;
    let block = block(NOW, 1);
    let root = block.message.tree_hash_root();
    publish(&speaker, TopicKind::BeaconBlock, NOW, block.as_ssz_bytes()).await;
    let message = await_event(&mut events, "block", |event| match event {
        Event::Gossip(message) => Some(message.clone()),
        _ => None,
    })
    .await;
    assert_eq!((message.verdict, message.block_root), (Verdict::Accept, Some(root)));
    assert_eq!(message.decode::<SignedBeaconBlock<Minimal>>().unwrap(), block);
    assert_eq!(store.block(root).map(|stored| stored.slot), Some(Slot(NOW)));
    let line = serde_json::to_string(&Event::Gossip(message)).unwrap();
    for part in
        [r#""event":"gossip""#, r#""verdict":"accept""#, "beacon_block/ssz_snappy", &root.to_string(), r#""slot":100"#]
    {
        assert!(line.contains(part), "{part} is missing in {line}");
    }
    speaker.shutdown().await;
    listener.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_not_forwarded_and_says_why() {
    let (speaker, listener, mut events) = pair(Arc::new(MemoryStore::new())).await;
    let mut vote = SingleAttestation::default();
    vote.data.slot = Slot(NOW);
    vote.data.target.epoch = Epoch(NOW / 8);
    for (kind, slot, ssz, verdict) in [
        (TopicKind::BeaconBlock, NOW, block(NOW, 1).as_ssz_bytes(), Verdict::Accept),
        // Another block of the same proposer for the same slot.
        (
            TopicKind::BeaconBlock,
            NOW,
            {
                let mut second = block(NOW, 1);
                second.message.state_root.0[0] = 1;
                second.as_ssz_bytes()
            },
            Verdict::Ignore(Ignore::Seen),
        ),
        (TopicKind::BeaconBlock, NOW, block(NOW + 9, 2).as_ssz_bytes(), Verdict::Ignore(Ignore::FutureSlot)),
        (TopicKind::BeaconBlock, NOW, block(NOW - 40, 3).as_ssz_bytes(), Verdict::Held(Held::Past)),
        (TopicKind::BeaconAttestation(5), NOW, vote.as_ssz_bytes(), Verdict::Accept),
        // The right size, but no block: the offset points nowhere. Last, because it costs the speaker its good name.
        (TopicKind::BeaconBlock, NOW, vec![0xff; 2000], Verdict::Reject(Reject::Malformed)),
    ] {
        publish(&speaker, kind, slot, ssz).await;
        assert_eq!(heard(&mut events).await, (kind, verdict));
    }
    let peer = speaker.info().await.unwrap().peer;
    let blamed = listener.peers().await.unwrap();
    assert!(blamed.iter().any(|info| info.peer == peer && info.score < 0.0), "{blamed:?}");
    speaker.shutdown().await;
    listener.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_can_be_chosen_at_run_time() {
    let (node, _events) = start(alone(quiet_chain())).await;
    let own: Vec<_> = node.info().await.unwrap().topics.iter().map(|topic| topic.kind).collect();
    let foreign = (0..64).map(TopicKind::BeaconAttestation).find(|kind| !own.contains(kind)).unwrap();
    node.subscribe(foreign).await.unwrap();
    assert!(node.info().await.unwrap().topics.iter().any(|topic| topic.kind == foreign));
    node.unsubscribe(foreign).await.unwrap();
    let after: Vec<_> = node.info().await.unwrap().topics.iter().map(|topic| topic.kind).collect();
    assert_eq!(after, own);
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_that_dial_each_other_at_once_hear_each_other() {
    for round in 0..4 {
        let (left, mut left_events) = start(alone(quiet_chain())).await;
        let (right, mut right_events) = start(alone(quiet_chain())).await;
        tokio::join!(introduce(&left, &right), introduce(&right, &left));
        ready(&mut left_events).await;
        ready(&mut right_events).await;
        // Longer than a second connection is kept: whatever one connection took with it would be missing now.
        let seen = crate::support::everything_within(&mut left_events, Duration::from_secs(4)).await;
        assert!(!seen.iter().any(|event| matches!(event, Event::PeerGone { .. })), "round {round}: {seen:?}");
        publish(&left, TopicKind::BeaconBlock, NOW, block(NOW, 1).as_ssz_bytes()).await;
        assert_eq!(heard(&mut right_events).await, (TopicKind::BeaconBlock, Verdict::Accept), "round {round}");
        publish(&right, TopicKind::BeaconBlock, NOW, block(NOW, 2).as_ssz_bytes()).await;
        assert_eq!(heard(&mut left_events).await, (TopicKind::BeaconBlock, Verdict::Accept), "round {round}");
        left.shutdown().await;
        right.shutdown().await;
    }
}
