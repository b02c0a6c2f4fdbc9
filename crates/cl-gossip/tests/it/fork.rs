use cl_gossip::{Interests, Planner, Topic};
use cl_types::{Epoch, ForkName, TopicKind};

use crate::chain;
use crate::net::{Side, meet, message_at_b, node, until};

#[tokio::test]
async fn messages_move_to_the_next_digest_at_a_fork() {
    let chain = chain::electra_then_fulu();
    let at = |epoch| chain.plan(chain.start_slot(Epoch(epoch)));
    let (electra, fulu) = (chain.at(Epoch(9)).digest, chain.at(Epoch(10)).digest);
    let old = Topic::new(electra, TopicKind::BeaconBlock);
    let new = Topic::new(fulu, TopicKind::BeaconBlock);
    let planner = || Planner::new([1; 32], chain.preset(), Interests::of_node([1; 32], 4).unwrap());
    let (mut a, mut b) = (node(&chain).await, node(&chain).await);
    let (mut a_plans, mut b_plans) = (planner(), planner());

    // Well before the fork there is one digest.
    a.behaviour_mut().apply(a_plans.update(&at(5))).unwrap();
    b.behaviour_mut().apply(b_plans.update(&at(5))).unwrap();
    meet(&mut a, &mut b, old).await;
    let before = a.behaviour_mut().publish(old, &[1; 5000]).unwrap();
    let message = message_at_b(&mut a, &mut b).await;
    assert_eq!((message.id, message.fork), (before, ForkName::Electra));

    // Two epochs before it the next one is joined, the connection staying as it is.
    a.behaviour_mut().apply(a_plans.update(&at(8))).unwrap();
    b.behaviour_mut().apply(b_plans.update(&at(8))).unwrap();
    until(&mut a, &mut b, "the next digest", |side| match side {
        Side::A(cl_gossip::Event::PeerSubscribed { topic, .. }) => (topic == new).then_some(()),
        _ => None,
    })
    .await;
    let after = a.behaviour_mut().publish(new, &[1; 5000]).unwrap();
    assert_ne!(before, after, "the topic is part of the id");
    let message = message_at_b(&mut a, &mut b).await;
    assert_eq!((message.id, message.topic, message.fork), (after, new, ForkName::Fulu));

    // Two epochs after it the old one is left.
    a.behaviour_mut().apply(a_plans.update(&at(12))).unwrap();
    assert!(a.behaviour().topics().all(|topic| topic.digest == fulu));
    until(&mut a, &mut b, "the farewell", |side| match side {
        Side::B(cl_gossip::Event::PeerUnsubscribed { topic, .. }) => (topic == old).then_some(()),
        _ => None,
    })
    .await;
}
