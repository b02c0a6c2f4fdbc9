//! Nodes that know only one record find each other.

use cl_node::{Config, Event};

use crate::support::{await_event, quiet_chain, start};

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_find_each_other_through_a_third() {
    let (boot, _boot_events) = start(Config::loopback(quiet_chain())).await;
    let record = boot.info().await.unwrap().record;
    let config = || Config { boot_nodes: vec![record.clone()], ..Config::loopback(quiet_chain()) };
    let (left, mut left_events) = start(config()).await;
    let (right, _right_events) = start(config()).await;
    let wanted = right.info().await.unwrap().peer;
    await_event(&mut left_events, "the third node", |event| match event {
        Event::PeerReady { peer, .. } if *peer == wanted => Some(()),
        _ => None,
    })
    .await;
    for node in [left, right, boot] {
        node.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn boot_nodes_of_no_use_are_named_and_the_node_goes_on() {
    let (boot, _boot_events) = start(Config::loopback(quiet_chain())).await;
    let record = boot.info().await.unwrap().record;
    let (gone, _gone_events) = start(Config::loopback(quiet_chain())).await;
    let silent = gone.info().await.unwrap().record;
    gone.shutdown().await;
    let mut network = quiet_chain();
    network.boot_nodes = vec!["enr:-nonsense".to_owned(), silent.to_base64(), record.to_base64()];
    let (node, mut events) = start(Config::loopback(network)).await;
    let port = format!("127.0.0.1:{}", silent.udp4().unwrap());
    let (mut unreadable, mut unreachable, mut met) = (false, false, false);
    while !(unreadable && unreachable && met) {
        await_event(&mut events, "two bad boot nodes and a good one", |event| match event {
            Event::BootNodeFailed { name, reason } => {
                unreadable |= name == "enr:-nonsense" && reason.starts_with("cannot be read");
                unreachable |= name.starts_with(&port) && reason.starts_with("does not answer");
                Some(())
            }
            Event::PeerReady { .. } => {
                met = true;
                Some(())
            }
            _ => None,
        })
        .await;
    }
    node.shutdown().await;
    boot.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restarted_node_needs_no_boot_node() {
    let (boot, _boot_events) = start(Config::loopback(quiet_chain())).await;
    let info = boot.info().await.unwrap();
    let dir = tempfile::tempdir().unwrap();
    let config = || Config::loopback(quiet_chain()).data_dir(dir.path());
    let (node, mut events) = start(Config { boot_nodes: vec![info.record.clone()], ..config() }).await;
    let is_ready = |event: &Event| matches!(event, Event::PeerReady { peer, .. } if *peer == info.peer).then_some(());
    await_event(&mut events, "the boot node", is_ready).await;
    node.shutdown().await;
    // What the peer manager remembers is not what this is about.
    std::fs::remove_file(dir.path().join("peers")).unwrap();
    let (node, mut events) = start(config()).await;
    await_event(&mut events, "the same node", is_ready).await;
    node.shutdown().await;
    // A damaged file is kept aside.
    std::fs::write(dir.path().join("records"), "damaged").unwrap();
    let (node, _events) = start(config()).await;
    assert_eq!(std::fs::read(dir.path().join("records.damaged")).unwrap(), b"damaged");
    node.shutdown().await;
    boot.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_of_another_chain_is_never_dialled() {
    let mut other = quiet_chain();
    other.genesis.validators_root = cl_types::Root::repeat_byte(8);
    let (stranger, _stranger_events) = start(Config::loopback(other)).await;
    let record = stranger.info().await.unwrap().record;
    let (node, mut events) = start(Config { boot_nodes: vec![record], ..Config::loopback(quiet_chain()) }).await;
    let seen = crate::support::everything_within(&mut events, std::time::Duration::from_secs(4)).await;
    let met = |event: &Event| matches!(event, Event::Dialling { .. } | Event::PeerConnected { .. });
    assert!(!seen.iter().any(met), "{seen:?}");
    node.shutdown().await;
    stranger.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_of_both_families_is_found_in_either() {
    if std::net::UdpSocket::bind((std::net::Ipv6Addr::LOCALHOST, 0)).is_err() {
        eprintln!("SKIPPED: no IPv6 on this machine");
        assert!(std::env::var_os("CI").is_none(), "CI has IPv6");
        return;
    }
    let both = Config { listen_address6: Some(std::net::Ipv6Addr::LOCALHOST), ..Config::loopback(quiet_chain()) };
    let (both, _both_events) = start(both).await;
    let info = both.info().await.unwrap();
    let record = &info.record;
    assert!(record.udp4_socket().is_some() && record.udp6_socket().is_some(), "{record}");
    let addresses: Vec<String> = cl_enr::multiaddrs(record).iter().map(ToString::to_string).collect();
    let families = ["/ip4/127.0.0.1/udp/", "/ip6/::1/udp/", "/ip4/127.0.0.1/tcp/", "/ip6/::1/tcp/"];
    assert!(addresses.iter().zip(families).all(|(address, start)| address.starts_with(start)), "{addresses:?}");
    assert_eq!(addresses.len(), 4);
    let is_ready = |event: &Event| matches!(event, Event::PeerReady { peer, .. } if *peer == info.peer).then_some(());
    for listen_address in ["127.0.0.1", "::1"] {
        let listen_address = listen_address.parse().unwrap();
        let boot_nodes = vec![record.clone()];
        let config = Config {
            listen_address,
            external_address: Some(listen_address),
            boot_nodes,
            ..Config::loopback(quiet_chain())
        };
        let (single, mut events) = start(config).await;
        await_event(&mut events, "the node of both families", is_ready).await;
        single.shutdown().await;
    }
    both.shutdown().await;
}
