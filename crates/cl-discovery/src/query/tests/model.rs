//! A network in memory and in virtual time, and the plainest judge of wants.

use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use cl_enr::{NodeId, Record, Scope};
use cl_types::PresetId;

use super::super::{QueryId, QueryManager, Step, scramble};
use crate::cache::{Cache, CacheConfig};
use crate::directory::log_distance;
use crate::query::QueryConfig;
use crate::services::Services;
use crate::testing::{HERE, OTHER, Spec, chain, key};
use crate::want::Want;

/// Records of an answer that reach who asked.
const FIRST_PACKET: usize = 6;
/// Records of one bucket.
const BUCKET: usize = 16;
/// As many nodes as a network of a test may have.
pub(super) const POOL: u32 = 160;

/// A node, and what a judge needs to know of it.
pub(super) struct Node {
    record: Record,
    services: Services,
    is_compatible: bool,
}

/// Signed once: that is what takes time.
fn pool() -> &'static [Node] {
    static NODES: OnceLock<Vec<Node>> = OnceLock::new();
    NODES.get_or_init(|| {
        (1..=POOL)
            .map(|number| {
                let bits = scramble(number.into());
                let digest = if bits.is_multiple_of(7) { OTHER } else { HERE };
                let cgc = [4, 4, 4, 8, 8, 128][usize::try_from(bits % 6).unwrap()];
                let subnets = vec![bits % 64, (bits % 64 + 1) % 64];
                let record = Spec { digest: Some(digest), cgc, subnets, ..Spec::new(number) }.build();
                Node { services: Services::of(&record), is_compatible: digest == HERE, record }
            })
            .collect()
    })
}

pub(super) struct World {
    nodes: BTreeMap<[u8; 32], &'static Node>,
    random: u64,
    /// In a hundred: questions that are lost.
    loss: u64,
    /// In a hundred: nodes that never answer. The first one does.
    dead: u64,
    latency: Duration,
}

/// When an answer comes, to what, and the nodes in it; `None` if it is lost.
type Pending = (Instant, QueryId, Option<Vec<[u8; 32]>>);

pub(super) struct Run {
    pub(super) world: World,
    pub(super) manager: QueryManager,
    pub(super) cache: Cache,
    pub(super) now: Instant,
    pub(super) questions: usize,
    pub(super) most_running: usize,
    pending: Vec<Pending>,
}

impl World {
    pub(super) fn new(size: u32, (loss, dead): (u64, u64), seed: u64) -> Self {
        let nodes = pool().iter().take(usize::try_from(size).unwrap());
        let nodes = nodes.map(|node| (node.record.node_id().raw(), node)).collect();
        Self { nodes, random: seed, loss, dead, latency: Duration::from_millis(50) }
    }

    fn random(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        scramble(self.random)
    }

    /// What a node with full buckets answers; which ones stand in a bucket is decided by its id.
    fn answer(&mut self, node: &[u8; 32], distances: &[u64]) -> Option<Vec<[u8; 32]>> {
        let [own, .., last] = *node;
        let is_dead = scramble(u64::from(last) << 8 | u64::from(own)) % 100 < self.dead;
        let is_first = self.nodes.keys().next() == Some(node);
        if self.random() % 100 < self.loss || is_dead && !is_first {
            return None;
        }
        let mut answer = Vec::new();
        for distance in distances {
            let mut bucket: Vec<[u8; 32]> =
                self.nodes.keys().filter(|id| log_distance(id, node) == *distance).copied().collect();
            bucket.sort_by_key(|[.., last]| scramble(u64::from(*last) << 8 | u64::from(own)));
            bucket.truncate(BUCKET);
            answer.extend(bucket);
        }
        answer.truncate(FIRST_PACKET);
        Some(answer)
    }

    /// How many nodes there are for a want.
    pub(super) fn exist(&self, want: &Want) -> usize {
        self.nodes.values().filter(|node| node.is_compatible && want.is_served_by(&node.services)).count()
    }
}

impl Run {
    /// Knows one node, of our chain or not.
    pub(super) fn new(world: World, config: QueryConfig) -> Self {
        let now = Instant::now();
        let mut cache = Cache::new(CacheConfig::new(Scope::Machine), chain(HERE), NodeId::new(&key(0).node_id()));
        let first = world.nodes.values().next().unwrap();
        cache.insert_boot(&first.record, now).unwrap();
        let manager = QueryManager::new(config, PresetId::Minimal, world.random, now);
        Self { world, manager, cache, now, questions: 0, most_running: 0, pending: Vec::new() }
    }

    /// Runs for so long in virtual time, or until `done` says so. `check` sees every step.
    pub(super) fn run(&mut self, time: Duration, mut done: impl FnMut(&mut Self) -> bool) {
        let end = self.now + time;
        while self.now < end && !done(self) {
            let step = self.manager.next(&self.cache, self.now);
            self.most_running = self.most_running.max(self.manager.running());
            let next = match step {
                Step::Ask { query, node, distances } => {
                    self.questions += 1;
                    let node = node.raw();
                    assert!(self.cache.verdict(&NodeId::new(&node)).is_some(), "who is asked is known");
                    let answer = self.world.answer(&node, &distances);
                    self.pending.push((self.now + self.world.latency, query, answer));
                    continue;
                }
                Step::Lookup { query, .. } => {
                    self.pending.push((self.now + self.world.latency, query, Some(Vec::new())));
                    continue;
                }
                Step::Wait(until) => Some(until),
                Step::Busy => None,
            };
            let answered = self.pending.iter().map(|(at, ..)| *at).min();
            self.now = next.into_iter().chain(answered).min().expect("something is awaited").max(self.now);
            self.deliver();
        }
    }

    fn deliver(&mut self) {
        let now = self.now;
        let due: Vec<_> = self.pending.extract_if(.., |(at, ..)| *at <= now).collect();
        for (_, query, answer) in due {
            let Some(answer) = answer else {
                self.manager.failed(query);
                continue;
            };
            let mut gained = Vec::new();
            for id in answer {
                let is_new = self.cache.insert(&self.world.nodes[&id].record, now) == Ok(crate::cache::Taken::New);
                if is_new && self.world.nodes[&id].is_compatible {
                    gained.push(id);
                }
            }
            self.manager.answered(query, &gained, now);
        }
    }

    /// How many records are known for a want, counted one by one.
    pub(super) fn known(&self, want: &Want) -> usize {
        let known = self.cache.iter().filter_map(|(id, _)| self.world.nodes.get(&id.raw()));
        known.filter(|node| node.is_compatible && want.is_served_by(&node.services)).count()
    }
}
