//! Whom discovery looks for, and what it remembers between two runs.

use std::time::{Duration, Instant};

use cl_discovery::Want;
use cl_discovery::cache::saved;
use cl_enr::file;
use cl_enr::store::Store;
use cl_peers::{Gap, GoneReason, Subnet};
use libp2p::PeerId;

use super::Service;
use crate::clock::unix_ms;
use crate::event::Event;

/// The file in the data directory: see [`cl_discovery::cache::saved`].
const RECORDS_FILE: &str = "records";
/// Between two saves. The last one is at the end of the node.
const SAVE_EVERY: Duration = Duration::from_secs(5 * 60);
/// Records to know for each peer that is missing: of those that other nodes still pass on, about half are gone.
const RECORDS_PER_PEER: usize = 2;
/// Peers for votes are looked for so many epochs ahead of them: committees are known for as long.
const VOTES_AHEAD_EPOCHS: u64 = 1;
/// Records to know for a subnet on which a validator will vote.
const RECORDS_PER_VOTE: usize = 3;
/// How long a peer that is gone is not what we look for: the manager does not dial it again at once.
const GONE_FOR: Duration = Duration::from_secs(60);
/// The same, if we do not want it back.
const UNWANTED_FOR: Duration = Duration::from_secs(60 * 60);

/// What is missing, and when the records were saved.
#[derive(Debug)]
pub(crate) struct Search {
    /// How many peers the manager lacks.
    missing: usize,
    /// Which subnets have too few peers.
    gaps: Vec<Gap>,
    saved: Instant,
}

impl Search {
    pub(crate) const fn new(now: Instant) -> Self {
        Self { missing: 0, gaps: Vec::new(), saved: now }
    }
}

/// Reads the records of the last run. A file that cannot be used is kept aside, and the node starts without.
pub(crate) fn load(files: &Store, discovery: &mut cl_discovery::Behaviour) {
    let path = files.dir().join(RECORDS_FILE);
    let max = u64::try_from(saved::MAX_LEN).unwrap_or(u64::MAX);
    match file::load(&path, max, |bytes| discovery.load(bytes, unix_ms() / 1000)) {
        Ok(None) => {}
        Ok(Some(loaded)) => {
            tracing::info!(records = loaded.records, dropped = loaded.dropped, "records of the last run read");
        }
        Err(error) => tracing::warn!("{error}; discovery starts from the boot nodes"),
    }
}

impl Service {
    /// The manager lacks so many peers.
    pub(super) fn search_peers(&mut self, missing: usize) {
        self.search.missing = missing;
        self.declare_wants();
    }

    /// The manager lacks peers on these subnets.
    pub(super) fn search_gaps(&mut self, gaps: Vec<Gap>) {
        self.search.gaps = gaps;
        self.declare_wants();
    }

    /// Tells discovery what is wanted: at each slot, and when something changes.
    pub(super) fn declare_wants(&mut self) {
        let Some(discovery) = self.swarm.behaviour_mut().discovery.as_mut() else { return };
        let mut wants = Vec::new();
        if self.search.missing > 0 {
            wants.push(Want::Peers(self.search.missing.saturating_mul(RECORDS_PER_PEER)));
        }
        wants.extend(self.search.gaps.iter().map(want));
        let ahead = VOTES_AHEAD_EPOCHS * self.schedule.preset().slots_per_epoch();
        for (id, until) in self.planner.voting_within(ahead) {
            let vote = Want::AttestationSubnet { id, min_peers: RECORDS_PER_VOTE, until_slot: Some(until) };
            // A gap says more exactly how many are missing.
            if !wants.iter().any(|want| want.is_alike(&vote)) {
                wants.push(vote);
            }
        }
        for (want, error) in discovery.set_wants(wants) {
            tracing::debug!(%want, %error, "not looked for");
        }
    }

    pub(super) fn on_discovery(&mut self, event: cl_discovery::Event, now: Instant) {
        match event {
            cl_discovery::Event::Discovered { record, peer, compatibility, .. } => {
                if !compatibility.is_compatible() {
                    return;
                }
                self.emit(Event::PeerFound { peer, enr: record.to_base64(), verdict: compatibility.to_string() });
                self.manager.discovered_record(&record, now);
            }
            cl_discovery::Event::RecordChanged { record } => self.adopt_addresses(&record),
            cl_discovery::Event::AddressLearned { socket, instead_of } => {
                let instead_of = instead_of.map(|mapped| mapped.to_string());
                self.emit(Event::AddressLearned { address: socket.to_string(), instead_of });
            }
            cl_discovery::Event::PortMapped(mapping) => self.emit(Event::PortMapped {
                service: mapping.service.to_string(),
                local: mapping.local.to_string(),
                external: mapping.external.to_string(),
            }),
            cl_discovery::Event::PortNotMapped { service, reason } => {
                let service = service.map(|service| service.to_string());
                self.emit(Event::PortNotMapped { service, reason: reason.to_string() });
            }
            cl_discovery::Event::PortLost(mapping) => {
                let service = Some(mapping.service.to_string());
                self.emit(Event::PortNotMapped { service, reason: "its lease is over".to_owned() });
            }
            cl_discovery::Event::BootNode { name, problem } => {
                self.emit(Event::BootNodeFailed { name, reason: problem.to_string() });
            }
            cl_discovery::Event::Want(notice) => tracing::debug!(?notice, "wanted"),
            cl_discovery::Event::Stopped => tracing::warn!("discovery has ended"),
            _ => {}
        }
    }

    /// A peer is gone: its record does not fill the gap that it leaves.
    pub(super) fn do_not_search(&mut self, peer: &PeerId, reason: GoneReason) {
        if let Some(discovery) = self.swarm.behaviour_mut().discovery.as_mut() {
            let is_unwanted = matches!(
                reason,
                GoneReason::Irrelevant(_)
                    | GoneReason::Pruned(_)
                    | GoneReason::CrowdedNetwork
                    | GoneReason::BannedAddress
                    | GoneReason::BadScore
                    | GoneReason::Banned
            );
            discovery.set_aside(peer, if is_unwanted { UNWANTED_FOR } else { GONE_FOR });
        }
    }

    /// Saves the records if it is time.
    pub(super) fn save_records_when_due(&mut self, now: Instant) {
        if now.saturating_duration_since(self.search.saved) >= SAVE_EVERY {
            self.search.saved = now;
            self.save_records();
        }
    }

    /// Replaces the saved records in one step. Without any, those of the last run stay.
    pub(super) fn save_records(&self) {
        let Some(files) = self.identity.store() else { return };
        let Some(discovery) = self.swarm.behaviour().discovery.as_ref() else { return };
        if discovery.cache().compatible() == 0 && files.dir().join(RECORDS_FILE).exists() {
            return;
        }
        if let Err(error) = files.replace(RECORDS_FILE, &discovery.save(unix_ms() / 1000)) {
            tracing::warn!(%error, "records not saved");
        }
    }
}

/// What a gap asks for. Peers that are connected do not count for a want, so it is what is missing.
fn want(gap: &Gap) -> Want {
    let min_peers = usize::from(gap.want.saturating_sub(gap.have)).saturating_mul(RECORDS_PER_PEER);
    let until_slot = gap.until;
    match gap.subnet {
        Subnet::Attestation(id) => Want::AttestationSubnet { id: id.into(), min_peers, until_slot },
        Subnet::Sync(id) => Want::SyncSubnet { id: id.into(), min_peers, until_slot },
        Subnet::Column(id) => Want::Column { id: id.into(), min_peers, until_slot },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_asks_for_what_is_missing() {
        let gap = Gap { subnet: Subnet::Column(77), have: 1, want: 3, until: None };
        assert_eq!(want(&gap), Want::Column { id: 77, min_peers: 4, until_slot: None });
    }
}
