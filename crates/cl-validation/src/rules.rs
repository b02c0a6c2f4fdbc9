//! The words that rules are written in.

use cl_types::containers::{BLSSignature, Checkpoint, FirstSeen, SignedBeaconBlockHeader, ValidatorIndex};
use cl_types::{Epoch, ForkName, PresetId, Root, Slot, SlotClock};
use tree_hash::TreeHash;

use crate::chain::{Answer, Block, ChainView};
use crate::config::{Config, Level};
use crate::crypto::{Domain, PublicKey, SignatureSet, signing_root};
use crate::reason::{Ignore, Reject};
use crate::seen::{Mark, Seen};
use crate::task::Job;
use crate::verdict::Missing;

/// Where the rules of a message end before they are through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    Ignore(Ignore),
    Reject(Reject),
    Missing(Missing),
    /// The configured level looks no further.
    Level,
}

impl From<Ignore> for Stop {
    fn from(ignore: Ignore) -> Self {
        Self::Ignore(ignore)
    }
}

impl From<Reject> for Stop {
    fn from(reject: Reject) -> Self {
        Self::Reject(reject)
    }
}

impl From<Missing> for Stop {
    fn from(missing: Missing) -> Self {
        Self::Missing(missing)
    }
}

/// What rules say: go on, or stop.
pub(crate) type Rule<T = ()> = Result<T, Stop>;

/// A rule: this must hold.
pub(crate) fn must(holds: bool, otherwise: impl Into<Stop>) -> Rule {
    if holds { Ok(()) } else { Err(otherwise.into()) }
}

/// What the chain found, or why the rules stop.
pub(crate) fn ask<T>(answer: Answer<T>, absent: impl Into<Stop>) -> Rule<T> {
    match answer {
        Answer::Found(found) => Ok(found),
        Answer::Absent => Err(absent.into()),
        Answer::Unavailable => Err(Missing::Answer.into()),
    }
}

/// What the chain found; that there is nothing tells us as little as no answer.
pub(crate) fn known<T>(answer: Answer<T>) -> Rule<T> {
    ask(answer, Missing::Answer)
}

/// All that rules look at besides the message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context<'a> {
    pub(crate) config: &'a Config,
    pub(crate) seen: &'a Seen,
    view: View<'a>,
    pub(crate) fork: ForkName,
    pub(crate) now_ms: u64,
}

/// The chain, which has no `Debug`.
#[derive(Clone, Copy)]
struct View<'a>(&'a dyn ChainView);

impl std::fmt::Debug for View<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ChainView")
    }
}

impl<'a> Context<'a> {
    pub(crate) fn new(
        config: &'a Config,
        seen: &'a Seen,
        chain: &'a dyn ChainView,
        fork: ForkName,
        now_ms: u64,
    ) -> Self {
        Self { config, seen, view: View(chain), fork, now_ms }
    }

    pub(crate) const fn clock(&self) -> SlotClock {
        self.config.clock()
    }

    pub(crate) const fn preset(&self) -> PresetId {
        self.config.chain.preset
    }

    pub(crate) fn epoch_of(&self, slot: Slot) -> Epoch {
        slot.epoch(self.preset().slots_per_epoch())
    }

    pub(crate) fn start_of(&self, epoch: Epoch) -> Slot {
        epoch.start_slot(self.preset().slots_per_epoch())
    }

    /// The chain, where the level asks it. All rules without it come before.
    pub(crate) fn chain(&self) -> Rule<&'a dyn ChainView> {
        must(self.config.level == Level::Full, Stop::Level)?;
        Ok(self.view.0)
    }

    /// True where proofs are looked at.
    pub(crate) fn checks_proofs(&self) -> bool {
        self.config.level >= Level::Stateless
    }

    /// The slot has begun.
    pub(crate) fn must_have_begun(&self, slot: Slot) -> Rule {
        must(!self.clock().is_future(slot, self.now_ms), Ignore::FutureSlot)
    }

    /// The slot is the current one.
    pub(crate) fn must_be_current(&self, slot: Slot) -> Rule {
        must(self.clock().is_current(slot, self.now_ms), Ignore::NotCurrentSlot)
    }

    /// The first slot of the finalized epoch, and the checkpoint.
    pub(crate) fn finalized(&self, chain: &dyn ChainView) -> Rule<(Slot, Checkpoint)> {
        let checkpoint = known(chain.finalized())?;
        Ok((self.start_of(checkpoint.epoch), checkpoint))
    }

    /// True if the finalized block is an ancestor of this one, or the block itself.
    pub(crate) fn descends_from_finalized(&self, chain: &dyn ChainView, root: Root) -> Rule<bool> {
        let (slot, checkpoint) = self.finalized(chain)?;
        Ok(match chain.ancestor(root, slot) {
            Answer::Found(ancestor) => ancestor == checkpoint.root,
            Answer::Absent => false,
            Answer::Unavailable => return Err(Missing::Answer.into()),
        })
    }

    /// The root that a signature covers, under the fork version of an epoch.
    pub(crate) fn signing_root(&self, chain: &dyn ChainView, domain: Domain, epoch: Epoch, object: Root) -> Rule<Root> {
        let version = known(chain.fork_version(epoch))?;
        Ok(signing_root(object, domain.compute(version, self.config.validators_root())))
    }

    /// The proposer of a block is a validator, and signed it. The block and all its sidecars bring the same signature: it is
    /// checked until one of them was accepted.
    pub(crate) fn block_is_signed(
        &self,
        chain: &dyn ChainView,
        block: &BlockId,
        signature: &BLSSignature,
        draft: &mut Draft,
    ) -> Rule {
        let BlockId { slot, proposer, root } = *block;
        // [REJECT] The proposer is a validator.
        let key = ask(chain.key(proposer), Reject::UnknownValidator)?;
        // [REJECT] The proposer signed.
        if !self.seen.is_signed(slot, root, signature) {
            let signed = self.signing_root(chain, Domain::BeaconProposer, self.epoch_of(slot), root)?;
            draft.verify(key, signed, signature, Reject::BlockSignature);
            draft.marks.push(Mark::Signed { slot, root, signature: signature.clone() });
        }
        Ok(())
    }

    /// The rules on a block header that sidecars bring along: its place in the chain.
    pub(crate) fn header_fits(
        &self,
        chain: &dyn ChainView,
        signed: &SignedBeaconBlockHeader,
        draft: &mut Draft,
    ) -> Rule {
        let header = &signed.message;
        // [IGNORE] It is after the finalized slot.
        let (finalized, _) = self.finalized(chain)?;
        must(header.slot > finalized, Ignore::Finalized)?;
        // [IGNORE] Its parent is known.
        let parent = ask(chain.block(header.parent_root), Missing::Block(header.parent_root))?;
        // [REJECT] Its parent is valid.
        must(parent.has_state, Reject::ParentInvalid)?;
        let id = BlockId { slot: header.slot, proposer: header.proposer_index, root: header.tree_hash_root() };
        self.block_is_signed(chain, &id, &signed.signature, draft)?;
        // [REJECT] It is after its parent.
        must(header.slot > parent.slot, Reject::NotAfterParent)?;
        // [REJECT] It descends from the finalized block.
        must(self.descends_from_finalized(chain, header.parent_root)?, Reject::NotFinalizedBranch)?;
        // [REJECT] The validator is the slot's proposer. ([IGNORE] while nobody knows who is.)
        let proposer = known(chain.proposer(header.parent_root, header.slot))?;
        must(header.proposer_index == proposer, Reject::WrongProposer)
    }

    /// A block that must be known and valid.
    pub(crate) fn valid_block(&self, chain: &dyn ChainView, root: Root) -> Rule<Block> {
        let block = ask(chain.block(root), Missing::Block(root))?;
        must(block.has_state, Reject::BlockInvalid)?;
        Ok(block)
    }
}

/// Which block a signature is over.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BlockId {
    pub(crate) slot: Slot,
    pub(crate) proposer: ValidatorIndex,
    pub(crate) root: Root,
}

/// What becomes of a message that no rule stopped.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    pub(crate) marks: Vec<Mark>,
    pub(crate) jobs: Vec<Job>,
    /// The block of a column.
    pub(crate) block_root: Option<Root>,
    /// The jobs prove the message, as far as the level wants to know.
    pub(crate) is_proved: bool,
}

impl Draft {
    /// A rule about earlier messages, to be remembered if this one is accepted.
    pub(crate) fn mark(&mut self, cx: &Context<'_>, mark: Mark) -> Rule {
        mark.check(cx.seen)?;
        self.marks.push(mark);
        Ok(())
    }

    /// The rule that this is the first message with a key.
    pub(crate) fn first(&mut self, cx: &Context<'_>, slot: Slot, key: FirstSeen) -> Rule {
        self.mark(cx, Mark::First { slot, key })
    }

    /// The same for operations, which belong to no slot.
    pub(crate) fn first_of(&mut self, cx: &Context<'_>, key: FirstSeen) -> Rule {
        self.first(cx, Slot(0), key)
    }

    /// A signature of one key.
    pub(crate) fn verify(&mut self, key: PublicKey, root: Root, signature: &BLSSignature, otherwise: Reject) {
        self.jobs.push(Job::Signature(SignatureSet::one(key, root, signature), otherwise));
    }

    /// A signature of many keys.
    pub(crate) fn verify_many(
        &mut self,
        keys: Vec<PublicKey>,
        root: Root,
        signature: &BLSSignature,
        otherwise: Reject,
    ) {
        let set = SignatureSet { keys, message: root, signature: signature.clone() };
        self.jobs.push(Job::Signature(set, otherwise));
    }
}

/// The keys of validators, all of which exist.
pub(crate) fn keys_of(
    chain: &dyn ChainView,
    indices: impl IntoIterator<Item = ValidatorIndex>,
) -> Rule<Vec<PublicKey>> {
    indices.into_iter().map(|index| ask(chain.key(index), Reject::UnknownValidator)).collect()
}
