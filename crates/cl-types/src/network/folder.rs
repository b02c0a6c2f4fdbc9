//! Reading a testnet folder, as genesis generators write it.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::config_yaml::{self, ConfigError, Shown};
use super::yaml::{self, Node, YamlError};
use super::{ChainConfig, Genesis, Network};
use crate::primitives::Root;
use crate::schedule::ScheduleError;

/// Bytes at the start of a genesis state that are read: the time and the validators root.
const GENESIS_HEAD: usize = 40;
/// Files that hold boot records as a YAML list.
const BOOT_YAML: [&str; 2] = ["boot_enr.yaml", "bootstrap_nodes.yaml"];
/// Files that hold one boot record per line.
const BOOT_TEXT: [&str; 2] = ["boot_enr.txt", "bootstrap_nodes.txt"];

/// Why a network could not be read. Each message is one complete line: file, key, cause and cure.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NetworkError {
    /// There is no configuration.
    #[error("{}: not found; name a folder that holds config.yaml and a genesis", path.display())]
    NoConfig {
        /// Where it should be.
        path: PathBuf,
    },
    /// A file cannot be read.
    #[error("{}: cannot be read: {source}; check the folder and its permissions", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A text file has bytes that are not UTF-8.
    #[error("{}: not text (UTF-8); write the file anew as text", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
    },
    /// A text file is far larger than what belongs there.
    #[error("{}: more than {} bytes; a file of this name is a short text", path.display(), yaml::MAX_BYTES)]
    TooLong {
        /// The file.
        path: PathBuf,
    },
    /// The configuration cannot be used.
    #[error("{}: {error}", path.display())]
    Config {
        /// The file.
        path: PathBuf,
        /// What is wrong in it.
        error: ConfigError,
    },
    /// The configuration's forks and blob parameters contradict each other.
    #[error("{}: {error}; correct the epochs", path.display())]
    Schedule {
        /// The file.
        path: PathBuf,
        /// The contradiction.
        error: ScheduleError,
    },
    /// Nothing in the folder says the genesis validators root.
    #[error(
        "{}: no genesis: neither genesis.ssz nor genesis_validators_root.txt is there; copy one of them from the network's maker",
        dir.display()
    )]
    NoGenesis {
        /// The folder.
        dir: PathBuf,
    },
    /// A genesis state that ends before its second field.
    #[error(
        "{}: only {len} bytes, a genesis state has at least {GENESIS_HEAD}; copy it again, uncompressed",
        path.display()
    )]
    GenesisTooShort {
        /// The file.
        path: PathBuf,
        /// Its length in bytes.
        len: usize,
    },
    /// A genesis validators root of the wrong form.
    #[error("{}: {} is not a root; write 0x and 64 hex digits", path.display(), Shown(found))]
    GenesisRoot {
        /// The file.
        path: PathBuf,
        /// What stands there.
        found: String,
    },
    /// A genesis time of the wrong form.
    #[error("{}: {} is not a time; write seconds since 1970", path.display(), Shown(found))]
    GenesisTime {
        /// The file.
        path: PathBuf,
        /// What stands there.
        found: String,
    },
    /// A YAML file of boot records is not usable YAML.
    #[error("{}: {error}", path.display())]
    BootYaml {
        /// The file.
        path: PathBuf,
        /// What is wrong in it.
        error: YamlError,
    },
    /// A YAML file of boot records is not a list.
    #[error("{}: not a list; write one line like - enr:-… for each record", path.display())]
    BootNotAList {
        /// The file.
        path: PathBuf,
    },
    /// A boot record that is none.
    #[error(
        "{}: entry {entry} (line {line}): {} is not a node record; write its text form, which starts with enr:",
        path.display(),
        Shown(found)
    )]
    BootRecord {
        /// The file.
        path: PathBuf,
        /// Which record, counted from 1.
        entry: usize,
        /// Its line, counted from 1.
        line: usize,
        /// What stands there.
        found: String,
    },
}

impl Network {
    /// Reads a testnet folder.
    ///
    /// | what | from |
    /// | --- | --- |
    /// | configuration | `config.yaml`, see [`ChainConfig::from_yaml`] |
    /// | genesis | `genesis.ssz` (its first 40 bytes); or `genesis_validators_root.txt` with `genesis_time.txt`, or else with `MIN_GENESIS_TIME + GENESIS_DELAY` of the configuration |
    /// | boot records | `boot_enr.yaml`, `bootstrap_nodes.yaml` (lists), `boot_enr.txt`, `bootstrap_nodes.txt` (lines); all that are there together, each record once; none is fine |
    ///
    /// The fork schedule is checked. Records are only checked to start with `enr:`. Text files may have up to 1 MiB.
    pub fn from_dir(path: &Path) -> Result<Self, NetworkError> {
        let config_path = path.join("config.yaml");
        let in_config = |error| NetworkError::Config { path: config_path.clone(), error };
        let Some(text) = read_text(&config_path)? else {
            return Err(NetworkError::NoConfig { path: config_path });
        };
        let document = config_yaml::parse_document(&text).map_err(in_config)?;
        let config = ChainConfig::from_node(&document).map_err(in_config)?;
        let genesis = genesis(path, || config_yaml::configured_genesis_time(&document).map_err(in_config))?;
        let network = Self { config, genesis, boot_nodes: boot_nodes(path)? };
        match network.schedule() {
            Ok(_) => Ok(network),
            Err(error) => Err(NetworkError::Schedule { path: config_path, error }),
        }
    }
}

fn genesis(dir: &Path, configured_time: impl FnOnce() -> Result<u64, NetworkError>) -> Result<Genesis, NetworkError> {
    if let Some(genesis) = genesis_of_state(dir.join("genesis.ssz"))? {
        return Ok(genesis);
    }
    let root_path = dir.join("genesis_validators_root.txt");
    let Some(text) = read_text(&root_path)? else {
        return Err(NetworkError::NoGenesis { dir: dir.to_owned() });
    };
    let Ok(validators_root) = text.trim().parse::<Root>() else {
        return Err(NetworkError::GenesisRoot { path: root_path, found: text.trim().to_owned() });
    };
    let time_path = dir.join("genesis_time.txt");
    let time = match read_text(&time_path)? {
        None => configured_time()?,
        Some(text) => match text.trim().parse() {
            Ok(time) => time,
            Err(_) => {
                return Err(NetworkError::GenesisTime { path: time_path, found: text.trim().to_owned() });
            }
        },
    };
    Ok(Genesis { time, validators_root })
}

/// `genesis_time` and `genesis_validators_root` are the first fields of the state in every fork.
fn genesis_of_state(path: PathBuf) -> Result<Option<Genesis>, NetworkError> {
    let mut head = Vec::with_capacity(GENESIS_HEAD);
    match read_at_most(&path, GENESIS_HEAD, &mut head) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(NetworkError::Io { path, source }),
    }
    let fields = head.split_first_chunk::<8>().and_then(|(time, rest)| Some((time, rest.first_chunk::<32>()?)));
    match fields {
        Some((time, root)) => Ok(Some(Genesis { time: u64::from_le_bytes(*time), validators_root: Root::from(*root) })),
        None => Err(NetworkError::GenesisTooShort { path, len: head.len() }),
    }
}

fn boot_nodes(dir: &Path) -> Result<Vec<String>, NetworkError> {
    let mut records: Vec<String> = Vec::new();
    let mut add = |path: &Path, entry: usize, line: usize, text: &str| {
        let text = text.trim();
        if !text.starts_with("enr:") {
            return Err(NetworkError::BootRecord { path: path.to_owned(), entry, line, found: text.to_owned() });
        }
        if !records.iter().any(|record| record == text) {
            records.push(text.to_owned());
        }
        Ok(())
    };
    for name in BOOT_YAML {
        let path = dir.join(name);
        let Some(text) = read_text(&path)? else { continue };
        match yaml::parse(&text) {
            Ok(Some(Node::List(items, _))) => {
                for (i, item) in items.iter().enumerate() {
                    add(&path, i + 1, item.line(), item.shown())?;
                }
            }
            Ok(None) => {}
            Ok(Some(_)) => return Err(NetworkError::BootNotAList { path }),
            Err(error) => return Err(NetworkError::BootYaml { path, error }),
        }
    }
    for name in BOOT_TEXT {
        let path = dir.join(name);
        let Some(text) = read_text(&path)? else { continue };
        let mut entry = 0;
        for (i, line) in text.lines().enumerate() {
            let record = line.split('#').next().unwrap_or_default();
            if !record.trim().is_empty() {
                entry += 1;
                add(&path, entry, i + 1, record)?;
            }
        }
    }
    Ok(records)
}

/// The text of a file, without a byte order mark; `None` if there is no such file.
fn read_text(path: &Path) -> Result<Option<String>, NetworkError> {
    let mut bytes = Vec::new();
    match read_at_most(path, yaml::MAX_BYTES + 1, &mut bytes) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => {
            return Err(NetworkError::Io { path: path.to_owned(), source });
        }
    }
    if bytes.len() > yaml::MAX_BYTES {
        return Err(NetworkError::TooLong { path: path.to_owned() });
    }
    let text = String::from_utf8(bytes).map_err(|_| NetworkError::NotText { path: path.to_owned() })?;
    Ok(Some(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)))
}

fn read_at_most(path: &Path, limit: usize, into: &mut Vec<u8>) -> io::Result<()> {
    File::open(path)?.take(limit as u64).read_to_end(into).map(|_| ())
}
