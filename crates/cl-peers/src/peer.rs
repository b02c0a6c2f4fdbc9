//! One peer: all that is remembered about it.

use std::collections::VecDeque;
use std::fmt;
use std::net::IpAddr;
use std::time::Instant;

use cl_types::GoodbyeReason;
use cl_types::containers::{MetaData, Status};
use libp2p_identity::PeerId;
use multiaddr::Multiaddr;
use serde::{Deserialize, Serialize};

use crate::claims::{self, RecordFacts};
use crate::client::Client;
use crate::config::Config;
use crate::dialer::DialWhy;
use crate::diversity::network_of;
use crate::info::Totals;
use crate::lifecycle::{BanWhy, Cause, Life, State};
use crate::ranges::{Range, ip_of};
use crate::retry::Retry;
use crate::score::{Score, Verdict};
use crate::session::Session;
use crate::subnets::Subnets;
use crate::traffic::{Rtt, Traffic};

/// Goodbyes remembered per peer, both ways together.
pub(crate) const MAX_GOODBYES: usize = 8;

/// Who told us an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub(crate) enum Told {
    /// The peer's record.
    Record,
    /// The operator.
    Operator,
    /// The peer itself, by identify.
    Identify,
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Record => "its record",
            Self::Operator => "the operator",
            Self::Identify => "identify",
        })
    }
}

/// A goodbye that was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Farewell {
    /// When.
    pub(crate) at: Instant,
    /// By us; otherwise by the peer.
    pub(crate) ours: bool,
    /// With which reason.
    pub(crate) reason: GoodbyeReason,
}

/// A word of a peer with the time at which it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Dated<T> {
    /// The word.
    pub(crate) value: T,
    /// When it came.
    pub(crate) at: Instant,
}

/// A ban.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ban {
    pub(crate) until: Instant,
    pub(crate) why: BanWhy,
}

#[derive(Clone, Debug)]
pub(crate) struct Peer {
    pub(crate) addresses: Vec<(Multiaddr, Told)>,
    pub(crate) is_static: bool,
    pub(crate) is_trusted: bool,
    /// One of the peers that were kept longest before the last restart; no more once a dial failed.
    pub(crate) is_anchor: bool,
    /// To be forgotten as soon as it is not connected.
    pub(crate) is_doomed: bool,
    pub(crate) score: Score,
    /// The gossip router's score, in its own scale.
    pub(crate) router: Option<f64>,
    pub(crate) ban: Option<Ban>,
    pub(crate) retry: Retry,
    /// Since when we are dialling it. It may connect from its side meanwhile.
    pub(crate) dialing: Option<Instant>,
    /// Why it was dialled last.
    pub(crate) dial_why: Option<DialWhy>,
    pub(crate) session: Option<Box<Session>>,
    pub(crate) agent: Option<String>,
    pub(crate) client: Client,
    pub(crate) node_id: Option<[u8; 32]>,
    pub(crate) record: Option<Box<RecordFacts>>,
    pub(crate) status: Option<Dated<Status>>,
    pub(crate) metadata: Option<Dated<MetaData>>,
    /// What record and MetaData promise.
    pub(crate) offer: Subnets,
    /// Where it was connected last; else where it can be dialled.
    pub(crate) ip: Option<IpAddr>,
    /// The network of that, if it counts.
    pub(crate) network: Option<Range>,
    pub(crate) rtt: Option<Rtt>,
    pub(crate) traffic: Traffic,
    pub(crate) goodbyes: VecDeque<Farewell>,
    pub(crate) first_seen: Instant,
    pub(crate) last_seen: Instant,
    pub(crate) totals: Totals,
    pub(crate) life: Life,
    /// When the table looks at it again.
    pub(crate) timer: Option<Instant>,
    /// Its place among the prospects, if it is one.
    pub(crate) place: Option<usize>,
}

impl Peer {
    pub(crate) fn new(origin: Cause, now: Instant) -> Self {
        Self {
            addresses: Vec::new(),
            is_static: false,
            is_trusted: false,
            is_anchor: false,
            is_doomed: false,
            score: Score::default(),
            router: None,
            ban: None,
            retry: Retry::default(),
            dialing: None,
            dial_why: None,
            session: None,
            agent: None,
            client: Client::default(),
            node_id: None,
            record: None,
            status: None,
            metadata: None,
            offer: Subnets::NONE,
            ip: None,
            network: None,
            rtt: None,
            traffic: Traffic::default(),
            goodbyes: VecDeque::new(),
            first_seen: now,
            last_seen: now,
            totals: Totals::default(),
            life: Life::new(origin, now),
            timer: None,
            place: None,
        }
    }

    pub(crate) fn is_banned(&self, now: Instant) -> bool {
        self.ban.is_some_and(|ban| now < ban.until)
    }

    /// What its score asks for; nothing, if it is trusted.
    pub(crate) fn verdict(&self, config: &Config, now: Instant) -> Verdict {
        if self.is_trusted { Verdict::Fine } else { self.score.verdict(&config.score, now) }
    }

    pub(crate) fn state(&self, now: Instant) -> State {
        match &self.session {
            Some(session) if session.leaving.is_some() => State::Leaving,
            Some(session) if session.ready_since.is_some() => State::Ready,
            Some(session) if session.has_begun() => State::Handshaking,
            Some(_) => State::Connected,
            None if self.dialing.is_some() => State::Dialing,
            None if self.is_banned(now) => State::Banned,
            None if !self.retry.is_due(now) => State::Cooling,
            None => State::Known,
        }
    }

    /// When its state changes by time alone.
    pub(crate) fn wakes(&self, now: Instant) -> Option<Instant> {
        match self.state(now) {
            State::Cooling => self.retry.not_before(),
            State::Banned => self.ban.map(|ban| ban.until),
            _ => None,
        }
    }

    /// The session, unless it is over.
    pub(crate) fn active(&mut self) -> Option<&mut Session> {
        self.session.as_deref_mut().filter(|session| session.is_active())
    }

    pub(crate) fn is_active(&self) -> bool {
        self.session.as_deref().is_some_and(Session::is_active)
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.session.as_deref().is_some_and(|session| session.is_active() && session.ready_since.is_some())
    }

    /// True if it may be dialled now.
    pub(crate) fn is_dialable(&self, config: &Config, now: Instant) -> bool {
        self.session.is_none()
            && self.dialing.is_none()
            && !self.addresses.is_empty()
            && self.retry.is_due(now)
            && !self.is_banned(now)
            && self.verdict(config, now) == Verdict::Fine
    }

    /// What it has, as far as is known: its promises, what it subscribed to, without what it was caught not to have.
    pub(crate) fn has(&self) -> Subnets {
        match self.session.as_deref() {
            Some(session) => self.offer.or(&session.subscribed).minus(&session.denied),
            None => self.offer,
        }
    }

    /// Its record or its MetaData changed.
    pub(crate) fn promise(&mut self, id: &PeerId) {
        if self.node_id.is_none() {
            self.node_id = cl_enr::node_id_of(id);
        }
        let metadata = self.metadata.as_ref().map(|metadata| &metadata.value);
        self.offer = claims::offer(self.node_id, self.record.as_deref(), metadata);
    }

    /// Takes over addresses: a static peer keeps those it has and adds, any other replaces all but the operator's. An empty list
    /// changes nothing.
    pub(crate) fn learn(&mut self, addresses: Vec<Multiaddr>, told: Told, config: &Config) {
        if addresses.is_empty() {
            return;
        }
        if !self.is_static {
            self.addresses.retain(|(_, told)| *told == Told::Operator);
        }
        for address in addresses {
            if self.addresses.len() >= config.max_addresses {
                break;
            }
            if !self.addresses.iter().any(|(known, _)| *known == address) {
                self.addresses.push((address, told));
            }
        }
        if self.session.is_none() {
            let ip = self.addresses.first().and_then(|(address, _)| ip_of(address));
            self.set_ip(ip, config);
        }
    }

    pub(crate) fn set_ip(&mut self, ip: Option<IpAddr>, config: &Config) {
        self.ip = ip;
        self.network = ip.and_then(|ip| network_of(ip, !config.limit_private));
    }

    pub(crate) fn note_goodbye(&mut self, ours: bool, reason: GoodbyeReason, now: Instant) {
        if self.goodbyes.len() >= MAX_GOODBYES {
            self.goodbyes.pop_front();
        }
        self.goodbyes.push_back(Farewell { at: now, ours, reason });
    }

    /// Which to forget first: smaller goes earlier, `None` stays.
    pub(crate) fn worth(&self, now: Instant) -> Option<Worth> {
        let busy = self.session.is_some() || self.dialing.is_some() || self.is_static || self.is_trusted;
        if busy {
            None
        } else if self.is_banned(now) {
            Some(Worth::Ban)
        } else if self.totals.sessions > 0 {
            Some(Worth::Acquaintance)
        } else {
            Some(Worth::Rumour)
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Worth {
    /// Never connected.
    Rumour,
    /// Connected once.
    Acquaintance,
    /// Forgetting it would lift the ban.
    Ban,
}

#[cfg(test)]
mod tests {
    use cl_types::PresetId;

    use super::*;
    use crate::testing::someone;

    #[test]
    fn addresses_are_few_and_those_of_a_static_peer_stay() {
        let config = Config::new(someone(), PresetId::Mainnet);
        let address = |port: u16| -> Multiaddr { format!("/ip4/127.0.0.1/tcp/{port}").parse().unwrap() };
        let ports = |peer: &Peer| peer.addresses.iter().map(|(address, _)| address.clone()).collect::<Vec<_>>();
        let mut peer = Peer::new(Cause::Discovered, Instant::now());
        peer.learn((1..20).map(address).collect(), Told::Record, &config);
        assert_eq!(peer.addresses.len(), 8);
        peer.learn(vec![address(30), address(30)], Told::Record, &config);
        assert_eq!(ports(&peer), [address(30)]);
        peer.learn(Vec::new(), Told::Record, &config);
        peer.is_static = true;
        peer.learn(vec![address(31)], Told::Operator, &config);
        assert_eq!(ports(&peer), [address(30), address(31)]);
        peer.is_static = false;
        peer.learn(vec![address(32)], Told::Record, &config);
        assert_eq!(ports(&peer), [address(31), address(32)], "what the operator said stays");
    }

    #[test]
    fn goodbyes_are_few() {
        let (mut peer, now) = (Peer::new(Cause::Discovered, Instant::now()), Instant::now());
        for code in 0..100 {
            peer.note_goodbye(false, GoodbyeReason(code), now);
        }
        assert_eq!(peer.goodbyes.len(), MAX_GOODBYES);
        assert_eq!(peer.goodbyes.back().unwrap().reason, GoodbyeReason(99));
    }
}
