//! Names of the specification for plain values. Keys, signatures, commitments and proofs are opaque bytes here.

use ssz_types::VariableList;
use typenum::U4096;

use crate::bytes::ByteVector;
use crate::primitives::Root;

/// A validator's number.
pub type ValidatorIndex = u64;
/// An amount, in 10^-9 ether.
pub type Gwei = u64;
/// 32 bytes that are no hash tree root.
pub type Bytes32 = Root;
/// A hash of the execution layer.
pub type Hash32 = Root;
/// An address of the execution layer.
pub type ExecutionAddress = alloy_primitives::Address;
/// A compressed BLS public key.
pub type BLSPubkey = ByteVector<48>;
/// A compressed BLS signature.
pub type BLSSignature = ByteVector<96>;
/// A KZG commitment to a blob.
pub type KZGCommitment = ByteVector<48>;
/// A KZG proof.
pub type KZGProof = ByteVector<48>;
/// One cell: 64 field elements.
pub type Cell = ByteVector<2048>;
/// A column: one cell for each blob of a block.
pub type DataColumn = VariableList<Cell, U4096>;
/// One commitment for each blob of a block.
pub type BlobKZGCommitments = VariableList<KZGCommitment, U4096>;
/// One proof for each blob of a block.
pub type KZGProofs = VariableList<KZGProof, U4096>;
