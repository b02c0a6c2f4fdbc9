//! The bounded memory of records. No I/O and no clock: time comes in as an argument.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::{Duration, Instant};

use cl_enr::{Compatibility, Record, peer_id};
use libp2p_identity::PeerId;

use crate::chain::Chain;
use crate::config::Config;

#[derive(Debug)]
struct Entry {
    record: Record,
    verdict: Compatibility,
    /// Position in the order of its kind.
    serial: u64,
    /// Waits in `reports`.
    queued: bool,
    reported: Option<Instant>,
}

/// Records by peer, the newest of each. Compatible ones and others are bounded apart, oldest out first: a flood of
/// one kind cannot push out the other.
#[derive(Debug)]
pub(crate) struct Book {
    chain: Chain,
    entries: HashMap<PeerId, Entry>,
    compatible: BTreeMap<u64, PeerId>,
    refused: BTreeMap<u64, PeerId>,
    max_records: usize,
    max_refused: usize,
    renew_after: Duration,
    next_serial: u64,
    /// Peers to report, each once. Never longer than `entries`.
    reports: VecDeque<PeerId>,
}

impl Book {
    pub(crate) fn new(config: &Config, chain: Chain) -> Self {
        Self {
            chain,
            entries: HashMap::new(),
            compatible: BTreeMap::new(),
            refused: BTreeMap::new(),
            max_records: config.max_records,
            max_refused: config.max_refused,
            renew_after: config.renew_after,
            next_serial: 0,
            reports: VecDeque::new(),
        }
    }

    /// Takes a record in. True if it is of a compatible peer that was unknown.
    pub(crate) fn insert(&mut self, record: Record, now: Instant) -> bool {
        // Keys of another kind have no peer id: nobody can be dialled there.
        let Ok(peer) = peer_id(&record) else { return false };
        if let Some(known) = self.entries.get(&peer)
            && known.record.seq() >= record.seq()
        {
            let due = known.reported.is_some_and(|at| now.duration_since(at) >= self.renew_after);
            if due && known.verdict.is_compatible() {
                self.report(peer);
            }
            return false;
        }
        let known = self.remove(&peer);
        let verdict = self.chain.verdict(&record);
        let reported = known.as_ref().and_then(|known| known.reported);
        let queued = known.as_ref().is_some_and(|known| known.queued);
        self.place(peer, Entry { record, verdict, serial: 0, queued, reported });
        self.report(peer);
        known.is_none() && verdict.is_compatible()
    }

    /// Our place changed: judges all records again and reports each whose verdict changed.
    pub(crate) fn set_chain(&mut self, chain: Chain) {
        if chain == self.chain {
            return;
        }
        self.chain = chain;
        let changed: Vec<PeerId> = self
            .entries
            .iter()
            .filter(|(_, entry)| chain.verdict(&entry.record) != entry.verdict)
            .map(|(peer, _)| *peer)
            .collect();
        for peer in changed {
            if let Some(entry) = self.remove(&peer) {
                let verdict = chain.verdict(&entry.record);
                self.place(peer, Entry { verdict, ..entry });
                self.report(peer);
            }
        }
    }

    /// The next record to report.
    pub(crate) fn next_report(&mut self, now: Instant) -> Option<(PeerId, Record, Compatibility)> {
        while let Some(peer) = self.reports.pop_front() {
            if let Some(entry) = self.entries.get_mut(&peer) {
                entry.queued = false;
                entry.reported = Some(now);
                return Some((peer, entry.record.clone(), entry.verdict));
            }
        }
        None
    }

    pub(crate) const fn chain(&self) -> &Chain {
        &self.chain
    }

    pub(crate) fn get(&self, peer: &PeerId) -> Option<&Record> {
        self.entries.get(peer).map(|entry| &entry.record)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&PeerId, &Record, Compatibility)> {
        self.entries.iter().map(|(peer, entry)| (peer, &entry.record, entry.verdict))
    }

    fn report(&mut self, peer: PeerId) {
        if let Some(entry) = self.entries.get_mut(&peer)
            && !entry.queued
        {
            entry.queued = true;
            self.reports.push_back(peer);
        }
    }

    fn remove(&mut self, peer: &PeerId) -> Option<Entry> {
        let entry = self.entries.remove(peer)?;
        self.order(&entry.verdict).0.remove(&entry.serial);
        Some(entry)
    }

    fn place(&mut self, peer: PeerId, entry: Entry) {
        let serial = self.next_serial;
        self.next_serial += 1;
        let (order, max) = self.order(&entry.verdict);
        order.insert(serial, peer);
        let oldest = if order.len() > max { order.pop_first() } else { None };
        self.entries.insert(peer, Entry { serial, ..entry });
        if let Some((_, oldest)) = oldest
            && let Some(gone) = self.entries.remove(&oldest)
            && gone.queued
        {
            self.reports.retain(|peer| *peer != oldest);
        }
    }

    fn order(&mut self, verdict: &Compatibility) -> (&mut BTreeMap<u64, PeerId>, usize) {
        if verdict.is_compatible() {
            (&mut self.compatible, self.max_records)
        } else {
            (&mut self.refused, self.max_refused)
        }
    }
}

#[cfg(test)]
mod tests;
