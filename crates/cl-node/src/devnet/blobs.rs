//! Blobs with their cells and proofs. A proof takes long to make, so few blobs are made, once, and used again.

use c_kzg::ethereum_kzg_settings;

use super::noise::Noise;

/// Most blobs that are made. Blocks with more name some of them twice, which the rules allow.
const DISTINCT: usize = 3;
/// Bytes of a field element.
const ELEMENT: usize = 32;

/// A blob as its columns need it.
#[derive(Clone, Debug)]
pub(crate) struct Blob {
    pub(crate) commitment: [u8; c_kzg::BYTES_PER_COMMITMENT],
    /// One for each column.
    pub(crate) cells: Vec<[u8; c_kzg::BYTES_PER_CELL]>,
    /// One for each cell.
    pub(crate) proofs: Vec<[u8; c_kzg::BYTES_PER_PROOF]>,
}

/// Makes the blobs for blocks of `count`. Takes about half a second of one core for each of the first three, and as much
/// to read the trusted setup: not for an async task.
pub(crate) fn make(count: usize) -> Result<Vec<Blob>, c_kzg::Error> {
    (0..count.min(DISTINCT)).map(|index| make_one(index as u64)).collect()
}

fn make_one(index: u64) -> Result<Blob, c_kzg::Error> {
    let mut bytes = vec![0; c_kzg::BYTES_PER_BLOB];
    Noise::new(u64::from_be_bytes(*b"the blob"), index).fill(&mut bytes);
    for element in bytes.chunks_mut(ELEMENT) {
        // A field element is big-endian and below a modulus that begins with 0x73.
        if let Some(first) = element.first_mut() {
            *first = 0;
        }
    }
    let blob = c_kzg::Blob::from_bytes(&bytes)?;
    let kzg = ethereum_kzg_settings(0);
    let commitment = kzg.blob_to_kzg_commitment(&blob)?.to_bytes().into_inner();
    let (cells, proofs) = kzg.compute_cells_and_kzg_proofs(&blob)?;
    Ok(Blob {
        commitment,
        cells: cells.iter().map(|cell| cell.to_bytes()).collect(),
        proofs: proofs.iter().map(|proof| proof.to_bytes().into_inner()).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_and_proofs_are_those_of_the_commitment() {
        let blobs = make(1).unwrap();
        let blob = blobs.first().unwrap();
        assert_eq!((blob.cells.len(), blob.proofs.len()), (128, 128));
        let column = 77;
        let cell = c_kzg::Cell::new(blob.cells[column]);
        let bytes = |bytes: &[u8]| c_kzg::Bytes48::from_bytes(bytes).unwrap();
        let commitment = bytes(&blob.commitment);
        let proof = bytes(&blob.proofs[column]);
        let verify = |column: usize| {
            ethereum_kzg_settings(0).verify_cell_kzg_proof_batch(&[commitment], &[column as u64], &[cell], &[proof])
        };
        assert!(verify(column).unwrap());
        assert!(!verify(column + 1).unwrap());
    }
}
