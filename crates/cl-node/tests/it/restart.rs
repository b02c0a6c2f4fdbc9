//! Key, record and counters survive a restart.

use cl_node::{Config, StartError};

use crate::support::{alone, quiet_chain, start};

#[tokio::test(flavor = "multi_thread")]
async fn a_restarted_node_is_the_same_peer_with_a_higher_record() {
    let dir = tempfile::tempdir().unwrap();
    let config = || alone(quiet_chain()).data_dir(dir.path());
    let (node, _events) = start(config()).await;
    let first = node.info().await.unwrap();
    node.shutdown().await;
    let (node, _events) = start(config()).await;
    let second = node.info().await.unwrap();
    node.shutdown().await;
    assert_eq!(first.peer, second.peer);
    assert!(second.record.seq() > first.record.seq());
    assert_eq!(second.metadata, first.metadata, "nothing changed, so the counter stays");
    let (node, _events) = start(Config { custody_group_count: 8, ..config() }).await;
    let third = node.info().await.unwrap();
    node.shutdown().await;
    assert_eq!(third.metadata.seq_number, second.metadata.seq_number + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_data_directory_serves_one_node_at_a_time() {
    let dir = tempfile::tempdir().unwrap();
    let config = || alone(quiet_chain()).data_dir(dir.path());
    let (node, _events) = start(config()).await;
    let error = cl_node::Node::spawn(config()).await.unwrap_err();
    assert!(error.to_string().contains("is in use by another node"), "{error}");
    node.shutdown().await;
    let (node, _events) = start(config()).await;
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_port_is_named_with_its_flag() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let config = Config { tcp_port: Some(port), ..alone(quiet_chain()) };
    let error = cl_node::Node::spawn(config).await.unwrap_err();
    assert!(matches!(error, StartError::Listen { flag: "--port", .. }), "{error:?}");
    let udp = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = udp.local_addr().unwrap().port();
    let config = Config { quic_port: Some(port), ..alone(quiet_chain()) };
    let error = cl_node::Node::spawn(config).await.unwrap_err();
    assert!(matches!(error, StartError::Listen { flag: "--quic-port", .. }), "{error:?}");
    let config = Config { discovery_port: Some(port), ..Config::loopback(quiet_chain()) };
    let error = cl_node::Node::spawn(config).await.unwrap_err();
    assert!(matches!(error, StartError::Discovery(_)), "{error:?}");
}
