//! What each node saw, and whether something is missing. No I/O, no clock.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::fmt;

use cl_types::containers::{block_slot_and_parent, decodes};
use cl_types::{PresetId, Root, Slot, SlotClock, TopicKind};
use libp2p::PeerId;
use libp2p::multiaddr::Protocol;

use self::columns::{ColumnSet, Columns, Missed};
use super::cluster::Snapshot;
use super::liar;
use super::producer::Report;
use crate::event::{Event, GossipMessage};
use crate::traffic::Traffic;

pub(crate) mod columns;

/// Slot at whose start every node must have every other one as its peer.
pub(crate) const MEET_BY: Slot = Slot(3);
/// Blocks that are remembered for the view.
const RECENT_BLOCKS: usize = 32;
/// Notes that are remembered for the view.
const RECENT_NOTES: usize = 64;
/// A block that has not come so many slots later is missed for good.
const PATIENCE: u64 = 64;
/// Missed slots that are remembered of a node.
const MOST_MISSED: usize = 32;

/// What is published, by kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Family {
    Blocks,
    Attestations,
    Aggregates,
    SyncMessages,
    Contributions,
    Columns,
}

impl Family {
    pub(crate) const ALL: [Self; 6] =
        [Self::Blocks, Self::Attestations, Self::Aggregates, Self::SyncMessages, Self::Contributions, Self::Columns];

    /// The family of a topic; `None` for those that a devnet does not use.
    pub(crate) const fn of(kind: TopicKind) -> Option<Self> {
        match kind {
            TopicKind::BeaconBlock => Some(Self::Blocks),
            TopicKind::BeaconAttestation(_) => Some(Self::Attestations),
            TopicKind::BeaconAggregateAndProof => Some(Self::Aggregates),
            TopicKind::SyncCommittee(_) => Some(Self::SyncMessages),
            TopicKind::SyncCommitteeContributionAndProof => Some(Self::Contributions),
            TopicKind::DataColumnSidecar(_) => Some(Self::Columns),
            _ => None,
        }
    }

    /// The heading of a column.
    pub(crate) const fn short(self) -> &'static str {
        match self {
            Self::Blocks => "blocks",
            Self::Attestations => "attestation",
            Self::Aggregates => "aggregate",
            Self::SyncMessages => "sync",
            Self::Contributions => "contribut.",
            Self::Columns => "column",
        }
    }

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Blocks => "blocks",
            Self::Attestations => "attestations",
            Self::Aggregates => "aggregates",
            Self::SyncMessages => "sync messages",
            Self::Contributions => "contributions",
            Self::Columns => "columns",
        }
    }
}

/// A number for each family.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts([u64; Family::ALL.len()]);

impl Counts {
    pub(crate) fn get(&self, family: Family) -> u64 {
        self.0.get(family as usize).copied().unwrap_or_default()
    }

    fn add(&mut self, family: Family, count: u64) {
        if let Some(number) = self.0.get_mut(family as usize) {
            *number += count;
        }
    }
}

/// What happened, in a line for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Note {
    pub(crate) text: String,
    /// Something that should not happen.
    pub(crate) is_bad: bool,
}

/// What one node saw.
#[derive(Clone, Debug, Default)]
pub(crate) struct NodeTally {
    /// Whom discv5 found.
    pub(crate) found: BTreeSet<usize>,
    /// Connected, whether or not the handshake is through: true if this node dialled.
    pub(crate) links: BTreeMap<usize, bool>,
    /// The handshake is through.
    pub(crate) ready: BTreeSet<usize>,
    /// Dials begun.
    pub(crate) dials: u64,
    /// Handshakes completed since the start.
    pub(crate) handshakes: u64,
    /// Who was ready when slot [`MEET_BY`] began.
    met: Option<BTreeSet<usize>>,
    /// Messages taken from others and forwarded.
    pub(crate) received: Counts,
    /// Messages published through this node.
    pub(crate) sent: Counts,
    /// Milliseconds from a recent slot's start to its block, for the blocks that it has.
    pub(crate) delays: BTreeMap<Slot, u64>,
    /// How many of the blocks that are settled it has.
    had: usize,
    /// The settled slots whose blocks it has not.
    missed: Vec<Slot>,
    /// Messages that were not forwarded, by reason.
    pub(crate) refused: BTreeMap<String, u64>,
    /// Slot of the head that its Status names.
    pub(crate) head: Slot,
    /// Smallest mesh of the topics of each family in the era of the clock.
    pub(crate) meshes: BTreeMap<Family, usize>,
    pub(crate) traffic: Traffic,
    /// The liar has been a peer, and whether it is one no more.
    liar: Option<bool>,
    /// Events that were lost, so that the numbers are too low.
    lost: u64,
}

/// A block that was published.
#[derive(Clone, Debug)]
pub(crate) struct Produced {
    pub(crate) slot: Slot,
    pub(crate) node: usize,
    pub(crate) root: Root,
    pub(crate) bytes: usize,
    pub(crate) blobs: usize,
}

/// What a node missed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Shortcoming {
    Peers { node: usize, missing: Vec<usize>, wanted: usize, by: Slot },
    Blocks { node: usize, slots: Vec<Slot> },
    Columns { node: usize, missed: Vec<Missed> },
    Nothing { node: usize, family: Family },
    NotPublished { node: usize, what: String },
    NoBlocks,
    NeverMetLiar { node: usize },
    KeepsLiar { node: usize },
    Lost { node: usize, events: u64 },
}

impl fmt::Display for Shortcoming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Peers { node, missing, wanted, by } => {
                let had = wanted - missing.len();
                write!(f, "node {node} had {had} of {wanted} peers by slot {by}: without node {}", list(missing))
            }
            Self::Blocks { node, slots } => write!(f, "node {node} missed the block of slot {}", list(slots)),
            Self::Columns { node, missed } => {
                let named: Vec<_> =
                    missed.iter().map(|Missed { slot, column }| format!("{column} of slot {slot}")).collect();
                write!(f, "node {node} missed columns of its custody: {}", list(&named))
            }
            Self::Nothing { node, family } => write!(f, "node {node} received no {}", family.as_str()),
            Self::NotPublished { node, what } => write!(f, "node {node} could not publish {what}"),
            Self::NoBlocks => f.write_str("no block was published: this machine is too busy for slots of this length"),
            Self::NeverMetLiar { node } => write!(f, "node {node} never had the liar as its peer"),
            Self::KeepsLiar { node } => write!(f, "node {node} keeps the liar"),
            Self::Lost { node, events } => {
                write!(f, "{events} events of node {node} were lost: its numbers are too low")
            }
        }
    }
}

fn list<T: fmt::Display>(items: &[T]) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// What happened in the whole devnet.
#[derive(Clone, Debug)]
pub(crate) struct Tally {
    names: HashMap<PeerId, usize>,
    liar: Option<PeerId>,
    clock: SlotClock,
    preset: PresetId,
    columns: Columns,
    pub(crate) nodes: Vec<NodeTally>,
    /// The newest blocks, oldest first.
    pub(crate) recent: VecDeque<Produced>,
    /// The newest notes, oldest first.
    pub(crate) notes: VecDeque<Note>,
    /// Recent slots with a block, from [`MEET_BY`] on.
    due: BTreeSet<Slot>,
    /// How many more blocks there were, before those.
    settled: usize,
    /// What could not be published from [`MEET_BY`] on, once for each node and family.
    failed: BTreeMap<(usize, Family), String>,
}

impl Tally {
    /// Of these nodes, each with the columns of its custody.
    pub(crate) fn new(
        nodes: impl IntoIterator<Item = (PeerId, ColumnSet)>,
        clock: SlotClock,
        preset: PresetId,
    ) -> Self {
        let (peers, custodies): (Vec<_>, Vec<_>) = nodes.into_iter().unzip();
        let names: HashMap<_, _> = peers.into_iter().enumerate().map(|(index, peer)| (peer, index)).collect();
        Self {
            preset,
            columns: Columns::new(custodies),
            nodes: vec![NodeTally::default(); names.len()],
            names,
            liar: None,
            clock,
            recent: VecDeque::new(),
            notes: VecDeque::new(),
            due: BTreeSet::new(),
            settled: 0,
            failed: BTreeMap::new(),
        }
    }

    /// The same with a peer that everybody must meet, and drop.
    pub(crate) const fn with_liar(mut self, liar: Option<PeerId>) -> Self {
        self.liar = liar;
        self
    }

    /// How many peers each node should have.
    pub(crate) fn wanted(&self) -> usize {
        self.nodes.len().saturating_sub(1)
    }

    /// Messages of a family that were published by others than this node.
    pub(crate) fn published_to(&self, node: usize, family: Family) -> u64 {
        let others = self.nodes.iter().enumerate().filter(|(index, _)| *index != node);
        others.map(|(_, other)| other.sent.get(family)).sum()
    }

    /// A slot begins.
    pub(crate) fn on_slot(&mut self, slot: Slot) {
        if slot >= MEET_BY {
            for node in &mut self.nodes {
                node.met.get_or_insert_with(|| node.ready.clone());
            }
        }
        let oldest = slot.saturating_sub(PATIENCE);
        while let Some(settled) = self.due.first().copied().filter(|due| *due < oldest) {
            self.due.pop_first();
            self.settled += 1;
            for node in &mut self.nodes {
                if node.delays.contains_key(&settled) {
                    node.had += 1;
                } else if node.missed.len() < MOST_MISSED {
                    node.missed.push(settled);
                }
            }
        }
        for node in &mut self.nodes {
            node.delays.retain(|slot, _| *slot >= oldest);
        }
        self.columns.settle(oldest);
    }

    /// The nodes told how they are. `active` is true for the topics of the era of the clock.
    pub(crate) fn on_snapshots(
        &mut self,
        snapshots: Vec<Option<Snapshot>>,
        active: impl Fn(&cl_gossip::Topic) -> bool,
    ) {
        for (node, snapshot) in self.nodes.iter_mut().zip(snapshots) {
            let Some(snapshot) = snapshot else { continue };
            node.traffic = snapshot.traffic;
            node.head = snapshot.head;
            node.meshes.clear();
            for (topic, size) in snapshot.meshes.iter().filter(|(topic, _)| active(topic)) {
                if let Some(family) = Family::of(topic.kind) {
                    node.meshes.entry(family).and_modify(|least| *least = (*least).min(*size)).or_insert(*size);
                }
            }
        }
    }

    /// The producer did something. Says what a person wants to know of it.
    pub(crate) fn on_report(&mut self, report: Report) -> Option<Note> {
        match report {
            Report::Block { slot, node, root, bytes, blobs, after_ms } => {
                if slot >= MEET_BY {
                    self.due.insert(slot);
                }
                if let Some(producer) = self.nodes.get_mut(node) {
                    producer.sent.add(Family::Blocks, 1);
                    producer.delays.insert(slot, after_ms);
                }
                self.recent.push_back(Produced { slot, node, root, bytes, blobs });
                if self.recent.len() > RECENT_BLOCKS {
                    self.recent.pop_front();
                }
                None
            }
            Report::Columns { slot, node, columns } => {
                if slot >= MEET_BY {
                    self.columns.published(slot, node, columns);
                }
                None
            }
            Report::Sent { node, family, count } => {
                self.nodes.get_mut(node)?.sent.add(family, count);
                None
            }
            Report::Failed { slot, node, family, error } => {
                let what = format!("{} of slot {slot}: {error}", family.as_str());
                let text = format!("node {node} could not publish {what}");
                if slot >= MEET_BY {
                    self.failed.entry((node, family)).or_insert(what);
                }
                Some(self.note(text, true))
            }
            Report::Late { slot } => Some(self.note(format!("slot {slot} was over before its turn came"), true)),
        }
    }

    /// Something happened on a node. Says what a person wants to know of it.
    pub(crate) fn on_event(&mut self, index: usize, event: &Event) -> Option<Note> {
        let name = |peer: &PeerId| self.names.get(peer).copied();
        let liar = self.liar;
        let is_liar = |peer: &PeerId| liar == Some(*peer);
        let called = |peer: &PeerId| match name(peer) {
            Some(other) => format!("node {other}"),
            None if is_liar(peer) => "the liar".to_owned(),
            None => peer.to_string(),
        };
        let node = self.nodes.get_mut(index)?;
        let good = |text: String| Some((text, false));
        let bad = |text: String| Some((text, true));
        let note = match event {
            Event::PeerFound { peer, verdict, .. } => {
                let other = name(peer)?;
                // Found again and again: told once.
                if !node.found.insert(other) {
                    return None;
                }
                let how = if other == 0 { "its boot record" } else { "discv5" };
                good(format!("node {index} found node {other} by {how}: {verdict}"))
            }
            Event::Dialling { .. } => {
                node.dials += 1;
                None
            }
            Event::DialFailed { peer, reason } => {
                let whom = peer.as_ref().map_or_else(|| "somebody".to_owned(), called);
                good(format!("node {index} could not dial {whom}: {reason}"))
            }
            Event::PeerConnected { peer, outbound, address } => {
                node.links.insert(name(peer)?, *outbound);
                let over = if address.iter().any(|part| part == Protocol::QuicV1) { "QUIC" } else { "TCP" };
                outbound.then(|| (format!("node {index} dialled {} over {over}", called(peer)), false))
            }
            Event::PeerReady { peer, .. } if is_liar(peer) => {
                node.liar = Some(false);
                good(format!("node {index} keeps the liar"))
            }
            Event::PeerGone { peer, reason } if is_liar(peer) => {
                node.liar = node.liar.map(|_| true);
                good(format!("node {index} is without the liar: {reason}"))
            }
            Event::PeerReady { peer, head_slot, .. } => {
                node.handshakes += 1;
                node.ready.insert(name(peer)?);
                let ready = node.ready.len();
                good(format!(
                    "node {index} keeps {}: on our chain, head at slot {head_slot}; peer number {ready}",
                    called(peer)
                ))
            }
            Event::PeerGone { peer, reason } => {
                let other = name(peer)?;
                node.links.remove(&other);
                node.ready.remove(&other);
                bad(format!("node {index} lost node {other}: {reason}"))
            }
            Event::GoodbyeReceived { peer, reason, code } => {
                good(format!("{} said goodbye to node {index}: {reason} ({code})", called(peer)))
            }
            Event::Gossip(message) => {
                on_gossip(node, message, &self.clock);
                if let Some((slot, column)) = column_of(message, self.preset) {
                    self.columns.received(index, slot, column);
                }
                None
            }
            Event::GossipInvalid { peer, topic, reason } => {
                bad(format!("node {index} got an invalid message from {} on {}: {reason}", called(peer), topic.kind))
            }
            Event::PeerFault { peer, reason } => bad(format!("node {index} blames {}: {reason}", called(peer))),
            Event::ForkActive { epoch, fork, digest } if index == 0 => {
                good(format!("{fork} is active since epoch {epoch}: topics and Status carry {digest}"))
            }
            Event::Lagged { missed } => {
                node.lost += missed;
                bad(format!("{missed} events of node {index} were lost"))
            }
            _ => None,
        };
        note.map(|(text, is_bad)| self.note(text, is_bad))
    }

    fn note(&mut self, text: String, is_bad: bool) -> Note {
        let note = Note { text, is_bad };
        self.notes.push_back(note.clone());
        if self.notes.len() > RECENT_NOTES {
            self.notes.pop_front();
        }
        note
    }

    /// What is missing after `last`, the last slot that is over. Empty if all went well.
    pub(crate) fn shortcomings(&self, last: Slot) -> Vec<Shortcoming> {
        let mut missing = Vec::new();
        if last == Slot(0) {
            return missing;
        }
        let everybody: BTreeSet<usize> = (0..self.nodes.len()).collect();
        let due: Vec<Slot> = self.due.range(..=last).copied().collect();
        for (index, node) in self.nodes.iter().enumerate() {
            let met = node.met.as_ref().unwrap_or(&node.ready);
            let others = everybody.iter().copied().filter(|other| *other != index);
            let strangers: Vec<usize> = others.filter(|other| !met.contains(other)).collect();
            if !strangers.is_empty() {
                let (wanted, by) = (self.wanted(), MEET_BY.min(last));
                missing.push(Shortcoming::Peers { node: index, missing: strangers, wanted, by });
            }
            let late = due.iter().filter(|slot| !node.delays.contains_key(slot));
            let slots: Vec<Slot> = node.missed.iter().chain(late).copied().collect();
            if !slots.is_empty() {
                missing.push(Shortcoming::Blocks { node: index, slots });
            }
            let missed = self.columns.missed(index, last);
            if !missed.is_empty() {
                missing.push(Shortcoming::Columns { node: index, missed });
            }
            for family in [Family::Attestations, Family::SyncMessages, Family::Columns] {
                if node.received.get(family) == 0 && self.published_to(index, family) > 0 {
                    missing.push(Shortcoming::Nothing { node: index, family });
                }
            }
            match node.liar {
                None if self.liar.is_some() && last >= MEET_BY => {
                    missing.push(Shortcoming::NeverMetLiar { node: index })
                }
                Some(false) if last >= liar::LEFT_BY => missing.push(Shortcoming::KeepsLiar { node: index }),
                _ => {}
            }
            if node.lost > 0 {
                missing.push(Shortcoming::Lost { node: index, events: node.lost });
            }
        }
        let failed = self.failed.iter().map(|((node, _), what)| (*node, what.clone()));
        missing.extend(failed.map(|(node, what)| Shortcoming::NotPublished { node, what }));
        if due.is_empty() && self.settled == 0 && last >= MEET_BY {
            missing.push(Shortcoming::NoBlocks);
        }
        missing
    }

    /// How many columns of its custody a node has of those published from [`MEET_BY`] on, and how many there are, as far
    /// as they are recent.
    pub(crate) fn custody_of(&self, node: usize, last: Slot) -> (usize, usize) {
        let owed = usize::try_from(self.columns.owed(node, last)).unwrap_or(usize::MAX);
        (owed.saturating_sub(self.columns.missed(node, last).len()), owed)
    }

    /// How many blocks a node has of those published from [`MEET_BY`] on, and how many there are.
    pub(crate) fn blocks_of(&self, node: usize, last: Slot) -> (usize, usize) {
        let due = self.due.range(..=last);
        let Some(node) = self.nodes.get(node) else { return (0, 0) };
        let recent = due.clone().filter(|slot| node.delays.contains_key(slot)).count();
        (node.had + recent, self.settled + due.count())
    }
}

fn on_gossip(node: &mut NodeTally, message: &GossipMessage, clock: &SlotClock) {
    let Some(family) = Family::of(message.topic.kind) else { return };
    if !message.verdict.is_sound() {
        *node.refused.entry(message.verdict.to_string()).or_default() += 1;
        return;
    }
    node.received.add(family, 1);
    if family == Family::Blocks
        && let Some((slot, _)) = block_slot_and_parent(&message.ssz)
    {
        node.delays.insert(slot, message.received_ms.saturating_sub(clock.start_ms(slot)));
    }
}

/// The slot and the index of a column sidecar.
fn column_of(message: &GossipMessage, preset: PresetId) -> Option<(Slot, u64)> {
    let TopicKind::DataColumnSidecar(column) = message.topic.kind else { return None };
    let facts = decodes(message.topic.kind, message.fork, preset, &message.ssz).ok()?;
    Some((facts.slot?, column))
}

#[cfg(test)]
mod tests;
