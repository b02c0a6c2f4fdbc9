//! Discovery behind a gateway that speaks UPnP, or nonsense.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::time::Duration;

use cl_discovery::portmap::{Mapper, Mapping, SearchFrom, Service, Settings, Upnp, Wanted};
use cl_discovery::{Behaviour, Config, Directory, Event, MapError, Sockets, Want};
use cl_enr::{Addresses, Advertised, Local, Ports, Record, fields};
use cl_types::containers::{Attnets, Syncnets};
use futures::future::poll_fn;

use crate::address::voter;
use crate::gateway::{Asked, FakeGateway, Manners, Page};
use crate::net::{HERE, chain};

const DEADLINE: Duration = Duration::from_secs(30);
/// A lease that a test sees renewed. Half of it is how long a busy machine may stand still.
const SHORT: Duration = Duration::from_secs(4);
const OUTSIDE: Ipv4Addr = Ipv4Addr::new(9, 9, 9, 9);

/// Quick, so that a test sees many rounds.
fn settings() -> Settings {
    let retry = Duration::from_millis(20);
    Settings { lease: DEADLINE, retry_min: retry, retry_max: retry, deadline: Duration::from_secs(4) }
}

struct Node {
    behaviour: Behaviour,
    local: Local,
    udp: u16,
}

impl Node {
    /// A node on loopback that wants its three ports mapped. Nobody listens on the other two.
    async fn start(search: SearchFrom, settings: Settings, votes: usize) -> Self {
        let sockets = Sockets::bind_one("127.0.0.1:0".parse().unwrap()).unwrap();
        let udp = sockets.ip4().unwrap().port();
        let ports4 = Ports { udp: Some(udp), tcp: Some(9000), quic: Some(9001) };
        let addresses = Addresses { ports4, ..Addresses::default() };
        let advertised = Advertised { attnets: Attnets::new(), syncnets: Syncnets::new(), custody_group_count: 4 };
        let chain = chain(HERE);
        let local = Local::new(cl_enr::Key::generate(), addresses, chain.fork, advertised, None, 1).unwrap();
        let config = Config { learn_address: true, votes, ..Config::local(Vec::new()) };
        let mut behaviour =
            Behaviour::start(config, sockets, local.key(), local.record().clone(), chain).await.unwrap();
        let wanted = [(Service::Discovery, udp), (Service::Tcp, 9000), (Service::Quic, 9001)];
        let wanted =
            wanted.map(|(service, port)| Wanted { service, local: SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, port) });
        behaviour.map_ports(Mapper::start(Upnp::new(search), settings, wanted));
        Self { behaviour, local, udp }
    }

    /// The next event, adopted as a node does.
    async fn next(&mut self) -> Event {
        let event = tokio::time::timeout(DEADLINE, poll_fn(|cx| self.behaviour.poll_event(cx))).await.unwrap();
        if let Event::RecordChanged { record } = &event {
            let _ = self.local.adopt(record).unwrap();
            self.behaviour.update(self.local.record()).unwrap();
        }
        event
    }

    async fn until<T>(&mut self, mut seen: impl FnMut(&Event) -> Option<T>) -> T {
        let seeing = async {
            loop {
                if let Some(found) = seen(&self.next().await) {
                    return found;
                }
            }
        };
        tokio::time::timeout(DEADLINE, seeing).await.expect("it happens in time")
    }

    async fn failure(&mut self) -> (Option<Service>, MapError) {
        self.until(|event| match event {
            Event::PortNotMapped { service, reason } => Some((*service, *reason)),
            _ => None,
        })
        .await
    }

    async fn mapping(&mut self) -> Mapping {
        self.until(|event| match event {
            Event::PortMapped(mapping) => Some(*mapping),
            _ => None,
        })
        .await
    }

    async fn all_mapped(&mut self) {
        for _ in 0..3 {
            self.mapping().await;
        }
        self.record_says(|record| record.ip4() == Some(OUTSIDE)).await;
    }

    async fn record_says(&mut self, is_true: impl Fn(&Record) -> bool) {
        while !is_true(self.local.record()) {
            self.until(|event| matches!(event, Event::RecordChanged { .. }).then_some(())).await;
        }
    }

    /// Address and ports in the record, which is the same everywhere.
    fn recorded(&self) -> (Option<Ipv4Addr>, Ports) {
        assert_eq!(self.behaviour.local_record(), *self.local.record());
        let addresses = Addresses::of(self.local.record());
        assert_eq!(addresses, *self.local.addresses());
        (addresses.ip4, addresses.ports4)
    }
}

fn asked(action: &str, protocol: &str, external: u16, client: &str, internal: u16, lease: u64) -> Asked {
    Asked { action: action.into(), protocol: protocol.into(), external, client: client.into(), internal, lease }
}

#[tokio::test]
async fn each_port_is_mapped_enters_the_record_and_is_taken_back() {
    // Somebody in the house has 9000 already.
    let refuses = |asked: &Asked| (asked.protocol == "TCP" && asked.external == 9000).then_some(718);
    let gateway = FakeGateway::start(Manners { refuses, ..Manners::default() }).await;
    let mut node = Node::start(gateway.search(), settings(), 3).await;
    let udp = node.udp;
    let expected = [(Service::Discovery, udp, udp), (Service::Tcp, 9000, 10_009), (Service::Quic, 9001, 9001)];
    for (service, local, external) in expected {
        let local = SocketAddrV4::new(Ipv4Addr::LOCALHOST, local);
        let external = SocketAddrV4::new(OUTSIDE, external);
        assert_eq!(node.mapping().await, Mapping { service, local, external });
    }
    node.record_says(|record| record.tcp4() == Some(10_009)).await;
    let ports = Ports { udp: Some(udp), tcp: Some(10_009), quic: Some(9001) };
    assert_eq!(node.recorded(), (Some(OUTSIDE), ports));
    assert_eq!(fields::custody_group_count(node.local.record()), Ok(Some(4)), "the rest of the record stays");

    node.behaviour.unmap_ports().unwrap().close().await;
    assert!(node.behaviour.unmap_ports().is_none());
    let add = |protocol, external, internal| asked("AddPortMapping", protocol, external, "127.0.0.1", internal, 30);
    let delete = |protocol, external| asked("DeletePortMapping", protocol, external, "", 0, 0);
    let all = [
        add("UDP", udp, udp),
        add("TCP", 9000, 9000),
        add("TCP", 10_009, 9000),
        add("UDP", 9001, 9001),
        delete("UDP", udp),
        delete("TCP", 10_009),
        delete("UDP", 9001),
    ];
    assert_eq!(gateway.asked(), all);
}

#[tokio::test]
async fn leases_are_renewed_without_a_word() {
    let gateway = FakeGateway::start(Manners::default()).await;
    let mut node = Node::start(gateway.search(), Settings { lease: SHORT, ..settings() }, 3).await;
    node.all_mapped().await;
    let record = node.local.record().clone();
    tokio::select! {
        () = gateway.asked_times(9) => {}
        event = node.next() => panic!("{event:?}"),
    }
    assert_eq!(*node.local.record(), record);
    let asked = gateway.asked();
    assert_eq!(asked[..3], asked[3..6]);
    // What is dropped leaves its mappings to their leases.
    drop(node);
    assert!(gateway.asked().iter().all(|asked| asked.action == "AddPortMapping"));
}

#[tokio::test]
async fn a_gateway_without_leases_gets_mappings_without_end() {
    let refuses = |asked: &Asked| (asked.lease != 0).then_some(725);
    let gateway = FakeGateway::start(Manners { refuses, ..Manners::default() }).await;
    let mut node = Node::start(gateway.search(), settings(), 3).await;
    node.all_mapped().await;
    assert_eq!(gateway.asked().iter().map(|asked| asked.lease).collect::<Vec<_>>(), [30, 0, 30, 0, 30, 0]);
}

#[tokio::test]
async fn a_refusal_and_a_second_nat_are_told_and_leave_the_record_alone() {
    let refuses = |asked: &Asked| (asked.protocol == "UDP").then_some(606);
    let gateway = FakeGateway::start(Manners { external: "100.64.3.2", refuses, ..Manners::default() }).await;
    let mut node = Node::start(gateway.search(), settings(), 3).await;
    let before = node.recorded();
    let shared = Ipv4Addr::new(100, 64, 3, 2);
    assert_eq!(node.failure().await, (None, MapError::NotPublic(shared)));
    assert!(gateway.asked().is_empty());
    assert_eq!(node.recorded(), before);
    gateway.behave(Manners { refuses, ..Manners::default() });
    assert_eq!(node.failure().await, (Some(Service::Discovery), MapError::Refused(606)));
    assert_eq!(node.mapping().await.service, Service::Tcp);
    assert_eq!(node.failure().await, (Some(Service::Quic), MapError::Refused(606)));
    assert_eq!(node.behaviour.local_record().udp4(), before.1.udp);
}

#[tokio::test]
async fn what_enough_peers_see_wins_over_what_the_gateway_says() {
    let gateway = FakeGateway::start(Manners::default()).await;
    let mut node = Node::start(gateway.search(), Settings { lease: SHORT, ..settings() }, 3).await;
    node.all_mapped().await;
    let mapped = SocketAddrV4::new(OUTSIDE, node.udp);
    assert_eq!(node.local.record().udp4_socket(), Some(mapped));

    let mut voters = Vec::new();
    for _ in 0..4 {
        voters.push(voter(Ipv4Addr::LOCALHOST.into()).await);
    }
    node.behaviour.add_records(voters.iter().map(Directory::local_record));
    node.behaviour.declare(Want::Peers(1)).unwrap();
    let seen = SocketAddrV4::new(Ipv4Addr::LOCALHOST, node.udp);
    let learned = node
        .until(|event| match event {
            Event::AddressLearned { socket, instead_of } => Some((*socket, *instead_of)),
            _ => None,
        })
        .await;
    assert_eq!(learned, (SocketAddr::V4(seen), Some(mapped)));
    node.record_says(|record| record.udp4_socket() == Some(seen)).await;
    // Renewals do not bring it back.
    let times = gateway.asked().len() + 6;
    let renewed = async {
        loop {
            let event = node.next().await;
            assert!(!matches!(event, Event::RecordChanged { .. } | Event::PortMapped(_)), "{event:?}");
        }
    };
    tokio::select! {
        () = gateway.asked_times(times) => {}
        () = renewed => {}
    }
    assert_eq!(node.recorded(), (Some(*seen.ip()), Ports { udp: Some(node.udp), tcp: Some(9000), quic: Some(9001) }));
}

#[tokio::test]
async fn without_a_gateway_it_says_so() {
    let silent = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let to = silent.local_addr().unwrap();
    let search = SearchFrom { to, from: "127.0.0.1:0".parse().unwrap(), timeout: Duration::from_millis(50) };
    let mut node = Node::start(search, settings(), 3).await;
    assert_eq!(node.failure().await, (None, MapError::NoGateway));
    // It stops in the midst of a search.
    node.behaviour.unmap_ports().unwrap().close().await;
}

/// Answers of such a kind are told as `reason`, discovery goes on, and a good gateway is used as soon as it is there.
async fn nonsense(manners: Manners, reason: MapError) {
    let gateway = FakeGateway::start(manners.clone()).await;
    let mut node = Node::start(gateway.search(), settings(), 3).await;
    assert_eq!(node.failure().await, (None, reason), "{manners:?}");
    // Somebody with whom to talk meanwhile.
    let peer = voter(Ipv4Addr::LOCALHOST.into()).await;
    node.behaviour.add_records([peer.local_record()]);
    node.behaviour.declare(Want::Peers(1)).unwrap();
    node.until(|event| matches!(event, Event::QueryFinished { failure: None, .. }).then_some(())).await;
    assert_eq!(node.recorded().0, None, "nothing of it enters the record");
    gateway.behave(Manners::default());
    node.all_mapped().await;
    assert_eq!(node.recorded().0, Some(OUTSIDE));
}

#[tokio::test]
async fn descriptions_that_make_no_sense() {
    let nonsense = |description, reason| nonsense(Manners { description, ..Manners::default() }, reason);
    let other = "<root><device><deviceType>urn:schemas-upnp-org:device:Printer:1</deviceType></device></root>";
    tokio::join!(
        nonsense(Page::Text(""), MapError::Garbled),
        nonsense(Page::Text("<root><device><dev"), MapError::Garbled),
        nonsense(Page::Text(other), MapError::NotOffered),
        nonsense(Page::Nested(20_000), MapError::Garbled),
        nonsense(Page::Nested(40_000), MapError::TooLong),
        nonsense(Page::Hang, MapError::Silent),
        nonsense(Page::Close, MapError::Unreachable(std::io::ErrorKind::ConnectionAborted)),
    );
}

#[tokio::test]
async fn soap_that_makes_no_sense() {
    let nonsense = |control, reason| nonsense(Manners { control, ..Manners::default() }, reason);
    let bomb = "<!DOCTYPE a [<!ENTITY a \"<b>&b;</b>\">]><a>&a;</a>";
    tokio::join!(
        nonsense(Page::Text(""), MapError::Garbled),
        nonsense(Page::Text("<s:Envelope><s:Body>"), MapError::Garbled),
        nonsense(Page::Text(bomb), MapError::Garbled),
        // Enough for a parser that recurses to run out of stack.
        nonsense(Page::Nested(20_000), MapError::Garbled),
        nonsense(Page::Nested(40_000), MapError::TooLong),
        nonsense(Page::Hang, MapError::Silent),
        nonsense(Page::Close, MapError::Unreachable(std::io::ErrorKind::ConnectionAborted)),
    );
    let external = |external| self::nonsense(Manners { external, ..Manners::default() }, MapError::Garbled);
    tokio::join!(external("here"), external("2001:db8::1"), external(""));
}

#[tokio::test]
async fn an_endless_answer_is_not_read_to_the_end() {
    for page in [Page::Endless, Page::EndlessHeader] {
        for manners in
            [Manners { description: page, ..Manners::default() }, Manners { control: page, ..Manners::default() }]
        {
            let gateway = FakeGateway::start(manners).await;
            let mut node =
                Node::start(gateway.search(), Settings { retry_min: DEADLINE, retry_max: DEADLINE, ..settings() }, 3)
                    .await;
            assert_eq!(node.failure().await, (None, MapError::TooLong), "{page:?}");
            // The system's buffers hold what was not read.
            assert!(gateway.sent() < 32 << 20, "{page:?}: {} bytes", gateway.sent());
        }
    }
}

#[tokio::test]
async fn nobody_sends_us_to_another_host() {
    let elsewhere = std::net::TcpListener::bind("127.0.0.2:0").unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    let location: &str = Box::leak(format!("http://{}/root.xml", elsewhere.local_addr().unwrap()).into_boxed_str());
    for location in [location, "http://example.org/root.xml", "file:///etc/passwd", ""] {
        let location = Some(location);
        let gateway = FakeGateway::start(Manners { location, ..Manners::default() }).await;
        let mut node = Node::start(gateway.search(), settings(), 3).await;
        assert_eq!(node.failure().await, (None, MapError::Garbled));
    }
    assert_eq!(elsewhere.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
}
