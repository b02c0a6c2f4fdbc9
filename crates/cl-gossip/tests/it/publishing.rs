//! What goes out by itself: on the topic of its own epoch, when somebody is there, first copies first.

use std::collections::BTreeSet;

use cl_gossip::{Event, OnSubnet, Outgoing, PublishError, Topic};
use cl_types::containers::{any, electra, fulu};
use cl_types::{Epoch, ForkName, Minimal, Slot, TopicKind};
use libp2p_swarm_test::SwarmExt;

use crate::chain;
use crate::net::{Side, message_at_b, node, node_with, until};

fn fulu_block(slot: u64) -> any::SignedBeaconBlock<Minimal> {
    let mut block = fulu::SignedBeaconBlock::default();
    block.message.slot = Slot(slot);
    any::SignedBeaconBlock::Fulu(block)
}

#[tokio::test]
async fn a_message_goes_to_the_topic_of_its_own_epoch_whatever_the_clock_says() {
    // Fulu at epoch 10, slot 80. The clock says 79 when the first block of Fulu is published, and 80 when a vote of the last
    // slot of Electra is.
    let chain = chain::electra_then_fulu();
    let (mut a, mut b) = (node(&chain).await, node(&chain).await);
    let block = Topic::new(chain.at(Epoch(10)).digest, TopicKind::BeaconBlock);
    let vote = Topic::new(chain.at(Epoch(9)).digest, TopicKind::BeaconAttestation(3));
    for topic in [block, vote] {
        b.behaviour_mut().join(topic).unwrap();
    }
    a.connect(&mut b).await;
    let mut known = 0;
    until(&mut a, &mut b, "the hello", |side| {
        known += usize::from(matches!(side, Side::A(Event::PeerSubscribed { .. })));
        (known == 2).then_some(())
    })
    .await;

    a.behaviour_mut().on_slot(Slot(79));
    let published = a.behaviour_mut().send(&fulu_block(80)).unwrap();
    assert_eq!((published.topic, published.peers), (block, 1));
    let message = message_at_b(&mut a, &mut b).await;
    assert_eq!((message.id, message.topic, message.fork), (published.id, block, ForkName::Fulu));

    a.behaviour_mut().on_slot(Slot(80));
    let mut message = electra::SingleAttestation::default();
    message.data.slot = Slot(79);
    let published = a.behaviour_mut().send(&OnSubnet { subnet: 3, message }).unwrap();
    assert_eq!((published.topic, published.peers), (vote, 1));
    assert_eq!(message_at_b(&mut a, &mut b).await.topic, vote);

    let refused = a.behaviour_mut().send(&fulu_block(79));
    assert_eq!(refused, Err(PublishError::WrongFork { layout: ForkName::Fulu, fork: ForkName::Electra }));
}

#[tokio::test]
async fn what_is_published_to_nobody_goes_out_when_somebody_comes() {
    let chain = chain::electra_then_fulu();
    let (mut a, mut b) = (node(&chain).await, node(&chain).await);
    let topic = Topic::new(chain.at(Epoch(10)).digest, TopicKind::BeaconBlock);
    a.behaviour_mut().on_slot(Slot(90));
    let waiting = a.behaviour_mut().send(&fulu_block(90)).unwrap();
    assert_eq!((waiting.peers, a.behaviour().waiting().0), (0, 1));
    assert_eq!(a.behaviour_mut().send(&fulu_block(90)), Err(PublishError::Duplicate));
    // Its time is over already.
    assert_eq!(a.behaviour_mut().send(&fulu_block(88)), Err(PublishError::NoPeers));
    // It will be over when somebody comes.
    let late = a.behaviour_mut().send(&fulu_block(89)).unwrap();
    a.behaviour_mut().on_slot(Slot(91));
    assert_eq!(a.behaviour().waiting().0, 1);
    let dropped = a.next_behaviour_event().await;
    assert!(matches!(dropped, Event::Unsent { id, .. } if id == late.id), "{dropped:?}");

    b.behaviour_mut().join(topic).unwrap();
    a.connect(&mut b).await;
    let (mut sent, mut heard) = (None, None);
    until(&mut a, &mut b, "the block that waited", |side| {
        match side {
            Side::A(Event::Published { id, topic: on, peers }) => {
                assert_eq!((on, peers), (topic, 1));
                sent = Some(id);
            }
            Side::B(Event::Message(message)) => heard = Some(message.id),
            _ => {}
        }
        (sent.is_some() && heard.is_some()).then_some(())
    })
    .await;
    assert_eq!((sent, heard), (Some(waiting.id), Some(waiting.id)));
    assert_eq!(a.behaviour().waiting(), (0, 0));
}

#[tokio::test]
async fn the_number_of_peers_is_that_of_those_who_hear() {
    let chain = chain::electra_then_fulu();
    let topic = Topic::new(chain.at(Epoch(10)).digest, TopicKind::BeaconBlock);
    for flood_publish in [true, false] {
        let mut config = cl_gossip::Config::for_slot(std::time::Duration::from_secs(1));
        config.flood_publish = flood_publish;
        let mut a = node_with(config, &chain).await;
        a.behaviour_mut().on_slot(Slot(90));
        let mut others = Vec::new();
        for _ in 0..10 {
            let mut other = node(&chain).await;
            other.behaviour_mut().join(topic).unwrap();
            a.connect(&mut other).await;
            until(&mut a, &mut other, "its hello", |side| {
                matches!(side, Side::A(Event::PeerSubscribed { .. })).then_some(())
            })
            .await;
            others.push(other);
        }
        let published = a.behaviour_mut().send(&fulu_block(90)).unwrap();
        // All of them, or eight.
        assert_eq!(published.peers, if flood_publish { 10 } else { 8 });
        tokio::spawn(a.loop_on_next());
        let heard = others.into_iter().map(|mut other| async move {
            let message = async {
                loop {
                    if let Event::Message(message) = other.next_behaviour_event().await {
                        return message.id;
                    }
                }
            };
            tokio::time::timeout(std::time::Duration::from_secs(4), message).await.is_ok()
        });
        let heard = futures::future::join_all(heard).await;
        assert_eq!(heard.into_iter().filter(|heard| *heard).count(), published.peers, "flood {flood_publish}");
    }
}

/// A message of a column: not decoded by anybody here.
fn column(slot: u64, subnet: u64) -> Outgoing {
    let kind = TopicKind::DataColumnSidecar(subnet);
    let ssz = vec![u8::try_from(subnet).unwrap(); 19_000].into();
    Outgoing { kind, slot: Some(Slot(slot)), ssz }
}

#[tokio::test]
async fn in_a_batch_the_columns_that_only_one_peer_gets_are_first() {
    let chain = chain::electra_then_fulu();
    let digest = chain.at(Epoch(10)).digest;
    let (mut a, mut large, mut small) = (node(&chain).await, node(&chain).await, node(&chain).await);
    // One peer is on all columns, the other on the first half.
    for subnet in 0..128 {
        let topic = Topic::new(digest, TopicKind::DataColumnSidecar(subnet));
        large.behaviour_mut().join(topic).unwrap();
        if subnet < 64 {
            small.behaviour_mut().join(topic).unwrap();
        }
    }
    for (other, topics) in [(&mut large, 128), (&mut small, 64)] {
        a.connect(other).await;
        let mut known = 0;
        until(&mut a, other, "the hello", |side| {
            known += usize::from(matches!(side, Side::A(Event::PeerSubscribed { .. })));
            (known == topics).then_some(())
        })
        .await;
    }
    a.behaviour_mut().on_slot(Slot(90));
    let columns: Vec<Outgoing> = (0..128).map(|subnet| column(90, subnet)).collect();
    let results = a.behaviour_mut().send_batch(&columns);
    for (subnet, result) in (0..128).zip(&results) {
        let published = result.unwrap();
        assert_eq!(published.topic.kind, TopicKind::DataColumnSidecar(subnet));
        assert_eq!(published.peers, if subnet < 64 { 2 } else { 1 });
    }
    let mut arrived = Vec::new();
    until(&mut a, &mut large, "all columns", |side| {
        if let Side::B(Event::Message(message)) = side {
            arrived.push(message.topic.kind.subnet().unwrap());
        }
        (arrived.len() == 128).then_some(())
    })
    .await;
    // In the order given, the last column would have left after 127 others; so it does after 63, and the other peer
    // has got the first half meanwhile.
    let first: BTreeSet<u64> = arrived[..64].iter().copied().collect();
    assert_eq!(first, (64..128).collect());
}
