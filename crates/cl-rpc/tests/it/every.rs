//! Every protocol between two nodes: empty, one and several chunks, an error. The nodes know nothing of each other but
//! the protocol's id.

use bytes::Bytes;
use cl_rpc::{Behaviour, Config, ErrorCode, Limits, Pacing, Quotas, Request, RequestError, Response};
use cl_types::{Fault, Protocol};

use crate::mplex;
use crate::node::{Node, connect, swarm};
use crate::objects::{context, object, request};

/// A request in this version alone, for as many chunks as an answer may have.
fn ask(protocol: Protocol) -> Request {
    Request::new(vec![(protocol, request(protocol).into())], protocol.max_chunks()).unwrap()
}

fn answer(protocol: Protocol) -> Response {
    Response::Chunk { context: context(protocol), ssz: object(protocol).into() }
}

/// One conversation after the other over one connection.
async fn converse(a: &mut Node<Behaviour>, b: &mut Node<Behaviour>, protocol: Protocol) {
    let is_list = protocol.max_chunks() > 1;
    let lengths: &[usize] = if is_list { &[1, 3, 0] } else { &[1] };
    for chunks in lengths {
        let asked = a.send(b.peer, ask(protocol)).await;
        let (id, got) = b.asked().await;
        assert_eq!((got.protocol, got.body), (protocol, Bytes::from(request(protocol))));
        for _ in 0..*chunks {
            b.respond(id, answer(protocol)).await.unwrap();
        }
        if is_list {
            b.finish(id).await.unwrap();
        }
        for _ in 0..*chunks {
            let chunk = a.chunk(asked).await;
            assert_eq!((chunk.protocol, chunk.fork.map(|era| era.digest)), (protocol, context(protocol)));
            assert_eq!(chunk.ssz, object(protocol));
        }
        a.done(asked).await;
        b.responded(id).await;
    }
}

/// Errors, before and after a chunk, and an end without any chunk.
async fn refuse(a: &mut Node<Behaviour>, b: &mut Node<Behaviour>, protocol: Protocol) {
    let is_list = protocol.max_chunks() > 1;
    let error = |code| Response::Error { code, message: "not today".into() };
    for first in [false, true] {
        if first && !is_list {
            continue;
        }
        let asked = a.send(b.peer, ask(protocol)).await;
        let (id, _) = b.asked().await;
        if first {
            b.respond(id, answer(protocol)).await.unwrap();
        }
        b.respond(id, error(ErrorCode::SERVER_ERROR)).await.unwrap();
        if first {
            a.chunk(asked).await;
        }
        match a.failed(asked).await {
            RequestError::Refused { code, message, protocol: by } => {
                assert_eq!((code, message.as_str(), by), (ErrorCode::SERVER_ERROR, "not today", protocol));
            }
            other => panic!("{protocol}: {other:?}"),
        }
        b.responded(id).await;
    }
    // "I do not have it" is an answer only where something is asked for.
    let asked = a.send(b.peer, ask(protocol)).await;
    let (id, _) = b.asked().await;
    let unavailable = b.respond(id, error(ErrorCode::RESOURCE_UNAVAILABLE)).await;
    assert_eq!(unavailable.is_ok(), protocol.may_be_unavailable(), "{protocol}");
    if unavailable.is_ok() {
        assert_eq!(a.failed(asked).await.fault(), Fault::Network);
    } else {
        b.finish(id).await.unwrap();
        assert!(matches!(a.failed(asked).await, RequestError::NoAnswer), "{protocol}");
    }
    b.responded(id).await;
}

/// Neither asks nor answers slowly on purpose.
fn hasty() -> Config {
    let limits = Limits { quotas: Quotas::unlimited(), ..Limits::default() };
    Config { limits, pacing: Pacing::off(), ..Config::default() }
}

fn only(protocol: Protocol) -> Config {
    Config { serve: vec![protocol], ..hasty() }
}

/// All but Goodbye, which is over when it is written.
fn protocols() -> impl Iterator<Item = Protocol> {
    Protocol::all().filter(|protocol| *protocol != Protocol::GoodbyeV1)
}

#[tokio::test]
async fn over_yamux() {
    for protocol in protocols() {
        let (mut a, mut b) = connect(swarm(hasty()), swarm(only(protocol))).await;
        converse(&mut a, &mut b, protocol).await;
        refuse(&mut a, &mut b, protocol).await;
    }
}

#[tokio::test]
async fn over_mplex() {
    for protocol in protocols() {
        let (mut a, mut b) = connect(mplex::swarm(hasty()), mplex::swarm(only(protocol))).await;
        converse(&mut a, &mut b, protocol).await;
        refuse(&mut a, &mut b, protocol).await;
    }
}

#[tokio::test]
async fn goodbye_may_be_answered_or_not() {
    let protocol = Protocol::GoodbyeV1;
    let (mut a, mut b) = connect(swarm(hasty()), swarm(only(protocol))).await;
    let asked = a.send(b.peer, ask(protocol)).await;
    let (id, got) = b.asked().await;
    assert_eq!(got.body, Bytes::from(request(protocol)));
    b.respond(id, answer(protocol)).await.unwrap();
    assert_eq!(a.chunk(asked).await.ssz, object(protocol));
    a.done(asked).await;
    b.responded(id).await;
}
