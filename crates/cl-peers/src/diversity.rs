//! How much alike the connected peers are: by address range and by client.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::client::{KINDS, Kind};
use crate::ranges::{Range, is_private};

/// Fewer peers than this are never a monoculture.
const FEW: usize = 8;

/// Peers by network and by client.
#[derive(Clone, Debug, Default)]
pub(crate) struct Crowd {
    networks: BTreeMap<Range, usize>,
    clients: [usize; KINDS],
    peers: usize,
}

impl Crowd {
    pub(crate) fn add(&mut self, network: Option<Range>, client: Kind) {
        self.peers += 1;
        if let Some(count) = self.clients.get_mut(client as usize) {
            *count += 1;
        }
        if let Some(network) = network {
            *self.networks.entry(network).or_default() += 1;
        }
    }

    pub(crate) fn remove(&mut self, network: Option<Range>, client: Kind) {
        self.peers = self.peers.saturating_sub(1);
        if let Some(count) = self.clients.get_mut(client as usize) {
            *count = count.saturating_sub(1);
        }
        if let Some(count) = network.and_then(|network| self.networks.get_mut(&network)) {
            *count = count.saturating_sub(1);
        }
    }

    /// Peers in the same network.
    pub(crate) fn neighbours(&self, network: Option<Range>) -> usize {
        network.and_then(|network| self.networks.get(&network)).copied().unwrap_or(0)
    }

    /// Whether a client is more than half of all peers. Those that nobody knows are no monoculture.
    pub(crate) fn dominates(&self, client: Kind) -> bool {
        let count = self.clients.get(client as usize).copied().unwrap_or(0);
        client != Kind::Unknown && self.peers >= FEW && count * 2 > self.peers
    }
}

/// The network that counts for a peer at this address: none for addresses of one's own, if they are exempt.
pub(crate) fn network_of(ip: IpAddr, exempt_private: bool) -> Option<Range> {
    (!(exempt_private && is_private(ip))).then(|| Range::network(ip))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_and_a_majority_are_counted() {
        let ip = |text: &str| network_of(text.parse().unwrap(), true);
        let mut crowd = Crowd::default();
        for last in 1..=5 {
            crowd.add(ip(&format!("198.51.100.{last}")), Kind::Lighthouse);
        }
        assert!(!crowd.dominates(Kind::Lighthouse), "five are few");
        for _ in 0..4 {
            crowd.add(ip("127.0.0.1"), Kind::Unknown);
        }
        assert_eq!(crowd.neighbours(ip("198.51.100.99")), 5);
        assert_eq!(crowd.neighbours(ip("127.0.0.1")), 0, "exempt");
        assert!(crowd.dominates(Kind::Lighthouse) && !crowd.dominates(Kind::Unknown));
        crowd.remove(ip("198.51.100.1"), Kind::Lighthouse);
        assert_eq!(crowd.neighbours(ip("198.51.100.2")), 4);
        assert!(!crowd.dominates(Kind::Lighthouse), "half is no majority");
    }
}
