//! Copies of messages, and verdicts in every order.

use std::time::{Duration, Instant};

use cl_gossip::snappy::compress;
use cl_gossip::{Copies, Event, ReportError, Topic, Verdict};
use cl_types::{Epoch, TopicKind};

use crate::net::node;
use crate::raw::{Raw, Us, good_message, write};
use crate::{chain, wire};

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
