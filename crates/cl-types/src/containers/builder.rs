//! Bids of builders, payload envelopes and proposer preferences (Gloas, EIP-7732).

use crate::container::{container, progressive_container};
use crate::containers::basic::{BuilderIndex, ExecutionAddress, ValidatorIndex};
use crate::containers::heze::{ExecutionPayload, ExecutionRequests};
use crate::containers::signed::Signed;
use crate::primitives::{Root, Slot};

/// `ProposerPreferences`: 76 bytes. What a proposer wants of the payload of its slot.
///
/// See `gloas/p2p-interface.md`, "ProposerPreferences".
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ProposerPreferences {
    /// The block that decides who proposes or is a member.
    pub dependent_root: Root,
    /// Slot of the proposal.
    pub proposal_slot: Slot,
    /// The proposer.
    pub validator_index: ValidatorIndex,
    /// Who gets the fees.
    pub fee_recipient: ExecutionAddress,
    /// Gas limit that it aims at.
    pub target_gas_limit: u64,
}

container!(ProposerPreferences { dependent_root, proposal_slot, validator_index, fee_recipient, target_gas_limit });

/// `SignedProposerPreferences`: 172 bytes.
///
/// See `gloas/p2p-interface.md`, "SignedProposerPreferences".
pub type SignedProposerPreferences = Signed<ProposerPreferences>;

/// `ExecutionPayloadEnvelope`, at least 640 bytes: a payload as it travels, apart from its block.
///
/// See `gloas/beacon-chain.md`, "ExecutionPayloadEnvelope".
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ExecutionPayloadEnvelope {
    /// The payload.
    pub payload: ExecutionPayload,
    /// What the execution layer asks for.
    pub execution_requests: ExecutionRequests,
    /// The builder; 2^64 - 1 for the proposer itself.
    pub builder_index: BuilderIndex,
    /// The block that accepted the bid.
    pub beacon_block_root: Root,
    /// The block before it.
    pub parent_beacon_block_root: Root,
}

progressive_container!(ExecutionPayloadEnvelope {
    payload,
    execution_requests,
    builder_index,
    beacon_block_root,
    parent_beacon_block_root
});

/// `SignedExecutionPayloadEnvelope`, at least 740 bytes and at most `MAX_PAYLOAD_SIZE`.
///
/// See `gloas/beacon-chain.md`, "SignedExecutionPayloadEnvelope".
pub type SignedExecutionPayloadEnvelope = Signed<ExecutionPayloadEnvelope>;

/// New or changed in Gloas.
pub(crate) mod gloas {

    use crate::bytes::ProgressiveByteVectors;
    use crate::container::progressive_container;
    use crate::containers::basic::{BuilderIndex, Bytes32, ExecutionAddress, Gwei, Hash32};
    use crate::containers::signed::Signed;
    use crate::primitives::{Root, Slot};

    /// `ExecutionPayloadBid`, at least 224 bytes: the promise to reveal a payload.
    ///
    /// See `gloas/beacon-chain.md`, "ExecutionPayloadBid".
    #[derive(Clone, Default, PartialEq, Eq)]
    pub struct ExecutionPayloadBid {
        /// Hash of the payload before it.
        pub parent_block_hash: Hash32,
        /// The beacon block before it.
        pub parent_block_root: Root,
        /// Hash of the payload.
        pub block_hash: Hash32,
        /// Randomness of the beacon chain.
        pub prev_randao: Bytes32,
        /// Who gets the fees.
        pub fee_recipient: ExecutionAddress,
        /// Gas limit of the payload.
        pub gas_limit: u64,
        /// The builder; 2^64 - 1 for the proposer itself.
        pub builder_index: BuilderIndex,
        /// The slot.
        pub slot: Slot,
        /// What the proposer gets.
        pub value: Gwei,
        /// What the payload itself pays the proposer.
        pub execution_payment: Gwei,
        /// One commitment for each blob of the payload.
        pub blob_kzg_commitments: ProgressiveByteVectors<48>,
        /// Root of the requests in the payload's envelope.
        pub execution_requests_root: Root,
    }

    progressive_container!(ExecutionPayloadBid {
        parent_block_hash,
        parent_block_root,
        block_hash,
        prev_randao,
        fee_recipient,
        gas_limit,
        builder_index,
        slot,
        value,
        execution_payment,
        blob_kzg_commitments,
        execution_requests_root
    });

    /// `SignedExecutionPayloadBid`, 324 to 196,932 bytes with the cap of its topic.
    ///
    /// See `gloas/beacon-chain.md`, "SignedExecutionPayloadBid".
    pub type SignedExecutionPayloadBid = Signed<ExecutionPayloadBid>;
}

/// New or changed in Heze.
pub(crate) mod heze {
    use ssz_types::BitVector;
    use typenum::U16;

    use crate::bytes::ProgressiveByteVectors;
    use crate::container::progressive_container;
    use crate::containers::basic::{BuilderIndex, Bytes32, ExecutionAddress, Gwei, Hash32};
    use crate::containers::signed::Signed;
    use crate::primitives::{Root, Slot};

    /// `ExecutionPayloadBid`, at least 226 bytes: the promise to reveal a payload.
    ///
    /// See `heze/beacon-chain.md`, "ExecutionPayloadBid".
    #[derive(Clone, Default, PartialEq, Eq)]
    pub struct ExecutionPayloadBid {
        /// Hash of the payload before it.
        pub parent_block_hash: Hash32,
        /// The beacon block before it.
        pub parent_block_root: Root,
        /// Hash of the payload.
        pub block_hash: Hash32,
        /// Randomness of the beacon chain.
        pub prev_randao: Bytes32,
        /// Who gets the fees.
        pub fee_recipient: ExecutionAddress,
        /// Gas limit of the payload.
        pub gas_limit: u64,
        /// The builder; 2^64 - 1 for the proposer itself.
        pub builder_index: BuilderIndex,
        /// The slot.
        pub slot: Slot,
        /// What the proposer gets.
        pub value: Gwei,
        /// What the payload itself pays the proposer.
        pub execution_payment: Gwei,
        /// One commitment for each blob of the payload.
        pub blob_kzg_commitments: ProgressiveByteVectors<48>,
        /// Root of the requests in the payload's envelope.
        pub execution_requests_root: Root,
        /// Members of the inclusion list committee whose lists the payload obeys.
        pub inclusion_list_bits: BitVector<U16>,
    }

    progressive_container!(ExecutionPayloadBid {
        parent_block_hash,
        parent_block_root,
        block_hash,
        prev_randao,
        fee_recipient,
        gas_limit,
        builder_index,
        slot,
        value,
        execution_payment,
        blob_kzg_commitments,
        execution_requests_root,
        inclusion_list_bits
    });

    /// `SignedExecutionPayloadBid`, 326 to 196,934 bytes with the cap of its topic.
    ///
    /// See `heze/beacon-chain.md`, "SignedExecutionPayloadBid".
    pub type SignedExecutionPayloadBid = Signed<ExecutionPayloadBid>;
}
