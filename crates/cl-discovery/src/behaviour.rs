//! Discovery as a behaviour of the swarm.

mod ports;
mod swarm;

use std::fmt;
use std::net::{SocketAddr, SocketAddrV4};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use cl_enr::{Compatibility, Key, NodeId, Record, multiaddrs, node_id_of};
use cl_types::Slot;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use libp2p_identity::PeerId;
use multiaddr::Multiaddr;
use tokio::time::Sleep;
use tracing::debug;

use crate::boot::BootNodes;
use crate::cache::saved::{Loaded, SavedError};
use crate::cache::{Cache, Dropped, Taken};
use crate::chain::Chain;
use crate::config::Config;
use crate::directory::{AskError, Directory, Discv5Directory, Heard, log_distance};
use crate::error::{StartError, UpdateError};
use crate::event::Event;
use crate::portmap::Mapper;
use crate::query::{QueryId, QueryManager, Report, Step};
use crate::sockets::Sockets;
use crate::want::{Want, WantError, WantId};

/// With so few nodes known, a new one that turns up is asked at once.
const FEW: usize = 8;
/// Bans and pauses that are longer end with the process anyway: ten years. More could be beyond what a clock can count.
const LONGEST: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);
/// Things heard that are handled in one poll before others get their turn.
const POLL_BUDGET: usize = 64;

/// What came of a question or lookup.
struct Answer {
    query: QueryId,
    /// Who was asked for which distances; `None` for a lookup.
    asked: Option<([u8; 32], Vec<u64>)>,
    records: Result<Vec<Record>, AskError>,
}

/// Finds the nodes that are wanted, and remembers what it found. See the crate's documentation.
///
/// Memory: the bounds of [`Config`], and what its directory holds.
pub struct Behaviour<D = Discv5Directory> {
    directory: D,
    boot: BootNodes,
    cache: Cache,
    manager: QueryManager,
    /// Bounded by the manager.
    answers: FuturesUnordered<BoxFuture<'static, Answer>>,
    /// Something changed: the manager may have something to do.
    is_dirty: bool,
    /// When it may have, if nothing changes.
    due: Option<Instant>,
    timer: Pin<Box<Sleep>>,
    waker: Option<Waker>,
    stopped: bool,
    mapper: Option<Mapper>,
    /// Where the gateway leads others to discv5, as it last said.
    mapped: Option<SocketAddrV4>,
}

impl Behaviour {
    /// Starts discv5 on bound sockets, serving `record`. Cancel safe: dropping this future closes the sockets.
    ///
    /// The runtime this is called in runs discv5's tasks; dropping the behaviour ends them.
    pub async fn start(
        config: Config,
        sockets: Sockets,
        key: &Key,
        record: Record,
        chain: Chain,
    ) -> Result<Self, StartError> {
        let directory = Discv5Directory::start(&config, sockets, key, record).await?;
        Ok(Self::new(config, directory, chain))
    }

    /// The records in discv5's routing table.
    #[must_use]
    pub fn table_entries(&self) -> Vec<Record> {
        self.directory.table_entries()
    }

    /// How many nodes of the routing table are in contact with us.
    #[must_use]
    pub fn connected(&self) -> usize {
        self.directory.connected()
    }
}

impl<D: Directory> Behaviour<D> {
    /// Finds nodes in a directory. Must be called inside a tokio runtime with time.
    #[must_use]
    pub fn new(config: Config, directory: D, chain: Chain) -> Self {
        let now = Instant::now();
        let local = directory.local_record().node_id();
        let [seed @ .., _, _, _, _, _, _, _, _] = local.raw();
        let seed = seed.iter().fold(0_u64, |seed, byte| seed.rotate_left(8) ^ u64::from(*byte));
        let mut behaviour = Self {
            directory,
            boot: BootNodes::new(config.boot_nodes, &config.boot_texts),
            cache: Cache::new(config.cache, chain, local),
            manager: QueryManager::new(config.queries, config.preset, seed, now),
            answers: FuturesUnordered::new(),
            is_dirty: true,
            due: None,
            timer: Box::pin(tokio::time::sleep_until(now.into())),
            waker: None,
            stopped: false,
            mapper: None,
            mapped: None,
        };
        let boot_nodes: Vec<Record> = behaviour.boot.records().cloned().collect();
        for record in boot_nodes {
            match behaviour.cache.insert_boot(&record, now) {
                // Lists of boot nodes may name ourselves.
                Ok(_) | Err(Dropped::OwnId) => {}
                Err(reason) => behaviour.boot.unusable(&record, reason),
            }
        }
        behaviour
    }

    /// Wants something from now on.
    pub fn declare(&mut self, want: Want) -> Result<WantId, WantError> {
        let id = self.manager.declare(want, Instant::now());
        self.wake();
        id
    }

    /// Wants it no longer. False if it is unknown, or over already.
    pub fn cancel(&mut self, id: WantId) -> bool {
        let is_known = self.manager.cancel(id);
        self.wake();
        is_known
    }

    /// Wants exactly these, in place of those of the last call; what was declared one by one stays. Wants of the same nodes
    /// keep their ids, also if number or slot change. Says which were not taken.
    pub fn set_wants(&mut self, wants: Vec<Want>) -> Vec<(Want, WantError)> {
        let refused = self.manager.replace(wants, Instant::now());
        self.wake();
        refused
    }

    /// Which wants known records meet, and which starve.
    #[must_use]
    pub fn report(&self) -> Report {
        self.manager.report(&self.cache)
    }

    /// The wants in force.
    pub fn wants(&self) -> impl Iterator<Item = (WantId, &Want)> {
        self.manager.wants()
    }

    /// A slot began: wants expire, and the subnets of node ids may change.
    pub fn set_slot(&mut self, slot: Slot) {
        self.manager.set_slot(slot);
        self.wake();
    }

    /// Our place on the chain changed. Records whose verdict changes are reported again.
    pub fn set_chain(&mut self, chain: Chain) {
        self.cache.set_chain(chain);
        self.wake();
    }

    /// Takes in records from elsewhere: reported as if they were found, and asked.
    pub fn add_records(&mut self, records: impl IntoIterator<Item = Record>) {
        let now = Instant::now();
        for record in records {
            if self.learn(&record, now) {
                self.manager.news(now);
            }
        }
        self.wake();
    }

    /// The cache as bytes; see [`cache::saved`](crate::cache::saved).
    #[must_use]
    pub fn save(&self, unix_s: u64) -> Vec<u8> {
        self.cache.save(Instant::now(), unix_s)
    }

    /// Takes in what [`Self::save`] made, as if it was found.
    pub fn load(&mut self, bytes: &[u8], unix_s: u64) -> Result<Loaded, SavedError> {
        let loaded = self.cache.load(bytes, Instant::now(), unix_s);
        self.wake();
        loaded
    }

    /// Takes no record of this peer in for so long, and forgets the one that is known. Nothing of it reaches discv5's own
    /// list, which is shared by the whole process. False if the peer id says no node id.
    pub fn ban(&mut self, peer: &PeerId, duration: Duration) -> bool {
        let Some(id) = node_of(peer) else { return false };
        self.cache.ban(&id, Instant::now() + duration.min(LONGEST));
        self.wake();
        true
    }

    /// Takes a ban back. False if there was none.
    pub fn unban(&mut self, peer: &PeerId) -> bool {
        node_of(peer).is_some_and(|id| self.cache.unban(&id))
    }

    /// Does not count this peer for wants for so long: nobody means to dial it now.
    pub fn set_aside(&mut self, peer: &PeerId, duration: Duration) {
        if let Some(id) = node_of(peer) {
            self.cache.set_aside(&id, Instant::now() + duration.min(LONGEST));
            self.wake();
        }
    }

    /// Serves a new record of ours from now on, all its fields in one step, and tells the nodes that we are in
    /// contact with. Its counter must be above the one served.
    pub fn update(&mut self, record: &Record) -> Result<(), UpdateError> {
        self.directory.update(record)?;
        self.wake();
        Ok(())
    }

    /// Our record as it is served.
    #[must_use]
    pub fn local_record(&self) -> Record {
        self.directory.local_record()
    }

    /// The newest record of a peer.
    #[must_use]
    pub fn record_of(&self, peer: &PeerId) -> Option<Record> {
        self.cache.record(&node_of(peer)?)
    }

    /// Where a peer can be dialled by its record, best first, without `/p2p`. Empty if it is unknown.
    #[must_use]
    pub fn addresses_of(&self, peer: &PeerId) -> Vec<Multiaddr> {
        self.record_of(peer).as_ref().map(multiaddrs).unwrap_or_default()
    }

    /// All nodes in memory with their verdicts.
    pub fn known_nodes(&self) -> impl Iterator<Item = (NodeId, Compatibility)> {
        self.cache.iter()
    }

    /// The memory of records.
    #[must_use]
    pub const fn cache(&self) -> &Cache {
        &self.cache
    }

    /// True if the record is of a node of our chain that was unknown.
    fn learn(&mut self, record: &Record, now: Instant) -> bool {
        match self.cache.insert(record, now) {
            Ok(taken) => {
                taken == Taken::New && self.cache.verdict(&record.node_id()).is_some_and(|v| v.is_compatible())
            }
            Err(reason) => {
                debug!(node = %record.node_id(), %reason, "record dropped");
                false
            }
        }
    }

    fn on_heard(&mut self, heard: Heard, now: Instant) -> Option<Event> {
        self.is_dirty = true;
        match heard {
            // What a lookup brings comes with its answer too; here it is only earlier.
            Heard::Mentioned(record) => {
                self.learn(&record, now);
                None
            }
            Heard::Answered(record) => {
                let id = record.node_id();
                // Where many are known, one more is no reason to hurry.
                if self.learn(&record, now) && self.cache.compatible() <= FEW {
                    self.manager.news(now);
                }
                self.cache.proven(&id, now);
                self.boot.asked(&id.raw(), None);
                None
            }
            Heard::RecordChanged(record) => Some(Event::RecordChanged { record }),
            Heard::AddressLearned(socket) => {
                let mapped = self.mapped.filter(|_| socket.is_ipv4());
                let instead_of = mapped.filter(|mapped| SocketAddr::V4(*mapped) != socket);
                Some(Event::AddressLearned { socket, instead_of })
            }
        }
    }

    fn on_answer(&mut self, answer: Answer, now: Instant) -> Event {
        let Answer { query, asked, records } = answer;
        self.is_dirty = true;
        if let Some((node, _)) = &asked {
            self.boot.asked(node, records.as_ref().err().copied());
        }
        let table = self.directory.table_len();
        let records = match records {
            Ok(records) => records,
            Err(error) => {
                debug!(%error, "no answer");
                self.manager.failed(query);
                return Event::QueryFinished { found: 0, new: 0, table, failure: Some(error) };
            }
        };
        if let Some((node, _)) = &asked {
            self.cache.proven(&NodeId::new(node), now);
        }
        let found = records.len();
        let mut gained = Vec::new();
        for record in records {
            let id = record.node_id().raw();
            // discv5 does not check what one node answers to a question of ours.
            if let Some((node, distances)) = &asked
                && !distances.contains(&log_distance(node, &id))
            {
                self.cache.count_dropped(Dropped::Unasked);
                continue;
            }
            if self.learn(&record, now) {
                gained.push(id);
            }
        }
        self.manager.answered(query, &gained, now);
        Event::QueryFinished { found, new: gained.len(), table, failure: None }
    }

    /// Does a step of the manager. `None`: there is nothing to do before the time.
    fn step(&mut self, now: Instant) -> Result<(), Option<Instant>> {
        match self.manager.next(&self.cache, now) {
            Step::Ask { query, node, distances } => {
                let Some(record) = self.cache.record(&node) else {
                    self.manager.failed(query);
                    return Ok(());
                };
                let asked = Some((node.raw(), distances.clone()));
                let answer = self.directory.ask(record, distances);
                self.answers.push(answer.map(move |records| Answer { query, asked, records }).boxed());
                Ok(())
            }
            Step::Lookup { query, target } => {
                if self.directory.table_len() == 0 {
                    for record in self.boot.records() {
                        self.directory.add(record);
                    }
                }
                let answer = self.directory.lookup(target);
                self.answers.push(answer.map(move |records| Answer { query, asked: None, records }).boxed());
                Ok(())
            }
            Step::Wait(until) => Err(Some(until)),
            Step::Busy => Err(None),
        }
    }

    /// What can be reported without waiting for anything.
    fn next_event(&mut self, now: Instant) -> Option<Event> {
        if let Some((name, problem)) = self.boot.next_problem() {
            return Some(Event::BootNode { name, problem });
        }
        if let Some(report) = self.cache.next_report(now) {
            let (peer, record, compatibility) = (report.peer, report.record, report.compatibility);
            return Some(if compatibility.is_compatible() {
                let serves = self.manager.served_by(&record.node_id(), &report.services).collect();
                Event::Discovered { peer, record, compatibility, serves }
            } else {
                Event::Refused { peer, compatibility }
            });
        }
        self.manager.next_notice().map(Event::Want)
    }

    /// Waits for the time at which something may be due. True if it has come.
    fn is_due(&mut self, cx: &mut Context<'_>) -> bool {
        self.due.is_some() && self.timer.as_mut().poll_unpin(cx).is_ready()
    }

    fn set_due(&mut self, due: Option<Instant>) {
        if let Some(at) = due
            && self.due != due
        {
            self.timer.as_mut().reset(at.into());
        }
        self.due = due;
    }

    /// The next event. The behaviour's own `poll`, without a swarm.
    pub fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Event> {
        for _ in 0..POLL_BUDGET {
            let now = Instant::now();
            if let Some(event) = self.next_event(now) {
                return Poll::Ready(event);
            }
            // Before the directory, which tells what this changes.
            if let Poll::Ready(event) = self.poll_ports(cx) {
                return Poll::Ready(event);
            }
            if !self.stopped {
                match self.directory.poll(cx) {
                    Poll::Ready(Some(heard)) => match self.on_heard(heard, now) {
                        Some(event) => return Poll::Ready(event),
                        None => continue,
                    },
                    Poll::Ready(None) => {
                        self.stopped = true;
                        return Poll::Ready(Event::Stopped);
                    }
                    Poll::Pending => {}
                }
            }
            if let Poll::Ready(Some(answer)) = self.answers.poll_next_unpin(cx) {
                return Poll::Ready(self.on_answer(answer, now));
            }
            if !self.stopped {
                // The swarm polls us whenever anything happens anywhere: mostly nothing of it is ours.
                if std::mem::take(&mut self.is_dirty) {
                    let again = self.cache.tick(now);
                    match self.step(now) {
                        Ok(()) => {
                            self.is_dirty = true;
                            continue;
                        }
                        Err(wait) => self.set_due(wait.into_iter().chain(again).min()),
                    }
                }
                if self.is_due(cx) {
                    self.is_dirty = true;
                    self.due = None;
                    continue;
                }
            }
            self.waker = Some(cx.waker().clone());
            return Poll::Pending;
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    fn wake(&mut self) {
        self.is_dirty = true;
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

fn node_of(peer: &PeerId) -> Option<NodeId> {
    node_id_of(peer).map(|id| NodeId::new(&id))
}

impl<D> fmt::Debug for Behaviour<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Behaviour")
            .field("records", &self.cache.len())
            .field("manager", &self.manager)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
