//! discv5 as a behaviour of the swarm.

use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use cl_enr::{Compatibility, Key, NodeId, Record, multiaddrs};
use discv5::{Discv5, QueryError};
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use libp2p_identity::PeerId;
use libp2p_swarm::derive_prelude::{ConnectionId, Endpoint, FromSwarm, PortUse};
use libp2p_swarm::{ConnectionDenied, NetworkBehaviour, THandler, THandlerInEvent, THandlerOutEvent, ToSwarm, dummy};
use multiaddr::Multiaddr;
use tokio::sync::mpsc;
use tokio::time::Sleep;
use tracing::debug;

use crate::book::Book;
use crate::chain::Chain;
use crate::config::Config;
use crate::error::{StartError, UpdateError};
use crate::event::Event;
use crate::query::{QueryManager, Step};
use crate::sockets::Sockets;

/// Compatible nodes after which a lookup ends. discv5's buckets hold 16 as well.
const RESULTS_PER_QUERY: usize = 16;
/// Things of discv5 handled in one poll before others get their turn.
const POLL_BUDGET: usize = 64;
/// Nodes of the table told at once about a new record of ours; the others learn it by their next ping.
const TOLD_AT_ONCE: usize = 32;

/// Runs discv5 and remembers what it found. See the crate's documentation.
///
/// Memory: the bounds of [`Config`], a routing table of at most 256 * 16 records, and discv5's sessions (1000).
pub struct Behaviour {
    discv5: Discv5,
    /// discv5's own bounded channel: at most 100 events, more are dropped by it.
    events: mpsc::Receiver<discv5::Event>,
    /// Our record as last given to or reported from discv5.
    served: Record,
    boot_nodes: Vec<Record>,
    book: Book,
    manager: QueryManager,
    /// Bounded by the manager.
    queries: FuturesUnordered<BoxFuture<'static, Result<Vec<Record>, QueryError>>>,
    /// Bounded by [`TOLD_AT_ONCE`].
    pings: FuturesUnordered<BoxFuture<'static, ()>>,
    /// Unknown compatible peers since the last lookup ended.
    new: usize,
    timer: Pin<Box<Sleep>>,
    waker: Option<Waker>,
    stopped: bool,
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
        if tokio::runtime::Handle::try_current().is_err() {
            return Err(StartError::NoRuntime);
        }
        let settings = config.discv5(sockets.into_listen_config());
        let mut discv5 = Discv5::new(record.clone(), key.to_combined(), settings).map_err(|_| StartError::NotOurs)?;
        discv5.start().await.map_err(StartError::Service)?;
        let events = discv5.event_stream().await.map_err(StartError::Service)?;
        let now = Instant::now();
        let mut book = Book::new(&config, chain);
        for boot_node in config.boot_nodes.iter().filter(|boot_node| boot_node.node_id() != record.node_id()) {
            book.insert(boot_node.clone(), now);
        }
        Ok(Self {
            discv5,
            events,
            served: record,
            boot_nodes: config.boot_nodes,
            book,
            manager: QueryManager::new(config.queries, now),
            queries: FuturesUnordered::new(),
            pings: FuturesUnordered::new(),
            new: 0,
            timer: Box::pin(tokio::time::sleep_until(now.into())),
            waker: None,
            stopped: false,
        })
    }

    /// How many peers are missing: lookups are frequent while this is above zero.
    pub fn set_wanted(&mut self, missing: usize) {
        self.manager.set_wanted(missing, Instant::now());
        self.wake();
    }

    /// Our place on the chain changed. Records whose verdict changes are reported again.
    pub fn set_chain(&mut self, chain: Chain) {
        self.book.set_chain(chain);
        self.wake();
    }

    /// Takes in records from elsewhere, like saved ones: reported as if they were found, and asked in lookups.
    pub fn add_records(&mut self, records: impl IntoIterator<Item = Record>) {
        let now = Instant::now();
        for record in records {
            if record.node_id() != self.served.node_id() {
                // Refused if it has no usable discv5 address or its bucket is full: then it can still be dialled.
                self.discv5.add_enr(record.clone()).unwrap_or_default();
                self.learn(record, now);
            }
        }
        self.wake();
    }

    /// Serves a new record of ours from now on, all its fields in one step, and tells the nodes that we are in
    /// contact with. Its counter must be above the one served.
    pub fn update(&mut self, record: &Record) -> Result<(), UpdateError> {
        if record.node_id() != self.served.node_id() {
            return Err(UpdateError::NotOurs);
        }
        {
            let shared = self.discv5.external_enr();
            let mut current = shared.write();
            if *current == *record {
                self.served = record.clone();
                return Ok(());
            }
            if current.seq() != self.served.seq() {
                return Err(UpdateError::Changed { seq: current.seq() });
            }
            if record.seq() <= current.seq() {
                return Err(UpdateError::NotNewer { seq: record.seq(), served: current.seq() });
            }
            *current = record.clone();
        }
        self.served = record.clone();
        self.tell();
        self.wake();
        Ok(())
    }

    /// Our record as it is served.
    #[must_use]
    pub fn local_record(&self) -> Record {
        self.discv5.local_enr()
    }

    /// The newest record of a peer.
    #[must_use]
    pub fn record_of(&self, peer: &PeerId) -> Option<&Record> {
        self.book.get(peer)
    }

    /// Where a peer can be dialled by its record, best first, without `/p2p`. Empty if it is unknown.
    #[must_use]
    pub fn addresses_of(&self, peer: &PeerId) -> Vec<Multiaddr> {
        self.book.get(peer).map(multiaddrs).unwrap_or_default()
    }

    /// All records in memory with their verdicts, in no order.
    pub fn known_records(&self) -> impl Iterator<Item = (&PeerId, &Record, Compatibility)> {
        self.book.iter()
    }

    /// The records in discv5's routing table.
    #[must_use]
    pub fn table_entries(&self) -> Vec<Record> {
        self.discv5.table_entries_enr()
    }

    /// How many nodes of the routing table are in contact with us.
    #[must_use]
    pub fn connected(&self) -> usize {
        self.discv5.connected_peers()
    }

    fn learn(&mut self, record: Record, now: Instant) {
        if record.node_id() != self.served.node_id() && self.book.insert(record, now) {
            self.new += 1;
        }
    }

    fn table_len(&self) -> usize {
        self.discv5.with_kbuckets(|kbuckets| kbuckets.read().iter_ref().count())
    }

    fn on_discv5(&mut self, event: discv5::Event, now: Instant) {
        match event {
            discv5::Event::Discovered(record) => self.learn(record, now),
            discv5::Event::SessionEstablished(record, _) => {
                let alone = self.table_len() <= 1;
                self.learn(record, now);
                if alone {
                    self.manager.somebody(now);
                }
            }
            // A changed record of ours is noticed by its counter. Others' talk is not answered: discv5 sends the
            // empty answer when the request is dropped.
            _ => {}
        }
    }

    fn start_query(&mut self, now: Instant) {
        if self.table_len() == 0 {
            for boot_node in &self.boot_nodes {
                if let Err(reason) = self.discv5.add_enr(boot_node.clone()) {
                    debug!(boot_node = %boot_node.node_id(), reason, "boot node cannot be asked");
                }
            }
            if self.table_len() == 0 {
                self.manager.nobody(now);
                return;
            }
        }
        let chain = *self.book.chain();
        let wanted = Box::new(move |record: &Record| chain.verdict(record).is_compatible());
        let query = self.discv5.find_node_predicate(NodeId::random(), wanted, RESULTS_PER_QUERY);
        self.queries.push(query.boxed());
    }

    fn on_query(&mut self, result: Result<Vec<Record>, QueryError>, now: Instant) -> Event {
        let records = result.unwrap_or_else(|error| {
            debug!(?error, "lookup failed");
            Vec::new()
        });
        let found = records.len();
        for record in records {
            self.learn(record, now);
        }
        let new = std::mem::take(&mut self.new);
        self.manager.finished(new, now);
        Event::QueryFinished { found, new, table: self.table_len() }
    }

    /// Pings carry our record's counter, so that peers ask for the new one.
    fn tell(&self) {
        let room = TOLD_AT_ONCE.saturating_sub(self.pings.len());
        let connected = self.discv5.table_entries().into_iter().filter(|(_, _, status)| status.is_connected());
        for (_, record, _) in connected.take(room) {
            self.pings.push(self.discv5.send_ping(record).map(drop).boxed());
        }
    }

    /// What can be reported without waiting for anything.
    fn next_event(&mut self, now: Instant) -> Option<Event> {
        let shared = self.discv5.external_enr();
        let current = shared.read();
        if current.seq() != self.served.seq() {
            self.served = current.clone();
            return Some(Event::RecordChanged { record: self.served.clone() });
        }
        drop(current);
        let (peer, record, compatibility) = self.book.next_report(now)?;
        Some(if compatibility.is_compatible() {
            Event::Discovered { peer, record, compatibility }
        } else {
            Event::Refused { peer, compatibility }
        })
    }

    fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

impl fmt::Debug for Behaviour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Behaviour")
            .field("served", &self.served)
            .field("manager", &self.manager)
            .finish_non_exhaustive()
    }
}

impl NetworkBehaviour for Behaviour {
    type ConnectionHandler = dummy::ConnectionHandler;
    type ToSwarm = Event;

    fn handle_established_inbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        Ok(dummy::ConnectionHandler)
    }

    fn handle_pending_outbound_connection(
        &mut self,
        _: ConnectionId,
        peer: Option<PeerId>,
        _: &[Multiaddr],
        _: Endpoint,
    ) -> Result<Vec<Multiaddr>, ConnectionDenied> {
        Ok(peer.map(|peer| self.addresses_of(&peer)).unwrap_or_default())
    }

    fn handle_established_outbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        Ok(dummy::ConnectionHandler)
    }

    fn on_swarm_event(&mut self, _: FromSwarm<'_>) {}

    fn on_connection_handler_event(&mut self, _: PeerId, _: ConnectionId, event: THandlerOutEvent<Self>) {
        match event {}
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<ToSwarm<Event, THandlerInEvent<Self>>> {
        for _ in 0..POLL_BUDGET {
            let now = Instant::now();
            if let Some(event) = self.next_event(now) {
                return Poll::Ready(ToSwarm::GenerateEvent(event));
            }
            if !self.stopped {
                match self.events.poll_recv(cx) {
                    Poll::Ready(Some(event)) => {
                        self.on_discv5(event, now);
                        continue;
                    }
                    Poll::Ready(None) => {
                        self.stopped = true;
                        return Poll::Ready(ToSwarm::GenerateEvent(Event::Stopped));
                    }
                    Poll::Pending => {}
                }
            }
            if let Poll::Ready(Some(result)) = self.queries.poll_next_unpin(cx) {
                return Poll::Ready(ToSwarm::GenerateEvent(self.on_query(result, now)));
            }
            if let Poll::Ready(Some(())) = self.pings.poll_next_unpin(cx) {
                continue;
            }
            if !self.stopped {
                match self.manager.next(now) {
                    Step::Start => {
                        self.start_query(now);
                        continue;
                    }
                    Step::Wait(until) => {
                        self.timer.as_mut().reset(until.into());
                        if self.timer.as_mut().poll_unpin(cx).is_ready() {
                            continue;
                        }
                    }
                    Step::Busy => {}
                }
            }
            self.waker = Some(cx.waker().clone());
            return Poll::Pending;
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

// The swarm never sends anything to this behaviour's handlers.
const _: fn(THandlerInEvent<Behaviour>) -> Infallible = |event| event;

#[cfg(test)]
mod tests;
