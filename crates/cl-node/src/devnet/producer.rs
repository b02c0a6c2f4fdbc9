//! Who publishes what when: blocks at the start of a slot, votes after a third of it, aggregates after two thirds.

use std::time::Duration;

use cl_gossip::Outgoing;
use cl_types::{Root, Slot, TopicKind, with_preset};
use futures::future::join_all;
use ssz::Encode;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::blobs::Blob;
use super::chain::Chain;
use super::cluster::Member;
use super::content::{self, Block};
use super::options;
use super::run::Error;
use super::tally::Family;
use super::tally::columns::ColumnSet;
use super::votes::{Ballot, COMMITTEE_SIZE, COMMITTEES, Vote};
use crate::clock::unix_ms;
use crate::error::PublishError;

/// What the producer did.
#[derive(Debug)]
pub(crate) enum Report {
    /// A block is out.
    Block {
        slot: Slot,
        /// The node that published it.
        node: usize,
        root: Root,
        bytes: usize,
        blobs: usize,
        /// Milliseconds from the slot's start.
        after_ms: u64,
    },
    /// The columns of a block are out.
    Columns {
        slot: Slot,
        /// The node that published them.
        node: usize,
        columns: ColumnSet,
    },
    /// Messages are out.
    Sent { node: usize, family: Family, count: u64 },
    /// A node could not publish something.
    Failed { slot: Slot, node: usize, family: Family, error: PublishError },
    /// Nothing was published in a slot, because it was over before its turn came.
    Late { slot: Slot },
}

/// The task that makes the blobs.
pub(crate) type Making = JoinHandle<Result<Vec<Blob>, c_kzg::Error>>;

/// Publishes through the nodes what validators would.
#[derive(Debug)]
pub(crate) struct Producer {
    chain: Chain,
    members: Vec<Member>,
    /// The blobs, until they are made.
    making: Option<Making>,
    blobs: Vec<Blob>,
    plan: options::Blobs,
    /// Holds the reports of some slots: who does not read them stops the producer.
    reports: mpsc::Sender<Report>,
    head: Root,
    target: Root,
    last: Option<Ballot>,
}

impl Producer {
    pub(crate) fn new(
        chain: Chain,
        members: Vec<Member>,
        making: Making,
        plan: options::Blobs,
        reports: mpsc::Sender<Report>,
    ) -> Self {
        let genesis = chain.genesis_block_root;
        Self {
            chain,
            members,
            making: Some(making),
            blobs: Vec::new(),
            plan,
            reports,
            head: genesis,
            target: genesis,
            last: None,
        }
    }

    /// Runs from slot 1 to the last one, or until nobody reads the reports.
    pub(crate) async fn run(mut self, last: Option<u64>) -> Result<(), Error> {
        let mut slot = Slot(1);
        while last.is_none_or(|last| slot.0 <= last) && !self.reports.is_closed() {
            self.slot(slot).await?;
            slot = slot.saturating_add(1);
        }
        Ok(())
    }

    async fn slot(&mut self, slot: Slot) -> Result<(), Error> {
        let third = self.chain.clock.slot_ms() / 3;
        let start = self.chain.start_ms(slot);
        sleep_until(start).await;
        if self.chain.clock.slot_at(unix_ms()).is_some_and(|now| now > slot) {
            self.report(Report::Late { slot }).await;
            return Ok(());
        }
        self.block(slot).await?;
        let slots_per_epoch = self.chain.schedule.preset().slots_per_epoch();
        let ballot = Ballot { slot, slots_per_epoch, head: self.head, target: self.target };
        let preset = self.chain.schedule.preset();
        let early = (ballot.attestations(), with_preset!(preset, P => ballot.sync_messages::<P>()));
        let late = with_preset!(preset, P => (ballot.aggregates::<P>()?, ballot.contributions::<P>()?));
        sleep_until(start + third).await;
        self.send(slot, Family::Attestations, early.0).await;
        self.send(slot, Family::SyncMessages, early.1).await;
        sleep_until(start + 2 * third).await;
        self.send(slot, Family::Aggregates, late.0).await;
        self.send(slot, Family::Contributions, late.1).await;
        self.last = Some(ballot);
        Ok(())
    }

    /// Makes and publishes the block of a slot and its columns. It becomes the head if it got out.
    async fn block(&mut self, slot: Slot) -> Result<(), Error> {
        let start = self.chain.start_ms(slot);
        let preset = self.chain.schedule.preset();
        let count = self.blobs_in(slot);
        if count > 0
            && let Some(making) = self.making.take()
        {
            self.blobs = making.await?.map_err(Error::Blobs)?;
        }
        // Few were made: some stand there twice.
        let blobs: Vec<&Blob> = self.blobs.iter().cycle().take(count).collect();
        let validators = preset.slots_per_epoch() * COMMITTEES * COMMITTEE_SIZE;
        let committees: Vec<u64> = (0..COMMITTEES).collect();
        let block = with_preset!(preset, P => {
            let votes = self.last.iter().map(|ballot| ballot.aggregate::<P>(&committees)).collect::<Result<Vec<_>, _>>()?;
            content::block::<P>(slot, slot.0 % validators, self.head, start / 1000, &blobs, votes)?
        });
        let columns = content::columns(&block, &blobs);
        let blobs = blobs.len();
        let node = usize::try_from(slot.0).unwrap_or_default() % self.members.len().max(1);
        let Block { root, ssz, .. } = block;
        let Some(member) = self.members.get(node) else { return Ok(()) };
        let bytes = ssz.len();
        if let Err(error) = member.handle.publish(TopicKind::BeaconBlock, Some(slot), ssz).await {
            self.report(Report::Failed { slot, node, family: Family::Blocks, error }).await;
            return Ok(());
        }
        let after_ms = unix_ms().saturating_sub(start);
        self.report(Report::Block { slot, node, root, bytes, blobs, after_ms }).await;
        let columns = columns.iter().map(|column| Outgoing {
            kind: TopicKind::DataColumnSidecar(column.index),
            slot: Some(slot),
            ssz: column.as_ssz_bytes().into(),
        });
        self.send_columns(slot, node, columns.collect()).await?;
        self.head = root;
        if slot.0.is_multiple_of(preset.slots_per_epoch()) {
            self.target = root;
        }
        Ok(())
    }

    /// How many blobs the block of a slot has.
    fn blobs_in(&self, slot: Slot) -> usize {
        let era = self.chain.schedule.at_slot(slot);
        let due = TopicKind::DataColumnSidecar(0).is_live_in(era.fork) && slot.0.is_multiple_of(self.plan.every);
        let most = era.blobs.map_or(u64::MAX, |limit| limit.max_blobs_per_block);
        if due { self.plan.count.min(usize::try_from(most).unwrap_or(usize::MAX)) } else { 0 }
    }

    /// Every node publishes the votes of its validators, all nodes at once.
    async fn send(&self, slot: Slot, family: Family, votes: Vec<Vote>) {
        let mut by_node = vec![Vec::new(); self.members.len()];
        for vote in votes {
            let node = usize::try_from(vote.validator).unwrap_or_default() % self.members.len().max(1);
            if let Some(mine) = by_node.get_mut(node) {
                mine.push((vote.kind, vote.ssz));
            }
        }
        join_all(by_node.into_iter().enumerate().map(|(node, votes)| self.publish(slot, node, family, votes))).await;
    }

    /// Publishes through one node, one message after the other, and reports the number and the first failure.
    async fn publish(&self, slot: Slot, node: usize, family: Family, messages: Vec<(TopicKind, Vec<u8>)>) {
        let Some(member) = self.members.get(node) else { return };
        let (mut count, mut failure) = (0, None);
        for (kind, ssz) in messages {
            match member.handle.publish(kind, Some(slot), ssz).await {
                Ok(_) => count += 1,
                Err(error) => failure = failure.or(Some(error)),
            }
        }
        self.sent(slot, node, family, count, failure).await;
    }

    /// Publishes the columns of a block together, so that each leaves early.
    async fn send_columns(&self, slot: Slot, node: usize, columns: Vec<Outgoing>) -> Result<(), Error> {
        let Some(member) = self.members.get(node) else { return Ok(()) };
        let (mut set, mut count, mut failure) = (ColumnSet::default(), 0, None);
        for result in member.handle.send_batch(columns).await? {
            match result {
                Ok(published) => {
                    count += 1;
                    published.topic.kind.subnet().into_iter().for_each(|column| set.insert(column));
                }
                Err(error) => failure = failure.or_else(|| Some(error.into())),
            }
        }
        self.sent(slot, node, Family::Columns, count, failure).await;
        self.report(Report::Columns { slot, node, columns: set }).await;
        Ok(())
    }

    async fn sent(&self, slot: Slot, node: usize, family: Family, count: u64, failure: Option<PublishError>) {
        if count > 0 {
            self.report(Report::Sent { node, family, count }).await;
        }
        if let Some(error) = failure {
            self.report(Report::Failed { slot, node, family, error }).await;
        }
    }

    async fn report(&self, report: Report) {
        // Nobody reads any more at the end.
        let _ = self.reports.send(report).await;
    }
}

/// Waits for a moment of the wall clock.
async fn sleep_until(unix: u64) {
    let wait = Duration::from_millis(unix.saturating_sub(unix_ms()));
    tokio::time::sleep(wait).await;
}
