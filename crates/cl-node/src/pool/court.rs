//! What happens to a message between its arrival and its verdict. Knows no thread and no clock.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use cl_types::containers::{any, decodes, gloas};
use cl_types::{DecodeShared, PresetId, Root, Slot, SlotClock, TopicKind, with_preset};
use cl_validation::state::Standing;
use cl_validation::{Judge, Level, Message, Missing, Outcome, Reject, Step, Task, Ticket};

use super::case::{Case, Judged, Origin};
use super::waiting::Waiting;
use crate::chain::Chain;
use crate::relay::{Held, Verdict, is_in_window};
use crate::store::Offered;

/// How long after its arrival a message is worth a verdict: so long the router remembers it.
const VERDICT_TIME: Duration = Duration::from_millis(4200);
/// How long after its arrival a message may wait for a block: the rest is for judging it.
const PATIENCE: Duration = Duration::from_millis(3000);
/// How often a chain elsewhere is asked again.
const ASK_AGAIN: Duration = Duration::from_millis(100);
/// Most messages that wait for a block.
const MAX_WAITING: usize = 4096;
/// Most bytes of them.
const MAX_WAITING_BYTES: usize = 32 << 20;

/// A moment, in both ways that are needed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Now {
    /// Milliseconds since the Unix epoch.
    pub(crate) ms: u64,
    pub(crate) at: Instant,
}

/// What is to be done.
#[derive(Debug)]
pub(crate) enum Out {
    /// A message has its verdict.
    Judged(Box<Judged>),
    /// A task is to be run. Its outcome goes to [`Court::finish`], under this number.
    Verify(u64, Task),
}

/// Judges messages: one owner of the rules' memory and of the chain that they are held against.
#[derive(Debug)]
pub(crate) struct Court {
    judge: Judge,
    /// Judges the blocks that were asked for. It has a memory of its own: another block of the same proposer and slot that
    /// came first by gossip must not keep us from following the chain.
    clerk: Judge,
    chain: Chain,
    preset: PresetId,
    clock: SlotClock,
    /// Messages whose tasks are under way. No more than there are tasks.
    open: HashMap<u64, (Case, Ticket)>,
    next: u64,
    waiting: Waiting<Case>,
    /// What has waited, and is begun again.
    again: VecDeque<Case>,
    /// When a chain elsewhere was asked again.
    asked: Option<Instant>,
}

impl Court {
    /// A court that has seen nothing yet.
    pub(crate) fn new(config: cl_validation::Config, chain: Chain) -> Self {
        Self {
            preset: config.chain.preset,
            clock: SlotClock::new(config.genesis.time, config.chain.slot_duration_ms),
            judge: Judge::new(config.clone()),
            clerk: Judge::new(config),
            chain,
            open: HashMap::new(),
            next: 0,
            waiting: Waiting::new(MAX_WAITING, MAX_WAITING_BYTES),
            again: VecDeque::new(),
            asked: None,
        }
    }

    /// A message came.
    pub(crate) fn begin(&mut self, case: Case, now: Now, out: &mut Vec<Out>) {
        self.begin_one(case, now, out);
        self.begin_again(now, out);
    }

    /// A task has run; without an outcome, it failed.
    pub(crate) fn finish(&mut self, number: u64, outcome: Option<Outcome>, now: Now, out: &mut Vec<Out>) {
        let Some((case, ticket)) = self.open.remove(&number) else { return };
        let verdict = match outcome {
            Some(outcome) => judge_of(&mut self.judge, &mut self.clerk, &case).finish(ticket, outcome, now.ms).into(),
            None => Verdict::Held(Held::Failed),
        };
        self.done(case, verdict, now, out);
        self.begin_again(now, out);
    }

    /// A task is not run, because too many wait.
    pub(crate) fn shed(&mut self, number: u64, now: Now, out: &mut Vec<Out>) {
        if let Some((case, _)) = self.open.remove(&number) {
            self.done(case, Verdict::Held(Held::Busy), now, out);
        }
    }

    /// Gives up what has waited too long, and asks a chain elsewhere again.
    pub(crate) fn tick(&mut self, now: Now, out: &mut Vec<Out>) {
        for (missing, case) in self.waiting.expired(now.at) {
            self.done(case, missing.verdict().into(), now, out);
        }
        if self.asks_again().is_some_and(|at| at <= now.at) {
            self.asked = Some(now.at);
            self.ask_again();
        }
        self.begin_again(now, out);
    }

    /// When [`Self::tick`] has something to do.
    pub(crate) fn wake(&self) -> Option<Instant> {
        self.waiting.wake().into_iter().chain(self.asks_again()).min()
    }

    /// Slot of the newest block in a chain that is followed here.
    pub(crate) fn head(&self) -> Option<Slot> {
        self.chain.head_slot()
    }

    /// How many messages wait for a block.
    pub(crate) fn undecided(&self) -> usize {
        self.waiting.len()
    }

    fn asks_again(&self) -> Option<Instant> {
        let asks = matches!(self.chain, Chain::Elsewhere(_)) && self.waiting.len() > 0;
        self.asked.filter(|_| asks)?.checked_add(ASK_AGAIN)
    }

    /// Frees what somebody else's chain has learned meanwhile.
    fn ask_again(&mut self) {
        for missing in self.waiting.missing() {
            let view = self.chain.view();
            let is_there = match missing {
                Missing::Block(root) => view.block(root).found().is_some(),
                Missing::Payload(root) => view.verified_payload(root).found().is_some(),
                _ => true,
            };
            if is_there {
                self.again.extend(self.waiting.came(missing));
            }
        }
    }

    fn begin_again(&mut self, now: Now, out: &mut Vec<Out>) {
        while let Some(case) = self.again.pop_front() {
            self.begin_one(case, now, out);
        }
    }

    fn begin_one(&mut self, case: Case, now: Now, out: &mut Vec<Out>) {
        if is_late(&case, now) && case.topic.kind != TopicKind::BeaconBlock {
            return self.done(case, Verdict::Held(Held::Late), now, out);
        }
        let message = Message::Gossip { kind: case.topic.kind, fork: case.fork, ssz: &case.ssz };
        let judge = judge_of(&mut self.judge, &mut self.clerk, &case);
        match judge.begin(&message, now.ms, self.chain.view()) {
            Step::Done(verdict) => self.done(case, verdict.into(), now, out),
            Step::Undecided(missing) => self.wait(case, missing, now, out),
            Step::Verify(ticket, task) => {
                if self.judge.config().level < Level::Full && !self.is_recent(&case, now) {
                    // Nobody's signature was looked at: without this, old blocks' columns could be sent again for ever.
                    return self.done(case, Verdict::Held(Held::Past), now, out);
                }
                let number = self.next;
                self.next += 1;
                self.open.insert(number, (case, ticket));
                out.push(Out::Verify(number, task));
            }
        }
    }

    fn is_recent(&self, case: &Case, now: Now) -> bool {
        let facts = decodes(case.topic.kind, case.fork, self.preset, &case.ssz).ok();
        let slot = facts.and_then(|facts| facts.slot);
        slot.is_none_or(|slot| is_in_window(case.topic.kind, slot, self.preset, &self.clock, now.ms))
    }

    /// Keeps a message until what it needs is there, if that can be.
    fn wait(&mut self, case: Case, missing: Missing, now: Now, out: &mut Vec<Out>) {
        let until = case.received_at.checked_add(PATIENCE).unwrap_or(now.at);
        let may_come = missing != Missing::Answer || matches!(self.chain, Chain::Elsewhere(_));
        if !may_come || until <= now.at {
            return self.done(case, missing.verdict().into(), now, out);
        }
        self.asked.get_or_insert(now.at);
        let bytes = case.ssz.len();
        for (_, case) in self.waiting.keep(missing, until, bytes, case) {
            self.done(case, Verdict::Held(Held::Busy), now, out);
        }
    }

    fn done(&mut self, case: Case, verdict: Verdict, now: Now, out: &mut Vec<Out>) {
        let is_readable = verdict != Verdict::Reject(Reject::Malformed);
        let is_sound = verdict.is_sound();
        let reads = is_sound || (is_readable && case.topic.kind == TopicKind::BeaconBlock);
        let object = if reads { Offered::read(case.topic.kind, case.fork, self.preset, &case.ssz) } else { None };
        if verdict.is_accept() {
            self.import(&case);
        }
        // A block that is late is a block nevertheless.
        let is_late = verdict.is_accept() && is_late(&case, now);
        let verdict = if is_late { Verdict::Held(Held::Late) } else { verdict };
        out.push(Out::Judged(Box::new(Judged { case, verdict, object, is_sound })));
    }

    /// Adds what was accepted to a chain that is followed here.
    fn import(&mut self, case: &Case) {
        let Chain::Here(view) = &mut self.chain else { return };
        match case.topic.kind {
            TopicKind::BeaconBlock => {
                let root: Option<Root> = with_preset!(self.preset, P => {
                    let block = any::SignedBeaconBlock::<P>::from_ssz_shared(case.fork, &case.ssz);
                    block.ok().map(|block| view.import(&block, Standing::Valid))
                });
                let freed = root.map(|root| self.waiting.came(Missing::Block(root)));
                self.again.extend(freed.into_iter().flatten());
            }
            TopicKind::ExecutionPayload => {
                let Ok(signed) = gloas::SignedExecutionPayloadEnvelope::from_ssz(&case.ssz) else { return };
                view.set_payload(&signed.message);
                self.again.extend(self.waiting.came(Missing::Payload(signed.message.beacon_block_root)));
            }
            _ => {}
        }
    }
}

const fn judge_of<'a>(judge: &'a mut Judge, clerk: &'a mut Judge, case: &Case) -> &'a mut Judge {
    match case.origin {
        Origin::Answer { .. } => clerk,
        Origin::Gossip { .. } | Origin::Own => judge,
    }
}

/// True if the router has forgotten the message.
fn is_late(case: &Case, now: Now) -> bool {
    let is_gossip = matches!(case.origin, Origin::Gossip { .. });
    is_gossip && now.at.saturating_duration_since(case.received_at) > VERDICT_TIME
}

#[cfg(test)]
mod tests;
