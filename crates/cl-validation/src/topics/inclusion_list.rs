//! `inclusion_list` (Heze)

use cl_types::containers::heze;
use tree_hash::TreeHash;

use super::preferences::dependent_root_is_right;
use crate::crypto::{Domain, signing_root};
use crate::reason::{Ignore, Reject};
use crate::rules::{Context, Draft, Rule, ask, known, must};
use crate::seen::Mark;

/// `MAX_TRANSACTIONS_BYTES_PER_INCLUSION_LIST`
const MAX_TRANSACTION_BYTES: usize = 8192;
/// `INCLUSION_LIST_DUE_BPS`: later lists bind no bid.
const INCLUSION_LIST_DUE_BPS: u64 = 6667;

pub(super) fn rules(cx: &Context<'_>, signed: &heze::SignedInclusionList, draft: &mut Draft) -> Rule {
    let list = &signed.message;
    let (slot, dependent_root, validator) = (list.slot, list.dependent_root, list.validator_index);
    let (epoch, root) = (cx.epoch_of(slot), list.tree_hash_root());
    // [IGNORE] It is the validator's first or second for this slot: two different ones prove a fault.
    let timely = cx.now_ms < cx.clock().due_ms(slot, INCLUSION_LIST_DUE_BPS);
    draft.mark(cx, Mark::InclusionList { slot, dependent_root, validator, root, timely })?;
    // [IGNORE] It is of the current slot.
    cx.must_be_current(slot)?;
    let bytes = list.transactions.iter().fold(0_usize, |sum, tx| sum.saturating_add(tx.len()));
    // [IGNORE] There are transactions in it,
    must(bytes > 0, Ignore::NoTransactions)?;
    // [REJECT] not too many bytes of them,
    must(bytes <= MAX_TRANSACTION_BYTES, Reject::TransactionBytes)?;
    // [REJECT] and none is empty.
    must(list.transactions.iter().all(|transaction| !transaction.is_empty()), Reject::EmptyTransaction)?;

    let chain = cx.chain()?;
    dependent_root_is_right(cx, chain, dependent_root, epoch)?;
    // [REJECT] The validator is in the slot's committee,
    let committee = known(chain.inclusion_list_committee(dependent_root, slot))?;
    must(committee.contains(&validator), Reject::NotInCommittee)?;
    // [REJECT] and signed, under the version of the slot's epoch.
    let key = ask(chain.key(validator), Reject::UnknownValidator)?;
    let domain = Domain::InclusionListCommittee.compute(cx.config.version_at(epoch), cx.config.validators_root());
    draft.verify(key, signing_root(root, domain), &signed.signature, Reject::Signature);
    Ok(())
}
