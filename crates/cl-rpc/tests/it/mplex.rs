//! The same over mplex, which some peers insist on: there one stream that nobody reads stalls the whole connection.

use std::time::Duration;

use cl_rpc::codec::Encoder;
use cl_rpc::{Behaviour, Config, Pacing, Request};
use cl_types::{Fault, Protocol, Root, Severity, Slot};
use futures::AsyncWriteExt;
use libp2p_core::Transport;
use libp2p_core::transport::MemoryTransport;
use libp2p_core::upgrade::Version;
use libp2p_identity::Keypair;
use libp2p_swarm::{NetworkBehaviour, Swarm};

use crate::node::{block, connect, hasty, newest, noise, plain};
use crate::raw::{self, read_all, write};
use crate::test_chain::test_chain;
use crate::wire::{PING, PONG};

pub(crate) fn swarm(config: Config) -> Swarm<Behaviour> {
    with(Behaviour::new(Config { pacing: Pacing::off(), ..config }, test_chain()))
}

/// A swarm in memory that speaks mplex alone.
pub(crate) fn with<B: NetworkBehaviour>(behaviour: B) -> Swarm<B> {
    let key = Keypair::generate_ed25519();
    let transport = MemoryTransport::default()
        .upgrade(Version::V1)
        .authenticate(libp2p_plaintext::Config::new(&key))
        .multiplex(libp2p_mplex::Config::new())
        .boxed();
    let config = libp2p_swarm::Config::with_tokio_executor().with_idle_connection_timeout(Duration::from_secs(60));
    Swarm::new(transport, behaviour, key.public().to_peer_id(), config)
}

#[tokio::test]
async fn small_and_large_answers_share_a_connection() {
    let (mut a, mut b) = connect(swarm(Config::default()), swarm(hasty())).await;
    let range = a.send(b.peer, Request::blocks_by_range(Slot(1), 20).unwrap()).await;
    let (many, _) = b.asked().await;
    let root = a.send(b.peer, Request::blocks_by_root(&[Root::ZERO]).unwrap()).await;
    let (one, _) = b.asked().await;
    let ping = a.send(b.peer, Request::ping(1)).await;
    let (pong, _) = b.asked().await;
    for i in 0..20 {
        b.respond(many, block(i, 300_000)).await.unwrap();
    }
    b.finish(many).await.unwrap();
    b.respond(one, block(99, 2_000_000)).await.unwrap();
    b.finish(one).await.unwrap();
    b.respond(pong, plain(vec![0; 8])).await.unwrap();
    let (mut chunks, mut done) = (0, Vec::new());
    while done.len() < 3 {
        match a.next().await {
            cl_rpc::Event::Chunk { .. } => chunks += 1,
            cl_rpc::Event::Done { id, .. } => done.push(id),
            other => panic!("{other:?}"),
        }
    }
    done.sort();
    assert_eq!((chunks, done), (22, vec![range, root, ping]));
    for _ in 0..3 {
        assert!(matches!(b.next().await, cl_rpc::Event::Responded { .. }));
    }
}

#[tokio::test]
async fn both_halves_of_a_stream_close_on_their_own() {
    let (mut a, mut b) = connect(swarm(Config::default()), swarm(Config::default())).await;
    let asked = a.send(b.peer, Request::metadata()).await;
    // Announced as soon as the requester has closed its side, long before the grace for those who forget it.
    let (id, _) = tokio::time::timeout(Duration::from_millis(900), b.asked()).await.unwrap();
    b.respond(id, plain(vec![1; 25])).await.unwrap();
    assert_eq!(a.chunk(asked).await.ssz.len(), 25);
    a.done(asked).await;
    b.responded(id).await;
}

#[tokio::test]
async fn an_application_that_thinks_stalls_nobody_else() {
    let (mut a, mut b) = connect(swarm(Config::default()), swarm(Config::default())).await;
    let range = a.send(b.peer, Request::blocks_by_range(Slot(1), 20).unwrap()).await;
    let (slow, _) = b.asked().await;
    b.respond(slow, block(1, 300_000)).await.unwrap();
    a.chunk(range).await;
    for _ in 0..50 {
        let root = a.send(b.peer, Request::blocks_by_root(&[Root::ZERO]).unwrap()).await;
        let (id, _) = b.asked().await;
        b.finish(id).await.unwrap();
        a.done(root).await;
        b.responded(id).await;
    }
    b.respond(slow, block(2, 300_000)).await.unwrap();
    b.finish(slow).await.unwrap();
    assert_eq!(a.chunk(range).await.ssz[0], 2);
    a.done(range).await;
    b.responded(slow).await;
}

#[tokio::test]
async fn a_response_that_stalls_in_a_chunk_stalls_no_other() {
    let (mut node, mut raw) = connect(swarm(Config::default()), raw::over_mplex(Protocol::BlocksByRangeV2)).await;
    let request = || Request::blocks_by_range(Slot(1), 2).unwrap();
    let whole = Encoder::chunk(Some(newest()), noise(400_000)).to_vec();
    let stalled = node.send(raw.peer, request()).await;
    let mut slow = raw.next().await;
    write(&mut slow, &whole[..300_000]).await;
    let asked = node.send(raw.peer, request()).await;
    let mut fast = raw.next().await;
    write(&mut fast, &whole.repeat(2)).await;
    node.chunk(asked).await;
    node.chunk(asked).await;
    node.done(asked).await;
    write(&mut slow, &whole[300_000..]).await;
    slow.close().await.unwrap();
    node.chunk(stalled).await;
    node.done(stalled).await;
}

#[tokio::test]
async fn a_flood_behind_a_request_stalls_nobody_else() {
    let (mut raw, mut node) = connect(raw::over_mplex(Protocol::PingV1), swarm(Config::default())).await;
    let mut flooded = raw.open(node.peer).await;
    write(&mut flooded, PING).await;
    let (first, _) = node.asked().await;
    // More than mplex holds for a stream. It may be reset meanwhile.
    for _ in 0..100 {
        let _ = flooded.write_all(&[0; 4096]).await;
        let _ = flooded.flush().await;
    }
    let (id, error) = node.inbound_failed().await;
    assert_eq!((id, error.fault()), (Some(first), Fault::Peer(Severity::High)));
    let mut honest = raw.open(node.peer).await;
    write(&mut honest, PING).await;
    honest.close().await.unwrap();
    let (id, request) = node.asked().await;
    node.respond(id, plain(request.body)).await.unwrap();
    assert_eq!(read_all(&mut honest).await, PONG);
    node.responded(id).await;
}
