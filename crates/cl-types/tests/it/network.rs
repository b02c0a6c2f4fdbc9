//! Testnet folders: what is accepted, and what the messages say.

use std::fs;
use std::path::Path;

use cl_types::primitives::FAR_FUTURE_EPOCH;
use cl_types::schedule::BlobParameters;
use cl_types::{ChainConfig, Epoch, ForkName, ForkVersion, Genesis, Network, NetworkError, PresetId, Root};
use tempfile::TempDir;

const CONFIG: &str = "\
# made by a generator
PRESET_BASE: 'minimal'
CONFIG_NAME: \"my-devnet\"
TERMINAL_TOTAL_DIFFICULTY: 115792089237316195423570985008687907853269984665640564039457584007913129638912
MIN_GENESIS_TIME: 1700000000
GENESIS_DELAY: 60
GENESIS_FORK_VERSION: 0x90000069
ALTAIR_FORK_VERSION: 0x90000070
ALTAIR_FORK_EPOCH: 0
BELLATRIX_FORK_VERSION: 0x90000071
BELLATRIX_FORK_EPOCH: 0
CAPELLA_FORK_VERSION: 0x90000072
CAPELLA_FORK_EPOCH: 0
DENEB_FORK_VERSION: 0x90000073
DENEB_FORK_EPOCH: 0
ELECTRA_FORK_VERSION: 0x90000074
ELECTRA_FORK_EPOCH: 0
FULU_FORK_VERSION: \"0x90000075\"
FULU_FORK_EPOCH: \"2\"
GLOAS_FORK_VERSION: 0x90000076
GLOAS_FORK_EPOCH: 18446744073709551615
SLOT_DURATION_MS: 3000
SECONDS_PER_SLOT: 12
DEPOSIT_CONTRACT_ADDRESS: 0x00000000219ab540356cBB839Cbe05303d7705Fa
GAS_LIMIT_SCHEDULE:
  - EPOCH: 1
    LIMIT: {DEEPER: [1, 2, {A: b}]}
BLOB_SCHEDULE:
  - EPOCH: 10
    MAX_BLOBS_PER_BLOCK: 15
  - {EPOCH: \"3\", MAX_BLOBS_PER_BLOCK: 12}
";

/// A folder with these files.
fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let dir = TempDir::new().unwrap();
    for (name, content) in files {
        fs::write(dir.path().join(name), content).unwrap();
    }
    dir
}

fn genesis_ssz() -> Vec<u8> {
    let mut state = 1_700_000_123u64.to_le_bytes().to_vec();
    state.extend([7; 32]);
    state.extend([0xff; 1000]);
    state
}

/// The message of a folder that cannot be read, with the folder's own path cut off. It must be one line.
fn complaint(files: &[(&str, &[u8])]) -> String {
    let dir = folder(files);
    let message = Network::from_dir(dir.path()).unwrap_err().to_string();
    assert!(!message.contains('\n'), "{message}");
    message
        .replace(&format!("{}{}", dir.path().display(), std::path::MAIN_SEPARATOR), "")
        .replace(&dir.path().display().to_string(), "DIR")
}

/// The message about a `config.yaml` in an otherwise good folder.
fn config_complaint(config: &str) -> String {
    complaint(&[("config.yaml", config.as_bytes()), ("genesis.ssz", &genesis_ssz())])
}

fn root_text() -> String {
    format!("0x{}\n", "07".repeat(32))
}

#[test]
fn a_good_folder_is_read_whole() {
    let dir = folder(&[
        ("config.yaml", CONFIG.as_bytes()),
        ("genesis.ssz", &genesis_ssz()),
        ("boot_enr.yaml", b"- enr:-one\n- \"enr:-two\"\n"),
        ("bootstrap_nodes.txt", b"# ours\nenr:-two\n\nenr:-three # in Europe\n"),
    ]);
    let network = Network::from_dir(dir.path()).unwrap();
    assert_eq!(network.genesis, Genesis { time: 1_700_000_123, validators_root: Root::repeat_byte(7) });
    assert_eq!(network.boot_nodes, ["enr:-one", "enr:-two", "enr:-three"]);

    let config = &network.config;
    assert_eq!((config.name.as_str(), config.preset, config.slot_duration_ms), ("my-devnet", PresetId::Minimal, 3000));
    assert_eq!(config.fork(ForkName::Phase0).version, ForkVersion([0x90, 0, 0, 0x69]));
    assert_eq!(config.fork(ForkName::Fulu).version, ForkVersion([0x90, 0, 0, 0x75]));
    assert_eq!(config.fork(ForkName::Fulu).epoch, Epoch(2));
    assert_eq!(config.fork(ForkName::Gloas).epoch, FAR_FUTURE_EPOCH);
    assert_eq!(config.fork(ForkName::Heze).epoch, FAR_FUTURE_EPOCH);
    assert_eq!(
        config.blob_schedule,
        [
            BlobParameters { epoch: Epoch(10), max_blobs_per_block: 15 },
            BlobParameters { epoch: Epoch(3), max_blobs_per_block: 12 },
        ]
    );
    let epochs: Vec<_> = network.schedule().unwrap().entries().map(|entry| entry.epoch.0).collect();
    assert_eq!(epochs, [0, 2, 3, 10]);
}

#[test]
fn a_root_in_a_text_file_will_do_for_a_genesis() {
    let root = root_text();
    let dir = folder(&[("config.yaml", CONFIG.as_bytes()), ("genesis_validators_root.txt", root.as_bytes())]);
    let network = Network::from_dir(dir.path()).unwrap();
    assert_eq!(network.genesis, Genesis { time: 1_700_000_060, validators_root: Root::repeat_byte(7) });
    assert!(network.boot_nodes.is_empty());

    fs::write(dir.path().join("genesis_time.txt"), "1800000000\n").unwrap();
    assert_eq!(Network::from_dir(dir.path()).unwrap().genesis.time, 1_800_000_000);

    let shortest = &genesis_ssz()[..40];
    fs::write(dir.path().join("genesis.ssz"), shortest).unwrap();
    assert_eq!(Network::from_dir(dir.path()).unwrap().genesis.time, 1_700_000_123);
}

#[test]
fn the_shortest_configuration_has_defaults() {
    let config = ChainConfig::from_yaml("PRESET_BASE: mainnet\nGENESIS_FORK_VERSION: 0x00000000\n").unwrap();
    assert_eq!((config.max_blobs_per_block_electra, config.slot_duration_ms), (9, 12_000));
    assert!(config.forks[1..].iter().all(|fork| fork.epoch == FAR_FUTURE_EPOCH));
    assert_eq!(config.fork(ForkName::Fulu).version, ForkVersion([6, 0, 0, 0]));

    let config = ChainConfig::from_yaml(
        "PRESET_BASE: minimal\nGENESIS_FORK_VERSION: 0x00000001\nSECONDS_PER_SLOT: 2\nBLOB_SCHEDULE: []\n",
    );
    assert_eq!(config.unwrap().slot_duration_ms, 2000);
    let config =
        ChainConfig::from_yaml("PRESET_BASE: minimal\nGENESIS_FORK_VERSION: 0x00000001\nBLOB_SCHEDULE:\n").unwrap();
    assert_eq!((config.slot_duration_ms, config.blob_schedule.len()), (6000, 0));
}

#[test]
fn keys_can_be_overridden_one_by_one() {
    let mut config = ChainConfig::from_yaml(CONFIG).unwrap();
    config.apply("FULU_FORK_EPOCH", "7").unwrap();
    config.apply("FULU_FORK_VERSION", "0x01020304").unwrap();
    config.apply("BLOB_SCHEDULE", "[{EPOCH: 9, MAX_BLOBS_PER_BLOCK: 20}]").unwrap();
    config.apply("SECONDS_PER_SLOT", "4").unwrap();
    assert_eq!(config.fork(ForkName::Fulu).epoch, Epoch(7));
    assert_eq!(config.fork(ForkName::Fulu).version, ForkVersion([1, 2, 3, 4]));
    assert_eq!(config.blob_schedule, [BlobParameters { epoch: Epoch(9), max_blobs_per_block: 20 }]);
    assert_eq!(config.slot_duration_ms, 4000);
    config.apply("BLOB_SCHEDULE", "").unwrap();
    assert!(config.blob_schedule.is_empty());

    let unknown = config.apply("FULU_EPOCH", "7").unwrap_err().to_string();
    assert!(
        unknown.starts_with("\"FULU_EPOCH\" is not a key that can be overridden; known are PRESET_BASE, "),
        "{unknown}"
    );
    let wrong = config.apply("FULU_FORK_EPOCH", "").unwrap_err().to_string();
    assert_eq!(
        wrong,
        "FULU_FORK_EPOCH (line 1): \"\" is not a number of 64 bits; write an epoch, or 18446744073709551615 for never"
    );
}

#[test]
fn a_wrong_value_is_named_with_its_line_and_cure() {
    for (from, to, message) in [
        (
            "FULU_FORK_EPOCH: \"2\"",
            "FULU_FORK_EPOCH: abc",
            "config.yaml: FULU_FORK_EPOCH (line 19): \"abc\" is not a number of 64 bits; write an epoch, or 18446744073709551615 for never",
        ),
        (
            "FULU_FORK_EPOCH: \"2\"",
            "FULU_FORK_EPOCH: 18446744073709551616",
            "config.yaml: FULU_FORK_EPOCH (line 19): \"18446744073709551616\" is not a number of 64 bits; write an epoch, or 18446744073709551615 for never",
        ),
        (
            "FULU_FORK_EPOCH: \"2\"",
            "FULU_FORK_EPOCH: [1]",
            "config.yaml: FULU_FORK_EPOCH (line 19): \"a list\" is not a number of 64 bits; write an epoch, or 18446744073709551615 for never",
        ),
        (
            "GENESIS_FORK_VERSION: 0x90000069",
            "GENESIS_FORK_VERSION: 2415919209",
            "config.yaml: GENESIS_FORK_VERSION (line 7): \"2415919209\" is not a fork version; write 0x and 8 hex digits, like 0x06000000",
        ),
        (
            "PRESET_BASE: 'minimal'",
            "PRESET_BASE: lunar",
            "config.yaml: PRESET_BASE (line 2): \"lunar\" is not a known preset; write mainnet or minimal",
        ),
        ("PRESET_BASE: 'minimal'\n", "", "config.yaml: PRESET_BASE is missing; write mainnet or minimal"),
        (
            "FULU_FORK_VERSION: \"0x90000075\"\n",
            "",
            "config.yaml: FULU_FORK_VERSION is missing, but FULU_FORK_EPOCH (line 18) schedules the fork; write its version, like 0x06000000",
        ),
        (
            "SLOT_DURATION_MS: 3000",
            "SLOT_DURATION_MS: 0",
            "config.yaml: SLOT_DURATION_MS (line 22): \"0\" is not a duration; write milliseconds, like 12000",
        ),
        (
            "SECONDS_PER_SLOT: 12",
            "SECONDS_PER_SLOT: 18446744073709551615",
            "config.yaml: SECONDS_PER_SLOT (line 23): \"18446744073709551615\" is not a duration; write seconds, like 12",
        ),
        (
            "MAX_BLOBS_PER_BLOCK: 15",
            "MAX_BLOBS_PER_BLOCK: 4097",
            "config.yaml: BLOB_SCHEDULE (line 30): \"4097\" is not a blob limit; write a number from 0 to 4096",
        ),
        (
            "    MAX_BLOBS_PER_BLOCK: 15\n",
            "",
            "config.yaml: BLOB_SCHEDULE (line 29): \"a mapping\" is not a blob schedule; write at most 1024 entries like {EPOCH: 412672, MAX_BLOBS_PER_BLOCK: 15}, or []",
        ),
        (
            "ELECTRA_FORK_EPOCH: 0",
            "ELECTRA_FORK_EPOCH: 0\nELECTRA_FORK_EPOCH: 1",
            "config.yaml: ELECTRA_FORK_EPOCH (line 18) was already given in line 17; keep one of the two",
        ),
        (
            "ELECTRA_FORK_EPOCH: 0",
            "ELECTRA_FORK_EPOCH: 5",
            "config.yaml: fulu is scheduled for epoch 2, before electra at epoch 5; correct the epochs",
        ),
        ("EPOCH: 10", "EPOCH: 3", "config.yaml: BLOB_SCHEDULE has two entries for epoch 3; correct the epochs"),
    ] {
        assert!(CONFIG.contains(from), "{from}");
        assert_eq!(config_complaint(&CONFIG.replacen(from, to, 1)), message);
    }
}

#[test]
fn a_file_that_is_no_configuration_is_refused() {
    for (text, message) in [
        ("", "config.yaml: not a list of keys and values; write lines like PRESET_BASE: mainnet"),
        ("- a\n", "config.yaml: not a list of keys and values; write lines like PRESET_BASE: mainnet"),
        ("a: &x b\nc: *x\n", "config.yaml: line 2: YAML aliases are not supported; write the value out"),
        ("PRESET_BASE: [\n", "config.yaml: line 2: not YAML: "),
    ] {
        let complaint = config_complaint(text);
        assert!(complaint.starts_with(message), "{complaint}");
    }
    let good = genesis_ssz();
    assert_eq!(
        complaint(&[("config.yaml", b"PRESET_BASE: \xff"), ("genesis.ssz", &good)]),
        "config.yaml: not text (UTF-8); write the file anew as text"
    );
    assert_eq!(
        complaint(&[("config.yaml", &[b' '; 1024 * 1024 + 1])]),
        "config.yaml: more than 1048576 bytes; a file of this name is a short text"
    );
    assert_eq!(
        complaint(&[("genesis.ssz", &good)]),
        "config.yaml: not found; name a folder that holds config.yaml and a genesis"
    );
}

#[test]
fn long_foreign_text_is_cut_and_stays_on_one_line() {
    let long = format!("\"{}\\nx\"", "é".repeat(100));
    let complaint = config_complaint(&CONFIG.replace("FULU_FORK_EPOCH: \"2\"", &format!("FULU_FORK_EPOCH: {long}")));
    assert!(complaint.contains(&format!("\"{}\"…", "é".repeat(60))), "{complaint}");
}

#[test]
fn a_broken_genesis_is_named() {
    let config = ("config.yaml", CONFIG.as_bytes());
    assert_eq!(
        complaint(&[config]),
        "DIR: no genesis: neither genesis.ssz nor genesis_validators_root.txt is there; copy one of them from the network's maker"
    );
    assert_eq!(
        complaint(&[config, ("genesis.ssz", &[0; 39])]),
        "genesis.ssz: only 39 bytes, a genesis state has at least 40; copy it again, uncompressed"
    );
    assert_eq!(
        complaint(&[config, ("genesis_validators_root.txt", b"0x1234\n")]),
        "genesis_validators_root.txt: \"0x1234\" is not a root; write 0x and 64 hex digits"
    );
    let root = root_text();
    let root = ("genesis_validators_root.txt", root.as_bytes());
    assert_eq!(
        complaint(&[config, root, ("genesis_time.txt", b"soon")]),
        "genesis_time.txt: \"soon\" is not a time; write seconds since 1970"
    );
    let no_time = CONFIG.replace("GENESIS_DELAY: 60\n", "");
    assert_eq!(
        complaint(&[("config.yaml", no_time.as_bytes()), root]),
        "config.yaml: GENESIS_DELAY is missing; write seconds since 1970"
    );
}

#[test]
fn a_broken_boot_record_is_named() {
    let state = genesis_ssz();
    let with = |name: &str, content: &[u8]| {
        complaint(&[("config.yaml", CONFIG.as_bytes()), ("genesis.ssz", &state), (name, content)])
    };
    assert_eq!(
        with("boot_enr.yaml", b"- enr:-one\n- enode://two\n"),
        "boot_enr.yaml: entry 2 (line 2): \"enode://two\" is not a node record; write its text form, which starts with enr:"
    );
    assert_eq!(
        with("boot_enr.txt", b"# one\n\n/ip4/127.0.0.1/tcp/9000\n"),
        "boot_enr.txt: entry 1 (line 3): \"/ip4/127.0.0.1/tcp/9000\" is not a node record; write its text form, which starts with enr:"
    );
    assert_eq!(
        with("bootstrap_nodes.yaml", b"enr: one\n"),
        "bootstrap_nodes.yaml: not a list; write one line like - enr:-… for each record"
    );
    assert!(with("bootstrap_nodes.yaml", b"- [").starts_with("bootstrap_nodes.yaml: line 2: not YAML: "));
}

#[cfg(unix)]
#[test]
fn what_the_system_refuses_is_passed_on() {
    let dir = folder(&[("genesis.ssz", &genesis_ssz())]);
    fs::create_dir(dir.path().join("config.yaml")).unwrap();
    let error = Network::from_dir(dir.path()).unwrap_err();
    assert!(matches!(&error, NetworkError::Io { path, .. } if path.ends_with(Path::new("config.yaml"))), "{error}");
}
