//! A peer that shakes hands like any other and then lies, made of the bare request/response behaviour.

use std::sync::Arc;
use std::time::Duration;

use cl_node::ask::BlocksByRange;
use cl_node::{Event, Lie, RequestError};
use cl_rpc::Response;
use cl_types::containers::StatusV2;
use cl_types::{Epoch, ForkName, ForkSchedule, Method, Root, Slot};
use futures::StreamExt;
use libp2p::swarm::SwarmEvent;
use libp2p::{Multiaddr, SwarmBuilder, noise, tcp, yamux};
use ssz::Encode;

use crate::objects::plain_chain;
use crate::support::{alone, await_event, quiet_chain, ready, start};

/// Answers every request for blocks by range with blocks of these slots. Returns where it listens.
async fn liar(schedule: Arc<ForkSchedule>, slots: &'static [u64]) -> Multiaddr {
    let behaviour = cl_rpc::Behaviour::new(cl_rpc::Config::default(), Arc::clone(&schedule));
    let mut swarm = SwarmBuilder::with_new_identity()
        .with_tokio()
        .with_tcp(tcp::Config::default(), noise::Config::new, yamux::Config::default)
        .unwrap()
        .with_behaviour(|_| behaviour)
        .unwrap()
        .with_swarm_config(|config| config.with_idle_connection_timeout(Duration::from_secs(600)))
        .build();
    let peer = *swarm.local_peer_id();
    swarm.listen_on("/ip4/127.0.0.1/tcp/0".parse().unwrap()).unwrap();
    let address = loop {
        if let SwarmEvent::NewListenAddr { address, .. } = swarm.select_next_some().await {
            break address;
        }
    };
    tokio::spawn(async move {
        loop {
            let event = swarm.select_next_some().await;
            let SwarmEvent::Behaviour(cl_rpc::Event::Request { id, request, .. }) = event else { continue };
            let plain = |ssz: Vec<u8>| vec![Response::Chunk { context: None, ssz: ssz.into() }];
            let answer = match request.protocol.method() {
                Method::Status => plain(status(&schedule).to_ssz(request.protocol)),
                Method::MetaData => {
                    plain(vec![0; *request.protocol.response_bounds(ForkName::Fulu, schedule.preset(), 9).start()])
                }
                Method::BlocksByRange => {
                    let blocks = plain_chain(slots.iter().copied(), |slot| schedule.at_slot(Slot(slot)).fork);
                    let chunk = |block: cl_node::StoredBlock| Response::Chunk {
                        context: Some(schedule.context(block.slot)),
                        ssz: block.ssz,
                    };
                    blocks.into_iter().map(chunk).collect()
                }
                _ => plain(1_u64.as_ssz_bytes()),
            };
            for response in answer {
                let _ = swarm.behaviour_mut().respond(id, response);
            }
            let _ = swarm.behaviour_mut().finish(id);
        }
    });
    address.with_p2p(peer).unwrap()
}

fn status(schedule: &ForkSchedule) -> StatusV2 {
    StatusV2 {
        fork_digest: schedule.at_slot(Slot(100)).digest,
        finalized_root: Root::ZERO,
        finalized_epoch: Epoch(0),
        head_root: Root::repeat_byte(9),
        head_slot: Slot(99),
        earliest_available_slot: Slot(0),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lie_ends_the_stream_and_is_held_against_the_peer() {
    let network = quiet_chain();
    let schedule = Arc::new(network.schedule().unwrap());
    let (node, mut events) = start(alone(network)).await;
    let address = liar(schedule, &[6, 20, 21]).await;
    let peer = cl_node::peer_ref::peer_of(&address).unwrap();
    node.add_peer(peer, vec![address]).await.unwrap();
    ready(&mut events).await;

    let mut answers = node.request(peer, BlocksByRange::new(Slot(5), 3)).await.unwrap();
    assert_eq!(answers.next().await.unwrap().unwrap().slot, Slot(6), "the truth first");
    let error = answers.next().await.unwrap().unwrap_err();
    assert!(matches!(&error, RequestError::Lie { why, .. } if matches!(**why, Lie::Slot(Slot(20)))), "{error:?}");
    assert!(answers.next().await.is_none(), "the third block is of no interest any more");

    await_event(&mut events, "blame", |event| matches!(event, Event::PeerFault { .. }).then_some(())).await;
    let score = node.peers().await.unwrap().iter().find(|info| info.peer == peer).unwrap().score;
    assert!(score < -5.0 && score > -20.0, "{score}: costs trust, and not all of it at once");
    node.shutdown().await;
}
