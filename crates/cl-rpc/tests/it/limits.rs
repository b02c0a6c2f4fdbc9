//! Turns, queues, quotas and time-outs.

use std::time::{Duration, Instant};

use cl_rpc::{Config, InboundError, Limits, Phase, Quota, Quotas, Request, RequestError, RespondError, Timeouts};
use cl_types::{Fault, Method, Protocol, Slot};

use crate::node::{block, connect, pair, plain, swarm};
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
    let quota = Quota { chunks: 1, per: Duration::from_millis(400) };
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
async fn a_requester_that_does_not_read_loses_the_stream() {
    let timeouts = Timeouts { write_chunk: SHORT, ..Timeouts::default() };
    let (mut raw, mut node) =
        connect(raw::swarm(Protocol::BlocksByRangeV2), swarm(Config { timeouts, ..Config::default() })).await;
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
