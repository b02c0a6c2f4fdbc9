//! What arrives at a node on all subnets, in which order, from whom.

use std::sync::Arc;
use std::time::Duration;

use cl_gossip::Topic;
use cl_types::network::Network;
use cl_types::{ForkName, ForkSchedule, TopicKind};
use clap::ValueEnum;

use super::options::{Options, Part};
use super::{Error, payload};

/// `SLOT_DURATION_MS`.
pub(crate) const SLOT: Duration = Duration::from_secs(12);

/// Topics that have the same messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, ValueEnum)]
pub(crate) enum Family {
    /// Single attestations on 64 subnets.
    Attestations,
    /// Aggregates.
    Aggregates,
    /// Sync committee messages on 4 subnets.
    Sync,
    /// Contributions to sync committees.
    Contributions,
    /// Columns of 21 blobs.
    Columns,
    /// Blocks.
    Blocks,
}

/// How much of a family there is in a slot.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Amount {
    pub(crate) messages: u32,
    pub(crate) bytes: usize,
    /// How often each of them arrives, on average.
    pub(crate) copies: f64,
}

impl Family {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Attestations => "attestation",
            Self::Aggregates => "aggregate",
            Self::Sync => "sync message",
            Self::Contributions => "contribution",
            Self::Columns => "column",
            Self::Blocks => "block",
        }
    }

    /// At 1.0 million validators.
    pub(crate) const fn amount(self) -> Amount {
        let (messages, bytes, copies) = match self {
            Self::Attestations => (31_250, 240, 4.9),
            Self::Aggregates => (1024, 506, 4.9),
            Self::Sync => (512, 144, 4.9),
            Self::Contributions => (64, 360, 4.9),
            Self::Columns => (128, 45_380, 8.2),
            Self::Blocks => (1, 131_840, 8.2),
        };
        Amount { messages, bytes, copies }
    }

    /// True if there are more of them with more validators.
    pub(crate) const fn scales(self) -> bool {
        !matches!(self, Self::Columns | Self::Blocks)
    }

    /// Messages in the part `cost`, and how many of them come in a second: as many as two slow cores forward.
    const fn sample(self) -> (u32, u32) {
        match self {
            Self::Attestations => (6000, 3000),
            Self::Aggregates | Self::Sync => (2000, 3000),
            Self::Contributions => (1000, 3000),
            Self::Columns => (256, 200),
            Self::Blocks => (96, 100),
        }
    }

    /// When in a slot they begin to come.
    pub(crate) const fn begins(self) -> Duration {
        Duration::from_millis(match self {
            Self::Blocks => 800,
            Self::Columns => 1000,
            Self::Attestations | Self::Sync => 4000,
            Self::Aggregates | Self::Contributions => 8000,
        })
    }

    pub(super) fn kind(self, n: u32) -> TopicKind {
        let n = u64::from(n);
        match self {
            Self::Attestations => TopicKind::BeaconAttestation(n % 64),
            Self::Aggregates => TopicKind::BeaconAggregateAndProof,
            Self::Sync => TopicKind::SyncCommittee(n % 4),
            Self::Contributions => TopicKind::SyncCommitteeContributionAndProof,
            Self::Columns => TopicKind::DataColumnSidecar(n % 128),
            Self::Blocks => TopicKind::BeaconBlock,
        }
    }
}

/// A message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Message {
    pub(super) family: Family,
    pub(super) topic: Topic,
    pub(super) bytes: usize,
    /// Messages of one slot have some of their bytes in common.
    pub(super) slot: u32,
}

/// A copy of a message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Delivery {
    /// After the begin of its phase.
    pub(super) at: Duration,
    pub(super) connection: usize,
    pub(super) message: usize,
}

/// What is sent before one looks how much it has cost.
#[derive(Debug)]
pub(super) struct Phase {
    /// `None`: all of them.
    pub(super) family: Option<Family>,
    /// Every message of it comes for the first time; or none does; or it is both.
    pub(super) copies: Copies,
    /// Earliest first.
    pub(super) deliveries: Vec<Delivery>,
    pub(super) messages: usize,
}

/// Which copies of a message a phase has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Copies {
    First,
    Others,
    All,
}

/// Everything that is sent in a run. Each process makes it anew from the same options, and gets the same.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) schedule: Arc<ForkSchedule>,
    /// All topics of the fork.
    pub(super) topics: Vec<Topic>,
    pub(super) messages: Vec<Message>,
    pub(super) phases: Vec<Phase>,
    connections: usize,
    mesh: usize,
}

impl Plan {
    pub(super) fn new(options: &Options) -> Result<Self, Error> {
        let network = Network::named("mainnet").map_err(|_| Error::Schedule)?;
        let schedule = Arc::new(network.schedule().map_err(|_| Error::Schedule)?);
        let era = *schedule.entries().rfind(|era| era.fork == ForkName::Fulu).ok_or(Error::Schedule)?;
        let topics = TopicKind::all_of(era.fork).map(|kind| Topic::new(era.digest, kind)).collect();
        let mesh = options.mesh.min(options.connections);
        let mut plan =
            Self { schedule, topics, messages: vec![], phases: vec![], connections: options.connections.max(1), mesh };
        let mut random = payload::Random::new(7);
        match options.part {
            Part::Cost => options.families().into_iter().for_each(|family| plan.add_cost(options, family, &mut random)),
            Part::Slots => plan.add_slots(options, &options.families(), &mut random),
            Part::Burst => plan.add_slots(options, &[Family::Attestations], &mut random),
        }
        Ok(plan)
    }

    /// The connections in the mesh of a topic: elsewhere for each, so that none has more to do than others.
    pub(super) fn in_mesh(&self, topic: Topic) -> impl Iterator<Item = usize> {
        self.around(topic).take(self.mesh)
    }

    /// All connections, those in the mesh first.
    fn around(&self, topic: Topic) -> impl Iterator<Item = usize> + use<> {
        let (shift, connections) =
            (self.topics.iter().position(|other| *other == topic).unwrap_or(0), self.connections);
        (0..connections).map(move |n| (n + shift) % connections)
    }

    /// Who sends the copies of a message: those in the mesh in some order, then the others.
    fn senders(&self, topic: Topic, copies: usize, random: &mut payload::Random) -> Vec<usize> {
        let first = random.below(self.mesh as u64);
        let mut senders: Vec<usize> = self.around(topic).collect();
        if let Some(mesh) = senders.get_mut(..self.mesh) {
            mesh.rotate_left(usize::try_from(first).unwrap_or(0));
        }
        senders.truncate(copies.max(1));
        senders
    }

    /// Adds a message. Returns its number, and who sends its copies.
    fn add(
        &mut self,
        family: Family,
        n: u32,
        slot: u32,
        amount: Amount,
        random: &mut payload::Random,
    ) -> (usize, Vec<usize>) {
        let Some(digest) = self.topics.first().map(|topic| topic.digest) else { return (0, vec![]) };
        let topic = Topic::new(digest, family.kind(n));
        // As many as on average: 4.9 copies are 5 copies of nine messages out of ten.
        let copies = (amount.copies + random.unit()).floor();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few")]
        let senders = self.senders(topic, copies as usize, random);
        self.messages.push(Message { family, topic, bytes: amount.bytes, slot });
        (self.messages.len() - 1, senders)
    }

    fn add_cost(&mut self, options: &Options, family: Family, random: &mut payload::Random) {
        let amount = options.amount(family);
        let factor = if options.quick { options.factor / 3.0 } else { options.factor };
        let (sample, a_second) = family.sample();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "some thousands")]
        let messages = (f64::from(sample) * factor).ceil() as u32;
        let (mut first, mut others) = (vec![], vec![]);
        for n in 0..messages {
            let (message, senders) = self.add(family, n, n / amount.messages.max(1), amount, random);
            let at = Duration::from_secs(1) * n / a_second;
            let mut deliveries = senders.into_iter().map(|connection| Delivery { at, connection, message });
            first.extend(deliveries.next());
            others.extend(deliveries);
        }
        for (copies, deliveries) in [(Copies::First, first), (Copies::Others, others)] {
            self.phases.push(Phase { family: Some(family), copies, deliveries, messages: messages as usize });
        }
    }

    fn add_slots(&mut self, options: &Options, families: &[Family], random: &mut payload::Random) {
        let mut deliveries = vec![];
        for slot in 0..options.slots.max(1) {
            for family in families.iter().copied() {
                let amount = options.amount(family);
                let scale = if family.scales() { options.scale } else { 1.0 };
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "some thousands")]
                let messages = (f64::from(amount.messages) * scale).round() as u32;
                for n in 0..messages {
                    let (message, senders) = self.add(family, n, slot, amount, random);
                    let at = SLOT * slot + family.begins() + burst(options.spread_ms, random);
                    for (n, connection) in senders.into_iter().enumerate() {
                        let later = if n == 0 { 0.0 } else { random.unit() * f64::from(options.copy_spread_ms) };
                        let at = at + Duration::from_secs_f64(later / 1000.0);
                        deliveries.push(Delivery { at, connection, message });
                    }
                }
            }
        }
        // Nobody waits for the first of them.
        let first = deliveries.iter().map(|delivery| delivery.at).min().unwrap_or_default();
        deliveries.iter_mut().for_each(|delivery| delivery.at -= first);
        deliveries.sort_by_key(|delivery| delivery.at);
        let messages = self.messages.len();
        self.phases.push(Phase { family: None, copies: Copies::All, deliveries, messages });
    }
}

/// When after the first of its family a message comes: nine of ten within the spread, most of them in its first half, the
/// rest within twice the spread.
pub(crate) fn burst(spread_ms: u32, random: &mut payload::Random) -> Duration {
    let spread = f64::from(spread_ms) / 1000.0;
    let at = if random.unit() < 0.9 {
        // The sum of two dice, one of which is small: a hump at a third.
        spread * (random.unit() * 0.65 + random.unit() * 0.35)
    } else {
        spread * (1.0 + random.unit())
    };
    Duration::from_secs_f64(at)
}
