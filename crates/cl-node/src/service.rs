//! The node's task: owns the swarm and every core, and moves events between them.
//!
//! One file for each direction of flow: [`peers`] (connections and the peer manager), [`rpc`], [`serve`]
//! (answers from the store), [`gossip`], [`identity`]
//! (our record and metadata), [`search`] (what discovery looks for), [`duties`] (what validators ask for), [`judging`]
//! (verdicts), [`follow`] (a chain of ours), [`commands`]. [`departures`] spreads the leaving of topics over time.

mod commands;
mod company;
mod control;
mod departures;
mod duties;
mod follow;
mod gossip;
pub(crate) mod identity;
mod judging;
mod peers;
mod rpc;
pub(crate) mod search;
mod serve;
pub(crate) mod table;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cl_gossip::Planner;
use cl_peers::Manager;
use cl_rpc::{InboundId, RequestId};
use cl_types::containers::StatusV2;
use cl_types::{ForkPlan, ForkSchedule, Root, Slot, SlotClock};
use futures::StreamExt;
use libp2p::{Multiaddr, PeerId, Swarm};
use tokio::sync::{broadcast, mpsc};

use crate::behaviour::Behaviour;
use crate::clock::{SlotTimer, unix_ms};
use crate::event::Event;
use crate::handle::{Command, Reply};
use crate::metrics::{Metrics, Server};
use crate::pool::Pool;
use crate::relay::{RelayLevel, StructuralCheck};
use crate::status::{StatusContext, StatusSource};
use crate::store::{ChainStore, ColumnSet};

pub(crate) use self::company::Company;
pub(crate) use self::departures::Departures;
pub(crate) use self::follow::Follow;
pub(crate) use self::identity::Identity;
pub(crate) use self::peers::Connections;
use self::rpc::Pending;
pub(crate) use self::search::Search;
use self::serve::Serving;

/// How often the peer manager looks around.
const TICK: Duration = Duration::from_millis(250);

/// Everything the task owns.
pub(crate) struct Service {
    pub(crate) swarm: Swarm<Behaviour>,
    pub(crate) schedule: Arc<ForkSchedule>,
    pub(crate) clock: SlotClock,
    pub(crate) plan: ForkPlan,
    pub(crate) identity: Identity,
    pub(crate) manager: Manager,
    pub(crate) connections: Connections,
    pub(crate) planner: Planner,
    pub(crate) departures: Departures,
    pub(crate) relay: RelayLevel,
    /// What levels up to [`RelayLevel::Structure`] look at.
    pub(crate) check: StructuralCheck,
    /// Judges, at levels above.
    pub(crate) pool: Option<Pool>,
    pub(crate) follow: Follow,
    pub(crate) status_source: Arc<dyn StatusSource>,
    pub(crate) store: Arc<dyn ChainStore>,
    pub(crate) genesis_block_root: Option<Root>,
    /// The columns that we keep and serve.
    pub(crate) custody: ColumnSet,
    pub(crate) serving: HashMap<InboundId, Serving>,
    pub(crate) requests: HashMap<RequestId, (PeerId, Pending)>,
    pub(crate) listen: Vec<Multiaddr>,
    pub(crate) events: broadcast::Sender<Event>,
    pub(crate) commands: mpsc::Receiver<Command>,
    pub(crate) shutdown_grace: Duration,
    pub(crate) table_saved: Instant,
    pub(crate) company: Company,
    pub(crate) search: Search,
    pub(crate) metrics: Option<(Metrics, Server)>,
}

impl Service {
    /// Runs until every handle is dropped or one says so.
    pub(crate) async fn run(mut self) {
        let mut slots = SlotTimer::new(self.clock);
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        self.on_slot(slots.slot());
        let reply = loop {
            self.act();
            tokio::select! {
                event = self.swarm.select_next_some() => self.on_swarm_event(event),
                judged = judging::next_judged(&mut self.pool) => self.conclude(judged),
                slot = slots.next() => self.on_slot(slot),
                _ = tick.tick() => self.on_tick(),
                command = self.commands.recv() => match command {
                    Some(Command::Shutdown(reply)) => break Some(reply),
                    Some(command) => self.on_command(command),
                    None => break None,
                },
            }
        };
        self.finish(reply).await;
    }

    /// Says goodbye to everybody, waits for that to arrive, and ends.
    async fn finish(mut self, reply: Option<Reply<()>>) {
        self.manager.shutdown(Instant::now());
        self.act();
        // No verdict is given any more; what comes meanwhile is dropped.
        if let Some(pool) = &mut self.pool {
            pool.close();
        }
        let deadline = tokio::time::sleep(self.shutdown_grace);
        let mut deadline = std::pin::pin!(deadline);
        // Beside the goodbyes, and no longer: what is not taken back by then ends with its lease.
        let mapper = self.swarm.behaviour_mut().discovery.as_mut().and_then(cl_discovery::Behaviour::unmap_ports);
        let unmapping = tokio::spawn(tokio::time::timeout(self.shutdown_grace, async move {
            if let Some(mapper) = mapper {
                mapper.close().await;
            }
        }));
        while self.swarm.network_info().num_peers() > 0 {
            tokio::select! {
                event = self.swarm.select_next_some() => {
                    self.on_swarm_event(event);
                    self.act();
                }
                () = &mut deadline => break,
            }
        }
        let _ = unmapping.await;
        if let Some(pool) = self.pool.take() {
            pool.shutdown().await;
        }
        if let Some((_, server)) = self.metrics.take() {
            server.stop().await;
        }
        self.identity.save_or_warn();
        self.save_table(Instant::now());
        self.save_records();
        self.emit(Event::Stopped);
        if let Some(reply) = reply {
            // The swarm goes first: when shutdown returns, the ports are free again.
            drop(self);
            let _ = reply.send(());
        }
    }

    fn on_slot(&mut self, slot: Slot) {
        let before = self.plan.active;
        self.plan = self.schedule.plan(slot);
        let active = self.plan.active;
        if active != before {
            self.emit(Event::ForkActive { epoch: active.epoch, fork: active.fork, digest: active.digest });
        }
        self.swarm.behaviour_mut().gossip.on_slot(slot);
        self.replan_topics();
        self.want_published_subnets();
        self.refresh_identity();
        if let Some(discovery) = self.swarm.behaviour_mut().discovery.as_mut() {
            discovery.set_slot(slot);
        }
        self.declare_wants();
        // Nothing happens unless the set changes, which it does around forks.
        self.swarm.behaviour_mut().rpc.serve(self.schedule.offered(slot).map(|row| row.protocol));
        self.on_tick();
    }

    fn on_tick(&mut self) {
        let ours = self.our_status();
        let now = Instant::now();
        self.manager.tick(now, &self.plan, &ours);
        self.leave_some();
        self.close_duplicates(now);
        self.abandon_unread();
        self.look_at_company(now);
        self.follow(now);
        self.save_table_when_due(now);
        self.save_records_when_due(now);
        if let Some((metrics, _)) = &mut self.metrics {
            let peers = self.swarm.network_info().num_peers();
            let gossip = &self.swarm.behaviour().gossip;
            let pool = self.pool.as_ref().map(Pool::numbers).unwrap_or_default();
            metrics.now(peers, self.planner.topics().count(), gossip.waiting().0, gossip.counters(), pool);
        }
    }

    /// Counts, where somebody may ask for it.
    fn count(&self, what: impl FnOnce(&Metrics)) {
        if let Some((metrics, _)) = &self.metrics {
            what(metrics);
        }
    }

    /// Our Status at this moment.
    fn our_status(&self) -> StatusV2 {
        let slot = self.clock.slot_or_genesis(unix_ms());
        let fork_digest = self.schedule.at_slot(slot).digest;
        self.status_source.status(&StatusContext { fork_digest, slot, store: &*self.store, custody: self.custody })
    }

    /// Tells the subscribers. Without any, the event is lost, which is what no subscriber wants.
    fn emit(&self, event: Event) {
        let _ = self.events.send(event);
    }
}
