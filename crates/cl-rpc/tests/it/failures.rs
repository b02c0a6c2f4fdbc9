//! Ends that nobody wished for: each is told once.

use cl_rpc::{Config, InboundError, Request, RequestError, RespondError};
use cl_types::{Fault, Protocol, Slot};
use libp2p_identity::PeerId;

use crate::node::{block, connect, pair, swarm};

#[tokio::test]
async fn without_a_connection_a_request_fails_at_once() {
    let (mut a, _b) = pair().await;
    let asked = a.send(PeerId::random(), Request::ping(1)).await;
    let error = a.failed(asked).await;
    assert!(matches!(error, RequestError::NotConnected));
    assert_eq!(error.fault(), Fault::Local);
}

#[tokio::test]
async fn a_method_that_the_peer_lacks_is_nobodys_fault() {
    let pings_only = Config { serve: vec![Protocol::PingV1], ..Config::default() };
    let (mut a, b) = connect(swarm(Config::default()), swarm(pings_only)).await;
    let asked = a.send(b.peer, Request::metadata()).await;
    let error = a.failed(asked).await;
    assert!(matches!(error, RequestError::Unsupported), "{error:?}");
    assert_eq!(error.fault(), Fault::Network);
}

#[tokio::test]
async fn a_lost_connection_ends_everything_on_both_sides_once() {
    let (mut a, mut b) = pair().await;
    let mut asked = Vec::new();
    for n in 0..4 {
        asked.push(a.send(b.peer, Request::ping(n)).await);
    }
    let (first, _) = b.asked().await;
    let (second, _) = b.asked().await;
    b.disconnect(a.peer).await;
    let mut failed = Vec::new();
    for _ in 0..4 {
        match a.next().await {
            cl_rpc::Event::Failed { id, error, .. } => {
                // Streams may notice before the connection does.
                assert!(
                    matches!(error, RequestError::ConnectionClosed | RequestError::Io(_) | RequestError::NoAnswer),
                    "{error:?}"
                );
                failed.push(id);
            }
            other => panic!("{other:?}"),
        }
    }
    failed.sort();
    assert_eq!(failed, asked);
    let mut ended = Vec::new();
    for _ in 0..2 {
        let (id, error) = b.inbound_failed().await;
        assert!(matches!(error, InboundError::ConnectionClosed));
        ended.push(id.unwrap());
    }
    ended.sort();
    assert_eq!(ended, [first, second]);
    assert_eq!(b.finish(first).await, Err(RespondError::Gone));
    a.is_silent_for(std::time::Duration::from_millis(200)).await;
    b.is_silent_for(std::time::Duration::from_millis(1)).await;
}

#[tokio::test]
async fn a_cancelled_request_is_silent_afterwards() {
    let (mut a, mut b) = pair().await;
    let asked = a.send(b.peer, Request::blocks_by_range(Slot(1), 5).unwrap()).await;
    let (id, _) = b.asked().await;
    b.respond(id, block(1, 3000)).await.unwrap();
    a.chunk(asked).await;
    assert!(a.call(move |swarm| swarm.behaviour_mut().cancel(asked)).await);
    assert!(matches!(a.failed(asked).await, RequestError::Cancelled));
    assert!(!a.call(move |swarm| swarm.behaviour_mut().cancel(asked)).await);
    // The responder finds out when it writes; either way its part ends.
    b.respond(id, block(2, 3_000)).await.unwrap();
    b.finish(id).await.unwrap();
    match b.next().await {
        cl_rpc::Event::InboundFailed { error: InboundError::Io(_), .. } | cl_rpc::Event::Responded { .. } => {}
        other => panic!("{other:?}"),
    }
    let ping = a.send(b.peer, Request::ping(1)).await;
    let (id, _) = b.asked().await;
    b.finish(id).await.unwrap();
    assert!(matches!(a.failed(ping).await, RequestError::NoAnswer));
}
