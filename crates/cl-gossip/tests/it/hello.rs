use std::collections::BTreeSet;

use cl_gossip::{Event, Topic};
use cl_types::{ForkDigest, TopicKind};
use libp2p_gossipsub as gossipsub;
use libp2p_swarm::Swarm;
use libp2p_swarm_test::SwarmExt;

use crate::chain;
use crate::net::{Side, node, until};

#[tokio::test]
async fn the_hello_of_two_digests_on_all_subnets_arrives_entirely() {
    // Fulu and Gloas have most topics: 205 and 209.
    let chain = chain::schedule(&[0, 0, 0, 0, 0, 0, 0, 10]);
    let topics: BTreeSet<Topic> =
        chain.entries().flat_map(|era| TopicKind::all_of(era.fork).map(|kind| Topic::new(era.digest, kind))).collect();
    assert_eq!(topics.len(), 414);
    let (mut a, mut b) = (node(&chain).await, node(&chain).await);
    for topic in &topics {
        a.behaviour_mut().join(*topic).unwrap();
    }
    a.connect(&mut b).await;
    let peer = *a.local_peer_id();
    let mut arrived = BTreeSet::new();
    until(&mut a, &mut b, "all topics", |side| {
        if let Side::B(Event::PeerSubscribed { peer: from, topic }) = side {
            assert_eq!(from, peer);
            arrived.insert(topic);
        }
        (arrived.len() == topics.len()).then_some(())
    })
    .await;
    assert_eq!(arrived, topics);
    assert_eq!(b.behaviour().topics_of(&peer).into_iter().collect::<BTreeSet<_>>(), topics);
}

#[tokio::test]
async fn a_subscription_of_another_chain_is_ignored_and_costs_nothing_else() {
    let chain = chain::electra_then_fulu();
    let good = Topic::new(chain.entries().next().unwrap().digest, TopicKind::VoluntaryExit);
    let config =
        gossipsub::ConfigBuilder::default().validation_mode(gossipsub::ValidationMode::Anonymous).build().unwrap();
    let anonymous = gossipsub::MessageAuthenticity::Anonymous;
    let mut stranger = Swarm::new_ephemeral_tokio(|_| {
        let mut router: gossipsub::Behaviour = gossipsub::Behaviour::new(anonymous, config).unwrap();
        for name in [
            Topic::new(ForkDigest([1, 2, 3, 4]), TopicKind::BeaconBlock).to_string(),
            Topic::new(good.digest, TopicKind::DataColumnSidecar(1)).to_string(),
            "something else".to_owned(),
            good.to_string(),
        ] {
            router.subscribe(&gossipsub::IdentTopic::new(name)).unwrap();
        }
        router
    });
    let mut us = node(&chain).await;
    us.behaviour_mut().join(good).unwrap();
    stranger.connect(&mut us).await;
    let on = until(&mut stranger, &mut us, "its hello", |side| match side {
        Side::B(Event::PeerSubscribed { topic, .. }) => Some(topic),
        _ => None,
    })
    .await;
    assert_eq!(on, good);
    // The hello is one frame, so what is not known of it now will never be.
    assert_eq!(us.behaviour().topics_of(stranger.local_peer_id()), [good]);
}

#[tokio::test]
async fn a_topic_joined_and_left_while_connected_is_told() {
    let chain = chain::electra_then_fulu();
    let (mut a, mut b) = (node(&chain).await, node(&chain).await);
    let topic = Topic::new(chain.entries().next().unwrap().digest, TopicKind::BeaconAttestation(3));
    a.connect(&mut b).await;
    assert!(a.behaviour_mut().join(topic).unwrap());
    assert!(!a.behaviour_mut().join(topic).unwrap());
    until(&mut a, &mut b, "a subscription", |side| match side {
        Side::B(Event::PeerSubscribed { topic: on, .. }) => (on == topic).then_some(()),
        _ => None,
    })
    .await;
    assert!(a.behaviour_mut().leave(topic));
    assert!(!a.behaviour_mut().leave(topic));
    until(&mut a, &mut b, "an unsubscription", |side| match side {
        Side::B(Event::PeerUnsubscribed { topic: off, .. }) => (off == topic).then_some(()),
        _ => None,
    })
    .await;
    assert!(b.behaviour().topics_of(a.local_peer_id()).is_empty());
}
