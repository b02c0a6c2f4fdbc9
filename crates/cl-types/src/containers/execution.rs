//! Execution payloads (Deneb to Fulu) and the execution layer's requests (Electra, Fulu).

use alloy_primitives::U256;
use ssz_types::VariableList;
use typenum::{U2, U16, U8192, U1048576};

use super::basic::{BLSPubkey, BLSSignature, Bytes32, ExecutionAddress, Gwei, Hash32, ValidatorIndex};
use crate::bytes::{ByteList, ByteVector};
use crate::preset::Preset;
use crate::primitives::Root;

/// `Transaction`: up to 2^30 bytes, not looked into.
pub type Transaction = ByteList<{ 1 << 30 }>;
/// `Transactions`: up to 2^20 of them.
pub type Transactions = VariableList<Transaction, U1048576>;
/// `LogsBloom`.
pub type LogsBloom = ByteVector<256>;
/// `ExtraData`.
pub type ExtraData = ByteList<32>;

/// `Withdrawal`: 44 bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, ssz_derive::Encode, ssz_derive::Decode, tree_hash_derive::TreeHash)]
pub struct Withdrawal {
    /// Its number.
    pub index: u64,
    /// From whom.
    pub validator_index: ValidatorIndex,
    /// To whom.
    pub address: ExecutionAddress,
    /// How much.
    pub amount: Gwei,
}

/// `ExecutionPayload`, Deneb to Fulu.
#[derive(Clone, Debug, Default, PartialEq, Eq, ssz_derive::Encode, ssz_derive::Decode, tree_hash_derive::TreeHash)]
pub struct ExecutionPayload<P: Preset> {
    /// Hash of the payload before it.
    pub parent_hash: Hash32,
    /// Who gets the fees.
    pub fee_recipient: ExecutionAddress,
    /// Root of the execution state after it.
    pub state_root: Bytes32,
    /// Root of the receipts.
    pub receipts_root: Bytes32,
    /// Filter over the logs.
    pub logs_bloom: LogsBloom,
    /// Randomness of the beacon chain.
    pub prev_randao: Bytes32,
    /// Number of the execution block.
    pub block_number: u64,
    /// Most gas that it may use.
    pub gas_limit: u64,
    /// Gas that it uses.
    pub gas_used: u64,
    /// Seconds since the Unix epoch.
    pub timestamp: u64,
    /// Free bytes of the builder.
    pub extra_data: ExtraData,
    /// Price of gas, in wei.
    pub base_fee_per_gas: U256,
    /// Its own hash.
    pub block_hash: Hash32,
    /// Transactions, each in its execution-layer encoding.
    pub transactions: Transactions,
    /// Withdrawals.
    pub withdrawals: VariableList<Withdrawal, P::MaxWithdrawalsPerPayload>,
    /// Gas that its blobs use.
    pub blob_gas_used: u64,
    /// Running excess of blob gas.
    pub excess_blob_gas: u64,
}

/// `ExecutionPayloadHeader`, Deneb to Fulu: a payload with roots in place of its lists.
#[derive(Clone, Debug, Default, PartialEq, Eq, ssz_derive::Encode, ssz_derive::Decode, tree_hash_derive::TreeHash)]
pub struct ExecutionPayloadHeader {
    /// Hash of the payload before it.
    pub parent_hash: Hash32,
    /// Who gets the fees.
    pub fee_recipient: ExecutionAddress,
    /// Root of the execution state after it.
    pub state_root: Bytes32,
    /// Root of the receipts.
    pub receipts_root: Bytes32,
    /// Filter over the logs.
    pub logs_bloom: LogsBloom,
    /// Randomness of the beacon chain.
    pub prev_randao: Bytes32,
    /// Number of the execution block.
    pub block_number: u64,
    /// Most gas that it may use.
    pub gas_limit: u64,
    /// Gas that it uses.
    pub gas_used: u64,
    /// Seconds since the Unix epoch.
    pub timestamp: u64,
    /// Free bytes of the builder.
    pub extra_data: ExtraData,
    /// Price of gas, in wei.
    pub base_fee_per_gas: U256,
    /// Its own hash.
    pub block_hash: Hash32,
    /// Root of the transactions.
    pub transactions_root: Root,
    /// Root of the withdrawals.
    pub withdrawals_root: Root,
    /// Gas that its blobs use.
    pub blob_gas_used: u64,
    /// Running excess of blob gas.
    pub excess_blob_gas: u64,
}

/// `DepositRequest`: 192 bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, ssz_derive::Encode, ssz_derive::Decode, tree_hash_derive::TreeHash)]
pub struct DepositRequest {
    /// The validator's key.
    pub pubkey: BLSPubkey,
    /// Who may withdraw.
    pub withdrawal_credentials: Bytes32,
    /// How much.
    pub amount: Gwei,
    /// The depositor's signature.
    pub signature: BLSSignature,
    /// Its number.
    pub index: u64,
}

/// `WithdrawalRequest`: 76 bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, ssz_derive::Encode, ssz_derive::Decode, tree_hash_derive::TreeHash)]
pub struct WithdrawalRequest {
    /// Who asks.
    pub source_address: ExecutionAddress,
    /// From which validator.
    pub validator_pubkey: BLSPubkey,
    /// How much.
    pub amount: Gwei,
}

/// `ConsolidationRequest`: 116 bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, ssz_derive::Encode, ssz_derive::Decode, tree_hash_derive::TreeHash)]
pub struct ConsolidationRequest {
    /// Who asks.
    pub source_address: ExecutionAddress,
    /// The validator that is merged.
    pub source_pubkey: BLSPubkey,
    /// The validator that remains.
    pub target_pubkey: BLSPubkey,
}

/// `ExecutionRequests`, Electra and Fulu.
#[derive(Clone, Debug, Default, PartialEq, Eq, ssz_derive::Encode, ssz_derive::Decode, tree_hash_derive::TreeHash)]
pub struct ExecutionRequests {
    /// Deposits.
    pub deposits: VariableList<DepositRequest, U8192>,
    /// Withdrawals.
    pub withdrawals: VariableList<WithdrawalRequest, U16>,
    /// Consolidations.
    pub consolidations: VariableList<ConsolidationRequest, U2>,
}
