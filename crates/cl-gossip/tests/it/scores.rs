use std::time::Duration;

use cl_gossip::{Config, Event, Topic};
use cl_types::{Epoch, TopicKind};
use futures::StreamExt;
use libp2p_swarm_test::SwarmExt;

use crate::chain;
use crate::net::{DEADLINE, Node, Side, meet, node, node_with, until};

#[tokio::test]
async fn a_silent_mesh_peer_loses_nothing() {
    let chain = chain::electra_then_fulu();
    let (mut a, mut b) = (node(&chain).await, node(&chain).await);
    let digest = chain.at(Epoch(0)).digest;
    let topics: Vec<Topic> = TopicKind::all_of(chain.at(Epoch(0)).fork).map(|kind| Topic::new(digest, kind)).collect();
    for topic in &topics {
        a.behaviour_mut().join(*topic).unwrap();
        b.behaviour_mut().join(*topic).unwrap();
    }
    let block = Topic::new(digest, TopicKind::BeaconBlock);
    meet(&mut a, &mut b, block).await;
    earns_time_in_mesh(&mut a, &mut b, block).await;
}

#[tokio::test]
async fn a_topic_joined_while_connected_counts_as_well() {
    let chain = chain::electra_then_fulu();
    let (mut a, mut b) = (node(&chain).await, node(&chain).await);
    let block = Topic::new(chain.at(Epoch(0)).digest, TopicKind::BeaconBlock);
    b.behaviour_mut().join(block).unwrap();
    a.connect(&mut b).await;
    until(&mut a, &mut b, "the hello", |side| matches!(side, Side::A(Event::PeerSubscribed { .. })).then_some(()))
        .await;
    a.behaviour_mut().join(block).unwrap();
    earns_time_in_mesh(&mut a, &mut b, block).await;
}

/// Waits until `b` has a score above 0 at `a` for being in the mesh; it must never be below.
async fn earns_time_in_mesh(a: &mut Node, b: &mut Node, topic: Topic) {
    let peer = *b.local_peer_id();
    // Slots of a second: time in the mesh begins to count after the first decay, which is when silence would too. Quiet
    // swarms have no events, so the score is looked at now and then.
    let mut tick = tokio::time::interval(Duration::from_millis(50));
    let run = async {
        loop {
            tokio::select! {
                _ = a.next() => {}
                _ = b.next() => {}
                _ = tick.tick() => {}
            }
            let score = a.behaviour().score(&peer).unwrap();
            assert!(score >= 0.0, "{score}");
            if score > 0.0 && a.behaviour().mesh_peers(topic).any(|id| id == peer) {
                return;
            }
        }
    };
    tokio::time::timeout(DEADLINE, run).await.expect("no score for time in the mesh");
}

#[tokio::test]
async fn the_application_has_its_share_of_the_score() {
    let chain = chain::electra_then_fulu();
    let (mut a, mut b) = (node(&chain).await, node(&chain).await);
    let topic = Topic::new(chain.at(Epoch(0)).digest, TopicKind::BeaconBlock);
    a.behaviour_mut().join(topic).unwrap();
    b.behaviour_mut().join(topic).unwrap();
    meet(&mut a, &mut b, topic).await;
    let peer = *b.local_peer_id();
    let before = a.behaviour().score(&peer).unwrap();
    assert!(a.behaviour_mut().set_application_score(&peer, -20.0));
    let after = a.behaviour().score(&peer).unwrap();
    assert!((before - after - 20.0).abs() < 5.0, "{before} {after}");
}

#[tokio::test]
async fn without_scoring_there_are_no_scores() {
    let chain = chain::electra_then_fulu();
    let mut config = Config::for_slot(Duration::from_secs(1));
    config.scoring = false;
    let mut a = node_with(config, &chain).await;
    let peer = *a.local_peer_id();
    assert_eq!(a.behaviour().score(&peer), None);
    assert!(!a.behaviour_mut().set_application_score(&peer, 1.0));
}
