//! Puts an explanation together.

use std::time::{Duration, Instant};

use cl_types::{Severity, Source};
use libp2p_identity::PeerId;

use super::Manager;
use crate::action::Direction;
use crate::dialer::{self, Objection};
use crate::explain::{Address, Ban, Covers, Explanation, Fault, Goodbye, NextDial, Said, Score, Step};
use crate::lifecycle::State;
use crate::peer::{Dated, Peer};
use crate::score::{Part, Verdict};
use crate::subnets::Subnets;

impl Manager {
    /// All that led to where a peer is, also when it is gone; `None` if it was never known or is forgotten.
    #[must_use]
    pub fn explain(&self, id: &PeerId, now: Instant) -> Option<Explanation> {
        let peer = self.table.get(id)?;
        let ago = |at: Instant| ms(now.saturating_duration_since(at));
        let session = peer.session.as_deref();
        let last = peer.life.steps().last();
        let covers = self.covers(peer);
        Some(Explanation {
            peer: id.to_string(),
            state: peer.state(now),
            since_ms: ago(peer.life.since()),
            because: last.map_or_else(|| peer.life.origin(), |step| step.why).to_string(),
            found: peer.life.origin().to_string(),
            found_ms: ago(peer.first_seen),
            is_static: peer.is_static,
            is_trusted: peer.is_trusted,
            is_anchor: peer.is_anchor,
            dialled_because: peer.dial_why.map(|why| why.to_string()),
            direction: session.map(|session| session.direction),
            connected_ms: session.map(|session| ago(session.since)),
            remote: session.and_then(|session| session.remote.as_ref()).map(ToString::to_string),
            kept_because: self.kept_because(peer, &covers, now),
            covers,
            client: peer.client.clone(),
            agent: peer.agent.clone(),
            addresses: peer
                .addresses
                .iter()
                .map(|(address, told)| Address { address: address.to_string(), told_by: told.to_string() })
                .collect(),
            record: peer.record.as_ref().map(|record| record.text.clone()),
            node_id: peer.node_id.map(hex::encode),
            status: said(peer.status.as_ref(), now),
            metadata: said(peer.metadata.as_ref(), now),
            score: self.score_words(peer, now),
            ban: self.ban_words(peer, now),
            goodbyes: peer
                .goodbyes
                .iter()
                .map(|said| Goodbye {
                    ago_ms: ago(said.at),
                    ours: said.ours,
                    code: said.reason.0,
                    reason: said.reason.to_string(),
                })
                .collect(),
            next_dial: self.next_dial(peer, now),
            rtt_us: peer.rtt.map(|rtt| [rtt.last, rtt.least, rtt.average].map(micros)),
            totals: peer.totals,
            traffic: peer.traffic,
            history: peer
                .life
                .steps()
                .map(|step| Step { ago_ms: ago(step.at), from: step.from, to: step.to, why: step.why.to_string() })
                .collect(),
        })
    }

    /// Steps that were not legal, of all peers known: 0, unless this crate is wrong.
    #[must_use]
    pub fn illegal_steps(&self) -> u64 {
        self.table.iter().map(|(_, peer)| u64::from(peer.life.illegal())).sum()
    }

    /// The wanted subnets of a ready peer.
    fn covers(&self, peer: &Peer) -> Vec<Covers> {
        if !peer.is_ready() {
            return Vec::new();
        }
        let coverage = &self.coverage;
        let wanted = peer.has().and(&coverage.wanted);
        let covers = |subnet| Covers { subnet, have: coverage.have.get(subnet), want: coverage.want(subnet) };
        wanted.iter().map(covers).collect()
    }

    fn kept_because(&self, peer: &Peer, covers: &[Covers], now: Instant) -> Vec<String> {
        if !peer.is_ready() {
            return Vec::new();
        }
        let mut why = Vec::new();
        if peer.is_static {
            why.push("it is static".to_owned());
        }
        if peer.is_trusted {
            why.push("it is trusted".to_owned());
        }
        let all = |covers: &[&Covers]| {
            let mut all = Subnets::NONE;
            covers.iter().for_each(|covers| all.insert(covers.subnet));
            all
        };
        let (alone, rest): (Vec<_>, Vec<_>) = covers.iter().partition(|covers| covers.have <= 1);
        if !alone.is_empty() {
            why.push(format!("nobody else has {}", all(&alone)));
        }
        let needed: Vec<_> = rest.into_iter().filter(|covers| covers.have <= covers.want).collect();
        if !needed.is_empty() {
            why.push(format!("no more than the wanted number have {}", all(&needed)));
        }
        let direction = |peer: &Peer| peer.session.as_ref().map(|session| session.direction);
        let outbound = self.table.sessions().filter(|(_, p)| p.is_active() && direction(p) == Some(Direction::Dialer));
        if direction(peer) == Some(Direction::Dialer) && outbound.count() <= self.config.min_outbound() {
            why.push("few peers were dialled by us".to_owned());
        }
        let active = self.table.active();
        let target = self.config.target_peers;
        let ready_since = peer.session.as_ref().and_then(|session| session.ready_since);
        let is_new = ready_since.is_some_and(|since| now.saturating_duration_since(since) < self.config.prune_after);
        if active <= target {
            why.push(format!("there is room: {active} of {target} peers"));
        } else if is_new {
            why.push(format!("it is new, and {active} of {target} peers are here"));
        } else if why.is_empty() {
            why.push(format!("not needed: {active} of {target} peers are here, it may be dropped"));
        }
        why
    }

    fn score_words(&self, peer: &Peer, now: Instant) -> Score {
        let config = &self.config.score;
        let parts = peer.score.parts(config, now).filter(|(_, points)| *points < 0.0);
        Score {
            total: peer.score.value(config, now),
            disconnect_at: config.disconnect_at,
            ban_at: config.ban_at,
            parts: parts.map(|(part, points)| (part.as_str().to_owned(), points)).collect(),
            router: peer.router,
            faults: peer
                .score
                .entries()
                .map(|entry| Fault {
                    ago_ms: ms(now.saturating_duration_since(entry.at)),
                    source: source_word(entry.source).to_owned(),
                    severity: severity_word(entry.severity).to_owned(),
                    what: entry.what.to_owned(),
                    points: entry.points,
                })
                .collect(),
        }
    }

    fn ban_words(&self, peer: &Peer, now: Instant) -> Option<Ban> {
        let left = |until: Instant| ms(until.saturating_duration_since(now));
        if let Some(ban) = peer.ban.filter(|ban| now < ban.until) {
            return Some(Ban { why: ban.why.to_string(), for_ms: left(ban.until), range: None });
        }
        let ban = self.bans.of(peer.ip?, now)?;
        Some(Ban { why: ban.why.to_string(), for_ms: left(ban.until), range: Some(ban.range.to_string()) })
    }

    fn next_dial(&self, peer: &Peer, now: Instant) -> NextDial {
        let not_now = |why: &str| NextDial { in_ms: 0, not_now: Some(why.to_owned()) };
        let until = |at: Option<Instant>, why: String| NextDial {
            in_ms: at.map_or(0, |at| ms(at.saturating_duration_since(now))),
            not_now: Some(why),
        };
        match peer.state(now) {
            State::Dialing => return not_now("it is being dialled"),
            state if state.is_connected() => return not_now("it is connected"),
            State::Banned => return until(peer.ban.map(|ban| ban.until), "it is banned".to_owned()),
            State::Cooling => {
                let last = peer.life.steps().last();
                let why = last.map_or_else(|| "it has to wait".to_owned(), |step| step.why.to_string());
                return until(peer.retry.not_before(), why);
            }
            _ => {}
        }
        if self.is_shutting_down {
            not_now("we are shutting down")
        } else if self.view.is_none() {
            not_now("we have not started")
        } else if peer.addresses.is_empty() {
            not_now("no address is known")
        } else if peer.verdict(&self.config, now) != Verdict::Fine {
            not_now("its score is too low")
        } else {
            match dialer::objection(&self.scene(now), peer) {
                None => NextDial { in_ms: 0, not_now: None },
                Some(Objection::RangeBanned) => not_now("its address is banned"),
                Some(Objection::Crowded) => not_now("too many peers of its network are here"),
                Some(Objection::EnoughPeers) => not_now("there are peers enough"),
            }
        }
    }
}

fn said<T, W: for<'a> From<&'a T>>(dated: Option<&Dated<T>>, now: Instant) -> Option<Said<W>> {
    dated.map(|dated| Said { ago_ms: ms(now.saturating_duration_since(dated.at)), value: W::from(&dated.value) })
}

fn ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

fn source_word(source: Source) -> &'static str {
    Part::Faults(source).as_str()
}

fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Low => "low",
        Severity::Mid => "mid",
        Severity::High => "high",
        Severity::Fatal => "fatal",
    }
}
