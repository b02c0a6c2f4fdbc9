//! `beacon_aggregate_and_proof`

use cl_types::containers::FirstSeen;
use cl_types::containers::any;
use cl_types::subnets::is_aggregator;
use cl_types::{Preset, on_fork};
use tree_hash::TreeHash;

use super::votes::{self, packed};
use crate::crypto::Domain;
use crate::reason::Reject;
use crate::rules::{Context, Draft, Rule, ask, keys_of, known, must};
use crate::seen::Mark;

/// `MAX_VALIDATORS_PER_COMMITTEE`
const MAX_VALIDATORS_PER_COMMITTEE: usize = 2048;

/// The only committee of an aggregate: `data.index` before Electra, the only bit since.
fn only_committee<P: Preset>(signed: &any::SignedAggregateAndProof<P>) -> Option<u64> {
    use any::SignedAggregateAndProof as Any;
    let bits: Vec<bool> = match signed {
        Any::Phase0(signed)
        | Any::Altair(signed)
        | Any::Bellatrix(signed)
        | Any::Capella(signed)
        | Any::Deneb(signed) => {
            return Some(signed.message.aggregate.data.index);
        }
        Any::Electra(signed) | Any::Fulu(signed) => signed.message.aggregate.committee_bits.iter().collect(),
        Any::Gloas(signed) | Any::Heze(signed) => signed.message.aggregate.committee_bits.iter().collect(),
    };
    let mut set = (0..).zip(bits).filter(|(_, bit)| *bit).map(|(index, _)| index);
    match (set.next(), set.next()) {
        (Some(index), None) => Some(index),
        _ => None,
    }
}

pub(super) fn rules<P: Preset>(cx: &Context<'_>, signed: &any::SignedAggregateAndProof<P>, draft: &mut Draft) -> Rule {
    let data = signed.data();
    let (target, aggregator) = (data.target.epoch, signed.aggregator_index());
    let (bits, selection_proof, message_root) = on_fork!(SignedAggregateAndProof since Phase0, signed, signed => {
        let bits: Vec<bool> = signed.message.aggregate.aggregation_bits.iter().collect();
        (bits, &signed.message.selection_proof, signed.message.tree_hash_root())
    });
    votes::index_is_allowed(cx, data)?;
    // [REJECT] It is of one committee.
    let index = only_committee(signed).ok_or(Reject::CommitteeBits)?;
    // [REJECT] It has no more bits than a committee can have members. (How many this one has is asked below; memory of bits
    // must be bound before.)
    must(bits.len() <= MAX_VALIDATORS_PER_COMMITTEE, Reject::BitsLength)?;
    // [IGNORE] No aggregate with all of these votes was seen.
    let data_root = data.tree_hash_root();
    draft.mark(cx, Mark::AggregateBits { slot: data.slot, data_root, committee: index, bits: packed(&bits) })?;
    // [IGNORE] It is the aggregator's first for this target.
    draft.first(cx, data.slot, FirstSeen::Aggregator { target, aggregator })?;
    votes::time_is_right(cx, data)?;
    // [REJECT] Somebody takes part.
    must(bits.contains(&true), Reject::NoParticipants)?;

    let chain = cx.chain()?;
    let block = votes::voted_block(cx, chain, data.beacon_block_root)?;
    // [REJECT] There are so many committees.
    must(index < known(chain.committees_per_slot(target))?, Reject::CommitteeIndex)?;
    let committee = votes::committee(chain, data, index)?;
    // [REJECT] There are as many bits as members.
    must(bits.len() == committee.len(), Reject::BitsLength)?;
    // [REJECT] The aggregator was selected,
    let selected = is_aggregator(u64::try_from(committee.len()).unwrap_or(u64::MAX), selection_proof.as_bytes());
    must(selected, Reject::NotSelected)?;
    // [REJECT] and is in the committee.
    must(committee.contains(&aggregator), Reject::NotInCommittee)?;
    // [REJECT] The selection proof is its signature over the slot.
    let key = ask(chain.key(aggregator), Reject::UnknownValidator)?;
    let root = cx.signing_root(chain, Domain::SelectionProof, target, data.slot.tree_hash_root())?;
    draft.verify(key, root, selection_proof, Reject::SelectionProof);
    // [REJECT] The aggregator signed the whole.
    let root = cx.signing_root(chain, Domain::AggregateAndProof, target, message_root)?;
    let signature = on_fork!(SignedAggregateAndProof since Phase0, signed, signed => &signed.signature);
    draft.verify(key, root, signature, Reject::AggregatorSignature);
    // [REJECT] All participants signed the vote.
    let voters = committee.iter().zip(&bits).filter(|(_, bit)| **bit).map(|(voter, _)| *voter);
    let root = cx.signing_root(chain, Domain::BeaconAttester, target, data_root)?;
    let signature =
        on_fork!(SignedAggregateAndProof since Phase0, signed, signed => &signed.message.aggregate.signature);
    draft.verify_many(keys_of(chain, voters)?, root, signature, Reject::AggregateSignature);
    votes::ancestry_is_right(cx, chain, data)?;
    votes::payload_is_right(cx, chain, data, &block)
}
