//! What is served changes while connections are open.

use cl_rpc::{Behaviour, Config, Event, Request, RequestError};
use cl_types::{ForkName, Protocol, Slot};

use crate::node::{Node, block, connect, pair, plain, swarm};
use crate::test_chain::test_chain;

async fn serve(node: &Node<Behaviour>, protocols: Vec<Protocol>) {
    node.call(move |swarm| swarm.behaviour_mut().serve(protocols)).await;
}

/// Asks until the answer is as wished: when the other side's connection has heard of a change is its affair.
async fn until_unsupported(node: &mut Node<Behaviour>, other: &mut Node<Behaviour>, request: Request) {
    for _ in 0..100 {
        let asked = node.send(other.peer, request.clone()).await;
        tokio::select! {
            event = node.next() => match event {
                Event::Failed { id, error: RequestError::Unsupported, .. } if id == asked => return,
                unexpected => panic!("{unexpected:?}"),
            },
            event = other.next() => {
                let Event::Request { id, .. } = event else { panic!("{event:?}") };
                other.finish(id).await.unwrap();
                assert!(matches!(node.failed(asked).await, RequestError::NoAnswer));
                other.responded(id).await;
            }
        }
    }
    panic!("still served");
}

#[tokio::test]
async fn a_protocol_may_go_and_come_back_on_an_open_connection() {
    let (mut a, mut b) = pair().await;
    serve(&b, vec![Protocol::PingV1]).await;
    until_unsupported(&mut a, &mut b, Request::metadata()).await;

    serve(&b, vec![Protocol::PingV1, Protocol::MetaDataV2]).await;
    // The connection is the same: whoever asks now is heard, in the version that is served.
    let asked = a.send(b.peer, Request::ping(1)).await;
    let (id, _) = b.asked().await;
    b.respond(id, plain(vec![0; 8])).await.unwrap();
    a.chunk(asked).await;
    a.done(asked).await;
    b.responded(id).await;
    let asked = a.send(b.peer, Request::metadata()).await;
    let (id, request) = b.asked().await;
    assert_eq!(request.protocol, Protocol::MetaDataV2);
    b.respond(id, plain(vec![0; 17])).await.unwrap();
    assert_eq!(a.chunk(asked).await.protocol, Protocol::MetaDataV2);
    a.done(asked).await;
}

#[tokio::test]
async fn what_has_begun_is_answered_to_the_end() {
    let (mut a, mut b) = pair().await;
    let asked = a.send(b.peer, Request::blocks_by_range(Slot(1), 3).unwrap()).await;
    let (id, _) = b.asked().await;
    b.respond(id, block(1, 3000)).await.unwrap();
    a.chunk(asked).await;
    serve(&b, vec![Protocol::MetaDataV1]).await;
    until_unsupported(&mut a, &mut b, Request::ping(1)).await;
    b.respond(id, block(2, 3000)).await.unwrap();
    b.finish(id).await.unwrap();
    assert_eq!(a.chunk(asked).await.ssz[0], 2);
    a.done(asked).await;
    b.responded(id).await;
}

#[tokio::test]
async fn the_offer_follows_the_schedule_across_a_fork() {
    let chain = test_chain();
    let offered = |fork: ForkName| -> Vec<Protocol> {
        let slot = chain.start_slot(chain.entries().find(|era| era.fork == fork).unwrap().epoch);
        chain.offered(slot).map(|row| row.protocol).collect()
    };
    let early = Config { serve: offered(ForkName::Capella), ..Config::default() };
    assert!(!early.serve.contains(&Protocol::ColumnsByRootV1));
    let (mut a, mut b) = connect(swarm(Config::default()), swarm(early)).await;
    let request = || {
        let body = [&[4, 0, 0, 0][..], &[1; 32], &[36, 0, 0, 0], &[5, 0, 0, 0, 0, 0, 0, 0]].concat();
        Request::new(vec![(Protocol::ColumnsByRootV1, body.into())], 1).unwrap()
    };
    until_unsupported(&mut a, &mut b, request()).await;

    serve(&b, offered(ForkName::Fulu)).await;
    let heard = b.call(|swarm| swarm.behaviour().served().collect::<Vec<_>>()).await;
    assert!(heard.contains(&Protocol::ColumnsByRootV1) && heard.contains(&Protocol::BlobsByRangeV1));
    // A ping goes the same way as the news, behind it.
    let ping = a.send(b.peer, Request::ping(1)).await;
    let (id, _) = b.asked().await;
    b.respond(id, plain(vec![0; 8])).await.unwrap();
    a.chunk(ping).await;
    a.done(ping).await;
    b.responded(id).await;
    let asked = a.send(b.peer, request()).await;
    let (id, got) = b.asked().await;
    assert_eq!(got.protocol, Protocol::ColumnsByRootV1);
    b.finish(id).await.unwrap();
    // An empty answer.
    a.done(asked).await;
    b.responded(id).await;
}
