//! Who comes into a mesh and who goes, and why a peer is treated as it is.

use std::time::Duration;

use cl_gossip::{Config, Event, Topic};
use cl_types::{Epoch, TopicKind};

use crate::chain;
use crate::net::{Side, meet, node, node_with, until};

#[tokio::test]
async fn who_comes_into_a_mesh_and_who_goes_is_told() {
    let chain = chain::electra_then_fulu();
    let (mut a, mut b) = (node(&chain).await, node(&chain).await);
    let topic = Topic::new(chain.at(Epoch(0)).digest, TopicKind::BeaconBlock);
    for swarm in [&mut a, &mut b] {
        swarm.behaviour_mut().join(topic).unwrap();
    }
    meet(&mut a, &mut b, topic).await;
    let peer = *b.local_peer_id();
    until(&mut a, &mut b, "a place in the mesh", |side| match side {
        Side::A(Event::MeshJoined { peer: other, topic: on }) => {
            assert_eq!((other, on), (peer, topic));
            Some(())
        }
        _ => None,
    })
    .await;
    let left = |side| match side {
        Side::A(Event::MeshLeft { peer: other, topic: on }) => {
            assert_eq!((other, on), (peer, topic));
            Some(())
        }
        _ => None,
    };
    b.behaviour_mut().leave(topic);
    until(&mut a, &mut b, "the end of it", left).await;
}

#[tokio::test]
async fn a_topic_that_we_leave_ends_its_mesh() {
    let chain = chain::electra_then_fulu();
    let (mut a, mut b) = (node(&chain).await, node(&chain).await);
    let topic = Topic::new(chain.at(Epoch(0)).digest, TopicKind::BeaconBlock);
    for swarm in [&mut a, &mut b] {
        swarm.behaviour_mut().join(topic).unwrap();
    }
    meet(&mut a, &mut b, topic).await;
    until(&mut a, &mut b, "a place in the mesh", |side| {
        matches!(side, Side::A(Event::MeshJoined { .. })).then_some(())
    })
    .await;
    a.behaviour_mut().leave(topic);
    until(&mut a, &mut b, "the end of it", |side| matches!(side, Side::A(Event::MeshLeft { .. })).then_some(())).await;
}

#[tokio::test]
async fn a_peer_s_standing_can_be_explained() {
    let chain = chain::electra_then_fulu();
    let mut config = Config::for_slot(Duration::from_secs(1));
    config.validators = Some(64);
    let (mut a, mut b) = (node_with(config, &chain).await, node(&chain).await);
    let digest = chain.at(Epoch(0)).digest;
    let (block, exit) = (Topic::new(digest, TopicKind::BeaconBlock), Topic::new(digest, TopicKind::VoluntaryExit));
    a.behaviour_mut().join(block).unwrap();
    for topic in [block, exit] {
        b.behaviour_mut().join(topic).unwrap();
    }
    let peer = *b.local_peer_id();
    assert!(!a.behaviour().explain(&peer).is_connected);
    meet_one_way(&mut a, &mut b).await;
    assert!(a.behaviour_mut().set_application_score(&peer, -20.0));
    a.behaviour_mut().set_validators(128);
    let standing = a.behaviour().explain(&peer);
    assert!(standing.is_connected);
    assert_eq!(standing.application, -20.0);
    assert_eq!(standing.topics, [(block, true), (exit, false)]);
    assert!(standing.protocol.unwrap().starts_with("Gossipsub v1."));
    assert!(standing.score.unwrap() < 0.0);
    assert_eq!(standing.restriction(), Some("no place in a mesh"));
    // Memory addresses have no IP.
    assert_eq!(standing.on_address, 0);
}

/// Connects, and waits until b is in a's mesh of the topic that both are on.
async fn meet_one_way(a: &mut crate::net::Node, b: &mut crate::net::Node) {
    use libp2p_swarm_test::SwarmExt;
    a.connect(b).await;
    until(a, b, "a place in the mesh", |side| matches!(side, Side::A(Event::MeshJoined { .. })).then_some(())).await;
}
