//! Conversations with a gateway, in virtual time.

use std::net::Ipv4Addr;
use std::time::Instant;

use super::*;

const HOUR: Duration = Duration::from_secs(60 * 60);
const OUTSIDE: Ipv4Addr = Ipv4Addr::new(9, 9, 9, 9);
const INSIDE: Ipv4Addr = Ipv4Addr::new(192, 168, 1, 5);

/// A machine and the clock it is told.
struct Talk {
    machine: PortMapper,
    now: Instant,
}

fn wanted(service: Service, port: u16) -> Wanted {
    Wanted { service, local: SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, port) }
}

fn mapping(service: Service, local: u16, external: u16) -> Mapping {
    Mapping { service, local: SocketAddrV4::new(INSIDE, local), external: SocketAddrV4::new(OUTSIDE, external) }
}

impl Talk {
    /// With discovery's port alone.
    fn one() -> Self {
        Self::of([wanted(Service::Discovery, 9000)])
    }

    fn of(wanted: impl IntoIterator<Item = Wanted>) -> Self {
        let now = Instant::now();
        Self { machine: PortMapper::new(Settings::default(), wanted, now), now }
    }

    fn expect(&mut self, action: Action) -> &mut Self {
        assert_eq!(self.machine.next(self.now), Step::Do(action));
        assert_eq!(self.machine.next(self.now), Step::Busy, "one question at a time");
        self
    }

    fn asks_for(&mut self, transport: Transport, external: u16, local: u16, lease: Duration) -> &mut Self {
        self.expect(Action::Map { transport, external, local: SocketAddrV4::new(INSIDE, local), lease })
    }

    fn asks_udp(&mut self, external: u16) -> &mut Self {
        self.asks_for(Transport::Udp, external, 9000, HOUR)
    }

    fn searches(&mut self) -> &mut Self {
        self.expect(Action::Search)
    }

    fn hears(&mut self, answer: Answer) -> &mut Self {
        self.machine.answered(answer, self.now);
        self
    }

    fn finds(&mut self, external: Ipv4Addr) -> &mut Self {
        self.hears(Answer::Searched(Ok(Found { external, internal: INSIDE })))
    }

    fn finds_none(&mut self) -> &mut Self {
        self.hears(Answer::Searched(Err(MapError::NoGateway)))
    }

    fn mapped(&mut self) -> &mut Self {
        self.hears(Answer::Mapped(Ok(())))
    }

    fn refused(&mut self, reason: MapError) -> &mut Self {
        self.hears(Answer::Mapped(Err(reason)))
    }

    fn tells(&mut self, notice: Notice) -> &mut Self {
        assert_eq!(self.machine.next_notice(), Some(notice));
        self
    }

    fn tells_failure(&mut self, service: Option<Service>, reason: MapError) -> &mut Self {
        self.tells(Notice::Failed { service, reason })
    }

    fn is_quiet(&mut self) -> &mut Self {
        assert_eq!(self.machine.next_notice(), None);
        self
    }

    /// Nothing is asked for so long; then time has passed.
    fn rests_for(&mut self, pause: Duration) -> &mut Self {
        assert_eq!(self.machine.next(self.now), Step::Wait(self.now + pause));
        self.now += pause;
        self
    }
}

#[test]
fn ports_are_mapped_one_after_the_other_and_renewed_at_half_of_the_lease() {
    let mut talk =
        Talk::of([wanted(Service::Discovery, 9000), wanted(Service::Tcp, 9000), wanted(Service::Quic, 9001)]);
    talk.searches().finds(OUTSIDE);
    talk.asks_udp(9000).mapped();
    talk.asks_for(Transport::Tcp, 9000, 9000, HOUR).mapped();
    talk.asks_for(Transport::Udp, 9001, 9001, HOUR).mapped();
    talk.tells(Notice::Mapped(mapping(Service::Discovery, 9000, 9000)));
    talk.tells(Notice::Mapped(mapping(Service::Tcp, 9000, 9000)));
    talk.tells(Notice::Mapped(mapping(Service::Quic, 9001, 9001)));
    talk.is_quiet().rests_for(HOUR / 2);

    talk.searches().finds(OUTSIDE);
    talk.asks_udp(9000).mapped();
    talk.asks_for(Transport::Tcp, 9000, 9000, HOUR).mapped();
    talk.asks_for(Transport::Udp, 9001, 9001, HOUR).mapped();
    talk.is_quiet().rests_for(HOUR / 2);
    assert_eq!(talk.machine.mappings().count(), 3);
}

#[test]
fn a_listener_with_an_address_of_its_own_is_mapped_there() {
    let local = "192.168.7.7:9000".parse().unwrap();
    let mut talk = Talk::of([Wanted { service: Service::Discovery, local }]);
    talk.searches().finds(OUTSIDE);
    talk.expect(Action::Map { transport: Transport::Udp, external: 9000, local, lease: HOUR });
}

#[test]
fn without_a_gateway_pauses_double_up_to_a_bound_and_it_is_told_once() {
    let mut talk = Talk::one();
    talk.searches().finds_none().tells_failure(None, MapError::NoGateway);
    for pause in [30, 60, 120, 240, 480, 960, 1800, 1800] {
        talk.rests_for(Duration::from_secs(pause)).searches().finds_none().is_quiet();
    }
    // One that comes up is used, and the pauses begin anew.
    talk.rests_for(Duration::from_secs(1800)).searches().finds(OUTSIDE);
    talk.asks_udp(9000).mapped().tells(Notice::Mapped(mapping(Service::Discovery, 9000, 9000)));
    talk.rests_for(HOUR / 2).searches().finds_none().tells_failure(None, MapError::NoGateway);
    talk.rests_for(Duration::from_secs(30));
}

#[test]
fn a_port_of_another_host_is_left_to_it() {
    let taken = MapError::PortTaken { tried: 1 };
    let mut talk = Talk::one();
    talk.searches().finds(OUTSIDE);
    talk.asks_udp(9000).refused(taken).asks_udp(10009).refused(taken).asks_udp(11018).mapped();
    talk.tells(Notice::Mapped(mapping(Service::Discovery, 9000, 11018)));
    // The renewal is of the port we have.
    talk.rests_for(HOUR / 2).searches().finds(OUTSIDE).asks_udp(11018).mapped().is_quiet();
}

#[test]
fn only_so_many_ports_are_tried() {
    let mut talk = Talk::one();
    talk.searches().finds(OUTSIDE);
    for place in 0..u16::from(MAX_TRIES) {
        talk.asks_udp(9000 + 1009 * place).refused(MapError::PortTaken { tried: 1 });
    }
    talk.tells_failure(Some(Service::Discovery), MapError::PortTaken { tried: MAX_TRIES }).is_quiet();
    // From the beginning, later.
    talk.rests_for(HOUR / 2).searches().finds(OUTSIDE).asks_udp(9000);
}

#[test]
fn external_ports_stay_in_range_and_apart() {
    let taken = MapError::PortTaken { tried: 1 };
    let udp = |external, local| (Transport::Udp, external, local, HOUR);
    let mut talk = Talk::of([wanted(Service::Discovery, 65_000), wanted(Service::Quic, 1497)]);
    talk.searches().finds(OUTSIDE);
    let mut asks = |(transport, external, local, lease)| {
        talk.asks_for(transport, external, local, lease).refused(taken);
    };
    asks(udp(65_000, 65_000));
    // After the highest comes 1497, which is the other's.
    asks(udp(2506, 65_000));
}

#[test]
fn a_gateway_without_leases_is_asked_for_a_mapping_without_end() {
    let mut talk = Talk::one();
    talk.searches().finds(OUTSIDE).asks_udp(9000).refused(MapError::OnlyPermanent);
    talk.asks_for(Transport::Udp, 9000, 9000, Duration::ZERO).mapped();
    talk.tells(Notice::Mapped(mapping(Service::Discovery, 9000, 9000)));
    // Renewed too: the gateway may have forgotten it. It does not end by itself meanwhile.
    talk.rests_for(HOUR / 2).searches().finds_none().tells_failure(None, MapError::NoGateway);
    talk.now += HOUR;
    talk.searches().finds(OUTSIDE);
    talk.asks_for(Transport::Udp, 9000, 9000, Duration::ZERO).refused(MapError::OnlyPermanent);
    talk.tells_failure(Some(Service::Discovery), MapError::OnlyPermanent).is_quiet();
}

#[test]
fn a_refusal_concerns_one_port_and_is_told_once() {
    let mut talk = Talk::of([wanted(Service::Discovery, 9000), wanted(Service::Tcp, 9000)]);
    talk.searches().finds(OUTSIDE).asks_udp(9000).refused(MapError::Refused(606));
    talk.asks_for(Transport::Tcp, 9000, 9000, HOUR).mapped();
    talk.tells_failure(Some(Service::Discovery), MapError::Refused(606));
    talk.tells(Notice::Mapped(mapping(Service::Tcp, 9000, 9000)));
    talk.rests_for(HOUR / 2).searches().finds(OUTSIDE).asks_udp(9000).refused(MapError::Refused(606));
    talk.asks_for(Transport::Tcp, 9000, 9000, HOUR).mapped().is_quiet();
}

#[test]
fn behind_a_second_nat_nothing_is_mapped() {
    for ip in [[192, 168, 0, 2], [10, 1, 2, 3], [100, 64, 0, 9], [0, 0, 0, 0], [127, 0, 0, 1], [169, 254, 1, 1]] {
        let ip = Ipv4Addr::from(ip);
        let mut talk = Talk::one();
        talk.searches().finds(ip).tells_failure(None, MapError::NotPublic(ip)).is_quiet();
        talk.rests_for(Duration::from_secs(30)).searches();
        assert_eq!(talk.machine.mappings().count(), 0);
    }
}

#[test]
fn a_lease_that_nobody_renews_is_told() {
    let mut talk = Talk::one();
    talk.searches().finds(OUTSIDE).asks_udp(9000).mapped();
    talk.tells(Notice::Mapped(mapping(Service::Discovery, 9000, 9000)));
    talk.rests_for(HOUR / 2);
    let end = talk.now + HOUR / 2;
    while talk.now < end {
        talk.searches().finds_none();
        let Step::Wait(until) = talk.machine.next(talk.now) else { panic!("it rests") };
        talk.now = until;
    }
    assert_eq!(talk.now, end, "it wakes up for the end of the lease");
    talk.machine.next(talk.now);
    talk.tells_failure(None, MapError::NoGateway).tells(Notice::Lost(mapping(Service::Discovery, 9000, 9000)));
    assert_eq!(talk.machine.mappings().count(), 0);
}

#[test]
fn another_external_address_is_told() {
    let mut talk = Talk::one();
    talk.searches().finds(OUTSIDE).asks_udp(9000).mapped();
    talk.tells(Notice::Mapped(mapping(Service::Discovery, 9000, 9000))).rests_for(HOUR / 2);
    let redialled = Ipv4Addr::new(8, 8, 4, 4);
    talk.searches().finds(redialled).asks_udp(9000).mapped();
    let external = SocketAddrV4::new(redialled, 9000);
    talk.tells(Notice::Mapped(Mapping { external, ..mapping(Service::Discovery, 9000, 9000) })).is_quiet();
}

#[test]
fn one_that_falls_silent_is_not_asked_for_the_next_port() {
    let mut talk = Talk::of([wanted(Service::Discovery, 9000), wanted(Service::Tcp, 9000)]);
    talk.searches().finds(OUTSIDE).asks_udp(9000).refused(MapError::Silent);
    talk.tells_failure(None, MapError::Silent).rests_for(Duration::from_secs(30)).searches();
}

#[test]
fn at_the_end_every_mapping_is_taken_back() {
    let mut talk =
        Talk::of([wanted(Service::Discovery, 9000), wanted(Service::Tcp, 9000), wanted(Service::Quic, 9001)]);
    talk.searches().finds(OUTSIDE).asks_udp(9000).mapped();
    talk.asks_for(Transport::Tcp, 9000, 9000, HOUR).refused(MapError::Refused(606));
    // What was asked for in the last moment may be mapped.
    talk.asks_for(Transport::Udp, 9001, 9001, HOUR);
    talk.machine.stop();
    talk.expect(Action::Unmap { transport: Transport::Udp, external: 9000 }).hears(Answer::Unmapped);
    talk.expect(Action::Unmap { transport: Transport::Udp, external: 9001 }).hears(Answer::Unmapped);
    assert_eq!(talk.machine.next(talk.now), Step::Done);
    talk.now += HOUR;
    assert_eq!(talk.machine.next(talk.now), Step::Done);
}

#[test]
fn answers_to_nothing_are_ignored() {
    let mut talk = Talk::one();
    talk.finds(OUTSIDE).mapped().hears(Answer::Unmapped).searches();
    talk.mapped().hears(Answer::Unmapped).is_quiet().finds(OUTSIDE).asks_udp(9000).finds(OUTSIDE).finds_none();
    talk.mapped().tells(Notice::Mapped(mapping(Service::Discovery, 9000, 9000))).is_quiet();
}

#[test]
fn there_are_no_more_ports_than_the_bound() {
    let mut talk = Talk::of((9000..9100).map(|port| wanted(Service::Discovery, port)).chain([wanted(Service::Tcp, 0)]));
    talk.searches().finds(OUTSIDE);
    for port in 9000..9000 + u16::try_from(MAX_PORTS).unwrap() {
        talk.asks_for(Transport::Udp, port, port, HOUR).mapped();
    }
    talk.rests_for(HOUR / 2);
    let mut none = Talk::of([wanted(Service::Tcp, 0)]);
    assert_eq!(none.machine.next(none.now), Step::Done);
}
