//! The messages of the executable specification's gossip cases: they decode, and their sizes are within bounds.

use std::path::{Path, PathBuf};

use cl_types::containers::{FirstSeen, decodes};
use cl_types::topic::TopicKind;
use cl_types::{ChainConfig, ForkName, ForkSchedule, PresetId, Root};
use proptest::prelude::*;

use crate::shared;

const KINDS: [(&str, TopicKind); 10] = [
    ("block_0x", TopicKind::BeaconBlock),
    ("aggregate_0x", TopicKind::BeaconAggregateAndProof),
    ("single_attestation_0x", TopicKind::BeaconAttestation(0)),
    ("voluntary_exit_0x", TopicKind::VoluntaryExit),
    ("proposer_slashing_0x", TopicKind::ProposerSlashing),
    ("attester_slashing_0x", TopicKind::AttesterSlashing),
    ("contribution_0x", TopicKind::SyncCommitteeContributionAndProof),
    ("sync_committee_message_0x", TopicKind::SyncCommittee(0)),
    ("bls_to_execution_change_0x", TopicKind::BlsToExecutionChange),
    ("data_column_sidecar_0x", TopicKind::DataColumnSidecar(0)),
];

/// Every file below a folder.
fn files(dir: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, into) } else { into.push(path) }
    }
}

/// The only era of a chain that starts with a fork.
fn schedule(fork: ForkName, preset: PresetId) -> ForkSchedule {
    let mut config =
        ChainConfig::from_yaml(&format!("PRESET_BASE: {preset}\nGENESIS_FORK_VERSION: 0x00000001\n")).unwrap();
    for name in ForkName::ALL.into_iter().filter(|name| (ForkName::Altair..=fork).contains(name)) {
        config.apply(&format!("{}_FORK_EPOCH", name.as_str().to_uppercase()), "0").unwrap();
    }
    ForkSchedule::new(&config, Root::ZERO).unwrap()
}

fn most_blobs(config: &ChainConfig) -> u64 {
    ForkSchedule::new(config, Root::ZERO).unwrap().max_blobs_anywhere()
}

#[test]
fn every_message_decodes_and_fits() {
    for (preset, fork) in [
        (PresetId::Minimal, ForkName::Electra),
        (PresetId::Minimal, ForkName::Fulu),
        (PresetId::Mainnet, ForkName::Fulu),
    ] {
        let Some(dir) = shared::vectors(&format!("A_networking/{preset}/{fork}/networking")) else {
            return;
        };
        let schedule = schedule(fork, preset);
        let entry = schedule.entries().next().unwrap();
        assert_eq!(entry.fork, fork);
        let mut paths = Vec::new();
        files(&dir, &mut paths);
        let mut seen = std::collections::BTreeMap::new();
        for path in paths {
            let name = path.file_name().unwrap().to_str().unwrap();
            let Some((prefix, kind)) = KINDS.into_iter().find(|(prefix, _)| name.starts_with(prefix)) else {
                continue;
            };
            let ssz = snap::raw::Decoder::new().decompress_vec(&std::fs::read(&path).unwrap()).unwrap();
            let facts = decodes(kind, fork, preset, &ssz).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            if let Some(FirstSeen::Column { index, .. }) = facts.dedup {
                assert_eq!(facts.subnet, Some(index));
            }
            let most_blobs = match std::fs::read_to_string(path.with_file_name("config.yaml")) {
                Ok(text) => most_blobs(&ChainConfig::from_yaml(&text).unwrap()),
                Err(_) => schedule.max_blobs_anywhere(),
            };
            assert!(kind.ssz_bounds(entry, preset, most_blobs).contains(&ssz.len()), "{}", path.display());
            *seen.entry(prefix).or_insert(0) += 1;
        }
        let expected = KINDS.len() - usize::from(fork < ForkName::Fulu);
        assert_eq!(seen.len(), expected, "{seen:?} in {fork}");
    }
}

proptest! {
    /// Whatever a peer sends, decoding ends with an answer.
    #[test]
    fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..2500), start in 0..8usize) {
        // Plausible offsets first, or nothing gets past the first check.
        let offsets: [&[u8]; 8] = [&[], &[100, 0, 0, 0], &[8, 0, 0, 0], &[236, 0, 0, 0], &[100, 1, 0, 0], &[84, 0, 0, 0], &[0], &[255]];
        let ssz = [offsets[start], &bytes].concat();
        for fork in ForkName::ALL {
            for (_, kind) in KINDS {
                for preset in [PresetId::Mainnet, PresetId::Minimal] {
                    let _ = decodes(kind, fork, preset, &ssz);
                }
            }
        }
        let _ = cl_types::containers::block_slot_and_parent(&ssz);
    }
}
