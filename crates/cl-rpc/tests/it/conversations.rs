//! What honest peers say to each other.

use cl_rpc::{Config, ErrorCode, Event, Request, RequestError, Response};
use cl_types::containers::StatusV2;
use cl_types::{Epoch, Fault, GoodbyeReason, Protocol, Root, Slot};

use crate::node::{block, connect, hasty, newest, pair, plain, swarm};
use crate::test_chain::test_chain;

fn status() -> StatusV2 {
    StatusV2 {
        fork_digest: newest(),
        finalized_root: Root::repeat_byte(1),
        finalized_epoch: Epoch(2),
        head_root: Root::repeat_byte(3),
        head_slot: Slot(99),
        earliest_available_slot: Slot(0),
    }
}

#[tokio::test]
async fn status_in_the_newest_version() {
    let (mut a, mut b) = pair().await;
    let asked = a.send(b.peer, Request::status(&status())).await;
    let (id, request) = b.asked().await;
    assert_eq!(request.protocol, Protocol::StatusV2);
    assert_eq!(request.body, status().to_ssz(Protocol::StatusV2));
    b.respond(id, plain(status().to_ssz(request.protocol))).await.unwrap();
    let chunk = a.chunk(asked).await;
    assert_eq!((chunk.protocol, chunk.fork), (Protocol::StatusV2, None));
    assert_eq!(chunk.ssz, status().to_ssz(Protocol::StatusV2));
    a.done(asked).await;
    b.responded(id).await;
}

#[tokio::test]
async fn status_in_the_version_that_the_responder_has() {
    let old = Config { serve: vec![Protocol::StatusV1], ..Config::default() };
    let (mut a, mut b) = connect(swarm(Config::default()), swarm(old)).await;
    let asked = a.send(b.peer, Request::status(&status())).await;
    let (id, request) = b.asked().await;
    assert_eq!((request.protocol, request.body.len()), (Protocol::StatusV1, 84));
    b.respond(id, plain(status().to_ssz(request.protocol))).await.unwrap();
    assert_eq!(a.chunk(asked).await.protocol, Protocol::StatusV1);
    a.done(asked).await;
}

#[tokio::test]
async fn ping_in_both_directions() {
    let (mut a, mut b) = pair().await;
    let (from_a, from_b) = (a.send(b.peer, Request::ping(5)).await, b.send(a.peer, Request::ping(6)).await);
    let (id, request) = b.asked().await;
    assert_eq!(request.body, 5u64.to_le_bytes().to_vec());
    b.respond(id, plain(6u64.to_le_bytes().to_vec())).await.unwrap();
    b.responded(id).await;
    let (id, _) = a.asked().await;
    a.respond(id, plain(5u64.to_le_bytes().to_vec())).await.unwrap();
    // The two halves of a's part are independent.
    let mut seen = Vec::new();
    for _ in 0..3 {
        seen.push(match a.next().await {
            Event::Chunk { chunk, .. } => format!("chunk {}", chunk.ssz[0]),
            Event::Done { id, .. } if id == from_a => "done".to_owned(),
            Event::Responded { .. } => "responded".to_owned(),
            other => panic!("{other:?}"),
        });
    }
    seen.sort();
    assert_eq!(seen, ["chunk 6", "done", "responded"]);
    assert_eq!(b.chunk(from_b).await.ssz[0], 5);
    b.done(from_b).await;
}

#[tokio::test]
async fn metadata_is_asked_for_with_nothing() {
    let (mut a, mut b) = pair().await;
    let asked = a.send(b.peer, Request::metadata()).await;
    let (id, request) = b.asked().await;
    assert_eq!(request.protocol, Protocol::MetaDataV3);
    assert!(request.body.is_empty());
    b.respond(id, plain(vec![1; 25])).await.unwrap();
    assert_eq!(a.chunk(asked).await.ssz, vec![1; 25]);
    a.done(asked).await;
    b.responded(id).await;
}

#[tokio::test]
async fn goodbye_needs_no_answer() {
    let (mut a, mut b) = pair().await;
    let asked = a.send(b.peer, Request::goodbye(GoodbyeReason::TOO_MANY_PEERS)).await;
    let (id, request) = b.asked().await;
    assert_eq!(request.body, 129u64.to_le_bytes().to_vec());
    b.finish(id).await.unwrap();
    b.responded(id).await;
    a.done(asked).await;
}

#[tokio::test]
async fn blocks_by_range_across_all_forks() {
    let (mut a, mut b) = pair().await;
    let forks: Vec<_> = test_chain().entries().copied().collect();
    let asked = a.send(b.peer, Request::blocks_by_range(Slot(8), forks.len() as u64 + 5).unwrap()).await;
    let (id, request) = b.asked().await;
    assert_eq!(request.protocol, Protocol::BlocksByRangeV2);
    for (i, entry) in forks.iter().enumerate() {
        let ssz = vec![i as u8; 2000 + 50_000 * i].into();
        b.respond(id, Response::Chunk { context: Some(entry.digest), ssz }).await.unwrap();
    }
    b.finish(id).await.unwrap();
    for (i, entry) in forks.iter().enumerate() {
        let chunk = a.chunk(asked).await;
        assert_eq!(chunk.fork, Some(*entry));
        assert_eq!(chunk.ssz, vec![i as u8; 2000 + 50_000 * i]);
    }
    a.done(asked).await;
    b.responded(id).await;
}

#[tokio::test]
async fn a_full_answer_is_done_without_waiting_for_its_end() {
    let (mut a, mut b) = pair().await;
    let asked = a.send(b.peer, Request::blocks_by_range(Slot(8), 2).unwrap()).await;
    let (id, _) = b.asked().await;
    b.respond(id, block(1, 3000)).await.unwrap();
    b.respond(id, block(2, 3000)).await.unwrap();
    a.chunk(asked).await;
    a.chunk(asked).await;
    a.done(asked).await;
    // The responder may still end it, and is not blamed for the requester being gone.
    b.finish(id).await.unwrap();
    b.responded(id).await;
}

#[tokio::test]
async fn as_many_blocks_as_fit_in_an_answer() {
    let (mut a, mut b) = connect(swarm(Config::default()), swarm(hasty())).await;
    let asked = a.send(b.peer, Request::blocks_by_range(Slot(8), 1000).unwrap()).await;
    let (id, _) = b.asked().await;
    for i in 0..128 {
        b.respond(id, block(i, 20_000)).await.unwrap();
    }
    for i in 0..128 {
        assert_eq!(a.chunk(asked).await.ssz[0], i);
    }
    a.done(asked).await;
    b.responded(id).await;
}

#[tokio::test]
async fn the_largest_object_passes() {
    let (mut a, mut b) = pair().await;
    let asked = a.send(b.peer, Request::blocks_by_root(&[Root::repeat_byte(9)]).unwrap()).await;
    let (id, request) = b.asked().await;
    assert_eq!(request.body, vec![9; 32]);
    // Bytes that do not compress.
    let bounds = test_chain().chunk_bounds(Protocol::BlocksByRootV2, test_chain().entries().last());
    let size = (*bounds.end()).min(10 * 1024 * 1024) as u64;
    let ssz: Vec<u8> =
        (0..size).map(|i| (i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8 ^ (i >> 3) as u8).collect();
    b.respond(id, Response::Chunk { context: Some(newest()), ssz: ssz.clone().into() }).await.unwrap();
    b.finish(id).await.unwrap();
    assert!(a.chunk(asked).await.ssz == ssz);
    a.done(asked).await;
    b.responded(id).await;
}

#[tokio::test]
async fn an_empty_list_is_an_answer() {
    let (mut a, mut b) = pair().await;
    let asked = a.send(b.peer, Request::blocks_by_range(Slot(8), 10).unwrap()).await;
    let (id, _) = b.asked().await;
    b.finish(id).await.unwrap();
    a.done(asked).await;
    b.responded(id).await;
}

#[tokio::test]
async fn an_error_may_follow_chunks_and_ends_the_answer() {
    let (mut a, mut b) = pair().await;
    let asked = a.send(b.peer, Request::blocks_by_range(Slot(8), 10).unwrap()).await;
    let (id, _) = b.asked().await;
    b.respond(id, block(1, 3000)).await.unwrap();
    let error = Response::Error { code: ErrorCode::RESOURCE_UNAVAILABLE, message: "pruned".into() };
    b.respond(id, error).await.unwrap();
    a.chunk(asked).await;
    let error = a.failed(asked).await;
    assert_eq!(error.fault(), Fault::Network);
    match error {
        RequestError::Refused { code: ErrorCode::RESOURCE_UNAVAILABLE, message, .. } => {
            assert_eq!(message.as_str(), "pruned");
        }
        other => panic!("{other:?}"),
    }
    b.responded(id).await;
}
