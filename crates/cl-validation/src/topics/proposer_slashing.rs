//! `proposer_slashing`

use cl_types::Epoch;
use cl_types::containers::{FirstSeen, ProposerSlashing, Validator};
use tree_hash::TreeHash;

use crate::crypto::Domain;
use crate::reason::Reject;
use crate::rules::{Context, Draft, Rule, ask, known, must};

pub(super) fn rules(cx: &Context<'_>, slashing: &ProposerSlashing, draft: &mut Draft) -> Rule {
    let (one, other) = (&slashing.signed_header_1.message, &slashing.signed_header_2.message);
    // [IGNORE] It is the first of this proposer.
    draft.first_of(cx, FirstSeen::ProposerSlashing(one.proposer_index))?;
    // [REJECT] Both headers are of one slot,
    must(one.slot == other.slot, Reject::HeaderSlots)?;
    // [REJECT] and of one proposer,
    must(one.proposer_index == other.proposer_index, Reject::HeaderProposers)?;
    // [REJECT] and they differ.
    must(one != other, Reject::SameHeaders)?;

    let chain = cx.chain()?;
    // [REJECT] The proposer is a validator.
    let validator = ask(chain.validator(one.proposer_index), Reject::UnknownValidator)?;
    // [REJECT] It can still be slashed.
    must(is_slashable(&validator, known(chain.head_epoch())?), Reject::NotSlashable)?;
    // [REJECT] It signed both headers.
    let key = ask(chain.key(one.proposer_index), Reject::UnknownValidator)?;
    for signed in [&slashing.signed_header_1, &slashing.signed_header_2] {
        let epoch = cx.epoch_of(signed.message.slot);
        let root = cx.signing_root(chain, Domain::BeaconProposer, epoch, signed.message.tree_hash_root())?;
        draft.verify(key, root, &signed.signature, Reject::BlockSignature);
    }
    Ok(())
}

/// `is_slashable_validator`
pub(super) fn is_slashable(validator: &Validator, epoch: Epoch) -> bool {
    !validator.slashed && validator.activation_epoch <= epoch && epoch < validator.withdrawable_epoch
}
