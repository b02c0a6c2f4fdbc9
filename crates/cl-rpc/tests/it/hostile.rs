//! Peers that mean no good, or cannot do better: each costs a bounded amount, is blamed for what it did and for nothing
//! else, and loses the stream but not the connection.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use cl_rpc::Timeouts;
use cl_rpc::codec::{DecodeError, Encoder};
use cl_rpc::{Behaviour, Config, Event, InboundError, Limits, Phase, Request, RequestError, RespondError, Response};
use cl_types::{Fault, ForkDigest, Protocol, Severity};
use futures::{AsyncReadExt, AsyncWriteExt};
use libp2p_swarm::Stream;

use crate::node::{Node, block, connect, deadline, newest, noise, plain, swarm};
use crate::objects::{context, object, request};
use crate::raw::{self, Raw, read_all, write};
use crate::wire::{PING, PONG};

const SHORT: Duration = Duration::from_millis(300);
const TICK: Duration = Duration::from_millis(30);

fn timeouts(change: impl FnOnce(&mut Timeouts)) -> Config {
    let mut timeouts = Timeouts::default();
    change(&mut timeouts);
    Config { timeouts, ..Config::default() }
}

/// The connection still serves an honest ping.
async fn still_pings(raw: &mut Node<Raw>, node: &mut Node<Behaviour>) {
    let mut stream = raw.open(node.peer).await;
    write(&mut stream, PING).await;
    stream.close().await.unwrap();
    let (id, request) = node.asked().await;
    node.respond(id, plain(request.body)).await.unwrap();
    assert_eq!(read_all(&mut stream).await, PONG);
    node.responded(id).await;
}

/// Writes a byte now and then, until all is written or the other side has had enough.
async fn drip(stream: &mut Stream, bytes: &[u8]) {
    for byte in bytes {
        if stream.write_all(&[*byte]).await.is_err() || stream.flush().await.is_err() {
            return;
        }
        tokio::time::sleep(TICK).await;
    }
}

/// What the node makes of this answer.
async fn answered(protocol: Protocol, max_chunks: u64, answer: &[u8]) -> Result<(), RequestError> {
    let (mut node, mut raw) = connect(swarm(Config::default()), raw::swarm(protocol)).await;
    let ask = Request::new(vec![(protocol, request(protocol).into())], max_chunks).unwrap();
    let asked = node.send(raw.peer, ask).await;
    let mut stream = raw.next().await;
    read_all(&mut stream).await;
    let _ = stream.write_all(answer).await;
    let _ = stream.close().await;
    loop {
        match node.next().await {
            Event::Chunk { .. } => {}
            Event::Done { id, .. } if id == asked => return Ok(()),
            Event::Failed { id, error, .. } if id == asked => return Err(error),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn lies_in_the_encoding_of_any_protocol_are_the_responders_fault() {
    for protocol in Protocol::all().filter(|protocol| *protocol != Protocol::GoodbyeV1) {
        let digest = context(protocol).map(|digest| digest.0.to_vec()).unwrap_or_default();
        let prefix_len =
            if object(protocol).len() < 128 { 1 } else { 2 + usize::from(object(protocol).len() >> 14 > 0) };
        let prefix = &Encoder::request(object(protocol).into()).to_vec()[..prefix_len];
        // An impossible length, one without an end, and something else than frames.
        for lie in [&[0xff, 0xff, 0xff, 0x7f][..], &[0xff; 10], &[prefix, &[2; 20]].concat()] {
            let answer = [&[0][..], &digest, lie].concat();
            let error = answered(protocol, protocol.max_chunks(), &answer).await.unwrap_err();
            assert!(matches!(error, RequestError::InvalidResponse(_)), "{protocol}: {error:?}");
            assert_eq!(error.fault(), Fault::Peer(Severity::High), "{protocol}");
        }
        if protocol.has_context() {
            let answer = Encoder::chunk(Some(ForkDigest([9; 4])), object(protocol).into()).to_vec();
            let error = answered(protocol, protocol.max_chunks(), &answer).await.unwrap_err();
            assert!(matches!(error, RequestError::InvalidResponse(DecodeError::UnknownDigest(_))), "{protocol}");
        }
        let two = Encoder::chunk(context(protocol), object(protocol).into()).to_vec().repeat(2);
        if two.len() < 16_000 {
            let error = answered(protocol, 1, &two).await.unwrap_err();
            assert!(matches!(error, RequestError::TooManyChunks(1)), "{protocol}: {error:?}");
        }
    }
}

/// An unsigned varint.
fn uvarint(mut value: usize) -> Vec<u8> {
    let mut out = Vec::new();
    while value > 0x7f {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
    out
}

#[tokio::test]
async fn a_request_of_any_protocol_of_a_size_that_cannot_be_is_refused_by_its_length() {
    for protocol in Protocol::all() {
        let (min, max) = protocol.request_bounds().into_inner();
        let (mut raw, mut node) = connect(raw::swarm(protocol), swarm(Config::default())).await;
        for size in [max.checked_add(1), min.checked_sub(1), Some(usize::MAX)].into_iter().flatten() {
            let mut stream = raw.open(node.peer).await;
            // The length alone: what it announces need not come.
            write(&mut stream, &uvarint(size)).await;
            assert_eq!(read_all(&mut stream).await[0], 1, "{protocol}: {size}");
            let (id, error) = node.inbound_failed().await;
            assert_eq!((id, error.fault()), (None, Fault::Peer(Severity::High)), "{protocol}: {error:?}");
            match error {
                InboundError::InvalidRequest(DecodeError::Length { length, .. }) => assert_eq!(length, size as u64),
                InboundError::InvalidRequest(DecodeError::TrailingBytes) => assert_eq!(max, 0),
                other => panic!("{protocol}: {other:?}"),
            }
        }
    }
}

#[tokio::test]
async fn a_responder_of_a_byte_at_a_time_runs_out_of_time() {
    let config = timeouts(|timeouts| timeouts.first_chunk = SHORT);
    let (mut node, mut raw) = connect(swarm(config), raw::swarm(Protocol::PingV1)).await;
    let asked = node.send(raw.peer, Request::ping(5)).await;
    let mut stream = raw.next().await;
    let (error, ()) = tokio::join!(node.failed(asked), drip(&mut stream, PONG));
    assert!(matches!(error, RequestError::Timeout(Phase::FirstChunk)), "{error:?}");
    assert_eq!(error.fault(), Fault::Network);
    // The connection is as good as before.
    let asked = node.send(raw.peer, Request::ping(5)).await;
    let mut stream = raw.next().await;
    write(&mut stream, PONG).await;
    node.chunk(asked).await;
    node.done(asked).await;
}

#[tokio::test]
async fn a_requester_of_a_byte_at_a_time_runs_out_of_time() {
    let config = timeouts(|timeouts| timeouts.read_request = 2 * SHORT);
    let (mut raw, mut node) = connect(raw::swarm(Protocol::PingV1), swarm(config)).await;
    let mut stream = raw.open(node.peer).await;
    let ((id, error), ()) = tokio::join!(node.inbound_failed(), drip(&mut stream, PING));
    assert!(matches!(error, InboundError::ReadTimeout), "{error:?}");
    assert_eq!((id, error.fault()), (None, Fault::Network));
    still_pings(&mut raw, &mut node).await;
}

#[tokio::test]
async fn a_reader_of_a_byte_at_a_time_runs_out_of_time() {
    let config = timeouts(|timeouts| timeouts.write_chunk = 2 * SHORT);
    let (mut raw, mut node) = connect(raw::swarm(Protocol::BlocksByRootV2), swarm(config)).await;
    let mut stream = raw.open(node.peer).await;
    write(&mut stream, &Encoder::request(vec![1; 32].into()).to_vec()).await;
    let (id, _) = node.asked().await;
    // More than a muxer takes without a reader.
    node.respond(id, Response::Chunk { context: Some(newest()), ssz: noise(4_000_000) }).await.unwrap();
    let reading = async {
        let mut byte = [0];
        for _ in 0..1000 {
            if !matches!(stream.read(&mut byte).await, Ok(1)) {
                break;
            }
            tokio::time::sleep(TICK).await;
        }
    };
    let (failed, error) = tokio::select! {
        failed = node.inbound_failed() => failed,
        () = reading => panic!("all was read"),
    };
    assert!(matches!(error, InboundError::WriteTimeout), "{error:?}");
    assert_eq!((failed, error.fault()), (Some(id), Fault::Network));
}

#[tokio::test]
async fn streams_that_are_opened_and_left_make_room_again() {
    let limits = Limits { inbound_streams: 4, ..Limits::default() };
    let config = Config { limits, ..timeouts(|timeouts| timeouts.read_request = Duration::from_secs(1)) };
    let (mut raw, mut node) = connect(raw::swarm(Protocol::PingV1), swarm(config)).await;
    let mut left = Vec::new();
    for _ in 0..10 {
        left.push(raw.open(node.peer).await);
    }
    // Four are let in, two by two; the others are reset, and all that is told is told of the peer.
    let (mut late, mut many) = (0, 0);
    while late < 4 {
        match node.inbound_failed().await {
            (None, InboundError::ReadTimeout) => late += 1,
            (None, error @ InboundError::TooManyStreams) => {
                assert_eq!(error.fault(), Fault::Peer(Severity::Mid));
                many += 1;
            }
            other => panic!("{other:?}"),
        }
    }
    assert!((1..=6).contains(&many), "{many}");
    still_pings(&mut raw, &mut node).await;
}

#[tokio::test]
async fn thousands_of_streams_of_garbage_leave_the_connection_as_it_was() {
    let (mut raw, mut node) = connect(raw::swarm(Protocol::PingV1), swarm(Config::default())).await;
    for n in 0..2000u32 {
        let mut stream = raw.open(node.peer).await;
        // A length that cannot be, then noise.
        let _ = stream.write_all(&[&[0xff; 10], &n.to_le_bytes()[..]].concat()).await;
        let _ = stream.close().await;
        // Each is reported with its fault before the next one comes, so nothing piles up.
        let (id, error) = node.inbound_failed().await;
        assert_eq!((id, error.fault()), (None, Fault::Peer(Severity::High)), "{error:?}");
        assert!(matches!(error, InboundError::InvalidRequest(DecodeError::LengthPrefix)), "{error:?}");
    }
    still_pings(&mut raw, &mut node).await;
}

/// A chunk that counts how many of its kind are alive.
struct Counted(Bytes, Arc<AtomicUsize>);

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.1.fetch_sub(1, Ordering::SeqCst);
    }
}

#[tokio::test]
async fn a_slow_reader_costs_the_chunk_that_is_written_and_one_that_waits() {
    costs_at_most(400_000, 2).await;
    costs_at_most(130_000, 2).await;
}

#[tokio::test]
async fn a_slow_reader_of_small_chunks_costs_no_more() {
    // One is written, and the others are 64 KiB at most.
    costs_at_most(40_000, 2).await;
    costs_at_most(30_000, 3).await;
    costs_at_most(4_000, 10).await;
}

/// Answers with chunks of this size, with the default configuration, somebody who does not read before nothing moves any
/// more, and then reads a little at a time. Never more than `most` chunks are alive.
async fn costs_at_most(size: usize, most: usize) {
    /// More than the muxer takes for a stream that nobody reads.
    const ALL: usize = 8_000_000;
    let chunks = (ALL / size).min(127);
    let (mut raw, mut node) = connect(raw::swarm(Protocol::BlocksByRangeV2), swarm(Config::default())).await;
    let mut stream = raw.open(node.peer).await;
    write(&mut stream, &Encoder::request(request(Protocol::BlocksByRangeV2).into()).to_vec()).await;
    stream.close().await.unwrap();
    let (id, _) = node.asked().await;

    let alive = Arc::new(AtomicUsize::new(0));
    let data = noise(size as u64);
    let (mut accepted, mut highest, mut unread, mut reader) = (0, 0, Some(stream), None);
    while accepted < chunks {
        alive.fetch_add(1, Ordering::SeqCst);
        let ssz = Bytes::from_owner(Counted(data.clone(), Arc::clone(&alive)));
        match node.respond(id, Response::Chunk { context: Some(newest()), ssz }).await {
            Ok(()) => accepted += 1,
            Err(RespondError::Full) => match tokio::time::timeout(SHORT, node.next()).await {
                Ok(Event::Drained { id: drained, .. }) => assert_eq!(drained, id),
                Ok(other) => panic!("{other:?}"),
                // Nothing moves any more: time to read.
                Err(_) if reader.is_none() => {
                    assert!(accepted * size < 2_000_000, "{accepted} chunks were taken for a peer that does not read");
                    let mut stream = unread.take().unwrap();
                    reader = Some(tokio::spawn(async move { read_all(&mut stream).await }));
                }
                Err(_) => {}
            },
            Err(other) => panic!("{other}"),
        }
        let alive = alive.load(Ordering::SeqCst);
        assert!(alive <= most, "{alive} chunks of {size} bytes are alive");
        highest = highest.max(alive);
    }
    // What was written is told of several small chunks together, so that fewer of them may be alive.
    assert!(highest == most || size < 16_384 && highest > 1, "{highest} of {size} bytes");
    node.finish(id).await.unwrap();
    let all = deadline(reader.expect("the reader was never slow")).await.unwrap();
    assert!(all.len() > chunks * size);
    loop {
        match node.next().await {
            Event::Drained { .. } => {}
            Event::Responded { id: ended, .. } if ended == id => break,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(alive.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_byte_behind_the_request_costs_the_stream() {
    let (mut raw, mut node) = connect(raw::swarm(Protocol::BlocksByRangeV2), swarm(Config::default())).await;
    let mut stream = raw.open(node.peer).await;
    write(&mut stream, &Encoder::request(request(Protocol::BlocksByRangeV2).into()).to_vec()).await;
    let (id, _) = node.asked().await;
    node.respond(id, block(1, 3000)).await.unwrap();
    write(&mut stream, &[0]).await;
    let (failed, error) = node.inbound_failed().await;
    assert_eq!((failed, error.fault()), (Some(id), Fault::Peer(Severity::High)));
    assert!(matches!(error, InboundError::InvalidRequest(DecodeError::TrailingBytes)));
    assert_eq!(node.finish(id).await, Err(RespondError::Gone));
}
