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

fn inbound(chunks: u32) -> Inbound {
    let quotas = Quotas::all(Quota { chunks, bytes: u64::MAX, per: 10 * SECOND });
    Inbound::new(test_chain(), &Limits { quotas, ..Limits::default() })
}

fn open(inbound: &mut Inbound, peer: PeerId, id: InboundId, protocol: Protocol) {
    inbound.opened(peer, id, InboundRequest { protocol, body: Bytes::new() });
    assert!(matches!(inbound.next_event(), Some(Event::Request { .. })));
}

fn block() -> Response {
    block_of(2000)
}

fn block_of(size: usize) -> Response {
    let digest = test_chain().entries().next().unwrap().digest;
    Response::Chunk { context: Some(digest), ssz: vec![0; size].into() }
}

fn pong(size: usize) -> Response {
    Response::Chunk { context: None, ssz: vec![0; size].into() }
}

#[test]
fn whole_chunks_wait_until_there_is_capacity_and_no_longer() {
    let (mut inbound, peer, start) = (inbound(2), PeerId::random(), Instant::now());
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
    let (mut inbound, peer, start) = (inbound(1), PeerId::random(), Instant::now());
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
    let (mut inbound, now) = (inbound(1), Instant::now());
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
    let (mut inbound, peer, now) = (inbound(1), PeerId::random(), Instant::now());
    for stream in 1..=2 {
        open(&mut inbound, peer, id(stream), Protocol::BlocksByRangeV2);
        inbound.finish(id(stream)).unwrap();
    }
    assert!(inbound.release(now).is_some());
    assert!(inbound.release(now).is_none());
}

#[test]
fn one_large_chunk_waits_behind_the_one_that_is_written() {
    let (mut inbound, peer, now) = (inbound(1000), PeerId::random(), Instant::now());
    open(&mut inbound, peer, id(1), Protocol::BlocksByRangeV2);
    for _ in 0..2 {
        assert!(inbound.has_room(id(1)));
        inbound.respond(id(1), block_of(100_000)).unwrap();
        assert!(inbound.release(now).is_some());
    }
    for _ in 0..3 {
        assert!(!inbound.has_room(id(1)));
        assert_eq!(inbound.respond(id(1), block_of(600)), Err(RespondError::Full));
        assert!(inbound.next_event().is_none());
        inbound.written(id(1), 1);
        assert!(matches!(inbound.next_event(), Some(Event::Drained { .. })));
        assert!(inbound.next_event().is_none(), "told once");
        inbound.respond(id(1), block_of(100_000)).unwrap();
        assert!(inbound.release(now).is_some());
    }
    // An error is small and the last: it need not wait until somebody reads.
    let error = Response::Error { code: ErrorCode::SERVER_ERROR, message: "gone".into() };
    inbound.respond(id(1), error).unwrap();
}

#[test]
fn while_the_quota_holds_a_chunk_back_nothing_else_is_taken() {
    let (mut inbound, peer, start) = (inbound(1), PeerId::random(), Instant::now());
    open(&mut inbound, peer, id(1), Protocol::BlocksByRangeV2);
    inbound.respond(id(1), block_of(100_000)).unwrap();
    assert!(inbound.release(start).is_some());
    inbound.written(id(1), 1);
    inbound.respond(id(1), block_of(100_000)).unwrap();
    assert!(inbound.release(start).is_none());
    assert!(!inbound.has_room(id(1)));
    assert!(inbound.release(start + 10 * SECOND).is_some());
    assert!(matches!(inbound.next_event(), Some(Event::Drained { .. })));
}

#[test]
fn small_chunks_wait_together_and_the_smallest_count_as_well() {
    for (size, most) in [(600, 56), (8_000, 6), (32_767, 3)] {
        let (mut inbound, peer, now) = (inbound(1000), PeerId::random(), Instant::now());
        open(&mut inbound, peer, id(1), Protocol::BlocksByRangeV2);
        let mut held = 0;
        while inbound.respond(id(1), block_of(size)) != Err(RespondError::Full) {
            held += 1;
            assert!(inbound.release(now).is_some());
        }
        assert_eq!(held, most, "of {size} bytes");
        assert!((held - 1) * size < 64 * 1024);
    }
    let (mut inbound, peer) = (inbound(1000), PeerId::random());
    open(&mut inbound, peer, id(1), Protocol::LightClientUpdatesByRangeV1);
    assert_eq!(Outgoing::Chunk(None, Bytes::from_static(&[0; 8])).weight(), 512);
}

#[test]
fn a_trusted_peer_waits_neither_for_its_quota_nor_for_the_budget() {
    let quotas = Quotas::all(Quota { chunks: 1, bytes: u64::MAX, per: 10 * SECOND });
    let limits = Limits { quotas, budget: Some(1000), ..Limits::default() };
    let (mut inbound, now) = (Inbound::new(test_chain(), &limits), Instant::now());
    let peers = [PeerId::random(), PeerId::random(), PeerId::random()];
    let [spender, stranger, friend] = peers;
    for (stream, peer) in (1..).zip(peers) {
        open(&mut inbound, peer, id(stream), Protocol::BlocksByRangeV2);
        for _ in 0..2 {
            inbound.respond(id(stream), block()).unwrap();
        }
    }
    let left =
        |inbound: &mut Inbound, now| std::iter::from_fn(|| inbound.release(now)).map(|(peer, ..)| peer).collect();
    // One has spent the budget of two seconds; the others wait for it.
    let went: Vec<_> = left(&mut inbound, now);
    assert_eq!(went, [spender]);
    inbound.exempt(friend, true);
    let went: Vec<_> = left(&mut inbound, now);
    assert_eq!(went, [friend, friend]);
    // It took nothing of what the others get.
    let later = inbound.next_release().unwrap();
    assert!(later <= now + 2 * SECOND);
    let went: Vec<_> = left(&mut inbound, later);
    assert_eq!(went, [stranger]);
    // It is bound again, and what it still waits for with it.
    inbound.respond(id(3), block()).unwrap();
    inbound.exempt(friend, false);
    let went: Vec<_> = left(&mut inbound, later);
    assert_eq!(went, []);
    let went: Vec<_> = left(&mut inbound, later + 2 * SECOND);
    assert_eq!(went, [friend]);
}

#[test]
fn a_response_of_one_chunk_ends_by_itself() {
    let (mut inbound, peer, now) = (inbound(10), PeerId::random(), Instant::now());
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
    let (mut inbound, peer) = (inbound(10), PeerId::random());
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
    let (mut inbound, peer, now) = (inbound(10), PeerId::random(), Instant::now());
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
