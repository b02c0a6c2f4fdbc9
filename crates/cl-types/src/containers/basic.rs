//! Names of the specification for plain values. Keys, signatures, commitments and proofs are opaque bytes here.

use ssz_types::BitList;
use typenum::Unsigned;

use crate::bytes::{BigByteVector, ByteList, ByteLists, ByteVector, ByteVectors};
use crate::primitives::Root;

/// A validator's number.
///
/// See `phase0/beacon-chain.md`, "ValidatorIndex".
pub type ValidatorIndex = u64;
/// A builder's number; 2^64 - 1 stands for the proposer itself.
///
/// See `gloas/beacon-chain.md`, "BuilderIndex".
pub type BuilderIndex = u64;
/// An amount, in 10^-9 ether.
///
/// See `phase0/beacon-chain.md`, "Gwei".
pub type Gwei = u64;
/// 32 bytes that are no hash tree root.
///
/// See `ssz/simple-serialize.md`, "Aliases".
pub type Bytes32 = Root;
/// A hash of the execution layer.
///
/// See `phase0/beacon-chain.md`, "Hash32".
pub type Hash32 = Root;
/// An address of the execution layer.
///
/// See `phase0/deposit-contract.md`, "ExecutionAddress".
pub type ExecutionAddress = alloy_primitives::Address;
/// A compressed BLS public key.
///
/// See `phase0/beacon-chain.md`, "BLSPubkey".
pub type BLSPubkey = ByteVector<48>;
/// A compressed BLS signature.
///
/// See `phase0/beacon-chain.md`, "BLSSignature".
pub type BLSSignature = ByteVector<96>;
/// A KZG commitment to a blob.
///
/// See `deneb/beacon-chain.md`, "KZGCommitment".
pub type KZGCommitment = ByteVector<48>;
/// A KZG proof.
///
/// See `deneb/beacon-chain.md`, "KZGProof".
pub type KZGProof = ByteVector<48>;
/// A blob: 4096 field elements of 32 bytes.
///
/// See `deneb/beacon-chain.md`, "Blob".
pub type Blob = BigByteVector<131_072>;
/// One cell: 64 field elements of 32 bytes.
///
/// See `fulu/das-core.md`, "Cell".
pub type Cell = ByteVector<2048>;
/// A column before Gloas: one cell for each blob of a block, at most 4096.
///
/// See `fulu/das-core.md`, "DataColumn".
pub type DataColumn = ByteVectors<2048, 4096>;
/// One commitment for each blob of a block before Gloas, at most 4096.
///
/// See `deneb/beacon-chain.md`, "BlobKZGCommitments".
pub type BlobKZGCommitments = ByteVectors<48, 4096>;
/// One proof for each blob of a block before Gloas, at most 4096.
///
/// See `deneb/validator.md`, "KZGProofs".
pub type KZGProofs = ByteVectors<48, 4096>;
/// A transaction before Gloas: up to 2^30 bytes, not looked into.
///
/// See `bellatrix/beacon-chain.md`, "Transaction".
pub type Transaction = ByteList<{ 1 << 30 }>;
/// Up to 2^20 transactions before Gloas.
///
/// See `bellatrix/beacon-chain.md`, "Transactions".
pub type Transactions = ByteLists<{ 1 << 30 }, { 1 << 20 }>;
/// The filter over the logs of an execution block.
///
/// See `bellatrix/beacon-chain.md`, "LogsBloom".
pub type LogsBloom = ByteVector<256>;
/// Up to 32 free bytes of whoever built an execution block.
///
/// See `bellatrix/beacon-chain.md`, "ExtraData".
pub type ExtraData = ByteList<32>;

/// A bitlist without bits, which it has no `Default` for.
pub(crate) fn no_bits<N: Unsigned + Clone>() -> BitList<N> {
    #[expect(clippy::expect_used, reason = "no bits are within any limit")]
    BitList::with_capacity(0).expect("no bits are within any limit")
}
