//! `payload_attestation_message` (Gloas)

use cl_types::ForkName;
use cl_types::containers::{FirstSeen, gloas};
use tree_hash::TreeHash;

use crate::crypto::Domain;
use crate::reason::{Ignore, Reject};
use crate::rules::{Context, Draft, Rule, ask, known, must};

pub(super) fn rules(cx: &Context<'_>, message: &gloas::PayloadAttestationMessage, draft: &mut Draft) -> Rule {
    let (data, validator) = (&message.data, message.validator_index);
    let (slot, epoch) = (data.slot, cx.epoch_of(data.slot));
    // [REJECT] Its slot is of Gloas or later.
    must(epoch >= cx.config.chain.fork(ForkName::Gloas).epoch, Reject::BeforeFork)?;
    // [IGNORE] It is the validator's first for this slot.
    draft.first(cx, slot, FirstSeen::PayloadVote { slot, validator })?;
    // [IGNORE] It is of the current slot.
    cx.must_be_current(slot)?;

    let chain = cx.chain()?;
    // [IGNORE] Its block is known. [REJECT] The block is valid.
    let block = cx.valid_block(chain, data.beacon_block_root)?;
    // [IGNORE] The block is of this slot.
    must(block.slot == slot, Ignore::SlotOfBlockDiffers)?;
    // [REJECT] The validator exists,
    let key = ask(chain.key(validator), Reject::UnknownValidator)?;
    // [REJECT] is in the slot's committee,
    must(known(chain.payload_committee(slot))?.contains(&validator), Reject::NotInCommittee)?;
    // [REJECT] and signed.
    let root = cx.signing_root(chain, Domain::PtcAttester, epoch, data.tree_hash_root())?;
    draft.verify(key, root, &message.signature, Reject::Signature);
    Ok(())
}
