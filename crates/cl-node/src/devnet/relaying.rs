//! What a node without a chain forwards: the devnet's columns, which their proofs show to be true.

use std::time::Duration;

use cl_types::{Minimal, Root, Slot, TopicKind};
use cl_validation::{Ignore, Reject};
use ssz::Encode;

use super::chain::Chain;
use super::options::Options;
use super::{blobs, content};
use crate::clock::unix_ms;
use crate::{Config, Event, Events, Node, NodeHandle, RelayLevel, Verdict};

const DEADLINE: Duration = Duration::from_secs(60);
const SLOT: Slot = Slot(3);

async fn start(chain: &Chain) -> (NodeHandle, Events) {
    let relay = RelayLevel::Stateless;
    let config = Config { relay, discovery_port: None, all_columns: true, ..Config::loopback(chain.network.clone()) };
    Node::spawn(config).await.unwrap()
}

async fn connect(from: &NodeHandle, events: &mut Events, to: &NodeHandle) {
    let info = to.info().await.unwrap();
    from.add_peer(info.peer, cl_enr::multiaddrs(&info.record)).await.unwrap();
    next(events, |event| matches!(event, Event::PeerReady { .. }).then_some(())).await;
}

async fn next<T>(events: &mut Events, pick: impl Fn(Event) -> Option<T>) -> T {
    let search = async {
        loop {
            if let Some(found) = events.next().await.and_then(&pick) {
                return found;
            }
        }
    };
    tokio::time::timeout(DEADLINE, search).await.expect("it happens in time")
}

async fn heard(events: &mut Events) -> (TopicKind, Verdict) {
    next(events, |event| match event {
        Event::Gossip(message) => Some((message.topic.kind, message.verdict)),
        _ => None,
    })
    .await
}

/// Waits until a node has so many others in the mesh of a topic.
async fn in_mesh(node: &NodeHandle, kind: TopicKind, peers: usize) {
    let look = async {
        while !node.meshes().await.unwrap().iter().any(|(topic, members)| topic.kind == kind && *members >= peers) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(DEADLINE, look).await.expect("the mesh forms in time");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_column_goes_on_by_its_proofs_and_a_block_does_not() {
    let options = Options { slot_ms: 60_000, forks: "fulu:0".parse().unwrap(), ..Options::default() };
    // In the middle of the slot.
    let chain = Chain::new(&options, unix_ms() / 1000 - SLOT.0 * 60 - 30).unwrap();
    let blobs = tokio::task::spawn_blocking(|| blobs::make(1).unwrap()).await.unwrap();
    let blobs: Vec<_> = blobs.iter().collect();
    let block = content::block::<Minimal>(SLOT, 1, Root::ZERO, 0, &blobs, Vec::new()).unwrap();
    let columns = content::columns(&block, &blobs);

    // In a line: the last hears only what the one in the middle forwards.
    let (first, mut first_events) = start(&chain).await;
    let (middle, mut middle_events) = start(&chain).await;
    let (last, mut last_events) = start(&chain).await;
    connect(&first, &mut first_events, &middle).await;
    connect(&last, &mut last_events, &middle).await;
    let kind = |index| TopicKind::DataColumnSidecar(index);
    for kind in [TopicKind::BeaconBlock, kind(5), kind(6), kind(7)] {
        in_mesh(&middle, kind, 2).await;
        in_mesh(&first, kind, 1).await;
    }

    first.publish(TopicKind::BeaconBlock, Some(SLOT), block.ssz.clone()).await.unwrap();
    assert_eq!(heard(&mut middle_events).await, (TopicKind::BeaconBlock, Verdict::Ignore(Ignore::NotJudged)));
    let mut wrong = columns[5].clone();
    wrong.kzg_proofs = columns[6].kzg_proofs.clone();
    first.publish(kind(5), Some(SLOT), wrong.as_ssz_bytes()).await.unwrap();
    assert_eq!(heard(&mut middle_events).await, (kind(5), Verdict::Reject(Reject::KzgProof)));
    let mut elsewhere = columns[6].clone();
    elsewhere.kzg_commitments_inclusion_proof[1] = Root::ZERO;
    first.publish(kind(6), Some(SLOT), elsewhere.as_ssz_bytes()).await.unwrap();
    assert_eq!(heard(&mut middle_events).await, (kind(6), Verdict::Reject(Reject::InclusionProof)));
    first.publish(kind(7), Some(SLOT), columns[7].as_ssz_bytes()).await.unwrap();
    assert_eq!(heard(&mut middle_events).await, (kind(7), Verdict::Accept));
    // The first that the last one hears.
    assert_eq!(heard(&mut last_events).await, (kind(7), Verdict::Accept));
    let peer = first.info().await.unwrap().peer;
    let blamed = middle.peers().await.unwrap();
    assert!(blamed.iter().any(|info| info.peer == peer && info.score < 0.0), "{blamed:?}");
    for node in [first, middle, last] {
        node.shutdown().await;
    }
}
