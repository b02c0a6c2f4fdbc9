//! Running a devnet from its start to its summary.

use std::future::Future;
use std::io;
use std::time::Duration;

use cl_types::{Epoch, ForkName, Slot};
use futures::stream::{self, StreamExt};
use tokio::sync::mpsc;
use tokio::time::MissedTickBehavior;

use super::blobs;
use super::chain::Chain;
use super::cluster::{self, Member, Snapshot};
use super::content::ContentError;
use super::liar;
use super::options::Options;
use super::output::Output;
use super::producer::{Producer, Report};
use super::tally::{Shortcoming, Tally};
use super::view::Now;
use crate::clock::{SlotTimer, unix_ms};
use crate::error::{StartError, Stopped};
use crate::event::{Event, Events};
use crate::relay::RelayLevel;

/// From the start of the first node to genesis: time to find each other.
const LEAD_MS: u64 = 3000;
/// More of it for each node: a node dials only so many others a second.
const LEAD_PER_NODE_MS: u64 = 500;
/// Between two looks whether the blobs are made.
const LOOK_FOR_BLOBS: Duration = Duration::from_millis(50);
/// Between two frames of the live view.
const FRAME: Duration = Duration::from_millis(250);
/// Between two looks at the nodes' meshes and counters.
const LOOK: Duration = Duration::from_secs(1);
/// Reports that may wait: those of some slots.
const REPORTS: usize = 256;
/// What is on its way when the last slot ends may still arrive.
const SETTLE: Duration = Duration::from_millis(500);

/// Why a devnet does not run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The node to isolate does not exist, or is the one that the others begin with.
    #[error("--isolate-node {node}: give 1 to {last}; through node 0 the others meet", last = nodes - 1)]
    NoSuchNode {
        /// The one that was named.
        node: usize,
        /// How many there are.
        nodes: usize,
    },
    /// A level that the devnet's messages cannot pass.
    #[error("--relay full: the devnet's signatures are made up; give structure or stateless")]
    MadeUp,
    /// The forks make no schedule.
    #[error("--forks: {0}")]
    Schedule(#[from] cl_types::ScheduleError),
    /// A node does not start.
    #[error("node {node}: {source}")]
    Start {
        /// Which.
        node: usize,
        /// Why.
        source: Box<StartError>,
    },
    /// A node ended before its time.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// Cells and proofs could not be made.
    #[error("blobs could not be made: {0:?}")]
    Blobs(c_kzg::Error),
    /// A block or a vote could not be made.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// A task ended with a panic.
    #[error(transparent)]
    Task(#[from] tokio::task::JoinError),
    /// Nobody reads the output any more.
    #[error("output: {0}")]
    Output(#[from] io::Error),
}

/// How a devnet ended.
#[derive(Debug)]
pub struct Outcome {
    missing: Vec<Shortcoming>,
}

impl Outcome {
    /// True if every node met every other one in time, has every block and every column of its custody from then on, and
    /// received votes and sync committee messages.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.missing.is_empty()
    }

    /// What is missing, for people. Empty if the run is complete.
    pub fn missing(&self) -> impl Iterator<Item = String> {
        self.missing.iter().map(ToString::to_string)
    }
}

/// Runs a devnet until its last slot is over or `interrupt` ends, and prints what happens to standard output.
///
/// Needs a multi-threaded tokio runtime. Opens sockets on `127.0.0.1` alone.
pub async fn run(options: Options, interrupt: impl Future<Output = ()>) -> Result<Outcome, Error> {
    if let Some(node) = options.isolate_node.filter(|node| *node == 0 || *node >= options.nodes) {
        return Err(Error::NoSuchNode { node, nodes: options.nodes });
    }
    if options.relay == RelayLevel::Full {
        return Err(Error::MadeUp);
    }
    let output = Output::open(&options)?;
    let mut interrupt = std::pin::pin!(interrupt);
    let count = if options.forks.epoch(ForkName::Fulu).is_some() { options.blobs.count } else { 0 };
    let blobs = tokio::task::spawn_blocking(move || blobs::make(count));
    // Where Fulu comes later, there is time enough beside everything else.
    while options.forks.epoch(ForkName::Fulu) == Some(Epoch(0)) && !blobs.is_finished() {
        tokio::select! {
            () = tokio::time::sleep(LOOK_FOR_BLOBS) => {}
            () = &mut interrupt => return Ok(Outcome { missing: Vec::new() }),
        }
    }
    let lead = LEAD_MS + LEAD_PER_NODE_MS * (options.nodes as u64 + u64::from(options.liar));
    let chain = Chain::new(&options, (unix_ms() + lead).div_ceil(1000))?;
    let (members, events): (Vec<_>, Vec<_>) = cluster::start(&options, &chain).await?.into_iter().unzip();
    let mut liar = None;
    if options.liar {
        // Its events are its own affair.
        let (member, _) = cluster::start_one(members.first(), options.nodes, false, options.relay, &chain).await?;
        liar = Some(member);
    }
    let output = output.started(&options, &chain)?;

    let (report, reports) = mpsc::channel(REPORTS);
    let producer = Producer::new(chain.clone(), members.clone(), blobs, options.blobs, report);
    let mut producer = tokio::spawn(producer.run(options.slots));
    let (snapshot, snapshots) = mpsc::channel(1);
    let looker = tokio::spawn(look(members.clone(), snapshot));
    let lies = liar.clone().map(|liar| tokio::spawn(liar::run(liar, chain.clone())));
    let tally = Tally::new(members.iter().map(|member| (member.peer, member.custody)), chain.clock, options.preset);
    let mut show =
        Show { tally: tally.with_liar(liar.as_ref().map(|liar| liar.peer)), chain: &chain, options: &options, output };
    let end = async {
        tokio::select! {
            result = &mut producer => {
                result??;
                let over = chain.start_ms(Slot(options.slots.unwrap_or_default()).saturating_add(1));
                tokio::time::sleep(Duration::from_millis(over.saturating_sub(unix_ms())) + SETTLE).await;
            }
            () = &mut interrupt => {}
        }
        Ok(())
    };
    let result = tokio::select! {
        result = show.watch(events, reports, snapshots) => result.map_err(Error::from),
        result = end => result,
    };
    producer.abort();
    looker.abort();
    if let Some(lies) = lies {
        lies.abort();
    }
    let last = show.last_slot();
    show.on_snapshots(cluster::snapshots(&members).await);
    let explained = if options.explain { cluster::explain(&members, liar.as_ref()).await } else { Vec::new() };
    cluster::stop(&members).await;
    cluster::stop(liar.as_slice()).await;
    result?;
    let missing = show.tally.shortcomings(last);
    show.output.finish(&show.tally, last, &missing, &explained)?;
    Ok(Outcome { missing })
}

/// Looks at the nodes again and again.
async fn look(members: Vec<Member>, to: mpsc::Sender<Vec<Option<Snapshot>>>) {
    let mut ticks = tokio::time::interval(LOOK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if to.send(cluster::snapshots(&members).await).await.is_err() {
            return;
        }
    }
}

/// Takes in what happens, and shows it.
struct Show<'a> {
    tally: Tally,
    chain: &'a Chain,
    options: &'a Options,
    output: Output,
}

impl Show<'_> {
    /// Runs until the output fails.
    async fn watch(
        &mut self,
        events: Vec<Events>,
        mut reports: mpsc::Receiver<Report>,
        mut snapshots: mpsc::Receiver<Vec<Option<Snapshot>>>,
    ) -> io::Result<()> {
        let numbered = events.into_iter().enumerate().map(|(node, events)| events.map(move |event| (node, event)));
        let mut events = stream::select_all(numbered);
        let mut slots = SlotTimer::new(self.chain.clock);
        let mut frames = tokio::time::interval(FRAME);
        frames.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                Some((node, event)) = events.next() => self.on_event(node, &event)?,
                Some(report) = reports.recv() => self.on_report(report)?,
                Some(all) = snapshots.recv() => self.on_snapshots(all),
                slot = slots.next() => {
                    self.tally.on_slot(slot);
                    self.output.slot(&self.tally, slot.saturating_sub(1))?;
                }
                _ = frames.tick() => self.output.redraw(&self.tally, &now(self.chain, self.options))?,
            }
        }
    }

    fn on_event(&mut self, node: usize, event: &Event) -> io::Result<()> {
        self.output.event(node, event)?;
        match self.tally.on_event(node, event) {
            Some(note) => self.output.note(&note),
            None => Ok(()),
        }
    }

    fn on_report(&mut self, report: Report) -> io::Result<()> {
        self.output.report(&report)?;
        match self.tally.on_report(report) {
            Some(note) => self.output.note(&note),
            None => Ok(()),
        }
    }

    fn on_snapshots(&mut self, snapshots: Vec<Option<Snapshot>>) {
        let active = era(self.chain).digest;
        self.tally.on_snapshots(snapshots, |topic| topic.digest == active);
    }

    /// The last slot of the run that is over.
    fn last_slot(&self) -> Slot {
        let over = self.chain.clock.slot_or_genesis(unix_ms()).saturating_sub(1);
        self.options.slots.map_or(over, |last| over.min(Slot(last)))
    }
}

fn era(chain: &Chain) -> &cl_types::ForkEntry {
    chain.schedule.at_slot(chain.clock.slot_or_genesis(unix_ms()))
}

fn now<'a>(chain: &'a Chain, options: &'a Options) -> Now<'a> {
    let now = unix_ms();
    let clock = &chain.clock;
    let slot = clock.slot_at(now);
    Now {
        slot,
        last: options.slots,
        ms: slot.map_or_else(|| clock.until_next_slot_ms(now), |slot| now.saturating_sub(clock.start_ms(slot))),
        slot_ms: options.slot_ms,
        slots_per_epoch: options.preset.slots_per_epoch(),
        era: era(chain),
        preset: options.preset.as_str(),
    }
}
