//! Swarms and waiting.

use std::sync::Arc;
use std::time::Duration;

use cl_gossip::{Behaviour, Config, Event, Message, Topic};
use cl_types::ForkSchedule;
use futures::{FutureExt, StreamExt, select};
use libp2p_swarm::{NetworkBehaviour, Swarm, SwarmEvent};
use libp2p_swarm_test::SwarmExt;

pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

pub(crate) type Node = Swarm<Behaviour>;

/// A node of a chain that listens, on no topic yet.
pub(crate) async fn node(schedule: &Arc<ForkSchedule>) -> Node {
    node_with(Config::for_slot(Duration::from_secs(1)), schedule).await
}

pub(crate) async fn node_with(config: Config, schedule: &Arc<ForkSchedule>) -> Node {
    let mut swarm = Swarm::new_ephemeral_tokio(|_| Behaviour::new(config, Arc::clone(schedule)).unwrap());
    swarm.listen().with_memory_addr_external().await;
    swarm
}

/// Lets both swarms run until `done` makes something of an event of either; panics at the deadline.
pub(crate) async fn until<A, B, T>(
    a: &mut Swarm<A>,
    b: &mut Swarm<B>,
    what: &str,
    mut done: impl FnMut(Side<A::ToSwarm, B::ToSwarm>) -> Option<T>,
) -> T
where
    A: NetworkBehaviour,
    B: NetworkBehaviour,
{
    let run = async {
        loop {
            let side = select! {
                event = a.select_next_some().fuse() => match event {
                    SwarmEvent::Behaviour(event) => Side::A(event),
                    _ => continue,
                },
                event = b.select_next_some().fuse() => match event {
                    SwarmEvent::Behaviour(event) => Side::B(event),
                    _ => continue,
                },
            };
            if let Some(result) = done(side) {
                return result;
            }
        }
    };
    tokio::time::timeout(DEADLINE, run).await.unwrap_or_else(|_| panic!("waited in vain for {what}"))
}

/// An event of the one swarm or of the other.
#[derive(Debug)]
pub(crate) enum Side<A, B> {
    A(A),
    B(B),
}

/// Connects two nodes that are both on a topic, and waits until they know it of each other.
pub(crate) async fn meet(a: &mut Node, b: &mut Node, topic: Topic) {
    a.connect(b).await;
    let (mut a_knows, mut b_knows) = (false, false);
    until(a, b, "both hellos", |side| {
        match side {
            Side::A(Event::PeerSubscribed { topic: on, .. }) => a_knows |= on == topic,
            Side::B(Event::PeerSubscribed { topic: on, .. }) => b_knows |= on == topic,
            _ => {}
        }
        (a_knows && b_knows).then_some(())
    })
    .await;
}

/// The next message that `b` receives.
pub(crate) async fn message_at_b(a: &mut Node, b: &mut Node) -> Message {
    until(a, b, "a message", |side| match side {
        Side::B(Event::Message(message)) => Some(message),
        _ => None,
    })
    .await
}
