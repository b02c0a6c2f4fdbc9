//! What is played against the other client.

pub(crate) mod addresses;
pub(crate) mod asked;
pub(crate) mod binary;
pub(crate) mod boundary;
pub(crate) mod chain;
pub(crate) mod command;
pub(crate) mod counts;
pub(crate) mod discovery;
pub(crate) mod full;
pub(crate) mod gossip;
pub(crate) mod kept;
pub(crate) mod kills;
pub(crate) mod mutations;
pub(crate) mod protocols;
pub(crate) mod records;
pub(crate) mod relay;
pub(crate) mod restart;
pub(crate) mod run;
pub(crate) mod serving;
pub(crate) mod standing;
pub(crate) mod survivor;
pub(crate) mod sync;
pub(crate) mod topics;
pub(crate) mod validation;
pub(crate) mod zeros;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use cl_interop::folder;
use cl_interop::lab::{Lab, LabFolder, Ports};
use cl_interop::report::{Report, eventually};
use cl_types::Network;
use libp2p::PeerId;

use crate::error::ScenarioError;
use crate::ours::{Ours, Seen};

/// What every scenario works with.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) report: Report,
    pub(crate) ports: Ports,
    pub(crate) labs: LabFolder,
}

impl Context {
    /// A folder of this run's own, not yet made.
    pub(crate) fn folder(&self, name: &str) -> PathBuf {
        self.labs.path().join(format!("ours-{name}"))
    }

    /// Writes a testnet folder from what `lab` says, reads it as a network and checks its digests.
    pub(crate) async fn network(&mut self, lab: &Lab) -> Result<(Network, PathBuf), ScenarioError> {
        let path = self.folder(&format!("testnet-{}", lab.options().name));
        folder::write(lab.rest(), &path).await?;
        let network = Network::from_dir(&path)?;
        let schedule = network.schedule()?;
        let mine: BTreeMap<u64, String> =
            schedule.entries().map(|entry| (entry.epoch.0, format!("0x{}", entry.digest))).collect();
        // Forks of one epoch are told apart there, but share a digest.
        let theirs: BTreeMap<u64, String> = lab
            .facts()
            .fork_digests
            .iter()
            .filter_map(|(name, digest)| Some((name.rsplit_once('@')?.1.parse().ok()?, digest.clone())))
            .collect();
        self.report.equal("the fork digests by epoch are the other client's", &mine, &theirs);
        Ok((network, path))
    }
}

/// Waits until what our node told shows something, `deadline` at most.
pub(crate) async fn until<T>(ours: &Ours, deadline: Duration, mut look: impl FnMut(&Seen) -> Option<T>) -> Option<T> {
    eventually(deadline, || {
        let found = look(&ours.seen());
        async move { Ok::<_, ScenarioError>(found) }
    })
    .await
}

/// A peer id in text form.
pub(crate) fn peer_id(text: &str) -> Result<PeerId, ScenarioError> {
    text.parse().map_err(|_| ScenarioError::Unreadable { text: text.to_owned() })
}

/// The time on the wall.
pub(crate) fn unix_seconds() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_secs()
}
