//! Cells of a column, from the partial messages of `data_column_sidecar_{subnet}`.

use std::sync::Arc;

use bytes::Bytes;
use cl_types::containers::any::{PartialDataColumnGroupID as GroupId, PartialDataColumnSidecar as Any};
use cl_types::containers::{fulu, gloas};
use cl_types::custody::NUMBER_OF_COLUMNS;
use cl_types::{Root, Slot};
use tree_hash::TreeHash;

use super::column::points;
use crate::crypto::Cells;
use crate::judge::decoded;
use crate::reason::{Ignore, Reject};
use crate::rules::{Context, Draft, Rule, known, must};
use crate::seen::Mark;
use crate::task::Job;

/// What of a partial message its rules look at, in every fork.
struct Part<'a> {
    bits: &'a [bool],
    cells: &'a Bytes,
    proofs: &'a Bytes,
    column: u64,
}

pub(crate) fn rules(cx: &Context<'_>, column: u64, group_id: &[u8], ssz: &Bytes, draft: &mut Draft) -> Rule {
    let group = decoded(GroupId::from_ssz(cx.fork, group_id))?;
    match decoded(Any::from_ssz_shared(cx.fork, ssz))? {
        Any::Fulu(sidecar) => {
            let bits: Vec<bool> = sidecar.cells_present_bitmap.iter().collect();
            let (cells, proofs) = (sidecar.partial_column.as_bytes(), sidecar.kzg_proofs.as_bytes());
            let header = sidecar.header.iter().next();
            with_header(cx, group.block_root(), header, &Part { bits: &bits, cells, proofs, column }, draft)
        }
        Any::Gloas(sidecar) | Any::Heze(sidecar) => {
            let (GroupId::Gloas(group) | GroupId::Heze(group)) = group else {
                return Err(Reject::Malformed.into());
            };
            let bits: Vec<bool> = sidecar.cells_present_bitmap.iter().collect();
            let (cells, proofs) = (sidecar.partial_column.as_bytes(), sidecar.kzg_proofs.as_bytes());
            with_block(cx, &group, &Part { bits: &bits, cells, proofs, column }, draft)
        }
    }
}

/// Fulu.
fn with_header(
    cx: &Context<'_>,
    root: Root,
    header: Option<&fulu::PartialDataColumnHeader>,
    part: &Part<'_>,
    draft: &mut Draft,
) -> Rule {
    let has_cells = part.bits.contains(&true);
    // [REJECT] There is a header or a cell.
    must(header.is_some() || has_cells, Reject::EmptyPartial)?;
    part.is_counted()?;
    let earlier = cx.seen.header(root).cloned();
    if let Some(header) = header {
        let block = &header.signed_block_header.message;
        // [REJECT] The header is the one that was valid before.
        must(earlier.as_ref().is_none_or(|earlier| **earlier == *header), Reject::OtherHeader)?;
        // [REJECT] It is of the group's block.
        must(block.tree_hash_root() == root, Reject::GroupId)?;
        // [REJECT] The block has blobs.
        must(!header.kzg_commitments.is_empty(), Reject::ColumnShape)?;
        // [IGNORE] Its slot has begun.
        cx.must_have_begun(block.slot)?;
        // [REJECT] The commitments are the block's.
        must(!cx.checks_proofs() || header.verify_inclusion_proof(), Reject::InclusionProof)?;
        draft.mark(cx, Mark::Header { slot: block.slot, root, header: Arc::new(header.clone()) })?;
    }
    if has_cells {
        // [IGNORE] A header of the block came now or before.
        let (slot, commitments) = match (header, &earlier) {
            (Some(header), _) => commitments_of(header),
            (None, Some(header)) => commitments_of(header),
            (None, None) => return Err(Ignore::HeaderUnknown.into()),
        };
        // [IGNORE] Its slot has begun.
        cx.must_have_begun(slot)?;
        part.check_cells(cx, root, &commitments, draft)?;
    }
    draft.is_proved = cx.checks_proofs();

    let chain = cx.chain()?;
    if let Some(header) = header {
        cx.header_fits(chain, &header.signed_block_header, draft)?;
    } else if let Some(earlier) = earlier {
        // [IGNORE] The earlier header is still after the finalized slot.
        let (finalized, _) = cx.finalized(chain)?;
        must(earlier.signed_block_header.message.slot > finalized, Ignore::Finalized)?;
    }
    Ok(())
}

fn commitments_of(header: &fulu::PartialDataColumnHeader) -> (Slot, Bytes) {
    (header.signed_block_header.message.slot, header.kzg_commitments.as_bytes().clone())
}

/// Since Gloas.
fn with_block(cx: &Context<'_>, group: &gloas::PartialDataColumnGroupID, part: &Part<'_>, draft: &mut Draft) -> Rule {
    // [REJECT] There is a cell.
    must(part.bits.contains(&true), Reject::EmptyPartial)?;
    part.is_counted()?;

    let chain = cx.chain()?;
    let root = group.beacon_block_root;
    // [IGNORE] The block is known. [REJECT] It is valid.
    let block = cx.valid_block(chain, root)?;
    // [REJECT] The group is of the block's slot.
    must(group.slot == block.slot, Reject::SlotOfBlockDiffers)?;
    let bid = known(chain.bid(root))?;
    part.check_cells(cx, root, &bid.blob_kzg_commitments, draft)
}

impl Part<'_> {
    fn is_counted(&self) -> Rule {
        let set = self.bits.iter().filter(|bit| **bit).count();
        // [REJECT] There are as many cells as bits,
        must(self.cells.len() == set.saturating_mul(c_kzg::BYTES_PER_CELL), Reject::CellCount)?;
        // [REJECT] and as many proofs.
        must(points(self.proofs) == set, Reject::CellCount)
    }

    fn check_cells(&self, cx: &Context<'_>, root: Root, commitments: &Bytes, draft: &mut Draft) -> Rule {
        // [REJECT] There are as many bits as commitments.
        must(self.bits.len() == points(commitments), Reject::BitsLength)?;
        // [REJECT] The cells are the commitments', in the column of the topic.
        must(self.column < NUMBER_OF_COLUMNS, Reject::ColumnShape)?;
        if cx.checks_proofs() {
            let commitments = commitments.as_chunks::<48>().0.iter().zip(self.bits).filter(|(_, bit)| **bit);
            let commitments: Vec<u8> = commitments.flat_map(|(commitment, _)| *commitment).collect();
            draft.jobs.push(Job::Cells(Cells {
                column: self.column,
                commitments: commitments.into(),
                cells: self.cells.clone(),
                proofs: self.proofs.clone(),
            }));
            draft.block_root = Some(root);
        }
        Ok(())
    }
}
