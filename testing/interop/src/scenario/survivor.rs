//! What is compared before and after a command was killed, and when it is killed.

use std::path::Path;

use cl_enr::store::Store;
use libp2p::PeerId;

use crate::error::ScenarioError;
use crate::scenario::command::{Command, is, text};
use crate::scenario::peer_id;

/// What a command must still have when it comes back.
#[derive(Debug)]
pub(crate) struct Identity {
    peer: PeerId,
    announced: u64,
    saved: (u64, u64),
}

impl Identity {
    /// What a killed command had announced, and what it left behind.
    pub(crate) fn read(data: &Path, command: &Command) -> Result<Self, ScenarioError> {
        let events = command.events()?;
        let started =
            events.iter().find(|event| is(event, "started")).ok_or(ScenarioError::Vain { what: "a start" })?;
        let peer = peer_id(text(started, "peer"))?;
        let enr = text(started, "enr");
        let record = cl_enr::parse(enr).map_err(|_| ScenarioError::Unreadable { text: enr.to_owned() })?;
        let saved = Store::open(data)?.load()?.ok_or(ScenarioError::Vain { what: "saved counters" })?;
        Ok(Self { peer, announced: record.seq(), saved: (saved.record_seq, saved.metadata.seq_number) })
    }

    /// Whether it is the same peer, and no counter fell.
    pub(crate) fn follows(&self, before: &Self) -> bool {
        self.peer == before.peer
            && self.announced > before.announced
            && self.saved.0 > before.saved.0
            && self.saved.1 >= before.saved.1
    }
}

/// A small generator: the moments must differ from run to run, no more.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn new() -> Self {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Self(u64::from(now.subsec_nanos()) | 1)
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}
