//! What is measured: real blocks where they are at hand, and made-up values of real sizes.

// Samples are defaults in which a few fields are filled, some from others.
#![allow(clippy::field_reassign_with_default)]

use std::path::Path;

use bytes::Bytes;
use cl_types::containers::{
    Attestation, BeaconBlockBody, SignedAggregateAndProof, SignedBeaconBlock, SingleAttestation, StatusV2, Transactions,
};
use cl_types::containers::{BlobKZGCommitments, DataColumn, DataColumnSidecar, KZGProofs};
use cl_types::{Epoch, ForkDigest, Mainnet, Root, Slot};
use ssz::Encode;
use ssz_types::{BitList, VariableList};

use crate::Error;

/// Bytes that look random, the same in each run.
fn noise(len: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut byte = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    (0..len).map(|_| byte()).collect()
}

fn arrays<const N: usize>(count: usize, seed: u64) -> impl Iterator<Item = [u8; N]> {
    let bytes = noise(count * N, seed);
    (0..count).map(move |i| {
        let mut array = [0; N];
        for (to, from) in array.iter_mut().zip(bytes.iter().skip(i * N)) {
            *to = *from;
        }
        array
    })
}

/// The column of a block with as many blobs.
pub(crate) fn column(blobs: usize) -> Bytes {
    let sidecar = DataColumnSidecar {
        index: 9,
        column: arrays(blobs, 1).collect::<DataColumn>(),
        kzg_commitments: arrays(blobs, 2).collect::<BlobKZGCommitments>(),
        kzg_proofs: arrays(blobs, 3).collect::<KZGProofs>(),
        ..DataColumnSidecar::default()
    };
    sidecar.as_ssz_bytes().into()
}

fn attestation(bits: usize) -> Result<Attestation<Mainnet>, Error> {
    let mut attestation =
        Attestation::<Mainnet> { aggregation_bits: BitList::with_capacity(bits)?, ..Attestation::default() };
    for bit in (0..bits).step_by(2) {
        attestation.aggregation_bits.set(bit, true)?;
    }
    attestation.data.slot = Slot(9_000_000);
    Ok(attestation)
}

pub(crate) fn single_attestation() -> Bytes {
    SingleAttestation::default().as_ssz_bytes().into()
}

/// Of one committee of a million validators.
pub(crate) fn aggregate() -> Result<Bytes, Error> {
    let mut signed = SignedAggregateAndProof::<Mainnet>::default();
    signed.message.aggregate = attestation(490)?;
    Ok(signed.as_ssz_bytes().into())
}

pub(crate) fn status() -> Bytes {
    let status = StatusV2 {
        fork_digest: ForkDigest([1, 2, 3, 4]),
        finalized_root: Root::repeat_byte(7),
        finalized_epoch: Epoch(400_000),
        head_root: Root::repeat_byte(9),
        head_slot: Slot(12_800_000),
        earliest_available_slot: Slot(0),
    };
    status.as_ssz_bytes().into()
}

/// About 1 MiB: eight full votes and 1500 transactions.
pub(crate) fn large_block() -> Result<Bytes, Error> {
    made_up_block(1500)
}

/// About 130 kB, as on mainnet.
pub(crate) fn block() -> Result<Bytes, Error> {
    made_up_block(145)
}

fn made_up_block(transactions: usize) -> Result<Bytes, Error> {
    let attestations = VariableList::new((0..8).map(|_| attestation(31_000)).collect::<Result<_, _>>()?)?;
    let mut body = BeaconBlockBody::<Mainnet> { attestations, ..BeaconBlockBody::default() };
    let transactions = (0..transactions).map(|i| noise(300 + (i * 37) % 750, i as u64));
    body.execution_payload.transactions = Transactions::from_lists(&transactions.collect::<Vec<_>>())?;
    body.blob_kzg_commitments = arrays(9, 4).collect();
    let mut block = SignedBeaconBlock::<Mainnet>::default();
    block.message.body = body;
    Ok(block.as_ssz_bytes().into())
}

/// A block of a public network; `None` where it is not at hand.
pub(crate) fn real(name: &str) -> Result<Option<Bytes>, Error> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/real").join(name);
    let Ok(bytes) = std::fs::read(&path) else {
        eprintln!("SKIPPED: no block at {}", path.display());
        return Ok(None);
    };
    if name.ends_with(".ssz") {
        return Ok(Some(bytes.into()));
    }
    Ok(Some(snap::raw::Decoder::new().decompress_vec(&bytes)?.into()))
}
