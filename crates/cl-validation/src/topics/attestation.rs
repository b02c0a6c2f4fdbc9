//! `beacon_attestation_{subnet}`: a vote, as one bit of its committee before Electra and with its voter's number since.

use bytes::Bytes;
use cl_types::containers::{AttestationData, BLSSignature, FirstSeen, SingleAttestation, ValidatorIndex, phase0};
use cl_types::subnets::attestation_subnet;
use cl_types::{DecodeShared, ForkName};
use tree_hash::TreeHash;

use super::votes;
use crate::chain::{Block, ChainView};
use crate::crypto::Domain;
use crate::judge::decoded;
use crate::reason::Reject;
use crate::rules::{Context, Draft, Rule, ask, known, must};

pub(super) fn rules(cx: &Context<'_>, subnet: u64, ssz: &Bytes, draft: &mut Draft) -> Rule {
    if cx.fork < ForkName::Electra {
        one_bit(cx, subnet, &decoded(phase0::Attestation::from_ssz(ssz))?, draft)
    } else {
        single(cx, subnet, &decoded(SingleAttestation::from_ssz(ssz))?, draft)
    }
}

/// Before Electra.
fn one_bit(cx: &Context<'_>, subnet: u64, vote: &phase0::Attestation, draft: &mut Draft) -> Rule {
    let data = &vote.data;
    votes::time_is_right(cx, data)?;
    // [REJECT] It is one vote.
    let mut set = vote.aggregation_bits.iter().enumerate().filter(|(_, bit)| *bit).map(|(position, _)| position);
    let (Some(position), None) = (set.next(), set.next()) else {
        return Err(Reject::NotOneBit.into());
    };
    let Ok(chain) = cx.chain() else {
        // Without a shuffling nobody knows who votes: the bit's place stands for the voter.
        draft.first(cx, data.slot, FirstSeen::Member { slot: data.slot, committee: data.index, position })?;
        return cx.chain().map(|_| ());
    };
    let block = place_is_right(cx, chain, data, data.index, subnet)?;
    let committee = votes::committee(chain, data, data.index)?;
    // [REJECT] There are as many bits as members.
    must(vote.aggregation_bits.len() == committee.len(), Reject::BitsLength)?;
    let attester = *committee.get(position).ok_or(Reject::BitsLength)?;
    // [IGNORE] It is the validator's first for this target.
    draft.first(cx, data.slot, FirstSeen::Attester { target: data.target.epoch, attester })?;
    signed_and_sound(cx, chain, data, &block, attester, &vote.signature, draft)
}

/// Since Electra.
fn single(cx: &Context<'_>, subnet: u64, vote: &SingleAttestation, draft: &mut Draft) -> Rule {
    let (data, attester) = (&vote.data, vote.attester_index);
    // [IGNORE] It is the validator's first for this target.
    draft.first(cx, data.slot, FirstSeen::Attester { target: data.target.epoch, attester })?;
    votes::index_is_allowed(cx, data)?;
    votes::time_is_right(cx, data)?;

    let chain = cx.chain()?;
    let block = place_is_right(cx, chain, data, vote.committee_index, subnet)?;
    // [REJECT] The validator is in the committee.
    let committee = votes::committee(chain, data, vote.committee_index)?;
    must(committee.contains(&attester), Reject::NotInCommittee)?;
    signed_and_sound(cx, chain, data, &block, attester, &vote.signature, draft)
}

/// The block is known, the committee exists and votes on this subnet.
fn place_is_right(
    cx: &Context<'_>,
    chain: &dyn ChainView,
    data: &AttestationData,
    index: u64,
    subnet: u64,
) -> Rule<Block> {
    let block = votes::voted_block(cx, chain, data.beacon_block_root)?;
    // [REJECT] There are so many committees.
    let committees = known(chain.committees_per_slot(data.target.epoch))?;
    must(index < committees, Reject::CommitteeIndex)?;
    // [REJECT] The committee votes on this subnet.
    must(attestation_subnet(committees, data.slot, index, cx.preset()) == subnet, Reject::WrongSubnet)?;
    Ok(block)
}

/// The signature, and what is voted for.
fn signed_and_sound(
    cx: &Context<'_>,
    chain: &dyn ChainView,
    data: &AttestationData,
    block: &Block,
    attester: ValidatorIndex,
    signature: &BLSSignature,
    draft: &mut Draft,
) -> Rule {
    // [REJECT] The validator signed.
    let key = ask(chain.key(attester), Reject::UnknownValidator)?;
    let root = cx.signing_root(chain, Domain::BeaconAttester, data.target.epoch, data.tree_hash_root())?;
    draft.verify(key, root, signature, Reject::Signature);
    votes::ancestry_is_right(cx, chain, data)?;
    votes::payload_is_right(cx, chain, data, block)
}
