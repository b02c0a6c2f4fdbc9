//! Blobs, columns and parts of columns.

use bytes::Bytes;
use cl_types::bytes::{BigByteVector, ProgressiveByteVectors};
use cl_types::containers::{DataColumn, KZGProofs, deneb, fulu, gloas};
use cl_types::{ForkName, Preset, Root};
use sha2::{Digest, Sha256};
use ssz::Encode;
use ssz_types::BitList;
use tree_hash::TreeHash;

use super::group_of;
use crate::{Chain, NEWEST};

/// Position of the commitments in a body, and of the first commitment.
const COMMITMENTS: u64 = 11;
const FIRST_COMMITMENT: u64 = COMMITMENTS << 13;

/// The root above a leaf whose branch is made of zeros.
fn root_above(leaf: Root, mut index: u64, depth: usize) -> Root {
    let mut node = leaf;
    for _ in 0..depth {
        let (left, right) = if index & 1 == 1 { (Root::ZERO, node) } else { (node, Root::ZERO) };
        node = Root::from(<[u8; 32]>::from(Sha256::new().chain_update(left).chain_update(right).finalize()));
        index >>= 1;
    }
    node
}

impl<P: Preset> Chain<P> {
    /// The first blob.
    pub(crate) fn blob_sidecar(&self) -> Vec<u8> {
        let blobs = &self.size.blobs;
        let commitment = cl_types::containers::KZGCommitment::try_from(&blobs.commitments[..48]).unwrap();
        let body_root = root_above(commitment.tree_hash_root(), FIRST_COMMITMENT, 17);
        deneb::BlobSidecar {
            index: 0,
            blob: BigByteVector::new(blobs.blobs[0].clone()).unwrap(),
            kzg_commitment: commitment,
            kzg_proof: blobs.proofs[0].into(),
            signed_block_header: self.header(body_root),
            kzg_commitment_inclusion_proof: Default::default(),
        }
        .as_ssz_bytes()
    }

    /// The SSZ of all columns of a block.
    pub fn columns(&self) -> impl Iterator<Item = Vec<u8>> {
        let commitments = self.commitments();
        let header = self.header(root_above(commitments.tree_hash_root(), COMMITMENTS, 4));
        (0..).zip(&self.size.blobs.columns).map(move |(index, (cells, proofs))| {
            if self.fork < ForkName::Gloas {
                return fulu::DataColumnSidecar {
                    index,
                    column: DataColumn::new(cells.clone()).unwrap(),
                    kzg_commitments: commitments.clone(),
                    kzg_proofs: KZGProofs::new(proofs.clone()).unwrap(),
                    signed_block_header: header.clone(),
                    kzg_commitments_inclusion_proof: Default::default(),
                }
                .as_ssz_bytes();
            }
            let (column, kzg_proofs) = progressive(cells, proofs);
            let (slot, beacon_block_root) = (self.slot(), NEWEST);
            gloas::DataColumnSidecar { index, column, kzg_proofs, slot, beacon_block_root }.as_ssz_bytes()
        })
    }

    pub(crate) fn partial_with_header(&self) -> (fulu::PartialDataColumnGroupID, fulu::PartialDataColumnSidecar) {
        let kzg_commitments = self.commitments();
        let signed_block_header = self.header(root_above(kzg_commitments.tree_hash_root(), COMMITMENTS, 4));
        let group = group_of(signed_block_header.message.tree_hash_root());
        let header = fulu::PartialDataColumnHeader {
            kzg_commitments,
            signed_block_header,
            kzg_commitments_inclusion_proof: Default::default(),
        };
        let blobs = &self.size.blobs;
        let mut bits = BitList::with_capacity(blobs.len()).unwrap();
        (0..blobs.len()).for_each(|place| bits.set(place, true).unwrap());
        let (cells, proofs) = &blobs.columns[0];
        let sidecar = fulu::PartialDataColumnSidecar {
            cells_present_bitmap: bits,
            partial_column: DataColumn::new(cells.clone()).unwrap(),
            kzg_proofs: KZGProofs::new(proofs.clone()).unwrap(),
            header: vec![header].try_into().unwrap(),
        };
        (group, sidecar)
    }

    pub(crate) fn partial_with_block(&self) -> gloas::PartialDataColumnSidecar {
        let (cells, proofs) = &self.size.blobs.columns[0];
        let (partial_column, kzg_proofs) = progressive(cells, proofs);
        let cells_present_bitmap = (0..self.size.blobs.len()).map(|_| true).collect();
        gloas::PartialDataColumnSidecar { cells_present_bitmap, partial_column, kzg_proofs }
    }
}

fn progressive(cells: &Bytes, proofs: &Bytes) -> (ProgressiveByteVectors<2048>, ProgressiveByteVectors<48>) {
    (ProgressiveByteVectors::new(cells.clone()).unwrap(), ProgressiveByteVectors::new(proofs.clone()).unwrap())
}
