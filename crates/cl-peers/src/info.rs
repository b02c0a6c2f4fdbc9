//! What the outside sees of the table.

use std::time::Instant;

use cl_types::containers::{MetaData, Status};
use libp2p_identity::PeerId;
use multiaddr::Multiaddr;
use serde::{Deserialize, Serialize};

use crate::action::{Direction, GoneReason};
use crate::client::Client;
use crate::config::Config;
use crate::lifecycle::State;
use crate::peer::Peer;
use crate::subnets::Subnets;
use crate::traffic::{Rtt, Traffic};

/// Numbers of a peer since it became known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Totals {
    /// Times we dialled it.
    pub dials: u64,
    /// Dials that failed.
    pub failed_dials: u64,
    /// Times it was connected.
    pub sessions: u64,
    /// Faults it was blamed for.
    pub faults: u64,
}

/// All that is known of a peer.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct PeerInfo {
    /// Who.
    pub peer: PeerId,
    /// Where it stands.
    pub state: State,
    /// Added by the operator.
    pub is_static: bool,
    /// Exempt from scores and limits.
    pub is_trusted: bool,
    /// Where it can be dialled; empty if only the peer can dial us.
    pub addresses: Vec<Multiaddr>,
    /// Where it is, while connected.
    pub remote: Option<Multiaddr>,
    /// The text of its newest record.
    pub record: Option<String>,
    /// Its node id, big-endian, if it has a secp256k1 key.
    pub node_id: Option<[u8; 32]>,
    /// Our role, while connected.
    pub direction: Option<Direction>,
    /// Since when it is connected.
    pub connected_since: Option<Instant>,
    /// Since when the handshake is complete.
    pub ready_since: Option<Instant>,
    /// Why the session ends, while it does.
    pub leaving: Option<GoneReason>,
    /// Its last Status, while connected.
    pub status: Option<Status>,
    /// Its last MetaData, while connected.
    pub metadata: Option<MetaData>,
    /// What it calls its software.
    pub agent: Option<String>,
    /// What that says.
    pub client: Client,
    /// The subnets and columns that it has, as far as is known.
    pub has: Subnets,
    /// Its score: 0 or below.
    pub score: f64,
    /// What the gossip router thinks of it, in its own scale.
    pub router_score: Option<f64>,
    /// When the ban ends.
    pub banned_until: Option<Instant>,
    /// Failures in a row.
    pub failures: u32,
    /// The earliest moment at which we would dial it, after a failure or a parting.
    pub next_dial: Option<Instant>,
    /// How long its answers to Pings take.
    pub rtt: Option<Rtt>,
    /// Its numbers.
    pub totals: Totals,
    /// What went back and forth.
    pub traffic: Traffic,
}

impl PeerInfo {
    pub(crate) fn new(config: &Config, id: PeerId, peer: &Peer, now: Instant) -> Self {
        let session = peer.session.as_deref();
        Self {
            peer: id,
            state: peer.state(now),
            is_static: peer.is_static,
            is_trusted: peer.is_trusted,
            addresses: peer.addresses.iter().map(|(address, _)| address.clone()).collect(),
            remote: session.and_then(|session| session.remote.clone()),
            record: peer.record.as_ref().map(|record| record.text.clone()),
            node_id: peer.node_id,
            direction: session.map(|session| session.direction),
            connected_since: session.map(|session| session.since),
            ready_since: session.and_then(|session| session.ready_since),
            leaving: session.and_then(|session| session.leaving).map(|leaving| leaving.reason),
            status: session.and_then(|session| session.status),
            metadata: session.and_then(|session| session.metadata.clone()),
            agent: peer.agent.clone(),
            client: peer.client.clone(),
            has: peer.has(),
            score: peer.score.value(&config.score, now),
            router_score: peer.router,
            banned_until: peer.ban.map(|ban| ban.until).filter(|until| now < *until),
            failures: peer.retry.failures,
            next_dial: peer.retry.not_before().filter(|at| now < *at),
            rtt: peer.rtt,
            totals: peer.totals,
            traffic: peer.traffic,
        }
    }
}

/// How many peers stand where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// In the table, in whatever state.
    pub known: usize,
    /// Being dialled and not connected otherwise.
    pub dialing: usize,
    /// Connected, handshake incomplete.
    pub handshaking: usize,
    /// Connected, handshake complete.
    pub ready: usize,
    /// Leaving.
    pub leaving: usize,
    /// Not connected and not to be dialled yet.
    pub cooling: usize,
    /// Banned and not connected.
    pub banned: usize,
    /// Of those handshaking or ready: dialled by us.
    pub outbound: usize,
    /// Of those handshaking or ready: dialled by them.
    pub inbound: usize,
}

impl Counts {
    /// Handshaking or ready.
    #[must_use]
    pub const fn connected(&self) -> usize {
        self.handshaking + self.ready
    }

    pub(crate) fn add(&mut self, state: State, direction: Option<Direction>) {
        match state {
            State::Known => return,
            State::Dialing => self.dialing += 1,
            State::Connected | State::Handshaking => self.handshaking += 1,
            State::Ready => self.ready += 1,
            State::Leaving => self.leaving += 1,
            State::Cooling => self.cooling += 1,
            State::Banned => self.banned += 1,
        }
        if matches!(state, State::Connected | State::Handshaking | State::Ready) {
            match direction {
                Some(Direction::Dialer) => self.outbound += 1,
                Some(Direction::Listener) => self.inbound += 1,
                None => {}
            }
        }
    }
}
