//! The line to beat: the containers of Fulu and Bellatrix with the derives of `ethereum_ssz` and `tree_hash` over
//! `ssz_types`, as beacon clients in Rust have them. Keys and signatures are plain arrays.

use alloy_primitives::{Address, B256, FixedBytes, U256};
use ssz_types::{BitList, BitVector, FixedVector, VariableList};
use typenum::{
    U1, U2, U4, U8, U16, U32, U33, U64, U128, U256 as N256, U512, U2048, U4096, U8192, U131072, U1048576, U1073741824,
};

type Key = FixedBytes<48>;
type Signature = FixedBytes<96>;
type Transactions = VariableList<VariableList<u8, U1073741824>, U1048576>;
type Commitments = VariableList<Key, U4096>;

macro_rules! derived {
    ($($name:ident { $($field:ident: $type:ty),+ $(,)? })+) => {
        $(
            #[derive(Clone, Debug, PartialEq, ssz_derive::Encode, ssz_derive::Decode, tree_hash_derive::TreeHash)]
            pub(crate) struct $name { $($field: $type),+ }
        )+
    };
}

derived! {
    Status {
        fork_digest: FixedBytes<4>, finalized_root: B256, finalized_epoch: u64, head_root: B256, head_slot: u64,
        earliest_available_slot: u64,
    }
    Checkpoint { epoch: u64, root: B256 }
    AttestationData { slot: u64, index: u64, beacon_block_root: B256, source: Checkpoint, target: Checkpoint }
    Attestation {
        aggregation_bits: BitList<U131072>, data: AttestationData, signature: Signature, committee_bits: BitVector<U64>,
    }
    SingleAttestation { committee_index: u64, attester_index: u64, data: AttestationData, signature: Signature }
    IndexedAttestation { indices: VariableList<u64, U131072>, data: AttestationData, signature: Signature }
    AttesterSlashing { one: IndexedAttestation, other: IndexedAttestation }
    AggregateAndProof { aggregator_index: u64, aggregate: Attestation, selection_proof: Signature }
    SignedAggregateAndProof { message: AggregateAndProof, signature: Signature }
    Header { slot: u64, proposer_index: u64, parent_root: B256, state_root: B256, body_root: B256 }
    SignedHeader { message: Header, signature: Signature }
    ProposerSlashing { one: SignedHeader, other: SignedHeader }
    Eth1Data { deposit_root: B256, deposit_count: u64, block_hash: B256 }
    DepositData { pubkey: Key, withdrawal_credentials: B256, amount: u64, signature: Signature }
    Deposit { proof: FixedVector<B256, U33>, data: DepositData }
    Exit { epoch: u64, validator_index: u64 }
    SignedExit { message: Exit, signature: Signature }
    SyncAggregate { bits: BitVector<U512>, signature: Signature }
    Change { validator_index: u64, from: Key, to: Address }
    SignedChange { message: Change, signature: Signature }
    Withdrawal { index: u64, validator_index: u64, address: Address, amount: u64 }
    DepositRequest { pubkey: Key, credentials: B256, amount: u64, signature: Signature, index: u64 }
    WithdrawalRequest { source_address: Address, pubkey: Key, amount: u64 }
    ConsolidationRequest { source_address: Address, source: Key, target: Key }
    Requests {
        deposits: VariableList<DepositRequest, U8192>, withdrawals: VariableList<WithdrawalRequest, U16>,
        consolidations: VariableList<ConsolidationRequest, U2>,
    }
    Payload {
        parent_hash: B256, fee_recipient: Address, state_root: B256, receipts_root: B256,
        logs_bloom: FixedVector<u8, N256>, prev_randao: B256, block_number: u64, gas_limit: u64, gas_used: u64,
        timestamp: u64, extra_data: VariableList<u8, U32>, base_fee_per_gas: U256, block_hash: B256,
        transactions: Transactions, withdrawals: VariableList<Withdrawal, U16>, blob_gas_used: u64,
        excess_blob_gas: u64,
    }
    Body {
        randao_reveal: Signature, eth1_data: Eth1Data, graffiti: B256,
        proposer_slashings: VariableList<ProposerSlashing, U16>, attester_slashings: VariableList<AttesterSlashing, U1>,
        attestations: VariableList<Attestation, U8>, deposits: VariableList<Deposit, U16>,
        exits: VariableList<SignedExit, U16>, sync_aggregate: SyncAggregate, execution_payload: Payload,
        changes: VariableList<SignedChange, U16>, commitments: Commitments, requests: Requests,
    }
    Block { slot: u64, proposer_index: u64, parent_root: B256, state_root: B256, body: Body }
    SignedBlock { message: Block, signature: Signature }
    Column {
        index: u64, column: VariableList<FixedVector<u8, U2048>, U4096>, kzg_commitments: Commitments,
        kzg_proofs: Commitments, header: SignedHeader, inclusion_proof: FixedVector<B256, U4>,
    }

    OldAttestation { aggregation_bits: BitList<U2048>, data: AttestationData, signature: Signature }
    OldIndexed { indices: VariableList<u64, U2048>, data: AttestationData, signature: Signature }
    OldSlashing { one: OldIndexed, other: OldIndexed }
    OldPayload {
        parent_hash: B256, fee_recipient: Address, state_root: B256, receipts_root: B256,
        logs_bloom: FixedVector<u8, N256>, prev_randao: B256, block_number: u64, gas_limit: u64, gas_used: u64,
        timestamp: u64, extra_data: VariableList<u8, U32>, base_fee_per_gas: U256, block_hash: B256,
        transactions: Transactions,
    }
    OldBody {
        randao_reveal: Signature, eth1_data: Eth1Data, graffiti: B256,
        proposer_slashings: VariableList<ProposerSlashing, U16>, attester_slashings: VariableList<OldSlashing, U2>,
        attestations: VariableList<OldAttestation, U128>, deposits: VariableList<Deposit, U16>,
        exits: VariableList<SignedExit, U16>, sync_aggregate: SyncAggregate, execution_payload: OldPayload,
    }
    OldBlock { slot: u64, proposer_index: u64, parent_root: B256, state_root: B256, body: OldBody }
    SignedOldBlock { message: OldBlock, signature: Signature }
}
