//! `proposer_preferences` (Gloas)

use cl_types::containers::{FirstSeen, gloas};
use cl_types::{Epoch, ForkName, Root, Slot};
use tree_hash::TreeHash;

use crate::chain::ChainView;
use crate::crypto::{Domain, signing_root};
use crate::reason::{Ignore, Reject};
use crate::rules::{Context, Draft, Rule, ask, known, must};
use crate::seen::Mark;
use crate::verdict::Missing;

pub(super) fn rules(cx: &Context<'_>, signed: &gloas::SignedProposerPreferences, draft: &mut Draft) -> Rule {
    let preferences = &signed.message;
    let (slot, dependent_root) = (preferences.proposal_slot, preferences.dependent_root);
    let epoch = cx.epoch_of(slot);
    // [IGNORE] They are the first for this slot and dependent root.
    draft.first(cx, slot, FirstSeen::Preferences { slot, dependent_root })?;
    let (fee_recipient, target_gas_limit) = (preferences.fee_recipient, preferences.target_gas_limit);
    draft.mark(cx, Mark::Preferences { slot, dependent_root, fee_recipient, target_gas_limit })?;
    // [IGNORE] The slot is of Gloas or later.
    must(epoch >= cx.config.chain.fork(ForkName::Gloas).epoch, Ignore::BeforeFork)?;
    // [IGNORE] It has not begun.
    must(!cx.clock().is_past(slot, cx.now_ms), Ignore::PastSlot)?;
    // [IGNORE] Its proposer is fixed.
    must(!cx.clock().is_future(lookahead_start(cx, epoch), cx.now_ms), Ignore::BeyondLookahead)?;

    let chain = cx.chain()?;
    dependent_root_is_right(cx, chain, dependent_root, epoch)?;
    // [REJECT] The validator proposes in the slot,
    let proposer = known(chain.proposer(dependent_root, slot))?;
    must(preferences.validator_index == proposer, Reject::WrongProposer)?;
    // [REJECT] and signed, under the version of the slot's epoch.
    let key = ask(chain.key(proposer), Reject::UnknownValidator)?;
    let domain = Domain::ProposerPreferences.compute(cx.config.version_at(epoch), cx.config.validators_root());
    draft.verify(key, signing_root(preferences.tree_hash_root(), domain), &signed.signature, Reject::Signature);
    Ok(())
}

/// `compute_shuffling_lookahead_start_slot`: from when on the shuffling of an epoch is fixed.
fn lookahead_start(cx: &Context<'_>, epoch: Epoch) -> Slot {
    cx.start_of(epoch.saturating_sub(1))
}

/// `compute_shuffling_dependent_slot`: the last slot whose block decides the shuffling of an epoch.
pub(super) fn dependent_slot(cx: &Context<'_>, epoch: Epoch) -> Slot {
    lookahead_start(cx, epoch).saturating_sub(1)
}

/// The block that decides the shuffling is known and can do that.
pub(super) fn dependent_root_is_right(cx: &Context<'_>, chain: &dyn ChainView, root: Root, epoch: Epoch) -> Rule {
    // [IGNORE] The dependent block is known,
    let block = ask(chain.block(root), Missing::Block(root))?;
    // [IGNORE] and valid.
    must(block.has_state, Ignore::BlockInvalid)?;
    // [REJECT] It is not too new to decide the shuffling.
    let slot = dependent_slot(cx, epoch);
    must(block.slot <= slot, Reject::DependentSlot)?;
    // [IGNORE] No block between it and the slot decides instead.
    must(known(chain.is_dependent_root(root, slot))?, Ignore::NotDependent)
}
