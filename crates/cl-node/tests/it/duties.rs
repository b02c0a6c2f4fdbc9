//! Validators' duties, and what follows for topics, record and peers.

use cl_gossip::{AttestationDuty, DutyError, SyncDuty};
use cl_node::{Event, PublishError};
use cl_types::containers::{any, fulu};
use cl_types::{Epoch, ForkName, Minimal, Slot, TopicKind};

use crate::support::{alone, await_event, introduce, quiet_chain, start};

/// The slot at which [`quiet_chain`] stands, in epoch 12.
const NOW: u64 = 100;

#[tokio::test(flavor = "multi_thread")]
async fn duties_join_topics_and_change_the_record() {
    let (node, mut events) = start(alone(quiet_chain())).await;
    let before = node.info().await.unwrap();
    let is_on = |info: &cl_node::NodeInfo, kind| info.topics.iter().any(|topic| topic.kind == kind);
    let subnet = (0..64).find(|subnet| !is_on(&before, TopicKind::BeaconAttestation(*subnet))).unwrap();
    let duty = |slot, subnet, is_aggregator| AttestationDuty { slot: Slot(slot), subnet, is_aggregator };
    let refused = node
        .attest(vec![duty(NOW + 1, subnet, true), duty(NOW - 5, subnet, true), duty(NOW + 1, 64, false)])
        .await
        .unwrap();
    assert_eq!(refused.len(), 2);
    assert_eq!(refused[0].1, DutyError::Past { now: Slot(NOW) });
    assert_eq!(refused[1].1, DutyError::NoSuchSubnet { subnet: 64, count: 64 });

    let sync = SyncDuty { subnet: 3, from: Epoch(8), until: Epoch(16) };
    node.serve_sync_committee(sync).await.unwrap();
    let during = node.info().await.unwrap();
    assert!(is_on(&during, TopicKind::BeaconAttestation(subnet)) && is_on(&during, TopicKind::SyncCommittee(3)));
    assert!(during.metadata.syncnets.get(3).unwrap());
    assert_eq!(during.metadata.attnets, before.metadata.attnets, "an aggregator's subnet is not advertised");
    assert_eq!(during.metadata.seq_number, before.metadata.seq_number + 1);
    await_event(&mut events, "a new record", |event| matches!(event, Event::RecordChanged { .. }).then_some(())).await;

    node.leave_sync_committee(sync).await.unwrap();
    let after = node.info().await.unwrap();
    assert!(!is_on(&after, TopicKind::SyncCommittee(3)) && !after.metadata.syncnets.get(3).unwrap());
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_waits_for_the_first_peer_and_says_who_was_there() {
    let (speaker, mut speaker_events) = start(alone(quiet_chain())).await;
    let (listener, mut events) = start(alone(quiet_chain())).await;
    let mut block = fulu::SignedBeaconBlock::<Minimal>::default();
    block.message.slot = Slot(NOW);
    let waiting = speaker.send(&any::SignedBeaconBlock::Fulu(block.clone())).await.unwrap();
    assert_eq!(waiting.peers, 0);
    block.message.slot = Slot(3);
    let refused = speaker.send(&any::SignedBeaconBlock::Fulu(block)).await;
    let wrong = cl_gossip::PublishError::WrongFork { layout: ForkName::Fulu, fork: ForkName::Electra };
    assert!(matches!(refused, Err(PublishError::Gossip(error)) if error == wrong));

    introduce(&speaker, &listener).await;
    let sent = await_event(&mut speaker_events, "the block that waited", |event| match event {
        Event::Published { id, peers, .. } => Some((*id, *peers)),
        _ => None,
    })
    .await;
    assert_eq!(sent, (waiting.id, 1));
    let heard = await_event(&mut events, "block", |event| match event {
        Event::Gossip(message) => Some(message.id),
        _ => None,
    })
    .await;
    assert_eq!(heard, waiting.id);

    let peer = listener.info().await.unwrap().peer;
    let joined = await_event(&mut speaker_events, "a place in a mesh", |event| match event {
        Event::MeshJoined { peer, .. } => Some(*peer),
        _ => None,
    })
    .await;
    assert_eq!(joined, peer);
    let standing = speaker.standing(peer).await.unwrap();
    assert!(standing.is_connected && standing.meshes() > 0 && standing.score.is_some(), "{standing}");
    assert_eq!(standing.on_address, 1);
    speaker.set_validators(64).await.unwrap();
    speaker.shutdown().await;
    listener.shutdown().await;
}
