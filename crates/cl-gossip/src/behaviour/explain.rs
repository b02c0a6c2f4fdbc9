//! What is known of a peer, for people.

use std::collections::HashMap;
use std::net::IpAddr;

use libp2p_identity::PeerId;
use libp2p_swarm::derive_prelude::{ConnectionClosed, ConnectionEstablished, Multiaddr};
use libp2p_swarm::{ConnectionId, FromSwarm};

use super::Behaviour;
use crate::score::Scores;
use crate::standing::{Standing, Thresholds};

/// What the router does not give back: addresses and the application's scores, of connected peers only.
#[derive(Debug, Default)]
pub(super) struct Known {
    addresses: HashMap<ConnectionId, (PeerId, Option<IpAddr>)>,
    application: HashMap<PeerId, f64>,
}

impl Known {
    pub(super) fn on_swarm_event(&mut self, event: &FromSwarm<'_>) {
        match event {
            FromSwarm::ConnectionEstablished(ConnectionEstablished { peer_id, connection_id, endpoint, .. }) => {
                self.addresses.insert(*connection_id, (*peer_id, ip(endpoint.get_remote_address())));
            }
            FromSwarm::ConnectionClosed(ConnectionClosed { peer_id, connection_id, remaining_established, .. }) => {
                self.addresses.remove(connection_id);
                if *remaining_established == 0 {
                    self.application.remove(peer_id);
                }
            }
            _ => {}
        }
    }

    /// Remembers the application's score of a peer, if it is connected.
    pub(super) fn set_application(&mut self, peer: &PeerId, score: f64) {
        if self.addresses.values().any(|(known, _)| known == peer) {
            self.application.insert(*peer, score);
        }
    }

    /// Connected peers that share an address with this one, itself included.
    fn on_address(&self, peer: &PeerId) -> usize {
        let of_peer: Vec<IpAddr> =
            self.addresses.values().filter(|(known, _)| known == peer).filter_map(|(_, ip)| *ip).collect();
        let count = |ip: &IpAddr| {
            let here = self.addresses.values().filter(|(_, other)| *other == Some(*ip));
            here.map(|(peer, _)| *peer).collect::<std::collections::HashSet<_>>().len()
        };
        of_peer.iter().map(count).max().unwrap_or(0)
    }
}

/// The IP of an address that begins with one.
fn ip(address: &Multiaddr) -> Option<IpAddr> {
    let text = address.to_string();
    let mut parts = text.split('/').skip(1);
    match parts.next()? {
        "ip4" | "ip6" => parts.next()?.parse().ok(),
        _ => None,
    }
}

impl Behaviour {
    /// Why the router treats a peer as it does, as far as it can be told.
    #[must_use]
    pub fn explain(&self, peer: &PeerId) -> Standing {
        let thresholds = Scores::thresholds();
        let topics = self.topics_of(peer);
        let in_mesh = |topic: &crate::Topic| self.router.mesh_peers(&topic.hash()).any(|other| other == peer);
        let protocol =
            self.router.peer_protocol().find(|(known, _)| *known == peer).map(|(_, kind)| kind.as_static_ref());
        Standing {
            peer: *peer,
            is_connected: protocol.is_some(),
            protocol,
            score: self.router.peer_score(peer),
            application: self.known.application.get(peer).copied().unwrap_or_default(),
            on_address: self.known.on_address(peer),
            colocation_threshold: self.scores.as_ref().and_then(Scores::colocation_threshold),
            thresholds: Thresholds {
                mesh: 0.0,
                gossip: thresholds.gossip_threshold,
                publish: thresholds.publish_threshold,
                graylist: thresholds.graylist_threshold,
            },
            topics: topics.into_iter().map(|topic| (topic, in_mesh(&topic))).collect(),
        }
    }
}
