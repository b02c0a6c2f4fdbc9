//! What the execution layer asks the consensus layer to do (Electra: EIP-7685; builders since Gloas).

use crate::container::container;
use crate::containers::basic::{BLSPubkey, BLSSignature, Bytes32, ExecutionAddress, Gwei};

/// `DepositRequest`: 192 bytes.
///
/// See `electra/beacon-chain.md`, "DepositRequest".
#[derive(Clone, Default, PartialEq, Eq)]
pub struct DepositRequest {
    /// The validator's key.
    pub pubkey: BLSPubkey,
    /// Who may withdraw.
    pub withdrawal_credentials: Bytes32,
    /// How much, in Gwei.
    pub amount: Gwei,
    /// The depositor's signature.
    pub signature: BLSSignature,
    /// Its number.
    pub index: u64,
}

container!(DepositRequest { pubkey, withdrawal_credentials, amount, signature, index });

/// `WithdrawalRequest`: 76 bytes.
///
/// See `electra/beacon-chain.md`, "WithdrawalRequest".
#[derive(Clone, Default, PartialEq, Eq)]
pub struct WithdrawalRequest {
    /// Who asks.
    pub source_address: ExecutionAddress,
    /// From which validator.
    pub validator_pubkey: BLSPubkey,
    /// How much, in Gwei.
    pub amount: Gwei,
}

container!(WithdrawalRequest { source_address, validator_pubkey, amount });

/// `ConsolidationRequest`: 116 bytes.
///
/// See `electra/beacon-chain.md`, "ConsolidationRequest".
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ConsolidationRequest {
    /// Who asks.
    pub source_address: ExecutionAddress,
    /// The validator that is merged.
    pub source_pubkey: BLSPubkey,
    /// The validator that remains.
    pub target_pubkey: BLSPubkey,
}

container!(ConsolidationRequest { source_address, source_pubkey, target_pubkey });

/// `BuilderDepositRequest`: 184 bytes.
///
/// See `gloas/beacon-chain.md`, "BuilderDepositRequest".
#[derive(Clone, Default, PartialEq, Eq)]
pub struct BuilderDepositRequest {
    /// The builder's key.
    pub pubkey: BLSPubkey,
    /// Who may withdraw.
    pub withdrawal_credentials: Bytes32,
    /// How much, in Gwei.
    pub amount: Gwei,
    /// The depositor's signature.
    pub signature: BLSSignature,
}

container!(BuilderDepositRequest { pubkey, withdrawal_credentials, amount, signature });

/// `BuilderExitRequest`: 68 bytes.
///
/// See `gloas/beacon-chain.md`, "BuilderExitRequest".
#[derive(Clone, Default, PartialEq, Eq)]
pub struct BuilderExitRequest {
    /// Who asks.
    pub source_address: ExecutionAddress,
    /// The builder's key.
    pub pubkey: BLSPubkey,
}

container!(BuilderExitRequest { source_address, pubkey });

/// New or changed in Electra.
pub(crate) mod electra {
    use ssz_types::VariableList;
    use typenum::{U2, U16, U8192};

    use crate::container::container;
    use crate::containers::execution_requests::{ConsolidationRequest, DepositRequest, WithdrawalRequest};

    /// `ExecutionRequests`, 12 to 1,574,324 bytes.
    ///
    /// See `electra/beacon-chain.md`, "ExecutionRequests".
    #[derive(Clone, Default, PartialEq, Eq)]
    pub struct ExecutionRequests {
        /// Deposits.
        pub deposits: VariableList<DepositRequest, U8192>,
        /// Withdrawals.
        pub withdrawals: VariableList<WithdrawalRequest, U16>,
        /// Consolidations.
        pub consolidations: VariableList<ConsolidationRequest, U2>,
    }

    container!(ExecutionRequests { deposits, withdrawals, consolidations });
}

/// New or changed in Gloas.
pub(crate) mod gloas {

    use crate::container::progressive_container;
    use crate::containers::execution_requests::{
        BuilderDepositRequest, BuilderExitRequest, ConsolidationRequest, DepositRequest, WithdrawalRequest,
    };
    use crate::progressive::ProgressiveList;

    /// `ExecutionRequests`, at least 20 bytes. The type has no limit; count rules are 16 withdrawals, 2 consolidations,
    /// 64 builder deposits and 16 builder exits.
    ///
    /// See `gloas/beacon-chain.md`, "ExecutionRequests".
    #[derive(Clone, Default, PartialEq, Eq)]
    pub struct ExecutionRequests {
        /// Deposits.
        pub deposits: ProgressiveList<DepositRequest>,
        /// Withdrawals.
        pub withdrawals: ProgressiveList<WithdrawalRequest>,
        /// Consolidations.
        pub consolidations: ProgressiveList<ConsolidationRequest>,
        /// Deposits of builders.
        pub builder_deposits: ProgressiveList<BuilderDepositRequest>,
        /// Exits of builders.
        pub builder_exits: ProgressiveList<BuilderExitRequest>,
    }

    progressive_container!(ExecutionRequests {
        deposits,
        withdrawals,
        consolidations,
        builder_deposits,
        builder_exits
    });
}
