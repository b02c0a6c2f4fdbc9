use std::time::Duration;

use cl_gossip::{Event, Topic};
use cl_types::{Epoch, TopicKind};
use futures::{FutureExt, StreamExt, select};
use libp2p_swarm::dial_opts::{DialOpts, PeerCondition};
use libp2p_swarm::{ConnectionId, SwarmEvent};

use crate::chain;
use crate::net::{Node, meet, node};

/// Lets both run until `done` is through with an event of a.
async fn run<T>(
    a: &mut Node,
    b: &mut Node,
    limit: Duration,
    mut done: impl FnMut(SwarmEvent<Event>, bool) -> Option<T>,
) -> T {
    let run = async {
        loop {
            let (event, is_a) = select! {
                event = a.select_next_some().fuse() => (event, true),
                event = b.select_next_some().fuse() => (event, false),
            };
            if let Some(result) = done(event, is_a) {
                return result;
            }
        }
    };
    tokio::time::timeout(limit, run).await.expect("in time")
}

#[tokio::test]
async fn the_connection_that_stays_carries_messages_at_once() {
    let chain = chain::electra_then_fulu();
    let (mut a, mut b) = (node(&chain).await, node(&chain).await);
    let topic = Topic::new(chain.at(Epoch(0)).digest, TopicKind::BeaconBlock);
    a.behaviour_mut().join(topic).unwrap();
    b.behaviour_mut().join(topic).unwrap();
    meet(&mut a, &mut b, topic).await;

    // The hellos went over the first connection, and nothing has gone over the second when the first is closed.
    let limit = crate::net::DEADLINE;
    let address = b.external_addresses().next().unwrap().clone();
    let dial = DialOpts::peer_id(*b.local_peer_id()).condition(PeerCondition::Always).addresses(vec![address]).build();
    a.dial(dial).unwrap();
    let mut open = 0;
    run(&mut a, &mut b, limit, |event, _| {
        open += u32::from(matches!(event, SwarmEvent::ConnectionEstablished { .. }));
        (open == 2).then_some(())
    })
    .await;
    let first = (0..100).map(ConnectionId::new_unchecked).find(|id| a.close_connection(*id));
    assert!(first.is_some());
    let mut closed = 0;
    run(&mut a, &mut b, limit, |event, _| {
        closed += u32::from(matches!(event, SwarmEvent::ConnectionClosed { num_established: 1, .. }));
        (closed == 2).then_some(())
    })
    .await;

    // Well within the five seconds after which the router gives a message up.
    for (is_from_a, data) in [(true, 1), (false, 2)] {
        let from = if is_from_a { &mut a } else { &mut b };
        from.behaviour_mut().publish(topic, &[data; 5000]).unwrap();
        let message = run(&mut a, &mut b, Duration::from_secs(4), |event, at_a| match event {
            SwarmEvent::Behaviour(Event::Message(message)) if at_a != is_from_a => Some(message),
            _ => None,
        })
        .await;
        assert_eq!(message.ssz[0], data);
    }
}
