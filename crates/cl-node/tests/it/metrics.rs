//! The numbers that Prometheus asks for.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use cl_node::{Config, Event, Node, StartError};
use cl_types::containers::SignedBeaconBlock;
use cl_types::{Minimal, Slot, TopicKind};
use ssz::Encode;

use crate::support::{DEADLINE, alone, await_event, introduce, quiet_chain, ready, start};

/// The slot at which [`quiet_chain`] stands.
const NOW: u64 = 100;

/// What the server answers: head and body.
async fn get(address: SocketAddr, request: &'static str) -> (String, String) {
    let ask = move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.to_owned(), body.to_owned())
    };
    tokio::task::spawn_blocking(ask).await.unwrap()
}

async fn metrics(address: SocketAddr) -> String {
    let (head, body) = get(address, "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    assert!(head.starts_with("HTTP/1.1 200") && head.contains("application/openmetrics-text"), "{head}");
    assert!(body.ends_with("# EOF\n"));
    body
}

/// The value of the one sample that begins like this, if there is one.
fn sample(text: &str, begin: &str) -> Option<f64> {
    let line = text.lines().find(|line| line.starts_with(begin))?;
    line.rsplit(' ').next()?.parse().ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_counters_of_two_nodes_move() {
    let config = || Config { metrics: Some("127.0.0.1:0".parse().unwrap()), ..alone(quiet_chain()) };
    let (speaker, mut speaker_events) = start(config()).await;
    let (listener, mut events) = start(config()).await;
    introduce(&speaker, &listener).await;
    ready(&mut speaker_events).await;
    let [at_speaker, at_listener] = [&speaker, &listener].map(|node| node.info());
    let (at_speaker, at_listener) = (at_speaker.await.unwrap(), at_listener.await.unwrap());
    let (at_speaker, at_listener) = (at_speaker.metrics.unwrap(), at_listener.metrics.unwrap());

    let accepted = "cl_node_gossip_messages_total{topic=\"beacon_block\",verdict=\"accept\"}";
    assert_eq!(sample(&metrics(at_listener).await, accepted), None);
    let mut block = SignedBeaconBlock::<Minimal>::default();
    block.message.slot = Slot(NOW);
    let outgoing =
        cl_gossip::Outgoing { kind: TopicKind::BeaconBlock, slot: Some(Slot(NOW)), ssz: block.as_ssz_bytes().into() };
    // It waits until the other's subscription is here, or goes out at once.
    speaker.send_bytes(outgoing).await.unwrap();
    await_event(&mut events, "block", |event| matches!(event, Event::Gossip(_)).then_some(())).await;

    let heard = metrics(at_listener).await;
    assert_eq!(sample(&heard, accepted), Some(1.0), "{heard}");
    // The rest is brought up to date now and then.
    let counted = async {
        let first = "cl_node_gossip_copies_total{topic=\"beacon_block\",outcome=\"first\"}";
        let forwarded = "cl_node_gossip_verdicts_total{outcome=\"accepted\"}";
        loop {
            let text = metrics(at_listener).await;
            if sample(&text, first) == Some(1.0) && sample(&text, forwarded) == Some(1.0) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(DEADLINE, counted).await.expect("copies and verdicts are counted");
    let bytes = block.as_ssz_bytes().len() as f64;
    assert_eq!(sample(&heard, "cl_node_gossip_bytes_total{topic=\"beacon_block\"}"), Some(bytes));
    let topics = listener.info().await.unwrap().topics.len();
    assert_eq!(sample(&heard, "cl_node_gossip_topics "), Some(topics as f64));
    // The router's own, under the full name of the topic.
    let digest = listener.schedule().at_slot(Slot(NOW)).digest;
    let received =
        format!("gossipsub_accepted_messages_per_topic_total{{hash=\"/eth2/{digest}/beacon_block/ssz_snappy\"}}");
    assert_eq!(sample(&heard, &received), Some(1.0), "{heard}");
    for peer in [speaker.info().await.unwrap().peer, listener.info().await.unwrap().peer] {
        assert!(!heard.contains(&peer.to_string()), "a peer in the metrics");
    }
    let told = async {
        while sample(&metrics(at_speaker).await, "cl_node_gossip_published_total{topic=\"beacon_block\"}") != Some(1.0)
        {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(DEADLINE, told).await.expect("the speaker counts what it published");

    let (head, _) = get(at_listener, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    assert!(head.starts_with("HTTP/1.1 404"), "{head}");
    let (head, _) = get(at_listener, "POST /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    assert!(head.starts_with("HTTP/1.1 405"), "{head}");
    speaker.shutdown().await;
    listener.shutdown().await;
    assert!(TcpStream::connect(at_listener).is_err(), "the port is free again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_in_use_is_named_with_its_flag() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let error = Node::spawn(Config { metrics: Some(address), ..alone(quiet_chain()) }).await.unwrap_err();
    assert!(matches!(error, StartError::Metrics { .. }), "{error}");
    let text = error.to_string();
    assert!(text.contains("--metrics") && text.contains(&address.to_string()) && !text.contains('\n'), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn more_connections_than_places_wait_and_silent_ones_are_cut_off() {
    let (node, _events) = start(Config { metrics: Some("127.0.0.1:0".parse().unwrap()), ..alone(quiet_chain()) }).await;
    let address = node.info().await.unwrap().metrics.unwrap();
    // They say nothing, and take all places until their time for a request is over.
    let silent: Vec<TcpStream> = (0..20).map(|_| TcpStream::connect(address).unwrap()).collect();
    let answer = tokio::time::timeout(DEADLINE, metrics(address)).await.expect("a place is free in time");
    assert!(answer.contains("cl_node_peers 0"));
    drop(silent);
    node.shutdown().await;
}
