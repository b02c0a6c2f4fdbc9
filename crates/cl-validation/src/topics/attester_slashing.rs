//! `attester_slashing`

use cl_types::containers::any;
use cl_types::containers::{AttestationData, BLSSignature, ValidatorIndex};
use cl_types::{ForkName, Preset, on_fork};
use tree_hash::TreeHash;
use typenum::Unsigned;

use super::proposer_slashing::is_slashable;
use crate::chain::{Answer, ChainView};
use crate::crypto::Domain;
use crate::reason::Reject;
use crate::rules::{Context, Draft, Rule, keys_of, known, must};
use crate::seen::Mark;
use crate::verdict::Missing;

/// Votes with their voters, without the type of its fork.
struct Indexed<'a> {
    indices: &'a [ValidatorIndex],
    data: &'a AttestationData,
    signature: &'a BLSSignature,
}

pub(super) fn rules<P: Preset>(cx: &Context<'_>, slashing: &any::AttesterSlashing<P>, draft: &mut Draft) -> Rule {
    let (one, other) = on_fork!(AttesterSlashing since Phase0, slashing, slashing => {
        let (one, other) = (&slashing.attestation_1, &slashing.attestation_2);
        (
            Indexed { indices: &one.attesting_indices, data: &one.data, signature: &one.signature },
            Indexed { indices: &other.attesting_indices, data: &other.data, signature: &other.signature },
        )
    });
    let mut voters = other.indices.to_vec();
    voters.sort_unstable();
    let mut both: Vec<ValidatorIndex> =
        one.indices.iter().copied().filter(|index| voters.binary_search(index).is_ok()).collect();
    both.sort_unstable();
    both.dedup();
    // [IGNORE] Somebody in it was not yet seen to be slashed.
    draft.mark(cx, Mark::AttestersSlashed(both.clone()))?;
    // [REJECT] The votes contradict each other.
    must(is_double_or_surround(one.data, other.data), Reject::NotSlashable)?;
    // [REJECT] Both lists of voters are in order. (No more than a slot has, since the type does not say it any more.)
    for indexed in [&one, &other] {
        let sorted = indexed.indices.is_sorted_by(|a, b| a < b);
        let fits = cx.fork < ForkName::Gloas || indexed.indices.len() <= P::MaxValidatorsPerSlot::USIZE;
        must(!indexed.indices.is_empty() && sorted && fits, Reject::IndexedVotes)?;
    }

    let chain = cx.chain()?;
    // [REJECT] All voters are validators, and signed.
    indexed_is_signed(cx, chain, &one, draft)?;
    indexed_is_signed(cx, chain, &other, draft)?;
    // [REJECT] Somebody in both can still be slashed.
    let epoch = known(chain.head_epoch())?;
    let mut slashable = false;
    for index in both {
        match chain.validator(index) {
            Answer::Found(validator) => slashable |= is_slashable(&validator, epoch),
            Answer::Absent => {}
            Answer::Unavailable => return Err(Missing::Answer.into()),
        }
    }
    must(slashable, Reject::NotSlashable)
}

fn indexed_is_signed(cx: &Context<'_>, chain: &dyn ChainView, votes: &Indexed<'_>, draft: &mut Draft) -> Rule {
    let keys = keys_of(chain, votes.indices.iter().copied())?;
    let epoch = votes.data.target.epoch;
    let root = cx.signing_root(chain, Domain::BeaconAttester, epoch, votes.data.tree_hash_root())?;
    draft.verify_many(keys, root, votes.signature, Reject::AggregateSignature);
    Ok(())
}

/// `is_slashable_attestation_data`
fn is_double_or_surround(one: &AttestationData, other: &AttestationData) -> bool {
    let double = one != other && one.target.epoch == other.target.epoch;
    let surround = one.source.epoch < other.source.epoch && other.target.epoch < one.target.epoch;
    double || surround
}
