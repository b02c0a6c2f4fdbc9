//! `execution_payload_bid` (Gloas)

use cl_types::containers::any::SignedExecutionPayloadBid as Any;
use cl_types::containers::{BLSSignature, Bytes32, ExecutionAddress, FirstSeen, Hash32};
use cl_types::{Root, Slot, on_fork};
use tree_hash::TreeHash;

use super::preferences::dependent_slot;
use crate::chain::{Builder, ChainView};
use crate::crypto::Domain;
use crate::reason::{Ignore, Reject};
use crate::rules::{Context, Draft, Rule, ask, known, must};
use crate::seen::Mark;
use crate::verdict::Missing;

/// `PAYLOAD_BUILDER_VERSION`
const PAYLOAD_BUILDER_VERSION: u8 = 0;
/// `MIN_SEED_LOOKAHEAD`: proposers are known for so many epochs ahead.
const MIN_SEED_LOOKAHEAD: u64 = 1;

/// The bid, without the type of its fork.
struct Bid<'a> {
    slot: Slot,
    parent_hash: Hash32,
    parent_root: Root,
    block_hash: Hash32,
    prev_randao: Bytes32,
    fee_recipient: ExecutionAddress,
    gas_limit: u64,
    builder: u64,
    value: u64,
    execution_payment: u64,
    root: Root,
    signature: &'a BLSSignature,
    /// Since Heze: which members of the inclusion list committee it obeys.
    obeys: Option<Vec<bool>>,
}

impl<'a> From<&'a Any> for Bid<'a> {
    fn from(signed: &'a Any) -> Self {
        let obeys = match signed {
            Any::Gloas(_) => None,
            Any::Heze(signed) => Some(signed.message.inclusion_list_bits.iter().collect()),
        };
        on_fork!(SignedExecutionPayloadBid since Gloas, signed, signed => {
            let bid = &signed.message;
            Self {
                slot: bid.slot,
                parent_hash: bid.parent_block_hash,
                parent_root: bid.parent_block_root,
                block_hash: bid.block_hash,
                prev_randao: bid.prev_randao,
                fee_recipient: bid.fee_recipient,
                gas_limit: bid.gas_limit,
                builder: bid.builder_index,
                value: bid.value,
                execution_payment: bid.execution_payment,
                root: bid.tree_hash_root(),
                signature: &signed.signature,
                obeys,
            }
        })
    }
}

pub(super) fn rules(cx: &Context<'_>, signed: &Any, draft: &mut Draft) -> Rule {
    let bid = Bid::from(signed);
    let (slot, parent_hash, parent_root, builder) = (bid.slot, bid.parent_hash, bid.parent_root, bid.builder);
    let epoch = cx.epoch_of(slot);
    // [IGNORE] It is the builder's first for this slot and parent.
    draft.first(cx, slot, FirstSeen::Bid { slot, parent_hash, parent_root, builder })?;
    // [IGNORE] It is the highest for this slot and parent.
    draft.mark(cx, Mark::Bid { slot, parent_hash, parent_root, value: bid.value })?;
    // [IGNORE] It is for the current slot or the next.
    let before = slot.0.checked_sub(1).map(Slot);
    let is_near = |slot| cx.clock().is_current(slot, cx.now_ms);
    must(is_near(slot) || before.is_some_and(is_near), Ignore::NotCurrentOrNextSlot)?;
    // [REJECT] It pays through the beacon chain alone.
    must(bid.execution_payment == 0, Reject::ExecutionPayment)?;
    // [REJECT] The payload is not its own parent.
    must(bid.block_hash != parent_hash, Reject::OwnParent)?;
    // [REJECT] It has no more blobs than the epoch allows.
    let blobs = u64::try_from(signed.blob_kzg_commitments().len()).unwrap_or(u64::MAX);
    must(blobs <= cx.config.max_blobs(cx.fork, epoch), Reject::TooManyBlobs)?;

    let chain = cx.chain()?;
    // [IGNORE] The parent block is known.
    let parent = ask(chain.block(parent_root), Missing::Block(parent_root))?;
    // [REJECT] The bid is for a slot after it.
    must(slot > parent.slot, Reject::NotAfterParent)?;
    // [IGNORE] The parent has a state,
    must(parent.has_state, Ignore::BlockInvalid)?;
    // [IGNORE] in which the slot's proposer is known.
    must(epoch <= cx.epoch_of(parent.slot).saturating_add(MIN_SEED_LOOKAHEAD), Ignore::BeyondLookahead)?;
    // [IGNORE] That proposer has said what it wants:
    let dependent = known(chain.ancestor(parent_root, dependent_slot(cx, epoch)))?;
    let wanted = cx.seen.wanted(slot, dependent).ok_or(Ignore::NoPreferences)?;
    // [IGNORE] this fee recipient,
    must(bid.fee_recipient == wanted.fee_recipient, Ignore::FeeRecipient)?;
    // [IGNORE] (the parent payload is known)
    let parent_gas_limit = match cx.seen.gas_limit(parent_hash) {
        Some(gas_limit) => gas_limit,
        None => chain.gas_limit(parent_hash).found().ok_or(Ignore::ParentPayloadUnknown)?,
    };
    // [IGNORE] and a gas limit that moves to the one it wants.
    must(bid.gas_limit == next_gas_limit(parent_gas_limit, wanted.target_gas_limit), Ignore::GasLimit)?;
    fits_head(chain, &bid)?;
    // [REJECT] The randomness is the parent's.
    must(bid.prev_randao == known(chain.randao_mix(parent_root))?, Reject::Randao)?;
    // [REJECT] The builder exists,
    let facts = ask(chain.builder(parent_root, slot, builder), Reject::UnknownBuilder)?;
    builder_can_pay(chain, &bid, &facts)?;
    lists_are_obeyed(cx, chain, &bid)?;
    // [REJECT] The builder signed.
    let root = cx.signing_root(chain, Domain::BeaconBuilder, epoch, bid.root)?;
    draft.verify(facts.key, root, bid.signature, Reject::Signature);
    Ok(())
}

/// `is_bid_compatible_with_head`
fn fits_head(chain: &dyn ChainView, bid: &Bid<'_>) -> Rule {
    let head = known(chain.head())?;
    let block = known(chain.block(head))?;
    let in_head = known(chain.bid(head))?;
    // [IGNORE] It builds on what the head builds on,
    let on_parent_payload = bid.parent_hash == in_head.parent_block_hash;
    if bid.parent_root == block.parent_root && on_parent_payload {
        return Ok(());
    }
    // [IGNORE] or on the head itself,
    must(bid.parent_root == head, Ignore::NotOnHead)?;
    // [IGNORE] with its payload or without it, as a proposer should.
    let with_payload = known(chain.should_build_on_full(bid.slot))?;
    must(if with_payload { bid.parent_hash == in_head.block_hash } else { on_parent_payload }, Ignore::NotOnHead)
}

/// What the builder must be able to do.
fn builder_can_pay(chain: &dyn ChainView, bid: &Bid<'_>, builder: &Builder) -> Rule {
    // [REJECT] builds payloads,
    must(builder.version == PAYLOAD_BUILDER_VERSION, Reject::BuilderVersion)?;
    // [REJECT] is active,
    must(builder.is_active, Reject::BuilderInactive)?;
    // [IGNORE] and can pay.
    must(builder.can_pay.is_some_and(|most| bid.value <= most), Ignore::BuilderBalance)?;
    // [IGNORE] The payload that it builds on does not ask for its exit.
    if bid.parent_hash == known(chain.bid(bid.parent_root))?.block_hash {
        let exits = ask(chain.verified_payload(bid.parent_root), Missing::Payload(bid.parent_root))?;
        let leaves =
            exits.iter().any(|exit| exit.pubkey == builder.pubkey && exit.source_address == builder.execution_address);
        must(!leaves, Ignore::BuilderLeaving)?;
    }
    Ok(())
}

/// Since Heze: the inclusion lists of the slot before.
fn lists_are_obeyed(cx: &Context<'_>, chain: &dyn ChainView, bid: &Bid<'_>) -> Rule {
    let (Some(obeys), Some(slot)) = (&bid.obeys, bid.slot.0.checked_sub(1).map(Slot)) else {
        return Ok(());
    };
    let committee = known(chain.inclusion_list_committee(bid.parent_root, slot))?;
    let dependent = known(chain.ancestor(bid.parent_root, dependent_slot(cx, cx.epoch_of(slot))))?;
    // [IGNORE] It obeys all that came in time, of members that sent only one.
    let mut members = committee.iter().zip(obeys);
    must(
        members.all(|(member, obeys)| *obeys || !cx.seen.binds(slot, dependent, *member)),
        Ignore::InclusionListsMissed,
    )
}

/// The gas limit on the way from the parent's to the target: EIP-1559 allows steps of less than a 1024th.
const fn next_gas_limit(parent: u64, target: u64) -> u64 {
    let step = (parent / 1024).saturating_sub(1);
    let (least, most) = (parent.saturating_sub(step), parent.saturating_add(step));
    if target < least {
        least
    } else if target > most {
        most
    } else {
        target
    }
}

#[cfg(test)]
mod tests {
    use super::next_gas_limit;

    #[test]
    fn gas_limits_move_in_small_steps() {
        assert_eq!(next_gas_limit(30_000_000, 30_000_000), 30_000_000);
        assert_eq!(next_gas_limit(30_000_000, 60_000_000), 30_029_295);
        assert_eq!(next_gas_limit(30_000_000, 0), 29_970_705);
        assert_eq!(next_gas_limit(1000, 60_000_000), 1000);
    }
}
