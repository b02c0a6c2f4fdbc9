use std::net::SocketAddr;

use cl_enr::{Addresses, Advertised, Fork, Local, Ports, fields};
use cl_types::containers::{Attnets, Syncnets};
use cl_types::{EnrForkId, Epoch, ForkDigest, ForkVersion};
use futures::future::poll_fn;

use super::*;

fn chain() -> Chain {
    let id = EnrForkId {
        fork_digest: ForkDigest([1; 4]),
        next_fork_version: ForkVersion([7, 0, 0, 0]),
        next_fork_epoch: Epoch(100),
    };
    Chain {
        fork: Fork { id, next_digest: ForkDigest([2; 4]), has_fulu: true, passed: cl_enr::Passed::default() },
        tolerated: None,
    }
}

async fn start() -> (Behaviour, Local) {
    let sockets = Sockets::bind_one("127.0.0.1:0".parse().unwrap()).unwrap();
    let udp = sockets.ip4().unwrap();
    let addresses = Addresses::new(udp.ip(), Ports { udp: Some(udp.port()), ..Ports::default() });
    let advertised = Advertised { attnets: Attnets::new(), syncnets: Syncnets::new(), custody_group_count: 4 };
    let local = Local::new(Key::generate(), addresses, chain().fork, advertised, None, 1).unwrap();
    let config = Config { learn_address: true, ..Config::local(Vec::new()) };
    let behaviour = Behaviour::start(config, sockets, local.key(), local.record().clone(), chain()).await.unwrap();
    (behaviour, local)
}

#[tokio::test]
async fn an_address_learned_by_discv5_is_reported_adopted_and_served() {
    let (mut behaviour, mut local) = start().await;
    let seen: SocketAddr = "203.0.113.7:30000".parse().unwrap();
    // What discv5 does when enough peers agree.
    assert!(behaviour.discv5.update_local_enr_socket(seen, false));

    // A change of ours in the same moment does not undo it.
    let _ = local.set_advertised(Advertised { custody_group_count: 8, ..local.advertised() }).unwrap();
    let error = behaviour.update(local.record()).unwrap_err();
    assert!(matches!(error, UpdateError::Changed { .. }), "{error}");

    let event = poll_fn(|cx| behaviour.poll(cx)).await;
    let ToSwarm::GenerateEvent(Event::RecordChanged { record }) = event else { panic!("{event:?}") };
    assert!(local.adopt(&record).unwrap().record);
    behaviour.update(local.record()).unwrap();
    let served = behaviour.local_record();
    assert_eq!(served, *local.record());
    assert_eq!(served.udp4_socket().map(SocketAddr::V4), Some(seen));
    assert_eq!(fields::custody_group_count(&served), Ok(Some(8)));
}

#[tokio::test]
async fn a_foreign_record_does_not_start() {
    let sockets = Sockets::bind_one("127.0.0.1:0".parse().unwrap()).unwrap();
    let record = Record::empty(&Key::generate().to_combined()).unwrap();
    let result = Behaviour::start(Config::local(Vec::new()), sockets, &Key::generate(), record, chain()).await;
    assert!(matches!(result, Err(StartError::NotOurs)));
}

#[tokio::test]
async fn a_stopped_node_gives_its_port_back() {
    let (behaviour, local) = start().await;
    let address = local.record().udp4_socket().map(SocketAddr::V4).unwrap();
    assert!(Sockets::bind_one(address).is_err());
    drop(behaviour);
    // discv5's tasks end on their own time.
    let freed = async {
        while Sockets::bind_one(address).is_err() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(10), freed).await.unwrap();
}
