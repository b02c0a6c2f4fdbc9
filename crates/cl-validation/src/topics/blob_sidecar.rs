//! `blob_sidecar_{subnet}` (Deneb and Electra)

use cl_types::containers::{FirstSeen, deneb};
use cl_types::subnets::blob_subnet;

use crate::crypto::BlobProof;
use crate::reason::Reject;
use crate::rules::{Context, Draft, Rule, must};
use crate::task::Job;

pub(super) fn rules(cx: &Context<'_>, subnet: u64, sidecar: &deneb::BlobSidecar, draft: &mut Draft) -> Rule {
    let header = &sidecar.signed_block_header.message;
    let (slot, proposer, index) = (header.slot, header.proposer_index, sidecar.index);
    // [IGNORE] It is the first of this blob.
    draft.first(cx, slot, FirstSeen::Blob { slot, proposer, index })?;
    // [REJECT] A block can have such a blob.
    must(index < cx.config.max_blobs(cx.fork, cx.epoch_of(slot)), Reject::BlobIndex)?;
    // [REJECT] It came on its subnet.
    must(blob_subnet(index, cx.fork) == Some(subnet), Reject::WrongSubnet)?;
    // [IGNORE] Its slot has begun.
    cx.must_have_begun(slot)?;
    if cx.checks_proofs() {
        // [REJECT] The commitment is the block's.
        must(sidecar.verify_inclusion_proof(), Reject::InclusionProof)?;
        // [REJECT] The blob is the commitment's.
        draft.jobs.push(Job::Blob(BlobProof {
            blob: sidecar.blob.as_bytes().clone(),
            commitment: *sidecar.kzg_commitment.as_bytes(),
            proof: *sidecar.kzg_proof.as_bytes(),
        }));
        draft.is_proved = true;
    }

    let chain = cx.chain()?;
    cx.header_fits(chain, &sidecar.signed_block_header, draft)
}
