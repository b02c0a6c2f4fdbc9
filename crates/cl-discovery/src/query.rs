//! The query manager: which questions answer all wants at once. No I/O and no clock: time comes in as an argument.
//!
//! | module | holds |
//! | --- | --- |
//! | `need` | wants that known records do not meet, merged into one weight for each prefix of node ids |
//! | `sweep` | whom to ask for which distances next |
//!
//! Wants are declared, not searched one by one. Whatever a node answers counts for every want, so one sweep over the network
//! serves all of them, and it ends when the last one is met. After many questions there is a pause, which grows as long as
//! nothing new is found: wants that cannot be met cost 16 questions a minute in the end. A sweep that has asked everybody
//! everything begins again, in another order.

mod need;
mod sweep;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use cl_enr::NodeId;
use cl_types::{Epoch, PresetId, Slot};

use crate::cache::Cache;
use crate::rotation::Rotation;
use crate::services::Services;
use crate::want::{Want, WantError, WantId};
use need::Need;
use sweep::{Question, Sweep};

/// A lookup asks about so many nodes.
const LOOKUP_COST: usize = 16;

/// How often and how much to ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueryConfig {
    /// Pause after so many questions, or when none is left, while something is missing and new nodes were found.
    pub busy: Duration,
    /// The longest pause while something is missing: without a new node it doubles up to this.
    pub busy_max: Duration,
    /// Between lookups while nothing is missing: they keep discv5's table fresh.
    pub idle: Duration,
    /// Most questions and lookups on their way. At least 1.
    pub parallel: usize,
    /// Between the starts of two questions, at least.
    pub spacing: Duration,
    /// Most questions before the first pause after something new is wanted.
    pub questions: usize,
    /// Most questions between two later pauses.
    pub questions_again: usize,
    /// Most wants at a time.
    pub max_wants: usize,
    /// Most nodes of which it is remembered what they were asked.
    pub max_asked: usize,
}

impl QueryConfig {
    /// For public networks: at most 100 questions a second, eight at a time; pauses of 2 s up to a minute.
    #[must_use]
    pub const fn public() -> Self {
        Self {
            busy: Duration::from_secs(2),
            busy_max: Duration::from_secs(60),
            idle: Duration::from_secs(300),
            parallel: 8,
            spacing: Duration::from_millis(10),
            questions: 512,
            questions_again: 16,
            max_wants: 512,
            max_asked: 2048,
        }
    }

    /// For devnets on one machine: pauses of half a second up to 2 s.
    #[must_use]
    pub const fn local() -> Self {
        Self {
            busy: Duration::from_millis(500),
            busy_max: Duration::from_secs(2),
            idle: Duration::from_secs(30),
            spacing: Duration::ZERO,
            ..Self::public()
        }
    }
}

/// Names a question or lookup. Never used twice by one manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QueryId(u64);

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// Ask this node for the nodes it knows at these distances from itself.
    Ask {
        /// Names it in [`QueryManager::answered`] and [`QueryManager::failed`].
        query: QueryId,
        /// Whom to ask; its record is in the cache.
        node: NodeId,
        /// The distances, nearest first.
        distances: Vec<u64>,
    },
    /// Look up the nodes nearest to this id.
    Lookup {
        /// Names it in [`QueryManager::answered`] and [`QueryManager::failed`].
        query: QueryId,
        /// The id.
        target: NodeId,
    },
    /// Call again at this time, or after something changed.
    Wait(Instant),
    /// Call again after an answer or a failure.
    Busy,
}

/// Something that happened to a want.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Notice {
    /// Known records meet it.
    Met(WantId),
    /// Known records do not meet it any more.
    Starving(WantId),
    /// Its last slot is over. It is forgotten.
    Expired(WantId),
}

/// Which wants known records meet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Met.
    pub met: Vec<WantId>,
    /// Not met, with the number of nodes that are missing.
    pub starving: Vec<(WantId, usize)>,
}

#[derive(Debug)]
enum Kind {
    Question(Question),
    Lookup,
}

/// Decides what is asked. Memory: its wants, what is on its way, and 40 bytes for each node asked.
#[derive(Debug)]
pub struct QueryManager {
    config: QueryConfig,
    wants: BTreeMap<WantId, Want>,
    next_want: u64,
    /// Those of the last [`QueryManager::replace`].
    replaceable: BTreeSet<WantId>,
    met: BTreeSet<WantId>,
    /// No longer than twice the wants that there may be.
    notices: VecDeque<Notice>,
    slot: Option<Slot>,
    preset: PresetId,
    rotation: Rotation,
    sweep: Sweep,
    running: BTreeMap<QueryId, Kind>,
    next_query: u64,
    /// Questions left until the next pause.
    budget: usize,
    /// Ids looked up since all were.
    looked_up: BTreeSet<[u8; 32]>,
    /// A new node was found since the last pause.
    gained: bool,
    pause: Duration,
    /// Nothing is asked before.
    next_at: Instant,
    /// The next lookup while nothing is missing.
    idle_at: Instant,
    last_start: Option<Instant>,
    random: u64,
}

impl QueryManager {
    /// Wants nothing yet. `seed` should differ between nodes: it spreads their questions over the network.
    #[must_use]
    pub fn new(config: QueryConfig, preset: PresetId, seed: u64, now: Instant) -> Self {
        Self {
            config,
            wants: BTreeMap::new(),
            next_want: 0,
            replaceable: BTreeSet::new(),
            met: BTreeSet::new(),
            notices: VecDeque::new(),
            slot: None,
            preset,
            rotation: Rotation::at(Epoch(0), preset),
            sweep: Sweep::new(config.max_asked, seed),
            running: BTreeMap::new(),
            next_query: 0,
            budget: config.questions,
            looked_up: BTreeSet::new(),
            gained: false,
            pause: config.busy,
            next_at: now,
            idle_at: now,
            last_start: None,
            random: seed,
        }
    }

    /// Wants something from now on.
    pub fn declare(&mut self, want: Want, now: Instant) -> Result<WantId, WantError> {
        self.check(&want)?;
        if self.wants.len() >= self.config.max_wants {
            return Err(WantError::TooMany(self.wants.len()));
        }
        let id = WantId(self.next_want);
        self.next_want += 1;
        self.wants.insert(id, want);
        self.budget = self.budget.max(self.config.questions);
        self.hurry(now);
        Ok(id)
    }

    /// Wants exactly these, in place of those of the last call; what was declared one by one stays. Wants of the same nodes
    /// keep their ids, also if number or slot change. Says which were not taken.
    pub fn replace(&mut self, wants: Vec<Want>, now: Instant) -> Vec<(Want, WantError)> {
        let mut old = std::mem::take(&mut self.replaceable);
        let (mut fresh, mut refused) = (Vec::new(), Vec::new());
        for want in wants {
            let alike = old.iter().copied().find(|id| self.wants.get(id).is_some_and(|old| old.is_alike(&want)));
            if let Some(id) = alike
                && self.check(&want).is_ok()
            {
                old.remove(&id);
                self.replaceable.insert(id);
                self.wants.insert(id, want);
            } else {
                fresh.push(want);
            }
        }
        for id in old {
            self.cancel(id);
        }
        for want in fresh {
            match self.declare(want.clone(), now) {
                Ok(id) => {
                    self.replaceable.insert(id);
                }
                Err(error) => refused.push((want, error)),
            }
        }
        refused
    }

    /// Wants it no longer. False if it is unknown, or over already.
    pub fn cancel(&mut self, id: WantId) -> bool {
        self.met.remove(&id);
        self.replaceable.remove(&id);
        self.notices.retain(|notice| !matches!(notice, Notice::Met(of) | Notice::Starving(of) if *of == id));
        self.wants.remove(&id).is_some()
    }

    /// A slot began: wants whose last slot is over are forgotten, and the subnets of node ids may have changed.
    pub fn set_slot(&mut self, slot: Slot) {
        self.slot = Some(slot);
        self.rotation.set_epoch(Epoch(slot.0 / self.preset.slots_per_epoch()));
        let over: Vec<WantId> = self
            .wants
            .iter()
            .filter(|(_, want)| want.until_slot().is_some_and(|until| until < slot))
            .map(|(id, _)| *id)
            .collect();
        for id in over {
            self.cancel(id);
            self.notices.push_back(Notice::Expired(id));
        }
    }

    /// The wants in force.
    pub fn wants(&self) -> impl Iterator<Item = (WantId, &Want)> {
        self.wants.iter().map(|(id, want)| (*id, want))
    }

    /// The wants that a node serves, met or not.
    pub fn served_by<'a>(&'a self, id: &'a NodeId, services: &'a Services) -> impl Iterator<Item = WantId> + 'a {
        let serves = move |want: &Want| match want {
            Want::Nodes(ids) => ids.contains(id),
            want => want.is_served_by(services),
        };
        self.wants.iter().filter(move |(_, want)| serves(want)).map(|(id, _)| *id)
    }

    /// Which wants known records meet, and which starve.
    #[must_use]
    pub fn report(&self, cache: &Cache) -> Report {
        let mut report = Report::default();
        for (id, want) in &self.wants {
            match missing(want, cache) {
                0 => report.met.push(*id),
                missing => report.starving.push((*id, missing)),
            }
        }
        report
    }

    /// What happened to wants.
    pub fn next_notice(&mut self) -> Option<Notice> {
        self.notices.pop_front()
    }

    /// How many questions and lookups are on their way.
    #[must_use]
    pub fn running(&self) -> usize {
        self.running.len()
    }

    /// Of how many nodes it is remembered what they were asked.
    #[must_use]
    pub fn remembered(&self) -> usize {
        self.sweep.len()
    }

    /// What to do now.
    pub fn next(&mut self, cache: &Cache, now: Instant) -> Step {
        let need = Need::of(&self.wants, cache, &self.rotation);
        self.notice(&need);
        if self.running.len() >= self.config.parallel.max(1) {
            return Step::Busy;
        }
        if let Some(at) = self.last_start.map(|last| last + self.config.spacing)
            && now < at
        {
            return Step::Wait(at);
        }
        if need.starving.is_empty() {
            return self.idle(now);
        }
        if now < self.next_at {
            return Step::Wait(self.next_at);
        }
        let target = need.ids.iter().find(|id| !self.looked_up.contains(&id.raw()));
        if let Some(target) = target
            && self.budget >= LOOKUP_COST
            && !self.is_looking_up()
        {
            self.budget -= LOOKUP_COST;
            self.looked_up.insert(target.raw());
            return self.start_lookup(*target, now);
        }
        let mut is_all_asked = !need.is_any;
        if need.is_any && self.budget > 0 {
            if let Some(question) = self.sweep.next(&need, cache) {
                self.budget -= 1;
                let query = self.start(Kind::Question(question), now);
                return Step::Ask { query, node: NodeId::new(&question.node), distances: question.distances() };
            }
            is_all_asked = true;
        }
        if !self.running.is_empty() {
            return Step::Busy;
        }
        // Nothing is left to ask, or enough was asked for now: then the rest comes after the pause.
        self.next_at = now + self.pause;
        self.pause = if std::mem::take(&mut self.gained) {
            self.config.busy
        } else {
            self.pause.saturating_mul(2).min(self.config.busy_max)
        };
        self.budget = self.config.questions_again;
        if target.is_none() {
            // Each was looked up: from the first one again.
            self.looked_up.clear();
        }
        if is_all_asked {
            self.sweep.restart();
        }
        Step::Wait(self.next_at)
    }

    /// An answer came. `gained` are the nodes of our chain in it that were unknown. What is not on its way is ignored.
    pub fn answered(&mut self, query: QueryId, gained: &[[u8; 32]], now: Instant) {
        let Some(kind) = self.running.remove(&query) else { return };
        if let Kind::Question(question) = kind {
            self.sweep.answered(&question, gained);
        }
        if !gained.is_empty() {
            self.gained = true;
            self.pause = self.config.busy;
        }
        self.idle_at = self.idle_at.max(now + self.config.idle);
    }

    /// No answer came.
    pub fn failed(&mut self, query: QueryId) {
        if let Some(Kind::Question(question)) = self.running.remove(&query) {
            self.sweep.failed(&question);
        }
    }

    /// A new node turned up by itself: a pause ends, though not sooner than `busy` after the last question.
    pub fn news(&mut self, now: Instant) {
        self.hurry(now);
    }

    fn check(&self, want: &Want) -> Result<(), WantError> {
        want.check()?;
        match (want.until_slot(), self.slot) {
            (Some(until), Some(now)) if until < now => Err(WantError::Over { until, now }),
            _ => Ok(()),
        }
    }

    fn hurry(&mut self, now: Instant) {
        self.pause = self.config.busy;
        let earliest = self.last_start.map_or(now, |last| (last + self.config.busy).max(now));
        self.next_at = self.next_at.min(earliest);
    }

    fn idle(&mut self, now: Instant) -> Step {
        if now < self.idle_at {
            return Step::Wait(self.idle_at);
        }
        if self.is_looking_up() {
            return Step::Busy;
        }
        let mut id = [0; 32];
        for chunk in id.chunks_exact_mut(8) {
            self.random = scramble(self.random.wrapping_add(1));
            chunk.copy_from_slice(&self.random.to_be_bytes());
        }
        self.start_lookup(NodeId::new(&id), now)
    }

    fn is_looking_up(&self) -> bool {
        self.running.values().any(|kind| matches!(kind, Kind::Lookup))
    }

    fn start_lookup(&mut self, target: NodeId, now: Instant) -> Step {
        self.idle_at = now + self.config.idle;
        Step::Lookup { query: self.start(Kind::Lookup, now), target }
    }

    fn start(&mut self, kind: Kind, now: Instant) -> QueryId {
        let query = QueryId(self.next_query);
        self.next_query += 1;
        self.last_start = Some(now);
        self.running.insert(query, kind);
        query
    }

    fn notice(&mut self, need: &Need) {
        for id in self.wants.keys() {
            let is_met = need.starving.binary_search(id).is_err();
            if is_met && self.met.insert(*id) {
                self.notices.push_back(Notice::Met(*id));
            } else if !is_met && self.met.remove(id) {
                self.notices.push_back(Notice::Starving(*id));
            }
        }
        // Nobody listens: the newest are worth most.
        while self.notices.len() > 2 * self.config.max_wants {
            self.notices.pop_front();
        }
    }
}

fn missing(want: &Want, cache: &Cache) -> usize {
    match (want, cache.coverage().missing(want)) {
        (Want::Nodes(ids), _) => ids.iter().filter(|id| cache.verdict(id).is_none()).count(),
        (_, missing) => missing.unwrap_or_default(),
    }
}

/// Spreads what is close together: the finalizer of SplitMix64.
const fn scramble(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests;
