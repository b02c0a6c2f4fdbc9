//! Published digests and record values, written out.

use cl_types::network::ConfiguredFork;
use cl_types::schedule::BlobParameters;
use cl_types::{ChainConfig, Epoch, ForkName, ForkSchedule, ForkVersion, Network, PresetId, Root, ScheduleError, Slot};
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
fn schedule(name: &str) -> ForkSchedule {
    Network::named(name).unwrap().schedule().unwrap()
}

#[test]
fn bootnodes_before_genesis_have_a_digest_without_validators() {
    let network = Network::named("mainnet").unwrap();
    let before_genesis = ForkSchedule::new(&network.config, Root::ZERO).unwrap();
    assert_eq!(before_genesis.at(Epoch(0)).digest.to_string(), "f5a5fd42");
}

#[test]
fn record_values() {
    let mainnet = schedule("mainnet");
    let sepolia = schedule("sepolia");
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
            *fork = ConfiguredFork { version: ForkVersion(version), epoch: Epoch(0) };
        }
    }
    let blobs = [(9, 9), (100, 100), (150, 175), (200, 200), (250, 275), (300, 300)];
    config.blob_schedule =
        blobs.map(|(epoch, max_blobs_per_block)| BlobParameters { epoch: Epoch(epoch), max_blobs_per_block }).to_vec();
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
    let schedule = schedule("mainnet");
    assert_eq!(schedule.preset(), PresetId::Mainnet);
    let digests = |slot: u64| {
        let plan = schedule.plan(Slot(slot));
        let joined: Vec<_> = plan.joined.iter().map(|entry| entry.digest.to_string()).collect();
        (plan.active.digest.to_string(), joined.join(" "), plan.tolerated.map(|digest| digest.to_string()))
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
    assert_eq!(refused.to_string(), "capella is scheduled for epoch 1, before bellatrix at epoch 144896");

    let mut config = ChainConfig::from_yaml(MAINNET).unwrap();
    config.apply("BLOB_SCHEDULE", "[{EPOCH: 5, MAX_BLOBS_PER_BLOCK: 1}, {EPOCH: 5, MAX_BLOBS_PER_BLOCK: 1}]").unwrap();
    assert_eq!(ForkSchedule::new(&config, root), Err(ScheduleError::DuplicateBlobEpoch(Epoch(5))));
}
