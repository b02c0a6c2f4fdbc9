//! Blocks and their columns.

use cl_types::containers::{
    Attestation, BeaconBlock, BeaconBlockBody, BlobKZGCommitments, DataColumnSidecar, Eth1Data, ExecutionPayload,
    SignedBeaconBlock, SignedBeaconBlockHeader, SyncAggregate, Transactions, Withdrawal,
};
use cl_types::{Preset, Root, Slot};
use ssz::Encode;
use ssz_types::{BitVector, FixedVector, VariableList};
use tree_hash::{BYTES_PER_CHUNK, TreeHash, merkle_root};
use typenum::{U4, Unsigned};

use super::blobs::Blob;
use super::noise::Noise;

/// Transactions in a block.
const TRANSACTIONS: usize = 120;
/// Bytes of a transaction: from 110, a transfer, on.
const SMALLEST_TRANSACTION: usize = 110;
/// Most bytes more than the smallest. The average block has about 60 KiB.
const LARGER_BY: u64 = 800;
/// Position of `blob_kzg_commitments` among the fields of a block body.
const COMMITMENTS_FIELD: usize = 11;

/// A container could not be filled.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ContentError {
    /// More elements than a list may have.
    #[error("a list of the block is too long: {0:?}")]
    List(ssz_types::Error),
    /// A bit beyond the end.
    #[error("no such bit: {0:?}")]
    Bits(ssz::BitfieldError),
    /// Transactions that are too long, or too many.
    #[error("the transactions of the block: {0}")]
    Transactions(#[from] cl_types::decode::Error),
}

impl From<ssz_types::Error> for ContentError {
    fn from(error: ssz_types::Error) -> Self {
        Self::List(error)
    }
}

impl From<ssz::BitfieldError> for ContentError {
    fn from(error: ssz::BitfieldError) -> Self {
        Self::Bits(error)
    }
}

/// A block, ready to be published.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub(crate) root: Root,
    pub(crate) ssz: Vec<u8>,
    header: SignedBeaconBlockHeader,
    commitments: BlobKZGCommitments,
    inclusion_proof: FixedVector<Root, U4>,
}

/// Makes the block of a slot with these blobs and votes. `timestamp` is in seconds since the Unix epoch.
pub(crate) fn block<P: Preset>(
    slot: Slot,
    proposer_index: u64,
    parent_root: Root,
    timestamp: u64,
    blobs: &[&Blob],
    attestations: Vec<Attestation<P>>,
) -> Result<Block, ContentError> {
    let mut noise = Noise::new(u64::from_be_bytes(*b"a block!"), slot.0);
    let commitments = blobs.iter().map(|blob| blob.commitment).collect::<BlobKZGCommitments>();
    let body = BeaconBlockBody::<P> {
        randao_reveal: noise.signature(),
        eth1_data: Eth1Data { deposit_root: noise.root(), deposit_count: 1, block_hash: noise.root() },
        graffiti: graffiti(),
        attestations: VariableList::new(attestations)?,
        sync_aggregate: SyncAggregate { sync_committee_bits: all_bits()?, sync_committee_signature: noise.signature() },
        execution_payload: payload(slot, timestamp, blobs.len(), &mut noise)?,
        blob_kzg_commitments: commitments.clone(),
        ..BeaconBlockBody::default()
    };
    let inclusion_proof = inclusion_proof(&body)?;
    let message = BeaconBlock { slot, proposer_index, parent_root, state_root: noise.root(), body };
    let header = SignedBeaconBlockHeader { message: message.header(), signature: noise.signature() };
    let root = header.message.tree_hash_root();
    let ssz = SignedBeaconBlock { message, signature: header.signature.clone() }.as_ssz_bytes();
    Ok(Block { root, ssz, header, commitments, inclusion_proof })
}

/// The sidecars of a block, by column. None for a block without blobs.
pub(crate) fn columns(block: &Block, blobs: &[&Blob]) -> Vec<DataColumnSidecar> {
    if blobs.is_empty() {
        return Vec::new();
    }
    (0..c_kzg::CELLS_PER_EXT_BLOB)
        .map(|index| DataColumnSidecar {
            index: index as u64,
            column: blobs.iter().filter_map(|blob| blob.cells.get(index).copied()).collect(),
            kzg_commitments: block.commitments.clone(),
            kzg_proofs: blobs.iter().filter_map(|blob| blob.proofs.get(index).copied()).collect(),
            signed_block_header: block.header.clone(),
            kzg_commitments_inclusion_proof: block.inclusion_proof.clone(),
        })
        .collect()
}

fn graffiti() -> Root {
    let mut graffiti = [0; 32];
    for (byte, letter) in graffiti.iter_mut().zip(b"cl-p2p devnet") {
        *byte = *letter;
    }
    Root::from(graffiti)
}

fn all_bits<N: Unsigned + Clone>() -> Result<BitVector<N>, ContentError> {
    let mut bits = BitVector::new();
    for bit in 0..N::USIZE {
        bits.set(bit, true)?;
    }
    Ok(bits)
}

fn payload<P: Preset>(
    slot: Slot,
    timestamp: u64,
    blobs: usize,
    noise: &mut Noise,
) -> Result<ExecutionPayload<P>, ContentError> {
    const GAS_PER_BLOB: u64 = 1 << 17;
    const GAS_LIMIT: u64 = 45_000_000;
    let withdrawals = (0..P::MaxWithdrawalsPerPayload::U64).map(|index| Withdrawal {
        index: slot.0.saturating_mul(P::MaxWithdrawalsPerPayload::U64).saturating_add(index),
        validator_index: index,
        address: noise.array::<20>().into(),
        amount: noise.next() >> 40,
    });
    let withdrawals = VariableList::new(withdrawals.collect())?;
    Ok(ExecutionPayload {
        parent_hash: execution_hash(slot.saturating_sub(1)),
        fee_recipient: noise.array::<20>().into(),
        state_root: noise.root(),
        receipts_root: noise.root(),
        logs_bloom: noise.array::<256>().into(),
        prev_randao: noise.root(),
        block_number: slot.0,
        gas_limit: GAS_LIMIT,
        gas_used: GAS_LIMIT / 2,
        timestamp,
        block_hash: execution_hash(slot),
        transactions: transactions(noise)?,
        withdrawals,
        blob_gas_used: GAS_PER_BLOB.saturating_mul(blobs as u64),
        ..ExecutionPayload::default()
    })
}

/// The hash of an execution block: known to the next one without the block.
fn execution_hash(slot: Slot) -> Root {
    Noise::new(u64::from_be_bytes(*b"exe hash"), slot.0).root()
}

/// Transactions of different sizes. One half of each is zeros, so that they compress about as real ones do.
fn transactions(noise: &mut Noise) -> Result<Transactions, ContentError> {
    let transactions = (0..TRANSACTIONS).map(|_| {
        let more = usize::try_from(noise.next() % LARGER_BY).unwrap_or_default();
        let mut bytes = vec![0; SMALLEST_TRANSACTION + more];
        for words in bytes.chunks_mut(64) {
            let half = words.len() / 2;
            noise.fill(words.get_mut(..half).unwrap_or_default());
        }
        bytes
    });
    Ok(Transactions::from_lists(&transactions.collect::<Vec<_>>())?)
}

/// The branch from the commitments to the body's root, lowest level first.
fn inclusion_proof<P: Preset>(body: &BeaconBlockBody<P>) -> Result<FixedVector<Root, U4>, ContentError> {
    let leaves = [
        body.randao_reveal.tree_hash_root(),
        body.eth1_data.tree_hash_root(),
        body.graffiti.tree_hash_root(),
        body.proposer_slashings.tree_hash_root(),
        body.attester_slashings.tree_hash_root(),
        body.attestations.tree_hash_root(),
        body.deposits.tree_hash_root(),
        body.voluntary_exits.tree_hash_root(),
        body.sync_aggregate.tree_hash_root(),
        body.execution_payload.tree_hash_root(),
        body.bls_to_execution_changes.tree_hash_root(),
        body.blob_kzg_commitments.tree_hash_root(),
        body.execution_requests.tree_hash_root(),
    ];
    let siblings = (0..U4::USIZE).map(|level| {
        let width = 1 << level;
        // The neighbour, at this level, of the node above the commitments.
        let first = ((COMMITMENTS_FIELD >> level) ^ 1) << level;
        let below: Vec<u8> = leaves.iter().skip(first).take(width).flat_map(|leaf| leaf.0).collect();
        debug_assert!(below.len() <= width * BYTES_PER_CHUNK);
        merkle_root(&below, width)
    });
    Ok(FixedVector::new(siblings.collect())?)
}

#[cfg(test)]
mod tests {
    use cl_types::containers::{decodes, signed_block_root};
    use cl_types::{ForkName, Minimal, PresetId, TopicKind};

    use super::*;

    /// Not a real one: nothing here looks at what is in it.
    fn blob(fill: u8) -> Blob {
        Blob { commitment: [fill; 48], cells: vec![[fill; 2048]; 128], proofs: vec![[fill; 48]; 128] }
    }

    #[test]
    fn a_block_is_linked_and_of_a_real_size() {
        let parent = Root::repeat_byte(3);
        let made = block::<Minimal>(Slot(9), 4, parent, 1000, &[], Vec::new()).unwrap();
        let facts = signed_block_root(ForkName::Electra, PresetId::Minimal, &made.ssz).unwrap();
        assert_eq!((facts.slot, facts.parent_root, facts.root), (Slot(9), parent, made.root));
        assert!((30_000..120_000).contains(&made.ssz.len()), "{}", made.ssz.len());
        assert!(columns(&made, &[]).is_empty());
    }

    #[test]
    fn columns_prove_that_they_belong_to_their_block() {
        let (a, b) = (blob(1), blob(2));
        let blobs = [&a, &b, &a];
        let made = block::<Minimal>(Slot(9), 4, Root::ZERO, 1000, &blobs, Vec::new()).unwrap();
        let columns = columns(&made, &blobs);
        assert_eq!(columns.len(), 128);
        for column in [&columns[0], &columns[127]] {
            assert!(column.verify_inclusion_proof());
            assert_eq!(column.signed_block_header.message.tree_hash_root(), made.root);
            let kind = TopicKind::DataColumnSidecar(column.index);
            let facts = decodes(kind, ForkName::Fulu, PresetId::Minimal, &column.as_ssz_bytes()).unwrap();
            assert_eq!((facts.slot, facts.subnet), (Some(Slot(9)), Some(column.index)));
        }
    }
}
