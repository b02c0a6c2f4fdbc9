//! What to ask of a gateway, and when: no sockets, no clock.

use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr, SocketAddrV4};
use std::time::{Duration, Instant};

use cl_enr::Scope;

use super::{Found, MAX_PORTS, MAX_TRIES, Mapping, Notice, Settings, Transport, Wanted};
use crate::error::MapError;

/// From one external port that is tried to the next: a prime, so that neighbours of ours are not in the way.
const STRIDE: u16 = 1009;
/// The lowest external port that is tried, other than ours: those below are for others.
const LOWEST: u16 = 1024;

/// Something to ask of the gateway. Each is answered once, by [`PortMapper::answered`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Look for a gateway and ask its external address. Answered by [`Answer::Searched`].
    Search,
    /// Map a port, or renew it. Answered by [`Answer::Mapped`].
    Map {
        /// UDP or TCP.
        transport: Transport,
        /// The port outside.
        external: u16,
        /// Where it leads.
        local: SocketAddrV4,
        /// For how long; zero: until it is taken back.
        lease: Duration,
    },
    /// Take a mapping back. Answered by [`Answer::Unmapped`].
    Unmap {
        /// UDP or TCP.
        transport: Transport,
        /// The port outside.
        external: u16,
    },
}

/// What the gateway said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// To [`Action::Search`].
    Searched(Result<Found, MapError>),
    /// To [`Action::Map`].
    Mapped(Result<(), MapError>),
    /// To [`Action::Unmap`]. Whatever it was, there is nothing more to do about it.
    Unmapped,
}

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Ask this.
    Do(Action),
    /// Nothing before this time.
    Wait(Instant),
    /// Nothing before the last action is answered.
    Busy,
    /// Nothing any more.
    Done,
}

/// Asks for mappings of some ports and keeps them, by telling [`Action`]s and hearing [`Answer`]s.
#[derive(Clone, Debug)]
pub struct PortMapper {
    settings: Settings,
    ports: Vec<Port>,
    phase: Phase,
    /// Rounds in vain since the last that was not.
    failures: u32,
    /// What was last told of the gateway, so that it is told once.
    trouble: Option<MapError>,
    notices: VecDeque<Notice>,
}

#[derive(Clone, Copy, Debug)]
enum Phase {
    Resting { until: Instant },
    Searching,
    Mapping { found: Found, place: usize, is_asked: bool },
    Stopping { is_asked: bool },
}

#[derive(Clone, Copy, Debug)]
struct Port {
    wanted: Wanted,
    /// The external port that is asked for next.
    candidate: u16,
    /// Candidates refused in this round.
    tries: u8,
    /// The gateway takes no lease that ends.
    is_permanent: bool,
    held: Option<Held>,
    /// The mapping as last told.
    told: Option<Mapping>,
    /// Why there was none, as last told.
    trouble: Option<MapError>,
}

#[derive(Clone, Copy, Debug)]
struct Held {
    external: u16,
    /// `None`: it does not end.
    until: Option<Instant>,
}

impl PortMapper {
    /// Keeps these ports mapped, [`MAX_PORTS`] of them at most. The first search is due at once.
    #[must_use]
    pub fn new(settings: Settings, wanted: impl IntoIterator<Item = Wanted>, now: Instant) -> Self {
        let ports = wanted.into_iter().filter(|wanted| wanted.local.port() != 0).take(MAX_PORTS).map(|wanted| Port {
            wanted,
            candidate: wanted.local.port(),
            tries: 0,
            is_permanent: false,
            held: None,
            told: None,
            trouble: None,
        });
        Self {
            settings,
            ports: ports.collect(),
            phase: Phase::Resting { until: now },
            failures: 0,
            trouble: None,
            notices: VecDeque::new(),
        }
    }

    /// How long and how often.
    #[must_use]
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What to do at this time.
    pub fn next(&mut self, now: Instant) -> Step {
        if let Phase::Stopping { is_asked } = self.phase {
            return if is_asked { Step::Busy } else { self.next_to_unmap() };
        }
        self.expire(now);
        match self.phase {
            Phase::Resting { .. } if self.ports.is_empty() => Step::Done,
            Phase::Resting { until } if until <= now => {
                self.phase = Phase::Searching;
                Step::Do(Action::Search)
            }
            Phase::Resting { until } => {
                Step::Wait(self.ports.iter().filter_map(|port| port.held?.until).fold(until, Instant::min))
            }
            Phase::Mapping { found, place, is_asked: false } => match self.ports.get(place) {
                Some(port) => {
                    let lease = if port.is_permanent { Duration::ZERO } else { self.settings.lease };
                    let (transport, external) = (port.wanted.service.transport(), port.candidate);
                    let local = port.local(found.internal);
                    self.phase = Phase::Mapping { found, place, is_asked: true };
                    Step::Do(Action::Map { transport, external, local, lease })
                }
                None => {
                    let until = now + self.settings.lease / 2;
                    self.phase = Phase::Resting { until };
                    Step::Wait(until)
                }
            },
            Phase::Searching | Phase::Mapping { .. } | Phase::Stopping { .. } => Step::Busy,
        }
    }

    /// Takes in the answer to the last action. One to another question is ignored.
    pub fn answered(&mut self, answer: Answer, now: Instant) {
        match (self.phase, answer) {
            (Phase::Searching, Answer::Searched(Ok(found))) => self.on_found(found, now),
            (Phase::Searching, Answer::Searched(Err(reason))) => self.fail(reason, now),
            (Phase::Mapping { found, place, is_asked: true }, Answer::Mapped(result)) => match result {
                Ok(()) => self.on_mapped(found, place, now),
                Err(reason) => self.on_refused(reason, found, place, now),
            },
            (Phase::Stopping { is_asked: true }, Answer::Unmapped) => self.phase = Phase::Stopping { is_asked: false },
            _ => {}
        }
    }

    /// What there is to tell.
    pub fn next_notice(&mut self) -> Option<Notice> {
        self.notices.pop_front()
    }

    /// The mappings in force, as far as is known.
    pub fn mappings(&self) -> impl Iterator<Item = Mapping> {
        self.ports.iter().filter(|port| port.held.is_some()).filter_map(|port| port.told)
    }

    /// Takes all mappings back, then nothing more. An action under way is given up; what it asked for is taken back too.
    pub fn stop(&mut self) {
        if let Phase::Mapping { place, is_asked: true, .. } = self.phase
            && let Some(port) = self.ports.get_mut(place)
            && port.held.is_none()
        {
            port.held = Some(Held { external: port.candidate, until: None });
        }
        if !matches!(self.phase, Phase::Stopping { .. }) {
            self.phase = Phase::Stopping { is_asked: false };
        }
    }

    fn next_to_unmap(&mut self) -> Step {
        let next = self.ports.iter_mut().find_map(|port| Some((port.wanted.service.transport(), port.held.take()?)));
        match next {
            Some((transport, Held { external, .. })) => {
                self.phase = Phase::Stopping { is_asked: true };
                Step::Do(Action::Unmap { transport, external })
            }
            None => Step::Done,
        }
    }

    fn expire(&mut self, now: Instant) {
        for port in &mut self.ports {
            if port.held.and_then(|held| held.until).is_some_and(|until| until <= now) {
                port.held = None;
                self.notices.extend(port.told.take().map(Notice::Lost));
            }
        }
    }

    fn on_found(&mut self, found: Found, now: Instant) {
        let external = IpAddr::V4(found.external);
        if Scope::of(external) != Scope::Public {
            return self.fail(MapError::NotPublic(found.external), now);
        }
        self.failures = 0;
        self.trouble = None;
        for port in &mut self.ports {
            port.tries = 0;
        }
        self.phase = Phase::Mapping { found, place: 0, is_asked: false };
    }

    fn on_mapped(&mut self, found: Found, place: usize, now: Instant) {
        self.phase = Phase::Mapping { found, place: place + 1, is_asked: false };
        let Some(port) = self.ports.get_mut(place) else { return };
        port.trouble = None;
        let until = (!port.is_permanent).then(|| now + self.settings.lease);
        port.held = Some(Held { external: port.candidate, until });
        let external = SocketAddrV4::new(found.external, port.candidate);
        let mapping = Mapping { service: port.wanted.service, local: port.local(found.internal), external };
        if port.told != Some(mapping) {
            port.told = Some(mapping);
            self.notices.push_back(Notice::Mapped(mapping));
        }
    }

    fn on_refused(&mut self, reason: MapError, found: Found, place: usize, now: Instant) {
        let Some(port) = self.ports.get_mut(place) else { return };
        let again = Phase::Mapping { found, place, is_asked: false };
        match reason {
            MapError::OnlyPermanent if !port.is_permanent => {
                port.is_permanent = true;
                self.phase = again;
            }
            MapError::PortTaken { .. } => {
                // Somebody else has it now, so it is not ours to take back.
                port.held = None;
                port.tries += 1;
                if port.tries < MAX_TRIES {
                    self.phase = again;
                    self.choose_another(place);
                } else {
                    let tried = port.tries;
                    self.give_up(MapError::PortTaken { tried }, found, place);
                }
            }
            // It will hardly answer for the next port, so the rest of the round would be waiting in vain.
            MapError::Silent | MapError::Unreachable(_) => self.fail(reason, now),
            _ => self.give_up(reason, found, place),
        }
    }

    /// No mapping for this port in this round.
    fn give_up(&mut self, reason: MapError, found: Found, place: usize) {
        self.phase = Phase::Mapping { found, place: place + 1, is_asked: false };
        let Some(port) = self.ports.get_mut(place) else { return };
        if port.held.is_none() {
            // The next round begins where the first did.
            port.candidate = port.wanted.local.port();
            self.notices.extend(port.told.take().map(Notice::Lost));
        }
        if port.trouble != Some(reason) {
            port.trouble = Some(reason);
            let service = Some(port.wanted.service);
            self.notices.push_back(Notice::Failed { service, reason });
        }
    }

    /// No round at all; mappings stay until their leases end.
    fn fail(&mut self, reason: MapError, now: Instant) {
        let doubled = 2_u32.saturating_pow(self.failures);
        let pause = self.settings.retry_min.saturating_mul(doubled).min(self.settings.retry_max);
        self.failures = self.failures.saturating_add(1);
        self.phase = Phase::Resting { until: now + pause };
        if self.trouble != Some(reason) {
            self.trouble = Some(reason);
            self.notices.push_back(Notice::Failed { service: None, reason });
        }
    }

    /// Another external port for this one, which no other port of ours has or wants.
    fn choose_another(&mut self, place: usize) {
        let Some(port) = self.ports.get(place).copied() else { return };
        let transport = port.wanted.service.transport();
        let others = || {
            let others = self.ports.iter().enumerate().filter(|(other, _)| *other != place);
            others.map(|(_, other)| other).filter(|other| other.wanted.service.transport() == transport)
        };
        let mut candidate = port.candidate;
        // Each turn rules out one candidate of at most MAX_PORTS others.
        for _ in 0..=2 * MAX_PORTS {
            candidate = match candidate.checked_add(STRIDE) {
                Some(next) => next.max(LOWEST),
                None => candidate.wrapping_add(STRIDE).wrapping_add(LOWEST),
            };
            if others().all(|other| other.candidate != candidate && other.wanted.local.port() != candidate) {
                break;
            }
        }
        if let Some(port) = self.ports.get_mut(place) {
            port.candidate = candidate;
        }
    }
}

impl Port {
    fn local(&self, internal: Ipv4Addr) -> SocketAddrV4 {
        let local = self.wanted.local;
        if local.ip().is_unspecified() { SocketAddrV4::new(internal, local.port()) } else { local }
    }
}
