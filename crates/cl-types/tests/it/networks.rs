//! The embedded networks, era by era, and what a folder keeps of a network.

use std::fs;
use std::path::{Path, PathBuf};

use cl_types::network::{ConfiguredFork, WriteError};
use cl_types::schedule::BlobParameters;
use cl_types::{ChainConfig, Epoch, ForkName, ForkVersion, Genesis, Network, PresetId, Root};
use proptest::prelude::*;
use tempfile::TempDir;

use crate::shared;

/// Epoch, fork, version, most blobs with the epoch from which that holds, digest.
type Era = (u64, &'static str, &'static str, Option<(u64, u64)>, &'static str);

const MAINNET: [Era; 9] = [
    (0, "phase0", "0x00000000", None, "b5303f2a"),
    (74_240, "altair", "0x01000000", None, "afcaaba0"),
    (144_896, "bellatrix", "0x02000000", None, "4a26c58b"),
    (194_048, "capella", "0x03000000", None, "bba4da96"),
    (269_568, "deneb", "0x04000000", None, "6a95a1a9"),
    (364_032, "electra", "0x05000000", None, "ad532ceb"),
    (411_392, "fulu", "0x06000000", Some((364_032, 9)), "cc2c5cdb"),
    (412_672, "fulu", "0x06000000", Some((412_672, 15)), "cb0d1acc"),
    (419_072, "fulu", "0x06000000", Some((419_072, 21)), "8c9f62fe"),
];

const SEPOLIA: [Era; 10] = [
    (0, "phase0", "0x90000069", None, "a8fee8ee"),
    (50, "altair", "0x90000070", None, "60725ca1"),
    (100, "bellatrix", "0x90000071", None, "36fa5013"),
    (56_832, "capella", "0x90000072", None, "47eb72b3"),
    (132_608, "deneb", "0x90000073", None, "d31f6191"),
    (222_464, "electra", "0x90000074", None, "14045b5a"),
    (272_640, "fulu", "0x90000075", Some((222_464, 9)), "7e0d3447"),
    (274_176, "fulu", "0x90000075", Some((274_176, 15)), "fd32b622"),
    (275_712, "fulu", "0x90000075", Some((275_712, 21)), "74d01459"),
    (353_024, "gloas", "0x90000076", Some((275_712, 21)), "669e6c11"),
];

const HOODI: [Era; 5] = [
    (0, "deneb", "0x50000910", None, "d2f1997f"),
    (2048, "electra", "0x60000910", None, "82556a32"),
    (50_688, "fulu", "0x70000910", Some((2048, 9)), "e2abcca4"),
    (52_480, "fulu", "0x70000910", Some((52_480, 15)), "ae9f70a0"),
    (54_016, "fulu", "0x70000910", Some((54_016, 21)), "c6ecb76c"),
];

#[test]
fn embedded_networks_have_the_published_eras() {
    for (name, genesis_time, root, eras) in [
        ("mainnet", 1_606_824_023, "4b363db94e286120d76eb905340fdd4e54bfe9f06bf33ff6cf5ad27f511bfe95", &MAINNET[..]),
        ("sepolia", 1_655_733_600, "d8ea171f3c94aea21ebc42a1ed61052acf3f9209c00e4efbaaddac09ed9b8078", &SEPOLIA),
        ("hoodi", 1_742_213_400, "212f13fc4df078b6cb7db228f1c8307566dcecf900867401a92023d7ba99cb5f", &HOODI),
    ] {
        let network = Network::named(name).unwrap();
        assert_eq!((network.config.name.as_str(), network.genesis.time), (name, genesis_time));
        assert_eq!(network.genesis.validators_root, root.parse::<Root>().unwrap(), "{name}");
        assert_eq!((network.config.preset, network.config.slot_duration_ms), (PresetId::Mainnet, 12_000));
        assert!(!network.boot_nodes.is_empty(), "{name}");
        let schedule = network.schedule().unwrap();
        let found: Vec<_> = schedule
            .entries()
            .map(|entry| {
                let blobs = entry.blobs.map(|blobs| (blobs.epoch.0, blobs.max_blobs_per_block));
                let (version, digest) = (entry.version.to_string(), entry.digest.to_string());
                (entry.epoch.0, entry.fork.as_str(), version, blobs, digest)
            })
            .collect();
        let expected: Vec<_> = eras
            .iter()
            .map(|(epoch, fork, version, blobs, digest)| {
                (*epoch, *fork, (*version).to_owned(), *blobs, (*digest).to_owned())
            })
            .collect();
        assert_eq!(found, expected, "{name}");
    }
}

/// Digests that published boot records of these networks bear.
#[test]
fn gnosis_networks_have_the_digests_of_their_records() {
    for (name, epoch, digest) in
        [("gnosis", 385_536, "824be431"), ("chiado", 180, "31367043"), ("chiado", 516_608, "9d33b675")]
    {
        let network = Network::named(name).unwrap();
        assert_eq!((network.config.preset, network.config.slot_duration_ms), (PresetId::Gnosis, 5000));
        let schedule = network.schedule().unwrap();
        let entry = schedule.at(Epoch(epoch));
        assert_eq!((entry.epoch, entry.digest.to_string().as_str()), (Epoch(epoch), digest));
        assert_eq!(schedule.start_slot(Epoch(3)), cl_types::Slot(48));
    }
}

/// Also what is not scheduled, and what was never current because a later fork began at once.
#[test]
fn embedded_networks_are_those_of_the_executable_specification() {
    let Some(file) = shared::json("C_fork_digest/networks.json") else {
        return;
    };
    let mut compared = 0;
    for item in file["networks"].as_array().unwrap() {
        let theirs = &item["network"];
        let Ok(ours) = Network::named(theirs["name"].as_str().unwrap()) else {
            continue;
        };
        assert_eq!(Root::from(shared::bytes32(&theirs["genesis_validators_root"])), ours.genesis.validators_root);
        let mut blobs: Vec<_> = theirs["blob_schedule"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| (shared::number(&row["epoch"]), shared::number(&row["max_blobs_per_block"])))
            .collect();
        blobs.sort_unstable();
        let mine: Vec<_> = ours.config.blob_schedule.iter().map(|row| (row.epoch.0, row.max_blobs_per_block)).collect();
        assert_eq!(blobs, mine);
        for fork in ForkName::ALL.into_iter().skip(1).filter(|fork| *fork <= ForkName::Fulu) {
            let row = &theirs["forks"][fork.as_str()];
            let found = ours.config.fork(fork);
            assert_eq!(found.version, row["version"].as_str().unwrap().parse().unwrap(), "{fork}");
            assert_eq!(found.epoch.0, shared::number(&row["epoch"]), "{fork}");
        }
        compared += 1;
    }
    assert!(compared >= 2, "only {compared} networks are in both");
}

fn lab_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/lab")
}

/// Writes a network to a new folder and reads it again.
fn there_and_back(network: &Network) -> Network {
    let dir = TempDir::new().unwrap();
    let folder = dir.path().join("new/folder");
    network.write_to_dir(&folder).unwrap();
    Network::from_dir(&folder).unwrap()
}

#[test]
fn a_folder_of_another_client_s_facts_round_trips() {
    let network = Network::from_dir(&lab_folder()).unwrap();
    assert_eq!(network.config.preset, PresetId::Minimal);
    let epochs: Vec<_> = network.schedule().unwrap().entries().map(|entry| (entry.epoch.0, entry.fork)).collect();
    assert_eq!(epochs, [(0, ForkName::Electra), (2, ForkName::Fulu), (4, ForkName::Fulu)]);
    assert_eq!(network.boot_nodes.len(), 1);
    assert_eq!(there_and_back(&network), network);
}

#[test]
fn embedded_networks_round_trip() {
    for name in Network::names() {
        let network = Network::named(name).unwrap();
        assert_eq!(there_and_back(&network), network, "{name}");
    }
}

#[test]
fn a_folder_with_something_in_it_is_not_written_to() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("genesis.ssz"), [0; 40]).unwrap();
    let error = Network::named("hoodi").unwrap().write_to_dir(dir.path()).unwrap_err();
    assert!(matches!(error, WriteError::NotEmpty { .. }));
    assert_eq!(error.to_string(), format!("{}: not empty; name a new folder", dir.path().display()));
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);

    let file = dir.path().join("genesis.ssz");
    let error = Network::named("hoodi").unwrap().write_to_dir(&file).unwrap_err();
    assert!(error.to_string().starts_with(&format!("{}: cannot be written: ", file.display())), "{error}");
}

fn any_network() -> impl Strategy<Value = Network> {
    let forks = proptest::array::uniform9((any::<[u8; 4]>(), prop_oneof![Just(u64::MAX), any::<u64>()]));
    let blobs = proptest::collection::btree_map(any::<u64>(), 0..=4096u64, 0..5);
    let name = "[^\\s\\p{C}](\\PC*[^\\s\\p{C}])?|[a-z\"'\\\\#:{-]+x";
    (forks, blobs, name, any::<bool>(), 0..=4096u64, 1..=u64::MAX, any::<(u64, [u8; 32])>()).prop_map(
        |(mut forks, blobs, name, is_mainnet, max_blobs, slot_ms, (time, root))| {
            forks[0].1 = 0;
            forks.sort_unstable_by_key(|(_, epoch)| *epoch);
            Network {
                config: ChainConfig {
                    name,
                    preset: if is_mainnet { PresetId::Mainnet } else { PresetId::Minimal },
                    forks: forks
                        .map(|(version, epoch)| ConfiguredFork { version: ForkVersion(version), epoch: Epoch(epoch) }),
                    blob_schedule: blobs
                        .into_iter()
                        .map(|(epoch, max_blobs_per_block)| BlobParameters { epoch: Epoch(epoch), max_blobs_per_block })
                        .collect(),
                    max_blobs_per_block_electra: max_blobs,
                    slot_duration_ms: slot_ms,
                },
                genesis: Genesis { time, validators_root: Root::from(root) },
                boot_nodes: vec!["enr:-one".to_owned(), "enr:-\"two\"".to_owned()],
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_network_round_trips(network in any_network()) {
        prop_assert_eq!(there_and_back(&network), network);
    }
}
