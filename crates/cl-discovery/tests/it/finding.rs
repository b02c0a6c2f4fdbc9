use std::collections::HashSet;

use cl_discovery::{Event, Sockets};
use cl_enr::{Compatibility, NotConsensus, Record, multiaddrs};
use libp2p_swarm::NetworkBehaviour;
use libp2p_swarm::derive_prelude::{ConnectionId, Endpoint};

use crate::net::{HERE, Node, OTHER, run};

#[tokio::test]
async fn nodes_of_a_chain_find_each_other_through_a_boot_node() {
    let a = Node::start(HERE, Vec::new()).await;
    let boot = vec![a.record()];
    let b = Node::start(HERE, boot.clone()).await;
    let c = Node::start(HERE, boot.clone()).await;
    let d = Node::start(OTHER, boot).await;
    let (record_a, record_c) = (a.record(), c.record());
    let peers = [a.peer, b.peer, c.peer, d.peer];
    let mut nodes = [a, b, c, d];

    let mut found = HashSet::new();
    let mut refused = HashSet::new();
    run(&mut nodes, |place, event| {
        match event {
            Event::Discovered { peer, compatibility, .. } => {
                assert_eq!(compatibility, Compatibility::Same);
                found.insert((place, peer));
            }
            Event::Refused { peer, compatibility } => {
                assert!(matches!(compatibility, Compatibility::OtherDigest { .. }));
                refused.insert((place, peer));
            }
            _ => {}
        }
        let b_and_c = found.contains(&(1, peers[2])) && found.contains(&(2, peers[1]));
        let boot = found.contains(&(1, peers[0])) && found.contains(&(0, peers[1]));
        let other = refused.contains(&(1, peers[3])) && refused.contains(&(3, peers[0]));
        b_and_c && boot && other
    })
    .await;
    assert!(found.iter().all(|(place, peer)| *place != 3 && *peer != peers[3]), "another chain is not ours");

    let b = nodes[1].discovery();
    assert_eq!(b.record_of(&peers[2]), Some(record_c.clone()));
    assert_eq!(b.addresses_of(&peers[0]), multiaddrs(&record_a));
    let id = ConnectionId::new_unchecked(1);
    let addresses = b.handle_pending_outbound_connection(id, Some(peers[2]), &[], Endpoint::Dialer).unwrap();
    assert_eq!(addresses, multiaddrs(&record_c));
    assert!(!b.table_entries().is_empty());
    assert_eq!(b.known_nodes().count(), 3);
}

#[tokio::test]
async fn a_boot_node_that_is_no_consensus_node_still_introduces() {
    let plain = {
        let sockets = Sockets::bind_one("127.0.0.1:0".parse().unwrap()).unwrap();
        let key = cl_enr::Key::generate();
        let udp = sockets.ip4().unwrap();
        let record = Record::builder().ip(udp.ip()).udp4(udp.port()).build(&key.to_combined()).unwrap();
        let config = cl_discovery::Config::local(Vec::new());
        let chain = crate::net::chain(HERE);
        // Needs nobody to drive it: discv5 answers by itself.
        let node = cl_discovery::Behaviour::start(config, sockets, &key, record, chain).await.unwrap();
        (node, key.peer_id())
    };
    let boot = vec![plain.0.local_record()];
    let b = Node::start(HERE, boot.clone()).await;
    let c = Node::start(HERE, boot).await;
    let c_peer = c.peer;
    let mut nodes = [b, c];
    let mut refused = None;
    run(&mut nodes, |place, event| {
        match event {
            Event::Refused { peer, compatibility } => {
                assert_eq!(peer, plain.1);
                refused = Some(compatibility);
            }
            Event::Discovered { peer, .. } => return place == 0 && peer == c_peer,
            _ => {}
        }
        false
    })
    .await;
    assert_eq!(refused, Some(Compatibility::NotConsensus(NotConsensus::NoEth2)));
}

#[tokio::test]
async fn a_boot_node_that_comes_up_later_is_found() {
    // Its port and record are known; it is down.
    let local = Node::start(HERE, Vec::new()).await.local;
    let address = local.record().udp4_socket().unwrap();
    let mut b = [Node::start(HERE, vec![local.record().clone()]).await];
    run(&mut b, |_, event| matches!(event, Event::QueryFinished { found: 0, .. })).await;

    let sockets = loop {
        // The first one's tasks end on their own time.
        match Sockets::bind(Some(address), None) {
            Ok(sockets) => break sockets,
            Err(_) => tokio::task::yield_now().await,
        }
    };
    let a = Node::with(local, sockets, crate::net::chain(HERE), Vec::new()).await;
    let [b] = b;
    let b_peer = b.peer;
    run(&mut [a, b], |place, event| matches!(event, Event::Discovered { peer, .. } if place == 0 && peer == b_peer))
        .await;
}
