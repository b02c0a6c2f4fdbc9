//! Peers on other chains are refused with goodbye 2; peers that cannot be compared are kept.

use std::sync::Arc;
use std::time::Duration;

use cl_node::status::Fixed;
use cl_node::{Event, Events, Node, NodeHandle};
use cl_types::containers::StatusV2;
use cl_types::{Epoch, ForkDigest, Network, Root, Slot};

use crate::support::{alone, await_event, everything_within, gone, introduce, quiet_chain, ready, start};

fn status(network: &Network, finalized_epoch: u64, finalized_root: u8) -> StatusV2 {
    StatusV2 {
        fork_digest: network.schedule().unwrap().at(Epoch(12)).digest,
        finalized_root: Root::repeat_byte(finalized_root),
        finalized_epoch: Epoch(finalized_epoch),
        head_root: Root::repeat_byte(9),
        head_slot: Slot(99),
        earliest_available_slot: Slot(0),
    }
}

async fn with_status(network: Network, status: StatusV2, pin_digest: bool) -> (NodeHandle, Events) {
    Node::builder(alone(network)).status_source(Arc::new(Fixed { status, pin_digest })).spawn().await.unwrap()
}

async fn goodbye_code(events: &mut Events) -> u64 {
    await_event(events, "goodbye", |event| match event {
        Event::GoodbyeReceived { code, .. } => Some(*code),
        _ => None,
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_on_another_digest_hears_goodbye_2() {
    let network = quiet_chain();
    let stranger = StatusV2 { fork_digest: ForkDigest([1, 2, 3, 4]), ..status(&network, 0, 0) };
    for stranger_dials in [false, true] {
        let (ours, mut our_events) = start(alone(network.clone())).await;
        let (theirs, mut their_events) = with_status(network.clone(), stranger, true).await;
        if stranger_dials {
            introduce(&theirs, &ours).await;
        } else {
            introduce(&ours, &theirs).await;
        }
        assert_eq!(goodbye_code(&mut their_events).await, 2);
        assert!(gone(&mut our_events).await.contains("irrelevant"));
        ours.shutdown().await;
        theirs.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contradicting_finalized_root_is_another_chain() {
    let network = quiet_chain();
    let (ours, mut our_events) = with_status(network.clone(), status(&network, 10, 1), false).await;
    let (theirs, mut their_events) = with_status(network.clone(), status(&network, 10, 2), false).await;
    introduce(&ours, &theirs).await;
    // Both refuse, and whoever is faster is heard.
    let code = tokio::select! {
        code = goodbye_code(&mut our_events) => code,
        code = goodbye_code(&mut their_events) => code,
    };
    assert_eq!(code, 2);
    ours.shutdown().await;
    theirs.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn peers_that_cannot_be_compared_are_kept() {
    let network = quiet_chain();
    // Another finalized epoch, and a node that knows of no finality at all.
    for (epoch, root) in [(9, 2), (0, 0)] {
        let (ours, mut our_events) = with_status(network.clone(), status(&network, 10, 1), false).await;
        let (theirs, mut their_events) = with_status(network.clone(), status(&network, epoch, root), false).await;
        introduce(&ours, &theirs).await;
        ready(&mut our_events).await;
        ready(&mut their_events).await;
        let after = everything_within(&mut our_events, Duration::from_secs(2)).await;
        assert!(
            !after.iter().any(|event| matches!(event, Event::PeerGone { .. } | Event::GoodbyeSent { .. })),
            "{after:?}"
        );
        ours.shutdown().await;
        theirs.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_ends_says_goodbye_1() {
    let (ours, mut our_events) = start(alone(quiet_chain())).await;
    let (theirs, mut their_events) = start(alone(quiet_chain())).await;
    introduce(&ours, &theirs).await;
    ready(&mut our_events).await;
    ready(&mut their_events).await;
    ours.shutdown().await;
    assert_eq!(goodbye_code(&mut their_events).await, 1);
    let last = everything_within(&mut our_events, crate::support::DEADLINE).await;
    assert!(matches!(last.last(), Some(Event::Stopped)), "{last:?}");
    theirs.shutdown().await;
}
