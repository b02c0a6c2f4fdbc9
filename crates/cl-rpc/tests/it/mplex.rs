//! The same over mplex, which some peers insist on: there one stream that nobody reads stalls the whole connection.

use std::time::Duration;

use cl_rpc::{Behaviour, Config, Request};
use cl_types::{Root, Slot};
use libp2p_core::Transport;
use libp2p_core::transport::MemoryTransport;
use libp2p_core::upgrade::Version;
use libp2p_identity::Keypair;
use libp2p_swarm::Swarm;

use crate::node::{block, connect, plain};
use crate::test_chain::test_chain;

fn swarm() -> Swarm<Behaviour> {
    let key = Keypair::generate_ed25519();
    let transport = MemoryTransport::default()
        .upgrade(Version::V1)
        .authenticate(libp2p_plaintext::Config::new(&key))
        .multiplex(libp2p_mplex::Config::new())
        .boxed();
    let config = libp2p_swarm::Config::with_tokio_executor().with_idle_connection_timeout(Duration::from_secs(60));
    Swarm::new(transport, Behaviour::new(Config::default(), test_chain()), key.public().to_peer_id(), config)
}

#[tokio::test]
async fn small_and_large_answers_share_a_connection() {
    let (mut a, mut b) = connect(swarm(), swarm()).await;
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
    let (mut a, mut b) = connect(swarm(), swarm()).await;
    let asked = a.send(b.peer, Request::metadata()).await;
    // Announced as soon as the requester has closed its side, long before the grace for those who forget it.
    let (id, _) = tokio::time::timeout(Duration::from_millis(900), b.asked()).await.unwrap();
    b.respond(id, plain(vec![1; 25])).await.unwrap();
    assert_eq!(a.chunk(asked).await.ssz.len(), 25);
    a.done(asked).await;
    b.responded(id).await;
}
