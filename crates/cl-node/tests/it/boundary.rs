//! A neighbouring digest near a fork boundary is nobody's fault; far from one it is another network.

use std::sync::Arc;
use std::time::Duration;

use cl_node::status::Fixed;
use cl_node::{Config, Event, Events, Node, NodeHandle};
use cl_types::containers::StatusV2;
use cl_types::subnets::{next_rotation, subscribed_subnets};
use cl_types::{Epoch, ForkDigest, Network, PresetId, Root, Slot};

use crate::support::{alone, await_event, chain, everything_within, introduce, key_where, ready, start};

/// Long slots, so that the whole test happens in one.
const SLOT_MS: u64 = 120_000;
/// Fulu's first slot: epoch 2 of the minimal preset.
const BOUNDARY: u64 = 16;

fn digest(network: &Network, epoch: u64) -> ForkDigest {
    network.schedule().unwrap().at(Epoch(epoch)).digest
}

async fn says(network: Network, fork_digest: ForkDigest) -> (NodeHandle, Events) {
    let status = StatusV2 {
        fork_digest,
        finalized_root: Root::ZERO,
        finalized_epoch: Epoch(0),
        head_root: Root::ZERO,
        head_slot: Slot(0),
        earliest_available_slot: Slot(0),
    };
    Node::builder(alone(network)).status_source(Arc::new(Fixed { status, pin_digest: true })).spawn().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_neighbour_within_one_slot_is_neither_refused_nor_blamed() {
    // A slot early, saying the new digest; in the boundary's own slot, saying the old one.
    for (slot, their_epoch) in [(BOUNDARY - 1, 2), (BOUNDARY, 1)] {
        let network = chain(SLOT_MS, slot, 2);
        let (ours, mut our_events) = start(alone(network.clone())).await;
        let (theirs, mut their_events) = says(network.clone(), digest(&network, their_epoch)).await;
        introduce(&ours, &theirs).await;
        ready(&mut our_events).await;
        ready(&mut their_events).await;
        let after = everything_within(&mut our_events, Duration::from_secs(2)).await;
        let parted = |event: &Event| {
            matches!(event, Event::PeerGone { .. } | Event::GoodbyeSent { .. } | Event::PeerFault { .. })
        };
        assert!(!after.iter().any(parted), "{after:?}");
        let peers = ours.peers().await.unwrap();
        assert!(peers.iter().all(|peer| peer.score >= 0.0), "{peers:?}");
        ours.shutdown().await;
        theirs.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_neighbour_further_away_is_refused() {
    for (slot, their_epoch) in [(BOUNDARY - 3, 2), (BOUNDARY + 2, 1)] {
        let network = chain(SLOT_MS, slot, 2);
        let (ours, _our_events) = start(alone(network.clone())).await;
        let (theirs, mut their_events) = says(network.clone(), digest(&network, their_epoch)).await;
        introduce(&ours, &theirs).await;
        let code = await_event(&mut their_events, "goodbye", |event| match event {
            Event::GoodbyeReceived { code, .. } => Some(*code),
            _ => None,
        });
        assert_eq!(code.await, 2);
        ours.shutdown().await;
        theirs.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_cross_a_fork_together() {
    // A node changes its attestation subnets at an epoch of its own. Ours does so long after the fork, theirs with it.
    let steady = key_where(|id| next_rotation(id, Epoch(0)) > Epoch(100));
    let subnets = |id, epoch| subscribed_subnets(id, Epoch(epoch), PresetId::Minimal);
    let turning = key_where(|id| next_rotation(id, Epoch(0)) == Epoch(2) && subnets(id, 1) != subnets(id, 2));
    // Slots of one second, started ten slots before Fulu: time enough to meet, also on a busy machine.
    let network = chain(1000, BOUNDARY - 10, 2);
    let (ours, mut our_events) = start(Config { key: Some(steady), ..alone(network.clone()) }).await;
    let (theirs, mut their_events) = start(Config { key: Some(turning), ..alone(network.clone()) }).await;
    introduce(&ours, &theirs).await;
    ready(&mut our_events).await;
    ready(&mut their_events).await;
    let before = ours.info().await.unwrap();
    let their_metadata = theirs.info().await.unwrap().metadata;
    let new = await_event(&mut our_events, "fork", |event| match event {
        Event::ForkActive { digest, .. } => Some(*digest),
        Event::PeerGone { reason, .. } => panic!("parted before the fork: {reason}"),
        _ => None,
    })
    .await;
    assert_eq!(new, digest(&network, 2));
    let after = everything_within(&mut our_events, Duration::from_secs(4)).await;
    assert!(!after.iter().any(|event| matches!(event, Event::PeerGone { .. })), "{after:?}");
    let info = ours.info().await.unwrap();
    assert_eq!(info.status.fork_digest, new);
    assert!(info.record.seq() > before.record.seq(), "the record must change with the fork");
    assert_eq!(info.metadata, before.metadata, "the metadata must not");
    let metadata = theirs.info().await.unwrap().metadata;
    assert_ne!(metadata.attnets, their_metadata.attnets, "their subnets must change");
    assert_eq!(metadata.seq_number, their_metadata.seq_number + 1, "and their metadata with them");
    ours.shutdown().await;
    theirs.shutdown().await;
}
