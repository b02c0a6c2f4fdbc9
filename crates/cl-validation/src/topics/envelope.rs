//! `execution_payload`: envelopes of payloads (Gloas)

use cl_types::containers::{FirstSeen, gloas};
use cl_types::{Preset, Slot};
use tree_hash::TreeHash;
use typenum::Unsigned;

use super::block::requests_are_few;
use crate::crypto::Domain;
use crate::reason::{Ignore, Reject};
use crate::rules::{Context, Draft, Rule, ask, known, must};
use crate::seen::Mark;

/// `BUILDER_INDEX_SELF_BUILD`: the proposer itself.
const SELF_BUILD: u64 = u64::MAX;

pub(super) fn rules<P: Preset>(
    cx: &Context<'_>,
    signed: &gloas::SignedExecutionPayloadEnvelope,
    draft: &mut Draft,
) -> Rule {
    let envelope = &signed.message;
    let (block_root, builder, slot) =
        (envelope.beacon_block_root, envelope.builder_index, Slot(envelope.payload.slot_number));
    // [IGNORE] It is the builder's first for this block.
    draft.first(cx, slot, FirstSeen::Envelope { block_root, builder })?;
    let (block_hash, gas_limit) = (envelope.payload.block_hash, envelope.payload.gas_limit);
    draft.mark(cx, Mark::Payload { slot, block_hash, gas_limit })?;
    requests_are_few(&envelope.execution_requests)?;
    // [REJECT] It has no more withdrawals than a payload may have.
    must(envelope.payload.withdrawals.len() <= P::MaxWithdrawalsPerPayload::USIZE, Reject::TooManyWithdrawals)?;

    let chain = cx.chain()?;
    // [IGNORE] Its block is known. [REJECT] The block is valid.
    let block = cx.valid_block(chain, block_root)?;
    // [IGNORE] It is not before the finalized slot.
    let (finalized, _) = cx.finalized(chain)?;
    must(slot >= finalized, Ignore::Finalized)?;
    // [REJECT] It is of the block's slot,
    must(slot == block.slot, Reject::SlotOfBlockDiffers)?;
    let bid = known(chain.bid(block_root))?;
    // [REJECT] of the builder whose bid the block took,
    must(builder == bid.builder_index, Reject::WrongBuilder)?;
    // [REJECT] has the payload that the bid promised,
    must(block_hash == bid.block_hash, Reject::BlockHash)?;
    // [REJECT] and the requests.
    must(envelope.execution_requests.tree_hash_root() == bid.execution_requests_root, Reject::RequestsRoot)?;
    // [REJECT] The builder signed; for its own payload, the proposer.
    let key = if builder == SELF_BUILD {
        ask(chain.key(block.proposer_index), Reject::UnknownValidator)?
    } else {
        ask(chain.builder(block_root, block.slot, builder), Reject::UnknownBuilder)?.key
    };
    let root = cx.signing_root(chain, Domain::BeaconBuilder, cx.epoch_of(block.slot), envelope.tree_hash_root())?;
    draft.verify(key, root, &signed.signature, Reject::Signature);
    Ok(())
}
