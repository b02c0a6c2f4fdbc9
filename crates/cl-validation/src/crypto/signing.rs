//! What signatures are made over.

use cl_types::containers::{Bytes32, SigningData};
use cl_types::schedule::fork_data_root;
use cl_types::{ForkVersion, Root};
use tree_hash::TreeHash;

/// What a signature is for (`DomainType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Domain {
    /// `DOMAIN_BEACON_PROPOSER`
    BeaconProposer,
    /// `DOMAIN_BEACON_ATTESTER`
    BeaconAttester,
    /// `DOMAIN_VOLUNTARY_EXIT`
    VoluntaryExit,
    /// `DOMAIN_SELECTION_PROOF`
    SelectionProof,
    /// `DOMAIN_AGGREGATE_AND_PROOF`
    AggregateAndProof,
    /// `DOMAIN_SYNC_COMMITTEE`
    SyncCommittee,
    /// `DOMAIN_SYNC_COMMITTEE_SELECTION_PROOF`
    SyncCommitteeSelectionProof,
    /// `DOMAIN_CONTRIBUTION_AND_PROOF`
    ContributionAndProof,
    /// `DOMAIN_BLS_TO_EXECUTION_CHANGE`
    BlsToExecutionChange,
    /// `DOMAIN_BEACON_BUILDER`
    BeaconBuilder,
    /// `DOMAIN_PTC_ATTESTER`
    PtcAttester,
    /// `DOMAIN_PROPOSER_PREFERENCES`
    ProposerPreferences,
    /// `DOMAIN_INCLUSION_LIST_COMMITTEE`
    InclusionListCommittee,
}

impl Domain {
    const fn number(self) -> u8 {
        match self {
            Self::BeaconProposer => 0x00,
            Self::BeaconAttester => 0x01,
            Self::VoluntaryExit => 0x04,
            Self::SelectionProof => 0x05,
            Self::AggregateAndProof => 0x06,
            Self::SyncCommittee => 0x07,
            Self::SyncCommitteeSelectionProof => 0x08,
            Self::ContributionAndProof => 0x09,
            Self::BlsToExecutionChange => 0x0a,
            Self::BeaconBuilder => 0x0b,
            Self::PtcAttester => 0x0c,
            Self::ProposerPreferences => 0x0d,
            Self::InclusionListCommittee => 0x10,
        }
    }

    /// `compute_domain`.
    #[must_use]
    pub fn compute(self, version: ForkVersion, genesis_validators_root: Root) -> Bytes32 {
        let mut domain = [0; 32];
        let fork = fork_data_root(version, genesis_validators_root);
        for (to, from) in domain.iter_mut().zip([self.number(), 0, 0, 0].into_iter().chain(fork)) {
            *to = from;
        }
        domain.into()
    }
}

/// `compute_signing_root`.
#[must_use]
pub fn signing_root(object_root: Root, domain: Bytes32) -> Root {
    SigningData { object_root, domain }.tree_hash_root()
}
