//! One decode entry for each family of containers, one for their JSON and one for requests. Each takes a header of three
//! bytes (preset, fork, which container of the family) and SSZ or text.

use bytes::Bytes;
use cl_types::ForkName;
use cl_vectors::table::{self, Entry};

use crate::Target;
use crate::requests::requests;
use crate::targets::{Input, parse};

/// A family: its name and its containers, whatever the fork.
type Family = (&'static str, &'static [&'static str]);

const VOTES: Family = (
    "votes",
    &[
        "AggregateAndProof",
        "Attestation",
        "AttestationData",
        "AttesterSlashing",
        "Checkpoint",
        "IndexedAttestation",
        "IndexedPayloadAttestation",
        "PayloadAttestation",
        "PayloadAttestationData",
        "PayloadAttestationMessage",
        "SignedAggregateAndProof",
        "SingleAttestation",
    ],
);

const SYNC: Family = (
    "sync",
    &[
        "ContributionAndProof",
        "SignedContributionAndProof",
        "SyncAggregate",
        "SyncAggregatorSelectionData",
        "SyncCommittee",
        "SyncCommitteeContribution",
        "SyncCommitteeMessage",
    ],
);

const BLOCKS: Family = (
    "blocks",
    &["BeaconBlock", "BeaconBlockBody", "BeaconBlockHeader", "SignedBeaconBlock", "SignedBeaconBlockHeader"],
);

const OPERATIONS: Family = (
    "operations",
    &[
        "BLSToExecutionChange",
        "BuilderDepositRequest",
        "BuilderExitRequest",
        "ConsolidationRequest",
        "Deposit",
        "DepositData",
        "DepositMessage",
        "DepositRequest",
        "Eth1Block",
        "Eth1Data",
        "ExecutionRequests",
        "ProposerSlashing",
        "SignedBLSToExecutionChange",
        "SignedVoluntaryExit",
        "VoluntaryExit",
        "Withdrawal",
        "WithdrawalRequest",
    ],
);

const PAYLOADS: Family = (
    "payloads",
    &[
        "ExecutionPayload",
        "ExecutionPayloadBid",
        "ExecutionPayloadEnvelope",
        "ExecutionPayloadHeader",
        "InclusionList",
        "NewPayloadRequest",
        "PowBlock",
        "ProposerPreferences",
        "SignedExecutionPayloadBid",
        "SignedExecutionPayloadEnvelope",
        "SignedInclusionList",
        "SignedProposerPreferences",
    ],
);

const BLOBS: Family = (
    "blobs",
    &[
        "BlobIdentifier",
        "BlobSidecar",
        "DataColumnSidecar",
        "DataColumnsByRootIdentifier",
        "MatrixEntry",
        "PartialDataColumnGroupID",
        "PartialDataColumnHeader",
        "PartialDataColumnPartsMetadata",
        "PartialDataColumnSidecar",
    ],
);

const LIGHT_CLIENT: Family = (
    "light-client",
    &[
        "LightClientBootstrap",
        "LightClientFinalityUpdate",
        "LightClientHeader",
        "LightClientOptimisticUpdate",
        "LightClientUpdate",
    ],
);

const STATES: Family = (
    "states",
    &[
        "BeaconState",
        "Builder",
        "BuilderPendingPayment",
        "BuilderPendingWithdrawal",
        "Fork",
        "ForkData",
        "HistoricalBatch",
        "HistoricalSummary",
        "PendingAttestation",
        "PendingConsolidation",
        "PendingDeposit",
        "PendingPartialWithdrawal",
        "SigningData",
        "Validator",
    ],
);

/// All of them.
const ALL: [Family; 8] = [VOTES, SYNC, BLOCKS, OPERATIONS, PAYLOADS, BLOBS, LIGHT_CLIENT, STATES];

/// The targets of this file.
pub const FAMILIES: [Target; 10] = [
    Target { name: VOTES.0, run: |input| ssz(VOTES, input) },
    Target { name: SYNC.0, run: |input| ssz(SYNC, input) },
    Target { name: BLOCKS.0, run: |input| ssz(BLOCKS, input) },
    Target { name: OPERATIONS.0, run: |input| ssz(OPERATIONS, input) },
    Target { name: PAYLOADS.0, run: |input| ssz(PAYLOADS, input) },
    Target { name: BLOBS.0, run: |input| ssz(BLOBS, input) },
    Target { name: LIGHT_CLIENT.0, run: |input| ssz(LIGHT_CLIENT, input) },
    Target { name: STATES.0, run: |input| ssz(STATES, input) },
    Target { name: "json", run: json },
    Target { name: "requests", run: requests },
];

/// Where a container stands among those that a fork has in a family, which the third byte of an input says; `None` if it
/// is not in this family.
#[must_use]
pub fn place(family: &str, fork: ForkName, container: &str) -> Option<usize> {
    let family = ALL.into_iter().find(|(name, _)| *name == family)?;
    names(family, fork).position(|name| name == container)
}

/// The containers of a family that a fork has.
fn names(family: Family, fork: ForkName) -> impl Iterator<Item = &'static str> {
    family.1.iter().copied().filter(move |name| table::names(fork).contains(name))
}

fn entry(of: Family, input: &Input<'_>) -> Option<Entry> {
    let count = names(of, input.fork).count();
    let name = names(of, input.fork).nth(input.which.checked_rem(count)?)?;
    table::entry_of(input.preset, input.fork, name)
}

fn ssz(family: Family, input: &[u8]) -> bool {
    let Some(input) = parse(input) else { return true };
    entry(family, &input).is_none_or(|entry| (entry.harmless)(&Bytes::copy_from_slice(input.ssz)).is_ok())
}

fn json(input: &[u8]) -> bool {
    let Some(input) = parse(input) else { return true };
    let names = table::names(input.fork);
    let name = input.which.checked_rem(names.len()).and_then(|which| names.get(which));
    let entry = name.and_then(|name| table::entry_of(input.preset, input.fork, name));
    entry.and_then(|entry| entry.harmless_json).is_none_or(|harmless| harmless(input.ssz).is_ok())
}
