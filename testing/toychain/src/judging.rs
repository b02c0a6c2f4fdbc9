//! The judge of gossip under any bytes, topic by topic.
//!
//! An input is a header of four bytes and SSZ: the fork, the level, the subnet's distance from the right one, and which
//! questions the chain has no answer to. The chain is a small one with real signatures and proofs, so that
//! [`JudgeTarget::seeds`] has messages that are accepted.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use cl_types::{ForkName, Minimal, TopicKind};
use cl_validation::batch::{Window, Windows};
use cl_validation::seen::MAX_EPOCHS;
use cl_validation::{Batcher, Judge, Level, Message, Outcome, Step, Verdict};

use crate::{Blobs, Chain, Keys, Size};

/// What a target judges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Topic(TopicKind),
    /// The partial messages of a column's topic.
    PartialColumn,
}

/// A target: a topic under its name.
#[derive(Clone, Copy, Debug)]
pub struct JudgeTarget {
    /// Its name: `judge-` and the topic's.
    pub name: &'static str,
    what: What,
}

const fn topic(name: &'static str, kind: TopicKind) -> JudgeTarget {
    JudgeTarget { name, what: What::Topic(kind) }
}

/// All of them: one for each topic of any fork, and one for partial columns.
pub const JUDGE_TARGETS: [JudgeTarget; 19] = [
    topic("judge-beacon-block", TopicKind::BeaconBlock),
    topic("judge-aggregate", TopicKind::BeaconAggregateAndProof),
    topic("judge-attestation", TopicKind::BeaconAttestation(0)),
    topic("judge-voluntary-exit", TopicKind::VoluntaryExit),
    topic("judge-proposer-slashing", TopicKind::ProposerSlashing),
    topic("judge-attester-slashing", TopicKind::AttesterSlashing),
    topic("judge-contribution", TopicKind::SyncCommitteeContributionAndProof),
    topic("judge-sync-message", TopicKind::SyncCommittee(0)),
    topic("judge-finality-update", TopicKind::LightClientFinalityUpdate),
    topic("judge-optimistic-update", TopicKind::LightClientOptimisticUpdate),
    topic("judge-credential-change", TopicKind::BlsToExecutionChange),
    topic("judge-blob-sidecar", TopicKind::BlobSidecar(0)),
    topic("judge-column", TopicKind::DataColumnSidecar(0)),
    JudgeTarget { name: "judge-partial-column", what: What::PartialColumn },
    topic("judge-bid", TopicKind::ExecutionPayloadBid),
    topic("judge-envelope", TopicKind::ExecutionPayload),
    topic("judge-payload-vote", TopicKind::PayloadAttestationMessage),
    topic("judge-preferences", TopicKind::ProposerPreferences),
    topic("judge-inclusion-list", TopicKind::InclusionList),
];

/// What comes before the SSZ: four bytes. Each byte means something, whatever it is.
#[derive(Clone, Copy, Debug)]
struct Header {
    /// Modulo the forks that have the topic.
    fork: u8,
    /// Modulo 3: full, stateless, structure.
    level: u8,
    /// Added to the subnet.
    off_subnet: u8,
    /// The questions that the chain does not answer; 0 answers all.
    gaps: u8,
}

/// Something that a judge must never do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Misjudged {
    /// A batch of tasks had other outcomes than the tasks alone.
    #[error("alone {alone:?}, in a batch {batch:?}")]
    Batch {
        /// The outcome of the task alone.
        alone: Outcome,
        /// In a batch with itself.
        batch: Vec<Outcome>,
    },
    /// A message was accepted that was accepted before.
    #[error("accepted twice")]
    Twice,
    /// More is remembered than there may be.
    #[error("remembers {entries} entries, {epochs} epochs")]
    Remembers {
        /// Entries of the largest cache.
        entries: usize,
        /// Epochs of votes.
        epochs: usize,
    },
}

/// Chains of all forks and of one size, each made when first asked for.
struct Chains {
    size: OnceLock<Size>,
    of: [OnceLock<Chain<Minimal>>; ForkName::ALL.len()],
}

impl Chains {
    const fn new() -> Self {
        Self { size: OnceLock::new(), of: [const { OnceLock::new() }; ForkName::ALL.len()] }
    }

    fn get(&self, fork: ForkName, blobs: fn() -> Blobs) -> &Chain<Minimal> {
        let new = || Size { validators: 64, committees: 2, keys: Arc::new(Keys::new(64)), blobs: Arc::new(blobs()) };
        self.of[fork.index()].get_or_init(|| Chain::new(fork, self.size.get_or_init(new).clone()))
    }
}

impl JudgeTarget {
    /// The target of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        JUDGE_TARGETS.into_iter().find(|target| target.name == name)
    }

    fn forks(self) -> Vec<ForkName> {
        let lives = |fork: &ForkName| match self.what {
            What::Topic(kind) => kind.is_live_in(*fork),
            What::PartialColumn => *fork >= ForkName::Fulu,
        };
        ForkName::ALL.into_iter().filter(lives).collect()
    }

    /// The chain of a fork. It has blobs only where messages are made of them: their proofs take a second.
    fn chain(self, fork: ForkName) -> &'static Chain<Minimal> {
        static WITH_BLOBS: Chains = Chains::new();
        static WITHOUT: Chains = Chains::new();
        match self.what {
            What::PartialColumn | What::Topic(TopicKind::BlobSidecar(_) | TopicKind::DataColumnSidecar(_)) => {
                WITH_BLOBS.get(fork, || Blobs::new(2))
            }
            What::Topic(_) => WITHOUT.get(fork, || Blobs::commitments_alone(2)),
        }
    }

    /// Judges an input. Anything that is not an error is fine, whatever the verdict.
    pub fn run(self, input: &[u8]) -> Result<Option<Verdict>, Misjudged> {
        let Some((&[fork, level, off_subnet, gaps], rest)) = input.split_first_chunk::<4>() else {
            return Ok(None);
        };
        let header = Header { fork, level, off_subnet, gaps };
        let forks = self.forks();
        let Some(fork) = forks.get(usize::from(header.fork) % forks.len().max(1)).copied() else {
            return Ok(None);
        };
        let chain = self.chain(fork);
        let level = match header.level % 3 {
            0 => Level::Full,
            1 => Level::Stateless,
            _ => Level::Structure,
        };
        let mut judge = Judge::new(chain.config(level));
        let (group_id, ssz) = match self.what {
            What::Topic(_) => (&[][..], rest),
            What::PartialColumn => rest.split_at(chain.group_id_len().min(rest.len())),
        };
        let ssz = Bytes::copy_from_slice(ssz);
        let message = match self.what {
            What::Topic(kind) => {
                Message::Gossip { kind: shifted(chain.subnet_of(kind), header.off_subnet), fork, ssz: &ssz }
            }
            What::PartialColumn => {
                Message::PartialColumn { fork, column: u64::from(header.off_subnet), group_id, ssz: &ssz }
            }
        };
        if self.what == What::Topic(TopicKind::ExecutionPayloadBid) {
            // Bids are held against what the proposer wants.
            let preferences = chain.message(TopicKind::ProposerPreferences).unwrap_or_default();
            let message = Message::Gossip { kind: TopicKind::ProposerPreferences, fork, ssz: &preferences };
            let _ = judge.judge(&message, chain.now_ms(), &chain.view());
        }
        let view = chain.view_with_gaps(header.gaps);
        let verdict = match judge.begin(&message, chain.now_ms(), &view) {
            Step::Done(verdict) => verdict,
            Step::Undecided(missing) => missing.verdict(),
            Step::Verify(ticket, task) => {
                let alone = task.run();
                let window = Window { tasks: 2, wait_ms: 1 };
                let windows = Windows { blocks: window, columns: window, aggregates: window, votes: window };
                let mut batcher = Batcher::new(windows);
                let first = batcher.push((), task.clone(), 0);
                let full = first.or_else(|| batcher.push((), task, 0));
                let outcomes = full.map(|batch| batch.run(&[7; 32])).unwrap_or_default();
                let batch: Vec<Outcome> = outcomes.into_iter().map(|((), outcome)| outcome).collect();
                if batch != [alone, alone] {
                    return Err(Misjudged::Batch { alone, batch });
                }
                judge.finish(ticket, alone, chain.now_ms())
            }
        };
        // Cells may come again, and a second inclusion list proves a fault.
        let may_repeat = matches!(self.what, What::PartialColumn | What::Topic(TopicKind::InclusionList));
        let again = judge.judge(&message, chain.now_ms(), &view);
        if verdict == Verdict::Accept && again == Verdict::Accept && !may_repeat {
            return Err(Misjudged::Twice);
        }
        let (entries, epochs) = judge.remembered();
        // Two messages, or three with the preferences.
        if entries > 3 || epochs > MAX_EPOCHS {
            return Err(Misjudged::Remembers { entries, epochs });
        }
        Ok(Some(verdict))
    }

    /// Inputs to begin with: a message that is accepted, for each fork and level, and with each kind of gap.
    #[must_use]
    pub fn seeds(self) -> Vec<Vec<u8>> {
        let mut seeds = Vec::new();
        for (place, fork) in (0_u8..).zip(self.forks()) {
            let chain = self.chain(fork);
            let body = match self.what {
                What::Topic(kind) => chain.message(kind).map(|ssz| ssz.to_vec()),
                What::PartialColumn => chain.partial_column().map(|(group, ssz)| [group, ssz].concat()),
            };
            let Some(body) = body else { continue };
            for (level, gaps) in (0..3).map(|level| (level, 0)).chain((1..=13).map(|gaps| (0, gaps))) {
                seeds.push([&[place, level, 0, gaps], body.as_slice()].concat());
            }
        }
        seeds
    }
}

/// The same topic so many subnets further.
fn shifted(kind: TopicKind, by: u8) -> TopicKind {
    let by = u64::from(by);
    match kind {
        TopicKind::BeaconAttestation(subnet) => TopicKind::BeaconAttestation((subnet + by) % 64),
        TopicKind::SyncCommittee(subnet) => TopicKind::SyncCommittee((subnet + by) % 4),
        TopicKind::BlobSidecar(subnet) => TopicKind::BlobSidecar((subnet + by) % 6),
        TopicKind::DataColumnSidecar(subnet) => TopicKind::DataColumnSidecar((subnet + by) % 128),
        kind => kind,
    }
}
