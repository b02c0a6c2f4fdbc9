//! KZG proofs of blobs and cells.

use std::fmt;

use bytes::Bytes;
use c_kzg::{Blob, Bytes48, Cell, ethereum_kzg_settings};

/// Cells of one column of one block, in shared buffers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cells {
    /// The column.
    pub column: u64,
    /// 48 bytes for each cell: the commitment to its blob.
    pub commitments: Bytes,
    /// 2048 bytes for each cell.
    pub cells: Bytes,
    /// 48 bytes for each cell.
    pub proofs: Bytes,
}

/// A blob with its proof, in a shared buffer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlobProof {
    /// 131,072 bytes.
    pub blob: Bytes,
    /// 48 bytes.
    pub commitment: [u8; 48],
    /// 48 bytes.
    pub proof: [u8; 48],
}

/// Who checks KZG proofs. What is no point, no field element or of the wrong length is wrong, not an error.
pub trait Kzg: fmt::Debug + Send + Sync {
    /// True if all cells of all columns belong to their commitments. One call for all is much cheaper than many calls.
    fn verify_cells(&self, columns: &[&Cells]) -> bool;

    /// True if the blob belongs to its commitment.
    fn verify_blob(&self, blob: &BlobProof) -> bool;
}

/// c-kzg-4844 with the setup of the public ceremony. The library keeps that setup once for the whole process; it never
/// changes. The first check loads it, which takes a part of a second: [`CKzg::load`] does that earlier.
#[derive(Clone, Copy, Debug, Default)]
pub struct CKzg;

/// Without precomputed tables: they help who makes proofs.
const PRECOMPUTE: u64 = 0;

impl CKzg {
    /// Loads the setup.
    #[must_use]
    pub fn load() -> Self {
        let _ = ethereum_kzg_settings(PRECOMPUTE);
        Self
    }
}

impl Kzg for CKzg {
    fn verify_cells(&self, columns: &[&Cells]) -> bool {
        let (mut commitments, mut indices, mut cells, mut proofs) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for column in columns {
            let before = cells.len();
            let (chunks, rest) = column.cells.as_chunks::<{ c_kzg::BYTES_PER_CELL }>();
            if !rest.is_empty() {
                return false;
            }
            cells.extend(chunks.iter().map(|cell| Cell::new(*cell)));
            if !extend_points(&mut commitments, &column.commitments) || !extend_points(&mut proofs, &column.proofs) {
                return false;
            }
            indices.extend(std::iter::repeat_n(column.column, cells.len().saturating_sub(before)));
            if commitments.len() != cells.len() || proofs.len() != cells.len() {
                return false;
            }
        }
        let settings = ethereum_kzg_settings(PRECOMPUTE);
        settings.verify_cell_kzg_proof_batch(&commitments, &indices, &cells, &proofs).unwrap_or(false)
    }

    fn verify_blob(&self, blob: &BlobProof) -> bool {
        let (commitment, proof) = (Bytes48::new(blob.commitment), Bytes48::new(blob.proof));
        let Ok(bytes) = Blob::from_bytes(&blob.blob) else {
            return false;
        };
        ethereum_kzg_settings(PRECOMPUTE).verify_blob_kzg_proof(&bytes, &commitment, &proof).unwrap_or(false)
    }
}

/// Appends points of 48 bytes. False if bytes are left over.
fn extend_points(points: &mut Vec<Bytes48>, bytes: &[u8]) -> bool {
    let (chunks, rest) = bytes.as_chunks::<48>();
    points.extend(chunks.iter().map(|point| Bytes48::new(*point)));
    rest.is_empty()
}
