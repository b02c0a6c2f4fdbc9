//! Who may be dialled, and what the choice looks at: side by side in memory, so that a tick reads ten thousand of them in
//! passing and not ten thousand whole peers.

use std::net::IpAddr;
use std::time::Instant;

use libp2p_identity::PeerId;

use crate::client::Kind;
use crate::lifecycle::State;
use crate::peer::Peer;
use crate::ranges::Range;
use crate::subnets::Subnets;

/// A peer that is not connected, has an address and need not wait. 200 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Prospect {
    pub(crate) peer: PeerId,
    pub(crate) offer: Subnets,
    pub(crate) network: Option<Range>,
    pub(crate) ip: Option<IpAddr>,
    pub(crate) client: Kind,
    pub(crate) is_anchor: bool,
    pub(crate) is_trusted: bool,
    /// It has a score, which may speak against it.
    pub(crate) is_scored: bool,
    pub(crate) waiting_since: Instant,
}

impl Prospect {
    /// What the choice looks at of a peer, whether it may be dialled or not.
    pub(crate) fn of(id: &PeerId, peer: &Peer) -> Self {
        Self {
            peer: *id,
            offer: peer.offer,
            network: peer.network,
            ip: peer.ip,
            client: peer.client.kind,
            is_anchor: peer.is_anchor,
            is_trusted: peer.is_trusted,
            is_scored: peer.score.has_any(),
            waiting_since: peer.retry.not_before().unwrap_or(peer.last_seen),
        }
    }
}

/// All prospects, in no order. Each peer knows its place.
#[derive(Debug, Default)]
pub(crate) struct Prospects(Vec<Prospect>);

impl Prospects {
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = &Prospect> {
        self.0.iter()
    }

    /// Takes over what changed of a peer that is in the state that it says. Returns the peer that has moved to the place of
    /// another, if one has, and that place.
    pub(crate) fn update(&mut self, id: &PeerId, peer: &mut Peer) -> Option<(PeerId, usize)> {
        let is_one = peer.life.state() == State::Known && !peer.is_static && !peer.addresses.is_empty();
        let prospect = is_one.then(|| Prospect::of(id, peer));
        match (peer.place, prospect) {
            (None, None) => None,
            (None, Some(new)) => {
                peer.place = Some(self.0.len());
                self.0.push(new);
                None
            }
            (Some(place), Some(new)) => {
                if let Some(old) = self.0.get_mut(place) {
                    *old = new;
                }
                None
            }
            (Some(place), None) => {
                peer.place = None;
                self.remove(place)
            }
        }
    }

    /// Takes one out. Returns who has moved to its place.
    pub(crate) fn remove(&mut self, place: usize) -> Option<(PeerId, usize)> {
        if place < self.0.len() {
            self.0.swap_remove(place);
        }
        self.0.get(place).map(|moved| (moved.peer, place))
    }
}
