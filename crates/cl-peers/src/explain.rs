//! Why a peer stands where it stands: as text, and as JSON.
//!
//! Moments are told as milliseconds before the one at which the explanation was made.

use std::fmt;

use serde::Serialize;

use crate::Totals;
use crate::action::Direction;
use crate::client::Client;
use crate::lifecycle::State;
use crate::subnets::Subnet;
use crate::traffic::Traffic;
use crate::words::{MetaDataWords, StatusWords};

/// All that led to where a peer is.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Explanation {
    /// Its id.
    pub peer: String,
    /// Where it stands.
    pub state: State,
    /// For how long.
    pub since_ms: u64,
    /// What brought it there.
    pub because: String,
    /// How we heard of it first, in this run.
    pub found: String,
    /// How long ago that was, over all runs.
    pub found_ms: u64,
    /// The operator's wish: dialled always.
    pub is_static: bool,
    /// The operator's wish: exempt from scores and limits.
    pub is_trusted: bool,
    /// Kept for long before the last restart.
    pub is_anchor: bool,
    /// Why we dialled it last, if we ever did in this run.
    pub dialled_because: Option<String>,
    /// Our role, while connected.
    pub direction: Option<Direction>,
    /// For how long it has been connected.
    pub connected_ms: Option<u64>,
    /// Where it is, while connected.
    pub remote: Option<String>,
    /// Why it is kept, or could be dropped, while ready.
    pub kept_because: Vec<String>,
    /// The wanted subnets that it has.
    pub covers: Vec<Covers>,
    /// What software it runs.
    pub client: Client,
    /// In its own words.
    pub agent: Option<String>,
    /// Where it can be dialled.
    pub addresses: Vec<Address>,
    /// The text of its record.
    pub record: Option<String>,
    /// 64 hex digits.
    pub node_id: Option<String>,
    /// Its last Status.
    pub status: Option<Said<StatusWords>>,
    /// Its last MetaData.
    pub metadata: Option<Said<MetaDataWords>>,
    /// Its score.
    pub score: Score,
    /// The ban that it is under.
    pub ban: Option<Ban>,
    /// Goodbyes both ways, oldest first.
    pub goodbyes: Vec<Goodbye>,
    /// When it is dialled.
    pub next_dial: NextDial,
    /// Round-trip times of Pings in microseconds: the last one, the least, the average.
    pub rtt_us: Option<[u64; 3]>,
    /// Its numbers.
    pub totals: Totals,
    /// What went back and forth.
    pub traffic: Traffic,
    /// Its last steps, oldest first.
    pub history: Vec<Step>,
}

/// A wanted subnet that a peer has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Covers {
    /// Which.
    pub subnet: Subnet,
    /// Ready peers that have it, this one included.
    pub have: u16,
    /// Peers wanted.
    pub want: u16,
}

/// An address and who told it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Address {
    /// A multiaddr.
    pub address: String,
    /// Who told it.
    pub told_by: String,
}

/// Words of a peer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Said<T> {
    /// How long ago they came.
    pub ago_ms: u64,
    /// The words.
    #[serde(flatten)]
    pub value: T,
}

/// A score and where it comes from.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Score {
    /// The sum, 0 or below.
    pub total: f64,
    /// At which the peer is left.
    pub disconnect_at: f64,
    /// At which it is banned.
    pub ban_at: f64,
    /// The parts that are below 0.
    pub parts: Vec<(String, f64)>,
    /// What the gossip router thinks, in its own scale.
    pub router: Option<f64>,
    /// The last faults, oldest first.
    pub faults: Vec<Fault>,
}

/// A fault that cost points.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fault {
    /// How long ago.
    pub ago_ms: u64,
    /// Who saw it.
    pub source: String,
    /// How bad it was.
    pub severity: String,
    /// What it was; empty if nobody said.
    pub what: String,
    /// What it cost.
    pub points: f64,
}

/// A ban.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ban {
    /// Why.
    pub why: String,
    /// How long it lasts from now.
    pub for_ms: u64,
    /// The banned range that the peer is in; `None`: the peer itself is banned.
    pub range: Option<String>,
}

/// A goodbye.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Goodbye {
    /// How long ago.
    pub ago_ms: u64,
    /// Whether we said it.
    pub ours: bool,
    /// The number.
    pub code: u64,
    /// What it means.
    pub reason: String,
}

/// When a peer is dialled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NextDial {
    /// Not before this time has passed; 0: any time.
    pub in_ms: u64,
    /// Why not now; `None`: it is its turn as soon as a dial is free.
    pub not_now: Option<String>,
}

/// A step of its life.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// How long ago.
    pub ago_ms: u64,
    /// From where.
    pub from: State,
    /// To where.
    pub to: State,
    /// Why.
    pub why: String,
}

/// A duration for readers: two units at most.
struct Time(u64);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0 / 1000;
        match seconds {
            0 => write!(f, "{} ms", self.0),
            1..=119 => write!(f, "{seconds} s"),
            120..=7199 => write!(f, "{} min", seconds / 60),
            7200..=172_799 => write!(f, "{} h {} min", seconds / 3600, seconds / 60 % 60),
            _ => write!(f, "{} days", seconds / 86_400),
        }
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "peer       {}", self.peer)?;
        writeln!(f, "state      {} for {}: {}", self.state, Time(self.since_ms), self.because)?;
        self.fmt_origin(f)?;
        if let (Some(direction), Some(ms)) = (self.direction, self.connected_ms) {
            let who = if direction == Direction::Dialer { "dialled by us" } else { "dialled us" };
            let at = self.remote.as_deref().unwrap_or("an unknown address");
            writeln!(f, "connected  for {}, {who}, at {at}", Time(ms))?;
        }
        self.kept_because.iter().try_for_each(|why| writeln!(f, "kept       {why}"))?;
        let agent = self.agent.as_deref().unwrap_or("no agent string");
        writeln!(f, "client     {} ({agent})", self.client)?;
        for address in &self.addresses {
            writeln!(f, "address    {} (from {})", address.address, address.told_by)?;
        }
        if let Some(status) = &self.status {
            writeln!(f, "status     {} ({} ago)", status.value, Time(status.ago_ms))?;
        }
        if let Some(metadata) = &self.metadata {
            writeln!(f, "metadata   {} ({} ago)", metadata.value, Time(metadata.ago_ms))?;
        }
        self.fmt_score(f)?;
        for said in &self.goodbyes {
            let who = if said.ours { "we said" } else { "it said" };
            writeln!(f, "goodbye    {who} {} ({}), {} ago", said.code, said.reason, Time(said.ago_ms))?;
        }
        match (&self.next_dial.not_now, self.next_dial.in_ms) {
            (None, _) => writeln!(f, "next dial  as soon as one is free")?,
            (Some(why), 0) => writeln!(f, "next dial  not now: {why}")?,
            (Some(why), ms) => writeln!(f, "next dial  not before {} have passed: {why}", Time(ms))?,
        }
        self.fmt_numbers(f)?;
        let mut steps = self.history.iter();
        steps.try_for_each(|step| {
            writeln!(f, "history    {} ago: {} -> {}: {}", Time(step.ago_ms), step.from, step.to, step.why)
        })
    }
}

impl Explanation {
    fn fmt_origin(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "found      {}, {} ago", self.found, Time(self.found_ms))?;
        for (is_so, word) in [(self.is_static, "static"), (self.is_trusted, "trusted"), (self.is_anchor, "anchor")] {
            if is_so {
                write!(f, ", {word}")?;
            }
        }
        writeln!(f)?;
        match &self.dialled_because {
            Some(why) => writeln!(f, "dialled    {} times, last because: {why}", self.totals.dials),
            None => Ok(()),
        }
    }

    fn fmt_score(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let score = &self.score;
        write!(f, "score      {:.1}", score.total)?;
        for (part, points) in &score.parts {
            write!(f, ", {part} {points:.1}")?;
        }
        if let Some(router) = score.router {
            write!(f, ", the router says {router:.1}")?;
        }
        writeln!(f, " (left at {}, banned at {})", score.disconnect_at, score.ban_at)?;
        for fault in &score.faults {
            let Fault { source, severity, points, .. } = fault;
            let what = if fault.what.is_empty() { "no further words" } else { &fault.what };
            writeln!(f, "fault      {points}: {what} ({source}, {severity}), {} ago", Time(fault.ago_ms))?;
        }
        if let Some(ban) = &self.ban {
            let which = ban.range.as_deref().unwrap_or("the peer");
            writeln!(f, "banned     {which}, by {}, for {} more", ban.why, Time(ban.for_ms))?;
        }
        Ok(())
    }

    fn fmt_numbers(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { totals, traffic, .. } = self;
        write!(
            f,
            "numbers    {} sessions, {} of {} dials failed, {} faults",
            totals.sessions, totals.failed_dials, totals.dials, totals.faults
        )?;
        if let Some([last, least, average]) = self.rtt_us {
            write!(f, ", rtt {last} us, least {least}, average {average}")?;
        }
        writeln!(f)?;
        for (who, flow) in [("we asked", &traffic.asked), ("it asked", &traffic.served)] {
            if flow.requests > 0 {
                let crate::traffic::Flow { requests, failed, chunks, bytes } = flow;
                writeln!(f, "traffic    {who} {requests} times, {failed} failed, {chunks} chunks, {bytes} bytes")?;
            }
        }
        let Traffic { gossip_first, gossip_duplicate, gossip_invalid, .. } = traffic;
        if [gossip_first, gossip_duplicate, gossip_invalid].into_iter().any(|count| *count > 0) {
            writeln!(f, "gossip     {gossip_first} first, {gossip_duplicate} late, {gossip_invalid} refused")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_short() {
        for (ms, words) in
            [(20, "20 ms"), (5_000, "5 s"), (300_000, "5 min"), (10_800_000, "3 h 0 min"), (864_000_000, "10 days")]
        {
            assert_eq!(Time(ms).to_string(), words);
        }
    }
}
