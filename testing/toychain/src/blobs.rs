//! Blobs with their commitments, cells and proofs.

use bytes::Bytes;
use c_kzg::{Blob, ethereum_kzg_settings};

/// Blobs of a block, with everything that proves them.
#[derive(Clone, Debug)]
pub struct Blobs {
    /// The blobs.
    pub blobs: Vec<Bytes>,
    /// Proofs of the blobs.
    pub proofs: Vec<[u8; 48]>,
    /// 48 bytes for each blob.
    pub commitments: Bytes,
    /// 128 columns: their cells, 2048 bytes for each blob, and their proofs, 48 bytes for each.
    pub columns: Vec<(Bytes, Bytes)>,
}

impl Blobs {
    /// So many blobs, which differ. Makes all proofs: a part of a second each.
    #[must_use]
    pub fn new(count: u8) -> Self {
        let settings = ethereum_kzg_settings(0);
        let mut columns: Vec<(Vec<u8>, Vec<u8>)> = vec![Default::default(); c_kzg::CELLS_PER_EXT_BLOB];
        let (mut blobs, mut proofs, mut commitments) = (vec![], vec![], vec![]);
        for number in 0..count {
            let mut bytes = [0; c_kzg::BYTES_PER_BLOB];
            for (place, element) in bytes.chunks_mut(32).enumerate() {
                element[31] = number;
                element[28..30].copy_from_slice(&(place as u16).to_be_bytes());
            }
            let blob = Blob::new(bytes);
            let commitment = settings.blob_to_kzg_commitment(&blob).unwrap().to_bytes();
            let (cells, cell_proofs) = settings.compute_cells_and_kzg_proofs(&blob).unwrap();
            for (column, (cell, proof)) in columns.iter_mut().zip(cells.iter().zip(cell_proofs.iter())) {
                column.0.extend(cell.to_bytes());
                column.1.extend(proof.to_bytes().into_inner());
            }
            proofs.push(settings.compute_blob_kzg_proof(&blob, &commitment).unwrap().to_bytes().into_inner());
            commitments.extend(commitment.into_inner());
            blobs.push(Bytes::copy_from_slice(&bytes));
        }
        let columns = columns.into_iter().map(|(cells, proofs)| (cells.into(), proofs.into())).collect();
        Self { blobs, proofs, commitments: commitments.into(), columns }
    }

    /// So many commitments to nothing, without blobs and columns: for messages that only count them. Costs nothing.
    #[must_use]
    pub fn commitments_alone(count: usize) -> Self {
        let mut infinity = [0; 48];
        infinity[0] = 0xc0;
        let commitments = infinity.repeat(count).into();
        Self { blobs: vec![], proofs: vec![], commitments, columns: vec![] }
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.blobs.len()
    }

    /// True if there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.blobs.is_empty()
    }
}
