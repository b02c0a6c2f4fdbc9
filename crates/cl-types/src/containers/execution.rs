//! Execution payloads and their headers, Bellatrix to Fulu; payloads since Gloas travel in envelopes.

use crate::container::container;
use crate::containers::basic::{ExecutionAddress, Gwei, ValidatorIndex};

/// `Withdrawal`: 44 bytes.
///
/// See `capella/beacon-chain.md`, "Withdrawal".
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Withdrawal {
    /// Its number.
    pub index: u64,
    /// From whom.
    pub validator_index: ValidatorIndex,
    /// To whom.
    pub address: ExecutionAddress,
    /// How much, in Gwei.
    pub amount: Gwei,
}

container!(Withdrawal { index, validator_index, address, amount });

/// New or changed in Bellatrix.
pub(crate) mod bellatrix {
    use alloy_primitives::U256;

    use crate::container::container;
    use crate::containers::basic::{Bytes32, ExecutionAddress, ExtraData, Hash32, LogsBloom, Transactions};
    use crate::primitives::Root;

    /// `ExecutionPayload`, at least 508 bytes: a block of the execution layer.
    ///
    /// See `bellatrix/beacon-chain.md`, "ExecutionPayload".
    #[derive(Clone, Default, PartialEq, Eq)]
    pub struct ExecutionPayload {
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
    }

    container!(ExecutionPayload {
        parent_hash,
        fee_recipient,
        state_root,
        receipts_root,
        logs_bloom,
        prev_randao,
        block_number,
        gas_limit,
        gas_used,
        timestamp,
        extra_data,
        base_fee_per_gas,
        block_hash,
        transactions
    });

    /// `ExecutionPayloadHeader`, 536 to 568 bytes: a payload with roots in place of its lists.
    ///
    /// See `bellatrix/beacon-chain.md`, "ExecutionPayloadHeader".
    #[derive(Clone, Default, PartialEq, Eq)]
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
    }

    container!(ExecutionPayloadHeader {
        parent_hash,
        fee_recipient,
        state_root,
        receipts_root,
        logs_bloom,
        prev_randao,
        block_number,
        gas_limit,
        gas_used,
        timestamp,
        extra_data,
        base_fee_per_gas,
        block_hash,
        transactions_root
    });
}

/// New or changed in Capella.
pub(crate) mod capella {
    use alloy_primitives::U256;
    use ssz_types::VariableList;

    use crate::container::container;
    use crate::containers::basic::{Bytes32, ExecutionAddress, ExtraData, Hash32, LogsBloom, Transactions};
    use crate::containers::execution::Withdrawal;
    use crate::preset::Preset;
    use crate::primitives::Root;

    /// `ExecutionPayload`, at least 512 bytes: a block of the execution layer.
    ///
    /// See `capella/beacon-chain.md`, "ExecutionPayload".
    #[derive(Clone, Default, PartialEq, Eq)]
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
    }

    container!([P: Preset] ExecutionPayload<P> { parent_hash, fee_recipient, state_root, receipts_root, logs_bloom, prev_randao, block_number, gas_limit, gas_used, timestamp, extra_data, base_fee_per_gas, block_hash, transactions, withdrawals });

    /// `ExecutionPayloadHeader`, 568 to 600 bytes: a payload with roots in place of its lists.
    ///
    /// See `capella/beacon-chain.md`, "ExecutionPayloadHeader".
    #[derive(Clone, Default, PartialEq, Eq)]
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
    }

    container!(ExecutionPayloadHeader {
        parent_hash,
        fee_recipient,
        state_root,
        receipts_root,
        logs_bloom,
        prev_randao,
        block_number,
        gas_limit,
        gas_used,
        timestamp,
        extra_data,
        base_fee_per_gas,
        block_hash,
        transactions_root,
        withdrawals_root
    });
}

/// New or changed in Deneb.
pub(crate) mod deneb {
    use alloy_primitives::U256;
    use ssz_types::VariableList;

    use crate::container::container;
    use crate::containers::basic::{Bytes32, ExecutionAddress, ExtraData, Hash32, LogsBloom, Transactions};
    use crate::containers::execution::Withdrawal;
    use crate::preset::Preset;
    use crate::primitives::Root;

    /// `ExecutionPayload`, at least 528 bytes: a block of the execution layer.
    ///
    /// See `deneb/beacon-chain.md`, "ExecutionPayload".
    #[derive(Clone, Default, PartialEq, Eq)]
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

    container!([P: Preset] ExecutionPayload<P> { parent_hash, fee_recipient, state_root, receipts_root, logs_bloom, prev_randao, block_number, gas_limit, gas_used, timestamp, extra_data, base_fee_per_gas, block_hash, transactions, withdrawals, blob_gas_used, excess_blob_gas });

    /// `ExecutionPayloadHeader`, 584 to 616 bytes: a payload with roots in place of its lists.
    ///
    /// See `deneb/beacon-chain.md`, "ExecutionPayloadHeader".
    #[derive(Clone, Default, PartialEq, Eq)]
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

    container!(ExecutionPayloadHeader {
        parent_hash,
        fee_recipient,
        state_root,
        receipts_root,
        logs_bloom,
        prev_randao,
        block_number,
        gas_limit,
        gas_used,
        timestamp,
        extra_data,
        base_fee_per_gas,
        block_hash,
        transactions_root,
        withdrawals_root,
        blob_gas_used,
        excess_blob_gas
    });
}

/// New or changed in Gloas.
pub(crate) mod gloas {
    use alloy_primitives::U256;

    use crate::bytes::{ProgressiveByteList, ProgressiveByteLists};
    use crate::container::progressive_container;
    use crate::containers::basic::{Bytes32, ExecutionAddress, ExtraData, Hash32, LogsBloom};
    use crate::containers::execution::Withdrawal;
    use crate::progressive::ProgressiveList;

    /// `ExecutionPayload`, at least 540 bytes: a block of the execution layer. Its lists have no limit in the type.
    ///
    /// See `gloas/beacon-chain.md`, "ExecutionPayload".
    #[derive(Clone, Default, PartialEq, Eq)]
    pub struct ExecutionPayload {
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
        pub transactions: ProgressiveByteLists,
        /// Withdrawals.
        pub withdrawals: ProgressiveList<Withdrawal>,
        /// Gas that its blobs use.
        pub blob_gas_used: u64,
        /// Running excess of blob gas.
        pub excess_blob_gas: u64,
        /// Accounts and slots that the payload touches, not looked into.
        pub block_access_list: ProgressiveByteList,
        /// Slot of the payload.
        pub slot_number: u64,
    }

    progressive_container!(ExecutionPayload {
        parent_hash,
        fee_recipient,
        state_root,
        receipts_root,
        logs_bloom,
        prev_randao,
        block_number,
        gas_limit,
        gas_used,
        timestamp,
        extra_data,
        base_fee_per_gas,
        block_hash,
        transactions,
        withdrawals,
        blob_gas_used,
        excess_blob_gas,
        block_access_list,
        slot_number
    });
}
