//! `sync_committee_{subnet}` (Altair)

use cl_types::containers::{FirstSeen, SyncCommitteeMessage};
use cl_types::subnets::sync_subnets;

use crate::crypto::Domain;
use crate::reason::Reject;
use crate::rules::{Context, Draft, Rule, ask, known, must};

pub(super) fn rules(cx: &Context<'_>, subnet: u64, message: &SyncCommitteeMessage, draft: &mut Draft) -> Rule {
    let (slot, validator) = (message.slot, message.validator_index);
    // [IGNORE] It is the validator's first for this slot on this subnet.
    draft.first(cx, slot, FirstSeen::SyncMessage { slot, validator, subnet })?;
    // [IGNORE] It is of the current slot.
    cx.must_be_current(slot)?;

    let chain = cx.chain()?;
    // [REJECT] The validator exists.
    let member = ask(chain.validator(validator), Reject::UnknownValidator)?;
    // [REJECT] It sits in the subnet's part of the committee.
    let committee = known(chain.sync_committee())?;
    let subnets = sync_subnets(&committee.pubkeys, &member.pubkey);
    must(usize::try_from(subnet).is_ok_and(|subnet| subnets.get(subnet) == Some(&true)), Reject::WrongSubnet)?;
    // [REJECT] It signed the block root.
    let key = ask(chain.key(validator), Reject::UnknownValidator)?;
    let root = cx.signing_root(chain, Domain::SyncCommittee, cx.epoch_of(slot), message.beacon_block_root)?;
    draft.verify(key, root, &message.signature, Reject::Signature);
    Ok(())
}
