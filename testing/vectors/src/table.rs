//! Which type a name stands for in a fork: one row for each container.

use cl_types::containers::{altair, bellatrix, capella, deneb, electra, fulu, gloas, heze, phase0};
use cl_types::decode::Field;
use cl_types::{ForkName, Preset, PresetId, with_preset};
use ssz::{Decode, Encode};
use tree_hash::TreeHash;

use crate::case::{
    Case, Check, CheckBytes, CheckSlice, Failure, check, check_foreign, harmless, harmless_foreign, harmless_json,
    strict, to_json,
};
use crate::foreign;

/// What can be asked about a container.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// How long its SSZ is, if that is always the same.
    pub fixed_len: Option<usize>,
    /// How a case of it is checked.
    pub check: Check,
    /// Whether proper prefixes of a value's SSZ and extensions by a byte are refused, or another value in its only form.
    pub strict: CheckSlice,
    /// What must hold for any bytes that are decoded as it.
    pub harmless: CheckBytes,
    /// What must hold for any text that is read as its JSON. Containers that never travel have none.
    pub harmless_json: Option<CheckSlice>,
    /// The JSON of a value, from its SSZ.
    pub to_json: fn(&[u8]) -> Option<Vec<u8>>,
}

/// How a case of this container is checked; `None` for a name that the fork does not have.
#[must_use]
pub fn check_of(preset: PresetId, fork: ForkName, name: &str) -> Option<Check> {
    entry_of(preset, fork, name).map(|entry| entry.check)
}

/// A container by name; `None` for a name that the fork does not have.
#[must_use]
pub fn entry_of(preset: PresetId, fork: ForkName, name: &str) -> Option<Entry> {
    with_preset!(preset, P => match fork {
        ForkName::Phase0 => of_phase0::<P>(name),
        ForkName::Altair => of_altair::<P>(name),
        ForkName::Bellatrix => of_bellatrix::<P>(name),
        ForkName::Capella => of_capella::<P>(name),
        ForkName::Deneb => of_deneb::<P>(name),
        ForkName::Electra => of_electra::<P>(name),
        ForkName::Fulu => of_fulu::<P>(name),
        ForkName::Gloas => of_gloas::<P>(name),
        ForkName::Heze => of_heze::<P>(name),
    })
}

/// The containers of a fork.
#[must_use]
pub const fn names(fork: ForkName) -> &'static [&'static str] {
    match fork {
        ForkName::Phase0 => PHASE0,
        ForkName::Altair => ALTAIR,
        ForkName::Bellatrix => BELLATRIX,
        ForkName::Capella => CAPELLA,
        ForkName::Deneb => DENEB,
        ForkName::Electra => ELECTRA,
        ForkName::Fulu => FULU,
        ForkName::Gloas => GLOAS,
        ForkName::Heze => HEZE,
    }
}

/// Containers of `cl_types` by name, and foreign ones with their type.
macro_rules! rows {
    ($find:ident, $names:ident, $fork:ident: $($name:ident $(<$p:ident>)?),+; $($foreign:literal = $type:ty),*) => {
        fn $find<P: Preset>(name: &str) -> Option<Entry> {
            match name {
                $(stringify!($name) => Some(own::<$fork::$name $(<$p>)?>()),)+
                $($foreign => Some(other::<$type>()),)*
                _ => None,
            }
        }

        const $names: &[&str] = &[$(stringify!($name),)+ $($foreign,)*];
    };
}

fn own<T: Field + PartialEq>() -> Entry {
    Entry {
        fixed_len: fixed_len::<T>(),
        check: check::<T>,
        strict: strict::<T>,
        harmless: harmless::<T>,
        harmless_json: Some(harmless_json::<T>),
        to_json: to_json::<T>,
    }
}

fn other<T: Encode + Decode + TreeHash>() -> Entry {
    Entry {
        fixed_len: fixed_len::<T>(),
        check: foreign_check::<T>,
        strict: strict::<T>,
        harmless: harmless_foreign::<T>,
        harmless_json: None,
        to_json: |_| None,
    }
}

fn fixed_len<T: Decode>() -> Option<usize> {
    T::is_ssz_fixed_len().then(T::ssz_fixed_len)
}

fn foreign_check<T: Encode + Decode + TreeHash>(case: &Case) -> Result<(), Failure> {
    check_foreign::<T>(case).map(drop)
}

rows!(
    of_phase0, PHASE0, phase0:
    AggregateAndProof, Attestation, AttestationData, AttesterSlashing, BeaconBlock, BeaconBlockBody,
    BeaconBlockHeader, BeaconState<P>, Checkpoint, Deposit, DepositData, DepositMessage, Eth1Data, Fork, ForkData,
    IndexedAttestation, PendingAttestation, ProposerSlashing, SignedAggregateAndProof, SignedBeaconBlock,
    SignedBeaconBlockHeader, SignedVoluntaryExit, SigningData, Validator, VoluntaryExit;
    "Eth1Block" = foreign::Eth1Block, "HistoricalBatch" = foreign::HistoricalBatch<P>
);

rows!(
    of_altair, ALTAIR, altair:
    AggregateAndProof, Attestation, AttestationData, AttesterSlashing, BeaconBlock<P>, BeaconBlockBody<P>,
    BeaconBlockHeader, BeaconState<P>, Checkpoint, ContributionAndProof<P>, Deposit, DepositData, DepositMessage,
    Eth1Data, Fork, ForkData, IndexedAttestation, LightClientBootstrap<P>, LightClientFinalityUpdate<P>,
    LightClientHeader, LightClientOptimisticUpdate<P>, LightClientUpdate<P>, ProposerSlashing,
    SignedAggregateAndProof, SignedBeaconBlock<P>, SignedBeaconBlockHeader, SignedContributionAndProof<P>,
    SignedVoluntaryExit, SigningData, SyncAggregate<P>, SyncAggregatorSelectionData, SyncCommittee<P>,
    SyncCommitteeContribution<P>, SyncCommitteeMessage, Validator, VoluntaryExit;
    "Eth1Block" = foreign::Eth1Block, "HistoricalBatch" = foreign::HistoricalBatch<P>
);

rows!(
    of_bellatrix, BELLATRIX, bellatrix:
    AggregateAndProof, Attestation, AttestationData, AttesterSlashing, BeaconBlock<P>, BeaconBlockBody<P>,
    BeaconBlockHeader, BeaconState<P>, Checkpoint, ContributionAndProof<P>, Deposit, DepositData, DepositMessage,
    Eth1Data, ExecutionPayload, ExecutionPayloadHeader, Fork, ForkData, IndexedAttestation,
    LightClientBootstrap<P>, LightClientFinalityUpdate<P>, LightClientHeader, LightClientOptimisticUpdate<P>,
    LightClientUpdate<P>, ProposerSlashing, SignedAggregateAndProof, SignedBeaconBlock<P>, SignedBeaconBlockHeader,
    SignedContributionAndProof<P>, SignedVoluntaryExit, SigningData, SyncAggregate<P>, SyncAggregatorSelectionData,
    SyncCommittee<P>, SyncCommitteeContribution<P>, SyncCommitteeMessage, Validator, VoluntaryExit;
    "Eth1Block" = foreign::Eth1Block, "HistoricalBatch" = foreign::HistoricalBatch<P>, "NewPayloadRequest" = foreign::NewPayloadRequestBellatrix, "PowBlock" = foreign::PowBlock
);

rows!(
    of_capella, CAPELLA, capella:
    AggregateAndProof, Attestation, AttestationData, AttesterSlashing, BLSToExecutionChange, BeaconBlock<P>,
    BeaconBlockBody<P>, BeaconBlockHeader, BeaconState<P>, Checkpoint, ContributionAndProof<P>, Deposit,
    DepositData, DepositMessage, Eth1Data, ExecutionPayload<P>, ExecutionPayloadHeader, Fork, ForkData,
    HistoricalSummary, IndexedAttestation, LightClientBootstrap<P>, LightClientFinalityUpdate<P>,
    LightClientHeader, LightClientOptimisticUpdate<P>, LightClientUpdate<P>, ProposerSlashing,
    SignedAggregateAndProof, SignedBLSToExecutionChange, SignedBeaconBlock<P>, SignedBeaconBlockHeader,
    SignedContributionAndProof<P>, SignedVoluntaryExit, SigningData, SyncAggregate<P>, SyncAggregatorSelectionData,
    SyncCommittee<P>, SyncCommitteeContribution<P>, SyncCommitteeMessage, Validator, VoluntaryExit, Withdrawal;
    "Eth1Block" = foreign::Eth1Block, "NewPayloadRequest" = foreign::NewPayloadRequestCapella<P>, "PowBlock" = foreign::PowBlock
);

rows!(
    of_deneb, DENEB, deneb:
    AggregateAndProof, Attestation, AttestationData, AttesterSlashing, BLSToExecutionChange, BeaconBlock<P>,
    BeaconBlockBody<P>, BeaconBlockHeader, BeaconState<P>, BlobIdentifier, BlobSidecar, Checkpoint,
    ContributionAndProof<P>, Deposit, DepositData, DepositMessage, Eth1Data, ExecutionPayload<P>,
    ExecutionPayloadHeader, Fork, ForkData, HistoricalSummary, IndexedAttestation, LightClientBootstrap<P>,
    LightClientFinalityUpdate<P>, LightClientHeader, LightClientOptimisticUpdate<P>, LightClientUpdate<P>,
    ProposerSlashing, SignedAggregateAndProof, SignedBLSToExecutionChange, SignedBeaconBlock<P>,
    SignedBeaconBlockHeader, SignedContributionAndProof<P>, SignedVoluntaryExit, SigningData, SyncAggregate<P>,
    SyncAggregatorSelectionData, SyncCommittee<P>, SyncCommitteeContribution<P>, SyncCommitteeMessage, Validator,
    VoluntaryExit, Withdrawal;
    "Eth1Block" = foreign::Eth1Block, "NewPayloadRequest" = foreign::NewPayloadRequestDeneb<P>, "PowBlock" = foreign::PowBlock
);

rows!(
    of_electra, ELECTRA, electra:
    AggregateAndProof<P>, Attestation<P>, AttestationData, AttesterSlashing<P>, BLSToExecutionChange,
    BeaconBlock<P>, BeaconBlockBody<P>, BeaconBlockHeader, BeaconState<P>, BlobIdentifier, BlobSidecar, Checkpoint,
    ConsolidationRequest, ContributionAndProof<P>, Deposit, DepositData, DepositMessage, DepositRequest, Eth1Data,
    ExecutionPayload<P>, ExecutionPayloadHeader, ExecutionRequests, Fork, ForkData, HistoricalSummary,
    IndexedAttestation<P>, LightClientBootstrap<P>, LightClientFinalityUpdate<P>, LightClientHeader,
    LightClientOptimisticUpdate<P>, LightClientUpdate<P>, PendingConsolidation, PendingDeposit,
    PendingPartialWithdrawal, ProposerSlashing, SignedAggregateAndProof<P>, SignedBLSToExecutionChange,
    SignedBeaconBlock<P>, SignedBeaconBlockHeader, SignedContributionAndProof<P>, SignedVoluntaryExit, SigningData,
    SingleAttestation, SyncAggregate<P>, SyncAggregatorSelectionData, SyncCommittee<P>,
    SyncCommitteeContribution<P>, SyncCommitteeMessage, Validator, VoluntaryExit, Withdrawal, WithdrawalRequest;
    "Eth1Block" = foreign::Eth1Block, "NewPayloadRequest" = foreign::NewPayloadRequestElectra<P>, "PowBlock" = foreign::PowBlock
);

rows!(
    of_fulu, FULU, fulu:
    AggregateAndProof<P>, Attestation<P>, AttestationData, AttesterSlashing<P>, BLSToExecutionChange,
    BeaconBlock<P>, BeaconBlockBody<P>, BeaconBlockHeader, BeaconState<P>, Checkpoint, ConsolidationRequest,
    ContributionAndProof<P>, DataColumnSidecar, DataColumnsByRootIdentifier, Deposit, DepositData, DepositMessage,
    DepositRequest, Eth1Data, ExecutionPayload<P>, ExecutionPayloadHeader, ExecutionRequests, Fork, ForkData,
    HistoricalSummary, IndexedAttestation<P>, LightClientBootstrap<P>, LightClientFinalityUpdate<P>,
    LightClientHeader, LightClientOptimisticUpdate<P>, LightClientUpdate<P>, PartialDataColumnGroupID,
    PartialDataColumnHeader, PartialDataColumnPartsMetadata, PartialDataColumnSidecar, PendingConsolidation,
    PendingDeposit, PendingPartialWithdrawal, ProposerSlashing, SignedAggregateAndProof<P>,
    SignedBLSToExecutionChange, SignedBeaconBlock<P>, SignedBeaconBlockHeader, SignedContributionAndProof<P>,
    SignedVoluntaryExit, SigningData, SingleAttestation, SyncAggregate<P>, SyncAggregatorSelectionData,
    SyncCommittee<P>, SyncCommitteeContribution<P>, SyncCommitteeMessage, Validator, VoluntaryExit, Withdrawal,
    WithdrawalRequest;
    "Eth1Block" = foreign::Eth1Block, "MatrixEntry" = foreign::MatrixEntry, "NewPayloadRequest" = foreign::NewPayloadRequestElectra<P>, "PowBlock" = foreign::PowBlock
);

rows!(
    of_gloas, GLOAS, gloas:
    AggregateAndProof<P>, Attestation<P>, AttestationData, AttesterSlashing, BLSToExecutionChange, BeaconBlock<P>,
    BeaconBlockBody<P>, BeaconBlockHeader, BeaconState<P>, Builder, BuilderDepositRequest, BuilderExitRequest,
    BuilderPendingPayment, BuilderPendingWithdrawal, Checkpoint, ConsolidationRequest, ContributionAndProof<P>,
    DataColumnSidecar, DataColumnsByRootIdentifier, Deposit, DepositData, DepositMessage, DepositRequest, Eth1Data,
    ExecutionPayload, ExecutionPayloadBid, ExecutionPayloadEnvelope, ExecutionRequests, Fork, ForkData,
    HistoricalSummary, IndexedAttestation, LightClientBootstrap<P>, LightClientFinalityUpdate<P>,
    LightClientHeader, LightClientOptimisticUpdate<P>, LightClientUpdate<P>, PartialDataColumnGroupID,
    PartialDataColumnPartsMetadata, PartialDataColumnSidecar, PayloadAttestation<P>, PayloadAttestationData,
    PayloadAttestationMessage, PendingConsolidation, PendingDeposit, PendingPartialWithdrawal, ProposerPreferences,
    ProposerSlashing, SignedAggregateAndProof<P>, SignedBLSToExecutionChange, SignedBeaconBlock<P>,
    SignedBeaconBlockHeader, SignedContributionAndProof<P>, SignedExecutionPayloadBid,
    SignedExecutionPayloadEnvelope, SignedProposerPreferences, SignedVoluntaryExit, SigningData, SingleAttestation,
    SyncAggregate<P>, SyncAggregatorSelectionData, SyncCommittee<P>, SyncCommitteeContribution<P>,
    SyncCommitteeMessage, Validator, VoluntaryExit, Withdrawal, WithdrawalRequest;
    "Eth1Block" = foreign::Eth1Block, "IndexedPayloadAttestation" = foreign::IndexedPayloadAttestation<P>,
    "MatrixEntry" = foreign::MatrixEntry, "NewPayloadRequest" = foreign::NewPayloadRequestGloas, "PowBlock" = foreign::PowBlock
);

rows!(
    of_heze, HEZE, heze:
    AggregateAndProof<P>, Attestation<P>, AttestationData, AttesterSlashing, BLSToExecutionChange, BeaconBlock<P>,
    BeaconBlockBody<P>, BeaconBlockHeader, BeaconState<P>, Builder, BuilderDepositRequest, BuilderExitRequest,
    BuilderPendingPayment, BuilderPendingWithdrawal, Checkpoint, ConsolidationRequest, ContributionAndProof<P>,
    DataColumnSidecar, DataColumnsByRootIdentifier, Deposit, DepositData, DepositMessage, DepositRequest, Eth1Data,
    ExecutionPayload, ExecutionPayloadBid, ExecutionPayloadEnvelope, ExecutionRequests, Fork, ForkData,
    HistoricalSummary, InclusionList, IndexedAttestation, LightClientBootstrap<P>, LightClientFinalityUpdate<P>,
    LightClientHeader, LightClientOptimisticUpdate<P>, LightClientUpdate<P>, PartialDataColumnGroupID,
    PartialDataColumnPartsMetadata, PartialDataColumnSidecar, PayloadAttestation<P>, PayloadAttestationData,
    PayloadAttestationMessage, PendingConsolidation, PendingDeposit, PendingPartialWithdrawal, ProposerPreferences,
    ProposerSlashing, SignedAggregateAndProof<P>, SignedBLSToExecutionChange, SignedBeaconBlock<P>,
    SignedBeaconBlockHeader, SignedContributionAndProof<P>, SignedExecutionPayloadBid,
    SignedExecutionPayloadEnvelope, SignedInclusionList, SignedProposerPreferences, SignedVoluntaryExit,
    SigningData, SingleAttestation, SyncAggregate<P>, SyncAggregatorSelectionData, SyncCommittee<P>,
    SyncCommitteeContribution<P>, SyncCommitteeMessage, Validator, VoluntaryExit, Withdrawal, WithdrawalRequest;
    "Eth1Block" = foreign::Eth1Block, "IndexedPayloadAttestation" = foreign::IndexedPayloadAttestation<P>,
    "MatrixEntry" = foreign::MatrixEntry, "NewPayloadRequest" = foreign::NewPayloadRequestGloas, "PowBlock" = foreign::PowBlock
);
