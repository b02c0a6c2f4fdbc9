//! Nodes in one process do not disturb each other, though discv5 has one ban list for all of them.

use std::collections::HashSet;
use std::time::Duration;

use cl_discovery::{Dropped, Event};

use crate::net::{HERE, Node, run};

#[tokio::test]
async fn what_one_node_bans_the_other_still_finds() {
    let target = Node::start(HERE, Vec::new()).await;
    let boot = Node::start(HERE, vec![target.record()]).await;
    let known = vec![boot.record()];
    let (mut strict, open) = (Node::start(HERE, known.clone()).await, Node::start(HERE, known).await);
    let peer = target.peer;
    assert!(strict.discovery().ban(&peer, Duration::MAX));
    // One that starts in between resets the list of the process.
    let late = Node::start(HERE, vec![boot.record()]).await;
    let mut nodes = [strict, open, target, boot, late];
    let mut finders = HashSet::new();
    let mut asked = false;
    run(&mut nodes, |place, event| {
        match event {
            Event::Discovered { peer: found, .. } if found == peer => {
                assert_ne!(place, 0, "banned");
                finders.insert(place);
            }
            Event::QueryFinished { found, .. } if place == 0 && found > 0 => asked = true,
            _ => {}
        }
        asked && finders.is_superset(&HashSet::from([1, 3, 4]))
    })
    .await;
    let strict = nodes[0].discovery();
    assert_eq!(strict.record_of(&peer), None);
    // It was mentioned, or will be: what counts is that it was not taken.
    assert!(strict.unban(&peer));
    run(
        &mut nodes,
        |place, event| matches!(event, Event::Discovered { peer: found, .. } if place == 0 && found == peer),
    )
    .await;
    let _ = nodes[0].discovery().cache().drops().get(Dropped::Banned);
}
