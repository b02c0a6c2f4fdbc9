//! Flags and the configuration file: two spellings of the same options.

use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use cl_types::Network;
use clap::Parser;
use libp2p::Multiaddr;
use serde::Deserialize;

use crate::config::{Config, DEFAULT_PORT, DEFAULT_QUIC_PORT, StaticPeer};
use crate::relay::RelayLevel;

/// A consensus-layer network node: finds peers, keeps them, and tells what it sees.
///
/// Every option but --config and --json can stand in the configuration file, with _ for -; a flag wins over the file.
#[derive(Clone, Debug, Default, Parser, Deserialize)]
#[command(name = "cl-node", version)]
#[serde(deny_unknown_fields, default)]
pub struct Options {
    /// Configuration file (TOML).
    #[arg(long, value_name = "FILE")]
    #[serde(skip)]
    pub config: Option<PathBuf>,
    /// Folder that describes the chain: config.yaml, genesis.ssz (or genesis_validators_root.txt), boot_enr.yaml.
    #[arg(long, value_name = "DIR")]
    pub testnet_dir: Option<PathBuf>,
    /// Overrides one key of config.yaml. May be repeated.
    #[arg(long, value_name = "KEY=VALUE")]
    pub network_config: Vec<String>,
    /// Records to start discovery from, besides those of the folder.
    #[arg(long, value_name = "ENR", value_delimiter = ',')]
    pub boot_nodes: Vec<String>,
    /// Peers to stay connected to: records, or addresses that end in /p2p/PEER-ID.
    #[arg(long, value_name = "PEER", value_delimiter = ',')]
    pub static_peers: Vec<String>,
    /// Address to listen on [default: 0.0.0.0].
    #[arg(long, value_name = "IP")]
    pub listen_address: Option<IpAddr>,
    /// TCP port, and discv5's UDP port unless --discovery-port is given; 0 takes a free one [default: 9000].
    #[arg(long, value_name = "PORT")]
    pub port: Option<u16>,
    /// UDP port of discv5 [default: that of --port].
    #[arg(long, value_name = "PORT")]
    pub discovery_port: Option<u16>,
    /// UDP port of QUIC [default: 9001].
    #[arg(long, value_name = "PORT")]
    pub quic_port: Option<u16>,
    /// Does not listen on TCP.
    #[arg(long)]
    pub disable_tcp: bool,
    /// Does not listen on QUIC.
    #[arg(long)]
    pub disable_quic: bool,
    /// Runs without discv5: only static peers and whoever dials us.
    #[arg(long)]
    pub disable_discovery: bool,
    /// Offers only yamux over TCP. Lodestar cannot talk to such a node over TCP.
    #[arg(long)]
    pub disable_mplex: bool,
    /// Address at which others reach us; without it, peers' votes tell.
    #[arg(long, value_name = "IP")]
    pub external_address: Option<IpAddr>,
    /// Where the key, the record and the counters are kept. Without it each start is a new node.
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Listens to all attestation and sync committee subnets.
    #[arg(long)]
    pub all_subnets: bool,
    /// Listens to all data columns.
    #[arg(long)]
    pub all_columns: bool,
    /// Custody groups to keep and advertise, 4 to 128 [default: 4].
    #[arg(long, value_name = "N")]
    pub custody_group_count: Option<u64>,
    /// What is checked before a message is forwarded: none or structure [default: structure].
    #[arg(long, value_name = "LEVEL")]
    pub relay: Option<RelayLevel>,
    /// How many peers to look for [default: 50].
    #[arg(long, value_name = "N")]
    pub target_peers: Option<usize>,
    /// How many peers to accept [default: 60].
    #[arg(long, value_name = "N")]
    pub max_peers: Option<usize>,
    /// Prints events as JSON lines on standard output.
    #[arg(long)]
    #[serde(skip)]
    pub json: bool,
}

/// What is wrong with flags, files or folders. Each message is one line that names the place, the cause and the cure.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OptionsError {
    /// The configuration file cannot be read.
    #[error("--config {path}: {source}; give a readable TOML file", path = path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The configuration file is not what it should be.
    #[error("--config {path}, line {line}: {reason}; cl-node --help lists the options", path = path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What the parser said.
        reason: Box<str>,
    },
    /// No chain to join.
    #[error("no network is named; give --testnet-dir DIR, a folder with config.yaml and genesis.ssz")]
    NoNetwork,
    /// The folder does not describe a chain.
    #[error(transparent)]
    Network(#[from] cl_types::NetworkError),
    /// An override that is no `KEY=VALUE`.
    #[error("--network-config {0}: expected KEY=VALUE, like FULU_FORK_EPOCH=2")]
    NotKeyValue(Box<str>),
    /// An override that does not fit its key.
    #[error("--network-config {0}")]
    Override(#[source] cl_types::network::ConfigError),
    /// A record that is none.
    #[error("{flag} {short}…: {source}; give a record that begins with enr:")]
    Record {
        /// The flag.
        flag: &'static str,
        /// Its first characters.
        short: Box<str>,
        /// What is wrong with it.
        source: cl_enr::ParseError,
    },
    /// An address that is none.
    #[error("--static-peers {text}: {source}; give a record, or an address like /ip4/127.0.0.1/tcp/9000/p2p/16Uiu2…")]
    Address {
        /// What was given.
        text: Box<str>,
        /// What is wrong with it.
        source: libp2p::multiaddr::Error,
    },
    /// The options contradict each other.
    #[error(transparent)]
    Config(#[from] crate::config::ConfigError),
}

impl Options {
    /// Adds what the configuration file says, if one is named.
    pub fn with_file(self) -> Result<Self, OptionsError> {
        match self.config.clone() {
            Some(path) => Ok(self.over(read_file(&path)?)),
            None => Ok(self),
        }
    }

    /// Reads the network and makes a configuration.
    pub fn resolve(&self) -> Result<Config, OptionsError> {
        let folder = self.testnet_dir.as_deref().ok_or(OptionsError::NoNetwork)?;
        let mut network = Network::from_dir(folder)?;
        for pair in &self.network_config {
            let (key, value) = pair.split_once('=').ok_or_else(|| OptionsError::NotKeyValue(pair.as_str().into()))?;
            network.config.apply(key.trim(), value.trim()).map_err(OptionsError::Override)?;
        }
        let mut config = Config::new(network);
        config.boot_nodes = self.boot_nodes.iter().map(|text| record("--boot-nodes", text)).collect::<Result<_, _>>()?;
        config.static_peers = self.static_peers.iter().map(|text| static_peer(text)).collect::<Result<_, _>>()?;
        if let Some(address) = self.listen_address {
            config.listen_address = address;
        }
        let port = self.port.unwrap_or(DEFAULT_PORT);
        config.tcp_port = (!self.disable_tcp).then_some(port);
        config.quic_port = (!self.disable_quic).then_some(self.quic_port.unwrap_or(DEFAULT_QUIC_PORT));
        config.discovery_port = (!self.disable_discovery).then_some(self.discovery_port.unwrap_or(port));
        config.external_address = self.external_address;
        config.data_dir.clone_from(&self.data_dir);
        config.all_subnets = self.all_subnets;
        config.all_columns = self.all_columns;
        config.mplex = !self.disable_mplex;
        config.custody_group_count = self.custody_group_count.unwrap_or(config.custody_group_count);
        config.relay = self.relay.unwrap_or(config.relay);
        config.target_peers = self.target_peers.unwrap_or(config.target_peers);
        config.max_peers = self.max_peers.unwrap_or_else(|| config.max_peers.max(config.target_peers));
        config.validate()?;
        Ok(config)
    }

    /// These options, and those of `file` where nothing was given.
    fn over(self, file: Self) -> Self {
        fn list<T>(mine: Vec<T>, theirs: Vec<T>) -> Vec<T> {
            if mine.is_empty() { theirs } else { mine }
        }
        Self {
            config: self.config,
            testnet_dir: self.testnet_dir.or(file.testnet_dir),
            network_config: list(self.network_config, file.network_config),
            boot_nodes: list(self.boot_nodes, file.boot_nodes),
            static_peers: list(self.static_peers, file.static_peers),
            listen_address: self.listen_address.or(file.listen_address),
            port: self.port.or(file.port),
            discovery_port: self.discovery_port.or(file.discovery_port),
            quic_port: self.quic_port.or(file.quic_port),
            disable_tcp: self.disable_tcp || file.disable_tcp,
            disable_quic: self.disable_quic || file.disable_quic,
            disable_discovery: self.disable_discovery || file.disable_discovery,
            disable_mplex: self.disable_mplex || file.disable_mplex,
            external_address: self.external_address.or(file.external_address),
            data_dir: self.data_dir.or(file.data_dir),
            all_subnets: self.all_subnets || file.all_subnets,
            all_columns: self.all_columns || file.all_columns,
            custody_group_count: self.custody_group_count.or(file.custody_group_count),
            relay: self.relay.or(file.relay),
            target_peers: self.target_peers.or(file.target_peers),
            max_peers: self.max_peers.or(file.max_peers),
            json: self.json,
        }
    }
}

fn read_file(path: &Path) -> Result<Options, OptionsError> {
    let text =
        fs::read_to_string(path).map_err(|source| OptionsError::Unreadable { path: path.to_owned(), source })?;
    toml::from_str(&text).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let reason = error.message().lines().next().unwrap_or_default().into();
        OptionsError::Malformed { path: path.to_owned(), line: before.matches('\n').count() + 1, reason }
    })
}

fn record(flag: &'static str, text: &str) -> Result<cl_enr::Record, OptionsError> {
    cl_enr::parse(text.trim()).map_err(|source| OptionsError::Record {
        flag,
        short: text.trim().chars().take(16).collect::<String>().into(),
        source,
    })
}

fn static_peer(text: &str) -> Result<StaticPeer, OptionsError> {
    if text.trim().starts_with('/') {
        let address: Multiaddr =
            text.trim().parse().map_err(|source| OptionsError::Address { text: text.into(), source })?;
        return Ok(StaticPeer::Address(address));
    }
    record("--static-peers", text).map(|record| StaticPeer::Record(Box::new(record)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(arguments: &[&str]) -> Options {
        Options::try_parse_from(std::iter::once(&"cl-node").chain(arguments)).unwrap()
    }

    #[test]
    fn a_flag_wins_over_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("node.toml");
        fs::write(&path, "port = 7000\nquic_port = 7001\nall_subnets = true\nrelay = \"none\"\n").unwrap();
        let flags = options(&["--config", path.to_str().unwrap(), "--port", "8000"]);
        let merged = flags.with_file().unwrap();
        assert_eq!((merged.port, merged.quic_port), (Some(8000), Some(7001)));
        assert!(merged.all_subnets);
        assert_eq!(merged.relay, Some(RelayLevel::None));
    }

    #[test]
    fn a_broken_file_is_named_with_its_line() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("node.toml");
        for (text, line, word) in [("port = 7000\nprot = 1\n", "line 2", "prot"), ("port = \"x\"", "line 1", "u16")] {
            fs::write(&path, text).unwrap();
            let error = options(&["--config", path.to_str().unwrap()]).with_file().unwrap_err().to_string();
            assert!(error.contains(line) && error.contains(word) && !error.contains('\n'), "{error}");
        }
        let missing = options(&["--config", "/nowhere/node.toml"]).with_file().unwrap_err().to_string();
        assert!(missing.starts_with("--config /nowhere/node.toml:"), "{missing}");
    }

    #[test]
    fn without_a_network_the_cure_is_named() {
        let error = options(&[]).resolve().unwrap_err().to_string();
        assert!(error.contains("--testnet-dir"), "{error}");
    }

    #[test]
    fn static_peers_are_records_or_addresses() {
        assert!(matches!(static_peer("/ip4/127.0.0.1/tcp/9000"), Ok(StaticPeer::Address(_))));
        let error = static_peer("/ip4/300.0.0.1").unwrap_err().to_string();
        assert!(error.starts_with("--static-peers /ip4/300.0.0.1:"), "{error}");
        let error = static_peer("enr:-nonsense").unwrap_err().to_string();
        assert!(error.starts_with("--static-peers enr:-nonsense"), "{error}");
    }
}
