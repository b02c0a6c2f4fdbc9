//! Inputs of knowledge: who exists, what it is, what it has, what it did.

use std::time::Instant;

use cl_enr::Record;
use libp2p_identity::PeerId;
use multiaddr::Multiaddr;

use super::Manager;
use crate::claims::RecordFacts;
use crate::client::{self, Client};
use crate::lifecycle::Cause;
use crate::peer::Told;
use crate::subnets::{Subnet, Subnets};
use crate::traffic::Traffic;

impl Manager {
    /// A peer of our network was found. Its addresses replace those known, in the order in which to try them. Peers that we
    /// have no room for are forgotten again, those never connected first.
    pub fn discovered(&mut self, peer: PeerId, addresses: Vec<Multiaddr>, now: Instant) {
        self.heard_of(peer, addresses, Told::Record, now);
        self.dial(Some(&peer), now);
    }

    /// The same with all that a record says; `None` if it has no peer id. A record older than the one known changes nothing.
    pub fn discovered_record(&mut self, record: &Record, now: Instant) -> Option<PeerId> {
        let peer = cl_enr::peer_id(record).ok()?;
        let is_old = |known: &RecordFacts| known.seq > record.seq();
        if self.table.get(&peer).and_then(|entry| entry.record.as_deref()).is_some_and(is_old) {
            return Some(peer);
        }
        self.heard_of(peer, cl_enr::multiaddrs(record), Told::Record, now);
        if let Some(entry) = self.table.get_mut(&peer) {
            let facts = RecordFacts::of(record);
            entry.node_id = Some(facts.node_id);
            entry.record = Some(Box::new(facts));
            entry.promise(&peer);
            self.table.refresh(&peer);
        }
        self.dial(Some(&peer), now);
        Some(peer)
    }

    pub(super) fn heard_of(&mut self, peer: PeerId, addresses: Vec<Multiaddr>, told: Told, now: Instant) {
        if peer == self.config.local {
            return;
        }
        let origin = if told == Told::Operator { Cause::Operator } else { Cause::Discovered };
        if let Some(entry) = self.table.offer(peer, origin, now) {
            entry.learn(addresses, told, &self.config);
            self.table.settle(&peer, origin, now);
        }
    }

    /// What a peer calls its software; cut to 128 characters, control characters removed. Unknown peers are ignored.
    pub fn identified(&mut self, peer: &PeerId, agent: &str) {
        if let Some(entry) = self.table.get_mut(peer) {
            let agent = client::clean(agent);
            entry.client = Client::of(&agent);
            entry.agent = Some(agent);
            self.table.refresh(peer);
        }
    }

    /// Addresses that a connected peer says it listens at. They are tried if we know no others: nobody signed them.
    pub fn listens_at(&mut self, peer: &PeerId, addresses: Vec<Multiaddr>) {
        if let Some(entry) = self.table.get_mut(peer)
            && entry.addresses.iter().all(|(_, told)| *told == Told::Identify)
        {
            entry.learn(addresses, Told::Identify, &self.config);
            self.table.refresh(peer);
        }
    }

    /// The attestation and sync subnets whose gossip topics a connected peer is subscribed to now, all of them. They count beside
    /// those that its MetaData names.
    pub fn subscribed(&mut self, peer: &PeerId, subnets: Subnets) {
        if let Some(session) = self.table.get_mut(peer).and_then(|entry| entry.active()) {
            session.subscribed = Subnets { columns: 0, ..subnets };
        }
    }

    /// More requests, chunks, bytes and messages of a peer. Unknown peers are ignored.
    pub fn count(&mut self, peer: &PeerId, more: &Traffic) {
        if let Some(entry) = self.table.get_mut(peer) {
            entry.traffic.add(more);
        }
    }

    /// The ready peers that have a subnet or column, as far as is known.
    pub fn having(&self, subnet: Subnet) -> impl Iterator<Item = &PeerId> {
        let ready = self.table.sessions().filter(|(_, peer)| peer.is_ready());
        ready.filter(move |(_, peer)| peer.has().contains(subnet)).map(|(id, _)| id)
    }
}
