//! Conversations with the bookkeeping, in virtual time.

use std::time::Duration;

use bytes::Bytes;
use cl_types::Method;

use super::*;
use crate::config::{Quota, Quotas};
use crate::test_chain;

const SECOND: Duration = Duration::from_secs(1);

fn id(stream: u64) -> InboundId {
    InboundId { connection: ConnectionId::new_unchecked(1), stream }
}

fn inbound(chunks: u32, queued_chunks: usize) -> Inbound {
    let quotas = Quotas::all(Quota { chunks, bytes: u64::MAX, per: 10 * SECOND });
    Inbound::new(test_chain(), &Limits { queued_chunks, quotas, ..Limits::default() })
}

fn open(inbound: &mut Inbound, peer: PeerId, id: InboundId, protocol: Protocol) {
    inbound.opened(peer, id, InboundRequest { protocol, body: Bytes::new() });
    assert!(matches!(inbound.next_event(), Some(Event::Request { .. })));
}

fn block() -> Response {
    let digest = test_chain().entries().next().unwrap().digest;
    Response::Chunk { context: Some(digest), ssz: vec![0; 2000].into() }
}

fn pong(size: usize) -> Response {
    Response::Chunk { context: None, ssz: vec![0; size].into() }
}

#[test]
fn whole_chunks_wait_until_there_is_capacity_and_no_longer() {
    let (mut inbound, peer, start) = (inbound(2, 128), PeerId::random(), Instant::now());
    open(&mut inbound, peer, id(1), Protocol::BlocksByRangeV2);
    for _ in 0..3 {
        inbound.respond(id(1), block()).unwrap();
    }
    inbound.finish(id(1)).unwrap();
    assert!(inbound.release(start).is_some());
    assert!(inbound.release(start).is_some());
    assert!(inbound.release(start).is_none());
    assert_eq!(inbound.next_release(), Some(start + 5 * SECOND));
    assert!(inbound.release(start + 4 * SECOND).is_none());
    assert!(matches!(inbound.release(start + 5 * SECOND), Some((_, _, Outgoing::Chunk(..)))));
    // The end of a response with chunks is free.
    assert!(matches!(inbound.release(start + 5 * SECOND), Some((_, _, Outgoing::End))));
    assert_eq!(inbound.next_release(), None);
}

#[test]
fn only_the_application_is_blamed_for_silence() {
    let (mut inbound, peer, start) = (inbound(1, 128), PeerId::random(), Instant::now());
    open(&mut inbound, peer, id(1), Protocol::BlocksByRangeV2);
    inbound.respond(id(1), block()).unwrap();
    inbound.respond(id(1), block()).unwrap();
    assert!(inbound.release(start).is_some());
    // A chunk is on its way to the connection, then the next one waits for its quota.
    inbound.silent(id(1));
    inbound.written(id(1), 1);
    inbound.silent(id(1));
    assert_eq!(inbound.next_unanswered(), None);
    assert!(inbound.release(start + 10 * SECOND).is_some());
    inbound.silent(id(1));
    assert_eq!(inbound.next_unanswered(), None);
    // All is written, and there is no more.
    inbound.written(id(1), 1);
    inbound.silent(id(1));
    assert_eq!(inbound.next_unanswered(), Some((peer, id(1))));
    assert_eq!(inbound.next_unanswered(), None);
}

#[test]
fn streams_of_other_peers_are_not_held_up() {
    let (mut inbound, now) = (inbound(1, 128), Instant::now());
    for stream in 1..=3 {
        let peer = PeerId::random();
        open(&mut inbound, peer, id(stream), Protocol::BlocksByRangeV2);
        inbound.respond(id(stream), block()).unwrap();
        inbound.respond(id(stream), block()).unwrap();
    }
    let order: Vec<_> = std::iter::from_fn(|| inbound.release(now)).map(|(_, id, _)| id.stream).collect();
    assert_eq!(order, [1, 2, 3]);
}

#[test]
fn an_answer_without_chunks_is_charged_too() {
    let (mut inbound, peer, now) = (inbound(1, 128), PeerId::random(), Instant::now());
    for stream in 1..=2 {
        open(&mut inbound, peer, id(stream), Protocol::BlocksByRangeV2);
        inbound.finish(id(stream)).unwrap();
    }
    assert!(inbound.release(now).is_some());
    assert!(inbound.release(now).is_none());
}

#[test]
fn the_connection_holds_a_few_chunks_and_the_queue_says_when_it_is_full() {
    let (mut inbound, peer, now) = (inbound(1000, 3), PeerId::random(), Instant::now());
    open(&mut inbound, peer, id(1), Protocol::BlocksByRangeV2);
    let mut released = 0;
    for _ in 0..WINDOW + 3 {
        inbound.respond(id(1), block()).unwrap();
        released += usize::from(inbound.release(now).is_some());
    }
    assert_eq!(released, WINDOW);
    assert_eq!(inbound.respond(id(1), block()), Err(RespondError::Full));
    for _ in 0..3 {
        inbound.written(id(1), 1);
        assert!(inbound.release(now).is_some());
    }
    assert!(matches!(inbound.next_event(), Some(Event::Drained { .. })));
    inbound.respond(id(1), block()).unwrap();
}

#[test]
fn a_response_of_one_chunk_ends_by_itself() {
    let (mut inbound, peer, now) = (inbound(10, 128), PeerId::random(), Instant::now());
    open(&mut inbound, peer, id(1), Protocol::PingV1);
    inbound.respond(id(1), pong(8)).unwrap();
    assert_eq!(inbound.respond(id(1), pong(8)), Err(RespondError::Ended));
    assert_eq!(inbound.finish(id(1)), Err(RespondError::Ended));
    assert!(matches!(inbound.release(now), Some((_, _, Outgoing::Chunk(..)))));
    assert!(matches!(inbound.release(now), Some((_, _, Outgoing::End))));
    inbound.closed(peer, Some(id(1)), Ok(()));
    inbound.closed(peer, Some(id(1)), Ok(()));
    assert!(matches!(inbound.next_event(), Some(Event::Responded { .. })));
    assert!(inbound.next_event().is_none());
    assert_eq!(inbound.finish(id(1)), Err(RespondError::Gone));
}

#[test]
fn nothing_leaves_that_a_peer_would_call_invalid() {
    let (mut inbound, peer) = (inbound(10, 128), PeerId::random());
    open(&mut inbound, peer, id(1), Protocol::PingV1);
    open(&mut inbound, peer, id(2), Protocol::BlocksByRootV2);
    assert!(matches!(inbound.respond(id(1), pong(9)), Err(RespondError::Size { size: 9, min: 8, max: 8, .. })));
    assert_eq!(inbound.respond(id(1), block()), Err(RespondError::Context(Protocol::PingV1)));
    assert_eq!(inbound.respond(id(2), pong(2000)), Err(RespondError::Context(Protocol::BlocksByRootV2)));
    let unknown = cl_types::ForkDigest([9; 4]);
    let foreign = Response::Chunk { context: Some(unknown), ssz: vec![0; 2000].into() };
    assert_eq!(inbound.respond(id(2), foreign), Err(RespondError::UnknownDigest(unknown)));
    let unavailable = Response::Error { code: ErrorCode::RESOURCE_UNAVAILABLE, message: "too old".into() };
    assert_eq!(inbound.respond(id(1), unavailable.clone()), Err(RespondError::Unavailable(Protocol::PingV1)));
    inbound.respond(id(2), unavailable).unwrap();
    assert_eq!(inbound.finish(id(2)), Err(RespondError::Ended));
}

#[test]
fn a_lost_connection_ends_its_requests() {
    let (mut inbound, peer, now) = (inbound(10, 128), PeerId::random(), Instant::now());
    open(&mut inbound, peer, id(1), Protocol::PingV1);
    inbound.respond(id(1), pong(8)).unwrap();
    inbound.disconnected(ConnectionId::new_unchecked(1));
    assert!(matches!(
        inbound.next_event(),
        Some(Event::InboundFailed { error: InboundError::ConnectionClosed, id: Some(_), .. })
    ));
    assert!(inbound.release(now).is_none());
    assert_eq!(inbound.limiter.take(peer, Method::Ping, 8, now), Ok(()));
}
