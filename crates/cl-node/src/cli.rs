//! What the command line says: a network to join, a devnet, or a question; and the configuration file, which is another
//! spelling of a node's options.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};

use cl_types::{Epoch, Network};
use clap::{Args, Parser, Subcommand};
use serde::Deserialize;

use crate::config::{Config, DEFAULT_PORT, DEFAULT_QUIC_PORT};
use crate::devnet;
use crate::peer_ref::{PeerRef, PeerRefError};
use crate::plan_table;
use crate::relay::RelayLevel;
use crate::rpc_options::RpcOptions;

/// A consensus-layer network node: finds peers, keeps them, and tells what it sees.
///
/// With no network named it runs a devnet: a whole network on this machine alone. A public network is only joined when
/// it is named.
///
/// Every option but --config and --json can stand in the configuration file, with _ for -; a flag wins over the file. The table
/// `[rpc]` stands only there: quotas of peers, and how fast they are asked.
#[derive(Clone, Debug, Parser)]
#[command(name = "cl-node", version, args_conflicts_with_subcommands = true)]
pub struct Cli {
    /// What to do instead of running a node.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The node.
    #[command(flatten)]
    pub options: Options,
}

/// What can be done besides running a node.
#[derive(Clone, Debug, Subcommand)]
#[non_exhaustive]
pub enum Command {
    /// Runs a whole network on this machine: nodes on 127.0.0.1, a chain, a live view, a summary at the end.
    ///
    /// The exit code is 0 only if all nodes meet by slot 3, have every block from then on, and receive attestations, sync
    /// committee messages and data columns; it is 1 if something is missing.
    Devnet(devnet::Options),
    /// Prints a network's forks: epochs, versions, digests. Opens no socket.
    Schedule(ScheduleOptions),
    /// Prints which topics a node is on at an epoch, what it advertises, and what will change. Opens no socket.
    Plan(plan_table::Options),
}

/// Which schedule to print.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct ScheduleOptions {
    /// A public network by its name.
    #[arg(long, value_name = "NAME", conflicts_with = "testnet_dir")]
    pub network: Option<String>,
    /// Folder that describes the chain: config.yaml, genesis.ssz (or genesis_validators_root.txt).
    #[arg(long, value_name = "DIR")]
    pub testnet_dir: Option<PathBuf>,
    /// Overrides one key of the chain's config.yaml. May be repeated.
    #[arg(long, value_name = "KEY=VALUE")]
    pub network_config: Vec<String>,
    /// Explains this epoch: its plan, topics and protocols.
    #[arg(long, value_name = "EPOCH")]
    pub at: Option<u64>,
}

/// The options of a node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Options {
    /// Configuration file (TOML).
    #[arg(long, value_name = "FILE")]
    #[serde(skip)]
    pub config: Option<PathBuf>,
    /// Joins a public network by its name.
    #[arg(long, value_name = "NAME", conflicts_with = "testnet_dir")]
    pub network: Option<String>,
    /// Folder that describes the chain: config.yaml, genesis.ssz (or genesis_validators_root.txt), boot_enr.yaml.
    #[arg(long, value_name = "DIR")]
    pub testnet_dir: Option<PathBuf>,
    /// Overrides one key of the chain's config.yaml. May be repeated.
    #[arg(long, value_name = "KEY=VALUE")]
    pub network_config: Vec<String>,
    /// Records to start discovery from, besides those of the folder.
    #[arg(long, value_name = "ENR", value_delimiter = ',')]
    pub boot_nodes: Vec<String>,
    /// Peers to stay connected to: records, or addresses that end in /p2p/PEER-ID.
    #[arg(long, value_name = "PEER", value_delimiter = ',')]
    pub static_peers: Vec<String>,
    /// Peers that no score, limit or banned range parts us from: records, addresses that end in /p2p/PEER-ID, or peer ids.
    #[arg(long, value_name = "PEER", value_delimiter = ',')]
    pub trusted_peers: Vec<String>,
    /// Address to listen on [default: 0.0.0.0].
    #[arg(long, value_name = "IP")]
    pub listen_address: Option<IpAddr>,
    /// IPv6 address to listen on besides, with the same ports, like `::`.
    #[arg(long, value_name = "IP")]
    pub listen_address6: Option<Ipv6Addr>,
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
    /// IPv6 address at which others reach us, beside an IPv4 one.
    #[arg(long, value_name = "IP")]
    pub external_address6: Option<Ipv6Addr>,
    /// Asks the gateway (UPnP) to lead others to our IPv4 ports. For a node at home behind NAT; off by default, for it changes
    /// the settings of another machine.
    #[arg(long)]
    pub upnp: bool,
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
    /// What is checked before a message is forwarded: none, structure, stateless (structure and proofs; forwards nothing
    /// else) or full (every rule, signatures included) [default: none on public networks, else structure].
    #[arg(long, value_name = "LEVEL")]
    pub relay: Option<RelayLevel>,
    /// For --relay full: the SSZ of a BeaconState that is trusted, genesis or later [default: genesis.ssz of --testnet-dir].
    #[arg(long, value_name = "FILE")]
    pub chain_state: Option<PathBuf>,
    /// Serves metrics for Prometheus at http://ADDR:PORT/metrics; a port alone is one of 127.0.0.1.
    #[arg(long, value_name = "ADDR:PORT", value_parser = metrics_address)]
    #[serde(deserialize_with = "metrics_from_file")]
    pub metrics: Option<SocketAddr>,
    /// Active validators of the chain: what gossip expects of peers follows it [default: 1000000].
    #[arg(long, value_name = "N")]
    pub validators: Option<u64>,
    /// How many peers to look for [default: 50].
    #[arg(long, value_name = "N")]
    pub target_peers: Option<usize>,
    /// How many peers to accept [default: 60].
    #[arg(long, value_name = "N")]
    pub max_peers: Option<usize>,
    /// The table `[rpc]` of the file.
    #[arg(skip)]
    pub rpc: RpcOptions,
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
    #[error("no network is named; give --network NAME, or --testnet-dir DIR with config.yaml and genesis.ssz")]
    NoNetwork,
    /// The file names a network twice.
    #[error("--config {path}: network and testnet_dir are both given; leave out one of them", path = path.display())]
    TwoNetworks {
        /// The file.
        path: PathBuf,
    },
    /// A name that no network has.
    #[error("--network {name}: {source}; any other chain needs --testnet-dir DIR")]
    UnknownNetwork {
        /// What was given.
        name: Box<str>,
        /// Which there are.
        source: cl_types::UnknownNetwork,
    },
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
    /// What names no peer.
    #[error("{flag} {text}: {source}; give a record, or an address like /ip4/127.0.0.1/tcp/9000/p2p/16Uiu2…")]
    Peer {
        /// The flag.
        flag: &'static str,
        /// What was given.
        text: Box<str>,
        /// What is wrong with it.
        source: PeerRefError,
    },
    /// A state that nothing is judged from.
    #[error("--chain-state {}: not used with --relay {relay}; add --relay full or leave it out", path.display())]
    StateUnused {
        /// The file.
        path: PathBuf,
        /// The level.
        relay: RelayLevel,
    },
    /// A plan that cannot be made.
    #[error(transparent)]
    Plan(#[from] plan_table::PlanError),
    /// The options contradict each other.
    #[error(transparent)]
    Config(#[from] crate::config::ConfigError),
}

/// What to do, with everything that it needs.
#[derive(Clone, Debug)]
pub enum Task {
    /// Run a node on a chain that was named.
    Node {
        /// Its configuration.
        config: Box<Config>,
        /// Print its events as JSON lines.
        json: bool,
    },
    /// Run a devnet.
    Devnet(devnet::Options),
    /// Print the fork schedule of a network.
    Schedule {
        /// The network.
        network: Box<Network>,
        /// The epoch to look at.
        at: Option<Epoch>,
    },
    /// Print what a node subscribes to.
    Plan {
        /// The network.
        network: Box<Network>,
        /// The node, and how to print.
        options: Box<plan_table::Options>,
    },
}

impl Cli {
    /// Decides what to do, and reads the files that belong to it. Opens no socket.
    ///
    /// A node runs only where a network is named. Without one, and without any option that only a node has, it is a
    /// devnet.
    pub fn resolve(self) -> Result<Task, OptionsError> {
        match self.command {
            Some(Command::Devnet(options)) => Ok(Task::Devnet(options)),
            Some(Command::Schedule(options)) => {
                let name = options.network.as_deref();
                let (network, _) = read_network(name, options.testnet_dir.as_deref(), &options.network_config)?;
                Ok(Task::Schedule { network: Box::new(network), at: options.at.map(Epoch) })
            }
            Some(Command::Plan(options)) => {
                let name = options.network.as_deref();
                let (network, _) = read_network(name, options.testnet_dir.as_deref(), &options.network_config)?;
                options.check(&network)?;
                Ok(Task::Plan { network: Box::new(network), options: Box::new(options) })
            }
            None if self.options.asks_nothing() => {
                Ok(Task::Devnet(devnet::Options { json: self.options.json, ..devnet::Options::default() }))
            }
            None => {
                let json = self.options.json;
                Ok(Task::Node { config: Box::new(self.options.with_file()?.resolve()?), json })
            }
        }
    }
}

impl Options {
    /// True if nothing is given but how to print.
    fn asks_nothing(&self) -> bool {
        *self == Self { json: self.json, ..Self::default() }
    }

    /// Adds what the configuration file says, if one is named.
    pub fn with_file(self) -> Result<Self, OptionsError> {
        let Some(path) = self.config.clone() else { return Ok(self) };
        let file = read_file(&path)?;
        if file.network.is_some() && file.testnet_dir.is_some() {
            return Err(OptionsError::TwoNetworks { path });
        }
        Ok(self.over(file))
    }

    /// Reads the network and makes a configuration.
    pub fn resolve(&self) -> Result<Config, OptionsError> {
        let name = self.network.as_deref();
        let (network, is_public) = read_network(name, self.testnet_dir.as_deref(), &self.network_config)?;
        let mut config = Config::new(network);
        if is_public {
            // What forwards unchecked messages harms everybody.
            config.relay = RelayLevel::None;
        }
        config.boot_nodes =
            self.boot_nodes.iter().map(|text| record("--boot-nodes", text)).collect::<Result<_, _>>()?;
        config.static_peers = peers("--static-peers", &self.static_peers)?;
        config.trusted_peers = peers("--trusted-peers", &self.trusted_peers)?;
        if let Some(address) = self.listen_address {
            config.listen_address = address;
        }
        config.listen_address6 = self.listen_address6;
        let port = self.port.unwrap_or(DEFAULT_PORT);
        config.tcp_port = (!self.disable_tcp).then_some(port);
        config.quic_port = (!self.disable_quic).then_some(self.quic_port.unwrap_or(DEFAULT_QUIC_PORT));
        config.discovery_port = (!self.disable_discovery).then_some(self.discovery_port.unwrap_or(port));
        config.external_address = self.external_address;
        config.external_address6 = self.external_address6;
        config.upnp = self.upnp;
        config.data_dir.clone_from(&self.data_dir);
        config.all_subnets = self.all_subnets;
        config.all_columns = self.all_columns;
        config.mplex = !self.disable_mplex;
        config.custody_group_count = self.custody_group_count.unwrap_or(config.custody_group_count);
        config.relay = self.relay.unwrap_or(config.relay);
        config.chain_state = self.chain_state(config.relay)?;
        config.metrics = self.metrics;
        config.validators = self.validators;
        config.target_peers = self.target_peers.unwrap_or(config.target_peers);
        config.max_peers = self.max_peers.unwrap_or_else(|| config.max_peers.max(config.target_peers));
        self.rpc.apply(&mut config.rpc_limits, &mut config.rpc_pacing).map_err(crate::config::ConfigError::from)?;
        config.validate()?;
        Ok(config)
    }

    /// The state to judge from, which one level alone needs.
    fn chain_state(&self, relay: RelayLevel) -> Result<Option<PathBuf>, OptionsError> {
        match &self.chain_state {
            Some(path) if relay != RelayLevel::Full => Err(OptionsError::StateUnused { path: path.clone(), relay }),
            Some(path) => Ok(Some(path.clone())),
            None if relay == RelayLevel::Full => {
                let genesis = self.testnet_dir.as_ref().map(|dir| dir.join("genesis.ssz"));
                Ok(genesis.filter(|path| path.is_file()))
            }
            None => Ok(None),
        }
    }

    /// These options, and those of `file` where nothing was given.
    fn over(self, file: Self) -> Self {
        fn list<T>(mine: Vec<T>, theirs: Vec<T>) -> Vec<T> {
            if mine.is_empty() { theirs } else { mine }
        }
        // A network that a flag names wins, however the file names one.
        let (network, testnet_dir) = match (&self.network, &self.testnet_dir) {
            (None, None) => (file.network, file.testnet_dir),
            _ => (self.network, self.testnet_dir),
        };
        Self {
            config: self.config,
            network,
            testnet_dir,
            network_config: list(self.network_config, file.network_config),
            boot_nodes: list(self.boot_nodes, file.boot_nodes),
            static_peers: list(self.static_peers, file.static_peers),
            trusted_peers: list(self.trusted_peers, file.trusted_peers),
            listen_address: self.listen_address.or(file.listen_address),
            listen_address6: self.listen_address6.or(file.listen_address6),
            port: self.port.or(file.port),
            discovery_port: self.discovery_port.or(file.discovery_port),
            quic_port: self.quic_port.or(file.quic_port),
            disable_tcp: self.disable_tcp || file.disable_tcp,
            disable_quic: self.disable_quic || file.disable_quic,
            disable_discovery: self.disable_discovery || file.disable_discovery,
            disable_mplex: self.disable_mplex || file.disable_mplex,
            external_address: self.external_address.or(file.external_address),
            external_address6: self.external_address6.or(file.external_address6),
            upnp: self.upnp || file.upnp,
            data_dir: self.data_dir.or(file.data_dir),
            all_subnets: self.all_subnets || file.all_subnets,
            all_columns: self.all_columns || file.all_columns,
            custody_group_count: self.custody_group_count.or(file.custody_group_count),
            relay: self.relay.or(file.relay),
            chain_state: self.chain_state.or(file.chain_state),
            metrics: self.metrics.or(file.metrics),
            validators: self.validators.or(file.validators),
            target_peers: self.target_peers.or(file.target_peers),
            max_peers: self.max_peers.or(file.max_peers),
            rpc: if self.rpc == RpcOptions::default() { file.rpc } else { self.rpc },
            json: self.json,
        }
    }
}

/// The chain that is named, and whether it is a public one.
fn read_network(
    name: Option<&str>,
    folder: Option<&Path>,
    overrides: &[String],
) -> Result<(Network, bool), OptionsError> {
    let mut network = match (name, folder) {
        (Some(name), _) => {
            Network::named(name).map_err(|source| OptionsError::UnknownNetwork { name: name.into(), source })?
        }
        (None, Some(folder)) => Network::from_dir(folder)?,
        (None, None) => return Err(OptionsError::NoNetwork),
    };
    for pair in overrides {
        let (key, value) = pair.split_once('=').ok_or_else(|| OptionsError::NotKeyValue(pair.as_str().into()))?;
        network.config.apply(key.trim(), value.trim()).map_err(OptionsError::Override)?;
    }
    Ok((network, name.is_some()))
}

fn read_file(path: &Path) -> Result<Options, OptionsError> {
    let text = fs::read_to_string(path).map_err(|source| OptionsError::Unreadable { path: path.to_owned(), source })?;
    toml::from_str(&text).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let reason = error.message().lines().next().unwrap_or_default().into();
        OptionsError::Malformed { path: path.to_owned(), line: before.matches('\n').count() + 1, reason }
    })
}

/// Neither an address with a port nor a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected ADDR:PORT or PORT, like 127.0.0.1:9100")]
pub struct NotAnAddress;

/// An address with its port, or a port of 127.0.0.1: who wants to be asked from elsewhere says so.
fn metrics_address(text: &str) -> Result<SocketAddr, NotAnAddress> {
    let port = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    text.parse().or_else(|_| text.parse().map(port)).map_err(|_| NotAnAddress)
}

fn metrics_from_file<'de, D: serde::Deserializer<'de>>(file: D) -> Result<Option<SocketAddr>, D::Error> {
    let text = String::deserialize(file)?;
    metrics_address(&text).map(Some).map_err(serde::de::Error::custom)
}

fn record(flag: &'static str, text: &str) -> Result<cl_enr::Record, OptionsError> {
    cl_enr::parse(text.trim()).map_err(|source| OptionsError::Record {
        flag,
        short: text.trim().chars().take(16).collect::<String>().into(),
        source,
    })
}

fn peers(flag: &'static str, texts: &[String]) -> Result<Vec<PeerRef>, OptionsError> {
    let peer =
        |text: &String| text.parse().map_err(|source| OptionsError::Peer { flag, text: text.as_str().into(), source });
    texts.iter().map(peer).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(arguments: &[&str]) -> Options {
        Cli::try_parse_from(std::iter::once(&"cl-node").chain(arguments)).unwrap().options
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
    fn limits_stand_in_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("node.toml");
        let read = |text: &str| {
            fs::write(&path, text).unwrap();
            options(&["--config", path.to_str().unwrap()]).with_file()?.resolve()
        };
        let network = "network = \"hoodi\"\n";
        let config = read(&format!("{network}[rpc]\nbudget = 5\n[rpc.quotas.ping]\nchunks = 3\n")).unwrap();
        assert_eq!(config.rpc_limits.budget, Some(5));
        assert_eq!(config.rpc_limits.quotas.of(cl_types::Method::Ping).chunks, 3);
        let bad = read(&format!("{network}[rpc.quotas.ping]\nchunks = 0\n")).unwrap_err().to_string();
        assert!(bad.starts_with("rpc.quotas.ping.chunks is 0: give 1 or more"), "{bad}");
        let bad = read(&format!("{network}[rpc]\nbuget = 5\n")).unwrap_err().to_string();
        assert!(bad.contains("line 3") && bad.contains("buget"), "{bad}");
    }

    fn task(arguments: &[&str]) -> Result<Task, OptionsError> {
        Cli::try_parse_from(std::iter::once(&"cl-node").chain(arguments)).unwrap().resolve()
    }

    #[test]
    fn with_no_network_named_it_is_a_devnet() {
        assert!(matches!(task(&[]), Ok(Task::Devnet(options)) if options == devnet::Options::default()));
        assert!(matches!(task(&["--json"]), Ok(Task::Devnet(options)) if options.json));
        assert!(matches!(task(&["devnet"]), Ok(Task::Devnet(options)) if options == devnet::Options::default()));
    }

    #[test]
    fn options_of_a_node_need_a_network() {
        for flags in [["--data-dir", "d"], ["--port", "7000"], ["--network-config", "A=1"], ["--boot-nodes", "enr:-"]] {
            let error = task(&flags).unwrap_err().to_string();
            assert!(error.contains("--network NAME") && error.contains("--testnet-dir DIR"), "{error}");
        }
        let error = task(&["schedule"]).unwrap_err().to_string();
        assert!(error.contains("--network NAME"), "{error}");
    }

    #[test]
    fn a_public_network_is_named_and_nothing_is_forwarded_there() {
        for name in Network::names() {
            let config = options(&["--network", name]).resolve().unwrap();
            assert_eq!((config.network.config.name.as_str(), config.relay), (name, RelayLevel::None));
            let config = options(&["--network", name, "--relay", "structure"]).resolve().unwrap();
            assert_eq!(config.relay, RelayLevel::Structure);
        }
        assert!(Cli::try_parse_from(["cl-node", "--network", "hoodi", "--testnet-dir", "d"]).is_err());
        let error = options(&["--network", "mainet"]).resolve().unwrap_err().to_string();
        assert!(error.contains("mainet") && error.contains("mainnet, sepolia, hoodi"), "{error}");
    }

    #[test]
    fn every_rule_is_judged_from_a_state() {
        let config = |flags: &[&str]| options(&[&["--network", "hoodi"], flags].concat()).resolve();
        let given = config(&["--relay", "full", "--chain-state", "s.ssz"]).unwrap();
        assert_eq!((given.relay, given.chain_state), (RelayLevel::Full, Some("s.ssz".into())));
        // Nothing to judge from: the start says so.
        assert_eq!(config(&["--relay", "full"]).unwrap().chain_state, None);
        for flags in [&["--chain-state", "s.ssz"][..], &["--relay", "stateless", "--chain-state", "s.ssz"]] {
            let error = config(flags).unwrap_err().to_string();
            assert!(error.contains("--chain-state s.ssz") && error.contains("--relay full"), "{error}");
        }
        let error = Cli::try_parse_from(["cl-node", "--network", "hoodi", "--relay", "all"]).unwrap_err().to_string();
        assert!(error.contains("none, structure, stateless or full"), "{error}");
    }

    #[test]
    fn a_flag_names_the_network_whatever_the_file_says() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("node.toml");
        let with = |text: &str, flags: &[&str]| {
            fs::write(&path, text).unwrap();
            options(&[&["--config", path.to_str().unwrap()], flags].concat()).with_file()
        };
        let merged = with("network = \"hoodi\"", &["--testnet-dir", "d"]).unwrap();
        assert_eq!((merged.network, merged.testnet_dir), (None, Some("d".into())));
        let merged = with("testnet_dir = \"d\"", &["--network", "hoodi"]).unwrap();
        assert_eq!((merged.network.as_deref(), merged.testnet_dir), (Some("hoodi"), None));
        let error = with("network = \"hoodi\"\ntestnet_dir = \"d\"", &[]).unwrap_err().to_string();
        assert!(error.contains("node.toml") && error.contains("both"), "{error}");
    }

    #[test]
    fn the_schedule_is_of_a_named_network_too() {
        let Ok(Task::Schedule { network, at }) = task(&["schedule", "--network", "hoodi", "--at", "7"]) else {
            panic!("not a schedule");
        };
        assert_eq!((network.config.name.as_str(), at), ("hoodi", Some(Epoch(7))));
    }

    #[test]
    fn metrics_are_served_on_this_machine_unless_said_otherwise() {
        let at = |text: &str| {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("node.toml");
            fs::write(&path, format!("network = \"hoodi\"\nmetrics = \"{text}\"\n")).unwrap();
            let by_file = options(&["--config", path.to_str().unwrap()]).with_file().unwrap().resolve().unwrap();
            let by_flag = options(&["--network", "hoodi", "--metrics", text]).resolve().unwrap();
            assert_eq!(by_file.metrics, by_flag.metrics);
            by_flag.metrics.unwrap().to_string()
        };
        assert_eq!(at("9100"), "127.0.0.1:9100");
        assert_eq!(at("0.0.0.0:9100"), "0.0.0.0:9100");
        assert_eq!(options(&["--network", "hoodi"]).resolve().unwrap().metrics, None);
        assert!(Cli::try_parse_from(["cl-node", "--network", "hoodi", "--metrics", "localhost"]).is_err());
    }

    #[test]
    fn peers_are_records_or_addresses() {
        let peer = cl_enr::Key::generate().to_libp2p().public().to_peer_id();
        let address = format!("/ip4/127.0.0.1/tcp/9000/p2p/{peer}");
        let config = |flags: &[&str]| options(&[&["--network", "hoodi"], flags].concat()).resolve();
        let good = config(&["--static-peers", &address, "--trusted-peers", &peer.to_string()]).unwrap();
        assert_eq!((good.static_peers.len(), good.trusted_peers), (1, vec![PeerRef::Id(peer)]));
        let error = |flag, text: &str| config(&[flag, text]).unwrap_err().to_string();
        let bad = error("--static-peers", "/ip4/300.0.0.1");
        assert!(bad.starts_with("--static-peers /ip4/300.0.0.1:"), "{bad}");
        let bad = error("--trusted-peers", "enr:-nonsense");
        assert!(bad.starts_with("--trusted-peers enr:-nonsense"), "{bad}");
        let bad = error("--static-peers", &peer.to_string());
        assert!(bad.contains("nothing says where it is"), "{bad}");
    }
}
