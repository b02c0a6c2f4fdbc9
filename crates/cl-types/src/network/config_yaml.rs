//! Reading a chain configuration: one table of keys, one parser for files and for single overrides.

use std::fmt;
use std::str::FromStr;

use super::yaml::{self, Node, YamlError};
use super::{ChainConfig, ConfiguredFork};
use crate::fork::ForkName;
use crate::preset::PresetId;
use crate::primitives::{Epoch, FAR_FUTURE_EPOCH, ForkVersion};
use crate::schedule::BlobParameters;

/// Most entries of a `BLOB_SCHEDULE`.
pub const MAX_BLOB_SCHEDULE_LEN: usize = 1024;
/// `MAX_BLOB_COMMITMENTS_PER_BLOCK`: no blob limit may be higher.
pub const MAX_BLOB_COMMITMENTS_PER_BLOCK: u64 = 4096;

/// Why a configuration cannot be used. Each message is one complete line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The text is not usable YAML.
    #[error("{0}")]
    Yaml(YamlError),
    /// The text is not a mapping of keys to values.
    #[error("not a list of keys and values; write lines like PRESET_BASE: mainnet")]
    NotAMapping,
    /// A key that has no default is missing.
    #[error("{key} is missing; {expected}")]
    Missing {
        /// The key.
        key: &'static str,
        /// What belongs there.
        expected: Expected,
    },
    /// A fork has an epoch but no version.
    #[error("{key} is missing, but {epoch_key} (line {line}) schedules the fork; write its version, like 0x06000000")]
    MissingVersion {
        /// The missing key.
        key: &'static str,
        /// The key that makes it necessary.
        epoch_key: &'static str,
        /// Line of the latter.
        line: usize,
    },
    /// A key stands there twice.
    #[error("{key} (line {line}) was already given in line {first}; keep one of the two")]
    Twice {
        /// The key.
        key: &'static str,
        /// Line of the first value.
        first: usize,
        /// Line of the second value.
        line: usize,
    },
    /// A value of the wrong form.
    #[error("{key} (line {line}): {} is not {}; {expected}", Shown(found), expected.noun())]
    Value {
        /// The key.
        key: &'static str,
        /// Line of the value; 1 for an override.
        line: usize,
        /// What stands there.
        found: String,
        /// What belongs there.
        expected: Expected,
    },
    /// An override of a key that means nothing here.
    #[error("{} is not a key that can be overridden; known are {}", Shown(found), KnownKeys)]
    UnknownKey {
        /// What was given as a key.
        found: String,
    },
}

/// What a key's value must be. Displayed as advice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Expected {
    /// An epoch.
    Epoch,
    /// Four bytes.
    Version,
    /// The name of a preset.
    Preset,
    /// A name.
    Name,
    /// A duration above zero, in milliseconds.
    Milliseconds,
    /// A duration above zero, in seconds.
    Seconds,
    /// A blob limit.
    Blobs,
    /// A list of blob parameters.
    BlobSchedule,
    /// A time in seconds since the Unix epoch.
    Time,
}

impl Expected {
    const fn noun(self) -> &'static str {
        match self {
            Self::Epoch | Self::Time => "a number of 64 bits",
            Self::Version => "a fork version",
            Self::Preset => "a known preset",
            Self::Name => "a name",
            Self::Milliseconds | Self::Seconds => "a duration",
            Self::Blobs => "a blob limit",
            Self::BlobSchedule => "a blob schedule",
        }
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Epoch => write!(f, "write an epoch, or {FAR_FUTURE_EPOCH} for never"),
            Self::Version => f.write_str("write 0x and 8 hex digits, like 0x06000000"),
            Self::Preset => f.write_str("write mainnet or minimal"),
            Self::Name => f.write_str("write one word"),
            Self::Milliseconds => f.write_str("write milliseconds, like 12000"),
            Self::Seconds => f.write_str("write seconds, like 12"),
            Self::Blobs => write!(f, "write a number from 0 to {MAX_BLOB_COMMITMENTS_PER_BLOCK}"),
            Self::BlobSchedule => write!(
                f,
                "write at most {MAX_BLOB_SCHEDULE_LEN} entries like {{EPOCH: 412672, MAX_BLOBS_PER_BLOCK: 15}}, or []"
            ),
            Self::Time => f.write_str("write seconds since 1970"),
        }
    }
}

/// Foreign text on one line, quoted and cut.
pub(super) struct Shown<'a>(pub(super) &'a str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MAX_CHARS: usize = 60;
        match self.0.char_indices().nth(MAX_CHARS) {
            Some((end, _)) => write!(f, "{:?}…", self.0.get(..end).unwrap_or_default()),
            None => write!(f, "{:?}", self.0),
        }
    }
}

struct KnownKeys;

impl fmt::Display for KnownKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (key, _)) in keys().enumerate() {
            let comma = if i == 0 { "" } else { ", " };
            write!(f, "{comma}{key}")?;
        }
        Ok(())
    }
}

/// What a key sets.
#[derive(Clone, Copy)]
enum Key {
    Preset,
    Name,
    Version(ForkName),
    Epoch(ForkName),
    BlobSchedule,
    MaxBlobsElectra,
    SlotSeconds,
    SlotMilliseconds,
}

/// Every key that has a meaning here, in the order in which they are applied: the preset has defaults for what follows,
/// and where a file has both slot durations, milliseconds count.
fn keys() -> impl Iterator<Item = (&'static str, Key)> {
    let of_forks = ForkName::ALL.into_iter().flat_map(|fork| {
        let epoch = (fork.epoch_key(), Key::Epoch(fork));
        [(fork.version_key(), Key::Version(fork)), epoch]
    });
    FIRST.into_iter().chain(of_forks.filter(|(name, _)| !name.is_empty())).chain(LAST)
}

const FIRST: [(&str, Key); 2] = [("PRESET_BASE", Key::Preset), ("CONFIG_NAME", Key::Name)];
const LAST: [(&str, Key); 4] = [
    ("BLOB_SCHEDULE", Key::BlobSchedule),
    ("MAX_BLOBS_PER_BLOCK_ELECTRA", Key::MaxBlobsElectra),
    ("SECONDS_PER_SLOT", Key::SlotSeconds),
    ("SLOT_DURATION_MS", Key::SlotMilliseconds),
];

impl ChainConfig {
    /// Reads a `config.yaml`.
    ///
    /// `PRESET_BASE` and `GENESIS_FORK_VERSION` must be there. Unknown keys are passed over. A fork without an epoch is
    /// unscheduled. `MAX_BLOBS_PER_BLOCK_ELECTRA` defaults to 9, the slot duration to the preset's; `SECONDS_PER_SLOT`
    /// counts where `SLOT_DURATION_MS` is missing. The text may have up to 1 MiB.
    pub fn from_yaml(text: &str) -> Result<Self, ConfigError> {
        Self::from_node(&parse_document(text)?)
    }

    pub(super) fn from_node(document: &Node) -> Result<Self, ConfigError> {
        let mut config = Self::unscheduled();
        for (name, key) in keys() {
            let mut values = document.entries(name);
            match (values.next(), key) {
                (Some(value), _) => config.set(name, key, value)?,
                (None, Key::Preset) => {
                    return Err(ConfigError::Missing { key: name, expected: Expected::Preset });
                }
                (None, Key::Version(ForkName::Phase0)) => {
                    return Err(ConfigError::Missing { key: name, expected: Expected::Version });
                }
                (None, _) => {}
            }
            if let (Some(first), Some(second)) = (document.get(name), values.next()) {
                return Err(ConfigError::Twice { key: name, first: first.line(), line: second.line() });
            }
        }
        config.check_versions(document)?;
        Ok(config)
    }

    /// Sets one key, as if its line stood in the file. A blob schedule is written in one line:
    /// `[{EPOCH: 5, MAX_BLOBS_PER_BLOCK: 12}]`. Unknown keys are errors here.
    ///
    /// The order of forks is not checked: [`ForkSchedule::new`](crate::ForkSchedule::new) does that once all is set.
    pub fn apply(&mut self, key: &str, value: &str) -> Result<(), ConfigError> {
        let unknown = || ConfigError::UnknownKey { found: key.to_owned() };
        let (name, key) = keys().find(|(name, _)| *name == key).ok_or_else(unknown)?;
        let node = yaml::parse(value).map_err(ConfigError::Yaml)?.unwrap_or_else(Node::null);
        self.set(name, key, &node)
    }

    fn unscheduled() -> Self {
        let mut number = 0;
        let forks = ForkName::ALL.map(|fork| {
            let version = ForkVersion([number, 0, 0, 0]);
            number += 1;
            ConfiguredFork { version, epoch: if fork == ForkName::Phase0 { Epoch(0) } else { FAR_FUTURE_EPOCH } }
        });
        Self {
            name: "unnamed".to_owned(),
            preset: PresetId::Mainnet,
            forks,
            blob_schedule: Vec::new(),
            max_blobs_per_block_electra: 9,
            slot_duration_ms: PresetId::Mainnet.default_slot_duration_ms(),
        }
    }

    fn set(&mut self, name: &'static str, key: Key, value: &Node) -> Result<(), ConfigError> {
        match key {
            Key::Preset => {
                self.preset = scalar(name, value, Expected::Preset)?;
                self.slot_duration_ms = self.preset.default_slot_duration_ms();
            }
            Key::Name => self.name = scalar(name, value, Expected::Name)?,
            Key::Version(fork) => {
                let version = version(name, value)?;
                self.with_fork(fork, |row| row.version = version);
            }
            Key::Epoch(fork) => {
                let epoch = Epoch(scalar(name, value, Expected::Epoch)?);
                self.with_fork(fork, |row| row.epoch = epoch);
            }
            Key::BlobSchedule => self.blob_schedule = blob_schedule(name, value)?,
            Key::MaxBlobsElectra => self.max_blobs_per_block_electra = blobs(name, value)?,
            Key::SlotSeconds => {
                let seconds: u64 = scalar(name, value, Expected::Seconds)?;
                self.slot_duration_ms = duration(name, value, seconds.checked_mul(1000), Expected::Seconds)?;
            }
            Key::SlotMilliseconds => {
                let ms = scalar(name, value, Expected::Milliseconds)?;
                self.slot_duration_ms = duration(name, value, Some(ms), Expected::Milliseconds)?;
            }
        }
        Ok(())
    }

    fn with_fork(&mut self, fork: ForkName, change: impl FnOnce(&mut ConfiguredFork)) {
        if let Some(row) = self.forks.get_mut(fork.index()) {
            change(row);
        }
    }

    /// A scheduled fork must say its version: a default would silently give other digests than everybody else has.
    fn check_versions(&self, document: &Node) -> Result<(), ConfigError> {
        for (fork, row) in ForkName::ALL.into_iter().zip(&self.forks) {
            let (key, epoch_key) = (fork.version_key(), fork.epoch_key());
            if let (Some(epoch), None) = (document.get(epoch_key), document.get(key))
                && row.epoch != FAR_FUTURE_EPOCH
            {
                let line = epoch.line();
                return Err(ConfigError::MissingVersion { key, epoch_key, line });
            }
        }
        Ok(())
    }
}

/// A value as it is written.
pub(super) enum Written<'a> {
    /// A number, a version, a known word.
    Plain(&'a dyn fmt::Display),
    /// Any text.
    Text(&'a str),
    /// A blob schedule.
    Blobs(&'a [BlobParameters]),
}

/// Every key with its value, in an order in which they can be read. The slot duration comes in milliseconds only.
pub(super) fn each_key(config: &ChainConfig, mut write: impl FnMut(&'static str, Written<'_>)) {
    for (name, key) in keys() {
        let value = match key {
            Key::Preset => Written::Plain(&config.preset),
            Key::Name => Written::Text(&config.name),
            Key::Version(fork) => Written::Plain(&config.fork(fork).version),
            Key::Epoch(fork) => Written::Plain(&config.fork(fork).epoch),
            Key::BlobSchedule => Written::Blobs(&config.blob_schedule),
            Key::MaxBlobsElectra => Written::Plain(&config.max_blobs_per_block_electra),
            Key::SlotMilliseconds => Written::Plain(&config.slot_duration_ms),
            Key::SlotSeconds => continue,
        };
        write(name, value);
    }
}

/// Reads the text of a configuration as a mapping.
pub(super) fn parse_document(text: &str) -> Result<Node, ConfigError> {
    match yaml::parse(text).map_err(ConfigError::Yaml)? {
        Some(node @ Node::Map(..)) => Ok(node),
        _ => Err(ConfigError::NotAMapping),
    }
}

/// `MIN_GENESIS_TIME + GENESIS_DELAY`: when a chain starts whose folder does not say it otherwise.
pub(super) fn configured_genesis_time(document: &Node) -> Result<u64, ConfigError> {
    let part = |key: &'static str| {
        let expected = Expected::Time;
        let value = document.get(key).ok_or(ConfigError::Missing { key, expected })?;
        scalar::<u64>(key, value, expected)
    };
    Ok(part("MIN_GENESIS_TIME")?.saturating_add(part("GENESIS_DELAY")?))
}

fn wrong(key: &'static str, value: &Node, expected: Expected) -> ConfigError {
    ConfigError::Value { key, line: value.line(), found: value.shown().to_owned(), expected }
}

fn scalar<T: FromStr>(key: &'static str, value: &Node, expected: Expected) -> Result<T, ConfigError> {
    let text = match value {
        Node::Scalar(scalar) if !scalar.is_null() => scalar.text.trim(),
        _ => return Err(wrong(key, value, expected)),
    };
    // `FromStr` of integers takes a plus sign.
    let signed = text.starts_with('+') && expected != Expected::Name;
    if text.is_empty() || signed {
        return Err(wrong(key, value, expected));
    }
    text.parse().map_err(|_| wrong(key, value, expected))
}

/// Without `0x` a version could as well be a decimal number: refused.
fn version(key: &'static str, value: &Node) -> Result<ForkVersion, ConfigError> {
    match value {
        Node::Scalar(scalar) if scalar.text.starts_with("0x") => {
            scalar.text.trim().parse().map_err(|_| wrong(key, value, Expected::Version))
        }
        _ => Err(wrong(key, value, Expected::Version)),
    }
}

fn blobs(key: &'static str, value: &Node) -> Result<u64, ConfigError> {
    let blobs = scalar(key, value, Expected::Blobs)?;
    if blobs > MAX_BLOB_COMMITMENTS_PER_BLOCK {
        return Err(wrong(key, value, Expected::Blobs));
    }
    Ok(blobs)
}

fn duration(key: &'static str, value: &Node, ms: Option<u64>, expected: Expected) -> Result<u64, ConfigError> {
    ms.filter(|ms| *ms > 0).ok_or_else(|| wrong(key, value, expected))
}

fn blob_schedule(key: &'static str, value: &Node) -> Result<Vec<BlobParameters>, ConfigError> {
    let items = match value {
        Node::List(items, _) if items.len() <= MAX_BLOB_SCHEDULE_LEN => items,
        Node::Scalar(scalar) if scalar.is_null() => return Ok(Vec::new()),
        _ => return Err(wrong(key, value, Expected::BlobSchedule)),
    };
    let entry = |item: &Node| {
        let (Some(epoch), Some(max)) = (item.get("EPOCH"), item.get("MAX_BLOBS_PER_BLOCK")) else {
            return Err(wrong(key, item, Expected::BlobSchedule));
        };
        Ok(BlobParameters { epoch: Epoch(scalar(key, epoch, Expected::Epoch)?), max_blobs_per_block: blobs(key, max)? })
    };
    items.iter().map(entry).collect()
}
