//! What the transform inside the router and the behaviour around it share: routes, memo, counters.
//!
//! The router owns the transform, lends it out as `&self` alone and gives no way back to it, so both ends hold this behind
//! a mutex. Both are called on the task that polls the behaviour, one after the other: it is never waited for. The memo has a
//! mutex of its own, because connections look into it as well (`gate.rs`).

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use cl_types::{ForkSchedule, TopicKind};
use libp2p_gossipsub::{RawMessage, TopicHash};

use crate::copies::Waiting;
use crate::counters::Counters;
use crate::event::Copies;
use crate::gate::{Gate, Keys, is_anonymous};
use crate::mark::{self, Stamp};
use crate::memo::{Memo, Secret};
use crate::message_id::MessageId;
use crate::routes::{Route, Routes};
use crate::snappy;
use crate::topic::Topic;
use crate::transform::TransformError;

/// Most messages in the memo: 15 to 30 s of all subnets of mainnet (a million validators), at most 20 MB.
const MEMO_CAPACITY: usize = 1 << 17;

/// Stands for every message on a topic that is not joined: the router drops them anyway, and this way it remembers one id.
const NOT_JOINED: MessageId = MessageId([0; 20]);

/// See the module.
pub(crate) struct Intake {
    schedule: Arc<ForkSchedule>,
    start: Instant,
    gate: Arc<Gate>,
    state: Mutex<State>,
}

pub(crate) struct State {
    routes: Routes,
    copies: Waiting,
    pub(crate) counters: Counters,
    /// By family: copies that the router was given and that did not come out of it yet.
    undecided: [u64; TopicKind::FAMILY_COUNT],
    is_undecided: bool,
    /// Of the frame that the router goes through now.
    keys: Keys,
}

/// Why a message does not even get an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the topic is none of this chain's")]
pub(crate) struct UnknownTopic;

impl Intake {
    /// `router_ttl`: how long the router remembers an id. The memo forgets in half of that.
    pub(crate) fn new(schedule: Arc<ForkSchedule>, secret: Secret, router_ttl: Duration, start: Instant) -> Self {
        let gate = Arc::new(Gate::new(secret, Memo::new(router_ttl / 2, MEMO_CAPACITY)));
        let state = State {
            routes: Routes::default(),
            copies: Waiting::default(),
            counters: Counters::default(),
            undecided: [0; TopicKind::FAMILY_COUNT],
            is_undecided: false,
            keys: Keys::default(),
        };
        Self { schedule, start, gate, state: Mutex::new(state) }
    }

    /// Everything that changes on the router's task. A panic in another thread does not make numbers worse than they are.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What connections need of it.
    pub(crate) const fn gate(&self) -> &Arc<Gate> {
        &self.gate
    }

    /// Everything that was counted.
    pub(crate) fn counters(&self) -> Counters {
        let mut counters = self.state().counters.clone();
        self.gate.add_to(&mut counters);
        counters
    }

    /// The data for the router, in place of the raw data that came now: decompressed, or a stand-in if it came before or
    /// nobody wants it.
    pub(crate) fn take_in(&self, raw: RawMessage, now: Instant) -> Result<(TopicHash, Vec<u8>), TransformError> {
        let mut state = self.state();
        let key = state.keys.next();
        // The router's anonymous mode refuses three of the four signs of an author but forgets the key.
        if !is_anonymous(&raw) {
            state.counters.not_anonymous += 1;
            return Err(TransformError::NotAnonymous);
        }
        let Some(route) = state.routes.get(&raw.topic, &self.schedule) else {
            state.counters.unknown_topic += 1;
            return Err(UnknownTopic.into());
        };
        let (number, family, form, bounds) = (route.number, route.family, route.form, route.bounds.clone());
        let is_joined = route.is_joined;
        state.counters.count(family, |traffic| {
            traffic.copies += 1;
            traffic.bytes += raw.data.len() as u64;
            traffic.not_joined += u64::from(!is_joined);
        });
        if !is_joined {
            return Ok((raw.topic, mark::known(raw.data, NOT_JOINED)));
        }
        // What passed the gate may have been handed out since.
        let key = key.unwrap_or_else(|| self.gate.key(&raw));
        let known = self.gate.known().memo.recall(&key, now);
        let RawMessage { data, topic, .. } = raw;
        if let Some(known) = known {
            state.counters.count(family, |traffic| traffic.memo_duplicates += 1);
            return Ok((topic, mark::known(data, known.id)));
        }
        state.wait_for_router(family);
        drop(state);
        let at = u64::try_from(now.saturating_duration_since(self.start).as_nanos()).unwrap_or(u64::MAX);
        let stamp = Stamp { key, at, route: number };
        // The bound of the topic is enforced here, on the declared length, and not by the router's sizes per topic: those are
        // a map that it clones into every connection and stream.
        let marked = match snappy::decompress_with_room(&data, &bounds, mark::ROOM) {
            Ok(ssz) => mark::came(ssz, true, form, stamp),
            Err(_) => mark::came(data, false, form, stamp),
        };
        Ok((topic, marked))
    }

    /// Notes that the router handed out as new what came with this stamp. From now on copies of it are known. Returns the route
    /// of its topic.
    pub(crate) fn remember(&self, stamp: Stamp, id: MessageId, now: Instant) -> Option<Route> {
        let mut state = self.state();
        let route = state.routes.numbered(stamp.route)?.clone();
        state.came_out(route.family);
        drop(state);
        let at = self.start.checked_add(Duration::from_nanos(stamp.at)).unwrap_or(now);
        self.gate.known().memo.insert(stamp.key, id, route.family, at, now);
        Some(route)
    }

    /// The next message whose copies are final.
    pub(crate) fn final_copies(&self) -> Option<Copies> {
        let mut state = self.state();
        if state.copies.is_empty() { None } else { state.copies.pop(&self.gate.known().memo, Instant::now()) }
    }
}

impl State {
    /// The route of a topic of this chain.
    pub(crate) fn route(&mut self, topic: &TopicHash, schedule: &ForkSchedule) -> Option<&mut Route> {
        self.routes.get(topic, schedule)
    }

    /// Lets a name through that is no topic, for tests.
    #[cfg(test)]
    pub(crate) fn admit(&mut self, name: &str, form: crate::message_id::Form, bounds: std::ops::RangeInclusive<usize>) {
        self.routes.admit(name, form, bounds);
    }

    /// The router goes through a frame with these keys now. Returns how many messages were refused so far.
    pub(crate) fn begin_frame(&mut self, keys: Keys) -> (u64, u64) {
        self.keys = keys;
        self.counters.frames += 1;
        self.refused()
    }

    /// The router is through with it; of what it did not look at, nothing is kept.
    pub(crate) fn end_frame(&mut self) -> (u64, u64) {
        self.keys = Keys::default();
        self.refused()
    }

    /// How many messages did not get an id so far: of unknown topics, not anonymous.
    const fn refused(&self) -> (u64, u64) {
        (self.counters.unknown_topic, self.counters.not_anonymous)
    }

    fn wait_for_router(&mut self, family: usize) {
        if let Some(waiting) = self.undecided.get_mut(family) {
            *waiting = waiting.saturating_add(1);
        }
        self.is_undecided = true;
    }

    /// A copy came out of the router: it was new to it.
    fn came_out(&mut self, family: usize) {
        if let Some(waiting) = self.undecided.get_mut(family) {
            *waiting = waiting.saturating_sub(1);
        }
    }

    /// The application gets a large message: its copies will be of interest.
    pub(crate) fn count_copies(&mut self, stamp: Stamp, topic: Topic, id: MessageId, at: Instant) {
        let is_counted = self.copies.push(stamp.key, topic, id, at);
        self.counters.uncounted_copies += u64::from(!is_counted);
    }

    /// The router has nothing to hand out: what did not come out was a duplicate.
    pub(crate) fn settle(&mut self) {
        if std::mem::take(&mut self.is_undecided) {
            for (family, waiting) in self.undecided.iter_mut().enumerate() {
                let duplicates = std::mem::take(waiting);
                self.counters.count(family, |traffic| traffic.router_duplicates += duplicates);
            }
        }
    }
}

impl std::fmt::Debug for Intake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Intake").finish_non_exhaustive()
    }
}
