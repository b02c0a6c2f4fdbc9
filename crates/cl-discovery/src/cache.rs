//! The bounded memory of records. No I/O and no clock: time comes in as an argument.
//!
//! | module | holds |
//! | --- | --- |
//! | `dropped` | [`Dropped`]: what is not taken in and why; [`Drops`] counts it |
//! | `coverage` | [`Coverage`]: usable records for each subnet and column |
//! | `entry` | what is remembered of one node |
//! | `judge` | verdicts when our place on the chain changes |
//! | `marks` | who is connected, set aside, banned, too old |
//! | [`saved`] | the cache as bytes, for the next start |
//!
//! Compatible records and others are bounded apart: a flood of one kind cannot push out the other. Within a kind those go
//! first that never answered, then those that were not heard of for longest. One network (/24, /48) holds so many records
//! and no more, so a flood of records of one network pushes out nobody.

mod coverage;
mod dropped;
mod entry;
mod judge;
mod marks;
pub mod saved;

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::time::{Duration, Instant};

use cl_enr::{Compatibility, NodeId, Record, Scope, peer_id};
use libp2p_identity::PeerId;

pub use coverage::Coverage;
pub use dropped::{Dropped, Drops};

use crate::chain::Chain;
use crate::services::Services;
use entry::Entry;

/// How much is remembered, and for how long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheConfig {
    /// Most records of compatible nodes. One costs less than 1 KiB.
    pub max_records: usize,
    /// Most records of other nodes: they are kept to report each only once, and to ask when nobody else is there.
    pub max_refused: usize,
    /// Most records of one public /24 or /48.
    pub max_per_network: usize,
    /// How wide our network is: records with an address that can be reached from less are dropped.
    pub scope: Scope,
    /// What nobody mentioned for so long is dropped.
    pub max_age: Duration,
    /// A compatible record that is found again is reported again after this time.
    pub renew_after: Duration,
    /// How long a node that could not be dialled does not count. Doubles with each failure, up to an hour.
    pub redial_after: Duration,
    /// Most bans at a time; the one that ends first goes first.
    pub max_bans: usize,
}

impl CacheConfig {
    /// 4096 records of compatible nodes and 1024 of others, about 3 MiB.
    #[must_use]
    pub const fn new(scope: Scope) -> Self {
        Self {
            max_records: 4096,
            max_refused: 1024,
            max_per_network: 16,
            scope,
            max_age: Duration::from_secs(24 * 60 * 60),
            renew_after: Duration::from_secs(60),
            redial_after: Duration::from_secs(5 * 60),
            max_bans: 1024,
        }
    }
}

/// What became of a record that was taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// The first one of its node.
    New,
    /// Newer than the one that was known.
    Newer,
    /// The same as was known.
    Known,
}

/// Records by node, the newest of each.
#[derive(Debug)]
pub struct Cache {
    config: CacheConfig,
    chain: Chain,
    local: [u8; 32],
    entries: BTreeMap<[u8; 32], Entry>,
    /// By kind, in the order in which they go. The key says first whether it answered or is a boot node.
    compatible: BTreeMap<(bool, u64), [u8; 32]>,
    refused: BTreeMap<(bool, u64), [u8; 32]>,
    next_serial: u64,
    networks: HashMap<u64, usize>,
    /// Nodes to report, each once. Never longer than `entries`.
    reports: VecDeque<[u8; 32]>,
    coverage: Coverage,
    /// Whom we are connected to, record or not. Bounded by the connections.
    connected: BTreeSet<[u8; 32]>,
    /// When who may be tried again. No longer than `entries`.
    aside: BTreeSet<(Instant, [u8; 32])>,
    bans: BTreeMap<[u8; 32], Instant>,
    drops: Drops,
    swept: Option<Instant>,
}

impl Cache {
    /// An empty cache of the node `local`.
    #[must_use]
    pub fn new(config: CacheConfig, chain: Chain, local: NodeId) -> Self {
        Self {
            config,
            chain,
            local: local.raw(),
            entries: BTreeMap::new(),
            compatible: BTreeMap::new(),
            refused: BTreeMap::new(),
            next_serial: 0,
            networks: HashMap::new(),
            reports: VecDeque::new(),
            coverage: Coverage::default(),
            connected: BTreeSet::new(),
            aside: BTreeSet::new(),
            bans: BTreeMap::new(),
            drops: Drops::default(),
            swept: None,
        }
    }

    /// Takes a record in that somebody mentioned.
    pub fn insert(&mut self, record: &Record, now: Instant) -> Result<Taken, Dropped> {
        let result = self.take(record, false, now);
        if let Err(reason) = result {
            self.drops.count(reason);
        }
        result
    }

    /// Takes in a record that the operator named: no bound of networks and no scope keeps it out.
    pub fn insert_boot(&mut self, record: &Record, now: Instant) -> Result<Taken, Dropped> {
        let result = self.take(record, true, now);
        if let Err(reason) = result {
            self.drops.count(reason);
        }
        result
    }

    /// Counts something that was dropped before it came here.
    pub fn count_dropped(&mut self, reason: Dropped) {
        self.drops.count(reason);
    }

    fn take(&mut self, record: &Record, is_boot: bool, now: Instant) -> Result<Taken, Dropped> {
        let id = record.node_id().raw();
        if id == self.local {
            return Err(Dropped::OwnId);
        }
        if self.bans.get(&id).is_some_and(|until| *until > now) {
            return Err(Dropped::Banned);
        }
        if let Some(known) = self.entries.get_mut(&id)
            && known.seq >= record.seq()
        {
            if known.seq > record.seq() {
                return Err(Dropped::Older);
            }
            if is_boot && !known.is_boot {
                self.change(&record.node_id(), |entry| entry.is_boot = true);
            }
            self.heard_again(&id, now);
            return Ok(Taken::Known);
        }
        // Keys of another kind have no peer id: nobody can be dialled there.
        peer_id(record).map_err(|_| Dropped::KeyKind)?;
        let scope = if is_boot { Scope::Machine } else { self.config.scope };
        dropped::check(record, scope)?;
        let entry = Entry::new(record, self.chain.verdict(record), now);
        let old = self.entries.get(&id).map(|old| old.networks).unwrap_or_default();
        let is_crowded = |network: &u64| {
            !old.contains(&Some(*network))
                && self.networks.get(network).is_some_and(|count| *count >= self.config.max_per_network)
        };
        if !is_boot && entry.networks.iter().flatten().any(is_crowded) {
            return Err(Dropped::Crowded);
        }
        let known = self.remove(&id);
        let mut entry = known.as_ref().map_or_else(|| entry.clone(), |known| entry.clone().inherit(known));
        entry.is_boot |= is_boot;
        if self.connected.contains(&id) {
            entry.contact = entry::Contact::Connected;
        }
        self.place(id, entry);
        self.report(id);
        Ok(if known.is_some() { Taken::Newer } else { Taken::New })
    }

    fn heard_again(&mut self, id: &[u8; 32], now: Instant) {
        let renew_after = self.config.renew_after;
        let Some(entry) = self.entries.get_mut(id) else { return };
        entry.heard = now;
        let is_due = entry.reported.is_some_and(|at| now.saturating_duration_since(at) >= renew_after);
        let is_compatible = entry.verdict.is_compatible();
        self.renumber(id);
        if is_due && is_compatible {
            self.report(*id);
        }
    }

    /// The next record to report: a new one, a newer one, one whose verdict changed, one that was found again.
    pub fn next_report(&mut self, now: Instant) -> Option<Report> {
        while let Some(id) = self.reports.pop_front() {
            let Some(entry) = self.entries.get_mut(&id) else { continue };
            entry.queued = false;
            // A compatible node without an address is nobody to dial.
            if entry.verdict.is_compatible() && !entry.dialable {
                continue;
            }
            entry.reported = Some(now);
            let Some(record) = entry.record() else { continue };
            let Ok(peer) = peer_id(&record) else { continue };
            return Some(Report { peer, record, compatibility: entry.verdict, services: entry.services });
        }
        None
    }

    /// The newest record of a node.
    #[must_use]
    pub fn record(&self, id: &NodeId) -> Option<Record> {
        self.entries.get(&id.raw())?.record()
    }

    /// What a node serves by its record.
    #[must_use]
    pub fn services(&self, id: &NodeId) -> Option<Services> {
        self.entries.get(&id.raw()).map(|entry| entry.services)
    }

    /// Whether the node is on our chain, if its record is known.
    #[must_use]
    pub fn verdict(&self, id: &NodeId) -> Option<Compatibility> {
        self.entries.get(&id.raw()).map(|entry| entry.verdict)
    }

    /// All nodes with their verdicts, by id.
    pub fn iter(&self) -> impl Iterator<Item = (NodeId, Compatibility)> {
        self.entries.iter().map(|(id, entry)| (NodeId::new(id), entry.verdict))
    }

    /// How many records there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// How many records of compatible nodes there are, usable or not.
    #[must_use]
    pub fn compatible(&self) -> usize {
        self.compatible.len()
    }

    /// Usable records for each subnet and column.
    #[must_use]
    pub const fn coverage(&self) -> &Coverage {
        &self.coverage
    }

    /// What was dropped since the start.
    #[must_use]
    pub const fn drops(&self) -> &Drops {
        &self.drops
    }

    /// Our place on the chain as last given.
    #[must_use]
    pub const fn chain(&self) -> &Chain {
        &self.chain
    }

    /// The nodes whose ids begin with the six bits of `prefix`, and whether each is a good one to ask: of our chain, or named
    /// by the operator.
    pub(crate) fn with_prefix(&self, prefix: usize) -> impl Iterator<Item = ([u8; 32], bool)> {
        let first = u8::try_from(prefix << 2).unwrap_or(u8::MAX);
        let (mut low, mut high) = ([0; 32], [u8::MAX; 32]);
        if let (Some(low), Some(high)) = (low.first_mut(), high.first_mut()) {
            (*low, *high) = (first, first | 3);
        }
        let good = |entry: &Entry| entry.verdict.is_compatible() || entry.is_boot;
        self.entries.range(low..=high).map(move |(id, entry)| (*id, good(entry)))
    }

    fn report(&mut self, id: [u8; 32]) {
        if let Some(entry) = self.entries.get_mut(&id)
            && !entry.queued
        {
            entry.queued = true;
            self.reports.push_back(id);
        }
    }

    fn remove(&mut self, id: &[u8; 32]) -> Option<Entry> {
        let mut entry = self.entries.remove(id)?;
        let key = (entry.is_kept(), entry.serial);
        self.order(&entry.verdict).0.remove(&key);
        for network in entry.networks.iter().flatten() {
            if let Some(count) = self.networks.get_mut(network) {
                *count -= 1;
                if *count == 0 {
                    self.networks.remove(network);
                }
            }
        }
        if entry.counted {
            entry.counted = false;
            self.coverage.remove(&entry.services);
        }
        if let entry::Contact::Aside(until) = entry.contact {
            self.aside.remove(&(until, *id));
        }
        Some(entry)
    }

    fn place(&mut self, id: [u8; 32], mut entry: Entry) {
        entry.serial = self.next_serial;
        self.next_serial += 1;
        let key = (entry.is_kept(), entry.serial);
        let (order, max) = self.order(&entry.verdict);
        order.insert(key, id);
        let oldest = if order.len() > max { order.first_key_value().map(|(_, oldest)| *oldest) } else { None };
        for network in entry.networks.iter().flatten() {
            *self.networks.entry(*network).or_default() += 1;
        }
        if let entry::Contact::Aside(until) = entry.contact {
            self.aside.insert((until, id));
        }
        entry.counted = entry.is_usable();
        if entry.counted {
            self.coverage.add(&entry.services);
        }
        self.entries.insert(id, entry);
        if let Some(oldest) = oldest {
            self.forget(&oldest);
        }
    }

    /// Drops an entry for good.
    fn forget(&mut self, id: &[u8; 32]) {
        if self.remove(id).is_some_and(|gone| gone.queued) {
            self.reports.retain(|queued| queued != id);
        }
    }

    /// Moves an entry to the young end of its order.
    fn renumber(&mut self, id: &[u8; 32]) {
        let serial = self.next_serial;
        let Some(entry) = self.entries.get_mut(id) else { return };
        self.next_serial += 1;
        let old = std::mem::replace(&mut entry.serial, serial);
        let (is_kept, verdict) = (entry.is_kept(), entry.verdict);
        let order = self.order(&verdict).0;
        order.remove(&(is_kept, old));
        order.insert((is_kept, serial), *id);
    }

    fn order(&mut self, verdict: &Compatibility) -> (&mut BTreeMap<(bool, u64), [u8; 32]>, usize) {
        if verdict.is_compatible() {
            (&mut self.compatible, self.config.max_records)
        } else {
            (&mut self.refused, self.config.max_refused)
        }
    }
}

/// A record to report.
#[derive(Clone, Debug)]
pub struct Report {
    /// Its node's name in libp2p.
    pub peer: PeerId,
    /// The record.
    pub record: Record,
    /// Compared with our fork.
    pub compatibility: Compatibility,
    /// What it serves.
    pub services: Services,
}

#[cfg(test)]
mod tests;
