//! `light_client_finality_update` and `light_client_optimistic_update` (Altair), as a full node judges them: against the
//! updates that it makes itself.

use bytes::Bytes;
use cl_types::containers::any::{LightClientFinalityUpdate, LightClientOptimisticUpdate};
use cl_types::{ForkName, Preset, Slot, on_fork};

use crate::chain::LightClientKind;
use crate::reason::Ignore;
use crate::rules::{Context, Draft, Rule, known, must};
use crate::seen::Mark;

/// `SYNC_MESSAGE_DUE_BPS` and `SYNC_MESSAGE_DUE_BPS_GLOAS`.
const SYNC_MESSAGE_DUE_BPS: u64 = 3333;
const SYNC_MESSAGE_DUE_BPS_GLOAS: u64 = 2500;

pub(super) fn finality<P: Preset>(
    cx: &Context<'_>,
    update: &LightClientFinalityUpdate<P>,
    ssz: &Bytes,
    draft: &mut Draft,
) -> Rule {
    let (slot, supermajority) = on_fork!(LightClientFinalityUpdate since Altair, update, update => {
        let bits = &update.sync_aggregate.sync_committee_bits;
        let more_than_two_thirds = bits.num_set_bits().saturating_mul(3) > bits.len().saturating_mul(2);
        (update.finalized_header.beacon.slot, more_than_two_thirds)
    });
    // [IGNORE] It finalizes more than the last one that was forwarded, or the same with two thirds of the committee.
    let kind = LightClientKind::Finality;
    draft.mark(cx, Mark::LightClient { kind, slot, supermajority })?;
    // [IGNORE] Its slots are in order, as in every update that a node makes.
    must(update.finalized_header().slot <= update.attested_header().slot, Ignore::NotOurs)?;
    due_and_ours(cx, kind, (update.attested_header().slot, update.signature_slot()), ssz)
}

pub(super) fn optimistic<P: Preset>(
    cx: &Context<'_>,
    update: &LightClientOptimisticUpdate<P>,
    ssz: &Bytes,
    draft: &mut Draft,
) -> Rule {
    // [IGNORE] It attests a newer header than the last one that was forwarded.
    let (kind, slot) = (LightClientKind::Optimistic, update.attested_header().slot);
    draft.mark(cx, Mark::LightClient { kind, slot, supermajority: false })?;
    due_and_ours(cx, kind, (slot, update.signature_slot()), ssz)
}

/// `slots`: that of the attested header and that of the signatures.
fn due_and_ours(cx: &Context<'_>, kind: LightClientKind, slots: (Slot, Slot), ssz: &Bytes) -> Rule {
    let (attested_slot, signature_slot) = slots;
    // [IGNORE] The header was there when it was signed.
    must(attested_slot < signature_slot, Ignore::NotOurs)?;
    let basis_points = if cx.fork >= ForkName::Gloas { SYNC_MESSAGE_DUE_BPS_GLOAS } else { SYNC_MESSAGE_DUE_BPS };
    // [IGNORE] The sync committee of its signatures had the time to sign.
    let due = cx.clock().due_ms(signature_slot, basis_points);
    must(cx.now_ms.saturating_add(cl_types::clock::MAXIMUM_GOSSIP_CLOCK_DISPARITY_MS) >= due, Ignore::NotDue)?;

    let chain = cx.chain()?;
    // [IGNORE] It is the one that this node made itself.
    must(known(chain.light_client_update(kind))? == *ssz, Ignore::NotOurs)
}
