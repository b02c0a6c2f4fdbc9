//! `beacon_block`

use cl_types::containers::any::SignedBeaconBlock as Any;
use cl_types::containers::{FirstSeen, Hash32, bellatrix, gloas};
use cl_types::{ForkName, Preset, Root};

use crate::chain::{Answer, Block, ChainView, PayloadStatus};
use crate::reason::{Ignore, Reject};
use crate::rules::{BlockId, Context, Draft, Rule, ask, known, must};
use crate::verdict::Missing;

/// Operations that a block may have since Gloas, whose types have no limit.
const MAX_PROPOSER_SLASHINGS: usize = 16;
const MAX_ATTESTER_SLASHINGS: usize = 1;
const MAX_ATTESTATIONS: usize = 8;
const MAX_VOLUNTARY_EXITS: usize = 16;
const MAX_BLS_TO_EXECUTION_CHANGES: usize = 16;
const MAX_PAYLOAD_ATTESTATIONS: usize = 4;
/// Execution requests that a payload may have since Gloas. Deposits have no limit.
const MAX_WITHDRAWAL_REQUESTS: usize = 16;
const MAX_CONSOLIDATION_REQUESTS: usize = 2;
const MAX_BUILDER_DEPOSIT_REQUESTS: usize = 64;
const MAX_BUILDER_EXIT_REQUESTS: usize = 16;

pub(super) fn rules<P: Preset>(cx: &Context<'_>, signed: &Any<P>, draft: &mut Draft) -> Rule {
    let (slot, proposer, parent_root) = (signed.slot(), signed.proposer_index(), signed.parent_root());
    // [IGNORE] It is the proposer's first for this slot.
    draft.first(cx, slot, FirstSeen::Block { slot, proposer })?;
    // [IGNORE] Its slot has begun.
    cx.must_have_begun(slot)?;
    operations_are_few(signed)?;
    // [REJECT] It has no more blobs than the epoch allows.
    let blobs = u64::try_from(signed.blob_kzg_commitments().len()).unwrap_or(u64::MAX);
    must(blobs <= cx.config.max_blobs(cx.fork, cx.epoch_of(slot)), Reject::TooManyBlobs)?;
    // [REJECT] Since Gloas: its bid is for the same parent.
    let bid = bid_of(signed);
    must(bid.is_none_or(|(_, root)| root == parent_root), Reject::BidParent)?;

    let chain = cx.chain()?;
    // [IGNORE] It is after the finalized slot.
    let (finalized, _) = cx.finalized(chain)?;
    must(slot > finalized, Ignore::Finalized)?;
    // [IGNORE] Its parent is known.
    let parent = ask(chain.block(parent_root), Missing::Block(parent_root))?;
    let executes = executes(chain, signed)?;
    parent_is_valid(cx, &parent, executes)?;
    // [REJECT] The proposer is a validator, and signed.
    let id = BlockId { slot, proposer, root: signed.block_root() };
    cx.block_is_signed(chain, &id, signed.signature(), draft)?;
    // [REJECT] Bellatrix to Fulu: its payload's time is that of its slot.
    must(!executes || timestamp(signed) == Some(cx.clock().start_ms(slot) / 1000), Reject::Timestamp)?;
    // [IGNORE] Since Gloas: if it builds on its parent's payload, that payload is verified. (The payload of a parent from
    // before Gloas is a part of it, and came with it.)
    let builds_on_parent = match (bid, bid.map(|_| chain.bid(parent_root))) {
        (Some((parent_hash, _)), Some(Answer::Found(of_parent))) => of_parent.block_hash == parent_hash,
        (_, Some(Answer::Unavailable)) => return Err(Missing::Answer.into()),
        _ => false,
    };
    if builds_on_parent {
        ask(chain.verified_payload(parent_root), Missing::Payload(parent_root))?;
    }
    // [REJECT] It is after its parent.
    must(slot > parent.slot, Reject::NotAfterParent)?;
    // [REJECT] It descends from the finalized block.
    must(cx.descends_from_finalized(chain, parent_root)?, Reject::NotFinalizedBranch)?;
    // [REJECT] The validator is the slot's proposer. ([IGNORE] while nobody knows who is.)
    must(proposer == known(chain.proposer(parent_root, slot))?, Reject::WrongProposer)?;
    // [REJECT] Since Gloas: if it does not build on its parent's payload, it builds on the last one before.
    match bid {
        Some((parent_hash, _)) if !builds_on_parent => {
            must(parent_hash == known(chain.latest_block_hash(parent_root, slot))?, Reject::BidExecutionHead)
        }
        _ => Ok(()),
    }
}

/// The parent has a state, and its payload is not known to be invalid.
fn parent_is_valid(cx: &Context<'_>, parent: &Block, executes: bool) -> Rule {
    if !executes || cx.fork >= ForkName::Gloas {
        // [REJECT] The parent is valid.
        return must(parent.has_state, Reject::ParentInvalid);
    }
    match (parent.has_state, parent.payload) {
        // [REJECT] Bellatrix to Fulu: the parent is valid, as far as it was looked at without its payload.
        (false, PayloadStatus::NotValidated) => Err(Reject::ParentInvalid.into()),
        // [IGNORE] And with it.
        (false, _) => Err(Ignore::ParentPayloadJudged.into()),
        // [IGNORE] Its payload is not invalid.
        (true, PayloadStatus::Invalidated) => Err(Ignore::ParentPayloadInvalid.into()),
        (true, _) => Ok(()),
    }
}

/// `is_execution_enabled`: true if the rules of payloads inside of blocks apply.
fn executes<P: Preset>(chain: &dyn ChainView, signed: &Any<P>) -> Rule<bool> {
    Ok(match signed {
        Any::Phase0(_) | Any::Altair(_) | Any::Gloas(_) | Any::Heze(_) => false,
        Any::Capella(_) | Any::Deneb(_) | Any::Electra(_) | Any::Fulu(_) => true,
        Any::Bellatrix(signed) => {
            let empty = bellatrix::ExecutionPayload::default();
            signed.message.body.execution_payload != empty || known(chain.is_merge_complete())?
        }
    })
}

/// When the payload says that it was made, in seconds.
const fn timestamp<P: Preset>(signed: &Any<P>) -> Option<u64> {
    match signed {
        Any::Phase0(_) | Any::Altair(_) | Any::Gloas(_) | Any::Heze(_) => None,
        Any::Bellatrix(signed) => Some(signed.message.body.execution_payload.timestamp),
        Any::Capella(signed) => Some(signed.message.body.execution_payload.timestamp),
        Any::Deneb(signed) => Some(signed.message.body.execution_payload.timestamp),
        Any::Electra(signed) | Any::Fulu(signed) => Some(signed.message.body.execution_payload.timestamp),
    }
}

/// The payload and the block that the bid builds on.
const fn bid_of<P: Preset>(signed: &Any<P>) -> Option<(Hash32, Root)> {
    match signed {
        Any::Gloas(signed) => {
            let bid = &signed.message.body.signed_execution_payload_bid.message;
            Some((bid.parent_block_hash, bid.parent_block_root))
        }
        Any::Heze(signed) => {
            let bid = &signed.message.body.signed_execution_payload_bid.message;
            Some((bid.parent_block_hash, bid.parent_block_root))
        }
        _ => None,
    }
}

/// Since Gloas: counts that the types do not limit any more.
fn operations_are_few<P: Preset>(signed: &Any<P>) -> Rule {
    macro_rules! few {
        ($body:expr) => {{
            let body = $body;
            // [REJECT] No list of operations is too long.
            let few = body.proposer_slashings.len() <= MAX_PROPOSER_SLASHINGS
                && body.attester_slashings.len() <= MAX_ATTESTER_SLASHINGS
                && body.attestations.len() <= MAX_ATTESTATIONS
                && body.voluntary_exits.len() <= MAX_VOLUNTARY_EXITS
                && body.bls_to_execution_changes.len() <= MAX_BLS_TO_EXECUTION_CHANGES
                && body.payload_attestations.len() <= MAX_PAYLOAD_ATTESTATIONS;
            must(few, Reject::TooManyOperations)?;
            requests_are_few(&body.parent_execution_requests)
        }};
    }
    match signed {
        Any::Gloas(signed) => {
            // [REJECT] It has no deposits.
            must(signed.message.body.deposits.is_empty(), Reject::TooManyOperations)?;
            few!(&signed.message.body)
        }
        Any::Heze(signed) => few!(&signed.message.body),
        _ => Ok(()),
    }
}

/// Since Gloas: what a payload may ask for.
pub(super) fn requests_are_few(requests: &gloas::ExecutionRequests) -> Rule {
    // [REJECT] No list of requests is too long.
    let few = requests.withdrawals.len() <= MAX_WITHDRAWAL_REQUESTS
        && requests.consolidations.len() <= MAX_CONSOLIDATION_REQUESTS
        && requests.builder_deposits.len() <= MAX_BUILDER_DEPOSIT_REQUESTS
        && requests.builder_exits.len() <= MAX_BUILDER_EXIT_REQUESTS;
    must(few, Reject::TooManyRequests)
}
