//! What attestations and aggregates have in common.

use cl_types::containers::AttestationData;
use cl_types::{ForkName, Root};

use crate::chain::{Block, ChainView, PayloadStatus};
use crate::reason::{Ignore, Reject};
use crate::rules::{Context, Rule, ask, known, must};
use crate::verdict::Missing;

/// `ATTESTATION_PROPAGATION_SLOT_RANGE`
const PROPAGATION_SLOTS: u64 = 32;

/// Bits in bytes, the first in the lowest bit.
pub(super) fn packed(bits: &[bool]) -> Vec<u8> {
    bits.chunks(8).map(|byte| byte.iter().rev().fold(0, |byte, bit| (byte << 1) | u8::from(*bit))).collect()
}

/// The vote's index says nothing any more (Electra), or of the payload (Gloas).
pub(super) fn index_is_allowed(cx: &Context<'_>, data: &AttestationData) -> Rule {
    let most = match cx.fork {
        fork if fork >= ForkName::Gloas => 1,
        fork if fork >= ForkName::Electra => 0,
        _ => u64::MAX,
    };
    // [REJECT] It is 0, since Gloas 0 or 1.
    must(data.index <= most, Reject::DataIndex)
}

/// The vote is not too early, not too late, and for its own epoch.
pub(super) fn time_is_right(cx: &Context<'_>, data: &AttestationData) -> Rule {
    let epoch = cx.epoch_of(data.slot);
    if cx.fork >= ForkName::Deneb {
        // [IGNORE] Its slot has begun,
        cx.must_have_begun(data.slot)?;
        // [IGNORE] and is of the current or the previous epoch.
        let slots_per_epoch = cx.preset().slots_per_epoch();
        let recent = cx.clock().is_current_or_previous_epoch(epoch, slots_per_epoch, cx.now_ms);
        must(recent, Ignore::OutsideWindow)?;
    } else {
        // [IGNORE] Its slot has begun and is at most 32 slots ago.
        must(cx.clock().is_in_range(data.slot, PROPAGATION_SLOTS, cx.now_ms), Ignore::OutsideWindow)?;
    }
    // [REJECT] Its target is of the same epoch.
    must(data.target.epoch == epoch, Reject::TargetEpoch)
}

/// The block that is voted for is known and valid.
pub(super) fn voted_block(cx: &Context<'_>, chain: &dyn ChainView, root: Root) -> Rule<Block> {
    // [IGNORE] The block is known. [REJECT] It is valid.
    cx.valid_block(chain, root)
}

/// What is voted for hangs together.
pub(super) fn ancestry_is_right(cx: &Context<'_>, chain: &dyn ChainView, data: &AttestationData) -> Rule {
    // [REJECT] The target is on the branch that is voted for.
    let target = ask(chain.ancestor(data.beacon_block_root, cx.start_of(data.target.epoch)), Reject::TargetRoot)?;
    must(target == data.target.root, Reject::TargetRoot)?;
    // [IGNORE] The branch descends from the finalized block.
    must(cx.descends_from_finalized(chain, data.beacon_block_root)?, Ignore::NotFinalizedBranch)
}

/// What the vote says of the block's payload (Gloas).
pub(super) fn payload_is_right(cx: &Context<'_>, chain: &dyn ChainView, data: &AttestationData, block: &Block) -> Rule {
    if cx.fork < ForkName::Gloas {
        return Ok(());
    }
    // [REJECT] In the block's own slot the payload cannot be there yet.
    must(block.slot != data.slot || data.index == 0, Reject::SameSlotPayload)?;
    if data.index != 1 {
        return Ok(());
    }
    // [IGNORE] The payload that is voted for is here and verified.
    ask(chain.verified_payload(data.beacon_block_root), Missing::Payload(data.beacon_block_root))?;
    match block.payload {
        PayloadStatus::Valid => Ok(()),
        // [IGNORE] The execution layer has judged it.
        PayloadStatus::NotValidated => Err(Ignore::PayloadOptimistic.into()),
        // [REJECT] It is not invalid.
        PayloadStatus::Invalidated => Err(Reject::PayloadInvalid.into()),
    }
}

/// The committee, after its number was checked.
pub(super) fn committee(chain: &dyn ChainView, data: &AttestationData, index: u64) -> Rule<std::sync::Arc<[u64]>> {
    known(chain.committee(data.slot, index))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_packed_from_the_lowest() {
        let bits = [true, false, false, false, false, false, false, true, false, true];
        assert_eq!(packed(&bits), [0b1000_0001, 0b10]);
        assert!(packed(&[]).is_empty());
    }
}
