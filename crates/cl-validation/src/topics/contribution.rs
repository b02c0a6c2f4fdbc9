//! `sync_committee_contribution_and_proof` (Altair)

use cl_types::Preset;
use cl_types::containers::{FirstSeen, SignedContributionAndProof, SyncAggregatorSelectionData};
use cl_types::subnets::{SYNC_COMMITTEE_SUBNET_COUNT, is_sync_committee_aggregator};
use tree_hash::TreeHash;
use typenum::Unsigned;

use super::votes::packed;
use crate::crypto::Domain;
use crate::reason::Reject;
use crate::rules::{Context, Draft, Rule, ask, known, must};
use crate::seen::Mark;

pub(super) fn rules<P: Preset>(cx: &Context<'_>, signed: &SignedContributionAndProof<P>, draft: &mut Draft) -> Rule {
    let (message, contribution) = (&signed.message, &signed.message.contribution);
    let (slot, block_root) = (contribution.slot, contribution.beacon_block_root);
    let (aggregator, subcommittee) = (message.aggregator_index, contribution.subcommittee_index);
    let bits: Vec<bool> = contribution.aggregation_bits.iter().collect();
    // [IGNORE] No contribution with all of these votes was seen.
    draft.mark(cx, Mark::ContributionBits { slot, block_root, subcommittee, bits: packed(&bits) })?;
    // [IGNORE] It is the aggregator's first for this slot and subcommittee.
    draft.first(cx, slot, FirstSeen::Contribution { slot, aggregator, subcommittee })?;
    // [IGNORE] It is of the current slot.
    cx.must_be_current(slot)?;
    // [REJECT] There is such a subcommittee.
    must(subcommittee < SYNC_COMMITTEE_SUBNET_COUNT, Reject::Subcommittee)?;
    // [REJECT] Somebody takes part.
    must(bits.contains(&true), Reject::NoParticipants)?;
    // [REJECT] The aggregator was selected.
    let selected = is_sync_committee_aggregator(message.selection_proof.as_bytes(), cx.preset());
    must(selected, Reject::NotSelected)?;

    let chain = cx.chain()?;
    // [REJECT] The aggregator is a validator,
    let member = ask(chain.validator(aggregator), Reject::UnknownValidator)?;
    let key = ask(chain.key(aggregator), Reject::UnknownValidator)?;
    // [REJECT] and in the subcommittee.
    let committee = known(chain.sync_committee())?;
    let size = P::SyncSubcommitteeSize::USIZE;
    let skipped = usize::try_from(subcommittee).unwrap_or(usize::MAX).saturating_mul(size);
    must(committee.pubkeys.iter().skip(skipped).take(size).any(|key| *key == member.pubkey), Reject::NotInCommittee)?;
    // [REJECT] The selection proof is its signature over slot and subcommittee.
    let epoch = cx.epoch_of(slot);
    let selection = SyncAggregatorSelectionData { slot, subcommittee_index: subcommittee }.tree_hash_root();
    let root = cx.signing_root(chain, Domain::SyncCommitteeSelectionProof, epoch, selection)?;
    draft.verify(key, root, &message.selection_proof, Reject::SelectionProof);
    // [REJECT] The aggregator signed the whole.
    let root = cx.signing_root(chain, Domain::ContributionAndProof, epoch, message.tree_hash_root())?;
    draft.verify(key, root, &signed.signature, Reject::AggregatorSignature);
    // [REJECT] All participants signed the block root. A member that sits there twice counts twice.
    let keys = committee.keys.iter().skip(skipped).zip(&bits).filter(|(_, bit)| **bit).map(|(key, _)| *key).collect();
    let root = cx.signing_root(chain, Domain::SyncCommittee, epoch, block_root)?;
    draft.verify_many(keys, root, &contribution.signature, Reject::AggregateSignature);
    Ok(())
}
