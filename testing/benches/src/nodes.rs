//! How many 64-byte nodes a root takes, as the hashing of that many is what cannot be avoided.

use cl_types::Mainnet;
use cl_types::containers::{Attestation, DataColumnSidecar, bellatrix, fulu, phase0};

/// Nodes of a tree of this depth over as many chunks.
fn tree(chunks: usize, depth: u32) -> usize {
    (1..=depth).map(|level| chunks.div_ceil(1 << level)).sum()
}

/// A container with as many fields, of which the rest is counted elsewhere.
fn container(fields: usize) -> usize {
    tree(fields, fields.next_power_of_two().trailing_zeros())
}

/// A list with its length: elements of as many nodes each.
fn list(len: usize, depth: u32, each: usize) -> usize {
    tree(len, depth) + 1 + len * each
}

fn bytes(len: usize, depth: u32) -> usize {
    tree(len.div_ceil(32), depth) + 1
}

const KEY: usize = 1;
const SIGNATURE: usize = 3;
const HEADER: usize = 7;
const ATTESTATION_DATA: usize = 7 + 2;

fn transactions<'a>(transactions: impl ExactSizeIterator<Item = &'a [u8]>) -> usize {
    list(transactions.len(), 20, 0) + transactions.map(|bytes_| bytes(bytes_.len(), 25)).sum::<usize>()
}

fn attestation(bits: usize, depth: u32) -> usize {
    container(4) + tree(bits.div_ceil(256), depth) + 1 + ATTESTATION_DATA + SIGNATURE
}

/// Of a column.
pub(crate) fn column(sidecar: &DataColumnSidecar) -> usize {
    let keys = list(sidecar.kzg_commitments.len(), 12, KEY) + list(sidecar.kzg_proofs.len(), 12, KEY);
    container(6) + list(sidecar.column.len(), 12, 63) + keys + 1 + HEADER + SIGNATURE + 3
}

/// Of a vote.
pub(crate) fn vote() -> usize {
    container(4) + ATTESTATION_DATA + SIGNATURE
}

/// Of an aggregate.
pub(crate) fn aggregate(aggregate: &Attestation<Mainnet>) -> usize {
    1 + SIGNATURE + container(3) + SIGNATURE + attestation(aggregate.aggregation_bits.len(), 9)
}

/// Of a block of Fulu, its signature included.
pub(crate) fn fulu_block(block: &fulu::SignedBeaconBlock<Mainnet>) -> usize {
    let body = &block.message.body;
    let payload = &body.execution_payload;
    let frame = 1 + SIGNATURE + container(5) + container(13) + SIGNATURE + container(3);
    let votes: usize = body.attestations.iter().map(|vote| attestation(vote.aggregation_bits.len(), 9)).sum();
    let operations = list(body.proposer_slashings.len(), 4, 0)
        + list(body.attester_slashings.len(), 0, 0)
        + list(body.attestations.len(), 3, 0)
        + votes
        + list(body.deposits.len(), 4, 0)
        + list(body.voluntary_exits.len(), 4, 2 + SIGNATURE)
        + list(body.bls_to_execution_changes.len(), 4, 1 + SIGNATURE + 3 + KEY)
        + list(body.blob_kzg_commitments.len(), 12, KEY);
    let sync = container(2) + 1 + SIGNATURE;
    let requests = container(3)
        + list(body.execution_requests.deposits.len(), 13, container(5) + KEY + SIGNATURE)
        + list(body.execution_requests.withdrawals.len(), 4, container(3) + KEY)
        + list(body.execution_requests.consolidations.len(), 1, container(3) + 2 * KEY);
    let lists = transactions(payload.transactions.iter()) + list(payload.withdrawals.len(), 4, 3);
    frame + operations + sync + requests + container(17) + 7 + 1 + lists
}

/// Of a block of Bellatrix, its signature included.
pub(crate) fn bellatrix_block(block: &bellatrix::SignedBeaconBlock<Mainnet>) -> usize {
    let body = &block.message.body;
    let payload = &body.execution_payload;
    let frame = 1 + SIGNATURE + container(5) + container(10) + SIGNATURE + container(3);
    let vote = |vote: &phase0::Attestation| attestation(vote.aggregation_bits.len(), 3) - 1;
    let operations = list(body.proposer_slashings.len(), 4, 0)
        + list(body.attester_slashings.len(), 1, 0)
        + list(body.attestations.len(), 7, 0)
        + body.attestations.iter().map(vote).sum::<usize>()
        + list(body.deposits.len(), 4, 0)
        + list(body.voluntary_exits.len(), 4, 2 + SIGNATURE);
    let sync = container(2) + 1 + SIGNATURE;
    frame + operations + sync + container(14) + 7 + 1 + transactions(payload.transactions.iter())
}
