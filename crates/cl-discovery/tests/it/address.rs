//! What peers say of where we are, in each family by itself.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use cl_discovery::{Behaviour, Config, Directory, Discv5Directory, Event, Sockets, Want};
use cl_enr::{Key, Record};
use futures::future::poll_fn;

use crate::net::{HERE, chain};

/// A node that answers by itself.
pub(crate) async fn voter(ip: IpAddr) -> Discv5Directory {
    let sockets = Sockets::bind_one(SocketAddr::new(ip, 0)).unwrap();
    let key = Key::generate();
    let mut builder = Record::builder();
    match sockets.ip4().or_else(|| sockets.ip6()).unwrap() {
        SocketAddr::V4(at) => builder.ip4(*at.ip()).udp4(at.port()),
        SocketAddr::V6(at) => builder.ip6(*at.ip()).udp6(at.port()),
    };
    let record = builder.build(&key.to_combined()).unwrap();
    Discv5Directory::start(&Config::local(Vec::new()), sockets, &key, record).await.unwrap()
}

#[tokio::test]
async fn enough_votes_make_an_address_known_in_each_family() {
    let has_ip6 = std::net::UdpSocket::bind((Ipv6Addr::LOCALHOST, 0)).is_ok();
    let mut voters = Vec::new();
    for _ in 0..4 {
        voters.push(voter("127.0.0.1".parse().unwrap()).await);
        if has_ip6 {
            voters.push(voter("::1".parse().unwrap()).await);
        }
    }
    let ip6 = has_ip6.then(|| "[::1]:0".parse().unwrap());
    let sockets = Sockets::bind(Some("127.0.0.1:0".parse().unwrap()), ip6).unwrap();
    let mut expected: Vec<SocketAddr> = sockets.ip4().into_iter().chain(sockets.ip6()).collect();
    let key = Key::generate();
    // Ports and addresses are unknown.
    let record = Record::empty(&key.to_combined()).unwrap();
    let boot_nodes = voters.iter().map(Directory::local_record).collect();
    let config = Config { learn_address: true, votes: 3, ..Config::local(boot_nodes) };
    let mut node = Behaviour::start(config, sockets, &key, record, chain(HERE)).await.unwrap();
    node.declare(Want::Peers(1)).unwrap();
    let learning = async {
        let mut changes = 0;
        while !expected.is_empty() {
            match poll_fn(|cx| node.poll_event(cx)).await {
                Event::AddressLearned { socket, .. } => expected.retain(|address| *address != socket),
                Event::RecordChanged { .. } => changes += 1,
                _ => {}
            }
        }
        changes
    };
    tokio::time::timeout(Duration::from_secs(30), learning).await.expect("both addresses are learnt");
    let record = node.local_record();
    assert!(record.udp4_socket().is_some_and(|at| at.ip().is_loopback()));
    assert_eq!(record.udp6_socket().is_some(), has_ip6);
}
