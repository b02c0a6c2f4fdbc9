//! Nodes that judge messages by every rule, or by what proofs show.

use std::time::Duration;

use cl_node::chain::{Answer, ChainView};
use cl_node::store::Offered;
use cl_node::{ChainStore, Config, Event, Events, Node, NodeHandle, PublishError, RelayLevel, StartError, Verdict};
use cl_types::{Root, Slot, TopicKind};
use cl_validation::{Ignore, Reject};
use ssz::Encode;
use tree_hash::TreeHash;

use crate::signed::{SignedChain, flipped};
use crate::support::{DEADLINE, alone, await_event, introduce, quiet_chain, ready, start};

/// The slot at which the chains of these tests stand.
const NOW: u64 = 5;
const BLOCK: TopicKind = TopicKind::BeaconBlock;

/// A folder with the genesis state.
fn state_file(chain: &SignedChain) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("genesis.ssz");
    std::fs::write(&path, chain.state()).unwrap();
    (folder, path)
}

/// Level full, from the genesis state.
async fn full(chain: &SignedChain) -> (NodeHandle, Events) {
    let (_folder, path) = state_file(chain);
    let config =
        Config { relay: RelayLevel::Full, chain_state: Some(path), all_subnets: true, ..alone(chain.network.clone()) };
    start(config).await
}

/// A node that forwards nothing: it speaks and listens.
async fn silent(chain: &SignedChain) -> (NodeHandle, Events) {
    let config = Config { relay: RelayLevel::None, all_subnets: true, ..alone(chain.network.clone()) };
    start(config).await
}

async fn connect(from: &NodeHandle, from_events: &mut Events, to: &NodeHandle) {
    introduce(from, to).await;
    ready(from_events).await;
}

/// Publishes as soon as the peer's subscription has arrived.
async fn publish(node: &NodeHandle, kind: TopicKind, message: &impl Encode) {
    let attempt = async {
        loop {
            match node.publish(kind, Some(Slot(NOW)), message.as_ssz_bytes()).await {
                Err(PublishError::Gossip(cl_gossip::PublishError::NoPeers)) => {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                result => return result.unwrap(),
            }
        }
    };
    tokio::time::timeout(DEADLINE, attempt).await.expect("the peer subscribes in time");
}

async fn heard(events: &mut Events) -> (TopicKind, Verdict, Option<Root>) {
    await_event(events, "gossip", |event| match event {
        Event::Gossip(message) => Some((message.topic.kind, message.verdict, message.block_root)),
        _ => None,
    })
    .await
}

/// Waits until a node has the other in its block mesh: from then on it forwards to it.
async fn in_mesh(node: &NodeHandle, peers: usize) {
    let look = async {
        loop {
            let meshes = node.meshes().await.unwrap();
            if meshes.iter().any(|(topic, members)| topic.kind == BLOCK && *members >= peers) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(DEADLINE, look).await.expect("the mesh forms in time");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_signature_is_not_forwarded_and_its_sender_is_blamed() {
    let mut chain = SignedChain::at(NOW);
    let (speaker, mut speaker_events) = silent(&chain).await;
    let (judge, mut judge_events) = full(&chain).await;
    let (listener, mut listener_events) = silent(&chain).await;
    connect(&speaker, &mut speaker_events, &judge).await;
    connect(&listener, &mut listener_events, &judge).await;
    in_mesh(&judge, 2).await;

    let good = chain.block(NOW);
    let root = good.message.tree_hash_root();
    let mut bad = good.clone();
    bad.signature = flipped(&good.signature);
    publish(&speaker, BLOCK, &bad).await;
    assert_eq!(heard(&mut judge_events).await, (BLOCK, Verdict::Reject(Reject::BlockSignature), Some(root)));
    let us = speaker.info().await.unwrap().peer;
    let blamed = judge.peers().await.unwrap();
    assert!(blamed.iter().any(|info| info.peer == us && info.score < 0.0), "{blamed:?}");

    publish(&speaker, BLOCK, &good).await;
    assert_eq!(heard(&mut judge_events).await, (BLOCK, Verdict::Accept, Some(root)));
    // The first that the listener hears is the good one.
    let message = await_event(&mut listener_events, "block", |event| match event {
        Event::Gossip(message) => Some(message.clone()),
        _ => None,
    })
    .await;
    assert_eq!(message.ssz, good.as_ssz_bytes());
    assert_eq!(message.peer, judge.info().await.unwrap().peer);
    let ours = judge.peers().await.unwrap();
    let peer = listener.info().await.unwrap().peer;
    assert!(ours.iter().any(|info| info.peer == peer && info.score >= 0.0), "{ours:?}");
    for node in [speaker, judge, listener] {
        node.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn votes_are_judged_after_the_block_that_they_are_for() {
    let mut chain = SignedChain::at(NOW);
    let (speaker, mut speaker_events) = silent(&chain).await;
    let (judge, mut events) = full(&chain).await;
    connect(&speaker, &mut speaker_events, &judge).await;
    in_mesh(&judge, 1).await;
    let genesis = chain.head();
    let block = chain.block(NOW);
    let (subnet, vote) = chain.vote(NOW, block.message.tree_hash_root(), 0);
    publish(&speaker, subnet, &vote).await;
    publish(&speaker, BLOCK, &block).await;
    assert_eq!(heard(&mut events).await.0, BLOCK, "the vote waits for it");
    assert_eq!(heard(&mut events).await, (subnet, Verdict::Accept, None));
    // A vote for a block that nobody has comes to nothing, and nobody is blamed for it.
    let nowhere = chain.block_with(genesis, NOW, |block| block.body.graffiti = Root::repeat_byte(9));
    let (subnet, vote) = chain.vote(NOW, nowhere.message.tree_hash_root(), 1);
    publish(&speaker, subnet, &vote).await;
    assert_eq!(heard(&mut events).await, (subnet, Verdict::Ignore(Ignore::BlockUnknown), None));
    let peer = speaker.info().await.unwrap().peer;
    let peers = judge.peers().await.unwrap();
    assert!(peers.iter().any(|info| info.peer == peer && info.score >= 0.0), "{peers:?}");
    speaker.shutdown().await;
    judge.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_comes_late_asks_for_the_blocks_that_it_missed() {
    let mut chain = SignedChain::at(NOW);
    let store = std::sync::Arc::new(cl_node::MemoryStore::new());
    let status = cl_node::status::Chainless { genesis_block_root: Some(chain.head()) };
    let builder = Node::builder(Config { relay: RelayLevel::None, ..alone(chain.network.clone()) });
    let (speaker, mut speaker_events) =
        builder.chain_store(store.clone()).status_source(std::sync::Arc::new(status)).spawn().await.unwrap();
    let mut newest = Root::ZERO;
    for slot in 1..NOW {
        let block = chain.block(slot);
        newest = block.message.tree_hash_root();
        let ssz = block.as_ssz_bytes().into();
        let preset = cl_types::PresetId::Minimal;
        store.offer(Offered::read(BLOCK, cl_types::ForkName::Fulu, preset, &ssz).unwrap());
    }
    let (judge, mut events) = full(&chain).await;
    connect(&speaker, &mut speaker_events, &judge).await;
    in_mesh(&judge, 1).await;
    let has_all = async {
        // What was judged is served, and our Status says so.
        while judge.info().await.unwrap().status.head_root != newest {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(DEADLINE, has_all).await.expect("the blocks come in time");
    publish(&speaker, BLOCK, &chain.block(NOW)).await;
    assert_eq!(heard(&mut events).await.1, Verdict::Accept);
    speaker.shutdown().await;
    judge.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_ends_in_time_with_work_under_way() {
    let mut chain = SignedChain::at(NOW);
    let (speaker, mut speaker_events) = silent(&chain).await;
    let (judge, mut events) = full(&chain).await;
    connect(&speaker, &mut speaker_events, &judge).await;
    in_mesh(&judge, 1).await;
    let block = chain.block(NOW);
    let root = block.message.tree_hash_root();
    for member in 0..chain.members(NOW) {
        let (subnet, vote) = chain.vote(NOW, root, member);
        publish(&speaker, subnet, &vote).await;
    }
    publish(&speaker, BLOCK, &block).await;
    // Something has arrived; the rest is anywhere between.
    heard(&mut events).await;
    tokio::time::timeout(DEADLINE, judge.shutdown()).await.expect("it ends in time");
    let last = crate::support::everything_within(&mut events, DEADLINE).await;
    assert!(matches!(last.last(), Some(Event::Stopped)), "{last:?}");
    speaker.shutdown().await;
}

/// A chain of somebody's own: it knows nothing, and says that everybody's key is missing.
struct Nobody(Root);

impl ChainView for Nobody {
    fn finalized(&self) -> Answer<cl_types::containers::Checkpoint> {
        Answer::Found(cl_types::containers::Checkpoint { epoch: cl_types::Epoch(0), root: self.0 })
    }

    fn block(&self, root: Root) -> Answer<cl_validation::chain::Block> {
        let block = cl_validation::chain::Block {
            slot: Slot(0),
            parent_root: Root::ZERO,
            proposer_index: 0,
            has_state: true,
            payload: Default::default(),
        };
        (root == self.0).then_some(block).into()
    }

    fn key(&self, _: u64) -> Answer<cl_validation::crypto::PublicKey> {
        Answer::Absent
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_of_ones_own_is_asked() {
    let mut chain = SignedChain::at(NOW);
    let (speaker, mut speaker_events) = silent(&chain).await;
    let config = Config { relay: RelayLevel::Full, all_subnets: true, ..alone(chain.network.clone()) };
    let view = std::sync::Arc::new(Nobody(chain.head()));
    let (judge, mut events) = Node::builder(config).chain_view(view).spawn().await.unwrap();
    connect(&speaker, &mut speaker_events, &judge).await;
    publish(&speaker, BLOCK, &chain.block(NOW)).await;
    assert_eq!(heard(&mut events).await.1, Verdict::Reject(Reject::UnknownValidator));
    speaker.shutdown().await;
    judge.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_rule_needs_a_chain_and_a_wrong_one_is_named() {
    let chain = SignedChain::at(NOW);
    let config = Config { relay: RelayLevel::Full, ..alone(chain.network.clone()) };
    let error = Node::spawn(config.clone()).await.unwrap_err();
    assert!(matches!(error, StartError::NoChain), "{error}");
    let text = error.to_string();
    assert!(text.contains("--chain-state FILE") && text.contains("--relay full") && !text.contains('\n'), "{text}");

    let (folder, path) = state_file(&chain);
    let with = |path: &std::path::Path, network: cl_types::Network| Config {
        network,
        chain_state: Some(path.to_owned()),
        ..config.clone()
    };
    let mut other = chain.network.clone();
    other.genesis.validators_root = Root::repeat_byte(8);
    let mut unversioned = chain.network.clone();
    unversioned.config.forks = quiet_chain().config.forks.map(|fork| cl_types::network::ConfiguredFork {
        version: cl_types::ForkVersion([0x99, fork.version.0[0], 0, 0]),
        ..fork
    });
    let cut = folder.path().join("cut.ssz");
    std::fs::write(&cut, &chain.state()[..1000]).unwrap();
    let tiny = folder.path().join("tiny.ssz");
    std::fs::write(&tiny, [0; 10]).unwrap();
    for (config, words) in [
        (with(&path, other), ["another chain", "genesis.ssz"]),
        (with(&path, unversioned), ["no fork of the chain", "config.yaml"]),
        (with(&cut, chain.network.clone()), ["no BeaconState of fulu", "cut.ssz"]),
        (with(&tiny, chain.network.clone()), ["only 10 bytes", "tiny.ssz"]),
        (with(&folder.path().join("none.ssz"), chain.network.clone()), ["none.ssz", "give a readable file"]),
    ] {
        let text = Node::spawn(config).await.unwrap_err().to_string();
        assert!(words.iter().all(|word| text.contains(word)) && !text.contains('\n'), "{text}");
    }
}
