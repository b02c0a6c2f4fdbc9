//! The containers of each fork under the names of the specification.
//!
//! A fork that does not change a container has that of an earlier fork.

/// The containers of Phase0.
pub mod phase0 {
    pub use super::super::attestation::phase0::{
        AggregateAndProof, Attestation, AttesterSlashing, IndexedAttestation, SignedAggregateAndProof,
    };
    pub use super::super::attestation::{AttestationData, Checkpoint};
    pub use super::super::block::phase0::{BeaconBlock, BeaconBlockBody, SignedBeaconBlock};
    pub use super::super::block::{BeaconBlockHeader, SignedBeaconBlockHeader};
    pub use super::super::operations::{
        Deposit, DepositData, Eth1Data, ProposerSlashing, SignedVoluntaryExit, VoluntaryExit,
    };
    pub use super::super::signing::{DepositMessage, Fork, ForkData, SigningData};
    pub use super::super::state::phase0::BeaconState;
    pub use super::super::state::{PendingAttestation, Validator};
}

/// The containers of Altair.
pub mod altair {
    pub use super::super::attestation::phase0::{
        AggregateAndProof, Attestation, AttesterSlashing, IndexedAttestation, SignedAggregateAndProof,
    };
    pub use super::super::attestation::{AttestationData, Checkpoint};
    pub use super::super::block::altair::{BeaconBlock, BeaconBlockBody, SignedBeaconBlock};
    pub use super::super::block::{BeaconBlockHeader, SignedBeaconBlockHeader};
    pub use super::super::light_client::altair::{
        LightClientBootstrap, LightClientFinalityUpdate, LightClientHeader, LightClientOptimisticUpdate,
        LightClientUpdate,
    };
    pub use super::super::operations::{
        Deposit, DepositData, Eth1Data, ProposerSlashing, SignedVoluntaryExit, VoluntaryExit,
    };
    pub use super::super::signing::{DepositMessage, Fork, ForkData, SigningData, SyncAggregatorSelectionData};
    pub use super::super::state::Validator;
    pub use super::super::state::altair::BeaconState;
    pub use super::super::sync::{
        ContributionAndProof, SignedContributionAndProof, SyncAggregate, SyncCommittee, SyncCommitteeContribution,
        SyncCommitteeMessage,
    };
}

/// The containers of Bellatrix.
pub mod bellatrix {
    pub use super::super::attestation::phase0::{
        AggregateAndProof, Attestation, AttesterSlashing, IndexedAttestation, SignedAggregateAndProof,
    };
    pub use super::super::attestation::{AttestationData, Checkpoint};
    pub use super::super::block::bellatrix::{BeaconBlock, BeaconBlockBody, SignedBeaconBlock};
    pub use super::super::block::{BeaconBlockHeader, SignedBeaconBlockHeader};
    pub use super::super::execution::bellatrix::{ExecutionPayload, ExecutionPayloadHeader};
    pub use super::super::light_client::altair::{
        LightClientBootstrap, LightClientFinalityUpdate, LightClientHeader, LightClientOptimisticUpdate,
        LightClientUpdate,
    };
    pub use super::super::operations::{
        Deposit, DepositData, Eth1Data, ProposerSlashing, SignedVoluntaryExit, VoluntaryExit,
    };
    pub use super::super::signing::{DepositMessage, Fork, ForkData, SigningData, SyncAggregatorSelectionData};
    pub use super::super::state::Validator;
    pub use super::super::state::bellatrix::BeaconState;
    pub use super::super::sync::{
        ContributionAndProof, SignedContributionAndProof, SyncAggregate, SyncCommittee, SyncCommitteeContribution,
        SyncCommitteeMessage,
    };
}

/// The containers of Capella.
pub mod capella {
    pub use super::super::attestation::phase0::{
        AggregateAndProof, Attestation, AttesterSlashing, IndexedAttestation, SignedAggregateAndProof,
    };
    pub use super::super::attestation::{AttestationData, Checkpoint};
    pub use super::super::block::capella::{BeaconBlock, BeaconBlockBody, SignedBeaconBlock};
    pub use super::super::block::{BeaconBlockHeader, SignedBeaconBlockHeader};
    pub use super::super::execution::Withdrawal;
    pub use super::super::execution::capella::{ExecutionPayload, ExecutionPayloadHeader};
    pub use super::super::light_client::capella::{
        LightClientBootstrap, LightClientFinalityUpdate, LightClientHeader, LightClientOptimisticUpdate,
        LightClientUpdate,
    };
    pub use super::super::operations::{
        BLSToExecutionChange, Deposit, DepositData, Eth1Data, ProposerSlashing, SignedBLSToExecutionChange,
        SignedVoluntaryExit, VoluntaryExit,
    };
    pub use super::super::signing::{DepositMessage, Fork, ForkData, SigningData, SyncAggregatorSelectionData};
    pub use super::super::state::capella::BeaconState;
    pub use super::super::state::{HistoricalSummary, Validator};
    pub use super::super::sync::{
        ContributionAndProof, SignedContributionAndProof, SyncAggregate, SyncCommittee, SyncCommitteeContribution,
        SyncCommitteeMessage,
    };
}

/// The containers of Deneb.
pub mod deneb {
    pub use super::super::attestation::phase0::{
        AggregateAndProof, Attestation, AttesterSlashing, IndexedAttestation, SignedAggregateAndProof,
    };
    pub use super::super::attestation::{AttestationData, Checkpoint};
    pub use super::super::blob::{BlobIdentifier, BlobSidecar};
    pub use super::super::block::deneb::{BeaconBlock, BeaconBlockBody, SignedBeaconBlock};
    pub use super::super::block::{BeaconBlockHeader, SignedBeaconBlockHeader};
    pub use super::super::execution::Withdrawal;
    pub use super::super::execution::deneb::{ExecutionPayload, ExecutionPayloadHeader};
    pub use super::super::light_client::deneb::{
        LightClientBootstrap, LightClientFinalityUpdate, LightClientHeader, LightClientOptimisticUpdate,
        LightClientUpdate,
    };
    pub use super::super::operations::{
        BLSToExecutionChange, Deposit, DepositData, Eth1Data, ProposerSlashing, SignedBLSToExecutionChange,
        SignedVoluntaryExit, VoluntaryExit,
    };
    pub use super::super::signing::{DepositMessage, Fork, ForkData, SigningData, SyncAggregatorSelectionData};
    pub use super::super::state::deneb::BeaconState;
    pub use super::super::state::{HistoricalSummary, Validator};
    pub use super::super::sync::{
        ContributionAndProof, SignedContributionAndProof, SyncAggregate, SyncCommittee, SyncCommitteeContribution,
        SyncCommitteeMessage,
    };
}

/// The containers of Electra.
pub mod electra {
    pub use super::super::attestation::electra::{
        AggregateAndProof, Attestation, AttesterSlashing, IndexedAttestation, SignedAggregateAndProof,
    };
    pub use super::super::attestation::{AttestationData, Checkpoint, SingleAttestation};
    pub use super::super::blob::{BlobIdentifier, BlobSidecar};
    pub use super::super::block::electra::{BeaconBlock, BeaconBlockBody, SignedBeaconBlock};
    pub use super::super::block::{BeaconBlockHeader, SignedBeaconBlockHeader};
    pub use super::super::execution::Withdrawal;
    pub use super::super::execution::deneb::{ExecutionPayload, ExecutionPayloadHeader};
    pub use super::super::execution_requests::electra::ExecutionRequests;
    pub use super::super::execution_requests::{ConsolidationRequest, DepositRequest, WithdrawalRequest};
    pub use super::super::light_client::deneb::{LightClientHeader, LightClientOptimisticUpdate};
    pub use super::super::light_client::electra::{LightClientBootstrap, LightClientFinalityUpdate, LightClientUpdate};
    pub use super::super::operations::{
        BLSToExecutionChange, Deposit, DepositData, Eth1Data, ProposerSlashing, SignedBLSToExecutionChange,
        SignedVoluntaryExit, VoluntaryExit,
    };
    pub use super::super::signing::{DepositMessage, Fork, ForkData, SigningData, SyncAggregatorSelectionData};
    pub use super::super::state::electra::BeaconState;
    pub use super::super::state::{
        HistoricalSummary, PendingConsolidation, PendingDeposit, PendingPartialWithdrawal, Validator,
    };
    pub use super::super::sync::{
        ContributionAndProof, SignedContributionAndProof, SyncAggregate, SyncCommittee, SyncCommitteeContribution,
        SyncCommitteeMessage,
    };
}

/// The containers of Fulu.
pub mod fulu {
    pub use super::super::attestation::electra::{
        AggregateAndProof, Attestation, AttesterSlashing, IndexedAttestation, SignedAggregateAndProof,
    };
    pub use super::super::attestation::{AttestationData, Checkpoint, SingleAttestation};
    pub use super::super::block::electra::{BeaconBlock, BeaconBlockBody, SignedBeaconBlock};
    pub use super::super::block::{BeaconBlockHeader, SignedBeaconBlockHeader};
    pub use super::super::column::DataColumnsByRootIdentifier;
    pub use super::super::column::fulu::DataColumnSidecar;
    pub use super::super::execution::Withdrawal;
    pub use super::super::execution::deneb::{ExecutionPayload, ExecutionPayloadHeader};
    pub use super::super::execution_requests::electra::ExecutionRequests;
    pub use super::super::execution_requests::{ConsolidationRequest, DepositRequest, WithdrawalRequest};
    pub use super::super::light_client::deneb::{LightClientHeader, LightClientOptimisticUpdate};
    pub use super::super::light_client::electra::{LightClientBootstrap, LightClientFinalityUpdate, LightClientUpdate};
    pub use super::super::operations::{
        BLSToExecutionChange, Deposit, DepositData, Eth1Data, ProposerSlashing, SignedBLSToExecutionChange,
        SignedVoluntaryExit, VoluntaryExit,
    };
    pub use super::super::partial_column::fulu::{
        PartialDataColumnGroupID, PartialDataColumnHeader, PartialDataColumnPartsMetadata, PartialDataColumnSidecar,
    };
    pub use super::super::signing::{DepositMessage, Fork, ForkData, SigningData, SyncAggregatorSelectionData};
    pub use super::super::state::fulu::BeaconState;
    pub use super::super::state::{
        HistoricalSummary, PendingConsolidation, PendingDeposit, PendingPartialWithdrawal, Validator,
    };
    pub use super::super::sync::{
        ContributionAndProof, SignedContributionAndProof, SyncAggregate, SyncCommittee, SyncCommitteeContribution,
        SyncCommitteeMessage,
    };
}

/// The containers of Gloas.
pub mod gloas {
    pub use super::super::attestation::gloas::{
        AggregateAndProof, Attestation, AttesterSlashing, IndexedAttestation, SignedAggregateAndProof,
    };
    pub use super::super::attestation::{AttestationData, Checkpoint, SingleAttestation};
    pub use super::super::block::gloas::{BeaconBlock, BeaconBlockBody, SignedBeaconBlock};
    pub use super::super::block::{BeaconBlockHeader, SignedBeaconBlockHeader};
    pub use super::super::builder::gloas::{ExecutionPayloadBid, SignedExecutionPayloadBid};
    pub use super::super::builder::{
        ExecutionPayloadEnvelope, ProposerPreferences, SignedExecutionPayloadEnvelope, SignedProposerPreferences,
    };
    pub use super::super::column::DataColumnsByRootIdentifier;
    pub use super::super::column::gloas::DataColumnSidecar;
    pub use super::super::execution::Withdrawal;
    pub use super::super::execution::gloas::ExecutionPayload;
    pub use super::super::execution_requests::gloas::ExecutionRequests;
    pub use super::super::execution_requests::{
        BuilderDepositRequest, BuilderExitRequest, ConsolidationRequest, DepositRequest, WithdrawalRequest,
    };
    pub use super::super::light_client::gloas::{
        LightClientBootstrap, LightClientFinalityUpdate, LightClientHeader, LightClientOptimisticUpdate,
        LightClientUpdate,
    };
    pub use super::super::operations::{
        BLSToExecutionChange, Deposit, DepositData, Eth1Data, ProposerSlashing, SignedBLSToExecutionChange,
        SignedVoluntaryExit, VoluntaryExit,
    };
    pub use super::super::partial_column::gloas::{
        PartialDataColumnGroupID, PartialDataColumnPartsMetadata, PartialDataColumnSidecar,
    };
    pub use super::super::payload_attestation::{
        PayloadAttestation, PayloadAttestationData, PayloadAttestationMessage,
    };
    pub use super::super::signing::{DepositMessage, Fork, ForkData, SigningData, SyncAggregatorSelectionData};
    pub use super::super::state::gloas::BeaconState;
    pub use super::super::state::{
        Builder, BuilderPendingPayment, BuilderPendingWithdrawal, HistoricalSummary, PendingConsolidation,
        PendingDeposit, PendingPartialWithdrawal, Validator,
    };
    pub use super::super::sync::{
        ContributionAndProof, SignedContributionAndProof, SyncAggregate, SyncCommittee, SyncCommitteeContribution,
        SyncCommitteeMessage,
    };
}

/// The containers of Heze.
pub mod heze {
    pub use super::super::attestation::gloas::{
        AggregateAndProof, Attestation, AttesterSlashing, IndexedAttestation, SignedAggregateAndProof,
    };
    pub use super::super::attestation::{AttestationData, Checkpoint, SingleAttestation};
    pub use super::super::block::heze::{BeaconBlock, BeaconBlockBody, SignedBeaconBlock};
    pub use super::super::block::{BeaconBlockHeader, SignedBeaconBlockHeader};
    pub use super::super::builder::heze::{ExecutionPayloadBid, SignedExecutionPayloadBid};
    pub use super::super::builder::{
        ExecutionPayloadEnvelope, ProposerPreferences, SignedExecutionPayloadEnvelope, SignedProposerPreferences,
    };
    pub use super::super::column::DataColumnsByRootIdentifier;
    pub use super::super::column::gloas::DataColumnSidecar;
    pub use super::super::execution::Withdrawal;
    pub use super::super::execution::gloas::ExecutionPayload;
    pub use super::super::execution_requests::gloas::ExecutionRequests;
    pub use super::super::execution_requests::{
        BuilderDepositRequest, BuilderExitRequest, ConsolidationRequest, DepositRequest, WithdrawalRequest,
    };
    pub use super::super::inclusion_list::{InclusionList, SignedInclusionList};
    pub use super::super::light_client::gloas::{
        LightClientBootstrap, LightClientFinalityUpdate, LightClientHeader, LightClientOptimisticUpdate,
        LightClientUpdate,
    };
    pub use super::super::operations::{
        BLSToExecutionChange, Deposit, DepositData, Eth1Data, ProposerSlashing, SignedBLSToExecutionChange,
        SignedVoluntaryExit, VoluntaryExit,
    };
    pub use super::super::partial_column::gloas::{
        PartialDataColumnGroupID, PartialDataColumnPartsMetadata, PartialDataColumnSidecar,
    };
    pub use super::super::payload_attestation::{
        PayloadAttestation, PayloadAttestationData, PayloadAttestationMessage,
    };
    pub use super::super::signing::{DepositMessage, Fork, ForkData, SigningData, SyncAggregatorSelectionData};
    pub use super::super::state::heze::BeaconState;
    pub use super::super::state::{
        Builder, BuilderPendingPayment, BuilderPendingWithdrawal, HistoricalSummary, PendingConsolidation,
        PendingDeposit, PendingPartialWithdrawal, Validator,
    };
    pub use super::super::sync::{
        ContributionAndProof, SignedContributionAndProof, SyncAggregate, SyncCommittee, SyncCommitteeContribution,
        SyncCommitteeMessage,
    };
}
