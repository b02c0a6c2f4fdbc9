//! Byte for byte: what we write, and what we make of peers who write otherwise.

use std::time::Duration;

use cl_rpc::codec::{DecodeError, Encoder};
use cl_rpc::{Config, ErrorCode, InboundError, Request, RequestError, Timeouts};
use cl_types::{Fault, ForkDigest, Protocol, Severity, Slot};
use futures::AsyncWriteExt;

use crate::node::{connect, newest, plain, swarm};
use crate::raw::{self, read_all, write};

/// A ping with sequence number 5.
pub(crate) const PING: &[u8] = b"\x08\xff\x06\x00\x00sNaPpY\x01\x0c\x00\x00\xea\xb2\x04\x3e\x05\0\0\0\0\0\0\0";
/// Its answer, with the same number.
pub(crate) const PONG: &[u8] = b"\x00\x08\xff\x06\x00\x00sNaPpY\x01\x0c\x00\x00\xea\xb2\x04\x3e\x05\0\0\0\0\0\0\0";

fn chunk(context: Option<ForkDigest>, size: usize) -> Vec<u8> {
    Encoder::chunk(context, vec![0; size].into()).to_vec()
}

/// What becomes of a request if this is the answer. The stream ends after it.
async fn answered_with(request: Request, protocol: Protocol, answer: &[u8]) -> (usize, Result<(), RequestError>) {
    let (mut node, mut raw) = connect(swarm(Config::default()), raw::swarm(protocol)).await;
    let asked = node.send(raw.peer, request).await;
    let mut stream = raw.next().await;
    read_all(&mut stream).await;
    // The node may drop the stream before it has all of a wrong answer.
    let _ = stream.write_all(answer).await;
    let _ = stream.close().await;
    let mut chunks = 0;
    loop {
        match node.next().await {
            cl_rpc::Event::Chunk { id, .. } if id == asked => chunks += 1,
            cl_rpc::Event::Done { id, .. } if id == asked => return (chunks, Ok(())),
            cl_rpc::Event::Failed { id, error, .. } if id == asked => return (chunks, Err(error)),
            other => panic!("{other:?}"),
        }
    }
}

async fn range_answered_with(answer: &[u8]) -> (usize, Result<(), RequestError>) {
    let request = Request::blocks_by_range(Slot(1), 2).unwrap();
    answered_with(request, Protocol::BlocksByRangeV2, answer).await
}

#[tokio::test]
async fn the_responder_sees_the_request_and_then_the_end_of_the_stream() {
    let (mut node, mut raw) = connect(swarm(Config::default()), raw::swarm(Protocol::PingV1)).await;
    let asked = node.send(raw.peer, Request::ping(5)).await;
    let mut stream = raw.next().await;
    // This only returns because the requester closes its side.
    let bytes = read_all(&mut stream).await;
    assert_eq!(bytes.len(), 27);
    assert_eq!(bytes, Encoder::request(5u64.to_le_bytes().to_vec().into()).to_vec());
    write(&mut stream, PONG).await;
    assert_eq!(node.chunk(asked).await.ssz[0], 5);
    node.done(asked).await;
}

#[tokio::test]
async fn an_empty_request_is_just_the_end_of_the_stream() {
    let (node, mut raw) = connect(swarm(Config::default()), raw::swarm(Protocol::MetaDataV3)).await;
    node.send(raw.peer, Request::metadata()).await;
    let mut stream = raw.next().await;
    assert!(read_all(&mut stream).await.is_empty());
}

#[tokio::test]
async fn chunks_may_arrive_byte_by_byte() {
    let (mut node, mut raw) = connect(swarm(Config::default()), raw::swarm(Protocol::BlocksByRangeV2)).await;
    let asked = node.send(raw.peer, Request::blocks_by_range(Slot(1), 3).unwrap()).await;
    let mut stream = raw.next().await;
    for byte in [chunk(Some(newest()), 2000), chunk(Some(newest()), 3000)].concat() {
        write(&mut stream, &[byte]).await;
    }
    stream.close().await.unwrap();
    assert_eq!(node.chunk(asked).await.ssz.len(), 2000);
    assert_eq!(node.chunk(asked).await.ssz.len(), 3000);
    node.done(asked).await;
}

#[tokio::test]
async fn a_wrong_checksum_is_the_responders_fault() {
    let mut answer = PONG.to_vec();
    answer[16] ^= 1;
    let (chunks, result) = answered_with(Request::ping(1), Protocol::PingV1, &answer).await;
    let error = result.unwrap_err();
    assert_eq!((chunks, error.fault()), (0, Fault::Peer(Severity::High)));
    assert!(matches!(error, RequestError::InvalidResponse(DecodeError::Checksum { .. })));
}

#[tokio::test]
async fn a_good_chunk_counts_even_if_the_next_is_bad() {
    let answer = [chunk(Some(newest()), 2000), chunk(Some(ForkDigest([1; 4])), 2000)].concat();
    let (chunks, result) = range_answered_with(&answer).await;
    assert_eq!(chunks, 1);
    assert!(matches!(result, Err(RequestError::InvalidResponse(DecodeError::UnknownDigest(_)))));
}

#[tokio::test]
async fn the_stream_may_end_between_chunks_only() {
    let answer = chunk(Some(newest()), 2000);
    assert!(matches!(range_answered_with(&answer).await, (1, Ok(()))));
    let (chunks, result) = range_answered_with(&answer[..answer.len() - 1]).await;
    assert_eq!(chunks, 0);
    let error = result.unwrap_err();
    assert!(matches!(error, RequestError::InvalidResponse(DecodeError::Truncated)));
    // A reset looks the same on some muxers.
    assert_eq!(error.fault(), Fault::Peer(Severity::Low));
}

#[tokio::test]
async fn more_chunks_than_asked_for_are_refused() {
    let answer = chunk(Some(newest()), 2000).repeat(3);
    let (chunks, result) = range_answered_with(&answer).await;
    assert_eq!(chunks, 2);
    assert!(matches!(result, Err(RequestError::TooManyChunks(2))));
}

#[tokio::test]
async fn a_ping_needs_an_answer() {
    let (_, result) = answered_with(Request::ping(1), Protocol::PingV1, &[]).await;
    let error = result.unwrap_err();
    assert!(matches!(error, RequestError::NoAnswer));
    assert_eq!(error.fault(), Fault::Peer(Severity::Low));
}

#[tokio::test]
async fn a_bomb_is_refused_by_its_prefix() {
    // A ping of 10 MiB.
    let (_, result) = answered_with(Request::ping(1), Protocol::PingV1, &[0, 0x80, 0x80, 0x80, 0x05]).await;
    assert!(matches!(result, Err(RequestError::InvalidResponse(DecodeError::Length { length: 10_485_760, .. }))));
}

#[tokio::test]
async fn refusals_are_blamed_by_their_code() {
    let refused = async |code: u8, request: Request, protocol| {
        let answer = Encoder::error(ErrorCode::new(code).unwrap(), &"no".into()).to_vec();
        answered_with(request, protocol, &answer).await.1.unwrap_err().fault()
    };
    let range = || Request::blocks_by_range(Slot(1), 2).unwrap();
    assert_eq!(refused(1, Request::ping(1), Protocol::PingV1).await, Fault::Peer(Severity::Mid));
    assert_eq!(refused(2, Request::ping(1), Protocol::PingV1).await, Fault::Peer(Severity::Low));
    assert_eq!(refused(3, Request::ping(1), Protocol::PingV1).await, Fault::Peer(Severity::Mid));
    assert_eq!(refused(3, range(), Protocol::BlocksByRangeV2).await, Fault::Network);
    assert_eq!(refused(139, range(), Protocol::BlocksByRangeV2).await, Fault::Local);
}

#[tokio::test]
async fn a_requester_that_forgets_to_close_its_side_is_answered() {
    let (mut raw, mut node) = connect(raw::swarm(Protocol::PingV1), swarm(Config::default())).await;
    let mut stream = raw.open(node.peer).await;
    write(&mut stream, PING).await;
    let (id, request) = node.asked().await;
    assert_eq!(request.body[0], 5);
    node.respond(id, plain(request.body)).await.unwrap();
    assert_eq!(read_all(&mut stream).await, PONG);
    node.responded(id).await;
}

#[tokio::test]
async fn so_is_one_that_forgets_it_after_an_empty_request() {
    let timeouts = Timeouts { half_close: Duration::from_millis(100), ..Timeouts::default() };
    let (mut raw, mut node) =
        connect(raw::swarm(Protocol::MetaDataV2), swarm(Config { timeouts, ..Config::default() })).await;
    let mut stream = raw.open(node.peer).await;
    let (id, request) = node.asked().await;
    assert!(request.body.is_empty());
    node.respond(id, plain(vec![0; 17])).await.unwrap();
    assert_eq!(read_all(&mut stream).await, chunk(None, 17));
}

#[tokio::test]
async fn an_invalid_request_is_answered_with_code_1() {
    for (protocol, request, fault) in [
        // A ping of 9 bytes, one without a stream identifier, one with a byte too many, one cut short.
        (Protocol::PingV1, &[&[9], &PING[1..]].concat()[..], Severity::High),
        (Protocol::PingV1, b"\x08\x01\x0c\x00\x00\xea\xb2\x04\x3e\x05\0\0\0\0\0\0\0", Severity::High),
        (Protocol::PingV1, &[PING, &[0]].concat(), Severity::High),
        (Protocol::PingV1, &PING[..20], Severity::Low),
        // An empty request is nothing, not a length of 0.
        (Protocol::MetaDataV2, &[0], Severity::High),
    ] {
        let (mut raw, mut node) = connect(raw::swarm(protocol), swarm(Config::default())).await;
        let mut stream = raw.open(node.peer).await;
        write(&mut stream, request).await;
        stream.close().await.unwrap();
        let answer = read_all(&mut stream).await;
        assert_eq!(answer[0], 1, "{request:02x?}");
        let (id, error) = node.inbound_failed().await;
        assert_eq!((id, error.fault()), (None, Fault::Peer(fault)), "{error:?}");
        assert!(matches!(error, InboundError::InvalidRequest(_)));
    }
}
