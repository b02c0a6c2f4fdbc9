//! Turns, queues, quotas and time-outs.

use std::time::{Duration, Instant};

use cl_rpc::{Config, ErrorCode, Event, InboundError, InboundId, Limits, Pacing, Phase, Quota, Quotas};
use cl_rpc::{Request, RequestError, RespondError, Response, Timeouts};
use cl_types::{Fault, Method, Protocol, Slot};

use crate::node::{Node, block, connect, hasty, paced, pair, plain, swarm};
use crate::raw::{self, read_all, write};
use crate::wire::{PING, PONG};

const SHORT: Duration = Duration::from_millis(200);

fn pong() -> cl_rpc::Response {
    plain(vec![5, 0, 0, 0, 0, 0, 0, 0])
}

#[tokio::test]
async fn a_requester_opens_two_streams_at_a_time() {
    let (a, mut b) = pair().await;
    let mut pings = Vec::new();
    for n in 0..3 {
        pings.push(a.send(b.peer, Request::ping(n)).await);
    }
    let (first, _) = b.asked().await;
    let (second, _) = b.asked().await;
    // Another method does not wait for them, and the third ping does.
    a.send(b.peer, Request::metadata()).await;
    let (_, request) = b.asked().await;
    assert_eq!(request.protocol.method(), Method::MetaData);
    b.is_silent_for(SHORT).await;
    b.respond(second, pong()).await.unwrap();
    b.responded(second).await;
    let (_, third) = b.asked().await;
    assert_eq!(third.body[0], 2);
    assert_eq!(b.finish(second).await, Err(RespondError::Gone));
    b.finish(first).await.unwrap();
    b.responded(first).await;
}

#[tokio::test]
async fn a_responder_serves_two_streams_at_a_time_and_resets_beyond_its_limit() {
    let limits = Limits { inbound_streams: 3, ..Limits::default() };
    let (mut raw, mut node) =
        connect(raw::swarm(Protocol::PingV1), swarm(Config { limits, ..Config::default() })).await;
    let mut streams = Vec::new();
    for _ in 0..3 {
        let mut stream = raw.open(node.peer).await;
        write(&mut stream, PING).await;
        streams.push(stream);
    }
    let (first, _) = node.asked().await;
    let (_, _) = node.asked().await;
    node.is_silent_for(SHORT).await;
    let mut fourth = raw.open(node.peer).await;
    let (id, error) = node.inbound_failed().await;
    assert!(matches!((id, error), (None, InboundError::TooManyStreams)));
    assert!(read_all(&mut fourth).await.is_empty());
    // A free place goes to the one that waits.
    node.respond(first, pong()).await.unwrap();
    assert_eq!(read_all(&mut streams[0]).await, PONG);
    node.responded(first).await;
    node.asked().await;
}

#[tokio::test]
async fn a_fast_requester_is_delayed_but_neither_refused_nor_cut() {
    let quota = Quota { chunks: 1, bytes: u64::MAX, per: Duration::from_millis(400) };
    let quotas = Quotas { by_method: vec![(Method::Ping, quota)], ..Quotas::default() };
    let limits = Limits { quotas, ..Limits::default() };
    let (mut a, mut b) = connect(swarm(Config::default()), swarm(Config { limits, ..Config::default() })).await;
    let start = Instant::now();
    for n in 0..3 {
        let ping = a.send(b.peer, Request::ping(n)).await;
        let (id, _) = b.asked().await;
        b.respond(id, pong()).await.unwrap();
        a.chunk(ping).await;
        a.done(ping).await;
        b.responded(id).await;
    }
    assert!(start.elapsed() >= Duration::from_millis(790), "{:?}", start.elapsed());
}

/// A configuration whose answers are limited to so many chunks and bytes a second, and to a budget.
fn slow(chunks: u32, bytes: u64, budget: Option<u64>) -> Config {
    let quotas = Quotas::all(Quota { chunks, bytes, per: Duration::from_secs(1) });
    let limits = Limits { quotas, budget, ..hasty().limits };
    Config { limits, ..Config::default() }
}

/// Answers a range with one block for each slot.
async fn answer(node: &mut Node<cl_rpc::Behaviour>, size: usize) -> InboundId {
    let (id, request) = node.asked().await;
    let count = request.body[8];
    for n in 0..count {
        node.respond(id, block(n, size)).await.unwrap();
    }
    // After as many as any response may have it has ended by itself.
    if count < 128 {
        node.finish(id).await.unwrap();
    }
    id
}

/// Takes chunks up to the good end of a request, and says how many there were.
async fn fetched(node: &mut Node<cl_rpc::Behaviour>, expected: cl_rpc::RequestId) -> usize {
    let mut chunks = 0;
    loop {
        match node.next().await {
            Event::Chunk { id, .. } if id == expected => chunks += 1,
            Event::Done { id, .. } if id == expected => return chunks,
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_response_over_the_quota_of_bytes_or_the_budget_is_late_and_whole() {
    for config in [slow(u32::MAX, 60_000, None), slow(u32::MAX, u64::MAX, Some(60_000))] {
        let (mut a, mut b) = connect(swarm(Config::default()), swarm(config)).await;
        let start = Instant::now();
        let asked = a.send(b.peer, Request::blocks_by_range(Slot(1), 9).unwrap()).await;
        let id = answer(&mut b, 10_000).await;
        assert_eq!(fetched(&mut a, asked).await, 9);
        b.responded(id).await;
        // Six at once, three more at six a second.
        assert!(start.elapsed() >= Duration::from_millis(490), "{:?}", start.elapsed());
    }
}

#[tokio::test]
async fn trusted_peers_do_not_wait() {
    let (mut a, mut b) = connect(swarm(Config::default()), swarm(slow(1, 10, None))).await;
    let peer = a.peer;
    b.call(move |swarm| swarm.behaviour_mut().exempt(peer, true)).await;
    let start = Instant::now();
    let asked = a.send(b.peer, Request::blocks_by_range(Slot(1), 128).unwrap()).await;
    let id = answer(&mut b, 10_000).await;
    assert_eq!(fetched(&mut a, asked).await, 128);
    b.responded(id).await;
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
}

/// A paced requester at its own responder with a tighter limit: all arrives, nothing fails, nobody is cut off.
#[tokio::test]
async fn exchanges_beyond_the_responder_s_limit_recover_by_themselves() {
    let (mut a, mut b) = connect(paced(Config::default()), swarm(slow(20, u64::MAX, None))).await;
    let mut asked = Vec::new();
    for n in 0..3 {
        asked.push(a.send(b.peer, Request::blocks_by_range(Slot(n * 16), 16).unwrap()).await);
    }
    let (mut served, mut chunks, mut done) = (0, 0, 0);
    while done < 3 {
        tokio::select! {
            event = a.next() => match event {
                Event::Chunk { id, .. } if asked.contains(&id) => chunks += 1,
                Event::Done { .. } => done += 1,
                other => panic!("{other:?}"),
            },
            event = b.next() => match event {
                Event::Request { id, .. } => {
                    for n in 0..16 {
                        b.respond(id, block(n, 5000)).await.unwrap();
                    }
                    b.finish(id).await.unwrap();
                }
                Event::Responded { .. } => served += 1,
                other => panic!("{other:?}"),
            },
        }
    }
    assert_eq!((chunks, served <= 3), (48, true));
}

/// A peer with a limit that it enforces by refusing, as some clients do.
#[tokio::test]
async fn refusals_for_being_early_are_waited_out() {
    let grants = Quotas::all(Quota { chunks: 8, bytes: u64::MAX, per: Duration::from_millis(300) });
    let pacing = Pacing { grants, retries: 3 };
    let (mut a, mut b) = connect(paced(Config { pacing, ..Config::default() }), swarm(Config::default())).await;
    let asked = a.send(b.peer, Request::blocks_by_range(Slot(100), 8).unwrap()).await;
    let mut seen = Vec::new();
    let mut chunks = 0;
    loop {
        tokio::select! {
            event = a.next() => match event {
                Event::Chunk { id, .. } if id == asked => chunks += 1,
                Event::Done { id, .. } if id == asked => break,
                other => panic!("{other:?}"),
            },
            event = b.next() => if let Event::Request { id, request, .. } = event {
                let (start, count) = (request.body[0], request.body[8]);
                seen.push((start, count));
                if count > 4 {
                    let code = ErrorCode::RATE_LIMITED;
                    b.respond(id, Response::Error { code, message: "later".into() }).await.unwrap();
                } else {
                    for n in 0..count {
                        b.respond(id, block(n, 3000)).await.unwrap();
                    }
                    b.finish(id).await.unwrap();
                }
            }
        }
    }
    assert_eq!(chunks, 8);
    assert_eq!(seen[..2], [(100, 8), (100, 4)]);
    assert_eq!(seen[2..].iter().map(|(_, count)| usize::from(*count)).sum::<usize>(), 4, "{seen:?}");
}

#[tokio::test]
async fn who_refuses_always_is_asked_a_few_times_and_not_blamed() {
    let grants = Quotas::all(Quota { chunks: 1, bytes: u64::MAX, per: Duration::from_millis(20) });
    let pacing = Pacing { grants, retries: 2 };
    let (mut a, mut b) = connect(paced(Config { pacing, ..Config::default() }), swarm(Config::default())).await;
    let asked = a.send(b.peer, Request::ping(1)).await;
    for _ in 0..3 {
        let (id, _) = b.asked().await;
        let error = Response::Error { code: ErrorCode::RATE_LIMITED, message: "never".into() };
        b.respond(id, error).await.unwrap();
        b.responded(id).await;
    }
    assert_eq!(a.failed(asked).await.fault(), Fault::Local);
}

#[tokio::test]
async fn a_paced_requester_stays_within_what_peers_grant() {
    let grants = Quotas::all(Quota { chunks: 2, bytes: u64::MAX, per: Duration::from_millis(500) });
    let pacing = Pacing { grants, retries: 0 };
    let (mut a, mut b) = connect(paced(Config { pacing, ..Config::default() }), swarm(Config::default())).await;
    let mut arrivals = Vec::new();
    for n in 0..6 {
        a.send(b.peer, Request::ping(n)).await;
    }
    for _ in 0..6 {
        let id = loop {
            match b.next().await {
                Event::Request { id, .. } => break id,
                Event::Responded { .. } => {}
                other => panic!("{other:?}"),
            }
        };
        arrivals.push(Instant::now());
        b.respond(id, pong()).await.unwrap();
    }
    let took = arrivals[5] - arrivals[0];
    // Two at once, and four more at four a second, a tenth slower.
    assert!(took >= Duration::from_millis(1000), "{took:?}");
    a.next().await;
}

#[tokio::test]
async fn a_silent_responder_times_out() {
    let timeouts = Timeouts { first_chunk: SHORT, next_chunk: 2 * SHORT, ..Timeouts::default() };
    let (mut a, mut b) = connect(swarm(Config { timeouts, ..Config::default() }), swarm(Config::default())).await;
    let asked = a.send(b.peer, Request::blocks_by_range(Slot(1), 5).unwrap()).await;
    b.asked().await;
    let error = a.failed(asked).await;
    assert!(matches!(error, RequestError::Timeout(Phase::FirstChunk)));
    assert_eq!(error.fault(), Fault::Network);
    let asked = a.send(b.peer, Request::blocks_by_range(Slot(1), 5).unwrap()).await;
    let (id, _) = b.asked().await;
    b.respond(id, block(1, 5000)).await.unwrap();
    a.chunk(asked).await;
    assert!(matches!(a.failed(asked).await, RequestError::Timeout(Phase::NextChunk)));
}

#[tokio::test]
async fn a_silent_application_loses_the_stream() {
    let timeouts = Timeouts { answer: SHORT, ..Timeouts::default() };
    let (mut a, mut b) = connect(swarm(Config::default()), swarm(Config { timeouts, ..Config::default() })).await;
    let asked = a.send(b.peer, Request::ping(1)).await;
    let (id, _) = b.asked().await;
    let (failed, error) = b.inbound_failed().await;
    assert!(matches!(error, InboundError::NotAnswered));
    assert_eq!((failed, error.fault()), (Some(id), Fault::Local));
    assert_eq!(b.respond(id, pong()).await, Err(RespondError::Gone));
    assert!(matches!(a.failed(asked).await, RequestError::NoAnswer | RequestError::Io(_)));
}

#[tokio::test]
async fn a_chunk_that_is_held_back_does_not_cost_the_stream() {
    let timeouts = Timeouts { answer: SHORT, ..Timeouts::default() };
    let quotas = Quotas::all(Quota { chunks: 1, bytes: u64::MAX, per: 5 * SHORT });
    let limits = Limits { quotas, ..Limits::default() };
    let config = Config { timeouts, limits, ..Config::default() };
    let (mut a, mut b) = connect(swarm(Config::default()), swarm(config)).await;
    let began = Instant::now();
    let asked = a.send(b.peer, Request::blocks_by_range(Slot(1), 2).unwrap()).await;
    let (id, _) = b.asked().await;
    b.respond(id, block(1, 5000)).await.unwrap();
    b.respond(id, block(2, 5000)).await.unwrap();
    a.chunk(asked).await;
    // It comes five time-outs later. Then it is the application that is silent.
    a.chunk(asked).await;
    assert!(began.elapsed() >= 4 * SHORT);
    let (failed, error) = b.inbound_failed().await;
    assert!(matches!(error, InboundError::NotAnswered), "{error:?}");
    assert_eq!(failed, Some(id));
}

#[tokio::test]
async fn a_requester_that_does_not_read_loses_the_stream() {
    let timeouts = Timeouts { write_chunk: SHORT, ..Timeouts::default() };
    let (mut raw, mut node) =
        connect(raw::swarm(Protocol::BlocksByRangeV2), swarm(Config { timeouts, ..hasty() })).await;
    let mut stream = raw.open(node.peer).await;
    let request = Request::blocks_by_range(Slot(1), 128).unwrap();
    let body = request.body(Protocol::BlocksByRangeV2).unwrap().clone();
    write(&mut stream, &cl_rpc::codec::Encoder::request(body).to_vec()).await;
    let (id, _) = node.asked().await;
    // More than a muxer takes without a reader, even compressed.
    for _ in 0..100 {
        node.respond(id, block(0, 2_000_000)).await.unwrap();
    }
    let (failed, error) = node.inbound_failed().await;
    assert_eq!(failed, Some(id));
    assert!(matches!(error, InboundError::WriteTimeout), "{error:?}");
    assert_eq!(error.fault(), Fault::Network);
}

#[tokio::test]
async fn an_unfinished_request_times_out() {
    let timeouts = Timeouts { read_request: SHORT, ..Timeouts::default() };
    let (mut raw, mut node) =
        connect(raw::swarm(Protocol::PingV1), swarm(Config { timeouts, ..Config::default() })).await;
    let mut stream = raw.open(node.peer).await;
    write(&mut stream, &PING[..12]).await;
    let (id, error) = node.inbound_failed().await;
    assert!(matches!((id, error), (None, InboundError::ReadTimeout)));
}

#[tokio::test]
async fn a_goodbye_to_the_deaf_is_done_after_a_moment() {
    let timeouts = Timeouts { goodbye: SHORT, ..Timeouts::default() };
    let (mut node, mut raw) =
        connect(swarm(Config { timeouts, ..Config::default() }), raw::swarm(Protocol::GoodbyeV1)).await;
    let asked = node.send(raw.peer, Request::goodbye(3)).await;
    let stream = raw.next().await;
    node.done(asked).await;
    drop(stream);
}
