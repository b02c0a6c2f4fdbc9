//! Every container against the executable specification: same bytes, same root, and only one way to write a value.

use std::path::Path;

use cl_types::containers::{
    AggregateAndProof, Attestation, AttestationData, AttesterSlashing, BLSToExecutionChange, BeaconBlock,
    BeaconBlockBody, BeaconBlockHeader, Checkpoint, ConsolidationRequest, ContributionAndProof, DataColumnSidecar,
    DataColumnsByRootIdentifier, Deposit, DepositData, DepositRequest, Eth1Data, ExecutionPayload,
    ExecutionPayloadHeader, ExecutionRequests, IndexedAttestation, LightClientFinalityUpdate, LightClientHeader,
    LightClientOptimisticUpdate, ProposerSlashing, SignedAggregateAndProof, SignedBLSToExecutionChange,
    SignedBeaconBlock, SignedBeaconBlockHeader, SignedContributionAndProof, SignedVoluntaryExit, SingleAttestation,
    SyncAggregate, SyncCommitteeContribution, SyncCommitteeMessage, VoluntaryExit, Withdrawal, WithdrawalRequest,
};
use cl_types::{Mainnet, Minimal, Preset};
use ssz::{Decode, Encode};
use tree_hash::TreeHash;

use crate::shared;

fn snappy(path: &Path) -> Vec<u8> {
    snap::raw::Decoder::new().decompress_vec(&std::fs::read(path).unwrap()).unwrap()
}

/// Checks every case of a type and says how many there were.
fn check<T: Decode + Encode + TreeHash>(fork: &Path, name: &str) -> usize {
    let mut cases = 0;
    for suite in std::fs::read_dir(fork.join(name)).unwrap() {
        for case in std::fs::read_dir(suite.unwrap().path()).unwrap() {
            let case = case.unwrap().path();
            let ssz = snappy(&case.join("serialized.ssz_snappy"));
            let value = T::from_ssz_bytes(&ssz).unwrap_or_else(|error| panic!("{}: {error:?}", case.display()));
            assert!(value.as_ssz_bytes() == ssz, "{}", case.display());
            assert_eq!(value.ssz_bytes_len(), ssz.len(), "{}", case.display());
            let roots = std::fs::read_to_string(case.join("roots.yaml")).unwrap();
            assert!(roots.contains(&value.tree_hash_root().to_string()), "{}: {roots}", case.display());
            check_strictness::<T>(&ssz, &case);
            cases += 1;
        }
    }
    assert!(cases > 0, "no cases of {name}");
    cases
}

/// Bytes that were tampered with are refused, or are another value in its only form.
fn check_strictness<T: Decode + Encode>(ssz: &[u8], case: &Path) {
    let canonical_or_refused = |bytes: &[u8], what: &str| {
        let fixed_len = <T as Decode>::is_ssz_fixed_len();
        match T::from_ssz_bytes(bytes) {
            Ok(_) if fixed_len && bytes.len() != ssz.len() => {
                panic!("{} {what}: {} bytes", case.display(), bytes.len())
            }
            Ok(value) => assert!(value.as_ssz_bytes() == bytes, "{} {what}", case.display()),
            Err(_) => {}
        }
    };
    let step = ssz.len() / 200 + 1;
    for len in (0..ssz.len()).step_by(step) {
        canonical_or_refused(&ssz[..len], "cut");
    }
    for tail in [[0], [1], [255]] {
        canonical_or_refused(&[ssz, &tail].concat(), "with a tail");
    }
    // Offsets stand within the first bytes of a container.
    for i in (0..ssz.len().min(700)).chain((0..ssz.len()).step_by(step)) {
        for flip in [1, 4, 0x80] {
            let mut bytes = ssz.to_vec();
            bytes[i] ^= flip;
            canonical_or_refused(&bytes, "with a bit flipped");
        }
    }
}

macro_rules! check_all {
    ($fork:expr, $($name:ident $(<$p:ident>)?),+ $(,)?) => {
        [$(check::<$name $(<$p>)?>($fork, stringify!($name))),+].iter().sum::<usize>()
    };
}

fn check_electra_and_fulu<P: Preset>() {
    for fork in ["electra", "fulu"] {
        let Some(dir) = shared::vectors(&format!("B_ssz_static/{}/{fork}/ssz_static", P::ID)) else {
            return;
        };
        let mut cases = check_all!(
            &dir,
            AggregateAndProof<P>,
            Attestation<P>,
            AttestationData,
            AttesterSlashing<P>,
            BLSToExecutionChange,
            BeaconBlock<P>,
            BeaconBlockBody<P>,
            BeaconBlockHeader,
            Checkpoint,
            ConsolidationRequest,
            ContributionAndProof<P>,
            Deposit,
            DepositData,
            DepositRequest,
            Eth1Data,
            ExecutionPayload<P>,
            ExecutionPayloadHeader,
            ExecutionRequests,
            IndexedAttestation<P>,
            LightClientFinalityUpdate<P>,
            LightClientHeader,
            LightClientOptimisticUpdate<P>,
            ProposerSlashing,
            SignedAggregateAndProof<P>,
            SignedBLSToExecutionChange,
            SignedBeaconBlock<P>,
            SignedBeaconBlockHeader,
            SignedContributionAndProof<P>,
            SignedVoluntaryExit,
            SingleAttestation,
            SyncAggregate<P>,
            SyncCommitteeContribution<P>,
            SyncCommitteeMessage,
            VoluntaryExit,
            Withdrawal,
            WithdrawalRequest,
        );
        if fork == "fulu" {
            cases += check_all!(&dir, DataColumnSidecar, DataColumnsByRootIdentifier);
        }
        assert!(cases >= 36, "only {cases} cases");
    }
}

#[test]
fn minimal_preset() {
    check_electra_and_fulu::<Minimal>();
}

#[test]
fn mainnet_preset() {
    check_electra_and_fulu::<Mainnet>();
}
