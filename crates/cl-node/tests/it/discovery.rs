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
