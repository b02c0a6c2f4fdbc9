use std::sync::Arc;

use cl_gossip::message_id::Body;
use cl_gossip::{DecompressError, Event, MessageId, PublishError, ReportError, Topic, Verdict};
use cl_types::limits::{MAX_PAYLOAD_SIZE, max_message_size};
use cl_types::{Epoch, Fault, ForkDigest, ForkName, Severity, TopicKind};
use libp2p_gossipsub as gossipsub;
use libp2p_swarm::Swarm;
use libp2p_swarm_test::SwarmExt;

use crate::chain;
use crate::net::{Node, Side, meet, message_at_b, node, until};

fn block_topic(schedule: &cl_types::ForkSchedule) -> Topic {
    Topic::new(schedule.at(Epoch(0)).digest, TopicKind::BeaconBlock)
}

#[tokio::test]
async fn a_message_arrives_with_the_id_that_its_author_gave_it() {
    let chain = chain::electra_then_fulu();
    let (mut a, mut b) = (node(&chain).await, node(&chain).await);
    let topic = block_topic(&chain);
    a.behaviour_mut().join(topic).unwrap();
    b.behaviour_mut().join(topic).unwrap();
    meet(&mut a, &mut b, topic).await;

    let ssz = vec![42; 5000];
    let id = a.behaviour_mut().publish(topic, &ssz).unwrap();
    assert_eq!(id, MessageId::new(ForkName::Electra, &topic.to_string(), Body::Valid(&ssz)));

    let message = message_at_b(&mut a, &mut b).await;
    assert_eq!((message.topic, message.fork, message.id), (topic, ForkName::Electra, id));
    assert_eq!(message.ssz, ssz);
    assert_eq!(message.source, *a.local_peer_id());

    let gossip = b.behaviour_mut();
    assert_eq!(gossip.report(&id, &message.source, Verdict::Accept), Ok(()));
    assert_eq!(gossip.report(&id, &message.source, Verdict::Reject), Err(ReportError::Repeated));
    assert_eq!(gossip.report(&MessageId([7; 20]), &message.source, Verdict::Accept), Err(ReportError::Unknown));
    assert_eq!(a.behaviour_mut().report(&id, &message.source, Verdict::Accept), Err(ReportError::Repeated));
    assert_eq!(a.behaviour_mut().publish(topic, &ssz), Err(PublishError::Duplicate));
    assert_eq!(b.behaviour_mut().publish(topic, &ssz), Err(PublishError::Duplicate));
}

#[tokio::test]
async fn a_message_is_forwarded_once_it_is_accepted_and_not_before() {
    let chain = chain::electra_then_fulu();
    let (mut a, mut b, mut c) = (node(&chain).await, node(&chain).await, node(&chain).await);
    let topic = block_topic(&chain);
    for swarm in [&mut a, &mut b, &mut c] {
        swarm.behaviour_mut().join(topic).unwrap();
    }
    meet(&mut b, &mut c, topic).await;
    meet(&mut a, &mut b, topic).await;
    a.behaviour_mut().publish(topic, &[1; 5000]).unwrap();
    a.behaviour_mut().publish(topic, &[2; 5000]).unwrap();
    tokio::spawn(a.loop_on_next());

    // Of the two messages only the accepted one gets to c.
    let (mut rejected, mut accepted) = (None, None);
    while accepted.is_none() {
        let message = message_at_b(&mut c, &mut b).await;
        let verdict = if message.ssz[0] == 1 { Verdict::Ignore } else { Verdict::Accept };
        match verdict {
            Verdict::Accept => accepted = Some(message.id),
            _ => rejected = Some(message.id),
        }
        assert_eq!(b.behaviour_mut().report(&message.id, &message.source, verdict), Ok(()));
    }
    let at_c = message_at_b(&mut b, &mut c).await;
    assert_eq!(Some(at_c.id), accepted);
    assert_ne!(Some(at_c.id), rejected);
    assert_eq!(at_c.source, *b.local_peer_id());
}

#[tokio::test]
async fn what_cannot_be_published_is_said_before_it_is_tried() {
    let chain = chain::electra_then_fulu();
    let mut a = node(&chain).await;
    let topic = block_topic(&chain);
    let gossip = a.behaviour_mut();
    assert_eq!(gossip.publish(topic, &[0; 5000]), Err(PublishError::NoPeers));
    let unknown = Topic::new(ForkDigest([1, 2, 3, 4]), TopicKind::BeaconBlock);
    assert!(matches!(gossip.publish(unknown, &[0; 5000]), Err(PublishError::UnknownTopic(_))));
    assert!(gossip.join(unknown).is_err());
    let too_early = Topic::new(topic.digest, TopicKind::DataColumnSidecar(0));
    assert!(gossip.join(too_early).is_err());
    let huge = vec![0; MAX_PAYLOAD_SIZE + 1];
    assert!(matches!(gossip.publish(topic, &huge), Err(PublishError::OutOfBounds { .. })));
}

#[tokio::test]
async fn the_largest_payload_fits_even_if_it_does_not_compress() {
    let chain = chain::electra_then_fulu();
    let (mut a, mut b) = (node(&chain).await, node(&chain).await);
    let topic = block_topic(&chain);
    a.behaviour_mut().join(topic).unwrap();
    b.behaviour_mut().join(topic).unwrap();
    meet(&mut a, &mut b, topic).await;
    let mut state = 1u64;
    let ssz: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 56) as u8
    })
    .take(MAX_PAYLOAD_SIZE)
    .collect();
    let id = a.behaviour_mut().publish(topic, &ssz).unwrap();
    let message = message_at_b(&mut a, &mut b).await;
    assert_eq!(message.id, id);
    assert!(message.ssz == ssz);
}

/// A plain router that sends whatever bytes it is given.
type Stranger = Swarm<gossipsub::Behaviour>;

fn stranger() -> Stranger {
    let config = gossipsub::ConfigBuilder::default()
        .validation_mode(gossipsub::ValidationMode::Anonymous)
        .message_id_fn(|message| gossipsub::MessageId::new(&message.data))
        .max_transmit_size(max_message_size())
        .build()
        .unwrap();
    let anonymous = gossipsub::MessageAuthenticity::Anonymous;
    Swarm::new_ephemeral_tokio(|_| gossipsub::Behaviour::new(anonymous, config).unwrap())
}

/// Connects a stranger and waits until it knows that we are on the topic.
async fn meet_stranger(stranger: &mut Stranger, us: &mut Node) {
    stranger.connect(us).await;
    until(stranger, us, "our hello", |side| match side {
        Side::A(gossipsub::Event::Subscribed { .. }) => Some(()),
        _ => None,
    })
    .await;
}

#[tokio::test]
async fn data_that_does_not_decompress_is_rejected_with_the_id_of_its_raw_bytes() {
    let chain = chain::electra_then_fulu();
    let (mut liar, mut us) = (stranger(), node(&chain).await);
    let topic = block_topic(&chain);
    us.behaviour_mut().join(topic).unwrap();
    meet_stranger(&mut liar, &mut us).await;
    let name = topic.to_string();
    let mut cut_off = cl_gossip::snappy::compress(&[3; 5000]).unwrap();
    cut_off.pop();
    let huge = [0xff, 0xff, 0xff, 0xff, 0x0f];
    for (data, error) in [
        (vec![0xff; 6], DecompressError::Header),
        (Vec::new(), DecompressError::Header),
        (cut_off, DecompressError::Corrupt),
        (huge.to_vec(), DecompressError::OutOfBounds { declared: u32::MAX as usize, min: 0, max: 0 }),
    ] {
        liar.behaviour_mut().publish(gossipsub::IdentTopic::new(name.clone()), data.clone()).unwrap();
        let (source, id, on, found) = until(&mut liar, &mut us, "a rejection", |side| match side {
            Side::B(Event::Invalid { source, id, topic, error }) => Some((source, id, topic, error)),
            Side::B(Event::Message(message)) => panic!("taken for good: {message:?}"),
            _ => None,
        })
        .await;
        assert_eq!((source, on), (*liar.local_peer_id(), topic));
        assert_eq!(id, MessageId::new(ForkName::Electra, &name, Body::Invalid(&data)));
        match (found, error) {
            (
                DecompressError::OutOfBounds { declared, .. },
                DecompressError::OutOfBounds { declared: expected, .. },
            ) => {
                assert_eq!(declared, expected);
            }
            (found, error) => assert_eq!(found, error),
        }
        assert_eq!(found.fault(), Fault::Peer(Severity::High));
        // The verdict is given already.
        assert_eq!(us.behaviour_mut().report(&id, &source, Verdict::Reject), Err(ReportError::Repeated));
    }
    assert!(us.behaviour().score(liar.local_peer_id()).unwrap() < 0.0);
}

#[tokio::test]
async fn one_payload_in_two_encodings_is_one_message() {
    let chain = chain::electra_then_fulu();
    let (mut other, mut us) = (stranger(), node(&chain).await);
    let topic = block_topic(&chain);
    us.behaviour_mut().join(topic).unwrap();
    meet_stranger(&mut other, &mut us).await;
    let ssz = [9; 1500];
    let short = cl_gossip::snappy::compress(&ssz).unwrap();
    // The same bytes as literals of 50.
    let mut long = vec![0xdc, 0x0b];
    for chunk in ssz.chunks(50) {
        long.push((u8::try_from(chunk.len()).unwrap() - 1) << 2);
        long.extend_from_slice(chunk);
    }
    let last = cl_gossip::snappy::compress(&[8; 1500]).unwrap();
    for data in [short, long, last] {
        other.behaviour_mut().publish(gossipsub::IdentTopic::new(topic.to_string()), data).unwrap();
    }
    let mut firsts = Vec::new();
    while firsts.len() < 2 {
        let message = until(&mut other, &mut us, "two messages", |side| match side {
            Side::B(Event::Message(message)) => Some(message),
            _ => None,
        })
        .await;
        firsts.push(message.ssz[0]);
    }
    assert_eq!(firsts, [9, 8]);
}

#[tokio::test]
async fn the_schedule_is_shared_and_not_copied() {
    let chain = chain::electra_then_fulu();
    let before = Arc::strong_count(&chain);
    let a = node(&chain).await;
    assert!(Arc::strong_count(&chain) > before);
    drop(a);
    assert_eq!(Arc::strong_count(&chain), before);
}
