//! How many signatures and columns one core checks in a second: one call for each, as the libraries offer it, and many in
//! one call, as batches do it.
//!
//! `cargo run --release -p cl-validation --example throughput`
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::time::Instant;

use bytes::Bytes;
use c_kzg::{Blob, ethereum_kzg_settings};
use cl_types::Root;
use cl_types::containers::{BLSPubkey, BLSSignature};
use cl_validation::crypto::{CKzg, Cells, Kzg, PublicKey, SignatureSet};

const DST: &[u8] = b"BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_";
const VOTES: usize = 256;
const BLOBS: u8 = 21;
const ROUNDS: usize = 3;

/// Runs it a few times and prints the best rate.
fn measure(what: &str, things: usize, mut run: impl FnMut() -> bool) {
    let mut best = f64::INFINITY;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        assert!(run());
        best = best.min(start.elapsed().as_secs_f64());
    }
    let each = best / f64::from(u32::try_from(things).unwrap());
    println!("{what:<58} {:>8.0} /s {:>8.0} us each", 1.0 / each, each * 1e6);
}

/// Votes of different validators, so many of them over each message.
fn votes(same: usize) -> Vec<SignatureSet> {
    let vote = |number: usize| {
        let mut seed = [1; 32];
        seed[..8].copy_from_slice(&number.to_le_bytes());
        let secret = blst::min_pk::SecretKey::key_gen(&seed, &[]).unwrap();
        let key = PublicKey::registered(&BLSPubkey::from(secret.sk_to_pk().compress())).unwrap();
        let message = Root::left_padding_from(&(number / same).to_be_bytes());
        let signature = secret.sign(message.as_slice(), DST, &[]).compress();
        SignatureSet::one(key, message, &BLSSignature::from(signature))
    };
    (0..VOTES).map(vote).collect()
}

/// All columns of a block.
fn columns() -> Vec<Cells> {
    let settings = ethereum_kzg_settings(0);
    let mut columns: Vec<[Vec<u8>; 3]> = vec![Default::default(); c_kzg::CELLS_PER_EXT_BLOB];
    for number in 0..BLOBS {
        let mut bytes = [0; c_kzg::BYTES_PER_BLOB];
        bytes.chunks_mut(32).for_each(|element| element[31] = number);
        bytes[1] = number;
        let blob = Blob::new(bytes);
        let commitment = settings.blob_to_kzg_commitment(&blob).unwrap().to_bytes().into_inner();
        let (cells, proofs) = settings.compute_cells_and_kzg_proofs(&blob).unwrap();
        for (column, (cell, proof)) in columns.iter_mut().zip(cells.iter().zip(proofs.iter())) {
            column[0].extend(commitment);
            column[1].extend(cell.to_bytes());
            column[2].extend(proof.to_bytes().into_inner());
        }
    }
    let cells = |(column, [commitments, cells, proofs]): (u64, [Vec<u8>; 3])| {
        let [commitments, cells, proofs] = [commitments, cells, proofs].map(Bytes::from);
        Cells { column, commitments, cells, proofs }
    };
    (0..).zip(columns).map(cells).collect()
}

fn main() {
    let seed = [7; 32];
    for same in [1, 64] {
        let votes = votes(same);
        let all: Vec<&SignatureSet> = votes.iter().collect();
        measure(&format!("votes, {same} over a message, one call for each"), VOTES, || {
            votes.iter().all(SignatureSet::verify)
        });
        measure(&format!("votes, {same} over a message, {VOTES} in a batch"), VOTES, || {
            SignatureSet::verify_all(&all, &seed)
        });
    }
    let columns = columns();
    let all: Vec<&Cells> = columns.iter().collect();
    for together in [1, 8, 128] {
        measure(&format!("columns of {BLOBS} blobs, {together} in a call"), all.len(), || {
            all.chunks(together).all(|columns| CKzg.verify_cells(columns))
        });
    }
}
