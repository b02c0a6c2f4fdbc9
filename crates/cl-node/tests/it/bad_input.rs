//! The command with broken input: one line that names the place, the cause and the cure; exit code 2.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

const CONFIG: &str = "\
PRESET_BASE: 'minimal'
CONFIG_NAME: 'test'
GENESIS_FORK_VERSION: 0x00000001
ALTAIR_FORK_VERSION: 0x01000001
ALTAIR_FORK_EPOCH: 0
BELLATRIX_FORK_VERSION: 0x02000001
BELLATRIX_FORK_EPOCH: 0
CAPELLA_FORK_VERSION: 0x03000001
CAPELLA_FORK_EPOCH: 0
DENEB_FORK_VERSION: 0x04000001
DENEB_FORK_EPOCH: 0
ELECTRA_FORK_VERSION: 0x05000001
ELECTRA_FORK_EPOCH: 0
FULU_FORK_VERSION: 0x06000001
FULU_FORK_EPOCH: 2
SLOT_DURATION_MS: 12000
";

/// A folder with a chain whose genesis was at the start of Unix time.
fn folder() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("config.yaml"), CONFIG).unwrap();
    fs::write(dir.path().join("genesis.ssz"), [1; 64]).unwrap();
    dir
}

/// Runs the command on loopback with any free ports. It must end by itself.
fn run(folder: &Path, more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cl-node"));
    command.arg("--testnet-dir").arg(folder).stdin(Stdio::null());
    for flag in ["--listen-address", "--external-address"] {
        if !more.contains(&flag) {
            command.args([flag, "127.0.0.1"]);
        }
    }
    if !more.contains(&"--port") {
        command.args(["--port", "0"]);
    }
    if !more.contains(&"--quic-port") {
        command.args(["--quic-port", "0"]);
    }
    command.args(more).output().unwrap()
}

/// Runs the command as it is. Nothing that names a network that exists: it would be joined.
fn bare(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cl-node")).args(arguments).stdin(Stdio::null()).output().unwrap()
}

/// Asserts exit code 2, nothing on standard output, and one line on standard error with all of these words.
fn refused(output: &Output, words: &[&str]) {
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(output.stdout.is_empty());
    assert_eq!(error.trim_end().lines().count(), 1, "{error}");
    for word in words {
        assert!(error.contains(word), "{word:?} is missing in {error:?}");
    }
}

#[test]
fn no_network_and_unknown_flags() {
    refused(&bare(&["--port", "7000"]), &["no network is named", "--network NAME", "--testnet-dir DIR"]);
    refused(&bare(&["--data-dir", "data"]), &["no network is named"]);
    refused(&bare(&["--prot", "1"]), &["--prot", "--help"]);
    refused(&bare(&["--port", "seventy"]), &["seventy", "--port"]);
    refused(&bare(&["--testnet-dir", "/nowhere/at/all"]), &["/nowhere/at/all"]);
    refused(&bare(&["--network", "mainet"]), &["--network mainet", "mainnet", "hoodi", "--testnet-dir"]);
    refused(&bare(&["--network", "nowhere", "--testnet-dir", "d"]), &["--network", "--testnet-dir"]);
    refused(&bare(&["devnett"]), &["devnett", "--help"]);
    refused(&bare(&["schedule"]), &["no network is named"]);
    refused(&bare(&["schedule", "--network", "nowhere"]), &["--network nowhere", "mainnet"]);
}

#[test]
fn broken_options_of_the_devnet() {
    let devnet = |flag: &str, value: &str| bare(&["devnet", flag, value]);
    refused(&devnet("--nodes", "1"), &["--nodes", "1", "2..=16"]);
    refused(&devnet("--slots", "0"), &["--slots", "0"]);
    refused(&devnet("--slot-ms", "20"), &["--slot-ms", "500..=60000"]);
    refused(&devnet("--preset", "maximal"), &["--preset", "maximal", "minimal"]);
    refused(&devnet("--forks", "electra"), &["--forks", "electra:0,fulu:1"]);
    refused(&devnet("--forks", "phase0:0"), &["--forks", "phase0", "electra and fulu"]);
    refused(&devnet("--forks", "fulu:0,electra:1"), &["--forks", "oldest first"]);
    refused(&devnet("--blobs", "10"), &["--blobs", "0 to 9"]);
    refused(&devnet("--isolate-node", "5"), &["--isolate-node 5", "1 to 4"]);
    refused(&devnet("--network", "nowhere"), &["--network", "--help"]);
}

#[test]
fn broken_configuration_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("node.toml");
    let file = path.to_str().unwrap();
    refused(&bare(&["--config", file]), &["node.toml", "readable"]);
    let with = |text: &str| {
        fs::write(&path, text).unwrap();
        bare(&["--config", file])
    };
    refused(&with("port = 7000\nprot = 1\n"), &["node.toml", "line 2", "prot"]);
    refused(&with("port = 7000\n"), &["no network is named"]);
    refused(&with("network = \"mainet\"\n"), &["mainet", "mainnet"]);
    refused(&with("network = \"nowhere\"\ntestnet_dir = \"d\"\n"), &["node.toml", "network and testnet_dir"]);
}

#[test]
fn broken_configuration_keys() {
    let folder = folder();
    let write = |from: &str, to: &str| fs::write(folder.path().join("config.yaml"), CONFIG.replace(from, to)).unwrap();
    write("FULU_FORK_EPOCH: 2", "FULU_FORK_EPOCH: soon");
    refused(&run(folder.path(), &[]), &["config.yaml", "FULU_FORK_EPOCH", "soon"]);
    write("PRESET_BASE: 'minimal'", "PRESET_BASE: 'maximal'");
    refused(&run(folder.path(), &[]), &["config.yaml", "PRESET_BASE", "maximal"]);
    write("ELECTRA_FORK_EPOCH: 0", "ELECTRA_FORK_EPOCH: 7");
    refused(&run(folder.path(), &[]), &["config.yaml", "electra"]);
    fs::remove_file(folder.path().join("config.yaml")).unwrap();
    refused(&run(folder.path(), &[]), &["config.yaml"]);
}

#[test]
fn broken_overrides() {
    let folder = folder();
    refused(&run(folder.path(), &["--network-config", "FULU_FORK_EPOCH"]), &["--network-config", "KEY=VALUE"]);
    refused(&run(folder.path(), &["--network-config", "FULU_FORK_EPOCH=x"]), &["--network-config", "FULU_FORK_EPOCH"]);
    refused(&run(folder.path(), &["--network-config", "NO_SUCH_KEY=1"]), &["--network-config", "NO_SUCH_KEY"]);
}

#[test]
fn unreadable_genesis() {
    let folder = folder();
    fs::write(folder.path().join("genesis.ssz"), [1; 39]).unwrap();
    refused(&run(folder.path(), &[]), &["genesis.ssz", "40"]);
    fs::remove_file(folder.path().join("genesis.ssz")).unwrap();
    refused(&run(folder.path(), &[]), &["genesis.ssz"]);
}

#[test]
fn malformed_boot_records() {
    let folder = folder();
    refused(&run(folder.path(), &["--boot-nodes", "enr:-nonsense"]), &["--boot-nodes", "enr:-nonsense"]);
    fs::write(folder.path().join("boot_enr.yaml"), "- enode://abc\n").unwrap();
    refused(&run(folder.path(), &[]), &["boot_enr.yaml", "enr:"]);
}

#[test]
fn a_port_in_use() {
    let folder = folder();
    let tcp = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = tcp.local_addr().unwrap().port().to_string();
    refused(&run(folder.path(), &["--port", &port, "--disable-discovery"]), &["--port", &port, "choose another port"]);
    let udp = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = udp.local_addr().unwrap().port().to_string();
    refused(&run(folder.path(), &["--quic-port", &port]), &["--quic-port", &port, "choose another port"]);
    refused(&run(folder.path(), &["--discovery-port", &port]), &["--discovery-port", &port, "choose another port"]);
}

#[test]
fn a_data_directory_that_is_none() {
    let folder = folder();
    let file = folder.path().join("a-file");
    fs::write(&file, "mine").unwrap();
    refused(&run(folder.path(), &["--data-dir", file.to_str().unwrap()]), &["a-file", "data directory"]);
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
}

#[test]
fn a_data_directory_that_is_not_ours_to_write() {
    let folder = folder();
    // Nobody makes a directory there, not even root.
    let forbidden = "/proc/cl-node-data";
    refused(&run(folder.path(), &["--data-dir", forbidden]), &[forbidden, "data directory", "may write"]);
}

#[test]
fn options_that_cannot_work() {
    let folder = folder();
    let refused = |flags: &[&str], words: &[&str]| refused(&run(folder.path(), flags), words);
    refused(&["--listen-address", "here"], &["--listen-address", "here"]);
    refused(&["--external-address", "example.org"], &["--external-address", "example.org"]);
    refused(
        &["--listen-address", "::1", "--listen-address6", "::1"],
        &["--listen-address6", "give one of each family"],
    );
    refused(&["--custody-group-count", "3"], &["--custody-group-count 3", "4 to 128"]);
    refused(&["--target-peers", "80", "--max-peers", "70"], &["--target-peers 80", "--max-peers 70"]);
    refused(&["--disable-tcp", "--disable-quic"], &["--disable-tcp", "--disable-quic"]);
    refused(&["--quic-port", "7000", "--discovery-port", "7000"], &["--quic-port", "--discovery-port", "7000"]);
    refused(&["--static-peers", "/ip4/300.0.0.1"], &["--static-peers /ip4/300.0.0.1", "/p2p/"]);
    refused(&["--static-peers", "/ip4/127.0.0.1/tcp/9000"], &["--static-peers", "/p2p/PEER-ID"]);
    refused(&["--trusted-peers", "nobody"], &["--trusted-peers nobody", "record"]);
    refused(&["--relay", "everything"], &["--relay", "everything", "structure"]);
    refused(&["--metrics", "localhost"], &["--metrics", "ADDR:PORT"]);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    refused(&["--metrics", &address], &["--metrics", &address, "choose another port"]);
}

#[test]
fn a_gateway_that_could_not_help() {
    let folder = folder();
    let upnp = |flags: &[&str]| run(folder.path(), &[&["--upnp"], flags].concat());
    refused(&upnp(&[]), &["--upnp", "--external-address 127.0.0.1", "leave out one"]);
    // Names no IPv4 address, so that what listens is looked at.
    let upnp6 = |flags: &[&str]| upnp(&[&["--external-address", "::1"], flags].concat());
    refused(&upnp6(&[]), &["--upnp", "--listen-address 127.0.0.1", "0.0.0.0"]);
    refused(&upnp6(&["--listen-address", "::"]), &["--upnp", "--listen-address ::", "IPv4"]);
    refused(
        &upnp6(&["--listen-address", "0.0.0.0", "--disable-discovery"]),
        &["--upnp", "needs discovery", "--disable-discovery"],
    );
    let file = folder.path().join("node.toml");
    fs::write(&file, "upnp = true\n").unwrap();
    refused(&run(folder.path(), &["--config", file.to_str().unwrap()]), &["--upnp", "leave out one"]);
}

#[test]
fn a_state_file_that_is_damaged_is_left_alone() {
    let folder = folder();
    let data = folder.path().join("data");
    fs::create_dir(&data).unwrap();
    fs::write(data.join("state"), "record_seq many\n").unwrap();
    refused(&run(folder.path(), &["--data-dir", data.to_str().unwrap()]), &["state", "damaged", "move it away"]);
    assert_eq!(fs::read_to_string(data.join("state")).unwrap(), "record_seq many\n");
}

#[test]
fn a_key_file_that_is_no_key_is_left_alone() {
    let folder = folder();
    let data = folder.path().join("data");
    fs::create_dir(&data).unwrap();
    fs::write(data.join("key"), "my diary").unwrap();
    refused(&run(folder.path(), &["--data-dir", data.to_str().unwrap()]), &["key", "holds no key"]);
    assert_eq!(fs::read_to_string(data.join("key")).unwrap(), "my diary");
}
