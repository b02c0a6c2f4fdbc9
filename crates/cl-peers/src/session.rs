//! A connected peer: its connections, what it told us, what we ask it next.

use std::time::{Duration, Instant};

use cl_types::containers::{MetaData, Status};
use cl_types::{ForkDigest, Method};
use multiaddr::Multiaddr;

use crate::action::{ConnectionKey, Direction, GoneReason};
use crate::config::Config;
use crate::lane::Lane;
use crate::subnets::Subnets;
use crate::time::later;

/// From the first connection to the close of the last one.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    /// Every open connection, the ones that are being closed included: as many as the swarm lets in.
    connections: Vec<ConnectionKey>,
    /// The one that stays.
    kept: ConnectionKey,
    pub(crate) direction: Direction,
    pub(crate) since: Instant,
    pub(crate) ready_since: Option<Instant>,
    pub(crate) leaving: Option<Leaving>,
    pub(crate) status: Option<Status>,
    pub(crate) metadata: Option<MetaData>,
    /// Where the peer is, on the connection that came first.
    pub(crate) remote: Option<Multiaddr>,
    /// The subnets whose gossip topics it subscribed to.
    pub(crate) subscribed: Subnets,
    /// Columns that it promised and did not have.
    pub(crate) denied: Subnets,
    /// Goodbyes that it said.
    pub(crate) goodbyes: u32,
    /// It named the digest of a neighbouring era when it was found irrelevant.
    pub(crate) near_fork: bool,
    /// The last Status was judged and found relevant.
    relevant: bool,
    /// The digest in force when a Status was last asked for because of a fork.
    refreshed_for: Option<ForkDigest>,
    silent_pings: u32,
    ask_status: Lane,
    ask_metadata: Lane,
    ask_ping: Lane,
}

/// A session that is over but whose connections are still open.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Leaving {
    pub(crate) reason: GoneReason,
    /// When the connections are cut if the goodbye did not end them.
    pub(crate) cut_at: Instant,
}

/// What a closed connection leaves behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Closed {
    /// Unknown, or one that we wanted closed.
    Other,
    /// The one that we kept; another is still being closed.
    Kept,
    /// The last one.
    Last,
}

impl Session {
    pub(crate) fn new(config: &Config, connection: ConnectionKey, direction: Direction, now: Instant) -> Self {
        let first_status = match direction {
            Direction::Dialer => now,
            Direction::Listener => later(now, config.listener_patience),
        };
        Self {
            connections: vec![connection],
            kept: connection,
            direction,
            since: now,
            ready_since: None,
            leaving: None,
            status: None,
            metadata: None,
            remote: None,
            subscribed: Subnets::NONE,
            denied: Subnets::NONE,
            goodbyes: 0,
            near_fork: false,
            relevant: false,
            refreshed_for: None,
            silent_pings: 0,
            ask_status: Lane::due_at(first_status),
            ask_metadata: Lane::default(),
            ask_ping: Lane::default(),
        }
    }

    pub(crate) const fn is_active(&self) -> bool {
        self.leaving.is_none()
    }

    /// Whether the handshake began: either side sent its Status.
    pub(crate) const fn has_begun(&self) -> bool {
        self.status.is_some() || self.ask_status.was_sent()
    }

    /// One more connection. Returns the one to close, `None` if it was known.
    ///
    /// Both sides must close the same one: of two with different dialers the one dialled by the smaller peer id stays,
    /// of two with the same dialer the older.
    pub(crate) fn add(
        &mut self,
        connection: ConnectionKey,
        direction: Direction,
        we_are_smaller: bool,
        now: Instant,
    ) -> Option<ConnectionKey> {
        if self.connections.contains(&connection) {
            return None;
        }
        self.connections.push(connection);
        let right_way = (direction == Direction::Dialer) == we_are_smaller;
        if !self.is_active() || direction == self.direction || !right_way {
            return Some(connection);
        }
        self.direction = direction;
        if direction == Direction::Dialer && self.status.is_none() {
            self.ask_status.hasten(now);
        }
        Some(std::mem::replace(&mut self.kept, connection))
    }

    pub(crate) fn remove(&mut self, connection: ConnectionKey) -> Closed {
        let before = self.connections.len();
        self.connections.retain(|known| *known != connection);
        if self.connections.len() == before {
            Closed::Other
        } else if self.connections.is_empty() {
            Closed::Last
        } else if connection == self.kept {
            Closed::Kept
        } else {
            Closed::Other
        }
    }

    pub(crate) fn is_unjudged(&self) -> bool {
        self.is_active() && self.status.is_some() && !self.relevant
    }

    pub(crate) fn set_status(&mut self, config: &Config, status: Status, from_request: bool, now: Instant) {
        if !from_request {
            self.ask_status.finish();
        }
        self.status = Some(status);
        self.relevant = false;
        self.silent_pings = 0;
        self.ask_status.set(later(now, config.status_interval));
    }

    /// The last Status was found relevant.
    pub(crate) fn approve(&mut self, now: Instant) {
        self.relevant = true;
        if self.metadata.is_none() && self.ask_metadata.is_idle() {
            self.ask_metadata.set(now);
        }
    }

    pub(crate) fn set_metadata(&mut self, metadata: MetaData) {
        self.ask_metadata.finish();
        self.ask_metadata.cancel();
        self.metadata = Some(metadata);
        self.silent_pings = 0;
    }

    /// A counter came with a Ping or its answer: a newer one than ours asks for new MetaData.
    pub(crate) fn alive(&mut self, seq: u64, now: Instant) {
        self.silent_pings = 0;
        let newer = self.metadata.as_ref().is_some_and(|metadata| seq > metadata.seq_number());
        if newer {
            self.ask_metadata.hasten(now);
        }
    }

    /// The answer to our Ping; returns how long it took.
    pub(crate) fn pong(&mut self, config: &Config, seq: u64, now: Instant) -> Option<Duration> {
        let rtt = self.ask_ping.age(now).filter(|_| self.ask_ping.finish());
        if rtt.is_some() {
            self.ask_ping.set(later(now, config.ping_interval));
        }
        self.alive(seq, now);
        rtt
    }

    /// One of our requests failed. Other methods than the three of the session do not matter to it.
    pub(crate) fn failed(&mut self, config: &Config, method: Method, unsupported: bool, now: Instant) {
        let is_ready = self.ready_since.is_some();
        let lane = match method {
            Method::Status => &mut self.ask_status,
            Method::MetaData => &mut self.ask_metadata,
            Method::Ping => &mut self.ask_ping,
            _ => return,
        };
        if !lane.finish() {
            return;
        }
        lane.unsupported = unsupported;
        let is_ping = method == Method::Ping;
        if is_ping && !unsupported {
            self.silent_pings = self.silent_pings.saturating_add(1);
        }
        // Within the handshake, and to learn whether a silent peer lives, the answer is urgent.
        let wait = if is_ready && !is_ping { config.ping_interval } else { config.request_gap };
        lane.set(later(now, wait));
    }

    /// A fork passed: the peer's Status may name the digest of before. Asks for a new one, once per digest.
    pub(crate) fn refresh_for(&mut self, active: ForkDigest, now: Instant) {
        let stale = self.status.is_some_and(|status| status.common().fork_digest != active);
        if stale && self.refreshed_for != Some(active) {
            self.refreshed_for = Some(active);
            self.ask_status.hasten(now);
        }
    }

    /// True once: when all that can be known is known.
    pub(crate) fn becomes_ready(&mut self, config: &Config, now: Instant) -> bool {
        let complete = self.relevant && (self.metadata.is_some() || self.ask_metadata.unsupported);
        let becomes = complete && self.is_active() && self.ready_since.is_none();
        if becomes {
            self.ready_since = Some(now);
            self.ask_ping.set(later(now, config.ping_interval));
        }
        becomes
    }

    /// Why the peer has to go by the clock alone, if it has to.
    pub(crate) fn expired(&self, config: &Config, now: Instant) -> Option<GoneReason> {
        if !self.is_active() {
            return None;
        }
        let age = now.saturating_duration_since(self.since);
        if self.ready_since.is_none() && age >= config.handshake_timeout {
            return Some(GoneReason::HandshakeTimeout);
        }
        (self.silent_pings >= config.max_silent_pings.max(1)).then_some(GoneReason::Unresponsive)
    }

    /// What to ask now, each at most once.
    pub(crate) fn asks(&mut self, config: &Config, now: Instant) -> impl Iterator<Item = Method> + use<> {
        for method in [Method::Status, Method::MetaData, Method::Ping] {
            let overdue = match method {
                Method::Status => &self.ask_status,
                Method::MetaData => &self.ask_metadata,
                _ => &self.ask_ping,
            }
            .is_overdue(config.request_timeout, now);
            if overdue {
                self.failed(config, method, false, now);
            }
        }
        let active = self.is_active();
        let gap = config.request_gap;
        let status = active && self.ask_status.start(gap, now);
        let metadata = active && self.ask_metadata.start(gap, now);
        let ping = active && self.ask_ping.start(gap, now);
        let asks = [(Method::Status, status), (Method::MetaData, metadata), (Method::Ping, ping)];
        asks.into_iter().filter_map(|(method, go)| go.then_some(method))
    }
}
