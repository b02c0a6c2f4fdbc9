//! What the peer manager needs to know of our company: numbers, scores, who has which subnet.

use std::collections::{BTreeSet, HashSet};
use std::time::{Duration, Instant};

use cl_peers::{Flow, Subnet, Subnets, Targets, Traffic, Wanted};
use cl_types::TopicKind;
use libp2p::PeerId;

use super::Service;

/// Between two looks at gossip's scores.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// What a point of the peer manager counts in gossip: who is about to be left (-20) has no place in a mesh, however well it
/// delivers.
const APPLICATION_WEIGHT: f64 = 10.0;

/// What is remembered between two looks.
#[derive(Debug, Default)]
pub(crate) struct Company {
    /// Peers whose subscriptions changed. No more than there are connected.
    pub(super) resubscribed: HashSet<PeerId>,
    /// The subnets on which validators vote about now.
    published: BTreeSet<u64>,
    looked: Option<Instant>,
}

impl Service {
    /// Tells the manager once a second what gossip thinks of our peers, and who is subscribed to what.
    pub(super) fn look_at_company(&mut self, now: Instant) {
        if self.company.looked.is_some_and(|at| now.saturating_duration_since(at) < LOOK_EVERY) {
            return;
        }
        self.company.looked = Some(now);
        let connected: Vec<PeerId> = self.swarm.connected_peers().copied().collect();
        let gossip = &mut self.swarm.behaviour_mut().gossip;
        for peer in connected {
            let ours = self.manager.score_without_router(&peer, now);
            // Refused without scoring.
            gossip.set_application_score(&peer, ours * APPLICATION_WEIGHT);
            if let Some(score) = gossip.score(&peer) {
                self.manager.router_score(&peer, score, now);
            }
        }
        let gossip = &self.swarm.behaviour().gossip;
        for peer in std::mem::take(&mut self.company.resubscribed) {
            let active = self.plan.active.digest;
            let topics = gossip.topics_of(&peer).into_iter().filter(|topic| topic.digest == active);
            self.manager.subscribed(&peer, topics.filter_map(|topic| subnet_of(topic.kind)).collect());
        }
    }

    /// Tells the manager which subnets and columns we are on, or vote on: of each, some peers are wanted.
    pub(super) fn want_coverage(&mut self) {
        let voted = self.company.published.iter().map(|subnet| TopicKind::BeaconAttestation(*subnet));
        let joined = self.planner.topics().map(|topic| topic.kind);
        let subnets: Subnets = joined.chain(voted).filter_map(subnet_of).collect();
        self.manager.want(&Wanted::new(Targets::default()).with(&subnets));
    }

    /// The same, if validators vote on other subnets than before.
    pub(super) fn want_published_subnets(&mut self) {
        let published = self.planner.publishing();
        if published != self.company.published {
            self.company.published = published;
            self.want_coverage();
        }
    }

    pub(super) fn count_asked(&mut self, peer: &PeerId, what: impl FnOnce(&mut Flow)) {
        let mut more = Traffic::default();
        what(&mut more.asked);
        self.manager.count(peer, &more);
    }

    pub(super) fn count_served(&mut self, peer: &PeerId, what: impl FnOnce(&mut Flow)) {
        let mut more = Traffic::default();
        what(&mut more.served);
        self.manager.count(peer, &more);
    }

    /// A message that nobody brought before.
    pub(super) fn count_gossip(&mut self, peer: &PeerId, is_valid: bool) {
        let more =
            Traffic { gossip_first: u64::from(is_valid), gossip_invalid: u64::from(!is_valid), ..Traffic::default() };
        self.manager.count(peer, &more);
    }
}

/// The subnet of a topic, where peers differ in having it.
fn subnet_of(kind: TopicKind) -> Option<Subnet> {
    let narrow = |subnet: u64| u8::try_from(subnet).ok();
    match kind {
        TopicKind::BeaconAttestation(subnet) => narrow(subnet).map(Subnet::Attestation),
        TopicKind::SyncCommittee(subnet) => narrow(subnet).map(Subnet::Sync),
        TopicKind::DataColumnSidecar(subnet) => narrow(subnet).map(Subnet::Column),
        _ => None,
    }
}
