//! From a message to its verdict.

use std::sync::Arc;

use bytes::Bytes;
use cl_types::containers::fulu;
use cl_types::{ForkName, Root, TopicKind};

use crate::chain::ChainView;
use crate::config::{Config, Level};
use crate::reason::{Ignore, Reject};
use crate::rules::{Context, Draft, Rule, Stop};
use crate::seen::{Mark, Seen};
use crate::task::{Class, Outcome, Task, Ticket};
use crate::topics;
use crate::verdict::{Step, Verdict};

/// A message as it came.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Message<'a> {
    /// From a topic.
    Gossip {
        /// The topic, with its subnet.
        kind: TopicKind,
        /// The fork of the topic's digest.
        fork: ForkName,
        /// The message, decompressed. Its length was held against the bounds of the topic.
        ssz: &'a Bytes,
    },
    /// Cells of a column, from the partial message extension of gossipsub.
    PartialColumn {
        /// The fork of the topic's digest.
        fork: ForkName,
        /// The column, which the topic says.
        column: u64,
        /// The group: SSZ of `PartialDataColumnGroupID`.
        group_id: &'a [u8],
        /// SSZ of `PartialDataColumnSidecar`.
        ssz: &'a Bytes,
    },
}

impl Message<'_> {
    const fn fork(&self) -> ForkName {
        match self {
            Self::Gossip { fork, .. } | Self::PartialColumn { fork, .. } => *fork,
        }
    }

    const fn class(&self) -> Class {
        match self {
            Self::Gossip { kind, .. } => Class::of(*kind),
            Self::PartialColumn { .. } => Class::Column,
        }
    }
}

/// Judges messages: knows the rules and what was accepted before. Has no clock, no thread and no chain of its own.
///
/// What it costs in memory is said by [`seen`](crate::seen).
#[derive(Debug)]
pub struct Judge {
    config: Config,
    seen: Seen,
}

impl Judge {
    /// A judge that has seen nothing yet.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self { config, seen: Seen::default() }
    }

    /// What it was made with.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// Changes how much is checked from now on: up when a chain is there, down when it is lost. What was accepted before is
    /// remembered, though less was checked of it.
    pub const fn set_level(&mut self, level: Level) {
        self.config.level = level;
    }

    /// Applies all rules but those that need much computing. `now_ms`: milliseconds since the Unix epoch.
    ///
    /// Costs one decoding and, for blocks and what carries proofs, the hashing of the message.
    pub fn begin(&mut self, message: &Message<'_>, now_ms: u64, chain: &dyn ChainView) -> Step {
        let mut draft = Draft::default();
        let context = Context::new(&self.config, &self.seen, chain, message.fork(), now_ms);
        match rules(&context, message, &mut draft) {
            Ok(()) => {}
            Err(Stop::Level) if self.config.level == Level::Structure || draft.is_proved => {}
            Err(Stop::Level) => return Step::Done(Verdict::Ignore(Ignore::NotJudged)),
            Err(Stop::Ignore(ignore)) => return Step::Done(Verdict::Ignore(ignore)),
            Err(Stop::Reject(reject)) => return Step::Done(Verdict::Reject(reject)),
            Err(Stop::Missing(missing)) => return Step::Undecided(missing),
        }
        let ticket = Ticket { marks: draft.marks };
        if draft.jobs.is_empty() {
            return Step::Done(self.finish(ticket, Outcome::Valid, now_ms));
        }
        let kzg = self.config.kzg.clone();
        Step::Verify(ticket, Task { class: message.class(), block_root: draft.block_root, jobs: draft.jobs, kzg })
    }

    /// The verdict on a message whose task has run. Looks again whether it is still the first of its kind, for others may
    /// have been accepted meanwhile; only then it is remembered. `now_ms` is not looked at by any rule today.
    pub fn finish(&mut self, ticket: Ticket, outcome: Outcome, _now_ms: u64) -> Verdict {
        if let Outcome::Invalid(reject) = outcome {
            return Verdict::Reject(reject);
        }
        for mark in &ticket.marks {
            if let Err(ignore) = mark.check(&self.seen) {
                return Verdict::Ignore(ignore);
            }
        }
        ticket.marks.into_iter().for_each(|mark: Mark| mark.insert(&mut self.seen));
        Verdict::Accept
    }

    /// [`begin`](Self::begin), the task and [`finish`](Self::finish) in one go, on this thread. What stays undecided is
    /// ignored.
    pub fn judge(&mut self, message: &Message<'_>, now_ms: u64, chain: &dyn ChainView) -> Verdict {
        match self.begin(message, now_ms, chain) {
            Step::Done(verdict) => verdict,
            Step::Verify(ticket, task) => self.finish(ticket, task.run(), now_ms),
            Step::Undecided(missing) => missing.verdict(),
        }
    }

    /// Remembers the header of a block whose columns are awaited, learned elsewhere than from a partial message and known to
    /// be valid: with it cells of that block can be judged (Fulu).
    pub fn learn_header(&mut self, block_root: Root, header: fulu::PartialDataColumnHeader) {
        let slot = header.signed_block_header.message.slot;
        Mark::Header { slot, root: block_root, header: Arc::new(header) }.insert(&mut self.seen);
    }

    /// Entries in the largest cache, and epochs of votes: for tests of the bounds and for metrics.
    #[must_use]
    pub fn remembered(&self) -> (usize, usize) {
        (self.seen.largest(), self.seen.epochs())
    }
}

/// The rules of the message's topic.
fn rules(context: &Context<'_>, message: &Message<'_>, draft: &mut Draft) -> Rule {
    let preset = context.preset();
    match *message {
        Message::Gossip { kind, fork, ssz } => {
            if !kind.is_live_in(fork) {
                return Err(Ignore::Unsupported.into());
            }
            cl_types::with_preset!(preset, P => topics::rules::<P>(context, kind, ssz, draft))
        }
        Message::PartialColumn { fork, column, group_id, ssz } => {
            if fork < ForkName::Fulu {
                return Err(Ignore::Unsupported.into());
            }
            topics::partial_column::rules(context, column, group_id, ssz, draft)
        }
    }
}

/// What decoding gave, or the rejection.
pub(crate) fn decoded<T>(result: Result<T, cl_types::decode::Error>) -> Rule<T> {
    result.map_err(|_| Reject::Malformed.into())
}
