use cl_discovery::{Event, UpdateError};
use cl_enr::Compatibility;

use crate::net::{HERE, Node, OTHER, chain, run};

#[tokio::test]
async fn a_new_record_reaches_those_in_contact() {
    let a = Node::start(HERE, Vec::new()).await;
    let b = Node::start(HERE, vec![a.record()]).await;
    let b_peer = b.peer;
    let mut nodes = [a, b];
    run(&mut nodes, |place, event| matches!(event, Event::Discovered { peer, .. } if place == 0 && peer == b_peer))
        .await;

    // The fork comes for the second node.
    let forked = chain(OTHER);
    let b = &mut nodes[1];
    assert!(b.local.set_fork(forked.fork).unwrap().record);
    let record = b.record();
    b.discovery().update(&record).unwrap();
    b.discovery().set_chain(forked);
    assert_eq!(b.discovery().local_record(), record);

    // The first hears of it at once.
    run(&mut nodes, |place, event| match event {
        Event::Refused { peer, compatibility } if place == 0 && peer == b_peer => {
            assert_eq!(compatibility, Compatibility::OtherDigest { theirs: OTHER });
            true
        }
        _ => false,
    })
    .await;
    assert_eq!(nodes[0].discovery().record_of(&b_peer), Some(record));

    // When the fork comes for the first node too, they are together again.
    nodes[0].discovery().set_chain(forked);
    run(&mut nodes, |place, event| matches!(event, Event::Discovered { peer, .. } if place == 0 && peer == b_peer))
        .await;
}

#[tokio::test]
async fn only_newer_records_of_ours_are_served() {
    let a = Node::start(HERE, Vec::new()).await;
    let mut b = Node::start(HERE, Vec::new()).await;
    let record = b.record();
    assert_eq!(b.discovery().update(&record), Ok(()), "the same again changes nothing");
    assert_eq!(b.discovery().update(&a.record()), Err(UpdateError::NotOurs));

    let old = b.record();
    let _ = b.local.set_fork(chain(OTHER).fork).unwrap();
    let record = b.record();
    b.discovery().update(&record).unwrap();
    let error = b.discovery().update(&old).unwrap_err();
    assert_eq!(error, UpdateError::NotNewer { seq: old.seq(), served: record.seq() });
    assert_eq!(b.discovery().local_record(), record);
}
