//! `data_column_sidecar_{subnet}`: with a header in Fulu, judged by its block since Gloas.

use bytes::Bytes;
use cl_types::containers::any::DataColumnSidecar as Any;
use cl_types::containers::{FirstSeen, fulu, gloas};
use cl_types::custody::NUMBER_OF_COLUMNS;
use cl_types::subnets::column_subnet;
use tree_hash::TreeHash;

use crate::crypto::Cells;
use crate::reason::Reject;
use crate::rules::{Context, Draft, Rule, known, must};
use crate::task::Job;

pub(super) fn rules(cx: &Context<'_>, subnet: u64, sidecar: &Any, draft: &mut Draft) -> Rule {
    match sidecar {
        Any::Fulu(sidecar) => with_header(cx, subnet, sidecar, draft),
        Any::Gloas(sidecar) | Any::Heze(sidecar) => with_block(cx, subnet, sidecar, draft),
    }
}

/// Fulu.
fn with_header(cx: &Context<'_>, subnet: u64, sidecar: &fulu::DataColumnSidecar, draft: &mut Draft) -> Rule {
    let header = &sidecar.signed_block_header.message;
    let (slot, proposer, index) = (header.slot, header.proposer_index, sidecar.index);
    // [IGNORE] It is the first of this column.
    draft.first(cx, slot, FirstSeen::Column { slot, proposer, index })?;
    let cells = sidecar.column.len();
    // [REJECT] There is such a column; it has cells, no more than the epoch allows, each with its commitment and proof.
    let most = cx.config.max_blobs(cx.fork, cx.epoch_of(slot));
    must(u64::try_from(sidecar.kzg_commitments.len()).is_ok_and(|blobs| blobs <= most), Reject::TooManyBlobs)?;
    let commitments = sidecar.kzg_commitments.len();
    must(is_shaped(index, cells, commitments, sidecar.kzg_proofs.len()), Reject::ColumnShape)?;
    // [REJECT] It came on its subnet.
    must(column_subnet(index) == subnet, Reject::WrongSubnet)?;
    // [IGNORE] Its slot has begun.
    cx.must_have_begun(slot)?;
    if cx.checks_proofs() {
        // [REJECT] The commitments are the block's.
        must(sidecar.verify_inclusion_proof(), Reject::InclusionProof)?;
        // [REJECT] The cells are the commitments'.
        draft.jobs.push(Job::Cells(Cells {
            column: index,
            commitments: sidecar.kzg_commitments.as_bytes().clone(),
            cells: sidecar.column.as_bytes().clone(),
            proofs: sidecar.kzg_proofs.as_bytes().clone(),
        }));
        draft.block_root = Some(header.tree_hash_root());
        draft.is_proved = true;
    }

    let chain = cx.chain()?;
    cx.header_fits(chain, &sidecar.signed_block_header, draft)
}

/// Since Gloas.
fn with_block(cx: &Context<'_>, subnet: u64, sidecar: &gloas::DataColumnSidecar, draft: &mut Draft) -> Rule {
    let (block_root, index) = (sidecar.beacon_block_root, sidecar.index);
    // [IGNORE] It is the first of this column.
    draft.first(cx, sidecar.slot, FirstSeen::ColumnOf { block_root, index })?;
    // [REJECT] It came on its subnet.
    must(column_subnet(index) == subnet, Reject::WrongSubnet)?;
    // [IGNORE] Its slot has begun.
    cx.must_have_begun(sidecar.slot)?;

    let chain = cx.chain()?;
    // [IGNORE] Its block is known. [REJECT] The block is valid.
    let block = cx.valid_block(chain, block_root)?;
    // [REJECT] It is of the block's slot.
    must(sidecar.slot == block.slot, Reject::SlotOfBlockDiffers)?;
    // [REJECT] There is such a column; it has cells, each with its proof and with a commitment in the block's bid.
    let bid = known(chain.bid(block_root))?;
    let shaped = is_shaped(index, sidecar.column.len(), points(&bid.blob_kzg_commitments), sidecar.kzg_proofs.len());
    must(shaped, Reject::ColumnShape)?;
    // [REJECT] The cells are the commitments'.
    draft.jobs.push(Job::Cells(Cells {
        column: index,
        commitments: bid.blob_kzg_commitments,
        cells: sidecar.column.as_bytes().clone(),
        proofs: sidecar.kzg_proofs.as_bytes().clone(),
    }));
    draft.block_root = Some(block_root);
    Ok(())
}

/// `verify_data_column_sidecar`, but for the limit of blobs.
const fn is_shaped(index: u64, cells: usize, commitments: usize, proofs: usize) -> bool {
    index < NUMBER_OF_COLUMNS && cells > 0 && cells == commitments && cells == proofs
}

/// Points of 48 bytes.
pub(super) const fn points(bytes: &Bytes) -> usize {
    bytes.len() / 48
}
