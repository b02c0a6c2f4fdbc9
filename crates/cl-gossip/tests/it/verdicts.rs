//! Copies of messages, and verdicts in every order.

use std::time::{Duration, Instant};

use cl_gossip::snappy::compress;
use cl_gossip::{Copies, Event, ReportError, Topic, Verdict};
use cl_types::{Epoch, TopicKind};
use libp2p_swarm::Stream;

use crate::net::node;
use crate::raw::{Raw, Us, good_message, write};
use crate::{chain, wire};

/// A peer that is in our mesh of a topic, and its stream.
async fn in_mesh(us: &mut Us, topic: Topic) -> (Raw, Stream) {
    let mut peer = Raw::connect(us).await;
    let mut stream = peer.open(us).await;
    let name = topic.to_string();
    write(us, &mut stream, &wire::frame(&[wire::subscription(&name), wire::graft(&name)])).await.unwrap();
    us.wait("a place in the mesh", |us| us.node.behaviour().mesh_peers(topic).any(|id| id == peer.id)).await;
    (peer, stream)
}

/// Waits until so many copies of blocks have come.
async fn copies(us: &mut Us, topic: Topic, copies: u64) -> cl_gossip::Traffic {
    us.wait("the copies", |us| us.node.behaviour().counters().family(topic.kind).copies == copies).await;
    us.node.behaviour().counters().family(topic.kind)
}

async fn on_blocks() -> (Us, Topic) {
    let chain = chain::electra_then_fulu();
    let topic = Topic::new(chain.at(Epoch(0)).digest, TopicKind::BeaconBlock);
    let mut us = Us::new(node(&chain).await);
    us.node.behaviour_mut().join(topic).unwrap();
    (us, topic)
}

#[tokio::test]
async fn a_message_arrives_once_and_its_copies_are_counted() {
    let (mut us, topic) = on_blocks().await;
    let data = compress(&[1; 5000]).unwrap();
    let message = wire::message(topic.to_string(), &data);
    let mut streams = Vec::new();
    for _ in 0..3 {
        let mut peer = Raw::connect(&mut us).await;
        let stream = peer.open(&mut us).await;
        streams.push((peer, stream));
    }
    // Twice in one frame, which is before the memo learns of it; then once from each of the others.
    let (first_peer, first) = &mut streams[0];
    let source = first_peer.id;
    write(&mut us, first, &wire::frame(&[message.clone(), message.clone()])).await.unwrap();
    let handed_out = us
        .until(|event| match event {
            Event::Message(message) => Some(message),
            _ => None,
        })
        .await;
    assert_eq!((handed_out.source, handed_out.ssz.len()), (source, 5000));
    for (_, stream) in &mut streams[1..] {
        write(&mut us, stream, &wire::frame(std::slice::from_ref(&message))).await.unwrap();
    }
    us.wait("both copies", |us| us.node.behaviour().counters().family(topic.kind).copies == 4).await;
    let traffic = us.node.behaviour().counters().family(topic.kind);
    assert_eq!((traffic.first, traffic.router_duplicates, traffic.memo_duplicates), (1, 1, 2));
    assert_eq!(traffic.bytes, 4 * data.len() as u64);
    // None of the copies was handed out, and they are told of in the end.
    let copies = us
        .until(|event| match event {
            Event::Copies(copies) => Some(copies),
            Event::Message(message) => panic!("came again: {message:?}"),
            _ => None,
        })
        .await;
    let Copies { first, last, .. } = copies;
    assert_eq!(copies, Copies { topic, id: handed_out.id, first, duplicates: 2, last });
    assert_eq!(first, handed_out.received_at);
    // In time, although nothing else happened meanwhile.
    assert!(first.elapsed() < Duration::from_secs(14), "{:?}", first.elapsed());
    assert!(last > first && last < first + Duration::from_secs(5));
}

#[tokio::test]
async fn verdicts_come_in_any_order_and_in_time_or_are_told_to_be_late() {
    let (mut us, topic) = on_blocks().await;
    let mut peer = Raw::connect(&mut us).await;
    let mut stream = peer.open(&mut us).await;
    let mut waiting = Vec::new();
    for fill in 1..=60 {
        waiting.push(good_message(&mut us, &mut stream, topic, fill).await.id);
    }
    let source = peer.id;
    let began = Instant::now();
    let mut results = Vec::new();
    // The last come first. One is judged every 200 ms, until the router has forgotten the rest.
    while results.last() != Some(&Err(ReportError::Late)) {
        let id = waiting.pop().expect("one that is late");
        results.push(us.node.behaviour_mut().report(&id, &source, Verdict::Accept));
        us.during(tokio::time::sleep(Duration::from_millis(200))).await;
    }
    assert!(results.len() > 5, "{results:?}");
    assert!(results[..results.len() - 1].iter().all(Result::is_ok), "{results:?}");
    assert!(began.elapsed() > Duration::from_secs(2));
    // From now on all of them are.
    for id in &waiting {
        assert_eq!(us.node.behaviour_mut().report(id, &source, Verdict::Reject), Err(ReportError::Late));
    }
    let counters = us.node.behaviour().counters();
    assert_eq!(counters.late, waiting.len() as u64 + 1);
    assert_eq!(counters.accepted, results.len() as u64 - 1);
}

#[tokio::test]
async fn an_accepted_message_goes_to_whom_it_did_not_come_from_and_later_copies_are_counted_only() {
    let (mut us, topic) = on_blocks().await;
    let (author, mut from_author) = in_mesh(&mut us, topic).await;
    let (early, mut from_early) = in_mesh(&mut us, topic).await;
    let (late, mut from_late) = in_mesh(&mut us, topic).await;
    let message = good_message(&mut us, &mut from_author, topic, 1).await;
    let data = compress(&[1; 5000]).unwrap();
    let copy = wire::message(topic.to_string(), &data);
    // Before the verdict the router has to know who else has it.
    write(&mut us, &mut from_early, &wire::frame(std::slice::from_ref(&copy))).await.unwrap();
    copies(&mut us, topic, 2).await;
    us.node.behaviour_mut().report(&message.id, &message.source, Verdict::Accept).unwrap();
    us.wait("the message", |_| late.heard().messages == 1).await;
    // After it nobody needs to know; what is new in the same frame is not lost.
    let news = wire::message(topic.to_string(), &compress(&[2; 5000]).unwrap());
    write(&mut us, &mut from_late, &wire::frame(&[copy.clone(), news, copy])).await.unwrap();
    let found = us
        .until(|event| match event {
            Event::Message(message) => Some(message),
            _ => None,
        })
        .await;
    assert_eq!((found.ssz[0], found.source), (2, late.id));
    let traffic = copies(&mut us, topic, 5).await;
    assert_eq!((traffic.first, traffic.memo_duplicates, traffic.router_duplicates), (2, 3, 0));
    assert_eq!(traffic.bytes, 5 * data.len() as u64);
    assert_eq!((author.heard().messages, early.heard().messages), (0, 0));
}

#[tokio::test]
async fn everybody_answers_for_a_rejected_message_who_sent_it_before_or_after() {
    let (mut us, topic) = on_blocks().await;
    let mut peers = Vec::new();
    for _ in 0..3 {
        let mut peer = Raw::connect(&mut us).await;
        let stream = peer.open(&mut us).await;
        peers.push((peer, stream));
    }
    let copy = wire::frame(&[wire::message(topic.to_string(), &compress(&[1; 5000]).unwrap())]);
    let message = good_message(&mut us, &mut peers[0].1, topic, 1).await;
    write(&mut us, &mut peers[1].1, &copy).await.unwrap();
    copies(&mut us, topic, 2).await;
    us.node.behaviour_mut().report(&message.id, &message.source, Verdict::Reject).unwrap();
    write(&mut us, &mut peers[2].1, &copy).await.unwrap();
    copies(&mut us, topic, 3).await;
    for (peer, _) in &peers {
        let score = us.node.behaviour().score(&peer.id).unwrap();
        assert!(score < 0.0, "{score}");
    }
}

#[tokio::test]
async fn nobody_answers_for_an_ignored_message() {
    let (mut us, topic) = on_blocks().await;
    let mut peer = Raw::connect(&mut us).await;
    let mut stream = peer.open(&mut us).await;
    let message = good_message(&mut us, &mut stream, topic, 1).await;
    us.node.behaviour_mut().report(&message.id, &message.source, Verdict::Ignore).unwrap();
    let copy = wire::frame(&[wire::message(topic.to_string(), &compress(&[1; 5000]).unwrap())]);
    let before = us.node.behaviour().counters().frames;
    // More than are read in one turn.
    write(&mut us, &mut stream, &copy.repeat(100)).await.unwrap();
    let traffic = copies(&mut us, topic, 101).await;
    assert_eq!((traffic.first, traffic.memo_duplicates), (1, 100));
    good_message(&mut us, &mut stream, topic, 2).await;
    // None of the copies got as far as the router.
    assert_eq!(us.node.behaviour().counters().frames, before + 1);
    assert!(us.node.behaviour().score(&peer.id).unwrap() >= 0.0);
}
