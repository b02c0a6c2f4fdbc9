use std::net::SocketAddr;

use cl_enr::{Addresses, Advertised, Fork, Local, Ports, fields};
use cl_types::containers::{Attnets, Syncnets};
use cl_types::{EnrForkId, Epoch, ForkDigest, ForkVersion};
use futures::future::{poll_fn, ready};

use super::*;
use crate::directory::Fixed;
use crate::testing::Spec;

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
    assert!(behaviour.directory.discv5().update_local_enr_socket(seen, false));

    // A change of ours in the same moment does not undo it.
    let _ = local.set_advertised(Advertised { custody_group_count: 8, ..local.advertised() }).unwrap();
    let error = behaviour.update(local.record()).unwrap_err();
    assert!(matches!(error, UpdateError::Changed { .. }), "{error}");

    let event = poll_fn(|cx| behaviour.poll_event(cx)).await;
    let Event::RecordChanged { record } = event else { panic!("{event:?}") };
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

/// Answers whatever it is asked with the same records.
struct Liar {
    local: Record,
    answer: Vec<Record>,
}

impl Directory for Liar {
    fn ask(&mut self, _: Record, _: Vec<u64>) -> BoxFuture<'static, Result<Vec<Record>, AskError>> {
        ready(Ok(self.answer.clone())).boxed()
    }

    fn lookup(&mut self, _: NodeId) -> BoxFuture<'static, Result<Vec<Record>, AskError>> {
        ready(Ok(Vec::new())).boxed()
    }

    fn add(&mut self, _: &Record) -> bool {
        false
    }

    fn table_len(&self) -> usize {
        0
    }

    fn local_record(&self) -> Record {
        self.local.clone()
    }

    fn update(&mut self, _: &Record) -> Result<(), UpdateError> {
        Ok(())
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<Option<Heard>> {
        Poll::Pending
    }
}

#[tokio::test]
async fn nothing_of_a_bad_answer_is_reported() {
    let at = |key: u32, ip: [u8; 4]| Spec { ip: ip.into(), ..Spec::new(key) }.build();
    let boot = at(1, [9, 9, 9, 9]);
    let private = (100..140).map(|key| at(key, [10, 0, 0, 1]));
    let nowhere = (200..240).map(|key| at(key, [0, 0, 0, 0]));
    let one_network = (300..400).map(|key| at(key, [8, 8, 8, u8::try_from(key % 250).unwrap()]));
    let answer = private.chain(nowhere).chain(one_network).chain([Spec::new(0).build()]).collect();
    let local = Spec { digest: None, ..Spec::new(0) }.build();
    let config = Config { queries: crate::QueryConfig::local(), ..Config::public(vec![boot.clone()]) };
    let mut behaviour = Behaviour::new(config, Liar { local, answer }, crate::testing::chain(crate::testing::HERE));
    behaviour.declare(Want::Peers(1000)).unwrap();
    let mut reported = Vec::new();
    let mut questions = 0;
    // Each zone of the boot node's surroundings is asked for once, then those who were mentioned.
    while questions < 40 {
        match poll_fn(|cx| behaviour.poll_event(cx)).await {
            Event::Discovered { record, .. } => reported.push(record),
            Event::QueryFinished { .. } => questions += 1,
            _ => {}
        }
    }
    assert!(reported.iter().all(|record| matches!(record.ip4().unwrap().octets(), [8 | 9, ..])));
    assert!(reported.len() <= 17, "sixteen of one network, and the boot node");
    let drops = behaviour.cache().drops();
    for reason in [Dropped::Unasked, Dropped::Private, Dropped::NoHost, Dropped::Crowded] {
        assert!(drops.get(reason) > 0, "{reason}: {drops:?}");
    }
}

#[tokio::test]
async fn a_fixed_directory_meets_wants() {
    let records: Vec<Record> =
        (1..60).map(|key| Spec { subnets: vec![u64::from(key) % 64], ..Spec::new(key) }.build()).collect();
    let directory = Fixed::new(Spec::new(0).build(), records.clone());
    let config = Config::local(vec![records[0].clone()]);
    let mut behaviour = Behaviour::new(config, directory, crate::testing::chain(crate::testing::HERE));
    let want = Want::AttestationSubnet { id: 33, min_peers: 1, until_slot: None };
    let want = behaviour.declare(want).unwrap();
    let (mut found, mut is_met) = (None, false);
    while found.is_none() || !is_met {
        match poll_fn(|cx| behaviour.poll_event(cx)).await {
            Event::Discovered { peer, serves, .. } if serves == [want] => found = Some(peer),
            Event::Want(notice) => is_met = notice == crate::Notice::Met(want),
            _ => {}
        }
    }
    assert_eq!(found, Some(crate::testing::key(33).peer_id()));
    assert_eq!(behaviour.report().met, [want]);
    assert!(behaviour.cancel(want));
}

#[tokio::test]
async fn an_address_on_the_list_of_the_process_does_not_silence_loopback() {
    let (first, local) = start().await;
    let (mut second, _) = start().await;
    // As another node of this process would after a bad answer from there.
    first.directory.discv5().ban_ip("127.0.0.1".parse().unwrap(), None);
    let peer = local.key().peer_id();
    second.add_records([local.record().clone()]);
    second.declare(Want::Peers(2)).unwrap();
    let answered = async {
        loop {
            match poll_fn(|cx| second.poll_event(cx)).await {
                Event::QueryFinished { failure: None, .. } => return,
                Event::QueryFinished { failure: Some(error), .. } => panic!("{error}"),
                _ => {}
            }
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), answered).await.unwrap();
    first.directory.discv5().ban_ip_remove(&"127.0.0.1".parse().unwrap());
    assert!(second.record_of(&peer).is_some());
}
