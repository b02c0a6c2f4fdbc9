//! What the outside sees of the table.

use std::time::Instant;

use cl_types::containers::{MetaData, Status};
use libp2p_identity::PeerId;
use multiaddr::Multiaddr;

use crate::action::{Direction, GoneReason};
use crate::config::Config;
use crate::peerdb::Peer;

/// Where a peer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum State {
    /// Heard of, not connected.
    Known,
    /// Being dialled.
    Dialing,
    /// Connected; its Status or MetaData is still missing.
    Handshaking,
    /// Connected, on our chain.
    Ready,
    /// Still connected, but one side said goodbye.
    Leaving,
    /// Not connected and refused for now.
    Banned,
}

/// Numbers of a peer since it became known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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
    /// Where it can be dialled; empty if only the peer can dial us.
    pub addresses: Vec<Multiaddr>,
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
    /// Its score: 0 or below.
    pub score: f64,
    /// When the ban ends.
    pub banned_until: Option<Instant>,
    /// Failures in a row.
    pub failures: u32,
    /// The earliest moment at which we would dial it, after a failure or a parting.
    pub next_dial: Option<Instant>,
    /// Its numbers.
    pub totals: Totals,
}

impl PeerInfo {
    pub(crate) fn new(config: &Config, id: PeerId, peer: &Peer, now: Instant) -> Self {
        let session = peer.session.as_deref();
        Self {
            peer: id,
            state: peer.state(now),
            is_static: peer.is_static,
            addresses: peer.addresses.clone(),
            direction: session.map(|session| session.direction),
            connected_since: session.map(|session| session.since),
            ready_since: session.and_then(|session| session.ready_since),
            leaving: session.and_then(|session| session.leaving).map(|leaving| leaving.reason),
            status: session.and_then(|session| session.status),
            metadata: session.and_then(|session| session.metadata.clone()),
            agent: peer.agent.clone(),
            score: peer.score.value(&config.score, now),
            banned_until: peer.banned_until.filter(|until| now < *until),
            failures: peer.retry.failures,
            next_dial: peer.retry.not_before().filter(|at| now < *at),
            totals: peer.totals,
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
            State::Handshaking => self.handshaking += 1,
            State::Ready => self.ready += 1,
            State::Leaving => self.leaving += 1,
            State::Banned => self.banned += 1,
        }
        if matches!(state, State::Handshaking | State::Ready) {
            match direction {
                Some(Direction::Dialer) => self.outbound += 1,
                Some(Direction::Listener) => self.inbound += 1,
                None => {}
            }
        }
    }
}
