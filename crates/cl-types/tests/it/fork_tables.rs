//! Published digests and record values, written out.

use cl_types::network::ConfiguredFork;
use cl_types::schedule::BlobParameters;
use cl_types::{ChainConfig, Epoch, ForkName, ForkSchedule, ForkVersion, PresetId, Root, ScheduleError, Slot};
use ssz::Encode;

const MAINNET: &str = "
PRESET_BASE: mainnet
CONFIG_NAME: mainnet
GENESIS_FORK_VERSION: 0x00000000
ALTAIR_FORK_VERSION: 0x01000000
ALTAIR_FORK_EPOCH: 74240
BELLATRIX_FORK_VERSION: 0x02000000
BELLATRIX_FORK_EPOCH: 144896
CAPELLA_FORK_VERSION: 0x03000000
CAPELLA_FORK_EPOCH: 194048
DENEB_FORK_VERSION: 0x04000000
DENEB_FORK_EPOCH: 269568
ELECTRA_FORK_VERSION: 0x05000000
ELECTRA_FORK_EPOCH: 364032
FULU_FORK_VERSION: 0x06000000
FULU_FORK_EPOCH: 411392
GLOAS_FORK_EPOCH: 18446744073709551615
BLOB_SCHEDULE: [{EPOCH: 412672, MAX_BLOBS_PER_BLOCK: 15}, {EPOCH: 419072, MAX_BLOBS_PER_BLOCK: 21}]
";
const MAINNET_ROOT: &str = "4b363db94e286120d76eb905340fdd4e54bfe9f06bf33ff6cf5ad27f511bfe95";

const SEPOLIA: &str = "
PRESET_BASE: mainnet
GENESIS_FORK_VERSION: 0x90000069
ALTAIR_FORK_VERSION: 0x90000070
ALTAIR_FORK_EPOCH: 50
BELLATRIX_FORK_VERSION: 0x90000071
BELLATRIX_FORK_EPOCH: 100
CAPELLA_FORK_VERSION: 0x90000072
CAPELLA_FORK_EPOCH: 56832
DENEB_FORK_VERSION: 0x90000073
DENEB_FORK_EPOCH: 132608
ELECTRA_FORK_VERSION: 0x90000074
ELECTRA_FORK_EPOCH: 222464
FULU_FORK_VERSION: 0x90000075
FULU_FORK_EPOCH: 272640
GLOAS_FORK_VERSION: 0x90000076
GLOAS_FORK_EPOCH: 353024
BLOB_SCHEDULE:
  - {EPOCH: 274176, MAX_BLOBS_PER_BLOCK: 15}
  - {EPOCH: 275712, MAX_BLOBS_PER_BLOCK: 21}
";
const SEPOLIA_ROOT: &str = "d8ea171f3c94aea21ebc42a1ed61052acf3f9209c00e4efbaaddac09ed9b8078";

const HOODI: &str = "
PRESET_BASE: mainnet
GENESIS_FORK_VERSION: 0x10000910
ALTAIR_FORK_VERSION: 0x20000910
ALTAIR_FORK_EPOCH: 0
BELLATRIX_FORK_VERSION: 0x30000910
BELLATRIX_FORK_EPOCH: 0
CAPELLA_FORK_VERSION: 0x40000910
CAPELLA_FORK_EPOCH: 0
DENEB_FORK_VERSION: 0x50000910
DENEB_FORK_EPOCH: 0
ELECTRA_FORK_VERSION: 0x60000910
ELECTRA_FORK_EPOCH: 2048
FULU_FORK_VERSION: 0x70000910
FULU_FORK_EPOCH: 50688
BLOB_SCHEDULE:
  - {EPOCH: 52480, MAX_BLOBS_PER_BLOCK: 15}
  - {EPOCH: 54016, MAX_BLOBS_PER_BLOCK: 21}
";
const HOODI_ROOT: &str = "212f13fc4df078b6cb7db228f1c8307566dcecf900867401a92023d7ba99cb5f";

fn schedule(config: &str, root: &str) -> ForkSchedule {
    ForkSchedule::new(&ChainConfig::from_yaml(config).unwrap(), root.parse().unwrap()).unwrap()
}

/// Epoch and digest of every era.
fn eras(schedule: &ForkSchedule) -> Vec<(u64, String)> {
    schedule
        .entries()
        .map(|entry| (entry.epoch.0, entry.digest.to_string()))
        .collect()
}

fn table(rows: &[(u64, &str)]) -> Vec<(u64, String)> {
    rows.iter()
        .map(|(epoch, digest)| (*epoch, (*digest).to_owned()))
        .collect()
}

#[test]
fn mainnet_digests() {
    let expected = [
        (0, "b5303f2a"),
        (74_240, "afcaaba0"),
        (144_896, "4a26c58b"),
        (194_048, "bba4da96"),
        (269_568, "6a95a1a9"),
        (364_032, "ad532ceb"),
        (411_392, "cc2c5cdb"),
        (412_672, "cb0d1acc"),
        (419_072, "8c9f62fe"),
    ];
    assert_eq!(eras(&schedule(MAINNET, MAINNET_ROOT)), table(&expected));
    let before_genesis = schedule(MAINNET, &"00".repeat(32));
    assert_eq!(before_genesis.at(Epoch(0)).digest.to_string(), "f5a5fd42");
}

#[test]
fn sepolia_digests() {
    let expected = [
        (0, "a8fee8ee"),
        (50, "60725ca1"),
        (100, "36fa5013"),
        (56_832, "47eb72b3"),
        (132_608, "d31f6191"),
        (222_464, "14045b5a"),
        (272_640, "7e0d3447"),
        (274_176, "fd32b622"),
        (275_712, "74d01459"),
        (353_024, "669e6c11"),
    ];
    assert_eq!(eras(&schedule(SEPOLIA, SEPOLIA_ROOT)), table(&expected));
}

#[test]
fn hoodi_digests() {
    let expected = [
        (0, "d2f1997f"),
        (2048, "82556a32"),
        (50_688, "e2abcca4"),
        (52_480, "ae9f70a0"),
        (54_016, "c6ecb76c"),
    ];
    assert_eq!(eras(&schedule(HOODI, HOODI_ROOT)), table(&expected));
}

#[test]
fn record_values() {
    let mainnet = schedule(MAINNET, MAINNET_ROOT);
    let sepolia = schedule(SEPOLIA, SEPOLIA_ROOT);
    for (schedule, epoch, eth2, nfd) in [
        (&mainnet, 411_391, "ad532ceb060000000047060000000000", "cc2c5cdb"),
        (&mainnet, 411_392, "cc2c5cdb06000000004c060000000000", "cb0d1acc"),
        (&mainnet, 412_671, "cc2c5cdb06000000004c060000000000", "cb0d1acc"),
        (&mainnet, 412_672, "cb0d1acc060000000065060000000000", "8c9f62fe"),
        (&mainnet, 419_072, "8c9f62fe06000000ffffffffffffffff", "00000000"),
        (&sepolia, 275_712, "74d01459900000760063050000000000", "669e6c11"),
    ] {
        assert_eq!(hex::encode(schedule.enr_fork_id(Epoch(epoch)).as_ssz_bytes()), eth2);
        assert_eq!(schedule.next_fork_digest(Epoch(epoch)).to_string(), nfd);
    }
    assert!(mainnet.has_fulu());
}

/// A chain in which everything up to Fulu starts at once.
fn dense(version: [u8; 4], root: u8) -> ForkSchedule {
    let mut config = ChainConfig::from_yaml(MAINNET).unwrap();
    for (name, fork) in ForkName::ALL.into_iter().zip(&mut config.forks) {
        if name <= ForkName::Fulu {
            *fork = ConfiguredFork {
                version: ForkVersion(version),
                epoch: Epoch(0),
            };
        }
    }
    let blobs = [(9, 9), (100, 100), (150, 175), (200, 200), (250, 275), (300, 300)];
    config.blob_schedule = blobs
        .map(|(epoch, max_blobs_per_block)| BlobParameters {
            epoch: Epoch(epoch),
            max_blobs_per_block,
        })
        .to_vec();
    ForkSchedule::new(&config, Root::repeat_byte(root)).unwrap()
}

#[test]
fn the_specification_s_own_digests() {
    for (epochs, digest) in [
        (&[9, 10, 11, 99][..], "ab3ae6c8"),
        (&[100, 101], "df67557b"),
        (&[150, 199], "8ab38b59"),
        (&[200, 201], "d9b81438"),
        (&[250, 299], "4ef32a62"),
        (&[300, 301], "ca100d64"),
    ] {
        for epoch in epochs {
            assert_eq!(dense([6, 0, 0, 0], 0).at(Epoch(*epoch)).digest.to_string(), digest);
        }
    }
    for (epoch, version, root, digest) in [
        (9, [6, 0, 0, 0], 1, "89671111"),
        (9, [6, 0, 0, 0], 2, "f49b0e24"),
        (9, [6, 0, 0, 0], 3, "86544e4f"),
        (100, [6, 0, 0, 0], 1, "fd3aa2a2"),
        (100, [6, 0, 0, 0], 2, "80c6bd97"),
        (100, [6, 0, 0, 0], 3, "f209fdfc"),
        (9, [6, 0, 0, 1], 0, "30f8c25b"),
        (9, [7, 0, 0, 0], 0, "0432f5a9"),
        (9, [7, 0, 0, 1], 0, "6e69a671"),
        (100, [6, 0, 0, 1], 0, "44a571e8"),
        (100, [7, 0, 0, 0], 0, "706f461a"),
        (100, [7, 0, 0, 1], 0, "1a3415c2"),
    ] {
        assert_eq!(dense(version, root).at(Epoch(epoch)).digest.to_string(), digest);
    }
}

#[test]
fn a_plan_joins_ahead_leaves_late_and_tolerates_neighbours() {
    let schedule = schedule(MAINNET, MAINNET_ROOT);
    assert_eq!(schedule.preset(), PresetId::Mainnet);
    let digests = |slot: u64| {
        let plan = schedule.plan(Slot(slot));
        let joined: Vec<_> = plan.joined.iter().map(|entry| entry.digest.to_string()).collect();
        (
            plan.active.digest.to_string(),
            joined.join(" "),
            plan.tolerated.map(|digest| digest.to_string()),
        )
    };
    let fork = 412_672 * 32;
    let (old, new) = ("cc2c5cdb".to_owned(), "cb0d1acc".to_owned());
    let both = "cc2c5cdb cb0d1acc".to_owned();
    assert_eq!(digests(fork - 65), (old.clone(), old.clone(), None));
    assert_eq!(digests(fork - 64), (old.clone(), both.clone(), None));
    assert_eq!(digests(fork - 1), (old.clone(), both.clone(), Some(new.clone())));
    assert_eq!(digests(fork), (new.clone(), both.clone(), Some(old)));
    assert_eq!(digests(fork + 1), (new.clone(), both.clone(), None));
    assert_eq!(digests(fork + 63), (new.clone(), both, None));
    assert_eq!(digests(fork + 64), (new.clone(), new, None));
}

#[test]
fn contradictions_are_refused() {
    let root = Root::ZERO;
    let mut config = ChainConfig::from_yaml(MAINNET).unwrap();
    config.apply("CAPELLA_FORK_EPOCH", "1").unwrap();
    let refused = ForkSchedule::new(&config, root).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "capella is scheduled for epoch 1, before bellatrix at epoch 144896"
    );

    let mut config = ChainConfig::from_yaml(MAINNET).unwrap();
    config
        .apply(
            "BLOB_SCHEDULE",
            "[{EPOCH: 5, MAX_BLOBS_PER_BLOCK: 1}, {EPOCH: 5, MAX_BLOBS_PER_BLOCK: 1}]",
        )
        .unwrap();
    assert_eq!(
        ForkSchedule::new(&config, root),
        Err(ScheduleError::DuplicateBlobEpoch(Epoch(5)))
    );
}
